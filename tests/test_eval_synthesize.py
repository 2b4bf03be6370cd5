"""Proposed questions: each rule on sentences worked by hand, and a small corpus from end to end."""

import csv
from pathlib import Path

import pytest

from eval.dataset import check_documents, load_gold
from eval.imports import import_csv
from eval.question_rules import sentence_questions
from eval.synthesize import propose, write_proposals
from index.corpus_index import CorpusIndex


@pytest.mark.parametrize(
    ("sentence", "question", "answers", "rule"),
    [
        (
            "大同经开区为图木舒克经济技术开发区提供10万元资金援助",
            "大同经开区为图木舒克经济技术开发区提供多少元资金援助？",
            ["10万元"],
            "number",
        ),
        (
            "全省农产品出口10.65亿元,同比增长32.7%",
            "全省农产品出口10.65亿元，同比增长百分之多少？",
            ["32.7%"],
            "number",
        ),
        (
            "2024年4月,省能源局组织召开晋疆两地产业发展交流座谈会",
            "什么时候省能源局组织召开晋疆两地产业发展交流座谈会？",
            ["2024年4月"],
            "date",
        ),
        (
            "2023年山西省互联网协会发布了企业名单和研究报告",
            "哪一年山西省互联网协会发布了企业名单和研究报告？",
            ["2023年"],
            "date",
        ),
        (
            "省商务厅党组书记、厅长王宏晋表示商务事业取得积极成效",
            "省商务厅党组书记、厅长是谁？",
            ["王宏晋"],
            "person",
        ),
        (
            "省商务厅组织企业在太原举办特色农产品专场推介会",
            "省商务厅组织企业在哪里举办特色农产品专场推介会？",
            ["太原"],
            "place",
        ),
        (
            "全省重点发展的特色产业包括冻干食品、电子组装和现代蔬菜",
            "全省重点发展的特色产业包括哪些？",
            ["冻干食品", "电子组装", "现代蔬菜"],
            "list",
        ),
        (
            "其中,北京市共投入援疆资金5.25亿元用于项目建设",
            "北京市共投入援疆资金多少元用于项目建设？",
            ["5.25亿元"],
            "number",
        ),
    ],
)
def test_rules(sentence: str, question: str, answers: list[str], rule: str) -> None:
    found = [
        ([sentence[a:b] for a, b in one.answers], one.rule)
        for one in sentence_questions(sentence)
        if one.question == question
    ]
    assert found == [(answers, rule)]


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("", id="empty"),
        pytest.param("😀😀😀", id="emoji"),
        pytest.param("The Norman Conquest took place in 1066 in England.", id="english"),
        pytest.param("其总投资达到12亿元的单晶硅项目已经开工建设", id="leans on the sentence before"),
        pytest.param("投资10万元", id="too short"),
        pytest.param("省商务厅印发《2025年投资100万元以上项目管理办法》的通知文件", id="inside a title"),
        pytest.param("项目总投资在10万元至20万元之间的企业可以提出申请", id="a range"),
        pytest.param("第3批省市援疆干部人才已经顺利完成全部工作任务", id="an ordinal"),
        pytest.param(
            "全省开发区建设“升级版总投资100万元项目已经全面开工建设", id="unbalanced quotation mark"
        ),
        pytest.param("面商时间\t2024年7月9日\t面商地点\t市政协办公楼三层会议室", id="a table row"),
    ],
)
def test_sentences_that_give_nothing(sentence: str) -> None:
    assert sentence_questions(sentence) == []


SENTENCES = [
    "2024年9月，山西转型综改示范区晋中开发区对新疆准东产业园进行考察调研。",
    "大同经开区为图木舒克经济技术开发区提供 10 万元资金援助。",
    "省商务厅党组书记、厅长王宏晋表示，商务事业取得积极成效。",
    "全省重点发展的特色产业包括冻干食品、电子组装和现代蔬菜。",
    "朔州市平鲁区在太原举办低碳硅基产业园专场推介会。",
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> CorpusIndex:
    from index.__main__ import main

    folder = tmp_path_factory.mktemp("corpus")
    for number, sentence in enumerate(SENTENCES):
        (folder / f"{number}.txt").write_text(f"第{number}份文件\n\n{sentence}\n", encoding="utf-8")
    saved = tmp_path_factory.mktemp("index") / "i"
    assert main(["sync", str(folder), "--index", str(saved)]) == 0
    return CorpusIndex.open(saved)


def test_proposals_fit_their_corpus(index: CorpusIndex, tmp_path: Path) -> None:
    proposals = propose(index, limit=20)
    assert {p.question.tags[0] for p in proposals} == {
        "number",
        "date",
        "person",
        "place",
        "list",
        "unanswerable",
    }
    assert proposals == propose(index, limit=20)  # the same seed, the same proposals
    write_proposals(proposals, tmp_path / "p.csv", gold=tmp_path / "p.jsonl")
    gold = load_gold(tmp_path / "p.jsonl")
    assert check_documents(gold, lambda d: index.document(d).text) == []
    by_answer = {q.expected[0]: q for q in gold if q.expected}
    assert by_answer["10 万元"].question == "大同经开区为图木舒克经济技术开发区提供多少元资金援助？"
    for proposal in proposals:
        document, _, place = proposal.source.rpartition(":")
        start, end = map(int, place.split("-"))
        text = index.document(document).text[start:end].replace("，", ",").replace(" ", "")
        assert text == proposal.sentence


def test_unanswerable_proposals_name_what_the_corpus_does_not(index: CorpusIndex) -> None:
    whole = "".join(SENTENCES)
    swapped = [p for p in propose(index, limit=20) if p.question.kind == "none"]
    assert swapped
    for proposal in swapped:
        question = proposal.question.question.rstrip("？")
        assert question not in whole
        assert not proposal.question.documents


def test_limit(index: CorpusIndex) -> None:
    assert len(propose(index, limit=3)) == 3


def test_only_what_a_person_accepted_becomes_gold(index: CorpusIndex, tmp_path: Path) -> None:
    write_proposals(propose(index, limit=10), tmp_path / "p.csv")
    rows = list(csv.reader((tmp_path / "p.csv").read_text(encoding="utf-8-sig").splitlines()))
    rows[1][0] = "是"
    with (tmp_path / "reviewed.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    report = import_csv(tmp_path / "reviewed.csv", tmp_path / "gold.jsonl", accepted_only=True)
    assert report.questions == 1
    assert load_gold(tmp_path / "gold.jsonl")[0].question == rows[1][2]
