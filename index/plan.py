"""What a sync has to do, and what it did: the corpus folder compared with what the index knows. Reads as little as it can."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from index.derived import hash_file
from index.loaders import scan_corpus
from index.records import DocumentInfo, FileState

__all__ = ["Plan", "SyncReport", "index_prefix", "make_plan", "shown_name", "without_ocr"]

_OTHER_FORMATS = {".doc": ".docx", ".wps": ".docx", ".rtf": ".docx", ".xls": ".xlsx", ".et": ".xlsx"}
_RACY_NS = 2_000_000_000
"""A file changed this shortly before it was indexed may have changed again within the clock's grain: its times prove nothing."""
_NO_TEXT = "no text (scanned?)"
"""In the note on pages of a PDF that OCR may read."""


@dataclass(slots=True)
class Plan:
    """Documents by id, in order. ``files``: path and state of every readable file as it was seen."""

    files: dict[str, tuple[Path, FileState]] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    hashed: list[str] = field(default_factory=list)
    """Unchanged ones whose content had to be read to know it: their times are worth recording."""
    failures: dict[str, tuple[str, FileState]] = field(default_factory=dict)
    """Unchanged files that could not be read before, with the reason."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Files that no loader takes, with the reason."""


@dataclass(slots=True)
class SyncReport:
    """What a sync did, or with ``dry_run`` would do. Documents by id."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    """Also those that can no longer be read, which are in ``failed`` too."""
    unchanged: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    """Files that no loader takes, with the reason."""
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    repaired: list[str] = field(default_factory=list)
    documents: int = 0
    passages: int = 0
    generation: int = 0
    fingerprint: str = ""
    seconds: float = 0.0
    dry_run: bool = False

    def to_dict(self) -> dict[str, object]:
        """Return the report JSON-ready."""
        return asdict(self)

    @classmethod
    def of(cls, plan: Plan) -> SyncReport:
        """The report of a plan that is still to be carried out."""
        return cls(
            added=list(plan.added),
            changed=list(plan.changed),
            deleted=list(plan.deleted),
            unchanged=len(plan.unchanged),
            failed={document_id: reason for document_id, (reason, _) in plan.failures.items()},
            skipped=dict(plan.skipped),
        )


def make_plan(
    corpus_dir: Path,
    index_dir: Path,
    known: Mapping[str, DocumentInfo],
    failures: Mapping[str, tuple[str, FileState]],
    synced_ns: int,
    again: Collection[str] = (),
) -> Plan:
    """Compare the folder with the ``known`` documents and failed files, as they were at the time ``synced_ns``.

    A file is taken for unchanged by its size and times where these prove it, else by its content's hash; those in ``again`` are
    to be read anyway.
    """
    plan = Plan()
    scan = scan_corpus(corpus_dir)
    inside = index_prefix(corpus_dir, index_dir)
    plan.skipped = {
        shown_name(_id(corpus_dir, path)): _no_loader(path)
        for path in scan.unsupported
        if not _id(corpus_dir, path).startswith(inside)
    }
    for path in scan.supported:
        document_id = _id(corpus_dir, path)
        if document_id.startswith(inside):
            continue
        shown = shown_name(document_id)
        try:
            status = path.stat()
        except FileNotFoundError:
            continue  # gone since the folder was listed
        except OSError as error:
            plan.failures[shown] = (f"{shown}: cannot be read ({error.strerror})", FileState(0, 0, 0))
            continue
        state = FileState(status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if shown != document_id:
            plan.failures[shown] = (f"{shown}: the name of the file is not UTF-8; rename it", state)
            continue
        plan.files[document_id] = (path, state)
        if document_id not in again:
            _sort_in(plan, document_id, path, state, known, failures, synced_ns)
        elif document_id in known:
            plan.changed.append(document_id)
        else:
            plan.added.append(document_id)
    plan.deleted = sorted(known.keys() - plan.files.keys())
    return plan


def without_ocr(known: Mapping[str, DocumentInfo], failures: Mapping[str, tuple[str, FileState]]) -> set[str]:
    """Files that OCR may say more of: those that could not be read, and those with pages that have no text."""
    return failures.keys() | {
        document_id for document_id, info in known.items() if any(_NO_TEXT in note for note in info.notes)
    }


def shown_name(document_id: str) -> str:
    """A name as text: bytes that are not UTF-8 can be neither stored nor written."""
    return os.fsencode(document_id).decode("utf-8", "replace")


def _no_loader(path: Path) -> str:
    other = _OTHER_FORMATS.get(path.suffix.lower())
    return "no loader for this kind of file" + (f"; save it as {other}" if other else "")


def _sort_in(
    plan: Plan,
    document_id: str,
    path: Path,
    state: FileState,
    known: Mapping[str, DocumentInfo],
    failures: Mapping[str, tuple[str, FileState]],
    synced_ns: int,
) -> None:
    settled = max(state.mtime_ns, state.ctime_ns) < synced_ns - _RACY_NS
    if document_id in failures:
        reason, before = failures[document_id]
        if settled and state.same_times(before):
            plan.failures[document_id] = (reason, before)
            return
    info = known.get(document_id)
    if info is None:
        plan.added.append(document_id)
    elif settled and state.same_times(info.file):
        plan.unchanged.append(document_id)
    else:
        try:
            same = hash_file(path) == info.file.sha256
        except FileNotFoundError:
            del plan.files[document_id]  # gone since the folder was listed
            return
        except OSError:
            same = False  # the loader will say why
        if same:
            plan.unchanged.append(document_id)
            plan.hashed.append(document_id)
        else:
            plan.changed.append(document_id)


def _id(corpus_dir: Path, path: Path) -> str:
    return path.relative_to(corpus_dir).as_posix()


def index_prefix(corpus_dir: Path, index_dir: Path) -> str:
    """Prefix of the ids of what lies in the index folder; no id begins with a slash."""
    corpus, index_folder = corpus_dir.resolve(), index_dir.resolve()
    return f"{index_folder.relative_to(corpus).as_posix()}/" if index_folder.is_relative_to(corpus) else "/"
