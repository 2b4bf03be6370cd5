"""What is known of a document besides the passage that was found."""

from __future__ import annotations

from pathlib import Path

from index.corpus_index import CorpusIndex
from index.sync import sync
from qa.document_facts import DocumentFacts


def test_head_text_and_lead_follow_the_index(tmp_path: Path) -> None:
    corpus, index_dir = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    body = "。".join(f"第{n}段说的是煤炭ABC😀" for n in range(60))
    (corpus / "a.txt").write_text(f"關於煤炭的報告\n\n太原 2024 年轉化煤炭。\n\n{body}。", encoding="utf-8")
    sync(corpus, index_dir)
    corpus_index = CorpusIndex.open(index_dir)
    facts = DocumentFacts(corpus_index)
    assert "关于煤炭的报告" in facts.head("a.txt")
    assert "太原2024年转化煤炭" in facts.text("a.txt") and "abc😀" in facts.text("a.txt")
    first, *_, last = corpus_index.passages_of("a.txt")
    assert facts.lead(first) == "" or len(first.text) > 0
    assert "煤炭abc" in facts.lead(last)
    (corpus / "a.txt").write_text("另一份文件\n\n大同的消息。", encoding="utf-8")
    sync(corpus, index_dir)
    assert corpus_index.refresh()
    assert "大同" in facts.text("a.txt") and "另一份文件" in facts.head("a.txt")
    corpus_index.close()


def test_what_stands_above_a_passage(tmp_path: Path) -> None:
    corpus, index_dir = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    rows = "".join(f"第{n}县的一个很长的名字\t{n}1万亩\t{n}2万吨\n" for n in range(10, 60))
    text = f"關於果業的報告\n\n一、基本情況\n全省果業發展很好。\n\n二、各縣產量\n縣名\t面積\t產量\n{rows}\n以上是全部。\n"
    (corpus / "a.txt").write_text(text, encoding="utf-8")
    sync(corpus, index_dir)
    corpus_index = CorpusIndex.open(index_dir)
    facts = DocumentFacts(corpus_index)
    passages = corpus_index.passages_of("a.txt")
    assert "关于果业的报告" not in facts.above(passages[0])  # it is in the passage
    within = next(p for p in passages if p.text.startswith("第"))
    above = facts.above(within)
    assert above.splitlines()[0] == "关于果业的报告"
    assert "二、各县产量" in above
    assert above.endswith("县名\t面积\t产量")
    assert not any(line in within.text for line in above.splitlines())
    corpus_index.close()


def test_a_table_that_began_too_far_above_has_no_head(tmp_path: Path) -> None:
    corpus, index_dir = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    rows = "".join(f"第{n}县的一个很长的名字\t{n}1万亩\t{n}2万吨\n" for n in range(1000, 2200))
    (corpus / "a.txt").write_text(f"縣名\t面積\t產量\n{rows}", encoding="utf-8")
    sync(corpus, index_dir)
    corpus_index = CorpusIndex.open(index_dir)
    _, second, *_, last = corpus_index.passages_of("a.txt")
    facts = DocumentFacts(corpus_index)
    assert facts.table_head(second) == "县名\t面积\t产量"
    assert facts.table_head(last) == ""
    corpus_index.close()


def test_a_csv_tells_its_cells_apart_and_the_heads_of_its_columns_below(tmp_path: Path) -> None:
    corpus, index_dir = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    rows = [f'物品{n},{n + 10},{n + 200},"东库,甲"' for n in range(40)]
    text = "\n".join(["品名,数量,单价,位置", *rows]) + "\n"
    (corpus / "库存.csv").write_text(text, encoding="utf-8")
    sync(corpus, index_dir, max_chars=120)
    index = CorpusIndex.open(index_dir)
    facts = DocumentFacts(index)
    first, second, *_, last = index.passages_of("库存.csv")
    assert first.text.startswith("品名\t数量\t单价\t位置\n物品0\t10\t200\t")
    assert facts.table_head(second) == facts.table_head(last) == "品名\t数量\t单价\t位置"
    for passage in (first, second, last):
        assert len(passage.text) == passage.source_end - passage.source_start
    index.close()
