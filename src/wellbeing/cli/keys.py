"""Commands about keys: make one, show who holds which, take one out of use."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from wellbeing.cli.app import app
from wellbeing.errors import UsageError
from wellbeing.texts import say
from wellbeing.workspace import Workspace

_ROLES = ("counsellor", "escrow", "release", "codes", "signer")

keys_app = typer.Typer(help=say("cli.keys.help"), no_args_is_help=True)
app.add_typer(keys_app, name="keys")


@keys_app.command(help=say("cli.keys.new.help"))
def new(
    name: Annotated[str, typer.Option("--name", help=say("cli.keys.name"))],
    role: Annotated[str, typer.Option("--role", help=say("cli.keys.role"))] = "counsellor",
    school: Annotated[list[str] | None, typer.Option("--school", help=say("cli.keys.school"))] = None,
    out: Annotated[Path | None, typer.Option("--out", help=say("cli.keys.out"))] = None,
    public: Annotated[str | None, typer.Option("--public", help=say("cli.keys.public"))] = None,
) -> None:
    """Make a key, or enter one that was made elsewhere."""
    from wellbeing import audit_log
    from wellbeing.keys import release_key_file
    from wellbeing.keys.holders import Holder, add_holder, check_new

    if role not in _ROLES:
        raise UsageError("keys_role", role=role[:40], known=", ".join(_ROLES))
    if public is not None and out is not None:
        raise UsageError("keys_one_of_two")
    if public is not None and role not in ("counsellor", "escrow", "signer"):
        raise UsageError("keys_public_role")
    workspace = _workspace()
    if public is None and out is None:
        if role != "release" or workspace is None:
            raise UsageError("keys_out")
        out = release_key_file(workspace)
    schools = _schools(workspace, school or [])
    today = datetime.now(UTC).date().isoformat()
    if workspace is not None:
        # Before anybody is asked for a passphrase.
        check_new(workspace, name, role)
    if workspace is not None and out is not None and role != "release" and workspace.root in out.resolve().parents:
        typer.echo(say("keys.in_workspace"), err=True)
    made = public or _make(role, out or Path(), name)
    if public is None:
        typer.echo(say("keys.made", file=str(out), public=made))
        typer.echo(say("keys.keep_release" if role == "release" else "keys.keep_own"))
        if role == "counsellor":
            typer.echo(say("keys.if_lost"))
    if workspace is None:
        if role in ("counsellor", "escrow", "signer"):
            typer.echo(say("keys.not_listed", role=role))
        return
    try:
        holder = Holder(name, role, made, today, tuple(schools))  # type: ignore[arg-type]
        add_holder(workspace, holder)
    except BaseException:
        if public is None and out is not None:
            out.unlink(missing_ok=True)  # a key that nobody is listed for would only be mistaken for one
        raise
    audit_log.append(workspace, "key_made", "keyholder", role=role, key=holder.mark)
    typer.echo(say("keys.listed", name=name, role=say(f"keys.role_{role}"), schools=_told(schools)))
    if role == "escrow":
        _copy_wave_keys(workspace)
    _advise(workspace, role)


def _make(role: str, out: Path, name: str) -> str:
    from wellbeing.keys import files, passphrases
    from wellbeing.pseudonyms import key_mark

    files.check_place(out)
    passphrase = passphrases.ask_new(out.name)
    if role in ("release", "signer"):
        return files.new_release_file(out, passphrase)
    if role == "codes":
        return key_mark(files.new_code_file(out, passphrase, name).key)
    return files.new_identity_file(out, passphrase)


def _advise(workspace: Workspace, role: str) -> None:
    from wellbeing.followup.rotation import has_register
    from wellbeing.keys.holders import read_holders

    if role not in ("counsellor", "escrow"):
        return
    if has_register(workspace):
        typer.echo(say("keys.older_lists"))
    if not any(holder.role == "escrow" and not holder.left for holder in read_holders(workspace)):
        typer.echo(say("keys.no_escrow"))


@keys_app.command(help=say("cli.keys.show.help"))
def show(as_json: Annotated[bool, typer.Option("--json", help=say("cli.json"))] = False) -> None:
    """Who holds which key."""
    from wellbeing.keys.holders import read_holders, to_compare

    holders = read_holders(Workspace.find())
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps([asdict(holder) for holder in holders], ensure_ascii=False, indent=1))
        return
    if not holders:
        typer.echo(say("keys.show_none"))
    for holder in holders:
        told: dict[str, Any] = {"name": holder.name, "role": say(f"keys.role_{holder.role}")}
        if holder.left:
            typer.echo(say("keys.show_left", since=holder.since, left=holder.left, **told))
        else:
            schools = _told(holder.schools) if holder.role in ("counsellor", "escrow") else ""
            typer.echo(say("keys.show_line", since=holder.since, schools=schools, **told))
        # Whole: schools name it to `wellbeing verify`, and a holder compares it with what she was told.
        typer.echo(say("keys.show_public", public=holder.public))
        if holder.role == "release" and not holder.left:
            typer.echo(say("keys.show_compare", end=to_compare(holder.public)))


@keys_app.command(help=say("cli.keys.rotate.help"))
def rotate(
    remove: Annotated[str | None, typer.Option("--remove", help=say("cli.keys.remove"))] = None,
    identity: Annotated[Path | None, typer.Option("--identity", help=say("cli.keys.identity"))] = None,
) -> None:
    """Take a leaver's key out of use, and seal the register to those who remain."""
    from wellbeing import audit_log
    from wellbeing.followup.rotation import check_rotation, has_register, reseal_register
    from wellbeing.keys.holders import holder_named, retire_holder

    workspace = Workspace.find()
    leaving = holder_named(workspace, remove) if remove is not None else None
    concerns_register = leaving is None or leaving.role in ("counsellor", "escrow")
    unlocked = []
    if concerns_register and has_register(workspace):
        if identity is None:
            raise UsageError("rotate_identity")
        unlocked = [unlock(identity)]
        if leaving is not None:
            check_rotation(workspace, unlocked, leaving)
    if leaving is not None:
        # First, so that whatever is written from now on is not sealed to the leaver.
        retire_holder(workspace, leaving.name, datetime.now(UTC).date().isoformat())
        audit_log.append(workspace, "key_retired", "keyholder", role=leaving.role, key=leaving.mark)
        typer.echo(say("keys.retired", name=leaving.name))
        if leaving.role == "escrow":
            _copy_wave_keys(workspace)
    if unlocked:
        done, others = reseal_register(workspace, unlocked)
        audit_log.append(workspace, "register_resealed", "keyholder", files=done)
        typer.echo(say("keys.resealed", count=done))
        if others:
            typer.echo(say("keys.others", count=others))


@keys_app.command(help=say("cli.keys.recover.help"))
def recover(
    identity: Annotated[Path, typer.Option("--identity", help=say("cli.keys.recover.identity"))],
) -> None:
    """Put lost data keys of waves back, with the escrow's key."""
    from wellbeing import audit_log
    from wellbeing.keys.wave_keys import recover_wave_keys

    workspace = Workspace.find()
    back = recover_wave_keys(workspace, [unlock(identity)])
    if back:
        audit_log.append(workspace, "wave_keys_recovered", "keyholder", files=len(back))
    for file in back:
        typer.echo(say("wave_keys.recovered", file=file))
    if not back:
        typer.echo(say("wave_keys.nothing_lost"))


def unlock(identity: Path) -> Any:
    """Ask for the passphrase of a key file and unlock it."""
    from wellbeing.keys import files, passphrases

    # Before anybody types a passphrase for a file that is not there.
    files.locked_bytes(identity)
    return files.read_identity(identity, passphrases.ask(identity.name))


def _copy_wave_keys(workspace: Workspace) -> None:
    from wellbeing.keys.wave_keys import give_to_escrow

    if count := give_to_escrow(workspace):
        typer.echo(say("wave_keys.copied", count=count))


def _workspace() -> Workspace | None:
    try:
        return Workspace.find()
    except UsageError:
        return None


def _schools(workspace: Workspace | None, schools: list[str]) -> list[str]:
    if workspace is None or not schools:
        return schools
    from wellbeing.surveys import read_roster

    roster = read_roster(workspace.roster).schools.index
    if unknown := [school for school in schools if school not in roster]:
        raise UsageError("no_school", schools=", ".join(unknown))
    return schools


def _told(schools: Any) -> str:
    return ", ".join(schools) if schools else say("keys.every_school")
