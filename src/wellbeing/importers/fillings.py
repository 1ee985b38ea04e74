"""Columns in which a platform tells about the filling: when it began and ended, how long it took, in which language."""

import re
import unicodedata

from wellbeing.importers.exports import END, LANGUAGE, SECONDS, START, ExportColumn
from wellbeing.importers.languages import language_code
from wellbeing.importers.times import read_seconds, read_times

#: Languages by the names under which platforms show them, in their first letters; regions are not told apart.
_NAMED = {
    "english": "en",
    "英语": "en",
    "英文": "en",
    "简体中文": "zh-CN",
    "中文(简体": "zh-CN",
    "chinese(simplified": "zh-CN",
    "中文(中国": "zh-CN",
    "繁体中文": "zh-TW",
    "繁體中文": "zh-TW",
    "chinese(traditional": "zh-TW",
    "中文": "zh",
    "汉语": "zh",
    "chinese": "zh",
}


def filling_column(place: int, names: tuple[str, ...], cells: list[str], use: str) -> ExportColumn:
    """Make a column of times, durations or languages as the contract wants it; any other use is left as it is."""
    unreadable: tuple[int, ...] = ()
    if use in (START, END):
        cells, unreadable = read_times(cells)
    elif use == SECONDS:
        cells, unreadable = read_seconds(cells)
    elif use == LANGUAGE:
        read = {cell: _language(cell) for cell in set(cells)}
        unreadable = tuple(at for at, cell in enumerate(cells) if read[cell] is None)
        cells = [read[cell] or "" for cell in cells]
    return ExportColumn(place, names, cells, use, unreadable=unreadable)


def _language(cell: str) -> str | None:
    name = "".join(mark for mark in unicodedata.normalize("NFKC", cell) if mark.isprintable())
    name = re.sub(r"\s", "", name).lower()
    return next((code for begin, code in _NAMED.items() if name.startswith(begin)), language_code(cell))
