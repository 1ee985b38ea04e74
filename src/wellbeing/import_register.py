"""The record of a wave's imports: which files were read, and which stored answers count.

``files.json`` names the answers of each file. It is replaced last and at once, so a wave is never half of one state
and half of another.
"""

import hashlib
import json
import unicodedata
from pathlib import Path
from typing import Any

from wellbeing.errors import InputError, Problem, UsageError


def file_key(file: str) -> str:
    """Give the key of a source file by its name."""
    # Case and Unicode form must not make two files of one: Windows and macOS hold them for the same.
    return hashlib.sha256(unicodedata.normalize("NFC", file).casefold().encode("utf-8")).hexdigest()[:16]


def read_register(register: Path) -> dict[str, dict[str, Any]]:
    """Read which files a wave holds, by `file_key`; none where there is no record yet.

    Raises
    ------
    InputError
        If the record is broken.
    """
    if not register.exists():
        return {}
    try:
        entries: list[dict[str, Any]] = json.loads(register.read_text(encoding="utf-8"))["files"]
        for entry in entries:
            if not all(isinstance(entry[name], str) for name in ("file", "sha256", "answers")):
                raise TypeError
            for name in (entry["answers"], entry.get("missing") or "-"):
                if Path(name).name != name:
                    raise ValueError
        return {file_key(entry["file"]): entry for entry in entries}
    except OSError:
        raise UsageError("cannot_open", path=str(register)) from None
    except (ValueError, KeyError, TypeError):
        raise InputError([Problem("register_broken", register.name)]) from None


def fault_of(path: Path, content: bytes | None) -> str | None:
    """Say what is wrong with a stored file of answers: gone (None), or, its name telling its content, changed."""
    if content is None:
        return "answers_gone"
    digest = hashlib.sha256(content).hexdigest()
    return None if path.stem.endswith(f"-{digest[:12]}") else "answers_changed"
