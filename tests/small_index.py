"""A small corpus, a small embedder, and the whole of what an index answers: shared by the tests of the index."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from index.corpus_index import CorpusIndex

QUERIES = ["煤炭产量", "援疆资金", "冻干食品", "新能源", "开发区", "good news", "🎉", "第0183号"]

DOCUMENTS = {
    "a.txt": "关于煤炭的答复\n\n山西省每年转化煤炭 1200 万吨,煤炭产量增长5.2%。",
    "b.txt": "援疆工作综述\n\n晋城经开区提供各20万元资金援助,援疆资金落实到位。",
    "子目录/c.md": "# 冻干产业\n\n## 科技锁鲜\n\n冻干食品产业展示出广阔前景,good news🎉。",
    "d.txt": "新能源\n\n平鲁区发展新能源优势明显,开发区示范引领作用持续彰显。",
}


def write_files(corpus: Path, files: dict[str, str | None]) -> None:
    """Write files below a folder; None deletes one. Times go back a little, so that they prove that nothing changed."""
    for name, text in files.items():
        path = corpus / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def make_embedder(folder: Path, *, dimension: int = 8, seed: int = 0) -> str:
    """Write a static embedder of single characters; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    characters = [chr(code) for code in (*range(0x21, 0x7F), *range(0x4E00, 0x9FA6))]
    tokenizer = Tokenizer(
        WordLevel({"[UNK]": 0, **{c: i for i, c in enumerate(characters, 1)}}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = Split(Regex("."), "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(seed).normal(size=(len(characters) + 1, dimension)).astype(np.float32)
    save_file({"embedding.weight": table}, folder / "model.safetensors")
    module = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": module}]))
    return str(folder)


Answers = dict[str, object]


def answers(index: CorpusIndex) -> Answers:
    """Everything that a state of an index says: its documents, and what it finds, lexical and dense."""
    with index.pinned():
        found: Answers = {"documents": {info.id: info.sha256 for info in index.documents()}}
        for query in QUERIES:
            for name, search in (("lexical", index.search_lexical), ("dense", index.search_dense)):
                hits = search(query, top_k=50)
                texts = {
                    passage.id: passage.text for passage in index.passages([hit.passage_id for hit in hits])
                }
                scores = {hit.passage_id: round(hit.score, 3) for hit in hits if name == "dense"}
                found[f"{name} {query}"] = {
                    hit.passage_id: [texts[hit.passage_id], scores.get(hit.passage_id)] for hit in hits
                }
        return found


def answers_of(index_dir: Path) -> Answers:
    """``answers`` of the index in a folder, opened afresh."""
    index = CorpusIndex.open(index_dir)
    try:
        return answers(index)
    finally:
        index.close()


def let_settle(corpus: Path) -> None:
    """Wait until no file of the folder was changed within the grain of the clocks."""
    import time

    from index.plan import _RACY_NS

    newest = max((os.stat(path).st_ctime_ns for path in corpus.rglob("*")), default=0)
    time.sleep(max(0.0, (newest + _RACY_NS - time.time_ns()) / 1e9 + 0.05))
