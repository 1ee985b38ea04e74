"""Commands for whoever sets up: a county's workspace, the check of its settings, the version."""

from pathlib import Path
from typing import Annotated

import typer

from wellbeing import __version__
from wellbeing.cli.app import app
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


@app.command(help=say("cli.version.help"))
def version() -> None:
    """Say which version this is."""
    typer.echo(__version__)
