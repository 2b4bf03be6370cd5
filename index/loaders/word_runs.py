"""The text of a Word paragraph's runs and formulas: what is deleted or hidden is gone, exponents and fractions stay apart.

Formulas are one line of plain text: ``1/2``, ``10⁴``, ``e^2.5``; roots, brackets and operators that are no characters are lost.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

from index.loaders.numbering import W
from index.loaders.superscripts import superscript

__all__ = ["paragraph_text"]

_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
# fmt: off
_LEFT_OUT = frozenset([
    _FALLBACK, f"{W}pPr", f"{W}rPr", f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}delText", f"{W}rt", f"{W}sectPr",
    f"{W}sdtPr", f"{W}sdtEndPr",
])
# fmt: on
_BREAKS = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_SYMBOLS = {
    "Wingdings": {
        "6F": "□", "71": "❑", "72": "❒", "78": "☒", "A8": "☐", "DF": "←", "E0": "→", "FB": "✗", "FC": "✓", "FD": "☒", "FE": "☑",
    },
    "Wingdings 2": {"4F": "✗", "50": "✓", "51": "☒", "52": "☑", "53": "☒", "54": "☒", "A3": "☐"},
}  # fmt: skip
"""Font -> last two digits of the code -> the sign: boxes of forms, and the arrows that Word makes of ``-->``."""

_Pieces = list[tuple[str, bool]]
"""Text, and whether it is raised."""


def paragraph_text(paragraph: Any, boxes: list[Any]) -> str:
    """Return the text below an element; the text boxes found in it are added to ``boxes``."""
    pieces: _Pieces = []
    _collect(paragraph, pieces, boxes, raised=False)
    texts: list[str] = []
    for raised, group in groupby(
        pieces, itemgetter(1)
    ):  # Word parts what was written at once into several runs
        text = "".join(piece for piece, _ in group)
        texts.append(superscript(text) if raised else text)
    return "".join(texts)


def _collect(element: Any, pieces: _Pieces, boxes: list[Any], *, raised: bool) -> None:
    """Gather the pieces below an element. XML nests at most 256 deep here."""
    for child in element:
        tag = child.tag
        if tag in (f"{W}t", f"{_MATH}t"):
            _add(pieces, child.text or "", raised)
        elif tag in _BREAKS:
            if child.get(f"{W}type") != "page":
                _add(pieces, _BREAKS[tag], raised)
        elif tag == f"{W}sym":
            code = child.get(f"{W}char") or ""
            _add(pieces, _SYMBOLS.get(child.get(f"{W}font") or "", {}).get(code[-2:].upper(), ""), raised)
        elif tag == f"{W}txbxContent":
            boxes.append(child)
        elif tag == f"{_MATH}sup":
            _add(pieces, _power(paragraph_text(child, boxes).strip()), raised)
        elif tag in _LEFT_OUT or (tag == f"{W}r" and _is_hidden(child)):
            continue
        else:
            if tag == f"{_MATH}f" and pieces and pieces[-1][0][-1].isdigit():
                _add(pieces, " ", raised)  # 2 1/2 is not 21/2
            elif tag == f"{_MATH}den":
                _add(pieces, "/", raised)
            _collect(child, pieces, boxes, raised=raised or (tag == f"{W}r" and _is_raised(child)))


def _add(pieces: _Pieces, text: str, raised: bool) -> None:
    if text:
        pieces.append((text, raised))


def _power(exponent: str) -> str:
    raised = superscript(exponent)
    return f"^{exponent}" if raised == exponent and any(char.isalnum() for char in exponent) else raised


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{W}rPr/{W}vanish")
    return vanish is not None and vanish.get(f"{W}val") not in ("0", "false", "off")


def _is_raised(run: Any) -> bool:
    position = run.find(f"{W}rPr/{W}vertAlign")
    return position is not None and position.get(f"{W}val") == "superscript"
