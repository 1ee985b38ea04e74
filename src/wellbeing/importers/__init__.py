"""One module per platform: its export to answers by item. Nothing else in the kit knows a platform.

Everybody calls `read_answers` or `import_file`, and `read_export` where no survey is asked about; a new platform is a
module with a `Platform` and a line in `PLATFORMS`.
"""

from dataclasses import replace
from pathlib import Path

from wellbeing.errors import UsageError
from wellbeing.importers import (
    google,
    kobo,
    limesurvey,
    microsoft,
    plain,
    qualtrics,
    redcap,
    spss,
    surveymonkey,
    tencent,
    wenjuanxing,
)
from wellbeing.importers.exports import Export, Platform
from wellbeing.importers.reading import Imported, interpret
from wellbeing.importers.sources import open_source
from wellbeing.responses import ImportRecord, Responses
from wellbeing.surveys import Roster, Survey

#: The platforms in the order in which they are tried; `plain` comes last and is taken where none knows the file.
PLATFORMS: tuple[Platform, ...] = (
    spss.PLATFORM,
    wenjuanxing.PLATFORM,
    tencent.PLATFORM,
    microsoft.PLATFORM,
    surveymonkey.PLATFORM,
    google.PLATFORM,
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
    chosen = known[platform] if platform else next((p for p in PLATFORMS if p.recognises(source)), plain.PLATFORM)
    export = chosen.read(source)
    return replace(export, noticed=(*source.noticed, *export.noticed))


def read_answers(path: Path, survey: Survey, roster: Roster, platform: str | None = None) -> Imported:
    """Read one export into answer codes; personal columns are dropped unread.

    Parameters
    ----------
    path : Path
    survey : Survey
    roster : Roster
    platform : str, optional
        Name of one of `PLATFORMS`; recognised from the file if not given.

    Raises
    ------
    UsageError
        If there is no such file or platform.
    InputError
        With every problem of the file that stops an import; where its cells could be read a `Stopped`, which has the
        rest of what was found too.
    """
    return interpret(read_export(path, platform), survey, roster)


def import_file(
    path: Path, survey: Survey, roster: Roster, platform: str | None = None
) -> tuple[Responses, ImportRecord]:
    """Give the accepted answers of an export and the record of reading it: `read_answers` in short.

    The responses belong to no wave yet: `wellbeing.responses.store` puts them into one.
    """
    imported = read_answers(path, survey, roster, platform)
    return imported.responses, imported.record
