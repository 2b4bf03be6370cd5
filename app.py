"""The web page: python app.py [--corpus seeds/] [--host 127.0.0.1] [--port 7860].

Puts the page together from its pieces in ``qa.web`` and serves it: one page, the API that programs use, MCP tools.
Exit codes: 0 done, 1 the work failed, 2 wrong usage; errors are one clear line on stderr.
"""

from __future__ import annotations

import argparse
import ipaddress
import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import WenjuError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from qa.web.page import Page
    from qa.web.service import Service
    from qa.web.workspace import Workspace

__all__ = ["main", "make_app", "make_blocks"]

_API_CONCURRENCY = 2
_QUEUE_LOOKS_EVERY = 0.02
"""Seconds; a call of a program waits this much at most before it is begun."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python app.py", description="Ask a folder of documents questions, in the browser."
    )
    parser.add_argument(
        "--corpus",
        type=Path,
        default=Path("seeds"),
        metavar="DIR",
        help="folder of documents (default: seeds)",
    )
    parser.add_argument(
        "--index",
        type=Path,
        metavar="DIR",
        dest="index_dir",
        help="folder of the index (default: .wenju/NAME OF CORPUS)",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this computer only)"
    )
    parser.add_argument("--port", type=int, default=7860, help="port (default: 7860)")
    parser.add_argument(
        "--auth-file", type=Path, metavar="FILE", help="names and hashed passwords; see python -m qa.web.auth"
    )
    parser.add_argument("--no-auth", action="store_true", help="let anybody in who can reach the address")
    parser.add_argument(
        "--mcp", action="store_true", help="serve the tools ask and search to MCP clients too"
    )
    parser.add_argument("--lang", choices=["zh", "en"], help="language of the page (default: the browser's)")
    parser.add_argument(
        "--reader",
        metavar="NAME_OR_PATH",
        help='"overlap", a folder or a hub name (default: the bundled reader)',
    )
    parser.add_argument(
        "--embedder", metavar="NAME_OR_PATH", help="embedder of a new index (default: the bundled one)"
    )
    parser.add_argument(
        "--gold",
        type=Path,
        default=Path(__file__).parent / "eval" / "gold",
        metavar="DIR",
        help="folder of question sets (*.jsonl) for the evaluation tab (default: the bundled one)",
    )
    return parser


def make_blocks(service: Service) -> Any:
    """Return the Gradio blocks: the page's skeleton and the endpoints that programs call."""
    from qa.web.gradio_import import import_gradio
    from qa.web.layout import page_shell

    gr = import_gradio()

    with gr.Blocks(title="问据 Wenju", analytics_enabled=False, fill_width=True, fill_height=True) as blocks:
        gr.HTML(page_shell(), elem_id="wenju-root", apply_default_css=False, js_on_load=None)
        # One limit for all of them: a batch of a program must not starve the page.
        shared: dict[str, Any] = {"concurrency_id": "programs", "concurrency_limit": _API_CONCURRENCY}
        gr.api(service.ask, api_name="ask", **shared)
        gr.api(service.batch, api_name="batch", **shared)
        gr.api(service.documents, api_name="documents", **shared)
        gr.api(service.search, api_name="search", **shared)
    blocks.queue(max_size=512)
    # Its loop looks for new calls a thousand times a second, a fifteenth of a core for nothing.
    blocks._queue.sleep_when_free = _QUEUE_LOOKS_EVERY
    return blocks


def make_app(
    page: Page, *, mcp: bool = False, hosts: Sequence[str] | None = None, language: str = ""
) -> ASGIApp:
    """Return the whole application: the page, its routes, the API, behind the door."""
    from fastapi import FastAPI

    from qa.web.gradio_import import import_gradio
    from qa.web.layout import HEAD
    from qa.web.mcp_tools import McpTools
    from qa.web.routes import make_router
    from qa.web.security import Door
    from qa.web.service import Service

    gr = import_gradio()
    service = Service(page.workspace)
    tools = McpTools(service) if mcp else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        page.start()
        async with tools.running() if tools else nullcontext():
            yield
        page.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(make_router(page, language=language))
    app.router.routes.extend(tools.routes() if tools else [])
    # The system's own fonts: nothing is loaded from another host.
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    mounted = gr.mount_gradio_app(
        app, make_blocks(service), path="/", theme=theme, footer_links=[], run_history=False, mcp_server=False,
        show_error=True, max_file_size=1, ssr_mode=False, pwa=False, enable_monitoring=False,
    )  # fmt: skip
    head = HEAD + (f'<meta name="wenju-language" content="{language}">' if language else "")
    return Door(mounted, sessions=page.sessions, hosts=hosts, head=head)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(arguments: argparse.Namespace) -> str:
    """What is wrong with the arguments, in one line; empty where nothing is."""
    if not _is_loopback(arguments.host) and arguments.auth_file is None and not arguments.no_auth:
        return (
            f"{arguments.host} can be reached by others: give --auth-file FILE (names and passwords), "
            "or --no-auth to let anybody in"
        )
    if arguments.auth_file is not None and arguments.no_auth:
        return "--auth-file and --no-auth exclude each other"
    if not 0 <= arguments.port <= 65535:
        return f"{arguments.port} is not a port"
    if not arguments.corpus.is_dir():
        return f"{arguments.corpus} is not a folder"
    if not arguments.gold.is_dir():
        return f"{arguments.gold} is not a folder"
    return ""


def _workspace(arguments: argparse.Namespace) -> Workspace:
    from qa.web.pipelines import pipeline_opener
    from qa.web.workspace import Workspace

    corpus = arguments.corpus
    index_dir = arguments.index_dir or Path(".wenju") / corpus.resolve().name
    return Workspace(corpus, index_dir, pipeline_opener(arguments.reader), embedder=arguments.embedder)


def _serve(arguments: argparse.Namespace) -> None:
    import uvicorn

    from qa.web.auth import Sessions, read_users
    from qa.web.golds import question_sets
    from qa.web.page import Page

    sessions = Sessions(read_users(arguments.auth_file)) if arguments.auth_file else None
    golds = question_sets(arguments.gold)
    page = Page(_workspace(arguments), golds=golds, sessions=sessions)
    local = _is_loopback(arguments.host)
    hosts = ["127.0.0.1", "localhost", "::1", arguments.host] if local else None
    listener = _listen(arguments.host, arguments.port)
    port = listener.getsockname()[1]
    app = make_app(page, mcp=arguments.mcp, hosts=hosts, language=arguments.lang or "")
    name = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
    sys.stdout.write(f"Wenju: http://{name}:{port}/  (Ctrl+C ends it)\n")
    sys.stdout.flush()
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=3
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host.strip("[]"), port))
    except OSError as error:
        listener.close()
        raise WenjuError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port"
        ) from None
    listener.set_inheritable(True)
    return listener


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the page until it is ended."""
    parsed = _parser().parse_args(arguments)
    problem = _checked(parsed)
    if problem:
        sys.stderr.write(f"wenju: {problem}\n")
        return 2
    logging.basicConfig(level=logging.WARNING, format="wenju: %(levelname)s: %(message)s")
    # Nothing may call home: neither Gradio nor a model hub.
    os.environ |= {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "GRADIO_SSR_MODE": "false"}
    try:
        _serve(parsed)
    except WenjuError as error:
        sys.stderr.write(f"wenju: {error}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
