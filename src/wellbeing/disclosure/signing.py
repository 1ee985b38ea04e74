"""The signature of a release: by whom it was let go, and that it is still that one (Ed25519)."""

import hashlib
import json
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: Beside the files of a release, and no part of it.
SIGNATURE_FILE = "signature.json"


def _message(digest: str) -> bytes:
    # Under a heading of its own, so that the key's signature under something else never passes for one of these.
    return b"wellbeing release 1\n" + digest.encode("ascii")


def signature_of(digest: str, key: "Ed25519PrivateKey") -> bytes:
    """Sign the digest of a release; give the content of `SIGNATURE_FILE`."""
    entry = {
        "release": digest,
        "key": key.public_key().public_bytes_raw().hex(),
        "signature": key.sign(_message(digest)).hex(),
    }
    return (json.dumps(entry, indent=1, sort_keys=True) + "\n").encode("ascii")


def check_signature(content: bytes, digest: str, keys: "Sequence[Ed25519PublicKey] | None" = None) -> str:
    """Check that a signature is one of the release with `digest`.

    Parameters
    ----------
    content : bytes
        Of `SIGNATURE_FILE`.
    digest : str
    keys : sequence of Ed25519PublicKey, optional
        The county's own. Without them the signature is checked against the key that it names: then it says that nothing
        was changed since it was made, not who made it.

    Returns
    -------
    str
        SHA-256 of the key that signed, in hexadecimal.

    Raises
    ------
    InputError
        If it is none, of another release, or by a key that is not the county's.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    refused = InputError([Problem("release_signature", file=SIGNATURE_FILE)])
    try:
        entry = json.loads(content)
        public, signature = bytes.fromhex(entry["key"]), bytes.fromhex(entry["signature"])
        named = str(entry["release"])
        key = Ed25519PublicKey.from_public_bytes(public)
        key.verify(signature, _message(digest))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise refused from None
    if named != digest or (keys is not None and public not in [own.public_bytes_raw() for own in keys]):
        raise refused
    return hashlib.sha256(public).hexdigest()
