"""Names and dates of a question in Latin letters, as the corpus writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qa_corpus import SMALL, check_answer, indexed

from index.corpus_index import CorpusIndex
from qa.gloss import gloss_names, is_foreign
from qa.pipeline import Pipeline

TEXTS = {
    **SMALL,
    "plan.txt": (
        "平鲁区与乌鲁木齐经济技术开发区合作，由芳草湖农场供货。\n大家打通了通道，里子和利子不同。\n"
        "长子县种植蔬菜40万亩，王军是联系人；百禾元公司从中国买入设备。\n报告说，新疆和山西于2024年6月签约，我们都参加。\n"
    ),
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    opened = CorpusIndex.open(indexed(tmp_path_factory.mktemp("gloss"), TEXTS))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "glossed"),
    [
        pytest.param("How much did Datong give?", "How much did 大同 give?", id="the city, not 打通"),
        pytest.param("Where is Zhangzi County?", "Where is 长子县?", id="a county, not 樟子"),
        pytest.param("Who owns Baiheyuan?", "Who owns 百禾元?", id="a name that no dictionary has"),
        pytest.param("Who is Wang Jun?", "Who is 王军?", id="a person"),
        pytest.param("What is Pinglu District's plan?", "What is 平鲁区's plan?", id="with its suffix"),
        pytest.param("Is Fangcaohu Farm big?", "Is 芳草湖农场 big?", id="a farm"),
        pytest.param("Does Ürümqi buy?", "Does 乌鲁木齐 buy?", id="not pinyin"),
        pytest.param("Is Xinjiang-aid from China?", "Is 新疆-aid from 中国?", id="a hyphen"),
        pytest.param("Was it June 20, 2024?", "Was it 2024年6月20日?", id="a day"),
        pytest.param("What of 3rd March 2021", "What of 2021年3月3日", id="the day first"),
        pytest.param("May we march in June?", "May we march in 6月?", id="verbs are no months"),
        pytest.param("What of last June?", "What of last 6月?", id="a month alone"),
        pytest.param("Who is June Smith?", None, id="a person called so"),
        pytest.param("Is June higher than July?", "Is 6月 higher than 7月?", id="months as they are"),
        pytest.param("What of the April Jones saw?", None, id="a month before a name"),
        pytest.param("What must they do and may not do?", None, id="a verb in small letters"),
        pytest.param("What happened in May?", "What happened in 5月?", id="not a verb behind in"),
        pytest.param("May 4 companies apply?", None, id="a verb before a number"),
        pytest.param("How many Women came?", None, id="not 我们"),
        pytest.param("Datong的煤炭产量是多少", "大同的煤炭产量是多少", id="a Chinese question"),
        pytest.param("pinglu在哪", "平鲁在哪", id="small letters in a Chinese question"),
        pytest.param(
            "When did the Taiyuan Steel Museum open?",
            None,
            id="the corpus writes it in Latin letters oftener",
        ),
        pytest.param("What did Lee and Forbes say?", None, id="not Chinese"),
        pytest.param("Did Kashgar give?", None, id="not in the corpus"),
        pytest.param("GDP是多少", None, id="no name"),
        pytest.param("datong2号机组在哪", None, id="a code"),
        pytest.param("太原市转化多少万吨?😀", None, id="Chinese and emoji"),
        pytest.param("", None, id="empty"),
    ],
)
def test_names_are_written_as_the_corpus_does(corpus, question, glossed):
    assert gloss_names(question, corpus) == (question if glossed is None else glossed)


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("How many tonnes did 大同 produce?", True),
        ("Which 新疆生产建设兵团 farm is it?", True),
        ("¿qué?", True),
        ("", True),
        ("大同产煤多少?", False),
        ("PM2.5是多少", False),
        ("SANY Group在朔州投资多少", False),
        ("😀大同?", False),
    ],
)
def test_the_language_asked_in(text, foreign):
    assert is_foreign(text) is foreign


@given(st.text(alphabet="DatongXi'an大同2024 年June-😀?", max_size=40))
def test_any_question_can_be_glossed(text):
    class Everything:
        def __len__(self):
            return 3

        def term_weights(self, terms, *, field="words"):
            return dict.fromkeys(terms, 0.1)

    assert isinstance(gloss_names(text, Everything()), str)


def test_an_empty_corpus_has_no_names():
    class Nothing:
        def __len__(self):
            return 0

    assert gloss_names("Datong?", Nothing()) == "Datong?"


def test_an_english_question_is_answered_from_a_chinese_passage(corpus, tmp_path):
    pipeline = Pipeline.open(corpus.path)
    try:
        answer, explanation = pipeline.explain("On how much land are vegetables grown in Zhangzi?")
        assert explanation.question.text == "On how much land are vegetables grown in 长子?"
        assert explanation.question.foreign
        assert "长子" in explanation.found[0].match.passage.text
        assert answer.question == "On how much land are vegetables grown in Zhangzi?"
        check_answer(answer, corpus)
    finally:
        pipeline.close()


def test_no_table_is_loaded_for_other_words():
    from qa.pinyin import _characters_by_syllable, pinyin_syllables

    before = _characters_by_syllable.cache_info().misses
    assert not any(pinyin_syllables(word) for word in ("GDP", "Forbes", "SANY", "what", "company", ""))
    assert _characters_by_syllable.cache_info().misses == before


def test_months_stay_where_the_corpus_writes_none_in_chinese(tmp_path):
    opened = CorpusIndex.open(indexed(tmp_path, {"a.txt": "The museum opened in June 2024.\n"}))
    assert gloss_names("What opened in June 2024?", opened) == "What opened in June 2024?"
    opened.close()
