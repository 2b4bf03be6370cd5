"""Labelled passages -> token tables -> batches of windows, through the product's own encoder (``qa.reader_encoding``).

A stream of batches is a function of its seed and a chunk number, so that a run goes on exactly where it was stopped. Knows
nothing of PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.reader_encoding import PairEncoder, PairInputs, pad_pairs
from qa.training.labelled import LabelledPassage
from qa.translations import with_translations

__all__ = ["Batch", "BatchStream", "TokenTable", "TrainingSet", "cut_window"]

IntArray = npt.NDArray[np.int64]

_CHUNK = 1536  # examples sorted by length together: little padding, still well mixed
_WITHOUT_ANSWER = 0.12  # share of long passages whose window may fall beside the answer
_MULTIPLE = 16  # lengths are rounded up to it, which suits the matrix kernels
_NO_ANSWER = -1


class TokenTable:
    """Many texts as one array of token ids, the smallest integers that hold them; text i is ``ids[cuts[i]:cuts[i + 1]]``."""

    def __init__(self, ids: npt.NDArray[Any], cuts: IntArray) -> None:
        self.ids, self.cuts = ids, cuts

    @classmethod
    def of(cls, texts: Sequence[IntArray]) -> TokenTable:
        """Join the token ids of texts."""
        joined = np.concatenate([np.zeros(0, np.int64), *texts])
        kind = np.min_scalar_type(int(joined.max(initial=0)))
        return cls(joined.astype(kind), np.cumsum([0, *(len(one) for one in texts)]))

    def __getitem__(self, number: int) -> IntArray:
        """Token ids of one text."""
        return self.ids[self.cuts[number] : self.cuts[number + 1]].astype(np.int64)


class TrainingSet:
    """The questions of one source, encoded: ``targets`` (n, 3) int64 holds passage, first and last answer token.

    First and last are -1 where the passage holds no answer.
    """

    def __init__(
        self, name: str, contexts: TokenTable, above: TokenTable, questions: TokenTable, targets: IntArray
    ) -> None:
        self.name, self.contexts, self.above = name, contexts, above
        self.questions, self.targets = questions, targets

    def __len__(self) -> int:
        """Number of questions."""
        return len(self.targets)

    @classmethod
    def build(
        cls,
        name: str,
        passages: Iterable[LabelledPassage],
        encoder: PairEncoder,
        *,
        max_question_tokens: int,
        max_above_tokens: int = 0,
    ) -> TrainingSet:
        """Encode passages and their questions; answers that no token covers are left out."""
        contexts: list[IntArray] = []
        above: list[IntArray] = []
        known: dict[tuple[str, str], int] = {}
        questions: list[IntArray] = []
        targets: list[tuple[int, int, int]] = []
        for passage in passages:
            encoded = encoder.text(passage.text)
            key = passage.text, passage.above
            number = known.get(key, len(contexts))
            before = len(targets)
            for question in passage.questions:
                first = last = _NO_ANSWER
                if question.answers:
                    end = question.start + len(question.answers[0])
                    first = int(np.searchsorted(encoded.offsets[:, 1], question.start, side="right"))
                    last = int(np.searchsorted(encoded.offsets[:, 0], end, side="left")) - 1
                    if first > last:
                        continue
                asked = with_translations(question.text, passage.text)
                questions.append(encoder.question(asked, max_question_tokens))
                targets.append((number, first, last))
            if len(targets) > before and number == len(contexts):
                known[key] = number
                contexts.append(encoded.ids)
                above.append(encoder.above(passage.above, max_above_tokens))
        return cls(
            name,
            TokenTable.of(contexts),
            TokenTable.of(above),
            TokenTable.of(questions),
            np.array(targets, np.int64).reshape(-1, 3),
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """``inputs`` by name; ``allowed`` (b, n) bool: position 0 and the passage; ``targets`` (b, 2): start and end position."""

    inputs: dict[str, npt.NDArray[Any]]
    allowed: npt.NDArray[np.bool_]
    targets: IntArray


@dataclass(frozen=True, slots=True)
class _Example:
    pair: PairInputs
    start: int
    end: int


def cut_window(
    length: int, room: int, first: int, last: int, generator: np.random.Generator
) -> tuple[int, int, int]:
    """Choose a window of ``room`` tokens in a passage of ``length``.

    Returns its start and the answer's first and last token in it: -1 and -1 where the window holds no whole answer.
    """
    if length <= room:
        return 0, first, last
    low, high = 0, length - room
    if first >= 0 and generator.random() >= _WITHOUT_ANSWER:
        low, high = max(0, last - room + 1), min(first, length - room)
        if low > high:  # the answer is longer than the window
            low = high
    start = int(generator.integers(low, high + 1))
    if first < start or last >= start + room:
        return start, _NO_ANSWER, _NO_ANSWER
    return start, first - start, last - start


class BatchStream:
    """Endless batches of a training set. ``chunk`` and ``position`` say where it stands; set them to go on from there."""

    def __init__(
        self,
        data: TrainingSet,
        encoder: PairEncoder,
        *,
        max_tokens: int,
        batch_tokens: int,
        seed: Sequence[int],
    ) -> None:
        if not len(data):
            raise ValueError(f"{data.name} holds no question to train on")
        self.data, self._encoder, self._seed = data, encoder, tuple(seed)
        self._max_tokens, self._batch_tokens = max_tokens, batch_tokens
        self.chunk = self.position = 0
        self.made_by: Callable[[int], list[Batch]] = self.batches
        """Gives the batches of a chunk; ``worker_batches`` has them made elsewhere, ahead of time."""
        self._ready: tuple[int, list[Batch]] | None = None

    def __iter__(self) -> Iterator[Batch]:
        """Return itself."""
        return self

    def __next__(self) -> Batch:
        """Next batch; never ends."""
        if self._ready is None or self._ready[0] != self.chunk:
            self._ready = self.chunk, self.made_by(self.chunk)
        batches = self._ready[1]
        batch = batches[self.position]
        self.position += 1
        if self.position == len(batches):
            self.chunk, self.position = self.chunk + 1, 0
        return batch

    def batches(self, chunk: int) -> list[Batch]:
        """The batches of a chunk, the same every time."""
        return [self._collate(group) for group in self._group(chunk)]

    def _group(self, chunk: int) -> list[list[_Example]]:
        chunks = -(-len(self.data) // _CHUNK)
        epoch, part = divmod(chunk, chunks)
        order = np.random.default_rng((*self._seed, 0, epoch)).permutation(len(self.data))
        generator = np.random.default_rng((*self._seed, 1, chunk))
        chosen = order[part * _CHUNK : (part + 1) * _CHUNK]
        examples = sorted(
            (self._example(int(number), generator) for number in chosen), key=lambda one: len(one.pair.ids)
        )
        groups: list[list[_Example]] = [[]]
        for example in examples:
            length = -(-len(example.pair.ids) // _MULTIPLE) * _MULTIPLE
            if groups[-1] and (len(groups[-1]) + 1) * length > self._batch_tokens:
                groups.append([])
            groups[-1].append(example)
        return [groups[number] for number in generator.permutation(len(groups))]

    def _example(self, number: int, generator: np.random.Generator) -> _Example:
        context, first, last = (int(value) for value in self.data.targets[number])
        question, ids = self.data.questions[number], self.data.contexts[context]
        above = self.data.above[context]
        room = self._max_tokens - len(question) - len(above) - 3
        start, first, last = cut_window(len(ids), room, first, last, generator)
        pair = self._encoder.pair(question, ids[start : start + room], above)
        if first < 0:
            return _Example(pair, 0, 0)
        return _Example(pair, first + pair.first, last + pair.first)

    def _collate(self, examples: Sequence[_Example]) -> Batch:
        inputs = pad_pairs([one.pair for one in examples], multiple=_MULTIPLE)
        allowed = np.zeros(inputs["ids"].shape, bool)
        allowed[:, 0] = True
        for row, one in enumerate(examples):
            allowed[row, one.pair.first : len(one.pair.ids) - 1] = True
        return Batch(inputs, allowed, np.array([(one.start, one.end) for one in examples], np.int64))
