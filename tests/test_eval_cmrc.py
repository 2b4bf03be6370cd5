"""CMRC 2018's rules, on cases worked by hand and on the published tokenizer's published behaviour."""

import pytest

from eval.measures.cmrc import cmrc_em, cmrc_f1, longest_common_run, segments, strip_punctuation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("  ", [], id="blank"),
        pytest.param("援疆资金", ["援", "疆", "资", "金"], id="chinese"),
        pytest.param("2024年，GDP增长5.2%", ["2024", "年", "gdp", "增", "长", "5.2", "%"], id="mixed"),
        pytest.param("1,169家", ["1,169", "家"], id="thousands separator stays"),
        pytest.param("a,b", ["a", ",", "b"], id="other comma splits"),
        pytest.param("100万😀元", ["100", "万", "😀", "元"], id="emoji"),
        pytest.param("《八篇書》", ["八", "篇", "書"], id="title marks removed"),
        pytest.param("3-4", ["34"], id="a removed mark does not end a run"),
        pytest.param("10:30", ["1030"], id="colon is a removed mark"),
        pytest.param("(NFL)", ["(", "nfl", ")"], id="half-width brackets stay"),
        pytest.param("u.s. army", ["u.s.", "army"], id="abbreviation inside"),
        pytest.param("the u.s.", ["the", "u.s", "."], id="final stop is cut off"),
        pytest.param("don't", ["do", "n't"], id="contraction"),
        pytest.param("it's", ["it", "'s"], id="genitive"),
        pytest.param("at&t", ["at", "&", "t"], id="ampersand"),
        pytest.param("$5", ["$", "5"], id="currency"),
        pytest.param("20–18", ["20", "–", "18"], id="en dash"),
        pytest.param("ソニー", ["ソニー"], id="kana are no Han characters"),
        pytest.param("…", ["…"], id="a single ellipsis is not in the script's set"),
    ],
)
def test_segments(text: str, expected: list[str]) -> None:
    assert segments(text) == expected


def test_segments_with_punctuation_kept() -> None:
    assert segments("甲、3-4。", remove_punctuation=False) == ["甲", "、", "3", "-", "4", "。"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("《八篇書》。", "八篇書"),
        ("1,169 家", "1,169 家"),
        ("‘GDP’", "‘gdp"),
        ("😀！", "😀"),
        ("A-B_C", "abc"),
    ],
)
def test_strip_punctuation(text: str, expected: str) -> None:
    assert strip_punctuation(text) == expected


@pytest.mark.parametrize(
    ("prediction", "references", "em", "f1"),
    [
        pytest.param("梵語", ["梵語"], 1, 1, id="equal"),
        pytest.param("《八篇書》", ["八篇書"], 1, 1, id="punctuation does not count"),
        pytest.param("1200 万吨", ["1200万吨"], 0, 1, id="EM keeps the inner space, F1 does not see it"),
        # lcs 北京 = 2; P = 2/3, R = 2/2
        pytest.param("北京市", ["北京"], 0, 0.8, id="one character more"),
        # segments 中 国 北 京 / 北 京 中 国: longest contiguous run 2 of 4
        pytest.param("中国北京", ["北京中国"], 0, 0.5, id="order counts"),
        # 山 西 | 太 原: the common run is 太原 although 山西 also appears with a gap
        pytest.param(
            "山西省太原", ["山西太原"], 0, 2 * (2 / 5) * (2 / 4) / (2 / 5 + 2 / 4), id="gaps break the run"
        ),
        # 2024 年 6 月 / 2024 年 7 月: run 2024 年 = 2 of 4
        pytest.param("2024年6月", ["2024年7月"], 0, 0.5, id="another month"),
        pytest.param("上海", ["北京", "上海市"], 0, 0.8, id="best reference"),
        pytest.param("晋城", ["太原"], 0, 0, id="nothing shared"),
        pytest.param("", ["太原"], 0, 0, id="empty prediction"),
        pytest.param("太原", [], 0, 0, id="no reference"),
        pytest.param("Apple公司", ["apple公司"], 1, 1, id="case"),
        pytest.param("😀", ["😀"], 1, 1, id="emoji equal"),
        pytest.param("😀", ["😁"], 0, 0, id="emoji differ"),
        # gdp 增 长 5.2 % / 增 长 5.2 %: run 4; P = 4/5, R = 4/4
        pytest.param("GDP增长5.2%", ["增长5.2%"], 0, 8 / 9, id="mixed"),
    ],
)
def test_em_and_f1(prediction: str, references: list[str], em: float, f1: float) -> None:
    assert cmrc_em(prediction, references) == em
    assert cmrc_f1(prediction, references) == pytest.approx(f1)


def test_longest_common_run_by_hand() -> None:
    assert longest_common_run("abcde", "xbcdy") == 3
    assert longest_common_run("", "abc") == 0
    assert longest_common_run("aaa", "aa") == 2
