"""Build the ledger: a state for every reporting unit and row, from what is released and from the schools' records.

Of a row its evidence decides: one that is not met is enough for "not met"; "met" needs every evidence that was asked;
whatever is missing, withheld or too close to call leaves "cannot tell". "Not asked" is a row of which nothing was.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from math import ceil, floor, nan
from typing import Any

from wellbeing.disclosure.release import Release, check_seal
from wellbeing.ledger import CANNOT_TELL, COLUMNS, MET, NOT_ASKED, NOT_MET, SHOWN, Ledger
from wellbeing.ledger.burden import Burden
from wellbeing.ledger.compare import direction_of, pool
from wellbeing.ledger.contact import ContactTimes
from wellbeing.ledger.contradiction import contradiction
from wellbeing.ledger.held import Held
from wellbeing.ledger.records import Finding, Unit, Word
from wellbeing.ledger.staff import Deed
from wellbeing.measures import Evidence, Measure, Measures, looked_back_on
from wellbeing.record_store import Records
from wellbeing.surveys import Roster

#: Units that are told of, and the kinds of each that may be told of an evidence.
_LEVELS = ("school", "group", "county")
_TOLD = {"school": _LEVELS, "group": ("group", "county"), "county": ("county",)}
_OF_RELEASES = ("response", "screening", "contact")
_OF_ANSWERS = ("questions", "named", "fair")


@dataclass(frozen=True, eq=False)
class Beside:
    """What else the ledger is built from, where there is any.

    Attributes
    ----------
    screening : mapping of str to Release
        Wave to the screening's release: of it only who took part is looked at, as it is released.
    contacts : mapping of str to ContactTimes
        Wave to what the counsellor exported.
    burden : Burden or None
    inside : mapping of str to float
        `wellbeing.ledger.staff.inside_shares`.
    routed : frozenset of str
        Questions that are asked of some only, by an answer before.
    last : Ledger or None
        The last wave's.
    """

    screening: Mapping[str, Release] = field(default_factory=dict)
    contacts: Mapping[str, ContactTimes] = field(default_factory=dict)
    burden: Burden | None = None
    inside: Mapping[str, float] = field(default_factory=dict)
    routed: frozenset[str] = frozenset()
    last: Ledger | None = None


def build_ledger(
    release: Release, records: Records, measures: Measures, roster: Roster, beside: Beside | None = None
) -> Ledger:
    """Build the ledger of an opinion wave.

    Parameters
    ----------
    release : Release
        Of the opinion survey.
    records : Records
        Of the school year that the survey looks back on (`wellbeing.measures.looked_back_on`).
    measures : Measures
    roster : Roster
        For the staff of each school.
    beside : Beside, optional

    Returns
    -------
    Ledger
        A line for every unit that may report, school, group or county, and every row; in the release's and the
        notice's order.

    Raises
    ------
    TypeError
        If `release`, or one of the screening, is not a release.
    """
    import pandas as pd

    more = beside or Beside()
    for each in (release, *more.screening.values()):
        check_seal(each)
    lines = list(_Builder(release, records, measures, roster, more).lines())
    frame = pd.DataFrame(lines, columns=list(COLUMNS))
    texts = ["unit", "row", "item", "source", "state", "value", "before"]
    return Ledger(frame.astype(dict.fromkeys(texts, "str")))


@dataclass(frozen=True, eq=False)
class _Builder:
    release: Release
    records: Records
    measures: Measures
    roster: Roster
    beside: Beside

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The release's units; the county's schools are the roster's, whether or not they are in a unit."""
        known = [str(school) for school in self.roster.schools.index]
        staff = self.roster.schools["staff"]
        units = self.release.units
        found = []
        for unit, level, ids in zip(units["unit"], units["level"], units["schools"], strict=True):
            if level in ("school", "group"):
                schools = tuple(school for school in str(ids).split() if school in known)
                enough = level == "group" or sum(staff[s] for s in schools) >= self.release.policy.group_below_staff
                found.append(Unit(str(unit), str(level), schools, enough))
        return (*found, Unit("county", "county", tuple(known), True))

    @cached_property
    def word(self) -> Word:
        staff = {str(school): int(n) for school, n in self.roster.schools["staff"].items()}
        return Word(self.records, self.measures, staff, self.units, self.release.policy.class_width)

    @cached_property
    def deed(self) -> Deed:
        return Deed(self.release, self.measures, self.beside.inside, self.beside.routed)

    @cached_property
    def held(self) -> Held:
        known = frozenset(map(str, self.roster.schools.index))
        more = self.beside
        return Held(self.release, self.measures, self.records.year, more.screening, more.contacts, known)

    @cached_property
    def better(self) -> dict[str, dict[str, float]]:
        """Of each row, unit to the probability that it is better than expected, by the row's first question.

        More questions of a row would be more chances to be better by luck.
        """
        units = [unit.id for unit in self.units if unit.level != "county"]
        found = {}
        for measure in self.measures.measures:
            asked = [
                (question, direction_of(evidence))
                for evidence in measure.evidence
                if evidence.needs == "questions" and measure.told_of(evidence) == "school"
                for question in evidence.questions
                if question in self.deed.asked
            ]
            if asked:
                question, direction = asked[0]
                seen = {unit: told for unit in units if (told := self.deed.seen(unit, question)) is not None}
                pooled = pool(seen, self.deed.about)
                found[measure.row] = {} if pooled is None else dict(pooled.higher if direction > 0 else pooled.lower)
        return found

    @cached_property
    def rural(self) -> dict[str, bool]:
        """Whether a unit's schools are rural; units of both kinds are left out."""
        kind = {str(school): bool(rural) for school, rural in self.roster.schools["rural"].items()}
        kinds = {unit.id: {kind[school] for school in unit.schools} for unit in self.units if unit.level != "county"}
        return {unit: found.pop() for unit, found in kinds.items() if len(found) == 1}

    @cached_property
    def pairs(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """Of each unit and row, its pairs of word and deed."""
        term = self.measures.term_of(looked_back_on(date.fromisoformat(self.release.frozen)))
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for unit in self.units:
            for measure in self.measures.measures:
                for pair in measure.against:
                    if unit.level in _TOLD[measure.told] and pair.term in (None, term):
                        claim = self.word.claim(pair, unit, measure.told)
                        seen = self.deed.seen(unit.id, pair.question)
                        chance = (
                            nan if claim is None or seen is None else contradiction(claim, seen, self.measures.margin)
                        )
                        told = {"value": pair.question, "contradiction": chance, "low": nan, "high": nan}
                        if seen is not None:
                            told |= {"low": seen.low, "high": seen.high}
                        if claim is not None:
                            told["probability"] = claim
                        found.setdefault((unit.id, measure.row), []).append({"item": f"against:{pair.record}", **told})
        return found

    @cached_property
    def states_before(self) -> dict[tuple[str, str], str]:
        """The state of each unit's rows in the last wave."""
        if self.beside.last is None:
            return {}
        earlier = self.beside.last.states
        return {
            (str(unit), str(row)): str(state)
            for unit, row, state in zip(earlier["unit"], earlier["row"], earlier["state"], strict=True)
        }

    def lines(self) -> Iterator[dict[str, Any]]:
        for unit in self.units:
            for measure in self.measures.measures:
                yield from self._row(unit, measure)

    def _row(self, unit: Unit, measure: Measure) -> Iterator[dict[str, Any]]:
        findings = [(each, self._find(unit, measure, each)) for each in measure.evidence]
        told = [(each, found) for each, found in findings if found is not None]
        before = self.states_before.get((unit.id, measure.row), "")
        pairs = self.pairs.get((unit.id, measure.row), [])
        chances = [pair["contradiction"] for pair in pairs if pair["contradiction"] == pair["contradiction"]]
        head = {"unit": unit.id, "row": measure.row}
        yield _line(
            head, "", "row", Finding(_state([found.state for _, found in told], self._is_asked(measure))),
            contradiction=max(chances, default=nan), better=self.better.get(measure.row, {}).get(unit.id, nan),
            before=before,
        )  # fmt: skip
        for evidence, found in told:
            yield _line(head, evidence.id, _source(evidence), found)
            if evidence.needs == "named":
                for question in evidence.questions:
                    if question in self.deed.asked and (seen := self.deed.seen(unit.id, question)) is not None:
                        name = f"{evidence.id}:{question}"
                        yield _line(head, name, "survey", Finding(SHOWN, question, seen.low, seen.high))
            if evidence.until is not None:
                ahead = self.word.forecast(evidence, unit, measure.told_of(evidence))
                if ahead is not None:
                    yield _line(
                        head, f"{evidence.id}:forecast", "record", Finding(SHOWN, ahead.state, ahead.low, ahead.high)
                    )
        for pair in pairs:
            found = Finding(SHOWN, pair["value"], pair["low"], pair["high"], pair.get("probability", nan))
            yield _line(head, pair["item"], "pair", found, contradiction=pair["contradiction"])

    def _is_asked(self, measure: Measure) -> bool:
        """Say whether anything of a row is asked at all, in this wave's survey or elsewhere."""
        return any(
            each.needs not in _OF_ANSWERS or not self.deed.asked.isdisjoint(each.questions) for each in measure.evidence
        )

    def _find(self, unit: Unit, measure: Measure, evidence: Evidence) -> Finding | None:
        """Judge one evidence of a unit; None where it is not told of such units."""
        if unit.level not in _TOLD[measure.told_of(evidence)]:
            return None
        if evidence.needs == "questions":
            return self.deed.judge(evidence, unit.id)
        if evidence.needs == "fair":
            return self.deed.fair(evidence.questions[0], self.rural)
        if evidence.needs == "named":
            asked = any(question in self.deed.asked for question in evidence.questions)
            return Finding(SHOWN) if asked else Finding(NOT_ASKED)
        if evidence.record is not None:
            return self.word.judge(evidence, unit, measure.told_of(evidence))
        match evidence.needs:
            case "response":
                return self.held.response(unit)
            case "screening":
                return self.held.screening(unit, evidence.id)
            case "contact":
                return self.held.contact(evidence)
            case "burden":
                minutes = self.beside.burden.most if self.beside.burden else nan
                return Finding(SHOWN, "", minutes, minutes)
            case "gap":
                return self._gap(unit)
            case "better":
                return self._better(unit)
        return self._present(unit)

    def _gap(self, unit: Unit) -> Finding:
        """The mean and the largest probability of contradiction, over all rows told of the unit."""
        chances = [
            pair["contradiction"]
            for (of, _), pairs in self.pairs.items()
            for pair in pairs
            if of == unit.id and pair["contradiction"] == pair["contradiction"]
        ]
        if not chances:
            return Finding(CANNOT_TELL)
        sure = self.measures.sure
        state = NOT_MET if max(chances) >= sure else MET if max(chances) <= 1 - sure else CANNOT_TELL
        return Finding(state, "", sum(chances) / len(chances), max(chances), max(chances))

    def _better(self, unit: Unit) -> Finding:
        """A unit that is better than expected in some row has something to show; one without is no worse for it."""
        if unit.level == "county":
            chances = [chance for of_units in self.better.values() for chance in of_units.values()]
        else:
            chances = [of_units[unit.id] for of_units in self.better.values() if unit.id in of_units]
        best = max(chances, default=nan)
        rows = sum(chance >= self.measures.sure for chance in chances)
        return Finding(MET if rows else CANNOT_TELL, str(rows) if rows else "", probability=best)

    def _present(self, unit: Unit) -> Finding:
        """Every school's sheet is there, and the survey told something of it."""
        there = sum(school in self.records.schools for school in unit.schools)
        shown = f"{there}/{len(unit.schools)}"
        in_a_unit = {school for each in self.units if each.level != "county" for school in each.schools}
        if there < len(unit.schools) or not set(unit.schools) <= in_a_unit:
            return Finding(NOT_MET, shown)
        told = unit.id in self.deed.about
        return Finding(MET if told else CANNOT_TELL, shown)


def _state(found: Sequence[str], asked: bool) -> str:
    """Put the states of a row's evidence together."""
    decides = [state for state in found if state not in (SHOWN, NOT_ASKED)]
    if NOT_MET in decides:
        return NOT_MET
    if CANNOT_TELL in decides:
        return CANNOT_TELL
    if decides:
        return MET
    # Nothing of it is told of such units, but it was asked.
    return CANNOT_TELL if asked and not found else NOT_ASKED


def _source(evidence: Evidence) -> str:
    if evidence.record is not None:
        return "record"
    if evidence.needs in ("questions", "named"):
        return "survey"
    return "release" if evidence.needs in _OF_RELEASES else "derived"


def _line(
    head: Mapping[str, str], item: str, source: str, found: Finding, *,
    contradiction: float = nan, better: float = nan, before: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Write a line, to three digits; a range outwards, so that it never says more than the class it comes from."""
    numbers = {
        "low": floor(found.low * 1000 + 1e-6) / 1000 if found.low == found.low else nan,
        "high": ceil(found.high * 1000 - 1e-6) / 1000 if found.high == found.high else nan,
        "probability": round(found.probability, 3),
        "contradiction": round(contradiction, 3),
        "better": round(better, 3),
    }
    return {
        **head,
        "item": item,
        "source": source,
        "state": found.state,
        "value": found.value,
        "before": before,
        **numbers,
    }
