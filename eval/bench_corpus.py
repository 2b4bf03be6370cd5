"""A corpus of any size for speed measurements: sentences of real texts, recombined by a seed. Not for quality.

Every made paragraph is new, so nothing is repeated that an index could fold together; words, figures and sentence lengths stay
those of the sources.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from eval.errors import EvalError
from eval.question_rules import sentence_questions
from index.normalize import normalize

__all__ = ["make_corpus", "make_questions", "read_sentences"]

PARAGRAPHS_PER_FILE = 20
PARAGRAPH_CHARS = 260
"""One paragraph is one passage, more or less: the index splits at about 300 characters."""
_MIN_SENTENCES = 50
_SENTENCE = re.compile(r"[^。！？!?\n]{8,200}[。！？!?]")


def read_sentences(paths: Sequence[Path]) -> list[str]:
    """Return the distinct sentences of folders of text files and of files in SQuAD format, in a fixed order.

    Raises
    ------
    EvalError
        Where a path cannot be read or there are too few sentences to recombine.
    """
    found: dict[str, None] = {}
    for path in paths:
        for text in _texts(path):
            found.update(dict.fromkeys(match.group().strip() for match in _SENTENCE.finditer(text)))
    if len(found) < _MIN_SENTENCES:
        raise EvalError(f"at least {_MIN_SENTENCES} sentences are needed to make a corpus, got {len(found)}")
    return list(found)


def _texts(path: Path) -> Iterator[str]:
    try:
        if path.is_dir():
            for file in sorted(path.rglob("*.txt")):
                yield file.read_text(encoding="utf-8", errors="replace")
            return
        for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                yield paragraph["context"]
    except OSError as error:
        raise EvalError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise EvalError(f"{path} is neither a folder of text files nor in SQuAD format") from None


def make_corpus(sentences: Sequence[str], folder: Path, *, passages: int, seed: int) -> None:
    """Write text files with ``passages`` recombined paragraphs below ``folder``, which must not exist."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    for number in range(-(-passages // PARAGRAPHS_PER_FILE)):
        count = min(PARAGRAPHS_PER_FILE, passages - number * PARAGRAPHS_PER_FILE)
        text = "\n\n".join(_paragraph(sentences, chance) for _ in range(count))
        # a folder with 5,000 files is slow to list on some systems
        file = folder / f"{number // 500:03d}" / f"{number:06d}.txt"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + "\n", encoding="utf-8")


def _paragraph(sentences: Sequence[str], chance: random.Random) -> str:
    chosen: list[str] = []
    length = 0
    while length < PARAGRAPH_CHARS:
        sentence = chance.choice(sentences)
        if chosen and length + len(sentence) > PARAGRAPH_CHARS + 40:
            break
        chosen.append(sentence)
        length += len(sentence)
    return "".join(chosen)


def make_questions(sentences: Sequence[str], *, count: int, seed: int) -> list[str]:
    """Return ``count`` questions about the sentences, by rule; a sentence itself where the rules give too few."""
    chance = random.Random(seed)
    questions: list[str] = []
    order = chance.sample(range(len(sentences)), len(sentences))
    for place in order:
        if len(questions) >= count:
            return questions
        made = sentence_questions(normalize(sentences[place]).text.rstrip("。!?"))
        questions += [chance.choice(made).question] if made else []
    while len(questions) < count:
        questions.append(sentences[order[len(questions) % len(order)]][:60])
    return questions
