"""The gate holds inside the interval and fails outside it."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.__main__ import main
from eval.errors import EvalError
from eval.gate import gate, write_baseline


def metrics(value: float = 0.8, *, ece: float = 0.05, sha: str = "abc", **others: Any) -> dict[str, Any]:
    figures = {
        "correct": {"value": value, "low": value - 0.05, "high": value + 0.05, "count": 100},
        "expected_calibration_error": {"value": ece, "low": ece - 0.02, "high": ece + 0.02, "count": 100},
        "latency": {"value": 1.0, "low": 1.0, "high": 1.0, "count": 100},
    }
    run = {"identity": {"gold_sha256": sha, "split": "test"}}
    return {"run": run, "questions": {"all": 100}, "figures": {**figures, **others}}


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    write(tmp_path / "first.json", metrics())
    write_baseline(tmp_path / "first.json", tmp_path / "baseline.json")
    return tmp_path / "baseline.json"


def write(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("value", "ece", "fallen"),
    [
        (0.8, 0.05, []),
        (0.75, 0.05, []),
        (0.74, 0.05, ["correct"]),
        (0.95, 0.01, []),
        (0.8, 0.08, ["expected_calibration_error"]),
        (0.1, 0.9, ["correct", "expected_calibration_error"]),
    ],
)
def test_a_fall_beyond_the_interval_fails(
    tmp_path: Path, baseline: Path, value: float, ece: float, fallen: list[str]
) -> None:
    found, held = gate(write(tmp_path / "now.json", metrics(value, ece=ece)), baseline)
    assert [line.partition(":")[0] for line in found] == fallen
    assert len(found) + len(held) == 2  # a latency is no gated figure


def test_a_figure_that_is_gone_fails(tmp_path: Path, baseline: Path) -> None:
    content = metrics()
    del content["figures"]["correct"]
    fallen, _ = gate(write(tmp_path / "now.json", content), baseline)
    assert fallen == ["correct: 0.8000 → gone"]


def test_other_questions_cannot_be_compared(tmp_path: Path, baseline: Path) -> None:
    with pytest.raises(EvalError, match="other questions"):
        gate(write(tmp_path / "now.json", metrics(sha="def")), baseline)
    with pytest.raises(EvalError, match="cannot be read"):
        gate(tmp_path / "absent.json", baseline)


@pytest.mark.parametrize("options", [[], ["--renew"]], ids=["gate", "renew"])
def test_arguments_the_wrong_way_round_are_said_in_one_line(
    tmp_path: Path, baseline: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    now = write(tmp_path / "now.json", metrics())
    before = now.read_bytes(), baseline.read_bytes()
    assert main(["gate", str(baseline), str(now), *options]) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"error: {baseline} holds no run's metrics") and error.count("\n") == 1
    assert (now.read_bytes(), baseline.read_bytes()) == before


def test_metrics_are_no_baseline(tmp_path: Path, baseline: Path) -> None:
    now = write(tmp_path / "now.json", metrics())
    with pytest.raises(EvalError, match=r"now\.json is no baseline"):
        gate(now, now)


@pytest.mark.parametrize("name", ["eval/gold/baseline.json", "tests/data/seeds_baseline.json"])
def test_a_committed_baseline_holds_against_its_own_figures(tmp_path: Path, name: str) -> None:
    committed = Path(__file__).parents[1] / name
    content = json.loads(committed.read_text(encoding="utf-8"))
    identity = {"gold_sha256": content["gold_sha256"], "split": content["split"], "onnxruntime": "9.9"}
    run = {"run": {"identity": identity}, "questions": {"all": content["questions"]}}
    now = write(tmp_path / "now.json", {**run, "figures": content["figures"]})
    fallen, held = gate(now, committed)
    assert not fallen and len(held) == len(content["figures"])
