"""From files of text pairs to an embedder's folder: tokenizer, pieces, training, half-precision weights."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.training.batches import BatchMaker, group_shares
from index.training.errors import TrainingError
from index.training.overlap import read_held_out
from index.training.pairs import PairTexts, read_pairs
from index.training.run_log import RunLog
from index.training.settings import TrainingSettings
from index.training.spare_words import spare_words
from index.training.table import FloatArray, load_static, new_model, save_static, start_table
from index.training.token_rows import TokenRows
from index.training.tokenizer import TokenizerSizes, build_tokenizer, script_of, with_new_pieces
from index.training.trainer import fit, require_device, require_trainer
from index.training.unigram_pieces import parts_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from tokenizers import Tokenizer

    BoolArray = npt.NDArray[np.bool_]

__all__ = ["KEPT_FROM", "TrainingFiles", "kept_pieces", "train_embedder"]

KEPT_FROM = 3
"""Occurrences from which a piece counts as one of the kept texts': fewer are chance, names and foreign words in them."""


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    """Pairs to train on, files of what must not be among them, pairs whose pieces keep their vectors, and of scripts whose pieces are learnt
    anew from both kinds, how many; for Han, how many words of those there are stay."""

    pairs: tuple[Path, ...]
    held_out: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    new_pieces: Mapping[str, int] = field(default_factory=dict)


def refuse_overlap(texts: PairTexts, held_out: Sequence[Path]) -> None:
    """Fail where a training text is a held-out question or passage, saying how many."""
    if not held_out:
        return
    count, examples = read_held_out(held_out).find(texts.texts)
    if count:
        shown = "; ".join(f"“{text[:40]}”" for text in examples)
        raise TrainingError(f"the training data hold {count} held-out texts: {shown}")


def kept_pieces(texts: Sequence[str], tokenizer: Tokenizer) -> BoolArray:
    """(pieces,) bool: the pieces that ``KEPT_FROM`` or more of the texts' pieces are. Trained on beside them, a table learns another
    language and forgets nothing of these texts."""
    kept: BoolArray = _counts(texts, tokenizer) >= KEPT_FROM
    return kept


def _counts(texts: Sequence[str], tokenizer: Tokenizer) -> npt.NDArray[np.int64]:
    """(pieces,): how often each piece is found."""
    return np.bincount(TokenRows.encode(texts, tokenizer).values, minlength=tokenizer.get_vocab_size())


def train_embedder(
    files: TrainingFiles,
    out: Path,
    settings: TrainingSettings,
    *,
    init: Path | None = None,
    tokenizer_file: Path | None = None,
    sizes: TokenizerSizes | None = None,
    dimension: int = 256,
    weights: Mapping[str, float] | None = None,
    strength: Mapping[str, float] | None = None,
    resume: bool = False,
    device: str = "cpu",
) -> Path:
    """Train a static embedder into ``out``, which ``--embedder`` takes.

    Parameters
    ----------
    init
        Static embedder whose vectors, and whose tokenizer where no other is given, are trained on from.
    tokenizer_file
        A ``tokenizer.json`` to use; one is built from the pairs where this and ``init`` are None.
    weights
        How often a group is drawn, as a factor by its name.
    strength
        How much of the way from the starting vectors is kept (Wortsman et al. 2022), 0 to 1, by script; under ``""`` for every other piece. All of it
        where nothing is said. Less of it forgets less, and what a run learnt is often found better half of the way. A run that has ended may be gone on with
        (``resume``) at another.
    device
        ``cpu`` or ``cuda``.

    Raises
    ------
    TrainingError
        A file will not do, held-out text is in the training data, or ``out`` holds another run.
    """
    if files.kept and (init is None or tokenizer_file is not None):
        raise TrainingError(
            "pieces can keep only vectors that they have: --keep needs --init, and its tokenizer"
        )
    if files.new_pieces and not files.kept:
        raise TrainingError(
            "new pieces are learnt for other texts too, whose vectors are to be kept: name these with --keep"
        )
    if strength and init is None:
        raise TrainingError("--strength is a share of the way from vectors that were there: it needs --init")
    require_trainer()
    require_device(device)
    run = out / "run"
    checkpoint = _newest_checkpoint(run)
    if checkpoint and not resume:
        raise TrainingError(f"{out} holds a run already: --resume goes on with it, or name another folder")
    log = RunLog(run / "log.jsonl")
    texts = read_pairs(files.pairs)
    refuse_overlap(texts, files.held_out)
    known = load_static(init) if init else None
    tokenizer = _tokenizer(texts, known, tokenizer_file, sizes)
    kept = None
    if files.kept:
        kept_texts = read_pairs(files.kept).texts
        if files.new_pieces:
            weighed = _weighed(
                read_pairs({path.resolve(): path for path in (*files.pairs, *files.kept)}.values()),
                settings.balance,
                weights,
            )
            tokenizer, kept = _renewed(
                known, kept_texts, weighed, files.new_pieces, run, resume=checkpoint is not None
            )
        else:
            kept = kept_pieces(kept_texts, tokenizer)
    maker = BatchMaker(
        texts, tokenizer, settings, weights=weights, watch=lambda rows: log.watch(rows, "hard negatives")
    )
    parts = (
        maker.key,
        tokenizer.to_str(),
        repr(sorted(files.new_pieces.items())),
        *([kept.tobytes().hex()] if kept is not None else ()),
    )
    key = hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
    _same_run(run, key, resume=checkpoint is not None)
    log.write("start", groups=maker.groups, settings=asdict(settings), pieces=tokenizer.get_vocab_size())
    width = known[0].shape[1] if known else dimension
    start = start_table(tokenizer, width, seed=settings.seed, known=known)
    share = _shares(tokenizer, strength or {})
    model = new_model(start.copy(), tokenizer)
    started = time.monotonic()

    def show(step: int, values: dict[str, float]) -> None:
        log.write("step", step=step, seconds=round(time.monotonic() - started, 1), **values)
        log.show(step / settings.steps, f"step {step}, loss {values.get('loss', float('nan')):.3f}")

    def keep(trained: Any, step: int) -> None:
        save_static(start + share * (_table(trained) - start), tokenizer, out)
        log.write("saved", step=step)

    steps = fit(
        model,
        maker,
        settings,
        run,
        resume=checkpoint,
        device=device,
        kept=kept,
        on_checkpoint=keep,
        on_log=show,
    )
    log.close()
    keep(model, steps)
    return out


def _shares(tokenizer: Tokenizer, strength: Mapping[str, float]) -> FloatArray:
    """(pieces, 1): how much of what each piece learns is kept."""
    shares = np.full((tokenizer.get_vocab_size(), 1), strength.get("", 1.0), np.float32)
    for piece, row in tokenizer.get_vocab().items():
        shares[row] = strength.get(script_of(piece), shares[row])
    return shares


def _tokenizer(
    texts: PairTexts,
    known: tuple[FloatArray, Tokenizer] | None,
    file: Path | None,
    sizes: TokenizerSizes | None,
) -> Tokenizer:
    if file is not None:
        return _read_tokenizer(file)
    return known[1] if known else build_tokenizer(texts.texts, sizes or TokenizerSizes())


def _read_tokenizer(file: Path) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises bare Exception for a broken file
        raise TrainingError(f"cannot load the tokenizer {file}: {error}") from error


def _renewed(
    known: tuple[FloatArray, Tokenizer] | None,
    kept_texts: Sequence[str],
    weighed: Iterator[tuple[str, float]],
    sizes: Mapping[str, int],
    run: Path,
    *,
    resume: bool,
) -> tuple[Tokenizer, BoolArray]:
    """The tokenizer with new pieces, learnt once a run, and which of its pieces keep their vectors."""
    if known is None:
        raise TrainingError("--new-pieces needs --init")
    table, tokenizer = known
    counts = _counts(kept_texts, tokenizer)
    pieces: set[str] = set()
    if "han" in sizes:
        spare = spare_words(tokenizer, table, counts)
        gone = set(spare[: max(0, len(spare) - sizes["han"])])
        scores = dict(json.loads(tokenizer.to_str())["model"]["vocab"])
        parts = {part for word in gone for part in parts_of(word, scores)}
        used = {piece for piece, row in tokenizer.get_vocab().items() if counts[row] >= KEPT_FROM}
        pieces = (used | set(spare) | parts) - gone  # parts that are gone too have their own
    file = run / "tokenizer.json"
    if resume and file.is_file():
        made = _read_tokenizer(file)
    else:
        made = with_new_pieces(tokenizer, pieces, weighed, sizes, kept_texts=kept_texts, least=KEPT_FROM)
        run.mkdir(parents=True, exist_ok=True)
        made.save(str(file.with_suffix(".new")))
        file.with_suffix(".new").replace(file)
    # a new piece of the kept texts, the sum of its parts, stays that
    stays = kept_pieces(kept_texts, made)
    unknown = tokenizer.token_to_id("<unk>")
    for piece, row in made.get_vocab().items():
        cut = set(tokenizer.encode(piece, add_special_tokens=False).ids)
        stays[row] = (stays[row] or piece in pieces) and cut != {unknown}
    return made, stays


def _weighed(
    texts: PairTexts, balance: float, weights: Mapping[str, float] | None
) -> Iterator[tuple[str, float]]:
    """Each text with how often its group's share lets it be seen, all together as often as there are texts; what is made of groups (``gloss:``,
    ``among:``) is left out of account."""
    groups = {name: [number for pair in pairs for number in pair] for name, pairs in texts.pairs.items()}
    groups |= {
        name: [number for document in documents for number in document]
        for name, documents in texts.documents.items()
    }
    times = np.zeros(len(texts.texts))
    for name, share in group_shares({n: len(g) for n, g in groups.items()}, balance, weights).items():
        np.add.at(times, groups[name], share * len(times) / max(1, len(groups[name])))
    return ((text, float(n)) for text, n in zip(texts.texts, times, strict=True) if n > 0)


def _table(model: Any) -> FloatArray:
    table: FloatArray = model[0].embedding.weight.detach().float().cpu().numpy()
    return table


def _newest_checkpoint(run: Path) -> Path | None:
    """The trainer's newest complete checkpoint."""
    found = [
        folder
        for folder in run.glob("checkpoint-*")
        if folder.name.removeprefix("checkpoint-").isdigit() and (folder / "trainer_state.json").is_file()
    ]
    return max(found, key=lambda folder: int(folder.name.removeprefix("checkpoint-")), default=None)


def _same_run(run: Path, key: str, *, resume: bool) -> None:
    """Note what the run is of; going on with other data or settings would be another run."""
    note = run / "data.key"
    if resume and (not note.is_file() or note.read_text(encoding="utf-8").strip() != key):
        raise TrainingError(f"the run in {run.parent} was of other pairs or settings; name another --out")
    run.mkdir(parents=True, exist_ok=True)
    note.write_text(key + "\n", encoding="utf-8")
