"""Systems of unknowns between bounds, and what solves them.

HiGHS does the work: through highspy, where one model stays warm while only its aims change, or through scipy where
highspy is not there. Which one it was stands in the certificate; both are tested to agree.
"""

import os
import sys
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import accumulate, chain
from math import inf
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from scipy.sparse import csr_array

#: HiGHS' names for its simplex methods.
_DUAL, _PRIMAL = 1, 4
_LOADING = Lock()

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

    def leaves_all_of(self, other: "System") -> bool:
        """Whether every solution of another system is one of this too: the same unknowns, no row new or narrower.

        Said by looking at rows with names; those without must be the same, one after another.
        """
        (unknowns, plain, named), (theirs, their_plain, their_named) = self._parts(), other._parts()
        return (
            unknowns == theirs
            and plain == their_plain
            and all(
                any(row == wide and low <= least and most <= high for wide, least, most in their_named.get(name, ()))
                for name, rows in named.items()
                for row, low, high in rows
            )
        )

    def _parts(
        self,
    ) -> "tuple[list[Any], list[tuple[Row, float, float]], dict[Hashable, list[tuple[Row, float, float]]]]":
        """Give the unknowns, the rows without a name, and those with one by it."""
        plain, named = [], dict[Hashable, list[tuple[Row, float, float]]]()
        for row, low, high, name in zip(self.rows, self.low, self.high, self.names, strict=True):
            if name is None:
                plain.append((row, low, high))
            else:
                named.setdefault(name, []).append((row, low, high))
        return [self.columns, self.lower, self.upper, self.whole], plain, named

    def matrix(self, rows: Sequence[Row]) -> "csr_array":
        """Write rows as a matrix."""
        import numpy as np
        from scipy.sparse import csr_array

        starts = np.fromiter(accumulate(map(len, rows), initial=0), dtype=np.int32, count=len(rows) + 1)
        names, values = chain.from_iterable(rows), chain.from_iterable(row.values() for row in rows)
        columns = np.fromiter(map(self.columns.__getitem__, names), dtype=np.int32, count=int(starts[-1]))
        data = np.fromiter(values, dtype=float, count=int(starts[-1]))
        return csr_array((data, columns, starts), shape=(len(rows), len(self.columns)))


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
        self.optimal = highspy.HighsModelStatus.kOptimal
        self.model = model = highspy.HighsLp()
        matrix = system.matrix(system.rows)
        model.num_col_, model.num_row_ = len(system.columns), len(system.rows)
        model.col_cost_ = np.zeros(model.num_col_)
        model.col_lower_, model.col_upper_ = np.array(system.lower, float), np.array(system.upper, float)
        model.row_lower_, model.row_upper_ = np.array(system.low, float), np.array(system.high, float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = matrix.indptr, matrix.indices
        model.a_matrix_.value_ = matrix.data
        self.simplex = self._solver()
        self.simplex.setOptionValue("simplex_strategy", _PRIMAL)
        self.simplex.setOptionValue("presolve", "off")
        self.ends: dict[int, tuple[float, float]] = {}
        self.integral = np.flatnonzero(system.whole).astype(np.int32)
        self.everywhere = np.arange(model.num_col_, dtype=np.int32)

    def _solver(self) -> Any:
        highs = _highspy().Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.passModel(self.model)
        return highs

    @cached_property
    def branching(self) -> Any:
        """What searches in whole numbers: made when it is first needed, for most systems never need it."""
        import numpy as np

        highs, highspy = self._solver(), _highspy()
        # Solved in a moment each: what finds solutions to large problems sooner takes longer than that.
        highs.setOptionValue("mip_detect_symmetry", False)
        highs.setOptionValue("mip_heuristic_run_feasibility_jump", False)
        highs.setOptionValue("mip_heuristic_effort", 0.0)
        kinds = np.array([highspy.HighsVarType.kInteger] * len(self.integral))
        highs.changeColsIntegrality(len(self.integral), self.integral, kinds)
        for row, ends in self.ends.items():
            highs.changeRowBounds(row, *ends)
        return highs

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
        self.ends[row] = low, high
        self.simplex.changeRowBounds(row, low, high)
        if "branching" in self.__dict__:
            self.branching.changeRowBounds(row, low, high)


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


def possible(system: System, whole: bool = False) -> bool:
    """Say whether a system has a solution at all: over the reals, or in whole numbers where its unknowns are."""
    import numpy as np

    by, nothing = solver(system), np.zeros(len(system.columns))
    if whole:
        return by.whole(nothing, np.array(system.lower, float), np.array(system.upper, float), 0.0) is not None
    return by.real(nothing, afresh=True) is not None
