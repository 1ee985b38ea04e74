"""What is said of each measure before the certificate looks at it: the drafts, one a scale or a question.

Everything here sees true figures. Scales share no person's score, and the survey's own questions no person's answer, so
each is a draft of its own; what is asked only of some hangs on what they said before, and `asked.asked_range` sees to
that.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from wellbeing.aggregates import OWN_USES, Aggregates
from wellbeing.disclosure.asked import asked_range, reached
from wellbeing.disclosure.classes import NO_SCORE, Steps, in_steps, mean_steps, told_alike, told_alike_from
from wellbeing.disclosure.coarsen import Desk, Figure, clear_measure
from wellbeing.disclosure.draft import CountyFigure, Draft
from wellbeing.disclosure.history import History
from wellbeing.disclosure.options import withhold_crowded
from wellbeing.disclosure.plan import ALL, COUNTY, Plan
from wellbeing.disclosure.propagate import Key
from wellbeing.surveys import Part, Policy, Survey

#: R11: a theme of the open answers is told from so many people on.
_THEME_LEAST = 10

#: True figures of one measure: the groups, the units, and n, cases, total and squares by group and unit.
_Counted = tuple[list[str], list[str], "np.ndarray"]

#: Gives the fewest people of whom a figure is told alike, from its key, its people's number and that of all people.
_Alike = Callable[[Key, int, int], int]


def plans_of(
    plan: Plan, aggregates: Aggregates, published: pd.DataFrame, policy: Policy, by_group: frozenset[str]
) -> dict[str, Plan]:
    """Give each measure's plan: of some, single schools are told nothing.

    A part of the county whose untold units are few, or few people, is then not told either (R13): it would tell of them
    what is left when its groups are taken away.

    Parameters
    ----------
    plan : Plan
    aggregates : Aggregates
    published : DataFrame
        The units that are released, with ``unit`` and ``level``.
    policy : Policy
    by_group : frozenset of str
        Measures, or questions with all their measures, of which single schools are told nothing.
    """
    levels = dict(zip(published["unit"], published["level"], strict=True))
    reporting = {unit for unit, _ in plan.wanted}
    hidden = set()
    for name, members in plan.holds.items():
        if levels.get(name) == "compare":
            untold = [unit for unit in members if levels[unit] == "school" or unit not in reporting]
            people = int(aggregates.respondents.reindex(untold, fill_value=0).sum())
            if untold and (len(untold) < policy.rest_min_units or people < policy.rest_min_respondents):
                hidden.add(name)
    coarse = tuple(key for key in plan.wanted if levels[key[0]] != "school" and key[0] not in hidden)
    held_back, of_county = replace(plan, wanted=coarse), replace(plan, wanted=((COUNTY, ALL),))
    names = aggregates.measures[["measure", "scale", "use"]].to_numpy()
    return {
        str(measure): of_county if use == "theme" else held_back if {str(measure), str(scale)} & by_group else plan
        for measure, scale, use in names
    }


def make_drafts(
    survey: Survey, aggregates: Aggregates, plans: dict[str, Plan], history: History, kept: frozenset[Key]
) -> list[Draft]:
    """Say every measure by the rules that need no certificate: one draft a scale, with what hangs together with it.

    Parameters
    ----------
    survey : Survey
    aggregates : Aggregates
    plans : dict of str to Plan
        As `plans_of`.
    history : History
    kept : frozenset of Key
        What is not told whatever it is.
    """
    policy = survey.policy
    drafts: dict[tuple[str, str], Draft] = {}
    desks: dict[str, Desk] = {}
    counted = _by_measure(aggregates.figures)
    for row in aggregates.measures.to_dict("records"):
        measure = {str(column): value for column, value in row.items()}
        name, use, plan = measure["measure"], measure["use"], plans[measure["measure"]]
        own = use in OWN_USES
        alike = _alike(survey, measure["scale"], desks) if own else None
        people = reached(survey, measure["scale"], aggregates) if own else aggregates.people
        figures = _figures(counted[name], people, plan, alike)
        part = None if own else next(p for p in survey.parts if p.instrument.id == measure["instrument"])
        if use in ("severe", "critical", "unfavourable"):
            figure = figures[COUNTY, ALL]
            known = history.earlier(name, (COUNTY, ALL), figure.n, NO_SCORE)
            if part is None:
                of, steps, unscored = drafts[measure["instrument"], measure["scale"]], NO_SCORE, 0
            else:
                of, steps, unscored = _home(measure, part, drafts, aggregates, plan)
            fewest = policy.compare_min_respondents if own else policy.severe_min_respondents
            county = CountyFigure(name, figure, steps, policy, fewest, known, unscored, apart=own)
            county.say()
            of.county.append(county)
            continue
        steps, ends, held = NO_SCORE, (0.0, 0.0), kept
        if part is not None:
            scale = part.instrument.scale(measure["scale"])
            ends = scale.range
            found = mean_steps(part.instrument, scale) if use == "mean" else None
            steps = found or in_steps(part.instrument, scale, scale.attention)
            if use == "mean" and found is None:  # no whole steps, so nothing that R7 could be kept with
                held = frozenset(plan.wanted)
        earlier = {key: known for key in plan.wanted if (known := history.earlier(name, key, figures[key].n, steps))}
        desks[name] = clear_measure(name, steps, ends, figures, plan, policy, held, earlier)
        if use == "theme":
            _withhold_rare(desks[name])
        drafts[measure["instrument"], name if use == "named" else measure["scale"]] = Draft(desks[name])
    for question, names in options_of(aggregates.measures).items():
        options, plan, people = [desks[name] for name in names], plans[names[0]], reached(survey, question, aggregates)
        alike_to: dict[Key, range] = {}
        for key in plan.wanted:
            there = sum(people[unit, key[1]] for unit in plan.holds[key[0]])
            least, most = asked_range(survey, question, key, there, desks)
            alike_to[key] = told_alike(options[0].figures[key].tellable, least, most, policy.class_width)
        withhold_crowded(options, alike_to)
    return list(drafts.values())


def _withhold_rare(desk: Desk) -> None:
    """Withhold a theme whose class leaves it possible that fewer people than R11 asks for wrote of it.

    By the class and not by the count, so that whether it is told says nothing that the class does not.
    """
    for key, said in list(desk.printed.items()):
        if said.counts[0] < _THEME_LEAST:
            del desk.printed[key]


def options_of(measures: pd.DataFrame) -> dict[str, list[str]]:
    """Give the measures of each question with several answers, one for each option."""
    named = measures.loc[measures["use"].eq("named"), ["scale", "measure"]]
    by_question = named.groupby("scale", sort=False)["measure"]
    return {str(question): [str(name) for name in own] for question, own in by_question}


def _alike(survey: Survey, question: str, desks: dict[str, Desk]) -> _Alike:
    """Give the rule by which figures of an own question are told alike, beside what was told of questions before it."""
    width = survey.policy.class_width

    def alike(key: Key, n: int, people: int) -> int:
        least, most = asked_range(survey, question, key, people, desks)
        return told_alike_from(min(n, least), most, width)

    return alike


def _by_measure(figures: pd.DataFrame) -> dict[str, _Counted]:
    """Give the true figures of every measure: all have the same units in all groups, in whatever order."""
    lots = {str(measure): rows for measure, rows in figures.groupby("measure", sort=False)}
    found: dict[str, _Counted] = {}
    known: list[tuple[list[str], list[str], list[str], list[str], np.ndarray]] = []
    for measure, rows in lots.items():
        group, unit = (rows[name].to_list() for name in ("group", "unit"))
        # Nearly always they stand in the order of the measure before: then their places are known.
        if not known or (group, unit) != known[0][:2]:
            groups, units = (list(dict.fromkeys(names)) for names in (group, unit))
            at = {name: place for place, name in enumerate(units)}
            row_of = {name: place * len(units) for place, name in enumerate(groups)}
            places = np.array([row_of[g] + at[u] for g, u in zip(group, unit, strict=True)])
            known = [(group, unit, groups, units, places)]
        _, _, groups, units, places = known[0]
        table = np.full((len(groups) * len(units), 4), np.nan)
        table[places] = rows[["n", "cases", "total", "squares"]].to_numpy(dtype=float)
        found[measure] = groups, units, table.reshape(len(groups), len(units), 4)
    return found


def _figures(
    counted: _Counted, people: Mapping[tuple[str, str], int], plan: Plan, alike: _Alike | None
) -> dict[Key, Figure]:
    """Give the true figures of one measure by unit and group, those of parts and county from their units' own.

    `alike` is there where the number of people is itself an answer.
    """
    groups, units, table = counted
    place = {unit: number for number, unit in enumerate(units)}
    found = {}
    for name, members in plan.holds.items():
        sums = table[:, [place[unit] for unit in members]].sum(axis=1)
        for group, (n, cases, total, squares) in zip(groups, sums.tolist(), strict=True):
            start = None
            if alike:
                start = alike((name, group), int(n), sum([people[unit, group] for unit in members]))
            found[name, group] = Figure(int(n), int(cases), total, squares, start)
    return found


def _home(
    measure: dict[str, Any], part: Part, drafts: dict[tuple[str, str], Draft], aggregates: Aggregates, plan: Plan
) -> tuple[Draft, Steps, int]:
    """Find the scale that a severe band or a critical item belongs to, its steps, and how many have no score on it."""
    own = [draft for (instrument, _), draft in drafts.items() if instrument == part.instrument.id]
    people = int(aggregates.respondents.reindex(plan.holds[COUNTY], fill_value=0).sum())
    if measure["use"] == "severe":
        scale = part.instrument.scale(measure["scale"])
        return drafts[part.instrument.id, scale.id], in_steps(part.instrument, scale, scale.severe), 0
    column = next(c.column for c in part.instrument.critical if measure["measure"].endswith(f"_{_number(c.column)}"))
    for scale in part.scales:
        draft = drafts.get((part.instrument.id, scale.id))
        # Each such answer is a step of the score at least, if a higher answer is a higher score.
        rises = scale.higher_is == "worse" and draft is not None and draft.desk.steps is not NO_SCORE
        if draft is not None and rises and column in scale.items and not part.instrument.item(column).reverse:
            return draft, NO_SCORE, people - draft.desk.figures[COUNTY, ALL].n
    return own[0] if own else next(iter(drafts.values())), NO_SCORE, people


def _number(column: str) -> str:
    return column.rpartition("_")[2]
