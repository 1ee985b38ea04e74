"""Commands about releases: how far each has come, and the acts of its sign-off."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wellbeing.cli.app import app
from wellbeing.errors import UsageError, WellbeingError
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from wellbeing.signoff.standing import SignOff

release_app = typer.Typer(help=say("cli.release.help"), no_args_is_help=True)
app.add_typer(release_app, name="release")

WaveOption = Annotated[str, typer.Option("--wave", help=say("cli.wave"))]
SurveyOption = Annotated[str | None, typer.Option("--survey", help=say("cli.release.survey"))]
SignerOption = Annotated[Path, typer.Option("--key", help=say("cli.release.key"))]
ReleaseKeyOption = Annotated[Path | None, typer.Option("--release-key", help=say("cli.release.release_key"))]
OfficeOption = Annotated[str, typer.Option("--office", help=say("cli.release.office"))]


@release_app.command(name="status", help=say("cli.release.status"))
def status(
    wave: Annotated[str | None, typer.Option("--wave", help=say("cli.wave"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False,
) -> None:
    """Show how far each release has come."""
    import json

    from wellbeing.disclosure.standing import standing

    workspace = Workspace.find()
    found = standing(workspace, wave)
    if as_json:
        typer.echo(json.dumps([release.record() for release in found], ensure_ascii=False, indent=1))
        return
    for one in found:
        for line in one.lines(current_language()):
            typer.echo(line)
        if one.state.name in ("audited", "approved", "issued"):
            _show_signoff(workspace, one.release.survey, one.release.wave, one.state.name == "issued")
    if not found:
        typer.echo(say("release.none"))


@release_app.command(help=say("cli.release.submit"))
def submit(wave: WaveOption, key: SignerOption, survey: SurveyOption = None) -> None:
    """Put a release before its approvers."""
    from wellbeing.signoff import approval
    from wellbeing.signoff.material import page_file

    workspace = Workspace.find()
    which = approval.only_survey(workspace, wave, survey)
    found = approval.submit(workspace, which, wave, _unlocked(key))
    page = page_file(workspace, which, wave).relative_to(workspace.root).as_posix()
    typer.echo(say("signoff.put_forward", page=page, wave=wave))
    _show_seen(found)


@release_app.command(help=say("cli.release.approve"))
def approve(
    wave: WaveOption,
    key: SignerOption,
    mark: Annotated[str, typer.Option("--mark", help=say("cli.release.mark"))],
    survey: SurveyOption = None,
    office: OfficeOption = "officer",
) -> None:
    """Approve what one has read."""
    from wellbeing.signoff import approval

    workspace = Workspace.find()
    which = approval.only_survey(workspace, wave, survey)
    found = approval.approve(workspace, which, wave, _unlocked(key), _office(office), mark)
    typer.echo(say("signoff.approved", found=len(found.approvals), needed=found.needed))
    _show_seen(found)
    if found.complete:
        typer.echo(say("signoff.complete", wave=wave))


@release_app.command(help=say("cli.release.issue"))
def issue(wave: WaveOption, survey: SurveyOption = None, release_key: ReleaseKeyOption = None) -> None:
    """Let a release go."""
    from wellbeing.signoff import approval
    from wellbeing.signoff.let_go import sign_files
    from wellbeing.signoff.statements import list_file

    workspace = Workspace.find()
    which = approval.only_survey(workspace, wave, survey)
    signing = _county_key(workspace, release_key)
    found = approval.issue(workspace, which, wave, signing)
    count = sign_files(workspace, which, wave, found, signing)
    path = list_file(workspace, which, wave).relative_to(workspace.root).as_posix()
    typer.echo(say("signoff.issued", count=count, wave=wave, path=path))


@release_app.command(help=say("cli.release.recall"))
def recall(
    wave: WaveOption,
    survey: SurveyOption = None,
    release_key: ReleaseKeyOption = None,
    office: OfficeOption = "officer",
    yes: Annotated[bool, typer.Option("--yes", help=say("cli.release.yes"))] = False,
) -> None:
    """Take an issued release back."""
    from wellbeing.disclosure.state import require
    from wellbeing.keys import verify_keys
    from wellbeing.signoff import approval
    from wellbeing.signoff.let_go import withdraw_files
    from wellbeing.signoff.statements import list_file

    workspace = Workspace.find()
    which = approval.only_survey(workspace, wave, survey)
    require(workspace.released(which, wave), "recall", verify_keys(workspace))
    if not yes:
        typer.confirm(say("signoff.confirm_recall", wave=wave, survey=which), abort=True)
    signing = _county_key(workspace, release_key)
    approval.recall(workspace, which, wave, signing, _office(office))
    withdraw_files(workspace, which, wave, signing)
    path = list_file(workspace, which, wave).relative_to(workspace.root).as_posix()
    typer.echo(say("signoff.recalled", wave=wave, path=path))


def _unlocked(file: Path) -> Any:
    from wellbeing.keys import files, passphrases

    # Before anybody types a passphrase for a file that is not there.
    files.locked_bytes(file)
    return files.read_release_key(file, passphrases.ask(file.name))


def _county_key(workspace: Workspace, file: Path | None) -> Any:
    from wellbeing.keys import files, passphrases, release_key_file, signing_key, verify_key

    if verify_key(workspace) is None:
        raise UsageError("no_release_key")
    path = file or release_key_file(workspace)
    files.locked_bytes(path)
    return signing_key(workspace, passphrases.ask(path.name), path)


def _office(office: str) -> Any:
    if office not in ("officer", "counsellor"):
        raise UsageError("signoff_office", office=office[:40])
    return office


def _show_seen(found: "SignOff") -> None:
    for name, digest in found.material.seen.items():
        typer.echo(say("signoff.seen", name=name, digest=digest))


def _show_signoff(workspace: Workspace, survey: str, wave: str, is_issued: bool) -> None:
    from wellbeing.signoff.standing import look

    try:
        found = look(workspace, survey, wave)
    except WellbeingError as error:  # the state was told; why the reports cannot be signed off is told too
        typer.echo(say("signoff.status_unmade", why=error.message().splitlines()[0]))
        return

    def name(key: str) -> str:
        return found.holders[key].name if key in found.holders else say("signoff.unknown_person")

    if not found.sound:
        typer.echo(say("signoff.status_record"))
    if found.submitted is None:
        typer.echo(say("signoff.status_none"))
    else:
        typer.echo(say("signoff.status_submitted", at=found.submitted.at, name=name(found.submitted.key)))
    for entry in found.approvals:
        office = say(f"release.office_{entry.office}")
        typer.echo(say("signoff.status_approval", at=entry.at, name=name(entry.key), office=office))
    for entry, reason in found.void:
        told = say(f"signoff.reason_{reason}")
        typer.echo(say("signoff.status_void", at=entry.at, name=name(entry.key), reason=told))
    typer.echo(say("signoff.status_count", found=len(found.approvals), needed=found.needed))
    if is_issued and found.issued is None:
        typer.echo(say("signoff.status_reissue"))
