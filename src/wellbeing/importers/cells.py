"""Turn a matched export's cells into answers and kinds of missing answer, each different cell read once."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wellbeing.importers.exports import MISSING_KINDS, NOT_ANSWERED, ORDINALS, UNCLEAR, UNFINISHED, Export
from wellbeing.importers.findings import NOTICE, STOP, Finding, finding
from wellbeing.importers.matching import Matched
from wellbeing.importers.meanings import WRONG, Absent, Masked, Meaning, meaning_of
from wellbeing.importers.names import normalise, shown
from wellbeing.surveys import Roster, Survey
from wellbeing.texts import say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})
_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?.*|\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}月\d{1,2}日", re.DOTALL)
_CODE_NUMBER = re.compile(r"-?\d+")
_ANSWERS = frozenset({"not_an_ordinal", "unknown_code", "not_a_label", "not_an_option", "not_a_number"})
_CONSENTS = ("consent_statistics", "consent_contact")


@dataclass
class Read:
    """All records of an export, read.

    Attributes
    ----------
    columns : dict of array, shape (n_records,)
        Column of the survey to its values as objects; None where there is none.
    kinds : dict of array of int8, shape (n_records,)
        Column of an item or a question to the place in `MISSING_KINDS`; -1 where there is an answer.
    row_faults : dict of str to array of bool
        Rule to the records that it sets aside: ``unknown_school``, ``bad_code``.
    unused : array of bool, shape (n_records,)
        Records that are no filling, or consent to nothing: nothing that stands in them counts or stops anything.
    masked : int
        Marks put into free texts.
    findings : list of Finding
    """

    columns: "dict[str, NDArray[np.object_]]" = field(default_factory=dict)
    kinds: "dict[str, NDArray[np.int8]]" = field(default_factory=dict)
    row_faults: "dict[str, NDArray[np.bool_]]" = field(default_factory=dict)
    unused: "NDArray[np.bool_]" = field(init=False)
    masked: int = 0
    findings: list[Finding] = field(default_factory=list)


def read_cells(export: Export, matched: Matched, survey: Survey, roster: Roster) -> Read:
    """Read every matched column. A cell is never repeated in a finding."""
    import numpy as np

    read = Read()
    # Consents first: what stands in a record that nobody may use is not looked at.
    read.unused = _left_out(export)
    item_columns = {item.column for item in survey.items}
    unclear_columns = _unclear(matched, survey)
    for name in sorted(matched.columns, key=lambda name: name not in _CONSENTS):
        column = matched.columns[name]
        if name in unclear_columns:
            continue
        _read_column(read, export, name, matched, meaning_of(name, column, survey, roster))
        if name == _CONSENTS[-1] or (name in _CONSENTS and _CONSENTS[-1] not in matched.columns):
            agreed = [read.columns[consent] == "yes" for consent in _CONSENTS if consent in read.columns]
            unsure = [read.columns[consent] == WRONG for consent in _CONSENTS if consent in read.columns]
            read.unused |= ~np.logical_or.reduce([*agreed, *unsure])
    if any(column.coding == ORDINALS for name, column in matched.columns.items() if name in item_columns):
        read.findings.append(finding(NOTICE, "read_by_place", export.file))
    if unclear_columns:
        # Said alone: of each number that is no option it would be told again, with advice that leads astray.
        told = [each for each in read.findings if each.problem.what not in _ANSWERS]
        read.findings = [finding(STOP, "numbers_unclear", export.file), *told]
    answers = item_columns | {question.id for question in survey.own_questions}
    read.kinds = {name: kinds for name, kinds in read.kinds.items() if name in answers}
    return read


def _unclear(matched: Matched, survey: Survey) -> set[str]:
    """Name the columns whose numbers may be codes as well as places among the options.

    A number that was typed is itself, however other questions come; one out of a row of digits is its own label in a
    file of labels. Nobody can say so where it is the only question of instruments.
    """
    items = {item.column: item for item in survey.items if item.column in matched.columns}
    labelled = any(matched.columns[name].coding != UNCLEAR for name in items)
    options = {question.id: question.options for question in survey.own_questions if question.kind == "choice"}
    found = set()
    for name, column in matched.columns.items():
        if column.coding != UNCLEAR:
            continue
        if name in items:
            typed = items[name].limits is not None and (labelled or not items[name].answers)
            found |= set() if typed else {name}
        elif any(_CODE_NUMBER.fullmatch(option.code) for option in options.get(name, ())):
            found.add(name)
    return found


def _left_out(export: Export) -> "NDArray[np.bool_]":
    import numpy as np

    unused = np.zeros(len(export.rows), dtype=bool)
    # An unfinished filling of somebody who agreed is used: who stopped half-way may be who needs somebody most.
    unused[[record for record, reason in export.left_out.items() if reason != UNFINISHED]] = True
    return unused


def _read_column(read: Read, export: Export, name: str, matched: Matched, meaning: Meaning) -> None:
    import numpy as np
    import pandas as pd

    column = matched.columns[name]
    places, cells = pd.factorize(np.array(column.cells, dtype=object))
    different = {cell: place for place, cell in enumerate(cells)}
    values = np.empty(len(different), dtype=object)
    kinds = np.full(len(different), -1, dtype=np.int8)
    counts = np.bincount(places, minlength=len(different))
    for cell, place in different.items():
        value = meaning.of(cell) if cell.strip() and normalise(cell) else Absent(column.missing.get("", NOT_ANSWERED))
        if isinstance(value, Absent):
            kinds[place] = MISSING_KINDS.index(value.kind)
            value = None
        elif isinstance(value, Masked):
            read.masked += value.count * int(counts[place])
            value = value.text
        values[place] = value
    wrong = np.array([value is WRONG for value in values])
    header = shown(column.names[0], column.place)
    if wrong.any():
        _tell_wrong(read, export, places, wrong, list(different), header, meaning)
        if meaning.of_row:
            read.row_faults[meaning.wrong] = wrong[places] & ~read.unused
        if meaning.harmless or meaning.of_row:
            values[wrong] = None
    if column.unreadable:
        rows = [export.rows[record] for record in column.unreadable]
        read.findings.append(finding(NOTICE, "unreadable_cells", export.file, rows, header, count=len(rows)))
    read.columns[name] = values[places]
    read.kinds[name] = kinds[places]


def _tell_wrong(
    read: Read,
    export: Export,
    places: "NDArray[np.intp]",
    wrong: "NDArray[np.bool_]",
    cells: list[str],
    header: str,
    meaning: Meaning,
) -> None:
    """Make one finding of each different wrong cell that is used: its first row, and how often it comes again."""
    import numpy as np

    if meaning.of_row:
        return
    used = np.flatnonzero(wrong[places] & ~read.unused)
    by_cell: dict[int, list[int]] = {}
    for record in used:
        by_cell.setdefault(int(places[record]), []).append(export.rows[record])
    for place, rows in by_cell.items():
        text = normalise(cells[place])
        what = meaning.wrong
        if text in _ERRORS:
            what = "formula_error"
        elif what in _ANSWERS and _DATE.fullmatch(text):
            what = "date_for_answer"
        severity = NOTICE if meaning.harmless else STOP
        read.findings.append(
            finding(severity, what, export.file, rows, header, **meaning.fields, again=again(rows[1:]))
        )


def again(rows: list[int]) -> str:
    """Say in which further rows the same stands, a few of them; nothing if there are none."""
    if not rows:
        return ""
    key = "importing.again" if len(rows) <= 5 else "importing.again_and_more"
    return say(key, rows=", ".join(map(str, rows[:5])), count=len(rows))
