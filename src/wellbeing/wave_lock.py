"""One process at a time writes a wave: a second import or run is refused, and nothing is locked by a dead one."""

from collections.abc import Iterator
from contextlib import contextmanager

from wellbeing.errors import UsageError
from wellbeing.workspace import Workspace


@contextmanager
def wave_held(workspace: Workspace, survey: str, wave: str) -> Iterator[None]:
    """Hold a wave for writing. The system lets go of it when the process ends, however it ends.

    Raises
    ------
    UsageError
        If another process holds it.
    """
    from filelock import FileLock, Timeout

    place = workspace.working(survey, wave)
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place.with_name(f".{wave}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError("wave_busy", survey=survey, wave=wave) from None
    try:
        yield
    finally:
        lock.release()
