"""Plain text, Markdown, CSV and TSV: the decoded characters, exactly as they stand in the file."""

from __future__ import annotations

import csv
from itertools import islice

from index.loaders.decoding import decode_text
from index.loaders.extraction import Extraction

__all__ = ["read_delimited", "read_text", "sniff_delimiter"]

_DELIMITERS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
_SAMPLE_CHARS = 20_000
_SAMPLE_ROWS = 30


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
    sample = text[:_SAMPLE_CHARS]
    if len(text) > _SAMPLE_CHARS:
        sample = sample[: sample.rfind("\n") + 1] or sample
    best: tuple[float, int, str] | None = None
    for delimiter in _DELIMITERS:
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
            best = max(best, candidate) if best else candidate
    return (best[2], best[1]) if best else None
