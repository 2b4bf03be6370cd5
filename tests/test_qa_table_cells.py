"""Cells of tables: found in the text, and held against the question by their column's head and their row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.table_cells import cell_of, head_agreement, row_agreement

TABS = "各县产量如下。\n县名\t面积(万亩)\t2023年产量\t2024年产量\n沅溪县\t12\t72\t120\n云岚县\t9\t81\t90\n以上为全部。"
BARS = "| 姓名 | 职务 | 电话 |\n|---|---|---|\n| 张三 | 主任 | 8812 |\n| 李四 | 副主任 | 7716 |\n"


def place(text: str, cell: str) -> tuple[int, int]:
    start = text.index(cell)
    return start, start + len(cell)


@pytest.mark.parametrize(
    ("text", "cell", "head", "key", "unit"),
    [
        (TABS, "120", "2024年产量", "沅溪县", ""),
        (TABS, "81", "2023年产量", "云岚县", ""),
        (TABS, "12", "面积(万亩)", "沅溪县", "万亩"),
        (BARS, "7716", "电话", "李四", ""),
        (BARS, "主任 | 8812"[:2], "职务", "张三", ""),
    ],
)
def test_a_cell_has_its_head_row_and_unit(text: str, cell: str, head: str, key: str, unit: str) -> None:
    found = cell_of(text, *place(text, cell))
    assert found is not None
    assert (found.head, found.rows[found.row][0], found.unit) == (head, key, unit)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (TABS, "面积"),  # the head
        (TABS, "如下"),
        (TABS, "以上"),
        (TABS, "72\t120"),
        (TABS, "90\n以上"),
        (BARS, "张三 | 主任"),
        ("一句话。", "话"),
        ("只有一行\t没有表头", "没有"),
    ],
)
def test_no_cell(text: str, span: str) -> None:
    assert cell_of(text, *place(text, span)) is None


def test_a_table_that_goes_on_has_the_head_it_was_given() -> None:
    text = TABS.split("2024年产量\n")[1]
    found = cell_of(text, *place(text, "120"), "县名\t面积(万亩)\t2023年产量\t2024年产量")
    assert found is not None
    assert (found.head, found.unit) == ("2024年产量", "")
    later = cell_of(f"另一段。\n{text}", *place(f"另一段。\n{text}", "81"), "县名\t甲\t乙\t丙")
    assert (
        later is not None and later.head == "72"
    )  # the text does not begin with the table: its own first row is the head


def test_the_column_and_the_row_that_a_question_names() -> None:
    question = "沅溪县2024年产量是多少?"
    cells = {cell: cell_of(TABS, *place(TABS, cell)) for cell in ("120", "72", "90", "81")}
    best = {
        name: head_agreement(question, cell) + row_agreement(question, cell)
        for name, cell in cells.items()
        if cell
    }
    assert max(best, key=lambda name: best[name]) == "120"
    assert len(best) == 4 and best["120"] > 0 > best["81"]


def test_a_number_is_not_named_by_a_longer_one() -> None:
    cell = cell_of("编号\t12\t120\n甲\t3\t4", 12, 13)
    assert cell is not None and cell.head == "12"
    assert head_agreement("120的是多少?", cell) < 0 < head_agreement("12的是多少?", cell)


@given(
    st.text(alphabet="甲乙12\t\n|-(万) ", max_size=60),
    st.integers(0, 59),
    st.integers(1, 5),
    st.text(alphabet="甲乙12\t|", max_size=9),
)
def test_any_text_has_cells_or_none(text: str, start: int, length: int, head: str) -> None:
    found = cell_of(text, start, min(len(text), start + length), head) if start < len(text) else None
    if found:
        assert -1 <= head_agreement("甲乙12多少?", found) <= 1
        assert -1 <= row_agreement("甲乙12多少?", found) <= 1
        assert found.row > 0 and found.column < len(found.rows[found.row])
