"""A reader small enough to train in a second: single characters as tokens, two layers."""

import json
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from qa.training.model import ModelShape, TokenNet

PEOPLE = ["张三", "李四", "王五", "赵六", "孙七", "周八", "吴九", "郑十", "陈一", "林二"]
PLACES = ["北京", "上海", "天津", "重庆", "太原", "西安", "南京", "成都", "广州", "杭州"]
CHARACTERS = "".join(
    dict.fromkeys("".join(PEOPLE + PLACES) + "住在去了哪里谁?。,没有答案的段落晴天今年 GDPabc0123456789%😀")
)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
"""Ids 0 to 4, as in the bundled tokenizer: pretraining relies on it."""
SHAPE = ModelShape(vocabulary=1, layers=2, width=32, heads=2, head_width=8, feed=32, embedding=16)


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


def write_base(folder: Path) -> Path:
    """A reader's folder without weights."""
    reader = folder / "base"
    reader.mkdir(parents=True)
    vocabulary = {name: number for number, name in enumerate([*SPECIAL, *CHARACTERS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(reader / "tokenizer.json"))
    config = {
        "architecture": "wenju-reader",
        "version": 2,
        "max_tokens": 64,
        "max_question_tokens": 24,
        "stride": 16,
        "max_answer_tokens": 8,
        "match_types": ["question", "passage", "unigram", "bigram", "trigram", "question_hit"],
    }
    (reader / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return reader


def toy_net(**changes: int) -> TokenNet:
    """A network for ``write_base`` none of whose weights is 0 or stands twice, as after some training."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net = TokenNet(replace(SHAPE, vocabulary=len(SPECIAL) + len(CHARACTERS), **changes)).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.2 * torch.randn_like(parameter))
            else:
                parameter.normal_(std=1.2 * parameter.shape[1] ** -0.5)
    return net
