"""The same day: whoever answered a critical item above zero goes into the register, and nothing else is done.

It reads an export as it lies there and stores none of it. It needs no clean file: a row that an import would set aside
counts as far as its code and its critical answer can be read. It does not wait for the wave's end, and no fault of the
statistics, nor a release that is issued already, stands in its way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wellbeing import audit_log
from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.followup import sealed_files
from wellbeing.followup.entries import Entry, entry_to_json
from wellbeing.followup.lists import PATIENCE
from wellbeing.followup.sealed_files import UNPLACED, WaveFolder
from wellbeing.followup.triage import Reason
from wellbeing.importers import read_export
from wellbeing.importers.exports import PREVIEW, UNCLEAR, Export, ExportColumn
from wellbeing.importers.matching import match_columns
from wellbeing.importers.meanings import WRONG, Absent, meaning_of
from wellbeing.importers.names import shown
from wellbeing.keys.holders import county_recipients, read_holders, recipients_of
from wellbeing.surveys import Roster, Survey
from wellbeing.workspace import Workspace


@dataclass(frozen=True)
class AlertResult:
    """What an alert did, without a word about anybody.

    Attributes
    ----------
    rows : int
        Answers read.
    files : int
        Sealed files written: one for each school, whether or not anybody is in it.
    without_counsellor : tuple of str
        Schools whose alerts go to the county's counsellors.
    problems : tuple of Problem
        Cells and columns that could not be read; the rest is written all the same.
    """

    rows: int
    files: int
    without_counsellor: tuple[str, ...]
    problems: tuple[Problem, ...]


def alert_from(
    workspace: Workspace,
    survey: Survey,
    wave: str,
    roster: Roster,
    file: Path,
    platform: str | None,
    today: str,
) -> AlertResult:
    """Read an export for critical answers only, and drop an entry for each person who agreed to be contacted.

    Repeatable: entries of the same person become one, and one with that of a later run.

    Raises
    ------
    UsageError
        If the survey asks nothing of the kind, no counsellor has a key, or there is no such file.
    InputError
        If the file is no export, or not of this survey.
    """
    holders = read_holders(workspace)
    county = county_recipients(holders)
    if not county:
        raise UsageError("no_counsellor_key")
    export = read_export(file, platform)
    entries, problems = critical_entries(export, survey, roster, today)
    recipients = {str(school): recipients_of(holders, str(school)) for school in roster.schools.index}
    served = {school: keys for school, keys in recipients.items() if keys} | {UNPLACED: county}
    contents: dict[str, dict[str, Any]] = {school: {"entries": []} for school in served}
    for entry in entries:
        contents[entry.school if entry.school in served else UNPLACED]["entries"].append(entry_to_json(entry))
    folder = WaveFolder.of(workspace, survey.id, wave)
    with sealed_files.register_held(folder, PATIENCE):
        sealed_files.write_drop(folder, contents, served)
    audit_log.append(workspace, "alert_written", "analyst", survey=survey.id, wave=wave, files=len(served))
    without = tuple(school for school, keys in recipients.items() if not keys)
    return AlertResult(len(export.rows), len(served), without, tuple(problems))


def critical_entries(
    export: Export, survey: Survey, roster: Roster, today: str
) -> tuple[tuple[Entry, ...], list[Problem]]:
    """Find who answered a critical item at or above its line, agreed to be contacted, and left a code.

    Returns
    -------
    tuple of Entry, list of Problem
        Somebody whose school cannot be read is unplaced, not lost. A problem names a row and a column, never a cell.
    """
    asked = {item.column for item in survey.items}
    critical = {
        item.column: (f"{part.instrument.id}_critical_{item.column.rpartition('_')[2]}", item.at_least)
        for part in survey.parts
        for item in part.instrument.critical
        if item.column in asked
    }
    if not critical:
        raise UsageError("no_alert_here", survey=survey.id)
    matched = match_columns(export, survey)
    if not matched.columns:
        raise InputError(matched.problems)
    problems: list[Problem] = []
    read = {
        name: _read(export, matched.columns, name, survey, roster, problems)
        for name in ("school_id", "code", "consent_contact", "submitted", *critical)
    }
    entries = []
    for at in range(len(export.rows)):
        reasons = tuple(
            Reason("critical", measure)
            for column, (measure, at_least) in critical.items()
            if isinstance(read[column][at], float) and read[column][at] >= at_least
        )
        code = read["code"][at]
        if not reasons or not isinstance(code, str) or read["consent_contact"][at] != "yes":
            continue
        school, moment = read["school_id"][at], read["submitted"][at]
        day = moment[:10] if isinstance(moment, str) else today
        entries.append(Entry(school if isinstance(school, str) else UNPLACED, code, 1, day, reasons))
    return tuple(entries), problems


def _read(
    export: Export,
    columns: Mapping[str, ExportColumn],
    name: str,
    survey: Survey,
    roster: Roster,
    problems: list[Problem],
) -> list[Any]:
    """Read one column, record by record: a value, or None where it is blank, left out, or cannot be read."""
    column = columns.get(name)
    if column is None:
        if name != "submitted":
            problems.append(Problem("alert_no_column", export.file, None, name))
        return [None] * len(export.rows)
    header = shown(column.names[0], column.place)
    meaning = meaning_of(name, column, survey, roster)
    unclear = column.coding == UNCLEAR and name not in ("code", "submitted")
    values = {cell: WRONG if unclear else meaning.of(cell) for cell in set(column.cells) if cell.strip()}
    # One problem for all rows of one column: a wrong label stands in hundreds of them.
    unread = [
        row
        for at, (row, cell) in enumerate(zip(export.rows, column.cells, strict=True))
        if values.get(cell) is WRONG and export.left_out.get(at) != PREVIEW
    ]
    if unread and name != "submitted":
        problems.append(Problem("alert_unread", export.file, unread[0], header, {"count": len(unread)}))
    found = []
    for at, cell in enumerate(column.cells):
        value = values.get(cell)
        gone = value is WRONG or isinstance(value, Absent) or export.left_out.get(at) == PREVIEW
        found.append(None if gone else value)
    return found
