"""Embedders: the NumPy one against sentence-transformers, any other model through it, clear errors for none."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from index.embedder import (
    BUNDLED_PATH,
    ONNX,
    Embedder,
    StaticEmbedder,
    load_embedder,
    normalize_rows,
)
from index.errors import EmbedderError, MissingDependencyError
from index.normalize import normalize
from index.sentence_embedder import SentenceTransformerEmbedder

SEEDS = Path(__file__).parent.parent / "seeds"
TEXTS = ["每年转化煤炭1200万吨。", "GDP growth in 2024, 增长5.2%", "🎉👨👩👧", "a", "煤" * 3000, "三化三制"]


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transformer of a few thousand weights, with a query and a document prompt."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.models import Pooling, Transformer
        from transformers import BertConfig, BertModel, BertTokenizerFast

        folder = tmp_path_factory.mktemp("tiny")
        words = [
            "[PAD]",
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "[MASK]",
            *"煤炭转化产量多少山西省年万吨查询文档:0123456789abc",
        ]
        vocabulary = {word: number for number, word in enumerate(dict.fromkeys(words))}
        torch.manual_seed(0)
        torch.set_num_threads(1)
        config = BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
        )
        BertModel(config).save_pretrained(folder / "bert")
        BertTokenizerFast(vocab=vocabulary).save_pretrained(folder / "bert")
        transformer = Transformer(str(folder / "bert"))
        model = SentenceTransformer(
            modules=[transformer, Pooling(16)], prompts={"query": "查询:", "document": "文档:"}, device="cpu"
        )
        model.save(str(folder / "model"))
    return folder / "model"


@pytest.fixture(params=["static", "transformer"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return (
        load_embedder()
        if request.param == "static"
        else load_embedder(str(request.getfixturevalue("tiny_model")))
    )


def test_static_vectors_are_those_of_sentence_transformers() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        reference = SentenceTransformer(str(BUNDLED_PATH), device="cpu", local_files_only=True)
    real = [
        line
        for path in sorted(SEEDS.glob("*.txt"))
        for line in normalize(path.read_text("utf-8")).text.split("\n")
    ]
    texts = [*TEXTS, *real]
    expected = reference.float().encode_document(texts, normalize_embeddings=True)
    ours = StaticEmbedder(BUNDLED_PATH)
    assert np.abs(ours.encode_documents(texts) - expected).max() < 1e-5
    query = reference.encode_query(["山西省煤炭产量是多少"], normalize_embeddings=True)[0]
    assert np.abs(ours.encode_query("山西省煤炭产量是多少") - query).max() < 1e-5


def test_plain_text_is_folded_as_any_other() -> None:
    """What is let past the normalizer is exactly what it would have left, whatever stands beside it."""
    from tokenizers import Tokenizer

    from index.embedder import _PLAIN

    whole = Tokenizer.from_file(str(BUNDLED_PATH / "tokenizer.json"))
    plain = "".join(chr(code) for code in range(0x10000) if _PLAIN.fullmatch(chr(code)))
    assert len(plain) > 20_000 and "é" not in plain and "，" not in plain and "\u0301" not in plain
    assert whole.normalizer.normalize_str(plain) == plain.lower()
    texts = [
        "2024年，ＧＤＰ 增长5.2%。",
        "大同市 Coal",
        "naïve café",
        "e\u0301",
        "😀👩‍👩‍👧",
        "ﬁ İ ΟΔΟΣ",
        "[UNK]",
        "",
    ]
    embedder = StaticEmbedder(BUNDLED_PATH)
    for text in texts:
        ids = whole.encode(text, add_special_tokens=False).ids
        expected = normalize_rows(embedder._table[ids].sum(axis=0, keepdims=True))[0]
        np.testing.assert_allclose(embedder.encode_query(text), expected, atol=1e-6)


def test_vectors_are_unit_length_and_float32(embedder: Embedder) -> None:
    vectors = embedder.encode_documents(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.allclose(lengths[lengths > 0], 1, atol=1e-5)
    assert lengths[0] > 0
    query = embedder.encode_query("煤炭")
    assert query.shape == (embedder.dimension,) and query.dtype == np.float32


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.encode_documents([]).shape == (0, embedder.dimension)


def test_one_text_has_the_same_vector_in_any_batch(embedder: Embedder) -> None:
    together = embedder.encode_documents(TEXTS)
    for row, text in enumerate(TEXTS):
        assert np.allclose(embedder.encode_documents([text])[0], together[row], atol=1e-5)


def test_a_text_of_nothing_has_no_direction() -> None:
    assert not load_embedder().encode_query("").any()


def test_prompts_are_put_before_queries_and_documents(tiny_model: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        plain = SentenceTransformer(str(tiny_model), device="cpu", local_files_only=True)
    embedder = load_embedder(str(tiny_model))
    assert isinstance(embedder, SentenceTransformerEmbedder)
    by_hand = plain.encode(["查询:煤炭产量", "文档:煤炭产量"], prompt="", normalize_embeddings=True)
    assert np.allclose(embedder.encode_query("煤炭产量"), by_hand[0], atol=1e-5)
    assert np.allclose(embedder.encode_documents(["煤炭产量"])[0], by_hand[1], atol=1e-5)
    assert not np.allclose(by_hand[0], by_hand[1], atol=1e-3)


def test_fingerprint_is_of_the_content_not_of_the_place(tiny_model: Path, tmp_path: Path) -> None:
    same = shutil.copytree(tiny_model, tmp_path / "same")
    assert load_embedder(str(same)).fingerprint == load_embedder(str(tiny_model)).fingerprint


def _change_prompt(folder: Path) -> None:
    file = folder / "config_sentence_transformers.json"
    settings = json.loads(file.read_text("utf-8"))
    settings["prompts"]["query"] = "问:"
    file.write_text(json.dumps(settings), encoding="utf-8")


def _change_pooling(folder: Path) -> None:
    file = next(folder.glob("1_*/config.json"))
    file.write_text(file.read_text("utf-8").replace("mean", "cls"), encoding="utf-8")


def _change_weight(folder: Path) -> None:
    file = folder / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("change", [_change_prompt, _change_pooling, _change_weight])
def test_fingerprint_tells_another_model(change: object, tiny_model: Path, tmp_path: Path) -> None:
    other = shutil.copytree(tiny_model, tmp_path / "other")
    change(other)  # type: ignore[operator]
    assert load_embedder(str(other)).fingerprint != load_embedder(str(tiny_model)).fingerprint


def test_name_loads_the_same_model_again(embedder: Embedder) -> None:
    assert load_embedder(embedder.name).fingerprint == embedder.fingerprint


def test_a_static_model_in_a_folder_of_its_own_is_found(tmp_path: Path) -> None:
    inside = shutil.copytree(BUNDLED_PATH, tmp_path / "model" / "0_StaticEmbedding")
    for name in ("modules.json", "config_sentence_transformers.json"):
        shutil.move(inside / name, tmp_path / "model" / name)
    modules = tmp_path / "model" / "modules.json"
    listed = json.loads(modules.read_text("utf-8"))
    listed[0]["path"] = "0_StaticEmbedding"
    modules.write_text(json.dumps(listed), encoding="utf-8")
    found = load_embedder(str(tmp_path / "model"))
    assert isinstance(found, StaticEmbedder)
    assert found.fingerprint == load_embedder().fingerprint


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "modules.json", "config_sentence_transformers.json"]
)
def test_a_broken_model_is_one_clear_line(name: str, tmp_path: Path) -> None:
    folder = shutil.copytree(BUNDLED_PATH, tmp_path / "model")
    (folder / name).write_bytes(b"{broken")
    with pytest.raises(EmbedderError) as caught:
        load_embedder(str(folder))
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)


def _load_without_network(name: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Load an embedder in a process whose network is cut, and print what came of it."""
    program = (
        "import socket, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "def cut(*a, **k): raise OSError('no network')\n"
        "socket.getaddrinfo = cut\n"
        "socket.socket.connect = cut\n"
        "from index.embedder import load_embedder\n"
        "from index.errors import EmbedderError\n"
        "try:\n"
        "    print('loaded', load_embedder(sys.argv[1]).dimension)\n"
        "except EmbedderError as error:\n"
        "    print('error', error)\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRANSFORMERS_"))}
    return subprocess.run(
        [sys.executable, "-c", program, name],
        capture_output=True, text=True, timeout=120, cwd=Path(__file__).parent.parent,
        env={**environment, "HF_HOME": str(home)},
    )  # fmt: skip


def test_a_hub_name_without_network_fails_without_trying_again(tmp_path: Path) -> None:
    done = _load_without_network("someone/some-model", tmp_path)
    assert done.stdout.startswith("error the embedder 'someone/some-model' is neither a folder here nor"), (
        done
    )
    assert done.stdout.count("\n") == 1 and "Retrying" not in done.stderr


def test_a_hub_model_fetched_before_loads_without_network(tiny_model: Path, tmp_path: Path) -> None:
    repository = tmp_path / "hub" / "models--someone--tiny"
    shutil.copytree(tiny_model, repository / "snapshots" / ("0" * 40))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    done = _load_without_network("someone/tiny", tmp_path)
    assert done.stdout == "loaded 16\n", done.stderr


def test_passages_beyond_the_window_are_counted_and_said_once(
    tiny_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = load_embedder(str(tiny_model))
    assert isinstance(embedder, SentenceTransformerEmbedder) and embedder.window == 512
    embedder.encode_documents(["煤炭", "GDP 煤炭 abc", "🎉", ""])
    assert embedder.truncated == 0 and not caplog.messages
    long = ["煤" * 507, "煤" * 508, "煤炭" * 600]  # the prompt 文档: and two special pieces count too
    embedder.encode_documents(long)
    assert embedder.truncated == 2
    (said,) = caplog.messages
    assert "reads 512 pieces" in said and "of 3 passages 2 are longer" in said
    embedder.encode_documents(long)
    assert embedder.truncated == 4 and len(caplog.messages) == 1
    assert np.allclose(
        embedder.encode_documents(long[1:2])[0], embedder.encode_documents([long[1] + "煤"])[0]
    )


def test_onnx_without_its_packages_says_what_to_install(tiny_model: Path) -> None:
    if importlib.util.find_spec("optimum") is not None:
        pytest.skip("the packages are here")
    with pytest.raises(MissingDependencyError, match=r"pip install \"sentence-transformers\[onnx\]\""):
        load_embedder(f"{ONNX}{tiny_model}")


def test_onnx_needs_an_exported_file(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    with pytest.raises(EmbedderError, match=r"holds no \.onnx file"):
        load_embedder(f"{ONNX}{tiny_model}")


def test_onnx_runs_the_exported_file(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library is asked for its ONNX back-end; the name brings it back, and another file is another fingerprint."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sentence_transformers

    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "onnx").mkdir()
    graph = folder / "onnx" / "model.onnx"
    graph.write_bytes(b"graph")
    asked: list[str] = []

    class Library(sentence_transformers.SentenceTransformer):
        """Loads with torch what it is asked to load with ONNX, and names the file as the ONNX models do."""

        def __init__(self, *arguments: object, backend: str, **options: object) -> None:
            asked.append(backend)
            super().__init__(*arguments, **options)  # type: ignore[arg-type]
            self[0].auto_model.model_path = graph

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    monkeypatch.setattr(sentence_transformers, "SentenceTransformer", Library)
    embedder = load_embedder(f"{ONNX}{folder}")
    assert asked == ["onnx"]
    assert embedder.name == f"{ONNX}{folder.resolve()}"
    assert load_embedder(embedder.name).fingerprint == embedder.fingerprint
    assert np.allclose(
        embedder.encode_query("煤炭"), load_embedder(str(folder)).encode_query("煤炭"), atol=1e-5
    )
    graph.write_bytes(b"another")
    assert load_embedder(embedder.name).fingerprint != embedder.fingerprint


def test_the_bundled_model_is_small_safe_and_quick_to_load() -> None:
    """No pickle, at most 24 MB of weights, and the library loads it in a moment."""
    assert not {path.suffix for path in BUNDLED_PATH.rglob("*")} & {".bin", ".pt", ".pth", ".pkl"}
    assert (BUNDLED_PATH / "model.safetensors").stat().st_size <= 24_000_000
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        SentenceTransformer(str(BUNDLED_PATH), device="cpu", local_files_only=True)
        spent = []
        for _ in range(3):
            started = time.process_time()
            SentenceTransformer(str(BUNDLED_PATH), device="cpu", local_files_only=True)
            spent.append(time.process_time() - started)
    assert min(spent) < 0.5  # of processor time, which a busy machine does not stretch
