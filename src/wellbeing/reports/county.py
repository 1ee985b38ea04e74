"""The county's report: each school's run status, the county's own figures, and no school's results."""

import csv
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.release import WITHHELD, Release
from wellbeing.errors import InputError, Problem
from wellbeing.figures import county_shares
from wellbeing.figures.released import Opened, language, open_release
from wellbeing.reports.attention import county_part
from wellbeing.reports.parts import (
    group_table,
    head,
    help_part,
    limits_part,
    made_part,
    response_words,
    scale_words,
    share_words,
    table_frame,
    who_part,
)
from wellbeing.reports.typeset import typeset_report, write_pdf
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

#: The run statuses of a school, in the order in which they are summed up.
STATUSES = ("done", "in_group", "withheld", "failed", "pending")
_COLUMNS = ("school_id", "name", "unit", "status")


def county_table(release: Release | Opened, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate the county's figures as words, severe bands and critical items included: ``-`` for withheld.

    Raises
    ------
    TypeError
        If `release` is not a release.
    """
    import pandas as pd

    opened = open_release(release)
    lang = language(lang)
    county = opened.figures("county")
    rows = [
        (label, share_words(county, measure, lang), county.mean_words(measure))
        for measure, label in _all_measures(opened, lang).items()
    ]
    name = say("report.county_all", lang)
    columns = [say("report.head_share", lang, name=name), say("report.head_mean", lang, name=name)]
    labels = pd.Index([row[0] for row in rows], name=say("report.head_measure", lang))
    return pd.DataFrame([row[1:] for row in rows], columns=columns, index=labels)


def status_table(release: Release | Opened, statuses: Path | str, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate each school's run status and its reporting unit's response, in the order of the roster.

    Parameters
    ----------
    release : Release
    statuses : Path or str
        CSV with the columns ``school_id``, ``name``, ``unit`` and ``status``, the last one of `STATUSES`.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.

    Raises
    ------
    TypeError
        If `release` is not a release.
    InputError
        If the file lacks a column or holds an unknown status.
    """
    opened = open_release(release)
    lang = language(lang)
    header, rows = status_rows(opened, read_statuses(Path(statuses)), lang)
    return table_frame({"header": header, "rows": rows})


def county_content(
    release: Release | Opened,
    statuses: Path | str,
    lang: str | None = None,
    last_wave: Release | Opened | None = None,
) -> dict[str, Any]:
    """Say everything that stands in the county's report, as words and classes that can be written as JSON.

    Of the schools' states only numbers of schools are told, as classes (rule R8); `last_wave` is the release of the
    same survey's wave before, which the states look back to.

    Raises
    ------
    TypeError
        If `release` is not a release.
    InputError
        If the file of statuses cannot be used.
    """
    opened = open_release(release)
    before = None if last_wave is None else open_release(last_wave)
    lang = language(lang)
    schools = read_statuses(Path(statuses))
    header, rows = status_rows(opened, schools, lang)
    chart = county_shares(opened, lang)
    return {
        **head(opened, "county", str(opened.release.county[f"name_{lang}"]), lang),
        "who": who_part(opened, schools, lang),
        "state": state_part(schools, lang),
        "results": _results(opened, lang),
        "flags": county_part(opened, lang, before),
        "help": help_part(opened, lang),
        "shares": {"heading": say("report.shares", lang), "sentence": chart.sentence, "alt": chart.alt},
        "compare": {
            "heading": say("report.county_compare", lang),
            "tables": [_compare_table(opened, lang, means) for means in (False, True)],
        },
        "groups": {
            "heading": say("report.county_groups", lang),
            "tables": [_group_table(opened, lang, means) for means in (False, True)],
        },
        "limits": limits_part(opened, lang, say("report.county_limit_schools", lang)),
        "made": made_part(opened, lang),
        "schools": {
            "heading": say("report.county_schools", lang),
            "sentence": say("report.county_schools_sentence", lang),
            "table": {"header": header, "rows": rows},
        },
    }


def write_county_report(
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
        If `release` is not a release.
    UsageError
        If the template is missing.
    InputError
        If the file of statuses cannot be used, or a name holds a character that the fonts cannot draw.
    KitFault
        If typesetting fails or warns, or a finished page is out of order.
    """
    opened = open_release(release)
    content = county_content(opened, statuses, lang, last_wave)
    content["shares"]["svg"] = county_shares(opened, lang).svg()
    pdf = typeset_report(Path(templates) / "county_report.typ", content, opened.release.frozen)
    return write_pdf(pdf, Path(folder) / f"county_{opened.release.wave}.pdf")


def read_statuses(path: Path) -> list[dict[str, str]]:
    """Read every school's run status, in the order of the roster.

    Raises
    ------
    InputError
        If the file lacks a column or holds an unknown status.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = csv.DictReader(file)
        schools = list(table)
    found = table.fieldnames or ()
    problems = [Problem("missing_column", path.name, column=name) for name in _COLUMNS if name not in found]
    if not problems:
        problems = [
            Problem("bad_status", path.name, row, "status", {"known": ", ".join(STATUSES)})
            for row, school in enumerate(schools, start=2)
            if school["status"] not in STATUSES
        ]
    if problems:
        raise InputError(problems)
    return schools


def status_rows(opened: Opened, schools: list[dict[str, str]], lang: str) -> tuple[list[str], list[list[str]]]:
    """Give the columns' heads, and of each school how it reports, its run status and its unit's response."""
    units = {unit["unit"]: unit for unit in opened.units("school", "group")}
    rows = []
    for school in schools:
        unit = units.get(school["unit"])
        grouped = unit is not None and unit["level"] == "group"
        name = str(unit[f"name_{lang}"]) if unit is not None and grouped else say("report.unit_alone", lang)
        response = response_words(unit, lang) if unit is not None else WITHHELD
        rows.append([school["name"], name, say(f"report.status_{school['status']}", lang), response])
    return [say(f"report.head_{key}", lang) for key in ("school", "unit", "status", "response")], rows


def state_part(schools: list[dict[str, str]], lang: str) -> dict[str, Any]:
    """Say how many schools came to which run status; marked where one failed."""
    counts = Counter(school["status"] for school in schools)
    words = [
        say("report.county_state_part", lang, status=say(f"report.status_{status}", lang), count=counts[status])
        for status in STATUSES
        # Pending is the state of a run that was not finished; it is said only where there is one.
        if counts[status] or status != "pending"
    ]
    return {
        "heading": say("report.county_state", lang),
        "sentence": say("report.county_state_sentence", lang, words=say("report.comma", lang).join(words)),
        "marked": counts["failed"] > 0,
    }


def _all_measures(opened: Opened, lang: str) -> dict[str, str]:
    """Give the label of every measure, severe and critical ones last."""
    labels = {m: facts["label"] for m, facts in opened.measures("attention", lang).items()}
    for measure, facts in opened.measures("severe", lang).items():
        labels[measure] = say("report.county_severe_label", lang, label=facts["label"])
    return labels | {m: facts["label"] for m, facts in opened.measures("critical", lang).items()}


def _results(opened: Opened, lang: str) -> dict[str, Any]:
    county = opened.figures("county")
    labels = _all_measures(opened, lang)
    rows = []
    for use in ("attention", "severe", "critical"):
        for measure, facts in opened.measures(use, lang).items():
            text = say(
                f"report.county_result_{use}",
                lang,
                own=share_words(county, measure, lang),
                mean=county.mean_words(measure),
                scale=scale_words(facts, lang) if use == "attention" else "",
                bands=str(facts[f"bands_{lang}"]),
            )
            if county.share(measure) is None and county.mean(measure) is None:
                text = WITHHELD
            rows.append({"label": labels[measure], "text": text[:1].upper() + text[1:]})
    return {
        "heading": say("report.results", lang),
        "intro": say("report.county_results_intro", lang),
        "rows": rows,
    }


def _compare_table(opened: Opened, lang: str, means: bool) -> dict[str, Any]:
    measures = opened.measures("attention", lang)
    rows = []
    for unit in opened.units("compare", "county"):
        figures = opened.figures(unit["unit"])
        words = [figures.mean_words(m) if means else figures.share_words(m) for m in measures]
        rows.append([str(unit[f"name_{lang}"]), *words])
    header = [say("report.county_kind", lang), *(facts["label"] for facts in measures.values())]
    sentence = say(f"report.county_compare_{'mean' if means else 'share'}", lang)
    return {"sentence": sentence, "table": {"header": header, "rows": rows}}


def _group_table(opened: Opened, lang: str, means: bool) -> dict[str, Any]:
    sentence = say(f"report.county_groups_{'mean' if means else 'count'}", lang)
    return {"sentence": sentence, "table": group_table(opened, "county", lang, means)}
