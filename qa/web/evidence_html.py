"""The evidence of an answer as HTML: each cited passage with the exact words marked, where it stands, why it was found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from qa.types import Answer, Citation
from qa.web.markup import SHORT_QUOTE, Mark, attribute, escape, identifier, marked
from qa.web.strings import Language, text
from qa.web.turn import CitationScores, Turn

__all__ = ["DocumentFacts", "evidence_html"]

_TERMS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What is known now of a cited document. ``line_at`` gives the line of a source offset, counted from 1."""

    sha256: str
    number: str
    issuer: str
    date: str
    paged: bool
    line_at: Callable[[int], int]


def evidence_html(turn: Turn, facts: Callable[[str], DocumentFacts | None], language: Language) -> str:
    """Return the cards of all cited passages, those the answer rests on first; ``facts`` gives None for a deleted document."""
    answer = turn.answer
    if not answer.citations:
        return f'<p class="wj-empty">{escape(text(language, "evidence.none"))}</p>'
    primary = _primary(answer)
    groups = _by_passage(answer)
    first = [group for group in groups if any(c.id in primary for c in group)]
    others = [group for group in groups if group not in first]

    def card(group: Sequence[Citation], opened: bool) -> str:
        scores = next((turn.scores[c.id] for c in group if c.id in turn.scores), None)
        return _card(group, primary, scores, facts(group[0].document_id), language, opened=opened)

    parts = [card(group, opened=True) for group in first]
    if others:
        parts.append(f'<h3 class="wj-evidence-other">{escape(text(language, "evidence.other"))}</h3>')
        parts += [card(group, opened=not first) for group in others]
    return "".join(parts)


def _by_passage(answer: Answer) -> list[list[Citation]]:
    """Citations that stand in one passage share a card; cards in the order of their first citation."""
    groups: dict[tuple[str, str, int], list[Citation]] = {}
    for citation in answer.citations:
        groups.setdefault((citation.document_id, citation.sha256, citation.passage.start), []).append(
            citation
        )
    return list(groups.values())


def _primary(answer: Answer) -> set[int]:
    if answer.status == "answered":
        return {span.citation for span in answer.spans}
    proposed = {span.citation for span in answer.alternatives}
    return {c.id for c in answer.citations if c.id not in proposed}


def _card(
    group: Sequence[Citation],
    primary: Collection[int],
    scores: CitationScores | None,
    facts: DocumentFacts | None,
    language: Language,
    *,
    opened: bool,
) -> str:
    lead = next((c for c in group if c.id in primary), group[0])
    numbers = " ".join(str(c.id) for c in group)
    label = attribute(f"{text(language, 'evidence.title')} {numbers}")
    shown = "".join(
        f"【{c.id}】" if c.id in primary else f'<span class="wj-other">【{c.id}】</span>' for c in group
    )
    return (
        f'<details class="wj-card" data-citations="{numbers}" aria-label="{label}"{" open" if opened else ""}>'
        f'<summary><span class="wj-number">{shown}</span><span class="wj-card-title">{escape(lead.title)}</span></summary>'
        f"{_meta(lead, facts, language)}{_state(lead, facts, language)}{_heading(lead)}"
        f'<blockquote class="wj-passage" lang="zh">{_passage(group, primary, language)}</blockquote>'
        f'<div class="wj-card-actions">'
        f'<button type="button" class="wj-link" data-open="{identifier(lead.document_id)}" data-start="{lead.start}" '
        f'data-end="{lead.end}">{escape(text(language, "evidence.open"))}</button>'
        f'<button type="button" class="wj-link" data-copy-passage>{escape(text(language, "evidence.copy"))}</button></div>'
        f"{_scores(scores, language)}</details>"
    )


def _meta(citation: Citation, facts: DocumentFacts | None, language: Language) -> str:
    pieces: list[str] = []
    if facts is not None:
        pieces += [piece for piece in (facts.number, facts.issuer, facts.date) if piece]
    if citation.page is not None:
        pieces.append(text(language, "evidence.page", n=citation.page))
    elif facts is not None and facts.sha256 == citation.sha256:
        pieces.append(text(language, "evidence.line", n=facts.line_at(citation.start)))
    items = "".join(f"<li>{escape(piece)}</li>" for piece in pieces)
    return f'<ul class="wj-meta">{items}</ul>'


def _state(citation: Citation, facts: DocumentFacts | None, language: Language) -> str:
    if facts is None:
        return f'<p class="wj-stale">{escape(text(language, "evidence.deleted"))}</p>'
    if facts.sha256 != citation.sha256:
        return f'<p class="wj-stale">{escape(text(language, "evidence.changed"))}</p>'
    return ""


def _heading(citation: Citation) -> str:
    steps = [step for step in citation.heading if step != citation.title]
    if not steps:
        return ""
    return f'<p class="wj-heading">{"<span aria-hidden=true> › </span>".join(escape(step) for step in steps)}</p>'


def _passage(group: Sequence[Citation], primary: Collection[int], language: Language) -> str:
    """The passage in its source words; runs of line breaks become a small sign, so that the text flows.

    The words that the answer rests on are marked strongly, those of other candidates lightly, a whole passage not at all.
    """
    passage = group[0].passage
    marks = []
    for citation in group:
        start, end = max(0, citation.start - passage.start), citation.end - passage.start
        if start > 0 or end < len(passage.text):
            name = "quote" if citation.id in primary else "hit"
            marks.append(Mark(start, min(end, len(passage.text)), name, anchor=f"c{citation.id}"))
            if end - start <= SHORT_QUOTE and "\n" not in passage.text[start:end]:
                marks.append(Mark(start, end, "whole"))
    low = len(passage.text) - len(passage.text.lstrip())
    low = min([low, *(mark.start for mark in marks)])
    rendered = marked(passage.text, marks, start=low, end=len(passage.text.rstrip()) or None)
    sign = f'<span class="wj-break" title="{attribute(text(language, "evidence.break"))}"></span>'
    lines = [line.strip() for line in rendered.split("\n")]
    return sign.join(line for line in lines if line)


def _scores(scores: CitationScores | None, language: Language) -> str:
    if scores is None:
        return ""
    rows: list[str] = []
    if scores.terms:
        heaviest = max(weight for _, weight in scores.terms) or 1.0
        bars = "".join(
            f'<li><span class="wj-term">{escape(term)}</span><meter min="0" max="1" value="{weight / heaviest:.2f}" '
            f'aria-label="{attribute(term)}"></meter><span class="wj-weight">{weight:.1f}</span></li>'
            for term, weight in scores.terms[:_TERMS_SHOWN]
        )
        rows.append(
            f'<p>{escape(text(language, "evidence.scores.terms"))}</p><ul class="wj-terms">{bars}</ul>'
        )
    for name, rank in (("lexical", scores.lexical_rank), ("dense", scores.dense_rank)):
        key = f"evidence.scores.{name}" if rank is not None else f"evidence.scores.{name}.none"
        rows.append(f"<p>{escape(text(language, key, **({'n': rank} if rank is not None else {})))}</p>")
    if scores.rank is not None:
        rows.append(f"<p>{escape(text(language, 'evidence.scores.rank', n=scores.rank))}</p>")
    if scores.reader is not None:
        rows.append(
            f"<p>{escape(text(language, 'evidence.scores.reader', score=f'{scores.reader:+.1f}'))}</p>"
        )
    summary = escape(text(language, "evidence.scores"))
    return f'<details class="wj-scores"><summary>{summary}</summary>{"".join(rows)}</details>'
