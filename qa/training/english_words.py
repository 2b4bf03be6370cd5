"""English words that a rule must know, and how often the words of a collection are written in which way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = [
    "AUXILIARIES",
    "CHINESE_STOP_WORDS",
    "CLAUSE_WORDS",
    "ENGLISH_STOP_WORDS",
    "NOUN_ENDS",
    "PREPOSITIONS",
    "EnglishCounts",
    "base_form",
    "count_english",
    "is_past",
]

_STOP = """
a an the of in on at to for from by with and or but nor as than that this these those it its is are was were be been being am shall will
would should may might can could must do does did done has have had having not no any all each such other which who whom whose what when
where how why if then so into upon under over within his her their our your my he she they we you i s t re ve ll d m there here also up
out off very
"""
ENGLISH_STOP_WORDS = frozenset(_STOP.split())
_CHINESE_STOP = "的 了 在 是 和 与 及 或 之 其 于 为 被 把 将 对 从 由 以 等 也 都 就 而 并 但 者 所 该 此 有 不 得 应 吗 呢 吧 啊 着 过 地 个 这 那"
CHINESE_STOP_WORDS = frozenset(_CHINESE_STOP.split())
_AUXILIARY = "is are was were will would shall should can could may might must has have had does did do"
AUXILIARIES = frozenset(_AUXILIARY.split())
_CLAUSE = "who which that whose where when if because while although though whether what how"
CLAUSE_WORDS = frozenset(_CLAUSE.split())
"""Words that begin a clause, in which the verb of the sentence does not stand."""
_PREPOSITION = "in on at for to from by with within after before until since during under over into of about"
PREPOSITIONS = frozenset(_PREPOSITION.split())
_NOUN_END = """
of in on at for to from by with within after before until since during under over into as than and or but nor that this which who is are
was were will would shall should can could may might must has have had does did do be been it they he she not if when while per a an the
up out off also so then later ago earlier old long apart away each there here his her their our your my its according due
"""
NOUN_ENDS = frozenset(_NOUN_END.split())
"""Words that end the noun phrase which a number counts."""
_IRREGULAR = """
became:become began:begin bought:buy built:build came:come chose:choose cost:cost drew:draw fell:fall felt:feel found:find fought:fight
gave:give got:get grew:grow held:hold hit:hit kept:keep knew:know led:lead left:leave lost:lose made:make met:meet paid:pay ran:run
rose:rise said:say sang:sing saw:see sent:send sold:sell spent:spend spoke:speak stood:stand took:take taught:teach thought:think
told:tell went:go won:win wrote:write wore:wear ate:eat drove:drive flew:fly heard:hear broke:break brought:bring caught:catch lay:lie
sat:sit set:set put:put read:read slept:sleep shot:shoot threw:throw woke:wake
"""
_PAST_FORMS: dict[str, str] = dict(re.findall(r"(\w+):(\w+)", _IRREGULAR))
_LEAST_SEEN = 3


@dataclass
class EnglishCounts:
    """How often words stand in lower case, capitalised inside a sentence, and after "in" or "at"."""

    lower: Counter[str] = field(default_factory=Counter)
    capital: Counter[str] = field(default_factory=Counter)
    inside: Counter[str] = field(default_factory=Counter)


def count_english(texts: Iterable[str]) -> EnglishCounts:
    """Count the words of English texts; all three are keyed by the word in lower case."""
    counts = EnglishCounts()
    for text in texts:
        words = re.findall(r"[A-Za-z][A-Za-z’'-]*|[.!?;:]", text)
        for before, word in zip([".", *words], words, strict=False):
            if word[0].islower():
                counts.lower[word] += 1
            elif word[0].isalpha() and before[0].isalpha():
                counts.capital[word.lower()] += 1
                counts.inside[word.lower()] += before in ("in", "at")
    return counts


def is_past(word: str) -> bool:
    """Whether a word may be a past or -ing form."""
    return word.endswith(("ed", "ing")) or word in _PAST_FORMS


def base_form(word: str, counts: EnglishCounts) -> str | None:
    """Infinitive of a past form; None where the word is none."""
    if word in _PAST_FORMS:
        return _PAST_FORMS[word]
    if not word.endswith("ed") or len(word) < 5:
        return None
    stems = [
        word[:-1],
        word[:-2],
        word[:-3] if word[-3] == word[-4] else "",
        word[:-3] + "y" if word[-3] == "i" else "",
    ]
    known = [(counts.lower[stem], stem) for stem in stems if stem]
    seen, stem = max(known)
    return stem if seen >= _LEAST_SEEN else None
