"""Microsoft Forms: the workbook that Forms writes or keeps in OneDrive, and the same saved as CSV.

- Its own columns come first: ID, Start time, Completion time, Email, Name, Last modified time, sometimes Language; in
  the language of the form's owner.
- Several answers, and a ranking, stand in one cell with a semicolon behind each of them.
- Of a Likert question every statement is a column under its own words, without the question.
- A quiz adds ``Points - question`` and ``Feedback - question`` behind each question, and totals.
- Headers hold no-break spaces and line breaks.

References
----------
Microsoft Support, "Check and share your form results" and "Check and share your quiz results".
"""

import re

from wellbeing.importers.exports import (
    ANSWER,
    CODES,
    END,
    LABELS,
    LANGUAGE,
    PERSONAL,
    START,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.fillings import filling_column
from wellbeing.importers.grids import first_rows, grid_of
from wellbeing.importers.names import is_own_name, normalise

#: The first three columns, in every language in which they are known.
_STARTS = (
    ("id", "start time", "completion time"),
    ("id", "开始时间", "完成时间"),
    ("序号", "开始时间", "完成时间"),
    ("识别码", "开始时间", "完成时间"),
    ("id", "開始時間", "完成時間"),
    ("識別碼", "開始時間", "完成時間"),
    ("id", "startzeit", "fertigstellungszeit"),
    ("id", "heure de début", "heure de fin"),
    ("id", "hora de inicio", "hora de finalización"),
)
_USES = {
    "email": PERSONAL,
    "电子邮件": PERSONAL,
    "電子郵件": PERSONAL,
    "e-mail": PERSONAL,
    "name": PERSONAL,
    "姓名": PERSONAL,
    "名称": PERSONAL,
    "名稱": PERSONAL,
    "last modified time": BOOKKEEPING,
    "上次修改时间": BOOKKEEPING,
    "上次修改時間": BOOKKEEPING,
    "language": LANGUAGE,
    "语言": LANGUAGE,
    "語言": LANGUAGE,
    "total points": BOOKKEEPING,
    "总分": BOOKKEEPING,
    "总点数": BOOKKEEPING,
    "quiz feedback": BOOKKEEPING,
    "测验反馈": BOOKKEEPING,
    "grade posted time": BOOKKEEPING,
    "成绩发布时间": BOOKKEEPING,
}
#: Before a question's own header, where points or a remark to its answer follow.
_ABOUT = re.compile(r"(?:points|feedback|分数|得分|点数|反馈|點數|意見反應)\s*[-\u2013]\s*(.+)", re.IGNORECASE)


def _recognises(source: Source) -> bool:
    top = next(iter(first_rows(source, 1)), [])
    return tuple(normalise(name).lower() for name in top[:3]) in _STARTS


def _read(source: Source) -> Export:
    grid = grid_of(source)
    header = grid.headers[0]
    bare = [normalise(name).lower() for name in header]
    before = [BOOKKEEPING, START, END] if tuple(bare[:3]) in _STARTS else []
    questions: set[str] = set()
    columns = []
    for place, (name, cells) in enumerate(zip(header, grid.columns, strict=True)):
        about = _ABOUT.fullmatch(bare[place])
        if place < len(before):
            use = before[place]
        elif about and about[1] in questions:
            use = BOOKKEEPING
        else:
            use = _USES.get(bare[place], ANSWER)
        if use != ANSWER:
            columns.append(filling_column(place, (name,), cells, use))
            continue
        questions.add(bare[place])
        coding = CODES if is_own_name(name) else LABELS
        columns.append(ExportColumn(place, (name,), cells, coding=coding, separator=";"))
    return Export("microsoft", source.file, source.digest, tuple(columns), grid.rows, grid.blank_rows)


PLATFORM = Platform("microsoft", _recognises, _read)
