"""Small made-up counties for the tests of disclosure control: rosters, answers and scores, seeded."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from wellbeing.aggregates import Aggregates, aggregate
from wellbeing.disclosure import clear
from wellbeing.disclosure.release import Release
from wellbeing.disclosure.units import form_units
from wellbeing.instruments import Text
from wellbeing.responses import Responses
from wellbeing.surveys import County, Policy, Roster, Survey, load_survey
from wellbeing.workspace import Workspace, kit_root

COUNTY = County(Text("示例县", "Sample County"), Text("示例县教育局", "Bureau"), (Text("县中心", "Centre"),))


@cache
def screening() -> Survey:
    return load_survey(Workspace(kit_root()), "screening")


def policy() -> Policy:
    return screening().policy


def roster(*schools: tuple[Any, ...]) -> Roster:
    """Schools as (id, town, kind, staff) or (id, town, kind, staff, group)."""
    rows = [(*school, "")[:5] for school in schools]
    table = pd.DataFrame(rows, columns=["school_id", "town", "kind", "staff", "group"]).set_index("school_id")
    table["name"] = ["学校" + name for name in table.index]
    table["rural"] = True
    return Roster(table[["name", "town", "kind", "rural", "staff", "group"]])


def people(schools: dict[str, int], rng: np.random.Generator, unknown: float = 0.02) -> pd.DataFrame:
    """So many respondents of each school, with sex, age and role, a few of them not said, all consenting."""
    size = sum(schools.values())

    def said(options: list[str], weights: list[float]) -> pd.Series:
        drawn = pd.Series(rng.choice(options, size, p=weights), dtype="str")
        return drawn.where(rng.random(size) >= unknown)

    return pd.DataFrame(
        {
            "school_id": np.repeat(list(schools), list(schools.values())),
            "code": [f"CANARY{number:06}" for number in range(size)],
            "sex": said(["female", "male"], [0.65, 0.35]),
            "age_band": said(["under_35", "from_35_to_49", "from_50"], [0.4, 0.4, 0.2]),
            "role": said(["class_teacher", "teacher", "other"], [0.35, 0.5, 0.15]),
            "consent_statistics": "yes",
        }
    )


def scores(
    answers: pd.DataFrame, rng: np.random.Generator, level: float = 0.0, unscorable: float = 0.02
) -> pd.DataFrame:
    """Scores on each scale's own steps; `level` above 0 raises strain for everybody."""
    size = len(answers)
    strain = rng.normal(level, 1, size)
    found: dict[str, Any] = {}
    for name, mean, sd, step, high, turn in (
        ("phq9_total", 5.5, 4.8, 1, 27, 1),
        ("gad7_total", 4.5, 4.2, 1, 21, 1),
        ("who5_total", 51, 22, 4, 100, -1),
        ("cbi_personal", 41, 18.7, 25 / 6, 100, 1),
        ("cbi_work", 41, 16, 25 / 7, 100, 1),
    ):
        drawn = mean + turn * sd * (0.8 * strain + 0.6 * rng.normal(0, 1, size))
        points = np.round(np.clip(drawn, 0, high) / step) * step
        found[name] = pd.Series(np.where(rng.random(size) < unscorable, np.nan, points), index=answers.index)
    return banded(pd.DataFrame(found, index=answers.index), rng)


def banded(points: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add the bands by the instruments' manuals, and an answer to the critical item."""
    frame = points.copy()
    cuts = {
        "phq9_total": ([-1, 4, 9, 14, 19, 27], ["minimal", "mild", "moderate", "moderately_severe", "severe"]),
        "gad7_total": ([-1, 4, 9, 14, 21], ["minimal", "mild", "moderate", "severe"]),
        "who5_total": ([-1, 50, 100], ["low", "adequate"]),
    }
    for name, (edges, labels) in cuts.items():
        frame[f"{name}_band"] = pd.cut(points[name], edges, labels=labels)
    survey = screening()
    for part in survey.parts:
        if part.instrument.id == "cbi":
            for scale in part.scales:
                column = f"cbi_{scale.id}"
                frame[f"{column}_band"] = pd.Categorical(
                    [_band(value, scale.bands) for value in points[column]], [band.id for band in scale.bands.bands]
                )
    drawn = rng.choice(["yes", "no", "unanswered"], len(points), p=[0.04, 0.94, 0.02])
    frame["phq9_critical_9"] = pd.Categorical(drawn, ["yes", "no", "unanswered"])
    return frame


def _band(value: float, bands: Any) -> str | None:
    for band in bands.bands:
        above = value > band.low if band.low_open else value >= band.low
        below = value < band.high if band.high_open else value <= band.high
        if above and below:
            return str(band.id)
    return None


@dataclass(frozen=True, eq=False)
class Made:
    roster: Roster
    units: pd.DataFrame
    answers: pd.DataFrame
    scores: pd.DataFrame
    aggregates: Aggregates
    release: Release
    audit: pd.DataFrame


def clear_county(schools: Roster, answers: pd.DataFrame, scored: pd.DataFrame, instruments: str = "") -> Made:
    """The whole way from answers to a release; of some instruments only, where named."""
    survey = screening()
    if instruments:
        kept = tuple(part for part in survey.parts if part.instrument.id in instruments.split())
        survey = replace(survey, parts=kept)
    units = form_units(schools, survey.policy)
    true = aggregate(survey, Responses("screening", "2026-autumn", answers), scored, units)
    cleared, audit = clear.release(survey, "2026-autumn", "2026-11-20", COUNTY, schools, units, true)
    return Made(schools, units, answers, scored, true, cleared, audit)


def make_county(
    schools: int,
    seed: int,
    *,
    level: float = 0.0,
    least: int = 8,
    kinds: tuple[str, ...] = ("kindergarten", "primary", "junior"),
    rates: list[float] | None = None,
    instruments: str = "",
) -> Made:
    """A county of so many schools of `least` to 250 staff in two townships or more.

    `rates` are shares of staff who answer, by school; drawn around 75 % where not given.
    """
    rng = np.random.default_rng(seed)
    staff = np.clip(np.exp(rng.normal(np.log(48), 0.75, schools)).round(), least, 250).astype(int)
    towns = max(2, schools // 5)
    names = [f"S{number:03}" for number in range(schools)]
    listed = roster(
        *(
            (name, f"镇{rng.integers(towns)}", str(rng.choice(list(kinds))), int(size))
            for name, size in zip(names, staff, strict=True)
        )
    )
    drawn = rates or np.clip(rng.normal(0.75, 0.1, schools), 0.3, 1).tolist()
    answered = {name: round(size * rate) for name, size, rate in zip(names, staff.tolist(), drawn, strict=True)}
    answers = people(answered, rng)
    return clear_county(listed, answers, scores(answers, rng, level), instruments)
