"""What optimizers remember of a network's parameters, as tensors by name: the part of a checkpoint that both kinds of training share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

__all__ = ["load_moments", "moments_of", "under"]

_PREFIX = "optimizer."


def under(tensors: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Those whose name begins with the prefix, by the rest of the name."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def moments_of(net: nn.Module, optimizers: Iterable[torch.optim.Optimizer]) -> dict[str, Any]:
    """Tensors by name of what the optimizers remember."""
    return {
        f"{_PREFIX}{name}.{kind}": value
        for optimizer, names in _named(net, optimizers)
        for number, name in enumerate(names)
        for kind, value in optimizer.state_dict()["state"].get(number, {}).items()
    }


def load_moments(
    net: nn.Module, optimizers: Iterable[torch.optim.Optimizer], tensors: Mapping[str, Any]
) -> None:
    """Put back what ``moments_of`` has given."""
    for optimizer, names in _named(net, optimizers):
        state = {number: under(tensors, f"{_PREFIX}{name}.") for number, name in enumerate(names)}
        optimizer.load_state_dict(
            {**optimizer.state_dict(), "state": {n: one for n, one in state.items() if one}}
        )


def _named(
    net: nn.Module, optimizers: Iterable[torch.optim.Optimizer]
) -> Iterator[tuple[torch.optim.Optimizer, list[str]]]:
    """Each optimizer with the names of its parameters in its own order."""
    of = {id(parameter): name for name, parameter in net.named_parameters()}
    for optimizer in optimizers:
        yield optimizer, [of[id(p)] for group in optimizer.param_groups for p in group["params"]]
