"""Years in text: four digits that count nothing (2024年, 2025-06-20, 〔2025〕18号, but not 1950亩). Pure."""

from __future__ import annotations

import re

__all__ = ["YEAR"]

YEAR = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(?!\d)(?!(?:\.\d+)?[ ]*(?:[万亿千百余多]|亩|元|美元|人|家|个|户|吨|公斤|斤|只|头|公里|平方|米|度|件|项|名|位|条|次|台|套|"
    r"辆|株|棵|公顷|千瓦|万?千瓦|小时|天|倍|%|‰))"
)
"""A year, group 1, whatever follows it but a measure word."""
