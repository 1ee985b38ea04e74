"""SPSS data files: ``.sav``, ``.zsav`` and ``.por``, whatever program wrote them.

- A column goes by its variable's name and its label. Cells are codes as the file has them, and its value labels say
  what they mean.
- System-missing is a blank cell. User-missing values, single ones and ranges, stay in their cells and are told with
  their kind, which is read off their value label (`kind_of_missing`).
- Dates and times become ISO texts; there is no telling a zone.
- A multiple-response set is a column of its own beside the variables that it joins.
- A row is a case's number as SPSS shows it.

References
----------
GNU PSPP developers' guide, "System File Format"; IBM SPSS Statistics, "Missing Values" and "Multiple Response Sets".
"""

import datetime as dt
import io
import re
from collections.abc import Mapping
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

_SYSTEM = (b"$FL2", b"$FL3")
_PORTABLE = b"ASCII SPSS PORT FILE"
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


def kind_of_missing(label: str) -> str:
    """Tell from a user-missing value's label why there is no answer.

    The words for refusing, not applying, not being asked and not being legible are looked for, in Chinese and
    English. Whatever else it says (``don't know``, ``missing``, ``skipped``), and no label at all, is not answered.
    """
    text = normalise(label).lower()
    return next((kind for kind, words in _KINDS if words.search(text)), NOT_ANSWERED)


def _recognises(source: Source) -> bool:
    return source.content.startswith(_SYSTEM) or _PORTABLE in source.content[:400]


def _read(source: Source) -> Export:
    values, told = _values(source)
    columns = [_column(place, name, values[name], told) for place, name in enumerate(values)]
    by_name = {column.names[0]: at for at, column in enumerate(columns)}
    sets = []
    for name, each in (told.mr_sets or {}).items():
        places = [by_name[part] for part in each["variable_list"] if part in by_name]
        if len(places) > 1:
            whole = _set(name, each, [columns[at] for at in places])
            sets.append(whole)
            for at in places:
                columns[at] = replace(columns[at], also_in=whole.place)
    count = len(next(iter(values.values())))
    return Export("spss", source.file, source.digest, (*columns, *sets), list(range(1, count + 1)))


def _values(source: Source) -> tuple[dict[str, list[Any]], Any]:
    """Read all variables; the second is pyreadstat's own account of them."""
    import pyreadstat

    read: Any = pyreadstat.read_por
    choices: tuple[dict[str, Any], ...] = ({},)
    if source.content.startswith(_SYSTEM):
        read, choices = pyreadstat.read_sav, ({"user_missing": True}, {"user_missing": True, "encoding": "GB18030"})
    common = {"output_format": "dict", "disable_datetime_conversion": True}
    for given in choices:
        try:
            _, told = read(io.BytesIO(source.content), metadataonly=True, **given)
            # A few bytes can claim any number of cases.
            most = MOST_CELLS // max(1, len(told.column_names))
            values, told = read(io.BytesIO(source.content), row_limit=most + 1, **common, **given)
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OverflowError) as error:
            if isinstance(error, UnicodeDecodeError) or "convert string" in str(error):
                continue
            raise InputError([Problem("not_spss", source.file)]) from None
        count = len(next(iter(values.values()), []))
        if count > most:
            raise InputError([Problem("too_many_cells", source.file, fields={"most": MOST_CELLS})])
        if not count:
            raise InputError([Problem("no_data_row", source.file)])
        return values, told
    raise InputError([Problem("wrong_encoding", source.file)])


def _column(place: int, name: str, values: list[Any], told: Any) -> ExportColumn:
    form = re.sub(r"[\d.]+$", "", told.original_variable_types.get(name) or "").upper()
    texts = {value: _text(value, form) for value in set(values)}
    cells = [texts[value] for value in values]
    label = told.column_names_to_labels.get(name) or ""
    # SPSS knows no capitals from small letters, and portable files have capitals only.
    names = tuple(dict.fromkeys(each for each in (name, name.lower(), label) if each.strip()))
    use = _USES.get(name.lower(), ANSWER)
    if use != ANSWER:
        column = filling_column(place, names, cells, use)
        # A variable of that name that holds something else is an answer like any other.
        if not column.unreadable:
            return column
    labels = {_text(code, form): text for code, text in (told.variable_value_labels.get(name) or {}).items()}
    missing = {
        texts[value]: kind_of_missing(labels.get(texts[value], ""))
        for value in texts
        if texts[value] and _is_missing(value, told.missing_ranges.get(name) or [])
    }
    coding = EITHER if any(isinstance(value, str) for value in texts) else CODES
    return ExportColumn(place, names, cells, coding=coding, labels=labels, missing=missing)


def _is_missing(value: Any, ranges: list[Mapping[str, Any]]) -> bool:
    # Numbers and texts are never in one variable; what cannot be compared is a damaged file's.
    return any(
        isinstance(value, str) == isinstance(each["lo"], str) and each["lo"] <= value <= each["hi"] for each in ranges
    )


def _text(value: Any, form: str) -> str:
    if value is None or value != value:
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


def _set(name: str, given: Mapping[str, Any], parts: list[ExportColumn]) -> ExportColumn:
    label = (given.get("label") or "").strip()
    names = (name.lstrip("$"), label) if label else (name.lstrip("$"),)
    first = parts[0]
    if given.get("is_dichotomy"):
        counted = str(given.get("counted_value"))
        options = [part.names[-1] for part in parts]
        cells = join_chosen(options, [part.cells for part in parts], lambda cell: cell == counted)
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
