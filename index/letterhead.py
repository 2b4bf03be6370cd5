"""The lines above the body of a document: letterhead, number, title, labels. Pure; reads the shape of lines, no sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.issue_dates import DATE_LINE

__all__ = [
    "HeadLine",
    "body_names",
    "document_number",
    "head_lines",
    "label_value",
    "letterhead_issuer",
    "official_title",
    "title_issuer",
    "title_of",
]

_HEAD_LINES = 30
_LONGEST_HEAD_LINE = 100
_TITLE_LINES = 4

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_KINDS = (
    "答复|复函|函|通知|通报|公告|通告|意见|决定|决议|报告|请示|批复|命令|令|公报|议案|纪要|说明|规定|办法|方案|细则|规划|计划"
    "|要点|措施|条例|规则|建议|提案|倡议书|解读|启事|公示|指南|汇报|总结|批示|预案|目录|清单|公开信|讲话"
)
_BODIES = (
    "委员会|人民政府|政府|办公厅|办公室|局|厅|部|署|委|院|处|党组|中心|公司|集团|协会|学会|联合会|商会|工会|大学|学院|学校|银行"
    "|指挥部|领导小组|联席会议|基金会|编辑部|研究所|报社|出版社|总站|总队|支队|海关"
)
_LAST_OF_A_BODY = frozenset([*(body[-1] for body in _BODIES.split("|")), "）", ")", "件"])
_OFFICIAL_TITLE = re.compile(
    rf"(?P<before>[^。；;！!？?：:，,《》\t|]{{0,60}}?)关于[^。；;\t|]{{2,160}}?(?:{_KINDS})(?:[（(][^（）()]{{1,20}}[）)]){{0,2}}"
)
_ONLY_A_KIND = re.compile(rf"(?:{_KINDS})")
_PASSES_ON = re.compile(r"(?:转发|印发|批转)[^关]*$")
_BODY_NAME = re.compile(rf"[{_HAN}（）()·]{{0,37}}(?:{_BODIES})(?:[（(][^（）()]{{1,12}}[）)])?")
_NOT_IN_A_BODY_NAME = re.compile("关于|[的了是]")
_PUBLISHES = re.compile(r"\s*(?:令|公告|通告|公报)$")
_AFTER_A_BODY_NAME = re.compile(r"\s*(?:[（(](?:盖章|印章|公章|章|代章|签章)[）)]|文件)$")
_SPACE_IN_HAN = re.compile(
    rf"(?<=[{_HAN}，。、《》〈〉“”（）〔〕：；])\s+(?=[{_HAN}，。、《》〈〉“”（）〔〕：；])"
)

_MARKDOWN = re.compile(r"(#{1,6})\s+(.*?)[#\s]*")
_LIST_ITEM = re.compile(
    r"[-*+•·>|!<\[]|第[一二三四五六七八九十\d]{1,4}[章节条编篇部]|[一二三四五六七八九十]{1,3}、"
    r"|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.、]\s?\D"
)
_LABELLED = re.compile(r"(?P<label>[A-Za-z一-鿿\u3000 ]{1,12}?)\s*[:：]\s*(?P<value>\S.*)")
_OTHER_LABEL = re.compile(
    r"来源|作者|记者|.*编辑|浏览|阅读|.*字号|.*文号|索引号|分类|主题|主题词|承办.*|.*编号|.*电话|联系.*|邮发.*|投稿.*|签发人|抄送|附件"
    r"|.*日期|.*时间|负责人|date|published|issued|url|source|author|tags?|layout",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"[A-Z]\s?类|附\s?[件录]\s?\d*|[特加]\s?急.*|(?:绝密|机密|秘密|内部).{0,8}|[（(【].*[）)】]|[-=_*—~·.\s]+|——.*"
    r"|.*第\s?\d+\s?期.*|.{0,12}(?:记者|通讯员).{0,12}"
)
_LETTERS = re.compile(r"[^\W\d_]{2}")

_YEAR_IN_BRACKETS = re.compile(
    rf"(?P<prefix>[{_HAN}]{{1,15}})\s?[〔［\[【（(]\s?(?P<year>(?:19|20)\d\d)\s?[〕］\]】）)]\s?(?P<nth>第?)\s?(?P<number>\d{{1,5}})\s?号"
)
_NUMBER_OF_YEAR = re.compile(
    rf"[（(]?(?P<prefix>[{_HAN}]{{0,20}}?)\s?(?P<year>(?:(?:19|20)\d\d\s?年\s?)?)第\s?(?P<number>\d{{1,5}})\s?号[）)]?"
)


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A line above the body, without its Markdown marks."""

    level: int
    """Of a Markdown heading, 0 for other lines."""
    text: str


def head_lines(lines: list[str]) -> list[HeadLine]:
    """Lines above the first one that is a sentence or a paragraph."""
    head: list[HeadLine] = []
    for line in lines[:_HEAD_LINES]:
        if len(line) > _LONGEST_HEAD_LINE or "。" in line:
            break
        markdown = _MARKDOWN.fullmatch(line)
        text = (markdown[2] if markdown else line).strip("*_` \u3000")
        if text:
            head.append(HeadLine(len(markdown[1]) if markdown else 0, text))
    return head


def label_value(head: list[HeadLine], labels: frozenset[str]) -> str:
    """Value of the first line ``label: value``."""
    for line in head:
        found = _LABELLED.fullmatch(line.text)
        if found and "".join(found["label"].split("\u3000")).strip().lower() in labels:
            return found["value"].strip("\"'")
    return ""


def body_names(line: str) -> str:
    """Names of issuing bodies, joined by ``、``, if the line holds nothing else; else empty."""
    if line[-1:] not in _LAST_OF_A_BODY or len(line) > _LONGEST_HEAD_LINE or _NOT_IN_A_BODY_NAME.search(line):
        return ""
    names = re.split(r"[\s、]+", _AFTER_A_BODY_NAME.sub("", line))
    if all(len(name) == 1 for name in names):  # a letterhead s p a c e d out
        names = ["".join(names)]
    fits = all(len(name) >= 3 and _BODY_NAME.fullmatch(name) for name in names)
    return "、".join(names) if fits else ""


def document_number(line: str) -> str:
    """Document number that makes up a line of the head, or follows its letterhead or label; else empty."""
    if found := _YEAR_IN_BRACKETS.search(line):
        before = line[: found.start()]
        after = line[found.end() :]
        labelled = not before or before[-1].isspace() or before[-1] in "：:（("
        if labelled and not re.search("[，,。；;《“]", before) and (not after or after[0] in " \u3000\t）)"):
            return f"{found['prefix']}〔{found['year']}〕{found['nth']}{found['number']}号"
        return ""
    if (found := _NUMBER_OF_YEAR.fullmatch(line)) and "关于" not in line:
        return f"{found['prefix']}{''.join(found['year'].split())}第{found['number']}号"
    return ""


def letterhead_issuer(head: list[HeadLine], lines: list[str]) -> str:
    """Issuing bodies at the top of an official document, or else in its last line."""
    names: list[str] = []
    for line in head:
        name = body_names(_PUBLISHES.sub("", line.text))
        if name:
            names.append(name)
        elif names:
            break
    return "、".join(names) or body_names(lines[-1])


def official_title(head: list[HeadLine], first: int) -> re.Match[str] | None:
    """Title 关于…的通知 that begins in line ``first`` and may go on over the next three."""
    if "关于" not in head[first].text:
        return None
    joined = ""
    for line in head[first : first + _TITLE_LINES]:
        if joined and (
            line.text.endswith(("：", ":")) or document_number(line.text) or _LABELLED.fullmatch(line.text)
        ):
            return None
        joined = _SPACE_IN_HAN.sub("", f"{joined} {line.text}".strip())
        found = _OFFICIAL_TITLE.fullmatch(joined)
        if found and all(joined.count(left) == joined.count(right) for left, right in ("《》", "（）", "“”")):
            return found
    return None


def title_issuer(title: re.Match[str]) -> str:
    """Body named at the beginning of a title: 山西省人民政府办公厅关于…."""
    return body_names(_PASSES_ON.sub("", title["before"]).strip())


def title_of(head: list[HeadLine], official: re.Match[str] | None, official_line: int, issuer: str) -> str:
    """Official title, unless a Markdown heading stands above it; else the first line that looks like a headline."""
    headline = ""
    for line in head[:official_line]:
        if not headline and _is_headline(line.text):
            headline = " ".join(line.text.split())
            if _ONLY_A_KIND.fullmatch(compact := "".join(headline.split())):
                headline = compact
            if line.level == 1:
                return headline
    if official:
        return official[0]
    if headline or issuer:
        return headline
    # A headline may end like the name of a body: 省长走访晋能控股集团.
    return next((line.text for line in head if body_names(line.text)), "")


def _is_headline(text: str) -> bool:
    compact = "".join(text.split())
    if _ONLY_A_KIND.fullmatch(compact):
        return True
    if not 4 <= len(compact) <= _LONGEST_HEAD_LINE or text.endswith(
        ("。", "；", ";", "，", ",", "、", "：", ":", ".")
    ):
        return False
    if "\t" in text or _NO_TITLE.fullmatch(text) or _LIST_ITEM.match(text) or not _LETTERS.search(text):
        return False
    labelled = _LABELLED.fullmatch(text)
    if labelled and _OTHER_LABEL.fullmatch("".join(labelled["label"].split())):
        return False
    return not (document_number(text) or body_names(text) or DATE_LINE.fullmatch(text))
