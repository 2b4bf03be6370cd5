"""Small indexed corpora for the tests of the answering side, and what must hold of every answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from index.corpus_index import CorpusIndex
from index.sync import sync
from qa.citations import answer_text
from qa.types import Answer

OFFICE = (
    "关于做好煤炭转化工作的通知\n\n各市能源局：\n"
    "　　2024年，太原市转化煤炭 1200 万吨，同比增长5.2%。晋中开发区援建资金100万元。\n"
    "　　会议由太原、大同、阳泉和运城等市协办。项目负责人是李建国，联系电话 0351-1234567。\n"
)
SCHOOL = (
    "附属小学简介\r\n\r\n学校创办于1902年，位于太原市迎泽区，现有教师85名、学生1,169人。\r\n"
    "校训是“勤奋、求实、创新”。\r\n"
)
ENGLISH = "The Taiyuan Steel Museum opened in 1998.\nIt holds 3,200 objects and is led by Ms. Chen.\n"
SMALL = {"office.txt": OFFICE, "school.txt": SCHOOL, "english.md": ENGLISH}


def write_corpus(folder: Path, texts: Mapping[str, str]) -> Path:
    """Make the folder hold these texts, byte for byte, and nothing else."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode("utf-8"))
    return folder


def indexed(folder: Path, texts: Mapping[str, str] = SMALL) -> Path:
    """Write texts to ``folder/corpus``, index them into ``folder/index`` and return that."""
    sync(write_corpus(folder / "corpus", texts), folder / "index", workers=1)
    return folder / "index"


def check_answer(answer: Answer, corpus_index: CorpusIndex) -> None:
    """Assert the promises of an answer: every quote stands where its citation says, and the answer is made of quotes."""
    cited = {citation.id: citation for citation in answer.citations}
    assert [citation.id for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    for citation in answer.citations:
        document = corpus_index.document(citation.document_id)
        assert document.sha256 == citation.sha256
        assert citation.quote
        assert document.text[citation.start : citation.end] == citation.quote
        passage = citation.passage
        assert document.text[passage.start : passage.end] == passage.text
        assert passage.start <= citation.start < citation.end <= passage.end
        assert citation.page == document.page_at(citation.start)
        assert citation.title
    for span in (*answer.spans, *answer.alternatives):
        assert cited[span.citation].quote == span.text
    assert answer.answer == answer_text([span.text for span in answer.spans])
    assert (answer.status == "answered") == bool(answer.spans)
    assert (answer.status == "none") == (not answer.citations)
    assert 0 <= answer.confidence <= 1
    assert Answer.from_dict(answer.to_dict()) == answer
