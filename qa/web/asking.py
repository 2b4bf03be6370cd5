"""Asking for the page: follow-ups made whole, few at a time, told stage by stage, ended when nobody listens any more."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from index.errors import WenjuError
from qa.followup import follow_up
from qa.question_parts import Part
from qa.web.answer_html import answer_html, copy_text
from qa.web.evidence_html import DocumentFacts, evidence_html
from qa.web.messages import in_language
from qa.web.scores import citation_scores
from qa.web.strings import Language
from qa.web.turn import Turn
from qa.web.workspace import Workspace

__all__ = ["LONGEST_QUESTION", "AskRequest", "Asker", "rendered"]

log = logging.getLogger(__name__)

LONGEST_QUESTION = 1_000
_READY_SECONDS = 300.0
_AT_ONCE = 2
"""Questions answered at the same time; the models keep both cores of an office PC busy with two."""


@dataclass(frozen=True, slots=True)
class AskRequest:
    """What the page sends. ``previous`` is the question asked before, for follow-ups; an empty one asks for none."""

    question: str
    language: Language
    previous: str = ""
    previous_answer: str = ""
    document_ids: tuple[str, ...] = ()


class _ListenerGoneError(Exception):
    """Nobody waits for the answer any more."""


def rendered(turn: Turn, workspace: Workspace, language: Language) -> dict[str, Any]:
    """The HTML of a turn: the answer's card, its evidence, and the text that the copy button takes."""
    return {
        "html": answer_html(turn.answer, language),
        "evidence": evidence_html(turn, _facts(workspace), language),
        "copy": copy_text(turn.answer, language),
    }


def _facts(workspace: Workspace) -> Callable[[str], DocumentFacts | None]:
    def facts(document_id: str) -> DocumentFacts | None:
        try:
            document = workspace.pipeline.index.document(document_id)
        except (KeyError, WenjuError):
            return None
        text, about = document.text, document.metadata
        return DocumentFacts(
            document.sha256, about.number, about.issuer, about.date, bool(document.pages),
            lambda offset: text.count("\n", 0, offset) + 1,
        )  # fmt: skip

    return facts


class Asker:
    """Answers requests of the page, a few at a time, in the order they came."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._slots: asyncio.Semaphore | None = None

    async def stream(self, request: AskRequest) -> AsyncIterator[bytes]:
        """Yield JSON lines: ``{"stage": …}`` as the work goes on, then the turn with its HTML, or ``{"error": …}``."""
        self._slots = self._slots or asyncio.Semaphore(_AT_ONCE)
        gone = threading.Event()
        try:
            async for line in self._answer(request, gone):
                yield json.dumps(line, ensure_ascii=True).encode() + b"\n"
        finally:
            gone.set()

    async def _answer(self, request: AskRequest, gone: threading.Event) -> AsyncIterator[dict[str, Any]]:
        assert self._slots is not None
        if not self._workspace.wait_ready(0):
            yield {"stage": "waiting"}
            if not await self._until_ready():
                yield {"error": "error.starting"}
                return
        if self._slots.locked():
            yield {"stage": "queued"}
        async with self._slots:
            stages: asyncio.Queue[str] = asyncio.Queue()
            loop = asyncio.get_running_loop()

            def on_stage(stage: str) -> None:
                if gone.is_set():
                    raise _ListenerGoneError
                loop.call_soon_threadsafe(stages.put_nowait, stage)

            work = asyncio.create_task(asyncio.to_thread(self._work, request, on_stage))
            while not work.done():
                heard = asyncio.create_task(stages.get())
                await asyncio.wait({work, heard}, return_when=asyncio.FIRST_COMPLETED)
                if heard.done():
                    yield {"stage": heard.result()}
                else:
                    heard.cancel()
            yield _result(work, request.language)

    async def _until_ready(self) -> bool:
        for _ in range(int(_READY_SECONDS / 0.1)):
            if self._workspace.wait_ready(0):
                return True
            if self._workspace.state.state == "failed":
                return False
            await asyncio.sleep(0.1)
        return False

    def _work(self, request: AskRequest, on_stage: Callable[[str], None]) -> dict[str, Any]:
        pipeline = self._workspace.pipeline
        made = follow_up(request.question, request.previous, request.previous_answer)
        chosen: tuple[str, ...] | None = None
        if request.document_ids:
            known = {info.id for info in pipeline.index.documents()}
            chosen = tuple(i for i in request.document_ids if i in known)
            if not chosen:
                return {"error": "error.scope"}
        answer, explanation = pipeline.explain(made.question, document_ids=chosen, on_stage=on_stage)
        parts: tuple[Part, ...] = made.parts
        scores = citation_scores(answer, explanation, pipeline.index)
        turn = Turn(request.question, answer, parts, scores, len(chosen or ()))
        return {"turn": turn.to_dict(), **rendered(turn, self._workspace, request.language)}


def _result(work: asyncio.Task[dict[str, Any]], language: Language) -> dict[str, Any]:
    try:
        return work.result()
    except _ListenerGoneError:
        return {"error": "stopped"}
    except WenjuError as error:
        log.warning("a question failed: %s", error)
        return {"error": "error.server", "reason": in_language(str(error), language)}
    except Exception:
        # One question must not take the page's connection down without a word.
        log.exception("a question failed")
        return {"error": "error.server"}
