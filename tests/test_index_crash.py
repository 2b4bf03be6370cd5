"""A killed process leaves the old index or the new one; ``python tests/crash_loop.py --kills 1000`` runs any number."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_fifty_kills() -> None:
    done = subprocess.run(
        [sys.executable, "tests/crash_loop.py", "--kills", "50"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=800,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])
    assert counts["killed"] == 50 and counts["old"] > 0
