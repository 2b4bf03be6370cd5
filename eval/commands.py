"""What each command of ``python -m eval`` does with its arguments. Heavy imports stand inside, so that ``--help`` is quick."""

from __future__ import annotations

import hashlib
import sys
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.errors import EvalError

if TYPE_CHECKING:
    from eval.dataset import Question
    from qa.calibration import Calibration
    from qa.pipeline import Pipeline

__all__ = [
    "calibrate",
    "compare",
    "fit",
    "fit_ranking",
    "gate",
    "report",
    "run",
    "say",
]

_ALSO_WEIGHT = 0.33
"""How much a question of a further set counts in a fit."""


def say(text: str) -> None:
    """Write a line to stdout, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _open(arguments: Namespace, calibration: Calibration | None = None) -> Pipeline:
    from qa.pipeline import Pipeline

    return Pipeline.open(
        arguments.index_dir, reader=arguments.reader, embedder=arguments.embedder, calibration=calibration
    )


def _questions(arguments: Namespace) -> list[Question]:
    from eval.dataset import load_gold, select

    chosen = select(load_gold(arguments.gold), split=arguments.split, limit=arguments.limit)
    if not chosen:
        raise EvalError(f"{arguments.gold.name} holds no question of the split {arguments.split!r}")
    return chosen


def _settings(arguments: Namespace, pipeline: Pipeline) -> dict[str, Any]:
    """Return everything besides index and code that makes a run what it is."""
    settings = {
        "gold": arguments.gold.name,
        "gold_sha256": hashlib.sha256(arguments.gold.read_bytes()).hexdigest(),
        "split": arguments.split,
        "limit": arguments.limit,
        "reader": _name(pipeline.reader, arguments.reader),
        "embedder": _name(pipeline.index.embedder, arguments.embedder),
    }
    calibration = asdict(pipeline.calibration)
    calibration.pop("fitted_on")
    config = asdict(pipeline.config)
    config.pop("calibration")
    return {**settings, **_flat("config", config), **_flat("calibration", calibration)}


def _name(model: object, asked_for: str | None) -> str:
    """Return the model's own name and fingerprint; a folder's path is cut to its last part."""
    name = str(getattr(model, "name", "") or asked_for or type(model).__name__)
    fingerprint = str(getattr(model, "fingerprint", ""))
    short = Path(name).name if Path(name).is_absolute() else name
    return f"{short} {fingerprint[:12]}".strip()


def _flat(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= (
            _flat(f"{prefix}.{name}", value) if isinstance(value, Mapping) else {f"{prefix}.{name}": value}
        )
    return found


def run(arguments: Namespace) -> int:
    """Ask the gold questions and write the run folder."""
    from eval.run import run_gold

    questions = _questions(arguments)
    pipeline = _open(arguments)
    facts = {"documents": len(pipeline.index.documents()), "passages": len(pipeline.index)}
    settings = _settings(arguments, pipeline)
    done = run_gold(pipeline, questions, arguments.out, settings=settings, facts=facts, fresh=arguments.fresh)
    kept = f", {done.kept} kept from before" if done.kept else ""
    say(
        f"{done.asked} questions asked{kept}; asking took {done.seconds:.1f} s in all. Next: python -m eval report {arguments.out}"
    )
    return 0


def report(arguments: Namespace) -> int:
    """Write the report of a run and print its head figures."""
    from eval.metrics_file import load_metrics
    from eval.report import write_report
    from eval.report_tables import SECTIONS, percent

    written = write_report(arguments.run_dir, arguments.language)
    found = load_metrics(arguments.run_dir)["figures"]
    for names in SECTIONS.values():
        for name, label in names.items():
            if name in found:
                say(f"{label:<42} {percent(found[name]):>22}  {found[name]['count']:>5} questions")
    say("\n".join(str(path) for path in written))
    return 0


def compare(arguments: Namespace) -> int:
    """Compare two runs."""
    from eval.compare import compare_html, compare_markdown, compare_runs

    found = compare_runs(arguments.first, arguments.second)
    if arguments.out is None:
        say(compare_markdown(found))
        return 0
    as_html = arguments.out.suffix.lower() in (".html", ".htm")
    arguments.out.write_text(compare_html(found) if as_html else compare_markdown(found), encoding="utf-8")
    say(
        f"fixed {len(found.fixed)}, broken {len(found.broken)}, changed {len(found.changed)}: {arguments.out}"
    )
    return 0


def gate(arguments: Namespace) -> int:
    """Compare a run's figures with the baseline."""
    from eval.gate import gate as check
    from eval.gate import write_baseline

    if arguments.renew:
        write_baseline(arguments.metrics, arguments.baseline)
        say(f"baseline written: {arguments.baseline}")
        return 0
    fallen, held = check(arguments.metrics, arguments.baseline)
    for line in held:
        say(f"held    {line}")
    for line in fallen:
        sys.stderr.write(f"fallen  {line}\n")
    return 1 if fallen else 0


def calibrate(arguments: Namespace) -> int:
    """Fit the calibration on a tuning set and write it where the pipeline looks for it."""
    from eval.calibrate import calibrate as fit
    from eval.calibrate import observe, starting_calibration
    from eval.report_tables import percent

    questions = _questions(arguments)
    kind = "overlap" if arguments.reader == "overlap" else "neural"
    before = starting_calibration(arguments.index_dir, kind)
    pipeline = _open(arguments, before)
    settings = _settings(arguments, pipeline)
    facts = {name: settings[name] for name in ("gold", "gold_sha256", "split", "reader")}
    fitted = fit(
        observe(pipeline, questions),
        before,
        wrong_cost=arguments.wrong_cost,
        accuracy=arguments.accuracy,
        facts={**facts, "index": pipeline.index.fingerprint},
    )
    out = arguments.out or arguments.index_dir / "calibration.json"
    found = fitted.calibration
    found.save(out)
    say(
        f"answer threshold {found.answer_threshold}, confidence threshold {found.confidence_threshold}, "
        f"slope {found.slope:.4f}, intercept {found.intercept:.4f}: {out}"
    )
    say("Cross-validated on questions that the fit did not see:")
    for name, estimate in fitted.figures.items():
        say(f"  {name:<28} {percent(asdict(estimate)):>22}")
    return 0


def fit(arguments: Namespace) -> int:
    """Fit ranking, judgement and calibration, say their out-of-fold figures, write them where asked."""
    from eval.dataset import load_gold
    from eval.fit import Observed, fit_calibration, fit_weights, observe, write_fit
    from eval.fit_folds import FEATURE_GROUPS, REFUSED_ANSWERABLE, ablation
    from index.corpus_index import CorpusIndex
    from qa.calibration import Calibration
    from qa.pipeline import Pipeline
    from qa.reader import OverlapReader, load_reader
    from qa.span_scorer import SpanScorer

    if arguments.out:
        _make_folder(arguments.out)
    reader = load_reader(arguments.reader)
    # those on disk may be for other features
    blank = SpanScorer.from_weights({"span": {}, "judgement": {}, "certainty": {}})

    def observed(index_dir: Path, questions: list[Question], **counting: Any) -> list[Observed]:
        with closing(CorpusIndex.open(index_dir, embedder=arguments.embedder)) as corpus_index:
            pipeline = Pipeline(corpus_index, reader, scorer=blank, calibration=Calibration())
            return observe(pipeline, questions, **counting)

    others = [(index_dir, load_gold(gold), gold.stem) for index_dir, gold in arguments.also]
    weights_of = arguments.also_weight or [_ALSO_WEIGHT]
    if len(weights_of) not in (1, len(others)):
        raise EvalError(
            f"--also-weight is given {len(weights_of)} times for {len(others)} --also: once, or once each"
        )
    weights_of = weights_of * len(others) if len(weights_of) == 1 else weights_of
    rows = observed(arguments.index_dir, _questions(arguments))
    for (index_dir, questions, source), weight in zip(others, weights_of, strict=True):
        rows += observed(index_dir, questions, weight=weight, source=source)
    weights = fit_weights(rows)
    facts = {"gold": arguments.gold.name, "split": arguments.split, "reader": reader.fingerprint}
    calibration = fit_calibration(rows, facts)
    fitted_on = calibration.fitted_on
    figures = {"nothing": fitted_on["out_of_fold"]}
    figures |= {f"{name}, beside": one for name, one in fitted_on.get("out_of_fold_beside", {}).items()}
    if arguments.ablation:
        groups = {name: features for name, features in FEATURE_GROUPS.items() if features}
        figures |= {name: asdict(one) for name, one in ablation(rows, groups).items()}
    say(
        "Out of fold, by question. Left out: best span right | answerable AUROC | right AUROC | "
        f"refused at {100 * REFUSED_ANSWERABLE:.0f} % | all correct"
    )
    shown = ("best_right", "auroc_answerable", "auroc_right", "refused", "correct")
    for name, one in figures.items():
        say(f"  {name:<24} {' | '.join(f'{one[key]:.3f}' for key in shown)}")
    if arguments.out:
        kind = "overlap" if isinstance(reader, OverlapReader) else "neural"
        write_fit(weights, calibration, kind, arguments.out)
        say(f"written to {arguments.out}")
    return 0


def _make_folder(folder: Path) -> None:
    """Make the folder of what is written in the end, before minutes of work that could not be kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvalError(f"--out: {folder} cannot be a folder: {error.strerror}") from error


def fit_ranking(arguments: Namespace) -> int:
    """Fit the order of passages, say how often the right one stands among the first before and after, write the weights where asked."""
    from eval.dataset import load_gold
    from eval.fit_ranking import (
        Ranked,
        known_ranking,
        observe_ranking,
        places_before_and_after,
        write_ranking,
    )
    from eval.fit_ranking import fit_ranking as fit
    from index.corpus_index import CorpusIndex
    from qa.pipeline import Pipeline, PipelineConfig
    from qa.reader import load_reader
    from qa.retriever import RetrieverConfig

    if arguments.out:
        _make_folder(arguments.out.parent)
        known_ranking(arguments.out)
    golds = [arguments.gold, *(gold for _, gold in arguments.also)]
    names = [gold.stem if [g.stem for g in golds].count(gold.stem) == 1 else str(gold) for gold in golds]
    sets = [(arguments.index_dir, _questions(arguments), names[0])]
    further = zip(arguments.also, names[1:], strict=True)
    sets += [(index_dir, load_gold(gold), name) for (index_dir, gold), name in further]
    reader = load_reader("overlap")  # nothing is read
    depth = RetrieverConfig().ranked
    rows: list[Ranked] = []
    for index_dir, questions, source in sets:
        corpus_index = CorpusIndex.open(index_dir, embedder=arguments.embedder)
        try:
            pipeline = Pipeline(
                corpus_index, reader, config=PipelineConfig(retriever=RetrieverConfig(ranked=0))
            )
            rows += observe_ranking(pipeline, questions, source=source, depth=depth)
        finally:
            corpus_index.close()
    weights = fit(rows)
    say("Right passage first, among the first three, five (before -> out of fold):")
    for name, one in places_before_and_after(rows).items():
        pairs = zip(one["before"], one["after"], strict=True)
        shown = ", ".join(f"{a:.3f} -> {b:.3f}" for a, b in pairs)
        say(f"  {name:<24} {one['questions'][0]:>6.0f} questions: {shown}")
    for kind, named in weights.items():
        say(f"  {kind}: {', '.join(f'{name} {weight}' for name, weight in named.items())}")
    if arguments.out:
        write_ranking(weights, arguments.out)
        say(f"written to {arguments.out}")
    return 0
