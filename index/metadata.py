"""What a document says of itself: title, issuing body (发文机关), document number (发文字号), date of issue. Pure.

Reads the lines above the body and the signature below it by their shape. Says nothing where nothing stands: it never takes
a word from the sentences of the body, and of several documents in one file it describes the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.issue_dates import DATE, iso_date, iso_of_match
from index.types import DocumentMetadata

__all__ = ["parse_metadata"]

_END_CHARS = 200_000
"""Characters read at each end of a longer text."""
_HEAD_LINES = 30
_LONGEST_HEAD_LINE = 100
_LONGEST_DATE_LINE = 60
_TAIL_LINES = 6

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
_TITLE_LABELS = frozenset(["标题", "文件标题", "文件名称", "title"])
_ISSUER_LABELS = frozenset(
    [
        "发文机关",
        "发布机构",
        "发文单位",
        "发布单位",
        "发布机关",
        "制发机关",
        "印发单位",
        "issued by",
        "published by",
    ]
)
_DATE_LABELS = frozenset(["成文日期", "发文日期", "签发日期", "印发日期"])
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
_DATE_LINE = re.compile(
    rf"(?P<before>.*?)\s*[（(]?{DATE}[）)]?(?:\s*(?:星期|周)[一二三四五六日天])?(?:\s*\d{{1,2}}:\d\d(?::\d\d)?)?(?:\s*[（(].{{0,8}}[）)])?"
)
_MASTHEAD_DATE = re.compile(
    rf"(?:^|[\s:：（(|]){DATE}(?=$|[\s）)|，,]|星期|第|[^）)]{{4,60}}(?:通过|公布|发布|印发)[）)]$)"
)


@dataclass(frozen=True, slots=True)
class _HeadLine:
    level: int
    """Of a Markdown heading, 0 for other lines."""
    text: str


@dataclass(frozen=True, slots=True)
class _Signature:
    """A line that is a date, with the issuing bodies that stand before it (empty if none do)."""

    line: int
    date: str
    issuer: str


def parse_metadata(text: str, *, fallback_title: str = "") -> DocumentMetadata:
    """Return what a document says of itself; ``fallback_title`` where it has no title.

    The number is written with 〔〕 and without spaces whatever brackets stand in the text, the date in ISO form.

    Examples
    --------
    >>> letter = "关于第 0183 号提案的\\n答复\\n晋能源提函[2025]18号\\n委员：\\n您好。\\n山西省能源局\\n2025年6月20日"
    >>> parse_metadata(letter)
    DocumentMetadata(title='关于第 0183 号提案的答复', issuer='山西省能源局', number='晋能源提函〔2025〕18号', date='2025-06-20')
    """
    if len(text) > 2 * _END_CHARS:
        text = f"{text[:_END_CHARS]}\n{text[-_END_CHARS:]}"
    lines = [line for raw in text.splitlines() if (line := raw.strip())]
    head = _head_lines(lines)
    signatures = _signatures(lines)
    signed = _first_signed(signatures, len(head))
    official_line, official = next(
        ((i, found) for i in range(len(head)) if (found := _official_title(head, i))), (len(head), None)
    )
    number = next((of_line for line in head if (of_line := _number(line.text))), "")
    issuer = _label(head, _ISSUER_LABELS)
    if not issuer and signed is not None:
        issuer = signed.issuer
    if not issuer and (official or number):
        issuer = _letterhead(head, lines) or (_title_issuer(official) if official else "")
    title = _label(head, _TITLE_LABELS) or (
        _title(head, official, official_line, issuer) if len(lines) > 1 else ""
    )
    return DocumentMetadata(
        title=title or fallback_title,
        issuer=issuer,
        number=number,
        date=_date(head, signatures, signed, len(lines)),
    )


def _head_lines(lines: list[str]) -> list[_HeadLine]:
    """Lines above the first one that is a sentence or a paragraph."""
    head: list[_HeadLine] = []
    for line in lines[:_HEAD_LINES]:
        if len(line) > _LONGEST_HEAD_LINE or "。" in line:
            break
        markdown = _MARKDOWN.fullmatch(line)
        text = (markdown[2] if markdown else line).strip("*_` \u3000")
        if text:
            head.append(_HeadLine(len(markdown[1]) if markdown else 0, text))
    return head


def _label(head: list[_HeadLine], labels: frozenset[str]) -> str:
    """Value of the first line ``label: value``."""
    for line in head:
        found = _LABELLED.fullmatch(line.text)
        if found and "".join(found["label"].split("\u3000")).strip().lower() in labels:
            return found["value"].strip("\"'")
    return ""


def _bodies(line: str) -> str:
    """Names of issuing bodies, joined by ``、``, if the line holds nothing else; else empty."""
    if line[-1:] not in _LAST_OF_A_BODY or len(line) > _LONGEST_HEAD_LINE or _NOT_IN_A_BODY_NAME.search(line):
        return ""
    names = re.split(r"[\s、]+", _AFTER_A_BODY_NAME.sub("", line))
    if all(len(name) == 1 for name in names):  # a letterhead s p a c e d out
        names = ["".join(names)]
    fits = all(len(name) >= 3 and _BODY_NAME.fullmatch(name) for name in names)
    return "、".join(names) if fits else ""


def _signatures(lines: list[str]) -> list[_Signature]:
    """Lines that are a date, alone or behind the names of issuing bodies."""
    found: list[_Signature] = []
    for i, line in enumerate(lines):
        # Lines of the body are passed over without looking into them.
        if len(line) > _LONGEST_DATE_LINE or len(line) < 6 or line[0] in "#|":
            continue
        if not ("年" in line or "20" in line or "19" in line):
            continue
        match = _DATE_LINE.fullmatch(line)
        iso = iso_of_match(match) if match else ""
        if not match or not iso:
            continue
        before = match["before"]
        issuer = _bodies(before)
        if before and not issuer:
            continue
        if not before:
            names: list[str] = []
            for above in reversed(lines[max(0, i - 4) : i]):
                if not (name := _bodies(above)):
                    break
                names.insert(0, name)
            issuer = "、".join(names)
        found.append(_Signature(i, iso, issuer))
    return found


def _first_signed(signatures: list[_Signature], head_lines: int) -> _Signature | None:
    """First signature below the head, where annexes with their own may follow; else one in the head."""
    signed = [signature for signature in signatures if signature.issuer]
    below = [signature for signature in signed if signature.line >= head_lines]
    return next(iter(below or signed), None)


def _date(head: list[_HeadLine], signatures: list[_Signature], signed: _Signature | None, count: int) -> str:
    """Date of issue: named as such, of the signature, of the letterhead or masthead, or alone at the end."""
    if named := iso_date(_label(head, _DATE_LABELS)):
        return named
    if signed is not None:
        return signed.date
    for line in head:
        if len(line.text) <= _LONGEST_DATE_LINE and (masthead := _MASTHEAD_DATE.search(line.text)):
            iso = iso_of_match(masthead)
            alone = masthead.end() - masthead.start() >= len(line.text) - 2
            if iso and (alone or len(iso) == len("2025-06-20")):
                return iso
    last = signatures[-1] if signatures else None
    return last.date if last is not None and last.line >= count - _TAIL_LINES else ""


def _number(line: str) -> str:
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


def _letterhead(head: list[_HeadLine], lines: list[str]) -> str:
    """Issuing bodies at the top of an official document, or else in its last line."""
    names: list[str] = []
    for line in head:
        name = _bodies(_PUBLISHES.sub("", line.text))
        if name:
            names.append(name)
        elif names:
            break
    return "、".join(names) or _bodies(lines[-1])


def _official_title(head: list[_HeadLine], first: int) -> re.Match[str] | None:
    """Title 关于…的通知 that begins in line ``first`` and may go on over the next three."""
    if "关于" not in head[first].text:
        return None
    joined = ""
    for line in head[first : first + 4]:
        if joined and (
            line.text.endswith(("：", ":")) or _number(line.text) or _LABELLED.fullmatch(line.text)
        ):
            return None
        joined = _SPACE_IN_HAN.sub("", f"{joined} {line.text}".strip())
        found = _OFFICIAL_TITLE.fullmatch(joined)
        if found and all(joined.count(left) == joined.count(right) for left, right in ("《》", "（）", "“”")):
            return found
    return None


def _title_issuer(title: re.Match[str]) -> str:
    """Body named at the beginning of a title: 山西省人民政府办公厅关于…."""
    return _bodies(_PASSES_ON.sub("", title["before"]).strip())


def _title(head: list[_HeadLine], official: re.Match[str] | None, official_line: int, issuer: str) -> str:
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
    return next((line.text for line in head if _bodies(line.text)), "")


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
    return not (_number(text) or _bodies(text) or _DATE_LINE.fullmatch(text))
