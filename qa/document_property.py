"""Questions for what a document says of itself (文号, 发文机关, 印发日期, 标题), and where in its text that stands. Pure."""

from __future__ import annotations

import re
from typing import Literal

from index.issue_dates import DATE, iso_of_match
from index.types import DocumentMetadata

__all__ = ["DocumentProperty", "asked_property", "property_places", "speaks_of", "without_property_words"]

DocumentProperty = Literal["title", "issuer", "number", "date"]

_KIND = (
    r"(?:文件|公文|来文|发文|通知|通报|通告|公告|答复|复函|函|批复|(?<=[这该本此那份项个的])决定|决定(?!什么|何|哪|由|是否)|命令|意见|办法|方案|规划|纪要|公报|简报|报告|材料|文档|文章|文稿|报道|通讯|综述|评论|新闻|稿件|《[^《》]+》|〔\d{4}〕\d+号"
    r"|\b(?:document|notice|letter|report|article|reply)\b)"
)
_THIS = "(?:[这该本此那](?:[一]?[份篇则个件封])?|th(?:is|e|at) )"
_ABOUT = re.compile(_KIND, re.IGNORECASE)
_A_DOCUMENT = re.compile(
    rf"{_THIS}{_KIND}|《|〔\d{{4}}〕|文件|公文|来文|发文|文档|文号|\bdocument\b|\bissuing\b|reference number|date of issue",
    re.IGNORECASE,
)
_ENGLISH_KINDS = {
    "notice": ("通知", "通告", "公告"),
    "letter": ("函",),
    "report": ("报告",),
    "reply": ("答复", "复函"),
}
_TITLE_END = 8
"""The kind of a document stands within so many characters of its title's end, what is in brackets there left out."""
_BEHIND_TITLE = re.compile(r"(?:[(\[][^()\[\]]*[)\]]|〔\d{4}〕\d+号|\.[a-z]{2,5}|\s)+$", re.IGNORECASE)
_ISSUING = "(?:印发|发文|发布|下发|制发|出具|签发|成文|落款|发出|发的|作出|答复的|issued|published|dated)"
_WHAT = "(?:是|为|叫|叫做|:)?(?:什么|多少|啥|哪[个一]?|几号|谁)"
_PATTERNS: tuple[tuple[DocumentProperty, re.Pattern[str]], ...] = (
    (
        "number",
        re.compile(
            rf"(?:发文字号|发文号|发文编号|公文字号|文件字号|文号)(?!〔)|(?:文件|公文|{_THIS}{_KIND})的?(?:编号|字号)|document number|reference number",
            re.IGNORECASE,
        ),
    ),
    (
        "issuer",
        re.compile(
            rf"(?:发文|印发|发布|制发|落款|签发|成文)(?:机关|机构|单位|部门)|{_KIND}.{{0,6}}(?:由|是)?(?:谁|哪一?[个家]?(?:单位|部门|机关|机构)?|什么(?:单位|部门|机关|机构))(?:联合)?{_ISSUING}"
            rf"|(?:谁|哪一?[个家](?:单位|部门|机关|机构)|什么(?:单位|部门|机关|机构))(?:联合)?{_ISSUING}.{{0,2}}{_THIS}?.{{0,40}}{_KIND}|issuing (?:body|agency|authority)|who (?:issued|published) ",
            re.IGNORECASE,
        ),
    ),
    (
        "date",
        re.compile(
            rf"(?:印发|发文|发布|下发|制发|出具|签发|成文|落款)(?:的)?(?:日期|时间)|{_KIND}.{{0,8}}(?:什么时[候间]|啥时候|何时|哪[一]?[天日年]|几月几[日号]|几[日号]).{{0,2}}{_ISSUING}"
            rf"|{_KIND}.{{0,6}}{_ISSUING}(?:于|的?(?:时间|日期)?是)?(?:什么时[候间]|何时|哪[一]?[天日年]|几月)|date of issue|when was (?:the|this|that) .{{1,80}}\b(?:issued|published)\b",
            re.IGNORECASE,
        ),
    ),
    (
        "title",
        re.compile(
            rf"{_KIND}的?(?:完整|正式)?(?:标题|题目|题名|全称|全名){_WHAT}|{_THIS}{_KIND}的?名称{_WHAT}|(?:标题|题目)(?:是|叫|为)(?:什么|啥)|title of (?:the|this|that) (?:document|notice|letter|report|article|reply)",
            re.IGNORECASE,
        ),
    ),
)
_ASKING = re.compile(
    r"发文字号|发文号|发文编号|公文字号|文件字号|文号(?!〔)|编号|字号|(?:发文|印发|发布|制发|落款|签发|成文)(?:机关|机构|单位|部门|日期|时间)"
    r"|(?:什么|哪一?[个家]?)(?:单位|部门|机关|机构)?|什么时[候间]|何时|哪一?[天日年]|几月几[日号]|谁|多少|标题|题目|题名|全称|全名|名称"
    r"|(?:联合)?(?:印发|发文|发布|下发|制发|出具|签发|成文|落款|发出|发的)|\b(?:number|issuing|body|agency|authority|date|issued?|published|title)\b",
    re.IGNORECASE,
)
_GAP = r"\s*"
_NUMBER_MARKS = {"〔": "[〔［\\[【（(]", "〕": "[〕］\\]】）)]"}
_DATE = re.compile(DATE)
_LONGEST_LINE = 60


def asked_property(text: str) -> DocumentProperty | None:
    """The property of a document that a question (search text) asks for; None where it asks for anything else.

    Examples
    --------
    >>> asked_property("这份文件的发文字号是什么?"), asked_property("这份通知是什么时候印发的?")
    ('number', 'date')
    >>> asked_property("学校是哪一年创办的?"), asked_property("学校发文是为了什么?")
    (None, None)
    """
    if not _ABOUT.search(text):
        return next((kind for kind, pattern in _PATTERNS[:1] if pattern.search(text)), None)
    return next((kind for kind, pattern in _PATTERNS if pattern.search(text)), None)


def speaks_of(text: str, title: str) -> bool:
    """Whether a question (search text) speaks of a document with this title, and not of something else that is a report or a notice too: it
    says 这份文件 or the like, or a kind that ends the title. Of a title that says no kind, as those of news, any may be meant.

    Examples
    --------
    >>> speaks_of("校园安全的通知是谁印发的?", "关于校园安全的通知"), speaks_of("检测报告由谁出具?", "关于校园安全的通知")
    (True, False)
    """
    if _A_DOCUMENT.search(text):
        return True
    named = _BEHIND_TITLE.sub("", title)
    if not _ABOUT.search(named):
        return True  # the title does not say what it is the title of
    end = "".join(named.split())[-_TITLE_END:].lower()
    return any(
        one in end for kind in _ABOUT.findall(text.lower()) for one in (kind, *_ENGLISH_KINDS.get(kind, ()))
    )


def without_property_words(text: str) -> str:
    """The question without the words that ask for the property and those for any document: what is left names one.

    Examples
    --------
    >>> without_property_words("山西省能源局的答复,发文字号是什么?")
    '山西省能源局的答复,是?'
    """
    text = _ASKING.sub("", text)
    return re.sub(
        rf"{_THIS}|文件|公文|文档|document|notice|letter|report|article|reply", "", text, flags=re.IGNORECASE
    )


def property_places(text: str, metadata: DocumentMetadata, asked: DocumentProperty) -> list[tuple[int, int]]:
    """Places ``[start, end)`` of a property in the source text, in order; several for a document of several bodies.

    Empty where the document does not say it.
    """
    value = str(getattr(metadata, asked))
    if not value.strip():
        return []
    if asked == "date":
        dates = [(m.start(), m.end()) for m in _DATE.finditer(text) if iso_of_match(m) == value]
        return _most_alone(text, dates)[-1:]
    values = [one for one in value.split("、") if one.strip()] if asked == "issuer" else [value]
    places: list[tuple[int, int]] = []
    for one in values:
        found = [(m.start(), m.end()) for m in _written(one).finditer(text)]
        alone = _most_alone(text, found)
        if not alone:
            return []
        places.append(alone[-1] if asked == "issuer" else alone[0])
    return sorted(places)


def _written(value: str) -> re.Pattern[str]:
    """Pattern of a value as it may stand in the text: spaces and line breaks inside it, other brackets."""
    letters = [_NUMBER_MARKS.get(char, re.escape(char)) for char in value if not char.isspace()]
    return re.compile(_GAP.join(letters))


def _most_alone(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places that fill a line, else those in the shortest kind of line, else all."""
    rest = [_rest_of_line(text, start, end) for start, end in places]
    for most in (2, _LONGEST_LINE):
        chosen = [place for place, more in zip(places, rest, strict=True) if more <= most]
        if chosen:
            return chosen
    return places


def _rest_of_line(text: str, start: int, end: int) -> int:
    low = text.rfind("\n", 0, start) + 1
    high = text.find("\n", end)
    return len((text[low:start] + text[end : high if high >= 0 else len(text)]).strip())
