"""Shares and their intervals: the edges, by hand; the rest against R in test_reference_flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from wellbeing.finite_population import Estimate, finite_mean, share_interval
from wellbeing.proportions import (
    BetaBinomial,
    beta_binomial,
    clopper_pearson,
    funnel_limits,
    shrunken_shares,
    upper_tail,
    wilson,
    wilson_finite,
)


def test_nobody_answered_leaves_everything_possible():
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson_finite(0, 0, 30) == (0.0, 1.0)


def test_when_everybody_answered_this_years_share_is_certain_and_the_workplace_is_not():
    assert wilson_finite(4, 16, 16) == (0.25, 0.25)
    low, high = wilson(4, 16)
    assert low < 0.25 < high


@pytest.mark.parametrize(("cases", "n"), [(-1, 5), (6, 5)])
@pytest.mark.parametrize("interval", [wilson, clopper_pearson])
def test_counts_that_cannot_be_are_refused(interval, cases, n):
    with pytest.raises(ValueError, match="cases"):
        interval(cases, n)


def test_more_answers_than_staff_are_refused():
    with pytest.raises(ValueError, match="than there are"):
        wilson_finite(1, 20, 19)


@given(st.integers(1, 200), st.data())
def test_the_finite_interval_lies_within_the_other(n, data):
    cases, more = data.draw(st.integers(0, n)), data.draw(st.integers(0, 100))
    wide, narrow = wilson(cases, n), wilson_finite(cases, n, n + more)
    assert wide[0] - 1e-12 <= narrow[0] <= narrow[1] <= wide[1] + 1e-12


@given(st.integers(1, 120), st.floats(0.02, 0.98), st.sampled_from([0.025, 0.001]))
def test_funnel_limits_are_where_the_binomial_law_puts_them(n, share, tail):
    fewest, most = funnel_limits(n, share, tail)
    assert most == n + 1 or binom.sf(most - 1, n, share) < tail
    assert binom.sf(most - 2, n, share) >= tail * (1 - 1e-9)
    assert fewest == -1 or binom.cdf(fewest, n, share) < tail
    assert binom.cdf(fewest + 1, n, share) >= tail * (1 - 1e-9)


def test_so_many_or_more_of_none_is_certain():
    assert upper_tail([0, 3], [8, 3], 0.2).tolist() == pytest.approx([1.0, 0.008])


@pytest.mark.parametrize(("cases", "n"), [([0, 0], [20, 20]), ([20, 20], [20, 20]), ([3], [20])])
def test_where_nothing_differs_no_spread_is_fitted(cases, n):
    with pytest.raises(ValueError, match="beta-binomial"):
        beta_binomial(cases, n)


def test_alike_schools_have_no_spread():
    assert beta_binomial([8] * 30, [40] * 30).rho < 1e-3


def test_the_shapes_of_a_beta_by_hand():
    # Mean .2 and rho .02: 49 in all, 9.8 and 39.2.
    assert BetaBinomial(0.2, 0.02).shapes == pytest.approx((9.8, 39.2))


def test_small_schools_are_drawn_in_more_than_large_ones():
    found = shrunken_shares([5, 50, *[20] * 20], [10, 100, *[100] * 20])
    assert 0.2 < found.mean[0] < found.mean[1] < 0.5


def test_a_stratum_with_one_answer_is_refused():
    with pytest.raises(ValueError, match="stratum"):
        finite_mean([1.0, 2.0, 3.0], {"a": 10, "b": 10}, ["a", "a", "b"])
    with pytest.raises(ValueError, match="strat"):
        finite_mean([1.0, 2.0], 10, ["a", "a"])
    with pytest.raises(ValueError, match="strat"):
        finite_mean([1.0, 2.0], {"a": 10})


def test_a_whole_staff_leaves_no_error():
    assert finite_mean([1.0, 2.0, 3.0, 4.0], 4).se == 0


@pytest.mark.parametrize("value", [0.0, 1.0, 0.3])
def test_without_error_or_without_a_case_there_is_no_such_interval(value):
    with pytest.raises(ValueError, match="wilson_finite"):
        share_interval(Estimate(value, 0.0, 20, 19))
