"""A corpus and a person who mean harm: nothing of theirs runs, nothing of the page changes, nothing leaves the corpus."""

import json
import re
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_server import Server, ask, browser, opened_page

pytestmark = pytest.mark.browser

TEXTS = {
    "脚本<script>window.hacked=1<／script>.txt": "<script>window.hacked=1</script>数字：标签一说产量为11万吨。",
    "图片<img src=x onerror=hacked=1>.md": "# <img src=x onerror=\"window.hacked=1\">\n\n图片说产量为22万吨。<svg onload=window.hacked=1>",
    "链接.md": "[点我](javascript:window.hacked=1) 链接说产量为33万吨。<a href=javascript:window.hacked=1>x</a>",
    "方向\u202egnp.txt": "方向说\u202e产量为44万吨\u202c。\u2066隔离\u2069 零\u200b宽。",
    "模板.txt": "{{constructor.constructor('window.hacked=1')()}} ${window.hacked=1} 模板说产量为55万吨。</textarea></div></dialog>",
    "引号\"onmouseover=hacked=1 x=.txt": "引号说产量为66万吨\"><iframe src=//evil.example></iframe>",
    "标题.html": "<html><head><title>&lt;img src=x onerror=hacked=1&gt;</title><script>hacked=1</script></head><body><p>网页说产量为77万吨。</p><img src='http://evil.example/x.png'></body></html>",
}  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="wenju-hostile-") as folder:
        corpus = Path(folder) / "<b>corpus"
        corpus.mkdir()
        for name, text in TEXTS.items():
            (corpus / name).write_text(text, encoding="utf-8")
        (Path(folder) / "secret.txt").write_text("secret")
        running = Server(corpus, "--reader", "overlap")
        yield running
        running.stop()


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Any]:
    with browser() as chromium, opened_page(chromium, server.url) as opened:
        yield opened


def untouched(page: Any) -> None:
    assert page.evaluate("() => window.hacked") is None
    inside = page.evaluate(
        """() => [...document.querySelectorAll('#wenju script, #wenju img, #wenju iframe, #wenju [onerror], #wenju [onload], #wenju [onmouseover], #wenju a[href^="javascript:"], #wenju svg[onload]')].map(n => n.outerHTML)"""
    )
    assert inside == []
    shown = page.evaluate(
        """() => document.getElementById('wenju').textContent + [...document.querySelectorAll('#wenju [title], #wenju [aria-label]')].map(n => n.title + n.getAttribute('aria-label')).join()"""
    )
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", shown)
    page.watch.check()


@pytest.mark.parametrize("said", ["标签一", "图片", "链接", "方向", "模板", "引号", "网页"])
def test_documents_that_mean_harm_are_only_text(page: Any, said: str) -> None:
    turn = ask(page, f"{said}说产量为多少万吨？")
    turn.locator(".wj-card-answer, .wj-refusal").first.wait_for()
    page.evaluate("() => document.querySelectorAll('details').forEach(n => { n.open = true; })")
    untouched(page)
    opener = page.locator("#wj-evidence-body [data-open]").first
    if opener.count():
        opener.click()
        page.wait_for_selector("#wj-source[open]")
        page.check("#wj-source-repairs")
        page.locator("#wj-source-text").hover()
        untouched(page)
        page.click("#wj-source-close")


@pytest.mark.parametrize(
    "question",
    ["<script>window.hacked=1</script>", '<img src=x onerror="window.hacked=1">', "[x](javascript:hacked=1)", "右\u202e左", "{{7*7}}${7*7}", "'\"`><svg onload=hacked=1>"],
)  # fmt: skip
def test_questions_that_mean_harm_are_only_text(page: Any, question: str) -> None:
    turn = ask(page, question)
    shown = turn.locator(".wj-asked").inner_text()
    assert shown == question.replace("\u202e", "\ufffd")
    untouched(page)


def test_the_list_of_documents_and_its_menus_hold_only_text(page: Any, server: Server) -> None:
    rows = page.locator(".wj-document")
    assert rows.count() == len(TEXTS)
    for number in range(rows.count()):
        rows.nth(number).locator(".wj-more").click()
        page.keyboard.press("Escape")
    rows.nth(0).locator(".wj-more").click()
    rows.nth(0).get_by_role("menuitem", name="删除").click()
    untouched(page)
    page.click("#wj-dialog-cancel")
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    untouched(page)


def test_file_names_that_mean_harm_make_harmless_files(page: Any, server: Server) -> None:
    names = ["../../../escape.txt", "<img src=x onerror=hacked=1>.txt", "a\u202etxt.exe.txt", "con|aux?.txt"]
    page.set_input_files(
        "#wj-files",
        [{"name": name, "mimeType": "text/plain", "buffer": f"上传的内容 {name}".encode()} for name in names],
    )
    page.wait_for_function(
        "n => document.querySelectorAll('#wj-uploads li.wj-good, #wj-uploads li.wj-bad').length === n",
        arg=len(names),
    )
    untouched(page)
    made = sorted(path.name for path in (server.corpus / "uploads").iterdir())
    assert len(made) == len(names)
    assert all(not set(name) & set('<>"|?\\/\u202e') for name in made)
    assert not list(server.corpus.parent.glob("escape*"))


def test_a_policy_stops_what_would_slip_through(page: Any) -> None:
    page.evaluate(
        """() => { const n = document.createElement('div'); n.innerHTML = '<img src=x onerror="window.slipped=1">'; document.body.append(n);
                   const s = document.createElement('script'); s.textContent = 'window.slipped=2'; document.body.append(s); }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("() => window.slipped") is None
    refused = page.evaluate(
        "async () => { try { await fetch('http://evil.example/'); return false; } catch { return true; } }"
    )
    assert refused
    # The two attempts above are ours; what the policy said of them is not an error of the page.
    page.watch.errors.clear()
    page.watch.foreign.clear()


@pytest.mark.parametrize(
    "path",
    [
        "wj/original?document=../secret.txt", "wj/original?document=%2Fetc%2Fpasswd", "wj/original?document=uploads/../../secret.txt",
        "gradio_api/file=/etc/passwd", "wj/static/..%2f..%2fapp.py", "gradio_api/file=../secret.txt", "wj/source?document=../secret.txt",
    ],
)  # fmt: skip
def test_only_files_of_the_corpus_can_be_had(server: Server, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(server.url + path, timeout=10)
    assert caught.value.code == 404
    caught.value.close()


def test_a_request_from_another_site_changes_nothing(server: Server) -> None:
    for path, body in (("wj/delete", {"document": "链接.md"}), ("wj/reindex", {})):
        request = urllib.request.Request(
            server.url + path,
            json.dumps(body).encode(),
            {"content-type": "application/json", "origin": "http://evil.example"},
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=10)
        assert caught.value.code == 403
        caught.value.close()
    assert (server.corpus / "链接.md").is_file()
