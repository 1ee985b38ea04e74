"""Whom a question was put to, where that is a group of people whom everybody can count: the women on the staff.

How many women answered is known at a school like the number of all who did. Of a question for women no more than these
can have given an answer that counts.
"""

from functools import lru_cache
from pathlib import Path

from wellbeing.attack.told import Told
from wellbeing.errors import WellbeingError
from wellbeing.surveys import SUBGROUPS, load_survey
from wellbeing.workspace import Workspace


def groups_asked(told: Told, measure: str) -> tuple[str, ...]:
    """Give the groups that a question of a survey's own was put to, as ``sex=female``; none if to everybody.

    A question that hangs on an answer which nobody else can see is taken to have been put to everybody.
    """
    if told.surveys is None:
        return ()
    question = next((row.get("scale", "") for row in told.measures if row["measure"] == measure), "")
    return _put_to(told.surveys, told.survey).get(question, ())


@lru_cache(maxsize=64)
def _put_to(surveys: Path, survey: str) -> dict[str, tuple[str, ...]]:
    try:
        routing = load_survey(Workspace(surveys.parent), survey).routing
    except WellbeingError:  # not a survey of this county: everybody may have been asked
        return {}
    return {
        question: tuple(f"{condition.columns[0]}={code}" for code in condition.codes)
        for question, (condition, *more) in routing.items()
        if not more and len(condition.columns) == 1 and condition.columns[0] in SUBGROUPS
    }
