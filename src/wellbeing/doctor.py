"""What `wellbeing doctor` looks at: whether this machine and workspace have what the kit needs, and the remedy.

Nothing is sent anywhere and nothing is changed; a few files are made and removed, to see whether that is possible. What
it finds names no person, no folder above the workspace and no user, so that it can be sent to whoever helps.
"""

import os
import platform
import re
import shutil
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from wellbeing import __version__
from wellbeing.errors import InputError, UsageError
from wellbeing.texts import say
from wellbeing.workspace import Workspace

#: ``fine``; ``mind``: works, but look at it; ``lacking``: something will not work; ``unseen``: it could not be seen.
State = Literal["fine", "mind", "lacking", "unseen"]

PYTHON_FROM, PYTHON_BELOW = (3, 11), (3, 14)
#: Bytes. A made-up county of 60 schools takes 25 MB with all that is made of two waves; a large county has ten times
#: the schools, keeps six waves, and the system needs room of its own. Below the first nothing should be begun.
LEAST_FREE, LITTLE_FREE = 500_000_000, 2_000_000_000
#: Seconds that the drive's clock may differ from the machine's; that a file may seem to come from the future.
CLOCKS_APART, FROM_THE_FUTURE = 120, 3600
#: Seconds that China's one time zone is ahead of UTC.
CHINA = 8 * 3600
#: Characters of a workspace's path from which on Windows' 260 may not be enough for what lies in it.
LONG_PATH = 120
#: The person who makes a release and the two who approve it.
SIGNERS = 3

#: Every font that the kit draws or typesets with, by package and file.
FONTS = (
    ("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"),
    ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
    ("pylopdf_fonts_zh_cn", "NotoSerifSC-Regular.otf"),
)
#: What folders are called that are copied to somebody else's machine.
_SYNCED = re.compile(
    r"onedrive|dropbox|icloud|nutstore|坚果云|google ?drive|百度网盘|baidunetdisk|wps ?云盘|wpsdrive", re.I
)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    check : str
        One of `ORDER`.
    state : State
    said : str
        Key under ``texts/doctor.yaml``; the remedy stands beside it under ``<said>.remedy``, unless all is fine.
    fields : dict
        Values for both sentences.
    """

    check: str
    state: State
    said: str
    fields: dict[str, str | int] = field(default_factory=dict)

    def found(self, lang: str | None = None) -> str:
        """Say what was found."""
        return say(f"doctor.{self.said}", lang, **self.fields)

    def remedy(self, lang: str | None = None) -> str:
        """Say what to do; empty where all is fine."""
        return "" if self.state == "fine" else say(f"doctor.{self.said}.remedy", lang, **self.fields)


def examine(start: Path | None = None) -> list[Finding]:
    """Look at the machine, and at the workspace that `start` (default: the current folder) lies in, if there is one.

    Returns
    -------
    list of Finding
        At least one of each check, in the order of `Finding.check`.
    """
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("python", lambda: check_python(sys.version_info[:2])),
        ("packages", check_packages),
        ("fonts", check_fonts),
        ("browser", check_browser),
        ("console", lambda: check_console(sys.stdout.encoding)),
    ]
    folder = (start or Path.cwd()).resolve()
    try:
        workspace = Workspace.find(folder)
    except UsageError:
        found = [Finding("workspace", "mind", "no_workspace")]
        checks += [("disk", lambda: check_disk(folder)), ("clock", lambda: check_clock(folder))]
    else:
        found = []
        checks += [
            ("workspace", lambda: check_workspace_place(workspace)),
            ("keys", lambda: check_keys(workspace)),
            ("permissions", lambda: check_permissions(workspace)),
            ("disk", lambda: check_disk(workspace.root)),
            ("clock", lambda: check_clock(workspace.root)),
        ]
    for name, check in checks:
        try:
            found += check()
        except ModuleNotFoundError as error:
            # A check that needs a package cannot be made without it; which one is told under `packages` as well.
            found.append(Finding(name, "unseen", "no_module", {"module": error.name or "?"}))
    return sorted(found, key=lambda one: ORDER.index(one.check))


def as_lines(found: list[Finding], lang: str | None = None) -> Iterator[str]:
    """Write the findings out for a console, each with its remedy below it, and what it comes to at the end."""
    for one in found:
        state, name = say(f"doctor.state_{one.state}", lang), say(f"doctor.name_{one.check}", lang)
        yield say("doctor.line", lang, state=state, name=name, found=one.found(lang))
        if one.state != "fine":
            yield say("doctor.remedy_line", lang, remedy=one.remedy(lang))
    count = sum(one.state == "lacking" for one in found)
    yield say("doctor.lacking_count", lang, count=count) if count else say("doctor.all_fine", lang)


def as_record(found: list[Finding], lang: str | None = None) -> dict[str, object]:
    """Give the findings for another program: ``schema``, ``version``, ``system``, ``lacking``, ``findings``."""
    return {
        "schema": 1,
        "version": __version__,
        "system": platform.system(),
        "lacking": sum(one.state == "lacking" for one in found),
        "findings": [
            {"check": one.check, "state": one.state, "what": one.said}
            | {"found": one.found(lang), "remedy": one.remedy(lang)}
            for one in found
        ],
    }


#: The checks, in the order in which they are told.
ORDER = ("python", "packages", "fonts", "browser", "console", "workspace", "keys", "permissions", "disk", "clock")


def check_python(version: tuple[int, int]) -> Iterator[Finding]:
    """Python's version; others were never tried."""
    state: State = "fine" if PYTHON_FROM <= version < PYTHON_BELOW else "lacking"
    yield Finding(
        "python", state, "python" if state == "fine" else "python_wrong", {"version": "{}.{}".format(*version)}
    )


def check_packages() -> Iterator[Finding]:
    """Every package that the kit itself asks for, and whether it is new enough."""
    try:
        asked = metadata.requires("wellbeing") or []
    except metadata.PackageNotFoundError:
        yield Finding("packages", "lacking", "not_installed")
        return
    needed = [one for one in asked if "extra ==" not in one]
    lacking = []
    for one in needed:
        name, least = _requirement(one)
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            lacking.append(name)
            continue
        if _release(installed) < least:
            lacking.append(f"{name} ({installed})")
    if lacking:
        yield Finding("packages", "lacking", "packages_lacking", {"names": ", ".join(lacking)})
    else:
        yield Finding("packages", "fine", "packages", {"count": len(needed)})


def _requirement(text: str) -> tuple[str, tuple[int, ...]]:
    """Take ``pandas>=3.0`` apart; the kit's own list has no other form, which its test sees to."""
    name, _, least = text.partition(";")[0].strip().partition(">=")
    return name.strip(), _release(least)


def _release(version: str) -> tuple[int, ...]:
    numbers = re.match(r"[0-9]+(\.[0-9]+)*", version.strip())
    return tuple(int(number) for number in numbers[0].split(".")) if numbers else ()


def check_fonts() -> Iterator[Finding]:
    """Each of the kit's own fonts is there, can be read, and has the characters of a report's title."""
    title = set(say("doctor.sample", "zh"))
    for package, name in FONTS:
        fields: dict[str, str | int] = {"package": package.replace("_", "-"), "font": Path(name).name}
        path = _font_file(package, name)
        if path is None or not path.is_file():
            yield Finding("fonts", "lacking", "font_gone", fields)
        elif not title <= _characters(path):
            yield Finding("fonts", "lacking", "font_broken", fields)
        else:
            yield Finding("fonts", "fine", "font", fields)


def _font_file(package: str, name: str) -> Path | None:
    spec = find_spec(package)
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / name


def _characters(path: Path) -> set[str]:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with path.open("rb") as file, TTFont(file, lazy=True) as font:
            return set(map(chr, font.getBestCmap()))
    except (TTLibError, OSError):
        return set()


def check_browser() -> Iterator[Finding]:
    """A browser that `wellbeing lab` can open by itself."""
    try:
        webbrowser.get()
    except webbrowser.Error:
        yield Finding("browser", "mind", "no_browser")
    else:
        yield Finding("browser", "fine", "browser")


def check_console(encoding: str | None) -> Iterator[Finding]:
    """A console that can show the kit's Chinese."""
    fields: dict[str, str | int] = {"encoding": encoding or "?"}
    try:
        say("doctor.sample", "zh").encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        yield Finding("console", "mind", "console_poor", fields)
    else:
        yield Finding("console", "fine", "console", fields)


def check_workspace_place(workspace: Workspace, *, windows: bool = os.name == "nt") -> Iterator[Finding]:
    """Where the workspace lies: not in a folder that is copied elsewhere, nor too deep for Windows."""
    if synced := next((part for part in workspace.root.parts if _SYNCED.search(part)), None):
        match = _SYNCED.search(synced)
        yield Finding("workspace", "lacking", "synced", {"service": match[0] if match else synced})
    if windows and len(str(workspace.root)) > LONG_PATH:
        yield Finding("workspace", "mind", "long_path", {"length": len(str(workspace.root)), "most": LONG_PATH})
    if not workspace.roster.exists():
        yield Finding("workspace", "mind", "no_roster")
    else:
        yield Finding("workspace", "fine", "workspace")


def check_keys(workspace: Workspace) -> Iterator[Finding]:
    """Which roles hold a key, and that no secret half lies where the answers lie."""
    from wellbeing.keys import release_key_file
    from wellbeing.keys.holders import read_holders

    try:
        holders = [holder for holder in read_holders(workspace) if not holder.left]
    except InputError:
        yield Finding("keys", "lacking", "holders_broken")
        return
    roles = [holder.role for holder in holders]
    if "counsellor" not in roles:
        yield Finding("keys", "lacking", "no_counsellor_key")
    if "escrow" not in roles:
        yield Finding("keys", "mind", "no_escrow_key")
    if "release" not in roles:
        yield Finding("keys", "mind", "no_release_key")
    if roles.count("signer") < SIGNERS:
        yield Finding("keys", "mind", "few_signers", {"count": roles.count("signer"), "needed": SIGNERS})
    data = workspace.root / "data"
    inside = (*workspace.root.glob("*.key.age"), *data.rglob("*.key.age"))
    if others := [path for path in inside if path != release_key_file(workspace)]:
        yield Finding("keys", "mind", "secret_inside", {"count": len(others)})
    if holders:
        yield Finding("keys", "fine", "keys", {"count": len(holders)})


def check_permissions(workspace: Workspace, *, windows: bool = os.name == "nt") -> Iterator[Finding]:
    """Files can be made, under Chinese names too; what is confidential opens to its owner alone."""
    from wellbeing.keys import release_key_file

    data = workspace.root / "data"
    for folder in (data, workspace.root / "reports"):
        nearest = next(place for place in (folder, *folder.parents) if place.exists())
        try:
            with tempfile.TemporaryDirectory(prefix=".doctor-", dir=nearest) as draft:
                (Path(draft) / "青云镇 probe.tmp").write_text("", encoding="utf-8")
        except (OSError, UnicodeError):
            yield Finding("permissions", "lacking", "not_writable", {"folder": folder.name})
            return
    yield Finding("permissions", "fine", "writable")
    if windows:
        yield Finding("permissions", "unseen", "rights_unseen")
        return
    guarded = [data / "confidential", release_key_file(workspace)]
    open_ones = [path for path in guarded if path.exists() and path.stat().st_mode & 0o077]
    for path in open_ones:
        yield Finding("permissions", "lacking", "open_to_others", {"path": path.relative_to(workspace.root).as_posix()})


def check_disk(folder: Path) -> Iterator[Finding]:
    """Room on the drive."""
    free = shutil.disk_usage(folder).free
    fields: dict[str, str | int] = {"free": f"{free / 1e9:.1f}", "least": f"{LEAST_FREE / 1e9:.1f}"}
    if free < LEAST_FREE:
        yield Finding("disk", "lacking", "disk_full", fields)
    elif free < LITTLE_FREE:
        yield Finding("disk", "mind", "disk_little", fields)
    else:
        yield Finding("disk", "fine", "disk", fields)


def check_clock(folder: Path) -> Iterator[Finding]:
    """The clock: not behind what was written already, the drive's the same, the zone China's.

    Days decide when a list was made, when an approval runs out and when data are past their day.
    """
    now = time.time()
    written = [Path(__file__), *(folder / "data" / "audit").glob("*"), *(folder / "data" / "keys").glob("*")]
    ahead = max(path.stat().st_mtime for path in written) - now
    if ahead > FROM_THE_FUTURE:
        yield Finding("clock", "lacking", "clock_behind", {"hours": round(ahead / 3600)})
        return
    fields: dict[str, str | int] = {"now": time.strftime("%Y-%m-%d %H:%M", time.localtime(now))}
    if (apart := _drive_apart(folder)) is None:
        yield Finding("clock", "unseen", "drive_clock_unseen")
    elif apart > CLOCKS_APART:
        yield Finding("clock", "mind", "clocks_apart", {"minutes": round(apart / 60)})
    if (offset := time.localtime(now).tm_gmtoff) != CHINA:
        yield Finding("clock", "mind", "zone", fields | {"offset": f"{offset / 3600:+g}"})
    else:
        yield Finding("clock", "fine", "clock", fields)


def _drive_apart(folder: Path) -> float | None:
    """Give the seconds between this machine's clock and that of the drive; None where nothing can be written there."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".doctor-", dir=folder) as probe:
            return abs(os.fstat(probe.fileno()).st_mtime - time.time())
    except OSError:
        return None
