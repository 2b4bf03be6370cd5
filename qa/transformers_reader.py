"""Any extractive question-answering model of the ``transformers`` library, from a folder or by its hub name.

Spans are decoded here; the library's own pipeline for it no longer exists. Only safetensors weights are loaded, code of
a model never.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import MissingDependencyError, ReaderError
from qa.reader_encoding import LONE_SURROGATE, fingerprint_files
from qa.spans import best_apart, decode_spans
from qa.types import SpanCandidate, TokenScores

__all__ = ["TransformersReader"]

_FILES = ("*.json", "*.safetensors", "*.txt", "*.model")
_LONGEST_INPUT = 512  # tokens
_LONGEST_QUESTION = 64
_STRIDE = 96
_LONGEST_ANSWER = 40
_BATCH = 8

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Window:
    """A window's passage tokens: half-open character offsets (n, 2) and logits (n, 2) minus the no-answer logits."""

    passage: int
    offsets: npt.NDArray[np.int64]
    logits: FloatArray


class TransformersReader:
    """Reads passages with an ``AutoModelForQuestionAnswering`` model on the CPU.

    Parameters
    ----------
    name_or_path
        A local folder, or a hub name; what the local cache holds is used without asking the network.
    threads
        Threads of torch, for the whole process; unchanged where None.

    Raises
    ------
    ReaderError
        The model is neither a folder nor reachable, has no head that was trained for answers, no safetensors weights, or
        no fast tokenizer.
    """

    def __init__(self, name_or_path: str, *, threads: int | None = None) -> None:
        folder = _folder_of(name_or_path)
        self.name = str(folder.resolve()) if Path(name_or_path).is_dir() else name_or_path
        self._folder = folder
        self._model, self._tokenizer = _load(folder, self.name)
        if threads is not None:
            import torch

            torch.set_num_threads(max(1, threads))
        limits = [
            self._tokenizer.model_max_length,
            getattr(self._model.config, "max_position_embeddings", None),
        ]
        self._max_tokens = min([_LONGEST_INPUT, *(int(limit) for limit in limits if limit and limit > 0)])
        marks = self._tokenizer.num_special_tokens_to_add(pair=True)
        self._max_question = min(_LONGEST_QUESTION, max(1, (self._max_tokens - marks) // 2))
        self._stride = min(_STRIDE, max(0, (self._max_tokens - self._max_question - marks) // 2))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 prefix over the folder's configuration, weights and tokenizer."""
        files = sorted(path for pattern in _FILES for path in self._folder.glob(pattern) if path.is_file())
        return fingerprint_files(files)

    def read(self, question: str, passages: Sequence[str], *, top_k: int = 5) -> list[list[SpanCandidate]]:
        """For each passage its best spans, best first, none overlapping; scores as in ``OnnxReader.read``."""
        found: list[list[SpanCandidate]] = [[] for _ in passages]
        for window in self._windows(question, passages):
            spans = decode_spans(
                window.logits[:, 0],
                window.logits[:, 1],
                allowed=window.offsets[:, 0] < window.offsets[:, 1],
                max_tokens=_LONGEST_ANSWER,
                top_k=top_k,
            )
            found[window.passage] += [
                SpanCandidate(int(window.offsets[i, 0]), int(window.offsets[j, 1]), score)
                for i, j, score in spans
            ]
        return [best_apart(candidates, top_k) for candidates in found]

    def token_scores(self, question: str, passages: Sequence[str]) -> list[TokenScores]:
        """For each passage the start and end scores of its tokens, the better one where windows share a token."""
        best: list[dict[tuple[int, int], FloatArray]] = [{} for _ in passages]
        for window in self._windows(question, passages):
            known = best[window.passage]
            for (start, end), logits in zip(window.offsets.tolist(), window.logits, strict=True):
                if start < end:
                    known[start, end] = np.maximum(known.get((start, end), logits), logits)
        return [_token_scores(known) for known in best]

    def _windows(self, question: str, passages: Sequence[str]) -> Iterator[_Window]:
        import torch

        readable = [number for number, passage in enumerate(passages) if passage.strip()]
        if not readable:
            return
        encoded = self._encode(question, [passages[number] for number in readable])
        order = np.argsort([len(ids) for ids in encoded["input_ids"]], kind="stable").tolist()
        names = [name for name in self._tokenizer.model_input_names if name in encoded]
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            batch = self._tokenizer.pad(
                {name: [encoded[name][row] for row in rows] for name in names}, return_tensors="pt"
            )
            with torch.inference_mode():
                output = self._model(**batch)
            logits = torch.stack((output.start_logits, output.end_logits), dim=-1).float().numpy()
            for row, scores in zip(rows, logits, strict=True):
                yield self._window(encoded, row, readable[encoded["overflow_to_sample_mapping"][row]], scores)

    def _encode(self, question: str, passages: list[str]) -> Any:
        question = LONE_SURROGATE.sub("\ufffd", question)
        tokens = self._tokenizer(
            question, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        if len(tokens["input_ids"]) > self._max_question:
            question = question[: tokens["offset_mapping"][self._max_question - 1][1]]
        return self._tokenizer(
            [question] * len(passages),
            [LONE_SURROGATE.sub("\ufffd", passage) for passage in passages],
            truncation="only_second",
            max_length=self._max_tokens,
            stride=self._stride,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
        )

    def _window(self, encoded: Any, row: int, passage: int, scores: FloatArray) -> _Window:
        ids, sequence = encoded["input_ids"][row], encoded.sequence_ids(row)
        none = ids.index(self._tokenizer.cls_token_id) if self._tokenizer.cls_token_id in ids else 0
        places = [place for place, side in enumerate(sequence) if side == 1]
        offsets = np.array([encoded["offset_mapping"][row][place] for place in places], np.int64).reshape(
            -1, 2
        )
        # a padded batch may put padding on the left
        shift = len(scores) - len(ids) if self._tokenizer.padding_side == "left" else 0
        return _Window(passage, offsets, scores[np.array(places, np.int64) + shift] - scores[none + shift])


def _token_scores(known: dict[tuple[int, int], FloatArray]) -> TokenScores:
    places = sorted(known)
    scores = np.array([known[place] for place in places], np.float32).reshape(-1, 2)
    return TokenScores(np.array(places, np.int64).reshape(-1, 2), scores[:, 0], scores[:, 1])


def _folder_of(name: str) -> Path:
    """The folder itself, or the local copy of a hub model, fetched if it is not there yet."""
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError

    try:
        try:
            return Path(snapshot_download(name, allow_patterns=list(_FILES), local_files_only=True))
        except FileNotFoundError:
            return Path(snapshot_download(name, allow_patterns=list(_FILES)))
    except HFValidationError as error:
        raise ReaderError(f"the reader {name!r} is no folder, and no hub model can have this name") from error
    except Exception as error:  # offline, refused, timed out, not found: the hub raises a dozen kinds
        raise ReaderError(
            f"the reader {name!r} was not found locally and the hub cannot be reached or does not have it; "
            "copy the model to a folder and pass its path"
        ) from error


def _load(folder: Path, name: str) -> tuple[Any, Any]:
    try:
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer
    except ImportError as error:
        raise MissingDependencyError(
            f"the reader {name!r} needs transformers: pip install transformers torch"
        ) from error
    try:
        model, report = AutoModelForQuestionAnswering.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # the library raises a dozen kinds for a missing or broken model
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ReaderError(f"cannot load the reader {name!r}: {reason[:200]}") from error
    if report["missing_keys"]:
        raise ReaderError(
            f"{name!r} is not trained to answer questions: it lacks {', '.join(sorted(report['missing_keys'])[:3])}"
        )
    if not tokenizer.is_fast:
        raise ReaderError(f"the tokenizer of {name!r} gives no character offsets")
    return model.eval(), tokenizer
