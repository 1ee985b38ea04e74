"""SPSS data files: ``.sav``, ``.zsav`` and ``.por``, whatever program wrote them.

- A column goes by its variable's name and its label. Cells are codes as the file has them, and its value labels say
  what they mean.
- System-missing is a blank cell. User-missing values, single ones and ranges, stay in their cells and are told with
  their kind, which is read off their value label (`kind_of_missing`).
- Dates and times become ISO texts; there is no telling a zone.
- A multiple-response set is a column of its own beside the variables that it joins. Survey platforms write their
  ticks without a set: variables ``Q5_1``, ``Q5_2`` ... of nothing but 0 and 1, whose labels share the question and
  differ in the option. The whole and its parts are both offered then, and the survey's definition decides.
- A row is a case's number as SPSS shows it.

The bytes are read in a process of their own: see `wellbeing.importers.spss_values`.

References
----------
GNU PSPP developers' guide, "System File Format"; IBM SPSS Statistics, "Missing Values" and "Multiple Response Sets".
"""

import datetime as dt
import re
from dataclasses import replace
from typing import Any

from wellbeing.delimited import MOST_CELLS
from wellbeing.errors import InputError, Problem
from wellbeing.importers.exports import (
    ANSWER,
    CODES,
    EITHER,
    END,
    JOINED,
    LANGUAGE,
    NOT_ANSWERED,
    NOT_APPLICABLE,
    NOT_ASKED,
    PERSONAL,
    REFUSED,
    SECONDS,
    START,
    UNREADABLE,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.fillings import filling_column
from wellbeing.importers.names import normalise
from wellbeing.importers.options import join_chosen
from wellbeing.importers.spss_values import (
    PORTABLE,
    SYSTEM,
    ResponseSet,
    Unreadable,
    Variable,
    read_variables,
)

#: SPSS counts seconds from the first day of the Gregorian calendar.
_FIRST_DAY = dt.datetime(1582, 10, 14)
_DAYS = frozenset({"DATE", "ADATE", "EDATE", "SDATE", "JDATE", "QYR", "MOYR", "WKYR"})
_MOMENTS = frozenset({"DATETIME", "YMDHMS"})
_CLOCKS = frozenset({"TIME", "DTIME", "MTIME"})
#: Variables in which survey platforms that export to SPSS tell about the filling.
_USES = {
    "startdate": START,
    "starttime": START,
    "start_time": START,
    "enddate": END,
    "submitdate": END,
    "endtime": END,
    "end_time": END,
    "submitted": END,
    "duration__in_seconds_": SECONDS,
    "interviewtime": SECONDS,
    "seconds": SECONDS,
    "userlanguage": LANGUAGE,
    "startlanguage": LANGUAGE,
    "lang": LANGUAGE,
    "ipaddress": PERSONAL,
    "ipaddr": PERSONAL,
    "recipientlastname": PERSONAL,
    "recipientfirstname": PERSONAL,
    "recipientemail": PERSONAL,
    "locationlatitude": PERSONAL,
    "locationlongitude": PERSONAL,
}
#: What a value label says of why there is no answer; the first that fits.
_KINDS = (
    (REFUSED, re.compile(r"refus|declin|prefer not|not willing|拒绝|拒答|不愿|不想(?:回答|说)")),
    (NOT_APPLICABLE, re.compile(r"not appl|does not apply|inapplicable|\bn/?a\b|不适用|无此(?:情况|项)")),
    (
        NOT_ASKED,
        re.compile(
            r"not asked|not shown|not administered|(?:legitimate|valid|logical?) skip|跳过|跳答|跳转|未询问|未问|没有问"
        ),
    ),
    (UNREADABLE, re.compile(r"illegible|unreadable|not legible|看不清|无法辨认|字迹")),
)

_PART = re.compile(r"(?P<stem>.+?)_?(?P<part>\d{1,3})")
_TICKS = frozenset({"0", "1", ""})
#: A tick's label: LimeSurvey puts the option in brackets first, others behind the question.
_BRACKETED = re.compile(r"\[(?P<option>.+?)\] ?(?P<question>.+)", re.DOTALL)
_BETWEEN = re.compile(r"(?:\s*[-:：\u2014_(（|？?]\s*)+(?:Selected Choice\s*)?")

#: How 问卷星 labels the codes of questions that were skipped or left blank in its SPSS download, which does not declare
#: them as user-missing.
_WENJUANXING = {"-3": ("(跳过)", "跳过"), "-2": ("(空)", "空")}


def kind_of_missing(label: str) -> str:
    """Tell from a user-missing value's label why there is no answer.

    The words for refusing, not applying, not being asked and not being legible are looked for, in Chinese and
    English. Whatever else it says (``don't know``, ``missing``, ``skipped``), and no label at all, is not answered.
    """
    text = normalise(label).lower()
    return next((kind for kind, words in _KINDS if words.search(text)), NOT_ANSWERED)


def _recognises(source: Source) -> bool:
    return source.content.startswith(SYSTEM) or PORTABLE in source.content[:400]


def _read(source: Source) -> Export:
    try:
        variables, found = read_variables(source.content, MOST_CELLS)
    except Unreadable as reason:
        fields: dict[str, str | int] = {"most": MOST_CELLS} if reason.what == "too_many_cells" else {}
        raise InputError([Problem(reason.what, source.file, fields=fields)]) from None
    columns = [_column(place, variable) for place, variable in enumerate(variables)]
    by_name = {variable.name: at for at, variable in enumerate(variables)}
    sets = []
    for each in found:
        places = [by_name[name] for name in each.variables if name in by_name]
        if len(places) > 1:
            whole = _set(each, [columns[at] for at in places])
            sets.append(whole)
            for at in places:
                columns[at] = replace(columns[at], also_in=whole.place)
    sets += _unjoined(columns, variables)
    cases = list(range(1, len(variables[0].at) + 1))
    return Export("spss", source.file, source.digest, (*columns, *sets), cases)


def _unjoined(columns: list[ExportColumn], variables: list[Variable]) -> list[ExportColumn]:
    """Join ticks that belong to no set; their columns are changed to tell so."""
    groups: dict[str, list[int]] = {}
    for at, variable in enumerate(variables):
        part = _PART.fullmatch(variable.name)
        ticks = {cell for cell in set(columns[at].cells) if cell not in columns[at].missing} <= _TICKS
        if part and ticks and columns[at].use == ANSWER and columns[at].also_in is None:
            groups.setdefault(part["stem"], []).append(at)
    found = []
    for stem, places in groups.items():
        question, options = _question_and_options([variables[at].label for at in places])
        if not question:
            continue
        cells = join_chosen(options, [columns[at].cells for at in places], lambda cell: cell == "1")
        first = columns[places[0]]
        whole = ExportColumn(first.place, (stem, question), cells, coding=EITHER, separator=JOINED, also_in=first.place)
        found.append(whole)
        for at in places:
            columns[at] = replace(columns[at], also_in=first.place)
    return found


def _question_and_options(labels: list[str]) -> tuple[str, list[str]]:
    """Take the labels of ticks apart into what they share and what each has alone; nothing where they share nothing."""
    bracketed = [_BRACKETED.fullmatch(label) for label in labels]
    asked = {found["question"] for found in bracketed if found}
    if len(asked) == 1 and all(bracketed):
        return asked.pop(), [found["option"].strip() for found in bracketed if found]
    # The first of all and the last share what all share.
    first, last = min(labels), max(labels)
    same = next((at for at, (one, two) in enumerate(zip(first, last, strict=False)) if one != two), len(first))
    between = list(_BETWEEN.finditer(first[:same]))
    if len(labels) < 2 or not between:
        return "", []
    return labels[0][: between[-1].start()], [label[between[-1].end() :].rstrip(" )）") for label in labels]


def _column(place: int, variable: Variable) -> ExportColumn:
    texts = [_text(value, variable.form) for value in variable.values]
    cells = [texts[at] for at in variable.at]
    # SPSS knows no capitals from small letters, and portable files have capitals only.
    names = tuple(dict.fromkeys(name for name in (variable.name, variable.name.lower(), variable.label) if name))
    use = _USES.get(variable.name.lower(), ANSWER)
    if use != ANSWER:
        column = filling_column(place, names, cells, use)
        # A variable of that name that holds something else is an answer like any other.
        if not column.unreadable:
            return column
    labels = {_text(code, variable.form): label for code, label in variable.labels}
    missing = {
        text: kind_of_missing(labels.get(text, ""))
        for text, value in zip(texts, variable.values, strict=True)
        if text
        and (_is_missing(value, variable.missing) or normalise(labels.get(text, "")) in _WENJUANXING.get(text, ()))
    }
    coding = EITHER if any(isinstance(value, str) for value in variable.values) else CODES
    return ExportColumn(place, names, cells, coding=coding, labels=labels, missing=missing)


def _is_missing(value: Any, ranges: list[tuple[Any, Any]]) -> bool:
    # Numbers and texts are never in one variable; what cannot be compared is a damaged file's.
    return any(
        isinstance(value, str) == isinstance(low, str) == isinstance(high, str) and low <= value <= high
        for low, high in ranges
    )


def _text(value: Any, form: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.rstrip()
    number = float(value)
    try:
        if form in _DAYS:
            return (_FIRST_DAY + dt.timedelta(seconds=number)).date().isoformat()
        if form in _MOMENTS:
            return (_FIRST_DAY + dt.timedelta(seconds=round(number))).isoformat()
    except OverflowError:
        return repr(number)
    if form in _CLOCKS and abs(number) < 10**9:
        minutes, seconds = divmod(round(abs(number)), 60)
        return f"{'-' if number < 0 else ''}{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    return str(int(number)) if number.is_integer() and abs(number) < 10**15 else repr(number)


def _set(given: ResponseSet, parts: list[ExportColumn]) -> ExportColumn:
    names = tuple(name for name in (given.name, given.label) if name)
    first = parts[0]
    if given.counted is not None:
        options = [part.names[-1] for part in parts]
        cells = join_chosen(options, [part.cells for part in parts], lambda cell: cell == given.counted)
        return ExportColumn(first.place, names, cells, coding=EITHER, separator=JOINED, also_in=first.place)
    none = {"", *(cell for part in parts for cell in part.missing)}
    cells = [
        JOINED.join(dict.fromkeys(cell for cell in record if cell not in none))
        for record in zip(*(part.cells for part in parts), strict=True)
    ]
    return ExportColumn(
        first.place, names, cells, coding=EITHER, labels=first.labels, separator=JOINED, also_in=first.place
    )


PLATFORM = Platform("spss", _recognises, _read)
