"""Propose gold questions from a user's own corpus, by rule and without a model, for a person to accept or reject.

Every proposal names its source. Nothing here is gold: proposals are written to a table with an empty column ``accept``, and
``import-csv --accepted`` takes the good ones. Unanswerable questions come from answerable ones: a year, a place or
an agency is swapped for another one that none of the passages nearest to the new question names.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from eval.dataset import Question, write_gold
from eval.question_rules import SentenceQuestion, sentence_questions
from qa.place_names import PLACE_NAMES

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex

__all__ = ["Proposal", "propose", "write_proposals"]

_SENTENCE_END = re.compile(r"[。!?;\n]+")
_SHARE_UNANSWERABLE = 0.2
_AGENCIES = (
    "商务", "教育", "财政", "民政", "水利", "交通运输", "卫生健康", "农业农村", "文化和旅游", "自然资源", "生态环境", "科技", "审计",
    "统计", "司法", "人力资源社会保障", "应急管理", "林业和草原",
)  # fmt: skip
_AGENCY = re.compile("(" + "|".join(sorted(_AGENCIES, key=len, reverse=True)) + ")(?=[厅局部委])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年)")
_PROVINCES = 34
"""So many of ``PLACE_NAMES`` are provinces, the first ones; a province is swapped for a province, a city for a city."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed question, the place of its sentence in the source, and the rule that made it."""

    question: Question
    source: str
    """``document:start-end``, source offsets of the sentence."""
    sentence: str


def propose(index: CorpusIndex, *, limit: int = 200, seed: int = 1) -> list[Proposal]:
    """Return up to ``limit`` proposals, a fifth of them unanswerable, the rules and the documents taking turns; at most half by one rule."""
    chance = random.Random(seed)
    by_rule: dict[str, list[Proposal]] = {}
    seen: set[str] = set()
    for proposal in _all_proposals(index, chance, most=20 * limit):
        if proposal.question.question not in seen:
            seen.add(proposal.question.question)
            by_rule.setdefault(proposal.question.tags[0], []).append(proposal)
    halves = [proposals[: max(1, limit // 2)] for proposals in by_rule.values()]
    turns = [p for row in zip_longest(*halves) for p in row if p is not None]
    swapped = _swaps(index, turns, chance, most=round(limit * _SHARE_UNANSWERABLE))
    chosen = [*turns[: limit - len(swapped)], *swapped]
    return [
        replace(proposal, question=replace(proposal.question, id=f"p{number:04d}"))
        for number, proposal in enumerate(chosen, start=1)
    ]


def _all_proposals(index: CorpusIndex, chance: random.Random, *, most: int) -> Iterator[Proposal]:
    """Proposals of all documents, documents in random order taking turns, until ``most`` have come."""
    ids = [info.id for info in index.documents()]
    chance.shuffle(ids)
    streams = [_document_proposals(index, document_id, chance) for document_id in ids]
    given = 0
    while streams and given < most:
        going = []
        for stream in streams:
            proposal = next(stream, None)
            if proposal is not None:
                going.append(stream)
                given += 1
                yield proposal
        streams = going


def _document_proposals(index: CorpusIndex, document_id: str, chance: random.Random) -> Iterator[Proposal]:
    document, offsets = index.document(document_id), index.offsets(document_id)
    found: list[Proposal] = []
    for passage in index.passages_of(document_id):
        position = 0
        for sentence in _SENTENCE_END.split(passage.text):
            start = passage.text.index(sentence, position)
            position = start + len(sentence)
            for made in sentence_questions(sentence):
                low = passage.start + start

                def source_of(span: tuple[int, int], low: int = low) -> tuple[int, int]:
                    return offsets.to_source(low + span[0], low + span[1])

                begun, ended = source_of((0, len(sentence)))
                texts = tuple(document.text[slice(*source_of(span))] for span in made.answers)
                question = _question(made, tuple(" ".join(text.split()) for text in texts), document_id)
                found.append(Proposal(question, f"{document_id}:{begun}-{ended}", sentence))
    chance.shuffle(found)
    yield from found


def _question(made: SentenceQuestion, texts: tuple[str, ...], document_id: str) -> Question:
    distinct = tuple(dict.fromkeys(texts))
    answers, items = ((), distinct) if made.rule == "list" else (distinct, ())
    return Question("", made.question, answers, items, (document_id,), (made.rule, "synthetic"))


def _swaps(
    index: CorpusIndex, proposals: Sequence[Proposal], chance: random.Random, *, most: int
) -> list[Proposal]:
    """Unanswerable questions made of answerable ones."""
    found: list[Proposal] = []
    for proposal in chance.sample(proposals, len(proposals)):
        if len(found) >= most:
            break
        swapped = _swap(index, proposal.question.question, chance)
        if swapped:
            question = Question("", swapped, tags=("unanswerable", "synthetic"))
            found.append(replace(proposal, question=question))
    return found


def _swap(index: CorpusIndex, question: str, chance: random.Random) -> str | None:
    """Return the question with one year, place or agency replaced by one that the nearest passages do not name."""
    ways = [
        (_YEAR.search(question), [str(year) for year in range(2000, 2031)]),
        (_place(question, PLACE_NAMES[:_PROVINCES]), PLACE_NAMES[:_PROVINCES]),
        (_place(question, PLACE_NAMES[_PROVINCES:]), PLACE_NAMES[_PROVINCES:]),
        (_AGENCY.search(question), _AGENCIES),
    ]
    chance.shuffle(ways)
    for match, others in ways:
        if match is None:
            continue
        new = chance.choice(
            [other for other in others if other not in question and match.group() not in other]
        )
        swapped = question[: match.start()] + new + question[match.end() :]
        hits = index.search_lexical(swapped, top_k=20)
        if not any(new in passage.text for passage in index.passages(hit.passage_id for hit in hits)):
            return swapped
    return None


def _place(question: str, names: Sequence[str]) -> re.Match[str] | None:
    """Return where a place stands as a word of its own (日治时代 holds no 长治)."""
    import jieba

    words = set(jieba.lcut(question))
    found = [name for name in names if not words.isdisjoint((name, f"{name}省", f"{name}市"))]
    return re.search(re.escape(max(found, key=len)), question) if found else None


def write_proposals(proposals: Sequence[Proposal], out: Path, *, gold: Path | None = None) -> None:
    """Write the table for review, and where asked for all proposals as a gold file."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("accept", "id", "question", "answers", "items", "documents", "tags", "source", "sentence")
        )
        for proposal in proposals:
            q = proposal.question
            lists = ("|".join(values) for values in (q.answers, q.items, q.documents, q.tags))
            writer.writerow(("", q.id, q.question, *lists, proposal.source, proposal.sentence))
    if gold is not None:
        write_gold((proposal.question for proposal in proposals), gold)
