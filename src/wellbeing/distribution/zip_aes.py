"""A zip archive with one file under AES-256, as 7-Zip, WinRAR, Bandizip and macOS archivers open it.

WinZip's AE-2 (https://www.winzip.com/en/support/aes-encryption/): a key by PBKDF2-HMAC-SHA1 with 1,000 rounds, AES-256
in counter mode with a counter that is little-endian from 1, an HMAC-SHA1 over the cipher text cut to ten bytes, no CRC.
A thousand rounds are few, so the password must carry the strength: the kit makes them with 100 bits.
"""

import hashlib
import hmac
import secrets
import struct
import zlib

_ROUNDS = 1000
_SALT = 16
_KEY = 32
#: 1 January 1980, the first that the format knows: a real time would say when the officer worked.
_DATE = 0x0021
#: General purpose flags: encrypted, name in UTF-8.
_FLAGS = 0x0801
#: Compression method 99 says that the extra field below holds the real one.
_AES = 99
_DEFLATE = 8


def encrypted_zip(name: str, content: bytes, password: str, salt: bytes | None = None) -> bytes:
    """Pack one file into an archive that the password opens.

    Parameters
    ----------
    name : str
        The file's name in the archive; it stands there in clear.
    content : bytes
    password : str
        ASCII, so that every archiver takes the same bytes for it.
    salt : bytes, optional
        Sixteen bytes; random by default. For tests.

    Raises
    ------
    ValueError
        If the password is empty or not ASCII.
    """
    if not password or not password.isascii():
        raise ValueError("a zip password must be ASCII and not empty")
    salt = secrets.token_bytes(_SALT) if salt is None else salt
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    keys = hashlib.pbkdf2_hmac("sha1", password.encode("ascii"), salt, _ROUNDS, 2 * _KEY + 2)
    cipher = _in_counter_mode(packed, keys[:_KEY])
    seal = hmac.digest(keys[_KEY : 2 * _KEY], cipher, "sha1")[:10]
    data = salt + keys[2 * _KEY :] + cipher + seal
    # Extra field: AE-2, vendor AE, strength 3 (256 bits), and what the content is packed with.
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, _DEFLATE)
    raw = name.encode("utf-8")
    shared = struct.pack("<HHHHHLLLHH", 51, _FLAGS, _AES, 0, _DATE, 0, len(data), len(content), len(raw), len(extra))
    local = b"PK\x03\x04" + shared + raw + extra + data
    central = b"PK\x01\x02" + struct.pack("<H", 51) + shared + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + raw + extra
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def _in_counter_mode(content: bytes, key: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    # The library counts from the other end, so the counters are written out and encrypted as one run of blocks.
    blocks = -(-len(content) // 16)
    counters = b"".join(number.to_bytes(16, "little") for number in range(1, blocks + 1))
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    stream = (encryptor.update(counters) + encryptor.finalize())[: len(content)]
    return (int.from_bytes(content, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(content), "big")
