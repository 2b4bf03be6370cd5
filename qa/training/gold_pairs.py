"""Gold questions and an index -> questions with the passage that answers them and near passages that do not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from index.corpus_index import CorpusIndex
from index.normalize import fold
from index.types import Passage
from qa.document_facts import DocumentFacts
from qa.retriever import HybridRetriever, Retriever
from qa.training.errors import TrainingError
from qa.training.gold_questions import GoldQuestion, load_gold
from qa.training.labelled import LabelledPassage, LabelledQuestion
from qa.training.overlap import text_key

__all__ = [
    "TuningQuestion",
    "find_passages",
    "questions_with_passages",
    "split_questions",
    "tuning_passages",
]

_DEPTH = 50
_NEAR = 3
_DOCUMENTS_KEPT = 16  # questions on a document stand together
_AROUND = 40  # characters on each side of an occurrence that are compared with the question


@dataclass(frozen=True, slots=True)
class TuningQuestion:
    """A gold question as search text; ``passage`` holds an answer at ``start``, no ``near`` passage holds any.

    An unanswerable question has an empty ``passage`` and ``start`` -1.
    """

    id: str
    question: str
    answers: tuple[str, ...]
    passage: str
    start: int
    near: tuple[str, ...]
    above: str = ""
    near_above: tuple[str, ...] = ()
    """What stands above each near passage; empty where that is not known."""


def find_passages(
    questions: Sequence[GoldQuestion], corpus_index: CorpusIndex, *, retriever: Retriever | None = None
) -> tuple[list[TuningQuestion], int]:
    """Find for each question its passage and near ones; also how many answers stand in no passage of the index."""
    chosen, facts = retriever or HybridRetriever(corpus_index), DocumentFacts(corpus_index)
    of_document = lru_cache(_DOCUMENTS_KEPT)(corpus_index.passages_of)
    found: list[TuningQuestion] = []
    missing = 0
    for gold in questions:
        question = fold(gold.question)
        answers = tuple(dict.fromkeys(filter(None, map(fold, gold.answers))))
        hits = chosen.retrieve(question, top_k=_DEPTH)
        passages = corpus_index.passages(hit.passage_id for hit in hits)
        if gold.evidence and gold.documents:
            told = fold(gold.evidence)
            passages = [p for d in gold.documents for p in of_document(d) if told in p.text] + passages
        others: dict[str, Passage] = {}
        for one in passages:
            if not any(answer in one.text for answer in (*answers, *map(fold, gold.items))):
                others.setdefault(one.text, one)
        near = list(others.values())[:_NEAR]
        right, start, over = "", -1, ""
        if answers:
            place = _right_place(
                question, answers, gold, corpus_index, chosen, passages=passages, of_document=of_document
            )
            if place is None:
                missing += 1
                continue
            passage, start, answer = place
            right, over = passage.text, facts.above(passage)
            answers = (answer, *(other for other in answers if other != answer))
        if right or near:
            texts, above = tuple(p.text for p in near), tuple(map(facts.above, near))
            found.append(TuningQuestion(gold.id, question, answers, right, start, texts, over, above))
    return found, missing


def _right_place(
    question: str,
    answers: Sequence[str],
    gold: GoldQuestion,
    corpus_index: CorpusIndex,
    retriever: Retriever,
    *,
    passages: Sequence[Passage],
    of_document: Callable[[str], list[Passage]],
) -> tuple[Passage, int, str] | None:
    """The best passage that holds an answer, where the answer begins in it, and the answer."""
    if gold.documents:
        hits = retriever.retrieve(question, top_k=_DEPTH, document_ids=gold.documents)
        passages = corpus_index.passages(hit.passage_id for hit in hits)
        passages += [p for document in gold.documents for p in of_document(document)]
    evidence = fold(gold.evidence)
    if evidence:  # the passages that hold it first, though they are not the first ones found
        passages = sorted(passages, key=lambda passage: evidence not in passage.text)
    for passage in passages:
        places = [(at, answer) for answer in answers for at in _occurrences(passage.text, answer)]
        told = passage.text.find(evidence)
        if evidence and told >= 0:
            inside = [(at, answer) for at, answer in places if told <= at < told + len(evidence)]
            if inside:  # the first answer is the best one
                at, answer = min(inside, key=lambda one: answers.index(one[1]))
                return passage, at, answer
        if places:
            at, answer = max(places, key=lambda one: _likeness(question, passage.text, *one))
            return passage, at, answer
    return None


def _occurrences(text: str, answer: str) -> list[int]:
    """Where the answer begins; not inside a longer number."""
    places, at = [], text.find(answer)
    while at >= 0:
        end = at + len(answer)
        before, after = text[at - 1 : at] if at else "", text[end : end + 1]
        inside = (answer[0].isdigit() and before.isdigit()) or (answer[-1].isdigit() and after.isdigit())
        if not inside:
            places.append(at)
        at = text.find(answer, at + 1)
    return places


def _likeness(question: str, text: str, at: int, answer: str) -> tuple[int, int]:
    """Character bigrams that the surroundings of an occurrence share with the question; the longer answer where equal."""
    around = text[max(0, at - _AROUND) : at] + " " + text[at + len(answer) : at + len(answer) + _AROUND]
    pairs = [{one[i : i + 2] for i in range(len(one) - 1)} for one in (question, around)]
    return len(pairs[0] & pairs[1]), len(answer)


def questions_with_passages(gold: Path, index_dir: Path) -> tuple[list[TuningQuestion], int, int, int]:
    """The questions of a gold file with their passages; how many were read, how many list questions were left out, and how many answers stand
    in no passage of the index.

    Raises
    ------
    TrainingError
        The gold file cannot be read.
    """
    questions, lists = load_gold(gold)
    corpus_index = CorpusIndex.open(index_dir)
    try:
        found, missing = find_passages(questions, corpus_index)
    finally:
        corpus_index.close()
    return found, len(questions), lists, missing


def split_questions(
    questions: Sequence[TuningQuestion], *, seed: int, share: float = 0.2, least: int = 10
) -> tuple[list[TuningQuestion], list[TuningQuestion]]:
    """Training and held-out questions, by a hash of their ids; no question text is on both sides.

    At least ``least`` answerable questions are held out.

    Raises
    ------
    TrainingError
        There are fewer than ``2 * least`` answerable questions.
    """
    answerable = [q for q in questions if q.passage]
    if len(answerable) < 2 * least:
        raise TrainingError(
            f"tuning needs at least {2 * least} gold questions whose answer stands in the index, got {len(answerable)}"
        )
    held: list[TuningQuestion] = []
    for group in (answerable, [q for q in questions if not q.passage]):
        size = max(least if group is answerable else 0, round(share * len(group)))
        held += sorted(group, key=lambda q: hashlib.sha256(f"{seed}:{q.id}".encode()).digest())[:size]
    ids, texts = {q.id for q in held}, Counter(text_key(q.question) for q in held)
    train = [q for q in questions if q.id not in ids and not texts[text_key(q.question)]]
    return train, held


def tuning_passages(
    questions: Sequence[TuningQuestion], *, near: int = 1, unanswerable: int = _NEAR
) -> list[LabelledPassage]:
    """Each question over its own passage and ``near`` of its near ones; over ``unanswerable`` of them where it has no answer."""
    passages = []
    for one in questions:
        if one.passage:
            asked = LabelledQuestion(one.question, one.answers, one.start)
            passages.append(LabelledPassage(one.passage, (asked,), one.above))
        without = LabelledQuestion(one.question, (), -1)
        above = one.near_above or ("",) * len(one.near)
        others = list(zip(one.near, above, strict=True))[: near if one.passage else unanswerable]
        passages += [LabelledPassage(text, (without,), over) for text, over in others]
    return passages
