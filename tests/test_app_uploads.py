"""Uploaded files: what is taken, what is refused, under which name, and that no path leaves the corpus."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from qa.web.uploads import MAX_UPLOAD_BYTES, UploadRefusedError, discard, path_of, safe_name, store_upload

NAMES = {
    "chinese": ("年度 报告.pdf", "年度-报告-0123abcd.pdf"),
    "mixed and emoji": ("2024 report😀（终稿）.TXT", "2024-report-终稿-0123abcd.txt"),
    "path": ("../../etc/passwd.txt", "passwd-0123abcd.txt"),
    "windows path": ("C:\\windows\\x.csv", "x-0123abcd.csv"),
    "html": ('<img src=x onerror="alert(1)">.md', "img-src-x-onerror-alert-1-0123abcd.md"),
    "nothing left": ("///...", "document-0123abcd."),
    "override": ("a\u202etxt.exe.txt", "a-txt-exe-0123abcd.txt"),
    "empty": ("", "document-0123abcd."),
    "long": ("长" * 300 + ".txt", "长" * 60 + "-0123abcd.txt"),
}


@pytest.mark.parametrize(("given", "made"), NAMES.values(), ids=NAMES)
def test_names_are_made_here(given: str, made: str) -> None:
    assert safe_name(given, "0123abcdef") == made
    assert "/" not in made and "\\" not in made and ".." not in made


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text("旧的内容", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def upload(corpus: Path, name: str, data: bytes, replaces: str | None = None) -> tuple[str, str]:
    temporary = corpus.parent / "incoming"
    temporary.write_bytes(data)
    return store_upload(corpus, temporary, name, replaces=replaces, trash=corpus.parent / "trash")


def test_a_file_lands_in_the_upload_folder(corpus: Path) -> None:
    document_id, state = upload(corpus, "../新文件.txt", "大同".encode())
    assert state == "added"
    assert document_id == "uploads/新文件.txt"
    assert (corpus / document_id).read_text(encoding="utf-8") == "大同"
    assert upload(corpus, "新文件.txt", "大同".encode()) == (document_id, "duplicate")


def test_a_name_that_is_taken_is_not_taken_over(corpus: Path) -> None:
    first, _ = upload(corpus, "年报.txt", "一".encode())
    second, state = upload(corpus, "年报.txt", "二".encode())
    assert state == "added"
    assert re.fullmatch(r"uploads/年报-[0-9a-f]{8}\.txt", second)
    assert [(corpus / one).read_text(encoding="utf-8") for one in (first, second)] == ["一", "二"]
    assert sorted(path.name for path in (corpus / "uploads").iterdir()) == sorted(
        Path(one).name for one in (first, second)
    )


def test_a_link_of_that_name_is_not_followed(corpus: Path) -> None:
    (corpus / "uploads").mkdir()
    (corpus / "uploads" / "年报.txt").symlink_to(corpus.parent / "secret.txt")
    document_id, _ = upload(corpus, "年报.txt", b"secret")
    assert document_id != "uploads/年报.txt"
    assert (corpus.parent / "secret.txt").read_text() == "secret"


def test_a_replacement_keeps_its_place_and_the_old_file(corpus: Path) -> None:
    assert upload(corpus, "whatever.txt", "新的".encode(), replaces="a.txt") == ("a.txt", "replaced")
    assert (corpus / "a.txt").read_text(encoding="utf-8") == "新的"
    kept = list((corpus.parent / "trash").iterdir())
    assert [path.read_text(encoding="utf-8") for path in kept] == ["旧的内容"]


def test_a_replacement_of_another_kind_takes_over(corpus: Path) -> None:
    document_id, state = upload(corpus, "b.md", "# 新".encode(), replaces="a.txt")
    assert state == "replaced"
    assert document_id.endswith(".md")
    assert not (corpus / "a.txt").exists()


def archive(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/"), content)
    return data.getvalue()


REFUSED = {
    "unknown kind": ("x.exe", b"MZ", "type"),
    "no suffix": ("x", b"text", "type"),
    "script": ("x.js", b"alert(1)", "type"),
    "empty": ("x.txt", b"", "empty"),
    "program called text": ("x.txt", b"\x7fELF\x01\x00\x00\x02" * 20, "content"),
    "picture called text": ("x.txt", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "type"),
    "text called pdf": ("x.pdf", b"hello", "content"),
    "broken office file": ("x.docx", b"PK\x03\x04 broken", "content"),
    "zip called office": ("x.docx", archive(a=b"1"), "type"),
    "archive bomb": ("x.docx", archive(word__document=b"0" * (60 * 2**20)), "content"),
    "entities": ("x.xlsx", archive(**{"xl__a.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}), "content"),
}


@pytest.mark.parametrize(("name", "data", "problem"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_document_is_refused(corpus: Path, name: str, data: bytes, problem: str) -> None:
    with pytest.raises(UploadRefusedError) as caught:
        upload(corpus, name, data)
    assert caught.value.problem == problem
    assert sorted(path.name for path in corpus.rglob("*") if path.is_file()) == ["a.txt"]


def test_text_in_sixteen_bits_is_text(corpus: Path) -> None:
    assert upload(corpus, "x.txt", "大同市\n2023年".encode("utf-16"))[1] == "added"
    assert upload(corpus, "y.txt", "plain ascii text".encode("utf-16-le"))[1] == "added"
    assert upload(corpus, "z.csv", "表,值\n大同,1".encode("gb18030"))[1] == "added"


def test_too_large_a_file_is_refused(corpus: Path) -> None:
    temporary = corpus.parent / "incoming"
    with temporary.open("wb") as file:
        file.truncate(MAX_UPLOAD_BYTES + 1)
    with pytest.raises(UploadRefusedError) as caught:
        store_upload(corpus, temporary, "x.txt", replaces=None, trash=corpus.parent / "trash")
    assert caught.value.problem == "size"


@pytest.mark.parametrize(
    "document_id",
    ["../secret.txt", "/etc/passwd", "a/../../secret.txt", "", ".", "a.txt\x00", "..\\secret.txt", "no.txt"],
)
def test_no_path_leaves_the_corpus(corpus: Path, document_id: str) -> None:
    assert path_of(corpus, document_id) is None
    assert not discard(corpus, document_id, corpus.parent / "trash")
    with pytest.raises(UploadRefusedError) as caught:
        upload(corpus, "x.txt", b"text", replaces=document_id)
    assert caught.value.problem == "unknown"
    assert (corpus.parent / "secret.txt").read_text() == "secret"


def test_a_link_out_of_the_corpus_is_nothing(corpus: Path) -> None:
    (corpus / "link.txt").symlink_to(corpus.parent / "secret.txt")
    assert path_of(corpus, "link.txt") is None


def test_an_upload_folder_that_is_a_link_is_not_followed(corpus: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (corpus / "uploads").symlink_to(outside, target_is_directory=True)
    with pytest.raises(UploadRefusedError):
        upload(corpus, "x.txt", b"text")
    assert list(outside.iterdir()) == []


def test_a_deleted_file_goes_to_the_trash(corpus: Path) -> None:
    assert discard(corpus, "a.txt", corpus.parent / "trash")
    assert not (corpus / "a.txt").exists()
    assert [path.read_text(encoding="utf-8") for path in (corpus.parent / "trash").iterdir()] == ["旧的内容"]


LONG = {
    "chinese": "长" * 83 + ".txt",
    "mixed and emoji": "report 报告" + "😀" * 59 + ".md",
    "ascii": "a" * 246 + ".markdown",
    "not too long": "报告.txt",
}


@pytest.mark.parametrize("name", LONG.values(), ids=LONG)
def test_a_file_with_a_long_name_can_be_deleted_and_replaced(corpus: Path, name: str) -> None:
    (corpus / name).write_text("旧的", encoding="utf-8")
    assert upload(corpus, name, "新的".encode(), replaces=name) == (name, "replaced")
    assert discard(corpus, name, corpus.parent / "trash")
    kept = sorted((corpus.parent / "trash").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert {path.read_text(encoding="utf-8") for path in kept} == {"旧的", "新的"}
    for path in kept:
        assert path.suffix == Path(name).suffix
        assert name.startswith(path.stem[23:])
        assert len(path.name.encode()) <= 255
