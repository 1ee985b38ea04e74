"""Commands that read answers: an export into a wave, one instrument in one file, the instruments themselves."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellbeing.cli.app import app
from wellbeing.errors import Problem, UsageError
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from wellbeing.importers.intake import TakenIn
    from wellbeing.surveys import Roster, Survey


@app.command(name="import", help=say("cli.import.help"))
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=say("cli.import.files"))],
    survey: Annotated[str | None, typer.Option("--survey", help=say("cli.survey"))] = None,
    wave: Annotated[str | None, typer.Option("--wave", help=say("cli.wave"))] = None,
    platform: Annotated[str | None, typer.Option("--platform", help=say("cli.import.platform"))] = None,
    map_columns: Annotated[bool, typer.Option("--map", help=say("cli.import.map"))] = False,
) -> None:
    """Read one export into a wave, or the schools' yearly record sheets."""
    from wellbeing.errors import InputError
    from wellbeing.importers import read_export
    from wellbeing.importers.intake import propose_mappings, take_in
    from wellbeing.importers.names import shown
    from wellbeing.importers.records import is_record_sheet, record_files
    from wellbeing.importers.reports import report_path
    from wellbeing.surveys import check_wave, load_survey, read_roster
    from wellbeing.surveys.mappings import mappings_path, read_mappings

    workspace = Workspace.find()
    if (survey is None and wave is None and any(path.is_dir() for path in files)) or is_record_sheet(files[0]):
        _import_records(workspace, record_files(files))
        return
    if survey is None or wave is None:
        raise UsageError("import_needs_survey")
    if len(files) > 1:
        raise UsageError("import_one_file")
    file = files[0]
    check_wave(wave)
    definition = load_survey(workspace, survey)
    roster = read_roster(workspace.roster)
    export = read_export(file, platform)
    if map_columns:
        path, new, odd = propose_mappings(workspace, definition, export)
        key = "importing.mapped" if new else "importing.nothing_to_map"
        typer.echo(say(key, count=len(new), path=str(path)))
        if odd:
            columns = ", ".join(shown(column.names[0], column.place) for column in odd)
            typer.echo(say("importing.not_mapped", columns=columns))
        return
    try:
        taken = take_in(workspace, definition, wave, roster, export)
    except InputError as error:
        report = report_path(workspace, definition.id, wave, export.file)
        if report.exists() and all(problem.what != "wrong_survey" for problem in error.problems):
            typer.echo(say("importing.report", path=str(report)), err=True)
        mappings = mappings_path(workspace, definition.id)
        if waiting := read_mappings(mappings, definition).waiting:
            typer.echo(say("importing.waiting", count=waiting, path=str(mappings)), err=True)
        raise
    _tell(taken)
    if not definition.clinical:
        _to_counsellors(workspace, definition, wave, roster)


def _import_records(workspace: Workspace, files: list[Path]) -> None:
    """Read the schools' yearly record sheets, all or none; say which schools are still without."""
    from datetime import date

    from wellbeing.importers.records import take_in_records
    from wellbeing.measures import load_measures
    from wellbeing.surveys import read_roster

    roster = read_roster(workspace.roster)
    taken = take_in_records(workspace, files, load_measures(workspace), roster, date.today())
    typer.echo(say("records.taken", count=len(taken.schools), year=taken.year))
    if taken.lacking:
        names = say("checks.list").join(str(roster.schools["name"][school]) for school in taken.lacking)
        typer.echo(say("records.lacking", count=len(taken.lacking), schools=names))
    else:
        typer.echo(say("records.complete"))


def _to_counsellors(workspace: Workspace, survey: "Survey", wave: str, roster: "Roster") -> None:
    """Before anybody reads open answers: seal the sentences that may tell of harm to the counsellors."""
    from wellbeing.free_text.safeguarding import screen_wave
    from wellbeing.responses import read_responses

    if all(question.kind != "text" for question in survey.own_questions):
        return
    try:
        sent, _ = screen_wave(workspace, survey, wave, roster, read_responses(survey, wave, workspace).answers)
    except UsageError as error:
        if error.key != "no_counsellor_key":
            raise
        # The answers are taken in; nobody may think that somebody looks after what is written in them.
        typer.echo(say("free_text.not_looked_through"), err=True)
        return
    typer.echo(say("free_text.looked_through", files=sent.files))
    if sent.without_counsellor:
        typer.echo(say("followup.alert_elsewhere", schools=", ".join(sent.without_counsellor)), err=True)


def _tell(taken: "TakenIn") -> None:
    """Say what became of a file: counts, what waits to be put right, what is worth knowing, who answered, how."""
    from rich.console import Console
    from rich.table import Table

    from wellbeing.importers.findings import ASIDE, NOTICE
    from wellbeing.importers.reports import lines

    imported = taken.imported
    for line in imported.record.lines(taken.stored):
        typer.echo(line)
    for severity in (ASIDE, NOTICE):
        if said := lines(imported.findings, severity):
            typer.echo(say(f"importing.severity_{severity}") + ":")
            for line in said:
                typer.echo(f"  {line}")
    if imported.record.rows_aside:
        typer.echo(say("importing.quarantine", count=imported.record.rows_aside, path=str(taken.quarantine)))
    table = Table(box=None, pad_edge=False)
    for head in ("school", "staff", "answers", "share"):
        table.add_column(say(f"importing.head_{head}"), justify="left" if head == "school" else "right")
    table.add_column("")
    for school in taken.schools.itertuples():
        low = say("importing.low_response") if school.low else ""
        table.add_row(str(school.name), str(school.staff), str(school.answers), f"{school.share:.0%}", low)
    Console(highlight=False).print(table)
    signs = {sign: count for sign, count in taken.quality.counts().items() if count}
    said = [say("quality.sign_count", sign=say(f"quality.sign_{sign}"), count=count) for sign, count in signs.items()]
    counts = say("quality.and").join(said) or say("quality.no_signs")
    typer.echo(say("quality.signs", counts=counts, page=str(taken.page)))
    typer.echo(say("importing.report", path=str(taken.report)))


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
