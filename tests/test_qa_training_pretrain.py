"""Pretraining: what is masked, what the losses are, that a run learns and goes on where it stopped, and the files around it."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from training_fakes import CHARACTERS, SHAPE, SPECIAL, rows, toy_net, write_base, write_rows

from index.training.run_log import RunLog
from qa.__main__ import main
from qa.reader import BUNDLED_PATH, load_reader
from qa.reader_encoding import load_tokenizer
from qa.training import pretrain as pretrain_module
from qa.training.checkpoints import latest_checkpoint
from qa.training.errors import TrainingError
from qa.training.pretrain import Electra, mask_runs, pretrain
from qa.training.pretrain_reader import pretrain_reader, text_tokens
from qa.training.settings import PretrainingSettings, TrainingSettings
from qa.training.train_reader import TrainingFiles, train_reader
from qa.training.weights import load_weights, net_of, save_weights

WORDS = [*SPECIAL, *CHARACTERS]
TEXT = "\n\n".join(row["ctx"] for row in rows()) * 3
"""Thirty short sentences, each of which stands three times."""


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_base(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def tokenizer(base):
    return load_tokenizer(base / "tokenizer.json")


def settings(steps, **changes):
    chosen = {"rate": 2e-2, "warm_up_steps": 5, "batch": 16, "length": 32, "generator_layers": 1, **changes}
    return PretrainingSettings(steps=steps, **chosen)


def write_text(folder, text=TEXT, name="a.txt"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run(base, out, steps, *, text=TEXT, shape=SHAPE, resume=False, **changes):
    out.mkdir(exist_ok=True)
    path = write_text(out, text)
    pretrain_reader([path], out, settings(steps, **changes), base=base, shape=shape, resume=resume)
    return out


def events(out, name):
    lines = (out / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["event"] == name]


# ------------------------------------------------------------------------------------------------ masking


def masked_of(ids, rate):
    """Mask (b, n) of what ``mask_runs`` gives where there is room for all."""
    places, wanted = mask_runs(ids, rate, ids.shape[1])
    for row in places:
        assert row.sort().values.tolist() == list(range(ids.shape[1]))
    return torch.zeros(ids.shape).scatter(1, places, wanted).bool().numpy()


@pytest.mark.parametrize("rate", [0.08, 0.16, 0.25])
def test_so_many_are_masked(rate):
    assert masked_of(torch.full((200, 400), 7), rate).mean() == pytest.approx(rate, rel=0.08)


def test_masked_are_runs_of_one_to_four():
    """So few that runs hardly touch: each length as often as the others."""
    mask = np.pad(masked_of(torch.full((400, 500), 7), 0.01), ((0, 0), (1, 1)))
    edges = np.diff(mask.astype(int), axis=1)
    lengths = np.nonzero(edges == -1)[1] - np.nonzero(edges == 1)[1]
    assert len(lengths) > 500
    for length in (1, 2, 3, 4):
        assert (lengths == length).mean() == pytest.approx(0.25, abs=0.06)
    assert (lengths > 4).mean() < 0.04


def test_marks_are_never_masked():
    ids = torch.randint(0, 9, (50, 200))
    mask = masked_of(ids, 0.3)
    assert not mask[ids.numpy() < len(SPECIAL)].any()
    assert 0.2 < mask[ids.numpy() >= len(SPECIAL)].mean() < 0.4
    assert not masked_of(torch.randint(0, 5, (4, 30)), 0.3).any()


def test_where_there_is_no_room_masked_ones_go_first():
    ids = torch.full((30, 100), 7)
    places, wanted = mask_runs(ids, 0.5, 20)
    assert places.shape == wanted.shape == (30, 20)
    assert wanted.mean() == 1
    assert all(len(row.unique()) == 20 for row in places)
    places, wanted = mask_runs(ids, 0.1, 60)
    assert 0 < wanted.mean() < 0.5 and set(wanted.unique().tolist()) == {0.0, 1.0}


# ------------------------------------------------------------------------------------------------ losses


def toy_electra(**changes):
    model = Electra(toy_net().shape, settings(1, **changes)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.3)
    return model


def test_losses_by_the_definition(monkeypatch):
    """Nothing drawn by chance: the generator's best token is taken; all else counted one place at a time."""
    monkeypatch.setattr(torch, "rand_like", lambda x: torch.full_like(x, 0.5))
    model = toy_electra()
    ids = torch.randint(5, len(WORDS), (3, 12))
    places = torch.stack([torch.randperm(12)[:5] for _ in range(3)])
    wanted = torch.tensor([[1.0, 1, 0, 1, 0], [0, 1, 1, 0, 0], [1, 0, 0, 0, 1]])
    with torch.inference_mode():
        generator, discriminator, found = model(ids, places, wanted)
        chosen = [(b, int(places[b, k])) for b in range(3) for k in range(5) if wanted[b, k]]
        masked = ids.clone()
        for b, place in chosen:
            masked[b, place] = WORDS.index("[MASK]")
        hidden = model.generator(masked)
        replaced, surprises = ids.clone(), []
        for b, place in chosen:
            state = torch.nn.functional.gelu(hidden[b, place])
            state = (state - state.mean()) / (state.var(unbiased=False) + 1e-5).sqrt()
            state = state * model.norm.weight + model.norm.bias
            logits = 0.25 * model.discriminator.tokens.weight @ state + model.bias
            surprises.append(float(logits.exp().sum().log() - logits[ids[b, place]]))
            replaced[b, place] = logits.argmax()
        scores = model.discriminator(replaced)[..., 0]
    each = []
    for score, old, new in zip(scores.flatten().tolist(), ids.flatten(), replaced.flatten(), strict=True):
        each.append(math.log1p(math.exp(-score if old != new else score)))
    changed = replaced != ids
    assert changed.sum() > 3
    assert float(generator) == pytest.approx(np.mean(surprises), abs=1e-4)
    assert float(discriminator) == pytest.approx(np.mean(each), abs=1e-4)
    assert float(found) == pytest.approx(float((scores[changed] > 0).float().mean()))


def test_what_is_drawn_is_drawn_from_the_generators_distribution():
    """A generator that knows two tokens only, one three times as likely: so many are put in."""
    model = toy_electra()
    with torch.no_grad():
        model.norm.weight.zero_()
        model.norm.bias.zero_()
        model.bias.fill_(-50.0)
        model.bias[7], model.bias[8] = math.log(0.75), math.log(0.25)
    seen = []
    model.discriminator.forward = lambda ids: seen.append(ids) or torch.zeros(*ids.shape, 1)
    ids = torch.full((50, 100), 6)
    with torch.inference_mode():
        model(ids, torch.arange(100).expand(50, -1), torch.ones(50, 100))
    (drawn,) = seen
    assert set(drawn.unique().tolist()) == {7, 8}
    assert (drawn == 7).float().mean().item() == pytest.approx(0.75, abs=0.03)


def test_a_batch_with_nothing_masked_has_a_loss_that_is_a_number():
    ids = torch.full((2, 8), 7)
    with torch.inference_mode():
        generator, discriminator, found = toy_electra()(ids, torch.zeros(2, 1).long(), torch.zeros(2, 1))
    assert (float(generator), float(found)) == (0, 0)
    assert math.isfinite(float(discriminator))


def test_generator_and_discriminator_share_their_tokens_and_the_generator_is_smaller():
    model = Electra(toy_net().shape, settings(1))
    assert model.generator.tokens.weight is model.discriminator.tokens.weight
    one, other = model.discriminator.shape, model.generator.shape
    assert (other.width, other.feed, other.heads, other.layers) == (one.width / 2, one.feed / 2, 1, 1)
    assert (model.discriminator.out.weight.shape[0], model.generator.out.weight.shape[0]) == (
        1,
        one.embedding,
    )


# ------------------------------------------------------------------------------------------------ settings


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"steps": 0},
        {"steps": -1},
        {"seconds": 0},
        {"seconds": -60},
        {"seconds": float("nan")},
        {"steps": 1, "rate": 0},
        {"steps": 1, "rate": -1},
        {"steps": 1, "batch": 0},
        {"steps": 1, "length": 7},
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ValueError, match=r"needed|above 0"):
        PretrainingSettings(**wrong)


def test_schedule():
    one = PretrainingSettings(steps=1000, seconds=100, warm_up_steps=100, flat=0.4)
    assert one.factor(0, 0) == pytest.approx(0.01)
    assert one.factor(99, 0.1) == one.factor(400, 0.4) == 1
    assert one.factor(700, 0.7) == pytest.approx(0.5)
    assert one.factor(1000, 1.0) == one.factor(1200, 1.2) == 0
    assert one.done(100, 50) == 0.5 and one.done(500, 1) == 0.5 and one.done(1000, 0) == 1


# ------------------------------------------------------------------------------------------------ runs


@pytest.fixture(scope="module")
def pretrained(base, tmp_path_factory):
    torch.set_num_threads(1)
    return run(base, tmp_path_factory.mktemp("pretrained"), 100)


def test_both_losses_fall_and_a_wrong_token_is_told(base, tokenizer, pretrained):
    first, last = events(pretrained, "step")
    assert (first["step"], last["step"]) == (1, 100)
    assert first["discriminator"] == pytest.approx(math.log(2), abs=0.1)  # before it knows anything
    assert last["generator"] < 0.75 * first["generator"]
    assert last["discriminator"] < 0.5 * first["discriminator"]
    assert last["tokens"] == 100 * 16 * 32
    net = net_of(load_file(pretrained / "model.safetensors"), outputs=1).eval()
    below = []
    for row in rows():
        ids = [2, *tokenizer.encode(row["ctx"]).ids]
        for place in range(2, len(ids)):
            changed = torch.tensor([ids])
            changed[0, place] = WORDS.index("住" if row["ctx"][place - 1] != "住" else "去")
            with torch.inference_mode():
                scores = net(changed)[0, :, 0]
            below.append((scores < scores[place]).sum() / (len(ids) - 1))
    assert np.mean(below) > 0.9


def test_an_interrupted_run_goes_on_to_the_very_same_weights(base, tmp_path, monkeypatch):
    run(base, tmp_path / "whole", 12)
    right, calls = pretrain_module._Run.advance, []

    def interrupted(self, text):
        calls.append(1)
        if len(calls) == 8:
            raise KeyboardInterrupt
        return right(self, text)

    monkeypatch.setattr(pretrain_module._Run, "advance", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(base, tmp_path / "halves", 12)
    monkeypatch.setattr(pretrain_module._Run, "advance", right)
    assert latest_checkpoint(tmp_path / "halves").name == "checkpoint-00000007"
    assert not (tmp_path / "halves" / "model.safetensors").exists()
    run(base, tmp_path / "halves", 12, resume=True)
    assert [event["step"] for event in events(tmp_path / "halves", "start")] == [0, 7]
    for file in ("model.safetensors", "checkpoint-00000012/tensors.safetensors"):
        whole, halves = (load_file(tmp_path / name / file) for name in ("whole", "halves"))
        assert whole.keys() == halves.keys()
        for name, value in whole.items():
            assert torch.equal(value, halves[name]), name
    assert len(list((tmp_path / "halves").glob("checkpoint-*"))) == 1


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(base, tmp_path):
    found = [
        load_file(run(base, tmp_path / name, 2, seed=seed) / "model.safetensors")
        for name, seed in (("1", 1), ("2", 1), ("3", 2))
    ]
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())
    assert not torch.equal(found[0]["tokens.weight"], found[2]["tokens.weight"])


OTHER = {
    "seed": {"seed": 2},
    "rate": {"rate": 1e-2},
    "length": {"length": 24},
    "masked": {"masked": 0.2},
    "text": {"text": TEXT + "\n\n王五住在天津。"},
    "sizes": {"shape": replace(SHAPE, layers=3)},
}


@pytest.mark.parametrize("changes", OTHER.values(), ids=OTHER)
def test_another_run_is_not_gone_on_with(base, tmp_path, changes):
    run(base, tmp_path, 1)
    with pytest.raises(TrainingError, match="belongs to another run: its settings, sizes or text differ"):
        run(base, tmp_path, 2, resume=True, **changes)


def test_a_run_is_not_overwritten_and_may_become_longer(base, tmp_path):
    run(base, tmp_path, 1)
    with pytest.raises(TrainingError, match="holds a run already: --resume"):
        run(base, tmp_path, 2)
    run(base, tmp_path, 3, resume=True)
    assert latest_checkpoint(tmp_path).name == "checkpoint-00000003"


@pytest.mark.parametrize("damage", [b"", b"\x00" * 100], ids=["empty", "zeros"])
def test_a_damaged_checkpoint_is_named(base, tmp_path, damage):
    run(base, tmp_path, 1)
    (latest_checkpoint(tmp_path) / "tensors.safetensors").write_bytes(damage)
    with pytest.raises(TrainingError, match=r"checkpoint-00000001 is damaged"):
        run(base, tmp_path, 2, resume=True)


def test_a_run_that_breaks_says_so_and_keeps_the_checkpoint_before(base, tmp_path, monkeypatch):
    run(base, tmp_path, 2)
    right = pretrain_module._Run.advance

    def broken(self, text):
        with torch.no_grad():
            self.model.bias.fill_(float("nan"))
        return right(self, text)

    monkeypatch.setattr(pretrain_module._Run, "advance", broken)
    monkeypatch.setattr(pretrain_module, "_LOG_STEPS", 1)
    with pytest.raises(TrainingError, match="no longer a number at step 3: try a lower --rate"):
        run(base, tmp_path, 4, resume=True)
    kept = load_file(latest_checkpoint(tmp_path) / "tensors.safetensors")
    assert all(torch.isfinite(value).all() for value in kept.values())


def test_a_run_that_breaks_between_two_reports_is_not_saved_as_done(base, tmp_path, monkeypatch):
    right = pretrain_module._Run.advance

    def broken(self, text):
        if self.step == 2:
            with torch.no_grad():
                self.model.bias.fill_(float("nan"))
        return right(self, text)

    monkeypatch.setattr(pretrain_module._Run, "advance", broken)
    with pytest.raises(TrainingError, match="no longer a number at step 3"):
        run(base, tmp_path, 3)
    assert latest_checkpoint(tmp_path) is None


def test_checkpoints_are_written_on_the_way(base, tmp_path, monkeypatch):
    saved, right = [], pretrain_module._Run.save
    monkeypatch.setattr(
        pretrain_module._Run, "save", lambda self, *rest: saved.append(self.step) or right(self, *rest)
    )
    run(base, tmp_path, 3, checkpoint_minutes=1e-9)
    assert saved[:3] == [1, 2, 3]


def test_a_run_ends_by_the_clock(tmp_path):
    model = toy_electra()
    chosen = PretrainingSettings(seconds=0.3, batch=2, length=8, generator_layers=1)
    pretrain(model, np.full(40, 7, np.uint16), chosen, log=RunLog(tmp_path / "log.jsonl"))
    (end,) = events(tmp_path, "end")
    assert end["step"] >= 1 and 0.3 <= end["seconds"] < 30
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


# ------------------------------------------------------------------------------------------------ text


def spelt(text):
    """Token ids by the definition: a token a character, [UNK] for one that the toy tokenizer does not know."""
    return [WORDS.index(sign) if sign in WORDS else 1 for sign in text]


TEXTS = {
    "chinese": ("张三住在北京。", ["张三住在北京。"]),
    "folded": ("張三去了２０２４,ＧＤＰ", ["张三去了2024,GDP"]),
    "mixed": ("GDP 5%\n\nabc", ["GDP 5%", "abc"]),
    "emoji": ("😀\n\n🎉😀", ["😀", "🎉😀"]),
    "empty lines": ("\n\n\n张三\n\n\n\n李四\n\n \t\n\n", ["张三", "李四"]),
    "windows": ("\ufeff张三\r\n\r\n李四\r\n", ["张三", "李四"]),
    "empty": ("", []),
    "blank": (" \n\n \n", []),
}


@pytest.mark.parametrize(("text", "documents"), TEXTS.values(), ids=TEXTS)
def test_text_becomes_tokens_with_a_mark_after_each_document(tmp_path, tokenizer, text, documents):
    path = tmp_path / "文😀.txt"
    path.write_bytes(text.encode())
    found = text_tokens(path, tokenizer)
    assert found.dtype == np.uint16
    ids = found.tolist()
    parts = [[]]
    for one in ids:
        if one == 3:
            parts.append([])
        else:
            parts[-1].append(one)
    assert parts.pop() == []
    blank = spelt(" ")[0]  # an end of line may stand at the end of a document
    assert [[one for one in part if one != blank] for part in parts] == [
        [one for one in spelt(document) if one != blank] for document in documents
    ]


def test_lines_of_one_document_stay_together(tmp_path):
    path = write_text(tmp_path, "山西每年转化煤炭\n1200万吨。\n\nGDP 😀")
    tokenizer = load_tokenizer(BUNDLED_PATH / "tokenizer.json")
    ids = text_tokens(path, tokenizer).tolist()
    assert ids.count(3) == 2 and ids[-1] == 3
    assert tokenizer.decode(ids[: ids.index(3)]).replace(" ", "") == "山西每年转化煤炭1200万吨。"


def test_the_bar_counts_documents(tmp_path, tokenizer):
    watched = []

    def watch(documents, text):
        watched.append((len(documents), text))
        return documents

    text_tokens(write_text(tmp_path, "甲\n\n乙\n\n丙"), tokenizer, watch)
    assert watched == [(3, "encode a.txt")]


def test_token_ids_are_taken_as_they_are(tmp_path, tokenizer):
    ids = np.array([7, 8, 3, 65535, 0], np.uint16)
    ids.tofile(tmp_path / "a.bin")
    assert text_tokens(tmp_path / "a.bin", tokenizer).tolist() == ids.tolist()
    (tmp_path / "b.bin").write_bytes(b"")
    assert text_tokens(tmp_path / "b.bin", tokenizer).tolist() == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("none.txt", None), ("none.bin", None), ("a.txt", b"\xff\xfe\x00"), ("gbk.txt", "山西".encode("gbk"))],
    ids=["no text", "no tokens", "not UTF-8", "GBK"],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, tokenizer, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(TrainingError, match=f"{name} cannot be read") as error:
        text_tokens(tmp_path / name, tokenizer)
    assert "\n" not in str(error.value)


def test_a_readers_own_weights_are_pretrained_further(base, tmp_path):
    """After one step at next to no rate they are still those of the reader, but for its two outputs."""
    reader = tmp_path / "reader"
    shutil.copytree(base, reader)
    net = toy_net(layers=3)
    save_weights(net, reader / "model.safetensors")
    out = tmp_path / "out"
    path = write_text(tmp_path)
    pretrain_reader([path], out, settings(1, rate=1e-9), init=reader)
    after = load_file(out / "model.safetensors")
    assert after["out.weight"].shape == (1, net.shape.width)
    for name, value in net.state_dict().items():
        if not name.startswith("out."):
            torch.testing.assert_close(after[name], value, atol=1e-6, rtol=1e-6)
    assert load_weights(out).shape == net.shape


@pytest.mark.parametrize("text", ["", "😀", "张三住在北京。"], ids=["empty", "emoji", "chinese"])
def test_too_short_a_text_is_refused(base, tmp_path, text):
    with pytest.raises(TrainingError, match=rf"a text of {len(text) + bool(text)} tokens is shorter"):
        run(base, tmp_path, 1, text=text)
    assert not latest_checkpoint(tmp_path)


def test_texts_are_joined_and_foreign_tokens_refused(base, tmp_path, monkeypatch):
    np.array(spelt("张三住在北京") * 3 + [3], np.uint16).tofile(tmp_path / "b.bin")
    paths = [write_text(tmp_path, "李四住在上海" * 3), tmp_path / "b.bin"]
    pretrain_reader(paths, tmp_path / "out", settings(1), base=base, shape=SHAPE)
    assert events(tmp_path / "out", "start")[0]["tokens"] == 2 * 19
    np.array([7, len(WORDS)] * 30, np.uint16).tofile(tmp_path / "c.bin")
    with pytest.raises(
        TrainingError, match=rf"holds token {len(WORDS)}, the tokenizer has {len(WORDS)} piec"
    ):
        pretrain_reader([tmp_path / "c.bin"], tmp_path / "c", settings(1), base=base, shape=SHAPE)
    monkeypatch.setattr("qa.training.pretrain_reader._LIMIT", 10)
    with pytest.raises(TrainingError, match="10 are the most"):
        pretrain_reader(paths, tmp_path / "d", settings(1), base=base, shape=SHAPE)


# ------------------------------------------------------------------------------------------------ what comes after


def test_a_pretrained_folder_is_trained_on_from(base, pretrained, tmp_path):
    """A step so small that nothing moves: the reader's weights are the pretrained ones, but for its last layer."""
    data = write_rows(tmp_path / "a.jsonl", rows())
    out = tmp_path / "out"
    train_reader(
        TrainingFiles((data,)), out, TrainingSettings(steps=1, rate=1e-9), init=pretrained, batch_tokens=512
    )
    before, after = (load_file(folder / "model.safetensors") for folder in (pretrained, out))
    assert before["out.weight"].shape == (1, SHAPE.width) and after["out.weight"].shape == (2, SHAPE.width)
    for name, value in before.items():
        if not name.startswith("out."):
            torch.testing.assert_close(after[name].float(), value, atol=1e-4, rtol=1e-3, msg=name)
    for name in ("config.json", "tokenizer.json"):
        assert (pretrained / name).read_bytes() == (out / name).read_bytes() == (base / name).read_bytes()


# ------------------------------------------------------------------------------------------------ the command line

SIZES = [
    *("--layers", "1", "--width", "16", "--heads", "1", "--head-width", "8"),
    *("--feed", "16", "--embedding", "8"),
]


def fails(capsys, *arguments):
    assert main(list(map(str, arguments))) == 1
    line = capsys.readouterr().err
    assert line.startswith("error: ") and line.count("\n") == 1
    return line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--steps", "0"], "above 0"),
        (["--steps", "-1"], "above 0"),
        (["--minutes", "-1"], "above 0"),
        (["--rate", "0"], "learning rate"),
        (["--batch", "0"], "a batch of windows"),
        (["--length", "7"], "8 tokens or more"),
        (["--threads", "0"], "--threads"),
        (["--seed", "-1"], "--seed"),
        (["--width", "0"], "at least 1"),
        (["--head-width", "7"], "must be even"),
        (["--device", "cuda"], "no GPU that PyTorch can use"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_options_are_one_clear_line(capsys, monkeypatch, tmp_path, options, message):
    def begun(*rest, **options):
        pytest.fail("a run has begun, which might never end")

    monkeypatch.setattr("qa.training.pretrain_reader.pretrain_reader", begun)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    path = write_text(tmp_path)
    steps = [] if {"--steps", "--minutes"} & set(options) else ["--steps", "1"]
    assert message in fails(capsys, "pretrain-reader", path, "--out", tmp_path / "out", *steps, *options)
    assert not (tmp_path / "out").exists()


def test_usage_errors_exit_with_2():
    for arguments in (
        ["pretrain-reader"],
        ["pretrain-reader", "a.txt"],
        ["pretrain-reader", "a.txt", "--out", "b", "--device", "tpu"],
    ):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 2


def test_from_running_text_to_a_reader(capsys, tmp_path):
    text, data, first = write_text(tmp_path), write_rows(tmp_path / "a.jsonl", rows()), tmp_path / "first"
    chosen = ["--steps", "2", "--threads", "1", "--batch", "2", "--length", "16", *SIZES]
    assert main(["pretrain-reader", str(text), "--out", str(first), *chosen]) == 0
    assert f"go on with train-reader --init {first}" in capsys.readouterr().out
    assert "holds a run already" in fails(capsys, "pretrain-reader", text, "--out", first, *chosen)
    assert main(["pretrain-reader", str(text), "--out", str(first), "--resume", *chosen, "--steps", "3"]) == 0
    assert [event["step"] for event in events(first, "start")] == [0, 2]
    out = ["--out", str(tmp_path / "reader"), "--steps", "2", "--threads", "1", "--batch-tokens", "512"]
    assert main(["train-reader", str(data), "--init", str(first), *out]) == 0
    assert load_reader(str(tmp_path / "reader")).read("张三住在哪里?", [rows()[0]["ctx"], "", "😀"])[0]
    missing = ["--out", tmp_path / "b", "--steps", "1"]
    assert "none.txt cannot be read" in fails(capsys, "pretrain-reader", tmp_path / "none.txt", *missing)
    assert "is a file" in fails(capsys, "pretrain-reader", text, "--out", text, "--steps", 1)
    short = write_text(tmp_path, "张三住在北京。", "short.txt")
    assert "shorter than a window of 384" in fails(capsys, "pretrain-reader", short, *missing, *SIZES)
