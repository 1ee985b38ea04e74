"""A release: what it tells, what it withholds, and what its audit says."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from made_counties import banded, clear_county, make_county, people, roster, scores, screening
from releases import build
from wellbeing.aggregates import groups_of
from wellbeing.disclosure.release import CELL_COLUMNS, UNIT_COLUMNS, read_release, write_release
from wellbeing.errors import DisclosureError


@cache
def made():
    return make_county(24, 11)


def cells(county, unit=None, group=None, measure=None):
    found = county.release.cells
    for column, value in (("unit", unit), ("group", group), ("measure", measure)):
        found = found if value is None else found[found[column] == value]
    return found


@cache
def four_schools():
    """S0: 19 of 38. S1: 20 of 41, below half. S2: 20 of 40. S3: 60 of 80."""
    rng = np.random.default_rng(8)
    schools = roster(
        *(
            ("S0", "镇", "primary", 38),
            ("S1", "镇", "primary", 41),
            ("S2", "镇", "primary", 40),
            ("S3", "镇", "primary", 80),
        )
    )
    answers = people({"S0": 19, "S1": 20, "S2": 20, "S3": 60}, rng)
    return clear_county(schools, answers, scores(answers, rng, unscorable=0))


def test_r1_nothing_at_all_below_twenty_respondents_or_half_the_staff():
    released = four_schools().release.units.set_index("unit")
    assert released.loc[["S0", "S1"], ["respondents", "response"]].isna().all(axis=None)
    assert released.loc["S2", ["respondents", "response"]].tolist() == [20, 50]
    assert released.loc["S3", ["respondents", "response"]].tolist() == [60, 75]
    for unit in ("S0", "S1"):
        assert set(cells(four_schools(), unit)["side"]) == {"withheld"}
    assert (cells(four_schools(), "S3", "all")["side"] != "withheld").all()


def test_r13_two_withheld_schools_are_left_out_of_the_county():
    county = four_schools()
    assert county.release.units.set_index("unit").loc["county", "respondents"] == 80
    left_out = county.audit[county.audit["rule"].eq("R13") & county.audit["measure"].eq("")]
    assert left_out["unit"].tolist() == ["S0", "S1"]


def test_r12_every_unit_has_the_same_rows():
    groups = set(groups_of(screening()))
    attention = ["phq9_total", "gad7_total", "who5_total", "cbi_personal", "cbi_work"]
    for unit in made().release.units["unit"]:
        rows = cells(made(), unit)
        rows = rows[rows["measure"].isin(attention)]
        assert set(zip(rows["group"], rows["measure"], strict=True)) == {(g, m) for g in groups for m in attention}
        assert len(rows) == len(groups) * len(attention)


def test_r4_severe_and_critical_only_for_the_whole_county():
    rows = made().release.cells
    rows = rows[rows["measure"].isin(["phq9_total_severe", "gad7_total_severe", "phq9_critical_9"])]
    assert set(zip(rows["unit"], rows["group"], strict=True)) == {("county", "all")}
    assert (rows["side"] != "withheld").all()


def test_r4_withholds_them_below_two_hundred_people():
    rows = cells(four_schools(), "county", "all").set_index("measure")
    assert rows.loc[["phq9_total_severe", "gad7_total_severe", "phq9_critical_9"], "side"].tolist() == ["withheld"] * 3


def test_r6_subgroups_of_a_school_need_twenty_in_the_group_and_twenty_outside():
    county = made()
    figures = county.aggregates.figures.set_index(["unit", "group", "measure"])["n"]
    told = cells(county)
    told = told[told["unit"].isin(county.units["unit"]) & told["group"].ne("all") & told["side"].ne("withheld")]
    assert len(told) > 20
    for unit, group, measure in told[["unit", "group", "measure"]].to_numpy():
        n = figures[unit, group, measure]
        assert n >= 20
        assert figures[unit, "all", measure] - n >= 20
    assert told[["mean_low", "sd"]].isna().all(axis=None)


def test_r7_deviations_only_for_the_county_and_its_parts():
    levels = made().release.units.set_index("unit")["level"]
    told = cells(made())
    told = told[told["sd"].notna()]
    assert {levels[unit] for unit in told["unit"]} == {"compare", "county"}
    assert (told["sd"] * 2 % 1 == 0).all()
    true = (
        made().aggregates.figures.query("group == 'all' and measure == 'phq9_total'")[["n", "total", "squares"]].sum()
    )
    sd = np.sqrt((true["squares"] - true["total"] ** 2 / true["n"]) / (true["n"] - 1))
    county = told.query("unit == 'county' and measure == 'phq9_total' and group == 'all'")["sd"].item()
    assert abs(county - sd) <= 0.25


def test_every_figure_holds_the_truth():
    county = made()
    figures = county.aggregates.figures.set_index(["unit", "group", "measure"])
    checked = 0
    for row in county.release.cells.itertuples():
        if row.side == "withheld" or row.unit not in set(county.units["unit"]):
            continue
        n, cases, total, _ = figures.loc[(row.unit, row.group, row.measure)]
        assert row.low <= min(cases, n - cases) <= row.high
        assert {"few": cases <= n - cases, "many": cases >= n - cases, "untold": True}[row.side]
        if not pd.isna(row.mean_low):
            assert row.mean_low - 1e-9 <= total / n <= row.mean_high + 1e-9
        checked += 1
    assert checked > 100


def test_units_have_a_comparison_and_only_told_columns():
    units = made().release.units
    assert tuple(units.columns) == UNIT_COLUMNS
    assert tuple(made().release.cells.columns) == CELL_COLUMNS
    named = set(units["unit"])
    assert set(units.loc[units["level"].isin(["school", "group"]), "compare"]) <= named
    assert set(units.loc[units["level"].eq("compare"), "compare"]) == {"county"}
    assert units.loc[units["unit"].eq("county"), "compare"].tolist() == [""]


def test_the_audit_accounts_for_every_withheld_cell_and_holds_no_numbers():
    county = made()
    withheld = cells(county)
    withheld = withheld[withheld["side"] == "withheld"]
    noted = county.audit[county.audit["done"] == "withheld"]
    assert set(map(tuple, noted[["unit", "group", "measure"]].to_numpy())) == set(
        map(tuple, withheld[["unit", "group", "measure"]].to_numpy())
    )
    assert list(county.audit.columns) == ["unit", "group", "measure", "rule", "done"]
    assert set(county.audit["rule"]) <= {"R1", "R4", "R5", "R6", "R7", "R13", "R15"}
    assert not county.audit["done"].str.contains(r"\d").any()


def test_no_code_of_a_person_and_no_number_of_cases_is_in_the_files():
    files = made().release.files()
    assert set(files) == {"cells.csv", "units.csv", "measures.csv", "policy.json"}
    assert not any(b"CANARY" in content for content in files.values())


def test_the_same_answers_give_the_same_bytes_in_any_order():
    first = make_county(7, 4)
    order = np.random.default_rng(1).permutation(len(first.answers))
    again = clear_county(first.roster, first.answers.iloc[order], first.scores)
    assert again.release.files() == first.release.files()
    assert again.audit.equals(first.audit)


def test_a_release_survives_writing_and_reading(tmp_path):
    write_release(made().release, tmp_path / "released")
    assert read_release(tmp_path / "released").digest == made().release.digest


def test_everybody_alike_tells_no_mean_that_gives_them_away():
    """Nobody above 0: class 0 to 4 leaves five counts only if the mean says less than 0 to 0.5."""
    rng = np.random.default_rng(2)
    schools = roster(*((f"S{n}", "镇", "primary", 40) for n in range(4)))
    answers = people({f"S{n}": 30 for n in range(4)}, rng)
    scored = scores(answers, rng, unscorable=0)[["phq9_total", "gad7_total", "who5_total", "cbi_personal", "cbi_work"]]
    scored["phq9_total"] = 0.0
    county = clear_county(schools, answers, banded(scored, rng))
    row = cells(county, "S0", "all", "phq9_total").iloc[0]
    assert (row["low"], row["high"], row["side"]) == (0, 4, "few")
    # four cases in 30 have 40 points at least, a mean of 1.33: in fifths of a point (5 sums in 30 people), 1.4
    # is the first end that allows them. Beside the other schools and the county it may be too much, and is withheld.
    assert pd.isna(row["mean_high"]) or (row["mean_low"], row["mean_high"]) == (0, 1.4)
    assert pd.isna(cells(county, "county", "all", "phq9_total").iloc[0]["sd"])


def test_a_county_where_nobody_reports_is_all_withheld():
    rng = np.random.default_rng(2)
    answers = people({"S0": 5, "S1": 3}, rng)
    county = clear_county(
        roster(("S0", "镇", "primary", 40), ("S1", "镇", "primary", 40)), answers, scores(answers, rng)
    )
    assert set(county.release.cells["side"]) == {"withheld"}
    assert county.release.units[["respondents", "response"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("column", "value"),
    [("high", 3.0), ("side", "some"), ("mean_high", -1.0)],
    ids=["a narrow class", "an unknown side", "an interval upside down"],
)
def test_a_release_refuses_cells_that_break_its_policy(column, value):
    release = made().release
    broken = release.cells
    at = broken.index[broken["side"].eq("few") & broken["low"].eq(0) & broken["mean_low"].notna()][0]
    broken.loc[at, column] = value
    with pytest.raises(DisclosureError):
        rebuilt(release, cells=broken)


def test_a_release_refuses_severe_figures_of_a_school_and_figures_of_a_silent_unit():
    release = four_schools().release
    school = release.cells.query("unit == 'S3' and group == 'all' and measure == 'phq9_total'").copy()
    with pytest.raises(DisclosureError, match="R4"):
        rebuilt(release, cells=pd.concat([release.cells, school.assign(measure="phq9_total_severe")]))
    with pytest.raises(DisclosureError, match="R1"):
        rebuilt(release, cells=pd.concat([release.cells, school.assign(unit="S0")]))


def test_a_release_refuses_an_exact_number_of_respondents():
    release = made().release
    units = release.units
    units["respondents"] += 1
    with pytest.raises(DisclosureError, match="R10"):
        rebuilt(release, units=units)


def rebuilt(release, units=None, cells=None):
    return build(
        release.survey,
        release.wave,
        release.frozen,
        release.county,
        release.units if units is None else units,
        release.cells if cells is None else cells,
        release.measures,
        release.policy,
    )
