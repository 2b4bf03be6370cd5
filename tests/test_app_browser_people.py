"""Starting and signing in, in a real Chromium: the page is there before its models, people do not see each other."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_server import ROOT, SIZES, Server, Windows, ask, visited
from test_app_browser_look import CONTRAST

from qa.web.auth import hash_password

pytestmark = pytest.mark.browser

COAL = "山西援建的新疆准东产业园项目每年转化煤炭多少万吨？"
PASSWORDS = {"张三": "对的密码一二三", "李四": "另一个密码四五六"}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="wenju-guarded-") as folder:
        shutil.copytree(ROOT / "seeds", Path(folder) / "seeds")
        users = Path(folder) / "users"
        users.write_text("".join(f"{n}:{hash_password(p)}\n" for n, p in PASSWORDS.items()), encoding="utf-8")
        running = Server(Path(folder) / "seeds", "--auth-file", str(users))
        yield running
        running.stop()


def sign_in(page: Any, name: str, password: str) -> None:
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")


@pytest.mark.parametrize("size", SIZES)
def test_two_people_of_one_browser_keep_their_own_history(
    opened: Windows, guarded: Server, size: str
) -> None:
    with opened.another(size=SIZES[size]) as own:
        page = own.new_page()
        page.goto(guarded.url)
        assert page.url.endswith("/login")
        sign_in(page, "张三", "错的密码")
        page.wait_for_selector("#wj-sign-in-problem:has-text('用户名或密码不对')")
        assert page.evaluate(CONTRAST.replace("getElementById('wenju')", "querySelector('main')")) == []
        sign_in(page, "张三", PASSWORDS["张三"])
        page.wait_for_selector("#wenju[data-ready]")
        ask(page, COAL)
        page.click("#wj-sign-out")
        page.wait_for_url("**/login")
        sign_in(page, "李四", PASSWORDS["李四"])
        page.wait_for_selector("#wenju[data-ready]")
        assert page.locator(".wj-turn").count() == 0
        assert COAL not in page.content()
        page.click("#wj-sign-out")
        page.wait_for_url("**/login")
        sign_in(page, "张三", PASSWORDS["张三"])
        page.wait_for_selector(".wj-turn[data-id] .wj-short")
        assert page.locator(".wj-asked").inner_text() == COAL


@pytest.mark.parametrize("size", SIZES)
def test_a_question_may_be_asked_before_the_models_are_there(
    opened: Windows, tmp_path: Path, size: str
) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    server = Server(tmp_path / "seeds", ready=False)
    try:
        end = time.monotonic() + 60
        while not server.answers():
            assert time.monotonic() < end, server.said()
            time.sleep(0.02)
        with visited(opened.of_size(size), server.url) as page:
            assert page.locator("#wj-state").is_visible()
            turn = ask(page, COAL)
            assert turn.locator(".wj-short strong").inner_text() == "1200 万吨"
            page.wait_for_selector("#wj-state[data-state='ready']")
    finally:
        server.stop()
