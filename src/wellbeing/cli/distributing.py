"""The command that gives each school its report: a dry run unless told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wellbeing.cli.app import LangOption, app, check_language
from wellbeing.cli.releasing import SurveyOption, WaveOption
from wellbeing.errors import SchoolsFailed, UsageError
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from wellbeing.distribution.carrying import Means
    from wellbeing.distribution.plan import Plan

_PACKED_BY_WAY = {"zip": "zip", "pdf": "pdf", "age": "age", "folder": "plain"}


@app.command(help=say("cli.distribute.help"))
def distribute(
    wave: WaveOption,
    survey: SurveyOption = None,
    way: Annotated[str, typer.Option("--as", help=say("cli.distribute.way"))] = "folder",
    packed: Annotated[str, typer.Option("--packed", help=say("cli.distribute.packed"))] = "plain",
    send: Annotated[bool, typer.Option("--send", help=say("cli.distribute.send"))] = False,
    school: Annotated[list[str] | None, typer.Option("--school", help=say("cli.distribute.school"))] = None,
    again: Annotated[list[str] | None, typer.Option("--again", help=say("cli.distribute.again"))] = None,
    passwords: Annotated[Path | None, typer.Option("--passwords", help=say("cli.distribute.passwords"))] = None,
    new_passwords: Annotated[
        Path | None, typer.Option("--new-passwords", help=say("cli.distribute.new_passwords"))
    ] = None,
    recall: Annotated[bool, typer.Option("--recall", help=say("cli.distribute.recall"))] = False,
    arrived: Annotated[str | None, typer.Option("--arrived", help=say("cli.distribute.arrived"))] = None,
    bounced: Annotated[str | None, typer.Option("--bounced", help=say("cli.distribute.bounced"))] = None,
    lang: LangOption = "zh",
) -> None:
    """Give each school its issued report."""
    from wellbeing.distribution.packing import PACKINGS
    from wellbeing.distribution.passwords import new_passwords as make_passwords
    from wellbeing.signoff.approval import only_survey
    from wellbeing.surveys import read_roster

    check_language(lang)
    if sum([recall, arrived is not None, bounced is not None, new_passwords is not None]) > 1:
        raise UsageError("distribute_one")
    ways = ("folder", "eml", "smtp") if recall else (*_PACKED_BY_WAY, "eml", "smtp")
    if way not in ways:
        raise UsageError("distribute_way", way=way[:40], known=", ".join(ways))
    if packed not in PACKINGS:
        raise UsageError("distribute_way", way=packed[:40], known=", ".join(PACKINGS))
    workspace = Workspace.find()
    which = only_survey(workspace, wave, survey)
    schools = [str(known) for known in read_roster(workspace.roster).schools.index]
    asked = [*(school or []), *(again or []), *filter(None, [arrived, bounced])]
    if unknown := [one for one in asked if one not in schools]:
        raise UsageError("no_school", schools=", ".join(one[:40] for one in unknown))
    if new_passwords is not None:
        make_passwords(workspace, schools, new_passwords)
        typer.echo(say("distribution.passwords_made", count=len(schools), path=str(new_passwords)))
        return
    if arrived is not None or bounced is not None:
        _mark(workspace, which, wave, lang, str(arrived or bounced), "arrived" if arrived else "bounced")
        return
    if recall:
        _recall(workspace, which, wave, way, send)
        return
    packing = _PACKED_BY_WAY.get(way, packed)
    _distribute(workspace, which, wave, lang, way, packing, send, school or [], again or [], passwords, schools)


def _distribute(
    workspace: Workspace,
    survey: str,
    wave: str,
    lang: str,
    way: Any,
    packing: Any,
    send: bool,
    chosen: list[str],
    again: list[str],
    passwords: Path | None,
    schools: list[str],
) -> None:
    from wellbeing.distribution.carrying import carry_out
    from wellbeing.distribution.index_page import write_index
    from wellbeing.distribution.passwords import read_passwords
    from wellbeing.distribution.plan import make_plan, only
    from wellbeing.distribution.register import read_register, register_held
    from wellbeing.signoff.approval import require_issued

    if packing in ("zip", "pdf") and passwords is None:
        raise UsageError("passwords_needed")
    known = read_passwords(passwords, schools) if passwords is not None else {}
    found = require_issued(workspace, survey, wave)
    with register_held(workspace, survey, wave) as file:
        whole = make_plan(workspace, survey, wave, lang, way, packing, found, read_register(file), frozenset(again))
        plan = only(whole, frozenset([*chosen, *again]) if chosen else frozenset())
        _show(plan)
        if packing == "pdf":
            typer.echo(say("distribution.pdf_copy"))
        going = sum(row.goes for row in plan.rows)
        if not send:
            typer.echo(say("distribution.dry", count=going))
            return
        with _means(workspace, way, known) as means:
            carried = carry_out(workspace, plan, file, means, told=_tell)
        after = make_plan(workspace, survey, wave, lang, way, packing, found, read_register(file))
        page = write_index(workspace, after, read_register(file), current_language())
    place = page.relative_to(workspace.root).as_posix()
    typer.echo(say("distribution.done", well=carried.well, tried=going, page=place))
    if carried.stopped is not None:
        raise carried.stopped
    without = going - carried.well + sum(row.state in ("no_report", "unsure", "bounced") for row in plan.rows)
    if without:
        raise SchoolsFailed("schools_without", count=without)


def _recall(workspace: Workspace, survey: str, wave: str, way: Any, send: bool) -> None:
    from wellbeing.distribution.recalling import recall_rows, send_recall
    from wellbeing.distribution.register import read_register, register_held

    with register_held(workspace, survey, wave) as file:
        release, rows = recall_rows(workspace, survey, wave, way, read_register(file))
        open_rows = [row for row in rows if not row.done and not row.unsure]
        for row in open_rows:
            typer.echo(f"  {row.recipient.school}  {row.recipient.name}  {row.recipient.email}")
        if not send:
            typer.echo(say("distribution.recall_dry", count=len(open_rows)))
            return
        with _means(workspace, way, {}) as means:
            endings = send_recall(workspace, survey, wave, way, release, rows, file, means, told=_tell)
    well = sum(event in ("recall_made", "recall_sent") for event in endings)
    typer.echo(say("distribution.recall_done", well=well, tried=len(open_rows)))
    if without := len(open_rows) - well + sum(row.unsure for row in rows):
        raise SchoolsFailed("schools_without", count=without)


def _mark(workspace: Workspace, survey: str, wave: str, lang: str, school: str, event: Any) -> None:
    from dataclasses import replace

    from wellbeing.distribution.register import enter, read_register, register_held, stamp

    with register_held(workspace, survey, wave) as file:
        held = read_register(file).held(school, lang)
        if held is None:
            raise UsageError("nothing_held", school=school)
        enter(file, replace(held, at=stamp(), event=event))
    typer.echo(say("distribution.marked", school=school, what=say(f"distribution.event_{event}")))


@contextmanager
def _means(workspace: Workspace, way: str, passwords: dict[str, str]) -> "Iterator[Means]":
    from wellbeing.distribution.carrying import Means
    from wellbeing.distribution.mailing import postbox, read_mail_settings, sender_of, settings_file

    if way not in ("eml", "smtp"):
        yield Means(passwords)
        return
    if not settings_file(workspace).is_file():
        raise UsageError("mail_no_settings")
    settings = read_mail_settings(workspace)
    if way == "eml":
        yield Means(passwords, sender_of(settings))
        return
    from wellbeing.keys.passphrases import ask_password

    password = ask_password(say("distribution.ask_mail", user=settings.user)) if settings.user else ""
    with postbox(workspace, settings, password) as box:
        yield Means(passwords, sender_of(settings), box)


def _show(plan: "Plan") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for head in ("school", "to", "file", "digest", "state"):
        table.add_column(say(f"distribution.head_{head}"), overflow="fold")
    for row in plan.rows:
        file = row.sending.file_name if row.sending else "-"
        digest = row.sending.statement.sha256[:12] if row.sending else "-"
        to = row.recipient.email if plan.way in ("eml", "smtp") else f"{row.recipient.school}/"
        shown = say(f"distribution.row_{row.state}")
        table.add_row(f"{row.recipient.school} {row.recipient.name}", to, file, digest, shown)
    Console(highlight=False, markup=False).print(table)


def _tell(school: str, event: str) -> None:
    typer.echo(f"  {school}  {say(f'distribution.event_{event}')}")
