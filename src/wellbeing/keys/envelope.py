"""The envelope of everything that only named people may read: the one place that knows the ciphers.

Two of them: `age` for what is sealed to people, AES-256-GCM for what is sealed under a data key. Whatever is sealed to
public keys can be read by their owners and by nobody else, not even by whoever sealed it. A county whose system needs
SM2 and SM4 from an approved module puts them here: nothing else knows a cipher.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
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


#: Bytes of a data key, of AES-256.
DATA_KEY_BYTES = 32
#: What a file under a data key begins with, then the key's mark and the file's own salt.
_HEAD, _MARK_BYTES, _SALT_BYTES = b"wellbeing sealed 1\n", 8, 32
#: Plain bytes in a piece; GCM adds its tag to each.
_PIECE, _TAG = 65_536, 16


def new_data_key() -> bytes:
    """Make a data key."""
    return os.urandom(DATA_KEY_BYTES)


def seal_under(content: bytes, key: bytes, name: str) -> bytes:
    """Seal bytes under a data key, piece by piece, bound to a name.

    Every file has a key of its own, derived with a salt by HKDF, so pieces can be counted for nonces. The count, and
    whether a piece is the last, are in the nonce: pieces that were cut off, repeated or changed places do not open.

    Parameters
    ----------
    content : bytes
    key : bytes
    name : str
        Where the content belongs: under another name it does not open.

    References
    ----------
    Hoang, Reyhanitabar, Rogaway and Vizar (2015), Online authenticated-encryption and its nonce-reuse
    misuse-resistance: the construction STREAM. NIST SP 800-38D: AES-GCM. RFC 5869: HKDF.
    """
    head = _HEAD + _key_mark(key) + os.urandom(_SALT_BYTES)
    gcm, bound = _file_cipher(key, head), head + name.encode("utf-8")
    pieces = [content[place : place + _PIECE] for place in range(0, len(content), _PIECE)] or [b""]
    return head + b"".join(
        gcm.encrypt(_nonce(number, number == len(pieces) - 1), piece, bound) for number, piece in enumerate(pieces)
    )


def open_under(sealed: bytes, key: bytes, name: str, file: str) -> bytes:
    """Open what `seal_under` made.

    Raises
    ------
    InputError
        If it was sealed under another key, or for another name, or was changed or cut; `file` is named.
    """
    return b"".join(_opened(sealed, key, name, file))


def _opened(sealed: bytes, key: bytes, name: str, file: str) -> Iterator[bytes]:
    from cryptography.exceptions import InvalidTag

    length = len(_HEAD) + _MARK_BYTES + _SALT_BYTES
    head, body = sealed[:length], sealed[length:]
    if len(head) < length or not head.startswith(_HEAD):
        raise InputError([Problem("wave_sealed_damaged", file)])
    if head[len(_HEAD) : -_SALT_BYTES] != _key_mark(key):
        raise InputError([Problem("wave_sealed_wrong_key", file)])
    gcm, bound = _file_cipher(key, head), head + name.encode("utf-8")
    step = _PIECE + _TAG
    count = -(-len(body) // step) or 1
    for number in range(count):
        piece = body[number * step : (number + 1) * step]
        try:
            yield gcm.decrypt(_nonce(number, number == count - 1), piece, bound)
        except (InvalidTag, ValueError):  # ValueError: shorter than a tag
            raise InputError([Problem("wave_sealed_damaged", file)]) from None


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">IQ", int(last), number)


def _file_cipher(key: bytes, head: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_derived(key, head[-_SALT_BYTES:], b"wellbeing file", DATA_KEY_BYTES))


def _key_mark(key: bytes) -> bytes:
    """Give what tells a data key from another and nothing of it: a wrong key is known from a damaged file."""
    return _derived(key, b"", b"wellbeing mark", _MARK_BYTES)


def _derived(key: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, purpose).derive(key)
