"""The bundled models on the test split of the seeds: no gated figure falls below the committed baseline's interval.

After new weights, gold questions or a better pipeline: look at the figures, then renew the baseline with

    .venv/bin/python tests/test_seeds_quality.py
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import pytest

from eval.__main__ import main as evaluate
from eval.gate import gate
from index.__main__ import main as index
from index.corpus_index import CorpusIndex
from qa.verify import verify_answers

ROOT = Path(__file__).parents[1]
GOLD = ROOT / "eval" / "gold" / "seeds.jsonl"
BASELINE = Path(__file__).parent / "data" / "seeds_baseline.json"

pytestmark = pytest.mark.slow


def run_split(folder: Path, split: str) -> Path:
    """Index the seeds, ask the questions of a split, write the report; returns the run folder."""
    index_dir, out = str(folder / "index"), folder / "run"
    assert index(["sync", str(ROOT / "seeds"), "--index", index_dir]) == 0
    asked = ["run", "--index", index_dir, "--gold", str(GOLD), "--split", split, "--out", str(out)]
    assert evaluate(asked) == 0
    assert evaluate(["report", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_split(tmp_path_factory.mktemp("seeds"), "test")


def test_no_figure_fell(run_folder: Path) -> None:
    fallen, held = gate(run_folder / "metrics.json", BASELINE)
    assert not fallen, "\n".join(["fallen:", *fallen, "held:", *held])
    assert {line.split(":")[0] for line in held} >= {"correct", "guess/correct", "refusal_recall", "figure"}


def test_every_citation_is_true(run_folder: Path) -> None:
    corpus_index = CorpusIndex.open(run_folder.parent / "index")
    verified = list(verify_answers(run_folder / "answers.jsonl", corpus_index))
    corpus_index.close()
    assert len(verified) > 150
    assert {one.verdict for one in verified} == {"ok"}


def test_what_does_not_depend_on_models_is_perfect(run_folder: Path) -> None:
    figures = json.loads((run_folder / "metrics.json").read_text(encoding="utf-8"))["figures"]
    assert figures["citation_quote"]["value"] == 1.0
    assert figures["citation_document"]["value"] >= 0.98


def renew() -> int:
    """Write the baseline from a run with what is installed now."""
    with tempfile.TemporaryDirectory() as folder:
        out = run_split(Path(folder), "test")
        return evaluate(["gate", str(out), str(BASELINE), "--renew"])


if __name__ == "__main__":
    sys.exit(renew())
