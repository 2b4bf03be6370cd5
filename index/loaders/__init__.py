"""File -> ``Document``: plain text, Markdown, HTML, PDF, Word, Excel, CSV. Reads only; never executes or fetches anything.

formats says what a file is, one module per family reads it, documents puts the ``Document`` together, corpus lists a folder.
"""

from __future__ import annotations

from index.loaders.corpus import CorpusScan, find_documents, scan_corpus
from index.loaders.documents import load_bytes, load_document
from index.loaders.formats import SUPPORTED_SUFFIXES

__all__ = ["SUPPORTED_SUFFIXES", "CorpusScan", "find_documents", "load_bytes", "load_document", "scan_corpus"]
