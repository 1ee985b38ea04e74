"""Sizes of differences against R effectsize, rstatix and hand calculation; families of tests against R p.adjust."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ncf, nct

from wellbeing.effect_sizes import noncentral_t, paired_rank_biserial, rank_biserial, two_groups, two_waves
from wellbeing.group_differences import dunn, games_howell, kruskal, noncentral_f, welch
from wellbeing.multiplicity import benjamini_yekutieli, family, holm

REFERENCE = Path(__file__).parents[1].parent / "shared" / "reference"
needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference values are not beside the repository"
)
NAN = math.nan


@pytest.fixture(scope="module")
def entries():
    found = json.loads((REFERENCE / "reference.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry for entry in found}


@pytest.fixture(scope="module")
def groups():
    rows = pd.read_csv(REFERENCE / "groups.csv", encoding="utf-8")
    return {name: own["score"].to_numpy() for name, own in rows.groupby("group")}


@needs_reference
def test_two_groups_are_effectsizes(entries, groups):
    found, entry = two_groups(groups["A"], groups["B"]), entries["d_AB"]
    flat = {"d": found.d.value, "d_low": found.d.low, "d_high": found.d.high, "glass": found.glass, "t": found.t}
    flat |= {"g": found.g.value, "g_low": found.g.low, "g_high": found.g.high, "df": found.df, "p": found.p}
    assert flat == pytest.approx(entry["value"], abs=entry["tolerance"])


@needs_reference
def test_several_groups_are_rs(entries, groups):
    ranks, means = kruskal(groups), welch(groups)
    value = {"H": ranks.h, "df": ranks.df, "p": ranks.p, "eps2": ranks.epsilon_squared.value}
    assert value == pytest.approx(entries["kruskal"]["value"], abs=1e-6)
    assert ranks.epsilon_squared.low < ranks.epsilon_squared.value < ranks.epsilon_squared.high
    value = {"F": means.f, "df1": means.df1, "df2": means.df2, "p": means.p}
    assert value == pytest.approx(entries["welch"]["value"], abs=1e-6)


@needs_reference
def test_pairs_of_ranks_are_rstatixs(entries, groups):
    found = dunn(groups, "five groups")
    assert found.tests["q"].to_dict() == pytest.approx(entries["dunn_bh"]["value"], abs=1e-4)
    assert "five groups" in found.caption("en")
    assert "10" in found.caption("en")


@needs_reference
def test_pairs_of_means_are_pingouins(groups):
    # pingouin 0.7.0, pairwise_gameshowell on A, B and E alone.
    found = games_howell({name: groups[name] for name in "ABE"})
    assert found["t"].tolist() == pytest.approx([1.266978, 0.848216, -0.630272], abs=1e-6)
    assert found["df"].tolist() == pytest.approx([21.950787, 33.998312, 19.360053], abs=1e-6)
    assert ((found["low"] < found["difference"]) & (found["difference"] < found["high"])).all()


@needs_reference
def test_two_waves_are_rs(entries):
    terms = pd.read_csv(REFERENCE / "change.csv", encoding="utf-8")
    found, value = two_waves(terms["term1"], terms["term2"]), entries["paired_d"]["value"]
    flat = {"dz": found.d_z, "dav": found.d_av.value, "t": found.t, "p": found.p}
    flat |= {"ci_low": found.change.low, "ci_high": found.change.high}
    assert flat == pytest.approx(value, abs=1e-6)


def test_d_av_ends_where_the_noncentral_t_does():
    rng = np.random.default_rng(1)
    before = rng.normal(10, 4, 60)
    now = before + rng.normal(-1, 3, 60)
    found = two_waves(before, now)
    unit = np.std(now - before, ddof=1) / math.sqrt(60) / ((np.std(now, ddof=1) + np.std(before, ddof=1)) / 2)
    assert nct.cdf(found.t, 59, found.d_av.low / unit) == pytest.approx(0.975, abs=1e-6)
    assert nct.cdf(found.t, 59, found.d_av.high / unit) == pytest.approx(0.025, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 12), st.integers(3, 300))
def test_limits_of_the_noncentral_t_hold_what_they_promise(t, df):
    low, high = noncentral_t(t, df)
    assert nct.sf(t, df, low) == pytest.approx(0.025, abs=1e-6)
    assert nct.cdf(t, df, high) == pytest.approx(0.025, abs=1e-6)
    mirrored = noncentral_t(-t, df)
    assert (-mirrored[1], -mirrored[0]) == pytest.approx((low, high), abs=1e-6)


def test_limits_of_the_noncentral_f_hold_what_they_promise():
    low, high = noncentral_f(5.0, 3, 40)
    assert ncf.sf(5.0, 3, 40, low) == pytest.approx(0.025, abs=1e-6)
    assert ncf.cdf(5.0, 3, 40, high) == pytest.approx(0.025, abs=1e-6)
    assert noncentral_f(0.5, 3, 40)[0] == 0


def test_omega_squared_by_hand():
    # Welch's F as it comes out; omega squared = df1 (F - 1) / (df1 (F - 1) + N).
    found = welch({"a": [1, 2, 3, 4], "b": [4, 5, 6, 7], "c": [9, 10, 11, 12]})
    assert found.omega_squared.value == pytest.approx(2 * (found.f - 1) / (2 * (found.f - 1) + 12))
    assert found.omega_squared.low < found.omega_squared.value < found.omega_squared.high < 1


def test_rank_biserial_counts_pairs():
    # Of 9 pairs the first is above in 7, below in 1, tied in 1: (7 - 1) / 9.
    assert rank_biserial([5, 6, 3], [1, 3, 4]).value == pytest.approx((7 - 1) / 9)
    # Changes +1, +3, -2, 0: ranks 1 and 3 up, 2 down, of 6.
    assert paired_rank_biserial([1, 1, 3, 5], [2, 4, 1, 5]).value == pytest.approx((1 + 3 - 2) / 6)


def test_where_every_pair_points_one_way_there_is_no_interval():
    found = rank_biserial([5, 6], [1, 2])
    assert found.value == 1
    assert math.isnan(found.low)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("found", "reason"),
    [
        pytest.param(lambda: two_groups([1], [2, 3]), "few_values", id="one person"),
        pytest.param(lambda: two_groups([NAN, 4], [NAN, NAN]), "few_values", id="all missing in one group"),
        pytest.param(lambda: two_groups([2, 2], [3, 3]), "no_spread", id="nobody differs"),
        pytest.param(lambda: two_waves([1], [2]), "few_values", id="one pair"),
        pytest.param(lambda: two_waves([1, 2, 3], [2, 3, 4]), "no_spread", id="all changed alike"),
        pytest.param(lambda: rank_biserial([], [1, 2]), "few_values", id="nobody"),
        pytest.param(lambda: paired_rank_biserial([1, 2], [1, 2]), "few_values", id="nobody changed"),
        pytest.param(lambda: welch({"a": [1, 2]}), "one_group", id="one group"),
        pytest.param(lambda: welch({"a": [1, 1], "b": [1, 2]}), "no_spread", id="one group alike"),
        pytest.param(lambda: kruskal({"a": [3, 3], "b": [3, 3]}), "no_spread", id="all alike"),
        pytest.param(lambda: kruskal({"a": [], "b": [3, 4]}), "few_values", id="an empty group"),
        pytest.param(lambda: games_howell({"a": [1], "b": [3, 4]}), "no_spread", id="one in a group"),
        pytest.param(lambda: dunn({"a": [1, 2]}, "x"), "one_group", id="no pairs"),
    ],
)
def test_what_cannot_be_sized_is_named(found, reason):
    assert found().reason == reason


# Families


@needs_reference
def test_corrections_are_rs(entries):
    p, value = [0.001, 0.008, 0.012, 0.02, 0.04, 0.04, 0.2, 0.6], entries["p_adjust"]["value"]
    named = family("eight tests", {str(place): one for place, one in enumerate(p)})
    assert named.tests["q"].tolist() == pytest.approx(value["BH"], abs=1e-9)
    assert holm(p).tolist() == pytest.approx(value["holm"], abs=1e-9)
    assert benjamini_yekutieli(p).tolist() == pytest.approx(value["BY"], abs=1e-9)


def test_a_test_without_p_does_not_count():
    found = family("three", {"a": 0.01, "b": NAN, "c": 0.02})
    assert found.tests["q"].dropna().to_dict() == pytest.approx({"a": 0.02, "c": 0.02})
    assert "2" in found.caption("en")


@pytest.mark.parametrize(("name", "p"), [("", {"a": 0.1}), ("x", {"a": 1.2})])
def test_a_family_has_a_name_and_chances(name, p):
    with pytest.raises(ValueError, match=r"family|p value"):
        family(name, p)
