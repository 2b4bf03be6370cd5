"""Sheets of questions on the page: what their answers keep and tell, and how they are stopped. A made-up pipeline answers."""

import csv
import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from openpyxl import load_workbook
from starlette.testclient import TestClient

from qa.tables import ANSWER_COLUMNS
from qa.types import Answer
from qa.web.jobs import Jobs
from qa.web.routes_jobs import add_jobs
from qa.web.strings import text


@contextmanager
def page_answered_by(ask: Callable[[str], Answer]) -> Iterator[TestClient]:
    pipeline = SimpleNamespace(ask=ask, index=SimpleNamespace(fingerprint="f"))
    jobs = Jobs(SimpleNamespace(pipeline=pipeline))  # type: ignore[arg-type]
    router, app = APIRouter(), FastAPI()
    add_jobs(router, SimpleNamespace(jobs=jobs))  # type: ignore[arg-type]
    app.include_router(router)
    yield TestClient(app)
    jobs.close()


def nothing(question: str) -> Answer:
    return Answer(question, "none", "", 0.1)


def started(client: TestClient, sheet: str, name: str = "q.csv") -> str:
    reply = client.post(
        "/wj/batch",
        params={"name": name},
        content=sheet.encode(),
        headers={"content-type": "application/octet-stream"},
    )
    return str(reply.json()["id"])


def state(client: TestClient, job_id: str, language: str = "zh") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/wj/jobs/{job_id}", params={"language": language}).json()
    return found


def ended(client: TestClient, job_id: str, language: str = "zh") -> dict[str, Any]:
    end = time.monotonic() + 30
    while state(client, job_id)["state"] in ("waiting", "running"):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)
    return state(client, job_id, language)


SHEET = "编号,问题,备注,status\n007,煤炭？,甲😀,x\n8,,=1+1,\n9,粮食？,,y\n"


def test_the_other_columns_of_a_sheet_stay_beside_their_questions() -> None:
    with page_answered_by(nothing) as client:
        job_id = started(client, SHEET)
        assert ended(client, job_id)["state"] == "done"
        columns = (*ANSWER_COLUMNS, "编号", "备注", "status (column 4)")
        table = client.get(f"/wj/jobs/{job_id}/answers.csv").content.decode("utf-8-sig")
        head, *rows = csv.reader(io.StringIO(table))
        assert tuple(head) == columns
        assert [(row[0], *row[-3:]) for row in rows] == [
            ("煤炭？", "007", "甲😀", "x"),
            ("", "8", "'=1+1", ""),
            ("粮食？", "9", "", "y"),
        ]
        book = load_workbook(io.BytesIO(client.get(f"/wj/jobs/{job_id}/answers.xlsx").content))
        head, first, *_ = book.active.iter_rows(values_only=True)
        assert (head, first[-3:]) == (columns, ("007", "甲😀", "x"))


def test_rows_in_error_are_counted_and_told() -> None:
    def broken(question: str) -> Answer:
        if "粮食" in question:
            raise RuntimeError("broken 😀")
        return nothing(question)

    with page_answered_by(broken) as client:
        job_id = started(client, SHEET)
        told = ended(client, job_id)["result"]
        assert told["counts"] == {"answered": 0, "related": 0, "none": 1, "error": 2, "errors": "，2 题出错"}
        assert text("zh", "batch.done", **told["counts"]).endswith("1 题没有，2 题出错")
        assert [row["error"] for row in told["preview"]] == [
            "",
            "第 2 行没有填写问题",
            "RuntimeError: broken 😀",
        ]
        counts = state(client, job_id, "en")["result"]["counts"]
        assert text("en", "batch.done", **counts).endswith("1 without, 2 in error")


def test_no_errors_are_told_where_there_are_none() -> None:
    with page_answered_by(nothing) as client:
        counts = ended(client, started(client, "煤炭？", "q.txt"))["result"]["counts"]
        assert (counts["error"], counts["errors"]) == (0, "")
        assert text("zh", "batch.done", **counts).endswith("1 题没有")


@pytest.fixture
def go() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_job_that_waits_is_stopped_at_once(go: threading.Event) -> None:
    asked: list[str] = []

    def slow(question: str) -> Answer:
        asked.append(question)
        go.wait(30)
        return nothing(question)

    with page_answered_by(slow) as client:
        first, second = started(client, "一？\n二？", "q.txt"), started(client, "三？", "q.txt")
        assert client.post(f"/wj/jobs/{second}/cancel", json={}).json()["state"] == "cancelled"
        assert state(client, second)["state"] == "cancelled"
        assert client.post(f"/wj/jobs/{first}/cancel", json={}).json()["state"] in ("waiting", "running")
        go.set()
        assert ended(client, first)["state"] == "cancelled"
        third = started(client, "四？", "q.txt")
        assert ended(client, third)["state"] == "done"
        assert state(client, second)["state"] == "cancelled"
        assert asked == ["一？", "四？"]
        assert client.post(f"/wj/jobs/{third}/cancel", json={}).json()["state"] == "done"
