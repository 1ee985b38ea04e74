"""Read what a release tells: its tables, as somebody would who was handed them and trusts none of them.

Nothing here checks that a release keeps to its policy: a release that does not is what an attacker hopes for. Beside
the kit's own columns those are read in which other systems, and mistakes, tell more: exact numbers, per cents, means,
flags with a threshold.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from wellbeing.errors import InputError, Problem
from wellbeing.workspace import Workspace

ALL = "all"
#: Those who did not answer a background question, as in ``sex=?``.
UNKNOWN = "?"
#: The group of a table that crosses two questions, as in ``sex=female&role=teacher``.
CROSS = "&"

#: Ways of saying that a figure is not told.
_UNTOLD = {"", "-", "nan", "withheld", "none", "null"}
_KEYS = {"unit", "group", "measure", "side", "flag"}
_NUMBERS = {"low", "high", "mean_low", "mean_high", "sd", "n", "count", "percent", "mean", "at_least", "at_most"}
#: Uses of a survey's own questions: of how many people they tell is itself an answer, and written nowhere.
OWN_USES = {"favourable", "named", "unfavourable", "theme"}
_BESIDE = {"ledger.csv", "questions.csv", "themes.csv", "weighted.csv", "importance.csv"}
_NAMED = {*_BESIDE, "units.csv", "measures.csv", "policy.json", "release.json", "roster.csv"}


@dataclass(frozen=True)
class Number:
    """A printed number, and how far from it the true one may be: half its last place."""

    value: Fraction
    half: Fraction

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        return self.value - self.half, self.value + self.half


@dataclass(frozen=True)
class Cell:
    """What is told of one unit, group and measure; a number that is not told is not in `numbers`."""

    unit: str
    group: str
    measure: str
    side: str
    flag: str
    numbers: Mapping[str, Number]

    def whole(self, name: str) -> int | None:
        """Give a number that is told as a whole one."""
        number = self.numbers.get(name)
        return None if number is None else int(number.value)

    @property
    def silent(self) -> bool:
        return not self.numbers and not self.flag


@dataclass(frozen=True)
class Unit:
    """A unit as the release describes it. `respondents` and `response` are None where they are not told."""

    id: str
    level: str
    schools: tuple[str, ...]
    compare: str
    respondents: int | None
    response: int | None


@dataclass(frozen=True, eq=False)
class Told:
    """One release, as read; it is the same as itself only.

    Attributes
    ----------
    name : str
        Survey and wave, with the folder's own name where two issues of one wave are compared.
    folder : Path
    staff : dict
        Staff of each school: known to everybody in the county.
    unread : tuple of str
        Names of files and columns that say nothing which is understood here.
    """

    name: str
    survey: str
    wave: str
    folder: Path
    units: tuple[Unit, ...]
    cells: tuple[Cell, ...]
    measures: tuple[dict[str, str], ...]
    policy: Mapping[str, float]
    staff: Mapping[str, int]
    head: Mapping[str, Any]
    unread: tuple[str, ...] = ()
    surveys: Path | None = field(default=None, compare=False)

    def unit(self, id: str) -> Unit | None:
        """Give a unit by its id."""
        return self._units.get(id)

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.id: unit for unit in reversed(self.units)}

    def cell(self, unit: str, group: str, measure: str) -> Cell | None:
        """Give what is told of a unit, group and measure."""
        return next(iter(self.cells_at(unit, group, measure)), None)

    def cells_at(self, unit: str, group: str, measure: str) -> Sequence[Cell]:
        """Give everything that is told of a unit, group and measure: once, unless a table says it twice."""
        return self._places.get((unit, group, measure), ())

    @cached_property
    def _places(self) -> dict[tuple[str, str, str], list[Cell]]:
        found: dict[tuple[str, str, str], list[Cell]] = {}
        for cell in self.cells:
            found.setdefault((cell.unit, cell.group, cell.measure), []).append(cell)
        return found

    def cells_of(self, measures: Iterable[str]) -> list[Cell]:
        """Give what is told of some measures, in the table's order."""
        numbered = sorted(number for measure in measures for number in self._numbers.get(measure, ()))
        return [self.cells[number] for number in numbered]

    @cached_property
    def _numbers(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, cell in enumerate(self.cells):
            found.setdefault(cell.measure, []).append(number)
        return found

    def use(self, measure: str) -> str:
        """Say what a measure counts, by the release's own table: ``attention``, ``favourable``, ``mean`` ..."""
        return next((row.get("use", "") for row in self.measures if row["measure"] == measure), "") or "attention"

    def number(self, rule: str, default: float) -> float:
        """Give a number of the policy under which the release says it was cleared."""
        return self.policy.get(rule, default)


def read_told(folder: Path) -> Told:
    """Read a release's tables.

    Raises
    ------
    InputError
        If there is no table of figures or of units, or a cell of one is no number: every problem at once.
    """
    problems: list[Problem] = []
    unread: list[str] = []
    cells: list[Cell] = []
    rows = _table(folder / "units.csv", problems)
    units = tuple(_unit(row, place, problems) for place, row in enumerate(rows, start=2))
    found = False
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name in _NAMED or path.suffix not in {".csv", ".json"}:
            if path.is_file() and path.name not in _NAMED and path.suffix not in {".pdf", ".ipynb"}:
                unread.append(path.name)
            continue
        records = list(_records(path, problems))
        if not records or not {"unit", "measure"} <= set(records[0]):
            unread.append(path.name)
            continue
        found = True
        unread += [f"{path.name}: {name}" for name in records[0] if name not in _KEYS | _NUMBERS]
        cells += [_cell(row, path.name, place, problems) for place, row in enumerate(records, start=2)]
    if not found:
        problems.append(Problem("release_file_missing", file="cells.csv"))
    head = _json(folder / "release.json", problems)
    policy = _json(folder / "policy.json", problems)
    if problems:
        raise InputError(problems)
    survey, wave = str(head.get("survey", folder.parent.name)), str(head.get("wave", folder.name))
    workspace = _workspace(folder)
    measures = tuple(_table(folder / "measures.csv", problems)) if (folder / "measures.csv").is_file() else ()
    return Told(
        f"{survey} {wave}",
        survey,
        wave,
        folder,
        units,
        tuple(cells),
        measures,
        {rule: float(value) for rule, value in policy.items() if isinstance(value, int | float)},
        _staff(folder, workspace, problems),
        head,
        tuple(unread),
        workspace.surveys if workspace else None,
    )


def _workspace(folder: Path) -> Workspace | None:
    for above in folder.resolve().parents:
        if (above / "surveys").is_dir():
            return Workspace(above)
    return None


def _staff(folder: Path, workspace: Workspace | None, problems: list[Problem]) -> dict[str, int]:
    """Read the staff of each school: the release's own roster first, then the county's."""
    paths = [folder / "roster.csv", *([workspace.roster] if workspace else [])]
    for path in paths:
        if path.is_file():
            rows = _table(path, problems)
            staff = {row.get("school_id", ""): row.get("staff", "") for row in rows}
            return {school: int(count) for school, count in staff.items() if count.strip().isdigit()}
    return {}


def _table(path: Path, problems: list[Problem]) -> list[dict[str, str]]:
    if not path.is_file():
        problems.append(Problem("release_file_missing", file=path.name))
        return []
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append(Problem("audit_not_a_table", file=path.name))
        return []
    rows = csv.DictReader(io.StringIO(text, newline=""))
    return [{str(name): str(value or "").strip() for name, value in row.items() if name} for row in rows]


def _records(path: Path, problems: list[Problem]) -> Iterator[dict[str, str]]:
    """Read a table, written as CSV or as a JSON list of rows."""
    if path.suffix == ".csv":
        yield from _table(path, problems)
        return
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        problems.append(Problem("audit_not_a_table", file=path.name))
        return
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            yield {str(name): "" if value is None else str(value).strip() for name, value in row.items()}


def _json(path: Path, problems: list[Problem]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        problems.append(Problem("audit_not_a_table", file=path.name))
        return {}
    return found


def _unit(row: dict[str, str], place: int, problems: list[Problem]) -> Unit:
    schools = tuple(row.get("schools", "").split())
    level = row.get("level", "school") or "school"
    numbers = [_number(row.get(name, ""), "units.csv", place, name, problems) for name in ("respondents", "response")]
    respondents, response = (None if number is None else int(number.value) for number in numbers)
    return Unit(
        row.get("unit", ""), level, schools or (row.get("unit", ""),), row.get("compare", ""), respondents, response
    )


def _cell(row: dict[str, str], file: str, place: int, problems: list[Problem]) -> Cell:
    numbers = {name: _number(row.get(name, ""), file, place, name, problems) for name in sorted(_NUMBERS)}
    flag = row.get("flag", "")
    return Cell(
        row["unit"],
        row.get("group", ALL) or ALL,
        row["measure"],
        row.get("side", ""),
        "" if flag.casefold() in _UNTOLD else flag,
        {name: number for name, number in numbers.items() if number is not None},
    )


def _number(text: str, file: str, row: int, column: str, problems: list[Problem]) -> Number | None:
    text = text.strip().rstrip("%").strip()
    if text.casefold() in _UNTOLD:
        return None
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        problems.append(Problem("audit_not_a_number", file=file, row=row, column=column))
        return None
    places = len(text.partition(".")[2]) if "e" not in text.casefold() else 0
    return Number(value, Fraction(1, 2 * 10**places))
