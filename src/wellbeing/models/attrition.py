"""Who left between waves: how many, who, and by how much that could change the result.

The mixed model on all rows is the main analysis: it holds where leaving depends on what was seen. Weights and shifts
are sensitivity analyses (statistics, section 6.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from wellbeing.effect_sizes import TwoGroups, two_groups
from wellbeing.errors import UsageError
from wellbeing.models.logistic import LogisticModel, logistic_model
from wellbeing.models.outcome import NotEstimated
from wellbeing.proportions import wilson

if TYPE_CHECKING:
    import pandas as pd


def retention(rows: "pd.DataFrame", wave: str, person: str, school: str | None = None) -> "pd.DataFrame":
    """Count who was seen again.

    Parameters
    ----------
    rows : DataFrame
        One row per person and wave.
    wave, person : str
    school : str, optional
        Then one line per school and pair of waves, a person counting in the school of the earlier wave.

    Returns
    -------
    DataFrame
        One line per wave but the last: ``wave``, ``next``, ``seen``, ``again`` (in the next wave, anywhere), ``share``
        with the Wilson interval ``low`` and ``high``, and ``came``: in the next wave and not in this one. By school
        without ``came``.

    Raises
    ------
    UsageError
        If a column is not there, or somebody stands twice in one wave.
    """
    import pandas as pd

    _check(rows, wave, person, school)
    steps = sorted(rows[wave].dropna().unique())
    lines = []
    for now, after in pairwise(steps):
        here = rows[rows[wave] == now].dropna(subset=[person])
        later = set(rows.loc[rows[wave] == after, person].dropna())
        again = here[person].isin(later)
        for label, members in here.groupby(school, sort=True) if school else [("", here)]:
            seen, stayed = len(members), int(again.loc[members.index].sum())
            low, high = wilson(stayed, seen)
            line = {"wave": now, "next": after, "seen": seen, "again": stayed, "share": stayed / seen}
            line |= {"low": low, "high": high}
            lines.append(line | ({"school": label} if school else {"came": len(later - set(here[person]))}))
    return pd.DataFrame(lines)


def leaving_rows(rows: "pd.DataFrame", wave: str, person: str) -> "pd.DataFrame":
    """Give the rows of every wave but the last with ``lost``: whether the person is absent from the next wave."""
    import pandas as pd

    _check(rows, wave, person, None)
    steps = sorted(rows[wave].dropna().unique())
    parts = []
    for now, after in pairwise(steps):
        here = rows[rows[wave] == now].dropna(subset=[person])
        parts.append(here.assign(lost=~here[person].isin(rows.loc[rows[wave] == after, person])))
    return pd.concat(parts) if parts else rows.iloc[:0].assign(lost=False)


def leaving_model(
    rows: "pd.DataFrame", outcome: str, wave: str, person: str, covariates: Sequence[str] = ()
) -> LogisticModel | NotEstimated:
    """Model who leaves, by the last score and covariates; where there are three waves or more, by the wave too.

    Raises
    ------
    UsageError
        If a column is not there, or somebody stands twice in one wave.
    """
    at_risk = leaving_rows(rows, wave, person)
    if not at_risk["lost"].any() or at_risk["lost"].all():
        return NotEstimated("nobody_left")
    between = [wave] if len(at_risk[wave].unique()) > 1 else []
    # The wave as a factor: leaving need not rise evenly.
    named = at_risk[wave].map(lambda step: f"{step:g}" if isinstance(step, int | float) else str(step))
    return logistic_model(at_risk.assign(**{wave: named}), "lost", [outcome, *covariates, *between])


def leavers_against_stayers(rows: "pd.DataFrame", outcome: str, wave: str, person: str) -> TwoGroups | NotEstimated:
    """Compare the last scores of leavers with those of stayers: difference in points, and Hedges' g of leavers over."""
    at_risk = leaving_rows(rows, wave, person)
    known = at_risk.dropna(subset=[outcome])
    return two_groups(known.loc[known["lost"], outcome], known.loc[~known["lost"], outcome])


@dataclass(frozen=True)
class Weights:
    """Weights for who was still there.

    Attributes
    ----------
    weights : Series, index of the rows
        1 at a person's first wave; NaN from the first gap on, since who leaves and returns fits no chain of leaving,
        and where a covariate is missing.
    largest, effective : float
        The largest weight, and the effective number of rows (Kish).
    trimmed : int
        Rows whose weight was cut to the 1st or 99th percentile.
    returned : int
        Rows left out because they follow a gap.
    """

    weights: "pd.Series"
    largest: float
    effective: float
    trimmed: int
    returned: int


def staying_weights(
    rows: "pd.DataFrame",
    outcome: str,
    wave: str,
    person: str,
    covariates: Sequence[str] = (),
    school: str | None = None,
) -> Weights | NotEstimated:
    """Weigh who stayed by one over the chance of staying, stabilised by the wave's overall share.

    Parameters
    ----------
    rows : DataFrame
    outcome, wave, person : str
    covariates : sequence of str
    school : str, optional
        Then schools differ in leaving, as normal effects on the log odds: school effects belong into the model of who
        is missing.

    References
    ----------
    Robins, Rotnitzky & Zhao 1995, J Am Stat Assoc 90:106; Zinn & Gnambs 2018, on school effects.
    """
    import numpy as np
    import pandas as pd

    at_risk = leaving_rows(rows, wave, person)
    model = leaving_model(rows, outcome, wave, person, covariates)
    if isinstance(model, NotEstimated):
        return model
    used = at_risk.iloc[model.used]
    lost = model.chances
    if school:
        from wellbeing.models.school_effects import chances_with_schools

        found = chances_with_schools(used, model, school)
        if isinstance(found, NotEstimated):
            return found
        lost = found
    overall = used.groupby(wave)["lost"].transform("mean").to_numpy()
    chance = pd.DataFrame(
        {"person": used[person].to_numpy(), "wave": used[wave].to_numpy(), "ratio": (1 - overall) / (1 - lost)}
    ).set_index(["person", "wave"])["ratio"]
    steps = sorted(rows[wave].dropna().unique())
    weights = pd.Series(np.nan, index=rows.index, name="weight")
    first = rows.groupby(person)[wave].transform("min")
    returned = 0
    for (code, began), own in rows.assign(began=first).groupby([person, "began"], sort=False):
        at = dict(zip(own[wave], own.index, strict=True))
        current, broken = 1.0, False
        for place, step in enumerate(steps[steps.index(began) :]):
            before = steps[steps.index(began) + place - 1] if place else None
            if step not in at:
                broken = True
                continue
            if broken:
                returned += 1
                continue
            if before is not None:
                current *= float(chance.get((code, before), np.nan))
            weights[at[step]] = current
    low, high = np.nanpercentile(weights, [1, 99])
    trimmed = int(((weights < low) | (weights > high)).sum())
    weights = weights.clip(low, high)
    known = weights.dropna()
    return Weights(weights, float(known.max()), float(known.sum() ** 2 / (known**2).sum()), trimmed, returned)


def _check(rows: "pd.DataFrame", wave: str, person: str, school: str | None) -> None:
    for column in (wave, person, *([school] if school else [])):
        if column not in rows.columns:
            raise UsageError("research_no_column", column=column)
    if twice := int(rows.dropna(subset=[wave, person]).duplicated([wave, person]).sum()):
        raise UsageError("research_twice", rows=twice)
