"""Verification finds every way in which an answers file can have become untrue."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from qa_corpus import OFFICE, indexed

from index.corpus_index import CorpusIndex
from index.errors import DocumentError
from qa.calibration import Calibration
from qa.overlap_reader import OverlapReader
from qa.pipeline import Pipeline
from qa.tables import BatchFileError
from qa.verify import VerifiedCitation, count_verdicts, verify_answers

ASKED = ["2024年太原市转化煤炭多少万吨？", "会议由哪些市协办？", "附属小学创办于哪一年？", "😀"]


class Folder:
    """A corpus, its index, and answers over it."""

    def __init__(self, path: Path) -> None:
        self.path, self.corpus = path, path / "corpus"
        self.index = CorpusIndex.open(indexed(path))
        pipeline = Pipeline(self.index, OverlapReader(), calibration=Calibration(answer_threshold=0.0))
        self.answers = [pipeline.ask(question).to_dict() for question in ASKED]

    def verify(self, answers: list[dict] | None = None) -> list[VerifiedCitation]:
        path = self.path / "answers.jsonl"
        rows = [json.dumps(answer, ensure_ascii=False) for answer in answers or self.answers]
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        return list(verify_answers(path, self.index))

    def tampered(self, change: Callable[[dict], object], line: int = 0) -> list[VerifiedCitation]:
        answers = copy.deepcopy(self.answers)
        change(answers[line])
        return self.verify(answers)


@pytest.fixture
def own(tmp_path: Path) -> Folder:
    """For tests that change the corpus."""
    return Folder(tmp_path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("verified"))


def test_untouched_answers_are_all_right(folder: Folder) -> None:
    verified = folder.verify()
    assert len(verified) == sum(len(answer["citations"]) for answer in folder.answers) > 5
    assert {v.verdict for v in verified} == {"ok"}
    assert [v.line for v in verified] == sorted(v.line for v in verified)
    assert {v.question for v in verified} == set(ASKED[:3])
    assert count_verdicts(verified) == {"ok": len(verified), "changed": 0, "missing": 0, "wrong": 0}


def test_a_changed_source_is_told_with_what_became_of_the_quote(own: Folder) -> None:
    path = own.corpus / "office.txt"
    path.write_bytes(("前言。" + OFFICE.replace("大同", "忻州")).encode())
    changed = [v for v in own.verify() if v.document_id == "office.txt"]
    assert {v.verdict for v in changed} == {"changed"}
    details = {v.detail for v in changed}
    assert "the document changed; the quote is gone" in details
    assert any("stands 1 times" in detail for detail in details)


def test_a_deleted_or_broken_source_is_missing(own: Folder) -> None:
    (own.corpus / "office.txt").unlink()
    (own.corpus / "school.txt").write_bytes(b"\0" * 100)
    verdicts = {(v.document_id, v.verdict) for v in own.verify()}
    assert {("office.txt", "missing"), ("school.txt", "missing")} <= verdicts


def test_a_file_that_was_read_with_more_than_is_at_hand_is_that_of_the_index(
    own: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scanned(*_: object, **__: object) -> None:
        raise DocumentError("office.txt is scanned")

    monkeypatch.setattr("qa.verify.load_document", scanned)
    assert {v.verdict for v in own.verify()} == {"ok"}
    (own.corpus / "office.txt").write_text("别的", encoding="utf-8")
    assert {v.verdict for v in own.verify() if v.document_id == "office.txt"} == {"missing"}


def test_without_the_folder_the_index_is_the_source(own: Folder) -> None:
    own.corpus.rename(own.path / "elsewhere")
    assert {v.verdict for v in own.verify()} == {"ok"}
    found = own.tampered(lambda answer: answer["citations"][0].update(document_id="unknown.txt"))
    assert found[0].verdict == "missing"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda a: a["citations"][0].update(quote="9999 万吨"), id="quote"),
        pytest.param(lambda a: a["citations"][0].update(start=a["citations"][0]["start"] + 1), id="start"),
        pytest.param(lambda a: a["citations"][0].update(end=10**9), id="end beyond the text"),
        pytest.param(lambda a: a["citations"][0].update(start=-5), id="start before the text"),
        pytest.param(
            lambda a: a["citations"][0].update(end=a["citations"][0]["start"], quote=""), id="empty"
        ),
        pytest.param(lambda a: a["citations"][0]["passage"].update(text="别的话"), id="passage"),
        pytest.param(lambda a: a["spans"][0].update(text="9999 万吨"), id="span"),
        pytest.param(lambda a: a.update(answer="9999 万吨"), id="answer"),
        pytest.param(lambda a: a.update(answer=a["answer"] + "以上"), id="words added to the answer"),
        pytest.param(lambda a: a.update(answer=""), id="answer emptied"),
        pytest.param(lambda a: a.update(spans=[]), id="spans removed"),
    ],
)
def test_words_that_do_not_stand_there_are_wrong(folder: Folder, change: Callable[[dict], object]) -> None:
    verified = folder.tampered(change)
    assert verified[0].verdict == "wrong"
    assert verified[0].detail
    assert {v.verdict for v in verified if v.line > 1} == {"ok"}


def test_a_tampered_item_of_a_list_is_wrong(folder: Folder) -> None:
    assert folder.answers[1]["answer"] == "太原、大同、阳泉、运城"
    verified = folder.tampered(lambda answer: answer.update(answer="太原、大同、阳泉、北京"), line=1)
    assert "wrong" in {v.verdict for v in verified if v.line == 2}


@pytest.mark.parametrize(
    "document_id",
    [
        "../secret.txt",
        "/etc/hostname",
        "a/../../secret.txt",
        "x" * 5000,
        "甲\0乙",
        "",
        ".",
        "corpus",
        "link.txt",
    ],
)
def test_no_document_id_leads_out_of_the_corpus(folder: Folder, document_id: str) -> None:
    (folder.path / "secret.txt").write_text(OFFICE, encoding="utf-8")
    if not (folder.corpus / "link.txt").is_symlink():
        (folder.corpus / "link.txt").symlink_to(folder.path / "secret.txt")
    found = folder.tampered(lambda answer: answer["citations"][0].update(document_id=document_id))
    assert found[0].verdict == "missing"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("not JSON", "line 1: not JSON"),
        ("[" * 100_000, "line 1: not JSON"),
        ('{"question": "a", "citations": []}\n[]', "line 2: not an answer"),
        ("😀", "line 1: not JSON"),
        ('{"citations": []}', "line 1: not an answer"),
        ('{"question": "a", "citations": null}', "line 1: a citation is not in the form"),
        ('{"question": "a", "citations": ["x"]}', "line 1: a citation is not in the form"),
        ('{"question": "a", "citations": [{"id": 1}]}', "line 1: a citation is not in the form"),
        (
            '{"question": "a", "citations": [{"id": 1, "document_id": "office.txt", "sha256": "0", "start": 0, '
            '"end": 1, "quote": 5}]}',
            "line 1: a citation is not in the form",
        ),
    ],
)
def test_a_file_that_is_no_answers_file_is_one_clear_error(folder: Folder, content: str, said: str) -> None:
    path = folder.path / "answers.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BatchFileError, match=said) as caught:
        list(verify_answers(path, folder.index))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_clear_error(folder: Folder) -> None:
    with pytest.raises(BatchFileError, match="cannot be read"):
        list(verify_answers(folder.path / "nothing.jsonl", folder.index))


def test_rows_in_error_and_empty_lines_hold_no_citations(folder: Folder) -> None:
    path = folder.path / "answers.jsonl"
    path.write_text('\ufeff{"question": "a", "error": "b"}\n\n  \n', encoding="utf-8")
    assert list(verify_answers(path, folder.index)) == []


def test_what_ask_prints_as_json_is_verified(folder: Folder) -> None:
    path = folder.path / "one.json"
    path.write_text(json.dumps(folder.answers[0], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    verified = list(verify_answers(path, folder.index))
    assert {v.verdict for v in verified} == {"ok"} and len(verified) == len(folder.answers[0]["citations"])


@pytest.mark.parametrize("name", ["answers.csv", "answers.XLSX"])
def test_a_spreadsheet_of_answers_is_named(folder: Folder, name: str) -> None:
    (folder.path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(BatchFileError, match=f"{name}: a spreadsheet of answers holds no citations to check"):
        list(verify_answers(folder.path / name, folder.index))
