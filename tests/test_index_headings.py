"""Headings and the path above a passage."""

from __future__ import annotations

import pytest
from growth import LINEAR, slowdown
from hypothesis import given
from hypothesis import strategies as st

from index.headings import Heading, find_headings, heading_paths

PARAGRAPH = "充分发挥我省开发区产业优势,推动两地开发区企业进一步加强合作,延伸产业链条,完善产业配套,促进产业集群的形成和发展。"

FOUND = {
    "markdown": ("# 工作综述\n## 着眼长远 ##\n正文。", [("工作综述", 1), ("着眼长远", 2)]),
    "Chinese numerals": ("一、总体要求\n(一)指导思想", [("一、总体要求", 11), ("(一)指导思想", 12)]),
    "Arabic numerals": ("1.材料\n(2)时间", [("1.材料", 13), ("(2)时间", 14)]),
    "lead clause of a paragraph": ("二、深化交流。进一步加强对接。", [("二、深化交流", 11)]),
    "chapter, section, article": (
        "第一章 总则\n第二节 范围\n第三条 本办法适用于全省。",
        [("第一章 总则", 8), ("第二节 范围", 9), ("第三条", 10)],
    ),
    "short line above a paragraph": (f"解放思想,找准新路径\n{PARAGRAPH}", [("解放思想,找准新路径", 7)]),
    "mixed": ("# Summary 摘要\n1. Results 结果", [("Summary 摘要", 1), ("1. Results 结果", 13)]),
    "emoji": ("# 🎉好消息", [("🎉好消息", 1)]),
}
NOT_FOUND = {
    "empty": "",
    "a number, no list mark": "3.5万元用于援助。",
    "prose that opens like a chapter": "第二部电影讲述了援疆干部的故事,很受欢迎。",
    "a short line above a short line": "山西省能源局\n2025年6月20日",
    "a sentence above a paragraph": f"会议结束。\n{PARAGRAPH}",
    "a table row": "一、项目\t金额",
    "a bar row": "| 一、项目 | 金额 |",
    "a markdown mark alone": "# # #",
    "a clause too long for a heading": "一、" + "很长的话" * 20,
}


@pytest.mark.parametrize(("text", "expected"), FOUND.values(), ids=FOUND.keys())
def test_headings_are_found(text: str, expected: list[tuple[str, int]]) -> None:
    assert [(heading.text, heading.level) for heading in find_headings(text)] == expected


@pytest.mark.parametrize("text", NOT_FOUND.values(), ids=NOT_FOUND.keys())
def test_other_lines_are_no_headings(text: str) -> None:
    assert find_headings(text) == []


LINES = st.sampled_from(
    [
        "# 甲",
        "## 乙 ##",
        "一、丙",
        "(一)丁。正文。",
        "1.戊",
        "第一章 己",
        "第二条 庚",
        PARAGRAPH,
        "短行",
        "a\tb",
        "",
        "🎉",
        "# #",
    ]
)


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_a_heading_stands_where_it_says(text: str) -> None:
    headings = find_headings(text)
    assert [h.start for h in headings] == sorted({h.start for h in headings})
    for heading in headings:
        assert heading.text and heading.text in text[heading.start : heading.end]
        assert heading.start == 0 or text[heading.start - 1] == "\n"
        assert text[: heading.start].count("\n") == heading.line


def plain_path(headings: list[Heading], offset: int) -> tuple[str, ...]:
    """The rule written out for one offset: the reference."""
    path: list[Heading] = []
    for heading in (h for h in headings if h.start <= offset):
        path = [above for above in path if above.level < heading.level] + [heading]
    if path and path[-1].start == offset:
        for heading in (h for h in headings if h.start > offset):
            above = path[-1]
            if not (above.alone and heading.line == above.line + 1 and heading.level > above.level):
                break
            path.append(heading)
    return tuple(heading.text for heading in path)


@given(st.lists(LINES, max_size=12).map("\n".join), st.lists(st.integers(0, 200), max_size=10))
def test_paths_agree_with_the_rule(text: str, offsets: list[int]) -> None:
    headings = find_headings(text)
    offsets = sorted([*offsets, *(h.start for h in headings)])
    assert list(heading_paths(headings, offsets)) == [plain_path(headings, offset) for offset in offsets]


def test_path_goes_in_and_out() -> None:
    text = "# 甲\n正文。\n## 乙\n正文。\n### 丙\n正文。\n## 丁\n正文。"
    at = [text.index(line) for line in ("# 甲", "### 丙", "## 丁")]
    assert list(heading_paths(find_headings(text), [*at, len(text)])) == [
        ("甲",),
        ("甲", "乙", "丙"),
        ("甲", "丁"),
        ("甲", "丁"),
    ]


def test_subheading_right_below_counts_and_a_sibling_does_not() -> None:
    assert list(heading_paths(find_headings("# 甲\n## 乙\n正文。"), [0])) == [("甲", "乙")]
    assert list(heading_paths(find_headings("1.甲\n2.乙\n3.丙"), [0])) == [("1.甲",)]
    assert list(heading_paths(find_headings("# 甲\n正文。\n## 乙"), [0])) == [("甲",)]


@pytest.mark.parametrize("line", ["# 甲\n", "1.甲\n", "第一条 甲\n", "甲乙丙丁\n"])
def test_time_is_linear(line: str) -> None:
    def walk(lines: int) -> None:
        text = line * lines
        for _ in heading_paths(find_headings(text), range(0, len(text), 10)):
            pass

    assert slowdown(walk, 6_000) < LINEAR


@pytest.mark.parametrize(
    ("start", "unit", "end"), [("# ", "# ", "甲"), ("# ", "#", "甲"), ("一、", "甲", "")]
)
def test_one_endless_line_takes_linear_time(start: str, unit: str, end: str) -> None:
    assert slowdown(lambda repeats: find_headings(start + unit * repeats + end), 25_000) < LINEAR
