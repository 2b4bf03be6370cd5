"""Failures as tables that a spreadsheet opens, and does not run."""

import csv
from pathlib import Path

import pytest
from eval_fakes import QUESTIONS, FakePipeline

from eval.dataset import Question
from eval.errors import EvalError
from eval.export import export_rows
from eval.run import run_gold


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    run_gold(FakePipeline(), QUESTIONS, tmp_path / "run", settings={})
    return tmp_path / "run"


def test_csv(run_dir: Path, tmp_path: Path) -> None:
    assert export_rows(run_dir, tmp_path / "new" / "rows.csv") == 3
    data = (tmp_path / "new" / "rows.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")  # Excel reads it as UTF-8
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    assert [row[0] for row in rows] == ["id", "q2", "q3", "q5"]
    assert rows[1][1:6] == ["Right span, but not trusted", "图木舒克在哪里？", "新疆", "related", "新疆"]
    assert rows[2][3] == "晋中开发区、大同经开区"
    assert rows[3][2] == "GDP 增长多少 😀？"


def test_xlsx(run_dir: Path, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    assert export_rows(run_dir, tmp_path / "rows.xlsx", everything=True) == 5
    sheet = load_workbook(tmp_path / "rows.xlsx").active
    assert sheet is not None
    assert [cell.value for cell in sheet["A"]] == ["id", "q1", "q2", "q3", "q4", "q5"]
    assert sheet["G2"].value == 0.9  # a number stays a number


def test_texts_that_look_like_formulas_stay_texts(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    texts = ["=1+1", "@SUM(A1)", "+cmd", "-cmd", "-5.2%"]
    questions = [Question(f"q{number}", text) for number, text in enumerate(texts)]
    given = {text: ("answered", ["100 万元"], 0.5) for text in texts}
    run_gold(FakePipeline(given), questions, tmp_path / "run", settings={})  # type: ignore[arg-type]
    export_rows(tmp_path / "run", tmp_path / "rows.csv")
    rows = list(csv.reader((tmp_path / "rows.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [row[2] for row in rows[1:]] == ["'=1+1", "'@SUM(A1)", "'+cmd", "'-cmd", "-5.2%"]
    export_rows(tmp_path / "run", tmp_path / "rows.xlsx")
    sheet = load_workbook(tmp_path / "rows.xlsx").active
    assert sheet is not None
    assert (sheet["C2"].value, sheet["C2"].data_type) == ("=1+1", "s")


def test_other_formats_are_refused(run_dir: Path, tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"\.csv or \.xlsx"):
        export_rows(run_dir, tmp_path / "rows.pdf")
