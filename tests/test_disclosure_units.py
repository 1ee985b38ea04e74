"""Reporting units by R2, clause by clause on hand-made rosters, and comparisons by R2 and R13."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_counties import policy, roster
from wellbeing.disclosure.units import (
    broken_groups,
    comparison_units,
    form_units,
    freeze_units,
    never_reports,
    reporting_units,
)
from wellbeing.errors import InputError
from wellbeing.surveys import KINDS
from wellbeing.workspace import Workspace


def members(units):
    """Groups and lone schools as sets of school ids, by unit."""
    return {unit: set(ids.split()) for unit, ids in zip(units["unit"], units["schools"], strict=True)}


def groups(units):
    return sorted(map(sorted, (members(units[units["level"] == "group"])).values()))


def test_a_school_of_34_reports_alone_and_one_of_33_does_not():
    units = form_units(
        roster(("A", "镇", "primary", 34), *((f"B{n}", "镇", "primary", 33) for n in range(3))), policy()
    )
    assert members(units) == {"A": {"A"}, "G01": {"B0", "B1", "B2"}}
    assert units.set_index("unit")["staff"].to_dict() == {"A": 34, "G01": 99}


def test_township_and_kind_come_first():
    schools = [(f"K{n}", "镇", "kindergarten", 12) for n in range(3)] + [
        (f"P{n}", "镇", "primary", 15) for n in range(3)
    ]
    units = form_units(roster(*schools), policy())
    assert groups(units) == [["K0", "K1", "K2"], ["P0", "P1", "P2"]]
    assert set(units["kind"]) == {"kindergarten", "primary"}


def test_then_the_township():
    units = form_units(
        roster(("K", "镇", "kindergarten", 12), ("P", "镇", "primary", 12), ("J", "镇", "junior", 12)), policy()
    )
    assert groups(units) == [["J", "K", "P"]]
    assert units["kind"].tolist() == ["mixed"]
    assert units["town"].tolist() == ["镇"]


def test_then_neighbouring_townships_in_the_order_of_the_roster():
    schools = [("A", "甲", "primary", 12), ("B", "乙", "primary", 12), ("C", "丙", "primary", 12)]
    schools += [("D", "丁", "primary", 12), ("E", "戊", "primary", 12), ("F", "己", "primary", 12)]
    units = form_units(roster(*schools), policy())
    assert groups(units) == [["A", "B", "C"], ["D", "E", "F"]]
    assert set(units["town"]) == {"mixed"}


def test_two_schools_need_forty_staff_together():
    assert groups(form_units(roster(("A", "镇", "primary", 20), ("B", "镇", "primary", 20)), policy())) == [["A", "B"]]
    assert groups(form_units(roster(("A", "镇", "primary", 20), ("B", "镇", "primary", 19)), policy())) == []


def test_no_member_holds_more_than_60_per_cent():
    # 24 of 40 are 60 %, 25 of 41 are 61 %
    fits = roster(("A", "镇", "primary", 24), ("B", "镇", "primary", 8), ("C", "镇", "primary", 8))
    breaks = roster(("A", "镇", "primary", 25), ("B", "镇", "primary", 8), ("C", "镇", "primary", 8))
    assert groups(form_units(fits, policy())) == [["A", "B", "C"]]
    assert groups(form_units(breaks, policy())) == []


def test_a_leftover_joins_the_nearest_group():
    schools = [(f"A{n}", "甲", "primary", 12) for n in range(3)] + [(f"D{n}", "丁", "primary", 12) for n in range(3)]
    towns = ["甲", "乙", "丙", "丁"]
    anchors = [(f"X{n}", town, "senior", 90) for n, town in enumerate(towns)]
    units = form_units(roster(*anchors, *schools, ("L", "丙", "primary", 12)), policy())
    assert groups(units) == [["A0", "A1", "A2"], ["D0", "D1", "D2", "L"]]


def test_of_two_groups_as_near_a_leftover_joins_its_own_kind():
    schools = [(f"K{n}", "甲", "kindergarten", 12) for n in range(3)] + [
        (f"P{n}", "甲", "primary", 12) for n in range(3)
    ]
    units = form_units(roster(*schools, ("L", "乙", "primary", 12)), policy())
    assert groups(units) == [["K0", "K1", "K2"], ["L", "P0", "P1", "P2"]]


def test_a_small_school_that_fits_nowhere_never_reports():
    units = form_units(roster(("A", "甲", "primary", 90), ("B", "乙", "primary", 30)), policy())
    assert members(units) == {"A": {"A"}, "B": {"B"}}
    assert never_reports(units, policy()).tolist() == [False, True]
    # though 30 of 30 answered
    assert reporting_units(units, policy(), pd.Series({"A": 60, "B": 30})) == {"A"}


def test_the_rosters_group_decides_first_even_for_a_large_school():
    schools = [
        ("A", "甲", "primary", 50, "第一学区"),
        ("B", "乙", "junior", 30, "第一学区"),
        ("C", "丙", "primary", 20, "第一学区"),
    ]
    schools += [(f"D{n}", "甲", "primary", 12, "") for n in range(3)]
    units = form_units(roster(*schools), policy())
    assert groups(units) == [["A", "B", "C"], ["D0", "D1", "D2"]]
    assert units.loc[units["schools"] == "A B C", "name_zh"].tolist() == ["第一学区（3所）"]


def test_a_group_of_the_roster_that_breaks_the_rule_is_not_formed_and_told():
    schools = [("A", "甲", "primary", 90, "g"), ("B", "甲", "primary", 10, "g"), ("C", "甲", "primary", 10, "g")]
    listed = roster(*schools, ("D", "甲", "primary", 10))
    units = form_units(listed, policy())
    assert members(units) == {"A": {"A"}, "G01": {"B", "C", "D"}}
    assert [(problem.what, problem.row, problem.column) for problem in broken_groups(listed, policy())] == [
        ("group_breaks_rule", 2, "group")
    ]


def test_names_in_both_languages():
    units = form_units(roster(*((f"K{n}", "青云镇", "kindergarten", 12) for n in range(4))), policy())
    assert units["name_zh"].tolist() == ["青云镇幼儿园组（4所）"]
    assert units["name_en"].tolist() == ["Group of kindergartens, 青云镇 (4 schools)"]


def test_ids_of_groups_avoid_those_of_schools():
    units = form_units(
        roster(("G01", "镇", "primary", 50), *((f"B{n}", "镇", "primary", 20) for n in range(3))), policy()
    )
    assert units["unit"].tolist() == ["G01", "G02"]


@pytest.mark.parametrize("taken", ["county", "C-primary-80", "C-mixed"])
def test_ids_that_the_kit_gives_are_refused(taken):
    with pytest.raises(InputError):
        form_units(roster((taken, "镇", "primary", 50)), policy())


ROSTERS = st.lists(
    st.tuples(
        st.sampled_from("甲乙丙丁"),
        st.sampled_from(KINDS),
        st.integers(1, 120),
        st.sampled_from(["", "", "", "x", "y"]),
    ),
    min_size=1,
    max_size=25,
).map(lambda schools: [(f"S{n:02}", town, kind, staff, group) for n, (town, kind, staff, group) in enumerate(schools)])


@settings(deadline=None, max_examples=150)
@given(ROSTERS)
def test_every_school_is_in_one_unit_and_every_group_keeps_the_rule(schools):
    units = form_units(roster(*schools), policy())
    placed = [school for ids in units["schools"] for school in ids.split()]
    assert sorted(placed) == sorted(school[0] for school in schools)
    staff = {school[0]: school[3] for school in schools}
    for level, ids, total in units[["level", "schools", "staff"]].to_numpy():
        sizes = [staff[school] for school in ids.split()]
        assert sum(sizes) == total
        if level == "group":
            assert len(sizes) >= 3 or (len(sizes) == 2 and total >= 40)
            assert max(sizes) <= 0.6 * total
        else:
            assert len(sizes) == 1


@settings(deadline=None, max_examples=80)
@given(ROSTERS, st.randoms(use_true_random=False))
def test_order_within_a_township_changes_nothing(schools, random):
    towns = list(dict.fromkeys(town for _, town, *_ in schools))
    shuffled = random.sample(schools, len(schools))
    shuffled.sort(key=lambda school: towns.index(school[1]))
    pd.testing.assert_frame_equal(form_units(roster(*schools), policy()), form_units(roster(*shuffled), policy()))


# Frozen for the school year


SCHOOLS = [("A", "镇", "primary", 50), *((f"B{n}", "镇", "primary", 20) for n in range(3))]


def test_units_stay_as_they_were_formed_for_the_school_year(tmp_path):
    workspace = Workspace(tmp_path)
    autumn = freeze_units(workspace, "screening", "2026-autumn", roster(*SCHOOLS), policy())
    assert (tmp_path / "data" / "working" / "screening" / "units-2026-2027.csv").exists()
    # B2 left, A shrank below 34 staff
    spring = freeze_units(
        workspace, "screening", "2027-spring", roster(("A", "镇", "primary", 20), *SCHOOLS[1:3]), policy()
    )
    pd.testing.assert_frame_equal(spring, autumn)


def test_a_school_that_joined_reports_alone_or_not_before_next_year(tmp_path):
    workspace = Workspace(tmp_path)
    freeze_units(workspace, "screening", "2026-autumn", roster(*SCHOOLS), policy())
    joined = [("N", "镇", "primary", 40), ("O", "镇", "primary", 20)]
    units = freeze_units(workspace, "screening", "2027-spring", roster(*SCHOOLS, *joined), policy())
    assert units["unit"].tolist() == ["A", "G01", "N", "O"]
    assert units.loc[never_reports(units, policy()), "unit"].tolist() == ["O"]
    again = freeze_units(workspace, "screening", "2027-spring", roster(*SCHOOLS, *joined), policy())
    pd.testing.assert_frame_equal(again, units)
    # the next school year starts afresh
    units = freeze_units(workspace, "screening", "2027-autumn", roster(*SCHOOLS, *joined), policy())
    assert members(units)["G01"] == {"B0", "B1", "B2", "O"}


def test_a_school_that_joined_may_not_have_the_id_of_a_group(tmp_path):
    workspace = Workspace(tmp_path)
    freeze_units(workspace, "screening", "2026-autumn", roster(*SCHOOLS), policy())
    with pytest.raises(InputError):
        freeze_units(workspace, "screening", "2027-spring", roster(*SCHOOLS, ("G01", "镇", "primary", 40)), policy())


# Comparisons


def compared(schools, respondents):
    units = form_units(roster(*schools), policy())
    return units, comparison_units(units, policy(), pd.Series(respondents))


def test_kinds_and_size_bands_that_are_large_enough_stand_alone():
    schools = [(f"P{n}", "镇", "primary", 50) for n in range(3)] + [(f"Q{n}", "镇", "primary", 90) for n in range(3)]
    _, found = compared(schools, {unit: 40 for unit, *_ in schools} | {f"Q{n}": 70 for n in range(3)})
    assert found.units["unit"].tolist() == ["C-primary-34-79", "C-primary-80+"]
    assert found.units["name_zh"].tolist() == ["县内小学（34–79人）", "县内小学（80人及以上）"]
    assert found.beside == {f"P{n}": "C-primary-34-79" for n in range(3)} | {f"Q{n}": "C-primary-80+" for n in range(3)}


def test_kinds_that_fall_short_are_put_together_within_their_size():
    schools = [(f"P{n}", "镇", "primary", 50) for n in range(3)]
    schools += [("J0", "镇", "junior", 50), ("J1", "镇", "junior", 50), ("N0", "镇", "nine-year", 50)]
    _, found = compared(schools, {unit: 40 for unit, *_ in schools})
    assert found.units["unit"].tolist() == ["C-mixed-34-79", "C-primary-34-79"]
    assert found.beside["J0"] == found.beside["N0"] == "C-mixed-34-79"


def test_one_part_alone_is_the_county():
    schools = [(f"P{n}", "镇", "primary", 50) for n in range(4)]
    _, found = compared(schools, {unit: 40 for unit, *_ in schools})
    assert found.units.empty
    assert set(found.beside.values()) == {"county"}


def test_one_withheld_school_is_left_out_of_the_county():
    schools = [(f"P{n}", "镇", "primary", 50) for n in range(4)]
    _, found = compared(schools, {"P0": 24, "P1": 40, "P2": 40, "P3": 40})  # 24 of 50 are 48 %
    assert found.reporting == {"P1", "P2", "P3"}
    assert found.left_out == {"P0"}


def test_three_withheld_schools_with_twenty_people_hide_each_other():
    schools = [(f"P{n}", "镇", "primary", 50) for n in range(6)]
    answered = {"P0": 7, "P1": 7, "P2": 6} | {f"P{n}": 40 for n in range(3, 6)}
    assert compared(schools, answered)[1].left_out == frozenset()
    assert compared(schools, answered | {"P2": 5})[1].left_out == {"P0", "P1", "P2"}


def test_a_school_where_nobody_answered_needs_no_hiding():
    schools = [(f"P{n}", "镇", "primary", 50) for n in range(4)]
    assert compared(schools, {"P0": 0, "P1": 40, "P2": 40, "P3": 40})[1].left_out == frozenset()


@settings(deadline=None, max_examples=150)
@given(ROSTERS, st.data())
def test_parts_are_a_partition_and_hide_their_units_without_a_report(schools, data):
    units = form_units(roster(*schools), policy())
    answered = {unit: data.draw(st.integers(0, int(staff))) for unit, staff in units[["unit", "staff"]].to_numpy()}
    found = comparison_units(units, policy(), pd.Series(answered))
    assert set(found.beside) == set(units["unit"])
    parts = {}
    for unit, part in found.beside.items():
        if unit not in found.left_out:
            parts.setdefault(part, []).append(unit)
    for part, inside in [*parts.items(), ("county", [unit for unit in units["unit"] if unit not in found.left_out])]:
        rest = [answered[unit] for unit in inside if unit not in found.reporting and answered[unit]]
        assert not rest or (len(rest) >= 3 and sum(rest) >= 20)
        if part != "county":
            assert sum(answered[unit] > 0 for unit in inside) >= 3
            assert sum(answered[unit] for unit in inside) >= 50
    listed = [school for ids in found.units["schools"] for school in ids.split()]
    assert len(listed) == len(set(listed))
