"""Make a wave's worklist and keep it in the one place where it may lie: the confidential zone."""

import io
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from wellbeing.errors import UsageError
from wellbeing.followup.triage import Reason, not_reachable, worklist
from wellbeing.responses import Responses, consenting, read_responses
from wellbeing.scoring import score_survey
from wellbeing.surveys import Survey, previous_wave
from wellbeing.workspace import Workspace

FILE = "worklist.csv"
_UNSCORABLE = "unscorable"


@dataclass(frozen=True, eq=False)
class WaveList:
    """One wave as the counsellor sees it: `worklist` and `not_reachable` as `triage` makes them."""

    responses: Responses
    scores: pd.DataFrame
    worklist: pd.DataFrame
    not_reachable: pd.DataFrame


def list_wave(workspace: Workspace, survey: Survey, wave: str) -> WaveList:
    """Score a wave, compare it with the one before, and list who needs somebody. Writes nothing.

    Raises
    ------
    UsageError
        If the wave has no answers yet. The wave before may be missing.
    """
    responses = read_responses(survey, wave, workspace)
    scores = score_survey(survey, responses.answers)
    previous = _previous_scores(workspace, survey, wave)
    return WaveList(
        responses,
        scores,
        worklist(survey, responses, scores, previous),
        not_reachable(survey, responses, scores),
    )


def _previous_scores(workspace: Workspace, survey: Survey, wave: str) -> pd.DataFrame | None:
    try:
        earlier = read_responses(survey, previous_wave(wave), workspace)
    except UsageError as error:
        if error.key != "no_answers":
            raise
        return None
    # Who agreed to be contacted this term did not thereby agree for last term's answers.
    known = consenting(earlier, "contact")[0].answers
    return score_survey(survey, known).assign(code=known["code"])


def write_worklist(workspace: Workspace, survey: Survey, wave: str, listed: pd.DataFrame) -> Path:
    """Write the worklist, whole or not at all, readable for its owner alone where the system knows owners.

    Returns
    -------
    Path
        ``data/confidential/<survey>/<wave>/worklist.csv``: there and nowhere else.
    """
    folder = workspace.confidential(survey.id, wave)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    content = _to_file(listed).to_csv(index=False, lineterminator="\n").encode("utf-8")
    # mkstemp makes the draft with mode 0600: at no moment may another read it.
    handle, draft = tempfile.mkstemp(prefix=".draft-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        return Path(draft).replace(folder / FILE)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def read_worklist(workspace: Workspace, survey: Survey, wave: str) -> pd.DataFrame:
    """Read the worklist back, as it was written.

    Raises
    ------
    UsageError
        If none was written for this wave.
    """
    path = workspace.confidential(survey.id, wave) / FILE
    if not path.exists():
        raise UsageError("no_worklist", survey=survey.id, wave=wave)
    # Only the empty cell is missing: a code may read "NULL".
    return _from_file(pd.read_csv(io.BytesIO(path.read_bytes()), dtype=str, keep_default_na=False, na_values=[""]))


def _score_columns(listed: pd.DataFrame) -> list[str]:
    return [str(column) for column in listed.columns if f"{column}_answered" in listed]


def _to_file(listed: pd.DataFrame) -> pd.DataFrame:
    written = listed.copy()
    written["reasons"] = [_pack(reasons) for reasons in listed["reasons"]]
    for column in _score_columns(listed):
        points = listed[column]
        written[column] = points.map("{:.10g}".format).where(points.notna(), _UNSCORABLE)
        change = listed[f"{column}_change"]
        written[f"{column}_change"] = change.map("{:.10g}".format).where(change.notna(), "")
    return written


def _from_file(written: pd.DataFrame) -> pd.DataFrame:
    listed = written.copy()
    listed["level"] = written["level"].astype(int)
    listed["reasons"] = pd.Series([_unpack(cell) for cell in written["reasons"]], index=written.index, dtype=object)
    for column in _score_columns(written):
        listed[column] = written[column].replace(_UNSCORABLE, None).astype(float)
        listed[f"{column}_change"] = written[f"{column}_change"].astype(float)
        listed[f"{column}_answered"] = written[f"{column}_answered"].astype(int)
        listed[f"{column}_prorated"] = written[f"{column}_prorated"] == "True"
    return listed


def _pack(reasons: tuple[Reason, ...]) -> str:
    told = [{name: value for name, value in asdict(reason).items() if value is not None} for reason in reasons]
    return json.dumps(told, ensure_ascii=False)


def _unpack(cell: str) -> tuple[Reason, ...]:
    return tuple(Reason(**told) for told in json.loads(cell))
