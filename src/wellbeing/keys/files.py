"""Key files: secrets that lie on disk only under a passphrase.

Each is an `age` file locked with a passphrase, so that any program for such files opens it should the kit be gone.
Inside stands, by role: an age identity (counsellor, escrow), a PKCS8 private key (release), the county's key for codes.
"""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.keys import envelope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from pyrage.x25519 import Identity

#: Bytes of the key for codes: as many as HMAC-SHA-256 uses.
_CODE_KEY_BYTES = 32


@dataclass(frozen=True)
class CodeKey:
    """The county's key for codes, and the county's name as it goes into every code."""

    county: str
    key: bytes


def new_identity_file(path: Path, passphrase: str) -> str:
    """Make a counsellor's or the escrow's key; give its public half.

    Raises
    ------
    UsageError
        If the file is there already: a key is never written over.
    """
    secret, public = envelope.new_identity()
    _write_new(path, f"# public key: {public}\n{secret}\n".encode("ascii"), passphrase)
    return public


def new_release_file(path: Path, passphrase: str) -> str:
    """Make a key that signs (Ed25519), the county's or one person's own; give its public half in hexadecimal."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    # The envelope around it is what the passphrase locks; its scrypt is dearer to guess at than PKCS8's own way.
    _write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), passphrase)
    return key.public_key().public_bytes_raw().hex()


def new_code_file(path: Path, passphrase: str, county: str) -> CodeKey:
    """Make the county's key for codes."""
    key = CodeKey(county, secrets.token_bytes(_CODE_KEY_BYTES))
    content = {"schema": 1, "county": key.county, "key": key.key.hex()}
    _write_new(path, json.dumps(content, ensure_ascii=False).encode("utf-8"), passphrase)
    return key


def read_identity(path: Path, passphrase: str) -> "Identity":
    """Unlock a counsellor's or the escrow's key.

    Raises
    ------
    UsageError
        If the file cannot be opened.
    InputError
        If the passphrase is wrong, the file damaged, or it holds another kind of key.
    """
    text = _unlocked(path, passphrase).decode("utf-8", errors="replace")
    secret = next((line for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-")), "")
    try:
        return envelope.identity_of(secret)
    except ValueError:
        raise _other_kind(path) from None


def read_release_key(path: Path, passphrase: str) -> "Ed25519PrivateKey":
    """Unlock a key that signs; raises like `read_identity`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_unlocked(path, passphrase), None)
    except ValueError:
        raise _other_kind(path) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _other_kind(path)
    return key


def read_code_key(path: Path, passphrase: str) -> CodeKey:
    """Unlock the county's key for codes; raises like `read_identity`."""
    try:
        content = json.loads(_unlocked(path, passphrase))
        key = CodeKey(str(content["county"]), bytes.fromhex(content["key"]))
    except (ValueError, KeyError, TypeError):
        raise _other_kind(path) from None
    if len(key.key) != _CODE_KEY_BYTES:
        raise _other_kind(path)
    return key


def release_public_key(public: str) -> "Ed25519PublicKey":
    """Turn the public half of the release key, in hexadecimal, back into a key that verifies."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))


def check_place(path: Path) -> None:
    """Refuse a place where no key file can be made, before anybody is asked for a passphrase.

    Raises
    ------
    UsageError
        If it is a folder, or a file is there already: a key is never written over.
    """
    if path.is_dir():
        raise UsageError("key_is_folder", path=str(path))
    if path.exists():
        raise UsageError("key_exists", path=str(path))


def _write_new(path: Path, secret: bytes, passphrase: str) -> None:
    check_place(path)
    locked = envelope.lock(secret, passphrase)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Made anew or not at all, and for its owner alone from the first byte on.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except FileExistsError:
        raise UsageError("key_exists", path=str(path)) from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(locked)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _unlocked(path: Path, passphrase: str) -> bytes:
    return envelope.unlock(locked_bytes(path), passphrase, path.name)


def locked_bytes(path: Path) -> bytes:
    """Read a key file as it lies there, before anybody is asked for its passphrase.

    Raises
    ------
    UsageError
        If it cannot be opened.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no_key_file", path=str(path)) from None
    except OSError:
        raise UsageError("cannot_open", path=str(path)) from None


def _other_kind(path: Path) -> InputError:
    return InputError([Problem("key_other_kind", path.name)])
