"""What a run ran on: machine, versions, and a fingerprint of the code that answered. No host names, no paths."""

from __future__ import annotations

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["code_fingerprint", "machine", "versions"]

_PACKAGES = (
    "wenju",
    "numpy",
    "faiss-cpu",
    "tantivy",
    "jieba",
    "rjieba",
    "onnxruntime",
    "torch",
    "sentence-transformers",
    "tokenizers",
    "ir-measures",
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that shape an answer."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


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
    """Return twelve hex digits that change with any source file of ``index`` or ``qa``, or with fitted weights.

    Answers of one run are of one state of the code.
    """
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    sources = [*root.glob("index/**/*.py"), *root.glob("qa/**/*.py"), *root.glob("qa/models/*.json")]
    for path in sorted(sources):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
