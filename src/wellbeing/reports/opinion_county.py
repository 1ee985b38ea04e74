"""The opinion survey's report of the county: every school's measures by state, what is of concern, and a page to sign.

A measure's state judges the school's work, not its people's health, and the notice has the county supervise every
school: so schools stand here by name, in the roster's order. No ranking, and nothing finer than their own reports.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.release import WITHHELD, Release
from wellbeing.figures.released import Opened, language, open_release, told
from wellbeing.ledger import CANNOT_TELL, MET, NOT_MET, STATES, burden_of, state_name
from wellbeing.ledger.burden import OFFICE
from wellbeing.ledger.questions import HIGHER, LOWER, NO_CLEAR_CHANGE
from wellbeing.reports.county import read_statuses, state_part
from wellbeing.reports.opinion_rows import SURE, Rows, question_label, question_range, row_lines, rows_in, whole_points
from wellbeing.reports.opinion_school import limits, rows_table, states_part
from wellbeing.reports.parts import (
    day_words,
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
    import pandas as pd

#: A row is of concern where so large a part of the units has not met it, or the county as a whole has not.
_CONCERN = 0.25
#: Good examples named for a row.
_EXAMPLES = 3


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
    import pandas as pd

    opened, lang = open_release(release), language(lang)
    matrix = _matrix(opened, _schools(opened), lang)
    words = [
        [*row["names"], *(state_name(state, lang) if state else WITHHELD for state in row["states"])]
        for row in matrix["rows"]
    ]
    return pd.DataFrame(words, columns=[*matrix["header"], *matrix["ids"]]).set_index(matrix["header"][0])


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
    return _frame(_concern(opened, lang)["table"])


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
    return _frame({"header": header, "rows": _contradicting(opened, lang)})


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
    return _frame(_questions(opened, None, lang)["table"])


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
    return _frame(_burden(opened, lang)["table"])


def _frame(table: dict[str, Any]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(table["rows"], columns=table["header"]).set_index(table["header"][0])


def _schools(opened: Opened) -> list[dict[str, str]]:
    """Give the schools that a release names, each with the unit that it reports in."""
    of = {school: str(unit["unit"]) for unit in opened.units("school", "group") for school in unit["schools"].split()}
    names = opened.release.county["school_names"]
    return [{"name": str(name), "unit": of.get(school, "")} for school, name in names.items()]


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
    concern = _concern(opened, lang)
    return {
        **head(opened, "county", str(opened.release.county[f"name_{lang}"]), lang),
        "codes": ["county", opened.release.survey, opened.release.wave],
        "who": _who(opened, schools, lang),
        "state": state_part(schools, lang),
        "glance": {"heading": say("opinion_report.glance_county", lang), "states": states_part(lines, lang)},
        "concern": concern,
        "against": _against(opened, lang),
        "matrix": _matrix(opened, schools, lang),
        "rows": {
            "heading": say("opinion_report.rows_county", lang),
            "sentence": say("opinion_report.rows_sentence", lang),
            "table": rows_table(lines, lang),
            "foot": say("opinion_report.own_items", lang),
        },
        "questions": _questions(opened, before, lang),
        "scales": _scales(opened, lang),
        "burden": _burden(opened, lang),
        "uncertain": _uncertain(opened, lang),
        "limits": limits(opened, lang),
        "help": help_part(opened, lang),
        "made": made_part(opened, lang),
        "sign": _sign(opened, schools, concern, lang),
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


def _who(opened: Opened, schools: list[dict[str, str]], lang: str) -> dict[str, Any]:
    county = opened.figures("county").unit
    reports = sum(told(unit["respondents"]) for unit in opened.units("school", "group"))
    facts = [
        (people_words(county, lang), "who_people"),
        (response_words(county, lang), "who_response"),
        (str(len(schools)), "county_who_schools"),
        (str(reports), "county_who_units"),
    ]
    return {
        "heading": say("report.who", lang),
        "facts": [{"value": value, "label": say(f"report.{key}", lang)} for value, key in facts],
        "sentence": say(f"report.response_{response_class(county)}", lang),
    }


def _units(opened: Opened) -> list[str]:
    return [str(unit["unit"]) for unit in opened.units("school", "group")]


def _name(opened: Opened, unit: str, lang: str) -> str:
    return str(opened.figures(unit).unit[f"name_{lang}"])


def _listed(names: list[str], lang: str) -> str:
    return say("report.list", lang).join(names) if names else say("opinion_report.none", lang)


def _concern(opened: Opened, lang: str) -> dict[str, Any]:
    """Tabulate the rows of concern, each with schools whose good practice others may go and see."""
    rows, units = rows_in(opened), _units(opened)
    table, names = [], []
    for row in rows.order:
        states = [rows.state(unit, row) for unit in units]
        missed = states.count(NOT_MET)
        if rows.state("county", row) != NOT_MET and (not missed or missed < _CONCERN * len(units)):
            continue
        names.append(rows.name(row, lang))
        county = state_name(rows.state("county", row), lang)
        counts = [str(missed), str(states.count(CANNOT_TELL))]
        examples = _listed([_name(opened, unit, lang) for unit in _good(rows, units, row)], lang)
        table.append([say("opinion_report.row_name", lang, row=row, name=names[-1]), county, *counts, examples])
    return {
        "heading": say("opinion_report.concern", lang),
        "sentence": say("opinion_report.concern_sentence" if table else "opinion_report.concern_none", lang),
        "names": names,
        "table": {
            "header": [
                say(f"opinion_report.head_{key}", lang) for key in ("row", "county", "missed", "unclear", "examples")
            ],
            "rows": table,
        },
    }


def _good(rows: Rows, units: list[str], row: str) -> list[str]:
    """Give units in which a row is met and better than is usual, beyond luck; in the roster's order."""
    good = [unit for unit in units if rows.state(unit, row) == MET and rows.head(unit, row)["better"] >= SURE]
    return good[:_EXAMPLES]


def _against(opened: Opened, lang: str) -> dict[str, Any]:
    items = [
        say("opinion_report.evidence", lang, name=name, words=units) for name, units in _contradicting(opened, lang)
    ]
    return {
        "heading": say("opinion_report.against", lang),
        "sentence": say("opinion_report.against_sentence", lang),
        "items": items or [say("opinion_report.against_none", lang)],
    }


def _contradicting(opened: Opened, lang: str) -> list[tuple[str, str]]:
    """Name, of each row, the units whose record and answers contradict each other."""
    rows, units = rows_in(opened), _units(opened)
    found = []
    for row in rows.order:
        names = [_name(opened, unit, lang) for unit in units if rows.head(unit, row)["contradiction"] >= SURE]
        if names:
            found.append((rows.name(row, lang), _listed(names, lang)))
    return found


def _matrix(opened: Opened, schools: list[dict[str, str]], lang: str) -> dict[str, Any]:
    """Give each school's state in every row: of a school in a group the group's, of one without a report none."""
    rows = rows_in(opened)
    units = {str(unit["unit"]): unit for unit in opened.units("school", "group")}
    body = []
    for school in schools:
        unit = units.get(school["unit"])
        grouped = unit is not None and unit["level"] == "group"
        place = str(unit[f"name_{lang}"]) if unit is not None and grouped else say("report.unit_alone", lang)
        response = response_words(unit, lang) if unit is not None else WITHHELD
        states = ["" if unit is None else rows.state(school["unit"], row) for row in rows.order]
        body.append({"names": [school["name"], place, response], "states": states})
    return {
        "heading": say("opinion_report.matrix", lang),
        "sentence": say("opinion_report.matrix_sentence", lang),
        "header": [say(f"report.head_{key}", lang) for key in ("school", "unit", "response")],
        "ids": list(rows.order),
        "rows": body,
        "legend": [{"state": state, "label": state_name(state, lang)} for state in STATES],
        "key": say("report.semicolon", lang).join(
            say("opinion_report.row_name", lang, row=row, name=rows.name(row, lang)) for row in rows.order
        ),
    }


def _questions(opened: Opened, before: Opened | None, lang: str) -> dict[str, Any]:
    """Tabulate what the county's staff say of each own question, what is usual in a school, and the change."""
    rows = rows_in(opened)
    words = {
        HIGHER: say("opinion_report.change_higher", lang),
        LOWER: say("opinion_report.change_lower", lang),
        NO_CLEAR_CHANGE: say("opinion_report.change_unclear", lang),
    }
    table = [
        [
            say("opinion_report.row_name", lang, row=line["row"], name=question_label(opened, rows, line, lang)),
            question_range(opened, line),
            f"{whole_points(line['typical'])}%" if told(line["typical"]) else WITHHELD,
            words.get(line["change"], WITHHELD),
        ]
        for line in rows.questions.get("county", [])
    ]
    last = say("opinion_report.questions_first" if before is None else "opinion_report.questions_last", lang)
    return {
        "heading": say("opinion_report.questions", lang),
        "sentence": say("opinion_report.questions_sentence", lang) + last,
        "table": {
            "header": [say(f"opinion_report.head_{key}", lang) for key in ("question", "share", "typical", "changed")],
            "rows": table,
        },
    }


def _scales(opened: Opened, lang: str) -> dict[str, Any]:
    """Tabulate the validated scales of the county and of its kinds of schools."""
    units = opened.units("county", "compare")
    measures = opened.measures("mean", lang)
    header = [say("report.head_measure", lang), *(str(unit[f"name_{lang}"]) for unit in units)]
    rows = [
        [str(facts[f"name_{lang}"]), *(opened.figures(str(unit["unit"])).mean_words(measure) for unit in units)]
        for measure, facts in measures.items()
    ]
    return {
        "heading": say("opinion_report.scales", lang),
        "sentence": say("opinion_report.scales_sentence", lang),
        "table": {"header": header, "rows": rows},
    }


def _burden(opened: Opened, lang: str) -> dict[str, Any]:
    """Tabulate what the kit itself asked of whom over the year."""
    asked = burden_of(opened.release)
    lines = [] if asked is None else [
        [
            _role(str(line["role"]), opened, lang),
            say(f"opinion_report.form_{line['form']}", lang),
            str(line["times"]),
            str(line["questions"]),
            f"{line['minutes']:g}",
        ]
        for line in asked.to_dict("records")
    ]  # fmt: skip
    # Roles of the other survey that have no name here are all asked the same.
    rows = [line for place, line in enumerate(lines) if line not in lines[:place]]
    return {
        "heading": say("opinion_report.burden", lang),
        "sentence": say("opinion_report.burden_sentence", lang),
        "table": {
            "header": [
                say(f"opinion_report.head_{key}", lang) for key in ("role", "form", "times", "asked", "minutes")
            ],
            "rows": rows,
        },
    }


def _role(code: str, opened: Opened, lang: str) -> str:
    """Name a role as the survey does; the office is none of them, and other surveys have other roles."""
    if code == OFFICE:
        return say("opinion_report.role_office", lang)
    groups = opened.release.county[f"groups_{lang}"]
    return str(groups.get(f"role={code}", say("opinion_report.role_staff", lang)))


def _uncertain(opened: Opened, lang: str) -> dict[str, Any]:
    """Say what the county cannot know from this, and why."""
    rows, units = rows_in(opened), _units(opened)
    withheld = [_name(opened, unit, lang) for unit in units if not told(opened.figures(unit).unit["respondents"])]
    unclear = [
        rows.name(row, lang)
        for row in rows.order
        if 2 * sum(rows.state(unit, row) == CANNOT_TELL for unit in units) > len(units)
    ]
    items = []
    if withheld:
        items.append(say("opinion_report.uncertain_withheld", lang, names=_listed(withheld, lang)))
    if unclear:
        items.append(say("opinion_report.uncertain_rows", lang, names=_listed(unclear, lang)))
    items += [say(f"opinion_report.uncertain_{key}", lang) for key in ("groups", "silent", "records", "examples")]
    return {"heading": say("opinion_report.uncertain", lang), "items": items}


def _sign(opened: Opened, schools: list[dict[str, str]], concern: dict[str, Any], lang: str) -> dict[str, Any]:
    """Say what the officer who signs is to look at, decides, and answers for."""
    release = opened.release
    proof = release.certificate
    reports = sum(told(unit["respondents"]) for unit in opened.units("school", "group"))
    facts = [
        say("opinion_report.sign_release", lang, digest=release.digest[:12], day=day_words(release.frozen, lang)),
        say("opinion_report.sign_reports", lang, schools=len(schools), reports=reports),
    ]
    if proof:
        numbers = {key: proof[key] for key in ("figures", "narrowest", "leaks")}
        facts.append(say("opinion_report.sign_proof", lang, **numbers))
    return {
        "heading": say("opinion_report.sign", lang),
        "facts": facts,
        "look": {
            "heading": say("opinion_report.sign_look", lang),
            "items": [say(f"opinion_report.sign_look_{number}", lang) for number in (1, 2, 3, 4)],
        },
        "decide": {
            "heading": say("opinion_report.sign_decide", lang),
            "items": [
                say("opinion_report.sign_concern", lang, names=_listed(concern["names"], lang)),
                *(say(f"opinion_report.sign_decide_{number}", lang) for number in (1, 2)),
            ],
        },
        "lines": [say(f"opinion_report.sign_{key}", lang) for key in ("office", "name", "day")],
        "foot": say("opinion_report.sign_foot", lang),
    }
