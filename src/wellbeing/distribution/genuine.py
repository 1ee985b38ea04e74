"""What a school asks of the file it holds: is it genuine, is it mine, is it the one in use?"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wellbeing.distribution.matching import codes_inside
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.keys import verify_keys
from wellbeing.keys.files import release_public_key
from wellbeing.keys.holders import to_compare
from wellbeing.signoff.statements import Statement, list_file, read_list, read_statement
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Currency = Literal["current", "superseded", "recalled", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """A file that is genuine: whose it is, whether it is in use, and by which key that was said.

    ``currency`` is ``unknown`` without the bureau's list; ``at`` the moment of that list. ``known_key`` says whether
    the key is one that the user named or the workspace lists; otherwise its `end` is for the user to compare, and
    only that says whether the file is genuine.
    """

    statement: Statement
    currency: Currency
    at: str
    end: str
    known_key: bool


def signature_beside(file: Path) -> Path:
    """Say where a file's signature lies."""
    return file.with_name(file.name + ".sig")


def check_genuine(
    file: Path, *, public: str | None = None, in_use: Path | None = None, workspace: Workspace | None = None
) -> Verdict:
    """Check a school's PDF by the signature beside it.

    Parameters
    ----------
    file : Path
    public : str, optional
        The county's public key in hexadecimal, as the bureau published it; blanks in it are left out.
    in_use : Path, optional
        The bureau's list ``files_in_use.json``; by default the workspace's.
    workspace : Workspace, optional
        Whose list of keys holds, where the file is checked in the bureau.

    Raises
    ------
    UsageError
        If the file, its signature or the list is not there, or `public` is no key.
    InputError
        If the file was changed, is another school's than its name says, or was signed by another key.
    """
    signature = signature_beside(file)
    for path in (file, signature, *([in_use] if in_use else [])):
        if not path.is_file():
            raise UsageError("no_file", path=str(path))
    keys = _keys(public, workspace)
    statement, signed_by = read_statement(signature.read_bytes(), signature.name, keys)
    content = file.read_bytes()
    problems = []
    if hashlib.sha256(content).hexdigest() != statement.sha256:
        problems.append(Problem("file_tampered", file.name))
    elif codes_inside(content) != (statement.unit, statement.survey, statement.wave):
        problems.append(Problem("file_other_school", file.name))
    if file.name != f"{statement.school}_{statement.wave}.pdf":
        problems.append(Problem("file_other_name", file.name))
    if problems:
        raise InputError(problems)
    listed = in_use
    if listed is None and workspace is not None:
        own = list_file(workspace, statement.survey, statement.wave)
        listed = own if own.is_file() else None
    currency, at = _currency(statement, listed, keys or (release_public_key(signed_by),))
    return Verdict(statement, currency, at, to_compare(signed_by), bool(keys))


def _keys(public: str | None, workspace: Workspace | None) -> "tuple[Ed25519PublicKey, ...]":
    if public is not None:
        try:
            return (release_public_key("".join(public.split()).lower()),)
        except ValueError:
            raise UsageError("no_public_key") from None
    return verify_keys(workspace) if workspace is not None else ()


def _currency(statement: Statement, listed: Path | None, keys: "tuple[Ed25519PublicKey, ...]") -> tuple[Currency, str]:
    if listed is None:
        return "unknown", ""
    told, _ = read_list(listed.read_bytes(), listed.name, keys)
    if (told["survey"], told["wave"]) != (statement.survey, statement.wave):
        raise InputError([Problem("list_other_wave", listed.name)])
    # A file that the newest list does not name is in use no longer, if it ever was.
    state = told["files"].get(statement.sha256, "superseded")
    return (state if state in ("current", "superseded", "recalled") else "superseded"), str(told["at"])
