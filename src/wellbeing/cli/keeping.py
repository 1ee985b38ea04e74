"""Commands on what is kept: erase a person or a wave, verify that files are those that were made."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from wellbeing.cli.app import app
from wellbeing.cli.keys import unlock
from wellbeing.errors import InputError, UsageError
from wellbeing.texts import say
from wellbeing.workspace import Workspace


@app.command(help=say("cli.erase.help"))
def erase(
    code: Annotated[str | None, typer.Argument(metavar="CODE", help=say("cli.followup.code"))] = None,
    wave: Annotated[str | None, typer.Option("--wave", help=say("cli.erase.wave"))] = None,
    survey: Annotated[str | None, typer.Option("--survey", help=say("cli.erase.survey"))] = None,
    register_only: Annotated[bool, typer.Option("--register-only", help=say("cli.erase.register_only"))] = False,
    identity: Annotated[Path | None, typer.Option("--identity", help=say("cli.erase.identity"))] = None,
) -> None:
    """Erase one person, or a wave that was kept long enough."""
    from wellbeing.erasure import erase_person, erase_wave
    from wellbeing.followup.register import known_code
    from wellbeing.retention import due

    if (code is None) == (wave is None):
        raise UsageError("erase_what")
    workspace = Workspace.find()
    today = date.today()
    if code is not None:
        known_code(code)
        receipt = erase_person(workspace, code, today.isoformat(), [unlock(identity)] if identity else [])
    else:
        what = "register" if register_only else "all"
        past = {one.what for one in due(workspace, today) if one.wave == wave}
        if not past & {"answers", "records", what} and sys.stdin is not None and sys.stdin.isatty():
            typer.confirm(say("erasing.confirm", wave=str(wave)), abort=True)
        receipt = erase_wave(workspace, str(wave), today.isoformat(), survey, what)
    for line in receipt.lines():
        typer.echo(line)
    typer.echo(say("erasing.receipt", path=receipt.path.relative_to(workspace.root).as_posix()))


@app.command(help=say("cli.verify.help"))
def verify(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help=say("cli.verify.file"))] = None,
    key: Annotated[str | None, typer.Option("--key", help=say("cli.verify.key"))] = None,
    in_use: Annotated[Path | None, typer.Option("--in-use", help=say("cli.verify.in_use"))] = None,
) -> None:
    """Check the audit log, a manifest's files, or a school's report by the signature beside it."""
    from wellbeing.audit_log import log_file
    from wellbeing.verification import verify_all, verify_file, verify_log, verify_sealed

    if file is None:
        workspace = Workspace.find()
        lines, files = verify_all(workspace)
        typer.echo(say("erasing.log_well", count=lines))
        typer.echo(say("erasing.files_well", count=files))
        if sealed := verify_sealed(workspace):
            typer.echo(say("erasing.sealed_well", count=sealed))
        return
    if file.with_name(file.name + ".sig").is_file() or key is not None or in_use is not None:
        _verify_report(file, key, in_use)
        return
    if file.is_file() and file.name == "log.jsonl":
        workspace = Workspace.find(file.resolve().parent)
        if file.resolve() != log_file(workspace).resolve():
            raise UsageError("verify_what", path=str(file))
        typer.echo(say("erasing.log_well", count=verify_log(workspace)))
        return
    typer.echo(say("erasing.files_well", count=verify_file(file)))


def _verify_report(file: Path, key: str | None, in_use: Path | None) -> None:
    from wellbeing.distribution.genuine import check_genuine

    try:
        workspace = Workspace.find(file.resolve().parent)
    except UsageError:  # at a school there is none
        workspace = None
    verdict = check_genuine(file, public=key, in_use=in_use, workspace=workspace)
    said = verdict.statement
    known, key_said = ("genuine", "known") if verdict.known_key else ("unchanged", "unknown")
    typer.echo(say(f"distribution.{known}", school=said.school, survey=said.survey, wave=said.wave))
    typer.echo(say(f"distribution.key_{key_said}", end=verdict.end))
    typer.echo(say(f"distribution.currency_{verdict.currency}", at=verdict.at))
    # A forger's own signature is unchanged, too: without the bureau's key nothing is proved.
    if not verdict.known_key or verdict.currency in ("superseded", "recalled"):
        raise typer.Exit(InputError.exit_code)
