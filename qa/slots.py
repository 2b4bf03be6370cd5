"""What a question is about, as places in its text: times, titles, numbers of documents, organisations, places, people.

Found by rules and by jieba's parts of speech. Nothing is generated and nothing outside the question is known.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from qa.place_names import PLACE_NAMES

__all__ = ["Slot", "SlotKind", "find_slots", "tagged_words"]

SlotKind = Literal["time", "title", "number", "organisation", "place", "person", "name"]


@dataclass(frozen=True, slots=True)
class Slot:
    """``text[start:end]`` of a question. ``name`` is a name of unknown kind (Latin letters, unlisted proper nouns)."""

    start: int
    end: int
    kind: SlotKind
    place_end: int = 0
    """Where the place name ends that an organisation's name begins with; 0 where it begins with none."""


_TIME = re.compile(
    r"(?:19|20)\d{2}\s*年?\s*(?:(?:\d{1,2}|[一二三四五六七八九十]{1,2})\s*月份?\s*(?:\d{1,2}\s*[日号])?|[一二三四1-4]季度|[上下]半年|全年|[年初底末]+)?"
    r"|\d{1,2}\s*月份?\s*(?:\d{1,2}\s*[日号])?|[一二三四]季度|[上下]半年|去年|今年|前年|明年|“?十[一二三四五]五”?(?:期间|时期|规划)?"
)
_NUMBER = re.compile(r"[\u4e00-\u9fff]{0,8}〔\d{4}〕\s*\d{1,5}\s*号")
_TITLE = re.compile(r"《[^《》]{1,60}》|“[^“”]{2,40}”|「[^「」]{2,40}」")
_LATIN_NAME = re.compile(r"\b[A-Z][\w'’-]*(?:\s+(?:of\s+)?[A-Z][\w'’-]*)*")
_LATIN_COMMON = re.compile(
    r"(?i)^(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|do|does|did|the|an?|in|on|and|of|for|tell|list|name|much|many)$"
)
_ORGANISATION_END = re.compile(
    r"(?:公司|集团|开发区|示范区|高新区|经开区|工业园|产业园|园区|委员会|发改委|商务厅|商务局|厅|局|大学|学院|学校|小学|中学|医院|银行|协会|中心|农场|兵团|指挥部|研究院|研究所|报社|日报|联盟|政府|团队|支队|电厂|煤矿|企业)$"
)
_UNLISTED = (
    "开发区",
    "经开区",
    "高新区",
    "示范区",
    "综改区",
    "工业园",
    "产业园",
    "发改委",
    "经信局",
    "工信局",
    "商务厅",
    "能源局",
)
_PLACE_END = re.compile(r"(?:省|市|县|区|州|盟|旗|镇|乡|村|自治区|自治州|团|师|地区)$")
_ASKING = re.compile(r"多少|几|谁|哪|什么|何|怎|吗|呢|如何")
_NAME_FLAGS = {
    "ns": "place",
    "nr": "person",
    "nrfg": "person",
    "nrt": "person",
    "nt": "organisation",
    "nz": "name",
}
_EXTENDING = ("n", "j", "b", "l", "f", "v", "m", "x", "eng", "a", "c")
_LONGEST_NAME_WORDS = 7


@cache
def _tagger() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba still imports pkg_resources where it can
        import jieba
        import jieba.posseg

    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    tagger = jieba.posseg.POSTokenizer(tokenizer)
    tagger.initialize()
    for name in PLACE_NAMES:
        tokenizer.add_word(name)
        tagger.word_tag_tab[name] = "ns"  # the dictionary calls 大同 an adverb and 阳泉 a person
    for word in _UNLISTED:
        tokenizer.add_word(word)
        tagger.word_tag_tab[word] = "n"
    return tagger


def tagged_words(text: str) -> list[tuple[int, int, str]]:
    """Words of ``text`` in order as ``(start, end, part of speech)``."""
    words: list[tuple[int, int, str]] = []
    position = 0
    for word, flag in _tagger().lcut(text):
        found = text.find(word, position)
        position = max(position, found) + len(word)
        words.append((position - len(word), position, flag))
    return words


def find_slots(text: str) -> list[Slot]:
    """Return the slots of a question in order; they do not overlap.

    Examples
    --------
    >>> question = "2023年大同的粮食产量是多少？"
    >>> [(question[s.start:s.end], s.kind) for s in find_slots(question)]
    [('2023年', 'time'), ('大同', 'place')]
    """
    slots: list[Slot] = []
    for pattern, kind in ((_NUMBER, "number"), (_TITLE, "title"), (_TIME, "time")):
        for match in pattern.finditer(text):
            end = match.end() - (len(match[0]) - len(match[0].rstrip()))
            _add(slots, Slot(match.start(), end, kind))  # type: ignore[arg-type]
    for slot in _names(text):
        _add(slots, slot)
    for match in _LATIN_NAME.finditer(text):
        start, end = _without_common_words(text, match.start(), match.end())
        if end > start:
            _add(slots, Slot(start, end, "name"))
    return sorted(slots, key=lambda slot: slot.start)


def _add(slots: list[Slot], slot: Slot) -> None:
    if all(slot.end <= other.start or other.end <= slot.start for other in slots):
        slots.append(slot)


def _without_common_words(text: str, start: int, end: int) -> tuple[int, int]:
    while words := text[start:end].split(maxsplit=1):
        if not _LATIN_COMMON.match(words[0]):
            break
        start += len(words[0]) if len(words) == 1 else text[start:end].index(words[1])
    return start, end


def _names(text: str) -> list[Slot]:
    """Names by part of speech, lengthened to the end of the organisation or place they begin."""
    words = tagged_words(text)
    slots: list[Slot] = []
    i = 0
    while i < len(words):
        start, end, flag = words[i]
        kind = _NAME_FLAGS.get(flag)
        own = text[start:end]
        if kind is None and not (_ORGANISATION_END.search(own) and flag.startswith("n") and len(own) > 3):
            i += 1
            continue
        last, longer = _longest_name(text, words, i)
        if longer is not None:
            place_end = end if kind == "place" and last > i else 0
            slots.append(Slot(start, words[last][1], longer, place_end))
            i = last + 1
            continue
        if kind is not None and len(own) > 1 and not _ASKING.search(own):
            slots.append(Slot(start, end, kind))  # type: ignore[arg-type]
        i += 1
    return slots


def _longest_name(text: str, words: list[tuple[int, int, str]], first: int) -> tuple[int, SlotKind | None]:
    """Last word of the longest organisation or place name from ``first`` on, and its kind."""
    best: tuple[int, SlotKind | None] = (first, None)
    for i in range(first, min(len(words), first + _LONGEST_NAME_WORDS)):
        start, end, flag = words[i]
        word = text[start:end]
        if i > first and (_ASKING.search(word) or not flag.startswith(_EXTENDING)):
            break
        if i > first and flag in ("v", "m", "c") and not _continues(text, words, i):
            break
        if _ORGANISATION_END.search(word):
            best = (i, "organisation")
        elif _PLACE_END.search(word) and (i > first or len(word) > 2):
            best = (i, "place")
    return best


def _continues(text: str, words: list[tuple[int, int, str]], i: int) -> bool:
    """Whether a verb, number or 和 inside a name is followed soon by the name's end (综改示范区, 发展和改革委员会)."""
    return any(
        _ORGANISATION_END.search(text[start:end]) or _PLACE_END.search(text[start:end])
        for start, end, _ in words[i + 1 : i + 3]
    )
