"""The notice's fourteen measures and three requirements as data: ``surveys/measures.yaml``.

Each row says what it obliges, what is asked of the school office once a year (`Field`), what its state is told from
(`Evidence`), and where the office's word is held against what staff say (`Against`).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar, Literal

from wellbeing.errors import InputError, UsageError
from wellbeing.instruments import Text
from wellbeing.workspace import Workspace
from wellbeing.yaml_forms import read_form

_FORBID: dict[str, Any] = {"extra": "forbid"}

#: Rows of the notice, in its order.
ROWS = (
    "1", "2", "3a", "3b", "3c", "4", "5", "6", "7", "8a", "8b", "8c", "9a", "9b", "9c", "10", "11", "12",
    "13a", "13b", "13c", "13d", "14", "I", "II", "III",
)  # fmt: skip
#: Rows of which nothing is told by single schools.
GROUP_ROWS = frozenset({"4", "10", "11", "12"})
#: In `Field.of`: the number of staff in the roster.
STAFF = "staff"
FieldKind = Literal["held", "date", "people", "number", "money", "choice"]
Need = Literal[
    "held", "share", "none", "some", "within", "reference", "yes", "shown",
    "questions", "named", "fair", "response", "screening", "contact", "burden", "gap", "better", "present",
]  # fmt: skip
Told = Literal["school", "group", "county"]
Term = Literal["autumn", "spring"]


@dataclass(frozen=True)
class Field:
    """One cell of the yearly record sheet.

    Attributes
    ----------
    id : str
    kind : str
        ``held``: a day in the school year, or the word for "none"; ``date``: a day in it; ``people``: a number of
        persons; ``number``: of events, hours or months; ``money``: yuan; ``choice``: yes, no, or does not apply.
    zh, en : str
        What is asked, and in ``hint_zh``, ``hint_en`` what counts.
    of : str or None
        Of ``people``: what they are counted among, another field or ``staff``. Of ``number``: another number that it is
        part of.
    no_more_than : str or None
        Another count of persons that holds all of these, though they are told among others.
    most : float or None
        Of ``number``: the largest that is possible.
    classed : bool
        Of ``number``: told as a class, for it tells of persons.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    kind: FieldKind
    zh: str
    en: str
    hint_zh: str = ""
    hint_en: str = ""
    of: str | None = None
    no_more_than: str | None = None
    most: float | None = None
    classed: bool = False

    @property
    def text(self) -> Text:
        return Text(self.zh, self.en)

    @property
    def hint(self) -> Text:
        return Text(self.hint_zh, self.hint_en)


@dataclass(frozen=True)
class Evidence:
    """One thing that a row's state is told from.

    Attributes
    ----------
    id : str
        Unique in its row.
    needs : str
        What is looked for. On a record: ``held``; ``share`` of the persons of ``of``, at least ``least``; ``none``;
        ``some``; ``within`` another field (``limit``); ``reference``, the county's figure for pay; ``yes``; ``shown``,
        which decides nothing. On the survey: ``questions``, the mean of their favourable shares at least ``least`` or
        at most ``most``; ``named``, which decides nothing; ``fair``, one question's share alike in rural schools and in
        those of the town. Of releases: ``response``, ``screening``, ``contact``.
        Derived: ``burden``, ``gap``, ``better``, ``present``.
    until : str or None
        Of a share that grows over the year: the field that says up to which day it is counted.
    told : str or None
        The finest kind of unit it is told of, where that is not the row's: ``school``, ``group`` or ``county``.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    needs: Need
    zh: str
    en: str
    record: str | None = None
    limit: str | None = None
    questions: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    until: str | None = None
    told: Told | None = None

    @property
    def text(self) -> Text:
        return Text(self.zh, self.en)


@dataclass(frozen=True)
class Against:
    """Where word and deed are compared: a record, and the question whose favourable answers are those it reached.

    ``claims``: the share of staff that must have met with it if the record is true; without it the record's own share.
    ``term``: of a question on the last term, the term that the record is of; compared in the surveys after it only.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    record: str
    question: str
    claims: float | None = None
    term: Term | None = None


@dataclass(frozen=True)
class Named:
    """A text in both languages."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    zh: str
    en: str

    @property
    def text(self) -> Text:
        return Text(self.zh, self.en)


@dataclass(frozen=True)
class Measure:
    """One row of the notice."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    row: str
    name: Named
    obliges: Named
    figure: Named
    told: Told
    record: tuple[Field, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    against: tuple[Against, ...] = ()

    def told_of(self, evidence: Evidence) -> Told:
        """Say of which units an evidence is told: of single schools too, of groups and the county, or of the county."""
        return evidence.told or self.told

    @property
    def questions(self) -> tuple[str, ...]:
        """Every question of the survey that the row stands on, each once."""
        asked = [question for evidence in self.evidence for question in evidence.questions]
        return tuple(dict.fromkeys([*asked, *(pair.question for pair in self.against)]))


@dataclass(frozen=True)
class Terms:
    """First and last day of each term, as month and day, ``09-01``; the school year begins in September."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    autumn: tuple[str, str]
    spring: tuple[str, str]


@dataclass(frozen=True)
class Measures:
    """All rows, and the numbers that all states share.

    Attributes
    ----------
    sure : float
        The probability from which something is said.
    favourable : float
        The share of staff from which a measure is there for them, where its evidence says nothing else.
    margin : float
        By how much of the staff word and deed may differ before that is a contradiction.
    contacted_days : int
        Days within which those on the counsellors' lists are to be met with.
    reference_pay : float or None
        The county's figure of average yearly pay, in yuan; None while nobody has entered it.
    field_seconds : int
        What filling in one cell of the record sheet takes; for the burden meter.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    schema: int
    sure: float
    favourable: float
    margin: float
    contacted_days: int
    field_seconds: int
    terms: Terms
    measures: tuple[Measure, ...]
    reference_pay: float | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """The record sheet's cells, in order."""
        return tuple(field for measure in self.measures for field in measure.record)

    def field(self, id: str) -> Field:
        """Give a field by its id; KeyError if there is none."""
        for field in self.fields:
            if field.id == id:
                return field
        raise KeyError(id)

    def measure(self, row: str) -> Measure:
        """Give a row; KeyError if there is none."""
        for measure in self.measures:
            if measure.row == row:
                return measure
        raise KeyError(row)

    @property
    def told_by_group(self) -> frozenset[str]:
        """Ids of the survey's questions of which nothing may be told by single schools, with all their answers."""
        named = {
            question.partition("=")[0]
            for measure in self.measures
            for evidence in measure.evidence
            # What the schools of each kind say is told of them already.
            if measure.told_of(evidence) != "school" and evidence.needs != "fair"
            for question in evidence.questions
        }
        pairs = {p.question for measure in self.measures if measure.told != "school" for p in measure.against}
        return frozenset(named | {question.partition("=")[0] for question in pairs})

    def days(self, year: str) -> tuple[date, date]:
        """Give the first and the last day of a school year ``2026-2027``."""
        return self.term_days(year, "autumn")[0], self.term_days(year, "spring")[1]

    def term_of(self, day: date) -> Term:
        """Give the term that a day lies in."""
        return "autumn" if day <= self.term_days(year_of(day), "autumn")[1] else "spring"

    def term_days(self, year: str, term: str) -> tuple[date, date]:
        """Give the first and the last day of a term, ``autumn`` or ``spring``, of a school year."""
        first, last = self.terms.autumn if term == "autumn" else self.terms.spring
        return _day(first, year), _day(last, year)


def _day(text: str, year: str) -> date:
    month, day = map(int, text.split("-"))
    start = int(year[:4])
    return date(start if month >= 9 else start + 1, month, day)


def check_year(year: str) -> str:
    """Return `year` if it is a school year, ``2026-2027``.

    Raises
    ------
    UsageError
        If it is not; a year names files, so nothing else may pass.
    """
    first, mark, second = year.partition("-")
    digits = all(len(part) == 4 and part.isascii() and part.isdecimal() for part in (first, second))
    if not (mark and digits and int(second) == int(first) + 1):
        raise UsageError("bad_school_year", year=year[:40])
    return year


def year_of(day: date) -> str:
    """Give the school year that a day lies in: it begins in September."""
    first = day.year if day.month >= 9 else day.year - 1
    return f"{first}-{first + 1}"


def looked_back_on(frozen: date) -> date:
    """Give a day in the term and the school year that a survey looks back on, by the day on which it was closed.

    A survey of October asks of the school year that ended in August and of its spring; one of June asks of the year
    that is ending and of its autumn.
    """
    return frozen - timedelta(days=150)


def load_measures(workspace: Workspace) -> Measures:
    """Read ``surveys/measures.yaml``.

    Raises
    ------
    InputError
        With every fault: a row that is missing, doubled or none of the notice's, an evidence that names a field that
        there is not, or one of another kind, a share that is none.
    """
    from wellbeing.measures.checks import faults

    file, measures = read_form(workspace.surveys / "measures.yaml", Measures)
    problems = list(faults(file, measures))
    if problems:
        raise InputError(problems)
    return measures
