"""Word order of English questions: a sentence with a gap -> a question whose asking words stand in front."""

from __future__ import annotations

import re

from qa.training.english_words import AUXILIARIES, CLAUSE_WORDS, PREPOSITIONS, EnglishCounts, base_form

__all__ = ["ask", "english_sentences"]

_LEAST_WORDS, _MOST_WORDS = 5, 26
_SENTENCE_END = re.compile(
    r"(?<=[a-z)\]%\d”\"][.;?!])\s+(?=[\"“(]?[A-Z0-9])|(?<=[;:])\s+(?=\d\.)|\s(?=\d{1,2}\.\s[A-Z])"
)
_ENDINGS = tuple('.;:?!)"”')
_CUT_OFF = 150  # characters; a shorter text without a full stop is a headline or a clause
_LIST_MARK = re.compile(r"^\(?\d{1,2}[.)]\s+")


def english_sentences(text: str) -> list[str]:
    """Cut an English text into sentences and list items; a last one that was cut off is left out.

    Examples
    --------
    >>> english_sentences("It pays 5 dollars. It has 3 members. It was foun")
    ['It pays 5 dollars.', 'It has 3 members.']
    """
    parts = [_LIST_MARK.sub("", part.strip()) for part in _SENTENCE_END.split(text.strip())]
    if len(parts) > 1 or len(text) > _CUT_OFF:
        parts = [*parts[:-1], *(parts[-1:] if parts[-1].endswith(_ENDINGS) else [])]
    return [re.sub(r"[\"“”]", "", part) for part in parts if part]


_LEAD = re.compile(
    r"((?:in|on|at|by|during|after|before|if|when|where|as|under|with|from|for|since|according|however|of|to|upon|unless|although|while|"
    r"until|between|currently|today|yesterday|recently|finally|later|meanwhile)\b[^,]*),\s(.*)",
    re.IGNORECASE | re.DOTALL,
)


def ask(before: str, phrase: str, after: str, counts: EnglishCounts, in_place: bool) -> str | None:
    """A question with ``phrase`` in the place between the texts, moved to the front where the verb is found."""
    before, after = _shorten(before, after)
    before = _lower_first(before, counts)
    lead, main = "", before
    if before.endswith(","):
        lead, main = before[:-1], ""
    elif clause := _LEAD.match(before):
        lead, main = clause[1], clause[2]
    after = after.rstrip(" .,;:")
    words = main.split()
    if not words:
        question = f"{phrase} {after} {lead}" if lead else f"{phrase} {after}"
    elif in_place:
        question = f"{before} {phrase} {after}"
    else:
        question = _inverted(words, lead, phrase, after, counts) or f"{before} {phrase} {after}"
    return _clean(question)


def _inverted(words: list[str], lead: str, phrase: str, after: str, counts: EnglishCounts) -> str | None:
    """The phrase, the auxiliary, the subject, the rest; None where no verb is found before a clause begins."""
    if words[-1].lower() in PREPOSITIONS and phrase.startswith(("how", "what", "which")):
        phrase, words = f"{words[-1]} {phrase}", words[:-1]
    elif phrase == "where" and words[-1].lower() in PREPOSITIONS:
        words = words[:-1]
    if words and words[0].lower() in ("and", "but", "so", "or"):
        words = words[1:]
    bare = [word.lower().strip(",") for word in words]
    if not words or any(re.search("['’](?:s|re|ve|d|ll|m)$", word) for word in bare):
        return None
    clause = next((at for at, word in enumerate(bare) if at and word in CLAUSE_WORDS), len(words))
    at = next((at for at in range(1, clause) if bare[at] in AUXILIARIES), None)
    verb: tuple[list[str], list[str]]
    if at is not None:
        verb = [words[at].lower()], []
    else:
        based = ((place, base_form(bare[place], counts)) for place in range(1, clause))
        at, base = next(((place, form) for place, form in based if form), (0, None))
        if base is None:
            return None
        verb = ["did"], [base]
    return " ".join(filter(None, (phrase, *verb[0], *words[:at], *verb[1], *words[at + 1 :], after, lead)))


def _shorten(before: str, after: str) -> tuple[str, str]:
    """Drop brackets, and whole clauses far from the gap where the sentence is long."""
    before, after = (re.sub(r"\s*\([^()]*\)", "", part) for part in (before, after))
    while len((before + after).split()) > _MOST_WORDS - 4:
        if re.search(r"[,;]\s", after):
            after = re.split(r"[,;]\s(?!.*[,;]\s)", after)[0]
        elif re.search(r"[,;]\s", before) and len(re.split(r"[,;]\s", before, maxsplit=1)[1].split()) >= 3:
            before = re.split(r"[,;]\s", before, maxsplit=1)[1]
        else:
            break
    return before.strip(), after.strip()


def _clean(question: str) -> str | None:
    text = re.sub(r"\s+([,.;:])", r"\1", " ".join(question.split())).strip(" .,;:!?")
    if not _LEAST_WORDS <= len(text.split()) <= _MOST_WORDS or text.count("(") != text.count(")"):
        return None
    return text[:1].upper() + text[1:] + "?"


def _lower_first(text: str, counts: EnglishCounts) -> str:
    """A sentence's beginning as it is written inside one."""
    word = re.match(r"[A-Za-z][A-Za-z’'-]*", text)
    if word is None or word.group() == "I":
        return text
    small = word.group().lower()
    return small + text[word.end() :] if counts.lower[small] > counts.capital[small] else text
