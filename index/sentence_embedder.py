"""Any ``sentence-transformers`` model as an embedder: local or from a hub, in torch or by its ONNX file."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embedder import ONNX, FloatArray, hash_files, normalize_rows
from index.errors import EmbedderError, MissingDependencyError

__all__ = ["SentenceTransformerEmbedder"]

_HUB_SECONDS = 5.0
_LOG = logging.getLogger(__name__)


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
            digest.update(hash_files([_onnx_file(self._model)]).encode())
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
        return normalize_rows(np.asarray(vectors, np.float32))

    def encode_query(self, query: str) -> FloatArray:
        """Vector of one query: (dimension,) float32."""
        vectors = self._model.encode_query([query], convert_to_numpy=True, show_progress_bar=False)
        vector: FloatArray = normalize_rows(np.asarray(vectors, np.float32))[0]
        return vector
