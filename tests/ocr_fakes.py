"""A stand-in for the OCR package, which tests do not install."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest

from index.loaders import ocr


def installed(monkeypatch: pytest.MonkeyPatch, engine: type) -> Iterator[None]:
    """Have ``engine`` be what the OCR package reads with, until the generator goes on."""
    module = types.ModuleType("rapidocr_onnxruntime")
    module.RapidOCR = engine  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", module)
    ocr._engine.cache_clear()
    yield
    ocr._engine.cache_clear()
