"""Names and dates of a question in Latin letters, written as the corpus writes them: Datong, June 2024 -> 大同, 2024年6月.

A name is looked up in a short table of English names, else its letters are read as pinyin and the characters are sought that
stand side by side in this corpus. It translates nothing else: the words around a name are left to the embedder and the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.tokens import QUESTION_WORDS
from qa.corpus_names import CorpusNames, Lexicon
from qa.foreign_names import MONTHS

__all__ = ["gloss_names", "is_foreign"]


_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_WORD = re.compile(
    r"(?<![A-Za-zÀ-ɏ\d])[A-Za-zÀ-ɏ]+(?:[.'’][A-Za-zÀ-ɏ]+)*(?:(?<=\.[A-Z])\.)?(?![\dA-Za-zÀ-ɏ])"
)
_POSSESSIVE = re.compile(r"['’]s$")
_GAP = re.compile(r"[ \u00a0-]")
_MONTH = "|".join(MONTHS)
_DATE = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? )?(?P<month>{_MONTH})\b(?:(?: the)? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d))?"
    r"(?:,? (?:of )?(?P<year>(?:19|20)\d{2})\b)?",
    re.IGNORECASE,
)
_BEFORE_MONTH = re.compile(
    r"\b(?:in|of|on|for|about|since|until|till|by|during|from|to|through|between|before|after|last|next|each|every|early|late|mid)[ -]$",
    re.IGNORECASE,
)
_A_NAME = re.compile(rf" (?!(?:{_MONTH})\b)[A-Z][a-z]")
_SUFFIXES = (
    ("economic and technological development zone", "经济技术开发区"),
    ("economic development zone", "经济开发区"),
    ("border economic cooperation zone", "边境经济合作区"),
    ("development zone", "开发区"),
    ("demonstration zone", "示范区"),
    ("autonomous prefecture", "自治州"),
    ("autonomous region", "自治区"),
    ("industrial park", "产业园"),
    ("university", "大学"),
    ("province", "省"),
    ("prefecture", "州"),
    ("district", "区"),
    ("county", "县"),
    ("city", "市"),
    ("township", "乡"),
    ("town", "镇"),
    ("village", "村"),
    ("farm", "农场"),
    ("group", "集团"),
    ("company", "公司"),
    ("lake", "湖"),
    ("river", "河"),
    ("mountain", "山"),
    ("airport", "机场"),
    ("port", "口岸"),
)
"""English words after a name and what its Chinese form ends with; the longer ones first."""
_LONGEST_RUN = 5


def is_foreign(text: str) -> bool:
    """Whether a question is asked in a language of Latin letters, whatever Han names stand in it.

    Examples
    --------
    >>> is_foreign("How many tonnes did 大同 produce?"), is_foreign("PM2.5 在 Datong 是多少?"), is_foreign("")
    (True, False, True)
    """
    han = len(_HAN.findall(text))
    return (
        not han
        or len(_WORD.findall(text)) > 2 * han
        or (_asks_in_english(text) and len(_LATIN.findall(text)) > han)
    )


def _asks_in_english(text: str) -> bool:
    return any(word.lower() in QUESTION_WORDS for word in _WORD.findall(text))


def gloss_names(text: str, lexicon: Lexicon) -> str:
    """The question with its names and dates as the corpus writes them; those that it does not hold are left.

    Examples
    --------
    >>> class Words:
    ...     def __len__(self): return 9
    ...     def term_weights(self, terms, *, field="words"):
    ...         return {term: 1.0 if term in ("大", "同", "大同", "月") else 9.0 for term in terms}
    >>> gloss_names("How much coal did Datong produce in June 2024?", Words())
    'How much coal did 大同 produce in 2024年6月?'
    """
    if not _LATIN.search(text) or len(lexicon) == 0:
        return text
    english = _HAN.search(text) is None or is_foreign(text)
    corpus = CorpusNames(lexicon)
    if corpus.holds("月"):
        text = _DATE.sub(_date, text)
    pieces: list[str] = []
    position = 0
    for run in _runs(text, english):
        for start, end, han in _named(text, run, corpus):
            pieces += (text[position:start], han)
            position = end
    return "".join((*pieces, text[position:]))


def _date(match: re.Match[str]) -> str:
    day, year = match["day"] or match["day2"], match["year"]
    if match["month"].lower() in ("may", "march"):
        led = _BEFORE_MONTH.search(match.string, 0, match.start()) and match["month"][0].isupper()
        meant = bool(year or match["day"] or led)  # else a verb: May 4 companies apply?
    else:
        meant = bool(year or day) or _A_NAME.match(match.string, match.end()) is None  # June Smith
    if not meant:
        return match.group()
    written = f"{year}年" if year else ""
    return f"{written}{MONTHS[match['month'].lower()]}月{f'{int(day)}日' if day else ''}"


def _runs(text: str, english: bool) -> Iterator[list[re.Match[str]]]:
    """Words that may make up names, with nothing but a space between them: capitalised ones where the question is English."""
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(text):
        fits = word.group().lower() not in QUESTION_WORDS and (not english or word.group()[0].isupper())
        joins = run and _GAP.fullmatch(text[run[-1].end() : word.start()])
        if run and not (fits and joins):
            yield run
            run = []
        if fits:
            run.append(word)
    if run:
        yield run


def _named(text: str, run: Sequence[re.Match[str]], corpus: CorpusNames) -> Iterator[tuple[int, int, str]]:
    """Places of the names in a run of words with their Chinese forms, the longest first."""
    first = 0
    while first < len(run):
        for last in range(min(len(run), first + _LONGEST_RUN), first, -1):
            start, end = run[first].start(), run[last - 1].end()
            name = _POSSESSIVE.sub("", text[start:end])
            if han := corpus.form(name, single=last == first + 1):
                ending, added = _suffix(text, start + len(name), han, corpus)
                yield start, ending, han + added
                while first < len(run) and run[first].start() < ending:
                    first += 1
                break
        else:
            first += 1


def _suffix(text: str, end: int, han: str, corpus: CorpusNames) -> tuple[int, str]:
    """The word after a name that its Chinese form ends with (Pinglu **District**), where the corpus writes it so."""
    following = text[end : end + 50].lower()
    for english, suffix in _SUFFIXES:
        if (
            following.startswith(f" {english}")
            and not following[len(english) + 1 : len(english) + 2].isalpha()
        ):
            if han.endswith(suffix) or corpus.holds(han[-1] + suffix):
                return end + len(english) + 1, "" if han.endswith(suffix) else suffix
            break
    return end, ""
