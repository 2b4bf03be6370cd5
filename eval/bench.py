"""Speed, memory and size as a corpus grows; every measurement in a fresh process. Writes a table, a page with plots, and JSON.

Cold start is the wall time of ``python -m qa ask`` from the shell to the answer (of the peer: of a process that loads
the saved store and asks once). Latency is that of a warm pipeline, one
question at a time. Memory is the peak resident size of the measuring process and its workers, sampled while it runs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from eval.bench_corpus import make_corpus, make_questions, read_sentences
from eval.bench_report import bench_html, bench_markdown
from eval.errors import EvalError
from eval.machine import machine, versions

__all__ = ["run_bench"]

COLD_STARTS = 3
SAMPLE_SECONDS = 0.05


def run_bench(
    texts: Sequence[Path],
    out: Path,
    *,
    sizes: Sequence[int],
    questions: int,
    seed: int,
    reader: str | None = None,
    embedder: str | None = None,
    peer: str | None = None,
) -> list[Path]:
    """Measure every size and write ``bench.json``, ``bench.md`` and ``bench.html`` below ``out``.

    Raises
    ------
    EvalError
        Where the texts are too few, or a measurement fails.
    MissingDependencyError
        Where the peer is not installed.
    """
    if peer:
        from eval.bench_haystack import check_installed

        check_installed()
    sentences = read_sentences(texts)
    asked = make_questions(sentences, count=questions, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for size in sorted(sizes):
        with TemporaryDirectory(prefix="bench-") as folder:
            rows += _measure(Path(folder), sentences, asked, size, seed, reader, embedder, peer)
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "versions": versions(),
        "reader": reader or "bundled",
        "embedder": embedder or "bundled",
        "questions": len(asked),
        "seed": seed,
        "rows": rows,
    }
    written = {
        "bench.json": json.dumps(result, ensure_ascii=False, indent=1) + "\n",
        "bench.md": bench_markdown(result),
        "bench.html": bench_html(result),
    }
    for name, text in written.items():
        (out / name).write_text(text, encoding="utf-8")
    return [out / name for name in written]


def _measure(
    folder: Path,
    sentences: Sequence[str],
    questions: Sequence[str],
    size: int,
    seed: int,
    reader: str | None,
    embedder: str | None,
    peer: str | None,
) -> list[dict[str, Any]]:
    corpus, index = folder / "corpus", folder / "index"
    make_corpus(sentences, corpus, passages=size, seed=seed)
    indexed = _worker({"task": "index", "corpus": str(corpus), "index": str(index), "embedder": embedder})
    cold = [_cold_start(index, questions[0], reader) for _ in range(COLD_STARTS)]
    asked = _worker(
        {
            "task": "ask",
            "index": str(index),
            "reader": reader,
            "embedder": embedder,
            "questions": list(questions),
        }
    )
    rows = [{"system": "wenju", "cold_seconds": round(median(cold), 2)} | _row(indexed, asked)]
    if peer:
        shutil.rmtree(corpus)
        rows.append(_peer_row(folder, index, questions, reader, embedder))
    return rows


def _row(indexed: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    latencies = sorted(asked["latency_ms"])
    return {
        "passages": indexed["passages"],
        "rate": round(indexed["passages"] / max(indexed["seconds"], 0.01), 1),
        "index_seconds": indexed["seconds"],
        "index_memory_mib": indexed["memory_mib"],
        "index_mib": indexed["index_mib"],
        "retrieve_p50_ms": round(median(asked["retrieve_ms"]), 1) if asked.get("retrieve_ms") else None,
        "p50_ms": round(median(latencies), 1),
        "p95_ms": latencies[min(len(latencies) - 1, int(0.95 * len(latencies)))],
        "ask_memory_mib": asked["memory_mib"],
    }


def _peer_row(
    folder: Path, index: Path, questions: Sequence[str], reader: str | None, embedder: str | None
) -> dict[str, Any]:
    from eval.bench_haystack import dump_passages, make_twin_reader
    from index.embedder import BUNDLED_PATH

    dump_passages(index, folder / "passages.jsonl")
    task = {
        "passages": str(folder / "passages.jsonl"),
        "store": str(folder / "store.json"),
        "embedder": embedder or str(BUNDLED_PATH),
        "reader": reader or str(make_twin_reader(folder / "reader")),
        "questions": list(questions),
    }
    indexed = _worker({**task, "task": "haystack-index"})
    cold = [
        _timed_worker({**task, "task": "haystack-ask", "questions": [questions[0]]})
        for _ in range(COLD_STARTS)
    ]
    asked = _worker({**task, "task": "haystack-ask"})
    return {"system": "haystack", "cold_seconds": round(median(cold), 2)} | _row(indexed, asked)


def _timed_worker(task: dict[str, Any]) -> float:
    begun = time.perf_counter()
    _worker(task)
    return time.perf_counter() - begun


def _worker(task: dict[str, Any]) -> dict[str, Any]:
    """Run one measurement in a process of its own; add its peak memory, that of its own workers included."""
    import psutil

    command = [sys.executable, "-m", "eval.bench_worker", json.dumps(task)]
    with (
        TemporaryFile("w+", encoding="utf-8") as out,
        TemporaryFile("w+", encoding="utf-8") as err,
        subprocess.Popen(command, stdout=out, stderr=err, text=True) as process,
    ):
        peak = 0
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _resident_bytes(watched))
            time.sleep(SAMPLE_SECONDS)
        out.seek(0)
        err.seek(0)
        if process.returncode != 0:
            last = (err.read().strip().splitlines() or ["no message"])[-1]
            raise EvalError(f"the measurement {task['task']!r} failed: {last}")
        result: dict[str, Any] = json.loads(out.read().strip().splitlines()[-1])
    return {**result, "memory_mib": round(peak / 2**20, 1)}


def _resident_bytes(process: Any) -> int:
    """Resident memory of a process and all below it, now; what ended in the meantime counts nothing."""
    import psutil

    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.Error:
        return total
    return total


def _cold_start(index: Path, question: str, reader: str | None) -> float:
    command = [sys.executable, "-m", "qa", "ask", question, "--index", str(index), "--json"]
    begun = time.perf_counter()
    done = subprocess.run(
        command + (["--reader", reader] if reader else []), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise EvalError(f"the cold start failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return time.perf_counter() - begun
