"""Intervals and tests of significance against formulas and hand-worked values."""

import numpy as np
import pytest
from scipy.stats import binomtest

from eval.measures.refusal import auroc
from eval.statistics import bootstrap_means, bootstrap_statistic, mcnemar, paired_bootstrap


def test_means_leave_out_what_does_not_apply() -> None:
    mean, nothing, constant = bootstrap_means([[1.0, None, 0.0, 1.0, 0.0], [None] * 5, [0.5] * 5])
    assert mean is not None and constant is not None
    assert (mean.value, mean.count) == (0.5, 4)
    assert 0 <= mean.low < 0.5 < mean.high <= 1
    assert nothing is None
    assert (constant.low, constant.high) == pytest.approx((0.5, 0.5))


def test_interval_agrees_with_the_normal_approximation() -> None:
    values = [1.0] * 600 + [0.0] * 400
    (found,) = bootstrap_means([values])
    assert found is not None
    half = 1.96 * (0.6 * 0.4 / 1000) ** 0.5
    assert found.low == pytest.approx(0.6 - half, abs=0.004)
    assert found.high == pytest.approx(0.6 + half, abs=0.004)
    assert bootstrap_means([values]) == [found]  # one run folder, one report


def test_interval_of_a_statistic() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 200)
    scores = labels * 0.5 + rng.random(200)
    found = bootstrap_statistic(auroc, scores.tolist(), labels.tolist())
    assert found is not None
    assert found.low < found.value < found.high
    assert found.high - found.low < 0.2
    assert bootstrap_statistic(auroc, [0.5, 0.6], [1, 1]) is None


def test_paired_bootstrap() -> None:
    first = [0.0, 1.0] * 50
    better = [1.0, 1.0] * 50
    found = paired_bootstrap(first, better)
    assert found.difference == 0.5
    assert found.low == pytest.approx(0.4, abs=0.03)
    assert found.high == pytest.approx(0.6, abs=0.03)
    assert found.p_value == 1 / 2000
    same = paired_bootstrap(first, first)
    assert (same.difference, same.low, same.high, same.p_value) == (0, 0, 0, 1)


def test_paired_bootstrap_is_not_fooled_by_noise() -> None:
    rng = np.random.default_rng(5)
    low_p = sum(
        paired_bootstrap(rng.random(40), rng.random(40), resamples=400).p_value < 0.05 for _ in range(200)
    )
    assert low_p < 25  # 10 expected of 200


@pytest.mark.parametrize(("first", "second"), [([], []), ([1.0], [1.0, 0.0])])
def test_paired_bootstrap_needs_pairs(first: list[float], second: list[float]) -> None:
    with pytest.raises(ValueError, match="same length"):
        paired_bootstrap(first, second)


@pytest.mark.parametrize(("fixed", "broken"), [(0, 0), (5, 0), (0, 5), (9, 3), (40, 60), (400, 300)])
def test_mcnemar_is_the_exact_binomial_test(fixed: int, broken: int) -> None:
    expected = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert mcnemar(fixed, broken) == pytest.approx(expected, rel=1e-6)


def test_mcnemar_by_hand() -> None:
    assert mcnemar(5, 0) == 2 / 32
    assert mcnemar(3, 1) == 2 * (1 + 4) / 16
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 2)
