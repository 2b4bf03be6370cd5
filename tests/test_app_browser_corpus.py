"""The list of documents in a real Chromium, in a wide and in a narrow window: filter, choice, upload, replacement, deletion, re-indexing."""

from pathlib import Path
from typing import Any

import pytest
from page_server import COAL, Server, ask, show

pytestmark = pytest.mark.browser


def test_only_chosen_documents_are_asked(page: Any) -> None:
    show(page, "corpus")
    row = page.locator("[data-document^='002_']")
    row.locator("input[type=checkbox]").check()
    assert page.locator("#wj-scope").inner_text() == "已选 1 份"
    turn = ask(page, COAL)
    assert "只在 1 份文档中查找" in turn.inner_text()
    titles = set(page.locator("#wj-evidence-body .wj-card-title").all_inner_texts())
    assert len(titles) <= 1
    show(page, "corpus")
    page.click("#wj-choose-none")
    assert page.locator("#wj-scope").inner_text() == "全部文档"


def test_the_choice_holds_while_the_server_starts(page: Any, server: Server) -> None:
    rows = server.get("wj/documents")
    chosen = rows[0]["id"]
    page.evaluate("id => localStorage.setItem('wenju::chosen', JSON.stringify([id, 'gone.txt']))", chosen)
    page.route(
        "**/wj/documents?*", lambda route: route.fulfill(json=[{**r, "state": "waiting"} for r in rows])
    )
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    show(page, "corpus")
    page.wait_for_selector("#wj-scope:has-text('已选 1 份')")
    show(page, "chat")
    with page.expect_request("**/wj/ask") as asked:
        page.fill("#wj-question", COAL)
        page.press("#wj-question", "Enter")
    assert asked.value.post_data_json["document_ids"] == [chosen]
    page.wait_for_selector(".wj-turn[data-id]")


def test_the_list_follows_what_another_person_changed(page: Any, server: Server) -> None:
    """An update between two looks at the state leaves a trace in its version alone; a list that did not come is fetched again."""
    state, rows = server.get("wj/state"), server.get("wj/documents")
    lost: list[Any] = []

    def documents(route: Any) -> None:
        if lost:
            route.fulfill(json=[{**rows[0], "title": "别人换过的文档"}, *rows[1:]])
        else:
            lost.append(route.abort())

    page.locator("#wj-state[data-state='ready']").wait_for()
    page.wait_for_function("() => document.querySelectorAll('.wj-document').length >= 5")
    page.route("**/wj/documents?*", documents)
    page.route("**/wj/state?*", lambda route: route.fulfill(json={**state, "version": state["version"] + 9}))
    show(page, "corpus")
    page.wait_for_selector(".wj-document:has-text('别人换过的文档')")


def test_documents_are_filtered_by_words_year_and_body(page: Any) -> None:
    show(page, "corpus")
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
    show(page, "corpus")
    page.set_input_files("#wj-files", [good, bad])
    page.wait_for_selector("#wj-uploads .wj-bad")
    assert "未接收" in page.locator("#wj-uploads .wj-bad").inner_text()
    page.get_by_role("button", name="清除这些提示").click()
    page.locator("#wj-uploads li").first.wait_for(state="detached")
    row = page.locator(".wj-document:has-text('朔州简报')")
    row.locator("input:enabled").wait_for()
    assert ask(page, "右玉县沙棘产量达到多少万吨？").locator(".wj-short strong").inner_text() == "77万吨"
    good.write_text("朔州简报\n\n2022年朔州市右玉县沙棘产量达到88万吨。\n", encoding="utf-8")
    show(page, "corpus")
    row.locator(".wj-more").click()
    with page.expect_file_chooser() as chooser:
        row.get_by_role("menuitem", name="替换").click()
    chooser.value.set_files(good)
    page.wait_for_selector("#wj-uploads .wj-good:has-text('已替换')")
    page.wait_for_selector("#wj-evidence-body .wj-stale", state="attached")
    assert "文档在回答之后已更新" in page.locator("#wj-evidence-body .wj-stale").first.inner_text()
    assert ask(page, "右玉县沙棘产量达到多少万吨？").locator(".wj-short strong").inner_text() == "88万吨"
    show(page, "corpus")
    row.locator(".wj-more").click()
    row.get_by_role("menuitem", name="删除").click()
    page.wait_for_selector("#wj-dialog[open] #wj-dialog-text:has-text('朔州简报')")
    page.click("#wj-dialog-confirm")
    row.wait_for(state="detached")
    page.wait_for_selector("#wj-evidence-body .wj-stale:has-text('文档已删除')", state="attached")


def test_files_can_be_dropped(page: Any, server: Server) -> None:
    transfer = page.evaluate_handle(
        "() => { const d = new DataTransfer(); d.items.add(new File(['拖入的文档\\n\\n内容一行。'], '拖入.md')); return d; }"
    )
    show(page, "corpus")
    page.dispatch_event("#wj-drop", "drop", {"dataTransfer": transfer})
    row = page.locator(".wj-document:has-text('拖入的文档')")
    row.locator("input:enabled").wait_for()
    row.locator(".wj-more").click()
    row.get_by_role("menuitem", name="删除").click()
    page.click("#wj-dialog-confirm")
    row.wait_for(state="detached")
    assert list((server.index / "trash").iterdir())


def test_the_index_is_made_anew_while_questions_go_on(page: Any) -> None:
    show(page, "corpus")
    page.click("#wj-reindex")
    page.wait_for_selector("#wj-state[data-state='updating']")
    assert ask(page, COAL).locator(".wj-short strong").inner_text() == "1200 万吨"
    page.wait_for_selector("#wj-state[data-state='ready']", timeout=60_000)
