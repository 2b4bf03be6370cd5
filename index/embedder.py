"""Text -> unit vectors. The plug point for embedders, the table of piece vectors that ships, and the one place that chooses an embedder."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import EmbedderError

__all__ = [
    "BUNDLED",
    "ONNX",
    "Embedder",
    "StaticEmbedder",
    "hash_files",
    "is_static",
    "load_embedder",
    "normalize_rows",
    "static_folder",
]

BUNDLED = "bundled"
"""Name of the embedder that ships with the package."""
BUNDLED_PATH = Path(__file__).parent / "models" / "embedder"

ONNX = "onnx:"
"""Put before a folder or hub name: run the model's ONNX file instead of its weights in torch."""

_FOLDING = {
    "type": "Sequence",
    "normalizers": [
        {"type": "NFKD"},
        {"type": "Replace", "pattern": {"Regex": "[\u0300-\u036f]+"}, "content": ""},
        {"type": "NFKC"},
        {"type": "Lowercase"},
    ],
}
"""The normalizer that ``train-embedder`` gives its tokenizers."""
_PLAIN = re.compile(
    "[\t\n\r -~\u00b7\u2014\u2018\u2019\u201c\u201d\u3001\u3002\u3008-\u3011\u3014-\u301b\u4e00-\u9fff]*"
)
"""Text that these steps leave as it is, but for capitals: most Chinese text. Skipping them saves a fifth of the time."""
_CHUNK = 256  # texts cut into pieces at once: more are slower, since their pieces leave the cache

FloatArray = npt.NDArray[np.float32]


class Embedder(Protocol):
    """Encodes texts as unit vectors; the inner product is the similarity."""

    @property
    def name(self) -> str:
        """What ``load_embedder`` takes to load it again."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same text would get another vector."""
        ...

    def encode_documents(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of passages: (len(texts), dimension) float32, unit length (zero for a text without known pieces)."""
        ...

    def encode_query(self, query: str) -> FloatArray:
        """Vector of one query: (dimension,) float32, unit length."""
        ...


def load_embedder(name_or_path: str | None = None) -> Embedder:
    """Load an embedder: ``None`` or ``"bundled"`` the one in the package, else a local folder or a hub name.

    A folder of a lone ``StaticEmbedding`` is read without torch; anything else goes through ``sentence-transformers``, with its
    ONNX back-end where ``onnx:`` stands before the name.

    Raises
    ------
    EmbedderError
        The folder is not a model, or the name is neither a folder nor reachable.
    MissingDependencyError
        ``onnx:`` is asked for and the packages it needs are not installed.
    """
    from index.sentence_embedder import SentenceTransformerEmbedder

    name = name_or_path or BUNDLED
    if name.startswith(ONNX):
        return SentenceTransformerEmbedder(name.removeprefix(ONNX), backend="onnx")
    path = BUNDLED_PATH if name == BUNDLED else Path(name)
    weights = static_folder(path)
    if weights is not None:
        return StaticEmbedder(weights, name=name if name == BUNDLED else str(path.resolve()))
    return SentenceTransformerEmbedder(name)


def is_static(name: str) -> bool:
    """Whether ``load_embedder`` reads the model of that name as a table of word vectors, as far as can be told without loading it."""
    try:
        return static_folder(BUNDLED_PATH if name == BUNDLED else Path(name)) is not None
    except EmbedderError:
        return False


def static_folder(path: Path) -> Path | None:
    """Folder of the weights where ``path`` is a model of a lone ``StaticEmbedding`` without prompts; None for any other."""
    modules = path / "modules.json"
    if not modules.is_file():
        return None
    try:
        listed = json.loads(modules.read_text(encoding="utf-8"))
        types = [module["type"] for module in listed]
        settings = path / "config_sentence_transformers.json"
        prompts = (
            json.loads(settings.read_text(encoding="utf-8")).get("prompts") if settings.is_file() else None
        )
        if len(types) != 1 or not types[0].endswith(".StaticEmbedding") or any((prompts or {}).values()):
            return None
        return path / str(listed[0]["path"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EmbedderError(f"{path} is not a sentence-transformers folder: {error}") from error


def normalize_rows(vectors: FloatArray) -> FloatArray:
    """Rows of unit length; a row of zeros stays one."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
    return unit


class StaticEmbedder:
    """Mean of token vectors, read from a ``StaticEmbedding`` folder with NumPy alone: the same vectors without torch.

    Loads in tens of milliseconds, where importing torch takes seconds.
    """

    def __init__(self, path: Path, *, name: str | None = None) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        try:
            weights = load_file(path / "model.safetensors")
            self._tokenizer = Tokenizer.from_file(str(path / "tokenizer.json"))
            (table,) = weights.values()
        except (OSError, ValueError, SafetensorError) as error:
            raise EmbedderError(f"cannot load the embedder in {path}: {error}") from error
        except Exception as error:  # tokenizers raises bare Exception for a broken file
            raise EmbedderError(f"cannot load the tokenizer of {path}: {error}") from error
        # its own threads cost more than they bring: batches are small, and bulk work has a process for each core
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._unknown = json.loads(self._tokenizer.to_str())["model"].get("unk_id")
        self._folding = _split_off_folding(self._tokenizer)
        self._table: FloatArray = table.astype(np.float32)
        self.name = name or str(path)
        self.dimension = int(self._table.shape[1])
        self.fingerprint = hash_files([path / "model.safetensors", path / "tokenizer.json"])

    def encode_documents(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of passages: (len(texts), dimension) float32."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _CHUNK):
            some = [self._folded(text) for text in texts[start : start + _CHUNK]]
            encodings = self._tokenizer.encode_batch_fast(some, add_special_tokens=False)
            for row, encoding in enumerate(encodings, start):
                ids = encoding.ids
                if ids:  # a product with ones adds the rows up faster than ``sum`` does
                    vectors[row] = np.ones(len(ids), np.float32) @ self._table.take(ids, axis=0)
        return normalize_rows(vectors)

    def encode_words(self, words: Sequence[str]) -> FloatArray:
        """Vectors of single words: (len(words), dimension) float32; zero for a word with an unknown part, which would be near to every
        other such word."""
        vectors = self.encode_documents(words)
        unknown = self._unknown
        encodings = self._tokenizer.encode_batch_fast(
            [self._folded(w) for w in words], add_special_tokens=False
        )
        vectors[[row for row, one in enumerate(encodings) if unknown in one.ids]] = 0.0
        return vectors

    def _folded(self, text: str) -> str:
        if self._folding is None:
            return text
        return text.lower() if _PLAIN.fullmatch(text) else str(self._folding.normalize_str(text))

    def encode_query(self, query: str) -> FloatArray:
        """Vector of one query: (dimension,) float32."""
        vector: FloatArray = self.encode_documents([query])[0]
        return vector


def _split_off_folding(tokenizer: Any) -> Any:
    """Take the normalizer out of a tokenizer and return it; None, and nothing taken, where it is not the one known here."""
    state = tokenizer.normalizer and json.loads(tokenizer.normalizer.__getstate__())
    if state != _FOLDING or tokenizer.get_added_tokens_decoder():
        return None
    normalizer = tokenizer.normalizer
    tokenizer.normalizer = None
    return normalizer


def hash_files(paths: Sequence[Path]) -> str:
    """First 16 digits of the SHA-256 over the hashes of the files."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
