"""Every flow of the page in a real Chromium over the seeds: asking, evidence, source view, history, keyboard, languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_server import ROOT, Server, ask, browser, opened_page, seeds_server

pytestmark = pytest.mark.browser

COAL = "山西援建的新疆准东产业园项目每年转化煤炭多少万吨？"
AID = "2024年晋中开发区对北亭经济技术开发区援建多少万元？"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def server() -> Server:
    return seeds_server()


@pytest.fixture
def page(chromium: Any, server: Server) -> Iterator[Any]:
    with opened_page(chromium, server.url) as opened:
        yield opened


def test_an_answer_stands_beside_its_evidence(page: Any) -> None:
    turn = ask(page, COAL)
    assert turn.locator(".wj-short strong").inner_text() == "1200 万吨"
    assert "1200 万吨" in turn.locator(".wj-sentence strong").inner_text()
    assert turn.locator(".wj-confidence").inner_text() in ("很确定", "较确定")
    assert re.search(r"\d+%", turn.locator(".wj-confidence").get_attribute("title"))
    first = page.locator("#wj-evidence-body .wj-card").first
    assert first.get_attribute("open") is not None
    assert first.locator("mark.wj-quote").inner_text() == "1200 万吨"
    assert "晋能源提函〔2025〕18号" in first.inner_text()
    assert "2025-06-20" in first.inner_text()


def test_a_citation_leads_to_its_passage_and_the_passage_to_the_source(page: Any, server: Server) -> None:
    turn = ask(page, COAL)
    turn.locator("[data-cite='1']").first.click()
    page.wait_for_selector(".wj-card[data-citations~='1'].wj-flash")
    page.locator(".wj-card[data-citations~='1'] [data-open]").click()
    page.wait_for_selector("#wj-source[open]")
    quote = page.locator("#wj-source-text mark.wj-quote").first
    quote.wait_for()
    assert page.locator("#wj-source-text mark.wj-quote").all_inner_texts() == [
        "1200 万吨"
    ] or "1200" in "".join(page.locator("#wj-source-text mark.wj-quote").all_inner_texts())
    box, window = quote.bounding_box(), page.locator("#wj-source-text").bounding_box()
    assert window["y"] <= box["y"] <= window["y"] + window["height"]
    assert not page.locator("#wj-source-text .wj-removed").first.evaluate(
        "n => getComputedStyle(n).boxShadow.includes('inset')"
    )
    page.check("#wj-source-repairs")
    assert page.locator("#wj-source-text .wj-removed").first.evaluate(
        "n => getComputedStyle(n).boxShadow.includes('inset')"
    )
    with page.expect_download() as download:
        page.click("#wj-source-download")
    original = server.corpus / "000_a747320a06236df0.txt"
    assert Path(download.value.path()).read_bytes() == original.read_bytes()
    page.keyboard.press("Escape")
    assert not page.locator("#wj-source").is_visible()


def test_what_the_documents_do_not_hold_is_refused(page: Any) -> None:
    turn = ask(page, "？？？")
    assert turn.locator(".wj-refusal-none .wj-refusal-title").inner_text() == "文档里没有这个问题的答案"
    assert turn.locator(".wj-short").count() == 0
    assert page.locator("#wj-evidence-body .wj-card").count() == 0


def test_related_passages_are_shown_and_not_called_an_answer(page: Any, server: Server) -> None:
    text = (server.corpus / "000_a747320a06236df0.txt").read_text(encoding="utf-8")
    start = text.index("在能源领域方面")
    passage = {"start": start, "end": start + 90, "text": text[start : start + 90]}
    cited = {"id": 1, "document_id": "000_a747320a06236df0.txt", "sha256": "0" * 64, "title": "答复", "page": None, "heading": ["能源"], "start": start, "end": start + 90, "quote": passage["text"], "passage": passage}  # fmt: skip
    answer = {"question": "能源投资多少？", "status": "related", "answer": "", "confidence": 0.3, "spans": [], "citations": [cited], "alternatives": [], "timings_ms": {"total": 9}, "index": ""}  # fmt: skip
    stored = [
        {
            "id": "1",
            "turn": {"typed": "能源投资多少？", "answer": answer, "parts": [], "scores": {}, "scope": 0},
        }
    ]
    page.evaluate("kept => localStorage.setItem('wenju::turns', JSON.stringify(kept))", stored)
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    assert page.locator(".wj-refusal-related .wj-refusal-title").inner_text() == "没有找到可以确定的答案"
    page.locator(".wj-related [data-cite='1']").click()
    page.wait_for_selector(".wj-card[data-citations~='1'].wj-flash[open]")
    assert "文档在回答之后已更新" in page.locator(".wj-card[data-citations~='1']").inner_text()


def test_a_follow_up_shows_what_was_searched_and_can_be_changed(page: Any) -> None:
    ask(page, AID)
    turn = ask(page, "那大同呢？")
    texts = turn.locator(".wj-chip-text").all_inner_texts()
    assert "大同" in "".join(texts)
    assert turn.locator(".wj-carried").count() >= 1
    number = page.locator(".wj-turn[data-id]").count()
    turn.locator(".wj-chip-text").first.click()
    page.fill(".wj-chip-field", "2023年")
    page.press(".wj-chip-field", "Enter")
    page.wait_for_function(
        "() => document.querySelector('#wj-evidence-for').textContent.startsWith('2023年')"
    )
    assert page.locator(".wj-turn[data-id]").count() == number
    ask(page, "那大同呢？")
    last = page.locator(".wj-turn[data-id]").last
    before = page.locator("#wj-evidence-for").inner_text()
    last.locator(".wj-chip-remove").first.click()
    page.wait_for_function(
        "before => document.querySelector('#wj-evidence-for').textContent.length < before.length", arg=before
    )


def test_an_older_answer_brings_its_evidence_back(page: Any) -> None:
    first = ask(page, COAL)
    evidence = page.locator("#wj-evidence-body").inner_html()
    node = page.locator(".wj-turn[data-id]").first
    ask(page, AID)
    assert page.locator("#wj-evidence-body").inner_html() != evidence
    node.locator(".wj-answer").click()
    assert page.locator("#wj-evidence-body").inner_html() == evidence
    assert "wj-active" in node.get_attribute("class")
    assert first is not None


def test_the_conversation_outlives_a_reload_and_can_be_cleared(page: Any) -> None:
    ask(page, COAL)
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    assert page.locator(".wj-turn[data-id] .wj-short strong").inner_text() == "1200 万吨"
    assert page.locator("#wj-evidence-body mark.wj-quote").first.inner_text() == "1200 万吨"
    page.click("#wj-clear")
    page.click("#wj-dialog-cancel")
    assert page.locator(".wj-turn").count() == 1
    page.click("#wj-clear")
    page.click("#wj-dialog-confirm")
    page.wait_for_selector("#wj-welcome:visible")
    assert page.locator(".wj-turn").count() == 0
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    assert page.locator(".wj-turn").count() == 0


def test_conversations_of_two_browsers_are_apart(chromium: Any, server: Server, page: Any) -> None:
    ask(page, COAL)
    with opened_page(chromium, server.url) as other:
        assert other.locator(".wj-turn").count() == 0


def test_examples_come_from_the_corpus_and_suggestions_follow(page: Any) -> None:
    page.wait_for_selector("#wj-examples .wj-suggestion", timeout=60_000)
    page.locator("#wj-examples .wj-suggestion").first.click()
    page.wait_for_selector(".wj-turn[data-id] .wj-short")
    page.wait_for_selector(".wj-next .wj-suggestion")
    page.locator(".wj-next .wj-suggestion").first.click()
    page.wait_for_function("() => document.querySelectorAll('.wj-turn[data-id]').length === 2")


def test_only_chosen_documents_are_asked(page: Any) -> None:
    row = page.locator("[data-document^='002_']")
    row.locator("input[type=checkbox]").check()
    assert page.locator("#wj-scope").inner_text() == "已选 1 份"
    turn = ask(page, COAL)
    assert "只在 1 份文档中查找" in turn.inner_text()
    titles = set(page.locator("#wj-evidence-body .wj-card-title").all_inner_texts())
    assert len(titles) <= 1
    page.click("#wj-choose-none")
    assert page.locator("#wj-scope").inner_text() == "全部文档"


def test_documents_are_filtered_by_words_year_and_body(page: Any) -> None:
    page.wait_for_function("() => document.querySelectorAll('.wj-document').length >= 5")
    page.fill("#wj-filter", "晋能源提函")
    page.wait_for_function("() => document.querySelectorAll('.wj-document').length === 1")
    page.fill("#wj-filter", "没有这样的文档")
    page.wait_for_selector("#wj-documents .wj-empty")
    page.fill("#wj-filter", "")
    page.select_option("#wj-year", "2024")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.wj-document')].every(n => n.dataset.document.startsWith('001_'))"
    )
    page.select_option("#wj-year", "")
    page.select_option("#wj-issuer", "山西省能源局")
    page.wait_for_function("() => document.querySelectorAll('.wj-document').length === 1")


def test_files_are_added_replaced_and_deleted(page: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "朔州简报.txt", tmp_path / "坏.docx"
    good.write_text("朔州简报\n\n2022年朔州市右玉县沙棘产量达到77万吨。\n", encoding="utf-8")
    bad.write_bytes(b"PK\x03\x04 broken")
    page.set_input_files("#wj-files", [good, bad])
    page.wait_for_selector("#wj-uploads .wj-bad")
    assert "未接收" in page.locator("#wj-uploads .wj-bad").inner_text()
    row = page.locator(".wj-document:has-text('朔州简报')")
    row.locator("input:enabled").wait_for()
    assert ask(page, "右玉县沙棘产量达到多少万吨？").locator(".wj-short strong").inner_text() == "77万吨"
    good.write_text("朔州简报\n\n2022年朔州市右玉县沙棘产量达到88万吨。\n", encoding="utf-8")
    row.locator(".wj-more").click()
    with page.expect_file_chooser() as chooser:
        row.get_by_role("menuitem", name="替换").click()
    chooser.value.set_files(good)
    page.wait_for_selector("#wj-uploads .wj-good:has-text('已替换')")
    page.wait_for_selector("#wj-evidence-body .wj-stale", timeout=30_000)
    assert "文档在回答之后已更新" in page.locator("#wj-evidence-body .wj-stale").first.inner_text()
    assert ask(page, "右玉县沙棘产量达到多少万吨？").locator(".wj-short strong").inner_text() == "88万吨"
    row.locator(".wj-more").click()
    row.get_by_role("menuitem", name="删除").click()
    assert "朔州简报" in page.locator("#wj-dialog-text").inner_text()
    page.click("#wj-dialog-confirm")
    row.wait_for(state="detached")
    page.wait_for_selector("#wj-evidence-body .wj-stale:has-text('文档已删除')", timeout=30_000)


def test_files_can_be_dropped(page: Any, server: Server) -> None:
    transfer = page.evaluate_handle(
        "() => { const d = new DataTransfer(); d.items.add(new File(['拖入的文档\\n\\n内容一行。'], '拖入.md')); return d; }"
    )
    page.dispatch_event("#wj-drop", "drop", {"dataTransfer": transfer})
    row = page.locator(".wj-document:has-text('拖入的文档')")
    row.locator("input:enabled").wait_for()
    row.locator(".wj-more").click()
    row.get_by_role("menuitem", name="删除").click()
    page.click("#wj-dialog-confirm")
    row.wait_for(state="detached")
    assert list((server.index / "trash").iterdir())


def test_the_index_is_made_anew_while_questions_go_on(page: Any) -> None:
    page.click("#wj-reindex")
    page.wait_for_selector("#wj-state[data-state='updating']")
    assert ask(page, COAL).locator(".wj-short strong").inner_text() == "1200 万吨"
    page.wait_for_selector("#wj-state[data-state='ready']", timeout=60_000)


def test_a_sheet_of_questions_becomes_a_sheet_of_answers(page: Any, tmp_path: Path) -> None:
    from openpyxl import Workbook, load_workbook

    book = Workbook()
    for row in (["编号", "问题"], [1, COAL], [2, AID]):
        book.active.append(row)
    book.save(tmp_path / "questions.xlsx")
    page.click("#wj-tab-batch")
    page.set_input_files("#wj-batch-file", tmp_path / "questions.xlsx")
    page.wait_for_selector("#wj-batch-job table")
    assert "2 题有答案" in page.locator("#wj-batch-job").inner_text()
    with page.expect_download() as download:
        page.locator("#wj-batch-job a").first.click()
    download.value.save_as(tmp_path / "answers.xlsx")
    rows = list(load_workbook(tmp_path / "answers.xlsx").active.iter_rows(values_only=True))
    answers = [row[rows[0].index("answer")] for row in rows[1:]]
    assert answers[0] == "1200 万吨"
    assert "100" in answers[1]


def test_an_opinion_and_the_right_words_are_kept(page: Any, server: Server) -> None:
    from qa.feedback import FEEDBACK_NAME, FeedbackStore

    question = "同心强产业的记者叫什么名字？"
    turn = ask(page, question)
    turn.locator(".wj-verdict-wrong").click()
    turn.locator(".wj-correct button").click()
    page.wait_for_selector("#wj-source[open]")
    page.evaluate(
        """() => {
          const line = [...document.querySelectorAll('#wj-source-text .wj-line')].find(n => n.textContent.trim().length > 8);
          const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          let node = walker.nextNode(); while (node.textContent.length < 3) node = walker.nextNode();
          const range = document.createRange(); range.setStart(node, 1); range.setEnd(node, 3);
          getSelection().removeAllRanges(); getSelection().addRange(range);
          line.scrollIntoView();
        }"""
    )
    chosen = page.evaluate("() => getSelection().toString()")
    page.click("#wj-source-mark")
    page.wait_for_selector(".wj-toast:has-text('已记录这处文字')")
    found = [one for one in FeedbackStore(server.index / FEEDBACK_NAME).all() if one.question == question]
    assert [(one.verdict, one.marked and one.marked.quote) for one in found] == [("wrong", chosen)]
    text = (server.corpus / found[0].marked.document_id).read_text(encoding="utf-8")
    assert text[found[0].marked.start : found[0].marked.end] == chosen


def test_an_answer_is_copied_with_its_source(page: Any) -> None:
    turn = ask(page, COAL)
    turn.get_by_role("button", name="复制（含出处）").click()
    page.wait_for_selector(".wj-toast")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.splitlines()[1] == "1200 万吨"
    assert "【1】“" in copied
    assert "（000_a747320a06236df0.txt）" in copied


def test_keys_do_what_they_say(page: Any) -> None:
    assert page.evaluate("() => document.activeElement.id") == "wj-question"
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    assert page.input_value("#wj-question") == "第一行\n第二行"
    assert page.locator(".wj-turn").count() == 0
    held: list[Any] = []
    page.route("**/wj/ask", lambda route: held.append(route))
    page.keyboard.press("Enter")
    page.wait_for_selector(".wj-pending")
    assert page.locator("#wj-stop").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector(".wj-failed:has-text('已停止')")
    held[0].abort()
    page.unroute("**/wj/ask")
    page.locator(".wj-failed button").click()
    page.wait_for_selector(".wj-turn[data-id]")


def test_the_focus_goes_through_the_page_in_reading_order(page: Any) -> None:
    order = []
    page.evaluate("() => { const n = document.querySelector('.wj-brand'); n.tabIndex = -1; n.focus(); }")
    for _ in range(40):
        page.keyboard.press("Tab")
        order.append(page.evaluate("() => document.activeElement.closest('header, #wj-corpus, #wj-chat, #wj-evidence')?.id || document.activeElement.closest('header')?.className || ''"))  # fmt: skip
    seen = [name for name in dict.fromkeys(order) if name]
    assert seen[:4] == ["wj-top", "wj-corpus", "wj-chat", "wj-evidence"]
    page.focus("#wj-tab-ask")
    page.keyboard.press("ArrowRight")
    assert page.locator("#wj-tab-batch").get_attribute("aria-selected") == "true"


def test_the_page_speaks_english(chromium: Any, server: Server) -> None:
    with opened_page(chromium, server.url, language="en-GB") as page:
        turn = ask(page, COAL)
        assert turn.locator(".wj-confidence").inner_text() in ("Very sure", "Fairly sure")
        chrome = page.evaluate(
            """() => [...document.querySelectorAll('[data-i18n], .wj-actions *, .wj-confidence, .wj-scope strong')]
               .filter(n => n.checkVisibility() && n.id !== 'wj-language').map(n => n.textContent).join(' ')"""
        )
        assert not re.search("[\u4e00-\u9fff]", chrome), chrome
        page.click("#wj-language")
        page.wait_for_selector("#wj-tab-ask:has-text('提问')")
        page.wait_for_selector(".wj-confidence:has-text('确定')")
        page.reload()
        page.wait_for_selector("#wenju[data-ready]")
        assert page.locator("#wj-tab-ask").inner_text() == "提问"


def test_the_evaluation_can_be_started_and_stopped(page: Any) -> None:
    page.click("#wj-tab-evaluation")
    page.click("#wj-run")
    page.wait_for_selector("#wj-evaluation-job progress")
    page.click("#wj-run-stop")
    page.wait_for_selector("#wj-evaluation-job:has-text('已停止')")


def test_every_control_has_a_name(page: Any) -> None:
    ask(page, COAL)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('#wenju button, #wenju a, #wenju input, #wenju select, #wenju textarea, #wenju [role=button], #wenju [role=tab], #wenju dialog[open]')]
           .filter(n => n.checkVisibility() && n.type !== 'file')
           .filter(n => !(n.getAttribute('aria-label') || n.getAttribute('aria-labelledby') || n.textContent.trim() || n.labels?.length))
           .map(n => n.outerHTML.slice(0, 120))"""
    )
    assert nameless == []
    repeated = page.evaluate(
        "() => [...document.querySelectorAll('[id]')].map(n => n.id).filter((id, i, all) => id && all.indexOf(id) !== i)"
    )
    assert repeated == []


CONTRAST = """() => {
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return c.startsWith('color(srgb') ? [m[0]*255, m[1]*255, m[2]*255, m[3] ?? 1] : [m[0], m[1], m[2], m[3] ?? 1]; };
  const light = ([r, g, b]) => { const f = (v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const ground = (n) => { const layers = []; for (; n; n = n.parentElement) { const c = parse(getComputedStyle(n).backgroundColor); if (c[3] > 0) layers.push(c); if (c[3] === 1) break; } return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255, 1]); };
  const low = [];
  const walker = document.createTreeWalker(document.getElementById('wenju'), NodeFilter.SHOW_TEXT);
  for (let t = walker.nextNode(); t; t = walker.nextNode()) {
    const n = t.parentElement;
    if (!t.textContent.trim() || !n.checkVisibility() || n.disabled || n.closest('[aria-hidden=true], option')) continue;
    const style = getComputedStyle(n), under = ground(n), ink = over(parse(style.color), under);
    const [a, b] = [light(ink), light(under)].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && +style.fontWeight >= 700);
    if ((a + .05) / (b + .05) < (large ? 3 : 4.5)) low.push(`${((a + .05) / (b + .05)).toFixed(2)} ${n.className} ${t.textContent.trim().slice(0, 20)}`);
  }
  return low;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(chromium: Any, server: Server, scheme: str) -> None:
    with opened_page(chromium, server.url, scheme=scheme) as page:
        assert page.evaluate(CONTRAST) == []
        ask(page, AID)
        ask(page, "那大同呢？")
        ask(page, "？？？")
        page.evaluate("() => document.querySelectorAll('details').forEach(n => { n.open = true; })")
        assert page.evaluate(CONTRAST) == []
        page.locator(".wj-turn").first.locator("[data-cite]").first.click()
        page.locator("#wj-evidence-body [data-open]").first.click()
        page.wait_for_selector("#wj-source[open]")
        page.check("#wj-source-repairs")
        assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", [360, 390])
def test_the_page_fits_a_phone(chromium: Any, server: Server, width: int) -> None:
    with opened_page(chromium, server.url, size=(width, 780), language="en-US", has_touch=True) as page:
        overflow = "() => [...document.querySelectorAll('#wenju *')].filter(n => n.checkVisibility() && n.getBoundingClientRect().right > innerWidth + 1 && !n.closest('.wj-table, .wj-state, #wj-toasts, .wj-evidence-for')).map(n => n.id || n.className)"
        assert page.evaluate(overflow) == []
        ask(page, AID)
        assert page.evaluate(overflow) == []
        page.locator("[data-cite='1']").first.tap()
        page.wait_for_selector(".wj-card[data-citations~='1']:visible")
        assert page.evaluate(overflow) == []
        page.locator(".wj-card[data-citations~='1'] [data-open]").tap()
        page.wait_for_selector("#wj-source[open]")
        page.wait_for_function(f"() => !({overflow})().length")  # once it has slid in
        page.locator("#wj-source-close").tap()
        page.locator("[data-show-pane=corpus]").tap()
        page.wait_for_selector("#wj-documents:visible")
        assert page.evaluate(overflow) == []
        page.locator("#wj-tab-batch").tap()
        assert page.evaluate(overflow) == []


def test_the_layout_does_not_jump_while_an_answer_comes(page: Any) -> None:
    ask(page, COAL)
    page.evaluate(
        "() => { window.moved = 0; new PerformanceObserver((l) => l.getEntries().forEach((e) => { if (!e.hadRecentInput) moved += e.value; })).observe({ type: 'layout-shift', buffered: false }); }"
    )
    turn = ask(page, AID)
    turn.locator(".wj-short").wait_for()
    page.wait_for_timeout(600)
    assert page.evaluate("() => window.moved") < 0.1


def test_root_is_where_the_tests_run() -> None:
    assert (ROOT / "app.py").is_file()
