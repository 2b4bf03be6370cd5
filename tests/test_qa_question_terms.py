"""The words of a question, in the ways a passage may write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from index.types import Passage
from qa.question_match import match_passage
from qa.question_terms import QuestionTerms, question_terms

ABSENT = 9.0
KNOWN = {"煤炭": 3.0, "煤矿": 4.0, "太原": 2.0, "coal": ABSENT}
TRANSLATIONS = {"coal": ["煤", "煤炭", "煤矿", "焦煤"], "city": ["市"], "mayor": ["市长"]}


def vectors(words: Sequence[str]) -> np.ndarray:
    return np.zeros((len(words), 8), np.float32)


def weigh(words: Sequence[str]) -> Mapping[str, float]:
    return {word: KNOWN.get(word, ABSENT) for word in words}


def terms(text: str, *, translated: bool = True) -> QuestionTerms:
    translate = (lambda word: TRANSLATIONS.get(word, [])) if translated else None
    return question_terms(text, weigh, ABSENT, vectors, translate=translate)


@pytest.mark.parametrize(
    ("text", "words", "weights"),
    [
        ("coal", ("coal",), [4.0]),  # the rarest form that the corpus knows
        ("mayor", ("mayor",), [ABSENT]),
        ("city", ("city",), [ABSENT]),  # a translation of one character says too little
        ("coal 太原🙂", ("coal", "太原"), [4.0, 2.0]),
        ("", (), []),
    ],
)
def test_a_word_weighs_what_its_translations_do(
    text: str, words: tuple[str, ...], weights: list[float]
) -> None:
    found = terms(text)
    assert (found.words, found.weights.tolist()) == (words, weights)
    assert found.absent_share == pytest.approx(
        sum(one for one in weights if one == ABSENT) / (sum(weights) or 1)
    )


def test_without_translations_a_word_is_itself() -> None:
    found = terms("coal 太原", translated=False)
    assert found.forms == (("coal",), ("太原",)) and found.weights.tolist() == [ABSENT, 2.0]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("太原的煤炭。", [True, True]),
        ("coal🙂", [True, False]),
        ("太原的煤。", [False, True]),
        ("", [False, False]),
    ],
)
def test_a_translation_counts_as_the_word(text: str, written: list[bool]) -> None:
    asked = terms("coal 太原")
    assert asked.written_in(text).tolist() == written
    match = match_passage(asked, Passage("甲#0", "甲", 0, len(text), 0, len(text), text), "", vectors)
    assert match.held.tolist() == written
    assert match.covered(asked, 0, len(text)).tolist() == [float(one) for one in written]
