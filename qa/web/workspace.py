"""One corpus with its index and its open pipeline, kept up to date in the background while questions go on."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.errors import DocumentError, IndexCorruptError, IndexMismatchError, IndexNotFoundError, WenjuError
from qa.web.pipelines import PipelineLike

if TYPE_CHECKING:
    from index.types import Document

__all__ = ["NotReadyError", "State", "Workspace"]

log = logging.getLogger(__name__)


class NotReadyError(WenjuError):
    """The index is not open yet, or could not be opened."""


@dataclass(frozen=True, slots=True)
class State:
    """What the page shows of the index. ``done`` of ``total`` steps of ``stage``; ``version`` grows with every change."""

    state: Literal["starting", "indexing", "ready", "failed"] = "starting"
    stage: str = "loading"
    done: int = 0
    total: int = 0
    message: str = ""
    documents: int = 0
    version: int = 0
    updating: bool = False
    """A newer index is being made while the old one answers."""
    failed: dict[str, str] = field(default_factory=dict)


class Workspace:
    """Opens, syncs and watches. ``start`` returns at once; ``pipeline`` is there when ``wait_ready`` says so."""

    def __init__(
        self,
        corpus_dir: Path,
        index_dir: Path,
        open_pipeline: Callable[[Path], PipelineLike],
        *,
        embedder: str | None = None,
    ) -> None:
        self.corpus_dir, self.index_dir = corpus_dir, index_dir
        self._open, self._embedder = open_pipeline, embedder
        self._pipeline: PipelineLike | None = None
        self._ready, self._wanted, self._closing = threading.Event(), threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._state = State()
        self._rebuild = False
        self._search_texts: OrderedDict[str, str] = OrderedDict()
        self._thread = threading.Thread(target=self._work, name="wenju-sync", daemon=True)

    @property
    def trash(self) -> Path:
        """Where deleted and replaced files go."""
        return self.index_dir / "trash"

    @property
    def state(self) -> State:
        """The state now."""
        return self._state

    def start(self) -> None:
        """Open the index, bring it up to date, and go on watching for requests, in the background."""
        self._wanted.set()
        self._thread.start()

    def stop(self) -> None:
        """End the background work after its present step."""
        self._closing.set()
        self._wanted.set()

    def request_sync(self, *, rebuild: bool = False) -> None:
        """Bring the index up to date soon; requests that come while one runs are joined into one."""
        self._rebuild = self._rebuild or rebuild
        self._wanted.set()

    def wait_ready(self, seconds: float) -> bool:
        """Wait until questions can be answered; False where that takes longer."""
        return self._ready.wait(seconds)

    @property
    def pipeline(self) -> PipelineLike:
        """The open pipeline.

        Raises
        ------
        NotReadyError
            The index is still being made, or could not be.
        """
        if self._pipeline is None:
            raise NotReadyError(self._state.message or "the index is not ready yet")
        return self._pipeline

    @property
    def fingerprint(self) -> str:
        """That of the open index, which changes whenever a document does; empty where none is open."""
        return "" if self._pipeline is None else self._pipeline.index.fingerprint

    def _change(self, **values: Any) -> None:
        with self._lock:
            current = {name: getattr(self._state, name) for name in State.__slots__}
            self._state = State(**{**current, **values, "version": self._state.version + 1})

    def _work(self) -> None:
        self._guarded(self._open_existing)
        while True:
            self._wanted.wait()
            self._wanted.clear()
            if self._closing.is_set():
                return
            self._guarded(self._sync)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do one step; whatever it raises becomes the state, for a thread that died would leave the page waiting."""
        try:
            work()
        except WenjuError as error:
            log.error("indexing failed: %s", error)
            self._failed(str(error))
        except Exception as error:
            log.exception("indexing failed")
            self._failed(f"{type(error).__name__}: {error}")

    def _failed(self, message: str) -> None:
        usable = self._pipeline is not None
        self._change(state="ready" if usable else "failed", message=message, updating=False)

    def _open_existing(self) -> None:
        try:
            self._take(self._open(self.index_dir))
        except IndexNotFoundError:
            pass
        except (IndexMismatchError, IndexCorruptError) as error:
            # The index is made from the corpus: another version's, or a damaged one, is made anew.
            log.warning("the index is made anew: %s", error)
            self._rebuild = True

    def _take(self, pipeline: PipelineLike) -> None:
        self._pipeline = pipeline
        self._change(state="ready", stage="", message="", documents=len(pipeline.index.documents()))
        self._ready.set()

    def _sync(self) -> None:
        from index.sync import sync

        rebuild, self._rebuild = self._rebuild, False
        if self._pipeline is None:
            self._change(state="indexing", stage="indexing")
        self._change(updating=self._pipeline is not None, done=0, total=0)
        report = sync(
            self.corpus_dir, self.index_dir, rebuild=rebuild, embedder=self._embedder, workers=1,
            progress=self._progress,
        )  # fmt: skip
        if self._pipeline is None:
            self._change(stage="loading")
            self._take(self._open(self.index_dir))
        else:
            self._pipeline.index.refresh()
        self._change(
            state="ready", stage="", message="", updating=False, failed=dict(report.failed),
            documents=len(self.pipeline.index.documents()),
        )  # fmt: skip

    def _progress(self, stage: str, done: int, total: int) -> None:
        self._change(stage=stage, done=done, total=total)

    def search_text(self, document: Document) -> str:
        """Search text of a document; the last few are kept."""
        from index.normalize import normalize

        with self._lock:
            if document.sha256 in self._search_texts:
                self._search_texts.move_to_end(document.sha256)
                return self._search_texts[document.sha256]
        made = normalize(document.text).text
        with self._lock:
            self._search_texts[document.sha256] = made
            while len(self._search_texts) > 8:
                self._search_texts.popitem(last=False)
        return made

    def documents(self) -> list[dict[str, Any]]:
        """All files of the corpus as the page lists them: indexed, unreadable, and waiting ones."""
        failed = self._state.failed
        infos = {} if self._pipeline is None else {info.id: info for info in self._pipeline.index.documents()}
        rows: list[dict[str, Any]] = []
        for document_id in sorted(self._on_disk() | infos.keys()):
            info = infos.get(document_id)
            state = "failed" if document_id in failed else "ready" if info else "waiting"
            metadata = (
                asdict(info.metadata) if info else {"title": "", "issuer": "", "number": "", "date": ""}
            )
            rows.append(
                {
                    "id": document_id,
                    **metadata,
                    "title": metadata["title"] or Path(document_id).name,
                    "year": metadata["date"][:4],
                    "format": info.format if info else Path(document_id).suffix.lstrip(".").lower(),
                    "characters": info.characters if info else 0,
                    "pages": info.page_count if info else 0,
                    "sha256": info.sha256 if info else "",
                    "notes": list(info.notes) if info else [],
                    "state": state,
                    "reason": failed.get(document_id, ""),
                }
            )
        return rows

    def _on_disk(self) -> set[str]:
        """Ids of the files that a sync reads, as it names them."""
        from index.loaders import scan_corpus
        from index.plan import index_prefix, shown_name

        inside = index_prefix(self.corpus_dir, self.index_dir)
        try:
            found = scan_corpus(self.corpus_dir).supported
        except DocumentError:
            return set()  # what is indexed can be shown all the same; the update tells the reason
        ids = (path.relative_to(self.corpus_dir).as_posix() for path in found)
        return {shown_name(document_id) for document_id in ids if not document_id.startswith(inside)}
