"""At what shift of those who left does a conclusion change?

The scores that leavers did not give are taken to be what the fitted model expects of them, plus a shift. With nought
the estimate is the mixed model's own: filling gaps with their expectation given what was seen leaves generalised least
squares where it was. The estimate is linear in the shift, so nothing is drawn at random.

References
----------
Carpenter & Kenward 2013, Multiple Imputation and its Application, ch. 10: delta adjustment.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.models.design import design
from wellbeing.models.nested import MixedModel
from wellbeing.models.outcome import NotEstimated
from wellbeing.models.profiled import sum_up

if TYPE_CHECKING:
    import pandas as pd

#: Shifts in standard deviations of the first wave (statistics, section 6.4).
SHIFTS = (0.0, 0.2, 0.5)


@dataclass(frozen=True)
class Shifted:
    """What becomes of one coefficient when leavers fared worse than expected.

    Attributes
    ----------
    table : DataFrame
        A line per shift: ``shift`` in sds of the first wave, ``points``, ``estimate``, ``low``, ``high`` (95 %),
        ``concludes``: ``rise``, ``fall`` or ``none``.
    filled : int
        Scores that leavers did not give.
    slope : float
        By how much a shift of one point moves the estimate.
    tipping : float
        The smallest shift, in sds, of either sign from which the conclusion is another; NaN where no shift moves the
        estimate.
    """

    table: "pd.DataFrame"
    filled: int
    slope: float
    tipping: float


def shift_analysis(
    rows: "pd.DataFrame",
    model: MixedModel,
    outcome: str,
    wave: str,
    covariates: Sequence[str],
    person: str,
    school: str | None = None,
    coefficient: str | None = None,
    higher_is_worse: bool = True,
) -> Shifted | NotEstimated:
    """Shift the scores that leavers did not give, and follow one coefficient.

    Parameters
    ----------
    rows : DataFrame
        As given to `mixed_model`; leavers are the people without rows after some wave.
    model : MixedModel
        Of ``outcome ~ wave + covariates``.
    coefficient : str, optional
        The wave's by default.
    higher_is_worse : bool
        Which way "worse" is.
    """
    import pandas as pd

    name = coefficient or wave
    if name not in model.fixed.index:
        return NotEstimated("one_wave")
    groupings = [column for column in (school, person) if column]
    needed = [outcome, wave, *covariates, *groupings]
    seen = rows.dropna(subset=list(dict.fromkeys(needed))).sort_values(wave, kind="stable")
    steps = sorted(seen[wave].unique())
    last = seen.groupby(groupings, sort=True).tail(1)
    filled = [last.loc[last[wave] < step].assign(**{wave: step}) for step in steps[1:]]
    gaps = pd.concat(filled) if filled else last.iloc[:0]
    if gaps.empty:
        return NotEstimated("nobody_left")
    marked = pd.concat([seen.assign(_gap=0.0), gaps.assign(_gap=1.0)])
    laid = design(marked, "_gap", [wave, *covariates], groupings)
    if isinstance(laid, NotEstimated):
        return laid
    sums = sum_up(laid, school is not None, True)
    if isinstance(sums, NotEstimated):
        return sums
    state = sums.solve(model.var_person / model.var_resid, model.var_school / model.var_resid if school else 0.0)
    slope = float((sums.first + sums.back @ state.coefficients)[laid.names.index(name)])
    spread = float(seen.loc[seen[wave] == steps[0], outcome].std(ddof=1))
    row: dict[str, float] = model.fixed.T.to_dict()[name]
    estimate, half = row["estimate"], (row["high"] - row["low"]) / 2
    toward = 1 if higher_is_worse else -1
    lines = []
    for shift in SHIFTS:
        points = toward * shift * spread
        moved = estimate + slope * points
        lines.append(
            {
                "shift": shift,
                "points": points,
                "estimate": moved,
                "low": moved - half,
                "high": moved + half,
                "concludes": _verdict(moved, half),
            }
        )
    return Shifted(pd.DataFrame(lines), len(gaps), slope, _tipping(estimate, half, slope * toward * spread))


def _verdict(estimate: float, half: float) -> str:
    return "rise" if estimate > half else "fall" if estimate < -half else "none"


def _tipping(estimate: float, half: float, per_sd: float) -> float:
    """Give the shift of least size at which an end of the interval reaches nought."""
    if abs(per_sd) < 1e-12:
        return math.nan
    return min(((end - estimate) / per_sd for end in (-half, half)), key=abs)
