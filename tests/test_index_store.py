"""The store: what goes in comes out, or an error."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import IndexCorruptError, IndexNotFoundError, IndexStateError
from index.normalize import normalize
from index.passages import make_passages
from index.records import DerivedFile, FileState, IndexState
from index.store import DATABASE_NAME, Store
from index.types import Document, DocumentMetadata, Page

TEXTS = {
    "Chinese": "一、煤炭产量\n山西省每年转化煤炭１２００ 万吨。",
    "mixed": "GDP growth 5.2%\r\n晋城 Jincheng",
    "emoji": "好🎉👨‍👩‍👧很好",
    "one character": "x",
}


def put(store: Store, document: Document, *, max_chars: int = 20) -> tuple[int, list[int]]:
    normalized = normalize(document.text)
    passages = make_passages(document, normalized, max_chars=max_chars)
    with store.transaction():
        return store.put_document(
            document, normalized.offsets.to_bytes(), passages, FileState(1, 2, 3, "f" * 64)
        )


def make(document_id: str, text: str) -> Document:
    import hashlib

    return Document(
        id=document_id,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        metadata=DocumentMetadata("标题", "山西省能源局", "晋能源提函〔2025〕18号", "2025-06-20"),
        pages=(Page(1, 0, 1), Page(2, 1, len(text))),
        format="pdf",
        encoding="utf-8",
        notes=("第2页没有文字",),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_document_comes_out_as_it_went_in(store: Store, text: str) -> None:
    document = make("目录/甲.pdf", text)
    key, rows = put(store, document)
    found, offsets = store.document("目录/甲.pdf")
    assert found == document
    assert (offsets.starts == normalize(text).offsets.starts).all()
    expected = make_passages(document, normalize(text), max_chars=20)
    assert store.passages.of(document.id) == list(zip(rows, expected, strict=True))
    assert store.passages.ids([*rows, 999]) == {row: p.id for row, p in zip(rows, expected, strict=True)}
    assert store.passages.one(document.id, 0) == expected[0]
    (info,) = store.documents()
    assert (info.key, info.id, info.sha256, info.metadata) == (
        key,
        document.id,
        document.sha256,
        document.metadata,
    )
    assert (info.characters, info.passages, info.page_count) == (len(text), len(rows), 2)
    assert info.file == FileState(1, 2, 3, "f" * 64)
    assert store.problems() == []


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_any_text_comes_out_as_it_went_in(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    store = Store.create(tmp_path_factory.mktemp("store"))
    put(store, make("a", text))
    assert store.document("a")[0].text == text
    assert "".join(p.text for _, p in store.passages.of("a")) == normalize(text).text
    store.close()


def test_what_is_not_there(store: Store) -> None:
    put(store, make("a", "汉字"))
    with pytest.raises(KeyError):
        store.document("b")
    assert store.passages.of("b") == []
    assert store.passages.one("a", 99) is None
    assert store.passages.ids([999]) == {} == store.passages.ids([])
    assert store.passages.keys([999]) == []


def test_a_key_is_never_used_twice(store: Store) -> None:
    first, rows = put(store, make("a", "汉字"))
    with store.transaction():
        store.delete_documents(["a", "unknown"])
    assert store.passages.count() == 0 and store.documents() == []
    second, more = put(store, make("a", "汉字"))
    assert second > first and more[0] > rows[-1]
    assert store.passages.keys([second]) == more == store.passages.keys()


def test_a_raised_error_undoes_the_transaction(store: Store) -> None:
    put(store, make("a", "汉字"))
    with pytest.raises(RuntimeError), store.transaction():
        store.delete_documents(["a"])
        store.set_state(IndexState(revision=9))
        raise RuntimeError
    assert [info.id for info in store.documents()] == ["a"]
    assert store.state().revision == 0


def test_the_same_id_twice_is_refused(store: Store) -> None:
    put(store, make("a", "汉字"))
    with pytest.raises(IndexStateError, match="UNIQUE"):
        put(store, make("a", "别的"))
    assert store.document("a")[0].text == "汉字"


def test_state_failures_and_times(store: Store) -> None:
    state = IndexState("uid", 3, 5, "{}", "abc", "/语料", 7, 2, (DerivedFile("v.faiss", 10, "0" * 64),))
    failures = {"坏.txt": ("坏.txt: is broken", FileState(1, 2, 3))}
    put(store, make("a", "汉字"))
    with store.transaction():
        store.set_state(state)
        store.set_failures(failures)
        store.touch_documents({"a": FileState(10, 20, 30)})
    assert store.state() == state
    assert store.failures() == failures
    assert store.documents()[0].file == FileState(10, 20, 30, "f" * 64)
    assert store.problems() == []


def test_a_reader_keeps_its_snapshot(store: Store, tmp_path: Path) -> None:
    put(store, make("a", "汉字"))
    reader = Store.open(tmp_path)
    reader.database.begin_snapshot()
    assert len(reader.documents()) == 1
    put(store, make("b", "别的"))
    assert [info.id for info in reader.documents()] == ["a"]
    assert not store.database.checkpoint(), "the log is still needed"
    reader.database.end_snapshot()
    assert len(reader.documents()) == 2
    assert store.database.checkpoint()
    reader.close()


def test_a_reader_cannot_write(store: Store, tmp_path: Path) -> None:
    reader = Store.open(tmp_path)
    with pytest.raises(IndexStateError, match="readonly"), reader.transaction():
        reader.delete_documents(["a"])
    reader.close()


def test_one_connection_serves_one_thread_after_another(store: Store) -> None:
    put(store, make("a", "汉字"))
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(store.document("a")[0].text))
    thread.start()
    thread.join()
    assert found == ["汉字"]


def test_a_folder_without_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError, match="python -m index sync CORPUS_DIR --index"):
        Store.open(tmp_path)


def test_the_log_of_another_database_is_not_replayed(store: Store, tmp_path: Path) -> None:
    """Somebody deletes the database by hand and leaves its log."""
    put(store, make("a", "汉字"))
    log = tmp_path / f"{DATABASE_NAME}-wal"
    kept = log.read_bytes()
    assert kept
    store.close()
    (tmp_path / DATABASE_NAME).unlink()
    log.write_bytes(kept)
    fresh = Store.create(tmp_path)
    assert fresh.documents() == [] and fresh.problems() == []
    fresh.close()


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("UPDATE texts SET text = '假的'", "differs from its checksum"),
        ("UPDATE texts SET offsets = x'00'", "differs from its checksum"),
        ("UPDATE documents SET details = replace(details, '标题', '假的')", "differs from its checksum"),
        ("UPDATE documents SET sha256 = 'x'", "differs from its checksum"),
        ("UPDATE passages SET text = '假的'", "differs from its checksum"),
        ("UPDATE passages SET source_end = 1", "differs from its checksum"),
        ("UPDATE passages SET heading = '['", "differs from its checksum"),
        ("UPDATE state SET body = replace(body, '0', '1')", "differs from its checksum"),
        ("DELETE FROM passages WHERE number = 0", "are not complete"),
        ("DELETE FROM texts", "damaged"),
        ("DROP TABLE texts", "no such table"),
    ],
)
def test_a_changed_row_is_a_problem(store: Store, sql: str, message: str) -> None:
    put(store, make("a", "一二三四五六七八九十。" * 10))
    store.database.change(sql)
    (problem, *_) = store.problems()
    assert message in problem and problem.startswith(DATABASE_NAME) and "\n" not in problem


def test_a_changed_row_is_never_given_out(store: Store) -> None:
    put(store, make("a", "汉字"))
    store.database.change("UPDATE texts SET text = '假的'")
    store.database.change("UPDATE passages SET text = '假的'")
    for read in (
        lambda: store.document("a"),
        lambda: store.passages.of("a"),
        lambda: store.passages.one("a", 0),
    ):
        with pytest.raises(IndexCorruptError):
            read()


def test_a_text_that_is_not_utf8_is_not_quoted_in_the_error(store: Store) -> None:
    put(store, make("a", "秘密的\n文件"))
    store.database.change("UPDATE texts SET text = CAST(x'ff0aff' AS TEXT)")
    with pytest.raises(IndexCorruptError) as caught:
        store.document("a")
    assert "\n" not in str(caught.value) and "decode" in str(caught.value)
