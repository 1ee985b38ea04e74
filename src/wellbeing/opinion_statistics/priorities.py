"""Needs and priorities: where a school lies behind what is typical, and how much the matter counts with its staff.

A quadrant is named only where both intervals lie on one side of the county's median; under 30 respondents there is a
list and no plot.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from wellbeing.opinion_statistics.differences import Share
from wellbeing.opinion_statistics.pooling import Pooled, pooled_shares

if TYPE_CHECKING:
    import pandas as pd

#: Fewer respondents than these get a list and no plot.
FEWEST_PLOTTED = 30
#: ``first``: much needed, counts much; ``keep``: little needed, counts much; ``later``: much needed, counts less;
#: ``rest``: neither; ``untold``: an interval straddles a line, or too few answered.
Quadrant = Literal["first", "keep", "later", "rest", "untold"]
_QUADRANTS: Mapping[tuple[bool, bool], Quadrant] = {
    (True, True): "first",
    (False, True): "keep",
    (True, False): "later",
    (False, False): "rest",
}


def needs(counts: "pd.DataFrame") -> "pd.DataFrame":
    """Give each unit's needs and its gaps to the county, drawn in by the pooling model.

    Parameters
    ----------
    counts : DataFrame
        One row per unit and question: ``unit, question, favourable`` (a count) and ``n``.

    Returns
    -------
    DataFrame
        The rows of `counts` with ``need``, the posterior share that is not favourable, ``need_low`` and ``need_high``;
        ``county``, the county's need; ``gap``, ``gap_low``, ``gap_high``: how much less favourable than typical the
        unit is. Questions that nobody answered are left out.

    References
    ----------
    The kit's notes on statistics, section 7.2; the model of section 4.2.
    """
    import pandas as pd

    told = counts[counts.groupby("question")["n"].transform("sum") > 0]
    parts = [
        _with_needs(rows[["unit", "question", "n"]], pooled_shares(rows["favourable"], rows["n"]))
        for _, rows in told.groupby("question", sort=False)
    ]
    return pd.concat(parts, ignore_index=True) if parts else _with_needs(told[["unit", "question", "n"]], None)


def _with_needs(rows: "pd.DataFrame", pooled: Pooled | None) -> "pd.DataFrame":
    columns = ("need", "need_low", "need_high", "county", "gap", "gap_low", "gap_high")
    if pooled is None:
        return rows.assign(**dict.fromkeys(columns, math.nan))
    gap = pooled.gap()
    county = 1 - pooled.typical.value
    values = (1 - pooled.mean, 1 - pooled.high, 1 - pooled.low, county, *gap.T)
    return rows.assign(**dict(zip(columns, values, strict=True)))


def stated_importance(named: Mapping[str, int], n: int) -> dict[str, Share]:
    """Give the importance that people stated: of `n` respondents, how many named each matter; with its interval."""
    return {matter: Share.of(count, n) for matter, count in named.items()}


def association(answers: "pd.DataFrame", outcome: str, items: Sequence[str]) -> dict[str, Share]:
    """Give the importance that nobody stated: how closely each item goes together with an outcome over the county.

    Parameters
    ----------
    answers : DataFrame
        Numbers, a higher one being better; NaN where missing or outside the denominator.
    outcome : str
    items : sequence of str

    Returns
    -------
    dict of item to Share
        Spearman's correlation with its 95 per cent interval; items of fewer than 10 pairs, or to which all gave one
        answer, are left out. One questionnaire at one moment inflates each of them: it "goes together with" the
        outcome and is not known to cause it.

    References
    ----------
    Bonett & Wright 2000, Psychometrika 65:23: the transformed correlation's standard error is
    sqrt((1 + r^2 / 2) / (n - 3)).
    """
    found = {}
    for item in items:
        pairs = answers[[item, outcome]].dropna()
        if len(pairs) < 10 or pairs.nunique().min() < 2:
            continue
        ranks = pairs.rank()
        r = float(ranks[item].corr(ranks[outcome]))
        inner = min(max(r, -1 + 1e-12), 1 - 1e-12)
        half = 1.959964 * math.sqrt((1 + r**2 / 2) / (len(pairs) - 3))
        found[item] = Share(r, math.tanh(math.atanh(inner) - half), math.tanh(math.atanh(inner) + half))
    return found


@dataclass(frozen=True, eq=False)
class Priorities:
    """A school's matters by need and importance.

    Attributes
    ----------
    points : DataFrame
        One row per question, the largest gap first: ``question, need, need_low, need_high, gap, importance,
        importance_low, importance_high, quadrant``.
    need_line, importance_line : float
        The county's medians, where the lines cross.
    plotted : bool
        Whether there are enough respondents for a plot.
    """

    points: "pd.DataFrame"
    need_line: float
    importance_line: float
    plotted: bool


def priorities(table: "pd.DataFrame", importance: Mapping[str, Share], unit: str, respondents: int) -> Priorities:
    """Order one unit's matters.

    Parameters
    ----------
    table : DataFrame
        Of `needs`, for the whole county, or what a release tells of it: ``unit, question, need, need_low, need_high,
        county, gap``.
    importance : mapping of question to Share
        Stated or by association, over the county or the unit.
    unit : str
    respondents : int

    Raises
    ------
    ValueError
        If the table has nothing of the unit that has an importance.
    """
    rated = table[table["question"].isin(list(importance))]
    own = rated[rated["unit"].eq(unit)].copy()
    if own.empty:
        raise ValueError("nothing is known of the unit")
    need_line = float(rated.drop_duplicates("question")["county"].median())
    importance_line = float(rated.drop_duplicates("question")["question"].map(lambda q: importance[q].value).median())
    for column, part in (("importance", "value"), ("importance_low", "low"), ("importance_high", "high")):
        own[column] = [getattr(importance[question], part) for question in own["question"]]
    plotted = respondents >= FEWEST_PLOTTED
    own["quadrant"] = [
        _quadrant(row, need_line, importance_line) if plotted else "untold" for row in own.to_dict("records")
    ]
    columns = ["question", "need", "need_low", "need_high", "gap"]
    columns += ["importance", "importance_low", "importance_high", "quadrant"]
    own = own.sort_values(["gap", "importance"], ascending=False, kind="stable")
    return Priorities(own[columns].reset_index(drop=True), need_line, importance_line, plotted)


def _quadrant(row: Mapping[Hashable, Any], need_line: float, importance_line: float) -> Quadrant:
    sides = []
    for name, line in (("need", need_line), ("importance", importance_line)):
        if row[f"{name}_low"] <= line <= row[f"{name}_high"]:
            return "untold"
        sides.append(row[name] > line)
    return _QUADRANTS[sides[0], sides[1]]
