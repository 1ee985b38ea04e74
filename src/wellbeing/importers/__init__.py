"""One module per platform: its export to answers by item. Nothing else in the kit knows a platform.

Everybody calls `import_file`; a new platform is a module with a `Layout` and a line in `PLATFORMS`.
"""

from pathlib import Path

from wellbeing.errors import InputError, UsageError
from wellbeing.importers import plain, wenjuanxing
from wellbeing.importers.cells import read_cells
from wellbeing.importers.matching import Layout, header_name, match_headers
from wellbeing.importers.tables import Table, read_table
from wellbeing.responses import ImportRecord, Responses, crowded_schools, frame_of
from wellbeing.surveys import Roster, Survey

#: The platforms by name, in the order in which they are tried; `plain` is taken where none knows the file.
PLATFORMS: dict[str, Layout] = {layout.name: layout for layout in (wenjuanxing.LAYOUT, plain.LAYOUT)}


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
        One of `PLATFORMS`; recognised by the file's headers if not given.

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
    if platform is not None and platform not in PLATFORMS:
        raise UsageError("unknown_platform", platform=platform, known=", ".join(PLATFORMS))
    table = read_table(path)
    layout = PLATFORMS[platform] if platform else _recognise(table, survey)
    matched = match_headers(table, survey, layout)
    read = read_cells(table, matched, survey, roster, layout)
    problems = [*matched.problems, *read.problems]
    if problems:
        # Schools are counted only in a file that is right otherwise: a wrong school's rows belong to no school.
        raise InputError(problems)
    answers = frame_of(read.columns, survey, table.rows)
    if crowded := crowded_schools(answers, roster, table.file):
        raise InputError(crowded)
    unreachable = answers["consent_contact"].eq("yes") & answers["code"].isna()
    record = ImportRecord(
        file=table.file,
        sha256=table.digest,
        platform=layout.name,
        rows_read=len(table.rows) + table.blank_rows,
        rows_kept=len(answers),
        blank_rows=table.blank_rows,
        personal_columns=matched.personal,
        ignored=matched.ignored,
        mapping={table.header[place]: column for column, place in matched.places.items()},
        contact_without_code=int(unreachable.sum()),
    )
    return Responses(survey.id, None, answers), record


def _recognise(table: Table, survey: Survey) -> Layout:
    names = frozenset(header_name(header) for header in table.header)
    return next((layout for layout in PLATFORMS.values() if layout.recognises(survey, names)), plain.LAYOUT)
