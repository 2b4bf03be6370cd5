"""Whether the files that an answer cites are still those that were indexed. Looks at the cited files only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from index.derived import hash_file

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex

__all__ = ["stale_sources"]


def stale_sources(
    corpus_index: CorpusIndex, document_ids: Iterable[str]
) -> dict[str, Literal["changed", "gone"]]:
    """The documents whose files hold other bytes than when they were indexed, or are gone; none where the corpus folder itself is.

    A file whose size and time of change are as recorded is not read.
    """
    corpus, wanted = corpus_index.corpus_dir, set(document_ids)
    if not wanted or not corpus.is_absolute() or not corpus.is_dir():
        return {}
    stale: dict[str, Literal["changed", "gone"]] = {}
    for info in corpus_index.documents():
        if info.id not in wanted:
            continue
        path = corpus / info.id
        try:
            status = path.stat()
            known = (status.st_size, status.st_mtime_ns) == (info.file.size, info.file.mtime_ns)
            if not known and hash_file(path) != info.file.sha256:
                stale[info.id] = "changed"
        except FileNotFoundError:
            stale[info.id] = "gone"
        except OSError:
            continue  # cannot be looked at
    return stale
