"""Every school's state in a wave, for whoever leads the county's counselling: from true figures, never printed (R8).

Worked out when it is shown and written nowhere. A group's row is the group's, as in its report: a small school has no
state of its own here either.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.aggregates import Aggregates, aggregate
from wellbeing.disclosure.release import read_release
from wellbeing.disclosure.units import form_units, freeze_units
from wellbeing.errors import UsageError
from wellbeing.flags.lead import lead_flags
from wellbeing.flags.printed import CountyFlags, printed_flags
from wellbeing.followup import Register
from wellbeing.followup.words import measure_name
from wellbeing.keys.holders import read_holders
from wellbeing.responses import read_responses
from wellbeing.scoring import score_survey
from wellbeing.surveys import Roster, Survey, previous_wave
from wellbeing.texts import say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CountyStates:
    """What the lead is shown.

    Attributes
    ----------
    header : tuple of str
        A column for the unit and one for each measure.
    rows : tuple of tuple of str
        One row per unit in the roster's order; says where the unit's own report says less.
    wrong_reds : float
        How many of the reds are expected to be wrong: the sum of 1 - P (statistics rules, 4.6).
    two_waves : bool
        Whether the wave before was looked at too.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wrong_reds: float
    two_waves: bool


def reads_every_school(register: Register) -> bool:
    """Say whether the key that opened a register reads every school's list: the county's lead's does."""
    mine = {str(identity.to_public()) for identity in register.identities}
    holders = [holder for holder in read_holders(register.workspace) if holder.public in mine and not holder.left]
    return any(holder.role in ("counsellor", "escrow") and not holder.schools for holder in holders)


def county_states(workspace: Workspace, survey: Survey, roster: Roster, wave: str, lang: str) -> CountyStates:
    """Judge every unit of a wave by the rule of `wellbeing.flags`, with the wave before where there is one.

    Parameters
    ----------
    workspace, survey, roster
    wave : str
    lang : str

    Raises
    ------
    UsageError
        If the wave has no answers here.
    """
    units = _units(workspace, survey, roster, wave)
    now = _aggregates(workspace, survey, wave, units)
    if now is None:
        raise UsageError("no_answers", survey=survey.id, wave=wave)
    last = _aggregates(workspace, survey, previous_wave(wave), units)
    judged = lead_flags(
        now.figures,
        now.measures,
        units,
        None if last is None else last.figures,
        None if last is None else last.measures,
        _printed(workspace, survey, wave),
    )
    measures = list(dict.fromkeys(judged["measure"]))
    states = {(unit, measure): (state, shown) for unit, measure, state, shown in _four(judged)}
    rows = []
    for unit, name in zip(units["unit"], units[f"name_{lang}"], strict=True):
        told = [_told(*states[unit, measure], lang) for measure in measures]
        rows.append((str(name), *told))
    header = (say("counsellor.col_unit", lang), *(measure_name(survey, measure, lang) for measure in measures))
    red = judged[judged["full"] == "red"]
    return CountyStates(header, tuple(rows), float((1 - red["probability"]).sum()), last is not None)


def _four(judged: "pd.DataFrame") -> list[tuple[str, str, str, str]]:
    columns = ["unit", "measure", "state", "printed"]
    return [(str(u), str(m), str(s), str(p)) for u, m, s, p in judged[columns].astype(object).to_numpy()]


def _told(state: str, printed: str, lang: str) -> str:
    said = say(f"counsellor.state_{state}", lang)
    less = printed and printed != state
    return say("counsellor.state_less", lang, state=said) if less else said


def _units(workspace: Workspace, survey: Survey, roster: Roster, wave: str) -> "pd.DataFrame":
    """Give the wave's units: those of its release, or those that it would have; looking freezes nothing."""
    if workspace.released(survey.id, wave).is_dir():
        return freeze_units(workspace, survey.id, wave, roster, survey.policy)
    return form_units(roster, survey.policy)


def _aggregates(workspace: Workspace, survey: Survey, wave: str, units: "pd.DataFrame") -> Aggregates | None:
    try:
        responses = read_responses(survey, wave, workspace)
    except UsageError as error:
        if error.key != "no_answers":
            raise
        return None
    return aggregate(survey, responses, score_survey(survey, responses.answers), units)


def _printed(workspace: Workspace, survey: Survey, wave: str) -> CountyFlags | None:
    folder = workspace.released(survey.id, wave)
    return printed_flags(read_release(folder)) if folder.is_dir() else None
