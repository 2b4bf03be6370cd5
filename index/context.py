"""What stands above a passage in its document: the title and the headings that it goes under. Pure."""

from __future__ import annotations

import re

from index.types import Passage

__all__ = ["lines_above"]

_HEADINGS = 2  # the innermost
_LINE_CHARS = 60
_FILE_NAME = re.compile(r"(?=\S*[\d_])[!-~]+")
"""A name such as 000_a7473 or scan0012 that stood in for a title: it says nothing."""


def lines_above(title: str, passage: Passage) -> list[str]:
    """The title (search text) of a passage's document and its last two headings, as far as the passage does not say them itself; at
    most 60 characters of each. A title that is only the name of a file is left out.

    Examples
    --------
    >>> passage = Passage("甲#1", "甲", 0, 5, 0, 5, "粮食增产。", ("一、农业",))
    >>> lines_above("工作报告", passage), lines_above("000_a747320a06236df0", passage)
    (['工作报告', '一、农业'], ['一、农业'])
    """
    lines = ["" if _FILE_NAME.fullmatch(title) else title, *passage.heading[-_HEADINGS:]]
    cut = (line.strip()[:_LINE_CHARS] for line in lines)
    return list(dict.fromkeys(line for line in cut if line and line not in passage.text))
