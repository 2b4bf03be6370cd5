"""How much a decoded text looks like language. Pure; decides between encodings, where rules about bytes are not enough.

The same bytes are often valid GB18030, Big5 and UTF-16 at once. Only the right one gives common characters: the 500
commonest Han characters make up 70 % of running text, and 5-10 % of what a wrong decoding produces.
"""

from __future__ import annotations

import unicodedata
from functools import cache

__all__ = ["plausibility"]

# The 500 commonest characters by the word frequencies of jieba's dictionary, then the traditional forms of those.
_COMMON = frozenset(
    "一是人了不在有大中国和为这上他个地年来我会以到时要出的生学说道民家子也成行下们于后就发自之对得主长可"
    "过天作分方用多你着部能市等业全里工公经本都而高政法面门动日进区事代那去心小同北定开产前其军还然起种所"
    "如现理机体表力好外与文当两实重新三么只山水关明从化平建又制南内西没此将员名手最东头者月间无安看见各城"
    "十相但已些正口通想度加第她合院物性战由位常点海意场武使次二向治因立数样身情入原问把路被并利石老教万知"
    "级量任江及应省资委务元美特期世湖回系比气汉总展电科金先声提品设或义王社很统处四首共马形己儿司太目基领"
    "队直计别女权话少流命至报米给打变果书清活几州华解议更称程今决张导术府才保交放管结师便走达族反再题色五"
    "京河接条规式县白它改风光运信受什组听布百济党指论强做取技黄神选记斯真却职号界件花类何眼兵传带空干农边"
    "据集联古广完质阳难增历史专官每住商即步认车台林必死游举线言皇土团收考求德叫近备研争非具李众连调感转笑"
    "革该持始英克士尔让拉思根格造较际亲单朝红型价校约器字段周亚深候则功属积快图火千准究往极育装许参半令吃"
    "观鱼精办像帝八复影告远群包整构料随划算象容示投势热值夫网望源息语股铁断派速怎需片爱律纪支早况病境证编"
    "國爲為這個来來會時學說説們於後發對長過業裏裡經門動進區開產産軍還種現機體與當兩實麼關從內沒將員東頭間"
    "無見戰點場數樣問並萬級應資務氣漢總電聲設義統處馬兒領隊計別權話報給變書幾華議稱決張導術結師達題條規縣"
    "風運組聽濟黨論強黃選記卻職號類傳帶幹農邊據聯廣質陽難歷專認車臺遊舉線團備爭衆眾連調轉該爾讓較際親單紅"
    "價約亞則屬積圖準極裝許參喫觀魚辦復復複遠羣群構隨劃勢熱網語鐵斷愛紀況證編"
)
_MAX_CHARS = 4096


@cache
def _everyday() -> frozenset[str]:
    """Characters of the first level of GB 2312 (3,755, simplified) or of Big5 (5,401, traditional)."""
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    simplified = bytes(b for lead in range(0xB0, 0xD8) for trail in range(0xA1, 0xFF) for b in (lead, trail))
    traditional = bytes(b for lead in range(0xA4, 0xC7) for trail in trails for b in (lead, trail))
    return frozenset(simplified.decode("gb2312", "ignore") + traditional.decode("big5", "ignore"))


@cache
def _hangul() -> frozenset[str]:
    """The 2,350 Hangul syllables in use; a wrong guess at UTF-16 or Korean gives the other 8,822."""
    syllables = bytes(b for lead in range(0xB0, 0xC9) for trail in range(0xA1, 0xFF) for b in (lead, trail))
    return frozenset(syllables.decode("euc_kr"))


def _weight(char: str) -> float:
    """Between 1 (a common character) and -1 (one that no text holds)."""
    code = ord(char)
    if char in _COMMON:
        return 1.0
    if 0x4E00 <= code <= 0x9FFF:
        return 0.4 if char in _everyday() else 0.0
    if 0x3000 <= code <= 0x303F or 0xFF01 <= code <= 0xFF5E or 0x2010 <= code <= 0x2026:
        return 0.6
    if 0xAC00 <= code <= 0xD7A3:
        return 0.5 if char in _hangul() else 0.0
    if 0xFF61 <= code <= 0xFF9F:
        return 0.0
    category = unicodedata.category(char)
    if code == 0xFFFD or category in ("Co", "Cn", "Cc", "Cs"):
        return -1.0
    return 0.3 if category[0] == "L" or category in ("So", "Nd") else 0.1


def plausibility(text: str) -> float:
    """Mean weight of the first 4,096 characters beyond ASCII; 1 for a text that has none.

    Examples
    --------
    >>> data = "山西省能源局".encode("gb18030")
    >>> plausibility(data.decode("gb18030")) > plausibility(data.decode("big5", "replace"))
    True
    """
    weights: dict[str, float] = {}
    total = 0.0
    count = 0
    for char in text:
        # Control characters count: a wrong guess at UTF-16 is full of them.
        if "\x1f" < char < "\x7f" or char in "\t\n\r\f\v":
            continue
        weight = weights.get(char)
        if weight is None:
            weight = weights[char] = _weight(char)
        total += weight
        count += 1
        if count == _MAX_CHARS:
            break
    return total / count if count else 1.0
