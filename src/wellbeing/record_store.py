"""The schools' records as they are kept: a small file for each school in the working zone, field and value.

Its first line names the sheet that it came from and that sheet's digest; the sheet itself is never copied.
"""

import csv
import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.measures import check_year
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

#: The folder of the working zone that records lie in; in it one for each school year.
RECORDS = "records"
#: Of a thing that was not held: neither a day nor missing.
NOT_HELD = "none"


@dataclass(frozen=True)
class Records:
    """The records of a school year: school to field to value.

    A value is a day (``2026-10-15``), ``none`` where a thing was not held, a number, ``yes``, ``no`` or ``na`` (does
    not apply), and "" where it is missing. A school without a sheet is not there.
    """

    year: str
    schools: Mapping[str, Mapping[str, str]]

    def value(self, school: str, field: str) -> str:
        """Give a school's value of a field, "" where it or the whole sheet is missing."""
        return self.schools.get(school, {}).get(field, "")


def year_folder(year: str) -> str:
    """Name the folder of a school year; not as a wave's, which what is erased by waves must not take it for."""
    return f"year-{check_year(year)}"


def stored_years(workspace: Workspace) -> list[str]:
    """Name the school years of which records are kept, the earliest first."""
    years = []
    for path in sorted((workspace.root / "data" / "working" / RECORDS).glob("year-*")):
        try:
            years.append(check_year(path.name.removeprefix("year-")))
        except UsageError:
            continue  # a folder of somebody's own
    return years


def erase_records(workspace: Workspace, year: str) -> None:
    """Erase all records of a school year.

    Raises
    ------
    UsageError
        If `year` is no school year, or nothing is kept of it.
    """
    folder = workspace.working(RECORDS, year_folder(year))
    if not folder.is_dir():
        raise UsageError("erase_no_records", year=year)
    gone = folder.with_name(f".{folder.name}.erased")
    if gone.exists():
        shutil.rmtree(gone)
    # Out of the way at once: half a year must never be read as a whole one.
    folder.rename(gone)
    shutil.rmtree(gone)


def read_records(workspace: Workspace, year: str) -> Records:
    """Read all records of a school year; none is no fault.

    Raises
    ------
    UsageError
        If `year` is no school year.
    InputError
        If stored records are not as they were stored, with all of them.
    """
    folder = workspace.working(RECORDS, year_folder(year))
    schools: dict[str, Mapping[str, str]] = {}
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.csv")):
        try:
            values = stored_values(path)
        except InputError as error:
            problems += error.problems
        else:
            schools[path.stem] = {field: value for field, value in values.items() if field != "source"}
    if problems:
        raise InputError(problems)
    return Records(year, schools)


def store(path: Path, file: str, digest: str, values: Mapping[str, str]) -> None:
    """Keep one school's values, with the name and the digest of the sheet they were read from."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["field", "value"])
    writer.writerow(["source", json.dumps({"file": file, "sha256": digest}, ensure_ascii=False)])
    writer.writerows(values.items())
    write_whole(path, out.getvalue().encode("utf-8"))


def source_of(path: Path) -> str:
    """Give the name of the sheet that a stored record was read from; empty where there is no record.

    Raises
    ------
    InputError
        If it is not as it was stored.
    """
    if not path.is_file():
        return ""
    try:
        return str(json.loads(stored_values(path)["source"])["file"])
    except (KeyError, TypeError, ValueError):
        raise InputError([Problem("record_broken", path.name)]) from None


def stored_values(path: Path) -> dict[str, str]:
    """Read one school's stored record: field to value, and ``source``.

    Raises
    ------
    InputError
        If it is not as it was stored.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
    except (UnicodeDecodeError, csv.Error):
        raise InputError([Problem("record_broken", path.name)]) from None
    if not rows or rows[0] != ["field", "value"] or any(len(row) != 2 for row in rows):
        raise InputError([Problem("record_broken", path.name)])
    return {row[0]: row[1] for row in rows[1:]}
