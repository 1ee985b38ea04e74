"""Which results of a school deserve attention: told from released figures alone, never from a count (rule R8).

What stands here is a first, careful rule; the full one (a posterior for each school over two waves, four states, known
rates of false flags) takes this function's place. The place for it in the report is ready.
"""

from math import sqrt
from typing import TYPE_CHECKING

from wellbeing.disclosure.release import Release
from wellbeing.figures.released import Figures, Opened, open_release
from wellbeing.texts import current_language

if TYPE_CHECKING:
    import pandas as pd

#: A difference smaller than this much of the comparison's sd, or than these points of share, is not worth acting on.
_MARGIN_SD, _MARGIN_SHARE = 0.2, 0.05
#: Standard errors that luck passes once in a thousand (one-sided), the alarm line of a funnel plot.
_ALARM = 3.09


def deserves_attention(release: Release | Opened, unit: str) -> "pd.DataFrame":
    """List a unit's measures that stand out from its comparison on the side of more strain.

    By the mean: the whole interval lies beyond the whole interval of the comparison (the unit's ``compare`` unit,
    the county where that one has no figure) by more than ``max(0.2 sd, 3.09 sd / sqrt(n))``, sd the comparison's. Where
    these means or the sd are not released, by the share: the whole range lies above the whole range of the
    comparison by more than ``max(5 points, 3.09 binomial standard errors)``. Both compare the ends that lie nearest
    to each other, so that whatever the classes leave open counts against a mark.

    Parameters
    ----------
    release : Release
    unit : str
        A school or a group.

    Returns
    -------
    DataFrame, columns ``measure``, ``why`` and ``against``
        ``why``: ``mean`` or ``share`` where the measure stands out, ``cannot_tell`` where nothing can be compared.
        ``against``: the unit that it was compared with, empty where none.
        Measures that do not stand out have no row; that is no sign that nobody needs help.

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.

    References
    ----------
    Margin of 0.2 sd, 5 points and the alarm line at one in a thousand: the kit's notes on statistics, section 4.2.
    """
    import pandas as pd

    opened = open_release(release)
    row = opened.reporting(unit)
    own = opened.figures(unit)
    # The county comes second, for what its kind and size band does not tell.
    others = [opened.figures(other) for other in dict.fromkeys([row["compare"], "county"])]
    found = []
    for measure, facts in opened.measures("attention", current_language()).items():
        for why, verdict in (
            ("mean", _by_mean(own, others, measure, facts["higher_is"] == "better")),
            ("share", _by_share(own, others, measure)),
        ):
            if verdict is not None:
                stands_out, against = verdict
                if stands_out:
                    found.append((measure, why, against))
                break
        else:
            found.append((measure, "cannot_tell", ""))
    return pd.DataFrame(found, columns=["measure", "why", "against"])


def _by_mean(own: Figures, others: list[Figures], measure: str, better: bool) -> tuple[bool, str] | None:
    """Say whether the mean stands out, and from which unit; None where it cannot be told."""
    mean = own.mean(measure)
    for other in others:
        theirs, sd = other.mean(measure), other.sd(measure)
        if mean is None or theirs is None or sd is None:
            continue
        beyond = theirs[0] - mean[1] if better else mean[0] - theirs[1]
        return beyond > max(_MARGIN_SD * sd, _ALARM * sd / sqrt(own.respondents)), str(other.unit["unit"])
    return None


def _by_share(own: Figures, others: list[Figures], measure: str) -> tuple[bool, str] | None:
    """Say whether the share stands out, and from which unit; None where it cannot be told."""
    share = own.share(measure)
    for other in others:
        theirs = other.share(measure)
        if share is None or theirs is None:
            continue
        # The standard error is largest at a half; of the shares that stay possible take the one nearest to it.
        reference = min(max(theirs[0], 0.5), theirs[1])
        error = sqrt(reference * (1 - reference) / own.respondents)
        return share[0] - theirs[1] > max(_MARGIN_SHARE, _ALARM * error), str(other.unit["unit"])
    return None
