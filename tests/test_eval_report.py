"""Reports: figures worked by hand from five rows, files that stand alone, nothing recomputed."""

import json
import re
from pathlib import Path

import pytest
from eval_fakes import QUESTIONS, FakePipeline

from eval.__main__ import main
from eval.dataset import Question
from eval.errors import EvalError
from eval.metrics_file import load_metrics, make_metrics
from eval.plots import Axis, Series, line_plot, round_top
from eval.report import write_report
from eval.report_tables import failures, percent
from eval.report_words import name_in, words_in
from eval.run import run_gold
from eval.run_folder import RunFolder


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    run_gold(FakePipeline(), QUESTIONS, tmp_path / "run", settings={"gold": "gold.jsonl", "split": "all"})
    return tmp_path / "run"


def test_figures_worked_by_hand(run_dir: Path) -> None:
    write_report(run_dir)
    metrics = load_metrics(run_dir)
    value = {name: figure["value"] for name, figure in metrics["figures"].items()}
    assert metrics["questions"] == {"all": 5, "span": 3, "list": 1, "none": 1}
    assert value["correct"] == 0.4  # q1 and the due refusal q4
    assert value["em"] == 0.4
    # F1: q1 1, q2 refused 0, q3 2/3, q4 1; q5 "10 万元" against "5.2%" shares nothing
    assert value["f1"] == pytest.approx((1 + 2 / 3 + 1) / 5, abs=1e-4)
    assert value["answered/correct"] == pytest.approx(1 / 3, abs=1e-4)
    assert value["guess/correct"] == 0.5  # q1, q2 of the four that have an answer
    assert value["answered_share"] == 0.6
    assert value["refusal_precision"] == 0.5  # q4 of q2, q4
    assert value["refusal_recall"] == 1
    assert value["figure"] == 0.5
    assert (value["list_recall"], value["list_precision"], value["list_count"]) == (0.5, 1, 0)
    # confidences .9 right, .7 wrong, .6 wrong, .4 right, .1 wrong: of six pairs (.4 against .7, .6) are lost
    assert value["auroc"] == pytest.approx(4 / 6, abs=1e-4)
    assert value["coverage_at_90"] == 0.2
    assert value["citation_document"] == pytest.approx(2 / 3, abs=1e-4)
    assert value["citation_quote"] == 1
    assert metrics["latency_ms"]["total"]["p95"] == 3
    assert metrics["groups"]["tag"]["number"]["correct"]["value"] == 0.5
    assert metrics["groups"]["question word"]["多少"]["em"]["count"] == 3


def test_groups_of_failures(run_dir: Path) -> None:
    found = {kind: [row["id"] for row in rows] for kind, rows in failures(RunFolder(run_dir).rows()).items()}
    assert found == {
        "Answered from the wrong document": ["q5"],
        "List incomplete or too long": ["q3"],
        "Right span, but not trusted": ["q2"],
    }


def test_the_report_reads_only_the_run_folder(run_dir: Path) -> None:
    paths = write_report(run_dir)
    assert [path.name for path in paths] == ["metrics.json", "report.md", "report.html"]
    first = [path.read_bytes() for path in paths]
    assert [path.read_bytes() for path in write_report(run_dir)] == first


def test_the_page_stands_alone(run_dir: Path) -> None:
    write_report(run_dir)
    page = (run_dir / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=|url\(|@import|<script", page)
    assert page.count("<svg") == 3
    assert "prefers-color-scheme: dark" in page
    assert "图木舒克在哪里？" in page and "😀" in page
    assert "Nothing: every question is right." not in page


def test_the_report_speaks_chinese(run_dir: Path) -> None:
    write_report(run_dir)
    english = (run_dir / "report.html").read_text(encoding="utf-8")
    write_report(run_dir, "zh")
    chinese = (run_dir / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in english and '<html lang="zh">' in chinese

    def words(page: str) -> str:
        """What a reader sees that is not of the questions, the run's settings or a proper name."""
        page = re.sub(
            r"<style>.*?</style>|<article>.*?</article>|<dl class=\"facts\">.*?</dl>", " ", page, flags=re.S
        )
        page = re.sub(r"<td class=\"name\">.*?</td>", " ", page) + " ".join(
            re.findall(r'(?:title|aria-label)="([^"]*)"', page)
        )
        return re.sub(r"<[^>]*>", " ", page)

    left = set(re.findall(r"[A-Za-z]{2,}", words(chinese)))
    assert left <= {"AUROC", "IoU", "ROC", "Success", "RR", "nDCG", "rows", "jsonl"}
    assert not re.search("[\u4e00-\u9fff]", words(english))
    figures = re.compile(r"\d+\.\d \(|<b style=\"[^\"]*\"")
    assert figures.findall(english) == figures.findall(chinese)
    markdown = (run_dir / "report.md").read_text(encoding="utf-8")
    assert "## 拒答与把握" in markdown and "Refusal" not in markdown


def test_the_command_takes_the_language(run_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(run_dir)]) == 0
    assert '<html lang="en">' in (run_dir / "report.html").read_text(encoding="utf-8")
    assert main(["report", str(run_dir), "--language", "zh"]) == 0
    assert '<html lang="zh">' in (run_dir / "report.html").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main(["report", str(run_dir), "--language", "fr"])
    assert "--language" in capsys.readouterr().err


def test_words_without_chinese_are_an_error_and_unknown_tags_are_not() -> None:
    with pytest.raises(KeyError):
        words_in("zh")("words of nobody")
    assert words_in("en")("{n} questions", n=3) == "3 questions"
    assert words_in("zh")("best span: {words}", words="{😀}") == "首选片段：{😀}"
    assert [name_in("zh", name) for name in ("number", "自定", "😀", "")] == ["数字", "自定", "😀", ""]
    assert name_in("en", "number") == "number"


def test_text_of_documents_and_questions_is_escaped(tmp_path: Path) -> None:
    question = '<script>alert("1")</script>|多少？'
    pipeline = FakePipeline({question: ("answered", ["100 万元"], 0.5)})
    run_gold(pipeline, [Question("q", question)], tmp_path / "run", settings={})
    write_report(tmp_path / "run")
    assert "<script>" not in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    markdown = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    assert "\\|多少？ |" in markdown


def test_one_question_without_an_answer(tmp_path: Path) -> None:
    run_gold(FakePipeline(), [QUESTIONS[3]], tmp_path / "run", settings={})
    write_report(tmp_path / "run")
    figures = load_metrics(tmp_path / "run")["figures"]
    assert figures["correct"]["value"] == 1
    assert "auroc" not in figures and "guess/em" not in figures
    assert "Nothing: every question is right." in (tmp_path / "run" / "report.html").read_text(
        encoding="utf-8"
    )


def test_an_unfinished_run_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(EvalError):
        run_gold(FakePipeline(fails_at=QUESTIONS[1].question), QUESTIONS, tmp_path / "run", settings={})
    with pytest.raises(EvalError, match="not finished"):
        write_report(tmp_path / "run")
    with pytest.raises(EvalError, match="no run folder"):
        write_report(tmp_path / "absent")


def test_metrics_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="eval report"):
        load_metrics(tmp_path)
    for text in ("[]", "{}", "nonsense"):
        (tmp_path / "metrics.json").write_text(text, encoding="utf-8")
        with pytest.raises(EvalError, match="no metrics file"):
            load_metrics(tmp_path)


def test_metrics_are_plain_json(run_dir: Path) -> None:
    folder = RunFolder(run_dir)
    metrics = make_metrics(folder.rows(), folder.config())
    assert json.loads(json.dumps(metrics, allow_nan=False)) == metrics


def test_percent() -> None:
    assert percent({"value": 0.79, "low": 0.761, "high": 0.818}) == "79.0 (76.1–81.8)"
    assert percent(None) == "–"


def test_plot_places_points_on_the_scale() -> None:
    x, y = Axis("passages", 1_000, 100_000, log=True), Axis("<ms> 毫秒", 0, 10)
    svg = line_plot("growth 😀", x, y, [Series("甲", [(1_000, 0), (10_000, 5), (100_000, 10)], dots=True)])
    assert x.ticks() == [1_000, 10_000, 100_000]
    # plot area: x 54 … 342, y 28 … 210
    assert 'points="54.0,210.0 198.0,119.0 342.0,28.0"' in svg
    assert "&lt;ms&gt; 毫秒" in svg
    assert Axis("", 3, 3).place(3) == 0.5


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (3_400, 4_000), (0.13, 0.16), (99, 100), (100, 100), (464.7, 600)]
)
def test_round_top(value: float, top: float) -> None:
    assert round_top(value) == pytest.approx(top)
