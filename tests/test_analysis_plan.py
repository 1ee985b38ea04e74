"""The plan's hash stands before data are opened; what is done otherwise is listed; the log cannot be changed unseen."""

import json

import pytest

from wellbeing.analysis_plan import (
    LOG,
    AnalysisPlan,
    note_deviation,
    note_opened,
    read_log,
    register_plan,
)
from wellbeing.errors import InputError, UsageError

PLAN = AnalysisPlan("Does the score rise?", "score", wave="wave", person="code", school=("school",), cutoff=10.0)


def other(**changes):
    return AnalysisPlan(**{**vars(PLAN), **changes})


def test_the_hash_depends_on_every_field_and_on_nothing_else():
    same = AnalysisPlan("Does the score rise?", "score", wave="wave", person="code", school="school", cutoff=10.0)
    assert same.digest == PLAN.digest
    changed = {
        "question": "?",
        "outcome": "total",
        "wave": "",
        "person": "",
        "school": ("a", "b"),
        "covariates": ("sex",),
        "cutoff": None,
        "reliability": 0.8,
        "higher_is": "better",
        "items": ("phq9_1",),
        "link": "how",
        "label": "PHQ-9",
        "exclusions": "none",
        "seed": 2,
    }
    assert set(changed) == set(vars(PLAN))
    assert len({other(**{name: value}).digest for name, value in changed.items()} | {PLAN.digest}) == len(changed) + 1


def test_data_are_not_opened_without_a_plan(tmp_path):
    with pytest.raises(UsageError):
        note_opened(tmp_path, "0" * 64, 10)
    assert not (tmp_path / LOG).exists()


def test_the_plan_stands_before_the_data(tmp_path):
    register_plan(PLAN, tmp_path)
    log = note_opened(tmp_path, "0" * 64, 10)
    assert [event["event"] for event in log.events] == ["plan", "opened"]
    assert log.events[0]["sha256"] == PLAN.digest
    assert read_log(tmp_path).plan == PLAN


def test_the_same_again_leaves_the_log_as_it_is(tmp_path):
    register_plan(PLAN, tmp_path)
    note_opened(tmp_path, "0" * 64, 10)
    note_deviation(tmp_path, "A school closed.")
    before = (tmp_path / LOG).read_bytes()
    register_plan(PLAN, tmp_path)
    note_opened(tmp_path, "0" * 64, 10)
    note_deviation(tmp_path, "A school closed.")
    assert (tmp_path / LOG).read_bytes() == before


def test_what_is_changed_before_the_data_are_opened_is_no_deviation(tmp_path):
    register_plan(PLAN, tmp_path)
    register_plan(other(cutoff=15.0), tmp_path)
    log = note_opened(tmp_path, "0" * 64, 10)
    assert log.plan.cutoff == 15
    assert log.deviations() == ()


def test_what_is_changed_afterwards_is_listed_field_by_field(tmp_path):
    register_plan(PLAN, tmp_path)
    note_opened(tmp_path, "0" * 64, 10)
    register_plan(other(cutoff=15.0, covariates=("sex",)), tmp_path)
    log = note_deviation(tmp_path, "A school closed.")
    assert log.plan == PLAN
    assert log.current.cutoff == 15
    assert [deviation.field for deviation in log.deviations()] == ["covariates", "cutoff", ""]
    words = [deviation.words("en") for deviation in log.deviations()]
    assert words == ["Covariates: planned -, done sex.", "Cutoff: planned 10.0, done 15.0.", "A school closed."]


@pytest.mark.parametrize("row", [1, 2])
def test_a_changed_line_is_found(tmp_path, row):
    register_plan(PLAN, tmp_path)
    note_opened(tmp_path, "0" * 64, 10)
    register_plan(other(cutoff=15.0), tmp_path)
    lines = (tmp_path / LOG).read_text(encoding="utf-8").splitlines()
    event = json.loads(lines[row - 1])
    lines[row - 1] = json.dumps({**event, "at": "2020-01-01T00:00:00+00:00"})
    (tmp_path / LOG).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    with pytest.raises(InputError) as found:
        read_log(tmp_path)
    assert [(p.what, p.row) for p in found.value.problems] == [("plan_log_changed", row + 1)]


def test_a_line_that_is_no_line_is_found(tmp_path):
    (tmp_path / LOG).write_text("[]\n", encoding="utf-8")
    with pytest.raises(InputError):
        read_log(tmp_path)


@pytest.mark.parametrize(
    "changes", [{"question": "  "}, {"outcome": ""}, {"higher_is": "sideways"}, {"reliability": 1.2}]
)
def test_a_plan_without_its_core_is_refused(changes):
    with pytest.raises(UsageError):
        other(**changes)


def test_a_plan_shows_its_hash():
    assert PLAN.digest in PLAN._repr_html_()
