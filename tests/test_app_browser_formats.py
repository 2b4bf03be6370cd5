"""Documents of every format in the source view, and answers of every shape, in a wide and in a narrow window."""

import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from page_server import Server, show
from page_turns import keep, kept_turn
from test_index_loaders_pdf import chinese_pdf

from index.loaders import load_bytes
from index.types import Document

pytestmark = pytest.mark.browser

FILLER = "\n".join(
    f"第{i}段：这一段只为把正文拉长，与问题无关，好让要找的地方不在第一屏。" for i in range(40)
)


def word_file() -> bytes:
    from docx import Document as Word

    word = Word()
    word.add_heading("黄芩种植情况", 0)
    word.add_paragraph(FILLER)
    word.add_heading("二、抓好五项工作", 1)
    word.add_paragraph("抓好五项工作：选种、育苗、管理、采收、加工。另有六类药材：甲、乙、丙。")
    made = io.BytesIO()
    word.save(made)
    return made.getvalue()


def sheet_file() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["县", "产量（万吨）"], *([f"第{i}县", i] for i in range(60)), ["平鲁区", 15.5]):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


FILES: dict[str, tuple[bytes, str]] = {
    "报告.pdf": (
        chinese_pdf("封面\n没有别的", "第二页说产量为七十七万吨\n另有三十五家企业", "附录"),
        "七十七万吨",
    ),
    "黄芩.docx": (word_file(), "育苗"),
    "产量表.xlsx": (sheet_file(), "15.5"),
    "表.csv": ("县,产量\n" + "".join(f"第{i}县,{i}\n" for i in range(60)) + "怀仁,88.8\n", "88.8"),
    "网页.html": (
        f"<html><body><h1>网页</h1><p>{FILLER}</p><p>网页说产量为99万吨。</p></body></html>",
        "99万吨",
    ),
    "说明.md": (f"# 说明\n\n{FILLER}\n\n## 产量\n\n说明说产量为66万吨。", "66万吨"),
    "简报.txt": (f"簡報\n\n{FILLER}\n\n２０２３年產\n量為５５萬噸，與去年的44万吨相比有所增加。", "５５萬噸"),
}  # type: ignore[dict-item]


def content(name: str) -> bytes:
    data: Any = FILES[name][0]
    return data if isinstance(data, bytes) else data.encode("utf-8")


def document(name: str) -> Document:
    return load_bytes(content(name), name=name, document_id=name)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="wenju-formats-") as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for name in FILES:
            (corpus / name).write_bytes(content(name))
        (corpus / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
        running = Server(corpus, "--reader", "overlap")
        yield running
        running.stop()


def inside(page: Any, selector: str) -> bool:
    box, window = page.locator(selector).first.bounding_box(), page.locator("#wj-source-text").bounding_box()
    return bool(window["y"] <= box["y"] <= box["y"] + box["height"] <= window["y"] + window["height"])


def open_cited(page: Any) -> None:
    show(page, "evidence")
    page.locator("#wj-evidence-body [data-open]").first.click()
    page.wait_for_selector("#wj-source[open] #wj-source-text mark.wj-quote")
    page.wait_for_function("() => !document.querySelector('#wj-source').getAnimations().length")


@pytest.mark.parametrize("name", FILES)
def test_the_cited_words_are_shown_in_the_whole_document(page: Any, name: str) -> None:
    source = document(name)
    keep(page, kept_turn(source, "产量多少？", [FILES[name][1]]))
    open_cited(page)
    shown = page.locator("#wj-source-text mark.wj-quote").all_inner_texts()
    assert "".join(shown) == FILES[name][1]
    assert inside(page, "#wj-source-text mark.wj-quote")
    lines = page.eval_on_selector_all(
        "#wj-source-text .wj-line", "nodes => nodes.map(n => [+n.dataset.start, n.textContent])"
    )
    assert all(source.text.startswith(words, start) for start, words in lines)
    assert "".join(words for _, words in lines) == source.text.replace("\n", "")
    with page.expect_download() as download:
        page.click("#wj-source-download")
    assert Path(download.value.path()).read_bytes() == content(name)
    assert download.value.suggested_filename == name


def test_pages_of_a_pdf_are_told_apart_and_cited(page: Any) -> None:
    keep(page, kept_turn(document("报告.pdf"), "产量多少？", ["七十七万吨"]))
    assert "第 2 页" in page.locator("#wj-evidence-body .wj-meta").first.text_content()
    open_cited(page)
    assert page.locator("#wj-source-text .wj-page").all_inner_texts() == ["第 1 页", "第 2 页", "第 3 页"]
    order = page.evaluate(
        "() => [...document.querySelectorAll('#wj-source-text .wj-page, #wj-source-text mark.wj-quote')].map(n => n.className.split(' ')[0])"
    )
    assert order == ["wj-page", "wj-page", "wj-quote", "wj-page"]


def test_other_hits_are_marked_and_walked_through(page: Any) -> None:
    keep(page, kept_turn(document("简报.txt"), "产量多少？", ["５５萬噸"], alternatives=["44万吨"]))
    open_cited(page)
    assert page.locator("#wj-source-text mark.wj-hit").all_inner_texts() == ["44万吨"]
    assert page.locator("#wj-source-hits").inner_text() == "标记 1/2"
    page.click("#wj-source-next")
    assert page.locator("#wj-source-hits").inner_text() == "标记 2/2"
    assert "wj-here" in page.locator("#wj-source-text mark.wj-hit").get_attribute("class")
    page.click("#wj-source-previous")
    assert "wj-here" in page.locator("#wj-source-text mark.wj-quote").first.get_attribute("class")


def test_old_places_are_not_marked_in_a_changed_document(page: Any) -> None:
    before = replace(document("简报.txt"), sha256="0" * 64)
    keep(page, kept_turn(before, "产量多少？", ["５５萬噸"], alternatives=["44万吨"]))
    show(page, "evidence")
    page.locator("#wj-evidence-body [data-open]").first.click()
    page.wait_for_selector("#wj-source[open] #wj-source-hits:has-text('文档在回答之后已更新')")
    assert page.locator("#wj-source-text .wj-line").count() > 1
    assert page.locator("#wj-source-text mark").count() == 0
    assert not page.locator("#wj-source-next").is_visible()
    page.click("#wj-source-close")
    keep(page, kept_turn(document("简报.txt"), "产量多少？", ["產\n量為５５萬噸"]))
    open_cited(page)  # goes over the end of a line, and is one place nevertheless
    assert page.locator("#wj-source-hits").inner_text() == "标记 1/1"


def test_repairs_of_the_search_text_are_told(page: Any) -> None:
    keep(page, kept_turn(document("简报.txt"), "产量多少？", ["５５萬噸"]))
    open_cited(page)
    page.check("#wj-source-repairs")
    told = page.locator("#wj-source-text .wj-replaced").evaluate_all("nodes => nodes.map(n => n.title)")
    assert any("2023" in one for one in told)
    assert any("万" in one for one in told)


def test_a_heading_leads_to_its_passage(page: Any) -> None:
    source = document("黄芩.docx")
    keep(page, kept_turn(source, "哪五项？", ["育苗"], heading=("二、抓好五项工作",)))
    show(page, "evidence")
    assert page.locator("#wj-evidence-body .wj-heading").inner_text() == "二、抓好五项工作"


@pytest.mark.parametrize(
    ("quotes", "kind", "words"),
    [
        (["选种", "育苗", "管理", "采收", "加工"], "yes", "与原文所说的“五项”一致"),
        (["选种", "育苗", "管理"], "no", "原文说“五项”，请核对是否有遗漏"),
        (["甲", "乙", "丙"], "no", "原文说“六类”，请核对是否有遗漏"),
    ],
    ids=["agrees", "too few", "another list"],
)
def test_a_list_is_counted_against_the_text(page: Any, quotes: list[str], kind: str, words: str) -> None:
    source = document("黄芩.docx")
    start = source.text.index("工作：选种" if kind == "yes" or quotes[0] == "选种" else "药材：甲")
    tail = source.text[start:]
    assert all(quote in tail for quote in quotes)
    keep(page, kept_turn(source, "哪几项？", quotes))
    assert page.locator(".wj-count strong").inner_text() == f"共找到 {len(quotes)} 项"
    assert page.locator(f".wj-agreement-{kind}").inner_text() == words
    assert page.locator(".wj-list li strong").all_inner_texts() == quotes
    cited = page.locator(".wj-list .wj-cite").all_inner_texts()
    assert cited == [f"【{i}】" for i in range(1, len(quotes) + 1)]
    page.locator(".wj-list .wj-cite").last.click()
    page.wait_for_selector(f".wj-card.wj-flash [data-anchor='c{len(quotes)}'].wj-here")


def test_alternatives_are_folded_and_lead_to_their_words(page: Any) -> None:
    keep(
        page,
        kept_turn(document("简报.txt"), "产量多少？", ["５５萬噸"], alternatives=["44万吨"], confidence=0.5),
    )
    assert page.locator(".wj-confidence").inner_text() == "不太确定"
    folded = page.locator(".wj-alternatives")
    assert folded.get_attribute("open") is None
    assert not folded.locator("strong").is_visible()
    folded.locator("summary").click()
    assert folded.locator("strong").inner_text() == "44万吨"
    folded.locator(".wj-cite").click()
    page.wait_for_selector(".wj-card.wj-flash [data-anchor='c2'].wj-here")


def test_a_file_that_cannot_be_read_says_why_in_either_language(page: Any) -> None:
    show(page, "corpus")
    row = page.locator("[data-document='坏.pdf']")
    row.locator(".wj-badge-failed").wait_for()
    assert row.locator(".wj-reason").inner_text() == "已损坏，不能作为 PDF 打开"
    page.click("#wj-language")
    page.wait_for_function("() => /^Broken: /.test(document.querySelector('.wj-reason')?.textContent)")
    assert not re.search("损坏", row.inner_text())
