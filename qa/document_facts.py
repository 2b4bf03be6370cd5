"""What is known of a document besides the passage that was found: what it says of itself, and its words. Kept between questions."""

from __future__ import annotations

import re
from collections import OrderedDict
from itertools import takewhile
from threading import Lock

from index.corpus_index import CorpusIndex
from index.folding import fold_characters
from index.normalize import normalize
from index.types import Passage
from qa.table_cells import is_row

__all__ = ["DocumentFacts"]

_KNOWN_TITLES = 10_000
_KNOWN_TEXTS = 64
_TEXT_CHARS = 100_000
"""Of a longer document only so much is looked at."""
_LEAD_CHARS = 200
_SPACE = re.compile(r"\s+")
_HEADINGS = 2  # of the headings above a passage, the innermost
_PART_CHARS = 60
_TABLE_CHARS = 20_000  # before a passage, in which the table's first row is looked for


class DocumentFacts:
    """Titles and texts of the documents of an index, read once a state of it. Safe to share between threads."""

    def __init__(self, corpus_index: CorpusIndex) -> None:
        self._index = corpus_index
        self._lock = Lock()
        self._fingerprint = ""
        self._heads: OrderedDict[str, str] = OrderedDict()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def head(self, document_id: str) -> str:
        """Title, issuing body, number and date of a document as search text, a line each."""
        self._forget_if_changed()
        with self._lock:
            known = self._heads.get(document_id)
        if known is None:
            metadata = self._index.document(document_id).metadata
            lines = (metadata.title, metadata.issuer, metadata.number, metadata.date)
            known = normalize("\n".join(line for line in lines if line)).text
            self._keep(self._heads, document_id, known, _KNOWN_TITLES)
        return known

    def text(self, document_id: str) -> str:
        """Text of a document, folded and without white space: to look whether it names something at all."""
        self._forget_if_changed()
        with self._lock:
            known = self._texts.get(document_id)
        if known is None:
            source = self._index.document(document_id).text[:_TEXT_CHARS]
            known = _SPACE.sub("", fold_characters(source)[0]).lower()
            self._keep(self._texts, document_id, known, _KNOWN_TEXTS)
        return known

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
        document = self._index.document(passage.document_id)
        parts = [document.metadata.title or "", *passage.heading[-_HEADINGS:]]
        lines = [normalize(part).text.strip()[:_PART_CHARS] for part in parts]
        lines.append(table_head[:_PART_CHARS])
        told = dict.fromkeys(line for line in lines if line and line not in passage.text)
        return "\n".join(told)

    def table_head(self, passage: Passage) -> str:
        """The first row, as search text, of the table that a passage goes on with; empty where it begins with no such row, and where that
        table began too far above it."""
        if not is_row(passage.text.split("\n", 1)[0]):
            return ""
        source = self._index.document(passage.document_id).text
        start = max(0, passage.source_start - _TABLE_CHARS)
        lines = source[start : passage.source_start].splitlines()[start > 0 :]  # the first may be cut
        rows = list(takewhile(is_row, reversed(lines)))
        return normalize(rows[-1]).text.strip() if rows and (start == 0 or len(rows) < len(lines)) else ""

    def _forget_if_changed(self) -> None:
        fingerprint = self._index.fingerprint
        with self._lock:
            if fingerprint != self._fingerprint:
                self._fingerprint = fingerprint
                self._heads.clear()
                self._texts.clear()

    def _keep(self, known: OrderedDict[str, str], document_id: str, value: str, most: int) -> None:
        with self._lock:
            known[document_id] = value
            while len(known) > most:
                known.popitem(last=False)
