"""What `wellbeing check` looks at: definitions, policy, roster, and the groups that reports will be made for."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from wellbeing import retention
from wellbeing.errors import InputError, Problem
from wellbeing.keys.holders import read_holders, recipients_of
from wellbeing.measures.checks import measure_problems
from wellbeing.surveys import SENSITIVE, Roster, Survey, load_county, load_survey, read_roster
from wellbeing.surveys.minutes import budget_problems
from wellbeing.surveys.responders import require_responder, responder_is_example, same_day_items
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

#: The yearly survey, of which a workspace may have none.
OPINION = "staff_opinion"


def check_workspace(workspace: Workspace) -> Iterator[str]:
    """Check everything that can be checked before answers arrive; give one line for each thing that is well.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    from wellbeing.disclosure.units import broken_groups, form_units, never_reports
    from wellbeing.free_text.reading import theme_review
    from wellbeing.free_text.word_lists import load_safeguarding, load_themes
    from wellbeing.library import check_definitions

    problems: list[Problem] = list(check_definitions(workspace.surveys / "instruments"))
    load_county(workspace)
    survey = None
    if not problems:
        survey = load_survey(workspace, "screening")
        minutes = f"{survey.minutes:g}"
        yield say(
            "checks.survey", survey=survey.title.in_(current_language()), items=len(survey.items), minutes=minutes
        )
        problems += _responder_problems(workspace, survey)
        yield from _responder_lines(workspace, survey)
        if (workspace.surveys / f"{OPINION}.yaml").exists():
            try:
                opinion = load_survey(workspace, OPINION)
            except InputError as error:
                problems += error.problems
            else:
                problems += [*budget_problems(opinion), *_responder_problems(workspace, opinion)]
                problems += measure_problems(workspace, OPINION)
                yield from _opinion_lines(opinion)
    for load in (load_themes, load_safeguarding):
        try:
            load(workspace)
        except InputError as error:
            problems += error.problems
    if not problems and (workspace.surveys / f"{OPINION}.yaml").exists():
        yield theme_review(workspace)
    if not workspace.roster.exists():
        yield say("checks.no_roster")
    else:
        try:
            roster = read_roster(workspace.roster)
        except InputError as error:
            problems += error.problems
        else:
            yield say("checks.roster", schools=len(roster.schools), staff=int(roster.schools["staff"].sum()))
            if survey is not None:
                problems += broken_groups(roster, survey.policy, workspace.roster.name)
                units = form_units(roster, survey.policy)
                yield from _units(units, units[never_reports(units, survey.policy)], roster)
                yield from _key_lines(workspace, roster)
    yield from retention.due_lines(workspace, date.today())
    if problems:
        raise InputError(problems)


def _opinion_lines(survey: Survey) -> Iterator[str]:
    """Say how long the opinion survey is and which sensitive questions it asks."""
    lang = current_language()
    yield say(
        "opinion_survey.check",
        survey=survey.title.in_(lang),
        items=len(survey.items),
        own=len(survey.own_questions),
        minutes=f"{survey.minutes:g}",
        budget="-" if survey.minutes_budget is None else f"{survey.minutes_budget:g}",
    )
    named = {block: say(f"opinion_survey.block_{block}") for block in SENSITIVE}
    on = [words for block, words in named.items() if block in survey.sensitive]
    off = [words for block, words in named.items() if block not in survey.sensitive]
    if on:
        yield say("opinion_survey.sensitive_on", blocks=say("checks.list").join(on))
    if off:
        yield say("opinion_survey.sensitive_off", blocks=say("checks.list").join(off), survey=survey.id)


def _responder_problems(workspace: Workspace, survey: Survey) -> tuple[Problem, ...]:
    try:
        require_responder(workspace, survey)
    except InputError as error:
        return error.problems
    return ()


def _responder_lines(workspace: Workspace, survey: Survey) -> Iterator[str]:
    named = load_county(workspace).responder
    if named is not None and same_day_items(survey):
        yield say("checks.responder", name=named.name, phone=named.phone, hours=named.hours)
        if responder_is_example(workspace):
            yield say("checks.responder_example")


def _key_lines(workspace: Workspace, roster: Roster) -> Iterator[str]:
    """Say whether every school has a counsellor whose key its lists can be sealed to."""
    holders = read_holders(workspace)
    counsellors = sum(holder.role == "counsellor" and not holder.left for holder in holders)
    without = [str(school) for school in roster.schools.index if not recipients_of(holders, str(school))]
    if not counsellors:
        yield say("keys.check_none")
    elif without:
        yield say("keys.check_some", count=len(without), schools=", ".join(without))
    else:
        yield say("keys.check_well", counsellors=counsellors)


def _units(units: "pd.DataFrame", never: "pd.DataFrame", roster: Roster) -> Iterator[str]:
    """Say which schools report alone, each group with its members and their staff, and whom nothing is told of."""
    lang = current_language()
    groups = units[units["level"].eq("group")]
    yield say("checks.units", alone=int(units["level"].eq("school").sum()) - len(never), groups=len(groups))
    staff = roster.schools["name"] + " (" + roster.schools["staff"].astype(str) + ")"
    for group in groups.to_dict("records"):
        members = say("checks.list", lang).join(staff[school] for school in str(group["schools"]).split())
        name = str(group[f"name_{lang}"])
        yield say("checks.group", lang, unit=str(group["unit"]), name=name, staff=int(group["staff"]), members=members)
    if not never.empty:
        yield say(
            "checks.never", lang, schools=say("checks.list", lang).join(staff[str(unit)] for unit in never["unit"])
        )
