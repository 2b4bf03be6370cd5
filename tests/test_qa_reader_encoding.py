import json
import unicodedata
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from index.errors import ReaderError
from qa.reader import BUNDLED_PATH
from qa.reader_encoding import (
    LONE_SURROGATE,
    PairEncoder,
    fingerprint_files,
    load_tokenizer,
    pad_pairs,
)

VECTOR = json.loads((Path(__file__).parent / "data" / "reader_test_vector.json").read_text(encoding="utf-8"))
"""A question and a passage, what the encoder made of them when the bundled reader was built, and the network's logits."""
TYPES = ("question", "passage", "unigram", "bigram", "trigram", "question_hit")


@pytest.fixture(scope="module")
def encoder():
    return PairEncoder(load_tokenizer(BUNDLED_PATH / "tokenizer.json"), TYPES)


def pair(encoder, question, passage):
    return encoder.pair(encoder.question(question, 64), encoder.text(passage).ids)


# ------------------------------------------------------------------------------------------------ tokens


@cache
def vocabulary():
    return json.loads((BUNDLED_PATH / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]


def slow_pieces(text):
    """Tokens by the definition: words, Han characters, marks and digits apart; of a word the longest piece that is known."""
    words = [""]
    for sign in unicodedata.normalize("NFKC", text).lower():
        kind = unicodedata.category(sign)
        if sign.isspace() or kind[0] == "Z":
            words.append("")
        elif kind[0] in "PN" or (sign.isascii() and kind[0] == "S") or "一" <= sign <= "鿿":
            words += [sign, ""]
        elif kind[0] != "C":
            words[-1] += sign
    found = []
    for word in filter(None, words):
        pieces, rest = [], word
        while rest:
            mark = "##" if pieces else ""
            ends = [n for n in range(len(rest), 0, -1) if mark + rest[:n] in vocabulary()]
            if not ends:
                pieces = ["[UNK]"]
                break
            pieces.append(mark + rest[: ends[0]])
            rest = rest[ends[0] :]
        found += pieces
    return found


TEXTS = {
    "chinese": "在能源领域方面,山西援建的项目每年转化煤炭1200万吨。",
    "full width": "２０２４年，ＧＤＰ增长５．２％！",
    "mixed": "GDP同比增长5.2%, up from 4.1% (year-on-year)",
    "english": "Unbelievable TRANSFORMERS,  don't\tthey? naïve café",
    "emoji": "今天😀🎉。",
    "space": " \n\t ",
    "empty": "",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_tokens_by_the_definition(encoder, text):
    assert encoder.text(text).ids.tolist() == [vocabulary()[piece] for piece in slow_pieces(text)]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_offsets_hold_what_the_token_says(encoder, text):
    encoded = encoder.text(text)
    assert encoded.offsets.shape == (len(encoded.ids), 2)
    for piece, (start, end) in zip(slow_pieces(text), encoded.offsets.tolist(), strict=True):
        if piece != "[UNK]":
            said = unicodedata.normalize("NFKC", text[start:end]).lower()
            assert said == piece.removeprefix("##"), (piece, start, end)
    covered = {place for start, end in encoded.offsets.tolist() for place in range(start, end)}
    assert covered == {place for place, sign in enumerate(text) if not sign.isspace()}


def test_the_bundled_tokenizer_has_its_marks_where_pretraining_expects_them():
    tokenizer = load_tokenizer(BUNDLED_PATH / "tokenizer.json")
    marks = [tokenizer.id_to_token(number) for number in range(5)]
    assert marks == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    assert json.loads((BUNDLED_PATH / "config.json").read_text(encoding="utf-8"))["match_types"] == list(
        TYPES
    )


# ------------------------------------------------------------------------------------------------ pairs


def test_inputs_equal_those_of_training(encoder):
    inputs = pair(encoder, VECTOR["question"], VECTOR["passage"])
    assert inputs.ids.tolist() == VECTOR["ids"]
    assert inputs.types.tolist() == VECTOR["types"]
    assert inputs.first == VECTOR["first"]
    assert encoder.text(VECTOR["passage"]).offsets.tolist() == VECTOR["offsets"]


def test_the_test_vector_is_right_by_the_definition():
    asked, text = (
        [vocabulary()[piece] for piece in slow_pieces(VECTOR[name])] for name in ("question", "passage")
    )
    assert VECTOR["ids"] == [2, *asked, 3, *text, 3]
    assert VECTOR["types"] == slow_types(asked, text)
    assert VECTOR["first"] == len(asked) + 2
    assert set(VECTOR["types"]) == set(range(6))
    assert np.array(VECTOR["logits"]).shape == (len(VECTOR["ids"]), 2)


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


PAIRS = {
    "chinese": ("山西转化多少煤炭?", "山西每年转化煤炭1200万吨。山西煤炭转化。"),
    "mixed": ("What is 5.2%?", "同比增长5.2%, up 5.2% from last year"),
    "emoji": ("谁😀", "😀🎉张三😀"),
    "no question": ("", "没有问题的段落。"),
    "no passage": ("只有问题?", ""),
    "empty": ("", ""),
    "one token": ("甲", "甲"),
    "repeated": ("甲乙", "乙甲乙甲乙" * 9),
    "the same": ("太原是省会。", "太原是省会。"),
}


@pytest.mark.parametrize(("question", "passage"), PAIRS.values(), ids=PAIRS)
def test_match_types_by_the_definition(encoder, question, passage):
    inputs = pair(encoder, question, passage)
    asked, text = encoder.question(question, 64).tolist(), encoder.text(passage).ids.tolist()
    assert inputs.ids.tolist() == [2, *asked, 3, *text, 3]
    assert inputs.types.tolist() == slow_types(asked, text)
    assert inputs.first == len(asked) + 2
    assert inputs.ids.dtype == inputs.types.dtype == np.int64


def test_marks_stand_in_for_what_the_tokenizer_drops():
    tokenizer = load_tokenizer(BUNDLED_PATH / "tokenizer.json")
    marked = PairEncoder(tokenizer, TYPES, {"\n": "‖", "\t": "|"}).text("产量\t72\t120\n下一行")
    plain = PairEncoder(tokenizer, TYPES).text("产量|72|120‖下一行")
    assert marked.ids.tolist() == plain.ids.tolist()
    assert marked.offsets.tolist() == plain.offsets.tolist()
    assert (
        PairEncoder(tokenizer, TYPES).text("72\t120").ids.tolist()
        == plain.ids.tolist()[3:5] + plain.ids.tolist()[6:9]
    )


def test_what_stands_above_is_matched_like_the_passage_and_comes_before_it(encoder):
    asked, above, text = (
        encoder.question("大同煤炭多少?", 64),
        encoder.above("大同煤炭报告\n", 99),
        encoder.text("转化煤炭。").ids,
    )
    inputs, whole = encoder.pair(asked, text, above), encoder.pair(asked, np.concatenate((above, text)))
    assert inputs.ids.tolist() == whole.ids.tolist()
    assert inputs.types.tolist() == whole.types.tolist()
    assert (whole.first, inputs.first) == (len(asked) + 2, len(asked) + 2 + len(above))
    assert inputs.ids[inputs.first : -1].tolist() == text.tolist()
    assert len(encoder.above("大同煤炭报告", 2)) == 2
    assert len(encoder.above("大同", 0)) == len(encoder.above("", 9)) == 0
    assert (
        encoder.pair(asked, text, encoder.above("", 9)).ids.tolist() == encoder.pair(asked, text).ids.tolist()
    )


def test_types_have_the_numbers_of_the_configuration(encoder):
    """A configuration that names the types in another order gives other numbers for the same matches."""
    backwards = PairEncoder(load_tokenizer(BUNDLED_PATH / "tokenizer.json"), TYPES[::-1])
    for question, passage in PAIRS.values():
        one, other = pair(encoder, question, passage), pair(backwards, question, passage)
        assert (one.types == len(TYPES) - 1 - other.types).all()


def test_a_long_question_is_cut(encoder):
    whole = encoder.text("多少" * 50).ids
    assert len(whole) == 100
    assert encoder.question("多少" * 50, 64).tolist() == whole[:64].tolist()


@pytest.mark.parametrize(("multiple", "width"), [(1, 11), (16, 16), (11, 11)])
def test_pairs_are_padded_with_nothing(encoder, multiple, width):
    pairs = [pair(encoder, "谁?", "张三去了。"), pair(encoder, "", "😀"), pair(encoder, "", "")]
    pairs.append(pair(encoder, "甲?", "乙丙丁戊己庚"))
    assert max(len(one.ids) for one in pairs) == 11
    batch = pad_pairs(pairs, multiple=multiple)
    assert set(batch) == {"ids", "types", "mask"}
    for name in batch:
        assert batch[name].shape == (4, width) and batch[name].dtype == np.int64
    for row, one in enumerate(pairs):
        n = len(one.ids)
        assert batch["mask"][row].tolist() == [1] * n + [0] * (width - n)
        for name in ("ids", "types"):
            assert batch[name][row].tolist() == [*getattr(one, name).tolist(), *[0] * (width - n)]


# ------------------------------------------------------------------------------------------------ the rest


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


def test_a_tokenizer_without_its_marks_is_refused():
    from tokenizers import Tokenizer, models

    plain = Tokenizer(models.WordLevel({"[UNK]": 0, "[CLS]": 1}, unk_token="[UNK]"))
    with pytest.raises(ReaderError, match=r"lacks \[CLS\] or \[SEP\]"):
        PairEncoder(plain, TYPES)


def test_fingerprint_depends_on_content_and_order(tmp_path):
    for name in "ab":
        (tmp_path / name).write_text(name)
    one = fingerprint_files([tmp_path / "a", tmp_path / "b"])
    assert len(one) == 16
    assert one != fingerprint_files([tmp_path / "b", tmp_path / "a"])
    (tmp_path / "b").write_text("c")
    assert one != fingerprint_files([tmp_path / "a", tmp_path / "b"])
