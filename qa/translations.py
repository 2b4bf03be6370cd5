"""Which Chinese words an English question may mean: a table that ships, looked up in the text that is read.

A reader that learnt English from glosses knows few of its words. Told which words of the passage translate some of the question's, it
finds the place far oftener; what no passage says is not translated, so that nothing has to be chosen between.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from qa.gloss import is_foreign
from qa.training.english_words import ENGLISH_STOP_WORDS

__all__ = ["BUNDLED_TRANSLATIONS", "LONGEST_PHRASE", "Translations", "phrase_key", "with_translations"]

BUNDLED_TRANSLATIONS = Path(__file__).parent / "models" / "translations.txt.xz"
LONGEST_PHRASE = 3  # English words
Meaning = TypeVar("Meaning")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")


@cache
def _stemmer() -> Any:
    import tantivy

    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    stems = words.filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.stemmer("english"))
    return stems.build()


def phrase_key(words: Iterable[str]) -> str:
    """What words are looked up by: their stems in lower case.

    Examples
    --------
    >>> phrase_key(["Mayors"]) == phrase_key(["mayor"]), phrase_key(["built", "Lines"])
    (True, 'built line')
    """
    return " ".join(_stemmer().analyze(" ".join(words)))


def with_translations(question: str, text: str) -> str:
    """A question as it is put to a passage: one in Latin letters with what of it the passage says in Chinese behind it.

    Examples
    --------
    >>> with_translations("Which production lines were built?", "建成生产线20条。")
    'Which production lines were built? 生产线 建'
    """
    said = Translations.bundled().said_in(text, question) if is_foreign(question) else []
    return " ".join((question, *said))


class Translations:
    """Chinese words by ``phrase_key``, the likeliest first."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known

    @classmethod
    def load(cls, path: Path = BUNDLED_TRANSLATIONS) -> Translations:
        """Read a table: a phrase, a tab and its translations, parted by blanks, a line; compressed with xz."""
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            return cls(dict(line.rstrip("\n").split("\t", 1) for line in lines))

    @staticmethod
    @cache
    def bundled() -> Translations:
        """The table that ships, read once."""
        return Translations.load()

    def of(self, phrase: str) -> list[str]:
        """Translations of an English phrase, the likeliest first."""
        return self._known.get(phrase_key(phrase.split()), "").split()

    def phrases(self, question: str) -> list[tuple[list[str], list[str]]]:
        """The words of a question, without those that any question holds, in phrases: the longest that the table has, each with its
        translations, and words that it has not, with none."""
        words = [word.group() for word in _WORD.finditer(question)]
        found: list[tuple[list[str], list[str]]] = []
        nothing: list[str] = []
        for meant, phrase in _longest_phrases(words, self.of, otherwise=nothing):
            if told := [word for word in phrase if _tells(word)]:
                found.append((told, meant))
        return found

    def said_in(self, text: str, question: str) -> list[str]:
        """For the words of an English question, in order, their likeliest translation that stands in ``text``, as long as it stands
        there: of a phrase before its words."""

        def said(phrase: str) -> str:
            known = [one for one in self.of(phrase) if one in text]
            return max((one for one in known if known[0] in one), key=len, default="")  # 生产线 for 产线

        words = [word.group() for word in _WORD.finditer(question)]
        return list(dict.fromkeys(meant for meant, _ in _longest_phrases(words, said)))


def _tells(word: str) -> bool:
    """Whether an English word is none of those that any question holds."""
    return word.lower() not in ENGLISH_STOP_WORDS


def _longest_phrases(
    words: Sequence[str], meaning: Callable[[str], Meaning], *, otherwise: Meaning | None = None
) -> Iterator[tuple[Meaning, Sequence[str]]]:
    """What the phrases of a question mean, each with its words, from the left: the longest that mean something, none twice covered.
    A word that means nothing is given ``otherwise``, or left out."""
    place = 0
    while place < len(words):
        step = 1
        for length in range(min(LONGEST_PHRASE, len(words) - place), 0, -1):
            phrase = words[place : place + length]
            meant = meaning(" ".join(phrase)) if length > 1 or _tells(phrase[0]) else None
            if meant:
                yield meant, phrase
                step = length
                break
        else:
            if otherwise is not None:
                yield otherwise, words[place : place + 1]
        place += step
