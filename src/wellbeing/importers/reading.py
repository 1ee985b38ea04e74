"""An export and a survey's definition to answers: what is used, what is set aside, what was found on the way."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.importers.cells import Read, read_cells
from wellbeing.importers.exports import UNFINISHED, Export
from wellbeing.importers.findings import NOTICE, STOP, Finding, Stopped, finding, stops
from wellbeing.importers.matching import Matched, match_columns
from wellbeing.importers.routing import mark_not_asked
from wellbeing.importers.rows import Sorted, sort_rows
from wellbeing.missing import kinds_frame
from wellbeing.personal import mask
from wellbeing.responses import ImportRecord, Responses, crowded_schools, frame_of
from wellbeing.surveys import Roster, Survey

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Imported:
    """One file, read.

    Attributes
    ----------
    responses : Responses
        The accepted respondents; they belong to no wave yet.
    record : ImportRecord
        What was read and what became of it, without anything that it holds.
    findings : tuple of Finding
        What set rows aside, and what is worth knowing.
    quarantine : DataFrame, one row per record that was set aside
        ``row`` of the file, ``rule``, then the survey's columns as the file has them, without anything personal: what
        was typed for a code and is none is left out. Of
        somebody who consented to nothing there is the row and the rule only.
    """

    responses: Responses
    record: ImportRecord
    findings: tuple[Finding, ...]
    quarantine: "pd.DataFrame"


def interpret(export: Export, survey: Survey, roster: Roster) -> Imported:
    """Find a survey's answers in an export.

    Raises
    ------
    Stopped
        With everything that was found, if a column is not known, or any answer's meaning: the one that cannot be
        read may be the one that matters.
    """
    import numpy as np
    import pandas as pd

    matched = match_columns(export, survey)
    if any(problem.what == "wrong_survey" for problem in matched.problems):
        raise Stopped(stops(matched.problems))
    read = read_cells(export, matched, survey, roster)
    _fill_in(read, matched, export, survey)
    # Only what can be read is routed and compared.
    findings = [*stops(matched.problems), *read.findings]
    findings += [Finding(NOTICE, problem) for problem in export.noticed]
    if not any(found.severity == STOP for found in findings):
        mark_not_asked(read.columns, read.kinds, survey)
    rows = sort_rows(export, matched, read, survey)
    findings += rows.findings
    kept = np.array(rows.accepted(len(export.rows)), dtype=np.intp)
    index = [export.rows[record] for record in kept]
    if any(found.severity == STOP for found in findings):
        raise Stopped(findings)
    answers = frame_of({name: values[kept].tolist() for name, values in read.columns.items()}, survey, index)
    if crowded := crowded_schools(answers, roster, export.file):
        raise Stopped([*stops(crowded), *findings])
    kinds = kinds_frame({name: places[kept] for name, places in read.kinds.items()}, pd.Index(answers.index))
    unreachable = answers["consent_contact"].eq("yes") & answers["code"].isna()
    unfinished = sum(export.left_out.get(int(record)) == UNFINISHED for record in kept)
    aside: dict[str, int] = {}
    for rule in rows.aside.values():
        aside[rule] = aside.get(rule, 0) + 1
    record = ImportRecord(
        file=export.file,
        sha256=export.digest,
        platform=export.platform,
        rows_read=len(export.rows) + export.blank_rows,
        rows_kept=len(answers),
        blank_rows=export.blank_rows,
        personal_columns=len(matched.personal),
        ignored=matched.ignored,
        mapping={column.names[0]: name for name, column in matched.columns.items()},
        contact_without_code=int(unreachable.sum()),
        set_aside=dict(sorted(aside.items())),
        duplicates=len(rows.duplicates),
        unfinished=unfinished,
        masked=read.masked,
    )
    findings += _coding(answers, survey, export.file)
    responses = Responses(survey.id, None, answers, kinds)
    return Imported(responses, record, tuple(findings), _quarantine(export, matched, read, rows, survey))


def _fill_in(read: Read, matched: Matched, export: Export, survey: Survey) -> None:
    """Work out what the file does not say itself: how long a filling took, which consent page was shown."""
    import datetime as dt

    import numpy as np

    count = len(export.rows)
    if "seconds" not in read.columns and matched.start is not None and "submitted" in read.columns:
        seconds = np.full(count, None, dtype=object)
        for record, (start, end) in enumerate(zip(matched.start.cells, read.columns["submitted"], strict=True)):
            if start and end:
                took = (dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)).total_seconds()
                # With dates only both are midnight, and nothing is known.
                seconds[record] = took if took > 0 else None
        read.columns["seconds"] = seconds
    version = read.columns.get("consent_version", np.full(count, None, dtype=object))
    current = survey.consent_version or None
    read.columns["consent_version"] = np.array([told or current for told in version], dtype=object)


def _coding(answers: "pd.DataFrame", survey: Survey, file: str) -> list[Finding]:
    from wellbeing.answer_codes import coding_warnings

    return [
        finding(NOTICE, warning.what, file, (), warning.column, **warning.fields)
        for part in survey.parts
        for warning in coding_warnings(answers, part.instrument)
    ]


def _quarantine(export: Export, matched: Matched, read: Read, rows: Sorted, survey: Survey) -> "pd.DataFrame":
    import pandas as pd

    # Of an anonymous survey no time is kept (privacy rules, 7.1), not even of a row that waits to be put right.
    untold = set() if survey.clinical else {"submitted"}
    records = sorted(rows.aside)
    held: dict[str, list[Any]] = {
        "row": [export.rows[record] for record in records],
        "rule": [rows.aside[record] for record in records],
    }
    for name, column in matched.columns.items():
        held[name] = [
            "" if name in untold or rule == "row_no_consent" else _kept(name, cells, value)
            for rule, cells, value in (
                (rule, column.cells[record], read.columns[name][record]) for record, rule in sorted(rows.aside.items())
            )
        ]
    return pd.DataFrame(held, dtype="str").astype({"row": "int64"})


def _kept(name: str, cell: str, value: Any) -> str:
    if name == "code":
        # What is no code may be the person's name, which no pattern tells from a word; the row number is enough.
        return "" if value is None else str(value)
    # What somebody wrote into a field that was not meant for it may be a telephone number.
    return cell if name in ("submitted", "seconds", "lang") else mask(cell)[0]
