"""What speaks for a candidate span: the reader's scores, the match of its sentence, its kind. Every feature is around -1 … 1."""

from __future__ import annotations

from dataclasses import dataclass
from math import log1p

import numpy as np
import numpy.typing as npt

from qa.answer_kinds import agreement, unit_agreement
from qa.attributes import attribute_absent, wrong_value
from qa.bindings import Around, conflict
from qa.bound_values import bound_values, values_of
from qa.cues import cue
from qa.feature_parts import (
    absent,
    clause_bounds,
    cuts,
    deputy,
    echo,
    has_head,
    item_count,
    name_missing,
    names_absent,
    not_in_document,
    several,
    weakest,
)
from qa.labels import is_label, label_agreement
from qa.numerals import ungrouped
from qa.parallels import parallel_agreement
from qa.question import Question
from qa.question_focus import focus_words, object_word
from qa.question_match import PassageMatch, years_absent
from qa.question_measures import asked_measure, measure_agreement
from qa.question_terms import QuestionTerms
from qa.table_cells import TableView
from qa.word_spans import WordSpan

__all__ = ["FEATURES", "Found", "PassageFeatures", "span_features"]

FEATURES = (
    "reader_exact",
    "reader_mass",
    "reader_gap",
    "lexical",
    "dense",
    "rank",
    "clause_coverage",
    "sentence_coverage",
    "passage_coverage",
    "weakest_word",
    "names_absent_sentence",
    "names_absent_passage",
    "absent_from_corpus",
    "year_absent",
    "year_conflict",
    "number_absent",
    "ordinal_absent",
    "quoted_absent",
    "figure_kind",
    "name_kind",
    "kind_coverage",
    "unit",
    "head",
    "parallel",
    "echo",
    "length",
    "several",
    "cut_left",
    "cut_right",
    "other_script",
    "rival",
    "binding_absent",
    "measure",
    "focus_clause",
    "focus_sentence",
    "focus_weakest",
    "weakest_sentence",
    "document_absent",
    "label",
    "name_missing",
    "nearness",
    "cue",
    "item_count",
    "object",
    "attribute_absent",
    "cell_head",
    "cell_row",
)
"""Names of the features, in order."""

_FIGURE_KINDS = ("number", "percent", "date", "year", "phone", "email", "code")


@dataclass(frozen=True, slots=True)
class Found:
    """A passage found for a question and matched with it: share of the best lexical score, cosine, rank from 1."""

    match: PassageMatch
    lexical: float
    dense: float
    rank: int
    document: str = ""
    """The text of the passage's document, folded, without white space."""
    lead: str = ""
    """What stands in the document right before the passage, folded."""
    table_head: str = ""
    """The first row of the table that the passage goes on with, as search text."""
    above: str = ""
    """The document's title, the headings and the first row of the table that the passage goes on with, as search text."""


def span_features(
    question: Question, terms: QuestionTerms, found: Found, span: WordSpan, best_mass: float
) -> npt.NDArray[np.float64]:
    """Features (len(FEATURES),) of a span. ``best_mass``: the highest mass among all candidates of the question."""
    return PassageFeatures(question, terms, found).row(span, best_mass)


class PassageFeatures:
    """Features of the spans of one passage for one question; what a sentence or a clause says is worked out once."""

    def __init__(self, question: Question, terms: QuestionTerms, found: Found) -> None:
        self._question, self._terms, self._found = question, terms, found
        match = found.match
        total = float(terms.weights.sum()) if len(terms.words) else 0.0
        self._weights = terms.weights / total if total else np.zeros(len(terms.words))
        words = focus_words(question.text)
        self._focus = np.array([any(t in word or word in t for word in words) for t in terms.words], bool)
        self._in_lead = np.array([0.8 if word in found.lead else 0.0 for word in terms.words])
        self._han = not question.foreign
        self._bound = bound_values(question.text)
        self._measure = asked_measure(question.text, question.unit)
        self._around = Around(values_of(match.context), found.lead, found.document)
        self._written_around = ungrouped(f"{match.context}\n{match.passage.text}")
        self._tables = TableView(question.text, match.passage.text, found.table_head)
        self._of_sentence: dict[tuple[int, int], list[float]] = {}
        self._of_clause: dict[tuple[int, int], list[float]] = {}
        in_passage = np.maximum(match.covered(terms, 0, len(match.passage.text)), match.held)
        self._of_passage = [
            float(in_passage @ self._weights),
            weakest(terms, in_passage),
            names_absent(terms, in_passage),
            not_in_document(terms, in_passage, found.document) if self._han else 0.0,
            name_missing(terms, in_passage, found.lead, found.document),
        ]

    def row(self, span: WordSpan, best_mass: float) -> npt.NDArray[np.float64]:
        """Features (len(FEATURES),) of one span."""
        question, found, match = self._question, self._found, self._found.match
        text, start, end = match.passage.text, span.start, span.end
        surface = text[start:end]
        cell = self._tables.cell(start, end)
        measured = surface + cell.unit if cell and surface[-1].isdigit() else surface
        low, high = match.sentence_of(start, end)
        (
            coverage,
            weakest,
            names,
            years,
            numbers,
            ordinals,
            quoted,
            focus,
            least,
            least_object,
            absent_attribute,
        ) = self._sentence(low, high)
        clause, clause_focus = self._clause(*clause_bounds(text, start, end, low, high))
        passage, weakest_here, names_here, nowhere, name_missing = self._of_passage
        kind = agreement(question, measured)
        year = match.year_before(end, low)
        held = conflict(self._bound, text, start, end, low, high, self._around)
        parallel = parallel_agreement(question.text, text, start, end, low, high)
        rival = 0.0 if parallel > 0 else 1.0 if parallel < 0 else held.rival
        label = (
            -1.0 if is_label(text, start, end) else label_agreement(question.text, text, start, question.kind)
        )
        values = {
            "reader_exact": span.exact / 10,
            "reader_mass": span.mass / 10,
            "reader_gap": (span.mass - best_mass) / 10,
            "lexical": found.lexical,
            "dense": found.dense,
            "rank": 1 / found.rank,
            "clause_coverage": clause,
            "sentence_coverage": coverage,
            "passage_coverage": passage,
            "weakest_word": weakest_here,
            "names_absent_sentence": names,
            "names_absent_passage": names_here,
            "absent_from_corpus": self._terms.absent_share,
            "year_absent": years,
            "year_conflict": float(
                bool(question.years and year) and year not in question.years and parallel <= 0
            ),
            "number_absent": numbers,
            "ordinal_absent": ordinals,
            "quoted_absent": quoted,
            "figure_kind": kind if question.kind in _FIGURE_KINDS else 0.0,
            "name_kind": kind if question.kind not in _FIGURE_KINDS else 0.0,
            "kind_coverage": kind * coverage,
            "unit": unit_agreement(question, measured),
            "head": float(has_head(question, surface) and label > -1),
            "parallel": parallel,
            "echo": echo(surface, question.text),
            "length": log1p(len(surface)) / 5,
            "several": several(question, surface),
            "other_script": 0.0 if self._han else 1.0,
            "rival": max(rival, deputy(question.text, text, start)),
            "binding_absent": held.absent,
            "measure": measure_agreement(self._measure, measured),
            "focus_clause": clause_focus,
            "focus_sentence": focus,
            "focus_weakest": least,
            "weakest_sentence": weakest if self._han else 0.5,
            "object": least_object,
            "document_absent": nowhere,
            "label": label,
            "name_missing": name_missing,
            "nearness": float(match.near(self._terms, start, end, low, high) @ self._weights),
            "cue": cue(question, text, start, end),
            "item_count": item_count(question, text, start, end),
            "attribute_absent": max(absent_attribute, float(wrong_value(question.text, surface))),
        }
        values["cut_left"], values["cut_right"] = cuts(text, span)
        values["cell_head"], values["cell_row"] = (cell.head, cell.row) if cell else (0.0, 0.0)
        return np.array([values[name] for name in FEATURES])

    def _sentence(self, low: int, high: int) -> list[float]:
        known = self._of_sentence.get((low, high))
        if known is None:
            question, terms, match = self._question, self._terms, self._found.match
            covered = match.covered(terms, low, high)
            sentence, around = match.passage.text[low:high], self._written_around
            known = self._of_sentence[low, high] = [
                float(covered @ self._weights),
                weakest(terms, covered),
                names_absent(terms, covered),
                years_absent(question, match, sentence, self._found.lead),
                absent(question.numbers, sentence.replace(",", ""), around),
                absent(question.ordinals, sentence, around),
                absent(question.quoted, sentence, around),
                self._focused(covered),
                self._focused(np.maximum(covered, self._in_lead), weakest=True),
                self._object(sentence.lower()),
                attribute_absent(
                    question, sentence, match.passage.text[:low] or self._found.lead, self._written_around
                ),
            ]
        return known

    def _clause(self, low: int, high: int) -> list[float]:
        known = self._of_clause.get((low, high))
        if known is None:
            covered = self._found.match.covered(self._terms, low, high)
            known = self._of_clause[low, high] = [float(covered @ self._weights), self._focused(covered)]
        return known

    def _object(self, sentence: str) -> float:
        """Whether the thing that is counted or asked for (多少亩**黄芩**) is written: 1 in the sentence, less the farther off."""
        word = object_word(self._question.text)
        if not word or word in sentence:
            return 1.0
        if word in self._found.match.context.lower() or word in self._found.lead:
            return 0.7
        return 0.4 if word in self._found.match.passage.text.lower() else 0.0

    def _focused(self, covered: npt.NDArray[np.float64], *, weakest: bool = False) -> float:
        """How well the words that say what is asked for are covered, or the weakest of them; 1 where there are none."""
        if not self._focus.any():
            return 1.0
        chosen = covered[self._focus]
        return float(chosen.min() if weakest else chosen.mean())
