"""Does anything leak? Twenty made-up counties, two terms and two years of opinions each, against the attacker.

Every county is released twice: a first term, then a second one beside it. In half of the counties the second term is
what the model makes of it, everybody's state drawn on; in the other half everybody is exactly as before, which is the
worst there can be for whoever is not. In both one joins, one leaves, one answers late and one withdraws, in four
schools. The opinion survey, without codes and with every sensitive block asked, is released beside them for two years,
of which the second's answers are the first's, but for those four schools, where the terms are the same too. Then
`wellbeing.attack`, which was written apart from what protects, reads the terms with the second year, and is told the
exact number of people of every figure and who came and went; and the two years, told how many answered, as a run
attacks its own release. What a reader finds who knows more of two years is measured by ``known_turnover.py``.

Run ``python benchmarks/disclosure_evidence.py [--counties 20] [--schools 20]``; it writes
``benchmarks/results/disclosure_evidence.json`` and ``.md``, and fails if there is a leak, or if fewer than 95 % of the
units with 20 respondents get an informative class, or a mean where a scale has no class, for any scale of an
instrument. For the opinion survey's own questions, of which some concern few, the median of all is told.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections import Counter
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from wellbeing.aggregates import aggregate, own_columns
from wellbeing.attack.audit import audit_release
from wellbeing.attack.known import Known
from wellbeing.disclosure import clear, ledger
from wellbeing.disclosure.history import Before
from wellbeing.disclosure.release import write_release
from wellbeing.disclosure.turnover import EVERYBODY, figures_of
from wellbeing.disclosure.units import form_units
from wellbeing.measures import load_measures
from wellbeing.responses import Responses
from wellbeing.scoring import score_survey, writable
from wellbeing.surveys import Survey, load_county, load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.synthetic.opinion import ask_everything, make_opinion
from wellbeing.workspace import Workspace, unpack

RESULTS = Path(__file__).parent / "results"
FIRST, SECOND = "2026-spring", "2026-autumn"
YEAR, NEXT = "2025", "2026"
DAYS = {YEAR: "2025-12-01", FIRST: "2026-05-22", SECOND: "2026-11-20", NEXT: "2026-12-01"}
#: Share of the units with 20 respondents or more that must get an informative class.
INFORMATIVE = 0.95


class Releasing:
    """A county on its way: its workspace, its units, and what was released so far."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.roster = read_roster(workspace.roster)
        self.county = load_county(workspace)
        self.before: list[Before] = []
        self.folders: list[Path] = []
        self.people: dict[tuple[str, str, str, str, str], int] = {}
        self.changes: dict[str, tuple[int, int]] = {}
        self.seconds: dict[str, float] = {}
        self.told: list[dict[str, Any]] = []

    def release(self, survey: Survey, wave: str, answers: pd.DataFrame) -> None:
        """Score, count, clear, certify and write one wave."""
        answers = answers.reset_index(drop=True)
        scores = score_survey(survey, answers)
        units = form_units(self.roster, survey.policy)
        true = aggregate(survey, Responses(survey.id, wave, answers), scores, units)
        agreed = answers["consent_statistics"].eq("yes").fillna(False).to_numpy(bool)
        scored = pd.concat([answers, writable(scores), own_columns(survey, answers)], axis=1)[agreed]
        scored = scored.loc[:, ~scored.columns.duplicated(keep="last")]
        if "code" not in scored:
            scored = scored.assign(code="")
        columns = {m: column for m, column in clear.columns_of(true.measures).items() if column in scored}
        people = figures_of(scored.reset_index(drop=True), columns)
        began = perf_counter()
        # As `batch.analysis` does it: two surveys are never joined on a person, nor two years without codes.
        before = tuple(
            Before(b.past, b.people if survey.clinical and b.past.survey == survey.id else None) for b in self.before
        )
        told = frozenset[str]() if survey.clinical else load_measures(self.workspace).told_by_group
        known = (self.county, self.roster, units, true, before, people)
        found = clear.cleared(survey, wave, DAYS[wave], *known, by_group=told)
        self.seconds[wave] = perf_counter() - began
        folder = self.workspace.released(survey.id, wave)
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_release(found.release, folder)
        self.folders.append(folder)
        line = ledger.line_of(found.release)
        self.before.append(Before(line.past(found.look.people, found.look.after), people))
        self._known(survey, wave, found)
        self.told.append(self._informative(survey, wave, found, true))

    def _known(self, survey: Survey, wave: str, found: clear.Cleared) -> None:
        counted = found.look.people
        if counted is None:
            raise RuntimeError("numbers of people are always counted here")
        for row in counted.itertuples():
            self.people[survey.id, wave, str(row.unit), str(row.group), str(row.measure)] = int(row.n)
        if wave == SECOND:
            people = counted[counted["group"].eq("all") & counted["measure"].eq(EVERYBODY)]
            self.changes = {str(row.unit): (int(row.came), int(row.left)) for row in people.itertuples()}

    def _informative(self, survey: Survey, wave: str, found: clear.Cleared, true: Any) -> dict[str, Any]:
        """Count the units with 20 respondents that get a class which leaves out some counts, by measure."""
        cells = found.release.cells
        large = true.respondents.index[true.respondents >= 20]
        own = cells[cells["unit"].isin(large) & cells["group"].eq("all")]
        asked = true.measures[true.measures["use"].isin(["attention", "mean", "favourable", "named"])]
        own = own[own["measure"].isin(asked["measure"])]
        classed = own["side"].isin(["few", "many", "untold"]) & ~(own["side"].eq("untold") & own["low"].eq(0))
        spoken = classed | own["mean_low"].notna()
        reports = found.release.units.set_index("unit")["respondents"]
        reporting = [unit for unit in large if reports[unit] == reports[unit]]
        return {
            "wave": f"{survey.id}/{wave}",
            "units": len(large),
            "reporting": len(reporting),
            "informative": spoken.groupby(own["measure"]).sum().astype(int).to_dict(),
            "means": own["mean_low"].notna().groupby(own["measure"]).sum().astype(int).to_dict(),
            "cells": int(cells["side"].ne("withheld").sum()),
            "certificate": found.release.certificate | {"widened": found.evidence.widened},
        }


def moved(first: pd.DataFrame, now: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Let one join, one leave, one answer late and one withdraw, in four large schools."""
    homes = now["school_id"].value_counts().index[:4]
    rows = [now]
    for home, comes in zip(homes, (True, False, True, False), strict=True):
        here = now.index[now["school_id"] == home]
        if comes:
            # With the answers of somebody else of the county, and a code that nobody had.
            other = now.loc[[rng.choice(now.index)]].copy()
            other["school_id"] = home
            if "code" in other:
                other["code"] = f"NEW{len(rows):09}"
            rows.append(other)
        else:
            rows[0] = rows[0].drop(here[int(rng.integers(len(here)))])
    return pd.concat(rows)


def one_county(seed: int, schools: int) -> dict[str, Any]:
    """Release a county's four tables and attack them."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="wellbeing-evidence-") as folder:
        workspace = unpack(Path(folder) / "county")
        made = make_county(workspace.root, schools=schools, seed=seed, waves=(FIRST, SECOND))
        survey = load_survey(workspace, "screening")
        unchanged = seed % 2 == 0
        releasing = Releasing(workspace)
        ask_everything(workspace)
        opinion = make_opinion(
            workspace, read_roster(workspace.roster), seed=seed, waves=(YEAR, NEXT), every_profile=False
        )
        for of, (wave, following), made_up in (
            (opinion.survey, (YEAR, NEXT), opinion.answers),
            (survey, (FIRST, SECOND), made.answers),
        ):
            then, drawn = (made_up[each].sample(frac=1, random_state=seed) for each in (wave, following))
            releasing.release(of, wave, then)
            releasing.release(of, following, moved(then, then if unchanged else drawn, rng))
        years = [releasing.workspace.released(opinion.survey.id, year) for year in (YEAR, NEXT)]
        answered = {key[:3]: n for key, n in releasing.people.items() if key[3:] == ("all", EVERYBODY)}
        results = [
            audit_release(
                [folder for folder in releasing.folders if folder != years[0]],
                Known(releasing.people, releasing.changes),
                artefacts=False,
            ),
            audit_release(years, Known(answered=answered), artefacts=False),
        ]
        return {
            "seed": seed,
            "second term": "unchanged but for four" if unchanged else "drawn anew",
            "leaks": sum(len(result.leaks) for result in results),
            "kinds": dict(Counter(leak.kind for result in results for leak in result.leaks)),
            "figures attacked": sum(result.figures for result in results),
            "narrowest": min(result.narrowest for result in results if result.narrowest is not None),
            "attack seconds": round(sum(result.seconds for result in results), 1),
            "release seconds": {wave: round(seconds, 1) for wave, seconds in releasing.seconds.items()},
            "told": releasing.told,
        }


def shares(counties: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Give the share of units with 20 respondents that get an informative class, by wave and measure."""
    found: dict[str, dict[str, float]] = {}
    for wave in dict.fromkeys(told["wave"] for county in counties for told in county["told"]):
        tables = [told for county in counties for told in county["told"] if told["wave"] == wave]
        units = sum(told["reporting"] for told in tables)
        measures = dict.fromkeys(measure for told in tables for measure in told["informative"])
        found[wave] = {m: round(sum(told["informative"].get(m, 0) for told in tables) / units, 4) for m in measures}
    return found


def of_instruments(by_measure: dict[str, float]) -> dict[str, float]:
    """Leave out the survey's own questions, which are no instrument."""
    return {measure: share for measure, share in by_measure.items() if not measure.startswith("op_")}


def page(result: dict[str, Any]) -> str:
    """Write the results out."""
    counties = result["counties"]
    lines = [
        "# Does anything leak?",
        "",
        f"{len(counties)} made-up counties of {result['schools']} schools, two terms and two years of opinions each, "
        "against `wellbeing.attack`: the terms and the second year, all numbers of people known and who came and "
        f"went; and the two years, how many answered being known; {result['machine']}.",
        "",
        f"**{sum(county['leaks'] for county in counties)} leaks** in "
        f"{sum(county['figures attacked'] for county in counties):,} figures attacked. Narrowest: "
        f"{min(county['narrowest'] for county in counties)} values.",
        "",
        "Share of the reporting units with 20 respondents or more that get an informative class:",
        "",
        "| release | scale | share |",
        "|---|---|---|",
    ]
    for wave, by_measure in result["informative"].items():
        lines += [f"| {wave} | {name} | {share:.1%} |" for name, share in of_instruments(by_measure).items()]
        own = [share for name, share in by_measure.items() if name not in of_instruments(by_measure)]
        if own:
            lines.append(
                f"| {wave} | own questions: median of {len(own)}, least, greatest | "
                f"{median(own):.1%}, {min(own):.1%}, {max(own):.1%} |"
            )
    lines += [
        "",
        "| seed | second term | attacked | leaks | narrowest | own certificate | widened | release s | attack s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for county in counties:
        proofs = [told["certificate"] for told in county["told"]]
        cells = (
            county["seed"],
            county["second term"],
            f"{county['figures attacked']:,}",
            county["leaks"],
            county["narrowest"],
            f"{sum(p['figures'] for p in proofs):,} figures, {min(p['narrowest'] for p in proofs)} at least",
            sum(p["widened"] for p in proofs),
            " + ".join(f"{seconds:.1f}" for seconds in county["release seconds"].values()),
            county["attack seconds"],
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Run all counties; 1 if anything leaks or too little is told."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--counties", type=int, default=20)
    options.add_argument("--schools", type=int, default=20)
    asked = options.parse_args()
    counties = []
    context = get_context("spawn")
    with context.Pool(os.cpu_count()) as pool:
        for county in pool.imap(partial(one_county, schools=asked.schools), range(asked.counties)):
            counties.append(county)
            print(json.dumps({k: v for k, v in county.items() if k != "told"}), flush=True)
    result = {
        "schools": asked.schools,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "leaks": sum(county["leaks"] for county in counties),
        "informative": shares(counties),
        "counties": counties,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=1) + "\n"
    (RESULTS / "disclosure_evidence.json").write_text(text, encoding="utf-8", newline="\n")
    (RESULTS / "disclosure_evidence.md").write_text(page(result), encoding="utf-8", newline="\n")
    print(page(result))
    scales = [share for told in result["informative"].values() for share in of_instruments(told).values()]
    enough = all(share >= INFORMATIVE for share in scales)
    return int(result["leaks"] > 0 or not enough)


if __name__ == "__main__":
    sys.exit(main())
