"""What the people around a school know beside what is printed: its staff, who answered, who came and who left.

The strongest reader knows exactly how many people every figure stands for. Where `Known` says so, that is used; else
the attack takes every number that fits what is told: a rounded number of respondents, the response and the staff, a
class whose upper end is half of it.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, inf
from pathlib import Path

from wellbeing.attack.asked import groups_asked
from wellbeing.attack.told import ALL, OWN_USES, Cell, Told, Unit
from wellbeing.errors import InputError, Problem

#: Respondents are told to the nearest five: the true number is at most two away (R5).
_ABOUT, _OFF = 5, 2
#: In the place of a measure: people, whatever they answered.
EVERYBODY = "everybody"
#: A school without a roster: larger than any.
_MOST_STAFF = 5000


@dataclass(frozen=True)
class Known:
    """What a reader knows exactly.

    Attributes
    ----------
    people : dict
        Survey, wave, unit, group and measure to the number of people scored; with `EVERYBODY` in the measure's place,
        of people who answered at all.
    changes : dict
        Unit to how many of its people joined and how many left between two waves (or answered late and withdrew between
        two issues); a unit that is not named had no change where any is, and is taken at its worst where none is.
    answered : dict
        Survey, wave and unit to how many people answered at all.
    """

    people: Mapping[tuple[str, str, str, str, str], int] = field(default_factory=dict)
    changes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    answered: Mapping[tuple[str, str, str], int] = field(default_factory=dict)

    def respondents_of(self, told: Told, unit: Unit) -> tuple[int, int]:
        """Give the fewest and the most respondents of a unit: exactly where known, else all that fit what is told."""
        exact = self.answered.get((told.survey, told.wave, unit.id))
        return respondents(told, unit) if exact is None else (exact, exact)


def read_known(path: Path) -> Known:
    """Read what is known from a CSV file.

    Columns ``survey, wave, unit, group, measure, n`` for numbers of people; ``unit, joined, left`` for changes. A row
    may have either or both.

    Raises
    ------
    InputError
        If the file is missing or a number is none.
    """
    if not path.is_file():
        raise InputError([Problem("release_file_missing", file=path.name)])
    problems, people, changes = [], {}, {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for place, row in enumerate(csv.DictReader(file), start=2):
            for column in ("n", "joined", "left"):
                if row.get(column) and not str(row[column]).isdigit():
                    problems.append(Problem("audit_not_a_number", file=path.name, row=place, column=column))
            if problems:
                continue
            if row.get("n"):
                key = (row["survey"], row["wave"], row["unit"], row.get("group") or ALL, row["measure"])
                people[key] = int(row["n"])
            if row.get("joined") or row.get("left"):
                changes[row["unit"]] = (int(row.get("joined") or 0), int(row.get("left") or 0))
    if problems:
        raise InputError(problems)
    return Known(people, changes)


def _asked(told: Told, known: Known, cell: Cell) -> float:
    """Give how many people at most a question can have been put to, where groups of people are known."""
    groups = groups_asked(told, cell.measure) if told.use(cell.measure) in OWN_USES else ()
    if not groups or cell.group not in (ALL, *groups):
        return inf
    wanted = groups if cell.group == ALL else (cell.group,)
    counted = [known.people.get((told.survey, told.wave, cell.unit, group, EVERYBODY)) for group in wanted]
    return sum(inf if n is None else n for n in counted)


def most_staff(told: Told, schools: frozenset[str]) -> int:
    """Give how many people some schools have at most: their staff."""
    return sum(told.staff.get(school, _MOST_STAFF) for school in schools)


@lru_cache(maxsize=512)
def respondents(told: Told, unit: Unit) -> tuple[int, int]:
    """Give the fewest and the most respondents of a unit that fit what is told of it."""
    staff = [told.staff.get(school) for school in unit.schools]
    low, high = 0, most_staff(told, frozenset(unit.schools))
    if unit.respondents is not None:
        off = _OFF if unit.respondents % _ABOUT == 0 else 0
        low, high = max(low, unit.respondents - off), min(high, unit.respondents + off)
    if unit.response is not None and all(count is not None for count in staff):
        everybody = sum(count or 0 for count in staff)
        step = Fraction(int(told.number("response_step", 5)))
        least = Fraction(unit.response) - (0 if unit.response >= 95 else step / 2)
        most = Fraction(100) if unit.response >= 95 else Fraction(unit.response) + step / 2
        first, last = ceil(least * everybody / 100), floor(most * everybody / 100)
        # 93 per cent is told as 90: the step below the top one is wider (R10).
        if unit.response == 95 - step:
            last = floor(Fraction(95 * everybody, 100))
        if max(low, first) <= min(high, last):
            low, high = max(low, first), min(high, last)
    return low, high


def people_in(told: Told, known: Known, unit: Unit, cell: Cell) -> tuple[int, int]:
    """Give the fewest and the most people that a figure can stand for."""
    exact = known.people.get((told.survey, told.wave, cell.unit, cell.group, cell.measure))
    if exact is None:
        exact = cell.whole("n")
    if exact is not None:
        return exact, exact
    low, high = 0, int(min(respondents(told, unit)[1], _asked(told, known, cell)))
    first, last = cell.whole("low"), cell.whole("high")
    if first is not None and last is not None:
        width = int(told.number("class_width", 5))
        if told.use(cell.measure) in OWN_USES and (cell.side != "untold" or last == first + width // 2):
            # The class over the middle is there as well, and holds so many counts; its upper end tells no more.
            low = max(low, 2 * (first if cell.side == "untold" else last + 1) + width - 1)
        elif cell.side == "untold":
            low, high = max(low, 2 * last), min(high, 2 * last + 1)
        elif cell.side in {"few", "many"}:
            # A class says of which side it is only if that is the smaller one.
            low = max(low, 2 * first)
    count = cell.whole("count")
    if count is not None:
        low = max(low, count)
    return low, high
