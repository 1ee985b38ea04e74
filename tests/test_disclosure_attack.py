"""An attacker of our own, written apart from the package, against small counties; and the passing of ranges itself."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attacker import attack
from made_counties import banded, clear_county, make_county, people, roster, scores
from wellbeing.disclosure import coarsen, draft
from wellbeing.disclosure.certify import Evidence
from wellbeing.disclosure.classes import Steps
from wellbeing.disclosure.propagate import Relation, narrow, propagate, region


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 24))])
def test_no_figure_of_a_small_county_is_left_with_fewer_than_five_counts(seed):
    """3 to 12 schools, quiet, ordinary and strained; with and without small schools."""
    made = make_county(
        3 + seed % 10, 100 + seed, level=[0, -2.5, 2.5, 0.5][seed % 4], least=[8, 34][seed % 2], instruments="phq9"
    )
    assert attack(made, "phq9_total") == []


@pytest.mark.parametrize("seed", [20, 28, 60, 61, 80, 81])
def test_county_subgroups_give_way_where_they_close_a_ring(seed):
    """Counties in which the county's subgroups, as sums of the schools', once left three or four counts."""
    level, least = [0, 0, -2.5, 2.5, 0.5][seed % 5], [8, 30][seed % 2]
    measure = "who5" if seed == 28 else "phq9"
    made = make_county(3 + seed % 10, seed, level=level, least=least, instruments=measure)
    assert attack(made, f"{measure}_total") == []


@pytest.mark.parametrize("kind", ["one stratum", "a school below half", "three schools below half"])
def test_counties_of_one_kind_and_with_withheld_schools(kind):
    rates = {
        "one stratum": None,
        "a school below half": [0.3] + [0.8] * 5,
        "three schools below half": [0.35] * 3 + [0.8] * 3,
    }
    made = make_county(6, 7, least=40, kinds=("primary",), rates=rates[kind], instruments="who5")
    withheld = made.release.units["respondents"].isna().sum()
    assert withheld == {"one stratum": 0, "a school below half": 1, "three schools below half": 3}[kind]
    assert attack(made, "who5_total") == []


@pytest.mark.parametrize("everybody", ["nobody is a case", "everybody is a case", "all cases in one school"])
def test_extreme_counties(everybody):
    rng = np.random.default_rng(3)
    schools = roster(*((f"S{n}", "镇", "primary", 45 + 9 * n) for n in range(6)))
    answers = people({f"S{n}": 34 + 7 * n for n in range(6)}, rng)
    scored = scores(answers, rng, unscorable=0)[["phq9_total", "gad7_total", "who5_total", "cbi_personal", "cbi_work"]]
    high = {
        "nobody is a case": False,
        "everybody is a case": True,
        "all cases in one school": answers["school_id"] == "S3",
    }
    scored["phq9_total"] = np.where(high[everybody], 18, 3)
    made = clear_county(schools, answers, banded(scored, rng), "phq9")
    assert attack(made, "phq9_total") == []


def test_the_attacker_finds_leaks_where_nothing_is_coarsened(monkeypatch):
    """Otherwise the tests above would prove nothing."""
    monkeypatch.setattr(coarsen.Desk, "safe", lambda self, key: True)
    monkeypatch.setattr(draft, "certify", lambda joint, hand: Evidence())
    assert any(attack(make_county(3 + seed % 10, seed, instruments="phq9"), "phq9_total") for seed in (20, 22, 30))


# Passing ranges, against trying every possibility

SMALL = Steps(Fraction(1), Fraction(0), 3, (2, 3), (0, 1))
WHOLE, LEFT, RIGHT = ("county", "all"), ("A", "all"), ("B", "all")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_ranges_are_those_of_trying_everything(data):
    """Two schools of up to six people with scores of 0 to 3, cases from 2: every (cases, sum) is tried."""
    sizes = {key: data.draw(st.integers(1, 6)) for key in (LEFT, RIGHT)}
    sizes[WHOLE] = sum(sizes.values())
    told = {}
    for key, n in sizes.items():
        low, first = data.draw(st.integers(0, n)), data.draw(st.integers(0, 3 * n))
        told[key] = (low, data.draw(st.integers(low, n))), (first, data.draw(st.integers(first, 3 * n)))

    def pairs(key):
        (low, high), (first, last) = told[key]
        return {
            (c, s)
            for c, s in product(range(low, high + 1), range(first, last + 1))
            if 2 * c <= s <= 3 * c + (sizes[key] - c)
        }

    whole = pairs(WHOLE)
    kept = [
        (one, two) for one, two in product(pairs(LEFT), pairs(RIGHT)) if (one[0] + two[0], one[1] + two[1]) in whole
    ]
    alone = {key: region(n, *told[key], SMALL) for key, n in sizes.items()}
    found = propagate(alone, [Relation(WHOLE, (LEFT, RIGHT))])
    if not kept:
        # No solution at all: then whoever reads the ranges must not take them for safe
        assert not all(found[key].counts for key in sizes)
        return
    assert found[LEFT].range == (min(one[0] for one, _ in kept), max(one[0] for one, _ in kept))
    assert found[RIGHT].range == (min(two[0] for _, two in kept), max(two[0] for _, two in kept))
    assert found[WHOLE].counts == len({one[0] + two[0] for one, two in kept})


def test_a_hand_made_table_is_narrowed_from_both_sides():
    """15 to 19 cases among all, 5 to 9 among the women and 5 to 9 among the men: 15 to 18, and 6 to 9 of each."""
    none = Steps(Fraction(1), Fraction(0), 0, (0, 0), (0, 0))
    women, men = ("S1", "sex=female"), ("S1", "sex=male")
    alone = {
        ("S1", "all"): region(60, (15, 19), (0, 0), none),
        women: region(35, (5, 9), (0, 0), none),
        men: region(25, (5, 9), (0, 0), none),
    }
    found = propagate(alone, [Relation(("S1", "all"), (women, men), scores=False)])
    assert (found["S1", "all"].range, found[women].range, found[men].range) == ((15, 18), (6, 9), (6, 9))
    assert narrow(found[women], 35, none, 5, 5)


def test_of_a_handful_every_count_must_stay_possible():
    none = Steps(Fraction(1), Fraction(0), 0, (0, 0), (0, 0))
    assert narrow(region(2, (0, 1), (0, 0), none), 2, none, 5, 5)
    assert not narrow(region(2, (0, 2), (0, 0), none), 2, none, 5, 5)


def test_two_questions_that_tell_nearly_the_same_people_apart_are_not_both_told():
    """All class teachers are women, one woman is none. 15 to 20 women in need and 10 to 14 class teachers would be 15
    and 14, and that woman's answer."""
    rng = np.random.default_rng(5)
    sizes = {"S0": 80, "S1": 70, "S2": 60, "S3": 45}
    answers = people(sizes, rng, unknown=0)
    here = answers.index[answers["school_id"] == "S0"]
    answers.loc[here, "sex"] = ["female"] * 41 + ["male"] * 39
    answers.loc[here, "role"] = ["class_teacher"] * 40 + ["teacher"] * 40
    scored = scores(answers, rng, unscorable=0)[["phq9_total", "gad7_total", "who5_total", "cbi_personal", "cbi_work"]]
    scored.loc[here, "phq9_total"] = [14.0] * 14 + [3.0] * 26 + [14.0] + [12.0] * 9 + [3.0] * 30
    schools = roster(*((name, "镇", "primary", round(size / 0.75)) for name, size in sizes.items()))
    made = clear_county(schools, answers, banded(scored, rng), "phq9")
    cells = made.release.cells
    told = set(cells.loc[(cells["unit"] == "S0") & (cells["side"] != "withheld"), "group"])
    assert {"sex=female", "sex=male"} <= told
    assert not told & {"role=class_teacher", "role=teacher"}


@pytest.mark.parametrize("seed", range(6))
def test_a_unit_tells_the_subgroups_of_one_question_only(seed):
    """Four women at most, four men at most, five class teachers at least: then each sex has one to four."""
    rng = np.random.default_rng(seed)
    answers = people({"S0": 150, "S1": 140, "S2": 130, "S3": 120}, rng, unknown=0.02)
    schools = roster(*((name, "镇", "primary", 190) for name in ("S0", "S1", "S2", "S3")))
    scored = scores(answers, rng, unscorable=0.02)
    made = clear_county(schools, answers, scored, "phq9")
    cells = made.release.cells
    told = cells[cells["side"].ne("withheld") & cells["group"].ne("all") & cells["unit"].str.startswith("S")]
    questions = told["group"].str.partition("=")[0].groupby(told["unit"]).nunique()
    assert len(questions) >= 3, "no subgroup is told: the test would prove nothing"
    assert questions.max() == 1
