"""The data key of each wave that is frozen: made, copied for the escrow, recovered, destroyed (privacy rules, 7.2).

A key lies in ``data/keys/waves`` for the account that analyses, and beside it a copy that the escrow's key opens. What
was sealed under it, also in backups and on worn cells of a disk, can be read by nobody once both are gone.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.keys import envelope
from wellbeing.keys.holders import read_holders
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from pyrage.x25519 import Identity


def wave_key_file(workspace: Workspace, survey: str, wave: str) -> Path:
    """Say where a wave's data key lies."""
    return workspace.root / "data" / "keys" / "waves" / f"{survey}_{wave}.key"


def read_wave_key(workspace: Workspace, survey: str, wave: str) -> bytes:
    """Read a wave's data key.

    Raises
    ------
    UsageError
        If it is not there, or is no key.
    """
    try:
        key = bytes.fromhex(wave_key_file(workspace, survey, wave).read_text(encoding="ascii"))
    except FileNotFoundError:
        raise UsageError("wave_key_lost", survey=survey, wave=wave) from None
    except (OSError, ValueError):
        raise UsageError("wave_key_broken", survey=survey, wave=wave) from None
    if len(key) != envelope.DATA_KEY_BYTES:
        raise UsageError("wave_key_broken", survey=survey, wave=wave)
    return key


def make_wave_key(workspace: Workspace, survey: str, wave: str) -> bytes:
    """Give a wave's data key, made now if there is none, with its copy for the escrow.

    Call it only where nothing of the wave is sealed under a key that was lost.
    """
    path = wave_key_file(workspace, survey, wave)
    if not path.exists():
        _write(path, envelope.new_data_key())
    key = read_wave_key(workspace, survey, wave)
    copy, public = _copy(path), escrow_keys(workspace)
    if public and not copy.exists():
        write_whole(copy, envelope.seal(_text(key), public), 0o600)
    return key


def give_to_escrow(workspace: Workspace) -> int:
    """Seal the copies of all waves' keys anew, to the escrow as it is today; give how many there are.

    Without anybody who holds an escrow key there are none.
    """
    public = escrow_keys(workspace)
    folder = wave_key_file(workspace, "", "").parent
    keys = sorted(folder.glob("*.key"))
    for path in keys:
        if public:
            write_whole(_copy(path), envelope.seal(path.read_bytes(), public), 0o600)
        else:
            _copy(path).unlink(missing_ok=True)
    return len(keys) if public else 0


def recover_wave_keys(workspace: Workspace, identities: "Sequence[Identity]") -> list[str]:
    """Put back, with the escrow's key, the waves' keys that are lost or broken; give their files' names.

    Raises
    ------
    UsageError
        If there is no copy of any.
    InputError
        If the key opens none of the copies that are needed, or these were changed.
    """
    copies = sorted(wave_key_file(workspace, "", "").parent.glob("*.key.age"))
    if not copies:
        raise UsageError("wave_keys_no_copy")
    back: list[str] = []
    problems: list[Problem] = []
    for copy in copies:
        path = copy.with_suffix("")
        try:
            key = envelope.open_sealed(copy.read_bytes(), identities, copy.name)
        except InputError as error:
            problems += error.problems
            continue
        if not path.exists() or path.read_bytes() != key:
            write_whole(path, key, 0o600)
            back.append(path.name)
    if problems:
        raise InputError(problems)
    return back


def destroy_wave_key(workspace: Workspace, survey: str, wave: str) -> bool:
    """Overwrite a wave's key and its copy, and remove them; say whether there was one."""
    path = wave_key_file(workspace, survey, wave)
    there = [file for file in (path, _copy(path)) if file.exists()]
    for file in there:
        length = file.stat().st_size
        with file.open("r+b") as stream:
            stream.write(os.urandom(length))
            stream.flush()
            os.fsync(stream.fileno())
        file.unlink()
    return bool(there)


def escrow_keys(workspace: Workspace) -> list[str]:
    """Give the public halves of the escrow keys in use."""
    return [holder.public for holder in read_holders(workspace) if holder.role == "escrow" and not holder.left]


def _copy(path: Path) -> Path:
    return path.with_name(f"{path.name}.age")


def _write(path: Path, key: bytes) -> None:
    try:
        write_whole(path, _text(key), 0o600)
    except OSError:
        raise UsageError("cannot_write", path=str(path.parent)) from None


def _text(key: bytes) -> bytes:
    return key.hex().encode("ascii")
