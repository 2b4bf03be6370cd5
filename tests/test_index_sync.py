"""Sync: the index follows its folder, all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocr_fakes import installed
from small_index import DOCUMENTS, answers, answers_of, make_embedder, write_files

import index.plan
import index.sync
from index.corpus_index import CorpusIndex, check_index
from index.errors import (
    IndexLockedError,
    IndexMismatchError,
    IndexNotFoundError,
    IndexStateError,
    MissingDependencyError,
)
from index.loaders import CorpusScan, ocr
from index.plan import SyncReport
from index.store import Store
from index.sync import sync
from index.writing import write_lock

ROOT = Path(__file__).parent.parent


class Kit:
    """A corpus and its index."""

    def __init__(self, folder: Path, embedder: str) -> None:
        self.corpus, self.index, self.embedder = folder / "corpus", folder / "index", embedder

    def sync(self, **options: Any) -> SyncReport:
        return sync(self.corpus, self.index, **{"embedder": self.embedder, **options})

    def write(self, **files: str | None) -> None:
        write_files(self.corpus, {name.replace("__", "."): text for name, text in files.items()})

    def open(self) -> CorpusIndex:
        return CorpusIndex.open(self.index)

    def found(self) -> dict[str, Any]:
        return answers_of(self.index)

    def fresh(self, folder: Path) -> dict[str, Any]:
        """What an index made from nothing answers."""
        sync(self.corpus, folder, embedder=self.embedder)
        return answers_of(folder)


@pytest.fixture
def kit(corpus: Path, tiny_embedder: str) -> Kit:
    made = Kit(corpus.parent, tiny_embedder)
    made.sync()
    return made


def tree(folder: Path) -> dict[str, str]:
    """Hashes of all files but those of SQLite's shared memory, which readers may make."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock"))
    }


def test_first_sync_takes_everything(kit: Kit, tmp_path: Path) -> None:
    report = sync(kit.corpus, tmp_path / "other", embedder=kit.embedder)
    assert report.added == sorted(DOCUMENTS)
    assert (report.documents, report.passages, report.generation) == (4, 4, 1)
    assert not (report.changed or report.deleted or report.failed or report.skipped or report.unchanged)
    found = kit.found()
    assert found["documents"] == {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in DOCUMENTS.items()
    }
    assert next(iter(found["lexical 煤炭产量"])) == "a.txt#0"
    assert next(iter(found["lexical 🎉"]), None) is None
    assert set(found["dense 煤炭产量"]) == {f"{name}#0" for name in DOCUMENTS}


def test_add_change_delete(kit: Kit, tmp_path: Path) -> None:
    kit.write(e__txt="新的文件", b__txt="改动的援疆资金", d__txt=None)
    report = kit.sync()
    assert (report.added, report.changed, report.deleted, report.unchanged) == (
        ["e.txt"],
        ["b.txt"],
        ["d.txt"],
        2,
    )
    assert kit.found() == kit.fresh(tmp_path / "fresh")
    assert check_index(kit.index).problems == ()


def test_rename_is_a_new_document(kit: Kit, tmp_path: Path) -> None:
    (kit.corpus / "a.txt").rename(kit.corpus / "z.txt")
    report = kit.sync()
    assert (report.added, report.deleted, report.unchanged) == (["z.txt"], ["a.txt"], 3)
    assert kit.found() == kit.fresh(tmp_path / "fresh")


def test_a_change_of_the_same_size_and_time_is_seen(kit: Kit) -> None:
    path = kit.corpus / "a.txt"
    status = path.stat()
    path.write_text(path.read_text("utf-8").replace("1200", "1300"), encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert kit.sync().changed == ["a.txt"]


def forbid_reading(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def guarded(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.is_relative_to(corpus) and self.name != ".wenjuignore":
            raise AssertionError(f"{self} was read")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", guarded)


def test_unchanged_files_are_not_read(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    (kit.corpus / "broken.txt").write_bytes(b"\0\1\2" * 50)
    monkeypatch.setattr(index.plan, "_RACY_NS", 1_000_000)
    time.sleep(0.01)
    kit.sync()
    before = tree(kit.index)
    forbid_reading(kit.corpus, monkeypatch)
    report = kit.sync()
    assert (report.unchanged, report.changed, list(report.failed)) == (4, [], ["broken.txt"])
    assert tree(kit.index) == before


def test_files_changed_a_moment_before_are_read_once_more(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their times prove nothing; once they do, that is recorded without a new generation."""
    report = kit.sync()
    assert (report.unchanged, report.generation) == (4, 1)
    monkeypatch.setattr(index.plan, "_RACY_NS", 1_000_000)
    time.sleep(0.01)
    kit.sync()
    before = tree(kit.index)
    forbid_reading(kit.corpus, monkeypatch)
    assert kit.sync().unchanged == 4
    assert tree(kit.index) == before
    assert check_index(kit.index).problems == ()


def test_a_touched_file_makes_no_new_generation(kit: Kit) -> None:
    open_index = kit.open()
    os.utime(kit.corpus / "a.txt")
    report = kit.sync()
    assert (report.unchanged, report.generation) == (4, 1)
    assert not open_index.refresh()
    assert answers(open_index) == kit.found()
    open_index.close()


def test_dry_run_changes_nothing(kit: Kit, tmp_path: Path) -> None:
    kit.write(e__txt="新的文件", b__txt="改动", d__txt=None)
    before = tree(kit.index)
    report = kit.sync(dry_run=True)
    assert report.dry_run
    assert (report.added, report.changed, report.deleted) == (["e.txt"], ["b.txt"], ["d.txt"])
    assert tree(kit.index) == before
    sync(kit.corpus, tmp_path / "nowhere", embedder=kit.embedder, dry_run=True)
    assert not (tmp_path / "nowhere").exists()


def test_unreadable_files_are_listed_and_the_rest_is_indexed(kit: Kit) -> None:
    (kit.corpus / "broken.txt").write_bytes(b"\0\1\2" * 50)
    (kit.corpus / "empty.txt").write_bytes(b"")
    (kit.corpus / "picture.jpg").write_bytes(b"\xff\xd8")
    kit.write(e__txt="新的文件")
    for _ in range(2):  # the second time it is remembered
        report = kit.sync()
        assert sorted(report.failed) == ["broken.txt", "empty.txt"]
        assert all(reason.startswith(name) for name, reason in report.failed.items())
        assert list(report.skipped) == ["picture.jpg"]
        assert report.documents == 5
    kit.write(broken__txt="修好了", empty__txt=None)
    report = kit.sync()
    assert (report.added, report.failed) == (["broken.txt"], {})
    assert kit.sync().failed == {}


def test_a_document_that_becomes_unreadable_is_gone(kit: Kit) -> None:
    (kit.corpus / "a.txt").write_bytes(b"\0\1\2" * 50)
    report = kit.sync()
    assert (list(report.failed), report.changed, report.documents) == (["a.txt"], [], 3)
    assert "a.txt" not in kit.found()["documents"]
    assert not any(hit.startswith("a.txt") for hits in kit.found().values() for hit in hits)


def test_deleted_and_replaced_documents_are_never_found(kit: Kit) -> None:
    open_index = kit.open()
    assert open_index.search_lexical("煤炭", top_k=5)[0].passage_id == "a.txt#0"
    kit.write(a__txt=None, b__txt="完全不同的内容")
    kit.sync()
    assert open_index.refresh()
    assert not open_index.refresh()
    for index_now in (open_index, kit.open()):
        for query in ("煤炭产量增长", "转化煤炭1200万吨", "援疆资金援助"):
            for hits in (index_now.search_lexical(query, top_k=50), index_now.search_dense(query, top_k=50)):
                texts = [p.text for p in index_now.passages([hit.passage_id for hit in hits])]
                assert len(texts) == len(hits)
                assert not any("煤炭" in text or "援疆" in text for text in texts)
        with pytest.raises(KeyError):
            index_now.document("a.txt")
        assert (
            index_now.passages(["a.txt#0", "b.txt#0", "nonsense", "b.txt#x", "#"])[0].text == "完全不同的内容"
        )
        assert index_now.passages_of("a.txt") == []
        index_now.close()


def test_a_deleted_text_is_nowhere_in_the_index_folder(kit: Kit) -> None:
    kit.write(a__txt=None)
    kit.sync()
    for path in kit.index.rglob("*"):
        if path.is_file():
            assert "煤炭产量增长".encode() not in path.read_bytes(), path.name


@pytest.mark.parametrize("older", [True, False], ids=["an older one", "one made anew"])
def test_an_open_index_follows_when_another_is_put_in_its_place(
    kit: Kit, tmp_path: Path, older: bool
) -> None:
    shutil.copytree(kit.index, tmp_path / "backup")
    backup = kit.found()
    kit.write(a__txt="完全不同", e__txt="新的文件")
    kit.sync()
    open_index = kit.open()
    shutil.rmtree(kit.index)
    if older:
        shutil.copytree(tmp_path / "backup", kit.index)
    else:
        kit.write(a__txt="又一个不同的", e__txt=None)
        kit.sync()
        kit.write(b__txt="第二次改动")
        kit.sync()
    assert open_index.refresh()
    assert answers(open_index) == kit.found()
    assert (kit.found() == backup) is older
    open_index.close()


def sync_elsewhere(kit: Kit) -> None:
    """Sync in a process of its own, that ends and closes the database."""
    command = [sys.executable, "-m", "index", "sync", str(kit.corpus), "--index", str(kit.index), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_writes_of_another_process_are_seen(kit: Kit) -> None:
    """Again and again: a process that ends takes SQLite's log away, unless it sees that others still use it."""
    open_index = kit.open()
    for turn in range(4):
        kit.write(**{f"e{turn}__txt": f"另一个进程写的第{turn}号文件", "b__txt": f"改动{turn}"})
        sync_elsewhere(kit)
        assert f"e{turn}.txt#0" in [
            hit.passage_id for hit in open_index.search_lexical(f"第{turn}号文件", top_k=9)
        ]
        assert open_index.document("b.txt").text == f"改动{turn}"
        assert (kit.index / "wenju.sqlite-shm").exists(), "this process still uses it"
    assert answers(open_index) == kit.found()
    open_index.close()


def test_an_index_inside_its_corpus_does_not_index_itself(corpus: Path, tiny_embedder: str) -> None:
    inside = corpus / "子目录" / "index"
    for _ in range(2):
        report = sync(corpus, inside, embedder=tiny_embedder)
        assert (report.documents, report.skipped) == (4, {})


def test_a_corpus_inside_its_index_is_refused(kit: Kit) -> None:
    write_files(kit.index / "docs", {"x.txt": "汉字"})
    for folder in (kit.index / "docs", kit.index):
        with pytest.raises(IndexStateError, match="cannot lie in the index folder"):
            sync(folder, kit.index, embedder=kit.embedder)
    assert kit.sync().unchanged == 4


def test_a_corpus_that_is_not_there_deletes_nothing(kit: Kit) -> None:
    kit.corpus.rename(kit.corpus.with_name("moved"))
    with pytest.raises(IndexStateError, match="is not a folder"):
        kit.sync()
    assert len(kit.found()["documents"]) == 4


def test_a_file_that_vanishes_after_the_listing_is_gone(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    real = index.plan.scan_corpus

    def scan(folder: Path) -> CorpusScan:
        found = real(folder)
        (folder / "a.txt").unlink()
        return found

    monkeypatch.setattr(index.plan, "scan_corpus", scan)
    assert kit.sync().deleted == ["a.txt"]


def test_a_file_that_vanishes_after_the_plan_is_a_failure(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.write(e__txt="新的文件", f__txt="又一个")
    real = index.sync.make_plan

    def plan(*args: Any) -> Any:
        made = real(*args)
        (kit.corpus / "e.txt").unlink()
        return made

    with monkeypatch.context() as patch:
        patch.setattr(index.sync, "make_plan", plan)
        report = kit.sync()
    assert list(report.failed) == ["e.txt"] and report.added == ["f.txt"]
    report = kit.sync()
    assert (report.failed, report.deleted, report.unchanged) == ({}, [], 5)


def test_a_second_writer_is_turned_away(kit: Kit) -> None:
    with write_lock(kit.index):
        with pytest.raises(IndexLockedError, match="another process is writing"):
            kit.sync()
        assert kit.sync(dry_run=True).unchanged == 4
        assert len(kit.found()["documents"]) == 4, "readers go on"
    kit.sync()


@pytest.mark.parametrize("stage", ["indexing", "saving"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_sync_leaves_the_old_index(kit: Kit, stage: str, error: type[BaseException]) -> None:
    before, files = kit.found(), tree(kit.index)
    kit.write(e__txt="新的文件", b__txt="改动", d__txt=None)

    def interrupt(now: str, done: int, total: int) -> None:
        if now == stage and done == total:
            raise error

    with pytest.raises(error):
        kit.sync(progress=interrupt)
    assert kit.found() == before
    assert tree(kit.index) == files
    assert check_index(kit.index).problems == ()
    assert kit.sync().added == ["e.txt"]


def test_an_interrupted_first_sync_is_no_index(corpus: Path, tmp_path: Path, tiny_embedder: str) -> None:
    def interrupt(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(corpus, tmp_path / "index", embedder=tiny_embedder, progress=interrupt)
    for action in (CorpusIndex.open, check_index):
        with pytest.raises(IndexNotFoundError, match=r"the first sync of .* was interrupted"):
            action(tmp_path / "index")
    assert sync(corpus, tmp_path / "index", embedder=tiny_embedder).documents == 4


def test_an_empty_folder_makes_an_empty_index(tmp_path: Path, tiny_embedder: str) -> None:
    (tmp_path / "corpus").mkdir()
    report = sync(tmp_path / "corpus", tmp_path / "index", embedder=tiny_embedder)
    assert (report.documents, report.passages) == (0, 0)
    empty = CorpusIndex.open(tmp_path / "index")
    assert len(empty) == 0 and empty.documents() == []
    assert empty.search_lexical("煤炭", top_k=5) == [] == empty.search_dense("煤炭", top_k=5)
    empty.close()
    assert check_index(tmp_path / "index").problems == ()


def many_files(corpus: Path, count: int) -> None:
    write_files(
        corpus, {f"m{i:03}.txt": f"第{i}号文件\n\n煤炭产量{i}万吨,援疆资金{i}亿元。" for i in range(count)}
    )


def test_workers_make_the_same_index(corpus: Path, tmp_path: Path, tiny_embedder: str) -> None:
    many_files(corpus, 150)
    (corpus / "broken.txt").write_bytes(b"\0\1\2" * 50)
    one = sync(corpus, tmp_path / "one", embedder=tiny_embedder, workers=1)
    two = sync(corpus, tmp_path / "two", embedder=tiny_embedder, workers=2)
    assert (one.failed, one.passages, one.fingerprint) == (two.failed, two.passages, two.fingerprint)
    first, second = CorpusIndex.open(tmp_path / "one"), CorpusIndex.open(tmp_path / "two")
    for query in ("煤炭产量", "援疆资金", "第77号文件"):
        assert first.search_lexical(query, top_k=30) == second.search_lexical(query, top_k=30)
        assert first.search_dense(query, top_k=30) == second.search_dense(query, top_k=30)
    first.close()
    second.close()


def test_a_file_that_kills_its_worker_is_a_failure_of_its_own(
    corpus: Path, tmp_path: Path, tiny_embedder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_files(corpus, 130)
    write_files(corpus, {"killer.txt": "打开它的进程会死", "zz.txt": "最后一个"})
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def hook(event, arguments):\n"
        "    if event == 'open' and str(arguments[0]).endswith('killer.txt'):\n"
        "        os._exit(9)\n"
        "sys.addaudithook(hook)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hook"))  # the workers inherit it, this process does not
    report = sync(corpus, tmp_path / "index", embedder=tiny_embedder, workers=2)
    assert report.failed == {"killer.txt": "killer.txt: the process that read it died"}
    assert report.documents == 4 + 130 + 1


def test_workers_that_do_not_start_change_nothing(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "def hook(event, arguments):\n"
        "    if event == 'open' and str(arguments[0]).endswith('model.safetensors'):\n"
        "        os._exit(9)\n"
        "sys.addaudithook(hook)\n"
    )
    kit.write(e__txt="新的文件", a__txt="改动")
    before = kit.found()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "hook"))
    with pytest.raises(
        IndexStateError, match=r"the worker processes do not start.*the index is as it was before"
    ):
        kit.sync(workers=2)
    assert kit.found() == before


def test_settings_stay_those_of_the_index(kit: Kit, tmp_path: Path) -> None:
    index_dir = tmp_path / "other"
    sync(kit.corpus, index_dir, embedder=kit.embedder, max_chars=20, context=False)
    report = sync(kit.corpus, index_dir)
    assert report.unchanged == 4
    config = CorpusIndex.open(index_dir).config
    assert (config.max_chars, config.context, config.embedder) == (20, False, kit.embedder)
    with pytest.raises(IndexMismatchError, match=r"max_chars 20 instead of 300.*--rebuild"):
        sync(kit.corpus, index_dir, max_chars=300)
    report = sync(kit.corpus, index_dir, max_chars=300, rebuild=True)
    assert CorpusIndex.open(index_dir).config.max_chars == 300
    assert len(report.added) == 4 and report.documents == 4


def test_sentences_have_vectors_with_a_static_embedder_or_where_asked_for(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.write(long__txt="煤炭在这里转化为化工产品和电力，每年有几百万吨之多。" * 8)
    kit.sync()

    def counts() -> tuple[object, object]:
        stats = kit.open().stats()
        return stats["passages"], stats["vectors"]

    passages, vectors = counts()
    assert kit.open().config.sentences and vectors > passages  # type: ignore[operator]
    with pytest.raises(IndexMismatchError, match=r"sentences True instead of False.*--rebuild"):
        kit.sync(sentences=False)
    kit.sync(sentences=False, rebuild=True)
    assert counts() == (passages, passages)
    kit.write(f__txt="新的文件")
    kit.sync()  # stays as it is
    assert counts() == (passages + 1, passages + 1)  # type: ignore[operator]
    assert check_index(kit.index).problems == ()
    kit.sync(embedder=make_embedder(tmp_path / "next", seed=2), rebuild=True)
    assert counts() == (passages + 1, passages + 1), "another model of the same kind"  # type: ignore[operator]

    class NotStatic:
        pass

    monkeypatch.setattr("index.target.StaticEmbedder", NotStatic)  # what it finds is now of another kind
    sync(kit.corpus, tmp_path / "contextual", embedder=kit.embedder)
    assert not CorpusIndex.open(tmp_path / "contextual").config.sentences
    sync(kit.corpus, tmp_path / "asked", embedder=kit.embedder, sentences=True)
    assert CorpusIndex.open(tmp_path / "asked").config.sentences
    other = make_embedder(tmp_path / "model", seed=1)
    sync(kit.corpus, tmp_path / "asked", embedder=other, rebuild=True)
    assert not CorpusIndex.open(tmp_path / "asked").config.sentences, "the default of another model"


def pdf(*pages: str) -> bytes:
    """Pages of text; an empty one has a picture alone."""
    from fpdf import FPDF

    made = FPDF()
    for text in pages:
        made.add_page()
        made.set_font("helvetica", size=14)
        if text:
            made.cell(text=text)
        else:
            made.rect(20, 20, 50, 50, style="F")
    return bytes(made.output())


class FakeRapidOCR:
    def __call__(self, image: Any) -> Any:
        return [[[[0, 0], [90, 0], [90, 20], [0, 20]], "煤炭在这里", 0.9]], [0.1]


@pytest.fixture
def fake_ocr(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    yield from installed(monkeypatch, FakeRapidOCR)


@pytest.fixture
def scans(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Kit:
    """An index that knows a scan and a PDF of which a page is one, and has no need to read any file again."""
    (kit.corpus / "scan.pdf").write_bytes(pdf(""))
    (kit.corpus / "half.pdf").write_bytes(pdf("readable", ""))
    (kit.corpus / "text.pdf").write_bytes(pdf("readable"))
    monkeypatch.setattr(index.plan, "_RACY_NS", 1_000_000)
    time.sleep(0.01)
    report = kit.sync()
    assert list(report.failed) == ["scan.pdf"] and "half.pdf" in report.notes
    return kit


@pytest.mark.usefixtures("fake_ocr")
def test_turning_ocr_on_reads_the_scans_seen_before(scans: Kit) -> None:
    planned = scans.sync(ocr=True, dry_run=True)
    assert (planned.added, planned.changed) == (["scan.pdf"], ["half.pdf"])
    report = scans.sync(ocr=True)
    assert (report.added, report.changed, report.failed) == (["scan.pdf"], ["half.pdf"], {})
    assert report.unchanged == 5
    opened = scans.open()
    assert opened.document("scan.pdf").text == "煤炭在这里"
    assert opened.document("half.pdf").text == "readable\n\n煤炭在这里"
    opened.close()
    assert scans.sync(ocr=True).unchanged == 7, "nothing is read a third time"


@pytest.mark.usefixtures("fake_ocr")
def test_an_index_made_with_ocr_goes_on_with_it(scans: Kit) -> None:
    scans.sync(ocr=True)
    (scans.corpus / "scan.pdf").write_bytes(pdf("", ""))
    report = scans.sync()
    assert (report.changed, report.deleted, report.failed) == (["scan.pdf"], [], {})
    report = scans.sync(rebuild=True)
    assert (report.documents, report.failed) == (7, {})
    report = scans.sync(ocr=False)
    assert report.unchanged == 7, "what was read is kept"
    (scans.corpus / "new.pdf").write_bytes(pdf(""))
    assert list(scans.sync().failed) == ["new.pdf"], "until told otherwise"


@pytest.mark.usefixtures("fake_ocr")
def test_an_index_made_with_ocr_before_it_said_so_goes_on_with_it(scans: Kit) -> None:
    scans.sync(ocr=True)
    store = Store.open(scans.index, write=True)
    config = json.loads(store.state().config)
    assert config.pop("ocr")
    with store.transaction():
        store.set_state(replace(store.state(), config=json.dumps(config)))
    store.close()
    report = scans.sync(rebuild=True)
    assert (report.documents, report.failed) == (7, {})


def test_ocr_without_its_package_changes_nothing(scans: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    ocr._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    before = scans.found()
    with pytest.raises(MissingDependencyError, match=r'pip install -e "\.\[ocr\]"'):
        scans.sync(ocr=True)
    assert scans.found() == before and not scans.open().config.ocr
    assert scans.sync().unchanged == 6


def another_schema(index_dir: Path) -> None:
    connection = sqlite3.connect(index_dir / "wenju.sqlite")
    connection.execute("PRAGMA user_version = 77")
    connection.close()


def damaged(index_dir: Path) -> None:
    path = index_dir / "wenju.sqlite"
    content = bytearray(path.read_bytes())
    content[content.index("1200 万吨".encode())] ^= 0xFF
    path.write_bytes(content)


UNUSABLE = pytest.mark.parametrize("spoil", [another_schema, damaged])


@UNUSABLE
@pytest.mark.parametrize("stage", ["indexing", "saving"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_rebuild_puts_an_unusable_database_back(
    kit: Kit, spoil: Callable[[Path], None], stage: str, error: type[BaseException]
) -> None:
    spoil(kit.index)
    before = tree(kit.index)

    def interrupt(now: str, done: int, total: int) -> None:
        if now == stage and done == total:
            raise error

    with pytest.raises((KeyboardInterrupt, IndexStateError), match=r"^$|the index is as it was before"):
        kit.sync(rebuild=True, progress=interrupt)
    assert tree(kit.index) == before
    report = kit.sync(rebuild=True)
    assert report.documents == 4 and len(report.repaired) == 1
    assert check_index(kit.index).problems == ()
    assert len(list(kit.index.glob("vectors-*"))) == len(list(kit.index.glob("lexical-*"))) == 1


def test_a_database_that_cannot_be_put_back_is_told(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    another_schema(kit.index)

    def interrupt(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    def refuse(*arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(index.sync, "put_back", refuse)
    with pytest.raises(IndexStateError, match=r"lies there as wenju\.sqlite\.damaged-.*Permission denied"):
        kit.sync(rebuild=True, progress=interrupt)


def test_nothing_is_tidied_before_the_first_commit(kit: Kit) -> None:
    """A rebuild that was killed leaves an empty database, and derived files that belong to the former one."""
    before = {name: content for name, content in tree(kit.index).items() if name.startswith(("vec", "lex"))}
    (kit.index / "wenju.sqlite").rename(kit.index / "wenju.sqlite.damaged-1")

    def interrupt(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            kit.sync(progress=interrupt)
        assert before.items() <= tree(kit.index).items()
    kit.sync()
    assert check_index(kit.index).problems == ()
    assert not before.keys() & tree(kit.index).keys()


@pytest.mark.parametrize("created", [False, True])
def test_a_sync_after_a_killed_rebuild_keeps_the_settings(kit: Kit, created: bool) -> None:
    options: dict[str, Any] = {"max_chars": 40, "context": False, "sentences": False, "ocr": True}
    kit.sync(rebuild=True, **options)
    (kit.index / "wenju.sqlite").rename(kit.index / "wenju.sqlite.damaged-20260102-030405")
    if created:
        Store.create(kit.index).close()
    sync(kit.corpus, kit.index)
    config = kit.open().config
    assert {name: getattr(config, name) for name in options} == options
    assert config.embedder == kit.embedder


@UNUSABLE
def test_a_rebuild_keeps_the_settings_of_an_unusable_database(
    kit: Kit, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    (tmp_path / "words.txt").write_text("凍干食品產業 100000\n", encoding="utf-8")
    options: dict[str, Any] = {"max_chars": 40, "context": False, "sentences": False, "ocr": True}
    kit.sync(rebuild=True, dictionary=tmp_path / "words.txt", **options)
    spoil(kit.index)
    sync(kit.corpus, kit.index, rebuild=True)
    config = kit.open().config
    assert {name: getattr(config, name) for name in options} == options
    assert (config.embedder, config.dictionary) == (kit.embedder, "冻干食品产业 100000\n")


def test_another_embedder_is_refused(kit: Kit, tmp_path: Path) -> None:
    other = make_embedder(tmp_path / "other", seed=1)
    with pytest.raises(IndexMismatchError, match="embedder_fingerprint"):
        kit.sync(embedder=other)
    with pytest.raises(IndexMismatchError, match="the index was built with the embedder"):
        CorpusIndex.open(kit.index, embedder=other)
    before = kit.open()
    kit.sync(embedder=make_embedder(tmp_path / "wide", dimension=16), rebuild=True)
    with pytest.raises(IndexMismatchError, match="the index was built with the embedder"):
        before.refresh()
    assert kit.open().config.dimension == 16
    before.close()


def test_the_same_embedder_in_another_place_is_welcome(kit: Kit, tmp_path: Path) -> None:
    moved = shutil.copytree(kit.embedder, tmp_path / "moved")
    fingerprint = kit.open().fingerprint
    report = kit.sync(embedder=str(moved))
    assert report.unchanged == 4 and report.fingerprint == fingerprint
    assert kit.open().config.embedder == str(moved)


def test_user_dictionary_shapes_the_terms(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("凍干食品產業 100000\n", encoding="utf-8")
    index_dir = tmp_path / "other"
    sync(kit.corpus, index_dir, embedder=kit.embedder, dictionary=tmp_path / "words.txt")
    with_dictionary = CorpusIndex.open(index_dir)
    word = "冻干食品产业"
    assert with_dictionary.term_weights([word])[word] < kit.open().term_weights([word])[word]
    assert with_dictionary.search_lexical("冻干食品产业", top_k=1)[0].passage_id == "子目录/c.md#0"
    with_dictionary.close()
    assert sync(kit.corpus, index_dir).unchanged == 4, "it is kept in the index"
    (tmp_path / "words.txt").write_text("两个 词 100\n", encoding="utf-8")
    with pytest.raises(IndexStateError, match=r"cannot use the dictionary .* line 1"):
        sync(kit.corpus, index_dir, dictionary=tmp_path / "words.txt", rebuild=True)


def test_damaged_derived_files_are_made_again(kit: Kit) -> None:
    before = kit.found()
    (kit.index / "vectors-000001.faiss").write_bytes(b"damage")
    report = kit.sync()
    assert report.repaired and report.unchanged == 4
    assert kit.found() == before
    assert check_index(kit.index).problems == ()


def test_scores_are_those_of_a_fresh_index_after_many_changes(kit: Kit, tmp_path: Path) -> None:
    """Removed passages count in BM25's statistics until the lexical index is written again, which many removals bring about."""
    many_files(kit.corpus, 60)
    kit.sync()
    many_files(kit.corpus, 30)
    for i in range(30, 60):
        kit.write(**{f"m{i:03}__txt": f"改动后的第{i}号,煤炭产量{i}吨"})
    kit.sync()
    sync(kit.corpus, tmp_path / "fresh", embedder=kit.embedder)
    ours, fresh = kit.open(), CorpusIndex.open(tmp_path / "fresh")
    for query in ("煤炭产量", "援疆资金", "改动后的文件"):
        assert [h.score for h in ours.search_lexical(query, top_k=20)] == pytest.approx(
            [h.score for h in fresh.search_lexical(query, top_k=20)], rel=1e-5
        )
    ours.close()
    fresh.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow only text as names")
def test_a_name_that_is_not_text_is_a_failure(kit: Kit) -> None:
    Path(os.fsdecode(os.fsencode(kit.corpus) + b"/\xb5\xb5.txt")).write_text("汉字", encoding="utf-8")
    for _ in range(2):
        report = kit.sync()
        ((shown, reason),) = report.failed.items()
        shown.encode("utf-8")
        assert "the name of the file is not UTF-8" in reason
        assert report.documents == 4


EDITS = st.lists(
    st.dictionaries(
        st.sampled_from(["a.txt", "b.txt", "x.txt", "y/z.md", "w.csv"]),
        st.sampled_from(
            [None, "煤炭产量5.2%", "# 援疆\n\n资金🎉", "冻干,食品\n1,2", "", "新能源 开发区 " * 30]
        ),
        min_size=1,
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=12)
@given(edits=EDITS)
def test_any_way_leads_to_the_index_of_the_folder(
    tmp_path_factory: pytest.TempPathFactory, tiny_embedder: str, edits: list[dict[str, str | None]]
) -> None:
    kit = Kit(tmp_path_factory.mktemp("any"), tiny_embedder)
    write_files(kit.corpus, dict(DOCUMENTS))
    kit.sync()
    for files in edits:
        write_files(
            kit.corpus, {n: t for n, t in files.items() if t is not None or (kit.corpus / n).exists()}
        )
        kit.sync()
    assert kit.found() == kit.fresh(kit.index.with_name("fresh"))
    assert check_index(kit.index).problems == ()


def test_readers_see_old_or_new_while_a_writer_works(kit: Kit) -> None:
    """Several threads ask without end; every answer is of one state as a whole."""
    old = kit.found()
    old_b = (kit.corpus / "b.txt").read_text("utf-8")
    kit.write(b__txt="改动后的援疆资金,煤炭产量。", e__txt="第五份文件,开发区。", d__txt=None)
    kit.sync()
    new = kit.found()
    open_index = kit.open()
    stop = threading.Event()
    wrong: list[object] = []
    seen: set[int] = set()

    def ask() -> None:
        while not stop.is_set():
            try:
                found = answers(open_index)
            except Exception as error:
                wrong.append(error)
                return
            if found not in (old, new):
                wrong.append(found)
            seen.add(0 if found == old else 1)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(8):
        if turn % 2:
            kit.write(b__txt="改动后的援疆资金,煤炭产量。", e__txt="第五份文件,开发区。", d__txt=None)
        else:
            kit.write(b__txt=old_b, e__txt=None, d__txt=DOCUMENTS["d.txt"])
        kit.sync()
    stop.set()
    for thread in threads:
        thread.join()
    open_index.close()
    assert wrong == [] and seen == {0, 1}


def test_a_pinned_state_stays_the_same(kit: Kit) -> None:
    open_index = kit.open()
    before = answers(open_index)
    with open_index.pinned():
        kit.write(a__txt="完全不同", b__txt=None, e__txt="新的文件")
        kit.sync()
        assert answers(open_index) == before
        assert open_index.document("a.txt").text == DOCUMENTS["a.txt"]
        assert open_index.document("b.txt").text == DOCUMENTS["b.txt"], "not read before, still there"
        assert not open_index.refresh()
    assert answers(open_index) == kit.found() != before
    open_index.close()


def test_a_closed_index_says_so(kit: Kit) -> None:
    closed = kit.open()
    closed.close()
    with pytest.raises(IndexStateError, match="was closed"):
        closed.search_lexical("煤炭", top_k=1)


@pytest.fixture(autouse=True)
def no_stray_files() -> Iterator[None]:
    """Stand-in folders of read-only indexes and the like are cleaned up."""
    import tempfile

    before = set(Path(tempfile.gettempdir()).glob("wenju-*"))
    yield
    assert set(Path(tempfile.gettempdir()).glob("wenju-*")) <= before
