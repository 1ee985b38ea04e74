"""Turn a matched table's cells into answers, and say everything that is wrong with them at once."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wellbeing.errors import Problem
from wellbeing.importers.exports import CODES, EITHER, ORDINALS, UNCLEAR, Export, ExportColumn
from wellbeing.importers.matching import Matched
from wellbeing.importers.names import normalise, shown
from wellbeing.personal import looks_personal
from wellbeing.instruments import Item
from wellbeing.responses import canonical_code
from wellbeing.surveys import AnswerMap, Question, Roster, Survey
from wellbeing.texts import current_language, say

_WHOLE = re.compile(r"(-?\d{1,9})(?:\.0+)?")
_OTHER_TEXT = re.compile(r"〖[^〗]*〗")
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?.*|\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}月\d{1,2}日", re.DOTALL)
_TIME = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_SECONDS = re.compile(r"(\d{1,7}(?:\.\d+)?) ?(?:秒|s)?")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2,4})?")

_PLACE_IN_LIST = re.compile(r"\d{1,3}")

_WRONG = object()


@dataclass(frozen=True)
class Read:
    """Columns of answers, None where missing, and everything that is wrong with the file's cells."""

    columns: dict[str, list[Any]]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class _Meaning:
    """How to read one column: cell to value or `_WRONG`, and what to say of a cell that is neither."""

    of: Callable[[str], Any]
    wrong: str
    fields: dict[str, str | int]


def read_cells(export: Export, matched: Matched, survey: Survey, roster: Roster) -> Read:
    """Read every matched column, each different cell once.

    Rows are those of the file as a spreadsheet shows it. A cell is never repeated in a problem.
    """
    item_columns = {item.column for item in survey.items}
    columns: dict[str, list[Any]] = {}
    problems: list[Problem] = []
    unclear = False
    for column, given in matched.columns.items():
        cells = _cleaned(given)
        header, place, coding = given.names[0], given.place, given.coding
        if coding == UNCLEAR and column in item_columns:
            unclear = True
            continue
        meaning = _meaning(column, survey, roster, coding)
        if meaning is None:
            continue
        values: dict[str, Any] = {cell: meaning.of(cell) for cell in set(cells) - {""}} | {"": None}
        wrong = {cell for cell, value in values.items() if value is _WRONG}
        problems += _wrong_cells(export, cells, wrong, shown(header, place), meaning)
        if column in {question.id for question in survey.questions if question.required}:
            gaps = {cell for cell, value in values.items() if value is None}
            problems += [
                Problem("empty_cell", export.file, export.rows[at], shown(header, place))
                for at, cell in enumerate(cells)
                if cell in gaps
            ]
        columns[column] = [values[cell] for cell in cells]
        if column == "code":
            problems += _repeated(export, columns[column], shown(header, place))
    if unclear:
        problems.append(Problem("numbers_unclear", export.file))
    problems += _whole_rows_again(export, columns)
    return Read(columns, tuple(problems))


def _cleaned(column: ExportColumn) -> list[str]:
    # What a respondent typed behind an option goes; where nothing else stands, it is not the answer and not blank.
    blank = {normalise(cell) for cell in column.missing}
    clean = {cell: normalise(_OTHER_TEXT.sub("", cell)) or normalise(cell) for cell in set(column.cells)}
    clean = {cell: "" if text in blank else text for cell, text in clean.items()}
    return [clean[cell] for cell in column.cells]


def _meaning(column: str, survey: Survey, roster: Roster, coding: str) -> _Meaning | None:
    for item in survey.items:
        if item.column == column:
            return _of_item(item, survey, coding)
    question = next((question for question in survey.questions if question.id == column), None)
    if question is not None and column not in survey.columns:
        return None
    if column == "school_id":
        return _Meaning(_lookup(_schools(roster, coding)), "unknown_school", {})
    if column == "code":
        return _Meaning(_code, "bad_code", {})
    if column == "submitted":
        return _Meaning(_time, "bad_time", {})
    if column == "seconds":
        return _Meaning(_seconds, "bad_seconds", {})
    if column == "lang":
        return _Meaning(lambda cell: cell if _LANGUAGE.fullmatch(cell) else _WRONG, "bad_language", {})
    return _of_question(question, coding) if question is not None else None


def _of_item(item: Item, survey: Survey, coding: str) -> _Meaning:
    codes: dict[str, Any] = {}
    instrument = item.column.rsplit("_", 1)[0]
    for answer in item.answers:
        codes |= dict.fromkeys(_spellings(answer.label.zh, answer.label.en, *answer.also), float(answer.code))
    for key in (instrument, item.column):
        extra = survey.labels.get(key, {})
        codes |= {normalise(str(label)): float(code) for label, code in extra.items() if code in item.codes}
    if coding == ORDINALS:
        places = {str(place): float(answer.code) for place, answer in enumerate(item.answers, 1)}
        return _Meaning(_numbers(places), "not_an_ordinal", {"most": len(item.answers)})
    if coding in (CODES, EITHER):
        exact = _stored(item, survey.recode.get(instrument, AnswerMap()))
        known = ", ".join(exact)
        return _Meaning(_numbers(codes | exact), "unknown_code", {"known": known})
    known = " / ".join(answer.label.in_(current_language()) for answer in item.answers)
    return _Meaning(_lookup(codes), "not_a_label", {"known": known, "survey": survey.id, "instrument": instrument})


def _stored(item: Item, recode: AnswerMap) -> dict[str, float]:
    """Give the codes by which a file tells an item's answers, each with the definition's code."""
    given = recode.codes or {code: code for code in item.codes}
    kept = {str(stored): code for stored, code in given.items() if code in item.codes}
    ends = min(item.codes) + max(item.codes)
    return {
        stored: float(ends - code if item.number in recode.already_reversed else code) for stored, code in kept.items()
    }


def _of_question(question: Question, coding: str) -> _Meaning:
    codes: dict[str, Any] = {}
    for place, option in enumerate(question.options, 1):
        codes |= dict.fromkeys(_spellings(option.code, option.label.zh, option.label.en, *option.also), option.code)
        if coding == ORDINALS:
            codes[str(place)] = option.code
    known = " / ".join(option.label.in_(current_language()) for option in question.options)
    return _Meaning(_numbers(codes), "not_an_option", {"known": known})


def _spellings(*texts: str | None) -> Iterable[str]:
    return [normalise(text) for text in texts if text]


def _lookup(known: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda cell: known.get(cell, _WRONG)


def _numbers(known: Mapping[str, Any]) -> Callable[[str], Any]:
    """Look a cell up as it is, and a whole number also as a spreadsheet may write it: ``2.0``."""

    def of(cell: str) -> Any:
        whole = _WHOLE.fullmatch(cell)
        return known.get(cell, known.get(str(int(whole.group(1))), _WRONG) if whole else _WRONG)

    return of


def _schools(roster: Roster, coding: str) -> dict[str, str]:
    # Where the form offered the schools as options, a short number is a place in its list and no school_id.
    ids = {
        normalise(str(school)): str(school)
        for school in roster.schools.index
        if coding not in (ORDINALS, UNCLEAR) or not _PLACE_IN_LIST.fullmatch(str(school))
    }
    names = {normalise(str(name)): str(school) for school, name in roster.schools["name"].items()}
    return names | ids


def _code(cell: str) -> Any:
    # A telephone or identity number used as a code would put a name on every answer.
    code = canonical_code(cell)
    return _WRONG if code is None or looks_personal(code) else code


def _time(cell: str) -> Any:
    import datetime as dt

    found = _TIME.fullmatch(cell)
    if not found:
        return _WRONG
    try:
        return dt.datetime(*(int(part or 0) for part in found.groups())).isoformat()  # type: ignore[arg-type]
    except ValueError:
        return _WRONG


def _seconds(cell: str) -> Any:
    found = _SECONDS.fullmatch(cell)
    return float(found.group(1)) if found else _WRONG


def _wrong_cells(export: Export, cells: list[str], wrong: set[str], header: str, meaning: _Meaning) -> list[Problem]:
    """Make one problem of each different wrong cell: its first row, and how often it comes again."""
    rows: dict[str, list[int]] = {}
    if wrong:
        for at, cell in enumerate(cells):
            if cell in wrong:
                rows.setdefault(cell, []).append(export.rows[at])
    problems = []
    for cell, found in rows.items():
        what = meaning.wrong
        if cell in _ERRORS:
            what = "formula_error"
        elif what in _ANSWERS and _DATE.fullmatch(cell):
            what = "date_for_answer"
        problems.append(Problem(what, export.file, found[0], header, meaning.fields | _again(found[1:])))
    return problems


def _again(rows: list[int]) -> dict[str, str | int]:
    """Say in which further rows the same stands, a few of them; nothing if there are none."""
    if not rows:
        return {"again": ""}
    key = "importing.again" if len(rows) <= 5 else "importing.again_and_more"
    return {"again": say(key, rows=", ".join(map(str, rows[:5])), count=len(rows))}


_ANSWERS = frozenset({"not_an_ordinal", "unknown_code", "not_a_label", "not_an_option"})


def _whole_rows_again(export: Export, columns: dict[str, list[Any]]) -> list[Problem]:
    """Find rows that stand twice and bear no code: the same in every cell, and sent in the same second.

    Without a time of day two people may well have given the same answers.
    """
    times = columns.get("submitted")
    if times is None:
        return []
    codes = columns.get("code", [None] * len(times))
    first: dict[tuple[str, ...], int] = {}
    problems = []
    for at, (row, cells) in enumerate(
        zip(export.rows, zip(*(column.cells for column in export.columns), strict=True), strict=True)
    ):
        if codes[at] is None and isinstance(times[at], str) and not times[at].endswith("T00:00:00"):
            if cells in first:
                problems.append(Problem("whole_row_again", export.file, row, None, {"first": first[cells]}))
            first.setdefault(cells, row)
    return problems


def _repeated(export: Export, codes: list[Any], header: str) -> list[Problem]:
    first: dict[Any, int] = {}
    problems = []
    for row, code in zip(export.rows, codes, strict=True):
        if code is None or code is _WRONG:
            continue
        if code in first:
            problems.append(Problem("repeats_row", export.file, row, header, {"first": first[code]}))
        first.setdefault(code, row)
    return problems
