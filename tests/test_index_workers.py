"""Building documents: the same in one process and in several; what dies is told apart from what fails."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.build import BuiltDocument, build_document
from index.config import IndexConfig
from index.dense import CONTEXT_WEIGHT
from index.embedder import load_embedder
from index.errors import DocumentError
from index.offsets import OffsetMap
from index.workers import BuildFailure, BuildTask, build_documents, worker_count

ROOT = Path(__file__).parent.parent


class SlowEmbedder:
    """Stands for a transformer: it is not handed to worker processes, and likes many texts at a time."""

    def __init__(self, inner: object) -> None:
        self.inner, self.calls = inner, [0]
        self.name, self.dimension, self.fingerprint = "slow", inner.dimension, "f"  # type: ignore[attr-defined]

    def encode_documents(self, texts: list[str]) -> np.ndarray:
        self.calls.append(len(texts))
        return self.inner.encode_documents(texts)  # type: ignore[attr-defined,no-any-return]

    def encode_query(self, query: str) -> np.ndarray:
        return self.inner.encode_query(query)  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def tasks(corpus: Path) -> list[BuildTask]:
    (corpus / "bad.txt").write_bytes(b"\0\1\2" * 50)
    (corpus / "unseen.txt").write_text("\u200b\u200b", encoding="utf-8")
    long = "# 冻干产业\n\n" + "我们坚持把做优营商环境摆在突出位置。" * 40  # several passages below one title
    (corpus / "long.md").write_text(long, encoding="utf-8")
    paths = sorted(path for path in corpus.rglob("*") if path.is_file())
    return [BuildTask(path, path.name, 100) for path in (*paths, corpus / "missing.txt")]


def config_of(embedder: object) -> IndexConfig:
    return IndexConfig("e", "f", embedder.dimension)  # type: ignore[attr-defined]


def same(one: object, other: object) -> bool:
    if isinstance(one, BuildFailure) or isinstance(other, BuildFailure):
        return one == other
    assert isinstance(one, BuiltDocument) and isinstance(other, BuiltDocument)
    left, right = one.vectors, other.vectors
    return (one.document, one.file_sha256, one.offsets, one.passages, one.fields) == (
        other.document,
        other.file_sha256,
        other.offsets,
        other.passages,
        other.fields,
    ) and all(np.allclose(a, b) for a, b in zip(left, right, strict=True))  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("kind", ["static", "slow"])
def test_every_way_builds_the_same(
    tasks: list[BuildTask], tiny_embedder: str, workers: int, kind: str
) -> None:
    static = load_embedder(tiny_embedder)
    embedder = static if kind == "static" else SlowEmbedder(static)
    config = config_of(static)
    expected = list(build_documents(tasks, config, static))
    built = list(build_documents(tasks, config, embedder, workers=workers))  # type: ignore[arg-type]
    assert len(built) == len(tasks)
    assert all(same(one, other) for one, other in zip(built, expected, strict=True))
    failed = {one.document_id: one.reason for one in built if isinstance(one, BuildFailure)}
    assert failed.keys() == {"bad.txt", "unseen.txt", "missing.txt"}
    assert failed["missing.txt"] == "missing.txt: cannot be read (No such file or directory)"
    assert failed["unseen.txt"] == "unseen.txt: no text to index"
    if isinstance(embedder, SlowEmbedder):
        vectors = sum(
            len(some) for one in built if isinstance(one, BuiltDocument) for some in one.vectors or ()
        )
        assert embedder.calls[:2] == [0, vectors], "one call for the sentences of all passages"
        assert 0 < embedder.calls[2] < vectors and len(embedder.calls) == 3, "one for what is above them"


def test_a_built_document_is_whole(corpus: Path, tiny_embedder: str) -> None:
    embedder = load_embedder(tiny_embedder)
    path = corpus / "子目录" / "c.md"
    built = build_document(path, "子目录/c.md", config_of(embedder), embedder=embedder)
    assert built.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    text = built.document.text
    for passage in built.passages:
        assert OffsetMap.from_bytes(built.offsets).to_source(passage.start, passage.end) == (
            passage.source_start,
            passage.source_end,
        )
        assert text[passage.source_start : passage.source_end]
    assert built.vectors is not None and len(built.vectors) == len(built.fields) == len(built.passages)
    assert build_document(path, "c", config_of(embedder)).vectors is None


def test_the_terms_above_count_and_so_does_their_vector(tmp_path: Path, tiny_embedder: str) -> None:
    embedder = load_embedder(tiny_embedder)
    sentence = "我们坚持把做优营商环境摆在突出位置。"
    (tmp_path / "a.md").write_text(f"# 冻干产业\n\n{sentence * 30}", encoding="utf-8")
    for context, count in ((True, 1), (False, 0)):
        config = IndexConfig("e", "f", embedder.dimension, context=context, sentences=False)
        built = build_document(tmp_path / "a.md", "a.md", config, embedder=embedder)
        last, fields = built.passages[-1], built.fields[-1]
        assert "冻干" not in last.text
        assert fields["words"].split().count("冻") + fields["words"].split().count("冻干") >= count
        assert ("冻干" in fields["bigrams"].split()) is context
        own, above = embedder.encode_documents([last.text, "冻干产业"])
        expected = own + CONTEXT_WEIGHT * above if context else own
        assert built.vectors is not None
        (vector,) = built.vectors[-1]
        assert np.allclose(vector, expected / np.linalg.norm(expected), atol=1e-6)
        assert np.linalg.norm(own - vector) > 0.01 or not context


def test_a_file_too_large_is_refused_unread(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, tiny_embedder: str
) -> None:
    import index.build

    monkeypatch.setattr(index.build, "MAX_BYTES", 10)
    monkeypatch.setattr(index.build.load_document, "__kwdefaults__", {"max_bytes": 10, "ocr": False})
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))
    with pytest.raises(DocumentError, match=r"a\.txt: is too large"):
        build_document(corpus / "a.txt", "a.txt", config_of(load_embedder(tiny_embedder)))


def test_little_work_needs_no_further_process() -> None:
    assert worker_count([BuildTask(Path("a"), "a", 1000)] * 199) == 1
    assert worker_count([BuildTask(Path("a"), "a", 1000)] * 200) >= 1
    assert worker_count([]) == 1


def processes_of(mark: str) -> list[int]:
    """Processes with a mark in their environment."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the processes in /proc")
def test_workers_do_not_outlive_a_killed_parent(tmp_path: Path, tiny_embedder: str) -> None:
    (tmp_path / "corpus").mkdir()
    for i in range(3000):
        (tmp_path / "corpus" / f"{i}.txt").write_text("煤炭产量增长。" * 400, encoding="utf-8")
    command = [sys.executable, "-m", "index", "sync", str(tmp_path / "corpus"), "--index", str(tmp_path / "index"),
               "--embedder", tiny_embedder, "--workers", "2"]  # fmt: skip
    mark = f"WENJU_TEST={tmp_path}"
    environment = {**os.environ, "WENJU_TEST": str(tmp_path)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert wait_for(lambda: len(processes_of(mark)) >= 3), "the workers never started"
    process.kill()
    process.wait()
    assert wait_for(lambda: not processes_of(mark)), "workers were left behind"
