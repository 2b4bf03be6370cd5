"""The documents that come with Wenju: every answer stands in its evidence, and nothing is in both parts or in a test set."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.dataset import Question, check_documents, load_gold
from eval.written_set import PARTS, unpack_written_set
from index.normalize import fold

Unpacked = dict[str, tuple[dict[str, str], list[Question]]]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    found = {}
    for part in PARTS:
        folder = tmp_path_factory.mktemp(part)
        assert (
            main(["written-set", part, "--corpus", str(folder / "c"), "--gold", str(folder / "g.jsonl")]) == 0
        )
        texts = {file.name: file.read_text(encoding="utf-8") for file in (folder / "c").iterdir()}
        questions = load_gold(folder / "g.jsonl")
        asked = {name for question in questions for name in question.documents}
        found[part] = {name: text for name, text in texts.items() if name in asked}, questions
        assert (
            len(texts) == {"train": 510, "dev": 48, "test": 48, "english_dev": 61, "english_test": 61}[part]
        )
    return found


@pytest.mark.parametrize("part", PARTS)
def test_answers_and_items_stand_in_their_evidence_and_that_in_its_document(
    unpacked: Unpacked, part: str
) -> None:
    texts, questions = unpacked[part]
    assert not check_documents(questions, texts.get)
    for question in questions:
        assert question.evidence in texts[question.documents[0]], question
        assert all(text in question.evidence for text in question.expected), question
        assert (question.kind == "none") == ("unanswerable" in question.tags), question


def test_the_parts_share_no_document_and_no_question(unpacked: Unpacked) -> None:
    for (name, one), (other_name, other) in itertools.combinations(unpacked.items(), 2):
        assert not {fold(q.question) for q in one[1]} & {fold(q.question) for q in other[1]}
        english = "english" in name + other_name
        length = 80 if english else 50  # shorter ones are stock phrases of official prose
        assert not _runs(one[0], length) & _runs(other[0], length)


def _runs(texts: dict[str, str], length: int) -> set[str]:
    """So many characters in a row, wherever they begin."""
    return {text[at : at + length] for text in texts.values() for at in range(len(text) - length + 1)}


def test_no_question_of_the_seeds_is_asked_and_no_sentence_of_them_copied(unpacked: Unpacked) -> None:
    seeds = {fold(q.question) for q in load_gold(Path("eval/gold/seeds.jsonl"))}
    sources = {path.name: path.read_text(encoding="utf-8") for path in Path("seeds").glob("*.txt")}
    assert len(sources) == 5
    for texts, questions in unpacked.values():
        assert not seeds & {fold(q.question) for q in questions}
        assert not _runs(sources, 25) & _runs(texts, 25)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("我的", encoding="utf-8")
    assert (
        main(["written-set", "dev", "--corpus", str(tmp_path / "c"), "--gold", str(tmp_path / "g.jsonl")])
        == 1
    )
    assert "mine.txt" in capsys.readouterr().err
    assert not (tmp_path / "g.jsonl").exists()


def test_a_damaged_archive_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "written_dev.jsonl.xz"
    broken.write_bytes(PARTS["dev"].read_bytes()[:2000])
    monkeypatch.setitem(PARTS, "dev", broken)
    with pytest.raises(Exception, match=r"written_dev\.jsonl\.xz cannot be read"):
        unpack_written_set("dev", tmp_path / "c", tmp_path / "g.jsonl")
    assert not (tmp_path / "c").exists()
