"""Where the tree of relations closes to a ring: a subgroup's figure for the county is the sum of the units' own.

A unit's result, its subgroups', the county's and the county's subgroups' are then tied both ways, and passing
ranges up and down no longer finds everything a reader can. Here integer programmes look for the fewest and most
cases that each figure can have, printed or hidden. Any solution found is evidence for all figures at once, so few
figures need programmes of their own.

Counts only: each is already held to what its own mean, and the means above it, leave possible. That the subgroups'
means together say no more than that is left to the certificate over everything that was ever released (R15).
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from wellbeing.disclosure.propagate import Key, Relation

#: Which way the figures still open are pushed before each gets programmes of its own: 0 is each its own way.
_AIMS = (0, 1, -1, 1, -1, 0, 0, 1, -1, 0, 0)


class Ring:
    """The unknown counts of every unit's groups, and the solutions seen so far.

    Parameters
    ----------
    tables : sequence of Relation
        Wholes and parts; together they name all unknowns.
    totals : mapping of Key to tuple of Key
        Figures that are sums of unknowns.
    enough : mapping of Key to int
        How many counts of every figure, an unknown or a total, must stay possible.
    """

    def __init__(
        self, tables: Sequence[Relation], totals: Mapping[Key, tuple[Key, ...]], enough: Mapping[Key, int]
    ) -> None:
        unknowns = dict.fromkeys(key for table in tables for key in (table.whole, *table.parts))
        self._place = {key: column for column, key in enumerate(unknowns)}
        self._figures = list(enough)
        self._must = np.array(list(enough.values()))
        self._totals = list(totals)
        self._sums = self._matrix([[(part, 1) for part in totals[key]] for key in totals])
        self._balance = self._matrix([[(t.whole, -1), *((part, 1) for part in t.parts)] for t in tables])
        self._rows = self._matrix([[(part, 1) for part in totals.get(key, (key,))] for key in self._figures])
        self._least = np.full(len(self._figures), np.inf)
        self._most = np.full(len(self._figures), -np.inf)

    def narrowed(self, limits: Mapping[Key, tuple[int, int]]) -> list[Key]:
        """List the figures that have too few possible counts.

        Parameters
        ----------
        limits : mapping of Key to (int, int)
            The fewest and most cases of every figure by what is known without the ring. From call to call they may
            only widen: what was once seen to be possible stays so.
        """
        random = np.random.default_rng(0)
        for aim in _AIMS:
            if not self._open().any():
                return []
            ways = random.choice([-1.0, 1.0], len(self._figures)) if aim == 0 else float(aim)
            self._solve(np.where(self._open(), ways, 0.0) @ self._rows, limits)
        for number in np.flatnonzero(self._open()):
            for way in (1.0, -1.0):
                if self._open()[number]:
                    self._solve(way * self._rows[[number]].toarray()[0], limits)
        return [self._figures[number] for number in np.flatnonzero(self._open())]

    def _open(self) -> "np.ndarray":
        still: np.ndarray = ~(self._most - self._least + 1 >= self._must)
        return still

    def _solve(self, aim: "np.ndarray", limits: Mapping[Key, tuple[int, int]]) -> None:
        known = np.array([limits[key] for key in self._place])
        told = np.array([limits[key] for key in self._totals])
        found = milp(
            aim,
            integrality=np.ones(len(known)),
            bounds=Bounds(known[:, 0], known[:, 1]),
            constraints=[
                LinearConstraint(self._balance, 0, 0),
                LinearConstraint(self._sums, told[:, 0], told[:, 1]),
            ],
        )
        if found.x is not None:
            seen = self._rows @ np.round(found.x)
            self._least = np.minimum(self._least, seen)
            self._most = np.maximum(self._most, seen)

    def _matrix(self, rows: Sequence[Sequence[tuple[Key, int]]]) -> "csr_array":
        entries = [(row, self._place[key], value) for row, keys in enumerate(rows) for key, value in keys]
        at, columns, values = zip(*entries, strict=True)
        return csr_array((np.array(values, float), (at, columns)), shape=(len(rows), len(self._place)))
