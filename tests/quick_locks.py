"""Key files that open as fast as they are made: age's own format (age-encryption.org/v1) with the least of scrypt.

A passphrase that locks for a second on purpose is tested where that is the matter; elsewhere the second is lost.
"""

import hashlib
import hmac
import os
from base64 import b64encode

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

#: Two to the power of so much is scrypt's N; age itself takes 18 or more.
_WORK = 2
_CHUNK = 65_536


def lock(content: bytes, passphrase: str) -> bytes:
    """Lock bytes as `wellbeing.keys.envelope.lock` does, at once."""
    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    label = b"age-encryption.org/v1/scrypt" + salt
    wrapping = hashlib.scrypt(passphrase.encode("utf-8"), salt=label, n=1 << _WORK, r=8, p=1, dklen=32)
    wrapped = ChaCha20Poly1305(wrapping).encrypt(bytes(12), file_key, None)
    header = f"age-encryption.org/v1\n-> scrypt {_plain(salt)} {_WORK}\n{_plain(wrapped)}\n---".encode("ascii")
    mac = hmac.digest(_derived(file_key, b"", b"header"), header, "sha256")
    stream = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    starts = range(0, max(len(content), 1), _CHUNK)
    sealed = b"".join(
        stream.encrypt(place.to_bytes(11, "big") + bytes([start == starts[-1]]), content[start : start + _CHUNK], None)
        for place, start in enumerate(starts)
    )
    return header + b" " + _plain(mac).encode("ascii") + b"\n" + nonce + sealed


def _derived(key: bytes, salt: bytes, what: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, what).derive(key)


def _plain(content: bytes) -> str:
    return b64encode(content).decode("ascii").rstrip("=")
