"""Bound hidden figures: whole numbers once seen are evidence for all of them; what is left is asked for one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, inf
from typing import TYPE_CHECKING, Any

from wellbeing.attack.solver import OFF, Programme, Sum

if TYPE_CHECKING:
    import numpy as np

#: Stands for a bound that could not be found.
_HUGE = 10**9


@dataclass(frozen=True)
class Target:
    """A hidden figure: a sum of unknowns, and how many values of it must stay possible."""

    sum: Sum
    must: int


@dataclass(frozen=True)
class Bounds:
    """What is left of a target. `exact` says that no more can be found out; else at least so many values are left."""

    low: int
    high: int
    exact: bool

    @property
    def values(self) -> int:
        return self.high - self.low + 1


def attack(
    programme: Programme, targets: Sequence[Target], seed: int = 0, lots: Sequence[Sequence[int]] = ()
) -> list[Bounds] | None:
    """Bound every target: exactly where too little is left, else as far as proves that enough is.

    Any whole numbers that keep to what is known are evidence for all targets at once, so few need programmes of their
    own.

    Parameters
    ----------
    programme : Programme
    targets : sequence of Target
    seed : int
        Of the ways in which many targets are pushed at once.
    lots : sequence of sequence of int, optional
        Unknowns that hang together more than with others, as one option's: each lot is looked at first with all others
        staying what they are, which is soon done and evidence all the same.

    Returns
    -------
    list of Bounds, or None
        None where nothing keeps to what is known: the release contradicts itself, or the assumptions do.
    """
    import numpy as np

    matrix = _matrix(targets, programme.size)
    must = np.array([target.must for target in targets])
    seen = _Seen(programme, matrix)
    if not seen.something():
        return None
    random = np.random.default_rng(seed)
    for lot in lots:
        seen.look_within(lot, must, random)
    seen.look_around(must, random)
    bounds: dict[int, Bounds] = {}
    for number in np.flatnonzero(seen.unsettled(must)).tolist():
        if seen.unsettled(must)[number]:
            bounds[number] = seen.exactly(number, int(must[number]))
    return [bounds.get(number) or seen.so_far(number) for number in range(len(targets))]


def narrowest(
    programme: Programme, targets: Sequence[Target], bounds: list[Bounds], which: Sequence[int]
) -> int | None:
    """Give how many values the narrowest of some targets has left; write into `bounds` what was found on the way."""
    seen = _Seen(programme, _matrix(targets, programme.size))
    left = set(which)
    while left:
        number = min(left, key=lambda place: (bounds[place].values, place))
        if bounds[number].exact:
            return bounds[number].values
        bounds[number] = seen.exactly(number, 10**9)
        left = {place for place in left if bounds[place].values <= bounds[number].values}
    return None


def _matrix(targets: Sequence[Target], size: int) -> Any:
    import numpy as np
    from scipy.sparse import csr_array

    at = [number for number, target in enumerate(targets) for _ in target.sum]
    columns = [column for target in targets for column in target.sum]
    values = [float(value) for target in targets for value in target.sum.values()]
    return csr_array((np.array(values, float), (np.array(at, int), np.array(columns, int))), shape=(len(targets), size))


class _Seen:
    """The least and the greatest that each target was in whole numbers seen so far."""

    def __init__(self, programme: Programme, matrix: Any) -> None:
        import numpy as np

        self._programme, self._matrix = programme, matrix
        self._low = np.full(matrix.shape[0], inf)
        self._high = np.full(matrix.shape[0], -inf)
        self._last: np.ndarray | None = None

    def look_around(self, must: "np.ndarray", random: "np.random.Generator") -> None:
        """Push many targets at once, as long as that settles more than looks at single ones would."""
        import numpy as np

        number, worth = 0, 3
        while worth:
            still = self.unsettled(must)
            if not still.any():
                break
            ways = random.choice([-1.0, 1.0], len(still)) if number > 1 else np.full(len(still), 1.0 - 2 * number)
            self.look(self._matrix.T @ np.where(still, ways, 0.0))
            number += 1
            worth = 3 if still.sum() - self.unsettled(must).sum() > 1 else worth - 1

    def look_within(self, lot: Sequence[int], must: "np.ndarray", random: "np.random.Generator") -> None:
        """Look around among the targets of some unknowns, all others staying what they were seen at last."""
        import numpy as np

        if self._last is None:
            return
        columns = np.array(lot)
        inside = self._matrix[:, columns]
        own = np.flatnonzero(np.diff(inside.indptr) == np.diff(self._matrix.indptr))
        part = _Seen(self._programme.within(columns, self._last), inside[own])
        if part.keep(self._last[columns]):
            part.look_around(must[own], random)
            self._low[own] = np.minimum(self._low[own], part._low)
            self._high[own] = np.maximum(self._high[own], part._high)

    def unsettled(self, must: "np.ndarray") -> "np.ndarray":
        still: np.ndarray = ~(self._high - self._low + 1 >= must)
        return still

    def so_far(self, number: int) -> Bounds:
        return Bounds(int(self._low[number]), int(self._high[number]), False)

    def something(self) -> bool:
        """Say whether any whole numbers keep to what is known; true as well where time is too short to tell."""
        import numpy as np

        nothing = np.zeros(self._programme.size)
        relaxed, proved = self._programme.best(nothing, whole=False)
        if relaxed is None:
            return not proved
        if self.keep(relaxed):
            return True
        found, _ = self._programme.best(nothing, whole=True, near=relaxed)
        if found is not None and self.keep(found):
            return True
        found, proved = self._programme.best(nothing, whole=True)
        return (found is not None and self.keep(found)) or not proved

    def keep(self, answer: "np.ndarray") -> bool:
        """Take an answer as evidence if it is one in whole numbers."""
        import numpy as np

        if not self._programme.possible(answer):
            return False
        self._last = np.round(answer)
        values = self._matrix @ self._last
        self._low, self._high = np.minimum(self._low, values), np.maximum(self._high, values)
        return True

    def look(self, costs: "np.ndarray") -> float:
        """Push `costs` up and keep what whole numbers are met; give how far up the relaxation says one can get."""
        import numpy as np

        relaxed, proved = self._programme.best(costs, whole=False)
        if relaxed is None:
            return inf
        if not self.keep(relaxed):
            found, _ = self._programme.best(costs, whole=True, near=relaxed)
            if found is None:  # it hangs on what was kept: any whole numbers, then
                found, _ = self._programme.best(costs, whole=True, near=np.full(self._programme.size, 0.5))
            if found is not None:
                self.keep(found)
        return float(costs @ relaxed) if proved else inf

    def exactly(self, number: int, must: int) -> Bounds:
        """Bound one target: by the relaxation where that is narrow, else in whole numbers until enough is seen."""
        row = self._matrix[[number], :].toarray()[0]
        ends = []
        for sign in (1.0, -1.0):
            # The relaxation's bound holds for whole numbers too; rounded outwards.
            ends.append(self.look(sign * row))
            if self._high[number] - self._low[number] + 1 >= must:
                return self.so_far(number)
        high, low = (sign * (floor(end + OFF) if end < inf else inf) for sign, end in zip((1, -1), ends, strict=True))
        if high > self._high[number]:
            found, proved = self._programme.best(row, whole=True)
            if proved and found is not None and self.keep(found):
                high = self._high[number]
        if low < self._low[number]:
            found, proved = self._programme.best(-row, whole=True)
            if proved and found is not None and self.keep(found):
                low = self._low[number]
        return Bounds(int(max(low, -_HUGE)), int(min(high, _HUGE)), True)
