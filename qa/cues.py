"""Words right before or after a span that speak for one kind of answer: 位于 before a place, 由于 before a reason. Pure."""

from __future__ import annotations

import re

from qa.question import Question

__all__ = ["cue"]

_PLACE_WORDS = "(?:[\\u4e00-\\u9fff]{1,6}(?:省|自治区|市|州|地区|县|区))?"
_BEFORE = {
    "place": re.compile(f"(?:[在于赴]|位于|落户|地处|前往|来到|入驻|设立?于){_PLACE_WORDS}\\Z"),
    "person": re.compile(
        "(?:[长员师]|书记|主任|主席|经理|记者|总裁|教授|院士|代表|委员|同志|通讯员|人)[ :\\t]{0,2}\\Z|由\\Z"
    ),
    "organisation": re.compile("(?:[由与被]|引进|联合|委托|授权|承办|主办|单位[:\\t])\\Z"),
    "reason": re.compile("(?:因为|由于|因|得益于|原因是|在于|为了?|旨在|以便|从而)\\Z"),
    "definition": re.compile("(?:[是即叫为:]|指的?是|称为|称作|叫做|名为|命名为|实施|推出|打造)[了“《]?\\Z"),
}
_AFTER = {
    "person": re.compile("(?:说|表示|介绍|指出|强调|主持|出席|致辞|告诉|[(]|摄|\\t|\\n)"),
    "place": re.compile("(?:举行|召开|签[订约署]|开[展幕]|成立|设立|揭牌|建[设成]|进行)"),
    "organisation": re.compile("(?:主办|承办|负责|牵头|运营|组织|发布|[在与和对]|达成|入选|被)"),
}
_DEFINITION = re.compile(
    r"什么是|是什么|指(?:的是|什么)|叫什么|叫做?什么|称为什么|什么叫|被叫作|是指|what is|what are",
    re.IGNORECASE,
)
_PURPOSE = re.compile(r"为的是|目的|为了什么|意义|what .* for\b", re.IGNORECASE)
_PURPOSE_BEFORE = re.compile("(?:为了?|旨在|以便|用于|用来|,(?=促进|提升|推动|实现|增强|助力|带动))\\Z")


def cue(question: Question, text: str, start: int, end: int) -> float:
    """1 where words on either side of ``text[start:end]`` speak for the kind of answer that is asked for, else 0."""
    kind = str(question.kind)
    window = text[max(0, start - 16) : start]
    if kind == "other":
        if _PURPOSE.search(question.text):
            return (
                1.0
                if _PURPOSE_BEFORE.search(window) or re.match("促进|提升|推动|实现", text[start:end])
                else 0.0
            )
        kind = "definition" if _DEFINITION.search(question.text) else kind
    before, after = _BEFORE.get(kind), _AFTER.get(kind)
    found = (before is not None and before.search(window) is not None) or (
        after is not None and after.match(text, end) is not None
    )
    return 1.0 if found else 0.0
