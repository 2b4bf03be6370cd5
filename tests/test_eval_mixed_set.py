"""A mixed set: its own questions are answered by its corpus, the removed and the exchanged ones are not."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import eval.dataset
from eval.__main__ import main
from eval.dataset import load_gold
from eval.errors import EvalError
from eval.mixed_set import make_mixed_set, question_key

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


def many(path: Path) -> Path:
    """Twenty passages; of each four questions with an answer, one that says nothing and one without an answer."""
    rows = []
    for number in range(20):
        year, tons = 1990 + number, f"{number + 10}00万吨"
        text = f"{year}年,山西产煤{tons}, GDP增长{number}.5%😀,由王{number}任省长。"
        parts = [
            (f"{year}年山西产煤多少?", tons),
            (f"{year}年 GDP 增长多少 percent?", f"{number}.5%"),
            (f"{year}年谁任省长?", f"王{number}"),
            (f"{year}年的表情😀是什么?", "😀"),
            (" \t", tons),
            ("", "山西"),
        ]
        asked = [[question, answer, text.index(answer)] for question, answer in parts]
        rows.append({"ctx": text, "src": "甲", "qs": [*asked, ["谁?", "", -1]]})
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    return path


def asked_by_passage(gold: Path) -> dict[str, list[str]]:
    """Answerable questions by document, in order."""
    found: dict[str, list[str]] = {}
    for question in load_gold(gold):
        if question.id.startswith("a"):
            found.setdefault(question.documents[0], []).append(question.question)
    return found


@pytest.mark.parametrize(("questions", "expected"), [(1, 1), (2, 2), (4, 4), (9, 4)])
def test_several_questions_of_a_passage(tmp_path: Path, questions: int, expected: int) -> None:
    gold = tmp_path / "g.jsonl"
    make_mixed_set([many(tmp_path / "a.jsonl")], tmp_path / "c", gold, passages=6, questions=questions)
    found = asked_by_passage(gold)
    assert [len(set(asked)) for asked in found.values()] == [expected] * 6
    for document, asked in found.items():
        text = (tmp_path / "c" / document).read_text(encoding="utf-8")
        assert all(question.strip() and question[:4] in text for question in asked)
    removed = [q for q in load_gold(gold) if q.id.startswith("r")]
    assert len(removed) == 2 * expected
    kinds = {question.question[5:] for question in load_gold(gold) if question.id.startswith("a")}
    assert len(kinds) > 1  # not always the first one


def test_a_question_that_says_nothing_is_left_out(tmp_path: Path) -> None:
    rows = [
        {"ctx": "山西产煤。", "qs": [["", "山西", 0], ["  ", "煤", 3]]},
        {"ctx": "北京。", "qs": [["哪里?", "北京", 0]]},
    ]
    data, gold = tmp_path / "a.jsonl", tmp_path / "g.jsonl"
    data.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = make_mixed_set([data], tmp_path / "c", gold)
    assert (done.documents, [question.question for question in load_gold(gold)]) == (1, ["哪里?"])


def test_questions_with_long_answers_are_left_out(tmp_path: Path) -> None:
    """An accepted answer that is short enough will do."""
    rows = [
        {"ctx": "在北京的正阳门外。", "q": "甲在哪里?", "answers": ["在北京的正阳门外", "北京"]},
        {"ctx": "在上海的外滩😀。", "q": "乙在哪里?", "answers": ["在上海的外滩😀"]},
        {"ctx": "山西。", "q": "丙在哪里?", "answers": ["山西"]},
    ]
    data = tmp_path / "a.jsonl"
    data.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    kept = {}
    for longest in (None, 7, 6, 2, 1):
        gold = tmp_path / f"{longest}.jsonl"
        try:
            make_mixed_set([data], tmp_path / f"c{longest}", gold, longest_answer=longest)
        except EvalError:
            kept[longest] = ""
        else:
            kept[longest] = "".join(sorted(question.question[0] for question in load_gold(gold)))
    assert kept == {None: "丙乙甲", 7: "丙乙甲", 6: "丙甲", 2: "丙甲", 1: ""}


# ------------------------------------------------------------------------------------------------ translations


KEYS = {
    "chinese": ("山西产煤多少?", "山西产煤多少?"),
    "folded": ("２０２４年轉化多少？", "2024年转化多少?"),
    "mixed": ("GDP 增长 5.2%?", "GDP增长5.2%?"),
    "emoji": ("😀?", "😀?"),
    "empty": ("", ""),
}


@pytest.mark.parametrize(("question", "folded"), KEYS.values(), ids=KEYS)
def test_a_key_is_the_hash_of_the_folded_question(question: str, folded: str) -> None:
    assert question_key(question) == hashlib.sha256(folded.encode()).hexdigest()[:16]


def write_translations(path: Path, rows: Iterable[tuple[str, str]]) -> Path:
    """A line for each question and its translation."""
    lines = [
        json.dumps({"of": question_key(of), "question": text}, ensure_ascii=False) + "\n" for of, text in rows
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def english(question: str) -> str:
    return f"In English: {question} 😀"


def test_translations_are_asked_where_their_original_is(tmp_path: Path) -> None:
    data, gold = many(tmp_path / "a.jsonl"), tmp_path / "g.jsonl"
    originals = [
        q[0] for line in data.read_text(encoding="utf-8").splitlines() for q in json.loads(line)["qs"][:3]
    ]
    translations = write_translations(
        tmp_path / "t.jsonl", [*((one, english(one)) for one in originals), ("没有的问题?", "Not asked?")]
    )
    make_mixed_set([data], tmp_path / "c", gold, passages=6, questions=4, translations=translations)
    questions = load_gold(gold)
    by_text = {question.question: question for question in questions if question.id[0] in "ar"}
    translated = [question for question in questions if question.question.startswith("In English")]
    assert "Not asked?" not in by_text
    for question in translated:
        wanted = question.question.removeprefix("In English: ").removesuffix(" 😀").replace(" ", "")
        original = by_text[wanted]  # search text has no space beside a Chinese character
        assert question.answers == original.answers and question.documents == original.documents
        assert question.tags == original.tags and question.id[0] == original.id[0]
        assert questions.index(question) == questions.index(original) + 1
    answered = [question for question in translated if question.answers]
    removed = [question for question in translated if not question.answers]
    assert (len(answered), len(removed)) == (6 * 3, 2 * 3)
    texts = [file.read_text(encoding="utf-8") for file in (tmp_path / "c").iterdir()]
    for question in removed:
        assert question.tags == ("unanswerable",) and question.id.startswith("r")
        year = question.question.removeprefix("In English: ")[:4]
        assert not any(text.startswith(year) for text in texts)


def test_translations_change_nothing_else(tmp_path: Path) -> None:
    data = many(tmp_path / "a.jsonl")
    translations = write_translations(
        tmp_path / "t.jsonl",
        [(f"{1990 + number}年山西产煤多少?", f"How much? {number}") for number in range(20)],
    )
    found = []
    for name, path in (("1", None), ("2", translations)):
        gold = tmp_path / f"{name}.jsonl"
        make_mixed_set([data], tmp_path / f"c{name}", gold, passages=6, questions=4, translations=path)
        questions = [q for q in load_gold(gold) if not q.question.startswith("How much?")]
        found.append([(q.question, q.answers, q.tags) for q in questions])
    assert found[0] == found[1]


def test_a_line_break_that_is_none_and_an_empty_translation(tmp_path: Path) -> None:
    """JSON may hold the line separator of Unicode as it is; a question that says nothing is not put."""
    rows = [("1990年山西产煤多少?", "How\u2028much?"), ("1991年山西产煤多少?", " ")]
    translations = write_translations(tmp_path / "t.jsonl", rows)
    gold = tmp_path / "g.jsonl"
    make_mixed_set(
        [many(tmp_path / "a.jsonl")],
        tmp_path / "c",
        gold,
        passages=20,
        questions=4,
        translations=translations,
    )
    questions = [question.question for question in load_gold(gold)]
    assert "How\u2028much?" in questions and " " not in questions


DAMAGED = {
    "no JSON": (b'{"of": "a", "question": "b"}\n{', "t.jsonl: needs"),
    "a list": (b"[1, 2]", "t.jsonl: needs"),
    "no question": (b'{"of": "a"}', "t.jsonl: needs"),
    "no original": ('{"question": "谁😀?"}'.encode(), "t.jsonl: needs"),
    "not UTF-8": ('{"of": "a", "question": "山西"}'.encode("gbk"), "t.jsonl: needs"),
    "missing": (None, "t.jsonl: needs"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED.values(), ids=DAMAGED)
def test_damaged_translations_are_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "t.jsonl").write_bytes(content)
    with pytest.raises(EvalError, match=re.escape(message)) as error:
        make_mixed_set(
            [many(tmp_path / "a.jsonl")],
            tmp_path / "c",
            tmp_path / "g.jsonl",
            translations=tmp_path / "t.jsonl",
        )
    assert "\n" not in str(error.value)
    assert not (tmp_path / "c").exists() and not (tmp_path / "g.jsonl").exists()


def test_an_empty_translations_file_translates_nothing(tmp_path: Path) -> None:
    path, gold = write_translations(tmp_path / "t.jsonl", []), tmp_path / "g.jsonl"
    make_mixed_set([many(tmp_path / "a.jsonl")], tmp_path / "c", gold, passages=3, translations=path)
    assert len([question for question in load_gold(gold) if question.id.startswith("a")]) == 3


def test_the_translations_of_the_cmrc_trial_set_are_whole() -> None:
    path = Path(eval.dataset.__file__).parent / "gold" / "cmrc_trial_english.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) > 100 and len({row["of"] for row in rows}) == len(rows)
    for row in rows:
        assert set(row) == {"of", "question"}
        assert re.fullmatch("[0-9a-f]{16}", row["of"])
        assert row["question"].endswith("?") and row["question"].strip() == row["question"]


# ------------------------------------------------------------------------------------------------ the command


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


def test_the_commands_options_arrive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, gold = many(tmp_path / "a.jsonl"), tmp_path / "g.jsonl"
    translations = write_translations(
        tmp_path / "t.jsonl", [(f"{1990 + number}年谁任省长?", english("who")) for number in range(20)]
    )
    arguments = ["mixed-set", str(data), "--corpus", str(tmp_path / "c"), "--gold", str(gold)]
    options = ["--passages", "3", "--questions", "4", "--translations", str(translations)]
    assert main([*arguments, *options, "--near-misses", "2", "--longest-answer", "5"]) == 0
    assert "4 passages" in capsys.readouterr().out
    questions = load_gold(gold)
    assert {len(asked) for asked in asked_by_passage(gold).values()} == {
        4
    }  # three short answers and a translation
    assert not [question for question in questions if "产煤" in question.question]
    assert len([question for question in questions if "near-miss" in question.tags]) == 2
    (tmp_path / "t.jsonl").write_text("{")
    assert main([*arguments, *options]) == 1
    assert capsys.readouterr().err.startswith(f"error: {translations}: needs")
    for wrong in (["--questions", "0"], ["--longest-answer", "0"], ["--questions", "x"]):
        with pytest.raises(SystemExit) as stopped:
            main([*arguments, *wrong])
        assert stopped.value.code == 2
