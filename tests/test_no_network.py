"""Indexing, asking and evaluating open no socket to another machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOOK = """
import os, socket, sys
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")

def _hook(event, arguments):
    if event == "socket.connect" or event == "socket.sendto" or event == "socket.sendmsg":
        address = arguments[1]
        if getattr(arguments[0], "family", None) == socket.AF_UNIX or isinstance(address, (str, bytes)):
            return
        host = str(address[0]) if address else ""
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = str(arguments[0])
    else:
        return
    if host and host != "None" and not host.startswith(_LOOPBACK):
        with open(os.environ["NETWORK_LOG"], "a") as log:
            log.write(f"{event} {host}\\n")
        raise OSError(f"the network is out of bounds: {host}")

sys.addaudithook(_hook)
"""


class Cut:
    """Runs commands in processes, with their children, that note and refuse every connection to another machine."""

    def __init__(self, folder: Path, prefix: Sequence[str] = ()) -> None:
        self._log, self._prefix = folder / "network.log", prefix
        (folder / "hook").mkdir()
        (folder / "hook" / "sitecustomize.py").write_text(HOOK)
        offline = ("HF_", "TRANSFORMERS_", "GRADIO_")
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(offline)},
            "PYTHONPATH": str(folder / "hook"),
            "NETWORK_LOG": str(self._log),
            "HF_HOME": str(folder / "hub"),
        }

    def __call__(self, *command: object) -> str:
        done = subprocess.run(
            [*self._prefix, sys.executable, *map(str, command)],
            capture_output=True, text=True, cwd=ROOT, env=self._environment, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stderr[-2000:]}"
        return done.stdout

    @property
    def connections(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


def everything(run: Cut, folder: Path) -> None:
    """Index with several processes, ask in every way, evaluate."""
    shutil.copytree(ROOT / "seeds", folder / "corpus")
    index = folder / "index"
    run("-m", "index", "sync", folder / "corpus", "--index", index, "--workers", "2")
    run("-m", "index", "check", "--index", index)
    answer = json.loads(run("-m", "qa", "ask", "山西省每年转化煤炭多少万吨？", "--index", index, "--json"))
    assert answer["citations"]
    (folder / "questions.txt").write_text("援疆资金有多少？\n太谷在哪里？\n", encoding="utf-8")
    run("-m", "qa", "batch", folder / "questions.txt", "--index", index, "--out", folder / "answers.jsonl")
    run("-m", "qa", "verify", folder / "answers.jsonl", "--index", index)
    gold = (ROOT / "eval" / "gold" / "seeds.jsonl").read_text(encoding="utf-8").splitlines()[:3]
    (folder / "gold.jsonl").write_text("\n".join(gold) + "\n", encoding="utf-8")
    run("-m", "eval", "run", "--index", index, "--gold", folder / "gold.jsonl", "--out", folder / "run")
    run("-m", "eval", "report", folder / "run")


def test_the_hook_sees_a_connection(tmp_path: Path) -> None:
    run = Cut(tmp_path)
    for attempt in (
        "socket.socket().connect(('192.0.2.1', 9))",
        "socket.getaddrinfo('example.invalid', 80)",
    ):
        run(
            "-c",
            f"import socket\ntry:\n    {attempt}\nexcept OSError as error:\n    assert 'out of bounds' in str(error)",
        )
    run("-c", "import socket\nsocket.getaddrinfo('127.0.0.1', 80)")
    assert run.connections == "socket.connect 192.0.2.1\nsocket.getaddrinfo example.invalid\n"


@pytest.mark.slow
def test_no_connection_to_another_machine(tmp_path: Path) -> None:
    run = Cut(tmp_path)
    everything(run, tmp_path)
    assert run.connections == ""


@pytest.mark.slow
def test_everything_works_where_there_is_no_network_at_all(tmp_path: Path) -> None:
    """Compiled libraries open sockets that Python does not see: here the system gives them none."""
    without = ["unshare", "--net", "--map-root-user"]
    if shutil.which("unshare") is None or subprocess.run([*without, "true"], capture_output=True).returncode:
        pytest.skip("the system does not let a process give up its network")
    everything(Cut(tmp_path, without), tmp_path)


def test_the_runtime_of_the_models_reports_nothing(tmp_path: Path) -> None:
    """It keeps what it would send in a folder of the user's home; nothing is kept, also where a model is loaded by the index alone."""
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    weights = ROOT / "qa" / "models" / "reader" / "model.onnx"
    load = f"import onnxruntime; onnxruntime.InferenceSession({str(weights)!r})"
    for package in ("qa", "index"):
        command = [sys.executable, "-c", f"import {package}; {load}"]
        subprocess.run(command, env=environment, cwd=ROOT, check=True, timeout=300)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
