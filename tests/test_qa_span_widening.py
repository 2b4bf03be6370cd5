"""Whole names and single figures out of good spans."""

from __future__ import annotations

import pytest

from qa.span_widening import single_figures, whole_lists, whole_names
from qa.words import words_of


def covering(text: str, span: str) -> tuple[int, int]:
    start = text.index(span)
    inside = [n for n, w in enumerate(words_of(text)) if start <= w.start and w.end <= start + len(span)]
    return inside[0], inside[-1]


def surfaces(text: str, ranges: list[tuple[int, int]]) -> set[str]:
    words = words_of(text)
    return {text[words[first].start : words[last].end] for first, last in ranges}


@pytest.mark.parametrize(
    ("text", "span", "whole"),
    [
        pytest.param("在平鲁经济技术开发区建成", "平鲁", "平鲁经济技术开发区", id="right"),
        pytest.param("承办单位:晋城市发展和改革委员会", "改革", "晋城市发展和改革委员会", id="left, over 和"),
        pytest.param("由ABC科技公司建成😀", "科技", "ABC科技公司", id="mixed, emoji"),
    ],
)
def test_whole_names(text: str, span: str, whole: str) -> None:
    assert whole in surfaces(text, whole_names(text, words_of(text), [covering(text, span)]))


def test_each_figure_of_a_list() -> None:
    text = "分别为8.26亿美元、12.84亿美元"
    span = covering(text, "8.26亿美元、12.84亿美元")
    assert surfaces(text, single_figures(words_of(text), [span])) == {"8.26亿美元", "12.84亿美元"}


def test_nothing_comes_of_nothing() -> None:
    assert whole_names("", (), []) == []
    assert single_figures((), []) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("由太原、阳泉、运城等市协办,产煤、发电。", {"太原、阳泉、运城", "产煤、发电"}),
        ("没有列表😀", set()),
        ("", set()),
    ],
)
def test_whole_lists(text: str, expected: set[str]) -> None:
    assert surfaces(text, whole_lists(text, words_of(text))) == expected
