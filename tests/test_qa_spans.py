import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.figures import find_figures
from qa.spans import best_apart, decode_spans, snap_span
from qa.types import SpanCandidate


def brute_force(start, end, allowed, max_tokens, top_k):
    """Every span in turn, best first, skipping what overlaps."""
    spans = [
        (i, j, float(np.float32(start[i]) + np.float32(end[j])))
        for i, j in itertools.product(range(len(start)), repeat=2)
        if allowed[i] and allowed[j] and i <= j < i + max_tokens
    ]
    kept = []
    for i, j, score in sorted(spans, key=lambda span: (-span[2], span[0], span[1])):
        if len(kept) < top_k and all(j < a or b < i for a, b, _ in kept):
            kept.append((i, j, score))
    return kept


LOGITS = st.lists(st.tuples(st.integers(-8, 8), st.integers(-8, 8), st.booleans()), max_size=12)


@given(LOGITS, st.integers(1, 6), st.integers(1, 5))
def test_decoding_equals_trying_every_span(rows, max_tokens, top_k):
    start, end, allowed = ([row[k] for row in rows] for k in range(3))
    assert decode_spans(start, end, allowed=allowed, max_tokens=max_tokens, top_k=top_k) == brute_force(
        start, end, allowed, max_tokens, top_k
    )


def test_decoding_ignores_what_is_no_number():
    assert decode_spans([np.nan, 1, 2], [np.inf, 1, 2], allowed=[1, 1, 1], max_tokens=3, top_k=9) == [
        (2, 2, 4.0),
        (1, 1, 2.0),
    ]


def test_decoding_refuses_bad_arguments():
    with pytest.raises(ValueError, match="one length"):
        decode_spans([1, 2], [1], allowed=[1, 1], max_tokens=1, top_k=1)
    with pytest.raises(ValueError, match="at least 1"):
        decode_spans([1], [1], allowed=[1], max_tokens=0, top_k=1)


def test_best_apart_keeps_the_better_of_two_that_overlap():
    candidates = [
        SpanCandidate(0, 5, 1.0),
        SpanCandidate(3, 8, 2.0),
        SpanCandidate(8, 9, 0.5),
        SpanCandidate(3, 8, 2.0),
    ]
    assert best_apart(candidates, 5) == [SpanCandidate(3, 8, 2.0), SpanCandidate(8, 9, 0.5)]
    assert best_apart(candidates, 1) == [SpanCandidate(3, 8, 2.0)]
    assert best_apart([], 3) == []


def snapped(text, raw):
    """``raw`` marks the span with ⟦ and ⟧ inside the text."""
    start = raw.index("⟦")
    end = raw.index("⟧") - 1
    assert raw.replace("⟦", "").replace("⟧", "") == text
    low, high = snap_span(text, start, end)
    return text[low:high]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("转化煤炭⟦1200⟧万吨；累计", "1200万吨"),
        ("转化煤炭1200⟦万吨⟧；累计", "1200万吨"),
        ("转化煤炭约⟦1200⟧ 万吨；累计", "约1200 万吨"),
        ("增长到⟦16714⟧.45万元", "16714.45万元"),
        ("增长⟦5⟧.2%。", "5.2%"),
        ("于⟦2025年⟧6月20日", "2025年"),
        ("于⟦2025⟧年6月20日", "2025年"),
        ("于2025年⟦6月2⟧0日", "6月20日"),
        ("⟦2000年⟧前后", "2000年"),
        ("⟦2000年前⟧后", "2000年前后"),
        ("于2025⟦年6⟧月20日", "2025年6月"),
        ("吸引⟦100⟧余家企业", "100余家"),
        ("吸引⟦100余家企业⟧", "100余家企业"),
        ("⟦40⟧多亿元", "40多亿元"),
        ("产值近⟦百亿⟧元", "近百亿元"),
        ("⟦1万⟧多只", "1万多只"),
        ("第⟦13⟧届", "第13届"),
        ("晋能源提函〔2025〕⟦18⟧号", "〔2025〕18号"),
        ("晋能源提函⟦〔2025〕18号⟧", "〔2025〕18号"),
        ("占25-⟦30⟧%", "25-30%"),
        ("风速⟦3.2米⟧/秒", "3.2米/秒"),
        ("装机300万⟦千瓦⟧", "300万千瓦"),
        ("零下⟦30⟧℃", "零下30℃"),
        ("cost $⟦5.2⟧ million today", "$5.2 million"),
        ("for ⟦12,345⟧ people", "12,345 people"),
        ("，⟦、太原市，⟧", "太原市"),
        ("⟦ 太原市 。⟧\n", "太原市"),
        ("他是⟦“张三⟧”的", "“张三”"),
        ("他是⟦“张三⟧的", "张三"),
        ("见⟦八篇书》⟧吧", "八篇书"),
        ("见《⟦八篇书》⟧吧", "《八篇书》"),
        ("见《⟦八篇书⟧》吧", "八篇书"),
        ("⟦上海(SHA⟧)", "上海(SHA)"),
        ("⟦(露天⟧煤矿", "露天"),
        ("⟦甲乙丙。丁⟧", "甲乙丙"),
        ("⟦丁。甲乙丙⟧", "甲乙丙"),
        ("甲⟦乙\n丙丁戊⟧", "丙丁戊"),
        ("⟦他说“走吧。快！”就走⟧了", "他说“走吧。快！”就走"),
        ("⟦《谁？》一书⟧", "《谁？》一书"),
        ("the ⟦U.S.⟧ army", "U.S."),
        ("用⟦C++⟧写", "C++"),
        ("⟦😀🎉 ⟧", "😀🎉"),
        ("Wenju 问据 ⟦v2⟧.0 版", "v2.0"),
        ("⟦。。⟧", ""),
        ("⟦⟧", ""),
    ],
)
def test_snap(raw, expected):
    assert snapped(raw.replace("⟦", "").replace("⟧", ""), raw) == expected


def test_snap_clips_offsets_outside_the_text():
    assert snap_span("太原", -3, 99) == (0, 2)
    assert snap_span("太原", 5, 1) == (2, 2) or snap_span("太原", 5, 1) == (1, 1)


CHARACTERS = "0123456789.,%年月日万亿元约余。！\n；“”《》()（）〔〕‘’·、- 太原省市abU😀一二十第号"


@given(
    st.one_of(st.text(CHARACTERS, max_size=30), st.text("“”《》()‘’。a1", max_size=12)),
    st.integers(0, 30),
    st.integers(0, 30),
)
def test_snap_is_stable_and_cuts_no_figure(text, one, other):
    start, end = snap_span(text, *sorted((one, other)))
    assert 0 <= start <= end <= len(text)
    assert snap_span(text, start, end) == (start, end)
    if start == end:
        return
    assert text[start:end] == text[start:end].strip()
    for figure in find_figures(text):
        for low, high in figure.parts or ((figure.start, figure.end),):
            assert not low < start < high
            assert not low < end < high
