"""A finished evaluation on the page: figures, plots with labels in its language, failures to be asked again."""

import json
import re
from pathlib import Path

import pytest
from eval_fakes import GIVEN, QUESTIONS, FakePipeline

from eval.dataset import Question
from eval.report_languages import main as write_languages
from eval.report_plots import plots
from eval.run import run_gold
from qa.web.evaluation_html import evaluation_html
from qa.web.golds import question_sets

NASTY = '<img src=x onerror="hacked=1">😀'


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    questions = [*QUESTIONS, Question("bad", NASTY, answers=("<b>答</b>",))]
    answers = {**GIVEN, NASTY: ("answered", ["100 万元"], 0.9)}
    run_gold(
        FakePipeline(answers), questions, tmp_path / "run", settings={"gold": "gold.jsonl", "split": "all"}
    )
    assert write_languages([str(tmp_path / "run"), str(tmp_path / "page")]) == 0
    return tmp_path / "run"


def words_of(svg: str) -> str:
    return " ".join(re.findall(r">([^<]+)<", svg) + re.findall(r'aria-label="([^"]*)"', svg))


def test_plots_speak_the_language_of_the_page(run_dir: Path) -> None:
    metrics = json.loads((run_dir / "metrics.json").read_text(encoding="utf-8"))
    english, chinese = plots(metrics, "en"), plots(metrics, "zh")
    assert len(english) == len(chinese) == 3
    for caption, svg in chinese:
        left = re.sub("ROC", "", caption + words_of(svg))
        assert re.search("[\u4e00-\u9fff]", left)
        assert not re.search("[A-Za-z]{2,}", left)
    assert not any(re.search("[\u4e00-\u9fff]", caption + svg) for caption, svg in english)

    def lines(found: list[tuple[str, str]]) -> list[str]:
        return re.findall(r'points="([^"]*)"', "".join(svg for _, svg in found))

    assert lines(english) == lines(chinese)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_run_is_shown_with_figures_plots_and_failures(run_dir: Path, language: str) -> None:
    shown = evaluation_html(run_dir, run_dir.parent / "page", language)  # type: ignore[arg-type]
    assert shown.count("<svg") == 3
    assert ("答对" in shown) == (language == "zh")
    assert "<img" not in shown and "<b>答" not in shown
    assert shown.count('class="wj-failure"') >= 1


def test_a_run_without_its_files_shows_nothing(tmp_path: Path) -> None:
    assert evaluation_html(tmp_path, tmp_path / "page", "zh") == ""


def test_the_pages_need_a_run_and_a_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert write_languages([str(tmp_path), str(tmp_path / "page")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert write_languages([]) == 2
    assert "usage" in capsys.readouterr().err


def test_only_question_sets_are_offered(tmp_path: Path) -> None:
    files = {
        "b.jsonl": '{"id": "q1", "question": "问？", "answers": ["答"]}\n',
        "a.jsonl": '\ufeff\n{"question": "问？", "id": 1}\n',
        "broken.jsonl": "{id: 😀}\n",
        "empty.jsonl": "",
        "translations.jsonl": '{"of": "c0928cb348b528ab", "question": "Why?"}\n',
        "notes.txt": '{"id": "q1"}\n',
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert [path.name for path in question_sets(tmp_path)] == [
        "a.jsonl",
        "b.jsonl",
        "broken.jsonl",
        "empty.jsonl",
    ]
    assert question_sets(tmp_path / "none") == []
    assert [path.stem for path in question_sets(Path("eval/gold"))] == ["seeds"]
