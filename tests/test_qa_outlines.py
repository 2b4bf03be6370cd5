"""Lists that a document numbers over lines, sentences and passages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qa_corpus import check_answer, indexed

from index.normalize import normalize
from qa.outline_answer import numbered_noun
from qa.outlines import find_series
from qa.pipeline import Pipeline

FILLER = (
    "各地各有关部门要结合实际，认真抓好落实，定期报告进展情况，确保各项任务按时完成，取得实实在在的成效。" * 5
)
PLAN = (
    "大同市促进消费行动方案\n\n为促进消费，现提出以下措施。\n\n"
    f"一、扩大汽车消费。{FILLER}\n\n二、支持餐饮消费。{FILLER}\n\n三、发展夜间经济。{FILLER}\n\n"
    "四、保障措施\n（一）加强组织领导。成立专班，负责人是李建国。\n（二）强化资金保障。安排100万元。\n（三）做好宣传引导。用好新媒体😀。\n"
)
REPORT = (
    "# 煤矿安全检查通报\n\n检查发现的主要问题有：一是通风设施老化；二是培训记录不全；三是应急预案缺失。\n\n"
    "企业申请补贴需要提交下列材料：\n- 营业执照 copy\n- 银行账户证明\n- 承诺书\n\n检查组由能源局、应急局、消防队组成。\n"
)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        pytest.param("一、甲事。做好。\n二、乙事。做好。", [["甲事", "乙事"]], id="headings"),
        pytest.param("二、乙。\n三、丙。", [], id="not from one on"),
        pytest.param("一、甲事。\n三、丙事。", [], id="a gap"),
        pytest.param(
            "(一)甲事。\n(二)乙事。\n(一)丙事。\n(二)丁事。",
            [["甲事", "乙事"], ["丙事", "丁事"]],
            id="two lists",
        ),
        pytest.param("1. 甲 A。\n2. 乙 B。\n3.丙", [["甲 A", "乙 B", "丙"]], id="figures"),
        pytest.param("1.5万元。\n2.5万元。", [], id="decimals"),
        pytest.param(
            "原因:一是成本上升,二是投入增加,三是电价上涨。其他。",
            [["成本上升", "投入增加", "电价上涨"]],
            id="commas between them",
        ),
        pytest.param("要求:一是抓好生产;二是保证安全。", [["抓好生产", "保证安全"]], id="in a sentence"),
        pytest.param("第一,加大投入。第二,培养人才。", [["加大投入", "培养人才"]], id="ordinals"),
        pytest.param("- 甲😀\n- 乙\n\n正文\n- 丙", [["甲😀", "乙"]], id="bullets"),
        pytest.param("今天是十一是休息日,二是上班。", [], id="十一是 is no mark"),
        pytest.param("", [], id="empty"),
    ],
)
def test_series(text, items):
    assert [[text[a:b] for a, b in series.items] for series in find_series(text)] == items


@given(st.text(alphabet="一二三、。(1).- 甲😀\n是,:;#", max_size=120))
def test_items_lie_in_the_text_in_order(text):
    for series in find_series(text):
        places = [place for item in series.items for place in item]
        assert places == sorted(places)
        assert len(series.items) >= 2
        assert 0 <= series.lead[0] <= series.lead[1] <= series.items[0][0]
        assert all(text[a:b].strip() for a, b in series.items)
        assert series.items[-1][1] <= series.end <= len(text)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    texts = {
        "plan.txt": PLAN,
        "report.md": REPORT,
        "crlf.txt": PLAN.replace("大同", "阳泉").replace("汽车", "家电").replace("\n", "\r\n"),
    }
    opened = Pipeline.open(indexed(tmp_path_factory.mktemp("outlines"), texts), reader="overlap")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "document", "items"),
    [
        (
            "大同市促进消费有哪些措施？",
            "plan.txt",
            ["扩大汽车消费", "支持餐饮消费", "发展夜间经济", "保障措施"],
        ),
        (
            "阳泉市促进消费行动方案提出了哪四项措施？",
            "crlf.txt",
            ["扩大家电消费", "支持餐饮消费", "发展夜间经济", "保障措施"],
        ),
        ("大同市的行动方案有哪三条保障措施？", "plan.txt", ["加强组织领导", "强化资金保障", "做好宣传引导"]),
        ("煤矿安全检查发现了哪些主要问题？", "report.md", ["通风设施老化", "培训记录不全", "应急预案缺失"]),
        ("企业申请补贴要提交哪些材料？", "report.md", ["营业执照 copy", "银行账户证明", "承诺书"]),
    ],
)
def test_all_items_are_answered_each_cited(pipeline, question, document, items):
    answer = pipeline.ask(question)
    assert [span.text for span in answer.spans] == items
    assert {citation.document_id for citation in answer.citations} == {document}
    assert len(answer.citations) == len(items)
    check_answer(answer, pipeline.index)


@pytest.mark.parametrize(
    "question",
    [
        "检查组由哪些部门组成？",
        "负责人是谁？",
        "安排了多少万元？",
        "火星移民有哪些措施？",
        "大同市促进消费有哪七项措施？",
        "太原市促进消费行动方案有哪些措施？",
        "2019年大同市促进消费有哪些措施？",
        "哪些😀？",
    ],
)
def test_other_questions_are_left_to_the_reader(pipeline, question):
    answer = pipeline.ask(question)
    assert len(answer.spans) < 4 and "支持餐饮消费" not in [span.text for span in answer.spans]
    check_answer(answer, pipeline.index)


@pytest.mark.parametrize(
    ("question", "items"),
    [
        ("养老服务的总体要求包括哪些内容？", ["指导思想", "主要目标"]),
        ("安装 Guide 有哪几个步骤？", ["下载安装包", "运行 setup.exe", "重启电脑😀"]),
    ],
)
def test_headings_announce_what_stands_below_them(tmp_path, question, items):
    opinion = (
        "关于促进养老服务的意见\n\n为促进养老服务发展，现提出以下意见。\n一、总体要求\n"
        f"（一）指导思想。{FILLER}\n（二）主要目标。{FILLER}\n二、重点任务\n大力发展养老服务。{FILLER}\n"
    )
    guide = "# 用户手册 User Guide\n\n安装步骤：\n\n1. 下载安装包\n2. 运行 setup.exe\n3. 重启电脑😀\n"
    opened = Pipeline.open(indexed(tmp_path, {"opinion.txt": opinion, "guide.md": guide}), reader="overlap")
    try:
        answer = opened.ask(question)
        assert [span.text for span in answer.spans] == items
        check_answer(answer, opened.index)
    finally:
        opened.close()


def test_search_text_of_the_fixture_is_as_expected():
    assert "(一)加强组织领导" in normalize(PLAN).text


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("采取了哪些卓有成效的措施?", "措施"),
        ("哪些情形可以免于处罚?", "情形"),
        ("有哪些针对中小企业的扶持措施?", "措施"),
        ("哪些任务由省能源局牵头?", "任务"),
        ("哪些项目管理问题比较突出?", "问题"),
        ("大同市有哪些措施?", "措施"),
        ("请把要求列出来", "要求"),
        ("What are the main tasks of 大同?", "tasks"),
        ("Which problems did the measures solve?", "problems"),
        ("提出了哪些工作要求?", "要求"),
        ("存在哪些困难和问题?", "问题"),
        ("哪些整改措施?", "措施"),
        ("下一步的工作打算有哪些?", "打算"),
        ("列出下一步的措施。", "措施"),
        ("What measures were taken?", "measures"),
        ("参与援疆工作的单位有哪些?", ""),
        ("哪些部门参与了这项工作?", ""),
        ("哪些公司提出了建议?", ""),
        ("What transactions were made?", ""),
    ],
)
def test_what_is_asked_for(question, noun):
    assert numbered_noun(question) == noun
