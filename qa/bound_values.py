"""Values of a text that can bind an answer: a year, a month, one of a series (第九批), a place, a zone. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from qa.numerals import parse_han
from qa.place_names import PLACE_NAMES, PROVINCES
from qa.words import words_of
from qa.years import YEAR

__all__ = ["Bound", "bound_values", "values_of"]


@dataclass(frozen=True, slots=True)
class Bound:
    """A value at ``text[start:end]``. ``kind`` names its series: ``year``, ``province``, ``city``, ``zone``, ``县``, ``批`` …"""

    kind: str
    value: str
    start: int
    end: int
    owned: bool = False
    """Part of a company's name: 山西某某有限公司 does not say that something is in 山西, nor that it is elsewhere."""


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


def values_of(text: str) -> frozenset[tuple[str, str]]:
    """The values that a text names."""
    return frozenset((bound.kind, bound.value) for bound in bound_values(text))
