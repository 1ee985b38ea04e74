"""The opinion survey's report of one school or group: what stands in it, as words, and its PDF."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.release import WITHHELD, Release
from wellbeing.figures.released import Opened, language, open_release
from wellbeing.ledger import STATES, state_name
from wellbeing.ledger.questions import BETTER, HIGHER, LOWER, NO_CLEAR_CHANGE, WORSE
from wellbeing.reports.opinion_priorities import (
    First,
    changes,
    first_things,
    no_verdict,
    quadrant_items,
    standing_out,
    worst_question,
)
from wellbeing.reports.opinion_rows import (
    Line,
    has_ledger,
    named_most,
    question_label,
    question_range,
    row_lines,
    rows_in,
)
from wellbeing.reports.parts import (
    head,
    help_part,
    made_part,
    people_words,
    response_class,
    response_words,
)
from wellbeing.reports.typeset import typeset_report, write_pdf
from wellbeing.texts import say

if TYPE_CHECKING:
    pass

#: Needs named most that are told.
_NEEDS = 3


def opinion_content(
    release: Release | Opened, unit: str, lang: str | None = None, last_wave: Release | Opened | None = None
) -> dict[str, Any]:
    """Say everything that stands in a unit's opinion report, as words that can be written as JSON.

    Parameters
    ----------
    release : Release
        Of the opinion survey.
    unit : str
        A school or a group.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.
    last_wave : Release, optional
        The wave before, for what was said then.

    Returns
    -------
    dict
        Parts in reading order. The same parts and rows for every unit (rule R12).

    Raises
    ------
    TypeError
        If either is not a release.
    UsageError
        If the unit gets no report.
    InputError
        If no ledger goes with the release.
    """
    opened, lang = open_release(release), language(lang)
    row = opened.reporting(unit)
    before = None if last_wave is None else open_release(last_wave)
    lines = row_lines(opened, unit, lang)
    first = first_things(opened, unit, lang)
    return {
        **head(opened, str(row["level"]), str(row[f"name_{lang}"]), lang),
        "codes": [unit, opened.release.survey, opened.release.wave],
        "members": members(opened, row, lang),
        "who": _who(row, lang),
        "glance": _glance(lines, lang),
        "compared": say("opinion_report.compared", lang),
        "better": _part("better", standing_out(opened, unit, BETTER, lang), lang),
        "worse": _part("worse", standing_out(opened, unit, WORSE, lang), lang),
        "untold": _part("cannot", no_verdict(opened, unit, lang), lang),
        "change": _part("change", changes(opened, unit, lang, before), lang),
        "first": _first(first, lang),
        "rows": {
            "heading": say("opinion_report.rows", lang),
            "sentence": say("opinion_report.rows_sentence", lang),
            "table": rows_table(lines, lang),
            "foot": say("opinion_report.own_items", lang),
        },
        "matters": matters_part(opened, unit, lang),
        "needs": _needs(opened, unit, lang),
        "answered": _you_said(opened, unit, before, first, lang),
        "scales": {**scales_part(opened, row, lang), "halves": scale_halves(opened, row, lang)},
        "limits": limits(opened, lang),
        "help": help_part(opened, lang),
        "made": made_part(opened, lang),
    }


def write_opinion_report(
    release: Release | Opened,
    unit: str,
    lang: str = "zh",
    folder: Path | str = Path(),
    templates: Path | str = Path("templates"),
    last_wave: Release | Opened | None = None,
) -> Path:
    """Write ``<unit>_<wave>.pdf``: whole or not at all, the same bytes for the same release.

    Raises
    ------
    TypeError
        If either is not a release.
    UsageError
        If the unit gets no report, or the template is missing.
    InputError
        If no ledger goes with the release, or a name holds a character that the font cannot draw.
    KitFault
        If typesetting fails or warns.
    """
    opened = open_release(release)
    content = opinion_content(opened, unit, lang, last_wave)
    pdf = typeset_report(Path(templates) / "opinion_school.typ", content, opened.release.frozen)
    return write_pdf(pdf, Path(folder) / f"{unit}_{opened.release.wave}.pdf")


def members(opened: Opened, row: dict[str, Any], lang: str) -> str:
    """Name all schools of a group; nothing of a school."""
    if row["level"] != "group":
        return ""
    names = opened.release.county["school_names"]
    listed = [str(names[school]) for school in str(row["schools"]).split()]
    return say("report.members", lang, names=say("report.list", lang).join(listed))


def limits(opened: Opened, lang: str) -> dict[str, Any]:
    """Say what an opinion survey's figures cannot say."""
    lines = [say(f"opinion_report.limit_{key}", lang) for key in ("own", "states", "against", "use")]
    lines[2:2] = [say(f"report.limit_{key}", lang) for key in ("classes", "dash", "silent")]
    lines += [
        say("report.caveat_partial", lang, acronym=str(row["acronym"]))
        for row in opened.instruments()
        if row["status"] not in ("full", "own")
    ]
    return {"heading": say("report.limits", lang), "items": lines}


def _who(row: dict[str, Any], lang: str) -> dict[str, Any]:
    return {
        "heading": say("report.who", lang),
        "facts": [
            {"value": people_words(row, lang), "label": say("report.who_people", lang)},
            {"value": response_words(row, lang), "label": say("report.who_response", lang)},
        ],
        "sentence": say(f"report.response_{response_class(row)}", lang),
    }


def _glance(lines: list[Line], lang: str) -> dict[str, Any]:
    """Name the rows of each state, and those in which word and deed contradict each other."""
    against = [line.name for line in lines if line.contradicts]
    sentence = (
        say("opinion_report.against_some", lang, names=say("report.list", lang).join(against))
        if against
        else say("opinion_report.against_none", lang)
    )
    return {
        "heading": say("opinion_report.glance", lang),
        "states": states_part(lines, lang),
        "against": sentence,
        "marked": bool(against),
    }


def states_part(lines: list[Line], lang: str) -> list[dict[str, str]]:
    """Name the rows of each state."""
    items = []
    for state in STATES:
        names = [line.name for line in lines if line.state == state]
        listed = say("report.list", lang).join(names) if names else say("opinion_report.none", lang)
        items.append({"state": state, "label": state_name(state, lang), "count": str(len(names)), "names": listed})
    return items


def _part(key: str, items: list[str], lang: str) -> dict[str, Any]:
    return {
        "heading": say(f"opinion_report.{key}", lang),
        "items": items or [say("opinion_report.nothing_clear", lang)],
    }


def matters_part(opened: Opened, unit: str, lang: str) -> dict[str, Any]:
    """Say what to begin with, what to keep and what can wait, by need and by how much it counts."""
    return {
        "heading": say("opinion_report.matters", lang),
        "sentence": say("opinion_report.matters_sentence", lang),
        "items": quadrant_items(opened, unit, lang),
    }


def _first(first: list[First], lang: str) -> dict[str, Any]:
    return {
        "heading": say("opinion_report.first", lang),
        "sentence": say("opinion_report.first_sentence", lang),
        "items": [
            {"label": each.name, "text": say(f"opinion_report.first_{each.state}", lang, do=each.do)} for each in first
        ],
    }


def rows_table(lines: list[Line], lang: str) -> dict[str, Any]:
    """Tabulate every row with its evidence."""
    header = [say(f"opinion_report.head_{key}", lang) for key in ("row", "state", "record", "survey", "against")]
    rows = [
        [
            say("opinion_report.row_name", lang, row=line.row, name=line.name),
            line.state_words,
            line.record,
            line.survey,
            line.against,
        ]
        for line in lines
    ]
    return {"header": header, "rows": rows, "states": [line.state for line in lines]}


def _needs(opened: Opened, unit: str, lang: str) -> dict[str, Any]:
    found = named_most(opened, unit, ("3b", "needs"), lang)[:_NEEDS]
    words = say("report.semicolon", lang).join(f"{label} {share}" for label, share in found) or WITHHELD
    return {
        "heading": say("opinion_report.needs", lang),
        "sentence": say("opinion_report.needs_sentence", lang, words=words),
    }


def _you_said(opened: Opened, unit: str, before: Opened | None, first: list[First], lang: str) -> dict[str, Any]:
    """Set what was said most urgently last time beside what is said of it now; what was done the school adds itself."""
    rows = rows_in(opened)
    header = [say(f"opinion_report.head_{key}", lang) for key in ("said", "then", "now", "did")]
    same = before is not None and has_ledger(before) and _same_unit(opened, before, unit)
    earlier = before if same else None
    table = []
    for each in first_things(earlier, unit, lang) if earlier is not None else first:
        line = worst_question(earlier or opened, unit, each.row)
        if line is None:
            table.append([each.name, WITHHELD, WITHHELD, ""])
            continue
        now = next((own for own in rows.questions.get(unit, []) if own["measure"] == line["measure"]), None)
        label = question_label(earlier or opened, rows_in(earlier or opened), line, lang)
        said = say("opinion_report.evidence", lang, name=each.name, words=label)
        then = question_range(earlier, line) if earlier is not None else WITHHELD
        table.append([said, then, WITHHELD if now is None else _now(opened, now, lang), ""])
    changed = next((own for own in rows.questions.get(unit, []) if own["row"] == "3a"), None)
    share = WITHHELD if changed is None else question_range(opened, changed)
    return {
        "heading": say("opinion_report.said", lang),
        "sentence": say("opinion_report.said_last" if earlier is not None else "opinion_report.said_first", lang),
        "changed": say("opinion_report.said_changed", lang, share=share),
        "table": {"header": header, "rows": table},
    }


def _same_unit(opened: Opened, before: Opened, unit: str) -> bool:
    schools = {row["unit"]: row["schools"] for row in before.units("school", "group")}
    return bool(schools.get(unit) == opened.reporting(unit)["schools"])


def _now(opened: Opened, line: dict[str, Any], lang: str) -> str:
    share = question_range(opened, line)
    if line["change"] not in (HIGHER, LOWER, NO_CLEAR_CHANGE):
        return share
    return say(f"opinion_report.now_{line['change']}", lang, share=share)


def scales_part(opened: Opened, row: dict[str, Any], lang: str) -> dict[str, Any]:
    """Tabulate the validated scales of a unit beside those of its comparison and of the county."""
    # A county too small for parts has itself to compare with, once.
    own, *others = (opened.figures(unit) for unit in dict.fromkeys((row["unit"], row["compare"], "county")))
    header = [
        say("report.head_measure", lang),
        say("opinion_report.head_range", lang),
        say(f"report.own_{row['level']}", lang),
        *(say(f"report.head_{other.unit['level']}", lang) for other in others),
    ]
    return {
        "heading": say("opinion_report.scales", lang),
        "sentence": say("opinion_report.scales_sentence", lang),
        "table": {
            "header": header,
            "rows": [
                [
                    str(facts[f"name_{lang}"]),
                    _scale_words(facts, lang),
                    *(figures.mean_words(measure) for figures in (own, *others)),
                ]
                for measure, facts in opened.measures("mean", lang).items()
            ],
        },
    }


def scale_halves(opened: Opened, row: dict[str, Any], lang: str) -> dict[str, Any]:
    """Give the same in two tables to stand side by side, with a mark for what a higher score means.

    The label says the range that most have; of another range a scale says so itself.
    """
    table = scales_part(opened, row, lang)["table"]
    facts = list(opened.measures("mean", lang).values())
    ranges = [f"{each['range_low']:g}–{each['range_high']:g}" for each in facts]
    usual = max(ranges, key=ranges.count, default="")
    rows = []
    for each, own, (name, _, *means) in zip(facts, ranges, table["rows"], strict=True):
        named = name if own == usual else say("opinion_report.of_several", lang, name=name, answer=own)
        rows.append([say(f"opinion_report.higher_{each['higher_is']}", lang, name=named), *means])
    header = [table["header"][0], *table["header"][2:]]
    middle = (len(rows) + 1) // 2
    return {
        "label": say("opinion_report.scale_range", lang, range=usual),
        "tables": [{"header": header, "rows": half} for half in (rows[:middle], rows[middle:]) if half],
    }


def _scale_words(facts: dict[str, Any], lang: str) -> str:
    """Write a scale's range and its direction."""
    ends = {"low": f"{facts['range_low']:g}", "high": f"{facts['range_high']:g}"}
    return say(f"opinion_report.scale_{facts['higher_is']}", lang, **ends)
