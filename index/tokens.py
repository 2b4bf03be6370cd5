"""Text -> lexical terms: jieba words (search mode), Han bigrams, single Han characters. Pure.

jieba owns the dictionary and the format of user dictionaries; rjieba cuts with the same dictionary eight times as fast.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from operator import add

import rjieba

from index.folding import HAN

__all__ = ["QUESTION_WORDS", "TOKENS_VERSION", "Terms", "check_dictionary", "lexical_terms", "query_terms"]

TOKENS_VERSION = 1
"""Raised whenever the terms of any text change; saved in the index."""

QUESTION_WORDS = frozenset(
    """
    的 了 是 在 吗 呢 吧 啊 么 之 请 请问 问 什么 甚么 何 多少 几 哪 哪里 哪儿 哪个 哪些 哪一 哪一年 哪年 哪位 哪家 谁 怎么 怎样 怎么样
    如何 为什么 为何 是否 是不是 有没有 有哪些 是什么 是多少 有多少 多大 多长 多高 何时 何地 什么时候 几个 一共 总共 分别
    the a an of in on at to for and or is are was were be been do does did has have had what which who whom whose when where why
    how many much it its this that these those with by from as
    """.split()  # noqa: SIM905  (a list literal would take a page)
)
"""Words that ask rather than say what is asked about: left out of queries, never out of documents."""

_ASKING = re.compile(
    "|".join(sorted((w for w in QUESTION_WORDS if len(w) > 1 and not w.isascii()), key=len, reverse=True))
)
_UNSPACED = "\u3040-\u30ff\uac00-\ud7a3\u0e00-\u0e7f"
"""Kana, Hangul, Thai: no dictionary here knows their words; their bigrams find them."""
_NUMBER = r"(?<!\d)(?<!\d[.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|(?<!\d\.)\d+\.\d+(?![.\d])|\d+"
"""A number with thousands separators, one with decimals, or digits; ``2021,2022`` are two, ``2025.6.20`` three."""
_RUN = re.compile(
    rf"(?P<han>[{HAN}]+)|(?P<number>{_NUMBER})|(?P<unspaced>[{_UNSPACED}]+)|(?P<word>[^\W\d_{HAN}{_UNSPACED}]+)"
)
_HAN_WORD = re.compile(f"[{HAN}]+")
_DICTIONARY_LINE = re.compile(r"(?P<word>.+?)(?: (?P<frequency>\d+))?(?: (?P<tag>[a-z]+))?")


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of one text, with repetitions, in order."""

    words: tuple[str, ...]
    bigrams: tuple[str, ...]
    characters: tuple[str, ...]


def lexical_terms(text: str, *, dictionary: str = "") -> Terms:
    """Terms of a search text, lower-cased; numbers keep their decimals and lose their thousands separators.

    ``dictionary`` is the content of a user dictionary in jieba's form: a word a line, with or without frequency and tag.

    Examples
    --------
    >>> lexical_terms("每年转化煤炭1,200万吨").words
    ('每年', '转化', '煤炭', '1200', '万吨')
    >>> lexical_terms("煤炭").bigrams
    ('煤炭',)
    """
    text = text.lower()
    cut, mixed = _cutter(dictionary)
    words: list[str] = mixed.findall(text) if mixed else []
    bigrams: list[str] = []
    characters: list[str] = []
    runs = [(match.lastgroup, match.group()) for match in _RUN.finditer(text)]
    # one call for all Han runs: a call for each costs as much as the cutting
    segmented = iter(cut("\n".join([run for kind, run in runs if kind == "han"])))
    for kind, run in runs:
        if kind == "han":
            for word in segmented:
                if word == "\n":
                    break
                words.append(word)
        else:
            words.append(run.replace(",", ""))
        if kind == "han" or kind == "unspaced":
            characters += run
            bigrams += map(add, run, run[1:])
    return Terms(tuple(words), tuple(bigrams), tuple(characters))


def query_terms(query: str, *, dictionary: str = "") -> Terms:
    """Terms of a query: those of its text, each once, without the words that only ask."""
    asked = _ASKING.sub(" ", query.lower())
    terms = lexical_terms(asked, dictionary=dictionary)
    return Terms(
        tuple(dict.fromkeys(word for word in terms.words if word not in QUESTION_WORDS)),
        tuple(dict.fromkeys(terms.bigrams)),
        tuple(dict.fromkeys(terms.characters)),
    )


@lru_cache(maxsize=4)
def _cutter(dictionary: str) -> tuple[Callable[[str], list[str]], re.Pattern[str] | None]:
    """Search-mode segmentation of Han runs without guessing at unknown words; the words that are not Han alone, ``5g网络``."""
    if not dictionary:
        return lambda run: rjieba.cut_for_search(run, False), None
    segmenter = rjieba.Jieba()
    mixed: list[str] = []
    for word, frequency, tag in check_dictionary(dictionary):
        segmenter.add_word(word, frequency, tag)
        if not _HAN_WORD.fullmatch(word):
            mixed.append(word)
    longest_first = sorted(mixed, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first))) if mixed else None
    return lambda run: segmenter.cut_for_search(run, False), pattern


def check_dictionary(dictionary: str) -> list[tuple[str, int | None, str | None]]:
    """Return the entries of a user dictionary: (word in lower case, frequency, tag).

    Raises
    ------
    ValueError
        A line is not ``word [frequency] [tag]``.
    """
    entries: list[tuple[str, int | None, str | None]] = []
    for number, line in enumerate(dictionary.splitlines(), start=1):
        line = line.strip().lstrip("\ufeff")
        if not line:
            continue
        match = _DICTIONARY_LINE.fullmatch(line)
        if match is None or " " in match["word"]:
            raise ValueError(
                f"line {number} of the dictionary is not 'word [frequency] [tag]': {line[:40]!r}"
            )
        frequency = int(match["frequency"]) if match["frequency"] else None
        entries.append((match["word"].lower(), frequency, match["tag"]))
    return entries
