"""Bytes -> characters: finds the encoding of a text file and decodes it without changing anything else.

UTF-8 is tried first and costs next to nothing. Everything else is decided by what the decoded text looks like, because
short Chinese texts confuse detectors that look at bytes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from index.errors import DocumentError
from index.loaders.plausibility import plausibility

__all__ = ["Decoded", "decode_declared", "decode_text"]

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030", "gb18030"),
)
_MARK_BYTES = tuple(mark for mark, _, _ in _MARKS)
_CANDIDATES = ("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be")
# Windows and Hong Kong add characters to Big5; the plain one comes first, because they change a few of its own.
_BIG5_FAMILY = ("big5", "cp950", "big5hkscs")
_OTHERS = [
    "cp1252",
    "cp1251",
    "cp1250",
    "koi8_r",
    "cp932",
    "shift_jis",
    "euc_jp",
    "cp949",
    "euc_kr",
    "cp1253",
    "cp1256",
]
_CONTROL_BYTES = bytes([*range(9), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_MAX_CONTROL_SHARE = 0.1
_MAX_REPLACED_SHARE = 0.01
# Half the bytes of ASCII letters in UTF-16 are NUL, all of them first or all of them second halves.
_LEAST_NUL_SHARE = 0.1
_LEAST_ALIKE_SHARE = 0.95
_NULS_REPLACED_IN = ("utf-8", "utf-8-sig", "gb18030")
_SAMPLE_BYTES = 1 << 16
_CERTAIN = 0.6
_POSSIBLE = 0.12
_MUCH_BETTER = 0.3
_REPLACEMENT = "\ufffd"
# Codecs such as punycode are no encodings of files, and some take quadratic time.
_TEXT_CODEC = re.compile(r"utf-?8|utf-?16|gb|hz|big5|cp\d|shift_jis|euc|iso|koi8|mac|tis")
_NON_ASCII = re.compile(rb"[\x80-\xff]")
_LONE_NON_ASCII = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_NOT_WESTERN = re.compile("[^\x00-\x7f‘’‚“”„–—…•€£¥©®™°±·×÷«»§²³¹½¼¾µ¿¡ªº\xa0À-ÏÑ-ÖØ-Üß-ïñ-öø-üŒœŠšŽžŸ]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Decoded characters, the Python name of their encoding (``utf-8-sig``: UTF-8 with a BOM), and notes."""

    text: str
    encoding: str
    notes: tuple[str, ...] = ()


def decode_text(data: bytes) -> Decoded:
    """Decode ``data`` exactly: no newline is translated, only a byte-order mark is dropped.

    Raises
    ------
    DocumentError
        The bytes are no text, or in no known encoding.

    Examples
    --------
    >>> decode_text("晋能源提函〔2025〕18号".encode("gbk")).encoding
    'gb18030'
    """
    if data.startswith(_MARK_BYTES):
        return _decode_marked(data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_unknown(data)
    if b"\0" in data or _mostly_control(data):
        return _decode_unmarked_utf16(data)
    return Decoded(text, "utf-8")


def decode_declared(data: bytes, declared: str) -> Decoded:
    """Decode ``data`` by the encoding it declares for itself, unless the bytes contradict that."""
    encoding = _declared_codec(declared)
    if encoding is None or data.startswith(_MARK_BYTES):
        return decode_text(data)
    text = _decode_strictly(data, encoding)
    if text is None:
        return decode_text(data)
    # Many pages keep a wrong declaration from their template.
    declared_score = plausibility(text)
    correct = _decode_strictly(data, "utf-8")
    if correct is not None and (correct == text or plausibility(correct) > declared_score):
        return _readable(Decoded(correct, "utf-8"))
    if declared_score < _CERTAIN:
        detected = _detect(data)
        if detected and plausibility(detected.text) >= max(_CERTAIN, declared_score + _MUCH_BETTER):
            return detected
    return _readable(Decoded(text, encoding))


def _detect(data: bytes) -> Decoded | None:
    """What ``decode_text`` finds; None where it refuses."""
    try:
        return decode_text(data)
    except DocumentError:
        return None


def _declared_codec(declared: str) -> str | None:
    """Python codec for the name in a declaration, as browsers read it; None for one that is not of a text file."""
    try:
        encoding = codecs.lookup(declared).name
    except LookupError:
        return None
    if encoding in ("gb2312", "gbk"):
        return "gb18030"
    if encoding in ("iso8859-1", "ascii"):
        return "cp1252"
    return encoding if _TEXT_CODEC.match(encoding) else None


def _decode_marked(data: bytes) -> Decoded:
    """Decode data that begin with a byte-order mark."""
    for mark, name, codec in _MARKS:
        if data.startswith(mark) and not (name.startswith("utf-32") and len(data) % 4):
            return _readable(_decode_by(data[len(mark) :], codec, name))
    raise AssertionError("unreachable: the caller saw a mark")


def _decode_unknown(data: bytes) -> Decoded:
    """Decode data that are not valid UTF-8 by the candidate whose text looks most like language."""
    first = _NON_ASCII.search(data)
    start = first.start() if first else 0
    sample = data[start : start + _SAMPLE_BYTES]
    if _nearly_utf8(sample):
        return _readable(_decode_by(data, "utf-8"))
    even = data[start & ~1 : (start & ~1) + _SAMPLE_BYTES]
    scores: dict[str, float] = {}
    for encoding in _CANDIDATES:
        if not encoding.startswith("utf-16"):
            scores[encoding] = plausibility(_decode_sample(sample, encoding))
        elif len(data) % 2 == 0:
            scores[encoding] = plausibility(_decode_sample(even, encoding))
    if max(scores.values()) < _CERTAIN and (guess := _guess_other_language(sample)):
        scores[guess] = max(_POSSIBLE, plausibility(_decode_sample(sample, guess)))
    best = max(scores, key=scores.__getitem__)
    if scores[best] < _POSSIBLE:
        raise DocumentError("is broken or in an unknown text encoding")
    if best != "big5":
        return _readable(_decode_by(data, best))
    return _readable(_decode_by(data, min(_BIG5_FAMILY, key=lambda name: _count_bad(data, name))))


def _decode_unmarked_utf16(data: bytes) -> Decoded:
    """Decode data with NUL or many control bytes: UTF-8 with a few NULs, UTF-16 without a byte-order mark, or no text."""
    if b"\0" in data and _few_nuls(data.count(0), len(data)) and not _mostly_control(data):
        return _readable(Decoded(data.decode("utf-8"), "utf-8"))
    if len(data) % 2 == 0:
        sample = data[:_SAMPLE_BYTES]
        texts = {name: _decode_sample(sample, name) for name in ("utf-16-le", "utf-16-be")}
        best = max(texts, key=lambda name: plausibility(texts[name]))
        # The zero bytes of ASCII letters are a sign of their own; without them the text must look like one.
        least = _POSSIBLE if _nuls_like_utf16(sample) else _CERTAIN
        if "\0" not in texts[best] and plausibility(texts[best]) > least:
            return _readable(_decode_by(data, best))
    raise DocumentError("is broken: it holds NUL or control characters, so it is a binary file and not text")


def _nuls_like_utf16(sample: bytes) -> bool:
    """Whether NULs are as many as the upper halves of ASCII letters are, and nearly all of them first or second halves."""
    nuls = sample.count(0)
    first = sample[::2].count(0)
    return nuls >= _LEAST_NUL_SHARE * len(sample) and max(first, nuls - first) >= _LEAST_ALIKE_SHARE * nuls


def _few_nuls(nuls: int, length: int) -> bool:
    return nuls < _MAX_REPLACED_SHARE * length


def _nearly_utf8(sample: bytes) -> bool:
    """Whether ``sample`` is UTF-8 with few bad bytes; other encodings hardly ever form valid sequences by chance."""
    text = _decode_sample(sample, "utf-8")
    bad = text.count(_REPLACEMENT) - sample.count(b"\xef\xbf\xbd")
    good = len(text) - bad - sum(map(str.isascii, text))
    cut_at_end = bad == 1 and text.endswith(_REPLACEMENT) and any(char > "\u07ff" for char in text[:-1])
    return good >= 4 * bad or cut_at_end


def _decode_sample(sample: bytes, encoding: str) -> str:
    """Decode the beginning of a file; a character cut at its end does not count as bad."""
    cut = len(sample) == _SAMPLE_BYTES
    return codecs.getincrementaldecoder(encoding)("replace").decode(sample, not cut)


def _decode_strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _count_bad(data: bytes, encoding: str) -> int:
    return data.decode(encoding, "replace").count(_REPLACEMENT)


def _decode_by(data: bytes, encoding: str, name: str = "") -> Decoded:
    """Decode by a chosen encoding; a few bad bytes become U+FFFD and are noted."""
    exact = _decode_strictly(data, encoding)
    if exact is not None:
        return Decoded(exact, name or encoding)
    text = data.decode(encoding, "replace")
    replaced = text.count(_REPLACEMENT)
    if encoding.startswith("utf-8"):
        replaced -= data.count(b"\xef\xbf\xbd")
    if replaced > max(1, _MAX_REPLACED_SHARE * len(text)):
        raise DocumentError(
            f"is broken or in an unknown text encoding ({replaced} places cannot be read as {encoding})"
        )
    places = "1 place" if replaced == 1 else f"{replaced} places"
    return Decoded(
        text, name or encoding, (f"{places} could not be decoded as {encoding} and became U+FFFD",)
    )


def _guess_other_language(sample: bytes) -> str | None:
    """Encoding of a text that does not look Chinese; None if there is none that fits."""
    high = len(_NON_ASCII.findall(sample))
    if len(_LONE_NON_ASCII.findall(sample)) >= 0.6 * high:
        # Accented letters and curly quotes stand alone among ASCII; letters of other scripts stand in rows.
        western = _decode_strictly(sample, "cp1252")
        fits = western is not None and _NOT_WESTERN.search(western) is None
        return "cp1252" if fits else "utf-8"
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=_OTHERS).best()
    return best.encoding if best is not None else None


def _readable(decoded: Decoded) -> Decoded:
    """The argument, unless it is mostly control characters or holds NUL; a few of these become U+FFFD and are noted."""
    text = decoded.text
    data = text.encode("utf-8", "replace")
    if nuls := text.count("\0"):
        if decoded.encoding not in _NULS_REPLACED_IN or not _few_nuls(nuls, len(data)):
            raise DocumentError("is broken: it holds NUL characters, so it is a binary file and not text")
        characters = "1 NUL character" if nuls == 1 else f"{nuls} NUL characters"
        note = f"{characters} became U+FFFD"
        decoded = replace(decoded, text=text.replace("\0", _REPLACEMENT), notes=(*decoded.notes, note))
    if _mostly_control(data):
        raise DocumentError("is broken: it holds mostly control characters, so it is not text")
    return decoded


def _mostly_control(data: bytes) -> bool:
    return len(data) - len(data.translate(None, _CONTROL_BYTES)) > _MAX_CONTROL_SHARE * len(data)
