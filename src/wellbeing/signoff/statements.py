"""The signature beside each school's file, and the list of files in use: how a school tells that hers is genuine.

A signature inside the PDF would add a revision, which the search of finished files forbids; so it stands in a file of
its own, ``<file>.sig``, and says for which school, wave and language the file is, with its SHA-256 (Ed25519).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wellbeing.errors import InputError, Problem
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FileState = Literal["current", "superseded", "recalled"]
_FILE = b"wellbeing file 1\n"
_LIST = b"wellbeing files in use 1\n"


@dataclass(frozen=True)
class Statement:
    """For whom a file is: one school's, of one survey, wave and language, made from one release."""

    school: str
    unit: str
    survey: str
    wave: str
    lang: str
    release: str
    sha256: str


def distribution_folder(workspace: Workspace, survey: str, wave: str) -> Path:
    """Say where everything lies that is handed out of a wave."""
    return workspace.root / "reports" / "distribution" / survey / wave


def statement_file(workspace: Workspace, survey: str, wave: str, lang: str, school: str) -> Path:
    """Say where a school's signature waits until its file is handed out."""
    return distribution_folder(workspace, survey, wave) / lang / "signatures" / f"{school}_{wave}.pdf.sig"


def list_file(workspace: Workspace, survey: str, wave: str) -> Path:
    """Say where the signed list of a wave's files lies, for schools to compare with."""
    return distribution_folder(workspace, survey, wave) / "files_in_use.json"


def sign_statement(statement: Statement, key: "Ed25519PrivateKey") -> bytes:
    """Give the content of ``<file>.sig``."""
    return _signed(asdict(statement), _FILE, key)


def read_statement(content: bytes, name: str, keys: "Sequence[Ed25519PublicKey]" = ()) -> tuple[Statement, str]:
    """Read a signature file and check its signature.

    Parameters
    ----------
    content : bytes
    name : str
        The file's, for the message.
    keys : sequence of Ed25519PublicKey
        The county's own. Without them it is checked against the key that it names, which says only that nothing was
        changed since that key signed.

    Returns
    -------
    Statement, str
        And the public half of the key that signed, in hexadecimal.

    Raises
    ------
    InputError
        If it is none, was changed, or was signed by another key.
    """
    told, public = _checked(content, name, _FILE, keys)
    try:
        statement = Statement(**told)
    except TypeError:
        raise InputError([Problem("sig_wrong", name)]) from None
    if not all(type(value) is str for value in told.values()):
        raise InputError([Problem("sig_wrong", name)])
    return statement, public


def sign_list(survey: str, wave: str, at: str, files: dict[str, FileState], key: "Ed25519PrivateKey") -> bytes:
    """Sign the list of a wave's files: each SHA-256 with what became of it."""
    return _signed({"survey": survey, "wave": wave, "at": at, "files": files}, _LIST, key)


def read_list(content: bytes, name: str, keys: "Sequence[Ed25519PublicKey]" = ()) -> tuple[dict[str, Any], str]:
    """Read the list of a wave's files; parameters and errors as `read_statement`."""
    told, public = _checked(content, name, _LIST, keys)
    if set(told) != {"survey", "wave", "at", "files"} or not isinstance(told["files"], dict):
        raise InputError([Problem("sig_wrong", name)])
    return told, public


def _signed(told: dict[str, Any], heading: bytes, key: "Ed25519PrivateKey") -> bytes:
    told = {**told, "schema": 1, "key": key.public_key().public_bytes_raw().hex()}
    told["signature"] = key.sign(heading + _canonical(told)).hex()
    return (json.dumps(told, indent=1, sort_keys=True) + "\n").encode("ascii")


def _checked(
    content: bytes, name: str, heading: bytes, keys: "Sequence[Ed25519PublicKey]"
) -> tuple[dict[str, Any], str]:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        told: dict[str, Any] = dict(json.loads(content))
        signature = bytes.fromhex(told.pop("signature"))
        public = str(told["key"])
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, heading + _canonical(told))
        del told["key"], told["schema"]
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise InputError([Problem("sig_wrong", name)]) from None
    if keys and public not in [own.public_bytes_raw().hex() for own in keys]:
        raise InputError([Problem("sig_stranger", name)])
    return told, public


def _canonical(told: dict[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")
