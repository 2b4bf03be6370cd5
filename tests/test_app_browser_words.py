"""What the page says, in a real Chromium: one language at a time in every state, hints for fingers, troubles told at once."""

import re
from typing import Any

import pytest
from page_server import COAL, SIZES, Server, Windows, ask, show, visited

pytestmark = pytest.mark.browser

HAN = re.compile("[\u4e00-\u9fff]")
OWN_WORDS = """() => {
  const content = '.wj-document, .wj-asked, .wj-suggestion, .wj-sentence, .wj-short strong, .wj-list strong, .wj-alternatives li, .wj-related li, .wj-passage, .wj-card-title, .wj-meta, .wj-heading, .wj-term, .wj-terms meter, .wj-chips, .wj-source-text, .wj-source-name, .wj-upload-name, .wj-uploads progress, #wj-evidence-for, #wj-dialog-text, #wj-language, #wj-gold, #wj-issuer, .wj-table td, .wj-seal';
  const found = [];
  for (const node of document.querySelectorAll('#wenju, #wenju *')) {
    if (!node.checkVisibility() || node.closest(content)) continue;
    for (const name of ['title', 'aria-label', 'placeholder']) if (node.getAttribute(name)) found.push(node.getAttribute(name));
    for (const child of node.childNodes) if (child.nodeType === 3 && child.textContent.trim()) found.push(child.textContent.trim());
  }
  return found;
}"""
NAMES = {
    "English", "Enter", "Shift", "Esc", "txt", "md", "html", "pdf", "docx", "xlsx", "csv", "jsonl", "question", "Wenju",
    "utf", "TXT", "MB",
}  # fmt: skip
"""What a Chinese page says in Latin letters: names of formats and keys."""


def spoken(page: Any, language: str) -> None:
    """Nothing that the page itself says is in the other language, and no name of a string is shown."""
    for words in page.evaluate(OWN_WORDS):
        assert not re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", words), words
        if language == "en":
            assert not HAN.search(re.sub("'问题'|【|】", "", words)), words
        else:
            assert set(re.findall(r"[A-Za-z]{3,}", words)) <= NAMES, words


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_every_state_speaks_one_language(opened: Windows, server: Server, size: str, language: str) -> None:
    tag = "zh-CN" if language == "zh" else "en-GB"
    with opened.another(size=SIZES[size], language=tag) as own, visited(own, server.url) as page:
        page.locator("#wj-state[data-state='ready']").wait_for()
        for pane in ("evidence", "corpus", "chat"):
            show(page, pane)
            spoken(page, language)
        for question in (COAL, "那2022年呢？", "？？？"):
            ask(page, question)
            page.evaluate("() => document.querySelectorAll('details').forEach((n) => { n.open = true; })")
            for pane in ("evidence", "chat"):
                show(page, pane)
                spoken(page, language)
        page.locator(".wj-verdict-wrong").last.click()
        page.locator(".wj-correct button").click()
        page.wait_for_selector("#wj-source[open]")
        page.check("#wj-source-repairs")
        spoken(page, language)
        page.click("#wj-source-close")
        show(page, "corpus")
        page.set_input_files("#wj-files", {"name": "坏.docx", "mimeType": "x", "buffer": b"PK broken"})
        page.wait_for_selector("#wj-uploads .wj-bad")
        page.locator(".wj-more").first.click()
        spoken(page, language)
        page.get_by_role("menuitem").last.click()
        spoken(page, language)
        page.click("#wj-dialog-cancel")
        page.click("#wj-tab-batch")
        page.set_input_files("#wj-batch-file", {"name": "坏.xlsx", "mimeType": "x", "buffer": b"PK nothing"})
        page.wait_for_selector("#wj-batch-job .wj-bad")
        spoken(page, language)
        sheet = {"name": "问.txt", "mimeType": "text/plain", "buffer": f"{COAL}\n？？？\n".encode()}
        page.set_input_files("#wj-batch-file", sheet)
        page.wait_for_selector("#wj-batch-job table")
        spoken(page, language)
        page.click("#wj-tab-evaluation")
        spoken(page, language)


def test_a_finger_is_not_asked_to_drag(page: Any) -> None:
    show(page, "corpus")
    narrow = page.viewport_size["width"] < 600
    assert page.locator("#wj-drop").inner_text().startswith("选择文件" if narrow else "拖入文件，或点击上传")
    page.click("#wj-tab-batch")
    assert page.locator("#wj-batch-drop").inner_text().startswith("选择问题表" if narrow else "拖入问题表")


def test_files_may_be_dropped_beside_the_place_and_never_leave_the_page(page: Any) -> None:
    show(page, "corpus")
    transfer = page.evaluate_handle(
        "() => { const d = new DataTransfer(); d.items.add(new File(['MZ'], '程序.exe')); return d; }"
    )
    page.dispatch_event("#wj-documents", "dragover", {"dataTransfer": transfer})
    assert "wj-over" in page.locator("#wj-drop").get_attribute("class")
    page.dispatch_event("#wj-documents", "drop", {"dataTransfer": transfer})
    page.wait_for_selector("#wj-uploads .wj-bad:has-text('不支持这种文件')")
    assert "wj-over" not in page.locator("#wj-drop").get_attribute("class")
    kept = "() => { const e = new DragEvent('drop', { bubbles: true, cancelable: true }); document.querySelector('header').dispatchEvent(e); return e.defaultPrevented; }"
    assert page.evaluate(kept)


def test_a_short_message_stands_above_an_open_document(page: Any) -> None:
    ask(page, COAL)
    page.locator(".wj-verdict-wrong").last.click()
    page.locator(".wj-correct button").click()
    page.wait_for_selector("#wj-source[open] .wj-line")
    page.evaluate(
        """() => {
          const line = [...document.querySelectorAll('#wj-source-text .wj-line')].find((n) => n.textContent.trim().length > 8);
          const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
          let node = walker.nextNode(); while (node.textContent.length < 3) node = walker.nextNode();
          const range = document.createRange(); range.setStart(node, 0); range.setEnd(node, 2);
          getSelection().removeAllRanges(); getSelection().addRange(range);
        }"""
    )
    page.click("#wj-source-mark")
    toast = page.locator(".wj-toast:has-text('已记录这处文字')")
    toast.wait_for()
    assert toast.evaluate("(n) => Boolean(n.closest('dialog[open]'))")
    page.click("#wj-source-close")
    page.wait_for_selector(
        "#wenju > #wj-toasts .wj-toast:has-text('已记录这处文字')"
    )  # a dialog tells of its closing a moment later


def test_the_language_can_be_switched_while_a_question_is_on_its_way(page: Any) -> None:
    held: list[Any] = []
    page.route("**/wj/ask", lambda route: held.append(route))
    with page.expect_request("**/wj/ask"):
        page.fill("#wj-question", COAL)
        page.press("#wj-question", "Enter")
    page.wait_for_selector(".wj-pending:has-text('检索相关段落')")
    page.click("#wj-language")
    page.wait_for_selector(".wj-pending:has-text('Finding passages')")
    held[0].continue_()
    page.unroute("**/wj/ask")
    page.wait_for_selector(".wj-turn[data-id] .wj-short:has-text('1200 万吨')")
    assert page.locator(".wj-turn").count() == 1
    for pane in ("evidence", "chat"):  # asked in Chinese, told in English
        show(page, pane)
        page.locator(
            f"#wj-{'evidence-body .wj-card' if pane == 'evidence' else 'turns .wj-confidence'}"
        ).first.wait_for()
        spoken(page, "en")
    page.get_by_role("button", name="Copy with source").click()
    page.wait_for_selector(".wj-toast:has-text('Copied')")
    assert "【" not in page.evaluate("() => navigator.clipboard.readText()")
    page.route("**/wj/ask", lambda route: route.abort())
    page.fill("#wj-question", "断线？")
    page.press("#wj-question", "Enter")
    page.wait_for_selector(".wj-failed:has-text('cannot be reached')")
    page.click("#wj-language")
    page.wait_for_selector(".wj-failed:has-text('连不上服务')")
    assert page.locator(".wj-failed button").inner_text() == "重新提问"


def test_what_is_not_there_yet_is_told_in_the_other_language_too(page: Any) -> None:
    page.route("**/wj/evaluation?*", lambda route: route.fulfill(json={"job": None, "html": ""}))
    page.click("#wj-tab-evaluation")
    page.wait_for_selector("#wj-evaluation-job:has-text('还没有评测结果')")
    page.click("#wj-language")
    page.wait_for_selector("#wj-evaluation-job:has-text('No')")
    spoken(page, "en")
    page.route("**/wj/evaluation", lambda route: route.fulfill(status=503, json={"detail": "error.starting"}))
    page.click("#wj-run")
    page.wait_for_selector("#wj-evaluation-job .wj-bad")
    spoken(page, "en")
    page.click("#wj-language")
    page.wait_for_function("() => document.documentElement.lang === 'zh'")
    assert HAN.search(page.locator("#wj-evaluation-job .wj-bad").inner_text())


def test_the_answer_is_copied_in_the_language_of_the_page(opened: Windows, server: Server) -> None:
    with opened.another(language="en-GB") as own, visited(own, server.url) as page:
        ask(page, COAL).get_by_text("Copy with source").click()
        page.wait_for_selector(".wj-toast:has-text('Copied')")
        copied = page.evaluate("() => navigator.clipboard.readText()")
        assert "[1] “" in copied and " — " in copied
        assert "【" not in copied and "第" not in copied.split(" — ")[0].split("”")[-1]


def test_the_probability_is_told_to_a_finger_too(opened: Windows, server: Server) -> None:
    with (
        opened.another(size=SIZES["phone"], is_mobile=True) as own,
        visited(own, server.url) as page,
    ):
        ask(page, COAL).locator(".wj-confidence").tap()
        page.wait_for_selector(".wj-toast:has-text('正确的概率约为')")


NOTICES = {
    "not updated": ({"state": "ready", "message": "写不进去"}, "索引没有更新，仍按原来的文档回答：写不进去"),
    "nothing": ({"state": "ready", "message": ""}, ""),
}


@pytest.mark.parametrize("name", NOTICES)
def test_an_update_that_failed_is_told(page: Any, server: Server, name: str) -> None:
    told, words = NOTICES[name]
    whole = {**server.get("wj/state"), **told, "version": 10**6}
    page.route("**/wj/state?*", lambda route: route.fulfill(json=whole))
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    assert page.locator("#wj-notice").is_visible() == bool(words)
    assert page.locator("#wj-notice").text_content() == words


def test_a_server_that_is_gone_is_told_in_words_on_a_phone_too(page: Any) -> None:
    page.route("**/wj/state?*", lambda route: route.abort())
    page.wait_for_selector("#wj-notice:has-text('连不上服务')")
    page.unroute_all()
    page.wait_for_selector("#wj-notice", state="hidden")


def test_nothing_of_the_frame_is_seen_while_the_page_loads(opened: Windows, server: Server) -> None:
    """The framework's own sign of loading speaks another language and flickers; the page's seal is shown in its place."""
    with opened.another(language="en-GB") as own:
        page = own.new_page()
        held: list[Any] = []
        page.route("**/wj/static/main.js", lambda route: held.append(route))
        page.goto(server.url, wait_until="commit")
        page.wait_for_selector("#wenju", state="attached")
        seen = "() => [...document.querySelectorAll('body *')].filter((n) => !n.closest('#wenju') && n.checkVisibility({ visibilityProperty: true }) && [...n.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim())).map((n) => n.textContent).filter((t) => !t.includes('function') && !t.includes('{'))"
        assert page.evaluate(seen) == []
        assert page.evaluate("() => getComputedStyle(document.body, '::before').content") == '"据"'
        held[0].continue_()
        page.wait_for_selector("#wenju[data-ready]")
        assert page.evaluate("() => getComputedStyle(document.body, '::before').content") == "none"


def test_the_phone_has_no_sideways_table(opened: Windows, server: Server) -> None:
    with opened.another(size=(360, 780)) as own, visited(own, server.url) as page:
        page.click("#wj-tab-batch")
        sheet = {"name": "问.txt", "mimeType": "text/plain", "buffer": f"{COAL}\n？？？\n".encode()}
        page.set_input_files("#wj-batch-file", sheet)
        page.wait_for_selector("#wj-batch-job table")
        assert page.locator(".wj-table").evaluate("(n) => n.scrollWidth <= n.clientWidth + 1")
        assert page.locator(".wj-table td[data-label='出处']").first.is_visible()
        labels = page.locator("#wj-batch-job .wj-buttons a").evaluate_all(
            "(all) => all.map((n) => n.ariaLabel)"
        )
        assert labels == ["下载答案表（xlsx）", "下载答案表（csv）", "下载答案表（jsonl）"]
