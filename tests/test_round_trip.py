"""A form that was put out, filled with seeded answers in the platform's own export layout, comes back as it was."""

from functools import cache

import pandas as pd
import pytest

from form_surveys import expected_answers, expected_missing, fillings, full_survey, roster
from round_trips import ROUND_TRIPS
from wellbeing.exporters import EXPORTERS, exporter_named, write_form
from wellbeing.importers import PLATFORMS, import_file
from wellbeing.surveys import load_survey
from wellbeing.workspace import Workspace, kit_root

PEOPLE = 40


def way(trip, tmp_path, seed):
    survey = full_survey(ranking="ranking" not in exporter_named(trip.form).lacks)
    return (survey, *put_out_and_read(trip, tmp_path, seed, survey, PEOPLE, trip.refusal))


def put_out_and_read(trip, tmp_path, seed, survey, count, refusal=""):
    written = write_form(survey, trip.form, trip.langs, roster() if trip.school_list else None)
    people = fillings(written.form, count, seed, trip.langs, refusal)
    path = trip.export(written.content, people, tmp_path, written.form)
    responses, record = import_file(path, survey, roster())
    return people, responses, record


@pytest.mark.parametrize("trip", ROUND_TRIPS, ids=lambda trip: f"{trip.form}: {trip.name}")
def test_answers_come_back_as_they_were_given(trip, tmp_path):
    survey, people, responses, record = way(trip, tmp_path, seed=20261102)
    assert record.platform == trip.platform
    assert (record.rows_read - record.blank_rows, record.rows_kept) == (PEOPLE, PEOPLE)
    given, told = expected_answers(people, survey), expected_missing(people, survey)
    # Rows are told by their codes, not by their place.
    order = responses.answers["code"].map({code: place for place, code in enumerate(given["code"])}).argsort()
    found, missing = (frame.iloc[order].reset_index(drop=True) for frame in (responses.answers, responses.missing))
    assert differences(given, found) == []
    assert differences(told, missing) == []
    # Every kind of missing answer that the platform can carry is among them.
    kinds = {"not_asked", "not_answered", "not_applicable"} | ({"refused"} if trip.refusal else set())
    assert {kind for kind in told.to_numpy().ravel() if isinstance(kind, str)} == kinds


@cache
def opinion():
    return load_survey(Workspace(kit_root()), "staff_opinion")


#: The first way of each form, and those whose cells or headers are of another kind.
FIRST = {trip.form: trip for trip in reversed(ROUND_TRIPS)}
OF_OTHER_KINDS = {"code, full answers", "labels", "by option number", "choice text, commas"}


@pytest.mark.parametrize(
    "trip",
    [trip for trip in ROUND_TRIPS if trip is FIRST[trip.form] or trip.name in OF_OTHER_KINDS],
    ids=lambda trip: f"{trip.form}: {trip.name}",
)
def test_the_opinion_survey_comes_back(trip, tmp_path):
    """It has what the other has not: a row of digits, answers that are numbers in another order, an option "other"."""
    people, responses, _ = put_out_and_read(trip, tmp_path, 5, opinion(), 8)
    found, missing = (frame.reset_index(drop=True) for frame in (responses.answers, responses.missing))
    assert differences(expected_answers(people, opinion()), found) == []
    assert differences(expected_missing(people, opinion()), missing) == []


def differences(expected: pd.DataFrame, found: pd.DataFrame) -> list[tuple[str, int, object, object]]:
    """List cells that differ, with their columns and places; two gaps are alike."""
    wrong = []
    for column in expected.columns:
        for place, (was, now) in enumerate(zip(expected[column], found[column], strict=True)):
            if not (pd.isna(was) and pd.isna(now)) and was != now:
                wrong.append((column, place, was, now))
    return wrong


def test_the_same_answers_come_back_in_whatever_language_they_were_given(tmp_path):
    """One person's answers, put out and read in Chinese and in English, are one person's answers."""
    found = []
    for name in ("Chinese labels", "English labels"):
        trip = next(trip for trip in ROUND_TRIPS if (trip.form, trip.name) == ("xlsform", name))
        (tmp_path / name).mkdir()
        found.append(way(trip, tmp_path / name, seed=3)[2].answers)
    pd.testing.assert_frame_equal(found[0].drop(columns="lang"), found[1].drop(columns="lang"))


def test_every_form_that_can_come_back_is_tried():
    # A SurveyJS result and a QuestionnaireResponse have no reader; paper comes back through the entry sheet.
    assert {trip.form for trip in ROUND_TRIPS} == {e.name for e in EXPORTERS} - {
        "fhir-r4b",
        "fhir-r5",
        "surveyjs",
        "paper",
    }
    assert {trip.platform for trip in ROUND_TRIPS} <= {platform.name for platform in PLATFORMS}
