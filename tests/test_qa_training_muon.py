"""Muon against its own formula in NumPy and double precision, and which optimizer takes what."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from training_fakes import toy_net

from qa.training.model import TokenNet
from qa.training.moments import load_moments, moments_of, under
from qa.training.muon import Muon, optimizers, orthogonal
from qa.training.pretrain import Electra, PretrainingSettings

HALF = 0.04
"""How far five steps in bfloat16 are from those in double precision."""


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(0)


def slow_orthogonal(x):
    """Five steps of Newton and Schulz with the coefficients of Jordan, one matrix (m, n) in double precision."""
    x = np.array(x, np.float64)
    if x.shape[0] > x.shape[1]:
        return slow_orthogonal(x.T).T
    x = x / np.linalg.norm(x)
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x


SHAPES = {
    "wide": (3, 16, 48),
    "tall": (3, 48, 16),
    "square": (4, 24, 24),
    "one": (1, 8, 32),
    "a row": (2, 1, 9),
    "a column": (2, 9, 1),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("size", [1e-4, 1.0, 1e3])
def test_singular_values_are_nearly_one_whatever_they_were(shape, size):
    """Those of the matrices are fifty times apart."""
    left, old, right = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    values = size * torch.logspace(0, -math.log10(50), old.shape[1])
    found = orthogonal(left * values @ right).double().numpy()
    assert found.shape == shape
    values = np.linalg.svd(found, compute_uv=False)
    assert values.min() >= 0.5 and values.max() <= 1.3


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_directions_stay(shape):
    """Each matrix of a stack by itself, as the formula says; the nearest orthogonal matrix is not far."""
    x = torch.randn(shape)
    found = orthogonal(x).double().numpy()
    for one, matrix in zip(found, x.double().numpy(), strict=True):
        np.testing.assert_allclose(one, slow_orthogonal(matrix), atol=HALF)
        left, _, right = np.linalg.svd(matrix, full_matrices=False)
        assert np.sum(one * (left @ right)) / min(matrix.shape) > 0.6


def test_nothing_stays_nothing():
    assert not orthogonal(torch.zeros(2, 4, 6)).any()


@pytest.mark.parametrize("shape", [(16, 48), (48, 16), (24, 24)], ids=["wide", "tall", "square"])
def test_steps_by_the_formula(shape):
    start, grads = torch.randn(shape), [torch.randn(shape) for _ in range(3)]
    rate, decay, momentum = 0.01, 0.1, 0.95
    parameter = nn.Parameter(start.clone())
    muon = Muon([{"params": [parameter]}], lr=rate, momentum=momentum, weight_decay=decay)
    wanted, buffer = start.double().numpy(), np.zeros(shape)
    for grad in grads:
        parameter.grad = grad.clone()
        muon.step()
        buffer = momentum * buffer + (1 - momentum) * grad.double().numpy()
        ahead = momentum * buffer + (1 - momentum) * grad.double().numpy()
        wanted = (1 - rate * decay) * wanted - rate * 0.2 * math.sqrt(max(shape)) * slow_orthogonal(ahead)
        np.testing.assert_allclose(
            parameter.detach().numpy(), wanted, atol=3 * HALF * rate * 0.2 * math.sqrt(max(shape))
        )
    moved = parameter.detach().numpy() - start.numpy()
    assert np.abs(moved).max() > 30 * np.abs(parameter.detach().numpy() - wanted).max()


def test_momentum_and_decay_exactly(monkeypatch):
    """With nothing made orthogonal the step is a plain one."""
    monkeypatch.setattr("qa.training.muon.orthogonal", lambda x: x)
    parameter = nn.Parameter(torch.full((4, 9), 2.0))
    muon = Muon([{"params": [parameter]}], lr=0.5, momentum=0.75, weight_decay=0.5)
    parameter.grad = torch.full((4, 9), 8.0)
    muon.step()  # momentum 2, ahead 0.25 * 8 + 0.75 * 2 = 3.5
    assert parameter.detach().unique().tolist() == [pytest.approx(2 * 0.75 - 0.5 * 0.2 * 3 * 3.5)]
    parameter.grad = torch.zeros(4, 9)
    before = parameter.detach().clone()
    muon.step()  # momentum 1.5, ahead 1.125
    torch.testing.assert_close(parameter.detach(), before * 0.75 - 0.5 * 0.2 * 3 * 1.125)


@pytest.mark.parametrize("parts", [2, 3])
def test_parts_are_matrices_of_their_own(parts):
    whole = nn.Parameter(torch.randn(parts * 8, 12))
    pieces = [nn.Parameter(piece.clone()) for piece in whole.detach().split(8)]
    grad = torch.randn(parts * 8, 12)
    grad[:8] *= 1000  # one matrix must not drown the others
    whole.grad = grad.clone()
    for piece, part in zip(pieces, grad.split(8), strict=True):
        piece.grad = part.clone()
    start = whole.detach().clone()
    Muon([{"params": [whole], "parts": parts}], lr=0.1).step()
    Muon([{"params": pieces}], lr=0.1).step()
    torch.testing.assert_close(whole.detach(), torch.cat([piece.detach() for piece in pieces]))
    together = nn.Parameter(start.clone())
    together.grad = grad.clone()
    Muon([{"params": [together]}], lr=0.1).step()
    assert (together.detach() - whole.detach()).abs().max() > 0.01


def test_parameters_of_one_shape_do_not_mix():
    parameters = [nn.Parameter(torch.randn(6, 10)) for _ in range(3)] + [nn.Parameter(torch.randn(10, 6))]
    grads = [torch.randn_like(one) for one in parameters]
    alone = [nn.Parameter(one.detach().clone()) for one in parameters]
    for some in (parameters, alone):
        for one, grad in zip(some, grads, strict=True):
            one.grad = grad.clone()
    Muon([{"params": parameters}], lr=0.1).step()
    for one in alone:
        Muon([{"params": [one]}], lr=0.1).step()
    for one, other in zip(parameters, alone, strict=True):
        torch.testing.assert_close(one.detach(), other.detach(), atol=1e-3, rtol=1e-2)


def test_what_has_no_gradient_stays():
    with_one, without = nn.Parameter(torch.ones(4, 4)), nn.Parameter(torch.ones(4, 4))
    with_one.grad = torch.randn(4, 4)
    muon = Muon([{"params": [with_one, without]}], lr=0.1)
    muon.step()
    assert (without == 1).all() and not (with_one == 1).any()
    assert without not in muon.state


# ------------------------------------------------------------------------------------------------ the pair


def taken(pair):
    return [
        parameter for optimizer in pair for group in optimizer.param_groups for parameter in group["params"]
    ]


def electra():
    return Electra(toy_net().shape, PretrainingSettings(steps=1, generator_layers=1))


def two_with_tied_tokens():
    one, other = TokenNet(toy_net().shape), TokenNet(toy_net().shape, outputs=1)
    other.tokens.weight = one.tokens.weight
    return [one, other]


NETS = {
    "a reader": lambda: [toy_net()],
    "generator and discriminator": lambda: [electra()],
    "two with the same tokens": two_with_tied_tokens,
}


@pytest.mark.parametrize("make", NETS.values(), ids=NETS)
def test_every_parameter_is_taken_once(make):
    nets = make()
    found = taken(optimizers(nets, rate=0.1, weight_decay=0.01))
    assert len({id(one) for one in found}) == len(found)
    assert {id(one) for one in found} == {id(one) for net in nets for one in net.parameters()}


def test_muon_takes_the_matrices_of_the_blocks_part_by_part():
    net = electra()
    muon, adam = optimizers([net], rate=0.1, weight_decay=0.01, betas=(0.8, 0.9))
    assert isinstance(muon, Muon) and isinstance(adam, torch.optim.AdamW)
    names = {id(parameter): name for name, parameter in net.named_parameters()}
    parts = {names[id(p)]: group["parts"] for group in muon.param_groups for p in group["params"]}
    expected = {}
    for half, layers in (("discriminator", 2), ("generator", 1)):
        for number in range(layers):
            for name, count in (("attend", 3), ("mix", 1), ("expand", 2), ("narrow", 1)):
                expected[f"{half}.blocks.{number}.{name}.weight"] = count
    assert parts == expected
    for group in adam.param_groups:
        assert group["betas"] == (0.8, 0.9)
        for parameter in group["params"]:
            assert group["weight_decay"] == (0.01 if parameter.ndim > 1 else 0)
    assert {group["lr"] for one in (muon, adam) for group in one.param_groups} == {0.1}
    assert {group["weight_decay"] for group in muon.param_groups} == {0.01}


def test_moments_are_kept_by_name_and_put_back():
    """Two networks take a step; a third with the first one's weights and moments goes on as the first does."""
    first, third = toy_net(), toy_net()
    pair = optimizers([first], rate=0.01, weight_decay=0.01)

    def step(net, optimizer_pair):
        for parameter in net.parameters():
            parameter.grad = torch.cos(parameter.detach() * 7)
        for optimizer in optimizer_pair:
            optimizer.step()

    step(first, pair)
    kept = {name: value.clone() for name, value in moments_of(first, pair).items()}
    assert {name.split(".")[-1] for name in kept} == {"momentum", "exp_avg", "exp_avg_sq", "step"}
    moments = {name for name in kept if name.endswith((".momentum", ".exp_avg"))}
    assert {name.removeprefix("optimizer.").rpartition(".")[0] for name in moments} == set(first.state_dict())
    third.load_state_dict(first.state_dict())
    again = optimizers([third], rate=0.01, weight_decay=0.01)
    load_moments(third, again, kept)
    step(first, pair)
    step(third, again)
    for name, value in first.state_dict().items():
        assert torch.equal(value, third.state_dict()[name]), name
    assert under({"net.a": 1, "net.net.b": 2, "average.a": 3}, "net.") == {"a": 1, "net.b": 2}
