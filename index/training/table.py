"""The table of vectors a run starts from, and the folder of a finished one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.training.errors import TrainingError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

__all__ = ["load_static", "new_model", "save_static", "start_table"]

_SPREAD = 0.1

FloatArray = npt.NDArray[np.float32]


def load_static(folder: Path) -> tuple[FloatArray, Tokenizer]:
    """Table and tokenizer of a folder that holds a lone ``StaticEmbedding``.

    Raises
    ------
    TrainingError
        It holds something else, which this training cannot change.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    from index.embedder import static_folder
    from index.errors import EmbedderError

    try:
        inside = static_folder(folder)
        if inside is None:
            raise TrainingError(f"{folder} is no static embedder (a lone StaticEmbedding without prompts)")
        (table,) = load_file(inside / "model.safetensors").values()
        return table.astype(np.float32), Tokenizer.from_file(str(inside / "tokenizer.json"))
    except (EmbedderError, SafetensorError, OSError, ValueError) as error:
        raise TrainingError(f"cannot load {folder}: {error}") from error


def start_table(
    tokenizer: Tokenizer,
    dimension: int,
    *,
    seed: int,
    known: tuple[FloatArray, Tokenizer] | None = None,
) -> FloatArray:
    """Vectors to start from: (pieces, dimension) float32.

    Random where nothing is ``known``; else the known vector of a piece that is there under the same name, and for any other the
    sum of the pieces that the known tokenizer cuts it into, so that a text means at first what it meant before; random where it knows no part.
    """
    random = np.random.default_rng(seed)
    size = tokenizer.get_vocab_size()
    table: FloatArray = random.normal(0, _SPREAD, (size, dimension)).astype(np.float32)
    if known is None:
        return table
    old, old_tokenizer = known
    if old.shape[1] != dimension:
        raise TrainingError(
            f"the vectors to start from have {old.shape[1]} dimensions, {dimension} are wanted"
        )
    spread = float(old.std())
    table *= spread / _SPREAD
    unknown = old_tokenizer.token_to_id("<unk>")
    for piece, row in tokenizer.get_vocab().items():
        same = old_tokenizer.token_to_id(piece)
        cut = [] if same is not None else old_tokenizer.encode(piece, add_special_tokens=False).ids
        ids = [same] if same is not None else [one for one in cut if one != unknown]
        if ids:
            table[row] = old[ids].sum(axis=0)
    return table


def new_model(table: FloatArray, tokenizer: Tokenizer) -> SentenceTransformer:
    """A ``sentence-transformers`` model of this table, on the CPU."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    module = StaticEmbedding(tokenizer, embedding_weights=np.ascontiguousarray(table))
    return SentenceTransformer(modules=[module], device="cpu", similarity_fn_name="cosine")


def save_static(table: npt.NDArray[Any], tokenizer: Tokenizer, folder: Path) -> None:
    """Write a model folder with half-precision weights, in the form that ``SentenceTransformer(folder)`` loads."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    highest = float(np.abs(table).max(initial=0.0))
    if not np.isfinite(highest):
        raise TrainingError("the trained vectors are not finite: use a lower --rate")
    half = (table * min(1.0, 30_000 / max(highest, 1e-9))).astype(np.float16)  # its scale changes no cosine
    save_file({"embedding.weight": half}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # safetensors makes it readable for its owner alone
    tokenizer.save(str(folder / "tokenizer.json"))
    module = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
    for name, data in (
        ("modules.json", [{"idx": 0, "name": "0", "path": "", "type": module}]),
        ("config_sentence_transformers.json", _settings()),
    ):
        (folder / name).write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def _settings() -> dict[str, object]:
    import sentence_transformers
    import torch
    import transformers

    versions = {
        "sentence_transformers": sentence_transformers.__version__,
        "transformers": transformers.__version__,
        "pytorch": torch.__version__,
    }
    return {
        "__version__": versions,
        "model_type": "SentenceTransformer",
        "prompts": {"query": "", "document": ""},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }
