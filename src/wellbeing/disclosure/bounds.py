"""How far a figure can go: bounds by linear programming, where each solution is evidence for every figure at once."""

from collections.abc import Callable, Collection, Hashable, Sequence
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

from wellbeing.disclosure.solvers import Row, Solver, System, solver
from wellbeing.errors import KitFault

if TYPE_CHECKING:
    import numpy as np

#: How far from a whole number a solver's whole number may be.
_NEAR = 1e-6
#: Looks at all open targets at once that settle hardly any of them, before each is looked at alone.
_PATIENCE = 2
#: By how much of its cost a whole solution near a corner may miss the best one near it: it is evidence all the same.
_MISS = 0.1
#: Where more than this share of all targets is aimed at, a solver had better start afresh.
_AFRESH = 0.2


class Prover:
    """Find evidence that every target, a row of unknowns, can take enough values; and what pins those that cannot.

    Parameters
    ----------
    system : System
    targets : sequence of Row
    enough : sequence of int
        How many whole values of each target must stay possible.
    by : callable, optional
        What makes a solver of a system.
    """

    def __init__(
        self,
        system: System,
        targets: Sequence[Row],
        enough: Sequence[int],
        by: Callable[[System], Solver] = solver,
    ) -> None:
        import numpy as np

        self.system = system
        self.solver: Solver = by(system)
        self.targets = system.matrix(targets)
        self.enough = np.array(enough)
        self.rows = system.matrix(system.rows)
        self.lower, self.upper = np.array(system.lower, float), np.array(system.upper, float)
        self.low, self.high = np.array(system.low, float), np.array(system.high, float)
        self.whole = np.array(system.whole, dtype=bool)
        self.least = np.full(len(targets), inf)
        self.most = np.full(len(targets), -inf)
        self.solved = 0
        self.random = np.random.default_rng(0)
        self.last: np.ndarray | None = None
        # What is proved of targets that stay too narrow: the printed figures that hold them, as `pins` gives them.
        self.held: dict[int, tuple[list[Hashable], bool]] = {}

    @cached_property
    def parts(self) -> "np.ndarray | None":
        """Give of every unknown which lot it belongs to, of those that hang together by rows; None if all do."""
        from scipy.sparse import block_array
        from scipy.sparse.csgraph import connected_components

        lots, labels = connected_components(block_array([[None, self.rows.T], [self.rows, None]], format="csr"))
        return labels[: len(self.lower)] if lots > 1 else None

    def look_around(self) -> list[int]:
        """Look for evidence for many targets at once, as long as that settles some; list those still open.

        Raises
        ------
        KitFault
            If there is no solution at all: then the figures contradict each other.
        """
        import numpy as np

        patience, looks, way = _PATIENCE, 0, np.ones(len(self.enough))
        while patience and (still := self._unsettled()).any():
            # One way and then the other; what was seen at its least is pushed up. Weights differ, or a unit's groups
            # would share its cases out.
            way = -way if looks % 2 else self.random.choice([-1.0, 1.0], len(way))
            looks += 1
            push = np.where(self.least <= 0, 1.0, way) * self.random.exponential(size=len(way))
            self._look(-np.where(still, push, 0.0) @ self.targets, many=float(still.mean()))
            patience = patience - 1 if self._unsettled().sum() > 0.9 * still.sum() else _PATIENCE
        return [int(number) for number in np.flatnonzero(self._unsettled())]

    def open(self) -> list[int]:
        """List the targets for which enough values cannot be shown, after looking at each of those left alone.

        Raises
        ------
        KitFault
            As `look_around`.
        """
        import numpy as np

        for number in self.look_around():
            if not self._still()[number]:
                continue
            found = self._pinned(number)
            for way, exact in ((-1.0, False), (1.0, False), (-1.0, True), (1.0, True)) if found[1] else ():
                if self._still()[number]:
                    self._look(way * self.targets[[number]].toarray()[0], exact)
            if self._still()[number]:
                self.held[number] = found
        return [int(number) for number in np.flatnonzero(self._still())]

    def narrowest(self, but: Collection[int] = ()) -> int | None:
        """Give the fewest values shown for a target that must have the most of all; None where there is none."""
        import numpy as np

        wanted = self.enough == self.enough.max(initial=0)
        wanted[list(but)] = False
        widths = np.floor(self.most[wanted] + _NEAR) - np.ceil(self.least[wanted] - _NEAR) + 1
        return int(widths.min()) if len(widths) else None

    def relax(self, name: Hashable, low: float = -inf, high: float = inf) -> None:
        """Widen the rows of one printed figure; whatever was possible stays so."""
        for row, own in enumerate(self.system.names):
            if own == name:
                self.solver.bound(row, low, high)
                self.low[row], self.high[row] = low, high
        # A bound over the reals stays where it is as long as the rows that it has to pay for do.
        self.held = {number: found for number, found in self.held.items() if not found[1] and name not in found[0]}

    def pins(self, number: int) -> tuple[list[Hashable], bool]:
        """Name the printed figures that hold a target where it is: those of the rows with a price.

        Returns
        -------
        names : list
            Where it is empty, no printed figure matters: without all of them the bounds would be the same.
        wide : bool
            Whether the bounds leave enough values over the reals, so that it is whole numbers that are lacking.
        """
        return self.held[number] if number in self.held else self._pinned(number)

    def _pinned(self, number: int) -> tuple[list[Hashable], bool]:
        import numpy as np

        found: dict[Hashable, None] = {}
        aim = self.targets[[number]].toarray()[0]
        ends = []
        for way in (1.0, -1.0):
            solution = self.solver.real(way * aim)
            if solution is None:
                raise KitFault("figures that contradict each other")
            ends.append(float(aim @ solution[0]))
            self._keeps(solution[0])
            for name, price in zip(self.system.names, solution[1], strict=True):
                if name is not None and abs(price) > _NEAR:
                    found[name] = None
        wide = np.floor(ends[1] + _NEAR) - np.ceil(ends[0] - _NEAR) + 1 >= self.enough[number]
        return list(found), bool(wide)

    def _still(self) -> "np.ndarray":
        import numpy as np

        widths = np.floor(self.most + _NEAR) - np.ceil(self.least - _NEAR) + 1
        still: np.ndarray = ~(widths >= self.enough)
        return still

    def _unsettled(self) -> "np.ndarray":
        """Say which targets there is too little evidence for, and no proof that there is none."""
        still = self._still()
        still[list(self.held)] = False
        return still

    def _look(self, costs: "np.ndarray", exact: bool = False, many: float = 0.0) -> None:
        """Look for one more solution, in whole numbers where the unknowns are; it counts if it keeps every row.

        Between the whole numbers around a corner of the reals there nearly always is one, but it need not be the
        farthest: `exact` looks everywhere. Where it is about `many` targets, by their share, parts of the system that
        share no unknown with any of them stay as they were seen last.
        """
        import numpy as np

        self.solved += 1
        found = self.solver.real(costs, afresh=many > _AFRESH)
        if found is None:
            raise KitFault("figures that contradict each other")
        if self._keeps(found[0]):
            return
        near = np.where(self.whole, np.floor(found[0] + _NEAR), self.lower)
        far = np.where(self.whole, np.ceil(found[0] - _NEAR), self.upper)
        if many and self.last is not None and self.parts is not None:
            idle = self.whole & ~np.isin(self.parts, np.unique(self.parts[np.flatnonzero(costs)]))
            near, far = np.where(idle, self.last, near), np.where(idle, self.last, far)
        for low, high in ((self.lower, self.upper),) if exact else ((near, far), (self.lower, self.upper)):
            solution = self.solver.whole(costs, low, high, 0.0 if exact else _MISS)
            if solution is not None and self._keeps(solution):
                return
        raise KitFault("no whole solution that keeps every bound")

    def _keeps(self, solution: "np.ndarray") -> bool:
        """Take a solution as evidence, if it is one: checked here, whatever the solver says of it."""
        import numpy as np

        near = np.round(solution)
        if np.any(np.abs(solution - near)[self.whole] > _NEAR):
            return False
        exact = np.where(self.whole, near, solution)
        rows = self.rows @ exact
        if np.any(rows < self.low - 10 * _NEAR) or np.any(rows > self.high + 10 * _NEAR):
            return False
        seen = self.targets @ exact
        self.least, self.most = np.minimum(self.least, seen), np.maximum(self.most, seen)
        self.last = exact
        return True
