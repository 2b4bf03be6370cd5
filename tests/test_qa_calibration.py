"""The curve, the thresholds, and files that are no calibration."""

import json
from math import exp
from pathlib import Path

import pytest

from qa.calibration import Calibration


@pytest.mark.parametrize("score", [-3.0, 0.0, 0.5, 4.0])
def test_confidence_is_the_logistic_curve(score: float) -> None:
    expected = 1 / (1 + exp(-(1.5 * score - 0.7)))
    assert Calibration(1.5, -0.7).confidence(score) == pytest.approx(expected, abs=1e-12)


def test_confidence_stays_a_probability_at_any_score() -> None:
    calibration = Calibration(2.0, 1.0)
    scores = [-float("inf"), -1e308, -800.0, -1.0, 0.0, 1.0, 800.0, 1e308, float("inf")]
    found = [calibration.confidence(score) for score in scores]
    assert all(0 <= value <= 1 for value in found)
    assert found == sorted(found)
    assert found[0] < 1e-20 and found[-1] > 1 - 1e-9


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    calibration = Calibration(0.9, -0.1, 0.42, 0.3, {"gold": "种子.jsonl", "share": 0.5})
    calibration.save(tmp_path / "calibration.json")
    assert Calibration.load(tmp_path / "calibration.json") == calibration
    assert "种子" in (tmp_path / "calibration.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("judgement", "confidence", "trusted"),
    [(0.0, 0.5, True), (-0.5, 0.9, False), (3.0, 0.1, False), (float("-inf"), 0.9, False)],
)
def test_an_answer_needs_judgement_and_confidence(judgement: float, confidence: float, trusted: bool) -> None:
    calibration = Calibration(answer_threshold=0.5, confidence_threshold=0.2)
    assert calibration.trusts(judgement, confidence) is trusted
    assert Calibration(answer_threshold=0.0).trusts(judgement, 0.0)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"answer_threshold": 1.2}, "answer_threshold must be between 0 and 1, got 1.2"),
        ({"related_threshold": -0.1}, "related_threshold must be between 0 and 1, got -0.1"),
        ({"answer_threshold": float("nan")}, "answer_threshold must be between 0 and 1"),
        ({"slope": -1.0}, "slope must not be negative"),
    ],
)
def test_senseless_values_are_refused(values: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Calibration(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "😀",
        "{}",
        '{"version": 1}',
        '{"version": 2, "slope": "steep"}',
        '{"version": 2, "slant": 1}',
        '{"version": 2, "answer_threshold": 7}',
    ],
)
def test_a_file_that_is_no_calibration_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "校准.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"校准\.json is not a calibration"):
        Calibration.load(path)


def test_every_reader_has_a_bundled_calibration_that_decides() -> None:
    for kind in ("neural", "overlap"):
        calibration = Calibration.bundled(kind)
        assert 0 < calibration.answer_threshold < 1
        assert calibration.slope > 0
        json.dumps(calibration.to_dict(), allow_nan=False)
    with pytest.raises(KeyError):
        Calibration.bundled("oracle")
