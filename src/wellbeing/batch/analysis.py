"""From a wave's checked answers to its release: everything in front of the boundary."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from wellbeing.aggregates import aggregate
from wellbeing.batch.manifest import log
from wellbeing.disclosure import clear
from wellbeing.disclosure.release import Release, read_release, write_release
from wellbeing.disclosure.units import freeze_units
from wellbeing.errors import FrozenError, InputError, Problem
from wellbeing.responses import read_responses
from wellbeing.scoring import score_survey, writable
from wellbeing.surveys import PERSON_COLUMNS, check_wave, load_county, load_survey, read_roster
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

#: In the working zone: the SHA-256 of the release that was made there.
_DIGEST = "release.sha256"


def analyse(
    workspace: Workspace, survey_id: str, wave: str, frozen: str, resume: bool, stage: Callable[[str], Any]
) -> Release:
    """Score a wave, count, clear and release it; or read the release it has.

    Parameters
    ----------
    workspace : Workspace
    survey_id, wave : str
    frozen : str
        The day on which the wave is closed, ``2026-11-20``.
    resume : bool
        Whether an existing release may be used; it is never made again.
    stage : callable
        Told the name of each stage as it begins: ``reading``, ``scoring``, ``releasing``.

    Raises
    ------
    FrozenError
        If the wave is released already and `resume` is not asked for (rule R3).
    InputError, UsageError
        If the answers, the roster or a definition cannot be used; if the release is not the one that was made.
    """
    check_wave(wave)
    survey = load_survey(workspace, survey_id)
    folder = workspace.released(survey.id, wave)
    if folder.exists():
        if not resume:
            raise FrozenError("wave_released", survey=survey.id, wave=wave)
        return _as_cleared(read_release(folder), workspace.working(survey.id, wave))
    stage("reading")
    roster = read_roster(workspace.roster)
    units = freeze_units(workspace, survey.id, wave, roster, survey.policy)
    responses = read_responses(survey, wave, workspace)
    stage("scoring")
    working = workspace.working(survey.id, wave)
    scores = score_survey(survey, responses.answers)
    people = responses.answers[[c for c in PERSON_COLUMNS if c in responses.answers]]
    scored = pd.concat([people, writable(scores)], axis=1)
    write_whole(working / "scores.csv", scored.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    log(working, "scored")
    stage("releasing")
    aggregates = aggregate(survey, responses, scores, units)
    release, audit = clear.release(survey, wave, frozen, load_county(workspace), roster, units, aggregates)
    write_whole(working / "audit.csv", audit.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    # Before the release, which appears whole: a release without this was not made here.
    write_whole(working / _DIGEST, f"{release.digest}\n".encode("ascii"))
    folder.parent.mkdir(parents=True, exist_ok=True)
    write_release(release, folder)
    log(working, "released")
    return release


def _as_cleared(release: Release, working: Path) -> Release:
    """Give a release back if it is the one that was cleared here: its folder's own digests can be rewritten with it."""
    kept = working / _DIGEST
    if not kept.is_file() or kept.read_text(encoding="ascii").strip() != release.digest:
        raise InputError([Problem("release_file_changed", file="release.json")])
    return release
