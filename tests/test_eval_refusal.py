"""Ranking, coverage and calibration of confidences, worked by hand and against scikit-learn."""

from itertools import pairwise

import numpy as np
import pytest

from eval.measures.refusal import (
    area_under_risk_coverage,
    auroc,
    coverage_at_accuracy,
    expected_calibration_error,
    reliability,
    risk_coverage,
    roc,
)

CONFIDENCE = [0.9, 0.8, 0.7, 0.6, 0.5]
CORRECT = [1, 1, 0, 1, 0]


def test_auroc_by_hand() -> None:
    # positives .9 .8 .6, negatives .7 .5: of 6 pairs only (.6, .7) is lost
    assert auroc(CONFIDENCE, CORRECT) == pytest.approx(5 / 6)
    assert auroc([0.5, 0.5], [1, 0]) == 0.5
    assert auroc([0.1, 0.9], [1, 0]) == 0
    assert auroc([0.1, 0.9], [1, 1]) is None
    assert auroc([], []) is None


def test_roc_by_hand() -> None:
    third = pytest.approx(1 / 3)
    points = roc(CONFIDENCE, CORRECT)
    assert points[1] == (0, third)
    assert points[-1] == (1, 1)
    assert [x for x, _ in points] == [0, 0, 0, 0.5, 0.5, 1]
    area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(points))
    assert area == pytest.approx(auroc(CONFIDENCE, CORRECT))
    assert roc([0.5, 0.5], [1, 0]) == [(0, 0), (1, 1)]
    assert roc([0.5], [1]) == roc([], []) == []


def test_auroc_agrees_with_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(1)
    scores, labels = rng.integers(0, 20, 300) / 20, rng.integers(0, 2, 300)
    assert auroc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_risk_coverage_by_hand() -> None:
    points = risk_coverage(CONFIDENCE, CORRECT)
    assert [p.coverage for p in points] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
    assert [p.risk for p in points] == pytest.approx([0, 0, 1 / 3, 1 / 4, 2 / 5])
    # the mean of the five risks
    assert area_under_risk_coverage(CONFIDENCE, CORRECT) == pytest.approx((0 + 0 + 1 / 3 + 1 / 4 + 2 / 5) / 5)


def test_equal_confidences_are_one_group() -> None:
    points = risk_coverage([0.9, 0.5, 0.5], [1, 1, 0])
    assert [(p.confidence, p.coverage, p.risk) for p in points] == [
        (0.9, 1 / 3, 0),
        (0.5, 1, pytest.approx(1 / 3)),
    ]
    # expected risks 0, (1/2)/2, 1/3
    for order in ([1, 1, 0], [1, 0, 1]):
        assert area_under_risk_coverage([0.9, 0.5, 0.5], order) == pytest.approx((0 + 1 / 4 + 1 / 3) / 3)


@pytest.mark.parametrize(("accuracy", "coverage"), [(1.0, 0.4), (0.9, 0.4), (0.75, 0.8), (0.6, 1.0)])
def test_coverage_at_accuracy_by_hand(accuracy: float, coverage: float) -> None:
    assert coverage_at_accuracy(CONFIDENCE, CORRECT, accuracy) == coverage


def test_coverage_is_zero_where_no_threshold_is_good_enough() -> None:
    assert coverage_at_accuracy([0.9, 0.1], [0, 1], 0.8) == 0
    assert coverage_at_accuracy([0.9, 0.9], [1, 0], 0.8) == 0  # a tie cannot be parted


def test_calibration_error_by_hand() -> None:
    # bins [.9, 1]: .95 and 1.0, one right: |.975 - .5|; bin [.1, .2): .15 wrong: |.15 - 0|
    found = expected_calibration_error([0.95, 1.0, 0.15], [1, 0, 0])
    assert found == pytest.approx((2 * 0.475 + 1 * 0.15) / 3)
    assert [b.count for b in reliability([0.95, 1.0, 0.15], [1, 0, 0])] == [1, 2]
    assert expected_calibration_error([1.0, 0.0], [1, 0]) == 0


def test_no_questions() -> None:
    assert risk_coverage([], []) == []
    assert reliability([], []) == []
    assert area_under_risk_coverage([], []) is None
    assert coverage_at_accuracy([], [], 0.9) is None
    assert expected_calibration_error([], []) is None
