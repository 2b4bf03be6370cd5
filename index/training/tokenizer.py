"""The tokenizer of a new static embedder: words of the lexical segmenter for Han text, pieces learnt from the text for others.

Unigram, so that a word outside the vocabulary falls into known pieces. Scripts are learnt apart: English would crowd out the
languages that the pairs hold little of. Accents of Latin, Greek and Cyrillic letters are put off, so that languages share pieces.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from index.folding import HAN
from index.training.errors import TrainingError
from index.training.unigram_pieces import learn_pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["SCRIPTS", "TokenizerSizes", "build_tokenizer", "script_of", "with_new_pieces"]

_UNKNOWN, _UNKNOWN_SCORE = "<unk>", -25.0
_DIGITS = [f"{number}" for number in range(100)]
_SCRIPTS = {
    "han": HAN,
    "kana": "\u3040-\u30ff",
    "hangul": "\uac00-\ud7af",
    "cyrillic": "\u0400-\u04ff",
    "arabic": "\u0600-\u06ff",
    "latin": "a-z\u00df-\u024f",
}
SCRIPTS = tuple(_SCRIPTS)
"""Scripts whose pieces can be learnt anew; of Han, whose words are the segmenter's, some can only be let go."""

_Counts = defaultdict[str, float]


@dataclass(frozen=True, slots=True)
class TokenizerSizes:
    """How many pieces each script may have at most; single Han characters come on top of ``han``."""

    han: int = 17_500
    han_characters: int = 6_400
    latin: int = 15_900
    kana: int = 2_400
    hangul: int = 1_700
    cyrillic: int = 1_900
    arabic: int = 300
    other: int = 500

    def __post_init__(self) -> None:
        for script in (*_SCRIPTS, "han_characters", "other"):
            if getattr(self, script) < 0:
                raise ValueError(f"{script} must be 0 or more, got {getattr(self, script)}")


def build_tokenizer(texts: Iterable[str], sizes: TokenizerSizes) -> Tokenizer:
    """Build a Unigram tokenizer from texts.

    Raises
    ------
    TrainingError
        The texts hold no word.
    """
    from tokenizers import Tokenizer, models

    words, characters, others = _counted((text, 1.0) for text in texts)
    pieces: dict[str, float] = {}
    for name, counts in others.items():
        pieces |= learn_pieces(counts, getattr(sizes, name))
    total = sum(words.values()) or 1
    for counter, most in ((words, sizes.han), (characters, sizes.han_characters)):
        for word in sorted(counter, key=counter.__getitem__, reverse=True)[:most]:
            pieces.setdefault(word, log(counter[word] / total))
    if not pieces:
        raise TrainingError("the texts hold no word to build a tokenizer from")
    lowest = min(pieces.values())
    pieces = {digits: lowest + len(digits) - 1 for digits in _DIGITS} | pieces
    vocabulary = [("<pad>", 0.0), (_UNKNOWN, min(_UNKNOWN_SCORE, lowest - 10)), *pieces.items()]
    return _with_rules(Tokenizer(models.Unigram(vocabulary, unk_id=1, byte_fallback=False)))


def with_new_pieces(
    tokenizer: Tokenizer,
    kept: Iterable[str],
    weighed_texts: Iterable[tuple[str, float]],
    sizes: Mapping[str, int],
    *,
    kept_texts: Iterable[str] = (),
    least: int = 1,
) -> Tokenizer:
    """Learn the pieces of some scripts anew from texts, so many of each in all; of Han the words that are not ``kept`` go.

    ``weighed_texts`` are texts with how often each counts. The old pieces of a script are candidates beside those that its words give, so that what
    the texts need of them stays, and what ``kept_texts`` need of them ``least`` times, even beyond the number. The single letters that there are stay, beside the
    number, and all Han characters.

    Raises
    ------
    ValueError
        A script is none of ``SCRIPTS``.
    """
    from tokenizers import Tokenizer, models

    if unknown := set(sizes) - set(SCRIPTS):
        raise ValueError(f"no such script: {', '.join(sorted(unknown))}; there are {', '.join(SCRIPTS)}")
    staying = set(kept)
    scores: dict[str, float] = {}
    old: dict[str, list[str]] = {script: [] for script in sizes}
    for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]:
        script = script_of(piece)
        if script not in sizes or (script == "han" and (len(piece) == 1 or piece in staying)):
            scores[piece] = score
        else:
            old[script].append(piece)
    wanted = _counted(weighed_texts)[2]
    needed = _counted((text, 1.0) for text in kept_texts)[2]
    for script, size in sizes.items():
        if script != "han":
            letters = sum(len(piece) == 1 for piece in old[script])
            scores |= learn_pieces(wanted[script], size + letters, old[script], needed[script], least)
    return _with_rules(Tokenizer(models.Unigram([*scores.items()], unk_id=1, byte_fallback=False)))


def script_of(piece: str) -> str:
    """One of ``SCRIPTS``, ``other`` for a letter of none of them, and the empty string for digits and mixtures."""
    match = _RUNS.fullmatch(piece)
    return (match.lastgroup or "") if match else ""


def _with_rules(tokenizer: Tokenizer) -> Tokenizer:
    """The same normalisation and cuts for building and for use."""
    from tokenizers import Regex, normalizers, pre_tokenizers

    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.Replace(Regex("[\u0300-\u036f]+"), ""),
            normalizers.NFKC(),
            normalizers.Lowercase(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[^\p{L}\p{M}\p{N}]+"), "removed")
    return tokenizer


_RUNS = re.compile(
    "|".join(f"(?P<{name}>[{inside}]+)" for name, inside in _SCRIPTS.items()) + r"|(?P<other>[^\W\d_])"
)


def _counted(texts: Iterable[tuple[str, float]]) -> tuple[_Counts, _Counts, dict[str, _Counts]]:
    """Han words, Han characters and, by script, the words of the others, with how often each is there; a text counts as often as it says."""
    from tokenizers import Tokenizer, models

    empty = _with_rules(Tokenizer(models.Unigram()))
    words: _Counts = defaultdict(float)
    characters: _Counts = defaultdict(float)
    others: dict[str, _Counts] = {name: defaultdict(float) for name in (*_SCRIPTS, "other") if name != "han"}
    for text, times in texts:
        for match in _RUNS.finditer(empty.normalizer.normalize_str(text)):
            run, script = match[0], match.lastgroup or "other"
            if script == "han":
                _count_han(run, times, words, characters)
            else:
                others[script][run] += times
    return words, characters, others


def _count_han(run: str, times: float, words: _Counts, characters: _Counts) -> None:
    import rjieba

    for word in rjieba.cut(run):
        if 1 < len(word) <= 4:
            words[word] += times
    for character in run:
        characters[character] += times
