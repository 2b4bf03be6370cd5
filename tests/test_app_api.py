"""The answers for programs, over a real server: curl, the Python client, MCP; start, sign-in and refusal of the command."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from page_server import ROOT, Server, seeds_server

from qa.types import Answer

COAL = "山西援建的新疆准东产业园项目每年转化煤炭多少万吨？"


@pytest.fixture(scope="module")
def server() -> Server:
    return seeds_server()


def run_app(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )


def snippet(language: str, server: Server) -> str:
    """An example of the README, as it stands there but for the address."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme[readme.index("## The page, and programs") :]
    found = re.search(rf"```{language}\n(.*?)```", section, re.S)
    assert found and "http://127.0.0.1:7860" in found[1]
    return found[1].replace("http://127.0.0.1:7860", server.url.rstrip("/"))


def test_the_curl_example_gives_the_answer(server: Server) -> None:
    if shutil.which("curl") is None and not os.environ.get("CI"):
        pytest.skip("runs the curl example: install curl")
    told = subprocess.run(
        ["bash", "-c", snippet("bash", server)], capture_output=True, text=True, check=True, timeout=120
    )
    lines = dict(line.split(": ", 1) for line in told.stdout.splitlines() if ": " in line)
    assert lines["event"] == "complete"
    answer = Answer.from_dict(json.loads(lines["data"])[0])
    assert answer.answer == "1200 万吨"
    text = (server.corpus / answer.citations[0].document_id).read_text(encoding="utf-8")
    cited = answer.citations[0]
    assert text[cited.start : cited.end] == cited.quote


def test_the_python_example_gives_the_answer(server: Server) -> None:
    told = subprocess.run(
        [sys.executable, "-c", snippet("python", server)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert told.stdout == "1200 万吨 000_a747320a06236df0.txt\n"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_endpoint_answers_the_python_client(server: Server) -> None:
    from gradio_client import Client

    client = Client(server.url, verbose=False)
    try:
        answer = client.predict(question=COAL, api_name="/ask")
        many = client.predict(questions=[COAL, "", "？？？"], api_name="/batch")
        documents = client.predict(api_name="/documents")
        passages = client.predict(query="煤炭转化", top_k=2, api_name="/search")
    finally:
        client.close()
    assert answer["answer"] == many[0]["answer"] == "1200 万吨"
    assert "error" in many[1]
    assert many[2]["status"] == "none"
    assert "000_a747320a06236df0.txt" in {one["id"] for one in documents}
    assert len(passages) == 2


def test_every_endpoint_says_what_it_takes(server: Server) -> None:
    info = server.get("gradio_api/info")["named_endpoints"]
    assert set(info) == {"/ask", "/batch", "/documents", "/search"}
    assert [p["parameter_name"] for p in info["/ask"]["parameters"]] == ["question", "document_ids", "top_k"]
    assert info["/ask"]["parameters"][0]["type"] == {"type": "string"}
    assert all(one["description"] for one in info.values())


def test_mcp_clients_find_and_use_the_tools(server: Server) -> None:
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def use() -> tuple[list[str], Any, Any]:
        async with (
            streamable_http_client(f"{server.url}mcp") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = await session.list_tools()
            answer = await session.call_tool("ask", {"question": COAL})
            passages = await session.call_tool("search", {"query": "煤炭", "top_k": 2})
            return [tool.name for tool in tools.tools], answer, passages

    names, answer, passages = asyncio.run(use())
    assert names == ["ask", "search"]
    assert json.loads(answer.content[0].text)["answer"] == "1200 万吨"
    assert answer.structuredContent["answer"] == "1200 万吨"
    assert len(passages.structuredContent["result"]) == 2


def test_the_page_is_there_while_the_index_is_made(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    started = time.monotonic()
    server = Server(tmp_path / "seeds", ready=False)
    try:
        while True:
            try:
                server.get("wj/state")
                break
            except OSError:
                assert time.monotonic() - started < 60, server.said()
                time.sleep(0.05)
        server.wait_ready()
        assert server.get("healthz")["documents"] == 5
    finally:
        server.stop()


def test_an_address_for_others_needs_a_decision() -> None:
    done = run_app("--host", "0.0.0.0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "--auth-file" in done.stderr and "--no-auth" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--corpus", "no/such/folder"], 2, "is not a folder"),
        (["--gold", "no/such/folder"], 2, "is not a folder"),
        (["--port", "99999"], 2, "not a port"),
        (["--auth-file", "x", "--no-auth"], 2, "exclude"),
        (["--auth-file", "no/such/file"], 1, "cannot be read"),
        (["--nonsense"], 2, "--nonsense"),
    ],
    ids=["corpus", "gold", "port", "both", "auth file", "option"],
)
def test_wrong_use_is_one_clear_line(arguments: list[str], code: int, words: str) -> None:
    done = run_app(*arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_one_clear_line(server: Server) -> None:
    done = run_app("--port", str(server.port))
    assert done.returncode == 1
    assert done.stderr.startswith("wenju: cannot listen on 127.0.0.1:")


def test_help_is_quick() -> None:
    started = time.process_time()
    done = run_app("--help")
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--corpus", "--auth-file", "--mcp", "--lang"))
    loaded = subprocess.run([sys.executable, "-c", "import sys, app; print([m for m in ('gradio', 'torch', 'fastapi') if m in sys.modules])"], capture_output=True, text=True, cwd=ROOT, env={**os.environ})  # fmt: skip
    assert loaded.stdout.strip() == "[]"
    assert time.process_time() - started < 5


IMPORTING = """
import inspect, sys
truth, stubs = inspect.getfile, []
sys.addaudithook(lambda event, values: event == "open" and str(values[0]).endswith(".pyi") and stubs.append(values[0]))
from qa.web.gradio_import import import_gradio
gradio = import_gradio()
assert inspect.getfile is truth
assert inspect.getfile(gradio.Button).endswith("button.py")
assert import_gradio() is gradio
print(len(stubs))
"""


def test_the_page_starts_without_writing_stubs_for_editors() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTING], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert (done.stdout, done.returncode) == ("0\n", 0), done.stderr


def test_a_page_that_nobody_uses_rests(server: Server) -> None:
    """Less than a twentieth of a core: the framework's own loop alone would take more."""
    fields = Path(f"/proc/{server.process.pid}/stat")
    if not fields.exists():
        pytest.skip("reads the processor time of the server from /proc")

    def seconds() -> float:
        user, system = fields.read_text().rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    taken = []
    for _ in range(20):  # it may still be looking for example questions
        before = seconds()
        time.sleep(3)
        taken.append(seconds() - before)
        if taken[-1] < 0.15:
            return
    pytest.fail(f"processor seconds in 3 seconds of rest: {taken}")
