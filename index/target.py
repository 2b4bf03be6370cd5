"""The index folder that a sync writes to: its database as it is, the settings to build with."""

from __future__ import annotations

import json
import re
import shutil
import time
from dataclasses import replace
from pathlib import Path

from index.config import DEFAULT_CHARS, IndexConfig
from index.database import Database
from index.dense import SENTENCES_SINCE
from index.derived import lexical_name, stale_files, vectors_name
from index.embedder import Embedder, StaticEmbedder, is_static, load_embedder
from index.errors import IndexCorruptError, IndexMismatchError, IndexNotFoundError, IndexStateError
from index.folding import fold_characters
from index.records import checksum
from index.store import DATABASE_NAME, Store
from index.tokens import check_dictionary

__all__ = ["former_name", "latest_generation", "move_aside", "open_target", "put_back"]

_ASIDE = ".damaged-"
"""In the name of a database that another one took the place of; the time of that follows."""
_BY_OCR = "read by OCR"
"""In the note on pages of a PDF."""


def open_target(
    corpus_dir: Path,
    index_dir: Path,
    rebuild: bool,
    embedder: str | None,
    *,
    max_chars: int | None,
    context: bool | None,
    sentences: bool | None,
    dictionary: Path | None,
    ocr: bool | None,
) -> tuple[Store | None, IndexConfig, Embedder]:
    """The database as it is, None where there is none that can be used; the settings to build with; the embedder."""
    store, saved = _open_store(index_dir, rebuild)
    try:
        model = load_embedder(embedder or (saved.embedder if saved else None))
        config = IndexConfig(
            model.name,
            model.fingerprint,
            model.dimension,
            max_chars=max_chars or (saved.max_chars if saved else DEFAULT_CHARS),
            context=context if context is not None else (saved.context if saved else True),
            sentences=_sentences(model, saved) if sentences is None else sentences,
            dictionary=_read_dictionary(dictionary) if dictionary else (saved.dictionary if saved else ""),
            ocr=ocr if ocr is not None else (saved.ocr if saved else False),
        )
        differences = saved.differences(config) if saved and not rebuild else []
        if differences:
            raise IndexMismatchError(
                f"the index was built with other settings ({', '.join(differences)}); "
                f"to build it again: python -m index sync {corpus_dir} --index {index_dir} --rebuild, with the settings that you want"
            )
    except BaseException:
        if store is not None:
            store.close()
        raise
    return store, config, model


def _sentences(model: Embedder, saved: IndexConfig | None) -> bool:
    """As the index has it, where it was made since there is a choice and with a model of the same kind; else whether vectors of sentences
    cost little. ``saved.embedder`` is asked for its kind only where it is another model than ``model``."""
    static = isinstance(model, StaticEmbedder)
    if not saved or saved.dense_version < SENTENCES_SINCE:
        return static
    if saved.embedder_fingerprint == model.fingerprint:
        return saved.sentences
    return saved.sentences if static and is_static(saved.embedder) else static


def _open_store(index_dir: Path, rebuild: bool) -> tuple[Store | None, IndexConfig | None]:
    """The database and the settings saved in it; with ``rebuild``, a database that is damaged or of another version is left out, its
    settings are not."""
    try:
        store = Store.open(index_dir)
    except IndexNotFoundError:
        return None, _settings_before(index_dir)
    except (IndexCorruptError, IndexMismatchError):
        if rebuild:
            return None, _settings_of(index_dir)
        raise
    saved: IndexConfig | None = None
    try:
        text = store.state().config
        saved = _saved(store, text) if text else _settings_before(index_dir)
        problems = store.problems() if rebuild else []
    except (TypeError, ValueError):
        problems = ["made by another version"]
    except IndexCorruptError as error:
        problems = [str(error)]
    if not problems:
        return store, saved
    store.close()
    if rebuild:
        return None, saved or _settings_of(index_dir)
    if problems == ["made by another version"]:
        raise IndexMismatchError(f"{index_dir} was made by another version; build it again with --rebuild")
    raise IndexCorruptError(problems[0])


def _saved(store: Store, config: str) -> IndexConfig:
    """The settings of a database. One that was made before they said so was made with OCR where a document was read by it."""
    saved = IndexConfig.from_json(config)
    if "ocr" not in json.loads(config):
        saved = replace(saved, ocr=any(_BY_OCR in note for one in store.documents() for note in one.notes))
    return saved


def _settings_before(index_dir: Path) -> IndexConfig | None:
    """Those of the database that an unfinished rebuild moved aside last, where there is one."""
    names = sorted(
        path.name for path in index_dir.glob(f"{DATABASE_NAME}{_ASIDE}*") if path.name[-1].isdigit()
    )
    return _settings_of(index_dir, names[-1]) if names else None


def _settings_of(index_dir: Path, name: str = DATABASE_NAME) -> IndexConfig | None:
    """The settings in a database that cannot be used otherwise, as far as this version knows them; None where they cannot be read."""
    try:
        database = Database.open(index_dir / name)
    except IndexStateError:
        return None
    try:
        body, expected = database.rows("SELECT body, checksum FROM state")[0]
        if checksum(body) != expected:
            return None
        return IndexConfig.of_any_version(json.loads(body)["config"])
    except (IndexStateError, TypeError, ValueError, LookupError):
        return None
    finally:
        database.close()


def _read_dictionary(path: Path) -> str:
    try:
        dictionary, _ = fold_characters(path.read_text(encoding="utf-8-sig"))  # as the documents are
        check_dictionary(dictionary)
    except (OSError, ValueError) as error:
        raise IndexStateError(f"cannot use the dictionary {path}: {error}") from error
    return dictionary


def former_name() -> str:
    """The name under which a database is kept that another one takes the place of."""
    return f"{DATABASE_NAME}{_ASIDE}{time.strftime('%Y%m%d-%H%M%S')}"


def move_aside(index_dir: Path, name: str) -> None:
    """Keep a database under another name: it may be all that is left of somebody's work."""
    log = index_dir / f"{DATABASE_NAME}-wal"
    if log.exists():
        log.rename(index_dir / f"{name}-wal")
    (index_dir / DATABASE_NAME).rename(index_dir / name)


def put_back(index_dir: Path, name: str, generation: int) -> None:
    """Undo ``move_aside``, however far it came, and remove what was written of the ``generation`` that was to follow."""
    path = index_dir / DATABASE_NAME
    if (index_dir / name).exists():
        for suffix in ("-wal", "-shm"):  # SQLite would replay the log of another database into this one
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        (index_dir / name).replace(path)
    log = index_dir / f"{name}-wal"
    if log.exists():
        log.replace(index_dir / f"{DATABASE_NAME}-wal")
    shutil.rmtree(index_dir / lexical_name(generation), ignore_errors=True)
    (index_dir / vectors_name(generation)).unlink(missing_ok=True)


def latest_generation(index_dir: Path) -> int:
    """The last generation of which there are derived files, whichever database they belong to; 0 where there are none."""
    numbers = [re.search(r"\d+", path.name) for path in stale_files(index_dir, 0)]
    return max((int(number[0]) for number in numbers if number), default=0)
