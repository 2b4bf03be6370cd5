"""What the word-aware reader sees: tokens, the embedder's words that cover them, and how they match the question.

This is the contract with training: ids, match types, words and soft match features must be the same in both places. The
passage side does not depend on the question and is remembered per text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import ReaderError
from qa.word_table import WordVectors

__all__ = [
    "LONE_SURROGATE",
    "EncodedText",
    "PairEncoder",
    "PairInputs",
    "QuestionSide",
    "fingerprint_files",
    "load_tokenizer",
    "pad_pairs",
]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]

LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character that came alone; tokenizers refuse it."""
_SHIFT = 1 << 17  # above every token id, so that a bigram or trigram is one integer
_SOFT_WINDOW = 25  # tokens
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
    """Token ids (n,), ids of the words that cover them (n,), half-open character offsets (n, 2)."""

    ids: IntArray
    words: IntArray
    offsets: IntArray


@dataclass(frozen=True, slots=True)
class QuestionSide:
    """A question cut to its longest length, with what every passage is compared against."""

    ids: IntArray
    words: IntArray
    bigrams: IntArray
    trigrams: IntArray
    vectors: FloatArray
    """Unit vectors of its known words."""


@dataclass(frozen=True, slots=True)
class PairInputs:
    """``[CLS] question [SEP] passage [SEP]``: ids, types, words (n,) and soft (n, 2); the passage begins at ``first``."""

    ids: IntArray
    types: IntArray
    words: IntArray
    soft: FloatArray
    first: int


class PairEncoder:
    """Texts and pairs of texts as the reader's inputs. Safe to share between threads."""

    def __init__(
        self, tokenizer: Any, word_tokenizer: Any, vectors: WordVectors, match_types: Sequence[str]
    ) -> None:
        self._tokenizer, self._word_tokenizer, self.vectors = tokenizer, word_tokenizer, vectors
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
        text = LONE_SURROGATE.sub("\ufffd", text)
        tokens = self._tokenizer.encode(text, add_special_tokens=False)
        covering = self._word_tokenizer.encode(text, add_special_tokens=False)
        offsets = np.array(tokens.offsets, np.int64).reshape(-1, 2)
        word_offsets = np.array(covering.offsets, np.int64).reshape(-1, 2)
        words = np.zeros(len(offsets), np.int64)
        if len(word_offsets) and len(offsets):
            place = (np.searchsorted(word_offsets[:, 0], offsets[:, 0], side="right") - 1).clip(0)
            covered = (word_offsets[place, 0] <= offsets[:, 0]) & (offsets[:, 0] < word_offsets[place, 1])
            words = np.where(covered, np.array(covering.ids, np.int64)[place], 0)
        return EncodedText(np.array(tokens.ids, np.int64), words, offsets)

    def question(self, text: str, max_tokens: int) -> QuestionSide:
        """Encode a question, cut after ``max_tokens`` tokens."""
        encoded = self._encode(text)
        return self.question_side(encoded.ids[:max_tokens], encoded.words[:max_tokens])

    def question_side(self, ids: IntArray, words: IntArray) -> QuestionSide:
        """What a question of these token ids and words, each (n,), is compared by."""
        known = np.unique(words[words > 1])
        vectors = (
            self.vectors.unit(known) if len(known) else np.zeros((1, self.vectors.dimension), np.float32)
        )
        return QuestionSide(ids, words, _ngrams(ids, 2), _ngrams(ids, 3), vectors)

    def cosines(self, question: QuestionSide, words: IntArray) -> FloatArray:
        """Best cosine of each word (n,) with any known word of the question."""
        distinct, places = np.unique(words, return_inverse=True)
        best: FloatArray = (self.vectors.unit(distinct) @ question.vectors.T).max(axis=1)[places]
        return best

    def pair(self, question: QuestionSide, ids: IntArray, words: IntArray, cosines: FloatArray) -> PairInputs:
        """Inputs for the question and a window of a passage: its token ids, words and best cosines, each (n,)."""
        kind, n = self._type, len(ids)
        question_types, types = np.full(len(question.ids), kind["question"]), np.full(n, kind["passage"])
        types[_among(ids, question.ids)] = kind["unigram"]
        bigrams = _ngrams(ids, 2)
        shared = _among(bigrams, question.bigrams)
        types[:-1][shared] = types[1:][shared] = kind["bigram"]
        back = _among(question.bigrams, bigrams)
        question_types[:-1][back] = question_types[1:][back] = kind["question_hit"]
        shared = _among(_ngrams(ids, 3), question.trigrams)
        for shift in range(3):
            types[shift : shift + len(shared)][shared] = kind["trigram"]
        strong = (types == kind["bigram"]) | (types == kind["trigram"])
        near = np.where(strong, 1.0, np.maximum(cosines - 0.3, 0))
        if n > _SOFT_WINDOW:
            near = np.convolve(near, np.ones(_SOFT_WINDOW) / _SOFT_WINDOW, "same")
        else:
            near = np.full(n, cosines.mean() if n else 0.0)
        first = len(question.ids) + 2
        soft = np.zeros((first + n + 1, 2), np.float32)
        soft[first : first + n, 0], soft[first : first + n, 1] = cosines, near * 2
        edge = [kind["question"]]
        return PairInputs(
            np.concatenate(([self._cls], question.ids, [self._sep], ids, [self._sep])),
            np.concatenate((edge, question_types, edge, types, [kind["passage"]])),
            np.concatenate(([0], question.words, [0], words, [0])),
            soft,
            first,
        )


def pad_pairs(
    pairs: Sequence[PairInputs], vectors: WordVectors, *, multiple: int = 1
) -> dict[str, npt.NDArray[Any]]:
    """A batch of pairs by the names of the model's inputs, padded to the longest, rounded up to a multiple.

    ``ids``, ``types``, ``mask`` (b, n) int64, ``words`` (b, n, dimension) and ``soft`` (b, n, 2) float32.
    """
    longest = max(len(pair.ids) for pair in pairs)
    shape = len(pairs), -(-longest // multiple) * multiple
    ids, types, mask, words = (np.zeros(shape, np.int64) for _ in range(4))
    soft = np.zeros((*shape, 2), np.float32)
    for row, pair in enumerate(pairs):
        n = len(pair.ids)
        ids[row, :n], types[row, :n], mask[row, :n] = pair.ids, pair.types, 1
        words[row, :n], soft[row, :n] = pair.words, pair.soft
    return {"ids": ids, "types": types, "mask": mask, "words": vectors.scaled(words), "soft": soft}


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
