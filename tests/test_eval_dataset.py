"""Gold files: every bad row is named with its line; the split never moves."""

import hashlib
import json
from pathlib import Path

import pytest

from eval.dataset import Question, check_documents, load_gold, select, split_of, write_gold
from eval.errors import GoldError

GOOD = {"id": "s1", "question": "投资多少？", "answers": ["100 万元"], "documents": ["甲.txt"]}


def gold(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "gold.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def problems(path: Path) -> tuple[str, ...]:
    with pytest.raises(GoldError) as caught:
        load_gold(path)
    return caught.value.problems


def test_round_trip(tmp_path: Path) -> None:
    questions = [
        Question("s1", "投资多少？", ("100 万元",), (), ("甲.txt",), ("number",)),
        Question("s2", "Which cities 😀?", (), ("太原", "晋城"), ("乙.txt",), ("list",)),
        Question("s3", "没有答案的问题？", evidence="像是有答案的一句。"),
    ]
    write_gold(questions, tmp_path / "new" / "gold.jsonl")
    found = load_gold(tmp_path / "new" / "gold.jsonl")
    assert found == questions
    assert [q.kind for q in found] == ["span", "list", "none"]
    assert [q.line for q in found] == [1, 2, 3]
    assert [q.evidence for q in found] == ["", "", "像是有答案的一句。"]
    assert found[1].expected == ("太原", "晋城")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{not json", "not JSON"),
        ("[1]", "a JSON object is needed, got list"),
        ({**GOOD, "anwsers": []}, "unknown field 'anwsers'"),
        ({**GOOD, "id": ""}, "'id' must be a text"),
        ({**GOOD, "question": " "}, "'question' must be a text"),
        ({**GOOD, "question": 5}, "'question' must be a text"),
        ({**GOOD, "answers": "100 万元"}, "'answers' must be a list"),
        ({**GOOD, "answers": [""]}, "'answers' must be a list of texts, none of them empty"),
        ({**GOOD, "answers": ["甲", "甲"]}, "'answers' holds a value twice"),
        ({**GOOD, "items": ["甲"]}, "exclude each other"),
        ({**GOOD, "documents": []}, "needs the 'documents'"),
        ({**GOOD, "evidence": ["句子"]}, "'evidence' must be a text"),
    ],
)
def test_a_bad_row_is_named_with_its_line(tmp_path: Path, row: object, message: str) -> None:
    found = problems(gold(tmp_path, {**GOOD, "id": "first"}, row))
    assert len(found) == 1
    assert found[0].startswith("gold.jsonl:2: ")
    assert message in found[0]


def test_all_bad_rows_are_named(tmp_path: Path) -> None:
    found = problems(gold(tmp_path, GOOD, "", {**GOOD}, {"id": "x"}))
    assert found == (
        "gold.jsonl:3: duplicate id 's1', first on line 1",
        "gold.jsonl:4: 'question' must be a text that is not empty",
    )


def test_empty_missing_and_wrongly_encoded_files(tmp_path: Path) -> None:
    assert "holds no questions" in problems(gold(tmp_path))[0]
    assert "cannot be read: No such file" in problems(tmp_path / "absent.jsonl")[0]
    other = tmp_path / "gbk.jsonl"
    other.write_bytes("问题".encode("gbk"))
    assert "not UTF-8" in problems(other)[0]


def test_answers_must_stand_in_their_documents() -> None:
    texts = {"甲.txt": "援建 100 万元。", "乙.txt": "太原、晋城 😀"}
    questions = [
        Question("a", "?", ("100万元",), (), ("甲.txt",), line=1),
        Question("b", "?", ("200万元", "100 万元"), (), ("甲.txt",), line=2),
        Question("c", "?", (), ("太原", "大同"), ("乙.txt",), line=3),
        Question("d", "?", ("晋城",), (), ("甲.txt", "乙.txt"), line=4),
        Question("e", "?", ("甲",), (), ("丙.txt",), line=5),
        Question("f", "?", line=6),
    ]
    assert check_documents(questions, texts.get, name="gold.jsonl") == [
        "gold.jsonl:2: answer '200万元' stands in none of its documents",
        "gold.jsonl:3: item '大同' stands in none of its documents",
        "gold.jsonl:4: document '甲.txt' holds no answer of this question",
        "gold.jsonl:5: document '丙.txt' is not in the index",
    ]


def test_split_is_the_parity_of_the_hash() -> None:
    for question_id in ("s001", "s002", "问题", "😀", ""):
        last_digit = hashlib.sha256(question_id.encode()).hexdigest()[-1]
        assert split_of(question_id) == ("test" if last_digit in "13579bdf" else "tune")


def test_select() -> None:
    questions = [Question(f"q{number}", "?") for number in range(40)]
    tune, test = select(questions, split="tune"), select(questions, split="test")
    assert sorted(q.id for q in tune + test) == sorted(q.id for q in questions)
    assert min(len(tune), len(test)) > 10
    assert select(questions, limit=3) == questions[:3]
    assert select(questions, limit=0) == []
