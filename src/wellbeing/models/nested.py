"""Fit score ~ wave + covariates + (1 | school/person): coefficients, variances, shrunken school effects."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.models.design import Design, coefficient_table, design
from wellbeing.models.outcome import NotEstimated
from wellbeing.models.profiled import NOUGHT, State, Sums, satterthwaite, sum_up

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MixedModel:
    """A fitted nested mixed model.

    Attributes
    ----------
    fixed : DataFrame, index of coefficients
        ``estimate``, ``se``, ``df`` (Satterthwaite), ``low`` and ``high`` (95 %), ``t``, ``p``; in scale points.
    var_school, var_person, var_resid : float
        Variances, in squared scale points; NaN for one that is not part of the model.
    criterion : float
        -2 log-likelihood at the optimum: of REML, or of ML where asked.
    rows, people, schools, left_out : int
        People and schools are 0 where they are not part of the model.
    singular : tuple of str
        Which variances lie at nought, of ``school`` and ``person``: the data show no sign of such differences, and
        intervals hold with the variance left out.
    school_effects : DataFrame, index of schools
        ``effect`` and ``sd``, in scale points, shrunken to nought (the conditional modes); empty without schools.
    reml : bool
    """

    fixed: "pd.DataFrame"
    var_school: float
    var_person: float
    var_resid: float
    criterion: float
    rows: int
    people: int
    schools: int
    left_out: int
    singular: tuple[str, ...]
    school_effects: "pd.DataFrame"
    reml: bool
    covariance: "Floats"

    @property
    def total(self) -> float:
        """All variances together, in squared scale points."""
        return sum(v for v in (self.var_school, self.var_person, self.var_resid) if not math.isnan(v))

    @property
    def icc_school(self) -> float:
        """Correlation of two people of the same school; NaN without schools."""
        return self.var_school / self.total

    @property
    def icc_person(self) -> float:
        """Correlation of two scores of the same person: differences between schools and people; NaN without people."""
        return (self.total - self.var_resid) / self.total if self.people else math.nan

    @property
    def log_likelihood(self) -> float:
        """Half the criterion, negative."""
        return -self.criterion / 2

    @property
    def aic(self) -> float:
        """Akaike's criterion; between models of different covariates by ML only."""
        return self.criterion + 2 * (len(self.fixed) + 1 + bool(self.schools) + bool(self.people))


def mixed_model(
    rows: "pd.DataFrame",
    outcome: str,
    covariates: Sequence[str] = (),
    school: str | None = None,
    person: str | None = None,
    reml: bool = True,
) -> MixedModel | NotEstimated:
    """Fit a linear mixed model with random intercepts of schools and of persons within schools.

    Parameters
    ----------
    rows : DataFrame
        One row per person and wave.
    outcome : str
        Column of scores, NaN where unscorable.
    covariates : sequence of str
        The wave and others; see `design`.
    school, person : str, optional
        Columns of groups; at least one. A person's code counts within the school: whoever moved is two.
    reml : bool
        Restricted likelihood; ML where models of different covariates are compared.

    Returns
    -------
    MixedModel or NotEstimated

    Raises
    ------
    UsageError
        If a column is not there, or the outcome is no number.
    ValueError
        If neither schools nor persons are given.
    """
    groupings = [name for name in (school, person) if name]
    if not groupings:
        raise ValueError("a mixed model needs schools or persons")
    laid = design(rows, outcome, covariates, groupings)
    if isinstance(laid, NotEstimated):
        return laid
    return fit_nested(laid, bool(school), bool(person), reml)


def fit_nested(laid: Design, school: bool, person: bool, reml: bool = True) -> MixedModel | NotEstimated:
    """Fit the model on a design whose groupings are schools, persons, or schools and persons."""
    import numpy as np

    sums = sum_up(laid, school, person)
    if isinstance(sums, NotEstimated):
        return sums
    found = sums.search(reml)
    if found is None:
        return NotEstimated("no_convergence")
    roots, criterion = found
    a, b = roots[0] ** 2, roots[1] ** 2
    state = sums.solve(a, b)
    freedom = sums.n - sums.p if reml else sums.n
    sigma2 = state.rss / freedom
    covariance = sigma2 * sums.back @ np.linalg.inv(state.crossed) @ sums.back.T
    estimates = sums.first + sums.back @ state.coefficients
    singular = tuple(
        name for name, wanted, ratio in (("school", school, b), ("person", person, a)) if wanted and ratio <= NOUGHT
    )
    df = satterthwaite(sums, roots, sigma2, covariance, reml)
    return MixedModel(
        coefficient_table(laid.names, estimates, np.sqrt(np.diag(covariance)), df),
        b * sigma2 if school else math.nan,
        a * sigma2 if person else math.nan,
        sigma2,
        criterion,
        sums.n,
        sums.people if person else 0,
        len(laid.labels[0]) if school else 0,
        laid.left_out,
        singular,
        _school_effects(laid, sums, state, b, sigma2) if school else _no_effects(),
        reml,
        covariance,
    )


def _school_effects(laid: Design, sums: Sums, state: State, b: float, sigma2: float) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    turned = np.append(-state.coefficients, 1.0)
    effect = b * (state.school_sums @ turned) / state.school_weight
    sd = np.sqrt(sigma2 * b / state.school_weight)
    return pd.DataFrame({"effect": effect, "sd": sd}, index=pd.Index(laid.labels[0], name="school"))


def _no_effects() -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame({"effect": [], "sd": []}, index=pd.Index([], name="school"), dtype=float)
