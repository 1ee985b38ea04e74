"""Seal the register to other keys: somebody left, somebody came, or the escrow was made anew."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.followup import sealed_files
from wellbeing.followup.sealed_files import UNPLACED, WaveFolder
from wellbeing.keys import envelope
from wellbeing.keys.holders import Holder, county_recipients, read_holders, readers_of
from wellbeing.surveys import check_wave
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

#: Seconds to wait for somebody who is writing.
_PATIENCE = 10


def check_rotation(workspace: Workspace, identities: "Sequence[Identity]", leaving: Holder) -> None:
    """Make sure, before anybody is taken off the list, that all that a leaver can read can be sealed anew.

    Raises
    ------
    InputError
        With every file of the leaver's schools that the identities do not open.
    UsageError
        If a school's files would be left to nobody.
    """
    staying = tuple(holder for holder in read_holders(workspace) if holder != leaving)
    problems: list[Problem] = []
    for folder, path in _files(workspace):
        if path.stem != UNPLACED and not leaving.reads(path.stem):
            continue
        if not _readers(staying, path.stem):
            raise UsageError("left_to_nobody", school=path.stem)
        try:
            envelope.open_sealed(path.read_bytes(), identities, folder.name_of(path))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)


def reseal_register(workspace: Workspace, identities: "Sequence[Identity]") -> tuple[int, int]:
    """Seal every file of the register that the identities open to those who hold keys now.

    Each file is replaced whole; interrupted, it is simply run again.

    Returns
    -------
    int, int
        Files sealed anew, and files that the identities do not open: other counsellors' schools.

    Raises
    ------
    InputError
        With every file that was changed or cut; the others are sealed anew.
    """
    holders = read_holders(workspace)
    done = others = 0
    problems: list[Problem] = []
    for folder in _waves(workspace):
        with sealed_files.register_held(folder, _PATIENCE):
            for path in _sealed(folder):
                readers = _readers(holders, path.stem)
                if not readers:
                    raise UsageError("left_to_nobody", school=path.stem)
                try:
                    sealed_files.reseal(folder, path, identities, readers)
                    done += 1
                except InputError as error:
                    damaged = [problem for problem in error.problems if problem.what != "sealed_wrong_key"]
                    others += not damaged
                    problems += damaged
    if problems:
        raise InputError(problems)
    return done, others


def has_register(workspace: Workspace) -> bool:
    """Say whether anything is sealed yet."""
    return any(True for _ in _files(workspace))


def _readers(holders: tuple[Holder, ...], school: str) -> tuple[str, ...]:
    if school != UNPLACED:
        return readers_of(holders, school)
    return county_recipients(holders) or tuple(h.public for h in holders if h.role == "escrow" and not h.left)


def _waves(workspace: Workspace) -> Iterator[WaveFolder]:
    for path in sorted((workspace.root / "data" / "confidential").glob("*/[12]*")):
        try:
            wave = check_wave(path.name)
        except UsageError:
            continue  # a folder of somebody's own
        if path.is_dir():
            yield WaveFolder.of(workspace, path.parent.name, wave)


def _sealed(folder: WaveFolder) -> list[Path]:
    return sorted(
        [*folder.root.glob("*.age"), *folder.root.glob("records/*.age"), *folder.root.glob("drops/[0-9]*/*.age")]
    )


def _files(workspace: Workspace) -> Iterator[tuple[WaveFolder, Path]]:
    for folder in _waves(workspace):
        for path in _sealed(folder):
            yield folder, path
