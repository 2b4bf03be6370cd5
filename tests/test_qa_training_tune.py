import json
import re

import pytest
import torch
from training_fakes import SHAPE, rows, write_base, write_rows

from index.training.run_log import RunLog
from index.types import Document, DocumentMetadata, Hit, Passage
from qa.reader import load_reader
from qa.training.errors import TrainingError
from qa.training.export import export_reader
from qa.training.gold_pairs import TuningQuestion, find_passages, split_questions, tuning_passages
from qa.training.gold_questions import GoldQuestion, load_gold
from qa.training.label_gold import label_gold
from qa.training.labelled import LabelledFile
from qa.training.overlap import text_key
from qa.training.settings import TrainingSettings
from qa.training.train_reader import TrainingFiles, train_reader
from qa.training.tune import held_out_scores, tune_questions
from qa.training.weights import load_weights
from qa.types import SpanCandidate

TEXTS = {
    "甲#0": "今天晴。张三住在北京。",
    "甲#1": "2024年,北京有120万人,去年12万人去了上海。",
    "乙#0": "李四去了上海。",
    "乙#1": "GDP 增长5.2%。😀",
}


class FakeIndex:
    fingerprint = "f"

    def passages(self, ids):
        return [passage(i) for i in ids]

    def document(self, document_id):
        return Document(document_id, "", "", DocumentMetadata(title=f"文件{document_id}"))

    def passages_of(self, document_id):
        return [passage(i) for i in TEXTS if i.startswith(document_id)]


class FakeCorpusIndex(FakeIndex):
    @classmethod
    def open(cls, folder):
        return cls()

    def close(self):
        pass


class FakeRetriever:
    """Every passage, those with the most characters of the query first."""

    def retrieve(self, query, *, top_k, document_ids=None):
        hits = [
            Hit(i, sum(character in text for character in query))
            for i, text in TEXTS.items()
            if document_ids is None or i.split("#")[0] in document_ids
        ]
        return sorted(hits, key=lambda hit: -hit.score)[:top_k]


def passage(passage_id):
    text = TEXTS[passage_id]
    return Passage(passage_id, passage_id.split("#")[0], 0, len(text), 0, len(text), text)


def found(*gold):
    return find_passages([GoldQuestion(*one) for one in gold], FakeIndex(), retriever=FakeRetriever())


def test_the_passage_with_the_answer_and_near_ones_without():
    (one,), missing = found(("1", "張三住在哪里？", ("北京",), ("甲",)))
    assert missing == 0
    assert (one.question, one.passage) == ("张三住在哪里?", TEXTS["甲#0"])
    assert one.passage[one.start :].startswith("北京")
    assert one.near and all("北京" not in text for text in one.near)


def test_an_answer_is_not_looked_for_inside_a_longer_number():
    (one,), _ = found(("1", "去年多少人去了上海?", ("12",), ()))
    assert one.passage[one.start - 2 : one.start + 4] == "去年12万人"


@pytest.mark.parametrize(
    ("question", "answers", "expected", "missing"),
    [
        ("李四去了哪里?", ("上海市", "上海"), "上海", 0),
        ("GDP 增长多少?", ("５.２％",), "5.2%", 0),
        ("什么表情?", ("😀",), "😀", 0),
        ("谁在成都?", ("成都",), None, 1),
        ("", ("北京",), "北京", 0),
    ],
    ids=["second answer", "mixed", "emoji", "not in the index", "empty question"],
)
def test_answers_are_found_folded_or_counted(question, answers, expected, missing):
    questions, lost = found(("1", question, answers, ()))
    assert lost == missing
    assert [one.answers[0] for one in questions] == ([expected] if expected else [])
    assert all(one.passage[one.start :].startswith(one.answers[0]) for one in questions)


def test_unanswerable_questions_get_near_passages_only():
    (one,), _ = found(("1", "王五住在哪里?", (), ()))
    assert (one.passage, one.start, len(one.near)) == ("", -1, 3)
    assert [(p.text, p.questions[0].answers) for p in tuning_passages([one])] == [(t, ()) for t in one.near]


def test_training_passages_hold_the_answer_and_one_near_without():
    (one,), _ = found(("1", "张三住在哪里?", ("北京",), ()))
    right, near = tuning_passages([one])
    question = right.questions[0]
    assert right.text[question.start :].startswith(question.answers[0])
    assert (near.text, near.questions[0].answers, near.questions[0].start) == (one.near[0], (), -1)


def questions(count, text="问题{}?"):
    return [TuningQuestion(str(i), text.format(i), ("北京",), "在北京。", 1, ()) for i in range(count)]


@pytest.mark.parametrize(("count", "held"), [(20, 10), (50, 10), (100, 20)])
def test_a_fifth_and_at_least_ten_are_held_out(count, held):
    training, held_out = split_questions(questions(count), seed=1)
    assert (len(training), len(held_out)) == (count - held, held)
    assert not {one.id for one in training} & {one.id for one in held_out}
    assert split_questions(questions(count)[::-1], seed=1)[1] == held_out
    assert split_questions(questions(count), seed=2)[1] != held_out


def test_too_few_questions_are_refused_and_the_same_question_is_not_on_both_sides():
    with pytest.raises(TrainingError, match=r"at least 20 gold questions .* got 19"):
        split_questions(questions(19), seed=1)
    twice = questions(30) + [
        TuningQuestion(f"x{q.id}", q.question, ("北京",), "在北京。", 1, ()) for q in questions(30)
    ]
    training, held_out = split_questions(twice, seed=1)
    assert not {text_key(q.question) for q in training} & {text_key(q.question) for q in held_out}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "gold.jsonl:2: not JSON"),
        ('{"id": "2", "question": "x", "answers": "北京"}', "gold.jsonl:2: needs"),
        ('{"question": "x"}', "gold.jsonl:2: needs"),
        ("[]", "gold.jsonl:2: needs"),
        ('{"id": "2", "question": "x", "answers": [], "evidence": null}', "gold.jsonl:2: needs"),
        ('{"id": "1", "question": "x", "answers": []}', "gold.jsonl:2: the id 1 stands twice"),
    ],
)
def test_bad_gold_is_one_clear_line(tmp_path, line, message):
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "1", "question": "谁😀?", "answers": []}\n' + line, encoding="utf-8")
    with pytest.raises(TrainingError, match=re.escape(message)):
        load_gold(path)


def test_list_questions_are_left_out_and_counted(tmp_path):
    gold = [
        {"id": "1", "question": "a", "items": ["甲", "乙"]},
        {"id": "2", "question": "b", "answers": ["甲"]},
    ]
    path = write_rows(tmp_path / "gold.jsonl", gold)
    assert load_gold(path) == ([GoldQuestion("2", "b", ("甲",))], 1)


def test_a_list_with_its_evidence_is_one_span_from_its_first_item_to_its_last(tmp_path):
    gold = [
        {"id": "1", "question": "a", "items": ["乙地", "甲地"], "evidence": "去过甲地、乙地和丙地。"},
        {"id": "2", "question": "b", "items": ["丁"], "evidence": "不在这里"},
    ]
    questions, lists = load_gold(write_rows(tmp_path / "gold.jsonl", gold))
    assert [one.answers for one in questions] == [("甲地、乙地",)]
    assert [one.items for one in questions] == [("乙地", "甲地")]
    assert lists == 1  # its evidence does not hold it: it has no single span


@pytest.mark.parametrize(
    ("evidence", "span"),
    [
        ("霜桥红豆获登记,范围包括霜桥、柳毛、青石", "霜桥、柳毛、青石"),
        ("柳毛、青石、霜桥和霜桥", "柳毛、青石、霜桥"),
        ("霜桥、柳毛", None),
        ("", None),
    ],
)
def test_the_shortest_part_that_holds_all_items(tmp_path, evidence, span):
    gold = [{"id": "1", "question": "a", "items": ["霜桥", "青石", "柳毛"], "evidence": evidence}]
    questions, lists = load_gold(write_rows(tmp_path / "gold.jsonl", gold))
    assert [one.answers for one in questions] == ([(span,)] if span else [])
    assert lists == (not span)


def test_no_passage_that_holds_an_item_is_near():
    question = GoldQuestion("1", "哪些城市?", ("北京、上海",), (), "", ("北京", "上海"))
    assert find_passages([question], FakeIndex(), retriever=FakeRetriever()) == ([], 1)
    (one,), _ = find_passages(
        [GoldQuestion("1", "谁去了上海?", ("李四",), (), "", ("上海",))],
        FakeIndex(),
        retriever=FakeRetriever(),
    )
    assert not any("上海" in text for text in one.near)


@pytest.mark.parametrize(
    ("answers", "evidence", "passage", "start"),
    [
        (("12",), "去年12万人去了上海", "甲#1", 16),
        (("上海", "李四"), "李四去了上海", "乙#0", 4),  # the first accepted answer is the best one
        (("北京",), "2024年，北京有120万人", "甲#1", 6),
        (("北京",), "不在文档里", "甲#1", 6),
    ],
    ids=["this place", "best answer", "folded", "evidence cut by a passage's end"],
)
def test_the_evidence_says_which_place_is_meant(answers, evidence, passage, start):
    (one,), _ = found(("1", "去年多少人去了上海?", answers, (passage[0],), evidence))
    assert one.passage == TEXTS[passage]
    assert (one.passage.index(one.answers[0], one.start), one.answers[0]) == (one.start, answers[0])
    assert one.start == TEXTS[passage].index(answers[0], start - 2)


def test_what_the_careless_would_answer_from_is_the_nearest_passage():
    (one,), _ = found(("1", "王五住在哪里?", (), ("乙",), "李四去了上海"))
    assert one.near[0] == TEXTS["乙#0"]


@pytest.mark.parametrize(("near", "rows_of"), [(0, (1, 1)), (2, (3, 2))])
def test_gold_becomes_a_labelled_file(tmp_path, monkeypatch, near, rows_of):
    gold = [
        {"id": "1", "question": "张三住在哪里？", "answers": ["北京"], "documents": ["甲"]},
        {"id": "2", "question": "王五住在哪里？", "answers": []},
        {"id": "3", "question": "谁？", "answers": ["孙六"], "documents": ["甲"]},
        {"id": "4", "question": "哪些？", "items": ["北京", "上海"]},
    ]
    monkeypatch.setattr("qa.training.gold_pairs.HybridRetriever", lambda _: FakeRetriever())
    monkeypatch.setattr("qa.training.gold_pairs.CorpusIndex", FakeCorpusIndex)
    done = label_gold(write_rows(tmp_path / "gold.jsonl", gold), tmp_path, tmp_path / "out.jsonl", near=near)
    written = [
        (q.text, q.answers, p.text[q.start :]) for p, q in LabelledFile(tmp_path / "out.jsonl").questions()
    ]
    assert (done.answerable, done.unanswerable, done.rows, done.lists, done.missing) == (
        1,
        1,
        sum(rows_of),
        1,
        1,
    )
    assert written[0] == ("张三住在哪里?", ("北京",), "北京。")
    asked = [question for question, _, _ in written]
    assert tuple(map(asked.count, ("张三住在哪里?", "王五住在哪里?"))) == rows_of
    assert all(answers == () for _, answers, _ in written[1:])


class FakeReader:
    """Scores a passage by its length and answers with its first two characters."""

    def read(self, question, passages, *, top_k=5):
        return [[SpanCandidate(0, 2, float(len(text)))] if text else [] for text in passages]


def test_held_out_scores_with_the_right_passage_and_among_near_ones():
    one = TuningQuestion("1", "谁?", ("张三",), "张三。", 0, ("李四去了。", "王"))
    (score,) = held_out_scores(FakeReader(), [one, TuningQuestion("2", "谁?", (), "", -1, ("李四",))])
    assert (score.given.exact, score.among.exact) == (1, 0)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """Questions over the toy passages, and a reader that has seen a few of them for a moment."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("toy")
    data = write_rows(folder / "a.jsonl", rows())
    base, out = write_base(folder), folder / "reader"
    settings = TrainingSettings(steps=12, rate=4e-3, warm_up_steps=2)
    train_reader(TrainingFiles((data,)), out, settings, base=base, shape=SHAPE, batch_tokens=512)
    questions = []
    for row in rows() + rows():
        for q, a, s in row["qs"]:
            number = len(questions)
            text = q if number < 20 else q.replace("?", "呢?")
            near = tuple(other["ctx"] for other in rows() if a not in other["ctx"])[:2]
            questions.append(TuningQuestion(str(number), text, (a,), row["ctx"], s, near))
    return out, questions


def tune(toy, out, rate):
    base, questions = toy
    return tune_questions(
        questions, out, base=base, minutes=1, rate=rate, seed=1, log=RunLog(out / "log.jsonl")
    )


def test_a_better_reader_is_saved(toy, tmp_path):
    comparison = tune(toy, tmp_path / "out", 1e-2)
    assert comparison.questions == 10
    assert comparison.after.given.f1 > comparison.before.given.f1
    assert comparison.better > comparison.worse
    _, held_out = split_questions(toy[1], seed=1)
    again = held_out_scores(load_reader(str(tmp_path / "out")), held_out)
    assert sum(score.given.f1 for score in again) / 10 == pytest.approx(comparison.after.given.f1)
    report = json.loads((tmp_path / "out" / "tuning.json").read_text(encoding="utf-8"))
    assert report["after"]["given"]["f1"] == comparison.after.given.f1
    assert load_reader(str(tmp_path / "out")).fingerprint != load_reader(str(toy[0])).fingerprint


def test_a_worse_reader_is_refused_with_both_figures(toy, tmp_path):
    """A rate so high that it destroys what the reader knew."""
    good = tmp_path / "good"
    tune(toy, good, 1e-2)
    with pytest.raises(TrainingError, match=r"not saved.*F1 \d+\.\d -> \d+\.\d.*fell for \d+") as error:
        tune((good, toy[1]), tmp_path / "out", 0.5)
    assert "\n" not in str(error.value)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["log.jsonl"]


def test_the_tuned_reader_can_be_tuned_again_and_moved(toy, tmp_path):
    net = load_weights(toy[0])
    export_reader(net, toy[0], tmp_path / "a" / "b" / "reader", [("谁?", "晴。")])
    assert load_reader(str(tmp_path / "a" / "b" / "reader")).read("谁?", ["晴。"])
