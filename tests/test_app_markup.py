"""Text on the page can only be text, whatever it holds."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.web.markup import Mark, attribute, escape, identifier, marked

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[点我](javascript:alert(1))",
    "'\"></textarea><svg onload=alert(1)>",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)}",
    "右\u202e左\u202c 零\u200b宽",
    "中文 mixed 😀",
    "",
]


class Reader(HTMLParser):
    """Collects the text and the tags of a piece of HTML; a control sign counts as its character."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        code = dict(attrs).get("data-code")
        if code:
            self.text += chr(int(code, 16))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_text(text: str) -> None:
    reader = read(escape(text))
    assert reader.text == text
    assert {tag for tag, _ in reader.tags} <= {"i"}


@given(st.text())
def test_every_text_comes_back(text: str) -> None:
    reader = read(escape(text))
    assert reader.text == text
    assert all(tag == "i" and set(attrs) == {"class", "data-code"} for tag, attrs in reader.tags)


@given(st.text())
def test_an_attribute_stays_inside_its_quotes(text: str) -> None:
    reader = read(f'<b title="{attribute(text)}">x</b>')
    assert [tag for tag, _ in reader.tags] == ["b"]
    assert list(reader.tags[0][1]) == ["title"]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00]", reader.tags[0][1]["title"] or "")


@given(st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"])))
def test_an_identifier_keeps_every_character(text: str) -> None:
    reader = read(f'<b data-open="{identifier(text)}">x</b>')
    kept = reader.tags[0][1]["data-open"] or ""
    # C1 controls and noncharacters are the parser's own to change; no file of a corpus is called so.
    assert (
        kept == text
        or re.search("[\x01-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]", text)
        or any(ord(c) & 0xFFFE == 0xFFFE for c in text)
    )
    assert [tag for tag, _ in reader.tags] == ["b"]


@given(
    st.text(alphabet="甲乙<>&\"'\n😀\u202e ", max_size=40),
    st.lists(
        st.tuples(st.integers(0, 45), st.integers(0, 45), st.sampled_from(["quote", "hit", "removed"])),
        max_size=6,
    ),
)
def test_marks_change_no_character(text: str, ranges: list[tuple[int, int, str]]) -> None:
    marks = [Mark(low, high, name, title="<b>", anchor="a") for low, high, name in ranges if low < high]
    assert read(marked(text, marks)).text == text


def test_marks_lie_on_their_own_characters() -> None:
    html = marked(
        "每年转化煤炭1200万吨。", [Mark(6, 12, "quote", anchor="c1"), Mark(10, 13, "removed", title="略")]
    )
    assert html == (
        '每年转化煤炭<mark class="wj-quote" data-anchor="c1">1200</mark>'
        '<mark class="wj-quote wj-removed" title="略">万吨</mark><span class="wj-removed" title="略">。</span>'
    )


def test_a_window_keeps_the_coordinates_of_the_whole() -> None:
    assert marked("一二三四五", [Mark(1, 4, "hit")], start=2, end=5) == '<mark class="wj-hit">三四</mark>五'
    part = Mark(1, 4, "hit", anchor="h")
    assert marked("一二三四五", [part], start=2) == '<mark class="wj-hit" data-anchor="h">三四</mark>五'
    assert "data-anchor" not in marked("一二三四五", [part], start=2, shown_from=0)
