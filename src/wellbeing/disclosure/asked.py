"""How many people a question can have been asked of, by what is told of the question that it hangs on (R5, R15).

Whoever had no talk is not asked how it went. That the second question is told at all, and in how many classes, says
something of how many had a talk; so it is told only as finely as what is told of the first one says already.
"""

from collections.abc import Mapping

from wellbeing.aggregates import Aggregates
from wellbeing.disclosure.coarsen import Desk
from wellbeing.disclosure.plan import ALL
from wellbeing.disclosure.propagate import Key
from wellbeing.surveys import SUBGROUPS, Question, Survey


def reached(survey: Survey, question: str, aggregates: Aggregates) -> Mapping[Key, int]:
    """Give of each unit and group the respondents whom a question can reach: of one for women, the women.

    Whoever knows who took part knows how many of them are women, so these are the people of whom some may say that it
    does not concern them.
    """
    people = aggregates.people
    conditions = survey.routing.get(question, ())
    if len(conditions) != 1 or len(conditions[0].columns) != 1 or conditions[0].columns[0] not in SUBGROUPS:
        return people
    (column,) = conditions[0].columns
    asked = frozenset(f"{column}={code}" for code in conditions[0].codes)
    found = {key: n if key[1] in asked else 0 for key, n in people.items() if key[1].partition("=")[0] == column}
    for unit, group in people:
        if group == ALL:
            found[unit, group] = sum(people[unit, other] for other in asked)
    both = aggregates.overlaps[["unit", "one", "other", "n_both"]].itertuples(index=False, name=None)
    for unit, one, other, n in both:
        for group, by in ((one, other), (other, one)):
            if group.partition("=")[0] != column:
                found[unit, group] = found.get((unit, group), 0) + (int(n) if by in asked else 0)
    return found


def asked_range(survey: Survey, question: str, key: Key, people: int, desks: Mapping[str, Desk]) -> tuple[int, int]:
    """Give the fewest and the most people who can have been asked, by what is told of the question before.

    For every count that the told class of the first question leaves, the second was asked of so many people at most:
    that is the number whose least and greatest are given. What is told alike for all numbers between, and for fewer,
    takes nothing away from the first question's class. That nobody skipped a question is not taken to be known.

    Parameters
    ----------
    survey : Survey
    question : str
    key : Key
        Unit and group.
    people : int
        Respondents there.
    desks : mapping of str to Desk
        By measure, what is said already: a question hangs only on earlier ones.

    Returns
    -------
    tuple of int
        `people` twice, where it is asked of everybody or hangs on what is not told.
    """
    conditions = survey.routing.get(question, ())
    if len(conditions) != 1 or len(conditions[0].columns) != 1 or not conditions[0].codes:
        return people, people
    (column,), codes = conditions[0].columns, frozenset(conditions[0].codes)
    first = next((each for each in survey.own_questions if each.id == column), None)
    desk = desks.get(column)
    said = desk.printed.get(key) if desk else None
    if first is None or desk is None or said is None:
        return people, people
    ends = [_most_asked(first, codes, cases, desk.figures[key].n, people) for cases in said.counts]
    return min(ends), max(ends)


def _most_asked(first: Question, codes: frozenset[str], cases: int, n: int, people: int) -> int:
    """Give the most people who can have chosen one of some codes, of `n` with an answer that counts, `cases` for it."""
    inside = frozenset(option.code for option in first.options) - frozenset(first.outside)
    most = cases if codes & frozenset(first.favourable) else 0
    most += n - cases if codes & (inside - frozenset(first.favourable)) else 0
    return most + (people - n if codes & frozenset(first.outside) else 0)
