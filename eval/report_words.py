"""The words of a report in English and Chinese. English words are the keys, as they stand in the code and the template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

__all__ = ["LANGUAGES", "ReportLanguage", "name_in", "words_in"]

ReportLanguage = Literal["en", "zh"]
LANGUAGES: tuple[ReportLanguage, ...] = ("en", "zh")

_CHINESE = {
    # the report as a whole
    "Evaluation": "评测报告",
    "{right} % right of {total} questions": "{total} 题答对 {right}%",
    "{total} questions: {span} with one answer, {list} lists, {none} without an answer in the corpus. Every range is a 95 % bootstrap interval over the questions.": "共 {total} 题：单一答案 {span} 题，列举 {list} 题，文档中没有答案 {none} 题。范围都是对题目自助抽样所得的 95% 区间。",
    "Figures in per cent with 95 % bootstrap intervals over questions.": "数值为百分比，括号内是对题目自助抽样所得的 95% 区间。",
    "How far the confidence can be trusted": "把握程度有多可信",
    "What went wrong": "错在哪里",
    "Nothing: every question is right.": "没有错误：每一题都对。",
    "What made this run": "本次评测的条件",
    "{n} more in rows.jsonl.": "另有 {n} 题，见 rows.jsonl。",
    "{n} questions": "{n} 题",
    "figure": "数值",
    "questions": "题数",
    # head figures
    "right, all questions": "答对（全部题目）",
    "right, of those answered": "答对（已作答的）",
    "exact match": "完全匹配",
    "unanswerable ones refused": "该拒答的拒答了",
    "answered at 90 % accuracy": "正确率 90% 时的作答比例",
    "cited from the right document": "引对文档",
    "passage among the first 5": "前 5 段含答案",
    # sections and their figures
    "Answers": "答案",
    "Right answers, all questions": "答对，全部题目",
    "Exact match, all questions": "完全匹配，全部题目",
    "F1, all questions": "F1，全部题目",
    "Right answers, of those answered": "答对，已作答的",
    "Exact match, of those answered": "完全匹配，已作答的",
    "F1, of those answered": "F1，已作答的",
    "Right best spans, trusted or not": "首选片段正确，不论可信与否",
    "Exact match of best spans": "首选片段完全匹配",
    "F1 of best spans": "首选片段 F1",
    "Figures right (value and unit)": "数字正确（数值和单位）",
    "List items found": "列举找全",
    "List items right": "列举找对",
    "Lists with the right number of items": "列举项数正确",
    "Refusal and confidence": "拒答与把握",
    "Questions answered": "作答比例",
    "Refusals that were due": "拒答得当",
    "Unanswerable questions refused": "无答案的题被拒答",
    "AUROC, right from wrong": "AUROC，区分对错",
    "AUROC, answerable from unanswerable": "AUROC，区分有无答案",
    "Area under risk–coverage ↓": "风险–作答曲线下面积 ↓",
    "Coverage at 80 % accuracy": "正确率 80% 时的作答比例",
    "Coverage at 90 % accuracy": "正确率 90% 时的作答比例",
    "Coverage at 95 % accuracy": "正确率 95% 时的作答比例",
    "Expected calibration error ↓": "期望校准误差 ↓",
    "Citations": "引用",
    "From the right document": "出自正确的文档",
    "Quotes equal to the source": "引文与原文一致",
    "At the gold place": "位于标注处",
    "Overlap with the gold place (IoU)": "与标注处的重合度（IoU）",
    # tables
    "Retrieval: passages": "检索：段落",
    "Retrieval: documents": "检索：文档",
    "lexical": "词面",
    "dense": "向量",
    "fused": "融合",
    "Latency in milliseconds": "用时（毫秒）",
    "stage": "阶段",
    "mean": "平均",
    "retrieve": "检索",
    "read": "阅读",
    "total": "合计",
    "By tag": "按题型",
    "By question word": "按疑问词",
    "By document": "按文档",
    "tag": "题型",
    "question word": "疑问词",
    "document": "文档",
    "right": "答对",
    "answered": "作答",
    # one question
    "question": "问题",
    "expected": "应答",
    "Expected": "应答",
    "answer": "实答",
    "Answer": "实答",
    "no answer in the corpus": "文档中没有答案",
    "best span: {words}": "首选片段：{words}",
    "confidence": "把握",
    "cited": "引用",
    "gold": "标注",
    "related": "只有相关段落",
    "none": "未作答",
    # kinds of failure
    "Answered, but the corpus holds no answer": "文档中没有答案却作答",
    "Answered from the wrong document": "答自别的文档",
    "Right document, wrong span": "文档对，片段错",
    "List incomplete or too long": "列举不全或过多",
    "Right span, but not trusted": "片段对，但未采信",
    "Refused, and the best span is wrong too": "拒答，且首选片段也错",
    "Right": "答对",
    "{kind}: {count} of {total}": "{kind}：{count}/{total}",
    "{kind}: {count}": "{kind}：{count}",
    # what made the run
    "Questions": "题目",
    "{all} ({span} with one answer, {list} lists, {none} without an answer)": "{all}（单一答案 {span}，列举 {list}，无答案 {none}）",
    "Gold file": "题库文件",
    "Split": "划分",
    "Limit": "题数上限",
    "Reader": "阅读模型",
    "Embedder": "向量模型",
    "Index": "索引",
    "Code": "代码",
    "Started": "开始",
    "Asking took": "提问用时",
    "{n} s": "{n} 秒",
    "Machine": "机器",
    "{processor}, {cores} cores, {memory} GiB": "{processor}，{cores} 核，{memory} GiB",
    "Versions": "版本",
}  # fmt: skip

_NAMES = {
    "date": "日期", "definition": "定义", "english": "英文提问", "entity": "实体", "list": "列举", "metadata": "文档信息",
    "near-miss": "近似陷阱", "number": "数字", "organisation": "机构", "page-break": "跨页",
    "paraphrase": "换说法", "person": "人物", "place": "地点", "reason": "原因", "table": "表格", "traditional": "繁体提问",
    "unanswerable": "无答案", "other": "其他", "(none)": "（无）",
}  # fmt: skip
"""Names that question sets use for their tags; an unknown one is shown as it is."""


def words_in(language: ReportLanguage) -> Callable[..., str]:
    """Return what turns English words of a report into the language's, and fills their ``{names}``.

    Raises
    ------
    KeyError
        When called with words that have no Chinese.

    Examples
    --------
    >>> words_in("zh")("{n} questions", n=5)
    '5 题'
    """

    def say(words: str, /, **values: object) -> str:
        found = _CHINESE[words] if language == "zh" else words
        return found.format(**values) if values else found

    return say


def name_in(language: ReportLanguage, name: str) -> str:
    """Return the name of a tag or question word in the language; as it is where it has none."""
    return _NAMES.get(name, name) if language == "zh" else name
