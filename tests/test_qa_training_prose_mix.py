import json

import pytest
from training_fakes import write_rows

from eval.dataset import split_of
from index.corpus_index import CorpusIndex
from index.sync import sync
from qa.__main__ import main
from qa.training.prose_mix import ANSWER_TYPES, answer_type, gold_mix, score_by_type
from qa.types import SpanCandidate

DOCUMENTS = {
    "a.txt": "关于煤炭的答复\n\n山西省每年转化煤炭1200万吨,由刘芳亮负责。",
    "b.txt": "援疆综述\n\n晋城经开区提供20万元援助,因为当地需要资金。GDP 增长😀。",
}
GOLD = [
    {"id": "n1", "question": "每年转化多少煤炭？", "answers": ["1200万吨"], "documents": ["a.txt"], "tags": ["number"]},
    {"id": "p1", "question": "煤炭由谁負責？", "answers": ["刘芳亮"], "documents": ["a.txt"], "tags": []},
    {"id": "r1", "question": "为什么提供援助？", "answers": ["当地需要资金"], "documents": ["b.txt"], "tags": ["reason", "number"]},
    {"id": "l1", "question": "GDP怎样了？", "answers": [], "items": ["增长", "不在文中"], "documents": ["b.txt"], "tags": ["list"]},
    {"id": "x1", "question": "谁写的？", "answers": ["不在文中的人"], "documents": [], "tags": []},
    {"id": "u1", "question": "苹果多少钱？", "answers": [], "documents": [], "tags": ["unanswerable"]},
]  # fmt: skip


@pytest.mark.parametrize(
    ("tags", "answer", "kind"),
    [
        (["number", "multi"], "80家", "number"),
        (["entity", "person"], "刘芳亮", "person"),
        (["reason", "number"], "因为有3个", "reason"),
        ([], "2025年6月20日", "date"),
        ([], "55.4%", "number"),
        ([], "山西省能源局", "organisation"),
        ([], "“造血提质”", "other"),
        ([], "GDP growth", "other"),
        ([], "😀", "other"),
        ([], "", "other"),
    ],
    ids=[
        "tag",
        "entity",
        "most telling",
        "date",
        "percent",
        "organisation",
        "other",
        "mixed",
        "emoji",
        "empty",
    ],
)
def test_answer_type(tags, answer, kind):
    assert answer_type(tags, answer) == kind
    assert kind in ANSWER_TYPES


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prose")
    (folder / "corpus").mkdir()
    for name, text in DOCUMENTS.items():
        (folder / "corpus" / name).write_text(text, encoding="utf-8")
    sync(folder / "corpus", folder / "index")
    return folder / "index"


class Oracle:
    """Finds the given words where they stand."""

    name, fingerprint = "oracle", "0"

    def read(self, question, passages, *, top_k=5):
        words = [word for row in GOLD for word in (*row["answers"], *row.get("items", []))]
        places = [[(text.index(word), word) for word in words if word in text] for text in passages]
        return [
            [SpanCandidate(at, at + len(word), 1.0) for at, word in some if word != "增长"][:1]
            for some in places
        ]


def test_each_question_stands_over_its_passage(index_dir, tmp_path):
    gold = write_rows(tmp_path / "gold.jsonl", GOLD)
    corpus_index = CorpusIndex.open(index_dir)
    try:
        mix, missing = gold_mix(gold, corpus_index)
        parts = [gold_mix(gold, corpus_index, split=split)[0] for split in ("tune", "test")]
    finally:
        corpus_index.close()
    assert missing == 1
    assert {one.type for one in mix} == {"number", "reason", "person", "list"}
    for one in mix:
        assert any(answer in one.reading.passage for answer in one.reading.answers)
    table = score_by_type(Oracle(), mix)
    assert table["number"][1].exact == 1 and table["list"][1].f1 == 0
    assert table["all"][0] == 4 and list(table)[-1] == "all"
    assert sum(map(len, parts)) == len(mix)
    for split, part in zip(("tune", "test"), parts, strict=True):
        wanted = {row["question"].replace("？", "?") for row in GOLD if split_of(row["id"]) == split}
        assert {one.reading.question.replace("负责", "負責") for one in part} <= wanted


def test_the_command_prints_a_table(index_dir, tmp_path, capsys):
    gold = write_rows(tmp_path / "gold.jsonl", GOLD)
    assert main(["score-reader", "overlap", "--gold", str(gold), "--index", str(index_dir)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["answer", "questions", "EM", "F1"]
    assert [line.split()[0] for line in lines[1:]] == ["number", "person", "list", "reason", "all", "1"]
    assert main(["score-reader", "overlap", "--gold", str(gold)]) == 1
    assert "--gold and --index" in capsys.readouterr().err
    broken = tmp_path / "broken.jsonl"
    broken.write_text(json.dumps({"id": "1"}) + "\n", encoding="utf-8")
    assert main(["score-reader", "overlap", "--gold", str(broken), "--index", str(index_dir)]) == 1
    assert "broken.jsonl:1" in capsys.readouterr().err
