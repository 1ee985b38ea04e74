"""Whole-number programmes and their relaxations: HiGHS by its own library, or by scipy's where that is missing.

One model is built and kept; only what is asked of it changes, so a solved model is near the next answer. Traps met on
the way (privacy rules, 5): equalities of whole numbers are never relaxed by a little, for HiGHS' presolve then calls
what is possible impossible; "impossible" is believed only once presolve is off; bounds are rounded outwards.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

#: By how much a solver's answer may be wrong.
OFF = 1e-6
#: Seconds for one programme in whole numbers; one that takes longer proves nothing, and its relaxation counts.
_SECONDS = 10.0
#: For whole numbers that are evidence only, not the best there are: seconds, and how far from the best they may be.
_ROUGH_SECONDS, _ROUGH = 2.0, 0.5
#: A sum of so many unknowns is one unit's own.
_SHORT = 12

#: Unknowns with their factors.
Sum = Mapping[int, int]
#: What a programme found, if anything, and whether that is proved to be the best.
Answer = tuple["np.ndarray | None", bool]


@dataclass
class Rows:
    """Unknown whole numbers and what is known about sums of them."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, int], float, float]] = field(default_factory=list)

    def unknown(self, low: float, high: float) -> int:
        """Add an unknown between two bounds and give its number."""
        self.lower.append(low)
        self.upper.append(high)
        return len(self.lower) - 1

    def know(self, sum: Sum, low: float = -inf, high: float = inf) -> None:
        """Add what is known: a sum lies between two bounds. A sum of nothing says nothing."""
        if sum:
            self.rows.append((dict(sum), low, high))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's banner, which it prints below Python, out of what a script reads."""
    sys.stdout.flush()
    out, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(out, 1)
        os.close(out)
        os.close(nothing)


def have_highspy() -> bool:
    """Say whether HiGHS' own library is installed."""
    return find_spec("highspy") is not None


class Programme:
    """A system that questions are asked of.

    Parameters
    ----------
    rows : Rows
    highs : bool, optional
        Whether to use HiGHS' own library; by default where it is installed.
    """

    def __init__(self, rows: Rows, highs: bool | None = None) -> None:
        import numpy as np

        self.size = len(rows.lower)
        self._lower, self._upper = np.array(rows.lower, float), np.array(rows.upper, float)
        starts, index, value = [0], [], []
        for sum_, _, _ in rows.rows:
            index += list(sum_)
            value += list(sum_.values())
            starts.append(len(index))
        self._starts, self._index = np.array(starts, np.int32), np.array(index, np.int32)
        self._value = np.array(value, float)
        self._least = np.array([low for _, low, _ in rows.rows], float)
        self._most = np.array([high for _, _, high in rows.rows], float)
        use = have_highspy() if highs is None else highs
        self.name = "highspy" if use else "scipy"
        self._models: dict[bool, Any] = {}

    def best(self, costs: "np.ndarray", whole: bool, near: "np.ndarray | None" = None) -> "Answer":
        """Give unknowns that make `costs` times them as great as can be.

        Parameters
        ----------
        costs : ndarray of float, shape (size,)
        whole : bool
            Whether the unknowns must be whole numbers.
        near : ndarray, optional
            The relaxation's answer, where whole numbers not far from it will do: those of its numbers that are whole
            already are kept, if that is possible. Proves nothing.

        Returns
        -------
        ndarray of float or None, bool
            The unknowns, None where there are none; and whether that is proved. A programme that runs out of time gives
            the best it found and proves nothing.
        """
        if self.size == 0:
            import numpy as np

            return np.zeros(0), True
        return (self._by_highs if self.name == "highspy" else self._by_scipy)(costs, whole, near)

    @cached_property
    def relaxed(self) -> bool:
        """Whether anything, in whole numbers or not, keeps to everything that is known."""
        import numpy as np

        found, proved = self.best(np.zeros(self.size), whole=False)
        return found is not None or not proved

    def within(self, columns: "np.ndarray", at: "np.ndarray") -> "Programme":
        """Give the programme of some unknowns, with all others staying what they are in the whole numbers `at`."""
        import numpy as np
        from scipy.sparse import csr_array

        matrix = csr_array((self._value, self._index, self._starts), shape=(len(self._least), self.size))
        others = np.round(at)
        others[columns] = 0
        rest, inside = matrix @ others, matrix[:, columns]
        rows = Rows(self._lower[columns].tolist(), self._upper[columns].tolist())
        for row in np.flatnonzero(np.diff(inside.indptr)).tolist():
            here = slice(inside.indptr[row], inside.indptr[row + 1])
            sum_ = dict(zip(inside.indices[here].tolist(), map(int, inside.data[here].tolist()), strict=True))
            rows.know(sum_, float(self._least[row] - rest[row]), float(self._most[row] - rest[row]))
        return Programme(rows, self.name == "highspy")

    def possible(self, answer: "np.ndarray") -> bool:
        """Say whether whole numbers near `answer` keep to everything that is known."""
        import numpy as np

        near = np.round(answer)
        if len(self._value):
            sums = np.add.reduceat(self._value * near[self._index], self._starts[:-1])
            if not bool(np.all((sums >= self._least - OFF) & (sums <= self._most + OFF))):
                return False
        return bool(np.all((near >= self._lower - OFF) & (near <= self._upper + OFF)))

    def _kept(self, near: "np.ndarray | None") -> tuple["np.ndarray", "np.ndarray"]:
        """Give the unknowns' bounds; where `near` is given, those that are whole in it stay what they are."""
        import numpy as np

        if near is None:
            return self._lower, self._upper
        whole = np.round(near)
        keep = np.abs(near - whole) < OFF
        # What stands with a fraction in a short sum has to give way with it; long sums have room.
        length = np.diff(self._starts)
        if len(self._index) and not keep.all():
            torn = np.add.reduceat((~keep[self._index]).astype(int), self._starts[:-1]) > 0
            keep[self._index[np.repeat(torn & (length <= _SHORT), length)]] = False
        return np.where(keep, whole, self._lower), np.where(keep, whole, self._upper)

    def _by_highs(self, costs: "np.ndarray", whole: bool, near: "np.ndarray | None" = None) -> "Answer":
        import highspy
        import numpy as np

        model = self._models.get(whole)
        if model is None:
            model = self._models[whole] = self._highs(whole)
        if whole:
            model.setOptionValue("mip_rel_gap", 0.0 if near is None else _ROUGH)
            # Its clock goes on from question to question.
            model.setOptionValue("time_limit", model.getRunTime() + (_SECONDS if near is None else _ROUGH_SECONDS))
            model.changeColsBounds(self.size, np.arange(self.size, dtype=np.int32), *self._kept(near))
        model.changeColsCost(self.size, np.arange(self.size, dtype=np.int32), -costs)
        model.run()
        status = model.getModelStatus()
        if status in {highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible}:
            if near is not None:
                return None, False
            model.setOptionValue("presolve", "off")
            model.clearSolver()
            model.run()
            status = model.getModelStatus()
            model.setOptionValue("presolve", "choose")
            if status == highspy.HighsModelStatus.kInfeasible:
                return None, True
        proved = status == highspy.HighsModelStatus.kOptimal and near is None
        if not proved and model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None, False
        return np.array(model.getSolution().col_value, float), proved

    def _highs(self, whole: bool) -> Any:
        import highspy

        with _quiet():
            model = highspy.Highs()  # type: ignore[no-untyped-call]
        model.setOptionValue("output_flag", False)
        model.setOptionValue("threads", 1)
        if whole:
            model.setOptionValue("mip_abs_gap", 0.5)
        else:
            model.setOptionValue("simplex_strategy", 4)  # primal: only costs change
        problem = highspy.HighsLp()
        problem.num_col_, problem.num_row_ = self.size, len(self._least)
        problem.col_cost_ = 0 * self._lower
        problem.col_lower_, problem.col_upper_ = self._lower, self._upper
        problem.row_lower_, problem.row_upper_ = self._least, self._most
        problem.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        problem.a_matrix_.start_, problem.a_matrix_.index_ = self._starts, self._index
        problem.a_matrix_.value_ = self._value
        if whole:
            problem.integrality_ = [highspy.HighsVarType.kInteger] * self.size
        model.passModel(problem)
        return model

    def _by_scipy(self, costs: "np.ndarray", whole: bool, near: "np.ndarray | None" = None) -> "Answer":
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        matrix = csr_array((self._value, self._index, self._starts), shape=(len(self._least), self.size))
        constraints = [LinearConstraint(matrix, self._least, self._most)] if len(self._least) else []
        for presolve in (True, False):
            found = milp(
                -costs,
                integrality=np.full(self.size, int(whole)),
                bounds=Bounds(*self._kept(near)),
                constraints=constraints,
                options={
                    "mip_rel_gap": 0.0 if near is None else _ROUGH,
                    "time_limit": _SECONDS if near is None else _ROUGH_SECONDS,
                    "presolve": presolve,
                },
            )
            if found.x is not None:
                return np.asarray(found.x, float), found.status == 0 and near is None
        return None, found.status == 2 and near is None
