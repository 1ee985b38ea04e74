"""Read any file that a platform or a spreadsheet writes into one table of texts.

The content decides what a file is, not the ending of its name: platforms call an ``.xlsx`` ``.xls`` and the other
way round. Text is decoded strictly; a wrong guess would turn names of schools into other characters silently.
"""

import datetime as dt
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from wellbeing.delimited import MOST_BYTES as MOST_TEXT_BYTES
from wellbeing.delimited import WESTERN, NotATable, encoding_of, split_bytes
from wellbeing.errors import InputError, Problem
from wellbeing.importers.workbooks import (
    Archive,
    CutShort,
    Protected,
    Seen,
    TooLarge,
    column_letters,
    look_into,
)

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

#: What stands in a cell whose formula failed, or was never calculated.
FORMULA_ERROR = "#VALUE!"

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: Up to here every whole number has its own float, and a spreadsheet program shows all of its digits.
_EXACT = 10**15
#: So many different cells are kept once each; beyond that hardly any comes again.
_REMEMBERED = 500_000
_PLAIN = frozenset({str, float})


@dataclass(frozen=True)
class Opened:
    """A file's one table.

    Attributes
    ----------
    records : list of list of str
        The cells row by row as a spreadsheet shows them, stripped of nothing, blank rows kept; of a workbook all rows
        are equally long, of a text each is as long as it is.
    noticed : tuple of Problem
        What is to be told of the file and stops nothing.
    """

    records: list[list[str]] = field(repr=False)
    noticed: tuple[Problem, ...] = ()


def open_table(file: str, content: bytes) -> Opened:
    """Take a workbook (``.xlsx``, ``.xlsm``, ``.xls``, ``.ods``) or delimited text apart.

    Text may be UTF-8, UTF-16 with a byte-order mark, GB18030, or Windows-1252 where it can be nothing else. Of a
    workbook the one sheet that shows something is read, hidden ones never; macros are not run and links not followed;
    dates become ISO texts, whole numbers lose their ``.0``.

    Raises
    ------
    InputError
        If it is not a table, cut short, protected by a password, too large, or in no known encoding; if a workbook
        has several sheets with content, or merged cells.
    """
    try:
        if not content.strip():
            raise NotATable("empty_file")
        if content.startswith((_ZIP, _COMPOUND)):
            records, warnings = _workbook(content)
        else:
            if len(content) > MOST_TEXT_BYTES:
                raise NotATable("file_too_large", fields={"most": MOST_TEXT_BYTES // 1_000_000})
            encoding = encoding_of(content)
            records = split_bytes(content, encoding)
            warnings = {"western_encoding": {}} if encoding == WESTERN else {}
    except NotATable as reason:
        raise InputError([Problem(reason.what, file, reason.row, reason.column, reason.fields)]) from None
    return Opened(records, tuple(Problem(what, file, fields=fields) for what, fields in sorted(warnings.items())))


def _workbook(content: bytes) -> tuple[list[list[str]], dict[str, dict[str, str | int]]]:
    from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

    found: list[tuple[list[list[str]], list[tuple[int, int]]]] = []
    hidden = 0
    try:
        seen = look_into(content)
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            for place, sheet in enumerate(book.sheets_metadata):
                if sheet.visible != SheetVisibleEnum.Visible:
                    hidden += 1
                    continue
                # One sheet after the other: together they might fill the memory.
                page = book.get_sheet_by_index(place)
                records = _texts(page, seen.failed.get(place, frozenset()))
                if any(any(map(str.strip, record)) for record in records):
                    found.append((records, _merged(page, seen, place)))
    except (Protected, PasswordError):
        raise NotATable("protected") from None
    except TooLarge:
        raise NotATable("workbook_too_large") from None
    except Archive:
        raise NotATable("packed_files") from None
    except CutShort:
        raise NotATable("not_a_table") from None
    except (KeyboardInterrupt, SystemExit, NotATable):
        raise
    except BaseException:  # noqa: BLE001 the reader's own panics are no Exception
        raise NotATable("not_a_table") from None
    if not found:
        raise NotATable("only_hidden_sheets" if hidden else "empty_file")
    if len(found) > 1:
        raise NotATable("several_sheets", fields={"count": len(found)})
    records, merged = found[0]
    if merged:
        row, column = min(merged)
        # Of merged cells the first alone holds what the eye sees in all of them; the others would count as blank.
        raise NotATable("merged_cells", row + 1, column_letters(column), {"count": len(merged)})
    warnings: dict[str, dict[str, str | int]] = {what: {} for what in seen.warnings}
    if hidden:
        warnings["hidden_sheets"] = {"count": hidden}
    return records, warnings


def _merged(page: "CalamineSheet", seen: Seen, place: int) -> list[tuple[int, int]]:
    return [first for first, _ in page.merged_cell_ranges or []] or seen.merged.get(place, [])


def _texts(page: "CalamineSheet", failed: frozenset[tuple[int, int]]) -> list[list[str]]:
    # The reader leaves out the blank columns on the left, and gives a failed formula as an empty cell; left so, it
    # would count as "not answered".
    before = [""] * page.start[1] if page.start else []
    width = max([page.total_width, *(column + 1 for _, column in failed)])
    # Equal cells are looked up, and kept, once: of a survey's answers hardly any is unlike all others.
    known: dict[str | float, str] = {}
    records = []
    rows: Iterable[list[Any]] = page.iter_rows() if page.start else ()
    for row in rows:
        if _PLAIN.issuperset(map(type, row)):
            found = list(map(known.get, row))
            record = _completed(found, row, known) if None in found else cast("list[str]", found)
        else:
            # TRUE is as good as 1 to a dictionary, and a date is never looked up twice.
            record = [_text(cell) for cell in row]
        record = before + record
        record.extend([""] * (width - len(record)))
        records.append(record)
    records += [[""] * width for _ in range(max((row for row, _ in failed), default=-1) + 1 - len(records))]
    for at, column in failed:
        records[at][column] = FORMULA_ERROR
    return records


def _completed(found: list[str | None], row: list[Any], known: dict[str | float, str]) -> list[str]:
    record = []
    for cell, text in zip(row, found, strict=True):
        text = _text(cell) if text is None else text
        if len(known) < _REMEMBERED:
            known[cell] = text
        record.append(text)
    return record


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        # Beyond that the last digits are no longer those that were typed: left as a fraction, it is no code.
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, dt.datetime):
        return (cell + dt.timedelta(microseconds=500_000)).isoformat(timespec="seconds")[:19]
    return str(cell)
