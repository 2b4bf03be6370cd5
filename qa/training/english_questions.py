"""English questions over Chinese passages, made by rule: the command ``make-english-questions``.

Two sources. Sentence pairs, whose number or name becomes the question word and whose Chinese side becomes part of a passage
(``parallel_questions``); and Chinese questions of labelled files, turned into English word by word (``glossed_questions``).
Both use a dictionary learnt from the same pairs. The file is the same every time for the same input and seed.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from index.normalize import fold
from qa.training.bilingual_passages import PassageMaker
from qa.training.bilingual_words import BilingualWords, learn_words
from qa.training.english_words import count_english
from qa.training.errors import TrainingError
from qa.training.glossed_questions import gloss_question
from qa.training.held_out import HeldOut
from qa.training.labelled import LabelledFile, LabelledPassage
from qa.training.overlap import text_key
from qa.training.parallel_questions import name_questions, number_questions

__all__ = ["EnglishQuestionReport", "make_english_questions", "read_pairs"]

_DICTIONARY = "par_cedict"
_SOFTWARE = frozenset(("par_pyzh", "par_djzh"))
"""Documentation of programs: its numbers are mostly versions, its names contributors."""
_DIALOGUE = frozenset(("par_tatoeba", "par_msctd"))
_MOST_OF_A_NAME = 60  # questions with the same answer: one first name fills a tenth of the dialogue
_WITHOUT_ANSWER = 0.1
_KEPT_UNANSWERABLE = 0.55  # of the Chinese questions: a fifth of the people's questions have no answer
_MIXED = 0.35  # share of questions that are asked once more with some words left in Chinese
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_LATIN = re.compile(r"[A-Za-z]{2}")

Watch = Callable[[Iterable[Any], str], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class EnglishQuestionReport:
    """How many questions were written, by where they come from; ``left_out`` were too near held-out text."""

    written: dict[str, int] = field(default_factory=dict)
    unanswerable: int = 0
    left_out: int = 0


def read_pairs(paths: Sequence[Path]) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """Sentence pairs as (group, English, folded Chinese) in order, and dictionary entries as (English, Chinese).

    Files hold ``[group, English, Chinese]`` a line; other groups and languages are passed over.

    Raises
    ------
    TrainingError
        A file is missing or damaged; the message names the line.
    """
    pairs: list[tuple[str, str, str]] = []
    entries: list[tuple[str, str]] = []
    for path in paths:
        if not path.is_file():
            raise TrainingError(f"there is no file {path}")
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                try:
                    group, english, chinese = json.loads(line)
                    if not str(group).startswith("par_"):
                        continue
                    if group == _DICTIONARY:
                        entries.append((str(english), fold(str(chinese))))
                    elif _is_pair(english, chinese):
                        pairs.append((group, english, fold(chinese)))
                except (ValueError, TypeError) as error:
                    raise TrainingError(f"{path.name}:{number}: needs [group, English, Chinese]") from error
    if not pairs:
        raise TrainingError(f"no Chinese-English sentence pair in {', '.join(path.name for path in paths)}")
    return pairs, entries


def _is_pair(english: str, chinese: str) -> bool:
    return bool(
        _LATIN.search(english)
        and _HAN.search(chinese)
        and not _KANA.search(chinese)
        and not _HAN.search(english)
    )


def make_english_questions(
    pair_files: Sequence[Path],
    out: Path,
    *,
    question_files: Sequence[Path] = (),
    held_out: Sequence[Path] = (),
    seed: int = 1,
    watch: Watch = lambda rows, text: rows,
) -> EnglishQuestionReport:
    """Write labelled passages with English questions to ``out``.

    Parameters
    ----------
    question_files
        Labelled Chinese questions that are turned into English.
    held_out
        Passages and questions of these are left out.
    watch
        Is given the rows of each part, with what is done to them in words, and gives them back.
    """
    pairs, entries = read_pairs(pair_files)
    refused = HeldOut(held_out)
    files = [LabelledFile(path) for path in question_files]
    dictionary = learn_words([(english, chinese) for _, english, chinese in pairs], entries)
    written: Counter[str] = Counter()
    unanswerable = left_out = 0
    unfinished = out.with_name(out.name + ".unfinished")
    with unfinished.open("w", encoding="utf-8") as file:
        for source, rows in (
            ("parallel", _parallel_rows(pairs, dictionary, seed, watch)),
            ("glossed", _glossed_rows(files, dictionary, seed, watch)),
        ):
            for row, origin in rows:
                if refused.holds(row["ctx"], origin):
                    left_out += len(row["qs"])
                    continue
                written[source] += len(row["qs"])
                unanswerable += sum(not answer for _, answer, _ in row["qs"])
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
    unfinished.replace(out)
    return EnglishQuestionReport(dict(written), unanswerable, left_out)


# ------------------------------------------------------------------------------------------- sentence pairs
def _parallel_rows(
    pairs: Sequence[tuple[str, str, str]], dictionary: BilingualWords, seed: int, watch: Watch
) -> Iterator[tuple[dict[str, Any], Sequence[str]]]:
    """Rows of the output, each with the texts that must not be held out."""
    generator = np.random.default_rng((seed, 0))
    counts = count_english(english for group, english, _ in pairs if group not in _SOFTWARE)
    maker = PassageMaker([(group, chinese) for group, _, chinese in pairs])
    names: Counter[str] = Counter()
    seen: set[str] = set()
    for place, (group, english, chinese) in enumerate(watch(pairs, "sentence pairs")):
        found = list(number_questions(english, chinese, counts, generator))
        found += number_questions(english, chinese, counts, generator, in_place=True)
        if group in _SOFTWARE:
            found = [one for one in found if not chinese[one.end - 1].isascii()]
        else:
            found += name_questions(english, chinese, dictionary, counts, generator)
        for one in found:
            answer = chinese[one.start : one.end]
            names[answer] += one.kind == "name"
            key = text_key(one.text)
            if key in seen or names[answer] > _MOST_OF_A_NAME:
                continue
            seen.add(key)
            kept = generator.random() >= _WITHOUT_ANSWER
            passage = maker.passage(place, one.start, one.end, generator, with_sentence=kept)
            if passage is None:
                continue
            text, start = passage
            yield {"ctx": text, "qs": [[one.text, answer if kept else "", start]], "src": "en"}, (chinese,)


# ------------------------------------------------------------------------------------------- Chinese questions
def _glossed_rows(
    files: Sequence[LabelledFile], dictionary: BilingualWords, seed: int, watch: Watch
) -> Iterator[tuple[dict[str, Any], Sequence[str]]]:
    generator = np.random.default_rng((seed, 1))
    for file in files:
        passage: LabelledPassage
        for passage in watch(file, f"questions of {file.path.name}"):
            if _KANA.search(passage.text):
                continue
            questions: list[list[Any]] = []
            for question in passage.questions:
                answer = question.answers[0] if question.answers else ""
                if not answer and generator.random() >= _KEPT_UNANSWERABLE:
                    continue
                shares = [0.0, 0.0]
                if generator.random() < _MIXED:
                    shares.append(float(generator.uniform(0.2, 0.5)))
                glossed = (
                    gloss_question(question.text, dictionary, generator, kept_share=share) for share in shares
                )
                questions += [[text, answer, question.start] for text in dict.fromkeys(glossed) if text]
            if questions:
                asked = [question.text for question in passage.questions]
                yield {"ctx": passage.text, "qs": questions, "src": "en"}, asked
