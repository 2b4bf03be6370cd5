"""Everything that shaped an index. Saved in it, and compared when it is opened."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from index.normalize import NORMALIZE_VERSION
from index.passages import PASSAGES_VERSION
from index.tokens import TOKENS_VERSION

__all__ = ["IndexConfig"]


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """Build-time settings. ``max_chars`` is the size of a passage in search-text characters.

    ``context``: the lexical index finds a passage by the title and headings above it too, not by its own words alone.
    """

    embedder: str
    embedder_fingerprint: str
    dimension: int
    max_chars: int = 300
    context: bool = True
    normalize_version: int = NORMALIZE_VERSION
    passages_version: int = PASSAGES_VERSION
    tokens_version: int = TOKENS_VERSION

    def __post_init__(self) -> None:
        if self.max_chars < 20:
            raise ValueError(f"max_chars must be at least 20, got {self.max_chars}")
        if self.dimension < 1:
            raise ValueError(f"dimension must be at least 1, got {self.dimension}")

    def to_json(self) -> str:
        """Canonical JSON, equal for equal configs."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> IndexConfig:
        """Rebuild a config from ``to_json``'s form; raises ``TypeError`` for fields of another version."""
        return cls(**json.loads(text))
