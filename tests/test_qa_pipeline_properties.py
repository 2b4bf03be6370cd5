"""Whatever stands in a document, whatever is asked: every quote stands where its citation says."""

from __future__ import annotations

import csv
import hashlib
import io
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from docx import Document as WordDocument
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from qa_corpus import check_answer, indexed
from test_index_loaders_pdf import chinese_pdf

from index.corpus_index import CorpusIndex
from index.normalize import normalize
from index.offsets import OffsetMap
from index.passages import make_passages
from index.sync import sync
from index.types import Document
from qa.citations import Citations, answer_text
from qa.enumerations import enumeration_items
from qa.overlap_reader import OverlapReader
from qa.pipeline import Pipeline
from qa.reader import load_reader

PIECES = [
    *"太原市转化煤炭經濟發展的了是和。，、；：！？“”《》（）",
    *"abcXYZ 0123456789.,%-#|/０９",
    *"\t\n\r\u3000\u00a0\u200b\u200d\ufeff\u0301\u0323é½㎡①ﬁﷺ㈠",
    *"😀👍🏽❤🇨🇳",
    "\r\n",
    "\n\n",
    "👨\u200d👩\u200d👧",
    "１２００ 万吨",
    "1,169人",
    "2024年5月",
    "〔2025〕18号",
    "《办\r\n法》",
    "太原、大同和运城",
    "經\u0323濟合\n\n作区",
    "负责人是李建国。",
    "# 标题\n",
]
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=60).map("".join) | st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60
)
NASTY = [
    "２０２４年，太原\u200b市轉化煤炭 １２００ 万\r\n吨，同比增长５.２％。\r\n负责人是李\n建国。",
    "😀会议由太原、大同、阳泉和运\n城等市协办👨\u200d👩\u200d👧。e\u0301tude ﬁnale ½㎡ ﷺ。",
    "\ufeff\u3000 \t\n\n 經濟合\n\n作区共有 1,169\n人。\u00a0",
]
ASKED = [
    "太原市转化了多少万吨煤炭？",
    "哪些市协办会议？",
    "负责人是谁😀",
    "How many people?",
    "經濟合作区有多少人",
    "ﷺ",
]


class OneDocument:
    """An index of one document, in memory."""

    def __init__(self, text: str) -> None:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        self._document, self._offsets = Document("甲.txt", text, digest), normalize(text).offsets

    def document(self, document_id: str) -> Document:
        return self._document

    def offsets(self, document_id: str) -> OffsetMap:
        return self._offsets


@given(TEXTS, st.data())
@settings(max_examples=150)
def test_any_range_of_any_passage_is_cited_as_it_stands(text: str, data: st.DataObject) -> None:
    index = OneDocument(text)
    document = index.document("")
    for passage in make_passages(document, normalize(text)):
        start = data.draw(st.integers(0, len(passage.text) - 1))
        end = data.draw(st.integers(start + 1, len(passage.text)))
        cite = Citations(index, 0.0)  # type: ignore[arg-type]
        span = cite.span(passage, start, end, 1.0)
        again = cite.span(passage, start, end, 2.0)
        whole = cite.passage(passage)
        assert again.citation == span.citation == 1
        for citation in cite.all:
            assert citation.quote
            assert text[citation.start : citation.end] == citation.quote
            assert text[citation.passage.start : citation.passage.end] == citation.passage.text
            assert citation.passage.start <= citation.start < citation.end <= citation.passage.end
        assert cite.all[0].quote == span.text
        assert whole.start <= cite.all[0].start and cite.all[0].end <= whole.end


@given(TEXTS, st.data())
@settings(max_examples=150)
def test_items_are_parts_of_the_text_in_order_and_apart(text: str, data: st.DataObject) -> None:
    searched = normalize(text).text
    if not searched:
        return
    start = data.draw(st.integers(0, len(searched) - 1))
    end = data.draw(st.integers(start + 1, len(searched)))
    items = enumeration_items(searched, start, end)
    assert len(items) != 1
    assert all(0 <= low < high <= len(searched) for low, high in items)
    assert all(before[1] <= after[0] for before, after in pairwise(items))


@given(st.lists(TEXTS, max_size=4))
def test_an_answer_never_shows_a_line_break(quotes: list[str]) -> None:
    said = answer_text(quotes)
    assert "\n" not in said and "\r" not in said
    assert said == "" or any(quotes)


@given(st.lists(TEXTS, min_size=1, max_size=12), st.lists(TEXTS, max_size=4))
@example(NASTY, ASKED)
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
def test_answers_from_any_texts_quote_them_exactly(texts: list[str], questions: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        index_dir = indexed(Path(folder), {f"{number}.txt": text for number, text in enumerate(texts)})
        pipeline = Pipeline(CorpusIndex.open(index_dir), OverlapReader())
        pieces = [text[:40] for text in texts] + [f"{text[5:25]}有多少？" for text in texts]
        for question in (*questions, *ASKED, *pieces):
            answer = pipeline.ask(question)
            assert answer.question == question
            check_answer(answer, pipeline.index)
        pipeline.close()


def write_every_format(folder: Path, texts: list[str]) -> None:
    folder.mkdir()
    lines = ["".join(text.splitlines()) for text in texts]  # a cell, a paragraph
    (folder / "plain.txt").write_bytes("\r\n".join(texts).encode("utf-8-sig"))
    (folder / "gb.txt").write_bytes("\n".join(texts).encode("gb18030"))
    (folder / "marked.md").write_bytes(("# 标题\n\n" + "\n\n".join(texts)).encode())
    (folder / "page.html").write_text(
        "<html><body><h1>标题</h1>" + "".join(f"<p>{line}</p>" for line in lines) + "</body></html>", "utf-8"
    )
    with (folder / "table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["序号", "内容"], *([number, line] for number, line in enumerate(lines))])
    document = WordDocument()
    for line in lines:
        document.add_paragraph("".join(char for char in line if char.isprintable()))
    document.save(str(folder / "word.docx"))
    workbook = Workbook()
    for number, line in enumerate(lines):
        workbook.active.append([number, "".join(char for char in line if char.isprintable())])
    content = io.BytesIO()
    workbook.save(content)
    (folder / "book.xlsx").write_bytes(content.getvalue())
    (folder / "pages.pdf").write_bytes(
        chinese_pdf("2024年，太原市转化煤炭\n1200万吨，同比增长5.2%。", "负责人是李\n建国。")
    )


@pytest.fixture(scope="module")
def every_format(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CorpusIndex]:
    folder = tmp_path_factory.mktemp("formats")
    write_every_format(folder / "corpus", NASTY)
    report = sync(folder / "corpus", folder / "index", workers=1)
    assert not report.failed
    assert report.documents == 8
    corpus_index = CorpusIndex.open(folder / "index")
    yield corpus_index
    corpus_index.close()


@pytest.mark.parametrize("name", ["overlap", "bundled"])
def test_every_format_is_quoted_exactly(every_format: CorpusIndex, name: str) -> None:
    pipeline = Pipeline(every_format, load_reader(name, threads=1))
    for question in ASKED:
        check_answer(pipeline.ask(question), every_format)
    for info in every_format.documents():
        answer = pipeline.ask("太原市转化了多少万吨煤炭？", document_ids=[info.id])
        check_answer(answer, every_format)
        assert {citation.document_id for citation in answer.citations} == {info.id}
        assert normalize(answer.answer).text == "1200万吨"
        if info.format == "pdf":
            assert answer.citations[0].page == 1
