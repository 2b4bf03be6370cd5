import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.numpy import save_file
from training_fakes import SHAPE, rows, write_base, write_rows

from index.errors import ReaderError
from qa.reader import load_reader
from qa.training.errors import TrainingError
from qa.training.export import load_encoder
from qa.training.model import ModelShape, WordReaderNet, load_weights, save_weights
from qa.training.settings import TrainingSettings
from qa.training.train_reader import TrainingFiles, train_reader
from qa.training.word_projection import fit_projection, with_embedder
from qa.word_table import WordVectors


@pytest.fixture
def init(tmp_path):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    base = write_base(tmp_path)
    vocabulary = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    shape = {name: getattr(SHAPE, name) for name in SHAPE.__slots__}
    shape |= {
        "vocabulary": len(vocabulary) + 1,
        "word_dimension": load_encoder(base).vectors.dimension,
    }
    save_weights(WordReaderNet(ModelShape(**shape)), base / "model.safetensors")
    return base


def other_embedder(init, folder, change):
    """An embedder whose vectors are those of the reader's own, changed."""
    old = init.parent / "embedder"
    folder.mkdir()
    shutil.copyfile(old / "tokenizer.json", folder / "tokenizer.json")
    table = change(WordVectors(old / "model.safetensors").scaled(np.arange(size_of(old))))
    save_file({"embedding.weight": table.astype(np.float16)}, folder / "model.safetensors")
    return folder


def size_of(embedder):
    return len(json.loads((embedder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])


def test_a_rotated_table_is_turned_back():
    generator = np.random.default_rng(1)
    old = generator.normal(size=(500, 8)).astype(np.float32)
    turn, _ = np.linalg.qr(generator.normal(size=(8, 8)))
    projection = generator.normal(size=(5, 8)).astype(np.float32)
    fitted, missed = fit_projection(
        old, (old @ turn).astype(np.float32), projection, np.ones(500, np.float32)
    )
    assert fitted.shape == (5, 8)
    np.testing.assert_allclose(fitted, projection @ turn, atol=0.02)
    assert missed < 1e-4


def test_words_that_count_more_are_fitted_better():
    generator = np.random.default_rng(2)
    old, new = (generator.normal(size=(400, 4)).astype(np.float32) for _ in range(2))
    projection = np.eye(4, dtype=np.float32)
    weights = np.where(np.arange(400) < 200, 10, 0.01).astype(np.float32)
    errors = []
    for used in (weights, weights[::-1]):
        fitted, missed = fit_projection(old, new, projection, used)
        assert 0 < missed <= 1.001
        errors.append(((new @ fitted.T - old)[:200] ** 2).mean())
    assert errors[0] < errors[1]


def test_the_network_reads_a_turned_table_as_before(init, tmp_path):
    turn, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(8, 8)))
    embedder = other_embedder(init, tmp_path / "turned", lambda table: table @ turn)
    missed = with_embedder(init, embedder, tmp_path / "start")
    assert missed < 0.01
    old, new = (
        load_weights(init / "model.safetensors"),
        load_weights(tmp_path / "start" / "model.safetensors"),
    )
    words = np.arange(2, size_of(embedder))
    outputs = [
        net.win(torch.from_numpy(load_encoder(folder).vectors.scaled(words)))
        for net, folder in ((old, init), (new, tmp_path / "start"))
    ]
    torch.testing.assert_close(outputs[0], outputs[1], atol=0.02, rtol=0.05)


def test_a_wider_table_changes_the_dimension(init, tmp_path):
    embedder = other_embedder(init, tmp_path / "wide", lambda table: np.concatenate([table, table[:, :2]], 1))
    assert with_embedder(init, embedder, tmp_path / "start") < 0.01
    assert load_weights(tmp_path / "start" / "model.safetensors").shape.word_dimension == 10


def test_an_embedder_of_other_words_is_refused(init, tmp_path):
    embedder = other_embedder(init, tmp_path / "other", lambda table: table)
    data = json.loads((embedder / "tokenizer.json").read_text(encoding="utf-8"))
    data["model"]["vocab"] = {
        name if number < 2 else f"x{number}": number for name, number in data["model"]["vocab"].items()
    }
    (embedder / "tokenizer.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(TrainingError, match="share only 0 words"):
        with_embedder(init, embedder, tmp_path / "start")


def test_a_missing_embedder_is_one_clear_error(init, tmp_path):
    with pytest.raises(ReaderError, match="missing"):
        with_embedder(init, tmp_path / "nowhere", tmp_path / "start")


def test_training_goes_over_to_another_embedder(init, tmp_path):
    turn, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(8, 8)))
    embedder = other_embedder(init, tmp_path / "turned", lambda table: table @ turn)
    data = write_rows(tmp_path / "data.jsonl", rows())
    out = tmp_path / "out"
    settings = TrainingSettings(steps=2)
    train_reader(TrainingFiles((data,)), out, settings, init=init, embedder=embedder, batch_tokens=512)
    reader = load_reader(str(out))
    assert reader.config.embedder_folder(out) == (out / "words").resolve()
    shutil.rmtree(embedder)  # the reader is complete without it
    out = out.rename(tmp_path / "moved")
    reader = load_reader(str(out))
    assert reader.read("张三住在哪里?", ["今天晴。张三住在北京。"])
    events = [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert events[0]["event"] == "embedder" and events[0]["projection_missed"] < 0.01


def test_another_embedder_needs_a_reader_to_start_from(init, tmp_path):
    data = write_rows(tmp_path / "data.jsonl", rows())
    with pytest.raises(TrainingError, match="--init names it"):
        train_reader(TrainingFiles((data,)), tmp_path / "out", TrainingSettings(steps=1), embedder=init)
