"""Which line breaks stand inside a sentence: shapes seen in official documents, newspapers and their PDF texts."""

from __future__ import annotations

import pytest

from index.line_joins import joins_next_line

JOINED = {
    "a word cut by a page": (
        "晋城经开区为新疆生产建设兵团第六师105团、吉木乃边境经济合",
        "作区提供各20万元资金援助。",
    ),
    "a short word cut by a page": ("为乌鲁木齐市的肉", "品供应和市场稳定起到护基石的作用。"),
    "a name of a title cut": ("善弈者谋势,善治者谋全局。在朔州市委书", "记姜四清亲自谋划。"),
    "after a comma": ("省商务厅积极贯彻落实扩大内需战略,", "着力完善促消费体制机制。"),
    "after an enumeration comma": ("我省杂粮、中药材、", "畜牧业合作不断深化。"),
    "before a closing quotation mark": ("他强调“要久久为功", "”。"),
    "before a full stop": ("二期项目预计明年投产运营", "。总投资3亿元。"),
    "before a percent sign": ("占比达到了70", "%以上。"),
    "inside a book title": ("印发了《进一步深化开发区改革", "行动方案》。"),
    "inside a quotation": ("逐步探索并形成了“平鲁能源大区的发展定位不", "能丢,必须转变”的共识。"),
    "inside brackets": ("山西省转型综合改革示范区(以下简称", "综改区)。"),
    "a long line of prose": (
        "面对新形势,我们坚持把做优营商环境摆在突出位置,肉羊、蛋鸡等存栏量、出栏量、屠宰量数量巨大,并且有",
        "良好的养殖业发展空间。",
    ),
    "Latin prose": ("The committee met in March and decided", "to publish the figures."),
    "mixed": ("企业在GDP、PMI等方面,", "with strong results。"),
}
KEPT = {
    "a finished sentence": ("感谢您的关心支持。", "山西省能源局"),
    "a sentence that ends in a quotation": ("他说:“好。”", "会议结束"),
    "salutation": ("刘芳亮委员:", "您好。您提出的建议收悉,现答复如下:"),
    "heading before its paragraph": ("三、加强资金支持力度", "推动我省开发区加大对新疆地区的资金支持力度。"),
    "numbered clause next": ("进一步加强协作,扎实推动区域经济发展", "二、深化两地交流发展。"),
    "bracketed clause next": ("有关要求如下", "(一)提高认识"),
    "article next": ("本办法由省能源局解释", "第十二条 本办法自发布之日起施行。"),
    "list item next": ("主要做法有", "- 加强合作"),
    "Arabic list item next": ("需要的材料", "2.身份证复印件"),
    "markdown heading": ("# 开发区建设", "专刊"),
    "markdown heading next": ("李若男", "## 我省首家「数字地热示范园」落地山西"),
    "markdown picture next": ("现场照片", "![照片](a.png)"),
    "quotation mark of markdown": ("> 引文", "引文的下一行"),
    "table row by tabs": ("委员姓名\t朱国胜", "工作单位\t市政协"),
    "table row by bars": ("| 项目 | 金额 |", "| --- | --- |"),
    "signature before the date": ("山西省能源局", "2025年6月20日"),
    "signature before a signature": ("晋城市发展和改革委员会", "A类"),
    "date before the next title": ("2024年7月9日", "晋城市政协提案面商记录表"),
    "form field": ("承办人:杨国强", "联系电话:13934069668"),
    "short title lines": ("打造开发区建设升级版", "决胜高质量发展新战场"),
    "by-line": ("新疆日报评论员", "“山河不会忘记你,大地不会忘记你。”"),
    "a column of numbers": ("5.2", "3.4"),
    "a column of whole numbers": ("12", "34"),
    "subtitle with a dash": ("强化科技支撑抢占“冻干”赛道", "——长子经济技术开发区见闻"),
    "Latin title lines": ("Annual Report", "Summary of Findings"),
    "emoji": ("今天很好🎉", "🎉明天更好"),
    "emoji list": ("👍第一点", "👍第二点"),
    "attachment": ("请按附表填报", "附件1:任务分工表"),
    "nothing before": ("", "正文"),
    "nothing after": ("正文", ""),
    "nothing at all": ("", ""),
}


@pytest.mark.parametrize(("line", "following"), JOINED.values(), ids=JOINED.keys())
def test_a_break_inside_a_sentence_is_joined(line: str, following: str) -> None:
    assert joins_next_line(line, following)


@pytest.mark.parametrize(("line", "following"), KEPT.values(), ids=KEPT.keys())
def test_a_break_between_lines_is_kept(line: str, following: str) -> None:
    assert not joins_next_line(line, following)
