"""Look into a workbook before it is read: is it whole, is it locked, would it fill the memory, where did formulas fail?

The reader of workbooks (calamine) lays out every cell up to the last one, copies a text into every cell that refers to
it, and gives the error of a formula as an empty cell. All of that is found here first, from the file format itself.

References
----------
ECMA-376 part 1, 18.3.1.4 (cell), 18.3.1.73 (row), 18.4.8 (shared strings).
"""

import io
import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree
from xml.parsers import expat

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATIONS = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
#: With any prefix, either quotation mark and blanks, as some programs write them.
_ANY_CELL = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br\s*=\s*["']([A-Z]{1,3})\d""")
_ANY_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br\s*=\s*["'](\d{1,7})["']""")
_ROWS = re.compile(rb"<(?:\w+:)?row[\s/>]")
_ANY_SHARED = re.compile(rb"""\bt\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v\s*>\s*(\d{1,9})""")
_ITEM_END = re.compile(rb"</(?:\w+:)?si\s*>|<(?:\w+:)?si\s*/>")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
#: Unpacked, the largest workbook that a spreadsheet program can still open has less.
MOST_UNPACKED = 1_000_000_000
#: The reader lays out every cell up to the last one, filled or not, and needs about 70 bytes for each.
MOST_CELLS = 10_000_000
#: Characters that the reader may have to hold; and in one cell, of which a spreadsheet program allows 32,767.
MOST_TEXT = 300_000_000
_LONGEST_TEXT = 1 << 20
_BLOCK = 1 << 20


class CutShort(Exception):
    """The file ends before its content does."""


class TooLarge(Exception):
    """Unpacked, the file would fill the memory."""


class Protected(Exception):
    """The file is locked with a password."""


class Archive(Exception):
    """The file is a packed folder of files and no workbook."""


@dataclass(frozen=True)
class Seen:
    """What is to be known of a workbook before its cells are read.

    Attributes
    ----------
    failed : dict
        Position of the sheet to (row, column) of the cells whose formula failed or was never calculated, from 0.
    merged : dict
        Position of the sheet to the first cell of each merged area; only where the reader does not tell.
    warnings : frozenset of str
        Keys of texts/problems.yaml that stop nothing.
    """

    failed: dict[int, frozenset[tuple[int, int]]]
    merged: dict[int, list[tuple[int, int]]]
    warnings: frozenset[str]


def look_into(content: bytes) -> Seen:
    """Look into an ``.xlsx``, ``.xlsm``, ``.ods`` or ``.xls``.

    Raises
    ------
    Archive
        If it is a packed folder and no workbook.
    CutShort
        If the file ends too early.
    Protected
        If it needs a password.
    TooLarge
        If its parts unpack to more than `MOST_UNPACKED` bytes, a sheet reaches further than `MOST_CELLS`, or all
        texts together are longer than `MOST_TEXT`.
    """
    if not content.startswith(b"PK"):
        from wellbeing.importers.compound_files import look_into_xls

        return look_into_xls(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = set(package.namelist())
            if sum(member.file_size for member in package.infolist()) > MOST_UNPACKED:
                raise TooLarge
            if "xl/workbook.xml" in names:
                return _look_into_xlsx(package)
            if "content.xml" in names and "META-INF/manifest.xml" in names:
                from wellbeing.importers.open_documents import look_into_ods

                _read_to_the_end(package, {"content.xml"})
                return look_into_ods(package)
            raise Archive
    except (zipfile.BadZipFile, EOFError, KeyError, ElementTree.ParseError, ValueError, zlib.error, OverflowError):
        raise CutShort from None
    except NotImplementedError:  # a way of packing that no spreadsheet program uses
        raise CutShort from None
    except RuntimeError:  # zipfile's word for an encrypted member
        raise Protected from None


def column_number(letters: str) -> int:
    """Give the position, from 0, of a spreadsheet's column: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(position: int) -> str:
    """Give the letters of the column at a position counted from 0."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _look_into_xlsx(package: zipfile.ZipFile) -> Seen:
    names = package.namelist()
    sheets = _sheet_files(package)
    _read_to_the_end(package, set(sheets))
    warnings = set()
    if any(name.endswith("vbaProject.bin") for name in names):
        warnings.add("macros_not_run")
    if any(name.startswith("xl/externalLinks/") for name in names):
        warnings.add("links_not_followed")
    lengths = _shared_lengths(package)
    failed = {}
    text = 0
    for place, name in enumerate(sheets):
        with package.open(name) as stream:
            sheet = _glance(stream, lengths)
        text += sheet.text
        if text > MOST_TEXT:
            raise TooLarge
        if sheet.formulas:
            warnings.add("formulas_as_calculated")
        if sheet.unclear or sheet.errors or sheet.formulas or sheet.rows * sheet.columns > MOST_CELLS:
            with package.open(name) as stream:
                failed[place] = frozenset(_Cells(stream).failed)
    return Seen(failed, {}, frozenset(warnings))


def _sheet_files(package: zipfile.ZipFile) -> list[str]:
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    sheets = [*book.iter(f"{_MAIN}sheet"), *book.iter(f"{_STRICT}sheet")]
    files = (targets[next(sheet.get(name) for name in _RELATIONS if sheet.get(name))] for sheet in sheets)
    return [file.lstrip("/") if file.startswith("/") else f"xl/{file}" for file in files]


def _read_to_the_end(package: zipfile.ZipFile, but: set[str]) -> None:
    # The size that a member declares may be a lie, which shows when it is read to its end.
    for member in package.infolist():
        if member.filename not in but:
            with package.open(member) as part:
                while part.read(_BLOCK):
                    pass


@dataclass
class _Sheet:
    """What a glance at a sheet's XML shows, at the most; a cell that holds nothing counts too.

    `text` is the length of what the reader will hold: the texts that stand here, and the shared ones, as often as
    cells refer to them.
    """

    rows: int = 0
    columns: int = 1
    text: int = 0
    errors: bool = False
    formulas: bool = False
    unclear: bool = False


def _glance(stream: IO[bytes], lengths: "NDArray[np.int64]") -> _Sheet:
    from wellbeing.importers.sheet_bytes import scan

    sheet = _Sheet()
    for block in _blocks(stream):
        if sheet.text > MOST_TEXT:
            raise TooLarge
        # In UTF-16 none of the marks below would be found.
        sheet.unclear = sheet.unclear or block.startswith((b"\xff\xfe", b"\xfe\xff"))
        sheet.errors = sheet.errors or b'"e"' in block or (b"'" in block and b"'e'" in block)
        seen = scan(block, lengths)
        if seen is not None:
            sheet.rows, sheet.columns = max(sheet.rows, seen.rows), max(sheet.columns, seen.columns)
            sheet.text += seen.text
            sheet.formulas = sheet.formulas or seen.formulas
            continue
        rows = _ANY_ROW.findall(block)
        # Rows need not say their place, while their cells do.
        sheet.unclear = sheet.unclear or len(rows) < len(_ROWS.findall(block))
        sheet.rows = max([sheet.rows, *map(int, rows)])
        sheet.columns = max([sheet.columns, *(column_number(c.decode()) + 1 for c in set(_ANY_CELL.findall(block)))])
        shared = (int(place) for place in _ANY_SHARED.findall(block))
        sheet.text += sum(int(lengths[place]) for place in shared if place < len(lengths))
        sheet.text += len(block) - 4 * block.count(b"<")
        sheet.formulas = sheet.formulas or _FORMULA.search(block) is not None
    return sheet


def _shared_lengths(package: zipfile.ZipFile) -> "NDArray[np.int64]":
    """Measure the shared texts, with what little markup is around them, in bytes."""
    import numpy as np

    lengths = array("q")
    if "xl/sharedStrings.xml" in package.namelist():
        with package.open("xl/sharedStrings.xml") as stream:
            begun = 0
            for block in _blocks(stream):
                last = 0
                for end in _ITEM_END.finditer(block):
                    lengths.append(begun + end.start() - last)
                    last, begun = end.end(), 0
                begun += len(block) - last
                if begun > _LONGEST_TEXT:
                    raise TooLarge
    return np.array(lengths, dtype=np.int64)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Read a part in blocks that end before the beginning of a tag."""
    rest = b""
    while block := stream.read(_BLOCK):
        block = rest + block
        cut = block.rfind(b"<")
        if cut > 0:
            yield block[:cut]
            rest = block[cut:]
        elif len(block) > _LONGEST_TEXT:
            raise TooLarge
        else:
            rest = block
    yield rest


class _Cells:
    """Goes through a sheet cell by cell: how far it reaches, which cells failed.

    A cell that does not say its place follows the last.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self.failed: set[tuple[int, int]] = set()
        self.last_row = self.last_column = 0
        self._names: dict[str, str] = {}
        self._row = self._column = -1
        self._kind: str | None = None
        self._inside = self._formula = self._value = self._in_value = False
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        try:
            parser.ParseFile(stream)
        except expat.ExpatError:
            raise CutShort from None
        if (self.last_row + 1) * (self.last_column + 1) > MOST_CELLS:
            raise TooLarge

    def _start(self, name: str, given: dict[str, str]) -> None:
        short = self._names.get(name) or self._names.setdefault(name, name.rpartition(":")[2])
        if short == "c":
            place = _PLACE.fullmatch(given.get("r", ""))
            if place:
                self._row, self._column = int(place.group(2)) - 1, column_number(place.group(1))
            else:
                self._column += 1
            self._kind = given.get("t")
            self._inside = self._formula = self._value = False
        elif short == "row":
            self._row, self._column = int(given.get("r", self._row + 2)) - 1, -1
        else:
            self._inside = True
            self._formula = self._formula or short == "f"
            self._in_value = short == "v"

    def _data(self, text: str) -> None:
        self._value = self._value or self._in_value

    def _end(self, name: str) -> None:
        self._in_value = False
        if self._names[name] == "c":
            if self._inside:
                self.last_row, self.last_column = max(self.last_row, self._row), max(self.last_column, self._column)
            if self._kind == "e" or (self._formula and not self._value and self._kind != "str"):
                self.failed.add((self._row, self._column))
