"""UTF-8 text files, packed with xz where their name says so."""

from __future__ import annotations

import lzma
from pathlib import Path
from typing import IO, cast

__all__ = ["UNREADABLE", "open_text"]

UNREADABLE = (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError)
"""What opening and reading may raise: no such file, packed badly, cut off, not UTF-8."""


def open_text(path: Path) -> IO[str]:
    """Open for reading; a byte order mark is skipped."""
    if path.suffix == ".xz":
        return cast("IO[str]", lzma.open(path, "rt", encoding="utf-8-sig"))
    return path.open(encoding="utf-8-sig")
