"""The envelope of everything that only named people may read: the one place that knows `age`.

Whatever is sealed to public keys can be read by their owners and by nobody else, not even by whoever sealed it. A
county whose system needs SM2 and SM4 from an approved module puts them here: nothing else knows the cipher.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

#: Sealed contents are filled up to whole steps of so many bytes: their sizes say nothing.
STEP = 65_536

#: The words by which pyrage tells a key that does not fit from bytes that were changed.
_NO_KEY_FITS = "No matching keys"


def new_identity() -> tuple[str, str]:
    """Make a key pair: the secret half, and the public half that others seal to."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def identity_of(secret: str) -> "Identity":
    """Turn the secret half back into the key that opens.

    Raises
    ------
    ValueError
        If it is none.
    """
    from pyrage import IdentityError, x25519

    try:
        return x25519.Identity.from_str(secret.strip())
    except IdentityError:
        raise ValueError("no identity") from None


def is_public_key(text: str) -> bool:
    """Say whether a text is the public half of a key."""
    from pyrage import RecipientError, x25519

    try:
        x25519.Recipient.from_str(text)
    except RecipientError:
        return False
    return True


def padded(content: bytes, size: int = 0) -> bytes:
    """Fill a JSON text up with blanks, which JSON ignores, to whole steps and at least to `size`."""
    steps = -(-max(len(content), size, 1) // STEP)
    return content.ljust(steps * STEP, b" ")


def seal(content: bytes, recipients: Sequence[str]) -> bytes:
    """Seal bytes so that each of the recipients' keys alone opens them.

    Raises
    ------
    ValueError
        If there is no recipient.
    """
    import pyrage

    if not recipients:
        raise ValueError("sealed to nobody")
    sealed: bytes = pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(public) for public in recipients])
    return sealed


def open_sealed(sealed: bytes, identities: Sequence["Identity"], file: str) -> bytes:
    """Open what was sealed to one of the identities.

    Raises
    ------
    InputError
        If none of them fits, or if the bytes were changed or cut; `file` is named.
    """
    import pyrage

    try:
        content: bytes = pyrage.decrypt(sealed, list(identities))
    except pyrage.DecryptError as error:
        what = "sealed_wrong_key" if str(error).startswith(_NO_KEY_FITS) else "sealed_damaged"
        raise InputError([Problem(what, file)]) from None
    return content


def lock(content: bytes, passphrase: str) -> bytes:
    """Lock bytes with a passphrase (scrypt, about a second for each guess)."""
    import pyrage

    locked: bytes = pyrage.passphrase.encrypt(content, passphrase)
    return locked


def unlock(locked: bytes, passphrase: str, file: str) -> bytes:
    """Unlock what `lock` made.

    Raises
    ------
    InputError
        If the passphrase is wrong, or the bytes were changed or cut. The two cannot be told apart for certain.
    """
    import pyrage

    try:
        content: bytes = pyrage.passphrase.decrypt(locked, passphrase)
    except pyrage.DecryptError:
        raise InputError([Problem("key_not_unlocked", file)]) from None
    return content
