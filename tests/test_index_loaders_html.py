from pathlib import Path

import pytest
from growth import FACTOR, LINEAR, slowdown

from index.errors import DocumentError
from index.loaders import load_bytes
from index.loaders.html import read_html
from index.types import Document


def load(markup: str | bytes, name: str = "甲.html") -> Document:
    data = markup.encode("utf-8") if isinstance(markup, str) else markup
    return load_bytes(data, name=name, document_id=name)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>第一段</p><p>第二段</p>", "第一段\n\n第二段", id="paragraphs"),
        pytest.param("<p>山西省<b>能源</b>局\n  于 2024 年</p>", "山西省能源局 于 2024 年", id="inline, mixed"),
        pytest.param("<p>😀&nbsp;&amp;&#8212;&lt;b&gt;</p>", "😀 &—<b>", id="emoji and entities"),
        pytest.param("甲<br>乙<br/><br>丙", "甲\n乙\n丙", id="breaks"),
        pytest.param("<h1>题<br>目</h1><h3>小节</h3>正文", "# 题 目\n\n### 小节\n\n正文", id="headings"),
        pytest.param("<h2> </h2><p>正文</p>", "正文", id="empty heading"),
        pytest.param("<ul><li>甲<li>乙</ul><ol start=3><li><p>丙</p></li><li>丁</li></ol>", "- 甲\n- 乙\n\n3. 丙\n\n4. 丁", id="lists"),
        pytest.param("<div>甲<div>乙</div>丙</div>", "甲\n乙\n丙", id="nested blocks"),
        pytest.param("<pre>a  b\n  c</pre>", "a b\nc", id="preformatted lines"),
        pytest.param("<ruby>汉<rp>(</rp><rt>hàn</rt><rp>)</rp></ruby>字", "汉字", id="ruby"),
        pytest.param(
            "<nav>菜单</nav><script>x</script><style>y</style><!-- z --><p>正文</p><noscript>n</noscript>"
            "<p hidden>h</p><div style='color:red; display: none'>d</div><template>t</template><button>b</button>",
            "正文",
            id="what is not seen",
        ),
        pytest.param(
            "<table><caption>表1</caption><thead><tr><th>地区<th>产值</thead>"
            "<tbody><tr><td>晋城<td>1,169<br>亩<tr><td colspan=2>合计</tbody></table>后",
            "表1\n地区\t产值\n晋城\t1,169 亩\n合计\n\n后",
            id="table",
        ),
        pytest.param(
            "<table><tr><td rowspan=2>能源局<td>甲<tr><td>乙<tr><td>商务厅<td>丙</table>",
            "能源局\t甲\n能源局\t乙\n商务厅\t丙",
            id="cell over two rows",
        ),
        pytest.param(
            "<table><tr><th colspan=2>2024年<th>2025年<tr><td>甲<td>乙<td>丙</table>",
            "2024年\t\t2025年\n甲\t乙\t丙",
            id="cell over two columns",
        ),
        pytest.param(
            "<table><tr><td><h1>题</h1><p>正文</p><table><tr><td>a<td>b</table></td><td>侧栏</td></tr></table>",
            "# 题\n\n正文\n\na\tb\n\n侧栏",
            id="table for the layout",
        ),
        pytest.param(
            '<div id="js_content" style="visibility: hidden; opacity: 0;"><p>每年转化煤炭1200万吨。</p></div>',
            "每年转化煤炭1200万吨。",
            id="body that a script makes visible",
        ),
        pytest.param("产值10<sup>4</sup>吨，3×10<sup><b>−</b>3</sup>米，CO<sub>2</sub>", "产值10⁴吨，3×10⁻³米，CO2", id="exponents"),
        pytest.param(
            "<table><tr><td>甲<td>10<sup> 8 </sup>m<sup>2</sup><tr><td>😀<td>2<sup>n+1</sup></table>",
            "甲\t10 ⁸ m²\n😀\t2ⁿ⁺¹",
            id="exponents in cells",
        ),
        pytest.param(
            "<p>1200<sup>[1]</sup>吨，5<sup>注a</sup>，Wenju<sup>th</sup><sup></sup><sup><p>2</p></sup></p>",
            "1200[1]吨，5注a，Wenjuth\n\n2",
            id="raised text that is no exponent",
        ),
        pytest.param(
            '1200<sup><a href="#fn1">1</a></sup>吨，300<a href="#fn2"><sup>2</sup></a>吨，5<sup><a href="#c">[3]</a></sup>'
            '<a name="x">10<sup>4</sup></a>',
            "1200[1]吨，300[2]吨，5[3]10⁴",
            id="note marks",
        ),
        pytest.param("没有标签的文字", "没有标签的文字", id="no markup"),
        pytest.param("http://example.org/a.html", "http://example.org/a.html", id="looks like an address"),
        pytest.param(
            '<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>甲</body></html>',
            "甲",
            id="XHTML",
        ),
    ],
)  # fmt: skip
def test_visible_text(markup: str, expected: str) -> None:
    assert load(markup).text == expected


def test_title_is_the_declared_one_or_the_headline_it_begins_with() -> None:
    assert load("<title>政府\n 信息</title><p>正文。</p>").metadata.title == "政府 信息"
    page = "<title>关于某事的通知_山西省能源局</title><h1>关于某事的通知</h1><p>正文。</p>"
    assert load(page).metadata.title == "关于某事的通知"
    assert load("<h1>工作综述</h1><p>正文。</p>").metadata.title == "工作综述"
    assert load("<p>正文。</p>").metadata.title == "甲"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("<main><p>每年转化煤炭1200万吨。</p></main>", "每年转化煤炭1200万吨。", id="main"),
        pytest.param(
            "<header>头</header><section>Wenju 问据</section><p>乙</p>",
            "头\n\nWenju 问据\n\n乙",
            id="then a body",
        ),
        pytest.param("<my-app><p>😀</p>丙</my-app>", "😀\n\n丙", id="unknown element"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_page_without_head_and_body_tags(body: str, expected: str) -> None:
    head = "<!DOCTYPE html><html lang=zh><meta charset=utf-8><title>通知</title><link rel=icon href=x><base href=y>"
    extraction = read_html((head + body).encode())
    assert (extraction.text, extraction.title) == (expected, "通知")


@pytest.mark.parametrize(
    ("declaration", "encoding"),
    [
        ('<meta charset="gb2312">', "gb18030"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=big5">', "big5"),
        ("<meta charset='shift_jis'>", "shift_jis"),
        ("", "utf-8"),
    ],
)
def test_declared_encoding(declaration: str, encoding: str) -> None:
    page = f"<html><head>{declaration}</head><body><p>東京都中央区。文本</p></body></html>"
    data = page.replace("区", "區").encode(encoding) if encoding == "big5" else page.encode(encoding)
    document = load(data)
    assert document.encoding == encoding
    assert document.text.startswith("東京都中央")


def test_nothing_is_fetched_and_no_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", encoding="utf-8")
    page = (
        f'<!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}">]><html><head>'
        f'<link rel=stylesheet href="{secret.as_uri()}"></head><body>&x;<iframe src="{secret.as_uri()}"></iframe>'
        f'<object data="{secret.as_uri()}"></object>正文</body></html>'
    )
    text = load(page).text
    assert "机密" not in text and "正文" in text


@pytest.mark.parametrize(
    ("start", "unit", "end", "repeats"),
    [
        pytest.param("", "<div>", "", 50_000, id="deep"),
        pytest.param("", "<table><tr><td>", "", 5_000, id="deep tables"),
        pytest.param("<ol>", "<li>x", "</ol><p>", 50_000, id="long list"),
        pytest.param("<table><tr><td rowspan=99999999999 colspan=", "9", ">a<td>b</table>", 16, id="spans"),
        pytest.param("<h1>", "<br>", "", 50_000, id="breaks in a heading"),
        pytest.param("", "<sup>1", "", 20_000, id="deep exponents"),
        pytest.param("<a href=x>", "<sup>1</sup>", "</a>", 20_000, id="exponents in a link"),
    ],
)
def test_hostile_pages_take_linear_time(start: str, unit: str, end: str, repeats: int) -> None:
    def page(times: int) -> str:
        return start + unit * times + end + "深处"

    assert load(page(repeats)).text.endswith("深处")
    assert slowdown(lambda times: load(page(times)), repeats // FACTOR) < LINEAR


def test_a_page_too_large_for_its_tree_is_refused() -> None:
    with pytest.raises(DocumentError, match="too large for a web page"):
        load(b"<p>x" + b" " * (20 * 2**20))


def test_an_empty_page_holds_no_text() -> None:
    with pytest.raises(DocumentError, match="holds no text"):
        load("<html><body><img src=a.png></body></html>")
