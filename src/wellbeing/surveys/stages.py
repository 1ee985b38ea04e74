"""Screening in two stages: which instruments ask their later items only of those at or above a first cut-off."""

from wellbeing.surveys import Condition, Part, Survey


def first_stage(survey: Survey, part: Part) -> Condition | None:
    """Give the condition on which the rest of an instrument is asked; None where it is asked of everybody.

    A total of such an instrument exists for a chosen few only. No share and no mean of a school or the county follows
    from it: whom the first stage missed, nobody looked at further (verification bias: Begg & Greenes 1983, Biometrics
    39:207).
    """
    for item in part.items:
        for condition in survey.routing.get(item.column, ()):
            own = all(column.startswith(f"{part.instrument.id}_") for column in condition.columns)
            if condition.at_least is not None and own:
                return condition
    return None
