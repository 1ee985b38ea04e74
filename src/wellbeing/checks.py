"""What `wellbeing check` looks at: definitions, policy, roster, and the groups that reports will be made for."""

from collections.abc import Iterator

from wellbeing.errors import InputError, Problem
from wellbeing.surveys import load_county, load_survey, read_roster
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace


def check_workspace(workspace: Workspace) -> Iterator[str]:
    """Check everything that can be checked before answers arrive; give one line for each thing that is well.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    from wellbeing.disclosure.units import form_units
    from wellbeing.instruments import check_definitions

    problems: list[Problem] = list(check_definitions(workspace.surveys / "instruments"))
    load_county(workspace)
    survey = None
    if not problems:
        survey = load_survey(workspace, "screening")
        minutes = f"{survey.minutes:g}"
        yield say(
            "checks.survey", survey=survey.title.in_(current_language()), items=len(survey.items), minutes=minutes
        )
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
                units = form_units(roster, survey.policy)
                groups = units[units["level"].eq("group")]
                yield say("checks.units", alone=int(units["level"].eq("school").sum()), groups=len(groups))
                for group in groups.to_dict("records"):
                    members = [
                        f"{roster.schools.at[i, 'name']} ({roster.schools.at[i, 'staff']})"
                        for i in group["schools"].split()
                    ]
                    name = group[f"name_{current_language()}"]
                    yield say(
                        "checks.group", unit=group["unit"], name=name, staff=group["staff"], members="、".join(members)
                    )
    if problems:
        raise InputError(problems)
