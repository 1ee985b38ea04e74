"""Whether answers move over the waves: tests where there are enough of them, else a difference with its interval."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.models.ordinal import OrdinalModel, ordinal_model
from wellbeing.models.outcome import NotEstimated
from wellbeing.opinion_statistics.differences import Difference, Share, difference

if TYPE_CHECKING:
    import pandas as pd

#: Waves from which a trend is tested, or one fewer if each has so many answers.
WAVES, EACH = 4, 100


@dataclass(frozen=True)
class TrendTest:
    """A test of a trend: its chi-square of one degree of freedom, `p`, and the correlation or slope behind it."""

    statistic: float
    p: float
    effect: float


@dataclass(frozen=True, eq=False)
class Trend:
    """What several waves tell of one question.

    Attributes
    ----------
    waves : DataFrame, index of waves
        ``n`` inside the denominator, ``favourable`` (a share) with ``low`` and ``high``.
    change : Difference
        Of the last wave from the one before.
    odds : OrdinalModel or NotEstimated or None
        Proportional odds of a more favourable answer per wave, standard errors by school.
    armitage : TrendTest or None
        Of the favourable share.
    linear : TrendTest or None
        Of the raw answer by wave. The three are None where the waves are too few for a test.
    """

    waves: "pd.DataFrame"
    change: Difference
    odds: OrdinalModel | NotEstimated | None
    armitage: TrendTest | None
    linear: TrendTest | None


def cochran_armitage(cases: Any, n: Any, scores: Any) -> TrendTest:
    """Test whether shares rise or fall in a straight line.

    Parameters
    ----------
    cases, n, scores : array_like, shape (n_waves,)

    Returns
    -------
    TrendTest
        ``effect`` is the slope of the share per unit of score.

    Raises
    ------
    ValueError
        If nobody or everybody is a case, or all scores are one: there is nothing to test.

    References
    ----------
    Armitage 1955, Biometrics 11:375; R ``prop.trend.test``.
    """
    import numpy as np

    y, size, x = (np.asarray(values, dtype=np.float64) for values in (cases, n, scores))
    total, share = size.sum(), y.sum() / size.sum()
    x = x - size @ x / total
    spread = float(size @ x**2)
    if not 0 < share < 1 or not spread > 0:
        raise ValueError("a trend needs cases and others, in several waves")
    together = float(x @ y)
    statistic = together**2 / (share * (1 - share) * spread)
    return TrendTest(statistic, _upper(statistic), together / spread)


def linear_by_linear(x: Any, y: Any) -> TrendTest:
    """Test whether two ordered columns go together in a straight line: (n - 1) r^2.

    Raises
    ------
    ValueError
        If one of them does not vary.

    References
    ----------
    Agresti 2002, Categorical Data Analysis, section 3.4 (Mantel's test).
    """
    import numpy as np

    one, other = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if len(one) < 2 or not np.ptp(one) > 0 or not np.ptp(other) > 0:
        raise ValueError("a trend needs two columns that vary")
    r = float(np.corrcoef(one, other)[0, 1])
    statistic = (len(one) - 1) * r**2
    return TrendTest(statistic, _upper(statistic), r)


def trend(
    answers: "pd.DataFrame", item: str, favourable: Collection[float], wave: str = "wave", school: str = "school_id"
) -> Trend | NotEstimated:
    """Tell how answers to one question move over the county's waves.

    Waves in which an item was another question are not to be given (`wellbeing.surveys.digests.untold_trends`). Figures
    of fewer than 50 people a wave are not for anything handed out (rule R14).

    Parameters
    ----------
    answers : DataFrame
        Columns `item` (numbers, a higher one more favourable; NaN where missing or outside the denominator), `wave`
        (numbers) and `school`.
    item : str
    favourable : collection of numbers
    wave, school : str

    References
    ----------
    The kit's notes on statistics, section 7.3.
    """
    import pandas as pd

    known = answers[[item, wave, school]].dropna()
    good = known[item].isin(list(favourable))
    grouped = good.groupby(known[wave])
    counts = pd.DataFrame({"cases": grouped.sum(), "n": grouped.size()})
    if len(counts) < 2:
        return NotEstimated("one_wave")
    shares = [Share.of(int(cases), int(n)) for cases, n in zip(counts["cases"], counts["n"], strict=True)]
    waves = pd.DataFrame(
        {
            "n": counts["n"],
            "favourable": [share.value for share in shares],
            "low": [share.low for share in shares],
            "high": [share.high for share in shares],
        }
    )
    change = difference(shares[-1], shares[-2])
    if len(counts) < WAVES and not (len(counts) == WAVES - 1 and int(counts["n"].min()) >= EACH):
        return Trend(waves, change, None, None, None)
    odds = ordinal_model(known, item, [wave], school)
    armitage = linear = None
    if 0 < counts["cases"].sum() < counts["n"].sum():
        armitage = cochran_armitage(counts["cases"], counts["n"], counts.index)
    if known[item].min() < known[item].max():
        linear = linear_by_linear(known[wave], known[item])
    return Trend(waves, change, odds, armitage, linear)


def _upper(statistic: float) -> float:
    from scipy.special import chdtrc

    return float(chdtrc(1, statistic))
