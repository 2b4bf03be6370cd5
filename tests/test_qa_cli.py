"""The command line as a person meets it: exit codes, one-line errors, the JSON contract, a quick ``--help``."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from qa_corpus import SMALL, check_answer, indexed, write_corpus

from index.corpus_index import CorpusIndex
from index.sync import sync
from qa.__main__ import main
from qa.types import Answer

QUESTION = "2024年太原市转化煤炭多少万吨？"
HEAVY = ("torch", "transformers", "sentence_transformers", "onnxruntime", "faiss", "tantivy", "numpy", "gradio", "rjieba",
         "sklearn", "scipy", "matplotlib", "openpyxl", "tqdm", "jieba", "langchain_text_splitters")  # fmt: skip


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return indexed(tmp_path_factory.mktemp("cli"))


def run(*arguments: str, stdin: str = "", code: int | None = None, **environment: str):
    done = subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        input=stdin.encode(),
        capture_output=True,
        env={**os.environ, **environment},
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in err
    if code is not None:
        assert done.returncode == code, (out, err)
    return done.returncode, out, err


def ask(index_dir: Path, *more: str) -> Sequence[str]:
    return ["ask", QUESTION, "--index", str(index_dir), "--reader", "overlap", *more]


def test_an_answer_is_printed_with_its_quote_file_and_line(
    index_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(ask(index_dir)) == 0
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].startswith("1200 万吨  (")
    assert lines[1].startswith("[1] 关于做好煤炭转化工作的通知")
    assert lines[2].strip() == "office.txt:4"
    assert "【1200 万吨】" in lines[3]


def test_the_json_is_the_contract(index_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ask(index_dir, "--json")) == 0
    data = json.loads(capsys.readouterr().out)
    assert list(data) == ["question", "status", "answer", "confidence", "spans", "citations", "alternatives",
                          "timings_ms", "index"]  # fmt: skip
    assert list(data["spans"][0]) == ["text", "citation", "score"]
    assert list(data["citations"][0]) == ["id", "document_id", "sha256", "title", "page", "heading", "start", "end", "quote",
                                          "passage"]  # fmt: skip
    assert list(data["citations"][0]["passage"]) == ["start", "end", "text"]
    assert list(data["timings_ms"]) == ["retrieve", "read", "total"]
    assert data["citations"][0]["page"] is None
    corpus_index = CorpusIndex.open(index_dir)
    check_answer(Answer.from_dict(data), corpus_index)
    corpus_index.close()


def test_the_bundled_reader_answers_by_default(index_dir: Path) -> None:
    _, out, err = run("ask", QUESTION, "--index", str(index_dir), code=0)
    assert out.startswith("1200 万吨")
    assert err == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("ask",),
        ("ask", "x"),
        ("ask", "  \n", "--index", "."),
        ("answer", "x"),
        ("batch", "q.txt", "--index", "."),
        ("chat",),
        ("verify", "--index", "."),
        ("ask", "x", "--index", ".", "--loud"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_two(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert capsys.readouterr().err


def test_failures_are_one_line_and_one(
    index_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = ("--index", str(index_dir))
    overlap = ("--reader", "overlap")
    (tmp_path / "q.txt").write_text(QUESTION, encoding="utf-8")
    (tmp_path / "bad.jsonl").write_text("😀", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "config.json").write_text(
        '{"architecture": "wenju-word-reader"}', encoding="utf-8"
    )
    questions = str(tmp_path / "q.txt")
    cases = [
        ("ask", QUESTION, "--index", str(tmp_path / "nothing")),
        ("ask", QUESTION, "--index", questions),
        ("ask", QUESTION, *index, "--reader", str(tmp_path / "folder")),
        ("chat", "--index", str(tmp_path / "nothing")),
        ("batch", str(tmp_path / "none.txt"), "--out", str(tmp_path / "a.csv"), *index, *overlap),
        ("batch", questions, "--out", str(tmp_path / "a.pdf"), *index, *overlap),
        ("batch", questions, "--out", str(tmp_path / "none" / "a.csv"), *index, *overlap),
        ("batch", questions, "--out", questions, *index, *overlap),
        ("verify", str(tmp_path / "none.jsonl"), *index),
        ("verify", str(tmp_path / "bad.jsonl"), *index),
        ("verify", str(tmp_path / "bad.jsonl"), "--index", str(tmp_path / "nothing")),
    ]
    for arguments in cases:
        assert main(arguments) == 1, arguments
        out, err = capsys.readouterr()
        assert out == "", arguments
        assert err.startswith("error: ") and err.count("\n") == 1 and len(err) > 15, (arguments, err)


def test_a_damaged_index_is_one_line(
    index_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = indexed(tmp_path)
    for path in [path for path in own.rglob("*") if path.is_file() and path.suffix not in (".lock",)]:
        before = path.read_bytes()
        if not before:
            continue
        path.write_bytes(
            before[: len(before) // 2]
            + bytes([before[len(before) // 2] ^ 0xFF])
            + before[len(before) // 2 + 1 :]
        )
        code = main(ask(own))
        out, err = capsys.readouterr()
        assert (code, err) == (0, "") or (code == 1 and err.startswith("error: ") and err.count("\n") == 1), (
            path.name
        )
        if code == 0:
            assert out.startswith("1200 万吨"), path.name
        path.write_bytes(before)


def test_batch_then_verify(index_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = ("--index", str(index_dir))
    questions, answers = tmp_path / "q.csv", tmp_path / "answers.jsonl"
    with questions.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["编号", "问题"], [1, QUESTION], [2, "附属小学创办于哪一年？"]])
    assert main(["batch", str(questions), "--out", str(answers), *index, "--reader", "overlap"]) == 0
    assert capsys.readouterr().out == f"2 questions answered into {answers}, 0 in error\n"
    assert main(["verify", str(answers), *index]) == 0
    assert ", 0 changed, 0 missing, 0 wrong" in capsys.readouterr().out
    answers.write_text(
        answers.read_text(encoding="utf-8").replace('"quote": "1200', '"quote": "9200'), "utf-8"
    )
    assert main(["verify", str(answers), *index, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["counts"]["wrong"] == len(found["not_ok"]) >= 1
    assert found["not_ok"][0]["line"] == 1


def test_a_batch_with_a_bad_row_is_one_and_says_how_many(
    index_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "q.jsonl").write_text(f'{{"question": "{QUESTION}"}}\nbroken\n', encoding="utf-8")
    out = tmp_path / "a.xlsx"
    arguments = ["batch", str(tmp_path / "q.jsonl"), "--out", str(out), "--index", str(index_dir)]
    assert main([*arguments, "--reader", "overlap"]) == 1
    assert "1 questions answered" in capsys.readouterr().out
    assert out.is_file()


def test_chat_answers_until_an_empty_line(index_dir: Path) -> None:
    talk = f"{QUESTION}\n😀\nHow many objects does the museum hold?\n\nnever asked\n"
    _, out, err = run("chat", "--index", str(index_dir), "--reader", "overlap", stdin=talk, code=0)
    assert out.startswith("3 份文档，")
    assert ("1200 万吨" in out and "文档中没有" in out) or "Nothing in the documents" in out
    assert "3,200" in out
    assert out.count("问> ") == 4
    assert err == ""


@pytest.mark.parametrize("stdin", ["", QUESTION])
def test_chat_ends_with_its_input(index_dir: Path, stdin: str) -> None:
    run("chat", "--index", str(index_dir), "--reader", "overlap", stdin=stdin, code=0)


def test_chat_follows_what_is_synced_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = indexed(tmp_path)
    corpus = tmp_path / "corpus"

    def typed(prompt: str = "", turns: list[str] = ["ask", "ask", ""]) -> str:  # noqa: B006
        if len(turns) == 2:
            sync(
                write_corpus(corpus, {**SMALL, "office.txt": SMALL["office.txt"].replace("1200", "3450")}),
                own,
                workers=1,
            )
        return QUESTION if turns.pop(0) else ""

    monkeypatch.setattr("builtins.input", typed)
    assert main(["chat", "--index", str(own), "--reader", "overlap"]) == 0
    out = capsys.readouterr().out
    assert "1200 万吨  (" in out and "3450 万吨  (" in out


def test_an_argument_that_is_not_utf8_is_answered_all_the_same(index_dir: Path) -> None:
    for form in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable.encode(), b"-m", b"qa", b"ask", QUESTION.encode() + b"\xff\xfe", b"--index",
             str(index_dir).encode(), b"--reader", b"overlap", *[f.encode() for f in form]],
            capture_output=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
        assert "1200 万吨" in done.stdout.decode()


def test_a_reader_of_the_output_may_leave(index_dir: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "qa", *ask(index_dir, "--json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1
    process.stderr.close()


@pytest.mark.parametrize("command", [(), ("ask",), ("chat",), ("batch",), ("verify",)], ids=str)
def test_help_imports_nothing_heavy(command: tuple[str, ...]) -> None:
    script = (
        "import sys\nfrom qa.__main__ import main\n"
        f"try:\n    main({[*command, '--help']!r})\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "usage: python -m qa" in done.stdout
    assert not set(HEAVY) & set(done.stderr.split())


def test_asking_with_the_bundled_reader_imports_no_training_library(index_dir: Path) -> None:
    script = (
        f"import sys\nfrom qa.__main__ import main\nassert main(['ask', {QUESTION!r}, '--index', {str(index_dir)!r}]) == 0\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    unwanted = {
        "torch",
        "transformers",
        "sentence_transformers",
        "gradio",
        "sklearn",
        "scipy",
        "matplotlib",
        "pandas",
    }
    assert not unwanted & set(done.stderr.split())


def test_words_without_quotes_are_one_question(index_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["2024年太原市", "转化煤炭", "多少万吨？"]
    assert main(["ask", *words, "--index", str(index_dir), "--reader", "overlap", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["question"] == " ".join(words)


@pytest.mark.parametrize("word", ["exit", "QUIT", ":q", "退出", ""])
def test_chat_ends_at_a_word(index_dir: Path, word: str) -> None:
    _, out, _ = run(
        "chat", "--index", str(index_dir), "--reader", "overlap", stdin=f"{word}\n{QUESTION}\n", code=0
    )
    assert "1200" not in out


@pytest.mark.parametrize("english", [False, True])
def test_a_source_that_changed_since_it_was_indexed_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], english: bool
) -> None:
    index_dir = indexed(tmp_path)
    source = tmp_path / "corpus" / "office.txt"
    question = "How much coal?" if english else QUESTION
    command = ["ask", question, "--index", str(index_dir), "--reader", "overlap"]
    changed = "office.txt has changed since" if english else "office.txt 建立索引后有改动"
    gone = "office.txt is gone since" if english else "office.txt 建立索引后已不在"

    def told() -> str:
        assert main(command) == 0
        return capsys.readouterr().out

    before = told()
    assert "office.txt:" in before
    os.utime(source)  # touched, but the same
    assert changed not in before and changed not in told()
    source.write_text(source.read_text(encoding="utf-8").replace("1200", "1300"), encoding="utf-8")
    assert changed in told()
    source.unlink()
    assert gone in told()
    (tmp_path / "corpus").rename(tmp_path / "elsewhere")
    assert "office.txt " not in told()
