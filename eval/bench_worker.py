"""One measurement in a process of its own, so that its memory and its cold caches are its own: ``python -m eval.bench_worker JSON``.

Prints one JSON object as its last line. ``task``: ``index``, ``ask``, or ``haystack`` (the peer).
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["main", "measure_asks", "peak_memory_mib"]

WARM_UP = 3


def peak_memory_mib() -> dict[str, float]:
    """Return the peak resident memory of this process and of the largest one it started, in MiB."""
    unit = 2**20 if sys.platform == "darwin" else 2**10  # bytes there, KiB here
    own, children = (
        resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {"memory_mib": round(own / unit, 1), "workers_memory_mib": round(children / unit, 1)}


def measure_asks(ask: Any, questions: list[str]) -> dict[str, list[float]]:
    """Ask the first few to warm up, then all; return each one's milliseconds."""
    for question in questions[:WARM_UP]:
        ask(question)
    spent = []
    for question in questions:
        begun = time.perf_counter()
        ask(question)
        spent.append(round(1000 * (time.perf_counter() - begun), 2))
    return {"latency_ms": spent}


def _index(task: dict[str, Any]) -> dict[str, Any]:
    from index.sync import sync

    begun = time.perf_counter()
    report = sync(Path(task["corpus"]), Path(task["index"]), embedder=task["embedder"])
    seconds = time.perf_counter() - begun
    files = [file for file in Path(task["index"]).rglob("*") if file.is_file()]
    return {
        "passages": report.passages,
        "documents": report.documents,
        "seconds": round(seconds, 2),
        "index_mib": round(sum(file.stat().st_size for file in files) / 2**20, 2),
        **peak_memory_mib(),
    }


def _ask(task: dict[str, Any]) -> dict[str, Any]:
    from qa.pipeline import Pipeline

    begun = time.perf_counter()
    pipeline = Pipeline.open(Path(task["index"]), reader=task["reader"], embedder=task["embedder"])
    opened = time.perf_counter() - begun
    return {
        "open_seconds": round(opened, 2),
        **measure_asks(pipeline.ask, task["questions"]),
        **peak_memory_mib(),
    }


def _haystack(task: dict[str, Any]) -> dict[str, Any]:
    from eval.bench_haystack import measure

    return {**measure(task), **peak_memory_mib()}


def main(arguments: list[str] | None = None) -> int:
    """Do the task given as JSON."""
    task = json.loads((arguments if arguments is not None else sys.argv[1:])[0])
    work = {"index": _index, "ask": _ask, "haystack": _haystack}[task["task"]]
    sys.stdout.write(json.dumps(work(task)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
