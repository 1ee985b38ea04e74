"""How long does it take to protect a county and to prove it, and how does that grow?

(a) Counties of 15 to 120 schools, five scales: all that lies between true figures and a release, of the first wave, of
the second beside it, and of a third that is the second but for one person less in each of four schools; of 60 schools
also of a third that is the second altogether, or but for more and more schools. (b) The tree
part of a province: 6,000 schools in 100 counties, 60 measures. (c) The same bounds by highspy, warm, and by scipy. Run
``python benchmarks/certificate.py``; it writes ``benchmarks/results/certificate.json`` and ``.md``.
"""

import json
import os
import platform
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd

from wellbeing.aggregates import aggregate
from wellbeing.disclosure import clear, ledger
from wellbeing.disclosure.bounds import Prover
from wellbeing.disclosure.classes import Steps, possible_counts, share_class
from wellbeing.disclosure.history import Before
from wellbeing.disclosure.propagate import Relation, narrow, propagate, regions
from wellbeing.disclosure.solvers import System, _Highs, _Scipy
from wellbeing.disclosure.turnover import figures_of
from wellbeing.disclosure.units import form_units
from wellbeing.responses import Responses
from wellbeing.scoring import score_survey, writable
from wellbeing.surveys import load_county, load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.workspace import unpack

RESULTS = Path(__file__).parent / "results"
COUNTIES = (15, 30, 60, 120)
WAVES = ("2026-spring", "2026-autumn", "2027-spring")
TOUCHED = 4
#: Of a county of 60: schools of which the third wave has one person less.
MORE_AND_MORE = (0, 4, 15, 30, 45)
_WORK = ("figures", "solutions")
PHQ9 = Steps(Fraction(1), Fraction(0), 27, (10, 27), (0, 9))


def county(schools: int, touched: tuple[int, ...] = (TOUCHED,)) -> dict[str, Any]:
    """Release three waves of a county, the third for each number of schools touched, and say what took how long."""
    with tempfile.TemporaryDirectory(prefix="wellbeing-benchmark-") as folder:
        workspace = unpack(Path(folder) / "county")
        made = make_county(workspace.root, schools=schools, waves=WAVES[:2])
        survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
        where, units = load_county(workspace), form_units(roster, survey.policy)
        before: tuple[Before, ...] = ()
        took: dict[str, Any] = {"schools": schools}

        def release(wave: str, answers: pd.DataFrame) -> tuple[Before, dict[str, Any]]:
            answers = answers.reset_index(drop=True)
            scores = score_survey(survey, answers)
            true = aggregate(survey, Responses(survey.id, wave, answers), scores, units)
            agreed = answers["consent_statistics"].eq("yes").fillna(False).to_numpy(bool)
            scored = pd.concat([answers, writable(scores)], axis=1)[agreed].reset_index(drop=True)
            people = figures_of(scored, clear.columns_of(true.measures))
            began, worked = perf_counter(), process_time()
            day = f"{wave[:4]}-05-22" if "spring" in wave else f"{wave[:4]}-11-20"
            found = clear.cleared(survey, wave, day, where, roster, units, true, before, people)
            spent = {
                "seconds": round(perf_counter() - began, 2),
                "processor seconds": round(process_time() - worked, 2),
                "cells": len(found.release.cells),
                "figures": found.evidence.figures,
                "solutions": found.evidence.solutions,
                "widened": found.evidence.widened,
                "solver": found.evidence.solver,
            }
            past = ledger.line_of(found.release).past(found.look.people, found.look.after)
            return Before(past, people), spent

        for name, wave in zip(("first", "second"), WAVES, strict=False):
            done, took[name] = release(wave, made.answers[wave])
            before = (*before, done)
        last = made.answers[WAVES[1]]
        large = last["school_id"].value_counts().index
        for number in touched:
            inside = last["school_id"].isin(large[:number])
            gone = last.drop_duplicates("school_id").loc[lambda rows, inside=inside: inside[rows.index]].index
            _, took.setdefault("third", {})[number] = release(WAVES[2], last.drop(gone))
        return took


def province(counties: int = 100, schools: int = 60, measures: int = 60) -> dict[str, Any]:
    """Pass ranges up and down the trees of a province, every school with a class and a mean, every county too."""
    rng = np.random.default_rng(1)
    people = np.clip(np.exp(rng.normal(np.log(48), 0.6, (counties, schools))), 20, 250).astype(int)
    trees = []
    for of in range(counties):
        keys = [(f"{of}-{school}", "all") for school in range(schools)]
        trees.append((keys, [Relation((f"{of}", "all"), tuple(keys))]))
    told = [_told(people[of], rng) for _ in range(measures) for of in range(counties)]
    began = perf_counter()
    narrowed = 0
    for place, figures in enumerate(told):
        keys, relations = trees[place % counties]
        alone = dict(zip([*keys, relations[0].whole], regions(figures, PHQ9), strict=True))
        found = propagate(alone, relations)
        narrowed += sum(
            narrow(found[key], figure[0], PHQ9, 5, 5)
            for key, figure in zip([*keys, relations[0].whole], figures, strict=True)
        )
    took = perf_counter() - began
    return {"schools": counties * schools, "measures": measures, "seconds": round(took, 2), "narrowed": narrowed}


def _told(people: np.ndarray, rng: np.random.Generator) -> list[tuple[int, tuple[int, int], tuple[int, int]]]:
    """Tell of each school, and last of the county, a class and a mean in fifths or tenths."""
    cases = rng.binomial(people, 0.15)
    sums = (cases * 14 + (people - cases) * rng.uniform(3, 5, len(people))).astype(int)
    figures = []
    for n, case, total in zip(
        [*people.tolist(), int(people.sum())],
        [*cases.tolist(), int(cases.sum())],
        [*sums.tolist(), int(sums.sum())],
        strict=True,
    ):
        width = max(5, n // 10)
        low = total // width * width
        figures.append((n, possible_counts(*share_class(case, n, 5), n), (low, low + width - 1)))
    return figures


def solvers(units: int = 60, groups: int = 4) -> dict[str, Any]:
    """Bound every cell of a table of units by groups between its margins' classes, by each solver."""
    rng = np.random.default_rng(2)
    system, targets = System(), []
    people = rng.integers(5, 30, (units, groups))
    cases = rng.binomial(people, 0.15)
    for unit in range(units):
        for group in range(groups):
            system.unknown((unit, group), 0, int(people[unit, group]))
            targets.append({(unit, group): 1.0})
    for unit in range(units):
        ends = possible_counts(
            *share_class(int(cases[unit].sum()), int(people[unit].sum()), 5), int(people[unit].sum())
        )
        system.row({(unit, group): 1.0 for group in range(groups)}, *ends)
    for group in range(groups):
        n, c = int(people[:, group].sum()), int(cases[:, group].sum())
        system.row({(unit, group): 1.0 for unit in range(units)}, *possible_counts(*share_class(c, n, 5), n))
    # More than there can be, so that every bound is worked out.
    enough = [31] * len(targets)
    found = {}
    ranges = []
    for by in (_Highs, _Scipy):
        prover = Prover(system, targets, enough, by)
        began = perf_counter()
        prover.open()
        found[by.name] = round(perf_counter() - began, 2)
        ranges.append((prover.least, prover.most))
    same = bool(np.array_equal(ranges[0], ranges[1]))
    return {"bounds": 2 * len(targets), "seconds": found, "same bounds": same}


def main() -> int:
    """Measure, and write the results; 1 if two solvers disagree."""
    counties = [county(schools, MORE_AND_MORE if schools == 60 else (TOUCHED,)) for schools in COUNTIES]
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load": [round(load, 1) for load in os.getloadavg()] if hasattr(os, "getloadavg") else [],
        "counties": counties,
        "province": province(),
        "solvers": solvers(),
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "certificate.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")
    rows = [
        (
            took["schools"],
            f"{took['first']['seconds'] + took['second']['seconds']:.1f}",
            *(
                wave[what]
                for wave in (took["first"], took["second"], took["third"][TOUCHED])
                for what in ("seconds", "processor seconds")
            ),
            took["first"]["cells"] + took["second"]["cells"],
            took["first"]["figures"] + took["second"]["figures"],
            took["first"]["solutions"] + took["second"]["solutions"],
        )
        for took in counties
    ]
    table = "".join("| " + " | ".join(map(str, row)) + " |\n" for row in rows)
    growth = "".join(
        "| " + " | ".join(str(third[what]) for what in ("touched", "seconds", "processor seconds", *_WORK)) + " |\n"
        for took in counties
        if took["schools"] == 60
        for third in ({"touched": number, **spent} for number, spent in took["third"].items())
    )
    whole, pair = result["province"], result["solvers"]
    page = (
        f"# Protecting a county, and proving it\n\n{result['machine']}; load while it ran: "
        f"{', '.join(map(str, result['load']))} (other work ran beside it where this is above the number of cores).\n\n"
        "Five scales, from true figures to a release with its certificate: a first wave, a second beside it, and a "
        f"third that is the second but for {TOUCHED} people in {TOUCHED} schools. Seconds on the clock, and of the "
        "processor; cells, figures and solutions are those of the first two:\n\n"
        "| schools | first and second | first | processor | second | processor | third | processor | cells "
        "| figures attacked | solutions |\n"
        f"|---|---|---|---|---|---|---|---|---|---|---|\n{table}\n"
        "The third wave of 60 schools, by how many of them somebody left:\n\n"
        f"| schools touched | seconds | processor | figures attacked | solutions |\n|---|---|---|---|---|\n{growth}\n"
        f"The tree part of a province, {whole['schools']:,} schools and {whole['measures']} measures: "
        f"{whole['seconds']:.1f} s.\n\n"
        f"{pair['bounds']} bounds in whole numbers: highspy {pair['seconds']['highspy']:.2f} s, "
        f"scipy {pair['seconds']['scipy']:.2f} s; {'the same' if pair['same bounds'] else 'NOT the same'} bounds.\n"
    )
    (RESULTS / "certificate.md").write_text(page, encoding="utf-8", newline="\n")
    print(page)
    return int(not pair["same bounds"])


if __name__ == "__main__":
    sys.exit(main())
