"""Where the release of the wave before lies, which this wave's flags look back to."""

from pathlib import Path

from wellbeing.disclosure.release import read_release
from wellbeing.disclosure.state import state_of
from wellbeing.errors import InputError, Problem
from wellbeing.surveys import previous_wave
from wellbeing.workspace import Workspace

#: What the working zone keeps of each release that was made there: its SHA-256.
_DIGEST = "release.sha256"


def last_release(workspace: Workspace, survey: str, wave: str) -> Path | None:
    """Find the release of the same survey's wave before.

    Returns
    -------
    Path or None
        None where there is none, or where it was recalled: what was called back is not looked back to.

    Raises
    ------
    InputError
        If it is not the release that was made here.
    """
    before = previous_wave(wave)
    folder = workspace.released(survey, before)
    if not folder.is_dir() or state_of(folder).name == "recalled":
        return None
    kept = workspace.working(survey, before) / _DIGEST
    # Where the working zone's data were deleted by policy, the release's own digests are what is left to check it by.
    if kept.is_file() and kept.read_text(encoding="ascii").strip() != read_release(folder).digest:
        raise InputError([Problem("release_file_changed", file=f"{before}/release.json")])
    return folder
