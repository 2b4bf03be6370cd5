"""``python -m qa feedback export``: opinions given on the page come out as gold questions that eval takes."""

import json
from pathlib import Path

import pytest

from eval.dataset import load_gold
from index.sync import sync
from qa.__main__ import main
from qa.feedback import FEEDBACK_NAME, Feedback, FeedbackStore, MarkedSpan
from qa.types import Answer, Citation, CitedPassage, Span

TEXT = "简报😀\n\n2022年朔州市 yield 达到77万吨。\n"


@pytest.fixture
def index_dir(tmp_path: Path, tiny_embedder: str) -> Path:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "简报.txt").write_text(TEXT, encoding="utf-8")
    sync(tmp_path / "corpus", tmp_path / "index", embedder=tiny_embedder)
    return tmp_path / "index"


def opinion(question: str, verdict: str, words: str, *, marked: str = "", shift: int = 0) -> Feedback:
    start = TEXT.index(words)
    cited = Citation(1, "简报.txt", "0" * 64, "简报", None, (), start, start + len(words), words, CitedPassage(0, len(TEXT), TEXT))  # fmt: skip
    answer = Answer(question, "answered", words, 0.9, (Span(words, 1, 1.0),), (cited,))
    low = TEXT.index(marked) + shift if marked else 0
    span = MarkedSpan("简报.txt", "0" * 64, low, low + len(marked), marked) if marked else None
    return Feedback(question, verdict, answer, span)  # type: ignore[arg-type]


def test_opinions_become_a_gold_file(
    index_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = FeedbackStore(index_dir / FEEDBACK_NAME)
    store.add(opinion("产量多少？", "right", "77万吨"))
    store.add(opinion("What yield? 😀", "wrong", "2022年", marked="77万吨"))
    store.add(opinion("哪个市？", "wrong", "77万吨", marked="朔州市", shift=1))  # the document changed since
    store.add(opinion("错了的？", "wrong", "2022年"))
    out = tmp_path / "new" / "gold.jsonl"
    assert main(["feedback", "export", "--index", str(index_dir), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"2 questions: {out}\n"
    gold = load_gold(out)
    assert [(one.question, one.answers) for one in gold] == [
        ("产量多少？", ("77万吨",)),
        ("What yield? 😀", ("77万吨",)),
    ]


def test_without_a_file_the_lines_go_to_the_terminal(
    index_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FeedbackStore(index_dir / FEEDBACK_NAME).add(opinion("产量多少？", "right", "77万吨"))
    assert main(["feedback", "export", "--index", str(index_dir)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["question"], row["answers"], row["documents"]) for row in rows] == [
        ("产量多少？", ["77万吨"], ["简报.txt"])
    ]


def test_without_feedback_it_says_so(index_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feedback", "export", "--index", str(index_dir)]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "no feedback yet" in said.err
    assert said.err.count("\n") == 1


def test_a_file_that_cannot_be_written_is_one_clear_line(
    index_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    FeedbackStore(index_dir / FEEDBACK_NAME).add(opinion("产量多少？", "right", "77万吨"))
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "gold.jsonl"
    arguments = ["feedback", "export", "--index", str(index_dir), "--out", str(out)]
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert "cannot be written" in said
    assert "Traceback" not in said
