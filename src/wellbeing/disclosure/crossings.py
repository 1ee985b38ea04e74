"""Which subgroups are not told although each is large enough, because two questions together would tell more (R6)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from wellbeing.aggregates import UNKNOWN, Aggregates
from wellbeing.disclosure.plan import ALL, COUNTY, Plan
from wellbeing.disclosure.propagate import Key
from wellbeing.surveys import Policy


def untold(
    aggregates: Aggregates, plan: Plan, policy: Policy, before: Mapping[str, str] | None = None
) -> frozenset[Key]:
    """Find the subgroups that are not told although each is large enough, because of two questions together (R6).

    In a school or a group of schools one question is told, the one with the most answers that are large enough.
    Two may be crossed by whoever knows the staff: four women at most, four men at most, and five class teachers at
    least leave one to four women. For the county, groups of two questions must differ by as many people as a
    subgroup needs, or by nobody; of two questions with groups that are nearly the same the later one is not told.
    All this hangs on numbers of people only, which colleagues know.

    Parameters
    ----------
    aggregates : Aggregates
    plan : Plan
    policy : Policy
    before : mapping of str to str, optional
        The question that a unit was told by in an earlier wave. It stays: two waves with two questions could be crossed
        by whoever holds everybody for unchanged.
    """
    kept: set[Key] = set()
    columns = ["one", "other", "n_one", "n_other", "n_both"]
    own = {str(unit): pairs[columns] for unit, pairs in aggregates.overlaps.groupby("unit", sort=False)}
    wanted: dict[str, dict[Key, str]] = {}
    for key in plan.wanted:
        wanted.setdefault(key[0], {}).update({key: _question(key[1])} if key[1] != ALL else {})
    for unit, questions in wanted.items():
        held = [own[member] for member in plan.holds[unit] if member in own]
        if not questions or not held:
            continue
        people = int(aggregates.respondents.reindex(plan.holds[unit], fill_value=0).sum())
        pairs = held[0] if len(held) == 1 else pd.concat(held).groupby(["one", "other"], sort=False).sum().reset_index()
        if unit == COUNTY:
            later = {_question(other) for other in _near(pairs, people, policy.subgroup_min)}
        else:
            told = (before or {}).get(unit) or _largest_question(pairs, people, policy.subgroup_min)
            later = set(questions.values()) - {told}
        kept |= {key for key, question in questions.items() if question in later}
    return frozenset(kept)


def _near(pairs: pd.DataFrame, people: int, least: int) -> set[str]:
    """Find the groups that are nearly one of an earlier question's, or nearly the rest beside one."""
    found = set()
    for other, n_one, n_other, n_both in pairs[["other", "n_one", "n_other", "n_both"]].itertuples(index=False):
        told = min(n_one, n_other, people - n_one, people - n_other) >= least
        # Of two questions with two answers each, the one's group and the other's rest may be the near ones.
        same, crossed = n_one + n_other - 2 * n_both, people - n_one - n_other + 2 * n_both
        if told and (0 < same < least or 0 < crossed < least):
            found.add(str(other))
    return found


def _largest_question(pairs: pd.DataFrame, people: int, least: int) -> str:
    """Give the question of which most groups are large enough, the survey's first one of several."""
    sizes = dict(zip(pairs["one"], pairs["n_one"], strict=True)) | dict(
        zip(pairs["other"], pairs["n_other"], strict=True)
    )
    tellable: dict[str, int] = {}
    for group, n in sizes.items():
        enough = not group.endswith(f"={UNKNOWN}") and min(n, people - n) >= least
        tellable[_question(group)] = tellable.get(_question(group), 0) + enough
    return max(tellable, key=lambda question: tellable[question], default="")


def _question(group: str) -> str:
    return group.partition("=")[0]


def together(aggregates: Aggregates, units: Sequence[str]) -> dict[tuple[str, str], int]:
    """Give how many people in some units are in two groups of different questions."""
    inside = aggregates.overlaps[aggregates.overlaps["unit"].isin(units)]
    both: dict[tuple[str, str], int] = {}
    for one, other, n in zip(inside["one"], inside["other"], inside["n_both"], strict=True):
        both[one, other] = both.get((one, other), 0) + int(n)
    return both
