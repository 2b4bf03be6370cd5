"""Questions for absent properties: about the passage's subject, for what the passage does not say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.__main__ import main
from qa.training.absent_properties import absent_properties, make_absent_properties
from qa.training.labelled import LabelledFile

PEOPLE = ["张伟", "王芳", "李强", "刘洋", "陈静", "杨帆", "赵磊", "周涛"]
PASSAGES = {
    person: f"{person}是煤矿矿长,工龄{number + 3}年。🙂工资有{number + 4}00元。"
    for number, person in enumerate(PEOPLE)
}
SCHOOLS = ["孙丽", "马超", "胡军", "郭敏", "何平", "高山", "林峰", "罗杰"]
PASSAGES |= {
    person: f"{person}毕业于师范大学,专业是历史,导师叫王教授,宿舍在{number + 2}楼。"
    for number, person in enumerate(SCHOOLS)
}


def write(path: Path) -> Path:
    rows = []
    for person, text in PASSAGES.items():
        if person in PEOPLE:
            asked = [
                (f"{person}的工资是多少?", text[text.index("工资有") + 3 : -1]),
                (f"{person}的工龄是多少年?", "年"),
            ]
        else:
            asked = [(f"{person}的专业是什么?", "历史"), (f"{person}的导师叫什么?", "王教授")]
        rows.append({"ctx": text, "qs": [[q, a, text.index(a)] for q, a in asked]})
    rows.append({"ctx": "これは東京です。", "qs": [["東京はどこですか?", "東京", 3]]})
    rows.append({"ctx": "", "qs": []})
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def made(tmp_path: Path, **options: object) -> list[tuple[str, str]]:
    make_absent_properties([write(tmp_path / "data.jsonl")], tmp_path / "out.jsonl", **options)  # type: ignore[arg-type]
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert all(row["qs"][0][1:] == ["", -1] for row in rows)
    return [(row["ctx"], row["qs"][0][0]) for row in rows]


def test_the_subject_is_the_passages_and_the_property_is_not(tmp_path: Path) -> None:
    rows = made(tmp_path)
    assert len(rows) >= len(PASSAGES)
    for passage, question in rows:
        subjects = [person for person in PASSAGES if person in question]
        assert [PASSAGES[person] for person in subjects] == [passage], question
        told = [word for word in ("工资", "工龄", "专业", "导师") if word in question]
        assert not any(word in passage for word in told), question


def test_a_word_is_exchanged_for_one_that_ends_alike() -> None:
    asked = [
        (f"{person}任矿长,{person}的负责人是王总,共有3家。", f"{person}的负责人是谁?", ("王总",))
        for person in PEOPLE
    ] + [(f"{person}在学校,候选人是李总。", f"{person}的候选人是谁?", ("李总",)) for person in SCHOOLS]
    found = [one for one in absent_properties(asked) if one.kind == "word"]
    assert found
    for one in found:
        assert {one.question[3:6], one.original[3:6]} == {"负责人", "候选人"}
        assert one.original[3:6] in one.passage and one.question[3:6] not in one.passage


@pytest.mark.parametrize(
    "asked", [[], [("", "", ())], [("山西产煤🙂。", "What?", ("煤",))], [("123", "45?", ("1",))]]
)
def test_nothing_to_make_one_of(asked: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert list(absent_properties(asked)) == []


def test_the_same_seed_gives_the_same_file_and_most_is_kept(tmp_path: Path) -> None:
    once = made(tmp_path, seed=3)
    assert made(tmp_path, seed=3) == once != made(tmp_path, seed=4)
    assert len(made(tmp_path, most=2)) == 2


def test_japanese_and_held_out_passages_are_left_out(tmp_path: Path) -> None:
    held = tmp_path / "held.jsonl"
    held.write_text(json.dumps({"ctx": PASSAGES["张伟"], "q": "谁?", "answers": ["张伟"]}), encoding="utf-8")
    passages = {passage for passage, _ in made(tmp_path, held_out=[held])}
    assert passages <= set(PASSAGES.values()) - {PASSAGES["张伟"]}


def test_the_command_says_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, out = write(tmp_path / "data.jsonl"), tmp_path / "out.jsonl"
    assert main(["make-absent-properties", str(data), "--out", str(out), "--most", "7"]) == 0
    assert f"7 unanswerable questions written to {out}" in capsys.readouterr().out
    assert sum(not question.answers for _, question in LabelledFile(out).questions()) == 7
    assert main(["make-absent-properties", str(data), "--out", str(tmp_path)]) == 1
    assert "cannot be written" in capsys.readouterr().err
