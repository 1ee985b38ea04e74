"""The county's weighted shares, told without saying more than the release: a range that the released classes leave.

A weighted share is one more equation about everybody's answers, finer than any class. So what is told of it is worked
out from the classes: the least and the greatest that it can be with every answer that the county's figures, of all and
of each sex, age and role, still allow. Only the weights come from persons, and those say who took part and not what
they said.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor, sqrt
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.classes import about
from wellbeing.disclosure.release import Release
from wellbeing.errors import UsageError
from wellbeing.opinion_statistics.raking import CountyWeights, county_weights
from wellbeing.opinion_statistics.weighted_told import (
    NO_MARGINS,
    NONE_USABLE,
    NOT_RAKED,
    WEIGHTED,
    WeightedShare,
    Weighting,
)

if TYPE_CHECKING:
    import pandas as pd

    from wellbeing.opinion_statistics.raking import Margins

#: Ranges are rounded outwards to one of these steps, the first that holds a class of people.
_STEPS = (0.01, 0.02, 0.05, 0.1)


@dataclass(frozen=True)
class _Class:
    """A figure's class: the counts of the smaller side, and which it is."""

    low: float
    high: float
    side: str

    def cases(self, n: int) -> tuple[float, float]:
        """Give the fewest and the most cases among `n` people."""
        if self.side == "few":
            return self.low, min(self.high, n)
        if self.side == "many":
            return n - self.high, n - self.low
        return self.low, n - self.low


def weighted_shares(
    release: Release, columns: "pd.DataFrame", levels: "pd.DataFrame", margins: "Margins"
) -> tuple[Weighting, tuple[WeightedShare, ...]]:
    """Give the range of every question's weighted share of the county.

    Parameters
    ----------
    release : Release
        Of the opinion survey; of it the county's figures, of all and by background.
    columns : DataFrame, one row per respondent who agrees to statistics
        A column for each measure: 1 who is a case, 0 who is not, NaN who is in neither.
    levels : DataFrame, index of `columns`
        Backgrounds, as `wellbeing.opinion_statistics.raking.county_weights` wants them.
    margins : mapping of column to (mapping of level to count)
        Of `wellbeing.opinion_statistics.margins.read_margins`; empty where the county gives none.

    References
    ----------
    The kit's notes on statistics, section 5.3; privacy rules R5, R13, R14.
    """
    if not margins:
        return Weighting(NO_MARGINS), ()
    try:
        found = county_weights(levels, margins)
    except UsageError:
        # Who answered cannot be brought to who is there; half-raked weights are none, and the report says so.
        return Weighting(NOT_RAKED, (), tuple(margins)), ()
    if found.raked is None:
        return Weighting(NONE_USABLE, (), found.unused), ()
    told = _classes(release)
    uses = release.measures.loc[release.measures["use"].eq("favourable"), "measure"].astype(str)
    patterns = _patterns(levels, found)
    shares = tuple(_share(measure, told, columns[measure], patterns) for measure in uses)
    raked = found.raked
    weighting = Weighting(
        WEIGHTED, raked.margins, found.unused, round(raked.design_effect, 2), about(round(raked.effective))
    )
    return weighting, shares


@dataclass(frozen=True, eq=False)
class _Patterns:
    """What of their backgrounds people have in common: the groups of each pattern, its weight, and who has it."""

    groups: tuple[frozenset[str], ...]
    weights: tuple[float, ...]
    of: "pd.Series"


def _patterns(levels: "pd.DataFrame", found: CountyWeights) -> _Patterns:
    """Sort the respondents by the backgrounds that were raked to; who left one out has no weight."""
    import pandas as pd

    raked = found.raked
    if raked is None:
        raise ValueError("there are no weights")
    own = levels[list(raked.margins)]
    keys = [tuple(f"{name}={row[name]}" for name in raked.margins if row[name] == row[name] and row[name] is not None)
            for row in own.to_dict("records")]  # fmt: skip
    # Raked from equal weights: who has the same background has the same weight.
    weight: dict[tuple[str, ...], float] = {}
    for key, value in zip(keys, raked.weights.reindex(own.index), strict=True):
        weight[key] = 0.0 if value != value else float(value)
    places = {key: place for place, key in enumerate(weight)}
    return _Patterns(
        tuple(frozenset(key) for key in weight),
        tuple(weight.values()),
        pd.Series([places[key] for key in keys], index=own.index),
    )


def _classes(release: Release) -> dict[tuple[str, str], _Class]:
    cells = release.cells
    county = release.units.loc[release.units["level"].eq("county"), "unit"]
    told = cells[cells["unit"].isin(county) & cells["side"].isin(["few", "many", "untold"])]
    columns = told[["group", "measure", "low", "high", "side"]].itertuples(index=False, name=None)
    return {(str(group), str(measure)): _Class(low, high, str(side)) for group, measure, low, high, side in columns}


def _share(
    measure: str, told: Mapping[tuple[str, str], _Class], column: "pd.Series", patterns: _Patterns
) -> WeightedShare:
    """Give the least and the greatest weighted share that the released classes allow."""
    inside = column.notna()
    people = Counter(patterns.of[inside].tolist())
    n = int(inside.sum())
    whole = told.get(("all", measure))
    weight = sum(patterns.weights[place] * count for place, count in people.items())
    if whole is None or not weight:
        return WeightedShare(measure)
    ends = _ends(measure, told, people, patterns)
    if ends is None:
        return WeightedShare(measure)
    step = next((step for step in _STEPS if step * n >= 5), _STEPS[-1])
    low, high = (max(floor(ends[0] / weight / step + 1e-9), 0) * step, ceil(ends[1] / weight / step - 1e-9) * step)
    fewest, most = (cases / n for cases in whole.cases(n))
    middle = (fewest + most) / 2
    apart = max(low - most, fewest - high)
    return WeightedShare(measure, round(low, 2), round(min(high, 1.0), 2), apart > sqrt(middle * (1 - middle) / n))


def _ends(
    measure: str, told: Mapping[tuple[str, str], _Class], people: Counter[int], patterns: _Patterns
) -> tuple[float, float] | None:
    """Give the least and the greatest weighted number of cases: a linear programme over the patterns."""
    import numpy as np
    from scipy.optimize import linprog

    rows, limits = [], []
    for groups, ends in _limits(measure, told, people, patterns):
        rows += [groups, -groups]
        limits += [ends[1], -ends[0]]
    places = sorted(people)
    costs = np.array([patterns.weights[place] for place in places])
    found: list[float] = []
    for way in (1.0, -1.0):
        solved: Any = linprog(way * costs, np.array(rows), np.array(limits), bounds=[(0, people[p]) for p in places])
        if solved.status != 0:
            return None
        found.append(way * float(solved.fun))
    return found[0], found[1]


def _limits(
    measure: str, told: Mapping[tuple[str, str], _Class], people: Counter[int], patterns: _Patterns
) -> "Iterator[tuple[Any, tuple[float, float]]]":
    """Give, of everybody and of each group that is told, which patterns it has and its fewest and most cases."""
    import numpy as np

    places = sorted(people)
    for (group, of), figure in told.items():
        if of != measure:
            continue
        has = np.array([group == "all" or group in patterns.groups[place] for place in places], dtype=np.float64)
        n = sum(people[place] for place, one in zip(places, has, strict=True) if one)
        if n:
            yield has, figure.cases(n)
