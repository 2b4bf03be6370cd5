import json

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file
from training_fakes import SHAPE, rows, write_base

from index.errors import ReaderError
from qa.reader import BUNDLED_PATH, load_reader
from qa.training.errors import TrainingError
from qa.training.export import SAME_SPANS, TOLERANCE, export_reader, load_encoder, sample_inputs
from qa.training.model import ModelShape, WordReaderNet, deepen, load_weights, save_weights
from qa.word_reader_config import WordReaderConfig

ROUNDED = 0.5
"""How far eight-bit weights may move a logit."""
SAMPLE = [
    ("山西每年转化多少煤炭?", "在能源领域方面,山西援建的项目每年转化煤炭1200万吨;累计吸引80家企业进疆。"),
    ("GDP 增长多少 percent?", "山西GDP同比增长5.2%, up from 4.1%。"),
    ("😀?", "😀🎉今天"),
    ("", "没有问题的段落。"),
]


def toy_net(base, **changes):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    size = load_encoder(base)
    shape = {**{name: getattr(SHAPE, name) for name in SHAPE.__slots__}, **changes}
    vocabulary = json.loads((base / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    shape |= {"vocabulary": len(vocabulary) + 1, "word_dimension": size.vectors.dimension}
    return WordReaderNet(ModelShape(**shape)).eval()


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_base(tmp_path_factory.mktemp("toy"))


def test_the_bundled_weights_are_in_our_layout_and_give_the_bundled_logits():
    torch.set_num_threads(1)
    net = load_weights(BUNDLED_PATH / "model.safetensors").eval()
    inputs = sample_inputs(load_encoder(BUNDLED_PATH), WordReaderConfig.load(BUNDLED_PATH), SAMPLE)
    session = onnxruntime.InferenceSession(
        str(BUNDLED_PATH / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    single = [{name: array[row : row + 1] for name, array in inputs.items()} for row in range(len(SAMPLE))]
    wanted = np.concatenate([session.run(["logits"], one)[0] for one in single])
    with torch.inference_mode():
        found = net(**{name: torch.from_numpy(array) for name, array in inputs.items()}).numpy()
    real = inputs["mask"].astype(bool)
    assert np.abs(found - wanted)[real].max() < ROUNDED
    assert np.abs(found - wanted)[real].mean() < ROUNDED / 5
    assert np.abs(wanted[real]).max() > 2
    for row, mask in enumerate(real):
        assert (found[row][mask].argmax(0) == wanted[row][mask].argmax(0)).all()


def test_padding_changes_nothing(base):
    net, encoder = toy_net(base), load_encoder(base)
    pairs = [(q[0], row["ctx"]) for row in rows()[:2] for q in row["qs"]] + [("谁?", "晴。")]
    config = WordReaderConfig.load(base)
    together = sample_inputs(encoder, config, pairs)
    alone = sample_inputs(encoder, config, pairs[-1:])
    with torch.inference_mode():
        many, one = (
            net(**{k: torch.from_numpy(v) for k, v in inputs.items()}) for inputs in (together, alone)
        )
    torch.testing.assert_close(many[-1, : one.shape[1]], one[0], atol=1e-5, rtol=1e-4)


def test_a_net_that_trains_drops_out_and_one_that_reads_does_not(base):
    net = toy_net(base)
    inputs = sample_inputs(load_encoder(base), WordReaderConfig.load(base), SAMPLE)
    tensors = {k: torch.from_numpy(v) for k, v in inputs.items()}
    with torch.inference_mode():
        assert torch.equal(net(**tensors), net(**tensors))
        net.train()
        assert not torch.equal(net(**tensors), net(**tensors))


def test_whole_tokens_are_dropped_in_training_alone(base):
    net = toy_net(base)
    net.dropout = 0.0
    for block in net.bl:
        block.dropout = 0.0
    tensors = {
        k: torch.from_numpy(v)
        for k, v in sample_inputs(load_encoder(base), WordReaderConfig.load(base), SAMPLE).items()
    }
    with torch.inference_mode():
        plain = net(**tensors)
        net.token_dropout = 0.5
        assert torch.equal(net(**tensors), plain)
        net.train()
        assert not torch.equal(net(**tensors), plain)
        kept = net._without_some(torch.ones(64, 64, 3))
        assert set(kept.sum(-1).unique().tolist()) == {0.0, 3.0}
        assert kept.mean().item() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("half", [False, True])
def test_weights_come_back_with_their_shape(base, tmp_path, half):
    net = toy_net(base, heads=4)
    save_weights(net, tmp_path / "model.safetensors", half=half)
    again = load_weights(tmp_path / "model.safetensors")
    assert again.shape == net.shape
    for name, value in net.state_dict().items():
        wanted = value.half().float() if half else value
        assert torch.equal(again.state_dict()[name], wanted), name


def test_damaged_and_foreign_weights_are_named(tmp_path):
    path = tmp_path / "model.safetensors"
    with pytest.raises(ReaderError, match="are missing"):
        load_weights(path)
    path.write_bytes(b"no weights")
    with pytest.raises(ReaderError, match="cannot read"):
        load_weights(path)
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(ReaderError, match="does not hold the weights"):
        load_weights(path)


@pytest.mark.parametrize(
    "sizes", [{"layers": 0}, {"width": 30, "heads": 4}, {"width": 9, "heads": 3}, {"kernel": 4}]
)
def test_impossible_shapes_are_refused(sizes):
    with pytest.raises(ValueError, match=r"got|divide"):
        ModelShape(vocabulary=10, **sizes)


def test_the_exported_reader_reads_as_the_network_does(base, tmp_path):
    net, out = toy_net(base), tmp_path / "deep" / "out"
    pairs = [(q[0], row["ctx"]) for row in rows() for q in row["qs"]]
    exported = export_reader(net, base, out, pairs[:4])
    assert exported.largest_difference <= TOLERANCE
    assert exported.same_spans >= SAME_SPANS
    assert exported.precision == "int8"
    reader = load_reader(str(out))
    assert reader.config.embedder_fingerprint == WordReaderConfig.load(base).embedder_fingerprint
    encoder = load_encoder(base)
    for question, passage in pairs[4:8]:
        inputs = sample_inputs(encoder, WordReaderConfig.load(base), [(question, passage)])
        with torch.inference_mode():
            logits = net(**{k: torch.from_numpy(v) for k, v in inputs.items()})[0].numpy()
        (scores,) = reader.token_scores(question, [passage])
        first = len(encoder.question(question, 24).ids) + 2
        np.testing.assert_allclose(scores.starts, logits[first:-1, 0] - logits[0, 0], atol=ROUNDED)
        np.testing.assert_allclose(scores.ends, logits[first:-1, 1] - logits[0, 1], atol=ROUNDED)
    assert not [path.name for path in out.iterdir() if path.name.startswith("unfinished")]
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o644}


def test_weights_that_rounding_changes_stay_in_single_precision(base, tmp_path, monkeypatch):
    net, out = toy_net(base), tmp_path / "out"
    monkeypatch.setattr("qa.training.export._share_of_same", lambda *_: 0.5)
    exported = export_reader(net, base, out, SAMPLE)
    assert (exported.precision, exported.same_spans) == ("float32", 0.5)
    assert not [path.name for path in out.iterdir() if "int8" in path.name]
    (question, passage), *_ = SAMPLE
    encoder, config = load_encoder(base), WordReaderConfig.load(base)
    inputs = sample_inputs(encoder, config, [(question, passage)])
    with torch.inference_mode():
        logits = net(**{k: torch.from_numpy(v) for k, v in inputs.items()})[0].numpy()
    (scores,) = load_reader(str(out)).token_scores(question, [passage])
    first = len(encoder.question(question, 24).ids) + 2
    np.testing.assert_allclose(scores.starts, logits[first:-1, 0] - logits[0, 0], atol=2 * TOLERANCE)


def test_scores_do_not_depend_on_what_is_read_beside(base, tmp_path):
    export_reader(toy_net(base), base, tmp_path, SAMPLE)
    reader = load_reader(str(tmp_path))
    question = rows()[0]["qs"][0][0]
    passages = [row["ctx"] for row in rows()[:5]]
    together = reader.token_scores(question, passages)
    for passage, expected in zip(passages, together, strict=True):
        (alone,) = reader.token_scores(question, [passage])
        np.testing.assert_array_equal(alone.starts, expected.starts)
        np.testing.assert_array_equal(alone.ends, expected.ends)


@pytest.mark.parametrize("layers", [2, 3, 5])
def test_a_deeper_network_reads_alike_and_can_learn(base, layers):
    net = toy_net(base).eval()
    deeper = deepen(net, layers).eval()
    assert deeper.shape.layers == layers
    encoder, config = load_encoder(base), WordReaderConfig.load(base)
    inputs = {k: torch.from_numpy(v) for k, v in sample_inputs(encoder, config, SAMPLE).items()}
    torch.testing.assert_close(deeper(**inputs), net(**inputs))
    deeper(**inputs).square().sum().backward()
    assert all(block.o.weight.grad.abs().sum() > 0 for block in deeper.bl)


def test_a_network_is_not_cut(base):
    net = toy_net(base)
    with pytest.raises(ValueError, match="cannot be cut to"):
        deepen(net, net.shape.layers - 1)


def test_an_export_that_differs_is_not_written(base, tmp_path, monkeypatch):
    net, out = toy_net(base), tmp_path / "out"
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
