"""What is written comes back: from safetensors, and out of the ONNX file that a reader reads with."""

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper
from safetensors.torch import load_file, save_file
from training_fakes import rows, toy_net, write_base, write_rows

from index.errors import ReaderError
from qa.reader import BUNDLED_PATH
from qa.training.export import export_reader
from qa.training.model import TokenNet
from qa.training.settings import TrainingSettings
from qa.training.train_reader import TrainingFiles, train_reader
from qa.training.weights import load_weights, net_of, onnx_weights, save_weights

SAMPLE = [("张三住在哪里?", "张三住在北京。GDP 5.2%😀"), ("", "晴。")]
LEVELS = 63
"""A rounded weight is a whole number from -63 (or -64) to 63, of a unit that its column has to itself."""


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_base(tmp_path_factory.mktemp("toy"))


def rounded(name, value):
    """Whether export rounds it: what a matrix product multiplies with."""
    return value.ndim == 2 and name not in ("tokens.weight", "types.weight")


# ------------------------------------------------------------------------------------------------ safetensors


@pytest.mark.parametrize("half", [False, True], ids=["single", "half"])
def test_weights_come_back_with_their_shape(tmp_path, half):
    net = toy_net(heads=3, layers=11)
    save_weights(net, tmp_path / "model.safetensors", half=half)
    again = load_weights(tmp_path, dropout=0.2)
    assert again.shape == net.shape
    assert again.dropout == again.blocks[0].dropout == 0.2
    for name, value in net.state_dict().items():
        assert again.state_dict()[name].dtype == torch.float32
        assert torch.equal(again.state_dict()[name], value.half().float() if half else value), name
    size = (tmp_path / "model.safetensors").stat().st_size
    numbers = sum(value.numel() for value in net.parameters())
    assert numbers * (2 if half else 4) < size < numbers * (2 if half else 4) + 20_000


def test_the_last_layer_is_new_where_its_outputs_are_others():
    """As after pretraining, whose network has one output."""
    old = toy_net().state_dict()
    one = {**old, "out.weight": old["out.weight"][:1], "out.bias": old["out.bias"][:1]}
    net = net_of(one)
    assert net.out.weight.shape == (2, 32) and net.out.bias.tolist() == [0.0, 0.0]
    assert 0 < net.out.weight.std() < 0.05
    for name, value in net.state_dict().items():
        assert name.startswith("out.") or torch.equal(value, old[name]), name
    assert torch.equal(net_of(old).out.weight, old["out.weight"])
    assert torch.equal(net_of(one, outputs=1).out.bias, old["out.bias"][:1])


# ------------------------------------------------------------------------------------------------ ONNX


def exported(net, base, folder, monkeypatch, *, same):
    """A reader's folder that holds its ONNX file alone; in eight bits where as many spans are the ``same``."""
    monkeypatch.setattr("qa.training.export._share_of_same", lambda *_: same)
    export_reader(net, base, folder, SAMPLE)
    (folder / "model.safetensors").unlink()
    return folder


def test_single_precision_comes_back_out_of_onnx_exactly(base, tmp_path, monkeypatch):
    net = toy_net(layers=11)
    again = load_weights(exported(net, base, tmp_path, monkeypatch, same=0.5))
    assert again.shape == net.shape
    assert again.state_dict().keys() == net.state_dict().keys()
    for name, value in net.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


@pytest.mark.parametrize("same", [0.5, 1.0], ids=["single", "rounded"])
def test_weights_that_are_equal_come_back_too(base, tmp_path, monkeypatch, same):
    """A network that took no step has norms of ones only, which the exporter writes once."""
    net = TokenNet(toy_net(layers=3).shape)
    again = load_weights(exported(net, base, tmp_path, monkeypatch, same=same)).state_dict()
    assert again.keys() == net.state_dict().keys()
    for name, value in net.state_dict().items():
        assert torch.allclose(again[name], value, atol=0.05 * (same == 1.0)), name


def test_rounded_weights_come_back_within_half_a_step(base, tmp_path, monkeypatch):
    net = toy_net()
    again = load_weights(exported(net, base, tmp_path, monkeypatch, same=1.0)).state_dict()
    for name, value in net.state_dict().items():
        if not rounded(name, value):
            assert torch.equal(again[name], value), name
            continue
        step = value.abs().amax(1, keepdim=True) / LEVELS
        assert ((again[name] - value).abs() <= 0.51 * step).all(), name
        assert not torch.equal(again[name], value), name
        assert all(len(row.unique()) <= 2 * LEVELS + 2 for row in again[name]), name


def test_the_weights_of_onnx_are_those_it_reads_with(base, tmp_path, monkeypatch):
    """A network made of an eight-bit file, written again, reads like that file; only activations are rounded besides."""
    first = exported(toy_net(), base, tmp_path / "1", monkeypatch, same=1.0)
    again = exported(load_weights(first), base, tmp_path / "2", monkeypatch, same=0.5)
    one, other = onnx_weights(first / "model.onnx"), onnx_weights(again / "model.onnx")
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def test_the_weights_of_a_reader_trained_for_a_moment_come_back(base, tmp_path):
    """Some steps after weights that were all 0 or 1, no two are so alike that the file holds them once."""
    data, out = write_rows(tmp_path / "a.jsonl", rows()), tmp_path / "out"
    train_reader(
        TrainingFiles((data,)),
        out,
        TrainingSettings(steps=3),
        base=base,
        shape=toy_net().shape,
        batch_tokens=256,
    )
    trained = load_file(out / "model.safetensors")
    (out / "model.safetensors").unlink()
    again = load_weights(out).state_dict()
    for name, value in trained.items():
        step = value.float().abs().amax(-1, keepdim=True) / LEVELS
        assert ((again[name] - value.float()).abs() <= 0.52 * step).all(), name


def test_safetensors_are_taken_where_both_are_there(base, tmp_path):
    net = toy_net()
    export_reader(net, base, tmp_path, SAMPLE)
    assert torch.equal(load_weights(tmp_path).widen.weight, net.widen.weight.half().float())


def test_the_bundled_reader_can_be_trained_on_from():
    net = load_weights(BUNDLED_PATH)
    assert not (BUNDLED_PATH / "model.safetensors").exists()
    for name, value in net.state_dict().items():
        assert torch.isfinite(value).all() and value.std() > 0, name
        if rounded(name, value):
            assert max(len(row.unique()) for row in value[:8]) <= 2 * LEVELS + 2, name


# ------------------------------------------------------------------------------------------------ files that will not do


def foreign_onnx(path):
    """An ONNX file with one weight, of something else."""
    value = helper.make_tensor("weight", TensorProto.FLOAT, [2], [1.0, 2.0])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in ("x", "y")]
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "weight"], ["y"])], "other", ends[:1], ends[1:], [value]
    )
    onnx.save(helper.make_model(graph), path)


def without(name):
    def write(path):
        save_file({key: value for key, value in toy_net().state_dict().items() if key != name}, path)

    return write


def reshaped(path):
    save_file({**toy_net().state_dict(), "blocks.1.before": torch.zeros(7)}, path)


def extra(path):
    save_file({**toy_net().state_dict(), "conv.weight": torch.zeros(7)}, path)


BAD = {
    "no safetensors": ("model.safetensors", lambda path: path.write_bytes(b"no weights"), "cannot read"),
    "empty safetensors": ("model.safetensors", lambda path: path.write_bytes(b""), "cannot read"),
    "foreign": ("model.safetensors", lambda path: save_file({"a": torch.zeros(2)}, path), "does not hold"),
    "a matrix is missing": ("model.safetensors", without("blocks.1.mix.weight"), "does not hold"),
    "the tokens are missing": ("model.safetensors", without("tokens.weight"), "does not hold"),
    "the last layer is missing": ("model.safetensors", without("out.bias"), "does not hold"),
    "of another size": ("model.safetensors", reshaped, "does not hold"),
    "one too many": ("model.safetensors", extra, "does not hold"),
    "no onnx": ("model.onnx", lambda path: path.write_bytes("没有权重😀".encode()), "not an ONNX file"),
    "empty onnx": ("model.onnx", lambda path: path.write_bytes(b""), "does not hold"),
    "foreign onnx": ("model.onnx", foreign_onnx, "does not hold the weights of a reader"),
}


@pytest.mark.parametrize(("name", "write", "message"), BAD.values(), ids=BAD)
def test_damaged_and_foreign_weights_are_named(tmp_path, name, write, message):
    folder = tmp_path / "读者😀"
    folder.mkdir()
    write(folder / name)
    with pytest.raises(ReaderError, match=message) as error:
        load_weights(folder)
    assert str(folder / name) in str(error.value) and "\n" not in str(error.value)


def test_missing_weights_are_named(tmp_path):
    with pytest.raises(ReaderError, match=r"weights to train on from, .*model\.onnx, are missing"):
        load_weights(tmp_path)


def test_a_damaged_onnx_file_of_our_own_is_named(base, tmp_path, monkeypatch):
    folder = exported(toy_net(), base, tmp_path, monkeypatch, same=1.0)
    model = onnx.load(folder / "model.onnx")
    kept = [one for one in model.graph.initializer if one.name != "widen.weight.turned_scale"]
    assert len(kept) == len(model.graph.initializer) - 1
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, folder / "model.onnx")
    with pytest.raises(ReaderError, match="does not hold"):
        load_weights(folder)
    whole = np.frombuffer((folder / "model.onnx").read_bytes(), np.uint8)
    (folder / "model.onnx").write_bytes(whole[: len(whole) // 2].tobytes())
    with pytest.raises(ReaderError, match="not an ONNX file"):
        load_weights(folder)
