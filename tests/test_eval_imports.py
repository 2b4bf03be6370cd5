"""Imports: SQuAD format with all its kinds, and tables as people save them."""

import json
from pathlib import Path
from typing import Any

import pytest

from eval.dataset import load_gold
from eval.errors import EvalError, GoldError
from eval.imports import import_csv, import_squad

PARAGRAPH = "現存最古老的梵語文法是《八篇書》😀。GDP 增長 5.2%。"


def answer(text: str, context: str = PARAGRAPH) -> dict[str, Any]:
    return {"text": text, "answer_start": context.index(text) if text in context else 0}


def squad(tmp_path: Path, *paragraphs: tuple[str, list[dict[str, Any]]], name: str = "set.json") -> Path:
    data = {"data": [{"paragraphs": [{"context": context, "qas": qas} for context, qas in paragraphs]}]}
    path = tmp_path / name
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def test_all_kinds_of_questions(tmp_path: Path) -> None:
    qas = [
        {
            "id": "1",
            "question": " 哪本書？",
            "answers": [answer("八篇書"), answer("《八篇書》"), answer("八篇書")],
        },
        {"id": "2", "question": "GDP?", "answers": [answer("5.2%")], "is_impossible": False},
        {
            "id": "3",
            "question": "作者是誰？",
            "is_impossible": True,
            "plausible_answers": [answer("梵語")],
            "answers": [],
        },
    ]
    file = squad(tmp_path, (PARAGRAPH, qas), ("Second.\r\nParagraph.", []), (PARAGRAPH, []))
    report = import_squad(file, tmp_path / "corpus", tmp_path / "gold.jsonl")
    assert (report.documents, report.questions, report.left_out) == (2, 3, ())
    first, second, third = load_gold(tmp_path / "gold.jsonl")
    assert (first.question, first.answers) == ("哪本書？", ("八篇書", "《八篇書》"))
    assert first.documents == second.documents == ("set_00000.txt",)
    assert (third.kind, third.documents, third.tags) == ("none", (), ("unanswerable",))
    assert (tmp_path / "corpus" / "set_00000.txt").read_text(encoding="utf-8") == PARAGRAPH
    assert (tmp_path / "corpus" / "set_00001.txt").read_bytes() == b"Second.\r\nParagraph."


def test_questions_in_another_language(tmp_path: Path) -> None:
    chinese = squad(
        tmp_path,
        (PARAGRAPH, [{"id": n, "question": "問", "answers": [answer("梵語")]} for n in ("1", "2")]),
    )
    english = squad(
        tmp_path,
        ("Text", [{"id": "1", "question": "Which language?", "answers": [{"text": "Sanskrit"}]}]),
        name="en.json",
    )
    report = import_squad(chinese, tmp_path / "corpus", tmp_path / "gold.jsonl", questions_from=english)
    (question,) = load_gold(tmp_path / "gold.jsonl")
    assert (question.question, question.answers) == ("Which language?", ("梵語",))
    assert report.left_out == ("set.json: question '2' left out: no question of that id in the second file",)


def test_what_cannot_be_used_is_left_out_and_said(tmp_path: Path) -> None:
    qas = [
        {"id": "1", "question": "?", "answers": [{"text": "不在段落裡"}]},
        {"id": "2", "question": "", "answers": [answer("梵語")]},
        {"id": "3", "question": "哪種語言？", "answers": [answer("梵語")]},
        {"id": "3", "question": "又一次？", "answers": [answer("梵語")]},
        {"id": "4", "question": "沒有答案", "answers": []},
    ]
    report = import_squad(squad(tmp_path, (PARAGRAPH, qas)), tmp_path / "corpus", tmp_path / "gold.jsonl")
    assert report.questions == 1
    assert [line.rpartition(": ")[2] for line in report.left_out] == [
        "no reference stands in its paragraph",
        "it has no text",
        "a question of that id came before",
        "no reference stands in its paragraph",
    ]


def test_files_that_are_not_in_the_format(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"data": [{}]}', '{"data": [{"paragraphs": [{"context": "x", "qas": [{}]}]}]}'):
        (tmp_path / "bad.json").write_text(text, encoding="utf-8")
        with pytest.raises(EvalError, match="not in SQuAD format"):
            import_squad(tmp_path / "bad.json", tmp_path / "corpus", tmp_path / "gold.jsonl")
    with pytest.raises(EvalError, match="cannot be read"):
        import_squad(tmp_path / "absent.json", tmp_path / "corpus", tmp_path / "gold.jsonl")


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "letter.txt").write_text("private", encoding="utf-8")
    file = squad(tmp_path, (PARAGRAPH, [{"id": "1", "question": "?", "answers": [answer("梵語")]}]))
    with pytest.raises(EvalError, match="choose an empty folder"):
        import_squad(file, tmp_path / "corpus", tmp_path / "gold.jsonl")
    assert [p.name for p in (tmp_path / "corpus").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_as_people_save_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [
        ["编号", "问题", "答案", "文档", "标签"],
        ["甲", "投资多少 😀？", "100 万元|100万元", "a.txt", "number|table"],
        ["", '"两行\n的问题"', "", "", ""],
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows) + "\r\n"
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    assert import_csv(tmp_path / "t.csv", tmp_path / "gold.jsonl").questions == 2
    first, second = load_gold(tmp_path / "gold.jsonl")
    assert (first.id, first.answers, first.documents) == ("甲", ("100 万元", "100万元"), ("a.txt",))
    assert first.tags == ("number", "table")
    assert second.question == "两行\n的问题" and second.id.startswith("q") and second.kind == "none"


def test_bad_rows_of_a_table_are_named_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        'id,question,answers,items,documents\n1,"two\nlines",x,,\n2,,x,,a.txt\n3,q,x,y,a.txt\n3,q,x,,a.txt\n',
        encoding="utf-8",
    )
    with pytest.raises(GoldError) as caught:
        import_csv(tmp_path / "t.csv", tmp_path / "gold.jsonl")
    assert caught.value.problems == (
        "t.csv:2: an answer needs the documents it stands in",
        "t.csv:4: the question is empty",
        "t.csv:5: answers and items exclude each other",
        "t.csv:6: duplicate id '3', first on line 5",
    )
    assert not (tmp_path / "gold.jsonl").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'question'"),
        ("id,answers\n", "no column 'question'"),
        ("question,anwser\n", "unknown column 'anwser'"),
        ("question\n", "holds no questions"),
    ],
)
def test_tables_without_questions(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(GoldError, match=message):
        import_csv(tmp_path / "t.csv", tmp_path / "gold.jsonl")


def test_only_accepted_proposals(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "accept,question,source\nyes,甲？,a\n,乙？,b\n是,丙？,c\nno,丁？,d\n", encoding="utf-8"
    )
    report = import_csv(tmp_path / "t.csv", tmp_path / "gold.jsonl", accepted_only=True)
    assert [q.question for q in load_gold(tmp_path / "gold.jsonl")] == ["甲？", "丙？"]
    assert report.left_out == ("t.csv: 2 rows not accepted",)
