"""Chinese forms of a name in Latin letters, among the characters that stand side by side in a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import log
from typing import Protocol

import rjieba

from qa.foreign_names import FOREIGN_NAMES
from qa.pinyin import characters_of, pinyin_syllables
from qa.place_names import PLACE_NAMES
from qa.words import SURNAMES

__all__ = ["CorpusNames", "Lexicon"]


_PLACES = frozenset(PLACE_NAMES)
_NAME_TAGS = ("ns", "nr", "nt", "nz")
_SMALL_TAGS = ("r", "d", "c", "p", "u", "m", "q", "y")
_LONG_NAME = 5
"""A shorter word that reads as pinyin may be anything (Lee, Dean) unless the characters make up a known name."""
_MOST_FORMS = 60
_OFTENER = log(10)
"""A name that the corpus writes in Latin letters too is left as it is, unless the Chinese form stands there ten times as often."""


class Lexicon(Protocol):
    """What a corpus says of its terms; a ``CorpusIndex`` does."""

    def __len__(self) -> int:
        """Number of passages."""
        ...

    def term_weights(self, terms: Iterable[str], *, field: str = "words") -> dict[str, float]:
        """Inverse document frequency of terms of a field (``words``, ``bigrams``, ``characters``)."""
        ...


class CorpusNames:
    """Finds Chinese forms of names among the characters that stand side by side in a corpus."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._absent = log(1 + (len(lexicon) + 0.5) / 0.5)

    def form(self, name: str, *, single: bool) -> str:
        """The Chinese form of a name, empty where the corpus has none, or writes the name itself about as often.

        ``single``: the name is one word.
        """
        listed = FOREIGN_NAMES.get(name.lower().replace("’", "'"), "")
        if listed and self.holds(listed):
            found = listed
        else:
            readings = pinyin_syllables(name)
            forms = [form for reading in readings if len(reading) > 1 for form in self._forms(reading)]
            if single and name[0].isupper() is False and len(name) < 4:
                return ""
            found = max(forms, key=self._rank, default="")
            if found and not _name_likeness(found) and (len(name) < _LONG_NAME or _says_no_name(found)):
                return ""
        if not found:
            return ""
        latin = max(self._lexicon.term_weights([name.lower()]).values()) if single else self._absent
        return "" if latin < self._absent and latin < self._weight(found) + _OFTENER else found

    def holds(self, han: str) -> bool:
        """Whether all neighbours in a Chinese text stand side by side somewhere in the corpus."""
        if len(han) < 2:
            return self._known([han], "characters") == [han]
        pairs = [a + b for a, b in pairwise(han)]
        return len(self._known(pairs, "bigrams")) == len(pairs)

    def _forms(self, syllables: Sequence[str]) -> list[str]:
        """Character strings of these sounds whose neighbours are neighbours in the corpus."""
        choices = [self._known(list(characters_of(syllable)), "characters") for syllable in syllables]
        if not all(choices):
            return []
        forms = choices[0]
        for number, choice in enumerate(choices[1:], start=1):
            ends = {form[-1] for form in forms}
            known = set(self._known([a + b for a in ends for b in choice], "bigrams"))
            forms = [form + b for form in forms for b in choice if form[-1] + b in known]
            if len(forms) > _MOST_FORMS and number + 1 < len(choices):
                forms = sorted(forms, key=self._weight)[:_MOST_FORMS]
        return forms

    def _known(self, terms: Sequence[str], field: str) -> list[str]:
        weights = self._lexicon.term_weights(terms, field=field)
        return [term for term in terms if weights[term] < self._absent]

    def _weight(self, han: str) -> float:
        """Weight of the rarest pair of neighbours."""
        pairs = [a + b for a, b in pairwise(han)] or [han]
        return max(
            self._lexicon.term_weights(pairs, field="bigrams" if len(han) > 1 else "characters").values()
        )

    def _rank(self, han: str) -> tuple[int, float]:
        return _name_likeness(han), -self._weight(han)


@lru_cache(maxsize=4096)
def _says_no_name(han: str) -> bool:
    """Whether it is a pronoun, an adverb or the like: Women is not 我们."""
    tagged = rjieba.tag(han)
    return len(tagged) == 1 and tagged[0][1].startswith(_SMALL_TAGS)


@lru_cache(maxsize=4096)
def _name_likeness(han: str) -> int:
    """3 for a place of the list, 2 for a name of the dictionary, 1 for a surname with a given name, 0 for anything else."""
    if han in _PLACES:
        return 3
    tagged = rjieba.tag(han)
    if len(tagged) == 1 and tagged[0][1].startswith(_NAME_TAGS):
        return 2
    return 1 if len(han) < 4 and han[0] in SURNAMES else 0
