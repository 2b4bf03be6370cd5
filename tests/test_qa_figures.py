import itertools
import re
from decimal import Decimal

import pytest
from growth import LINEAR, slowdown
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.normalize import normalize
from qa.figures import find_figures, same_figure
from qa.numerals import ungrouped


def quotes(text):
    return [text[figure.start : figure.end] for figure in find_figures(text)]


def only(text):
    (figure,) = find_figures(text)
    return figure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("每年转化煤炭1200万吨；", ["1200万吨"]),
        ("每年转化煤炭 1200 万吨；", ["1200 万吨"]),
        ("增长到16714.45万元，", ["16714.45万元"]),
        ("同比增长5.2%、12.6％", ["5.2%", "12.6％"]),
        ("占25-30%，或25%-30%", ["25-30%", "25%", "30%"]),
        ("100余家、40多亿元、1万多只、30 余万元", ["100余家", "40多亿元", "1万多只", "30 余万元"]),
        (
            "近百亿元，约1200万吨，不足30%，超过1.5亿美元",
            ["近百亿元", "约1200万吨", "不足30%", "超过1.5亿美元"],
        ),
        ("70%以上，1亿吨左右，5年多来", ["70%以上", "1亿吨左右", "5年多"]),
        ("签约15个，节约5万元，附近3家", ["15个", "5万元", "3家"]),
        ("风速3.2米/秒，装机300万千瓦，零下30℃", ["3.2米/秒", "300万千瓦", "零下30℃"]),
        ("第13届，第十批省市，第六师105团", ["第13届", "第十批", "第六师", "105团"]),
        ("晋能源提函〔2025〕18号", ["〔2025〕18号"]),
        ("第 TA0207 号提案，第0183号", ["第 TA0207 号", "第0183号"]),
        ("2025年6月20日至21日", ["2025年6月20日", "21日"]),
        ("二〇二五年六月二十日", ["二〇二五年六月二十日"]),
        ("1—8月，2022-2024年，2020年至2024年", ["1—8月", "2022-2024年", "2020年", "2024年"]),
        ("上午10时30分，8:30-17:00", ["上午10时30分", "8:30", "17:00"]),
        (
            "二十三，一千二百人，三四个，十几万人，数十家，上百家",
            ["二十三", "一千二百人", "三四个", "十几万人", "数十家", "上百家"],
        ),
        (
            "百分之五点五，三分之一，两成，三成五，一半以上",
            ["百分之五点五", "三分之一", "两成", "三成五", "一半以上"],
        ),
        ("3亿5000万元、20-30万元、1.2万亿", ["3亿5000万元", "20-30万元", "1.2万亿"]),
        ("三年半、3个半小时、半年，上半年", ["三年半", "3个半小时", "半年"]),
        ("5G与PM2.5，6·18，1+N，163.com", ["5G", "PM2.5", "6·18", "1+N", "163"]),
        (
            "about $5.2 million, 约$5, 12,345 people, 3.5 km",
            ["$5.2 million", "约$5", "12,345 people", "3.5 km"],
        ),
        (
            "June 20, 2025; 20 June 2025; 1990s; 21st century",
            ["June 20, 2025", "20 June 2025", "1990s", "21st century"],
        ),
        ("3行业协同，12人民医院，2国家", ["3", "12", "2"]),
        ("十分重要，万一，一带一路，三化三制，十四五规划，一些，不一样，千山万水", []),
        ("GDP100亿元，占地😀3亩😀", ["100亿元", "3亩"]),
        ("电话13934069668，邮编030001", ["13934069668", "030001"]),
        ("１２３４万元", ["１２３４万元"]),
        ("😀🎉", []),
        ("", []),
    ],
)
def test_extent(text, expected):
    assert quotes(text) == expected


@pytest.mark.parametrize(
    ("text", "value", "unit", "kind"),
    [
        ("16714.45万元", Decimal("167144500"), "元", "amount"),
        ("1.2亿度电", 120_000_000, "千瓦时", "amount"),
        ("5GW", 5_000_000, "千瓦", "amount"),
        ("约 60 余户", 60, "户", "amount"),
        ("百分之五点五", Decimal("5.5"), "%", "percent"),
        ("3‰", Decimal("0.3"), "%", "percent"),
        ("两成", 20, "%", "percent"),
        ("0.5个百分点", Decimal("0.5"), "百分点", "percent"),
        ("零下30℃", -30, "℃", "amount"),
        ("-3.1%", Decimal("-3.1"), "%", "percent"),
        ("第十三届", 13, "届", "ordinal"),
        ("2025年", 2025, "年", "year"),
        ("3年", 3, "年", "amount"),
        ("两个半月", Decimal("2.5"), "个月", "amount"),
        ("二百一十三", 213, "", "number"),
        ("三分之二", Decimal(2) / 3, "", "fraction"),
        ("$5.2 million", 5_200_000, "美元", "amount"),
        ("¥1,200.50", Decimal("1200.5"), "元", "amount"),
        ("5 million tons", 5_000_000, "吨", "amount"),
        ("数十家", None, "家", "amount"),
        ("20世纪", 20, "世纪", "date"),
        ("1990年代", 1990, "年代", "date"),
    ],
)
def test_value_unit_and_kind(text, value, unit, kind):
    figure = only(text)
    assert (figure.value, figure.unit, figure.kind) == (value, unit, kind)
    assert (figure.start, figure.end) == (0, len(text))


def test_a_range_has_both_ends_in_one_scale():
    assert (only("20-30万元").value, only("20-30万元").high) == (200_000, 300_000)
    assert (only("5000-1万元").value, only("5000-1万元").high) == (5000, 10_000)
    assert (only("25-30%").value, only("25-30%").high) == (25, 30)


@pytest.mark.parametrize(
    ("text", "form", "kind"),
    [
        ("2025 年 6 月 20 日", "2025-06-20", "date"),
        ("2025-06-20", "2025-06-20", "date"),
        ("二〇二五年六月二十日", "2025-06-20", "date"),
        ("20 June 2025", "2025-06-20", "date"),
        ("6月20日", "--06-20", "date"),
        ("2024年7月", "2024-07", "date"),
        ("20日", "---20", "date"),
        ("下午3点半", "03:30", "time"),
        ("〔2025〕18号", "2025-18", "document-number"),
        ("（2025）第18号", "2025-18", "document-number"),
        ("3:2", "3:2", "ratio"),
        ("TA0207 号", "TA0207号", "code"),
    ],
)
def test_form(text, form, kind):
    figure = only(text)
    assert (figure.form, figure.kind, figure.value) == (form, kind, None)


def test_there_is_no_thirteenth_month():
    assert all(figure.kind != "date" for figure in find_figures("13月45日，2025-13-01"))


def test_parts_of_a_date_stand_alone():
    text = "于2025 年 6 月 20 日左右"
    assert [text[start:end] for start, end in only(text).parts] == ["2025 年", "6 月", "20 日", "左右"]
    text = "约2000年前后"
    assert [text[start:end] for start, end in only(text).parts] == ["约", "2000年", "前后"]
    assert only("约16714.45万元").parts == ()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("16714.45万元", "1.671445亿元", True),
        ("1200 万吨", "1200万吨", True),
        ("约100家", "100余家", True),
        ("16名", "16人", True),
        ("16", "16人", True),
        ("5公里", "5000米", True),
        ("2025年6月20日", "2025-06-20", True),
        ("百分之五", "5%", True),
        ("两成", "20%", True),
        ("二十三人", "23人", True),
        ("5%", "5个百分点", False),
        ("16元", "16吨", False),
        ("25-30%", "25%", False),
        ("6月20日", "2025年6月20日", False),
        ("数十家", "数十家", False),
        ("〔2025〕18号", "〔2024〕18号", False),
        ("-3%", "3%", False),
    ],
)
def test_same_figure(first, second, same):
    assert same_figure(only(first), only(second)) is same
    assert same_figure(only(second), only(first)) is same


PIECES = st.lists(
    st.sampled_from(
        [
            *"0123456789０９٣.,，-—/:%+第约近超〔〕()年月日号点时万亿千百十几余多个家半成分之〇一二三五两至到 \n\t😀a🎉",
            "km",
            "June ",
            "以上",
            "上午",
            "百分之",
            "$",
        ]
    ),
    max_size=40,
).map("".join)


@settings(max_examples=600)
@given(st.one_of(PIECES, st.text(max_size=60)))
@example("0km2０")  # a digit of another width goes on the number
def test_every_run_of_digits_lies_in_exactly_one_figure(text):
    figures = find_figures(text)
    for before, after in itertools.pairwise(figures):
        assert before.end <= after.start
    for figure in figures:
        assert 0 <= figure.start < figure.end <= len(text)
        assert text[figure.start : figure.end] == text[figure.start : figure.end].strip()
        ends = [figure.start, *(offset for part in figure.parts for offset in part), figure.end]
        assert ends == sorted(ends)
    for run in re.finditer(r"\d+", text):
        holders = [f for f in figures if f.start < run.end() and run.start() < f.end]
        assert len(holders) == 1
        assert holders[0].start <= run.start() and run.end() <= holders[0].end


@pytest.mark.parametrize(
    "piece", ["1,", "一", "上午1", "〔2025", "1亿", "5 ", "一点", "一二分之", "几万", "a1 ", "约", "1-2至"]
)
def test_time_is_linear_in_the_text(piece):
    def find(repeats):
        find_figures.cache_clear()
        find_figures(piece * repeats)

    assert slowdown(find, 2_000) < LINEAR


@given(
    st.integers(1_000, 999_999_999_999),
    st.sampled_from([" ", "\u00a0", "\u2009", "\u202f", "\u2007"]),
    st.sampled_from(["", ".5", ".25"]),
    st.sampled_from(["元", "万吨", "人", " 公里", "%"]),
    st.sampled_from(["投资", "", "GDP is ", "😀", "2024年"]),
)
def test_groups_of_three_digits_with_spaces_are_one_number(number, gap, decimals, unit, before):
    written = f"{number:,}".replace(",", gap) + decimals
    text = f"{before}{written}{unit}。"
    found = [figure for figure in find_figures(text) if figure.start == len(before)]
    assert [text[figure.start : figure.end] for figure in found] == [f"{written}{unit}"]
    plain = f"{number}{decimals}{unit}"
    assert same_figure(found[0], find_figures(plain)[0])
    assert ungrouped(text) == f"{before}{plain}。"
    normal = normalize(text).text
    assert same_figure(found[0], find_figures(normal)[-1])


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("表 12 300 人", ["12", "300 人"]),
        ("2024 100人", ["2024", "100人"]),
        ("12 3000元", ["12", "3000元"]),
        ("1 2 3", ["1", "2", "3"]),
        ("0 351元", ["0", "351元"]),
        ("第 5 100页", ["第 5", "100页"]),
        ("1 000", ["1 000"]),
        ("从2 000到3 000元", ["2 000到3 000元"]),
        ("100 200", ["100", "200"]),
        ("", []),
    ],
)
def test_numbers_side_by_side_stay_apart(text, figures):
    assert [text[figure.start : figure.end] for figure in find_figures(text)] == figures
