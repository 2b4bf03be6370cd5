"""Fitting on made-up questions where the truth is known: one feature ranks, another tells whether there is an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.__main__ import main
from eval.dataset import Question
from eval.errors import EvalError
from eval.fit import (
    LEAST_CONFIDENCE,
    Observed,
    fit_calibration,
    fit_weights,
    observe,
    write_fit,
)
from eval.fit_folds import (
    FEATURE_GROUPS,
    REFUSED_ANSWERABLE,
    Verdicts,
    ablation,
    cross_validate,
    out_of_fold,
    report,
)
from eval.measures.refusal import auroc
from index.sync import sync
from qa.calibration import Calibration, probability
from qa.pipeline import Candidate
from qa.span_features import FEATURES
from qa.span_scorer import JUDGEMENT_FEATURES, SpanScorer, judgement_features

RANKS, TELLS = FEATURES.index("clause_coverage"), FEATURES.index("rival")


def made(count: int = 120, *, seed: int = 0, sharpness: float = 12.0) -> list[Observed]:
    """Questions with eight candidates. The right one is drawn by a softmax over ``sharpness`` times one feature."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        features = rng.normal(0, 0.3, (8, len(FEATURES)))
        answerable = number % 4 != 0
        shares = np.exp(sharpness * features[:, RANKS])
        right = np.zeros(8)
        if answerable:
            right[rng.choice(8, p=shares / shares.sum())] = 1.0
        features[:, TELLS] = (0.0 if answerable else 1.0) + rng.normal(0, 0.1, 8)
        texts = tuple(f"第{number}题{letter}" for letter in "甲乙丙丁戊己庚辛")
        rows.append(Observed(f"q{number}", features, texts, right, answerable, 0.9 if answerable else 0.1))
    return rows


def test_the_feature_that_decides_gets_the_weight() -> None:
    weights = fit_weights(made(300))["span"]
    others = [abs(weight) for name, weight in weights.items() if name != "clause_coverage"]
    assert weights["clause_coverage"] > 5 * max(others)
    # the prior pulls toward zero, more data less so
    assert 4 < weights["clause_coverage"] < 12.5
    assert fit_weights(made(100))["span"]["clause_coverage"] < weights["clause_coverage"]


def test_the_feature_that_tells_gets_the_weight_of_the_judgement() -> None:
    judgement = fit_weights(made(200))["judgement"]
    assert judgement["rival"] < -0.5
    own = {name: judgement[name] for name in FEATURES if name in judgement}
    assert min(own, key=lambda name: own[name]) == "rival"


def test_certainty_is_of_the_span_and_judgement_of_the_question() -> None:
    rows = made(400, sharpness=6.0)
    found = out_of_fold(rows)
    has, right = found.answerable, found.right > 0
    among = [
        auroc(scores[has], right[has].astype(float)) or 0.0 for scores in (found.certainty, found.judgement)
    ]
    assert among[0] > 0.6 and among[0] >= among[1]
    assert (auroc(found.judgement, has.astype(float)) or 0.0) > 0.95


def test_a_set_beside_counts_by_its_weight_and_is_reported_apart() -> None:
    own = made(120, sharpness=40.0)
    others = [replace(row, weight=0.1, source="般") for row in made(120, seed=5, sharpness=40.0)]
    silent = [replace(row, weight=0.0, source="般", right=row.right[::-1].copy()) for row in others]
    alone, beside = fit_weights(own)["span"], fit_weights([*own, *silent])["span"]
    # a weight of nothing leaves its questions out, but for the scale of the features
    assert beside["clause_coverage"] == pytest.approx(alone["clause_coverage"], rel=0.1)
    found = out_of_fold([*own, *others])
    assert {row.source for row in found.of("般").rows} == {"般"}
    assert report([*own, *others], found, "般").questions == report([*own, *others], found).questions == 120
    facts = fit_calibration([*own, *others], {}).fitted_on
    assert facts["out_of_fold"]["questions"] == facts["out_of_fold_beside"]["般"]["questions"] == 120


def test_a_feature_that_can_only_speak_for_a_span_never_speaks_against_it() -> None:
    rows = made(100)
    mirrored = []
    for row in rows:
        features = row.features.copy()
        features[:, RANKS] *= -1
        mirrored.append(replace(row, features=features))
    assert fit_weights(rows)["span"]["clause_coverage"] > 4
    assert fit_weights(mirrored)["span"]["clause_coverage"] == 0


def test_weights_do_not_depend_on_the_scale_of_a_feature() -> None:
    rows = made(100)
    scaled = [
        Observed(r.id, r.features * np.where(np.arange(len(FEATURES)) == RANKS, 10, 1), r.texts, r.right, r.answerable, 0.5)
        for r in rows
    ]  # fmt: skip
    once, again = fit_weights(rows)["span"], fit_weights(scaled)["span"]
    assert 10 * again["clause_coverage"] == pytest.approx(once["clause_coverage"], rel=1e-2)


def test_what_is_fitted_ranks_and_judges_questions_it_did_not_see() -> None:
    scorer = SpanScorer.from_weights(fit_weights(made(200, sharpness=40.0)))
    first = judged = 0
    unseen = made(100, seed=9, sharpness=40.0)
    for row in unseen:
        scores = scorer.span.score(row.features)
        best = int(np.argmax(scores))
        first += bool(row.right[best])
        seen = judgement_features(row.features, scores, row.texts, row.relevance)
        verdict = scorer.judgement.score(seen[None, :])[0]
        judged += (verdict > 0) == row.answerable
    assert first >= 0.85 * sum(row.answerable for row in unseen)
    assert judged >= 0.95 * len(unseen)


def test_figures_are_out_of_fold_and_fall_without_the_feature() -> None:
    rows = made(200, sharpness=40.0)
    whole = cross_validate(rows)
    assert whole.questions == 200
    assert whole.oracle == 1.0
    assert whole.best_right > 0.7 and whole.auroc_answerable > 0.95 and whole.refused > 0.9
    blind = cross_validate(rows, without=["clause_coverage"])
    assert blind.best_right < 0.35  # one of eight, by chance
    deaf = cross_validate(rows, without=["rival"])
    assert deaf.best_right == pytest.approx(whole.best_right, abs=0.05)


def test_labels_without_a_reason_are_not_learnt() -> None:
    rows = made(200, sharpness=0.0)
    assert cross_validate(rows).best_right < 0.3


def test_every_question_is_judged_once() -> None:
    rows = made(53)
    judged = out_of_fold(rows)
    assert len(judged.judgement) == len(judged.certainty) == len(judged.right) == 53
    assert judged.answerable.sum() == sum(row.answerable for row in rows)
    nothing = Observed("none", np.zeros((0, len(FEATURES))), (), np.zeros(0), True, 0.0)
    assert len(out_of_fold([*rows, nothing]).rows) == 53


def test_a_question_without_candidates_counts_as_refused() -> None:
    def asked(name: str, *, right: float | None, answerable: bool, source: str = "") -> Observed:
        count = 0 if right is None else 1
        labels = np.array([] if right is None else [right])
        return Observed(
            name, np.zeros((count, len(FEATURES))), ("甲",) * count, labels, answerable, 0.5, 1.0, source
        )

    judged = [
        asked("right", right=1.0, answerable=True),
        asked("wrong, refused", right=0.0, answerable=True),
        asked("refused with reason", right=0.0, answerable=False),
        asked("answered for nothing", right=0.0, answerable=False),
    ]
    unread = [
        asked("nothing there", right=None, answerable=False),
        asked("nothing there, 😀", right=None, answerable=False),
        asked("missed", right=None, answerable=True),
        asked("of another set", right=None, answerable=False, source="般"),
    ]
    scores = np.array([2.0, 1.0, -1.0, 3.0])
    verdicts = Verdicts(scores, scores, np.array([1.0, 0.0, 0.0, 0.0]), judged)
    found = report([*judged, *unread], verdicts)
    assert found.questions == 7
    assert found.refused == 3 / 4
    assert found.correct == 4 / 7
    assert found.best_right == 1 / 3
    alone = report(unread, verdicts, "般")
    assert (alone.questions, alone.refused, alone.correct) == (1, 1.0, 1.0)


def test_the_calibration_refuses_what_it_says() -> None:
    rows = made(200, sharpness=40.0)
    calibration = fit_calibration(rows, {"gold": "种子.jsonl"})
    judged = out_of_fold(rows)
    confidence = np.array([calibration.confidence(score) for score in judged.certainty])
    answers = np.array([probability(score) for score in judged.judgement])
    right, has = judged.right > 0, judged.answerable
    assert (answers[has] < calibration.answer_threshold).mean() == pytest.approx(REFUSED_ANSWERABLE, abs=0.02)
    assert (answers[~has] < calibration.answer_threshold).mean() > 0.9
    assert calibration.confidence_threshold == LEAST_CONFIDENCE
    assert calibration.related_threshold == pytest.approx(0.9)
    assert calibration.slope > 0
    assert calibration.fitted_on["gold"] == "种子.jsonl"
    assert calibration.fitted_on["out_of_fold"]["questions"] == 200
    # what it calls likely is likely
    assert confidence[right].mean() > confidence[~right].mean() + 0.3


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="none"),
        pytest.param(made(19), id="few"),
        pytest.param(
            [Observed(r.id, r.features, r.texts, 0 * r.right, r.answerable, 0.5) for r in made(40)],
            id="none right",
        ),
    ],
)
def test_too_little_to_fit_on_is_an_error(rows: list[Observed]) -> None:
    with pytest.raises(EvalError, match="too few to fit on"):
        fit_weights(rows)


def test_an_ablation_names_known_features_once() -> None:
    named = [name for features in FEATURE_GROUPS.values() for name in features]
    assert len(set(named)) == len(named)
    assert set(named) <= set(FEATURES)
    groups = {"nothing": (), "the decisive one": ("clause_coverage",)}
    found = ablation(made(100, sharpness=40.0), groups)
    assert found["nothing"].best_right > found["the decisive one"].best_right + 0.3


def test_writing_one_kind_keeps_the_others(tmp_path: Path) -> None:
    weights = fit_weights(made(60))
    write_fit(weights, Calibration(0.5), "overlap", tmp_path)
    write_fit(weights, Calibration(0.9), "neural", tmp_path)
    write_fit(weights, Calibration(0.7), "overlap", tmp_path)
    saved = json.loads((tmp_path / "calibrations.json").read_text(encoding="utf-8"))
    assert {kind: value["slope"] for kind, value in saved.items()} == {"overlap": 0.7, "neural": 0.9}
    scorers = json.loads((tmp_path / "span_scorers.json").read_text(encoding="utf-8"))
    assert SpanScorer.from_weights(scorers["neural"]).span.weights.shape == (len(FEATURES),)


def test_the_command_makes_its_folder_and_says_at_once_where_it_cannot(
    tmp_path: Path, tiny_embedder: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.txt").write_text("全年转化煤炭1200万吨。", encoding="utf-8")
    sync(tmp_path / "c", tmp_path / "i", embedder=tiny_embedder)
    (tmp_path / "g.jsonl").write_text(
        '{"id": "q", "question": "转化多少？", "answers": ["1200万吨"], "documents": ["a.txt"]}',
        encoding="utf-8",
    )
    command = ["fit", "--index", str(tmp_path / "i"), "--gold", str(tmp_path / "g.jsonl"), "--split", "all"]
    monkeypatch.setattr("eval.fit.observe", lambda *args, **others: made(60))
    assert main([*command, "--reader", "overlap", "--out", str(tmp_path / "new" / "models")]) == 0
    assert {path.name for path in (tmp_path / "new" / "models").iterdir()} == {
        "span_scorers.json",
        "calibrations.json",
    }
    assert f"refused at {100 * REFUSED_ANSWERABLE:.0f} %" in capsys.readouterr().out
    monkeypatch.setattr("eval.fit.observe", lambda *args, **others: pytest.fail("observed in vain"))
    assert main([*command, "--reader", "overlap", "--out", str(tmp_path / "g.jsonl")]) == 1
    assert "g.jsonl cannot be a folder" in capsys.readouterr().err


class Told:
    """A pipeline whose candidates are given."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts

    def explain(self, question: str):
        class Passage:
            text = "".join(self._texts)

        at, candidates = 0, []
        for text in self._texts:
            candidates.append(Candidate(Passage(), at, at + len(text), 0.0, np.zeros(len(FEATURES)), 0.0))  # type: ignore[arg-type]
            at += len(text)

        class Explained:
            relevance = 0.5

        Explained.candidates = tuple(candidates)  # type: ignore[attr-defined]
        return None, Explained


@pytest.mark.parametrize(
    ("question", "texts", "right"),
    [
        (
            Question("a", "?", ("1200万吨",), (), (), ()),
            ["1200万吨", "约1200万吨", "太原", "煤炭"],
            [1, 1, 0, 0],
        ),
        (Question("b", "?", ("5.2%",), (), (), ()), ["5.2%", "5.3%"], [1, 0]),
        (
            Question("c", "?", (), ("太原", "大同"), (), ()),
            ["太原、大同", "太原", "晋", "忻州"],
            [1, 1, 0, 0],
        ),
        (Question("d", "?", (), (), (), ()), ["太原", "😀"], [0, 0]),
        (Question("e", "?", ("太原",), (), (), ()), [], []),
    ],
    ids=["answer", "figure", "list", "unanswerable", "no candidate"],
)
def test_candidates_are_labelled_as_a_person_would(
    question: Question, texts: list[str], right: list[int]
) -> None:
    told: list[tuple[int, int]] = []
    row = observe(Told(texts), [question], lambda done, total: told.append((done, total)))[0]  # type: ignore[arg-type]
    assert row.right.tolist() == right
    assert row.texts == tuple(texts)
    assert row.features.shape == (len(texts), len(FEATURES))
    assert row.answerable == bool(question.answers or question.items)
    assert told == [(1, 1)]


def test_what_is_judged_of_a_question() -> None:
    features = np.zeros((3, len(FEATURES)))
    features[1, FEATURES.index("reader_mass")] = 0.7
    scores = np.array([2.0, 1.5, -0.5])
    row = judgement_features(features, scores, ("太原市", "太原", "大同"), 0.8)
    seen = dict(zip(JUDGEMENT_FEATURES, row.tolist(), strict=True))
    assert seen["span_score"] == pytest.approx(0.4)
    assert seen["best_mass"] == pytest.approx(0.7)
    assert seen["lead"] == pytest.approx(0.5)  # of other words: the second one says the same
    assert seen["share"] == pytest.approx(np.exp(2) / np.exp(scores).sum())
    assert seen["relevance"] == 0.8
    alone = judgement_features(features[:1], scores[:1], ("",), 0.0)
    assert dict(zip(JUDGEMENT_FEATURES, alone.tolist(), strict=True))["lead"] == 1.0
