"""What a screen means in numbers: the table of the notes on statistics, and hand calculation."""

import pytest

from wellbeing.screening_numbers import (
    ACCURACY,
    Accuracy,
    predictive_values,
    prevalence_table,
    rogan_gladen,
    screening_numbers,
)


def test_the_table_of_the_notes():
    lines = [(line.prevalence, line.positive, line.ill, round(100 * line.ppv)) for line in prevalence_table()]
    assert lines == [(0.03, 172, 26, 15), (0.05, 187, 44, 24), (0.10, 223, 88, 39), (0.15, 260, 132, 51)]


def test_the_sentence_of_the_notes():
    # 187 of 1000 positive: 5 % ill, of ten on the list 2 to 3; 12 % of the ill are missed, one in eight.
    first, second, third, _ = screening_numbers(187, 1000).sentences("en")
    assert first == "Of every 10 people on this list about 2 to 3 would be found to have depression at interview."
    assert second == "About 1 in 8 people with depression is not on it."
    assert third.startswith("19% are positive. Symptoms are not disorders: with the questionnaire's errors taken off, ")


def test_the_corrected_prevalence_by_hand_with_its_interval():
    # (.25 + .85 - 1) / (.88 + .85 - 1) = .10/.73; Wilson for 100 of 400: .2101 to .2946, corrected likewise.
    found = rogan_gladen(100, 400, 0.88, 0.85)
    assert found.estimate == pytest.approx(0.10 / 0.73)
    assert found.low == pytest.approx((0.21010 - 0.15) / 0.73, abs=1e-4)
    assert found.high == pytest.approx((0.29465 - 0.15) / 0.73, abs=1e-4)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_fewer_positives_than_the_errors_explain_promise_nothing(lang):
    found = screening_numbers(20, 400)
    assert found.prevalence.estimate == 0
    assert len(found.sentences(lang)) == 3


def test_nobody_positive_and_everybody_positive():
    assert screening_numbers(0, 50).prevalence.low == 0
    assert screening_numbers(50, 50).prevalence.high == 1


def test_nobody_screened_is_refused():
    with pytest.raises(ValueError, match="nobody"):
        rogan_gladen(0, 0, 0.88, 0.85)


@pytest.mark.parametrize("pair", [(0.5, 0.5), (1.2, 0.9), (0.3, 0.6)])
def test_a_screen_no_better_than_lots_is_refused(pair):
    with pytest.raises(ValueError, match=r"lots|between"):
        Accuracy(*pair, "nowhere")


def test_predictive_values_without_a_positive():
    ppv, npv = predictive_values(0.0, 0.9, 1.0)
    assert ppv != ppv
    assert npv == 1


def test_the_accuracy_that_is_used_is_said():
    assert "88%" in screening_numbers(80, 400).sentences("zh")[-1]
    assert "焦虑障碍" in screening_numbers(120, 400, ACCURACY["gad7_total"]).sentences("zh")[0]
