"""Adapting an embedder to an index: better on a held-out part or not saved; what is held out is in no training text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from embedder_training_fakes import TOPICS
from small_index import make_embedder

import index.training.adapt as adapt_module
from index.__main__ import main
from index.corpus_index import CorpusIndex
from index.embedder import load_embedder
from index.sync import sync
from index.training.adapt import adapt_embedder
from index.training.corpus_texts import corpus_texts, made_question
from index.training.errors import TrainingError
from index.training.table import load_static


def document(topic: str, number: int) -> str:
    """A title and paragraphs that belong to it by their words."""
    parts = [
        f"{topic}第{part}项工作说明,{topic}共{part * 37 + number}件。关于{topic[:2]}的安排见附件GDP🎉。{topic[2:]}由专人负责落实到位。"
        for part in range(1, 10)
    ]
    return f"关于{topic}的报告\n\n" + "\n\n".join(parts) + "\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 12 documents by an embedder of single characters with random vectors."""
    folder = tmp_path_factory.mktemp("adapt")
    (folder / "corpus").mkdir()
    for number, topic in enumerate(TOPICS):
        (folder / "corpus" / f"{number}.txt").write_text(document(topic, number), encoding="utf-8")
    sync(folder / "corpus", folder / "ix", embedder=make_embedder(folder / "model"), max_chars=80, workers=1)
    return folder


def test_it_gets_better_and_the_index_takes_it(built: Path, tmp_path: Path) -> None:
    comparison = adapt_embedder(built / "ix", tmp_path / "adapted", steps=60, rate=0.3)
    assert comparison.after.reciprocal > comparison.before.reciprocal
    assert comparison.questions >= 8 and str(tmp_path / "adapted") in str(comparison)
    before, after = load_embedder(str(built / "model")), load_embedder(str(tmp_path / "adapted"))
    assert before.fingerprint != after.fingerprint
    assert np.isfinite(load_static(tmp_path / "adapted")[0]).all()
    report = sync(built / "corpus", tmp_path / "ix", embedder=after.name, workers=1)
    assert not report.failed
    index = CorpusIndex.open(tmp_path / "ix")
    assert index.embedder.fingerprint == after.fingerprint
    index.close()


def test_strength_is_the_share_of_the_way(built: Path, tmp_path: Path) -> None:
    start = load_static(built / "model")[0]
    tables = {
        strength: load_static(
            adapt_embedder(built / "ix", tmp_path / f"{strength}", steps=20, rate=0.3, strength=strength).out
        )[0]
        for strength in (0.5, 1.0)
    }
    assert np.abs(tables[1.0] - start).max() > 0.1
    assert np.allclose(tables[0.5] - start, (tables[1.0] - start) / 2, atol=5e-3)
    for wrong in (0, 1.5, -1):
        with pytest.raises(ValueError, match="strength must be"):
            adapt_embedder(built / "ix", tmp_path / "out", strength=wrong)


def test_the_same_seed_adapts_the_same(built: Path, tmp_path: Path) -> None:
    made = [
        adapt_embedder(built / "ix", tmp_path / name, steps=8, rate=0.3, seed=3).out
        for name in ("one", "two")
    ]
    assert load_embedder(str(made[0])).fingerprint == load_embedder(str(made[1])).fingerprint


def test_what_is_found_less_well_is_not_saved(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapted = adapt_embedder(built / "ix", tmp_path / "good", steps=60, rate=0.3).out
    kept = (adapted / "model.safetensors").read_bytes()
    sync(built / "corpus", tmp_path / "ix", embedder=str(adapted), max_chars=80, workers=1)

    def spoil(model: Any, *others: Any, **options: Any) -> int:
        import torch

        with torch.no_grad():
            model[0].embedding.weight.copy_(100 * torch.randn(model[0].embedding.weight.shape))
        return 1

    monkeypatch.setattr(adapt_module, "fit", spoil)
    with pytest.raises(TrainingError, match="nothing was saved"):
        adapt_embedder(tmp_path / "ix", adapted, steps=1)
    assert (adapted / "model.safetensors").read_bytes() == kept
    with pytest.raises(TrainingError, match="nothing was saved"):
        adapt_embedder(tmp_path / "ix", tmp_path / "new", steps=1)
    assert not (tmp_path / "new").exists()


def test_nothing_held_out_is_trained_on(built: Path) -> None:
    index = CorpusIndex.open(built / "ix")
    texts = corpus_texts(index, seed=1)
    every = [passage.text for info in index.documents() for passage in index.passages_of(info.id)]
    index.close()
    assert texts.passages == every
    assert len(texts.questions) == len(texts.right) == len(texts.rests) >= 8
    held = {every[position] for position in texts.right}
    assert 8 <= len(held) < len(every) / 2
    joined = "\n".join(texts.training.texts)
    for position, rest in zip(texts.right, texts.rests, strict=True):
        passage = every[position]
        assert passage.split("。")[0] not in joined and len(rest) < len(passage)
    assert {"title", "question", "neighbour"} <= set(texts.training.pairs) and texts.training.documents


def test_a_small_corpus_is_refused(
    corpus: Path, tiny_embedder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sync(corpus, tmp_path / "ix", embedder=tiny_embedder, workers=1)
    assert main(["adapt-embedder", "--index", str(tmp_path / "ix")]) == 1
    assert "larger corpora only" in capsys.readouterr().err
    assert not (tmp_path / "ix" / "embedder").exists()


def test_a_folder_of_something_else_is_left_alone(built: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("心得", encoding="utf-8")
    with pytest.raises(TrainingError, match="something other than an embedder"):
        adapt_embedder(built / "ix", tmp_path / "notes", steps=60, rate=0.3)
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["mine.txt"]


def test_command_line(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["adapt-embedder", "--index", str(built / "ix"), "--steps", "30", "--threads", "1"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "before: R@1" in said and "after:  R@1" in said and "sync CORPUS_DIR" in said
    assert (built / "ix" / "embedder" / "modules.json").is_file()
    assert main(["check", "--index", str(built / "ix")]) == 0


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("全省转化煤炭1200万吨。", "全省转化煤炭多少万吨"),
        ("会议于2025年6月20日召开。", "会议于什么时候召开"),
        ("GDP增长5.2%!", "GDP增长多少%"),
        ("今天🎉。", "今天🎉"),
        ("", ""),
    ],
    ids=["chinese", "day", "mixed", "emoji", "empty"],
)
def test_made_questions(sentence: str, question: str) -> None:
    assert made_question(sentence) == question
