"""An answer as HTML: the short answer, its sentence, the list with its count, a refusal. Pure; escapes everything."""

from __future__ import annotations

import re

from qa.citations import one_line
from qa.list_count import ListCount, list_count
from qa.types import Answer, Citation, Span
from qa.web.markup import SHORT_QUOTE, Mark, attribute, escape, marked
from qa.web.sentences import sentence_around
from qa.web.strings import Language, text

__all__ = ["answer_html", "copy_text"]

_GAP = re.compile(r"(?P<heading>(?:^|\s*[\n\r])\s*#{1,6}\s+)|\s*[\n\r]\s*")
"""A line break, or the sign of a heading with the break before it."""
_SHORT = 60
"""Longest answer, in characters, that stands alone above its sentence."""
_RELATED_SHOWN = 4


def answer_html(answer: Answer, language: Language) -> str:
    """Return the body of an answer card; ``data-cite`` marks the buttons that lead to the evidence."""
    if answer.status == "answered" and answer.spans:
        count = list_count(answer)
        parts = _list(answer, count, language) if count else _single(answer, language)
        parts += _alternatives(answer, language)
        return "".join(parts)
    if answer.status == "related":
        return _related(answer, language)
    return _none(language)


def copy_text(answer: Answer, language: Language) -> str:
    """Return what the copy button puts on the clipboard: the answer, then quote, title and place of each source."""
    lines = [answer.question, _one_line(answer.answer)] if answer.answer else [answer.question]
    cited = {span.citation for span in answer.spans} or {c.id for c in answer.citations}
    for citation in answer.citations:
        if citation.id in cited:
            low, high = _sentence(citation)
            sentence = _one_line(citation.passage.text[low:high])
            key = "answer.copy.line" if citation.page is None else "answer.copy.page"
            lines.append(
                text(
                    language, key, n=citation.id, sentence=sentence, title=citation.title,
                    page=citation.page, file=citation.document_id,
                )
            )  # fmt: skip
    return "\n".join(lines)


def _confidence(answer: Answer, language: Language) -> str:
    level = "high" if answer.confidence >= 0.8 else "medium" if answer.confidence >= 0.6 else "low"
    hint = text(language, "answer.confidence.hint", percent=round(100 * answer.confidence))
    words = text(language, f"answer.confidence.{level}")
    return (
        f'<span class="wj-confidence wj-confidence-{level}" tabindex="0" title="{attribute(hint)}" '
        f'aria-label="{attribute(text(language, "answer.confidence.spoken", words=words, hint=hint))}">{escape(words)}</span>'
    )


def _cite(number: int, language: Language) -> str:
    label = attribute(text(language, "answer.cite", n=number))
    return f'<button type="button" class="wj-cite" data-cite="{number}" aria-label="{label}">【{number}】</button>'


def _single(answer: Answer, language: Language) -> list[str]:
    span = answer.spans[0]
    citation = _citation(answer, span)
    short = len(_one_line(span.text)) <= _SHORT
    parts = [
        f'<p class="wj-short{"" if short else " wj-long"}"><strong>{escape(_one_line(span.text))}</strong>'
        f"{_cite(span.citation, language)}{_confidence(answer, language)}</p>"
    ]
    if short and citation is not None:
        parts.append(f'<p class="wj-sentence">{_bold_sentence(citation)}</p>')
    return parts


def _list(answer: Answer, found: ListCount, language: Language) -> list[str]:
    items = "".join(
        f"<li><strong>{escape(_one_line(span.text))}</strong>{_cite(span.citation, language)}</li>"
        for span in answer.spans
    )
    count = escape(text(language, "answer.list.count", n=found.found))
    return [
        f'<p class="wj-count"><strong>{count}</strong>{_agreement(found, language)}{_confidence(answer, language)}</p>',
        f'<ol class="wj-list">{items}</ol>',
    ]


def _agreement(count: ListCount, language: Language) -> str:
    """Whether the number of items is the one that the text states; nothing where it states none."""
    if count.stated is None:
        return ""
    key = "answer.list.agrees" if count.agrees else "answer.list.differs"
    words = escape(text(language, key, words=count.stated.words))
    return f'<span class="wj-agreement wj-agreement-{"yes" if count.agrees else "no"}">{words}</span>'


def _alternatives(answer: Answer, language: Language) -> list[str]:
    if not answer.alternatives:
        return []
    title = escape(text(language, "answer.alternatives", n=len(answer.alternatives)))
    items = "".join(_alternative(answer, span, language) for span in answer.alternatives)
    return [f'<details class="wj-alternatives"><summary>{title}</summary><ul>{items}</ul></details>']


def _alternative(answer: Answer, span: Span, language: Language) -> str:
    citation = _citation(answer, span)
    words = _bold_sentence(citation) if citation else f"<strong>{escape(_one_line(span.text))}</strong>"
    return f"<li>{words}{_cite(span.citation, language)}</li>"


def _related(answer: Answer, language: Language) -> str:
    proposed = {span.citation for span in answer.alternatives}
    passages = [c for c in answer.citations if c.id not in proposed] or list(answer.citations)
    items = "".join(
        f'<li><span class="wj-related-title">{escape(citation.title)}</span>'
        f'<span class="wj-snippet">{escape(_one_line(citation.quote)[:110])}'
        f"{'…' if len(_one_line(citation.quote)) > 110 else ''}</span>{_cite(citation.id, language)}</li>"
        for citation in passages[:_RELATED_SHOWN]
    )
    nearest = ""
    if answer.alternatives:
        title = escape(text(language, "answer.related.nearest"))
        rows = "".join(_alternative(answer, span, language) for span in answer.alternatives)
        nearest = f'<details class="wj-alternatives"><summary>{title}</summary><ul>{rows}</ul></details>'
    return (
        f'<div class="wj-refusal wj-refusal-related"><p class="wj-refusal-title">{escape(text(language, "answer.related.title"))}</p>'
        f"<p>{escape(text(language, 'answer.related.text'))}</p></div>"
        f'<ul class="wj-related">{items}</ul>{nearest}'
    )


def _none(language: Language) -> str:
    tips = "".join(
        f"<li>{escape(text(language, f'answer.none.tip.{name}'))}</li>" for name in ("words", "name", "scope")
    )
    return (
        f'<div class="wj-refusal wj-refusal-none"><p class="wj-refusal-title">{escape(text(language, "answer.none.title"))}</p>'
        f"<p>{escape(text(language, 'answer.none.text'))}</p><ul>{tips}</ul></div>"
    )


def _citation(answer: Answer, span: Span) -> Citation | None:
    return next((c for c in answer.citations if c.id == span.citation), None)


def _sentence(citation: Citation) -> tuple[int, int]:
    """Range in the passage of the sentence around the quote."""
    offset = citation.passage.start
    return sentence_around(citation.passage.text, citation.start - offset, citation.end - offset)


def _bold_sentence(citation: Citation) -> str:
    """The sentence with the quote in bold, on one line."""
    passage = citation.passage
    start, end = citation.start - passage.start, citation.end - passage.start
    if not 0 <= start < end <= len(passage.text):
        return f"<strong>{escape(_one_line(citation.quote))}</strong>"
    low, high = _sentence(citation)
    before, quote, after = _on_one_line(passage.text[low:high], start - low, end - low)
    lead = "…" if low > 0 and before and passage.text[low - 1] not in "。！？；!?;\n ”" else ""
    tail = "…" if high < len(passage.text) and after and after[-1] not in "。！？；!?;”" else ""
    bold = marked(quote, [Mark(0, len(quote), "bold")])
    whole = ' class="wj-whole"' if end - start <= SHORT_QUOTE else ""
    return f"{lead}{escape(before)}<strong{whole}>{bold}</strong>{escape(after)}{tail}"


def _one_line(words: str) -> str:
    """Words without the line breaks that a page put into them, and without the signs of a heading."""
    return _GAP.sub(_joint, words).strip()


def _on_one_line(sentence: str, start: int, end: int) -> tuple[str, str, str]:
    """The sentence as ``_one_line`` makes it, in three: before, in and after the quote ``[start, end)``.

    The space that a break becomes belongs to the part that the break begins in.
    """
    gaps = [(gap.start(), gap.end(), len(_joint(gap))) for gap in _GAP.finditer(sentence)]

    def moved(cut: int) -> int:
        return cut + sum(size - (min(high, cut) - low) for low, high, size in gaps if low < cut)

    line = _GAP.sub(_joint, sentence)
    return line[: moved(start)], line[moved(start) : moved(end)], line[moved(end) :]


def _joint(gap: re.Match[str]) -> str:
    """What takes the place of a break: what ``one_line`` puts between all that stands before it and the next character."""
    if gap["heading"] is not None:
        return " "
    before, whole = gap.string[: gap.start()], gap.string[: gap.end() + 1]
    return one_line(whole)[len(one_line(before)) : -1]
