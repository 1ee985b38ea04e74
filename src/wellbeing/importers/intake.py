"""One file into one wave, the whole way: read, stored, accounted for, and looked at for how people answered."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import InputError
from wellbeing.importers.exports import Export, ExportColumn
from wellbeing.importers.findings import Finding, Stopped, stops
from wellbeing.importers.matching import match_columns, proposals
from wellbeing.importers.reading import Imported, interpret
from wellbeing.importers.reports import quarantine_path, report_path, response_by_school, write_quarantine, write_report
from wellbeing.quality import Quality, assess
from wellbeing.quality.page import write_quality
from wellbeing.responses import Stored, read_responses, store
from wellbeing.surveys import Roster, Survey
from wellbeing.surveys.mappings import Proposal, mappings_path, propose
from wellbeing.wave_lock import wave_held
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class TakenIn:
    """What became of a file, and how its wave stands now.

    Attributes
    ----------
    imported : Imported
    stored : Stored
    schools : DataFrame
        The wave's answers against the roster; see `wellbeing.importers.reports.response_by_school`.
    quality : Quality
        Of the whole wave.
    report, quarantine, page : Path
        The workbook about the file; its rows that were set aside (not there where there are none); the page about how
        the wave was answered.
    """

    imported: Imported
    stored: Stored
    schools: "pd.DataFrame"
    quality: Quality
    report: Path
    quarantine: Path
    page: Path


def take_in(workspace: Workspace, survey: Survey, wave: str, roster: Roster, export: Export) -> TakenIn:
    """Put an export's answers into a wave.

    Raises
    ------
    InputError
        With every problem that stops it. Nothing of the answers is stored then; the workbook about the file is
        written all the same, unless the file belongs to another survey.
    FrozenError, UsageError
        As `wellbeing.responses.store`.
    """
    report = report_path(workspace, survey.id, wave, export.file)
    with wave_held(workspace, survey.id, wave):
        found: tuple[Finding, ...] = ()
        try:
            imported = interpret(export, survey, roster)
            found = imported.findings
            stored = store(workspace, survey, wave, imported.responses, imported.record)
        except InputError as error:
            findings = error.findings if isinstance(error, Stopped) else (*stops(error.problems), *found)
            if all(problem.what != "wrong_survey" for problem in error.problems):
                write_report(report, findings, None)
            raise
        quarantine = quarantine_path(workspace, survey.id, wave, export.file)
        write_quarantine(quarantine, imported.quarantine)
        write_report(report, imported.findings, imported.record)
        responses = read_responses(survey, wave, workspace)
        quality = assess(responses, survey)
        page = write_quality(workspace, survey, wave, quality)
    return TakenIn(imported, stored, response_by_school(responses, roster), quality, report, quarantine, page)


def propose_mappings(
    workspace: Workspace, survey: Survey, export: Export
) -> tuple[Path, tuple[Proposal, ...], list[ExportColumn]]:
    """Write down what an export's unknown columns might be, for somebody to confirm.

    Returns
    -------
    Path, tuple of Proposal, list of ExportColumn
        The file; what is new in it; the columns that it does not name because their headers seem to be about a person.
    """
    found, odd = proposals(match_columns(export, survey), survey)
    path = mappings_path(workspace, survey.id)
    return path, propose(path, survey, found) if found else (), odd
