"""Whole-number programmes and their relaxations: HiGHS by its own library, or by scipy's where that is missing.

One model is built and kept; only what is asked of it changes, so a solved model is near the next answer. Traps met on
the way (privacy rules, 5): equalities of whole numbers are never relaxed by a little, for HiGHS' presolve then calls
what is possible impossible; "impossible" is believed only once presolve is off; bounds are rounded outwards.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from math import floor, inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

#: By how much a solver's answer may be wrong.
_OFF = 1e-6
#: Seconds for one programme in whole numbers; one that takes longer proves nothing, and its relaxation counts.
_SECONDS = 10.0
#: For whole numbers that are evidence only, not the best there are: seconds, and how far from the best they may be.
_ROUGH_SECONDS, _ROUGH = 2.0, 0.5
#: A sum of so many unknowns is one unit's own.
_SHORT = 12
#: Stands for a bound that could not be found.
_HUGE = 10**9

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
        """Add what is known: a sum lies between two bounds."""
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

    def possible(self, answer: "np.ndarray") -> bool:
        """Say whether whole numbers near `answer` keep to everything that is known."""
        import numpy as np

        near = np.round(answer)
        if len(self._value):
            sums = np.add.reduceat(self._value * near[self._index], self._starts[:-1])
            if not bool(np.all((sums >= self._least - _OFF) & (sums <= self._most + _OFF))):
                return False
        return bool(np.all((near >= self._lower - _OFF) & (near <= self._upper + _OFF)))

    def _kept(self, near: "np.ndarray | None") -> tuple["np.ndarray", "np.ndarray"]:
        """Give the unknowns' bounds; where `near` is given, those that are whole in it stay what they are."""
        import numpy as np

        if near is None:
            return self._lower, self._upper
        whole = np.round(near)
        keep = np.abs(near - whole) < _OFF
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


def attack(programme: Programme, targets: Sequence[Target], seed: int = 0) -> list[Bounds] | None:
    """Bound every target: exactly where too little is left, else as far as proves that enough is.

    Any whole numbers that keep to what is known are evidence for all targets at once, so few need programmes of their
    own.

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
    # As long as a look at many at once settles more than looks at single ones would.
    number, worth = 0, 3
    while worth:
        still = seen.open(must)
        if not still.any():
            break
        ways = random.choice([-1.0, 1.0], len(targets)) if number > 1 else np.full(len(targets), 1.0 - 2 * number)
        seen.look(matrix.T @ np.where(still, ways, 0.0))
        number += 1
        worth = 3 if still.sum() - seen.open(must).sum() > 1 else worth - 1
    bounds: dict[int, Bounds] = {}
    for number in np.flatnonzero(seen.open(must)).tolist():
        if seen.open(must)[number]:
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

    def open(self, must: "np.ndarray") -> "np.ndarray":
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
        found, proved = self._programme.best(nothing, whole=True)
        return (found is not None and self.keep(found)) or not proved

    def keep(self, answer: "np.ndarray") -> bool:
        """Take an answer as evidence if it is one in whole numbers."""
        import numpy as np

        if not self._programme.possible(answer):
            return False
        values = self._matrix @ np.round(answer)
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
        high, low = (sign * (floor(end + _OFF) if end < inf else inf) for sign, end in zip((1, -1), ends, strict=True))
        if high > self._high[number]:
            found, proved = self._programme.best(row, whole=True)
            if proved and found is not None and self.keep(found):
                high = self._high[number]
        if low < self._low[number]:
            found, proved = self._programme.best(-row, whole=True)
            if proved and found is not None and self.keep(found):
                low = self._low[number]
        return Bounds(int(max(low, -_HUGE)), int(min(high, _HUGE)), True)
