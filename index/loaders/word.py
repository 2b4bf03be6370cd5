"""Word (.docx) -> text: paragraphs in order, headings with ``#``, list numbers, table rows as lines of cells and tabs.

Insertions under revision are read as accepted, deletions and hidden text as gone; a deleted paragraph mark joins two
paragraphs. Headers, footers, comments and tables of contents are left out; footnotes stand at the end.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index.loaders.archive import check_office_archive
from index.loaders.extraction import Extraction
from index.loaders.numbering import Numbering, W
from index.loaders.word_runs import paragraph_text

__all__ = ["read_word"]

MAX_CHARS = 20_000_000
_MAX_XML_BYTES = 128 * 2**20  # the parsed tree takes about ten times as much
# fmt: off
_WRAPPERS = frozenset([
    f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag",
])
# fmt: on
_HEADING_NAME = re.compile(r"(?:heading|标题)\s*([1-9])$", re.IGNORECASE)
_MAX_LEVEL = 6
_BODY_LEVEL = 9
_MAX_STYLE_DEPTH = 20
_MAX_COLUMNS = 63  # of a table in Word


def read_word(data: bytes, *, max_chars: int = MAX_CHARS) -> Extraction:
    """Read the body and the notes of a Word file."""
    check_office_archive(data, max_xml_bytes=_MAX_XML_BYTES)
    import docx

    document = docx.Document(io.BytesIO(data))
    reader = _Reader(document)
    lines: list[str] = []
    count = 0
    notes: tuple[str, ...] = ()
    for line in reader.lines():
        count += len(line) + 1
        if count > max_chars:
            notes = (f"only the first {count - len(line) - 1:,} characters were read",)
            break
        lines.append(line)
    return Extraction("\n".join(lines), notes=notes)


@dataclass(frozen=True, slots=True)
class _Style:
    """What a paragraph style says, with what it inherits."""

    level: int | None
    """Outline level counted from 0, None for body text."""
    number_id: str
    number_level: int
    contents: bool
    """Whether it is a style of tables of contents."""


class _Reader:
    def __init__(self, document: Any) -> None:
        self._document = document
        self._styles = {
            style.get(f"{W}styleId"): style for style in document.styles.element.findall(f"{W}style")
        }
        self._read_styles: dict[str, _Style] = {}
        self._numbering = Numbering(self._part_root("/numbering"))

    def lines(self) -> Iterator[str]:
        """Lines of the document: body first, then footnotes and endnotes."""
        yield from self._block_lines(self._document.element.body)
        for kind in ("/footnotes", "/endnotes"):
            root = self._part_root(kind)
            notes = [] if root is None else [n for n in root if n.get(f"{W}type") in (None, "normal")]
            for number, note in enumerate(notes, start=1):
                text = " ".join(self._block_lines(note))
                if text:
                    yield f"[{number}] {text}"

    def _part_root(self, kind: str) -> Any | None:
        """Root element of a part that the document refers to by a relation of this kind."""
        from docx.oxml import parse_xml

        for relation in self._document.part.rels.values():
            if relation.reltype.endswith(kind) and not relation.is_external:
                return parse_xml(relation.target_part.blob)
        return None

    def _block_lines(self, container: Any) -> Iterator[str]:
        for blocks in _joined(_blocks(container)):
            if blocks[0].tag == f"{W}p":
                yield from self._paragraph_lines(blocks)
            else:
                yield from self._table_lines(blocks[0])

    def _paragraph_lines(self, paragraphs: Sequence[Any]) -> Iterator[str]:
        """Paragraphs read as one, as the last of them is styled, with its list number, then what stands in their text boxes."""
        properties = paragraphs[-1].find(f"{W}pPr")
        style = self._style(_child_value(properties, "pStyle"))
        boxes: list[Any] = []
        text = "".join(paragraph_text(paragraph, boxes) for paragraph in paragraphs).strip()
        mark = self._label(properties, style)  # Word counts empty paragraphs too
        if text and not style.contents:
            level = _outline_level(properties)
            level = style.level if level is None else level
            if level is not None and level < _BODY_LEVEL:
                text = " ".join(text.split("\n"))
                mark = "#" * min(_MAX_LEVEL, level + 1) + " " + mark
            yield from (line.strip(" ") for line in (mark + text).split("\n") if line.strip())
        for box in boxes:
            yield from self._block_lines(box)

    def _label(self, properties: Any, style: _Style) -> str:
        """List number of a paragraph, empty if it has none."""
        numbered = None if properties is None else properties.find(f"{W}numPr")
        number_id = _child_value(numbered, "numId") or style.number_id
        level = _child_value(numbered, "ilvl")
        number_level = int(level) if level.isdecimal() else style.number_level
        return self._numbering.label(number_id, number_level) if number_id not in ("", "0") else ""

    def _style(self, style_id: str) -> _Style:
        if style_id not in self._read_styles:
            self._read_styles[style_id] = self._resolve_style(style_id)
        return self._read_styles[style_id]

    def _resolve_style(self, style_id: str) -> _Style:
        """Follow ``basedOn``: the nearest style that says something wins."""
        level: int | None = None
        number_id = number_level = ""
        contents = False
        current = style_id
        for _ in range(_MAX_STYLE_DEPTH):
            element = self._styles.get(current)
            if element is None:
                break
            name = _child_value(element, "name")
            contents = contents or name.lower().startswith("toc ")
            properties = element.find(f"{W}pPr")
            if level is None:
                level = _outline_level(properties)
            if level is None and (heading := _HEADING_NAME.match(name)):
                level = int(heading[1]) - 1
            elif level is None and name.lower() in ("title", "标题"):
                level = 0
            numbered = None if properties is None else properties.find(f"{W}numPr")
            number_id = number_id or _child_value(numbered, "numId")
            number_level = number_level or _child_value(numbered, "ilvl")
            current = _child_value(element, "basedOn")
        depth = int(number_level) if number_level.isdecimal() else 0
        return _Style(level, number_id, depth, contents)

    def _table_lines(self, table: Any) -> Iterator[str]:
        """One line a row; a row of one cell, which is there for the layout, as the lines of that cell."""
        above: dict[int, str] = {}
        for row in _descend(table, f"{W}tr"):
            if row.find(f"{W}trPr/{W}del") is not None:
                continue
            cells = list(_descend(row, f"{W}tc"))
            if len(cells) == 1:
                yield from self._block_lines(cells[0])
                continue
            texts = [""] * _columns(row.find(f"{W}trPr"), "gridBefore")
            for cell in cells:
                properties = cell.find(f"{W}tcPr")
                merged = None if properties is None else properties.find(f"{W}vMerge")
                column = len(texts)
                text = " ".join(" ".join(self._block_lines(cell)).split())
                if merged is not None and merged.get(f"{W}val") != "restart":
                    text = above.get(column, "")  # repeated in every row, so that each line can be read alone
                above[column] = text
                texts += [text, *[""] * (_columns(properties, "gridSpan") - 1)]
            line = "\t".join(texts).rstrip("\t")
            if line.strip():
                yield line


def _blocks(container: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, also those inside content controls and insertions."""
    for child in container:
        if child.tag in (f"{W}p", f"{W}tbl"):
            yield child
        elif child.tag in _WRAPPERS:
            yield from _blocks(child)


def _joined(blocks: Iterable[Any]) -> Iterator[list[Any]]:
    """Each block alone, but a paragraph whose mark is deleted together with the one that it runs into."""
    joined: list[Any] = []
    for block in blocks:
        if joined and block.tag != f"{W}p":
            yield joined
            joined = []
        joined.append(block)
        if not any(block.find(f"{W}pPr/{W}rPr/{W}{gone}") is not None for gone in ("del", "moveFrom")):
            yield joined
            joined = []
    if joined:
        yield joined


def _descend(container: Any, tag: str) -> Iterator[Any]:
    """Children with ``tag``, also those inside content controls and insertions."""
    for child in container:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _descend(child, tag)


def _outline_level(properties: Any) -> int | None:
    """Outline level counted from 0; 9 and more is body text."""
    value = _child_value(properties, "outlineLvl")
    return int(value) if value.isdecimal() else None


def _columns(properties: Any, name: str) -> int:
    value = _child_value(properties, name)
    return min(int(value), _MAX_COLUMNS) if value.isdecimal() else 0


def _child_value(element: Any, name: str) -> str:
    child = None if element is None else element.find(f"{W}{name}")
    return "" if child is None else child.get(f"{W}val") or ""
