"""How time grows with the size of the input: a comparison of two sizes, so that a slow or busy machine changes nothing."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

__all__ = ["FACTOR", "LINEAR", "slowdown"]

FACTOR = 8
LINEAR = 40.0  # eight times the input in linear time takes 8 times as long, in quadratic time 64 times
_LEAST = 0.002  # seconds; below, the clock and the caches say more than the work


def slowdown(work: Callable[[int], object], size: int, attempts: int = 5) -> float:
    """How many times longer ``work(8 * size)`` takes than ``work(size)``.

    Seconds are processor time of this thread, without the collector, and the least of up to ``attempts`` runs of each size: what
    else the machine does can only make a run longer. No further run is made once the answer is clearly "linear".
    """
    short = long = float("inf")
    work(max(1, size // 16))
    for _ in range(attempts):
        short, long = min(short, _seconds(work, size)), min(long, _seconds(work, FACTOR * size))
        if long < 2 * FACTOR * max(short, _LEAST):
            break
    return long / max(short, _LEAST)


def _seconds(work: Callable[[int], object], size: int) -> float:
    gc.collect()
    gc.disable()
    try:
        started = time.thread_time()
        work(size)
        return time.thread_time() - started
    finally:
        gc.enable()
