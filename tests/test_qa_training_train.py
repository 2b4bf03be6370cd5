import json
import time
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file
from training_fakes import SHAPE, rows, write_base, write_rows

from index.training.run_log import RunLog
from qa.reader import load_reader
from qa.training.checkpoints import latest_checkpoint
from qa.training.data import BatchStream, TrainingSet
from qa.training.errors import TrainingError
from qa.training.export import export_reader, load_encoder
from qa.training.labelled import LabelledFile, LabelledPassage, LabelledQuestion
from qa.training.model import TokenNet
from qa.training.score import mean_scores, reading_questions, score_reader
from qa.training.settings import TrainingSettings
from qa.training.train import span_loss, train
from qa.training.train_reader import TrainingFiles, checked_sample, train_reader
from qa.training.weights import load_weights, save_weights


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    return folder, write_base(folder), write_rows(folder / "a.jsonl", rows())


def settings(steps, **changes):
    return TrainingSettings(**{"steps": steps, "rate": 2e-2, "warm_up_steps": 5, **changes})


def run(toy, out, steps, **options):
    _, base, data = toy
    changes = options.pop("changes", {})
    files = options.pop("files", TrainingFiles((data,)))
    chosen = {"base": base, "shape": SHAPE, "batch_tokens": 512, **options}
    return train_reader(files, out, settings(steps, **changes), **chosen)


def events(out, name):
    lines = (out / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == name]


@pytest.fixture(scope="module")
def trained(toy):
    out = toy[0] / "trained"
    run(toy, out, 80)
    return out


def test_the_loss_falls_and_the_written_reader_answers(toy, trained):
    first, *_, last = events(trained, "step")
    assert last["losses"]["a.jsonl"] < 0.7 * first["losses"]["a.jsonl"]
    untrained = toy[0] / "untrained"
    run(toy, untrained, 1)
    questions = reading_questions(LabelledFile(toy[2]))
    before, after = (
        mean_scores(score_reader(load_reader(str(out)), questions)) for out in (untrained, trained)
    )
    assert after.exact > 0.9 > 0.5 > before.exact
    assert events(trained, "data") == [
        {"event": "data", "file": "a.jsonl", "questions": 20, "unanswerable": 0, "not_in_passage": 0}
    ]


def tensors(out):
    from safetensors.torch import load_file

    return load_file(latest_checkpoint(out) / "tensors.safetensors")


def test_an_interrupted_run_goes_on_to_the_very_same_weights(toy, tmp_path, monkeypatch):
    run(toy, tmp_path / "whole", 12)
    right, calls = BatchStream.__next__, []

    def interrupted(stream):
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return right(stream)

    monkeypatch.setattr(BatchStream, "__next__", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(toy, tmp_path / "halves", 12)
    monkeypatch.setattr(BatchStream, "__next__", right)
    assert latest_checkpoint(tmp_path / "halves").name == "checkpoint-00000007"
    run(toy, tmp_path / "halves", 12, resume=True)
    whole, halves = tensors(tmp_path / "whole"), tensors(tmp_path / "halves")
    assert whole.keys() == halves.keys()
    for name, value in whole.items():
        assert torch.equal(value, halves[name]), name
    starts = [event["step"] for event in events(tmp_path / "halves", "start")]
    assert starts == [0, 7]
    assert {path.suffix for path in latest_checkpoint(tmp_path / "halves").iterdir()} == {
        ".json",
        ".safetensors",
    }


def test_another_run_is_neither_overwritten_nor_gone_on_with(toy, trained, tmp_path):
    with pytest.raises(TrainingError, match="holds a run already"):
        run(toy, trained, 81)
    with pytest.raises(TrainingError, match="another run: its seed differ"):
        run(toy, trained, 81, resume=True, changes={"seed": 2})
    fewer = write_rows(tmp_path / "a.jsonl", rows()[:5])
    with pytest.raises(TrainingError, match="its data differ"):
        run(toy, trained, 81, resume=True, files=TrainingFiles((fewer,)))


def test_a_damaged_checkpoint_is_named(toy, tmp_path):
    run(toy, tmp_path, 1)
    (latest_checkpoint(tmp_path) / "tensors.safetensors").write_bytes(b"")
    with pytest.raises(TrainingError, match="damaged"):
        run(toy, tmp_path, 2, resume=True)


def test_training_goes_on_from_a_reader(toy, trained, tmp_path):
    run(toy, tmp_path, 1, init=trained, shape=None, changes={"rate": 1e-6})
    questions = reading_questions(LabelledFile(toy[2]))
    assert mean_scores(score_reader(load_reader(str(tmp_path)), questions)).exact > 0.9


def test_evaluation_files_are_scored_and_kept_out(toy, tmp_path):
    held = [{"ctx": "今天晴。张三住在天津,林二去了西安。", "q": "林二去了哪里?", "answers": ["西安"]}]
    path = write_rows(tmp_path / "held.jsonl", held)
    training = write_rows(tmp_path / "train.jsonl", rows()[2:])
    with pytest.raises(TrainingError, match="hold 1 held-out questions and 0 held-out passages"):
        run(toy, tmp_path / "refused", 1, files=TrainingFiles((toy[2],), evaluation=(path,)))
    assert not (tmp_path / "refused").exists()
    apart = write_rows(tmp_path / "apart.jsonl", [{**held[0], "q": "林二去了哪座城?"}])
    changes = {"checkpoint_minutes": 1e-6}
    scores = run(
        toy, tmp_path / "out", 2, files=TrainingFiles((training,), evaluation=(apart,)), changes=changes
    )
    assert 0 <= scores["apart.jsonl"].exact <= scores["apart.jsonl"].f1 <= 1
    assert len(events(tmp_path / "out", "export")) == 3


def test_unanswerable_questions_are_learnt(toy, tmp_path):
    _, base, _ = toy
    encoder = load_encoder(base)
    passages = []
    for number, row in enumerate(rows()):
        text, other = row["ctx"], rows()[number - 5]
        asked = [LabelledQuestion(q, (a,), s) for q, a, s in row["qs"]]
        passages.append(
            LabelledPassage(text, (*asked, *(LabelledQuestion(q[0], (), -1) for q in other["qs"])))
        )
    data = TrainingSet.build("toy", passages, encoder, max_question_tokens=24)
    stream = BatchStream(data, encoder, max_tokens=64, batch_tokens=512, seed=(1, 0))
    out = tmp_path / "out"
    run(toy, out, 1)
    net = train(load_weights(out), [stream], settings(80), log=RunLog(out / "log.jsonl"))
    export_reader(net, base, out, [("谁?", "晴。")])
    reader = load_reader(str(out))
    scores = {True: [], False: []}
    for passage in passages:
        for question in passage.questions:
            (spans,) = reader.read(question.text, [passage.text], top_k=1)
            scores[bool(question.answers)].append(spans[0].score)
    pairs = [(right, wrong) for right in scores[True] for wrong in scores[False]]
    assert sum(right > wrong for right, wrong in pairs) / len(pairs) > 0.85


def test_loss_by_the_definition():
    logits = torch.tensor([[[1.0, 2.0], [0.0, 1.0], [3.0, 0.0], [9.0, 9.0]]])
    allowed, targets = torch.tensor([[True, True, True, False]]), torch.tensor([[2, 0]])
    start = -torch.log_softmax(torch.tensor([1.0, 0.0, 3.0]), 0)[2]
    end = -torch.log_softmax(torch.tensor([2.0, 1.0, 0.0]), 0)[0]
    torch.testing.assert_close(span_loss(logits, allowed, targets), (start + end) / 2)


def test_schedule():
    one = TrainingSettings(steps=1000, minutes=10, warm_up_steps=100)
    assert one.factor(0, 0) < 0.03
    assert one.factor(99, 0) == pytest.approx(1 - 0.099)
    assert one.factor(500, 0) == pytest.approx(0.5)
    assert one.factor(500, 540) == pytest.approx(0.1)
    assert one.factor(1000, 0) == pytest.approx(0.01)
    assert one.done(10, 600) == 1
    assert TrainingSettings(steps=20).factor(1, 0) == pytest.approx(0.95)


def test_mixture():
    one = TrainingSettings(steps=10, weights=(3, 1), late_weights=(0, 1))
    assert one.mixture(2, 0.1).tolist() == [0.75, 0.25]
    assert one.mixture(2, 0.5).tolist() == [0, 1]
    assert TrainingSettings(steps=10).mixture(4, 0.9).tolist() == [0.25] * 4
    with pytest.raises(ValueError, match="got 2 for 3"):
        one.mixture(3, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"steps": 0},
        {"minutes": 0},
        {"minutes": float("nan")},
        {"steps": 1, "rate": 0},
        {"steps": 1, "weights": (-1, 2)},
        {"steps": 1, "weights": (0, 0)},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"needed|above 0|0 or more"):
        TrainingSettings(**wrong)


def test_a_bar_on_a_terminal_only(tmp_path):
    import io

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    for stream, shown in ((io.StringIO(), False), (Terminal(), True)):
        log = RunLog(tmp_path / "log.jsonl", stream=stream)
        log.show(0.5, "step 3 loss 甲 1.00")
        log.close()
        assert list(log.watch([1, 2], "encode")) == [1, 2]
        assert ("encode" in stream.getvalue()) is shown
        assert ("step 3 loss 甲" in stream.getvalue()) is shown


def test_the_mean_of_two_readers_is_exported(toy, trained, tmp_path):
    """The run itself is the same; what is written stands half way to the other reader."""
    options = {"init": trained, "shape": None, "changes": {"rate": 4e-3}}
    run(toy, tmp_path / "alone", 4, **options)
    run(toy, tmp_path / "mean", 4, **options, average_with=trained)
    alone, mean, start = (
        load_file(folder / "model.safetensors") for folder in (tmp_path / "alone", tmp_path / "mean", trained)
    )
    assert any(not torch.equal(alone[name], start[name]) for name in start)
    for name, value in mean.items():
        half = (alone[name].float() + start[name].float()) / 2
        assert torch.allclose(value.float(), half, atol=2e-3), name


def test_readers_of_two_sizes_have_no_mean(toy, trained, tmp_path):
    save_weights(TokenNet(replace(SHAPE, vocabulary=400, width=48)), tmp_path / "model.safetensors")
    with pytest.raises(TrainingError, match="another size"):
        run(toy, tmp_path / "out", 1, init=trained, shape=None, average_with=tmp_path)


@pytest.mark.parametrize("count", [1, 63, 64, 65, 127, 191])
def test_the_exported_weights_are_checked_on_questions_from_the_whole_file(tmp_path, count):
    asked = [{"ctx": f"第{n}段。", "qs": [[f"问{n}?", f"第{n}段", 0]]} for n in range(count)]
    path = tmp_path / "some.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in asked), encoding="utf-8")
    sample = checked_sample(path, count)
    places = [int(question[1:-1]) for question, _ in sample]
    assert len(places) == min(count, 64)
    assert places == sorted(set(places))
    assert places[0] == 0 and places[-1] >= count - 1 - count // 64
    assert (
        max(after - before for before, after in zip(places, places[1:] or places, strict=False))
        <= 1 + count // 64
    )


def test_compiling_and_workers_change_no_weight_and_do_not_count(toy, tmp_path, monkeypatch):
    def compiled(net, **options):
        def slow(**inputs):
            if not taken:
                time.sleep(0.5)  # as the first step of a compiled network
            taken.append(1)
            return net(**inputs)

        return slow

    taken: list[int] = []
    monkeypatch.setattr(torch, "compile", compiled)
    run(toy, tmp_path / "plain", 3)
    run(toy, tmp_path / "compiled", 3, compiled=True, workers=2)
    assert len(taken) == 4  # one to compile, three steps
    assert events(tmp_path / "compiled", "end")[0]["seconds"] < 0.5
    one, other = (load_file(tmp_path / name / "model.safetensors") for name in ("plain", "compiled"))
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], atol=0, rtol=0)
