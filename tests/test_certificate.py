"""The certificate: bounds against trying everything, two solvers against each other, and leaks planted for it."""

from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_counties import banded, clear_county, make_county, people, roster, scores, screening
from wellbeing.disclosure.bounds import Prover
from wellbeing.disclosure.certify import Evidence, Hand, certify
from wellbeing.disclosure.classes import NO_SCORE, Steps
from wellbeing.disclosure.coarsen import Desk, Figure, Printed, say_figure
from wellbeing.disclosure.draft import CountyFigure, Draft
from wellbeing.disclosure.joint import Joint
from wellbeing.disclosure.plan import ALL, COUNTY, Plan
from wellbeing.disclosure.propagate import Relation
from wellbeing.disclosure.solvers import System, _Highs, _Scipy
from wellbeing.disclosure.terms import Beside, Said, Term, join_terms
from wellbeing.errors import KitFault

SOLVERS = [_Highs, _Scipy]


@cache
def phq9() -> Steps:
    from wellbeing.disclosure.classes import in_steps

    part = screening().parts[0]
    return in_steps(part.instrument, part.scales[0], part.scales[0].attention)


def severe_steps() -> Steps:
    from wellbeing.disclosure.classes import in_steps

    part = screening().parts[0]
    return in_steps(part.instrument, part.scales[0], part.scales[0].severe)


# Bounds, against trying everything


@st.composite
def small_systems(draw):
    """Three whole unknowns of 0 to 6 and up to three rows between bounds that one point at least keeps."""
    point = [draw(st.integers(0, 6)) for _ in range(3)]
    rows = []
    for _ in range(draw(st.integers(1, 3))):
        row = [draw(st.integers(-3, 3)) for _ in range(3)]
        middle = sum(a * b for a, b in zip(row, point, strict=True))
        rows.append((row, middle - draw(st.integers(0, 4)), middle + draw(st.integers(0, 4))))
    return rows


@pytest.mark.parametrize("by", SOLVERS)
@settings(deadline=None, max_examples=30)
@given(rows=small_systems(), target=st.lists(st.integers(-2, 2), min_size=3, max_size=3))
def test_evidence_is_as_wide_as_everything_there_is(by, rows, target):
    system = System()
    for name in range(3):
        system.unknown(name, 0, 6)
    for row, low, high in rows:
        system.row({name: value for name, value in enumerate(row) if value}, low, high)
    kept = [
        point
        for point in product(range(7), repeat=3)
        if all(low <= sum(a * b for a, b in zip(row, point, strict=True)) <= high for row, low, high in rows)
    ]
    values = {sum(a * b for a, b in zip(target, point, strict=True)) for point in kept}
    wanted = {name: value for name, value in enumerate(target) if value} or {0: 1}
    if not any(target):
        values = {point[0] for point in kept}
    wide = max(values) - min(values) + 1
    # One more than there is can never be shown, and what there is always is.
    assert Prover(system, [wanted], [wide + 1], by).open() == [0]
    prover = Prover(system, [wanted], [wide], by)
    assert prover.open() == []
    assert (prover.least[0], prover.most[0]) == (min(values), max(values))


@pytest.mark.parametrize("by", SOLVERS)
def test_figures_that_contradict_each_other_are_a_fault_and_never_safe(by):
    system = System()
    system.unknown("cases", 0, 10)
    system.row({"cases": 1}, 3, 5)
    system.row({"cases": 1}, 6, 8)
    with pytest.raises(KitFault):
        Prover(system, [{"cases": 1}], [5], by).open()


def test_what_a_solver_says_counts_only_if_it_keeps_every_row():
    class Liar:
        name = "liar"

        def real(self, costs, afresh=False):
            return np.where(costs < 0, 9.0, 0.0), np.zeros(1)

        def whole(self, costs, low, high, miss):
            return np.where(costs < 0, 9.0, 0.0)

    system = System()
    system.unknown("cases", 0, 9)
    system.row({"cases": 1}, 2, 4)
    with pytest.raises(KitFault, match="keeps every bound"):
        Prover(system, [{"cases": 1}], [5], lambda _: Liar()).open()


@pytest.mark.parametrize("seed", [3, 8])
def test_two_solvers_find_the_same_in_a_county(seed, monkeypatch):
    """Everything that one release tells of a scale: as many values of every figure by highspy as by scipy."""
    seen = []
    import wellbeing.disclosure.draft as draft

    def both(joint, hand):
        targets, enough = list(joint.targets.values()), list(joint.enough.values())
        provers = [Prover(joint.system, targets, enough, by) for by in SOLVERS]
        assert provers[0].open() == provers[1].open()
        assert provers[0].narrowest() == provers[1].narrowest()
        seen.append({prover.solver.name for prover in provers})
        return certify(joint, hand)

    monkeypatch.setattr(draft, "certify", both)
    make_county(5, seed, instruments="phq9")
    assert {"highspy", "scipy"} in seen


# What it is about: planted leaks


def plan_of(units: dict[str, int], groups: list[str]) -> Plan:
    """A county of units that all report, with one question."""
    keys = [(unit, group) for unit in units for group in (ALL, *groups)]
    whole = Relation((COUNTY, ALL), tuple((unit, ALL) for unit in units))
    return Plan(
        (*keys, (COUNTY, ALL), *((COUNTY, group) for group in groups)),
        {**{unit: (unit,) for unit in units}, COUNTY: tuple(units)},
        tuple(Relation((unit, ALL), tuple((unit, g) for g in groups), scores=False) for unit in units),
        (whole,),
        (Relation((COUNTY, ALL), tuple((COUNTY, g) for g in groups)),),
        tuple(Relation((COUNTY, g), tuple((unit, g) for unit in units)) for g in groups),
    )


def desk_of(figures: dict, said: dict, steps: Steps, ends=(0.0, 27.0)) -> Desk:
    """A desk on which some figures are said, each as (doublings, wider)."""
    desk = Desk("phq9_total", steps, ends, figures, screening().policy)
    for key, (doublings, wider) in said.items():
        told = say_figure(figures[key], steps, ends, desk.policy, doublings, wider)
        if told is not None:
            desk.printed[key] = told
    return desk


def test_the_county_and_all_schools_but_one_leave_nothing_of_the_one():
    """The county's class and those of all schools but one: the hidden one is narrowed by no more than is allowed."""
    units = {f"S{n}": 60 for n in range(8)}
    figures = {(unit, ALL): Figure(60, 10 + n, 0.0, 0.0) for n, unit in enumerate(units)}
    figures[COUNTY, ALL] = Figure(480, sum(f.cases for f in figures.values()), 0.0, 0.0)
    said = {key: (0, None) for key in figures if key[0] != "S0"}
    draft = Draft(desk_of(figures, said, NO_SCORE))
    evidence = draft.certify(plan_of(units, []), {})
    assert evidence.leaks == 0
    assert evidence.narrowest >= 5
    assert evidence.figures == 9


def test_sums_in_the_ring_are_attacked():
    """Subgroup means of the county and means of its two schools close a ring of sums that no tree sees.

    Two schools of 30 women and 30 men. Everything is told to R7's finest: the means of the schools, and of the county's
    women and men. Told so, women of one school have at least .. points: the certificate finds it, and the county's
    subgroups give way before the schools do.
    """
    steps = phq9()
    units = {"S0": 60, "S1": 60}
    figures = {
        ("S0", ALL): Figure(60, 0, 60.0, 0.0),
        ("S1", ALL): Figure(60, 30, 900.0, 0.0),
        ("S0", "sex=f"): Figure(30, 0, 30.0, 0.0),
        ("S0", "sex=m"): Figure(30, 0, 30.0, 0.0),
        ("S1", "sex=f"): Figure(30, 30, 800.0, 0.0),
        ("S1", "sex=m"): Figure(30, 0, 100.0, 0.0),
        (COUNTY, ALL): Figure(120, 30, 960.0, 0.0),
        (COUNTY, "sex=f"): Figure(60, 30, 830.0, 0.0),
        (COUNTY, "sex=m"): Figure(60, 0, 130.0, 0.0),
    }
    told = [("S0", ALL), ("S1", ALL), (COUNTY, "sex=f"), (COUNTY, "sex=m")]
    draft = Draft(desk_of(figures, dict.fromkeys(told, (0, 0)), steps))
    before = dict(draft.desk.printed)
    evidence = draft.certify(plan_of(units, ["sex=f", "sex=m"]), {})
    assert evidence.leaks == 0
    assert evidence.widened > 0
    assert draft.desk.printed["S0", ALL] == before["S0", ALL]
    assert draft.desk.printed["S1", ALL] == before["S1", ALL]
    women = draft.desk.printed.get((COUNTY, "sex=f"))
    assert women is None or women != before[COUNTY, "sex=f"]


@pytest.mark.parametrize(("severe", "alone", "together"), [(3, (0, 4), (0, 4)), (16, (15, 19), (10, 19))])
def test_a_severe_band_is_capped_by_the_means_of_the_schools(severe, alone, together):
    """Four schools of 60 with means of 1.4 to 1.5: 84 to 89 points each, so four severe of 20 points at most, and 16 in
    all. 15 to 19 would be 15 or 16."""
    steps = phq9()
    units = {f"S{n}": 60 for n in range(4)}
    figures = {(unit, ALL): Figure(60, 4, 85.0, 0.0) for unit in units}
    figures[COUNTY, ALL] = Figure(240, 16, 340.0, 0.0)
    desk = desk_of(figures, {(unit, ALL): (0, 0) for unit in units}, steps)
    assert {(said.counts, said.sums) for said in desk.printed.values()} == {((0, 4), (84, 89))}
    people = desk.policy.severe_min_respondents
    figure = CountyFigure("phq9_total_severe", Figure(240, severe, 0.0, 0.0), severe_steps(), desk.policy, people)
    figure.say()
    assert figure.said.counts == alone
    evidence = Draft(desk, [figure]).certify(plan_of(units, []), {})
    assert (evidence.leaks, figure.said.counts) == (0, together)
    assert {(said.counts, said.sums) for said in desk.printed.values()} == {((0, 4), (84, 89))}


def test_two_questions_of_the_county_are_crossed_with_the_numbers_of_people():
    """All but two of the class teachers are women. Few men and many class teachers say something of those two."""
    figures = {
        ("S0", ALL): Figure(200, 60, 0.0, 0.0),
        ("S0", "sex=f"): Figure(120, 58, 0.0, 0.0),
        ("S0", "sex=m"): Figure(80, 2, 0.0, 0.0),
        ("S0", "role=t"): Figure(100, 59, 0.0, 0.0),
        ("S0", "role=o"): Figure(100, 1, 0.0, 0.0),
    }
    figures |= {(COUNTY, group): figure for (_, group), figure in figures.items()}
    told = {(COUNTY, group): (0, None) for _, group in figures if group != ALL} | {(COUNTY, ALL): (0, None)}
    overlaps = {
        ("sex=f", "role=t"): 60,
        ("sex=f", "role=o"): 60,
        ("sex=m", "role=t"): 40,
        ("sex=m", "role=o"): 40,
    }
    plan = replace(
        plan_of({"S0": 200}, ["sex=f", "sex=m"]),
        county_tables=(
            Relation((COUNTY, ALL), ((COUNTY, "sex=f"), (COUNTY, "sex=m"))),
            Relation((COUNTY, ALL), ((COUNTY, "role=t"), (COUNTY, "role=o"))),
        ),
        tables=(),
    )
    draft = Draft(desk_of(figures, told, NO_SCORE))
    # 55 to 59 women and 55 to 59 class teachers in need, 0 to 4 men, 0 to 4 others: women who are class teachers are 51
    # to 59, of 60. With only 57 of them there are too few left.
    assert draft.certify(plan, overlaps).widened == 0
    draft = Draft(desk_of(figures, told, NO_SCORE))
    assert draft.certify(plan, overlaps | {("sex=f", "role=t"): 54}).widened > 0


def hand_of(printed: dict) -> Hand:
    """Whoever withholds at once."""

    def widen(name):
        del printed[name]
        return

    return Hand(lambda name: (0, str(name)) if name in printed else None, widen)


def term(counts: dict[str, tuple[int, int]], people: dict[str, int], came=(), left=(), name="now") -> Term:
    said = tuple(
        Said((name, unit), frozenset(unit.split("+")), ends, (0, 0)) for unit, ends in counts.items() if unit != "all"
    )
    units = tuple(frozenset([school]) for school in people)
    return Term(said, units, people, dict(came), dict(left))


@pytest.mark.parametrize(
    ("first", "second", "came", "leaks"),
    [
        pytest.param((0, 4), (5, 9), 1, True, id="one came, and the class was crossed"),
        pytest.param((0, 4), (0, 4), 1, False, id="one came, and it was not"),
        pytest.param((0, 4), (5, 9), 5, False, id="five came"),
        pytest.param((0, 4), (10, 14), 1, False, id="nobody can hold all others for unchanged"),
    ],
)
def test_a_class_crossed_by_one_person_is_found(first, second, came, leaks):
    terms = [
        term({"S0": first}, {"S0": 40}, name="before"),
        term({"S0": second}, {"S0": 40 + came}, {"S0": came}.items(), {"S0": 0}.items()),
    ]
    printed = {("now", "S0"): 1}
    evidence = certify(*join_terms(terms, NO_SCORE, screening().policy), hand_of(printed))
    assert evidence.leaks == 0
    assert (printed == {}) is leaks


def test_one_who_left_is_found_by_the_county_too():
    """The schools say nothing new; the county's 100 to 104 and then 95 to 99 with one gone are 100 and 99."""
    people = {f"S{n}": 60 for n in range(6)}
    county = "+".join(people)
    terms = [
        term({county: (100, 104)}, people, name="before"),
        term({county: (95, 99)}, people | {"S0": 59}, {}.items(), {"S0": 1}.items()),
    ]
    printed = {("now", county): 1}
    certify(*join_terms(terms, NO_SCORE, screening().policy), hand_of(printed))
    assert printed == {}


def test_regrouped_schools_are_taken_apart():
    """S0 and S1 together had 10 to 14; now S1 alone has 10 to 14 and everybody is the same: S0, of 40, has 0 to 4. A
    class for the three of them of 11 to 15 leaves S0 with fewer."""
    people = {"S0": 40, "S1": 60}
    first = Term((Said(("before", "G"), frozenset(people), (10, 14), (0, 0)),), (frozenset(people),), people, {}, {})
    second = Term(
        (Said(("now", "S1"), frozenset(["S1"]), (10, 14), (0, 0)),),
        (frozenset(["S0"]), frozenset(["S1"])),
        people,
        dict.fromkeys(people, 0),
        dict.fromkeys(people, 0),
    )
    evidence = certify(*join_terms([first, second], NO_SCORE, screening().policy), hand_of({("now", "S1"): 1}))
    assert evidence.widened == 0
    third = replace(second, said=(Said(("now", "S1"), frozenset(["S1"]), (14, 18), (0, 0)),))
    printed = {("now", "S1"): 1}
    certify(*join_terms([first, third], NO_SCORE, screening().policy), hand_of(printed))
    assert printed == {}


@pytest.mark.parametrize(("against", "leaks"), [((12, 16), False), ((16, 20), False), ((18, 22), True)])
def test_who_spoke_against_it_later_narrows_who_spoke_for_it_before(against, leaks):
    """Two schools of 20 with 10 to 14 for it each; a year on, the same people, so many in both against it.

    With 18 against it at least, 22 of 40 at most are for it, and 10 of the one leave 12 to the other: three counts.
    """
    people = {"S1": 20, "S2": 20}
    units, both = (frozenset({"S1"}), frozenset({"S2"})), frozenset(people)
    said = tuple(Said(("before", school), frozenset({school}), (10, 14), (0, 0)) for school in people)
    nobody = dict.fromkeys(people, 0)
    before = Term(said, units, people, nobody, nobody)
    now = replace(before, said=(), beside=(Beside(("now", "against"), "against", both, against, None),))
    printed = {("now", "against"): 1}
    evidence = certify(*join_terms([before, now], NO_SCORE, screening().policy), hand_of(printed))
    assert (evidence.widened > 0, not printed) == (leaks, leaks)
    assert evidence.leaks == 0


def test_who_spoke_against_it_in_both_years_are_those_who_stayed_or_came_or_left():
    """8 to 12 of 40 against it, and then 12 to 16 with nobody new: they are 12, and nobody need be told so."""
    people = {"S1": 40}
    nobody, county = {"S1": 0}, frozenset(people)
    told = [Beside((name, "against"), "against", county, ends) for name, ends in (("b", (8, 12)), ("now", (12, 16)))]
    terms = [Term((), (county,), people, nobody, nobody, beside=(beside,)) for beside in told]
    printed = {("now", "against"): 1}
    assert certify(*join_terms(terms, NO_SCORE, screening().policy), hand_of(printed)).leaks == 0
    assert not printed
    # With four who came anybody may be new among those who are against it: nothing follows.
    came = [terms[0], replace(terms[1], people={"S1": 44}, came={"S1": 4})]
    printed = {("now", "against"): 1}
    certify(*join_terms(came, NO_SCORE, screening().policy), hand_of(printed))
    assert printed


def test_the_severe_of_a_county_later_narrow_the_schools_cases_before():
    """Two schools with 5 to 9 cases each; later 14 to 18 severe in both: at most 18 are cases, and 14 at least.

    Whoever has 5 leaves 9 to the other, so each has 5 to 9 still; with 16 severe at least, each has 7 to 9.
    """
    people = {"S1": 30, "S2": 30}
    units, both, nobody = (frozenset({"S1"}), frozenset({"S2"})), frozenset(people), dict.fromkeys(people, 0)
    said = tuple(Said(("before", school), frozenset({school}), (5, 9), (0, 810)) for school in people)
    before = Term(said, units, people, nobody, nobody)
    severe = ((10, 19), (20, 27))
    for ends, kept in (((14, 18), True), ((16, 20), False)):
        now = replace(before, said=(), beside=(Beside(("now", "severe"), "severe", both, ends, severe),))
        printed = {("now", "severe"): 1}
        assert certify(*join_terms([before, now], phq9(), screening().policy), hand_of(printed)).leaks == 0
        assert bool(printed) == kept


def test_a_reader_who_saw_one_come_does_not_know_who_has_a_score():
    """Eight scores are new and seven are gone, and that leaves five to nine of 41 open. But one person came and nobody
    left: to whoever saw that, 0 to 4 before and 5 to 9 now are 4, and 5 with the new one."""
    before = term({"S0": (0, 4)}, {"S0": 40}, name="before")
    now = term({"S0": (5, 9)}, {"S0": 41}, {"S0": 8}.items(), {"S0": 7}.items())
    printed = {("now", "S0"): 1}
    for joint in join_terms([before, now], NO_SCORE, screening().policy):
        certify(joint, hand_of(printed))
    assert printed, "scores alone leave enough: the test would prove nothing"
    seen = replace(now, moved={frozenset(["S0"]): (1, 0)})
    joints = join_terms([before, seen], NO_SCORE, screening().policy)
    assert len(joints) == 2
    for joint in joints:
        assert certify(joint, hand_of(printed)).leaks == 0
    assert printed == {}


def test_nor_how_those_who_came_answered_a_question():
    """Of two groups: one came to the unit. The whole's 5 to 9 after 0 to 4 would be 5 and 4; of five nobody can say."""
    groups = {"sex=f": 30, "sex=m": 20}
    whole = "+".join(groups)
    before = term({whole: (0, 4)}, groups, name="before")
    for many, told in ((1, False), (5, True)):
        now = term({whole: (5, 9)}, {"sex=f": 29 + many, "sex=m": 21}, {"sex=f": 9, "sex=m": 9}.items(), {}.items())
        now = replace(now, left={"sex=f": 10 - many, "sex=m": 8}, moved={frozenset(groups): (many, 0)})
        printed = {("now", whole): 1}
        for joint in join_terms([before, now], NO_SCORE, screening().policy):
            assert certify(joint, hand_of(printed)).leaks == 0
        assert bool(printed) is told


def test_what_earlier_waves_tell_by_themselves_is_no_leak_of_this_one():
    """Somebody published 7 to 8 once. This wave is not withheld for it, and does not count it as its own."""
    terms = [
        term({"S0": (7, 8)}, {"S0": 40}, name="before"),
        term({"S0": (0, 40)}, {"S0": 40}, {"S0": 0}.items(), {"S0": 0}.items()),
    ]
    printed = {("now", "S0"): 1}
    evidence = certify(*join_terms(terms, NO_SCORE, screening().policy), hand_of(printed))
    assert (evidence.leaks, evidence.known > 0, printed) == (0, True, {("now", "S0"): 1})


def test_a_figure_that_cannot_be_hidden_is_a_leak():
    """Whole numbers alone narrow it: 2x = 5 to 9 leaves 6 and 8, and nothing that is printed can give way."""
    joint = Joint()
    joint.system.unknown("x", 0, 100)
    joint.system.unknown("y", 0, 100)
    joint.system.row({"x": 2, "y": -1}, 0, 0)
    joint.system.row({"y": 1}, 5, 9)
    joint.target("y", {"y": 1}, 5)
    evidence = certify(joint, Hand(lambda name: None, lambda name: None))
    assert evidence.leaks == 1


# What a release says of it


def test_a_release_carries_its_certificate_and_the_digests_it_was_made_beside():
    made = make_county(7, 4)
    assert made.release.certificate.keys() == {"figures", "narrowest", "leaks", "known", "earlier"}
    assert made.release.certificate["leaks"] == 0
    assert made.release.certificate["narrowest"] >= 5
    assert made.release.certificate["earlier"] == []
    # every unit, part and group of five scales, at least
    assert made.release.certificate["figures"] > 5 * len(made.units)


def test_nobody_reports_and_there_is_nothing_to_prove():
    rng = np.random.default_rng(2)
    answers = people({"S0": 5, "S1": 3}, rng)
    schools = roster(("S0", "镇", "primary", 40), ("S1", "镇", "primary", 40))
    made = clear_county(schools, answers, banded(scores(answers, rng), rng))
    assert made.release.certificate["leaks"] == 0


def test_evidence_adds_up():
    one, other = Evidence(figures=2, narrowest=7, solver="highspy"), Evidence(figures=3, narrowest=5, leaks=1)
    one.add(other)
    assert (one.figures, one.narrowest, one.leaks, one.solver) == (5, 5, 1, "highspy")
    assert inf > one.seconds >= 0


def test_a_printed_figure_only_ever_gets_wider():
    """Down to nothing, from R5's and R7's finest."""
    figures = {("S0", ALL): Figure(60, 12, 300.0, 0.0)}
    desk = desk_of(figures, {("S0", ALL): (0, 0)}, phq9())
    said: list[Printed] = [desk.printed["S0", ALL]]
    while ("S0", ALL) in desk.printed:
        desk.widen(("S0", ALL))
        if ("S0", ALL) in desk.printed:
            said.append(desk.printed["S0", ALL])
    for finer, wider in pairwise(said):
        assert wider.counts[0] <= finer.counts[0] <= finer.counts[1] <= wider.counts[1]
        assert wider.sums[0] <= finer.sums[0] <= finer.sums[1] <= wider.sums[1]
        assert wider != finer
    assert len(said) >= 3


# What is proved once


def _asked(
    high: float = 4, name: str | None = "told", link: float = 1.0, enough: int = 3, most: float = 9, more: bool = False
) -> Joint:
    """One unknown held by a printed figure and linked with another."""
    joint = Joint()
    for unknown in ("a", "b"):
        joint.system.unknown(unknown, 0, most)
    joint.system.row({"a": 1}, 0, high, name)
    joint.system.row({"a": 1, "b": -link}, 0, 0)
    joint.target("a", {"a": 1}, enough)
    if more:
        joint.target("b", {"b": 1}, enough)
    return joint


@pytest.mark.parametrize(
    ("now", "before", "holds"),
    [
        (_asked(), _asked(), True),
        (_asked(high=7), _asked(), True),  # a printed figure is wider now
        (_asked(name=None, high=7), _asked(), False),  # what is not printed may only be the same
        (_asked(high=3), _asked(), False),
        (_asked(link=2.0), _asked(), False),  # other people are linked
        (_asked(most=8), _asked(), False),
        (_asked(enough=5), _asked(), False),  # more is asked of it
        (_asked(more=True), _asked(), False),
        (_asked(), _asked(more=True), True),
    ],
)
def test_only_what_leaves_everything_that_was_possible_is_proved_already(now, before, holds):
    assert now.leaves_all_of(before) is holds


def test_a_figure_that_is_withheld_now_leaves_everything_and_a_new_one_does_not():
    withheld, told = _asked(), _asked()
    for part in (withheld.system.rows, withheld.system.low, withheld.system.high, withheld.system.names):
        del part[0]
    assert withheld.leaves_all_of(told)
    assert not told.leaves_all_of(withheld)
