"""Qualtrics: responses as CSV, TSV or workbook, with three, two or one header row.

- Today's exports have the names, the question texts, and ``{"ImportId": ...}``; the older one has ``V1`` ... and the
  texts of its own columns below them; whoever cleaned a file may have left the names only.
- Cells hold the choices' texts or their numbers. Numbers are the form's own: a choice has the number that it got when
  it was made, from 1, unless somebody gave it another. Where a number 0 stands among the answers to a choice question,
  the form was given its codes and the numbers of all questions of several parts are read as such; otherwise nobody can
  know, and the numbers are unclear.
- A multiple choice is one cell with commas, or a column an option. As nothing tells the columns from a matrix that was
  answered so, the whole and its parts are both offered, and the survey's definition decides.
- ``-99`` is a question that was seen and left blank, where the export was told to write it; a blank cell of such a
  file was not shown.
- Previews and tests, what Qualtrics takes for spam, and unfinished records are each named as such.

References
----------
Qualtrics, "Understanding Your Dataset" (status and channel), "Data Export Options"; ropensci/qualtRics and
ropensci/excluder, from which the layouts were taken.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wellbeing.errors import InputError, Problem
from wellbeing.importers.exports import (
    ANSWER,
    CODES,
    EITHER,
    END,
    JOINED,
    LABELS,
    LANGUAGE,
    NOT_ANSWERED,
    NOT_ASKED,
    PERSONAL,
    PREVIEW,
    SECONDS,
    SPAM,
    START,
    UNCLEAR,
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
from wellbeing.importers.options import join_chosen, join_ranks
from wellbeing.importers.times import read_seconds, read_times

_USES = {
    "startdate": START,
    "enddate": END,
    "recordeddate": BOOKKEEPING,
    "status": BOOKKEEPING,
    "ipaddress": PERSONAL,
    "progress": BOOKKEEPING,
    "duration (in seconds)": SECONDS,
    "duration": SECONDS,
    "finished": BOOKKEEPING,
    "responseid": BOOKKEEPING,
    "responseset": BOOKKEEPING,
    "name": PERSONAL,
    "emailaddress": PERSONAL,
    "recipientlastname": PERSONAL,
    "recipientfirstname": PERSONAL,
    "recipientemail": PERSONAL,
    "externalreference": PERSONAL,
    "externaldatareference": PERSONAL,
    "locationlatitude": PERSONAL,
    "locationlongitude": PERSONAL,
    "locationaccuracy": PERSONAL,
    "distributionchannel": BOOKKEEPING,
    "userlanguage": LANGUAGE,
    "q_language": LANGUAGE,
    "q_url": PERSONAL,
}
#: Two of these as names, or as what stands below ``V1`` ..., are Qualtrics' and nobody else's.
_MARKS = frozenset(_USES) - {"name", "duration", "duration (in seconds)", "emailaddress"}
_LEGACY = re.compile(r"V\d{1,2}")
_QUALITY = re.compile(
    r"(?i)q_(?:totalduration|recaptchascore|relevantid\w+|ballotboxstuffing|duplicaterespondent|straightlining\w+"
    r"|unanswered\w+|ambiguoustext\w+|terminateflag|quotaid)"
)
_TIMING = re.compile(r"(?i)(?:^|_| - )(?:first click|last click|page submit|click count)$")
_ORDER = re.compile(r"(?:^|_)DO(?:_|$)")
_BROWSER = re.compile(r"(?i)(?:^|_)(?:browser|version|operating system|os|resolution)$")
_TOPIC = re.compile(r"(?i) - (?:(?:parent )?topics?|topic (?:sentiment|hierarchy).*|(?:sentiment|actionability).*)$")
_FILE = re.compile(r"_(?:Id|Name|Size|Type)$|_FILE_(?:ID|NAME|SIZE|TYPE)$")
_SCORE = re.compile(r"SC\d+|SC_\w+")
_PART = re.compile(r"(?P<stem>.+?)_(?P<part>\d{1,3})")
_NUMBER = re.compile(r"-?\d{1,4}(?:\.0+)?")
_INTEGERS = re.compile(r"-?\d{1,4}(?:\.0+)?(?:,\d{1,4})*")

#: Status by number and by word. What Qualtrics takes for spam (the same answers from one address within hours) may be
#: colleagues at one school: it is set aside under its own name, to be looked at.
_PREVIEWS, _SPAM = frozenset({"1", "2", "9", "17"}), frozenset({"8", "12", "40"})
_PREVIEW_WORDS, _SPAM_WORDS = ("preview", "test", "预览", "测试"), ("spam", "垃圾")
_FALSE = frozenset({"0", "false", "否", "假"})
_SEEN = "-99"


@dataclass(frozen=True)
class _Head:
    """One column's names: as a variable, as a question, and by Qualtrics' own number."""

    name: str
    text: str
    import_id: str

    @property
    def own(self) -> str:
        """Say which of the platform's own columns this is, in lower case, or nothing."""
        words = (self.name, self.text) if _LEGACY.fullmatch(self.name) else (self.name,)
        return next((word.casefold() for word in reversed(words) if word.casefold() in _USES), "")


def _is_survey_file(source: Source) -> bool:
    return source.content[:1] == b"{" and b'"SurveyEntry"' in source.content[:2000]


def _recognises(source: Source) -> bool:
    if _is_survey_file(source):
        return True
    rows = first_rows(source, 3)
    if any(_import_ids(row) for row in rows[1:]):
        return True
    if not rows:
        return False
    legacy = len(rows) > 1 and sum(1 for name in rows[0] if _LEGACY.fullmatch(name)) >= 3
    names = {name.replace(" ", "").casefold() for name in (rows[1] if legacy else rows[0])}
    if legacy:
        return len(_MARKS & names) >= 3
    # Without the other header rows it must be surely Qualtrics': its names are written together.
    return len(_MARKS & {name.casefold() for name in rows[0] if " " not in name}) >= 4


def _import_ids(row: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell.strip()]
    return bool(filled) and all(cell.strip().startswith('{"ImportId"') for cell in filled)


def _read(source: Source) -> Export:
    if _is_survey_file(source):
        raise InputError([Problem("form_not_answers", source.file, fields={"platform": "Qualtrics"})])
    grid = grid_of(source, _header_rows(first_rows(source, 3)))
    heads = _heads(grid)
    cells = [plain_cells(column) for column in grid.columns]
    uses = [_use(head) for head in heads]
    found = dict(zip((head.own for head in heads), cells, strict=True))
    # Only an export that was told so writes the number; then it tells shown from not shown.
    seen = any(_SEEN in set(column) for column, use in zip(cells, uses, strict=True) if use == ANSWER)
    missing = {_SEEN: NOT_ANSWERED, "": NOT_ASKED} if seen else {}
    codings = _codings(heads, cells, uses)
    columns = [
        _column(place, head, column, use, coding, missing)
        for place, (head, column, use, coding) in enumerate(zip(heads, cells, uses, codings, strict=True))
    ]
    columns = _with_wholes(columns, heads, missing)
    left_out = _left_out(found, len(grid.rows))
    return Export(
        "qualtrics",
        source.file,
        source.digest,
        tuple(columns),
        grid.rows,
        grid.blank_rows,
        left_out,
        noticed=source.noticed,
    )


def _header_rows(rows: Sequence[Sequence[str]]) -> int:
    for place, row in enumerate(rows):
        if place and _import_ids(row):
            return place + 1
    if len(rows) < 2:
        return 1
    legacy = {cell.replace(" ", "").casefold() for cell in rows[1]}
    if len(_MARKS & legacy) >= 3:
        return 2
    # The row of texts, kept without the row of ids: where a date belongs, there stands the word for it.
    dates = [at for at, name in enumerate(rows[0]) if name.casefold() in ("startdate", "enddate", "recordeddate")]
    words = [rows[1][at] for at in dates if at < len(rows[1]) and rows[1][at].strip()]
    return 2 if words and not any(re.search(r"\d", word) for word in words) else 1


def _heads(grid: Grid) -> list[_Head]:
    blank = ("",) * len(grid.columns)
    rows = (*grid.headers, blank, blank)
    texts, ids = (blank, rows[1]) if _import_ids(rows[1]) else (rows[1], rows[2])
    return [
        _Head(plain_text(name.strip()), plain_text(text.strip()), _import_id(given))
        for name, text, given in zip(rows[0], texts, ids, strict=True)
    ]


def _import_id(cell: str) -> str:
    try:
        told = json.loads(cell)
    except (ValueError, RecursionError):
        return ""
    given = told.get("ImportId", "") if isinstance(told, dict) else ""
    return given if isinstance(given, str) else ""


def _use(head: _Head) -> str:
    if head.own:
        return _USES[head.own]
    if _TIMING.search(head.name) or _TIMING.search(head.text) or _ORDER.search(head.name):
        return BOOKKEEPING
    if head.text.startswith("Browser Meta Info") or (head.import_id and _BROWSER.search(head.import_id)):
        return PERSONAL
    own = _QUALITY.fullmatch(head.name) or _TOPIC.search(head.name) or _FILE.search(head.name)
    ids = _SCORE.fullmatch(head.import_id) or _SCORE.fullmatch(head.name) or _FILE.search(head.import_id)
    return BOOKKEEPING if own or ids else ANSWER


def _codings(heads: Sequence[_Head], cells: Sequence[list[str]], uses: Sequence[str]) -> list[str]:
    """Say of each column how its cells are to be read; see the module's text."""
    numeric = []
    for head, column, use in zip(heads, cells, uses, strict=True):
        filled = {cell.strip() for cell in set(column)} - {"", _SEEN}
        typed = head.import_id.endswith("_TEXT") or head.name.endswith("_TEXT")
        numeric.append(use == ANSWER and bool(filled) and not typed and all(map(_INTEGERS.fullmatch, filled)))
    # A zero in one question of several parts can only come from a form that was given codes; a single column of
    # numbers may be a count that somebody typed.
    stems: dict[str, list[int]] = defaultdict(list)
    for at, head in enumerate(heads):
        if numeric[at] and (part := _PART.fullmatch(head.name)):
            stems[part["stem"]].append(at)
    zeros = [sum(1 for at in places if {"0", "0.0"} & set(cells[at])) for places in stems.values() if len(places) > 1]
    given = any(count > 1 for count in zeros)
    # Of a column that stands alone nothing shows it: its form may have given codes to the matrices only.
    parts = [bool(_PART.fullmatch(head.name)) for head in heads]
    return [(CODES if given and part else UNCLEAR) if num else LABELS for num, part in zip(numeric, parts, strict=True)]


def _column(
    place: int, head: _Head, cells: list[str], use: str, coding: str, missing: Mapping[str, str]
) -> ExportColumn:
    names = _names(head)
    if use in (START, END, SECONDS, LANGUAGE):
        reader = {SECONDS: read_seconds, LANGUAGE: read_languages}.get(use, read_times)
        read, unreadable = reader(cells)
        return ExportColumn(place, names, read, use, unreadable=unreadable)
    return ExportColumn(place, names, cells, use, coding, {}, missing if use == ANSWER else {}, separator=",")


def _names(head: _Head) -> tuple[str, ...]:
    names = [head.name, head.text]
    # A matrix: the stem, then the row; several dashes may stand in either.
    names += [head.text[mark.end() :] for mark in re.finditer(r" - ", head.text)]
    names += [head.text.removesuffix(" - Selected Choice")]
    return tuple(dict.fromkeys(name for name in names if name)) or ("",)


def _with_wholes(columns: list[ExportColumn], heads: Sequence[_Head], missing: Mapping[str, str]) -> list[ExportColumn]:
    """Add the whole of each question whose columns may be its options or its ranks."""
    groups: dict[str, list[int]] = defaultdict(list)
    for at, head in enumerate(heads):
        if columns[at].use == ANSWER and (part := _PART.fullmatch(head.name)):
            groups[part["stem"]].append(at)
    found = list(columns)
    for stem, places in groups.items():
        whole = _whole(stem, [columns[at] for at in places], [heads[at] for at in places], missing)
        if len(places) < 2 or whole is None:
            continue
        found.append(whole)
        for at in places:
            found[at] = replace(found[at], also_in=whole.place)
    return found


def _whole(
    stem: str, parts: Sequence[ExportColumn], heads: Sequence[_Head], missing: Mapping[str, str]
) -> ExportColumn | None:
    cells = [["" if cell.strip() == _SEEN else cell.strip() for cell in part.cells] for part in parts]
    numbers = [head.name.rpartition("_")[2] for head in heads]
    texts = [head.text.rpartition(" - ")[2] for head in heads]
    filled = [set(column) - {"", "0"} for column in cells]
    stem_text = heads[0].text.rpartition(" - ")[0].removesuffix(" - Selected Choice")
    names = tuple(dict.fromkeys(name for name in (stem, stem_text) if name))
    if any(filled) and all(found <= {text} for found, text in zip(filled, texts, strict=True)):
        # By text, a chosen option's column holds the option's own text.
        joined, coding, labels = join_chosen(texts, cells, lambda cell: cell not in ("", "0")), LABELS, {}
    elif any(filled) and all(found <= {"1"} for found in filled):
        joined, coding = join_chosen(numbers, cells, lambda cell: cell == "1"), EITHER
        labels = {number: text for number, text in zip(numbers, texts, strict=True) if text}
    else:
        return _ranking(names, parts, cells, numbers, texts)
    if missing:
        # Seen, and none chosen: told from not shown by what stands in the parts.
        told = [any(cell.strip() for cell in record) for record in zip(*(part.cells for part in parts), strict=True)]
        joined = [text or (_SEEN if seen else "") for text, seen in zip(joined, told, strict=True)]
    return ExportColumn(
        parts[0].place, names, joined, ANSWER, coding, labels, missing, separator=JOINED, also_in=parts[0].place
    )


def _ranking(
    names: tuple[str, ...],
    parts: Sequence[ExportColumn],
    cells: Sequence[list[str]],
    numbers: Sequence[str],
    texts: Sequence[str],
) -> ExportColumn | None:
    """Turn columns that hold each option's rank, unlike those of other platforms, into the options in order."""
    ranks = {str(rank): rank for rank in range(1, len(parts) + 1)}
    if any(set(column) - {""} - ranks.keys() for column in cells):
        return None
    by_rank = [[""] * len(cells[0]) for _ in parts]
    options = texts if all(texts) else numbers
    for record, told in enumerate(zip(*cells, strict=True)):
        if len(set(told) - {""}) < sum(map(bool, told)):
            return None
        for option, cell in zip(options, told, strict=True):
            if cell:
                by_rank[ranks[cell] - 1][record] = option
    joined = join_ranks(by_rank)
    if joined is None:
        return None
    return ExportColumn(parts[0].place, names, joined, ANSWER, EITHER, {}, {}, separator=JOINED, also_in=parts[0].place)


def _left_out(found: Mapping[str, list[str]], count: int) -> dict[int, str]:
    blank = [""] * count
    status, channel, finished, progress = (
        [cell.strip().casefold() for cell in found.get(name, blank)]
        for name in ("status", "distributionchannel", "finished", "progress")
    )
    left_out = {}
    for at in range(count):
        preview = status[at] in _PREVIEWS or any(word in status[at] for word in _PREVIEW_WORDS)
        told = finished[at] in _FALSE if finished[at] else _NUMBER.fullmatch(progress[at]) is not None
        if preview or "preview" in channel[at]:
            left_out[at] = PREVIEW
        elif status[at] in _SPAM or any(word in status[at] for word in _SPAM_WORDS):
            left_out[at] = SPAM
        elif told and (finished[at] or float(progress[at]) < 100):
            left_out[at] = UNFINISHED
    return left_out


PLATFORM = Platform("qualtrics", _recognises, _read)
