"""Settings and fixtures that all tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings
from small_index import DOCUMENTS, make_embedder, write_files

# The machine may be busy: a test fails by what it finds, not by how long one example took.
settings.register_profile("wenju", deadline=None)
settings.load_profile("wenju")


@pytest.fixture(scope="session")
def tiny_embedder(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Path of a static embedder that loads in no time."""
    return make_embedder(tmp_path_factory.mktemp("tiny") / "embedder")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with four small documents."""
    write_files(tmp_path / "corpus", dict(DOCUMENTS))
    return tmp_path / "corpus"
