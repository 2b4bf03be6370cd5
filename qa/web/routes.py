"""What the page's script calls: state, asking, documents, uploads, jobs, feedback, source view. JSON in, JSON out."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, HTTPException, Request
from fastapi.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

from index.errors import WenjuError
from qa.feedback import FEEDBACK_NAME, Feedback, FeedbackStore, MarkedSpan
from qa.web.asking import LONGEST_QUESTION, Asker, AskRequest, rendered
from qa.web.auth import Sessions
from qa.web.evaluation_html import evaluation_html
from qa.web.examples import Examples
from qa.web.jobs import BATCH_FORMATS, Job, Jobs
from qa.web.layout import sign_in_page
from qa.web.markup import Mark
from qa.web.security import SESSION_COOKIE
from qa.web.source_html import repairs, source_html, window_around
from qa.web.strings import as_language, table, text
from qa.web.turn import Turn
from qa.web.uploads import MAX_UPLOAD_BYTES, UploadRefusedError, discard, path_of, store_upload
from qa.web.workspace import Workspace

__all__ = ["Page", "make_router"]

_STATIC_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_STORED_TURNS = 50
_MARKED_HITS = 60
_LONGEST_MARK = 600
_MAX_SHEET_BYTES = 10 * 2**20
_MAX_BODY_BYTES = 8 * 2**20


class Page:
    """Everything that the routes share."""

    def __init__(
        self, workspace: Workspace, *, golds: Sequence[Path] = (), sessions: Sessions | None = None
    ) -> None:
        self.workspace, self.sessions = workspace, sessions
        self.asker, self.examples, self.jobs = Asker(workspace), Examples(workspace), Jobs(workspace)
        self.feedback = FeedbackStore(workspace.index_dir / FEEDBACK_NAME)
        self.golds = {path.stem: path for path in golds}

    def start(self) -> None:
        """Start the background work."""
        self.workspace.start()

    def close(self) -> None:
        """End it."""
        self.workspace.stop()
        self.jobs.close()


def _user(request: Request) -> str:
    return str(getattr(request.state, "user", "") or "")


def _job_of(page: Page, job_id: str, request: Request) -> Job:
    job = page.jobs.get(job_id, _user(request))
    if job is None:
        raise HTTPException(404, "no such job")
    return job


async def _json(request: Request) -> dict[str, Any]:
    """The body as an object; a content type that a form can send is refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "JSON expected")
    raw = bytearray()
    async for chunk in request.stream():
        raw.extend(chunk)
        if len(raw) > _MAX_BODY_BYTES:
            raise HTTPException(413, "too large")
    try:
        found = json.loads(bytes(raw))
    except ValueError:
        raise HTTPException(400, "not JSON") from None
    if not isinstance(found, dict):
        raise HTTPException(400, "an object expected")
    return found


def _string(body: dict[str, Any], name: str, default: str = "") -> str:
    value = body.get(name, default)
    if not isinstance(value, str):
        raise HTTPException(400, f"{name} must be a string")
    return value


def make_router(page: Page) -> APIRouter:
    """The routes below ``/wj`` and ``/healthz``, and those for signing in."""
    router = APIRouter(include_in_schema=False)
    _add_state(router, page)
    _add_asking(router, page)
    _add_documents(router, page)
    _add_uploads(router, page)
    _add_jobs(router, page)
    _add_signing_in(router, page)
    return router


def _add_state(router: APIRouter, page: Page) -> None:
    workspace = page.workspace

    @router.get("/healthz")
    def healthz() -> JSONResponse:
        state = workspace.state
        ready = workspace.wait_ready(0)
        fingerprint = workspace.pipeline.index.fingerprint if ready else ""
        body = {"status": "ok" if ready else state.state, "documents": state.documents, "index": fingerprint}
        return JSONResponse(body, 200 if ready else 503)

    @router.get("/wj/static/{name}")
    def static(name: str) -> Response:
        files = {file.name: file for file in resources.files("qa.web").joinpath("static").iterdir()}
        if name not in files:
            raise HTTPException(404)
        kind = _STATIC_TYPES[Path(name).suffix]
        return Response(files[name].read_bytes(), media_type=kind, headers={"cache-control": "no-cache"})

    @router.get("/wj/strings/{name}")
    def strings(name: str) -> JSONResponse:
        return JSONResponse(table(as_language(name)))

    @router.get("/wj/state")
    def state(request: Request) -> dict[str, Any]:
        page.examples.refresh()
        return {
            **asdict(workspace.state), "user": _user(request), "signed_in": page.sessions is not None,
            "golds": sorted(page.golds), "max_mb": MAX_UPLOAD_BYTES // 2**20, "corpus": workspace.corpus_dir.name,
        }  # fmt: skip

    @router.get("/wj/examples")
    def examples(count: int = 4) -> list[str]:
        return page.examples.first(max(0, min(count, 12)))


def _add_asking(router: APIRouter, page: Page) -> None:
    @router.post("/wj/ask")
    async def ask(request: Request) -> StreamingResponse:
        body = await _json(request)
        question = _string(body, "question").strip()
        if not question:
            raise HTTPException(422, "error.empty")
        if len(question) > LONGEST_QUESTION:
            raise HTTPException(422, "error.long")
        chosen = body.get("document_ids") or []
        if not isinstance(chosen, list) or not all(isinstance(one, str) for one in chosen):
            raise HTTPException(400, "document_ids must be a list of strings")
        asked = AskRequest(
            question, as_language(_string(body, "language")), _string(body, "previous")[:LONGEST_QUESTION],
            _string(body, "previous_answer")[:200], tuple(chosen),
        )  # fmt: skip

        async def lines() -> AsyncIterator[bytes]:
            async for line in page.asker.stream(asked):
                yield line

        return StreamingResponse(
            lines(), media_type="application/x-ndjson", headers={"cache-control": "no-store"}
        )

    @router.post("/wj/render")
    async def render(request: Request) -> list[dict[str, Any]]:
        body = await _json(request)
        language = as_language(_string(body, "language"))
        stored = body.get("turns")
        if not isinstance(stored, list) or len(stored) > _STORED_TURNS:
            raise HTTPException(400, f"at most {_STORED_TURNS} turns")
        return await asyncio.to_thread(_render_all, page.workspace, stored, language)

    @router.post("/wj/next")
    async def following(request: Request) -> list[str]:
        body = await _json(request)
        try:
            turn = Turn.from_dict(body["turn"])
        except (KeyError, ValueError):
            raise HTTPException(400, "not a turn") from None
        return page.examples.after(turn.answer, 3)

    @router.post("/wj/feedback")
    async def feedback(request: Request) -> dict[str, bool]:
        body = await _json(request)
        try:
            turn = Turn.from_dict(body["turn"])
            marked = MarkedSpan(**body["marked"]) if body.get("marked") else None
        except (KeyError, TypeError, ValueError):
            raise HTTPException(400, "not feedback") from None
        verdict = body.get("verdict")
        if verdict not in ("right", "wrong"):
            raise HTTPException(400, "verdict is right or wrong")
        if marked is not None and not _stands(page.workspace, marked):
            raise HTTPException(409, "the document does not hold these words there")
        one = Feedback(turn.answer.question, verdict, turn.answer, marked, _user(request))
        try:
            await asyncio.to_thread(page.feedback.add, one)
        except WenjuError as error:
            raise HTTPException(500, str(error)) from None
        return {"stored": True}


def _render_all(workspace: Workspace, stored: list[Any], language: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for data in stored:
        try:
            found.append(rendered(Turn.from_dict(data), workspace, language))
        except (ValueError, TypeError):
            found.append({"html": "", "evidence": "", "copy": ""})
    return found


def _stands(workspace: Workspace, marked: MarkedSpan) -> bool:
    try:
        document = workspace.pipeline.index.document(str(marked.document_id))
        return bool(
            0 <= marked.start < marked.end and document.sha256 == marked.sha256
            and document.text[marked.start : marked.end] == marked.quote
        )  # fmt: skip
    except (KeyError, TypeError, WenjuError):
        return False


def _ranges(text: str) -> list[tuple[int, int]]:
    """Pairs of ``12-18,40-52``; what is no pair is left out."""
    pairs = (part.partition("-") for part in text.split(",")[:_MARKED_HITS])
    return [(int(a), int(b)) for a, _, b in pairs if a.isdecimal() and b.isdecimal() and len(a + b) < 24]


def _add_documents(router: APIRouter, page: Page) -> None:
    workspace = page.workspace

    @router.get("/wj/documents")
    def documents() -> list[dict[str, Any]]:
        return workspace.documents()

    @router.get("/wj/source")
    def source(
        document: str,
        language: str = "zh",
        start: int = -1,
        end: int = -1,
        low: int = -1,
        high: int = -1,
        hits: str = "",
    ) -> dict[str, Any]:
        try:
            found = workspace.pipeline.index.document(document)
            offsets = workspace.pipeline.index.offsets(document)
        except (KeyError, WenjuError):
            raise HTTPException(404, "source.missing") from None
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
            "sha256": found.sha256, "title": found.metadata.title or found.id, "metadata": asdict(found.metadata),
            "format": found.format, "encoding": found.encoding, "notes": list(found.notes), "id": found.id,
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
        document = _string(await _json(request), "document")
        known = {row["id"] for row in await asyncio.to_thread(workspace.documents)}
        if document not in known or not discard(workspace.corpus_dir, document, workspace.trash):
            raise HTTPException(404, "no such document")
        workspace.request_sync()
        return {"deleted": True}

    @router.post("/wj/reindex")
    async def reindex(request: Request) -> dict[str, bool]:
        await _json(request)
        workspace.request_sync(rebuild=True)
        return {"started": True}


async def _receive(request: Request, limit: int, suffix: str = "") -> Path:
    """The body in a temporary file; ``413`` as soon as it is longer than ``limit``."""
    with tempfile.NamedTemporaryFile(prefix="wenju-", suffix=suffix, delete=False) as file:
        path = Path(file.name)
        received = 0
        try:
            async for chunk in request.stream():
                received += len(chunk)
                if received > limit:
                    raise HTTPException(413, "size")
                file.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    return path


def _sent_by_page(request: Request) -> None:
    """Refuse a body that a form of another site could have sent."""
    if request.headers.get("content-type") != "application/octet-stream":
        raise HTTPException(415, "a file expected")


def _add_uploads(router: APIRouter, page: Page) -> None:
    workspace = page.workspace

    @router.post("/wj/upload")
    async def upload(request: Request, name: str, replaces: str = "") -> dict[str, str]:
        _sent_by_page(request)
        temporary = await _receive(request, MAX_UPLOAD_BYTES)
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

    @router.post("/wj/batch")
    async def batch(request: Request, name: str) -> dict[str, Any]:
        _sent_by_page(request)
        suffix = Path(name).suffix.lower()
        if suffix not in (".xlsx", ".csv", ".txt", ".jsonl"):
            raise HTTPException(415, "type")
        sheet = await _receive(request, _MAX_SHEET_BYTES, suffix)
        return page.jobs.start_batch(sheet, _user(request)).to_dict()


def _add_jobs(router: APIRouter, page: Page) -> None:
    @router.get("/wj/jobs/{job_id}")
    def job(job_id: str, request: Request) -> dict[str, Any]:
        return _job_of(page, job_id, request).to_dict()

    @router.post("/wj/jobs/{job_id}/cancel")
    async def cancel(job_id: str, request: Request) -> dict[str, Any]:
        await _json(request)
        found = _job_of(page, job_id, request)
        found.cancelled.set()
        return found.to_dict()

    @router.get("/wj/jobs/{job_id}/answers.{suffix}")
    def answers(job_id: str, suffix: str, request: Request) -> FileResponse:
        found = _job_of(page, job_id, request)
        if suffix not in BATCH_FORMATS or found.kind != "batch" or found.state != "done":
            raise HTTPException(404, "no such file")
        return FileResponse(found.folder / f"answers.{suffix}", filename=f"answers.{suffix}")

    @router.post("/wj/evaluation")
    async def evaluation(request: Request) -> dict[str, Any]:
        gold = page.golds.get(_string(await _json(request), "gold"))
        if gold is None:
            raise HTTPException(404, "no such question set")
        if not page.workspace.wait_ready(0):
            raise HTTPException(503, "error.starting")
        return page.jobs.start_evaluation(gold, _user(request)).to_dict()

    @router.get("/wj/evaluation")
    def latest(request: Request, language: str = "zh") -> dict[str, Any]:
        found = page.jobs.latest("evaluation", _user(request))
        if found is None:
            return {"job": None, "html": ""}
        html = evaluation_html(found.folder / "run", as_language(language)) if found.state == "done" else ""
        return {"job": {**found.to_dict(), "result": {}}, "html": html}

    @router.get("/wj/evaluation/report")
    def report(request: Request) -> HTMLResponse:
        found = page.jobs.latest("evaluation", _user(request))
        if found is None or found.state != "done":
            raise HTTPException(404, "no report")
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        content = (found.folder / "run" / "report.html").read_text(encoding="utf-8")
        return HTMLResponse(content, headers={"content-security-policy": policy})


def _add_signing_in(router: APIRouter, page: Page) -> None:
    sessions = page.sessions
    if sessions is None:
        return

    @router.get("/login")
    def form(request: Request) -> HTMLResponse:
        return HTMLResponse(sign_in_page(as_language(request.headers.get("accept-language", "zh"))))

    @router.post("/login")
    async def login(request: Request) -> JSONResponse:
        body = await _json(request)
        client = request.client.host if request.client else ""
        language = as_language(_string(body, "language"))
        if sessions.blocked(client):
            return JSONResponse({"detail": text(language, "sign_in.slow")}, 429)
        token = await asyncio.to_thread(
            sessions.sign_in, _string(body, "name"), _string(body, "password"), client
        )
        if token is None:
            return JSONResponse({"detail": text(language, "sign_in.wrong")}, 401)
        reply = JSONResponse({"signed_in": True})
        secure = request.url.scheme == "https"
        reply.set_cookie(
            SESSION_COOKIE, token, httponly=True, samesite="strict", secure=secure, max_age=12 * 3600
        )
        return reply

    @router.post("/logout")
    async def logout(request: Request, _: Annotated[Any, Body()] = None) -> RedirectResponse:
        sessions.sign_out(request.cookies.get(SESSION_COOKIE, ""))
        reply = RedirectResponse("/login", 303)
        reply.delete_cookie(SESSION_COOKIE)
        return reply
