"""Which Han words can be spared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from embedder_training_fakes import write_pairs

from index.training.settings import TrainingSettings
from index.training.spare_words import spare_words
from index.training.table import load_static, save_static
from index.training.train_embedder import TrainingFiles, train_embedder
from index.training.unigram_pieces import parts_of

PIECES = {
    "煤": -6.0,
    "炭": -6.0,
    "血": -6.0,
    "糖": -6.0,
    "精神": -4.0,
    "家园": -4.0,
    "煤炭": -3.0,
    "血糖": -3.0,
    "精神家园": -3.0,
}


def model() -> tuple[object, np.ndarray]:
    """A tokenizer of ``PIECES``; 煤炭 is nearly the sum of its parts, 血糖 is not."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.Unigram([("<pad>", 0.0), ("<unk>", -25.0), *PIECES.items()], unk_id=1))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    table = np.eye(len(PIECES) + 2, dtype=np.float32)
    row = tokenizer.token_to_id
    table[row("煤炭")] = table[row("煤")] + table[row("炭")] * 0.9
    return tokenizer, table


def test_a_word_that_its_parts_stand_for_goes_first_and_long_ones_before() -> None:
    tokenizer, table = model()
    counts = np.full(len(table), 5)
    assert spare_words(tokenizer, table, counts) == ["精神家园", "煤炭", "血糖"]  # type: ignore[arg-type]
    counts[tokenizer.token_to_id("血糖")] = 0  # type: ignore[attr-defined]  # nobody misses it
    assert spare_words(tokenizer, table, counts) == ["精神家园", "血糖", "煤炭"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "parts"),
    [("煤炭", ["煤", "炭"]), ("精神家园", ["精神", "家园"]), ("煤气", []), ("煤", [])],
)
def test_parts(word: str, parts: list[str]) -> None:
    assert parts_of(word, PIECES) == parts


def test_of_han_words_so_many_stay(tmp_path: Path) -> None:
    tokenizer, table = model()
    save_static(table, tokenizer, tmp_path / "init")  # type: ignore[arg-type]
    (tmp_path / "kept.jsonl").write_text(
        '["k", "煤炭 煤 炭 血 糖 血糖", "煤炭 血糖 煤 炭"]\n' * 3, encoding="utf-8"
    )
    files = TrainingFiles(
        (write_pairs(tmp_path / "pairs.jsonl"),), kept=(tmp_path / "kept.jsonl",), new_pieces={"han": 1}
    )
    settings = TrainingSettings(steps=1, batch_size=4, rate=1e-9, warm_up_steps=1, dimensions=(11,))
    out = train_embedder(files, tmp_path / "out", settings, init=tmp_path / "init")
    words = [piece for piece in load_static(out)[1].get_vocab() if len(piece) > 1 and piece in PIECES]
    assert set(words) == {"血糖", "精神", "家园"}  # the last two are parts of one that went
    for gone in ("精神家园", "煤炭"):  # the kept texts need no 精 or 园, and still no part is unknown
        assert 1 not in load_static(out)[1].encode(gone, add_special_tokens=False).ids
