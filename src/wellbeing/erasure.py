"""Erase one person everywhere but in issued aggregates, or a wave that was kept long enough; with a receipt.

What stands by code is rewritten without the person. The register is sealed, and the machine that runs this has no key
to it: there a sealed note is dropped that hides the person at once and removes the entry when a counsellor next writes;
with a counsellor's or the escrow's key it is removed here and now. Issued releases and reports stay as issued, for
they hold classes, and a second issue without one person would tell what that person answered. Deleted files may survive
on a disk and in copies. Of a frozen wave these are sealed, and its key is destroyed before anything else: then they can
be read nowhere, if no copy of the key was made elsewhere.
"""

import csv
import hashlib
import io
import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing import audit_log
from wellbeing.errors import InputError, UsageError
from wellbeing.followup import sealed_files
from wellbeing.followup.register import known_code, open_register, take_in
from wellbeing.followup.sealed_files import UNPLACED, WaveFolder
from wellbeing.import_register import read_register
from wellbeing.keys.holders import county_recipients, read_holders, readers_of
from wellbeing.keys.wave_keys import destroy_wave_key
from wellbeing.pseudonyms import canonical_code
from wellbeing.record_store import RECORDS, erase_records, year_folder
from wellbeing.responses import MISSING
from wellbeing.sealed_waves import WaveFiles
from wellbeing.surveys import check_wave, load_survey
from wellbeing.texts import say
from wellbeing.wave_lock import wave_held
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from pyrage.x25519 import Identity

#: Seconds to wait for somebody who is writing the register.
_PATIENCE = 30


@dataclass
class Receipt:
    """What was erased, without the code: places by survey and wave, and how the register stands.

    ``register`` is ``none`` (there is none), ``noted`` (removed when a counsellor next writes) or ``done``.
    """

    kind: str
    day: str
    places: list[tuple[str, str, str]] = field(default_factory=list)
    register: str = "none"
    path: Path = Path()

    def lines(self, lang: str | None = None) -> list[str]:
        """Write the receipt out."""
        told = [say(f"erasing.{self.kind}", lang, day=self.day)]
        told += [
            say("erasing.place", lang, survey=survey, wave=wave, what=say(f"erasing.what_{what}", lang))
            for survey, wave, what in self.places
        ]
        if self.kind == "person":
            told.append(say(f"erasing.register_{self.register}", lang))
        return [*told, say("erasing.stays", lang)]


def erase_person(workspace: Workspace, code: str, today: str, identities: "Sequence[Identity]" = ()) -> Receipt:
    """Erase one person by code from every survey and wave.

    Parameters
    ----------
    workspace : Workspace
    code : str
        As on the card.
    today : str
    identities : sequence of Identity
        A counsellor's or the escrow's key, to take the entry out of the register at once.

    Raises
    ------
    UsageError
        If the code is malformed or nowhere to be found, or a wave is being written.
    """
    wanted = known_code(code)
    receipt = Receipt("person", today)
    waves = list(_waves(workspace))
    for survey, wave in waves:
        with wave_held(workspace, survey, wave):
            for what in sorted(_erase_from_working(workspace, survey, wave, wanted)):
                receipt.places.append((survey, wave, what))
    in_register = bool(identities) and any(
        wanted in part.entries() or wanted in part.record.contacts or wanted in part.erased
        for survey, wave in waves
        for part in _register_parts(workspace, survey, wave, identities)
    )
    if not receipt.places and not in_register:
        raise UsageError("erase_unknown")
    for survey, wave in waves:
        receipt.register = max(
            receipt.register, _erase_from_register(workspace, survey, wave, wanted, identities), key=_STATES.index
        )
    for what in _clear_notebooks(workspace):
        receipt.places.append((what, "", "notebook"))
    return _finish(workspace, receipt)


#: From better to worse is from right to left: what is still to do in one wave is still to do.
_STATES = ("none", "done", "noted")


def erase_wave(workspace: Workspace, wave: str, today: str, survey: str | None = None, what: str = "all") -> Receipt:
    """Erase a wave's answers, scores and register, or the schools' records of a year; what was issued stays.

    Parameters
    ----------
    workspace : Workspace
    wave : str
        Of ``records`` a school year, ``2026-2027``.
    today : str
    survey : str, optional
        By default every survey of that wave.
    what : str
        ``all``, or ``register`` for the register alone, which is kept for a shorter time.

    Raises
    ------
    UsageError
        If there is nothing of the wave, or it is being written.
    """
    receipt = Receipt("wave", today)
    if survey == RECORDS:
        with wave_held(workspace, RECORDS, year_folder(wave)):
            erase_records(workspace, wave)
        receipt.places.append((RECORDS, wave, RECORDS))
        return _finish(workspace, receipt)
    check_wave(wave)
    for of, there in _waves(workspace):
        if there != wave or survey not in (None, of):
            continue
        zones = {"register": workspace.confidential(of, wave)}
        if what == "all":
            zones |= {"answers": workspace.working(of, wave), "imports": workspace.raw(of, wave)}
        with wave_held(workspace, of, wave):
            # First: once the key is gone nobody reads what is sealed, wherever copies of it lie, however this ends.
            if what == "all" and destroy_wave_key(workspace, of, wave):
                audit_log.append(workspace, "wave_key_destroyed", "analyst", survey=of, wave=wave)
                receipt.places.append((of, wave, "key"))
            for name, folder in zones.items():
                if folder.exists():
                    _remove(folder)
                    receipt.places.append((of, wave, name))
    if not receipt.places:
        raise UsageError("erase_no_wave", wave=wave)
    for name in _clear_notebooks(workspace):
        receipt.places.append((name, "", "notebook"))
    return _finish(workspace, receipt)


def _waves(workspace: Workspace) -> Iterator[tuple[str, str]]:
    data = workspace.root / "data"
    found = {
        (path.parent.name, path.name)
        for zone in ("raw", "working", "confidential")
        for path in (data / zone).glob("*/[12]*")
        if path.is_dir()
    }
    for survey, wave in sorted(found):
        try:
            check_wave(wave)
        except UsageError:
            continue  # a folder of somebody's own
        yield survey, wave


def _erase_from_working(workspace: Workspace, survey: str, wave: str, code: str) -> set[str]:
    """Rewrite every table of a wave that holds the person; give what kinds of tables those were."""
    files = WaveFiles(workspace, survey, wave)
    folder = files.folder
    done = {"answers"} if _erase_answers(files, code) else set()
    for path in files.tables():
        if path.parent in (folder / "answers", folder / MISSING):
            continue
        rows, gone = _without_person(files.read(path), code, renumber=path.stem == "quality")
        if gone:
            files.write(path, rows)
            done.add(_KINDS.get(path.stem, "quarantine" if "quarantine" in path.as_posix() else "tables"))
    return done


_KINDS = {"scores": "scores", "quality": "quality"}


def _erase_answers(files: WaveFiles, code: str) -> bool:
    """Take a person's rows out of the stored answers and of what stands beside them row by row.

    ``files.json`` is replaced last but for the old files, so that the wave is never half of one state.
    """
    register = files.workspace.raw(files.survey, files.wave) / "files.json"
    held = read_register(register)
    folder = files.folder / "answers"
    old: list[Path] = []
    for key, entry in held.items():
        path = folder / entry["answers"]
        if not files.there(path):
            continue
        rows, gone = _without_person(files.read(path), code)
        if not gone:
            continue
        entry["answers"] = _store(files, folder, f"{key}-", rows)
        old.append(path)
        beside = folder.with_name(MISSING) / (entry.get("missing") or "-")
        if files.there(beside):
            entry["missing"] = _store(files, beside.parent, f"{key}-", _rows_taken_out(files.read(beside), gone))
            old.append(beside)
        for count in ("rows_read", "rows_kept"):
            if isinstance(entry.get(count), int):
                entry[count] -= len(gone)
    if not old:
        return False
    entries = sorted(held.values(), key=lambda entry: str(entry["file"]))
    listing = json.dumps({"schema": 1, "files": entries}, ensure_ascii=False, indent=1) + "\n"
    write_whole(register, listing.encode("utf-8"))
    counted = {entry[part] for entry in held.values() for part in ("answers", "missing") if entry.get(part)}
    for path in old:
        if path.name not in counted:
            files.remove(path)
    return True


def _store(files: WaveFiles, folder: Path, start: str, content: bytes) -> str:
    name = f"{start}{hashlib.sha256(content).hexdigest()[:12]}.csv"
    files.write(folder / name, content)
    return name


def _without_person(content: bytes, code: str, renumber: bool = False) -> tuple[bytes, list[int]]:
    """Leave out a person's rows, by the column ``code`` alone: elsewhere a school or a band may read like a code.

    With `renumber` the column ``row``, which counts the wave's answers from 0, is counted anew.

    Returns
    -------
    bytes, list of int
        The table without them, and their places below the header, from 0.
    """
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    if "code" not in header:
        return content, []
    place = header.index("code")
    gone = [at for at, cells in enumerate(rows) if len(cells) > place and canonical_code(cells[place]) == code]
    left = set(gone)
    kept = [row for at, row in enumerate(rows) if at not in left]
    if renumber and "row" in header:
        column = header.index("row")
        kept = [[*row[:column], str(at), *row[column + 1 :]] for at, row in enumerate(kept)]
    return _written([header, *kept]), gone


def _rows_taken_out(content: bytes, gone: Sequence[int]) -> bytes:
    """Take rows out of a table whose first column is the row that it speaks of, and number the later ones anew."""
    records = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    kept = [records[0]]
    for row, *rest in records[1:]:
        place = int(row)
        if place not in gone:
            kept.append([str(place - sum(earlier < place for earlier in gone)), *rest])
    return _written(kept)


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def _register_parts(workspace: Workspace, survey: str, wave: str, identities: "Sequence[Identity]") -> list[Any]:
    if not WaveFolder.of(workspace, survey, wave).schools():
        return []
    try:
        return list(open_register(workspace, load_survey(workspace, survey), wave, identities).schools.values())
    except InputError:
        return []  # another counsellor's; a note is left there all the same


def _erase_from_register(
    workspace: Workspace, survey: str, wave: str, code: str, identities: "Sequence[Identity]"
) -> str:
    """Drop a sealed note for every school, and take it in where the key allows."""
    folder = WaveFolder.of(workspace, survey, wave)
    schools = folder.schools()
    holders = read_holders(workspace)
    readers = {s: county_recipients(holders) if s == UNPLACED else readers_of(holders, s) for s in schools}
    served = {school: keys for school, keys in readers.items() if keys}
    if not served:
        return "none"
    with sealed_files.register_held(folder, _PATIENCE):
        sealed_files.write_drop(folder, {school: {"erase": [code]} for school in served}, served)
    if not identities:
        return "noted"
    try:
        register = take_in(open_register(workspace, load_survey(workspace, survey), wave, identities))
    except InputError:
        return "noted"
    return "done" if not register.problems and set(served) <= set(register.schools) else "noted"


def _clear_notebooks(workspace: Workspace) -> list[str]:
    """Clear what notebooks of the confidential zone show: JupyterLab saves it in them, and they are soon run again."""
    cleared = []
    for path in sorted((workspace.root / "data" / "confidential").rglob("*.ipynb")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            shown = [cell for cell in content["cells"] if cell.get("outputs")]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UsageError("erase_notebook", path=path.relative_to(workspace.root).as_posix()) from None
        for cell in shown:
            cell["outputs"] = []
        if shown:
            content.get("metadata", {}).pop("widgets", None)
            write_whole(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8"), 0o600)
            cleared.append(path.name)
    return cleared


def _remove(folder: Path) -> None:
    """Remove a folder; interrupted, it is simply run again."""
    gone = folder.with_name(f".{folder.name}.erased")
    if gone.exists():
        shutil.rmtree(gone)
    # Out of the way at once: half a wave must never be read as a whole one.
    folder.rename(gone)
    shutil.rmtree(gone)


def _finish(workspace: Workspace, receipt: Receipt) -> Receipt:
    audit_log.append(workspace, "erased", "analyst", kind=receipt.kind)
    folder = workspace.root / "data" / "audit" / "receipts"
    receipt.path = folder / f"{receipt.day}-{secrets.token_hex(4)}.txt"
    text = "\n".join([*receipt.lines("zh"), "", *receipt.lines("en")]) + "\n"
    write_whole(receipt.path, text.encode("utf-8"))
    return receipt
