"""Attributes that questions ask for by name, and how texts tell them: a year is no year of birth where nobody is born. Pure.

A reader that finds a value of the right kind beside the right subject takes it for the attribute. What is asked for by one of these
names has to be told in words that tell it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.question import Question

__all__ = ["ATTRIBUTES", "Attribute", "asked_attributes", "attribute_absent", "wrong_value"]

_IN_PASSAGE_ONLY = 0.5
_LABEL = 24  # characters before a sentence: a label, the head of a column
_POST = re.compile(
    r"(?<!副)((?:[省市县区州镇乡村厅局处部校院所会社行站馆台团连]|董事|秘书|检察|审计|理事|行)长|(?:总)?书记|主任|(?:副)?主席|总?经理|总裁|院士|主编|总工程师|法定代表人|法人代表)"
    r"(?:同志)?(?:是|叫|为|由)?(?:谁|哪位|哪个人|何人|什么人|什么名字|姓名)"
)
_PART = re.compile(
    r"(负责|联系|承办|经办|主持|设计|发明|投资|捐赠|代理|监护|翻译|编辑|拍摄|起草|主讲|赞助)(?:人|者|师|方|商)(?:是|叫|为)?(?:谁|哪位|哪个人|哪家|何人|什么人|什么名字|姓名)"
)
"""Who has a part in something: the doing has to be told, whoever does it."""
_ENGLISH_POSTS = {
    "mayor": "市长|区长|镇长",
    "governor": "省长|州长|总督|自治区主席",
    "minister": "部长|大臣|总理",
    "director": "主任|局长|厅长|处长|所长|馆长|院长|导演",
    "chairman": "董事长|主席|会长|理事长",
    "chairwoman": "董事长|主席|会长|理事长",
    "president": "总统|主席|总裁|校长|院长|会长|行长",
    "manager": "经理",
    "principal": "校长",
    "headmaster": "校长",
    "editor": "编辑|主编",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """``asked``: how a question names it; ``told``: what a text that tells it has; ``value``: what an answer itself has, where it has
    anything in particular."""

    asked: re.Pattern[str]
    told: re.Pattern[str]
    value: re.Pattern[str] | None = None


def _attribute(asked: str, told: str, value: str = "") -> Attribute:
    named, said = (re.compile(one, re.IGNORECASE) for one in (asked, told))
    return Attribute(named, said, re.compile(value, re.IGNORECASE) if value else None)


ATTRIBUTES = (
    _attribute(r"出生|生日|诞生于|\bborn\b|\bbirth(?!\s*rate)", r"出生|生于|诞|生育|生[下子女一]|出世|生日|年生|岁|[(]\d{4}|born|birth"),
    _attribute(r"年龄|年纪|多少岁|几岁|岁数|how old\b|\bage of\b", r"岁|年龄|年纪|出生|生于|old|aged?\b|born"),
    _attribute(r"籍贯|祖籍|老家|(?:哪里|哪儿|何处)人(?=[?。]|$)|native of", r"籍|老家|家乡|故乡|出生|生于|人氏|人士|村民|[国省市县州]人|人[,。、;(]"),
    _attribute(r"毕业|学历|(?<!大)学位|母校|就读|graduat|\bdegree\b", r"毕业|学历|学位|母校|读|求学|留学|进修|深造|肄业|结业|博士|硕士|本科|大专|校友|graduat|degree"),
    _attribute(r"职务|职位|职称|官职|\bjob title|\bposition\b.*\bhold", r"职务|职位|职称|任|长|主任|书记|主席|经理|总裁|秘书|委员|代表|教授|工程师|会计",
        r"^(?!.*(?:委员会|公司|集团|中心|[局厅部处所院校市县区省州镇村年月日元])$)"),
    _attribute(r"(?:成立|创立|创办|创建|组建|设立|始建|建立)(?:于|的|了)?(?:时间|年份|哪|何|什么|多少年|几)|(?:哪|何|什么).{0,6}(?:成立|创立|创办|创建|组建|设立|始建)(?:的|\?|$)|创始人|创办人|创立者|\bfounde[rd]\b|\bestablished\b", r"成立|创|组建|设[立置于为]|改[设为名]|[始兴修筑]建|建[立成于校国制馆]|诞生|揭牌|挂牌|开[办设业馆园山张]|另立|祖|成为|found|establish"),
    _attribute(r"上市(?!公司)|\blisted\b|\bIPO\b", r"上市|挂牌|股票|开售|发售|发布|上架|推出|发行|IPO|listed"),
    _attribute(r"注册资[本金]|registered capital", r"注册资|registered capital"),
    _attribute(r"总部|\bheadquarter", r"总部|本部|驻地|坐落|位于|headquarter"),
    _attribute(r"股份|股权|持股|\bshares\b|\bstake\b", r"股(?!东)|stake|share"),
    _attribute(r"(?:员工|职工|雇员)|\bemployees\b|\bstaff\b", r"员工|职工|雇员|人员|从业|招工|用工|岗位|就业|employ|staff|worker"),
    _attribute(r"人口|\bpopulation\b", r"人口|常住|户籍|居民|人次|总人数|population"),
    _attribute(r"面积|\barea of\b|how large", r"面积|平方|亩|公顷|占地|square|area|hectare"),
    _attribute(r"价格|售价|票价|单价|收购价|房价|门票|多少钱一|\bprice\b|\bticket\b", r"价|费|票|钱|[售卖买块]|每(?:公斤|千克|斤|吨|份|张|本|件|平方米)|元[/一每]|price|ticket|cost"),
    _attribute(r"电话|手机号|传真|\bphone\b|\btelephone\b", r"电话|手机|传真|联系|热线|区号|tel|phone|[\d-]{7,}"),
    _attribute(r"邮箱|电子邮件|\be-?mail\b", r"@|邮箱|mail"),
    _attribute(r"利润|\bprofit", r"利润|盈利|净利|利税|profit"),
    _attribute(r"生产总值|\bGDP\b", r"生产总值|GDP"),
    _attribute(r"产值|output value", r"产值|总值|output"),
    _attribute(r"(?:营业|销售|主营|互联网)收入|营收|销售额|\brevenue\b|\bturnover\b", r"收入|营收|销售|营业|交易额|零售额|revenue|sales|turnover"),
    _attribute(r"竣工|完工|建成(?=[于的?。]|$)|落成|投产|量产|\bcompleted\b|mass production", r"竣|完工|[始兴修筑所]建|建[成造立于]|落成|投产|投运|投用|投入(?:生产|使用|运营)|开通|启用|通车|达产|量产|建设完成|complet|production"),
    _attribute(r"开工|动工|奠基|construction (?:start|begin|began)", r"开工|动工|奠基|启动|开建|破土|始建|动土|construction"),
    _attribute(r"首都|省会|首府|\bcapital (?:city )?of\b|\bthe capital\b", r"首都|省会|首府|都城|capital"),
    _attribute(r"床位|\bbeds\b", r"床|beds?\b"),
    _attribute(r"海拔|\baltitude\b|\belevation\b", r"海拔|高程|altitude|elevation"),
    _attribute(r"丈夫|妻子|配偶|夫人|\bwife\b|\bhusband\b|\bmarried\b", r"夫|妻|配偶|结婚|婚|嫁|娶|wife|husband|married"),
    _attribute(r"(?:父亲|母亲|儿子|女儿|子女)(?:是|叫|有)|\bfather\b|\bmother\b", r"父|母|儿|女|子|father|mother|son|daughter"),
    _attribute(
        r"(?:担任|出任|当选|当上|就任|上任)[^,。?]*(?:哪一?年|什么时[候间]|何时|几[月年])|(?:哪一?年|什么时[候间]|何时)[^,。?]*(?:担任|出任|当选|当上|就任|上任)|\btake office\b|\bappointed\b|\bbecome (?:the )?(?:mayor|governor|director)",
        r"任(?!务|何|意|教)|当选|当上|履新|升[为至]|选为|[成授封改]为|即位|登基|加冕|appoint|elected",
    ),
    _attribute(r"总投资|投资(?:额|了)?(?:是|为)?多少|投了多少|\binvest(?:ed|ment)?\b", r"投|出资|资金|耗资|斥资|造价|援建|invest"),
    _attribute(r"入驻", r"[入进]驻|落户|落地|引进|吸引"),
    _attribute(r"分管", r"分管|主管|负责|分工"),
    _attribute(r"什么品种|哪[个种些]品种", r"品种|[一-鿿]号"),
    _attribute(r"去年|\blast year\b", r"去年|上年|上一年|(?:19|20)\d\d年|last year"),
    _attribute(r"每周|一周|\bweekly\b|\bper week\b", r"周|星期|week"),
    _attribute(r"党员", r"党员"),
    _attribute(r"全年|整年", r"全年|年度|\d{4}年"),
    _attribute(r"人均|亩均|户均|日均|月均|平均|\baverage\b|\bper capita\b", r"均|每[人亩户日天月个]|一[人亩户]|average|per capita"),
    _attribute(r"第几|排名|名次|\brank", r"第|名|位|排|冠|亚|季军|首|rank"),
    _attribute(r"增[长幅速]|涨幅|同比|\bgrowth\b", r"增|涨|升|降|提高|减|同比|翻|growth|rose|increas"),
    _attribute(r"占比|占.{0,12}(?:多少|百分之几|几成)|比例|比重", r"占|比[例重]|%|百分之|成|分之"),
    _attribute(r"全长|全程多|\bhow long is\b", r"长|程|[公千]米|里|km"),
    _attribute(r"多重|重量|体重|\bweigh", r"重|吨|公斤|千克|克|斤|磅|kg"),
    _attribute(r"时速|多快|速度|\bspeed\b", r"速|每[秒小分]|[/秒]|km/h"),
    _attribute(r"网址|官网|网站地址|\bwebsite\b", r"网|http|www"),
    _attribute(r"票房|\bbox office\b", r"票房|box office"),
    _attribute(r"财政收入", r"财政"),
    _attribute(r"融资", r"融资"),
    _attribute(r"贷款", r"贷"),
    _attribute(r"补贴|补助", r"补"),
    _attribute(r"税收|纳税|税额", r"税"),
    _attribute(r"工资|薪水|月薪|年薪|\bsalary\b|\bwages?\b", r"薪|工资|报酬|收入|salary|wage"),
    _attribute(r"奖金", r"奖"),
    _attribute(r"罚款|罚金", r"罚"),
    _attribute(r"赔偿", r"[赔偿付]|违约金"),
    _attribute(r"捐[款赠]多少|捐了多少|\bdonat", r"捐|donat"),
    _attribute(r"预算|\bbudget\b", r"预算|概算|budget"),
    _attribute(r"成本|\bcost of\b", r"成本|费|cost"),
    _attribute(r"租金", r"租"),
    _attribute(r"得[过了]?(?:什么|哪些|哪个|多少|几)[^,。]{0,4}奖|什么(?:荣誉|称号|奖)", r"奖|荣誉|[称誉登封赠]|评[为选]|授予|入选|获"),
    _attribute(r"占地(?:面积)?(?:是|有|为)?多", r"占地|亩|公顷|平方"),
)  # fmt: skip
"""In no order; a question may ask for several."""


def asked_attributes(question: str) -> list[re.Pattern[str]]:
    """What a text has to have, by attribute that the question names.

    Examples
    --------
    >>> [bool(told.search("1990年出生")) for told in asked_attributes("他是哪年出生的?")]
    [True]
    >>> asked_attributes("会议在哪里召开?")
    []
    """
    found = [one.told for one in ATTRIBUTES if one.asked.search(question)]
    if post := _POST.search(question):
        found.append(re.compile(rf"(?<!副){re.escape(post[1])}"))
    if part := _PART.search(question):
        found.append(re.compile(part[1]))
    words = {word.lower() for word in re.findall(r"[A-Za-z]+", question)}
    if words & {"who", "name"}:
        found += [re.compile(rf"(?<!副)(?:{told})") for word, told in _ENGLISH_POSTS.items() if word in words]
    return found


def wrong_value(question: str, span: str) -> bool:
    """Whether a span cannot be the attribute that is asked for by name: an office is no post."""
    return any(
        one.value is not None and one.asked.search(question) and not one.value.search(span)
        for one in ATTRIBUTES
    )


def attribute_absent(question: Question, sentence: str, lead: str, passage: str) -> float:
    """1 where an attribute that is asked for by name is told nowhere in the passage, 0.5 where it is, but neither in the sentence nor in
    the words right before it, else 0."""
    missing = [
        _IN_PASSAGE_ONLY if told.search(passage) else 1.0
        for told in asked_attributes(question.text)
        if not told.search(f"{lead[-_LABEL:]}{sentence}")
    ]
    return max(missing, default=0.0)
