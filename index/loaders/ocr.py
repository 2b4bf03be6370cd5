"""Picture of a page -> its text, by RapidOCR (an optional package whose models come with it; nothing is downloaded)."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from index.errors import MissingDependencyError

__all__ = ["recognise"]

_COLUMN_GAP = 1.5
"""Gap between two pieces of a line, in heights of the line, from which on they count as cells of a table."""


def recognise(image: npt.NDArray[np.uint8]) -> str:
    """Return the text on ``image`` (height × width × BGR) line by line, empty if there is none.

    Raises
    ------
    MissingDependencyError
        RapidOCR is not installed.
    """
    found, _ = _engine()(image)
    pieces = [_Piece(box, text) for box, text, _ in found or []]
    lines: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: p.middle):
        if lines and piece.middle - lines[-1][0].middle < 0.5 * lines[-1][0].height:
            lines[-1].append(piece)
        else:
            lines.append([piece])
    return "\n".join(_join(sorted(line, key=lambda p: p.left)) for line in lines)


class _Piece:
    """A recognised piece of a line; lengths in pixels."""

    def __init__(self, box: Any, text: str) -> None:
        across = [float(x) for x, _ in box]
        down = [float(y) for _, y in box]
        self.text = text
        self.left, self.right = min(across), max(across)
        self.height = max(down) - min(down)
        self.middle = (max(down) + min(down)) / 2


def _join(line: list[_Piece]) -> str:
    text = line[0].text
    for before, piece in pairwise(line):
        text += ("\t" if piece.left - before.right > _COLUMN_GAP * piece.height else " ") + piece.text
    return text


@cache
def _engine() -> Any:
    """The recogniser, loaded once."""
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError as error:
        raise MissingDependencyError(
            f'reading scanned pages needs OCR: pip install -e ".[ocr]", or sync with --no-ocr ({error})'
        ) from error
    return RapidOCR()
