"""Text -> HTML that can only be text: escaping, visible control characters, marks over character ranges. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["SHORT_QUOTE", "Mark", "attribute", "escape", "identifier", "marked"]

SHORT_QUOTE = 14
"""Longest quote, in characters, that is kept on one line: 1200 万吨 reads badly in two."""

# Characters that would act instead of being seen: C0/C1 controls, directional marks and overrides, zero-width ones,
# lone surrogates, line separators. Tab and line feed stay; a carriage return would be lost by the HTML parser.
_ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A range to be marked, half-open, in the coordinates of the whole text. ``name`` becomes a class ``wj-name``."""

    start: int
    end: int
    name: str
    title: str = ""
    anchor: str = ""
    """Value of ``data-anchor`` on the first piece that is shown, to scroll to."""


def escape(text: str) -> str:
    """Return ``text`` as HTML; characters that act (overrides, controls) become empty elements that name their code.

    Each such element stands for exactly one character, so that offsets can be counted on the page.

    Examples
    --------
    >>> escape("<b>税\\u202e</b>")
    '&lt;b&gt;税<i class="wj-control" data-code="202E"></i>&lt;/b&gt;'
    """
    return _ACTING.sub(_control, html.escape(text, quote=True))


def _control(match: re.Match[str]) -> str:
    return f'<i class="wj-control" data-code="{ord(match[0]):04X}"></i>'


def attribute(text: str) -> str:
    """Return ``text`` for use between double quotes; acting characters become U+FFFD, line ends spaces.

    Examples
    --------
    >>> attribute('" onclick="x')
    '&quot; onclick=&quot;x'
    """
    return html.escape(_ACTING.sub("\ufffd", " ".join(text.split("\n"))), quote=True)


def identifier(text: str) -> str:
    """Return ``text`` for a ``data-`` attribute that scripts read and nobody sees: every character is kept."""
    return _ACTING.sub(lambda match: f"&#{ord(match[0])};", html.escape(text, quote=True)).replace(
        "\n", "&#10;"
    )


def marked(
    text: str, marks: Sequence[Mark], *, start: int = 0, end: int | None = None, shown_from: int | None = None
) -> str:
    """Return ``text[start:end]`` as HTML with ``marks`` laid over it; marks may overlap and cross each other.

    Pieces under a mark named ``quote`` or ``hit`` become ``<mark>``, others ``<span>``. ``shown_from`` is where the first of
    several parts shown one after another begins, ``start`` where this is the only one: a mark has its anchor once in all.

    Examples
    --------
    >>> marked("年产1200万吨", [Mark(2, 6, "quote")])
    '年产<mark class="wj-quote">1200</mark>万吨'
    """
    stop = len(text) if end is None else min(end, len(text))
    edge = start if shown_from is None else shown_from
    inside = sorted((m for m in marks if m.start < stop and m.end > start), key=lambda m: (m.start, m.end))
    cuts = {start, stop}
    for mark in inside:
        cuts.update((max(start, mark.start), min(stop, mark.end)))
    places = sorted(cuts)
    pieces: list[str] = []
    active: list[Mark] = []
    following = 0
    for low, high in pairwise(places):
        while following < len(inside) and inside[following].start <= low:
            active.append(inside[following])
            following += 1
        active = [mark for mark in active if mark.end > low]
        piece = escape(text[low:high])
        pieces.append(_wrapped(piece, active, low, edge) if active else piece)
    return "".join(pieces)


def _wrapped(piece: str, active: Sequence[Mark], low: int, edge: int) -> str:
    names = list(dict.fromkeys(mark.name for mark in active))
    tag = "mark" if {"quote", "hit"} & set(names) else "span"
    extra = ""
    title = next((mark.title for mark in active if mark.title), "")
    if title:
        extra += f' title="{attribute(title)}"'
    anchor = next((mark.anchor for mark in active if mark.anchor and low == max(mark.start, edge)), "")
    if anchor:
        extra += f' data-anchor="{attribute(anchor)}"'
    classes = " ".join(f"wj-{name}" for name in names)
    return f'<{tag} class="{classes}"{extra}>{piece}</{tag}>'
