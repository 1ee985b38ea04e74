"""Omega: the share of a sum's variance that its factors account for. There are several; each is named.

- ``one_factor_standardised``: one factor on standardised items, (sum l)^2 / ((sum l)^2 + sum (1 - l^2)).
- ``one_factor_raw``: one factor on the answers as they are, so that it is the reliability of their sum.
- ``bifactor_total``: a general factor and group factors together.
- ``bifactor_hierarchical``: of these the general factor alone.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from wellbeing.factor_models.fit import FactorFit, fit_factors
from wellbeing.factor_models.many_draws import one_factor_many
from wellbeing.factor_models.structure import bifactor, one_factor
from wellbeing.unestimable import Trouble

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Kind = Literal["one_factor_standardised", "one_factor_raw", "bifactor_total", "bifactor_hierarchical"]
#: Share of draws that may fail before no interval is given.
_MOST_FAILED = 0.05
#: Draws that are fitted at a time: their matrices stay within some tens of megabytes.
_AT_ONCE = 250


@dataclass(frozen=True)
class Omega:
    """One omega, by name.

    Attributes
    ----------
    kind : str
    value : float
        NaN where `trouble` names why.
    n : int
        Complete respondents.
    low, high : float
        95 per cent percentile interval of the bootstrap; NaN where none was drawn.
    draws, failed : int
        Bootstrap draws, and how many of them could not be estimated and are in no interval.
    trouble : Trouble or None
    """

    kind: Kind
    value: float
    n: int
    low: float = math.nan
    high: float = math.nan
    draws: int = 0
    failed: int = 0
    trouble: Trouble | None = None


def omega(
    items: "pd.DataFrame", kind: Kind = "one_factor_raw", groups: Mapping[str, Iterable[str]] | None = None
) -> Omega:
    """Estimate omega from the respondents who answered every item.

    Parameters
    ----------
    items : DataFrame, shape (n_respondents, n_items)
        Answer codes, already reverse-keyed; NaN where missing.
    kind : str
    groups : mapping of str to items, optional
        Group factors; needed by the two bifactor kinds.

    References
    ----------
    McDonald 1999, Test Theory, ch. 6; Zinbarg, Revelle, Yovel and Li 2005, Psychometrika 70:123.
    """
    return omega_of(_fit(items, kind, groups), kind)


def omega_of(fit: FactorFit, kind: Kind) -> Omega:
    """Reckon an omega from a model that was fitted to one group already: one factor, or a bifactor model.

    `kind` must be one of that model's.
    """
    if fit.trouble:
        return Omega(kind, math.nan, fit.n[0], trouble=fit.trouble)
    return Omega(kind, _value(fit, kind), fit.n[0])


def _fit(items: "pd.DataFrame", kind: Kind, groups: Mapping[str, Iterable[str]] | None) -> FactorFit:
    if kind.startswith("bifactor"):
        if groups is None:
            raise ValueError("a bifactor omega needs the items of each group factor")
        return fit_factors(items, bifactor(groups))
    return fit_factors(items, one_factor(map(str, items.columns)))


def _value(fit: FactorFit, kind: Kind) -> float:
    model = fit.models[0]
    if kind == "one_factor_standardised":
        loadings = model.loadings[:, 0] / np.sqrt(np.diag(model.covariance))
        return float(_share(loadings[None], (1 - loadings**2)[None])[0])
    by_factor = model.loadings.sum(axis=0) ** 2
    counted = by_factor[:1] if kind == "bifactor_hierarchical" else by_factor
    return float(counted.sum() / (by_factor.sum() + model.residuals.sum()))


def _share(loadings: "NDArray[np.float64]", residuals: "NDArray[np.float64]") -> "NDArray[np.float64]":
    common = loadings.sum(axis=1) ** 2
    share: NDArray[np.float64] = common / (common + residuals.sum(axis=1))
    return share


def bootstrap_omega(
    items: "pd.DataFrame",
    kind: Literal["one_factor_standardised", "one_factor_raw"] = "one_factor_raw",
    draws: int = 2000,
    seed: int = 20261123,
) -> Omega:
    """Estimate a one-factor omega with its interval, drawing respondents with replacement.

    Parameters
    ----------
    items : DataFrame, shape (n_respondents, n_items)
        As for `omega`.
    kind : str
    draws, seed : int
        The same seed gives the same interval.

    Returns
    -------
    Omega
        Without an interval and with trouble ``draws_failed`` if more than one draw in twenty could not be estimated.

    References
    ----------
    Kelley and Pornprasertmanit 2016, Psychological Methods 21:69: the bootstrap for omega's interval.
    """
    fit = _fit(items, kind, None)
    n = fit.n[0]
    if fit.trouble:
        return Omega(kind, math.nan, n, trouble=fit.trouble)
    answers = items.dropna().to_numpy(dtype=np.float64)
    model = fit.models[0]
    start = model.loadings[:, 0] / np.sqrt(np.diag(model.covariance))
    rng = np.random.default_rng(seed)
    found = [
        _drawn(answers, start, min(_AT_ONCE, draws - done), rng, kind == "one_factor_raw")
        for done in range(0, draws, _AT_ONCE)
    ]
    values = np.concatenate(found) if found else np.empty(0)
    kept = values[np.isfinite(values)]
    failed = draws - len(kept)
    value = _value(fit, kind)
    if not draws or failed > _MOST_FAILED * draws:
        return Omega(kind, value, n, draws=draws, failed=failed, trouble=Trouble("draws_failed"))
    low, high = np.quantile(kept, [0.025, 0.975])
    return Omega(kind, value, n, float(low), float(high), draws, failed)


def _drawn(
    answers: "NDArray[np.float64]", start: "NDArray[np.float64]", draws: int, rng: np.random.Generator, raw: bool
) -> "NDArray[np.float64]":
    """Give omega of each draw, NaN where it cannot be estimated.

    A draw is how often each respondent comes up, so that all covariances are one product of matrices.
    """
    n, items = answers.shape
    centred = answers - answers.mean(axis=0)
    rows, columns = np.tril_indices(items)
    chosen = rng.integers(n, size=(draws, n)) + n * np.arange(draws)[:, None]
    times = np.bincount(chosen.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)
    means = times @ centred / n
    products = times @ (centred[:, rows] * centred[:, columns]) / n
    covariance = np.empty((draws, items, items))
    covariance[:, rows, columns] = products
    covariance[:, columns, rows] = products
    covariance -= means[:, :, None] * means[:, None, :]
    variances = np.diagonal(covariance, axis1=1, axis2=2)
    # An item to which all of a draw gave one answer: that draw fails.
    deviations = np.sqrt(np.where(variances > 1e-12, variances, np.nan))
    loadings = one_factor_many(covariance / (deviations[:, :, None] * deviations[:, None, :]), start)
    sizes = deviations if raw else np.ones_like(deviations)
    return _share(loadings * sizes, (1 - loadings**2) * sizes**2)
