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
from typing import TYPE_CHECKING, Any

from wellbeing.models.design import Design
from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_SEARCH = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500}
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
    """What the criterion needs of the data: cross-products, and sums per person and per school."""

    n: int
    p: int
    gram: "Floats"
    per_person: "Floats"
    sizes: "Floats"
    at: "npt.NDArray[np.intp]"
    schools: int
    first: "Floats"
    back: "Floats"
    log_r: float
    has_school: bool
    has_person: bool

    def by_school(self, values: "Floats") -> "Floats":
        import numpy as np

        return np.add.reduceat(values, self.at, axis=0)

    def solve(self, a: float, b: float) -> State:
        """Coefficients, residual sum of squares, log-determinants, and their slopes in a and b."""
        import numpy as np

        d = 1 / (1 + a * self.sizes)
        inner = self.per_person * d[:, None]
        s = self.by_school(inner)
        k = self.by_school(self.sizes * d)
        grow = 1 + b * k
        f = b / grow
        product = self.gram - a * (self.per_person.T @ inner) - s.T @ (s * f[:, None])
        logdet = -float(np.log(d).sum()) + float(np.log(grow).sum())
        crossed, right = product[:-1, :-1], product[:-1, -1]
        coefficients = np.asarray(np.linalg.solve(crossed, right) if self.p else [], dtype=np.float64)
        rss = float(product[-1, -1] - right @ coefficients)
        slope_s = -self.by_school(inner * (self.sizes * d)[:, None])
        slope_k = -self.by_school((self.sizes * d) ** 2)
        cross = slope_s.T @ (s * f[:, None])
        in_a = -inner.T @ inner + s.T @ (s * (f**2 * slope_k)[:, None]) - cross - cross.T
        in_b = -s.T @ (s / grow[:, None] ** 2)
        turned = np.append(-coefficients, 1.0)
        inverse = np.linalg.inv(crossed) if self.p else crossed
        slopes = []
        for slope, determinant in (
            (in_a, float((self.sizes * d).sum() + (f * slope_k).sum())),
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
        """Find the square roots of a and b where the criterion is least; None where the search does not end."""
        import numpy as np
        from scipy.optimize import minimize

        free = np.array([self.has_person, self.has_school])
        bounds = [(0.0, None) if wanted else (0.0, 0.0) for wanted in free]
        best: Any = None
        for start in ((1.0, 0.3), (0.2, 0.05), (3.0, 1.5)):
            found = minimize(
                self.criterion,
                np.where(free, start, 0.0),
                args=(reml,),
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options=_SEARCH,
            )
            if np.isfinite(found.fun) and (best is None or found.fun < best[1] - 1e-9):
                best = (np.where(found.x**2 <= NOUGHT, 0.0, found.x), float(found.fun))
        if best is None:
            return None
        if (inside := self._off_the_edge(best[0], best[1], reml)) is not None:
            found = minimize(
                self.criterion, inside, args=(reml,), jac=True, method="L-BFGS-B", bounds=bounds, options=_SEARCH
            )
            best = (np.where(found.x**2 <= NOUGHT, 0.0, found.x), float(found.fun))
        roots = self._polished(best[0], reml)
        return None if roots is None else (roots, self.criterion(roots, reml)[0])

    def _off_the_edge(self, roots: "Floats", value: float, reml: bool) -> "Floats | None":
        """Give a point inside where a root of nought is no least one: the slope in a root vanishes there always."""
        import numpy as np

        for place, wanted in enumerate((self.has_person, self.has_school)):
            if wanted and roots[place] == 0:
                for size in (1e-3, 1e-2, 1e-1):
                    inside = np.array(roots, dtype=np.float64)
                    inside[place] = size
                    if self.criterion(inside, reml)[0] < value - 1e-9:
                        return inside
        return None

    def _polished(self, roots: "Floats", reml: bool) -> "Floats | None":
        """Newton's steps from where the search stopped, to the last digits; None if the slope does not vanish."""
        import numpy as np

        for _ in range(25):
            free = np.flatnonzero(roots > 0)
            if not len(free):
                return roots
            value, slope = self.criterion(roots, reml)
            bend = self.bend(roots, free, reml)
            try:
                step = np.linalg.solve(bend, slope[free])
            except np.linalg.LinAlgError:
                return None
            # Smaller steps are rounding: the slope is a difference of large sums.
            if np.abs(step).max() < 1e-9 * float(roots.max()):
                return roots
            moved = roots.copy()
            moved[free] -= step
            while (moved[free] <= 0).any() or self.criterion(moved, reml)[0] > value + 1e-9:
                step = step / 2
                moved[free] = roots[free] - step
                if np.abs(step).max() < 1e-12:
                    return roots if np.abs(slope[free]).max() < 1e-5 * (1 + abs(value)) else None
            roots = moved
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
    order = np.argsort(home, kind="stable")
    at = np.searchsorted(home[order], np.arange(count)).astype(np.intp)
    return Sums(
        n,
        p,
        table.T @ table,
        per_person[order],
        sizes[order],
        at,
        count,
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
