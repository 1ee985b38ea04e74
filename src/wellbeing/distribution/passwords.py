"""Each school's own password, for zip archives and encrypted PDFs: made, kept outside the workspace, read when used."""

import csv
import io
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from wellbeing.delimited import NotATable, decode, split
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.workspace import Workspace

#: Without letters and digits that look alike on paper; 32 of them, so five bits each.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_GROUPS, _LETTERS = 5, 4
#: A zip archive's own way of slowing guesses is weak, so nothing shorter is taken.
SHORTEST = 12


def new_passwords(workspace: Workspace, schools: list[str], path: Path) -> None:
    """Write a new password of 100 bits for every school into a new file outside the workspace.

    Raises
    ------
    UsageError
        If the file is there already, or lies in the workspace, which is copied and backed up with the reports.
    """
    if workspace.root in path.resolve().parents:
        raise UsageError("passwords_in_workspace")
    table = io.StringIO(newline="")
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(["school_id", "password"])
    rows.writerows([school, _new()] for school in schools)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except FileExistsError:
        raise UsageError("passwords_there", path=str(path)) from None
    with os.fdopen(handle, "wb") as file:
        file.write(table.getvalue().encode("ascii"))


def read_passwords(path: Path, schools: list[str]) -> dict[str, str]:
    """Read each school's password.

    Raises
    ------
    UsageError
        If the file cannot be opened.
    InputError
        With every fault: a school without one, a short one, one that two schools share. None stands in a message.
    """
    try:
        records = split(decode(path.read_bytes()))
    except OSError:
        raise UsageError("cannot_open", path=str(path)) from None
    except NotATable as reason:
        raise InputError([Problem("recipients_no_table", path.name, reason.row)]) from None
    if [cell.strip() for cell in records[0]] != ["school_id", "password"]:
        raise InputError([Problem("passwords_header", path.name, 1)])
    found: dict[str, str] = {}
    problems = list(_faults(records[1:], path.name, schools, found))
    if problems:
        raise InputError(problems)
    return found


def _faults(records: list[list[str]], file: str, schools: list[str], found: dict[str, str]) -> Iterator[Problem]:
    rows: dict[str, int] = {}
    for row, cells in enumerate(records, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != 2:
            yield Problem("row_length", file, row, None, {"found": len(cells), "wanted": 2})
            continue
        school, password = (cell.strip() for cell in cells)
        if school not in schools:
            yield Problem("recipient_unknown", file, row, "school_id")
        elif school in found:
            yield Problem("repeats_row", file, row, "school_id", {"first": rows[school]})
        elif not password.isascii() or not password.isprintable() or len(password) < SHORTEST:
            yield Problem("password_weak", file, row, "password", {"shortest": SHORTEST})
        elif password in found.values():
            yield Problem("password_shared", file, row, "password")
        found.setdefault(school, password)
        rows.setdefault(school, row)
    for school in schools:
        if school not in found:
            yield Problem("recipient_missing", file, None, None, {"school": school})


def _new() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
