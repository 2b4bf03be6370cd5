import json
import math
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from training_fakes import SHAPE, rows, toy_net, write_base

from qa.reader import BUNDLED_PATH, load_reader
from qa.reader_config import ReaderConfig
from qa.reader_encoding import load_tokenizer
from qa.training.errors import TrainingError
from qa.training.export import SAME_SPANS, TOLERANCE, export_reader, load_encoder, sample_inputs
from qa.training.model import ModelShape, TokenNet
from qa.training.weights import load_weights

ROUNDED = 0.5
"""How far eight-bit weights and activations may move a logit."""
SAMPLE = [
    ("山西每年转化多少煤炭?", "在能源领域方面,山西援建的项目每年转化煤炭1200万吨;累计吸引80家企业进疆。"),
    ("GDP 增长多少 percent?", "山西GDP同比增长5.2%, up from 4.1%。"),
    ("😀?", "😀🎉今天"),
    ("", "没有问题的段落。"),
    ("", ""),
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_base(tmp_path_factory.mktemp("toy"))


def inputs_of(base, pairs):
    batch = sample_inputs(load_encoder(base), ReaderConfig.load(base), pairs)
    return {name: torch.from_numpy(array) for name, array in batch.items()}


# ------------------------------------------------------------------------------------------------ what it computes


def slow_logits(net, ids, types):
    """Logits (n, 2) of one pair by the definition, in NumPy and double precision, one head and one token at a time."""
    own = {name: value.double().numpy() for name, value in net.state_dict().items()}
    n, heads, depth = len(ids), net.shape.heads, net.shape.head_width

    def norm(x, name):
        x = x - x.mean(-1, keepdims=True)
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5) * own[name]

    def turned(vector, place):
        found = vector.copy()
        for k in range(depth // 2):
            angle = place * 10_000 ** (-2 * k / depth)
            left, right = vector[k], vector[k + depth // 2]
            found[k] = left * math.cos(angle) - right * math.sin(angle)
            found[k + depth // 2] = right * math.cos(angle) + left * math.sin(angle)
        return found

    x = norm(
        own["tokens.weight"][ids] @ own["widen.weight"].T + own["types.weight"][types], "norm_tokens.weight"
    )
    for number in range(net.shape.layers):
        block = f"blocks.{number}."
        seen = norm(x, block + "norm_attention.weight")
        padded = np.pad(seen, ((1, 1), (0, 0)))
        seen = seen + own[block + "before"] * padded[:-2] + own[block + "after"] * padded[2:]
        whole = (seen @ own[block + "attend.weight"].T).reshape(n, 3, heads, depth)
        attended = np.zeros((n, heads, depth))
        for head in range(heads):
            query = [turned(norm(whole[i, 0, head], block + "norm_query.weight"), i) for i in range(n)]
            key = [turned(norm(whole[i, 1, head], block + "norm_key.weight"), i) for i in range(n)]
            for i in range(n):
                weights = np.exp([query[i] @ one / math.sqrt(depth) for one in key])
                attended[i, head] = weights @ whole[:, 2, head] / weights.sum()
        x = x + attended.reshape(n, -1) @ own[block + "mix.weight"].T
        gate, up = np.split(norm(x, block + "norm_feed.weight") @ own[block + "expand.weight"].T, 2, 1)
        bell = np.vectorize(lambda one: one * (1 + math.erf(one / math.sqrt(2))) / 2)
        x = x + (bell(gate) * up) @ own[block + "narrow.weight"].T
    return norm(x, "norm_out.weight") @ own["out.weight"].T + own["out.bias"]


@pytest.mark.parametrize("pair", SAMPLE, ids=["chinese", "mixed", "emoji", "no question", "empty"])
def test_logits_by_the_definition(base, pair):
    net, inputs = toy_net(), inputs_of(base, [pair])
    with torch.inference_mode():
        (found,) = net(**inputs).numpy()
    wanted = slow_logits(net, inputs["ids"][0].numpy(), inputs["types"][0].numpy())
    np.testing.assert_allclose(found, wanted, atol=1e-4)
    assert found.std() > 0.1


def test_padding_changes_nothing(base):
    net = toy_net()
    pairs = [(q[0], row["ctx"]) for row in rows()[:2] for q in row["qs"]] + [("谁?", "晴。"), ("", "")]
    with torch.inference_mode():
        many = net(**inputs_of(base, pairs))
        for row, pair in enumerate(pairs):
            inputs = inputs_of(base, [pair])
            one = net(**inputs)
            torch.testing.assert_close(many[row, : one.shape[1]], one[0], atol=1e-5, rtol=1e-4)
            inputs.pop("mask")
            torch.testing.assert_close(net(**inputs), one, atol=1e-5, rtol=1e-4)


def test_a_token_is_seen_where_it_stands(base):
    """Tokens in another order give other logits: attention knows places, not only which tokens there are."""
    net, inputs = toy_net(), inputs_of(base, [("", "张三住在北京")])
    order = torch.tensor([0, 1, 7, 6, 5, 4, 3, 2, 8])
    with torch.inference_mode():
        plain = net(**inputs)[:, order]
        moved = net(**{name: value[:, order] for name, value in inputs.items()})
    assert (plain - moved).abs().max() > 0.1


def test_new_blocks_change_nothing_and_can_learn(base):
    torch.manual_seed(0)
    shape = replace(toy_net().shape, layers=3)
    net, inputs = TokenNet(shape).eval(), inputs_of(base, SAMPLE)
    x = net.norm_tokens(net.widen(net.tokens(inputs["ids"])) + net.types(inputs["types"]))
    torch.testing.assert_close(net(**inputs), net.out(net.norm_out(x)))
    net(**inputs).square().sum().backward()
    for block in net.blocks:
        assert block.mix.weight.grad.abs().sum() > 0 and block.narrow.weight.grad.abs().sum() > 0


def test_without_types_nothing_is_added(base):
    net, inputs = toy_net(), inputs_of(base, SAMPLE)
    with torch.inference_mode():
        found = net(inputs["ids"], mask=inputs["mask"])
        net.types.weight.zero_()
        torch.testing.assert_close(net(**inputs), found)


@pytest.mark.parametrize("outputs", [1, 2, 16])
def test_as_many_scores_as_asked_for(base, outputs):
    inputs = inputs_of(base, SAMPLE)
    net = TokenNet(toy_net().shape, outputs=outputs).eval()
    assert net(**inputs).shape == (*inputs["ids"].shape, outputs)


def test_a_net_that_trains_drops_out_and_one_that_reads_does_not(base):
    net, inputs = toy_net(), inputs_of(base, SAMPLE)
    net.dropout = 0.1
    with torch.inference_mode():
        assert torch.equal(net(**inputs), net(**inputs))
        net.train()
        assert not torch.equal(net(**inputs), net(**inputs))


def test_dropout_reaches_every_block():
    net = TokenNet(toy_net().shape, dropout=0.3)
    assert [block.dropout for block in net.blocks] == [0.3, 0.3]


def test_whole_tokens_are_dropped_in_training_alone(base):
    net, inputs = toy_net(), inputs_of(base, SAMPLE)
    with torch.inference_mode():
        plain = net(**inputs)
        net.token_dropout = 0.5
        assert torch.equal(net(**inputs), plain)
        net.train()
        assert not torch.equal(net(**inputs), plain)
        kept = net._without_some(torch.ones(64, 64, 3))
        assert set(kept.sum(-1).unique().tolist()) == {0.0, 3.0}
        assert kept.mean().item() == pytest.approx(0.5, abs=0.05)


# ------------------------------------------------------------------------------------------------ sizes


@pytest.mark.parametrize(
    "sizes",
    [{"layers": 0}, {"width": -1}, {"heads": 0}, {"vocabulary": 0}, {"embedding": 0}, {"head_width": 7}],
    ids=lambda sizes: next(iter(sizes)),
)
def test_impossible_shapes_are_refused(sizes):
    with pytest.raises(ValueError, match=r"at least 1, got|must be even, got 7"):
        ModelShape(**{"vocabulary": 10, **sizes})


@pytest.mark.parametrize(
    "sizes",
    [{}, {"layers": 11}, {"heads": 3, "head_width": 4}, {"width": 24, "feed": 40}, {"embedding": 5}],
    ids=["toy", "many layers", "heads", "feed", "embedding"],
)
def test_a_shape_is_told_from_the_weights(sizes):
    shape = replace(SHAPE, vocabulary=17, **sizes)
    assert ModelShape.of(TokenNet(shape).state_dict()) == shape


# ------------------------------------------------------------------------------------------------ the bundled weights


def test_the_bundled_weights_are_in_our_layout_and_give_the_bundled_logits():
    torch.set_num_threads(1)
    net = load_weights(BUNDLED_PATH).eval()
    assert net.shape.vocabulary == load_tokenizer(BUNDLED_PATH / "tokenizer.json").get_vocab_size()
    assert net.shape == ModelShape(net.shape.vocabulary)
    batch = sample_inputs(load_encoder(BUNDLED_PATH), ReaderConfig.load(BUNDLED_PATH), SAMPLE)
    session = onnxruntime.InferenceSession(
        str(BUNDLED_PATH / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    with torch.inference_mode():
        found = net(**{name: torch.from_numpy(array) for name, array in batch.items()}).numpy()
    lengths = batch["mask"].sum(axis=1)
    for row, length in enumerate(lengths):
        single = {name: batch[name][row : row + 1, :length] for name in ("ids", "types")}
        (wanted,) = session.run(["logits"], single)[0]
        assert np.abs(found[row, :length] - wanted).max() < ROUNDED
        assert np.abs(found[row, :length] - wanted).mean() < ROUNDED / 5
        assert np.abs(wanted).max() > 2
    start, end = found[0].argmax(0)
    encoded = load_encoder(BUNDLED_PATH).text(SAMPLE[0][1])
    first = len(load_encoder(BUNDLED_PATH).question(SAMPLE[0][0], 64)) + 2
    assert SAMPLE[0][1][encoded.offsets[start - first, 0] : encoded.offsets[end - first, 1]] == "1200万吨"


# ------------------------------------------------------------------------------------------------ export


def exported_in_single_precision(net, base, out, monkeypatch):
    monkeypatch.setattr("qa.training.export._share_of_same", lambda *_: 0.5)
    return export_reader(net, base, out, SAMPLE)


@pytest.mark.parametrize("length", [1, 3, 17, 64])
def test_fused_attention_gives_what_pytorch_gives(base, tmp_path, monkeypatch, length):
    """Lengths other than that of the sample it was traced with, two rows at once."""
    net = toy_net(layers=3, heads=3)
    exported_in_single_precision(net, base, tmp_path, monkeypatch)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(length)
    ids = generator.integers(5, net.shape.vocabulary, (2, length))
    types = generator.integers(0, 6, (2, length))
    with torch.inference_mode():
        wanted = net(torch.from_numpy(ids), torch.from_numpy(types)).numpy()
    (found,) = session.run(["logits"], {"ids": ids, "types": types})
    assert np.abs(found - wanted).max() <= TOLERANCE
    assert wanted.std() > 0.3


def test_attention_is_one_operator_a_layer(base, tmp_path, monkeypatch):
    exported_in_single_precision(toy_net(layers=3), base, tmp_path, monkeypatch)
    model = onnx.load(tmp_path / "model.onnx")
    kinds = [(node.domain, node.op_type) for node in model.graph.node]
    assert kinds.count(("com.microsoft", "MultiHeadAttention")) == 3
    assert kinds.count(("com.microsoft", "RotaryEmbedding")) == 6
    assert ("", "Softmax") not in kinds
    assert [one.name for one in model.graph.input] == ["ids", "types"]


def test_the_exported_reader_reads_as_the_network_does(base, tmp_path):
    net, out = toy_net(), tmp_path / "deep" / "out"
    pairs = [(q[0], row["ctx"]) for row in rows() for q in row["qs"]]
    exported = export_reader(net, base, out, pairs[:4])
    assert exported.largest_difference <= TOLERANCE
    assert exported.same_spans >= SAME_SPANS
    assert exported.precision == "int8"
    reader, encoder = load_reader(str(out)), load_encoder(base)
    assert reader.config == ReaderConfig.load(base)
    for question, passage in pairs[4:8]:
        with torch.inference_mode():
            logits = net(**inputs_of(base, [(question, passage)]))[0].numpy()
        (scores,) = reader.token_scores(question, [passage])
        first = len(encoder.question(question, 24)) + 2
        np.testing.assert_allclose(scores.starts, logits[first:-1, 0] - logits[0, 0], atol=ROUNDED)
        np.testing.assert_allclose(scores.ends, logits[first:-1, 1] - logits[0, 1], atol=ROUNDED)
    assert {path.name for path in out.iterdir()} == {
        "config.json",
        "model.onnx",
        "model.safetensors",
        "tokenizer.json",
    }
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o644}


def test_weights_that_rounding_changes_stay_in_single_precision(base, tmp_path, monkeypatch):
    net, out = toy_net(), tmp_path / "out"
    exported = exported_in_single_precision(net, base, out, monkeypatch)
    assert (exported.precision, exported.same_spans) == ("float32", 0.5)
    assert not [path.name for path in out.iterdir() if "int8" in path.name]
    (question, passage), *_ = SAMPLE
    with torch.inference_mode():
        logits = net(**inputs_of(base, [(question, passage)]))[0].numpy()
    (scores,) = load_reader(str(out)).token_scores(question, [passage])
    first = len(load_encoder(base).question(question, 24)) + 2
    np.testing.assert_allclose(scores.starts, logits[first:-1, 0] - logits[0, 0], atol=2 * TOLERANCE)


def test_scores_do_not_depend_on_what_is_read_beside(base, tmp_path):
    export_reader(toy_net(), base, tmp_path, SAMPLE)
    reader = load_reader(str(tmp_path))
    question = rows()[0]["qs"][0][0]
    passages = [row["ctx"] for row in rows()[:5]]
    together = reader.token_scores(question, passages)
    for passage, expected in zip(passages, together, strict=True):
        (alone,) = reader.token_scores(question, [passage])
        np.testing.assert_array_equal(alone.starts, expected.starts)
        np.testing.assert_array_equal(alone.ends, expected.ends)


def test_an_export_that_differs_is_not_written(base, tmp_path, monkeypatch):
    net, out = toy_net(), tmp_path / "out"
    export_reader(net, base, out, SAMPLE)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    right = torch.onnx.export

    def wrong(model, *arguments, **options):
        with torch.no_grad():
            model.out.bias.add_(0.01)
        right(model, *arguments, **options)
        with torch.no_grad():
            model.out.bias.sub_(0.01)

    monkeypatch.setattr(torch.onnx, "export", wrong)
    with pytest.raises(TrainingError, match="differ from the trained ones"):
        export_reader(net, base, out, SAMPLE)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_the_configuration_is_that_of_the_base(base, tmp_path):
    export_reader(toy_net(), base, tmp_path, SAMPLE)
    for name in ("config.json", "tokenizer.json"):
        assert (tmp_path / name).read_bytes() == (base / name).read_bytes()
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    assert (config["architecture"], config["version"]) == ("wenju-reader", 2)
    with pytest.raises(ValueError, match="a sample"):
        export_reader(toy_net(), base, tmp_path, [])
