"""What the terminal shows, and what it must never be sent."""

import re

import pytest

from qa.terminal import confidence_in_words, render_answer
from qa.types import Answer, Citation, CitedPassage, Span

PASSAGE = "太原市转化煤炭 1200\n万吨，同比增长5.2%。😀"
QUOTE = "1200\n万吨"


def citation(
    number: int = 1, *, quote: str = QUOTE, text: str = PASSAGE, at: int | None = None, page: int | None = None,
    document_id: str = "甲.txt", title: str = "通知", heading: tuple[str, ...] = ("通知", "一、煤炭"),
) -> Citation:  # fmt: skip
    start = text.find(quote) if at is None else at
    passage = CitedPassage(100, 100 + len(text), text)
    return Citation(
        number,
        document_id,
        "0" * 64,
        title,
        page,
        heading,
        100 + start,
        100 + start + len(quote),
        quote,
        passage,
    )


def answered(one: Citation, *others: Citation) -> Answer:
    spans = (Span(one.quote, one.id, 2.0),)
    alternatives = tuple(Span(other.quote, other.id, 1.0) for other in others)
    return Answer("多少？", "answered", "1200万吨", 0.93, spans, (one, *others), alternatives)


def shown(answer: Answer, **options) -> str:
    return render_answer(answer, line_of=lambda cited: cited.start, **options)


def test_the_quote_is_marked_in_its_passage_with_file_and_line() -> None:
    assert shown(answered(citation())).split("\n") == [
        "1200万吨  (很确定, 93%)",
        "[1] 通知 › 一、煤炭",
        "    甲.txt:108",
        "    太原市转化煤炭 【1200 万吨】，同比增长5.2%。😀",
    ]


def test_colour_marks_the_quote_and_nothing_stays_coloured() -> None:
    text = shown(answered(citation()), colour=True)
    assert "\x1b[30;43m1200 万吨\x1b[0m" in text
    assert "【" not in text
    codes = re.findall(r"\x1b\[[0-9;]*m", text)
    assert codes[1::2] == ["\x1b[0m"] * (len(codes) // 2)
    assert re.sub(r"\x1b\[[0-9;]*m", "", text).replace("【", "").split("\n")[0] == "1200万吨  (很确定, 93%)"


def test_english_questions_get_english_words() -> None:
    text = shown(answered(citation(page=3), citation(2, quote="5.2%")), english=True)
    assert "(very sure, 93%)" in text
    assert "甲.txt:108, page 3" in text
    assert text.endswith("Other candidates: 5.2%")
    chinese = shown(answered(citation(page=3), citation(2, quote="5.2%")))
    assert "甲.txt:108，第3页" in chinese
    assert chinese.endswith("其他候选：5.2%")


def test_only_what_is_answered_with_is_cited_in_full() -> None:
    text = shown(answered(citation(), citation(2, quote="5.2%")))
    assert "[1]" in text and "[2]" not in text


def test_related_passages_are_shown_whole() -> None:
    whole = citation(quote=PASSAGE)
    answer = Answer("多少？", "related", "", 0.1, (), (whole, citation(2)), (Span(QUOTE, 2, 0.1),))
    text = shown(answer)
    assert text.startswith("文档中没有找到可信的答案")
    assert "太原市转化煤炭 1200 万吨，同比增长5.2%。😀" in text
    assert "【" not in text and "[2]" not in text
    assert shown(answer, english=True).startswith("The documents do not answer this")


@pytest.mark.parametrize(
    ("english", "said"), [(True, "Nothing in the documents"), (False, "文档中没有与此问题相关")]
)
def test_nothing_is_said_plainly(english: bool, said: str) -> None:
    assert shown(Answer("😀", "none", "", 0.0), english=english).startswith(said)


@pytest.mark.parametrize(
    ("confidence", "chinese", "english"),
    [
        (1.0, "很确定", "very sure"),
        (0.8, "很确定", "very sure"),
        (0.79, "较确定", "fairly sure"),
        (0.6, "较确定", "fairly sure"),
        (0.0, "不太确定", "not very sure"),
    ],
)
def test_confidence_in_words(confidence: float, chinese: str, english: str) -> None:
    assert confidence_in_words(confidence) == chinese
    assert confidence_in_words(confidence, english=True) == english


def test_a_long_passage_is_cut_around_the_quote() -> None:
    text = shown(answered(citation(text="前" * 300 + QUOTE + "后" * 300)))
    line = text.split("\n")[3].strip()
    assert line == "…" + "前" * 90 + "【1200 万吨】" + "后" * 90 + "…"


HOSTILE = "\x1b]0;title\x07\x1b[2J\x9b31m\x00\x08\u202e\u2066\u200f\x7f"


@pytest.mark.parametrize("english", [True, False])
def test_no_control_character_of_a_document_reaches_the_terminal(english: bool) -> None:
    quote = f"12{HOSTILE}00"
    hostile = citation(
        quote=quote, text=f"前{HOSTILE}{quote}{HOSTILE}后", at=1 + len(HOSTILE), document_id=f"甲{HOSTILE}.txt",
        title=f"通{HOSTILE}知", heading=(f"一{HOSTILE}",),
    )  # fmt: skip
    answer = Answer(
        "?", "answered", quote, 0.5, (Span(quote, 1, 1.0),), (hostile,), (Span(f"别{HOSTILE}", 1, 0.0),)
    )
    text = shown(answer, english=english)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert "【12]0;title[2J31m00】" in text
    related = Answer("?", "related", "", 0.1, (), (hostile,))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown(related))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\u2028", "\x0b", "\x85", " \n\t "])
def test_every_line_end_becomes_a_space(end: str) -> None:
    text = shown(answered(citation(quote=f"甲{end}乙", text=f"前{end}甲{end}乙。")))
    assert text.split("\n")[3] == "    前 【甲 乙】。"


def test_quotes_of_one_passage_are_shown_in_it_once() -> None:
    """Overlapping quotes, or such of another passage, stand by themselves."""
    first, second, third = (
        citation(n, quote=q) for n, q in enumerate(("1200\n万吨", "太原市", "5.2%"), start=1)
    )
    other = citation(4, quote="太原", text="太原市晴。")
    inside = citation(5, quote="1200")
    spans = tuple(Span(one.quote, one.id, 2.0) for one in (first, second, third, other, inside))
    answer = Answer("多少？", "answered", "x", 0.93, spans, (first, second, third, other, inside))
    assert shown(answer).split("\n")[1:] == [
        "[1][2][3] 通知 › 一、煤炭",
        "    甲.txt:108",
        "    【太原市】转化煤炭 【1200 万吨】，同比增长【5.2%】。😀",
        "[4] 通知 › 一、煤炭",
        "    甲.txt:100",
        "    【太原】市晴。",
        "[5] 通知 › 一、煤炭",
        "    甲.txt:108",
        "    太原市转化煤炭 【1200】 万吨，同比增长5.2%。😀",
    ]


def test_long_text_between_two_quotes_is_left_out() -> None:
    text = "甲" + "。" * 400 + "乙" + "。" * 20 + "丙" + "。" * 400
    quotes = [citation(n, quote=q, text=text) for n, q in enumerate("甲乙丙", start=1)]
    answer = Answer(
        "？", "answered", "x", 0.9, tuple(Span(c.quote, c.id, 1.0) for c in quotes), tuple(quotes)
    )
    line = shown(answer).split("\n")[3].strip()
    assert line == f"【甲】{'。' * 90}…{'。' * 90}【乙】{'。' * 20}【丙】{'。' * 90}…"
