"""Make a wave's worklist, and write it into the register for every school, by public key."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing import audit_log
from wellbeing.change import refuse_change
from wellbeing.errors import UsageError
from wellbeing.followup import sealed_files
from wellbeing.followup.entries import Entry, entries_of, entry_to_json
from wellbeing.followup.sealed_files import WaveFolder
from wellbeing.followup.triage import not_reachable, worklist
from wellbeing.keys.holders import read_holders, recipients_of
from wellbeing.responses import Responses, consenting, read_responses
from wellbeing.scoring import score_survey
from wellbeing.surveys import Roster, Survey, previous_wave
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

#: Seconds that a run or an alert waits for somebody who is writing; nobody in need is refused for a moment's clash.
PATIENCE = 60


@dataclass(frozen=True, eq=False)
class WaveList:
    """One wave as the counsellor sees it: `worklist` and `not_reachable` as `triage` makes them.

    ``linked`` counts the respondents who can be contacted and were known by the same code last term, None where last
    term has no answers; ``refused`` says, instrument by instrument, why change is not judged.
    """

    responses: Responses
    scores: "pd.DataFrame"
    worklist: "pd.DataFrame"
    not_reachable: "pd.DataFrame"
    linked: int | None = None
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """What became of a wave's lists: how many schools have one, and which have none because nobody could read it."""

    files: int
    without_counsellor: tuple[str, ...]


def list_wave(workspace: Workspace, survey: Survey, wave: str) -> WaveList:
    """Score a wave, compare it with the one before, and list who needs somebody. Writes nothing.

    Raises
    ------
    UsageError
        If the survey is anonymous, or the wave has no answers yet. The wave before may be missing.
    """
    if not survey.clinical:
        raise UsageError("anonymous_survey", survey=survey.id)
    responses = read_responses(survey, wave, workspace)
    scores = score_survey(survey, responses.answers)
    previous = _previous_scores(workspace, survey, wave)
    refused = _refused(workspace, survey, wave) if previous is not None else {}
    linked = None
    if previous is not None:
        known = consenting(responses, "contact")[0].answers["code"].dropna()
        linked = int(known.isin(previous["code"].dropna()).sum())
        other = [name for name in previous if any(str(name).startswith(f"{instrument}_") for instrument in refused)]
        previous = previous.drop(columns=other)
    return WaveList(
        responses,
        scores,
        worklist(survey, responses, scores, previous),
        not_reachable(survey, responses, scores),
        linked,
        tuple(refused.values()),
    )


def _refused(workspace: Workspace, survey: Survey, wave: str) -> dict[str, str]:
    """Say of which instruments last term's scores cannot be set against this one's, and why.

    Last term's release says by which definitions it was scored; where nothing was released nothing is known against it.
    """
    path = workspace.released(survey.id, previous_wave(wave)) / "measures.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        before = {row["instrument"]: (row["version"], row["digest"]) for row in csv.DictReader(file)}
    instruments = [part.instrument for part in survey.parts if part.instrument.id in before]
    reasons = {instrument.id: refuse_change(instrument, *before[instrument.id]) for instrument in instruments}
    return {instrument: reason for instrument, reason in reasons.items() if reason}


def _previous_scores(workspace: Workspace, survey: Survey, wave: str) -> "pd.DataFrame | None":
    try:
        earlier = read_responses(survey, previous_wave(wave), workspace)
    except UsageError as error:
        if error.key != "no_answers":
            raise
        return None
    # Who agreed to be contacted this term did not thereby agree for last term's answers.
    known = consenting(earlier, "contact")[0].answers
    return score_survey(survey, known).assign(code=known["code"])


def write_lists(
    workspace: Workspace, survey: Survey, wave: str, roster: Roster, listed: WaveList, today: str
) -> Written:
    """Write every school's list, sealed to its counsellors and the escrow.

    A list replaces the one of the run before; what the counsellors recorded lies apart and stays.

    Parameters
    ----------
    workspace, survey, wave
    roster : Roster
        Every school of it gets a file, whether or not anybody is on its list.
    listed : WaveList
    today : str
        Day of entries whose answers tell no day.

    Returns
    -------
    Written
        A school without a counsellor's key gets no list: it would be one that nobody follows.
    """
    days = listed.responses.answers["submitted"].str.slice(0, 10).fillna(today)
    entries = entries_of(survey, listed.worklist, days[listed.worklist.index])
    holders = read_holders(workspace)
    recipients = {str(school): recipients_of(holders, str(school)) for school in roster.schools.index}
    served = {school: keys for school, keys in recipients.items() if keys}
    folder = WaveFolder.of(workspace, survey.id, wave)
    if served:
        with sealed_files.register_held(folder, PATIENCE):
            sealed_files.write_lists(folder, _by_school(entries, served), served)
        audit_log.append(workspace, "lists_written", "analyst", survey=survey.id, wave=wave, files=len(served))
    return Written(len(served), tuple(school for school, keys in recipients.items() if not keys))


def _by_school(entries: tuple[Entry, ...], schools: Mapping[str, object]) -> dict[str, dict[str, Any]]:
    return {
        school: {"entries": [entry_to_json(entry) for entry in entries if entry.school == school]} for school in schools
    }
