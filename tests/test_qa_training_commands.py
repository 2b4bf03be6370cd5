import json
import subprocess
import sys
from dataclasses import asdict

import pytest
from training_fakes import SHAPE, rows, write_base, write_rows

from index.sync import sync
from qa.__main__ import main
from qa.reader import load_reader
from qa.training.settings import TrainingSettings
from qa.training.train_reader import TrainingFiles, train_reader
from qa.training.weights import load_weights


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
        (["--width", "0"], "at least 1"),
        (["--head-width", "31"], "must be even, got 31"),
        (["--init", "nowhere"], "nowhere"),
        (["--init", "nowhere", "--width", "64"], "--width is for new weights"),
        (["--init", "nowhere", "--head-width", "64"], "--head-width is for new weights"),
        (["--device", "cuda"], "no GPU that PyTorch can use"),
        (["--batch-tokens", "0"], "--batch-tokens"),
        (["--eval", "nowhere.jsonl"], "there is no file"),
        (["--held-out", "nowhere.jsonl"], "there is no file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_options_are_one_clear_line(capsys, monkeypatch, data, tmp_path, options, message):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
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


@pytest.mark.parametrize("command", ["train-reader", "pretrain-reader", "tune-reader"])
def test_help_loads_no_heavy_package(command):
    code = (
        f"import sys\nfrom qa.__main__ import main\ntry:\n    main(['{command}', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'onnxruntime', 'tokenizers') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]") and "--out" in done.stdout


def test_a_small_reader_is_trained_and_read_with(capsys, data, tmp_path):
    out = tmp_path / "out"
    sizes = {"layers": 1, "width": 16, "heads": 3, "head-width": 8, "feed": 40, "embedding": 12}
    given = [text for name, size in sizes.items() for text in (f"--{name}", str(size))]
    options = ["--steps", "2", "--threads", "1", "--batch-tokens", "512", "--device", "cpu", *given]
    assert main(["train-reader", str(data), "--out", str(out), *options]) == 0
    assert f"--reader {out}" in capsys.readouterr().out
    assert load_reader(str(out)).read("张三住在哪里?", [rows()[0]["ctx"]])[0]
    shape = asdict(load_weights(out).shape)
    assert {name.replace("_", "-"): shape[name] for name in shape if name != "vocabulary"} == sizes
    assert "holds a run already" in fails(capsys, "train-reader", data, "--out", out, *options)
    assert main(["train-reader", str(data), "--out", str(out), "--resume", *options, "--steps", "3"]) == 0


@pytest.fixture
def indexed(tmp_path):
    """Gold questions over an index of the toy passages, one of them without an answer."""
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
    return write_rows(tmp_path / "gold.jsonl", gold), ["--index", str(tmp_path / "index"), "--threads", "1"]


def tuned(capsys, gold, out, *options):
    """Tune, check that both figures are told whether the reader is saved or refused, and return the log."""
    code = main(["tune-reader", "--gold", str(gold), "--out", str(out), "--minutes", "0.02", *options])
    told = capsys.readouterr()
    assert "10 held-out questions: EM" in (told.out if code == 0 else told.err)
    assert (out / "model.onnx").is_file() is (code == 0)
    return [json.loads(line) for line in (out / "log.jsonl").read_text(encoding="utf-8").splitlines()]


def test_tuning_on_an_index_ends_with_both_figures(capsys, data, indexed, tmp_path):
    gold, options = indexed
    base, first = write_base(tmp_path), tmp_path / "first"
    train_reader(
        TrainingFiles((data,)), first, TrainingSettings(steps=2), base=base, shape=SHAPE, batch_tokens=512
    )
    log = tuned(capsys, gold, tmp_path / "out", *options, "--init", str(first))
    assert log[0] == {
        "event": "gold",
        "questions": 21,
        "used": 21,
        "answer_not_in_index": 0,
        "list_questions": 0,
    }
    few = tmp_path / "few.jsonl"
    few.write_text("".join(gold.read_text(encoding="utf-8").splitlines(keepends=True)[:5]), encoding="utf-8")
    out = ["--out", tmp_path / "out"]
    assert "at least 20 gold questions" in fails(capsys, "tune-reader", "--gold", few, *out, *options)
    missing = ["--index", tmp_path / "none", *out]
    assert "none" in fails(capsys, "tune-reader", "--gold", gold, *missing)


@pytest.mark.slow
def test_the_bundled_reader_is_tuned_by_default(capsys, indexed, tmp_path):
    """Its folder holds rounded weights alone: they are trained on from, and written again."""
    gold, options = indexed
    log = tuned(capsys, gold, tmp_path / "out", *options)
    (scores,) = (event for event in log if event["event"] == "held_out")
    assert scores["before"]["given"]["exact"] >= 0.9  # "张三住在哪里?" is no question for the bundled reader
