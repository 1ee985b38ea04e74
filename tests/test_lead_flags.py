"""All schools' states from true figures, for the counselling lead."""

import numpy as np
import pandas as pd
import pytest

from wellbeing.flags.lead import lead_flags
from wellbeing.flags.printed import CountyFlags, Flag

MEASURES = pd.DataFrame(
    [("phq9_total", "attention", "total", "worse", "a" * 64), ("who5_total", "attention", "total", "better", "b" * 64),
     ("phq9_critical_9", "critical", "", "worse", "a" * 64)],
    columns=["measure", "use", "scale", "higher_is", "digest"],
)  # fmt: skip
UNITS = pd.DataFrame({"unit": [f"S{i:03d}" for i in range(30)], "kind": "primary"})


def figures(**means: dict[str, float]) -> pd.DataFrame:
    """40 people in every school; mean 6 (PHQ-9) or 50 (WHO-5) with sd 4.5 or 20, but for those that are named."""
    rows = []
    for unit in UNITS["unit"]:
        for measure, usual, sd in (("phq9_total", 6.0, 4.5), ("who5_total", 50.0, 20.0)):
            mean = means.get(measure, {}).get(unit, usual)
            rows.append((unit, "all", measure, 40, 8, 40 * mean, 40 * mean**2 + 39 * sd**2))
    return pd.DataFrame(rows, columns=["unit", "group", "measure", "n", "cases", "total", "squares"])


def states(table, measure="phq9_total", column="state"):
    return table[table["measure"].eq(measure)].set_index("unit")[column].to_dict()


def test_every_unit_has_a_state_in_its_own_order():
    table = lead_flags(figures(phq9_total={"S003": 9.5}, who5_total={"S005": 35.0}), MEASURES, UNITS)
    assert table["unit"].tolist() == [*UNITS["unit"], *UNITS["unit"]]
    assert [unit for unit, state in states(table).items() if state == "red"] == ["S003"]
    assert [unit for unit, state in states(table, "who5_total").items() if state == "red"] == ["S005"]
    assert set(table["by"]) == {"mean"}


def test_where_no_score_differs_the_share_decides():
    alike = figures().assign(total=0.0, squares=0.0)
    alike.loc[(alike["unit"] == "S003"), "cases"] = 26
    table = lead_flags(alike, MEASURES, UNITS)
    assert states(table)["S003"] == "red"
    assert set(table["by"]) == {"share"}


def test_everyone_at_zero_and_schools_without_answers_are_not_flagged():
    nothing = figures().assign(cases=0, total=0.0, squares=0.0)
    assert set(lead_flags(nothing, MEASURES, UNITS)["state"]) == {"green"}
    assert set(lead_flags(nothing.assign(n=0), MEASURES, UNITS)["state"]) == {"grey"}
    assert set(lead_flags(nothing.head(0), MEASURES, UNITS)["state"]) == {"grey"}


def test_last_wave_is_used_only_with_the_same_questionnaire():
    now, last = figures(phq9_total={"S003": 8.2}), figures(phq9_total={"S003": 9.5})
    alone, both = (states(lead_flags(now, MEASURES, UNITS, *more), column="probability")["S003"]
                   for more in ((), (last, MEASURES)))  # fmt: skip
    assert both > alone
    other = MEASURES.assign(digest="c" * 64)
    changed = states(lead_flags(now, MEASURES, UNITS, last, other), column="probability")["S003"]
    assert changed == pytest.approx(alone)


def test_nobody_is_shown_less_than_is_printed():
    printed = CountyFlags((Flag("S001", "phq9_total", "red", "share", 0.81),), {"phq9_total": np.nan})
    table = lead_flags(figures(), MEASURES, UNITS, printed=printed)
    assert states(table)["S001"] == "red"
    assert states(table, column="full")["S001"] == "green"
    assert states(table, column="printed")["S002"] == ""
