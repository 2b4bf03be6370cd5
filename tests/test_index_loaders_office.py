import datetime
import io
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from index.errors import DocumentError
from index.loaders import archive, excel, load_bytes
from index.loaders.archive import check_office_archive
from index.loaders.excel import read_excel
from index.loaders.number_format import show_value
from index.loaders.numbering import format_number
from index.loaders.word import read_word
from index.types import Document


def load(data: bytes, name: str, **options) -> Document:
    return load_bytes(data, name=name, document_id=name, **options)


def saved(document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def changed(data: bytes, member: str, old: str, new: str) -> bytes:
    """The archive with a replacement made in one of its files."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for info in before.infolist():
            content = before.read(info)
            if info.filename == member:
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            after.writestr(info.filename, content)
    return buffer.getvalue()


def paragraph(document, inside: str) -> None:
    """Add a paragraph whose content is given as XML."""
    document.element.body.insert_element_before(
        parse_xml(f"<w:p {nsdecls('w')} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'>{inside}</w:p>"),
        "w:sectPr",
    )  # fmt: skip


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def test_word_paragraphs_headings_and_tables_in_order() -> None:
    document = docx.Document()
    document.add_heading("工作综述 2024", level=0)
    document.add_heading("总体情况", level=1)
    document.add_paragraph("产值 3750 万元，增长 5.2%。😀")
    document.add_paragraph("")
    table = document.add_table(rows=2, cols=3)
    for row, texts in zip(table.rows, [("地区", "项目", "产值"), ("晋城", "甲\n乙", "1,169")], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_heading("细目", level=2)
    document.add_paragraph("尾部\n换行")
    document.sections[0].header.paragraphs[0].text = "页眉"
    document.sections[0].footer.paragraphs[0].text = "页脚"
    loaded = load(saved(document), "甲.docx")
    assert loaded.text == (
        "# 工作综述 2024\n# 总体情况\n产值 3750 万元，增长 5.2%。😀\n"
        "地区\t项目\t产值\n晋城\t甲 乙\t1,169\n## 细目\n尾部\n换行"
    )
    assert (loaded.format, loaded.encoding, loaded.notes) == ("docx", "", ())
    assert loaded.metadata.title == "工作综述 2024"


def test_word_letter_gives_its_metadata() -> None:
    document = docx.Document()
    for text in (
        "关于第 0183 号提案的",
        "答复",
        "晋能源提函〔2025〕18号",
        "刘委员：",
        "您好。",
        "山西省能源局",
        "2025年6月20日",
    ):
        document.add_paragraph(text)
    metadata = load(saved(document), "函.docx").metadata
    assert metadata.title == "关于第 0183 号提案的答复"
    assert (metadata.issuer, metadata.number, metadata.date) == (
        "山西省能源局",
        "晋能源提函〔2025〕18号",
        "2025-06-20",
    )


def test_word_revisions_fields_boxes_and_hidden_text() -> None:
    document = docx.Document()
    paragraph(
        document,
        run("甲") + f"<w:ins>{run('新增')}</w:ins><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>",
    )
    paragraph(
        document, run("看得见") + run("看不见", "<w:vanish/>") + run("也看得见", '<w:vanish w:val="0"/>')
    )
    paragraph(
        document, '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText></w:r>' + run("12")
    )
    paragraph(
        document,
        "<w:r><w:t>左</w:t><w:tab/><w:t>右</w:t><w:noBreakHyphen/><w:br w:type='page'/><w:br/><w:t>下</w:t></w:r>",
    )
    box = "<w:txbxContent><w:p>" + run("文本框") + "</w:p></w:txbxContent>"
    paragraph(
        document,
        run("锚")
        + f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>",
    )
    paragraph(document, f"<w:ruby><w:rt>{run('hàn')}</w:rt><w:rubyBase>{run('汉')}</w:rubyBase></w:ruby>")
    document.element.body.insert_element_before(
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtPr/><w:sdtContent><w:p>{run('内容控件')}</w:p></w:sdtContent></w:sdt>"
        ),
        "w:sectPr",
    )
    assert read_word(saved(document)).text == "甲新增\n看得见也看得见\n12\n左\t右-\n下\n锚\n文本框\n汉\n内容控件"  # fmt: skip


RAISED = '<w:vertAlign w:val="superscript"/>'


def formula(inside: str) -> str:
    ns = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    return f'<m:oMath xmlns:m="{ns}">{inside}</m:oMath>'


def term(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def fraction(over: str, under: str) -> str:
    return f"<m:f><m:fPr/><m:num>{over}</m:num><m:den>{under}</m:den></m:f>"


def power(base: str, raised: str) -> str:
    return f"<m:sSup><m:e>{base}</m:e><m:sup>{raised}</m:sup></m:sSup>"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        pytest.param(run("10") + run("4", RAISED) + run("吨"), "10⁴吨", id="exponent"),
        pytest.param(run("10") + run("-", RAISED) + run("3", RAISED) + run("m"), "10⁻³m", id="exponent in two runs"),
        pytest.param(run("1200") + run("[", RAISED) + run("1", RAISED) + run("]", RAISED), "1200[1]", id="note mark"),
        pytest.param(run("5") + run("注a😀", RAISED), "5注a😀", id="raised words"),
        pytest.param(run("CO") + run("2", '<w:vertAlign w:val="subscript"/>'), "CO2", id="subscript"),
        pytest.param(formula(fraction(term("1"), term("2"))), "1/2", id="fraction"),
        pytest.param(run("约2") + formula(fraction(term("1"), term("2"))) + run("倍"), "约2 1/2倍", id="mixed number"),
        pytest.param(formula(power(term("10"), term("4"))) + run("吨"), "10⁴吨", id="power"),
        pytest.param(formula(power(term("2"), fraction(term("1"), term("12")))), "2^1/12", id="power of a fraction"),
        pytest.param(formula(power(term("x"), "") + power(term("e"), term("2.5"))), "xe^2.5", id="no power, and a decimal one"),
        pytest.param(formula(power(term("30"), term("°"))), "30°", id="degrees"),
        pytest.param(formula(fraction(power(term("10"), term("3")), term("甲"))), "10³/甲", id="power in a fraction"),
    ],
)  # fmt: skip
def test_word_exponents_and_fractions_join_no_number(inside: str, expected: str) -> None:
    document = docx.Document()
    paragraph(document, inside)
    assert read_word(saved(document)).text == expected


def sign(char: str, font: str = "Wingdings") -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{char}"/></w:r>'


def test_word_ticked_boxes() -> None:
    document = docx.Document()
    paragraph(document, sign("F0FE") + run("是 ") + sign("F0A8") + run("否 ") + sign("00FD") + run("未定"))
    paragraph(document, sign("F052", "Wingdings 2") + run("是") + sign("F0A3", "Wingdings 2") + run("否"))
    paragraph(
        document, sign("F0FC") + run("甲") + sign("F0FB") + run("乙") + sign("F0FE", "Webdings") + sign("")
    )
    assert read_word(saved(document)).text == "☑是 ☐否 ☒未定\n☑是☐否\n✓甲✗乙"


def test_word_paragraphs_joined_by_a_deleted_mark() -> None:
    def deleted(inside: str, style: str = "", kind: str = "del") -> None:
        paragraph(document, f"<w:pPr>{style}<w:rPr><w:{kind}/></w:rPr></w:pPr>{inside}")

    document = docx.Document()
    deleted(run("总额12"))
    deleted(run("0"))
    document.add_paragraph("0万元")
    deleted("<w:del><w:r><w:delText>删去</w:delText></w:r></w:del>", '<w:pStyle w:val="ListNumber"/>')
    deleted("", '<w:pStyle w:val="ListNumber"/>', "moveFrom")
    document.add_paragraph("第一项", style="List Number")
    deleted(run("表前"))
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "甲", "乙 😀"
    deleted(run("末尾"))
    assert read_word(saved(document)).text == "总额1200万元\n1. 第一项\n表前\n甲\t乙 😀\n末尾"


LEVELS = """<w:abstractNum {ns} w:abstractNumId="90">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:isLgl/><w:lvlText w:val="%1.%3."/></w:lvl>
<w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="&#61623;"/></w:lvl></w:abstractNum>"""


def test_word_list_numbers() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(LEVELS.format(ns=nsdecls("w"))))
    for number, override in (
        (90, ""),
        (91, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'),
    ):
        numbering.append(
            parse_xml(
                f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="90"/>{override}</w:num>'
            )
        )

    def item(text: str, level: int, number: int = 90, style: str = "") -> None:
        named = f'<w:pStyle w:val="{style}"/>' if style else ""
        paragraph(
            document,
            f'<w:pPr>{named}<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>{run(text)}',
        )

    item("总体要求", 0, style="Heading1")
    for text, level in (
        ("甲", 1),
        ("乙", 1),
        ("丙", 2),
        ("丁", 2),
        ("戊", 3),
        ("保障", 0),
        ("己", 1),
        ("庚", 2),
    ):
        item(text, level)
    item("另起", 0, number=91)
    item("不编号", 0, number=0)
    document.add_paragraph("项目", style="List Bullet")
    document.add_paragraph("步骤", style="List Number")
    document.add_paragraph("步骤", style="List Number")
    assert read_word(saved(document)).text.split("\n") == [
        "# 一、总体要求", "（一）甲", "（二）乙", "1.3. 丙", "1.4. 丁", "- 戊", "二、保障", "（一）己", "2.3. 庚",
        "一、另起", "不编号", "- 项目", "1. 步骤", "2. 步骤",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "style", "expected"),
    [
        (10, "chineseCounting", "十"), (21, "chineseCountingThousand", "二十一"), (105, "japaneseCounting", "一百〇五"),
        (1110, "chineseCountingThousand", "一千一百一十"), (12, "chineseLegalSimplified", "壹拾贰"), (0, "chineseCounting", "〇"),
        (2025, "ideographDigital", "二〇二五"), (3, "ideographTraditional", "丙"), (11, "ideographTraditional", "11"),
        (20, "decimalEnclosedCircle", "⑳"), (28, "lowerLetter", "bb"), (1994, "upperRoman", "MCMXCIV"),
        (7, "decimalZero", "07"), (5, "unknownStyle", "5"),
    ],
)  # fmt: skip
def test_number_styles(number: int, style: str, expected: str) -> None:
    assert format_number(number, style) == expected


def test_word_merged_cells_and_tables_for_the_layout() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, texts in zip(table.rows, ["甲乙丙", "丁戊己", "庚辛壬"], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0)).text = "能源局"
    table.cell(0, 0).merge(table.cell(0, 1)).text = "合计"
    layout = document.add_table(rows=1, cols=1).cell(0, 0)
    layout.text = "第一段"
    layout.add_paragraph("第二段")
    assert read_word(saved(document)).text == "合计\t\t丙\n能源局\t戊\t己\n能源局\t辛\t壬\n第一段\n第二段"


def test_word_row_that_begins_after_skipped_columns() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for row, texts in zip(table.rows, ["年份 地区 产量", "2023 晋城 72", "2024 大同 81"], strict=True):
        for cell, text in zip(row.cells, texts.split(), strict=True):
            cell.text = text
    table.cell(1, 1).merge(table.cell(2, 1)).text = "晋城"
    last = table.rows[2]._tr
    last.remove(last.tc_lst[0])
    last.insert(0, parse_xml(f'<w:trPr {nsdecls("w")}><w:gridBefore w:val="1"/></w:trPr>'))
    assert read_word(saved(document)).text == "年份\t地区\t产量\n2023\t晋城\t72\n\t晋城\t81"


def test_word_tables_of_contents_are_left_out_and_footnotes_stand_at_the_end() -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("总体情况\t1", style="toc 1")
    document.add_paragraph("正文")
    part = docx.opc.part.Part(
        docx.opc.packuri.PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        (
            f"<w:footnotes {nsdecls('w')}><w:footnote w:type='separator' w:id='-1'><w:p>{run('线')}</w:p></w:footnote>"
            f"<w:footnote w:id='1'><w:p>{run('数据来自统计局')}</w:p></w:footnote></w:footnotes>"
        ).encode(),
        document.part.package,
    )
    document.part.relate_to(
        part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    )
    assert read_word(saved(document)).text == "正文\n[1] 数据来自统计局"


def test_word_by_another_name_limits_and_nothing() -> None:
    document = docx.Document()
    with pytest.raises(DocumentError, match="holds no text"):
        load(saved(document), "甲.docx")
    for text in ("一二三", "四五六"):
        document.add_paragraph(text)
    renamed = load(saved(document), "甲.xlsx")
    assert (renamed.format, renamed.text) == ("docx", "一二三\n四五六")
    assert renamed.notes == ("the name says .xlsx, the content is docx: read as docx",)
    limited = read_word(saved(document), max_chars=7)
    assert (limited.text, limited.notes) == ("一二三", ("only the first 4 characters were read",))


def workbook_of(*rows: tuple[object, ...]) -> openpyxl.Workbook:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    return workbook


def test_excel_sheets_rows_and_numbers_as_shown() -> None:
    workbook = workbook_of(
        ("地区", "产值（万元）", "占比", "日期", "备注"),
        ("晋城", 1169, 0.052, datetime.datetime(2025, 6, 20), "第一行\n第二行 😀"),
        (),
        ("大同", None, None, None, None),
        (None, 0.1 + 0.2, True, datetime.datetime(2025, 6, 20, 8, 30), "=1+1"),
    )
    sheet = workbook.active
    sheet.title = "2024年"
    sheet["B2"].number_format = "#,##0"
    sheet["C2"].number_format = "0.0%"
    workbook.create_sheet("空表")
    workbook.create_sheet("隐藏").append(["秘密"])
    workbook["隐藏"].sheet_state = "hidden"
    workbook.create_sheet("说明").append(["口径一致"])
    document = load(saved(workbook), "统计表.xlsx")
    assert document.text == (
        "# 2024年\n地区\t产值（万元）\t占比\t日期\t备注\n晋城\t1,169\t5.2%\t2025-06-20\t第一行 第二行 😀\n大同\n"
        "\t0.3\tTRUE\t2025-06-20 08:30\n\n# 说明\n口径一致"
    )
    assert document.notes == (
        "sheet '隐藏' is hidden and was left out",
        "1 formula has no stored value: open and save the file in Excel",
    )
    assert (document.format, document.metadata.title, document.metadata.date) == ("xlsx", "统计表", "")


def test_excel_with_a_false_size_is_read_in_full() -> None:
    data = saved(workbook_of(("a", "b"), (1, 2), (3, 4)))
    wrong = changed(data, "xl/worksheets/sheet1.xml", 'ref="A1:B3"', 'ref="A1"')
    assert read_excel(wrong).text == "# Sheet\na\tb\n1\t2\n3\t4"


def merged_workbook() -> openpyxl.Workbook:
    workbook = workbook_of(
        ("各市产值", None, None, "单位"),
        (),
        ("地区", "年份", "产值"),
        ("晋城", 2023, 1100),
        (None, 2024, 1200),
        (None, None, None),
        (None, 2025, 1300, "预计😀"),
        ("大同", 2023),
        ("备注", "合并", "横向", "一次"),
        ("合计", None, 3600),
    )
    # an empty row inside a merged cell stays empty, and cells merged side by side stand in the first
    for cells in ("A1:C2", "D1:D2", "A4:A7", "D7:E8", "A10:B10", "F1:F9"):
        workbook.active.merge_cells(cells)
    return workbook


def test_excel_repeats_cells_merged_over_rows() -> None:
    assert read_excel(saved(merged_workbook())).text.split("\n") == [
        "# Sheet",
        "各市产值\t\t\t单位",
        "地区\t年份\t产值",
        "晋城\t2023\t1100",
        "晋城\t2024\t1200",
        "晋城\t2025\t1300\t预计😀",
        "大同\t2023\t\t预计😀",
        "备注\t合并\t横向\t一次",
        "合计\t\t3600",
    ]


def test_excel_repeats_a_merged_cell_in_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel, "_MAX_MERGED_ROWS", 3)
    workbook = workbook_of(("甲", 1), *[(None, number) for number in range(2, 6)])
    workbook.active.merge_cells("A1:A5")
    assert read_excel(saved(workbook)).text == "# Sheet\n甲\t1\n甲\t2\n甲\t3\n\t4\n\t5"


def test_excel_counts_formulas_without_a_value() -> None:
    workbook = workbook_of(
        ("项目", "数"), ("甲", 1), ("合计", "=SUM(B2:B2)"), ("平均", "=B3/1"), ("空", "=B9")
    )
    data = saved(workbook)
    assert load(data, "甲.xlsx").notes == (
        "3 formulas have no stored value: open and save the file in Excel",
    )
    assert read_excel(data).text == "# Sheet\n项目\t数\n甲\t1\n合计\n平均\n空"
    sheet = "xl/worksheets/sheet1.xml"
    data = changed(data, sheet, "<f>SUM(B2:B2)</f><v></v>", "<f>SUM(B2:B2)</f><v>1</v>")
    data = changed(data, sheet, 'r="B5"><f>', 'r="B5" t="str"><f>')  # an empty text is a value
    extraction = read_excel(data)
    assert extraction.notes == ("1 formula has no stored value: open and save the file in Excel",)
    assert "合计\t1" in extraction.text
    workbook.active.sheet_state = "hidden"
    workbook.create_sheet("表").append(["甲"])
    assert read_excel(saved(workbook)).notes == ("sheet 'Sheet' is hidden and was left out",)


def test_excel_with_a_broken_sheet_is_one_clear_line() -> None:
    data = saved(merged_workbook())
    for broken in (
        changed(data, "xl/worksheets/sheet1.xml", "</sheetData>", ""),
        changed(data, "xl/worksheets/sheet1.xml", 'ref="A4:A7"', 'ref="A"'),
    ):
        with pytest.raises(DocumentError, match="cannot be read as xlsx") as caught:
            load(broken, "甲.xlsx")
        assert "\n" not in str(caught.value)


def test_excel_cells_with_carriage_returns_and_huge_numbers() -> None:
    workbook = workbook_of(("第一行_x000D_\n第二行", 1e27, "_x005F_"))
    workbook.active["B1"].number_format = "0.00"
    assert load(saved(workbook), "甲.xlsx").text == "# Sheet\n第一行 第二行\t1" + "0" * 27 + ".00\t_"


def test_excel_is_bounded_with_a_note() -> None:
    extraction = read_excel(saved(workbook_of(*[("行", number) for number in range(1000)])), max_chars=30)
    assert extraction.text == "# Sheet\n行\t0\n行\t1\n行\t2\n行\t3\n行\t4"
    assert extraction.notes == ("only the first 30 characters were read (up to sheet 'Sheet')",)


def test_an_empty_workbook_holds_no_text() -> None:
    with pytest.raises(DocumentError, match="holds no text"):
        load(saved(openpyxl.Workbook()), "空.xlsx")


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (1169, "#,##0", "1,169"), (1234.5, "#,##0.00", "1,234.50"), (0.052, "0.0%", "5.2%"), (0.0525, "0%", "5%"),
        (0.125, "0.00", "0.13"), (-5, "0.00;[Red]-0.00", "-5.00"), (12, '0"万元"', "12万元"), (99.5, "¥#,##0.00", "¥99.50"),
        (99.5, "[$¥-804]#,##0.00", "¥99.50"), (1234.5, '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ', "1,234.50"),
        (12345678.0, "0.0,", "12345.7"), (140500, "000000", "140500"), (5, "000", "005"), (0.5, "#.##", "0.5"),
        (5.0, "General", "5"), (0.1 + 0.2, "General", "0.3"), (1e20, "General", "100000000000000000000"),
        (1e-7, "General", "0.0000001"), (123456789012345678, "0", "123456789012345678"), (1.5, "# ?/?", "1.5"),
        (1e27, "0.00", "1" + "0" * 27 + ".00"), (1e28, "0", "1" + "0" * 28), (-1e300, "#,##0", "-1" + ",000" * 100),
        (1.5, "0." + "0" * 30, "1.5" + "0" * 29), (1.5, "0." + "0" * 500, "1.5"), (1.5, "0" + "," * 999, "0"),
        (1.5, "0.00E+00", "1.5"), (3, "[Red]0", "3"), (-0.001, "0.0", "0.0"), (float("nan"), "0", "nan"),
        (datetime.datetime(2025, 6, 1), 'yyyy"年"m"月"', "2025-06"), (datetime.datetime(2025, 6, 1), "yyyy", "2025"),
        (datetime.date(2025, 6, 1), '[$-804]yyyy"年"m"月"d"日"', "2025-06-01"), (datetime.time(8, 30), "h:mm", "08:30"),
        (datetime.datetime(2025, 6, 1, 8, 30, 5), "", "2025-06-01 08:30:05"), (datetime.timedelta(hours=30), "[h]:mm", "30:00"),
        ("甲\n乙\t丙", "@", "甲 乙 丙"), ("😀", "@", "😀"), ("", "@", ""),
        ("甲_x000D_\n乙_x000d_", "@", "甲 乙"), ("_x005F_x000D_", "@", "_x000D_"), ("_x4E2D_文_x0000_", "@", "中文"),
        ("_xD83D_", "@", "_xD83D_"), ("max_x000_y", "@", "max_x000_y"), (None, "General", ""), (False, "0", "FALSE"),
    ],
)  # fmt: skip
def test_values_as_shown(value: object, number_format: str, expected: str) -> None:
    assert show_value(value, number_format) == expected


def bomb(size: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"\0" * size)
    return buffer.getvalue()


def test_zip_bombs_are_refused_before_unpacking(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DocumentError, match="zip bomb"):
        load(bomb(40 * 2**20), "甲.docx")
    with pytest.raises(DocumentError, match=r"unpacks to 2,000,000 bytes"):
        check_office_archive(bomb(2_000_000), max_unpacked_bytes=1_000_000)
    with pytest.raises(DocumentError, match=r"2,000,000 bytes of XML"):
        check_office_archive(bomb(2_000_000), max_xml_bytes=1_000_000)
    monkeypatch.setattr(archive, "_MAX_MEMBERS", 3)
    with pytest.raises(DocumentError, match="files inside it"):
        load(saved(docx.Document()), "甲.docx")


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
def test_entities_are_refused(tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", encoding="utf-8")
    data = saved(docx.Document()) if kind == "docx" else saved(workbook_of(("x",)))
    member = "word/document.xml" if kind == "docx" else "xl/workbook.xml"
    root = "<w:document " if kind == "docx" else "<workbook "
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    with pytest.raises(DocumentError, match="defines a document type or entities"):
        load(changed(data, member, root, entity + root), f"甲.{kind}")


def test_entities_hidden_behind_a_long_comment_are_not_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("机密", encoding="utf-8")
    document = docx.Document()
    document.add_paragraph("正文MARK")
    entity = f'<!--{"x" * 9000}--><!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]><w:document '
    data = changed(saved(document), "word/document.xml", "<w:document ", entity)
    data = changed(data, "word/document.xml", "MARK", "&e;")
    assert load(data, "甲.docx").text == "正文"


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_broken_files_are_one_clear_line(kind: str, cut: float) -> None:
    document = docx.Document()
    document.add_paragraph("正文" * 500)
    data = saved(document) if kind == "docx" else saved(workbook_of(*[("行", n) for n in range(300)]))
    with pytest.raises(DocumentError, match="is broken") as caught:
        load(data[: int(len(data) * cut)], f"甲.{kind}")
    assert "\n" not in str(caught.value)


def test_a_member_that_is_not_xml_is_one_clear_line() -> None:
    document = docx.Document()
    document.add_paragraph("正文")
    with pytest.raises(DocumentError, match="cannot be read as docx") as caught:
        load(changed(saved(document), "word/document.xml", "<w:body>", "<w:body"), "甲.docx")
    assert "\n" not in str(caught.value)
