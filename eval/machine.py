"""What a run ran on: machine, versions, and a fingerprint of the code that answered. No host names, no paths."""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["answering_versions", "code_fingerprint", "machine", "versions"]

_ANSWERING = (
    "numpy",
    "faiss-cpu",
    "tantivy",
    "jieba",
    "rjieba",
    "opencc-python-reimplemented",
    "pypinyin",
    "onnxruntime",
    "torch",
    "transformers",
    "sentence-transformers",
    "tokenizers",
)
"""Packages at work between a question and its answer. Those that only cut documents into passages show in the index."""


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape an answer or its figures."""
    own = {"python": platform.python_version(), "wenju": _version("wenju")}
    return {**own, **answering_versions(), "ir-measures": _version("ir-measures")}


def answering_versions() -> dict[str, str]:
    """Return the versions of the packages whose upgrade may change an answer."""
    return {package: _version(package) for package in _ANSWERING}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def machine() -> dict[str, str | int | float]:
    """Return the processor, the cores this process may use, the memory in GiB and the system."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "processor": _processor(),
        "cores": cores,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def code_fingerprint() -> str:
    """Return twelve hex digits that change with any source file of ``index`` or ``qa``, with fitted weights, or with the translations.

    Answers of one run are of one state of the code.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    patterns = ("index/**/*.py", "qa/**/*.py", "qa/models/*.json", "qa/models/*.xz")
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
