"""Plain text, Markdown, CSV and TSV: the decoded characters, exactly as they stand in the file; and where the cells of a table part."""

from __future__ import annotations

import csv
import re
from itertools import islice

from index.loaders.decoding import decode_text
from index.loaders.extraction import Extraction

__all__ = ["cell_delimiter", "read_delimited", "read_text", "sniff_delimiter", "tab_cells"]

_DELIMITERS = {"\t": "tabs", ";": "semicolons", "|": "vertical bars", ",": "commas"}
"""Of two that part the rows alike, the one named first."""
_PARTING_COMMA = re.compile(r"(?<!\d),|,(?!\d{3}(?!\d))")
"""A comma that is not one of a figure."""
_SAMPLE_CHARS = 20_000
_SAMPLE_ROWS = 30
_STEADY = (
    0.6  # share of the sampled rows that must have the same number of columns, if cells are to be told apart
)


def read_text(data: bytes) -> Extraction:
    """Decode a text file."""
    decoded = decode_text(data)
    return Extraction(decoded.text, encoding=decoded.encoding, notes=decoded.notes)


def read_delimited(data: bytes) -> Extraction:
    """Decode a table of delimited columns; a note names the delimiter and the number of columns."""
    decoded = decode_text(data)
    notes = decoded.notes
    found = sniff_delimiter(decoded.text)
    if found is not None:
        delimiter, columns = found
        notes = (*notes, f"{columns} columns, separated by {_DELIMITERS[delimiter]}")
    return Extraction(decoded.text, encoding=decoded.encoding, notes=notes)


def sniff_delimiter(text: str) -> tuple[str, int] | None:
    """Return the delimiter that cuts the first rows into the steadiest number of columns, and that number; None if none does.

    Examples
    --------
    >>> sniff_delimiter("地区;产值\\n晋城;1,169\\n大同;5,2")
    (';', 2)
    """
    best = _steadiest(_sample(text))
    return (best[2], best[1]) if best else None


def cell_delimiter(text: str) -> str | None:
    """The mark, not a tab, that parts the cells of a table's text; None where its rows have no steady number of columns."""
    best = _steadiest(_sample(text))
    return best[2] if best and best[0] >= _STEADY and best[2] != "\t" else None


def tab_cells(text: str, delimiter: str) -> str:
    """The same text with a tab for each delimiter outside quotes, so that cells cannot be read as one number; as long as before.

    Examples
    --------
    >>> tab_cells('品名,库存\\n硒鼓,42\\n"纸,A4",310', ",")
    '品名\\t库存\\n硒鼓\\t42\\n"纸,A4"\\t310'
    """
    mark = re.escape(delimiter)
    cell = re.compile(rf'((?>"[^"]*(?:""[^"]*)*")?[^{mark}\r\n]*)({mark}|[\r\n]|\Z)')
    return cell.sub(lambda found: found[1] + ("\t" if found[2] == delimiter else found[2]), text)


def _sample(text: str) -> str:
    sample = text[:_SAMPLE_CHARS]
    return sample[: sample.rfind("\n") + 1] or sample if len(text) > _SAMPLE_CHARS else sample


def _steadiest(sample: str) -> tuple[float, int, str] | None:
    """Share of rows, number of columns and delimiter."""
    best: tuple[float, int, str] | None = None
    for delimiter in _DELIMITERS:
        if delimiter == "," and not _PARTING_COMMA.search(sample):
            continue
        try:
            rows = [
                row
                for row in islice(csv.reader(sample.splitlines(), delimiter=delimiter), _SAMPLE_ROWS)
                if row
            ]
        except csv.Error:
            continue
        counts = [len(row) for row in rows]
        columns = max(counts, key=counts.count, default=1)
        if columns > 1:
            candidate = (counts.count(columns) / len(counts), columns, delimiter)
            if best is None or candidate[:2] > best[:2]:
                best = candidate
    return best
