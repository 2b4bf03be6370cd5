"""The tokenizer of a new static embedder: words of the lexical segmenter for Han text, pieces learnt from the text for others.

Unigram, so that a word outside the vocabulary falls into known pieces. Scripts are learnt apart: English would crowd out the
languages that the pairs hold little of. Accents of Latin, Greek and Cyrillic letters are put off, so that languages share pieces.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from index.folding import HAN
from index.training.errors import TrainingError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["SCRIPTS", "TokenizerSizes", "build_tokenizer", "with_new_pieces"]

_UNKNOWN, _UNKNOWN_SCORE = "<unk>", -25.0
_LONGEST_PIECE = 16
_FLATTENING = 0.6
"""A word seen n times counts n to this power: rare words of many texts matter more than forms of one."""
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
"""Scripts whose pieces may make room for others; of Han, whose words are the segmenter's, none are learnt from text."""


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


def build_tokenizer(texts: Iterable[str], sizes: TokenizerSizes, *, seed: int = 1) -> Tokenizer:
    """Build a Unigram tokenizer from texts.

    Raises
    ------
    TrainingError
        The texts hold no word.
    """
    from tokenizers import Tokenizer, models

    words, characters, others = _counted(texts)
    pieces: dict[str, float] = {}
    for name, counts in others.items():
        pieces |= _learn(counts, getattr(sizes, name), seed)
    total = sum(words.values()) or 1
    for counter, most in ((words, sizes.han), (characters, sizes.han_characters)):
        for word, count in counter.most_common(most):
            pieces.setdefault(word, log(count / total))
    if not pieces:
        raise TrainingError("the texts hold no word to build a tokenizer from")
    lowest = min(pieces.values())
    pieces = {digits: lowest + len(digits) - 1 for digits in _DIGITS} | pieces
    vocabulary = [("<pad>", 0.0), (_UNKNOWN, min(_UNKNOWN_SCORE, lowest - 10)), *pieces.items()]
    return _with_rules(Tokenizer(models.Unigram(vocabulary, unk_id=1, byte_fallback=False)))


def with_new_pieces(
    tokenizer: Tokenizer,
    kept: Iterable[str],
    kept_texts: Iterable[str],
    texts: Iterable[str],
    sizes: Mapping[str, int],
    *,
    least: int,
    seed: int = 1,
) -> Tokenizer:
    """Let pieces of some scripts make room for others, learnt from further texts.

    Of the scripts in ``sizes`` only the pieces in ``kept`` stay, and single letters; each but Han gets so many new ones at most, learnt from
    words that the texts have twice or more and the kept texts not ``least`` times. Words that they do have so often are cut as before: a
    new piece that would cut one of them otherwise is left out.

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
    for piece, score in json.loads(tokenizer.to_str())["model"]["vocab"]:
        match = _RUNS.fullmatch(piece)
        letter = len(piece) == 1 and match is not None and match.lastgroup != "han"
        if match is None or match.lastgroup not in sizes or letter or piece in staying:
            scores[piece] = score
    known = _counted(kept_texts)[2]
    wanted = _counted(texts)[2]
    new: dict[str, float] = {}
    for script, size in sizes.items():
        if script == "han":
            continue
        often = {word for word, count in known[script].items() if count >= least}
        counts = Counter({w: n for w, n in wanted[script].items() if n > 1 and w not in often})
        learnt = _learn(counts, size + len(scores), seed)
        unheard = [piece for piece in learnt if piece not in scores][:size]
        new |= {piece: learnt[piece] for piece in unheard}
    words = [w for script in sizes if script != "han" for w, count in known[script].items() if count >= least]
    before = [one.tokens for one in tokenizer.encode_batch(words, add_special_tokens=False)]
    while True:
        vocabulary = [*scores.items(), *new.items()]
        made = _with_rules(Tokenizer(models.Unigram(vocabulary, unk_id=1, byte_fallback=False)))
        after = [one.tokens for one in made.encode_batch(words, add_special_tokens=False)]
        changed = {piece for old, now in zip(before, after, strict=True) if old != now for piece in now}
        if not changed & new.keys():
            return made
        new = {piece: score for piece, score in new.items() if piece not in changed}


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


def _counted(texts: Iterable[str]) -> tuple[Counter[str], Counter[str], dict[str, Counter[str]]]:
    """Han words, Han characters and, by script, the words of the others, with how often each is there."""
    from tokenizers import Tokenizer, models

    empty = _with_rules(Tokenizer(models.Unigram()))
    words, characters = Counter[str](), Counter[str]()
    others: dict[str, Counter[str]] = {name: Counter() for name in (*_SCRIPTS, "other") if name != "han"}
    for text in texts:
        _count(empty.normalizer.normalize_str(text), words, characters, others)
    return words, characters, others


def _count(text: str, words: Counter[str], characters: Counter[str], others: dict[str, Counter[str]]) -> None:
    import rjieba

    for match in _RUNS.finditer(text):
        run, script = match[0], match.lastgroup or "other"
        if script == "han":
            words.update(word for word in rjieba.cut(run) if 1 < len(word) <= 4)
            characters.update(run)
        else:
            others[script][run] += 1


def _learn(counts: Counter[str], size: int, seed: int) -> dict[str, float]:
    """Pieces of one script with their log-probabilities, ``size`` of them at most."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    letters = Counter[str]()
    for word, count in counts.items():
        letters.update(dict.fromkeys(word, count))
    kept = {letter for letter, _ in letters.most_common(size // 2)}
    repeated = [
        word
        for word, count in counts.items()
        if set(word) <= kept
        for _ in range(max(1, int(count**_FLATTENING)))
    ]
    if not repeated:
        return {}
    random.Random(seed).shuffle(repeated)
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.UnigramTrainer(
        vocab_size=size,
        max_piece_length=_LONGEST_PIECE,
        unk_token=_UNKNOWN,
        special_tokens=[_UNKNOWN],
        show_progress=False,
    )
    tokenizer.train_from_iterator(
        (" ".join(repeated[at : at + 1000]) for at in range(0, len(repeated), 1000)), trainer
    )
    vocabulary = json.loads(tokenizer.to_str())["model"]["vocab"]
    # the trainer's threads add up in any order: rounded and sorted, the same texts give the same file
    learnt = sorted((-round(score, 9), piece) for piece, score in vocabulary if piece != _UNKNOWN)
    return {piece: -score for score, piece in learnt}
