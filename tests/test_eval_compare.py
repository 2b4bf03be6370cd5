"""Comparisons: fixed, broken and changed questions, worked by hand."""

from pathlib import Path

import pytest
from eval_fakes import GIVEN, QUESTIONS, FakePipeline

from eval.compare import Comparison, compare_html, compare_markdown, compare_rows, compare_runs
from eval.errors import EvalError
from eval.run import run_gold
from eval.run_folder import RunFolder

AFTER = {
    **GIVEN,
    "图木舒克在哪里？": ("answered", ["新疆"], 0.8),  # fixed
    "太原有多少人？": ("answered", ["10 万元"], 0.8),  # broken
    "GDP 增长多少 😀？": ("answered", ["100 万元"], 0.8),  # another wrong answer
}


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    run_gold(FakePipeline(), QUESTIONS, tmp_path / "a", settings={"reader": "甲", "gold": "g"})
    run_gold(FakePipeline(AFTER), QUESTIONS, tmp_path / "b", settings={"reader": "乙", "gold": "g"})
    return compare_runs(tmp_path / "a", tmp_path / "b")


def test_what_changed(found: Comparison) -> None:
    assert [one["id"] for one, _ in found.fixed] == ["q2"]
    assert [one["id"] for one, _ in found.broken] == ["q4"]
    assert [one["id"] for one, _ in found.changed] == ["q5"]
    assert (found.p_value, found.questions, found.only_one) == (1, 5, 0)
    assert found.differences["correct"].difference == 0
    assert found.settings == ["reader: 甲 → 乙"]


def test_both_answers_stand_side_by_side(found: Comparison) -> None:
    text = compare_markdown(found)
    assert "| q2 | 图木舒克在哪里？ | 新疆 | (related) 新疆 | 新疆 |" in text
    assert "Fixed 1, broken 1" in text
    page = compare_html(found)
    assert "GDP 增长多少 😀？" in page
    assert page.count('class="side good"') == 2  # q2 after, q4 before
    assert "src=" not in page and "href=" not in page


def test_questions_of_one_run_only_are_left_out(tmp_path: Path) -> None:
    run_gold(FakePipeline(), QUESTIONS, tmp_path / "a", settings={})
    rows = RunFolder(tmp_path / "a").rows()
    found = compare_rows(rows, rows[:3])
    assert (found.questions, found.only_one) == (3, 2)
    assert not found.fixed and not found.broken and not found.changed
    with pytest.raises(EvalError, match="share no question"):
        compare_rows(rows[:2], rows[3:])
    other = [{**rows[0], "expected": ["200 万元"]}]
    with pytest.raises(EvalError, match="question q1 is not the same"):
        compare_rows(rows, other)
