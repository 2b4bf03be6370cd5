"""Which family of units a question asks for by its nouns (产值, 海拔, how much money), and whether a span counts in it. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from qa.figures import find_figures
from qa.foreign_names import ENGLISH_UNITS

__all__ = ["asked_measure", "measure_agreement"]

_MONEY = [
    "元",
    "美元",
    "欧元",
    "日元",
    "韩元",
    "港元",
    "新台币",
    "英镑",
    "澳元",
    "加元",
    "卢布",
    "卢比",
    "法郎",
    "马克",
    "泰铢",
    "坚戈",
    "人民币",
]
_FAMILIES = {
    "money": frozenset(_MONEY),
    "area": frozenset(["亩", "平方米", "公顷", "平方英里"]),
    "length": frozenset(["米", "里", "海里", "英里", "尺"]),
    "mass": frozenset(["吨", "万吨级", "吨级", "斤"]),
    "people": frozenset(["人", "名", "位", "人次", "户", "户次"]),
    "time": frozenset(["年", "个月", "周", "天", "小时", "分钟", "秒", "工作日", "季度", "个学期"]),
    "percent": frozenset(["%", "百分点", "倍"]),
}
_UNIT_FAMILY = {unit: family for family, units in _FAMILIES.items() for unit in units}
_ASKED = (
    (
        "money",
        r"多少钱|金额|资金|总?产值|收入|营收|营业额|销售额|零售额|交易额|成交额|出口额|进口额|总?投资(?:额|是|为|达|有|了|多|$)|利润|税收|价(?:格|钱|是|为|多)|收购价|售价|费用|补贴|"
        r"经费|预算|工资|薪|外资|贷款|债务|生产总值|增加值|奖金|how much (?:money|revenue|income|investment|funding|capital|funds?)|revenue|turnover|output value|cost|price|salary|budget",
    ),
    ("area", r"面积|多少亩|占多[大少]|how much land|area"),
    ("length", r"海拔|多[长远高]|里程|全长|高度|长度|how (?:long is|far|high|tall)"),
    ("mass", r"总?产量|多重|重量|how heavy"),
    (
        "people",
        r"多少人|几个?人|人口|多少名|多少位|how many (?:people|persons|workers|farmers|jobs|students)",
    ),
    ("time", r"多久|多长时间|how long"),
)
_PATTERNS = tuple((family, re.compile(pattern, re.IGNORECASE)) for family, pattern in _ASKED)
_HOW_MUCH = re.compile(
    r"多少|几|多[大长高远久重]|how (?:much|many|large|long|far|high)|百分|what (?:is|was|amount)|数量$|[量额值价]$",
    re.I,
)
_SHARE = re.compile(
    r"百分之几|百分比|占比|比例|比重|增幅|增速|增长率|降幅|跌幅|涨幅|percent|what share|what proportion",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"(?:[增涨升降减跌多少][了长加高低幅]{0,2}|变化)多少(?!亿|万|元|钱)|how much .*(?:grow|rise|increase|fall|decrease)",
    re.IGNORECASE,
)
"""A change may be told as a share, as an amount or as a multiple."""
_NEAR = 14
"""The noun that names the measure stands so near to the asking word."""


@lru_cache(maxsize=512)
def asked_measure(text: str, unit: str = "") -> str:
    """Family of units that a question asks for; empty where it does not say. ``unit`` is the measure word it names itself.

    Examples
    --------
    >>> asked_measure("三一集团2022年营业收入多少?"), asked_measure("能解决多少人就业?"), asked_measure("负责人是谁?")
    ('money', 'people', '')
    """
    unit = ENGLISH_UNITS.get(unit.lower(), unit)
    if unit in _UNIT_FAMILY:
        return _UNIT_FAMILY[unit]
    asking = _HOW_MUCH.search(text)
    if asking is None or unit:
        return ""
    if _SHARE.search(text):
        return "percent"
    if _CHANGE.search(text):
        return ""
    ascii_only = text.isascii()
    near = text if ascii_only else text[max(0, asking.start() - _NEAR) : asking.end() + _NEAR // 2]
    matches = [(m.end(), family) for family, pattern in _PATTERNS for m in pattern.finditer(near)]
    if not matches:
        return ""
    place = asking.start() - max(0, asking.start() - _NEAR) if not ascii_only else 0
    return min(matches, key=lambda found: abs(found[0] - place))[1]


@lru_cache(maxsize=4096)
def measures_in(text: str) -> tuple[bool, frozenset[str]]:
    """Whether a span holds a figure with or without unit, and the families of units it counts in (``other`` for the rest)."""
    figures = [figure for figure in find_figures(text) if figure.kind not in ("code", "document-number")]
    families = {
        "percent"
        if figure.kind in ("percent", "fraction")
        else "date"
        if figure.kind in ("date", "year", "time")
        else _UNIT_FAMILY.get(figure.unit, "other" if figure.unit else "")
        for figure in figures
    }
    return bool(figures), frozenset(families)


def measure_agreement(asked: str, text: str) -> float:
    """1 where the span counts in the family asked for, -1 where it counts in another or nothing, 0 where none is asked for."""
    if not asked:
        return 0.0
    counted, families = measures_in(text)
    if asked in families:
        return 1.0
    if not counted:
        return -1.0
    if families == {""}:
        return -0.2
    if asked in ("mass", "area", "length") and "other" in families:
        return -0.5
    return -1.0
