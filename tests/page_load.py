"""How the page bears many people: ``python tests/page_load.py http://127.0.0.1:7860 [--people 32] [--rounds 2]``.

Every person asks a question of their own at the same moment, over the route that the page's script uses, and must get
the answer to it. Only a server on this computer is asked.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

QUESTIONS = (
    "山西援建的新疆准东产业园项目每年转化煤炭多少万吨？", "2024年晋中开发区对北亭经济技术开发区援建多少万元？",
    "大同经开区为图木舒克经济技术开发区提供多少万元资金援助？", "北京市共投入援疆资金多少亿元？", "平鲁区煤炭产能多少亿吨？",
    "中华老字号企业获批准新增多少家？", "晋能源提函2025年18号是哪个单位发的？", "广东省投入援疆资金多少？",
)  # fmt: skip


@dataclass(frozen=True)
class Load:
    """Seconds of every request, and what went wrong."""

    seconds: list[float]
    errors: list[str]

    def percentile(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(url: str, *, people: int, rounds: int) -> Load:
    """Let ``people`` ask at once, ``rounds`` times."""
    if urllib.parse.urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError(f"only a server on this computer is asked, got {url}")
    barrier = threading.Barrier(people)

    def person(number: int) -> Load:
        load = Load([], [])
        for turn in range(rounds):
            # The number makes every question its own, so that a mixed-up answer shows.
            question = f"{QUESTIONS[(number + turn) % len(QUESTIONS)]}（{number}-{turn}）"
            barrier.wait()
            started = time.perf_counter()
            try:
                asked = _ask(url, question)
                if asked != question:
                    load.errors.append(f"asked {question!r}, got the answer to {asked!r}")
            except (OSError, ValueError, KeyError) as error:
                load.errors.append(f"{question!r}: {type(error).__name__}: {error}")
            load.seconds.append(time.perf_counter() - started)
        return load

    with ThreadPoolExecutor(people) as pool:
        loads = list(pool.map(person, range(people)))
    return Load([s for one in loads for s in one.seconds], [e for one in loads for e in one.errors])


def _ask(url: str, question: str) -> str:
    body = json.dumps({"question": question, "language": "zh"}).encode()
    request = urllib.request.Request(f"{url.rstrip('/')}/wj/ask", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        lines = [json.loads(line) for line in reply.read().decode().splitlines()]
    return str(lines[-1]["turn"]["answer"]["question"])


def main() -> int:
    parser = argparse.ArgumentParser(description="Ask a running page many questions at once.")
    parser.add_argument("url")
    parser.add_argument("--people", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    load = measure(arguments.url, people=arguments.people, rounds=arguments.rounds)
    for error in load.errors:
        print(error, file=sys.stderr)
    print(
        f"{arguments.people} people, {len(load.seconds)} questions: median {load.percentile(0.5):.2f} s, "
        f"p95 {load.percentile(0.95):.2f} s, longest {max(load.seconds):.2f} s, {len(load.errors)} errors"
    )
    return 1 if load.errors else 0


if __name__ == "__main__":
    sys.exit(main())
