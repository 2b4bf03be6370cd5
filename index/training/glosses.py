"""Chinese questions translated word by word, another way every time: what a cross-language model can learn from Chinese pairs.

A dictionary is pairs as any others (``["dictionary", "coal; charcoal", "煤"]``): the passage is a word of one or two pieces, the
anchor its translations, with semicolons between them, the usual ones first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.folding import HAN
from index.training.errors import TrainingError
from index.training.token_rows import IntArray, Ragged, TokenRows, take_ranges

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Glosses"]

_MOST_PIECES, _MOST_WORDS = 6, 3  # of a translation: longer ones explain rather than translate
_MOST_SENSES = 2  # of an entry: those behind are rarely meant
_KEPT = 0.2  # share of the Chinese pieces without a translation that stay as they are
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_ARTICLE = re.compile(r"^(?:to|the|an?) ")
_NOTE = re.compile(
    r"\b(?:variant|abbr|classifier|surname|see|same as|used in|lit|fig|particle|suffix|prefix)\b|[|:{}]"
)
"""What dictionaries say about a word rather than for it."""
_HAN_PIECE = re.compile(f"[{HAN}]")


class Glosses:
    """Translations of Chinese pieces, and of two in a row."""

    def __init__(self, entries: Iterable[tuple[str, str]], tokenizer: Tokenizer) -> None:
        """Read a dictionary of (translations, word) pairs; raises ``TrainingError`` where it translates no piece."""
        self._size = tokenizer.get_vocab_size() + 1
        ways = [(way, word) for text, word in entries for way in _senses(text)]
        words = TokenRows.encode((word for _, word in ways), tokenizer)
        rows = TokenRows.encode((way for way, _ in ways), tokenizer)
        lengths = rows.lengths()
        usable = np.isin(words.lengths(), (1, 2)) & (lengths > 0) & (lengths <= _MOST_PIECES)
        numbers = np.flatnonzero(usable)
        if not len(numbers):
            raise TrainingError("the dictionary to translate with holds no word of one or two known pieces")
        first = words.values[words.starts[numbers]].astype(np.int64)
        last = words.values[words.starts[numbers + 1] - 1].astype(np.int64)
        codes = self._code(first, np.where(words.lengths()[numbers] == 2, last, -1))
        order = np.argsort(codes, kind="stable")
        self._codes, self._first, self._counts = np.unique(
            codes[order], return_index=True, return_counts=True
        )
        self._ways, self._rows, self._lengths = numbers[order], rows, lengths
        self._han = np.zeros(self._size, bool)
        self._han[[row for piece, row in tokenizer.get_vocab().items() if _HAN_PIECE.search(piece)]] = True

    def __len__(self) -> int:
        """Number of words that have a translation."""
        return len(self._codes)

    def translate(
        self, values: npt.NDArray[np.int32], lengths: IntArray, random: np.random.Generator
    ) -> Ragged:
        """Each row of pieces with a translation, drawn at random, in the place of every word that has one.

        Digits and letters stay, most Chinese pieces without a translation are left out; a row of nothing else stays whole.
        """
        pieces = values.astype(np.int64)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        entry = self._find(self._code(pieces, -1))
        pairs = np.full(len(pieces), -1, np.int64)
        pairs[:-1] = np.where(rows[:-1] == rows[1:], self._find(self._code(pieces[:-1], pieces[1:])), -1)
        pairs[1:][pairs[:-1] >= 0] = -1  # no piece in two words
        second = np.zeros(len(pieces), bool)
        second[1:] = pairs[:-1] >= 0
        entry = np.where(second, -1, np.where(pairs >= 0, pairs, entry))
        stays = ~self._han[pieces] | (random.random(len(pieces)) < _KEPT)
        copied = (entry < 0) & ~second & stays
        empty = np.bincount(rows, (entry >= 0) | copied, len(lengths)) == 0
        copied |= empty[rows]
        drawn = (random.random(len(pieces)) * self._counts[entry]).astype(np.int64)
        way = self._ways[self._first[entry] + drawn]
        flat = np.concatenate([self._rows.values, values])
        starts = np.where(entry >= 0, self._rows.starts[way], len(self._rows.values) + np.arange(len(pieces)))
        sizes = np.where(entry >= 0, self._lengths[way], copied.astype(np.int64))
        made, _ = take_ranges(flat, starts, sizes)
        return made, np.bincount(rows, sizes, len(lengths)).astype(np.int64)

    def _code(self, first: IntArray, second: IntArray | int) -> IntArray:
        code: IntArray = first * self._size + second + 1
        return code

    def _find(self, codes: IntArray) -> IntArray:
        """Place of each code among the known ones, -1 where it is unknown."""
        places = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        found: IntArray = np.where(self._codes[places] == codes, places, -1)
        return found


def _senses(text: str) -> list[str]:
    """The first translations of an entry, without what stands in brackets or behind a comma, and without articles."""
    senses = (
        _ARTICLE.sub("", sense.split(",")[0].strip()) for sense in _IN_BRACKETS.sub("", text).split(";")
    )
    kept = [
        sense
        for sense in senses
        if sense
        and len(sense.split()) <= _MOST_WORDS
        and not (_HAN_PIECE.search(sense) or _NOTE.search(sense))
    ]
    return kept[:_MOST_SENSES]
