"""Say each figure of one measure as exactly as all of them together allow, and no more exactly.

Relations are accepted one after another, from the leaves of the tree to the county. Before a new one every figure
beneath is safe; if the new one narrows any of them, the figures that came with it are said more coarsely until it
narrows none. A whole that is withheld adds nothing to what its parts say, so this always ends. A school's own
result outranks its subgroups', and a school's the county's: the later a figure comes, the sooner it gives way.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from wellbeing.disclosure.classes import NO_SCORE, Steps, possible_counts, top_end
from wellbeing.disclosure.earlier import Earlier, told_class
from wellbeing.disclosure.means import MEAN_WIDTHS, mean_interval, told_mean
from wellbeing.disclosure.plan import ALL, COUNTY, Plan
from wellbeing.disclosure.propagate import Key, Region, Relation, narrow, propagate, region, regions
from wellbeing.disclosure.tables import Part, table_doublings
from wellbeing.errors import KitFault
from wellbeing.surveys import Policy


@dataclass(frozen=True)
class Figure:
    """A true figure: people, cases, and the sums of the scores and of their squares in score points.

    Where the number of people is itself an answer, `alike_from` is `classes.told_alike_from`: they pass for so many.
    """

    n: int
    cases: int
    total: float
    squares: float
    alike_from: int | None = None

    @property
    def tellable(self) -> int:
        """The number of people that the rules look at."""
        return self.n if self.alike_from is None else self.alike_from


@dataclass(frozen=True)
class Printed:
    """What is said of one figure, and the cases and sums (in steps) that it leaves possible by itself.

    Where the mean alone is told ``side`` is ``mean``, and there is no class: ``low`` and ``high`` are 0 then.
    """

    low: int
    high: int
    side: str
    mean: tuple[float, float] | None
    counts: tuple[int, int]
    sums: tuple[int, int]


def say_figure(
    figure: Figure,
    steps: Steps,
    ends: tuple[float, float],
    policy: Policy,
    doublings: int = 0,
    wider: int | None = None,
    earlier: tuple[Earlier, ...] = (),
) -> Printed | None:
    """Say one figure by the rules for one figure (R5, R7).

    Parameters
    ----------
    figure : Figure
    steps : Steps
    ends : tuple of float
        The scale's range.
    policy : Policy
    doublings : int
        How often the class's width is doubled.
    wider : int or None
        How many widths the mean's interval is wider than R7 asks; None: no mean.
    earlier : tuple of Earlier
        What was told of nearly the same people before.

    Returns
    -------
    Printed or None
        None where nothing is left to say: the class would be every count there can be.
    """
    n = figure.n
    if not steps.counted:
        return _say_mean(figure, steps, ends, policy, wider, earlier)
    width = policy.class_width * 2**doublings
    if figure.tellable + 1 < width:
        return None
    told = told_class(figure.cases, n, width, earlier, figure.alike_from)
    if told is None:
        return None
    low, high, side = told
    if side == "untold":
        high = top_end(low, n, policy.class_width, figure.alike_from)
    counts = possible_counts(low, high, side, n)
    if wider is not None:
        width, values = policy.class_width, policy.mean_values
        told_too = told_mean(figure.total, n, counts, steps, ends, width, values, wider, earlier)
        if told_too is not None:
            return Printed(low, high, side, told_too[0], counts, told_too[1])
    return Printed(low, high, side, None, counts, (0, n * steps.most))


def _say_mean(
    figure: Figure,
    steps: Steps,
    ends: tuple[float, float],
    policy: Policy,
    wider: int | None,
    earlier: tuple[Earlier, ...],
) -> Printed | None:
    """Say a mean that stands alone: nobody is a case, so one count, none, is all that it must leave."""
    if wider is None:
        return None
    told = told_mean(figure.total, figure.n, (0, 0), steps, ends, 1, policy.mean_values, wider, earlier)
    return None if told is None else Printed(0, 0, "mean", told[0], (0, 0), told[1])


@dataclass
class Desk:
    """One measure on its way out: its true figures, what is said of each, and how coarsely.

    ``figures`` holds every figure that the plan's relations name; ``relations`` those accepted so far, by whole.
    ``kept`` are figures that are not told whatever they are; ``earlier`` what was told of them before.
    """

    measure: str
    steps: Steps
    ends: tuple[float, float]
    figures: dict[Key, Figure]
    policy: Policy
    kept: frozenset[Key] = frozenset()
    earlier: Mapping[Key, tuple[Earlier, ...]] = field(default_factory=dict)
    printed: dict[Key, Printed] = field(default_factory=dict)
    relations: dict[Key, list[Relation]] = field(default_factory=dict)

    def may_say(self, key: Key) -> bool:
        """Whether enough people were scored: R1 for all, R6 for a subgroup and for the rest of its unit."""
        unit, group = key
        figure = self.figures[key]
        if key in self.kept:
            return False
        if group == ALL:
            return figure.tellable >= self.policy.min_respondents
        # The rest is who is there besides all of the group, not besides those of it who can be told of.
        return min(figure.tellable, self.figures[unit, ALL].n - figure.n) >= self.policy.subgroup_min

    @property
    def width(self) -> int:
        """Counts of cases that must stay possible: one, none, where nobody is a case."""
        return self.policy.class_width if self.steps.counted else 1

    def has_mean(self, key: Key) -> bool:
        """Whether a mean may be told (R7); of a subgroup only county-wide and from as many as a comparison (R6)."""
        unit, group = key
        if self.steps is NO_SCORE or (group != ALL and unit != COUNTY):
            return False
        least = self.policy.mean_min_respondents if group == ALL else self.policy.compare_min_respondents
        return self.figures[key].n >= least

    def finest_mean(self, key: Key) -> tuple[float, float] | None:
        """The mean's interval by R7 alone, without the share beside it."""
        figure = self.figures[key]
        return mean_interval(figure.total, figure.n, self.steps.step, *self.ends, self.policy.mean_values)

    def say(self, keys: Iterable[Key], doublings: int, wider: int | None) -> None:
        """Say some figures so coarsely, or withhold them."""
        for key in keys:
            mean = wider if self.has_mean(key) else None
            before = self.earlier.get(key, ())
            said = say_figure(self.figures[key], self.steps, self.ends, self.policy, doublings, mean, before)
            self.printed.pop(key, None)
            if said is not None:
                self.printed[key] = said

    def widen(self, key: Key) -> None:
        """Say one figure more coarsely, so that it leaves all that it left before and more; withhold it at last."""
        said = self.printed[key]
        if said.side == "mean":
            del self.printed[key]
            return
        if said.mean is not None:
            # A mean goes first: it is the narrower of the two, and alone it says little.
            self.printed[key] = Printed(said.low, said.high, said.side, None, said.counts, (0, self._most(key)))
            return
        before = self.earlier.get(key, ())
        for doublings in count(1):
            wider = say_figure(self.figures[key], self.steps, self.ends, self.policy, doublings, None, before)
            if wider is None:
                del self.printed[key]
                return
            if wider.counts[0] <= said.counts[0] and said.counts[1] <= wider.counts[1] and wider.counts != said.counts:
                self.printed[key] = wider
                return

    def _most(self, key: Key) -> int:
        return self.figures[key].n * self.steps.most

    def alone(self, key: Key) -> Region:
        """What a figure leaves possible by itself: a withheld one, whatever its n allows."""
        return region(*self._told(key), self.steps)

    def _told(self, key: Key) -> tuple[int, tuple[int, int], tuple[int, int]]:
        n, said = self.figures[key].n, self.printed.get(key)
        cases = n if self.steps.counted else 0
        return (n, (0, cases), (0, n * self.steps.most)) if said is None else (n, said.counts, said.sums)

    def together(self, key: Key) -> dict[Key, Region]:
        """What the figures from `key` downwards leave possible together, by the relations accepted so far."""
        relations = self._beneath(key)
        named = list({part: None for relation in relations for part in (relation.whole, *relation.parts)})
        alone = regions([self._told(part) for part in named], self.steps)
        if self.steps is NO_SCORE:  # counts are all there is to pass on
            relations = [replace(relation, scores=False) for relation in relations]
        return propagate(dict(zip(named, alone, strict=True)), relations)

    def _beneath(self, key: Key) -> list[Relation]:
        found = list(self.relations.get(key, ()))
        for relation in self.relations.get(key, ()):
            for part in relation.parts:
                found += self._beneath(part)
        return found

    def safe(self, key: Key) -> bool:
        """Whether every figure from `key` downwards, hidden ones too, keeps enough counts and sums."""
        return not any(
            narrow(what, self.figures[part].n, self.steps, self.width, self.policy.mean_values)
            for part, what in self.together(key).items()
        )

    def accept(self, relation: Relation, new: Sequence[Key], coarsest: int = 0) -> None:
        """Let a relation hold, saying the figures that come with it as exactly as leaves all beneath safe.

        They are said already, in classes doubled `coarsest` times; from there on they only get coarser.

        A mean's interval is widened before a class is: it is the narrower of the two. Where no mean helps with a
        class, the class is doubled and the mean starts again.
        """
        said = [key for key in new if key in self.printed]
        self.relations.setdefault(relation.whole, []).append(relation)
        if self.safe(relation.whole):
            return
        means = [*range(len(MEAN_WIDTHS)), None] if any(self.has_mean(key) for key in said) else [None]
        for doublings in count(coarsest):
            self.say(said, doublings, None)
            if not self.safe(relation.whole):
                if not any(key in self.printed for key in said):
                    raise KitFault(f"{relation.whole[0]}, {self.measure}: unsafe with nothing said")
                continue
            for wider in means:
                self.say(said, doublings, wider)
                if self.safe(relation.whole):
                    return

    def _say_table(self, table: Relation) -> int:
        """Say a unit's table so coarsely that the coarseness tells nothing, and give how often it was doubled."""
        known = self.together(table.whole).get(table.whole) or self.alone(table.whole)
        parts = [
            Part(self.figures[key].n, self.figures[key].cases, key in self.printed, self.earlier.get(key, ()))
            for key in table.parts
        ]
        said = [key for key in table.parts if key in self.printed]
        doublings = table_doublings(known.range, parts, self.policy.class_width)
        if doublings is None:
            for key in said:
                del self.printed[key]
            return 0
        if doublings:
            self.say(said, doublings, None)
        return doublings

    def accept_table(self, table: Relation) -> None:
        """Accept a unit's table by one question, if it says anything.

        One that says nothing cannot narrow: any five counts of the whole leave five of each part, or all that a
        handful of people can have. So it is left out, and the figures above need not answer for it.
        """
        if any(key in self.printed for key in table.parts):
            doublings = self._say_table(table) if table.whole[0] != COUNTY else 0
            self.accept(table, table.parts, doublings)
            if not any(key in self.printed for key in table.parts):
                self.relations[table.whole].remove(table)


def clear_measure(
    measure: str,
    steps: Steps,
    ends: tuple[float, float],
    figures: dict[Key, Figure],
    plan: Plan,
    policy: Policy,
    kept: frozenset[Key] = frozenset(),
    earlier: Mapping[Key, tuple[Earlier, ...]] | None = None,
) -> Desk:
    """Say every wanted figure of one measure as exactly as the tree of relations allows, but those to be `kept`.

    What closes the tree to a ring, and what else a reader has, is for the certificate; it makes coarser what must be.

    Returns
    -------
    Desk
        With ``printed``; what is not in it is withheld.
    """
    desk = Desk(measure, steps, ends, figures, policy, kept, earlier or {})
    desk.say([key for key in plan.wanted if desk.may_say(key)], 0, 0)
    for table in plan.tables:
        desk.accept_table(table)
    for level in plan.levels:
        desk.accept(level, (level.whole,))
    for table in plan.county_tables:
        desk.accept_table(table)
    return desk
