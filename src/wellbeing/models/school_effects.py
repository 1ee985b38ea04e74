"""Logistic regression with normal school effects: for the chances of staying, not for a table of its own.

The school effects' variance is where the Laplace approximation of the likelihood is greatest; coefficients and effects
are the mode given it, as in lme4's ``glmer(nAGQ = 0)``.
"""

import math
from typing import TYPE_CHECKING

from wellbeing.models.logistic import LogisticModel, fit_logit, log_likelihood
from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

#: Deeper than any likelihood: the search has to turn back, and cannot reckon with infinity.
_NOWHERE = 1e300


def chances_with_schools(rows: "pd.DataFrame", model: LogisticModel, school: str) -> "Floats | NotEstimated":
    """Give each row's chance with its school's effect.

    Parameters
    ----------
    rows : DataFrame
        The rows that `model` was fitted on, in its order, with ``lost``.
    model : LogisticModel
        Its linear predictor goes in as it is; a level and school effects are added to it.
    school : str
    """
    import numpy as np
    import pandas as pd
    from scipy.optimize import minimize_scalar

    codes, labels = pd.factorize(rows[school].astype(str), sort=True)
    if len(labels) < 2:
        return model.chances
    outcome = rows["lost"].to_numpy(dtype=np.float64)
    fitted = np.log(model.chances / (1 - model.chances))
    matrix = np.column_stack([np.ones(len(codes)), np.eye(len(labels))[codes]])

    def mode(sd: float) -> tuple["Floats", "Floats"] | None:
        penalty = np.diag(np.concatenate([[0.0], np.full(len(labels), 1 / sd**2)]))
        return fit_logit(outcome, matrix, np.zeros(len(labels) + 1), penalty, fitted)

    def depth(log_sd: float) -> float:
        sd = math.exp(log_sd)
        found = mode(sd)
        if found is None:
            return _NOWHERE
        estimates, information = found
        effects = estimates[1:]
        height = log_likelihood(outcome, fitted + matrix @ estimates) - float(effects @ effects) / (2 * sd**2)
        # The determinant of the effects' own block, in units of their prior.
        bend = np.diag(information)[1:] * sd**2
        return -(height - float(np.log(bend).sum()) / 2)

    best = minimize_scalar(depth, bounds=(math.log(1e-3), math.log(3.0)), method="bounded", options={"xatol": 1e-4})
    found = mode(math.exp(float(best.x)))
    if not best.success or found is None:
        return NotEstimated("no_convergence")
    chances: Floats = 1 / (1 + np.exp(-(fitted + matrix @ found[0])))
    return chances
