"""What could not be estimated, and why, by name: in the place of a number that only looks fine."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

#: Names of what can stand in the way; each has a sentence ``trouble_<name>`` in ``texts/measurement.yaml``.
TROUBLES = (
    "too_few_items",
    "one_group",
    "missing_items",
    "missing_in_group",
    "nobody_complete",
    "too_few_people",
    "constant_items",
    "singular",
    "not_identified",
    "not_converged",
    "improper",
    "separated",
    "draws_failed",
    "nobody_differs",
)

#: Smallest eigenvalue of a correlation matrix that is still taken for more than rounding.
_LEAST_EIGENVALUE = 1e-9


@dataclass(frozen=True)
class Trouble:
    """Why a figure is not given.

    Parameters
    ----------
    reason : str
        One of `TROUBLES`.
    items : tuple of str
        Items that it concerns; empty where it concerns all.
    group : str
        Group that it concerns; empty where it concerns all.
    """

    reason: str
    items: tuple[str, ...] = ()
    group: str = ""

    def __post_init__(self) -> None:
        if self.reason not in TROUBLES:
            raise ValueError(f"there is no trouble named {self.reason!r}")

    def sentence(self, lang: str | None = None) -> str:
        """Say to the user what could not be estimated and what to do."""
        said = say(f"measurement.trouble_{self.reason}", lang, items=say_items(self.items, lang))
        return say("measurement.in_group", lang, group=self.group, said=said) if self.group else said


def say_items(items: Iterable[str], lang: str | None = None) -> str:
    """Put names of items in a row; a word for all of them where none is named."""
    return say("measurement.comma", lang).join(items) or say("measurement.all_items", lang)


def grouped_rows(answers: "pd.DataFrame", groups: "pd.Series") -> "tuple[pd.DataFrame, pd.Series]":
    """Keep the rows whose group is told, numbered anew: rows of several files may bear the same numbers.

    Raises
    ------
    ValueError
        If the groups do not belong to the rows, one each.
    """
    if not answers.index.equals(groups.index):
        raise ValueError("answers and groups must have the same index, one row each")
    told = groups.notna().to_numpy()
    return answers[told].reset_index(drop=True), groups[told].reset_index(drop=True)


def trouble_with(answers: "pd.DataFrame", groups: "pd.Series | None" = None) -> Trouble | None:
    """Find what keeps a covariance matrix of complete respondents from being estimated.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, n_items)
        Answer codes, NaN where missing.
    groups : Series, shape (n_respondents,), optional
        Each group must have a covariance matrix of its own; rows without a group are left out.

    Returns
    -------
    Trouble or None
        The first of: fewer than two items, fewer than two groups, items that nobody answered, nobody complete, not more
        complete people than items, an item to which all gave one answer, items of which one follows from the others.
    """
    if answers.shape[1] < 2:
        return Trouble("too_few_items")
    empty = tuple(str(item) for item in answers if answers[item].isna().all())
    if empty:
        return Trouble("missing_items", empty)
    if groups is None:
        return _trouble_in(answers, "")
    answers, groups = grouped_rows(answers, groups)
    if groups.nunique() < 2:
        return Trouble("one_group")
    pieces = list(answers.groupby(groups, observed=True))
    found = (_trouble_in(piece, str(group)) for group, piece in pieces)
    return next((trouble for trouble in found if trouble), None)


def _trouble_in(answers: "pd.DataFrame", group: str) -> Trouble | None:
    import numpy as np

    empty = tuple(str(item) for item in answers if answers[item].isna().all())
    if empty:
        return Trouble("missing_in_group", empty, group)
    complete = answers.dropna()
    if complete.empty:
        return Trouble("nobody_complete", group=group)
    constant = tuple(str(item) for item in complete if complete[item].min() == complete[item].max())
    if len(complete) > 1 and constant:
        return Trouble("constant_items", constant, group)
    if len(complete) <= complete.shape[1]:
        return Trouble("too_few_people", group=group)
    correlations = np.corrcoef(complete.to_numpy(dtype=float), rowvar=False)
    if np.linalg.eigvalsh(correlations)[0] < _LEAST_EIGENVALUE:
        return Trouble("singular", group=group)
    return None
