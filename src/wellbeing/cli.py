"""The command line. Heavy libraries are imported inside the commands, so that ``--help`` answers at once."""

import os
import sys
import traceback
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wellbeing import __version__
from wellbeing.batch.progress import Progress
from wellbeing.errors import KitFault, Problem, SchoolsFailed, UsageError, WellbeingError
from wellbeing.texts import LANGUAGES, current_language, say
from wellbeing.workspace import Workspace, unpack

if TYPE_CHECKING:
    from wellbeing.batch.render import Outcome

app = typer.Typer(
    name="wellbeing",
    help=say("cli.app"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

SurveyArgument = Annotated[str, typer.Argument(help=say("cli.survey"))]
WaveOption = Annotated[str, typer.Option("--wave", help=say("cli.wave"))]
LangOption = Annotated[str, typer.Option("--lang", help=say("cli.lang"))]
WorkersOption = Annotated[int | None, typer.Option("--workers", min=1, help=say("cli.workers"))]


def main() -> None:
    """Run the command line; turn every error into one message and the exit code of the design."""
    raise SystemExit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run one command and give its exit code; a user's mistake never shows a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A console that cannot show a character shows a mark for it; it never stops the work.
            stream.reconfigure(errors="replace")
    try:
        result = app(args=arguments, standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo(say("cli.stopped"), err=True)
        return 130
    except WellbeingError as error:
        typer.echo(error.message(), err=True)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - a fault of the kit: its message may hold an answer, so only its place is told
        if hasattr(error, "format_message"):  # typer's own errors have no common class that it gives out
            typer.echo(say("cli.usage_error", problem=_usage_words(error)), err=True)
            return UsageError.exit_code
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__}, {Path(place.filename).name}:{place.lineno}"
        typer.echo(say("cli.kit_fault", where=where), err=True)
        return KitFault.exit_code
    return result if isinstance(result, int) else 0


def _usage_words(error: Any) -> str:
    """Say in the user's language what typer says in English; what it seldom says stays as it is."""
    parameter = getattr(error, "param", None)
    match type(error).__name__:
        case "MissingParameter" if parameter is not None:
            return say(
                "cli.usage_missing",
                name=parameter.opts[-1] if parameter.opts[0].startswith("-") else parameter.name.upper(),
            )
        case "NoSuchOption":
            return say("cli.usage_no_option", name=error.option_name)
        case "NoSuchCommand":
            return say("cli.usage_no_command", name=error.command_name)
    return str(error.format_message())


def _language(lang: str) -> None:
    if lang not in LANGUAGES:
        raise UsageError("no_language", lang=lang)


@app.command(help=say("cli.demo.help"))
def demo(
    schools: Annotated[int, typer.Option("--schools", min=1, max=600, help=say("cli.demo.schools"))] = 60,
    lang: LangOption = "zh",
    out: Annotated[Path, typer.Option("--out", help=say("cli.demo.out"))] = Path("demo-county"),
) -> None:
    """A synthetic county, the whole way to PDFs."""
    from wellbeing.demo import WAVES, make_demo

    _language(lang)
    with _Bar() as progress:
        result = make_demo(out, schools=schools, lang=lang, progress=progress)
        _write_worklist(Workspace.find(out), "screening", list(WAVES)[-1])
    _show_result(result)
    pdfs = sorted(path for path in result.output.glob("*.pdf") if not path.name.startswith("county"))
    county = next(result.output.glob("county_*.pdf"), result.output)
    shown = os.path.relpath(pdfs[0] if pdfs else result.output)
    typer.echo(say("cli.demo.done", report=os.path.relpath(county), school=shown))
    if result.failed:
        raise SchoolsFailed("schools_failed", count=len(result.failed), log="run.jsonl")


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


@app.command(help=say("cli.run.help"))
def run(
    survey: SurveyArgument,
    wave: WaveOption,
    school: Annotated[list[str] | None, typer.Option("--school", help=say("cli.run.school"))] = None,
    workers: WorkersOption = None,
    resume: Annotated[bool, typer.Option("--resume", help=say("cli.run.resume"))] = False,
    lang: LangOption = "zh",
) -> None:
    """Score, release, and make every report of a wave."""
    from wellbeing.batch.run import run as run_wave

    workspace = Workspace.find()
    _language(lang)
    # First, and whatever becomes of the release: nobody who needs somebody waits for statistics.
    _write_worklist(workspace, survey, wave)
    with _Bar() as progress:
        result = run_wave(
            workspace,
            survey,
            wave,
            frozen=datetime.now(UTC).date().isoformat(),
            schools=school or (),
            lang=lang,
            workers=workers,
            resume=resume,
            progress=progress,
        )
    _show_result(result)
    if result.failed:
        log = workspace.working(survey, wave).relative_to(workspace.root) / "run.jsonl"
        raise SchoolsFailed("schools_failed", count=len(result.failed), log=log.as_posix())


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


@app.command(help=say("cli.version.help"))
def version() -> None:
    """Say which version this is."""
    typer.echo(__version__)


def _write_worklist(workspace: Workspace, survey_id: str, wave: str) -> None:
    from wellbeing.followup import list_wave, write_worklist
    from wellbeing.surveys import check_wave, load_survey

    survey = load_survey(workspace, survey_id)
    if survey.clinical:
        write_worklist(workspace, survey, check_wave(wave), list_wave(workspace, survey, wave).worklist)


def _show_result(result: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table(show_header=True, box=None, pad_edge=False)
    table.add_column(say("cli.status"))
    table.add_column(say("cli.schools"), justify="right")
    for status in ("done", "in_group", "withheld", "failed", "pending"):
        count = sum(school["status"] == status for school in result.schools)
        if count or status != "pending":
            table.add_row(say(f"cli.status_{status}"), str(count))
    console.print(table)
    stages = "  ".join(f"{say(f'cli.stage_{name}')} {seconds:.1f} s" for name, seconds in result.seconds.items())
    console.print(say("cli.seconds", stages=stages, total=f"{sum(result.seconds.values()):.1f}"))
    console.print(say("cli.reports", made=result.made, kept=result.kept, folder=os.path.relpath(result.output)))


class _Bar(Progress):
    """A progress bar on the terminal; plain lines where the output is not one."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.console = Console(highlight=False, stderr=True)
        self.bar = RichProgress(*columns, console=self.console, disable=not self.console.is_terminal)
        self.task = self.bar.add_task("", total=None)
        self.failed = 0

    def __enter__(self) -> "_Bar":
        self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.stop()

    def stage(self, name: str) -> None:
        text = say(f"cli.stage_{name}")
        self.bar.update(self.task, description=text)
        if not self.console.is_terminal:
            self.console.print(f"{text} ...")

    def expect(self, reports: int) -> None:
        self.bar.reset(self.task, total=reports)

    def report(self, outcome: "Outcome") -> None:
        if outcome.error is not None:
            self.failed += 1
            self.console.print(say("cli.report_failed", unit=outcome.job.key))
        self.bar.advance(self.task)
