"""Which words and names of two languages go together, from sentence pairs alone.

Words by IBM model 1 (Brown et al. 1993): expectation maximisation of p(English word | Chinese word). Names by how often a
capitalised name and a run of Han characters stand in the same pairs (Dice's coefficient).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from qa.training.english_words import CHINESE_STOP_WORDS, ENGLISH_STOP_WORDS

__all__ = ["align_names", "align_words", "cut_chinese"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_ENGLISH_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*[A-Za-z]|[A-Za-z]")
_NAME = re.compile(
    r"(?<![.!?:;\"“(] )(?<!^)\b[A-Z][\w’'-]+(?:\s(?:(?:of|the|and|for|de|van|al)\s){0,2}[A-Z][\w’'-]+){0,4}"
)
_ITERATIONS = 5
_LONGEST = 40  # words of a side; longer pairs teach Model 1 little and cost most
_LEAST_PROBABILITY = 0.12
_LONGEST_NAME = 8  # Han characters
_LEAST_DICE = 0.7


@lru_cache(maxsize=65536)
def cut_chinese(text: str) -> tuple[str, ...]:
    """Words of a Chinese text, names included where the segmenter guesses them."""
    import rjieba

    return tuple(word for word in rjieba.cut(text, True) if word.strip())


def align_words(
    pairs: Sequence[tuple[str, str]], *, iterations: int = _ITERATIONS
) -> dict[str, list[tuple[str, float]]]:
    """p(English | Chinese), the likely ones of each Chinese word, most likely first."""
    english_ids: dict[str, int] = {}
    chinese_ids: dict[str, int] = {"": 0}  # the empty word takes what has no counterpart
    cells: list[npt.NDArray[np.int64]] = []
    places: list[npt.NDArray[np.int64]] = []
    place = 0
    for english, chinese in pairs:
        left = [w.lower() for w in _ENGLISH_WORD.findall(english) if w.lower() not in ENGLISH_STOP_WORDS]
        right = [w for w in cut_chinese(chinese) if _HAN.search(w) and w not in CHINESE_STOP_WORDS]
        if not left or not right or len(left) > _LONGEST or len(right) > _LONGEST:
            continue
        e = np.array([english_ids.setdefault(word, len(english_ids)) for word in left])
        c = np.array([0, *(chinese_ids.setdefault(word, len(chinese_ids)) for word in right)])
        cells.append(((c[None, :] << 32) | e[:, None]).ravel())
        places.append(np.repeat(np.arange(place, place + len(e)), len(c)))
        place += len(e)
    if not cells:
        return {}
    keys, cell = np.unique(np.concatenate(cells), return_inverse=True)
    owner, where = keys >> 32, np.concatenate(places)
    share = _expectation_maximisation(cell, where, owner, iterations)
    return _likely(keys, share, list(english_ids), list(chinese_ids), np.bincount(owner[cell]))


def _expectation_maximisation(
    cell: npt.NDArray[Any], where: npt.NDArray[Any], owner: npt.NDArray[Any], iterations: int
) -> npt.NDArray[np.float64]:
    share: npt.NDArray[np.float64] = np.ones(len(owner))
    for _ in range(iterations):
        weight = share[cell]
        weight /= np.bincount(where, weight)[where]
        expected = np.bincount(cell, weight, len(owner))
        share = expected / np.bincount(owner, expected)[owner]
    return share


def _likely(
    keys: npt.NDArray[np.int64],
    share: npt.NDArray[np.float64],
    english: list[str],
    chinese: list[str],
    seen: npt.NDArray[np.int64],
) -> dict[str, list[tuple[str, float]]]:
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    least_seen = 12  # cells, about one short sentence: rarer words are guesses
    for at in np.flatnonzero((share >= _LEAST_PROBABILITY) & (keys >> 32 > 0)):
        owner = int(keys[at] >> 32)
        if seen[owner] >= least_seen:
            found[chinese[owner]].append((english[int(keys[at] & 0xFFFFFFFF)], float(share[at])))
    return {word: sorted(ways, key=lambda way: -way[1]) for word, ways in found.items()}


def align_names(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Capitalised names and the run of Han characters that stands with them, by Dice's coefficient."""
    where: dict[str, set[int]] = defaultdict(set)
    for number, (english, _) in enumerate(pairs):
        for match in _NAME.finditer(english):
            where[match.group()].add(number)
    places = {name: rows for name, rows in where.items() if 3 <= len(rows) <= 2000}
    candidates: dict[str, dict[str, int]] = {}
    for name, rows in places.items():
        counts: Counter[str] = Counter()
        for number in sorted(rows)[:200]:
            counts.update(_runs(pairs[number][1]))
        scale = len(rows) / min(len(rows), 200)
        candidates[name] = {
            run: int(n * scale) for run, n in counts.items() if n * scale >= 0.6 * len(rows) and n >= 3
        }
    wanted = {run for runs in candidates.values() for run in runs}
    totals: Counter[str] = Counter()
    for _, chinese in pairs:
        totals.update(run for run in _runs(chinese) if run in wanted)
    found = {}
    for name, runs in candidates.items():
        scored = [(2 * n / (len(places[name]) + totals[run]), len(run), run) for run, n in runs.items()]
        best = max(scored, default=(0.0, 0, ""))
        if best[0] >= _LEAST_DICE and all(char not in "的是在了和" for char in best[2]):
            found[name.lower()] = best[2]
    return found


def _runs(text: str) -> set[str]:
    """Every run of 2 to 8 Han characters."""
    return {
        part[at : at + size]
        for part in re.findall(r"[\u3400-\u9fff·]{2,}", text)
        for size in range(2, _LONGEST_NAME + 1)
        for at in range(len(part) - size + 1)
    }
