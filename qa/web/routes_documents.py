"""Routes of the corpus: its documents, their source text and originals; uploading, replacing, deleting."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse

from index.errors import WenjuError
from qa.web.bodies import check_sent_by_page, json_body, received, string_of
from qa.web.markup import Mark
from qa.web.messages import in_language
from qa.web.page import Page
from qa.web.source_html import repairs, source_html, window_around
from qa.web.strings import as_language
from qa.web.uploads import MAX_UPLOAD_BYTES, UploadRefusedError, discard, path_of, store_upload

__all__ = ["add_documents", "add_uploads"]

_MARKED_HITS = 60
_LONGEST_MARK = 600


def add_documents(router: APIRouter, page: Page) -> None:
    """Add the routes that list, show, send out and delete."""
    workspace = page.workspace

    @router.get("/wj/documents")
    def documents(language: str = "zh") -> list[dict[str, Any]]:
        words = as_language(language)
        return [
            {
                **row,
                "reason": in_language(row["reason"], words),
                "notes": [in_language(note, words) for note in row["notes"]],
            }
            for row in workspace.documents()
        ]

    @router.get("/wj/source")
    def source(
        document: str,
        language: str = "zh",
        start: int = -1,
        end: int = -1,
        low: int = -1,
        high: int = -1,
        hits: str = "",
        sha256: str = "",
    ) -> dict[str, Any]:
        try:
            found = workspace.pipeline.index.document(document)
            offsets = workspace.pipeline.index.offsets(document)
        except (KeyError, WenjuError):
            raise HTTPException(404, "source.missing") from None
        changed = sha256 not in ("", found.sha256)
        if changed:  # the places were those of another text
            start, end, hits = -1, -1, ""
        size = len(found.text)
        if not 0 <= low < high <= size:
            low, high = window_around(found.text, max(0, start))
        words = as_language(language)
        marks = repairs(found, offsets, workspace.search_text(found), words, low, high)
        marks += [
            Mark(a, b, "hit", anchor="hit")
            for a, b in _ranges(hits)
            if 0 <= a < b <= size and (a, b) != (start, end)
        ]
        if 0 <= start < end <= size:
            marks.append(Mark(start, end, "quote", anchor="quote"))
        return {
            "html": source_html(found, marks, words, low, high), "low": low, "high": high, "size": size,
            "sha256": found.sha256, "changed": changed, "title": found.metadata.title or found.id, "metadata": asdict(found.metadata),
            "format": found.format, "encoding": found.encoding, "notes": [in_language(note, words) for note in found.notes], "id": found.id,
        }  # fmt: skip

    @router.get("/wj/quote")
    def words(document: str, start: int, end: int) -> dict[str, str]:
        try:
            source_text = workspace.pipeline.index.document(document).text
        except (KeyError, WenjuError):
            raise HTTPException(404, "source.missing") from None
        if not 0 <= start < end <= min(len(source_text), start + _LONGEST_MARK):
            raise HTTPException(422, "error.server")
        return {"quote": source_text[start:end]}

    @router.get("/wj/original")
    def original(document: str) -> FileResponse:
        known = {row["id"] for row in workspace.documents()}
        path = path_of(workspace.corpus_dir, document) if document in known else None
        if path is None:
            raise HTTPException(404, "no such document")
        disposition = (
            f"attachment; filename=\"document{path.suffix.lower()}\"; filename*=UTF-8''{quote(path.name)}"
        )
        return FileResponse(
            path, media_type="application/octet-stream",
            headers={"content-disposition": disposition, "content-security-policy": "sandbox; default-src 'none'"},
        )  # fmt: skip

    @router.post("/wj/delete")
    async def delete(request: Request) -> dict[str, bool]:
        document = string_of(await json_body(request), "document")
        known = {row["id"] for row in await asyncio.to_thread(workspace.documents)}
        if document not in known or not discard(workspace.corpus_dir, document, workspace.trash):
            raise HTTPException(404, "no such document")
        workspace.request_sync()
        return {"deleted": True}

    @router.post("/wj/reindex")
    async def reindex(request: Request) -> dict[str, bool]:
        await json_body(request)
        workspace.request_sync(rebuild=True)
        return {"started": True}


def _ranges(text: str) -> list[tuple[int, int]]:
    """Pairs of ``12-18,40-52``; what is no pair is left out."""
    pairs = (part.partition("-") for part in text.split(",")[:_MARKED_HITS])
    return [(int(a), int(b)) for a, _, b in pairs if a.isdecimal() and b.isdecimal() and len(a + b) < 24]


def add_uploads(router: APIRouter, page: Page) -> None:
    """Add the route that takes files in."""
    workspace = page.workspace

    @router.post("/wj/upload")
    async def upload(request: Request, name: str, replaces: str = "") -> dict[str, str]:
        check_sent_by_page(request)
        temporary = await received(request, MAX_UPLOAD_BYTES)
        try:
            if replaces and replaces not in {row["id"] for row in workspace.documents()}:
                raise UploadRefusedError("unknown", "no such document")
            document_id, state = await asyncio.to_thread(
                store_upload,
                workspace.corpus_dir,
                temporary,
                name,
                replaces=replaces or None,
                trash=workspace.trash,
            )
        except UploadRefusedError as error:
            status = {"size": 413, "unknown": 404}.get(error.problem, 415)
            raise HTTPException(status, error.problem) from None
        finally:
            temporary.unlink(missing_ok=True)
        workspace.request_sync()
        return {"state": state, "id": document_id}
