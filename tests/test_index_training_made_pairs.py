"""Pairs made anew in every batch at toy size: translated word by word, among others in one text, with negatives that share words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from embedder_training_fakes import TOPICS, pair_rows, passage, write_pairs
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.__main__ import main
from index.embedder import StaticEmbedder, load_embedder
from index.lexical import ExactLexicalIndex
from index.normalize import fold
from index.tokens import lexical_terms, query_terms
from index.training.batches import BatchMaker
from index.training.errors import TrainingError
from index.training.glosses import Glosses
from index.training.hard_negatives import lexical_negatives
from index.training.measure import passage_ranks, recall
from index.training.pairs import PairTexts, read_pairs
from index.training.settings import TrainingSettings
from index.training.tokenizer import TokenizerSizes, build_tokenizer
from index.training.train_embedder import TrainingFiles, train_embedder

SIZES = TokenizerSizes(
    han=40, han_characters=120, latin=200, kana=10, hangul=10, cyrillic=10, arabic=10, other=10
)
SETTINGS = TrainingSettings(
    steps=60, batch_size=12, rate=0.5, warm_up_steps=2, dimensions=(16, 8), checkpoint_steps=60
)
WORDS = {
    "煤炭": "coal", "光伏": "solar", "养老": "elderly", "图书": "books", "地震": "earthquake", "湿地": "wetland",
    "高铁": "railway", "疫苗": "vaccine", "小麦": "wheat", "博物馆": "museum", "税收": "tax", "航天": "space",
}  # fmt: skip
"""The first word of every topic."""
DICTIONARY = [["dictionary", f"{english} (noun); the {english}", word] for word, english in WORDS.items()]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chinese questions and a dictionary: nothing else says what an English word means."""
    rows = [row for row in pair_rows() if row[0] != "parallel"]
    return write_pairs(tmp_path_factory.mktemp("pairs") / "pairs.jsonl", [*rows, *DICTIONARY])


@pytest.fixture(scope="module")
def texts(file: Path) -> PairTexts:
    return read_pairs([file])


@pytest.fixture(scope="module")
def tokenizer(texts: PairTexts) -> Tokenizer:
    return build_tokenizer([*texts.texts, "GDP 2024 café"], SIZES)


def translated(glosses: Glosses, tokenizer: Tokenizer, rows: list[str], seed: int = 1) -> list[str]:
    encoded = [tokenizer.encode(row, add_special_tokens=False).ids for row in rows]
    flat = np.array([piece for ids in encoded for piece in ids], np.int32)
    values, lengths = glosses.translate(
        flat, np.array([len(ids) for ids in encoded], np.int64), np.random.default_rng(seed)
    )
    assert lengths.sum() == len(values)
    ends = np.cumsum(lengths)
    return [
        "".join(tokenizer.id_to_token(int(piece)) for piece in values[end - length : end])
        for end, length in zip(ends, lengths, strict=True)
    ]


# -- word by word


def test_words_are_translated_and_digits_and_letters_stay(tokenizer: Tokenizer) -> None:
    glosses = Glosses([("coal (a mineral); the coal", "煤炭"), ("12 tons", "🎉")], tokenizer)
    assert len(glosses) == 1
    (made,) = translated(glosses, tokenizer, ["煤炭2024 GDP"])
    assert "coal" in made and "2024" in made and "gdp" in made
    assert "煤" not in made


def test_a_word_of_two_pieces_goes_before_its_pieces(tokenizer: Tokenizer) -> None:
    one, two = "煤", "煤省"
    assert len(tokenizer.encode(two, add_special_tokens=False).ids) == 2
    glosses = Glosses([("coal", one), ("wheat", two)], tokenizer)
    (made,) = translated(glosses, tokenizer, [two])
    assert made.strip("▁") == "wheat"


def test_what_has_no_translation_is_never_left_empty(tokenizer: Tokenizer) -> None:
    glosses = Glosses([("coal", "煤炭")], tokenizer)
    rows = ["产量", "GDP", "café", "煤炭"]
    for seed in range(20):
        assert all(translated(glosses, tokenizer, rows, seed))
    assert translated(glosses, tokenizer, []) == []


def test_another_way_is_drawn_every_time(tokenizer: Tokenizer) -> None:
    glosses = Glosses([("coal; solar", "煤炭")], tokenizer)
    drawn = {translated(glosses, tokenizer, ["煤炭"], seed)[0].strip("▁") for seed in range(20)}
    assert drawn == {"coal", "solar"}


def test_notes_and_rare_senses_are_no_translations(tokenizer: Tokenizer) -> None:
    entry = "surname Mei; coal, a mineral; what is burnt in an oven; solar; tax"
    glosses = Glosses([(entry, "煤炭")], tokenizer)
    drawn = {translated(glosses, tokenizer, ["煤炭"], seed)[0].strip("▁") for seed in range(20)}
    assert drawn == {"coal", "solar"}


def test_a_dictionary_without_a_word_is_refused(tokenizer: Tokenizer) -> None:
    for entries in (
        [],
        [("", "煤炭")],
        [("coal", passage("煤炭转化产量"))],
        [("煤", "煤炭")],
        [("surname Mei", "煤炭")],
    ):
        with pytest.raises(TrainingError, match="dictionary"):
            Glosses(entries, tokenizer)


@given(st.lists(st.text("煤炭产量GDP 2024é🎉", max_size=12), max_size=5), st.integers(0, 9))
def test_any_rows_keep_their_number_and_none_with_pieces_becomes_empty(rows: list[str], seed: int) -> None:
    tokenizer = build_tokenizer([*TOPICS, "coal GDP 2024"], SIZES)
    made = translated(Glosses([("coal", "煤炭"), ("output", "产量")], tokenizer), tokenizer, rows, seed)
    assert [bool(text) for text in made] == [
        bool(tokenizer.encode(row, add_special_tokens=False).ids) for row in rows
    ]


# -- negatives that share words


def test_negatives_are_the_exact_lexical_hits_without_the_own_passages() -> None:
    """Against BM25 written out over all passages."""
    texts = PairTexts()
    for topic in TOPICS:
        texts.add_pair("question", f"{topic}怎么样?", passage(topic))
    texts.add_pair("question", "煤炭转化产量怎么样?", "煤炭转化产量另一段。")
    pairs = np.array(texts.pairs["question"])
    exact = ExactLexicalIndex()
    for row in np.unique(pairs[:, 1]).tolist():
        exact.add(row, row, lexical_terms(fold(texts.texts[row])))
    found = lexical_negatives(pairs, texts.texts)
    for (anchor, _), negatives in zip(pairs.tolist(), found.tolist(), strict=True):
        own = set(pairs[pairs[:, 0] == anchor, 1].tolist())
        hits = exact.search(query_terms(fold(texts.texts[anchor])), top_k=100)
        wanted = [row for row, _ in hits if row not in own][:8]
        assert sorted(row for row in negatives if row >= 0) == sorted(wanted)


def test_an_anchor_without_words_has_no_negative() -> None:
    texts = PairTexts()
    texts.add_pair("q", "🎉", "煤炭")
    texts.add_pair("q", "的", "coal 产量")
    assert (lexical_negatives(np.array(texts.pairs["q"]), texts.texts)[0] == -1).all()


def test_no_passage_of_a_batch_is_its_negative(texts: PairTexts, tokenizer: Tokenizer) -> None:
    settings = replace(SETTINGS, batch_size=4, hard_negatives=("question",))
    maker = BatchMaker(texts, tokenizer, settings, weights={"document:news": 0, "dictionary": 0})
    own = {tuple(tokenizer.encode(passage(topic), add_special_tokens=False).ids) for topic in TOPICS}

    def rows(ragged: tuple[np.ndarray, np.ndarray]) -> set[tuple[int, ...]]:
        return {tuple(part.tolist()) for part in np.split(ragged[0], np.cumsum(ragged[1])[:-1])}

    seen = 0
    for number in range(20):
        made = maker.batch(number)
        assert made.group == "question"
        if made.negatives is not None:
            seen += 1
            negatives = rows(made.negatives)
            assert negatives <= own and not negatives & rows(made.passages)
    assert seen > 10


# -- groups that are made of others


def test_made_groups_are_drawn_by_their_weights(texts: PairTexts, tokenizer: Tokenizer) -> None:
    settings = replace(
        SETTINGS,
        glossed=("question", "document:news"),
        gloss_from=("dictionary",),
        among=("question",),
        query_dropout=0.0,
    )
    maker = BatchMaker(texts, tokenizer, settings)
    assert {"gloss:question", "gloss:document:news", "among:question"} < set(maker.groups)
    plain = BatchMaker(
        texts, tokenizer, SETTINGS, weights=dict.fromkeys(["document:news", "dictionary"], 0.0)
    )
    longest = plain.batch(0).passages[1].max()
    seen = set()
    for number in range(60):
        made = maker.batch(number)
        seen.add(made.group)
        assert len(made.anchors[1]) == len(made.passages[1]) and made.anchors[1].min() > 0
        assert made.passages[1].sum() == len(made.passages[0])
        if made.group == "among:question":
            assert made.passages[1].min() > longest
        if made.group == "gloss:question":
            asked = "".join(tokenizer.id_to_token(int(piece)) for piece in made.anchors[0])
            assert sum(word in asked for word in WORDS.values()) > 6
    assert seen == set(maker.groups)
    only = BatchMaker(
        texts, tokenizer, settings, weights={name: float(name == "among:question") for name in maker.groups}
    )
    assert {only.batch(number).group for number in range(10)} == {"among:question"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"glossed": ("nothing",), "gloss_from": ("dictionary",)}, "--gloss names 'nothing'"),
        ({"glossed": ("question",), "gloss_from": ("document:news",)}, "--gloss-from names"),
        ({"among": ("document:news",)}, "--among names"),
        ({"hard_negatives": ("煤炭",)}, "--hard-negatives names"),
    ],
    ids=str,
)
def test_groups_that_are_not_there_are_named(
    texts: PairTexts, tokenizer: Tokenizer, changes: dict[str, tuple[str, ...]], message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        BatchMaker(texts, tokenizer, replace(SETTINGS, **changes))  # type: ignore[arg-type]


# -- whole runs


def test_english_is_learnt_from_chinese_questions_and_a_dictionary(file: Path, tmp_path: Path) -> None:
    """An English word finds the passages of its Chinese one only where questions were translated."""
    right, passages = list(range(len(TOPICS))), [passage(topic) for topic in TOPICS]

    def found(name: str, **changes: tuple[str, ...]) -> float:
        out = train_embedder(
            TrainingFiles((file,)), tmp_path / name, replace(SETTINGS, **changes), sizes=SIZES, dimension=16,
            weights={"dictionary": 0.0},
        )  # fmt: skip
        return recall(passage_ranks(StaticEmbedder(out), list(WORDS.values()), right, passages), 1)

    assert found("plain") < 0.5
    assert found("glossed", glossed=("question",), gloss_from=("dictionary",)) > 0.7


def test_command_line(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train-embedder", str(file), "--steps", "3", "--batch-size", "8", "--dimension", "8"]
    made = ["--gloss", "question,document:news", "--gloss-from", "dictionary", "--among", "question"]
    harder = ["--hard-negatives", "question", "--dimensions", "8,4", "--device", "cpu"]
    out = tmp_path / "out"
    assert main([*words, *made, *harder, "--out", str(out), "--weights", "gloss:question=2"]) == 0
    assert load_embedder(str(out)).dimension == 8
    capsys.readouterr()
    for wrong, message in (
        (["--gloss", "question"], "dictionary must be named"),
        (["--hard-negatives", "无"], "--hard-negatives names '无'"),
        (["--dimensions", "0"], "dimensions"),
    ):
        assert main([*words, *wrong, "--out", str(tmp_path / "wrong")]) == 1
        assert message in capsys.readouterr().err


def test_a_device_that_is_not_there_is_refused(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["train-embedder", str(file), "--out", str(tmp_path / "out"), "--device", "cuda"]) == 1
    assert "--device cpu" in capsys.readouterr().err
    assert not (tmp_path / "out" / "model.safetensors").exists()
