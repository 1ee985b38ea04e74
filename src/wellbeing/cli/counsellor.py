"""Commands for the counsellor: her notebook and her list."""

import sys

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


def write_list(workspace: Workspace, survey_id: str, wave: str) -> None:
    """Write the counsellor's list of a wave; an opinion survey has none."""
    from wellbeing.followup import list_wave, write_worklist
    from wellbeing.surveys import check_wave, load_survey

    survey = load_survey(workspace, survey_id)
    if survey.clinical:
        write_worklist(workspace, survey, check_wave(wave), list_wave(workspace, survey, wave).worklist)
