"""Pairs without labels from the documents of an index: titles, headings, neighbours, made questions; and held-out questions."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from index.corpus_index import CorpusIndex
from index.training.errors import TrainingError
from index.training.pairs import PairTexts
from index.types import Passage

__all__ = ["CorpusTexts", "corpus_texts", "made_question"]

_HELD_OUT = 0.2
_FEWEST_HELD_OUT = 8
_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")
_SHORTEST = 8  # characters of a sentence that says enough to be found by
_LONGEST = 80
_AMOUNT = re.compile(r"\d[\d,.]*(?=(?:余|多)?[\u4e00-\u9fff%])")
_DAY = re.compile(r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?")


@dataclass(slots=True)
class CorpusTexts:
    """What to train on, and questions whose passages are in no training text."""

    training: PairTexts
    passages: list[str] = field(default_factory=list)
    """All passages of the corpus."""
    questions: list[str] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    """Position of each question's passage in ``passages``."""
    rests: list[str] = field(default_factory=list)
    """Each question's passage without the sentence that is asked for."""


def made_question(sentence: str) -> str:
    """A question from a statement: Chinese keeps the order of words, so an amount or a day becomes a question word.

    Examples
    --------
    >>> made_question("全省转化煤炭1200万吨。")
    '全省转化煤炭多少万吨'
    """
    bare = sentence.strip().rstrip("。！？!?；;")
    asked, times = _DAY.subn("什么时候", bare, count=1)
    return asked if times else _AMOUNT.sub("多少", bare, count=1)


def corpus_texts(corpus_index: CorpusIndex, *, seed: int) -> CorpusTexts:
    """Training texts and held-out questions of an index.

    A fifth of the passages is held out whole: none of its text is trained on. Its sentences are taken out one by one and asked for.

    Raises
    ------
    TrainingError
        The corpus is too small to hold a part out.
    """
    chance = random.Random(seed)
    found = CorpusTexts(PairTexts())
    with corpus_index.pinned():
        for info in corpus_index.documents():
            passages = corpus_index.passages_of(info.id)
            held = {passage.id for passage in passages if chance.random() < _HELD_OUT}
            _train_on(found.training, info.metadata.title, [p for p in passages if p.id not in held])
            for passage in passages:
                if passage.id in held:
                    _ask(found, passage.text)
                found.passages.append(passage.text)
    if len(found.questions) < _FEWEST_HELD_OUT:
        raise TrainingError(
            f"the index gives {len(found.questions)} held-out questions, {_FEWEST_HELD_OUT} are needed to judge an adaptation: "
            "it pays for larger corpora only"
        )
    return found


def _ask(found: CorpusTexts, text: str) -> None:
    """Questions for the sentences of a held-out passage that is about to be added."""
    sentences = list(_sentences(text))
    asked = [sentence for sentence in sentences if _SHORTEST <= len(sentence) <= _LONGEST]
    if len(sentences) > 1:
        found.questions += [made_question(sentence) for sentence in asked]
        found.right += [len(found.passages)] * len(asked)
        found.rests += [text.replace(sentence, "", 1) for sentence in asked]


def _train_on(training: PairTexts, title: str, passages: list[Passage]) -> None:
    """The pairs of one document's passages that may be trained on."""
    for passage in passages:
        if not passage.text.strip():
            continue
        if title.strip():
            training.add_pair("title", title, passage.text)
        if passage.heading:
            training.add_pair("heading", " ".join(passage.heading), passage.text)
        sentences = list(_sentences(passage.text))
        if len(sentences) > 2:
            training.add_document("cloze", sentences)
        for sentence in sentences:
            question = made_question(sentence)
            if _SHORTEST <= len(sentence) <= _LONGEST and question != sentence.strip().rstrip("。！？!?；;"):
                training.add_pair("question", question, passage.text)
    for one, following in pairwise(passages):
        if one.end == following.start and one.text.strip() and following.text.strip():
            training.add_pair("neighbour", one.text, following.text)


def _sentences(text: str) -> Iterator[str]:
    yield from (sentence for sentence in _SENTENCE.findall(text) if sentence.strip())
