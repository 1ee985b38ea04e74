"""SurveyMonkey: "all responses" as CSV or workbook, expanded or condensed, with the answers' texts or their numbers.

- Two header rows. Where a question's cell in the first is empty, the column goes on with the question before it; the
  second row has the option, the matrix row, or ``Response``, ``Open-Ended Response``, ``Other (please specify)``.
- An option's text is its tick. Condensed, a question with several answers has one column, and they are joined by
  commas.
- Ranks are numbers, a column an option.
- By number, an answer is its place among the options, or the weight that the form's author gave it; the file does not
  tell which, so most of its answers being numbers makes them unclear.
- Ids are longer than 32 bits.

References
----------
SurveyMonkey Help Center, "Exporting all responses data".
"""

import re

from wellbeing.importers.exports import (
    ANSWER,
    END,
    LABELS,
    PERSONAL,
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
from wellbeing.importers.names import normalise
from wellbeing.importers.spread import Part, by_number, whole_or_parts

_USES = {
    "respondent id": BOOKKEEPING,
    "respondentid": BOOKKEEPING,
    "collector id": BOOKKEEPING,
    "collectorid": BOOKKEEPING,
    "date created": START,
    "start date": START,
    "startdate": START,
    "date modified": END,
    "end date": END,
    "enddate": END,
    "ip address": PERSONAL,
    "email address": PERSONAL,
    "first name": PERSONAL,
    "firstname": PERSONAL,
    "last name": PERSONAL,
    "lastname": PERSONAL,
    **dict.fromkeys(("受访者id", "回复者id", "答复者id", "应答者id", "收集器id"), BOOKKEEPING),
    **dict.fromkeys(("创建日期", "开始日期"), START),
    **dict.fromkeys(("修改日期", "结束日期"), END),
    **dict.fromkeys(("ip地址", "电子邮件地址", "名字", "名", "姓氏", "姓"), PERSONAL),
}
#: Whatever its author passed along with the link; mostly who the person is.
_CUSTOM = re.compile(r"custom ?data.*|custom \d+|自定义数据.*", re.DOTALL)
_RESPONDENT = frozenset({"respondent id", "respondentid", "受访者id", "回复者id", "答复者id", "应答者id"})
#: The second row's word for the one answer of a question; the first of a question's columns may be headed so.
_ANSWER = frozenset(
    {"", "response", "open-ended response", "回覆", "回复", "答复", "开放式回复", "開放式回覆", "回答", "开放式回答"}
)
_OTHER = ("other (", "其他")
_SEPARATOR = ", "


def _recognises(source: Source) -> bool:
    top = first_rows(source, 2)
    return len(top) == 2 and _own_name(top[0][0]) in _RESPONDENT and not top[1][0] and any(top[1])


def _read(source: Source) -> Export:
    grid = grid_of(source, 2)
    first, second = ([cell.strip() for cell in row] for row in grid.headers)
    groups: list[list[int]] = []
    for place, name in enumerate(first):
        if name or not groups:
            groups.append([])
        groups[-1].append(place)
    columns: list[ExportColumn] = []
    for group in groups:
        stem = first[group[0]]
        use = _use(stem) if len(group) == 1 else ANSWER
        columns += (
            _question(stem, group, second, grid.columns)
            if use == ANSWER
            else [filling_column(group[0], (stem,), grid.columns[group[0]], use)]
        )
    return Export("surveymonkey", source.file, source.digest, tuple(columns), grid.rows, grid.blank_rows)


def _own_name(header: str) -> str:
    # Some exports write their own columns as variables: respondent_id.
    return normalise(header.replace("_", " ")).lower()


def _use(header: str) -> str:
    bare = _own_name(header)
    return PERSONAL if _CUSTOM.fullmatch(bare) else _USES.get(bare, ANSWER)


def _question(stem: str, group: list[int], second: list[str], cells: tuple[list[str], ...]) -> list[ExportColumn]:
    coding = UNCLEAR if by_number([cells[place] for place in group]) else LABELS
    answers = [place for place in group if normalise(second[place]).lower() in _ANSWER]
    texts = [place for place in group if place not in answers and second[place].lower().startswith(_OTHER)]
    ticked = [place for place in texts if {cell.strip() for cell in cells[place]} <= {"", second[place]}]
    parts = [place for place in group if place not in answers and (place not in texts or place in ticked)]
    found = [ExportColumn(place, (stem,), cells[place], coding=coding, separator=_SEPARATOR) for place in answers]
    if len(parts) > 1:
        rows = [Part(p, second[p], cells[p], (f"{stem} - {second[p]}", second[p])) for p in parts]
        found += whole_or_parts((stem,), rows, coding, lambda cell, label: normalise(cell) == normalise(label))
    elif parts:
        # The one column of a question whose second row has a text of its own: a matrix of one row.
        names = (f"{stem} - {second[parts[0]]}", second[parts[0]], stem)
        found.append(ExportColumn(parts[0], names, cells[parts[0]], coding=coding, separator=_SEPARATOR))
    found += [
        ExportColumn(place, (f"{stem} - {second[place]}",), cells[place]) for place in texts if place not in ticked
    ]
    return sorted(found, key=lambda column: column.place)


PLATFORM = Platform("surveymonkey", _recognises, _read)
