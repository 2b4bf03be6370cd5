"""Chinese questions turned into English word by word: question word in front, the rest through the learnt dictionary.

The result is a gloss, not a translation: what it teaches a reader is which English words stand for which Chinese ones, and
what the English question words ask for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from qa.training.bilingual_words import BilingualWords
from qa.training.english_numbers import MONTHS
from qa.training.english_words import ENGLISH_STOP_WORDS
from qa.training.word_alignment import cut_chinese

__all__ = ["gloss_question"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_MEASURE = "(?:[个名位家座种部本件项条次所支只间届款艘辆场块份首张枚颗架篇篇代]|人次)?"
_ASKING: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"百分之(?:多少|几)|占比多少", ("what percentage",)),
    (
        r"(?:在|于|是在)?(?:什么时候|何时|什么时间|何年何月|几时|哪[一]?[天日])",
        ("when", "when", "on what date"),
    ),
    (r"(?:在|于|是在)?哪[一]?年[份]?", ("in what year", "when", "what year")),
    (r"多少年|几年", ("how many years", "how long")),
    (r"多久|多长时间|多少时间", ("how long",)),
    (r"多少钱", ("how much", "how much money")),
    (r"多大", ("how large", "how big")),
    (r"多高|多远|多长|多重|多深", ("how high",)),
    (rf"(?:多少|几){_MEASURE}", ("how many", "how many", "how much")),
    (r"(?:是|由|被)?(?:谁|何人|什么人|哪[一]?位|哪个人)", ("who", "who", "which person")),
    (
        r"(?:在|于|是在|位于)?(?:哪里|哪儿|何处|何地|什么地方|哪个地方|什么位置)",
        ("where", "where", "in what place"),
    ),
    (r"为什么|为何|因为什么|什么原因", ("why",)),
    (r"怎么样|怎么|怎样|如何", ("how",)),
    (rf"(?:有)?哪(?:些|[一两几]?{_MEASURE})", ("which", "what")),
    (r"什么|何(?![一-龥]{2})|啥", ("what",)),
)
_HIGH = {"多高": "how tall", "多远": "how far", "多长": "how long", "多重": "how heavy", "多深": "how deep"}
_TAKES_NOUN = re.compile(r"^(?:how many|what|which|what percentage)$")
_FUNCTION_WORDS = {
    "在": "in", "于": "in", "由": "by", "和": "and", "与": "and", "及": "and", "对": "to", "从": "from", "至": "to", "到": "to",
    "中": "in", "年": "year", "月": "month", "日": "day", "后": "after", "前": "before", "之后": "after", "之前": "before",
    "不": "not", "没有": "not", "最": "most", "以": "with", "向": "to", "用": "with", "有": "have", "我": "I", "他": "he", "她": "she",
    "被": "", "把": "", "将": "", "的": "", "了": "", "是": "", "着": "", "过": "", "呢": "", "吗": "", "为": "", "其": "its", "所": "",
    "都": "", "也": "also", "个": "", "名": "", "位": "", "之": "", "等": "", "并": "and", "就": "", "共": "in total", "地": "", "得": "",
    "会": "will", "而": "", "一": "a", "一个": "a", "故": "so", "这": "this", "该": "the", "此": "this", "他们": "they", "归": "to",
}  # fmt: skip
_DATE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})[日号])?|(\d{4})年")
_LEAST_WORDS, _MOST_WORDS = 4, 26
_SENTINEL = "\ue000"


def gloss_question(
    question: str, dictionary: BilingualWords, generator: np.random.Generator, *, kept_share: float = 0.0
) -> str | None:
    """An English gloss of a Chinese question; None without a question word or where too much is unknown.

    ``kept_share`` of the words stay Chinese, as people do who mix the languages.
    """
    text = question.strip().rstrip("?？。 ")
    asked = _find_asking(text)
    if asked is None or not _HAN.search(text):
        return None
    start, end, forms = asked
    phrase = forms[int(generator.integers(len(forms)))]
    if text[start:end] in _HIGH:
        phrase = _HIGH[text[start:end]]
    known = [0, 0]
    left = _gloss(text[:start], dictionary, generator, kept_share, known)
    right = _gloss(text[end:], dictionary, generator, kept_share, known)
    if known[0] < 2 or known[1] < 0.6 * known[0]:
        return None
    if right and _TAKES_NOUN.match(phrase):
        phrase, right = f"{phrase} {right[0]}", right[1:]
    words = _order(phrase, left, right, "是" in text[max(0, start - 2) : end + 2], generator)
    asked_in_english = re.sub(r"\b(\w+) \1\b", r"\1", " ".join(" ".join(words).split()))
    asked_in_english = re.sub(
        r"\s+([,.;:%])", r"\1", re.sub(r"[\"“”「」《》<>…]|\.{3,}", "", asked_in_english)
    )
    asked_in_english = asked_in_english.strip(" ,;:、")
    if not _LEAST_WORDS <= len(asked_in_english.split()) <= _MOST_WORDS:
        return None
    return asked_in_english[:1].upper() + asked_in_english[1:] + "?"


def _find_asking(text: str) -> tuple[int, int, tuple[str, ...]] | None:
    """The last of the most telling question words, as start, end and its English forms."""
    for pattern, forms in _ASKING:
        found = list(re.finditer(pattern, text))
        if found:
            return found[-1].start(), found[-1].end(), forms
    return None


def _order(
    phrase: str, left: list[str], right: list[str], copula: bool, generator: np.random.Generator
) -> list[str]:
    """Question word first, mostly; a subject question (nothing before the question word) needs no auxiliary."""
    if generator.random() < 0.12:
        return [*left, phrase, *right]
    if not left:
        return [phrase, "is" if copula else "", *right]
    if copula:
        auxiliary = ("is", "was")[int(generator.integers(2))]
    else:
        auxiliary = ("did", "did", "does", "was", "is")[int(generator.integers(5))]
    if phrase.startswith("who") and not right and left[-1:] == ["by"]:
        left = left[:-1]
    return [phrase, auxiliary, *left, *right]


def _gloss(
    text: str,
    dictionary: BilingualWords,
    generator: np.random.Generator,
    kept_share: float,
    known: list[int],
) -> list[str]:
    """English words of a part of a question; ``known`` counts content words and those with a translation."""
    dates: list[str] = []

    def hold(match: re.Match[str]) -> str:
        year, month, day, alone = match.groups()
        name = MONTHS[int(month) - 1] if month and 1 <= int(month) <= 12 else ""
        dates.append(alone or " ".join(filter(None, (name, day, year))))
        return _SENTINEL

    words: list[str] = []
    for piece in re.split(f"({_SENTINEL}|[,，、:;《》<>“”()])", _DATE.sub(hold, text)):
        if piece == _SENTINEL:
            words += [*([] if words[-1:] in (["in"], ["from"], ["to"]) else ["in"]), dates.pop(0)]
            known[0], known[1] = known[0] + 1, known[1] + 1
            continue
        if words[-1:] and words[-1].isdigit() and piece[:1] in "年在":
            piece = piece[1:]
        words += _gloss_words(cut_chinese(piece), dictionary, generator, kept_share, known)
    return _swap_possessive(words, generator)


def _gloss_words(
    words: Sequence[str],
    dictionary: BilingualWords,
    generator: np.random.Generator,
    kept_share: float,
    known: list[int],
) -> list[str]:
    found: list[str] = []
    for word in words:
        if word in _FUNCTION_WORDS:
            found.append("'s" if word == "的" else _FUNCTION_WORDS[word])
            continue
        if not _HAN.search(word):
            found.append(word)
            if word.isalnum():
                known[0], known[1] = known[0] + 1, known[1] + 1
            continue
        known[0] += 1
        if generator.random() < kept_share:
            known[1] += 1
            found.append(word)
            continue
        english = dictionary.english(word, generator) or _by_parts(word, dictionary, generator)
        if english is None:
            spelt = dictionary.spelt(word)
            english = spelt if spelt and generator.random() < 0.6 else word
        else:
            known[1] += 1
        found.append(english)
    return [word for word in found if word]


def _by_parts(word: str, dictionary: BilingualWords, generator: np.random.Generator) -> str | None:
    """Translation of a long word by its longest known parts, two characters at least; None unless all are known."""
    found, at = [], 0
    while at < len(word):
        for end in range(len(word), at + 1, -1):
            english = dictionary.english(word[at:end], generator) if end - at < len(word) else None
            if english and english.lower() not in ENGLISH_STOP_WORDS:
                found.append(english)
                at = end
                break
        else:
            return None
    return " ".join(found)


def _swap_possessive(words: list[str], generator: np.random.Generator) -> list[str]:
    """Turn "A 's B" into "B of A" half of the time where B ends the words; a mark that stays is dropped or kept as 's."""
    if "'s" in words:
        at = len(words) - 1 - words[::-1].index("'s")
        if at > 0 and 1 <= len(words) - at - 1 <= 2 and generator.random() < 0.6:
            words = ["the", *words[at + 1 :], "of", *words[:at]]
    kept = [word for word in words if word != "'s" or generator.random() < 0.4]
    return " ".join(kept).replace(" 's", "'s").split(" ") if kept else []
