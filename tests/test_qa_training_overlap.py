import json

import pytest
from training_fakes import rows, write_rows

from qa.training.errors import TrainingError
from qa.training.overlap import find_overlap, text_key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("轉化多少？", "转化多少", True),
        ("GDP 增長 ５.2％？", "gdp增长5.2%", True),
        ("😀", " 😀", True),
        ("😀", "🎉", False),
        ("张三在哪?", "李四在哪?", False),
        ("", " ", True),
    ],
    ids=["chinese", "mixed", "emoji", "other emoji", "other", "empty"],
)
def test_text_key(one, other, same):
    assert (text_key(one) == text_key(other)) is same


def test_no_overlap_and_each_kind(tmp_path):
    training = write_rows(tmp_path / "train.jsonl", rows()[:5])
    apart = write_rows(tmp_path / "apart.jsonl", rows()[6:8])
    assert not find_overlap([training], [apart])
    passage = [{"ctx": rows()[0]["ctx"].replace("。", " 。 "), "qs": [["别的问题?", "", -1]]}]
    found = find_overlap([training], [apart, write_rows(tmp_path / "p.jsonl", passage)])
    assert (found.questions, found.passages) == (0, 1)
    question = [{"ctx": "别的段落。", "q": "張三住在哪里", "answers": []}]
    found = find_overlap([training], [write_rows(tmp_path / "q.jsonl", question)])
    assert (found.questions, found.passages) == (1, 0)
    assert found.examples == ("张三住在哪里",)


def test_gold_questions_are_held_out_too(tmp_path):
    training = write_rows(tmp_path / "train.jsonl", rows())
    gold = tmp_path / "gold.jsonl"
    asked = {"id": "1", "question": "张三住在哪里？", "answers": ["北京"]}
    gold.write_text(json.dumps(asked) + "\n", encoding="utf-8")
    assert find_overlap([training], [gold]).questions == 1
    with pytest.raises(TrainingError, match="there is no file"):
        find_overlap([training], [tmp_path / "none.jsonl"])


def test_empty_texts_never_overlap(tmp_path):
    empty = write_rows(tmp_path / "a.jsonl", [{"ctx": "", "qs": [["", "", -1]]}])
    assert not find_overlap([empty], [empty])
