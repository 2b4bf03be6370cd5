"""The words that say which property a question asks for: 营业收入 of 营业收入是多少, 就业 of 解决多少人就业. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import rjieba

__all__ = ["content_words", "focus_words", "object_word"]

_ASKING = re.compile(
    r"百分之几|多[少大长高远久重宽深]|第?几|谁|哪一?[个家座条所位种项类届次支份只部批片里儿些年天日月号]?|什么时[候间]|什么|甚么|啥时候|啥|何时|何地|何处|为何|怎么样?|怎样|如何"
)
_COUNTING = re.compile(r"多少|几|哪(?!一?[天年日月里儿时])")
_CONTENT = ("n", "v", "a", "j", "b", "i", "l", "z")
_PLACE = "ns"
_EMPTY = frozenset(
    [
        "是",
        "有",
        "为",
        "达",
        "达到",
        "共",
        "一共",
        "总共",
        "累计",
        "合计",
        "分别",
        "在",
        "于",
        "从",
        "由",
        "给",
        "叫",
        "叫做",
        "称",
        "被",
        "到",
        "会",
        "能",
        "要",
        "想",
        "做",
        "搞",
        "办",
        "用",
        "让",
        "去",
        "来",
        "属于",
        "位于",
        "设在",
        "名字",
        "名称",
        "时候",
        "地方",
        "时间",
        "东西",
        "方面",
        "人",
        "里",
        "上",
        "中",
        "后",
        "前",
        "时",
        "其中",
        "目前",
        "现在",
        "今年",
        "去年",
        "一年",
        "每年",
        "大概",
        "左右",
        "里面",
        "数量",
        "情况",
        "全名",
        "数",
        "能够",
        "可以",
        "具体",
        "准确",
        "听说",
        "请问",
        "同比",
        "重点",
    ]
)


@lru_cache(maxsize=512)
def focus_words(text: str) -> tuple[str, ...]:
    """The content word before the asking word and the one after it; the last content word where nothing asks.

    Examples
    --------
    >>> focus_words("三一集团2022年营业收入多少?")
    ('收入',)
    >>> focus_words("项目投产后能解决多少人就业?")
    ('解决', '就业')
    """
    asking = _ASKING.search(text)
    if asking is None:
        return _words(text, last=True)
    before = _words(text[: asking.start()], last=True)
    after = _words(text[asking.end() :], last=False)
    return tuple(dict.fromkeys((*before, *after)))


def content_words(text: str) -> list[tuple[str, str]]:
    """The words of a text that say a thing, a doing or a property, with jieba's parts of speech; places, and words that say
    little in a question (一共, 情况), are left out."""
    return [
        (word, tag)
        for word, tag in rjieba.tag(text)
        if len(word) > 1
        and tag.startswith(_CONTENT)
        and not tag.startswith(_PLACE)
        and word not in _EMPTY
        and not word.isascii()
    ]


def _words(text: str, *, last: bool) -> tuple[str, ...]:
    words = content_words(text)
    return (words[-1 if last else 0][0],) if words else ()


@lru_cache(maxsize=512)
def object_word(text: str) -> str:
    """The noun right after 多少, 几 or 哪 and a measure word; empty where none stands there.

    Examples
    --------
    >>> object_word("在裕民县种了多少亩黄芩?"), object_word("产值是多少?")
    ('黄芩', '')
    """
    asking = _COUNTING.search(text)
    if asking is None:
        return ""
    for word, tag in rjieba.tag(text[asking.end() :]):
        if tag.startswith(("n", "vn", "j")) and len(word) > 1 and word not in _EMPTY and not word.isascii():
            return word
        if word not in _EMPTY and not tag.startswith(("q", "m", "a", "b", "u")):
            break
    return ""
