"""Commands on the counsellor's register: list, record, close, print, export; and the same day's alert."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellbeing.cli.app import app
from wellbeing.cli.keys import unlock
from wellbeing.errors import InputError, UsageError
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from wellbeing.followup.entries import Case
    from wellbeing.followup.register import Register
    from wellbeing.surveys import Roster

followup_app = typer.Typer(help=say("cli.followup.help"), no_args_is_help=True)
app.add_typer(followup_app, name="followup")

CodeArgument = Annotated[str, typer.Argument(metavar="CODE", help=say("cli.followup.code"))]
SurveyOption = Annotated[str, typer.Option("--survey", help=say("cli.survey"))]
WaveOption = Annotated[str | None, typer.Option("--wave", help=say("cli.followup.wave"))]
IdentityOption = Annotated[Path | None, typer.Option("--identity", help=say("cli.followup.identity"))]
OnOption = Annotated[str | None, typer.Option("--on", help=say("cli.followup.on"))]


@followup_app.command(name="list", help=say("cli.followup.list.help"))
def list_(
    survey: SurveyOption = "screening",
    wave: WaveOption = None,
    school: Annotated[str, typer.Option("--school", help=say("cli.followup.school"))] = "",
    identity: IdentityOption = None,
) -> None:
    """Who needs somebody, most urgent first."""
    register, roster = _open(survey, wave, identity)
    cases = register.cases(school)
    lang = current_language()
    typer.echo(say("followup.list_head", lang, wave=register.wave, count=len(cases)))
    for place, case in enumerate(cases, 1):
        for line in _lines(place, case, register, roster, lang):
            typer.echo(line)
    if not cases:
        typer.echo(say("followup.list_empty", lang))
    if register.problems:
        # The others are shown first: one broken file hides nobody else.
        raise InputError(register.problems)


@followup_app.command(help=say("cli.followup.record.help"))
def record(
    code: CodeArgument,
    state: Annotated[str, typer.Option("--state", help=say("cli.followup.state"))],
    on: OnOption = None,
    survey: SurveyOption = "screening",
    wave: WaveOption = None,
    identity: IdentityOption = None,
) -> None:
    """Record what became of one person."""
    from wellbeing.followup.entries import STATES

    if state not in STATES:
        raise UsageError("bad_state", known=", ".join(STATES))
    _record(code, state, on, survey, wave, identity)


@followup_app.command(help=say("cli.followup.close.help"))
def close(
    code: CodeArgument,
    on: OnOption = None,
    survey: SurveyOption = "screening",
    wave: WaveOption = None,
    identity: IdentityOption = None,
) -> None:
    """Close a case; its printed page is destroyed."""
    _record(code, "closed", on, survey, wave, identity)


def _record(code: str, state: str, on: str | None, survey: str, wave: str | None, identity: Path | None) -> None:
    from wellbeing.followup.pages import destroy_page
    from wellbeing.followup.register import known_code, record_contact

    day = _day(on)
    known_code(code)  # a slip is told before anybody types a passphrase
    register, _ = _open(survey, wave, identity)
    case = register.case(code)
    if state == "closed" and case.page:
        destroy_page(register, case)
        typer.echo(say("followup.page_destroyed"))
    record_contact(register, code, state, day)  # type: ignore[arg-type]
    typer.echo(say("followup.recorded", state=say(f"followup.state_{state}"), day=day))


@followup_app.command(name="print", help=say("cli.followup.print.help"))
def print_(
    code: CodeArgument,
    survey: SurveyOption = "screening",
    wave: WaveOption = None,
    identity: IdentityOption = None,
) -> None:
    """Make one person's page: an act that the register and the audit log note."""
    from wellbeing import audit_log
    from wellbeing.followup.pages import print_page
    from wellbeing.followup.register import known_code

    known_code(code)
    register, roster = _open(survey, wave, identity)
    register.case(code)
    audit_log.append(register.workspace, "pages_printed", "counsellor", survey=register.survey.id, wave=register.wave)
    path = print_page(register, code, roster, _today(), current_language())
    typer.echo(say("followup.page_made", path=path.relative_to(register.workspace.root).as_posix()))


@followup_app.command(help=say("cli.followup.export.help"))
def export(
    out: Annotated[Path | None, typer.Option("--out", help=say("cli.followup.out"))] = None,
    survey: SurveyOption = "screening",
    wave: WaveOption = None,
    identity: IdentityOption = None,
) -> None:
    """For the county: classes of counts and times of all schools together, nothing per person."""
    from wellbeing import audit_log
    from wellbeing.followup.county_classes import county_classes
    from wellbeing.whole_files import write_whole

    register, roster = _open(survey, wave, identity)
    if register.problems:
        raise InputError(register.problems)
    if not set(map(str, roster.schools.index)) <= set(register.schools):
        raise UsageError("not_the_county")
    rows = []
    for told in county_classes(register.cases(), register.survey.policy.class_width):
        shown = "-" if told.low is None else f"{told.low}-{told.high}"
        typer.echo(f"{say(f'followup.class_{told.what}')}: {shown}")
        rows.append(f"{told.what},{shown}\n")
    audit_log.append(
        register.workspace, "classes_exported", "counsellor", survey=register.survey.id, wave=register.wave
    )
    if out is not None:
        try:
            write_whole(out, ("what,class\n" + "".join(rows)).encode("utf-8"))
        except OSError:
            raise UsageError("cannot_write", path=str(out)) from None


@app.command(help=say("cli.alert.help"))
def alert(
    file: Annotated[Path, typer.Argument(help=say("cli.import.file"))],
    survey: Annotated[str, typer.Option("--survey", help=say("cli.survey"))],
    wave: Annotated[str, typer.Option("--wave", help=say("cli.wave"))],
    platform: Annotated[str | None, typer.Option("--platform", help=say("cli.import.platform"))] = None,
) -> None:
    """The same day: acute risk into the register, and nothing else."""
    from wellbeing.followup.alerts import alert_from
    from wellbeing.surveys import check_wave, load_survey, read_roster

    workspace = Workspace.find()
    check_wave(wave)
    definition = load_survey(workspace, survey)
    roster = read_roster(workspace.roster)
    told = alert_from(workspace, definition, wave, roster, file, platform, _today())
    typer.echo(say("followup.alert_done", rows=told.rows, files=told.files, wave=wave))
    if told.without_counsellor:
        typer.echo(say("followup.alert_elsewhere", schools=", ".join(told.without_counsellor)), err=True)
    if told.problems:
        typer.echo(say("followup.alert_unread"), err=True)
        raise InputError(told.problems)


def _open(survey: str, wave: str | None, identity: Path | None) -> "tuple[Register, Roster]":
    from wellbeing.followup.register import open_register, waves_of
    from wellbeing.surveys import load_survey, read_roster

    workspace = Workspace.find()
    definition = load_survey(workspace, survey)
    roster = read_roster(workspace.roster)
    waves = waves_of(workspace, definition.id)
    if not waves:
        raise UsageError("no_register_at_all", survey=definition.id)
    if wave is not None and wave not in waves:
        raise UsageError("no_register", survey=definition.id, wave=wave[:40])
    if identity is None:
        raise UsageError("identity_needed")
    return open_register(workspace, definition, wave or waves[-1], [unlock(identity)]), roster


def _lines(place: int, case: "Case", register: "Register", roster: "Roster", lang: str) -> list[str]:
    from wellbeing.followup.words import describe
    from wellbeing.pseudonyms import grouped

    entry = case.entry
    school = str(roster.schools["name"].get(entry.school, entry.school))
    if entry.school not in roster.schools.index:
        school = say("followup.school_unknown", lang)
    when = say(f"followup.{entry.when}", lang)
    lines = [
        say("followup.case_head", lang, place=place, when=when, code=grouped(entry.code), school=school),
        say("followup.case_why", lang, reasons=describe(entry.reasons, register.survey, lang)),
    ]
    since = case.contacts[-1].on if case.contacts else ""
    state = say(f"followup.state_{case.state}", lang)
    lines.append(say("followup.case_state", lang, state=state, since=since, day=entry.day))
    for wave, contact in case.earlier:
        told = say(f"followup.state_{contact.state}", lang)
        lines.append(say("followup.case_earlier", lang, wave=wave, state=told, day=contact.on))
    if not case.listed:
        lines.append(say("followup.case_not_listed", lang))
    return lines


def _day(on: str | None) -> str:
    if on is None:
        return _today()
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise UsageError("bad_day") from None
    if len(on) != 10 or on > date.today().isoformat():
        raise UsageError("bad_day")
    return day.isoformat()


def _today() -> str:
    return date.today().isoformat()
