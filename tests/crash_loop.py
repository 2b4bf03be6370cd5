"""Kills ``sync`` and ``check --repair`` at random instants, and looks what is left of the index each time.

    python tests/crash_loop.py --kills 1000

After every kill the index must open and answer as it did before or as it should after, never a mixture; the next sync must
bring it to the new state, with no file left over. Half of the kills fall at a random time, half right before or after a
random one of the calls that touch files: those windows are short, and chance alone would seldom meet them.

The process forks from a parent that has imported everything and opened nothing, so that a kill costs a fraction of a second.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent)]

import faiss  # noqa: E402, F401  (imported here once, not in every child)
import langchain_text_splitters  # noqa: E402, F401
import tantivy  # noqa: E402, F401
from small_index import answers_of, make_embedder, write_files  # noqa: E402

from index.corpus_index import check_index  # noqa: E402
from index.errors import IndexCorruptError, IndexNotFoundError, WenjuError  # noqa: E402
from index.sync import sync  # noqa: E402

TOUCHES_FILES = {
    "execute", "executemany", "executescript", "fsync", "rename", "replace", "unlink", "rmdir", "mkdir", "link", "write",
    "commit", "wait_merging_threads", "write_index", "add_document", "delete_documents_by_query", "close", "open", "flock",
}  # fmt: skip
VERSIONS = 6
EXPECTED_NAMES = re.compile(
    r"lexical-\d+|vectors-\d+\.faiss|wenju\.(?:lock|seal|sqlite|sqlite-wal|sqlite-shm)"
)

State = Any
"""What an index answers, JSON-ready; the name of an error where it refuses to open."""


def in_child(work: Callable[[], State], *, after: Callable[[int], None] | None = None) -> State:
    """Run ``work`` in a forked process and return its result; None if the process was killed by ``after``."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            result = json.dumps(work(), ensure_ascii=False).encode()
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(result)
            os._exit(0)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(3)
    os.close(writer)
    if after is not None:
        after(child)
    with os.fdopen(reader, "rb") as pipe:
        data = pipe.read()
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    if status:
        raise SystemExit(f"a process of the crash loop failed by itself (status {status})")
    return json.loads(data)


def kill_after(seconds: float) -> Callable[[int], None]:
    def kill(child: int) -> None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)

    return kill


class Countdown:
    """Counts the calls that touch files, and kills its own process at one of them."""

    def __init__(self, kill_at: int = -1) -> None:
        self.count, self._kill_at = 0, kill_at

    def __call__(self, frame: object, event: str, function: Any) -> None:
        if event in ("c_call", "c_return") and getattr(function, "__name__", "") in TOUCHES_FILES:
            if self.count == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.count += 1


def counted(work: Callable[[], object], countdown: Countdown) -> int:
    sys.setprofile(countdown)
    try:
        work()
    finally:
        sys.setprofile(None)
    return countdown.count


class CrashLoop:
    """One corpus that takes several versions in turn, and its index."""

    def __init__(self, folder: Path, generator: random.Random) -> None:
        self.random = generator
        self.corpus, self.index = folder / "corpus", folder / "index"
        self.embedder = make_embedder(folder / "embedder")
        self.versions = [self._make_version() for _ in range(VERSIONS)]
        self.expected = [self._expect(folder / f"expected-{i}", i) for i in range(VERSIONS)]
        self.counts: Counter[str] = Counter()
        self.seconds = dict.fromkeys(("sync", "rebuild", "repair"), 0.5)
        """How long each kind of work takes, and how many calls it makes; corrected all the time."""
        self.calls = dict.fromkeys(self.seconds, 1000)

    def _make_version(self) -> dict[str, str]:
        words = ["煤炭产量", "援疆资金", "冻干食品", "新能源", "开发区", "good news", "第0183号", "🎉"]
        names = [f"{folder}{letter}.txt" for folder in ("", "子目录/") for letter in "abcdefgh"]
        chosen = self.random.sample(names, self.random.randint(6, len(names)))
        return {
            name: "。".join(self.random.choices(words, k=self.random.randint(3, 60)))
            + f"{self.random.random()}"
            for name in chosen
        }

    def _expect(self, index_dir: Path, version: int) -> State:
        self.write(version)
        in_child(lambda: self.sync(index_dir))
        found = in_child(lambda: self.answers(index_dir))
        shutil.rmtree(index_dir)
        return found

    def write(self, version: int) -> None:
        """Make the corpus folder hold a version; files that are the same are left alone."""
        wanted = self.versions[version]
        present = {path.relative_to(self.corpus).as_posix() for path in self.corpus.rglob("*.txt")}
        write_files(self.corpus, dict.fromkeys(present - wanted.keys()))
        for name, text in wanted.items():
            if not (self.corpus / name).exists() or (self.corpus / name).read_text("utf-8") != text:
                write_files(self.corpus, {name: text})

    def sync(self, index_dir: Path | None = None, *, rebuild: bool = False) -> None:
        sync(self.corpus, index_dir or self.index, embedder=self.embedder, workers=1, rebuild=rebuild)

    def repair(self) -> None:
        check_index(self.index, repair=True)

    def answers(self, index_dir: Path | None = None) -> State:
        try:
            return answers_of(index_dir or self.index)
        except WenjuError as error:
            return type(error).__name__

    def damage(self) -> str:
        """Damage one derived file; returns its name."""
        files = [
            p
            for p in self.index.rglob("*")
            if p.is_file() and p.stat().st_size and "wenju.sqlite" not in p.name
        ]
        path = self.random.choice(files)
        how = self.random.choice(["flip", "cut", "remove"])
        if how == "remove":
            path.unlink()
        else:
            data = bytearray(path.read_bytes())
            data[self.random.randrange(len(data))] ^= 1
            path.write_bytes(data if how == "flip" else data[: len(data) // 2])
        return path.name

    def kill(self, kind: str, work: Callable[[], None]) -> None:
        """Do ``work`` in a process that is killed somewhere in it, or a little after it."""
        if self.random.random() < 0.5:
            seconds = self.random.random() * self.seconds[kind] * 1.1
            killed = in_child(work, after=kill_after(seconds)) is None
        else:
            countdown = Countdown(self.random.randrange(int(self.calls[kind] * 1.1) + 1))
            calls = in_child(lambda: counted(work, countdown))
            killed = calls is None
            if calls is not None:
                self.calls[kind] = calls
        self.counts["killed" if killed else "ended before the kill"] += 1

    def complete(self, kind: str, work: Callable[[], None]) -> None:
        """Do ``work`` undisturbed, and learn how long it takes now: the machine may be busy at times."""
        started = time.monotonic()
        in_child(work)
        self.seconds[kind] += 0.3 * (time.monotonic() - started - self.seconds[kind])

    def one(self, before: int | None) -> int:
        """One kill, from the version that the index now holds (None: there is none) to another; returns that."""
        kind = self.random.choices(["sync", "rebuild", "repair"], [6, 1, 3])[0]
        if before is None or kind != "repair":
            return self.one_sync(before, rebuild=kind == "rebuild")
        self.one_repair(before)
        return before

    def one_sync(self, before: int | None, *, rebuild: bool) -> int:
        after = self.random.randrange(VERSIONS)
        old = IndexNotFoundError.__name__ if before is None else self.expected[before]
        self.write(after)
        self.kill("rebuild" if rebuild else "sync", lambda: self.sync(rebuild=rebuild))
        found = in_child(self.answers)
        if found not in (old, self.expected[after]):
            raise SystemExit(f"A MIXTURE after a killed sync: {json.dumps(found, ensure_ascii=False)[:2000]}")
        self.counts["old" if found == old else "new"] += 1
        self.complete("sync", self.sync)
        self.require(after, "the sync after a killed sync")
        return after

    def one_repair(self, version: int) -> None:
        name = self.damage()
        self.kill("repair", self.repair)
        found = in_child(self.answers)
        if found not in (IndexCorruptError.__name__, self.expected[version]):
            raise SystemExit(
                f"A MIXTURE after a killed repair of {name}: {json.dumps(found, ensure_ascii=False)[:2000]}"
            )
        self.counts["refused" if isinstance(found, str) else "repaired"] += 1
        self.complete("repair", self.repair)
        self.require(version, f"the repair of {name} after a killed one")

    def require(self, version: int, what: str) -> None:
        """The index is whole, answers as its version should, and no file is left over."""
        if in_child(self.answers) != self.expected[version]:
            raise SystemExit(f"WRONG ANSWERS after {what}")
        if problems := in_child(lambda: list(check_index(self.index).problems)):
            raise SystemExit(f"PROBLEMS after {what}: {problems}")
        names = [path.name for path in self.index.iterdir()]
        strange = [name for name in names if not EXPECTED_NAMES.fullmatch(name)]
        if strange or sum(name.startswith(("lexical", "vectors")) for name in names) != 2:
            raise SystemExit(f"FILES LEFT after {what}: {sorted(names)}")


def main() -> int:
    """Run the loop; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None, help="default: another one each time")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    generator = random.Random(seed)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="wenju-crash-") as folder:
        loop = CrashLoop(Path(folder), generator)
        version: int | None = None
        while loop.counts["killed"] < arguments.kills:
            if generator.random() < 0.05:
                shutil.rmtree(loop.index, ignore_errors=True)
                version = None
            version = loop.one(version)
            if loop.counts["killed"] % 50 == 0:
                print(
                    f"{loop.counts['killed']} kills, {time.monotonic() - started:.0f} s: {dict(loop.counts)}",
                    flush=True,
                )
    print(json.dumps({"seed": seed, "seconds": round(time.monotonic() - started, 1), **loop.counts}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
