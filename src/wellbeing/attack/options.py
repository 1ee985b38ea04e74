"""Attack the options of one question together: whoever is counted at one of them named at least one of all.

Several may be named, so nobody is in one option's count alone. But all options tell of the same people, each of whom
named one at least; and who names "none of these" names nothing else, unless what is told contradicts that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wellbeing.attack.known import Known
from wellbeing.attack.scores import Family
from wellbeing.attack.solver import Rows
from wellbeing.attack.system import System, build
from wellbeing.attack.told import ALL, CROSS, Told

#: The option that stands for none of the others, as definitions of surveys write it.
_NOTHING = "none"


def together(tables: Sequence[Sequence[Mapping[str, str]]], families: Mapping[str, Family]) -> list[list[Family]]:
    """Give the questions of which several options are told, each as its options' families.

    Parameters
    ----------
    tables : sequence of sequence of mapping
        The table of measures of each release. A question whose options are not the same in all of them is left out.
    families : mapping of str to Family
        Those that the releases share.
    """
    options = [_options(rows) for rows in tables]
    own = {measure for family in families.values() for measure in family.measures}
    home = {
        measure: question
        for question, measures in options[0].items()
        for measure in measures
        if measures <= own and all(other.get(question) == measures for other in options)
    }
    found: dict[str, list[Family]] = {}
    for family in families.values():
        of = home.get(next(iter(family.measures)))
        if of is not None:
            found.setdefault(of, []).append(family)
    return [members for members in found.values() if len(members) > 1]


def groups_told(told: Told, members: Sequence[Family]) -> list[str]:
    """Give everybody, and each group by which a question is told: each is attacked as if it were all there is.

    Groups of one unit by several options at once are tables that take a solver minutes; each group is attacked by
    itself, and each option with all its groups.
    """
    measures = {measure for family in members for measure in family.measures}
    groups = [
        cell.group for cell in told.cells if cell.measure in measures and not cell.silent and CROSS not in cell.group
    ]
    return list(dict.fromkeys((ALL, *groups)))


def of_group(told: Told, known: Known, group: str) -> tuple[Told, Known]:
    """Give a release and what is known as of one group alone, in the place of everybody."""
    cells = tuple(replace(cell, group=ALL) for cell in told.cells if cell.group == group)
    people = {(*key[:3], ALL, key[4]): n for key, n in known.people.items() if key[3] == group}
    return replace(told, cells=cells), replace(known, people=people)


def _options(rows: Sequence[Mapping[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        if row.get("use") == "named":
            found.setdefault(f"{row.get('instrument')}_{row.get('scale')}", set()).add(row["measure"])
    return found


def exclusive(members: Sequence[Family]) -> bool:
    """Say whether one of several options stands for none of the others."""
    return len(members) > 1 and any(_is_nothing(family) for family in members)


def build_together(
    releases: Sequence[Told],
    members: Sequence[Family],
    known: Known,
    alone: bool,
    only: Mapping[int, frozenset[str]] | None = None,
    total: bool = False,
) -> list[System]:
    """Write down what some releases tell of families that belong together, in the same rows.

    Parameters
    ----------
    releases, known, only, total
        As `build` wants them.
    members : sequence of Family
        The options of one question, or one family.
    alone : bool
        Whether whoever names none of the others is taken to name nothing else.
    """
    rows = Rows()
    systems = [build(releases, family, known, only, total, rows) for family in members]
    if len(systems) > 1:
        nodes = {id(systems[0].nodes[key]): key for key in systems[0].nodes}
        for key in nodes.values():
            if all(key in system.nodes for system in systems):
                know_together(rows, members, [system.nodes[key].people for system in systems], alone)
    return systems


def know_together(rows: Rows, members: Sequence[Family], people: Sequence[Sequence[int]], alone: bool) -> None:
    """Write down that the options' people are the same, and that each of them named one at least.

    Parameters
    ----------
    rows : Rows
    members : sequence of Family
        The options.
    people : sequence of sequence of int
        For each option the numbers of its unknowns, by segment.
    alone : bool
        As `build_together`.
    """
    named = [_named(family, own) for family, own in zip(members, people, strict=True)]
    for own in people[1:]:
        rows.know(_sum([(own, 1), (people[0], -1)]), 0, 0)
    rows.know(_sum([*((own, 1) for own in named), (people[0], -1)]), low=0)
    for place, family in enumerate(members) if alone else ():
        if _is_nothing(family):
            for other, own in enumerate(named):
                if other != place:
                    rows.know(_sum([(own, 1), (named[place], 1), (people[0], -1)]), high=0)


def _is_nothing(family: Family) -> bool:
    return any(measure.rpartition("=")[2] == _NOTHING for measure in family.measures)


def _named(family: Family, people: Sequence[int]) -> list[int]:
    """Give the unknowns of those who named an option: all others are the last segment's."""
    chosen = {segment for segments in family.measures.values() for segment in segments}
    return [column for segment, column in enumerate(people) if segment in chosen]


def _sum(parts: Sequence[tuple[Sequence[int], int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for columns, factor in parts:
        for column in columns:
            found[column] = found.get(column, 0) + factor
    return {column: factor for column, factor in found.items() if factor}
