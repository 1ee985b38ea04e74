"""Read ``data/roster.csv``: one row per school, as a spreadsheet program or a person wrote it."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.delimited import NotATable, decode, split
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.surveys.wording import same_text

if TYPE_CHECKING:
    import pandas as pd

_NEEDED = ("school_id", "name", "town", "kind", "rural", "staff")
_SCHOOL_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")
#: Spreadsheet programs write 46 as 46.0 where the column held a fraction once.
_STAFF = re.compile(r"([1-9][0-9]{0,4})(?:\.0+)?")
#: What is said of an export does not fit the roster, which no platform writes and which is always a CSV.
_IN_A_ROSTER = {"not_a_table": "roster_no_csv", "wrong_encoding": "roster_no_csv", "broken_quotes": "roster_quotes"}
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_schools(path: Path, kinds: tuple[str, ...]) -> "pd.DataFrame":
    """Read the schools of a roster and check every cell.

    Returns
    -------
    DataFrame
        As `wellbeing.surveys.Roster` describes it.

    Raises
    ------
    UsageError
        If there is no roster yet, or it may not be opened.
    InputError
        With every fault of the file.
    """
    import pandas as pd

    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no_roster", path=str(path)) from None
    except OSError:
        raise UsageError("cannot_open", path=str(path)) from None
    records = _records(content, path.name)
    header, rows = _named(records, path.name)
    problems = list(_faults(rows, path.name, kinds))
    if problems:
        raise InputError(problems)
    cells = {name: [row[name] for row in rows.values()] for name in ("name", "town", "kind")}
    schools = pd.DataFrame(cells, pd.Index([row["school_id"] for row in rows.values()], name="school_id"), dtype="str")
    schools["rural"] = [_plain(row["rural"]) == "yes" for row in rows.values()]
    schools["staff"] = [_staff(row["staff"]) for row in rows.values()]
    groups = [row["group"] if "group" in header else "" for row in rows.values()]
    schools["group"] = pd.Series(groups, schools.index, dtype="str")
    return schools


def _records(content: bytes, file: str) -> list[list[str]]:
    if not content.strip():
        raise InputError([Problem("empty_file", file)])
    try:
        if content.startswith(_BINARY):
            raise NotATable("not_a_table")
        return split(decode(content))
    except NotATable as reason:
        raise InputError([Problem(_IN_A_ROSTER.get(reason.what, reason.what), file, reason.row)]) from None


def _named(records: list[list[str]], file: str) -> tuple[list[str], dict[int, dict[str, str]]]:
    """Give the header, and the cells of each row by the header; blank rows, which programs leave behind, left out."""
    filled = {place + 1: [cell.strip() for cell in cells] for place, cells in enumerate(records)}
    filled = {row: cells for row, cells in filled.items() if any(cells)}
    if not filled:
        raise InputError([Problem("empty_file", file)])
    first = min(filled)
    header = [_plain(cell) for cell in filled.pop(first)]
    problems = [Problem("missing_column", file, column=name) for name in _NEEDED if name not in header]
    known = [name for name in header if name in (*_NEEDED, "group")]
    problems += [Problem("doubled_column", file, first, name) for name in dict.fromkeys(known) if known.count(name) > 1]
    # Where columns are missing the rest would be said of the wrong ones.
    if problems:
        raise InputError(problems)
    for row, cells in filled.items():
        if len(cells) < len(header) or any(cells[len(header) :]):
            fields: dict[str, str | int] = {"found": len(cells), "wanted": len(header)}
            problems.append(Problem("row_length", file, row, None, fields))
    if not filled:
        problems.append(Problem("empty_file", file))
    if problems:
        raise InputError(problems)
    return header, {row: dict(zip(header, cells, strict=False)) for row, cells in filled.items()}


def _faults(rows: dict[int, dict[str, str]], file: str, kinds: tuple[str, ...]) -> Iterator[Problem]:
    # Reports are files named after schools, and on Windows S1 and s1 are one file; exports name schools, and
    # there neither blanks nor the width of a bracket tells two apart.
    ids: dict[str, int] = {}
    names: dict[str, int] = {}
    own = {same_text(cells["school_id"]): row for row, cells in rows.items()}
    for row, cells in rows.items():
        id_, name = same_text(cells["school_id"]), same_text(cells["name"])
        if not _SCHOOL_ID.fullmatch(cells["school_id"]):
            yield Problem("bad_school_id", file, row, "school_id")
        elif ids.setdefault(id_, row) != row:
            yield Problem("repeats_row", file, row, "school_id", {"first": ids[id_]})
        if name and names.setdefault(name, row) != row:
            yield Problem("repeats_row", file, row, "name", {"first": names[name]})
        elif name in own and own[name] != row:
            yield Problem("name_is_an_id", file, row, "name", {"other": own[name]})
        for column in ("name", "town"):
            if not cells[column]:
                yield Problem("empty_cell", file, row, column)
        if cells["kind"] not in kinds:
            yield Problem("bad_kind", file, row, "kind", {"known": ", ".join(kinds)})
        if _plain(cells["rural"]) not in {"yes", "no"}:
            yield Problem("bad_rural", file, row, "rural")
        if _staff(cells["staff"]) is None:
            yield Problem("bad_staff", file, row, "staff")


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().lower()


def _staff(cell: str) -> int | None:
    number = _STAFF.fullmatch(_plain(cell))
    return int(number.group(1)) if number else None
