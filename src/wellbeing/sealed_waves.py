"""What lies in the working zone about persons: plain while a wave is open, sealed under its own key once it is frozen.

Everything that reads such a file reads it here, and need not know which it is. A file is sealed beside the plain one,
read back, and only then is the plain one removed: a process that is killed at any moment leaves each file plain, or
sealed, or both alike, and whoever seals again goes on from there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from wellbeing.errors import InputError, KitFault, Problem, UsageError
from wellbeing.keys.envelope import open_under, seal_under
from wellbeing.keys.wave_keys import make_wave_key, read_wave_key
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

#: What a sealed file's name ends with, after the name that it has in the clear.
SUFFIX = ".sealed"

#: Of a wave's working folder, what holds a row for each person, or what a person wrote. What a researcher exports under
#: ``research`` is meant to be taken elsewhere and stays as it is; so do tables of counts.
_PERSONAL = (
    "answers/*.csv", "missing/*.csv", "quarantine/*.csv", "scores.csv", "quality.csv",
    "themes_sample.csv", "themes_coded.csv",
)  # fmt: skip


@dataclass(frozen=True)
class WaveFiles:
    """The files of one wave in the working zone, by the names that they have in the clear."""

    workspace: Workspace
    survey: str
    wave: str

    @property
    def folder(self) -> Path:
        return self.workspace.working(self.survey, self.wave)

    @cached_property
    def _key(self) -> bytes:
        return read_wave_key(self.workspace, self.survey, self.wave)

    def there(self, path: Path) -> bool:
        """Say whether a file is there, plain or sealed."""
        return path.is_file() or _sealed(path).is_file()

    def read(self, path: Path) -> bytes:
        """Read a file, plain or sealed.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        UsageError
            If it is sealed, and the wave's key is lost or broken.
        InputError
            If it is sealed under another key, or for another place, or was changed or cut.
        """
        if not path.is_file() and (sealed := _sealed(path)).is_file():
            return open_under(sealed.read_bytes(), self._key, self._name(path), path.name)
        return path.read_bytes()

    def write(self, path: Path, content: bytes) -> None:
        """Write a file whole: sealed where the wave is, else plain. What is there under the name is replaced."""
        if self.is_sealed:
            write_whole(_sealed(path), seal_under(content, self._key, self._name(path)))
            path.unlink(missing_ok=True)
        else:
            write_whole(path, content)

    def remove(self, path: Path) -> None:
        """Remove a file, plain and sealed."""
        path.unlink(missing_ok=True)
        _sealed(path).unlink(missing_ok=True)

    def tables(self, pattern: str = "**/*.csv") -> list[Path]:
        """List the files that are there, plain or sealed, by their names in the clear."""
        found = set(self.folder.glob(pattern))
        found |= {path.with_name(path.name.removesuffix(SUFFIX)) for path in self.folder.glob(pattern + SUFFIX)}
        return sorted(found)

    @property
    def is_sealed(self) -> bool:
        """Whether anything of the wave is sealed."""
        return any(self.folder.rglob(f"*{SUFFIX}"))

    def seal(self) -> int:
        """Seal everything about persons that is plain, and give how many files that were.

        Raises
        ------
        UsageError
            If it cannot be written, or the key under which the rest of the wave is sealed is lost or broken. Nothing is
            lost then: what is not sealed is still plain.
        KitFault
            If what was sealed does not read back equal.
        """
        plain = [path for pattern in _PERSONAL for path in self.folder.glob(pattern)]
        if plain:
            # A second key would leave what is sealed already under none.
            key = self._key if self.is_sealed else make_wave_key(self.workspace, self.survey, self.wave)
            try:
                for path in sorted(plain):
                    self._seal_one(path, key)
            except OSError:
                raise UsageError("cannot_write", path=str(self.folder)) from None
        for draft in self._drafts():
            draft.unlink(missing_ok=True)
        return len(plain)

    def check(self) -> int:
        """Open everything that is sealed, and give how many files that are.

        Raises
        ------
        UsageError
            If the wave's key is lost or broken.
        InputError
            With every file that was sealed under another key, or for another place, or was changed or cut.
        """
        sealed = sorted(self.folder.rglob(f"*{SUFFIX}"))
        problems: list[Problem] = []
        for path in sealed:
            plain = path.with_name(path.name.removesuffix(SUFFIX))
            try:
                open_under(path.read_bytes(), self._key, self._name(plain), plain.name)
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return len(sealed)

    def _seal_one(self, path: Path, key: bytes) -> None:
        content, sealed = path.read_bytes(), _sealed(path)
        write_whole(sealed, seal_under(content, key, self._name(path)), 0o600)
        if open_under(sealed.read_bytes(), key, self._name(path), path.name) != content:
            raise KitFault("a sealed file does not read back")
        path.unlink()

    def _drafts(self) -> Iterator[Path]:
        """Give what a killed process left of plain files that it was writing."""
        for pattern in _PERSONAL:
            folder, _, name = pattern.rpartition("/")
            yield from (self.folder / folder).glob(f".{name}.draft")

    def _name(self, path: Path) -> str:
        return f"{self.survey}/{self.wave}/{path.relative_to(self.folder).as_posix()}"


def _sealed(path: Path) -> Path:
    return path.with_name(path.name + SUFFIX)
