"""Asking in a real Chromium over the seeds, in a wide and in a narrow window: answers, evidence, source view, follow-ups, history, keys."""

import re
from pathlib import Path
from typing import Any

import pytest
from page_server import (
    AID,
    COAL,
    Server,
    Windows,
    ask,
    show,
    visited,
)

pytestmark = pytest.mark.browser


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
    page.locator("#wj-source").wait_for(state="hidden")


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
    show(page, "chat")
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


def test_conversations_of_two_browsers_are_apart(opened: Windows, server: Server, page: Any) -> None:
    ask(page, COAL)
    with opened.another() as window, visited(window, server.url) as other:
        assert other.locator(".wj-turn").count() == 0


def test_examples_come_from_the_corpus_and_suggestions_follow(page: Any) -> None:
    page.wait_for_selector("#wj-examples .wj-suggestion", timeout=60_000)
    page.locator("#wj-examples .wj-suggestion").first.click()
    page.wait_for_selector(".wj-turn[data-id] .wj-short")
    page.wait_for_selector(".wj-next .wj-suggestion")
    page.locator(".wj-next .wj-suggestion").first.click()
    page.wait_for_function("() => document.querySelectorAll('.wj-turn[data-id]').length === 2")


def test_an_answer_is_copied_with_its_source(page: Any) -> None:
    turn = ask(page, COAL)
    turn.get_by_role("button", name="复制（含出处）").click()
    page.wait_for_selector(".wj-toast")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.splitlines()[1] == "1200 万吨"
    assert "【1】“" in copied
    assert "（000_a747320a06236df0.txt）" in copied


def test_keys_do_what_they_say(page: Any) -> None:
    if page.viewport_size["width"] > 760:  # on a phone the keyboard would cover the page
        assert page.evaluate("() => document.activeElement.id") == "wj-question"
    page.focus("#wj-question")
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    assert page.input_value("#wj-question") == "第一行\n第二行"
    assert page.locator(".wj-turn").count() == 0
    held: list[Any] = []
    page.route("**/wj/ask", lambda route: held.append(route))
    with page.expect_request("**/wj/ask"):
        page.keyboard.press("Enter")
    page.wait_for_selector(".wj-pending")
    assert page.locator("#wj-stop").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector(".wj-failed:has-text('已停止')")
    held[0].abort()
    page.unroute("**/wj/ask")
    page.locator(".wj-failed button").click()
    page.wait_for_selector(".wj-turn[data-id]")


def test_a_person_sees_what_is_being_done(page: Any) -> None:
    page.evaluate(
        """() => { window.stages = [];
          new MutationObserver(() => { const n = document.querySelector('.wj-stage'); if (n && stages.at(-1) !== n.textContent) stages.push(n.textContent); })
            .observe(document.getElementById('wj-turns'), { childList: true, subtree: true, characterData: true }); }"""
    )
    ask(page, COAL)
    seen = page.evaluate("() => window.stages")
    assert seen[0] == "检索相关段落"
    assert seen[-1] == "阅读并定位答案"


def test_asking_can_be_stopped_by_its_button(page: Any) -> None:
    held: list[Any] = []
    page.route("**/wj/ask", lambda route: held.append(route))
    page.fill("#wj-question", COAL)
    page.click("#wj-send")
    page.click("#wj-stop")
    page.wait_for_selector(".wj-failed:has-text('已停止')")
    assert page.locator("#wj-send").is_visible()
    assert not page.locator("#wj-stop").is_visible()
    held[0].abort()


def test_an_answer_is_asked_for_again_in_its_place(page: Any) -> None:
    ask(page, COAL)
    old = page.locator(".wj-turn[data-id]").get_attribute("data-id")
    page.locator(".wj-actions").get_by_role("button", name="重新提问").click()
    page.wait_for_function(
        "old => { const n = document.querySelector('.wj-turn[data-id]'); return n && n.dataset.id !== old; }",
        arg=old,
    )
    assert page.locator(".wj-turn").count() == 1
    assert page.locator(".wj-short strong").inner_text() == "1200 万吨"


def test_an_answer_that_no_other_takes_the_place_of_comes_back(page: Any) -> None:
    old = ask(page, COAL).get_attribute("data-id")
    again = page.locator(".wj-actions").get_by_role("button", name="重新提问")
    held: list[Any] = []
    page.route("**/wj/ask", lambda route: held.append(route))
    with page.expect_request("**/wj/ask"):
        again.click()
    page.click("#wj-stop")
    page.wait_for_selector(".wj-turn[data-id] ~ .wj-turn .wj-failed:has-text('已停止')")
    held[0].abort()
    assert page.locator(".wj-turn[data-id]").get_attribute("data-id") == old
    assert page.locator(".wj-asked").count() == 1
    page.unroute("**/wj/ask")
    page.locator(".wj-failed button").click()
    page.locator(f".wj-turn[data-id='{old}']").wait_for(state="detached")
    page.wait_for_selector(".wj-turn[data-id]")
    assert page.locator(".wj-turn").count() == 1
    page.route("**/wj/ask", lambda route: held.append(route))
    with page.expect_request("**/wj/ask"):
        again.click()
    page.click("#wj-clear")
    page.click("#wj-dialog-confirm")
    page.locator("#wj-clear").wait_for(state="hidden")
    held[1].continue_()
    page.wait_for_selector(".wj-turn[data-id] .wj-short")
    page.wait_for_selector("#wj-evidence-body .wj-card", state="attached")
    assert page.locator(".wj-turn").count() == 1


def test_the_oldest_turns_make_room(page: Any) -> None:
    ask(page, COAL)
    page.evaluate(
        """() => { const [one] = JSON.parse(localStorage.getItem('wenju::turns'));
          localStorage.setItem('wenju::turns', JSON.stringify([...Array(50)].map((_, i) => ({ ...one, id: `old-${i}` })))); }"""
    )
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    page.fill("#wj-question", AID)
    page.press("#wj-question", "Enter")
    page.locator(f".wj-turn[data-id] .wj-asked:has-text('{AID}')").wait_for()
    assert page.locator(".wj-turn").count() == 50
    assert page.locator(".wj-turn").first.get_attribute("data-id") == "old-1"
    page.click("#wj-language")
    page.locator(".wj-turn").last.get_by_role("button", name="Copy with source").wait_for()
    assert page.locator(".wj-toast").count() == 0


def test_two_tabs_have_one_conversation(page: Any, server: Server) -> None:
    with visited(page.context, server.url) as other:
        ask(other, COAL)
        page.wait_for_selector(".wj-turn[data-id] .wj-short:has-text('1200 万吨')", state="attached")
        held: list[Any] = []
        page.route("**/wj/ask", lambda route: held.append(route))
        with page.expect_request("**/wj/ask"):
            page.fill("#wj-question", AID)
            page.press("#wj-question", "Enter")
        ask(other, "？？？")
        page.wait_for_function("() => document.querySelectorAll('.wj-turn[data-id]').length === 2")
        assert page.locator(".wj-pending").count() == 1
        held[0].continue_()
        other.wait_for_function("() => document.querySelectorAll('.wj-turn[data-id]').length === 3")
        for tab in (page, other):
            assert tab.locator(".wj-turn .wj-asked").all_inner_texts() == [COAL, "？？？", AID]
        other.click("#wj-clear")
        other.click("#wj-dialog-confirm")
        page.wait_for_selector("#wj-welcome:visible")
        assert page.locator(".wj-turn").count() == 0


def test_it_is_told_why_a_passage_was_found(page: Any) -> None:
    ask(page, COAL)
    show(page, "evidence")
    folded = page.locator("#wj-evidence-body .wj-scores").first
    assert folded.get_attribute("open") is None
    folded.locator("summary").click()
    assert folded.locator(".wj-terms meter").count() >= 3
    told = folded.inner_text()
    assert "按用词，排第 1" in told
    assert re.search(r"答案评分 [+-]\d", told)


def test_a_server_that_is_gone_is_told_and_survived(page: Any) -> None:
    ask(page, COAL)
    page.route("**/wj/**", lambda route: route.abort())
    page.fill("#wj-question", AID)
    page.press("#wj-question", "Enter")
    page.wait_for_selector(".wj-failed:has-text('连不上服务')")
    page.wait_for_selector("#wj-state[data-state='failed']")
    assert page.locator("#wj-state").text_content() == "连接中断"
    assert page.locator(".wj-turn[data-id] .wj-short strong").inner_text() == "1200 万吨"
    page.unroute_all()
    page.locator(".wj-failed button").click()
    page.wait_for_function("() => document.querySelectorAll('.wj-turn[data-id]').length === 2")
    page.wait_for_selector("#wj-state[data-state='ready']")
