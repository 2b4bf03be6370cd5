"""A follow-up question made whole from the question before it, by rules: 「那2022年呢？」 takes over everything but the year.

Pure apart from the word segmentation. What was taken over is told part by part, so that a person can see and change it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.question_parts import Part, question_parts
from qa.slots import Slot, SlotKind, find_slots, tagged_words

__all__ = ["FollowUp", "follow_up"]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The question to ask, and its parts; ``parts`` is empty where nothing was carried over."""

    question: str
    parts: tuple[Part, ...] = ()


_LEAD = re.compile(
    r"^\s*(?:那么|那(?![个些里儿边种家位]|个)|还有|以及|另外|换成|如果是|and\s+(?=what|how|in|for|who|when)|(?:and\s+)?(?:what|how)\s+about\s+(?:in\s+)?)[，,\s]*",
    re.I,
)
_TRAIL = re.compile(r"\s*(?:呢|又如何|又怎么样|又是多少|如何呢)?\s*[?？。!！]*\s*$")
_NE = re.compile(r"呢\s*[?？。!！]*\s*$")
_ASKING = re.compile(
    r"多少|几(?!乎)|谁|哪|什么|何|为什么|怎么|怎样|是否|吗|如何|\b(?:what|who|when|where|which|why|how)\b",
    re.I,
)
_PERSON_PRONOUN = re.compile(r"他们?|她们?|\b(?:he|she|him|his|her)\b(?!\w)", re.I)
_THING_PRONOUN = re.compile(
    r"它们?|该(?:公司|企业|集团|项目|单位|部门|开发区|园区|市|县|区|省|镇|村|地|厅|局|文件|活动|会议)|"
    r"这(?:个|家|项|座|所|份)(?:公司|企业|集团|项目|单位|部门|开发区|园区|城市|县|区|省|地方|文件|活动|会议)?|"
    r"(?:那里|那儿|这里|当地)|其(?![中他它余实次间])|(?<!time is )\b[Ii]ts?\b|\bthere\b(?=\s*(?:[?？.,!]|$))"
)
_OTHER_PERSON = re.compile(r"其他|其它|他人|吉他|他国")
_HAN = re.compile("[\u3400-\u9fff]")
_SMALL_WORDS = r"(?:in|for|at|of|on|the|an?|and|about)"
_AROUND = re.compile(rf"^(?:{_SMALL_WORDS}\s+)+|(?:\s+{_SMALL_WORDS})+$|^{_SMALL_WORDS}$", re.I)
_ENGLISH_PRONOUN = re.compile(r"\b(?:its?|them|their|there|he|she|him|his|her)\b", re.I)
_THING_ASKED = re.compile(
    r"((?:\b(?:is|are|was|were)|['’]s)\s+the\s+)(.+?)(?=\s+(?:of|in|for|at)\b|\s*\?)", re.I
)
"""What was the **grain output** of Datong?"""
_ACRONYM = re.compile(r"[A-Z]{2,4}\b[^A-Z]*$")
_MEASURED = re.compile(
    r"多少\s*[十百千万亿]{0,2}(?:亩|公顷|平方米|平方公里|立方米|美?元|吨|公斤|斤|公?里|米|千瓦时?)(?=\s*[?？。]|$)"
)
"""What was measured in mu need not be what another thing is measured in."""
_VOLUME = re.compile("本(?:书|册|杂志|刊物|报告|手册|词典|年鉴)")
_PREPOSITION = re.compile(r"(?:[在于从自到向]|\b(?:in|at|from|of|for|on|near|to)\s)\s*$", re.I)
_BESIDE = re.compile(r"\w(?:和|与|及|、)\s*$")
"""What stands before 其 where it means the one named there (省能源局和其下属单位)."""
_TIED = "由与和被对为向给"
"""Characters that the dictionary makes one word with 其."""
_OTHER_TOPIC = re.compile(r"\s*另外")
_ASKED = re.compile(r"(?:分别)?(?:是|有|为|达到?|共)?(?:多少|几|谁|什么|哪|何)")
_SUBJECT_KINDS: tuple[SlotKind, ...] = ("title", "organisation", "place", "name", "person")
_PERSON_NOUN = re.compile("(?:人|长|员|者|师|书记|主任|代表|主席)$")
_LONGEST_FRAGMENT = 24


def follow_up(question: str, previous: str = "", previous_answer: str = "") -> FollowUp:
    """Return the question to ask for what was typed after ``previous``.

    A question that stands on its own is returned as it is. ``previous_answer`` may give the person that 他 stands for.

    Examples
    --------
    >>> follow_up("那2022年呢？", "2023年大同的粮食产量是多少？").question
    '2022年大同的粮食产量是多少？'
    >>> follow_up("大同呢？", "2023年晋中的粮食产量是多少？").question
    '2023年大同的粮食产量是多少？'
    """
    typed = question.strip()
    if not previous.strip() or not typed:
        return FollowUp(question)
    before = previous.strip()
    lead = _lead(typed)
    content = typed[lead.end() :] if lead else typed
    fragment = content[: _TRAIL.search(content).start()].strip()  # type: ignore[union-attr]
    made: str | None = None
    whole = _ASKING.search(fragment) or not (lead or _NE.search(content)) or not _says_something(fragment)
    if not whole and _THING_PRONOUN.fullmatch(fragment):
        return FollowUp(question)  # it is the one that was asked about
    if not whole and not (lead and _ENGLISH_PRONOUN.search(fragment)):
        made = _fill_fragment(fragment, before)
    elif _pronoun(typed):
        made = _resolve_pronouns(content, before, previous_answer)
    elif lead and fragment and not (_OTHER_TOPIC.match(typed) and _has_subject(content)):
        made = _prepend_missing(content, before)
    if made is None or made == typed:
        return FollowUp(question)
    return FollowUp(made, question_parts(made, typed))


def _has_subject(text: str) -> bool:
    return any(slot.kind in _SUBJECT_KINDS for slot in find_slots(text))


def _lead(typed: str) -> re.Match[str] | None:
    """What leads on from the question before: 那 as a word of its own, but not before a measure word (那场会议)."""
    lead = _LEAD.match(typed)
    if lead is None or lead[0].strip("，, ") != "那":
        return lead
    words = tagged_words(typed)
    measured = len(words) > 1 and (words[1][2].startswith("q") or _VOLUME.match(typed, words[1][0]))
    named = words[0][1] > 1 and not words[0][2].startswith("r")  # 那曲, 那拉提; but 那它
    return None if named or measured else lead


def _pronoun(text: str) -> bool:
    bare = _OTHER_PERSON.sub("", text)
    return bool(_PERSON_PRONOUN.search(bare) or _THING_PRONOUN.search(bare))


def _says_something(fragment: str) -> bool:
    return len(fragment) <= _LONGEST_FRAGMENT and re.search(r"\w", fragment) is not None


def _fill_fragment(fragment: str, previous: str) -> str | None:
    """Put each slot of a fragment in the place of the same kind of slot in the question before."""
    slots = find_slots(fragment)
    rest = _outside(fragment, slots)
    if not slots or len(rest) > 1:
        slots_kept = previous
        for slot in slots:
            slots_kept = _replace_slot(slots_kept, fragment[slot.start : slot.end], slot)
        noun = re.sub(r"^(?:的|其(?![中他它余次间]|实(?!际)))|的$", "", rest) if rest else fragment
        return _replace_asked(slots_kept, noun)
    made = previous
    for slot in slots:
        made = _replace_slot(made, fragment[slot.start : slot.end], slot)
    return made


def _outside(text: str, slots: list[Slot]) -> str:
    """What stands outside the slots, without particles."""
    kept = list(text)
    for slot in slots:
        kept[slot.start : slot.end] = [""] * (slot.end - slot.start)
    rest = "".join(kept)
    if not _HAN.search(rest):
        return _AROUND.sub("", " ".join(rest.replace(",", " ").split()))
    return re.sub(r"[\s,，、]|^(?:在|到|的|是)|(?:的|是)$", "", rest)


def _replace_slot(question: str, words: str, new: Slot) -> str:
    slots = find_slots(question)
    same = [slot for slot in slots if slot.kind == new.kind]
    if same:
        return (
            question[: same[0].start]
            + _like(question[same[0].start : same[0].end], words, new)
            + question[same[0].end :]
        )
    if new.kind == "place":
        for slot in slots:
            if slot.place_end:
                return question[: slot.start] + words + question[slot.place_end :]
    if new.kind in _SUBJECT_KINDS:
        for kind in _SUBJECT_KINDS:
            for slot in slots:
                if slot.kind == kind:
                    return question[: slot.start] + words + question[slot.end :]
    if not _HAN.search(question):
        bare = question.rstrip("?？ ")
        return f"{bare} {'in ' if new.kind == 'time' else 'for '}{words}{question[len(bare) :].strip()}"
    after_time = next((slot.end for slot in slots if slot.kind == "time" and slot.start == 0), 0)
    return question[:after_time] + words + question[after_time:]


def _like(old: str, words: str, new: Slot) -> str:
    """New words in the form of the old: a bare year gains 年 where the old one had it, and keeps its month otherwise."""
    if (
        new.kind == "time"
        and re.fullmatch(r"(?:19|20)\d{2}", words)
        and re.match(r"(?:19|20)\d{2}\s*年", old)
    ):
        return words + "年"
    return words


def _replace_asked(question: str, noun: str) -> str | None:
    """Put ``noun`` in the place of the thing that was asked for; None for a question without Han characters where it is not clear what that is."""
    if not _HAN.search(question):
        asked_for = _THING_ASKED.search(question)
        if asked_for is None or (find_slots(asked_for[2]) and _ACRONYM.match(asked_for[2]) is None):
            return None  # a name in it would be lost
        return question[: asked_for.start(2)] + noun + question[asked_for.end(2) :]
    asked = _ASKED.search(question)
    if asked is None:
        return f"{noun}，{question}"
    start, end = asked.start(), asked.start()
    possessive = question.rfind("的", 0, end)
    if possessive >= 0:
        start = possessive + 1
    else:
        for low, high, flag in reversed(tagged_words(question[:end])):
            if high == start and flag.startswith(("n", "vn")) and flag not in ("ns", "nr", "nt"):
                start = low
            else:
                break
    if start < end:
        asked_so = (
            question[end:] if question[start:end] == noun else _MEASURED.sub("多少", question[end:], count=1)
        )
        return question[:start] + noun + asked_so
    subject = "".join(question[slot.start : slot.end] for slot in find_slots(question))
    return f"{subject}的{noun}{'是谁' if _PERSON_NOUN.search(noun) else '是什么'}？"


def _resolve_pronouns(question: str, previous: str, previous_answer: str) -> str | None:
    slots = find_slots(previous)
    answered = (
        [s for s in find_slots(previous_answer) if s.kind == "person"] if len(previous_answer) <= 40 else []
    )
    person = next((previous[s.start : s.end] for s in slots if s.kind == "person"), "") or next(
        (previous_answer[s.start : s.end] for s in answered), ""
    )
    thing = next(
        (
            previous[s.start : s.end]
            for kind in _SUBJECT_KINDS
            if kind != "person"
            for s in slots
            if s.kind == kind
        ),
        "",
    )
    if person and (made := _put(person, _PERSON_PRONOUN, question, ("person",))):
        return made
    return (
        _put(thing, _THING_PRONOUN, question, [k for k in _SUBJECT_KINDS if k != "person"]) if thing else None
    )


def _put(subject: str, pronoun: re.Pattern[str], question: str, kinds: Sequence[SlotKind]) -> str | None:
    """The question with its first pronoun replaced; None where it has none as a word of its own, or where it stands for a subject of these
    kinds that the question names itself."""
    tagged = tagged_words(question)
    words = {start: end for start, end, _ in tagged}
    inside = [(start, end) for start, end, tag in tagged if tag.startswith("r")]
    for match in pronoun.finditer(question):
        start = match.start()
        tied = start > 0 and question[start - 1] in _TIED and words.get(start - 1) == match.end()
        own = start in words or any(low <= start and match.end() <= high for low, high in inside)
        if not (own or tied) or _OTHER_PERSON.match(question, start):
            continue
        if match[0] == "其" and _BESIDE.search(question, 0, start):
            return None
        if any(slot.kind in kinds and _owns(question, slot, match) for slot in find_slots(question)):
            return None
        return question[:start] + _owned(match, subject) + question[match.end() :]
    return None


def _owns(question: str, slot: Slot, pronoun: re.Match[str]) -> bool:
    """Whether a pronoun stands for the slot: in a later clause, or right behind it (阳泉这个城市)."""
    if slot.end > pronoun.start() or _PREPOSITION.search(question, 0, slot.start):
        return False
    between = question[slot.end : pronoun.start()]
    return not between or re.search("[,，;；]", between) is not None


def _owned(match: re.Match[str], thing: str) -> str:
    """其 before a noun stands for 它的, there for in it."""
    forms = {"其": f"{thing}的", "its": f"{thing}'s", "there": f"in {thing}"}
    return forms.get(match[0].lower(), thing)


def _prepend_missing(question: str, previous: str) -> str | None:
    """Slots that only the question before has, set before a question that follows on (那援建了多少万元？)."""
    if not _HAN.search(question):
        return None
    own = {slot.kind for slot in find_slots(question)}
    names = set(_SUBJECT_KINDS)
    missing = [
        previous[s.start : s.end]
        for s in find_slots(previous)
        if s.kind not in own and not (s.kind in names and own & names)
    ]
    return "".join(missing) + question if missing else None
