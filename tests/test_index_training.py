"""Training of an embedder at toy size: it learns, is the same for the same seed, goes on where it stopped, refuses held-out text."""

from __future__ import annotations

import json
import lzma
import re
import shutil
import subprocess
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from embedder_training_fakes import TOPICS, pair_rows, passage, write_pairs

from index.__main__ import main
from index.embedder import StaticEmbedder, load_embedder
from index.training.batches import BatchMaker
from index.training.errors import TrainingError
from index.training.measure import passage_ranks, recall
from index.training.overlap import read_held_out
from index.training.pairs import read_pairs
from index.training.settings import TrainingSettings
from index.training.table import load_static, start_table
from index.training.token_rows import TokenRows, take_ranges
from index.training.tokenizer import TokenizerSizes, build_tokenizer, script_of, with_new_pieces
from index.training.train_embedder import KEPT_FROM, TrainingFiles, kept_pieces, train_embedder

SIZES = TokenizerSizes(
    han=40, han_characters=120, latin=200, kana=10, hangul=10, cyrillic=10, arabic=10, other=10
)
SETTINGS = TrainingSettings(
    steps=40, batch_size=12, rate=0.5, warm_up_steps=2, dimensions=(16, 8), checkpoint_steps=20
)
GOLD = Path(__file__).parent.parent / "eval" / "gold" / "seeds.jsonl"
SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pairs(tmp_path_factory.mktemp("pairs") / "pairs.jsonl")


def train(pairs: Path, out: Path, settings: TrainingSettings = SETTINGS, **options: object) -> Path:
    return train_embedder(TrainingFiles((pairs,)), out, settings, sizes=SIZES, dimension=16, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(pairs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(pairs, tmp_path_factory.mktemp("trained") / "out")


def table_of(folder: Path) -> np.ndarray:
    return load_static(folder)[0]


# -- the whole run


def test_a_run_learns_what_belongs_together(pairs: Path, tmp_path: Path) -> None:
    trained = train(pairs, tmp_path / "out", replace(SETTINGS, steps=60))
    questions, passages = list(TOPICS.values()), [passage(topic) for topic in TOPICS]
    right = list(range(len(passages)))
    tokenizer = load_static(trained)[1]
    before = start_table(tokenizer, 16, seed=SETTINGS.seed)
    after = recall(passage_ranks(StaticEmbedder(trained), questions, right, passages), 1)
    embedder = StaticEmbedder(trained)
    embedder._table = before
    assert recall(passage_ranks(embedder, questions, right, passages), 1) < 0.5
    assert after > 0.9
    events = [json.loads(line) for line in (trained / "run" / "log.jsonl").read_text("utf-8").splitlines()]
    losses = [event["loss"] for event in events if event["event"] == "step" and "loss" in event]
    assert losses[-1] < losses[0] / 2


def test_the_folder_loads_with_sentence_transformers_and_no_network(trained: Path) -> None:
    program = (
        "import socket, sys, time, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "def cut(*a, **k): raise OSError('no network')\n"
        "socket.getaddrinfo = socket.socket.connect = cut\n"
        "from sentence_transformers import SentenceTransformer\n"
        "model = SentenceTransformer(sys.argv[1], device='cpu')\n"
        "print(model.encode(['煤炭转化产量', '']).shape, model.similarity_fn_name)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(trained)], capture_output=True, text=True, timeout=600
    )
    assert done.stdout.split() == ["(2,", "16)", "cosine"], done.stderr
    assert not {path.suffix for path in trained.iterdir()} & {".bin", ".pt", ".pkl"}


def test_the_same_seed_gives_the_same_vectors_and_another_other_ones(
    pairs: Path, trained: Path, tmp_path: Path
) -> None:
    same = train(pairs, tmp_path / "same")
    assert load_embedder(str(same)).fingerprint == load_embedder(str(trained)).fingerprint
    other = train(pairs, tmp_path / "other", replace(SETTINGS, seed=2, steps=4))
    assert not np.allclose(table_of(other)[:50], table_of(trained)[:50])


def test_a_stopped_run_goes_on_where_it_stopped(
    pairs: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after the first checkpoint and gone on with, it ends with the vectors of the uninterrupted run."""
    import index.training.trainer as trainer

    class StoppedError(Exception):
        pass

    asked = trainer._Collator.__call__
    calls: list[int] = []

    def stop(self: object, rows: list[dict[str, int]]) -> object:
        calls.append(rows[0]["batch"])
        if len(calls) > 25:
            raise StoppedError
        return asked(self, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(trainer._Collator, "__call__", stop)
    with pytest.raises(StoppedError):
        train(pairs, tmp_path / "out")
    monkeypatch.undo()
    with pytest.raises(TrainingError, match="holds a run already"):
        train(pairs, tmp_path / "out")
    with pytest.raises(TrainingError, match="other pairs or settings"):
        train(pairs, tmp_path / "out", replace(SETTINGS, rate=0.01), resume=True)
    resumed = train(pairs, tmp_path / "out", resume=True)
    assert np.allclose(table_of(resumed), table_of(trained), atol=2e-2)


def test_training_on_from_an_embedder_keeps_its_pieces(pairs: Path, trained: Path, tmp_path: Path) -> None:
    out = train(pairs, tmp_path / "out", replace(SETTINGS, steps=1, rate=1e-9), init=trained)
    assert np.allclose(table_of(out), table_of(trained), atol=1e-2)


def test_pieces_of_kept_texts_keep_their_vectors_to_the_bit(
    pairs: Path, trained: Path, tmp_path: Path
) -> None:
    rows = [["kept", "煤炭 " * KEPT_FROM, "coal " * (KEPT_FROM - 1)]]
    (tmp_path / "kept.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    before, tokenizer = load_static(trained)
    kept = kept_pieces(rows[0][1:], tokenizer)
    found = {tokenizer.id_to_token(int(i)).strip("▁") for i in np.flatnonzero(kept)}
    assert "".join(sorted(found)).strip() and not found & {"c", "coal"} and set("".join(found)) <= set("煤炭")
    out = train_embedder(
        TrainingFiles((pairs,), kept=(tmp_path / "kept.jsonl",)), tmp_path / "out", SETTINGS, init=trained
    )
    after = table_of(out)
    assert np.array_equal(after[kept], before[kept])
    assert (after[~kept] != before[~kept]).any(axis=1).mean() > 0.3
    with pytest.raises(TrainingError, match="other pairs or settings"):
        train_embedder(TrainingFiles((pairs,)), out, SETTINGS, init=trained, resume=True)
    with pytest.raises(TrainingError, match="--keep needs --init"):
        train_embedder(TrainingFiles((pairs,), kept=(pairs,)), tmp_path / "none", SETTINGS, sizes=SIZES)
    assert not (tmp_path / "none").exists()


def russian_pairs(folder: Path) -> Path:
    """Pairs in Russian, whose words no tokenizer of the other tests knows."""
    words = ["уголь", "завод", "погода", "письмо", "железо", "молоко"]
    rows = [["ru", f"{word} {other}", f"{word}"] for word in words for other in words]
    (folder / "ru.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder / "ru.jsonl"


def test_new_pieces_are_learnt_and_kept_texts_mean_what_they_meant(
    pairs: Path, trained: Path, tmp_path: Path
) -> None:
    before, old = load_static(trained)
    files = TrainingFiles((russian_pairs(tmp_path),), kept=(pairs,), new_pieces={"cyrillic": 40})
    out = train_embedder(files, tmp_path / "out", SETTINGS, init=trained)
    after, new = load_static(out)
    assert old.encode("уголь погода", add_special_tokens=False).ids == [1, 1]  # unknown
    assert new.encode("уголь погода", add_special_tokens=False).tokens == ["уголь", "погода"]
    for text in read_pairs([pairs]).texts:
        tokens = old.encode(text, add_special_tokens=False).tokens
        assert new.encode(text, add_special_tokens=False).tokens == tokens
    for row in np.flatnonzero(kept_pieces(read_pairs([pairs]).texts, old)):
        assert np.array_equal(after[new.token_to_id(old.id_to_token(int(row)))], before[row])
    again = train_embedder(files, out, SETTINGS, init=trained, resume=True)  # ended: nothing changes
    assert np.array_equal(table_of(again), after)


def test_whole_words_of_kept_texts_become_pieces_that_are_the_sum_of_their_parts(
    trained: Path, tmp_path: Path
) -> None:
    before, old = load_static(trained)
    kept = write_pairs(
        tmp_path / "kept.jsonl", [["k", "coalition output", f"coalition {n}"] for n in range(9)]
    )
    parts = old.encode("coalition", add_special_tokens=False).ids
    assert len(parts) > 1
    files = TrainingFiles((russian_pairs(tmp_path),), kept=(kept,), new_pieces={"latin": 500})
    out = train_embedder(files, tmp_path / "out", SETTINGS, init=trained)
    after, new = load_static(out)
    (row,) = new.encode("coalition", add_special_tokens=False).ids
    assert np.allclose(after[row], before[parts].sum(axis=0), atol=2e-2)


def test_pieces_that_nothing_needs_go_and_letters_stay(trained: Path) -> None:
    old = load_static(trained)[1]
    texts = [(f"{stem}{end}", 9.0) for stem in ("vwxz", "hjkq") for end in ("ab", "cd", "ef")]
    made = with_new_pieces(old, old.get_vocab(), texts, {"latin": 8})
    latin = {piece for piece in made.get_vocab() if re.fullmatch("[a-z]+", piece)}
    letters = {piece for piece in old.get_vocab() if re.fullmatch("[a-z]", piece)}
    assert letters <= latin and len(latin) <= len(letters) + 8
    assert {f"{stem}{end}" for stem in ("vwxz", "hjkq") for end in ("ab", "cd", "ef")} & latin
    assert not [piece for piece in latin - letters if not any(piece in text for text, _ in texts)]
    with pytest.raises(ValueError, match="no such script: klingon"):
        with_new_pieces(old, (), (), {"klingon": 5})
    words = sorted(piece for piece in old.get_vocab() if re.fullmatch("[\u4e00-\u9fff]{2,}", piece))
    without = with_new_pieces(old, words[:1], [], {"han": 0})
    han = [piece for piece in without.get_vocab() if re.fullmatch("[\u4e00-\u9fff]+", piece)]
    assert [piece for piece in han if len(piece) > 1] == words[:1] != words
    assert {piece for piece in han if len(piece) == 1} == {
        piece for piece in old.get_vocab() if re.fullmatch("[\u4e00-\u9fff]", piece)
    }


def test_of_what_a_script_learns_so_much_is_kept(pairs: Path, trained: Path, tmp_path: Path) -> None:
    before, tokenizer = load_static(trained)
    whole, part = (
        train_embedder(TrainingFiles((pairs,)), tmp_path / name, SETTINGS, init=trained, strength=strength)
        for name, strength in (("whole", {}), ("part", {"": 0.5, "latin": 0.25, "kana": 1.0}))
    )
    learnt, kept = table_of(whole) - before, table_of(part) - before
    shares = {"latin": 0.25, "han": 0.5}
    seen = set()
    for piece, row in tokenizer.get_vocab().items():
        if script_of(piece) in shares and np.abs(learnt[row]).max() > 0.1:
            assert np.allclose(kept[row], shares[script_of(piece)] * learnt[row], atol=2e-2)
            seen.add(script_of(piece))
    assert seen == set(shares)


def test_a_strength_needs_vectors_to_start_from(pairs: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"--strength .* needs --init"):
        train(pairs, tmp_path / "out", strength={"": 0.5})


def test_a_new_piece_of_which_no_part_is_known_is_learnt(trained: Path, tmp_path: Path) -> None:
    old = load_static(trained)[1]
    assert set(old.encode("уголь", add_special_tokens=False).ids) == {1}
    kept = write_pairs(tmp_path / "kept.jsonl", [["k", "уголь завод", f"уголь {n}"] for n in range(9)])
    files = TrainingFiles((russian_pairs(tmp_path),), kept=(kept,), new_pieces={"cyrillic": 40})
    out = train_embedder(files, tmp_path / "out", SETTINGS, init=trained)
    after, new = load_static(out)
    start = start_table(new, after.shape[1], seed=SETTINGS.seed, known=load_static(trained))
    assert np.abs(after - start)[new.token_to_id("уголь")].max() > 0.05


@pytest.mark.parametrize("wrong", ["1.5", "klingon=0.5", "latin=", "0.5,latin=-1", "nan", "0.5,0.7"])
def test_a_strength_is_a_share(wrong: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train-embedder", "pairs.jsonl", "--out", str(tmp_path), "--strength", wrong])
    assert "is neither a number from 0 to 1 nor SCRIPT=S" in capsys.readouterr().err


def test_new_pieces_need_kept_texts_and_a_known_script(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train-embedder", str(pairs), "--out", str(tmp_path / "out")]
    assert main([*command, "--new-pieces", "cyrillic=5"]) == 1
    assert "name these with --keep" in capsys.readouterr().err
    for wrong in ("klingon=5", "latin", "latin=many", "latin=5,,"):
        with pytest.raises(SystemExit):
            main([*command, "--new-pieces", wrong])
        assert "is not SCRIPT=N with one of the scripts han, kana" in capsys.readouterr().err


def test_ranks_against_a_table_by_hand() -> None:
    """Two dimensions, one word each: ties count before the right passage, and another text may stand for it."""

    class ByHand:
        name, dimension, fingerprint = "hand", 2, ""
        vectors = {"煤炭": (1, 0), "coal 煤炭": (0.6, 0.8), "🎉": (0, 1), "": (0, 0)}  # noqa: RUF012

        def encode_documents(self, texts: object) -> np.ndarray:
            return np.array([self.vectors[text] for text in texts], np.float32)  # type: ignore[attr-defined]

        def encode_query(self, query: str) -> np.ndarray:
            return self.encode_documents([query])[0]

    passages = ["煤炭", "coal 煤炭", "🎉"]
    ranks = passage_ranks(ByHand(), ["煤炭", "煤炭", "🎉", ""], [0, 1, 0, 2], passages)
    assert ranks.tolist() == [1, 2, 3, 3]
    ranks = passage_ranks(ByHand(), ["煤炭", "🎉"], [2, 0], passages, instead=["煤炭", "🎉"])
    assert ranks.tolist() == [2, 2]
    assert recall(ranks, 1) == 0 and recall(ranks, 2) == 1 and recall(ranks[:0], 1) == 0


# -- tokenizer and starting table


def test_tokenizer_cuts_each_script_and_puts_off_accents() -> None:
    tokenizer = build_tokenizer(
        [*(row for rows in pair_rows() for row in rows if isinstance(row, str)), "東京 タワー"], SIZES
    )
    assert tokenizer.encode("煤炭转化 COAL café").tokens[0].startswith("煤")
    assert tokenizer.encode("CÓAL").tokens == tokenizer.encode("coal").tokens
    assert tokenizer.encode("").ids == [] and tokenizer.encode("🎉").ids == []
    assert tokenizer.encode("第12次").offsets[1:-1] == [(1, 3)]
    with pytest.raises(TrainingError, match="no word"):
        build_tokenizer(["🎉", ""], replace(SIZES))


def test_known_pieces_keep_their_vectors_and_new_ones_start_from_parts(trained: Path) -> None:
    known = load_static(trained)
    tokenizer = build_tokenizer(["coalition output 煤炭"], SIZES)
    table = start_table(tokenizer, 16, seed=1, known=known)
    shared = set(tokenizer.get_vocab()) & set(known[1].get_vocab())
    assert "煤" in shared
    for piece in shared:
        assert np.array_equal(table[tokenizer.token_to_id(piece)], known[0][known[1].token_to_id(piece)])
    with pytest.raises(TrainingError, match="16 dimensions, 8 are wanted"):
        start_table(tokenizer, 8, seed=1, known=known)


# -- batches


def batches(pairs: Path, **changes: object) -> BatchMaker:
    texts = read_pairs([pairs])
    tokenizer = build_tokenizer(texts.texts, SIZES)
    return BatchMaker(texts, tokenizer, replace(SETTINGS, **changes))  # type: ignore[arg-type]


def test_a_batch_is_the_same_for_the_same_number_and_of_one_group(pairs: Path) -> None:
    one, again = batches(pairs), batches(pairs)
    groups = set()
    for number in range(30):
        made, same = one.batch(number), again.batch(number)
        assert made.group == same.group
        assert np.array_equal(made.anchors[0], same.anchors[0]) and np.array_equal(
            made.passages[0], same.passages[0]
        )
        assert len(made.anchors[1]) == len(made.passages[1]) >= 2
        assert made.anchors[1].min() > 0 and made.passages[1].min() > 0
        assert made.anchors[1].sum() == len(made.anchors[0]) and made.passages[1].sum() == len(
            made.passages[0]
        )
        groups.add(made.group)
    assert groups == {"question", "parallel", "document:news"}
    assert one.key == again.key != batches(pairs, seed=2).key


def test_no_text_is_twice_in_a_batch(tmp_path: Path) -> None:
    """A passage that two questions share would be its own negative."""
    file = write_pairs(
        tmp_path / "pairs.jsonl", [["q", f"问题{number}", f"段落{number % 3}"] for number in range(12)]
    )
    for number in range(10):
        assert len(batches(file).batch(number).passages[1]) == 3


def test_weights_decide_what_is_drawn(pairs: Path) -> None:
    texts = read_pairs([pairs])
    tokenizer = build_tokenizer(texts.texts, SIZES)
    maker = BatchMaker(texts, tokenizer, SETTINGS, weights={"parallel": 0, "document:news": 0})
    assert {maker.batch(number).group for number in range(20)} == {"question"}
    with pytest.raises(ValueError, match="no group to draw"):
        BatchMaker(texts, tokenizer, SETTINGS, weights=dict.fromkeys(maker.groups, 0.0))


def test_take_ranges_against_slices() -> None:
    values = np.arange(20, dtype=np.int32)
    taken, lengths = take_ranges(values, np.array([5, 0, 7]), np.array([2, 0, 3]))
    assert taken.tolist() == [5, 6, 7, 8, 9] and lengths.tolist() == [2, 0, 3]


def test_rows_of_texts(pairs: Path) -> None:
    tokenizer = build_tokenizer(read_pairs([pairs]).texts, SIZES)
    texts = ["煤炭转化", "coal 产量", "🎉", ""]
    rows = TokenRows.encode(texts, tokenizer)
    assert rows.lengths().tolist() == [len(tokenizer.encode(text).ids) for text in texts]
    assert TokenRows.encode([], tokenizer).lengths().tolist() == []


# -- files


def test_pairs_are_read_packed_too_and_said_where_they_are_wrong(tmp_path: Path) -> None:
    packed = tmp_path / "pairs.jsonl.xz"
    packed.write_bytes(
        lzma.compress('["g", "煤炭", "coal"]\n\n["g", "", "x"]\n["n", ["一。", "二。", "🎉。"]]\n'.encode())
    )
    texts = read_pairs([packed])
    assert texts.texts == ["煤炭", "coal", "一。", "二。", "🎉。"]
    assert texts.pairs == {"g": [(0, 1)]} and texts.documents == {"document:n": [[2, 3, 4]]}
    for wrong, message in (
        ('{"a": 1}', "line 1"),
        ("[1, 2, 3]", "line 1"),
        ("oops", "not JSON"),
        ('["n", ["一。"]]', "three"),
    ):
        (tmp_path / "wrong.jsonl").write_text(wrong, encoding="utf-8")
        with pytest.raises(TrainingError, match=message):
            read_pairs([tmp_path / "wrong.jsonl"])
    (tmp_path / "empty.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(TrainingError, match="no pair"):
        read_pairs([tmp_path / "empty.jsonl"])
    with pytest.raises(TrainingError, match="cannot read"):
        read_pairs([tmp_path / "missing.jsonl"])


# -- held-out text


HELD = {
    "data": [
        {
            "paragraphs": [
                {"context": passage("煤炭转化产量") * 2, "qas": [{"question": "煤炭转化产量怎么样？"}]}
            ]
        }
    ]
}


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("煤炭轉化產量怎麼樣", True),  # another script, without punctuation
        ("前言。" + passage("煤炭转化产量") * 2 + "后记。", True),  # the passage inside a longer text
        ("煤炭转化产量如何", False),
        ("coal 产量", False),
        ("🎉", False),
        ("", False),
    ],
    ids=["question", "inside", "chinese", "mixed", "emoji", "empty"],
)
def test_held_out_text_is_found(tmp_path: Path, text: str, held: bool) -> None:
    file = tmp_path / "held.json"
    file.write_text(json.dumps(HELD), encoding="utf-8")
    assert read_held_out([file]).holds(text) is held


def test_a_run_with_held_out_text_does_not_start(pairs: Path, tmp_path: Path) -> None:
    for name, content in (
        ("squad.json", json.dumps(HELD)),
        ("gold.jsonl", '{"question": "煤炭转化产量怎么样?"}\n'),
        ("labelled.jsonl", '{"ctx": "", "q": "煤炭转化产量怎么样", "answers": []}\n'),
        ("plain.txt", passage("煤炭转化产量")),
    ):
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(TrainingError, match="held-out texts: “"):
            train_embedder(
                TrainingFiles((pairs,), (tmp_path / name,)), tmp_path / "out", SETTINGS, sizes=SIZES
            )
    assert not (tmp_path / "out" / "model.safetensors").exists()


def test_the_questions_on_the_seeds_and_their_documents_are_found(tmp_path: Path) -> None:
    """What keeps the seeds' questions out of training finds every one of them."""
    held = read_held_out([GOLD, *sorted(SEEDS.glob("*.txt"))])
    questions = [json.loads(line)["question"] for line in GOLD.read_text("utf-8").splitlines()]
    assert held.find(questions)[0] == len(questions)
    some = next(iter(SEEDS.glob("*.txt"))).read_text("utf-8")
    assert held.holds("开头" + some[200:400]) and not held.holds(
        "与种子文件无关的一句话,讲的是别的事情。" * 3
    )


# -- command line


def test_command_line(pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = [
        "train-embedder",
        str(pairs),
        "--out",
        str(out),
        "--steps",
        "3",
        "--batch-size",
        "8",
        "--dimension",
        "8",
        "--threads",
        "1",
    ]
    assert main([*words, "--weights", "parallel=2,document:news=0.5"]) == 0
    assert f"use it with --embedder {out}" in capsys.readouterr().out
    assert load_embedder(str(out)).dimension == 8
    for wrong, message in (
        ([], "holds a run already"),
        (["--weights", "parallel"], "GROUP=NUMBER"),
        (["--threads", "0"], "--threads"),
        (["--seed", "-1"], "seed"),
        (["--rate", "0"], "rate"),
    ):
        assert main([*words, *wrong]) == 1
        assert message in capsys.readouterr().err
    shutil.rmtree(out)
    out.write_text("", encoding="utf-8")
    assert main(words) == 1 and "is a file" in capsys.readouterr().err


def test_missing_packages_are_named(
    pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sentence_transformers.util as util
    monkeypatch.setattr(util, "is_training_available", lambda: False)
    assert main(["train-embedder", str(pairs), "--out", str(tmp_path / "out")]) == 1
    assert 'pip install "wenju[train]"' in capsys.readouterr().err


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 0},
        {"batch_size": 1},
        {"minutes": 0},
        {"rate": -1},
        {"query_dropout": 1},
        {"dimensions": ()},
        {"seed": -1},
    ],
    ids=str,
)
def test_settings_refuse_what_cannot_be(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be|at least"):
        replace(SETTINGS, **changes)  # type: ignore[arg-type]


def test_the_rate_rises_and_falls_with_steps_or_time() -> None:
    settings = replace(SETTINGS, steps=100, warm_up_steps=10, minutes=1.0)
    assert settings.factor(0, 0) == pytest.approx(0.1)
    assert settings.factor(9, 0) > settings.factor(50, 0) > settings.factor(99, 0) > 0
    assert settings.factor(50, 59) < settings.factor(50, 10)
    assert settings.done(0, 60) >= 1


def test_a_run_ends_when_its_time_is_up(pairs: Path, tmp_path: Path) -> None:
    out = train(pairs, tmp_path / "out", replace(SETTINGS, steps=1_000_000, minutes=0.01))
    assert (out / "model.safetensors").is_file()
