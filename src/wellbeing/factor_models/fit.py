"""Fit a factor model to one or several groups, with the fit indices as lavaan 0.6 reckons them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wellbeing.factor_models.likelihood import Moments, Solution, search
from wellbeing.factor_models.parameters import Layout, Level, Matrices, layout, matrices
from wellbeing.factor_models.starts import starts
from wellbeing.factor_models.structure import Structure
from wellbeing.unestimable import Trouble, grouped_rows, trouble_with

if TYPE_CHECKING:
    import pandas as pd

#: Discrepancies that differ by less are those of one solution.
_SAME_HEIGHT = 1e-9


@dataclass(frozen=True)
class Indices:
    """How well a model fits; every figure is NaN where it was not fitted.

    ``chi2`` is the number of respondents times the least discrepancy, ``p`` its upper tail, NaN without degrees of
    freedom. ``cfi`` and ``tli`` compare with the model of unrelated items in every group; ``rmsea`` is that of several
    groups, per degree of freedom and group; ``srmr`` is Bentler's, means included where they are modelled.
    """

    chi2: float = math.nan
    df: int = 0
    p: float = math.nan
    cfi: float = math.nan
    tli: float = math.nan
    rmsea: float = math.nan
    srmr: float = math.nan
    baseline_chi2: float = math.nan
    baseline_df: int = 0


@dataclass(frozen=True, eq=False)
class FactorFit:
    """A factor model fitted by maximum likelihood, or the name of what stood in the way.

    Attributes
    ----------
    structure : Structure
    level : str
        ``configural``, ``metric`` or ``scalar``: what is equal in all groups.
    groups : tuple of str
        Names of the groups; one empty name where there is one group.
    n : tuple of int
        Complete respondents in each.
    indices : Indices
    models : tuple of Matrices
        Parameters of each group, in units of the answers; empty where nothing was fitted.
    trouble : Trouble or None
        With ``improper`` the indices are given, as lavaan gives them, and the parameters must not be used.
    """

    structure: Structure
    level: Level
    groups: tuple[str, ...]
    n: tuple[int, ...]
    indices: Indices
    models: tuple[Matrices, ...] = ()
    trouble: Trouble | None = None

    def loadings(self, group: int = 0) -> "pd.DataFrame":
        """Give one group's standardised loadings: a row for each item, its factors, and ``residual``, what they leave.

        NaN where the item does not load, and everywhere where the model was not fitted properly.
        """
        import pandas as pd

        columns = [*self.structure.names, "residual"]
        table = pd.DataFrame(math.nan, index=pd.Index(self.structure.items, name="item"), columns=columns)
        if self.trouble is None and self.models:
            model = self.models[group]
            deviations = np.sqrt(np.diag(model.covariance))
            for item, factor in self.structure.loadings:
                spread = math.sqrt(model.factors[factor, factor])
                table.iloc[item, factor] = model.loadings[item, factor] * spread / deviations[item]
            table["residual"] = model.residuals / deviations**2
        return table


def fit_factors(
    answers: "pd.DataFrame",
    structure: Structure,
    groups: "pd.Series | None" = None,
    level: Level = "configural",
) -> FactorFit:
    """Fit a factor model to the respondents who answered every item.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, any)
        Holds the items of `structure`: answer codes, already reverse-keyed, NaN where missing (listwise).
    structure : Structure
    groups : Series, shape (n_respondents,), index of `answers`, optional
        Rows without a group are left out.
    level : str
        What is held equal in all groups: nothing (``configural``), loadings (``metric``), intercepts too (``scalar``).

    Returns
    -------
    FactorFit
        Its ``trouble`` names what could not be estimated.

    Raises
    ------
    KeyError
        If an item is no column.
    ValueError
        If `groups` has another index than `answers`.

    References
    ----------
    Answers are taken for continuous and normal, as lavaan's ``estimator = "ML"`` does; with few categories and skewed
    answers the chi-square is too large.
    """
    items, kept = answers[list(structure.items)], groups
    if kept is not None:
        items, kept = grouped_rows(items, kept)
    names, pieces = _pieces(items, kept)
    sizes = tuple(len(piece) for piece in pieces)
    trouble = trouble_with(items, kept)
    whole = layout(structure, max(len(names), 1), level)
    free = _moments_count(whole) - whole.count
    if trouble is None and free < 0:
        trouble = Trouble("not_identified")
    if trouble is not None:
        return FactorFit(structure, level, names, sizes, Indices(), trouble=trouble)
    moments = [Moments.of(piece.to_numpy(dtype=float)) for piece in pieces]
    best = _best(whole, moments)
    if not best.converged:
        return FactorFit(structure, level, names, sizes, Indices(), trouble=Trouble("not_converged"))
    if not best.identified:
        return FactorFit(structure, level, names, sizes, Indices(), trouble=Trouble("not_identified"))
    models = tuple(_upright(matrices(best.values, whole, place)) for place in range(len(moments)))
    indices = fit_indices(best.discrepancy, free, models, moments, whole.with_means)
    return FactorFit(structure, level, names, sizes, indices, models, _improper(structure, models, names))


def _pieces(items: "pd.DataFrame", groups: "pd.Series | None") -> tuple[tuple[str, ...], list["pd.DataFrame"]]:
    complete = items.dropna()
    if groups is None:
        return ("",), [complete]
    grouped = complete.groupby(groups.loc[complete.index], observed=True)
    return tuple(str(name) for name, _ in grouped), [piece for _, piece in grouped]


def _moments_count(whole: Layout) -> int:
    each = whole.items * (whole.items + 1) // 2 + (whole.items if whole.with_means else 0)
    return each * len(whole.groups)


def _best(whole: Layout, moments: Sequence[Moments]) -> Solution:
    """Search from one start after another until two searches end on the same highest hill, or the starts do.

    One that converged goes before one that did not.
    """
    found: list[Solution] = []
    for start in starts(whole, moments):
        found.append(search(start, whole, moments))
        found.sort(key=lambda solution: (not solution.converged, solution.discrepancy))
        if len(found) > 1 and found[1].converged and found[1].discrepancy - found[0].discrepancy < _SAME_HEIGHT:
            break
    return found[0]


def _upright(model: Matrices) -> Matrices:
    """Turn factors so that their loadings add up to something positive: their direction is free."""
    turn = np.where(model.loadings.sum(axis=0) < 0, -1.0, 1.0)
    return Matrices(
        model.loadings * turn,
        model.factors * np.outer(turn, turn),
        model.residuals,
        model.intercepts,
        model.means * turn,
    )


def _improper(structure: Structure, models: Sequence[Matrices], names: Sequence[str]) -> Trouble | None:
    """Find variances that cannot be: negative ones, or factors that correlate beyond one."""
    for name, model in zip(names, models, strict=True):
        negative = tuple(item for item, left in zip(structure.items, model.residuals, strict=True) if left < 0)
        if negative or np.linalg.eigvalsh(model.factors)[0] < 0:
            return Trouble("improper", negative, name)
    return None


def fit_indices(
    discrepancy: float, df: int, models: Sequence[Matrices], moments: Sequence[Moments], with_means: bool
) -> Indices:
    """Reckon the indices of a model whose least discrepancy is known.

    References
    ----------
    Bentler 1990 (CFI); Tucker and Lewis 1973; Steiger 1998 (RMSEA of several groups); Bentler 1995 (SRMR), its groups
    weighted by their sizes.
    """
    from scipy.stats import chi2 as chi_squared

    n = sum(group.n for group in moments)
    items = len(models[0].residuals)
    chi2 = n * discrepancy
    baseline = sum(-group.n * np.linalg.slogdet(_correlations(group))[1] for group in moments)
    baseline_df = len(moments) * items * (items - 1) // 2
    excess, baseline_excess = max(chi2 - df, 0.0), max(chi2 - df, baseline - baseline_df, 0.0)
    ratio = baseline / baseline_df
    return Indices(
        chi2=chi2,
        df=df,
        p=float(chi_squared.sf(chi2, df)) if df else math.nan,
        cfi=1 - excess / baseline_excess if baseline_excess else 1.0,
        tli=(ratio - chi2 / df) / (ratio - 1) if df and ratio != 1 else 1.0,
        rmsea=math.sqrt(excess / (df * n)) * math.sqrt(len(moments)) if df else 0.0,
        srmr=sum(group.n / n * _srmr(model, group, with_means) for model, group in zip(models, moments, strict=True)),
        baseline_chi2=float(baseline),
        baseline_df=baseline_df,
    )


def _correlations(group: Moments) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    deviations = np.sqrt(np.diag(group.covariance))
    correlations: np.ndarray[tuple[int, int], np.dtype[np.float64]] = group.covariance / np.outer(
        deviations, deviations
    )
    return correlations


def _srmr(model: Matrices, group: Moments, with_means: bool) -> float:
    deviations = np.sqrt(np.diag(group.covariance))
    residuals = (group.covariance - model.covariance) / np.outer(deviations, deviations)
    squares = residuals[np.tril_indices(len(deviations))] ** 2
    if with_means:
        squares = np.concatenate([squares, ((group.means - model.item_means) / deviations) ** 2])
    return float(np.sqrt(squares.mean()))
