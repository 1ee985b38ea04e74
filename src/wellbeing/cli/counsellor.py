"""Commands for the counsellor: her notebook and her list."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from wellbeing.cli.app import app
from wellbeing.texts import say
from wellbeing.workspace import Workspace


@app.command(help=say("cli.lab.help"))
def lab(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help=say("cli.lab.port"))] = 8888,
    no_browser: Annotated[bool, typer.Option("--no-browser", help=say("cli.lab.no_browser"))] = False,
) -> None:
    """JupyterLab in this workspace, at the counsellor's start page."""
    import os
    import subprocess

    from wellbeing.counsellor.lab import lab_command, lab_environment, lay_out

    workspace = Workspace.find()
    start = lay_out(workspace)
    command = [sys.executable, *lab_command(workspace, start, port, browser=not no_browser)]
    typer.echo(say("counsellor.lab_ready"), err=True)
    raise typer.Exit(subprocess.call(command, cwd=workspace.root, env=os.environ | lab_environment(workspace)))


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
