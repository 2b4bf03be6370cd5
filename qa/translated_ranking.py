"""Passages for an English question, ordered anew by how many of its words they say in Chinese.

The vectors of a small embedder find a passage's subject; which of ten passages on one subject is meant, its words tell better.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from qa.table_cells import says_number
from qa.translations import Translations

__all__ = ["translated_shares"]

_ALREADY_CHINESE = re.compile(r"\d+年(?:\d+月(?:\d+日)?)?|\d+月(?:\d+日)?|[\u3400-\u9fff]+|\d+(?:[.,]\d+)*")


def translated_shares(
    question: str, texts: Sequence[str], *, translations: Translations | None = None
) -> list[float]:
    """For each text the share of the question's words that it says, 0 to 1, by their weight: a word weighs the more the fewer of the texts
    say it, log(1 + n / (½ + number of texts)), and nothing where all or none do.

    Names that already stand in Chinese and numbers count as words. The share is made smaller by that of the words without a translation,
    so that a question in a third language, of which the table knows a word by chance, is left alone.

    Examples
    --------
    >>> table = Translations({"coal": "煤 煤炭", "brand": "品牌"})
    >>> translated_shares("Which coal 大同?", ["大同的煤", "大同的苹果", "太原"], translations=table)[0]
    1.0
    """
    meant, known = (translations or Translations.bundled()).phrases(question)
    meant += [[word] for word in _ALREADY_CHINESE.findall(question)]
    said = [0.0] * len(texts)
    total = 0.0
    for words in dict.fromkeys(map(tuple, meant)):
        holders = [number for number, text in enumerate(texts) if any(_says(text, word) for word in words)]
        if not 0 < len(holders) < len(texts):
            continue
        weight = math.log1p(len(texts) / (0.5 + len(holders)))
        total += weight
        for number in holders:
            said[number] += weight
    return [known * share / total if total else 0.0 for share in said]


def _says(text: str, word: str) -> bool:
    return says_number(text, word) if word[0].isdigit() and word in text else word in text
