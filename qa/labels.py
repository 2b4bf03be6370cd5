"""Rows of forms: ``承办人: 杨国强``, ``面商地点<tab>市政协办公楼``. Is a span the value of a label, or a label itself? Pure."""

from __future__ import annotations

import re

__all__ = ["is_label", "label_agreement"]

_BEFORE = re.compile(r"([\u4e00-\u9fffA-Za-z]+)(?:[(][^()\n]{0,8}[)])?[ ]*(:[ ]*\n?|\t|[ ]*\|[ ]*)\Z")
_LABEL_END = re.compile(
    r"(?:[人号话位点间名况期关称址编箱见式类额量率等度职务级别员者者注明由]|意见|要点|要求|内容|事项)$"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LONGEST = 8
_SHORT_LINE = 16


def _label_before(text: str, start: int) -> str:
    match = _BEFORE.search(text, max(0, start - 24), start)
    if match is None or _HAN.search(match[1]) is None:
        return ""
    following = text.find("\n", start)
    line_end = following if following >= 0 else len(text)
    if match[2].endswith("\n") and line_end - start > _SHORT_LINE:
        return ""  # a salutation, a heading
    if match[2] == "\t" and not is_label(text, match.start(1), match.end(1)):
        return ""
    return match[1]


def is_label(text: str, start: int, end: int) -> bool:
    """Whether a span is a label itself: a colon follows, or it is every other cell of a row and reads like one.

    Examples
    --------
    >>> is_label("承办人: 杨国强", 0, 3)
    True
    """
    surface = text[start:end]
    if len(surface) > _LONGEST or any(char.isdigit() for char in surface):
        return False
    line = text.rfind("\n", 0, start) + 1
    cells = text[line:start].lstrip("\t").split("\t")
    opens = not cells[-1].strip()
    if text[end : end + 1] == ":" or text[end : end + 2] == " :":
        return opens
    return (
        opens
        and text[end : end + 1] == "\t"
        and len(cells) % 2 == 1
        and _LABEL_END.search(surface) is not None
    )


_GENERIC = {
    "person": "姓名",
    "phone": "电话",
    "date": "[时期]间|日期",
    "place": "地[点址]",
    "organisation": "单位|机构|部门",
    "email": "邮箱",
    "code": "[编文]号",
}


def label_agreement(question: str, text: str, start: int, kind: str = "") -> float:
    """1 where the question names the label before the span, -1 where it shares no two characters with it, 0 without a label.

    Examples
    --------
    >>> label_agreement("承办人是谁?", "承办人: 杨国强", 5), label_agreement("负责人是谁?", "承办人: 杨国强", 5)
    (1.0, -1.0)
    """
    label = _label_before(text, start)
    if len(label) < 2:
        return 0.0
    longest = next((n for n in range(min(len(label), 10), 1, -1) if label[-n:] in question), 0)
    if longest:
        return 1.0 if longest > 2 and len(label) > _LONGEST else 2 * longest / len(label) - 1
    if kind in _GENERIC and re.search(f"(?:{_GENERIC[kind]})$", label):
        return 0.3
    if len(label) > _LONGEST:
        return 0.0
    pairs = [label[i : i + 2] for i in range(len(label) - 1)]
    return 2 * sum(pair in question for pair in pairs) / len(pairs) - 1
