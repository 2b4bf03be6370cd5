"""Routes of long work: a sheet of questions, an evaluation, their progress and results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse

from qa.web.bodies import check_sent_by_page, json_body, received, string_of, user_of
from qa.web.evaluation_html import evaluation_html
from qa.web.jobs import BATCH_FORMATS, PAGE_FOLDER, Job
from qa.web.messages import in_language
from qa.web.page import Page
from qa.web.strings import Language, as_language, text

__all__ = ["add_evaluation", "add_jobs"]

_MAX_SHEET_BYTES = 10 * 2**20


def add_jobs(router: APIRouter, page: Page) -> None:
    """Add the routes of sheets of questions, and of any job's progress."""

    @router.post("/wj/batch")
    async def batch(request: Request, name: str) -> dict[str, Any]:
        check_sent_by_page(request)
        suffix = Path(name).suffix.lower()
        if suffix not in (".xlsx", ".csv", ".txt", ".jsonl"):
            raise HTTPException(415, "type")
        sheet = await received(request, _MAX_SHEET_BYTES, suffix)
        return page.jobs.start_batch(sheet, user_of(request)).to_dict()

    @router.get("/wj/jobs/{job_id}")
    def job(job_id: str, request: Request, language: str = "zh") -> dict[str, Any]:
        return _told(_job_of(page, job_id, request), as_language(language))

    @router.post("/wj/jobs/{job_id}/cancel")
    async def cancel(job_id: str, request: Request) -> dict[str, Any]:
        await json_body(request)
        found = _job_of(page, job_id, request)
        page.jobs.cancel(found)
        return found.to_dict()

    @router.get("/wj/jobs/{job_id}/answers.{suffix}")
    def answers(job_id: str, suffix: str, request: Request) -> FileResponse:
        found = _job_of(page, job_id, request)
        if suffix not in BATCH_FORMATS or found.kind != "batch" or found.state != "done":
            raise HTTPException(404, "no such file")
        return FileResponse(found.folder / f"answers.{suffix}", filename=f"answers.{suffix}")


def add_evaluation(router: APIRouter, page: Page) -> None:
    """Add the routes of evaluation runs."""

    @router.post("/wj/evaluation")
    async def evaluation(request: Request) -> dict[str, Any]:
        gold = page.golds.get(string_of(await json_body(request), "gold"))
        if gold is None:
            raise HTTPException(404, "no such question set")
        if not page.workspace.wait_ready(0):
            raise HTTPException(503, "error.starting")
        return page.jobs.start_evaluation(gold, user_of(request)).to_dict()

    @router.get("/wj/evaluation")
    def latest(request: Request, language: str = "zh") -> dict[str, Any]:
        found = page.jobs.latest("evaluation", user_of(request))
        if found is None:
            return {"job": None, "html": ""}
        words = as_language(language)
        html = ""
        if found.state == "done":
            html = evaluation_html(found.folder / "run", found.folder / PAGE_FOLDER, words)
        return {"job": {**_told(found, words), "result": {}}, "html": html}

    @router.get("/wj/evaluation/report")
    def report(request: Request, language: str = "zh", theme: str = "") -> HTMLResponse:
        found = page.jobs.latest("evaluation", user_of(request))
        if found is None or found.state != "done":
            raise HTTPException(404, "no report")
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        written = found.folder / PAGE_FOLDER / f"report.{as_language(language)}.html"
        content = written.read_text(encoding="utf-8")
        if theme in ("light", "dark"):  # the page's colours, where they are not the system's
            content = content.replace("<html ", f'<html data-theme="{theme}" ', 1)
        return HTMLResponse(content, headers={"content-security-policy": policy})


def _told(job: Job, language: Language) -> dict[str, Any]:
    """What the page is told of a job, troubles in its language; ``counts["errors"]`` is a part of the sentence ``batch.done``."""
    found = job.to_dict()
    result = found["result"]
    if "preview" in result:
        rows = [{**row, "error": in_language(row["error"], language)} for row in result["preview"]]
        errors = result["counts"]["error"]
        words = text(language, "batch.done.errors", n=errors) if errors else ""
        result = {**result, "preview": rows, "counts": {**result["counts"], "errors": words}}
    return {**found, "message": in_language(found["message"], language), "result": result}


def _job_of(page: Page, job_id: str, request: Request) -> Job:
    job = page.jobs.get(job_id, user_of(request))
    if job is None:
        raise HTTPException(404, "no such job")
    return job
