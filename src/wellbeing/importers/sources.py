"""Open an export: its bytes, its digest, and its name as a message and a record may hold it."""

import hashlib
from pathlib import Path

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.importers.exports import Source

#: An export of a whole province's staff has 200 MB; whatever is larger is no export, or would fill the memory.
MOST_BYTES = 400_000_000


def open_source(path: Path) -> Source:
    """Read a file as it lies there; what it is, is asked later.

    Raises
    ------
    UsageError
        If there is no such file, or it may not be opened.
    InputError
        If it is a folder, a device, or larger than any export.
    """
    # A name that is no text (an old archive's GBK on Linux) can be neither shown nor recorded as it is.
    name = (path.name or str(path)).encode("utf-8", errors="replace").decode("utf-8")
    try:
        if path.is_dir():
            raise InputError([Problem("is_a_folder", name)])
        if path.exists() and not path.is_file():
            raise InputError([Problem("not_a_table", name)])
        if path.stat().st_size > MOST_BYTES:
            raise InputError([Problem("file_too_large", name, fields={"most": MOST_BYTES // 1_000_000})])
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError("no_file", path=shown_path(path)) from None
    except OSError:
        raise UsageError("cannot_open", path=shown_path(path)) from None
    return Source(name, hashlib.sha256(content).hexdigest(), content)


def shown_path(path: Path) -> str:
    """Give a path as a message may show it."""
    text = str(path).encode("utf-8", errors="replace").decode("utf-8")
    return text if len(text) <= 200 else text[:199] + "…"
