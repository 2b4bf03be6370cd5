"""A running page and a real browser for tests: servers on free ports with their own corpus, Chromium that tells on itself."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
READY_SECONDS = 120
DESKTOP, PHONE = (1280, 800), (390, 844)
COAL = "山西援建的新疆准东产业园项目每年转化煤炭多少万吨？"
AID = "2024年晋中开发区对北亭经济技术开发区援建多少万元？"
"""Questions about the seeds."""
SIZES = {"desktop": DESKTOP, "phone": PHONE}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """``python app.py`` in a process of its own, ended at exit."""

    def __init__(self, corpus: Path, *arguments: str, ready: bool = True) -> None:
        self.corpus, self.port = corpus, free_port()
        self.index = corpus.parent / "index"
        self.url = f"http://127.0.0.1:{self.port}/"
        self.log = (corpus.parent / "server.log").open("w")
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, str(ROOT / "app.py"), "--corpus", str(corpus), "--index", str(self.index)]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *arguments], stdout=self.log, stderr=self.log, env=environment,
            cwd=corpus.parent,
        )  # fmt: skip
        atexit.register(self.stop)
        if ready:
            self.wait_ready()

    def wait_ready(self) -> None:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended:\n{self.said()}")
            status = self._status()
            if status == "ok":
                return
            if status == "failed":
                raise RuntimeError(f"the index could not be opened:\n{self.said()}")
            time.sleep(0.1)
        raise RuntimeError(f"the server was not ready after {READY_SECONDS} s:\n{self.said()}")

    def _status(self) -> str:
        try:
            return str(self.get("healthz")["status"])
        except urllib.error.HTTPError as error:  # not ready: the body says how far it is
            with error:
                return str(json.load(error)["status"])
        except OSError:
            return ""

    def answers(self) -> bool:
        """Whether the page can be opened, be its models there or not."""
        return self._status() != ""

    def said(self) -> str:
        return (self.corpus.parent / "server.log").read_text()

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.url + path, timeout=10) as reply:
            return json.load(reply)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


@cache
def seeds_server() -> Server:
    """The page over a copy of the seeds, one for all tests of a run."""
    folder = Path(tempfile.mkdtemp(prefix="wenju-page-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    return Server(folder / "seeds", "--mcp")


def chromium_path() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise RuntimeError(
            "the browser tests drive Chromium, which is not installed: apt-get install chromium fonts-noto-cjk"
        )
    return found


class Watch:
    """What a page did that it should not have done."""

    def __init__(self, page: Any, url: str) -> None:
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        page.on("request", lambda request: self._request(request.url, url))
        page.on("websocket", lambda socket: self.foreign.append(socket.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self._said(message))
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def _request(self, asked: str, url: str) -> None:
        if not asked.startswith((url, "data:", "blob:")):
            self.foreign.append(asked)

    def _said(self, message: Any) -> None:
        # A refused upload shows as "Failed to load resource" with its status; that is what the test asked for.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def check(self) -> None:
        assert self.foreign == [], "requests to other hosts"
        assert self.errors == [], "errors in the page"
        assert self.dialogs == [], "a dialog was opened by a script"


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()


@contextmanager
def window(
    chromium: Any,
    *,
    size: tuple[int, int] = DESKTOP,
    scheme: str = "light",
    language: str = "zh-CN",
    **options: Any,
) -> Iterator[Any]:
    """A browser window of its own: nothing is kept in it yet."""
    context = chromium.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale=language,
        permissions=["clipboard-read", "clipboard-write"], has_touch=size[0] < 600, **options,
    )  # fmt: skip
    context.set_default_timeout(30_000)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def visited(context: Any, url: str) -> Iterator[Any]:
    """The page in a window; at the end it must have loaded nothing from elsewhere and raised no error.

    What the browser kept is forgotten then, so that one window, with its cache, serves many tests.
    """
    page = context.new_page()
    watch = Watch(page, url)
    page.watch = watch
    try:
        page.goto(url)
        page.wait_for_selector("#wenju[data-ready]")
        yield page
        watch.check()
    finally:
        page.evaluate("() => localStorage.clear()")
        page.close()


@contextmanager
def opened_page(chromium: Any, url: str, **options: Any) -> Iterator[Any]:
    """The page in a window of its own, of ``window``'s options."""
    with window(chromium, **options) as context, visited(context, url) as page:
        yield page


class Windows:
    """Windows of a test module, opened when first asked for."""

    def __init__(self, chromium: Any, stack: ExitStack) -> None:
        self._chromium, self._stack = chromium, stack
        self._open: dict[str, Any] = {}

    def another(self, **options: Any) -> AbstractContextManager[Any]:
        """A second person's browser, of ``window``'s options."""
        return window(self._chromium, **options)

    def of_size(self, name: str) -> Any:
        if name not in self._open:
            self._open[name] = self._stack.enter_context(window(self._chromium, size=SIZES[name]))
        return self._open[name]


@contextmanager
def windows() -> Iterator[Windows]:
    """A browser with windows of both sizes."""
    with ExitStack() as stack:
        yield Windows(stack.enter_context(browser()), stack)


def show(page: Any, pane: str) -> None:
    """Bring a column into view where the window is too narrow for all: ``corpus``, ``chat`` or ``evidence``."""
    chooser = page.locator(f"[data-show-pane={pane}]")
    if chooser.is_visible():
        chooser.click()


def ask(page: Any, question: str) -> Any:
    """Type a question, and return its turn when it is answered."""
    before = page.locator(".wj-turn[data-id]").count()
    show(page, "chat")
    page.fill("#wj-question", question)
    page.press("#wj-question", "Enter")
    page.wait_for_function("n => document.querySelectorAll('.wj-turn[data-id]').length > n", arg=before)
    return page.locator(".wj-turn[data-id]").last
