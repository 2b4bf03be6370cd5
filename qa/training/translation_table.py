"""The table of ``qa.translations``, out of sentence pairs and dictionary entries: the command ``make-translations``."""

from __future__ import annotations

import lzma
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from qa.training.bilingual_words import BilingualWords, learn_words
from qa.training.english_questions import read_pairs
from qa.training.english_words import ENGLISH_STOP_WORDS
from qa.translations import LONGEST_PHRASE, phrase_key

__all__ = ["make_translations", "translation_table"]

_HAN = re.compile(r"[\u3400-\u9fff]{1,8}")
_PHRASE = re.compile(r"[a-z][a-z'-]*(?: [a-z][a-z'-]*)*")
_OF_ENTRY, _OF_LATER_SENSE = 0.6, 0.3
"""What the first sense of a dictionary entry counts, beside the probability of a learnt translation; how it falls with later ones."""
_LEAST = 0.05
_MOST = 8  # translations of a phrase


def make_translations(pair_files: Sequence[Path], out: Path) -> int:
    """Learn translations from files of ``[group, English, Chinese]`` a line and write them to ``out``; returns how many phrases.

    Raises
    ------
    TrainingError
        A file is missing or damaged, or holds no pair.
    """
    pairs, entries = read_pairs(pair_files)
    table = translation_table(learn_words([(english, chinese) for _, english, chinese in pairs], entries))
    unfinished = out.with_name(out.name + ".unfinished")
    with lzma.open(unfinished, "wt", encoding="utf-8", preset=9) as file:
        file.writelines(f"{phrase}\t{' '.join(table[phrase])}\n" for phrase in sorted(table))
    unfinished.replace(out)
    return len(table)


def translation_table(learnt: BilingualWords) -> dict[str, list[str]]:
    """Chinese words by ``phrase_key`` of the English ones, the likeliest first."""
    weights: dict[str, dict[str, float]] = defaultdict(dict)

    def count(english: str, chinese: str, weight: float) -> None:
        words = english.lower().split()
        if len(words) > LONGEST_PHRASE or not _PHRASE.fullmatch(english.lower()):
            return
        if len(words) == 1 and words[0] in ENGLISH_STOP_WORDS:
            return
        known = weights[phrase_key(words)]
        known[chinese] = max(known.get(chinese, 0.0), weight)

    for chinese, ways in learnt.words.items():
        if _HAN.fullmatch(chinese):
            for english, probability in ways:
                count(english, chinese, probability)
    for chinese, senses in learnt.entries.items():
        if _HAN.fullmatch(chinese):
            for number, sense in enumerate(senses):
                count(sense, chinese, _OF_ENTRY / (1 + _OF_LATER_SENSE * number))
    table: dict[str, list[str]] = {}
    for phrase, known in weights.items():
        likely = sorted(
            (one for one, weight in known.items() if weight > _LEAST), key=lambda one: (-known[one], one)
        )
        if likely:
            table[phrase] = likely[:_MOST]
    return table
