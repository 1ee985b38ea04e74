"""What the counsellor can choose from: exports, key files, waves, schools; and where persons may be shown."""

import os
from collections.abc import Iterable
from pathlib import Path

from wellbeing.errors import UsageError
from wellbeing.followup.register import waves_of
from wellbeing.surveys import Roster, Survey, check_wave
from wellbeing.workspace import Workspace

#: How an export of answers ends, on all platforms that the kit reads.
EXPORT_ENDINGS = (".xlsx", ".xls", ".csv", ".sav", ".tsv")
KEY_ENDING = ".age"
#: More than these in a list help nobody; whatever is older is named by its path.
MOST = 30


def exports_found(workspace: Workspace, home: Path | None = None) -> tuple[Path, ...]:
    """List exports in the workspace's own folder, its ``exports/``, and where browsers put downloads, newest first.

    Parameters
    ----------
    workspace : Workspace
    home : Path, optional
        The user's own folder, by default that of the system.
    """
    folders = [workspace.root, workspace.root / "exports", *_downloads(home)]
    return _newest(folders, EXPORT_ENDINGS)


def key_files_found(workspace: Workspace, home: Path | None = None) -> tuple[Path, ...]:
    """List key files on sticks, in the user's own folder, among downloads and in ``data/keys``, newest first."""
    home = home or Path.home()
    sticks = [path for root in (Path("/media"), Path("/run/media"), Path("/Volumes")) for path in root.glob("*")]
    sticks += [path for stick in sticks for path in _folders(stick)]
    drives = [Path(f"{letter}:/") for letter in "DEFGHIJ"] if os.name == "nt" else []
    return _newest([workspace.root / "data" / "keys", home, *_downloads(home), *sticks, *drives], (KEY_ENDING,))


def waves_found(workspace: Workspace, survey: Survey, chosen: str = "") -> tuple[str, ...]:
    """List the waves that have answers or a register, newest first; and the one that was asked for, new or not."""
    found = set(waves_of(workspace, survey.id)) | ({check_wave(chosen)} if chosen else set())
    for path in workspace.raw(survey.id, "x").parent.glob("[12]*/files.json"):
        try:
            found.add(check_wave(path.parent.name))
        except UsageError:
            continue  # a folder of somebody's own
    return tuple(sorted(found, key=lambda wave: (wave[:4], wave.endswith("autumn")), reverse=True))


def schools_offered(roster: Roster) -> tuple[tuple[str, str], ...]:
    """Give each school's name and id, in the roster's order."""
    return tuple((f"{name}（{school}）", str(school)) for school, name in roster.schools["name"].items())


def in_confidential_zone(workspace: Workspace, notebook: Path | None = None) -> bool:
    """Say whether the notebook that runs lies in the confidential zone; nobody is shown elsewhere.

    JupyterLab tells its kernels which notebook they serve, and starts them in its folder.
    """
    told = os.environ.get("JPY_SESSION_NAME", "")
    place = notebook or (Path(told) if told and Path(told).is_absolute() else Path.cwd())
    return place.resolve().is_relative_to((workspace.root / "data" / "confidential").resolve())


def _downloads(home: Path | None) -> list[Path]:
    home = home or Path.home()
    return [home / name for name in ("Downloads", "下载", "Desktop", "桌面")]


def _newest(folders: Iterable[Path], endings: tuple[str, ...]) -> tuple[Path, ...]:
    found = {
        path: path.stat().st_mtime
        for folder in folders
        for path in _folders(folder, files=True)
        if path.suffix.lower() in endings and not path.name.startswith((".", "~$"))
    }
    return tuple(sorted(found, key=lambda path: (-found[path], path.name)))[:MOST]


def _folders(folder: Path, *, files: bool = False) -> list[Path]:
    """List what lies in a folder, nothing where it is not there or not ours to look into."""
    try:
        return [path for path in folder.iterdir() if (path.is_file() if files else path.is_dir())]
    except OSError:
        return []
