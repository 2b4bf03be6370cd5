"""A trained network -> a reader's folder: int8 ONNX for reading, half-precision safetensors to train on from, checked.

The folder's files are replaced only after ONNX Runtime has given the same logits and the same spans as PyTorch. The weights
of the matrix products are then rounded to eight bits, which more than halves the reading time; they are kept in single
precision where the rounded ones choose other spans.
"""

from __future__ import annotations

import copy
import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from index.errors import MissingDependencyError
from qa.reader_config import ReaderConfig
from qa.reader_encoding import PairEncoder, load_tokenizer, pad_pairs
from qa.spans import decode_spans
from qa.training.errors import TrainingError
from qa.training.fused_attention import DOMAIN
from qa.training.model import TokenNet
from qa.training.weights import name_initializers, save_weights

__all__ = ["SAME_SPANS", "TOLERANCE", "Exported", "export_reader", "load_encoder", "require_onnx"]

TOLERANCE = 1e-3
"""Largest difference of a logit between PyTorch and ONNX Runtime."""
SAME_SPANS = 0.9
"""Share of the sample for which rounded weights must choose the same best span."""
_OPSET = 17
_INPUTS = ("ids", "types")
_COPIED = ("config.json", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: ``precision`` is ``int8`` or ``float32``."""

    precision: str
    largest_difference: float
    """Of a logit, between PyTorch and ONNX Runtime, before the weights were rounded."""
    same_spans: float
    """Share of the sample for which the rounded weights choose the same best span."""


def require_onnx() -> None:
    """Fail now, and not after the training, where the package that export needs is missing."""
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise MissingDependencyError("writing a reader needs onnx: pip install onnx") from None


def load_encoder(folder: Path) -> PairEncoder:
    """The encoder of the reader in ``folder``.

    Raises
    ------
    ReaderError
        A file is missing or damaged.
    """
    config = ReaderConfig.load(folder)
    return PairEncoder(load_tokenizer(folder / "tokenizer.json"), config.match_types, config.marks)


def export_reader(net: TokenNet, base: Path, folder: Path, sample: Sequence[tuple[str, str]]) -> Exported:
    """Write ``net`` as a reader into ``folder`` and say how it compares with the network.

    Parameters
    ----------
    base
        The reader whose tokenizer and configuration it was trained with.
    sample
        Questions and passages, as search text, that the written weights are checked on; at least one.

    Raises
    ------
    TrainingError
        ONNX Runtime does not give what PyTorch gives; the folder is left as it was.
    """
    if not sample:
        raise ValueError("a sample to check the exported weights on is needed")
    folder.mkdir(parents=True, exist_ok=True)
    net = copy.deepcopy(net).cpu().eval()
    with tempfile.TemporaryDirectory(dir=folder, prefix="unfinished-") as name:
        unfinished = Path(name)
        save_weights(net, unfinished / "model.safetensors", half=True)
        for copied in _COPIED:
            if (base / copied).is_file():
                shutil.copyfile(base / copied, unfinished / copied)
        exported = _write_onnx(net, base, unfinished / "model.onnx", sample)
        for path in sorted(unfinished.iterdir()):
            path.chmod(0o644)  # safetensors makes files that only their owner may read
            path.replace(folder / path.name)
    return exported


def _write_onnx(net: TokenNet, base: Path, path: Path, sample: Sequence[tuple[str, str]]) -> Exported:
    encoder, config = load_encoder(base), ReaderConfig.load(base)
    batch = sample_inputs(encoder, config, sample)
    tensors = tuple(torch.from_numpy(batch[name]) for name in _INPUTS)
    axes = {name: {0: "batch", 1: "length"} for name in (*_INPUTS, "logits")}
    with warnings.catch_warnings(), torch.inference_mode():
        # this exporter is announced to go; the one after it cannot write opset 17
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net,
            tensors,
            str(path),
            input_names=list(_INPUTS),
            output_names=["logits"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            custom_opsets={DOMAIN: 1},
            dynamo=False,
        )
    name_initializers(path, net)
    difference, spans = _compare(net, path, batch, config.max_answer_tokens)
    rounded = path.with_suffix(".int8.onnx")
    _round_weights(path, rounded)
    same = _share_of_same(spans, _best_spans(_run(rounded, batch), batch, config.max_answer_tokens))
    precise = same < SAME_SPANS
    if precise:
        rounded.unlink()
    else:
        rounded.replace(path)
    return Exported("float32" if precise else "int8", difference, same)


def _round_weights(path: Path, rounded: Path) -> None:
    """Weights of matrix products as seven-bit integers: eight would overflow on processors without VNNI."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it advises a preparation that changes nothing here
    try:
        quantize_dynamic(
            path,
            rounded,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
    finally:
        root.setLevel(level)


def sample_inputs(
    encoder: PairEncoder, config: ReaderConfig, sample: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """The first window of each question and passage, as one batch: ``ids``, ``types`` and ``mask``."""
    pairs = []
    for question, passage in sample:
        asked = encoder.question(question, config.max_question_tokens)
        ids = encoder.text(passage).ids[: config.max_tokens - len(asked) - 3]
        pairs.append(encoder.pair(asked, ids))
    return pad_pairs(pairs)


_Span = tuple[int, int]


def _compare(
    net: TokenNet, path: Path, batch: dict[str, Any], max_answer_tokens: int
) -> tuple[float, list[_Span | None]]:
    """Largest difference of a logit, and the best span of each row."""
    found = _run(path, batch)
    with torch.inference_mode():
        wanted = net(**{name: torch.from_numpy(array) for name, array in batch.items()}).numpy()
    mask = batch["mask"].astype(bool)
    difference = float(np.abs(found - wanted)[mask].max())
    if not difference <= TOLERANCE:  # also where it is no number
        raise TrainingError(f"the exported weights differ from the trained ones: a logit by {difference:.3g}")
    spans, others = (_best_spans(one, batch, max_answer_tokens) for one in (wanted, found))
    for row, (one, other) in enumerate(zip(spans, others, strict=True)):
        if one != other:
            raise TrainingError(f"the exported weights choose another span for sample {row}")
    return difference, spans


def _run(path: Path, batch: dict[str, Any]) -> Any:
    """Logits (b, n, 2), one row a pass and without its padding, as the reader does it; 0 where a row is padded."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits = np.zeros((*batch["ids"].shape, 2), np.float32)
    for row, length in enumerate(batch["mask"].sum(axis=1)):
        whole = {name: batch[name][row : row + 1, :length] for name in _INPUTS}
        logits[row, :length] = session.run(["logits"], whole)[0][0]
    return logits


def _best_spans(logits: Any, batch: dict[str, Any], max_answer_tokens: int) -> list[_Span | None]:
    best: list[_Span | None] = []
    for row, allowed in enumerate(batch["mask"].astype(bool)):
        starts, ends = logits[row, :, 0], logits[row, :, 1]
        spans = decode_spans(starts, ends, allowed=allowed, max_tokens=max_answer_tokens, top_k=1)
        best.append((spans[0][0], spans[0][1]) if spans else None)
    return best


def _share_of_same(some: Sequence[_Span | None], others: Sequence[_Span | None]) -> float:
    return sum(one == other for one, other in zip(some, others, strict=True)) / len(some)
