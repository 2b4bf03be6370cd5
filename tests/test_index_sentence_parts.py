"""Parts of passages: sentences and lines, short ones joined, and together the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentence_parts import LEAST_SIZE, MOST_PARTS, sentence_parts, text_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 0),
        ("。，、\n", 0),
        ("转化煤炭", 4),
        ("1200万吨", 4),
        ("one hundred words", 6),
        ("5.2%", 4),  # two runs of digits
        ("헌법 제1조", 4),
    ],
)
def test_the_size_counts_a_word_of_another_script_as_two_characters(text: str, size: int) -> None:
    assert text_size(text) == size


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("\n\n", ["\n\n"], id="no words"),
        pytest.param(
            "甲" * 24 + "。" + "乙" * 24 + "。", ["甲" * 24 + "。", "乙" * 24 + "。"], id="sentences"
        ),
        pytest.param(
            "甲" * 23 + "。" + "乙" * 24 + "。",
            ["甲" * 23 + "。" + "乙" * 24 + "。"],
            id="a short one goes with the next",
        ),
        pytest.param(
            "甲" * 24 + "。" + "乙" * 11 + "。",
            ["甲" * 24 + "。" + "乙" * 11 + "。"],
            id="a short end goes with the last",
        ),
        pytest.param(
            "甲" * 24 + "。" + "乙" * 12,
            ["甲" * 24 + "。", "乙" * 12],
            id="an end of half the size is its own",
        ),
        pytest.param("乙" * 12, ["乙" * 12], id="a short text"),
        pytest.param(
            "甲" * 24 + "\n" + "乙" * 24 + "\n",
            ["甲" * 24 + "\n", "乙" * 24 + "\n"],
            id="lines, as of a table",
        ),
        pytest.param(
            "The first one has twelve words in all, as you can count. The second one is about as long as the first of them.",
            [
                "The first one has twelve words in all, as you can count. ",
                "The second one is about as long as the first of them.",
            ],
            id="english",
        ),
        pytest.param(
            "甲" * 24 + "3.5" + "乙" * 24, ["甲" * 24 + "3.5" + "乙" * 24], id="a point in a number"
        ),
    ],
)
def test_sentences_and_lines_are_parts(text: str, parts: list[str]) -> None:
    assert sentence_parts(text) == parts


@given(st.text(alphabet="甲乙。！;\n. aZ0", max_size=400), st.integers(1, 40))
def test_the_parts_are_the_text_and_none_but_the_last_is_small(text: str, least: int) -> None:
    parts = sentence_parts(text, least=least)
    assert "".join(parts) == text and all(parts)
    assert all(text_size(part) >= least for part in parts[:-1])
    assert len(parts) <= MOST_PARTS


def test_a_very_long_passage_has_longer_parts() -> None:
    text = ("字" * LEAST_SIZE + "。") * 1000
    parts = sentence_parts(text)
    assert "".join(parts) == text
    assert 100 < len(parts) <= MOST_PARTS
