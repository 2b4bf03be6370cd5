"""A question cut at its slots into the parts that a person can see, change and take away. Pure but for the segmentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa.slots import find_slots

__all__ = ["Part", "question_parts"]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the question that is asked; the pieces in order are the question. ``carried``: from the question before."""

    text: str
    kind: str
    carried: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the part JSON-ready."""
        return {"text": self.text, "kind": self.kind, "carried": self.carried}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Part:
        """Rebuild from ``to_dict``'s form."""
        if not (isinstance(data["text"], str) and isinstance(data["kind"], str)):
            raise ValueError("a part's text and kind must be strings")
        return cls(data["text"], data["kind"], bool(data["carried"]))


def question_parts(made: str, typed: str) -> tuple[Part, ...]:
    """Cut a question at its slots; a part is carried when the typed words do not hold it."""
    cuts: list[tuple[int, int, str]] = []
    position = 0
    for slot in find_slots(made):
        if slot.start > position:
            cuts.append((position, slot.start, "rest"))
        cuts.append((slot.start, slot.end, slot.kind))
        position = slot.end
    if position < len(made):
        cuts.append((position, len(made), "rest"))
    parts = []
    for start, end, kind in _joined(cuts):
        words = made[start:end]
        core = words.strip("的?？。 年")
        parts.append(Part(words, kind, not core or core not in typed))
    return tuple(parts)


def _joined(cuts: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Words of one or two characters between slots (对, 和) go with what follows them."""
    kept: list[tuple[int, int, str]] = []
    for start, end, kind in cuts:
        if kept and kept[-1][2] == "rest" and kept[-1][1] - kept[-1][0] <= 2:
            start = kept.pop()[0]
        kept.append((start, end, kind))
    return kept
