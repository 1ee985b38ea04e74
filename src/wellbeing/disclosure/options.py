"""The options of one question together: whoever is counted at one of them named at least one of all (R15).

Several may be named, so the options' counts overlap; but nobody who is counted named none. So the counts add up to the
number of people at least, and each is at most that number. Where people name hardly more than one each, classes whose
upper ends add up to hardly more than the people tell nearly everything: five classes of "0 to 4" of 20 people are five
fours. Whoever names "none of these" names nothing else, as most readers will take it.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence

from wellbeing.disclosure.certify import Ends, Evidence, Hand, certify, certify_all
from wellbeing.disclosure.classes import possible_counts
from wellbeing.disclosure.coarsen import Desk, Printed
from wellbeing.disclosure.draft import Draft
from wellbeing.disclosure.history import Look
from wellbeing.disclosure.joint import Joint
from wellbeing.disclosure.plan import ALL, COUNTY, Plan
from wellbeing.disclosure.propagate import Key
from wellbeing.disclosure.solvers import Row, possible
from wellbeing.disclosure.terms import join_options_terms
from wellbeing.surveys import NOTHING


def crowded(said: Iterable[Printed | None], people: range, width: int) -> bool:
    """Say whether the classes of one question's options leave too little, set against the number of people.

    Of options that may go up to ``u`` each, of `people` in all, every count can go down from its upper end by as much
    as all of these together are more than the people: that must be `width` counts. Where the number of people is itself
    an answer it must be so for every number that is told alike, or the classes would tell which of them it is.

    Parameters
    ----------
    said : iterable of Printed or None
        What is said of each option; None where nothing is.
    people : range
        The numbers of people whom a reader may think possible.
    width : int
        Counts that must stay possible.
    """
    classes = [None if each is None else (each.low, each.high, each.side) for each in said]
    # By one person more, the room changes by the same each time: so it is least at one of the ends.
    for n in (people[0], people[-1]):
        most = sum(n if told is None else possible_counts(*told, n)[1] for told in classes)
        if most - n < width - 1:
            return True
    return False


def withhold_crowded(desks: Sequence[Desk], people: Mapping[Key, range]) -> None:
    """Withhold a question with all its options from every unit and group where these are `crowded`.

    Parameters
    ----------
    desks : sequence of Desk
        One for each option.
    people : mapping of Key to range
        Of each unit and group that is wanted, the numbers of people that are told alike.
    """
    for key, numbers in people.items():
        told = [desk for desk in desks if key in desk.printed]
        if told and crowded([desk.printed.get(key) for desk in desks], numbers, desks[0].width):
            for desk in told:
                del desk.printed[key]


def certify_options(
    drafts: Sequence[Draft],
    plan: Plan,
    overlaps: Mapping[tuple[str, str], int],
    look: Look,
    schools: Mapping[str, frozenset[str]],
) -> Evidence:
    """Prove that the options of one question together tell nothing hidden, in this wave and with all before it.

    Each option has been proved by itself already. What is made coarser here is proved by itself again.

    Parameters
    ----------
    drafts : sequence of Draft
        One for each option.
    plan, overlaps, look, schools
        As `Draft.certify` and `Draft.certify_terms` want them.
    """
    evidence = Evidence()
    hand = _hand(drafts)
    while True:
        before = [dict(draft.desk.printed) for draft in drafts]
        evidence.add(certify(join_options(drafts, plan), hand))
        evidence.add(certify_all(list(_terms(drafts, plan, look, schools)), hand))
        coarser = [draft for draft, printed in zip(drafts, before, strict=True) if draft.desk.printed != printed]
        if not coarser:
            return evidence
        for draft in coarser:
            again = draft.certify(plan, overlaps)
            again.add(draft.certify_terms(plan, look, schools))
            again.figures = again.known = 0
            evidence.add(again)


def join_options(drafts: Sequence[Draft], plan: Plan) -> Joint:
    """Write down what one wave tells of all options of a question.

    Unknown are each option's cases in every unit, and in every group of the county by the questions that any option is
    told by. The groups of single units, which are told nowhere, are in each option's own system alone.

    Parameters
    ----------
    drafts : sequence of Draft
        One for each option; only numbers of people and what is printed are read.
    plan : Plan
    """
    figures = drafts[0].desk.figures
    units = [unit for unit in plan.holds[COUNTY] if figures[unit, ALL].n]
    tables = [
        [key for key in table.parts if figures[key].n]
        for table in plan.county_tables
        if any(key in draft.desk.printed for draft in drafts for key in table.parts)
    ]
    keys = [*((unit, ALL) for unit in units), *(key for table in tables for key in table)]
    alone = nothing(drafts)

    def joined(exclusive: bool) -> Joint:
        joint = Joint()
        for place, draft in enumerate(drafts):
            _option(joint, place, draft.desk, plan, units, tables)
        for key in keys:
            n = figures[key].n
            joint.system.row({(place, ("cases", *key)): 1 for place in range(len(drafts))}, low=n)
            if not exclusive or alone is None:
                continue
            for place, draft in enumerate(drafts):
                # Of what contradicts itself in one place nobody can hold it there.
                if place != alone and _least(drafts[alone], key) + _least(draft, key) <= n:
                    joint.system.row({(alone, ("cases", *key)): 1, (place, ("cases", *key)): 1}, high=n)
        return joint

    # Evidence beside "none of these names nothing else" is evidence without it.
    strict = joined(exclusive=True)
    return strict if alone is None or possible(strict.system) else joined(exclusive=False)


def _option(
    joint: Joint, place: int, desk: Desk, plan: Plan, units: Sequence[str], tables: Sequence[Sequence[Key]]
) -> None:
    """Add one option's cases, what is printed of them, and ask how far each can go."""

    def add(key: Key, row: Row) -> None:
        joint.target((place, desk.measure, *key), row, min(desk.width, desk.figures[key].n + 1))
        said = desk.printed.get(key)
        if said is not None:
            joint.system.row(row, *said.counts, ((desk.measure, *key), "cases"))

    for key in [*((unit, ALL) for unit in units), *(key for table in tables for key in table)]:
        joint.system.unknown((place, ("cases", *key)), 0, desk.figures[key].n)
    for name, members in plan.holds.items():
        inside = [unit for unit in members if unit in units]
        if inside:
            add((name, ALL), {(place, ("cases", unit, ALL)): 1 for unit in inside})
    for table in tables:
        for key in table:
            add(key, {(place, ("cases", *key)): 1})
        balance: dict[Hashable, float] = {(place, ("cases", unit, ALL)): -1 for unit in units}
        joint.system.row(balance | {(place, ("cases", *key)): 1 for key in table}, 0, 0)


def nothing(drafts: Sequence[Draft]) -> int | None:
    """Give the place of the option that stands for none of the others; None where there is none."""
    places = (place for place, draft in enumerate(drafts) if draft.desk.measure.rpartition("=")[2] == NOTHING)
    return next(places, None)


def _terms(drafts: Sequence[Draft], plan: Plan, look: Look, schools: Mapping[str, frozenset[str]]) -> Iterable[Joint]:
    """Join the options in what several waves tell: of the same schools, or of the same groups of a unit."""
    asked = [draft.terms_asked(plan, look, schools) for draft in drafts]
    for pieces in asked[0]:
        own = [asks[pieces] for asks in asked if pieces in asks]
        if len(own) == len(drafts):
            joint = join_options_terms(own, drafts[0].desk.policy)
            if joint is not None:
                yield joint


def _least(draft: Draft, key: Key) -> int:
    said = draft.desk.printed.get(key)
    return said.counts[0] if said else 0


def _hand(drafts: Sequence[Draft]) -> Hand:
    """Give the hand that widens whichever option's figure costs least."""
    hands = {draft.desk.measure: draft.hand for draft in drafts}

    def measure(name: Hashable) -> str:
        return str(name[0]) if isinstance(name, tuple) else ""

    def cost(name: Hashable) -> tuple[int, str] | None:
        own = hands.get(measure(name))
        return own.cost(name) if own else None

    def widen(name: Hashable) -> Ends | None:
        return hands[measure(name)].widen(name)

    return Hand(cost, widen)
