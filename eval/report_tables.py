"""The tables of a report, whatever it is written in: names for people, figures with intervals, kinds of failure. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eval.judge import Row
from eval.report_words import ReportLanguage, words_in

__all__ = [
    "SECTIONS",
    "breakdowns",
    "facts",
    "failures",
    "latency_table",
    "percent",
    "retrieval_tables",
]

SECTIONS: dict[str, dict[str, str]] = {
    "Answers": {
        "correct": "Right answers, all questions",
        "em": "Exact match, all questions",
        "f1": "F1, all questions",
        "answered/correct": "Right answers, of those answered",
        "answered/em": "Exact match, of those answered",
        "answered/f1": "F1, of those answered",
        "guess/correct": "Right best spans, trusted or not",
        "guess/em": "Exact match of best spans",
        "guess/f1": "F1 of best spans",
        "figure": "Figures right (value and unit)",
        "list_recall": "List items found",
        "list_precision": "List items right",
        "list_count": "Lists with the right number of items",
    },
    "Refusal and confidence": {
        "answered_share": "Questions answered",
        "refusal_precision": "Refusals that were due",
        "refusal_recall": "Unanswerable questions refused",
        "auroc": "AUROC, right from wrong",
        "auroc_answerable": "AUROC, answerable from unanswerable",
        "area_under_risk_coverage": "Area under risk–coverage ↓",
        "coverage_at_80": "Coverage at 80 % accuracy",
        "coverage_at_90": "Coverage at 90 % accuracy",
        "coverage_at_95": "Coverage at 95 % accuracy",
        "expected_calibration_error": "Expected calibration error ↓",
    },
    "Citations": {
        "citation_document": "From the right document",
        "citation_quote": "Quotes equal to the source",
        "citation_hit": "At the gold place",
        "citation_overlap": "Overlap with the gold place (IoU)",
    },
}
"""Figures by section, with their names for people; retrieval has a table of its own."""

_RETRIEVAL = ("Success@1", "Success@3", "Success@5", "Success@10", "R@5", "R@10", "RR@10", "nDCG@10")
_MAX_DOCUMENTS = 40


def percent(figure: Mapping[str, float] | None) -> str:
    """Write a figure with its interval in per cent: ``79.0 (76.1–81.8)``; a dash where there is none."""
    if figure is None:
        return "–"
    return f"{100 * figure['value']:.1f} ({100 * figure['low']:.1f}–{100 * figure['high']:.1f})"


def retrieval_tables(
    found: Mapping[str, Mapping[str, float]], language: ReportLanguage = "en"
) -> dict[str, list[list[str]]]:
    """Return one table a unit (passages, documents): a row a measure, a column a list; the first row is the header."""
    tables = {}
    for unit in ("passage", "document"):
        lists = [name for name in ("lexical", "dense", "fused") if f"{unit}/{name}/{_RETRIEVAL[0]}" in found]
        if lists:
            header = ["", *map(words_in(language), lists)]
            body = [[m, *(percent(found.get(f"{unit}/{name}/{m}")) for name in lists)] for m in _RETRIEVAL]
            tables[unit] = [header, *body]
    return tables


def breakdowns(metrics: Mapping[str, Any]) -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """Return the groups worth a row: all tags and question words, the documents with most questions."""
    found = {}
    for kind, members in metrics["groups"].items():
        chosen = list(members.items())[: _MAX_DOCUMENTS if kind == "document" else None]
        if len(chosen) > 1 and chosen[0][1]["em"]["count"] > 1:
            found[kind] = chosen
    return found


def latency_table(metrics: Mapping[str, Any], language: ReportLanguage = "en") -> list[list[str]]:
    """Return the latencies, a row a stage; the first row is the header."""
    say, keys = words_in(language), ("p50", "p95", "p99", "mean")
    body = [
        [say(stage), *(f"{times[key]:.1f}" for key in keys)] for stage, times in metrics["latency_ms"].items()
    ]
    return [[say("stage"), *keys[:3], say(keys[3])], *body]


def facts(metrics: Mapping[str, Any], language: ReportLanguage = "en") -> list[tuple[str, str]]:
    """Return what made the run, for people."""
    say, run = words_in(language), metrics["run"]
    identity, questions = run.get("identity", {}), metrics["questions"]
    counts = say("{all} ({span} with one answer, {list} lists, {none} without an answer)", **questions)
    machine = run.get("machine", {})
    on = say(
        "{processor}, {cores} cores, {memory} GiB", processor=machine.get("processor", "?"),
        cores=machine.get("cores", "?"), memory=machine.get("memory_gib", "?"),
    )  # fmt: skip
    names = {
        "gold": "Gold file",
        "split": "Split",
        "limit": "Limit",
        "reader": "Reader",
        "embedder": "Embedder",
    }
    found = [("Questions", counts)]
    found += [(label, str(identity[name])) for name, label in names.items() if identity.get(name) is not None]
    found += [("Index", str(identity.get("index", "?"))[:16]), ("Code", str(identity.get("code", "?")))]
    found += [
        ("Started", str(run.get("started", "?"))),
        ("Asking took", say("{n} s", n=f"{run.get('seconds', 0):.1f}")),
        ("Machine", on),
    ]
    packages = ", ".join(f"{name} {version}" for name, version in run.get("versions", {}).items())
    return [(say(label), value) for label, value in [*found, ("Versions", packages)]]


def failures(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows that are not right by what went wrong, in the order of a pipeline's stages."""
    found: dict[str, list[Row]] = {
        name: []
        for name in (
            "Answered, but the corpus holds no answer",
            "Answered from the wrong document",
            "Right document, wrong span",
            "List incomplete or too long",
            "Right span, but not trusted",
            "Refused, and the best span is wrong too",
        )
    }
    for row in rows:
        if not row["measures"]["correct"]:
            found[_failure(row)].append(row)
    return {name: inside for name, inside in found.items() if inside}


def _failure(row: Row) -> str:
    if row["kind"] == "none":
        return "Answered, but the corpus holds no answer"
    if row["status"] != "answered":
        right = row["measures"]["guess_correct"]
        return "Right span, but not trusted" if right else "Refused, and the best span is wrong too"
    if not row["measures"].get("citation_document"):
        return "Answered from the wrong document"
    return "List incomplete or too long" if row["kind"] == "list" else "Right document, wrong span"
