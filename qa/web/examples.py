"""Example questions for the page: made from the corpus, each tried on it first, found in the background."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

from index.errors import WenjuError
from qa.suggestions import Suggestion, suggest, verified
from qa.types import Answer
from qa.web.workspace import Workspace

__all__ = ["Examples"]

log = logging.getLogger(__name__)

_DOCUMENTS_READ = 40
_PER_DOCUMENT = 4
_TRIES_PER_DOCUMENT = 10
_SHORT = 34


class Examples:
    """Questions that the index is known to answer. Looks again when the index has changed."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._found: dict[str, list[Suggestion]] = {}
        self._fingerprint = ""
        self._lock = threading.Lock()
        self._busy = False

    def refresh(self) -> None:
        """Look for questions in the background where the index has changed since the last time."""
        try:
            fingerprint = self._workspace.pipeline.index.fingerprint
        except WenjuError:
            return
        with self._lock:
            if self._busy or fingerprint == self._fingerprint:
                return
            self._busy = True
        threading.Thread(target=self._look, args=(fingerprint,), name="wenju-examples", daemon=True).start()

    def _look(self, fingerprint: str) -> None:
        try:
            pipeline = self._workspace.pipeline
            found: dict[str, list[Suggestion]] = {}
            for info in pipeline.index.documents()[:_DOCUMENTS_READ]:
                candidates = sorted(
                    suggest(pipeline.index.passages_of(info.id)), key=lambda s: len(s.question) > _SHORT
                )
                found[info.id] = verified(
                    candidates, self._ask, limit=_PER_DOCUMENT, tries=_TRIES_PER_DOCUMENT
                )
                self._found = dict(found)
            self._fingerprint = fingerprint
        except WenjuError as error:
            log.warning("no example questions: %s", error)
        finally:
            self._busy = False

    def _ask(self, question: str) -> Answer:
        time.sleep(0.02)  # questions of people come first
        return self._workspace.pipeline.ask(question)

    def first(self, count: int) -> list[str]:
        """The first questions of every document in turn."""
        return [suggestion.question for suggestion in self._in_turn()][:count]

    def _in_turn(self) -> Iterator[Suggestion]:
        lists = list(self._found.values())
        for place in range(max(map(len, lists), default=0)):
            yield from (found[place] for found in lists if place < len(found))

    def after(self, answer: Answer, count: int) -> list[str]:
        """Questions on the documents that an answer cites, its own left out; then on the others."""
        cited = [c.document_id for c in answer.citations]
        near = [s for i in dict.fromkeys(cited) for s in self._found.get(i, [])]
        asked, said = _bare(answer.question), _bare(answer.answer)
        fresh = [
            s.question
            for s in (*near, *self._in_turn())
            if _bare(s.question) != asked and not (said and _bare(s.answer) in said)
        ]
        return list(dict.fromkeys(fresh))[:count]


def _bare(question: str) -> str:
    return "".join(char for char in question if char.isalnum())
