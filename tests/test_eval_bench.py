"""Made corpora are as large as asked and reproducible; measurements are read correctly; a missing peer says so."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from eval.bench import run_bench
from eval.bench_corpus import make_corpus, make_questions, read_sentences
from eval.bench_haystack import check_installed
from eval.bench_report import bench_html, bench_markdown
from eval.bench_worker import measure_asks
from eval.errors import EvalError
from index.errors import MissingDependencyError

SENTENCES = [
    f"第{number}家企业在太原投资{number}00万元建设产业园区，带动就业{number}人😀。"
    for number in range(1, 120)
]


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("\n".join(SENTENCES[:60]), encoding="utf-8")
    data = {"data": [{"paragraphs": [{"context": "".join(SENTENCES[60:]), "qas": []}]}]}
    (tmp_path / "set.json").write_text(json.dumps(data), encoding="utf-8")
    return folder


def test_sentences_of_folders_and_squad_files(texts: Path, tmp_path: Path) -> None:
    assert read_sentences([texts, tmp_path / "set.json"]) == SENTENCES
    (tmp_path / "few").mkdir()
    with pytest.raises(EvalError, match="at least 50 sentences"):
        read_sentences([tmp_path / "few"])
    with pytest.raises(EvalError, match="cannot be read"):
        read_sentences([tmp_path / "absent.json"])
    (tmp_path / "bad.json").write_text("[]", encoding="utf-8")
    with pytest.raises(EvalError, match="nor in SQuAD format"):
        read_sentences([tmp_path / "bad.json"])


def test_corpus_has_the_size_asked_for_and_a_seed(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_corpus(SENTENCES, tmp_path / name, passages=45, seed=seed)
    read = {n: [f.read_text(encoding="utf-8") for f in sorted((tmp_path / n).rglob("*.txt"))] for n in "abc"}
    assert read["a"] == read["b"] != read["c"]
    paragraphs = [p for text in read["a"] for p in text.strip().split("\n\n")]
    assert len(paragraphs) == len(set(paragraphs)) == 45
    assert all(150 < len(paragraph) <= 340 for paragraph in paragraphs)


def test_questions() -> None:
    questions = make_questions(SENTENCES, count=30, seed=1)
    assert len(questions) == 30
    assert questions == make_questions(SENTENCES, count=30, seed=1)
    assert any(question.endswith("？") for question in questions)
    assert len(make_questions(["没有问题可以提。"] * 3, count=5, seed=1)) == 5


def row(system: str, passages: int, factor: float) -> dict[str, object]:
    values = {
        "rate": 100 / factor,
        "index_seconds": 2 * factor,
        "index_memory_mib": 300 * factor,
        "index_mib": 5 * factor,
    }
    asking = {
        "cold_seconds": 1 * factor,
        "p50_ms": 10 * factor,
        "p95_ms": 20 * factor,
        "ask_memory_mib": 200 * factor,
    }
    return {"system": system, "passages": passages, **values, **asking}


RESULT = {
    "date": "2026-01-01",
    "machine": {"processor": "CPU <1>", "cores": 2, "memory_gib": 4.0},
    "reader": "bundled",
    "embedder": "bundled",
    "questions": 50,
    "rows": [row(s, n, f) for n in (1_000, 10_000) for s, f in (("wenju", 1), ("haystack", 3))],
}


def test_ratios_to_the_peer_by_hand() -> None:
    text = bench_markdown(RESULT)
    assert "- 1,000 passages, latency p50, ms: 3.0" in text
    assert "- 10,000 passages, index size, MiB: 3.0" in text
    assert "÷" not in bench_markdown({**RESULT, "rows": RESULT["rows"][::2]})  # type: ignore[index]


def test_the_time_of_retrieval_is_kept_where_answers_tell_it() -> None:
    told = SimpleNamespace(timings_ms={"retrieve": 2.5, "total": 9.0})
    assert measure_asks(lambda question: told, ["问", "答"])["retrieve_ms"] == [2.5, 2.5]
    silent = measure_asks(lambda question: {"answer": "山西"}, ["问", "答", "😀", ""])
    assert silent["retrieve_ms"] == [] and len(silent["latency_ms"]) == 4
    rows = [
        {**row("wenju", 1_000, 1), "retrieve_p50_ms": 2.5},
        {**row("haystack", 1_000, 3), "retrieve_p50_ms": None},
    ]
    text = bench_markdown({**RESULT, "rows": rows})
    assert "| 2.5 |" in text and "| – |" in text
    assert "retrieval p50, ms:" not in text


def test_page_stands_alone() -> None:
    page = bench_html(RESULT)
    assert page.count("<svg") == 5
    assert "CPU &lt;1&gt;" in page
    assert "src=" not in page and "href=" not in page


def test_a_missing_peer_says_what_to_type(texts: Path, tmp_path: Path) -> None:
    try:
        import haystack  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependencyError, match="pip install"):
            check_installed()
        with pytest.raises(MissingDependencyError, match="haystack"):
            run_bench([texts], tmp_path / "out", sizes=[10], questions=1, seed=1, peer="haystack")
        assert not (tmp_path / "out").exists()
