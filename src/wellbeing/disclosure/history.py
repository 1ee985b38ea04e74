"""What was released before and what colleagues know of it: the bounds that the next wave starts from (R15).

The cells are those of the ledger. How many people each stands for, and who of them came and went since, is known to
colleagues; it is counted here from codes where the earlier answers are still kept.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from wellbeing.disclosure.classes import Steps, possible_counts
from wellbeing.disclosure.earlier import Earlier, Ends, passed_on
from wellbeing.disclosure.means import possible_sums
from wellbeing.disclosure.plan import ALL, COUNTY
from wellbeing.disclosure.propagate import Key
from wellbeing.disclosure.terms import Beside, Said, Term
from wellbeing.disclosure.turnover import EVERYBODY, count_people

if TYPE_CHECKING:
    import pandas as pd

#: A figure of one measure: measure, unit, group.
Figure = tuple[str, str, str]

#: Respondents are told to the nearest 5: the true number is at most so far away.
_ABOUT_OFF = 2
#: By no more than so many do those with a score on a scale differ from people.
_UNSEEN = 5
#: Where nobody can count who came and went, for want of codes, so many more may have done each than the numbers show.
_EXCHANGED = 1


@dataclass(frozen=True, eq=False)
class Past:
    """One wave that was released, of this survey or another, as the ledger has it, and what colleagues know of it.

    Attributes
    ----------
    survey, wave, digest : str
    schools : mapping of str to frozenset of str
        The schools of every unit, part and the county.
    about : mapping of str to int
        Respondents as released, to the nearest 5.
    cells : mapping of Figure to (low, high, side, mean)
        What was told; withheld figures are not in it.
    known : DataFrame or None
        Numbers of people, columns `turnover.PEOPLE_COLUMNS`; None where they are not kept.
    after : str
        ``survey/wave`` that the ``came`` and ``left`` of `known` are counted since, empty where they are not.
    since : DataFrame or None
        The same of the wave that is being released, since this one; None where it cannot be counted.
    """

    survey: str
    wave: str
    digest: str
    schools: Mapping[str, frozenset[str]]
    about: Mapping[str, int]
    cells: Mapping[Figure, tuple[int, int, str, tuple[float, float] | None]]
    known: "pd.DataFrame | None" = None
    after: str = ""
    since: "pd.DataFrame | None" = None

    @property
    def id(self) -> str:
        return f"{self.survey}/{self.wave}"


@dataclass(frozen=True, eq=False)
class Before:
    """An earlier wave, and its respondents as `turnover.count_people` wants them, where they are still kept."""

    past: Past
    people: "pd.DataFrame | None" = None


@dataclass(frozen=True, eq=False)
class Look:
    """The waves before, and the numbers of people now: who came and left is counted since the wave `after`."""

    history: "History"
    people: "pd.DataFrame | None"
    after: str

    @cached_property
    def numbers(self) -> dict[Figure, tuple[int, int, int]]:
        """People, came and left by figure, as `numbers_of`."""
        return numbers_of(self.people)

    def without_frames(self) -> "Look":
        """Give the same with its numbers worked out and no frame: what another process needs to prove beside it."""
        history = copy(self.history)
        history.past = tuple(replace(wave, known=None, since=None) for wave in history.past)
        lean = Look(history, None, self.after)
        lean.__dict__["numbers"] = self.numbers
        return lean


def look_back(
    before: Sequence[Before],
    respondents: "pd.DataFrame | None",
    schools: Mapping[str, frozenset[str]],
    questions: Mapping[str, Sequence[str]],
    columns: Mapping[str, str],
) -> "Look":
    """Count who came and went since each earlier wave.

    Parameters
    ----------
    before : sequence of Before
        The earliest first.
    respondents : DataFrame or None
        Of the wave that is being released.
    schools : mapping of str to frozenset of str
        Of its units, parts and the county.
    questions, columns : mapping
        As `turnover.count_people` wants them.
    """
    past: list[Past] = []
    people, after = None, ""
    for wave in before:
        since = None
        if respondents is not None and wave.people is not None:
            both = {m: c for m, c in columns.items() if c in wave.people}
            since = count_people(wave.people, respondents, schools, questions, both)
            if both == dict(columns):
                people, after = since, wave.past.id
        past.append(replace(wave.past, since=since))
    if people is None and respondents is not None:
        people = count_people(None, respondents, schools, questions, columns)
    return Look(History(past, schools, people), people, after)


@dataclass(frozen=True)
class _Told:
    """What a wave told of one measure: figures and units with their pieces, pieces to count, and who moved in what."""

    names: Mapping[str, frozenset[str]]
    units: Sequence[frozenset[str]]
    pieces: Sequence[str]
    movers: Mapping[str, frozenset[str]]


class History:
    """The waves before one, the earliest first, looked at from the figures of that one."""

    def __init__(
        self, past: Sequence[Past], schools: Mapping[str, frozenset[str]], people: "pd.DataFrame | None"
    ) -> None:
        self.past = tuple(past)
        self.schools = schools
        self.now = numbers_of(people)
        self.known = [numbers_of(wave.known) for wave in past]
        self.since = [numbers_of(wave.since) for wave in past]

    def earlier(self, measure: str, key: Key, n: int, steps: Steps) -> tuple[Earlier, ...]:
        """Give what a reader knows of a figure from before: each earlier wave by itself, and all in a row.

        Only of waves in which the unit was the same schools; others are for the certificate over all terms. How many
        came and went is taken for the least that the numbers of people allow, where it was not counted, and for one
        more of each: one for one they change places unseen; and for what the numbers of all respondents allow. A
        reader sees who came and went, and not who has no score on this scale: as many as people are taken too, and
        all between.
        """
        found: list[Earlier] = []
        chain: tuple[str, Earlier] | None = None
        for turn, wave in enumerate(self.past):
            own = self._before(turn, measure, key, steps)
            if own is None:
                chain = None
                continue
            (counts, sums), before = own
            figure = (measure, *key)
            _, came, left = self.since[turn].get(figure, (0, -1, -1))
            counted = came >= 0
            if not counted:
                came, left = max(n - before[1], 0), max(before[0] - n, 0)
            elif before[0] == before[1]:
                # As many as were told of then, though some may have had their answers erased since.
                left = max(before[0] - (n - came), 0)
            _, all_came, all_left = self.since[turn].get((EVERYBODY, *key), (0, came, left))
            # People and figures differ by those who have no score, in either wave.
            differ = (all_came - came, all_left - left, 0)
            near = range(max(min(differ), -came, -left, -_UNSEEN), min(max(differ), _UNSEEN) + 1)
            moved = [(came + more, left + more) for more in sorted(near, key=abs)]
            answered: list[tuple[int, int]] = []
            if not counted:
                moved = [(came + more, left + more) for more in range(_EXCHANGED + 1)]
                answered = self._answered_alike(turn, key)
            told = [(counts, sums)]
            _, joined, gone = self.known[turn].get(figure, (0, -1, -1))
            if chain is not None and chain[0] == wave.after and joined >= 0:
                between = Earlier(chain[1].counts, chain[1].sums, joined, gone)
                chain = wave.id, passed_on(between, counts, sums, steps.most)
                told.append((chain[1].counts, chain[1].sums))
            else:
                chain = wave.id, Earlier(counts, sums, 0, 0)
            for cases, total in told:
                # More people than have a score can reach any sum.
                anything = (0, before[1] * steps.most) if counted else total
                found += [Earlier(cases, anything if joined > came else total, joined, gone) for joined, gone in moved]
                found += [self._unnumbered(turn, figure, cases, total, *moves) for moves in answered]
        return tuple(dict.fromkeys(found))

    def _answered_alike(self, turn: int, key: Key) -> list[tuple[int, int]]:
        """Give who came and left by the respondents of both waves: how many had a figure of them is told nowhere.

        Where the respondents as printed can be as many, a reader may hold for true that they are the same.
        """
        then, now = (known.get((EVERYBODY, *key), (0,))[0] for known in (self.known[turn], self.now))
        if not then or not now:
            return []
        moved = [(max(now - then, 0), max(then - now, 0))]
        return moved if abs(now - then) > 2 * _ABOUT_OFF else [*moved, (0, 0)]

    def _unnumbered(
        self, turn: int, figure: Figure, counts: tuple[int, int], sums: tuple[int, int], joined: int, left: int
    ) -> Earlier:
        """Give what is known to who counts respondents only, of whom so many came and left."""
        (then, _, _), (now, _, _) = (of[(EVERYBODY, *figure[1:])] for of in (self.known[turn], self.now))
        low, high, side, _ = self.past[turn].cells[figure]
        return Earlier(counts, sums, joined, left, Ends.of(low, high, side, then), now)

    def _before(
        self, turn: int, measure: str, key: Key, steps: Steps
    ) -> tuple[tuple[tuple[int, int], tuple[int, int]], tuple[int, int]] | None:
        """Give a wave's counts and sums for a figure, and the fewest and most people; None if it told nothing of it."""
        wave, name = self.past[turn], key[0]
        cell = wave.cells.get((measure, *key))
        if cell is None or wave.schools.get(name) != self.schools.get(name):
            return None
        number = self.known[turn].get((measure, *key))
        if number is not None:
            people = (number[0], number[0])
        elif key[1] == ALL and name in wave.about:
            people = (wave.about[name] - _ABOUT_OFF, wave.about[name] + _ABOUT_OFF)
        else:
            return None
        low, high, side, mean = cell
        counts = [possible_counts(low, high, side, n) for n in people]
        sums = [possible_sums(mean, n, steps) for n in people]
        fewest, most = min(low for low, _ in counts), max(high for _, high in counts)
        return ((fewest, most), (min(low for low, _ in sums), max(high for _, high in sums))), people

    def questions(self) -> dict[str, str]:
        """Give the question that each unit was told apart by last, where it was the same schools."""
        found = {}
        for wave in self.past:
            for _, unit, group in wave.cells:
                if group != ALL and unit != COUNTY and wave.schools.get(unit) == self.schools.get(unit):
                    found[unit] = group.partition("=")[0]
        return found

    def terms(self, measure: str, steps: Steps, county: Sequence[Beside] = ()) -> tuple[list[Term], str]:
        """Give the earlier waves that told of a measure, as far back as people's numbers go, and the last one's id.

        `county` has the figures that hang together with the measure's and are told of the county only.
        """

        def told(wave: Past) -> _Told:
            names = {figure[1]: wave.schools[figure[1]] for figure in wave.cells if figure[::2] == (measure, ALL)}
            units = smallest_units(wave.schools)
            return _Told(names, list(units.values()), sorted(set().union(*wave.schools.values())), units)

        return self._terms(measure, steps, told, county=county)

    def tables(self, measure: str, steps: Steps, unit: str, groups: Sequence[str]) -> tuple[list[Term], str]:
        """Give the same of one unit and its groups by one question, for waves in which it was the same schools."""

        def told(wave: Past) -> _Told:
            if wave.schools.get(unit) != self.schools.get(unit):
                return _Told({}, [], [], {})
            names = {group: frozenset([group]) for group in groups if (measure, unit, group) in wave.cells}
            whole = {ALL: frozenset(groups)} if (measure, unit, ALL) in wave.cells else {}
            return _Told(names | whole, [frozenset([group]) for group in groups], groups, {unit: frozenset(groups)})

        return self._terms(measure, steps, told, unit)

    def _terms(
        self,
        measure: str,
        steps: Steps,
        told: "Callable[[Past], _Told]",
        unit: str = "",
        county: Sequence[Beside] = (),
    ) -> tuple[list[Term], str]:
        """Put terms together of what `told` gives of a wave: of all units, or of the groups of one."""
        found: list[Term] = []
        last = ""
        for turn, wave in enumerate(self.past):
            of = told(wave)
            numbers = self.known[turn]
            figures = {name: (measure, unit, name) if unit else (measure, name, ALL) for name in of.names}
            if not of.names or not all(figure in numbers for figure in figures.values()):
                # What a wave told of no number of people that is kept cannot be linked; the waves after it can.
                found = found if not of.names else []
                continue
            said = []
            for name, members in of.names.items():
                low, high, side, mean = wave.cells[figures[name]]
                n = numbers[figures[name]][0]
                counts, sums = possible_counts(low, high, side, n), possible_sums(mean, n, steps)
                said.append(Said(("before", wave.id, *figures[name][1:]), members, counts, sums))
            keys = {piece: (measure, unit, piece) if unit else (measure, piece, ALL) for piece in of.pieces}
            people = {piece: numbers.get(key, (0, 0, 0)) for piece, key in keys.items()}
            counted = bool(found) and wave.after == last
            moved = moved_in(of.movers, numbers)
            beside = [told_then for of_now in county if (told_then := self._beside(turn, of_now)) is not None]
            found.append(term(said, of.units, people, moved, found[-1] if found else None, counted, beside))
            last = wave.id
        return found, last

    def _beside(self, turn: int, now: Beside) -> Beside | None:
        """Give what a wave told of a figure that only the county is told; None where it told nothing of it."""
        wave, figure = self.past[turn], (now.measure, COUNTY, ALL)
        if figure not in wave.cells or figure not in self.known[turn]:
            return None
        low, high, side, _ = wave.cells[figure]
        counts = possible_counts(low, high, side, self.known[turn][figure][0])
        return replace(now, name=("before", wave.id, *figure), schools=wave.schools[COUNTY], counts=counts)


def numbers_of(people: "pd.DataFrame | None") -> dict[Figure, tuple[int, int, int]]:
    """Give people, came and left by figure; nothing where they are not known."""
    if people is None:
        return {}
    figures = zip(*(people[name].astype("object") for name in ("measure", "unit", "group")), strict=True)
    numbers = zip(*(people[name].tolist() for name in ("n", "came", "left")), strict=True)
    return {
        (str(m), str(u), str(g)): (int(n), int(came), int(left))
        for (m, u, g), (n, came, left) in zip(figures, numbers, strict=True)
    }


def term(
    said: Sequence[Said],
    units: Sequence[frozenset[str]],
    people: Mapping[str, tuple[int, int, int]],
    moved: Mapping[frozenset[str], tuple[int, int]],
    before: Term | None,
    counted: bool,
    beside: Sequence[Beside] = (),
) -> Term:
    """Put one wave together for `terms.readers`; its pieces are schools, or the groups of one unit.

    Where it is not `counted` who came and went since the term `before`, as few did as the numbers of people allow.
    """
    then = before.people if before else {}
    if not counted:
        people = {
            piece: (n, max(n - then.get(piece, 0), 0), max(then.get(piece, 0) - n, 0))
            for piece, (n, _, _) in people.items()
        }
    return Term(
        tuple(said),
        tuple(units),
        {piece: n for piece, (n, _, _) in people.items()},
        {piece: came for piece, (_, came, _) in people.items()},
        {piece: left for piece, (_, _, left) in people.items()},
        moved if counted else {},
        tuple(beside),
    )


def moved_in(
    units: Mapping[str, frozenset[str]], numbers: Mapping[Figure, tuple[int, int, int]]
) -> dict[frozenset[str], tuple[int, int]]:
    """Give how many people came to each unit and left it, with a score or without, by its schools or groups."""
    moved = {members: numbers.get((EVERYBODY, unit, ALL), (0, -1, -1))[1:] for unit, members in units.items()}
    return {members: many for members, many in moved.items() if min(many) >= 0}


def smallest_units(schools: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Give the smallest sets of schools, the reporting units: those that hold no other."""
    return {
        name: members
        for name, members in schools.items()
        if name != COUNTY and not any(other < members for other in schools.values())
    }
