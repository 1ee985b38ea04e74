"""The opinion survey's results as tables for a notebook: the words of the reports, as frames."""

from typing import TYPE_CHECKING

from wellbeing.disclosure.release import WITHHELD, Release
from wellbeing.figures.released import Opened, language, open_release
from wellbeing.ledger import state_name
from wellbeing.reports.opinion_county_parts import (
    burden_part,
    concern_part,
    contradicting,
    matrix_part,
    questions_part,
    schools_of,
)
from wellbeing.reports.opinion_priorities import first_things
from wellbeing.reports.opinion_rows import row_lines
from wellbeing.reports.opinion_school import rows_table, scales_part
from wellbeing.reports.opinion_written import written_part
from wellbeing.reports.parts import table_frame
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd


def measures_table(release: Release | Opened, unit: str, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate every measure's state of a unit with its evidence, as words: ``-`` for withheld.

    Parameters
    ----------
    release : Release
        Of the opinion survey.
    unit : str
        A school, a group, or ``county``.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    InputError
        If no ledger goes with the release.
    """
    opened, lang = open_release(release), language(lang)
    if unit != "county":
        opened.reporting(unit)
    return table_frame(rows_table(row_lines(opened, unit, lang), lang))


def scales_table(release: Release | Opened, unit: str, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate the validated scales' mean intervals of a unit beside its comparison's; ``-`` for withheld.

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    """
    opened, lang = open_release(release), language(lang)
    return table_frame(scales_part(opened, opened.reporting(unit), lang)["table"])


def first_table(release: Release | Opened, unit: str, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate the three things that a unit might do first, each with the state that its row has.

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    InputError
        If no ledger goes with the release.
    """
    opened, lang = open_release(release), language(lang)
    opened.reporting(unit)
    rows = [(first.name, state_name(first.state, lang), first.do) for first in first_things(opened, unit, lang)]
    header = [say(f"opinion_report.head_{key}", lang) for key in ("row", "state", "do")]
    return table_frame({"header": header, "rows": rows})


def state_matrix(release: Release | Opened, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate the state of every row for every school of the release.

    Parameters
    ----------
    release : Release
        Of the opinion survey.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.

    Raises
    ------
    TypeError
        If `release` is not a release.
    InputError
        If no ledger goes with the release.
    """
    opened, lang = open_release(release), language(lang)
    matrix = matrix_part(opened, schools_of(opened), lang)
    words = [
        [*row["names"], *(state_name(state, lang) if state else WITHHELD for state in row["states"])]
        for row in matrix["rows"]
    ]
    return table_frame({"header": [*matrix["header"], *matrix["ids"]], "rows": words})


def concern_table(release: Release | Opened, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate the measures of concern, each with schools that do it well.

    Raises
    ------
    TypeError
        If `release` is not a release.
    InputError
        If no ledger goes with the release.
    """
    opened, lang = open_release(release), language(lang)
    return table_frame(concern_part(opened, lang)["table"])


def against_table(release: Release | Opened, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate the measures in which units' records and answers contradict each other.

    Raises
    ------
    TypeError
        If `release` is not a release.
    InputError
        If no ledger goes with the release.
    """
    opened, lang = open_release(release), language(lang)
    header = [say("opinion_report.head_row", lang), say("report.head_unit", lang)]
    return table_frame({"header": header, "rows": contradicting(opened, lang)})


def questions_table(release: Release | Opened, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate what the county's staff say of each own question, which were never validated.

    Raises
    ------
    TypeError
        If `release` is not a release.
    InputError
        If no ledger goes with the release.
    """
    opened, lang = open_release(release), language(lang)
    return table_frame(questions_part(opened, None, lang)["table"])


def themes_table(release: Release | Opened, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate the themes that the county's staff write of, with how well they are counted; empty where none is told.

    Raises
    ------
    TypeError
        If `release` is not a release.
    InputError
        If the file of themes that goes with it is none such.
    """
    opened, lang = open_release(release), language(lang)
    return table_frame(written_part(opened, lang)["table"])


def burden_table(release: Release | Opened, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate what the kit itself asked of each role over the school year.

    Raises
    ------
    TypeError
        If `release` is not a release.
    InputError
        If what goes with the release is damaged.
    """
    opened, lang = open_release(release), language(lang)
    return table_frame(burden_part(opened, lang)["table"])
