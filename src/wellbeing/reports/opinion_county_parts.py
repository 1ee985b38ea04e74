"""What the parts of the county's opinion report say, each as words: who answered, what is of concern, what is open.

A measure's state judges the school's work, not its people's health, and the notice has the county supervise every
school: so schools stand here by name, in the roster's order. No ranking, and nothing finer than their own reports.
"""

from typing import Any

from wellbeing.disclosure.release import WITHHELD
from wellbeing.figures.released import Opened, told
from wellbeing.ledger import CANNOT_TELL, MET, NOT_MET, STATES, burden_of, state_name, twice_of
from wellbeing.ledger.burden import OFFICE
from wellbeing.ledger.questions import HIGHER, LOWER, NO_CLEAR_CHANGE
from wellbeing.opinion_statistics.weighted_told import NO_MARGINS, WeightedShare, Weighting, weighted_of
from wellbeing.reports.opinion_priorities import other_questions
from wellbeing.reports.opinion_rows import SURE, Rows, question_label, question_range, rows_in, whole_points
from wellbeing.reports.parts import day_words, response_words
from wellbeing.texts import say

#: A row is of concern where so large a part of the units has not met it, or the county as a whole has not.
_CONCERN = 0.25
#: Good examples named for a row.
_EXAMPLES = 3


def schools_of(opened: Opened) -> list[dict[str, str]]:
    """Give the schools that a release names, each with the unit that it reports in."""
    of = {school: str(unit["unit"]) for unit in opened.units("school", "group") for school in unit["schools"].split()}
    names = opened.release.county["school_names"]
    return [{"name": str(name), "unit": of.get(school, "")} for school, name in names.items()]


def _units(opened: Opened) -> list[str]:
    return [str(unit["unit"]) for unit in opened.units("school", "group")]


def _name(opened: Opened, unit: str, lang: str) -> str:
    return str(opened.figures(unit).unit[f"name_{lang}"])


def _listed(names: list[str], lang: str) -> str:
    return say("report.list", lang).join(names) if names else say("opinion_report.none", lang)


def concern_part(opened: Opened, lang: str) -> dict[str, Any]:
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


def against_part(opened: Opened, lang: str) -> dict[str, Any]:
    """Say where record and answers contradict each other."""
    items = [
        say("opinion_report.evidence", lang, name=name, words=units) for name, units in contradicting(opened, lang)
    ]
    return {
        "heading": say("opinion_report.against", lang),
        "sentence": say("opinion_report.against_sentence", lang),
        "items": items or [say("opinion_report.against_none", lang)],
    }


def contradicting(opened: Opened, lang: str) -> list[tuple[str, str]]:
    """Name, of each row, the units whose record and answers contradict each other."""
    rows, units = rows_in(opened), _units(opened)
    found = []
    for row in rows.order:
        names = [_name(opened, unit, lang) for unit in units if rows.head(unit, row)["contradiction"] >= SURE]
        if names:
            found.append((rows.name(row, lang), _listed(names, lang)))
    return found


def matrix_part(opened: Opened, schools: list[dict[str, str]], lang: str) -> dict[str, Any]:
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


def questions_part(opened: Opened, before: Opened | None, lang: str) -> dict[str, Any]:
    """Tabulate what the county's staff say of each own question, what is usual in a school, and the change."""
    rows = rows_in(opened)
    others = other_questions(opened, before)
    weighting, shares = weighted_of(opened.release) or (Weighting(NO_MARGINS), {})
    words = {
        HIGHER: say("opinion_report.change_higher", lang),
        LOWER: say("opinion_report.change_lower", lang),
        NO_CLEAR_CHANGE: say("opinion_report.change_unclear", lang),
    }
    table = [
        [
            say("opinion_report.row_name", lang, row=line["row"], name=question_label(opened, rows, line, lang)),
            question_range(opened, line),
            _weighted_words(shares.get(line["measure"]), lang),
            f"{whole_points(line['typical'])}%" if told(line["typical"]) else WITHHELD,
            _other_question(others.get(line["measure"]), lang) or words.get(line["change"], WITHHELD),
        ]
        for line in rows.questions.get("county", [])
    ]
    last = say("opinion_report.questions_first" if before is None else "opinion_report.questions_last", lang)
    return {
        "heading": say("opinion_report.questions", lang),
        "sentence": say("opinion_report.questions_sentence", lang) + last,
        "table": {
            "header": [
                say(f"opinion_report.head_{key}", lang)
                for key in ("question", "share", "weighted", "typical", "changed")
            ],
            "rows": table,
        },
        "weights": _weights_sentence(weighting, lang),
    }


def _other_question(reason: str | None, lang: str) -> str:
    return say(f"opinion_report.question_{reason}", lang) if reason else ""


def _weighted_words(share: WeightedShare | None, lang: str) -> str:
    """Write a weighted share's range, marked where weighting moves it by more than luck does."""
    if share is None or share.low is None or share.high is None:
        return WITHHELD
    words = f"{round(100 * share.low)}–{round(100 * share.high)}%"
    return say("opinion_report.weighted_finding", lang, share=words) if share.finding else words


def _weights_sentence(weighting: Weighting, lang: str) -> str:
    """Say what the weights were brought to and what they cost; or why there are none."""
    listed = {
        key: say("report.list", lang).join(say(f"opinion_report.margin_{name}", lang) for name in names)
        for key, names in (("margins", weighting.margins), ("unused", weighting.unused))
    }
    if weighting.design_effect is None or weighting.effective is None:
        return say(f"opinion_report.weights_{weighting.state}", lang, **listed)
    own = say(
        "opinion_report.weights_weighted",
        lang,
        effect=f"{weighting.design_effect:.2f}",
        effective=weighting.effective,
        **listed,
    )
    return own + (say("opinion_report.weights_unused", lang, **listed) if weighting.unused else "")


def scales_by_kind(opened: Opened, lang: str) -> dict[str, Any]:
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


def burden_part(opened: Opened, lang: str) -> dict[str, Any]:
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
        "sentence": _sentences(say("opinion_report.burden_sentence", lang), *_needless(opened, lang), lang=lang),
        "table": {
            "header": [
                say(f"opinion_report.head_{key}", lang) for key in ("role", "form", "times", "asked", "minutes")
            ],
            "rows": rows,
        },
    }


def _sentences(*said: str, lang: str) -> str:
    return ("" if lang == "zh" else " ").join(said)


def _needless(opened: Opened, lang: str) -> list[str]:
    """Say what two forms ask in the same words, and what could stand in them beforehand."""
    found = twice_of(opened.release)
    if found is None:
        return []
    texts = found[f"text_{lang}"]
    several = found["places"].str.contains(" ", regex=False)
    told = {"asked_twice": texts[several], "prefilled": texts[found["prefilled"]]}
    stop = say("report.list", lang)
    return [say(f"ledger.{key}", lang, questions=stop.join(names)) for key, names in told.items() if len(names)]


def _role(code: str, opened: Opened, lang: str) -> str:
    """Name a role as the survey does; the office is none of them, and other surveys have other roles."""
    if code == OFFICE:
        return say("opinion_report.role_office", lang)
    groups = opened.release.county[f"groups_{lang}"]
    return str(groups.get(f"role={code}", say("opinion_report.role_staff", lang)))


def uncertain_part(opened: Opened, lang: str) -> dict[str, Any]:
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


def sign_part(opened: Opened, schools: list[dict[str, str]], concern: dict[str, Any], lang: str) -> dict[str, Any]:
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
