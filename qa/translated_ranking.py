"""Passages for an English question, ordered anew by how many of its words they say, in Chinese or as they are.

The vectors of a small embedder find a passage's subject; which of ten passages on one subject is meant, its words tell better.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from qa.table_cells import says_number
from qa.translations import Translations, phrase_key

__all__ = ["translated_shares"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_ALREADY_CHINESE = re.compile(r"\d+年(?:\d+月(?:\d+日)?)?|\d+月(?:\d+日)?|[\u3400-\u9fff]+|\d+(?:[.,]\d+)*")


def translated_shares(
    question: str, texts: Sequence[str], *, translations: Translations | None = None
) -> list[float]:
    """For each text the share of the question's words that it says, 0 to 1, by their weight: a word weighs the more the fewer of the texts
    say it, log(1 + n / (½ + number of texts)), and nothing where all or none do.

    A text in Latin letters says a word itself, any other one its translation. Names that already stand in Chinese and numbers count as
    words. The share of a text in Chinese is made smaller by that of the words without a translation, so that a question in a third
    language, of which the table knows a word by chance, is left alone.

    Examples
    --------
    >>> table = Translations({"coal": "煤 煤炭", "brand": "品牌"})
    >>> translated_shares("Which coal 大同?", ["大同的煤", "大同的苹果", "太原"], translations=table)[0]
    1.0
    """
    phrases = (translations or Translations.bundled()).phrases(question)
    own = {number: _stems(text) for number, text in enumerate(texts) if _is_latin(text)}
    terms = {(phrase_key(words), tuple(meant)) for words, meant in phrases}
    terms |= {("", (word,)) for word in _ALREADY_CHINESE.findall(question)}
    said = [0.0] * len(texts)
    total = 0.0
    for key, meant in sorted(terms):
        stems = set(key.split())
        holders = [
            number
            for number, text in enumerate(texts)
            if (stems <= own[number] if stems and number in own else any(_says(text, word) for word in meant))
        ]
        if not 0 < len(holders) < len(texts):
            continue
        weight = math.log1p(len(texts) / (0.5 + len(holders)))
        total += weight
        for number in holders:
            said[number] += weight
    if not total:
        return said
    told = sum(len(words) for words, _ in phrases)
    known = sum(len(words) for words, meant in phrases if meant) / told if told else 1.0
    return [(1.0 if number in own else known) * share / total for number, share in enumerate(said)]


def _is_latin(text: str) -> bool:
    """Whether a text is written in Latin letters, but for a name or two."""
    return 4 * len(_HAN.findall(text)) < len(_LATIN.findall(text))


def _stems(text: str) -> set[str]:
    return set(phrase_key(_LATIN_WORD.findall(text)).split())


def _says(text: str, word: str) -> bool:
    return says_number(text, word) if word[0].isdigit() and word in text else word in text
