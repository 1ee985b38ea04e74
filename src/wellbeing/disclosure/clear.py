"""Make a release of true figures: plan, count, class, withhold, propagate, coarsen, build.

The true figures go in and only classes and intervals come out. What was withheld or made coarser, and by which
rule, goes into the audit, which stays in the working zone and holds no number of people either.
"""

from math import floor, nan, sqrt
from typing import Any

import pandas as pd

from wellbeing.aggregates import UNKNOWN, Aggregates, groups_of
from wellbeing.disclosure.classes import NO_SCORE, about, counts_beside_sd, in_steps, response_points
from wellbeing.disclosure.coarsen import Desk, Figure, Printed, clear_measure, say_figure
from wellbeing.disclosure.plan import ALL, COUNTY, Plan, make_plan
from wellbeing.disclosure.propagate import Key, narrow, region
from wellbeing.disclosure.release import CELL_COLUMNS, UNIT_COLUMNS, Release, build
from wellbeing.disclosure.units import Comparisons, comparison_units
from wellbeing.surveys import SUBGROUPS, County, Part, Policy, Roster, Survey
from wellbeing.texts import say

AUDIT_COLUMNS = ("unit", "group", "measure", "rule", "done")

#: One row of the audit.
_Note = tuple[str, str, str, str, str]


def release(
    survey: Survey,
    wave: str,
    frozen: str,
    county: County,
    roster: Roster,
    units: pd.DataFrame,
    aggregates: Aggregates,
) -> tuple[Release, pd.DataFrame]:
    """Clear one wave of a survey for publication.

    Parameters
    ----------
    survey : Survey
    wave : str
    frozen : str
        The day on which the wave was closed, as ``2026-11-20`` (R3).
    county : County
    roster : Roster
        Today's schools. Staff and names are those the units were formed with.
    units : DataFrame
        As `units.freeze_units` gives them.
    aggregates : Aggregates
        True figures of these units.

    Returns
    -------
    Release
    DataFrame
        The audit, columns `AUDIT_COLUMNS`: one row per figure that was withheld, made coarser or left out, with
        the rule. For the working zone.
    """
    comparisons = comparison_units(units, survey.policy, aggregates.respondents)
    plan = make_plan(survey, list(units["unit"]), comparisons)
    published = _unit_rows(units, comparisons, plan, aggregates.respondents, county, survey.policy)
    keys = [(unit, group) for unit in published["unit"] for group in groups_of(survey)]
    notes: list[_Note] = [
        (unit, ALL, "", "R13", "left out of the county's figures") for unit in sorted(comparisons.left_out)
    ]
    cells: list[tuple[Any, ...]] = []
    desks: dict[tuple[str, str], Desk] = {}
    kept = _untold(aggregates, plan, survey.policy)
    for row in aggregates.measures.to_dict("records"):
        measure = {str(column): value for column, value in row.items()}
        part = next(part for part in survey.parts if part.instrument.id == measure["instrument"])
        scale = measure["instrument"], measure["scale"]
        if measure["use"] == "attention":
            desk = _attention(measure, part, _figures(aggregates, measure["measure"], plan), plan, survey.policy, kept)
            desks[scale] = desk
            # Of the county and its parts only: a school's would be one more equation about few people (R7).
            wholes = {level.whole for level in plan.levels} & desk.printed.keys()
            deviations = {key: _deviation(desk, key) for key in wholes}
            cells += [_cell(key, desk.measure, desk.printed.get(key), deviations.get(key)) for key in keys]
            notes += _notes(desk, keys, plan, comparisons, deviations)
        else:
            said, rule = _county_only(measure, part, aggregates, plan, desks.get(scale), survey.policy)
            cells.append(_cell((COUNTY, ALL), measure["measure"], said, None))
            if said is None:
                notes.append((COUNTY, ALL, measure["measure"], rule, "withheld"))
    cleared = build(
        survey.id,
        wave,
        frozen,
        _words(survey, county, roster),
        published,
        pd.DataFrame(cells, columns=list(CELL_COLUMNS)),
        aggregates.measures,
        survey.policy,
    )
    return cleared, pd.DataFrame(notes, columns=list(AUDIT_COLUMNS))


def _words(survey: Survey, county: County, roster: Roster) -> dict[str, Any]:
    """Give the names that stand on the reports; whoever renders them reads no definition and no roster."""
    words: dict[str, Any] = {
        "school_names": {str(school): str(name) for school, name in roster.schools["name"].items()}
    }
    for lang in ("zh", "en"):
        words[f"name_{lang}"] = county.name.in_(lang)
        words[f"bureau_{lang}"] = county.bureau.in_(lang)
        words[f"contacts_{lang}"] = [contact.in_(lang) for contact in county.contacts]
        words[f"survey_{lang}"] = survey.title.in_(lang)
        words[f"groups_{lang}"] = {
            f"{question.id}={option.code}": option.label.in_(lang)
            for question in survey.questions
            for option in question.options
            if question.id in SUBGROUPS
        }
    return words


def _figures(aggregates: Aggregates, measure: str, plan: Plan) -> dict[Key, Figure]:
    """Give the true figures of one measure by unit and group, those of parts and county from their units' own."""
    rows = aggregates.figures[aggregates.figures["measure"] == measure]
    columns = ["unit", "group", "n", "cases", "total", "squares"]
    own = {(unit, group): values for unit, group, *values in rows[columns].astype(object).to_numpy()}
    groups = list(dict.fromkeys(rows["group"]))
    found = {}
    for name, members in plan.holds.items():
        for group in groups:
            n, cases, total, squares = (
                (sum(column) for column in zip(*(own[unit, group] for unit in members), strict=True))
                if members
                else (0, 0, 0.0, 0.0)
            )
            found[name, group] = Figure(int(n), int(cases), float(total), float(squares))
    return found


def _untold(aggregates: Aggregates, plan: Plan, policy: Policy) -> frozenset[Key]:
    """Find the subgroups that are not told although each is large enough, because of two questions together (R6).

    In a school or a group of schools one question is told, the one with the most answers that are large enough.
    Two may be crossed by whoever knows the staff: four women at most, four men at most, and five class teachers at
    least leave one to four women. For the county, groups of two questions must differ by as many people as a
    subgroup needs, or by nobody; of two questions with groups that are nearly the same the later one is not told.
    All this hangs on numbers of people only, which colleagues know.
    """
    kept: set[Key] = set()
    for unit in dict.fromkeys(unit for unit, _ in plan.wanted):
        inside = aggregates.overlaps[aggregates.overlaps["unit"].isin(plan.holds[unit])]
        people = int(aggregates.respondents.reindex(plan.holds[unit], fill_value=0).sum())
        pairs = inside.groupby(["one", "other"], sort=False, as_index=False)[["n_one", "n_other", "n_both"]].sum()
        questions = {key: _question(key[1]) for key in plan.wanted if key[0] == unit and key[1] != ALL}
        if unit == COUNTY:
            later = {_question(other) for other in _near(pairs, people, policy.subgroup_min)}
        else:
            told = _largest_question(pairs, people, policy.subgroup_min)
            later = set(questions.values()) - {told}
        kept |= {key for key, question in questions.items() if question in later}
    return frozenset(kept)


def _near(pairs: pd.DataFrame, people: int, least: int) -> set[str]:
    """Find the groups that are nearly one of an earlier question's, or nearly the rest beside one."""
    found = set()
    for other, n_one, n_other, n_both in pairs[["other", "n_one", "n_other", "n_both"]].itertuples(index=False):
        told = min(n_one, n_other, people - n_one, people - n_other) >= least
        # Of two questions with two answers each, the one's group and the other's rest may be the near ones.
        same, crossed = n_one + n_other - 2 * n_both, people - n_one - n_other + 2 * n_both
        if told and (0 < same < least or 0 < crossed < least):
            found.add(str(other))
    return found


def _largest_question(pairs: pd.DataFrame, people: int, least: int) -> str:
    """Give the question of which most groups are large enough, the survey's first one of several."""
    sizes = dict(zip(pairs["one"], pairs["n_one"], strict=True)) | dict(
        zip(pairs["other"], pairs["n_other"], strict=True)
    )
    tellable: dict[str, int] = {}
    for group, n in sizes.items():
        enough = not group.endswith(f"={UNKNOWN}") and min(n, people - n) >= least
        tellable[_question(group)] = tellable.get(_question(group), 0) + enough
    return max(tellable, key=lambda question: tellable[question], default="")


def _question(group: str) -> str:
    return group.partition("=")[0]


def _attention(
    measure: dict[str, Any],
    part: Part,
    figures: dict[Key, Figure],
    plan: Plan,
    policy: Policy,
    kept: frozenset[Key],
) -> Desk:
    scale = part.instrument.scale(measure["scale"])
    steps = in_steps(part.instrument, scale, scale.attention)
    return clear_measure(measure["measure"], steps, scale.range, figures, plan, policy, kept)


def _county_only(
    measure: dict[str, Any], part: Part, aggregates: Aggregates, plan: Plan, beside: Desk | None, policy: Policy
) -> tuple[Printed | None, str]:
    """Say the severe band or a critical item: of the whole county only, from 200 people, no subgroups (R4)."""
    figure = _figures(aggregates, measure["measure"], plan)[COUNTY, ALL]
    if figure.n < policy.severe_min_respondents:
        return None, "R4"
    ends = (float(measure["range_low"]), float(measure["range_high"]))
    mean = beside.printed.get((COUNTY, ALL)) if beside else None
    steps = NO_SCORE
    if measure["use"] == "severe":
        scale = part.instrument.scale(measure["scale"])
        steps = in_steps(part.instrument, scale, scale.severe)
    doublings = 0
    while said := say_figure(figure, steps, ends, policy, doublings):
        # The mean that stands beside the share in need of attention speaks of the severe band too (R7).
        sums = mean.sums if mean and steps is not NO_SCORE else said.sums
        if not narrow(region(figure.n, said.counts, sums, steps), figure.n, steps, policy.class_width, 1):
            return said, ""
        doublings += 1
    return None, "R7"


def _deviation(desk: Desk, key: Key) -> float | None:
    """Give the standard deviation to the policy's step, where it may be told (R7)."""
    figure, said, policy = desk.figures[key], desk.printed[key], desk.policy
    if said.mean is None or figure.n < policy.sd_min_respondents:
        return None
    variance = max(figure.squares - figure.total**2 / figure.n, 0.0) / (figure.n - 1)
    told = floor(sqrt(variance) / policy.sd_step + 0.5) * policy.sd_step
    left = counts_beside_sd(figure.n, said.counts, said.sums, desk.steps, told, policy.sd_step)
    return told if left >= policy.class_width else None


def _cell(key: Key, measure: str, said: Printed | None, sd: float | None) -> tuple[Any, ...]:
    if said is None:
        return *key, measure, nan, nan, "withheld", nan, nan, nan
    mean_low, mean_high = said.mean or (nan, nan)
    return *key, measure, float(said.low), float(said.high), said.side, mean_low, mean_high, nan if sd is None else sd


def _notes(
    desk: Desk, keys: list[Key], plan: Plan, comparisons: Comparisons, deviations: dict[Key, float | None]
) -> list[_Note]:
    """Write down what was not said, or more coarsely than the rules for one figure ask, and by which rule."""
    notes: list[_Note] = []
    for key in keys:
        said = desk.printed.get(key)

        def note(rule: str, done: str, key: Key = key) -> None:
            notes.append((*key, desk.measure, rule, done))

        if said is None:
            unit, group = key
            if key not in plan.wanted:
                note("R1" if unit in comparisons.beside else "R13", "withheld")
            elif not desk.may_say(key):
                note("R1" if group == ALL else "R6", "withheld")
            else:
                note("R15", "withheld")
            continue
        finest = say_figure(desk.figures[key], desk.steps, desk.ends, desk.policy)
        if finest is None or (said.low, said.high) != (finest.low, finest.high):
            note("R5", "class widened")
        if desk.has_mean(key):
            if said.mean is None:
                note("R7", "mean withheld")
            elif said.mean != desk.finest_mean(key):
                note("R7", "mean widened")
        if key in deviations and deviations[key] is None:
            note("R7", "sd withheld")
    return notes


def _unit_rows(
    units: pd.DataFrame,
    comparisons: Comparisons,
    plan: Plan,
    respondents: pd.Series,
    county: County,
    policy: Policy,
) -> pd.DataFrame:
    """Describe the units that are released: those that report, the parts of the county, the county.

    Response is the number of those whose answers count in the statistics over the staff when the units were
    formed: colleagues know the staff, and who refused the statistics is not told apart from who did not answer.
    """
    reported = units.assign(compare=[comparisons.beside[unit] for unit in units["unit"]])
    parts = comparisons.units.assign(compare=COUNTY)
    counted = units[~units["unit"].isin(comparisons.left_out)]
    whole = {
        "unit": COUNTY,
        "level": "county",
        **{f"name_{lang}": say("units.county", lang, county=county.name.in_(lang)) for lang in ("zh", "en")},
        "kind": "mixed",
        "town": "mixed",
        "schools": " ".join(counted["schools"]),
        "staff": int(counted["staff"].sum()),
        "compare": "",
    }
    rows = pd.concat([reported, parts, pd.DataFrame([whole])], ignore_index=True)
    told = []
    for unit, level, staff in rows[["unit", "level", "staff"]].astype(object).to_numpy():
        n = sum(int(respondents.get(member, 0)) for member in plan.holds[unit])
        alone = level in ("school", "group")
        hidden = unit not in comparisons.reporting if alone else n < policy.min_respondents
        points = None if hidden else response_points(n, int(staff), policy.response_step)
        told.append((nan if hidden else float(about(n)), nan if points is None else float(points)))
    return rows.assign(respondents=[about_n for about_n, _ in told], response=[points for _, points in told])[
        list(UNIT_COLUMNS)
    ]
