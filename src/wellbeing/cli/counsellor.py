"""Commands for the counsellor: her notebook and her list."""

import sys
from datetime import UTC, datetime

import typer

from wellbeing.cli.app import app
from wellbeing.texts import say
from wellbeing.workspace import Workspace


@app.command(help=say("cli.lab.help"))
def lab() -> None:
    """JupyterLab in this workspace, at the counsellor's notebook."""
    import shutil
    import subprocess

    workspace = Workspace.find()
    # JupyterLab saves what a notebook shows in the notebook itself: hers lies in the confidential zone.
    own = workspace.root / "data" / "confidential" / "screening.ipynb"
    if not own.exists():
        own.parent.mkdir(parents=True, exist_ok=True)
        own.parent.chmod(0o700)
        shutil.copyfile(workspace.notebooks / "screening.ipynb", own)
    start = f"--LabApp.default_url=/lab/tree/{own.relative_to(workspace.root).as_posix()}"
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={workspace.root}", start]
    raise typer.Exit(subprocess.call(command, cwd=workspace.root))


def write_list(workspace: Workspace, survey_id: str, wave: str) -> list[str]:
    """Write the counsellors' lists of a wave; an opinion survey has none.

    Returns
    -------
    list of str
        What must be said loudly: that nobody is on a list because no counsellor has a key, or which schools have none.
    """
    from wellbeing.followup import list_wave, write_lists
    from wellbeing.surveys import check_wave, load_survey, read_roster

    survey = load_survey(workspace, survey_id)
    if not survey.clinical:
        return []
    listed = list_wave(workspace, survey, check_wave(wave))
    roster = read_roster(workspace.roster)
    written = write_lists(workspace, survey, wave, roster, listed, datetime.now(UTC).date().isoformat())
    return warnings_of(written.files, written.without_counsellor)


def warnings_of(files: int, without: tuple[str, ...]) -> list[str]:
    """Say which schools' people are on no list because no counsellor has a key."""
    if not without:
        return []
    if not files:
        return [say("keys.nobody_on_a_list")]
    return [say("keys.schools_without_counsellor", count=len(without), schools=", ".join(without))]
