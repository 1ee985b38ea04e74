"""What the register holds: entries, contacts, the cases made of both, and how they are written down.

No answer to an item is in it: a critical item shows only as the reason "ask today" or "ask again".
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from wellbeing.followup.triage import WHEN, Reason
from wellbeing.surveys import Survey

if TYPE_CHECKING:
    import pandas as pd

State = Literal["to_contact", "reached", "referred", "declined", "closed"]
STATES: tuple[State, ...] = ("to_contact", "reached", "referred", "declined", "closed")
#: States in which somebody has spoken with the person.
IN_TOUCH = frozenset({"reached", "referred", "declined"})


@dataclass(frozen=True)
class Score:
    """One scale of one person.

    Attributes
    ----------
    measure : str
        ``phq9_total``.
    score : float or None
        Scale points; None where unscorable.
    bound : float or None
        Where unscorable: what the answers given already come to, everything left out taken as harmless.
    band : str or None
    answered : int
    prorated : bool
    change : float or None
        Scale points since last term, None where not known.
    sem : float or None
        Standard error of measurement in scale points, None where not known.
    """

    measure: str
    score: float | None = None
    bound: float | None = None
    band: str | None = None
    answered: int = 0
    prorated: bool = False
    change: float | None = None
    sem: float | None = None


@dataclass(frozen=True)
class Entry:
    """One person on a list: ``day`` is the day of the answers, ``level`` and ``reasons`` are those of `triage`."""

    school: str
    code: str
    level: int
    day: str
    reasons: tuple[Reason, ...]
    scores: tuple[Score, ...] = ()

    @property
    def when(self) -> str:
        """How soon: one of `wellbeing.followup.triage.URGENCIES`."""
        return WHEN[self.level]


@dataclass(frozen=True)
class Contact:
    """What was recorded about a person, and the day that it is about; never what was said."""

    state: State
    on: str


@dataclass(frozen=True)
class Case:
    """A person of the register with all that was recorded.

    Attributes
    ----------
    entry : Entry
    contacts : tuple of Contact
        Of this wave, in the order in which they were recorded.
    earlier : tuple of (str, Contact)
        Those of earlier waves, each with its wave.
    listed : bool
        False where the person is not on the list that the last run made, for example after a corrected import.
    page : str
        File of the printed page; empty where there is none.
    """

    entry: Entry
    contacts: tuple[Contact, ...] = ()
    earlier: tuple[tuple[str, Contact], ...] = ()
    listed: bool = True
    page: str = ""

    @property
    def state(self) -> State:
        return self.contacts[-1].state if self.contacts else "to_contact"

    @property
    def last_contact(self) -> str:
        """The day somebody last spoke with the person, in this wave or an earlier one; empty if never."""
        days = [c.on for c in (*self.contacts, *(c for _, c in self.earlier)) if c.state in IN_TOUCH]
        return max(days, default="")

    @property
    def first_contact(self) -> str:
        """The day somebody first spoke with the person in this wave; empty if not yet."""
        return min((contact.on for contact in self.contacts if contact.state in IN_TOUCH), default="")


@dataclass(frozen=True)
class Record:
    """What the counsellors of a school wrote down: alerts taken in, contacts and printed pages by code.

    ``known`` holds the entries of those for whom something was recorded, as they stood then: should a corrected import
    take them off the list, what was recorded is still somebody's.
    """

    entries: tuple[Entry, ...] = ()
    known: tuple[Entry, ...] = ()
    contacts: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    printed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def entries_of(survey: Survey, listed: "pd.DataFrame", days: "pd.Series[str]") -> tuple[Entry, ...]:
    """Turn a worklist into entries.

    Parameters
    ----------
    survey : Survey
    listed : DataFrame
        As `wellbeing.followup.triage.worklist` gives it.
    days : Series of str, index of `listed`
        Day of each person's answers.
    """
    measures = [f"{part.instrument.id}_{scale.id}" for part in survey.parts for scale in part.scales]
    return tuple(
        Entry(
            school=row["school_id"],
            code=row["code"],
            level=int(row["level"]),
            day=day,
            reasons=row["reasons"],
            scores=tuple(_score(row, measure) for measure in measures),
        )
        for row, day in zip(listed.to_dict("records"), days, strict=True)
    )


def _score(row: Mapping[Any, Any], measure: str) -> Score:
    def number(end: str) -> float | None:
        value = float(row[measure + end])
        return None if math.isnan(value) else round(value, 4)

    band = row[f"{measure}_band"]
    return Score(
        measure=measure,
        score=number(""),
        bound=number("_bound"),
        band=band if isinstance(band, str) else None,
        answered=int(row[f"{measure}_answered"]),
        prorated=bool(row[f"{measure}_prorated"]),
        change=number("_change"),
        sem=number("_sem"),
    )


def in_order(cases: Iterable[Case], survey: Survey) -> tuple[Case, ...]:
    """Put cases in the order of triage: level, then the heavier burden, then whoever was seen longest ago or never.

    The closed ones come last. Statistics rules, 3.4.
    """
    worse = [
        (f"{part.instrument.id}_{scale.id}", -1 if scale.higher_is == "worse" else 1)
        for part in survey.parts
        for scale in part.scales
    ]

    def key(case: Case) -> tuple[Any, ...]:
        points = {score.measure: score.score if score.score is not None else score.bound for score in case.entry.scores}
        burden = []
        for measure, sign in worse:
            value = points.get(measure)
            burden.append(math.inf if value is None else sign * value)
        return (case.state == "closed", case.entry.level, burden, case.last_contact, case.entry.code)

    return tuple(sorted(cases, key=key))


def merged(first: Entry, second: Entry) -> Entry:
    """Make one entry of two about the same person, `second` being the fuller one; nothing gets less urgent.

    An alert knows one answer, the list all of them: where both tell, the list's scores stand, the earlier day, and the
    more urgent level with the reasons of both.
    """
    told = {(reason.key, reason.measure) for reason in second.reasons}
    only_first = tuple(reason for reason in first.reasons if (reason.key, reason.measure) not in told)
    return Entry(
        school=second.school,
        code=second.code,
        level=min(first.level, second.level),
        day=min(first.day, second.day),
        reasons=(*only_first, *second.reasons),
        scores=second.scores or first.scores,
    )


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """Write an entry down; what is not known is left out."""
    told = asdict(entry)
    for part in ("reasons", "scores"):
        told[part] = [{name: value for name, value in one.items() if value is not None} for one in told[part]]
    return told


def entry_from_json(told: Mapping[str, Any]) -> Entry:
    """Read an entry again."""
    return Entry(
        school=told["school"],
        code=told["code"],
        level=told["level"],
        day=told["day"],
        reasons=tuple(Reason(**reason) for reason in told["reasons"]),
        scores=tuple(Score(**score) for score in told["scores"]),
    )


def record_to_json(record: Record) -> dict[str, Any]:
    """Write a record down."""
    return {
        "entries": [entry_to_json(entry) for entry in record.entries],
        "known": [entry_to_json(entry) for entry in record.known],
        "contacts": {code: [[c.state, c.on] for c in contacts] for code, contacts in record.contacts.items()},
        "pages": dict(record.pages),
        "printed": {code: list(days) for code, days in record.printed.items()},
    }


def record_from_json(told: Mapping[str, Any]) -> Record:
    """Read a record again."""
    return Record(
        entries=tuple(map(entry_from_json, told["entries"])),
        known=tuple(map(entry_from_json, told["known"])),
        contacts={
            code: tuple(Contact(state, on) for state, on in contacts) for code, contacts in told["contacts"].items()
        },
        pages=dict(told["pages"]),
        printed={code: tuple(days) for code, days in told["printed"].items()},
    )
