"""Batches: in order, one bad row apart from the rest, taken up again after any interruption."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from qa_corpus import indexed

from index.corpus_index import CorpusIndex
from index.errors import IndexStateError
from qa.batch import run_batch
from qa.overlap_reader import OverlapReader
from qa.pipeline import Pipeline
from qa.tables import BatchFileError
from qa.types import Answer

QUESTIONS = [f"第{number}个问题？" for number in range(6)]


class Counting:
    """Answers with the question itself, counts, and fails where told to."""

    def __init__(self, fail: dict[str, BaseException] | None = None) -> None:
        self.asked: list[str] = []
        self.fail = fail or {}

    def ask(self, question: str) -> Answer:
        self.asked.append(question)
        if question in self.fail:
            raise self.fail[question]
        return Answer(question, "none", "", 0.25, timings_ms={"total": 1.0}, index="f")


def question_file(folder: Path, questions: list[str] = QUESTIONS) -> Path:
    path = folder / "questions.jsonl"
    lines = [json.dumps({"question": question}, ensure_ascii=False) + "\n" for question in questions]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("suffix_in", [".jsonl", ".csv", ".xlsx", ".txt"])
@pytest.mark.parametrize("suffix_out", [".jsonl", ".csv", ".xlsx"])
def test_every_form_in_and_out_keeps_the_order(tmp_path: Path, suffix_in: str, suffix_out: str) -> None:
    asked, out = tmp_path / f"in{suffix_in}", tmp_path / f"out{suffix_out}"
    if suffix_in == ".jsonl":
        asked = question_file(tmp_path)
    elif suffix_in == ".xlsx":
        workbook = Workbook()
        for question in ["问题", *QUESTIONS]:
            workbook.active.append([question])
        workbook.save(asked)
    else:
        asked.write_text(
            "\n".join(([] if suffix_in == ".txt" else ["question"]) + QUESTIONS), encoding="utf-8"
        )
    report = run_batch(Counting(), asked, out, fingerprint="f")
    assert (report.questions, report.resumed, report.failed) == (6, 0, 0)
    if suffix_out == ".jsonl":
        written = [row["question"] for row in lines_of(out)]
        assert [Answer.from_dict(row).status for row in lines_of(out)] == ["none"] * 6
    elif suffix_out == ".csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            written = [row["question"] for row in csv.DictReader(file)]
    else:
        written = [row[0] for row in load_workbook(out).active.iter_rows(min_row=2, values_only=True)]
    assert written == QUESTIONS
    assert {path.name for path in tmp_path.iterdir()} == {asked.name, out.name}


def test_one_bad_row_does_not_stop_the_rest(tmp_path: Path) -> None:
    fail: dict[str, BaseException] = {
        QUESTIONS[1]: IndexStateError("two\nlines"),
        QUESTIONS[2]: KeyError("甲.txt"),
        QUESTIONS[3]: RuntimeError(),
    }
    asked = question_file(tmp_path, [*QUESTIONS[:5], "", QUESTIONS[5]])
    out = tmp_path / "out.jsonl"
    report = run_batch(Counting(fail), asked, out, fingerprint="f")
    assert (report.questions, report.failed) == (7, 4)
    rows = lines_of(out)
    assert [row["question"] for row in rows] == [*QUESTIONS[:5], "", QUESTIONS[5]]
    errors = [row.get("error") for row in rows]
    assert errors == [
        None,
        "two lines",
        "KeyError: '甲.txt'",
        "RuntimeError",
        None,
        "row 6 holds no question",
        None,
    ]
    table = tmp_path / "out.csv"
    run_batch(Counting(fail), asked, table, fingerprint="f")
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert [row["status"] for row in csv.DictReader(file)].count("error") == 4


def test_half_a_character_in_one_question_does_not_stop_the_rest(tmp_path: Path) -> None:
    asked, out = tmp_path / "q.jsonl", tmp_path / "out.jsonl"
    asked.write_text('"a"\n"\\ud800"\n"b"\n', encoding="utf-8")
    assert run_batch(Counting(), asked, out, fingerprint="f").failed == 0
    assert [row["question"] for row in lines_of(out)] == ["a", "\ufffd", "b"]


def interrupted(tmp_path: Path, after: int, fingerprint: str = "f") -> tuple[Path, Path]:
    asked, out = question_file(tmp_path), tmp_path / "out.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run_batch(Counting({QUESTIONS[after]: KeyboardInterrupt()}), asked, out, fingerprint=fingerprint)
    assert not out.exists()
    return asked, out


@pytest.mark.parametrize("after", [0, 1, 5])
def test_an_interrupted_batch_goes_on_where_it_stopped(tmp_path: Path, after: int) -> None:
    asked, out = interrupted(tmp_path, after)
    told: list[tuple[int, int]] = []
    pipeline = Counting()
    report = run_batch(
        pipeline, asked, out, fingerprint="f", progress=lambda done, total: told.append((done, total))
    )
    assert (report.resumed, pipeline.asked) == (after, QUESTIONS[after:])
    assert told == [(done, 6) for done in range(after + 1, 7)]
    assert [row["question"] for row in lines_of(out)] == QUESTIONS
    assert not (tmp_path / "out.jsonl.part").exists()


def test_a_changed_index_or_other_questions_start_anew(tmp_path: Path) -> None:
    asked, out = interrupted(tmp_path, 3)
    pipeline = Counting()
    assert run_batch(pipeline, asked, out, fingerprint="another").resumed == 0
    assert pipeline.asked == QUESTIONS
    out.unlink()
    interrupted(tmp_path, 3)
    asked = question_file(tmp_path, list(reversed(QUESTIONS)))
    pipeline = Counting()
    assert run_batch(pipeline, asked, out, fingerprint="f").resumed == 0
    assert [row["question"] for row in lines_of(out)] == list(reversed(QUESTIONS))


@pytest.mark.parametrize(
    ("damage", "resumed"),
    [
        pytest.param(lambda data: data[:-7], 3, id="half a last line"),
        pytest.param(lambda data: data + b'{"question": "', 4, id="half a line more"),
        pytest.param(lambda data: data + b"\xff\xfe\n", 4, id="bytes that are no text"),
        pytest.param(lambda data: data + b'[1]\n{"question": "x"}\n', 4, id="lines of something else"),
        pytest.param(lambda data: b"", 0, id="empty"),
        pytest.param(lambda data: b"\n" + data, 0, id="no header"),
        pytest.param(lambda data: b"mine, keep out", 0, id="another file"),
    ],
)
def test_a_damaged_part_file_costs_only_what_is_damaged(tmp_path: Path, damage, resumed: int) -> None:
    asked, out = interrupted(tmp_path, 4)
    part = tmp_path / "out.jsonl.part"
    part.write_bytes(damage(part.read_bytes()))
    report = run_batch(Counting(), asked, out, fingerprint="f")
    assert report.resumed == resumed
    assert [row["question"] for row in lines_of(out)] == QUESTIONS


def test_files_that_cannot_be_written_are_named_before_any_work(tmp_path: Path) -> None:
    asked = question_file(tmp_path)
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "locked.jsonl.part").mkdir()
    for name, said in [
        ("answers.txt", "written to .jsonl, .csv or .xlsx"),
        ("nowhere/answers.jsonl", "does not exist"),
        ("folder.jsonl", "is a folder"),
        ("questions.jsonl", "holds the questions"),
        ("locked.jsonl", "cannot be written"),
    ]:
        pipeline = Counting()
        with pytest.raises(BatchFileError, match=said) as caught:
            run_batch(pipeline, asked, tmp_path / name, fingerprint="f")
        assert "\n" not in str(caught.value)
        assert pipeline.asked == []
    assert asked.read_text(encoding="utf-8").count("question") == 6


def test_a_full_disk_is_one_clear_error_and_keeps_what_was_done(tmp_path: Path) -> None:
    asked, out = question_file(tmp_path), tmp_path / "out.jsonl"
    script = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[3])
        from test_qa_batch import Counting
        from qa.batch import run_batch
        from qa.tables import BatchFileError
        resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))
        try:
            run_batch(Counting(), Path(sys.argv[1]), Path(sys.argv[2]), fingerprint="f")
        except BatchFileError as error:
            print(error)
    """)
    done = subprocess.run(
        [sys.executable, "-c", script, str(asked), str(out), str(Path(__file__).parent)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "out.jsonl.part cannot be written" in done.stdout
    assert not out.exists()
    assert 0 < run_batch(Counting(), asked, out, fingerprint="f").resumed < 6
    assert [row["question"] for row in lines_of(out)] == QUESTIONS


def test_the_former_answers_stay_until_the_new_ones_are_there(tmp_path: Path) -> None:
    asked, out = question_file(tmp_path), tmp_path / "out.jsonl"
    former = json.dumps({"question": "former", "status": "none"}) + "\n"
    out.write_text(former, encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        run_batch(Counting({QUESTIONS[2]: KeyboardInterrupt()}), asked, out, fingerprint="f")
    assert out.read_text(encoding="utf-8") == former
    run_batch(Counting(), asked, out, fingerprint="f")
    assert len(lines_of(out)) == 6


def test_a_killed_process_leaves_a_batch_that_goes_on(tmp_path: Path) -> None:
    index_dir = indexed(tmp_path)
    questions = [f"2024年太原市转化煤炭多少万吨？第{number}次" for number in range(3000)]
    asked, out = question_file(tmp_path, questions), tmp_path / "out.jsonl"
    part = tmp_path / "out.jsonl.part"
    command = [sys.executable, "-m", "qa", "batch", str(asked), "--out", str(out), "--index", str(index_dir)]
    process = subprocess.Popen([*command, "--reader", "overlap"], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and (not part.exists() or part.stat().st_size < 20_000):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    survived = part.read_bytes().count(b"\n") - 1
    assert 0 < survived < len(questions)

    shorter = Pipeline(CorpusIndex.open(index_dir), OverlapReader())
    fingerprint = f"{shorter.index.fingerprint} {shorter.reader.fingerprint}"
    seen: list[int] = []

    def stop_after_ten(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(shorter, asked, out, fingerprint=fingerprint, progress=stop_after_ten)
    shorter.close()
    assert seen == list(range(survived + 1, survived + 11))
    rows = [json.loads(line) for line in part.read_text(encoding="utf-8").splitlines()[1:]]
    assert [row["question"] for row in rows] == questions[: survived + 10]
    assert all(Answer.from_dict(row).index == rows[0]["index"] for row in rows)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".xlsx"])
def test_only_answers_are_written_over(tmp_path: Path, suffix: str) -> None:
    asked, out = question_file(tmp_path), tmp_path / f"out{suffix}"
    out.touch()
    for _ in range(2):  # over an empty file, and over answers
        run_batch(Counting(), asked, out, fingerprint="f")
    if suffix == ".xlsx":
        workbook = Workbook()
        workbook.active.append(["my", "notes"])
        workbook.save(out)
    else:
        out.write_text('{"my": "notes"}\n' if suffix == ".jsonl" else "my,notes\n", encoding="utf-8")
    before, pipeline = out.read_bytes(), Counting()
    with pytest.raises(BatchFileError, match="is there already and holds no answers; name another file"):
        run_batch(pipeline, asked, out, fingerprint="f")
    assert out.read_bytes() == before and not pipeline.asked
    out.write_bytes(b"\xff\xfe\x00broken")
    with pytest.raises(BatchFileError, match="holds no answers"):
        run_batch(pipeline, asked, out, fingerprint="f")


@pytest.mark.parametrize("suffix_in", [".csv", ".xlsx"])
@pytest.mark.parametrize("suffix_out", [".csv", ".xlsx"])
def test_the_other_columns_of_a_table_stay_beside_their_questions(
    tmp_path: Path, suffix_in: str, suffix_out: str
) -> None:
    rows = [
        ["编号", "问题", "", "title"],
        ["A-1", "第一？", "x", "=1+1"],
        ["A-2", "", "", ""],
        ["A-3", "第三？", "", "甲"],
    ]
    asked, out = tmp_path / f"in{suffix_in}", tmp_path / f"out{suffix_out}"
    if suffix_in == ".csv":
        with asked.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    else:
        workbook = Workbook()
        for row in rows:
            workbook.active.append(row)
            for cell in workbook.active[workbook.active.max_row]:
                cell.data_type = "s" if cell.value else cell.data_type
        workbook.save(asked)
    run_batch(Counting(), asked, out, fingerprint="f")
    if suffix_out == ".csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            head, *found = list(csv.reader(file))
    else:
        head, *found = (
            [cell or "" for cell in row] for row in load_workbook(out).active.iter_rows(values_only=True)
        )
    assert head[-3:] == ["编号", "(column 3)", "title (column 4)"] and head[0] == "question"
    assert [row[0] for row in found] == ["第一？", "", "第三？"]
    assert [row[-3] for row in found] == ["A-1", "A-2", "A-3"]
    assert [row[-2] for row in found] == ["x", "", ""]
    assert [row[-1] for row in found] == ["'=1+1" if suffix_out == ".csv" else "=1+1", "", "甲"]
    run_batch(Counting(), asked, out, fingerprint="f")  # answers, so they may be written over
