"""Google Forms: the answers in Google Sheets saved as CSV or workbook, and the form's own CSV download.

- The first column is the time, in the language and the style of the sheet's owner; see `wellbeing.importers.times` for
  what becomes of days that could be months.
- A grid question's rows are headed ``question [row]``.
- Several answers stand in one cell, with a comma and a blank between them in a sheet and a semicolon in the form's own
  download. Options may hold commas themselves; which they are only the survey's definition can tell.
- A quiz has ``Score``, and for each question ``question [Score]`` and ``question [Feedback]``.
- Numbers under a question's wording may be a linear scale's, which begins with 0 or 1 as its author liked: they are
  not taken for codes unless the header is one of the kit's own names.

References
----------
Google Docs Editors Help, "View and manage form responses".
"""

import re

from wellbeing.importers.exports import (
    ANSWER,
    CODES,
    END,
    LABELS,
    PERSONAL,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.fillings import filling_column
from wellbeing.importers.grids import first_rows, grid_of
from wellbeing.importers.names import is_own_name, normalise

_TIMES = frozenset(
    {
        "timestamp",
        "时间戳记",
        "时间戳",
        "時間戳記",
        "タイムスタンプ",
        "타임스탬프",
        "zeitstempel",
        "horodateur",
        "marca temporal",
        "carimbo de data/hora",
        "informazioni cronologiche",
        "tijdstempel",
        "отметка времени",
        "sygnatura czasowa",
        "zaman damgası",
        "dấu thời gian",
    }
)
_PERSONAL = frozenset(
    {"username", "email address", "email", "用户名", "电子邮件地址", "电子邮箱地址", "使用者名稱", "電子郵件地址"}
)
_SCORES = frozenset({"score", "得分", "分数", "分數", "总分", "總分"})
_FEEDBACK = frozenset({"score", "feedback", "得分", "分数", "分數", "反馈", "意見回饋", "回饋"})
_POINTS = re.compile(r"\d+(?:\.\d+)? / \d+(?:\.\d+)?")
_ROW = re.compile(r"(.+?)\s*\[([^\[\]]+)\]\s*", re.DOTALL)
#: The form's own download writes its times so, and no sheet does.
_OWN_DOWNLOAD = re.compile(r"\d{4}/\d{2}/\d{2} \d{1,2}:\d{2}:\d{2} (?:[AP]M|上午|下午) \S+")
#: So many times are enough to know the column by.
_LOOK = 20


def _recognises(source: Source) -> bool:
    top = first_rows(source, _LOOK + 1)
    if len(top) < 2 or not top[0] or normalise(top[0][0]).lower() not in _TIMES:
        return False
    times = [cells[0] for cells in top[1:] if cells and cells[0]]
    # A day that could be a month is a time nevertheless.
    return bool(times) and all(re.search(r"\d.*\d.*\d", time) and ":" in time for time in times)


def _read(source: Source) -> Export:
    grid = grid_of(source)
    header, cells = grid.headers[0], grid.columns
    own_download = any(_OWN_DOWNLOAD.fullmatch(cell.strip()) for cell in cells[0])
    quiz = any(_is_score(name, column) for name, column in zip(header, cells, strict=True))
    columns = []
    for place, (name, column) in enumerate(zip(header, cells, strict=True)):
        use = _use(place, name, column, quiz)
        if use != ANSWER:
            columns.append(filling_column(place, (name,), column, use))
            continue
        coding = CODES if is_own_name(name) else LABELS
        separator = ";" if own_download else ", "
        columns.append(ExportColumn(place, _names(name), column, coding=coding, separator=separator))
    return Export("google", source.file, source.digest, tuple(columns), grid.rows, grid.blank_rows)


def _use(place: int, name: str, cells: list[str], quiz: bool) -> str:
    if place == 0:
        return END
    bare = normalise(name).lower()
    row = _ROW.fullmatch(name)
    if bare in _PERSONAL:
        return PERSONAL
    if _is_score(name, cells) or (quiz and row and normalise(row[2]).lower() in _FEEDBACK):
        return BOOKKEEPING
    return ANSWER


def _is_score(name: str, cells: list[str]) -> bool:
    filled = {cell.strip() for cell in cells} - {""}
    return normalise(name).lower() in _SCORES and bool(filled) and all(map(_POINTS.fullmatch, filled))


def _names(header: str) -> tuple[str, ...]:
    row = _ROW.fullmatch(header)
    return (header, f"{row[1]} - {row[2]}", row[2]) if row else (header,)


PLATFORM = Platform("google", _recognises, _read)
