"""What one cell of a column means: an answer, no answer of a known kind, or nothing that is known.

Exact texts only. A label counts in any language of the definition, a code as the definition or the survey's `recode`
has it, and where the file itself says what its codes mean (value labels), through that label.
"""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from wellbeing.importers.exports import (
    CODES,
    EITHER,
    JOINED,
    NOT_ANSWERED,
    NOT_APPLICABLE,
    ORDINALS,
    UNCLEAR,
    ExportColumn,
)
from wellbeing.importers.names import normalise
from wellbeing.importers.several import WRONG as WRONG
from wellbeing.importers.several import Absent as Absent
from wellbeing.importers.several import multiple, ranking, several
from wellbeing.instruments import Item
from wellbeing.instruments.definitions import fold_label
from wellbeing.personal import looks_personal, mask
from wellbeing.responses import canonical_code
from wellbeing.surveys import AnswerMap, Question, Roster, Survey
from wellbeing.texts import current_language

_WHOLE = re.compile(r"(-?\d{1,9})(?:\.0+)?")
_DECIMAL = re.compile(r"[-+]?\d{1,12}(?:\.\d{1,12})?")
_OTHER_TEXT = re.compile(r"〖[^〗]*〗")
_TIME = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
_SECONDS = re.compile(r"(\d{1,7}(?:\.\d+)?) ?(?:秒|s)?")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[A-Za-z]{2,4})?")
_VERSION = re.compile(r"[0-9A-Za-z._-]{1,20}")
#: What follows is a label and no number: 1.5 is not the option 5.
_ENUMERATED = re.compile(r"(?:[(（]?(?:[A-Za-z]|\d{1,2})\s*[.．、)）:：])\s*(?!\d+$)(.+)", re.DOTALL)
_PLACE_IN_LIST = re.compile(r"\d{1,3}")


@dataclass(frozen=True)
class Masked:
    """A free text in which numbers, addresses and accounts were replaced by a mark."""

    text: str
    count: int


@dataclass(frozen=True)
class Meaning:
    """How to read one column: a filled cell to a value, `Absent`, `Masked` or `WRONG`.

    `wrong` and `fields` are the problem that a cell makes which is none of these. `of_row` says that such a cell
    concerns its own row only, which is set aside; `harmless` that it is only noticed. Otherwise it stops the import.
    """

    of: Callable[[str], Any]
    wrong: str
    fields: dict[str, str | int]
    of_row: bool = False
    harmless: bool = False


def meaning_of(name: str, column: ExportColumn, survey: Survey, roster: Roster) -> Meaning:
    """Say how the cells of an export's column are read as the survey's column `name`."""
    found = _meaning(name, column, survey, roster)
    absent = {normalise(cell): kind for cell, kind in column.missing.items()}
    said: dict[str, str] = {}
    for key in (name.rpartition("_")[0], name):
        labels = survey.labels.get(key, {})
        said |= {fold_label(label): kind for label, kind in labels.items() if isinstance(kind, str)}
    free = any(question.id == name and question.kind == "text" for question in survey.own_questions)

    def of(cell: str) -> Any:
        text = normalise(cell)
        kind = absent.get(text) or said.get(fold_label(text))
        if kind is None and text in column.labels:
            # The file's own label may say that there is no answer: "prefer not to say" of a code 9.
            kind = said.get(fold_label(column.labels[text]))
        if kind is not None:
            return Absent(kind)
        if not free and _DECIMAL.fullmatch(text) and any(unicodedata.category(mark) == "No" for mark in cell):
            # A circled 1 may be the first answer, whose code is 0.
            return WRONG
        # What a respondent typed behind an option goes; where nothing else stands, it is not the answer and not blank.
        # What stands between options is a blank to `normalise`, which would lose it.
        parts = [normalise(part) for part in _OTHER_TEXT.sub("", cell).split(JOINED)]
        return found.of(cell if free else JOINED.join(parts) or text)

    return Meaning(of, found.wrong, found.fields, found.of_row, found.harmless)


def _meaning(name: str, column: ExportColumn, survey: Survey, roster: Roster) -> Meaning:
    item = next((item for item in survey.items if item.column == name), None)
    if item is not None:
        return _of_item(item, column, survey)
    if name == "school_id":
        return Meaning(_folding(_schools(roster, column.coding)), "unknown_school", {}, of_row=True)
    if name == "code":
        return Meaning(_code, "bad_code", {}, of_row=True)
    if name == "submitted":
        return Meaning(_time, "bad_time", {}, harmless=True)
    if name == "seconds":
        return Meaning(_seconds, "bad_seconds", {}, harmless=True)
    if name == "lang":
        return Meaning(_matching(_LANGUAGE), "bad_language", {}, harmless=True)
    if name == "consent_version":
        return Meaning(_matching(_VERSION), "bad_version", {}, harmless=True)
    question = next((each for each in survey.questions if each.id == name), None)
    if question is None:
        # A background question that this survey does not ask, in a plain file that has all the kit's columns.
        return Meaning(lambda cell: Absent(NOT_ANSWERED), "not_an_option", {}, harmless=True)
    fields: dict[str, str | int] = {"survey": survey.id, "name": name}
    if question.kind == "text":
        return Meaning(_text, "formula_error", fields)
    if question.kind == "number":
        low = "-" if question.low is None else f"{question.low:g}"
        high = "-" if question.high is None else f"{question.high:g}"
        return Meaning(_number_within(question), "not_a_number", fields | {"low": low, "high": high})
    fields["known"] = " / ".join(option.label.in_(current_language()) for option in question.options)
    one = _of_option(question, column)
    if question.kind == "choice":
        return Meaning(one, "not_an_option", fields)
    parts = several(one, column.separator, ";┋" if question.kind == "multiple" else ">→")
    if question.kind == "ranking":
        return Meaning(lambda cell: ranking(parts(cell)), "not_an_option", fields)
    order = [option.code for option in question.options]
    return Meaning(lambda cell: multiple(parts(cell), order), "not_an_option", fields)


def _of_item(item: Item, column: ExportColumn, survey: Survey) -> Meaning:
    instrument = item.column.rpartition("_")[0]
    labels: dict[str, Any] = {}
    if not item.limits:
        for answer in item.answers:
            labels |= dict.fromkeys(_folded(answer.label.zh, answer.label.en, *answer.also), float(answer.code))
    for key in (instrument, item.column):
        extra = survey.labels.get(key, {})
        labels |= {fold_label(label): float(code) for label, code in extra.items() if code in item.codes}
    absent: dict[str, Any] = {}
    for each in item.not_applicable:
        absent |= dict.fromkeys(_folded(each.code, each.label.zh, each.label.en, *each.also), Absent(NOT_APPLICABLE))
    labels |= absent
    fields: dict[str, str | int] = {"survey": survey.id, "name": instrument}
    by_label = _by_label(labels)
    if column.coding == ORDINALS and not (item.limits and not item.answers):
        places: dict[str, Any] = {str(place): float(answer.code) for place, answer in enumerate(item.answers, 1)}
        # The kit's forms put an answer that does not apply behind the others.
        places |= {str(len(places) + place): Absent(NOT_APPLICABLE) for place, _ in enumerate(item.not_applicable, 1)}
        return Meaning(_numbers(places), "not_an_ordinal", fields | {"most": len(places)})
    if item.limits and column.coding not in (CODES, EITHER):
        # A number that was typed is the answer itself, whatever the export's options come as.
        stored = {str(code): float(code) for code in item.codes}
        fields["known"] = f"{item.limits[0]}-{item.limits[1]}"
        return Meaning(_first(_numbers(stored), by_label), "unknown_code", fields)
    recode = survey.recode.get(instrument, AnswerMap())
    stored = _stored(item, recode)
    fields["known"] = f"{item.limits[0]}-{item.limits[1]}" if item.limits else ", ".join(stored)
    explicit = bool(recode.codes) or item.number in recode.already_reversed
    told = {} if explicit else {_whole(code): label for code, label in column.labels.items()}
    # A file may label the places of a row of digits with these digits; its cells are no labels all the same.
    digits = {str(code): float(code) for code in item.codes} if item.limits and item.answers else {}
    codes = _told(told, _folding(labels | digits), stored)
    if column.coding in (CODES, EITHER):
        return Meaning(_first(_numbers(codes), by_label), "unknown_code", fields)
    fields["known"] = " / ".join(answer.label.in_(current_language()) for answer in item.answers)
    known_codes = {code: codes[code] for code in told if code in codes}
    return Meaning(_first(by_label, _numbers(known_codes)), "not_a_label", fields)


def _told(told: Mapping[str, str], by_label: Callable[[str], Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve codes through the labels that the file gives them; without a label they are the definition's codes.

    A code whose label is known to nobody means nothing that is known, though it may look like a code. Where the file
    words one code otherwise than the definition, as where it labels both ends of a scale that runs the other way, its
    codes without a label mean nothing that is known either.
    """
    codes = dict(stored)
    worded = {code: by_label(normalise(label)) for code, label in told.items()}
    if any(isinstance(value, float) and codes.get(code) != value for code, value in worded.items()):
        codes = dict.fromkeys(codes, WRONG)
    for code, label in told.items():
        bare = normalise(label)
        if bare and _whole(bare) != code:
            codes[code] = by_label(bare)
        elif code not in codes:
            codes[code] = WRONG
    return codes


def _stored(item: Item, recode: AnswerMap) -> dict[str, Any]:
    """Give the codes by which a file tells an item's answers, each with the definition's code."""
    given = recode.codes or {code: code for code in item.codes}
    kept = {str(stored): code for stored, code in given.items() if code in item.codes}
    ends = min(item.codes) + max(item.codes)
    return {
        stored: float(ends - code if item.number in recode.already_reversed else code) for stored, code in kept.items()
    }


def _of_option(question: Question, column: ExportColumn) -> Callable[[str], Any]:
    # LimeSurvey's codes of options hold letters and digits only.
    codes: dict[str, Any] = {fold_label(re.sub(r"[_-]", "", each.code)): each.code for each in question.options}
    for option in question.options:
        codes |= dict.fromkeys(_folded(option.code, option.label.zh, option.label.en, *option.also), option.code)
    by_label = _by_label(codes)
    if column.coding == ORDINALS:
        places = {str(place): option.code for place, option in enumerate(question.options, 1)}
        return _first(_numbers(places), by_label)
    told = {_whole(code): normalise(label) for code, label in column.labels.items()}

    def of(cell: str) -> Any:
        label = told.get(_whole(cell), "")
        return by_label(label) if label and _whole(label) != _whole(cell) else _first(by_label, _numbers(codes))(cell)

    return of


def _text(cell: str) -> Any:
    text, count = mask(cell)
    return Masked(text, count) if count else text


def _number_within(question: Question) -> Callable[[str], Any]:
    low = -math.inf if question.low is None else question.low
    high = math.inf if question.high is None else question.high

    def of(cell: str) -> Any:
        return float(cell) if _DECIMAL.fullmatch(cell) and low <= float(cell) <= high else WRONG

    return of


def _folded(*texts: str | None) -> Iterable[str]:
    return [fold_label(text) for text in texts if text]


def _folding(known: Mapping[str, Any]) -> Callable[[str], Any]:
    return lambda cell: known.get(fold_label(cell), WRONG)


def _by_label(known: Mapping[str, Any]) -> Callable[[str], Any]:
    """Look a label up as it is, and without what a form's author put before it: ``A.``, ``2、``, ``（3）``."""

    def of(cell: str) -> Any:
        value = known.get(fold_label(cell), WRONG)
        numbered = _ENUMERATED.fullmatch(cell) if value is WRONG else None
        return known.get(fold_label(numbered[1]), WRONG) if numbered else value

    return of


def _first(*ways: Callable[[str], Any]) -> Callable[[str], Any]:
    """Ask one after the other; the first that knows the cell."""

    def of(cell: str) -> Any:
        return next((value for way in ways if (value := way(cell)) is not WRONG), WRONG)

    return of


def _whole(cell: str) -> str:
    whole = _WHOLE.fullmatch(cell.strip())
    return str(int(whole.group(1))) if whole else cell.strip()


def _numbers(known: Mapping[str, Any]) -> Callable[[str], Any]:
    """Look a cell up as it is, and a whole number also as a spreadsheet may write it: ``2.0``."""
    return lambda cell: known.get(cell, known.get(_whole(cell), WRONG))


def _schools(roster: Roster, coding: str) -> dict[str, str]:
    # Where the form offered the schools as options, a short number is a place in its list and no school_id.
    ids = {
        fold_label(str(school)): str(school)
        for school in roster.schools.index
        if coding not in (ORDINALS, UNCLEAR) or not _PLACE_IN_LIST.fullmatch(str(school))
    }
    names = {fold_label(str(name)): str(school) for school, name in roster.schools["name"].items()}
    return names | ids


def _code(cell: str) -> Any:
    # A telephone or identity number used as a code would put a name on every answer.
    code = canonical_code(cell)
    if code is None or (code[:-1].isdigit() and looks_personal(code)):
        return WRONG
    return code


def _time(cell: str) -> Any:
    found = _TIME.fullmatch(cell)
    if not found:
        return WRONG
    try:
        return dt.datetime(*(int(part or 0) for part in found.groups())).isoformat()  # type: ignore[arg-type]
    except ValueError:
        return WRONG


def _seconds(cell: str) -> Any:
    found = _SECONDS.fullmatch(cell)
    return float(found.group(1)) if found else WRONG


def _matching(pattern: re.Pattern[str]) -> Callable[[str], Any]:
    return lambda cell: cell if pattern.fullmatch(cell) else WRONG
