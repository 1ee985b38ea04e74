"""The lines of a sign-off: each signed by a person's own key, or the county's, and bound to the line before.

``<wave>.signoff.jsonl`` beside the release. A line names a key and an office, never a person; whose key it is stands in
the county's list of keys.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from wellbeing.chained_lines import add_line, canonical, read_lines
from wellbeing.disclosure.state import Office

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SignOffAct = Literal["submit", "approve", "issue", "recall"]
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
    lines, bad = read_lines(path.read_bytes())
    entries: list[Entry] = []
    for line in lines:
        entry = _read(line)
        if entry is None:
            return tuple(entries), False
        entries.append(entry)
    return tuple(entries), bad is None


def append_entry(path: Path, entry: Entry, key: "Ed25519PrivateKey") -> None:
    """Sign a line and add it.

    Raises
    ------
    OSError
        If it cannot be written; the file is as it was.
    """

    def signed(previous: str) -> dict[str, Any]:
        told = {**asdict(entry), "previous": previous}
        return told | {"signature": key.sign(_HEADING + canonical(told)).hex()}

    add_line(path, signed)


def _read(told: dict[str, Any]) -> Entry | None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        signature = bytes.fromhex(told.pop("signature"))
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["key"])).verify(signature, _HEADING + canonical(told))
        del told["previous"]
        return Entry(**told)
    except (ValueError, KeyError, TypeError, InvalidSignature):
        return None  # the caller says that the record was changed
