"""Read the schools' yearly record sheets: find everything wrong with all of them at once, then keep them or nothing.

A sheet is recognised by a mark in its first cell and read by the ids in its first column.
"""

import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.import_register import file_key
from wellbeing.importers.days import days_of
from wellbeing.measures import STAFF, Field, Measures, check_year
from wellbeing.record_store import NOT_HELD, RECORDS, source_of, store, year_folder
from wellbeing.surveys import Roster
from wellbeing.wave_lock import wave_held
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from wellbeing.importers.exports import Source

#: What the first cell of a record sheet says, and the ids of its cells beside those of the fields.
MARKER, ID_COLUMN, VALUE_COLUMN = "wellbeing-records-1", "id", "value"
SCHOOL, YEAR, STAFF_CELL = "school", "year", "staff"
#: The words of the sheet for a thing that was not held, and for yes and no.
NONE = {"zh": "无", "en": "none"}
YES, NO = {"zh": "是", "en": "yes"}, {"zh": "否", "en": "no"}
NOT_HERE = {"zh": "不适用", "en": "does not apply"}
_NONE = frozenset({"无", "没有", "未开展", "未召开", "none", "no"})
_CHOICES = {"是": "yes", "yes": "yes", "否": "no", "no": "no", "不适用": "na", "does not apply": "na"}
#: Whatever is longer is no record sheet; an export of a county has more.
MOST_BYTES = 500_000
#: Workbooks that an office may send back; whatever else lies in a folder is no sheet.
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".et", ".ods"})
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,4})?")


@dataclass(frozen=True)
class Sheet:
    """One school's checked sheet: field to value as it is stored, ``none`` for what was not held, "" for missing."""

    file: str
    digest: str
    school: str
    year: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class TakenRecords:
    """What came of some sheets: the year, the schools that they are of, and the roster's schools still without one."""

    year: str
    schools: tuple[str, ...]
    lacking: tuple[str, ...]


def is_record_sheet(path: Path) -> bool:
    """Say whether a file is a record sheet, by the mark in its first cell.

    A workbook that cannot be read is one if the mark stands in it anywhere; then what is wrong with it can be told.
    """
    from wellbeing.importers.sources import open_source

    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return False
        records = open_source(path).records
    except (InputError, UsageError, OSError):
        return _holds_mark(path)
    return bool(records and records[0]) and _plain(records[0][0]) == MARKER


def _holds_mark(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as book:
            texts = [
                part for part in book.infolist() if part.filename.startswith("xl/") and part.file_size <= MOST_BYTES
            ]
            return any(MARKER.encode() in book.read(part) for part in texts)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error):
        return False


def record_files(paths: Iterable[Path]) -> list[Path]:
    """Give the files that are meant: themselves, and of a folder its workbooks, but no program's lock on them."""
    found: list[Path] = []
    for path in paths:
        inside = [path]
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix.lower() in _WORKBOOKS and each.is_file())
        found += [each for each in inside if not each.name.startswith(("~$", "."))]
    return found


def read_sheets(paths: Sequence[Path], measures: Measures, roster: Roster, today: date | None = None) -> list[Sheet]:
    """Read and check some sheets.

    Parameters
    ----------
    paths : sequence of Path
    measures : Measures
    roster : Roster
    today : date, optional
        Nothing can have been held after it; without it a day may lie anywhere in the school year.

    Raises
    ------
    UsageError
        If a file is not there.
    InputError
        With every problem of every sheet: a cell that is gone, doubled or unknown, a text where a number belongs, a
        day that may be two, lies outside the school year or is still to come, more persons or events than those they
        are counted among, no school or one that the roster does not have, two sheets of one school, sheets of several
        years.
    """
    from wellbeing.importers.sources import open_source

    sheets: list[Sheet] = []
    problems: list[Problem] = []
    first: dict[str, str] = {}
    for path in paths:
        source = open_source(path)
        try:
            sheet, found = _read(source, measures, roster, today)
        except InputError as error:
            problems += error.problems
            continue
        problems += found
        if sheet is None:
            continue
        if first.setdefault(sheet.school, sheet.file) != sheet.file or any(s.school == sheet.school for s in sheets):
            fields: dict[str, str | int] = {"other": first[sheet.school], "school": sheet.school}
            problems.append(Problem("record_twice", sheet.file, column=SCHOOL, fields=fields))
        if sheets and sheet.year != sheets[0].year:
            problems.append(Problem("record_years", sheet.file, column=YEAR, fields={"year": sheets[0].year}))
        sheets.append(sheet)
    if problems:
        raise InputError(problems)
    return sheets


def take_in_records(
    workspace: Workspace, paths: Sequence[Path], measures: Measures, roster: Roster, today: date | None = None
) -> TakenRecords:
    """Check some sheets and keep them all, or none if anything is wrong with one.

    A sheet with the name of an earlier one replaces it; another sheet of a school that has one already is refused.
    Parameters are those of `read_sheets`.

    Raises
    ------
    UsageError
        If a file is not there, there is none, or another process writes records.
    InputError
        As `read_sheets`.
    """
    sheets = read_sheets(paths, measures, roster, today)
    if not sheets:
        raise UsageError("no_record_sheets")
    year = sheets[0].year
    with wave_held(workspace, RECORDS, year_folder(year)):
        folder = workspace.working(RECORDS, year_folder(year))
        problems = []
        for sheet in sheets:
            earlier = source_of(folder / f"{sheet.school}.csv")
            if earlier and file_key(earlier) != file_key(sheet.file):
                told: dict[str, str | int] = {"other": earlier, "school": sheet.school}
                problems.append(Problem("record_twice", sheet.file, column=SCHOOL, fields=told))
        if problems:
            raise InputError(problems)
        for sheet in sheets:
            store(folder / f"{sheet.school}.csv", sheet.file, sheet.digest, sheet.values)
    known = [str(school) for school in roster.schools.index]
    lacking = tuple(school for school in known if not (folder / f"{school}.csv").is_file())
    return TakenRecords(year, tuple(sheet.school for sheet in sheets), lacking)


def _read(
    source: "Source", measures: Measures, roster: Roster, today: date | None
) -> tuple[Sheet | None, list[Problem]]:
    """Give a sheet, None where its school or year is not known, and all that is wrong with it."""
    records = source.records
    if not records or not records[0] or _plain(records[0][0]) != MARKER:
        return None, [Problem("record_no_sheet", source.file)]
    head = [_plain(cell) for cell in records[1]] if len(records) > 1 else []
    if VALUE_COLUMN not in head:
        return None, [Problem("record_no_sheet", source.file)]
    at = head.index(VALUE_COLUMN)
    rows: dict[str, tuple[int, str]] = {}
    problems: list[Problem] = []
    known = {SCHOOL, YEAR, STAFF_CELL, *(field.id for field in measures.fields)}
    for number, row in enumerate(records[2:], 3):
        name, cell = _plain(row[0]) if row else "", row[at].strip() if at < len(row) else ""
        if not name:
            if cell:
                problems.append(Problem("record_no_id", source.file, number))
        elif name not in known:
            problems.append(Problem("record_unknown", source.file, number, ID_COLUMN))
        elif name in rows:
            problems.append(Problem("repeats_row", source.file, number, ID_COLUMN, {"first": rows[name][0]}))
        else:
            rows[name] = (number, cell)
    problems += [Problem("record_lacks", source.file, column=name) for name in sorted(known - rows.keys())]
    reader = _Reader(source.file, measures, rows, problems, today)
    school, year = reader.school(roster), reader.year()
    staff = reader.staff(roster, school)
    values = {field.id: reader.value(field, year) for field in measures.fields if field.id in rows}
    for field in measures.fields:
        reader.compare(field, values, staff)
    if school is None or year is None:
        return None, problems
    return Sheet(source.file, source.digest, school, year, values), problems


@dataclass(frozen=True)
class _Reader:
    """Reads one sheet's cells, and adds what is wrong with them to its problems."""

    file: str
    measures: Measures
    rows: Mapping[str, tuple[int, str]]
    problems: list[Problem]
    today: date | None

    def fault(self, name: str, what: str, **fields: str | int) -> None:
        self.problems.append(Problem(what, self.file, self.rows[name][0], name, fields))

    def school(self, roster: Roster) -> str | None:
        if SCHOOL not in self.rows:
            return None
        cell = unicodedata.normalize("NFKC", self.rows[SCHOOL][1]).strip()
        if not cell:
            self.fault(SCHOOL, "record_no_school")
            return None
        ids = {str(id_).lower(): str(id_) for id_ in roster.schools.index}
        names = {_plain(name): str(id_) for id_, name in roster.schools["name"].items()}
        first, *rest = cell.split(maxsplit=1)
        found = ids.get(first.lower()) or names.get(_plain(cell))
        # A code beside another school's name: nobody knows which of the two is meant.
        if found is None or (rest and names.get(_plain(rest[0]), found) != found):
            self.fault(SCHOOL, "record_school_unknown")
            return None
        return found

    def year(self) -> str | None:
        if YEAR not in self.rows:
            return None
        try:
            return check_year(re.sub(r"\s|学年", "", _plain(self.rows[YEAR][1])))
        except UsageError:
            self.fault(YEAR, "record_year")
            return None

    def staff(self, roster: Roster, school: str | None) -> int | None:
        if school is None:
            return None
        listed = int(roster.schools["staff"][school])
        cell = _plain(self.rows[STAFF_CELL][1]) if STAFF_CELL in self.rows else ""
        if cell and not (cell.isdecimal() and int(cell) == listed):
            self.fault(STAFF_CELL, "record_staff", staff=listed)
        return listed

    def value(self, field: Field, year: str | None) -> str:
        cell = _plain(self.rows[field.id][1])
        if not cell:
            return ""
        if field.kind == "choice":
            if cell not in _CHOICES:
                self.fault(field.id, "record_not_choice", yes=YES["zh"], no=NO["zh"], na=NOT_HERE["zh"])
            return _CHOICES.get(cell, "")
        if field.kind in ("held", "date"):
            return NOT_HELD if field.kind == "held" and cell in _NONE else self._day(field, cell, year)
        number = _NUMBER.fullmatch(cell)
        whole = number is not None and float(cell).is_integer()
        if number is None:
            self.fault(field.id, "record_not_number")
        elif field.kind == "people" and not whole:
            self.fault(field.id, "record_not_whole")
        elif field.most is not None and float(cell) > field.most:
            self.fault(field.id, "record_too_large", most=f"{field.most:g}")
        elif field.kind == "money" and float(cell) == 0:
            self.fault(field.id, "record_zero")
        else:
            return str(int(float(cell))) if whole else cell
        return ""

    def _day(self, field: Field, cell: str, year: str | None) -> str:
        days = days_of(cell)
        if not days:
            self.fault(field.id, "record_not_date" if field.kind == "date" else "record_not_held", none=NONE["zh"])
        elif len(days) > 1:
            self.fault(field.id, "record_date_unclear")
        elif year is not None:
            (day,) = days
            first, last = self.measures.days(year)
            if not first <= day <= last:
                self.fault(field.id, "record_date_outside", first=first.isoformat(), last=last.isoformat())
            elif self.today is not None and day > self.today:
                self.fault(field.id, "record_date_to_come", today=self.today.isoformat())
            else:
                return day.isoformat()
        return ""

    def compare(self, field: Field, values: Mapping[str, str], staff: int | None) -> None:
        """Find more persons, or events, than those among whom they are counted."""
        count = values.get(field.id, "")
        if not count:
            return
        other = values.get(field.no_more_than or "", "")
        if other and float(count) > float(other):
            self.fault(field.id, "record_more_than", other=field.no_more_than or "")
        if field.of is None:
            return
        if field.of == STAFF:
            if staff is not None and int(count) > staff:
                self.fault(field.id, "record_more_than_staff", staff=staff)
        elif whole := values.get(field.of, ""):
            if float(count) > float(whole):
                self.fault(field.id, "record_more_than", other=field.of)
        elif field.of in self.rows and not self.rows[field.of][1].strip():
            self.fault(field.id, "record_of_missing", other=field.of)


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", str(cell)).strip().lower()
