"""Write down everything that one scale of one or several releases tells, as sums of unknown whole numbers.

The unknowns are people: of every stretch of schools that no unit tells apart, of every answer to a background question
that anything is told by, how many are in each segment of the scale, and what their scores add up to. A unit is the sum
of its schools, everybody is the sum of the answers to a question (with those who did not answer it), a told class or
interval bounds a sum. That is all: what is hidden is whatever sums may still be.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from wellbeing.attack.bounding import Target
from wellbeing.attack.known import Known, most_staff, people_in, respondents
from wellbeing.attack.scores import Family
from wellbeing.attack.single import Figure, counts_possible
from wellbeing.attack.solver import Rows
from wellbeing.attack.told import ALL, CROSS, UNKNOWN, Cell, Told, Unit

Atom = frozenset[str]


@dataclass(frozen=True)
class Node:
    """Unknowns of one atom and group: people in each segment, and the number of the sum of scores, if there is one."""

    people: tuple[int, ...]
    total: int | None


@dataclass(frozen=True)
class Named:
    """What a target is called in a finding, beside the target."""

    release: int
    unit: str
    group: str
    measure: str
    kind: str
    target: Target
    size: int


@dataclass
class System:
    """One family in some releases.

    Attributes
    ----------
    rows : Rows
    nodes : dict
        Release, atom and group to its unknowns.
    narrow : list of (release, cell, counts left)
        Figures that say too much by themselves, by means that are no sums: deviations, per cents.
    exact : dict
        Release, atoms and group to the number of people scored, where that is known.
    questions : dict
        Of each release, the background questions by which anything is told.
    """

    family: Family
    rows: Rows = field(default_factory=Rows)
    nodes: dict[tuple[int, Atom, str], Node] = field(default_factory=dict)
    narrow: list[tuple[int, Cell, int]] = field(default_factory=list)
    exact: dict[tuple[int, frozenset[Atom], str], int] = field(default_factory=dict)
    questions: dict[int, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    def people(self, release: int, atoms: Iterable[Atom], group: str) -> dict[int, int]:
        """Write the number of people of some atoms as a sum of unknowns."""
        return {column: 1 for atom in atoms for column in self.nodes[release, atom, group].people}

    def count(
        self, release: int, atoms: Iterable[Atom], group: str, measure: str, rest: bool = False
    ) -> dict[int, int]:
        """Write a measure's count, or the count of everybody else, as a sum of unknowns."""
        chosen = set(self.family.measures[measure])
        return {
            column: 1
            for atom in atoms
            for segment, column in enumerate(self.nodes[release, atom, group].people)
            if (segment in chosen) is not rest
        }

    def size(self, release: int, atoms: Sequence[Atom], group: str) -> int | None:
        """Give how many people were scored among some atoms; None where that is not known."""
        whole = self.exact.get((release, frozenset(atoms), group))
        if whole is not None or len(atoms) < 2:
            return whole
        parts = [self.exact.get((release, frozenset({atom}), group)) for atom in atoms]
        return None if None in parts else sum(part for part in parts if part is not None)

    def unknowns(self) -> list[int]:
        """Number all unknowns of the family's figures."""
        columns = {column for node in self.nodes.values() for column in node.people}
        return sorted(columns | {node.total for node in self.nodes.values() if node.total is not None})

    def total(self, release: int, atoms: Iterable[Atom], group: str) -> dict[int, int]:
        """Write the sum of scores in steps as a sum of unknowns; empty where none is told of anything."""
        totals = (self.nodes[release, atom, group].total for atom in atoms)
        return {column: 1 for column in totals if column is not None}


def atoms_of(releases: Sequence[Told]) -> dict[str, Atom]:
    """Give each school the schools that no unit of any release tells it apart from."""
    return _atoms(tuple(releases))


@lru_cache(maxsize=8)
def _atoms(releases: tuple[Told, ...]) -> dict[str, Atom]:
    inside: dict[str, list[tuple[int, str]]] = {}
    for number, told in enumerate(releases):
        for unit in told.units:
            for school in unit.schools:
                inside.setdefault(school, []).append((number, unit.id))
    alike: dict[tuple[tuple[int, str], ...], set[str]] = {}
    for school, units in inside.items():
        alike.setdefault(tuple(units), set()).add(school)
    return {school: frozenset(schools) for schools in alike.values() for school in schools}


def holds(told: Told, atoms: Mapping[str, Atom]) -> dict[str, tuple[Atom, ...]]:
    """Give the atoms that each unit of a release is the sum of."""
    return {unit.id: tuple(dict.fromkeys(atoms[school] for school in unit.schools)) for unit in told.units}


def questions_told(cells: Sequence[Cell], known: Iterable[str] = ()) -> dict[str, tuple[str, ...]]:
    """Give the background questions by which anything is told, each with its answers' groups, `known` ones as well."""
    spoken = {part for cell in cells if not cell.silent for part in cell.group.split(CROSS)}
    asked: dict[str, list[str]] = {}
    groups = [part for group in (*(cell.group for cell in cells), *known) for part in group.split(CROSS)]
    for group in dict.fromkeys(group for group in groups if group != ALL):
        asked.setdefault(group.partition("=")[0], []).append(group)
    return {
        # Those who did not say come last: a target that is the rest of the others is called by the others' names.
        question: (*(part for part in parts if not part.endswith(f"={UNKNOWN}")), f"{question}={UNKNOWN}")
        for question, parts in asked.items()
        if spoken & set(parts)
    }


def build(
    releases: Sequence[Told],
    family: Family,
    known: Known,
    only: Mapping[int, frozenset[str]] | None = None,
    total: bool = False,
    rows: Rows | None = None,
) -> System:
    """Write down a family's figures in some releases.

    Parameters
    ----------
    releases : sequence of Told
    family : Family
    known : Known
    only : mapping of int to frozenset of str, optional
        Of each release, the units to look at; all of them by default.
    total : bool
        Whether sums of scores are unknowns too where it is not known how many people a mean stands for: dear.
    rows : Rows, optional
        What to write into, where several families belong together.
    """
    system = System(family, Rows() if rows is None else rows)
    atoms = atoms_of(releases)
    for number, told in enumerate(releases):
        cells = [
            cell
            for cell in told.cells_of(family.measures)
            if only is None or cell.unit in only.get(number, frozenset())
        ]
        spoken = [cell for cell in cells if not cell.silent]
        inside = holds(told, atoms)
        units = {unit.id: unit for unit in told.units if only is None or unit.id in only.get(number, frozenset())}
        cells = [cell for cell in cells if cell.unit in units]
        sums = total or _sums_known(told, known, units, spoken)
        here = {key[3] for key in known.people if key[:2] == (told.survey, told.wave)}
        questions = system.questions[number] = questions_told(cells, sorted(here))
        apart = {frozenset(cell.group.split(CROSS)) for cell in spoken if CROSS in cell.group}
        # Whoever has the staff list can count how many women are class teachers.
        apart |= {
            frozenset(group.split(CROSS))
            for survey, wave, unit, group, measure in known.people
            if CROSS in group and (survey, wave) == (told.survey, told.wave) and unit in units
        }
        apart = {pair for pair in apart if {part.partition("=")[0] for part in pair} <= set(questions)}
        for atom in dict.fromkeys(atom for unit in units for atom in inside[unit]):
            _add_atom(system, number, atom, most_staff(told, atom), questions, apart, sums)
        for unit in units.values():
            most = respondents(told, unit)[1]
            system.rows.know(system.people(number, inside[unit.id], ALL), high=most)
        for cell in spoken:
            if cell.unit in units:
                _add_cell(system, number, told, known, inside[cell.unit], cell)
        _add_numbers(system, number, told, known, inside, units.keys())
    return system


def _sums_known(told: Told, known: Known, units: Mapping[str, Unit], cells: Sequence[Cell]) -> bool:
    """Say whether means are told, and of known numbers of people: of others a mean says little of the sum of scores."""
    means = [cell for cell in cells if {"mean", "mean_low"} & set(cell.numbers) and cell.unit in units]
    exact = (people_in(told, known, units[cell.unit], cell) for cell in means)
    return bool(means) and all(fewest == most for fewest, most in exact)


def _add_atom(
    system: System,
    release: int,
    atom: Atom,
    staff: int,
    questions: Mapping[str, tuple[str, ...]],
    apart: set[frozenset[str]],
    sums: bool,
) -> None:
    everybody = _add_node(system, release, atom, ALL, staff, sums)
    for groups in questions.values():
        parts = [_add_node(system, release, atom, group, staff, sums) for group in groups]
        _add_up(system, everybody, parts)
    for first, second in sorted(
        tuple(sorted({part.partition("=")[0] for part in pair})) for pair in apart if len(pair) == 2
    ):
        if (release, atom, CROSS.join((questions[first][0], questions[second][0]))) in system.nodes:
            continue
        crossed = {
            (a, b): _add_node(system, release, atom, f"{a}{CROSS}{b}", staff, sums)
            for a in questions[first]
            for b in questions[second]
        }
        for a in questions[first]:
            _add_up(system, system.nodes[release, atom, a], [crossed[a, b] for b in questions[second]])
        for b in questions[second]:
            _add_up(system, system.nodes[release, atom, b], [crossed[a, b] for a in questions[first]])
        # The same figure by either order of the questions.
        for (a, b), node in crossed.items():
            system.nodes[release, atom, f"{b}{CROSS}{a}"] = node


def _add_node(system: System, release: int, atom: Atom, group: str, staff: int, sums: bool) -> Node:
    rows, family = system.rows, system.family
    people = tuple(rows.unknown(0, staff) for _ in family.segments)
    total = None
    if sums and family.most:
        total = rows.unknown(0, staff * family.most)
        rows.know(
            {total: 1, **{column: -low for column, (low, _) in zip(people, family.segments, strict=True) if low}}, 0
        )
        rows.know(
            {total: 1, **{column: -high for column, (_, high) in zip(people, family.segments, strict=True) if high}},
            high=0,
        )
    node = Node(people, total)
    system.nodes[release, atom, group] = node
    return node


def _add_up(system: System, whole: Node, parts: Sequence[Node]) -> None:
    for segment, column in enumerate(whole.people):
        system.rows.know({column: -1, **{part.people[segment]: 1 for part in parts}}, 0, 0)
    if whole.total is not None:
        system.rows.know({whole.total: -1, **{part.total: 1 for part in parts if part.total is not None}}, 0, 0)


def _add_numbers(
    system: System, release: int, told: Told, known: Known, inside: Mapping[str, tuple[Atom, ...]], units: Iterable[str]
) -> None:
    """Write down how many people are known to be scored, of figures that are not told as well."""
    wanted = set(units)
    for (survey, wave, unit, group, measure), n in known.people.items():
        if (survey, wave) != (told.survey, told.wave) or unit not in wanted or measure not in system.family.measures:
            continue
        if all((release, atom, group) in system.nodes for atom in inside[unit]):
            system.rows.know(system.people(release, inside[unit], group), n, n)
            system.exact[release, frozenset(inside[unit]), group] = n


def _add_cell(system: System, release: int, told: Told, known: Known, atoms: Sequence[Atom], cell: Cell) -> None:
    family, rows = system.family, system.rows
    unit = told.unit(cell.unit)
    if unit is None or not all((release, atom, cell.group) in system.nodes for atom in atoms):
        return
    fewest, most = people_in(told, known, unit, cell)
    people = system.people(release, atoms, cell.group)
    count = system.count(release, atoms, cell.group, cell.measure)
    rows.know(people, fewest, most)
    if fewest == most:
        system.exact[release, frozenset(atoms), cell.group] = most
    figure = Figure.of(cell, family, float(told.number("sd_step", 0.5)))
    for factor, low, high in figure.count_rows():
        # low <= count - factor * people <= high, in whole numbers.
        row = dict.fromkeys(count, factor.denominator)
        for column in people:
            row[column] = row.get(column, 0) - factor.numerator
        rows.know(row, low * factor.denominator, high * factor.denominator)
    total = system.total(release, atoms, cell.group)
    if total and figure.mean is not None and fewest == most:
        rows.know(total, *figure.sums(fewest))
    elif total and figure.mean is not None:
        for end, sign in zip(figure.mean, (1, -1), strict=True):
            each = (end - family.low) / family.step
            row = dict.fromkeys(total, sign * each.denominator)
            for column in people:
                row[column] = row.get(column, 0) - sign * each.numerator
            rows.know(row, low=0)
    elif figure.mean is not None and family.keyed:
        _add_mean(system, release, atoms, cell, figure)
    first, last = figure.sums(most)
    if figure.mean is not None and last - first + 1 < min(told.number("mean_values", 5), most * family.most + 1):
        # Even if everybody there can be was scored.
        system.narrow.append((release, cell, last - first + 1))
    if figure.sd is not None or (figure.mean is not None and most - fewest < 8):
        possible = [counts_possible(figure, family, cell.measure, n) for n in range(fewest, min(most, fewest + 8) + 1)]
        left = [counts for counts in possible if counts]
        if left and most - fewest <= 8:
            rows.know(count, min(counts[0] for counts in left), max(counts[-1] for counts in left))
            system.narrow.append((release, cell, min(len(counts) for counts in left)))


def _add_mean(system: System, release: int, atoms: Sequence[Atom], cell: Cell, figure: Figure) -> None:
    """Hold the segments' people to a mean: if all had the lowest scores there, it would not be above what is told."""
    assert figure.mean is not None
    family = system.family
    for end, sign, bound in zip(figure.mean, (1, -1), (1, 0), strict=True):
        each = (end - family.low) / family.step
        row: dict[int, int] = {}
        for atom in atoms:
            for segment, column in enumerate(system.nodes[release, atom, cell.group].people):
                row[column] = sign * (family.segments[segment][bound] * each.denominator - each.numerator)
        system.rows.know(row, low=0)
