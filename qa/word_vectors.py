"""Vectors of single words, kept between questions. Bounded, safe to share between threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from index.embedder import BUNDLED, Embedder, StaticEmbedder, load_embedder

__all__ = ["CachedWordVectors"]

FloatArray = npt.NDArray[np.float32]


@cache
def _bundled() -> StaticEmbedder:
    embedder = load_embedder(BUNDLED)
    assert isinstance(embedder, StaticEmbedder)
    return embedder


class CachedWordVectors:
    """Words -> unit vectors (n, dimension), by ``encode`` for those not seen lately; the last ``size`` words are kept."""

    def __init__(self, encode: Callable[[Sequence[str]], FloatArray], *, size: int = 20_000) -> None:
        self._encode, self._size = encode, size
        self._known: OrderedDict[str, FloatArray] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def beside(cls, embedder: Embedder) -> CachedWordVectors:
        """Of an index's embedder where that is a table of word vectors, else of the bundled one: others are too slow for single words."""
        static = embedder if isinstance(embedder, StaticEmbedder) else _bundled()
        return cls(static.encode_words)

    def __call__(self, words: Sequence[str]) -> FloatArray:
        """Vectors of words, in order."""
        with self._lock:
            known = {w: self._known[w] for w in words if w in self._known}
            for word in known:
                self._known.move_to_end(word)
        missing = list(dict.fromkeys(w for w in words if w not in known))
        if missing:
            known.update(zip(missing, self._encode(missing), strict=True))
            with self._lock:
                self._known.update({w: known[w] for w in missing})
                while len(self._known) > self._size:
                    self._known.popitem(last=False)
        return np.stack([known[w] for w in words]) if words else np.zeros((0, 1), np.float32)
