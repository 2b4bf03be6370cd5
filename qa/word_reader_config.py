"""``config.json`` of a word-aware reader's folder: lengths, match types, and the embedder it was trained with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from index.errors import ReaderError

__all__ = ["ARCHITECTURE", "OWN_WORDS", "WordReaderConfig"]

ARCHITECTURE = "wenju-word-reader"
_VERSION = 1
OWN_WORDS = "words"
"""Folder, inside a reader's, of its own copy of the word vectors."""


@dataclass(frozen=True, slots=True)
class WordReaderConfig:
    """``config.json`` of a reader's folder. Lengths count tokens; ``max_tokens`` counts question, passage and 3 marks."""

    max_tokens: int
    max_question_tokens: int
    stride: int
    """Tokens that two neighbouring windows of a long passage share."""
    max_answer_tokens: int
    match_types: tuple[str, ...]
    """Names of the match types, in the order of their numbers."""
    embedder: str
    """Where the word vectors are: ``bundled`` (with the embedder that ships), or a folder relative to the reader's."""
    embedder_fingerprint: str

    @classmethod
    def load(cls, folder: Path) -> WordReaderConfig:
        """Read and check the configuration of a folder.

        Raises
        ------
        ReaderError
            It is missing, damaged, or of another architecture or version.
        """
        path = folder / "config.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            kind, version = data["architecture"], data["version"]
            if (kind, version) != (ARCHITECTURE, _VERSION):
                raise ReaderError(
                    f"{path} is for {kind} version {version}; this is {ARCHITECTURE} version {_VERSION}"
                )
            words = data["word_vectors"]
            config = cls(
                max_tokens=int(data["max_tokens"]),
                max_question_tokens=int(data["max_question_tokens"]),
                stride=int(data["stride"]),
                max_answer_tokens=int(data["max_answer_tokens"]),
                match_types=tuple(data["match_types"]),
                embedder=str(words["embedder"]),
                embedder_fingerprint=str(words["fingerprint"]),
            )
        except FileNotFoundError as error:
            raise ReaderError(f"{folder} holds no reader: config.json is missing") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ReaderError(f"{path} is damaged: {error!r}") from error
        if config.stride < 0 or config.max_tokens - config.max_question_tokens - 3 <= config.stride:
            raise ReaderError(f"{path}: a window must be longer than the stride")
        return config

    @property
    def holds_embedder(self) -> bool:
        """Whether the word vectors lie inside the reader's own folder and go where it goes."""
        return self.embedder != "bundled" and not self.embedder.startswith(("/", ".."))

    def embedder_folder(self, folder: Path) -> Path:
        """Folder of the embedder whose word vectors the reader was trained with."""
        if self.embedder == "bundled":
            return Path(str(resources.files("index"))) / "models" / "embedder"
        return (folder / self.embedder).resolve()
