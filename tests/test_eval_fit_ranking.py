"""Fitting the order of passages on made-up questions where the truth is known, and on a small corpus by the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from qa_corpus import indexed

from eval.__main__ import main
from eval.errors import EvalError
from eval.fit_ranking import Ranked, fit_ranking, places_before_and_after, write_ranking
from qa.passage_ranking import RANKING_FEATURES, RankingWeights

DECIDES, AGAINST = RANKING_FEATURES.index("words"), RANKING_FEATURES.index("numbers")


def made(count: int, *, foreign: bool = False, seed: int = 0, source: str = "made") -> list[Ranked]:
    """Questions with eight passages: the right one has most of ``words`` and, against all reason, none of ``numbers``."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        features = rng.uniform(0, 0.6, (8, len(RANKING_FEATURES)))
        place = int(rng.integers(8))
        features[place, DECIDES], features[place, AGAINST] = rng.uniform(0.5, 1), 0.0
        rows.append(Ranked(features, np.eye(8)[place], foreign, source))
    return rows


def test_the_feature_that_decides_gets_the_weight_and_none_speaks_against() -> None:
    weights = fit_ranking(made(200))
    assert set(weights) == {"same"}
    others = [weight for name, weight in weights["same"].items() if name != "words"]
    assert weights["same"]["words"] > 5 * max(others)
    assert weights["same"]["numbers"] == 0.0


def test_scripts_are_fitted_apart() -> None:
    reversed_rows = [Ranked(1 - row.features, row.right, True, "b") for row in made(60, seed=1)]
    weights = fit_ranking([*made(60), *reversed_rows])
    assert weights["same"]["words"] > 0 == weights["foreign"]["words"]
    assert weights["foreign"]["numbers"] > 0 == weights["same"]["numbers"]


def test_every_set_counts_as_much() -> None:
    few = [Ranked(row.features[:, ::-1], row.right, False, "few") for row in made(30, seed=2)]
    alone, beside = fit_ranking(made(600))["same"], fit_ranking([*made(600), *few])["same"]
    mirror = RANKING_FEATURES[len(RANKING_FEATURES) - 1 - DECIDES]
    assert beside[mirror] > 0.3 * beside["words"]
    assert alone[mirror] < 0.1 * alone["words"]


def test_places_before_and_after_are_out_of_fold() -> None:
    rows = [*made(100), *made(40, foreign=True, seed=3, source="other")]
    figures = places_before_and_after(rows)
    assert set(figures) == {"made, same", "other, foreign"}
    first = [row.right[0] for row in rows[:100]]
    assert figures["made, same"]["before"][0] == pytest.approx(np.mean(first))
    assert figures["made, same"]["after"][0] > 0.9
    assert figures["made, same"]["questions"] == [100.0]
    assert figures["made, same"]["after"] == sorted(figures["made, same"]["after"])


def test_a_passage_that_was_not_found_is_nowhere() -> None:
    lost = Ranked(np.zeros((8, len(RANKING_FEATURES))), np.zeros(8), False, "made")
    assert places_before_and_after([*made(30), *[lost] * 30])["made, same"]["after"][-1] <= 0.5


def test_too_few_questions_are_refused() -> None:
    with pytest.raises(EvalError, match="5 questions whose passage is found among others are too few"):
        fit_ranking(made(5))
    assert places_before_and_after(made(5)) == {}


def test_weights_of_another_script_stay_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ranking.json"
    write_ranking({"foreign": {"words": 3.0}}, path)
    write_ranking({"same": {"words": 1.0}}, path)
    weights = RankingWeights.from_dict(json.loads(path.read_text(encoding="utf-8")))
    assert (weights.same[DECIDES], weights.foreign[DECIDES]) == (1.0, 3.0)


def test_the_command_fits_on_a_corpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    towns = [f"{a}{b}镇" for a in "青红白黑黄" for b in "山水河湖"]
    texts = {f"{n:02}.txt": f"{town}产煤炭{n + 10}万吨。镇长姓王。" for n, town in enumerate(towns)}
    index = indexed(tmp_path, texts)
    gold = tmp_path / "gold.jsonl"
    rows = [
        {
            "id": f"q{n}",
            "question": f"{town}挖了多少煤？",
            "answers": [f"{n + 10}万吨"],
            "documents": [f"{n:02}.txt"],
        }
        for n, town in enumerate(towns)
    ]
    rows.append({"id": "none", "question": "谁是市长？", "answers": [], "documents": []})
    gold.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    out = tmp_path / "made" / "ranking.json"
    command = ["fit-ranking", "--index", str(index), "--gold", str(gold), "--split", "all"]
    assert main([*command, "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "gold, same" in shown and "20 questions" in shown
    assert set(json.loads(out.read_text(encoding="utf-8"))) == {"same"}
    assert main([*command, "--limit", "3"]) == 1
    assert "too few to fit on" in capsys.readouterr().err
