import json
from pathlib import Path

import numpy as np
import pytest

from index.errors import ReaderError
from qa.reader import BUNDLED_PATH
from qa.reader_encoding import LONE_SURROGATE, fingerprint_files, load_tokenizer

VECTOR = json.loads((Path(__file__).parent / "data" / "reader_test_vector.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def encoder():
    from qa.reader import load_reader

    return load_reader().encoder


def pair(encoder, question, passage):
    asked, text = encoder.question(question, 64), encoder.text(passage)
    return encoder.pair(asked, text.ids, text.words, encoder.cosines(asked, text.words))


def test_inputs_equal_those_of_training(encoder):
    inputs = pair(encoder, VECTOR["question"], VECTOR["passage"])
    assert inputs.first == VECTOR["first"]
    for name in ("ids", "types", "words"):
        assert getattr(inputs, name).tolist() == VECTOR[name], name
    np.testing.assert_allclose(inputs.soft, VECTOR["soft"], atol=0.02)  # the copied vectors have eight bits
    assert encoder.text(VECTOR["passage"]).offsets.tolist() == VECTOR["offsets"]


def slow_types(question, passage):
    """Match types by the definition, one n-gram at a time."""

    def ngrams(ids, n):
        return [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]

    of_passage, of_question = [1] * len(passage), [0] * len(question)
    for n, kind in ((1, 2), (2, 3), (3, 4)):
        for start, gram in enumerate(ngrams(passage, n)):
            if gram in ngrams(question, n):
                of_passage[start : start + n] = [max(kind, old) for old in of_passage[start : start + n]]
    for start, gram in enumerate(ngrams(question, 2)):
        if gram in ngrams(passage, 2):
            of_question[start : start + 2] = [5, 5]
    return [0, *of_question, 0, *of_passage, 1]


PAIRS = [
    ("山西转化多少煤炭?", "山西每年转化煤炭1200万吨。山西煤炭转化。"),
    ("What is 5.2%?", "同比增长5.2%, up 5.2% from last year"),
    ("谁😀", "😀🎉张三😀"),
    ("", "没有问题的段落。"),
    ("只有问题?", ""),
    ("", ""),
    ("甲", "甲"),
    ("甲乙", "乙甲乙甲乙" * 9),
]


@pytest.mark.parametrize(("question", "passage"), PAIRS)
def test_match_types_by_the_definition(encoder, question, passage):
    inputs = pair(encoder, question, passage)
    asked, text = encoder.question(question, 64), encoder.text(passage)
    assert inputs.types.tolist() == slow_types(asked.ids.tolist(), text.ids.tolist())
    assert inputs.ids.tolist() == [2, *asked.ids.tolist(), 3, *text.ids.tolist(), 3]


@pytest.mark.parametrize(("question", "passage"), PAIRS)
def test_soft_features_by_the_definition(encoder, question, passage):
    inputs = pair(encoder, question, passage)
    asked, text = encoder.question(question, 64), encoder.text(passage)
    n = len(text.ids)
    types, soft = inputs.types[inputs.first : inputs.first + n], inputs.soft[inputs.first : inputs.first + n]
    known = [encoder.vectors.unit(np.array([word]))[0] for word in sorted(set(asked.words.tolist()) - {0, 1})]
    for i in range(n):
        own = encoder.vectors.unit(text.words[i : i + 1])[0]
        assert soft[i, 0] == pytest.approx(
            max((float(own @ other) for other in known), default=0.0), abs=1e-5
        )
    hits = [1.0 if types[i] >= 3 else max(float(soft[i, 0]) - 0.3, 0.0) for i in range(n)]
    for i in range(n):
        window = hits[max(0, i - 12) : i + 13]
        expected = 2 * sum(window) / 25 if n > 25 else 2 * float(np.mean(soft[:, 0]))
        assert soft[i, 1] == pytest.approx(expected, abs=1e-5)
    assert not inputs.soft[: inputs.first].any() and not inputs.soft[inputs.first + n :].any()


def test_words_cover_their_tokens(encoder):
    text = "新疆准东产业园, GDP 5.2% 😀"
    encoded = encoder.text(text)
    cover = load_tokenizer(BUNDLED_PATH / "words" / "tokenizer.json").encode(text, add_special_tokens=False)
    spans = dict(zip(map(tuple, cover.offsets), cover.ids, strict=True))
    for word, (start, _) in zip(encoded.words.tolist(), encoded.offsets.tolist(), strict=True):
        covering = [identity for (low, high), identity in spans.items() if low <= start < high]
        assert word == (covering[0] if covering else 0)


def test_a_text_is_remembered_and_a_long_one_is_not(encoder):
    assert encoder.text("记住这一段。") is encoder.text("记住这一段。")
    long = "长" * 2001
    assert encoder.text(long) is not encoder.text(long)


def test_lone_surrogates_keep_their_place(encoder):
    encoded = encoder.text("甲\ud83d乙")
    assert encoded.offsets[-1].tolist() == [2, 3]
    assert LONE_SURROGATE.sub("?", "a\udc00b") == "a?b"


def test_damaged_files_are_named(tmp_path):
    with pytest.raises(ReaderError, match="missing"):
        load_tokenizer(tmp_path / "tokenizer.json")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ReaderError, match="no tokenizer"):
        load_tokenizer(tmp_path / "tokenizer.json")


def test_fingerprint_depends_on_content_and_order(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(name)
    one = fingerprint_files([tmp_path / "a", tmp_path / "b"])
    assert len(one) == 16
    assert one != fingerprint_files([tmp_path / "b", tmp_path / "a"])
    (tmp_path / "b").write_text("c")
    assert one != fingerprint_files([tmp_path / "a", tmp_path / "b"])
