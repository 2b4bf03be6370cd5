"""A reader small enough to train in a second: single characters as tokens and words, a random table of word vectors."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from qa.reader_encoding import fingerprint_files
from qa.training.model import ModelShape

PEOPLE = ["张三", "李四", "王五", "赵六", "孙七", "周八", "吴九", "郑十", "陈一", "林二"]
PLACES = ["北京", "上海", "天津", "重庆", "太原", "西安", "南京", "成都", "广州", "杭州"]
CHARACTERS = "".join(
    dict.fromkeys("".join(PEOPLE + PLACES) + "住在去了哪里谁?。,没有答案的段落晴天今年 GDPabc0123456789%😀")
)
SHAPE = ModelShape(vocabulary=1, layers=2, width=32, heads=2, feed=32, embedding=16, kernel=3)


def rows() -> list[dict]:
    """Ten passages about two people each; two questions a passage, 20 in all."""
    found = []
    for number, (person, place) in enumerate(zip(PEOPLE, PLACES, strict=True)):
        other, there = PEOPLE[number - 1], PLACES[number - 3]
        text = f"今天晴。{person}住在{place},{other}去了{there}。"
        questions = [
            [f"{person}住在哪里?", place, text.index(place)],
            [f"{other}去了哪里?", there, text.index(there)],
        ]
        found.append({"ctx": text, "qs": questions, "src": "toy"})
    return found


def write_rows(path: Path, data: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in data), encoding="utf-8")
    return path


def _tokenizer(path: Path) -> int:
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *CHARACTERS]
    tokenizer = Tokenizer(models.WordLevel({name: i for i, name in enumerate(names)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(path))
    return len(names)


def write_base(folder: Path) -> Path:
    """A reader's folder without weights, and its embedder beside it."""
    embedder, reader = folder / "embedder", folder / "base"
    embedder.mkdir(parents=True)
    reader.mkdir()
    _tokenizer(reader / "tokenizer.json")
    size = _tokenizer(embedder / "tokenizer.json")
    table = np.random.default_rng(0).normal(size=(size, 8)).astype(np.float16)
    save_file({"embedding.weight": table}, embedder / "model.safetensors")
    config = {
        "architecture": "wenju-word-reader",
        "version": 1,
        "max_tokens": 64,
        "max_question_tokens": 24,
        "stride": 16,
        "max_answer_tokens": 8,
        "match_types": ["question", "passage", "unigram", "bigram", "trigram", "question_hit"],
        "word_vectors": {
            "embedder": "../embedder",
            "fingerprint": fingerprint_files([embedder / "model.safetensors", embedder / "tokenizer.json"]),
        },
    }
    (reader / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return reader
