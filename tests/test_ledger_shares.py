"""What a class leaves possible, and what word and deed say of each other: against sums done by hand."""

from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.ledger.contradiction import contradiction
from wellbeing.ledger.likelihood import Inside, Possible, index_below, possible
from wellbeing.ledger.make import _inside
from wellbeing.ledger.people import counted, total
from wellbeing.ledger.staff import inside_shares

# One of two: the share is Beta(2, 2), below x with probability 3x^2 - 2x^3.
ONE_OF_TWO = Possible(((1, 2),), (1.0,))


@pytest.mark.parametrize(("cut", "chance"), [(0.25, 0.15625), (0.5, 0.5), (0.75, 0.84375), (0, 0), (1, 1), (-0.1, 0)])
def test_one_of_two_is_a_beta_distribution(cut, chance):
    assert ONE_OF_TWO.below(cut) == pytest.approx(chance)


def test_none_or_one_of_one_says_nothing():
    # Half of 1 - (1 - x)^2 and half of x^2 is x: the prior itself.
    nothing = Possible(((0, 1), (1, 1)), (0.5, 0.5))
    assert [nothing.below(x) for x in (0.1, 0.5, 0.9)] == pytest.approx([0.1, 0.5, 0.9])
    assert nothing.mean == pytest.approx(0.5)
    assert nothing.sd == pytest.approx((1 / 12) ** 0.5)


def test_answers_weigh_as_the_prior_has_it():
    # No case of 14 to 16 answers, no more known: n weighs 1 / (n + 1), and P(t < x) is 1 - (1 - x)^(n + 1).
    seen = possible(0, 0, "few", 14, 14, 1)
    weights = {n: 1 / (n + 1) for n in (14, 15, 16)}
    expected = sum(w * (1 - 0.9 ** (n + 1)) for n, w in weights.items()) / sum(weights.values())
    assert seen.below(0.1) == pytest.approx(expected)


def test_a_class_tells_how_many_must_have_answered():
    # Of 13 nothing is told; 14 to 23 are told alike, in 0 to 4 and the rest from 5 on.
    seen = possible(0, 4, "few", 20, 14, 5)
    assert {n for _, n in seen.pairs} == set(range(14, 23))
    assert {cases for cases, _ in seen.pairs} == set(range(5))
    many = possible(0, 4, "many", 20, 14, 5)
    assert set(many.pairs) == {(n - c, n) for n in range(14, 23) for c in range(5)}


def test_an_untold_class_reaches_over_the_middle():
    # About 45 is at most 47, of whom 34 to 47 are told alike: the top class begins at 15.
    seen = possible(15, 15, "untold", 45, 14, 5)
    assert {n for _, n in seen.pairs} == set(range(34, 48))
    assert sorted(cases for cases, n in seen.pairs if n == 40) == list(range(15, 26))
    # Who is asked only some may pass for fewer: then it may be the top class of 34, of more people.
    routed = possible(15, 15, "untold", 65, 14, 5, None, True)
    assert max(n for _, n in routed.pairs) == 67
    assert max(n for _, n in possible(15, 15, "untold", 65, 14, 5).pairs) == 43


def test_a_class_that_begins_elsewhere_beside_an_earlier_wave_is_taken_as_it_stands():
    seen = possible(3, 9, "few", 20, 14, 5)
    assert {n for _, n in seen.pairs} == set(range(14, 23))
    assert {cases for cases, _ in seen.pairs} == set(range(3, 10))


def test_who_is_inside_a_question_makes_a_few_more_or_less():
    everybody = possible(10, 14, "few", 60, 14, 5, Inside(1.0))
    half = possible(10, 14, "few", 60, 14, 5, Inside(0.5))
    assert everybody.mean < 0.25 < half.mean
    of_county = possible(100, 104, "few", 1000, 14, 5, Inside(0.5, of_county=True))
    # 47.5 to 52.5 % of 1000, give or take two.
    assert (min(n for _, n in of_county.pairs), max(n for _, n in of_county.pairs)) == (473, 527)


def test_a_class_that_cannot_come_about_is_refused():
    with pytest.raises(ValueError, match="no number of answers"):
        possible(15, 19, "few", 20, 14, 5)


def test_an_index_of_one_question_is_the_question_and_of_several_says_less():
    assert index_below([ONE_OF_TWO], 0.25) == pytest.approx(0.15625)
    # Mean 0.5, standard deviation sqrt(0.05) = 0.2236: 0.25 is 1.118 of it away, below which 13.2 % of a normal lie.
    assert index_below([ONE_OF_TWO, ONE_OF_TWO], 0.25) == pytest.approx(0.1318, abs=1e-4)


@pytest.mark.parametrize(
    ("claim", "margin", "chance"),
    [
        pytest.param(0.75, 0.25, 0.5, id="three quarters claimed, a quarter forgiven: below a half"),
        pytest.param(0.5, 0.25, 0.15625, id="half claimed: below a quarter"),
        pytest.param(0.75, 0.0, 0.84375, id="nothing forgiven"),
        pytest.param(0.1, 0.1, 0.0, id="a claim within the margin cannot be contradicted"),
        pytest.param(1.0, 0.0, 1.0, id="that everybody was reached is never quite true"),
    ],
)
def test_the_probability_of_a_contradiction(claim, margin, chance):
    assert contradiction(claim, ONE_OF_TWO, margin) == pytest.approx(chance)


def test_a_count_of_persons_is_a_class_of_its_smaller_side():
    told = counted(38, 45, 5)
    assert (told.low, told.high, told.side, told.about) == (5, 9, "many", 45)
    # 5 to 9 of 43 to 47 not reached: 34 of 43 to 42 of 47.
    assert told.shares == pytest.approx((34 / 43, 42 / 47))
    assert counted(2, 3, 5) is None
    assert counted(0, 0, 5) is None
    with pytest.raises(ValueError, match="more than the whole"):
        counted(5, 4, 5)


def test_a_whole_that_is_a_count_of_persons_keeps_five_numbers():
    """Of 23 delegates, applicants, ... the middle began at 5, of 24 at 10: a range from 5/27 on was of 23 and no other.

    Every count and whole is tried: what a printed range, or a dash, leaves of the whole, of the count and of the rest,
    and of the count to who knows the whole.
    """
    left = {}
    for whole in range(90):
        for count in range(whole + 1):
            told = counted(count, whole, 5, hidden=True)
            shown = None if told is None else tuple(round(end, 3) for end in told.shares)
            left.setdefault(shown, set()).add((count, whole))
    for pairs in left.values():
        wholes = {whole for _, whole in pairs}
        if max(wholes) > 87:  # cut off here
            continue
        assert len(wholes) >= 5
        assert len({count for count, _ in pairs}) >= 5
        assert len({whole - count for count, whole in pairs}) >= 5
        assert all(len({c for c, n in pairs if n == whole}) >= min(5, whole + 1) for whole in wholes)
    assert counted(3, 20, 5, hidden=True).side == "few"
    # Of 5 to 7 nothing is told: with 3 and 4, which leave no class, they are as many as five.
    assert counted(3, 7, 5, hidden=True) is None


@pytest.mark.parametrize("respondents", [199, 200, 201, 250, 399])
def test_the_share_inside_a_denominator_leaves_five_numbers_of_answers(respondents):
    """Of 100 a share of 100 % was of 98 to 100 answers: nobody, one or two outside, and no more."""
    left = {}
    for n in range(respondents + 1):
        left.setdefault(inside_shares(respondents, {"q": n}).get("q"), []).append(n)
    assert min(map(len, left.values())) >= 5
    assert (None in left) == (respondents < 200)


def test_nothing_is_told_of_how_many_in_the_county_were_asked_a_question_that_hangs_on_another():
    """Of 400, 108 to 112 had a talk, who all say how it was: 0.3 would be from 110 on, and leave three of the five."""
    figures = pd.DataFrame(
        {
            "unit": "S1",
            "group": "all",
            "measure": ["talk", "listened", "needs=pay", "needs=none"],
            "n": [400, 110, 9, 9],
        }
    )
    aggregates = SimpleNamespace(figures=figures, respondents=pd.Series([400], index=["S1"]))
    assert _inside(aggregates, frozenset({"listened", "needs"})) == {"talk": 1.0}


def possible_of_part(parts, told_total, at, width):
    """Try every count of one part against the range of the others' sums, by the classes alone."""
    from wellbeing.disclosure.classes import possible_counts

    whole = sum(n for _, n, _ in parts)
    first, last = possible_counts(told_total.low, told_total.high, told_total.side, whole)
    ranges = [possible_counts(t.low, t.high, t.side, n) if t else (0, n) for _, n, t in parts]
    others = [each for place, each in enumerate(ranges) if place != at]
    low, high = sum(each[0] for each in others), sum(each[1] for each in others)
    return [count for count in range(ranges[at][0], ranges[at][1] + 1) if first <= count + high and count + low <= last]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(8, 60), st.floats(0, 1), st.booleans()), min_size=1, max_size=6))
def test_the_countys_total_leaves_five_counts_of_every_part(schools):
    parts = [(round(n * share), n, counted(round(n * share), n, 5) if told else None) for n, share, told in schools]
    said = total(sum(c for c, _, _ in parts), sum(n for _, n, _ in parts), parts, 5)
    for at, (count, _, told) in enumerate(parts):
        if said is not None and told is not None:
            left = possible_of_part(parts, said, at, 5)
            assert len(left) >= 5
            assert count in left


@pytest.mark.parametrize(("wholes", "told"), [((12, 12), False), ((10, 10), True), ((8, 12), True), ((8, 8), False)])
def test_the_countys_applicants_leave_five_numbers_of_every_groups(wholes, told):
    """About ten twice: 8 to 12 each. Of a sum told as 23 to 27 or 13 to 17, two numbers of each would be left."""
    parts = [(n - 2, n, counted(n - 2, n, 5, hidden=True)) for n in wholes]
    assert all(said is not None for _, _, said in parts)
    assert (total(sum(wholes) - 4, sum(wholes), parts, 5, hidden=True) is not None) is told


def test_a_schools_answers_scatter_around_the_countys_share_as_beta_binomial():
    from math import factorial

    from wellbeing.ledger.likelihood import INSIDE_PRECISION, _beta_binomial

    assert INSIDE_PRECISION == 10

    def chance(n, whole):
        # Beta(9, 1): C(N, n) B(n + 9, N - n + 1) / B(9, 1) is 9 N! (n + 8)! / (n! (N + 9)!).
        return 9 * factorial(whole) * factorial(n + 8) / (factorial(n) * factorial(whole + 9)) if n <= whole else 0

    sizes = list(range(14, 63))
    expected = [sum(chance(n, whole) for whole in range(58, 63)) for n in sizes]
    assert _beta_binomial(sizes, 60, 0.9) == pytest.approx(expected)
