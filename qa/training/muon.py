"""Muon: momentum whose updates of a matrix are made orthogonal, so that every direction learns alike; and the pair of
optimizers that a network is trained with.

Keller Jordan, "Muon: an optimizer for hidden layers in neural networks", 2024; the scale by which it takes the learning rates of
Adam is that of Liu et al., "Muon is scalable for LLM training", 2025, arXiv:2502.16982. PyTorch's own ``torch.optim.Muon`` takes
one matrix after the other; here all of a shape are taken together, which a small network needs on a GPU.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

__all__ = ["Muon", "optimizers", "orthogonal"]

_STEPS = 5
_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_SCALE = 0.2  # root mean square of an update of Adam, near enough


def orthogonal(x: Any) -> Any:
    """Nearest half-orthogonal matrices, nearly: (k, m, n) -> (k, m, n), singular values about 0.7 to 1.2, less for directions that were
    nearly nothing."""
    a, b, c = _COEFFICIENTS
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    x = x.bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """For the matrices of hidden layers. ``parts`` of a group: of how many matrices, one below the other, a parameter is made."""

    def __init__(
        self,
        groups: Iterable[dict[str, Any]],
        *,
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.02,
    ) -> None:
        super().__init__(
            list(groups), {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "parts": 1}
        )

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: None = None) -> None:
        """Take one step."""
        for group in self.param_groups:
            alike: dict[Any, list[Any]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append(parameter)
            for (rows, columns), parameters in alike.items():
                self._step(group, parameters, rows // group["parts"], columns)

    def _step(self, group: dict[str, Any], parameters: list[Any], rows: int, columns: int) -> None:
        grads = [parameter.grad for parameter in parameters]
        for parameter in parameters:
            if "momentum" not in self.state[parameter]:
                self.state[parameter]["momentum"] = torch.zeros_like(parameter)
        buffers = [self.state[parameter]["momentum"] for parameter in parameters]
        torch._foreach_lerp_(buffers, grads, 1 - group["momentum"])
        ahead = torch._foreach_lerp(grads, buffers, group["momentum"])  # as Nesterov looks ahead
        updates = orthogonal(torch.stack(ahead).view(-1, rows, columns))
        updates = updates.view(len(parameters), -1, columns).to(parameters[0].dtype)
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_add_(
            parameters, list(updates.unbind()), alpha=-group["lr"] * _SCALE * max(rows, columns) ** 0.5
        )


def optimizers(
    nets: Iterable[nn.Module], *, rate: float, weight_decay: float, betas: tuple[float, float] = (0.9, 0.98)
) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks of some networks, AdamW for all else; a tied parameter is taken once."""
    named = {id(p): (name, p) for net in nets for name, p in net.named_parameters()}
    inside: dict[int, list[Any]] = defaultdict(list)
    others: list[Any] = []
    for name, parameter in named.values():
        if "blocks." in name and parameter.ndim == 2:
            inside[3 if ".attend." in name else 2 if ".expand." in name else 1].append(parameter)
        else:
            others.append(parameter)
    fused = bool(others) and others[0].is_cuda
    adam = [
        {"params": [p for p in others if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in others if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return [
        Muon(
            [{"params": some, "parts": parts} for parts, some in sorted(inside.items())],
            lr=rate,
            weight_decay=weight_decay,
        ),
        torch.optim.AdamW(adam, lr=rate, betas=betas, eps=1e-8, fused=fused),
    ]
