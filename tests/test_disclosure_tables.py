"""What the coarseness of a table tells to somebody who knows how it is chosen: every possible table is tried."""

from itertools import product

import pytest

from made_counties import policy
from wellbeing.disclosure.classes import NO_SCORE, possible_counts, share_class
from wellbeing.disclosure.coarsen import Desk, Figure
from wellbeing.disclosure.propagate import Relation
from wellbeing.disclosure.tables import Part, table_doublings


def told_alike(sizes, whole, unsaid=()):
    """All tables of a whole that is known to have so many cases, by what is printed of them."""
    alike = {}
    for cases in product(*(range(n + 1) for n in sizes)):
        if whole[0] <= sum(cases) <= whole[1]:
            parts = [Part(n, c, place not in unsaid) for place, (n, c) in enumerate(zip(sizes, cases, strict=True))]
            doublings = table_doublings(whole, parts, 5)
            printed = None
            if doublings is not None:
                width = 5 * 2**doublings
                printed = tuple(
                    share_class(part.cases, part.n, width) if part.told and part.n + 1 >= width else None
                    for part in parts
                )
            alike.setdefault(printed, []).append(cases)
    return alike


@pytest.mark.parametrize("sizes", [(25, 20), (40, 30), (60, 25), (31, 29, 2), (20, 22, 21), (30, 25, 20, 1)])
def test_tables_told_alike_leave_five_counts_of_everything(sizes):
    n = sum(sizes)
    unsaid = {place for place, size in enumerate(sizes) if size < 20}
    spoken = 0
    for start in sorted({share_class(cases, n, 5) for cases in range(0, n + 1, 7)}):
        whole = possible_counts(*start, n)
        for printed, tables in told_alike(sizes, whole, unsaid).items():
            spoken += printed is not None
            assert len({sum(cases) for cases in tables}) >= 5
            for place, size in enumerate(sizes):
                assert len({cases[place] for cases in tables}) >= min(5, size + 1)
    assert spoken


def test_ten_to_fourteen_women_and_few_men_are_not_told_so():
    """Of 15 to 19 cases, 10 to 14 women and 0 to 4 men would be 11 to 14 and 1 to 4: four counts each."""
    assert table_doublings((15, 19), [Part(60, 13, True), Part(40, 3, True)], 5) != 0


def test_a_table_is_never_told_more_finely_again():
    """The desk starts from the coarseness that tells nothing and only widens."""
    whole, women, men = ("S1", "all"), ("S1", "sex=female"), ("S1", "sex=male")
    figures = {whole: Figure(100, 16, 0, 0), women: Figure(60, 13, 0, 0), men: Figure(40, 3, 0, 0)}
    desk = Desk("m", NO_SCORE, (0, 0), figures, policy())
    desk.say(figures, 0, None)
    desk.accept_table(Relation(whole, (women, men), False))
    for key in (women, men):
        said = desk.printed.get(key)
        assert said is None or said.high - said.low + 1 > 5
