"""HTML -> the visible text: blocks as lines, headings with ``#``, table rows as lines of cells separated by tabs.

Reads the page as it is saved: no script runs, nothing is fetched, no entity is resolved outside HTML's own.
"""

from __future__ import annotations

import re
from typing import Any

from index.errors import DocumentError
from index.loaders.decoding import decode_declared, decode_text
from index.loaders.extraction import Extraction
from index.loaders.html_tables import is_data_table, table_rows
from index.loaders.superscripts import superscript

__all__ = ["read_html"]

_MAX_BYTES = 20 * 2**20
"""The parsed tree takes about 50 times the size of the page."""
_MAX_SUPERSCRIPT_NODES = 8

_DECLARATION = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})|^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
_DECLARATION_BYTES = 4096
_XML_PROLOG = re.compile(r"\s*<\?xml[^>]*>")
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_SMALL_NUMBER = re.compile(r"\d{1,6}")
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.IGNORECASE)
"""Not ``visibility: hidden``: a script undoes that when the page is shown, and elements inside may be visible."""
# fmt: off
_UNSEEN = frozenset([
    "title", "meta", "link", "base", "script", "style", "noscript", "template", "nav", "svg", "iframe", "object", "embed",
    "audio", "video", "canvas", "select", "datalist", "button", "textarea", "input", "dialog", "map", "rt", "rp",
])
"""Not ``head``: the parser leaves the text of a page without a ``<body>`` tag in it."""
# fmt: on
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
_SPACED = frozenset(["p", "table", "blockquote", "pre", "figure", "article", "section", *_HEADINGS])
# fmt: off
_BLOCKS = _SPACED | frozenset([
    "address", "aside", "body", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption",
    "footer", "form", "header", "hgroup", "hr", "html", "legend", "li", "main", "ol", "summary", "tbody", "td", "tfoot",
    "th", "thead", "tr", "ul",
])
# fmt: on


def read_html(data: bytes) -> Extraction:
    """Read a page; its declared character set is respected where the bytes allow it."""
    if len(data) > _MAX_BYTES:
        raise DocumentError(f"is too large for a web page ({len(data):,} bytes; the limit is {_MAX_BYTES:,})")
    declared = _DECLARATION.search(data, 0, _DECLARATION_BYTES)
    name = (declared[1] or declared[2]).decode("ascii", "replace") if declared else ""
    decoded = decode_declared(data, name) if name else decode_text(data)

    from bs4 import BeautifulSoup

    # Bytes with their encoding given: neither the parser's own guess nor its warnings about short strings apply.
    markup = _XML_PROLOG.sub("", decoded.text, count=1).encode("utf-8", "replace")
    soup = BeautifulSoup(b"<!DOCTYPE html>\n" + markup, "lxml", from_encoding="utf-8")
    title = soup.title.get_text() if soup.title is not None else ""
    lines = _Lines()
    _render(soup, lines)
    return Extraction(
        lines.text(),
        encoding=decoded.encoding,
        notes=decoded.notes,
        title=_SPACES.sub(" ", title).strip(),
    )


class _Lines:
    """Finished lines, and the pieces of the one being written."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._spaced = False
        self._prefix = ""

    def write(self, piece: str) -> None:
        self._pieces.append(piece)

    def prefix(self, prefix: str) -> None:
        """Put ``prefix`` before the next line that has text."""
        self._prefix = prefix

    def end(self, *, spaced: bool = False) -> None:
        """End the line if it has text; ``spaced``: an empty line stands before the next one."""
        line = _SPACES.sub(" ", "".join(self._pieces)).strip()
        self._pieces.clear()
        if line:
            self.line(self._prefix + line)
            self._prefix = ""
        self._spaced = self._spaced or spaced

    def line(self, line: str) -> None:
        """Add a finished line."""
        if self._spaced and self._lines:
            self._lines.append("")
        self._spaced = False
        self._lines.append(line)

    def text(self, separator: str = "\n") -> str:
        self.end()
        return separator.join(self._lines)


def _render(top: Any, lines: _Lines) -> None:
    """Write what can be seen of ``top``. Walks with a stack of its own: pages nest deeper than Python recurses."""
    from bs4 import NavigableString, Tag

    stack: list[tuple[Any, bool]] = [(top, True)]
    inside = dict.fromkeys(("pre", "heading"), 0)
    counted: dict[int, int] = {}  # items so far of each numbered list
    while stack:
        node, entering = stack.pop()
        if not isinstance(node, Tag):
            if type(node) is NavigableString:  # its subclasses are comments, declarations and the like
                _write_text(str(node), lines, preformatted=inside["pre"] > 0)
            continue
        name = node.name
        step = 1 if entering else -1
        if entering and (name in _UNSEEN or _is_hidden(node)):
            continue
        if name == "br":
            if entering and inside["heading"]:
                lines.write(" ")
            elif entering:
                lines.end()
            continue
        if name == "sup" and entering and (mark := _superscript(node)) is not None:
            lines.write(mark)
            continue
        if name in _BLOCKS:
            lines.end(spaced=name in _SPACED)
        if name == "table" and entering and is_data_table(node):
            for row in table_rows(node, _cell_text, _is_hidden):
                lines.line(row)
            lines.end(spaced=True)
            continue
        if name in _HEADINGS:
            lines.prefix(_HEADINGS[name] if entering else "")
            inside["heading"] += step
        elif name == "li":
            lines.prefix(_list_mark(node, counted) if entering else "")
        elif name == "pre":
            inside["pre"] += step
        if entering:
            stack.append((node, False))
            stack.extend((child, True) for child in reversed(node.contents))


def _write_text(text: str, lines: _Lines, *, preformatted: bool) -> None:
    if not preformatted:
        lines.write(text)
        return
    first, *others = text.split("\n")
    lines.write(first)
    for line in others:
        lines.end()
        lines.write(line)


def _is_hidden(node: Any) -> bool:
    return "hidden" in node.attrs or _HIDDEN_STYLE.search(str(node.attrs.get("style", ""))) is not None


def _superscript(node: Any) -> str | None:
    """What is written for a short ``sup``: raised digits, or the number of a note as ``[1]``; None for a longer one."""
    from bs4 import NavigableString, Tag

    linked = _is_link(node.parent) and len(node.parent.contents) == 1
    text = ""
    stack = list(reversed(node.contents))
    for _ in range(_MAX_SUPERSCRIPT_NODES):
        if not stack:
            break
        child = stack.pop()
        if isinstance(child, Tag):
            if child.name in _UNSEEN or child.name in _BLOCKS or child.name == "br" or _is_hidden(child):
                return None
            linked = linked or _is_link(child)
            stack.extend(reversed(child.contents))
        elif type(child) is NavigableString:
            text += child
    if stack:
        return None
    return f"[{text.strip()}]" if linked and _SMALL_NUMBER.fullmatch(text.strip()) else superscript(text)


def _is_link(node: Any) -> bool:
    return node.name == "a" and "href" in node.attrs


def _list_mark(item: Any, counted: dict[int, int]) -> str:
    """``- `` or the number of a list item."""
    parent = item.parent
    if parent is None or parent.name != "ol":
        return "- "
    start = str(parent.attrs.get("start", "1"))
    first = int(start) if _SMALL_NUMBER.fullmatch(start) else 1
    number = counted[id(parent)] = counted.get(id(parent), first - 1) + 1
    return f"{number}. "


def _cell_text(cell: Any) -> str:
    inside = _Lines()
    _render(cell, inside)
    return " ".join(line for line in inside.text().split("\n") if line)
