import json

import pytest

from qa.__main__ import main
from qa.training.cross_language import make_cross_set
from qa.training.errors import TrainingError
from qa.training.labelled import LabelledFile


def squad(path, context, rows):
    questions = [
        {
            "id": name,
            "question": question,
            "answers": [{"text": a, "answer_start": context.find(a)} for a in answers],
        }
        for name, question, answers in rows
    ]
    data = {"data": [{"paragraphs": [{"context": context, "qas": questions}]}]}
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path):
    english = [
        ("1", "How many points?", ["308"]),
        ("2", "Who won? 😀", ["Panthers"]),
        ("3", "Not there?", ["x"]),
        ("4", "", []),
    ]
    chinese = [
        ("1", "多少分？", ["３０８分", "308分"]),
        ("2", "谁赢了？", ["黑豹隊"]),
        ("4", "无答案？", []),
        ("5", "没有英文？", ["GDP"]),
    ]
    return (
        squad(tmp_path / "en.json", "Panthers gave up 308 points.", english),
        squad(tmp_path / "zh.json", "黑豹隊 GDP 丢了３０８分,😀。", chinese),
    )  # fmt: skip


def test_questions_stand_over_the_passages_of_the_same_id(files, tmp_path):
    out = tmp_path / "out.jsonl"
    assert make_cross_set(*files, out) == 2
    file = LabelledFile(out)
    found = [(q.text, q.answers, p.text[q.start : q.start + len(q.answers[0])]) for p, q in file.questions()]
    assert found == [("How many points?", ("308分",), "308分"), ("Who won? 😀", ("黑豹队",), "黑豹队")]
    assert file.skipped == 0


def test_files_that_do_not_belong_together(files, tmp_path):
    other = squad(tmp_path / "other.json", "别的。", [("9", "谁?", ["别的"])])
    with pytest.raises(TrainingError, match="share no answerable"):
        make_cross_set(other, files[1], tmp_path / "out.jsonl")
    with pytest.raises(TrainingError, match="there is no file"):
        make_cross_set(tmp_path / "none.json", files[1], tmp_path / "out.jsonl")
    broken = tmp_path / "broken.json"
    broken.write_text('{"data": 1}', encoding="utf-8")
    with pytest.raises(TrainingError, match=r"broken\.json: not in the form of SQuAD"):
        make_cross_set(broken, files[1], tmp_path / "out.jsonl")


def test_the_commands(files, tmp_path, capsys):
    out = tmp_path / "out.jsonl"
    assert main(["make-cross-set", *map(str, files), "--out", str(out)]) == 0
    assert "2 questions written" in capsys.readouterr().out
    assert main(["score-reader", "overlap", "--labelled", str(out), "--limit", "1"]) == 0
    assert capsys.readouterr().out.startswith("out.jsonl: 1 questions, EM ")
    empty = tmp_path / "empty.jsonl"
    empty.write_text('{"ctx": "", "qs": []}\n', encoding="utf-8")
    assert main(["score-reader", "overlap", "--labelled", str(empty)]) == 1
    assert "holds no answerable question" in capsys.readouterr().err
