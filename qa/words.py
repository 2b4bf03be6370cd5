"""Words of a passage for borders and tags: jieba's, with figures and addresses as one word each. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import rjieba

from qa.figures import find_figures

__all__ = ["ADDRESS", "SURNAMES", "Word", "words_of"]

ADDRESS = re.compile(
    r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+|https?://[^\s,。、;)》”]+|www\.[A-Za-z0-9.\-/]+"
)
"""A mail address or a link: one word."""
_TITLE = re.compile(r"(?:[长员师]|书记|主任|主席|经理|记者|总裁|教授|院士|委员|代表|同志)$")
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚"
    "谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文牛闫蓝岳向温柴南解"
)
"""Common surnames."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a figure or a mark at ``[start, end)`` with jieba's part of speech; ``fig`` for a figure."""

    start: int
    end: int
    tag: str


@lru_cache(maxsize=2048)
def words_of(text: str) -> tuple[Word, ...]:
    """Words of a passage in order, without gaps; a figure is one word whatever the dictionary says."""
    words: list[Word] = []
    position = 0
    whole = [(m.start(), m.end(), ((m.start(), m.end()),)) for m in ADDRESS.finditer(text)]
    figures = [(f.start, f.end, tuple(f.parts) or ((f.start, f.end),)) for f in find_figures(text)]
    for start, end, parts in sorted([*whole, *figures], key=lambda found: (found[0], -found[1])):
        if start < position:
            continue
        words.extend(_tagged(text, position, start))
        words.extend(Word(a, b, "fig") for a, b in parts)
        position = end
    words.extend(_tagged(text, position, len(text)))
    return _with_names(text, words)


def _with_names(text: str, words: list[Word]) -> tuple[Word, ...]:
    """Join a surname that the dictionary took for a preposition to the given name after it, behind a title (董事长|向|文波)."""
    joined: list[Word] = []
    for word in words:
        last = joined[-1] if joined else None
        if (
            last is not None
            and len(joined) > 1
            and text[last.start : last.end] in SURNAMES
            and 1 <= word.end - word.start <= 2
            and word.tag.startswith(("n", "v", "a", "b"))
            and _TITLE.search(text, joined[-2].start, joined[-2].end)
            and joined[-2].end == last.start
        ):
            joined[-1] = Word(last.start, word.end, "nr")
        else:
            joined.append(word)
    return tuple(joined)


def _tagged(text: str, start: int, end: int) -> list[Word]:
    words: list[Word] = []
    position = start
    for word, tag in rjieba.tag(text[start:end]) if start < end else []:
        words.append(Word(position, position + len(word), tag))
        position += len(word)
    return words
