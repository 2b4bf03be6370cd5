"""A pipeline small enough to work out by hand: fixed documents, fixed answers. For the tests of the evaluation."""

import hashlib
from collections.abc import Mapping, Sequence

from eval.dataset import Question
from index.errors import ReaderError
from index.normalize import fold
from index.types import Document, Hit, Passage
from qa.types import Answer, Citation, CitedPassage, Span, Status

TEXTS = {
    "甲.txt": "2024 年，晋中开发区援建 100 万元。\n大同经开区资助 10 万元。",
    "乙.txt": "图木舒克在新疆。GDP 增长 5.2%，😀 是符号。",
}

QUESTIONS = [
    Question("q1", "晋中开发区援建多少资金？", ("100 万元",), (), ("甲.txt",), ("number",)),
    Question("q2", "图木舒克在哪里？", ("新疆",), (), ("乙.txt",), ("place",)),
    Question("q3", "有哪些开发区？", (), ("晋中开发区", "大同经开区"), ("甲.txt",), ("list",)),
    Question("q4", "太原有多少人？", (), (), (), ("unanswerable",)),
    Question("q5", "GDP 增长多少 😀？", ("5.2%",), (), ("乙.txt",), ("number", "english")),
]

Given = tuple[Status, Sequence[str], float]
"""Status, spans as they stand in a document, confidence."""

GIVEN: dict[str, Given] = {
    "晋中开发区援建多少资金？": ("answered", ["100 万元"], 0.9),
    "图木舒克在哪里？": ("related", ["新疆"], 0.4),
    "有哪些开发区？": ("answered", ["晋中开发区"], 0.7),
    "太原有多少人？": ("none", [], 0.1),
    "GDP 增长多少 😀？": ("answered", ["10 万元"], 0.6),
}


class FakeIndex:
    """Every sentence of ``TEXTS`` is a passage."""

    def __init__(self, texts: Mapping[str, str] = TEXTS) -> None:
        self.texts = texts

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(repr(sorted(self.texts.items())).encode()).hexdigest()

    def document(self, document_id: str) -> Document:
        text = self.texts[document_id]
        return Document(document_id, text, hashlib.sha256(text.encode()).hexdigest())

    def documents(self) -> list[Document]:
        return [self.document(document_id) for document_id in sorted(self.texts)]

    def passages_of(self, document_id: str) -> list[Passage]:
        found, start, text = [], 0, self.texts[document_id]
        for piece in text.split("。"):
            end = min(len(text), start + len(piece) + 1)
            if piece:
                found.append(
                    Passage(
                        f"{document_id}#{len(found)}", document_id, start, end, start, end, text[start:end]
                    )
                )
            start = end
        return found


class FakeRetriever:
    """Ranks the passages by the characters they share with the query; the dense list is the lexical one reversed."""

    def __init__(self, index: FakeIndex) -> None:
        self.index = index

    def lists(self, query: str, top_k: int) -> dict[str, list[Hit]]:
        passages = [p for d in sorted(self.index.texts) for p in self.index.passages_of(d)]
        scored = [Hit(p.id, float(len(set(query) & set(p.text)))) for p in passages]
        lexical = sorted(scored, key=lambda hit: -hit.score)[:top_k]
        return {"lexical": lexical, "dense": lexical[::-1], "fused": lexical}


class FakePipeline:
    """Gives the answers of ``given``; ``fails_at`` makes one question raise, ``asked`` counts."""

    def __init__(
        self, given: Mapping[str, Given] = GIVEN, *, fails_at: str = "", texts: Mapping[str, str] = TEXTS
    ) -> None:
        self.given, self.fails_at = given, fails_at
        self.index = FakeIndex(texts)
        self.retriever = FakeRetriever(self.index)
        self.asked: list[str] = []

    def search_text(self, question: str) -> str:
        return fold(question)

    def ask(self, question: str) -> Answer:
        if question == self.fails_at:
            raise ReaderError("the reader broke")
        self.asked.append(question)
        status, texts, confidence = self.given[question]
        citations = tuple(self._citation(number, text) for number, text in enumerate(texts, start=1))
        spans = tuple(Span(text, number, 1.0) for number, text in enumerate(texts, start=1))
        answered = status == "answered"
        return Answer(
            question,
            status,
            "、".join(texts) if answered else "",
            confidence,
            spans if answered else (),
            citations,
            () if answered else spans,
            {"retrieve": 1.0, "read": 2.0, "total": 3.0},
            self.index.fingerprint,
        )

    def _citation(self, number: int, text: str) -> Citation:
        document_id = next(d for d, source in sorted(self.index.texts.items()) if text in source)
        source = self.index.texts[document_id]
        start = source.index(text)
        passage = CitedPassage(0, len(source), source)
        return Citation(number, document_id, "", "", None, (), start, start + len(text), text, passage)
