"""What the index, the batch and the evaluation say, in the language of the page.

They speak English, as a command line does, and begin with the file's name, which the page shows beside them. Here the
kinds of things they say are told in Chinese, or as an English sentence without the name; a message of another kind is
shown as it is, for a foreign word is better than none.
"""

from __future__ import annotations

import re

from qa.web.strings import Language

__all__ = ["in_language"]

_CHINESE: tuple[tuple[str, str], ...] = (
    # notes on the reading
    (r"only the first ([\d,]+) of ([\d,]+) pages", r"只读取了前 \1 页，共 \2 页"),
    (r"only the first ([\d,]+) characters", r"只读取了前 \1 个字符"),
    (r"pages? ([\d-]+) (?:has|have) no text", r"第 \1 页没有文字（可能是扫描页）"),
    (r"pages? ([\d-]+) (?:is|are) broken", r"第 \1 页已损坏，未能读取"),
    (r"pages? ([\d-]+) (?:was|were) read by OCR", r"第 \1 页由 OCR 识别"),
    (r"sheet '(.*)' is hidden", r"隐藏的工作表“\1”未读取"),
    (r"(\d+) places? could not be decoded as (\S+)", r"有 \1 处不能按 \2 解码，以 U+FFFD 代替"),
    (r"(\d+) columns, separated by (.*)", r"共 \1 列"),
    (r"(\d+) formulas? ha(?:s|ve) no stored value", r"有 \1 个公式没有存下结果，请用 Excel 打开并保存该文件"),
    (r"(\d+) NUL characters? became", r"有 \1 个空字符（NUL），以 U+FFFD 代替"),
    # why a file cannot be read
    (r"\.wenjuignore: line (\d+): (.*) is not a pattern", r".wenjuignore 第 \1 行不是有效的规则：\2"),
    (r"is encrypted", "文件设有密码，请另存一份不加密的"),
    (r"is scanned", "是扫描件，没有文字层；识别扫描页需要安装 OCR"),
    (r"OCR found none", "没有文字，OCR 也没有识别出文字"),
    (r"is too large .*\(([\d,]+) bytes; the limit is ([\d,]+)\)", r"太大（\1 字节，上限 \2）"),
    (r"is too large", "太大"),
    (r"is refused: .*zip bomb", "展开后异常巨大，已拒绝"),
    (r"is refused: .*files inside", "内含文件过多，已拒绝"),
    (r"is refused", "内容不安全，已拒绝"),
    (r"is empty", "文件是空的"),
    (r"holds no text|no text to index|no text was found", "没有文字"),
    (r"unknown text encoding", "已损坏，或文字编码无法识别"),
    (r"binary file and not text|is not text", "不是文本文件"),
    (r"is broken: none of its pages", "已损坏，没有一页能读出"),
    (r"is broken: it cannot be opened as (\w+)", r"已损坏，不能作为 \1 打开"),
    (r"is broken: it cannot be read as (\w+)", r"已损坏，不能作为 \1 读取"),
    (r"is broken", "已损坏"),
    (r"is a binary Excel file", "是 .xlsb 格式，请另存为 .xlsx"),
    (r"its content does not begin like one", "内容与文件类型不符"),
    (r"is not a regular file", "不是普通文件"),
    (r"is not a readable xlsx file", "不是可以打开的 xlsx 文件"),
    # a sheet of questions
    (r"row (\d+) holds no question", r"第 \1 行没有填写问题"),
    (r"the sheet holds no question|holds no question", "表中没有问题"),
    (r"more than ([\d,]+) questions", r"问题超过 \1 个"),
    # the index as a whole
    (r"another process is writing", "另一个程序正在写入索引，请等它结束"),
    (r"made by another version", "索引是由另一版本建立的，请重建索引"),
    (r"built with (?:the embedder|other settings)", "索引是用别的向量模型或设置建立的，请重建索引"),
    (
        r"config\.json is (?:damaged|for )|holds no reader|weights of a reader|trained to answer questions",
        "无法载入阅读模型",
    ),
    (r"is damaged|differs? from its checksum|passages but \d+ vectors|--repair", "索引已损坏，请重建索引"),
    (r"index is not ready yet", "索引还没有准备好"),
    (r"(?:sync|index) .*was (?:interrupted|closed)", "索引没有建完，请重建索引"),
    (r"holds no index", "还没有索引，请重建索引"),
    (r"build it again", "索引与现在的设置不符，请重建索引"),
    (r"unfinished write", "索引上次没有写完，请重新启动服务"),
    (r"changes faster than", "索引正在变动，请稍后再试"),
    (r"cannot lie in the index folder", "文档文件夹不能放在索引文件夹里"),
    (r"cannot use the dictionary|of the dictionary", "无法使用自定义词典"),
    (r"disk (?:is )?full|No space left", "无法写入，磁盘可能已满"),
    (r"cannot write to", "没有写入索引的权限"),
    (r"worker processes do not start", "后台程序无法启动"),
    (r"needs? .*(pip install .+)", r"缺少组件，请先运行：\1"),
    (r"^the reader|load the reader|reader's|is no tokenizer|character offsets", "无法载入阅读模型"),
    (
        r"the embedder|sentence-transformers folder|the tokenizer of|\.onnx file|ONNX back-end",
        "无法载入向量模型",
    ),
    (r"is not a folder", "文件夹不存在"),
    # an evaluation
    (r"ended with code (-?\d+)", r"评测程序意外退出（代码 \1）"),
    (r"\.jsonl:(\d+): ", r"题库第 \1 行有误"),
    # last: what names only the trouble
    (r"cannot be read", "无法读取"),
    (r"cannot be written", "无法写入"),
)
_PATTERNS = tuple((re.compile(pattern, re.S), words) for pattern, words in _CHINESE)


_NAME = re.compile(r"^(?:error: )?(?:[^\n:]{1,200}\.\w{1,8}(?:: | (?=is )))?(?:is (?=\w))?")


def in_language(message: str, language: Language) -> str:
    """Return a message in the page's language; Chinese as it is where its kind is not known.

    Examples
    --------
    >>> in_language("报告.pdf: is broken: it cannot be opened as PDF", "zh")
    '已损坏，不能作为 PDF 打开'
    >>> in_language("报告.pdf: is broken: it cannot be opened as PDF", "en")
    'Broken: it cannot be opened as PDF'
    """
    if language == "en":
        bare = _NAME.sub("", message)
        return bare[:1].upper() + bare[1:] if re.match(r"[a-z]+(?![\w.:])", bare) or bare != message else bare
    for pattern, words in _PATTERNS:
        found = pattern.search(message)
        if found:
            return found.expand(words)
    return message
