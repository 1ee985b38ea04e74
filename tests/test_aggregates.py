"""True figures, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from made_counties import banded, people, policy, roster, scores, screening
from wellbeing.aggregates import aggregate, groups_of
from wellbeing.disclosure.units import form_units
from wellbeing.errors import KitFault
from wellbeing.responses import Responses

RNG = np.random.default_rng(5)


def county(points, **columns):
    """One school of 60 staff; `points` of PHQ-9, everybody else as said."""
    answers = people({"S1": len(points)}, np.random.default_rng(1), unknown=0)
    for column, values in columns.items():
        answers[column] = values
    scored = scores(answers, np.random.default_rng(2), unscorable=0)
    scored = scored[["phq9_total", "gad7_total", "who5_total", "cbi_personal", "cbi_work"]]
    scored["phq9_total"] = np.array(points, float)
    return answers, banded(scored, np.random.default_rng(3))


def counted(answers, scored, schools=(("S1", "镇", "primary", 60),)):
    units = form_units(roster(*schools), policy())
    return aggregate(screening(), Responses("screening", "2026-autumn", answers), scored, units)


def figure(aggregates, measure, group="all", unit="S1"):
    rows = aggregates.figures.set_index(["unit", "group", "measure"])
    n, cases, total, squares = rows.loc[(unit, group, measure), ["n", "cases", "total", "squares"]]
    return int(n), int(cases), float(total), float(squares)


def test_cases_sum_and_squares_by_hand():
    # 10 and 19 need attention (from 10), 27 is severe too: 0 + 9 + 10 + 19 + 27 = 65; 0 + 81 + 100 + 361 + 729 = 1271
    found = counted(*county([0, 9, 10, 19, 27]))
    assert figure(found, "phq9_total") == (5, 3, 65, 1271)
    assert figure(found, "phq9_total_severe")[:2] == (5, 1)


def test_an_unscorable_score_is_neither_a_case_nor_a_person_without():
    found = counted(*county([0, 9, 10, np.nan, np.nan]))
    assert figure(found, "phq9_total") == (3, 1, 19, 181)
    assert figure(found, "gad7_total")[0] == 5


def test_a_critical_question_left_open_is_not_a_no():
    answers, scored = county([5, 5, 5, 5])
    scored["phq9_critical_9"] = pd.Categorical(["yes", "no", "unanswered", "unanswered"])
    assert figure(counted(answers, scored), "phq9_critical_9")[:2] == (2, 1)


def test_only_those_who_agreed_to_statistics_are_counted():
    answers, scored = county([12, 12, 12, 3], consent_statistics=["yes", "no", None, "yes"])
    found = counted(answers, scored)
    assert figure(found, "phq9_total") == (2, 1, 15, 153)
    assert found.respondents.to_dict() == {"S1": 2}
    assert found.left_out == 2


def test_subgroups_and_those_who_did_not_say_add_up():
    answers, scored = county([12, 3, 14, 3], sex=["female", "male", None, "female"])
    found = counted(answers, scored)
    assert figure(found, "phq9_total", "sex=female") == (2, 1, 15, 153)
    assert figure(found, "phq9_total", "sex=male") == (1, 0, 3, 9)
    assert figure(found, "phq9_total", "sex=?") == (1, 1, 14, 196)


def test_a_group_of_schools_is_the_sum_of_its_schools_and_empty_units_are_there():
    schools = [
        ("A", "镇", "primary", 20),
        ("B", "镇", "primary", 20),
        ("C", "镇", "primary", 20),
        ("D", "镇", "primary", 50),
    ]
    answers, scored = county([10, 11, 12], school_id=["A", "B", "B"])
    found = counted(answers, scored, schools)
    assert figure(found, "phq9_total", unit="G01") == (3, 3, 33, 365)
    assert figure(found, "phq9_total", unit="D") == (0, 0, 0, 0)


def test_an_answer_from_outside_the_units_is_a_fault():
    answers, scored = county([10], school_id=["Z"])
    with pytest.raises(KitFault):
        counted(answers, scored)


def test_measures_and_groups():
    found = counted(*county([1]))
    uses = found.measures.set_index("measure")["use"].to_dict()
    assert uses == {
        "phq9_total": "attention",
        "gad7_total": "attention",
        "who5_total": "attention",
        "cbi_personal": "attention",
        "cbi_work": "attention",
        "phq9_total_severe": "severe",
        "gad7_total_severe": "severe",
        "phq9_critical_9": "critical",
    }
    phq = found.measures.set_index("measure").loc["phq9_total"]
    assert (phq["range_low"], phq["range_high"], phq["higher_is"]) == (0, 27, "worse")
    assert groups_of(screening())[:3] == ("all", "sex=female", "sex=male")
    assert len(groups_of(screening())) == 9
