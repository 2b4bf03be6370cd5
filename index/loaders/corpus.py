"""The documents of a corpus folder, in a stable order. Lists files; does not open them (``.wenjuignore`` apart).

Left out silently: hidden files and folders, what office programs and file managers leave behind, what ``.wenjuignore``
names, links that leave the folder. Links to folders are not followed, so that no file is listed twice and no loop forms.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.errors import DocumentError
from index.loaders.formats import format_of_name

__all__ = ["IGNORE_FILE", "CorpusScan", "find_documents", "scan_corpus"]

IGNORE_FILE = ".wenjuignore"
"""In the corpus folder: one pattern a line as in ``.gitignore``; ``#`` begins a comment, ``!`` takes files back in."""

_LEFT_BEHIND = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db", "__macosx"})


@dataclass(frozen=True, slots=True)
class CorpusScan:
    """Files of a corpus folder, each tuple in the order of the paths below the folder, written with ``/``."""

    supported: tuple[Path, ...]
    unsupported: tuple[Path, ...]
    """Files whose suffix no loader reads."""


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    folders_only: bool
    ignores: bool


def find_documents(corpus_dir: Path) -> list[Path]:
    """Return the files of ``corpus_dir`` that can be read, in the order of their paths."""
    return list(scan_corpus(corpus_dir).supported)


def scan_corpus(corpus_dir: Path) -> CorpusScan:
    """Return the files of ``corpus_dir``, those that can be read and the others.

    Raises
    ------
    DocumentError
        The folder, or one inside it, cannot be listed: going on would take its documents for deleted. Or its ignore file
        has a line that is no pattern.
    """
    root = Path(corpus_dir)
    if not root.is_dir():
        raise DocumentError(f"{root}: no such folder")
    rules = _read_rules(root)
    found = sorted(_walk(os.fspath(root), "", rules, os.path.realpath(root)))
    supported: list[Path] = []
    unsupported: list[Path] = []
    for relative in found:
        (unsupported if format_of_name(relative) is None else supported).append(root / relative)
    return CorpusScan(tuple(supported), tuple(unsupported))


def _walk(folder: str, prefix: str, rules: list[_Rule], root: str) -> Iterator[str]:
    """Paths below the corpus folder of the files in ``folder``; ``prefix`` is its own, with a slash at the end."""
    try:
        with os.scandir(folder) as listing:
            entries = list(listing)
    except OSError as error:
        raise DocumentError(f"{folder}: the folder cannot be listed ({error.strerror})") from error
    for entry in entries:
        name = entry.name
        if name[0] == "." or name.startswith("~$") or name.lower() in _LEFT_BEHIND:
            continue
        relative = prefix + name
        if entry.is_dir(follow_symlinks=False):
            if not _is_ignored(relative, True, rules):
                yield from _walk(entry.path, relative + "/", rules, root)
        elif not _is_ignored(relative, False, rules) and _is_own_file(entry, root):
            yield relative


def _is_own_file(entry: os.DirEntry[str], root: str) -> bool:
    """Whether an entry is a regular file, or a link to one inside the corpus folder."""
    if not entry.is_symlink():
        return entry.is_file(follow_symlinks=False)
    target = os.path.realpath(entry.path)
    return Path(target).is_file() and Path(target).is_relative_to(root)


def _read_rules(root: Path) -> list[_Rule]:
    """Rules of the folder's ignore file; none if it has none."""
    path = root / IGNORE_FILE
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read ({error.strerror})") from error
    rules: list[_Rule] = []
    for number, line in enumerate(text.splitlines(), start=1):
        glob = line.strip()
        if not glob or glob.startswith("#"):
            continue
        ignores = not glob.startswith("!")
        glob = glob.removeprefix("!")
        folders_only = glob.endswith("/")
        try:
            pattern = _glob_pattern(glob.rstrip("/"))
        except re.error as error:
            raise DocumentError(f"{path}: line {number}: {line.strip()!r} is not a pattern") from error
        rules.append(_Rule(pattern, folders_only, ignores))
    return rules


def _glob_pattern(glob: str) -> re.Pattern[str]:
    """Pattern for whole paths: one with a slash counts from the corpus folder, one without in every folder."""
    parts: list[str] = [] if "/" in glob else ["(?:.*/)?"]
    for token in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", glob.removeprefix("/")):
        if token == "**/":
            parts.append("(?:.*/)?")
        elif token == "**":
            parts.append(".*")
        elif token == "*":
            parts.append("[^/]*")
        elif token == "?":
            parts.append("[^/]")
        elif len(token) > 1:
            inside = token[1:-1].replace("\\", r"\\").replace("[", r"\[").replace("^", r"\^")
            parts.append(f"[{'^' + inside[1:] if inside.startswith('!') else inside}]")
        else:
            parts.append(re.escape(token))
    return re.compile("".join(parts))


def _is_ignored(relative: str, folder: bool, rules: list[_Rule]) -> bool:
    """Whether the last rule that fits ``relative`` leaves it out."""
    for rule in reversed(rules):
        if (folder or not rule.folders_only) and rule.pattern.fullmatch(relative):
            return rule.ignores
    return False
