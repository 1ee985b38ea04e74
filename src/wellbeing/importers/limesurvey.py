"""LimeSurvey: results as CSV or workbook, the export for R, and the VV file.

Whoever exports chooses what stands in the header (question code, question text, or code and text with a separator)
and in the cells (answer code or full answer), one without the other. All of them are read, and told apart by the
names that LimeSurvey gives its own columns: by code in every language, by text in English and in Simplified Chinese.

- An array's column is ``code[row]``, or ``code_row`` as the R export and "expression manager code" have it; its text
  is ``question [row]``, of a dual scale ``question [row][scale]``.
- A multiple choice has a column an option (``Y`` and blank, ``Yes``/``No``/``N/A``, or ``1`` and ``0``), a ranking a
  column a rank. Nothing in the file tells it from an array that was answered so; therefore the whole question and its
  parts are both offered, and the survey's definition decides.
- ``N/A`` and ``{question_not_shown}`` mean that the question was not displayed.
- A record without a date of submission was not finished. Where times are not kept, that date is the first of 1980.

References
----------
LimeSurvey, ``application/helpers/admin/export/`` (Writer, SurveyObj) and ``Export::vvexport``; LimeSurvey manual,
"Exporting results" and "Tab Separated Value survey structure".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wellbeing.errors import InputError, Problem
from wellbeing.importers.exports import (
    ANSWER,
    EITHER,
    END,
    JOINED,
    LABELS,
    LANGUAGE,
    NOT_ASKED,
    PERSONAL,
    SECONDS,
    START,
    UNFINISHED,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.grids import Grid, first_rows, grid_of
from wellbeing.importers.html_text import plain_cells, plain_text
from wellbeing.importers.languages import read_languages
from wellbeing.importers.names import normalise
from wellbeing.importers.options import all_ticks, join_chosen, join_ranks
from wellbeing.importers.times import read_seconds, read_times

_USES = {
    "id": BOOKKEEPING,
    "submitdate": END,
    "lastpage": BOOKKEEPING,
    "startlanguage": LANGUAGE,
    "seed": BOOKKEEPING,
    "startdate": START,
    "datestamp": BOOKKEEPING,
    "ipaddr": PERSONAL,
    "refurl": PERSONAL,
    "token": PERSONAL,
    "firstname": PERSONAL,
    "lastname": PERSONAL,
    "email": PERSONAL,
    "interviewtime": SECONDS,
}
#: What LimeSurvey calls these columns in its own words, in lower case.
_TEXTS = {
    "response id": "id",
    "答复id": "id",
    "反馈id": "id",
    "回应id": "id",
    "date submitted": "submitdate",
    "提交日期": "submitdate",
    "提交时间": "submitdate",
    "last page": "lastpage",
    "last page seen": "lastpage",
    "末页": "lastpage",
    "最后一页": "lastpage",
    "末页可见": "lastpage",
    "start language": "startlanguage",
    "起始语言": "startlanguage",
    "seed": "seed",
    "date started": "startdate",
    "开始时间": "startdate",
    "开始日期": "startdate",
    "date last action": "datestamp",
    "上次操作时间": "datestamp",
    "上次操作日期": "datestamp",
    "ip address": "ipaddr",
    "ip地址": "ipaddr",
    "referrer url": "refurl",
    "来源网址": "refurl",
    "token": "token",
    "access code": "token",
    "操作代码": "token",
    "first name": "firstname",
    "last name": "lastname",
    "email address": "email",
    "邮件地址": "email",
    "total time": "interviewtime",
    "总计时长": "interviewtime",
    "interview time": "interviewtime",
    "受访时间": "interviewtime",
}
#: No other platform has two of these.
_SURE = frozenset({"submitdate", "lastpage", "startlanguage", "startdate", "datestamp", "refurl", "interviewtime"})
_SURE_TEXTS = frozenset({"lastpage", "startlanguage", "datestamp"})
_STRUCTURE = frozenset({"class", "type/scale", "name", "relevance", "text"})

_CODE = re.compile(r"\w+(?:\[[^\[\]]*\])*")
_OWN_CODE = re.compile(rf"({'|'.join(_USES)})(\W{{1,6}})(?=\w)")
_ROW_OF = re.compile(r"[A-Za-z]\w*\[[^\[\]]+\]\. .+\[.+\]", re.DOTALL)
_TIMING = re.compile(r"groupTime\d+|\d+X\d+(?:X\d+)?time|(?:Group|Question) time: .*", re.DOTALL)
_ATTRIBUTE = re.compile(r"attribute_\d+")
_NUMBERED = re.compile(r"(\D*)(\d{1,3})")
_FILES = re.compile(r"\[\s*(?:\{.*\}\s*)?\]", re.DOTALL)

#: What LimeSurvey adds beside the options, for texts.
_BESIDE = frozenset({"other", "comment", "其它", "其他"})
_TICKED, _UNTICKED = frozenset({"Y", "Yes", "是", "1"}), frozenset({"N", "No", "否", "0", "2"})
_NOT_SHOWN = "{question_not_shown}"
_MISSING = {_NOT_SHOWN: NOT_ASKED, "N/A": NOT_ASKED}
_VV_MARKS = {"{newline}": "\n", "{cr}": "\r", "{tab}": "\t", "{quote}": '"', "{lbrace}": "{"}
_UNDATED = "1980-01-01T00:00:00"


@dataclass(frozen=True)
class _Heading:
    """One column's header, taken apart: ``code`` or ``text`` may be empty, ``row`` is what stands in brackets."""

    code: str
    text: str
    raw: str

    @property
    def own(self) -> str:
        """The code of the platform's own column that this is, or nothing."""
        return self.code if self.code in _USES else _own_text(self.text)


def _own_text(text: str) -> str:
    return _TEXTS.get(normalise(text.replace("_", " ")).casefold(), "")


def _is_structure(source: Source) -> bool:
    head = source.content[:4096]
    if b"<LimeSurveyDocType>" in head or head.startswith(b"# LimeSurvey") or (head[:2] == b"PK" and b".lss" in head):
        return True
    return any(set(row) >= _STRUCTURE for row in first_rows(source, 1))


def _recognises(source: Source) -> bool:
    return _is_structure(source) or _style(first_rows(source, 2)) is not None


def _style(rows: Sequence[Sequence[str]]) -> str | None:
    """Say what the header holds: ``code``, ``text``, a separator between both, ``vv``; None where it is another's."""
    if not rows:
        return None
    header = [cell for cell in rows[0] if cell]
    if len(_SURE & set(header)) >= 2 or ("id" in header and _SURE & set(header) and any("[" in h for h in header)):
        return "code"
    if len(rows) > 1 and len(_SURE & set(rows[1])) >= 2:
        return "vv"
    separators = {found[2] for name in header if (found := _OWN_CODE.match(name))}
    if len(separators) == 1:
        separator = separators.pop()
        if all((code := _CODE.match(name)) and name.startswith(separator, code.end()) for name in header):
            return separator
    if header and sum(1 for name in header if _ROW_OF.fullmatch(name)) >= 2:
        return ". "
    own = {_own_text(name) for name in header} - {""}
    return "text" if len(own) >= 2 and own & _SURE_TEXTS else None


def _headings(grid: Grid, style: str) -> list[_Heading]:
    top = [plain_text(name.strip()) for name in grid.headers[0]]
    if style == "vv":
        return [_Heading(code.strip(), text, code) for text, code in zip(top, grid.headers[1], strict=True)]
    if style == "code":
        return [_Heading(name, "", name) for name in top]
    if style == "text":
        return [_Heading("", name, name) for name in top]
    parts = []
    for name in top:
        code = _CODE.match(name)
        if code and name.startswith(style, code.end()):
            parts.append(_Heading(code.group(), name[code.end() + len(style) :], name))
        else:
            parts.append(_Heading("", name, name))
    return parts


def _read(source: Source) -> Export:
    if _is_structure(source):
        raise InputError([Problem("form_not_answers", source.file, fields={"platform": "LimeSurvey"})])
    # Read by name although nothing tells that it is LimeSurvey's: the codes are then what stands in the header.
    style = _style(first_rows(source, 2)) or "code"
    grid = grid_of(source, 2 if style == "vv" else 1)
    columns = []
    for place, (heading, cells) in enumerate(zip(_headings(grid, style), grid.columns, strict=True)):
        columns.append(_column(place, heading, _from_vv(cells) if style == "vv" else cells))
    headings = {column.place: heading for column, heading in zip(columns, _headings(grid, style), strict=True)}
    columns = _with_wholes(columns, headings)
    left_out: dict[int, str] = {}
    ends = next((column for column in columns if column.use == END), None)
    if ends is not None:
        left_out = {at: UNFINISHED for at, cell in enumerate(ends.cells) if not cell and at not in ends.unreadable}
        undated = [("" if cell == _UNDATED else cell) for cell in ends.cells]
        columns[columns.index(ends)] = replace(ends, cells=undated)
    return Export(
        "limesurvey",
        source.file,
        source.digest,
        tuple(columns),
        grid.rows,
        grid.blank_rows,
        left_out,
        noticed=source.noticed,
    )


def _from_vv(cells: list[str]) -> list[str]:
    read = {cell: _vv_text(cell) for cell in set(cells) if "{" in cell and cell != _NOT_SHOWN}
    return [read.get(cell, cell) for cell in cells] if read else cells


def _vv_text(cell: str) -> str:
    for mark, text in _VV_MARKS.items():
        cell = cell.replace(mark, text)
    return cell


def _column(place: int, heading: _Heading, cells: list[str]) -> ExportColumn:
    own = heading.own
    use = _USES.get(own, ANSWER)
    if any(map(_TIMING.fullmatch, (heading.code, heading.text))):
        use = BOOKKEEPING
    elif _ATTRIBUTE.fullmatch(heading.code):
        use = PERSONAL
    if use in (START, END, SECONDS, LANGUAGE):
        reader = {SECONDS: read_seconds, LANGUAGE: read_languages}.get(use, read_times)
        read, unreadable = reader(["" if cell == _NOT_SHOWN else cell for cell in cells])
        return ExportColumn(place, _names(heading), read, use, unreadable=unreadable)
    cells = plain_cells(cells)
    filled = {cell.strip() for cell in set(cells)} - {"", _NOT_SHOWN}
    if use == ANSWER and filled and all(_FILES.fullmatch(cell) for cell in filled):
        # An uploaded file's name, title and remark.
        use = PERSONAL
    elif re.search(r"filecount", heading.code) or heading.text.startswith("filecount - "):
        use = BOOKKEEPING
    return ExportColumn(place, _names(heading), cells, use, EITHER, {}, _MISSING)


def _names(heading: _Heading) -> tuple[str, ...]:
    names = [heading.raw, heading.code]
    stem, rows = _parts(heading.code)
    if rows:
        names.append("_".join([stem, *rows]))
    names.append(heading.text)
    stem, rows = _parts(heading.text)
    if rows and stem:
        # Of a dual scale the row alone would name two columns.
        names += [" - ".join([stem, *rows]), *(rows if len(rows) == 1 else [])]
    elif " " not in heading.text and "_" in heading.text:
        names.append(heading.text.replace("_", " "))
    names += [name.replace("''", "'") for name in names if "''" in name]
    return tuple(dict.fromkeys(name for name in names if name)) or ("",)


def _parts(name: str) -> tuple[str, list[str]]:
    """Take ``stem [row][scale]`` apart; brackets within a row belong to it."""
    rows: list[str] = []
    while name.endswith("]"):
        depth = 0
        for at in range(len(name) - 1, -1, -1):
            depth += {"]": 1, "[": -1}.get(name[at], 0)
            if depth == 0:
                break
        if depth:
            break
        rows.insert(0, name[at + 1 : -1].strip())
        name = name[:at].rstrip()
    return name, rows


def _split_code(code: str) -> tuple[str, list[str]]:
    stem, rows = _parts(code)
    if rows or "_" not in code:
        return stem, rows
    stem, _, row = code.rpartition("_")
    return stem, [row]


def _with_wholes(columns: list[ExportColumn], headings: dict[int, _Heading]) -> list[ExportColumn]:
    """Add the whole of each question whose columns may be its options or its ranks."""
    groups: dict[str, list[ExportColumn]] = {}
    for column in columns:
        heading = headings[column.place]
        stem, rows = _split_code(heading.code) if heading.code else _parts(heading.text)
        if column.use == ANSWER and len(rows) == 1 and (rows[0].casefold() not in _BESIDE or _only_ticks(column)):
            groups.setdefault(stem, []).append(column)
    found = list(columns)
    for stem, parts in groups.items():
        whole = _whole(stem, parts, headings) if len(parts) > 1 else None
        if whole is not None:
            found.append(whole)
            for part in parts:
                found[found.index(part)] = replace(part, also_in=whole.place)
    return found


def _only_ticks(column: ExportColumn) -> bool:
    """Say whether a column called "other" is an option of the survey's own: LimeSurvey's holds what was typed."""
    cells = ["" if cell in _MISSING else cell for cell in column.cells]
    return all_ticks([cells], _TICKED, _UNTICKED) or not any(map(str.strip, cells))


def _whole(stem: str, parts: list[ExportColumn], headings: dict[int, _Heading]) -> ExportColumn | None:
    first = parts[0]
    cells = [["" if cell in _MISSING else cell for cell in part.cells] for part in parts]
    hidden = [all(cell in _MISSING for cell in record) for record in zip(*(part.cells for part in parts), strict=True)]
    codes = [_split_code(headings[part.place].code)[1] for part in parts]
    texts = [_parts(headings[part.place].text) for part in parts]
    by_code = all(codes)
    options = [rows[0] if rows else "" for rows in (codes if by_code else [text[1] for text in texts])]
    labels = {option: rows[0] for option, (_, rows) in zip(options, texts, strict=True) if by_code and rows}
    if all_ticks(cells, _TICKED, _UNTICKED):
        joined: list[str] | None = join_chosen(options, cells, lambda cell: cell.strip() in _TICKED)
    else:
        ranks = _consecutive([rows[0] if rows else code[0] for code, (_, rows) in zip(codes, texts, strict=True)])
        joined, labels = (join_ranks(cells) if ranks else None), {}
    if joined is None:
        return None
    names = tuple(dict.fromkeys(name for name in (stem, texts[0][0]) if name))
    if not names:
        return None
    coding = EITHER if by_code or not labels else LABELS
    joined = [_NOT_SHOWN if unseen else cell for cell, unseen in zip(joined, hidden, strict=True)]
    return ExportColumn(
        first.place, names, joined, ANSWER, coding, labels, _MISSING, separator=JOINED, also_in=first.place
    )


def _consecutive(rows: list[str]) -> bool:
    """Say whether rows are numbered like ranks: ``Rank 1``, ``Rank 2`` ..."""
    found = [_NUMBERED.fullmatch(row) for row in rows]
    numbered = [(row[1], int(row[2])) for row in found if row]
    return numbered == [(numbered[0][0], rank) for rank in range(1, len(rows) + 1)] if numbered else False


PLATFORM = Platform("limesurvey", _recognises, _read)
