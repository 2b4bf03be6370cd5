"""Go over to another embedder: a reader trained with one table of word vectors, made ready to be trained on with another.

The only layer that sees word vectors is a linear projection. It is fitted anew by least squares, so that the words of both
tables enter the network as before, as nearly as a linear map can; training does the rest.
"""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from qa.reader_encoding import fingerprint_files, load_tokenizer
from qa.training.errors import TrainingError
from qa.training.model import load_weights, save_weights
from qa.word_reader_config import OWN_WORDS, WordReaderConfig
from qa.word_table import WordVectors, copy_word_table

__all__ = ["fit_projection", "with_embedder"]

FloatArray = npt.NDArray[np.float32]

_RESERVED = 2  # padding and unknown: their vectors are zero
_RIDGE = 1e-3  # of the mean square of a dimension
_FEWEST_SHARED = 2.0  # words of both tables, for each dimension of the new vectors


def fit_projection(
    old: FloatArray, new: FloatArray, projection: FloatArray, weights: FloatArray
) -> tuple[FloatArray, float]:
    """Projection of the new vectors that best gives what the old projection gives of the old ones.

    Parameters
    ----------
    old, new
        Vectors of the same n words, (n, d) and (n, e).
    projection
        (width, d).
    weights
        How much each word counts, (n,).

    Returns
    -------
    The new projection, (width, e), and the weighted share of the old outputs' square that it misses, 0 to 1.
    """
    wanted = old @ projection.T
    left = new * weights[:, None]
    square = left.T @ new
    square[np.diag_indices_from(square)] += _RIDGE * np.trace(square) / len(square)
    solved = np.linalg.solve(square.astype(np.float64), (left.T @ wanted).astype(np.float64))
    missed = (weights[:, None] * (new @ solved - wanted) ** 2).sum()
    missed /= max(float((weights[:, None] * wanted**2).sum()), 1e-12)
    return solved.T.astype(np.float32), float(missed)


def with_embedder(init: Path, embedder: Path, folder: Path) -> float:
    """Write into ``folder`` the reader ``init`` made ready for the word vectors of ``embedder``, to be trained on.

    The folder gets configuration, tokenizer, half-precision weights and a copy of the word vectors, no ONNX: what it holds has
    not been trained. Returns the share of the old projection that a linear map of the new vectors misses.

    Raises
    ------
    TrainingError
        The two embedders share too few words.
    ReaderError
        A file is missing or damaged.
    """
    config = WordReaderConfig.load(init)
    before = config.embedder_folder(init)
    net = load_weights(init / "model.safetensors")
    scores = _piece_scores(before / "tokenizer.json"), _piece_scores(embedder / "tokenizer.json")
    shared = [piece for piece in scores[0] if piece in scores[1]]
    vectors = WordVectors(embedder / "model.safetensors")
    if len(shared) < _FEWEST_SHARED * vectors.dimension:
        raise TrainingError(f"{before} and {embedder} share only {len(shared)} words")
    old, new = (
        one.scaled(np.array([ids[piece][0] for piece in shared]))
        for one, ids in zip((WordVectors(before / "model.safetensors"), vectors), scores, strict=True)
    )
    weights = np.array([math.exp(scores[1][piece][1] / 2) for piece in shared], np.float32)
    fitted, missed = fit_projection(old, new, net.win.weight.detach().numpy(), weights / weights.mean())
    net.win = torch.nn.Linear(vectors.dimension, net.shape.width, bias=False)
    with torch.no_grad():
        net.win.weight.copy_(torch.from_numpy(fitted))
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        if (init / name).is_file():
            shutil.copyfile(init / name, folder / name)
    data: dict[str, Any] = json.loads((init / "config.json").read_text(encoding="utf-8"))
    words = folder / OWN_WORDS
    copy_word_table(embedder, words)
    fingerprint = fingerprint_files([words / "model.safetensors", words / "tokenizer.json"])
    data["word_vectors"] = {"embedder": OWN_WORDS, "fingerprint": fingerprint}
    (folder / "config.json").write_text(
        json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    save_weights(net, folder / "model.safetensors", half=True)
    return missed


def _piece_scores(path: Path) -> dict[str, tuple[int, float]]:
    """Id and log probability of every piece of a tokenizer that has them; 0 where it has none."""
    model = json.loads(load_tokenizer(path).to_str())["model"]
    if isinstance(model["vocab"], dict):
        return {piece: (number, 0.0) for piece, number in model["vocab"].items() if number >= _RESERVED}
    rows = enumerate(model["vocab"])
    return {piece: (number, float(score)) for number, (piece, score) in rows if number >= _RESERVED}
