"""The kit's own plain answer file: CSV or workbook with the survey's column names as headers."""

import re

from wellbeing.errors import InputError
from wellbeing.importers.exports import ANSWER, CODES, LABELS, Export, ExportColumn, Platform, Source
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.names import header_name
from wellbeing.importers.tables import table_of

_ITEM = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*_\d{1,3}")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _recognises(source: Source) -> bool:
    try:
        header = table_of(source).header
    except InputError:
        return False
    return any(_ITEM.fullmatch(name.strip()) for name in header)


def _read(source: Source) -> Export:
    table = table_of(source)
    columns = tuple(
        ExportColumn(
            place,
            (name,),
            cells,
            BOOKKEEPING if header_name(name) in ("序号", "总分") else ANSWER,
            # Under a question's wording a number may be a code or a place in some form; only a column name says which.
            CODES if _NAME.fullmatch(name.strip()) else LABELS,
            separator=";",
        )
        for place, (name, cells) in enumerate(zip(table.header, table.columns, strict=True))
    )
    return Export("plain", table.file, table.digest, columns, table.rows, table.blank_rows)


PLATFORM = Platform("plain", _recognises, _read)
