"""Turn a frame of rows and the names of its columns into the matrix of a regression."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.errors import UsageError
from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """The rows that a model is fitted on.

    Attributes
    ----------
    outcome : ndarray, shape (n_rows,)
    matrix : ndarray, shape (n_rows, n_coefficients)
    names : tuple of str
        Of the matrix' columns, as R writes them: ``(Intercept)``, a number's name, a factor's name and its level.
    groups : tuple of ndarray of int
        For each grouping asked for, which group a row belongs to, from 0.
    labels : tuple of tuple
        For each grouping, what its groups are called.
    used : ndarray of int
        Where in the frame each row stood.
    left_out : int
        Rows with a gap in any column that the model needs.
    """

    outcome: "Floats"
    matrix: "Floats"
    names: tuple[str, ...]
    groups: tuple["Integers", ...]
    labels: tuple[tuple[str, ...], ...]
    used: "Integers"
    left_out: int


def design(
    rows: "pd.DataFrame",
    outcome: str,
    covariates: Sequence[str],
    groupings: Sequence[str] = (),
    intercept: bool = True,
) -> "Design | NotEstimated":
    """Build the matrix of a regression from the complete rows of a frame.

    Parameters
    ----------
    rows : DataFrame
        One row per answer.
    outcome : str
        A column of numbers.
    covariates : sequence of str
        Columns of numbers or truth values go in as they are; others become one column per level but the first in
        alphabetical order, as R's treatment contrasts.
    groupings : sequence of str
        Columns that say which school, which person.
    intercept : bool
        Whether to begin with a column of ones.

    Raises
    ------
    UsageError
        If a column is not there, or the outcome is no number.
    """
    import numpy as np
    import pandas as pd

    needed = list(dict.fromkeys([outcome, *covariates, *groupings]))
    for column in needed:
        if column not in rows.columns:
            raise UsageError("research_no_column", column=column)
    if not pd.api.types.is_numeric_dtype(rows[outcome]):
        raise UsageError("research_not_a_number", column=outcome)
    known = rows[needed].notna().all(axis=1).to_numpy()
    complete = rows.loc[known, needed]
    if complete.empty:
        return NotEstimated("no_rows", {"column": outcome})
    columns: list[Floats] = [np.ones(len(complete))] if intercept else []
    names = ["(Intercept)"] if intercept else []
    for column in covariates:
        values = complete[column]
        if pd.api.types.is_numeric_dtype(values):
            columns.append(values.to_numpy(dtype=np.float64))
            names.append(column)
            continue
        levels = sorted(values.astype(str).unique())
        for level in levels[1:]:
            columns.append((values.astype(str) == level).to_numpy(dtype=np.float64))
            names.append(f"{column}{level}")
    matrix = np.column_stack(columns) if columns else np.empty((len(complete), 0))
    target = complete[outcome].to_numpy(dtype=np.float64)
    if not (np.isfinite(matrix).all() and np.isfinite(target).all()):
        return NotEstimated("not_finite")
    if len(target) <= matrix.shape[1]:
        return NotEstimated("too_few_rows", {"rows": len(target), "coefficients": matrix.shape[1]})
    if dependent := _dependent(matrix, names):
        return NotEstimated("collinear", {"column": dependent})
    coded = [pd.factorize(complete[name], sort=True) for name in groupings]
    return Design(
        target,
        matrix,
        tuple(names),
        tuple(codes.astype(np.int64) for codes, _ in coded),
        tuple(tuple(labels.astype(str)) for _, labels in coded),
        np.flatnonzero(known),
        int((~known).sum()),
    )


def _dependent(matrix: "Floats", names: Sequence[str]) -> str:
    """Name the first column that is a sum of those before it; empty if there is none."""
    import numpy as np

    basis: list[Floats] = []
    for place, name in enumerate(names):
        rest = matrix[:, place].copy()
        whole = float(np.linalg.norm(rest))
        for _ in range(2):  # once more: a single pass loses digits where columns are nearly alike
            for direction in basis:
                rest -= direction * float(direction @ rest)
        left = float(np.linalg.norm(rest))
        if left <= 1e-10 * whole or whole == 0:
            return name
        basis.append(rest / left)
    return ""


def coefficient_table(names: Sequence[str], estimates: "Floats", se: "Floats", df: "float | Floats") -> "pd.DataFrame":
    """Set coefficients out with their intervals and tests.

    Parameters
    ----------
    names : sequence of str
    estimates, se : ndarray, shape (n_coefficients,)
        On the scale of the model.
    df : float or ndarray
        Degrees of freedom of Student's t, one for all or one for each.

    Returns
    -------
    DataFrame, shape (n_coefficients, 7), index ``coefficient``
        ``estimate``, ``se``, ``df``, ``low`` and ``high`` of 95 percent, ``t``, and ``p`` of both sides.
    """
    import numpy as np
    import pandas as pd
    from scipy.stats import t as student

    half = student.ppf(0.975, df) * se
    ratio = estimates / se
    return pd.DataFrame(
        {
            "estimate": estimates,
            "se": se,
            "df": df,
            "low": estimates - half,
            "high": estimates + half,
            "t": ratio,
            "p": 2 * student.sf(np.abs(ratio), df),
        },
        index=pd.Index(names, name="coefficient"),
    )
