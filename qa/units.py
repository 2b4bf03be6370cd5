"""Measure words and units: what may follow a number, and which of them say the same. Tables and two lookups, no parsing.

Factors stand only where the conversion is exact and nobody would doubt it (公里 = 1000 米); an 亩 stays an 亩.
"""

from __future__ import annotations

import re
from decimal import Decimal

__all__ = ["CLASSIFIERS", "HAN_NUMERAL_UNIT", "PERCENT_UNITS", "UNIT", "canonical_unit"]

_MONEY = "元 块钱 块 角 美元 美金 欧元 日元 韩元 港元 港币 新台币 台币 英镑 澳元 加元 卢布 卢比 法郎 马克 泰铢 坚戈 人民币"
_SIZES = (
    "毫米 厘米 分米 微米 纳米 千米 公里 英里 海里 光年 英尺 英寸 米 里 尺 寸 丈 "
    "平方公里 平方千米 平方英里 平方厘米 平方毫米 平方米 平米 平方 公顷 亩 立方米 立方厘米 立方 毫升 公升 升 加仑 "
    "万吨级 吨级 吨 千克 公斤 毫克 微克 市斤 斤 克 磅 盎司 克拉 "
    "千瓦时 兆瓦时 千瓦 兆瓦 吉瓦 瓦 度电 千伏 伏 千赫 兆赫 赫兹 千焦 焦耳 千卡 大卡 卡路里 马力 千帕 兆帕 帕 分贝 "
    "摄氏度 华氏度 度 字节 比特 像素 倍"
)
_SYMBOLS = (
    "% ％ ‰ ℃ ℉ ° °C °F ㎡ km² m² m³ hm² km2 m2 m3 hm2 km cm mm nm μm m kg mg μg g t mL ml L "
    "kWh MWh GWh kW KW MW GW W kV V GHz MHz kHz Hz MPa kPa hPa dB GB MB KB TB Gbps Mbps kbps"
)
_TIMES = (
    "个百分点 百分点 个半小时 个半月 个小时 小时 个钟头 钟头 个工作日 工作日 个季度 季度 个星期 星期 个世纪 个月 个学期 学期 学年 "
    "财年 年度 周年 周岁 分钟 秒钟 毫秒 世纪 年代 昼夜 年 月 周 天 日 时 分 秒 岁"
)
_COUNTS = (
    "人次 人份 人 名 位 户次 户 口 车次 架次 班次 航次 床位 车位 个 家 项 条 件 只 头 匹 辆 列 台 套 座 栋 幢 棟 间 所 处 艘 架 "
    "部门 部 本 册 卷 页 张 幅 篇 份 封 首 段 句 字 行 章 节 款 例 宗 起 场 届 次 回 趟 遍 轮 批 组 队 班 级 层 楼 步 类 种 样 "
    "点 方面 面 支 枝 根 棵 株 朵 颗 粒 片 堆 串 滴 瓶 杯 碗 盒 箱 包 袋 桶 股 笔 单 门 道 顿 餐 盘 期 集 站 关 国 省市 省 市县 市 "
    "县区 县市 县 区 乡镇 乡 镇 村 团 师 旅 连 营 校 院 厂 店 强 星 成 折 番 窝 席 枚 对 双 副 把 盏 扇 顶 版 线 代 桥 环 号 路 筐 捆"
)
_ENGLISH = (
    "percentage points?|percent|per cent|people|persons?|students|countries|companies|times|dollars?|yuan|euros?|pounds?|yen|"
    "square (?:kilomet(?:er|re)s?|miles?|met(?:er|re)s?|feet)|(?:kilo|centi|milli)?met(?:er|re)s?|miles?|feet|foot|inch(?:es)?|"
    "acres?|hectares?|(?:metric )?tons?|tonnes?|(?:kilo)?grams?|lit(?:er|re)s?|degrees?(?: Celsius| Fahrenheit)?|"
    "(?:mega|giga|kilo)watts?|years?(?: old)?|months?|weeks?|days?|hours?|minutes?|seconds?"
)
_HAN_COUNTS = (
    "毫米 厘米 千米 公里 海里 英里 米 平方公里 平方千米 平方米 公顷 亩 立方米 升 毫升 万吨级 吨级 吨 千克 公斤 斤 千瓦时 千瓦 兆瓦 "
    "摄氏度 度电 个百分点 百分点 个半小时 个半月 个小时 小时 个月 个工作日 工作日 个季度 季度 个星期 个学期 学期 学年 年度 周年 周岁 "
    "分钟 秒钟 世纪 年代 昼夜 年 月 周 天 日 岁 人次 人份 人 名 位 户 车次 架次 个 家 项 条 件 只 头 匹 辆 台 套 座 栋 幢 棟 间 所 "
    "艘 架 部门 部 本 册 卷 页 张 幅 篇 份 封 首 段 章 节 例 宗 场 届 次 轮 批 组 层 楼 类 种 支 棵 株 颗 粒 枚 笔 门 期 集 团 连 校 "
    "倍 成 折 番 号"
)
_GOES_ON = {
    "成": "为立功员果本都交长熟绩就品年人分套型份效了活群", "分": "别布之为类析公会局部期支享行配解组区院店馆校工散段级管子",
    "行": "业政动为人程使驶长情走", "面": "积向对临板试前", "处": "理于罚置分长级在", "种": "植养子业粮地田树草",
    "条": "件例款约", "口": "岸号腔感径", "部": "分队署长委级落属", "组": "织成建合长装团", "队": "伍员长友", "班": "子车级组长",
    "场": "所地馆景面合均", "次": "要数日年月序于品", "回": "收报复升落来到国族归暖顾应", "期": "间望限货待末刊中",
    "集": "团中体合聚镇市成群约装贸散", "站": "点在台长", "关": "于系键注联心闭停税爱", "国": "家际内有企道网民资外务土产债营防庆旗歌籍",
    "省": "级份内外长委略会城道政直", "市": "场民值区政级长委内属", "县": "级城域长委乡", "区": "域别块位间分级", "乡": "村亲土",
    "镇": "区长", "村": "民庄落级委", "团": "队结体长员伙部场圆", "师": "傅资生范长", "连": "续接锁线带队同忙环",
    "营": "业收销养运造地商利", "校": "园长区企友舍", "院": "长校士子", "厂": "房区长家商", "店": "铺主员", "强": "化调度大劲势烈制力",
    "星": "期级球座光", "对": "外口于比接应象面照策标待手方话内此", "双": "方边向重语休减创碳城层", "副": "省市主总书县院校会理局部产食厅",
    "把": "握关控手脉", "顶": "层部级点峰", "版": "本图权面块税", "线": "上下路索程性缆", "代": "表理码替价言办销工号", "桥": "梁头接",
    "环": "境保节比球绕卫形", "号": "称召码", "路": "线径桥面段网口况过", "倍": "增受感加率", "元": "素旦件宵朝首器", "角": "度色落逐",
    "日": "本常益均军语照", "月": "球饼季光亮均薪", "时": "代期候速间段隔空值尚装令任常而效针差长", "天": "然津空", "人": "民口均才工类数社",
    "名": "称单录次列誉胜片", "里": "面程", "度": "假过", "克": "服里鲁", "瓦": "解斯片", "点": "击评缀赞燃", "级": "别联", "台": "河", "盘": "水", "层": "次面级",
    "步": "骤行入伐枪调", "类": "型别似目", "道": "路理德歉教县", "门": "店类户票市", "单": "位独元一", "段": "落", "起": "来到始源点草步",
    "首": "先次都要席府", "支": "持付出援撑部", "包": "括含装容", "套": "餐路", "样": "本品式板", "间": "接隔断", "节": "约能日省点",
    "例": "如外", "份": "额", "列": "入为车举", "位": "于置居列", "家": "庭乡渠", "字": "号", "所": "有以在属得谓需", "方": "法向案式便针",
}  # fmt: skip
"""Characters after which a measure word is the beginning of another word: 3行 | 3行业."""

PERCENT_UNITS = frozenset({"%", "‰", "百分点", "成"})
CLASSIFIERS = frozenset(_COUNTS.split()) - {"成", "折", "番", "号"}
"""Measure words that only count; 人, 名 and 位 say the same."""


def _alternatives(words: str) -> str:
    parts = []
    for word in sorted(set(words.split()), key=len, reverse=True):
        guard = f"(?![{_GOES_ON[word]}])" if word in _GOES_ON else ""
        guard = r"(?![A-Za-z\d])" if word[-1].isascii() and word[-1].isalnum() else guard
        parts.append(re.escape(word) + guard)
    return "|".join(parts)


UNIT = re.compile(
    f"(?P<unit>{_alternatives(f'{_MONEY} {_SIZES} {_SYMBOLS} {_TIMES} {_COUNTS}')}|(?<=[ -])(?:{_ENGLISH})(?![A-Za-z]))"
    f"(?P<rate>(?:/(?:{_alternatives(f'{_SIZES} {_SYMBOLS} {_TIMES} {_COUNTS}')}|[A-Za-z]{{1,6}})(?![A-Za-z])){{0,2}})",
)
"""What may follow Arabic digits, with ``/秒``-like rates: groups ``unit`` and ``rate``."""

HAN_NUMERAL_UNIT = re.compile(
    f"(?P<unit>{_alternatives(f'元 块钱 美元 美金 欧元 日元 港元 英镑 {_HAN_COUNTS}')})(?P<rate>)"
)
"""What may follow a lone Chinese numeral. Fewer than ``UNIT``: 一面, 一点, 十分, 一样, 三方 are words of their own."""

_SAME = {
    "元": "块 块钱 人民币 RMB CNY yuan ¥ ￥", "美元": "美金 $ US$ USD dollar", "欧元": "€ EUR euro", "英镑": "£ GBP", "港元": "港币 HK$",
    "新台币": "台币", "%": "％ percent per_cent", "百分点": "个百分点 percentage_point", "小时": "个小时 个半小时 个钟头 钟头 hour",
    "个月": "个半月 month", "秒": "秒钟 second", "分钟": "minute", "天": "日 day", "年": "year", "岁": "周岁 year_old",
    "周": "星期 个星期 week", "工作日": "个工作日", "世纪": "个世纪", "季度": "个季度", "学期": "个学期", "人": "people person", "℃": "°C 摄氏度 degree_celsius",
    "℉": "°F 华氏度 degree_fahrenheit", "平方米": "平米 平方 ㎡ m² m2", "立方米": "立方 m³ m3", "公里": "kilometer", "米": "meter",
    "厘米": "centimeter", "毫米": "millimeter", "平方公里": "square_kilometer km² km2", "公顷": "hectare hm² hm2", "吨": "ton metric_ton tonne",
    "公斤": "kilogram", "升": "liter", "千瓦": "kilowatt", "兆瓦": "megawatt", "吉瓦": "gigawatt", "倍": "time",
}  # fmt: skip
_FACTORS = {
    "米": "m=1 公里=1000 千米=1000 km=1000 分米=0.1 厘米=0.01 cm=0.01 毫米=0.001 mm=0.001",
    "平方米": "平方公里=1000000 平方千米=1000000 公顷=10000 平方厘米=0.0001",
    "升": "公升=1 L=1 毫升=0.001 mL=0.001 ml=0.001",
    "吨": "t=1 千克=0.001 公斤=0.001 kg=0.001 斤=0.0005 市斤=0.0005 克=0.000001 g=0.000001 毫克=0.000000001 mg=0.000000001",
    "千瓦": "kW=1 KW=1 瓦=0.001 W=0.001 兆瓦=1000 MW=1000 吉瓦=1000000 GW=1000000",
    "千瓦时": "kWh=1 度电=1 兆瓦时=1000 MWh=1000 GWh=1000000",
    "伏": "V=1 千伏=1000 kV=1000",
    "元": "角=0.1",
}  # fmt: skip
_CANONICAL = {alias.replace("_", " "): name for name, aliases in _SAME.items() for alias in aliases.split()}
_CONVERSION = {
    name: (base, Decimal(factor))
    for base, row in _FACTORS.items()
    for name, factor in (cell.split("=") for cell in row.split())
}


def canonical_unit(unit: str) -> tuple[str, Decimal]:
    """Canonical name of a unit and the factor that brings a value to it.

    Examples
    --------
    >>> canonical_unit("公里"), canonical_unit("亩")
    (('米', Decimal('1000')), ('亩', Decimal('1')))
    """
    if len(unit) > 3 and unit.isascii() and unit not in _SYMBOLS.split():
        unit = re.sub(r"s\b", "", unit.lower()).replace("metre", "meter").replace("litre", "liter")
    name = _CANONICAL.get(unit, unit)
    return _CONVERSION.get(name, (name, Decimal(1)))
