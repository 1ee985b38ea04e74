"""Commands about releases: how far each has come. Approval, issue and recall build on the same states."""

from typing import Annotated

import typer

from wellbeing.cli.app import app
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace

release_app = typer.Typer(help=say("cli.release.help"), no_args_is_help=True)
app.add_typer(release_app, name="release")


@release_app.command(name="status", help=say("cli.release.status"))
def status(
    wave: Annotated[str | None, typer.Option("--wave", help=say("cli.wave"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,
) -> None:
    """Show how far each release has come."""
    import json

    from wellbeing.disclosure.standing import standing

    found = standing(Workspace.find(), wave)
    if as_json:
        typer.echo(json.dumps([release.record() for release in found], ensure_ascii=False, indent=1))
        return
    for line in (line for release in found for line in release.lines(current_language())):
        typer.echo(line)
    if not found:
        typer.echo(say("release.none"))
