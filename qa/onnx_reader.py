"""The span reader that ships, on ONNX Runtime. It downloads nothing and sends nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import ReaderError
from qa.reader_config import ReaderConfig
from qa.reader_encoding import (
    EncodedText,
    PairEncoder,
    PairInputs,
    fingerprint_files,
    load_tokenizer,
)
from qa.spans import best_apart, decode_spans
from qa.translations import with_translations
from qa.types import SpanCandidate, TokenScores

__all__ = ["OnnxReader"]

_DEFAULT_THREADS = 2

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Window:
    passage: int
    start: int
    inputs: PairInputs


class OnnxReader:
    """Reads passages with the model in ``folder``. Safe to share between threads.

    Parameters
    ----------
    folder
        ``config.json``, ``model.onnx`` and ``tokenizer.json``.
    threads
        Windows read side by side, 2 where None; never more than the machine has processors. Each pass takes one thread, which
        keeps the processors busier than one pass on several.

    Raises
    ------
    ReaderError
        A file is missing or damaged.
    """

    def __init__(self, folder: Path, *, name: str | None = None, threads: int | None = None) -> None:
        self.name = name or str(folder)
        self._folder = folder
        self.config = ReaderConfig.load(folder)
        self.encoder = PairEncoder(
            load_tokenizer(folder / "tokenizer.json"), self.config.match_types, self.config.marks
        )
        self._session = _open_session(folder / "model.onnx")
        self._threads = max(1, min(threads or _DEFAULT_THREADS, os.cpu_count() or 1))
        self._pool = ThreadPoolExecutor(self._threads, "reader") if self._threads > 1 else None

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 prefix over configuration, weights and tokenizer."""
        return fingerprint_files(
            [self._folder / name for name in ("config.json", "model.onnx", "tokenizer.json")]
        )

    @property
    def reads_above(self) -> bool:
        """Whether the reader was trained with what stands above a passage before it."""
        return self.config.max_above_tokens > 0

    def read(
        self, question: str, passages: Sequence[str], *, top_k: int = 5, above: Sequence[str] = ()
    ) -> list[list[SpanCandidate]]:
        """For each passage its best spans, best first, none overlapping.

        A score is start + end logit minus the no-answer logits of the same window and the configuration's ``span_costs``, so that scores of
        windows and passages compare. A question longer than ``max_question_tokens`` is cut; a long passage is read in windows.
        ``above`` is what stands above each passage, or empty; no span lies in it.
        """
        encoded, windows, logits = self._score(question, passages, above)
        found: list[list[SpanCandidate]] = [[] for _ in passages]
        costs = self.config.span_costs
        added = [
            costs.of(p, text.offsets) if costs else None for p, text in zip(passages, encoded, strict=True)
        ]
        for window, scores in zip(windows, logits, strict=True):
            offsets = encoded[window.passage].offsets[window.start :]
            if (more := added[window.passage]) is not None:
                scores = scores + more[window.start : window.start + len(scores)]
            spans = decode_spans(
                scores[:, 0],
                scores[:, 1],
                allowed=np.ones(len(scores), bool),
                max_tokens=self.config.max_answer_tokens,
                top_k=top_k,
            )
            found[window.passage] += [
                SpanCandidate(int(offsets[i, 0]), int(offsets[j, 1]), score)
                for i, j, score in spans
                if offsets[i, 0] < offsets[j, 1]
            ]
        return [best_apart(candidates, top_k) for candidates in found]

    def token_scores(
        self, question: str, passages: Sequence[str], *, above: Sequence[str] = ()
    ) -> list[TokenScores]:
        """For each passage the start and end scores of its tokens, the better one where windows share a token."""
        encoded, windows, logits = self._score(question, passages, above)
        merged = [np.full((len(text.ids), 2), -np.inf, np.float32) for text in encoded]
        for window, scores in zip(windows, logits, strict=True):
            part = merged[window.passage][window.start : window.start + len(scores)]
            np.maximum(part, scores, out=part)
        return [
            TokenScores(text.offsets, scores[:, 0], scores[:, 1])
            for text, scores in zip(encoded, merged, strict=True)
        ]

    def _score(
        self, question: str, passages: Sequence[str], above: Sequence[str]
    ) -> tuple[list[EncodedText], list[_Window], list[FloatArray]]:
        """Texts, windows, and for each window logits (n, 2) minus the no-answer logits of its passage tokens."""
        encoded = [self.encoder.text(passage) for passage in passages]
        above = above or [""] * len(passages)
        windows = [
            window
            for number, (passage, text, over) in enumerate(zip(passages, encoded, above, strict=True))
            for window in self._windows(with_translations(question, passage), number, text, over)
        ]
        windows.sort(
            key=lambda window: -len(window.inputs.ids)
        )  # the longest first: no thread is left with it at the end
        pairs = [window.inputs for window in windows]
        found = self._pool.map(self._run, pairs) if self._pool else (self._run(pair) for pair in pairs)
        logits = [
            rows[window.inputs.first : len(window.inputs.ids) - 1] - rows[0]
            for window, rows in zip(windows, found, strict=True)
        ]
        return encoded, windows, logits

    def _windows(self, question: str, number: int, text: EncodedText, above: str) -> list[_Window]:
        asked = self.encoder.question(question, self.config.max_question_tokens)
        over = self.encoder.above(above, self.config.max_above_tokens)
        room = self.config.max_tokens - len(asked) - len(over) - 3
        return [
            _Window(number, start, self.encoder.pair(asked, text.ids[start : start + room], over))
            for start in _window_starts(len(text.ids), room, self.config.stride)
        ]

    def _run(self, pair: PairInputs) -> FloatArray:
        """One forward pass: logits (n, 2).

        A pass takes one window only: the activations of rounded weights are scaled by the largest one of a pass, so that a
        score would depend on what is read beside it.
        """
        inputs = {"ids": pair.ids[None], "types": pair.types[None]}
        logits: FloatArray = self._session.run(["logits"], inputs)[0][0]
        return logits


def _window_starts(tokens: int, room: int, stride: int) -> list[int]:
    """Where the windows of a passage begin; none for a passage without tokens."""
    if not tokens:
        return []
    step = room - stride
    return [0, *range(step, tokens - room + step, step)]


def _open_session(path: Path) -> Any:
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if not path.is_file():
        raise ReaderError(f"the reader's weights {path} are missing")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has a dozen kinds for a broken file
        raise ReaderError(f"cannot load {path}: {str(error).splitlines()[0]}") from error
    names = {one.name for one in session.get_inputs()}
    if names != {"ids", "types"}:
        raise ReaderError(f"{path} is not the weights of a reader: its inputs are {', '.join(sorted(names))}")
    return session
