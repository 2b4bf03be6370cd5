"""A mixed set: its own questions are answered by its corpus, the removed and the exchanged ones are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.dataset import load_gold
from eval.errors import EvalError
from eval.mixed_set import make_mixed_set

PLACES = ["太原", "北京", "上海", "天津", "重庆", "广州", "深圳", "成都", "武汉", "西安", "南京", "杭州"]


def labelled(path: Path, *, sources: tuple[str, ...] = ("甲", "乙")) -> Path:
    rows = []
    for source in sources:
        for number, place in enumerate(PLACES):
            year = 2001 + number + 20 * sources.index(source)
            text = f"{source}:{year}年,{place}产煤{number + 3}00万吨。🙂"
            asked = [
                f"{year}年{place}产煤多少?",
                f"{number + 3}00万吨",
                text.index(f"{number + 3}00万吨"),
            ]
            rows.append({"ctx": text, "src": source, "qs": [asked, ["谁?", "", -1]]})
    rows.append({"ctx": "没有问题。", "src": sources[0], "qs": []})
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    return path


def test_questions_are_answered_by_the_corpus_or_marked(tmp_path: Path) -> None:
    data, corpus, gold = labelled(tmp_path / "a.jsonl"), tmp_path / "c", tmp_path / "g.jsonl"
    done = make_mixed_set([data], corpus, gold, passages=6, near_misses=5, seed=2)
    texts = {file.name: file.read_text(encoding="utf-8") for file in corpus.iterdir()}
    questions = load_gold(gold)
    assert done.documents == len(texts) == 2 * (6 + 2)
    assert done.questions == len(questions)
    kinds = {question.id[0] for question in questions}
    assert kinds == {"a", "r", "n"}
    for question in questions:
        if question.id.startswith("a"):
            assert question.answers[0] in texts[question.documents[0]]
        else:
            assert not question.expected and "unanswerable" in question.tags
            year_and_place = question.question.partition("产煤")[0].split("年")
            assert not any(all(part in text for part in year_and_place) for text in texts.values()), question
    assert len([q for q in questions if "near-miss" in q.tags]) == 5


def test_only_the_sources_asked_for(tmp_path: Path) -> None:
    data = labelled(tmp_path / "a.jsonl")
    make_mixed_set([data], tmp_path / "c", tmp_path / "g.jsonl", sources=["乙"], passages=4)
    assert all(f.read_text(encoding="utf-8").startswith("乙") for f in (tmp_path / "c").iterdir())
    with pytest.raises(EvalError, match="no passage with a question"):
        make_mixed_set([data], tmp_path / "d", tmp_path / "h.jsonl", sources=["丙"])


def test_the_same_seed_gives_the_same_set(tmp_path: Path) -> None:
    data = labelled(tmp_path / "a.jsonl")
    for name in ("1", "2"):
        make_mixed_set([data], tmp_path / f"c{name}", tmp_path / f"{name}.jsonl", passages=5, seed=7)
    first, second = ((tmp_path / f"{n}.jsonl").read_text(encoding="utf-8") for n in ("1", "2"))
    assert first.replace("1_0", "2_0") == second.replace("1_0", "2_0")


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = labelled(tmp_path / "a.jsonl")
    arguments = [
        str(data),
        "--corpus",
        str(tmp_path / "c"),
        "--gold",
        str(tmp_path / "g.jsonl"),
        "--passages",
        "3",
    ]
    assert main(["mixed-set", *arguments]) == 0
    assert "8 passages" in capsys.readouterr().out
    (tmp_path / "c" / "other.txt").write_text("别的")
    assert main(["mixed-set", *arguments]) != 0
    assert "empty folder" in capsys.readouterr().err
