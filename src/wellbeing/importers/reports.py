"""What was found in a file, for whoever imports it: lines, a workbook, and the rows that wait to be put right.

All of it stays in the working zone, under the file's key: people name files after themselves. No answer stands in the
lines or the workbook; the quarantine file holds the rows that were set aside, without anything personal.
"""

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.errors import UsageError
from wellbeing.import_register import file_key
from wellbeing.importers.findings import SEVERITIES, STOP, Finding
from wellbeing.responses import ImportRecord, Responses
from wellbeing.surveys import Roster
from wellbeing.texts import say
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

#: A workbook with more lines helps nobody; the rest is counted.
MOST_LINES = 20_000
#: A school of which fewer answered is marked (rule R10: below half nothing is reported).
LOW_RESPONSE = 0.5
#: A spreadsheet program takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def report_path(workspace: Workspace, survey: str, wave: str, file: str) -> Path:
    """Give the place of the workbook about a file."""
    return workspace.working(survey, wave) / "imports" / f"{file_key(file)}.xlsx"


def quarantine_path(workspace: Workspace, survey: str, wave: str, file: str) -> Path:
    """Give the place of a file's rows that were set aside."""
    return workspace.working(survey, wave) / "quarantine" / f"{file_key(file)}.csv"


def lines(findings: Iterable[Finding], severity: str, most: int = 30) -> list[str]:
    """Say what was found of one severity, at most `most` findings written out and the rest counted."""
    chosen = [finding for finding in findings if finding.severity == severity]
    said = [_rows(finding) + finding.problem.line().replace("\n", "\n    ") for finding in chosen[:most]]
    if len(chosen) > most:
        said.append(say("problems.more", count=len(chosen) - most))
    return said


def _rows(finding: Finding) -> str:
    if len(finding.rows) < 2 or finding.severity == STOP:
        return ""
    key = "importing.rows" if len(finding.rows) <= 10 else "importing.rows_and_more"
    return say(key, rows=", ".join(map(str, finding.rows[:10])), count=len(finding.rows))


def write_report(path: Path, findings: Sequence[Finding], record: ImportRecord | None) -> None:
    """Write the workbook: a sheet with the counts, one with a line for each row concerned, its rule, what to do.

    Parameters
    ----------
    path : Path
    findings : sequence of Finding
    record : ImportRecord or None
        None where the import was stopped and nothing is counted.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    summary = book.create_sheet("summary")
    for cells in _summary(findings, record):
        summary.append([_cell(summary, cell) for cell in cells])
    sheet = book.create_sheet("findings")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDE", (12, 8, 28, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    heads = ("severity", "row", "column", "rule", "to_do")
    sheet.append([_cell(sheet, say(f"importing.head_{head}")) for head in heads])
    for cells in _lines(findings):
        sheet.append([_cell(sheet, cell) for cell in cells])
    content = io.BytesIO()
    book.save(content)
    try:
        write_whole(path, content.getvalue())
    except OSError:
        raise UsageError("cannot_write", path=str(path)) from None


def _summary(findings: Sequence[Finding], record: ImportRecord | None) -> list[tuple[str | int, ...]]:
    rows: list[tuple[str | int, ...]] = []
    if record is None:
        rows.append((say("importing.head_stopped"),))
    else:
        counts = {
            "read": record.rows_read,
            "kept": record.rows_kept,
            "aside": record.rows_aside,
            "duplicates": record.duplicates,
            "blank": record.blank_rows,
            "unfinished": record.unfinished,
            "personal": record.personal_columns,
            "ignored": len(record.ignored),
            "masked": record.masked,
            "unreachable": record.contact_without_code,
        }
        rows += [(say(f"importing.head_{name}"), count) for name, count in counts.items()]
    for severity in SEVERITIES:
        rows.append((say(f"importing.severity_{severity}"), sum(each.severity == severity for each in findings)))
    return rows


def _lines(findings: Sequence[Finding]) -> Iterable[tuple[str | int, ...]]:
    left = MOST_LINES
    for severity in SEVERITIES:
        for finding in findings:
            if finding.severity != severity:
                continue
            problem = finding.problem
            rule, _, to_do = say(f"problems.{problem.what}", **problem.fields).partition("\n")
            for row in finding.rows[:left] or ("",):
                yield say(f"importing.severity_{severity}"), row, problem.column or "", rule, to_do
                left -= 1
            if left <= 0:
                yield ("", "", "", say("importing.too_many_lines", most=MOST_LINES), "")
                return


def _cell(sheet: Any, value: str | int) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if isinstance(value, int):
        return value
    # A header of the file may look like a formula; here it is a text, and stays one when it is saved as CSV.
    text = ("'" if value.startswith(_FORMULA) else "") + ILLEGAL_CHARACTERS_RE.sub("", value)
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell


def write_quarantine(path: Path, rows: "pd.DataFrame") -> None:
    """Put a file's set-aside rows in the place of those of its last import; no file where there are none.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    try:
        if rows.empty:
            path.unlink(missing_ok=True)
            return
        safe = rows.map(lambda cell: f"'{cell}" if isinstance(cell, str) and _is_formula(cell) else cell)
        write_whole(path, safe.to_csv(index=False, lineterminator="\n").encode("utf-8-sig"))
    except OSError:
        raise UsageError("cannot_write", path=str(path)) from None


def _is_formula(cell: str) -> bool:
    # -3 is what the platform wrote; -3+cmd is not.
    return cell.startswith(_FORMULA) and not cell.lstrip("+-").replace(".", "", 1).isdigit()


def response_by_school(responses: Responses, roster: Roster) -> "pd.DataFrame":
    """Count a wave's answers against the roster: exact figures, for the screen of whoever imports.

    Returns
    -------
    DataFrame, one row per school of the roster, index ``school_id``
        ``name``, ``staff``, ``answers`` (counts), ``share`` (of staff, 0 to 1) and ``low`` (bool, below
        `LOW_RESPONSE`).
    """
    counts = responses.answers["school_id"].value_counts()
    table = roster.schools[["name", "staff"]].copy()
    table["answers"] = counts.reindex(table.index, fill_value=0).astype("int64")
    table["share"] = table["answers"] / table["staff"]
    table["low"] = table["share"] < LOW_RESPONSE
    return table
