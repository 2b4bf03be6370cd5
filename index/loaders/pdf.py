"""PDF -> text with page numbers, by PDFium. Text that is only in pictures needs OCR, see ``ocr``."""

from __future__ import annotations

import re
import threading
from typing import Any

from index.errors import DocumentError
from index.loaders.extraction import Extraction
from index.types import Page

__all__ = ["read_pdf"]

MAX_PAGES = 5_000
MAX_CHARS = 20_000_000
_BETWEEN_PAGES = "\n\n"
_DOTS_PER_INCH = 200
_POINTS_PER_INCH = 72
_MAX_PIXELS_A_SIDE = 4_000
_ENCRYPTED = (4, 5)  # PDFium: wrong password, unknown security scheme

# PDFium marks a hyphen that it took from the end of a line with one of these.
_HYPHEN_IN_WORD = re.compile("(?<=[a-z])[\x02\ufffe](?=[a-z])")
_HYPHEN = re.compile("[\x02\ufffe]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\uffff]")
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff]")
_MAX_UNREADABLE_SHARE = 0.5

# PDFium may be used by one thread at a time; the web page reads uploads in several.
_pdfium_lock = threading.Lock()


def read_pdf(
    data: bytes, *, ocr: bool = False, max_pages: int = MAX_PAGES, max_chars: int = MAX_CHARS
) -> Extraction:
    """Read the text of every page; with ``ocr`` also that of scanned pages."""
    import pypdfium2

    with _pdfium_lock:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            if error.err_code in _ENCRYPTED:
                raise DocumentError("is encrypted with a password; save a copy without one") from error
            raise DocumentError("is broken: it cannot be opened as PDF") from error
        try:
            return _read_pages(document, ocr=ocr, max_pages=max_pages, max_chars=max_chars)
        finally:
            document.close()


def _read_pages(document: Any, *, ocr: bool, max_pages: int, max_chars: int) -> Extraction:
    parts: list[str] = []
    pages: list[Page] = []
    notes: list[str] = []
    empty: list[int] = []
    scanned: list[int] = []
    broken: list[int] = []
    count = len(document)
    start = 0
    for number in range(1, min(count, max_pages) + 1):
        text = _page_text(document, number - 1)
        if text is None:
            broken.append(number)
            text = ""
        elif not text and ocr:
            text = _recognise_page(document, number - 1)
            scanned += [number] if text else []
        if not text and number not in broken:
            empty.append(number)
        if start + len(text) > max_chars:
            notes.append(f"only the first {number - 1:,} of {count:,} pages were read (too much text)")
            break
        pages.append(Page(number, start, start + len(text)))
        parts.append(text)
        start += len(text) + len(_BETWEEN_PAGES)
    if count > max_pages:
        notes.append(f"only the first {max_pages:,} of {count:,} pages were read")
    if not any(parts):
        raise DocumentError(_no_text(count, broken, ocr))
    notes += [f"{which} no text (scanned?)" for which in _runs(empty, "has", "have")]
    notes += [f"{which} broken and could not be read" for which in _runs(broken, "is", "are")]
    notes += [f"{which} read by OCR" for which in _runs(scanned, "was", "were")]
    return Extraction(_BETWEEN_PAGES.join(parts), pages=tuple(pages), notes=tuple(notes))


def _no_text(count: int, broken: list[int], ocr: bool) -> str:
    """Why a PDF without any text cannot be read, and what to do."""
    if count == 0 or len(broken) == count:
        return "is broken: none of its pages can be read"
    pages = "its only page has" if count == 1 else f"none of its {count} pages has"
    if ocr:
        return f"holds no text: {pages} any, and OCR found none"
    return (
        f"is scanned: {pages} any text; to read scans, "
        'install OCR with `pip install -e ".[ocr]"` and turn it on (ocr=True)'
    )


def _page_text(document: Any, position: int) -> str | None:
    """Cleaned text of a page, empty if its characters cannot be read; None for a broken page."""
    import pypdfium2

    try:
        page = document[position]
        try:
            text_page = page.get_textpage()
            # The whole Unicode range; the other call of the library is limited to the first plane.
            text = str(text_page.get_text_bounded())
            text_page.close()
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return None
    text = _HYPHEN.sub("-", _HYPHEN_IN_WORD.sub("", text))
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    # Fonts without a Unicode table give private characters: a page of them has to be seen to be read.
    if len(_UNREADABLE.findall(text)) > _MAX_UNREADABLE_SHARE * len(text):
        return ""
    return text


def _recognise_page(document: Any, position: int) -> str:
    """Text of the picture of a page."""
    from index.loaders.ocr import recognise

    page = document[position]
    try:
        longest = max(1.0, *page.get_size())
        scale = min(_DOTS_PER_INCH / _POINTS_PER_INCH, _MAX_PIXELS_A_SIDE / longest)
        bitmap = page.render(scale=scale)
        image = bitmap.to_numpy().copy()
        bitmap.close()
    finally:
        page.close()
    return recognise(image)


def _runs(numbers: list[int], one: str, many: str) -> list[str]:
    """Page numbers in words, neighbours together: ``page 3 has``, ``pages 5-8 have``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [
        f"page {first} {one}" if first == last else f"pages {first}-{last} {many}" for first, last in runs
    ]
