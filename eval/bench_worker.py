"""One measurement in a process of its own, so that its memory and its cold caches are its own: ``python -m eval.bench_worker JSON``.

Prints one JSON object as its last line. ``task``: ``index`` or ``ask``, and the same two for the peer.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["main", "measure_asks"]

WARM_UP = 3


def measure_asks(ask: Any, questions: list[str]) -> dict[str, list[float]]:
    """Ask the first few to warm up, then all; return each one's milliseconds. A lone question is asked once, cold.

    ``retrieve_ms`` is the part of finding passages, where the answers say it.
    """
    for question in questions[:WARM_UP] if len(questions) > 1 else []:
        ask(question)
    spent, retrieving = [], []
    for question in questions:
        begun = time.perf_counter()
        answer = ask(question)
        spent.append(round(1000 * (time.perf_counter() - begun), 2))
        timings = getattr(answer, "timings_ms", {})
        retrieving += [timings["retrieve"]] if "retrieve" in timings else []
    return {"latency_ms": spent, "retrieve_ms": retrieving}


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
    }


def _ask(task: dict[str, Any]) -> dict[str, Any]:
    from qa.pipeline import Pipeline

    begun = time.perf_counter()
    pipeline = Pipeline.open(Path(task["index"]), reader=task["reader"], embedder=task["embedder"])
    opened = time.perf_counter() - begun
    return {
        "open_seconds": round(opened, 2),
        **measure_asks(pipeline.ask, task["questions"]),
    }


def _haystack_index(task: dict[str, Any]) -> dict[str, Any]:
    from eval.bench_haystack import index_passages

    return index_passages(task)


def _haystack_ask(task: dict[str, Any]) -> dict[str, Any]:
    from eval.bench_haystack import ask_questions

    return ask_questions(task)


_TASKS = {"index": _index, "ask": _ask, "haystack-index": _haystack_index, "haystack-ask": _haystack_ask}


def main(arguments: list[str] | None = None) -> int:
    """Do the task given as JSON."""
    task = json.loads((arguments if arguments is not None else sys.argv[1:])[0])
    sys.stdout.write(json.dumps(_TASKS[task["task"]](task)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
