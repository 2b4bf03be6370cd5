"""The command line of the index: exit codes, JSON, one line for an error."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from small_index import write_files

from index.__main__ import main

ROOT = Path(__file__).parent.parent
HEAVY = ["torch", "sentence_transformers", "transformers", "gradio", "onnxruntime", "matplotlib", "sklearn", "faiss", "scipy",
         "langchain_text_splitters", "langchain_core", "tantivy", "numpy", "jieba", "tokenizers", "pandas"]  # fmt: skip


class Run:
    """Runs commands in this process."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], corpus: Path, index_dir: Path, embedder: str
    ) -> None:
        self._capsys, self.corpus, self.index, self._embedder = capsys, corpus, index_dir, embedder

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return code, captured.out, captured.err

    def sync(self, *arguments: object) -> tuple[int, str, str]:
        return self("sync", self.corpus, "--index", self.index, "--embedder", self._embedder, *arguments)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], corpus: Path, tmp_path: Path, tiny_embedder: str) -> Run:
    return Run(capsys, corpus, tmp_path / "index", tiny_embedder)


def test_sync_says_what_it_did(run: Run) -> None:
    code, out, err = run.sync()
    assert (code, err) == (0, "")
    assert "+ 子目录/c.md\n" in out
    assert "4 added, 0 changed, 0 deleted, 0 unchanged, 0 failed, 0 skipped\n4 documents, 4 passages" in out
    write_files(run.corpus, {"a.txt": "改动", "b.txt": None})
    code, out, _ = run.sync()
    assert code == 0 and out.startswith("~ a.txt\n- b.txt\n")


def test_sync_as_json(run: Run) -> None:
    code, out, err = run.sync("--json")
    report = json.loads(out)
    assert (code, err) == (0, "")
    assert report["added"] == ["a.txt", "b.txt", "d.txt", "子目录/c.md"]
    assert report["passages"] == 4 and report["generation"] == 1 and len(report["fingerprint"]) == 16


def test_dry_run_says_what_it_would_do(run: Run) -> None:
    code, out, _ = run.sync("--dry-run")
    assert code == 0 and "4 would be added" in out and "documents," not in out
    assert not run.index.exists()


def test_files_that_fail_are_named_and_the_code_is_1(run: Run) -> None:
    (run.corpus / "broken.txt").write_bytes(b"\0\1\2" * 50)
    (run.corpus / "picture.jpg").write_bytes(b"\xff")
    for _ in range(2):
        code, out, err = run.sync()
        assert code == 1 and "4 documents" in out
        lines = err.splitlines()
        assert len(lines) == 2
        assert lines[0].startswith("broken.txt: ") and lines[1].startswith("picture.jpg: ")
    assert "broken.txt" in run("stats", "--index", run.index)[1]


def test_a_skipped_file_alone_is_no_failure(run: Run) -> None:
    (run.corpus / "picture.jpg").write_bytes(b"\xff")
    assert run.sync()[0] == 0


def test_check_and_repair(run: Run) -> None:
    run.sync()
    assert run("check", "--index", run.index) == (0, "the index is healthy\n", "")
    code, out, _ = run("check", "--index", run.index, "--json")
    assert (code, json.loads(out)) == (0, {"healthy": True, "repaired": False, "problems": []})
    (run.index / "vectors-000001.faiss").unlink()
    code, out, err = run("check", "--index", run.index)
    assert (code, out) == (1, "")
    assert (
        err
        == f"vectors-000001.faiss is missing\nto mend it: python -m index check --index {run.index} --repair\n"
    )
    code, out, err = run("check", "--index", run.index, "--repair")
    assert (code, out, err) == (0, "vectors-000001.faiss is missing\nrepaired from the database\n", "")
    assert run("check", "--index", run.index)[0] == 0


def test_a_damaged_database_is_told(run: Run) -> None:
    run.sync()
    (run.index / "wenju.sqlite").write_bytes(b"damage")
    code, out, err = run("check", "--index", run.index, "--repair", "--json")
    assert (code, err) == (1, "") and json.loads(out)["healthy"] is False
    code, _, err = run("check", "--index", run.index, "--repair")
    assert code == 1 and "cannot be mended" in err and "--rebuild" in err
    code, _, err = run.sync()
    assert code == 1 and err.startswith("error: wenju.sqlite is damaged") and err.count("\n") == 1
    assert run.sync("--rebuild")[0] == 0


def test_stats(run: Run) -> None:
    run.sync()
    code, out, err = run("stats", "--index", run.index)
    assert (code, err) == (0, "") and "a.txt  1 passages  " in out
    code, out, _ = run("stats", "--index", run.index, "--json")
    stats = json.loads(out)
    assert (
        code == 0
        and stats["documents"] == 4
        and stats["passages"] == 4
        and stats["formats"] == {"md": 1, "txt": 3}
    )
    assert stats["documents_list"][0]["id"] == "a.txt"


@pytest.mark.parametrize("command", [["check"], ["check", "--repair"], ["stats"]])
def test_no_index_is_one_line(run: Run, command: list[str], tmp_path: Path) -> None:
    code, out, err = run(*command, "--index", tmp_path / "nowhere")
    assert (code, out) == (1, "")
    assert err.startswith(f"error: {tmp_path / 'nowhere'} holds no index") and err.count("\n") == 1


def test_no_corpus_is_one_line(run: Run, tmp_path: Path) -> None:
    code, _, err = run("sync", tmp_path / "nowhere", "--index", run.index)
    assert (code, err) == (1, f"error: {tmp_path / 'nowhere'} is not a folder\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["sync"],
        ["sync", "corpus"],
        ["stats"],
        ["sync", "c", "--index", "i", "--workers", "0"],
        ["sync", "c", "--index", "i", "--workers", "two"],
        ["sync", "c", "--index", "i", "--max-chars", "19"],
        ["check", "--index", "i", "--unknown"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_code_2(run: Run, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize("arguments", [["--help"], ["sync", "--help"], ["check", "--help"]], ids=" ".join)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys\n"
        "from index.__main__ import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0\n"
        f"heavy = set({HEAVY!r}) & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "usage: python -m index" in done.stdout


def test_ctrl_c_ends_in_one_line_and_leaves_the_old_index(run: Run) -> None:
    run.sync()
    write_files(run.corpus, {f"n{i:04}.txt": "新的煤炭文件。" * 300 for i in range(2000)})
    process = subprocess.Popen(
        [sys.executable, "-m", "index", "sync", str(run.corpus), "--index", str(run.index)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(run.index.glob("lexical-000002")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "stopped; the index is as it was before\n")
    assert json.loads(run("stats", "--index", run.index, "--json")[1])["documents"] == 4
    assert run("check", "--index", run.index)[0] == 0
    assert not list(run.index.glob("*-000002*"))


def test_a_reader_that_goes_away_is_no_traceback(run: Run) -> None:
    run.sync()
    done = subprocess.run(
        f"'{sys.executable}' -m index stats --json --index '{run.index}' | head -c 1",
        shell=True, capture_output=True, text=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""


def test_progress_is_shown_on_a_terminal_only(run: Run, tiny_embedder: str) -> None:
    command = [
        sys.executable,
        "-m",
        "index",
        "sync",
        str(run.corpus),
        "--index",
        str(run.index),
        "--embedder",
        tiny_embedder,
    ]
    terminal, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=other, cwd=ROOT)
    os.close(other)
    shown = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    os.close(terminal)
    assert process.wait(timeout=60) == 0
    assert b"indexing" in shown


def test_a_document_that_can_no_longer_be_read_is_told_as_deleted(run: Run) -> None:
    run.sync()
    (run.corpus / "a.txt").write_bytes(b"")
    code, out, err = run.sync()
    assert code == 1 and "a.txt: " in err
    assert out.startswith("- a.txt\n") and "0 changed, 1 deleted, 3 unchanged, 1 failed" in out
    code, out, _ = run.sync("--rebuild")
    assert code == 1 and "a.txt" not in out and "3 documents," in out
    (run.corpus / "b.txt").unlink()
    _, out, err = run.sync("--rebuild")
    assert "- b.txt" in out and "nothing that was indexed" not in err


def test_an_index_of_which_nothing_is_left_is_told(run: Run, tmp_path: Path) -> None:
    run.sync()
    (tmp_path / "empty").mkdir()
    code, _, err = run("sync", tmp_path / "empty", "--index", run.index, "--dry-run")
    assert (
        code == 0
        and "nothing that was indexed before would be left: 4 documents are not, or no longer readable, in"
        in err
    )
    code, out, err = run("sync", tmp_path / "empty", "--index", run.index)
    assert code == 0 and "nothing that was indexed before is left" in err and "0 documents" in out


def test_a_kind_of_file_that_could_be_saved_otherwise_is_told_so(run: Run) -> None:
    (run.corpus / "旧.doc").write_bytes(b"x")
    assert "旧.doc: no loader for this kind of file; save it as .docx" in run.sync()[2]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow only text as names")
def test_a_skipped_name_that_is_not_text_can_be_written(run: Run) -> None:
    Path(os.fsdecode(os.fsencode(run.corpus) + "/文.doc".encode("gbk"))).write_bytes(b"x")
    code, out, _ = run.sync("--json")
    out.encode("utf-8")
    ((shown, reason),) = json.loads(out)["skipped"].items()
    assert code == 0 and shown.endswith(".doc") and "save it as .docx" in reason


def test_a_size_that_is_no_number_is_told(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        run.sync("--max-chars", "abc")
    assert "a whole number is needed, got 'abc'" in capsys.readouterr().err
