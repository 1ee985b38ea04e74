"""问卷星 (wenjuanxing): downloads by option text and by option number, as ``.xls``, ``.xlsx`` or CSV.

A download by option number (按选项序号) holds the place of the chosen option in the form, from 1, and **not** the
answer code: 完全不会 of the PHQ-9 comes as 1 and is code 0, and 总是 of the CBI comes as 1 and is code 100. The form
must list the answers in the order of the instrument's definition, as the form made by the kit does.
"""

import re

from wellbeing.errors import InputError
from wellbeing.importers.exports import (
    ANSWER,
    END,
    LABELS,
    NOT_ANSWERED,
    NOT_ASKED,
    ORDINALS,
    PERSONAL,
    SECONDS,
    UNCLEAR,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.exports import (
    PLATFORM as BOOKKEEPING,
)
from wellbeing.importers.names import header_name
from wellbeing.importers.tables import table_of
from wellbeing.importers.times import iso_time, seconds

_NUMBER = re.compile(r"-?\d+(?:\.0+)?")
_OWN_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*_\d{1,3}")
_USES = {
    "序号": BOOKKEEPING,
    "总分": BOOKKEEPING,
    "提交答卷时间": END,
    "所用时间": SECONDS,
    "来源": PERSONAL,
    "来源详情": PERSONAL,
    "来自IP": PERSONAL,
}
_MARKS = frozenset(_USES) - {"序号", "总分"}
#: (跳过), -3: not shown because of the form's own routing; (空), -2: shown and left blank.
_MISSING = {"(跳过)": NOT_ASKED, "-3": NOT_ASKED, "(空)": NOT_ANSWERED, "-2": NOT_ANSWERED}


def _recognises(source: Source) -> bool:
    try:
        header = table_of(source).header
    except InputError:
        return False
    return len(_MARKS & {header_name(name) for name in header}) >= 2


def _read(source: Source) -> Export:
    table = table_of(source)
    uses = [_USES.get(header_name(name), ANSWER) for name in table.header]
    # Decided over the whole file, and by most of its cells: a stray text in a file of numbers, or a stray number
    # in a file of labels, is then the problem, not every other cell. Read wrongly it is in neither case.
    filled = [cell for use, cells in zip(uses, table.columns, strict=True) if use == ANSWER for cell in cells if cell]
    numbers = sum(1 for cell in filled if _NUMBER.fullmatch(cell.strip()))
    by_number = 2 * numbers > len(filled)
    columns = []
    for place, (name, use, cells) in enumerate(zip(table.header, uses, table.columns, strict=True)):
        unreadable: tuple[int, ...] = ()
        if use in (END, SECONDS):
            read = [(iso_time if use == END else seconds)(cell) for cell in cells]
            unreadable = tuple(at for at, text in enumerate(read) if text is None)
            cells = [text or "" for text in read]
        # Somebody gave the columns the kit's names: were the numbers turned into codes too?
        coding = (UNCLEAR if _OWN_NAME.fullmatch(name.strip()) else ORDINALS) if by_number else LABELS
        columns.append(ExportColumn(place, (name,), cells, use, coding, {}, _MISSING, "┋", unreadable))
    return Export("wenjuanxing", table.file, table.digest, tuple(columns), table.rows, table.blank_rows)


PLATFORM = Platform("wenjuanxing", _recognises, _read)
