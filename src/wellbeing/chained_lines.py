"""Files of JSON lines, each with the SHA-256 of the line before: a line that was changed, moved or taken out shows.

That lines were cut off at the end shows only beside an older copy, or beside what a line says of elsewhere.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wellbeing.whole_files import write_whole

#: What the first line is bound to.
FIRST = "0" * 64


def canonical(told: Mapping[str, Any], *, ascii_only: bool = True) -> bytes:
    """Write a line's content in the one way in which it is hashed and signed: sorted by name, without blanks."""
    return json.dumps(told, ensure_ascii=ascii_only, sort_keys=True, separators=(",", ":")).encode("utf-8")


def digest(line: bytes) -> str:
    """Give the SHA-256 by which the next line names this one, without its line end."""
    return hashlib.sha256(line).hexdigest()


def read_lines(content: bytes, first: str = FIRST) -> tuple[list[dict[str, Any]], int | None]:
    """Read lines up to the first that does not follow from the one before.

    Parameters
    ----------
    content : bytes
        Of the file.
    first : str
        What the first line is bound to.

    Returns
    -------
    entries : list of dict
        Each as it stands there, with its ``previous``.
    bad : int or None
        Number, from 1, of the first line that is no JSON object or is bound to another; None where all are sound.
    """
    entries: list[dict[str, Any]] = []
    last = first
    for row, line in enumerate(content.splitlines(), 1):
        try:
            entry = json.loads(line)
            sound = entry["previous"] == last
        except (ValueError, KeyError, TypeError):
            sound = False
        if not sound:
            return entries, row
        entries.append(entry)
        last = digest(line)
    return entries, None


def add_line(path: Path, make: Callable[[str], Mapping[str, Any]], mode: int = 0o666) -> None:
    """Add a line; it is on the disk when this returns.

    Parameters
    ----------
    path : Path
    make : callable
        Given the SHA-256 of the line before, gives the new one's content, which holds it as ``previous``.
    mode : int
        Permissions of a new file, as `write_whole`.

    Raises
    ------
    OSError
        If it cannot be written; the file is as it was.
    """
    content = path.read_bytes() if path.is_file() else b""
    previous = digest(content.splitlines()[-1]) if content else FIRST
    write_whole(path, content + canonical(make(previous)) + b"\n", mode)
