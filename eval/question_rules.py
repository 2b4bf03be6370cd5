"""One Chinese sentence -> questions whose answer is a span of it. Pure rules, no model.

Chinese keeps word order in questions, so the span is replaced where it stands: 100 万元 by 多少元, a date by 什么时候, a
place by 哪里; a name after its title is asked for by 是谁, an enumeration after 包括 by 哪些. A sentence that leans on the
one before (其, 该, 这, 我们 …) gives nothing. Sentences in other languages give nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from qa.figures import Figure, find_figures

__all__ = ["SentenceQuestion", "sentence_questions"]


@dataclass(frozen=True, slots=True)
class SentenceQuestion:
    """A question about a sentence; every range of ``answers`` is a span of the sentence (several: a list question)."""

    question: str
    answers: tuple[tuple[int, int], ...]
    rule: str


_LEANS = re.compile(
    r"^(?:[的而间使以并」]|[他她它其该此这那]|上述|以上|本[次年月届报刊文周]|我们|我[省市县区委局厅国]|两地|双方|对此|会议|前者|后者|大家|你们?|您)"
)
_CONNECTORS = re.compile(
    r"^(?:(?:其中|同时|此外|另外|目前|当前|近年来|近两年|今年以来|去年|今年|如今|据(?:了解|介绍|统计)|[一二三四五六七八九]是|首先|其次|"
    r"最后|比如|例如|因此|但是?|而且|并且|随后|截至目前),?|[(]?[一二三四五六七八九十\d]+[)、.](?!\d))"
)
_PAIRS = {"“": "”", "《": "》", "(": ")", "‘": "’", "「": "」", "『": "』"}
_MIN_CONTEXT, _MAX_CONTEXT = 12, 60
_TITLE = re.compile(
    r"(?:书记|省长|市长|县长|区长|厅长|局长|处长|部长|主任|主席|院长|校长|会长|委员长|司令员|总经理|董事长|经理|负责人|指挥长|团长|师长|教授|记者)$"
)
_NUMBER = re.compile(
    r"^(?:\D{0,3}?)[\d,.]+ ?[余多来几]?[十百千万亿]*[余多]?(?P<unit>\D*?)(?:以上|以下|左右|上下|[余多])?$"
)
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊"
    "金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文蓝向"
)
_REPORTS = re.compile(r"学习|要求|指示|表示|强调|指出|介绍|说|:")
_UNFINISHED = re.compile(r"(?:基础上|[之以]?外|之际|前后|以来|过程中|背景下|同时|情况下|[当的等])$")
_NO_QUANTITY = frozenset(["年", "月", "日", "时", "点", "号", "版", "强", "届", "期", "省市", "分", "秒"])
_LIST_WORD = re.compile(r"(?:包括|涵盖|分别[为是]|主要有|覆盖了?)(?=[^,。]{3,80}、)")


def sentence_questions(sentence: str) -> list[SentenceQuestion]:
    """Return the questions that the rules make of one sentence of search text (without its full stop)."""
    if (
        "\t" in sentence
        or len(re.findall(r"[一-鿿]", sentence)) < max(_MIN_CONTEXT, len(sentence) / 2)
        or not _balanced(sentence)
    ):
        return []
    found = [*_figure_questions(sentence), *_name_questions(sentence), *_list_questions(sentence)]
    return [one for one in found if _MIN_CONTEXT <= len(one.question) <= _MAX_CONTEXT + 6]


def _balanced(text: str) -> bool:
    return all(text.count(opener) == text.count(closer) for opener, closer in _PAIRS.items())


def _inside_pair(text: str, start: int) -> bool:
    return any(text.rfind(o, 0, start) > text.rfind(c, 0, start) for o, c in _PAIRS.items())


def _context(sentence: str, start: int, end: int, *, after: bool = False) -> tuple[int, int] | None:
    """Range of the clauses to ask with: the span's own, and more to the left (``after``: right) where it is short."""
    commas = [m.start() for m in re.finditer(",", sentence) if not _inside_pair(sentence, m.start())]
    starts = [0, *(comma + 1 for comma in commas)]
    ends = [*commas, len(sentence)]
    first = max(i for i, at in enumerate(starts) if at <= start)
    last = min(i for i, at in enumerate(ends) if at >= end)
    while after and last + 1 < len(ends) and ends[last] - end < _MIN_CONTEXT:
        last += 1
    while not after and first > 0 and ends[last] - starts[first] < 2 * _MIN_CONTEXT:
        first -= 1
    low, high = starts[first], ends[last]
    while (lead := _CONNECTORS.match(sentence[low:high])) and low + lead.end() <= start:
        low += lead.end()
    if (
        high - low > _MAX_CONTEXT
        or _UNFINISHED.search(sentence[low:high])
        or _LEANS.match(sentence[low:high])
    ):
        return None
    return low, high


def _ask(sentence: str, context: tuple[int, int], start: int, end: int, word: str) -> str:
    """Return the context with ``word`` in the span's place, as a question."""
    low, high = context
    text = sentence[low:start] + word + sentence[end:high]
    return text.strip(" ,:").replace(",", "，").replace(":", "：") + "？"


def _figure_questions(sentence: str) -> Iterator[SentenceQuestion]:
    for figure in find_figures(sentence):
        start, end = figure.start, figure.end
        if (
            not re.search(r"\d", sentence[start:end])
            or figure.high is not None
            or _inside_pair(sentence, start)
        ):
            continue
        if figure.kind in ("amount", "percent"):
            word = _quantity_word(sentence, figure)
            context = _context(sentence, start, end)
            if word and context:
                yield SentenceQuestion(_ask(sentence, context, start, end, word), ((start, end),), "number")
        elif figure.kind in ("date", "year") and sentence[end - 1] in "年月日":
            yield from _date_questions(sentence, start, end)


def _quantity_word(sentence: str, figure: Figure) -> str | None:
    before, after = sentence[: figure.start], sentence[figure.end :]
    if re.match(r"[、和及至到~-]|[来内间期前后以起]", after) or re.search(r"[、和及至到~第-]$", before):
        return None
    if figure.kind == "percent":
        return "百分之多少" if sentence[figure.end - 1] in "%％" else None
    number = _NUMBER.match(sentence[figure.start : figure.end])
    unit = number["unit"].strip() if number else ""
    if not unit or unit in _NO_QUANTITY or (unit.isascii() and re.match("[一-鿿]", after)):
        return None  # 5GW单晶硅项目: that unit belongs to a name
    return "多少" + unit


def _date_questions(sentence: str, start: int, end: int) -> Iterator[SentenceQuestion]:
    before, after = sentence[:start], sentence[end:]
    if re.search(r"(?:截至|截止|[今去明当同次]年|[到至从自比较、和及])$", before) or re.match(
        r"(?:以来|以前|之前|前|起|底|末|[至到~、和及度的-])", after
    ):
        return
    extra = re.match(r"(?:[上下]午|晚上?|凌晨)?,?", after)
    rest = end + (extra.end() if extra else 0)
    context = _context(sentence, start, rest, after=True)
    if context is None or (context[0] == start and _LEANS.match(sentence[rest:])):
        return
    word = "哪一年" if re.fullmatch(r"\d{4}年", sentence[start:end]) else "什么时候"
    yield SentenceQuestion(_ask(sentence, context, start, rest, word), ((start, end),), "date")


@cache
def _tagger() -> Any:
    import jieba
    import jieba.posseg

    jieba.setLogLevel(60)
    return jieba.posseg.dt


def _name_questions(sentence: str) -> Iterator[SentenceQuestion]:
    """Persons after their titles, places after a preposition."""
    tokens: list[tuple[str, str, int]] = []
    position = 0
    for pair in _tagger().cut(sentence):
        tokens.append((pair.word, pair.flag, position))
        position += len(pair.word)
    for place in range(1, len(tokens)):
        (word, flag, start), previous = tokens[place], tokens[place - 1][0]
        end = start + len(word)
        following = tokens[place + 1] if place + 1 < len(tokens) else ("", "x", end)
        if _inside_pair(sentence, start):
            continue
        if flag == "nr" and _is_name(word) and _TITLE.search(previous) and following[1] not in ("nr", "nrt"):
            context = _context(sentence, start, end)
            if context and _is_office(sentence[context[0] : start]):
                yield SentenceQuestion(
                    _ask(sentence, (context[0], start), start, start, "是谁"), ((start, end),), "person"
                )
        elif (
            flag == "ns"
            and len(word) >= 2
            and previous in ("在", "于", "赴", "到", "位于", "来自", "前往", "落户")
            and following[1][:1] in ("v", "x", "d")
            and following[0] not in ("、", "和", "及")
        ):
            context = _context(sentence, start, end)
            if context:
                yield SentenceQuestion(_ask(sentence, context, start, end, "哪里"), ((start, end),), "place")


def _is_office(text: str) -> bool:
    """Whether the text names an office and does nothing else: ``省商务厅党组书记、厅长``."""
    return (
        len(text) >= 5
        and not _REPORTS.search(text)
        and not re.search("[向与经由被把为是]", text.rpartition(",")[2])
    )


def _is_name(word: str) -> bool:
    return 2 <= len(word) <= 3 and word[0] in _SURNAMES and len(set(word)) == len(word)


def _list_questions(sentence: str) -> Iterator[SentenceQuestion]:
    for match in _LIST_WORD.finditer(sentence):
        clause = re.match(r"[^,;:]+", sentence[match.end() :])
        context = _context(sentence, match.start(), match.end())
        if not clause or not context or match.start() - context[0] < 4:
            continue
        ranges = _items(sentence, match.end(), match.end() + clause.end())
        if len(ranges) >= 3:
            question = _ask(sentence, (context[0], match.end()), match.end(), match.end(), "哪些")
            yield SentenceQuestion(question, tuple(ranges), "list")


def _items(sentence: str, low: int, high: int) -> list[tuple[int, int]]:
    """Ranges of the enumeration's items, the last cut at 和 or 及 and before 等; none where an item is no short name."""
    tail = re.search(r"(?:等|多个)[^、]*$", sentence[low:high])
    borders = [m.span() for m in re.finditer("、", sentence[low : low + tail.start() if tail else high])]
    end = low + tail.start() if tail else high
    starts = [low, *(low + b for _, b in borders)]
    ends = [*(low + a for a, _ in borders), end]
    last = re.search(r"(?:以及|[和及与])", sentence[starts[-1] : ends[-1]])
    if last:
        cut = starts[-1]
        starts.append(cut + last.end())
        ends.insert(len(ends) - 1, cut + last.start())
    ranges = list(zip(starts, ends, strict=True))
    short = all(2 <= b - a <= 14 and not re.search(r"[的了是,]", sentence[a:b]) for a, b in ranges)
    return ranges if short else []
