"""Near misses: one part exchanged, never for something that the passage has."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.__main__ import main
from qa.training.near_misses import exchangeables, make_near_misses

PASSAGE = "2021年,大同市产煤1200万吨。《能源规划》说,张伟任煤矿矿长,共有37家企业。🙂"
OTHER = "2019年,太原市产钢300万吨。《工业规划》说,李强任钢厂厂长,共有52家企业。"


def write(path: Path, rows: list[tuple[str, list[tuple[str, str]]]]) -> Path:
    lines = [
        json.dumps({"ctx": text, "qs": [[q, a, text.find(a)] for q, a in qs]}, ensure_ascii=False)
        for text, qs in rows
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def made(tmp_path: Path, **options: object) -> list[tuple[str, str]]:
    asked = [
        ("2021年大同市产煤多少?", "1200万吨"),
        ("《能源规划》里谁是煤矿矿长?", "张伟"),
        ("37家企业在哪里?", "大同市"),
    ]
    others = [
        ("2019年太原市产钢多少?", "300万吨"),
        ("《工业规划》里谁是钢厂厂长?", "李强"),
        ("52家企业在哪里?", "太原市"),
    ]
    data = write(tmp_path / "data.jsonl", [(PASSAGE, asked), (OTHER, others), ("", [])])
    make_near_misses([data], tmp_path / "out.jsonl", **options)  # type: ignore[arg-type]
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(row["ctx"], *row["qs"][0][:1]) for row in rows]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("2021年北京市产煤多少?", {"2021": "year", "北京市": "ns"}),
        ("《能源规划》有37条吗", {"能源规划": "title", "37": "number"}),
        ("What did 北京 do in 2021年 🙂", {"北京": "ns", "2021": "year"}),
        ("有什么?", {}),
        ("", {}),
    ],
)
def test_what_can_be_exchanged(question: str, found: dict[str, str]) -> None:
    assert {question[one.start : one.end]: one.kind for one in exchangeables(question)} == found


def test_only_what_the_passage_has_not_is_asked_for(tmp_path: Path) -> None:
    rows = made(tmp_path)
    assert len(rows) >= 4
    for passage, question in rows:
        told = [question[one.start : one.end] for one in exchangeables(question)]
        assert passage in (PASSAGE, OTHER)
        assert sum(part not in passage for part in told) == 1, question


def test_the_same_seed_gives_the_same_file_and_most_is_kept(tmp_path: Path) -> None:
    once = made(tmp_path, seed=3)
    assert made(tmp_path, seed=3) == once
    assert len(made(tmp_path, most=2)) == 2


def test_held_out_passages_are_left_out(tmp_path: Path) -> None:
    held = write(tmp_path / "held.jsonl", [(PASSAGE, [("谁?", "张伟")])])
    assert {passage for passage, _ in made(tmp_path, held_out=[held])} <= {OTHER}


def test_the_command_says_what_it_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made(tmp_path)
    out = tmp_path / "again.jsonl"
    assert main(["make-near-misses", str(tmp_path / "data.jsonl"), "--out", str(out)]) == 0
    written = len(out.read_text(encoding="utf-8").splitlines())
    assert f"{written} unanswerable questions written to {out}" in capsys.readouterr().out
