"""Answers to questions for several things whose items a document numbers over several passages: its headings, 一是…二是…, bullets.

It speaks where the words before the list say what the question asks for, and leaves lists inside one sentence to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import rjieba

from index.normalize import normalize
from qa.citations import Citations, answer_text
from qa.document_facts import DocumentFacts
from qa.enumerations import enumeration_items
from qa.explanation import Candidate, Explanation
from qa.gloss import is_foreign
from qa.list_count import stated_count
from qa.outlines import Series, find_series
from qa.question import Question
from qa.types import Answer, Span

if TYPE_CHECKING:
    from index.corpus_index import CorpusIndex
    from index.types import Passage

__all__ = ["numbered_noun", "outline_answer"]

_GROUPS = tuple(
    frozenset(words.split())
    for words in (
        "措施 举措 做法 办法 对策 手段 工作 任务 建议 意见 打算 安排 部署 行动 要求 事 measures steps tasks actions recommendations",
        "问题 困难 不足 短板 隐患 problems",
        "原因 因素 reasons",
        "材料 资料 证件 手续 documents",
        "条件 标准 情形 要求 规定 requirements",
        "步骤 程序 流程 环节 阶段 steps",
        "成效 成果 成绩 亮点 进展 特点 优势 经验 results",
        "目标 原则 goals",
        "职责 事项 职能 权利 义务 duties",
    )
)
"""Nouns of what documents number; those of one group stand for each other."""
_ANYTHING = frozenset({"方面", "重点", "内容", "点", "领域"})
"""Nouns that a list of any of them may be announced with."""
_NOUNS = {*_ANYTHING, *(word for group in _GROUPS for word in group)} - {"点", "事"}
_NOUN = re.compile(
    "|".join(rf"\b{noun}\b" if noun.isascii() else noun for noun in sorted(_NOUNS, key=len, reverse=True))
)
_ASKED = re.compile(r"(?:哪[些几]?|什么)(?P<phrase>[^,。?]*)")
_OTHERS = frozenset(
    """
    单位 部门 机构 机关 公司 企业 集团 人 人员 专家 领导 干部 代表 负责人 成员 嘉宾 客商 企业家 地方 地区 城市 市 县 区 镇 乡 村 省 省份 国家 学校
    高校 院校 大学 医院 银行 园区 开发区 产业园 产品 品牌 项目 行业 产业 媒体 组织 团体 协会 文件 平台 基地
    """.split()  # noqa: SIM905
)
"""What may be asked for beside the nouns of lists."""
_OTHERS_BEFORE = re.compile(
    rf"(?:{'|'.join(sorted(_OTHERS, key=len, reverse=True))})(?:都|主要|分别|具体|一?共|总共)*(?:有|是|为|包括|包含)(?:哪|什么|几)"
)
_HAS_SEVERAL = re.compile(
    "以下|如下|下列|下面|主要|重点|着力|切实|做好|抓好|几[个方项点条]|[两二三四五六七八九十]+(?:个|项|大|方面|条|点)"
)
_EMPTY = frozenset("有 做 要 对 提 提出 包括 包含 采取 分别 需要 应当 应 了 都 个 条 项 中 里".split())  # noqa: SIM905
_MARK = re.compile(
    r"^(?:#+ *)?(?:[一二三四五六七八九十]{1,3}[、,.]|[(][一二三四五六七八九十\d]{1,3}[)]|\d{1,2}[.、]) *"
)
_CONFIDENCE = 0.75
_CONFIDENCE_COUNTED = 0.9
"""Where the question or the text says how many items there are, and so many are found."""
_LEAST_COVERED = 0.6
_COUNT_MARGIN = 0.1
"""A list in a sentence that has as many items as are asked for may cover the question so much less."""
_DOCUMENTS = 3
_IN_DOCUMENT = 0.5
"""What a word of the question counts that the document has, but neither its head nor the words before the list."""


@dataclass(frozen=True, slots=True)
class _Outline:
    """A series of a document: how much of the question the words before it and the document's head have, 0 … 1."""

    document_id: str
    series: Series
    covered: float
    counted: bool


def outline_answer(
    corpus_index: CorpusIndex, facts: DocumentFacts, explanation: Explanation, answer: Answer
) -> Answer | None:
    """``answer`` with the items of the numbered list that the question asks for in its place; None where there is none."""
    question = explanation.question
    if not question.many or not numbered_noun(question.text) or not explanation.found:
        return None
    outlines = [
        outline
        for document_id in _documents(explanation)
        for outline in _outlines(corpus_index, facts, explanation, document_id)
    ]
    best = max(outlines, key=lambda one: (one.counted, one.covered, len(one.series.items)), default=None)
    if best is None or _inside_one_sentence(question, explanation, best):
        return None
    cite = Citations(corpus_index, 0.0)
    passages = corpus_index.passages_of(best.document_id)
    spans = [span for item in best.series.items if (span := _cited(cite, passages, item)) is not None]
    if len(spans) < len(best.series.items):
        return None
    return replace(
        answer,
        status="answered",
        answer=answer_text([span.text for span in spans]),
        confidence=_CONFIDENCE_COUNTED if best.counted else _CONFIDENCE,
        spans=tuple(spans),
        citations=tuple(cite.all),
        alternatives=(),
    )


def _documents(explanation: Explanation) -> list[str]:
    return list(dict.fromkeys(one.match.passage.document_id for one in explanation.found))[:_DOCUMENTS]


def _outlines(
    corpus_index: CorpusIndex, facts: DocumentFacts, explanation: Explanation, document_id: str
) -> list[_Outline]:
    """The series of a document that bear enough of the question, near a passage that was found."""
    question = explanation.question
    passages = corpus_index.passages_of(document_id)
    text = "".join(passage.text for passage in passages)
    if not passages or len(text) != passages[-1].end:
        return []
    found = [one.match.passage for one in explanation.found if one.match.passage.document_id == document_id]
    weights = dict(zip(explanation.terms.words, explanation.terms.weights.tolist(), strict=True))
    kept: list[_Outline] = []
    for series in find_series(text):
        start, end = series.lead[0], series.end
        if not any(one.start < end and start < one.end for one in found):
            continue
        lead = _lead(text, series)
        if not _names_the_same(explanation, f"{lead}\n{facts.head(document_id)}\n{facts.text(document_id)}"):
            continue
        headings = next((p.heading for p in passages if p.start <= series.lead[1] < p.end), ())
        head = f"{facts.head(document_id)}\n{' '.join(headings)}"
        covered = _covered(question, weights, lead, head, facts.text(document_id))
        stated = stated_count(f"{lead}:", len(lead) + 1, len(lead) + 1)
        number = question.count or (stated.number if stated else 0)
        if question.count and question.count != len(series.items):
            continue
        if covered >= _LEAST_COVERED and _says_what(question, lead, headings):
            kept.append(_Outline(document_id, series, covered, number == len(series.items)))
    return kept


def _names_the_same(explanation: Explanation, around: str) -> bool:
    """Whether the names, years and titles of the question stand in the document."""
    terms, question = explanation.terms, explanation.question
    named = [word for word, name in zip(terms.words, terms.names, strict=True) if name]
    quoted = ["".join(title.split()) for title in question.quoted]
    lower = around.lower()
    return all(word.lower() in lower for word in (*named, *question.years, *quoted))


def _lead(text: str, series: Series) -> str:
    """The last sentence or two before the first item, without what stands two paragraphs above."""
    before = text[slice(*series.lead)].rstrip()
    return "\n".join(before.split("\n")[-2:])


def _covered(question: Question, weights: Mapping[str, float], lead: str, head: str, document: str) -> float:
    """Share of the question's words, by weight or by number, whichever is less, that stand before the list, in the head of the
    document, or for less in the document."""
    near, above = lead.lower(), normalize(head).text.lower()
    noun = numbered_noun(question.text)
    total = held = 0.0
    shares: list[float] = []
    for word, weight in weights.items():
        if word in _EMPTY:
            continue
        if question.count and re.fullmatch("[一二两三四五六七八九十0-9]+.?", word):
            continue
        if word in near or word in above or word in noun:  # that the noun fits is looked at for itself
            shares.append(1.0)
        else:
            shares.append(_IN_DOCUMENT if word in document else 0.0)
        total += weight
        held += shares[-1] * weight
    return min(held / total, sum(shares) / len(shares)) if total else 0.0


def numbered_noun(question: str) -> str:
    """The noun for what is numbered: that after the asking word, else the last one. Empty where the question has none, and where it asks
    for bodies, people or places (哪些单位负责这项工作, 负责这项工作的单位有哪些)."""
    if is_foreign(question):
        first = _NOUN.search(question)
        return first[0] if first else ""
    asked = _ASKED.search(question)
    found = _NOUN.findall(asked["phrase"] if asked else question)
    if asked and (_asks_for_others(asked["phrase"]) or (not found and _OTHERS_BEFORE.search(question))):
        return ""
    found = found or _NOUN.findall(question)
    return found[-1] if found else ""


def _asks_for_others(phrase: str) -> bool:
    """Whether the words behind 哪些 begin with one of ``_OTHERS`` that is no part of a longer noun (哪些项目的问题)."""
    words = [(word, tag) for word, tag in rjieba.tag(phrase) if not tag.startswith(("m", "q"))]
    if not words or words[0][0] not in _OTHERS:
        return False
    return len(words) < 2 or not words[1][1].startswith(("n", "vn", "u", "c", "j"))


def _says_what(question: Question, lead: str, headings: Sequence[str]) -> bool:
    """Whether the words before the list announce what is asked for: the same noun or one like it, or no noun but several."""
    noun = numbered_noun(question.text)
    last = [line for line in lead.split("\n") if line.strip()][-1:]
    around = "\n".join((*headings[-1:], *last))
    if any(len(title) > 2 and title in question.text for title in (_MARK.sub("", line) for line in last)):
        return True
    announced = set(_NOUN.findall(around))
    like = {word for group in _GROUPS if noun in group for word in group} | {noun}
    if announced & like:
        return True
    several = _HAS_SEVERAL.search(around) is not None or around.rstrip().endswith((":", "有", "包括"))
    return several and (not announced - _ANYTHING or noun in _ANYTHING)


def _inside_one_sentence(question: Question, explanation: Explanation, outline: _Outline) -> bool:
    """Whether the best candidate is a list in running text that speaks of the question at least as well."""
    best = explanation.candidates[0] if explanation.candidates else None
    if best is None:
        return False
    items = enumeration_items(best.passage.text, best.start, best.end)
    if len(items) < 2 or (question.count and len(items) != question.count):
        return False
    margin = _COUNT_MARGIN if question.count else 0.0
    return _sentence_share(explanation, best) >= outline.covered - margin


def _sentence_share(explanation: Explanation, best: Candidate) -> float:
    terms = explanation.terms
    one = next(one for one in explanation.found if one.match.passage.id == best.passage.id)
    low, high = one.match.sentence_of(best.start, best.end)
    total = float(terms.weights.sum())
    return float(terms.weights @ one.match.covered(terms, low, high)) / total if total else 0.0


def _cited(cite: Citations, passages: Sequence[Passage], item: tuple[int, int]) -> Span | None:
    """The item cited in the passage that holds it; None where two passages share it."""
    start, end = item
    for passage in passages:
        if passage.start <= start and end <= passage.end:
            return cite.span(passage, start - passage.start, end - passage.start, 0.0)
    return None
