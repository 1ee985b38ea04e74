"""One notebook for both surveys: each function shows or writes what the survey of the release asks for.

A release with a ledger of the measures is an opinion survey's; of a clinical one the flags and shares are shown.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.release import Release
from wellbeing.figures.released import Opened, open_release
from wellbeing.reports import attention, county, opinion_county, opinion_school, opinion_tables, school
from wellbeing.reports.opinion_rows import has_ledger

if TYPE_CHECKING:
    import pandas as pd

_Any = Release | Opened


def school_table(release: _Any, unit: str, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate a unit's results: of the screening each scale's, of the opinion survey each measure's.

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    """
    opened = open_release(release)
    if has_ledger(opened):
        return opinion_tables.measures_table(opened, unit, lang)
    return school.school_table(opened, unit, lang)


def school_figures(release: _Any, unit: str, lang: str | None = None) -> Any:
    """Give what stands beside the county: of the screening a chart, of the opinion survey its scales' means.

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    """
    opened = open_release(release)
    if has_ledger(opened):
        return opinion_tables.scales_table(opened, unit, lang)
    return school.school_figures(opened, unit, lang)


def school_flags(release: _Any, unit: str, lang: str | None = None, last_wave: _Any | None = None) -> "pd.DataFrame":
    """Tabulate what deserves attention: of the screening the states, of the opinion survey what to do first.

    Raises
    ------
    TypeError
        If `release` or `last_wave` is not a release.
    UsageError
        If the unit gets no report, or `last_wave` is another survey's.
    """
    opened = open_release(release)
    if has_ledger(opened):
        return opinion_tables.first_table(opened, unit, lang)
    return attention.school_flags(opened, unit, lang, last_wave)


def write_school_report(
    release: _Any,
    unit: str,
    lang: str = "zh",
    folder: Path | str = Path(),
    templates: Path | str = Path("templates"),
    last_wave: _Any | None = None,
) -> Path:
    """Write ``<unit>_<wave>.pdf``; see `school.write_school_report` and `opinion_school.write_opinion_report`."""
    opened = open_release(release)
    write = opinion_school.write_opinion_report if has_ledger(opened) else school.write_school_report
    return write(opened, unit, lang, folder, templates, last_wave)


def county_table(release: _Any, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate the county's results: of the screening each scale's, of the opinion survey each measure's.

    Raises
    ------
    TypeError
        If `release` is not a release.
    """
    opened = open_release(release)
    if has_ledger(opened):
        return opinion_tables.measures_table(opened, "county", lang)
    return county.county_table(opened, lang)


def write_county_report(
    release: _Any,
    statuses: Path | str,
    lang: str = "zh",
    folder: Path | str = Path(),
    templates: Path | str = Path("templates"),
    last_wave: _Any | None = None,
) -> Path:
    """Write ``county_<wave>.pdf``; see `county.write_county_report` and `opinion_county.write_county_opinion`."""
    opened = open_release(release)
    write = opinion_county.write_county_opinion if has_ledger(opened) else county.write_county_report
    return write(opened, statuses, lang, folder, templates, last_wave)
