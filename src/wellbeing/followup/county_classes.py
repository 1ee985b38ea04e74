"""What the county may know of the follow-up: classes of counts and of times, of all schools together, nobody's row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from wellbeing.followup.entries import STATES, Case

#: Below so many people on all lists together nothing is told (the number of rule R1 for clinical surveys).
FEWEST = 20

#: Days from the answers to the first contact: the last day of each class; what took longer is a class of its own.
DAYS = (0, 2, 7, 14)


@dataclass(frozen=True)
class CountClass:
    """A count told as a class: `low` to `high` people; both None where it is withheld."""

    what: str
    low: int | None
    high: int | None


def county_classes(cases: Sequence[Case], width: int) -> tuple[CountClass, ...]:
    """Count a wave's cases by state and by days to the first contact, and tell classes only.

    Parameters
    ----------
    cases : sequence of Case
        Of every school of the county.
    width : int
        Counts in a class, as in the survey's policy (rule R5).

    Returns
    -------
    tuple of CountClass
        ``listed``; ``state_<state>`` for each state; ``within_<days>`` for each class of days to the first contact,
        ``later`` and ``not_yet``. Always all of them, in this order.
    """
    counts = {"listed": len(cases)}
    counts |= {f"state_{state}": sum(case.state == state for case in cases) for state in STATES}
    waited = [_days(case) for case in cases]
    before = -1
    for last in DAYS:
        counts[f"within_{last}"] = sum(days is not None and before < days <= last for days in waited)
        before = last
    counts["later"] = sum(days is not None and days > DAYS[-1] for days in waited)
    counts["not_yet"] = sum(days is None for days in waited)
    if len(cases) < FEWEST:
        return tuple(CountClass(what, None, None) for what in counts)
    return tuple(CountClass(what, n // width * width, n // width * width + width - 1) for what, n in counts.items())


def _days(case: Case) -> int | None:
    if not case.first_contact:
        return None
    return max((date.fromisoformat(case.first_contact) - date.fromisoformat(case.entry.day)).days, 0)
