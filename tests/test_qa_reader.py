import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.errors import ReaderError
from qa.reader import BUNDLED_PATH, OverlapReader, TokenReader, load_reader, read_with_above
from qa.span_costs import SpanCosts

VECTOR = json.loads((Path(__file__).parent / "data" / "reader_test_vector.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A random BERT with a span head and a WordPiece vocabulary of single characters, in a folder."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForQuestionAnswering, PreTrainedTokenizerFast

    torch.manual_seed(0)
    characters = "山西每年转化煤炭多少万吨0123456789。,?太原在哪里ab😀"
    vocabulary = {
        t: i for i, t in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *dict.fromkeys(characters)])
    }
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(individual_digits=True)]
    )
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        model_max_length=96,
    )
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=96,
        initializer_range=0.6,
    )
    folder = tmp_path_factory.mktemp("tiny")
    BertForQuestionAnswering(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def readers(tiny_model):
    return {"bundled": load_reader(), "overlap": load_reader("overlap"), "tiny": load_reader(str(tiny_model))}


@pytest.fixture(params=["bundled", "overlap", "tiny"])
def reader(request, readers):
    return readers[request.param]


PASSAGE = "在能源领域方面,山西援建的项目每年转化煤炭1200万吨;累计吸引80家企业进疆。太原是省会。"
PASSAGES = [
    PASSAGE,
    "",
    " \n",
    "😀🎉",
    "a",
    "山西GDP同比增长5.2%, up from 4.1%。",
    PASSAGE * 12,
    "甲\ud83d乙",
]
QUESTIONS = ["山西每年转化多少煤炭?", "GDP增长多少 percent?", "", "😀", "多少" * 200]


@pytest.mark.parametrize("question", QUESTIONS, ids=["chinese", "mixed", "empty", "emoji", "long"])
def test_every_reader_gives_spans_of_each_passage(reader, question):
    found = reader.read(question, PASSAGES, top_k=3)
    assert len(found) == len(PASSAGES)
    for passage, candidates in zip(PASSAGES, found, strict=True):
        assert len(candidates) <= 3
        assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)
        for number, one in enumerate(candidates):
            assert 0 <= one.start < one.end <= len(passage)
            assert np.isfinite(one.score)
            assert all(one.end <= other.start or other.end <= one.start for other in candidates[:number])
    assert found[1] == []


def test_every_reader_reads_each_passage_by_itself(reader):
    together = reader.read(QUESTIONS[0], PASSAGES)
    for passage, candidates in zip(PASSAGES, together, strict=True):
        (alone,) = reader.read(QUESTIONS[0], [passage])
        assert [(c.start, c.end) for c in alone[:1]] == [(c.start, c.end) for c in candidates[:1]]
        assert [c.score for c in alone] == pytest.approx([c.score for c in candidates], abs=1e-3)


def test_every_reader_takes_no_passages(reader):
    assert reader.read("谁?", []) == []


def test_every_reader_is_stable_and_has_a_fingerprint(reader):
    assert reader.read(QUESTIONS[0], [PASSAGE]) == reader.read(QUESTIONS[0], [PASSAGE])
    assert len(reader.fingerprint) == 16
    assert load_reader(reader.name).fingerprint == reader.fingerprint


def test_the_best_span_of_many_is_the_best_alone(reader):
    (many,) = reader.read(QUESTIONS[0], [PASSAGE], top_k=5)
    (one,) = reader.read(QUESTIONS[0], [PASSAGE], top_k=1)
    assert one == many[:1]


@pytest.mark.parametrize("name", ["bundled", "overlap"])
def test_the_answer_is_found(readers, name):
    (candidates,) = readers[name].read("山西援建的项目每年转化多少煤炭?", [PASSAGE])
    assert PASSAGE[candidates[0].start : candidates[0].end] == "1200万吨"


@pytest.mark.parametrize("name", ["bundled", "overlap"])
def test_an_answer_deep_in_a_long_passage_is_found(readers, name):
    filler = "会议强调,要坚持稳中求进,推动各项工作再上新台阶。"
    passage = filler * 160 + "晋城市每年转化煤炭1200万吨。" + filler * 240
    assert len(passage) > 10_000 - 300
    (candidates,) = readers[name].read("晋城市每年转化多少煤炭?", [passage], top_k=2)
    assert "1200" in passage[candidates[0].start : candidates[0].end]


def test_the_passage_that_answers_scores_higher(readers):
    other = "会议强调,要坚持稳中求进工作总基调,推动各项工作再上新台阶,确保完成全年目标任务。"
    for name in ("bundled", "overlap"):
        one, two = readers[name].read("山西援建的项目每年转化多少煤炭?", [other, PASSAGE], top_k=1)
        assert not one or one[0].score < two[0].score


@pytest.mark.parametrize(
    ("question", "passage", "answer"),
    [
        ("会议在哪年召开?", "全省大会于2019年召开,有300人参加大会。", "2019年"),
        ("有多少人参加大会?", "全省大会于2019年召开,有300人参加大会。", "300人"),
        ("占比是多少?", "煤电收入占比达到90%,企业共有14家。", "90%"),
        ("什么时候发布名单?", "协会于9月21日发布名单,共20家企业。", "9月21日"),
    ],
)
def test_overlap_reader_heeds_the_question_word(question, passage, answer):
    (candidates,) = OverlapReader().read(question, [passage])
    assert passage[candidates[0].start : candidates[0].end] == answer


def test_overlap_reader_finds_nothing_where_nothing_is_shared():
    assert OverlapReader().read("量子计算机怎么样?", ["羊只增长到16万只。"]) == [[]]


# ------------------------------------------------------------------------------------------------ the bundled reader


MEAN_ROUNDED = 0.1
"""Logits, on average: seven bits change one far below the best by half a logit."""
MOST_ROUNDED = 0.6
CHANCE_ROUNDED = 0.001


def chances(logits):
    """Of a column of logits."""
    powers = np.exp(logits - logits.max(axis=0))
    return powers / powers.sum(axis=0)


def test_bundled_logits_equal_those_of_training(readers):
    bundled = readers["bundled"]
    asked, text = bundled.encoder.question(VECTOR["question"], 64), bundled.encoder.text(VECTOR["passage"])
    logits = bundled._run(bundled.encoder.pair(asked, text.ids))
    wanted = np.array(VECTOR["logits"])
    assert np.abs(logits - wanted).mean() < MEAN_ROUNDED
    assert np.abs(logits - wanted).max() < MOST_ROUNDED
    np.testing.assert_allclose(chances(logits), chances(wanted), atol=CHANCE_ROUNDED)
    (scores,) = bundled.token_scores(VECTOR["question"], [VECTOR["passage"]])
    np.testing.assert_allclose(scores.starts, (logits[:, 0] - logits[0, 0])[VECTOR["first"] : -1], atol=1e-4)
    np.testing.assert_allclose(scores.ends, (logits[:, 1] - logits[0, 1])[VECTOR["first"] : -1], atol=1e-4)
    np.testing.assert_allclose(scores.starts, wanted[VECTOR["first"] : -1, 0] - wanted[0, 0], atol=1)
    np.testing.assert_allclose(scores.ends, wanted[VECTOR["first"] : -1, 1] - wanted[0, 1], atol=1)


@pytest.mark.parametrize("name", ["bundled", "tiny"])
def test_token_scores_give_the_spans_of_a_short_passage(readers, name):
    reader = readers[name]
    assert isinstance(reader, TokenReader)
    (scores,) = reader.token_scores(QUESTIONS[0], [PASSAGE])
    assert scores.offsets.shape == (len(scores.starts), 2) and len(scores.starts) == len(scores.ends)
    costs = readers["bundled"].config.span_costs if name == "bundled" else SpanCosts()
    added = costs.of(PASSAGE, scores.offsets)
    starts, ends = scores.starts + added[:, 0], scores.ends + added[:, 1]
    best = max(
        (float(starts[i] + ends[j]), int(scores.offsets[i, 0]), int(scores.offsets[j, 1]))
        for i in range(len(scores.starts))
        for j in range(i, min(i + 40, len(scores.starts)))
    )
    (candidates,) = reader.read(QUESTIONS[0], [PASSAGE], top_k=1)
    assert (candidates[0].start, candidates[0].end) == best[1:]
    assert candidates[0].score == pytest.approx(best[0], abs=1e-3)


@pytest.mark.parametrize("name", ["bundled", "tiny"])
def test_token_scores_of_a_long_passage_are_the_best_of_its_windows(readers, name):
    passage = PASSAGE * 12
    scores, empty = readers[name].token_scores(QUESTIONS[0], [passage, ""])
    assert empty.offsets.shape == (0, 2) and len(empty.starts) == 0
    assert np.isfinite(scores.starts).all() and np.isfinite(scores.ends).all()
    assert (np.diff(scores.offsets[:, 0]) >= 0).all()
    covered = {k for start, end in scores.offsets.tolist() for k in range(start, end)}
    assert covered >= {k for k, char in enumerate(passage) if not char.isspace()}
    for candidate in readers[name].read(QUESTIONS[0], [passage], top_k=3)[0]:
        first = int(np.flatnonzero(scores.offsets[:, 0] == candidate.start)[0])
        last = int(np.flatnonzero(scores.offsets[:, 1] == candidate.end)[-1])
        assert scores.starts[first] + scores.ends[last] >= candidate.score - 1e-3


def test_overlap_reader_has_no_token_scores():
    assert not isinstance(OverlapReader(), TokenReader)


def test_windows_cover_every_span_of_a_long_passage():
    from qa.onnx_reader import _window_starts

    assert _window_starts(0, 100, 40) == []
    assert _window_starts(100, 100, 40) == [0]
    assert _window_starts(101, 100, 40) == [0, 60]
    for tokens in range(1, 700):
        starts = _window_starts(tokens, 100, 40)
        for first in range(0, tokens, 7):
            assert any(s <= first and min(first + 40, tokens) <= s + 100 for s in starts)
        assert starts[-1] < tokens


def test_more_threads_than_the_machine_has_are_not_used():
    reader = load_reader(threads=10_000)
    assert reader.read("谁?", ["张三"])


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "reader"
    shutil.copytree(BUNDLED_PATH, folder)
    return folder


def change(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def test_a_copied_folder_is_the_same_reader(copy, readers):
    copied = load_reader(str(copy))
    assert copied.fingerprint == readers["bundled"].fingerprint
    assert copied.name == str(copy)
    assert copied.read(QUESTIONS[0], [PASSAGE]) == readers["bundled"].read(QUESTIONS[0], [PASSAGE])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 1}, "is for wenju-reader version 1; this is wenju-reader version 2"),
        ({"stride": 381}, "longer than the stride"),
        ({"stride": -1}, "longer than the stride"),
        ({"max_tokens": "many"}, "damaged"),
        ({"match_types": ["question"]}, "lacks a match type"),
        ({"match_types": None}, "damaged"),
        ({"marks": {"\n": "||"}}, "one character for one character"),
        ({"marks": {"\n": 5}}, "one character for one character"),
        ({"marks": ["|"]}, "damaged"),
        ({"span_costs": {"token": -1}}, "damaged"),
        ({"span_costs": {"letters": 1}}, "damaged"),
        ({"max_above_tokens": -1}, "longer than the stride"),
        ({"max_above_tokens": 400}, "longer than the stride"),
    ],
    ids=[
        "older",
        "no step forward",
        "a step too far",
        "no number",
        "match type",
        "no match types",
        "long mark",
        "no text",
        "no marks",
        "a cost below nothing",
        "no such cost",
        "less than nothing above",
        "no room",
    ],
)
def test_a_folder_that_does_not_fit_is_refused(copy, changes, message):
    change(copy, **changes)
    with pytest.raises(ReaderError, match=message):
        load_reader(str(copy))


@pytest.mark.parametrize("tokens", [0, 6, 48])
def test_what_stands_above_is_read_as_far_as_the_configuration_says(copy, tokens):
    change(copy, max_above_tokens=tokens)
    reader = load_reader(str(copy))
    above = "二〇二四年晋疆合作情况通报\n"
    (plain,), (told,) = (reader.token_scores(QUESTIONS[0], [PASSAGE], above=one) for one in ((), (above,)))
    assert reader.reads_above == (tokens > 0)
    assert told.offsets.tolist() == plain.offsets.tolist()  # of the passage alone
    assert (told.starts == plain.starts).all() == (tokens == 0)
    if tokens == 6:
        (cut,) = reader.token_scores(QUESTIONS[0], [PASSAGE], above=("二〇二四年晋",))
        assert told.starts.tolist() == cut.starts.tolist()
    (candidates,) = reader.read(QUESTIONS[0], [PASSAGE], above=(above,))
    assert all(0 <= one.start < one.end <= len(PASSAGE) for one in candidates)


def test_other_readers_are_not_told_what_stands_above():
    given = read_with_above(OverlapReader(), QUESTIONS[0], [PASSAGE], ["标题"], top_k=2)
    assert given == OverlapReader().read(QUESTIONS[0], [PASSAGE], top_k=2)


def test_a_folder_of_the_reader_before_is_refused(copy):
    """By name: it is not taken for a model of transformers."""
    change(copy, architecture="wenju-word-reader", version=1)
    with pytest.raises(
        ReaderError, match="is for wenju-word-reader version 1; this is wenju-reader version 2"
    ):
        load_reader(str(copy))


def test_a_configuration_that_is_no_object_is_no_reader(copy):
    (copy / "config.json").write_text("[]")
    with pytest.raises(ReaderError, match="cannot load the reader"):
        load_reader(str(copy))


def test_weights_with_other_inputs_are_named(copy):
    import onnx
    from onnx import TensorProto, helper

    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, 2])
    out = helper.make_tensor_value_info("logits", TensorProto.INT64, [1, 2])
    graph = helper.make_graph([helper.make_node("Identity", ["ids"], ["logits"])], "other", [ids], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, copy / "model.onnx")
    with pytest.raises(ReaderError, match=r"is not the weights of a reader: its inputs are ids$"):
        load_reader(str(copy))


@pytest.mark.parametrize(
    ("name", "message"), [("model.onnx", "cannot load"), ("tokenizer.json", "no tokenizer")]
)
def test_a_damaged_file_is_named(copy, name, message):
    (copy / name).write_bytes(b"{")
    with pytest.raises(ReaderError, match=message):
        load_reader(str(copy))
    (copy / name).unlink()
    with pytest.raises(ReaderError, match="missing"):
        load_reader(str(copy))


# ------------------------------------------------------------------------------------------------ transformers readers


def test_transformers_scores_equal_the_model_itself(tiny_model, readers):
    import torch
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer

    model = AutoModelForQuestionAnswering.from_pretrained(tiny_model).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    encoded = tokenizer("山西在哪里?", PASSAGE, return_tensors="pt")
    with torch.inference_mode():
        output = model(**encoded)
    (scores,) = readers["tiny"].token_scores("山西在哪里?", [PASSAGE])
    first = encoded.sequence_ids(0).index(1)
    starts = (output.start_logits[0] - output.start_logits[0, 0]).numpy()[first:-1]
    np.testing.assert_allclose(scores.starts, starts, atol=1e-4)


def test_a_name_that_is_nowhere_is_refused_without_network(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ReaderError, match="not found locally and the hub cannot be reached"):
        load_reader("nobody/has-this-reader")
    with pytest.raises(ReaderError, match="is no folder"):
        load_reader("./no/such/folder")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(ReaderError, match="cannot load the reader"):
        load_reader(str(tmp_path))


def test_a_model_without_a_trained_head_is_refused(tiny_model, tmp_path):
    from transformers import AutoTokenizer, BertModel

    BertModel.from_pretrained(tiny_model).save_pretrained(tmp_path)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path)
    with pytest.raises(ReaderError, match="not trained to answer questions"):
        load_reader(str(tmp_path))


def test_choosing_a_reader_imports_no_library():
    code = (
        "import sys; from qa.reader import load_reader; load_reader('overlap').read('谁?', ['张三']);"
        "print([m for m in ('torch', 'transformers', 'onnxruntime', 'tokenizers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
