"""Vectors of passages: their own words, and less of what stands above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from index.config import IndexConfig
from index.dense import CONTEXT_WEIGHT, DENSE_VERSION, SENTENCE_CONTEXT_WEIGHT, WHOLE_WEIGHT, dense_vectors
from index.types import Passage


class Axes:
    """Every distinct text is an axis of its own, so that a vector tells what it is made of; an emoji is no known text."""

    name = fingerprint = "axes"
    dimension = 16

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.calls: list[list[str]] = []

    def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
        self.calls.append(list(texts))
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            if text != "😀":
                self.seen += [text] if text not in self.seen else []
                row[self.seen.index(text)] = 1
        return rows

    def encode_query(self, query: str) -> np.ndarray:
        return self.encode_documents([query])[0]

    def parts(self, vector: np.ndarray) -> dict[str, float]:
        return {self.seen[i]: round(float(vector[i]), 4) for i in np.flatnonzero(vector)}


def passage(text: str, *heading: str) -> Passage:
    return Passage("甲#0", "甲", 0, len(text), 0, len(text), text, heading)


LENGTH = (1 + CONTEXT_WEIGHT**2) ** 0.5
OWN, ABOVE = round(1 / LENGTH, 4), round(CONTEXT_WEIGHT / LENGTH, 4)


@pytest.mark.parametrize(
    ("title", "text", "heading", "above"),
    [
        pytest.param("工作报告", "粮食增产。", (), "工作报告", id="title"),
        pytest.param("工作报告", "粮食增产。", ("一、农业",), "工作报告\n一、农业", id="title and heading"),
        pytest.param("", "粮食增产。", ("一", "二", "三"), "二\n三", id="the two innermost headings"),
        pytest.param("工作报告", "工作报告说,粮食增产。", (), "", id="a title that the passage says"),
        pytest.param("農業", "粮食增产。", (), "农业", id="traditional, folded"),
        pytest.param("000_a747320a", "粮食增产。", (), "", id="a file's name"),
        pytest.param("scan0012", "粮食增产。", ("一、农业",), "一、农业", id="a file's name and a heading"),
        pytest.param("Annual report", "粮食增产。", (), "Annual report", id="words in Latin letters"),
        pytest.param("Kubernetes", "粮食增产。", (), "Kubernetes", id="a word in Latin letters"),
        pytest.param("헌법", "粮食增产。", ("Введение",), "헌법\nВведение", id="other scripts"),
        pytest.param("Q3🎉报告", "粮食增产。", (), "Q3🎉报告", id="mixed"),
        pytest.param("农业", "粮食增产。", ("农业",), "农业", id="a heading like the title"),
        pytest.param(
            "工作报告", "一、农业\n粮食增产。", ("一、农业",), "工作报告", id="a heading that it says"
        ),
        pytest.param("", "粮食增产。", (), "", id="nothing"),
        pytest.param("报" * 70, "粮食增产。", (), "报" * 60, id="a long title"),
    ],
)
def test_what_stands_above_counts_three_tenths(
    title: str, text: str, heading: tuple[str, ...], above: str
) -> None:
    embedder = Axes()
    assert CONTEXT_WEIGHT == 0.3
    ((vector,),) = dense_vectors(embedder, [(title, [passage(text, *heading)])], context=True)
    assert embedder.parts(vector) == ({text: OWN, above: ABOVE} if above else {text: 1.0})
    ((alone,),) = dense_vectors(embedder, [(title, [passage(text, *heading)])], context=False)
    assert embedder.parts(alone) == {text: 1.0}


def test_documents_come_one_after_the_other_and_what_is_above_is_encoded_once() -> None:
    embedder = Axes()
    documents = [("甲报告", [passage("一。"), passage("二。")]), ("", [passage("三。")]), ("乙报告", [])]
    vectors = dense_vectors(embedder, documents, context=True)
    assert [set(embedder.parts(vector)) for (vector,) in vectors] == [
        {"一。", "甲报告"},
        {"二。", "甲报告"},
        {"三。"},
    ]
    assert embedder.calls == [["一。", "二。", "三。"], ["甲报告"]]


def test_a_passage_without_known_words_is_not_found_by_its_title_alone() -> None:
    embedder = Axes()
    for sentences in (False, True):
        first, second = dense_vectors(
            embedder, [("报告", [passage("😀"), passage("一。")])], context=True, sentences=sentences
        )
        assert not first.any() and len(first) == 1
        assert set(embedder.parts(second[0])) == {"一。", "报告"}
        assert dense_vectors(embedder, [("报告", [])], context=True, sentences=sentences) == []


LONG = ("粮" * 30 + "。", "林" * 60 + "。")


def test_every_sentence_has_a_vector_with_a_share_of_the_whole_and_of_what_stands_above() -> None:
    embedder = Axes()
    found = dense_vectors(
        embedder, [("报告", [passage("".join(LONG)), passage("渔。")])], context=True, sentences=True
    )
    assert [len(vectors) for vectors in found] == [2, 1]
    mean = np.array([30, 60]) / np.hypot(30, 60)  # each sentence counts by its size
    for own, vector in enumerate(found[0]):
        expected = WHOLE_WEIGHT * mean + np.eye(2)[own]
        expected = np.append(expected / np.linalg.norm(expected), SENTENCE_CONTEXT_WEIGHT)
        expected /= np.linalg.norm(expected)
        parts = embedder.parts(vector)
        assert [parts[text] for text in (*LONG, "报告")] == pytest.approx(expected.tolist(), abs=1e-4)
    assert set(embedder.parts(found[1][0])) == {"渔。", "报告"}
    alone = dense_vectors(embedder, [("报告", [passage("".join(LONG))])], context=False, sentences=True)
    assert set(embedder.parts(alone[0][1])) == set(LONG)


def test_a_sentence_without_known_words_has_no_vector() -> None:
    class Deaf(Axes):
        def encode_documents(self, texts: Sequence[str]) -> np.ndarray:
            rows = super().encode_documents(texts)
            rows[[text.startswith("粮") for text in texts]] = 0
            return rows

    (vectors,) = dense_vectors(Deaf(), [("", [passage("".join(LONG))])], context=True, sentences=True)
    assert vectors.shape == (1, 16) and np.linalg.norm(vectors[0]) == pytest.approx(1)


def test_an_index_with_vectors_of_another_kind_is_told_apart() -> None:
    now = IndexConfig("e", "f", 16)
    before = (
        now.to_json().replace(f'"dense_version": {DENSE_VERSION}, ', "").replace(', "sentences": true', "")
    )
    assert "dense_version" not in before and "sentences" not in before
    older = IndexConfig.from_json(before)
    assert older.differences(now) == [
        "sentences False instead of True",
        f"dense_version 1 instead of {DENSE_VERSION}",
    ]
    assert now.is_current and not older.is_current
    for name in ("normalize_version", "passages_version", "tokens_version"):
        assert not replace(now, **{name: 0}).is_current
