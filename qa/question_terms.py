"""The content words of a question: how much each says, which are names, how else a passage may write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
import numpy.typing as npt
import rjieba

from index.corpus_index import CorpusIndex
from index.tokens import query_terms
from qa.gloss import is_foreign
from qa.place_names import PLACE_NAMES
from qa.translations import Translations
from qa.words import SURNAMES

__all__ = ["QuestionTerms", "WordVectors", "question_terms", "terms_in"]

FloatArray = npt.NDArray[np.float32]
WordVectors = Callable[[Sequence[str]], FloatArray]
"""Words -> unit vectors (n, dimension); a zero row for an unknown word."""

_NAME_TAGS = ("ns", "nr", "nt")
_NAME_SUFFIX = re.compile(
    r"(?:经开区|开发区|示范区|公司|集团|县|市|区|州|镇|村|乡|省|兵团|委员|团|师|农场|产业园|园区|牧业|农业|科技|物流|药业)$"
)
_NOT_NAMES = frozenset(
    {
        "本地",
        "当地",
        "全国",
        "全省",
        "全市",
        "国家级",
        "省级",
        "市级",
        "城市",
        "地区",
        "自治州",
        "自治区",
        "经开区",
        "开发区",
        "高新区",
        "示范区",
        "哪家",
        "哪个",
        "多少",
        "什么",
        "有限",
        "我国",
        "我省",
        "我市",
    }
)
_PLACES = frozenset(PLACE_NAMES)
_NO_NAME = re.compile("[的了是着过在]")


@dataclass(frozen=True, slots=True)
class QuestionTerms:
    """Content words of a question: weights (inverse document frequency), which are names, unit vectors (n, dimension)."""

    words: tuple[str, ...]
    weights: npt.NDArray[np.float64]
    names: npt.NDArray[np.bool_]
    vectors: FloatArray
    absent_share: float
    """Share of the weight that no passage of the corpus holds."""
    forms: tuple[tuple[str, ...], ...] = ()
    """Each word in all the ways in which a passage may write it: itself, and its translations."""

    def written_in(self, text: str) -> npt.NDArray[np.bool_]:
        """Which of the words stand in a text (n,)."""
        return np.array([any(form in text for form in forms) for forms in self.forms], bool)


def question_terms(
    text: str,
    weigh: Callable[[Sequence[str]], Mapping[str, float]],
    absent_weight: float,
    vectors: WordVectors,
    *,
    dictionary: str = "",
    translate: Callable[[str], Sequence[str]] | None = None,
) -> QuestionTerms:
    """Read the content words off a question; ``weigh`` gives their weights, ``absent_weight`` that of an unknown word.

    ``dictionary`` is the index's user dictionary: its words are words here too. ``translate`` gives the translations of a word.
    """
    words = _longest(query_terms(text, dictionary=dictionary).words)
    forms = tuple((word, *_long_ones(translate(word) if translate else ())) for word in words)
    weights = weigh(list(dict.fromkeys(form for several in forms for form in several)))
    values = np.array([_weight([weights[form] for form in several], absent_weight) for several in forms])
    named = _names(text)
    names = np.array(
        [any(w in name for name in named) or (w.isascii() and any(c.isdigit() for c in w)) for w in words],
        bool,
    )
    total = float(values.sum())
    absent = float(values[values >= absent_weight].sum()) / total if total else 0.0
    return QuestionTerms(
        tuple(words),
        values,
        names,
        vectors(words) if words else np.zeros((0, 1), np.float32),
        absent,
        forms,
    )


def terms_in(corpus_index: CorpusIndex, text: str, vectors: WordVectors) -> QuestionTerms:
    """The content words of a question (search text) put to an index: weighed by its passages, with their translations where the question is
    in another script."""
    return question_terms(
        text,
        corpus_index.term_weights,
        log(1 + (len(corpus_index) + 0.5) / 0.5),
        vectors,
        dictionary=corpus_index.config.dictionary,
        translate=Translations.bundled().of if is_foreign(text) else None,
    )


def _weight(weights: Sequence[float], absent_weight: float) -> float:
    """Of a word: that of its form that the corpus knows, the rarest one."""
    return max((weight for weight in weights if weight < absent_weight), default=weights[0])


def _long_ones(words: Sequence[str]) -> list[str]:
    """One character says too little: 市 for city stands everywhere."""
    return [word for word in words if len(word) > 1]


def _names(text: str) -> set[str]:
    """Words of a question that name one thing: by jieba's tags, before a name's suffix, letters with digits."""
    tagged = rjieba.tag(text)
    found = {word for word, tag in tagged if tag.startswith(_NAME_TAGS) and _is_name(word, tag)}
    for (word, tag), (following, _) in pairwise(tagged):
        if _NAME_SUFFIX.match(following) and tag[0] in "njixbz" and len(word) > 1 and word not in _NOT_NAMES:
            found.add(word)
    found |= {word for word, _ in tagged if word in _PLACES}
    found |= {
        word
        for word, _ in tagged
        if word.isascii() and any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    }
    return {word.lower() for word in found if not _NO_NAME.search(word)}


def _is_name(word: str, tag: str) -> bool:
    """Whether jieba's tag is to be believed: it guesses many a verb with its object (养羊) to be a person."""
    if word in _NOT_NAMES:
        return False
    return tag != "nr" or word[0] in SURNAMES or "·" in word or len(word) > 3


def _longest(words: Sequence[str]) -> list[str]:
    """Words without those that search mode cut out of a longer one beside them."""
    return [w for w in words if not any(w != other and w in other for other in words)]
