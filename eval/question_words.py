"""The question word of a question, for the breakdown by kind of question: 多少, 谁, 什么时候, *how many* …"""

from __future__ import annotations

import re

from index.normalize import fold

__all__ = ["OTHER", "question_word"]

OTHER = "other"

# In order: the first pattern that is found names the question, so the more exact ones stand first.
_PATTERNS = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("哪些", r"哪些|哪[几两二三四五六七八九十]|有何|分别(?:是|为)"),
        ("什么时候", r"(?:[什甚]么|啥)时[候间]|何时|哪一?[年月天日]|几[月日号]|何年|哪个(?:年代|世纪|月|日期)"),
        ("多少", r"多少|几(?![乎何])|多[大高长远重久快宽深]|百分之几"),
        ("谁", r"谁|哪一?[位名]|何人|[什甚]么人"),
        ("哪里", r"哪里|哪儿|何[处地]|[什甚]么地[方点]|哪一?个?(?:省|市|县|国|国家|城市|地区|地方)"),
        ("为什么", r"为[什甚]么|为何|为啥|何以|[什甚]么原因|原因是|怎么会"),
        ("怎样", r"怎么|怎样|如何"),
        ("哪个", r"哪|何者"),
        ("什么", r"[什甚]么|何|啥|是不是|吗"),
        ("how many", r"\bhow (?:many|much|long|old|far|often|large|big|high|tall)\b|\bwhat (?:percentage|number|year range)\b"),
        ("when", r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|decade)\b"),
        ("who", r"\bwho(?:m|se)?\b"),
        ("where", r"\bwhere\b|\b(?:what|which) (?:city|country|state|place)\b"),
        ("why", r"\bwhy\b"),
        ("how", r"\bhow\b"),
        ("which", r"\bwhich\b"),
        ("what", r"\bwhat\b"),
    )
)  # fmt: skip


def question_word(question: str) -> str:
    """Return the question word in simplified Chinese or English, ``other`` where there is none.

    >>> question_word("援建資金是多少？"), question_word("Who led the defence?"), question_word("😀")
    ('多少', 'who', 'other')
    """
    folded = fold(question)
    return next((name for name, pattern in _PATTERNS if pattern.search(folded)), OTHER)
