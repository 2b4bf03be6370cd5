"""What the bundled reader sees: the tokens of question and passage, and which runs of them both have.

This is the contract with training: ids and match types must be the same in both places. The passage side does not depend on the
question and is remembered per text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import ReaderError

__all__ = [
    "LONE_SURROGATE",
    "EncodedText",
    "PairEncoder",
    "PairInputs",
    "fingerprint_files",
    "load_tokenizer",
    "pad_pairs",
]

IntArray = npt.NDArray[np.int64]

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character that came alone; tokenizers refuse it."""
_SHIFT = 1 << 17  # above every token id, so that a bigram or trigram is one integer
_REMEMBERED_TEXTS = 2048
_REMEMBERED_LENGTH = 2000  # characters; longer texts are encoded each time


def fingerprint_files(paths: Sequence[Path]) -> str:
    """First 16 hex digits of the SHA-256 over the SHA-256 of each file, in order."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def load_tokenizer(path: Path) -> Any:
    """A ``tokenizers.Tokenizer`` without truncation and padding.

    Raises
    ------
    ReaderError
        The file is missing or is no tokenizer.
    """
    from tokenizers import Tokenizer

    if not path.is_file():
        raise ReaderError(f"the reader's tokenizer {path} is missing")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception for a broken file
        raise ReaderError(f"{path} is no tokenizer: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@dataclass(frozen=True, slots=True)
class EncodedText:
    """Token ids (n,) and half-open character offsets (n, 2)."""

    ids: IntArray
    offsets: IntArray


@dataclass(frozen=True, slots=True)
class PairInputs:
    """``[CLS] question [SEP] above passage [SEP]``: ids and types (n,); the passage begins at ``first``."""

    ids: IntArray
    types: IntArray
    first: int


class PairEncoder:
    """Texts and pairs of texts as the reader's inputs. Safe to share between threads.

    ``marks`` says what stands in for a character that the tokenizer would drop, such as the end of a line or of a table's cell.
    """

    def __init__(
        self, tokenizer: Any, match_types: Sequence[str], marks: Mapping[str, str] | None = None
    ) -> None:
        self._tokenizer = tokenizer
        self._marks = str.maketrans(dict(marks or {}))
        try:
            self._type = {name: match_types.index(name) for name in _MATCH_TYPES}
        except ValueError as error:
            raise ReaderError(f"the reader's configuration lacks a match type: {error}") from error
        special = [tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")]
        if None in special:
            raise ReaderError("the reader's tokenizer lacks [CLS] or [SEP]")
        self._cls, self._sep = special
        self._remembered = lru_cache(maxsize=_REMEMBERED_TEXTS)(self._encode)

    def text(self, text: str) -> EncodedText:
        """Encode one text; passages of usual length are remembered."""
        return self._remembered(text) if len(text) <= _REMEMBERED_LENGTH else self._encode(text)

    def _encode(self, text: str) -> EncodedText:
        text = LONE_SURROGATE.sub("\ufffd", text).rstrip().translate(self._marks)
        tokens = self._tokenizer.encode(text, add_special_tokens=False)
        return EncodedText(np.array(tokens.ids, np.int64), np.array(tokens.offsets, np.int64).reshape(-1, 2))

    def question(self, text: str, max_tokens: int) -> IntArray:
        """Token ids of a question, cut after ``max_tokens``."""
        return self._encode(text).ids[:max_tokens]

    def above(self, text: str, max_tokens: int) -> IntArray:
        """Token ids of what stands above a passage, cut after ``max_tokens``."""
        return self.text(text).ids[:max_tokens] if text and max_tokens else np.zeros(0, np.int64)

    def pair(self, question: IntArray, ids: IntArray, above: IntArray | None = None) -> PairInputs:
        """Inputs for a question and a window of a passage, behind what stands above it: token ids (n,) each."""
        kind = self._type
        before = 0 if above is None else len(above)
        if above is not None and before:
            ids = np.concatenate((above, ids))
        question_types, types = np.full(len(question), kind["question"]), np.full(len(ids), kind["passage"])
        types[_among(ids, question)] = kind["unigram"]
        asked, bigrams = _ngrams(question, 2), _ngrams(ids, 2)
        shared = _among(bigrams, asked)
        types[:-1][shared] = types[1:][shared] = kind["bigram"]
        back = _among(asked, bigrams)
        question_types[:-1][back] = question_types[1:][back] = kind["question_hit"]
        shared = _among(_ngrams(ids, 3), _ngrams(question, 3))
        for shift in range(3):
            types[shift : shift + len(shared)][shared] = kind["trigram"]
        edge = [kind["question"]]
        return PairInputs(
            np.concatenate(([self._cls], question, [self._sep], ids, [self._sep])),
            np.concatenate((edge, question_types, edge, types, [kind["passage"]])),
            len(question) + 2 + before,
        )


def pad_pairs(pairs: Sequence[PairInputs], *, multiple: int = 1) -> dict[str, IntArray]:
    """A batch of pairs, padded to the longest, rounded up to a multiple: ``ids``, ``types`` and ``mask`` (b, n) int64."""
    longest = max(len(pair.ids) for pair in pairs)
    ids, types, mask = (
        np.zeros((len(pairs), -(-longest // multiple) * multiple), np.int64) for _ in range(3)
    )
    for row, pair in enumerate(pairs):
        n = len(pair.ids)
        ids[row, :n], types[row, :n], mask[row, :n] = pair.ids, pair.types, 1
    return {"ids": ids, "types": types, "mask": mask}


_MATCH_TYPES = ("question", "passage", "unigram", "bigram", "trigram", "question_hit")


def _ngrams(ids: IntArray, n: int) -> IntArray:
    """Each run of ``n`` tokens as one integer: (len(ids) - n + 1,), empty for a shorter text."""
    if len(ids) < n:
        return np.zeros(0, np.int64)
    code: IntArray = ids[: len(ids) - n + 1]
    for shift in range(1, n):
        code = code * _SHIFT + ids[shift : len(ids) - n + 1 + shift]
    return code


def _among(values: IntArray, others: IntArray) -> npt.NDArray[np.bool_]:
    """Which values occur among the others; a comparison of all pairs is fastest at these sizes."""
    found: npt.NDArray[np.bool_] = (values[:, None] == others[None, :]).any(axis=1)
    return found
