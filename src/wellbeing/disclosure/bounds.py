"""How far a figure can go: bounds by linear programming, every solution found being evidence for all figures at once.

HiGHS does the work: through highspy, where one model stays warm while only its aims change, or through scipy where
highspy is not there. Which one it was stands in the certificate; both are tested to agree.
"""

import os
import sys
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import inf
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from wellbeing.errors import KitFault

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_array

#: How far from a whole number a solver's whole number may be.
_NEAR = 1e-6
#: HiGHS' names for its simplex methods.
_DUAL, _PRIMAL = 1, 4
_LOADING = Lock()
#: Looks at all open targets at once that settle hardly any of them, before each is looked at alone.
_PATIENCE = 2
#: By how much of its cost a whole solution near a corner may miss the best one near it: it is evidence all the same.
_MISS = 0.1
#: Where more than this share of all targets is aimed at, a solver had better start afresh.
_AFRESH = 0.2

Row = Mapping[Hashable, float]


@dataclass
class System:
    """Unknowns between bounds, some of them whole numbers, and rows of them between bounds.

    A row may be named after the printed figure that it comes from. Coefficients are whole numbers, and equalities are
    never relaxed: HiGHS' presolve then calls systems infeasible that are not.
    """

    columns: dict[Hashable, int] = field(default_factory=dict)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    names: list[Hashable | None] = field(default_factory=list)

    def unknown(self, name: Hashable, lower: float, upper: float, whole: bool = True) -> None:
        """Add an unknown."""
        self.columns[name] = len(self.columns)
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)

    def row(self, row: Row, low: float = -inf, high: float = inf, name: Hashable | None = None) -> None:
        """Add a row: what the unknowns, so many times each, add up to."""
        if row:
            self.rows.append(row)
            self.low.append(low)
            self.high.append(high)
            self.names.append(name)

    def matrix(self, rows: Sequence[Row]) -> "csr_array":
        """Write rows as a matrix."""
        import numpy as np
        from scipy.sparse import csr_array

        starts = np.cumsum([0, *(len(row) for row in rows)])
        columns = np.array([self.columns[name] for row in rows for name in row], dtype=np.int64)
        values = np.array([value for row in rows for value in row.values()], dtype=float)
        return csr_array((values, columns, starts), shape=(len(rows), len(self.columns)))


class Solver(Protocol):
    """What finds a solution; `name` stands in the certificate."""

    name: str

    def real(self, costs: "np.ndarray", afresh: bool = False) -> "tuple[np.ndarray, np.ndarray] | None":
        """Give a solution of least cost over the reals, and each row's price; None where there is none.

        The one before is no help where nearly all costs have changed: then better `afresh`.
        """

    def whole(self, costs: "np.ndarray", low: "np.ndarray", high: "np.ndarray", miss: float) -> "np.ndarray | None":
        """Give a solution in whole numbers between bounds of all unknowns; None where there is none.

        It costs no more than by so large a share of it, `miss`, than the cheapest.
        """

    def bound(self, row: int, low: float, high: float) -> None:
        """Change the bounds of a row."""


class _Highs:
    """highspy: one warm model for aims over the reals, primal simplex because only costs change."""

    name = "highspy"

    def __init__(self, system: System) -> None:
        import numpy as np

        highspy = _highspy()
        self.simplex, self.branching = highspy.Highs(), highspy.Highs()
        self.optimal = highspy.HighsModelStatus.kOptimal
        model = highspy.HighsLp()
        matrix = system.matrix(system.rows)
        model.num_col_, model.num_row_ = len(system.columns), len(system.rows)
        model.col_cost_ = np.zeros(model.num_col_)
        model.col_lower_, model.col_upper_ = np.array(system.lower, float), np.array(system.upper, float)
        model.row_lower_, model.row_upper_ = np.array(system.low, float), np.array(system.high, float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        for highs in (self.simplex, self.branching):
            highs.setOptionValue("output_flag", False)
            highs.setOptionValue("threads", 1)
            highs.passModel(model)
        self.simplex.setOptionValue("simplex_strategy", _PRIMAL)
        self.simplex.setOptionValue("presolve", "off")
        # Solved in a moment each: what finds solutions to large problems sooner takes longer than that.
        self.branching.setOptionValue("mip_detect_symmetry", False)
        self.branching.setOptionValue("mip_heuristic_run_feasibility_jump", False)
        self.branching.setOptionValue("mip_heuristic_effort", 0.0)
        whole = np.flatnonzero(system.whole).astype(np.int32)
        kinds = np.array([highspy.HighsVarType.kInteger] * len(whole))
        self.branching.changeColsIntegrality(len(whole), whole, kinds)
        self.everywhere = np.arange(model.num_col_, dtype=np.int32)

    def real(self, costs: "np.ndarray", afresh: bool = False) -> "tuple[np.ndarray, np.ndarray] | None":
        import numpy as np

        self.simplex.changeColsCost(len(costs), self.everywhere, costs)
        if afresh:
            self.simplex.clearSolver()
            self.simplex.setOptionValue("simplex_strategy", _DUAL)
            self.simplex.setOptionValue("presolve", "on")
        if not self._run(self.simplex):
            return None
        found = self.simplex.getSolution()
        return np.array(found.col_value), np.array(found.row_dual)

    def whole(self, costs: "np.ndarray", low: "np.ndarray", high: "np.ndarray", miss: float) -> "np.ndarray | None":
        import numpy as np

        self.branching.setOptionValue("mip_rel_gap", miss)
        self.branching.changeColsCost(len(costs), self.everywhere, costs)
        self.branching.changeColsBounds(len(costs), self.everywhere, low, high)
        self.branching.setOptionValue("presolve", "choose")
        return np.array(self.branching.getSolution().col_value) if self._run(self.branching) else None

    def _run(self, highs: Any) -> bool:
        """Solve; what comes out neither solved nor refuted is asked again, cold, with and without presolve.

        Presolve and a warm start have each called a system infeasible that was not, and the primal simplex has ended
        in a solution that it would not call one (kUnknown).
        """
        highs.run()
        for presolve in ("off", "on"):
            if highs.getModelStatus() == self.optimal:
                break
            highs.clearSolver()
            highs.setOptionValue("presolve", presolve)
            highs.setOptionValue("simplex_strategy", _DUAL)
            highs.run()
        highs.setOptionValue("simplex_strategy", _PRIMAL)
        highs.setOptionValue("presolve", "off")
        return bool(highs.getModelStatus() == self.optimal)

    def bound(self, row: int, low: float, high: float) -> None:
        for highs in (self.simplex, self.branching):
            highs.changeRowBounds(row, low, high)


@lru_cache(maxsize=1)
def _loaded() -> Any:
    """Import highspy and make a first solver, whose banner, printed from C, is kept off standard output."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        import highspy

        made: Any = highspy.Highs
        made()
        return highspy
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _highspy() -> Any:
    with _LOADING:
        return _loaded()


class _Scipy:
    """scipy: the same, cold every time."""

    name = "scipy"

    def __init__(self, system: System) -> None:
        import numpy as np

        self.matrix = system.matrix(system.rows)
        self.ends = [np.array(end, dtype=float) for end in (system.low, system.high)]
        self.bounds = np.array([system.lower, system.upper]).T
        self.integral = np.array(system.whole, dtype=int)

    def real(self, costs: "np.ndarray", afresh: bool = False) -> "tuple[np.ndarray, np.ndarray] | None":
        import numpy as np
        from scipy.optimize import linprog
        from scipy.sparse import vstack

        low, high = self.ends
        exact = high == low
        above, beneath = np.isfinite(high) & ~exact, np.isfinite(low) & ~exact
        found = linprog(
            costs,
            A_ub=vstack([self.matrix[above], -self.matrix[beneath]], format="csr"),
            b_ub=np.concatenate([high[above], -low[beneath]]),
            A_eq=self.matrix[exact],
            b_eq=low[exact],
            bounds=self.bounds,
            method="highs",
        )
        if found.x is None:
            return None
        prices = np.zeros(len(low))
        prices[exact] = found.eqlin.marginals
        prices[above] += found.ineqlin.marginals[: above.sum()]
        prices[beneath] -= found.ineqlin.marginals[above.sum() :]
        return found.x, prices

    def whole(self, costs: "np.ndarray", low: "np.ndarray", high: "np.ndarray", miss: float) -> "np.ndarray | None":
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp

        for presolve in (True, False):
            found = milp(
                costs,
                integrality=self.integral,
                bounds=Bounds(low, high),
                constraints=LinearConstraint(self.matrix, *self.ends),
                options={"mip_rel_gap": miss, "presolve": presolve},
            )
            if found.x is not None:
                return np.array(found.x)
        return None

    def bound(self, row: int, low: float, high: float) -> None:
        self.ends[0][row], self.ends[1][row] = low, high


def solver(system: System) -> Solver:
    """Give highspy's solver for a system, or scipy's where highspy is not there."""
    try:
        return _Highs(system)
    except ImportError:
        return _Scipy(system)


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
        from scipy.sparse import block_array
        from scipy.sparse.csgraph import connected_components

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
        # Unknowns and rows that hang together, and whether they are several lots.
        lots, labels = connected_components(block_array([[None, self.rows.T], [self.rows, None]], format="csr"))
        self.parts, self.apart = labels[: len(self.lower)], lots > 1

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
        if many and self.apart and self.last is not None:
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
