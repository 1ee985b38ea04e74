"""The school dashboards of #BeeWell beside the kit's flags: the same made-up pupils, two rules, and why they differ.

#BeeWell marks a school "below" or "above" where its mean lies more than one standard deviation of the school means from
their weighted mean. The data (synthetic, MIT, github.com/kailo-beewell/synthetic_standard_school_dashboards) are not
part of the kit; without them beside the repository there is nothing to do. Writes
``benchmarks/results/beewell_flags.md`` and a section of ``docs/flags.md``.

    python benchmarks/beewell_flags.py
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from flag_behaviour import put
from wellbeing.flags import judge_means
from wellbeing.flags.criteria import MARGIN_SD, RED

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "beewell_synthetic_schools"
RESULTS = ROOT / "benchmarks" / "results" / "beewell_flags.md"
PAGE = ROOT / "docs" / "flags.md"

#: Why the rules differ, in the order in which they are asked.
REASONS = {
    "no_better": "theirs marks what is better too; ours has no mark for that",
    "margin": "less than 0.2 sd of a pupil away: not worth acting on, however sure",
    "luck": "within what chance does to so many pupils (1.96 standard errors)",
    "unsure": "beyond chance alone, but not likely enough to lie beyond the margin once all schools are seen together",
    "sd_of_schools": "beyond the margin and luck; theirs is silent because the schools lie far apart",
}


@dataclass(frozen=True)
class Compared:
    """One school's result by one score: theirs, ours, and why they differ (empty where they agree)."""

    score: str
    school: str
    n: int
    away: float
    theirs: str
    ours: str
    probability: float
    reason: str


def school_means(pupils: pd.DataFrame, score: str) -> pd.DataFrame:
    """Give each school's mean, number and their rule's mark: below, average or above."""
    known = pupils[["school_lab", score]].dropna()
    table = known.groupby("school_lab")[score].agg(["mean", "count"])
    weight = table["count"] / table["count"].sum()
    centre = float((weight * table["mean"]).sum())
    # The population form, weighted by pupils, as their published figures have it.
    spread = float((weight * (table["mean"] - centre) ** 2).sum() ** 0.5)
    marks = ["below" if m < centre - spread else "above" if m > centre + spread else "average" for m in table["mean"]]
    return table.assign(theirs=marks, centre=centre, spread=spread)


def compare(pupils: pd.DataFrame) -> list[Compared]:
    """Judge every school by every score, by both rules; low is the strain, as their "below" says."""
    found = []
    for score in [column for column in pupils.columns if column.endswith("_score")]:
        table = school_means(pupils, score)
        sd = float(pupils[score].std(ddof=1))
        judged = judge_means(table["mean"].to_numpy(), table["count"].to_numpy(), sd, higher_is="better")
        for (school, row), state, p in zip(table.iterrows(), judged.states, judged.probability, strict=True):
            away = (row["mean"] - row["centre"]) / sd if sd else 0.0
            reason = _reason(row["theirs"], state, away, int(row["count"]))
            found.append(Compared(score, str(school), int(row["count"]), away, row["theirs"], state, float(p), reason))
    return found


def _reason(theirs: str, ours: str, away: float, n: int) -> str:
    marked = ours in ("red", "amber")
    if (theirs == "below") == marked:
        return "no_better" if theirs == "above" else ""
    if marked:
        return "sd_of_schools"
    if -away < MARGIN_SD:
        return "margin"
    return "luck" if -away * n**0.5 < 1.96 else "unsure"


def summary(found: list[Compared]) -> str:
    """Cross theirs with ours, and count the reasons."""
    states = ("red", "amber", "grey", "green")
    crossed = Counter((one.theirs, one.ours) for one in found)
    rows = ["| theirs | " + " | ".join(states) + " |", "|---|" + "---|" * len(states)]
    rows += [
        f"| {mark} | " + " | ".join(str(crossed[mark, state]) for state in states) + " |"
        for mark in ("below", "average", "above")
    ]
    reasons = Counter(one.reason for one in found if one.reason)
    rows += ["", "| why they differ | results |", "|---|---|"]
    rows += [f"| {words} | {reasons[key]} |" for key, words in REASONS.items() if reasons[key]]
    return "\n".join(rows)


def listing(found: list[Compared]) -> str:
    """List every result on which the rules differ, the better ones left out."""
    rows = ["| score | school | pupils | away, in sd | theirs | ours | P | why |", "|---|---|---|---|---|---|---|---|"]
    rows += [
        f"| {one.score} | {one.school} | {one.n} | {one.away:+.2f} | {one.theirs} | {one.ours} | {one.probability:.2f} "
        f"| {REASONS[one.reason]} |"
        for one in found
        if one.reason and one.reason != "no_better"
    ]
    return "\n".join(rows)


def read_pupils() -> pd.DataFrame:
    """Read the pupils' scores and schools."""
    return pd.read_csv(DATA / "standard_synthetic_data_raw.csv", encoding="utf-8", low_memory=False)


def main() -> None:
    """Compare, and write what was found."""
    if not DATA.is_dir():
        print("the #BeeWell data are not beside the repository: nothing done")
        return
    found = compare(read_pupils())
    PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), "beewell", summary(found)), encoding="utf-8")
    RESULTS.write_text(
        "# #BeeWell's synthetic schools: their marks and the kit's\n\n"
        "Seven schools, 32 scores, 800 made-up pupils whose answers are random. Red is likely at "
        f"{RED:.0%} or more to lie more than {MARGIN_SD} sd on the side of strain.\n\n"
        f"{summary(found)}\n\n{listing(found)}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
