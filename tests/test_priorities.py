"""Needs drawn in by the county, what is named a priority, what goes together with an outcome, and trends."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.models.outcome import NotEstimated
from wellbeing.opinion_statistics.differences import Share
from wellbeing.opinion_statistics.drivers import drivers, lmg
from wellbeing.opinion_statistics.importance import OUTCOME, importance_bytes
from wellbeing.opinion_statistics.priorities import (
    association,
    needs,
    priorities,
    stated_importance,
)
from wellbeing.opinion_statistics.trends import cochran_armitage, linear_by_linear, trend

SHARED = Path(__file__).parents[1].parent / "shared"
REFERENCE = SHARED / "reference"
beside = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference values are not beside the repository")


@pytest.fixture(scope="module")
def reference():
    entries = json.loads((REFERENCE / "reference.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry["value"] for entry in entries}


@pytest.fixture(scope="module")
def county():
    """Twenty schools alike, one large one with half of them content, one small one with nobody content."""
    usual = [(f"S{n:02}", question, cases, 100) for n in range(20) for question, cases in (("space", 70), ("fair", 40))]
    odd = [("big", "space", 50, 200), ("big", "fair", 150, 200), ("small", "space", 0, 3), ("small", "fair", 1, 3)]
    return needs(pd.DataFrame([*usual, *odd], columns=["unit", "question", "favourable", "n"]))


# --- needs


def of(table, unit, question):
    return table[table["unit"].eq(unit) & table["question"].eq(question)].iloc[0]


def test_a_need_is_what_is_not_favourable(county):
    row = of(county, "S00", "space")
    assert row["need"] == pytest.approx(0.30, abs=0.02)
    assert row["need_low"] < row["need"] < row["need_high"]
    assert row["gap"] == pytest.approx(row["need"] - row["county"])


def test_the_large_school_owns_the_gap_and_the_small_one_does_not(county):
    big, small = of(county, "big", "space"), of(county, "small", "space")
    # By counts the small one would lead: 70 points behind the county, the large one 45.
    assert big["gap"] > 0.38
    assert big["gap_low"] > 0
    assert small["gap"] < big["gap"]
    assert small["gap_low"] < 0 < small["gap_high"]


def test_a_question_that_nobody_answered_has_no_need():
    counts = pd.DataFrame([("A", "x", 0, 0), ("B", "x", 0, 0)], columns=["unit", "question", "favourable", "n"])
    assert needs(counts).empty


# --- priorities


def test_a_quadrant_is_named_only_where_no_interval_straddles_the_line(county):
    importance = stated_importance({"space": 160, "fair": 20}, 200)
    found = priorities(county, importance, "big", 200)
    # Lines at the county's medians: needs .30 and .60 by hand give .45; importance .8 and .1 give .45.
    assert found.need_line == pytest.approx(0.45, abs=0.03)
    assert found.importance_line == pytest.approx(0.45)
    assert found.points["question"].tolist() == ["space", "fair"]
    assert found.points["quadrant"].tolist() == ["first", "rest"]


def test_an_unsure_need_or_importance_names_nothing(county):
    importance = {"space": Share(0.6, 0.4, 0.8), "fair": Share(0.4, 0.2, 0.6)}
    assert priorities(county, importance, "big", 200).points["quadrant"].tolist() == ["untold", "untold"]
    sure = {"space": Share(0.6, 0.55, 0.65), "fair": Share(0.4, 0.35, 0.45)}
    assert priorities(county, sure, "small", 30).points.set_index("question")["quadrant"]["space"] == "untold"


def test_under_thirty_there_is_a_list_and_no_plot(county):
    importance = stated_importance({"space": 160, "fair": 20}, 200)
    for respondents, plotted in ((29, False), (30, True)):
        found = priorities(county, importance, "big", respondents)
        assert found.plotted == plotted
        assert found.points["gap"].is_monotonic_decreasing
        assert (set(found.points["quadrant"]) == {"untold"}) == (not plotted)


def test_a_unit_that_nothing_is_known_of(county):
    with pytest.raises(ValueError, match="nothing"):
        priorities(county, {"other": Share(0.5, 0.4, 0.6)}, "big", 100)


def test_association_by_hand():
    # Ranks of 1..10 against the same with the last two exchanged: r = 1 - 6 * 2 / (10 * 99) = .98788.
    answers = pd.DataFrame({"whole": range(1, 11), "item": [1, 2, 3, 4, 5, 6, 7, 8, 10, 9], "flat": 3})
    found = association(answers, "whole", ["item", "flat"])
    assert set(found) == {"item"}
    r = 1 - 12 / 990
    half = 1.959964 * math.sqrt((1 + r**2 / 2) / 7)
    assert (found["item"].value, found["item"].low) == pytest.approx((r, math.tanh(math.atanh(r) - half)))
    assert association(answers.head(9), "whole", ["item"]) == {}


# --- what goes together with an outcome


@beside
def test_lmg_shares_of_r(reference):
    items = pd.read_csv(REFERENCE / "items_complete.csv")
    for number in (4, 5, 7, 8):
        items[f"pss{number}"] = 4 - items[f"pss{number}"]
    names, lengths = ("phq", "pss", "who", "uwes"), (9, 10, 5, 9)
    sums = [
        items[[f"{name}{n}" for n in range(1, many + 1)]].sum(axis=1) for name, many in zip(names, lengths, strict=True)
    ]
    found = lmg(np.cov(np.array(sums, dtype=float)))
    wanted = reference["drivers.lmg"]
    assert found == pytest.approx([wanted[name] for name in names[:3]], abs=1e-11)
    assert found.sum() == pytest.approx(wanted["R2"], abs=1e-11)


def test_two_predictors_by_hand():
    # r1y .6, r2y .5, r12 .4: R2 = (.36 + .25 - 2 * .4 * .6 * .5) / .84 = .37 / .84; alone .36 and .25.
    found = lmg(np.array([[1, 0.4, 0.6], [0.4, 1, 0.5], [0.6, 0.5, 1]]))
    whole = 0.37 / 0.84
    assert found == pytest.approx([(0.36 + whole - 0.25) / 2, (0.25 + whole - 0.36) / 2], abs=1e-13)


def test_predictors_that_say_the_same_have_no_shares():
    assert np.isnan(lmg(np.array([[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1.0]]))).all()
    many = np.stack([np.eye(3), np.ones((3, 3))])
    assert np.isfinite(lmg(many)[0]).all()
    assert np.isnan(lmg(many)[1]).all()


@pytest.fixture(scope="module")
def colleagues():
    """Within a school the outcome goes with `near` alone; between schools it goes with `far` alone."""
    rng = np.random.default_rng(5)
    school = np.repeat(np.arange(40), 12)
    level = rng.normal(size=40)[school] * 3
    near, noise = rng.normal(size=480), rng.normal(size=480)
    return pd.DataFrame(
        {"school_id": school, "near": near, "far": level + noise, "y": near + level + rng.normal(size=480)}
    )


def test_predictors_are_centred_within_schools(colleagues):
    found = drivers(colleagues, "y", ["near", "far"], "school_id", draws=200)
    assert found.shares.loc["near", "share"] > 0.97
    assert found.shares["share"].sum() == pytest.approx(1)
    assert (found.shares["low"] <= found.shares["share"]).all()
    assert (found.shares["share"] <= found.shares["high"]).all()
    assert (found.rows, found.schools) == (480, 40)
    again = drivers(colleagues, "y", ["near", "far"], "school_id", draws=200)
    pd.testing.assert_frame_equal(found.shares, again.shares)


def test_under_three_hundred_answers_there_are_none_and_it_says_why(colleagues):
    found = drivers(colleagues.head(299), "y", ["near", "far"], "school_id")
    assert found == NotEstimated("few_answers", {"rows": 299, "least": 300})
    assert "299" in found.words("zh")
    assert "300" in found.words("en")


def test_soldiers_wellbeing_goes_with_leadership_first():
    path = SHARED / "data" / "multilevel_groups_panel" / "bh1996.csv"
    if not path.exists():
        pytest.skip("the data are not beside the repository")
    rows = pd.read_csv(path)
    found = drivers(rows, "WBEING", ["COHES", "LEAD", "HRS"], "GRP", draws=200)
    # By hand: R2 of the least-squares fit of distances from the group means.
    names = ["COHES", "LEAD", "HRS", "WBEING"]
    centred = rows[names] - rows.groupby("GRP")[names].transform("mean")
    slopes = np.linalg.lstsq(centred[names[:3]].to_numpy(), centred["WBEING"].to_numpy(), rcond=None)[0]
    rest = centred["WBEING"].to_numpy() - centred[names[:3]].to_numpy() @ slopes
    assert found.r2 == pytest.approx(1 - (rest**2).sum() / (centred["WBEING"] ** 2).sum(), abs=1e-12)
    assert found.shares["share"].idxmax() == "LEAD"
    assert found.shares.loc["LEAD", "low"] > found.shares.drop("LEAD")["high"].max()


# --- trends


@beside
def test_trends_of_r(reference):
    rows = pd.read_csv(REFERENCE / "ordinal.csv")
    found = trend(rows, "answer", {4, 5}, "wave", "school")
    armitage, mantel, polr = (reference[f"trend.{name}"] for name in ("armitage", "mantel", "polr"))
    assert found.waves["favourable"].tolist() == pytest.approx(armitage["pct"], abs=1e-9)
    assert (found.armitage.statistic, found.armitage.p) == pytest.approx((armitage["chi2"], armitage["p"]), abs=1e-9)
    assert (found.linear.effect, found.linear.statistic, found.linear.p) == pytest.approx(
        (mantel["r"], mantel["M2"], mantel["p"]), abs=1e-9
    )
    assert found.odds.fixed.loc["wave", "estimate"] == pytest.approx(polr["beta"], abs=1e-5)
    assert found.odds.groups == 10


def waves(*sizes):
    rows = [(f"S{n % 5}", wave, 1 + (n * (wave + 2)) % 5) for wave, size in enumerate(sizes) for n in range(size)]
    return pd.DataFrame(rows, columns=["school_id", "wave", "item"])


@pytest.mark.parametrize(
    ("sizes", "tested"),
    [((60, 60), False), ((99, 120, 120), False), ((100, 120, 120), True), ((40, 40, 40, 40), True)],
)
def test_two_waves_give_a_difference_and_nothing_else(sizes, tested):
    found = trend(waves(*sizes), "item", {4, 5})
    assert math.isfinite(found.change.value)
    assert [found.odds is not None, found.armitage is not None, found.linear is not None] == [tested] * 3


def test_one_wave_is_no_trend():
    assert trend(waves(50), "item", {4, 5}) == NotEstimated("one_wave")


def test_everybody_content_is_nothing_to_test():
    rows = waves(50, 50, 50, 50).assign(item=5)
    found = trend(rows, "item", {4, 5})
    assert found.armitage is None
    assert found.linear is None
    assert not found.odds
    assert found.change.word == "no_clear_change"
    with pytest.raises(ValueError, match="cases"):
        cochran_armitage([5, 5], [5, 5], [1, 2])
    with pytest.raises(ValueError, match="vary"):
        linear_by_linear([1, 1], [2, 3])


# --- what counts, beside a release


def test_what_goes_together_with_contentment_is_told_to_two_digits_and_of_enough_people():
    rng = np.random.default_rng(5)
    content = rng.integers(0, 101, 400).astype(float)
    columns = pd.DataFrame({"op_x": (content > 50).astype(float), "op_few": (content > 50).astype(float)})
    columns.loc[199:, "op_few"] = np.nan
    # As scores are written down: an unscorable one is a word.
    scores = pd.DataFrame({OUTCOME: pd.Series(content).astype("str").mask(np.arange(400) == 3, "unscorable")})
    lines = importance_bytes(columns, scores).decode().splitlines()
    assert [line.split(",")[0] for line in lines] == ["measure", "op_x"]
    expected = pd.DataFrame({"a": columns["op_x"], "b": content}).drop(3).corr(method="spearman").iloc[0, 1]
    assert float(lines[1].split(",")[1]) == pytest.approx(expected, abs=0.0051)
    assert importance_bytes(columns, scores[[]]).decode().splitlines() == lines[:1]
