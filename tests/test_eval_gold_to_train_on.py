"""Questions and translations that come with Wenju to train on: answers stand in their passages, and no question is one on the seeds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eval.dataset import load_gold
from index.normalize import fold
from index.training.pairs import read_pairs
from qa.training.labelled import LabelledFile, LabelledPassage

GOLD = Path(__file__).parent.parent / "eval" / "gold"


@pytest.fixture(scope="module")
def passages() -> dict[str, list[LabelledPassage]]:
    found = {}
    for part in ("train", "dev"):
        file = LabelledFile(GOLD / f"encyclopaedia_{part}.jsonl.xz")
        found[part] = list(file)
        assert file.skipped == 0
    return found


def test_every_answer_is_a_short_span_of_its_passage(passages: dict[str, list[LabelledPassage]]) -> None:
    assert {part: sum(len(p.questions) for p in rows) for part, rows in passages.items()} == {
        "train": 27_583,
        "dev": 821,
    }
    for passage in (*passages["train"], *passages["dev"]):
        for question in passage.questions:
            (answer,) = question.answers
            assert passage.text.startswith(answer, question.start) and len(answer) <= 30


def test_the_parts_share_no_passage_and_the_seeds_no_question(
    passages: dict[str, list[LabelledPassage]],
) -> None:
    assert not {p.text for p in passages["train"]} & {p.text for p in passages["dev"]}
    seeds = {fold(question.question) for question in load_gold(GOLD / "seeds.jsonl")}
    asked = {question.text for rows in passages.values() for p in rows for question in p.questions}
    pairs = read_pairs([GOLD / "translated_train.jsonl.xz"])
    assert not seeds & (asked | {fold(text) for text in pairs.texts})


def test_translations_are_in_the_script_that_their_group_names() -> None:
    pairs = read_pairs([GOLD / "translated_train.jsonl.xz"])
    scripts = {"es": "[a-zñáéíóúü]", "fr": "[a-zà-ÿœ]", "ru": "[а-яё]", "ko": "[가-힣]"}
    assert {name: len(rows) for name, rows in pairs.pairs.items() if name.startswith("hand")} == {
        "hand_es": 5_398,
        "hand_ru": 5_398,
        "hand_ko": 5_398,
    }
    for name, rows in pairs.pairs.items():
        for foreign, chinese in rows:
            assert re.search(scripts[name[-2:]], pairs.texts[foreign].lower()), pairs.texts[foreign]
            assert re.search("[\u4e00-\u9fff]", pairs.texts[chinese]), pairs.texts[chinese]
