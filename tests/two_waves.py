"""Two waves of a made-up county with few changes, and an attacker who holds everybody else for unchanged.

Written from the privacy rules, apart from the package's own links between waves: every number of cases before, among
those who came and among those who left is tried, and sums are bounded by what a person can score.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pandas as pd

from attacker import SCALES
from made_counties import COUNTY, Made, banded, make_county, screening
from wellbeing.aggregates import aggregate
from wellbeing.disclosure import clear
from wellbeing.disclosure.history import Before
from wellbeing.disclosure.ledger import line_of
from wellbeing.disclosure.release import Release
from wellbeing.disclosure.turnover import figures_of
from wellbeing.responses import Responses

FIRST, SECOND = "2026-spring", "2026-autumn"


@dataclass(frozen=True, eq=False)
class Pair:
    """A county, its two releases, and who was in each."""

    made: Made
    first: clear.Cleared
    second: clear.Cleared
    people: tuple[pd.DataFrame, pd.DataFrame]
    points: tuple[pd.DataFrame, pd.DataFrame]


def _frame(answers: pd.DataFrame, scored: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    return figures_of(pd.concat([answers, scored], axis=1).reset_index(drop=True), clear.columns_of(measures))


def _clear(survey, made, wave, answers, scored, before):
    true = aggregate(survey, Responses("screening", wave, answers), scored, made.units)
    people = _frame(answers, scored, true.measures)
    day = {FIRST: "2026-05-20", SECOND: "2026-11-20"}[wave]
    found = clear.cleared(survey, wave, day, COUNTY, made.roster, made.units, true, before, people)
    return found, people


def two_waves(schools: int, seed: int, changed: float = 0.0, instruments: str = "", **more) -> Pair:
    """One comes, one leaves, one answers late and one withdraws, in four schools; `changed` others score anew."""
    rng = np.random.default_rng(1000 + seed)
    made = make_county(schools, seed, instruments=instruments, **more)
    survey = screening()
    if instruments:
        survey = replace(survey, parts=tuple(p for p in survey.parts if p.instrument.id in instruments.split()))
    first, people = _clear(survey, made, FIRST, made.answers, made.scores, ())
    answers, points = _moved(made, rng, changed)
    scored = banded(points, rng)
    line = line_of(first.release)
    before = (Before(line.past(first.look.people, first.look.after), people),)
    second, later = _clear(survey, made, SECOND, answers, scored, before)
    return Pair(made, first, second, (people, later), (made.scores, scored))


def _moved(made: Made, rng: np.random.Generator, changed: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    totals = [c for c in ("phq9_total", "gad7_total", "who5_total", "cbi_personal", "cbi_work") if c in made.scores]
    answers, points = made.answers.copy(), made.scores[totals].copy()
    homes = answers["school_id"].value_counts().index.tolist()
    homes = [homes[place % len(homes)] for place in range(4)]
    for home, comes in zip(homes, (True, False, True, False), strict=True):
        here = answers.index[answers["school_id"] == home]
        if comes:
            new = int(answers.index.max()) + 1
            answers.loc[new] = answers.loc[here[0]]
            answers.loc[new, "code"] = f"CANARYNEW{new}"
            # Somebody in great need, on every scale.
            points.loc[new] = {c: 0.0 if c == "who5_total" else 20.0 if "total" in c else 100.0 for c in totals}
        else:
            answers, points = answers.drop(here[1]), points.drop(here[1])
    anew = rng.random(len(points)) < changed
    for column in totals:
        points.loc[anew, column] = rng.permutation(points.loc[anew, column].to_numpy(copy=True))
    return answers, points


@dataclass(frozen=True)
class _Told:
    n: int
    counts: tuple[int, int]
    sums: tuple[int, int]


def _told(release: Release, cell, n: int, scale) -> _Told:
    """What a printed cell leaves to `n` people, by R5 and R7."""
    step, most, _, _ = scale
    counts, sums = (0, n), (0, n * most)
    if cell is not None and cell.side != "withheld":
        low, high = int(cell.low), int(cell.high)
        counts = {"few": (low, high), "many": (n - high, n - low), "untold": (low, n - low)}[cell.side]
        if not pd.isna(cell.mean_low):
            end = Fraction(str(cell.mean_high)) * n / step
            last = floor(end) if end == n * most else ceil(end) - 1
            sums = (ceil(Fraction(str(cell.mean_low)) * n / step), last)
    return _Told(n, counts, sums)


def _possible(first: _Told, second: _Told, came: int, left: int, scale) -> set[tuple[int, int, int]]:
    """Every (cases before, cases who came, cases who left) that both waves leave, if nobody else changed."""
    _, _, case, rest = scale

    def total(people: int, cases: int) -> tuple[int, int]:
        return cases * case[0] + (people - cases) * rest[0], cases * case[1] + (people - cases) * rest[1]

    found = set()
    for before in range(first.counts[0], first.counts[1] + 1):
        for gone in range(max(0, before - (first.n - left)), min(left, before) + 1):
            stay = total(first.n - left, before - gone)
            out = total(left, gone)
            for new in range(came + 1):
                if not second.counts[0] <= before - gone + new <= second.counts[1]:
                    continue
                arrive = total(came, new)
                low = max(stay[0], first.sums[0] - out[1], second.sums[0] - arrive[1])
                high = min(stay[1], first.sums[1] - out[0], second.sums[1] - arrive[0])
                if low <= high:
                    found.add((before, new, gone))
    return found


def attack_pair(pair: Pair, measure: str) -> list[tuple[str, str, dict[str, int]]]:
    """Give every unit and group that two waves tell too much of; those where people must have changed are passed by."""
    scale = SCALES[measure]
    releases = (pair.first.release, pair.second.release)
    cells = [
        {(c.unit, c.group): c for c in release.cells[release.cells["measure"] == measure].itertuples()}
        for release in releases
    ]
    units = [dict(zip(r.units["unit"], r.units["schools"], strict=True)) for r in releases]
    leaks = []
    for key in sorted(cells[0].keys() & cells[1].keys()):
        unit, group = key
        if units[0][unit] != units[1][unit]:
            continue
        codes = []
        for people in pair.people:
            here = people["school_id"].isin(units[0][unit].split()) & people[measure].notna()
            if group != "all":
                question, code = group.split("=")
                here &= people[question].eq(code).fillna(False).astype(bool)
            codes.append(set(people.loc[here, "code"]))
        came, left = len(codes[1] - codes[0]), len(codes[0] - codes[1])
        told = [
            _told(release, side[key], len(who), scale)
            for release, side, who in zip(releases, cells, codes, strict=True)
        ]
        possible = _possible(told[0], told[1], came, left, scale)
        if not possible or max(came, left) > 12:
            continue
        seen = {
            "before": (len({p[0] for p in possible}), min(5, told[0].n + 1)),
            "came": (len({p[1] for p in possible}), min(5, came + 1)),
            "left": (len({p[2] for p in possible}), min(5, left + 1)),
            "now": (len({p[0] + p[1] - p[2] for p in possible}), min(5, told[1].n + 1)),
        }
        short = {name: values for name, (values, enough) in seen.items() if values < enough}
        if short:
            leaks.append((unit, group, short))
    return leaks
