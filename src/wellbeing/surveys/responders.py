"""A question on self-harm is asked only where somebody answers the same day (privacy rules, 7.4)."""

from wellbeing.errors import InputError, Problem
from wellbeing.surveys import Survey, load_county
from wellbeing.workspace import Workspace, kit_root


def same_day_items(survey: Survey) -> tuple[str, ...]:
    """Give the columns that a survey asks and whose answer is a matter for the same day."""
    asked = {item.column for item in survey.items}
    return tuple(c.column for part in survey.parts for c in part.instrument.critical if c.column in asked)


def require_responder(workspace: Workspace, survey: Survey) -> None:
    """Refuse a survey that asks about self-harm in a county that names nobody who answers the same day.

    Raises
    ------
    InputError
        Saying both ways out: name somebody, or ask the PHQ-8.
    """
    if same_day_items(survey) and load_county(workspace).responder is None:
        raise InputError([Problem("no_responder", "county.yaml", fields={"survey": survey.id})])


def responder_is_example(workspace: Workspace) -> bool:
    """Say whether the named person is still the one of the kit's sample county, who is nobody."""
    named = load_county(workspace).responder
    return named is not None and named == load_county(Workspace(kit_root())).responder
