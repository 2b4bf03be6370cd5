"""Runs: written, cut short, gone on with, refused where something changed."""

import json
from pathlib import Path

import pytest
from eval_fakes import GIVEN, QUESTIONS, TEXTS, FakePipeline

from eval.dataset import Question
from eval.errors import EvalError, GoldError
from eval.machine import code_fingerprint, version
from eval.run import run_gold
from eval.run_folder import RunFolder
from qa.types import Answer

SETTINGS = {"gold": "gold.jsonl", "gold_sha256": "0", "split": "all"}


def test_a_run_writes_everything(tmp_path: Path) -> None:
    pipeline = FakePipeline()
    report = run_gold(pipeline, QUESTIONS, tmp_path / "run", settings=SETTINGS, facts={"note": "a fact"})
    assert (report.asked, report.kept) == (5, 0)
    folder = RunFolder(tmp_path / "run")
    config = folder.config()
    assert config["state"] == "finished"
    assert config["identity"]["index"] == pipeline.index.fingerprint
    assert config["note"] == "a fact"
    assert {"machine", "versions", "started", "finished", "seconds"} <= set(config)
    answers = folder.answers()
    assert [row["id"] for row in answers] == [q.id for q in QUESTIONS]
    assert Answer.from_dict(answers[0]).answer == "100 万元"
    rows = folder.rows()
    assert [row["measures"]["correct"] for row in rows] == [1, 0, 0, 1, 0]
    # q1 shares most characters with 甲.txt#0, so the fused list is right at once and the dense one is last of four
    assert rows[0]["measures"]["passage/fused/RR@10"] == 1
    assert rows[0]["measures"]["passage/dense/RR@10"] == 0.25
    assert rows[0]["measures"]["document/fused/nDCG@10"] == 1
    assert "passage/fused/RR@10" not in rows[3]["measures"]
    assert not list((tmp_path / "run").glob("*.partial"))


def test_a_run_cut_short_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(EvalError, match="question q4: the reader broke"):
        run_gold(FakePipeline(fails_at="太原有多少人？"), QUESTIONS, out, settings=SETTINGS)
    with pytest.raises(EvalError, match="not finished"):
        RunFolder(out).rows()
    with (out / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "q4", "question": "half wri')  # killed in the middle of a line
    pipeline = FakePipeline()
    report = run_gold(pipeline, QUESTIONS, out, settings=SETTINGS)
    assert (report.asked, report.kept) == (2, 3)
    assert pipeline.asked == ["太原有多少人？", "GDP 增长多少 😀？"]
    whole = tmp_path / "whole"
    run_gold(FakePipeline(), QUESTIONS, whole, settings=SETTINGS)
    for name in ("rows.jsonl", "answers.jsonl", "hits.jsonl"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_a_finished_run_is_only_judged_again(tmp_path: Path) -> None:
    run_gold(FakePipeline(), QUESTIONS, tmp_path / "run", settings=SETTINGS)
    (tmp_path / "run" / "rows.jsonl").unlink()
    pipeline = FakePipeline()
    assert run_gold(pipeline, QUESTIONS, tmp_path / "run", settings=SETTINGS).asked == 0
    assert pipeline.asked == []
    assert len(RunFolder(tmp_path / "run").rows()) == 5


def test_another_run_in_the_folder_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_gold(FakePipeline(), QUESTIONS, out, settings=SETTINGS)
    with pytest.raises(EvalError, match=r"holds another run \(split: all → test\)"):
        run_gold(FakePipeline(), QUESTIONS, out, settings={**SETTINGS, "split": "test"})
    changed = FakePipeline(texts={**TEXTS, "丙.txt": "新的。"})
    with pytest.raises(EvalError, match="holds another run \\(index: "):
        run_gold(changed, QUESTIONS, out, settings=SETTINGS)


def test_a_run_is_not_gone_on_with_after_an_upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, installed = tmp_path / "run", version("onnxruntime")
    run_gold(FakePipeline(), QUESTIONS, out, settings=SETTINGS)

    def upgraded(package: str) -> str:
        return "9.9" if package in ("onnxruntime", "ir-measures") else version(package)

    monkeypatch.setattr("eval.machine.version", upgraded)
    with pytest.raises(EvalError, match=rf"holds another run \(onnxruntime: {installed} → 9\.9\): choose"):
        run_gold(FakePipeline(), QUESTIONS, out, settings=SETTINGS)
    assert run_gold(FakePipeline(), QUESTIONS, out, settings=SETTINGS, fresh=True).asked == 5


@pytest.mark.parametrize(
    "name", ["qa/pipeline.py", "qa/models/span_scorers.json", "qa/models/translations.txt.xz"]
)
def test_the_fingerprint_of_the_code_is_of_all_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("eval.machine.__file__", str(tmp_path / "eval" / "machine.py"))
    (tmp_path / "qa" / "models").mkdir(parents=True)
    (tmp_path / name).write_bytes(b"\xfd7zXZ")
    before = code_fingerprint()
    assert code_fingerprint() == before
    (tmp_path / name).write_bytes(b"\xfd7zXY")
    assert code_fingerprint() != before


def test_fresh_replaces_another_run_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "run"
    run_gold(FakePipeline(), QUESTIONS, out, settings=SETTINGS)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    assert run_gold(FakePipeline(), QUESTIONS, out, settings=SETTINGS, fresh=True).kept == 5
    assert run_gold(FakePipeline(), QUESTIONS[:2], out, settings={"split": "test"}, fresh=True).asked == 2
    assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert [row["id"] for row in RunFolder(out).rows()] == ["q1", "q2"]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("private", encoding="utf-8")
    with pytest.raises(EvalError, match="is no run folder"):
        run_gold(FakePipeline(), QUESTIONS, tmp_path, settings=SETTINGS)
    assert (tmp_path / "letters.txt").exists()
    with pytest.raises(EvalError, match="is no run folder"):
        run_gold(FakePipeline(), QUESTIONS, tmp_path / "letters.txt", settings=SETTINGS)


def test_gold_that_does_not_fit_the_index_is_refused(tmp_path: Path) -> None:
    wrong = [*QUESTIONS, Question("q6", "?", ("没有的话",), (), ("甲.txt",), line=6)]
    with pytest.raises(GoldError, match=r"gold.jsonl:6: answer '没有的话' stands in none of its documents"):
        run_gold(FakePipeline(), wrong, tmp_path / "run", settings=SETTINGS)
    assert not (tmp_path / "run").exists()


def test_a_broken_configuration_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="is no run folder"):
        RunFolder(tmp_path).config()
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(EvalError, match="is not JSON"):
        RunFolder(tmp_path).config()


@pytest.mark.parametrize("content", ['{"name": "webpack"}', '{"identity": "me"}', "[]", "3"])
def test_the_configuration_of_another_program_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text("private", encoding="utf-8")
    for fresh in (False, True):
        with pytest.raises(EvalError, match=r"is no run folder: its config\.json is not of a run"):
            run_gold(FakePipeline(), QUESTIONS, tmp_path, settings=SETTINGS, fresh=fresh)
    assert (tmp_path / "config.json").read_text(encoding="utf-8") == content
    assert (tmp_path / "answers.jsonl").read_text(encoding="utf-8") == "private"


def test_questions_with_equal_text_are_both_asked(tmp_path: Path) -> None:
    twice = [Question(name, "太原有多少人？") for name in ("a", "b")]
    assert run_gold(FakePipeline(GIVEN), twice, tmp_path / "run", settings=SETTINGS).asked == 2
    lines = (tmp_path / "run" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a", "b"]
