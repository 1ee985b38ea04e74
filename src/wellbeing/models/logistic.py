"""Logistic regression, and whether there is one: perfect separation is found before a number is given."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.errors import UsageError
from wellbeing.models.design import design
from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LogisticModel:
    """A fitted logistic regression.

    Attributes
    ----------
    fixed : DataFrame, index of coefficients
        ``estimate`` in log odds, ``se``, ``z``, ``p``, ``odds_ratio`` with ``low`` and ``high`` (95 %, Wald).
    log_likelihood : float
    rows, cases, left_out : int
    chances : ndarray, shape (rows,)
        The fitted probabilities.
    used : ndarray of int
        Where in the frame those rows stood.
    """

    fixed: "pd.DataFrame"
    log_likelihood: float
    rows: int
    cases: int
    left_out: int
    chances: "Floats"
    used: "npt.NDArray[np.int64]"


def logistic_model(rows: "pd.DataFrame", outcome: str, covariates: Sequence[str]) -> LogisticModel | NotEstimated:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    rows : DataFrame
    outcome : str
        Column of truth values, or of 0 and 1.
    covariates : sequence of str
        See `design`.

    Raises
    ------
    UsageError
        If a column is not there.

    References
    ----------
    R ``glm(family = binomial)``; separation by linear programming: Konis 2007, thesis, Oxford.
    """
    import numpy as np
    import pandas as pd
    from scipy.stats import norm

    laid = design(with_numbers(rows, outcome), outcome, covariates)
    if isinstance(laid, NotEstimated):
        return laid
    if (fault := binary_fault(laid.outcome, laid.matrix, laid.names)) is not None:
        return fault
    found = fit_logit(laid.outcome, laid.matrix, np.zeros(laid.matrix.shape[1]))
    if found is None:
        return NotEstimated("no_convergence")
    estimates, information = found
    se = np.sqrt(np.diag(np.linalg.inv(information)))
    chances = 1 / (1 + np.exp(-(laid.matrix @ estimates)))
    z = estimates / se
    half = norm.ppf(0.975) * se
    fixed = pd.DataFrame(
        {
            "estimate": estimates,
            "se": se,
            "z": z,
            "p": 2 * norm.sf(np.abs(z)),
            "odds_ratio": np.exp(estimates),
            "low": np.exp(estimates - half),
            "high": np.exp(estimates + half),
        },
        index=pd.Index(laid.names, name="coefficient"),
    )
    return LogisticModel(
        fixed,
        log_likelihood(laid.outcome, laid.matrix @ estimates),
        len(laid.outcome),
        int(laid.outcome.sum()),
        laid.left_out,
        chances,
        laid.used,
    )


def with_numbers(rows: "pd.DataFrame", outcome: str) -> "pd.DataFrame":
    """Give the frame with truth values of the outcome as 0 and 1."""
    import pandas as pd

    if outcome not in rows.columns:
        raise UsageError("research_no_column", column=outcome)
    return rows.assign(**{outcome: rows[outcome].astype(float)}) if pd.api.types.is_bool_dtype(rows[outcome]) else rows


def binary_fault(outcome: "Floats", matrix: "Floats", names: Sequence[str]) -> NotEstimated | None:
    """Say why a yes-or-no outcome cannot be modelled; None if it can."""
    import numpy as np

    if set(np.unique(outcome)) - {0.0, 1.0}:
        return NotEstimated("not_two_values")
    if len(np.unique(outcome)) < 2:
        return NotEstimated("constant")
    constraints = matrix * (2 * outcome - 1)[:, None]
    direction = recession(constraints)
    if direction is None:
        return None
    return NotEstimated("separation", {"column": culprit(constraints, direction, names)})


def recession(constraints: "Floats") -> "Floats | None":
    """Find a direction in which the likelihood never falls: then there is no finite estimate. None if there is none.

    Parameters
    ----------
    constraints : ndarray, shape (n, n_coefficients)
        Each row times the direction must be nought at least, and one of them more.
    """
    import numpy as np
    from scipy.optimize import linprog

    size = np.abs(constraints).max(axis=0)
    scaled = constraints / np.where(size > 0, size, 1.0)
    rows = np.unique(scaled, axis=0)
    found = linprog(
        -rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=[(-1, 1)] * rows.shape[1], method="highs"
    )
    if not found.success or -found.fun <= 1e-7 * len(rows):
        return None
    return np.asarray(found.x, dtype=np.float64)


def culprit(constraints: "Floats", direction: "Floats", names: Sequence[str], first: int = 0) -> str:
    """Name the covariate without which there would be an estimate; where no single one will do, the strongest.

    Parameters
    ----------
    constraints, direction
        Of `recession`.
    names : sequence of str
        Of the columns from `first` on.
    """
    import numpy as np

    sizes = np.abs(direction[first:])
    order = sorted(range(len(names)), key=lambda place: (names[place] == "(Intercept)", -sizes[place]))
    for place in order:
        if recession(np.delete(constraints, first + place, axis=1)) is None:
            return names[place]
    return names[order[0]]


def fit_logit(
    outcome: "Floats",
    matrix: "Floats",
    start: "Floats",
    penalty: "Floats | None" = None,
    offset: "Floats | float" = 0.0,
) -> tuple["Floats", "Floats"] | None:
    """Climb to the maximum by Newton's steps; coefficients and information, or None where the climb does not end.

    Parameters
    ----------
    penalty : ndarray, shape (n_coefficients, n_coefficients), optional
        Precision of a normal prior with mean nought.
    offset : ndarray or float
        Added to the linear predictor as it is.
    """
    import numpy as np

    estimates = start.astype(np.float64)
    prior = np.zeros((matrix.shape[1],) * 2) if penalty is None else penalty

    def height(at: "Floats") -> float:
        return log_likelihood(outcome, offset + matrix @ at) - float(at @ prior @ at) / 2

    now = height(estimates)
    for _ in range(100):
        chances = 1 / (1 + np.exp(-np.clip(offset + matrix @ estimates, -700, 700)))
        information = matrix.T @ (matrix * (chances * (1 - chances))[:, None]) + prior
        slope = matrix.T @ (outcome - chances) - prior @ estimates
        try:
            step = np.linalg.solve(information, slope)
        except np.linalg.LinAlgError:
            return None
        if np.abs(step).max() <= 1e-11 * (1 + np.abs(estimates).max()):
            return estimates, information
        while height(estimates + step) < now - 1e-9:
            step = step / 2
            if np.abs(step).max() < 1e-14:
                return None
        estimates = estimates + step
        now = height(estimates)
    return None


def log_likelihood(outcome: "Floats", predictor: "Floats") -> float:
    """Give the Bernoulli log-likelihood of a linear predictor in log odds."""
    import numpy as np

    return float(-np.logaddexp(0, np.where(outcome > 0, -predictor, predictor)).sum())
