"""What an issue and a recall leave for the schools: a signature for every file, and the list of files in use."""

import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wellbeing.keys import verify_keys
from wellbeing.signoff.standing import SignOff
from wellbeing.signoff.statements import (
    FileState,
    Statement,
    distribution_folder,
    list_file,
    read_list,
    sign_list,
    sign_statement,
    statement_file,
)
from wellbeing.texts import LANGUAGES
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def sign_files(
    workspace: Workspace,
    survey: str,
    wave: str,
    found: SignOff,
    key: "Ed25519PrivateKey",
    now: datetime | None = None,
) -> int:
    """Sign every school's file of an issued release, and list those in use; give how many were signed.

    A school in a group gets the group's report under its own name, with a signature of its own. Files that were made
    to be handed out and are superseded are taken away.
    """
    listed = _listed(workspace, survey, wave)
    if any(state == "current" and file not in found.material.reports.values() for file, state in listed.items()):
        _take_away(workspace, survey, wave)
    release = found.material.cleared
    signed = 0
    for unit, school in units_of_schools(release.units.to_dict("records")):
        for lang in LANGUAGES:
            digest = found.material.reports.get(f"{lang}/{unit}_{wave}.pdf")
            if digest is None:
                continue
            statement = Statement(school, unit, survey, wave, lang, found.material.release, digest)
            write_whole(statement_file(workspace, survey, wave, lang, school), sign_statement(statement, key))
            signed += 1
    _write_list(workspace, survey, wave, dict.fromkeys(found.material.reports.values(), "current"), key, now)
    return signed


def withdraw_files(
    workspace: Workspace, survey: str, wave: str, key: "Ed25519PrivateKey", now: datetime | None = None
) -> None:
    """List every file of a recalled release as recalled, and take away what was made to be handed out."""
    _take_away(workspace, survey, wave)
    _write_list(workspace, survey, wave, {}, key, now, left="recalled")


def units_of_schools(units: Sequence[Mapping[Any, Any]]) -> list[tuple[str, str]]:
    """Give each school with the unit whose report is its own, from a release's units."""
    own = [row for row in units if row["level"] in ("school", "group")]
    return [(str(row["unit"]), school) for row in own for school in str(row["schools"]).split()]


def _write_list(
    workspace: Workspace,
    survey: str,
    wave: str,
    now_in_use: dict[str, FileState],
    key: "Ed25519PrivateKey",
    now: datetime | None,
    left: FileState = "superseded",
) -> None:
    earlier = _listed(workspace, survey, wave)
    at = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    files = dict.fromkeys(earlier, left) | now_in_use
    write_whole(list_file(workspace, survey, wave), sign_list(survey, wave, at, files, key))


def _listed(workspace: Workspace, survey: str, wave: str) -> dict[str, FileState]:
    path = list_file(workspace, survey, wave)
    if not path.is_file():
        return {}
    files: dict[str, FileState] = read_list(path.read_bytes(), path.name, verify_keys(workspace))[0]["files"]
    return files


def _take_away(workspace: Workspace, survey: str, wave: str) -> None:
    """Remove files that wait to be handed out, so that nobody hands out by mistake what is out of use."""
    for lang in LANGUAGES:
        folder = distribution_folder(workspace, survey, wave) / lang
        for made in ("folder", "zip", "pdf", "age", "eml", "signatures"):
            if (folder / made).is_dir():
                shutil.rmtree(folder / made)
