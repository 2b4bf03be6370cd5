"""Bootstrap intervals, the paired bootstrap and McNemar's test: how sure a figure or a difference is.

Questions are the unit of resampling. The seed is fixed, so that one run folder always gives one report.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import numpy as np
import numpy.typing as npt

__all__ = [
    "Estimate",
    "PairedDifference",
    "bootstrap_means",
    "bootstrap_statistic",
    "mcnemar",
    "paired_bootstrap",
]

FloatArray = npt.NDArray[np.float64]
RESAMPLES = 2000
SEED = 20260101
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval and the number of questions behind it."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Mean of B minus mean of A over the same questions, its 95 % interval, and the two-sided bootstrap p-value."""

    difference: float
    low: float
    high: float
    p_value: float
    count: int


def _counts(questions: int, resamples: int, seed: int) -> FloatArray:
    """How often each question is drawn in each resample: ``(resamples, questions)``."""
    drawn = np.random.default_rng(seed).multinomial(
        questions, np.full(questions, 1 / questions), size=resamples
    )
    return drawn.astype(np.float64)


def _interval(values: FloatArray) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def bootstrap_means(
    columns: Sequence[Sequence[float | None]], *, resamples: int = RESAMPLES, seed: int = SEED
) -> list[Estimate | None]:
    """Return the mean of every column with its interval; None where a column has no value.

    ``columns`` holds one value a question (None: the measure does not apply there), all of the same length. Each
    column is resampled over the questions that it applies to.
    """
    drawn: dict[int, FloatArray] = {}
    found: list[Estimate | None] = []
    for column in columns:
        values = np.array([value for value in column if value is not None], dtype=float)
        if len(values) == 0:
            found.append(None)
            continue
        if len(values) not in drawn:
            drawn[len(values)] = _counts(len(values), resamples, seed)
        low, high = _interval(drawn[len(values)] @ values / len(values))
        found.append(Estimate(float(values.mean()), low, high, len(values)))
    return found


def bootstrap_statistic(
    statistic: Callable[[FloatArray, FloatArray], float | None],
    first: Sequence[float],
    second: Sequence[float],
    *,
    resamples: int = 500,
    seed: int = SEED,
) -> Estimate | None:
    """Return a statistic of two aligned columns (a curve's area, say) with its interval; None where it is undefined."""
    one, other = np.asarray(first, float), np.asarray(second, float)
    value = statistic(one, other)
    if value is None:
        return None
    rng = np.random.default_rng(seed)
    rows = (rng.integers(0, len(one), len(one)) for _ in range(resamples))
    drawn = [found for row in rows if (found := statistic(one[row], other[row])) is not None]
    low, high = _interval(np.array(drawn)) if drawn else (value, value)
    return Estimate(float(value), min(low, value), max(high, value), len(one))


def paired_bootstrap(
    first: Sequence[float], second: Sequence[float], *, resamples: int = RESAMPLES, seed: int = SEED
) -> PairedDifference:
    """Compare two runs on the same questions: interval and p-value of mean(second) - mean(first).

    The p-value is twice the smaller share of resamples on either side of zero, zero itself counting on both sides,
    never below 1 / ``resamples``.

    Raises
    ------
    ValueError
        Where the runs differ in length or are empty.
    """
    if len(first) != len(second) or len(first) == 0:
        raise ValueError(f"two columns of the same length are needed, got {len(first)} and {len(second)}")
    gaps = np.asarray(second, float) - np.asarray(first, float)
    drawn = _counts(len(gaps), resamples, seed) @ gaps / len(gaps)
    low, high = _interval(drawn)
    share = min(float((drawn <= 1e-12).mean()), float((drawn >= -1e-12).mean()))
    p_value = min(1.0, max(2 * share, 1 / resamples))
    return PairedDifference(float(gaps.mean()), low, high, p_value, len(gaps))


def mcnemar(fixed: int, broken: int) -> float:
    """Return the exact two-sided p-value of McNemar's test: ``fixed`` turned right, ``broken`` turned wrong.

    >>> mcnemar(5, 0)
    0.0625
    """
    if fixed < 0 or broken < 0:
        raise ValueError(f"counts must not be negative, got {fixed} and {broken}")
    total = fixed + broken
    tail = sum(comb(total, k) for k in range(min(fixed, broken) + 1))
    return float(min(Fraction(1), Fraction(2 * tail, 2**total)))
