"""The way back: for every character of a search text, the range of source characters it came from. Pure NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["IntArray", "OffsetMap"]

IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class OffsetMap:
    """For each search character, the half-open source range it came from.

    ``starts`` and ``ends`` are int32 arrays of the search text's length. Both never fall, and no range is empty. Ranges of
    neighbours may be equal (one source character became several) and may leave gaps (source characters nobody sees).
    """

    starts: IntArray
    ends: IntArray

    def __len__(self) -> int:
        """Number of search characters."""
        return len(self.starts)

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Source range of the search range ``[start, end)``; an empty range gives an empty range.

        Raises
        ------
        ValueError
            The range is not inside the search text.
        """
        if not 0 <= start <= end <= len(self):
            raise ValueError(f"range [{start}, {end}) is not inside a search text of {len(self)} characters")
        if start < end:
            return int(self.starts[start]), int(self.ends[end - 1])
        if not len(self):
            return 0, 0
        at = int(self.starts[start]) if start < len(self) else int(self.ends[-1])
        return at, at

    def to_search(self, start: int, end: int) -> tuple[int, int]:
        """Search range of all characters that come, at least in part, from the source range ``[start, end)``."""
        low = int(np.searchsorted(self.ends, start, side="right"))
        high = int(np.searchsorted(self.starts, end, side="left"))
        return low, max(low, high)

    def to_bytes(self) -> bytes:
        """Compact form: the length, then only the characters that do not simply follow the one before."""
        before = np.concatenate(([-1], self.starts[:-1])).astype(np.int32)
        odd = np.flatnonzero((self.starts != before + 1) | (self.ends != self.starts + 1))
        rows = np.stack((odd, self.starts[odd], self.ends[odd]), axis=1).astype("<i4")
        return len(self).to_bytes(8, "little") + rows.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> OffsetMap:
        """Rebuild the map that ``to_bytes`` wrote."""
        size = int.from_bytes(data[:8], "little")
        odd, starts_there, ends_there = np.frombuffer(data[8:], "<i4").reshape(-1, 3).T
        shift = np.zeros(size, np.int32)
        shift[odd] = np.diff(starts_there - odd, prepend=0)
        starts = np.arange(size, dtype=np.int32) + np.cumsum(shift, dtype=np.int32)
        ends = starts + 1
        ends[odd] = ends_there
        return cls(starts, ends)
