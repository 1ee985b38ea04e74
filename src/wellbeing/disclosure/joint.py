"""Everything that one wave tells of one scale, as one system of whole numbers: what the certificate is about (R15).

Unknown are the cases and the sum of scores of every unit and of its groups by every question, and of every unit the
cases in the severe band, or those whose answer speaks against what the cases speak for. A reader is taken to know how
many people each of them stands for, and what is printed. The questions of a unit hang together through the unit alone
(a junction tree); for the county, where several questions are told, the cases of every two groups at once are unknowns
too, bounded by how many people are in both.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import inf
from typing import Protocol

from wellbeing.aggregates import UNKNOWN
from wellbeing.disclosure.classes import NO_SCORE, Steps
from wellbeing.disclosure.coarsen import Desk, Printed
from wellbeing.disclosure.plan import ALL, COUNTY, Plan
from wellbeing.disclosure.propagate import Key
from wellbeing.disclosure.solvers import Row, System

#: The name of a printed figure: its measure, unit and group.
Name = tuple[str, str, str]


class CountyFigure(Protocol):
    """A figure that only the county is told, as `draft.CountyFigure`."""

    measure: str
    steps: Steps
    said: Printed | None
    unscored: int
    apart: bool

    @property
    def n(self) -> int:
        """People."""


@dataclass
class Joint:
    """The system of one scale, what is asked of it, and how many values each must keep."""

    system: System = field(default_factory=System)
    targets: dict[Hashable, Row] = field(default_factory=dict)
    enough: dict[Hashable, int] = field(default_factory=dict)

    def target(self, name: Hashable, row: Row, enough: int) -> None:
        """Ask how far a figure can go."""
        if row:
            self.targets[name], self.enough[name] = row, enough

    def leaves_all_of(self, other: "Joint") -> bool:
        """Whether every solution of another system is one of this too, and nothing is asked that was not asked there.

        Then what solutions have shown there is shown here. Only rows of printed figures may differ: wider, or gone.
        """
        asked = all(other.enough.get(name) == enough for name, enough in self.enough.items())
        asked = asked and all(other.targets[name] == row for name, row in self.targets.items())
        return asked and self.system.leaves_all_of(other.system)


def side_by_side(joints: Sequence[Joint]) -> Joint:
    """Put systems that share no unknown into one: every solution is then evidence for all of them at once."""
    whole = Joint()
    for place, joint in enumerate(joints):
        system = joint.system
        for name, column in system.columns.items():
            whole.system.unknown((place, name), system.lower[column], system.upper[column], system.whole[column])
        for row, low, high, name in zip(system.rows, system.low, system.high, system.names, strict=True):
            whole.system.row({(place, unknown): value for unknown, value in row.items()}, low, high, name)
        for name, row in joint.targets.items():
            whole.target((place, name), {(place, unknown): v for unknown, v in row.items()}, joint.enough[name])
    return whole


def join_wave(
    desk: Desk,
    plan: Plan,
    county: Sequence[CountyFigure],
    overlaps: Mapping[tuple[str, str], int],
) -> Joint:
    """Write down what a wave tells of one scale.

    Parameters
    ----------
    desk : Desk
        Only numbers of people and what is printed are read; never a true figure.
    plan : Plan
    county : sequence of CountyFigure
        What only the county is told: of the severe band, and of critical answers to items of this scale.
    overlaps : mapping of (group, group) to int
        How many people in the county are in two groups of different questions.
    """
    joint = Joint()
    scores = desk.steps is not NO_SCORE
    severe = next((figure for figure in county if severe_part(desk.steps, figure.steps)), None)
    apart = next((figure for figure in county if figure.apart), None)
    county_questions = [[key[1] for key in table.parts] for table in plan.county_tables]
    unit_tables = {table: [key[1] for key in table.parts] for table in plan.tables}
    told = set(desk.printed)
    by_county = [groups for groups in county_questions if any((COUNTY, group) in told for group in groups)]
    with_means = [
        groups for groups in by_county if any(desk.printed[COUNTY, g].mean for g in groups if (COUNTY, g) in told)
    ]
    units = [unit for unit in plan.holds[COUNTY] if desk.figures[unit, ALL].n]
    for unit in units:
        own = [
            groups
            for table, groups in unit_tables.items()
            if table.whole[0] == unit and any((unit, group) in told for group in groups)
        ]
        _unit(joint, desk, unit, severe if scores else None)
        if apart is not None:
            _apart(joint, desk, unit)
        for groups in county_questions:
            if groups in own or groups in by_county:
                _table(joint, desk, unit, groups, scores and groups in with_means)
    if severe is not None and scores:
        _severe_unsaid(joint, desk, severe)
    for name, members in plan.holds.items():
        inside = [unit for unit in members if unit in units]
        if inside and members != (name,):
            _whole(joint, desk, name, ALL, inside, scores)
            _unsaid(joint, desk, name, inside, by_county)
    for groups in by_county:
        for group in groups:
            inside = [unit for unit in units if desk.figures[unit, group].n]
            _whole(joint, desk, COUNTY, group, inside, scores and groups in with_means)
    for figure in county:
        if figure.apart:
            _only_apart(joint, desk, figure, units)
        else:
            _only(joint, desk, figure, units, severe is figure, scores)
    _cross(joint, desk, by_county, units, overlaps)
    return joint


def _unit(joint: Joint, desk: Desk, unit: str, severe: CountyFigure | None) -> None:
    """Add a unit's cases, sum and severe cases, and what is printed of them."""
    key = unit, ALL
    _figure(joint, desk, key, desk.steps is not NO_SCORE)
    parts = severe_part(desk.steps, severe.steps) if severe else None
    if parts:
        n = desk.figures[key].n
        milder, worse = parts
        joint.system.unknown(("severe", unit), 0, n)
        joint.system.row({("severe", unit): 1, ("cases", *key): -1}, high=0)
        case, rest = ("cases", *key), desk.steps.rest
        for end in (0, 1):
            # rest (n - c) + milder (c - v) + worse v is the least, or the greatest, sum.
            row: dict[Hashable, float] = {("sum", *key): 1, case: rest[end] - milder[end]}
            row["severe", unit] = milder[end] - worse[end]
            bound = float(rest[end] * n)
            joint.system.row(row, *((bound, inf) if end == 0 else (-inf, bound)))
        joint.target(("severe", unit), {("severe", unit): 1}, min(desk.policy.class_width, n + 1))
    said = desk.printed.get(key)
    if said is not None:
        name = (desk.measure, *key)
        joint.system.row({("cases", *key): 1}, *said.counts, (name, "cases"))
        if said.mean is not None:
            joint.system.row({("sum", *key): 1}, *said.sums, (name, "sum"))


def _only(joint: Joint, desk: Desk, figure: CountyFigure, units: list[str], severe: bool, scores: bool) -> None:
    """Add what is told of the whole county only: severe cases, which the units share out, or critical answers."""
    name = (figure.measure, COUNTY, ALL)
    row: dict[Hashable, float] = {("severe", unit): 1 for unit in units} if severe else {name: 1}
    if not severe:
        joint.system.unknown(name, 0, figure.n)
        if scores:
            # A critical answer is at least a step of its scale, of all who have a score on it.
            sums: dict[Hashable, float] = {("sum", unit, ALL): 1 for unit in units}
            joint.system.row(sums | {name: -1}, low=float(-figure.unscored))
    if figure.said is not None:
        joint.system.row(row, *figure.said.counts, (name, "cases"))
    joint.target(name, row, min(desk.policy.class_width, figure.n + 1))


def _apart(joint: Joint, desk: Desk, unit: str) -> None:
    """Add those of a unit who are counted apart from its cases, and ask after them and after everybody else."""
    n = desk.figures[unit, ALL].n
    both: Row = {("apart", unit): 1, ("cases", unit, ALL): 1}
    joint.system.unknown(("apart", unit), 0, n)
    joint.system.row(both, high=n)
    enough = min(desk.policy.class_width, n + 1)
    joint.target(("apart", unit), {("apart", unit): 1}, enough)
    joint.target(("neither", unit), both, enough)


def _only_apart(joint: Joint, desk: Desk, figure: CountyFigure, units: list[str]) -> None:
    """Add what is told of the whole county of those who are counted apart from the cases."""
    name = (figure.measure, COUNTY, ALL)
    row: dict[Hashable, float] = {("apart", unit): 1 for unit in units}
    if figure.said is not None:
        joint.system.row(row, *figure.said.counts, (name, "cases"))
    enough = min(desk.policy.class_width, figure.n + 1)
    joint.target(name, row, enough)
    joint.target(("neither", COUNTY), row | {("cases", unit, ALL): 1 for unit in units}, enough)


def _severe_unsaid(joint: Joint, desk: Desk, severe: CountyFigure) -> None:
    """Add the severe cases of those who did not answer a question, where their scores are in the system.

    They are few, and their sum is the county's less those of the groups that are told: it caps how many are severe.
    """
    parts = severe_part(desk.steps, severe.steps)
    if parts is None:
        return
    named = [name for name in joint.system.columns if isinstance(name, tuple) and name[0] == "sum"]
    for key in [(str(unit), str(group)) for _, unit, group in named if str(group).endswith(f"={UNKNOWN}")]:
        n, rest = desk.figures[key].n, desk.steps.rest
        joint.system.unknown(("severe", *key), 0, n)
        joint.system.row({("severe", *key): 1, ("cases", *key): -1}, high=0)
        joint.system.row({("severe", *key): 1, ("severe", key[0]): -1}, high=0)
        for end, (milder, worse) in enumerate(zip(*parts, strict=True)):
            row: dict[Hashable, float] = {("sum", *key): 1, ("cases", *key): rest[end] - milder}
            row["severe", *key] = milder - worse
            bound = float(rest[end] * n)
            joint.system.row(row, *((bound, inf) if end == 0 else (-inf, bound)))
        joint.target(("severe", *key), {("severe", *key): 1}, min(desk.policy.class_width, n + 1))


def _unsaid(joint: Joint, desk: Desk, name: str, inside: list[str], questions: list[list[str]]) -> None:
    """Ask after those who did not answer a question in a part or the county: nowhere printed, and few."""
    for group in (group for groups in questions for group in groups if group.endswith(f"={UNKNOWN}")):
        n = desk.figures[name, group].n
        for what in ("cases", "severe") if desk.steps.counted else ():
            row: Row = {(what, unit, group): 1 for unit in inside if (what, unit, group) in joint.system.columns}
            if len(row) > 1:
                joint.target((what, name, group), row, min(desk.policy.class_width, n + 1))


def severe_part(steps: Steps, severe: Steps) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Give the steps of cases that are not severe and of those that are, where the severe are one end of the cases."""
    (low, high), (worst_low, worst_high) = steps.case, severe.case
    if NO_SCORE in (steps, severe) or (steps.step, steps.low, steps.most) != (severe.step, severe.low, severe.most):
        return None
    if worst_high == high and worst_low > low:
        return (low, worst_low - 1), severe.case
    if worst_low == low and worst_high < high:
        return (worst_high + 1, high), severe.case
    return None


def _figure(joint: Joint, desk: Desk, key: Key, scores: bool) -> None:
    n, steps, policy = desk.figures[key].n, desk.steps, desk.policy
    system = joint.system
    system.unknown(("cases", *key), 0, n if steps.counted else 0)
    if steps.counted:
        joint.target((desk.measure, *key), {("cases", *key): 1}, min(policy.class_width, n + 1))
    if scores:
        # Whole too, but left to the reals: beside whole counts their rows are those of transports between units and
        # groups, whose corners are whole. What is shown of a sum is rounded inwards.
        system.unknown(("sum", *key), 0, n * steps.most, whole=False)
        system.row({("sum", *key): 1, ("cases", *key): steps.rest[0] - steps.case[0]}, low=float(steps.rest[0] * n))
        system.row({("sum", *key): 1, ("cases", *key): steps.rest[1] - steps.case[1]}, high=float(steps.rest[1] * n))
        joint.target((desk.measure, *key, "sum"), {("sum", *key): 1}, min(policy.mean_values, n * steps.most + 1))


def _table(joint: Joint, desk: Desk, unit: str, groups: list[str], scores: bool) -> None:
    """Add a unit's groups by one question."""
    inside = [(unit, group) for group in groups if desk.figures[unit, group].n]
    for key in inside:
        _figure(joint, desk, key, scores)
        said = desk.printed.get(key)
        if said is not None:
            joint.system.row({("cases", *key): 1}, *said.counts, ((desk.measure, *key), "cases"))
    for what in ("cases", "sum") if scores else ("cases",):
        balance: dict[Hashable, float] = {(what, unit, ALL): -1}
        joint.system.row(balance | {(what, *key): 1 for key in inside}, 0, 0)


def _whole(joint: Joint, desk: Desk, name: str, group: str, inside: list[str], scores: bool) -> None:
    """Add a part, a remainder or the county: nothing unknown, but a sum that may be printed."""
    figure, said = desk.figures[name, group], desk.printed.get((name, group))
    told = (desk.measure, name, group)
    cases: Row = {("cases", unit, group): 1 for unit in inside}
    if desk.steps.counted:
        joint.target(told, cases, min(desk.policy.class_width, figure.n + 1))
    if said is not None:
        joint.system.row(cases, *said.counts, (told, "cases"))
    if scores:
        sums: Row = {("sum", unit, group): 1 for unit in inside}
        joint.target((*told, "sum"), sums, min(desk.policy.mean_values, figure.n * desk.steps.most + 1))
        if said is not None and said.mean is not None:
            joint.system.row(sums, *said.sums, (told, "sum"))


def _cross(
    joint: Joint, desk: Desk, questions: list[list[str]], units: list[str], overlaps: Mapping[tuple[str, str], int]
) -> None:
    """Add the cases of every two of the county's groups at once, where more than one question is told."""
    # Of a mean that stands alone nobody is a case.
    for one, other in combinations(questions, 2) if desk.steps.counted else ():
        for first, second in ((first, second) for first in one for second in other):
            people = (desk.figures[COUNTY, group].n for group in (first, second))
            both = min(overlaps.get((first, second), 0), *people)
            joint.system.unknown(("both", first, second), 0, both)
            joint.target(
                (desk.measure, COUNTY, f"{first} {second}"),
                {("both", first, second): 1},
                min(desk.policy.class_width, both + 1),
            )
        for group, pairs in _pairs(one, other):
            cases: dict[Hashable, float] = {("cases", unit, group): -1 for unit in units if desk.figures[unit, group].n}
            joint.system.row(cases | {("both", *pair): 1 for pair in pairs}, 0, 0)


def _pairs(one: list[str], other: list[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for first in one:
        yield first, [(first, second) for second in other]
    for second in other:
        yield second, [(first, second) for first in one]
