"""Where the search for a factor model's parameters begins."""

from collections.abc import Iterator, Sequence

import numpy as np

from wellbeing.factor_models.likelihood import Moments
from wellbeing.factor_models.parameters import Floats, Layout

#: Searches from drawn starts where a model has several factors: its likelihood may have more than one hill.
_DRAWN = 4
_SEED = 1937


def starts(whole: Layout, groups: Sequence[Moments]) -> Iterator[Floats]:
    """Give one start for one factor, several for more: from the correlations, then around them by a fixed seed."""
    yield _start(whole, groups, None)
    if whole.factors > 1:
        rng = np.random.default_rng(_SEED)
        for _ in range(_DRAWN):
            yield _start(whole, groups, rng)


def _start(whole: Layout, groups: Sequence[Moments], rng: np.random.Generator | None) -> Floats:
    values = np.zeros(whole.count)
    # Backwards, so that a parameter shared by several groups begins as the first group's data say.
    for moments, own in reversed(list(zip(groups, whole.groups, strict=True))):
        deviations = np.sqrt(np.diag(moments.covariance))
        loadings = _pattern_loadings(moments.covariance / np.outer(deviations, deviations), whole, own.loading_at)
        if rng is not None:
            loadings = loadings * rng.uniform(0.3, 1.5, len(loadings))
        by_item = np.zeros(whole.items)
        np.add.at(by_item, own.loading_at[:, 0], loadings**2)
        # No item begins with more than nine tenths of its variance explained.
        shrink = np.sqrt(np.minimum(1.0, 0.9 / np.maximum(by_item, 1e-12)))
        item = own.loading_at[:, 0]
        values[own.loading] = loadings * shrink[item] * deviations[item]
        values[own.residual] = deviations**2 * (1 - by_item * shrink**2)
        values[own.factor] = (own.factor_at[:, 0] == own.factor_at[:, 1]).astype(float)
        if whole.with_means:
            values[own.intercept] = moments.means
    return values


def _pattern_loadings(
    correlations: Floats, whole: Layout, at: "np.ndarray[tuple[int, int], np.dtype[np.intp]]"
) -> Floats:
    """Take each factor's loadings from the first principal axis of what its items' correlations have left."""
    left = correlations.copy()
    found = np.zeros((whole.items, whole.factors))
    for factor in range(whole.factors):
        own = at[at[:, 1] == factor, 0]
        piece = left[np.ix_(own, own)]
        values, vectors = np.linalg.eigh(piece)
        axis = vectors[:, -1] * np.sign(vectors[:, -1].sum() or 1.0)
        # An axis of its own items' shares; where nothing is left, a little in one direction.
        size = np.sqrt(max(values[-1] - 0.5 * float(np.diag(piece).mean()), 0.1 * len(own)))
        found[own, factor] = np.where(np.abs(axis * size) < 0.1, 0.2, axis * size)
        removed = np.outer(found[own, factor], found[own, factor])
        left[np.ix_(own, own)] = piece - removed
    loadings: Floats = found[at[:, 0], at[:, 1]]
    return loadings
