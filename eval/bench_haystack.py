"""The peer of the speed measurements: Haystack 2 with its in-memory BM25 and embedding retrieval and its extractive reader.

It gets the very passages of our index, the same embedder folder, and ten passages to read per question, in a process of
its own. Its reader must be a folder in the format of ``transformers``; where only our bundled reader is there, a reader of its
size with random weights takes its place: how long reading takes does not depend on the weights.
"""

from __future__ import annotations

import json
import os
import time
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from eval.bench_worker import measure_asks
from index.errors import MissingDependencyError

__all__ = ["ask_questions", "check_installed", "dump_passages", "index_passages", "make_twin_reader"]

INSTALL = 'python -m pip install "haystack-ai>=2.31,<3" accelerate'
READ = 10
_EMBEDDERS = "haystack.components.embedders"
_RETRIEVERS = "haystack.components.retrievers.in_memory"
_STORE = "haystack.document_stores.in_memory"


def check_installed() -> None:
    """Raise where the peer's package is missing.

    Raises
    ------
    MissingDependencyError
        With the command that installs it.
    """
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import_module("haystack.components.readers")
    except ImportError as error:
        raise MissingDependencyError(
            f"the peer haystack is not installed ({error}); run: {INSTALL}"
        ) from None


def _part(module: str, name: str) -> Any:
    """Import one name of the optional package, which type checkers cannot see."""
    return getattr(import_module(module), name)


def dump_passages(index_dir: Path, out: Path) -> None:
    """Write the passages of an index as JSON lines, for a process that shall not load our index."""
    from index.corpus_index import CorpusIndex

    index = CorpusIndex.open(index_dir)
    with out.open("w", encoding="utf-8") as file:
        for info in index.documents():
            for passage in index.passages_of(info.id):
                file.write(json.dumps({"id": passage.id, "text": passage.text}, ensure_ascii=False) + "\n")
    index.close()


def make_twin_reader(folder: Path) -> Path:
    """Write a reader of our bundled reader's size, with random weights and its tokenizer, and return its folder."""
    from transformers import ElectraConfig, ElectraForQuestionAnswering, PreTrainedTokenizerFast, set_seed
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(files("qa") / "models" / "reader" / "tokenizer.json"),
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=512,
    )
    set_seed(1)
    config = ElectraConfig(
        vocab_size=len(tokenizer),
        embedding_size=96,
        hidden_size=192,
        num_hidden_layers=5,
        num_attention_heads=3,
        intermediate_size=768,
    )
    ElectraForQuestionAnswering(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def index_passages(task: dict[str, Any]) -> dict[str, Any]:
    """Embed the passages, put them into a store and save it: what our ``sync`` leaves behind, in the peer's way."""
    check_installed()
    document = _part("haystack", "Document")
    lines = Path(task["passages"]).read_text(encoding="utf-8").splitlines()
    documents = [document(id=row["id"], content=row["text"]) for row in map(json.loads, lines)]
    saved = Path(task["store"])
    begun = time.perf_counter()
    embedder = _part(_EMBEDDERS, "SentenceTransformersDocumentEmbedder")(
        task["embedder"], device=_cpu(), progress_bar=False, batch_size=256
    )
    embedder.warm_up()
    store = _part(_STORE, "InMemoryDocumentStore")(embedding_similarity_function="cosine")
    store.write_documents(embedder.run(documents)["documents"])
    store.save_to_disk(str(saved))
    return {
        "passages": len(documents),
        "seconds": round(time.perf_counter() - begun, 2),
        "index_mib": round(saved.stat().st_size / 2**20, 2),
    }


def ask_questions(task: dict[str, Any]) -> dict[str, Any]:
    """Load the saved store and ask the questions."""
    check_installed()
    begun = time.perf_counter()
    pipeline = _question_pipeline(task)

    def ask(question: str) -> None:
        parts = {"embedder": {"text": question}, "bm25": {"query": question}, "reader": {"query": question}}
        pipeline.run(parts)

    opened = time.perf_counter() - begun
    return {"open_seconds": round(opened, 2), **measure_asks(ask, task["questions"])}


def _cpu() -> Any:
    return _part("haystack.utils", "ComponentDevice").from_str("cpu")


def _question_pipeline(task: dict[str, Any]) -> Any:
    store = _part(_STORE, "InMemoryDocumentStore").load_from_disk(task["store"])
    embedder = _part(_EMBEDDERS, "SentenceTransformersTextEmbedder")
    joiner = _part("haystack.components.joiners", "DocumentJoiner")
    reader = _part("haystack.components.readers", "ExtractiveReader")
    pipeline = _part("haystack", "Pipeline")()
    pipeline.add_component("embedder", embedder(task["embedder"], device=_cpu(), progress_bar=False))
    pipeline.add_component("bm25", _part(_RETRIEVERS, "InMemoryBM25Retriever")(store, top_k=READ))
    pipeline.add_component("dense", _part(_RETRIEVERS, "InMemoryEmbeddingRetriever")(store, top_k=READ))
    pipeline.add_component("joiner", joiner(join_mode="reciprocal_rank_fusion", top_k=READ))
    pipeline.add_component("reader", reader(task["reader"], device=_cpu(), top_k=1))
    pipeline.connect("embedder.embedding", "dense.query_embedding")
    pipeline.connect("bm25", "joiner")
    pipeline.connect("dense", "joiner")
    pipeline.connect("joiner", "reader.documents")
    return pipeline
