"""The development questions on the seeds: every row well formed, every answer really in its document, quotas kept."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from opencc import OpenCC

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "eval" / "gold" / "seeds.jsonl"
SEEDS = ROOT / "seeds"

FIELDS = ["id", "question", "answers", "items", "documents", "tags"]
ENTITY_KINDS = {"person", "organisation", "place"}
QUOTAS = {
    "number": 70,
    "date": 20,
    "entity": 45,
    "list": 20,
    "paraphrase": 30,
    "traditional": 12,
    "english": 20,
    "page-break": 10,
    "metadata": 8,
    "multi": 15,
    "unanswerable": 60,
    "near-miss": 40,
}
TAGS = {*QUOTAS, *ENTITY_KINDS, "definition", "reason", "table"}

Row = dict[str, Any]


def squeeze(text: str) -> str:
    """NFKC without white space: a page break in mid-word or a space before a unit does not count."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def wording(question: str) -> str:
    """What makes a question the same as another: its letters and figures alone."""
    return "".join(char for char in squeeze(question).casefold() if char.isalnum())


@cache
def converter() -> OpenCC:
    return OpenCC("t2s")


def to_simplified(text: str) -> str:
    return str(converter().convert(text))


@cache
def source(document: str) -> str:
    return (SEEDS / document).read_bytes().decode("utf-8")


def broken_sentences(document: str) -> list[str]:
    """Sentences with a blank line inside: where a page ended in the middle of one."""
    sentences = re.split(r"(?<=[。！？!?])", source(document))
    return [squeeze(sentence) for sentence in sentences if "\n\n" in sentence.strip()]


def table_rows(document: str) -> list[str]:
    return [squeeze(line) for line in source(document).splitlines() if "\t" in line]


def shape_problems(row: Row) -> list[str]:
    if list(row) != FIELDS:
        return [f"fields {list(row)}"]
    expected = row["answers"] + row["items"]
    texts = [row["id"], row["question"], *expected, *row["documents"], *row["tags"]]
    problems = [
        f"bad text {text!r}"
        for text in texts
        if not isinstance(text, str) or text != text.strip() or not text
    ]
    if not re.fullmatch(r"s\d{3}", row["id"]):
        problems.append("bad id")
    problems += [
        f"{name} holds a value twice" for name in FIELDS[2:] if len(set(row[name])) != len(row[name])
    ]
    if row["answers"] and row["items"]:
        problems.append("both answers and items")
    if bool(expected) != bool(row["documents"]):
        problems.append("answers and documents belong together")
    return problems


def tag_problems(row: Row) -> list[str]:
    tags = set(row["tags"])
    rules = {
        f"unknown tags {sorted(tags - TAGS)}": not tags <= TAGS,
        "no tags": not tags,
        "unanswerable exactly where there is no answer": ("unanswerable" in tags) == bool(row["documents"]),
        "near-miss is a kind of unanswerable": "near-miss" in tags and "unanswerable" not in tags,
        "list exactly where there are items": ("list" in tags) != bool(row["items"]),
        "a list has two items or more": len(row["items"]) == 1,
        "an entity is a person, an organisation or a place": ("entity" in tags) != bool(tags & ENTITY_KINDS),
        "english exactly where Latin letters prevail": ("english" in tags) != mostly_latin(row["question"]),
        "traditional exactly where the script is": ("traditional" in tags) != in_traditional(row["question"]),
    }
    return [rule for rule, broken in rules.items() if broken]


def in_traditional(text: str) -> bool:
    return to_simplified(text) != text


def mostly_latin(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return sum(char.isascii() for char in letters) * 2 > len(letters)


def text_problems(row: Row) -> list[str]:
    """What does not stand in the named documents, and tags on the layout that the layout does not bear out."""
    problems = []
    for document in row["documents"]:
        if not (SEEDS / document).is_file():
            return [f"no document {document}"]
        text = squeeze(source(document))
        expected = [squeeze(value) for value in row["answers"] + row["items"]]
        problems += [f"{value!r} not in {document}" for value in expected if value not in text]
        if "page-break" in row["tags"] and not any(
            v in s for v in expected for s in broken_sentences(document)
        ):
            problems.append("no broken sentence holds the answer")
        if "table" in row["tags"] and not any(v in line for v in expected for line in table_rows(document)):
            problems.append("no table row holds the answer")
    return problems


def problems_of(row: Row) -> list[str]:
    return shape_problems(row) or tag_problems(row) + text_problems(row)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]


def test_every_row_is_sound(rows: list[Row]) -> None:
    assert [(row["id"], problem) for row in rows for problem in problems_of(row)] == []


def test_seeds_are_kept_byte_for_byte() -> None:
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SEEDS.glob("*.txt")}
    stated = re.findall(r"`([0-9a-f]{64})`\s+`(\S+\.txt)`", (SEEDS / "README.md").read_text(encoding="utf-8"))
    assert {name: digest for digest, name in stated} == digests


def test_ids_and_questions_are_unique(rows: list[Row]) -> None:
    for name, values in (
        ("id", [r["id"] for r in rows]),
        ("question", [wording(r["question"]) for r in rows]),
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == [], name


def test_quotas(rows: list[Row]) -> None:
    counts = Counter(tag for row in rows for tag in row["tags"])
    assert len(rows) >= 250
    assert {tag: counts[tag] for tag, least in QUOTAS.items() if counts[tag] < least} == {}
    assert sum(bool({"definition", "reason"} & set(row["tags"])) for row in rows) >= 15
    assert counts["unanswerable"] - counts["near-miss"] >= 20, "off-topic and neighbouring topics too"


def test_questions_spread_over_the_documents_by_length(rows: list[Row]) -> None:
    names = sorted(path.name for path in SEEDS.glob("*.txt"))
    lengths = {name: len(source(name)) for name in names}
    counts = Counter(document for row in rows for document in row["documents"])
    assert sorted(counts) == names
    for name in names:
        fair = counts.total() * lengths[name] / sum(lengths.values())
        assert fair / 2 <= counts[name] <= fair * 2, name


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"question": ""}, "bad text ''"),
        ({"id": "001"}, "bad id"),
        ({"split": "tune"}, "fields"),
        ({"answers": ["1201万吨"]}, "'1201万吨' not in"),
        ({"answers": ["1200万吨", "1200万吨"]}, "answers holds a value twice"),
        ({"documents": ["没有.txt"]}, "no document"),
        ({"documents": []}, "answers and documents belong together"),
        ({"items": ["1200万吨"]}, "both answers and items"),
        ({"answers": [], "items": ["1200万吨"], "tags": ["number"]}, "list exactly where there are items"),
        ({"answers": [], "items": ["1200万吨"], "tags": ["list"]}, "two items or more"),
        ({"answers": [], "documents": []}, "unanswerable exactly where"),
        ({"tags": ["number", "unanswerable"]}, "unanswerable exactly where"),
        ({"tags": ["near-miss"]}, "near-miss is a kind"),
        ({"tags": []}, "no tags"),
        ({"tags": ["数字"]}, "unknown tags"),
        ({"tags": ["entity"]}, "an entity is"),
        ({"tags": ["organisation"]}, "an entity is"),
        ({"tags": ["english"]}, "english exactly where"),
        ({"question": "How much coal 😀 (煤)?"}, "english exactly where"),
        ({"tags": ["traditional"]}, "traditional exactly where"),
        ({"question": "每年轉化多少煤？"}, "traditional exactly where"),
        ({"tags": ["page-break"]}, "no broken sentence"),
        ({"tags": ["table"]}, "no table row"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-",
)
def test_a_bad_row_is_found(change: dict[str, Any], problem: str) -> None:
    good: Row = {
        "id": "s001",
        "question": "准东的项目每年转化多少煤？",
        "answers": ["1200万吨"],
        "items": [],
        "documents": ["000_a747320a06236df0.txt"],
        "tags": ["number"],
    }
    assert problems_of(good) == []
    bad = {**copy.deepcopy(good), **change}
    assert any(problem in found for found in problems_of(bad)), problems_of(bad)


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("肉\n\n品 1200 万吨", "肉品1200万吨"),
        ("5GW　单晶硅（一期）", "5GW单晶硅(一期)"),
        ("增长 😀 5%", "增长😀5%"),
        ("", ""),
    ],
    ids=["chinese", "mixed", "emoji", "empty"],
)
def test_squeeze(text: str, squeezed: str) -> None:
    assert squeeze(text) == squeezed
