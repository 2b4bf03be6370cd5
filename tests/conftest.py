"""Settings and fixtures that all tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from page_server import SIZES, Server, Windows, seeds_server, visited, windows
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


@pytest.fixture(scope="module")
def opened() -> Iterator[Windows]:
    """Browser windows, used again by the tests of a module."""
    with windows() as found:
        yield found


@pytest.fixture(scope="module")
def server() -> Server:
    """A page over the seeds; modules with a corpus of their own have their own."""
    return seeds_server()


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, opened: Windows, server: Server) -> Iterator[Any]:
    """The server's page, fresh, in a wide and in a narrow window."""
    with visited(opened.of_size(request.param), server.url) as found:
        yield found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium the browser tests are skipped, on a user's own machine; where ``CI`` is set they fail and say why."""
    if os.environ.get("CI") or any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return
    skip = pytest.mark.skip(
        reason="drives Chromium, which is not installed (apt-get install chromium fonts-noto-cjk)"
    )
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)
