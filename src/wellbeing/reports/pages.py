"""Look at a finished report before anybody else does: no page, letter or heading of it may be out of order."""

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import TYPE_CHECKING

from wellbeing.errors import KitFault

if TYPE_CHECKING:
    import pypdfium2

#: Points: the smallest type, less what rounding takes from it.
SMALLEST_TYPE = 9.0
_ROUNDING = 0.05
#: Points: 3 mm, which a cheap printer leaves white.
SAFE_MARGIN = 3 * 72 / 25.4
#: Points that must stand beneath a heading on its page: a line of text.
_BENEATH = 14
#: The fonts of the kit; Typst brings others of its own and falls back to them without a word.
_FONTS = ("NotoSansSC", "NotoSerifSC")
#: What a reader gives for a letter that cannot be read: none, and the mark of replacement.
_UNREADABLE = (0, 0xFFFD, 0xFFFE, 0xFFFF)
#: As many faults are named as are of use.
_NAMED = 10


@dataclass(frozen=True)
class Letter:
    """One character on a page, without spaces: its code point, type size and box in points, and its font."""

    code: int
    size: float
    font: str
    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True)
class Sheet:
    """One page: its number from 1, its width and height in points, and its letters in reading order."""

    number: int
    width: float
    height: float
    letters: tuple[Letter, ...]

    @cached_property
    def lowest(self) -> float:
        """The lower end of the last line above the footer, which is the lowest line of all."""
        foot = min((letter.bottom for letter in self.letters), default=0.0)
        return min((letter.bottom for letter in self.letters if letter.bottom > foot + _BENEATH), default=self.height)


def check_pages(pdf: bytes, name: str) -> None:
    """Refuse a report with an empty page, small type, letters off the page, a strange font or a heading left alone.

    Parameters
    ----------
    pdf : bytes
    name : str
        The template's, for the message; nothing of the content is in it.

    Raises
    ------
    KitFault
        Naming the pages and the faults, never a word of the report.
    """
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        sheets = [_sheet(document, number) for number in range(len(document))]
        faults = [fault for sheet in sheets for fault in _faults(sheet)]
        faults += [f"page {page}: a heading with nothing beneath it" for page in _lone_headings(document, sheets)]
    finally:
        document.close()
    if faults:
        raise KitFault(f"{name}: {'; '.join(faults[:_NAMED])}")


def read_sheets(pdf: bytes) -> list[Sheet]:
    """Read the letters of all pages."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_sheet(document, number) for number in range(len(document))]
    finally:
        document.close()


def _faults(sheet: Sheet) -> Iterator[str]:
    place = f"page {sheet.number}"
    # The footer stands on every page; a page with nothing above it is empty.
    if not any(letter.bottom >= sheet.lowest for letter in sheet.letters):
        yield f"{place}: empty"
    small = min((letter.size for letter in sheet.letters), default=SMALLEST_TYPE)
    if small < SMALLEST_TYPE - _ROUNDING:
        yield f"{place}: type of {small:.1f} pt, smaller than {SMALLEST_TYPE:g} pt"
    off = sum(
        letter.left < SAFE_MARGIN
        or letter.bottom < SAFE_MARGIN
        or letter.right > sheet.width - SAFE_MARGIN
        or letter.top > sheet.height - SAFE_MARGIN
        for letter in sheet.letters
    )
    if off:
        yield f"{place}: {off} letters within 3 mm of the edge or beyond it"
    foreign = sorted({letter.font for letter in sheet.letters if not letter.font.startswith(_FONTS)})
    if foreign:
        yield f"{place}: fonts that are not the report's: {', '.join(foreign)}"
    if any(letter.code in _UNREADABLE for letter in sheet.letters):
        yield f"{place}: letters that cannot be read"


def _lone_headings(document: "pypdfium2.PdfDocument", sheets: list[Sheet]) -> Iterator[int]:
    """Give the pages on which a bookmarked heading has no line of text beneath it."""
    for bookmark in document.get_toc():
        target = bookmark.get_dest()
        page = None if target is None else target.get_index()
        if target is None or page is None:
            continue
        _, view = target.get_view()
        # /XYZ: left, top, zoom. The heading hangs from there; its own line is as tall as its type.
        top = view[1] if len(view) > 1 else sheets[page].height
        below = {round(one.bottom) for one in sheets[page].letters if sheets[page].lowest <= one.bottom < top}
        if not below or max(below) - min(below) < _BENEATH:
            yield page + 1


def _sheet(document: "pypdfium2.PdfDocument", number: int) -> Sheet:
    """Read a page's letters by PDFium's own functions, which know where each one stands and how large it is."""
    import pypdfium2.raw as pdfium

    page = document[number]
    text = page.get_textpage()
    box = [ctypes.c_double() for _ in range(4)]
    matrix, flags = pdfium.FS_MATRIX(), ctypes.c_int()
    room = ctypes.create_string_buffer(128)
    letters = []
    for place in range(pdfium.FPDFText_CountChars(text.raw)):
        code = pdfium.FPDFText_GetUnicode(text.raw, place)
        if chr(code).isspace() or pdfium.FPDFText_IsGenerated(text.raw, place) == 1:
            continue
        pdfium.FPDFText_GetCharBox(text.raw, place, *box)
        pdfium.FPDFText_GetMatrix(text.raw, place, matrix)
        pdfium.FPDFText_GetFontInfo(text.raw, place, room, len(room), flags)
        size = pdfium.FPDFText_GetFontSize(text.raw, place) * hypot(matrix.c, matrix.d)
        left, right, bottom, top = (value.value for value in box)
        font = room.value.decode("utf-8", "replace").rpartition("+")[2]
        letters.append(Letter(code, size, font, left, right, bottom, top))
    width, height = page.get_size()
    text.close()
    page.close()
    return Sheet(number + 1, width, height, tuple(letters))
