import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from index.errors import DocumentError, UnsupportedFormatError
from index.loaders import SUPPORTED_SUFFIXES, find_documents, load_bytes, load_document, scan_corpus

SEEDS = Path(__file__).parent.parent / "seeds"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def load(data: bytes, name: str = "甲.txt", **options):
    return load_bytes(data, name=name, document_id=name, **options)


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("山西省能源局\r\n关于开发区的通知\r\n\r\n正文。\n", id="Chinese, mixed line ends"),
        pytest.param("GDP 增长 5.2%，\trow\n", id="mixed"),
        pytest.param("😀👩‍👩‍👧\r", id="emoji, old Macintosh line end"),
    ],
)
def test_text_is_the_decoded_characters_exactly(tmp_path: Path, text: str) -> None:
    path = tmp_path / "甲.txt"
    path.write_bytes(text.encode("utf-8"))
    document = load_document(path, document_id="sub/甲.txt")
    assert document.text == text
    assert document.sha256 == hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert (document.id, document.format, document.encoding) == ("sub/甲.txt", "txt", "utf-8")
    assert (document.pages, document.notes) == ((), ())


def test_seeds_load_with_their_metadata() -> None:
    for path in sorted(SEEDS.glob("*.txt")):
        document = load_document(path, document_id=path.name)
        assert document.text == path.read_bytes().decode("utf-8")
        assert document.metadata.title and document.metadata.title != path.stem


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.md", "md"),
        ("a.MARKDOWN", "md"),
        ("a.Txt", "txt"),
        ("a.csv", "csv"),
        ("a.tsv", "tsv"),
        ("a.htm", "html"),
    ],
)
def test_format_is_told_by_the_suffix(name: str, expected: str) -> None:
    assert load("<p>甲,乙\t丙</p>\n1,2\t3\n".encode(), name).format == expected


def test_title_falls_back_to_the_name_of_the_file() -> None:
    assert load("只有一句话。".encode(), "情况说明.txt").metadata.title == "情况说明"
    assert load(b"a,b\n1,2\n", "table.csv").metadata.title == "table"


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        pytest.param(b"", "甲.txt", "is empty", id="empty"),
        pytest.param(b" \r\n\t\xe3\x80\x80", "甲.txt", "holds no text", id="only spaces"),
        pytest.param(b"\xef\xbb\xbf", "甲.txt", "holds no text", id="only a byte-order mark"),
        pytest.param(b"abc\0def" * 9, "甲.txt", "binary", id="NUL"),
        pytest.param(bytes(range(1, 9)) * 20, "甲.txt", "control characters", id="control characters"),
        pytest.param(bytes(range(128, 256)) * 20, "甲.txt", "unknown text encoding", id="no encoding"),
        pytest.param(b"hello", "甲.pdf", "is not a PDF file", id="text named pdf"),
        pytest.param(b"hello", "甲.docx", "is not a Word", id="text named docx"),
        pytest.param(b"hello", "甲.xlsx", "is not an Excel", id="text named xlsx"),
        pytest.param(b"%PDF-1.7 junk", "甲.pdf", "is broken", id="broken PDF"),
        pytest.param(b"PK\x03\x04junk", "甲.docx", "is broken", id="broken zip"),
        pytest.param(zipped("word/document.xml"), "甲.docx", "is broken", id="broken Word file"),
        pytest.param(zipped("xl/workbook.xml"), "甲.xlsx", "is broken", id="broken Excel file"),
        pytest.param(
            OLE + "EncryptedPackage".encode("utf-16-le"), "甲.docx", "encrypted", id="encrypted Word file"
        ),
        pytest.param(b"<html><script>x()</script></html>", "甲.html", "holds no text", id="page of scripts"),
    ],
)
def test_refused_with_one_clear_line(data: bytes, name: str, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        load(data, name)
    message = str(caught.value)
    assert not isinstance(caught.value, UnsupportedFormatError)
    assert message.startswith(f"{name}: ") and words in message and "\n" not in message


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        pytest.param(b"x", "甲.doc", "(.doc) cannot be read", id="suffix"),
        pytest.param(b"x", "甲", "(no suffix) cannot be read", id="no suffix"),
        pytest.param(OLE + b"WordDocument", "甲.docx", "old Office file", id="doc named docx"),
        pytest.param(OLE, "甲.txt", "old Office file", id="doc named txt"),
        pytest.param(zipped("a.txt"), "甲.docx", "zip archive", id="zip named docx"),
        pytest.param(zipped("ppt/presentation.xml"), "甲.txt", "PowerPoint", id="slides named txt"),
        pytest.param(zipped("content.xml"), "甲.docx", "OpenDocument", id="odt named docx"),
        pytest.param(zipped("xl/workbook.bin"), "甲.xlsx", ".xlsb", id="xlsb named xlsx"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "甲.txt", "PNG", id="picture named txt"),
        pytest.param(b"{\\rtf1 x}", "甲.docx", "RTF", id="rtf named docx"),
    ],
)
def test_foreign_formats_are_named(data: bytes, name: str, words: str) -> None:
    with pytest.raises(UnsupportedFormatError) as caught:
        load(data, name)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_too_large_is_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "甲.txt"
    path.write_bytes(b"x" * 11)
    with pytest.raises(DocumentError, match=r"too large \(11 bytes; the limit is 10\)"):
        load_document(path, document_id="甲.txt", max_bytes=10)
    with pytest.raises(DocumentError, match="too large"):
        load(b"x" * 11, max_bytes=10)
    assert load_document(path, document_id="甲.txt", max_bytes=11).text == "x" * 11


def test_missing_files_and_other_things_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        load_document(tmp_path / "none.txt", document_id="none.txt")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(DocumentError, match="not a regular file"):
        load_document(tmp_path / "folder.txt", document_id="folder.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(DocumentError, match="not a regular file"):
        load_document(tmp_path / "pipe.txt", document_id="pipe.txt")
    assert find_documents(tmp_path) == []


def test_plain_text_imports_no_parser() -> None:
    code = (
        "import sys; from index.loaders import load_bytes;"
        "load_bytes('山西省'.encode(), name='a.txt', document_id='a');"
        "heavy = {'bs4', 'lxml', 'pypdfium2', 'docx', 'openpyxl', 'charset_normalizer', 'numpy'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=SEEDS.parent, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def names(paths, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def make(root: Path, *files: str) -> None:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")


def test_scan_lists_supported_and_unsupported_in_order(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a.PDF", "b/a.md", "b-c.html", "中文/文件.docx", "😀.csv", "README.md")
    make(tmp_path, "b/photo.png", "old.doc", "noext")
    make(tmp_path, ".hidden.txt", ".git/a.txt", "~$lock.docx", "Thumbs.db", "desktop.ini", "__MACOSX/a.txt")
    scan = scan_corpus(tmp_path)
    assert names(scan.supported, tmp_path) == [
        "README.md", "a.PDF", "b-c.html", "b.txt", "b/a.md", "中文/文件.docx", "😀.csv",
    ]  # fmt: skip
    assert names(scan.unsupported, tmp_path) == ["b/photo.png", "noext", "old.doc"]
    assert find_documents(tmp_path) == list(scan.supported)
    assert all(path.suffix.lower() in SUPPORTED_SUFFIXES for path in scan.supported)


def test_an_empty_folder_has_no_documents_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    assert find_documents(tmp_path) == []
    with pytest.raises(DocumentError, match="no such folder"):
        find_documents(tmp_path / "none")


def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    corpus, outside = tmp_path / "corpus", tmp_path / "outside"
    make(corpus, "a.txt", ".store/real.txt")
    make(outside, "secret.txt")
    (corpus / "secret.txt").symlink_to(outside / "secret.txt")
    (corpus / "outside").symlink_to(outside)
    (corpus / "loop").symlink_to(corpus)
    (corpus / "gone.txt").symlink_to(corpus / "gone")
    (corpus / "kept.txt").symlink_to(corpus / ".store" / "real.txt")
    assert names(find_documents(corpus), corpus) == ["a.txt", "kept.txt"]
    (tmp_path / "link").symlink_to(corpus)
    assert names(find_documents(tmp_path / "link"), tmp_path / "link") == ["a.txt", "kept.txt"]


@pytest.mark.parametrize(
    ("rules", "left_out"),
    [
        ("", []),
        ("# README.md\n\n", []),
        ("README.md", ["README.md", "sub/README.md"]),
        ("/README.md", ["README.md"]),
        ("sub/*.txt", ["sub/a.txt"]),
        ("sub/", ["sub/README.md", "sub/a.txt", "sub/deep/b1.txt", "sub/deep/说明.txt"]),
        ("a.txt/", []),
        ("**/deep/**", ["sub/deep/b1.txt", "sub/deep/说明.txt"]),
        ("说?.txt", ["sub/deep/说明.txt"]),
        ("b[0-9].txt", ["sub/deep/b1.txt"]),
        ("b[!0-9].txt", []),
        ("*.txt\n!a.txt", ["sub/deep/b1.txt", "sub/deep/说明.txt"]),
        ("\ufeffREADME.md\r\n", ["README.md", "sub/README.md"]),
        ("a.tx", []),
    ],
)
def test_ignore_file(tmp_path: Path, rules: str, left_out: list[str]) -> None:
    files = ["README.md", "a.txt", "sub/README.md", "sub/a.txt", "sub/deep/b1.txt", "sub/deep/说明.txt"]
    make(tmp_path, *files)
    (tmp_path / ".wenjuignore").write_text(rules, encoding="utf-8")
    assert names(find_documents(tmp_path), tmp_path) == [file for file in files if file not in left_out]


@pytest.mark.parametrize("pattern", ["[9-0]*.txt", "[!]", "[z-a]", "![中-一]/"])
def test_a_line_of_the_ignore_file_that_is_no_pattern_is_named(tmp_path: Path, pattern: str) -> None:
    (tmp_path / ".wenjuignore").write_text(f"# 说明\n\n {pattern}\n*.md\n", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"\.wenjuignore: line 3: .* is not a pattern$") as caught:
        find_documents(tmp_path)
    assert repr(pattern) in str(caught.value) and "\n" not in str(caught.value)


def test_the_description_of_the_seeds_is_no_document() -> None:
    assert names(find_documents(SEEDS), SEEDS) == sorted(path.name for path in SEEDS.glob("*.txt"))
