import random
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from index.errors import DocumentError
from index.loaders import load_bytes
from index.loaders.decoding import decode_declared, decode_text
from index.loaders.plausibility import plausibility
from index.loaders.text import cell_delimiter, sniff_delimiter, tab_cells

SEEDS = Path(__file__).parent.parent / "seeds"
SIMPLIFIED = "".join(path.read_bytes().decode("utf-8") for path in sorted(SEEDS.glob("0*.txt")))
TRADITIONAL = (
    "根據《行政程序法》第九十二條規定，經濟部能源署於一百一十三年七月公告再生能源發展條例施行細則修正草案，"
    "並請各縣市政府轉知所屬機關學校及轄內業者。臺北市議會審議通過年度總預算，歲出編列新臺幣一千八百餘億元，"
    "其中教育支出占百分之三十五，社會福利支出占百分之二十。香港特別行政區立法會秘書處表示，議員可於會議前提出"
    "書面質詢，政府須於限期內答覆。中央氣象署預報，鋒面通過後氣溫逐漸下降，民眾外出請攜帶雨具並注意保暖。"
)
# Everything that can stand in a text file: no half surrogate pairs, no control characters apart from white space.
ANY_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\r\t"), min_size=1)
MARKS = {
    "utf-8-sig": b"\xef\xbb\xbf",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "utf-32-le": b"\xff\xfe\0\0",
    "gb18030": b"\x84\x31\x95\x33",
}


def pieces(source: str, length: int, count: int = 40) -> list[str]:
    """Pieces of a text that hold some Han characters, always the same ones."""
    chosen = random.Random(length)
    starts = (chosen.randrange(len(source) - length) for _ in range(count * 3))
    found = [source[start : start + length] for start in starts]
    return [piece for piece in found if sum("\u4e00" <= char <= "\u9fff" for char in piece) >= length // 2][
        :count
    ]


@given(ANY_TEXT)
@example("山西省能源局\r\n\n")
@example("mixed 5.2% 文本")
@example("😀")
@example("\ufeff")
def test_any_text_in_utf8_comes_back(text: str) -> None:
    assume(not text.startswith("\ufeff"))
    decoded = decode_text(text.encode("utf-8"))
    assert (decoded.text, decoded.encoding, decoded.notes) == (text, "utf-8", ())


@pytest.mark.parametrize("name", MARKS)
@given(text=ANY_TEXT)
@example(text="山西省能源局\r\n😀")
@example(text="\ufeff")
@example(text="")
def test_any_text_behind_a_byte_order_mark_comes_back(name: str, text: str) -> None:
    decoded = decode_text(MARKS[name] + text.encode("utf-8" if name == "utf-8-sig" else name))
    assert (decoded.text, decoded.encoding, decoded.notes) == (text, name, ())


@pytest.mark.parametrize("length", [20, 60, 400])
@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-16-le", "utf-16-be"])
def test_simplified_text_without_a_mark(encoding: str, length: int) -> None:
    for piece in pieces(SIMPLIFIED, length):
        text = piece.encode(encoding, "ignore").decode(encoding)
        decoded = decode_text(text.encode(encoding))
        assert decoded.text == text
        assert decoded.encoding == ("gb18030" if encoding == "gbk" else encoding)


@pytest.mark.parametrize("length", [20, 60, 150])
@pytest.mark.parametrize("encoding", ["big5", "cp950", "big5hkscs", "gb18030", "utf-16-le"])
def test_traditional_text_without_a_mark(encoding: str, length: int) -> None:
    for piece in pieces(TRADITIONAL, length):
        decoded = decode_text(piece.encode(encoding))
        assert decoded.text == piece
        assert decoded.encoding == ("big5" if encoding.startswith(("big5", "cp950")) else encoding)


@given(
    st.lists(st.sampled_from([*pieces(SIMPLIFIED, 12), "😀", "\r\n", "GDP 5.2%", "〔2025〕18号"]), min_size=3)
)
def test_mixed_text_in_gb18030_comes_back(parts: list[str]) -> None:
    text = "".join(parts)
    assume(sum("\u4e00" <= char <= "\u9fff" for char in text) >= 10)
    assert decode_text(text.encode("gb18030")).text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param("张伟\n王芳\n李娜\n刘洋\n陈静\n", "gbk", id="Chinese names"),
        pytest.param("張偉\r\n王芳\r\n劉洋\r\n陳靜\r\n", "big5", id="traditional names"),
        pytest.param("粵語嘅字喺香港用，佢哋話冇問題。", "big5hkscs", id="Cantonese"),
        pytest.param(
            "It’s a “quoted” text – a €5 price, it’s fine.", "cp1252", id="English with curly quotes"
        ),
        pytest.param("Le café était fermé à l’été, où l’élève rêvait.", "cp1252", id="French"),
        pytest.param("Привет, это проверка кодировки текста.", "cp1251", id="Russian"),
        pytest.param("これは日本語のテキストです。東京都について説明します。", "cp932", id="Japanese"),
        pytest.param("これは日本語のテキストです。東京都について説明します。", "euc_jp", id="Japanese, EUC"),
        pytest.param("이것은 한국어 텍스트입니다. 서울에 대해 설명합니다.", "cp949", id="Korean"),
        pytest.param("Plain English, two bytes each.", "utf-16-le", id="English in UTF-16"),
        pytest.param("Plain English, two bytes each.", "utf-16-be", id="English in UTF-16, big end first"),
        pytest.param("山西😀能源局关于开发区的通知", "gb18030", id="emoji in four bytes"),
    ],
)
def test_other_texts_without_a_mark(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)).text == text


def test_non_ascii_far_into_the_file_is_found() -> None:
    text = "a line of ASCII\n" * 20_000 + "山西省能源局关于开发区建设的通知"
    for encoding in ("gb18030", "utf-16-le"):
        assert decode_text(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        pytest.param("你好世界".encode() + b"\xff", "你好世界\ufffd", "1 place could", id="short"),
        pytest.param(
            ("能源" * 99).encode() + b"\xa1\n\xa1" + "局".encode(),
            "能源" * 99 + "\ufffd\n\ufffd局",
            "2 places could",
            id="two",
        ),
        pytest.param("关于开发区".encode()[:-1], "关于开发\ufffd", "1 place could", id="cut in a character"),
        pytest.param(b"plain\xffASCII", "plain\ufffdASCII", "1 place could", id="ASCII"),
        pytest.param(
            "\ufffd山西省".encode() + b"\xff", "\ufffd山西省\ufffd", "1 place could", id="own U+FFFD"
        ),
        pytest.param(
            ("山西省能源局的通知" * 30).encode("gbk") + b"\xff\n",
            "山西省能源局的通知" * 30 + "\ufffd\n",
            "1 place could not be decoded as gb18030",
            id="GBK",
        ),
    ],
)
def test_lone_bad_bytes_are_replaced_and_noted(data: bytes, text: str, note: str) -> None:
    decoded = decode_text(data)
    assert decoded.text == text
    assert decoded.notes[0].startswith(note)
    assert load_bytes(data, name="a.txt", document_id="a").notes == decoded.notes


ENGLISH = "The quick brown fox jumps over the lazy dog, and then it sleeps.\n" * 5


@pytest.mark.parametrize(
    ("data", "encoding", "nuls"),
    [
        pytest.param(
            (ENGLISH[:150] + "\0" + ENGLISH[150:299]).encode(), "utf-8", 1, id="ASCII of even length"
        ),
        pytest.param(
            (ENGLISH[:151] + "\0" + ENGLISH[151:300]).encode(), "utf-8", 1, id="ASCII of odd length"
        ),
        pytest.param(("\0" + SIMPLIFIED[:200] + "\0").encode(), "utf-8", 2, id="UTF-8"),
        pytest.param(("山西省能源局😀\n" * 99 + "\0").encode(), "utf-8", 1, id="emoji"),
        pytest.param(
            (SIMPLIFIED[:100] + "\0" + SIMPLIFIED[100:300]).encode("gb18030"), "gb18030", 1, id="GB18030"
        ),
        pytest.param(b"\xef\xbb\xbf" + (ENGLISH + "\0").encode(), "utf-8-sig", 1, id="behind a mark"),
    ],
)
def test_a_few_nuls_are_replaced_and_noted(data: bytes, encoding: str, nuls: int) -> None:
    decoded = decode_text(data)
    assert (decoded.text, decoded.encoding) == (data.decode(encoding).replace("\0", "\ufffd"), encoding)
    assert decoded.notes == (f"{nuls} NUL character{'s' * (nuls > 1)} became U+FFFD",)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text", ["上下不中\n", "2024", "中国 2024\n", "A公司\n" * 20, "GDP 5.2%\r\n", ENGLISH + SIMPLIFIED[:300]]
)
def test_nuls_of_utf16_are_known(encoding: str, text: str) -> None:
    decoded = decode_text(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.notes) == (text, encoding, ())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(random.Random(1).randbytes(3000), id="random"),
        pytest.param(random.Random(2).randbytes(3000).replace(b"\0", b"a"), id="random without NUL"),
        pytest.param(b"text\0text", id="NUL"),
        pytest.param((ENGLISH[:20] + "\0").encode() * 6, id="NULs here and there"),
        pytest.param((ENGLISH[:40] + "\0" + ENGLISH[:39]).encode(), id="NULs in ASCII of even length"),
        pytest.param("文本\0文本".encode("gbk"), id="NUL in GBK"),
        pytest.param(b"\xff\xfea\0\0\0", id="NUL in UTF-16"),
        pytest.param(b"\xff\xfe" + random.Random(3).randbytes(3000), id="random behind a mark"),
        pytest.param(b"\x01\x02\x03\x04" * 9, id="control characters"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError, match=r"broken|unknown"):
        decode_text(data)


@pytest.mark.parametrize(
    ("declared", "actual", "expected"),
    [
        ("gb2312", "gbk", "gb18030"),
        ("GBK", "gbk", "gb18030"),
        ("gb2312", "utf-8", "utf-8"),
        ("iso-8859-1", "utf-8", "utf-8"),
        ("utf-8", "gbk", "gb18030"),
        ("big5", "gbk", "gb18030"),
        ("no-such-encoding", "gbk", "gb18030"),
        ("punycode", "utf-8", "utf-8"),
    ],
)
def test_a_declared_encoding_is_respected_unless_the_bytes_contradict(
    declared: str, actual: str, expected: str
) -> None:
    text = "山西省能源局关于印发开发区高质量发展行动方案的通知"
    decoded = decode_declared(text.encode(actual), declared)
    assert (decoded.text, decoded.encoding) == (text, expected)


def test_a_declared_encoding_decides_what_the_text_cannot() -> None:
    assert decode_declared("Ελλάδα".encode("iso8859-7"), "iso-8859-7").text == "Ελλάδα"
    assert decode_declared("日本".encode("euc_jp"), "euc-jp").text == "日本"


def test_plausibility_tells_the_right_decoding() -> None:
    data = "山西省能源局关于开发区的通知".encode("gb18030")
    right = plausibility(data.decode("gb18030"))
    assert right > 0.7
    assert right > 2 * plausibility(data.decode("big5", "replace"))
    assert right > 2 * plausibility(data.decode("utf-16-le", "replace"))
    assert plausibility("") == plausibility("ASCII only\n") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('地区,产值\n晋城,"1,169"\n大同,5\n', (",", 2)),
        ("地区;产值;备注\n晋城;1,169;x\n大同;5;y\n", (";", 3)),
        ("a\tb\n1,5\t2\n", ("\t", 2)),
        ("a|b|c\n1|2|3", ("|", 3)),
        ("😀,文本\n1,2", (",", 2)),
        ("一列\n甲\n乙\n", None),
        ("", None),
    ],
)
def test_delimiter(text: str, expected: tuple[str, int] | None) -> None:
    assert sniff_delimiter(text) == expected


def test_delimited_text_is_kept_exactly() -> None:
    text = "地区;产值\r\n晋城;1,169\r\n"
    document = load_bytes(text.encode("gbk"), name="表.csv", document_id="表.csv")
    assert (document.text, document.encoding) == (text, "gb18030")
    assert document.notes == ("2 columns, separated by semicolons",)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("品名,库存,单价\n硒鼓,42,310\n投影仪,5,3899", "品名\t库存\t单价\n硒鼓\t42\t310\n投影仪\t5\t3899"),
        ("地区;产值\r\n晋城;1,169\r\n", "地区\t产值\r\n晋城\t1,169\r\n"),
        ('甲,"乙,丙"\n"说""明,一\n二",丁', '甲\t"乙,丙"\n"说""明,一\n二"\t丁'),
        ("a|b\n1|2", "a\tb\n1\t2"),
        ("a\tb\tc,d\n1\t2\t3,4", "a\tb\tc,d\n1\t2\t3,4"),
        ('a,b\n1,2\n3,4\n"open,2\n3,4', 'a\tb\n1\t2\n3\t4\n"open\t2\n3\t4'),
        ("只有一列\n无", "只有一列\n无"),
        ("产值\n1,169\n5,200", "产值\n1,169\n5,200"),
        ("甲\t1,169\t2,300", "甲\t1,169\t2,300"),
        ('a,b\r"c,d",e\r', 'a\tb\r"c,d"\te\r'),
        ("今天,晴\n无\n无\n一,二,三\n四", "今天,晴\n无\n无\n一,二,三\n四"),
        ("😀,１２\n👩‍👧,3", "😀\t１２\n👩‍👧\t3"),
        ("", ""),
    ],
    ids=[
        "commas",
        "semicolons",
        "quotes",
        "bars",
        "tabs",
        "an open quote",
        "one column",
        "figures",
        "figures between tabs",
        "old line ends",
        "prose",
        "emoji",
        "empty",
    ],
)
def test_cells_part_at_tabs(text: str, wanted: str) -> None:
    delimiter = cell_delimiter(text)
    assert (tab_cells(text, delimiter) if delimiter else text) == wanted


@given(st.text(alphabet='ab,;|\t\r\n"1😀'), st.sampled_from(",;|"))
def test_cells_are_told_apart_without_moving_a_character(text: str, delimiter: str) -> None:
    apart = tab_cells(text, delimiter)
    assert len(apart) == len(text)
    assert all(
        one == other or (other == "\t" and one in ",;|") for one, other in zip(text, apart, strict=True)
    )
