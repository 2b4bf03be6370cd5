import json
import lzma
import multiprocessing
import os

import numpy as np
import pytest
from training_fakes import rows, write_base, write_rows

from qa.training.data import BatchStream, TrainingSet, cut_window
from qa.training.errors import TrainingError
from qa.training.export import load_encoder
from qa.training.labelled import LabelledFile, LabelledPassage, LabelledQuestion
from qa.training.worker_batches import worker_batches


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return load_encoder(write_base(tmp_path_factory.mktemp("toy")))


def only(path):
    file = LabelledFile(path)
    return file, list(file)


def test_text_is_folded_and_answers_keep_their_place(tmp_path):
    context = "２０２４ 年，轉化煤炭 １２００ 万吨 😀。"
    data = [
        {"ctx": context, "qs": [["轉化多少？", "１２００ 万吨", context.index("１２")], ["誰？", "", -1]]}
    ]
    _, (passage,) = only(write_rows(tmp_path / "a.jsonl", data))
    counted, without = passage.questions
    assert passage.text[counted.start :].startswith("1200万吨")
    assert counted.answers == ("1200万吨",)
    assert counted.text == "转化多少?"
    assert without == LabelledQuestion("谁?", (), -1)


@pytest.mark.parametrize(
    ("context", "answer", "start", "kept"),
    [
        ("张三住在北京。", "北京", 4, "北京"),
        ("张三住在北京。", "北京", 0, "北京"),
        ("GDP 增长 5.2%。", "5.2%", 7, "5.2%"),
        ("今天😀。", "😀", 2, "😀"),
        ("张三住在北京。", "上海", 4, None),
        ("", "上海", 0, None),
    ],
    ids=["chinese", "wrong start", "mixed", "emoji", "not in the passage", "empty"],
)
def test_an_answer_is_found_or_left_out_and_counted(tmp_path, context, answer, start, kept):
    row = {"ctx": context, "qs": [["问?", answer, start]]}
    file, (passage,) = only(write_rows(tmp_path / "a.jsonl", [row]))
    assert file.skipped == (kept is None)
    for question in passage.questions:
        assert passage.text[question.start : question.start + len(question.answers[0])] == kept


def test_a_packed_file_is_the_same_file(tmp_path):
    plain = write_rows(
        tmp_path / "a.jsonl", [{"ctx": "张三住在北京。", "qs": [["谁?", "张三", 0]], "src": "made"}]
    )
    packed = tmp_path / "a.jsonl.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert list(LabelledFile(packed)) == list(LabelledFile(plain))
    assert [source for source, _ in LabelledFile(packed).with_sources()] == ["made"]


def test_squad_and_plain_rows_say_the_same(tmp_path):
    answers = [{"text": "北京", "answer_start": 4}, {"text": "北京市", "answer_start": 4}]
    asked = [
        {"question": "在哪?", "answers": answers},
        {"question": "谁?", "answers": [], "is_impossible": True},
    ]
    squad = {"data": [{"paragraphs": [{"context": "张三住在北京市。", "qas": asked}]}]}
    (tmp_path / "a.json").write_text(json.dumps(squad), encoding="utf-8")
    _, (passage,) = only(tmp_path / "a.json")
    assert passage.questions == (
        LabelledQuestion("在哪?", ("北京", "北京市"), 4),
        LabelledQuestion("谁?", (), -1),
    )
    row = {"ctx": "张三住在北京市。", "q": "在哪?", "answers": ["北京", "北京市"]}
    assert only(write_rows(tmp_path / "b.jsonl", [row]))[1][0].questions == passage.questions[:1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl", "{", "a.jsonl:1: not JSON"),
        ("a.jsonl", '\n{"q": "x"}', "a.jsonl:2: needs"),
        ("a.jsonl", "[1]", "a.jsonl:1: needs"),
        ("a.jsonl", '{"ctx": "x", "qs": [["q"]]}', "a.jsonl:1: needs"),
        ("a.json", '{"version": 1}', "not in the form of SQuAD"),
        ("a.json", "{", "not JSON"),
        ("a.jsonl", b"\xff\xfe", "cannot be read"),
        ("a.jsonl.xz", "not packed", "cannot be read"),
        ("a.jsonl.xz", lzma.compress(b'{"ctx": "x", "qs": []}')[:-8], "cannot be read"),
    ],
)
def test_a_bad_file_is_one_clear_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(TrainingError, match=message) as error:
        list(LabelledFile(path))
    assert "\n" not in str(error.value)
    with pytest.raises(TrainingError, match="there is no file"):
        LabelledFile(tmp_path / "none.jsonl")


def build(encoder, tmp_path, data):
    return TrainingSet.build(
        "toy", LabelledFile(write_rows(tmp_path / "a.jsonl", data)), encoder, max_question_tokens=24
    )


def stream_of(data, encoder, **changes):
    options = {"max_tokens": 64, "batch_tokens": 256, "seed": (1, 0), **changes}
    return BatchStream(data, encoder, **options)


def test_targets_point_at_the_answer_in_every_batch(encoder, tmp_path):
    data = build(encoder, tmp_path, rows())
    assert len(data) == 20
    stream, expected = stream_of(data, encoder), {q[0]: q[1] for row in rows() for q in row["qs"]}
    by_ids = {tuple(encoder.question(q, 24)): a for q, a in expected.items()}
    seen = set()
    while stream.chunk == 0:
        batch = next(stream)
        for ids, allowed, (start, end) in zip(batch.inputs["ids"], batch.allowed, batch.targets, strict=True):
            question = tuple(ids[1 : list(ids).index(3)])
            assert tuple(ids[start : end + 1]) == tuple(encoder.text(by_ids[question]).ids)
            assert allowed[0] and allowed[start] and allowed[end] and not allowed[1 : 1 + len(question)].any()
            seen.add(question)
    assert seen == set(by_ids)


def test_what_stands_above_a_passage_is_read_and_never_an_answer(encoder, tmp_path):
    row = {**rows()[0], "above": "标题\n"}
    file = LabelledFile(write_rows(tmp_path / "a.jsonl", [rows()[0], row]))
    data = TrainingSet.build("toy", file, encoder, max_question_tokens=24, max_above_tokens=8)
    assert [len(data.above[number]) for number in range(2)] == [0, 2]
    stream, seen = stream_of(data, encoder), set()
    while stream.chunk == 0:
        batch = next(stream)
        for ids, allowed, (start, _) in zip(batch.inputs["ids"], batch.allowed, batch.targets, strict=True):
            passage = list(ids).index(3) + 1
            above = list(ids[passage : passage + 2]) == data.above[1].tolist()
            assert allowed[passage] == (not above) and allowed[start]
            seen.add((above, tuple(ids[start : start + 1])))
    assert {one for above, one in seen if above} == {one for above, one in seen if not above}


def test_unanswerable_questions_point_at_position_0(encoder, tmp_path):
    row = {"ctx": rows()[0]["ctx"], "qs": [["谁在成都?", "", 0], ["谁在成都?", None, None]]}
    batch = next(stream_of(build(encoder, tmp_path, [row]), encoder))
    assert batch.targets.tolist() == [[0, 0], [0, 0]]


def test_a_stream_goes_on_from_where_it_stood(encoder, tmp_path):
    data = build(encoder, tmp_path, rows())
    one, other = stream_of(data, encoder), stream_of(data, encoder)
    for _ in range(13):
        next(one)
    other.chunk, other.position = one.chunk, one.position
    assert one.chunk > 0
    for _ in range(7):
        left, right = next(one), next(other)
        for name in left.inputs:
            np.testing.assert_array_equal(left.inputs[name], right.inputs[name])
        np.testing.assert_array_equal(left.targets, right.targets)
    first = [next(stream_of(data, encoder, seed=(seed, 0))).inputs["ids"].tolist() for seed in (1, 2)]
    assert first[0] != first[1]


def test_batches_stay_within_their_tokens(encoder, tmp_path):
    stream = stream_of(build(encoder, tmp_path, rows()), encoder, batch_tokens=200)
    for _ in range(12):
        ids = next(stream).inputs["ids"]
        assert ids.size <= 200 or len(ids) == 1
        assert ids.shape[1] % 16 == 0


@pytest.mark.parametrize(
    ("length", "room", "first", "last"),
    [(10, 20, 3, 4), (100, 20, 50, 52), (100, 20, 99, 99), (100, 20, -1, -1)],
)
def test_windows_hold_the_whole_answer_or_none(length, room, first, last):
    generator = np.random.default_rng(0)
    kept = 0
    for _ in range(300):
        start, low, high = cut_window(length, room, first, last, generator)
        assert 0 <= start <= max(0, length - room)
        if low >= 0:
            assert (low + start, high + start) == (first, last)
            assert high < room
            kept += 1
        elif first >= 0:
            assert first < start or last >= start + room
    assert kept == 0 if first < 0 else kept == 300 if length <= room else 240 < kept < 300


def test_an_answer_longer_than_the_window_is_no_answer():
    generator = np.random.default_rng(0)
    assert {cut_window(100, 10, 20, 60, generator)[1:] for _ in range(50)} == {(-1, -1)}


def test_no_question_is_refused_and_empty_texts_are_not(encoder):
    passages = [LabelledPassage("", (LabelledQuestion("", (), -1),)), LabelledPassage("甲", ())]
    data = TrainingSet.build("x", passages, encoder, max_question_tokens=24)
    assert next(stream_of(data, encoder)).targets.tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="no question"):
        stream_of(TrainingSet.build("x", [], encoder, max_question_tokens=24), encoder)


# ------------------------------------------------------------------------------------------------ workers


def numbered_streams(tmp_path, encoder, sizes=(10, 6)):
    streams = []
    for number, size in enumerate(sizes):
        path = write_rows(tmp_path / f"{number}.jsonl", rows()[:size])
        data = TrainingSet.build(path.name, LabelledFile(path), encoder, max_question_tokens=16)
        streams.append(BatchStream(data, encoder, max_tokens=64, batch_tokens=256, seed=(3, number)))
    return streams


def same(one, other):
    assert one.inputs.keys() == other.inputs.keys()
    for name, array in one.inputs.items():
        np.testing.assert_array_equal(array, other.inputs[name])
    np.testing.assert_array_equal(one.allowed, other.allowed)
    np.testing.assert_array_equal(one.targets, other.targets)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_workers_make_the_batches_that_the_stream_itself_makes(tmp_path, encoder, workers, monkeypatch):
    monkeypatch.setattr("qa.training.data._CHUNK", 7)  # so that many chunks are gone through
    alone, helped = (numbered_streams(tmp_path, encoder) for _ in range(2))
    for streams in (alone, helped):
        streams[1].chunk = 3  # as after a resumed run
    with worker_batches(helped, workers):
        for turn in (0, 1, 1, 0) * 15:
            same(next(alone[turn]), next(helped[turn]))
            assert (alone[turn].chunk, alone[turn].position) == (helped[turn].chunk, helped[turn].position)
    for one, other in zip(alone, helped, strict=True):  # and without them again
        for _ in range(10):
            same(next(one), next(other))


def test_the_workers_of_a_run_that_fails_go(tmp_path, encoder):
    (stream, _) = numbered_streams(tmp_path, encoder)
    before = set(multiprocessing.active_children())
    with pytest.raises(RuntimeError, match="stop"), worker_batches([stream], 2):
        next(stream)
        raise RuntimeError("stop")
    assert set(multiprocessing.active_children()) == before


def test_workers_need_a_system_that_forks(tmp_path, encoder, monkeypatch):
    monkeypatch.setattr(multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    with (
        pytest.raises(TrainingError, match="--workers: this system cannot fork"),
        worker_batches(numbered_streams(tmp_path, encoder), 1),
    ):
        pass
    with pytest.raises(ValueError, match="0 or more, got -1"), worker_batches([], -1):
        pass


def test_a_worker_that_is_ended_is_told(tmp_path, encoder, monkeypatch):
    (stream, _) = numbered_streams(tmp_path, encoder)
    monkeypatch.setattr(stream, "batches", lambda chunk: os._exit(1))
    with (
        pytest.raises(TrainingError, match="a process that makes batches was ended"),
        worker_batches([stream], 1),
    ):
        next(stream)
