import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.missing import MISSING_KINDS
from wellbeing.quality import SIGNS, assess, note_for
from wellbeing.quality.indices import even_odd, longest_string, mahalanobis, within_person_sd
from wellbeing.quality.page import page, write_quality
from wellbeing.responses import Responses, frame_of
from wellbeing.surveys import load_survey
from wellbeing.workspace import Workspace

KIT = Path(__file__).parents[1]
CARELESS = KIT.parent / "shared" / "data" / "careless_responding" / "careless_dataset2.csv"
SURVEY = load_survey(Workspace(KIT), "screening")

needs_shared = pytest.mark.skipif(not CARELESS.is_file(), reason="the shared data are not beside the repository")


@pytest.fixture(scope="module")
def hexaco():
    with CARELESS.open(encoding="utf-8", newline="") as file:
        return np.array(list(csv.reader(file))[1:], dtype=float)


# --- the indices, by figures from elsewhere


@needs_shared
def test_longest_strings_are_those_of_base_r(hexaco):
    # The README of the data: mean 9.3260, maximum 79, 110 rows of 10 or more, and the same 110 of 20 or more.
    runs = longest_string(hexaco)
    assert (round(runs.mean(), 4), runs.max()) == (9.3260, 79)
    assert ((runs >= 10).sum(), (runs >= 20).sum()) == (110, 110)


@needs_shared
def test_variability_is_that_of_base_r(hexaco):
    sds = within_person_sd(hexaco)
    assert round(sds.mean(), 4) == 1.8409
    assert (sds > 0).all()


@needs_shared
def test_even_odd_is_that_of_the_library_insufficient_effort(hexaco):
    # insufficient-effort 1.13.1: evenodd(x, [10] * 10, method="halves"), computed beside the kit.
    found = even_odd(hexaco, [list(range(at, at + 10)) for at in range(0, 100, 10)])
    assert found[:4] == pytest.approx([0.83539621, 0.82179205, 0.80102853, 0.73597045], abs=1e-8)
    assert found.mean() == pytest.approx(0.5282588401256975, abs=1e-9)
    assert (found < 0.3).sum() == 206


@needs_shared
def test_mahalanobis_is_that_of_the_library_insufficient_effort(hexaco):
    # mahad(x) gives the root; its flag at a confidence of 0.999 marks 3 people.
    squared, freedom = mahalanobis(hexaco)
    assert np.sqrt(squared[:4]) == pytest.approx([9.95917667, 9.26850333, 8.91423121, 10.32427255], abs=1e-8)
    assert freedom == 100
    from scipy.stats import chi2

    assert (squared > chi2.ppf(0.999, 100)).sum() == 3


@pytest.mark.parametrize(
    ("answers", "longest"),
    [([1, 1, 1, 2, 2], 3), ([1, np.nan, 1, 1, 2], 2), ([np.nan] * 3, 0), ([5], 1), ([1, 2, 2, 2, 2], 4)],
)
def test_a_blank_ends_a_string(answers, longest):
    assert longest_string(np.array([answers], dtype=float)).tolist() == [longest]


def test_variability_by_hand():
    # 1, 2, 3, 4: mean 2.5, squares 5, over 3 is 1.6667
    found = within_person_sd(np.array([[1, 2, 3, 4], [3, np.nan, np.nan, np.nan], [2, 2, 2, np.nan]], dtype=float))
    assert found == pytest.approx([np.sqrt(5 / 3), np.nan, 0], nan_ok=True)


def test_even_odd_needs_three_scales_that_differ():
    two = np.array([[1.0, 1, 2, 2]])
    assert np.isnan(even_odd(two, [[0, 1], [2, 3]])).all()
    flat = np.ones((1, 6))
    assert np.isnan(even_odd(flat, [[0, 1], [2, 3], [4, 5]])).all()
    # Halves 1, 2, 3 and 1, 2, 3 agree fully; 1, 2, 3 and 3, 2, 1 not at all.
    both = np.array([[1.0, 1, 2, 2, 3, 3], [1, 3, 2, 2, 3, 1]])
    assert even_odd(both, [[0, 1], [2, 3], [4, 5]]).tolist() == pytest.approx([1, -1])


def test_mahalanobis_is_not_computed_from_too_few_people():
    rng = np.random.default_rng(1)
    assert np.isnan(mahalanobis(rng.normal(size=(20, 4)))[0]).all()
    squared, freedom = mahalanobis(rng.normal(size=(21, 4)))
    # The squares of a sample add up to (n - 1) p.
    assert (squared.sum(), freedom) == (pytest.approx(20 * 4), 4)


def test_an_item_that_says_nothing_new_adds_no_freedom():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(100, 3))
    values = np.column_stack([values, values[:, 0] + values[:, 1], np.ones(100)])
    assert mahalanobis(values)[1] == 3


@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan]), min_size=6, max_size=6), min_size=1, max_size=9)
)
@settings(max_examples=60, deadline=None)
def test_no_answers_break_an_index(rows):
    values = np.array(rows)
    runs = longest_string(values)
    assert ((runs >= 0) & (runs <= (~np.isnan(values)).sum(axis=1))).all()
    consistency = even_odd(values, [[0, 1], [2, 3], [4, 5]])
    assert (np.isnan(consistency) | ((consistency >= -1) & (consistency <= 1))).all()
    sds = within_person_sd(values)
    assert (np.isnan(sds) == ((~np.isnan(values)).sum(axis=1) < 2)).all()


# --- a wave


def wave(count, seconds=300.0, **items):
    columns = {
        "school_id": ["S001"] * count,
        "code": [f"CODE{at:04d}" for at in range(count)],
        "seconds": [seconds] * count,
        "consent_statistics": ["yes"] * count,
        "consent_contact": ["yes"] * count,
    }
    columns |= {item.column: [float(item.codes[0])] * count for item in SURVEY.items}
    columns |= {name: [value] * count for name, value in items.items()}
    return Responses("screening", "2026-autumn", frame_of(columns, SURVEY))


HEALTHY = {item.column: 0.0 for item in SURVEY.items} | {f"who5_{n}": 5.0 for n in range(1, 6)} | {"cbi_13": 100.0}


def test_a_healthy_person_who_says_so_throughout_has_no_sign():
    people = assess(wave(3, **HEALTHY), SURVEY).respondents
    assert not people[list(SIGNS)].any(axis=None)
    assert people["longest_string"].tolist() == [12] * 3  # CBI 1 to 12 "never", 13 "always"
    assert people["longest_string_share"].tolist() == [1.0] * 3  # PHQ-9, all nine


def test_the_first_option_throughout_contradicts_itself():
    # 完全不会 of the PHQ-9 and 总是 of the CBI are both the first.
    people = assess(wave(1), SURVEY).respondents
    assert people["straight"].all()
    assert people["variability"].notna().all()


@pytest.mark.parametrize(("seconds", "fast"), [(67.0, True), (68.0, False), (None, False)])
def test_less_than_two_seconds_an_item_is_fast(seconds, fast):
    # 34 items: PHQ-9 9, GAD-7 7, WHO-5 5, CBI personal and work 13.
    people = assess(wave(1, seconds, **HEALTHY), SURVEY).respondents
    assert people["items_answered"].tolist() == [34]
    assert people["fast"].tolist() == [fast]


def test_missing_by_item_tells_the_kinds_apart():
    responses = wave(4, **HEALTHY)
    responses.answers.loc[[0, 1, 2], "phq9_9"] = np.nan
    kinds = responses.missing.copy()
    kinds["phq9_9"] = pd.Categorical(["not_asked", "refused", "not_answered", None], categories=list(MISSING_KINDS))
    found = assess(replace(responses, kinds=kinds), SURVEY)
    row = found.items.loc["phq9_9"]
    assert (row["asked"], row["not_asked"], row["refused"], row["not_answered"]) == (3, 1, 1, 1)
    assert row["missing_share"] == pytest.approx(2 / 3)
    assert found.respondents["missing_share"].tolist() == pytest.approx([0, 1 / 34, 1 / 34, 0])


def test_nothing_is_removed_or_changed_and_who_is_at_risk_keeps_the_answer():
    responses = wave(5, seconds=10.0, phq9_9=3.0)
    before = responses.answers.copy()
    found = assess(responses, SURVEY)
    pd.testing.assert_frame_equal(responses.answers, before)
    assert found.respondents.index.equals(before.index)
    assert found.counts()["fast"] == 5
    assert "fast" not in before


def test_the_note_says_what_was_noticed_and_never_an_answer():
    found = assess(wave(2, seconds=10.0), SURVEY)
    assert "填写太快" in note_for(found, "CODE0000", "zh")
    assert note_for(found, "CODE0000", "en").startswith("How it was answered: answered very fast; one answer")
    assert note_for(found, "NOBODY", "zh") == ""
    assert note_for(assess(wave(1, **HEALTHY), SURVEY), "CODE0000") == ""


def test_the_page_and_the_table_are_written(tmp_path):
    found = assess(wave(3, seconds=10.0), SURVEY)
    path = write_quality(Workspace(tmp_path), SURVEY, "2026-autumn", found)
    table = pd.read_csv(path.with_suffix(".csv"), dtype={"code": "str"})
    assert table["code"].tolist() == ["CODE0000", "CODE0001", "CODE0002"]
    assert table["fast"].tolist() == [True] * 3
    for lang in ("zh", "en"):
        text = page(found, SURVEY, "2026-autumn", lang)
        assert "| phq9_9 | 3 | 0 | 0.0 |" in text
        assert "CODE" not in text


def test_outliers_of_attentive_people_are_as_rare_as_stated():
    # Normal answers: one in a thousand passes the cut; of 20,000 people 20, give or take three standard deviations.
    rng = np.random.default_rng(7)
    squared, freedom = mahalanobis(rng.normal(size=(20_000, 34)))
    from scipy.stats import chi2

    assert abs((chi2.sf(squared, freedom) < 0.001).sum() - 20) <= 14
