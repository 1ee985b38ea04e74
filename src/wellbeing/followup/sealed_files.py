"""The register on disk: which sealed files a wave has, how each is written whole, and who may write at a time.

Under ``data/confidential/<survey>/<wave>/``, every file padded to whole steps of 64 KiB, all of one writing to the same
size, one for each school whether or not anybody is on it:

- ``<school>.age``: the list, written anew by every run, by public key: that machine cannot read it again.
- ``drops/<number>/<school>.age``: what came beside the runs, by public key too: an alert's entries, or codes to erase.
  Whatever was dropped stays until a counsellor's machine has taken it in.
- ``records/<school>.age``: what the counsellors wrote: contacts, and the alerts taken in.

Nothing that one side writes is ever rewritten by the other from what it cannot read, so no run loses a contact, and no
contact an entry.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.keys import envelope
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

#: The drop's file for entries whose school is not in the roster, or has no counsellor; no school_id has a plus.
UNPLACED = "+unplaced"

#: The three kinds of sealed files.
LIST, RECORD, DROP = "list", "record", "drop"


@dataclass(frozen=True)
class WaveFolder:
    """The sealed files of one survey's wave."""

    root: Path
    survey: str
    wave: str

    @classmethod
    def of(cls, workspace: Workspace, survey: str, wave: str) -> "WaveFolder":
        """Give the folder of a wave; it need not be there."""
        return cls(workspace.confidential(survey, wave), survey, wave)

    def list_of(self, school: str) -> Path:
        return self.root / f"{school}.age"

    def record_of(self, school: str) -> Path:
        return self.root / "records" / f"{school}.age"

    def drops(self) -> list[Path]:
        """Folders of what was dropped and not yet taken in by everybody, in the order of dropping."""
        return sorted(path for path in (self.root / "drops").glob("[0-9]*") if path.is_dir())

    def drops_of(self, school: str) -> list[Path]:
        """The dropped files of one school, in the order of dropping."""
        return [path for drop in self.drops() if (path := drop / f"{school}.age").exists()]

    def schools(self) -> list[str]:
        """Schools with a sealed file of any kind."""
        found = [*self.root.glob("*.age"), *self.root.glob("records/*.age"), *self.root.glob("drops/[0-9]*/*.age")]
        return sorted({path.stem for path in found})

    def name_of(self, path: Path) -> str:
        """Name a file in messages: below the zone, never with the machine's own folders."""
        return path.relative_to(self.root.parents[1]).as_posix()


@contextmanager
def register_held(folder: WaveFolder, patience: float) -> Iterator[None]:
    """Hold a wave's register for writing, waiting up to `patience` seconds. The system lets go when a process ends.

    Raises
    ------
    UsageError
        If somebody else is still writing.
    """
    from filelock import FileLock, Timeout

    make_private(folder.root)
    lock = FileLock(folder.root.with_name(f".{folder.wave}.lock"), timeout=patience)
    try:
        lock.acquire()
    except Timeout:
        raise UsageError("register_busy", survey=folder.survey, wave=folder.wave) from None
    try:
        yield
    finally:
        lock.release()


def make_private(path: Path) -> None:
    """Make a folder of the confidential zone, for its owner alone where the system knows owners."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)


def sealed_files(
    folder: WaveFolder, kind: str, contents: Mapping[str, Mapping[str, Any]], recipients: Mapping[str, Sequence[str]]
) -> dict[str, bytes]:
    """Pad the schools' contents to one size and seal each to its school's recipients."""
    head = {"schema": 1, "kind": kind, "survey": folder.survey, "wave": folder.wave}
    plain = {
        school: json.dumps(head | {"school": school} | dict(told), ensure_ascii=False, separators=(",", ":")).encode()
        for school, told in contents.items()
    }
    size = max(map(len, plain.values()), default=0)
    return {
        school: envelope.seal(envelope.padded(content, size), recipients[school]) for school, content in plain.items()
    }


def write_lists(
    folder: WaveFolder, contents: Mapping[str, Mapping[str, Any]], recipients: Mapping[str, Sequence[str]]
) -> None:
    """Write the schools' lists anew, each whole or not at all."""
    for school, sealed in sealed_files(folder, LIST, contents, recipients).items():
        write_whole(folder.list_of(school), sealed, 0o600)


def write_records(
    folder: WaveFolder, contents: Mapping[str, Mapping[str, Any]], recipients: Mapping[str, Sequence[str]]
) -> None:
    """Write the schools' records anew: all that a counsellor has, so that dates of change tell nothing of a school."""
    make_private(folder.root / "records")
    for school, sealed in sealed_files(folder, RECORD, contents, recipients).items():
        write_whole(folder.record_of(school), sealed, 0o600)


def write_drop(
    folder: WaveFolder, contents: Mapping[str, Mapping[str, Any]], recipients: Mapping[str, Sequence[str]]
) -> None:
    """Drop something for every school; all of it appears at once. The caller holds the register."""
    drops = folder.root / "drops"
    make_private(drops)
    for left in drops.glob(".draft*"):
        shutil.rmtree(left)
    draft = drops / ".draft"
    make_private(draft)
    for school, sealed in sealed_files(folder, DROP, contents, recipients).items():
        write_whole(draft / f"{school}.age", sealed, 0o600)
    # Numbers are not used again while the wave is there: a counter, because taken-in drops are gone.
    counter = drops / "last"
    number = 1 + (int(counter.read_text(encoding="ascii")) if counter.exists() else 0)
    write_whole(counter, f"{number}\n".encode("ascii"))
    draft.rename(drops / f"{number:06}")
    _sync(drops)


def remove_drops(folder: WaveFolder, read: Sequence[Path]) -> None:
    """Remove the dropped files that were taken in, and the folders that are empty then."""
    for path in read:
        path.unlink(missing_ok=True)
    for drop in folder.drops():
        if not any(drop.iterdir()):
            drop.rmdir()


def read_sealed(folder: WaveFolder, path: Path, kind: str, identities: Sequence["Identity"]) -> dict[str, Any]:
    """Open one file of the register.

    Raises
    ------
    InputError
        If the key does not fit, the file was changed or cut, or it lies in another's place.
    UsageError
        If it cannot be opened.
    """
    name = folder.name_of(path)
    try:
        sealed = path.read_bytes()
    except OSError:
        raise UsageError("cannot_open", path=name) from None
    try:
        content: dict[str, Any] = json.loads(envelope.open_sealed(sealed, identities, name))
        place = (content["kind"], content["survey"], content["wave"], content["school"])
    except (ValueError, KeyError, TypeError):
        raise InputError([Problem("sealed_damaged", name)]) from None
    if place != (kind, folder.survey, folder.wave, path.stem):
        raise InputError([Problem("sealed_misplaced", name)])
    return content


def reseal(folder: WaveFolder, path: Path, identities: Sequence["Identity"], recipients: Sequence[str]) -> None:
    """Seal one file of the register to other recipients; what was sealed to the old ones is gone then."""
    content = envelope.open_sealed(path.read_bytes(), identities, folder.name_of(path))
    write_whole(path, envelope.seal(content, recipients), 0o600)


def _sync(path: Path) -> None:
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
