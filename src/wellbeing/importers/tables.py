"""Read any file that a platform or a spreadsheet writes into one table of texts.

The content decides what a file is, not the ending of its name: platforms call an ``.xlsx`` ``.xls`` and the other
way round. Text is decoded strictly; a wrong guess would turn names of schools into other characters silently.
"""

import csv
import datetime as dt
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellbeing.errors import InputError, Problem, UsageError

#: What stands in a cell whose formula failed, or was never calculated.
FORMULA_ERROR = "#VALUE!"

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: So many bytes show what kind of text a large file is.
_LOOK = 262_144
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_COMMON_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


@dataclass(frozen=True)
class Table:
    """A file's cells as texts, stripped of nothing.

    Attributes
    ----------
    file, digest : str
        The file's name without its folder, and the SHA-256 of its bytes.
    header : tuple of str
    columns : tuple of list of str
        As many as the header has cells; each as long as `rows`. An empty cell is ``""``.
    rows : list of int
        The row of each record as a spreadsheet shows it; the header of most files is row 1.
    blank_rows : int
        Entirely blank rows that were left out below the header.
    """

    file: str
    digest: str
    header: tuple[str, ...]
    columns: tuple[list[str], ...]
    rows: list[int]
    blank_rows: int


class _NotATable(Exception):
    """Why a file cannot be read: a problem's key, a row where there is one."""

    def __init__(self, what: str, row: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.row = row


def read_table(path: Path) -> Table:
    """Read ``.xlsx``, ``.xls`` or delimited text in UTF-8, UTF-16 with a byte-order mark or GB18030.

    Of a workbook the first sheet that is not empty is read; dates become ISO texts, whole numbers lose
    their ``.0``.

    Raises
    ------
    UsageError
        If there is no such file, or it may not be opened.
    InputError
        If it is not a table, cut short, protected by a password, in no known encoding, or has no row of data.
    """
    if path.is_dir():
        raise InputError([Problem("is_a_folder", path.name)])
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no_file", path=str(path)) from None
    except OSError:
        raise UsageError("cannot_open", path=str(path)) from None
    try:
        records = _records(content)
        return _table(path.name, hashlib.sha256(content).hexdigest(), records)
    except _NotATable as reason:
        raise InputError([Problem(reason.what, path.name, reason.row)]) from None


def _records(content: bytes) -> list[list[str]]:
    if not content.strip():
        raise _NotATable("empty_file")
    if content.startswith((_ZIP, _COMPOUND)):
        return _workbook(content)
    return _delimited(_decode(content))


def _table(file: str, digest: str, records: list[list[str]]) -> Table:
    filled = [place for place, cells in enumerate(records) if any(cell.strip() for cell in cells)]
    if not filled:
        raise _NotATable("empty_file")
    header = records[filled[0]]
    width = len(header)
    body = filled[1:]
    if not body:
        raise _NotATable("no_data_row")
    for place in body:
        cells = records[place]
        if len(cells) != width:
            if len(cells) < width or any(cell.strip() for cell in cells[width:]):
                raise _NotATable("cells_do_not_fit", place + 1)
            records[place] = cells[:width]
    columns = tuple(list(column) for column in zip(*(records[place] for place in body), strict=True))
    blank = len(records) - filled[0] - len(filled)
    return Table(file, digest, tuple(header), columns, [place + 1 for place in body], blank)


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _checked(content, "utf-16")
    if b"\x00" in content[:_LOOK]:
        # UTF-16 without its mark: every other byte of the commas is 0, and the rest is text.
        for encoding in ("utf-16-le", "utf-16-be"):
            text = content[: len(content) // 2 * 2].decode(encoding, errors="ignore")
            if any(mark in text for mark in ",\t;") and not _CONTROL.search(text):
                raise _NotATable("wrong_encoding")
        raise _NotATable("not_a_table")
    if _CONTROL.search(content[:_LOOK].decode("latin-1")) or content.lstrip()[:1] in (b"<", b"{"):
        raise _NotATable("not_a_table")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Half-broken UTF-8 often passes for GB18030 and reads as nonsense. Where most of it is good UTF-8, say so.
        guess = content[:_LOOK].decode("utf-8", errors="replace")
        if len(_COMMON_CHINESE.findall(guess)) > guess.count("\ufffd"):
            raise _NotATable("wrong_encoding") from None
    return _checked(content, "gb18030")


def _checked(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise _NotATable("wrong_encoding") from None
    if _CONTROL.search(text):
        raise _NotATable("not_a_table")
    return text


def _delimited(text: str) -> list[list[str]]:
    if not text.strip():
        raise _NotATable("empty_file")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",\t;", key=first.count)
    records: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        records.extend(reader)
    except csv.Error:
        # An open quotation mark at the end of the file means that the file was cut there.
        raise _NotATable("broken_quotes", len(records) + 1) from None
    if max(len(cells) for cells in records) < 2:
        raise _NotATable("not_a_table")
    return records


def _workbook(content: bytes) -> list[list[str]]:
    from python_calamine import CalamineWorkbook, PasswordError

    from wellbeing.importers.workbooks import CutShort, Protected, check_workbook

    try:
        errors = check_workbook(content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for place in range(len(book.sheet_names)):
            cells = book.get_sheet_by_index(place).to_python(skip_empty_area=False)
            failed = errors.get(place, frozenset())
            if cells or failed:
                return _texts(cells, failed)
    except (Protected, PasswordError):
        raise _NotATable("protected") from None
    except CutShort:
        raise _NotATable("not_a_table") from None
    except (KeyboardInterrupt, SystemExit, _NotATable):
        raise
    except BaseException:  # noqa: BLE001 the reader's own panics are no Exception
        raise _NotATable("not_a_table") from None
    raise _NotATable("empty_file")


def _texts(cells: list[list[Any]], failed: frozenset[tuple[int, int]]) -> list[list[str]]:
    records = [[cell if type(cell) is str else _text(cell) for cell in record] for record in cells]
    # The reader gives a failed formula as an empty cell; left so, it would count as "not answered".
    width = max([len(record) for record in records] + [column + 1 for _, column in failed])
    records += [[] for _ in range(max((row for row, _ in failed), default=-1) + 1 - len(records))]
    for record in records:
        record.extend([""] * (width - len(record)))
    for row, column in failed:
        records[row][column] = FORMULA_ERROR
    return records


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return (cell + dt.timedelta(microseconds=500_000)).isoformat(timespec="seconds")[:19]
    return str(cell)
