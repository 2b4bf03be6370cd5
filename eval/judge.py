"""One question, one answer, one row: every measure of an answer, judged against the gold. Pure.

How a row is judged
-------------------
``em``, ``f1``
    Of the answer shown, by CMRC 2018's rules where the gold documents are written in Chinese, else by SQuAD's; the best
    value over the references. Both texts are compared as they stand and once more folded (width, script, typographic
    spaces), and the better counts: ``2024 年`` as a PDF sets it is ``2024年``. A question without an answer in the corpus scores 1 where nothing was answered
    (status other than ``answered``), else 0; a question with one scores 0 where nothing was answered. For a list,
    ``f1`` is the F1 of item recall and precision, and ``em`` is 1 where both are 1.
``correct``
    1 where a person would call the answer right: ``same_answer`` as a reference, the same figure, or (list) every item
    and nothing else. The one own judgement here; it decides refusal curves and what counts as fixed or broken.
``guess_em``, ``guess_f1``, ``guess_correct``
    The same for the best span whether or not it was trusted (the answer, else the first alternative): what a system
    that must always answer would score. Only for questions with an answer; ``guess_correct`` is 0 for the others,
    because any span is wrong there.
``figure``
    Value and unit, where the reference is a figure. ``list_*``: where the gold is a list. ``citation_*``: where an
    answerable question was answered. ``citation_quote``: for every answer with citations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.dataset import Question
from eval.measures.citations import citation_score
from eval.measures.cmrc import cmrc_em, cmrc_f1
from eval.measures.equality import same_answer
from eval.measures.figures import figure_accuracy
from eval.measures.lists import list_score
from eval.measures.squad import squad_em, squad_f1
from eval.occurrences import SourceSpan
from eval.question_words import question_word
from index.normalize import fold
from qa.types import Answer

__all__ = ["GoldContext", "Row", "is_chinese", "judge"]

_HAN = re.compile(r"[一-鿿]")
_LETTER = re.compile(r"[^\W\d_]")

Row = dict[str, Any]
"""One judged question, JSON-ready: what it is, what was answered, and ``measures``."""


@dataclass(frozen=True, slots=True)
class GoldContext:
    """What the index knows about one question's gold and about the documents its answer cites."""

    spans: Mapping[str, Sequence[SourceSpan]]
    """Places of the accepted answers or items, by gold document (every gold document is a key)."""
    texts: Mapping[str, str]
    """Source texts of the gold documents and of the cited ones."""
    chinese: bool
    """Whether the gold documents are written in Chinese."""


def is_chinese(text: str) -> bool:
    """Return whether at least a fifth of the letters are Han characters (an empty text counts as Chinese)."""
    letters = len(_LETTER.findall(text))
    return len(_HAN.findall(text)) >= letters / 5


def judge(question: Question, answer: Answer, context: GoldContext) -> Row:
    """Return the row of one question, without retrieval measures."""
    answered = answer.status == "answered"
    shown = [span.text for span in answer.spans] if answered else []
    best = shown or [span.text for span in answer.alternatives[:1]]
    measures = _answer_measures(question, shown if answered else None, context)
    guesses = _answer_measures(question, best, context) if question.kind != "none" else {"correct": 0.0}
    measures |= {f"guess_{name}": guesses[name] for name in ("em", "f1", "correct") if name in guesses}
    measures |= _citation_measures(question, answer, context)
    return {
        "id": question.id,
        "question": question.question,
        "kind": question.kind,
        "tags": list(question.tags),
        "question_word": question_word(question.question),
        "expected": list(question.expected),
        "documents": list(question.documents),
        "status": answer.status,
        "answer": answer.answer,
        "guess": "、".join(best),
        "confidence": answer.confidence,
        "cited": _cited(answer),
        "measures": measures,
        "timings_ms": dict(answer.timings_ms),
    }


def _cited(answer: Answer) -> list[str]:
    """Documents that carry the answer's spans; all cited ones where nothing was answered."""
    carrying = {span.citation for span in answer.spans} or {citation.id for citation in answer.citations}
    return list(dict.fromkeys(c.document_id for c in answer.citations if c.id in carrying))


def _answer_measures(
    question: Question, spans: Sequence[str] | None, context: GoldContext
) -> dict[str, float]:
    """Measures of the spans shown; None for spans: nothing was answered."""
    if question.kind == "none":
        return dict.fromkeys(("em", "f1", "correct"), float(spans is None))
    if question.kind == "list":
        score = list_score(spans or (), question.items)
        complete = float(score.recall == score.precision == 1.0)
        return {
            "em": complete,
            "f1": score.f1,
            "correct": complete,
            "list_recall": score.recall,
            "list_precision": score.precision,
            "list_count": score.count,
        }
    text = " ".join("、".join(spans or ()).split())  # a page break inside a span is shown as none
    figure = figure_accuracy(text, question.answers)
    same = any(same_answer(text, reference) for reference in question.answers)
    found = _em_and_f1(text, question.answers, chinese=context.chinese) if spans else {"em": 0.0, "f1": 0.0}
    found["correct"] = float(bool(spans) and (same or figure == 1.0))
    if figure is not None:
        found["figure"] = figure
    return found


def _em_and_f1(text: str, references: Sequence[str], *, chinese: bool) -> dict[str, float]:
    em, f1 = (cmrc_em, cmrc_f1) if chinese else (squad_em, squad_f1)
    folded, folded_references = fold(text), [fold(reference) for reference in references]
    return {
        "em": max(em(text, references), em(folded, folded_references)),
        "f1": max(f1(text, references), f1(folded, folded_references)),
    }


def _citation_measures(question: Question, answer: Answer, context: GoldContext) -> dict[str, float]:
    if answer.status != "answered":
        return {}
    score = citation_score(answer, context.spans, context.texts)
    if question.kind == "none":
        return {"citation_quote": score.quote}
    return {
        "citation_document": score.document,
        "citation_quote": score.quote,
        "citation_overlap": score.overlap,
        "citation_hit": score.hit,
    }
