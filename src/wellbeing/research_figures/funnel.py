"""The funnel plot of all schools around the county's share."""

from typing import Any

from wellbeing.figures.funnel import Funnel, Mark, Panel, draw
from wellbeing.flags.rule import judge_shares
from wellbeing.texts import say

#: Panels a row and points of height: all schools need more room than one.
_IN_A_ROW, _HEIGHT = 1, 302.4


class CountyFunnel(Funnel):
    """The funnel plot of all schools; not for distribution."""

    def svg(self) -> str:
        """Draw it larger than a report's."""
        return draw(self.panels, _IN_A_ROW, _HEIGHT)


def all_schools_funnel(label: str, cases: Any, n: Any, lang: str | None = None) -> CountyFunnel:
    """Plot every school's share of cases around the county's, with exact limits.

    Schools stand where their number of respondents puts them: nobody is named and nobody is ranked.

    Parameters
    ----------
    label : str
        What the cases are, as the plot's title.
    cases, n : array_like of int, shape (n_schools,)
        True counts: for the confidential and the working zone only. Schools without respondents are left out.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.

    Raises
    ------
    ValueError
        If the counts do not fit each other.
    """
    judged = judge_shares(cases, n)
    marks = tuple(
        Mark(int(size), float(count) / float(size), float(count) / float(size))
        for count, size in zip(list(cases), list(n), strict=True)
        if size > 0
    )
    reference = float(judged.reference[0]) if len(judged.reference) else float("nan")
    alt = say("flags.funnel_all_alt", lang, label=label, schools=len(marks))
    return CountyFunnel((Panel(label, reference, marks),), say("flags.funnel_all", lang), alt)
