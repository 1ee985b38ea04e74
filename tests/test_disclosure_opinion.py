"""The opinion survey from counts to a release, certified and attacked; expectations by hand, from R1 to R15."""

import csv
import io
import json
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import opinions
from made_counties import roster
from releases import build
from wellbeing.attack import Known, audit_release
from wellbeing.disclosure.asked import asked_range, reached
from wellbeing.disclosure.classes import NO_SCORE, possible_counts, share_class, told_alike_from
from wellbeing.disclosure.coarsen import Desk, Figure, Printed, say_figure
from wellbeing.disclosure.draft import CountyFigure, Draft
from wellbeing.disclosure.history import History, Past
from wellbeing.disclosure.plan import Plan
from wellbeing.disclosure.release import read_release, release_files, with_files, write_release
from wellbeing.disclosure.state import advance, state_of
from wellbeing.errors import DisclosureError, InputError
from wellbeing.surveys import load_survey
from wellbeing.synthetic.opinion import SURVEY, ask_everything
from wellbeing.workspace import unpack

FEW = "op_3a_change op_3b_needs op_3b_whom op_3c_talk op_3c_listened op_6_mentor op_7_space"
SCALES = "copsoq3_core_quantitative_demands copsoq3_core_influence enps_item"


@pytest.fixture(scope="module")
def small():
    """Eight schools, a few questions and scales: survey, schools, answers, true figures, cleared."""
    survey = opinions.part_of(FEW, SCALES)
    schools = opinions.county(8, 3, least=20)
    people = opinions.answers(survey, schools, 4)
    true, _, _ = opinions.counted(survey, schools, people)
    found = opinions.cleared(survey, schools, people, by_group=frozenset({"op_6_mentor"}))
    return survey, schools, people, true, found


def whole(true, release):
    """True figures of every unit of the release, group and measure, summed from the units' own."""
    units = release.units.set_index("unit")
    own = true.figures.set_index(["unit", "group", "measure"])
    homes = {unit: frozenset(ids.split()) for unit, ids in units["schools"].items()}
    singles = set(true.respondents.index)

    def figure(unit, group, measure):
        members = [u for u in singles if homes[u] <= homes[unit]]
        return own.loc[[(u, group, measure) for u in members]].sum()

    return figure


# How many a question concerns


def test_numbers_of_people_are_told_alike_by_stretches_of_ten():
    # R5: at 44 the top class is 20 to 24, at 54 it is 25 to 29 (n mod 10 < 4 joins the class below); between, 20.
    assert [told_alike_from(n, 60, 5) for n in (43, 44, 53, 54)] == [34, 44, 44, 54]
    # Of 47 asked, 44 to 47 are four numbers: told as the ten below. Of 48 asked they are five.
    assert [told_alike_from(45, asked, 5) for asked in (47, 48)] == [34, 44]
    # At 14 of 18 asked a class can be told, at 13 or of 17 asked nothing.
    assert [told_alike_from(14, 18, 5), told_alike_from(13, 18, 5), told_alike_from(14, 17, 5)] == [14, 4, 4]


def told(cases, n, asked):
    alike = told_alike_from(n, asked, 5)
    said = share_class(cases, n, 5, alike) if alike >= 14 else None
    return None if said is None or said == (0, 2, "untold") else said


@pytest.mark.parametrize("asked", [14, 17, 18, 23, 27, 28, 36, 44, 48, 59])
def test_a_class_leaves_five_counts_to_who_knows_the_number_and_five_numbers_to_who_does_not(asked):
    """Every number of people and of cases is tried: what each thing that can be said leaves of either."""
    left = {}
    for n in range(asked + 1):
        for cases in range(n + 1):
            left.setdefault(told(cases, n, asked), set()).add((n, cases))
    for said, pairs in left.items():
        numbers = {n for n, _ in pairs}
        assert len(numbers) >= 5
        assert len({cases for _, cases in pairs}) >= 5
        assert len({n - cases for n, cases in pairs}) >= 5
        if said is not None:
            for n in numbers:
                counts = {cases for number, cases in pairs if number == n}
                low, high = possible_counts(*said, n)
                assert counts == set(range(low, high + 1))
                assert len(counts) >= 5


def test_what_is_asked_of_some_tells_nothing_of_how_many_they_are():
    """40 people, each asked of a talk; those who had one are asked how it was. All numbers of both are tried."""
    survey = opinions.part_of("op_3c_talk op_3c_listened")
    left = {}
    for talked in range(41):
        said = told(talked, 40, 40)
        counts = (0, 40) if said is None else possible_counts(*said, 40)
        desk = SimpleNamespace(
            printed={} if said is None else {("S1", "all"): SimpleNamespace(counts=counts)},
            figures={("S1", "all"): SimpleNamespace(n=40)},
        )
        least, most = asked_range(survey, "op_3c_listened", ("S1", "all"), 40, {"op_3c_talk": desk})
        assert (least, most) == (counts if said else (40, 40))
        for answered in range(talked + 1):
            alike = told_alike_from(min(answered, least), most, 5)
            left.setdefault((said, alike if alike >= 14 else 0), set()).add((talked, answered))
    assert {alike for _, alike in left} >= {0, 14, 24}
    for pairs in left.values():
        assert len({talked for talked, _ in pairs}) >= 5
        assert len({answered for _, answered in pairs}) >= 5


def test_what_women_are_asked_tells_nothing_of_how_many_of_them_it_concerns(tmp_path):
    """Of 14 to 17 asked nothing is told, and whom they asked are the women: everybody at school can count them."""
    workspace = unpack(tmp_path / "county")
    ask_everything(workspace)  # the block of questions for women is off until a county wants it
    survey = load_survey(workspace, SURVEY)
    kept = tuple(q for q in survey.questions if q in survey.person_questions or q.id == "op_11_needs")
    survey = replace(survey, questions=kept, parts=())
    sizes = {"S1": 40, "S2": 41, "S3": 42, "S4": 43}
    schools = roster(*((name, "镇", "primary", staff) for name, staff in sizes.items()))
    people = opinions.answers(survey, schools, 1, response=1.0)
    for school, women in (("S1", 17), ("S2", 18)):
        here = people.index[people["school_id"].eq(school)]
        people.loc[here, "sex"] = ["female"] * women + ["male"] * (len(here) - women)
        people.loc[here, "op_11_needs"] = ["5"] * 15 + [None] * (len(here) - 15)
    true, _, _ = opinions.counted(survey, schools, people)
    of_them = reached(survey, "op_11_needs", true)
    assert [of_them[school, "all"] for school in ("S1", "S2")] == [17, 18]
    assert (of_them["S1", "sex=male"], of_them["S1", "sex=female"]) == (0, 17)
    staff = people["school_id"].eq("S3") & people["sex"].eq("female") & people["role"].eq("staff")
    assert of_them["S3", "role=staff"] == staff.sum()
    cells = opinions.cleared(survey, schools, people).release.cells.set_index(["unit", "group"])["side"]
    assert (cells["S1", "all"], cells["S2", "all"]) == ("withheld", "many")


def test_a_wider_class_over_the_middle_shows_its_width_at_its_start_only():
    """Of 44 to 53 people: 20 and over in fives, 10 and over in tens; the upper end is two more, never half of them."""
    policy = opinions.opinion().policy
    figure = Figure(50, 25, 0.0, 0.0, 44)
    said = [say_figure(figure, NO_SCORE, (0.0, 0.0), policy, doublings) for doublings in (0, 1)]
    assert [(each.low, each.high, each.side) for each in said] == [(20, 22, "untold"), (10, 12, "untold")]
    assert [each.counts for each in said] == [(20, 30), (10, 40)]


# Counting


def test_favourable_unfavourable_outside_and_named_by_hand():
    survey = opinions.part_of("op_3b_whom op_7_space op_1_rights")
    schools = roster(("S1", "镇", "primary", 60))
    people = pd.DataFrame(
        {
            "school_id": "S1",
            "consent_statistics": ["yes"] * 7 + ["no"],
            "sex": "female",
            "age_band": "from_50",
            "role": "staff",
            # Two know, one is not sure, two do not; two left it out. Who refused the statistics is in nothing.
            "op_3b_whom": ["yes", "yes", "partly", "no", "no", None, None, "yes"],
            # 5 and 4 agree, 3 is neither, 2 and 1 do not; whoever does not know or is not concerned is outside.
            "op_7_space": ["5", "4", "3", "2", "dk", "na", None, "5"],
            "op_1_rights": ["know;speak", "know", "none", "dk", "", None, "supervise", "know"],
        }
    ).astype("str")
    people = people.mask(people.isin(["None", "nan"]))
    true, _, _ = opinions.counted(survey, schools, people)
    figures = true.figures[true.figures["group"].eq("all")].set_index("measure")
    assert figures.loc["op_3b_whom", ["n", "cases"]].tolist() == [5, 2]
    assert figures.loc["op_3b_whom_unfavourable", ["n", "cases"]].tolist() == [5, 2]
    assert figures.loc["op_7_space", ["n", "cases"]].tolist() == [4, 2]
    assert figures.loc["op_7_space_unfavourable", ["n", "cases"]].tolist() == [4, 1]
    assert figures.loc["op_1_rights=know", ["n", "cases"]].tolist() == [4, 2]
    assert figures.loc["op_1_rights=none", ["n", "cases"]].tolist() == [4, 1]
    assert "op_1_rights=dk" not in figures.index
    assert true.people["S1", "all"] == 7
    described = true.measures.set_index("measure")
    assert described.loc["op_7_space", ["instrument", "scale", "use", "status"]].tolist() == [
        "own", "op_7_space", "favourable", "own",
    ]  # fmt: skip
    assert described.loc["op_7_space", "bands_zh"] == "非常同意、比较同意"


# The release


def test_every_figure_holds_the_truth(small):
    _, _, _, true, found = small
    figure = whole(true, found.release)
    uses = found.release.measures.set_index("measure")["use"]
    seen = set()
    for row in found.release.cells.itertuples(index=False):
        if row.side == "withheld":
            continue
        n, cases, total, _ = figure(row.unit, row.group, row.measure)
        seen.add((uses[row.measure], row.side))
        if row.side == "mean":
            assert row.mean_low <= total / n <= row.mean_high
            assert np.isnan(row.low)
        else:
            low, high = possible_counts(int(row.low), int(row.high), row.side, int(n))
            assert low <= cases <= high
            assert high - low + 1 >= 5
            assert n >= 14
    assert {use for use, _ in seen} == {"favourable", "unfavourable", "named", "mean"}
    assert {side for _, side in seen} >= {"few", "many", "untold", "mean"}


def test_a_mean_is_told_from_twenty_and_leaves_five_sums(small):
    """R7 with g = 25/2 for two COPSOQ items, 25 for one, 1 for the question of the eNPS."""
    _, _, _, true, found = small
    figure = whole(true, found.release)
    steps = {"copsoq3_core_quantitative_demands": 12.5, "copsoq3_core_influence": 25, "enps_item": 1}
    means = found.release.cells[found.release.cells["side"].eq("mean")]
    assert set(means["measure"]) == set(steps)
    for row in means.itertuples(index=False):
        n = figure(row.unit, row.group, row.measure)["n"]
        assert n >= 20
        assert (row.mean_high - row.mean_low) * n / steps[row.measure] >= 5 - 1e-9


def test_groups_of_people_are_told_apart_for_the_county_only(small):
    *_, found = small
    cells = found.release.cells
    assert set(cells.loc[cells["group"].ne("all"), "unit"]) == {"county"}
    assert cells.loc[cells["group"].ne("all"), "side"].ne("withheld").any()
    unfavourable = cells[cells["measure"].str.endswith("_unfavourable")]
    assert set(unfavourable["unit"]) == {"county"}


def test_some_questions_are_not_told_by_single_schools(small):
    *_, found = small
    level = found.release.units.set_index("unit")["level"]
    cells = found.release.cells[found.release.cells["side"].ne("withheld")]
    told_of = cells.groupby("measure")["unit"].agg(lambda units: {level[u] for u in units})
    assert "school" not in told_of["op_6_mentor"]
    assert "county" in told_of["op_6_mentor"]
    assert "school" in told_of["op_3b_whom"]


def test_a_group_of_schools_is_told_what_single_schools_are_not():
    survey = opinions.part_of("op_6_mentor")
    sizes = {"A1": 25, "A2": 26, "A3": 24, "B1": 60, "B2": 70, "B3": 80, "B4": 90}
    schools = roster(*((name, "镇" + name[0], "primary", staff) for name, staff in sizes.items()))
    people = opinions.answers(survey, schools, 1)
    found = opinions.cleared(survey, schools, people, by_group=frozenset({"op_6_mentor"}))
    cells = found.release.cells[found.release.cells["measure"].eq("op_6_mentor")].set_index(["unit", "group"])
    level = found.release.units.set_index("unit")["level"]
    told_of = {unit for unit, group in cells.index[cells["side"].ne("withheld")] if group == "all"}
    assert {unit for unit in told_of if level[unit] == "group"} == {"G01"}
    assert not any(level[unit] == "school" for unit in told_of)
    assert set(level[level.eq("school")].index) == {"B1", "B2", "B3", "B4"}


def test_nothing_is_told_of_thirteen_and_little_of_fourteen():
    survey = opinions.part_of("op_3b_whom")
    sizes = {"S1": 40, "S2": 41, "S3": 42, "S4": 43}
    schools = roster(*((name, "镇", "primary", staff) for name, staff in sizes.items()))
    people = opinions.answers(survey, schools, 1, response=1.0)
    people["op_3b_whom"] = "yes"
    # Of S1's 40 all but 13 do not say, of S2's 41 all but 14; nobody speaks against in either.
    for school, answered in (("S1", 13), ("S2", 14)):
        here = people.index[people["school_id"].eq(school)]
        people.loc[here[answered:], "op_3b_whom"] = None
    found = opinions.cleared(survey, schools, people)
    cells = found.release.cells.set_index(["unit", "group", "measure"])["side"]
    assert cells["S1", "all", "op_3b_whom"] == "withheld"
    assert cells["S2", "all", "op_3b_whom"] == "many"
    assert tuple(found.release.cells.set_index(["unit", "measure"]).loc[("S2", "op_3b_whom"), ["low", "high"]]) == (
        0,
        4,
    )


def test_who_speaks_for_and_who_against_leave_the_others_hidden():
    """Nobody is in between, so the two county figures add up to everybody: five numbers of others stay possible."""
    survey = opinions.part_of("op_3b_whom")
    schools = roster(*((f"S{n}", "镇", "primary", 40 + n) for n in range(4)))
    people = opinions.answers(survey, schools, 2, response=1.0)
    people["op_3b_whom"] = np.where(np.arange(len(people)) % 3 == 0, "yes", "no")
    found = opinions.cleared(survey, schools, people)
    n = len(people)
    cells = found.release.cells[found.release.cells["group"].eq("all")].set_index(["unit", "measure"])
    ranges = [
        range(*(end + at for at, end in enumerate(possible_counts(int(row.low), int(row.high), row.side, n))))
        for row in (cells.loc[("county", m)] for m in ("op_3b_whom", "op_3b_whom_unfavourable"))
    ]
    others = {n - one - other for one, other in product(*ranges) if one + other <= n}
    assert 0 in others
    assert len(others) >= 5
    assert found.evidence.leaks == 0
    assert found.evidence.narrowest >= 5


def test_what_speaks_against_is_widened_where_it_narrows_what_speaks_for():
    """Of 100 people 50 to 54 are for it; 48 to 52 against leave 50 to 52 of these, which are three numbers."""
    policy = opinions.opinion().policy
    figures = {(unit, "all"): Figure(n, cases, 0.0, 0.0) for unit, n, cases in (("A", 60, 31), ("B", 40, 20))}
    figures["county", "all"] = Figure(100, 51, 0.0, 0.0)
    holds = {"A": ("A",), "B": ("B",), "county": ("A", "B")}
    plan = Plan((("county", "all"),), holds, (), (), (), ())
    desk = Desk("for", NO_SCORE, (0.0, 0.0), figures, policy)
    desk.printed["county", "all"] = Printed(46, 50, "many", None, (50, 54), (0, 0))
    against = CountyFigure("against", Figure(100, 49, 0.0, 0.0), NO_SCORE, policy, 50, apart=True)
    against.said = Printed(48, 50, "untold", None, (48, 52), (0, 0))
    evidence = Draft(desk, [against]).certify(plan, {})
    one = desk.printed["county", "all"].counts if desk.printed else (0, 100)
    other = against.said.counts if against.said else (0, 100)
    left = [pair for pair in product(*(range(low, high + 1) for low, high in (one, other))) if sum(pair) <= 100]
    assert evidence.widened > 0
    assert evidence.leaks == 0
    for values in ({c for c, _ in left}, {v for _, v in left}, {100 - sum(pair) for pair in left}):
        assert len(values) >= 5


# What a release may not hold


def edited(release, change):
    cells = release.cells
    change(cells)
    return build(
        release.survey, release.wave, release.frozen, release.county, release.units, cells, release.measures,
        release.policy,
    )  # fmt: skip


def test_a_release_refuses_what_opinions_may_not_tell(small):
    release = small[-1].release
    cells = release.cells
    at = cells.index[cells["measure"].eq("op_3b_whom") & cells["side"].eq("few") & cells["unit"].ne("county")][0]
    mean = cells.index[cells["side"].eq("mean")][0]

    def subgroup(cells):
        cells.loc[at, "group"] = "sex=female"

    def class_of_a_mean(cells):
        cells.loc[mean, ["low", "high", "side"]] = [5.0, 9.0, "few"]

    def no_interval(cells):
        cells.loc[mean, "mean_high"] = cells.loc[mean, "mean_low"]

    def against_in_a_school(cells):
        cells.loc[at, "measure"] = "op_3b_whom_unfavourable"

    for change in (subgroup, class_of_a_mean, no_interval, against_in_a_school):
        with pytest.raises(DisclosureError):
            edited(release, change)
    assert edited(release, lambda cells: None).digest


def test_files_go_with_a_release_and_are_checked_with_it(small, tmp_path):
    release = small[-1].release
    folder = tmp_path / "2026"
    written = write_release(release, folder, {"ledger.csv": b"unit,row,state\nS000,1,met\n"})
    assert written.digest != release.digest
    assert read_release(folder).digest == written.digest
    assert read_release(folder).more["ledger.csv"] == b"unit,row,state\nS000,1,met\n"
    assert "ledger.csv" in release_files(folder)
    advance(folder, "audited", "analyst")
    assert state_of(folder).name == "audited"
    (folder / "ledger.csv").write_bytes(b"unit,row,state\nS000,1,not_met\n")
    assert state_of(folder).fault
    with pytest.raises(InputError):
        read_release(folder)
    head = json.loads((folder / "release.json").read_bytes())
    del head["sha256"]["ledger.csv"]
    (folder / "release.json").write_text(json.dumps(head), encoding="utf-8")
    assert read_release(folder).digest == release.digest  # without it: another release, with another digest


@pytest.mark.parametrize("name", ["cells.csv", "policy.json", "../ledger.csv", "Ledger.csv", "scores.xlsx"])
def test_no_file_takes_another_ones_place(small, name):
    with pytest.raises(ValueError, match="name"):
        with_files(small[-1].release, {name: b""})


# Two years


def test_one_who_came_and_one_who_left_stay_hidden_though_nobody_has_a_code():
    """In one school one leaves, who knew whom to ask, and one comes, who does not; nobody else changes."""
    survey = opinions.part_of("op_3b_whom op_7_space", "copsoq3_core_influence")
    schools = roster(*((f"S{n}", "镇", "primary", 40 + n) for n in range(4)))
    first = opinions.answers(survey, schools, 7, response=1.0)
    first["op_3b_whom"] = "no"
    here = first.index[first["school_id"].eq("S0")]
    first.loc[here[:5], "op_3b_whom"] = "yes"
    second = first.copy()
    second.loc[here[0], "op_3b_whom"] = "no"
    second.loc[here[0], "copsoq3_core_7"] = 0.0
    year, next_year = "2025", "2026"
    one = opinions.cleared(survey, schools, first, year)
    two = opinions.cleared(survey, schools, second, next_year, (one,))
    assert set(two.look.people["came"]) == {-1}
    ranges = []
    for found in (one, two):
        row = found.release.cells.set_index(["unit", "group", "measure"]).loc[("S0", "all", "op_3b_whom")]
        n = len(here)
        ranges.append((0, n) if row.side == "withheld" else possible_counts(int(row.low), int(row.high), row.side, n))
    left = {
        (before, gone, came)
        for before, gone, came in product(range(ranges[0][0], ranges[0][1] + 1), (0, 1), (0, 1))
        if ranges[1][0] <= before - gone + came <= ranges[1][1]
    }
    assert {gone for _, gone, _ in left} == {0, 1}
    assert {came for _, _, came in left} == {0, 1}
    assert len({before for before, _, _ in left}) >= 5
    assert two.evidence.leaks == 0


@pytest.mark.parametrize(
    ("respondents", "moved"),
    [
        # 27 and then 26 answered the question. As many people in both years: to a reader they may all be the same.
        pytest.param((28, 28), {(0, 0), (0, 1), (1, 2)}, id="as many people"),
        pytest.param((28, 26), {(0, 0), (0, 1), (0, 2), (1, 2)}, id="two fewer, which rounded numbers need not show"),
        pytest.param((33, 28), {(0, 1), (0, 5), (1, 2)}, id="five fewer, which they show"),
    ],
)
def test_without_codes_the_number_of_all_respondents_tells_who_came_and_went(respondents, moved):
    def numbers(everybody, asked):
        rows = [("everybody", "S1", "all", everybody, -1, -1), ("op_i_real", "S1", "all", asked, -1, -1)]
        return pd.DataFrame(rows, columns=["measure", "unit", "group", "n", "came", "left"])

    figure = ("op_i_real", "S1", "all")
    schools = {"S1": frozenset(["S1"])}
    past = Past(
        "staff_opinion", "2025", "", schools, {"S1": 30}, {figure: (5, 9, "few", None)}, numbers(respondents[0], 27)
    )
    history = History([past], schools, numbers(respondents[1], 26))
    found = history.earlier("op_i_real", ("S1", "all"), 26, NO_SCORE)
    assert {(known.joined, known.left) for known in found} == moved
    assert {known.counts for known in found} == {(5, 9)}


# The attack


@pytest.fixture(scope="module")
def handed_out(small, tmp_path_factory):
    """The release's folder with the roster beside it, and the exact numbers of people."""
    _, schools, _, true, found = small
    folder = tmp_path_factory.mktemp("opinions") / "2026"
    write_release(found.release, folder)
    schools.schools["staff"].to_csv(folder / "roster.csv")
    rows = true.figures[["unit", "group", "measure", "n"]].itertuples(index=False, name=None)
    exact = {("staff_opinion", "2026", u, g, m): int(n) for u, g, m, n in rows}
    return folder, Known(exact)


def test_the_attack_finds_nothing_with_numbers_known_or_not(handed_out):
    folder, known = handed_out
    for reader in (None, known):
        result = audit_release([folder], reader, artefacts=False)
        assert result.leaks == ()
        assert result.narrowest >= 5
    assert {"op_3b_whom", "op_3b_needs=pay", "enps_item"} <= result.informative.keys()
    assert result.informative["op_3b_whom"] > 0


def planted(folder, to, change):
    """Copy a release's tables with its figures changed."""
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    rows = list(csv.DictReader(io.StringIO((folder / "cells.csv").read_text(encoding="utf-8"))))
    rows = change(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (to / "cells.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    return to


@pytest.mark.parametrize(
    ("kind", "use", "change"),
    [
        pytest.param("figure", "favourable", {"low": "5", "high": "7", "side": "few"}, id="a class of three counts"),
        pytest.param("alone", "mean", {"mean_low": "50", "mean_high": "50.2"}, id="a mean that leaves too few sums"),
        pytest.param("concerned", "favourable", {"low": "10", "high": "14", "side": "untold"}, id="half of the number"),
        pytest.param("figure", "named", {"percent": "17.1", "n": "41", "low": "-", "high": "-"}, id="a share with n"),
    ],
)
def test_the_attack_finds_a_planted_leak(handed_out, tmp_path, kind, use, change):
    folder, _ = handed_out
    uses = {
        row["measure"]: row["use"]
        for row in csv.DictReader(io.StringIO((folder / "measures.csv").read_text(encoding="utf-8")))
    }
    target = []

    def plant(rows):
        units = {row["unit"] for row in rows if row["unit"].startswith("S") and row["side"] != "withheld"}
        chosen = next(
            row for row in rows if uses[row["measure"]] == use and row["unit"] in units and row["side"] != "withheld"
        )
        target.append((chosen["unit"], chosen["measure"]))
        return [({"percent": "", "n": ""} | row | (change if row is chosen else {})) for row in rows]

    result = audit_release([planted(folder, tmp_path / "2026", plant)], artefacts=False)
    assert kind in {leak.kind for leak in result.leaks if (leak.unit, leak.measure) == target[0]}


def test_the_attack_finds_what_speaking_for_and_against_leave_of_the_others(small, handed_out, tmp_path):
    """The county's two figures exact, and the number of people with them: what is left is everybody else."""
    figure = whole(small[3], small[-1].release)
    exact = {m: figure("county", "all", m) for m in ("op_3b_whom", "op_3b_whom_unfavourable")}

    def plant(rows):
        blank = {"count": "", "n": ""}
        for row in rows:
            told = exact.get(row["measure"]) if (row["unit"], row["group"]) == ("county", "all") else None
            row.update(blank if told is None else {"count": str(int(told["cases"])), "n": str(int(told["n"]))})
        return rows

    result = audit_release([planted(handed_out[0], tmp_path / "2026", plant)], artefacts=False)
    assert "bands" in {leak.kind for leak in result.leaks if leak.unit == "county"}


def test_the_attack_reads_the_ledger_that_goes_with_a_release(small, handed_out, tmp_path):
    """Two points of at most 62 people are two counts at most; 50 points of at least 20 are eleven."""
    folder = planted(handed_out[0], tmp_path / "2026", lambda rows: rows)
    units = small[-1].release.units
    unit = units.loc[units["level"].eq("school") & units["respondents"].le(60), "unit"].iloc[0]
    head = "unit,row,item,source,state,value,low,high\n"
    for low, high, leaks in ((0.4, 0.42, {"ledger"}), (0.25, 0.75, set())):
        (folder / "ledger.csv").write_text(f"{head}{unit},3b,whom,survey,met,,{low},{high}\n", encoding="utf-8")
        result = audit_release([folder], artefacts=False)
        assert {leak.kind for leak in result.leaks} == leaks
        assert not any("ledger" in name for name in result.unread)


def test_the_attack_takes_shares_of_questions_for_shares_and_not_for_counts(small, handed_out, tmp_path):
    """`questions.csv` has units and measures like the table of figures, and shares where that has counts."""
    folder = planted(handed_out[0], tmp_path / "2026", lambda rows: rows)
    units = small[-1].release.units
    unit = units.loc[units["level"].eq("school") & units["respondents"].le(60), "unit"].iloc[0]
    for low, high, leaks in ((0.4, 0.42, {"ledger"}), (0.25, 0.75, set())):
        lines = f"unit,measure,row,item,low,high,verdict\n{unit},op_3b_whom,3b,whom,{low},{high},unclear\n"
        (folder / "questions.csv").write_text(lines, encoding="utf-8")
        result = audit_release([folder], artefacts=False)
        assert {leak.kind for leak in result.leaks} == leaks
        assert not any("questions" in name for name in result.unread)


@pytest.mark.parametrize(("rest", "told"), [(13, False), (14, True)])
def test_the_rest_of_a_subgroup_is_who_is_there_besides_all_of_it(rest, told):
    # Of the 48 in the group as few as 30 may have been concerned; besides the group there are still only so many.
    whole, group = Figure(48 + rest, 20, 0.0, 0.0), Figure(48, 15, 0.0, 0.0, 30)
    figures = {("county", "all"): whole, ("county", "sex=female"): group}
    desk = SimpleNamespace(figures=figures, kept=frozenset(), policy=SimpleNamespace(subgroup_min=14))
    assert Desk.may_say(desk, ("county", "sex=female")) is told
