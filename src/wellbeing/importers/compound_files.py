"""Look into an ``.xls`` before it is read: is it whole, where did formulas fail?

The reader of workbooks aborts with a fault of its own on some that were cut short, and gives the error of a formula as
an empty cell. Both are found here from the file formats themselves.

References
----------
[MS-CFB] compound files; [MS-XLS] records BOF, BOUNDSHEET8, BOOLERR, FORMULA, SUPBOOK and FILEPASS.
"""

import struct

from wellbeing.importers.workbooks import CutShort, Protected, Seen

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_MACROS = "_VBA_PROJECT_CUR".encode("utf-16-le")
_BOUNDSHEET, _BOF, _BOOLERR, _FORMULA, _SUPBOOK, _FILEPASS = 0x0085, 0x0809, 0x0205, 0x0006, 0x01AE, 0x002F
#: Length of the record by which a workbook refers to itself, and its mark.
_ITSELF = b"\x01\x04"


def look_into_xls(content: bytes) -> Seen:
    """Find the cells whose formula failed.

    Raises
    ------
    CutShort
        If the file ends too early.
    Protected
        If it needs a password.
    """
    if _LOCKED in content:
        raise Protected
    try:
        seen = _errors(_Compound(content).stream("Workbook", "Book"))
    except (struct.error, IndexError, KeyError, OverflowError, MemoryError):
        raise CutShort from None
    return Seen(seen.failed, {}, seen.warnings | ({"macros_not_run"} if _MACROS in content else set()))


class _Compound:
    """The container of an ``.xls``: sectors chained by an allocation table."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        shift = struct.unpack_from("<H", content, 30)[0]
        if shift not in (9, 12):
            raise CutShort
        self.size = 1 << shift
        table_sectors, self.directory = struct.unpack_from("<II", content, 44)
        self.small_limit, self.small_table, _, more, more_count = struct.unpack_from("<5I", content, 56)
        places = list(struct.unpack_from("<109I", content, 76))
        # A count that the file cannot hold is a fault, and no reason to go round for hours.
        if max(more_count, table_sectors) > len(content) // self.size + 1:
            raise CutShort
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


def _errors(book: bytes) -> Seen:
    starts: list[int] = []
    found: dict[int, set[tuple[int, int]]] = {}
    warnings = set()
    sheet, at = -1, 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind == _BOUNDSHEET:
            starts.append(struct.unpack_from("<I", book, at + 4)[0])
        elif kind == _FILEPASS:
            raise Protected
        elif kind == _SUPBOOK and book[at + 6 : at + 8] != _ITSELF:
            warnings.add("links_not_followed")
        elif kind == _BOF and at in starts:
            sheet = starts.index(at)
            found[sheet] = set()
        elif kind in (_BOOLERR, _FORMULA) and sheet >= 0:
            row, column = struct.unpack_from("<HH", book, at + 4)
            by_formula = kind == _FORMULA and book[at + 16 : at + 18] == b"\xff\xff" and book[at + 10] == 2
            if by_formula or (kind == _BOOLERR and book[at + 11] == 1):
                found[sheet].add((row, column))
            if kind == _FORMULA:
                warnings.add("formulas_as_calculated")
        at += 4 + length
    if at > len(book):
        raise CutShort
    return Seen({place: frozenset(cells) for place, cells in found.items()}, {}, frozenset(warnings))
