"""Calibration: the curve against scikit-learn, the threshold by hand, figures that are out of fold."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.calibrate import (
    Observation,
    calibrate,
    cross_validate,
    fit_calibration,
    fit_platt,
    fit_threshold,
    starting_calibration,
)
from eval.errors import EvalError
from qa.calibration import Calibration


def observations(count: int, *, seed: int = 0, signal: float = 2.0) -> list[Observation]:
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        answerable = bool(rng.random() < 0.8)
        correct = answerable and bool(rng.random() < 0.7)
        score, judgement = signal * correct + rng.normal(), signal * answerable - 1 + rng.normal()
        found.append(Observation(f"q{number:04d}", float(score), correct, answerable, float(judgement)))
    return found


def test_curve_agrees_with_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    made = observations(2000)
    scores, correct = [o.score or 0.0 for o in made], [float(o.correct) for o in made]
    slope, intercept = fit_platt(scores, correct)
    model = LogisticRegression(C=1e9).fit(np.array(scores)[:, None], correct)
    assert slope == pytest.approx(model.coef_[0, 0], rel=0.02)
    assert intercept == pytest.approx(model.intercept_[0], rel=0.03)


def test_curve_of_perfectly_parted_scores_stays_finite() -> None:
    slope, intercept = fit_platt([-2, -1, 1, 2], [0, 0, 1, 1])
    fitted = Calibration(slope, intercept)
    # Platt's targets: (2 + 1) / (2 + 2) and 1 / (2 + 2)
    assert fitted.confidence(1.5) == pytest.approx(0.75, abs=0.1)
    assert 0.5 < fitted.confidence(2) < 0.95


def test_slope_is_never_negative() -> None:
    slope, intercept = fit_platt([2, 1, -1, -2], [0, 0, 1, 1])
    assert (slope, Calibration(slope, intercept).confidence(9)) == (0, pytest.approx(0.5))


def ranked(*kinds: str) -> tuple[list[float], list[Observation]]:
    """``r`` right, ``w`` wrong, ``u`` unanswerable, surest first: confidences .9, .8 …"""
    found = [Observation(str(place), 0.0, kind == "r", kind != "u") for place, kind in enumerate(kinds)]
    return [round(0.9 - 0.1 * place, 1) for place in range(len(kinds))], found


@pytest.mark.parametrize(
    ("kinds", "wrong_cost", "expected"),
    [
        ("rrr", 0.5, 0.35),  # answer all: halfway between .7 and 0
        ("rru", 0.5, 0.75),  # between .8 and .7
        ("rwr", 0.5, 0.35),  # +1 -.5 +1 pays
        ("rwr", 2.0, 0.85),  # +1 -2 +1 does not
        ("uuu", 0.5, 1.0),  # refuse all
        ("urr", 0.4, 0.35),  # -1.4 +1 +1
        ("urr", 1.5, 1.0),  # -2.5 +1 +1
    ],
)
def test_threshold_by_hand(kinds: str, wrong_cost: float, expected: float) -> None:
    assert fit_threshold(*ranked(*kinds), wrong_cost=wrong_cost) == pytest.approx(expected)


def test_threshold_for_an_accuracy() -> None:
    assert fit_threshold(*ranked(*"rrwrw"), accuracy=0.75) == pytest.approx(0.55)  # 3 of 4
    assert fit_threshold(*ranked(*"rrwrw"), accuracy=0.9) == pytest.approx(0.75)
    assert fit_threshold(*ranked(*"wr"), accuracy=0.9) == 1.0


def test_threshold_does_not_part_equal_confidences() -> None:
    _, found = ranked("r", "u")
    assert fit_threshold([0.5, 0.5], found, wrong_cost=0.5) == 1.0


def test_what_is_not_fitted_stays(tmp_path: Path) -> None:
    before = Calibration(related_threshold=0.17)
    fit = calibrate(observations(200), before, facts={"gold": "甲 😀"})
    assert fit.calibration.related_threshold == 0.17
    fit.calibration.save(tmp_path / "c.json")
    loaded = Calibration.load(tmp_path / "c.json")
    assert loaded == fit.calibration
    assert loaded.fitted_on["gold"] == "甲 😀"
    assert loaded.fitted_on["out_of_fold"]["correct"] == round(fit.figures["correct"].value, 4)


def test_a_good_score_gives_good_figures() -> None:
    figures = calibrate(observations(600, signal=4.0), Calibration()).figures
    assert figures["auroc"].value > 0.95
    assert figures["expected_calibration_error"].value < 0.06
    assert figures["correct"].value > 0.7


def test_the_judgement_refuses_and_an_accuracy_is_reached_by_confidence() -> None:
    made = observations(600, signal=3.0)
    plain = fit_calibration(made, Calibration(answer_threshold=0.3, confidence_threshold=0.0001))
    assert plain.confidence_threshold == 0.0001
    given = [one for one in made if plain.trusts(one.judgement, plain.confidence(one.score or 0.0))]
    assert sum(one.answerable for one in given) > 0.9 * sum(one.answerable for one in made)
    assert sum(not one.answerable for one in given) < 0.3 * sum(not one.answerable for one in made)
    sure = fit_calibration(made, Calibration(answer_threshold=0.3, confidence_threshold=0.99), accuracy=0.95)
    assert sure.answer_threshold == 0.3 and 0 < sure.confidence_threshold < 0.99
    given = [one for one in made if sure.trusts(one.judgement, sure.confidence(one.score or 0.0))]
    assert 100 < len(given) < 600
    assert sum(one.correct for one in given) >= 0.94 * len(given)


def test_costs_are_of_what_the_confidence_lets_pass() -> None:
    """Wrong spans that the judgement likes best cost nothing where their confidence holds them back."""
    right = [Observation(f"r{n}", 2.0, True, True, 1 + n / 100) for n in range(20)]
    wrong = [Observation(f"w{n}", -2.0, False, True, 2 + n / 100) for n in range(20)]
    before = Calibration(confidence_threshold=0.5)
    fitted = fit_calibration([*right, *wrong], before, wrong_cost=2.0)
    given = [one for one in right + wrong if fitted.trusts(one.judgement, fitted.confidence(one.score or 0))]
    assert given == right
    assert fit_calibration([*right, *wrong], Calibration(), wrong_cost=2.0).answer_threshold == 1.0


@pytest.mark.parametrize("kind", ["neural", "overlap"])
def test_a_fit_starts_from_the_own_calibration_without_its_fitted_confidence(
    tmp_path: Path, kind: str
) -> None:
    bundled = Calibration.bundled(kind)
    assert starting_calibration(tmp_path, kind) == bundled
    Calibration(0.7, 0.1, 0.2, 0.17, confidence_threshold=0.62).save(tmp_path / "calibration.json")
    expected = Calibration(0.7, 0.1, 0.2, 0.17, confidence_threshold=bundled.confidence_threshold)
    assert starting_calibration(tmp_path, kind) == expected
    for unusable in ("", '{"version": 1}', '{"version": 2, "slope": -1}', "😀"):
        (tmp_path / "calibration.json").write_text(unusable, encoding="utf-8")
        assert starting_calibration(tmp_path, kind) == bundled


def test_a_write_that_is_killed_leaves_the_calibration_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, path = Calibration(0.7, fitted_on={"gold": "种子.jsonl"}), tmp_path / "calibration.json"
    before.save(path)
    write = Path.write_text

    def killed(file: Path, text: str, **options: Any) -> int:
        write(file, text[: len(text) // 2], **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            Calibration(0.9).save(path)
    assert Calibration.load(path) == before
    Calibration(0.9).save(path)
    assert Calibration.load(path) == Calibration(0.9)
    assert [file.name for file in tmp_path.iterdir()] == ["calibration.json"]


def test_figures_of_noise_do_not_flatter() -> None:
    """Scores that say nothing: in-sample a threshold always finds some luck, out of fold it must not."""
    noise = observations(400, signal=0.0, seed=7)
    assert cross_validate(noise, Calibration())["auroc"].value == pytest.approx(0.5, abs=0.08)


def test_questions_without_a_span() -> None:
    made = [*observations(100), *(Observation(f"none{n}", None, False, False) for n in range(20))]
    assert fit_calibration(made, Calibration()).answer_threshold > 0
    assert calibrate(made, Calibration()).figures["refusal_recall"].value > 0.3


def test_too_little_to_fit_on() -> None:
    with pytest.raises(EvalError, match="at least 20 questions, got 5"):
        calibrate(observations(5), Calibration())
    with pytest.raises(EvalError, match="right and wrong spans"):
        calibrate([Observation(str(n), 1.0, True, True) for n in range(30)], Calibration())
