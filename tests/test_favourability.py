"""Favourable shares beside the county's and last year's; what is called a change; how alike people of a school are."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opinions import opinion
from wellbeing.opinion_statistics.differences import Difference, Share, difference
from wellbeing.opinion_statistics.favourability import Coding, favourability, favourability_table
from wellbeing.opinion_statistics.pooling import alike, pooled_shares, weighted_spread

SHARED = Path(__file__).parents[1].parent / "shared"
REFERENCE, DATA = SHARED / "reference", SHARED / "data"
beside = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference values are not beside the repository")
FIVE = Coding.of_scale([1, 2, 3, 4, 5])


@pytest.fixture(scope="module")
def reference():
    entries = json.loads((REFERENCE / "reference.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry["value"] for entry in entries}


# --- one question


@beside
def test_the_figures_of_r_on_a_five_point_item(reference):
    rows = pd.read_csv(REFERENCE / "ordinal.csv")
    told = favourability(rows.loc[rows["wave"].eq(4), "answer"], FIVE)
    wanted = reference["favourability"]
    assert told.n == wanted["n"]
    found = (told.share, told.neutral_share, told.unfavourable_share, told.net)
    assert found == pytest.approx([wanted[name] for name in ("fav", "neu", "unf", "net")], abs=1e-9)


def test_whoever_is_not_concerned_leaves_the_denominator_and_is_counted_apart():
    coding = Coding(frozenset({"4", "5"}), frozenset({"1", "2"}), frozenset({"na", "dk"}))
    told = favourability(pd.Series(["5", "4", "3", "1", "na", "dk", "na", None], dtype="str"), coding)
    assert (told.favourable, told.neutral, told.unfavourable, told.outside, told.missing) == (2, 1, 1, 3, 1)
    assert (told.share, told.net) == (0.5, 0.25)


def test_nobody_inside_the_denominator_is_no_zero():
    told = favourability(
        pd.Series(["na", None], dtype="str"), Coding(frozenset("5"), frozenset("1"), frozenset({"na"}))
    )
    assert told.n == 0
    assert np.isnan([told.share, told.net, told.unfavourable_share]).all()


def test_a_reversed_item_is_turned_and_marked():
    answers = pd.Series([1.0, 2.0, 2.0, 3.0, 5.0, np.nan])
    plain, turned = (favourability(answers, Coding.of_scale(range(1, 6), reverse)) for reverse in (False, True))
    assert (plain.favourable, plain.unfavourable, plain.turned) == (1, 3, False)
    assert (turned.favourable, turned.unfavourable, turned.turned) == (3, 1, True)


@pytest.mark.parametrize(
    ("codes", "top"),
    [(range(1, 6), {"4", "5"}), (range(7), {"5", "6"}), (range(4), {"3"}), ([0, 5, 9, 75, 99], {"75", "99"})],
)
def test_the_top_two_of_five(codes, top):
    assert Coding.of_scale(codes).favourable == top


def test_an_answer_is_one_thing_only():
    with pytest.raises(ValueError, match="one thing"):
        Coding(frozenset("12"), frozenset("2"))
    with pytest.raises(ValueError, match="names"):
        Coding(frozenset(), frozenset("2"))


def test_every_question_with_favourable_answers_has_a_coding_and_none_is_turned():
    questions = [question for question in opinion().own_questions if question.favourable]
    assert len(questions) > 20
    codings = [Coding.of_question(question) for question in questions]
    assert not any(coding.turned for coding in codings)
    safe = next(q for q in questions if q.id == "op_7_space")
    assert Coding.of_question(safe) == Coding(frozenset("45"), frozenset("12"), frozenset({"dk", "na"}))


# --- differences


def test_newcombes_own_example():
    # Newcombe 1998, Table II, 56/70 less 48/80 by method 10: 0.0524 to 0.3339.
    found = difference(Share.of(56, 70), Share.of(48, 80))
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    # The same table, 10/10 less 0/10: 0.6075 to 1.
    found = difference(Share.of(10, 10), Share.of(0, 10))
    assert (found.low, found.high) == pytest.approx((0.6075, 1.0), abs=5e-5)


@pytest.mark.parametrize(
    ("found", "word"),
    [
        pytest.param(Difference(0.05, 0.01, 0.09), "higher", id="five points and above 0"),
        pytest.param(Difference(0.95 - 1.0, -0.09, -0.01), "lower", id="five points, a hair less by rounding"),
        pytest.param(Difference(0.04, 0.02, 0.06), "no_clear_change", id="sure but smaller"),
        pytest.param(Difference(0.20, -0.01, 0.41), "no_clear_change", id="large but unsure"),
        pytest.param(Difference(float("nan"), float("nan"), float("nan")), "no_clear_change", id="nothing known"),
    ],
)
def test_what_is_called_a_change(found, word):
    assert found.word == word


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 60), st.integers(1, 60))
def test_a_difference_turned_round_is_the_other_way_round(y, n, y1, n1):
    one, other = Share.of(min(y, n), n), Share.of(min(y1, n1), n1)
    there, back = difference(one, other), difference(other, one)
    assert there.low <= there.value + 1e-12 <= there.high + 2e-12
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low), abs=1e-12)


# --- the table


def table_of(counts, last=None, **keywords):
    def frame(of):
        codes = [("A", "5")] * of["A"][0] + [("A", "1")] * (of["A"][1] - of["A"][0])
        codes += [("B", "5")] * of["B"][0] + [("B", "1")] * (of["B"][1] - of["B"][0])
        made = pd.DataFrame(codes, columns=["unit", "item"], dtype="str")
        return made[["item"]], made["unit"]

    return favourability_table(*frame(counts), {"item": FIVE}, last and frame(last), **keywords).set_index("unit")


def test_a_unit_stands_beside_last_year():
    found = table_of({"A": (56, 70), "B": (30, 60)}, {"A": (48, 80), "B": (30, 60)})
    assert found.loc["A", ["change", "change_low", "change_high"]].tolist() == pytest.approx(
        [0.2, 0.0524, 0.3339], abs=5e-5
    )
    assert found["change_word"].tolist() == ["higher", "no_clear_change"]
    assert found["last"].tolist() == [0.6, 0.5]


def test_a_changed_question_draws_no_trend():
    found = table_of({"A": (56, 70), "B": (30, 60)}, {"A": (8, 80), "B": (30, 60)}, untold={"item"})
    assert found["change_word"].tolist() == ["", ""]
    assert found["change"].isna().all()


def test_what_is_typical_lies_between_the_units_and_is_one_figure():
    found = table_of({"A": (60, 70), "B": (20, 60)})
    assert found["typical"].iloc[0] == found["typical"].iloc[1]
    assert 20 / 60 < found["typical"].iloc[0] < 60 / 70
    assert (found["from_typical"] == found["favourable"] - found["typical"]).all()


# --- pooling


@beside
def test_typical_is_the_reference_of_the_flags(reference):
    schools = pd.read_csv(REFERENCE / "schools.csv")
    # hbmix.current: the reference level of the flag model, R, on the same counts.
    pooled = pooled_shares(schools["cases"], schools["n"])
    wanted = reference["hbmix.current"]
    assert pooled.typical.value == pytest.approx(wanted["ref"], abs=0.001)
    assert pooled.mean == pytest.approx(wanted["mean"], abs=0.001)


def test_small_schools_are_drawn_in_and_large_ones_hardly():
    cases, n = [2, 160, *[30] * 20], [4, 320, *[100] * 20]
    pooled = pooled_shares(cases, n)
    assert pooled.mean[0] < 0.40
    assert pooled.mean[1] == pytest.approx(0.5, abs=0.03)
    assert (pooled.low < pooled.mean).all()
    assert (pooled.mean < pooled.high).all()
    assert pooled.high[0] - pooled.low[0] > pooled.high[1] - pooled.low[1]
    gap = pooled.gap()
    assert gap[1, 0] == pytest.approx(pooled.typical.value - pooled.mean[1])
    assert (gap[:, 1] <= gap[:, 0]).all()
    assert (gap[:, 0] <= gap[:, 2]).all()


def test_a_school_without_answers_is_as_wide_as_the_county_allows():
    pooled = pooled_shares([0, 30, 33, 36], [0, 100, 100, 100])
    assert pooled.high[0] - pooled.low[0] > pooled.high[1] - pooled.low[1]
    with pytest.raises(ValueError, match="nobody"):
        pooled_shares([0, 0], [0, 0])
    with pytest.raises(ValueError, match="more than people"):
        pooled_shares([3], [2])


def test_how_alike_by_hand():
    # Two groups of two, 1 3 and 5 7: between 16 / 1, within 4 / 2 = 2; ICC1 (16 - 2) / (16 + 2), ICC2 14 / 16.
    found = alike([1, 3, 5, 7, np.nan], ["a", "a", "b", "b", "b"])
    assert (found.icc1, found.icc2, found.groups, found.people) == pytest.approx((14 / 18, 14 / 16, 2, 4))
    with pytest.raises(ValueError, match="two groups"):
        alike([1, 2], ["a", "a"])


@pytest.mark.parametrize(
    ("column", "mean", "sd", "icc1", "icc2"),
    [
        ("COHES", 3.0668, 0.8687, 0.044265, 0.775460),
        ("LEAD", 2.8907, 0.7719, 0.127028, 0.915613),
        ("HRS", 11.2987, 2.2726, 0.133107, 0.919673),
        ("WBEING", 2.7799, 0.9083, 0.043369, 0.771713),
    ],
)
def test_soldiers_of_99_companies_by_their_readme(column, mean, sd, icc1, icc2):
    path = DATA / "multilevel_groups_panel" / "bh1996.csv"
    if not path.exists():
        pytest.skip("the data are not beside the repository")
    rows = pd.read_csv(path)
    found = alike(rows[column], rows["GRP"])
    assert (found.mean, found.sd) == pytest.approx((mean, sd), abs=5e-5)
    assert (found.icc1, found.icc2) == pytest.approx((icc1, icc2), abs=5e-7)


def test_answers_of_one_soldier_over_three_waves():
    path = DATA / "multilevel_groups_panel" / "univbct.csv"
    if not path.exists():
        pytest.skip("the data are not beside the repository")
    rows = pd.read_csv(path)
    assert alike(rows["JSAT"], rows["SUBNUM"]).icc1 == pytest.approx(0.500425, abs=5e-7)


def test_beewell_by_its_readme_and_favourable_answers_by_plain_counting():
    folder = DATA / "beewell_synthetic_schools"
    if not folder.is_dir():
        pytest.skip("the data are not beside the repository")
    pupils = pd.read_csv(folder / "standard_synthetic_data_raw.csv", low_memory=False)
    by_school = pupils.groupby("school_lab")["wellbeing_score"]
    mean, sd = weighted_spread(by_school.mean(), by_school.count())
    assert (mean, sd) == pytest.approx((20.9342, 0.507017), abs=5e-5)
    assert by_school.count()["School A"] == 93
    assert by_school.mean()["School A"] == pytest.approx(21.215054, abs=5e-7)
    assert by_school.mean()["School C"] == pytest.approx(21.958904, abs=5e-7)
    # "I've been feeling optimistic about the future", 1 none of the time to 5 all of the time, counted line by line.
    item = "wellbeing_optimistic"
    with (folder / "standard_synthetic_data_raw.csv").open(encoding="utf-8", newline="") as file:
        codes = [float(row[item]) for row in csv.DictReader(file) if row["school_lab"] == "School A" and row[item]]
    found = favourability_table(pupils, pupils["school_lab"], {item: FIVE}).set_index("unit").loc["School A"]
    assert found["n"] == len(codes)
    assert found["favourable"] == sum(code >= 4 for code in codes) / len(codes)
    assert found["unfavourable"] == sum(code <= 2 for code in codes) / len(codes)
