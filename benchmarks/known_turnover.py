"""What a reader of two opinion years can do who knows how many came and went: what is written down as a limit.

People without codes cannot be counted in and out, so the certificate takes it that nobody, or one for one, changed
places. This reader knows that so many came to every school and as many left, and takes everybody else for unchanged.
For every figure of all people that is told in both years, the counts of before, of now, of those who came and of those
who left are tried, with nothing taken from the package but what a class leaves possible.

Run ``python benchmarks/known_turnover.py``; it writes ``benchmarks/results/known_turnover.json``: of each second year,
and each number that the reader takes, how many figures leave too little, enough, or contradict the reader.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
import opinions
from wellbeing.disclosure.classes import possible_counts
from wellbeing.disclosure.clear import Cleared

RESULTS = Path(__file__).parent / "results" / "known_turnover.json"
QUESTIONS = (
    "op_3a_change op_3b_whom op_7_union op_7_space op_9a_where op_5_known op_13c_twice op_6_plan"  # told by schools
)
WIDTH = 5
#: People, and the fewest and most cases.
Range = tuple[int, int, int]


def told(found: Cleared) -> dict[tuple[str, str], Range]:
    """Give what each class leaves possible, of all people of every unit, to whoever knows how many they are."""
    if found.look.people is None:
        raise RuntimeError("numbers of people are always counted here")
    people = {(row.unit, row.measure): int(row.n) for row in found.look.people.itertuples() if row.group == "all"}
    cells = found.release.cells
    cells = cells[cells["group"].eq("all") & cells["side"].isin(["few", "many", "untold"])]
    return {
        (row.unit, row.measure): (n, *possible_counts(int(row.low), int(row.high), row.side, n))
        for row in cells.itertuples()
        for n in [people[row.unit, row.measure]]
    }


def verdict(before: Range, now: Range, came: int, left: int) -> str:
    """Say what so many who came and left, and nobody else changed, leave of a figure."""
    n, fewest, most = before
    stayed = n - left
    if stayed != now[0] - came or stayed < 0:
        return "contradicted"
    worlds = [
        (cases, gone, new, cases - gone + new)
        for cases in range(fewest, most + 1)
        for gone in range(max(0, cases - stayed), min(left, cases) + 1)
        for new in range(max(0, now[1] - cases + gone), min(came, now[2] - cases + gone) + 1)
    ]
    if not worlds:
        return "contradicted"
    enough = (min(WIDTH, most - fewest + 1), min(WIDTH, left + 1), min(WIDTH, came + 1), WIDTH)
    seen = [len(set(values)) for values in zip(*worlds, strict=True)]
    return "too little" if any(have < must for have, must in zip(seen, enough, strict=True)) else "enough"


def main() -> None:
    """Release two years and try every number of exchanges up to seven."""
    survey = opinions.part_of(QUESTIONS)
    schools = opinions.county(12, 1, least=30)
    first = opinions.answers(survey, schools, 4, response=0.9)
    year = opinions.cleared(survey, schools, first, "2025")
    others = opinions.answers(survey, schools, 11, response=0.9)
    result: dict[str, Any] = {}
    for exchanged in (0, 1, 2, 4, None):
        random, second = np.random.default_rng(7), first.copy()
        if exchanged is None:
            second = opinions.answers(survey, schools, 9, response=0.9)
        for school in schools.schools.index if exchanged else ():
            here = second.index[second["school_id"].eq(school)]
            for place in random.choice(here, exchanged or 0, replace=False):
                newcomer = others.loc[random.choice(others.index)]
                for question in survey.own_questions:
                    second.loc[place, question.id] = newcomer[question.id]
        one, other = told(year), told(opinions.cleared(survey, schools, second, "2026", (year,)))
        found = {}
        for taken in range(8):
            counts: Counter[str] = Counter()
            for key in one.keys() & other.keys():
                more = other[key][0] - one[key][0]
                counts[verdict(one[key], other[key], taken + max(more, 0), taken + max(-more, 0))] += 1
            found[str(taken)] = dict(sorted(counts.items()))
        result["everybody anew" if exchanged is None else f"{exchanged} exchanged in every school"] = found
        print(exchanged, found, flush=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
