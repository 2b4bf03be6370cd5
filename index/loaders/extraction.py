"""What every loader gives back: the text of a file and what is to be said of the reading. Does no work of its own."""

from __future__ import annotations

from dataclasses import dataclass

from index.types import Page

__all__ = ["Extraction"]


@dataclass(frozen=True, slots=True)
class Extraction:
    """The source text of one file. ``title`` is one the format itself declares (``<title>``), empty if none."""

    text: str
    pages: tuple[Page, ...] = ()
    encoding: str = ""
    notes: tuple[str, ...] = ()
    title: str = ""
