"""What a quote reads like on one line."""

import pytest

from qa.citations import answer_text, one_line


@pytest.mark.parametrize(
    ("quote", "line"),
    [
        ("煤\n炭", "煤炭"),
        ("2024\r\n年", "2024年"),
        ("founded in\n1998", "founded in 1998"),
        ("12\nJune 2024", "12 June 2024"),
        ("3.5\nmillion", "3.5 million"),
        ("Smith,\nJones", "Smith, Jones"),
        ("Zürich\n  École", "Zürich École"),
        ("서울\n시청", "서울 시청"),
        ("12\n00", "1200"),
        ("1,\n200", "1,200"),
        ("5\n%", "5%"),
        ("well-\nknown", "well-known"),
        ("\n煤 炭\n", "煤 炭"),
        ("", ""),
    ],
)
def test_a_break_is_a_space_only_where_words_have_spaces(quote: str, line: str) -> None:
    assert one_line(quote) == line


def test_an_answer_says_each_item_once() -> None:
    assert answer_text(["肉\n品", "fresh\nfruit", "肉品"]) == "肉品、fresh fruit"
