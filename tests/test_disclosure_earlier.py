"""Classes and intervals beside those of an earlier wave: every history that a reader can think of is tried."""

from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.disclosure.classes import Steps, possible_counts, share_class
from wellbeing.disclosure.earlier import Earlier, Ends, class_starts, ends_leave_enough, passed_on, told_class
from wellbeing.disclosure.means import mean_intervals, possible_sums

WIDTH = 5


def blocks(n: int, earlier: tuple[Earlier, ...] = ()) -> list[range]:
    """The classes of counts, one beside the other."""
    starts = [0, *class_starts(n, WIDTH, earlier), n + 1]
    return [range(low, high) for low, high in pairwise(starts)]


def believed(before: range, now: range, came: int, left: int) -> list[tuple[int, int, int, int]]:
    """Every (before, now, cases who came, cases who left) of a reader who holds all others for unchanged."""
    return [
        (c, c + j - leaving, j, leaving)
        for c, j, leaving in product(before, range(came + 1), range(left + 1))
        if c + j - leaving in now and c >= leaving
    ]


def left_open(histories: list[tuple[int, int, int, int]], before: range, came: int, left: int) -> bool:
    """Whether five counts are left of before and now, and of those who came and left, or all that there can be."""
    need = (min(WIDTH, len(before)), WIDTH, min(WIDTH, came + 1), min(WIDTH, left + 1))
    return all(len({h[place] for h in histories}) >= least for place, least in enumerate(need))


def test_one_new_colleague_over_the_edge_of_a_class_would_be_told_without_care():
    """0 to 4 cases, one comes, 5 to 9: there were four, and the new one is a case. That is what is at stake."""
    histories = believed(range(5), range(5, 10), 1, 0)
    assert histories == [(4, 5, 1, 0)]
    assert told_class(5, 46, WIDTH) == (5, 9, "few")
    assert told_class(5, 46, WIDTH, (Earlier((0, 4), (0, 0), 1, 0),)) == (0, 5, "few")


@settings(deadline=None, max_examples=300)
@given(st.integers(20, 70), st.integers(0, 6), st.integers(0, 6), st.data())
def test_no_class_tells_of_who_came_or_went(n, came, left, data):
    """For every count of before, told by its class, and every count of now, told by its own."""
    then = n - came + left
    if then < 20:
        return
    cases = data.draw(st.integers(0, then))
    low, high = possible_counts(*share_class(cases, then, WIDTH), then)
    before = range(low, high + 1)
    for now in blocks(n, (Earlier((low, high), (0, 0), came, left),)):
        assert len(now) >= WIDTH
        histories = believed(before, now, came, left)
        assert not histories or left_open(histories, before, came, left)


@settings(deadline=None, max_examples=100)
@given(
    st.integers(24, 60), st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=3), st.data()
)
def test_nor_do_three_or_four_waves_in_a_row(n, moves, data):
    """Whoever holds everybody for unchanged over all waves is left with five counts of the first and of the last."""
    cases = data.draw(st.integers(0, n))
    low, high = possible_counts(*share_class(cases, n, WIDTH), n)
    told, known = [range(low, high + 1)], Earlier((low, high), (0, 0), 0, 0)
    for came, left in moves:
        n = n + came - left
        alone = Earlier((told[-1][0], told[-1][-1]), (0, 0), came, left)
        chain = Earlier(known.counts, known.sums, came, left)
        starts = [0, *class_starts(n, WIDTH, tuple(dict.fromkeys((alone, chain)))), n + 1]
        pieces = [range(a, b) for a, b in pairwise(starts)]
        now = data.draw(st.sampled_from(pieces))
        told.append(now)
        known = passed_on(chain, (now[0], now[-1]), (0, 0), 0)
    paths = {(c,) for c in told[0]}
    for (came, left), now in zip(moves, told[1:], strict=True):
        paths = {(*p, c) for p in paths for c in range(p[-1] - left, p[-1] + came + 1) if c in now}
    if paths:
        assert len({p[-1] for p in paths}) >= WIDTH
        assert len({p[0] for p in paths}) >= WIDTH


@settings(deadline=None, max_examples=200)
@given(st.integers(14, 200), st.integers(0, 200))
def test_without_anything_earlier_classes_are_those_of_the_rule(n, cases):
    cases = min(cases, n)
    plain = share_class(cases, n, WIDTH)
    assert told_class(cases, n, WIDTH) == (None if plain[2] == "untold" and plain[0] == 0 else plain)
    fewest, most = possible_counts(*plain, n)
    assert next(block for block in blocks(n) if cases in block) == range(fewest, most + 1)


@settings(deadline=None, max_examples=200)
@given(st.integers(20, 120), st.integers(0, 3), st.integers(0, 3), st.data())
def test_what_is_told_holds_the_count_and_leaves_five(n, came, left, data):
    low = data.draw(st.integers(0, n - 4))
    known = Earlier((low, data.draw(st.integers(low + 4, n))), (0, 0), came, left)
    cases = data.draw(st.integers(0, n))
    told = told_class(cases, n, WIDTH, (known,))
    if told is not None:
        fewest, most = possible_counts(*told, n)
        assert fewest <= cases <= most
        assert most - fewest + 1 >= WIDTH
        assert told[0] > 0 or told[2] != "untold"
        # What is printed is the class itself, and nothing of another: the middle lies in the untold one.
        assert range(fewest, most + 1) in blocks(n, (known,))
        assert (told[2] == "few") == (2 * most < n)
        assert (told[2] == "many") == (2 * fewest > n)


SMALL = Steps(Fraction(1), Fraction(0), 3, (2, 3), (0, 1))
PHQ9 = Steps(Fraction(1), Fraction(0), 27, (10, 27), (0, 9))
WHO5 = Steps(Fraction(4), Fraction(0), 25, (0, 12), (13, 25))


def totals(people: int, cases: int, steps: Steps) -> tuple[int, int]:
    low = cases * steps.case[0] + (people - cases) * steps.rest[0]
    return low, cases * steps.case[1] + (people - cases) * steps.rest[1]


@settings(deadline=None, max_examples=120)
@given(
    st.sampled_from([(PHQ9, (0.0, 27.0)), (WHO5, (0.0, 100.0))]),
    st.integers(24, 60),
    st.integers(0, 3),
    st.integers(0, 3),
    st.data(),
)
def test_no_interval_of_a_mean_tells_of_who_came_or_went(scale, n, came, left, data):
    """One new colleague who must have 16 points is a case: every sum of before and now, and of those who moved."""
    steps, ends = scale
    then = n - came + left
    counts = (5, 9)
    grid = mean_intervals(then, counts, steps, ends, WIDTH, 5)
    before = possible_sums(data.draw(st.sampled_from(grid)), then, steps)
    known = Earlier(counts, before, came, left)
    for interval in mean_intervals(n, (0, n), steps, ends, WIDTH, 5, 0, (known,)):
        low, high = possible_sums(interval, n, steps)
        # Sums of those who came and left between which the others can be unchanged.
        reachable = [
            (j, leaving)
            for j in range(came + 1)
            for leaving in range(left + 1)
            if before[0] + totals(came, j, steps)[0] - totals(left, leaving, steps)[1] <= high
            and before[1] + totals(came, j, steps)[1] - totals(left, leaving, steps)[0] >= low
        ]
        if not reachable:
            continue
        assert len({j for j, _ in reachable}) >= min(WIDTH, came + 1)
        assert len({leaving for _, leaving in reachable}) >= min(WIDTH, left + 1)
        # Sums of before that stay possible: those from which the interval can be reached.
        first = max(before[0], low - came * steps.most)
        last = min(before[1], high + left * steps.most)
        assert last - first + 1 >= 5


@pytest.mark.parametrize(
    ("n", "known", "starts"),
    [
        # Nobody came or went: the same classes, and one that was told stays as it is.
        (45, Earlier((5, 9), (0, 0), 0, 0), (5, 10, 15, 20, 26, 31, 36, 41)),
        # 5 to 9 and one came: 5 to 10, so 5 tells nothing, and 10 would tell of nine and of the one.
        (46, Earlier((5, 9), (0, 0), 1, 0), (5, 11, 20, 27, 32, 37, 42)),
    ],
)
def test_starts_by_hand(n, known, starts):
    assert class_starts(n, WIDTH, (known,)) == starts


# Without the numbers of people


def classes(draw, people: int) -> tuple[int, int, str]:
    side = draw(st.sampled_from(["few", "many", "untold"]))
    low = draw(st.integers(0, people // 2))
    return low, draw(st.integers(low, people)), side


def left_of(then: tuple, now: tuple, people: tuple[int, int], joined: int, left: int) -> dict[str, set[int]]:
    """Try everything: cases and others then, cases and others among those who came and who left."""

    def fits(told, cases, others, most):
        low, high, side = told
        held = {"few": low <= cases <= high, "many": low <= others <= high, "untold": min(cases, others) >= low}
        return held[side] and cases + others <= most

    found: dict[str, set[int]] = {name: set() for name in ("c then", "o then", "c now", "o now", "came", "gone")}
    for cases, others in product(range(people[0] + 1), repeat=2):
        if not fits(then, cases, others, people[0]):
            continue
        for came, came_else, gone, gone_else in product(
            range(joined + 1), range(joined + 1), range(left + 1), range(left + 1)
        ):
            now_cases, now_others = cases + came - gone, others + came_else - gone_else
            moved = came + came_else <= joined and gone + gone_else <= left and gone <= cases and gone_else <= others
            if moved and fits(now, now_cases, now_others, people[1]):
                for name, value in zip(found, (cases, others, now_cases, now_others, came, gone), strict=True):
                    found[name].add(value)
    return found


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_who_counts_respondents_only_finds_as_many_counts_as_trying_everything_leaves(data):
    people = data.draw(st.integers(4, 9)), data.draw(st.integers(4, 9))
    then, now = classes(data.draw, people[0]), classes(data.draw, people[1])
    joined, left = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
    known = Earlier((0, people[0]), (0, 0), joined, left, Ends.of(*then, people[0]), people[1])
    found = left_of(then, now, people, joined, left)
    if ends_leave_enough(known, *now, 3) and found["came"]:
        assert len(found["came"]) >= min(3, joined + 1)
        assert len(found["gone"]) >= min(3, left + 1)
        for told, name in ((then, "then"), (now, "now")):
            which = "o" if told[2] == "many" else "c"
            assert len(found[f"{which} {name}"]) >= min(3, told[1] - told[0] + 1 if told[2] != "untold" else 3)


def test_seven_more_respondents_and_a_class_over_the_middle_tell_of_the_year_before():
    """5 to 9 others of 35, then 13 at least of 42, seven of them new: there were 6 at least, four counts of five."""
    known = Earlier((0, 35), (0, 0), 7, 0, Ends.of(5, 9, "many", 35), 42)
    assert not ends_leave_enough(known, 13, 15, "untold", WIDTH)
    assert ends_leave_enough(known, 12, 15, "untold", WIDTH)
    # Ten at least, with seven new: nothing follows. Thirty at least: somebody changed, and nobody knows who.
    assert ends_leave_enough(known, 10, 19, "many", WIDTH)
    assert ends_leave_enough(known, 30, 34, "many", WIDTH)
    assert not ends_leave_enough(known, 15, 19, "many", WIDTH)
