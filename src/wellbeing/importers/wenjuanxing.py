"""问卷星 (wenjuanxing): downloads by option text and by option number, as ``.xls``, ``.xlsx`` or CSV.

A download by option number (按选项序号) holds the place of the chosen option in the form, from 1, and **not** the
answer code: 完全不会 of the PHQ-9 comes as 1 and is code 0, and 总是 of the CBI comes as 1 and is code 100. The form
must list the answers in the order of the instrument's definition, as the form made by the kit does. A download by
points (按分数) holds whatever points the form's author gave; it cannot be told from one by number as long as every
answer lies between 1 and the number of options, so the form must not be exported so.

- A matrix question's first row is headed ``7、stem—row``, the rows below it ``7、row`` only.
- Several answers stand in one cell, ``┋`` between them; of a ranking ``→``. What was typed behind an option stands in
  ``〖…〗``.
- Older downloads by number have a column an option instead, headed ``第3题(option)`` with 1 and 0, or with ranks; so
  are a matrix question's rows headed in them. Their questions go by ``第3题``, for the stem is not in the file.
- ``(跳过)``, or ``-3`` by number, is a question that the form's routing did not show; ``(空)``, or ``-2``, one that
  was left blank.
"""

import re
from collections import Counter
from dataclasses import replace
from itertools import groupby

from wellbeing.importers.exports import (
    ANSWER,
    END,
    JOINED,
    LABELS,
    NOT_ANSWERED,
    NOT_ASKED,
    ORDINALS,
    PERSONAL,
    SECONDS,
    START,
    UNCLEAR,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.fillings import filling_column
from wellbeing.importers.grids import first_rows, grid_of
from wellbeing.importers.names import header_name, is_item_name
from wellbeing.importers.spread import Part, whole_or_parts

_NUMBER = re.compile(r"-?\d+(?:\.0+)?")
#: By number, several options have several numbers.
_NUMBERS = re.compile(r"-?\d+(?:\.0+)?(?:[┋→]\d+)*")
_QUESTION = re.compile(r"\s*(\d{1,3})\s*[、.．]\s*(.*)", re.DOTALL)
_PART = re.compile(r"\s*(第\d{1,3}题)\s*[(（](.+)[)）]\s*", re.DOTALL)
#: Between a matrix question's stem and its row.
_ROW_MARK = re.compile(r"[\u2014\u2015]+")
_USES = {
    "序号": BOOKKEEPING,
    "总分": BOOKKEEPING,
    "开始答题时间": START,
    "提交答卷时间": END,
    "所用时间": SECONDS,
    "来源": PERSONAL,
    "来源详情": PERSONAL,
    "来自IP": PERSONAL,
}
_MARKS = frozenset(_USES) - {"序号", "总分"}
_MISSING = {
    **dict.fromkeys(("(跳过)", "（跳过）", "-3"), NOT_ASKED),
    **dict.fromkeys(("(空)", "（空）", "-2"), NOT_ANSWERED),
}


def _recognises(source: Source) -> bool:
    return len(_MARKS & {header_name(name) for name in next(iter(first_rows(source, 1)), [])}) >= 2


def _read(source: Source) -> Export:
    grid = grid_of(source)
    header = grid.headers[0]
    uses = [_USES.get(header_name(name), ANSWER) for name in header]
    distinct = [Counter(cells) for cells in grid.columns]
    # Decided over the whole file, and by most of its cells: a stray text in a file of numbers, or a stray number
    # in a file of labels, is then the problem, not every other cell. Read wrongly it is in neither case.
    answers = sum((counts for use, counts in zip(uses, distinct, strict=True) if use == ANSWER), Counter[str]())
    del answers[""]
    by_number = 2 * sum(n for cell, n in answers.items() if _NUMBERS.fullmatch(cell.strip())) > answers.total()
    columns: list[ExportColumn] = []
    stem: tuple[str, str] | None = None
    for question, places in groupby(range(len(header)), lambda place: _spread(header[place], uses[place], place)):
        group = list(places)
        for place in group:
            name, cells = header[place], grid.columns[place]
            if uses[place] != ANSWER:
                columns.append(filling_column(place, (name,), cells, uses[place]))
                continue
            names, stem = _names(name, stem)
            # Somebody gave the columns the kit's names: were the numbers turned into codes too?
            coding = (UNCLEAR if is_item_name(name) else ORDINALS) if by_number else LABELS
            marks = {mark for cell in distinct[place] for mark in "→┋" if mark in cell}
            separator = "→" if marks == {"→"} else "┋"
            columns.append(ExportColumn(place, names, cells, coding=coding, missing=_MISSING, separator=separator))
        if len(group) > 1:
            columns[-len(group) :] = _whole(str(question), columns[-len(group) :])
    return Export("wenjuanxing", source.file, source.digest, tuple(columns), grid.rows, grid.blank_rows)


def _spread(header: str, use: str, place: int) -> str | int:
    """Give what the columns of one question have in common where it has several; any other column stands alone."""
    found = _PART.fullmatch(header) if use == ANSWER else None
    return found[1] if found else place


def _whole(question: str, rows: list[ExportColumn]) -> list[ExportColumn]:
    """Give a question that has a column an option as a whole, or a matrix question's rows as they are."""
    # Whether an option was ticked is told without the marks of what was skipped.
    parts = [
        Part(row.place, row.names[-1], ["" if cell.strip() in _MISSING else cell for cell in row.cells], row.names)
        for row in rows
    ]
    found = whole_or_parts((question,), parts, rows[0].coding, lambda cell, label: cell == label)
    if found[0].separator != JOINED:
        return rows
    records = zip(*(row.cells for row in rows), strict=True)
    marks = (next((cell for cell in map(str.strip, record) if cell in _MISSING), "") for record in records)
    cells = [chosen or mark for chosen, mark in zip(found[0].cells, marks, strict=True)]
    whole = replace(found[0], cells=cells, missing=_MISSING)
    return [whole, *(replace(row, also_in=whole.place) for row in rows)]


def _names(header: str, stem: tuple[str, str] | None) -> tuple[tuple[str, ...], tuple[str, str] | None]:
    """Give a column's names, and the number and stem that the rows below it belong to."""
    part = _PART.fullmatch(header)
    if part:
        return (header, part[2].strip()), None
    found = _QUESTION.fullmatch(header)
    if not found:
        return (header,), None
    number, text = found.groups()
    parts = _ROW_MARK.split(text, maxsplit=1)
    if len(parts) == 2 and all(map(str.strip, parts)):
        return (header, parts[1].strip()), (number, parts[0].strip())
    if stem and stem[0] == number:
        return (header, f"{number}、{stem[1]}—{text.strip()}"), stem
    return (header,), None


PLATFORM = Platform("wenjuanxing", _recognises, _read)
