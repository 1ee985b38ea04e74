"""Keys: who holds which, how they are made, and the two that others ask for here, to sign and to verify.

`envelope` is the cipher, `files` the secrets under their passphrases, `holders` the list of public halves,
`passphrases` the question at the prompt.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import UsageError
from wellbeing.keys.files import read_release_key, release_public_key
from wellbeing.keys.holders import read_holders
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["release_key_file", "signing_key", "verify_key", "verify_keys"]


def release_key_file(workspace: Workspace) -> Path:
    """Say where the release key lies unless its holder put it elsewhere."""
    return workspace.root / "data" / "keys" / "release.key.age"


def signing_key(workspace: Workspace, passphrase: str, file: Path | None = None) -> "Ed25519PrivateKey | None":
    """Unlock the key that signs releases.

    Parameters
    ----------
    workspace : Workspace
    passphrase : str
        From `wellbeing.keys.passphrases.ask`.
    file : Path, optional
        By default `release_key_file`.

    Returns
    -------
    Ed25519PrivateKey or None
        None if the county has made no release key.

    Raises
    ------
    InputError
        If the passphrase is wrong, or the file is damaged or another kind of key.
    UsageError
        If the key is not the one that is listed, or its file is not there.
    """
    listed = _in_use(workspace)
    if listed is None:
        return None
    key = read_release_key(file or release_key_file(workspace), passphrase)
    if key.public_key().public_bytes_raw().hex() != listed:
        raise UsageError("not_the_release_key")
    return key


def verify_key(workspace: Workspace) -> "Ed25519PublicKey | None":
    """Give the key that checks new signatures; None if the county has made no release key."""
    listed = _in_use(workspace)
    return None if listed is None else release_public_key(listed)


def verify_keys(workspace: Workspace) -> "tuple[Ed25519PublicKey, ...]":
    """Give every release key that the county has had: earlier signatures were made with earlier keys."""
    listed = [holder.public for holder in read_holders(workspace) if holder.role == "release"]
    return tuple(release_public_key(public) for public in listed)


def _in_use(workspace: Workspace) -> str | None:
    listed = [holder.public for holder in read_holders(workspace) if holder.role == "release" and not holder.left]
    return listed[0] if listed else None
