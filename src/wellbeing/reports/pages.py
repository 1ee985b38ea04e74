"""Look at a finished report before anybody else does: no page, letter or heading of it may be out of order."""

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import hypot
from typing import TYPE_CHECKING, Any

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
class Glance:
    """What one page holds, by its stretches of text and not by its letters.

    Attributes
    ----------
    width, height : float
        Points.
    types : frozenset of (float, str)
        Type sizes in points, and fonts.
    codes : frozenset of int
        Code points.
    boxes : tuple of (left, top, right, bottom)
        The box around each stretch, in points. A letter that leaves no ink has none.
    """

    width: float
    height: float
    types: frozenset[tuple[float, str]]
    codes: frozenset[int]
    boxes: tuple[tuple[float, float, float, float], ...]

    def in_order(self) -> bool:
        """Say whether no letter of this page can be out of order; if not, its letters have to be looked at."""
        return (
            any(bottom >= self.lowest for _, _, _, bottom in self.boxes)
            and all(size >= SMALLEST_TYPE - _ROUNDING and font.startswith(_FONTS) for size, font in self.types)
            and self.codes.isdisjoint(_UNREADABLE)
            and all(
                left >= SAFE_MARGIN
                and bottom >= SAFE_MARGIN
                and right <= self.width - SAFE_MARGIN
                and top <= self.height - SAFE_MARGIN
                for left, top, right, bottom in self.boxes
            )
        )

    @cached_property
    def bottoms(self) -> tuple[float, ...]:
        """The lower ends of the stretches."""
        return tuple(bottom for _, _, _, bottom in self.boxes)

    @cached_property
    def lowest(self) -> float:
        """The lower end of the last line above the footer, which is the lowest line of all."""
        return _above_the_footer(self.bottoms, self.height)


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
    def bottoms(self) -> tuple[float, ...]:
        """The lower ends of the letters."""
        return tuple(letter.bottom for letter in self.letters)

    @cached_property
    def lowest(self) -> float:
        """The lower end of the last line above the footer, which is the lowest line of all."""
        return _above_the_footer(self.bottoms, self.height)


def _above_the_footer(bottoms: tuple[float, ...], height: float) -> float:
    foot = min(bottoms, default=0.0)
    return min((bottom for bottom in bottoms if bottom > foot + _BENEATH), default=height)


def check_pages(pdf: bytes, name: str) -> None:
    """Refuse a report with an empty page, small type, letters off the page, a strange font or a heading left alone.

    Stretches of text are looked at, of which a page has fifty: where those are in order, so is every letter in them.
    Where they are not, the thousand letters tell what it is.

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
        glances = [_glance(document, number) for number in range(len(document))]
        if all(page.in_order() for page in glances) and not any(_lone_headings(document, glances)):
            return
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


def _lone_headings(document: "pypdfium2.PdfDocument", pages: Sequence[Glance | Sheet]) -> Iterator[int]:
    """Give the pages on which a bookmarked heading has no line of text beneath it."""
    for bookmark in document.get_toc():
        target = bookmark.get_dest()
        page = None if target is None else target.get_index()
        if target is None or page is None:
            continue
        _, view = target.get_view()
        # /XYZ: left, top, zoom. The heading hangs from there; its own line is as tall as its type.
        top = view[1] if len(view) > 1 else pages[page].height
        below = {round(bottom) for bottom in pages[page].bottoms if pages[page].lowest <= bottom < top}
        if not below or max(below) - min(below) < _BENEATH:
            yield page + 1


def _glance(document: "pypdfium2.PdfDocument", number: int) -> Glance:
    """Read a page by its stretches of text: a font, a size and a box for each, two questions for each letter."""
    import pypdfium2.raw as pdfium

    page = document[number]
    text = page.get_textpage()
    raw = text.raw
    unicode_of, object_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetTextObject
    codes, types, last = set(), set(), None
    for place in range(pdfium.FPDFText_CountChars(raw)):
        codes.add(unicode_of(raw, place))
        drawn = object_of(raw, place)
        if not drawn:  # PDFium's own: the end of a line, a space where there is a gap
            continue
        stretch = ctypes.addressof(drawn.contents)
        if stretch != last:
            last = stretch
            types.add(_type(raw, place))
    box = [ctypes.c_double() for _ in range(4)]
    boxes = []
    for place in range(pdfium.FPDFText_CountRects(raw, 0, -1)):
        pdfium.FPDFText_GetRect(raw, place, *box)
        boxes.append((box[0].value, box[1].value, box[2].value, box[3].value))
    width, height = page.get_size()
    text.close()
    page.close()
    return Glance(width, height, frozenset(types), frozenset(codes), tuple(boxes))


def _type(raw: Any, place: int) -> tuple[float, str]:
    """Give the size of a letter's type in points, and its font's name without the mark of a subset."""
    import pypdfium2.raw as pdfium

    matrix, flags, room = pdfium.FS_MATRIX(), ctypes.c_int(), ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetMatrix(raw, place, matrix)
    pdfium.FPDFText_GetFontInfo(raw, place, room, len(room), flags)
    size = pdfium.FPDFText_GetFontSize(raw, place) * hypot(matrix.c, matrix.d)
    return size, room.value.decode("utf-8", "replace").rpartition("+")[2]


def _sheet(document: "pypdfium2.PdfDocument", number: int) -> Sheet:
    """Read a page's letters by PDFium's own functions, which know where each one stands and how large it is."""
    import pypdfium2.raw as pdfium

    page = document[number]
    text = page.get_textpage()
    box = [ctypes.c_double() for _ in range(4)]
    letters = []
    for place in range(pdfium.FPDFText_CountChars(text.raw)):
        code = pdfium.FPDFText_GetUnicode(text.raw, place)
        if chr(code).isspace() or pdfium.FPDFText_IsGenerated(text.raw, place) == 1:
            continue
        pdfium.FPDFText_GetCharBox(text.raw, place, *box)
        left, right, bottom, top = (value.value for value in box)
        size, font = _type(text.raw, place)
        letters.append(Letter(code, size, font, left, right, bottom, top))
    width, height = page.get_size()
    text.close()
    page.close()
    return Sheet(number + 1, width, height, tuple(letters))
