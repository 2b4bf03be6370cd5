import datetime
from pathlib import Path

import pytest
from growth import LINEAR, slowdown
from hypothesis import given
from hypothesis import strategies as st

from index.issue_dates import iso_date
from index.metadata import parse_metadata
from index.types import DocumentMetadata

SEEDS = Path(__file__).parent.parent / "seeds"

NOTICE = """山西省人民政府办公厅文件

晋政办发〔2025〕3号

山西省人民政府办公厅
关于印发《山西省开发区高质量发展行动方案
（2025—2027年）》的通知

各市、县人民政府，省人民政府各委、办、厅、局：

《方案》已经省人民政府同意，请认真贯彻执行。根据《国务院办公厅意见》（国办发〔2017〕7号）精神，结合实际。

山西省人民政府办公厅
2025年1月15日

（此件公开发布）

附件
山西省能源局
2024年2月1日
"""
ANNOUNCEMENT = """山西省商务厅
公　告
2024年第18号

现将有关事项公告如下。

　　　　　　　　山西省商务厅
　　　　　　　　二〇二四年五月六日"""
DECREE = """中华人民共和国国务院令

第 743 号

《排污许可管理条例》已经2020年12月9日国务院第117次常务会议通过，现予公布。

总理　李克强
2021年1月24日"""
WEB_PAGE = """索引号：000014349/2024-00012
发文机关：国务院办公厅
成文日期：2024年02月27日
标题：国务院办公厅关于印发《行动方案》的通知
发文字号：国办发〔2024〕9号
发布日期：2024年03月19日

各省、自治区、直辖市人民政府：
《方案》已经国务院同意，现印发给你们。"""
JOINT = """山西省财政厅  国家税务总局山西省税务局
关于延续实施有关税收政策的公告

正文。

山西省财政厅
国家税务总局山西省税务局
2024年6月1日"""
PRESS = """省长走访晋能控股集团

新疆日报 2025年4月20日 星期日

本报讯（记者 王波）2024年3月1日，省长走访企业。他说，要加快。"""
REPORT = """Annual Energy Report 2024

Published by: International Energy Agency
June 20, 2025

The demand for energy grew by 2.2% in 2024. It fell elsewhere.
"""
APPROVAL = """山 西 省 能 源 局
关于同意设立
朔州低碳硅基产业园管理委员会
的批复
朔州市能源局：
同意。
山西省能源局（盖章）
2025年6月"""
REGULATION = """山西省开发区条例
（2019年1月30日山西省第十三届人民代表大会常务委员会通过）
第一章 总则
第一条 为了促进开发区的发展，制定本条例。"""


def describe(title: str = "", issuer: str = "", number: str = "", date: str = "") -> DocumentMetadata:
    return DocumentMetadata(title, issuer, number, date)


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (
            "000",
            describe(
                "关于省政协十三届三次会议第 0183 号提案的答复",
                "山西省能源局",
                "晋能源提函〔2025〕18号",
                "2025-06-20",
            ),
        ),
        (
            "001",
            describe(
                "关于市政协八届三次会议第 TA0207 号提案的答复", "晋城市发展和改革委员会", "", "2024-07-09"
            ),
        ),
        ("002", describe("同心强产业 携手促发展")),
        ("003", describe("开发区建设")),
        ("004", describe("金湘军主持召开省政府常务会议")),
    ],
)
def test_seeds(seed: str, expected: DocumentMetadata) -> None:
    [path] = SEEDS.glob(f"{seed}_*.txt")
    assert parse_metadata(path.read_bytes().decode("utf-8"), fallback_title=path.stem) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            NOTICE,
            describe(
                "关于印发《山西省开发区高质量发展行动方案（2025—2027年）》的通知",
                "山西省人民政府办公厅",
                "晋政办发〔2025〕3号",
                "2025-01-15",
            ),
            id="notice with an annex signed by another body",
        ),
        pytest.param(
            ANNOUNCEMENT, describe("公告", "山西省商务厅", "2024年第18号", "2024-05-06"), id="announcement"
        ),
        pytest.param(
            DECREE,
            describe("中华人民共和国国务院令", "中华人民共和国国务院", "第743号", "2021-01-24"),
            id="decree signed by a person",
        ),
        pytest.param(
            WEB_PAGE,
            describe(
                "国务院办公厅关于印发《行动方案》的通知", "国务院办公厅", "国办发〔2024〕9号", "2024-02-27"
            ),
            id="labels of a government web page",
        ),
        pytest.param(
            JOINT,
            describe(
                "关于延续实施有关税收政策的公告", "山西省财政厅、国家税务总局山西省税务局", "", "2024-06-01"
            ),
            id="two issuers",
        ),
        pytest.param(
            PRESS, describe("省长走访晋能控股集团", date="2025-04-20"), id="headline ending like a body"
        ),
        pytest.param(
            REPORT,
            describe("Annual Energy Report 2024", "International Energy Agency", "", "2025-06-20"),
            id="English report",
        ),
        pytest.param(
            APPROVAL,
            describe("关于同意设立朔州低碳硅基产业园管理委员会的批复", "山西省能源局", "", "2025-06"),
            id="title over three lines, spaced letterhead, no day",
        ),
        pytest.param(REGULATION, describe("山西省开发区条例", date="2019-01-30"), id="regulation"),
        pytest.param(
            "# Wenju 说明\n\n关于本项目的说明\n\n正文。", describe("Wenju 说明"), id="heading above 关于"
        ),
        pytest.param(
            "国务院关于加快发展的若干意见\n正文。",
            describe("国务院关于加快发展的若干意见", "国务院"),
            id="issuer in the title",
        ),
        pytest.param("今天天气😀\n\n我们去公园。", describe("今天天气😀"), id="emoji"),
        pytest.param(
            "今天我们去了公园。天气很好。\n明天2025年6月20日再去。",
            describe("name of the file"),
            id="only sentences",
        ),
        pytest.param("你好世界", describe("name of the file"), id="one line is no title of itself"),
        pytest.param("", describe("name of the file"), id="empty"),
    ],
)
def test_documents_of_other_kinds(text: str, expected: DocumentMetadata) -> None:
    assert parse_metadata(text, fallback_title="name of the file") == expected


def test_windows_line_ends_and_indents_change_nothing() -> None:
    unix = parse_metadata(NOTICE)
    assert parse_metadata(NOTICE.replace("\n", "\r\n")) == unix
    assert parse_metadata(NOTICE.replace("\n", "\n　　")) == unix


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("晋能源提函〔2025〕18号", "晋能源提函〔2025〕18号"),
        ("晋能源提函[2025]18号", "晋能源提函〔2025〕18号"),
        ("晋能源提函(2025)18号", "晋能源提函〔2025〕18号"),
        ("晋能源提函（2025）18 号", "晋能源提函〔2025〕18号"),
        ("晋能源提函【2025】18号", "晋能源提函〔2025〕18号"),
        ("晋能源提函 〔 2025 〕 18 号", "晋能源提函〔2025〕18号"),
        ("晋能源提函〔2025〕第18号", "晋能源提函〔2025〕第18号"),
        ("第18号", "第18号"),
        ("文号：晋政发〔2025〕3号", "晋政发〔2025〕3号"),
        ("山西省能源局文件 晋能源发〔2025〕3号", "晋能源发〔2025〕3号"),
        ("晋政发〔2025〕3号　　签发人：张三", "晋政发〔2025〕3号"),
        ("按照晋政发〔2025〕3号文件，结合实际", ""),
        ("各单位要落实《办法》（晋政发〔2025〕3号）", ""),
        ("〔2025〕18号", ""),
        ("", ""),
    ],
)
def test_number(line: str, expected: str) -> None:
    assert parse_metadata(f"关于某事的通知\n{line}\n这是正文。").number == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025年6月20日", "2025-06-20"),
        ("2025 年 6 月 20 日", "2025-06-20"),
        ("２０２５年６月２０日", "2025-06-20"),
        ("2024-07-09", "2024-07-09"),
        ("2025.6.20", "2025-06-20"),
        ("2025/6/20", "2025-06-20"),
        ("二〇二五年六月二十日", "2025-06-20"),
        ("二○二四年十二月三十一日", "2024-12-31"),
        ("二零一九年十月十日", "2019-10-10"),
        ("二0二五年廿日十月", ""),
        ("二〇二〇年三月廿一日", "2020-03-21"),
        ("2025年6月", "2025-06"),
        ("June 20, 2025", "2025-06-20"),
        ("20 June 2025", "2025-06-20"),
        ("Sept. 2024", "2024-09"),
        ("2025年13月1日", ""),
        ("2025-6-31", ""),
        ("9月21日", ""),
        ("😀", ""),
        ("", ""),
    ],
)
def test_iso_date(text: str, expected: str) -> None:
    assert iso_date(text) == expected


@given(st.dates(min_value=datetime.date(1900, 1, 1), max_value=datetime.date(2099, 12, 31)))
def test_every_day_is_read_back(day: datetime.date) -> None:
    han = "〇一二三四五六七八九"

    def small(number: int) -> str:
        tens, ones = divmod(number, 10)
        return ("" if tens == 0 else "十" if tens == 1 else han[tens] + "十") + (han[ones] if ones else "")

    year = "".join(han[int(digit)] for digit in str(day.year))
    for written in (
        f"{day.year}年{day.month}月{day.day}日",
        f"{year}年{small(day.month)}月{small(day.day)}日",
        day.isoformat(),
        f"{day:%B} {day.day}, {day.year}",
    ):
        assert iso_date(written) == day.isoformat()


@given(st.text(alphabet="关于的通知山西省能源局年月日2025〔〕18号# \n\t：。《》（）a😀", max_size=300))
def test_any_text_gives_lines_of_the_text_or_nothing(text: str) -> None:
    found = parse_metadata(text, fallback_title="fallback")
    squeezed = "".join(text.split())
    assert found.title
    if found.title != "fallback":
        assert set("".join(found.title.split())) <= set(squeezed)
    assert "".join(found.issuer.replace("、", "").split()) == "" or set(found.issuer) - {"、"} <= set(
        squeezed
    )
    assert found.date == "" or found.date[:4] in squeezed


@pytest.mark.parametrize(
    "unit",
    [
        "一",
        " ",
        "关于",
        "2025年",
        "（",
        "《关于",
        "二〇",
        "a\n",
        "关于a\n",
        "2025年6月\n",
        "局" * 59 + "年\n",
        "# 关于\n",
    ],
)
def test_time_is_linear_on_hostile_text(unit: str) -> None:
    assert slowdown(lambda size: parse_metadata(unit * (size // len(unit))), 600_000) < LINEAR
