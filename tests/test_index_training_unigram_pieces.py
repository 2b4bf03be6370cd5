"""Unigram pieces: whole words that never go on, shared stems, a size that is kept."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from index.training.unigram_pieces import learn_pieces, parts_of

STEMS = ("region", "industri", "popula", "govern", "nation", "terri", "admini", "consti")
ENDS = ("al", "es", "tor", "ment", "um", "ing", "ante", "ous")


def cut(pieces: dict[str, float], word: str) -> list[str]:
    vocabulary = [("<unk>", -50.0), *pieces.items()]
    return list(Tokenizer(models.Unigram(vocabulary, unk_id=0, byte_fallback=False)).encode(word).tokens)


def test_a_frequent_word_that_never_goes_on_is_one_piece() -> None:
    """No suffix of another word follows ``because``: a suffix array has no node for it."""
    counts = {"because": 900.0, "почему": 400.0} | {
        stem + end: 40.0 for stem, end in itertools.product(STEMS, ENDS)
    }
    pieces = learn_pieces(counts, 60)
    assert cut(pieces, "because") == ["because"] and cut(pieces, "почему") == ["почему"]


def test_rare_words_share_stems_and_ends_where_there_is_no_room() -> None:
    counts = {"because": 900.0} | {stem + end: 40.0 for stem, end in itertools.product(STEMS, ENDS)}
    letters = {letter for word in counts for letter in word}
    pieces = learn_pieces(counts, 2 * len(letters))
    assert len(pieces) <= 2 * len(letters)
    assert cut(pieces, "because") == ["because"]
    rare = [cut(pieces, stem + end) for stem, end in itertools.product(STEMS, ENDS)]
    assert sum(map(len, rare)) < 5 * len(rare)  # they have nine letters each, more or less
    assert len({parts[0] for parts in rare}) < len(rare) / 2


def test_words_seen_once_and_words_of_no_letter_teach_nothing() -> None:
    assert learn_pieces({}, 10) == {}
    assert set(learn_pieces({"once": 1.0}, 10, also=["x", "old"])) == set("once") | {"x"}


def test_what_other_words_need_stays_where_the_words_teach_nothing() -> None:
    pieces = learn_pieces(
        {"abc": 1.0}, 10, also=["a", "b", "c", "abc", "ab"], kept_counts={"abc": 5.0}, least=3
    )
    assert set(pieces) == {"a", "b", "c", "abc"} and all(score < 0 for score in pieces.values())


def test_old_pieces_stay_where_the_words_need_them() -> None:
    pieces = learn_pieces({"kohleabbau": 9.0, "kohlekraft": 9.0}, 24, also=["kohle", "unused"])
    assert "unused" not in pieces
    assert all(parts_of(word, pieces) for word in ("kohleabbau", "kohlekraft"))


words = st.dictionaries(st.text("abcde", min_size=1, max_size=6), st.floats(2, 50), min_size=1, max_size=30)


@given(words, st.integers(10, 60))
def test_every_word_is_cut_into_known_pieces_and_the_size_holds(counts: dict[str, float], size: int) -> None:
    pieces = learn_pieces(counts, size)
    assert len(pieces) <= size
    assert all(score <= 0 for score in pieces.values())
    for word in counts:
        assert "".join(cut(pieces, word)) == word and "<unk>" not in cut(pieces, word)
    assert learn_pieces(dict(reversed(counts.items())), size) == pieces  # whatever the order


def test_old_pieces_that_other_words_need_stay_even_beyond_the_size() -> None:
    counts = {stem + end: 90.0 for stem, end in itertools.product(STEMS, ENDS)}
    kept = {"canyon": 3.0, "melon": 2.0}
    letters = len({letter for word in [*counts, *kept] for letter in word})
    pieces = learn_pieces(counts, 2 * letters, [*"canyomel", "canyon", "melon"], kept, least=3)
    assert "canyon" in pieces and "melon" not in pieces
