"""Raised digits as superscript characters: an exponent must not join the number that it stands on. Pure."""

from __future__ import annotations

import re

__all__ = ["superscript"]

_CHARACTERS = str.maketrans("0123456789+-−–()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁽⁾ⁿ")
_ALL = re.compile(r"[0-9+\-−–()n\s]*")


def superscript(raised: str) -> str:
    """Return raised text in superscript characters; as it is where one of its characters has none.

    Examples
    --------
    >>> superscript("-3"), superscript("[1]"), superscript("注a")
    ('⁻³', '[1]', '注a')
    """
    return raised.translate(_CHARACTERS) if _ALL.fullmatch(raised) else raised
