"""Questions for a property that their passage does not tell of its subject: the command ``make-absent-properties``.

The passage speaks of the subject and has what looks like an answer. Two ways lead to such a question: a word of the passage's own
question is exchanged for another that ends alike (承办人 for 负责人, 支出 for 输出); or the question of another
passage is asked of this one's subject (「振东的校长是谁?」).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.embedder import BUNDLED, load_embedder
from qa.question_focus import content_words
from qa.training.held_out import HeldOut
from qa.training.labelled import write_unanswerable
from qa.training.near_misses import Exchangeable, NearMiss, Watch, asked_questions, exchangeables
from qa.words import words_of

__all__ = ["absent_properties", "make_absent_properties"]

_PART = re.compile(r"[\w·]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_NEAREST = 0.45
"""Cosine from which two words may mean the same."""
_SAID = 0.55
"""Cosine from which a word of the passage may say what a word of the question means."""
_LEAST_USED = 5  # questions that have a word, for it to be put for another
_CANDIDATES = 96
_LONGEST = 40  # characters of a question that is put to another subject
_NEW_SHARE = 0.5  # of its content words must be nowhere in the passage
_MADE = "absent"

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Template:
    """A question with its only name at ``[start, end)``."""

    question: str
    start: int
    end: int
    words: tuple[str, ...]
    """Its content words but for the name."""


def make_absent_properties(
    files: Sequence[Path],
    out: Path,
    *,
    most: int | None = None,
    held_out: Sequence[Path] = (),
    seed: int = 1,
    watch: Watch = lambda rows, text: rows,
) -> dict[str, int]:
    """Write up to ``most`` rows of a question without an answer each to ``out``; returns how many by how they were made.

    Passages and questions of ``held_out`` files are left out, and Japanese ones.
    """
    asked = [row for row in asked_questions(files, HeldOut(held_out)) if not _KANA.search(row[0] + row[1])]
    made = islice(absent_properties(asked, seed=seed, watch=watch), most)
    return write_unanswerable(out, ((one.passage, one.question, one.kind) for one in made), source=_MADE)


def absent_properties(
    asked: Sequence[tuple[str, str, Sequence[str]]],
    *,
    seed: int = 1,
    watch: Watch = lambda rows, text: rows,
) -> Iterator[NearMiss]:
    """Questions for absent properties from passages, questions and accepted answers, in random order: of kind ``word`` or
    ``subject``, by turns."""
    maker = _Maker(asked, watch)
    generator = np.random.default_rng(seed)
    for number in watch(generator.permutation(len(asked)), "absent properties"):
        passage, question, _ = asked[int(number)]
        ways = [maker.other_word, maker.other_question]
        if generator.random() < 0.5:
            ways.reverse()
        for way in ways:
            if (made := way(passage, question, generator)) is not None:
                yield NearMiss(passage, *made, question)
                break


class _Maker:
    def __init__(self, asked: Sequence[tuple[str, str, Sequence[str]]], watch: Watch) -> None:
        self._embedder = load_embedder(BUNDLED)
        used: Counter[str] = Counter()
        self._templates: dict[str, list[_Template]] = defaultdict(list)
        for _, question, _ in watch(asked, "words"):
            used.update(_nouns(question))
            self._keep_template(question)
        self._nouns = [word for word, count in used.items() if count >= _LEAST_USED]
        self._noun_vectors = self._vectors(self._nouns)
        self._template_vectors = {
            kind: self._vectors([" ".join(one.words) for one in listed])
            for kind, listed in self._templates.items()
        }

    def _vectors(self, texts: Sequence[str]) -> FloatArray:
        found: FloatArray = self._embedder.encode_documents(list(texts))
        return found

    def _keep_template(self, question: str) -> None:
        names = [one for one in exchangeables(question) if one.kind not in ("number", "year")]
        if len(names) != 1 or len(question) > _LONGEST or not _stands_alone(question, names[0]):
            return
        name = names[0]
        text = question[name.start : name.end]
        words = tuple(word for word, _ in content_words(question) if word not in text and text not in word)
        if words:
            self._templates[name.kind].append(_Template(question, name.start, name.end, words))

    def other_word(
        self, passage: str, question: str, generator: np.random.Generator
    ) -> tuple[str, str] | None:
        """The question with a word of its passage exchanged for one of the same field that the passage does not say."""
        names = [question[one.start : one.end] for one in exchangeables(question)]
        words = [
            word
            for word in _nouns(question)
            if word in passage
            and question.count(word) == 1
            and not any(word in name or name in word for name in names)
        ]
        if not words or not names:
            return None
        word = words[int(generator.integers(len(words)))]
        cosines = self._noun_vectors @ self._vectors([word])[0]
        said = self._said(passage)
        for number in generator.permutation(np.flatnonzero(cosines < _NEAREST)):
            new = self._nouns[number]
            if new[-1] != word[-1] or new in passage or new in question:
                continue
            if float((said @ self._noun_vectors[number]).max()) < _SAID:
                return question.replace(word, new), "word"
        return None

    def other_question(
        self, passage: str, question: str, generator: np.random.Generator
    ) -> tuple[str, str] | None:
        """A question of another passage, asked of this one's subject: of some by chance, the one nearest to the passage."""
        names = [
            one
            for one in exchangeables(question)
            if one.kind in self._templates
            and question[one.start : one.end] in passage
            and _stands_alone(question, one)
        ]
        if not names:
            return None
        name = names[int(generator.integers(len(names)))]
        subject, templates = question[name.start : name.end], self._templates[name.kind]
        chosen = generator.integers(len(templates), size=_CANDIDATES)
        nearness = self._template_vectors[name.kind][chosen] @ self._vectors([passage])[0]
        said = self._said(passage)
        for number in chosen[np.argsort(-nearness)]:
            one = templates[int(number)]
            if one.question[one.start : one.end] in passage or one.question == question:
                continue
            new = [word for word in one.words if word not in passage]
            if len(new) < _NEW_SHARE * len(one.words):
                continue
            if float((said @ self._vectors(new).T).max(axis=0).min()) > _SAID:
                continue
            return one.question[: one.start] + subject + one.question[one.end :], "subject"
        return None

    def _said(self, passage: str) -> FloatArray:
        """Vectors of the passage's words."""
        words = {passage[w.start : w.end] for w in words_of(passage) if w.end - w.start > 1}
        return self._vectors(sorted(words) or [passage])


def _nouns(question: str) -> list[str]:
    return [word for word, tag in content_words(question) if tag in ("n", "vn", "j")]


def _stands_alone(question: str, name: Exchangeable) -> bool:
    """Whether a name begins the question, or follows a mark: elsewhere it may be a part of a longer one."""
    before, after = question[: name.start][-1:], question[name.end :][:1]
    return not _PART.match(before) and after != "·"
