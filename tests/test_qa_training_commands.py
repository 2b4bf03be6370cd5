import json
import subprocess
import sys

import pytest
from training_fakes import rows, write_rows

from index.sync import sync
from qa.__main__ import main


def fails(capsys, *arguments):
    assert main(list(map(str, arguments))) == 1
    line = capsys.readouterr().err
    assert line.startswith("error: ") and line.count("\n") == 1
    return line


@pytest.fixture
def data(tmp_path):
    return write_rows(tmp_path / "a.jsonl", rows())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--steps", "0"], "above 0"),
        (["--minutes", "-1"], "above 0"),
        (["--rate", "0"], "learning rate"),
        (["--dropout", "1"], "dropout"),
        (["--token-dropout", "-1"], "token_dropout"),
        (["--threads", "0"], "--threads"),
        (["--seed", "-1"], "--seed"),
        (["--weights", "a"], "--weights"),
        (["--weights", "1,2"], "got 2 for 1"),
        (["--width", "31"], "does not divide"),
        (["--init", "nowhere"], "nowhere holds no reader"),
        (["--init", "nowhere", "--width", "64"], "--width is for new weights"),
        (["--batch-tokens", "0"], "--batch-tokens"),
        (["--eval", "nowhere.jsonl"], "there is no file"),
        (["--held-out", "nowhere.jsonl"], "there is no file"),
    ],
)
def test_bad_options_are_one_clear_line(capsys, data, tmp_path, options, message):
    assert message in fails(capsys, "train-reader", data, "--out", tmp_path / "out", "--steps", 1, *options)


def test_bad_data_and_overlap_are_one_clear_line(capsys, data, tmp_path):
    out = ["--out", tmp_path / "out", "--steps", 1]
    assert "there is no file" in fails(capsys, "train-reader", tmp_path / "none.jsonl", *out)
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"ctx": 1}\n')
    assert "broken.jsonl:1" in fails(capsys, "train-reader", broken, *out)
    message = fails(capsys, "train-reader", data, *out, "--held-out", data)
    assert "hold 20 held-out questions and 10 held-out passages" in message
    assert "is a file" in fails(capsys, "train-reader", data, "--out", data, "--steps", 1)


def test_usage_errors_exit_with_2(tmp_path):
    for arguments in (
        ["train-reader"],
        ["tune-reader", "--out", "x"],
        ["train-reader", "a", "--out", "b", "--steps", "x"],
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2


def test_help_loads_no_heavy_package():
    code = (
        "import sys\nfrom qa.__main__ import main\ntry:\n    main(['train-reader', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'onnxruntime', 'tokenizers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_a_small_reader_is_trained_and_read_with(capsys, data, tmp_path):
    out = tmp_path / "out"
    sizes = ["--layers", "1", "--width", "16", "--heads", "1", "--feed", "16", "--embedding", "8"]
    options = ["--steps", "2", "--threads", "1", "--batch-tokens", "512", *sizes]
    assert main(["train-reader", str(data), "--out", str(out), *options]) == 0
    assert f"--reader {out}" in capsys.readouterr().out
    from qa.reader import load_reader

    assert load_reader(str(out)).read("张三住在哪里?", [rows()[0]["ctx"]])[0]
    assert "holds a run already" in fails(capsys, "train-reader", data, "--out", out, *options)
    assert main(["train-reader", str(data), "--out", str(out), "--resume", *options, "--steps", "3"]) == 0


def test_tuning_on_an_index_ends_with_both_figures(capsys, tmp_path):
    """The bundled reader, a folder of notes, gold questions: saved or refused, and never silently."""
    corpus, gold = tmp_path / "corpus", []
    corpus.mkdir()
    for number, row in enumerate(rows()):
        (corpus / f"{number}.txt").write_text(row["ctx"], encoding="utf-8")
        for q, a, _ in row["qs"]:
            gold.append(
                {"id": f"q{len(gold)}", "question": q, "answers": [a], "documents": [f"{number}.txt"]}
            )
    gold.append({"id": "none", "question": "谁发明了火车?", "answers": []})
    sync(corpus, tmp_path / "index")
    options = ["--index", str(tmp_path / "index"), "--out", str(tmp_path / "out"), "--minutes", "0.02"]
    path = write_rows(tmp_path / "gold.jsonl", gold)
    code = main(["tune-reader", "--gold", str(path), *options, "--threads", "1"])
    told = capsys.readouterr()
    text = told.out if code == 0 else told.err
    assert "10 held-out questions: EM" in text
    assert (tmp_path / "out" / "model.onnx").is_file() is (code == 0)
    log = [
        json.loads(line) for line in (tmp_path / "out" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert log[0] == {
        "event": "gold",
        "questions": 21,
        "used": 21,
        "answer_not_in_index": 0,
        "list_questions": 0,
    }
    few = write_rows(tmp_path / "few.jsonl", gold[:5])
    assert "at least 20 gold questions" in fails(capsys, "tune-reader", "--gold", few, *options)
    missing = ["--index", str(tmp_path / "none"), "--out", str(tmp_path / "out")]
    assert "none" in fails(capsys, "tune-reader", "--gold", path, *missing)
