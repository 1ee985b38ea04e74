"""All schools' states for the county's counselling lead, from true figures: confidential, never printed."""

from math import sqrt
from typing import TYPE_CHECKING, Any

from wellbeing.flags.criteria import never_below
from wellbeing.flags.printed import CountyFlags
from wellbeing.flags.rule import Judgement, judge_means, judge_shares

if TYPE_CHECKING:
    import pandas as pd


def lead_flags(
    figures: "pd.DataFrame",
    measures: "pd.DataFrame",
    units: "pd.DataFrame",
    last_figures: "pd.DataFrame | None" = None,
    last_measures: "pd.DataFrame | None" = None,
    printed: CountyFlags | None = None,
) -> "pd.DataFrame":
    """Give every unit's state in every measure, from counts and means.

    Parameters
    ----------
    figures : DataFrame
        True figures, one row per unit, group and measure: ``unit``, ``group``, ``measure``, ``n``, ``cases``,
        ``total``, ``squares``.
    measures : DataFrame
        One row per measure, as in a release: ``measure``, ``use``, ``scale``, ``higher_is``, ``digest`` at least.
    units : DataFrame
        ``unit`` and ``kind``.
    last_figures, last_measures : DataFrame, optional
        The last wave's. A measure whose definition had another digest, and a unit that was not there, go without.
    printed : CountyFlags, optional
        What is printed of the same wave; nobody is shown less here.

    Returns
    -------
    DataFrame
        One row per unit and measure, in their order, never by severity: ``unit``, ``measure``, ``state`` (what is
        shown), ``full`` (by the true figures), ``printed`` (empty where nothing is), ``by`` (``mean`` or ``share``),
        ``probability``.
    """
    import pandas as pd

    kinds = [str(kind) for kind in units["kind"]]
    order = list(units["unit"])
    told = {(flag.unit, flag.measure): flag.state for flag in printed.flags} if printed else {}
    pieces = []
    for facts in measures[measures["use"].eq("attention")].to_dict("records"):
        measure = facts["measure"]
        now = _of(figures, measure, order)
        last = None
        if last_figures is not None and last_measures is not None and _same(facts, last_measures):
            last = _of(last_figures, measure, order)
        judged, by = _judge(now, last, str(facts["higher_is"]), kinds)
        shown = [told.get((unit, measure), "") for unit in order]
        pieces.append(
            pd.DataFrame(
                {
                    "unit": order,
                    "measure": measure,
                    "state": never_below(judged.states, shown),
                    "full": judged.states,
                    "printed": shown,
                    "by": by,
                    "probability": judged.probability,
                }
            )
        )
    columns = ["unit", "measure", "state", "full", "printed", "by", "probability"]
    return pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame(columns=columns)


def _of(figures: "pd.DataFrame", measure: str, order: list[str]) -> "pd.DataFrame":
    """Give one row per unit, noughts where a unit has none."""
    rows = figures[figures["group"].eq("all") & figures["measure"].eq(measure)].set_index("unit")
    return rows[["n", "cases", "total", "squares"]].reindex(order, fill_value=0).astype(float)


def _same(facts: dict[Any, Any], last_measures: "pd.DataFrame") -> bool:
    known = last_measures[last_measures["measure"].eq(facts["measure"])]
    return not known.empty and str(known["digest"].iloc[0]) == str(facts["digest"])


def _judge(now: "pd.DataFrame", last: "pd.DataFrame | None", higher_is: str, kinds: list[str]) -> tuple[Judgement, str]:
    """Judge by the mean where people differ in it, else by the share."""
    sd = _sd(now)
    before = (None, None) if last is None else (last["cases"].to_numpy(), last["n"].to_numpy())
    if not sd:
        return judge_shares(now["cases"].to_numpy(), now["n"].to_numpy(), *before, kinds=kinds), "share"
    earlier = None if last is None or not _sd(last) else last
    judged = judge_means(
        (now["total"] / now["n"]).to_numpy(),
        now["n"].to_numpy(),
        sd,
        None if earlier is None else (earlier["total"] / earlier["n"]).to_numpy(),
        None if earlier is None else earlier["n"].to_numpy(),
        None if earlier is None else _sd(earlier),
        higher_is=higher_is,
        kinds=kinds,
    )
    return judged, "mean"


def _sd(figures: "pd.DataFrame") -> float:
    """Give the county's sd of the score; 0 where nobody differs."""
    n, total, squares = (float(figures[column].sum()) for column in ("n", "total", "squares"))
    variance = (squares - total**2 / n) / (n - 1) if n > 1 else 0.0
    # What rounding leaves of sums of squares is not a difference.
    return sqrt(variance) if variance > 1e-9 * max(squares, 1.0) / max(n, 1.0) else 0.0
