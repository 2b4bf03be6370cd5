"""Candidate spans: whole words, inside a sentence, scored as the formula says."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.normalize import normalize
from qa.types import TokenScores
from qa.word_spans import WordSpan, candidate_spans
from qa.words import words_of

PIECES = [
    *"太原市转化煤炭的了和等。,、;!?()“”《》〔〕abc 12%😀\n",
    "1200万吨",
    "2024年",
    "a@b.cn",
    "《办法》",
    "“三北”",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def scores_of(
    text: str, starts: dict[int, float], ends: dict[int, float], *, base: float = 0.0
) -> TokenScores:
    """A token a character; ``starts`` and ``ends`` by position of the character."""
    offsets = np.array([[i, i + 1] for i in range(len(text))], np.int64).reshape(-1, 2)
    first, last = (np.full(len(text), base, np.float32) for _ in range(2))
    for at, value in starts.items():
        first[at] = value
    for at, value in ends.items():
        last[at] = value
    return TokenScores(offsets, first, last)


def spans(text: str, scores: TokenScores, top_k: int = 5) -> list[str]:
    return [text[span.start : span.end] for span in candidate_spans(text, scores, top_k=top_k)]


def random_scores(text: str, seed: int) -> TokenScores:
    rng = np.random.default_rng(seed)
    offsets = np.array([[i, i + 1] for i in range(len(text)) if not text[i].isspace()], np.int64).reshape(
        -1, 2
    )
    return TokenScores(offsets, *rng.normal(0, 4, (2, len(offsets))).astype(np.float32))


@pytest.mark.parametrize(
    ("text", "wholes"),
    [
        ("转化煤炭1200万吨", ["1200万吨"]),
        ("同比增长5.2%左右", ["5.2%左右"]),
        ("晋能源提函〔2025〕18号", ["〔2025〕18号"]),
        ("邮箱abc@mail.gov.cn，网址www.gov.cn/a", ["abc@mail.gov.cn", "www.gov.cn/a"]),
        ("GDP增长5.2%😀", ["GDP", "5.2%", "😀"]),
    ],
)
def test_a_figure_and_an_address_are_one_word(text: str, wholes: list[str]) -> None:
    words = [text[word.start : word.end] for word in words_of(text)]
    assert set(wholes) <= set(words)


@given(TEXTS)
def test_words_rebuild_the_text(text: str) -> None:
    text = normalize(text).text
    assert "".join(text[word.start : word.end] for word in words_of(text)) == text
    assert all(word.start < word.end for word in words_of(text))


def test_the_best_span_is_where_the_scores_say() -> None:
    text = "他在太原工作"
    best = candidate_spans(text, scores_of(text, {2: 6.0}, {3: 6.0}), top_k=1)[0]
    assert text[best.start : best.end] == "太原"
    assert best.exact == 12.0


def test_borders_inside_a_word_give_the_whole_word() -> None:
    text = "转化煤炭1200万吨。"
    assert spans(text, scores_of(text, {4: 6.0}, {7: 6.0}), 1) == ["1200万吨"]
    text = "负责人在太原市工作。"
    assert spans(text, scores_of(text, {5: 6.0}, {5: 6.0}), 1)[0] in ("太原", "太原市")


def test_exact_and_mass_are_those_of_the_formula() -> None:
    text = "太原大同"
    starts, ends = [1.0, 2.0, 0.5, -1.0], [0.0, 1.5, -0.5, 3.0]
    scores = scores_of(text, dict(enumerate(starts)), dict(enumerate(ends)))
    found = {text[s.start : s.end]: s for s in candidate_spans(text, scores, top_k=10)}
    whole = found["太原大同"]
    assert whole.exact == pytest.approx(starts[0] + ends[3])
    masses = [log(sum(exp(value) for value in values)) for values in (starts, ends)]
    assert whole.mass == pytest.approx(sum(masses), abs=1e-5)
    first = found["太原"]
    assert first.exact == pytest.approx(starts[0] + ends[1])
    assert first.mass == pytest.approx(log(exp(1) + exp(2)) + log(exp(0) + exp(1.5)), abs=1e-5)
    assert (first.first, first.last) == (0, 0)


def test_no_span_crosses_a_sentence_but_a_decimal_point_does_not_end_one() -> None:
    text = "煤炭。电力;化工\n农业"
    assert not any(mark in span for span in spans(text, random_scores(text, 3), 50) for mark in "。;\n")
    text = "增长5.2%!很好"
    assert "5.2%" in spans(text, random_scores(text, 1), 50)


def test_no_span_begins_or_ends_with_a_mark_or_a_particle() -> None:
    text = "太原的煤炭、电力和(化工)等,了。"
    for span in spans(text, random_scores(text, 5), 200):
        assert span[0] not in "、,。)的了和等", span
        assert span[-1] not in "、,。(的了和", span


def test_a_quotation_is_taken_whole_or_from_inside() -> None:
    text = "发布《煤炭管理办法》后"
    assert spans(text, scores_of(text, {2: 6.0}, {9: 6.0}), 1) == ["《煤炭管理办法》"]
    assert spans(text, scores_of(text, {3: 6.0}, {8: 6.0}), 1) == ["煤炭管理办法"]


def test_at_most_a_few_spans_overlap_one_place() -> None:
    text = "山西省太原市迎泽区附属小学教师办公室主任"
    found = candidate_spans(text, random_scores(text, 7), top_k=50)
    for position, one in enumerate(found):
        assert sum(other.start < one.end and one.start < other.end for other in found[:position]) < 4


def test_long_spans_stay_within_bounds() -> None:
    text = "煤炭" * 200
    assert max(map(len, spans(text, random_scores(text, 1), 200))) <= 60


@pytest.mark.parametrize("text", ["", "😀", "。,、", " \n", "的"])
def test_texts_without_words_give_little_or_nothing(text: str) -> None:
    assert all(span == "😀" for span in spans(text, random_scores(text, 0)))
    empty = TokenScores(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), np.zeros(0, np.float32))
    assert candidate_spans(text, empty, top_k=3) == []


def test_tokens_that_no_window_read_give_no_span() -> None:
    text = "太原大同"
    scores = scores_of(text, {}, {}, base=-np.inf)
    scores.starts[0], scores.ends[1] = 1.0, 1.0
    found = candidate_spans(text, scores, top_k=1)[0]
    assert text[found.start : found.end] == "太原"
    assert np.isfinite([found.exact, found.mass]).all()


@given(TEXTS, st.integers(0, 5), st.integers(1, 20))
def test_spans_of_any_text_are_whole_words_best_first(text: str, seed: int, top_k: int) -> None:
    text = normalize(text).text
    words = words_of(text)
    found = candidate_spans(text, random_scores(text, seed), top_k=top_k)
    assert len(found) <= top_k
    assert len({(span.start, span.end) for span in found}) == len(found)
    for span in found:
        assert (span.start, span.end) == (words[span.first].start, words[span.last].end)
        assert text[span.start : span.end].strip() == text[span.start : span.end] != ""
    blends = [0.5 * s.exact + 0.5 * s.mass - 0.15 * (s.last - s.first) for s in found]
    assert blends == pytest.approx(sorted(blends, reverse=True), abs=1e-4)


def slow_pairs(text: str) -> set[tuple[int, int]]:
    """Admissible pairs of words, one by one: the reference."""
    words = words_of(text)
    found = set()
    for i, first in enumerate(words):
        for j in range(i, min(len(words), i + 24)):
            between = text[first.start : words[j].end]
            if j > i and len(between) > 60:
                continue
            figures = "".join(text[w.start : w.end] for w in words[i : j + 1] if w.tag != "fig")
            if not any(mark in figures for mark in "。!?;\n"):
                found.add((first.start, words[j].end))
    return found


@given(TEXTS, st.integers(0, 3))
def test_every_span_is_admissible(text: str, seed: int) -> None:
    text = normalize(text).text
    allowed = slow_pairs(text)
    found: list[WordSpan] = candidate_spans(text, random_scores(text, seed), top_k=100)
    assert {(span.start, span.end) for span in found} <= allowed


@pytest.mark.parametrize(
    "text",
    ["坚持“造血提质”,找准优势", "建好“浙阿云”平台(二期)与《规划》", "😀“ABC科技”和甲", "“甲”“乙”“丙”三种"],
    ids=["one", "several kinds", "mixed, emoji", "side by side"],
)
def test_no_candidate_holds_half_a_pair_of_marks(text: str) -> None:
    for seed in range(20):
        for span in candidate_spans(text, random_scores(text, seed), top_k=30, widened=True):
            surface = text[span.start : span.end]
            for opener, closer in ("“”", "《》", "()"):
                assert surface.count(opener) == surface.count(closer), surface


def test_widening_adds_and_never_drops() -> None:
    text = "朔州市平鲁区平鲁经济技术开发区建成投产"
    scores = random_scores(text, 3)
    plain = candidate_spans(text, scores, top_k=4)
    widened = candidate_spans(text, scores, top_k=4, widened=True)
    assert widened[: len(plain)] == plain
    assert len({(span.first, span.last) for span in widened}) == len(widened)
    assert candidate_spans("", random_scores("", 0), top_k=4, widened=True) == []


@pytest.mark.parametrize(
    ("text", "marked", "wanted"),
    [
        ("Managed by Anna Nowak since 2019.", "Anna", "Anna Nowak"),
        ("Managed by Anna Nowak since 2019.", "Nowak", "Anna Nowak"),
        ("由Rui Costa负责。", "Costa", "Rui Costa"),
        ("The Halden Audit signed.", "Halden", "Halden Audit"),
        ("由Wang Wei负责。", "Wang", "Wang Wei"),
        ("CEO Tim Cook left.", "Tim Cook", "Tim Cook"),
        ("In March Deputy Director Tom Okafor left.", "Tom", "Tom Okafor"),
        ("16GB RAM和500GB SSD", "500GB", "500GB"),
        ("220V AC", "220V", "220V"),
        ("选项 A B C D", "B", "B"),
        ("Windows Linux Android", "Linux", "Linux"),
        ("Windows Linux MacOS", "Linux", "Linux"),
        ("Anna Nowak Berlin 2019", "Berlin", "Berlin"),
        ("EVERY WORD IS IN CAPITALS", "IN", "IN"),
        ("Anna\tNowak", "Anna", "Anna"),
        ("Anna, Nowak", "Nowak", "Nowak"),
    ],
)
def test_a_name_in_latin_letters_is_whole(text, marked, wanted):
    start = text.index(marked)
    span = candidate_spans(text, scores_of(text, {start: 9.0}, {start + len(marked) - 1: 9.0}), top_k=1)[0]
    assert text[span.start : span.end] == wanted
