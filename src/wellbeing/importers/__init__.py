"""One module per platform: its export to answers by item. Nothing else in the kit knows a platform.

Everybody calls `import_file`, or `read_export` where no survey is asked about; a new platform is a module with a
`Platform` and a line in `PLATFORMS`.
"""

from pathlib import Path

from wellbeing.errors import InputError, UsageError
from wellbeing.importers import kobo, limesurvey, plain, qualtrics, redcap, wenjuanxing
from wellbeing.importers.cells import read_cells
from wellbeing.importers.exports import Export, Platform
from wellbeing.importers.matching import match_columns
from wellbeing.importers.sources import open_source
from wellbeing.responses import ImportRecord, Responses, crowded_schools, frame_of
from wellbeing.surveys import Roster, Survey

#: The platforms in the order in which they are tried; `plain` comes last and is taken where none knows the file.
PLATFORMS: tuple[Platform, ...] = (
    wenjuanxing.PLATFORM,
    limesurvey.PLATFORM,
    redcap.PLATFORM,
    kobo.PLATFORM,
    qualtrics.PLATFORM,
    plain.PLATFORM,
)


def read_export(path: Path, platform: str | None = None) -> Export:
    """Read any platform's export, whatever survey it belongs to.

    Parameters
    ----------
    path : Path
    platform : str, optional
        Name of one of `PLATFORMS`; recognised from the file if not given.

    Raises
    ------
    UsageError
        If there is no such file or platform.
    InputError
        With every problem of the file's layout.
    """
    known = {each.name: each for each in PLATFORMS}
    if platform is not None and platform not in known:
        raise UsageError("unknown_platform", platform=platform[:40], known=", ".join(known))
    source = open_source(path)
    if platform is not None:
        return known[platform].read(source)
    return next((each for each in PLATFORMS if each.recognises(source)), plain.PLATFORM).read(source)


def import_file(
    path: Path, survey: Survey, roster: Roster, platform: str | None = None
) -> tuple[Responses, ImportRecord]:
    """Read one export into answer codes; personal columns are dropped unread.

    Parameters
    ----------
    path : Path
    survey : Survey
    roster : Roster
    platform : str, optional
        Name of one of `PLATFORMS`; recognised from the file if not given.

    Returns
    -------
    Responses, ImportRecord
        The responses belong to no wave yet: `wellbeing.responses.store` puts them into one.

    Raises
    ------
    UsageError
        If there is no such file or platform.
    InputError
        With every problem of the file.
    """
    export = read_export(path, platform)
    matched = match_columns(export, survey)
    read = read_cells(export, matched, survey, roster)
    problems = [*matched.problems, *read.problems]
    if problems:
        # Schools are counted only in a file that is right otherwise: a wrong school's rows belong to no school.
        raise InputError(problems)
    answers = frame_of(read.columns, survey, export.rows)
    if crowded := crowded_schools(answers, roster, export.file):
        raise InputError(crowded)
    unreachable = answers["consent_contact"].eq("yes") & answers["code"].isna()
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
    )
    return Responses(survey.id, None, answers), record
