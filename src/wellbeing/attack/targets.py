"""Which figures of a release are worth attacking: everything that somebody might want to know and was not told.

For every unit and every stretch of schools inside one, for every answer to a background question and for everybody but
those who gave it, for schools without a report together: how many need attention, how many do not, how many are severe,
how many are in the bands between. And the sums of scores of units, where means are told.
"""

from collections.abc import Iterator, Sequence

from wellbeing.attack.bounding import Target
from wellbeing.attack.system import Atom, Named, System, holds
from wellbeing.attack.told import ALL, CROSS, UNKNOWN, Told


def targets(system: System, releases: Sequence[Told], atoms: dict[str, Atom]) -> list[Named]:
    """List a family's targets in some releases, each sum once."""
    found: dict[tuple[tuple[int, int], ...], Named] = {}
    for number, told in enumerate(releases):
        for named in _of_release(system, number, told, atoms):
            key = tuple(sorted(named.target.sum.items()))
            if key:
                found.setdefault(key, named)
    return list(found.values())


def _of_release(system: System, number: int, told: Told, atoms: dict[str, Atom]) -> Iterator[Named]:
    inside = holds(told, atoms)
    cells = told.cells_of(system.family.measures)
    told_of = {(cell.unit, cell.measure) for cell in cells if cell.group == ALL and not cell.silent}
    groups = [group for parts in system.questions[number].values() for group in parts]
    groups += sorted({cell.group for cell in cells if CROSS in cell.group})
    width = int(told.number("class_width", 5))
    for measure in system.family.measures if system.family.counted else ():
        for unit, parts in inside.items():
            here = [atom for atom in parts if (number, atom, ALL) in system.nodes]
            if len(here) < len(parts):
                continue
            yield from _both(system, number, parts, ALL, (unit, measure, width, "figure"))
            for group in groups:
                if all((number, atom, group) in system.nodes for atom in parts):
                    kind = "unsaid" if group.endswith(f"={UNKNOWN}") else "crossed" if CROSS in group else "subgroup"
                    yield from _both(system, number, parts, group, (unit, measure, width, kind))
                    yield from _without(system, number, parts, group, (unit, measure, width))
            if len(parts) > 1:
                yield from _hidden(system, number, inside, unit, (measure, width), told_of)
                for atom in parts:
                    yield from _both(system, number, (atom,), ALL, (" ".join(sorted(atom)), measure, width, "member"))
    if system.family.counted:
        yield from _between(system, number, inside, width)
    if system.family.concerned:
        yield from _concerned(system, number, inside, width)
    yield from _sums(system, number, inside, told)


def _both(
    system: System, number: int, parts: Sequence[Atom], group: str, named: tuple[str, str, int, str]
) -> Iterator[Named]:
    """Give a count and that of everybody else: of an unknown number of people one may be told and not the other."""
    unit, measure, width, kind = named
    size = _size(system, number, parts, group)
    for rest in (False, True):
        count = system.count(number, parts, group, measure, rest=rest)
        what = "complement" if rest and kind == "figure" else kind
        yield Named(number, unit, group, measure, what, Target(count, min(width, size + 1)), size)


def _without(
    system: System, number: int, parts: Sequence[Atom], group: str, named: tuple[str, str, int]
) -> Iterator[Named]:
    """Give the count of everybody but a subgroup."""
    unit, measure, width = named
    count = dict(system.count(number, parts, ALL, measure))
    for column in system.count(number, parts, group, measure):
        count[column] = count.get(column, 0) - 1
    size = _size(system, number, parts, ALL) - (system.size(number, parts, group) or 0)
    yield Named(number, unit, f"not {group}", measure, "complement", Target(count, min(width, size + 1)), size)


def _hidden(
    system: System,
    number: int,
    inside: dict[str, tuple[Atom, ...]],
    unit: str,
    named: tuple[str, int],
    told_of: set[tuple[str, str]],
) -> Iterator[Named]:
    """Give the count of all schools in a unit that no smaller unit with a figure of its own holds."""
    measure, width = named
    parts = set(inside[unit])
    shown = {
        atom
        for other, of in inside.items()
        if other != unit and set(of) < parts and (other, measure) in told_of
        for atom in of
    }
    left = [atom for atom in inside[unit] if atom not in shown]
    if left and len(left) < len(parts):
        yield from _both(system, number, left, ALL, (unit, measure, width, "remainder"))


def _between(system: System, number: int, inside: dict[str, tuple[Atom, ...]], width: int) -> Iterator[Named]:
    """Give the people in just one of two measures of a scale, in either, and in both."""
    measures = list(system.family.measures.items())
    for place, (first, ones) in enumerate(measures):
        for second, others in measures[place + 1 :]:
            for unit, parts in inside.items():
                if not all((number, atom, ALL) in system.nodes for atom in parts):
                    continue
                size = _size(system, number, parts, ALL)
                for chosen in (set(ones) ^ set(others), set(ones) | set(others), set(ones) & set(others)):
                    count = {
                        column: 1
                        for atom in parts
                        for segment, column in enumerate(system.nodes[number, atom, ALL].people)
                        if segment in chosen
                    }
                    target = Target(count, min(width, size + 1))
                    yield Named(number, unit, ALL, f"{first} / {second}", "bands", target, size)


def _concerned(system: System, number: int, inside: dict[str, tuple[Atom, ...]], width: int) -> Iterator[Named]:
    """Give how many people a question concerns, where that is not known: the others said that it does not."""
    measure = next(iter(system.family.measures))
    for unit, parts in inside.items():
        if all((number, atom, ALL) in system.nodes for atom in parts) and system.size(number, parts, ALL) is None:
            target = Target(system.people(number, parts, ALL), width)
            yield Named(number, unit, ALL, measure, "concerned", target, _size(system, number, parts, ALL))


def _sums(system: System, number: int, inside: dict[str, tuple[Atom, ...]], told: Told) -> Iterator[Named]:
    """Give the sums of scores (R7): of units, and of everybody in a unit but a smaller one."""
    values = int(told.number("mean_values", 5))
    measure = next(iter(system.family.measures))
    for unit, parts in inside.items():
        if not all((number, atom, ALL) in system.nodes for atom in parts):
            continue
        total = system.total(number, parts, ALL)
        if total:
            size = _size(system, number, parts, ALL)
            must = min(values, size * system.family.most + 1)
            yield Named(number, unit, ALL, measure, "sum", Target(total, must), size)


def _size(system: System, number: int, parts: Sequence[Atom], group: str) -> int:
    """Give how many people there are: exactly where that is known, else at most, by their staff."""
    known = system.size(number, parts, group)
    if known is not None:
        return known
    if group.endswith(f"={UNKNOWN}"):
        # How many did not say is written nowhere and may be nobody, so nothing is too narrow.
        return 0
    everybody = system.size(number, parts, ALL)
    if everybody is not None:
        return everybody
    return int(sum(system.rows.upper[system.nodes[number, atom, group].people[0]] for atom in parts))
