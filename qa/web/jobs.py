"""Long work of the page in the background: a sheet of questions, an evaluation. One at a time; progress can be asked for."""

from __future__ import annotations

import json
import logging
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from index.errors import WenjuError
from qa.batch import run_batch
from qa.tables import answer_row, read_question_rows, write_table
from qa.types import Answer
from qa.web.workspace import Workspace

__all__ = ["BATCH_FORMATS", "PAGE_FOLDER", "Job", "Jobs"]

log = logging.getLogger(__name__)

BATCH_FORMATS = ("xlsx", "csv", "jsonl")
PAGE_FOLDER = "page"
"""Reports and plots of an evaluation in every language of the page, beside its run folder."""
_KEPT = 20
_PREVIEWED = 20


class _CancelledError(Exception):
    """The person stopped the work."""


@dataclass(slots=True)
class Job:
    """One piece of work; ``owner`` is the user who started it, and the only one who sees it."""

    id: str
    kind: Literal["batch", "evaluation"]
    owner: str
    folder: Path
    state: Literal["waiting", "running", "done", "failed", "cancelled"] = "waiting"
    done: int = 0
    total: int = 0
    message: str = ""
    started: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def to_dict(self) -> dict[str, Any]:
        """What the page is told."""
        elapsed = time.monotonic() - self.started if self.started else 0.0
        remaining = elapsed / self.done * (self.total - self.done) if self.done else None
        return {
            "id": self.id, "kind": self.kind, "state": self.state, "done": self.done, "total": self.total,
            "message": self.message, "result": self.result,
            "remaining_s": None if remaining is None else round(remaining),
        }  # fmt: skip


class Jobs:
    """Starts jobs and keeps the last of them with their files."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="wenju-job")
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._root = Path(tempfile.mkdtemp(prefix="wenju-jobs-"))

    def close(self) -> None:
        """Stop everything and remove the files."""
        for job in self._jobs.values():
            job.cancelled.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        shutil.rmtree(self._root, ignore_errors=True)

    def get(self, job_id: str, owner: str) -> Job | None:
        """The job of that id, where it is this user's."""
        job = self._jobs.get(job_id)
        return job if job is not None and job.owner == owner else None

    def latest(self, kind: str, owner: str) -> Job | None:
        """The user's last job of a kind."""
        mine = [job for job in self._jobs.values() if job.kind == kind and job.owner == owner]
        return mine[-1] if mine else None

    def cancel(self, job: Job) -> None:
        """Stop a job: one that waits at once, one that runs after its present step."""
        with self._lock:
            job.cancelled.set()
            if job.state == "waiting":
                job.state = "cancelled"

    def _new(self, kind: Literal["batch", "evaluation"], owner: str) -> Job:
        job_id = secrets.token_urlsafe(12)
        job = Job(job_id, kind, owner, self._root / job_id)
        job.folder.mkdir()
        with self._lock:
            self._jobs[job_id] = job
            finished = [j for j in self._jobs.values() if j.state in ("done", "failed", "cancelled")]
            for old in finished[: max(0, len(self._jobs) - _KEPT)]:
                del self._jobs[old.id]
                shutil.rmtree(old.folder, ignore_errors=True)
        return job

    def _submit(self, job: Job, work: Callable[[], None]) -> Job:
        def run() -> None:
            with self._lock:
                if job.cancelled.is_set():
                    job.state = "cancelled"
                    return
                job.state, job.started = "running", time.monotonic()
            try:
                work()
                job.state = "done"
            except _CancelledError:
                job.state = "cancelled"
            except WenjuError as error:
                job.state, job.message = "failed", str(error)
            except Exception as error:
                log.exception("a job failed")
                job.state, job.message = "failed", type(error).__name__

        self._pool.submit(run)
        return job

    def start_batch(self, questions: Path, owner: str) -> Job:
        """Answer a sheet of questions; the file is moved into the job's folder."""
        job = self._new("batch", owner)
        sheet = job.folder / f"questions{questions.suffix.lower()}"
        shutil.move(questions, sheet)
        return self._submit(job, lambda: self._batch(job, sheet))

    def _batch(self, job: Job, sheet: Path) -> None:
        pipeline = self._workspace.pipeline

        def progress(done: int, total: int) -> None:
            job.done, job.total = done, total
            if job.cancelled.is_set():
                raise _CancelledError

        lines = job.folder / "answers.jsonl"
        run_batch(pipeline, sheet, lines, fingerprint=pipeline.index.fingerprint, progress=progress)
        answers = [json.loads(line) for line in lines.read_text(encoding="utf-8").split("\n") if line]
        if not answers:
            raise WenjuError("the sheet holds no question")
        rows = [
            answer_row(None, one["question"], one["error"])
            if "error" in one
            else answer_row(Answer.from_dict(one), one["question"], "")
            for one in answers
        ]
        beside = [own for _, own in read_question_rows(sheet)]
        for suffix in ("csv", "xlsx"):
            write_table(
                job.folder / f"answers.{suffix}", (row | own for row, own in zip(rows, beside, strict=True))
            )
        job.result = {
            "counts": {
                name: sum(row["status"] == name for row in rows)
                for name in ("answered", "related", "none", "error")
            },
            "preview": [
                {
                    k: row[k]
                    for k in (
                        "question",
                        "answer",
                        "status",
                        "confidence",
                        "title",
                        "document",
                        "page",
                        "error",
                    )
                }
                for row in rows[:_PREVIEWED]
            ],
        }

    def start_evaluation(self, gold: Path, owner: str) -> Job:
        """Run a gold set in a process of its own, so that questions of people go on, and write its report."""
        job = self._new("evaluation", owner)
        return self._submit(job, lambda: self._evaluate(job, gold))

    def _evaluate(self, job: Job, gold: Path) -> None:
        run_dir = job.folder / "run"
        job.total = sum(1 for line in gold.read_text(encoding="utf-8").split("\n") if line.strip())
        index_dir = str(self._workspace.index_dir)
        run = ["eval", "run", "--index", index_dir, "--gold", str(gold), "--out", str(run_dir)]
        self._command(job, run, run_dir)
        self._command(job, ["eval.report_languages", str(run_dir), str(job.folder / PAGE_FOLDER)], run_dir)
        job.done = job.total
        metrics = json.loads((run_dir / "metrics.json").read_text(encoding="utf-8"))
        job.result = {"figures": metrics["figures"], "questions": metrics["questions"]}

    @staticmethod
    def _command(job: Job, arguments: list[str], run_dir: Path) -> None:
        errors = job.folder / "errors.txt"
        with errors.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments], stdout=subprocess.DEVNULL, stderr=stderr
            )
            while process.poll() is None:
                if job.cancelled.is_set():
                    process.terminate()
                    process.wait(10)
                    raise _CancelledError
                answers = run_dir / "answers.jsonl"
                if answers.exists():
                    job.done = answers.read_bytes().count(b"\n")
                time.sleep(0.3)
        if process.returncode != 0:
            said = [line for line in errors.read_text(errors="replace").splitlines() if line.strip()]
            raise WenjuError(said[-1] if said else f"the evaluation ended with code {process.returncode}")
