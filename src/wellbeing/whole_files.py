"""Files that are there whole or not at all, whatever happens to the process that writes them."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file so that another process, or the next one after a crash, sees the old bytes or the new ones.

    The draft beside it has one name, so that what a killed process left is written over by the next one; two writers
    at once are kept apart by `wellbeing.wave_lock`.

    Parameters
    ----------
    path : Path
        Its folder is made if it is not there.
    content : bytes
    mode : int
        Permissions of a new file before the umask; 0o600 for what one person alone may read.

    Raises
    ------
    OSError
        If it cannot be written; the old file is there as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    # A draft that a killed process left may have other permissions, which opening it would keep.
    draft.unlink(missing_ok=True)
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            # Without it a power cut can leave the new name with none of the bytes.
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
