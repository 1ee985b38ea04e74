"""The restricted likelihood of a nested mixed model, profiled down to two unknowns and written out in sums.

With a = variance of persons / residual and b = variance of schools / residual, a person of n rows has
``1'V^-1 1 = n / (1 + a n)``, and a school is one more rank-one update, so determinant and cross-products need sums per
person and per school only. Residual variance and coefficients drop out.

References
----------
Bates, Maechler, Bolker & Walker 2015, J Stat Softw 67(1): the profiled criterion and its scale.
Kuznetsova, Brockhoff & Christensen 2017, J Stat Softw 82(13): Satterthwaite's degrees of freedom of one coefficient.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.models.design import Design
from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

#: Where the search begins: roots of ratios of variances.
_GRID = (0.0, 0.1, 0.35, 0.9, 2.0, 6.0)
#: A ratio of variances below this is nought: the search has run into its end.
NOUGHT = 1e-9


@dataclass(frozen=True)
class State:
    """The model at one pair of ratios: coefficients, residual sum of squares, determinants, and their slopes."""

    crossed: "Floats"
    coefficients: "Floats"
    rss: float
    logdet: float
    school_sums: "Floats"
    school_weight: "Floats"
    gradient: "Floats"
    logdet_crossed: float


@dataclass(frozen=True)
class Sums:
    """What the criterion needs of the data.

    A person's weight depends on his or her number of rows alone, so people of one school with as many rows are added up
    into one block, and the squares of people's sums over all schools: a few hundred numbers, however many people.

    Attributes
    ----------
    n, p, people : int
        Rows, coefficients, people.
    gram : ndarray, shape (p + 1, p + 1)
        Cross-products of the columns, the outcome last.
    lengths, squares : ndarray, shapes (n_lengths,), (n_lengths, p + 1, p + 1)
        Each number of rows a person has, and the products of the sums of people who have it.
    blocks, sizes, counts : ndarray, shapes (n_blocks, p + 1), (n_blocks,), (n_blocks,)
        Sums of each block, its people's number of rows, its number of people; in the order of schools.
    at : ndarray of int, shape (n_schools,)
        Where each school's blocks begin.
    first, back : ndarray
        Least-squares coefficients, and the way back from turned columns.
    log_r : float
        Half the log-determinant that the turning took away.
    """

    n: int
    p: int
    people: int
    gram: "Floats"
    lengths: "Floats"
    squares: "Floats"
    blocks: "Floats"
    sizes: "Floats"
    counts: "Floats"
    at: "npt.NDArray[np.intp]"
    first: "Floats"
    back: "Floats"
    log_r: float
    has_school: bool
    has_person: bool

    def by_school(self, values: "Floats") -> "Floats":
        """Add blocks up to schools."""
        import numpy as np

        return np.add.reduceat(values, self.at, axis=0)

    def solve(self, a: float, b: float) -> State:
        """Coefficients, residual sum of squares, log-determinants, and their slopes in a and b."""
        import numpy as np

        d = 1 / (1 + a * self.sizes)
        of_length = 1 / (1 + a * self.lengths)
        inner = self.blocks * d[:, None]
        s = self.by_school(inner)
        k = self.by_school(self.counts * self.sizes * d)
        grow = 1 + b * k
        f = b / grow
        product = self.gram - a * np.tensordot(of_length, self.squares, 1) - s.T @ (s * f[:, None])
        logdet = -float(self.counts @ np.log(d)) + float(np.log(grow).sum())
        crossed, right = product[:-1, :-1], product[:-1, -1]
        coefficients = np.asarray(np.linalg.solve(crossed, right) if self.p else [], dtype=np.float64)
        rss = float(product[-1, -1] - right @ coefficients)
        slope_s = -self.by_school(inner * (self.sizes * d)[:, None])
        slope_k = -self.by_school(self.counts * (self.sizes * d) ** 2)
        cross = slope_s.T @ (s * f[:, None])
        in_a = -np.tensordot(of_length**2, self.squares, 1) + s.T @ (s * (f**2 * slope_k)[:, None]) - cross - cross.T
        in_b = -s.T @ (s / grow[:, None] ** 2)
        turned = np.append(-coefficients, 1.0)
        inverse = np.linalg.inv(crossed) if self.p else crossed
        slopes = []
        for slope, determinant in (
            (in_a, float((self.counts * self.sizes * d).sum() + (f * slope_k).sum())),
            (in_b, float((k / grow).sum())),
        ):
            trace = float((inverse * slope[:-1, :-1]).sum())
            slopes.append((determinant, trace, float(turned @ slope @ turned)))
        logdet_crossed = float(np.linalg.slogdet(crossed)[1]) if self.p else 0.0
        return State(crossed, coefficients, rss, logdet, s, grow, np.array(slopes), logdet_crossed + 2 * self.log_r)

    def criterion(self, roots: "Floats", reml: bool) -> tuple[float, "Floats"]:
        """-2 log-likelihood with coefficients and residual variance at their best, and its slope in the roots."""
        import numpy as np

        state = self.solve(float(roots[0]) ** 2, float(roots[1]) ** 2)
        freedom = self.n - self.p if reml else self.n
        value = state.logdet + freedom * (1 + math.log(2 * math.pi * state.rss / freedom))
        slope = state.gradient[:, 0] + freedom * state.gradient[:, 2] / state.rss
        if reml:
            value += state.logdet_crossed
            slope = slope + state.gradient[:, 1]
        return value, slope * 2 * np.asarray(roots)

    def search(self, reml: bool) -> tuple["Floats", float] | None:
        """Find the square roots of a and b where the criterion is least; None where the search does not end.

        A coarse grid first, so that no starting value decides, then Newton's steps.
        """
        import numpy as np

        grids = [_GRID if wanted else (0.0,) for wanted in (self.has_person, self.has_school)]
        starts = [np.array([person, school]) for person in grids[0] for school in grids[1]]
        values = [self.criterion(start, reml)[0] for start in starts]
        if not np.isfinite(values).all():
            return None
        roots: Floats | None = starts[int(np.argmin(values))]
        for _ in range(3):
            roots = None if roots is None else self._descend(roots, reml)
            if roots is None:
                return None
            value = self.criterion(roots, reml)[0]
            better = self._off_the_edge(roots, value, reml)
            if better is None:
                return roots, value
            roots = better
        return None

    def _off_the_edge(self, roots: "Floats", value: float, reml: bool) -> "Floats | None":
        """Give a point inside where a root of nought is no least one: the slope in a root vanishes there always."""
        for place, wanted in enumerate((self.has_person, self.has_school)):
            if wanted and roots[place] == 0:
                for size in (1e-3, 1e-2, 1e-1):
                    inside = roots.copy()
                    inside[place] = size
                    if self.criterion(inside, reml)[0] < value - 1e-9:
                        return inside
        return None

    def _descend(self, roots: "Floats", reml: bool) -> "Floats | None":
        """Take Newton's steps to the last digits; a root that would cross nought ends there. None without an end."""
        import numpy as np

        for _ in range(100):
            free = np.flatnonzero(roots > 0)
            if not len(free):
                return roots
            value, slope = self.criterion(roots, reml)
            size, turn = np.linalg.eigh(self.bend(roots, free, reml))
            # Where the criterion bends the other way the step still leads down.
            step = turn @ (turn.T @ slope[free] / np.maximum(np.abs(size), 1e-8 * np.abs(size).max()))
            # Smaller steps are rounding: the slope is a difference of large sums.
            if np.abs(step).max() < 1e-9 * float(roots.max()):
                return roots
            moved = self._moved(roots, free, step, value, reml)
            if moved is None:
                return roots if np.abs(slope[free]).max() < 1e-5 * (1 + abs(value)) else None
            roots = np.where(moved**2 <= NOUGHT, 0.0, moved)
        return None

    def _moved(
        self, roots: "Floats", free: "npt.NDArray[np.intp]", step: "Floats", value: float, reml: bool
    ) -> "Floats | None":
        """Go as much of a step as lowers the criterion; None where none of it does."""
        import numpy as np

        while np.abs(step).max() > 1e-12:
            moved = roots.copy()
            moved[free] = np.maximum(roots[free] - step, 0.0)
            if self.criterion(moved, reml)[0] <= value:
                return moved
            step = step / 2
        return None

    def bend(self, roots: "Floats", free: "npt.NDArray[np.intp]", reml: bool) -> "Floats":
        """Second derivatives in the free roots, by differences of the exact slope."""
        import numpy as np

        rows = []
        for place in free:
            step = 1e-4 * max(float(roots[place]), 1e-3)
            up, down = roots.copy(), roots.copy()
            up[place] += step
            down[place] -= step
            rows.append((self.criterion(up, reml)[1] - self.criterion(down, reml)[1])[free] / (2 * step))
        found = np.array(rows)
        return (found + found.T) / 2


def sum_up(laid: Design, school: bool, person: bool) -> Sums | NotEstimated:
    """Add a design up per person and per school, or say why the model cannot be told from these rows.

    The columns are turned to right angles and the outcome loses its least-squares fit first: calendar years as waves
    would cost digits otherwise.
    """
    import numpy as np

    n, p = laid.matrix.shape
    if not np.ptp(laid.outcome) > 0:
        return NotEstimated("constant")
    base, triangle = np.linalg.qr(laid.matrix)
    first = np.linalg.solve(triangle, base.T @ laid.outcome)
    rest = laid.outcome - laid.matrix @ first
    around = laid.outcome - laid.outcome.mean()
    if float(rest @ rest) <= 1e-20 * max(float(around @ around), float(laid.outcome @ laid.outcome)):
        return NotEstimated("perfect_fit")
    schools = laid.groups[0] if school else np.zeros(n, dtype=np.int64)
    count = int(schools.max()) + 1
    if school and count < 2:
        return NotEstimated("one_group")
    if person:
        people = laid.groups[-1]
        pairs, codes = np.unique(schools * (int(people.max()) + 1) + people, return_inverse=True)
        if len(pairs) == n:
            return NotEstimated("one_row_each")
        if school and len(pairs) == count:
            return NotEstimated("people_are_groups")
        home = np.zeros(len(pairs), dtype=np.int64)
        home[codes] = schools
    else:
        if count == n:
            return NotEstimated("one_row_each")
        # Without persons every school is one block of rows that differ by the rest alone.
        codes, home = schools, np.arange(count)
    sizes = np.asarray(np.bincount(codes), dtype=np.float64)
    if len(sizes) == 1:
        return NotEstimated("one_group")
    table = np.column_stack([base, rest])
    columns = [np.bincount(codes, column, len(sizes)) for column in table.T]
    per_person = np.asarray(np.column_stack(columns), dtype=np.float64)
    lengths, length = np.unique(sizes, return_inverse=True)
    squares = [own.T @ own for own in (per_person[length == place] for place in range(len(lengths)))]
    pairs, block = np.unique(home * len(lengths) + length, return_inverse=True)
    sums = [np.bincount(block, column, len(pairs)) for column in per_person.T]
    return Sums(
        n,
        p,
        len(sizes),
        table.T @ table,
        lengths,
        np.array(squares),
        np.asarray(np.column_stack(sums), dtype=np.float64),
        lengths[pairs % len(lengths)],
        np.asarray(np.bincount(block), dtype=np.float64),
        np.searchsorted(pairs // len(lengths), np.arange(count)).astype(np.intp),
        first,
        np.linalg.inv(triangle),
        float(np.log(np.abs(np.diag(triangle))).sum()),
        school,
        person,
    )


def satterthwaite(sums: Sums, roots: "Floats", sigma2: float, covariance: "Floats", reml: bool) -> "Floats":
    """Degrees of freedom of each coefficient: 2 v^2 over the variance of v, its variance as a function of the roots."""
    import numpy as np

    free = np.flatnonzero(roots > 0)

    def variances(at: "Floats", variance: float) -> "Floats":
        state = sums.solve(float(at[0]) ** 2, float(at[1]) ** 2)
        found: Floats = variance * np.diag(sums.back @ np.linalg.inv(state.crossed) @ sums.back.T)
        return found

    def slope(at: "Floats", log_variance: float) -> "Floats":
        """Slope of -2 log restricted likelihood, residual variance not profiled out, in the roots and log variance."""
        state = sums.solve(float(at[0]) ** 2, float(at[1]) ** 2)
        of_ratio = state.gradient[:, 0] + reml * state.gradient[:, 1] + state.gradient[:, 2] / math.exp(log_variance)
        last = sums.n - reml * sums.p - state.rss / math.exp(log_variance)
        return np.append((of_ratio * 2 * at)[free], last)

    centre = np.append(roots[free], math.log(sigma2))
    bend, turns = [], []
    for place in range(len(centre)):
        step = 1e-4 * max(abs(float(centre[place])), 1e-2)
        found = []
        for sign in (1, -1):
            moved = centre.copy()
            moved[place] += sign * step
            at = roots.copy()
            at[free] = moved[:-1]
            found.append((slope(at, float(moved[-1])), variances(at, math.exp(float(moved[-1])))))
        bend.append((found[0][0] - found[1][0]) / (2 * step))
        turns.append((found[0][1] - found[1][1]) / (2 * step))
    second = np.array(bend)
    of_parameters = 2 * np.linalg.pinv((second + second.T) / 2)
    gradients = np.array(turns)
    spread = np.einsum("ij,ik,kj->j", gradients, of_parameters, gradients)
    own = np.diag(covariance)
    return np.where(spread > 0, 2 * own**2 / np.where(spread > 0, spread, 1.0), math.inf)
