"""The opinion survey's report of the county: what stands in it, in reading order, and its PDF.

`opinion_county_parts` says what each part holds.
"""

from pathlib import Path
from typing import Any

from wellbeing.disclosure.release import Release
from wellbeing.figures.released import Opened, language, open_release
from wellbeing.reports.county import read_statuses, state_part
from wellbeing.reports.opinion_county_parts import (
    against_part,
    burden_part,
    concern_part,
    matrix_part,
    questions_part,
    scales_by_kind,
    sign_part,
    uncertain_part,
)
from wellbeing.reports.opinion_rows import row_lines
from wellbeing.reports.opinion_school import limits, matters_part, rows_table, states_part
from wellbeing.reports.opinion_written import written_part
from wellbeing.reports.parts import head, help_part, made_part, who_part
from wellbeing.reports.typeset import typeset_report, write_pdf
from wellbeing.texts import say


def county_opinion(
    release: Release | Opened,
    statuses: Path | str,
    lang: str | None = None,
    last_wave: Release | Opened | None = None,
) -> dict[str, Any]:
    """Say everything that stands in the county's opinion report, as words that can be written as JSON.

    Parameters
    ----------
    release : Release
        Of the opinion survey.
    statuses : Path or str
        CSV with the columns ``school_id``, ``name``, ``unit`` and ``status``.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.
    last_wave : Release, optional
        The wave before; what changed since stands in this release already.

    Raises
    ------
    TypeError
        If either is not a release.
    InputError
        If the file of statuses cannot be used, or no ledger goes with the release.
    """
    opened, lang = open_release(release), language(lang)
    before = None if last_wave is None else open_release(last_wave)
    schools = read_statuses(Path(statuses))
    lines = row_lines(opened, "county", lang)
    concern = concern_part(opened, lang)
    return {
        **head(opened, "county", str(opened.release.county[f"name_{lang}"]), lang),
        "codes": ["county", opened.release.survey, opened.release.wave],
        "who": who_part(opened, schools, lang),
        "state": state_part(schools, lang),
        "glance": {"heading": say("opinion_report.glance_county", lang), "states": states_part(lines, lang)},
        "concern": concern,
        "matters": matters_part(opened, "county", lang),
        "against": against_part(opened, lang),
        "matrix": matrix_part(opened, schools, lang),
        "rows": {
            "heading": say("opinion_report.rows_county", lang),
            "sentence": say("opinion_report.rows_sentence", lang),
            "table": rows_table(lines, lang),
            "foot": say("opinion_report.own_items", lang),
        },
        "questions": questions_part(opened, before, lang),
        "written": written_part(opened, lang),
        "scales": scales_by_kind(opened, lang),
        "burden": burden_part(opened, lang),
        "uncertain": uncertain_part(opened, lang),
        "limits": limits(opened, lang),
        "help": help_part(opened, lang),
        "made": made_part(opened, lang),
        "sign": sign_part(opened, schools, concern, lang),
    }


def write_county_opinion(
    release: Release | Opened,
    statuses: Path | str,
    lang: str = "zh",
    folder: Path | str = Path(),
    templates: Path | str = Path("templates"),
    last_wave: Release | Opened | None = None,
) -> Path:
    """Write ``county_<wave>.pdf``: whole or not at all, the same bytes for the same release and statuses.

    Raises
    ------
    TypeError
        If either is not a release.
    UsageError
        If the template is missing.
    InputError
        If the file of statuses cannot be used, or a name holds a character that the font cannot draw.
    KitFault
        If typesetting fails or warns.
    """
    opened = open_release(release)
    content = county_opinion(opened, statuses, lang, last_wave)
    pdf = typeset_report(Path(templates) / "opinion_county.typ", content, opened.release.frozen)
    return write_pdf(pdf, Path(folder) / f"county_{opened.release.wave}.pdf")
