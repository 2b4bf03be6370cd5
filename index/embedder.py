"""Text -> unit vectors. The plug point for embedders, its two implementations and the one place that chooses between them."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import EmbedderError, MissingDependencyError

__all__ = [
    "BUNDLED",
    "ONNX",
    "Embedder",
    "SentenceTransformerEmbedder",
    "StaticEmbedder",
    "load_embedder",
    "static_folder",
]

BUNDLED = "bundled"
"""Name of the embedder that ships with the package."""
BUNDLED_PATH = Path(__file__).parent / "models" / "embedder"

ONNX = "onnx:"
"""Put before a folder or hub name: run the model's ONNX file instead of its weights in torch."""

_HUB_SECONDS = 5.0
_CHUNK = 256  # texts cut into pieces at once: more are slower, since their pieces leave the cache
_LOG = logging.getLogger(__name__)

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
    name = name_or_path or BUNDLED
    if name.startswith(ONNX):
        return SentenceTransformerEmbedder(name.removeprefix(ONNX), backend="onnx")
    path = BUNDLED_PATH if name == BUNDLED else Path(name)
    weights = static_folder(path)
    if weights is not None:
        return StaticEmbedder(weights, name=name if name == BUNDLED else str(path.resolve()))
    return SentenceTransformerEmbedder(name)


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


def _normalize_rows(vectors: FloatArray) -> FloatArray:
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
        self._table: FloatArray = table.astype(np.float32)
        self.name = name or str(path)
        self.dimension = int(self._table.shape[1])
        self.fingerprint = _hash_files([path / "model.safetensors", path / "tokenizer.json"])

    def encode_documents(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of passages: (len(texts), dimension) float32."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _CHUNK):
            some = list(texts[start : start + _CHUNK])
            encodings = self._tokenizer.encode_batch_fast(some, add_special_tokens=False)
            for row, encoding in enumerate(encodings, start):
                ids = encoding.ids
                if ids:  # a product with ones adds the rows up faster than ``sum`` does
                    vectors[row] = np.ones(len(ids), np.float32) @ self._table.take(ids, axis=0)
        return _normalize_rows(vectors)

    def encode_query(self, query: str) -> FloatArray:
        """Vector of one query: (dimension,) float32."""
        vector: FloatArray = self.encode_documents([query])[0]
        return vector


def _hash_files(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _is_cached(name: str) -> bool:
    """Whether a model of this hub name was fetched before."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return any(
            isinstance(try_to_load_from_cache(name, file), str) for file in ("modules.json", "config.json")
        )
    except HFValidationError:
        return False


def _require_hub(name: str) -> None:
    """Ask the hub for the model once: without a network, the libraries below would try again for minutes."""
    from huggingface_hub import HfApi

    try:
        HfApi().model_info(name, timeout=_HUB_SECONDS)
    except Exception as error:  # from a wrong name to a missing network, each library's own kinds
        raise EmbedderError(
            f"the embedder {name!r} is neither a folder here nor to be had from the model hub ({_first_line(error)}); give "
            "the path of a sentence-transformers folder, or connect to the network once to fetch it"
        ) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _require_onnx(path: Path) -> None:
    """The library's ONNX back-end needs a package of its own, and a local folder an exported file."""
    if any(importlib.util.find_spec(name) is None for name in ("optimum", "onnxruntime")):
        raise MissingDependencyError(
            'the ONNX back-end needs "optimum" and "onnxruntime"; pip install "sentence-transformers[onnx]"'
        )
    if path.is_dir() and not any(path.rglob("*.onnx")):
        raise EmbedderError(f"{path} holds no .onnx file; leave out {ONNX!r} to run its weights in torch")


def _onnx_file(model: Any) -> Path:
    """File of the ONNX graph a loaded model runs."""
    for module in model:
        inner = getattr(module, "auto_model", None) or getattr(module, "model", None)
        for name in ("model_path", "path"):
            found = getattr(inner, name, None)
            if found and Path(found).is_file():
                return Path(found)
    raise EmbedderError("the ONNX back-end does not say which file it runs")


class SentenceTransformerEmbedder:
    """Any ``sentence-transformers`` model, with its query and document prompts.

    What of a passage goes beyond the model's window does not count, as with any such model; ``truncated`` counts such passages,
    and the first is logged.
    """

    def __init__(
        self, name_or_path: str, *, device: str = "cpu", backend: str = "torch", **options: Any
    ) -> None:
        path = Path(name_or_path)
        local = path.is_dir() or _is_cached(name_or_path)
        if backend == "onnx":
            _require_onnx(path)
        if not local:
            _require_hub(name_or_path)
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()
            self._model = SentenceTransformer(
                name_or_path, device=device, backend=backend, local_files_only=local, **options
            )
        except Exception as error:  # the libraries below raise a dozen kinds for a missing or broken model
            raise EmbedderError(f"cannot load the embedder {name_or_path!r}: {_first_line(error)}") from error
        if backend == "torch":
            self._model.float()
        self._backend = backend
        self.name = (ONNX if backend == "onnx" else "") + (
            str(path.resolve()) if path.is_dir() else name_or_path
        )
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            dimension = len(self._model.encode_document([""])[0])
        self.dimension = int(dimension)
        self.window: int | None = self._window()
        """Pieces of a text that count, special ones included; None where there is no limit."""
        self.truncated = 0
        """Passages encoded so far that went beyond the window."""
        self.fingerprint = self._fingerprint()

    def _fingerprint(self) -> str:
        """Hash of all that shapes a vector: prompts, modules with their settings, vocabulary, weights."""
        described = [json.dumps(self._model.prompts, sort_keys=True), str(self._model)]
        backend = getattr(self._model.tokenizer, "backend_tokenizer", None)
        described.append(backend.to_str() if backend is not None else "")
        digest = hashlib.sha256("\x1f".join(described).encode())
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(tensor.detach().float().cpu().numpy()).tobytes())
        if self._backend == "onnx":  # its weights are in a file of their own, not among the model's tensors
            digest.update(_hash_files([_onnx_file(self._model)]).encode())
        return digest.hexdigest()[:16]

    def _window(self) -> int | None:
        limit = self._model.get_max_seq_length()
        return int(limit) if limit is not None and np.isfinite(limit) else None

    def _count_truncated(self, texts: Sequence[str]) -> None:
        """Count the passages that are longer than the window, and say so the first time there are any."""
        tokenizer = self._model.tokenizer
        if self.window is None or not hasattr(tokenizer, "backend_tokenizer"):
            return
        prompt = (self._model.prompts or {}).get("document") or ""
        pieces = tokenizer([prompt + text for text in texts], truncation=False, padding=False, verbose=False)
        cut = sum(len(ids) > self.window for ids in pieces["input_ids"])
        if cut and not self.truncated:
            _LOG.warning(
                "the embedder %s reads %d pieces of a passage: of %d passages %d are longer, and their ends do not count "
                "(a smaller --max-chars helps)", self.name, self.window, len(texts), cut,
            )  # fmt: skip
        self.truncated += cut

    def encode_documents(self, texts: Sequence[str]) -> FloatArray:
        """Vectors of passages: (len(texts), dimension) float32."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        self._count_truncated(texts)
        vectors = self._model.encode_document(list(texts), convert_to_numpy=True, show_progress_bar=False)
        return _normalize_rows(np.asarray(vectors, np.float32))

    def encode_query(self, query: str) -> FloatArray:
        """Vector of one query: (dimension,) float32."""
        vectors = self._model.encode_query([query], convert_to_numpy=True, show_progress_bar=False)
        vector: FloatArray = _normalize_rows(np.asarray(vectors, np.float32))[0]
        return vector
