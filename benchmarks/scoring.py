"""How fast is scoring? One million respondents, PHQ-9, GAD-7, WHO-5 and CBI, in one run on one machine.

Compared with (a) numpy doing nothing but the sums of the same matrix, (b) the same sums leaving out missing
answers, (c) a row-wise pandas scorer as it is usually written and (d) the leanest loop over rows that plain Python
allows, both timed on a share of the rows. Only the ratios mean anything. Run ``python benchmarks/scoring.py``; it
writes ``benchmarks/results/scoring.json`` and ``.md``.
"""

import json
import platform
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from wellbeing.instruments import Scale, load_instrument
from wellbeing.scoring import score
from wellbeing.surveys import Part

RESULTS = Path(__file__).parent / "results"
PEOPLE = 1_000_000
PEOPLE_BY_ROW = 1_000
PEOPLE_IN_A_LOOP = 50_000
PARTS = {
    "phq9": ("total",),
    "gad7": ("total",),
    "who5": ("total",),
    "cbi": ("personal", "work", "client"),
}


def battery() -> list[Part]:
    """Give the four instruments with the scales that are scored."""
    loaded = {name: load_instrument(name) for name in PARTS}
    return [Part(loaded[name], tuple(loaded[name].scale(s) for s in scales)) for name, scales in PARTS.items()]


def made_up(parts: list[Part], people: int) -> pd.DataFrame:
    """Make answers up, one in a hundred missing."""
    rng = np.random.default_rng(1)
    items = [item for part in parts for item in part.items]
    answers = np.column_stack([rng.choice(item.codes, people) for item in items]).astype(float)
    answers[rng.random(answers.shape) < 0.01] = np.nan
    return pd.DataFrame(answers, columns=[item.column for item in items])


def row_wise(answers: pd.DataFrame, parts: list[Part]) -> pd.DataFrame:
    """Score as it is usually written: one respondent at a time, by the same rules."""

    def points(row: "pd.Series[float]", scale: Scale) -> float:
        items = row[list(scale.items)].copy()
        for column in scale.reverse:
            items[column] = 100 - items[column]
        answered = items.notna().sum()
        if answered < scale.min_answered:
            return np.nan
        total = items.mean() if scale.method == "mean" else items.sum() * scale.multiply
        return float(np.floor(total * len(scale.items) / answered + 0.5)) if scale.prorate else float(total)

    def band(value: float, scale: Scale) -> str | None:
        found = scale.bands.band(value) if scale.bands else None
        return found.id if found else None

    def one(row: "pd.Series[float]") -> "pd.Series[object]":
        values = {f"{s.id}": points(row, s) for part in parts for s in part.scales}
        bands = {f"{s.id}_band": band(values[s.id], s) for part in parts for s in part.scales}
        return pd.Series(values | bands)

    return answers.apply(one, axis=1)


def lean_loop(answers: pd.DataFrame, parts: list[Part]) -> list[list[float | str | None]]:
    """Score one respondent at a time without pandas: tuples, lists and arithmetic only."""
    place = {column: number for number, column in enumerate(answers.columns)}
    scales = [
        (s, [place[c] for c in s.items], {place[c] for c in s.reverse}, s.bands.bands if s.bands else ())
        for part in parts
        for s in part.scales
    ]
    scored = []
    for row in answers.itertuples(index=False, name=None):
        values: list[float | str | None] = []
        for scale, places, reverse, bands in scales:
            items = [100 - row[at] if at in reverse else row[at] for at in places if row[at] == row[at]]
            if len(items) < scale.min_answered:
                values += [None, None]
                continue
            points = sum(items) * scale.multiply
            if scale.method == "mean":
                points /= len(items)
            elif scale.prorate:
                points = (points * len(places) / len(items) + 0.5) // 1
            values += [points, next((band.id for band in bands if band.holds(points)), None)]
        scored.append(values)
    return scored


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """Give the shortest of several runs."""
    found = []
    for _ in range(times):
        start = perf_counter()
        work()
        found.append(perf_counter() - start)
    return min(found)


def main() -> int:
    """Measure and write the results down."""
    parts = battery()
    answers = made_up(parts, PEOPLE)
    matrix = np.ascontiguousarray(answers.to_numpy())
    ends = np.cumsum([0, *(len(scale.items) for part in parts for scale in part.scales)])
    slices = [slice(start, end) for start, end in pairwise(ends)]
    sums = seconds(lambda: [matrix[:, items].sum(axis=1) for items in slices])
    nansums = seconds(lambda: [np.nansum(matrix[:, items], axis=1) for items in slices], 2)
    kit = seconds(lambda: [score(answers, part) for part in parts])
    few = answers.iloc[:PEOPLE_BY_ROW]
    by_row = seconds(lambda: row_wise(few, parts), 1) / PEOPLE_BY_ROW * PEOPLE
    more = answers.iloc[:PEOPLE_IN_A_LOOP]
    looped = seconds(lambda: lean_loop(more, parts), 2) / PEOPLE_IN_A_LOOP * PEOPLE
    result = {
        "people": PEOPLE,
        "cells": int(matrix.size),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}",
        "seconds": {
            "numpy sums": sums,
            "numpy nansums": nansums,
            "kit": kit,
            "row-wise pandas": by_row,
            "loop": looped,
        },
        "kit / numpy sums": kit / sums,
        "kit / numpy nansums": kit / nansums,
        "row-wise / kit": by_row / kit,
        "lean loop / kit": looped / kit,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2) + "\n"
    (RESULTS / "scoring.json").write_text(text, encoding="utf-8", newline="\n")
    rows = [
        ("numpy, sums only", sums),
        ("numpy, sums without missing answers", nansums),
        ("the kit: checks, missing rules, reversal, rounding, bands, critical items", kit),
        ("row-wise pandas", by_row),
        ("a lean loop over rows, without pandas", looped),
    ]
    table = "".join(f"| {what} | {time:.2f} | {time / sums:.1f} |\n" for what, time in rows)
    page = (
        "# Scoring one million respondents\n\nPHQ-9, GAD-7, WHO-5 and CBI, 40 answers each, 1 % missing; "
        f"{result['machine']}. Row-wise pandas timed on {PEOPLE_BY_ROW:,} rows, the loop on {PEOPLE_IN_A_LOOP:,}.\n\n"
        f"| | seconds | times the sums |\n|---|---|---|\n{table}\n"
        f"The kit takes {kit / sums:.1f} times as long as the plain sums; it is {by_row / kit:,.0f} times as fast as "
        f"row-wise pandas and {looped / kit:.0f} times as fast as the lean loop.\n"
    )
    (RESULTS / "scoring.md").write_text(page, encoding="utf-8", newline="\n")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
