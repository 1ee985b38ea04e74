"""Leaks that need no equations: a unit that may not report at all, a flag on a figure that is withheld, a dominant
member of a group, two instruments that stand for nearly the same people.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations

from wellbeing.attack.findings import Leak
from wellbeing.attack.known import Known, people_in, respondents
from wellbeing.attack.scores import Family
from wellbeing.attack.single import Figure
from wellbeing.attack.told import ALL, CROSS, Told


def plain_leaks(told: Told, of: Mapping[str, Family], known: Known) -> Iterator[Leak]:
    """Find what can be read off a release figure by figure.

    Parameters
    ----------
    told : Told
    of : mapping of str to Family
        Measure to its family.
    known : Known
    """
    yield from _small(told, known)
    yield from _flags(told)
    yield from _dominant(told, of, known)
    yield from _instruments(told, known)


def _small(told: Told, known: Known) -> Iterator[Leak]:
    """Anything told of fewer people than may be told of (R1), or of a subgroup too small or leaving too few (R6)."""
    fewest = int(told.number("min_respondents", 20))
    part = int(told.number("subgroup_min", 20))
    for cell in told.cells:
        unit = told.unit(cell.unit)
        if cell.silent or unit is None:
            continue
        most = people_in(told, known, unit, cell)[1]
        everybody = respondents(told, unit)[1]
        if most < (fewest if cell.group == ALL else part) or everybody < fewest:
            yield Leak(told.name, cell.unit, cell.group, cell.measure, "small", most + 1)
        elif cell.group != ALL:
            exact = people_in(told, known, unit, cell)
            whole = [people_in(told, known, unit, other) for other in told.cells_at(cell.unit, ALL, cell.measure)]
            rest = min((n[1] for n in whole), default=everybody) - exact[0]
            if exact[0] == exact[1] and CROSS not in cell.group and rest < part:
                yield Leak(told.name, cell.unit, f"not {cell.group}", cell.measure, "small", rest + 1)


def _flags(told: Told) -> Iterator[Leak]:
    """A flag on a figure that is withheld tells something of it; grey is no flag."""
    spoken = {(cell.unit, cell.measure) for cell in told.cells if cell.numbers}
    for cell in told.cells:
        if cell.flag and cell.flag.casefold() != "grey" and (cell.unit, cell.measure) not in spoken:
            yield Leak(told.name, cell.unit, cell.group, cell.measure, "flag", 1)


def _dominant(told: Told, of: Mapping[str, Family], known: Known) -> Iterator[Leak]:
    """A member of a group knows its own count, so the group's figure is one of the others (content leak 7).

    A leak where the member is larger than the policy lets it be and some count of its own leaves too little of the
    others; or where every count of its own does.
    """
    width = int(told.number("class_width", 5))
    largest = told.number("group_max_share", 0.6)
    for cell in told.cells:
        unit = told.unit(cell.unit)
        if unit is None or unit.level != "group" or cell.group != ALL or cell.silent or len(unit.schools) < 2:
            continue
        staff = {school: told.staff.get(school, 0) for school in unit.schools}
        everybody = sum(staff.values())
        n = people_in(told, known, unit, cell)[1]
        family = of.get(cell.measure)
        if not everybody or family is None:
            continue
        counts = Figure.of(cell, family, float(told.number("sd_step", 0.5))).counts(n)
        for school, count in sorted(staff.items()):
            others = n - min(n, round(n * count / everybody))
            left = (
                [
                    min(counts[-1] - own, others) - max(counts[0] - own, 0) + 1
                    for own in range(max(0, counts[0] - others), min(counts[-1], n - others) + 1)
                ]
                if len(counts)
                else []
            )
            must = min(width, others + 1)
            if left and (max(left) < must or (count > largest * everybody and min(left) < must)):
                yield Leak(told.name, cell.unit, school, cell.measure, "dominant", min(left))
                break


def _instruments(told: Told, known: Known) -> Iterator[Leak]:
    """Two exact numbers of nearly the same people: who is in one and not in the other are too few."""
    width = int(told.number("class_width", 5))
    exact: dict[tuple[str, str], dict[str, int]] = {}
    for cell in told.cells:
        n = cell.whole("n")
        if n is not None:
            exact.setdefault((cell.unit, cell.group), {})[cell.measure] = n
    for (unit, group), people in exact.items():
        for (first, ones), (second, others) in combinations(sorted(people.items()), 2):
            if 0 < abs(ones - others) < width:
                yield Leak(told.name, unit, group, f"{first} / {second}", "instruments", 1)
