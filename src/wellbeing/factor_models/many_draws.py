"""One factor, fitted to thousands of correlation matrices at once: what a bootstrap needs."""

import numpy as np

from wellbeing.factor_models.parameters import Floats

_ROUNDS = 60
#: Largest slope in units of its own standard error that counts as none: omega is then right to about ten places.
_FLAT = 1e-6


def one_factor_many(correlations: Floats, loadings: Floats) -> Floats:
    """Fit one factor by Fisher scoring to each of many correlation matrices.

    Parameters
    ----------
    correlations : array, shape (n_draws, n_items, n_items)
    loadings : array, shape (n_items,)
        Where every search begins: the standardised loadings of the whole sample.

    Returns
    -------
    array, shape (n_draws, n_items)
        Standardised loadings; NaN in every place where a search did not converge or a residual variance is negative.

    Notes
    -----
    With W the inverse of the implied matrix, information about loadings l and residuals t is
    (l'Wl) W + (Wl)(Wl)', W diag(Wl) and W o W / 2; the slopes are Rl and diag(R) / 2, R = W(Sigma - S)W.
    """
    draws, items = correlations.shape[:2]
    values = np.tile(np.concatenate([loadings, 1 - loadings**2]), (draws, 1))
    fitted = np.full((draws, items), np.nan)
    usable = np.isfinite(correlations).all(axis=(1, 2))
    active = np.flatnonzero(usable)
    every = np.arange(items)
    for _ in range(_ROUNDS):
        if not len(active):
            break
        loading, residual_share = values[active, :items], values[active, items:]
        implied = loading[:, :, None] * loading[:, None, :]
        implied[:, every, every] += residual_share
        weight, possible = _inverses(implied, loading, residual_share)
        residual = weight @ (implied - correlations[active]) @ weight
        slope = np.concatenate([np.einsum("dij,dj->di", residual, loading), 0.5 * residual[:, every, every]], axis=1)
        turned = np.einsum("dij,dj->di", weight, loading)
        information = np.empty((len(active), 2 * items, 2 * items))
        inner = np.einsum("di,di->d", loading, turned)
        information[:, :items, :items] = inner[:, None, None] * weight + turned[:, :, None] * turned[:, None, :]
        information[:, :items, items:] = weight * turned[:, None, :]
        information[:, items:, :items] = information[:, :items, items:].transpose(0, 2, 1)
        information[:, items:, items:] = 0.5 * weight**2
        scale = np.sqrt(np.maximum(np.diagonal(information, axis1=1, axis2=2), 1e-300))
        flat = possible & (np.abs(slope / scale).max(axis=1) < _FLAT)
        proper = flat & (residual_share > 0).all(axis=1)
        fitted[active[proper]] = loading[proper]
        going = possible & ~flat
        scaled = information[going] / (scale[going][:, :, None] * scale[going][:, None, :])
        # A trace of damping keeps a singular matrix solvable; at the end it changes nothing.
        scaled[:, np.arange(2 * items), np.arange(2 * items)] += 1e-9
        step = np.linalg.solve(scaled, (slope[going] / scale[going])[:, :, None])[:, :, 0] / scale[going]
        # No parameter moves by more than a half at a time: variances are one here.
        step *= np.minimum(1.0, 0.5 / np.abs(step).max(axis=1))[:, None]
        active = active[going]
        values[active] -= step
    return fitted


def _inverses(
    implied: Floats, loadings: Floats, residuals: Floats
) -> tuple[Floats, "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]"]:
    """Invert a stack of implied matrices, and say which were covariance matrices at all; the others come back as ones.

    Where every residual is positive the inverse is known (Sherman and Morrison 1950); the few others take eigenvalues.
    """
    plain = residuals.min(axis=1) > 1e-6
    shares = np.where(plain[:, None], residuals, 1.0)
    weighted = loadings / shares
    inverses: Floats = -weighted[:, :, None] * weighted[:, None, :]
    inverses /= (1 + np.einsum("di,di->d", loadings, weighted))[:, None, None]
    every = np.arange(implied.shape[1])
    inverses[:, every, every] += 1 / shares
    possible = np.ones(len(implied), dtype=np.bool_)
    if not plain.all():
        values, vectors = np.linalg.eigh(implied[~plain])
        possible[~plain] = values[:, 0] > 1e-12
        safe = np.where(values[:, :1] > 1e-12, values, 1.0)
        inverses[~plain] = (vectors / safe[:, None, :]) @ vectors.transpose(0, 2, 1)
    return inverses, possible
