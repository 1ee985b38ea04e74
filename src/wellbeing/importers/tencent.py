"""腾讯问卷 (Tencent survey): CSV and workbook, by option text and by option number.

Its own columns stand before and after the questions: 编号, 开始答题时间, 结束答题时间, 答题时长 (seconds), and who
and where the person is (地理位置省, IP, UA, 用户标识, 昵称, 自定义字段 ...). Questions are headed ``1.question``.
Lines end with a comma, which makes a last column of nothing.

- By text, an option's letter stands before it: ``A.完全不会``. It is taken off where all filled cells of a column have
  one, always the same for the same label; otherwise it belongs to the label.
- Several answers have a column an option, ``21.question:option``, with the option again where it was chosen. The rows
  of a matrix are headed the same way, with the chosen column's label in the cell.
- Blanks to fill in are headed ``3.question_填空1``.
- By number, an option is its place in the form, from 1.

References
----------
Exports in public repositories, as far as their readers show the layout; 腾讯问卷 does not document it.
"""

import re
from itertools import groupby

from wellbeing.importers.exports import (
    ANSWER,
    END,
    LANGUAGE,
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
from wellbeing.importers.names import is_item_name, normalise
from wellbeing.importers.spread import Part, by_number, coding_of, whole_or_parts

_USES = {
    "编号": BOOKKEEPING,
    "开始答题时间": START,
    "结束答题时间": END,
    "答题时长": SECONDS,
    "语言": LANGUAGE,
    "清洗数据结果": BOOKKEEPING,
    "智能清洗数据无效概率": BOOKKEEPING,
    "得分": BOOKKEEPING,
    "总分": BOOKKEEPING,
    "中奖时间": BOOKKEEPING,
    "中奖金额": BOOKKEEPING,
    "审核状态": BOOKKEEPING,
    "地理位置国家和地区": PERSONAL,
    "地理位置省": PERSONAL,
    "地理位置市": PERSONAL,
    "用户类型": PERSONAL,
    "用户标识": PERSONAL,
    "昵称": PERSONAL,
    "头像": PERSONAL,
    "自定义字段": PERSONAL,
    "IP": PERSONAL,
    "UA": PERSONAL,
    "Referrer": PERSONAL,
}
#: No other platform has two of these.
_MARKS = frozenset({"开始答题时间", "结束答题时间", "答题时长", "清洗数据结果", "地理位置国家和地区"})
_QUESTION = re.compile(r"(\d{1,3})\.\s*(.+)", re.DOTALL)
_BLANK = re.compile(r"(.+)_填空(\d{1,2})", re.DOTALL)
_LETTERED = re.compile(r"([A-Z]{1,2})[.．、]\s*(.+)", re.DOTALL)


def _recognises(source: Source) -> bool:
    return len(_MARKS & {normalise(name) for name in next(iter(first_rows(source, 1)), [])}) >= 2


def _read(source: Source) -> Export:
    grid = grid_of(source)
    header = [name.strip() for name in grid.headers[0]]
    uses = [_USES.get(normalise(name), ANSWER) for name in header]
    answers = [
        _without_letters(cells) if use == ANSWER else cells for use, cells in zip(uses, grid.columns, strict=True)
    ]
    coding = coding_of(by_number([cells for use, cells in zip(uses, answers, strict=True) if use == ANSWER]))
    columns = []
    for number, places in groupby(range(len(header)), lambda place: _number(header[place], uses[place], place)):
        group = list(places)
        stem = _stem([header[place] for place in group]) if isinstance(number, str) else ""
        if len(group) > 1 and stem:
            columns += whole_or_parts((stem,), [_part(place, header, stem, answers) for place in group], coding, _ticks)
            continue
        for place in group:
            columns.append(
                ExportColumn(place, _names(header[place]), answers[place], coding=_coding(header[place], coding))
                if uses[place] == ANSWER
                else filling_column(place, (header[place],), answers[place], uses[place])
            )
    return Export("tencent", source.file, source.digest, tuple(columns), grid.rows, grid.blank_rows)


def _number(header: str, use: str, place: int) -> str | int:
    """Give what a question's columns have in common: its number; any other column stands alone."""
    found = _QUESTION.fullmatch(header) if use == ANSWER and not _BLANK.fullmatch(header) else None
    return found[1] if found else place


def _stem(headers: list[str]) -> str:
    """Find what stands before the options: as much as all headers begin with, up to a colon."""
    first, last = min(headers), max(headers)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[: first.rfind(":", 0, same)] if ":" in first[:same] else ""


def _part(place: int, header: list[str], stem: str, answers: list[list[str]]) -> Part:
    label = header[place][len(stem) + 1 :].strip()
    found = _LETTERED.fullmatch(label)
    label = found[2] if found else label
    question = _QUESTION.fullmatch(stem)
    bare = question[2] if question else stem
    return Part(place, label, answers[place], (header[place], f"{bare} - {label}", label))


def _coding(header: str, coding: str) -> str:
    # Somebody gave the column a name of the kit's: were the numbers turned into codes too?
    return UNCLEAR if coding == ORDINALS and is_item_name(header) else coding


def _names(header: str) -> tuple[str, ...]:
    blank = _BLANK.fullmatch(header)
    # The first blank of a question is the question where it has no other.
    return (header, blank[1]) if blank and blank[2] == "1" else (header,)


def _ticks(cell: str, label: str) -> bool:
    found = _LETTERED.fullmatch(cell)
    return normalise(found[2] if found else cell) == normalise(label)


def _without_letters(cells: list[str]) -> list[str]:
    """Take the letters of options off, where every filled cell has one and it belongs to one label."""
    found = {cell: _LETTERED.fullmatch(cell.strip()) for cell in set(cells) if cell.strip()}
    pairs = {(match[1], match[2]) for match in found.values() if match}
    one_to_one = len(pairs) == len({letter for letter, _ in pairs}) == len({label for _, label in pairs})
    if not found or not all(found.values()) or not one_to_one:
        return cells
    labels = {cell: match[2] for cell, match in found.items() if match}
    return [labels.get(cell, cell) for cell in cells]


PLATFORM = Platform("tencent", _recognises, _read)
