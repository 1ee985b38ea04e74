"""Codes for people: keyed, easy to read out, with a check character; and how an anonymous survey loses its traces.

A code is base32 of ``HMAC-SHA-256(K, "screening|v1|" + county + "|" + staff id)`` cut to 60 bits, twelve characters of
Crockford's alphabet (no I, L, O, U), and a check character: ``7Q4K-2291-XM3TF`` (privacy rules, 7.1). Whoever has not K
cannot make the code of a name, however many names are tried; a digest without a key would fall in minutes.
"""

import hmac
import random
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: Crockford's: what could be misread, or make words, is left out.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
#: What a reader may take for a character of the alphabet.
_MISREAD = str.maketrans("ILO", "110")

_BITS = 60
_CHARACTERS = _BITS // 5
#: Characters of a code of this scheme, the check character included; the length is what marks one.
LENGTH = _CHARACTERS + 1

_ANY_CODE = re.compile(r"[A-Z0-9]{4,32}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212]")


def code_of(key: bytes, county: str, staff_id: str) -> str:
    """Make the code of one member of staff.

    Parameters
    ----------
    key : bytes
        The county's key for codes, kept where the staff list is kept.
    county, staff_id : str
        The staff id stays the same when the person moves to another school.

    Returns
    -------
    str
        13 characters, without hyphens.
    """
    message = f"screening|v1|{county}|{staff_id}".encode()
    bits = int.from_bytes(hmac.digest(key, message, "sha256")[:8], "big") >> (64 - _BITS)
    plain = "".join(ALPHABET[bits >> shift & 31] for shift in range(_BITS - 5, -1, -5))
    return plain + check_character(plain)


def key_mark(key: bytes) -> str:
    """Give 16 digits that tell one key for codes from another and say nothing about it."""
    return hmac.digest(key, b"mark|v1", "sha256").hex()[:16]


def check_character(plain: str) -> str:
    """Give the character that completes a code.

    Each character weighs a power of 2 in the field of 32 elements (x^5 + x^2 + 1), the last one 1, and together they
    come to zero. The powers differ over 31 places, so a wrong character, or two that changed places, next to each other
    or not, never come to zero: the promise of the systems of ISO 7064, for an alphabet of 32.
    """
    return ALPHABET[_doubled(_weighed(plain))]


def is_whole(code: str) -> bool:
    """Say whether a code of this scheme was copied without a slip."""
    return _weighed(code) == 0


def _weighed(code: str) -> int:
    total = 0
    for character in code:
        total = _doubled(total) ^ _VALUES[character]
    return total


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 32 else value


def canonical_code(text: str) -> str | None:
    """Write a code in the one form in which codes are compared and kept; None if it is malformed.

    Capitals, no blanks, no hyphens, then 4 to 32 Latin letters and digits: people copy a code from a card with
    and without its hyphens, and must still be linked with themselves next term. Thirteen characters are a code of
    this scheme: I and L are read as 1, O as 0, and its check character must fit. Others are codes of another make, and
    are taken as they are.
    """
    code = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    if len(code) == LENGTH and _ANY_CODE.fullmatch(code):
        code = code.translate(_MISREAD)
        return code if set(code) <= _VALUES.keys() and is_whole(code) else None
    return code if _ANY_CODE.fullmatch(code) else None


def grouped(code: str) -> str:
    """Write a code as it stands on a card, in fours; a single last character joins the group before it."""
    cut = len(code) - 1 if len(code) % 4 == 1 and len(code) > 4 else len(code)
    groups = [code[i : i + 4] for i in range(0, cut, 4)]
    return "-".join([*groups[:-1], groups[-1] + code[cut:]])


def untraceable(*frames: "pd.DataFrame") -> "tuple[pd.DataFrame, ...]":
    """Take from an anonymous wave's rows what could lead back to a person: the code, the time, the order of arrival.

    Parameters
    ----------
    *frames : DataFrame
        The answers and whatever has a row for each of them, with the same index; all get the same new order.

    Returns
    -------
    tuple of DataFrame
        ``code`` and ``submitted`` missing for everybody (the wave is all that is told of the time), rows in random
        order, counted from 0.
    """
    import pandas as pd

    order = list(range(len(frames[0])))
    # The system's own randomness: an order from a seed could be turned back.
    random.SystemRandom().shuffle(order)
    mixed = []
    for frame in frames:
        rows = frame.iloc[order].reset_index(drop=True)
        for column in ("code", "submitted"):
            if column in rows:
                rows[column] = pd.Series([None] * len(rows), dtype=rows[column].dtype)
        mixed.append(rows)
    return tuple(mixed)
