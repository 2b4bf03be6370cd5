"""Questions from an English sentence and its Chinese translation: a number or name that both hold becomes the question word.

"In 2012, China exported 30 million tons of steel." -> "How many tons of steel did China export in 2012?", answered by the
same number of the Chinese sentence. Where no rule finds the verb, the question word stays in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from qa.training.bilingual_words import LEARNT, BilingualWords
from qa.training.english_numbers import Figure, shared_figures
from qa.training.english_words import NOUN_ENDS, EnglishCounts, is_past
from qa.training.question_order import ask, english_sentences

__all__ = ["ParallelQuestion", "name_questions", "number_questions"]

_IN_PLACE = 0.12  # share of questions whose question word stays where the answer stood
_SOFTENER = re.compile(
    r"(?:\s*\b(?:about|over|around|nearly|almost|approximately|roughly|only|just|some|more than|less than|fewer than|at least|at most|up to|"
    r"not more than|no more than|not less than|not exceeding|exceeding|an estimated|a total of|another|an additional|the first|the last|"
    r"the past|the next|the|these|those|all|an?))+\s*$",
    re.IGNORECASE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParallelQuestion:
    """An English question whose answer is ``chinese[start:end]``; ``kind`` is that of the figure, or "name"."""

    text: str
    start: int
    end: int
    kind: str


def number_questions(
    english: str,
    chinese: str,
    counts: EnglishCounts,
    generator: np.random.Generator,
    *,
    in_place: bool = False,
) -> Iterator[ParallelQuestion]:
    """A question for every number that stands once on both sides; the question word stays ``in_place`` where told."""
    shared = {
        english[left.start : left.end]: (left, right) for left, right in shared_figures(english, chinese)
    }
    for sentence in english_sentences(english):
        for written, (left, right) in shared.items():
            at = _only_place(sentence, written)
            if at is None:
                continue
            moved = Figure(at, at + len(written), left.kind, left.values)
            gap = _number_gap(sentence, moved, right, generator)
            question = gap and ask(*gap, counts, in_place or bool(generator.random() < _IN_PLACE))
            if question:
                yield ParallelQuestion(question, right.start, right.end, left.kind)


def name_questions(
    english: str,
    chinese: str,
    dictionary: BilingualWords,
    counts: EnglishCounts,
    generator: np.random.Generator,
) -> Iterator[ParallelQuestion]:
    """A question for every name that the dictionary knows and both sides hold once."""
    for sentence in english_sentences(english):
        for start, end in _name_places(sentence):
            written = sentence[start:end]
            answer, note = _chinese_name(written, chinese, dictionary)
            beside = re.match(r"['’]s\b|\s[A-Z]|-|\s?\d", sentence[end:]) or re.search(
                r"[A-Z-]\w*[\s-]$", sentence[:start]
            )
            if not answer or beside or _only_place(sentence, written) is None:
                continue
            before = re.sub(r"\b[Tt]he\s*$", "", sentence[:start])
            phrase = _name_phrase(answer, note, written, sentence[:start], counts, generator)
            in_place = bool(generator.random() < _IN_PLACE)
            question = ask(before, phrase, sentence[end:], counts, in_place)
            if question:
                at = chinese.index(answer)
                yield ParallelQuestion(question, at, at + len(answer), "name")


# ------------------------------------------------------------------------------------------- question words
def _number_gap(
    sentence: str, figure: Figure, answer: Figure, generator: np.random.Generator
) -> tuple[str, str, str] | None:
    """What stands before the number, the words that ask for it, and what stands after; None where nothing is counted."""
    before, after = sentence[: figure.start], sentence[figure.end :]
    pick = generator.integers
    if figure.kind in ("date", "year"):
        before = re.sub(
            r"\b(?:in|on|at|by|since|from|until|the year|early|late)\s*$", "", before, flags=re.IGNORECASE
        )
        phrase = ("when", "when", "in what year" if figure.kind == "year" else "on what date")[int(pick(3))]
        return before, phrase, after
    before = _SOFTENER.sub(" ", before)
    if figure.kind == "percent":
        noun, after = ("", re.sub(r"^\s*(?:percent|per cent|%)", "", after))
        phrase = ("what percentage", "what percentage", "how much")[int(pick(3))]
    elif figure.kind == "money":
        after = re.sub(r"^\s*(?:dollars|yuan|euros|pounds)\b", "", after)
        phrase = ("how much", "how much money")[int(pick(2))]
    else:
        noun, after = _noun(after)
        if not noun:
            return None
        if answer.kind == "money":
            phrase = f"how many {noun}" if noun.split()[-1].endswith("s") else "how much"
        else:
            phrase = f"how many {noun}"
    return before, phrase, after


def _noun(after: str) -> tuple[str, str]:
    """Up to three words that a number counts, and what follows them."""
    match = re.match(r"[\s-]*((?:[A-Za-z][A-Za-z'’-]*\s?)+)", after)
    if match is None:
        return "", after
    if after.startswith("-") or re.match(r"\s(?:year|month|day)s?[- ]old", after):
        return "", after
    words = match[1].split()
    kept: list[str] = []
    for word in words[:3]:
        if word.lower() in NOUN_ENDS or (kept and is_past(word)):
            break
        kept.append(word)
        if word.endswith("s") and len(word) > 3:
            break
    if not kept or kept[0].lower() in ("st", "nd", "rd", "th", "am", "pm", "o"):
        return "", after
    end = after.index(kept[0])
    for word in kept:
        end = after.index(word, end) + len(word)
    return " ".join(kept), after[end:]


_PERSON = re.compile(
    r"\b(?:born|politician|actor|actress|singer|writer|poet|scientist|physicist|mathematician|president|minister|leader|emperor|king|queen|"
    r"player|artist|painter|composer|philosopher|general|director|given name|name|author|economist)\b|\d{4}"
)
_ORGANISATION = re.compile(
    r"(?:部|局|委员会|公司|法院|政府|大学|学院|银行|协会|组织|联盟|署|院|党|队|社|会议|机关|集团|中心)$"
)
_PLACE_NOTE = re.compile(r"\b(?:city|country|province|capital|county|state|island|river|town|district)\b")
_PLACE = re.compile(r"(?:国|省|市|县|州|岛|山|河|湖|海|洋|区|洲|城|湾|群岛|镇|半岛)$")


def _name_phrase(
    answer: str, note: str, written: str, before: str, counts: EnglishCounts, generator: np.random.Generator
) -> str:
    preposition = re.search(r"\b(in|at)\s*$", before)
    last = written.split()[-1].lower()
    placed = counts.inside[last] > 0.12 * max(counts.capital[last], 3)
    if _ORGANISATION.search(answer):
        return ("which organization", "what")[int(generator.integers(2))]
    if _PERSON.search(note):
        return "who"
    if placed or _PLACE.search(answer) or _PLACE_NOTE.search(note):
        return (
            "where"
            if preposition
            else ("which place", "what place", "which country or place")[int(generator.integers(3))]
        )
    return "who" if len(written.split()) < 3 and not re.search(r"\b(?:the|a|an|of)\s*$", before) else "what"


_NO_NAMES = re.compile("[年月日天依按之罚应凭条款第于的]|星期|周[一二三四五六日]|语$|人$|教$|民$|[一-龥]文$")
_NAME_WORD = r"(?:[A-Z][\w’'-]*[a-z]|[A-Z]{2,6}|[A-Z]\.)"
_NAMED = re.compile(rf"\b{_NAME_WORD}(?:\s(?:(?:of|the|and|for|de|van|al)\s){{0,2}}{_NAME_WORD}){{0,5}}")


def _name_places(sentence: str) -> Iterator[tuple[int, int]]:
    for match in _NAMED.finditer(sentence):
        yield match.span()


def _chinese_name(written: str, chinese: str, dictionary: BilingualWords) -> tuple[str, str]:
    """The name's Chinese form that stands once in the text, and the dictionary's note; empty where there is none."""
    bare = written.lower().removesuffix("'s").removesuffix("’s")
    for name in dictionary.names.get(bare, ()):
        if name.note == LEARNT and not (_ORGANISATION.search(name.chinese) or _PLACE.search(name.chinese)):
            continue
        if len(name.chinese) > 1 and not _NO_NAMES.search(name.chinese) and chinese.count(name.chinese) == 1:
            return name.chinese, name.note
    return "", ""


def _only_place(sentence: str, written: str) -> int | None:
    """Where ``written`` stands in the sentence, not inside a word or number; None unless it stands once."""
    found = [m.start() for m in re.finditer(rf"(?<![\w.,]){re.escape(written)}(?![\w])", sentence)]
    return found[0] if len(found) == 1 else None
