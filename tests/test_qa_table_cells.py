"""Cells of tables: found in the text, and held against the question by their column's head and their row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.normalize import normalize
from qa.table_cells import TableView, is_row

TABS = "各县产量如下。\n县名\t面积(万亩)\t2023年产量\t2024年产量\n沅溪县\t12\t72\t120\n云岚县\t9\t81\t90\n以上为全部。"
BARS = "| 姓名 | 职务 | 电话 |\n|---|---|---|\n| 张三 | 主任 | 8812 |\n| 李四 | 副主任 | 7716 |\n"
HEAD = "县名\t面积(万亩)\t2023年产量\t2024年产量"


def place(text: str, cell: str) -> tuple[int, int]:
    start = text.index(cell)
    return start, start + len(cell)


def agreements(question: str, text: str, *cells: str, head: str = "") -> list[float]:
    view = TableView(question, text, head)
    found = [view.cell(*place(text, cell)) for cell in cells]
    return [cell.head + cell.row if cell else -9.0 for cell in found]


def test_the_column_and_the_row_that_a_question_names() -> None:
    scores = agreements("沅溪县2024年产量是多少?", TABS, "120", "72", "90", "81")
    assert scores[0] == max(scores) and scores.count(scores[0]) == 1
    assert scores[0] > 0 > scores[3]
    scores = agreements("李四的电话是多少?", BARS, "7716", "8812", "副主任")
    assert scores[0] == 2.0 and scores[0] > max(scores[1:])


@pytest.mark.parametrize(
    ("text", "cell", "unit"),
    [
        (TABS, "12", "万亩"),
        (TABS, "120", ""),
        ("年\t产值(单位:万元)\n2023\t72", "72", "万元"),
        ("年\t产量(2023年)\n2023\t72", "72", ""),
        ("年\t产值(按常住人口)\n2023\t72", "72", ""),
        ("年\t产值(1-6月)\n2023\t72", "72", ""),
        ("姓名\t电话\n张三(主任)\t8812", "8812", ""),
        ("指标\t2024年\n规上企业数(家)\t72", "72", "家"),
        ("年\t面积(亩)\n甲\t72万吨", "72", ""),  # not the end of the cell
    ],
)
def test_a_unit_in_brackets_belongs_to_the_figures_below_it(text: str, cell: str, unit: str) -> None:
    found = TableView("多少?", text).cell(*place(text, cell))
    assert found is not None and found.unit == unit


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
        ("县名\t年份\t产量\n2024\t102", "102"),  # a cell is missing: which one cannot be told
        ("县名\t产量\n一、北部\n甲县\t72", "72"),  # a line between: another table, and this is its head
        ("", ""),
    ],
)
def test_no_cell(text: str, span: str) -> None:
    assert TableView("多少?", text).cell(*place(text, span)) is None


def test_a_table_that_goes_on_has_the_head_it_was_given() -> None:
    text = TABS.split("2024年产量\n")[1]
    assert (
        agreements("沅溪县2024年产量?", text, "120", head=HEAD)[0]
        > agreements("沅溪县2024年产量?", text, "72", head=HEAD)[0]
    )
    later = f"另一段。\n{text}"
    assert TableView("72?", later, HEAD).cell(*place(later, "81")) == TableView("72?", later).cell(
        *place(later, "81")
    )


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("120的是多少?", False),
        ("12的是多少?", True),
        ("3.12的是多少?", False),
        ("Which class has most?", False),
        ("class a?", True),
    ],
)
def test_a_part_of_a_word_or_number_is_not_named(question: str, named: bool) -> None:
    text = "编号\t12\tA\n甲\t3\t4"
    cell = "3" if "12" in question else "4"
    found = TableView(question, text).cell(*place(text, cell))
    assert found is not None and (found.head > 0) == named


def test_empty_cells_and_lines_between_keep_their_columns() -> None:
    assert agreements("2024的产量?", "年\t甲\t产量\n2024\t\t102\n\n2025\t7\t103", "102", "7")[0] == 2.0
    assert agreements("2023的丙?", "|甲|乙|丙|\n||2024|81|\n|x||9|", "9")[0] == 1.0


def test_an_empty_corner_keeps_its_column_in_the_search_text() -> None:
    text = normalize("附表\n\t产值(亿元)\t增速\n晋城\t1169\t5\n大同\t840\t7").text
    cell = TableView("晋城的产值?", text).cell(text.index("1169"), text.index("1169") + 4)
    assert cell is not None and (cell.head, cell.row, cell.unit) == (1.0, 1.0, "亿元")
    assert not any(is_row(line) for line in normalize("\t各市能源局：\n\t请认真执行。").text.split("\n"))


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("甲\t乙", True),
        ("| 甲 | 乙 |", True),
        ("甲 | 72", True),
        ("|---|:--:|", False),
        ("一句话。", False),
        ("", False),
        ("\t", False),
    ],
)
def test_rows(line: str, row: bool) -> None:
    assert is_row(line) is row


@given(
    st.text(alphabet="甲乙12\t\n|-(万) ", max_size=60),
    st.integers(0, 59),
    st.integers(1, 5),
    st.text(alphabet="甲乙12\t|", max_size=9),
)
def test_any_text_has_cells_or_none(text: str, start: int, length: int, head: str) -> None:
    found = TableView("甲乙12多少?", text, head).cell(start, min(len(text), start + length))
    assert found is None or (-1 <= found.head <= 1 and -1 <= found.row <= 1)
