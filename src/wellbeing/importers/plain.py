"""The kit's own plain answer file, and any other table with a header: the survey's column names or questions.

Whatever no platform's module knows is read as this one, so a column may bear any name. Also known are the columns of
问卷网 (``seq``, ``start``, ``finish``, ``time_used`` ...), whose coded export is such a table.
"""

from wellbeing.importers.exports import (
    ANSWER,
    CODES,
    END,
    LABELS,
    LANGUAGE,
    PERSONAL,
    SECONDS,
    START,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.fillings import filling_column
from wellbeing.importers.grids import first_rows, grid_of
from wellbeing.importers.names import header_name, is_item_name, is_own_name

_USES = {
    "submitted": END,
    "seconds": SECONDS,
    "lang": LANGUAGE,
    "序号": BOOKKEEPING,
    "总分": BOOKKEEPING,
}
#: The columns of 问卷网, which mean this only where the first four stand together.
_MARKS = frozenset({"seq", "start", "finish", "time_used"})
_WENJUAN = {
    "seq": BOOKKEEPING,
    "start": START,
    "finish": END,
    "time_used": SECONDS,
    "source": PERSONAL,
    "ip_province": PERSONAL,
    "ip_city": PERSONAL,
    "ip": PERSONAL,
    "browser": PERSONAL,
    "os": PERSONAL,
}
#: Between several answers in one cell of the kit's own file.
_SEPARATOR = ";"


def _recognises(source: Source) -> bool:
    return any(map(is_item_name, next(iter(first_rows(source, 1)), [])))


def _read(source: Source) -> Export:
    grid = grid_of(source)
    uses = _USES | (_WENJUAN if {header_name(name) for name in grid.headers[0]} >= _MARKS else {})
    columns = []
    for place, (name, cells) in enumerate(zip(grid.headers[0], grid.columns, strict=True)):
        use = uses.get(header_name(name), ANSWER)
        # Under a question's wording a number may be a code or a place in some form; only a column name says which.
        coding = CODES if is_own_name(name) else LABELS
        columns.append(
            ExportColumn(place, (name,), cells, coding=coding, separator=_SEPARATOR)
            if use == ANSWER
            else filling_column(place, (name,), cells, use)
        )
    return Export("plain", source.file, source.digest, tuple(columns), grid.rows, grid.blank_rows)


PLATFORM = Platform("plain", _recognises, _read)
