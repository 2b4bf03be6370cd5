"""English words are translated where the passage says what they mean; the table is learnt from pairs."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.__main__ import main
from qa.training.bilingual_words import BilingualWords
from qa.training.translation_table import translation_table
from qa.translations import Translations, phrase_key, with_translations

TABLE = Translations(
    {
        "product line": "生产线 产线",
        "product": "产量 生产",
        "line": "线路 行",
        "citi": "城市 市",
        "built": "建成 建造",
        "coal": "煤 煤炭",
    }
)


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["Cities"], "citi"),
        (["production", "Lines"], "product line"),
        (["built"], "built"),
        (["is"], "is"),
        ([], ""),
        (["don't"], "don't"),
        (["山西"], "山西"),
    ],
)
def test_words_are_looked_up_without_their_endings(words: list[str], key: str) -> None:
    assert phrase_key(words) == key


@pytest.mark.parametrize(
    ("text", "question", "said"),
    [
        ("生产线建成。", "How many production lines were built?", ["生产线", "建成"]),
        ("产量很大。", "Which production lines were built?", ["产量"]),
        ("山西产煤。", "How much COAL does 山西 mine, coal?", ["煤"]),
        ("太原市。🙂", "Which cities?", ["市"]),
        ("没有。", "How many production lines?", []),
        ("", "coal", []),
        ("煤", "", []),
        ("煤", "多少煤? 🙂", []),
    ],
)
def test_what_of_a_question_a_text_says(text: str, question: str, said: list[str]) -> None:
    assert TABLE.said_in(text, question) == said


@given(st.text(max_size=40), st.text(alphabet="the coal line city 山西?🙂", max_size=40))
def test_only_what_stands_in_the_text(text: str, question: str) -> None:
    assert all(one in text for one in TABLE.said_in(text, question))


def test_the_table_that_ships_is_whole() -> None:
    table = Translations.bundled()
    assert table is Translations.bundled()
    assert "电话" in table.of("telephones") and "市长" in table.of("Mayor")
    assert table.of("") == [] and table.of("xyzzy") == []


def test_only_a_question_in_latin_letters_is_translated() -> None:
    text = "联系电话:12345"
    assert with_translations("What is the telephone number?", text).startswith(
        "What is the telephone number? "
    )
    assert "电话" in with_translations("What is the telephone number?", text)
    for question in ("联系电话是多少?", "PM2.5 telephone 是多少?", "What is this?"):
        assert with_translations(question, text) == question


def test_the_likeliest_translation_is_first_and_function_words_have_none() -> None:
    learnt = BilingualWords(
        words={
            "煤炭": [("coal", 0.9), ("the", 0.5)],
            "煤": [("coal", 0.4)],
            "abc": [("coal", 1.0)],
            "矿": [("coal", 0.01)],
        },
        entries={"煤": ["coal"], "城市": ["city", "town", "a very long way"], "谁": ["who"]},
    )
    assert translation_table(learnt) == {"coal": ["煤炭", "煤"], "citi": ["城市"], "town": ["城市"]}


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs, out = tmp_path / "pairs.jsonl", tmp_path / "t.txt.xz"
    rows = [["par_x", f"coal from town {n}", f"来自城镇{n}的煤炭"] for n in range(5)]
    rows += [["par_cedict", "mayor", "市长"], ["other", "x", "y"]]
    pairs.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    assert main(["make-translations", str(pairs), "--out", str(out)]) == 0
    assert f"phrases written to {out}" in capsys.readouterr().out
    assert Translations.load(out).of("mayors") == ["市长"]
    with lzma.open(out, "rt", encoding="utf-8") as lines:
        keys = [line.split("\t")[0] for line in lines]
    assert keys == sorted(set(keys))
    assert not list(tmp_path.glob("*.unfinished"))


@pytest.mark.parametrize(
    ("content", "message"), [("{", "pairs.jsonl:1: needs"), ("", "no Chinese-English sentence pair")]
)
def test_files_that_will_not_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, message: str
) -> None:
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(content, encoding="utf-8")
    assert main(["make-translations", str(pairs), "--out", str(tmp_path / "t.txt.xz")]) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "t.txt.xz").exists()
