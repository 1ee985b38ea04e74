"""What the records of a unit's schools say of one evidence: a verdict, and the range that may be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import floor, nan

from wellbeing.ledger import CANNOT_TELL, MET, NOT_ASKED, NOT_MET, SHOWN
from wellbeing.ledger.people import Counted, counted, total
from wellbeing.measures import STAFF, Against, Evidence, Measures
from wellbeing.record_store import NOT_HELD, Records

#: Average pay is told as its ratio to the county's figure, in classes of so much.
_PAY_STEP = 0.05


@dataclass(frozen=True)
class Finding:
    """What an evidence says of a unit: its state, and the range that is told; NaN and "" where there is none."""

    state: str
    value: str = ""
    low: float = nan
    high: float = nan
    probability: float = nan


@dataclass(frozen=True)
class Unit:
    """A reporting unit as records know it: its schools, and whether persons may be counted in it."""

    id: str
    level: str
    schools: tuple[str, ...]
    counts_people: bool


@dataclass(frozen=True)
class Word:
    """All records of a year, read unit by unit.

    Attributes
    ----------
    records : Records
    measures : Measures
    staff : mapping of str to int
        Staff of each school of the roster.
    units : sequence of Unit
        The county's units, the county itself last.
    width : int
        Counts in a class (R5).
    """

    records: Records
    measures: Measures
    staff: Mapping[str, int]
    units: Sequence[Unit]
    width: int

    def told(self, field: str, unit: Unit, told: str) -> Counted | None:
        """Give a count of persons as it may be told of a unit; None where a school's is missing or no class is left.

        The county's is that of the schools which told it. `told` is the finest kind of unit that is told of this field.
        """
        count, whole, complete = self._sum(field, unit)
        if not unit.counts_people:
            return None
        hidden = self.measures.field(field).of != STAFF
        if unit.level != "county":
            return counted(count, whole, self.width, hidden) if complete else None
        parts = []
        for part in self.units:
            if part.level != "county":
                of_part, among, all_there = self._sum(field, part)
                finer = told == "school" or (told == "group" and part.level == "group")
                said = finer and all_there and part.counts_people
                parts.append((of_part, among, counted(of_part, among, self.width, hidden) if said else None))
        return total(count, whole, parts, self.width, hidden)

    def _sum(self, field: str, unit: Unit) -> tuple[int, int, bool]:
        """Add up a unit's schools: count, those among whom, and whether every school told both."""
        of = self.measures.field(field).of
        count = whole = 0.0
        complete = True
        for school in unit.schools:
            value = self.records.value(school, field)
            among = str(self.staff[school]) if of == STAFF else self.records.value(school, of or "")
            if value and among:
                count, whole = count + float(value), whole + float(among)
            else:
                complete = False
        return int(count), int(whole), complete

    def values(self, field: str, unit: Unit) -> list[str]:
        """Give what each school of a unit says of a field, "" where it says nothing."""
        return [self.records.value(school, field) for school in unit.schools]

    def judge(self, evidence: Evidence, unit: Unit, told: str) -> Finding:
        """Judge one evidence that stands on the record."""
        field = evidence.record or ""
        values = self.values(field, unit)
        match evidence.needs:
            case "held":
                return _every([None if not v else v != NOT_HELD for v in values], values[0] if len(values) == 1 else "")
            case "none":
                found = _every([None if not v else float(v) == 0 for v in values])
                return replace(found, value=_span([float(v) for v in values if v]))
            case "some":
                return _every([None if not v else float(v) > 0 for v in values])
            case "yes":
                concerned = [v for v in values if v != "na"]
                return _every([None if not v else v == "yes" for v in concerned]) if concerned else Finding(NOT_ASKED)
            case "within":
                limits = self.values(evidence.limit or "", unit)
                pairs = zip(values, limits, strict=True)
                return _every([None if not v or not most else float(v) <= float(most) for v, most in pairs])
            case "reference":
                return self._pay(values)
            case "share":
                return self._share(evidence, unit, told)
        return self._shown(field, unit, told, values)

    def _pay(self, values: Sequence[str]) -> Finding:
        reference = self.measures.reference_pay
        if reference is None:
            return Finding(NOT_ASKED)
        ratios = [float(v) / reference for v in values if v]
        found = _every([None if not v else float(v) >= reference for v in values])
        if not ratios:
            return found
        low, high = (floor(end / _PAY_STEP + 1e-9) * _PAY_STEP for end in (min(ratios), max(ratios)))
        return Finding(found.state, found.value, round(low, 2), round(high + _PAY_STEP, 2))

    def _share(self, evidence: Evidence, unit: Unit, told: str) -> Finding:
        known = self.told(evidence.record or "", unit, told)
        if known is None:
            return Finding(CANNOT_TELL)
        low, high = known.shares
        least = evidence.least or 0.0
        if not self._sum(evidence.record or "", unit)[2]:
            state = CANNOT_TELL
        elif low >= least:
            state = MET
        elif high < least and not self._goes_on(evidence, unit):
            state = NOT_MET
        else:
            state = CANNOT_TELL
        return Finding(state, "", low, high)

    def _goes_on(self, evidence: Evidence, unit: Unit) -> bool:
        """Say whether what is counted may still grow this year, or nobody knows up to which day it is counted."""
        if evidence.until is None:
            return False
        until = self.values(evidence.until, unit)
        return not all(until) or min(until) < self.measures.days(self.records.year)[1].isoformat()

    def claim(self, pair: Against, unit: Unit, told: str) -> float | None:
        """Give the share of a unit's staff that a record claims to have reached; None where it claims nothing.

        Of a class the least share. What was held, paid or never asked in some of the schools only claims the part of
        the staff that works there.
        """
        if self.measures.field(pair.record).kind == "people":
            complete = self._sum(pair.record, unit)[2]
            known = self.told(pair.record, unit, told) if complete else None
            share = known.shares[0] if known else None
            return share if share is None or pair.claims is None else share * pair.claims
        values = self.values(pair.record, unit)
        if not all(values) or pair.claims is None:
            return None
        kept = [school for school, value in zip(unit.schools, values, strict=True) if self._claims(pair.record, value)]
        staff = sum(self.staff[school] for school in unit.schools)
        return pair.claims * sum(self.staff[school] for school in kept) / staff if kept else None

    def _claims(self, field: str, value: str) -> bool:
        match self.measures.field(field).kind:
            case "held":
                return value != NOT_HELD
            case "choice":
                return value == "yes"
        return float(value) == 0

    def forecast(self, evidence: Evidence, unit: Unit, told: str) -> Finding | None:
        """Say where a share will be at the year's end if it goes on growing as it did; None where it cannot be said.

        Range over range of days: the class's ends, times the year's days over the days that were counted.
        """
        known = self.told(evidence.record or "", unit, told)
        until = self.values(evidence.until, unit) if evidence.until else []
        if known is None or not until or not all(until):
            return None
        first, last = self.measures.days(self.records.year)
        counted_days = [(date.fromisoformat(day) - first).days + 1 for day in until]
        year = (last - first).days + 1
        low, high = known.shares
        ends = min(low * year / max(counted_days), 1.0), min(high * year / min(counted_days), 1.0)
        least = evidence.least or 0.0
        state = MET if ends[0] >= least else NOT_MET if ends[1] < least else CANNOT_TELL
        return Finding(state, max(until), *ends)

    def _shown(self, field: str, unit: Unit, told: str, values: Sequence[str]) -> Finding:
        entry = self.measures.field(field)
        if entry.kind == "people":
            known = self.told(field, unit, told)
            return Finding(SHOWN, "", *known.shares) if known else Finding(SHOWN)
        if entry.kind == "date":
            return Finding(SHOWN, max(values) if all(values) else "")
        numbers = [float(v) for v in values if v]
        if not numbers:
            return Finding(SHOWN)
        if entry.classed:
            # What hangs on persons is told as a class of one unit, and of no sum that would narrow it.
            if unit.level == "county" or not unit.counts_people or len(numbers) < len(values):
                return Finding(SHOWN)
            low = floor(sum(numbers) / self.width) * self.width
            numbers = [low, low + self.width - 1]
        # In words too: a range of 0 to 1 would pass for a share.
        return Finding(SHOWN, _span(numbers), min(numbers), max(numbers))


def _span(numbers: Sequence[float]) -> str:
    """Write a range of numbers, over the schools that told one."""
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _every(said: Sequence[bool | None], value: str = "") -> Finding:
    """Judge what every school must have done: one that did not is enough, and one that says nothing leaves it open."""
    done = sum(each is True for each in said)
    shown = value if len(said) == 1 else f"{done}/{len(said)}"
    if any(each is False for each in said):
        return Finding(NOT_MET, shown)
    return Finding(MET, shown) if done == len(said) else Finding(CANNOT_TELL, "" if done == 0 else shown)
