"""Look into a workbook before it is read: is it whole, is it locked, where did formulas fail?

The reader of workbooks (calamine) aborts with a fault of its own on some ``.xls`` that were cut short, and gives the
error of a formula as an empty cell. Both are found here from the file formats themselves.

References
----------
[MS-CFB] compound files; [MS-XLS] records BOF, BOUNDSHEET8, BOOLERR and FORMULA; ECMA-376 part 1, 18.3.1.4 (cell).
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_FAR_PLACE = re.compile(rb"""\br\s*=\s*["'](?:[A-Z]{3}\d+|[A-Z]+\d{6,7})["']""")
#: An error, or a formula; with any prefix and either quotation mark, as different programs write them.
_MARK = re.compile(rb"""\bt\s*=\s*["']e["']|<(?:\w+:)?f[\s/>]""")
#: Unpacked, the largest workbook that a spreadsheet program can still open has less.
MOST_UNPACKED = 1_000_000_000
#: The reader lays out every cell up to the last one, filled or not.
MOST_CELLS = 20_000_000
_CHUNK = 1 << 20


class CutShort(Exception):
    """The file ends before its content does."""


class TooLarge(Exception):
    """Unpacked, the file would fill the memory."""


class Protected(Exception):
    """The file is locked with a password."""


def check_workbook(content: bytes) -> dict[int, frozenset[tuple[int, int]]]:
    """Find the cells whose formula failed or was never calculated.

    Returns
    -------
    dict
        Position of the sheet to (row, column) of such cells, all counted from 0.

    Raises
    ------
    CutShort
        If the file ends too early.
    Protected
        If it needs a password.
    TooLarge
        If its parts unpack to more than `MOST_UNPACKED` bytes, or a sheet reaches further than `MOST_CELLS`.
    """
    if content.startswith(b"PK"):
        return _xlsx_errors(content)
    if _LOCKED in content:
        raise Protected
    try:
        return _xls_errors(_Compound(content).stream("Workbook", "Book"))
    except (struct.error, IndexError, KeyError):
        raise CutShort from None


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


def _xlsx_errors(content: bytes) -> dict[int, frozenset[tuple[int, int]]]:
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            _check_size(package)
            for place, name in enumerate(_sheet_files(package)):
                found[place] = frozenset(_failed_cells(package.read(name)))
    except (zipfile.BadZipFile, EOFError, KeyError, ElementTree.ParseError, ValueError, zlib.error):
        raise CutShort from None
    except NotImplementedError:  # a way of packing that no spreadsheet program uses
        raise CutShort from None
    except RuntimeError:  # zipfile's word for an encrypted member
        raise Protected from None
    return found


def _sheet_files(package: zipfile.ZipFile) -> list[str]:
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    sheets = ElementTree.fromstring(package.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")
    files = (targets[sheet.get(_RELATION)] for sheet in sheets)
    return [file.lstrip("/") if file.startswith("/") else f"xl/{file}" for file in files]


def _check_size(package: zipfile.ZipFile) -> None:
    members = package.infolist()
    if sum(member.file_size for member in members) > MOST_UNPACKED:
        raise TooLarge
    for member in members:
        # The size that a member declares may be a lie, which shows when it is read to its end.
        with package.open(member) as part:
            while part.read(_CHUNK):
                pass


def _failed_cells(sheet: bytes) -> Iterator[tuple[int, int]]:
    # Most exports hold neither; looking for the marks first keeps a large sheet cheap.
    far = _FAR_PLACE.search(sheet) is not None
    if not far and not _MARK.search(sheet) and not sheet.startswith((b"\xff\xfe", b"\xfe\xff")):
        return
    last_row = last_column = 0
    for row, column, inside, failed in _cells(sheet):
        if inside:
            last_row, last_column = max(last_row, row), max(last_column, column)
        if failed:
            yield row, column
    if (last_row + 1) * (last_column + 1) > MOST_CELLS:
        raise TooLarge


def _cells(sheet: bytes) -> Iterator[tuple[int, int, bool, bool]]:
    """Give row, column, whether something is inside, whether it failed, of every cell.

    A cell that does not say its place follows the last.
    """
    row, column = -1, -1
    for event, element in ElementTree.iterparse(io.BytesIO(sheet), ("start", "end")):
        name = element.tag.rpartition("}")[2]
        if event == "start" and name == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif event == "end" and name == "c":
            place = _PLACE.fullmatch(element.get("r", ""))
            row, column = (int(place.group(2)) - 1, column_number(place.group(1))) if place else (row, column + 1)
            inside = {part.tag.rpartition("}")[2]: part.text for part in element}
            kind = element.get("t")
            yield row, column, bool(inside), kind == "e" or ("f" in inside and not inside.get("v") and kind != "str")
        elif event == "end" and name == "row":
            element.clear()


class _Compound:
    """The container of an ``.xls``: sectors chained by an allocation table."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.size = 1 << struct.unpack_from("<H", content, 30)[0]
        table_sectors, self.directory = struct.unpack_from("<II", content, 44)
        self.small_limit, self.small_table, _, more, more_count = struct.unpack_from("<5I", content, 56)
        places = list(struct.unpack_from("<109I", content, 76))
        for _ in range(more_count):
            *part, more = struct.unpack(f"<{self.size // 4}I", self.sector(more))
            places += part
        self.next: list[int] = []
        for place in places[:table_sectors]:
            self.next += struct.unpack(f"<{self.size // 4}I", self.sector(place))
        used = max((place for place, after in enumerate(self.next) if after != _FREE), default=0)
        # Some writers leave the last sector short; one that is not there at all was cut off.
        if len(content) <= self.size * (used + 1):
            raise CutShort

    def sector(self, place: int) -> bytes:
        return self.content[self.size * (place + 1) : self.size * (place + 2)]

    def chain(self, place: int) -> bytes:
        parts: list[bytes] = []
        while place < len(self.next) and len(parts) <= len(self.next):
            parts.append(self.sector(place))
            place = self.next[place]
        if place != _END:
            raise CutShort
        return b"".join(parts)

    def stream(self, *names: str) -> bytes:
        directory = self.chain(self.directory)
        if len(directory) % self.size:
            raise CutShort
        entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
        root = entries[0]
        for entry in entries:
            length = struct.unpack_from("<H", entry, 64)[0]
            if entry[: max(length - 2, 0)].decode("utf-16-le", errors="replace") in names:
                start, size = struct.unpack_from("<II", entry, 116)
                data = self.chain(start) if size >= self.small_limit else self._small(root, start)
                if len(data) < size:
                    raise CutShort
                return data[:size]
        raise CutShort

    def _small(self, root: bytes, place: int) -> bytes:
        store = self.chain(struct.unpack_from("<I", root, 116)[0])
        table = self.chain(self.small_table)
        after = struct.unpack(f"<{len(table) // 4}I", table)
        parts: list[bytes] = []
        while place < len(after) and len(parts) <= len(after):
            parts.append(store[64 * place : 64 * place + 64])
            place = after[place]
        return b"".join(parts)


def _xls_errors(book: bytes) -> dict[int, frozenset[tuple[int, int]]]:
    starts: list[int] = []
    found: dict[int, set[tuple[int, int]]] = {}
    sheet, at = -1, 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == 0x0085:
            starts.append(struct.unpack_from("<I", book, at + 4)[0])
        elif kind == 0x0809 and at in starts:
            sheet = starts.index(at)
            found[sheet] = set()
        elif kind in (0x0205, 0x0006) and sheet >= 0:
            row, column = struct.unpack_from("<HH", book, at + 4)
            by_formula = kind == 0x0006 and book[at + 16 : at + 18] == b"\xff\xff" and book[at + 10] == 2
            if by_formula or (kind == 0x0205 and book[at + 11] == 1):
                found[sheet].add((row, column))
        at += 4 + length
    if at > len(book):
        raise CutShort
    return {place: frozenset(cells) for place, cells in found.items()}
