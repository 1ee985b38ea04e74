"""Make a release of true figures: plan, count, class, withhold, propagate, coarsen, build.

The true figures go in and only classes and intervals come out. What was withheld or made coarser, and by which
rule, goes into the audit, which stays in the working zone and holds no number of people either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, nan, sqrt
from typing import Any

import pandas as pd

from wellbeing.aggregates import OWN_USES, Aggregates, groups_of, subgroup_questions
from wellbeing.disclosure.certify import Evidence
from wellbeing.disclosure.classes import about, response_points
from wellbeing.disclosure.coarsen import Desk, Printed, say_figure
from wellbeing.disclosure.crossings import together, untold
from wellbeing.disclosure.draft import Draft
from wellbeing.disclosure.drafting import make_drafts, options_of, plans_of
from wellbeing.disclosure.history import Before, Look, look_back
from wellbeing.disclosure.means import counts_beside_sd
from wellbeing.disclosure.plan import ALL, COUNTY, Plan, make_plan
from wellbeing.disclosure.propagate import Key
from wellbeing.disclosure.proving import Grounds, proving
from wellbeing.disclosure.refused import Refused
from wellbeing.disclosure.release import CELL_COLUMNS, UNIT_COLUMNS, Release, build
from wellbeing.disclosure.units import Comparisons, comparison_units
from wellbeing.surveys import SUBGROUPS, County, Policy, Roster, Survey
from wellbeing.texts import say

AUDIT_COLUMNS = ("unit", "group", "measure", "rule", "done")

#: One row of the audit.
_Note = tuple[str, str, str, str, str]


@dataclass(frozen=True, eq=False)
class Cleared:
    """A wave cleared for publication, and what is kept of how: all but the release is for the working zone.

    Attributes
    ----------
    release : Release
    audit : DataFrame
        Columns `AUDIT_COLUMNS`: one row per figure that was withheld, made coarser or left out, with the rule.
    evidence : Evidence
        What the certificate stands on.
    look : Look
        ``people`` and ``after`` of it are kept for the waves to come.
    """

    release: Release
    audit: pd.DataFrame
    evidence: Evidence
    look: Look


def release(
    survey: Survey,
    wave: str,
    frozen: str,
    county: County,
    roster: Roster,
    units: pd.DataFrame,
    aggregates: Aggregates,
) -> tuple[Release, pd.DataFrame]:
    """Clear a first wave for publication; as `cleared`, the release and its audit alone."""
    found = cleared(survey, wave, frozen, county, roster, units, aggregates)
    return found.release, found.audit


def cleared(
    survey: Survey,
    wave: str,
    frozen: str,
    county: County,
    roster: Roster,
    units: pd.DataFrame,
    aggregates: Aggregates,
    before: Sequence[Before] = (),
    respondents: pd.DataFrame | None = None,
    by_group: frozenset[str] = frozenset(),
) -> Cleared:
    """Clear one wave of a survey for publication, beside everything that was released before.

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
    before : sequence of Before
        The waves released earlier, of this survey and others, the earliest first.
    respondents : DataFrame, optional
        Who is counted, as `turnover.count_people` wants them.
    by_group : frozenset of str
        Measures, or questions with all their measures, of which single schools are told nothing: groups of schools are,
        and the county.

    Returns
    -------
    Cleared

    Raises
    ------
    Refused
        If a figure could be worked out whatever is withheld.
    """
    policy = survey.policy
    comparisons = comparison_units(units, policy, aggregates.respondents)
    plan = make_plan(survey, list(units["unit"]), comparisons)
    published = _unit_rows(units, comparisons, plan, aggregates.respondents, county, policy)
    schools = {name: frozenset(ids.split()) for name, ids in zip(published["unit"], published["schools"], strict=True)}
    columns = columns_of(aggregates.measures)
    look = look_back(before, respondents, schools, _codes(survey), columns)
    kept = untold(aggregates, plan, policy, look.history.questions())
    notes: list[_Note] = [
        (unit, ALL, "", "R13", "left out of the county's figures") for unit in sorted(comparisons.left_out)
    ]
    plans = plans_of(plan, aggregates, published, policy, by_group)
    grounds = Grounds(plans, together(aggregates, plan.holds[COUNTY]), look, schools)
    scored = int(aggregates.measures["use"].eq("attention").sum())
    each = len(plan.holds) * len(aggregates.figures["group"].unique())
    with proving(grounds, grounds.work(each * len(aggregates.measures), each * scored)) as prove:
        drafts = make_drafts(survey, aggregates, plans, look.history, kept)
        # Scales share no person's score, so each is proved by itself; only the options of one question hang together.
        home = {measure: names[0] for names in options_of(aggregates.measures).values() for measure in names}
        lots: dict[str, list[Draft]] = {}
        for draft in drafts:
            lots.setdefault(home.get(draft.desk.measure, draft.desk.measure), []).append(draft)
        proved = prove(list(lots.values()))
    evidence = Evidence()
    for _, found in proved:
        evidence.add(found)
    by_measure = {draft.desk.measure: draft for own, _ in proved for draft in own}
    drafts = [by_measure[draft.desk.measure] for draft in drafts]
    if evidence.leaks:
        raise Refused("release_leaks", count=evidence.leaks)
    cells: list[tuple[Any, ...]] = []
    groups = {unit: groups_of(survey) if survey.clinical or unit == COUNTY else (ALL,) for unit in published["unit"]}
    keys = [(unit, group) for unit in published["unit"] for group in groups[unit]]
    for draft in drafts:
        desk = draft.desk
        # Of the county and its parts only: a school's would be one more equation about few people (R7).
        wholes = {level.whole for level in plan.levels} & desk.printed.keys()
        deviations = {key: _deviation(desk, key) for key in wholes}
        cells += [_cell(key, desk.measure, desk.printed.get(key), deviations.get(key)) for key in keys]
        notes += _notes(desk, keys, plans[desk.measure], comparisons, deviations)
    places = {measure: place for place, measure in enumerate(aggregates.measures["measure"])}
    for figure in sorted((f for draft in drafts for f in draft.county), key=lambda figure: places[figure.measure]):
        cells.append(_cell((COUNTY, ALL), figure.measure, figure.said, None))
        if figure.said is None:
            notes.append((COUNTY, ALL, figure.measure, figure.rule, "withheld"))
    made = build(
        survey.id,
        wave,
        frozen,
        _words(survey, county, roster),
        published,
        pd.DataFrame(cells, columns=list(CELL_COLUMNS)),
        aggregates.measures,
        policy,
        _certificate(evidence, before),
    )
    notes.sort(key=lambda note: places.get(note[2], -1))
    return Cleared(made, pd.DataFrame(notes, columns=list(AUDIT_COLUMNS)), evidence, look)


def _certificate(evidence: Evidence, before: Sequence[Before]) -> dict[str, Any]:
    """Give what of a certificate goes out with the release: the same on every machine, and nothing about a person."""
    return {
        "figures": evidence.figures,
        "narrowest": evidence.narrowest or 0,
        "leaks": evidence.leaks,
        "known": evidence.known,
        "earlier": [wave.past.digest for wave in before],
    }


def columns_of(measures: pd.DataFrame) -> dict[str, str]:
    """Give the column of the scores that each measure is counted from."""
    columns = {}
    for measure, instrument, scale, use in measures[["measure", "instrument", "scale", "use"]].to_numpy():
        columns[str(measure)] = str(measure) if use in ("critical", *OWN_USES) else f"{instrument}_{scale}"
    return columns


def _codes(survey: Survey) -> dict[str, tuple[str, ...]]:
    return {question.id: tuple(option.code for option in question.options) for question in subgroup_questions(survey)}


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


def _deviation(desk: Desk, key: Key) -> float | None:
    """Give the standard deviation to the policy's step, where it may be told (R7)."""
    figure, said, policy = desk.figures[key], desk.printed[key], desk.policy
    if said.mean is None or figure.n < policy.sd_min_respondents or not desk.steps.counted:
        return None
    # Beside everything else that is told, not beside its own class and mean alone.
    known = desk.together(key).get(key) or desk.alone(key)
    counts, sums = known.range, (int(known.least.min()), int(known.greatest.max()))
    variance = max(figure.squares - figure.total**2 / figure.n, 0.0) / (figure.n - 1)
    told = floor(sqrt(variance) / policy.sd_step + 0.5) * policy.sd_step
    left = counts_beside_sd(figure.n, counts, sums, desk.steps, told, policy.sd_step)
    return told if left >= policy.class_width else None


def _cell(key: Key, measure: str, said: Printed | None, sd: float | None) -> tuple[Any, ...]:
    if said is None:
        return *key, measure, nan, nan, "withheld", nan, nan, nan
    mean_low, mean_high = said.mean or (nan, nan)
    if said.side == "mean":
        return *key, measure, nan, nan, "mean", mean_low, mean_high, nan
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
                told = "withheld" if unit not in comparisons.reporting else "told by groups of schools only"
                note("R1" if unit in comparisons.beside else "R13", told)
            elif not desk.may_say(key):
                note("R1" if group == ALL else "R6", "withheld")
            else:
                note("R15", "withheld")
            continue
        finest = say_figure(desk.figures[key], desk.steps, desk.ends, desk.policy)
        if said.side != "mean" and (finest is None or (said.low, said.high) != (finest.low, finest.high)):
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
