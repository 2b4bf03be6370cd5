"""English names of places and times that are not spelt as their Chinese names sound: provinces, cities, countries, months,
and of what is counted."""

from __future__ import annotations

__all__ = ["ENGLISH_UNITS", "FOREIGN_NAMES", "MONTHS"]

_NAMES = """
China 中国; PRC 中国; Shaanxi 陕西; Inner Mongolia 内蒙古; Tibet 西藏; Xizang 西藏; Hong Kong 香港; Macau 澳门; Macao 澳门; Taiwan 台湾; Canton 广州;
Peking 北京; Tsingtao 青岛; Harbin 哈尔滨; Qiqihar 齐齐哈尔; Hohhot 呼和浩特; Ordos 鄂尔多斯; Hulunbuir 呼伦贝尔; Bayannur 巴彦淖尔;
Ulanqab 乌兰察布; Xilingol 锡林郭勒; Alxa 阿拉善; Hinggan 兴安盟; Jiamusi 佳木斯; Xishuangbanna 西双版纳; Sipsongpanna 西双版纳;
Lhasa 拉萨; Shigatse 日喀则; Xigaze 日喀则; Chamdo 昌都; Qamdo 昌都; Nyingchi 林芝; Nagqu 那曲; Ngari 阿里; Garze 甘孜; Ngawa 阿坝; Shangri-La 香格里拉;
Urumqi 乌鲁木齐; Ürümqi 乌鲁木齐; Wulumuqi 乌鲁木齐; Karamay 克拉玛依; Turpan 吐鲁番; Turfan 吐鲁番; Hami 哈密; Kumul 哈密; Changji 昌吉;
Bortala 博尔塔拉; Bayingolin 巴音郭楞; Bayingol 巴音郭楞; Aksu 阿克苏; Kizilsu 克孜勒苏; Kashgar 喀什; Kashi 喀什; Hotan 和田; Khotan 和田;
Ili 伊犁; Yining 伊宁; Ghulja 伊宁; Tacheng 塔城; Tarbagatay 塔城; Altay 阿勒泰; Shihezi 石河子; Aral 阿拉尔; Alar 阿拉尔;
Tumxuk 图木舒克; Tumushuke 图木舒克; Wujiaqu 五家渠; Beitun 北屯; Korla 库尔勒; Kuqa 库车; Kucha 库车; Khorgos 霍尔果斯; Horgos 霍尔果斯;
Jeminay 吉木乃; Jimunai 吉木乃; Jimsar 吉木萨尔; Yarkant 莎车; Yarkand 莎车; Shache 莎车; Alashankou 阿拉山口; Alataw 阿拉山口; Junggar 准噶尔; Dzungaria 准噶尔;
Tarim 塔里木; Tianshan 天山; Taklamakan 塔克拉玛干; Manas 玛纳斯; Qitai 奇台; Burqin 布尔津; Fuhai 福海; Qinghe 青河; Habahe 哈巴河; Emin 额敏;
Yangtze 长江; Yellow River 黄河; Pearl River 珠江; Belt and Road 一带一路; Xinjiang Production and Construction Corps 新疆生产建设兵团;
Communist Party of China 中国共产党; State Council 国务院; Ministry of Commerce 商务部; United Nations 联合国;
United States 美国; America 美国; USA 美国; U.S. 美国; United Kingdom 英国; Britain 英国; England 英格兰; Scotland 苏格兰; France 法国; Germany 德国; Italy 意大利;
Spain 西班牙; Portugal 葡萄牙; Netherlands 荷兰; Belgium 比利时; Switzerland 瑞士; Austria 奥地利; Sweden 瑞典; Norway 挪威; Denmark 丹麦; Finland 芬兰;
Poland 波兰; Hungary 匈牙利; Greece 希腊; Ireland 爱尔兰; Ukraine 乌克兰; Belarus 白俄罗斯; Serbia 塞尔维亚; Romania 罗马尼亚; Russia 俄罗斯; Turkey 土耳其;
Japan 日本; Korea 韩国; South Korea 韩国; North Korea 朝鲜; Mongolia 蒙古; Kazakhstan 哈萨克斯坦; Kyrgyzstan 吉尔吉斯斯坦; Uzbekistan 乌兹别克斯坦;
Tajikistan 塔吉克斯坦; Turkmenistan 土库曼斯坦; Pakistan 巴基斯坦; Afghanistan 阿富汗; India 印度; Nepal 尼泊尔; Bangladesh 孟加拉国; Sri Lanka 斯里兰卡;
Thailand 泰国; Vietnam 越南; Laos 老挝; Cambodia 柬埔寨; Myanmar 缅甸; Burma 缅甸; Malaysia 马来西亚; Singapore 新加坡; Indonesia 印度尼西亚;
Philippines 菲律宾; Brunei 文莱; Iran 伊朗; Iraq 伊拉克; Syria 叙利亚; Israel 以色列; Saudi Arabia 沙特阿拉伯; Egypt 埃及; Sudan 苏丹; Ethiopia 埃塞俄比亚;
Kenya 肯尼亚; Tanzania 坦桑尼亚; Nigeria 尼日利亚; South Africa 南非; Morocco 摩洛哥; Algeria 阿尔及利亚; Canada 加拿大; Mexico 墨西哥; Cuba 古巴; Brazil 巴西;
Argentina 阿根廷; Chile 智利; Peru 秘鲁; Panama 巴拿马; Australia 澳大利亚; New Zealand 新西兰; Europe 欧洲; Asia 亚洲; Africa 非洲; Central Asia 中亚;
ASEAN 东盟; London 伦敦; Paris 巴黎; Berlin 柏林; Moscow 莫斯科; Tokyo 东京; Seoul 首尔; New York 纽约; Washington 华盛顿; Rome 罗马; Almaty 阿拉木图
"""
FOREIGN_NAMES = {
    english.lower(): han
    for english, han in (entry.strip().rsplit(" ", 1) for entry in _NAMES.split(";") if entry.strip())
}
"""English name in lower case -> Chinese name, as documents write it."""
MONTHS = {
    month: number
    for number, month in enumerate(
        "january february march april may june july august september october november december".split(),  # noqa: SIM905
        start=1,
    )
}
ENGLISH_UNITS = {
    "ton": "吨",
    "tonne": "吨",
    "metric ton": "吨",
    "hectare": "公顷",
    "mu": "亩",
    "yuan": "元",
    "dollar": "美元",
    "people": "人",
    "person": "人",
    "compan": "家",
    "enterprise": "家",
    "firm": "家",
    "household": "户",
    "kilometer": "公里",
    "kilometre": "公里",
    "square meter": "平方米",
    "square metre": "平方米",
    "day": "天",
    "project": "个",
}
"""What an English question counts in, without its plural's ending -> the measure word of a Chinese answer."""
