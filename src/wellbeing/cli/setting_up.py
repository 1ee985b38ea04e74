"""Commands for whoever sets up: a county's workspace, the check of its settings, the version."""

import json
from pathlib import Path
from typing import Annotated

import typer

from wellbeing import __version__
from wellbeing.cli.app import app
from wellbeing.errors import UsageError
from wellbeing.texts import say
from wellbeing.workspace import Workspace, unpack


@app.command(help=say("cli.init.help"))
def init(folder: Annotated[Path, typer.Argument(help=say("cli.init.folder"))]) -> None:
    """A county's own workspace from the kit's files."""
    workspace = unpack(folder)
    typer.echo(say("cli.init.done", folder=str(workspace.root)))


@app.command(help=say("cli.check.help"))
def check() -> None:
    """Check definitions and settings, and show the reporting groups."""
    from wellbeing.checks import check_workspace

    for line in check_workspace(Workspace.find()):
        typer.echo(line)


@app.command(help=say("cli.doctor.help"))
def doctor(*, as_json: Annotated[bool, typer.Option("--json", help=say("cli.doctor.json"))] = False) -> None:
    """Look at the machine and the workspace; tell what is lacking and the remedy."""
    from wellbeing.doctor import as_lines, as_record, examine

    found = examine()
    if as_json:
        # Letters of ASCII alone: a Windows console would write a redirected file in its own encoding.
        typer.echo(json.dumps(as_record(found), indent=1))
    else:
        for line in as_lines(found):
            typer.echo(line)
    if any(one.state == "lacking" for one in found):
        raise typer.Exit(UsageError.exit_code)


@app.command(help=say("cli.version.help"))
def version() -> None:
    """Say which version this is."""
    typer.echo(__version__)
