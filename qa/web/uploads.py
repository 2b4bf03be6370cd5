"""Files from the page into the corpus folder: kinds by content, a size limit, names made here. Never overwrites unasked.

An uploaded file gets a name made of the letters and digits of its own name, and of its content's hash where another file
has that name already; no part of the given name can be a path. The loaders read the file later and refuse what they
cannot read.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Literal

from index.errors import DocumentError, UnsupportedFormatError
from index.loaders.archive import check_office_archive
from index.loaders.formats import actual_format, format_of_name

__all__ = [
    "MAX_UPLOAD_BYTES",
    "UPLOAD_FOLDER",
    "UploadProblem",
    "UploadRefusedError",
    "discard",
    "path_of",
    "safe_name",
    "store_upload",
]

MAX_UPLOAD_BYTES = 50 * 2**20
UPLOAD_FOLDER = "uploads"
_LONGEST_STEM = 60
_HEAD_BYTES = 1 << 16
_LONGEST_NAME_BYTES = 255

UploadProblem = Literal["size", "type", "content", "empty", "unknown"]


class UploadRefusedError(Exception):
    """A file is not taken; ``problem`` says why in one word, the message in a sentence."""

    def __init__(self, problem: UploadProblem, reason: str) -> None:
        super().__init__(reason)
        self.problem: UploadProblem = problem


def safe_name(name: str, digest: str = "") -> str:
    """Return a file name made of the harmless characters of ``name``, of ``digest`` if one is given, and of its suffix.

    Examples
    --------
    >>> safe_name("../../etc/年度 报告<b>.PDF", "0a1b2c3d4e")
    '年度-报告-b-0a1b2c3d.pdf'
    """
    last = re.split(r"[/\\\\]", unicodedata.normalize("NFC", name))[-1]
    stem, dot, suffix = last.rpartition(".")
    words = re.findall(r"\w+", stem if dot else last)
    kept = "-".join(word for word in words if word.strip("_"))[:_LONGEST_STEM].strip("-_")
    end = f"-{digest[:8]}" if digest else ""
    return f"{kept or 'document'}{end}.{re.sub(r'[^a-z0-9]', '', suffix.lower())}"


def path_of(corpus_dir: Path, document_id: str) -> Path | None:
    """Return the regular file of a document id inside the corpus folder; None for anything else.

    A path that leaves the folder, by ``..``, by a link or by being absolute, is nothing.
    """
    pure = PurePosixPath(document_id)
    if (
        not document_id
        or "\x00" in document_id
        or "\\" in document_id
        or pure.is_absolute()
        or ".." in pure.parts
    ):
        return None
    path = corpus_dir / pure
    try:
        root, real = corpus_dir.resolve(strict=True), path.resolve(strict=True)
    except OSError:
        return None
    return path if root in real.parents and real.is_file() else None


def store_upload(
    corpus_dir: Path, temporary: Path, name: str, *, replaces: str | None, trash: Path
) -> tuple[str, str]:
    """Move a received file into the corpus; return its document id and ``added``, ``replaced`` or ``duplicate``.

    ``replaces`` is the id of the document that it takes the place of; the old file goes to ``trash``.

    Raises
    ------
    UploadRefusedError
        Unknown kind, content of another kind, an archive bomb, an empty or too large file, no document to replace.
    """
    _check(temporary, name)
    digest = _hash(temporary)
    folder = corpus_dir / UPLOAD_FOLDER
    if replaces is not None:
        old = path_of(corpus_dir, replaces)
        if old is None:
            raise UploadRefusedError("unknown", f"there is no document {replaces} to replace")
        if format_of_name(old.name) == format_of_name(name):
            shutil.copy2(old, _free_trash_name(trash, old.name))
            _publish(temporary, old)
            return replaces, "replaced"
        folder = old.parent
    folder.mkdir(exist_ok=True)
    if folder.resolve() != corpus_dir.resolve() and corpus_dir.resolve() not in folder.resolve().parents:
        raise UploadRefusedError("type", "the upload folder leads out of the corpus")
    state = "replaced" if replaces is not None else "added"
    target = folder / safe_name(name)
    if not _publish_new(temporary, target):
        if replaces is None and _same(target, digest):
            state = "duplicate"
        else:
            target = folder / safe_name(name, digest)
            _publish(temporary, target)
    if replaces is not None:
        discard(corpus_dir, replaces, trash)
    return target.relative_to(corpus_dir).as_posix(), state


def discard(corpus_dir: Path, document_id: str, trash: Path) -> bool:
    """Move the file of a document to ``trash``; False where there is none."""
    path = path_of(corpus_dir, document_id)
    if path is None:
        return False
    shutil.move(path, _free_trash_name(trash, path.name))
    return True


def _check(path: Path, name: str) -> None:
    declared = format_of_name(name)
    if declared is None:
        raise UploadRefusedError(
            "type", f"files of this kind ({PurePosixPath(name).suffix or 'no suffix'}) are not read"
        )
    size = path.stat().st_size
    if size == 0:
        raise UploadRefusedError("empty", "the file is empty")
    if size > MAX_UPLOAD_BYTES:
        raise UploadRefusedError("size", f"the file is larger than {MAX_UPLOAD_BYTES:,} bytes")
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        office = declared in ("docx", "xlsx") or head.startswith(b"PK")
        data = path.read_bytes() if office else head
        if actual_format(declared, data) in ("docx", "xlsx"):
            check_office_archive(data)
        if declared in ("txt", "md", "csv", "tsv", "html") and _binary(head):
            raise UploadRefusedError("content", "the content is not text")
    except UnsupportedFormatError as error:
        raise UploadRefusedError("type", str(error)) from error
    except DocumentError as error:
        raise UploadRefusedError("content", str(error)) from error


def _binary(head: bytes) -> bool:
    """Bytes that no text holds; UTF-16 and UTF-32 begin with a mark, or have a zero in every other place."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return False
    zeros = head.count(0)
    sixteen = zeros and max(head[0::2].count(0), head[1::2].count(0)) == zeros and zeros * 5 > len(head)
    return bool(zeros) and not sixteen


def _publish(temporary: Path, target: Path) -> None:
    """Put the file in place in one step, with the rights of a normal file."""
    _beside(temporary, target).replace(target)
    temporary.unlink(missing_ok=True)


def _publish_new(temporary: Path, target: Path) -> bool:
    """Put the file in place where no file has that name yet; False where one has, even one that came this instant."""
    if target.exists() or target.is_symlink():
        return False
    beside = _beside(temporary, target)
    try:
        os.link(beside, target)
    except OSError:  # taken meanwhile, or a file system without links: the name with the hash is free
        return False
    finally:
        beside.unlink(missing_ok=True)
    temporary.unlink(missing_ok=True)
    return True


def _same(target: Path, digest: str) -> bool:
    return target.is_file() and not target.is_symlink() and _hash(target) == digest


def _beside(temporary: Path, target: Path) -> Path:
    """A whole copy of the file in the target's folder, hidden from the index."""
    beside = target.with_name(f".{secrets.token_hex(8)}.part")
    shutil.copyfile(temporary, beside)
    beside.chmod(0o644)
    return beside


def _free_trash_name(trash: Path, name: str) -> Path:
    trash.mkdir(parents=True, exist_ok=True)
    before = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}-"
    return trash / f"{before}{_shortened(name, _LONGEST_NAME_BYTES - len(before))}"


def _shortened(name: str, room: int) -> str:
    """A file name that takes ``room`` bytes at most, cut before its suffix."""
    suffix = PurePosixPath(name).suffix
    stem = name.removesuffix(suffix)
    while stem and len(os.fsencode(stem + suffix)) > room:
        stem = stem[:-1]
    return stem + suffix


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
