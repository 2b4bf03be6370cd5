"""The table, the ratios and the plots of growth of the speed measurements. Pure strings."""

from __future__ import annotations

from typing import Any

from eval.plots import Axis, Series, line_plot, round_top

__all__ = ["COLUMNS", "bench_html", "bench_markdown"]

COLUMNS = {
    "passages": "passages",
    "rate": "indexed, passages/s",
    "index_seconds": "indexing, s",
    "index_memory_mib": "indexing memory, MiB",
    "index_mib": "index size, MiB",
    "cold_seconds": "cold start, s",
    "retrieve_p50_ms": "retrieval p50, ms",
    "p50_ms": "latency p50, ms",
    "p95_ms": "latency p95, ms",
    "ask_memory_mib": "asking memory, MiB",
}


def _systems(result: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    systems: dict[str, list[dict[str, Any]]] = {}
    for row in result["rows"]:
        systems.setdefault(row["system"], []).append(row)
    return systems


def _ratios(result: dict[str, Any]) -> list[tuple[int, str, float]]:
    """How many times the peer's figure is ours, by size."""
    systems = _systems(result)
    names = [name for name in COLUMNS if name not in ("passages", "rate")]
    return [
        (ours["passages"], name, theirs[name] / ours[name])
        for ours, theirs in zip(systems.get("wenju", []), systems.get("haystack", []), strict=False)
        for name in names
        if ours.get(name) and theirs.get(name)
    ]


def _table(result: dict[str, Any]) -> list[list[str]]:
    return [
        ["system", *COLUMNS.values()],
        *([row["system"], *(_cell(row.get(name)) for name in COLUMNS)] for row in result["rows"]),
    ]


def _cell(value: float | None) -> str:
    return "–" if value is None else f"{value:,}"


def bench_markdown(result: dict[str, Any]) -> str:
    """Return the table, the ratios to the peer and what was measured on."""
    where = result["machine"]
    rows = _table(result)
    lines = [
        "# Speed, memory and size",
        "",
        f"{result['date']}, {where['processor']}, {where['cores']} cores, {where['memory_gib']} GiB; "
        f"reader {result['reader']}, embedder {result['embedder']}; {result['questions']} questions.",
        "",
        *("| " + " | ".join(row) + " |" for row in rows[:1]),
        "|" + "---|" * len(rows[0]),
        *("| " + " | ".join(row) + " |" for row in rows[1:]),
    ]
    ratios = _ratios(result)
    if ratios:
        lines += ["", "haystack ÷ wenju:", ""]
        lines += [
            f"- {passages:,} passages, {COLUMNS[name]}: {ratio:.1f}" for passages, name, ratio in ratios
        ]
    return "\n".join(lines) + "\n"


def _plots(result: dict[str, Any]) -> list[tuple[str, str]]:
    systems = _systems(result)
    passages = sorted({row["passages"] for row in result["rows"]})
    found = []
    for name in ("p50_ms", "rate", "ask_memory_mib", "index_mib", "cold_seconds"):
        ends = passages[0] / 1.3, passages[-1] * 1.3
        x = Axis("passages", *ends, log=True, write="{:,.0f}".format, at=tuple(passages))
        y = Axis("", 0, round_top(max(row[name] for row in result["rows"])), write="{:,.4g}".format)
        series = [
            Series(system, [(row["passages"], row[name]) for row in rows], dots=True)
            for system, rows in systems.items()
        ]
        found.append((COLUMNS[name], line_plot(COLUMNS[name], x, y, series)))
    return found


def bench_html(result: dict[str, Any]) -> str:
    """Return one self-contained page: plots of growth, then the table."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("eval", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.get_template("bench.html.jinja")
    return template.render(
        result=result, plots=_plots(result), table=_table(result), ratios=_ratios(result), columns=COLUMNS
    )
