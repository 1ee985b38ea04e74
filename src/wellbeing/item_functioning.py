"""Does an item work alike in several groups? Ordinal-logistic differential item functioning, item by item.

Two people of the same standing on all other items should answer an item alike, whatever their wave, language or kind
of school. The test compares two proportional-odds models of the item: rest score alone, and with group and group
times rest score beside it.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wellbeing.models.logistic import logistic_model
from wellbeing.models.ordinal import ordinal_model
from wellbeing.models.outcome import NotEstimated
from wellbeing.texts import say
from wellbeing.unestimable import Trouble, grouped_rows, say_items

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: An item is named where q is below the first and the pseudo-R2 grows by at least the second.
ALPHA, LEAST_CHANGE = 0.05, 0.02
#: What stands in the way of a model of one item, in the words of measurement.
_NAMED = {
    "separation": "separated",
    "collinear": "singular",
    "too_few_rows": "too_few_people",
    "constant": "constant_items",
}
COLUMNS = ("n", "chi2", "df", "p", "q", "r2_change", "nagelkerke_change")


@dataclass(frozen=True, eq=False)
class ItemFunctioning:
    """What was found for each item.

    Attributes
    ----------
    table : DataFrame, index item
        ``n`` complete respondents; ``chi2`` and ``df`` of the likelihood ratio (2 for two groups, 2 more for each
        further one), ``p``, ``q`` after Benjamini and Hochberg; ``r2_change``, McFadden's pseudo-R2 with the group
        less that without; ``nagelkerke_change``, the same of Nagelkerke's. NaN for an item with trouble.
    groups : tuple of str
    tested : int
        Size of the family that q refers to: items of this scale that could be tested.
    troubles : dict of str to Trouble
        Items that could not be tested, and why.
    trouble : Trouble or None
        Why nothing could be tested.
    """

    table: "pd.DataFrame"
    groups: tuple[str, ...]
    tested: int
    troubles: dict[str, Trouble]
    trouble: Trouble | None = None

    @property
    def differing(self) -> tuple[str, ...]:
        """Items whose difference is both beyond chance and large enough to matter."""
        found = (self.table["q"] < ALPHA) & (self.table["r2_change"] >= LEAST_CHANGE)
        return tuple(str(item) for item in self.table.index[found])

    def sentence(self, lang: str | None = None) -> str:
        """Say which items differ, out of which family, and which could not be tested."""
        if self.trouble is not None:
            return self.trouble.sentence(lang)
        key = "differing" if self.differing else "none_differs"
        said = [say(f"measurement.{key}", lang, items=say_items(self.differing, lang), tested=self.tested)]
        said += [
            say("measurement.item_untested", lang, item=item, said=trouble.sentence(lang))
            for item, trouble in self.troubles.items()
        ]
        return "\n".join(said)


def item_functioning(answers: "pd.DataFrame", groups: "pd.Series") -> ItemFunctioning:
    """Test every item of a scale for differential functioning between groups.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, n_items)
        One scale's answer codes, already reverse-keyed; respondents with a missing answer are left out.
    groups : Series, shape (n_respondents,), index of `answers`
        Wave, language, kind of school; rows without one are left out.

    References
    ----------
    Zumbo 1999, A Handbook on the Theory and Methods of DIF; Crane, Gibbons, Jolley and van Belle 2006, Med Care 44:S115
    (pseudo-R2). The same as R's polr with and without ``* group``, and pseudo-R2 as in lordif.
    """
    import pandas as pd
    from scipy.stats import chi2 as chi_squared
    from scipy.stats import false_discovery_control

    items, grouped = grouped_rows(answers, groups)
    complete = items.dropna()
    own = grouped.loc[complete.index]
    names = tuple(dict.fromkeys(sorted(map(str, own))))
    table = pd.DataFrame(math.nan, index=pd.Index(map(str, items.columns), name="item"), columns=list(COLUMNS))
    trouble = _trouble(items, grouped)
    if trouble is not None:
        return ItemFunctioning(table, names, 0, {}, trouble)
    codes = complete.to_numpy(dtype=np.float64)
    members = np.column_stack([(own.astype(str) == name).to_numpy(dtype=np.float64) for name in names[1:]])
    troubles: dict[str, Trouble] = {}
    for place, item in enumerate(table.index):
        rest = codes.sum(axis=1) - codes[:, place]
        rest = rest - rest.mean()
        answered, n = codes[:, place], len(codes)
        without = _height(answered, rest[:, None])
        beside = _height(answered, np.column_stack([rest, members, members * rest[:, None]]))
        if isinstance(without, Trouble):
            troubles[item] = without
            continue
        if isinstance(beside, Trouble):
            troubles[item] = beside
            continue
        gained, df = beside - without, 2 * members.shape[1]
        counts = np.unique(answered, return_counts=True)[1]
        null = float(np.sum(counts * np.log(counts / n)))
        nagelkerke = _nagelkerke(beside, null, n) - _nagelkerke(without, null, n)
        p = float(chi_squared.sf(max(2 * gained, 0.0), df))
        table.loc[item] = [n, max(2 * gained, 0.0), df, p, math.nan, -gained / null, nagelkerke]
    told = table["p"].notna()
    if told.any():
        table.loc[told, "q"] = false_discovery_control(table.loc[told, "p"].to_numpy(), method="bh")
    return ItemFunctioning(table, names, int(told.sum()), troubles)


def _trouble(items: "pd.DataFrame", groups: "pd.Series") -> Trouble | None:
    """What keeps every item from being tested; an item that does not vary keeps only itself."""
    if items.shape[1] < 2:
        return Trouble("too_few_items")
    empty = tuple(str(item) for item in items if items[item].isna().all())
    if empty:
        return Trouble("missing_items", empty)
    if groups.nunique() < 2:
        return Trouble("one_group")
    for group, piece in items.groupby(groups, observed=True):
        empty = tuple(str(item) for item in piece if piece[item].isna().all())
        if empty:
            return Trouble("missing_in_group", empty, str(group))
        if piece.dropna().empty:
            return Trouble("nobody_complete", group=str(group))
        if len(piece.dropna()) <= items.shape[1]:
            return Trouble("too_few_people", group=str(group))
    return None


def _height(answered: "NDArray[np.float64]", covariates: "NDArray[np.float64]") -> float | Trouble:
    """Give the greatest log-likelihood of an item: of proportional odds, or of a logit where only two codes occur."""
    import pandas as pd

    names = [f"x{place}" for place in range(covariates.shape[1])]
    rows = pd.DataFrame(covariates, columns=names).assign(answer=answered)
    codes = np.unique(answered)
    if len(codes) < 2:
        return Trouble("constant_items")
    model = (
        logistic_model(rows.assign(answer=answered == codes[1]), "answer", names)
        if len(codes) == 2
        else ordinal_model(rows, "answer", names)
    )
    if isinstance(model, NotEstimated):
        return Trouble(_NAMED.get(model.reason, "not_converged"))
    return model.log_likelihood


def _nagelkerke(height: float, null: float, n: int) -> float:
    return -math.expm1(2 * (null - height) / n) / -math.expm1(2 * null / n)


def with_and_without(answers: "pd.DataFrame", groups: "pd.Series", differing: Collection[str]) -> "pd.DataFrame":
    """Give each group's mean answer over all items and over those that work alike: is the difference the items'?

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, n_items)
    groups : Series, shape (n_respondents,)
    differing : collection of str
        As `ItemFunctioning.differing` names them.

    Returns
    -------
    DataFrame, index group
        ``n`` complete respondents; ``with`` and ``without``, mean answers per item in answer codes. ``without`` is NaN
        where every item differs.
    """
    import pandas as pd

    items, kept = grouped_rows(answers, groups)
    complete = items.dropna()
    alike = [item for item in complete if str(item) not in differing]
    means = pd.DataFrame({"with": complete.mean(axis=1), "without": complete[alike].mean(axis=1)})
    grouped = means.groupby(kept.loc[complete.index], observed=True)
    return pd.concat([grouped.size().rename("n"), grouped.mean()], axis=1)
