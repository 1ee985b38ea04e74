"""Rules for one figure, against privacy.md R5, R7, R10 and counting by hand."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_counties import screening
from wellbeing.disclosure.classes import (
    NO_SCORE,
    Steps,
    about,
    in_steps,
    possible_counts,
    response_points,
    share_class,
    smallest_step,
)
from wellbeing.disclosure.means import (
    counts_beside_sd,
    mean_interval,
    mean_intervals,
    possible_sums,
    sums_by_count,
    which_interval,
)

# (low, high, side) for 0, 1, 2 ... cases up to the middle, written out by hand from R5
FOUR, NINE = (0, 4, "few"), (5, 9, "few")


@pytest.mark.parametrize(
    ("n", "classes"),
    [
        pytest.param(20, [FOUR] * 5 + [(5, 10, "untold")] * 6, id="20: the middle holds 5 to 15"),
        pytest.param(21, [FOUR] * 5 + [(5, 10, "untold")] * 6, id="21"),
        # 23 mod 10 = 3 < 4: 10 to 13 would be four counts, so they join 5 to 9
        pytest.param(23, [FOUR] * 5 + [(5, 11, "untold")] * 7, id="23: four counts join the class below"),
        # 24 mod 10 = 4: 10, 11, 12, 13, 14 are five counts
        pytest.param(24, [FOUR] * 5 + [NINE] * 5 + [(10, 12, "untold")] * 3, id="24: five counts stand alone"),
        pytest.param(29, [FOUR] * 5 + [NINE] * 5 + [(10, 14, "untold")] * 5, id="29"),
        pytest.param(30, [FOUR] * 5 + [NINE] * 5 + [(10, 15, "untold")] * 6, id="30"),
        # 20 to 25 of 45 are six counts
        pytest.param(
            45,
            [FOUR] * 5 + [NINE] * 5 + [(10, 14, "few")] * 5 + [(15, 19, "few")] * 5 + [(20, 22, "untold")] * 3,
            id="45",
        ),
        pytest.param(
            50,
            [FOUR] * 5 + [NINE] * 5 + [(10, 14, "few")] * 5 + [(15, 19, "few")] * 5 + [(20, 25, "untold")] * 6,
            id="50: 25 alone joins 20 to 24",
        ),
    ],
)
def test_share_class_by_hand(n, classes):
    assert [share_class(cases, n, 5) for cases in range(n // 2 + 1)] == classes


def test_share_class_at_14_says_nothing_but_folded_ends():
    # R1: below 14 no class of five leaves five counts; at 14 the top class is 5 to 9
    assert share_class(3, 14, 5) == (0, 4, "few")
    assert share_class(6, 14, 5) == (5, 7, "untold")
    assert share_class(0, 13, 5) == (0, 6, "untold")


@settings(deadline=None)
@given(st.integers(14, 400), st.data())
def test_every_class_leaves_enough_counts_and_holds_the_truth(n, data):
    width = data.draw(st.sampled_from([width for width in (5, 10, 20) if n + 1 >= width]))
    cases = data.draw(st.integers(0, n))
    low, high, side = share_class(cases, n, width)
    fewest, most = possible_counts(low, high, side, n)
    assert fewest <= cases <= most
    assert low <= min(cases, n - cases) <= high
    assert most - fewest + 1 >= min(width, n + 1)
    if side != "untold":
        assert high - low + 1 == width


@settings(deadline=None)
@given(st.integers(14, 400), st.data())
def test_folding_treats_cases_and_the_rest_alike(n, data):
    cases = data.draw(st.integers(0, n))
    low, high, side = share_class(cases, n, 5)
    mirrored = {"few": "many", "many": "few", "untold": "untold"}[side]
    assert share_class(n - cases, n, 5) == (low, high, mirrored)


@settings(deadline=None)
@given(st.integers(14, 400), st.data())
def test_everybody_in_a_class_gets_the_same_class(n, data):
    cases = data.draw(st.integers(0, n))
    said = share_class(cases, n, 5)
    fewest, most = possible_counts(*said, n)
    assert {share_class(count, n, 5) for count in range(fewest, most + 1)} == {said}


@pytest.mark.parametrize(("cases", "n"), [(-1, 20), (21, 20), (1, 3)])
def test_share_class_refuses_what_is_no_count(cases, n):
    with pytest.raises(ValueError, match="counts"):
        share_class(cases, n, 5)


@pytest.mark.parametrize(
    ("instrument", "scale", "step"),
    [
        ("phq9", "total", Fraction(1)),
        ("gad7", "total", Fraction(1)),
        ("who5", "total", Fraction(4)),
        ("cbi", "personal", Fraction(25, 6)),
        ("cbi", "work", Fraction(25, 7)),
    ],
)
def test_smallest_step_by_the_rule(instrument, scale, step):
    part = next(part for part in screening().parts if part.instrument.id == instrument)
    assert smallest_step(part.instrument, part.instrument.scale(scale)) == step


@pytest.mark.parametrize(
    ("instrument", "scale", "most", "case", "rest"),
    [
        # PHQ-9 needs attention from 10 of 27, GAD-7 from 10 of 21; WHO-5 up to 50, which as fours is 48
        ("phq9", "total", 27, (10, 27), (0, 9)),
        ("gad7", "total", 21, (10, 21), (0, 9)),
        ("who5", "total", 25, (0, 12), (13, 25)),
        # CBI work: high above 60; 16 steps of 25/7 are 57.1, 17 are 60.7
        ("cbi", "work", 28, (17, 28), (0, 16)),
    ],
)
def test_scales_in_steps(instrument, scale, most, case, rest):
    part = next(part for part in screening().parts if part.instrument.id == instrument)
    found = part.instrument.scale(scale)
    steps = in_steps(part.instrument, found, found.attention)
    assert (steps.most, steps.case, steps.rest) == (most, case, rest)


def test_bands_in_the_middle_of_a_scale_have_no_mean():
    part = screening().parts[0]
    assert in_steps(part.instrument, part.scales[0], ("mild",)) == NO_SCORE


@pytest.mark.parametrize(
    ("total", "n", "step", "high", "interval"),
    [
        # PHQ-9, 40 people: 5/40 = 0.125, rounded up to 0.2; mean 6.5
        pytest.param(260, 40, Fraction(1), 27, (6.4, 6.6), id="phq9 of 40"),
        pytest.param(130, 20, Fraction(1), 27, (6.5, 7.0), id="phq9 of 20: 0.25 becomes 0.5"),
        # WHO-5, 30 people: 5 * 4/30 = 0.67, rounded up to 1
        pytest.param(1560, 30, Fraction(4), 100, (52.0, 53.0), id="who5 of 30"),
        # CBI work, 50 people: 5 * 25/7/50 = 0.357, rounded up to 0.5; mean 41 + 1/14 of a step above
        pytest.param(41.3 * 50, 50, Fraction(25, 7), 100, (41.0, 41.5), id="cbi work of 50"),
        pytest.param(27 * 20, 20, Fraction(1), 27, (26.5, 27.0), id="the last interval is closed"),
        # width 2 at n = 10 (5 * 4/10) fits 50 times; width 5 at n = 4
        pytest.param(100 * 4, 4, Fraction(4), 100, (95.0, 100.0), id="who5 of 4"),
        # GAD-7 of 3 people: width 2 fits ten times into 21, the last point joins the piece before
        pytest.param(63, 3, Fraction(1), 21, (18.0, 21.0), id="a short piece joins the one before"),
        pytest.param(5, 1, Fraction(25, 7), 100, None, id="not even 10 suffices"),
    ],
)
def test_mean_interval_by_hand(total, n, step, high, interval):
    assert mean_interval(total, n, step, 0, high, 5) == interval


def test_a_mean_on_a_boundary_survives_rounding_noise():
    total = sum([25 / 7] * 14) * 4  # 56 steps of 25/7 in 20 people: a mean of exactly 10
    assert mean_interval(total, 20, Fraction(25, 7), 0, 100, 5) == (10.0, 11.0)


SCALES = st.sampled_from(
    [
        (Fraction(1), 0, 27),
        (Fraction(1), 0, 21),
        (Fraction(4), 0, 100),
        (Fraction(25, 6), 0, 100),
        (Fraction(25, 7), 0, 100),
    ]
)


@settings(deadline=None)
@given(SCALES, st.integers(20, 300), st.data())
def test_mean_interval_holds_the_mean_and_enough_sums(scale, n, data):
    step, low, high = scale
    total = data.draw(st.integers(0, int(n * (high - low) / step)))
    found = mean_interval(float(total * step), n, step, low, high, 5)
    assert found is not None
    mean = total * step / n
    assert Fraction(str(found[0])) <= mean <= Fraction(str(found[1]))
    # counted sum by sum, from the printed figures: s * step / n, in whole numbers
    sums = np.arange(int(n * (high - low) / step) + 1)
    first, last = (Fraction(str(end)) * n / step for end in found)
    above = sums * first.denominator >= first.numerator
    below = sums * last.denominator < last.numerator
    closed = (sums * last.denominator == last.numerator) & (found[1] == high)
    inside = sums[above & (below | closed)]
    assert len(inside) >= 5
    assert total in inside


@settings(deadline=None)
@given(SCALES, st.integers(20, 300), st.integers(0, 6), st.data())
def test_wider_intervals_contain_no_more_than_the_range(scale, n, wider, data):
    step, low, high = scale
    total = data.draw(st.integers(0, int(n * (high - low) / step)))
    found = mean_interval(float(total * step), n, step, low, high, 5, wider)
    if found is not None:
        assert low <= found[0] <= float(total * step / n) + 1e-9
        assert float(total * step / n) - 1e-9 <= found[1] <= high
        assert found[1] - found[0] < high - low


def test_a_low_mean_says_that_nobody_is_a_case():
    # R7's own example: PHQ-9 between 0 and 0.5 in 20 people: at most 9 points together, and a case has 10
    part = screening().parts[0]
    steps = in_steps(part.instrument, part.scales[0], part.scales[0].attention)
    counts, least, greatest = sums_by_count(20, (0, 4), possible_sums((0.0, 0.5), 20, steps), steps)
    assert counts.tolist() == [0]
    assert (least[0], greatest[0]) == (0, 9)


def test_a_small_deviation_says_that_nobody_is_a_case():
    part = screening().parts[0]
    steps = in_steps(part.instrument, part.scales[0], part.scales[0].attention)
    sums = possible_sums((2.0, 2.1), 60, steps)
    # One case of 10 among 60 people with a mean of 2: at least 64 * 60/59 squares, a deviation above 1
    assert counts_beside_sd(60, (0, 4), sums, steps, 0.5, 0.5) == 1
    # Nobody above 9 and a mean of 2: at most 2 * (9 - 2) = 14 a head, a deviation below 3.8: so somebody is a case
    assert counts_beside_sd(60, (0, 4), sums, steps, 4.5, 0.5) == 4
    # Four cases of 10 and the rest alike: (400 + 80 * 80 / 56 - 240) / 59 = 4.6 a head, a deviation of 2.2
    assert counts_beside_sd(60, (0, 4), sums, steps, 3.0, 0.5) == 5


@settings(deadline=None)
@given(st.integers(14, 300), st.data())
def test_a_doubled_class_contains_the_finer_one(n, data):
    cases, width = data.draw(st.integers(0, n)), data.draw(st.sampled_from([5, 10, 20]))
    if n + 1 >= 2 * width:
        fine, coarse = (possible_counts(*share_class(cases, n, w), n) for w in (width, 2 * width))
        assert coarse[0] <= fine[0] <= fine[1] <= coarse[1]


@pytest.mark.parametrize(("n", "told"), [(20, 20), (22, 20), (23, 25), (47, 45), (48, 50)])
def test_about(n, told):
    assert about(n) == told


@pytest.mark.parametrize(
    ("respondents", "staff", "points"),
    [
        (49, 100, None),
        (50, 100, 50),
        (52, 100, 50),
        (53, 100, 55),
        (75, 100, 75),
        (93, 100, 90),
        (94, 100, 90),
        (95, 100, 95),
        (100, 100, 95),
        (33, 66, 50),
        (32, 66, None),
    ],
)
def test_response_points(respondents, staff, points):
    assert response_points(respondents, staff, 5) == points


PHQ9 = Steps(Fraction(1), Fraction(0), 27, (10, 27), (0, 9))


def test_intervals_of_a_mean_by_hand():
    """PHQ-9 of 60 people in tenths (5/60). With 0 to 4 cases, four of them hold 40 points at least: 40/60 is in the
    seventh tenth. With 0 to 4 cases 56 people of at most 9 and 4 of at most 27 hold 612 points, a mean of 10.2."""
    low = mean_intervals(60, (0, 4), PHQ9, (0, 27), 5, 5)
    assert low[:3] == ((0.0, 0.7), (0.7, 0.8), (0.8, 0.9))
    # nobody a case: 60 people of at most 9 hold 540 points, a mean of 9.0; from there on fewer than five are left
    assert low[-2:] == ((8.9, 9.0), (9.0, 10.3))
    # 5 to 9 cases: nine of them hold 90 points, a mean of 1.5; five hold 50, a mean of .83
    assert mean_intervals(60, (5, 9), PHQ9, (0, 27), 5, 5)[:2] == ((0.8, 1.6), (1.6, 1.7))


@settings(deadline=None, max_examples=25)
@given(st.integers(20, 90), st.integers(0, 12), st.data())
def test_an_intervals_width_tells_nothing_of_the_mean(n, start, data):
    """For a reader who knows the kit: all sums that are told alike must leave five counts."""
    low = min(start * 5, (n // 2 // 5) * 5 - 5)
    low = max(low, 0)
    intervals = mean_intervals(n, (low, low + 4), PHQ9, (0, 27), 5, 5)
    told = dict.fromkeys(intervals, 0)
    for cases in range(low, low + 5):
        least, greatest = 10 * cases, 27 * cases + 9 * (n - cases)
        assert which_interval(float(least), n, PHQ9, intervals) is not None
        assert which_interval(float(greatest), n, PHQ9, intervals) is not None
        for interval in intervals:
            first, last = possible_sums(interval, n, PHQ9)
            told[interval] += first <= greatest and last >= least
    assert set(told.values()) == {5}
