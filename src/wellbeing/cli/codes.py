"""The command that makes codes and their cards, where the staff list is kept."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellbeing.cli.app import LangOption, app, check_language
from wellbeing.errors import UsageError
from wellbeing.texts import say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from wellbeing.code_cards import Member


@app.command(help=say("cli.codes.help"))
def codes(
    staff: Annotated[Path, typer.Argument(metavar="STAFF.csv", help=say("cli.codes.staff"))],
    out: Annotated[Path, typer.Option("--out", help=say("cli.codes.out"))],
    key: Annotated[Path | None, typer.Option("--key", help=say("cli.codes.key"))] = None,
    whose: Annotated[str | None, typer.Option("--whose", metavar="CODE", help=say("cli.codes.whose"))] = None,
    lang: LangOption = "zh",
) -> None:
    """Codes from a staff list, and cards to hand out."""
    from wellbeing.code_cards import KEY_FILE, LIST_FILE, make_codes, read_staff
    from wellbeing.keys import files, passphrases

    check_language(lang)
    members = read_staff(staff)
    key_file = key or out / KEY_FILE
    if whose is not None:
        _tell_whose(members, key_file, whose)
        return
    if out.exists() and not out.is_dir():
        raise UsageError("not_a_folder", path=str(out))
    if _in_workspace(out):
        typer.echo(say("codes.in_workspace", folder=str(out)), err=True)
    if key is None and not key_file.exists():
        typer.echo(say("codes.new_key", file=str(key_file)))
        passphrase = passphrases.ask_new(key_file.name)
        county = files.new_code_file(key_file, passphrase, _county())
    else:
        files.locked_bytes(key_file)
        passphrase = passphrases.ask(key_file.name)
        county = files.read_code_key(key_file, passphrase)
    try:
        sheets = make_codes(members, county, out, passphrase, lang)
    except OSError:
        raise UsageError("cannot_write", path=str(out)) from None
    typer.echo(say("codes.done", count=len(members), sheets=len(sheets), folder=str(out), list=LIST_FILE))


def _tell_whose(members: "tuple[Member, ...]", key_file: Path, code: str) -> None:
    from wellbeing.code_cards import whose
    from wellbeing.keys import files, passphrases
    from wellbeing.pseudonyms import canonical_code

    wanted = canonical_code(code)
    if wanted is None:
        raise UsageError("malformed_code")
    files.locked_bytes(key_file)
    member = whose(members, files.read_code_key(key_file, passphrases.ask(key_file.name)), wanted)
    if member is None:
        typer.echo(say("codes.nobody"))
        return
    shown = member.name or member.staff_id
    typer.echo(say("codes.whose", school=member.shown_school, number=member.number, row=member.row, name=shown))


def _county() -> str:
    """Name the county as its workspace does, where there is one; the name only keeps two counties' codes apart."""
    from wellbeing.surveys import load_county

    try:
        return load_county(Workspace.find()).name.in_("zh")
    except UsageError:
        return say("codes.county", "zh")


def _in_workspace(folder: Path) -> bool:
    try:
        Workspace.find(folder)
    except UsageError:
        return False
    return True
