"""The weights of a network on disk: safetensors to train on from, and those inside a reader's ONNX file.

A reader's folder may hold its ONNX file alone: what it reads with can be trained on from, its matrices as they were rounded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from index.errors import ReaderError
from qa.training.model import ModelShape, TokenNet

__all__ = ["load_weights", "name_initializers", "net_of", "onnx_weights", "save_weights"]

_TURNED = ".turned"
"""Ends the name of a matrix that ONNX holds transposed."""
_PART = ".part"
"""Before the number of a part and how many there are, where ONNX holds a matrix in parts."""
_IN_PARTS = {".attend.": 3, ".expand.": 2}
_MERGED = "merged"
"""Key of the file's note on weights that were equal."""
_ROUNDED, _SCALE, _ZERO = "_quantized", "_scale", "_zero_point"


def save_weights(net: TokenNet, path: Path, *, half: bool = False) -> None:
    """Write the weights, in half precision where ``half``."""
    kind = torch.float16 if half else torch.float32
    save_file({name: value.detach().to(kind).contiguous() for name, value in net.state_dict().items()}, path)


def load_weights(folder: Path, *, outputs: int = 2, dropout: float = 0.0) -> TokenNet:
    """The network of a reader's folder in single precision: its ``model.safetensors``, or else its ``model.onnx``.

    Of so many ``outputs``, as in ``net_of``.

    Raises
    ------
    ReaderError
        Both are missing, or the file is damaged or holds other weights.
    """
    path = folder / "model.safetensors"
    if not path.is_file():
        path = folder / "model.onnx"
    if not path.is_file():
        raise ReaderError(f"the weights to train on from, {path}, are missing")
    try:
        state = onnx_weights(path) if path.suffix == ".onnx" else load_file(path)
        return net_of(state, outputs=outputs, dropout=dropout)
    except (OSError, SafetensorError) as error:
        raise ReaderError(f"cannot read {path}: {error}") from error
    except (KeyError, ValueError, RuntimeError, IndexError) as error:
        reason = (str(error).splitlines() or [repr(error)])[0]
        raise ReaderError(f"{path} does not hold the weights of a reader: {reason}") from error


def net_of(state: Mapping[str, Any], *, outputs: int = 2, dropout: float = 0.0) -> TokenNet:
    """The network that these weights belong to; new weights where the outputs are others, as after pretraining.

    Raises
    ------
    KeyError, RuntimeError
        They are the weights of something else.
    """
    net = TokenNet(ModelShape.of(state), outputs=outputs, dropout=dropout)
    own = net.state_dict()
    if len(state["out.bias"]) != outputs:
        state = {**state, "out.weight": own["out.weight"], "out.bias": own["out.bias"]}
    net.load_state_dict({name: value.float() for name, value in state.items()})
    return net


def name_initializers(path: Path, net: TokenNet) -> None:
    """Give the matrices in an exported ONNX file the names that they have in the network."""
    import onnx
    from onnx import numpy_helper

    turned = {
        part.T.tobytes(): f"{name}{_PART}{number}of{parts}{_TURNED}" if parts > 1 else f"{name}{_TURNED}"
        for name, value in net.named_parameters()
        if value.ndim == 2
        for parts in (1, *(count for kind, count in _IN_PARTS.items() if kind in name))
        for number, part in enumerate(np.split(value.detach().numpy(), parts))
    }
    model = onnx.load(path)
    own = net.state_dict()
    new: dict[str, str] = {}
    for held in model.graph.initializer:
        name = turned.get(numpy_helper.to_array(held).tobytes())
        if name and held.name not in own:
            new[held.name] = name
            held.name = name
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name in new:
                node.input[place] = new[name]
    entry = model.metadata_props.add()
    entry.key, entry.value = _MERGED, json.dumps(_merged(model, net))
    onnx.save(model, path)


def _merged(model: Any, net: TokenNet) -> dict[str, str]:
    """Weights that the exporter left out because others are equal, as after few steps, by the names of those."""
    from onnx import numpy_helper

    held = {numpy_helper.to_array(one).tobytes(): one.name for one in model.graph.initializer}
    present = {name.partition(_PART)[0].removesuffix(_TURNED) for name in held.values()}
    return {
        name: held[written].removesuffix(_TURNED)
        for name, value in net.state_dict().items()
        if name not in present and (written := value.detach().numpy().T.tobytes()) in held
    }


def onnx_weights(path: Path) -> dict[str, Any]:
    """The weights by name of an ONNX file that ``name_initializers`` has seen to, rounded ones as what they stand for.

    Raises
    ------
    ValueError
        The file is no ONNX file.
    """
    import onnx
    from onnx import numpy_helper

    try:
        model = onnx.load(path)
        held = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
        merged = json.loads({one.key: one.value for one in model.metadata_props}.get(_MERGED, "{}"))
    except Exception as error:  # protobuf's own, which onnx does not name
        raise ValueError(f"not an ONNX file: {error}") from error
    pieces: dict[str, npt.NDArray[np.float32]] = {}
    for name, array in held.items():
        if name.endswith(_ROUNDED):
            name = name.removesuffix(_ROUNDED)
            array = _whole(array, held[name + _SCALE], held[name + _ZERO])
        elif name.endswith((_SCALE, _ZERO)):
            continue
        if name.endswith(_TURNED):
            name, array = name.removesuffix(_TURNED), array.T
        pieces[name] = np.array(array, np.float32, order="C")
    state = {name: torch.from_numpy(array) for name, array in _joined(pieces).items()}
    state |= {name: state[equal] for name, equal in merged.items()}
    wanted = TokenNet(ModelShape.of(state)).state_dict()
    return {name: state[name] for name in wanted}


def _joined(pieces: Mapping[str, npt.NDArray[np.float32]]) -> dict[str, npt.NDArray[np.float32]]:
    """Matrices with those that the file holds in parts put together."""
    whole = {name: array for name, array in pieces.items() if _PART not in name}
    for name in dict.fromkeys(name.partition(_PART)[0] for name in pieces if _PART in name):
        parts = int(next(one for one in pieces if one.startswith(name + _PART)).rpartition("of")[2])
        whole[name] = np.concatenate([pieces[f"{name}{_PART}{number}of{parts}"] for number in range(parts)])
    return whole


def _whole(
    rounded: npt.NDArray[Any], scale: npt.NDArray[Any], zero: npt.NDArray[Any]
) -> npt.NDArray[np.float32]:
    """Columns (m, n) from integers with a scale and a zero point each (n,)."""
    return (rounded.astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)
