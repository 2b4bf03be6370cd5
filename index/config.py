"""Everything that shaped an index. Saved in it, and compared when it is opened."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from index.dense import DENSE_VERSION
from index.normalize import NORMALIZE_VERSION
from index.passages import PASSAGES_VERSION
from index.tokens import TOKENS_VERSION

__all__ = ["DEFAULT_CHARS", "MINIMUM_CHARS", "IndexConfig"]

DEFAULT_CHARS = 300
MINIMUM_CHARS = 20
"""Smallest size of a passage."""


@dataclass(frozen=True, slots=True)
class IndexConfig:
    """Build-time settings. ``max_chars`` is the size of a passage in search-text characters.

    ``context``: the terms of the title and of the headings above count as the passage's own, and their vector as a part of its
    vector. ``sentences``: its sentences have vectors of their own. ``dictionary``: content of a user dictionary in jieba's form.
    ``ocr``: files are read with OCR from now on; those read before need not have been.
    """

    embedder: str
    embedder_fingerprint: str
    dimension: int
    max_chars: int = DEFAULT_CHARS
    context: bool = True
    sentences: bool = True
    dictionary: str = ""
    ocr: bool = False
    normalize_version: int = NORMALIZE_VERSION
    passages_version: int = PASSAGES_VERSION
    tokens_version: int = TOKENS_VERSION
    dense_version: int = DENSE_VERSION

    def __post_init__(self) -> None:
        if self.max_chars < MINIMUM_CHARS:
            raise ValueError(f"max_chars must be at least {MINIMUM_CHARS}, got {self.max_chars}")
        if self.dimension < 1:
            raise ValueError(f"dimension must be at least 1, got {self.dimension}")

    def to_json(self) -> str:
        """Canonical JSON, equal for equal configs."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> IndexConfig:
        """Rebuild a config from ``to_json``'s form; raises ``TypeError`` for fields of another version."""
        before = {"dense_version": 1, "sentences": False}  # of indexes that do not name them
        return cls(**{**before, **json.loads(text)})

    @classmethod
    def of_any_version(cls, text: str) -> IndexConfig:
        """What this version knows of a config that another one saved; raises ``TypeError`` or ``ValueError`` where that is too little."""
        names = {field.name for field in fields(cls)}
        return cls.from_json(
            json.dumps({name: value for name, value in dict(json.loads(text)).items() if name in names})
        )

    @property
    def is_current(self) -> bool:
        """Whether this version of the package would make the same of the same documents."""
        ours = (NORMALIZE_VERSION, PASSAGES_VERSION, TOKENS_VERSION, DENSE_VERSION)
        return ours == (
            self.normalize_version,
            self.passages_version,
            self.tokens_version,
            self.dense_version,
        )

    def differences(self, other: IndexConfig) -> list[str]:
        """What shapes the index differently in ``other``, one phrase each; the same model in another place is no difference, nor is
        OCR, which can be turned on and off."""
        before, now = asdict(self), asdict(other)
        del before["ocr"]
        if self.embedder_fingerprint == other.embedder_fingerprint:
            del before["embedder"]
        return [
            f"{name} {_short(value)} instead of {_short(now[name])}"
            for name, value in before.items()
            if value != now[name]
        ]


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
