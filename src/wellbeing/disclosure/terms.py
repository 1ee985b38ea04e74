"""What several waves tell together, to a reader who holds everybody for unchanged but who came or went (R9, R15).

Unknown are the cases and the sum of scores of every piece of the county in every wave, a piece being schools that were
always in the same unit; and of those who came and those who left in between. Where the waves contradict such a reader,
people did change there, and nobody can hold the contrary; the links of as few pieces as will do are then left out.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import TypeVar

from wellbeing.disclosure.classes import NO_SCORE, Steps
from wellbeing.disclosure.joint import Joint, side_by_side
from wellbeing.disclosure.solvers import Row, Solver, System, possible, solver
from wellbeing.errors import KitFault
from wellbeing.surveys import Policy


@dataclass(frozen=True)
class Said:
    """What a wave says of all people of some schools: fewest and most cases, least and greatest sum, in steps."""

    name: Hashable
    schools: frozenset[str]
    counts: tuple[int, int]
    sums: tuple[int, int]


@dataclass(frozen=True)
class Beside:
    """A figure that is told of some schools as a whole, beside the cases: how many of them are severe, or none of them.

    ``severe`` has the least and the greatest score, in steps, of the cases that are not severe and of those that are;
    None where those counted here stand apart from the cases.
    """

    name: Hashable
    measure: str
    schools: frozenset[str]
    counts: tuple[int, int]
    severe: tuple[tuple[int, int], tuple[int, int]] | None = None


@dataclass(frozen=True)
class Term:
    """What one wave says of one scale, and the numbers of people that colleagues know.

    ``people`` has the number of people of every school, ``came`` and ``left`` how many have come and gone since the
    term before, all of those who have a score; ``units`` are the schools that stood together. ``moved`` has how many
    people came to some schools together and left them, with a score or without; nothing where that was not counted.
    ``beside`` has what only the county is told.
    """

    said: tuple[Said, ...]
    units: tuple[frozenset[str], ...]
    people: Mapping[str, int]
    came: Mapping[str, int]
    left: Mapping[str, int]
    moved: Mapping[frozenset[str], tuple[int, int]] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()

    def tells_the_same(self, other: "Term") -> bool:
        """Whether both say the same of the same: of the same people that is nothing new."""
        said = [{(s.schools, s.counts, s.sums) for s in term.said} for term in (self, other)]
        beside = [{(b.measure, b.schools, b.counts) for b in term.beside} for term in (self, other)]
        return said[0] == said[1] and beside[0] == beside[1]


def join_terms(terms: Sequence[Term], steps: Steps, policy: Policy) -> list[Joint]:
    """Write down what several waves tell of one scale together, to each of two readers.

    One knows of whom came and went who has a score. The other has only seen people come and go, as many as ``moved``
    says: where these are fewer, or where what is told cannot be explained by those with a score alone, there is a
    system of its own for that reader.

    Parameters
    ----------
    terms : sequence of Term
        The earliest first.
    steps : Steps
    policy : Policy
    """
    pieces = _pieces(terms)
    loose = _contradicted(terms, pieces, steps, seen=False)
    joints = [_joint(terms, pieces, steps, policy, loose, seen=False)]
    fewer = any(
        most < _sum(counted, schools)
        for term in terms[1:]
        for schools, (came, left) in term.moved.items()
        for most, counted in ((came, term.came), (left, term.left))
    )
    if fewer or (loose and any(term.moved for term in terms[1:])):
        loose = _contradicted(terms, pieces, steps, seen=True)
        joints.append(_joint(terms, pieces, steps, policy, loose, seen=True))
    return joints


def join_options_terms(options: Sequence[Sequence[Term]], policy: Policy) -> Joint | None:
    """Write down what several waves tell together of all options of one question.

    Whoever is counted in a wave named one of them at least, and so did whoever came or left. Only questions of surveys
    without codes have options that are counted, so the reader who only saw people come and go is the same one.

    Parameters
    ----------
    options : sequence of sequence of Term
        Each option's terms, the earliest first.
    policy : Policy

    Returns
    -------
    Joint or None
        None where the options were not told of the same people each time: then the question was another one.
    """
    first = options[0]
    numbers = [[(term.units, term.people, term.came, term.left) for term in terms] for terms in options]
    if any(own != numbers[0] for own in numbers):
        return None
    pieces = _pieces(first)
    everywhere = _links(first, pieces)

    def joined(loose: Sequence[frozenset[_Place]]) -> Joint:
        joints = [
            _joint(terms, pieces, NO_SCORE, policy, own, seen=False) for terms, own in zip(options, loose, strict=True)
        ]
        whole = side_by_side(joints)
        for turn, term in enumerate(first):
            for what, people in (("in", term.people), *((("came", term.came), ("left", term.left)) if turn else ())):
                for place, piece in enumerate(pieces):
                    row: Row = {(option, ("cases", what, turn, place)): 1 for option in range(len(options))}
                    whole.system.row(row, low=_sum(people, piece))
        return whole

    rows: dict[tuple[int, int, int], Row] = {
        (option, turn, place): {(option, name): value for name, value in _link("cases", turn, place).items()}
        for option in range(len(options))
        for turn, place in sorted(everywhere)
    }
    cut = _slack(joined([everywhere] * len(options)).system, rows)
    found = joined(
        [frozenset((turn, place) for own, turn, place in cut if own == option) for option in range(len(options))]
    )
    # Without any solution in whole numbers somebody has changed, and nobody can tell where.
    return found if possible(found.system, whole=True) else joined([everywhere] * len(options))


def _joint(
    terms: Sequence[Term],
    pieces: Sequence[frozenset[str]],
    steps: Steps,
    policy: Policy,
    loose: frozenset["_Place"],
    seen: bool,
) -> Joint:
    """Write down the system, and ask after every piece, what was told of it, and those who came and left."""
    joint = Joint(_system(terms, pieces, steps, loose, seen))

    def ask(what: str, turn: int, place: int, n: int, scores: bool) -> None:
        if n:
            cases, sums = (("cases", what, turn, place), ("sum", what, turn, place))
            joint.target(cases, {cases: 1}, min(policy.class_width, n + 1))
            if scores:
                joint.target(sums, {sums: 1}, min(policy.mean_values, n * steps.most + 1))

    for turn, term in enumerate(terms):
        for place, piece in enumerate(pieces):
            ask("in", turn, place, _sum(term.people, piece), steps is not NO_SCORE)
            if turn and (turn, place) not in loose and not seen:
                ask("came", turn, place, _sum(term.came, piece), scores=False)
                ask("left", turn, place, _sum(term.left, piece), scores=False)
        for said in term.said:
            row: Row = {("cases", "in", turn, p): 1 for p, piece in enumerate(pieces) if piece <= said.schools}
            joint.target((said.name, "together"), row, policy.class_width)
        for beside in term.beside:
            own: dict[Hashable, float] = {("beside", "in", turn, beside.measure): 1}
            enough = min(policy.class_width, _sum(term.people, beside.schools) + 1)
            joint.target((beside.name, "together"), own, enough)
            if beside.severe is None:
                cases: dict[Hashable, float] = {("cases", "in", turn, place): 1 for place in _inside(pieces, beside)}
                joint.target((beside.name, "neither"), own | cases, enough)
    return joint


def _inside(pieces: Sequence[frozenset[str]], beside: Beside) -> list[int]:
    return [place for place, piece in enumerate(pieces) if piece <= beside.schools]


def _pieces(terms: Sequence[Term]) -> list[frozenset[str]]:
    """Give the largest sets of schools that were never told apart."""
    homes: dict[tuple[int, ...], set[str]] = {}
    schools = sorted({school for term in terms for unit in term.units for school in unit})
    places = [{school: number for number, unit in enumerate(term.units) for school in unit} for term in terms]
    for school in schools:
        homes.setdefault(tuple(place.get(school, -1) for place in places), set()).add(school)
    return [frozenset(members) for members in homes.values()]


def _system(
    terms: Sequence[Term],
    pieces: Sequence[frozenset[str]],
    steps: Steps,
    loose: frozenset["_Place"],
    seen: bool,
) -> System:
    """Write down the unknowns, what is said of them, and how those of two waves hang together where not `loose`.

    How many of those who were `seen` to come and go have a score is unknown then.
    """
    system = System()
    for turn, term in enumerate(terms):
        if turn and seen:
            _moved(system, turn, term, terms[turn - 1], pieces)
        for place, piece in enumerate(pieces):
            _people(system, ("in", turn, place), _sum(term.people, piece), steps)
            if turn:
                for way, counted in (("came", term.came), ("left", term.left)):
                    name = ("people", way, turn, place)
                    n = name if name in system.columns else _sum(counted, piece)
                    _people(system, (way, turn, place), n, steps)
                for figure in _figures(steps) if (turn, place) not in loose else ():
                    system.row(_link(figure, turn, place), 0, 0)
        for said in term.said:
            inside = [place for place, piece in enumerate(pieces) if piece <= said.schools]
            for figure, ends in zip(_figures(steps), (said.counts, said.sums), strict=False):
                system.row({(figure, "in", turn, place): 1 for place in inside}, *ends, (said.name, figure))
        for beside in term.beside:
            _beside(system, turn, term, beside, pieces, steps)
            if _told_before(terms, turn, beside):
                _beside_moved(system, turn, term, beside, pieces)
                if (turn, beside.measure) not in loose:
                    system.row(_link("beside", turn, beside.measure), 0, 0)
    return system


def _told_before(terms: Sequence[Term], turn: int, beside: Beside) -> bool:
    """Whether the same was told of the same schools the time before."""
    then = terms[turn - 1].beside if turn else ()
    return any((other.measure, other.schools) == (beside.measure, beside.schools) for other in then)


def _beside(
    system: System, turn: int, term: Term, beside: Beside, pieces: Sequence[frozenset[str]], steps: Steps
) -> None:
    """Add how many are severe, or apart from the cases, what is told of them, and how they hang together with these."""
    n, inside = _sum(term.people, beside.schools), _inside(pieces, beside)
    name = ("beside", "in", turn, beside.measure)
    system.unknown(name, 0, n)
    system.row({name: 1}, *beside.counts, (beside.name, "cases"))
    cases = [("cases", "in", turn, place) for place in inside]
    if beside.severe is None:
        system.row({name: 1, **dict.fromkeys(cases, 1)}, high=n)
        return
    system.row({name: 1, **dict.fromkeys(cases, -1)}, high=0)
    milder, worse = beside.severe
    for end in (0, 1):
        # rest (n - c) + milder (c - v) + worse v is the least, or the greatest, sum.
        row: dict[Hashable, float] = {("sum", "in", turn, place): 1 for place in inside}
        row |= dict.fromkeys(cases, steps.rest[end] - milder[end])
        row[name] = milder[end] - worse[end]
        bound = float(steps.rest[end] * n)
        system.row(row, *((bound, inf) if end == 0 else (-inf, bound)))


def _beside_moved(system: System, turn: int, term: Term, beside: Beside, pieces: Sequence[frozenset[str]]) -> None:
    """Add how many of those who came, and of those who left, were severe, or apart from the cases."""
    for way, counted in (("came", term.came), ("left", term.left)):
        name, inside = ("beside", way, turn, beside.measure), _inside(pieces, beside)
        people = {place: ("people", way, turn, place) for place in inside}
        seen = [person for person in people.values() if person in system.columns]
        known = sum(_sum(counted, pieces[place]) for place in inside if people[place] not in system.columns)
        system.unknown(name, 0, known + sum(system.upper[system.columns[person]] for person in seen))
        cases: Row = dict.fromkeys((("cases", way, turn, place) for place in inside), -1 if beside.severe else 1)
        if beside.severe is None:
            system.row({name: 1, **cases, **dict.fromkeys(seen, -1)}, high=known)
        else:
            system.row({name: 1, **cases}, high=0)


def _figures(steps: Steps) -> tuple[str, ...]:
    return ("cases",) if steps is NO_SCORE else ("cases", "sum")


def _people(system: System, name: tuple[Hashable, ...], n: int | Hashable, steps: Steps) -> None:
    """Add the cases and the sum of `n` people, or of as many as an unknown says."""
    cases, sums = ("cases", *name), ("sum", *name)
    most = int(n if isinstance(n, int) else system.upper[system.columns[n]])
    system.unknown(cases, 0, most)
    if not isinstance(n, int):
        system.row({cases: 1, n: -1}, high=0)
    if steps is not NO_SCORE:
        system.unknown(sums, 0, most * steps.most, whole=False)
        for end, low, high in ((0, 0.0, inf), (1, -inf, 0.0)):
            row: dict[Hashable, float] = {sums: 1, cases: steps.rest[end] - steps.case[end]}
            if isinstance(n, int):
                system.row(row, low + steps.rest[end] * n, high + steps.rest[end] * n)
            else:
                system.row(row | {n: -steps.rest[end]}, low, high)


def _moved(system: System, turn: int, term: Term, before: Term, pieces: Sequence[frozenset[str]]) -> None:
    """Add how many with a score came to each piece and left it: together no more than people who were seen to.

    But as many at least as the numbers of scores need, which change too where somebody is without one in one wave.
    """
    for schools, many in term.moved.items():
        inside = [place for place, piece in enumerate(pieces) if piece <= schools]
        more = {place: _sum(term.people, pieces[place]) - _sum(before.people, pieces[place]) for place in inside}
        for way, sign, seen, there in (("came", 1, many[0], term), ("left", -1, many[1], before)):
            most = max(seen, sum(max(sign * grown, 0) for grown in more.values()))
            for place in inside:
                n = _sum(there.people, pieces[place])
                system.unknown(("people", way, turn, place), 0, min(most, n))
            system.row({("people", way, turn, place): 1 for place in inside}, high=most)
        for place, grown in more.items():
            system.row({("people", "came", turn, place): 1, ("people", "left", turn, place): -1}, grown, grown)


def _link(figure: str, turn: int, place: int | str) -> dict[Hashable, float]:
    """What a piece has now is what it had, and what came, less what left; or the schools of a figure told beside."""
    return {
        (figure, "in", turn, place): 1,
        (figure, "in", turn - 1, place): -1,
        (figure, "came", turn, place): -1,
        (figure, "left", turn, place): 1,
    }


def _contradicted(
    terms: Sequence[Term], pieces: Sequence[frozenset[str]], steps: Steps, seen: bool
) -> frozenset["_Place"]:
    """Find as few links as will do without which the waves do not contradict each other: those with any slack."""
    everywhere = _links(terms, pieces)
    besides = [
        (turn, beside.measure)
        for turn, term in enumerate(terms)
        for beside in term.beside
        if _told_before(terms, turn, beside)
    ]
    system = _system(terms, pieces, steps, everywhere.union(besides), seen)
    links: list[tuple[int, int | str, str]] = [
        (turn, place, figure) for turn, place in sorted(everywhere) for figure in _figures(steps)
    ]
    links += [(turn, measure, "beside") for turn, measure in besides]
    cut = _slack(system, {(turn, place, figure): _link(figure, turn, place) for turn, place, figure in links})
    return frozenset((turn, place) for turn, place, _ in cut)


def _links(terms: Sequence[Term], pieces: Sequence[frozenset[str]]) -> frozenset[tuple[int, int]]:
    return frozenset((turn, place) for turn in range(1, len(terms)) for place in range(len(pieces)))


#: Of a link: the term, and the piece, or the measure of a figure told beside.
_Place = tuple[int, int | str]
_Link = TypeVar("_Link", bound=Hashable)


def _slack(system: System, rows: Mapping[_Link, Row]) -> frozenset[_Link]:
    """Find as few rows as will do, of those that ought to be 0, without which a system does not contradict itself."""
    import numpy as np

    slack: dict[Hashable, _Link] = {}
    for link, row in rows.items():
        names: dict[Hashable, float] = {}
        for way in (1, -1):
            name = ("slack", link, way)
            system.unknown(name, 0, inf, whole=False)
            slack[name] = link
            names[name] = way
        system.row({**row, **names}, 0, 0)
    costs = np.zeros(len(system.columns))
    costs[[system.columns[name] for name in slack]] = 1.0
    by: Solver = solver(system)
    found = by.real(costs)
    if found is None:
        raise KitFault("figures that contradict each other")
    return frozenset(link for name, link in slack.items() if found[0][system.columns[name]] > 1e-6)


def _sum(people: Mapping[str, int], schools: frozenset[str]) -> int:
    return sum(people.get(school, 0) for school in schools)
