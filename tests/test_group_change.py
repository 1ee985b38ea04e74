"""Change of a group of the same people: what cannot be reckoned; the values stand against R in test_reference_flags."""

import math

import pytest

from wellbeing.group_change import case_change, paired_change, retest_agreement

NAN = math.nan


def test_pairs_with_a_gap_are_left_out():
    assert case_change([12, NAN, 3, 12], [3, 12, 12, NAN], 10).recovered == 1
    assert paired_change([1, 2, NAN, 4], [2, 4, 9, 5]).n == 3


def test_where_nobody_crossed_there_is_nothing_to_test():
    found = case_change([3, 12], [4, 11], 10)
    assert (found.recovered, found.new, found.p) == (0, 0, 1.0)
    assert math.isnan(found.chi2)


@pytest.mark.parametrize(("before", "now"), [([], []), ([1], [2]), ([1, 2, 3], [2, 3, 4])])
def test_a_paired_change_needs_people_who_changed_differently(before, now):
    with pytest.raises(ValueError, match="two people"):
        paired_change(before, now)


@pytest.mark.parametrize(("before", "now"), [([1, 2], [2, 1]), ([4, 4, 4], [4, 4, 4])])
def test_agreement_needs_people_who_differ(before, now):
    with pytest.raises(ValueError, match=r".+"):
        retest_agreement(before, now)


def test_other_people_are_refused():
    with pytest.raises(ValueError, match="same people"):
        paired_change([1, 2, 3], [1, 2])
