"""Where a county's files lie: definitions, the four zones, templates, output.

The kit's own definitions, notebooks and templates travel inside the wheel; `unpack` copies them into a
county's workspace, where they may be changed. A zone is a folder, and none of them is ever in git.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from wellbeing.errors import UsageError

_PACKAGE = Path(__file__).parent
#: Folders of the kit that a workspace starts from.
KIT_FOLDERS = ("surveys", "notebooks", "reports")


def kit_root() -> Path:
    """Give the folder with the kit's own ``surveys``, ``notebooks`` and ``reports``.

    Inside an installed wheel that is ``wellbeing/kit``; in a checkout the checkout itself.
    """
    packed = _PACKAGE / "kit"
    return packed if packed.is_dir() else _PACKAGE.parents[1]


@dataclass(frozen=True)
class Workspace:
    """A county's folder. Paths only: nothing is made until something is written."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Workspace":
        """Find the workspace that `start` (default: the current folder) lies in.

        Raises
        ------
        UsageError
            If neither the folder nor one above it holds ``surveys/``.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / "surveys").is_dir():
                return cls(folder)
        raise UsageError("no_workspace", folder=str(here))

    @property
    def surveys(self) -> Path:
        return self.root / "surveys"

    @property
    def notebooks(self) -> Path:
        return self.root / "notebooks"

    @property
    def templates(self) -> Path:
        return self.root / "reports" / "templates"

    @property
    def roster(self) -> Path:
        return self.root / "data" / "roster.csv"

    def raw(self, survey: str, wave: str) -> Path:
        """Digests and mappings of the files that were read; never the files themselves."""
        return self.root / "data" / "raw" / survey / wave

    def working(self, survey: str, wave: str) -> Path:
        """Checked answers by code, scores, the audit of what was withheld."""
        return self.root / "data" / "working" / survey / wave

    def confidential(self, survey: str, wave: str) -> Path:
        """The counsellor's zone."""
        return self.root / "data" / "confidential" / survey / wave

    def released(self, survey: str, wave: str) -> Path:
        """Cleared tables and the policy they were cleared under; all that a report may read."""
        return self.root / "data" / "released" / survey / wave

    def output(self, survey: str, wave: str) -> Path:
        """Finished reports."""
        return self.root / "reports" / "output" / survey / wave


#: A workspace made inside the kit's own folder, or versioned by the county, must not put a list of persons into git.
_OUTSIDE_GIT = b"""\
# Answers, lists, keys, exports and reports stay outside git, whatever they are called; what may be versioned is named.
/*
!/.gitignore
!/surveys/
!/reports/
/reports/*
!/reports/templates/
"""


def unpack(folder: Path) -> Workspace:
    """Copy the kit's definitions, notebooks and templates into a new workspace, which keeps its data outside git.

    Raises
    ------
    UsageError
        If one of the folders to be written exists already: a county's changes are never overwritten.
    """
    for name in KIT_FOLDERS:
        if (folder / name).exists():
            raise UsageError("workspace_exists", folder=str(folder), name=name)
    for name in KIT_FOLDERS:
        shutil.copytree(
            kit_root() / name,
            folder / name,
            ignore=shutil.ignore_patterns("output", ".ipynb_checkpoints", "__pycache__"),
        )
    (folder / "data").mkdir(exist_ok=True)
    if not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_bytes(_OUTSIDE_GIT)
    return Workspace(folder.resolve())
