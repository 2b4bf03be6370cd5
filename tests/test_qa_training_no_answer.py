import json
from dataclasses import replace

import numpy as np
import pytest
from training_fakes import rows, write_rows

from eval.measures.refusal import auroc
from qa.__main__ import main
from qa.training.labelled import LabelledFile
from qa.training.near_passages import NearPassages
from qa.training.no_answer import (
    MixedQuestion,
    area_under_roc,
    near_miss_mix,
    no_answer_mix,
    score_no_answer,
)
from qa.training.unanswerable import make_unanswerable
from qa.types import SpanCandidate

TOPICS = ["煤炭转化", "冻干食品", "水冷数据中心", "中药材种植", "纺织服装加工", "光伏发电"]
PLACES = ["朔州", "长子", "克拉玛依", "和硕", "阿克苏", "平鲁"]


def project_rows():
    """Two passages a topic that share its words: one names the person in charge, the other somebody else."""
    found = []
    for number, (topic, place) in enumerate(zip(TOPICS, PLACES, strict=True)):
        first = f"{place}的{topic}项目由第{number}组的王工程师负责,项目总投资{number + 3}亿元,已经开工建设。GDP 增长。"
        second = f"{place}的{topic}项目去年通过了环境评价,今年的资金还没有到位,等待下一步安排😀。"
        start = first.index(f"{number + 3}亿元")
        question = [f"{place}的{topic}项目总投资多少?", f"{number + 3}亿元", start]
        found += [{"ctx": first, "qs": [question], "src": "a"}, {"ctx": second, "qs": [], "src": "a"}]
    return found


@pytest.mark.parametrize(
    ("positive", "negative", "area"),
    [([1, 2], [0, 0.5], 1), ([0, 1], [2, 3], 0), ([1, 1], [1, 1], 0.5), ([2, 1], [1, 0], 0.875), ([0.0, -np.inf], [-np.inf], 0.75)],
    ids=["apart", "upside down", "ties", "by hand", "no span"],
)  # fmt: skip
def test_area_by_hand_and_as_the_evaluation_has_it(positive, negative, area):
    assert area_under_roc(np.array(positive, float), np.array(negative, float)) == area
    labels = [1] * len(positive) + [0] * len(negative)
    assert auroc([*positive, *negative], labels) == pytest.approx(area)


def test_a_near_passage_shares_words_and_holds_no_answer():
    texts = [row["ctx"] for row in project_rows()]
    near = NearPassages(texts)
    question, answer, _ = project_rows()[0]["qs"][0]
    found = list(near.find(question, texts[0], [answer]))
    assert found[0] == texts[1]
    assert texts[0] not in found and not any(answer in text for text in found)
    assert found == list(NearPassages(texts).find(question, texts[0], [answer]))
    assert list(near.find("多少?", texts[0], [answer])) == []  # names nothing
    assert list(near.find("😀?", texts[0], [answer])) == []
    assert list(near.find("", texts[0], [answer])) == []


def test_the_window_is_where_the_question_is():
    text = "别的事情。" * 60 + "朔州的煤炭转化项目去年开工。" + "其他内容。" * 60
    part = NearPassages.window(text, "朔州的煤炭转化项目总投资多少?", 100)
    assert len(part) <= 100 and "煤炭转化项目" in part and part in text
    assert NearPassages.window("短 GDP😀", "多少?", 100) == "短 GDP😀"
    assert NearPassages.window("", "多少?", 100) == ""


class Fake:
    """Scores a passage by whether it tells of money; finds nothing in an empty one."""

    name, fingerprint = "fake", "0"

    def __init__(self, knows):
        self._knows = knows

    def read(self, question, passages, *, top_k=5):
        return [
            [SpanCandidate(0, 1, 1.0 if self._knows and "亿元" in text else -1.0)] if text else []
            for text in passages
        ]


def test_a_reader_that_knows_and_one_that_does_not(tmp_path):
    mix = no_answer_mix(LabelledFile(write_rows(tmp_path / "a.jsonl", project_rows())))
    assert mix == no_answer_mix(LabelledFile(tmp_path / "a.jsonl"))
    assert len(mix) >= 3 and all(one.own != one.near for one in mix)
    mix = [replace(one, near=one.near.replace("亿元", "")) for one in mix]
    knows, blind = score_no_answer(Fake(True), mix), score_no_answer(Fake(False), mix)
    assert (knows.area, knows.low, knows.high, knows.refused, knows.missed) == (1, 1, 1, 1, 0)
    assert (blind.area, blind.refused, blind.missed) == (0.5, 1, 1)
    empty = score_no_answer(Fake(True), [MixedQuestion("谁?", "甲亿元", "", "谁?")])
    assert empty.area == 1 and empty.refused == 1
    with pytest.raises(ValueError, match="holds no question"):
        score_no_answer(Fake(True), [])
    assert len(no_answer_mix(LabelledFile(tmp_path / "a.jsonl"), limit=2)) == 2


def test_near_misses_ask_the_same_passage_something_else(tmp_path):
    data = [
        {
            "ctx": f"{year}年,{place}投资{number}亿元😀。",
            "qs": [[f"{year}年{place}投资多少?", f"{number}亿元", -1]],
        }
        for number, (year, place) in enumerate(
            [(2012, "太原"), (2015, "北京"), (2018, "上海"), (2021, "西安")], 3
        )
    ]
    file = LabelledFile(write_rows(tmp_path / "a.jsonl", data))
    mix = near_miss_mix(file)
    assert len(mix) == 4 and mix == near_miss_mix(file) and len(near_miss_mix(file, limit=2)) == 2
    for one in mix:
        assert one.own == one.near and one.question != one.asked

    class Careful(Fake):
        def read(self, question, passages, *, top_k=5):
            year = question.partition("年")[0]
            return [[SpanCandidate(0, 1, 1.0 if year in text else -1.0)] for text in passages]

    score = score_no_answer(Careful(True), [one for one in mix if one.asked[:4] != one.question[:4]])
    assert score.area == 1 and score.refused == 1 and score.missed == 0


def test_unanswerable_rows_are_read_back(tmp_path):
    data = write_rows(tmp_path / "a.jsonl", [*project_rows(), {**project_rows()[0], "src": "neg"}])
    out = tmp_path / "out.jsonl"
    written = make_unanswerable([data], out, seed=2)
    found = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert set(written) == {"a/a"} and written["a/a"] == len(found) >= 6
    answers = {row["qs"][0][0]: row["qs"][0][1] for row in project_rows() if row["qs"]}
    for row in found:
        ((question, answer, start),) = row["qs"]
        assert (answer, start, row["src"]) == ("", -1, "neg") and answers[question] not in row["ctx"]
    first = out.read_bytes()
    make_unanswerable([data], out, seed=2)
    assert out.read_bytes() == first
    assert sum(make_unanswerable([data], out, most=3).values()) == 3
    assert make_unanswerable([data], out, held_out=[data]) == {}
    assert not list(tmp_path.glob("*.unfinished"))


def test_the_commands(tmp_path, capsys):
    data, out = write_rows(tmp_path / "a.jsonl", project_rows()), tmp_path / "out.jsonl"
    assert main(["make-unanswerable", str(data), "--out", str(out), "--most", "4"]) == 0
    assert "4 unanswerable questions written" in capsys.readouterr().out
    assert main(["make-unanswerable", str(data), "--out", str(out), "--most", "0"]) == 1
    assert "--most" in capsys.readouterr().err
    assert main(["score-reader", "overlap", "--no-answer", str(data)]) == 0
    told = capsys.readouterr().out
    assert told.startswith("a.jsonl: ") and "AUROC" in told
    assert main(["score-reader", "overlap", "--near-misses", str(data)]) == 0
    assert "against near misses: AUROC" in capsys.readouterr().out
    assert main(["score-reader", "overlap"]) == 1
    assert "nothing to score on" in capsys.readouterr().err
    apart = write_rows(tmp_path / "b.jsonl", rows()[:1])
    assert main(["score-reader", "overlap", "--no-answer", str(apart)]) == 1
    assert "no question that near passages can be made of" in capsys.readouterr().err
