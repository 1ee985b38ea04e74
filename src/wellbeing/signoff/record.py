"""The lines of a sign-off: each signed by a person's own key, or the county's, and bound to the line before.

``<wave>.signoff.jsonl`` beside the release. A line names a key and an office, never a person; whose key it is stands in
the county's list of keys.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wellbeing.disclosure.state import Office
from wellbeing.whole_files import write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SignOffAct = Literal["submit", "approve", "issue", "recall"]
_START = "0" * 64
# Under a heading of its own, so that a signature under anything else never passes for one of these.
_HEADING = b"wellbeing sign-off 1\n"


@dataclass(frozen=True)
class Entry:
    """One act: what it was, by which key (public half, hexadecimal) and office, when (UTC), on what.

    ``release`` and ``material`` are digests; ``seen`` says what lay before whoever signed, each with its SHA-256.
    """

    act: SignOffAct
    key: str
    office: Office
    at: str
    release: str
    material: str
    seen: dict[str, str]


def signoff_file(release_dir: Path) -> Path:
    """Say where a release's sign-off stands: beside its folder."""
    return release_dir.with_name(f"{release_dir.name}.signoff.jsonl")


def read_entries(path: Path) -> tuple[tuple[Entry, ...], bool]:
    """Give the lines that follow from each other and are signed by the key they name, and whether those are all."""
    if not path.is_file():
        return (), True
    entries: list[Entry] = []
    last = _START
    for line in path.read_bytes().splitlines():
        entry = _read(line, last)
        if entry is None:
            return tuple(entries), False
        entries.append(entry)
        last = hashlib.sha256(line).hexdigest()
    return tuple(entries), True


def append_entry(path: Path, entry: Entry, key: "Ed25519PrivateKey") -> None:
    """Sign a line and add it.

    Raises
    ------
    OSError
        If it cannot be written; the file is as it was.
    """
    content = path.read_bytes() if path.is_file() else b""
    previous = hashlib.sha256(content.splitlines()[-1]).hexdigest() if content else _START
    told = {**asdict(entry), "previous": previous}
    line = told | {"signature": key.sign(_HEADING + _bytes(told)).hex()}
    write_whole(path, content + _bytes(line) + b"\n")


def _read(line: bytes, last: str) -> Entry | None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        told: dict[str, Any] = dict(json.loads(line))
        signature = bytes.fromhex(told.pop("signature"))
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["key"])).verify(signature, _HEADING + _bytes(told))
        previous = told.pop("previous")
        return Entry(**told) if previous == last else None
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return None  # the caller says that the record was changed


def _bytes(told: dict[str, Any]) -> bytes:
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode("ascii")
