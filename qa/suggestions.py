"""Questions that the corpus can answer, made by rule from its own sentences: a figure in a clause becomes 多少.

Each is a clause of a document with one figure replaced; nothing is generated. ``verified`` keeps those that a pipeline
answers with that very figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from index.types import Passage
from qa.figures import Figure, find_figures
from qa.slots import find_slots
from qa.types import Answer

__all__ = ["Suggestion", "suggest", "verified"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question, the words that answer it, and where they come from."""

    question: str
    answer: str
    document_id: str
    passage_id: str


_CLAUSE = re.compile(r"[^，,。；;：:！!？?\n（）()|]+")
_CONTEXT_DEPENDENT = re.compile(
    r"^(?:其|该|此|这|那|并|且|同比|环比|分别|也|又|还|另|增长|下降|同时|目前|以上|共有?\b)|^.{0,2}[是为有]"
)
_MARKS = re.compile("[“”《》#*（）()“]")
_SAID_BEFORE = re.compile(
    r"[\u4e00-\u9fff](?<![第每约近超达年月日的在以前后及和与或])(?:达|达到|近|超|超过|约)?$|达到?$|为$"
)
_SHORTEST, _LONGEST = 10, 46
_TIME_AHEAD = re.compile(r"(?:19|20)\d{2}\s*年[^，,。]{0,8}$")


def suggest(passages: Iterable[Passage]) -> Iterator[Suggestion]:
    """Yield questions from passages (search text), in their order; every question once.

    Examples
    --------
    >>> passage = Passage("d#0", "d", 0, 0, 0, 0, "2024年,晋中开发区援建100万元。")
    >>> next(suggest([passage])).question
    '2024年晋中开发区援建多少万元？'
    """
    seen: set[str] = set()
    for passage in passages:
        for match in _CLAUSE.finditer(passage.text):
            made = _question(passage.text, match.start(), match.end())
            if made is not None and made[0] not in seen:
                seen.add(made[0])
                yield Suggestion(made[0], made[1], passage.document_id, passage.id)


def verified(
    suggestions: Iterable[Suggestion], ask: Callable[[str], Answer], *, limit: int, tries: int
) -> list[Suggestion]:
    """Keep the first ``limit`` suggestions that are answered with their own words, asking at most ``tries``."""
    kept: list[Suggestion] = []
    for attempt, suggestion in enumerate(suggestions):
        if len(kept) == limit or attempt == tries:
            break
        answer = ask(suggestion.question)
        if answer.status == "answered" and _bare(suggestion.answer) in _bare(answer.answer):
            kept.append(suggestion)
    return kept


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _question(text: str, start: int, end: int) -> tuple[str, str] | None:
    clause = text[start:end].strip()
    figures = [f for f in find_figures(clause) if f.kind in ("amount", "percent") and f.end - f.start >= 2]
    if not figures or _CONTEXT_DEPENDENT.search(clause) or _MARKS.search(clause):
        return None
    figure = figures[-1]
    before, after = clause[: figure.start], clause[figure.end :]
    asked = _asked(clause, figure)
    if asked is None or not _SAID_BEFORE.search(before):
        return None
    lead = _lead(text, start, before)
    if lead is None:
        return None
    question = re.sub(r"\s+", "", f"{lead}{before}{asked}{after}") + "？"
    if not _SHORTEST <= len(question) <= _LONGEST or not re.search(r"\d", clause[figure.start : figure.end]):
        return None
    if any(f.kind in ("amount", "percent", "number") for f in find_figures(lead + before)):
        return None  # a second figure in the question gives half the answer away
    return question, clause[figure.start : figure.end]


def _lead(text: str, start: int, before: str) -> str | None:
    """What must stand before the clause to say whom it speaks of: nothing, its time, or the clause ahead of it."""
    sentence = max(text.rfind(mark, 0, start) for mark in "。；;!！?？\n") + 1
    ahead = text[sentence:start].rstrip("，, ")
    clauses = re.split("[，,：:]", ahead) if ahead else []
    if _named(before):
        time = _TIME_AHEAD.search(clauses[-1]) if clauses else None
        return time[0].strip() if time and not re.search(r"\d{4}年", before) else ""
    for back in (1, 2):
        context = "，".join(clause.strip() for clause in clauses[-back:])
        if (
            len(clauses) >= back
            and _named(context)
            and not (_CONTEXT_DEPENDENT.search(context) or _MARKS.search(context))
        ):
            return context + "，"
    return None


def _named(words: str) -> bool:
    return any(slot.kind in ("organisation", "place", "title", "person") for slot in find_slots(words))


def _asked(clause: str, figure: Figure) -> str | None:
    """多少 with the unit of the figure; None where the figure has no unit to ask for."""
    words = clause[figure.start : figure.end]
    if figure.kind == "percent":
        return "百分之多少" if words.endswith(("%", "％")) else None
    unit = re.search(
        r"(?:[万亿]?(?:元|吨|亩|人|家|平方米|平方公里|公里|个|项|户|名|千瓦时?|千瓦|立方米|头|只|辆|台|套|批|场|次|件|所|座|条|种|美元))(?:以上|左右|之多|多)?$",
        words,
    )
    if unit is None:
        return None
    return "多少" + re.sub(r"(?:以上|左右|之多|多)$", "", unit[0])
