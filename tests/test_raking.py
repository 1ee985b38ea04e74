"""Raking to known margins: equal to R, refused rather than half done, trimmed, and told beside the plain figure."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opinions import opinion
from wellbeing.errors import InputError, UsageError
from wellbeing.opinion_statistics.margins import read_margins
from wellbeing.opinion_statistics.raking import Raked, county_weights, rake, trim, usable_margins, weighted_mean

REFERENCE = Path(__file__).parents[1].parent / "shared" / "reference"


@pytest.fixture(scope="module")
def given_by_r():
    if not REFERENCE.is_dir():
        pytest.skip("the reference values are not beside the repository")
    entries = json.loads((REFERENCE / "reference.json").read_text(encoding="utf-8"))["entries"]
    people = pd.read_csv(REFERENCE / "respondents.csv", dtype={"age": "str"})
    rows = pd.read_csv(REFERENCE / "population_margins.csv")
    margins = {name: dict(zip(of["level"], of["count"], strict=True)) for name, of in rows.groupby("variable")}
    margins = {name: margins[name] for name in ("sex", "age", "role")}
    return people, margins, next(entry["value"] for entry in entries if entry["id"] == "svy.rake")


def test_weights_of_r(given_by_r):
    people, margins, wanted = given_by_r
    raked = rake(people, margins)
    assert raked.weights.head(10).to_numpy() == pytest.approx(wanted["w"], abs=1e-9)
    assert (raked.weights.min(), raked.weights.max()) == pytest.approx((wanted["min"], wanted["max"]), abs=1e-9)
    assert raked.weights.sum() == pytest.approx(wanted["sum"])
    assert (raked.design_effect, raked.effective) == pytest.approx((wanted["kish_deff"], wanted["n_eff"]), abs=1e-7)


@pytest.mark.parametrize("column", ["score", "case"])
def test_standard_errors_of_r(given_by_r, column):
    people, margins, wanted = given_by_r
    found = weighted_mean(people[column], rake(people, margins), people)
    assert found.weighted == pytest.approx(wanted["est"][column], abs=1e-8)
    assert found.weighted_se == pytest.approx(wanted["se"][column], rel=0.002)
    assert found.plain == pytest.approx(people[column].mean())


def test_nothing_of_it_is_trimmed_or_unused(given_by_r):
    people, margins, _ = given_by_r
    found = county_weights(people, margins)
    assert (found.unused, found.left_out, found.raked.trimmed) == ((), 0, 0)
    assert found.raked.margins == ("sex", "age", "role")


TWO = pd.DataFrame({"sex": ["f"] * 30 + ["m"] * 10, "age": (["old"] * 3 + ["new"]) * 10})


def test_one_margin_by_hand():
    # 60 women of whom 30 answered and 60 men of whom 10 did: weights 2 and 6; Kish 40 * 480 / 120^2.
    raked = rake(TWO, {"sex": {"f": 60, "m": 60}})
    assert set(raked.weights[:30]) == {2.0}
    assert set(raked.weights[30:]) == {6.0}
    assert raked.design_effect == pytest.approx(40 * (30 * 4 + 10 * 36) / 120**2)


@settings(max_examples=25, deadline=None)
@given(st.integers(20, 80), st.integers(20, 80))
def test_margins_are_met_and_order_does_not_matter(women, old):
    margins = {"sex": {"f": women, "m": 100 - women}, "age": {"old": old, "new": 100 - old}}
    raked, turned = rake(TWO, margins), rake(TWO, dict(reversed(margins.items())))
    for name, counts in margins.items():
        told = raked.weights.groupby(TWO[name]).sum()
        assert told.to_dict() == pytest.approx(counts, rel=1e-5)
    assert raked.weights.to_numpy() == pytest.approx(turned.weights.to_numpy(), rel=1e-5)


@pytest.mark.parametrize(
    ("levels", "margins", "key"),
    [
        pytest.param(TWO, {"sex": {"f": 60, "m": 50, "x": 10}}, "rake_empty", id="nobody of a level answered"),
        pytest.param(TWO, {"sex": {"f": 120}}, "rake_empty", id="respondents of a level without staff"),
        pytest.param(TWO.assign(sex=["f"] * 39 + [None]), {"sex": {"f": 120}}, "rake_empty", id="a gap"),
        pytest.param(TWO, {"sex": {"f": 60, "m": 60}, "age": {"old": 60, "new": 61}}, "rake_totals", id="totals"),
        pytest.param(TWO, {}, "rake_nothing", id="no margin"),
        # Women are all old and men all new here, so no weights meet margins that say otherwise.
        pytest.param(
            TWO.assign(age=["old"] * 30 + ["new"] * 10),
            {"sex": {"f": 60, "m": 60}, "age": {"old": 80, "new": 40}},
            "rake_no_end",
            id="margins that contradict each other",
        ),
    ],
)
def test_refused_rather_than_half_raked(levels, margins, key):
    with pytest.raises(UsageError) as caught:
        rake(levels, margins)
    assert caught.value.key == key
    assert all(caught.value.message(lang) for lang in ("zh", "en"))


def test_a_level_too_small_leaves_its_margin_out():
    levels = pd.DataFrame({"sex": ["f"] * 60 + ["m"] * 40, "role": ["staff"] * 81 + ["leader"] * 19})
    margins = {"sex": {"f": 100, "m": 100}, "role": {"staff": 180, "leader": 20}}
    assert usable_margins(levels, margins)[1] == ("role",)  # 19 leaders answered
    rare = {"sex": {"f": 191, "m": 9}}
    assert usable_margins(levels, rare) == ({}, ("sex",))  # 4.5 per cent of the staff
    found = county_weights(levels, margins | {"age_band": {"old": 200}})
    assert found.raked.margins == ("sex",)
    assert found.unused == ("age_band", "role")
    assert county_weights(levels, rare).raked is None


def test_whoever_left_the_background_out_is_counted_and_not_weighted():
    levels = pd.DataFrame({"sex": ["f"] * 40 + ["m"] * 40 + [None] * 5})
    found = county_weights(levels, {"sex": {"f": 60, "m": 60}})
    assert found.left_out == 5
    assert len(found.raked.weights) == 80


def test_trimming_cuts_at_three_tenths_and_three_and_keeps_the_sum():
    raked = Raked(pd.Series([*[0.1] * 10, *[1.0] * 80, *[5.0] * 10]), ("sex",))
    found = trim(raked)
    mean = raked.weights.mean()
    assert found.trimmed == 20
    assert found.weights.sum() == pytest.approx(raked.weights.sum())
    assert (found.weights.min(), found.weights.max()) == pytest.approx((0.3 * mean, 3 * mean))
    assert found.design_effect < raked.design_effect
    same = trim(Raked(pd.Series([1.0, 2.0, 1.5]), ("sex",)))
    assert (same.trimmed, same.weights.tolist()) == (0, [1.0, 2.0, 1.5])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.01, 50), min_size=3, max_size=40))
def test_trimmed_weights_stay_within_their_ends(weights):
    found = trim(Raked(pd.Series(weights), ("sex",)))
    mean = np.mean(weights)
    assert found.weights.between(0.3 * mean * (1 - 1e-9), 3 * mean * (1 + 1e-9)).all()


def test_a_difference_over_a_standard_error_is_a_finding():
    values = pd.Series([0.0] * 30 + [1.0] * 10)
    told = weighted_mean(values, rake(TWO, {"sex": {"f": 60, "m": 60}}), TWO)
    assert (told.plain, told.weighted) == (0.25, 0.5)
    assert told.plain_se == pytest.approx((0.25 * 0.75 * 40 / 39 / 40) ** 0.5)
    assert told.finding
    assert not weighted_mean(values, rake(TWO, {"sex": {"f": 90, "m": 30}}), TWO).finding


def test_missing_values_count_neither_way():
    values = pd.Series([1.0, np.nan] * 20)
    told = weighted_mean(values, rake(TWO, {"sex": {"f": 60, "m": 60}}), TWO)
    assert (told.n, told.weighted) == (20, 1.0)
    with pytest.raises(ValueError, match="two respondents"):
        weighted_mean(values * np.nan, rake(TWO, {"sex": {"f": 60, "m": 60}}), TWO)


# --- the county's file


GOOD = (
    "variable,level,count\nsex,female,200\nsex,male,100\n"
    "age_band,under_35,100\nage_band,from_35_to_49,120\nage_band,from_50,80\n"
)


def test_the_file_of_margins(tmp_path):
    path = tmp_path / "margins.csv"
    assert read_margins(path, opinion()) == {}
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_margins(path, opinion()) == {
        "sex": {"female": 200, "male": 100},
        "age_band": {"under_35": 100, "from_35_to_49": 120, "from_50": 80},
    }


@pytest.mark.parametrize(
    ("content", "whats"),
    [
        ("", ["empty_file"]),
        ("variable,level\nsex,female\n", ["missing_column"]),
        (GOOD + "town,a,300\n", ["margin_variable"]),
        (GOOD + "sex,other,3\nsex,male,100\n", ["margin_level", "stands_twice"]),
        (GOOD.replace("male,100", "male,one hundred").replace("80", "-3"), ["margin_count", "margin_count"]),
        ("variable,level,count\nsex,female,300\n", ["margin_lacking"]),
        (GOOD.replace("200", "201"), ["margin_totals"]),
        (GOOD + "sex\n", ["row_length"]),
    ],
)
def test_every_fault_of_the_file_at_once(tmp_path, content, whats):
    path = tmp_path / "margins.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_margins(path, opinion())
    assert [problem.what for problem in caught.value.problems] == whats
    assert all(caught.value.message(lang) for lang in ("zh", "en"))
