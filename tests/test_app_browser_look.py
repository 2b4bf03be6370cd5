"""How the page looks and is operated in a real Chromium: contrast, sizes, focus, names, languages, colours, no jumping."""

import re
from typing import Any

import pytest
from page_server import (
    AID,
    COAL,
    SIZES,
    Server,
    Windows,
    ask,
    visited,
)

pytestmark = pytest.mark.browser


def test_the_focus_goes_through_the_page_in_reading_order(page: Any) -> None:
    order = []
    page.evaluate("() => { const n = document.querySelector('.wj-brand'); n.tabIndex = -1; n.focus(); }")
    for _ in range(40):
        page.keyboard.press("Tab")
        order.append(page.evaluate("() => document.activeElement.closest('header, #wj-corpus, #wj-chat, #wj-evidence')?.id || document.activeElement.closest('header')?.className || ''"))  # fmt: skip
    seen = [name for name in dict.fromkeys(order) if name]
    wide = page.viewport_size["width"] > 940
    assert seen == (["wj-top", "wj-corpus", "wj-chat", "wj-evidence"] if wide else ["wj-top", "wj-chat"])
    page.focus("#wj-tab-ask")
    page.keyboard.press("ArrowRight")
    assert page.locator("#wj-tab-batch").get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("size", SIZES)
def test_the_page_speaks_english(opened: Windows, server: Server, size: str) -> None:
    with opened.another(language="en-GB", size=SIZES[size]) as own, visited(own, server.url) as page:
        turn = ask(page, COAL)
        assert turn.locator(".wj-confidence").inner_text() in ("Very sure", "Fairly sure")
        chrome = page.evaluate(
            """() => [...document.querySelectorAll('[data-i18n], .wj-actions *, .wj-confidence, .wj-scope strong')]
               .filter(n => n.checkVisibility() && n.id !== 'wj-language').map(n => n.textContent).join(' ')"""
        )
        assert not re.search("[\u4e00-\u9fff]", chrome), chrome
        for tab in ("batch", "evaluation"):
            page.click(f"#wj-tab-{tab}")
            words = page.locator(f"#wj-panel-{tab}").inner_text()
            assert not re.search("[\u4e00-\u9fff]", words.replace("'问题'", "")), words
        page.click("#wj-tab-ask")
        page.click("#wj-language")
        page.wait_for_selector("#wj-tab-ask:has-text('提问')")
        page.wait_for_selector(".wj-confidence:has-text('确定')")
        page.reload()
        page.wait_for_selector("#wenju[data-ready]")
        assert page.locator("#wj-tab-ask").inner_text() == "提问"


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


def legible(page: Any) -> None:
    """Every visible word has the contrast that WCAG AA asks for, once what fades in has faded in."""
    page.wait_for_function(f"() => document.getAnimations().length || !({CONTRAST})().length", timeout=10_000)
    page.wait_for_function(
        "() => document.getAnimations().every((a) => a.effect.getTiming().iterations === Infinity)"
    )
    assert page.evaluate(CONTRAST) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(opened: Windows, server: Server, scheme: str) -> None:
    with opened.another(scheme=scheme) as own, visited(own, server.url) as page:
        legible(page)
        ask(page, AID)
        ask(page, "那大同呢？")
        ask(page, "？？？")
        page.evaluate("() => document.querySelectorAll('details').forEach(n => { n.open = true; })")
        legible(page)
        page.locator(".wj-turn").first.locator("[data-cite]").first.click()
        page.locator("#wj-evidence-body [data-open]").first.click()
        page.wait_for_selector("#wj-source[open]")
        page.check("#wj-source-repairs")
        legible(page)
        page.click("#wj-source-close")
        page.locator(".wj-verdict-wrong").last.click()
        page.wait_for_selector(".wj-correct")
        page.set_input_files("#wj-files", {"name": "坏.docx", "mimeType": "x", "buffer": b"PK broken"})
        page.wait_for_selector("#wj-uploads .wj-bad")
        page.locator(".wj-more").first.click()
        legible(page)
        page.get_by_role("menuitem", name="删除").click()
        legible(page)
        page.click("#wj-dialog-cancel")
        page.route("**/wj/ask", lambda route: route.abort())
        page.fill("#wj-question", COAL)
        page.press("#wj-question", "Enter")
        page.wait_for_selector(".wj-failed")
        legible(page)
        sheet = f"{COAL}\n？？？\n".encode()
        page.click("#wj-tab-batch")
        page.set_input_files("#wj-batch-file", {"name": "问.txt", "mimeType": "text/plain", "buffer": sheet})
        page.wait_for_selector("#wj-batch-job table")
        legible(page)
        page.click("#wj-tab-evaluation")
        legible(page)


def test_colours_are_switched_and_stay(page: Any) -> None:
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.click("#wj-theme")
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    assert page.evaluate(ground) == dark
    page.click("#wj-theme")
    assert page.evaluate(ground) == light


@pytest.mark.parametrize("width", [360, 390])
def test_the_page_fits_a_phone(opened: Windows, server: Server, width: int) -> None:
    with opened.another(size=(width, 780), language="en-US") as own, visited(own, server.url) as page:
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


STATES = {
    "indexing": ({"state": "indexing", "stage": "indexing", "done": 3, "total": 9, "message": ""}, "读取文档 3/9。现在就可以提问"),
    "loading": ({"state": "starting", "stage": "loading", "done": 0, "total": 0, "message": ""}, "正在载入。现在就可以提问"),
    "failed": ({"state": "failed", "stage": "", "done": 0, "total": 0, "message": "<b>坏了</b>"}, "文档打不开：<b>坏了</b>"),
}  # fmt: skip


@pytest.mark.parametrize("name", STATES)
def test_a_page_that_is_not_ready_says_so(page: Any, server: Server, name: str) -> None:
    told, words = STATES[name]
    whole = {**server.get("wj/state"), **told, "version": 10**6}
    page.route("**/wj/state?*", lambda route: route.fulfill(json=whole))
    page.reload()
    page.wait_for_selector("#wenju[data-ready]")
    assert words in page.locator("#wj-starting").inner_text()
    page.unroute_all()
    page.wait_for_selector("#wj-starting", state="hidden")
    page.wait_for_selector("#wj-state[data-state='ready']")
