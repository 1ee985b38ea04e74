"""Read any file that a platform or a spreadsheet writes into one table of texts.

The content decides what a file is, not the ending of its name: platforms call an ``.xlsx`` ``.xls`` and the other
way round. Text is decoded strictly; a wrong guess would turn names of schools into other characters silently.
"""

import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellbeing.delimited import NotATable, decode, split
from wellbeing.errors import InputError, Problem
from wellbeing.importers.exports import Source
from wellbeing.importers.sources import open_source
from wellbeing.importers.workbooks import column_letters

#: What stands in a cell whose formula failed, or was never calculated.
FORMULA_ERROR = "#VALUE!"

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Up to here every whole number has its own float, and a spreadsheet program shows all of its digits.
_EXACT = 10**15


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


def read_records(source: Source) -> list[list[str]]:
    """Take ``.xlsx``, ``.xls`` or delimited text in UTF-8, UTF-16 with a byte-order mark or GB18030 apart.

    Of a workbook the one sheet that shows something is read, hidden ones never; dates become ISO texts, whole
    numbers lose their ``.0``. Blank rows are kept; rows are as long as they are.

    Raises
    ------
    InputError
        If it is not a table, cut short, protected by a password, or in no known encoding; if a workbook has several
        sheets with content, or merged cells.
    """
    try:
        return _records(source.content)
    except NotATable as reason:
        raise InputError([Problem(reason.what, source.file, reason.row, reason.column, reason.fields)]) from None


def table_of(source: Source) -> Table:
    """Give the cells of a source with one header row.

    Raises
    ------
    InputError
        As `read_records` does; if there is no row of data, or rows that do not fit the header.
    """
    try:
        return _table(source.file, source.digest, source.records)
    except NotATable as reason:
        raise InputError([Problem(reason.what, source.file, reason.row, reason.column, reason.fields)]) from None


def read_table(path: Path) -> Table:
    """Open a file and give its cells; see `open_source` and `table_of`."""
    return table_of(open_source(path))


def _records(content: bytes) -> list[list[str]]:
    if not content.strip():
        raise NotATable("empty_file")
    if content.startswith((_ZIP, _COMPOUND)):
        return _workbook(content)
    return split(decode(content))


def _table(file: str, digest: str, records: list[list[str]]) -> Table:
    filled = [place for place, cells in enumerate(records) if any(cell.strip() for cell in cells)]
    if not filled:
        raise NotATable("empty_file")
    header = records[filled[0]]
    width = len(header)
    body = filled[1:]
    if not body:
        raise NotATable("no_data_row")
    if _filled_cells(header) == 1 < _filled_cells(records[body[0]]):
        raise NotATable("title_above_header", filled[0] + 1)
    problems = []
    for place in body:
        cells = records[place]
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            problems.append(Problem("cells_do_not_fit", file, place + 1))
    if problems:
        raise InputError(problems)
    columns = tuple(list(column) for column in zip(*(records[place][:width] for place in body), strict=True))
    blank = len(records) - filled[0] - len(filled)
    return Table(file, digest, tuple(header), columns, [place + 1 for place in body], blank)


def _filled_cells(cells: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _workbook(content: bytes) -> list[list[str]]:
    from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

    from wellbeing.importers.workbooks import CutShort, Protected, TooLarge, check_workbook

    try:
        errors = check_workbook(content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = []
        for place, sheet in enumerate(book.sheets_metadata):
            if sheet.visible == SheetVisibleEnum.Visible:
                page = book.get_sheet_by_index(place)
                cells = page.to_python(skip_empty_area=False)
                if cells or errors.get(place):
                    found.append((_texts(cells, errors.get(place, frozenset())), page.merged_cell_ranges or []))
    except (Protected, PasswordError):
        raise NotATable("protected") from None
    except TooLarge:
        raise NotATable("workbook_too_large") from None
    except CutShort:
        raise NotATable("not_a_table") from None
    except (KeyboardInterrupt, SystemExit, NotATable):
        raise
    except BaseException:  # noqa: BLE001 the reader's own panics are no Exception
        raise NotATable("not_a_table") from None
    found = [(records, merged) for records, merged in found if any(map(_filled_cells, records))]
    if not found:
        raise NotATable("empty_file")
    if len(found) > 1:
        raise NotATable("several_sheets", fields={"count": len(found)})
    records, merged = found[0]
    if merged:
        (row, column), _ = min(merged)
        # Of merged cells the first alone holds what the eye sees in all of them; the others would count as blank.
        raise NotATable("merged_cells", row + 1, column_letters(column), {"count": len(merged)})
    return records


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
        # Beyond that the last digits are no longer those that were typed: left as a fraction, it is no code.
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, dt.datetime):
        return (cell + dt.timedelta(microseconds=500_000)).isoformat(timespec="seconds")[:19]
    return str(cell)
