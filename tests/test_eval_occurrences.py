"""Gold texts are found wherever they stand, and nowhere else."""

import pytest

from eval.occurrences import TextFinder

TEXT = "投资 1,200 万元，增长 18%，又118家、1.18倍。肉\n\n品 the hot art of heart 2024 😀ok 轉化"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("  ", [], id="blank"),
        pytest.param("没有", [], id="absent"),
        pytest.param("投资", ["投资"], id="chinese"),
        pytest.param("１，２００万元", ["1,200 万元"], id="width and spacing"),
        pytest.param("18", ["18"], id="a number as a whole"),
        pytest.param("1.18", ["1.18"], id="decimal"),
        pytest.param("肉品", ["肉\n\n品"], id="across a page break"),
        pytest.param("art", ["art"], id="a word as a whole"),
        pytest.param("hot art", ["hot art"], id="two words"),
        pytest.param("😀OK", ["😀ok"], id="emoji and case"),
        pytest.param("转化", ["轉化"], id="simplified for traditional"),
        pytest.param("ear", ["ear"], id="inside a word where it stands nowhere else"),
    ],
)
def test_find(wanted: str, expected: list[str]) -> None:
    assert [TEXT[start:end] for start, end in TextFinder(TEXT).find(wanted)] == expected


def test_whole_numbers_are_at_their_place() -> None:
    (span,) = TextFinder(TEXT).find("18")
    assert TEXT[span[0] - 3 : span[1] + 1] == "增长 18%"


def test_every_place_is_found_even_where_they_overlap() -> None:
    assert TextFinder("哈哈哈").find("哈哈") == [(0, 2), (1, 3)]


def test_empty_document() -> None:
    assert TextFinder("").find("甲") == []
