"""Set two releases against each other: who joined or left, answered late or withdrew, with everybody else unchanged.

What links two waves is people. Somebody who knows that one person joined a school, and takes everybody else to be as
before, reads the difference of two figures as that person's. Of two issues of the same wave that is no guess: the
others' answers are the same. So the attack assumes that nobody changed but those who came and went, and looks whether
that explains everything printed of some schools, in all instruments at once; where it does not, people themselves have
changed, and nothing follows.

Who came and went is known, by what is told to it: the changes themselves, else exact numbers of people in both waves,
else the staff on both rosters. Where there is none of these, as few as explain what is printed, one at most each way;
but where others must have answered than before, by the numbers that are printed, nobody is held for unchanged.

Two waves are set against each other for each stretch of schools with figures of its own, and as wholes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from wellbeing.attack.bounding import attack
from wellbeing.attack.findings import Leak
from wellbeing.attack.known import Known, people_in
from wellbeing.attack.options import build_together, exclusive, know_together, of_group, together
from wellbeing.attack.scores import Family
from wellbeing.attack.solver import Programme
from wellbeing.attack.system import Named, System, atoms_of
from wellbeing.attack.targets import targets
from wellbeing.attack.told import ALL, Cell, Told

#: Of two waves so many may have joined, and so many left, where nothing is known of who did.
_ONE = 1
#: Of two issues of one wave so many may have answered late, and so many withdrawn; a difference that takes more, or two
#: waves between which more than twice as many came and went, is no longer few people's.
_SOME = 6


@dataclass(frozen=True)
class Pair:
    """Two releases of one survey, and whether they are issues of one wave."""

    first: Told
    second: Told

    @property
    def again(self) -> bool:
        return self.first.wave == self.second.wave

    @property
    def name(self) -> str:
        return f"{self.first.name} / {self.second.wave}"


def wave_leaks(
    releases: Sequence[Told], by_family: Sequence[Mapping[str, Family]], known: Known
) -> tuple[int, list[Leak]]:
    """Attack every two releases of a survey jointly.

    Returns
    -------
    int, list of Leak
        Figures attacked, and those of which too little is left.
    """
    figures, leaks = 0, []
    for (first, ones), (second, others) in combinations(zip(releases, by_family, strict=True), 2):
        pair = Pair(first, second)
        if first.survey != second.survey or (pair.again and first.cells == second.cells):
            continue
        # A scale whose key has changed is another scale.
        shared = {scale: family for scale, family in ones.items() if others.get(scale) == family}
        lots = [[family] for family in shared.values()]
        # Whoever finds that a question's options together contradict him may still believe each by itself.
        questions = together([first.measures, second.measures], shared)
        everybody = Pair(*(of_group(told, known, ALL)[0] for told in (first, second)))
        stretches, whole = _stretches(pair)
        unchanged = 0
        for schools in stretches:
            count, found = _attack(pair, lots, schools, known)
            unchanged += count > 0
            figures += count
            leaks += found
            for members in questions if count else ():
                count, found = _attack(everybody, [members], schools, known)
                figures += count
                leaks += found
        # Everything together can be as before only if every part of it can.
        if whole and unchanged == len(stretches):
            for one, together_there in ((pair, lots), *((everybody, [members]) for members in questions)):
                count, found = _attack(one, together_there, None, known)
                figures += count
                leaks += found
    return figures, leaks


def _stretches(pair: Pair) -> tuple[list[frozenset[str]], bool]:
    """Give the schools of units that hang together in both releases, and whether they are told of together as well."""
    group: dict[str, set[str]] = {}
    for told in (pair.first, pair.second):
        for unit in told.units:
            if unit.level not in {"school", "group"}:
                continue
            together = set(unit.schools).union(*(group.get(school, set()) for school in unit.schools))
            for school in together:
                group[school] = together
    stretches = list(dict.fromkeys(frozenset(schools) for schools in group.values()))
    above = any(unit.level not in {"school", "group"} for told in (pair.first, pair.second) for unit in told.units)
    return stretches, above or not stretches


def _attack(
    pair: Pair, lots: Sequence[Sequence[Family]], schools: frozenset[str] | None, known: Known
) -> tuple[int, list[Leak]]:
    """Find the smallest changes that explain everything told of some schools, and what they leave of each figure."""
    releases = (pair.first, pair.second)
    only = {
        number: frozenset(unit.id for unit in told.units if schools is None or set(unit.schools) <= schools)
        for number, told in enumerate(releases)
    }
    told_of = [
        {
            (cell.unit, cell.group, cell.measure): cell
            for cell in told.cells
            if cell.unit in only[number] and not cell.silent
        }
        for number, told in enumerate(releases)
    ]
    if not all(told_of):
        return 0, []
    changed = _changes(pair, known, only, [family for members in lots for family in members])
    if changed is None:
        return (0, []) if _others_answered(pair, only, known) else _fewest(pair, lots, only, known)
    if sum(changed) > 2 * _SOME:
        return 0, []
    return _supposed(pair, lots, only, known, *changed) or (0, [])


def _fewest(
    pair: Pair, lots: Sequence[Sequence[Family]], only: Mapping[int, frozenset[str]], known: Known
) -> tuple[int, list[Leak]]:
    """Take the smallest changes that explain everything, where nothing is known of any."""
    most = _SOME if pair.again else _ONE
    if not all(_linked(pair, members, only, known, most, most).programme.relaxed for members in lots):
        return 0, []
    for turnover in range(2 * most + 1):
        splits = [
            (joined, turnover - joined) for joined in range(turnover + 1) if max(joined, turnover - joined) <= most
        ]
        found = [_supposed(pair, lots, only, known, *split) for split in splits]
        possible = [one for one in found if one is not None]
        if possible:
            return sum(figures for figures, _ in possible), [leak for _, leaks in possible for leak in leaks]
    return 0, []


def _supposed(
    pair: Pair,
    lots: Sequence[Sequence[Family]],
    only: Mapping[int, frozenset[str]],
    known: Known,
    joined: int,
    left: int,
) -> tuple[int, list[Leak]] | None:
    """Attack two releases between which at most so many joined and left; None where that explains not everything."""
    linked = []
    for members in lots:
        linked.append(_linked(pair, members, only, known, joined, left))
        if not linked[-1].programme.relaxed:
            return None
    asked = [(one.named(pair), one.programme) for one in linked]
    found = [(named, attack(programme, [name.target for name in named])) for named, programme in asked]
    if any(bounds is None for _, bounds in found):
        return None
    return sum(len(named) for named, _ in found), [
        Leak(pair.name, name.unit, name.group, name.measure, "issue" if pair.again else "wave", rest.values)
        for named, bounds in found
        for name, rest in zip(named, bounds or [], strict=True)
        if rest.exact and rest.values < name.target.must
    ]


def _changes(
    pair: Pair, known: Known, only: Mapping[int, frozenset[str]], families: Sequence[Family]
) -> tuple[int, int] | None:
    """Give how many people of some units are known to have come and gone; None where nothing at all is known."""
    if known.changes:
        units = {unit for units in only.values() for unit in units}
        here = [change for unit, change in known.changes.items() if unit in units]
        return sum(joined for joined, _ in here), sum(left for _, left in here)
    if pair.again:
        return None
    moved = [_exact_change(pair, known, only, family) for family in families]
    exact = [change for change in moved if change is not None]
    if exact and len(exact) == len(moved):
        return max(0, *exact), max(0, *(-change for change in exact))
    answered = _answered(pair, only, known)
    if answered is not None:
        return answered
    before, after = pair.first.staff, pair.second.staff
    schools = {
        school
        for number, told in enumerate((pair.first, pair.second))
        for unit in told.units
        if unit.id in only[number]
        for school in unit.schools
    }
    if _others_answered(pair, only, known) or not schools <= before.keys() & after.keys():
        return None
    changes = [after[school] - before[school] for school in schools]
    return sum(max(change, 0) for change in changes), sum(max(-change, 0) for change in changes)


def _answered(pair: Pair, only: Mapping[int, frozenset[str]], known: Known) -> tuple[int, int] | None:
    """Give by how many respondents schools and groups grew and shrank, where that is known exactly of each; else None.

    Somebody who joined one school and somebody who left another are two.
    """
    then, now = (
        {
            (unit.id, frozenset(unit.schools)): known.answered.get((told.survey, told.wave, unit.id))
            for unit in told.units
            if unit.id in only[number] and unit.level in {"school", "group"}
        }
        for number, told in enumerate((pair.first, pair.second))
    )
    if not then or then.keys() != now.keys():
        return None
    ends = [(then[unit], now[unit]) for unit in then]
    changes = [after - before for before, after in ends if before is not None and after is not None]
    if len(changes) < len(ends):
        return None
    return sum(max(change, 0) for change in changes), sum(max(-change, 0) for change in changes)


def _others_answered(pair: Pair, only: Mapping[int, frozenset[str]], known: Known) -> bool:
    """Say whether others must have answered, of whom nobody knows how many: then nobody can be held for unchanged.

    The staff may be as it was and fewer of it have answered.
    """
    if pair.again:
        return False
    ends = []
    for number, told in enumerate((pair.first, pair.second)):
        reporting = [unit for unit in told.units if unit.id in only[number] and unit.level in {"school", "group"}]
        ranges = [known.respondents_of(told, unit) for unit in reporting]
        ends.append((sum(low for low, _ in ranges), sum(high for _, high in ranges)))
    (fewest, most), (fewest_now, most_now) = ends
    return fewest_now > most or fewest > most_now


def _exact_change(pair: Pair, known: Known, only: Mapping[int, frozenset[str]], family: Family) -> int | None:
    """Give by how many a family's people grew, where they are told or known exactly in both releases; else None."""
    people = []
    for number, told in enumerate((pair.first, pair.second)):
        reporting = [unit for unit in told.units if unit.id in only[number] and unit.level in {"school", "group"}]
        measure = next(iter(family.measures))
        counted = [
            people_in(told, known, unit, told.cell(unit.id, ALL, measure) or Cell(unit.id, ALL, measure, "", "", {}))
            for unit in reporting
        ]
        if not counted or any(fewest != most for fewest, most in counted):
            return None
        people.append(sum(most for _, most in counted))
    return people[1] - people[0]


def _linked(
    pair: Pair, members: Sequence[Family], only: Mapping[int, frozenset[str]], known: Known, joined: int, left: int
) -> "_Linked":
    """Write down the figures of a family, or of a question's options, in both releases: so many came and went."""
    for alone in (True, False) if exclusive(members) else (False,):
        linked = _linked_as(pair, members, only, known, (joined, left), alone)
        if not alone or linked.programme.relaxed:
            break
    return linked


@dataclass(frozen=True, eq=False)
class _Linked:
    """What both releases tell of a family, or of a question's options, with so many who came and went."""

    systems: Sequence[System]
    programme: Programme

    def named(self, pair: Pair) -> list[Named]:
        """List what is worth attacking in it."""
        releases = (pair.first, pair.second)
        atoms = atoms_of(releases)
        named = [name for system in self.systems for name in targets(system, releases, atoms)]
        return [name for name in named if name.kind != "sum" or pair.again]


def _linked_as(
    pair: Pair,
    members: Sequence[Family],
    only: Mapping[int, frozenset[str]],
    known: Known,
    limits: tuple[int, int],
    alone: bool,
) -> _Linked:
    releases = (pair.first, pair.second)
    systems = build_together(releases, members, known, alone, only, total=True)
    rows = systems[0].rows
    moves: list[dict[frozenset[str], tuple[list[int], list[int]]]] = []
    for system, family in zip(systems, members, strict=True):
        inside = dict.fromkeys(
            atom for number, atom, group in system.nodes if group == ALL and (1 - number, atom, ALL) in system.nodes
        )
        moves.append({atom: _moved(system, atom, family) for atom in inside})
        for change, limit in enumerate(limits):
            everybody = {column: 1 for columns in moves[-1].values() for column in columns[change][:-1]}
            if everybody:
                rows.know(everybody, high=limit)
    for atom in moves[0] if len(moves) > 1 else ():
        for change in (0, 1):
            if all(atom in own for own in moves):
                know_together(rows, members, [own[atom][change][:-1] for own in moves], alone)
    return _Linked(systems, Programme(rows))


def _moved(system: System, atom: frozenset[str], family: Family) -> tuple[list[int], list[int]]:
    """Link an atom's people in both releases: as many in every segment, but for those who came and who left.

    Gives, for those who came and those who left, their numbers by segment and last the sum of their scores. People who
    are in both releases answered a background question alike, so each of its answers is linked in the same way; those
    who came and left are told apart by it too.
    """
    rows = system.rows
    groups = [
        group for number, of, group in system.nodes if number == 0 and of == atom and (1, atom, group) in system.nodes
    ]
    top: tuple[list[int], list[int]] | None = None
    by_group: dict[str, tuple[list[int], list[int]]] = {}
    for group in dict.fromkeys((ALL, *groups)):
        first, second = system.nodes[0, atom, group], system.nodes[1, atom, group]
        moves: list[list[int]] = []
        for _ in range(2):
            people = [rows.unknown(0, rows.upper[second.people[0]]) for _ in family.segments]
            total = rows.unknown(0, max(family.most, 1) * rows.upper[second.people[0]])
            for sign, ends in ((1, 0), (-1, 1)):
                row = {
                    total: sign,
                    **{column: -sign * bounds[ends] for column, bounds in zip(people, family.segments, strict=True)},
                }
                rows.know(row, low=0)
            moves.append([*people, total])
        came, went = moves
        for segment in range(len(family.segments)):
            rows.know({second.people[segment]: 1, first.people[segment]: -1, came[segment]: -1, went[segment]: 1}, 0, 0)
        if first.total is not None and second.total is not None:
            rows.know({second.total: 1, first.total: -1, came[-1]: -1, went[-1]: 1}, 0, 0)
        by_group[group] = (came, went)
        if group == ALL:
            top = came, went
    assert top is not None
    for question in {group.partition("=")[0] for group in by_group if group != ALL and "&" not in group}:
        parts = [moves for group, moves in by_group.items() if group.partition("=")[0] == question and "&" not in group]
        for change in (0, 1):
            for segment in range(len(family.segments)):
                rows.know({top[change][segment]: -1, **{part[change][segment]: 1 for part in parts}}, 0, 0)
    return top
