"""The pictures of the README: ``python tests/page_screens.py docs`` draws the main states of the page over the seeds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from page_server import ask, browser, opened_page, seeds_server

COAL = "山西援建的新疆准东产业园项目每年转化煤炭多少万吨？"
AID = "2024年晋中开发区对北亭经济技术开发区援建多少万元？"
CAPITAL = "2022年山西实际使用外资多少亿美元？"
LIST = "山西百禾元公司在新疆哪些地方发展谷子种植？"
COLOURS = 256
"""Colours of a picture's palette: text stays sharp, the file small."""


def save(page: Any, folder: Path, name: str) -> None:
    from PIL import Image

    page.wait_for_timeout(700)
    path = folder / f"{name}.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
    small.save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1024:.0f} KB")


def draw(folder: Path) -> None:
    server = seeds_server()
    folder.mkdir(exist_ok=True)
    with browser() as chromium:
        with opened_page(chromium, server.url) as page:
            page.wait_for_selector("#wj-examples .wj-suggestion", timeout=90_000)
            while len(server.get("wj/examples?count=4")) < 4:  # found one document after the other
                page.wait_for_timeout(200)
            page.reload()
            page.locator("#wj-examples .wj-suggestion").nth(3).wait_for()
            save(page, folder, "page-start")
            ask(page, COAL)
            save(page, folder, "page-answer")
            page.locator(".wj-card[data-citations~='1'] [data-open]").click()
            page.wait_for_selector("#wj-source[open]")
            save(page, folder, "page-source")
            page.click("#wj-source-close")
            ask(page, LIST)
            save(page, folder, "page-list")
            ask(page, "太原武宿机场2024年旅客吞吐量是多少？")
            save(page, folder, "page-refusal")
        with opened_page(chromium, server.url, scheme="dark", language="en-GB") as page:
            ask(page, CAPITAL)
            ask(page, "那2023年呢？")
            save(page, folder, "page-follow-up-dark")
        with opened_page(chromium, server.url, size=(390, 844)) as page:
            ask(page, AID)
            save(page, folder, "page-phone")


if __name__ == "__main__":
    draw(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
