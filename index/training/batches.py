"""Batches by their number: the same settings and number always make the same batch, so a run goes on where it stopped.

Every batch is of one group, so that the other passages of a batch, its negatives, are of the same kind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from index.training.errors import TrainingError
from index.training.glosses import Glosses
from index.training.hard_negatives import lexical_negatives
from index.training.pairs import PairTexts
from index.training.settings import TrainingSettings
from index.training.token_rows import IntArray, Ragged, TokenRows, take_ranges

__all__ = ["Batch", "BatchMaker", "group_shares"]

_LONGEST_QUERY = 24  # pieces; the questions of people are shorter than the sentences of documents
_SHORTEST_QUERY = 3
_KEPT_IN_PLACE = 0.2  # share of the cloze passages that keep the sentence asked about
_PASSAGE = (40, 260)  # pieces of a cloze passage
_MOST_OF_A_PASSAGE = 400  # pieces of any passage
_GLOSS, _AMONG = "gloss", "among"
_OTHERS = 3  # most passages that one is put among
_MOST_OF_ANOTHER = 120  # pieces of each of these


@dataclass(frozen=True, slots=True)
class Batch:
    """Anchors and their passages as piece numbers one after another, with the length of each."""

    group: str
    anchors: Ragged
    passages: Ragged
    negatives: Ragged | None = None
    """Passages besides, which belong to none of the anchors; not one for each."""


def group_shares(
    sizes: Mapping[str, int], balance: float, weights: Mapping[str, float] | None = None
) -> dict[str, float]:
    """How likely each group is drawn; they add up to 1. A group counts its size to the power of ``balance``, times its weight."""
    shares = {name: size**balance * (weights or {}).get(name, 1.0) for name, size in sizes.items()}
    total = sum(shares.values())
    if not total > 0:
        raise ValueError("the weights leave no group to draw from")
    return {name: share / total for name, share in shares.items()}


class BatchMaker:
    """Tokenised pairs and documents, from which it makes the batch of any number."""

    def __init__(
        self,
        texts: PairTexts,
        tokenizer: Tokenizer,
        settings: TrainingSettings,
        *,
        weights: Mapping[str, float] | None = None,
        watch: Callable[[Iterable[int]], Iterable[int]] = lambda rows: rows,
    ) -> None:
        self._settings = settings
        self._rows = TokenRows.encode(texts.texts, tokenizer)
        self._lengths = lengths = self._rows.lengths()
        self._pairs: dict[str, IntArray] = {}
        for name, pairs in texts.pairs.items():
            numbers = np.array(pairs, np.int64).reshape(-1, 2)
            self._pairs[name] = numbers[(lengths[numbers] > 0).all(axis=1)]
        self._documents = {name: _known(documents, lengths) for name, documents in texts.documents.items()}
        sizes = {name: len(pairs) for name, pairs in self._pairs.items()}
        sizes |= {name: 2 * len(documents) for name, documents in self._documents.items()}
        _check_names(settings, set(self._pairs), set(self._documents))
        self._made = {f"{_GLOSS}:{name}": (name, _GLOSS) for name in settings.glossed}
        self._made |= {f"{_AMONG}:{name}": (name, _AMONG) for name in settings.among}
        sizes |= {made: sizes[name] for made, (name, _) in self._made.items()}
        self.groups = {name: size for name, size in sizes.items() if size > 1}
        """Groups that can make a batch, with their sizes."""
        if not self.groups:
            raise ValueError("no group holds two pairs with known pieces")
        self._shares = np.array([*group_shares(self.groups, settings.balance, weights).values()])
        self._glosses = _dictionary(texts, tokenizer, settings.gloss_from) if settings.glossed else None
        self._negatives = {
            name: lexical_negatives(self._pairs[name], texts.texts, watch=watch)
            for name in settings.hard_negatives
        }

    @property
    def key(self) -> str:
        """Hash of everything the batches are made from."""
        digest = hashlib.sha256(repr((self._settings, self.groups, self._shares.tolist())).encode())
        for array in (self._rows.values, self._rows.starts, *self._pairs.values(), *self._negatives.values()):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:16]

    def batch(self, number: int) -> Batch:
        """The batch of this number."""
        random = np.random.default_rng((self._settings.seed, number))
        group = list(self.groups)[int(random.choice(len(self._shares), p=self._shares))]
        source, how = self._made.get(group, (group, ""))
        if source in self._pairs:
            (anchors, lengths), passages, negatives = self._pair_batch(source, random, among=how == _AMONG)
        else:
            (anchors, lengths), passages = self._cloze_batch(source, random)
            negatives = None
        if how == _GLOSS and self._glosses:
            anchors, lengths = self._glosses.translate(anchors, lengths, random)
        return Batch(
            group, _drop(anchors, lengths, self._settings.query_dropout, random), passages, negatives
        )

    def _pair_batch(
        self, group: str, random: np.random.Generator, *, among: bool
    ) -> tuple[Ragged, Ragged, Ragged | None]:
        pairs = self._pairs[group]
        rows = random.choice(len(pairs), min(self._settings.batch_size, len(pairs)), replace=False)
        for side in (0, 1):  # the same text twice would be its own negative
            rows = rows[np.sort(np.unique(pairs[rows, side], return_index=True)[1])]
        anchors, passages = pairs[rows].T
        found = self._pieces(passages, _MOST_OF_A_PASSAGE)
        if among:
            found = self._put_among(passages, pairs[:, 1], random)
        negatives = None
        if group in self._negatives:
            places = self._negatives[group][rows]
            drawn = places[np.arange(len(rows)), random.integers(np.maximum((places >= 0).sum(axis=1), 1))]
            drawn = np.setdiff1d(drawn[drawn >= 0], passages)  # those of the batch are negatives already
            negatives = self._pieces(drawn, _MOST_OF_A_PASSAGE) if len(drawn) else None
        return self._pieces(anchors), found, negatives

    def _pieces(self, texts: IntArray, most: int | None = None) -> Ragged:
        lengths = self._lengths[texts]
        return take_ranges(
            self._rows.values,
            self._rows.starts[texts],
            lengths if most is None else np.minimum(lengths, most),
        )

    def _put_among(self, passages: IntArray, every: IntArray, random: np.random.Generator) -> Ragged:
        """Each passage with one to three others of its group behind it, as one text."""
        others = every[random.integers(len(every), size=(len(passages), _OTHERS))]
        used = np.arange(_OTHERS) < random.integers(1, _OTHERS + 1, size=(len(passages), 1))
        lengths = np.column_stack(
            [
                np.minimum(self._lengths[passages], _MOST_OF_A_PASSAGE),
                np.minimum(self._lengths[others], _MOST_OF_ANOTHER) * used,
            ]
        )
        starts = self._rows.starts[np.column_stack([passages, others])]
        values, _ = take_ranges(self._rows.values, starts.ravel(), lengths.ravel())
        return values, lengths.sum(axis=1)

    def _cloze_batch(self, group: str, random: np.random.Generator) -> tuple[Ragged, Ragged]:
        """Two passages of each document: the one is a hard negative of the other's sentence."""
        documents = self._documents[group]
        count = min(self._settings.batch_size // 2, len(documents))
        queries: list[tuple[int, int]] = []
        parts: list[tuple[int, int]] = []
        sizes: list[int] = []
        for index in random.choice(len(documents), max(count, 1), replace=False).tolist():
            rows = documents[index]
            middle = len(rows) // 2
            halves = (rows[:middle], rows[middle:]) if middle >= 3 else (rows,)
            for half in halves:
                query, passage = self._cloze(half, random)
                queries.append(query)
                parts += passage
                sizes.append(len(passage))
        starts, lengths = np.array(queries, np.int64).T
        anchors = take_ranges(self._rows.values, starts, lengths)
        starts, lengths = np.array(parts, np.int64).T
        values, _ = take_ranges(self._rows.values, starts, lengths)
        counts = np.array(sizes, np.int64)
        return anchors, (values, np.add.reduceat(lengths, np.cumsum(counts) - counts))

    def _cloze(
        self, rows: IntArray, random: np.random.Generator
    ) -> tuple[tuple[int, int], list[tuple[int, int]]]:
        """A sentence, cut to the length of a question, and the ranges of the sentences around it."""
        starts, lengths = self._rows.starts[rows], self._lengths[rows]
        wanted = int(random.integers(*_PASSAGE))
        first = int(random.integers(len(rows)))
        last = first
        while lengths[first : last + 1].sum() < wanted and (last + 1 < len(rows) or first > 0):
            first, last = (first, last + 1) if last + 1 < len(rows) else (first - 1, last)
        inside = np.arange(first, last + 1)
        asked = int(random.choice(inside, p=_preference(lengths[inside])))
        size = min(int(lengths[asked]), int(random.integers(_SHORTEST_QUERY + 1, _LONGEST_QUERY)))
        begin = int(starts[asked] + random.integers(int(lengths[asked]) - size + 1))
        kept = len(inside) == 1 or random.random() < _KEPT_IN_PLACE
        around = inside if kept else inside[inside != asked]
        return (begin, size), list(zip(starts[around].tolist(), lengths[around].tolist(), strict=True))


def _preference(lengths: IntArray) -> npt.NDArray[np.float64]:
    """How likely each sentence is asked about: those of a word or two say too little."""
    wanted = np.where(lengths >= _SHORTEST_QUERY, np.minimum(lengths, _LONGEST_QUERY), 0.01)
    share: npt.NDArray[np.float64] = wanted / wanted.sum()
    return share


def _check_names(settings: TrainingSettings, pairs: set[str], documents: set[str]) -> None:
    """Every group that the settings name must be there."""
    for option, names, known in (
        ("--gloss", settings.glossed, pairs | documents),
        ("--gloss-from", settings.gloss_from, pairs),
        ("--among", settings.among, pairs),
        ("--hard-negatives", settings.hard_negatives, pairs),
    ):
        for name in names:
            if name not in known:
                raise TrainingError(f"{option} names {name!r}, which is no such group of the training data")


def _dictionary(texts: PairTexts, tokenizer: Tokenizer, groups: Iterable[str]) -> Glosses:
    pairs = (pair for group in groups for pair in texts.pairs[group])
    return Glosses(((texts.texts[ways], texts.texts[word]) for ways, word in pairs), tokenizer)


def _known(documents: list[list[int]], lengths: IntArray) -> list[IntArray]:
    """Documents without the sentences that have no known piece; those of fewer than two are left out."""
    kept = (np.array([row for row in rows if lengths[row]], np.int64) for rows in documents)
    return [rows for rows in kept if len(rows) > 1]


def _drop(
    values: npt.NDArray[np.int32], lengths: IntArray, share: float, random: np.random.Generator
) -> Ragged:
    """Leave out a share of the pieces, never the first of a row."""
    if not share:
        return values, lengths
    starts = np.cumsum(lengths) - lengths
    kept = random.random(len(values)) >= share
    kept[starts] = True
    return values[kept], np.add.reduceat(kept.astype(np.int64), starts)
