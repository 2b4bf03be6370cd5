import sys

import numpy as np
import pytest
from fpdf import FPDF
from ocr_fakes import installed

from index.errors import DocumentError, MissingDependencyError
from index.loaders import load_bytes, ocr
from index.loaders.pdf import read_pdf
from index.types import Document


def chinese_pdf(*pages: str) -> bytes:
    """A PDF written by hand: its font is one that every reader brings, so that none has to be installed."""
    count = len(pages)
    kids = " ".join(f"{5 + 2 * i} 0 R" for i in range(count))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {count}>>".encode(),
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[4 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>",
    ]
    for i, page in enumerate(pages):
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents {6 + 2 * i} 0 R"
            "/Resources<</Font<</F 3 0 R>>>>>>".encode()
        )
        lines = " ".join(f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in page.split("\n"))
        content = f"BT /F 14 Tf 50 780 Td 20 TL {lines} ET".encode()
        objects.append(b"<</Length %d>>stream\n%b\nendstream" % (len(content), content))
    data = b"%PDF-1.5\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj%bendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return data + b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        size, table, size, len(data),
    )  # fmt: skip


def latin_pdf(*pages: str, password: str = "") -> bytes:
    pdf = FPDF()
    if password:
        pdf.set_encryption(owner_password="owner", user_password=password)
    for page in pages:
        pdf.add_page()
        pdf.set_font("helvetica", size=14)
        if page:
            pdf.multi_cell(0, 8, page)
    return bytes(pdf.output())


def load(data: bytes, name: str = "甲.pdf", **options) -> Document:
    return load_bytes(data, name=name, document_id=name, **options)


def test_chinese_pages_with_their_offsets() -> None:
    first = "关于省政协第0183号提案的答复\n晋能源提函〔2025〕18号\n年产值 3750 万元，GDP 增长 5.2%"
    second = "山西省能源局\n2025年6月20日"
    document = load(chinese_pdf(first, second))
    assert document.text == f"{first}\n\n{second}"
    assert [(page.number, document.text[page.start : page.end]) for page in document.pages] == [
        (1, first),
        (2, second),
    ]
    assert [document.page_at(offset) for offset in (0, len(first) - 1, document.text.index("山西省能源局"))] == [
        1, 1, 2,
    ]  # fmt: skip
    assert (document.format, document.encoding, document.notes) == ("pdf", "", ())
    assert document.metadata.title == "关于省政协第0183号提案的答复"
    assert document.metadata.number == "晋能源提函〔2025〕18号"
    assert (document.metadata.issuer, document.metadata.date) == ("山西省能源局", "2025-06-20")


def test_pages_without_text_are_noted_and_kept_in_the_count() -> None:
    document = load(latin_pdf("one", "", "three", "", "", "six"))
    assert document.text == "one\n\n\n\nthree\n\n\n\n\n\nsix"
    assert document.notes == ("page 2 has no text (scanned?)", "pages 4-5 have no text (scanned?)")
    assert [page.number for page in document.pages] == [1, 2, 3, 4, 5, 6]
    assert document.page_at(document.text.index("six")) == 6


def test_hyphens_at_line_ends() -> None:
    text = load(latin_pdf("an exam-\nple of 2024-\n2025 and well-known words")).text
    assert text == "an example of 2024-\n2025 and well-known words"


def test_a_pdf_by_another_name_is_read_and_noted() -> None:
    document = load(latin_pdf("text"), name="甲.txt")
    assert (document.format, document.text) == ("pdf", "text")
    assert document.notes == ("the name says .txt, the content is pdf: read as pdf",)
    assert load(b"junk before\n" + latin_pdf("text")).text == "text"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(latin_pdf("secret", password="user"), "encrypted with a password", id="encrypted"),
        pytest.param(
            latin_pdf(""), r"is scanned: its only page has any text.*\[ocr\]", id="one scanned page"
        ),
        pytest.param(latin_pdf("", ""), "none of its 2 pages has any text", id="two scanned pages"),
        pytest.param(latin_pdf("x")[:300], "is broken", id="cut off"),
        pytest.param(b"%PDF-1.4\n%%EOF", "is broken", id="nothing inside"),
    ],
)
def test_refused(data: bytes, words: str) -> None:
    with pytest.raises(DocumentError, match=words) as caught:
        load(data)
    assert "\n" not in str(caught.value)


def test_a_password_only_for_changes_does_not_keep_from_reading() -> None:
    pdf = FPDF()
    pdf.set_encryption(owner_password="owner")
    pdf.add_page()
    pdf.set_font("helvetica", size=14)
    pdf.cell(text="readable")
    assert load(bytes(pdf.output())).text == "readable"


def test_limits_are_noted() -> None:
    data = latin_pdf("one", "two", "three")
    by_pages = read_pdf(data, max_pages=2)
    assert (by_pages.text, by_pages.notes) == ("one\n\ntwo", ("only the first 2 of 3 pages were read",))
    by_chars = read_pdf(data, max_chars=9)
    assert by_chars.text == "one\n\ntwo"
    assert by_chars.notes == ("only the first 2 of 3 pages were read (too much text)",)


class FakeRapidOCR:
    """Finds three pieces on two lines on every picture that is not white."""

    def __call__(self, image: np.ndarray):
        assert image.ndim == 3 and image.dtype == np.uint8 and max(image.shape) <= 4000
        if image.min() == 255:
            return None, None

        def box(left: int, top: int, right: int) -> list[list[int]]:
            return [[left, top], [right, top], [right, top + 20], [left, top + 20]]

        return [
            [box(300, 12, 400), "1200万吨", 0.9],
            [box(0, 50, 200), "山西省能源局", 0.9],
            [box(0, 10, 90), "产量", 0.9],
            [box(100, 11, 120), "：", 0.9],
        ], [0.1, 0.1, 0.1]


def scanned_pdf() -> bytes:
    pdf = FPDF()
    for drawn in (False, True):
        pdf.add_page()
        if drawn:
            pdf.rect(20, 20, 50, 50, style="F")
    return bytes(pdf.output())


@pytest.fixture
def fake_ocr(monkeypatch: pytest.MonkeyPatch):
    yield from installed(monkeypatch, FakeRapidOCR)


@pytest.mark.usefixtures("fake_ocr")
def test_scanned_pages_are_read_by_ocr_when_asked() -> None:
    document = load(scanned_pdf(), ocr=True)
    assert document.text == "\n\n产量 ：\t1200万吨\n山西省能源局"
    assert document.page_at(document.text.index("山西")) == 2
    assert document.notes == ("page 1 has no text (scanned?)", "page 2 was read by OCR")


@pytest.mark.usefixtures("fake_ocr")
def test_ocr_that_finds_nothing_is_an_error() -> None:
    with pytest.raises(DocumentError, match="OCR found none"):
        load(latin_pdf(""), ocr=True)


def test_ocr_without_its_package_says_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    ocr._engine.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    with pytest.raises(MissingDependencyError, match=r'pip install -e "\.\[ocr\]"'):
        load(scanned_pdf(), ocr=True)
    assert load(latin_pdf("text"), ocr=True).text == "text"
