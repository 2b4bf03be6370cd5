"""Damage of every kind: detected, told in one line, never served, mended where the database is intact."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_index import DOCUMENTS, answers, answers_of, make_embedder, write_files

from index.corpus_index import CorpusIndex, check_index
from index.errors import IndexCorruptError, IndexMismatchError, IndexStateError
from index.store import DATABASE_NAME, Store
from index.sync import sync
from index.vectors import FaissVectorStore
from index.writing import finish

ROOT = Path(__file__).parent.parent
KINDS = ["wenju.sqlite", "wenju.seal", "*.faiss", "meta.json", ".managed.json", "*.idx", "*.term", "*.fast", "*.fieldnorm", "*.store",
         "*.del"]  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, tiny_embedder: str) -> Path:
    """A corpus and its index, with a removed document in a segment, never changed by a test."""
    folder = tmp_path_factory.mktemp("template")
    many = {f"m{i:02}.txt": f"第{i}号文件,煤炭产量{i}万吨。" for i in range(30)}
    write_files(folder / "corpus", {**DOCUMENTS, **many, "gone.txt": "将要删除"})
    sync(folder / "corpus", folder / "index", embedder=tiny_embedder)
    (folder / "corpus" / "gone.txt").unlink()
    sync(folder / "corpus", folder / "index", embedder=tiny_embedder)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    """A copy to be damaged: ``corpus`` and ``index``."""
    return shutil.copytree(template, tmp_path / "copy")


def one_file(index_dir: Path, kind: str) -> Path:
    found = [p for p in index_dir.rglob(kind) if p.is_file()]
    assert found, f"no file like {kind}: {sorted(p.name for p in index_dir.rglob('*'))}"
    return found[0]


def replace_content(path: Path, content: bytes) -> None:
    """As another file of the same name: one cut short in place would end every process that still has it mapped."""
    path.unlink()
    path.write_bytes(content)


def assert_detected(index_dir: Path, path: Path) -> None:
    report = check_index(index_dir)
    assert report.problems and not report.healthy
    assert any(path.name in problem or path.parent.name in problem for problem in report.problems)
    assert all("\n" not in problem for problem in report.problems)
    with pytest.raises((IndexCorruptError, IndexMismatchError)) as caught:
        CorpusIndex.open(index_dir)
    assert "\n" not in str(caught.value)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


def test_every_file_of_an_index_is_tried_below(template: Path) -> None:
    files = {p for p in (template / "index").rglob("*") if p.is_file() and p.stat().st_size}
    tried = {p for kind in KINDS for p in (template / "index").rglob(kind)}
    assert {p.name for p in files - tried if p.suffix not in (".pos",)} <= {"wenju.sqlite-shm", "wenju.lock"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_a_flipped_byte_is_detected(folder: Path, kind: str, where: str) -> None:
    path = one_file(folder / "index", kind)
    flip(path, {"first": 0, "middle": path.stat().st_size // 2, "last": -1}[where])
    assert_detected(folder / "index", path)


def test_a_flipped_byte_anywhere_in_the_database_is_detected(folder: Path, tmp_path: Path) -> None:
    path = folder / "index" / DATABASE_NAME
    intact = path.read_bytes()
    generator = random.Random(0)
    places = [*range(0, 100, 7), *(generator.randrange(len(intact)) for _ in range(25))]
    for at in places:
        path.write_bytes(intact)
        flip(path, at)
        report = check_index(folder / "index") if at not in range(60, 64) else None
        assert report is None or (report.problems and not report.healthy), f"byte {at}"
        with pytest.raises((IndexCorruptError, IndexMismatchError)):
            CorpusIndex.open(folder / "index")


def everything(index_dir: Path) -> dict[str, object]:
    """All that an index can be made to say."""
    index = CorpusIndex.open(index_dir)
    try:
        with index.pinned():
            documents = {info.id: (info, index.document(info.id)) for info in index.documents()}
            passages = {document_id: index.passages_of(document_id) for document_id in documents}
            return {**answers(index), "all documents": documents, "all passages": passages}
    finally:
        index.close()


def test_a_flipped_byte_in_a_row_is_detected_without_the_seal(folder: Path) -> None:
    """Where a crash left no seal, the rows' own checksums tell: nothing false is ever served."""
    path = folder / "index" / DATABASE_NAME
    (folder / "index" / "wenju.seal").unlink()
    before, data = everything(folder / "index"), path.read_bytes()
    for text in (
        "1200 万吨",
        "1200万吨",
        "煤炭产量增长",
        "冻干产业",
        '"fingerprint"',
        "d.txt",
        '"format": "md"',
    ):
        for shift in (0, 1, 2):
            flip(path, data.index(text.encode()) + shift)
            assert check_index(folder / "index").problems, text
            try:
                assert everything(folder / "index") == before, f"something false was served: {text}"
            except IndexStateError as error:
                assert "\n" not in str(error)
            path.write_bytes(data)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("wenju.seal",)])
def test_a_missing_file_is_detected(folder: Path, kind: str) -> None:
    path = one_file(folder / "index", kind)
    path.unlink()
    if kind == DATABASE_NAME:
        with pytest.raises(IndexStateError, match="holds no index"):
            check_index(folder / "index")
        with pytest.raises(IndexStateError, match="holds no index"):
            CorpusIndex.open(folder / "index")
    else:
        assert_detected(folder / "index", path)
        assert any("is missing" in problem for problem in check_index(folder / "index").problems)


def test_a_missing_seal_loses_nothing_and_comes_back(folder: Path) -> None:
    (folder / "index" / "wenju.seal").unlink()
    assert check_index(folder / "index").healthy
    sync(folder / "corpus", folder / "index")
    assert (folder / "index" / "wenju.seal").exists()


def test_a_repair_tidies_up_after_an_interrupted_write(folder: Path) -> None:
    found = unfinished(folder)
    (folder / "index" / "vectors-000001.faiss").write_bytes(b"left over")
    report = check_index(folder / "index", repair=True)
    assert report.problems == () and not report.repaired
    assert not (folder / "index" / "vectors-000001.faiss").exists()
    log = folder / "index" / f"{DATABASE_NAME}-wal"
    assert not log.exists() or not log.stat().st_size
    assert answers_of(folder / "index") == found
    flip(folder / "index" / DATABASE_NAME, 5000)
    assert check_index(folder / "index").problems, "it is sealed again"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_file_is_detected(folder: Path, kind: str, share: float) -> None:
    path = one_file(folder / "index", kind)
    replace_content(path, path.read_bytes()[: int(path.stat().st_size * share)])
    assert_detected(folder / "index", path)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != DATABASE_NAME])
@pytest.mark.parametrize("damage", ["flipped", "missing", "empty"])
def test_what_was_derived_is_mended(folder: Path, kind: str, damage: str) -> None:
    before = answers_of(folder / "index")
    path = one_file(folder / "index", kind)
    if damage == "flipped":
        flip(path, path.stat().st_size // 2)
    elif damage == "missing":
        path.unlink()
    else:
        replace_content(path, b"")
    report = check_index(folder / "index", repair=True)
    if (kind, damage) != ("wenju.seal", "missing"):
        assert report.repaired and report.problems
    assert report.healthy
    assert check_index(folder / "index").problems == ()
    assert answers_of(folder / "index") == before
    assert sync(folder / "corpus", folder / "index").unchanged == len(before["documents"])  # type: ignore[arg-type]


def test_an_open_index_follows_a_repair(folder: Path) -> None:
    open_index = CorpusIndex.open(folder / "index")
    before = answers(open_index)
    flip(one_file(folder / "index", "*.faiss"), 40)
    assert check_index(folder / "index", repair=True).repaired
    assert open_index.refresh()
    assert answers(open_index) == before
    open_index.close()


def test_a_damaged_database_is_not_mended_but_built_again(folder: Path) -> None:
    before = answers_of(folder / "index")
    path = folder / "index" / DATABASE_NAME
    flip(path, path.read_bytes().index("1200 万吨".encode()))
    report = check_index(folder / "index", repair=True)
    assert report.problems and not report.repaired
    with pytest.raises(IndexCorruptError, match=r"--rebuild"):
        sync(folder / "corpus", folder / "index")
    assert check_index(folder / "index").problems, "a sync must not seal the damage"
    report_again = sync(folder / "corpus", folder / "index", rebuild=True)
    assert "the former database was kept as wenju.sqlite.damaged-" in report_again.repaired[0]
    assert list((folder / "index").glob("wenju.sqlite.damaged-*"))
    assert check_index(folder / "index").problems == ()
    assert answers_of(folder / "index") == before


def test_an_open_index_follows_a_rebuilt_database(folder: Path) -> None:
    open_index = CorpusIndex.open(folder / "index")
    before = answers(open_index)
    write_files(folder / "corpus", {"new.txt": "新文件"})
    flip(folder / "index" / DATABASE_NAME, 5000)
    sync(folder / "corpus", folder / "index", rebuild=True)
    assert open_index.refresh()
    assert answers(open_index) == answers_of(folder / "index") != before
    open_index.close()


def test_a_database_of_another_version_is_told(folder: Path) -> None:
    connection = sqlite3.connect(folder / "index" / DATABASE_NAME)
    connection.execute("PRAGMA user_version = 77")
    connection.close()
    for action in (check_index, CorpusIndex.open):
        with pytest.raises(IndexMismatchError, match="made by another version"):
            action(folder / "index")
    with pytest.raises(IndexMismatchError, match=r"--rebuild"):
        sync(folder / "corpus", folder / "index")
    assert sync(folder / "corpus", folder / "index", rebuild=True).documents == 34


@pytest.mark.parametrize("version", ["tokens_version", "dense_version"])
def test_an_index_made_in_an_older_way_is_told_and_not_mended_in_the_new_one(
    folder: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    index_dir = folder / "index"
    with monkeypatch.context() as patch:  # an older version may have numbered its vectors otherwise
        patch.setattr(FaissVectorStore, "rows", lambda self: np.arange(3))
        assert "holds other passages than the database" in check_index(index_dir).problems[0]
    store = Store.open(index_dir, write=True)
    with store.transaction():
        state = store.state()
        older = {**json.loads(state.config), version: 0}
        store.set_state(replace(state, config=json.dumps(older, ensure_ascii=False, sort_keys=True)))
    finish(store, index_dir)
    store.close()
    with pytest.raises(IndexMismatchError, match="made by another version; build it again with --rebuild"):
        CorpusIndex.open(index_dir)
    with pytest.raises(IndexMismatchError, match=f"{version} 0 instead of .*--rebuild"):
        sync(folder / "corpus", index_dir)
    with monkeypatch.context() as patch:
        patch.setattr(FaissVectorStore, "rows", lambda self: np.arange(3))
        assert check_index(index_dir).healthy, "nothing is damaged"
    flip(next(index_dir.glob("*.faiss")), 100)
    with pytest.raises(IndexMismatchError, match=r"cannot repair: .* another version; build it again"):
        check_index(index_dir, repair=True)
    assert sync(folder / "corpus", index_dir, rebuild=True).documents == 34
    assert check_index(index_dir).healthy


@pytest.mark.parametrize(
    "content", [b"", b"not a database", b"SQLite format 3\0" + b"\1" * 5000], ids=["empty", "text", "noise"]
)
def test_a_database_that_is_none_is_told(folder: Path, content: bytes) -> None:
    (folder / "index" / DATABASE_NAME).write_bytes(content)
    for action in (CorpusIndex.open, lambda path: sync(folder / "corpus", path)):
        with pytest.raises((IndexCorruptError, IndexMismatchError)):
            action(folder / "index")
    assert sync(folder / "corpus", folder / "index", rebuild=True).documents == 34


def unfinished(folder: Path) -> dict[str, Any]:
    """Leave the last write in SQLite's log, as a reader that holds it back or a crash does; returns the new answers."""
    store = Store.open(folder / "index")
    store.database.begin_snapshot()
    store.state()
    write_files(folder / "corpus", {"a.txt": "改动了", "b.txt": None, "new.txt": "新的煤炭文件"})
    sync(folder / "corpus", folder / "index")
    shutil.copytree(folder / "index", folder / "crashed")
    store.database.end_snapshot()
    store.close()
    shutil.rmtree(folder / "index")
    (folder / "crashed").rename(folder / "index")
    assert (folder / "index" / f"{DATABASE_NAME}-wal").stat().st_size
    return answers_of(folder / "index")


def test_an_unfinished_log_is_read_and_sealed_by_the_next_sync(folder: Path) -> None:
    found = unfinished(folder)
    assert set(found["documents"]) >= {"a.txt", "new.txt"} and "b.txt" not in found["documents"]
    assert check_index(folder / "index").problems == ()
    assert sync(folder / "corpus", folder / "index").unchanged == 34
    log = folder / "index" / f"{DATABASE_NAME}-wal"
    assert not log.exists() or not log.stat().st_size
    flip(folder / "index" / DATABASE_NAME, 5000)
    assert check_index(folder / "index").problems


def test_a_flipped_byte_in_the_log_is_detected(folder: Path) -> None:
    found = unfinished(folder)
    log = folder / "index" / f"{DATABASE_NAME}-wal"
    intact = log.read_bytes()
    generator = random.Random(0)
    for at in [0, 20, *(generator.randrange(len(intact)) for _ in range(15))]:
        log.write_bytes(intact)
        flip(log, at)
        (folder / "index" / f"{DATABASE_NAME}-shm").unlink(missing_ok=True)
        try:
            assert answers_of(folder / "index") == found, f"byte {at}: a mixture was served"
        except IndexStateError:
            continue


def run_read_only(index_dir: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python where nobody can write to the index folder: by permissions, or for root in a mount of its own."""
    command = [sys.executable, *map(str, arguments)]
    if os.geteuid() == 0:
        probe = subprocess.run(
            ["unshare", "--mount", "mount", "--bind", index_dir, index_dir], capture_output=True
        )
        if probe.returncode:
            pytest.skip("root, and not allowed to mount")
        mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", mount, str(index_dir), *command]
    else:
        for path in [index_dir, *index_dir.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    finally:
        for path in [index_dir, *index_dir.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_read_only_index_answers_and_is_checked(folder: Path) -> None:
    index_dir = folder / "index"
    program = (
        "import json, sys; from pathlib import Path; sys.path.insert(0, 'tests'); from small_index import answers_of; "
        "print(json.dumps(answers_of(Path(sys.argv[1]))))"
    )
    done = run_read_only(index_dir, "-c", program, index_dir)
    assert json.loads(done.stdout) == answers_of(index_dir), done.stderr
    for command in (["check"], ["check", "--repair"], ["stats"], ["sync", folder / "corpus", "--dry-run"]):
        done = run_read_only(index_dir, "-m", "index", *command, "--index", index_dir)
        assert (done.returncode, done.stderr) == (0, ""), command


def test_writing_to_a_read_only_index_is_one_clear_line(folder: Path) -> None:
    index_dir = folder / "index"
    one_file(index_dir, "*.faiss").unlink()
    for command in (["sync", folder / "corpus"], ["check", "--repair"]):
        done = run_read_only(index_dir, "-m", "index", *command, "--index", index_dir)
        assert done.returncode == 1
        assert re.fullmatch(
            r"error: cannot write to .*index: (Read-only file system|Permission denied)\n", done.stderr
        )


def test_a_read_only_index_with_an_unfinished_log_is_one_clear_line(folder: Path) -> None:
    unfinished(folder)
    (folder / "index" / f"{DATABASE_NAME}-shm").unlink(missing_ok=True)
    done = run_read_only(folder / "index", "-m", "index", "stats", "--index", folder / "index")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert "holds an unfinished write; open the index once where its folder can be written to" in done.stderr


def run_limited(folder: Path, limit: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the index in a process that can write no file beyond ``limit`` bytes: a full disk."""
    return subprocess.run(
        [sys.executable, "-m", "index", *arguments, "--index", str(folder / "index")],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip


def assert_one_clear_line(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 1
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert (
        "is the disk full?" in done.stderr or "File too large; the index is as it was before" in done.stderr
    )


@pytest.mark.parametrize("limit", [0, 5_000, 40_000, 100_000, 200_000])
def test_a_sync_on_a_full_disk_leaves_the_old_index(folder: Path, limit: int) -> None:
    before = answers_of(folder / "index")
    new = {f"n{i}.txt": "新的煤炭文件。" * 500 for i in range(40)}
    write_files(folder / "corpus", {"a.txt": "改动了", "b.txt": None, **new})
    assert_one_clear_line(run_limited(folder, limit, "sync", str(folder / "corpus")))
    assert answers_of(folder / "index") == before
    assert check_index(folder / "index").problems == ()
    assert sync(folder / "corpus", folder / "index").documents == 33 + 40


@pytest.mark.parametrize("limit", [0, 5_000])
def test_a_repair_on_a_full_disk_can_be_made_later(folder: Path, limit: int) -> None:
    before = answers_of(folder / "index")
    one_file(folder / "index", "*.faiss").unlink()
    assert_one_clear_line(run_limited(folder, limit, "check", "--repair"))
    assert check_index(folder / "index", repair=True).repaired
    assert answers_of(folder / "index") == before


def test_a_first_sync_on_a_full_disk_is_one_clear_line(folder: Path) -> None:
    shutil.rmtree(folder / "index")
    done = run_limited(folder, 5_000, "sync", str(folder / "corpus"))
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and done.stderr.startswith("error: ")
    assert sync(folder / "corpus", folder / "index").documents == 34


def test_a_repair_needs_the_embedder_of_the_index(folder: Path, tmp_path: Path) -> None:
    embedder = make_embedder(tmp_path / "own")
    sync(folder / "corpus", folder / "other", embedder=embedder)
    one_file(folder / "other", "*.faiss").unlink()
    make_embedder(tmp_path / "own", seed=5)
    with pytest.raises(IndexMismatchError, match=r"cannot repair: the embedder"):
        check_index(folder / "other", repair=True)
