"""The report of one school or group: what stands in it, as words, and its PDF."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.release import Release
from wellbeing.figures import Chart, school_shares
from wellbeing.figures.funnel import school_funnel
from wellbeing.figures.released import Opened, language, open_release
from wellbeing.reports.attention import attention_part, chance_part
from wellbeing.reports.parts import (
    compare_words,
    group_table,
    head,
    help_part,
    limits_part,
    made_part,
    people_words,
    response_class,
    response_words,
    scale_words,
    share_words,
)
from wellbeing.reports.typeset import typeset_report, write_pdf
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd


def school_table(release: Release | Opened, unit: str, lang: str | None = None) -> "pd.DataFrame":
    """Tabulate a unit's results beside its comparison's, as words: ``-`` for withheld.

    Parameters
    ----------
    release : Release
    unit : str
        A school or a group.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.

    Returns
    -------
    DataFrame
        One row per measure; share and mean of the unit, then of its comparison.

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    """
    import pandas as pd

    opened = open_release(release)
    lang = language(lang)
    row = opened.reporting(unit)
    columns: dict[str, list[str]] = {}
    measures = opened.measures("attention", lang)
    for figures in (opened.figures(unit), opened.figures(row["compare"])):
        own = figures.unit["unit"] == unit
        name = say(f"report.own_{row['level']}", lang) if own else str(figures.unit[f"name_{lang}"])
        columns[say("report.head_share", lang, name=name)] = [share_words(figures, m, lang) for m in measures]
        columns[say("report.head_mean", lang, name=name)] = [figures.mean_words(m) for m in measures]
    labels = pd.Index([facts["label"] for facts in measures.values()], name=say("report.head_measure", lang))
    return pd.DataFrame(columns, index=labels)


def school_figures(release: Release | Opened, unit: str, lang: str | None = None) -> Chart:
    """Give the report's chart; a notebook shows it as SVG.

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    """
    return school_shares(release, unit, lang)


def school_content(
    release: Release | Opened, unit: str, lang: str | None = None, last_wave: Release | Opened | None = None
) -> dict[str, Any]:
    """Say everything that stands in a unit's report, as words and classes that can be written as JSON.

    Parameters
    ----------
    release : Release
    unit : str
        A school or a group.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.
    last_wave : Release, optional
        The same survey's wave before, which the states look back to.

    Returns
    -------
    dict
        Parts in reading order, each with a ``heading``. The same parts and rows for every unit (rule R12).

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    """
    opened = open_release(release)
    lang = language(lang)
    row = opened.reporting(unit)
    before = None if last_wave is None else open_release(last_wave)
    chart = school_shares(opened, unit, lang)
    funnel = school_funnel(opened, unit, lang, before)
    return {
        **head(opened, str(row["level"]), str(row[f"name_{lang}"]), lang),
        # Inside the file, so that one under a wrong name is noticed before it is handed out.
        "codes": [unit, opened.release.survey, opened.release.wave],
        "members": _members(opened, row, lang),
        "who": _who(row, lang),
        "results": _results(opened, row, lang),
        "attention": attention_part(opened, row, lang, before),
        "next": {
            "heading": say("report.next", lang),
            "items": [say(f"report.next_{number}", lang) for number in (1, 2, 3)],
        },
        "help": help_part(opened, lang),
        "shares": {"heading": say("report.shares", lang), "sentence": chart.sentence, "alt": chart.alt},
        "chance": {
            **chance_part(opened, row, lang, before),
            "sentence": funnel.sentence,
            "alt": funnel.alt,
        },
        "means": _means(opened, row, lang),
        "groups": {
            "heading": say("report.groups", lang),
            "sentence": say("report.groups_sentence", lang),
            "table": group_table(opened, unit, lang, means=False),
        },
        "limits": limits_part(opened, lang),
        "made": made_part(opened, lang),
    }


def write_school_report(
    release: Release | Opened,
    unit: str,
    lang: str = "zh",
    folder: Path | str = Path(),
    templates: Path | str = Path("templates"),
    last_wave: Release | Opened | None = None,
) -> Path:
    """Write ``<unit>_<wave>.pdf``: whole or not at all, the same bytes for the same release.

    Parameters
    ----------
    release : Release
    unit : str
        A school or a group.
    lang : str
        ``zh`` or ``en``.
    folder : Path or str
        Where the report goes; made if it is not there.
    templates : Path or str
        Folder with ``school_report.typ``.
    last_wave : Release, optional
        The same survey's wave before.

    Returns
    -------
    Path

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report, or the template is missing.
    InputError
        If a name holds a character that the fonts cannot draw.
    KitFault
        If typesetting fails or warns, or a finished page is out of order.
    """
    opened = open_release(release)
    before = None if last_wave is None else open_release(last_wave)
    content = school_content(opened, unit, lang, before)
    content["shares"]["svg"] = school_shares(opened, unit, lang).svg()
    content["chance"]["svg"] = school_funnel(opened, unit, lang, before).svg()
    pdf = typeset_report(Path(templates) / "school_report.typ", content, opened.release.frozen)
    return write_pdf(pdf, Path(folder) / f"{unit}_{opened.release.wave}.pdf")


def _members(opened: Opened, row: dict[str, Any], lang: str) -> str:
    """Name all schools of a group."""
    if row["level"] != "group":
        return ""
    names = opened.release.county["school_names"]
    members = [str(names[school]) for school in str(row["schools"]).split()]
    return say("report.members", lang, names=say("report.list", lang).join(members))


def _who(row: dict[str, Any], lang: str) -> dict[str, Any]:
    return {
        "heading": say("report.who", lang),
        "facts": [
            {"value": people_words(row, lang), "label": say("report.who_people", lang)},
            {"value": response_words(row, lang), "label": say("report.who_response", lang)},
        ],
        "sentence": say(f"report.response_{response_class(row)}", lang),
    }


def _results(opened: Opened, row: dict[str, Any], lang: str) -> dict[str, Any]:
    own, other = opened.figures(row["unit"]), opened.figures(row["compare"])
    name = compare_words(other.unit, lang)
    rows = []
    for measure, facts in opened.measures("attention", lang).items():
        words = {"own": share_words(own, measure, lang), "compare": share_words(other, measure, lang), "name": name}
        text = say("report.result_untold" if own.share(measure) is None else "report.result", lang, **words)
        rows.append({"label": facts["label"], "text": text[:1].upper() + text[1:]})
    return {
        "heading": say("report.results", lang),
        "intro": say(f"report.results_intro_{other.unit['level']}", lang, compare=str(other.unit[f"name_{lang}"])),
        "rows": rows,
    }


def _means(opened: Opened, row: dict[str, Any], lang: str) -> dict[str, Any]:
    own, other = opened.figures(row["unit"]), opened.figures(row["compare"])
    return {
        "heading": say("report.means", lang),
        "sentence": say("report.means_sentence", lang),
        "table": {
            "header": [
                say("report.head_measure", lang),
                say("report.head_range", lang),
                say("report.head_bands", lang),
                say(f"report.own_{row['level']}", lang),
                say(f"report.head_{other.unit['level']}", lang),
            ],
            "rows": [
                [
                    facts["label"],
                    scale_words(facts, lang, cell=True),
                    str(facts[f"bands_{lang}"]),
                    own.mean_words(measure),
                    other.mean_words(measure),
                ]
                for measure, facts in opened.measures("attention", lang).items()
            ],
        },
    }
