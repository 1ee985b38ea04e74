"""REDCap: records exported as CSV or workbook, raw or with labels.

**What a record of the export is.** One filling is a record id at an event in an instance. REDCap writes the rows of
repeating forms apart from the row that holds everything else of the same record and event; such a row is joined with
that base row, whose answers are taken wherever its own cell is blank, and with the rows of other repeating forms of
the same instance number. A base row that was joined into instances is no filling of its own. Events are never joined
with each other: they are points in time.

- A checkbox has a column an option, ``field___code`` with 0 and 1 (``field____1`` is the option -1), or
  ``Label (choice=Option)`` with Checked and Unchecked. They come as one column of the chosen options. REDCap writes
  the same zeros for a checkbox that was left blank and for one that was not shown.
- ``form_complete`` (0 incomplete, 1 unverified, 2 complete) tells of each form whether it was there: where it is
  blank, the form was not put to this record at this event, and none of its questions was asked.
- A record is unfinished where a survey's time stamp says ``[not completed]``, where a form that holds an answer is
  marked incomplete, or where every form is.
- Missing data codes are each project's own. The letters that REDCap proposes in its list are read as what they
  stand for, and -99, -999 and -9999 as not answered where the column holds no other negative number; any other code
  is left to the survey's definition.

References
----------
REDCap, "Data Exports, Reports, and Stats", "Repeating instruments and events", "Missing Data Codes"; OuhscBbmc/REDCapR
test projects.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wellbeing.errors import InputError, Problem
from wellbeing.importers.exports import (
    ANSWER,
    CODES,
    EITHER,
    END,
    JOINED,
    LABELS,
    NOT_ANSWERED,
    NOT_APPLICABLE,
    NOT_ASKED,
    PERSONAL,
    REFUSED,
    UNFINISHED,
    UNREADABLE,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.grids import NOT_SHOWN, Grid, first_rows, grid_of
from wellbeing.importers.html_text import plain_cells, plain_text
from wellbeing.importers.options import join_chosen
from wellbeing.importers.times import iso_time

_USES = {
    "redcap_event_name": BOOKKEEPING,
    "redcap_repeat_instrument": BOOKKEEPING,
    "redcap_repeat_instance": BOOKKEEPING,
    "redcap_data_access_group": BOOKKEEPING,
    "redcap_survey_identifier": PERSONAL,
    "Event Name": BOOKKEEPING,
    "Repeat Instrument": BOOKKEEPING,
    "Repeat Instance": BOOKKEEPING,
    "Data Access Group": BOOKKEEPING,
    "Survey Identifier": PERSONAL,
}
_EVENT, _FORM, _INSTANCE = (
    ("redcap_event_name", "Event Name"),
    ("redcap_repeat_instrument", "Repeat Instrument"),
    ("redcap_repeat_instance", "Repeat Instance"),
)
#: First fields that hold nothing but a number of REDCap's; a form of the kit calls its first field ``code``.
_RECORD = frozenset({"record_id", "study_id", "subject_id", "participant_id", "record id", "study id", "subject id"})
_DICTIONARY = frozenset({"Form Name", "Field Type", "Field Label"})

_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_OPTION = re.compile(r"(?P<field>[a-z][a-z0-9_]*?)___(?P<minus>_?)(?P<code>[a-z0-9][a-z0-9_]*)")
_CHOICE = re.compile(r"(?P<field>.+?)\s*\(choice=(?P<code>.*)\)", re.DOTALL)
_TICKED, _TICKS = frozenset({"1", "1.0", "Checked"}), frozenset({"", "0", "0.0", "1", "1.0", "Checked", "Unchecked"})
_STATES = {"0": "0", "1": "1", "2": "2", "Incomplete": "0", "Unverified": "1", "Complete": "2"}
_OPEN = "[not completed]"
#: The letters of the list that REDCap proposes for a project's missing data codes.
_MISSING = {
    "NI": NOT_ANSWERED,
    "INV": UNREADABLE,
    "UNK": NOT_ANSWERED,
    "NASK": NOT_ASKED,
    "ASKU": NOT_ANSWERED,
    "NAV": NOT_ANSWERED,
    "NAVU": NOT_ANSWERED,
    "NP": NOT_ANSWERED,
    "NA": NOT_APPLICABLE,
    "MSK": REFUSED,
}
_MISSING_NUMBERS = frozenset({"-99", "-999", "-9999"})
_NEGATIVE = re.compile(r"-\d+(?:\.\d+)?")


@dataclass(frozen=True)
class _Layout:
    """Where everything stands: places of state columns, of time stamps, and of each place's own state column."""

    names: list[str]
    labelled: bool
    states: dict[int, str]
    stamps: tuple[int, ...]
    form_of: dict[int, int]


def _recognises(source: Source) -> bool:
    rows = first_rows(source, 200)
    if not rows:
        return False
    header = [plain_text(name) for name in rows[0]]
    names = set(header)
    if _is_dictionary(header) or any(name.startswith("redcap_") for name in names):
        return True
    if any(_CHOICE.fullmatch(name) for name in names):
        return True
    if {"Repeat Instrument", "Repeat Instance"} <= names or {"Event Name", "Complete?"} <= names:
        return True
    states = [at for at, name in enumerate(header) if name == "Complete?" or _is_state(name)]
    told = {row[at] for row in rows[1:] for at in states if at < len(row)} - {""}
    by_name = all(_FIELD.fullmatch(name) for name in names - {""}) or "Complete?" in names
    return bool(states) and by_name and bool(told) and told <= _STATES.keys()


def _is_dictionary(header: Iterable[str]) -> bool:
    names = set(header)
    return names >= _DICTIONARY and any(name.startswith("Variable") for name in names)


def _is_state(name: str) -> bool:
    return name.endswith("_complete") and _FIELD.fullmatch(name) is not None


def _read(source: Source) -> Export:
    if any(_is_dictionary(row) for row in first_rows(source, 1)):
        raise InputError([Problem("form_not_answers", source.file, fields={"platform": "REDCap"})])
    grid = grid_of(source)
    layout = _layout(grid)
    cells, rows = _joined(source.file, grid, layout)
    left_out = _unfinished(cells, layout)
    for at, state in layout.form_of.items():
        # The state column says whether the form was put to this record at all.
        cells[at] = [
            NOT_SHOWN if not cell.strip() and not told.strip() else cell
            for cell, told in zip(cells[at], cells[state], strict=True)
        ]
    columns = sorted(_columns(cells, layout), key=lambda column: column.place)
    return Export(
        "redcap", source.file, source.digest, tuple(columns), rows, grid.blank_rows, left_out, noticed=source.noticed
    )


def _layout(grid: Grid) -> _Layout:
    names = [plain_text(name.strip()) for name in grid.headers[0]]
    found = [{cell.strip() for cell in set(cells)} - {""} for cells in grid.columns]
    states = {
        at: name
        for at, name in enumerate(names)
        if at and (name == "Complete?" or _is_state(name)) and found[at] <= _STATES.keys()
    }
    stamps = tuple(
        at
        for at, name in enumerate(names)
        if at and (name.endswith("_timestamp") or name == "Survey Timestamp") and _are_stamps(found[at])
    )
    # REDCap writes a form's fields one after the other, and its state behind them.
    form_of: dict[int, int] = {}
    fields: list[int] = []
    for at in range(1, len(names)):
        if at in states:
            form_of |= dict.fromkeys(fields, at)
            fields = []
        elif names[at] not in _USES and at not in stamps:
            fields.append(at)
    labelled = not all(_FIELD.fullmatch(name) for name in names if name)
    return _Layout(names, labelled, states, stamps, form_of)


def _are_stamps(cells: set[str]) -> bool:
    return all(cell == _OPEN or iso_time(cell) for cell in cells)


def _joined(file: str, grid: Grid, layout: _Layout) -> tuple[list[list[str]], list[int]]:
    """Join the rows of repeating forms with their base row; see the module's text.

    Returns
    -------
    list of list of str, list of int
        Cells by column, and for each filling the row it is counted under: that of its first instance.
    """
    places = {name: at for at, name in enumerate(layout.names)}
    event, form, instance = (
        next((places[name] for name in names if name in places), None) for names in (_EVENT, _FORM, _INSTANCE)
    )
    record = next((at for at, name in enumerate(layout.names) if name not in _USES), None)
    if record is None or form is instance is event is None:
        return [list(cells) for cells in grid.columns], list(grid.rows)

    def at_row(place: int | None, at: int) -> str:
        return grid.columns[place][at].strip() if place is not None else ""

    seen: dict[tuple[str, ...], int] = {}
    bases: dict[tuple[str, str], int] = {}
    instances: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    problems = []
    for at, row in enumerate(grid.rows):
        key = (at_row(record, at), at_row(event, at), at_row(form, at), at_row(instance, at))
        if key in seen:
            problems.append(Problem("filling_twice", file, row, None, {"first": grid.rows[seen[key]]}))
            continue
        seen[key] = at
        if key[2] or key[3]:
            instances[key[0], key[1], key[3]].append(at)
        else:
            bases[key[0], key[1]] = at
    if problems:
        raise InputError(problems)
    repeated = {(record_id, event_id) for record_id, event_id, _ in instances}
    fillings: list[tuple[int, ...]] = [(at,) for key, at in bases.items() if key not in repeated]
    for (record_id, event_id, _), rows in instances.items():
        base = bases.get((record_id, event_id))
        fillings.append((*rows, base) if base is not None else tuple(rows))
    fillings.sort()
    cells = [
        [next((column[at] for at in filling if column[at].strip()), "") for filling in fillings]
        for column in grid.columns
    ]
    return cells, [grid.rows[filling[0]] for filling in fillings]


def _unfinished(cells: list[list[str]], layout: _Layout) -> Mapping[int, str]:
    fields: dict[int, list[int]] = defaultdict(list)
    for at, state in layout.form_of.items():
        fields[state].append(at)
    left_out = {}
    for record in range(len(cells[0])):
        told = {at: _STATES.get(cells[at][record].strip(), "") for at in layout.states}
        incomplete = [at for state, mark in told.items() if mark == "0" for at in fields[state]]
        begun = any(_is_answer(layout.names[at], cells[at][record]) for at in incomplete)
        open_survey = any(cells[at][record].strip() == _OPEN for at in layout.stamps)
        none_done = "0" in told.values() and not {"1", "2"} & set(told.values())
        if open_survey or none_done or begun:
            left_out[record] = UNFINISHED
    return left_out


def _is_answer(name: str, cell: str) -> bool:
    tick = _OPTION.fullmatch(name) or _CHOICE.fullmatch(name)
    return cell.strip() in _TICKED if tick else bool(cell.strip())


def _columns(cells: list[list[str]], layout: _Layout) -> list[ExportColumn]:
    columns: list[ExportColumn] = []
    options: dict[str, list[tuple[int, str]]] = defaultdict(list)
    first = next((at for at, name in enumerate(layout.names) if name not in _USES), 0)
    for at, name in enumerate(layout.names):
        option = _option(name)
        if at in layout.stamps:
            continue
        if option is not None and {cell.strip() for cell in set(cells[at])} <= _TICKS | {NOT_SHOWN}:
            options[option[0]].append((at, option[1]))
        elif name in _USES or at in layout.states or (at == first and name.casefold() in _RECORD):
            use = _USES.get(name, BOOKKEEPING)
            columns.append(ExportColumn(at, (name,), cells[at], use))
        else:
            columns.append(_answer(at, name, plain_cells(cells[at]), layout.labelled))
    for field, found in options.items():
        columns.append(_checkbox(field, found, cells, layout.labelled))
    if layout.stamps:
        columns.append(_end(cells, layout))
    return columns


def _option(name: str) -> tuple[str, str] | None:
    if found := _OPTION.fullmatch(name):
        return found["field"], ("-" if found["minus"] else "") + found["code"]
    if found := _CHOICE.fullmatch(name):
        return found["field"], found["code"]
    return None


def _answer(at: int, name: str, cells: list[str], labelled: bool) -> ExportColumn:
    filled = {cell.strip() for cell in set(cells)} - {"", NOT_SHOWN}
    # A file that was sent up leaves this mark and nothing else.
    use = BOOKKEEPING if filled and filled <= {"[document]"} else ANSWER
    missing = {NOT_SHOWN: NOT_ASKED} | {code: kind for code, kind in _MISSING.items() if code in filled}
    negative = {cell for cell in filled if _NEGATIVE.fullmatch(cell)}
    if negative <= _MISSING_NUMBERS:
        missing |= dict.fromkeys(negative, NOT_ANSWERED)
    # Under labels as headers REDCap may still write codes: that is another box to tick.
    return ExportColumn(at, (name,), cells, use, EITHER if labelled else CODES, {}, missing)


def _checkbox(field: str, found: list[tuple[int, str]], cells: list[list[str]], labelled: bool) -> ExportColumn:
    parts = [[cell.strip() for cell in cells[at]] for at, _ in found]
    joined = join_chosen([code for _, code in found], parts, lambda cell: cell in _TICKED)
    shown = [
        NOT_SHOWN if all(cell == NOT_SHOWN for cell in record) else text
        for text, record in zip(joined, zip(*parts, strict=True), strict=True)
    ]
    coding = LABELS if labelled else CODES
    return ExportColumn(found[0][0], (field,), shown, ANSWER, coding, {}, {NOT_SHOWN: NOT_ASKED}, separator=JOINED)


def _end(cells: list[list[str]], layout: _Layout) -> ExportColumn:
    """Give the time at which the last of a record's surveys was sent."""
    times = [
        max((iso_time(cell) or "" for cell in record), default="")
        for record in zip(*(cells[at] for at in layout.stamps), strict=True)
    ]
    return ExportColumn(layout.stamps[0], tuple(layout.names[at] for at in layout.stamps), times, END)


PLATFORM = Platform("redcap", _recognises, _read)
