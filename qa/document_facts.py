"""What is known of a document besides the passage that was found: what it says of itself, and its words. Kept between questions."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from itertools import takewhile
from threading import Lock

from index.context import lines_above
from index.corpus_index import CorpusIndex
from index.folding import fold_characters
from index.loaders.text import cell_delimiter, tab_cells
from index.normalize import normalize
from index.types import Passage
from qa.table_cells import is_row

__all__ = ["TABLE_CHARS", "DocumentFacts"]

_Kept = OrderedDict[tuple[str, str], str]
"""By the fingerprint of a state of the index and the id of a document."""

_KNOWN_TITLES = 10_000
_KNOWN_TEXTS = 64
_TEXT_CHARS = 100_000
"""Of a longer document only so much is looked at."""
_LEAD_CHARS = 200
_SPACE = re.compile(r"\s+")
_LINE_CHARS = 60
TABLE_CHARS = 20_000
"""Before a passage, in which the first row of its table is looked for."""


class DocumentFacts:
    """Titles and texts of the documents of an index, read once a state of it. Safe to share between threads."""

    def __init__(self, corpus_index: CorpusIndex) -> None:
        self._index = corpus_index
        self._lock = Lock()
        self._heads: _Kept = OrderedDict()
        self._titles: _Kept = OrderedDict()
        self._texts: _Kept = OrderedDict()

    def head(self, document_id: str) -> str:
        """Title, issuing body, number and date of a document as search text, a line each."""
        return self._kept(self._heads, document_id, self._read_head, _KNOWN_TITLES)

    def title(self, document_id: str) -> str:
        """Title of a document as search text."""
        return self._kept(self._titles, document_id, self._read_title, _KNOWN_TITLES)

    def text(self, document_id: str) -> str:
        """Text of a document, folded and without white space: to look whether it names something at all."""
        return self._kept(self._texts, document_id, self._read_text, _KNOWN_TEXTS)

    def lead(self, passage: Passage) -> str:
        """What stands in the document right before a passage, folded and in lower case."""
        source = self._index.document(passage.document_id).text
        before = source[max(0, passage.source_start - _LEAD_CHARS) : passage.source_start]
        return fold_characters(before)[0].lower() if before else ""

    def above(self, passage: Passage, table_head: str | None = None) -> str:
        """What a reader of the page would have seen above a passage, a line each as search text: the document's title, the last headings,
        the first row of a table that goes on in the passage (``table_head``, where it is known already); without what the passage itself
        says."""
        if table_head is None:
            table_head = self.table_head(passage)
        row = table_head[:_LINE_CHARS]
        return "\n".join((*self.lines_above(passage), *([row] if row and row not in passage.text else ())))

    def lines_above(self, passage: Passage) -> list[str]:
        """Title and last headings, as ``index.context.lines_above`` has them."""
        return lines_above(self.title(passage.document_id), passage)

    def table_head(self, passage: Passage) -> str:
        """The first row, as search text, of the table that a passage goes on with; empty where it begins with no such row, and where that
        table began too far above it."""
        if not is_row(passage.text.split("\n", 1)[0]):
            return ""
        document = self._index.document(passage.document_id)
        start = max(0, passage.source_start - TABLE_CHARS)
        before = document.text[start : passage.source_start]
        if document.format == "csv" and (delimiter := cell_delimiter(document.text)):
            before = tab_cells(before, delimiter)
        lines = before.splitlines()[start > 0 :]  # the first may be cut
        rows = list(takewhile(is_row, reversed(lines)))
        return (
            normalize(rows[-1]).text.strip("\n ") if rows and (start == 0 or len(rows) < len(lines)) else ""
        )

    def _read_head(self, document_id: str) -> str:
        metadata = self._index.document(document_id).metadata
        lines = (metadata.title, metadata.issuer, metadata.number, metadata.date)
        return normalize("\n".join(line for line in lines if line)).text

    def _read_title(self, document_id: str) -> str:
        return normalize(self._index.document(document_id).metadata.title).text.strip()

    def _read_text(self, document_id: str) -> str:
        source = self._index.document(document_id).text[:_TEXT_CHARS]
        return _SPACE.sub("", fold_characters(source)[0]).lower()

    def _kept(self, known: _Kept, document_id: str, read: Callable[[str], str], most: int) -> str:
        """What was read of a document in the state that this thread sees; the last ``most`` are kept."""
        key = self._index.fingerprint, document_id
        with self._lock:
            value = known.get(key)
        if value is None:
            value = read(document_id)
            with self._lock:
                known[key] = value
                while len(known) > most:
                    known.popitem(last=False)
        return value
