"""What the page's script calls, put together; health, state, static files and strings, signing in."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from qa.web.auth import TooManyTriesError
from qa.web.bodies import json_body, string_of, user_of
from qa.web.layout import sign_in_page
from qa.web.messages import in_language
from qa.web.page import Page
from qa.web.routes_asking import add_asking
from qa.web.routes_documents import add_documents, add_uploads
from qa.web.routes_jobs import add_evaluation, add_jobs
from qa.web.security import SESSION_COOKIE
from qa.web.strings import as_language, table, text
from qa.web.uploads import MAX_UPLOAD_BYTES

__all__ = ["make_router"]

_STATIC_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def make_router(page: Page, *, language: str = "") -> APIRouter:
    """The routes below ``/wj`` and ``/healthz``, and those for signing in; ``language`` that of the page where it is not the browser's."""
    router = APIRouter(include_in_schema=False)
    _add_state(router, page)
    add_asking(router, page)
    add_documents(router, page)
    add_uploads(router, page)
    add_jobs(router, page)
    add_evaluation(router, page)
    _add_signing_in(router, page, language)
    return router


def _add_state(router: APIRouter, page: Page) -> None:
    workspace = page.workspace

    @router.get("/healthz")
    def healthz() -> JSONResponse:
        state = workspace.state
        ready = workspace.wait_ready(0)
        body = {
            "status": "ok" if ready else state.state,
            "documents": state.documents,
            "index": workspace.fingerprint,
        }
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
    def state(request: Request, language: str = "zh") -> dict[str, Any]:
        page.examples.refresh()
        now = asdict(workspace.state)
        return {
            **now, "message": in_language(now["message"], as_language(language)), "user": user_of(request), "signed_in": page.sessions is not None,
            "golds": sorted(page.golds), "max_mb": MAX_UPLOAD_BYTES // 2**20, "corpus": workspace.corpus_dir.name,
            "index": workspace.fingerprint,
        }  # fmt: skip

    @router.get("/wj/examples")
    def examples(count: int = 4) -> list[str]:
        return page.examples.first(max(0, min(count, 12)))


def _add_signing_in(router: APIRouter, page: Page, page_language: str) -> None:
    sessions = page.sessions
    if sessions is None:
        return

    @router.get("/login")
    def form(request: Request) -> HTMLResponse:
        wanted = page_language or request.headers.get("accept-language")
        return HTMLResponse(sign_in_page(as_language(wanted)))

    @router.post("/login")
    async def login(request: Request) -> JSONResponse:
        body = await json_body(request)
        client = request.client.host if request.client else ""
        language = as_language(string_of(body, "language"))
        name, password = string_of(body, "name"), string_of(body, "password")
        try:
            token = await asyncio.to_thread(sessions.sign_in, name, password, client)
        except TooManyTriesError:
            return JSONResponse({"detail": text(language, "sign_in.slow")}, 429)
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
