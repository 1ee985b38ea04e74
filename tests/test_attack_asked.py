"""Whom a question was put to bounds how many can have answered it: a planted leak, by hand."""

import json

import pytest

from wellbeing.attack import Known, audit_release
from wellbeing.synthetic.opinion import ask_everything
from wellbeing.workspace import unpack

WIDTH = 5


@pytest.fixture(scope="module")
def told_of_women(tmp_path_factory):
    """One school of 30 respondents, and a question for women in a class that says: 14 to 23 answered."""
    workspace = unpack(tmp_path_factory.mktemp("women") / "county")
    ask_everything(workspace)  # the block of questions for women is off until a county wants it
    folder = workspace.released("staff_opinion", "2026")
    folder.mkdir(parents=True)
    for name, text in {
        "units.csv": "unit,level,schools,compare,respondents,response\nS1,school,S1,,30,75\n",
        "cells.csv": "unit,group,measure,low,high,side\nS1,all,op_11_needs,0,4,few\n",
        "measures.csv": "measure,instrument,scale,use\nop_11_needs,own,op_11_needs,favourable\n",
        "policy.json": json.dumps({"class_width": WIDTH, "min_respondents": 14, "subgroup_min": 14}),
        "release.json": json.dumps({"survey": "staff_opinion", "wave": "2026"}),
        "roster.csv": "school_id,staff\nS1,40\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("women", "kinds"), [(30, set()), (18, set()), (17, {"concerned"})])
def test_of_a_question_for_women_no_more_answered_than_there_are(told_of_women, women, kinds):
    """A class of "0 to 4, few" is told of 14 people at least: of 18 women that leaves five numbers, of 17 four."""
    known = Known({("staff_opinion", "2026", "S1", "sex=female", "everybody"): women})
    leaks = audit_release([told_of_women], known, artefacts=False).leaks
    assert {leak.kind for leak in leaks if leak.values < WIDTH} == kinds


def test_who_does_not_know_how_many_women_there_are_takes_everybody(told_of_women):
    assert audit_release([told_of_women], Known(), artefacts=False).leaks == ()
