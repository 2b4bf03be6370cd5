import numpy as np
import pytest
from safetensors.numpy import save_file

from index.errors import ReaderError
from qa.word_table import WordVectors, copy_word_table


def write_table(folder, table):
    folder.mkdir(exist_ok=True)
    save_file({"embedding.weight": table}, folder / "model.safetensors")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    return folder


def test_word_vectors(tmp_path):
    from safetensors.numpy import save_file

    table = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float16)
    save_file({"embedding.weight": table}, tmp_path / "model.safetensors")
    vectors = WordVectors(tmp_path / "model.safetensors")
    expected = table.astype(np.float32)
    expected[:2] = 0
    words = np.array([[0, 1, 2], [4999, 7, 7]])
    np.testing.assert_allclose(vectors.scaled(words), expected[words] / expected.std(), rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors.unit(np.array([2, 4999])), axis=1), 1, rtol=1e-5)
    assert not vectors.unit(np.array([0, 1])).any()
    assert vectors.dimension == 4


def test_a_copy_in_eight_bits_keeps_angles_and_sizes(tmp_path):
    generator = np.random.default_rng(1)
    sizes = np.exp(generator.normal(size=(5000, 1)))
    table = (generator.normal(size=(5000, 64)) * sizes).astype(np.float16)
    embedder = write_table(tmp_path / "embedder", table)
    copy_word_table(embedder, tmp_path / "words")
    whole = WordVectors(embedder / "model.safetensors")
    copied = WordVectors(tmp_path / "words" / "model.safetensors")
    words = np.arange(2, 5000)
    assert (len(copied), copied.dimension) == (5000, 64)
    assert (whole.unit(words) * copied.unit(words)).sum(1).min() > 0.999
    scale = np.abs(whole.scaled(words)).max(1, keepdims=True)
    assert (np.abs(whole.scaled(words) - copied.scaled(words)) / scale).max() < 1 / 127
    assert not copied.scaled(np.array([0, 1])).any()
    assert (tmp_path / "words" / "model.safetensors").stat().st_size < 0.6 * (
        embedder / "model.safetensors"
    ).stat().st_size
    assert (tmp_path / "words" / "tokenizer.json").read_text(encoding="utf-8") == "{}"


def test_a_copy_of_a_copy_is_the_same(tmp_path):
    table = np.random.default_rng(2).normal(size=(40, 8)).astype(np.float32)
    table[5] = 0
    copy_word_table(write_table(tmp_path / "embedder", table), tmp_path / "one")
    copy_word_table(tmp_path / "one", tmp_path / "two")
    one, two = (WordVectors(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    np.testing.assert_array_equal(one.scaled(np.arange(40)), two.scaled(np.arange(40)))
    assert np.isfinite(one.unit(np.arange(40))).all()


@pytest.mark.parametrize(
    "tensors",
    [
        {"vectors": np.zeros(4, np.float32)},
        {"vectors": np.zeros((4, 2), np.int8), "scales": np.zeros(3, np.float32)},
        {"one": np.zeros((4, 2), np.float32), "two": np.zeros((4, 2), np.float32)},
    ],
)
def test_a_file_that_is_no_table_is_named(tmp_path, tensors):
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(ReaderError, match=r"model\.safetensors"):
        WordVectors(tmp_path / "model.safetensors")


def test_a_damaged_table_is_named(tmp_path):
    broken = tmp_path / "model.safetensors"
    broken.write_bytes(b"not weights")
    with pytest.raises(ReaderError, match="word vectors"):
        WordVectors(broken)
