"""What a question asks for: the kind of answer, its unit, the years, numbers and names it holds to. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import rjieba

from qa.gloss import is_foreign
from qa.numerals import parse_han, ungrouped
from qa.years import YEAR

__all__ = ["AnswerKind", "Question", "analyse_question"]

AnswerKind = Literal[
    "number",
    "percent",
    "date",
    "year",
    "person",
    "place",
    "organisation",
    "phone",
    "email",
    "code",
    "list",
    "reason",
    "other",
]

_PHONE = re.compile(r"电话|手机|联系方式|传真|phone|telephone", re.I)
_EMAIL = re.compile(r"邮箱|电子邮件|e-?mail", re.I)
_CODE = re.compile(r"文号|发文字号|编号|代号|哪[一个]?号|document number", re.I)
_PERCENT = re.compile(
    r"百分之几|百分比|占比|比例|比重|增幅|增速|增长率|同比(?:增长|下降)(?:了)?多少|增长(?:了)?多少|几成|percent|percentage|what share|\brate\b",
    re.I,
)
_YEAR = re.compile(r"哪一?年|何年|几几年|什么年份|what year|which year", re.I)
_DATE = re.compile(
    r"哪一?[天日月]|几月几[日号]|几[月日号](?!楼|线|院|门)|什么时[候间]|啥时候?|何时|何日|日期|时间是|多会儿|when\b|what date|which (?:day|month|holiday)",
    re.I,
)
_NUMBER = re.compile(
    r"多少|几(?![乎率何])|多[大长高远久重宽深]|(?:数量|产能|产量|产值|容量|吞吐量|总[额数量]|人数|面积|金额)$|总[额量数]是|金额|面积是|规模是|how (?:many|much|large|big|long|far|high|tall)|what (?:number|amount|area|total)|what (?:is|was|are|were) the (?:\w+ ){0,2}(?:number|amount|area|investment|output|revenue|value|price|cost|population|length|capacity)\b",
    re.I,
)
_PERSON = re.compile(
    r"谁|哪位|何人|什么人|哪个人|负责人是|姓名|叫什么名字|(?:书记|[省市县区州镇乡村厅局处部校院会社]长|主任|主席|记者|经理|总裁|董事长|院士|教授)(?:是|叫)(?:什么|啥)|who\b|whom\b|whose\b|(?:which|what) (?:[\w-]+ ){0,3}(?:secretary|mayor|governor|director|minister|president|chairman|chairwoman|manager|leader|official|professor|reporter|author|scientist|person|man|woman)\b",
    re.I,
)
_POST = re.compile(r"(?:[长员师]|书记|主任|主席|经理|记者|总裁|教授|院士|代表|委员|负责人|人)$")
_BODY_IS_WHO = re.compile(r"(?:公司|企业|单位|机构|部门|双方)(?:是|为)(?:谁|哪)")
_PLACE = re.compile(
    r"哪里|哪儿|何地|何处|什么地方|哪个(?:省|市|县|区|地区|州|国家|村|镇|乡|城市|地方)|哪[省市县区州国村镇]|哪[座栋幢条](?:楼|城市|大楼|路|山|桥|街)|啥地方|甚么地方|位于哪|where\b|(?:which|what) (?:[\w-]+ ){0,2}(?:city|county|province|place|region|country|town|township|village|district|prefecture|state|river|lake|mountain|island|port|continent)\b",
    re.I,
)
_ORGANISATION = re.compile(
    r"哪家|哪个(?:单位|部门|公司|企业|机构|集团|组织|委员会|厅|局|院|协会|媒体|商会|指挥部|党支部|大学|学校|医院|银行|农场)|哪所|(?:公司|企业|单位|机构)(?:是谁|叫什么)|什么(?:单位|公司|机构|部门|企业)|(?:which|what) (?:[\w-]+ ){0,2}(?:company|agency|department|organi[sz]ation|body|firm|group|enterprise|corporation|chamber|association|university|college|school|hospital|bank|bureau|committee|ministry|institute|court|newspaper)\b(?! of the )",
    re.I,
)
_REASON = re.compile(r"为什么|为何|为啥|为甚么|缘何|原因|怎么会|why\b", re.I)
_LIST = re.compile(
    r"哪些|哪几|哪[两二三四五六七八九十]|有什么|包括什么|包含什么|分别(?:是|为|有|指)|都有(?:谁|什么|哪)|列[举出]|(?:which|what) (?:\w+ ){0,3}(?:are|were)\b|list (?:the|all)|name (?:the|all)",
    re.I,
)
_BOTH = re.compile(r"双方[^,。]{0,4}(?:是|为|有)")
_UNIT = re.compile(
    r"(?:多少|几|how many|how much)\s*((?:万|亿|千|百)?(?:平方米|平方公里|公里|立方米|千瓦时?|个百分点|元|吨|亩|人|家|户|只|个|项(?!目)|名|位|度|条|次|场|支|种|套|座|栋|层|头|年|天|月|岁|倍|份|件|所|期|类|批|辆|台|株|斤|公斤|米|宗|字|号|届|强|级|处|间|篇|列|趟|隻|美元|metric ton|tonne|ton|hectare|mu(?![a-z])|dollar|yuan|people|person|compan|enterprise|firm|household|kilomet(?:er|re)|square met(?:er|re)|day|project)?)",
    re.I,
)
_CALLED = re.compile(r"(?:叫做?|名称是|名字是|称为|叫作)什么|名为什么|是什么(?:名字|名称)")
_WHICH = re.compile(r"哪一?(?:个|家|座|条|所|位|种|项|类|届|次|支|份|只|部|批|片)?|什么")
_NOUN = ("n", "vn", "b", "j", "l", "an")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_ORDINAL = re.compile(
    r"第[\d一二三四五六七八九十百]+[个批届次号期季页条章版师团]|(?<![\d一二三四五六七八九十])[一二三四五六七八九十\d]+(?:期|号(?!召)|批次?|届|师|团|产)(?![是]?什么)"
)
_COUNT = re.compile(
    r"(?:哪|那)([两二三四五六七八九十\d]{1,3})(?:[个种类家条项大所位座样次点份]|方面)|([两二三四五六七八九十]{1,2})(?=[条项个][^,。]{0,8}分别)"
)
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_LEAST_KANA = 3
"""A Chinese question may hold の, or a name."""
_QUOTED = re.compile(r"《([^《》]{2,60})》|“([^“”]{2,60})”|「([^「」]{2,60})」|\"([^\"]{2,60})\"")


@dataclass(frozen=True, slots=True)
class Question:
    """A question as search text, with what was read off it."""

    text: str
    kind: AnswerKind
    unit: str
    """Measure word after 多少 or 几, without 万 or 亿; empty where none stands."""
    many: bool
    """Asks for several things."""
    years: frozenset[str]
    numbers: frozenset[str]
    """Other numbers in the question, thousands separators removed."""
    quoted: tuple[str, ...]
    ordinals: tuple[str, ...]
    """What picks one of a series: 第九批, 二期, 18号."""
    count: int
    """How many things it asks for (哪两个, 哪五种); 0 where it does not say."""
    foreign: bool
    """Asked in a language of Latin letters, or of others that are no Han characters, whatever Han names stand in it."""
    japanese: bool
    """Written in kana too: only its Han characters can be those of a Chinese passage."""
    head: str
    """The noun that the answer should end with (哪个**开发区**, **行动计划**叫什么); empty where the question names none."""


def analyse_question(text: str) -> Question:
    """Read off a question (search text) what its answer must look like.

    Examples
    --------
    >>> question = analyse_question("2024年晋中开发区援建了多少万元?")
    >>> question.kind, question.unit, sorted(question.years)
    ('number', '元', ['2024'])
    """
    years = frozenset(YEAR.findall(text))
    numbers = frozenset(n.replace(",", "") for n in _NUMBERS.findall(ungrouped(text))) - years
    unit = _UNIT.search(text)
    measure = re.sub(r"^[万亿千百]", "", unit[1]) if unit and unit[1] else ""
    quoted = tuple(next(part for part in groups if part) for groups in _QUOTED.findall(text))
    return Question(
        text,
        _kind(text, measure),
        measure,
        _LIST.search(text) is not None or _BOTH.search(text) is not None,
        years,
        numbers,
        quoted,
        tuple(_ORDINAL.findall(text)),
        _count(text),
        is_foreign(text),
        len(_KANA.findall(text)) >= _LEAST_KANA,
        _head(text),
    )


def _count(text: str) -> int:
    match = _COUNT.search(text)
    if match is None:
        return 0
    number = match[1] or match[2]
    value = parse_han(number.replace("两", "二")) if not number.isdecimal() else int(number)
    return int(value) if value is not None and 1 < value < 100 else 0


def _head(text: str) -> str:
    """Last noun of what 哪个 or 叫什么 asks for."""
    if before := _CALLED.search(text):
        tagged = rjieba.tag(text[: before.start()])
        return tagged[-1][0] if tagged and tagged[-1][1].startswith(_NOUN) else ""
    if asked := _WHICH.search(text):
        head = ""
        for word, tag in rjieba.tag(text[asked.end() :]):
            if not tag.startswith(_NOUN):
                break
            head = word
        return head
    return ""


def _kind(text: str, measure: str) -> AnswerKind:
    for kind, pattern in (("phone", _PHONE), ("email", _EMAIL), ("code", _CODE)):
        if pattern.search(text):
            return kind  # type: ignore[return-value]
    if _LIST.search(text) and not _NUMBER.search(re.sub("哪几", "", text)):
        return "list"
    if _YEAR.search(text):
        return "year"
    if _REASON.search(text):
        return "reason"
    if measure and measure not in ("年", "月", "天", "号"):
        return "number"
    if _PERCENT.search(text):
        return "percent"
    if _DATE.search(text):
        return "date"
    if _NUMBER.search(text):
        return "number"
    if _BODY_IS_WHO.search(text):
        return "organisation"
    for kind, pattern in (("person", _PERSON), ("organisation", _ORGANISATION), ("place", _PLACE)):
        if pattern.search(text) and not (kind == "person" and _names_a_thing(text)):
            return kind  # type: ignore[return-value]
    return "other"


def _names_a_thing(text: str) -> bool:
    """Whether 叫什么名字 asks for the name of something that is not a person."""
    head = _head(text) if _CALLED.search(text) else ""
    return bool(head) and _POST.search(head) is None
