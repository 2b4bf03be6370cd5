"""Check an answers file again: does every quote still stand where its citation says? Reads sources, answers nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from index.corpus_index import CorpusIndex
from index.errors import DocumentError
from index.loaders import load_document
from index.types import Document
from qa.citations import answer_text
from qa.stale_sources import stale_sources
from qa.tables import BatchFileError

__all__ = ["VerifiedCitation", "count_verdicts", "verify_answers"]

Verdict = Literal["ok", "changed", "missing", "wrong"]
"""``ok``; ``changed``: the source is another text now; ``missing``: it is gone; ``wrong``: the source is the same, but other
words stand there, or the answer says other words than its citation."""


@dataclass(frozen=True, slots=True)
class VerifiedCitation:
    """One citation's verdict. ``line`` of the answers file; ``moved`` says whether the quote still stands somewhere."""

    line: int
    question: str
    citation: int
    document_id: str
    verdict: Verdict
    detail: str = ""


def verify_answers(path: Path, corpus_index: CorpusIndex) -> Iterator[VerifiedCitation]:
    """Check every citation of an answers file (jsonl) against the source files, or the index where they are out of reach.

    Raises
    ------
    BatchFileError
        The file cannot be read, or a line is not an answer.
    """
    corpus = corpus_index.corpus_dir

    @lru_cache(maxsize=64)
    def source(document_id: str) -> Document | None:
        try:
            indexed = corpus_index.document(document_id)
        except KeyError:
            indexed = None
        if not (corpus.is_absolute() and corpus.is_dir()):
            return indexed
        read = _from_folder(corpus, document_id)
        if indexed and (read is None or read.sha256 != indexed.sha256):
            # the same bytes, which were read with more than is at hand here: scanned pages with --ocr
            return read if stale_sources(corpus_index, [document_id]) else indexed
        return read

    for line, answer in _answers(path):
        try:
            for citation in answer.get("citations", []):
                document_id = str(citation["document_id"])
                verdict, detail = _verdict(citation, source(document_id))
                if verdict == "ok" and (detail := _said_otherwise(answer, citation)):
                    verdict = "wrong"
                yield VerifiedCitation(
                    line, str(answer["question"]), citation["id"], document_id, verdict, detail
                )
        except (KeyError, TypeError, AttributeError) as error:
            raise BatchFileError(
                f"{path.name}, line {line}: a citation is not in the form of an answer ({error})"
            ) from error


def _from_folder(corpus: Path, document_id: str) -> Document | None:
    path = corpus / document_id
    try:
        if not path.resolve().is_relative_to(corpus.resolve()) or not path.is_file():
            return None
        return load_document(path, document_id=document_id)
    except (DocumentError, OSError, ValueError):  # a name no file can have: too long, or with a zero byte
        return None


def _verdict(citation: dict[str, Any], document: Document | None) -> tuple[Verdict, str]:
    if document is None:
        return "missing", "the document is gone or cannot be read"
    start, end, quote = citation["start"], citation["end"], citation["quote"]
    if document.sha256 != citation["sha256"]:
        count = document.text.count(quote)
        return (
            "changed",
            f"the document changed; the quote stands {count} times in it"
            if count
            else "the document changed; the quote is gone",
        )
    if not 0 <= start < end <= len(document.text) or document.text[start:end] != quote:
        return "wrong", "other words stand at this place"
    passage = citation.get("passage")
    if passage and document.text[passage["start"] : passage["end"]] != passage["text"]:
        return "wrong", "the passage around the quote reads otherwise"
    return "ok", ""


def _said_otherwise(answer: dict[str, Any], citation: dict[str, Any]) -> str:
    """What is wrong where the answer's words are not those of its citation; empty where they are."""
    spans = answer.get("spans", [])
    for span in (*spans, *answer.get("alternatives", [])):
        if span["citation"] == citation["id"] and span["text"] != citation["quote"]:
            return "a span says other words than its citation"
    if answer["answer"] != answer_text([span["text"] for span in spans]):
        return "the answer is not made of the words of its citations"
    return ""


def _answers(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if path.suffix.lower() in (".csv", ".xlsx"):
        raise BatchFileError(
            f"{path.name}: a spreadsheet of answers holds no citations to check; verify the answers that batch wrote into a .jsonl file"
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BatchFileError(f"{path} cannot be read: {error}") from error
    lines = _one_answer(text) or text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BatchFileError(f"{path.name}, line {number}: not JSON ({error})") from error
        if not isinstance(row, dict) or "question" not in row:
            raise BatchFileError(f"{path.name}, line {number}: not an answer")
        yield number, row


def _one_answer(text: str) -> list[str]:
    """What ``ask --json`` printed, over several lines, on one; empty where the text is something else."""
    if not text.startswith("{\n"):
        return []
    try:
        return [json.dumps(json.loads(text))]
    except (ValueError, RecursionError):
        return []


def count_verdicts(verified: list[VerifiedCitation]) -> dict[str, int]:
    """How many citations got each verdict."""
    counts = Counter(v.verdict for v in verified)
    return {verdict: counts.get(verdict, 0) for verdict in ("ok", "changed", "missing", "wrong")}
