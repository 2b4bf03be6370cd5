"""Signing in, and the door of the server: hosts, paths, origins, headers."""

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app import make_app
from index.errors import WenjuError
from qa.web import auth
from qa.web.auth import (
    AuthFileError,
    Sessions,
    TooManyTriesError,
    hash_password,
    read_users,
    verify_password,
)
from qa.web.page import Page
from qa.web.pipelines import pipeline_opener
from qa.web.routes import make_router
from qa.web.security import SESSION_COOKIE, Door
from qa.web.workspace import Workspace

USERS = {"张三": hash_password("对的密码123"), "li": hash_password("right horse")}


def test_passwords_are_salted_and_checked() -> None:
    assert verify_password("对的密码123", USERS["张三"])
    assert not verify_password("错的", USERS["张三"])
    assert hash_password("a") != hash_password("a")
    assert "对的密码123" not in USERS["张三"]
    for broken in ("", "scrypt$1$2", "md5$1$2$3$a$b", "scrypt$x$8$1$YQ==$YQ=="):
        assert not verify_password("a", broken)


def test_the_command_writes_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users"
    for name, password in (("张三", "长长的密码一二三"), ("li", "long enough"), ("张三", "改过的密码二三四")):
        monkeypatch.setattr(auth.getpass, "getpass", lambda prompt, password=password: password)
        assert auth.main([str(path), name]) == 0
    users = read_users(path)
    assert list(users) == ["li", "张三"]
    assert verify_password("改过的密码二三四", users["张三"])
    assert path.stat().st_mode & 0o777 == 0o600
    monkeypatch.setattr(auth.getpass, "getpass", lambda prompt: "short")
    assert auth.main([str(path), "x"]) == 2
    assert auth.main([str(path), "a:b"]) == 2
    assert auth.main([]) == 2


@pytest.mark.parametrize(
    "content", ["", "# nobody\n", "zhang:plain password\n", "no separator\n", ":scrypt$1$1$1$a$b\n"]
)
def test_a_file_without_hashed_passwords_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "users"
    path.write_text(content)
    with pytest.raises(AuthFileError, match=r"qa\.web\.auth"):
        read_users(path)
    with pytest.raises(AuthFileError, match="cannot be read"):
        read_users(tmp_path / "missing")


def test_sessions_know_their_user_until_signed_out() -> None:
    sessions = Sessions(USERS)
    token = sessions.sign_in("张三", "对的密码123", "here")
    other = sessions.sign_in("li", "right horse", "here")
    assert token and other and token != other
    assert (sessions.user_of(token), sessions.user_of(other)) == ("张三", "li")
    sessions.sign_out(token)
    assert sessions.user_of(token) is None
    assert sessions.user_of("") is None


def test_guessing_is_slowed_down() -> None:
    sessions = Sessions(USERS)
    for _ in range(10):
        assert not sessions.blocked("there")
        assert sessions.sign_in("li", "guess", "there") is None
    assert sessions.blocked("there")
    assert not sessions.blocked("elsewhere")


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse(
        "<html><head></head><body><script>1</script><script type=module src=a.js></script></body></html>"
    )


async def echo(request: Request) -> JSONResponse:
    return JSONResponse({"user": request.state.user})


def client(sessions: Sessions | None = None, hosts: list[str] | None = None) -> TestClient:
    routes = [
        Route("/", page),
        Route("/wj/state", echo, methods=["GET", "POST"]),
        Route("/healthz", echo),
        Route("/login", page),
    ]
    app = Door(Starlette(routes=routes), sessions=sessions, hosts=hosts, head="<link rel=own>")
    return TestClient(app, follow_redirects=False)


def test_every_script_of_the_page_bears_the_number_of_its_reply() -> None:
    replies = [client().get("/") for _ in range(2)]
    policies = [reply.headers["content-security-policy"] for reply in replies]
    numbers = [policy.split("'nonce-")[1].split("'")[0] for policy in policies]
    assert numbers[0] != numbers[1]
    assert replies[0].text.count(f'<script nonce="{numbers[0]}"') == 2
    assert "<link rel=own></head>" in replies[0].text
    assert int(replies[0].headers["content-length"]) == len(replies[0].content)
    script = next(part for part in policies[0].split("; ") if part.startswith("script-src"))
    assert "unsafe-inline" not in script
    assert "connect-src 'self'" in policies[0]
    assert replies[0].headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file=/etc/passwd", "/file=/etc/passwd", "/gradio_api/proxy=http://x", "/dev/reload", "/monitoring", "/gradio_api/upload", "/gradio_api/vibe-edit/", "/gradio_api/stream/x", "/docs"],
)  # fmt: skip
def test_paths_that_the_page_does_not_need_are_not_there(path: str) -> None:
    reply = client().get(path)
    assert (reply.status_code, reply.json()) == (404, {"detail": "not found"})


def test_other_hosts_and_sites_are_turned_away() -> None:
    one = client(hosts=["127.0.0.1", "localhost", "::1"])
    assert one.get("/wj/state").status_code == 421
    assert one.get("/wj/state", headers={"host": "localhost:7860"}).status_code == 200
    assert one.get("/wj/state", headers={"host": "[::1]:7860"}).status_code == 200
    open_door = client()
    assert open_door.post("/wj/state").status_code == 200
    assert open_door.post("/wj/state", headers={"origin": "http://testserver"}).status_code == 200
    for origin in ("http://evil.example", "null", "http://testserver.evil.example"):
        assert open_door.post("/wj/state", headers={"origin": origin}).status_code == 403


def test_nothing_is_shown_before_signing_in() -> None:
    sessions = Sessions(USERS)
    one = client(sessions)
    assert one.get("/").headers["location"] == "/login"
    assert one.get("/wj/state").status_code == 401
    assert one.get("/healthz").status_code == 200
    assert one.get("/login").status_code == 200
    token = sessions.sign_in("li", "right horse", "x")
    assert token
    assert one.get("/wj/state", headers={"cookie": f"{SESSION_COOKIE}={token}"}).json() == {"user": "li"}
    assert one.get("/wj/state", headers={"cookie": f"{SESSION_COOKIE}={token}x"}).status_code == 401


def test_programs_sign_in_with_each_request() -> None:
    one = client(Sessions(USERS))
    right = base64.b64encode("张三:对的密码123".encode()).decode()
    wrong = base64.b64encode("张三:错".encode()).decode()
    assert one.get("/wj/state", headers={"authorization": f"Basic {right}"}).json() == {"user": "张三"}
    for value in (f"Basic {wrong}", "Basic !!!", "Bearer x", "Basic"):
        assert one.get("/wj/state", headers={"authorization": value}).status_code == 401


def test_guesses_made_at_once_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(USERS)
    looked_at: list[str] = []

    def slow(password: str, hashed: str) -> bool:
        looked_at.append(password)
        time.sleep(0.05)
        return False

    def guess(number: int) -> str:
        try:
            return str(sessions.sign_in("li", f"guess {number}", "there"))
        except WenjuError:
            return "refused"

    monkeypatch.setattr(auth, "verify_password", slow)
    with ThreadPoolExecutor(30) as pool:
        told = list(pool.map(guess, range(30)))
    assert len(looked_at) == 10
    assert (told.count("None"), told.count("refused")) == (10, 20)
    assert sessions.blocked("there")
    assert sessions.basic_user(base64.b64encode(b"li:right horse").decode(), "there") is None


def test_signing_in_rightly_is_no_guess_and_leaves_no_trace() -> None:
    sessions = Sessions(USERS)
    for number in range(12):
        assert sessions.sign_in("li", "right horse", "here")
        assert not sessions.blocked(f"10.0.0.{number}")
    assert sessions._tries == {}
    for _ in range(9):
        assert sessions.sign_in("li", "guess", "there") is None
    assert sessions.sign_in("li", "right horse", "there")
    assert not sessions.blocked("there")
    assert sessions.sign_in("li", "guess", "there") is None
    assert sessions.blocked("there")
    with pytest.raises(TooManyTriesError):
        sessions.sign_in("li", "right horse", "there")


def test_old_guesses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(USERS)
    for client in ("here", "there"):
        for _ in range(10):
            sessions.sign_in("li", "guess", client)
    now = time.monotonic()
    monkeypatch.setattr(auth.time, "monotonic", lambda: now + 301)
    assert not sessions.blocked("there")
    assert sessions._tries == {}


@pytest.mark.parametrize(
    ("page_language", "browser", "language"),
    [("en", "zh-CN,zh;q=0.9", "en"), ("zh", "en-GB", "zh"), ("", "en-GB", "en"), ("", "zh-CN", "zh"), ("", "", "zh")],
)  # fmt: skip
def test_the_form_speaks_the_language_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_language: str, browser: str, language: str
) -> None:
    framework = SimpleNamespace(
        themes=SimpleNamespace(Base=lambda **_: None), mount_gradio_app=lambda inner, *_, **__: inner
    )
    monkeypatch.setattr("qa.web.gradio_import.import_gradio", lambda: framework)
    monkeypatch.setattr("app.make_blocks", lambda _: None)
    workspace = Workspace(tmp_path, tmp_path / "index", pipeline_opener("overlap"))
    app = make_app(Page(workspace, sessions=Sessions(USERS)), language=page_language)
    form = TestClient(app).get("/login", headers={"accept-language": browser}).text
    said, other = {"zh": ("用户名", "Name"), "en": ("Name", "用户名")}[language]
    assert f'<html lang="{language}">' in form
    assert f">{said}</span>" in form
    assert f">{other}<" not in form
    assert 'data-zh="用户名" data-en="Name"' in form
    assert f'<meta name="wenju-language" content="{language}">' in form
    assert form.index("wenju-language") < form.index("early.js")


def test_a_client_that_guesses_too_often_is_told_to_wait(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, tmp_path / "index", pipeline_opener("overlap"))
    app = FastAPI()
    app.include_router(make_router(Page(workspace, sessions=Sessions({"li": "no hash"}))))
    one = TestClient(app)
    told = [one.post("/login", json={"name": "li", "password": "x", "language": "zh"}) for _ in range(11)]
    assert [reply.status_code for reply in told] == [401] * 10 + [429]
    assert told[-1].json() == {"detail": "尝试过多，请稍后再试"}
