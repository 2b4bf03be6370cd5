"""The door of the server: which hosts, paths and origins are let in, who is signed in, and the headers of every reply.

The page's policy lets the browser load from this server only and run no inline script without the reply's own number,
so that even text that escaped escaping could do nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa.web.auth import Sessions

__all__ = ["SESSION_COOKIE", "Door", "content_policy"]

SESSION_COOKIE = "wenju_session"
_OPEN = re.compile(r"^/(?:healthz|login|wj/static/.*|favicon\.ico)$")
_KNOWN = re.compile(
    r"^/(?:$|healthz$|login$|logout$|favicon\.ico$|manifest\.json$|config/?$|theme\.css$|robots\.txt$|assets/.*|static/.*"
    r"|wj/.*|gradio_api/(?:info/?|openapi\.json|config|app_id/?|startup-events|heartbeat/[\w-]+|queue/(?:join|data)"
    r"|call/.*|run/\w+/?|reset/?|cancel|theme\.css)$|mcp$)"
)
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
_SCRIPT = re.compile(rb"<script(?=[\s>])")


def content_policy(nonce: str) -> str:
    """Return the content security policy of the page."""
    return "; ".join(
        (
            "default-src 'self'",
            # The page's framework builds functions from templates (unsafe-eval); they never hold document text.
            f"script-src 'self' 'unsafe-eval' 'nonce-{nonce}'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Door:
    """ASGI middleware around the whole application. ``head`` is put into the page's head; ``hosts`` None lets any host in."""

    def __init__(
        self, app: ASGIApp, *, sessions: Sessions | None, hosts: Collection[str] | None, head: str = ""
    ) -> None:
        self._app, self._sessions, self._head = app, sessions, head.encode()
        self._hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or turn it away."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"]
        refusal: Response | None = self._refusal(scope, headers)
        if refusal is None:
            user = self._user(scope, headers)
            scope.setdefault("state", {})["user"] = user or ""
            if self._sessions is not None and user is None and not _OPEN.match(path):
                refusal = _ask_to_sign_in(path)
        nonce = secrets.token_urlsafe(16)
        guarded = _with_headers(send, nonce)
        if refusal is not None:
            await refusal(scope, receive, guarded)
        elif path == "/" and scope["method"] == "GET":
            await self._page(scope, receive, guarded, nonce)
        else:
            await self._app(scope, receive, guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        host = headers.get("host", "")
        name = urlsplit(f"//{host}").hostname or ""
        if self._hosts is not None and name not in self._hosts:
            return JSONResponse({"detail": "this host name is not served"}, 421)
        if not _KNOWN.match(scope["path"]):
            return JSONResponse({"detail": "not found"}, 404)
        origin = headers.get("origin")
        if scope["method"] not in _SAFE_METHODS and origin and origin != "null":
            if urlsplit(origin).netloc != host:
                return JSONResponse({"detail": "requests from other sites are refused"}, 403)
        elif scope["method"] not in _SAFE_METHODS and origin == "null":
            return JSONResponse({"detail": "requests from other sites are refused"}, 403)
        return None

    def _user(self, scope: Scope, headers: Headers) -> str | None:
        if self._sessions is None:
            return ""
        user = self._sessions.user_of(_cookie(headers))
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        if user is None and scheme.lower() == "basic":
            user = self._sessions.basic_user(credentials, (scope.get("client") or ("",))[0])
        return user

    async def _page(self, scope: Scope, receive: Receive, send: Send, nonce: str) -> None:
        """Give every script of the page the reply's number, and put our own style and script into its head."""
        plain = [(k, v) for k, v in scope["headers"] if k not in (b"accept-encoding", b"if-none-match")]
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    page = _SCRIPT.sub(f'<script nonce="{nonce}"'.encode(), bytes(body))
                    page = page.replace(b"</head>", self._head + b"</head>", 1)
                    MutableHeaders(raw=start["headers"])["content-length"] = str(len(page))
                    await send(start)
                    await send({"type": "http.response.body", "body": page})

        await self._app({**scope, "headers": plain}, receive, collect)


def _cookie(headers: Headers) -> str:
    cookie: SimpleCookie = SimpleCookie()
    try:
        cookie.load(headers.get("cookie", ""))
    except CookieError:
        return ""
    found = cookie.get(SESSION_COOKIE)
    return found.value if found else ""


def _ask_to_sign_in(path: str) -> Response:
    if path == "/":
        return RedirectResponse("/login", 303)
    return JSONResponse({"detail": "sign in first"}, 401)


def _with_headers(send: Send, nonce: str) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = list(message["headers"])
            headers = MutableHeaders(raw=message["headers"])
            headers.setdefault("content-security-policy", content_policy(nonce))
            headers["x-content-type-options"] = "nosniff"
            headers["referrer-policy"] = "no-referrer"
            headers["x-frame-options"] = "DENY"
            headers["cross-origin-opener-policy"] = "same-origin"
            headers["permissions-policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
        await send(message)

    return guarded
