from decimal import Decimal

import pytest

from qa.training.english_numbers import chinese_figures, english_figures, shared_figures


def shown(figures, text):
    return [(text[one.start : one.end], one.kind, *map(str, one.values)) for one in figures]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("China exported 30 million tons.", [("30 million", "count", "30000000")]),
        ("fined NT$30,000 or US$2.5 billion", [("NT$30,000", "money", "30000"), ("US$2.5 billion", "money", "2500000000.0")]),
        ("It fell by 5.2% and by 8 percent.", [("5.2%", "percent", "5.2"), ("8 percent", "percent", "8")]),
        ("twenty-five members in 2017", [("twenty-five", "count", "25"), ("2017", "year", "2017")]),
        ("three hundred and five days", [("three hundred and five", "count", "305")]),
        ("on 17 March 2020", [("17 March 2020", "date", "3", "17", "2020")]),
        ("on December 10 it ended", [("December 10", "date", "12", "10")]),
        ("Article 46 and Paragraph 2 of Python 3.8", []),
        ("1. The first. 2. No one came.", []),
        ("GPT-4 has 2.0.1 of v3", []),
        ("🎉 5 emoji 🎉", [("5", "count", "5")]),
        ("", []),
    ],
    ids=["scale", "money", "percent", "words and year", "and", "date", "day", "articles", "list marks", "versions", "emoji", "empty"],
)  # fmt: skip
def test_english_figures(text, expected):
    assert shown(english_figures(text), text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("应于三十日内缴纳新台币三万元。", [("三十日", "count", "30"), ("新台币三万元", "money", "30000")]),
        ("出口3000万吨,占5.2%", [("3000万吨", "count", "30000000"), ("5.2%", "percent", "5.2")]),
        ("百分之二十五点五", [("百分之二十五点五", "percent", "25.5")]),
        (
            "2020年3月17日和十二月十日",
            [("2020年3月17日", "date", "3", "17", "2020"), ("十二月十日", "date", "12", "10")],
        ),
        ("二〇一七年成立", [("二〇一七年", "year", "2017")]),
        ("第十条第2项,COVID-19", []),
        ("有1,200人😀", [("1,200人", "count", "1200")]),
        ("", []),
    ],
    ids=["law", "scale", "percent", "dates", "year", "no figures", "emoji", "empty"],
)
def test_chinese_figures(text, expected):
    assert shown(chinese_figures(text), text) == expected


def test_the_same_value_on_both_sides_once():
    english, chinese = (
        "In 2012, China exported 30 million tons to 12 countries.",
        "2012年,中国向12个国家出口了三千万吨。",
    )
    pairs = shared_figures(english, chinese)
    assert [(english[a.start : a.end], chinese[b.start : b.end]) for a, b in pairs] == [
        ("2012", "2012年"),
        ("30 million", "三千万吨"),
        ("12", "12个"),
    ]
    assert shared_figures("He has 3 cats and 3 dogs.", "他有3只猫。") == []
    assert shared_figures("He has 3 cats.", "他有3只猫和3只狗。") == []
    assert shared_figures("It rose 5%.", "增加了5个。") == []
    ((left, right),) = shared_figures("It pays $5.", "支付5美元。")
    assert (left.kind, right.kind, right.values) == ("money", "money", (Decimal(5),))
