"""What a document says of itself: title, issuing body (发文机关), document number (发文字号), date of issue. Pure.

Reads the lines above the body and the signature below it by their shape. Says nothing where nothing stands: it never takes
a word from the sentences of the body, and of several documents in one file it describes the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.issue_dates import DATE, DATE_LINE, iso_date, iso_of_match
from index.letterhead import (
    HeadLine,
    body_names,
    document_number,
    head_lines,
    label_value,
    letterhead_issuer,
    official_title,
    title_issuer,
    title_of,
)
from index.types import DocumentMetadata

__all__ = ["parse_metadata"]

_END_CHARS = 200_000
"""Characters read at each end of a longer text."""
_LONGEST_DATE_LINE = 60
_TAIL_LINES = 6

# fmt: off
_TITLE_LABELS = frozenset(["标题", "文件标题", "文件名称", "title"])
_ISSUER_LABELS = frozenset([
    "发文机关", "发布机构", "发文单位", "发布单位", "发布机关", "制发机关", "印发单位", "issued by", "published by",
])
_DATE_LABELS = frozenset(["成文日期", "发文日期", "签发日期", "印发日期"])
# fmt: on
_MASTHEAD_DATE = re.compile(
    rf"(?:^|[\s:：（(|]){DATE}(?=$|[\s）)|，,]|星期|第|[^）)]{{4,60}}(?:通过|公布|发布|印发)[）)]$)"
)


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
    head = head_lines(lines)
    signatures = _signatures(lines)
    signed = _first_signed(signatures, len(head))
    official_line, official = next(
        ((i, found) for i in range(len(head)) if (found := official_title(head, i))), (len(head), None)
    )
    number = next((of_line for line in head if (of_line := document_number(line.text))), "")
    issuer = label_value(head, _ISSUER_LABELS)
    if not issuer and signed is not None:
        issuer = signed.issuer
    if not issuer and (official or number):
        issuer = letterhead_issuer(head, lines) or (title_issuer(official) if official else "")
    title = label_value(head, _TITLE_LABELS) or (
        title_of(head, official, official_line, issuer) if len(lines) > 1 else ""
    )
    return DocumentMetadata(
        title=title or fallback_title,
        issuer=issuer,
        number=number,
        date=_date(head, signatures, signed, len(lines)),
    )


def _signatures(lines: list[str]) -> list[_Signature]:
    """Lines that are a date, alone or behind the names of issuing bodies."""
    found: list[_Signature] = []
    for i, line in enumerate(lines):
        # Lines of the body are passed over without looking into them.
        if len(line) > _LONGEST_DATE_LINE or len(line) < 6 or line[0] in "#|":
            continue
        if not ("年" in line or "20" in line or "19" in line):
            continue
        match = DATE_LINE.fullmatch(line)
        iso = iso_of_match(match) if match else ""
        if not match or not iso:
            continue
        before = match["before"]
        issuer = body_names(before)
        if before and not issuer:
            continue
        if not before:
            names: list[str] = []
            for above in reversed(lines[max(0, i - 4) : i]):
                if not (name := body_names(above)):
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


def _date(head: list[HeadLine], signatures: list[_Signature], signed: _Signature | None, count: int) -> str:
    """Date of issue: named as such, of the signature, of the letterhead or masthead, or alone at the end."""
    if named := iso_date(label_value(head, _DATE_LABELS)):
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
