"""From running text to a pretrained network in a folder that ``train-reader --init`` takes: the command ``pretrain-reader``."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from index.normalize import fold
from index.training.run_log import RunLog
from qa.reader import BUNDLED_PATH
from qa.reader_encoding import load_tokenizer
from qa.training.checkpoints import latest_checkpoint
from qa.training.errors import TrainingError
from qa.training.model import ModelShape
from qa.training.pretrain import Electra, pretrain
from qa.training.settings import PretrainingSettings
from qa.training.weights import load_weights, save_weights

__all__ = ["pretrain_reader", "text_tokens"]

_LIMIT = 1 << 16  # of a token id
_COPIED = ("config.json", "tokenizer.json", "tokenizer_config.json")

Watch = Callable[[Iterable[Any], str], Iterable[Any]]


def pretrain_reader(
    texts: Sequence[Path],
    out: Path,
    settings: PretrainingSettings,
    *,
    init: Path | None = None,
    base: Path = BUNDLED_PATH,
    shape: ModelShape | None = None,
    device: str = "cpu",
    compiled: bool = False,
    resume: bool = False,
) -> None:
    """Pretrain on running text into ``out``: new weights, or those of a reader further.

    Parameters
    ----------
    texts
        Text files, a document a paragraph (empty lines between), or ``.bin`` files of token ids as uint16.
    init
        Reader, or pretrained folder, to go on from: its weights, tokenizer and configuration. The generator begins anew.
    base
        Where ``init`` is None: reader whose tokenizer and configuration are used.
    shape
        Sizes of new weights; the vocabulary is that of ``base``.
    device
        ``cpu`` or ``cuda``; ``compiled`` as in ``pretrain``.

    Raises
    ------
    TrainingError
        A file will not do, or ``out`` holds another run.
    """
    if not resume and latest_checkpoint(out):
        raise TrainingError(f"{out} holds a run already: --resume goes on with it, or name another folder")
    log = RunLog(out / "log.jsonl")
    base = init or base
    tokenizer = load_tokenizer(base / "tokenizer.json")
    vocabulary = tokenizer.get_vocab_size()
    if vocabulary > _LIMIT:
        raise TrainingError(f"the tokenizer has {vocabulary} pieces, {_LIMIT} are the most")
    tokens = np.concatenate([text_tokens(path, tokenizer, log.watch) for path in texts])
    if len(tokens) and int(tokens.max()) >= vocabulary:
        raise TrainingError(
            f"the text holds token {int(tokens.max())}, the tokenizer has {vocabulary} pieces"
        )
    torch.manual_seed(settings.seed)
    begun = load_weights(init, outputs=1) if init else None
    sizes = begun.shape if begun else replace(shape or ModelShape(vocabulary), vocabulary=vocabulary)
    model = Electra(sizes, settings)
    if begun:
        model.discriminator.load_state_dict(begun.state_dict())
    model.to(device)
    pretrain(model, tokens, settings, log=log, checkpoints=out, resume=resume, compiled=compiled)
    save_weights(model.discriminator, out / "model.safetensors")
    for name in _COPIED:
        if (base / name).is_file():
            shutil.copyfile(base / name, out / name)


def text_tokens(path: Path, tokenizer: Any, watch: Watch = lambda rows, text: rows) -> npt.NDArray[np.uint16]:
    """Token ids (n,) of a file, ``[SEP]`` after each document.

    Raises
    ------
    TrainingError
        The file is missing or is neither UTF-8 text nor token ids.
    """
    try:
        if path.suffix == ".bin":
            return np.fromfile(path, np.uint16)
        whole = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} cannot be read: {error}") from error
    end = tokenizer.token_to_id("[SEP]")
    documents = [part for part in whole.split("\n\n") if part.strip()]
    ids: list[npt.NDArray[np.uint16]] = [np.zeros(0, np.uint16)]
    for document in watch(documents, f"encode {path.name}"):
        encoded = tokenizer.encode(fold(document), add_special_tokens=False)
        ids.append(np.array([*encoded.ids, end], np.uint16))
    return np.concatenate(ids)
