"""Adapt a reader to a user's own gold questions, minutes on a CPU, and keep it only where held-out questions gain or hold."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from index.training.run_log import RunLog
from qa.reader import Reader, load_reader, read_with_above
from qa.reader_config import ReaderConfig
from qa.training.data import BatchStream, TrainingSet
from qa.training.errors import TrainingError
from qa.training.export import export_reader, load_encoder
from qa.training.gold_pairs import (
    TuningQuestion,
    questions_with_passages,
    split_questions,
    tuning_passages,
)
from qa.training.model import TokenNet
from qa.training.score import QuestionScore, best_score, mean_scores
from qa.training.settings import TrainingSettings
from qa.training.train import train
from qa.training.weights import load_weights

__all__ = ["Comparison", "HeldOutScore", "held_out_scores", "tune_questions", "tune_reader"]

_BATCH_TOKENS = 3072
_EPOCHS = 6
_SAMPLE = 16
_TOKENS_OF_A_QUESTION = 500  # its own passage and a near one, padded
_KEPT_SHARE = 0.5  # of the new weights; the rest stays the old ones, which forgets less of what they knew


@dataclass(frozen=True, slots=True)
class HeldOutScore:
    """Of one answerable question: over the right passage, and of the best span where near passages compete with it."""

    given: QuestionScore
    among: QuestionScore


@dataclass(frozen=True, slots=True)
class Comparison:
    """A reader before and after tuning on the same held-out questions: means, and F1 question by question."""

    questions: int
    before: HeldOutScore
    after: HeldOutScore
    better: int
    worse: int

    @property
    def acceptable(self) -> bool:
        """Whether neither F1 has fallen."""
        return self.after.given.f1 >= self.before.given.f1 and self.after.among.f1 >= self.before.among.f1

    def __str__(self) -> str:
        """One line with both figures."""
        pairs = [(self.before.given, self.after.given), (self.before.among, self.after.among)]
        given, among = (
            f"EM {100 * old.exact:.1f} -> {100 * new.exact:.1f}, F1 {100 * old.f1:.1f} -> {100 * new.f1:.1f}"
            for old, new in pairs
        )
        return (
            f"{self.questions} held-out questions: {given} with the right passage given; {among} among near passages; "
            f"F1 rose for {self.better}, fell for {self.worse}"
        )


def held_out_scores(reader: Reader, questions: Sequence[TuningQuestion]) -> list[HeldOutScore]:
    """Score the answerable questions; the right passage comes first among those it is read with."""
    scores = []
    for one in questions:
        if not one.passage:
            continue
        texts = [one.passage, *one.near]
        above = [one.above, *(one.near_above or ("",) * len(one.near))]
        spans = [
            (found[:1], text)
            for found, text in zip(
                read_with_above(reader, one.question, texts, above, top_k=1), texts, strict=True
            )
        ]
        best = [(found[0].score, text[found[0].start : found[0].end]) for found, text in spans if found]
        given = [text[found[0].start : found[0].end] for found, text in spans[:1] if found]
        scores.append(
            HeldOutScore(
                best_score(given[0] if given else "", one.answers),
                best_score(max(best, key=lambda pair: pair[0])[1] if best else "", one.answers),
            )
        )
    return scores


def _compare(before: Sequence[HeldOutScore], after: Sequence[HeldOutScore]) -> Comparison:
    gains = [new.given.f1 - old.given.f1 for old, new in zip(before, after, strict=True)]
    return Comparison(
        questions=len(gains),
        before=_mean(before),
        after=_mean(after),
        better=sum(gain > 0 for gain in gains),
        worse=sum(gain < 0 for gain in gains),
    )


def _mean(scores: Sequence[HeldOutScore]) -> HeldOutScore:
    return HeldOutScore(
        mean_scores([one.given for one in scores]), mean_scores([one.among for one in scores])
    )


def tune_reader(
    gold: Path,
    index_dir: Path,
    out: Path,
    *,
    base: Path,
    minutes: float = 5.0,
    rate: float = 1e-4,
    seed: int = 1,
) -> Comparison:
    """Tune the reader in ``base`` on gold questions over an index; see ``tune_questions``."""
    found, read, lists, missing = questions_with_passages(gold, index_dir)
    log = RunLog(out / "log.jsonl")
    log.write("gold", questions=read, used=len(found), answer_not_in_index=missing, list_questions=lists)
    return tune_questions(found, out, base=base, minutes=minutes, rate=rate, seed=seed, log=log)


def tune_questions(
    questions: Sequence[TuningQuestion],
    out: Path,
    *,
    base: Path,
    minutes: float,
    rate: float,
    seed: int,
    log: RunLog,
) -> Comparison:
    """Tune on most of the questions, measure on the rest, write the reader into ``out``.

    Raises
    ------
    TrainingError
        Too few questions, or the held-out part got worse: nothing but the log is written then.
    """
    training, held_out = split_questions(questions, seed=seed)
    net = load_weights(base)
    encoder, config = load_encoder(base), ReaderConfig.load(base)
    before = held_out_scores(load_reader(str(base)), held_out)
    data = TrainingSet.build(
        "gold",
        tuning_passages(training),
        encoder,
        max_question_tokens=config.max_question_tokens,
        max_above_tokens=config.max_above_tokens,
    )
    stream = BatchStream(
        data, encoder, max_tokens=config.max_tokens, batch_tokens=_BATCH_TOKENS, seed=(seed, 0)
    )
    steps = max(20, _EPOCHS * len(training) * _TOKENS_OF_A_QUESTION // _BATCH_TOKENS)
    settings = TrainingSettings(steps=steps, minutes=minutes, rate=rate, warm_up_steps=20, seed=seed)
    old = {name: value.clone() for name, value in net.state_dict().items()}
    tuned = train(net, [stream], settings, log=log)
    _keep_share(tuned, old)
    sample = [(q.question, q.passage) for q in held_out if q.passage][:_SAMPLE]
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix="unfinished-") as name:
        export_reader(tuned, base, Path(name), sample)
        comparison = _compare(before, held_out_scores(load_reader(name), held_out))
    log.write("held_out", **asdict(comparison))
    if not comparison.acceptable:
        raise TrainingError(f"not saved, the tuned reader is worse: {comparison}")
    export_reader(tuned, base, out, sample)
    report = {"gold_questions": len(questions), "trained_on": len(training), **asdict(comparison)}
    (out / "tuning.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return comparison


def _keep_share(tuned: TokenNet, old: dict[str, torch.Tensor]) -> None:
    """Move the tuned weights part of the way back to the old ones."""
    with torch.no_grad():
        for name, value in tuned.state_dict().items():
            value.lerp_(old[name], 1 - _KEPT_SHARE)
