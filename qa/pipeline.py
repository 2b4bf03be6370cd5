"""Question -> cited answer: retrieve, read, score, decide, cite. No layout, no files."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

import numpy as np

from index.corpus_index import CorpusIndex
from index.normalize import normalize
from index.types import Hit, Passage
from qa.calibration import CALIBRATION_NAME, Calibration
from qa.candidates import proposed_spans, relevance_of, says_nothing, weighed_candidates
from qa.decision import decide
from qa.document_answer import document_answer
from qa.document_facts import DocumentFacts
from qa.explanation import Candidate, Explanation
from qa.gloss import gloss_names
from qa.outline_answer import outline_answer
from qa.question import Question, analyse_question
from qa.question_match import match_passage
from qa.question_terms import QuestionTerms, terms_in
from qa.reader import AboveReader, OverlapReader, Reader, load_reader
from qa.retriever import HybridRetriever, RetrieverConfig
from qa.span_features import Found
from qa.span_scorer import SpanScorer, judgement_features
from qa.types import Answer
from qa.word_spans import WordSpan
from qa.word_vectors import CachedWordVectors

__all__ = ["Candidate", "Explanation", "Pipeline", "PipelineConfig"]

_LONGEST_QUESTION = 2_000


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """Query-time settings. ``passages`` are read for each question, and ``further_passages`` after them where the reader finds no answer
    in those; ``foreign_passages`` for one in another script, whose passage stands lower in the list; ``spans_per_passage`` are
    weighed from each."""

    passages: int = 3
    further_passages: int = 2
    foreign_passages: int = 6
    spans_per_passage: int = 12
    alternatives: int = 3
    related: int = 3
    calibration: Path | None = None
    retriever: RetrieverConfig = field(default_factory=RetrieverConfig)

    def __post_init__(self) -> None:
        for name in ("passages", "foreign_passages", "spans_per_passage", "related"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.further_passages < 0:
            raise ValueError(f"further_passages must be 0 or more, got {self.further_passages}")


class Pipeline:
    """Answers questions over one index. Safe to share between threads."""

    def __init__(
        self,
        corpus_index: CorpusIndex,
        reader: Reader,
        *,
        config: PipelineConfig | None = None,
        scorer: SpanScorer | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self.index, self.reader = corpus_index, reader
        self.config = config or PipelineConfig()
        self._facts = DocumentFacts(corpus_index)
        self._vectors = CachedWordVectors.beside(corpus_index.embedder)
        self.retriever = HybridRetriever(
            corpus_index, self.config.retriever, facts=self._facts, vectors=self._vectors
        )
        kind = "overlap" if isinstance(reader, OverlapReader) else "neural"
        self.scorer = scorer or SpanScorer.bundled(kind)
        self.calibration = calibration or _find_calibration(corpus_index.path, self.config.calibration, kind)

    @classmethod
    def open(
        cls,
        index_dir: Path,
        *,
        reader: str | None = None,
        embedder: str | None = None,
        config: PipelineConfig | None = None,
        calibration: Calibration | None = None,
    ) -> Pipeline:
        """Open an index and load a reader: ``None`` the bundled one, ``"overlap"``, a local folder or a hub name."""
        corpus_index = CorpusIndex.open(index_dir, embedder=embedder)
        try:
            return cls(corpus_index, load_reader(reader), config=config, calibration=calibration)
        except BaseException:
            corpus_index.close()
            raise

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def ask(
        self,
        question: str,
        *,
        top_k: int | None = None,
        document_ids: Collection[str] | None = None,
        on_stage: Callable[[str], None] | None = None,
    ) -> Answer:
        """Answer a question from the documents, or from those in ``document_ids`` only.

        ``top_k`` is the number of passages to read, all of them at once; ``on_stage`` is told ``"retrieving"`` and ``"reading"``.
        """
        return self.explain(question, top_k=top_k, document_ids=document_ids, on_stage=on_stage)[0]

    def explain(
        self,
        question: str,
        *,
        top_k: int | None = None,
        document_ids: Collection[str] | None = None,
        on_stage: Callable[[str], None] | None = None,
    ) -> tuple[Answer, Explanation]:
        """``ask``, with all that led to the answer. All of it comes from one state of the index, the newest."""
        if top_k is not None and top_k < 1:
            raise ValueError(f"top_k must be at least 1, got {top_k}")
        tell = on_stage or (lambda stage: None)
        with self.index.pinned():
            return self._explain(question, top_k, document_ids, tell)

    def _explain(
        self,
        question: str,
        top_k: int | None,
        document_ids: Collection[str] | None,
        tell: Callable[[str], None],
    ) -> tuple[Answer, Explanation]:
        started = time.perf_counter()
        asked = self._read_question(question)
        tell("retrieving")
        terms = terms_in(self.index, asked.text, self._vectors)
        count = top_k or (self.config.foreign_passages if asked.foreign else self.config.passages)
        further = 0 if top_k or asked.foreign else self.config.further_passages
        passages, lists = self._retrieve(asked, terms, count + further, document_ids)
        retrieved = time.perf_counter()
        tell("reading")
        found, spans = self._read(asked, terms, passages, lists, at_once=count)
        candidates = weighed_candidates(self.scorer.span, asked, terms, found, spans)
        nearest = max((hit.score for hit in lists["dense"]), default=0.0)
        relevance = relevance_of(asked, terms, found, nearest=nearest)
        read = time.perf_counter()
        explanation = Explanation(
            asked,
            terms,
            lists,
            tuple(found),
            tuple(candidates),
            *self._judge(candidates, relevance),
            relevance,
        )
        timings = {
            "retrieve": _milliseconds(retrieved - started),
            "read": _milliseconds(read - retrieved),
            "total": _milliseconds(time.perf_counter() - started),
        }
        answer = decide(
            self.index,
            question,
            explanation,
            self.calibration,
            alternatives=self.config.alternatives,
            related=self.config.related,
            timings=timings,
        )
        said = document_answer(self.index, self._facts, explanation, answer, document_ids)
        return said or outline_answer(self.index, self._facts, explanation, answer) or answer, explanation

    def search_text(self, question: str) -> str:
        """A question as it is put to the retriever: search text, its Latin names as the corpus writes them."""
        return self._read_question(question).text

    def _read_question(self, question: str) -> Question:
        """The question as search text, its Latin names as the corpus writes them."""
        return analyse_question(gloss_names(normalize(question[:_LONGEST_QUESTION]).text.strip(), self.index))

    def _retrieve(
        self, asked: Question, terms: QuestionTerms, top_k: int, document_ids: Collection[str] | None
    ) -> tuple[list[Passage], dict[str, list[Hit]]]:
        if not terms.words or len(self.index) == 0:  # no word to look for: nothing bears on the question
            return [], {"lexical": [], "dense": [], "fused": []}
        lists = self.retriever.lists(asked.text, document_ids=document_ids)
        return self.index.passages(hit.passage_id for hit in lists["fused"][:top_k]), lists

    def _read(
        self,
        asked: Question,
        terms: QuestionTerms,
        passages: Sequence[Passage],
        lists: dict[str, list[Hit]],
        *,
        at_once: int,
    ) -> tuple[list[Found], list[list[WordSpan]]]:
        """The passages that were read, with what the reader proposes of each: the first ``at_once``, and the others where it finds no
        answer in those."""
        top_k = self.config.spans_per_passage
        found = self._match(terms, passages[:at_once], lists)
        spans = proposed_spans(self.reader, asked, found, top_k=top_k)
        if says_nothing(spans):
            further = self._match(terms, passages[at_once:], lists, before=at_once)
            found += further
            spans += proposed_spans(self.reader, asked, further, top_k=top_k)
        return found, spans

    def _match(
        self,
        terms: QuestionTerms,
        passages: Sequence[Passage],
        lists: dict[str, list[Hit]],
        *,
        before: int = 0,
    ) -> list[Found]:
        """What of the question each passage has, in its own words, its headings and its document; so many passages stand before them."""
        lexical = {hit.passage_id: hit.score for hit in lists["lexical"]}
        dense = {hit.passage_id: hit.score for hit in lists["dense"]}
        best = max(lexical.values(), default=0.0) or 1.0
        told = isinstance(self.reader, AboveReader) and self.reader.reads_above
        found: list[Found] = []
        for rank, passage in enumerate(passages, start=before + 1):
            head, table = self._facts.head(passage.document_id), self._facts.table_head(passage)
            context = "\n".join((head, *passage.heading, table))
            match = match_passage(terms, passage, context, self._vectors)
            shares = lexical.get(passage.id, 0.0) / best, dense.get(passage.id, 0.0)
            document, lead = self._facts.text(passage.document_id), self._facts.lead(passage)
            above = self._facts.above(passage, table) if told else ""
            found.append(Found(match, *shares, rank, document, lead, table, above))
        return found

    def _judge(self, candidates: Sequence[Candidate], relevance: float) -> tuple[float, float]:
        """Judgement and certainty, in log-odds."""
        if not candidates:
            return -inf, -inf
        features, scores = np.stack([c.features for c in candidates]), np.array([c.score for c in candidates])
        row = judgement_features(features, scores, [c.text for c in candidates], relevance)[None, :]
        return float(self.scorer.judgement.score(row)[0]), float(self.scorer.certainty.score(row)[0])


def _find_calibration(index_dir: Path, given: Path | None, kind: str) -> Calibration:
    own = index_dir / CALIBRATION_NAME
    if given is not None:
        return Calibration.load(given)
    return Calibration.load(own) if own.is_file() else Calibration.bundled(kind)


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 2)
