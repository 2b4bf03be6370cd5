"""What spans cost: the start's and the end's share add up to the span's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.span_costs import SpanCosts
from qa.words import words_of

TEXT = "2024年,太原的企业转化煤炭1200万吨;阿勒泰地区接收了设备。"


def offsets(text: str) -> np.ndarray:
    return np.array([(at, at + 1) for at in range(len(text))], np.int64).reshape(-1, 2)


def test_nothing_costs_nothing() -> None:
    assert not SpanCosts()
    assert not SpanCosts().of(TEXT, offsets(TEXT)).any()
    assert SpanCosts(token=1.0).of("", offsets("")).shape == (0, 2)


@pytest.mark.parametrize(
    ("costs", "answer", "expected"),
    [
        (SpanCosts(token=0.5), "太原", 1.0),
        (SpanCosts(inside_word=1.0), "太原", 0.0),
        (SpanCosts(inside_word=1.0), "1200万吨", 0.0),
        (SpanCosts(inside_word=1.0), "200万吨", 1.0),
        (SpanCosts(inside_word=1.0), "勒", 2.0),
        (SpanCosts(token=0.25, inside_word=1.0), "万", 2.25),
    ],
)
def test_a_span_costs_its_length_and_cut_words(costs: SpanCosts, answer: str, expected: float) -> None:
    added = costs.of(TEXT, offsets(TEXT))
    first = TEXT.index(answer)
    assert added[first, 0] + added[first + len(answer) - 1, 1] == pytest.approx(-expected, abs=1e-4)


def test_a_token_of_several_characters_costs_as_much_as_one_of_one() -> None:
    text = "the mayor of Taiyuan"
    pieces = np.array([(0, 3), (4, 9), (10, 12), (13, 20)], np.int64)
    added = SpanCosts(token=0.5, inside_word=3.0).of(text, pieces)
    assert added[1, 0] + added[3, 1] == pytest.approx(-1.5)


@given(st.text("山西省,。1年 ab", min_size=1, max_size=40), st.data())
def test_any_span(text: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first, len(text) - 1))
    added = SpanCosts(0.25, 2.0).of(text, offsets(text))
    borders = {0, *(word.end for word in words_of(text))}
    cut = (first not in borders) + (last + 1 not in borders)
    assert added[first, 0] + added[last, 1] == pytest.approx(-0.25 * (last + 1 - first) - 2.0 * cut, abs=1e-3)
