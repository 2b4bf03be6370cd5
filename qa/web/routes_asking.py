"""Routes of the conversation: asking, drawing kept answers again, suggestions, opinions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse

from index.errors import WenjuError
from qa.feedback import Feedback, MarkedSpan
from qa.web.asking import LONGEST_QUESTION, AskRequest, rendered
from qa.web.bodies import json_body, string_of, user_of
from qa.web.page import Page
from qa.web.strings import as_language
from qa.web.turn import Turn
from qa.web.workspace import Workspace

__all__ = ["add_asking"]

_STORED_TURNS = 50


def add_asking(router: APIRouter, page: Page) -> None:
    """Add the routes to ``router``."""

    @router.post("/wj/ask")
    async def ask(request: Request) -> StreamingResponse:
        body = await json_body(request)
        question = string_of(body, "question").strip()
        if not question:
            raise HTTPException(422, "error.empty")
        if len(question) > LONGEST_QUESTION:
            raise HTTPException(422, "error.long")
        chosen = body.get("document_ids") or []
        if not isinstance(chosen, list) or not all(isinstance(one, str) for one in chosen):
            raise HTTPException(400, "document_ids must be a list of strings")
        asked = AskRequest(
            question, as_language(string_of(body, "language")), string_of(body, "previous")[:LONGEST_QUESTION],
            string_of(body, "previous_answer")[:200], tuple(chosen),
        )  # fmt: skip

        async def lines() -> AsyncIterator[bytes]:
            async for line in page.asker.stream(asked):
                yield line

        return StreamingResponse(
            lines(), media_type="application/x-ndjson", headers={"cache-control": "no-store"}
        )

    @router.post("/wj/render")
    async def render(request: Request) -> list[dict[str, Any]]:
        body = await json_body(request)
        language = as_language(string_of(body, "language"))
        stored = body.get("turns")
        if not isinstance(stored, list) or len(stored) > _STORED_TURNS:
            raise HTTPException(400, f"at most {_STORED_TURNS} turns")
        return await asyncio.to_thread(_render_all, page.workspace, stored, language)

    @router.post("/wj/next")
    async def following(request: Request) -> list[str]:
        body = await json_body(request)
        try:
            turn = Turn.from_dict(body["turn"])
        except (KeyError, ValueError):
            raise HTTPException(400, "not a turn") from None
        return page.examples.after(turn.answer, 3)

    @router.post("/wj/feedback")
    async def feedback(request: Request) -> dict[str, bool]:
        body = await json_body(request)
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
        one = Feedback(turn.answer.question, verdict, turn.answer, marked, user_of(request))
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
