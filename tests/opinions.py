"""A made-up county's opinion survey for tests: answers drawn by school, seeded, and the way to a release."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from made_counties import COUNTY, roster
from wellbeing.aggregates import Aggregates, aggregate, own_columns
from wellbeing.disclosure import clear
from wellbeing.disclosure.history import Before
from wellbeing.disclosure.ledger import line_of
from wellbeing.disclosure.turnover import figures_of
from wellbeing.disclosure.units import form_units
from wellbeing.responses import Responses
from wellbeing.scoring import score_survey
from wellbeing.surveys import PERSON_COLUMNS, Roster, Survey, load_survey
from wellbeing.workspace import Workspace, kit_root

DAYS = {"2025": "2025-12-01", "2026": "2026-12-01", "2027": "2027-12-01"}


@cache
def opinion() -> Survey:
    return load_survey(Workspace(kit_root()), "staff_opinion")


def part_of(questions: str, scales: str = "") -> Survey:
    """The survey with some of its own questions and scales alone: ``op_3c_talk``, ``copsoq3_core_influence``."""
    survey, kept = opinion(), {*questions.split()}
    own = tuple(q for q in survey.questions if q in survey.person_questions or q.id in kept)
    parts = tuple(
        replace(part, scales=tuple(s for s in part.scales if f"{part.instrument.id}_{s.id}" in scales.split()))
        for part in survey.parts
    )
    return replace(survey, questions=own, parts=tuple(part for part in parts if part.scales))


def county(schools: int, seed: int, least: int = 8) -> Roster:
    rng = np.random.default_rng(seed)
    staff = np.clip(np.exp(rng.normal(np.log(48), 0.75, schools)).round(), least, 250).astype(int)
    kinds = ("kindergarten", "primary", "junior")
    return roster(*((f"S{n:03}", f"镇{n % 4}", kinds[n % 3], int(count)) for n, count in enumerate(staff)))


def answers(survey: Survey, schools: Roster, seed: int, response: float = 0.75) -> pd.DataFrame:
    """Answers of `response` of every school's staff; a question is left out by one in fifty."""
    rng = np.random.default_rng(seed)
    took_part = {school: rng.binomial(staff, response) for school, staff in schools.schools["staff"].items()}
    home = np.repeat(list(took_part), list(took_part.values()))
    mood = rng.normal(0, 0.8, len(took_part)).repeat(list(took_part.values()))
    people = pd.DataFrame({"school_id": home, "consent_statistics": "yes"})
    for question in survey.questions:
        codes = [option.code for option in question.options]
        if question.id in ("school_id", "consent_statistics") or not codes:
            continue
        if question.kind == "multiple":
            drawn = rng.random((len(home), len(codes))) < 0.25
            texts = [";".join(np.array(codes)[row]) for row in drawn]
            people[question.id] = pd.Series(texts, dtype="str").replace("", pd.NA)
            continue
        # Favourable answers where the mood is good; one in eight is outside, where that can be said.
        weight = dict.fromkeys(codes, 1.0) | dict.fromkeys(question.outside, len(codes) / 16)
        share = np.array([[weight[c] * np.exp(m * (c in question.favourable)) for c in codes] for m in np.unique(mood)])
        share /= share.sum(axis=1, keepdims=True)
        rows = share[np.unique(mood, return_inverse=True)[1]].cumsum(axis=1)
        picked = (rng.random(len(home))[:, None] > rows).sum(axis=1).clip(0, len(codes) - 1)
        people[question.id] = pd.Series(np.array(codes)[picked], dtype="str").mask(rng.random(len(home)) < 0.02)
    for question in survey.questions:
        for condition in survey.routing.get(question.id, ()):
            if all(column in people for column in condition.columns):
                asked = people[list(condition.columns)].isin(condition.codes).any(axis=1)
                people[question.id] = people[question.id].where(asked)
    for item in survey.items:
        drawn = np.clip(rng.normal(0.5, 0.25, len(home)) + mood / 8, 0, 0.999) * len(item.codes)
        people[item.column] = pd.Series(np.array(sorted(item.codes))[drawn.astype(int)], dtype="float64")
        people[item.column] = people[item.column].mask(rng.random(len(home)) < 0.02)
    return people


def counted(survey: Survey, schools: Roster, people: pd.DataFrame) -> tuple[Aggregates, pd.DataFrame, pd.DataFrame]:
    """True figures, the units, and who is counted."""
    scores = score_survey(survey, people) if survey.parts else pd.DataFrame(index=people.index)
    units = form_units(schools, survey.policy)
    true = aggregate(survey, Responses("staff_opinion", "2026", people), scores, units)
    about = people[[column for column in PERSON_COLUMNS if column in people]].assign(code="")
    scored = pd.concat([about, scores, own_columns(survey, people)], axis=1)
    return true, units, figures_of(scored, clear.columns_of(true.measures))


def cleared(
    survey: Survey,
    schools: Roster,
    people: pd.DataFrame,
    wave: str = "2026",
    before: tuple[clear.Cleared, ...] = (),
    by_group: frozenset[str] = frozenset(),
) -> clear.Cleared:
    true, units, who = counted(survey, schools, people)
    past = tuple(Before(line_of(each.release).past(each.look.people, each.look.after)) for each in before)
    return clear.cleared(survey, wave, DAYS[wave], COUNTY, schools, units, true, past, who, by_group)
