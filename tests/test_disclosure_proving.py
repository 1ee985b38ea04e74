"""Drafts are proved in other processes as in this one: the same release, and the same evidence."""

import pickle
from concurrent.futures import Future

import pytest

import opinions
from wellbeing.disclosure import proving
from wellbeing.disclosure.classes import NO_SCORE


@pytest.fixture(scope="module")
def years():
    survey = opinions.part_of("op_3b_needs op_3b_whom", "copsoq3_core_influence")
    schools = opinions.county(4, 3, least=30)
    first = opinions.cleared(survey, schools, opinions.answers(survey, schools, 4), "2025")
    answers = opinions.answers(survey, schools, 5)

    def second():
        found = opinions.cleared(survey, schools, answers, "2026", (first,))
        return found.release.digest, vars(found.evidence) | {"seconds": 0}, found.audit.to_csv(index=False)

    return second, second()


def _elsewhere(monkeypatch):
    monkeypatch.setattr(proving, "_MUCH", 1)
    monkeypatch.setattr(proving.os, "cpu_count", lambda: 2)


def test_other_processes_prove_what_this_one_does(monkeypatch, years):
    second, here = years
    _elsewhere(monkeypatch)
    assert second() == here
    assert here[1]["figures"] > 100


def test_a_script_that_cannot_be_started_again_proves_by_itself(monkeypatch, years):
    class Broken:
        def __init__(self, *_):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def submit(self, *_):
            gone = Future()
            gone.set_exception(proving.BrokenProcessPool())
            return gone

    second, here = years
    _elsewhere(monkeypatch)
    monkeypatch.setattr(proving, "ProcessPoolExecutor", Broken)
    assert second() == here


def test_steps_without_a_score_are_one_object_in_every_process():
    assert pickle.loads(pickle.dumps(NO_SCORE)) is NO_SCORE
