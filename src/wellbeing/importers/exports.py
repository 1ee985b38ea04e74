"""What a platform's export says, before anybody asks which survey it belongs to.

A platform's module turns a `Source` into an `Export`: one record for each filling, columns with every name that the
file has for them, cells as texts. `wellbeing.importers.matching` then finds the survey's columns among them, on exact
names, and `wellbeing.importers.cells` the answers, on exact codes and labels.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from wellbeing import missing
from wellbeing.errors import InputError, Problem

if TYPE_CHECKING:
    from wellbeing.importers.tables import Opened

#: Why there is no answer; blank cells are NOT_ANSWERED unless the platform tells otherwise.
MISSING_KINDS = missing.MISSING_KINDS
NOT_ASKED, NOT_ANSWERED, REFUSED, NOT_APPLICABLE, UNREADABLE = MISSING_KINDS

#: What a column is for: an answer; the platform's own bookkeeping; something about the person, dropped unread;
#: or what the platform tells about the filling.
ANSWER, PLATFORM, PERSONAL = "answer", "platform", "personal"
START, END, SECONDS, LANGUAGE = "start", "end", "seconds", "language"

#: How the cells of an answer column are to be read: as labels, as codes, as either (codes first), or as the answer's
#: place in the form, counted from 1.
LABELS, CODES, EITHER, ORDINALS = "labels", "codes", "either", "ordinals"
#: The file tells two things of its numbers that cannot both be true.
UNCLEAR = "unclear"

#: Between the chosen options of a question whose export has a column for each.
JOINED = "\x1f"

#: Why a record is no filling that counts; texts/importing.yaml says each as ``importing.left_out_<reason>``.
PREVIEW, SPAM, UNFINISHED, NO_CONSENT = "preview", "spam", "unfinished", "no_consent"


@dataclass(frozen=True)
class Source:
    """A file as it lies there, and its cells if it is a table.

    Attributes
    ----------
    file, digest : str
        The file's name without its folder, and the SHA-256 of its bytes.
    content : bytes
    """

    file: str
    digest: str
    content: bytes = field(repr=False)

    @cached_property
    def _opened(self) -> "Opened | InputError":
        # Every platform looks into the file in turn; what is wrong with it is found once.
        from wellbeing.importers.tables import open_table

        try:
            return open_table(self.file, self.content)
        except InputError as error:
            return error

    @property
    def records(self) -> list[list[str]]:
        """The cells of the one table that the file holds, row by row as a spreadsheet shows them, stripped of nothing.

        Raises
        ------
        InputError
            If it is no table: see `wellbeing.importers.tables.open_table`.
        """
        if isinstance(self._opened, InputError):
            raise InputError(self._opened.problems)
        return self._opened.records

    @property
    def noticed(self) -> tuple[Problem, ...]:
        """What is to be told of the table and stops nothing; nothing where nobody asked for its cells."""
        opened = self.__dict__.get("_opened")
        return () if opened is None or isinstance(opened, InputError) else opened.noticed


@dataclass(frozen=True)
class ExportColumn:
    """One column of an export, or the columns of one question where an option has a column each.

    Attributes
    ----------
    place : int
        Where it stands in the file, from 0; of several columns the first.
    names : tuple of str
        Every text by which the file calls it, surest first: the variable's code, the question's text, the stem with
        the row (``stem - row``), the row alone. Without HTML; otherwise as the file has them.
    cells : list of str
        One text a record, ``""`` where blank. HTML and character references are taken off, nothing else.
    use : str
        `ANSWER`, `PLATFORM`, `PERSONAL`, `START`, `END`, `SECONDS` or `LANGUAGE`. Times are in ISO form already
        (``2026-11-02T09:01:07``), seconds are a number's text, languages like ``zh`` or ``zh-CN``; a cell that cannot
        be read as such is ``""`` and its row stands in `unreadable`.
    coding : str
        `LABELS`, `CODES`, `EITHER`, `ORDINALS` or `UNCLEAR`.
    labels : mapping of str to str
        What the file itself says that its codes mean (SPSS value labels, REDCap choices): code to label.
    missing : mapping of str to str
        Cells that are no answers, each with its kind of `MISSING_KINDS`. The blank cell need not be there.
    separator : str or None
        What stands between several answers in one cell (``┋``, ``; ``), or between ranks (``→``). Where the file has
        a column an option, the reader joins the codes or labels of the chosen ones with `JOINED`.
    unreadable : tuple of int
        Records, from 0, whose cell of a time, a duration or a language could not be read.
    also_in : int or None
        Where the file has the same answers a second time (a multiple choice as one cell and as a column an option),
        the `place` of the column that holds them whole. A survey takes one of the two; the other is not missed.
    """

    place: int
    names: tuple[str, ...]
    cells: list[str] = field(repr=False)
    use: str = ANSWER
    coding: str = LABELS
    labels: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    separator: str | None = None
    unreadable: tuple[int, ...] = ()
    also_in: int | None = None


@dataclass(frozen=True)
class Export:
    """A platform's export: columns of texts, one entry a record in each.

    Attributes
    ----------
    platform, file, digest : str
    columns : tuple of ExportColumn
    rows : list of int
        The row of each record as a spreadsheet shows it, from 1.
    blank_rows : int
        Entirely blank rows that were left out.
    left_out : mapping of int to str
        Records, from 0, that are no filling that counts, each with the reason: `PREVIEW`, `UNFINISHED` ...
    noticed : tuple of Problem
        What is to be told of the file and stops nothing: macros that were not run, a western encoding ...
    """

    platform: str
    file: str
    digest: str
    columns: tuple[ExportColumn, ...]
    rows: list[int]
    blank_rows: int = 0
    left_out: Mapping[int, str] = field(default_factory=dict)
    noticed: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Platform:
    """All that the kit knows about a platform.

    Attributes
    ----------
    name : str
        As after ``--platform``.
    recognises : callable
        Whether a source is surely this platform's; never raises, and False where it is not a table.
    read : callable
        Source to `Export`; raises `InputError` with every problem of the file's layout.
    """

    name: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source], Export]
