"""The command line: exit codes, one line a mistake, quick help, no sockets."""

import json
import socket
from pathlib import Path

import pytest
from eval_fakes import QUESTIONS, FakePipeline

from eval.__main__ import main
from eval.dataset import write_gold
from eval.run import run_gold


@pytest.fixture(autouse=True)
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> None:
        raise AssertionError("the evaluation opened a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    run_gold(FakePipeline(), QUESTIONS, tmp_path / "run", settings={"gold_sha256": "0", "split": "all"})
    return tmp_path / "run"


def test_report_gate_compare_export(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(run_dir)]) == 0
    out = capsys.readouterr().out
    assert "Right answers, all questions" in out and "report.html" in out
    baseline = tmp_path / "baseline.json"
    assert main(["gate", str(run_dir), str(baseline), "--renew"]) == 0
    assert main(["gate", str(run_dir / "metrics.json"), str(baseline)]) == 0
    content = json.loads(baseline.read_text(encoding="utf-8"))
    content["figures"]["em"]["low"] = 0.9
    baseline.write_text(json.dumps(content), encoding="utf-8")
    capsys.readouterr()
    assert main(["gate", str(run_dir), str(baseline)]) == 1
    assert capsys.readouterr().err == "fallen  em: 0.4000 → 0.4000 (at least 0.9000)\n"
    assert main(["compare", str(run_dir), str(run_dir)]) == 0
    assert "Fixed 0, broken 0" in capsys.readouterr().out
    assert main(["compare", str(run_dir), str(run_dir), "--out", str(tmp_path / "c.html")]) == 0
    assert "<!doctype html>" in (tmp_path / "c.html").read_text(encoding="utf-8")
    assert main(["export", str(run_dir), "--out", str(tmp_path / "f.csv")]) == 0


def test_imports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    qas = [
        {"id": "1", "question": "哪裡？", "answers": [{"text": "太原"}]},
        {"id": "2", "question": "?", "answers": []},
    ]
    data = {"data": [{"paragraphs": [{"context": "他住在太原。", "qas": qas}]}]}
    (tmp_path / "s.json").write_text(json.dumps(data), encoding="utf-8")
    arguments = ["--corpus", str(tmp_path / "c"), "--gold", str(tmp_path / "g.jsonl")]
    assert main(["import-squad", str(tmp_path / "s.json"), *arguments]) == 0
    captured = capsys.readouterr()
    assert "1 paragraphs, 1 questions" in captured.out
    assert "question '2' left out" in captured.err
    (tmp_path / "t.csv").write_text("question\n甲？\n", encoding="utf-8")
    assert main(["import-csv", str(tmp_path / "t.csv"), "--gold", str(tmp_path / "h.jsonl")]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "absent"], "error: absent is no run folder"),
        (["compare", "absent", "absent"], "error: absent is no run folder"),
        (["gate", "absent.json", "absent.json"], "cannot be read"),
        (
            ["run", "--index", "absent", "--gold", "absent.jsonl", "--out", "out"],
            "absent.jsonl: cannot be read",
        ),
        (["import-csv", "absent.csv", "--gold", "g.jsonl"], "absent.csv cannot be read"),
        (["synthesize", "--index", "absent", "--out", "p.csv"], "absent"),
        (["bench", "--texts", "absent.json", "--out", "b"], "absent.json cannot be read"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1 and error.startswith("error: ")


def test_every_bad_gold_row_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "g.jsonl").write_text('{"id": "1"}\n{"id": "2", "question": "?", "x": 1}\n', encoding="utf-8")
    assert (
        main(["run", "--index", "absent", "--gold", str(tmp_path / "g.jsonl"), "--out", str(tmp_path / "o")])
        == 1
    )
    assert capsys.readouterr().err.splitlines() == [
        "error: g.jsonl:1: 'question' must be a text that is not empty",
        "error: g.jsonl:2: unknown field 'x'",
    ]


def test_a_split_without_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_gold([QUESTIONS[0]], tmp_path / "g.jsonl")
    codes = [
        main(
            [
                "run",
                "--index",
                "absent",
                "--gold",
                str(tmp_path / "g.jsonl"),
                "--out",
                str(tmp_path / "o"),
                "--split",
                s,
            ]
        )
        for s in ("tune", "test")
    ]
    assert codes == [1, 1]
    assert "holds no question of the split" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["run"],
        ["run", "--index", "i", "--gold", "g", "--out", "o", "--split", "dev"],
        ["run", "--index", "i", "--gold", "g", "--out", "o", "--limit", "0"],
        ["calibrate", "--index", "i", "--gold", "g", "--accuracy", "90"],
        ["bench", "--texts", "t", "--out", "o", "--sizes", "1,x"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
