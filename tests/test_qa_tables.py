"""Question files as people make them; answer tables that no spreadsheet program can be made to run."""

import csv
import json
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from qa.tables import (
    ANSWER_COLUMNS,
    BatchFileError,
    answer_row,
    read_question_rows,
    read_questions,
    storable,
    write_table,
)
from qa.types import Answer, Citation, CitedPassage, Span

ASKED = ["太原有多少人？", "Where is 太原?", "😀"]


def write_xlsx(path: Path, rows: list[list[object]]) -> Path:
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    workbook.save(path)
    return path


def answered(text: str = "1200 万吨", question: str = "多少？") -> Answer:
    passage = CitedPassage(3, 30, f"太原转化煤炭{text}。")
    citation = Citation(1, "甲.txt", "0" * 64, "通知", 2, ("一",), 9, 9 + len(text), text, passage)
    return Answer(
        question, "answered", text, 0.9, (Span(text, 1, 2.5),), (citation,), (), {"total": 1.0}, "f"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_file_holds_a_question_a_line(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "问题.txt"
    asked = ["太原市转化煤炭多少万吨？", "会议由哪些城市协办？", "Where is 太原?"]
    path.write_bytes(end.join(["", *asked, "  ", ""]).encode(encoding))
    assert read_questions(path) == asked


def test_a_line_ends_only_where_a_line_ends(tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("太原\u2028有\x0c多少\x85人？\n第二", encoding="utf-8")
    assert read_questions(tmp_path / "q.txt") == ["太原\u2028有\x0c多少\x85人？", "第二"]
    (tmp_path / "q.csv").write_text("问题,编号\n太原\u2028有多少人？,1\n", encoding="utf-8")
    assert read_questions(tmp_path / "q.csv") == ["太原\u2028有多少人？"]


def test_a_bad_line_keeps_its_row(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    lines = [
        json.dumps({"question": ASKED[0], "id": 1}),
        "{broken",
        json.dumps(ASKED[1]),
        "null",
        json.dumps({"问题": "x"}),
        json.dumps({"question": ["list"]}),
        "[" * 100_000,
        '"\\ud83d half"',
        json.dumps({"question": ASKED[2]}, ensure_ascii=False),
    ]
    path.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    assert read_questions(path) == [ASKED[0], "", ASKED[1], "", "", "", "", "\ufffd half", ASKED[2]]


@pytest.mark.parametrize("header", ["question", "Question", " 问题 ", "問題", "query"])
def test_the_column_of_questions_is_found_by_its_head(tmp_path: Path, header: str) -> None:
    rows = [
        ["编号", header, "备注"],
        [1, ASKED[0], "a"],
        [2, None, "b"],
        [None, None, None],
        [3, ASKED[2], "c"],
    ]
    expected = [ASKED[0], "", ASKED[2]]
    assert read_questions(write_xlsx(tmp_path / "q.xlsx", rows)) == expected
    with (tmp_path / "q.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    assert read_questions(tmp_path / "q.csv") == expected


def test_without_a_head_the_first_column_is_read(tmp_path: Path) -> None:
    rows: list[list[object]] = [[ASKED[0], "x"], [2024, "y"], ["第一行\n第二行,有逗号", "z"]]
    expected = [ASKED[0], "2024", "第一行\n第二行,有逗号"]
    assert read_questions(write_xlsx(tmp_path / "q.xlsx", rows)) == expected
    with (tmp_path / "q.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert read_questions(tmp_path / "q.csv") == expected


def test_a_workbook_with_a_false_size_is_read_in_full(tmp_path: Path) -> None:
    right = write_xlsx(
        tmp_path / "right.xlsx", [["编号", "问题", "备注"], [1, ASKED[0], None], [2, ASKED[1], "x"]]
    )
    with ZipFile(right) as before, ZipFile(tmp_path / "wrong.xlsx", "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content.replace(b'<dimension ref="A1:C3"', b'<dimension ref="A1"'))
    wrong = read_question_rows(tmp_path / "wrong.xlsx")
    assert wrong == read_question_rows(right)
    assert wrong == [(ASKED[0], {"编号": "1", "备注": ""}), (ASKED[1], {"编号": "2", "备注": "x"})]


@pytest.mark.parametrize("mark", [",", ";", "|"])
def test_the_cells_of_a_csv_are_told_apart(tmp_path: Path, mark: str) -> None:
    rows = [["编号", "问题"], ["1", "甲,乙;丙|丁？"], ["2", ASKED[1]], ["3", ASKED[2]]]
    with (tmp_path / "q.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=mark).writerows(rows)
    assert read_question_rows(tmp_path / "q.csv") == [(asked, {"编号": number}) for number, asked in rows[1:]]


def test_marks_in_the_questions_alone_part_no_cells(tmp_path: Path) -> None:
    asked = [f"甲;{number}？" for number in range(9)]
    (tmp_path / "q.csv").write_text("\n".join(["问题", *asked]), encoding="utf-8")
    assert read_questions(tmp_path / "q.csv") == asked


def test_empty_tables_ask_nothing(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("", encoding="utf-8")
    assert read_questions(tmp_path / "q.jsonl") == []
    assert read_questions(write_xlsx(tmp_path / "q.xlsx", [])) == []
    assert read_questions(write_xlsx(tmp_path / "h.xlsx", [["问题"]])) == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("q.pdf", b"x", "questions are read from"),
        ("missing.txt", None, "does not exist"),
        ("q.xlsx", b"not a zip", "not a readable xlsx"),
        ("q.xlsx", b"PK\x05\x06" + b"\0" * 18, "not a readable xlsx"),
        ("q.jsonl", b"\xff\xfe\xfa", "cannot be read"),
        ("q.txt", b"", "cannot be read"),
        ("q.csv", b"\0\0\0\x01\x02", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BatchFileError, match=said) as caught:
        read_questions(tmp_path / name)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "q.txt").mkdir()
    with pytest.raises(BatchFileError, match="does not exist"):
        read_questions(tmp_path / "q.txt")


def test_a_row_shows_the_first_citation_and_all_quotes() -> None:
    row = answer_row(answered(), "多少？", "")
    assert list(row) == list(ANSWER_COLUMNS)
    assert (row["answer"], row["quote"], row["document"]) == ("1200 万吨", "1200 万吨", "甲.txt")
    assert (row["page"], row["start"], row["end"], row["confidence"]) == (2, 9, 16, 0.9)
    bad = answer_row(None, "多少？", "the reason")
    assert (bad["status"], bad["error"], bad["answer"]) == ("error", "the reason", "")
    nothing = answer_row(Answer("多少？", "none", "", 0.1), "多少？", "")
    assert (nothing["status"], nothing["quote"], nothing["document"]) == ("none", "", "")


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=HYPERLINK("http://x","y")']


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_of_a_csv_is_a_formula(tmp_path: Path, text: str) -> None:
    write_table(tmp_path / "a.csv", [answer_row(answered(text, text), text, "")])
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file)
    assert header == list(ANSWER_COLUMNS)
    assert row[0] == row[2] == row[4] == f"'{text}"
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝")) for cell in row)


@pytest.mark.parametrize("text", DANGEROUS)
def test_no_cell_of_a_workbook_is_a_formula(tmp_path: Path, text: str) -> None:
    write_table(tmp_path / "a.xlsx", [answer_row(answered(text, text), text, "")])
    sheet = load_workbook(tmp_path / "a.xlsx").active
    cells = next(iter(sheet.iter_rows(min_row=2)))
    assert not any(cell.data_type == "f" for cell in cells)
    with ZipFile(tmp_path / "a.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    assert str(cells[0].value).strip("\r\n\t") == text.strip("\r\n\t")


def test_a_workbook_takes_what_it_cannot_hold(tmp_path: Path) -> None:
    rows = [answer_row(answered("甲\x00\x0b乙" + "长" * 40_000), "😀", "")]
    write_table(tmp_path / "a.xlsx", rows)
    sheet = load_workbook(tmp_path / "a.xlsx").active
    assert sheet["A2"].value == "😀"
    assert sheet["C2"].value.startswith("甲乙长长")
    assert sheet["D2"].value == 0.9


@pytest.mark.parametrize(
    ("text", "expected"), [("", ""), ("太原", "太原"), ("😀", "😀"), ("a\ud800b", "a\ufffdb")]
)
def test_halves_of_characters_are_replaced(text: str, expected: str) -> None:
    assert storable(text) == expected
