"""A passage -> its parts of a sentence or a few: what has vectors of its own. Pure."""

from __future__ import annotations

import re

__all__ = ["LEAST_SIZE", "MOST_PARTS", "sentence_parts", "text_size"]

LEAST_SIZE = 24
"""Of a part, in Han characters, a word of another script counting two: shorter sentences are joined with the next. Measured: model
card of the embedder."""
MOST_PARTS = 256
"""Of one passage; of a very long one the parts are longer."""

_SENTENCES = re.compile(r"(?<=[。！？；!?;\n])|(?<=\. )")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_WORD = re.compile(r"[^\W_\u3400-\u9fff]+")


def text_size(text: str) -> int:
    """Han characters, and twice the words and numbers of other scripts.

    Examples
    --------
    >>> text_size("转化1200万吨 of coal")
    11
    """
    return sum(map(len, _HAN.findall(text))) + 2 * len(_WORD.findall(text))


def sentence_parts(text: str, *, least: int = LEAST_SIZE) -> list[str]:
    """The sentences and lines of a passage, each joined with the next until it has the size ``least``; together they are the text.

    What is left at the end goes with the last part where it is smaller than half of ``least``.

    Examples
    --------
    >>> sentence_parts("全年引进项目12个。其中新材料类5个，协议总金额46.2亿元。会议号召各位代表。完。", least=9)
    ['全年引进项目12个。', '其中新材料类5个，协议总金额46.2亿元。', '会议号召各位代表。完。']
    """
    parts: list[str] = []
    waiting, size = "", 0
    for sentence in _SENTENCES.split(text):
        waiting += sentence
        size += text_size(sentence)
        if size >= least:
            parts.append(waiting)
            waiting, size = "", 0
    if waiting and parts and 2 * size < least:
        parts[-1] += waiting
    elif waiting:
        parts.append(waiting)
    return parts if len(parts) <= MOST_PARTS else sentence_parts(text, least=2 * least)
