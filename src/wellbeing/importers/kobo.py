"""KoboToolbox and ODK: exports with XML names or labels, as CSV or workbook; of Central, Briefcase and SurveyCTO too.

- Headers are paths: KoboToolbox writes ``group/question`` or has another mark by choice, ODK Central
  ``group-question``, Briefcase ``group:question``. A question goes by its path and by its last part.
- A multiple choice is one cell of the chosen options, separated by blanks, or a column an option with 1 and 0, or
  both. Labels hold blanks themselves, so a joined cell of labels cannot be taken apart: the options' own columns are
  read, and the joined cell only checks that these are its options. Where there is no joined cell, options look like a
  group of questions coded 0 and 1; the whole and its parts are both offered then, and the survey's definition decides.
- A question that nobody of a form version answered, of at least five, is taken as one that this version lacked.
- Where rows are longer than the header (labels of several form versions do that), what stands beyond it belongs to no
  question that the file names; it comes as a column without a name.
- Devices, users, telephone and card numbers, and all parts of a place on the map are personal.

References
----------
KoboToolbox formpack, ``Export``; ODK Central, "Exporting Submissions"; XLSForm reference, "Metadata".
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wellbeing.errors import InputError, Problem
from wellbeing.importers.exports import (
    ANSWER,
    EITHER,
    END,
    JOINED,
    LABELS,
    NOT_ASKED,
    PERSONAL,
    START,
    Export,
    ExportColumn,
    Platform,
    Source,
)
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.grids import NOT_SHOWN, Grid, first_rows, grid_of
from wellbeing.importers.html_text import plain_cells, plain_text
from wellbeing.importers.options import all_ticks, join_chosen
from wellbeing.importers.times import read_times

#: Only these have both a submission's own number and the time at which it arrived.
_KOBO = (frozenset({"_uuid", "_submission_time"}), frozenset({"_id", "_submission_time"}))
_ODK = (
    frozenset({"KEY", "SubmissionDate"}),
    frozenset({"KEY", "instanceID"}),
    frozenset({"KEY", "meta-instanceID"}),
    frozenset({"KEY", "meta:instanceID"}),
    frozenset({"SubmissionDate", "meta-instanceID"}),
)
_BOOKKEEPING_NAMES = """
_id _uuid _validation_status _notes _status __version__ _version_ _version _tags _index _parent_index
_parent_table_name _submission__id _submission__uuid _xform_id_string _attachments _bamboo_dataset_id _duration
_media_count _total_media _media_all_received _date_modified _edited rootuuid formhub/uuid today instanceid instancename
key set-of parent_key attachmentspresent attachmentsexpected status reviewstate edits formversion isvalidated
formdef_version formdef_id review_status review_quality review_comments review_corrections caseid
"""
_BOOKKEEPING = frozenset(_BOOKKEEPING_NAMES.split())
_PERSONAL_NAMES = """
deviceid username phonenumber simserial simid subscriberid imei devicephonenum email _submitted_by _geolocation
submitterid submittername device_info audit
"""
_PERSONAL = frozenset(_PERSONAL_NAMES.split())
#: The end of the form goes before its arrival at the server, which may be days later.
_SUBMITTED = frozenset({"_submission_time", "submissiondate"})
_MAP = re.compile(r"(?i)[\s_:/-](?:latitude|longitude|altitude|precision|accuracy)$")
_POINT = re.compile(r"-?\d{1,3}\.\d+ -?\d{1,3}\.\d+(?: -?\d+(?:\.\d+)?){0,2}(?:;.*)?", re.DOTALL)
_XML_NAME = re.compile(r"[A-Za-z_][\w.:-]*", re.ASCII)
_ODK_PATH = re.compile("[/:-]")
#: The mark that KoboToolbox puts between the parts of a path, and others that may be chosen for it.
_MARK, _OTHER_MARKS = "/", (":", ".", "__", "|", ">")
_CLOCK = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}")
_TICKED, _UNTICKED = frozenset({"1", "1.0", "True", "TRUE"}), frozenset({"0", "0.0", "False", "FALSE"})
#: An older exporter of KoboToolbox writes this into every blank cell.
_NOTHING = "n/a"
_FEWEST = 5


@dataclass(frozen=True)
class _Columns:
    """The file's headers without markup, and its columns, ``n/a`` blank; ``mark`` parts KoboToolbox's paths."""

    names: list[str]
    cells: list[list[str]]
    by_labels: bool
    central: bool
    mark: str

    def ends(self, name: str) -> list[tuple[int, int]]:
        """List where the marks of a path stand."""
        path = _ODK_PATH if self.central else re.compile(re.escape(self.mark))
        return [mark.span() for mark in path.finditer(name)]


def _is_form(source: Source) -> bool:
    if source.content[:2] != b"PK":
        rows = first_rows(source, 1)
        return bool(rows) and {"type", "name"} <= set(rows[0]) and any(cell.startswith("label") for cell in rows[0])
    return _sheet_names(source) >= {"survey", "choices"} or _sheet_names(source) >= {"survey", "settings"}


def _sheet_names(source: Source) -> set[str]:
    import io
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as package, package.open("xl/workbook.xml") as part:
            found = re.findall(rb"<(?:\w+:)?sheet\b[^>]*\bname=\"([^\"]{1,40})\"", part.read(100_000))
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, zlib.error, NotImplementedError, RuntimeError, ValueError):
        # What is wrong with the workbook is said by whoever reads it.
        return set()
    return {name.decode("utf-8", errors="replace") for name in found}


def _recognises(source: Source) -> bool:
    if _is_form(source):
        return True
    return any(marks <= set(row) for row in first_rows(source, 1) for marks in (*_KOBO, *_ODK))


def _read(source: Source) -> Export:
    if _is_form(source):
        raise InputError([Problem("form_not_answers", source.file, fields={"platform": "KoboToolbox / ODK"})])
    grid = grid_of(source, longer=True)
    found = _laid_out(grid)
    uses = [_use(name, cells) for name, cells in zip(found.names, found.cells, strict=True)]
    for place, name in enumerate(found.names):
        if _MAP.search(name) and place and all(_POINT.match(cell) for cell in found.cells[place - 1] if cell.strip()):
            # The point itself stands before its parts.
            uses[place - 1] = PERSONAL
    has_end = END in [use for use, name in zip(uses, found.names, strict=True) if name.casefold() not in _SUBMITTED]
    columns = []
    for place, (name, cells, use) in enumerate(zip(found.names, found.cells, uses, strict=True)):
        if use == END and has_end and name.casefold() in _SUBMITTED:
            use = BOOKKEEPING
        columns.append(_column(place, name, cells, use, found))
    columns = _with_wholes(columns, found)
    versions = next((at for at, name in enumerate(found.names) if name in ("__version__", "FormVersion")), None)
    if versions is not None:
        columns = [_by_version(column, found.cells[versions]) for column in columns]
    return Export(
        "kobo", source.file, source.digest, tuple(columns), grid.rows, grid.blank_rows, noticed=source.noticed
    )


def _laid_out(grid: Grid) -> _Columns:
    names = [plain_text(name.strip()) for name in grid.headers[0]]
    cells = grid.columns
    if any(cell == _NOTHING for column in cells for cell in column[:1]):
        cells = tuple(["" if cell == _NOTHING else cell for cell in column] for column in cells)
    central = "_submission_time" not in names
    own = [name for name in names if name and _use(name, []) == ANSWER]
    # Only the first part: whoever reads aloud is counted in columns that bear words in either file.
    mark = _mark(own)
    by_labels = not all(_XML_NAME.fullmatch(name.split(mark, 1)[0]) for name in own)
    return _Columns(names, [plain_cells(column) for column in cells], by_labels, central, mark)


def _mark(names: Sequence[str]) -> str:
    """Find what parts the paths: another mark than usual where most headers have it and none has the usual one."""
    if any(_MARK in name for name in names):
        return _MARK
    return next((mark for mark in _OTHER_MARKS if 2 * sum(mark in name for name in names) > len(names)), _MARK)


def _use(name: str, cells: Sequence[str]) -> str:
    lower = name.casefold()
    last = re.split(r"[/:-]", lower)[-1]
    if lower in _SUBMITTED:
        return END
    if lower in ("start", "end"):
        # Other forms may ask for something by these names.
        return (START if lower == "start" else END) if all(_CLOCK.match(c.strip()) for c in cells if c) else ANSWER
    if lower in _PERSONAL or _MAP.search(lower):
        return PERSONAL
    if lower in _BOOKKEEPING or last in ("instanceid", "instancename", "rootuuid", "deprecatedid"):
        return BOOKKEEPING
    if lower.startswith(("meta/", "meta-", "meta:", "formhub/", "_attachment")):
        return BOOKKEEPING
    filled = [cell for cell in cells if cell.strip()]
    if filled:
        return PERSONAL if all(_POINT.fullmatch(cell.strip()) for cell in filled) else ANSWER
    # Notes have columns too, which hold nothing.
    return BOOKKEEPING if cells else ANSWER


def _column(place: int, name: str, cells: list[str], use: str, found: _Columns) -> ExportColumn:
    if use in (START, END):
        read, unreadable = read_times(cells)
        return ExportColumn(place, (name,), read, use, unreadable=unreadable)
    # A name of XML has no blanks, so that blanks stand between the chosen options; labels have them inside. Where all
    # labels of the questions are single words, nothing tells them from names.
    coding, separator = (LABELS, None) if found.by_labels else (EITHER, " ")
    return ExportColumn(place, _names(name, found), cells, use, coding, separator=separator)


def _names(name: str, found: _Columns) -> tuple[str, ...]:
    return (name, *(name[end:] for _, end in found.ends(name) if end < len(name)))


def _with_wholes(columns: list[ExportColumn], found: _Columns) -> list[ExportColumn]:
    """Put the options' columns together, under their joined column where the file has one."""
    parents = {name: at for at, name in enumerate(found.names) if name}
    groups: dict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(found.names):
        if columns[at].use == ANSWER and found.mark in name:
            stem = _stem(name, parents, found.mark)
            if stem in parents or all_ticks([found.cells[at]], _TICKED, _UNTICKED):
                groups[stem].append(at)
    read = list(columns)
    for stem, members in groups.items():
        # What stands beside the options under the same path (counts, durations) is a question of its own.
        places = [at for at in members if {cell.strip() for cell in set(found.cells[at])} <= _TICKED | _UNTICKED | {""}]
        if not places:
            continue
        options = [found.names[at].removeprefix(f"{stem}{found.mark}") for at in places]
        cells = [[cell.strip() for cell in found.cells[at]] for at in places]
        chosen = join_chosen(options, cells, lambda cell: cell in _TICKED)
        asked = [any(record) for record in zip(*cells, strict=True)]
        parent = parents.get(stem)
        if parent is not None:
            if columns[parent].use != ANSWER or not _agree(found.cells[parent], chosen, asked, options):
                continue
            # Records of a version that offered one choice only have it in the joined column, and no options.
            whole = [
                text if told else (JOINED.join(cell.split()) if not found.by_labels else cell)
                for text, told, cell in zip(chosen, asked, found.cells[parent], strict=True)
            ]
            read[parent] = replace(columns[parent], cells=whole, separator=JOINED)
        elif len(places) > 1:
            parent = places[0]
            first = columns[parent]
            names = _names(stem, found)
            read.append(replace(first, names=names, cells=chosen, separator=JOINED, also_in=parent))
        else:
            continue
        for at in places:
            read[at] = replace(columns[at], also_in=parent)
    return read


def _stem(name: str, parents: Mapping[str, int], mark: str) -> str:
    """Take the option off a path; a label may hold the mark itself, so the joined column's name decides."""
    stems = [name[: found.start()] for found in re.finditer(re.escape(mark), name)]
    return next((stem for stem in reversed(stems) if stem in parents), stems[-1])


def _agree(joined: list[str], chosen: list[str], asked: list[bool], options: Sequence[str]) -> bool:
    """Say whether the joined cells hold the words of the chosen options, in whatever order, and no others.

    Where none of a cell's words is an option's, the cell is in another language than the header, and says no more than
    whether anything was chosen.
    """
    words = {word for option in options for word in option.split()}
    for cell, text, told in zip(joined, chosen, asked, strict=True):
        said = Counter(cell.split())
        alien = bool(said) and words.isdisjoint(said) and bool(text)
        if told and not alien and said != Counter(text.replace(JOINED, " ").split()):
            return False
    return True


def _by_version(column: ExportColumn, versions: list[str]) -> ExportColumn:
    if column.use != ANSWER:
        return column
    sizes = Counter(versions)
    answered = {version for version, cell in zip(versions, column.cells, strict=True) if cell.strip()}
    lacking = {version for version, size in sizes.items() if size >= _FEWEST and version} - answered
    if not answered or not lacking:
        return column
    cells = [NOT_SHOWN if version in lacking else cell for version, cell in zip(versions, column.cells, strict=True)]
    return replace(column, cells=cells, missing={**column.missing, NOT_SHOWN: NOT_ASKED})


PLATFORM = Platform("kobo", _recognises, _read)
