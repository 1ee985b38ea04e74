"""Commands that read answers: an export into a wave, one instrument in one file, the instruments themselves."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from wellbeing.cli.app import WaveOption, app
from wellbeing.errors import Problem, UsageError
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace


@app.command(name="import", help=say("cli.import.help"))
def import_(
    file: Annotated[Path, typer.Argument(help=say("cli.import.file"))],
    survey: Annotated[str, typer.Option("--survey", help=say("cli.survey"))],
    wave: WaveOption,
    platform: Annotated[str | None, typer.Option("--platform", help=say("cli.import.platform"))] = None,
) -> None:
    """Read one export into a wave."""
    from wellbeing.importers import import_file
    from wellbeing.responses import store
    from wellbeing.surveys import check_wave, load_survey, read_roster

    workspace = Workspace.find()
    check_wave(wave)
    definition = load_survey(workspace, survey)
    roster = read_roster(workspace.roster)
    responses, record = import_file(file, definition, roster, platform)
    stored = store(workspace, definition, wave, responses, record)
    for line in record.lines(stored):
        typer.echo(line)
    from wellbeing.answer_codes import coding_warnings

    for part in definition.parts:
        for warning in coding_warnings(responses.answers, part.instrument):
            typer.echo(say("cli.import.warning", what=warning.line()))


@app.command(help=say("cli.score.help"))
def score(
    instrument: Annotated[str, typer.Argument(metavar="ID", help=say("cli.score.id"))],
    answers: Annotated[Path, typer.Argument(help=say("cli.score.answers"))],
    out: Annotated[Path, typer.Option("--out", help=say("cli.score.out"))],
) -> None:
    """Score one instrument in one file."""
    from wellbeing.scoring import score_file

    def tell(sign: Problem) -> None:
        typer.echo(sign.line(), err=True)

    count = score_file(instrument, answers, out, _instruments_folder(), tell=tell)
    typer.echo(say("cli.score.done", count=count, out=str(out)))


instruments_app = typer.Typer(help=say("cli.instruments.help"), invoke_without_command=True)
app.add_typer(instruments_app, name="instruments")


@instruments_app.callback()
def instruments(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False
) -> None:
    """List the instruments, or `show` one."""
    if context.invoked_subcommand is not None:
        return
    import json

    from wellbeing.instruments.cards import listing

    rows = listing(_instruments_folder())
    if as_json:
        entries = [asdict(row) for row in rows]
        typer.echo(json.dumps(entries, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    lang = current_language()
    table = Table(box=None, pad_edge=False)
    for column in ("id", "name", "items", "minutes", "languages", "licence", "status"):
        numeric = column in {"items", "minutes"}
        table.add_column(say(f"cli.instruments.{column}"), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        languages = " ".join(row.languages) or say("cli.instruments.key_only")
        status = say(f"instruments.status_short_{row.status}")
        if not row.scorable:
            status += f" ({say('instruments.not_scorable_short')})"
        table.add_row(
            row.id, row.name.in_(lang), str(row.items or "?"), f"{row.minutes:g}", languages, row.licence, status
        )
    Console(highlight=False).print(table)


@instruments_app.command(name="show", help=say("cli.instruments.show"))
def show_instrument(instrument: Annotated[str, typer.Argument(metavar="ID", help=say("cli.score.id"))]) -> None:
    """Print an instrument's whole card."""
    from wellbeing.instruments import load_instrument
    from wellbeing.instruments.cards import card

    typer.echo(card(load_instrument(instrument, _instruments_folder()), current_language()))


def _instruments_folder() -> Path | None:
    """A workspace's own definitions where there are any, else the kit's."""
    try:
        return Workspace.find().surveys / "instruments"
    except UsageError:
        return None
