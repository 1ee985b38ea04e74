"""Check that files are those that were made: every file of a manifest, one file of it, or the audit log."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from wellbeing import audit_log
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.keys import verify_keys
from wellbeing.sealed_waves import WaveFiles
from wellbeing.workspace import Workspace

_MANIFEST = "manifest.json"


def verify_log(workspace: Workspace) -> int:
    """Check the audit log's chain and signatures; give its number of lines.

    Raises
    ------
    InputError
        With every line that does not fit.
    """
    return audit_log.check(workspace, verify_keys(workspace))


def verify_all(workspace: Workspace) -> tuple[int, int]:
    """Check the audit log and every manifest of the workspace's reports; give the number of lines and of files.

    Raises
    ------
    InputError
        With everything that does not fit, of all of them.
    """
    problems: list[Problem] = []
    lines = files = 0
    try:
        lines = verify_log(workspace)
    except InputError as error:
        problems += error.problems
    output = workspace.root / "reports" / "output"
    for manifest in sorted(output.rglob(_MANIFEST)):
        try:
            files += verify_file(manifest)
        except InputError as error:
            place = manifest.parent.relative_to(output).as_posix()
            problems += [replace(problem, file=f"{place}/{problem.file}") for problem in error.problems]
    if problems:
        raise InputError(problems)
    return lines, files


def verify_sealed(workspace: Workspace) -> int:
    """Open every sealed file about persons, by the key of its wave; give how many there are.

    Raises
    ------
    UsageError
        If the key of a wave is lost or broken.
    InputError
        With every file that was changed or cut, or was sealed under another key.
    """
    problems: list[Problem] = []
    count = 0
    for folder in sorted((workspace.root / "data" / "working").glob("*/[12]*")):
        if not folder.is_dir():
            continue
        files = WaveFiles(workspace, folder.parent.name, folder.name)
        try:
            count += files.check()
        except InputError as error:
            problems += [
                replace(problem, file=f"{files.survey}/{files.wave}/{problem.file}") for problem in error.problems
            ]
    if problems:
        raise InputError(problems)
    return count


def verify_file(path: Path) -> int:
    """Check a manifest's files, or one file by the manifest beside or above it; give how many were checked.

    Raises
    ------
    UsageError
        If there is no such file, or no manifest lists it.
    InputError
        With every file that is gone or was changed.
    """
    if path.is_dir():
        path = path / _MANIFEST
    if not path.is_file():
        raise UsageError("no_file", path=str(path))
    if path.name == _MANIFEST:
        listed = _read(path)
        return _check(path.parent, listed)
    for folder in path.resolve().parents:
        manifest = folder / _MANIFEST
        if manifest.is_file():
            name = path.resolve().relative_to(folder).as_posix()
            digest = _read(manifest).get(name)
            if digest is not None:
                return _check(folder, {name: digest})
    raise UsageError("verify_what", path=str(path))


def _read(manifest: Path) -> dict[str, str]:
    try:
        listed = json.loads(manifest.read_text(encoding="utf-8"))["files"]
        if not all(isinstance(part, str) for pair in listed.items() for part in pair):
            raise TypeError
        # What lies outside the manifest's folder is none of its files.
        if any(Path(name).is_absolute() or ".." in Path(name).parts for name in listed):
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError([Problem("not_a_manifest", manifest.name)]) from None
    return dict(listed)


def _check(folder: Path, listed: dict[str, str]) -> int:
    problems = []
    for name, digest in listed.items():
        path = folder / name
        if not path.is_file():
            problems.append(Problem("manifest_gone", name))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            problems.append(Problem("manifest_changed", name))
    if problems:
        raise InputError(problems)
    return len(listed)
