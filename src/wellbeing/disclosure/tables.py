"""How coarsely a unit's table is told, so that the coarseness itself tells nothing (R5, R6).

A table that is unsafe as it is gets wider classes. Whoever knows the kit then knows that the finer ones were unsafe,
and that can be worth more than the classes: of 15 to 19 cases "10 to 19 women, 0 to 9 men" is only ever said of 10 to
14 women and 0 to 4 men, so there are 11 to 14 women and 1 to 4 men. Here the choice is made for all tables that the
unit's own result leaves possible, and everything that is told alike is looked at together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

from wellbeing.disclosure.earlier import Earlier, class_starts

#: Fewest and most cases of each part of a table.
_Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Part:
    """A part of a table: people, cases, whether the rules for one figure let it be told, what was told before."""

    n: int
    cases: int
    told: bool
    earlier: tuple[Earlier, ...] = ()


#: What colleagues know of a part: people, whether it may be told, what was told before.
_Known = tuple[int, bool, tuple[Earlier, ...]]


@lru_cache(maxsize=4096)
def _classes(known: _Known, width: int) -> tuple[tuple[int, int], ...]:
    """Give the class of each number of cases that a part can have; all there can be, where nothing is told."""
    n, told, earlier = known
    if not told or n + 1 < width:
        return ((0, n),) * (n + 1)
    starts = [0, *class_starts(n, width, earlier), n + 1]
    return tuple((low, high - 1) for low, high in pairwise(starts) for _ in range(low, high))


def table_doublings(whole: tuple[int, int], parts: Sequence[Part], width: int) -> int | None:
    """Say how often the width of a table's classes is doubled.

    Parameters
    ----------
    whole : tuple of int
        Fewest and most cases that the table's whole is known to have.
    parts : sequence of Part
        All of them, those too that are not told.
    width : int
        Counts that must stay possible of every part and of the whole (R5).

    Returns
    -------
    int or None
        None where the table is withheld. Tables with the same result and the same classes leave, all taken together,
        enough counts of everything; so do all those that are withheld.
    """
    known = tuple((part.n, part.told, part.earlier) for part in parts)
    levels = _levels(whole, known, width)
    finest = _told_as(tuple(part.cases for part in parts), known, width)
    return next((level for level, tables in enumerate(levels) if finest in tables), None)


@lru_cache(maxsize=1024)
def _levels(whole: tuple[int, int], known: tuple[_Known, ...], width: int) -> tuple[frozenset[_Ranges], ...]:
    """Give, for each number of doublings, the tables (by their finest classes) that are told so."""
    sizes = [n for n, _, _ in known]
    choices = [sorted(set(_classes(part, width))) for part in known]
    left = {table for table in product(*choices) if _possible(table, whole)}
    enough = [min(width, n + 1) for n in sizes]
    levels: list[list[list[_Ranges]]] = []
    doubled = width
    while left:
        alike: dict[_Ranges, list[_Ranges]] = {}
        for table in sorted(left):
            starts = tuple(low for low, _ in table)
            alike.setdefault(_told_as(starts, known, doubled), []).append(table)
        if all(ranges == tuple((0, n) for n in sizes) for ranges in alike):
            break
        levels.append([tables for tables in alike.values() if _safe(tables, whole, enough, width)])
        left -= {table for tables in levels[-1] for table in tables}
        doubled *= 2
    # Being withheld tells something as well: then more tables are, coarse ones first and as few as will do.
    while left and any(levels) and not _safe(sorted(left), whole, enough, width):
        told = [tables for level in reversed(levels) for tables in level]
        enough_more = (tables for tables in told if _safe([*left, *tables], whole, enough, width))
        more = next(enough_more, told[0])
        left.update(more)
        levels = [[tables for tables in level if tables is not more] for level in levels]
    return tuple(frozenset(table for tables in level for table in tables) for level in levels)


def _told_as(cases: tuple[int, ...], known: tuple[_Known, ...], width: int) -> _Ranges:
    return tuple(_classes(part, width)[count] for count, part in zip(cases, known, strict=True))


def _possible(table: _Ranges, whole: tuple[int, int]) -> bool:
    return sum(low for low, _ in table) <= whole[1] and sum(high for _, high in table) >= whole[0]


def _safe(tables: Sequence[_Ranges], whole: tuple[int, int], enough: Sequence[int], width: int) -> bool:
    """Whether some tables, any of which may be the true one, leave enough counts of each part and of the whole."""
    counts: list[set[int]] = [set() for _ in enough]
    together: set[int] = set()
    for table in tables:
        low, high = sum(first for first, _ in table), sum(last for _, last in table)
        together.update(range(max(whole[0], low), min(whole[1], high) + 1))
        for count, (first, last) in zip(counts, table, strict=True):
            count.update(range(max(first, whole[0] - (high - last)), min(last, whole[1] - (low - first)) + 1))
        if len(together) >= width and all(len(c) >= e for c, e in zip(counts, enough, strict=True)):
            return True
    return False
