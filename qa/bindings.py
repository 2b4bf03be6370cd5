"""What a question binds its answer to (a year, one of a series, a place, a zone), and whether a span stands under another
value of the same kind: 第十批 where 第九批 is asked about, 平鲁区 for 朔城区. Pure.

A value that is merely missing may be understood from the text above; another one of its kind in its place speaks against.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa.numerals import parse_han
from qa.place_names import PLACE_NAMES, PROVINCES
from qa.words import words_of
from qa.years import YEAR

__all__ = ["Around", "Bound", "Conflict", "bound_values", "conflict", "values_of"]


@dataclass(frozen=True, slots=True)
class Bound:
    """A value at ``text[start:end]``. ``kind`` names its series: ``year``, ``province``, ``city``, ``zone``, ``县``, ``批`` …"""

    kind: str
    value: str
    start: int
    end: int
    owned: bool = False
    """Part of a company's name: 山西某某有限公司 does not say that something is in 山西, nor that it is elsewhere."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """How the values that a question binds stand around a span, 0 … 1.

    ``rival``: another value of the kind governs the span in place of the asked one; ``absent``: share of the values that neither
    the passage nor the text above it names.
    """

    rival: float
    absent: float


_HAN_NUMBER = "[〇零一二三四五六七八九十百]{1,4}"
_SERIES = re.compile(
    rf"第(?:(?P<arabic>\d{{1,5}})|(?P<han>{_HAN_NUMBER}))(?P<unit>[批次届期号师团集季轮版条章])"
    rf"|(?P<arabic2>\d{{1,5}})(?P<unit2>[届期号师团](?![召线]))"
    rf"|(?<![\d一二三四五六七八九十百年几])(?P<han2>{_HAN_NUMBER})(?P<unit3>[届期师](?!间|限|待|望|傅))"
    r"|(?P<first>首)(?P<unit4>[批届期次])"
)
_CITIES = tuple(name for name in PLACE_NAMES if name not in PROVINCES)
_PLACE = re.compile("|".join(sorted(PLACE_NAMES, key=len, reverse=True)))
_ZONE = re.compile(
    "经济技术开发区|经济开发区|技术开发区|经开区|开发区|高新区|示范区|产业园区?|工业园区?|农场|机场"
)
_COMPANY = re.compile("(?!市|省)[\u4e00-\u9fff]{2,16}?(?<![与和为对从由])(?:(?:有限|责任|股份)+公司|集团)")
_UNIT = re.compile(r"[\u4e00-\u9fff]{2,7}?([县市区州镇乡村旗])$")
_NAME_TAGS = ("ns", "nr", "nz")
_GENERAL = frozenset(
    [
        "全国",
        "全省",
        "全市",
        "全县",
        "全区",
        "全疆",
        "全州",
        "我省",
        "我市",
        "我县",
        "我区",
        "我国",
        "国家级",
        "省级",
        "市级",
        "级",
        "自治区",
        "自治州",
        "地区",
        "新区",
        "园区",
        "城市",
        "大同区",
        "市区",
        "县区",
        "城区",
        "乡村",
        "农村",
        "当地",
        "本地",
        "该县",
        "该市",
        "省市",
        "州市",
        "县市",
        "示范区",
        "综改区",
        "特色",
        "现代",
        "工业",
        "重点",
        "各",
        "个",
        "类",
        "两地",
    ]
)
_PLACES = ("province", "city", "zone", *"县市区州镇乡村旗")
_NEARBY = 0.2
"""A sentence names many places without being about each: one that stands nearer speaks less against than another year."""
_OURS = {"province": re.compile("[我全本]省|省[委政]"), "city": re.compile("[我全本]市|市[委政]")}
_MONTHS = re.compile(
    rf"(?<!\d)(?P<from>\d{{1,2}})月?[-—–~至到](?P<to>\d{{1,2}})月|前(?P<months>\d{{1,2}}|{_HAN_NUMBER})个?月|(?P<half>上半年)|(?P<quarters>前三季度)|(?P<year>(?<=\d年)全年)"
    r"|(?<!\d)(?P<month>\d{1,2})月(?!饼|球)"
)


@lru_cache(maxsize=1024)
def bound_values(text: str) -> tuple[Bound, ...]:
    """All values that can bind, in order of their places.

    Examples
    --------
    >>> [(bound.kind, bound.value) for bound in bound_values("2024年第十批浙江援疆干部在裕民县")]
    [('year', '2024'), ('批', '10'), ('province', '浙江'), ('县', '裕民')]
    """
    found = [Bound("year", m[1], m.start(), m.end()) for m in YEAR.finditer(text)]
    for match in _SERIES.finditer(text):
        number = match["arabic"] or match["arabic2"]
        if number is None:
            han = "一" if match["first"] else match["han"] or match["han2"]
            value = parse_han(han)
            number = str(int(value)) if value is not None else han
        unit = match["unit"] or match["unit2"] or match["unit3"] or match["unit4"]
        found.append(
            Bound(unit, str(int(number)) if number.isdecimal() else number, match.start(), match.end())
        )
    for match in _PLACE.finditer(text):
        kind = "province" if match.group() in PROVINCES else "city"
        owned = _COMPANY.match(text, match.end()) is not None
        found.append(Bound(kind, match.group(), match.start(), match.end(), owned))
    found += _months(text)
    found += _divisions(text)
    return tuple(sorted(found, key=lambda bound: bound.start))


def _months(text: str) -> list[Bound]:
    """A month, or months from the first on: 1-8月, 前八个月 and 上半年 are ``1-8`` and ``1-6``."""
    found: list[Bound] = []
    for match in _MONTHS.finditer(text):
        if match["month"]:
            value = str(int(match["month"]))
        elif match["from"]:
            value = f"{int(match['from'])}-{int(match['to'])}"
        elif match["months"]:
            number = int(match["months"]) if match["months"].isdecimal() else parse_han(match["months"])
            value = f"1-{number}"
        else:
            value = "1-6" if match["half"] else "1-12" if match["year"] else "1-9"
        found.append(Bound("month", value, match.start(), match.end()))
    return found


def _divisions(text: str) -> list[Bound]:
    """Counties, towns and the like by the words of the dictionary, and zones by the name before them."""
    words = words_of(text)
    found: list[Bound] = []
    reached = 0
    for number, word in enumerate(words):
        surface = text[word.start : word.end]
        match = _UNIT.fullmatch(surface)
        if (
            match
            and word.tag.startswith(_NAME_TAGS)
            and surface not in _GENERAL
            and not _ZONE.fullmatch(surface)
            and surface[:-1].removesuffix("地") not in PLACE_NAMES
        ):
            found.append(Bound(match[1], surface[:-1], word.start, word.end))
        zone = _ZONE.match(text, word.start) if number and word.start >= reached else None
        if zone:
            reached = zone.end()
            before = words[number - 1]
            name = text[before.start : before.end]
            if len(name) > 1 and name not in _GENERAL and before.tag.startswith((*_NAME_TAGS, "n", "d", "j")):
                found.append(Bound("zone", name.rstrip("县市区") or name, before.start, word.end))
    return found


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a passage: the values named above it, as (kind, value), and the folded text of its document."""

    above: frozenset[tuple[str, str]]
    lead: str
    """Text of the document right before the passage."""
    document: str

    def names(self, kind: str, value: str) -> bool:
        """Whether the document names a value anywhere."""
        if not value.isdecimal() or kind == "year":
            return value in self.document
        return any(form in self.document for form in _forms(kind, value))


def values_of(text: str) -> frozenset[tuple[str, str]]:
    """The values that a text names."""
    return frozenset((bound.kind, bound.value) for bound in bound_values(text))


@lru_cache(maxsize=512)
def _forms(kind: str, value: str) -> tuple[str, ...]:
    """Ways to write one of a series: 第10批, 第十批."""
    number = int(value)
    if kind == "month":
        return (f"{number}月",)
    forms = [f"第{number}{kind}", f"{number}{kind}"]
    if number < 100:
        digits = ("", *"一二三四五六七八九")
        tens, ones = divmod(number, 10)
        written = ("" if not tens else "十" if tens == 1 else digits[tens] + "十") + digits[ones]
        forms += [f"第{written}{kind}", f"{written}{kind}"]
    return (*forms, f"首{kind}") if number == 1 else tuple(forms)


def conflict(
    asked: Sequence[Bound], text: str, start: int, end: int, low: int, high: int, around: Around
) -> Conflict:
    """How the values of a question stand around the span ``text[start:end]`` of a sentence ``text[low:high]``."""
    if not asked:
        return Conflict(0.0, 0.0)
    values = [bound for bound in bound_values(text) if bound.end <= start or bound.start >= end]
    rivals: list[float] = []
    absent: list[float] = []
    for kind in dict.fromkeys(bound.kind for bound in asked):
        wanted = {bound.value for bound in asked if bound.kind == kind}
        same = [bound for bound in values if bound.kind == kind]
        ours = kind in _OURS and _OURS[kind].search(text) is not None
        for value in wanted:
            written = not value.isdecimal() and value in text[low:high]  # cut otherwise by the dictionary
            rival = _rival(kind, value, wanted, same, start, low, high, around, ours)
            rivals.append(min(rival, _NEARBY) if written else rival)
            known = (
                any(bound.value == value for bound in same)
                or (kind, value) in around.above
                or value in text
                or value in around.lead
            )
            absent.append(0.0 if known else 0.4 if around.names(kind, value) else 1.0)
    return Conflict(max(rivals), sum(absent) / len(absent))


def _rival(
    kind: str,
    value: str,
    wanted: set[str],
    same: Sequence[Bound],
    start: int,
    low: int,
    high: int,
    around: Around,
    ours: bool,
) -> float:
    """How surely another value than ``value`` holds at the span; ``same`` are the passage's values of the kind."""
    near = [bound for bound in same if low <= bound.start < high]
    others = [bound for bound in near if bound.value not in wanted and not bound.owned]
    before = [bound for bound in near if bound.start < start and not bound.owned]
    if any(bound.value == value for bound in near):
        governed = not before or before[-1].value in wanted or not others
        return 0.0 if governed else _NEARBY if kind in _PLACES else 0.4
    if others:
        return 0.4 if kind in _PLACES and (kind, value) in around.above else 1.0
    if near and not all(bound.owned for bound in near):
        return 0.1  # another value that is asked for as well: 福建 of 福建对口支援新疆
    earlier = [bound.value for bound in same if bound.start < low and not bound.owned]
    if earlier and earlier[-1] in wanted:
        return 0.0
    if any(bound.value == value for bound in same):
        return 0.3
    led = [bound.value for bound in bound_values(around.lead) if bound.kind == kind and not bound.owned]
    if not earlier and led and led[-1] in wanted:
        return 0.0
    earlier = earlier or led
    if value in led:
        return 0.4
    in_document = around.names(kind, value)
    if (kind, value) in around.above or (ours and in_document):
        return 0.2 if earlier else 0.0
    displaced = bool(earlier) or any(other == kind and name not in wanted for other, name in around.above)
    if not in_document:
        return 0.9 if displaced else 0.7
    return 0.6 if displaced else 0.3
