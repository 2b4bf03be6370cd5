"""A Chinese-English dictionary of words and names, learnt from sentence pairs (``word_alignment``) and dictionary entries.

The sound of Chinese names is learnt too, from entries that spell them. Needs no network and no parser.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from qa.training.word_alignment import align_names, align_words

__all__ = ["LEARNT", "BilingualWords", "Name", "learn_words"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_SURE = 0.3
"""Of a translation that no dictionary entry confirms."""


LEARNT = "learnt"
"""Note of a name that no dictionary entry holds."""


@dataclass(frozen=True, slots=True)
class Name:
    """A Chinese name of an English one; ``note`` is what the dictionary says about it ("US president")."""

    chinese: str
    note: str = ""


@dataclass
class BilingualWords:
    """What was learnt. ``names`` is keyed by the English name in lower case."""

    words: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    entries: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, list[Name]] = field(default_factory=dict)
    sounds: dict[str, str] = field(default_factory=dict)
    """Most common syllable of a Han character in names."""

    def english(self, word: str, generator: np.random.Generator) -> str | None:
        """A translation of a Chinese word, drawn by its probability; None where none is known.

        Latin letters and digits are their own translation.
        """
        if not _HAN.search(word):
            return word
        learnt = self.words.get(word, [])
        entries = self.entries.get(word, [])
        stems = {part[:5].lower() for entry in entries for part in entry.split()}
        agreed = [way for way in learnt if way[0][:5] in stems]
        likely = agreed or [way for way in learnt if way[1] >= max(_SURE, learnt[0][1] / 2)]
        if likely and (agreed or not entries) and generator.random() < 0.8:
            weights = np.array([weight for _, weight in likely])
            return likely[int(generator.choice(len(likely), p=weights / weights.sum()))][0]
        if entries:
            return entries[int(generator.integers(min(2, len(entries))))]
        return likely[0][0] if likely else None

    def spelt(self, name: str) -> str | None:
        """A Chinese name by its sound: 张三 -> "Zhang San"; None where a character's sound is unknown."""
        syllables = [self.sounds.get(char) for char in name]
        if not 2 <= len(name) <= 4 or None in syllables:
            return None
        first, *rest = [syllable for syllable in syllables if syllable]
        return f"{first.capitalize()} {''.join(rest).capitalize()}"


def learn_words(pairs: Sequence[tuple[str, str]], entries: Iterable[tuple[str, str]]) -> BilingualWords:
    """Learn from sentence pairs and dictionary entries, both as (English, Chinese)."""
    learnt = BilingualWords()
    _add_entries(learnt, entries)
    learnt.words = align_words(pairs)
    for name, chinese in align_names(pairs).items():
        if all(one.chinese != chinese for one in learnt.names.get(name, [])):
            learnt.names.setdefault(name, []).append(Name(chinese, LEARNT))
    return learnt


# ------------------------------------------------------------------------------------------- dictionary entries
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NOT_A_TRANSLATION = re.compile(
    r"(?:variant|abbr|classifier|surname|see also|same as|also written|used in|lit\.|fig\.|particle|suffix|prefix)|[\u3400-\u9fff|:{}]"
)


def _add_entries(learnt: BilingualWords, entries: Iterable[tuple[str, str]]) -> None:
    sounds: dict[str, Counter[str]] = defaultdict(Counter)
    for english, chinese in entries:
        senses = [sense.strip() for sense in _IN_BRACKETS.sub("", english).split(";")]
        head, _, note = senses[0].partition(",")
        head = " ".join(head.split())
        if surname := re.fullmatch(r"surname ([A-Z][a-z]+)", head):
            if len(chinese) == 1:
                sounds[chinese][surname[1].lower()] += 3
            continue
        if head[:1].isupper() and len(chinese) > 1 and not _NOT_A_TRANSLATION.search(head):
            learnt.names.setdefault(head.lower(), []).append(Name(chinese, note.strip()))
            for char, syllable in zip(chinese, _syllables(head, len(chinese)), strict=False):
                sounds[char][syllable] += 1
        kept = [re.sub(r"^(?:to|the|an?) ", "", sense.split(",")[0]).strip() for sense in senses]
        kept = [one for one in kept if one and len(one.split()) <= 3 and not _NOT_A_TRANSLATION.search(one)]
        if kept:
            learnt.entries.setdefault(chinese, []).extend(kept)
    learnt.sounds = {char: counts.most_common(1)[0][0] for char, counts in sounds.items()}


_INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s y w"
_FINALS = (
    "a o e i u ai ei ui ao ou iu ie ue er an en in un ang eng ing ong ia iao ian iang iong ua uo uai uan uang"
)
_SYLLABLES = {initial + final for initial in (*_INITIALS.split(), "") for final in _FINALS.split()}


def _syllables(name: str, size: int) -> list[str]:
    """Cut a name into ``size`` syllables of Chinese; empty where it is not spelt so."""
    letters = re.sub(r"[\s'’]", "", name.lower())

    def cut(rest: str, left: int) -> list[str] | None:
        if not left:
            return [] if not rest else None
        for length in range(min(6, len(rest)), 0, -1):
            if rest[:length] in _SYLLABLES:
                following = cut(rest[length:], left - 1)
                if following is not None:
                    return [rest[:length], *following]
        return None

    return (cut(letters, size) or []) if letters.isascii() and letters.isalpha() and size <= 6 else []
