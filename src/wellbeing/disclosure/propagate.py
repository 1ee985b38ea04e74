"""What a reader can work out: ranges passed up and down the relations among figures, in whole numbers.

For each figure the reader knows n, its class and its mean's interval, and that a whole's cases and sums of
scores are those of its parts. What stays possible for one figure is a set of pairs (cases, sum), kept as a
`Region`. Such sets stay convex under all three things done to them (meeting, adding, taking away), so on a tree
of relations one pass up and one pass down find exactly which counts of cases stay possible, for printed and
hidden figures alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wellbeing.disclosure.classes import Steps
from wellbeing.disclosure.means import sums_by_count

#: A figure: reporting unit and group.
Key = tuple[str, str]


@dataclass(frozen=True)
class Relation:
    """A whole and the parts that it is the sum of, in cases and in scores.

    ``scores`` is False where none of the parts has a printed mean. Scores then add nothing to what the counts say,
    because people who may have any score can be split in any way; only counts are passed on.
    """

    whole: Key
    parts: tuple[Key, ...]
    scores: bool = True


@dataclass(frozen=True, eq=False)
class Region:
    """The pairs of cases and sum that stay possible for one figure.

    ``first`` is the fewest cases; ``least[i]`` and ``greatest[i]`` bound the sum, in steps, of ``first + i``
    cases. ``least`` is convex and ``greatest`` concave. No entry: nothing is possible, the printed figures
    contradict each other.
    """

    first: int
    least: "np.ndarray"
    greatest: "np.ndarray"

    @property
    def counts(self) -> int:
        """How many counts of cases stay possible."""
        return len(self.least)

    @property
    def sums(self) -> int:
        """How many sums stay possible."""
        return int(self.greatest.max() - self.least.min()) + 1 if len(self.least) else 0

    @property
    def range(self) -> tuple[int, int]:
        """Fewest and most cases."""
        return self.first, self.first + len(self.least) - 1


_NOTHING = Region(0, np.empty(0, np.int64), np.empty(0, np.int64))


def region(n: int, counts: tuple[int, int], sums: tuple[int, int], steps: Steps) -> Region:
    """Give what one figure of `n` people leaves possible by itself."""
    cases, least, greatest = sums_by_count(n, counts, sums, steps)
    return Region(int(cases[0]), least, greatest) if len(cases) else _NOTHING


def regions(figures: Sequence[tuple[int, tuple[int, int], tuple[int, int]]], steps: Steps) -> list[Region]:
    """Give what many figures, each people, counts and sums, leave possible by themselves: as `region`, in one sweep."""
    if not figures:
        return []
    n, fewest, most, low, high = np.array([(n, *counts, *sums) for n, counts, sums in figures], dtype=np.int64).T
    sizes = most - fewest + 1
    ends = sizes.cumsum()
    cases = np.arange(ends[-1]) + np.repeat(fewest - (ends - sizes), sizes)
    people = np.repeat(n, sizes)
    least = cases * (steps.case[0] - steps.rest[0]) + people * steps.rest[0]
    greatest = cases * (steps.case[1] - steps.rest[1]) + people * steps.rest[1]
    least, greatest = np.maximum(least, np.repeat(low, sizes)), np.minimum(greatest, np.repeat(high, sizes))
    whole = np.logical_and.reduceat(least <= greatest, ends - sizes)
    return [
        Region(first, least[start:end], greatest[start:end])
        if sound
        else region(figure[0], figure[1], figure[2], steps)
        for figure, sound, first, start, end in zip(
            figures, whole.tolist(), fewest.tolist(), (ends - sizes).tolist(), ends.tolist(), strict=True
        )
    ]


def meet(one: Region, other: Region) -> Region:
    """Give what two statements about the same figure leave possible."""
    first = max(one.first, other.first)
    size = min(one.first + one.counts, other.first + other.counts) - first
    if size <= 0:
        return _NOTHING
    here, there = first - one.first, first - other.first
    least = np.maximum(one.least[here : here + size], other.least[there : there + size])
    greatest = np.minimum(one.greatest[here : here + size], other.greatest[there : there + size])
    possible = np.flatnonzero(least <= greatest)
    if not len(possible):
        return _NOTHING
    start, end = int(possible[0]), int(possible[-1]) + 1
    return Region(first + start, least[start:end], greatest[start:end])


def clip(what: Region, fewest: int, most: int) -> Region:
    """Give what is left of a figure's region when it has from `fewest` to `most` cases."""
    start, end = max(fewest - what.first, 0), min(most - what.first + 1, what.counts)
    if start >= end:
        return _NOTHING
    return Region(what.first + start, what.least[start:end], what.greatest[start:end])


@dataclass(frozen=True, eq=False)
class _Row:
    """Several regions in a row: where each starts, and the bounds of all one after another."""

    first: int
    sizes: "np.ndarray"
    starts: "np.ndarray"
    least: "np.ndarray"
    greatest: "np.ndarray"

    @classmethod
    def of(cls, parts: Sequence[Region]) -> "_Row":
        sizes = np.array([len(part.least) for part in parts])
        return cls(
            sum([part.first for part in parts]),
            sizes,
            sizes.cumsum() - sizes,
            np.concatenate([part.least for part in parts]),
            np.concatenate([part.greatest for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class _Sum:
    """What is possible for the sum of several figures.

    The least sum for each count takes the cheapest cases first, from whichever part has them: for convex bounds
    that is to sort the steps from one count to the next. ``up`` and ``down`` are those steps, sorted.
    """

    first: int
    least: int
    greatest: int
    up: "np.ndarray"
    down: "np.ndarray"

    @classmethod
    def of(cls, parts: "_Row") -> "_Sum":
        # Steps within a part; those from the end of one part to the beginning of the next are none.
        within = np.ones(len(parts.least) - 1, dtype=bool)
        within[parts.starts[1:] - 1] = False
        return cls(
            parts.first,
            int(parts.least[parts.starts].sum()),
            int(parts.greatest[parts.starts].sum()),
            np.sort((parts.least[1:] - parts.least[:-1])[within]),
            np.sort((parts.greatest[1:] - parts.greatest[:-1])[within]),
        )

    def without(self, part: Region) -> "_Sum":
        """The sum of all parts but one."""
        return _Sum(
            self.first - part.first,
            self.least - int(part.least[0]),
            self.greatest - int(part.greatest[0]),
            _remove(self.up, np.diff(part.least)),
            _remove(self.down, np.diff(part.greatest)),
        )

    def region(self) -> Region:
        return Region(self.first, _climb(self.least, self.up), _climb(self.greatest, self.down[::-1]))

    def taken_from(self, whole: Region) -> Region:
        """What is possible for the part of `whole` that is left when this sum is taken away."""
        last = self.first + len(self.up)
        most, fewest = self.greatest + int(self.down.sum()), self.least + int(self.up.sum())
        up = np.sort(np.concatenate([self.down, np.diff(whole.least)]), kind="stable")
        down = np.sort(np.concatenate([self.up, np.diff(whole.greatest)]), kind="stable")[::-1]
        return Region(
            whole.first - last, _climb(int(whole.least[0]) - most, up), _climb(int(whole.greatest[0]) - fewest, down)
        )


def _climb(start: int, steps: "np.ndarray") -> "np.ndarray":
    heights = np.empty(len(steps) + 1, np.int64)
    heights[0] = start
    heights[1:] = steps
    return heights.cumsum()


def _remove(ordered: "np.ndarray", steps: "np.ndarray") -> "np.ndarray":
    """Take some of the steps out of a sorted lot that holds them; of equal ones, as many as are given."""
    steps = np.sort(steps)
    repeats = np.arange(len(steps)) - np.searchsorted(steps, steps)
    return np.delete(ordered, np.searchsorted(ordered, steps) + repeats)


def propagate(alone: Mapping[Key, Region], relations: Sequence[Relation]) -> dict[Key, Region]:
    """Give what stays possible for every figure from all of them together.

    Parameters
    ----------
    alone : mapping of Key to Region
        What each figure leaves possible by itself; of a withheld one, whatever its n allows.
    relations : sequence of Relation
        Wholes before their parts; no figure a part of two wholes.

    Returns
    -------
    dict of Key to Region
        For every figure of `alone` that a relation names.
    """
    upward: dict[Key, Region] = {}
    steps: list[tuple[Relation, list[Region], tuple[_Row, _Sum] | None]] = []
    for relation in reversed(relations):
        parts = [upward.setdefault(part, alone[part]) for part in relation.parts]
        added = None
        if relation.scores and all(len(part.least) for part in parts):
            row = _Row.of(parts)
            added = row, _Sum.of(row)
        steps.append((relation, parts, added))
        whole = upward.get(relation.whole, alone[relation.whole])
        upward[relation.whole] = _from_parts(whole, parts, added)
    together = dict(upward)
    # A part is never changed after its whole was: what was added up on the way up still is.
    for relation, parts, added in reversed(steps):
        found = _from_whole(together[relation.whole], parts, added)
        together.update(zip(relation.parts, found, strict=True))
    return together


def _from_parts(whole: Region, parts: Sequence[Region], added: "tuple[_Row, _Sum] | None") -> Region:
    if added is not None:
        return meet(whole, added[1].region())
    if not all(len(part.least) for part in parts):
        return _NOTHING
    ranges = [part.range for part in parts]
    return clip(whole, sum(fewest for fewest, _ in ranges), sum(most for _, most in ranges))


def _from_whole(whole: Region, parts: Sequence[Region], added: "tuple[_Row, _Sum] | None") -> list[Region]:
    if not whole.counts or not all(len(part.least) for part in parts):
        return [_NOTHING for _ in parts]
    if added is not None:
        row, everything = added
        free = _free(whole, row, everything).tolist()
        return [
            part if loose else meet(part, everything.without(part).taken_from(whole))
            for part, loose in zip(parts, free, strict=True)
        ]
    ranges = [part.range for part in parts]
    fewest, most = whole.range
    low, high = sum(first for first, _ in ranges), sum(last for _, last in ranges)
    return [
        clip(part, fewest - (high - last), most - (low - first))
        for part, (first, last) in zip(parts, ranges, strict=True)
    ]


def _free(whole: Region, parts: _Row, everything: _Sum) -> "np.ndarray":
    """Find parts that the whole does not narrow, without working out what the others leave: most parts of a large tree.

    One possible pair of the whole is looked at. A part is free if, whatever pair it has itself, the others can have the
    rest. What the others can have at the least is at most the cheapest steps of all, after as many as are this part's
    own; where that is not enough to say so, the part is not called free and is worked out.
    """
    middle = whole.counts // 2
    cases = whole.first + middle - everything.first
    total = (int(whole.least[middle]) + int(whole.greatest[middle])) // 2
    own = parts.sizes - 1
    lowest = np.minimum.reduceat(parts.least, parts.starts)
    highest = np.maximum.reduceat(parts.greatest, parts.starts)
    least_first, greatest_first = parts.least[parts.starts], parts.greatest[parts.starts]
    up = np.concatenate([[0], everything.up.cumsum()])
    down = np.concatenate([[0], everything.down[::-1].cumsum()])
    free = (cases >= own) & (cases + own <= len(everything.up))
    for taken in (cases - own, np.full(len(own), cases)):
        place = np.clip(taken + own, 0, len(up) - 1)
        least = everything.least - least_first + up[place] - up[own]
        greatest = everything.greatest - greatest_first + down[place] - down[own]
        free &= (least <= total - highest) & (greatest >= total - lowest)
    return free


def narrow(what: Region, n: int, steps: Steps, width: int, values: int) -> bool:
    """Say whether fewer than `width` counts or `values` sums are left, or fewer than `n` people have at all.

    Counts are counts of cases, 0 to n: what R5's untold class is measured by. Of a handful of people every
    count they can have must stay possible.
    """
    if what.counts < min(width, n + 1):
        return True
    enough = min(values, n * steps.most + 1)
    # The sums of the fewest cases are some of all, and nearly always enough.
    return bool(what.greatest[0] - what.least[0] + 1 < enough) and what.sums < enough
