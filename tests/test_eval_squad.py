"""SQuAD's rules on cases worked by hand."""

import pytest

from eval.measures.squad import squad_em, squad_f1, squad_words


@pytest.mark.parametrize(
    ("prediction", "references", "em", "f1"),
    [
        pytest.param("The Norman Conquest", ["norman conquest."], 1, 1, id="article, case, mark"),
        # words: large army of 1000 / army of 1000 men: 3 shared; P = 3/4, R = 3/4
        pytest.param("a large army of 1,000", ["an army of 1000 men"], 0, 0.75, id="bag of words"),
        pytest.param("in 1066", ["1066", "year 1066 AD"], 0, 2 / 3, id="best reference"),
        pytest.param("", [""], 1, 1, id="both empty"),
        pytest.param("", ["Paris"], 0, 0, id="empty prediction"),
        pytest.param("Paris", [], 0, 0, id="no reference"),
        pytest.param("北京市", ["北京"], 0, 0, id="chinese collapses to exact match"),
        pytest.param("GDP 增长 5.2%", ["GDP 增长 5.2 %"], 1, 1, id="mixed: both give the word 52"),
        pytest.param("😀 ok", ["ok"], 0, 2 / 3, id="emoji is a word"),
    ],
)
def test_em_and_f1(prediction: str, references: list[str], em: float, f1: float) -> None:
    assert squad_em(prediction, references) == em
    assert squad_f1(prediction, references) == pytest.approx(f1)


def test_words() -> None:
    assert squad_words("The 2nd Army's theatre, an A-team!") == ["2nd", "armys", "theatre", "ateam"]
