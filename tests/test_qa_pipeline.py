"""The pipeline on small corpora: what it answers, what it refuses, and that it follows what others write."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from qa_corpus import OFFICE, SCHOOL, SMALL, check_answer, indexed, write_corpus

from index.corpus_index import CorpusIndex
from index.errors import IndexNotFoundError
from index.sync import sync
from qa.calibration import Calibration
from qa.candidates import relevance_of
from qa.decision import says_nothing_new
from qa.overlap_reader import OverlapReader
from qa.pipeline import Pipeline, PipelineConfig
from qa.reader import load_reader
from qa.types import Answer, SpanCandidate

BOLD = Calibration(answer_threshold=0.0)
"""Answers whatever its probability."""
TIMID = Calibration(answer_threshold=1.0)
"""Never sure enough."""


def opened(index_dir: Path, **options) -> Pipeline:
    return Pipeline(CorpusIndex.open(index_dir), options.pop("reader", None) or OverlapReader(), **options)


@pytest.fixture(scope="module")
def index_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return indexed(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def pipeline(index_dir: Path) -> Iterator[Pipeline]:
    pipeline = opened(index_dir, calibration=BOLD)
    yield pipeline
    pipeline.close()


def facts(answer: Answer) -> dict:
    return {key: value for key, value in answer.to_dict().items() if key != "timings_ms"}


@pytest.mark.parametrize("reader", ["overlap", "bundled"])
@pytest.mark.parametrize(
    ("question", "expected", "document"),
    [
        pytest.param("2024年太原市转化煤炭多少万吨？", "1200 万吨", "office.txt", id="number with its unit"),
        pytest.param("附属小学创办于哪一年？", "1902年", "school.txt", id="year"),
        pytest.param("煤炭转化同比增长多少？", "5.2%", "office.txt", id="percent"),
        pytest.param("附屬小學創辦於哪一年？", "1902年", "school.txt", id="traditional question"),
    ],
)
def test_answers_with_the_words_of_the_document(
    index_dir: Path, reader: str, question: str, expected: str, document: str
) -> None:
    pipeline = opened(index_dir, reader=load_reader(reader, threads=1), calibration=BOLD)
    answer = pipeline.ask(question)
    assert (answer.status, answer.answer) == ("answered", expected)
    assert answer.citations[0].document_id == document
    assert answer.index == pipeline.index.fingerprint
    assert set(answer.timings_ms) == {"retrieve", "read", "total"}
    check_answer(answer, pipeline.index)
    json.dumps(answer.to_dict(), allow_nan=False)
    pipeline.close()


def test_a_list_is_answered_item_by_item(pipeline: Pipeline) -> None:
    answer = pipeline.ask("会议由哪些市协办？")
    assert answer.answer == "太原、大同、阳泉、运城"
    assert [span.text for span in answer.spans] == ["太原", "大同", "阳泉", "运城"]
    assert len({span.citation for span in answer.spans}) == 4
    check_answer(answer, pipeline.index)


def test_an_unsure_answer_is_shown_as_related(index_dir: Path) -> None:
    pipeline = opened(index_dir, calibration=TIMID, config=PipelineConfig(related=2, alternatives=2))
    answer = pipeline.ask("2024年太原市转化煤炭多少万吨？")
    assert (answer.status, answer.answer, answer.spans) == ("related", "", ())
    assert answer.citations[0].quote == answer.citations[0].passage.text
    assert answer.alternatives[0].text == "1200 万吨"
    assert len(answer.alternatives) <= 2
    check_answer(answer, pipeline.index)
    pipeline.close()


def test_a_sure_span_on_passages_that_do_not_bear_on_the_question_is_no_answer(index_dir: Path) -> None:
    strict = Calibration(answer_threshold=0.0, related_threshold=1.0)
    pipeline = opened(index_dir, calibration=strict)
    answer, explanation = pipeline.explain("附属小学的食堂何时开放？")
    assert explanation.candidates and explanation.relevance < 1
    assert (answer.status, answer.answer, answer.spans) == ("none", "", ())
    pipeline.close()


@pytest.mark.parametrize(
    ("question", "by_vectors"),
    [
        pytest.param("学校はいつできましたか?", True, id="Japanese: few words shared"),
        pytest.param("When was the school founded?", True, id="English"),
        pytest.param("附属小学の食堂在哪里？", False, id="Chinese with one kana"),
    ],
)
def test_how_much_passages_bear_on_a_question_in_another_language_is_told_by_vectors(
    pipeline: Pipeline, question: str, by_vectors: bool
) -> None:
    _, explanation = pipeline.explain(question)
    nearest = explanation.lists["dense"][0].score
    assert (explanation.relevance == min(1.0, 2 * nearest)) is by_vectors
    seen = explanation.question, explanation.terms, [replace(one, dense=0.0) for one in explanation.found]
    assert (relevance_of(*seen) < explanation.relevance) is by_vectors
    assert relevance_of(*seen, nearest=nearest) == explanation.relevance


@pytest.mark.parametrize(
    ("question", "answer", "echoes"),
    [
        ("2024年东沟村的户数是多少?", "24", False),
        ("2024年东沟村的户数是多少?", "2024", True),
        ("2023年一季度事故起数是多少?", "3", False),
        ("增长1.24倍的是?", "24", False),
        ("How many of the 1200 firms closed?", "12", False),
        ("In which month did the Mayor visit?", "May", False),
        ("Who leads the Taiyuan-Steel Museum?", "Taiyuan Steel", True),
        ("大同市的煤炭产量是多少?", "大同", True),
        ("甲还是乙?", "甲", False),
        ("?", "。", True),
    ],
)
def test_an_answer_that_only_says_what_the_question_said(question: str, answer: str, echoes: bool) -> None:
    assert says_nothing_new(question, answer) is echoes


class OnlyTaiyuan:
    """Reads nothing but one word."""

    name = fingerprint = "taiyuan"

    def read(self, question: str, passages: Sequence[str], *, top_k: int = 5) -> list[list[SpanCandidate]]:
        found = [passage.find("太原") for passage in passages]
        return [[SpanCandidate(at, at + 2, 9.0)] if at >= 0 else [] for at in found]


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("太原市转化煤炭的是谁？", "related"),
        ("转化煤炭的是太原还是大同？", "answered"),
        ("转化煤炭的城市是哪个？", "answered"),
    ],
)
def test_an_answer_says_more_than_the_question(index_dir: Path, question: str, status: str) -> None:
    pipeline = opened(index_dir, reader=OnlyTaiyuan(), calibration=BOLD)
    answer = pipeline.ask(question)
    assert (answer.status, "太原" in answer.answer) == (status, status == "answered")
    pipeline.close()


def test_where_nothing_is_sure_only_what_bears_on_the_question_is_shown(index_dir: Path) -> None:
    pipeline = opened(index_dir, calibration=TIMID)
    for question in ("火星探测器何时发射？", "量子色动力学的耦合常数"):
        answer = pipeline.ask(question)
        assert (answer.status, answer.answer, answer.citations, answer.alternatives) == ("none", "", (), ())
    assert pipeline.ask("附属小学的食堂何时开放？").status == "related"
    pipeline.close()


@pytest.mark.parametrize(
    "question",
    ["", "   \n\t", "😀👍🏽🇨🇳", "？？！……", "的了是", "\u200b\ufeff", "\x00", "\ud800"],
    ids=[
        "empty",
        "white space",
        "emoji",
        "punctuation",
        "function words",
        "zero width",
        "zero byte",
        "half",
    ],
)
def test_questions_that_ask_nothing_get_nothing(index_dir: Path, question: str) -> None:
    for reader in (OverlapReader(), load_reader(threads=1)):
        pipeline = opened(index_dir, reader=reader)
        answer = pipeline.ask(question)
        assert (answer.status, answer.answer, answer.question) == ("none", "", question)
        assert 0 <= answer.confidence <= 1
        pipeline.close()


@pytest.mark.parametrize("unit", ["煤炭", "太原市转化煤炭多少万吨？", "a", "1", "a b ", "“", "《"])
@pytest.mark.parametrize("reader", ["overlap", "bundled"])
def test_a_question_of_ten_thousand_characters_is_answered_in_time(
    index_dir: Path, unit: str, reader: str
) -> None:
    pipeline = opened(index_dir, reader=load_reader(reader, threads=1))
    question = (unit * 10_000)[:10_000]
    answer = pipeline.ask(question)
    assert answer.question == question
    assert answer.timings_ms["total"] < 10_000
    check_answer(answer, pipeline.index)
    pipeline.close()


def test_only_the_documents_asked_for_are_cited(pipeline: Pipeline) -> None:
    question = "2024年太原市转化煤炭多少万吨？"
    for document_id in SMALL:
        answer = pipeline.ask(question, document_ids=[document_id])
        assert {citation.document_id for citation in answer.citations} <= {document_id}
    assert pipeline.ask(question, document_ids=["office.txt", "school.txt"]).answer == "1200 万吨"
    for nothing in ([], ["no such.txt"], ["../office.txt"]):
        assert pipeline.ask(question, document_ids=nothing).status == "none"


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("附属小学有学生多少名？", 1),
        ("How many students does the school have?", 2),
        ("煤炭 coal 多少万吨？😀", 1),
    ],
    ids=["chinese", "english", "mixed"],
)
def test_more_passages_are_read_for_a_question_in_another_script(
    index_dir: Path, question: str, read: int
) -> None:
    pipeline = opened(index_dir, config=PipelineConfig(passages=1, foreign_passages=2))
    assert len(pipeline.explain(question)[1].found) == read
    assert len(pipeline.explain(question, top_k=1)[1].found) == 1
    pipeline.close()


class Scoring:
    """Proposes the beginning of every passage, always with the same score."""

    name = fingerprint = "scoring"

    def __init__(self, score: float) -> None:
        self.score, self.read_passages = score, []

    def read(self, question: str, passages: Sequence[str], *, top_k: int = 5) -> list[list[SpanCandidate]]:
        self.read_passages += passages
        return [[SpanCandidate(0, 4, self.score)] for _ in passages]


def test_the_reader_goes_on_only_where_the_first_passages_answer_nothing(index_dir: Path) -> None:
    settings = PipelineConfig(passages=1, further_passages=2)
    for score, count in ((-1.0, 3), (0.0, 3), (1.0, 1)):
        reader = Scoring(score)
        pipeline = opened(index_dir, reader=reader, config=settings)
        found = pipeline.explain("附属小学创办于哪一年？")[1].found
        assert [one.rank for one in found] == list(range(1, count + 1))
        assert reader.read_passages == [one.match.passage.text for one in found]  # none of them twice
        assert len(pipeline.explain("附属小学创办于哪一年？", top_k=1)[1].found) == 1
        narrow = pipeline.explain("附属小学创办于哪一年？", document_ids=["school.txt"])[1].found
        assert {one.match.passage.document_id for one in narrow} == {"school.txt"}
        pipeline.close()
    closed = opened(
        index_dir, reader=Scoring(-1.0), config=PipelineConfig(foreign_passages=1, further_passages=2)
    )
    assert len(closed.explain("How many students does the school have?")[1].found) == 1
    closed.close()


def test_top_k_is_how_many_passages_are_read(pipeline: Pipeline) -> None:
    assert len(pipeline.explain("太原", top_k=1)[1].found) == 1
    assert len(pipeline.explain("太原", top_k=1000)[1].found) <= len(pipeline.index)
    for wrong in (0, -1):
        with pytest.raises(ValueError, match="top_k"):
            pipeline.ask("太原", top_k=wrong)


def test_stages_are_told_in_order(pipeline: Pipeline) -> None:
    told: list[str] = []
    pipeline.ask("太原", on_stage=told.append)
    assert told == ["retrieving", "reading"]


def test_candidates_come_best_first_and_each_place_once(pipeline: Pipeline) -> None:
    candidates = pipeline.explain("2024年太原市转化煤炭多少万吨？")[1].candidates
    assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)
    places = [(c.passage.document_id, c.passage.start + c.start, c.passage.start + c.end) for c in candidates]
    assert len(set(places)) == len(places)


class Silent:
    """A reader that proposes nothing."""

    name = fingerprint = "silent"

    def read(self, question: str, passages: Sequence[str], *, top_k: int = 5) -> list[list[SpanCandidate]]:
        return [[] for _ in passages]


class Careless(Silent):
    """A reader whose spans are punctuation, nothing at all, or beyond the passage."""

    def read(self, question: str, passages: Sequence[str], *, top_k: int = 5) -> list[list[SpanCandidate]]:
        return [
            [SpanCandidate(i, i + 1, 5.0) for i, char in enumerate(text) if char in "。,、\n"]
            + [SpanCandidate(3, 3, 4.0), SpanCandidate(len(text) - 2, len(text) + 50, 3.0)]
            for text in passages
        ]


def test_passages_are_shown_where_the_reader_proposes_nothing(index_dir: Path) -> None:
    pipeline = opened(index_dir, reader=Silent(), calibration=BOLD)
    answer = pipeline.ask("2024年太原市转化煤炭多少万吨？")
    assert (answer.status, answer.confidence, answer.alternatives) == ("related", 0.0, ())
    check_answer(answer, pipeline.index)
    pipeline.close()


def test_a_careless_reader_still_gives_exact_quotes(index_dir: Path) -> None:
    pipeline = opened(index_dir, reader=Careless(), calibration=BOLD)
    for question in ("2024年太原市转化煤炭多少万吨？", "How many objects does the museum hold?"):
        check_answer(pipeline.ask(question), pipeline.index)
    pipeline.close()


def test_an_index_without_documents_answers_none(tmp_path: Path) -> None:
    index_dir = indexed(tmp_path, {})
    for reader in (OverlapReader(), load_reader(threads=1)):
        pipeline = opened(index_dir, reader=reader)
        assert facts(pipeline.ask("太原有多少人？")) == {
            "question": "太原有多少人？",
            "status": "none",
            "answer": "",
            "confidence": 0.0,
            "spans": (),
            "citations": (),
            "alternatives": (),
            "index": pipeline.index.fingerprint,
        }
        pipeline.close()


def test_no_index_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError, match="holds no index"):
        Pipeline.open(tmp_path / "nowhere")


def sync_elsewhere(corpus: Path, index_dir: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "index", "sync", str(corpus), "--index", str(index_dir), "--workers", "1"],
        check=True,
        capture_output=True,
    )


def test_what_another_process_deletes_or_changes_is_never_cited_again(tmp_path: Path) -> None:
    index_dir = indexed(tmp_path)
    pipeline = opened(index_dir, calibration=BOLD)
    question = "2024年太原市转化煤炭多少万吨？"
    assert pipeline.ask(question).answer == "1200 万吨"

    changed = {"office.txt": OFFICE.replace("1200", "3450"), "school.txt": SCHOOL}
    sync_elsewhere(write_corpus(tmp_path / "corpus", changed), index_dir)
    answer = pipeline.ask(question)
    assert answer.answer == "3450 万吨"
    check_answer(answer, pipeline.index)

    sync_elsewhere(write_corpus(tmp_path / "corpus", {"school.txt": SCHOOL}), index_dir)
    for asked in (question, "晋中开发区援建了多少资金？", "哪些市协办会议？", "museum"):
        answer = pipeline.ask(asked)
        check_answer(answer, pipeline.index)
        assert {citation.document_id for citation in answer.citations} <= {"school.txt"}
    pipeline.close()


def test_a_sync_in_the_middle_of_a_question_changes_nothing_for_it(tmp_path: Path) -> None:
    index_dir = indexed(tmp_path)
    pipeline = opened(index_dir, calibration=BOLD)
    question = "2024年太原市转化煤炭多少万吨？"
    before = facts(pipeline.ask(question))
    corpus = write_corpus(tmp_path / "corpus", {"school.txt": SCHOOL})

    def write_meanwhile(stage: str) -> None:
        if stage == "reading":
            sync(corpus, index_dir, workers=1)

    assert facts(pipeline.ask(question, on_stage=write_meanwhile)) == before
    assert "office.txt" not in {c.document_id for c in pipeline.ask(question).citations}
    pipeline.close()


@pytest.mark.parametrize("reader", ["overlap", "bundled"])
def test_eight_threads_get_the_answers_of_one(index_dir: Path, reader: str) -> None:
    pipeline = opened(index_dir, reader=load_reader(reader, threads=1), calibration=BOLD)
    templates = [
        "{}转化煤炭多少万吨？",
        "{}有多少名学生？",
        "哪些市协办{}的会议？",
        "When did {} open?",
        "{}😀",
    ]
    names = ["太原市", "附属小学", "晋中开发区", "museum", "李建国", "迎泽区", "", "大同", "2024年", "教师"]
    questions = [template.format(name) for template in templates for name in names]
    assert len(questions) == 50
    alone = [facts(pipeline.ask(question)) for question in questions]
    fresh = opened(index_dir, reader=load_reader(reader, threads=1), calibration=BOLD)
    shuffled = sorted(range(50), key=lambda number: number * 37 % 50)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: facts(fresh.ask(questions[number])), shuffled))
    together = dict(zip(shuffled, answers, strict=True))
    assert [together[number] for number in range(50)] == alone
    pipeline.close()
    fresh.close()


@pytest.mark.parametrize("name", ["passages", "spans_per_passage", "related"])
def test_a_senseless_setting_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 1, got 0"):
        PipelineConfig(**{name: 0})


def test_no_further_passages_may_be_read_but_not_fewer_than_none() -> None:
    assert PipelineConfig(further_passages=0).further_passages == 0
    with pytest.raises(ValueError, match="further_passages must be 0 or more, got -1"):
        PipelineConfig(further_passages=-1)


def test_the_calibration_of_an_index_is_used(index_dir: Path, tmp_path: Path) -> None:
    own = indexed(tmp_path, {"school.txt": SCHOOL})
    TIMID.save(own / "calibration.json")
    assert opened(own).calibration == TIMID
    BOLD.save(tmp_path / "given.json")
    assert opened(own, config=PipelineConfig(calibration=tmp_path / "given.json")).calibration == BOLD
    assert opened(index_dir).calibration == Calibration.bundled("overlap")
    (own / "calibration.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match=r"calibration\.json is not a calibration"):
        opened(own)
