"""What a release of one wave wants to say, and how its figures hang together: a list, made before counting.

Every figure is a unit's and a group's: printed, hidden because its unit or group is too small, or a remainder
that is nowhere written but can be worked out. The relations of a whole to its parts form a tree

    county, all ─┬─ part of the county, all ─┬─ unit, all ─┬─ unit, sex=female ...
                 │                           │             └─ unit, age_band=...
                 │                           └─ units without a report ── each of them
                 └─ county, sex=female ...

and beside it stand the crossings: a subgroup's figure for the county is the sum of the units' own.
"""

from dataclasses import dataclass

from wellbeing.aggregates import UNKNOWN, groups_of, subgroup_questions
from wellbeing.disclosure.propagate import Key, Relation
from wellbeing.disclosure.units import Comparisons
from wellbeing.surveys import Survey

ALL = "all"
COUNTY = "county"


@dataclass(frozen=True)
class Plan:
    """The figures wanted for every measure, and the relations among all figures, hidden ones too.

    Attributes
    ----------
    wanted : tuple of Key
        Figures to be printed where the rules allow; finer rules (R6, R7) depend on how many people were scored.
    holds : dict of str to tuple of str
        The reporting units whose answers a unit, a part, a remainder or the county is the sum of.
    tables : tuple of Relation
        A unit and its subgroups, one relation per question; only for units that report, and not in an opinion survey.
    levels : tuple of Relation
        Remainders, parts and the county, each as the sum of what is below; lower ones first.
    county_tables : tuple of Relation
        The county and its subgroups.
    crossings : tuple of Relation
        A subgroup in the county, those who did not say included, as the sum of the units' subgroups.
    """

    wanted: tuple[Key, ...]
    holds: dict[str, tuple[str, ...]]
    tables: tuple[Relation, ...]
    levels: tuple[Relation, ...]
    county_tables: tuple[Relation, ...]
    crossings: tuple[Relation, ...]


def make_plan(survey: Survey, units: list[str], comparisons: Comparisons) -> Plan:
    """List the figures of a release and their relations.

    Parameters
    ----------
    survey : Survey
    units : list of str
        Every reporting unit, in the order of the release.
    comparisons : Comparisons
    """
    groups = groups_of(survey)
    questions = [
        tuple(f"{question.id}={code}" for code in (*(option.code for option in question.options), UNKNOWN))
        for question in subgroup_questions(survey)
    ]
    parts = list(comparisons.units["unit"])
    counted = [unit for unit in units if unit not in comparisons.left_out]
    reporting = [unit for unit in units if unit in comparisons.reporting]
    # An opinion survey has a hundred figures of each school: told apart by group as well, they would be a crossing.
    wanted = [(unit, group) for unit in reporting for group in (groups if survey.clinical else (ALL,))]
    wanted += [(part, ALL) for part in parts] + [(COUNTY, group) for group in groups]

    holds: dict[str, tuple[str, ...]] = {unit: (unit,) for unit in units}
    levels: list[Relation] = []
    for part in parts or [COUNTY]:
        inside = [unit for unit in counted if not parts or comparisons.beside[unit] == part]
        shown = [unit for unit in inside if unit in comparisons.reporting]
        rest = [unit for unit in inside if unit not in comparisons.reporting]
        below = [(unit, ALL) for unit in shown]
        if rest:
            remainder = f"{part} without a report"
            holds[remainder] = tuple(rest)
            levels.append(Relation((remainder, ALL), tuple((unit, ALL) for unit in rest)))
            below.append((remainder, ALL))
        holds[part] = tuple(inside)
        if below:
            levels.append(Relation((part, ALL), tuple(below)))
    if parts:
        holds[COUNTY] = tuple(counted)
        levels.append(Relation((COUNTY, ALL), tuple((part, ALL) for part in parts)))
    return Plan(
        tuple(wanted),
        holds,
        tuple(_table(unit, question, scores=False) for unit in reporting for question in questions if survey.clinical),
        tuple(levels),
        tuple(_table(COUNTY, question, scores=True) for question in questions),
        tuple(
            Relation((COUNTY, group), tuple((unit, group) for unit in counted))
            for question in questions
            for group in question
            if counted
        ),
    )


def _table(unit: str, question: tuple[str, ...], scores: bool) -> Relation:
    # Of a school's subgroups no mean is told (R6).
    return Relation((unit, ALL), tuple((unit, group) for group in question), scores)
