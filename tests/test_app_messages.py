"""What the index says of files, in the page's language: the messages of the real loaders, none left in English by chance."""

import re
from pathlib import Path

import pytest

from qa.web.messages import in_language

ROOT = Path(__file__).parent.parent
SAID = {
    "broken pdf": ("坏.pdf: is broken: it cannot be opened as PDF", "已损坏，不能作为 PDF 打开"),
    "password": ("密.docx: is encrypted with a password; save a copy without one", "文件设有密码，请另存一份不加密的"),
    "too large": ("大.txt: is too large (60,000,000 bytes; the limit is 52,428,800)", "太大（60,000,000 字节，上限 52,428,800）"),
    "bomb": ("弹.xlsx: is refused: it unpacks to 900 times its size (a zip bomb?)", "展开后异常巨大，已拒绝"),
    "scanned": ("扫.pdf: is scanned: none of its 3 pages has any text; to read scans, install OCR", "是扫描件，没有文字层；识别扫描页需要安装 OCR"),
    "mixed": ("报告 report.docx: is broken: its zip archive cannot be opened (File is not a zip file)", "已损坏"),
    "note: pages": ("pages 5-8 have no text (scanned?)", "第 5-8 页没有文字（可能是扫描页）"),
    "note: broken page": ("page 3 is broken and could not be read", "第 3 页已损坏，未能读取"),
    "note: first pages": ("only the first 2,000 of 2,345 pages were read", "只读取了前 2,000 页，共 2,345 页"),
    "note: sheet": ("sheet '附表😀' is hidden and was left out", "隐藏的工作表“附表😀”未读取"),
    "note: decoding": ("3 places could not be decoded as gb18030 and became U+FFFD", "有 3 处不能按 gb18030 解码，以 U+FFFD 代替"),
    "batch: kind": ("questions.xlsx is not a readable xlsx file", "不是可以打开的 xlsx 文件"),
    "index: damaged": ("wenju.sqlite is damaged: file is not a database", "索引已损坏，请重建索引"),
    "index: version": ("idx was made by another version (schema 3, this is 4); build it again", "索引是由另一版本建立的，请重建索引"),
    "index: locked": ("another process is writing to idx; wait for it to end", "另一个程序正在写入索引，请等它结束"),
    "index: rights": ("cannot write to idx: Permission denied; the index is as it was before", "没有写入索引的权限"),
    "embedder": ("cannot load the embedder 'x': no such file", "无法载入向量模型"),
    "reader": ("the reader 'x' needs transformers: pip install transformers torch", "缺少组件，请先运行：pip install transformers torch"),
    "reader's weights": ("the reader's weights 模型😀/model.onnx are missing", "无法载入阅读模型"),
    "other weights": ("x/model.onnx is not the weights of a reader: its inputs are ids, mask", "无法载入阅读模型"),
    "reader of another version": (
        "x/config.json is for wenju-reader version 1; this is wenju-reader version 2", "无法载入阅读模型",
    ),
    "reader's settings": ("config.json is damaged: 😀", "无法载入阅读模型"),
    "disk": ("cannot write to idx: No space left on device; the index is as it was before", "无法写入，磁盘可能已满"),
    "evaluation": ("the evaluation ended with code -9", "评测程序意外退出（代码 -9）"),
    "evaluation: gold": ("error: seeds.jsonl:3: not JSON: Expecting value (column 1)", "题库第 3 行有误"),
    "batch": ("the sheet holds no question", "表中没有问题"),
    "batch: row": ("row 3 holds no question", "第 3 行没有填写问题"),
    "unknown": ("something else 😀", "something else 😀"),
    "Chinese": ("已经是中文", "已经是中文"),
    "empty": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize(("message", "chinese"), SAID.values(), ids=SAID)
def test_messages_are_told_in_chinese(message: str, chinese: str) -> None:
    assert in_language(message, "zh") == chinese


ENGLISH = {
    "file's name left out": ("坏.pdf: is broken: it cannot be opened as PDF", "Broken: it cannot be opened as PDF"),
    "name inside the page": ("questions.xlsx is not a readable xlsx file", "Not a readable xlsx file"),
    "mixed name": ("报告 report.docx: is refused: 9 files inside", "Refused: 9 files inside"),
    "no name": ("pages 5-8 have no text (scanned?)", "Pages 5-8 have no text (scanned?)"),
    "of a command": ("error: seeds.jsonl: holds no questions", "Holds no questions"),
    "line": ("seeds.jsonl:3: not JSON", "seeds.jsonl:3: not JSON"),
    "emoji": ("something else 😀", "Something else 😀"),
    "Chinese": ("已经是中文", "已经是中文"),
    "empty": ("", ""),
}  # fmt: skip


@pytest.mark.parametrize(("message", "english"), ENGLISH.values(), ids=ENGLISH)
def test_messages_are_told_in_english_without_the_name(message: str, english: str) -> None:
    assert in_language(message, "en") == english


def test_every_reason_of_the_loaders_has_its_chinese() -> None:
    """The messages are read from the loaders' source, so that a new one without its Chinese fails here."""
    known = []
    for path in sorted((ROOT / "index" / "loaders").glob("*.py")):
        for found in re.finditer(
            r'DocumentError\(\s*f?"((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8")
        ):
            message = re.sub(r"\{[^}]*\}", "7", found[1])
            if path.name != "corpus.py":  # troubles of the folder, not of a file
                known.append(message)
    assert len(known) >= 15
    left = [message for message in known if in_language(message, "zh") == message]
    assert left == []
