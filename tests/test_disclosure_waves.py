"""Two waves together: one joiner, one leaver, one late answer, one withdrawal, against an attacker of our own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from attacker import attack
from made_counties import COUNTY, Made, screening
from two_waves import SECOND, Pair, attack_pair, two_waves
from wellbeing.disclosure import clear, earlier, means
from wellbeing.disclosure.history import Before
from wellbeing.disclosure.ledger import line_of
from wellbeing.disclosure.turnover import EVERYBODY, count_people


@pytest.mark.parametrize("seed", [*range(3), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(3, 12))])
def test_two_waves_tell_nothing_of_who_came_or_went(seed):
    """Everybody else unchanged, which is the worst there can be; and a third of them changed."""
    measure = ["phq9", "who5", "gad7"][seed % 3]
    pair = two_waves(4 + seed % 5, 300 + seed, [0.0, 0.3][seed % 2], measure, least=[8, 34][seed % 2])
    assert attack_pair(pair, f"{measure}_total") == []


@pytest.mark.parametrize("seed", range(2))
def test_nor_does_the_second_by_itself(seed):
    pair = two_waves(5, 320 + seed, 0.2, "phq9")
    second = pair.second.release
    answers, scored = pair.people[1], pair.points[1]
    true = pair.made.aggregates
    made = Made(pair.made.roster, pair.made.units, answers, scored, true, second, pair.second.audit)
    # numbers of people are the second wave's
    figures = _figures(pair)
    object.__setattr__(true, "figures", figures)
    assert attack(made, "phq9_total") == []


def _figures(pair: Pair) -> pd.DataFrame:
    people = pair.second.look.people
    counted = people[people["unit"].isin(pair.made.units["unit"])]
    return counted[["unit", "group", "measure", "n"]]


def test_the_attacker_finds_leaks_where_waves_do_not_look_back(monkeypatch):
    """Otherwise the tests above would prove nothing."""
    monkeypatch.setattr(earlier, "counts_told_apart", lambda known, width: [])
    monkeypatch.setattr("wellbeing.disclosure.means.sums_told_apart", lambda known, steps, width, values: [])
    monkeypatch.setattr(
        "wellbeing.disclosure.draft.Draft.certify_terms", lambda self, plan, look, schools: clear.Evidence()
    )
    earlier.class_starts.cache_clear()
    means._grid.cache_clear()
    try:
        assert any(attack_pair(two_waves(6, 300 + seed, 0.1, "phq9"), "phq9_total") for seed in range(3))
    finally:
        earlier.class_starts.cache_clear()
        means._grid.cache_clear()


def test_a_second_wave_still_says_something_of_every_school():
    """What looking back costs: no school with a class in the first wave is without one in the second."""
    pair = two_waves(12, 340, 0.3, "phq9", least=34)
    told = []
    for release in (pair.first.release, pair.second.release):
        cells = release.cells[release.cells["group"].eq("all") & release.cells["side"].ne("withheld")]
        told.append(set(cells["unit"]))
    assert told[0] - told[1] == set()
    assert len(told[0]) > 8


def test_a_unit_is_told_apart_by_the_same_question_in_every_wave():
    """Two waves with two questions could be crossed by whoever holds everybody for unchanged."""
    pair = two_waves(8, 350, 0.0, "phq9", least=120)
    questions = []
    for release in (pair.first.release, pair.second.release):
        cells = release.cells[release.cells["group"].ne("all") & release.cells["side"].ne("withheld")]
        cells = cells[cells["unit"].str.startswith("S")]
        questions.append(dict(zip(cells["unit"], cells["group"].str.partition("=")[0], strict=True)))
    both = questions[0].keys() & questions[1].keys()
    assert len(both) >= 3
    assert {unit: questions[0][unit] for unit in both} == {unit: questions[1][unit] for unit in both}


def test_the_same_answers_again_tell_the_same_again():
    """Nobody came or went and nobody changed: what is told is what was told."""
    pair = two_waves(6, 360, 0.0, "phq9")
    survey_units = pair.made.units
    line = line_of(pair.first.release)
    survey = screening()
    survey = replace(survey, parts=tuple(p for p in survey.parts if p.instrument.id == "phq9"))
    people = pair.people[0]
    before = (Before(line.past(pair.first.look.people), people),)
    again = clear.cleared(
        survey, SECOND, "2026-11-20", COUNTY, pair.made.roster, survey_units, pair.made.aggregates, before, people
    )
    assert again.release.cells.equals(pair.first.release.cells)


# Who came and who went


def persons(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["school_id", "code", "sex", "phq9_total"])


NAMES = {"A": frozenset("A"), "G": frozenset("BC"), "county": frozenset("ABC")}
SEX = {"sex": ("female", "male")}
PHQ9 = {"phq9_total": "phq9_total"}


def counted(then, now):
    rows = count_people(then, now, NAMES, SEX, PHQ9)
    return {(r.unit, r.group): (r.n, r.came, r.left) for r in rows.itertuples() if r.measure == "phq9_total"}


def test_people_are_counted_by_their_codes():
    then = persons(("A", "1", "female", 5), ("A", "2", "male", 5), ("B", "3", "male", 5), ("C", "4", "male", np.nan))
    now = persons(("A", "1", "female", 9), ("B", "2", "male", 5), ("C", "4", "male", 7))
    found = counted(then, now)
    # 2 went from A to B; 3 is gone; 4 had no score and has one now
    assert found["A", "all"] == (1, 0, 1)
    assert found["A", "sex=male"] == (0, 0, 1)
    assert found["G", "all"] == (2, 2, 1)
    assert found["county", "all"] == (3, 1, 1)
    assert found["B", "all"] == (1, 1, 1)
    assert ("B", "sex=male") not in found


def test_people_are_counted_whether_or_not_they_have_a_score():
    then, now = persons(("A", "1", "female", np.nan)), persons(("A", "1", "female", 5), ("A", "2", "male", np.nan))
    rows = count_people(then, now, NAMES, SEX, PHQ9)
    everybody = rows[rows["measure"].eq(EVERYBODY) & rows["unit"].eq("A") & rows["group"].eq("all")]
    assert everybody[["n", "came", "left"]].to_numpy().tolist() == [[2, 1, 0]]


def test_people_without_a_code_may_be_the_same():
    then = persons(("A", "", "female", 5), ("A", None, "female", 5), ("A", "1", "male", 5))
    now = persons(("A", "", "female", 5), ("A", "9", "male", 5), ("A", "", "male", 3))
    found = counted(then, now)
    # two unnamed before and now: the same two, for all that a reader knows; the coded one was exchanged
    assert found["A", "all"] == (3, 1, 1)
    assert found["A", "sex=female"] == (1, 0, 1)
    assert found["A", "sex=male"] == (2, 2, 1)


def test_who_says_something_else_of_himself_moved():
    then, now = persons(("A", "1", "female", 5)), persons(("A", "1", None, 5))
    found = counted(then, now)
    assert found["A", "sex=female"] == (0, 0, 1)
    assert found["A", "sex=?"] == (1, 1, 0)
    assert found["A", "all"] == (1, 0, 0)


def test_with_nothing_before_nothing_is_said_of_who_came():
    assert counted(None, persons(("A", "1", "female", 5)))["A", "all"] == (1, -1, -1)
