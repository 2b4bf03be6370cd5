"""Synced folder, real pipeline with the overlap reader, run, report, calibration, gate: through the command line, no socket."""

import json
import shutil
import socket
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.dataset import Question, write_gold
from index.__main__ import main as index_main
from qa.calibration import Calibration

PLACES = ["太原", "大同", "阳泉", "长治", "晋城", "朔州", "晋中", "运城", "忻州", "临汾"]
GOODS = ["煤炭", "羊肉", "红花", "谷子"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty short documents: what each place supplied, and how much."""
    folder = tmp_path_factory.mktemp("corpus")
    for row, place in enumerate(PLACES):
        for column, goods in enumerate(GOODS):
            amount = 100 + 7 * (10 * column + row)
            text = f"{place}市与{goods}\n\n2024年，{place}市向新疆供应{goods} {amount} 万吨，带动农户增收。😀 GDP 增长。\n"
            (folder / f"{place}_{goods}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def index(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    saved = tmp_path_factory.mktemp("index") / "saved"
    assert index_main(["sync", str(corpus), "--index", str(saved)]) == 0
    return saved


@pytest.fixture(scope="module")
def gold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    questions = []
    for row, place in enumerate(PLACES):
        for column, goods in enumerate(GOODS):
            amount = 100 + 7 * (10 * column + row)
            text = f"{place}市向新疆供应多少{goods}？"
            documents = (f"{place}_{goods}.txt",)
            questions.append(
                Question(f"a{row}{column}", text, (f"{amount}万吨",), (), documents, ("number",))
            )
    questions += [Question(f"n{row}", f"{place}市的动物园里有几头大象？") for row, place in enumerate(PLACES)]
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    write_gold(questions, path)
    return path


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("the evaluation opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def test_run_report_gate(index: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    arguments = ["run", "--index", str(index), "--gold", str(gold), "--out", str(out), "--reader", "overlap"]
    assert main(arguments) == 0
    assert "50 questions asked" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "0 questions asked, 50 kept from before" in capsys.readouterr().out
    assert main([*arguments, "--split", "test"]) == 1
    assert "holds another run" in capsys.readouterr().err
    assert main(["report", str(out)]) == 0
    metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    figures = metrics["figures"]
    assert figures["citation_quote"]["value"] == 1
    assert figures["document/fused/Success@5"]["value"] > 0.9
    assert figures["guess/correct"]["count"] == 40
    assert metrics["run"]["documents"] == 40
    assert "overlap" in metrics["run"]["identity"]["reader"].lower()
    baseline = tmp_path / "baseline.json"
    assert main(["gate", str(out), str(baseline), "--renew"]) == 0
    assert main(["gate", str(out), str(baseline)]) == 0


def test_calibrate_writes_what_the_pipeline_reads(index: Path, gold: Path, tmp_path: Path) -> None:
    out = tmp_path / "calibration.json"
    options = ["--split", "all", "--reader", "overlap", "--out", str(out)]
    code = main(["calibrate", "--index", str(index), "--gold", str(gold), *options])
    assert code == 0
    calibration = Calibration.load(out)
    assert calibration.fitted_on["questions"] == 50
    assert "auroc" in calibration.fitted_on["out_of_fold"]


def test_a_calibration_of_the_index_that_cannot_be_used_is_made_anew(
    index: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shutil.copytree(index, tmp_path / "index") / "calibration.json"
    own.write_text('{"version": 1}', encoding="utf-8")
    asking = ["--index", str(own.parent), "--gold", str(gold), "--split", "all", "--reader", "overlap"]
    assert main(["run", *asking, "--out", str(tmp_path / "run")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1
    assert "python -m eval calibrate makes a new one" in error
    assert main(["calibrate", *asking]) == 0
    assert Calibration.load(own).fitted_on["questions"] == 50


def test_an_accuracy_asked_for_is_shown_and_does_not_outlive_the_next_calibration(
    index: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = shutil.copytree(index, tmp_path / "index") / "calibration.json"
    asking = ["--index", str(own.parent), "--gold", str(gold), "--split", "all", "--reader", "overlap"]
    bundled = Calibration.bundled("overlap")
    assert main(["calibrate", *asking, "--accuracy", "0.9"]) == 0
    sure = Calibration.load(own)
    assert sure.answer_threshold == bundled.answer_threshold
    assert sure.confidence_threshold != bundled.confidence_threshold
    out = capsys.readouterr().out
    assert (
        f"answer threshold {sure.answer_threshold}, confidence threshold {sure.confidence_threshold}" in out
    )
    assert main(["calibrate", *asking]) == 0
    assert Calibration.load(own).confidence_threshold == bundled.confidence_threshold


def test_gold_of_another_corpus_is_refused(
    index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_gold([Question("x", "?", ("甲",), (), ("别处.txt",))], tmp_path / "g.jsonl")
    assert (
        main(
            ["run", "--index", str(index), "--gold", str(tmp_path / "g.jsonl"), "--out", str(tmp_path / "o")]
        )
        == 1
    )
    assert capsys.readouterr().err == "error: g.jsonl:1: document '别处.txt' is not in the index\n"


def test_calibrate_needs_enough_questions(
    index: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--limit", "3", "--split", "all", "--reader", "overlap", "--out", str(tmp_path / "c.json")]
    assert main(["calibrate", "--index", str(index), "--gold", str(gold), *options]) == 1
    assert "at least 20 questions" in capsys.readouterr().err
