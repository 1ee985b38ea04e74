"""One scale on its way out with what hangs together with it, and the certificate over all of it (R15)."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wellbeing.disclosure.certify import Ends, Evidence, Hand, certify, certify_all
from wellbeing.disclosure.classes import NO_SCORE, Steps
from wellbeing.disclosure.coarsen import Desk, Figure, Printed, say_figure
from wellbeing.disclosure.earlier import Earlier, ends_leave_enough, leaves_enough
from wellbeing.disclosure.history import Look, moved_in, smallest_units, term
from wellbeing.disclosure.joint import Joint, join_wave, severe_part
from wellbeing.disclosure.plan import ALL, COUNTY, Plan
from wellbeing.disclosure.propagate import Key
from wellbeing.disclosure.terms import Beside, Said, Term, join_terms
from wellbeing.surveys import Policy


@dataclass
class CountyFigure:
    """A figure that only the county is told, of no subgroup: severe band, critical item (R4), unfavourable answers.

    ``steps`` has the steps of the severe; it is `NO_SCORE` for a critical answer, whose cases are no band of the scale:
    each of them has at least a step, except for up to ``unscored`` people who have no score. People counted in a figure
    that is ``apart`` are none of the cases: who finds a thing bad does not find it good. It is told from ``fewest``
    people on.
    """

    measure: str
    figure: Figure
    steps: Steps
    policy: Policy
    fewest: int
    earlier: tuple[Earlier, ...] = ()
    unscored: int = 0
    apart: bool = False
    said: Printed | None = None
    rule: str = "R4"
    doublings: int = 0

    @property
    def n(self) -> int:
        return self.figure.n

    def say(self) -> None:
        """Say it as exactly as its own rules allow."""
        if self.figure.tellable >= self.fewest:
            self.said = say_figure(self.figure, NO_SCORE, (0, 0), self.policy, self.doublings, None, self.earlier)
            self.rule = "R15"

    def widen(self) -> None:
        """Say it more coarsely, so that it leaves all that it left before and more; withhold it at last."""
        before = self.said
        while self.said is not None and before is not None:
            self.doublings += 1
            self.say()
            if self.said is None or (
                self.said.counts[0] <= before.counts[0] and before.counts[1] <= self.said.counts[1]
            ):
                return


@dataclass(frozen=True)
class _Asked:
    """What several waves tell of the same schools, or of one unit's groups, and the numbers of people now.

    ``county`` has the county's schools where it is they that are asked about.
    """

    before: tuple[list[Term], str]
    told: Mapping[Key, frozenset[str]]
    units: Sequence[frozenset[str]]
    people: Mapping[str, tuple[int, int, int]]
    moved: Mapping[frozenset[str], tuple[int, int]]
    county: frozenset[str] = frozenset()


@dataclass
class Draft:
    """A scale's desk, and the county's figures that hang together with it; ``widened``, what was lately."""

    desk: Desk
    county: list[CountyFigure] = field(default_factory=list)
    widened: set[Key] = field(default_factory=set)

    def certify(self, plan: Plan, overlaps: Mapping[tuple[str, str], int]) -> Evidence:
        """Prove that this wave alone tells nothing hidden; coarser where it does."""
        return certify(join_wave(self.desk, plan, self.county, overlaps), self.hand)

    @property
    def hand(self) -> Hand:
        """Who makes its figures coarser."""
        return Hand(self._cost, self._widen)

    def certify_terms(self, plan: Plan, look: Look, schools: Mapping[str, frozenset[str]]) -> Evidence:
        """Prove that this wave and all before it together tell nothing hidden; this one coarser where they do.

        The schools of the county are one system, and the groups of every unit that tells some another.
        """
        evidence = self._look_back(self.desk.earlier)
        numbers = look.numbers
        if not numbers or not look.history.past:
            return evidence
        asked = list(self._asked(plan, look, schools, numbers))
        hand = self.hand
        proved: dict[int, list[Joint]] = {}
        again = list(range(len(asked)))
        while again:
            self.widened.clear()
            joints = {number: self._join(asked[number], look.after) for number in again}
            # What leaves all that was shown to be possible, and more, is proved already. Figures only ever get wider,
            # so it also leaves what was shown after some of them had been widened.
            new = [
                joint
                for number, some in joints.items()
                for joint in some
                if not any(joint.leaves_all_of(before) for before in proved.get(number, ()))
            ]
            found = certify_all(new, hand)
            if proved:
                found.figures = found.known = 0
            proved |= joints
            evidence.add(found)
            # What is wider may contradict what was told before no longer, and then tells of who came and went.
            beside = self._look_back(self.widened & self.desk.earlier.keys())
            beside.figures = 0
            evidence.add(beside)
            again = [number for number, ask in enumerate(asked) if self.widened & ask.told.keys()]
        return evidence

    def terms_asked(
        self, plan: Plan, look: Look, schools: Mapping[str, frozenset[str]]
    ) -> dict[frozenset[frozenset[str]], list[Term]]:
        """Give what all waves tell of the county's schools, and of the groups of every unit that is told by them."""
        if not look.numbers or not look.history.past:
            return {}
        asked = self._asked(plan, look, schools, look.numbers)
        return {frozenset(ask.units): terms for ask in asked if (terms := self._terms(ask, look.after))}

    def _asked(
        self,
        plan: Plan,
        look: Look,
        schools: Mapping[str, frozenset[str]],
        numbers: Mapping[tuple[str, str, str], tuple[int, int, int]],
    ) -> Iterator["_Asked"]:
        measure = self.desk.measure
        people = {
            school: numbers.get((measure, school, ALL), (0, 0, 0)) for school in sorted(set().union(*schools.values()))
        }
        told = {key: schools[key[0]] for key in self.desk.printed if key[1] == ALL}
        units = smallest_units(schools)
        before = look.history.terms(measure, self.desk.steps, list(self._beside(schools[COUNTY])))
        yield _Asked(before, told, list(units.values()), people, moved_in(units, numbers), schools[COUNTY])
        for table in (*plan.tables, *plan.county_tables):
            groups = [group for _, group in table.parts]
            unit = table.whole[0]
            before = look.history.tables(measure, self.desk.steps, unit, groups)
            told = {(unit, group): frozenset([group]) for group in groups if (unit, group) in self.desk.printed}
            if table.whole in self.desk.printed:
                told[table.whole] = frozenset(groups)
            people = {group: numbers.get((measure, unit, group), (0, 0, 0)) for group in groups}
            apart = [frozenset([group]) for group in groups]
            if any(len(said.schools) < len(groups) for past in before[0] for said in past.said) or len(told) > 1:
                yield _Asked(before, told, apart, people, moved_in({unit: frozenset(groups)}, numbers))

    def _join(self, ask: "_Asked", after: str) -> list[Joint]:
        """Join what is told now with the terms before, all about the same schools or groups; none if nothing is new."""
        terms = self._terms(ask, after)
        if not terms:
            return []
        now = terms[-1]
        if not any((*now.came.values(), *now.left.values())) and now.tells_the_same(terms[-2]):
            return []
        return join_terms(terms, self.desk.steps, replace(self.desk.policy, class_width=self.desk.width))

    def _terms(self, ask: "_Asked", after: str) -> list[Term]:
        """Give the terms before and this one; none where none told of it before."""
        earlier, last = ask.before
        if not earlier:
            return []
        said = [
            Said((self.desk.measure, *key), members, self.desk.printed[key].counts, self.desk.printed[key].sums)
            for key, members in ask.told.items()
            if key in self.desk.printed
        ]
        beside = [told for told in self._beside(ask.county) if self._said_of(told.measure)] if ask.county else []
        return [*earlier, term(said, ask.units, ask.people, ask.moved, earlier[-1], after == last, beside)]

    def _beside(self, schools: frozenset[str]) -> Iterator[Beside]:
        """Give the county's own figures that are a part of the cases or of everybody else, told or not."""
        for figure in self.county:
            severe = severe_part(self.desk.steps, figure.steps)
            if figure.apart or severe is not None:
                counts = figure.said.counts if figure.said else (0, figure.n)
                yield Beside((figure.measure, COUNTY, ALL), figure.measure, schools, counts, severe)

    def _said_of(self, measure: str) -> bool:
        return any(figure.measure == measure and figure.said for figure in self.county)

    def _look_back(self, keys: Iterable[Key]) -> Evidence:
        """Widen what, class and mean together, would tell of who came or went since one earlier wave."""
        desk, evidence = self.desk, Evidence()
        for key, earlier in ((key, desk.earlier[key]) for key in sorted(keys)):
            n, width = desk.figures[key].n, desk.width
            evidence.figures += len(earlier) if key in desk.printed else 0
            while (said := desk.printed.get(key)) and not all(
                leaves_enough(known, n, said.counts, said.sums, desk.steps, width)
                and ends_leave_enough(known, said.low, said.high, said.side, width)
                for known in earlier
            ):
                desk.widen(key)
                self.widened.add(key)
                evidence.widened += 1
        return evidence

    def _cost(self, name: Hashable) -> tuple[int, str] | None:
        """Say what gives way first: the county's subgroups, the county, its parts, a school's subgroups, a school."""
        measure, unit, group = _figure_name(name)
        if measure != self.desk.measure:
            return (1, measure) if any(f.measure == measure and f.said for f in self.county) else None
        if (unit, group) not in self.desk.printed:
            return None
        whole = unit == COUNTY or unit.startswith("C-")
        rank = {(True, False): 0, (True, True): 2, (False, False): 4, (False, True): 5}[whole, group == ALL]
        return rank + (unit != COUNTY and rank == 2), f"{unit} {group}"

    def _widen(self, name: Hashable) -> Ends | None:
        measure, unit, group = _figure_name(name)
        if measure != self.desk.measure:
            county = next(figure for figure in self.county if figure.measure == measure)
            county.widen()
            # What several waves tell of the whole county is another thing then.
            self.widened.add((COUNTY, ALL))
            return (county.said.counts, (0, 0)) if county.said else None
        self.desk.widen((unit, group))
        self.widened.add((unit, group))
        said = self.desk.printed.get((unit, group))
        return (said.counts, said.sums) if said else None


def _figure_name(name: Hashable) -> tuple[str, str, str]:
    if isinstance(name, tuple) and len(name) == 3:
        return str(name[0]), str(name[1]), str(name[2])
    return "", "", ""
