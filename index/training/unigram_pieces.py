"""Unigram pieces (Kudo 2018) of the words of one script, whole words among them.

The trainer of ``tokenizers`` takes its first candidates from a suffix array, in which a word that never goes on (*because*,
*почему*) is no node: however frequent, it never becomes a piece. Here the candidates are what byte-pair merging makes of the
words, and the frequent words themselves; the loss of a Unigram model decides which of them stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import log

import numpy as np

__all__ = ["learn_pieces", "parts_of"]

_LONGEST = 16
_LONGEST_WORD = 40
_FLATTENING = 0.6
"""A word seen n times counts n to this power: rare words of many texts matter more than forms of one."""
_LEAST = 2.0  # times a word must be there: one that is there once is mostly a mistake
_MOST_WORDS = 400_000
_CANDIDATES = 2  # times the wanted number
_ROUNDS = 4
_FLOOR = 0.1  # of an occurrence, for a letter that is used in no other way


def learn_pieces(
    counts: Mapping[str, float],
    size: int,
    also: Iterable[str] = (),
    kept_counts: Mapping[str, float] | None = None,
    least: float = 1.0,
) -> dict[str, float]:
    """The pieces that texts would miss most, ``size`` of them at most, with their log-probabilities, highest first.

    Parameters
    ----------
    counts
        Words of one script, with how often each is there; those below two give their letters only.
    also
        Further candidates. Their single letters are among the pieces always, even beyond ``size``.
    kept_counts, least
        Words with how often each is there: a piece of ``also`` that these are cut into so many times or more, among the candidates of a round, stays,
        even beyond ``size``.
    """
    letters: dict[str, float] = {}
    for word, n in counts.items():
        for letter in word:
            letters[letter] = letters.get(letter, 0.0) + n
    chosen = sorted((-n, word) for word, n in counts.items() if n >= _LEAST and len(word) <= _LONGEST_WORD)
    words = {word: (-n) ** _FLATTENING for n, word in chosen[:_MOST_WORDS]}
    also = [piece for piece in also if len(piece) <= _LONGEST]
    single = {piece for piece in also if len(piece) == 1}
    single |= set(sorted(letters, key=lambda letter: (-letters[letter], letter))[: size // 2])
    words = {word: n for word, n in words.items() if single.issuperset(word)}
    pieces = single | set(also)
    if words and size > len(single):
        pieces |= set(_merged(words, _CANDIDATES * size))
    pieces |= {word for word in list(words)[:size] if len(word) <= _LONGEST}  # frequent ones first
    if not pieces:
        return {}
    scores = _scored({piece: words.get(piece, _FLOOR) for piece in pieces})
    for number in range(_ROUNDS):
        used, staying = _used(words, scores), single
        if kept_counts:
            needed = _used(kept_counts, scores)
            staying = single | {piece for piece in also if needed.get(piece, 0.0) >= least}
        scores = _scored(
            {piece: used.get(piece, 0.0) for piece in scores if piece in used or piece in staying}
        )
        target = max(size, int(size * _CANDIDATES ** (1 - (number + 1) / _ROUNDS)))
        scores = _pruned(scores, used, target, staying)
    scores = _scored(_used(words, scores), scores)
    return {piece: scores[piece] for piece in sorted(scores, key=lambda piece: (-scores[piece], piece))}


def _merged(words: Mapping[str, float], size: int) -> list[str]:
    """Pieces that byte-pair merging makes of the words, each as often as it counts."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=size, max_token_length=_LONGEST, show_progress=False)
    repeated = [word for word, n in words.items() for _ in range(max(1, round(n)))]
    tokenizer.train_from_iterator(
        (" ".join(repeated[at : at + 1000]) for at in range(0, len(repeated), 1000)), trainer
    )
    return list(tokenizer.get_vocab())


def _scored(used: Mapping[str, float], pieces: Collection[str] = ()) -> dict[str, float]:
    """Log-probabilities; a piece that is not used has a tenth of an occurrence."""
    counts = {piece: max(used.get(piece, 0.0), _FLOOR) for piece in pieces or used}
    total = sum(counts.values())
    return {piece: round(log(n / total), 6) for piece, n in counts.items()}


def _used(words: Mapping[str, float], scores: Mapping[str, float]) -> dict[str, float]:
    """How often each piece is in the likeliest cuts of the words."""
    from tokenizers import Tokenizer, models

    vocabulary = [("<unk>", min(scores.values()) - 10), *scores.items()]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=0, byte_fallback=False))
    used = np.zeros(len(vocabulary))
    texts = list(words)
    for at in range(0, len(texts), 50_000):
        part = texts[at : at + 50_000]
        for word, encoded in zip(part, tokenizer.encode_batch(part, add_special_tokens=False), strict=True):
            used[encoded.ids] += words[word]  # once for a piece that is twice in a word: rare, no matter
    return {piece: float(used[row]) for row, (piece, _) in enumerate(vocabulary) if row and used[row]}


def _pruned(
    scores: dict[str, float], used: Mapping[str, float], size: int, staying: Collection[str]
) -> dict[str, float]:
    """The pieces whose going would make the words least likely are gone, until ``size`` are left."""
    if len(scores) <= size:
        return scores
    lost = []
    for piece, score in scores.items():
        if piece not in staying:
            parts = parts_of(piece, scores)
            lost.append((used.get(piece, 0.0) * (score - sum(scores[part] for part in parts)), piece))
    gone = {piece for _, piece in sorted(lost)[: len(scores) - size]}
    return {piece: score for piece, score in scores.items() if piece not in gone}


def parts_of(word: str, scores: Mapping[str, float]) -> list[str]:
    """The likeliest pieces that a word falls into when it is none itself; empty where it falls into none.

    Examples
    --------
    >>> parts_of("精神家园", {"精神家园": -1, "精神": -2, "家园": -3, "家": -4, "园": -4})
    ['精神', '家园']
    """
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(word) + 1):
        ways = [
            (best[start][0] + scores[word[start:end]], start)
            for start in range(max(0, end - _LONGEST), end)
            if word[start:end] in scores and (start or end < len(word))
        ]
        best.append(max(ways, default=(float("-inf"), 0)))
    if best[-1][0] == float("-inf"):
        return []
    parts: list[str] = []
    end = len(word)
    while end:
        start = best[end][1]
        parts.append(word[start:end])
        end = start
    return parts[::-1]
