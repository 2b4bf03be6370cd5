"""Latin letters read as pinyin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.pinyin import characters_of, pinyin_syllables


@pytest.mark.parametrize(
    ("word", "first"),
    [
        pytest.param("Datong", ("da", "tong"), id="a city"),
        pytest.param("Xi'an", ("xi", "an"), id="an apostrophe parts syllables"),
        pytest.param("Xi’an", ("xi", "an"), id="a typeset apostrophe"),
        pytest.param("Wang Jun", ("wang", "jun"), id="a person"),
        pytest.param("Lüliang", ("lv", "liang"), id="u with dots"),
        pytest.param("Tàiyuán", ("tai", "yuan"), id="tones"),
        pytest.param("ZHANGZI", ("zhang", "zi"), id="capitals"),
    ],
)
def test_syllables(word, first):
    assert pinyin_syllables(word)[0] == first


def test_an_ambiguous_word_has_several_readings():
    assert set(pinyin_syllables("Xian")) >= {("xian",), ("xi", "an")}


@pytest.mark.parametrize(
    "word", ["", " ", "Forbes", "大同", "Datong大同", "😀", "5G", "Mc", "x" * 5000, "a" * 39 + "x"]
)
def test_what_is_no_pinyin_has_no_reading(word):
    assert pinyin_syllables(word) == ()


@pytest.mark.parametrize(
    ("syllable", "characters"), [("chong", "重"), ("zhong", "重"), ("lv", "吕"), ("lu", "吕"), ("zi", "子")]
)
def test_every_reading_of_a_character_counts(syllable, characters):
    assert characters in characters_of(syllable)


@given(st.lists(st.sampled_from(["da", "tong", "xin", "jiang", "lü", "ao"]), min_size=1, max_size=6))
def test_a_reading_spells_the_word(syllables):
    word = "".join(syllables)
    for reading in pinyin_syllables(word):
        assert "".join(reading).replace("v", "ü") == word
        assert all(characters_of(syllable) for syllable in reading)


@given(st.text(max_size=60))
def test_any_text_is_looked_at(text):
    for reading in pinyin_syllables(text):
        assert all(characters_of(syllable) for syllable in reading)
