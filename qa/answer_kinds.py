"""What kind of thing a candidate answer is, and whether it is the kind that the question asks for. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import rjieba

from qa.figures import Figure, find_figures
from qa.foreign_names import ENGLISH_UNITS
from qa.question import Question
from qa.units import CLASSIFIERS
from qa.words import ADDRESS, SURNAMES

__all__ = ["agreement", "span_kinds", "unit_agreement"]

_ORGANISATION = re.compile(
    r"(?:公司|集团|局|厅|部|委|委员会|政府|大学|学院|学校|小学|中学|幼儿园|医院|银行|协会|学会|商会|联合会|中心|指挥部|办公室|研究院|研究所|报社|日报|法院|检察院|工会|"
    r"社|厂|站|团|支部|工委|编辑部|基金会|合作社|机构|企业|开发区|示范区|园区)$"
)
_PLACE = re.compile(
    r"(?:省|市|县|区|州|盟|旗|镇|乡|村|街道|国|岛|山|河|湖|路|港|口岸|盆地|平原|园区|产业园|会议中心|中心|师|团|农场|基地|室|厅|楼|馆|广场)$"
)
_PHONE = re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}|\d{3,4}-\d{7,8}")
_SAME_UNITS = {"名": "名人位", "人": "人名位", "位": "位名人", "隻": "只"}
_JOINED_BODY = re.compile(r"[\u4e00-\u9fff]{2,14}[和与][\u4e00-\u9fff]{2,8}(?:委员会|[厅局部])")
"""发展和改革委员会: 和 inside one name."""
_NOT_A_NAME = re.compile(r"[，。；：、,;:0-9%的了是和在与]")


@lru_cache(maxsize=4096)
def _figures(text: str) -> tuple[Figure, ...]:
    return tuple(find_figures(text))


@lru_cache(maxsize=4096)
def span_kinds(text: str) -> frozenset[str]:
    """Kinds of answer that a span could be: ``number``, ``percent``, ``date``, ``year``, ``person``, ``place``,
    ``organisation``, ``text``. A span may be several; a long clause is ``text``.

    Examples
    --------
    >>> sorted(span_kinds("1200万吨"))
    ['number']
    >>> sorted(span_kinds("山西省能源局"))
    ['organisation']
    """
    kinds: set[str] = set()
    if ADDRESS.fullmatch(text):
        return frozenset({"email"})
    if _PHONE.fullmatch(text):
        kinds |= {"phone", "code"}
    for figure in _figures(text):
        if figure.end - figure.start < 0.5 * len(text):
            continue
        match figure.kind:
            case "percent":
                kinds |= {"percent", "number"}
            case "date" | "year":
                kinds |= {"date"} | ({"year"} if re.search(r"\d{4}年|(?:19|20)\d{2}", text) else set())
            case "document-number" | "code":
                kinds.add("code")
            case _:
                kinds.add("number")
    if kinds:
        return frozenset(kinds)
    if len(text) <= 30 and (not _NOT_A_NAME.search(text) or _JOINED_BODY.fullmatch(text)):
        if _ORGANISATION.search(text):
            kinds.add("organisation")
        if _PLACE.search(text):
            kinds.add("place")
        kinds |= _name_kinds(text)
    return frozenset(kinds or {"text"})


def _name_kinds(text: str) -> set[str]:
    kinds: set[str] = set()
    if re.fullmatch(r"[\u4e00-\u9fff]{1,10}·[\u4e00-\u9fff·]{1,12}", text):
        kinds.add("person")
    if 2 <= len(text) <= 3 and text[0] in SURNAMES:
        kinds.add("person")
    tags = rjieba.tag(text)
    if len(tags) == 1 and tags[0][1].startswith("nr"):
        kinds.add("person")
    if len(tags) == 1 and tags[0][1].startswith("ns"):
        kinds.add("place")
    if tags and tags[-1][1] == "nt":
        kinds.add("organisation")
    return kinds


_WANTED: dict[str, frozenset[str]] = {
    "number": frozenset({"number", "percent"}),
    "percent": frozenset({"percent", "number"}),
    "date": frozenset({"date"}),
    "year": frozenset({"year"}),
    "phone": frozenset({"phone"}),
    "email": frozenset({"email"}),
    "code": frozenset({"code"}),
    "person": frozenset({"person"}),
    "place": frozenset({"place"}),
    "organisation": frozenset({"organisation"}),
}


_DAY = re.compile("哪一?[天日]|几[日号]")
_MONTH = re.compile("几月|哪个?月")


_ANYBODY = re.compile("谁(?!的)|who\\b", re.IGNORECASE)
"""A body can do what somebody does: 由谁运营."""


def _coarse(question: Question, text: str) -> bool:
    """Whether a date lacks the day or the month that is asked for."""
    if question.kind != "date":
        return False
    if _DAY.search(question.text):
        return not re.search("[日号]|-\\d{1,2}-\\d", text)
    return _MONTH.search(question.text) is not None and "月" not in text


_NAMED = frozenset({"person", "place", "organisation"})


def agreement(question: Question, text: str) -> float:
    """1 where the span is of the kind asked for, -1 where it is of another, 0 where the question does not say."""
    wanted = _WANTED.get(question.kind)
    kinds = span_kinds(text)
    if wanted is None:
        return -0.5 if question.kind == "reason" and kinds & {"number", "date", "percent"} else 0.0
    if question.kind == "percent" and "percent" not in kinds:
        return -0.5 if "number" in kinds else -1.0
    if _coarse(question, text):
        return -0.8
    if question.kind == "person" and "organisation" in kinds and _ANYBODY.search(question.text):
        return 0.5
    if kinds & wanted:
        return 1.0
    return _name_disagreement(question.kind, kinds) if wanted <= _NAMED else -1.0


def _name_disagreement(wanted: str, kinds: frozenset[str]) -> float:
    """Names are told by their form only in part: a figure is none, but a name of unknown form may be what is asked for."""
    if wanted == "place" and "organisation" in kinds:
        return 0.3  # 在帕多瓦大学执教
    if kinds & _NAMED:
        return -1.0
    return -0.5 if kinds == {"text"} else -1.0


def unit_agreement(question: Question, text: str) -> float:
    """1 where the span counts in the measure word that the question names, -1 where it does not, 0 where none is named."""
    if not question.unit or question.kind in ("list", "date", "year"):
        return 0.0
    if question.unit.lower() in text.lower():
        return 1.0
    asked = ENGLISH_UNITS.get(question.unit.lower(), question.unit)
    if any(unit in text for unit in _SAME_UNITS.get(asked, (asked,))):
        return 1.0
    if asked in _SAME_UNITS:
        return -1.0
    return -0.2 if asked in CLASSIFIERS and re.search(r"\d个|[一二两三四五六七八九十]个", text) else -1.0
