"""Reliable change against hand calculation, R, and the simulated false alarms of the statistics rules."""

import importlib
import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.change import (
    Precision,
    clinical_change,
    measurement_error,
    precision,
    precision_words,
    published_precision,
    refuse_change,
    reliable_change,
    standard_error_of_difference,
)
from wellbeing.instruments import load_instrument

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SHARED = Path(__file__).parents[2] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference data is not beside the repository")

# PHQ-9-like scores of the statistics rules: sd 4.8, reliability .85, so Sdiff = sqrt(2) * 4.8 * sqrt(.15).
SD, RELIABILITY = 4.8, 0.85


def verdicts(now, before, sd=SD, reliability=RELIABILITY, floor=0.0):
    judged = reliable_change(pd.Series(now, dtype=float), pd.Series(before, dtype=float), sd, reliability, floor)
    return judged["verdict"].tolist()


def test_sdiff_by_hand():
    assert standard_error_of_difference(SD, RELIABILITY) == pytest.approx(2.629, abs=0.0005)


def test_six_points_are_reliable_and_five_are_not():
    # 1.96 * 2.629 = 5.15
    assert verdicts([11, 10, 4, 5], [5, 5, 10, 10]) == ["rise", "none", "fall", "none"]


def test_a_floor_is_reached_by_the_floor_itself():
    # sd 3 and .9: 1.96 * 1.342 = 2.63, so 3 points would do without the floor.
    assert verdicts([3, 5, 6], [0, 0, 0], sd=3, reliability=0.9) == ["rise", "rise", "rise"]
    assert verdicts([3, 5, 6], [0, 0, 0], sd=3, reliability=0.9, floor=6) == ["none", "none", "rise"]


@pytest.mark.parametrize(
    ("now", "before", "sd"),
    [
        pytest.param(math.nan, 3, SD, id="unscorable now"),
        pytest.param(12, math.nan, SD, id="no score last term"),
        pytest.param(12, 3, math.nan, id="precision not known"),
    ],
)
def test_unknown_is_not_none(now, before, sd):
    assert verdicts([now], [before], sd=sd) == ["unknown"]


def test_false_alarms_when_nobody_changes():
    # Table of the statistics rules, of 1000 PHQ-9-like scores: a rise of 5 or more 44, RCI > 1.96 19.
    rng = np.random.default_rng(7)
    true = rng.gamma((6 / (SD * math.sqrt(RELIABILITY))) ** 2, SD**2 * RELIABILITY / 6, 200_000)
    noise = SD * math.sqrt(1 - RELIABILITY)
    before, now = (pd.Series(np.clip(np.round(true + rng.normal(0, noise, len(true))), 0, 27)) for _ in "ab")
    judged = reliable_change(now, before, SD, RELIABILITY)
    assert ((now - before) >= 5).mean() == pytest.approx(0.044, abs=0.01)
    assert (judged["verdict"] == "rise").mean() == pytest.approx(0.019, abs=0.006)


@needs_shared
def test_as_in_r():
    entries = {
        e["id"]: e for e in json.loads((SHARED / "reference" / "reference.json").read_text(encoding="utf-8"))["entries"]
    }
    change = pd.read_csv(SHARED / "reference" / "change.csv")
    judged = reliable_change(change["term2"], change["term1"], 4.8, 0.84)
    expected = entries["rci.fixed"]["value"]
    assert standard_error_of_difference(4.8, 0.84) == pytest.approx(expected["sdiff"], abs=1e-6)
    assert (judged["verdict"] == "rise").sum() == expected["worse"]
    assert (judged["verdict"] == "fall").sum() == expected["better"]


@pytest.mark.parametrize(
    ("scale", "smallest"),
    # The definition's own "reliable change, 95%", derived from the same publication.
    [("personal", 15.9), ("work", 21.4)],
)
def test_published_precision_of_the_cbi(scale, smallest):
    cbi = load_instrument("cbi")
    sd, alpha = published_precision(cbi, cbi.scale(scale))
    assert 1.96 * standard_error_of_difference(sd, alpha) == pytest.approx(smallest, abs=0.05)


def test_without_a_publication_the_wave_speaks():
    phq9 = load_instrument("phq9")
    assert published_precision(phq9, phq9.scale("total")) is None
    rng = np.random.default_rng(3)
    burden = rng.integers(0, 4, 60)
    answers = pd.DataFrame({f"phq9_{i}": np.clip(burden + rng.integers(-1, 2, 60), 0, 3) for i in range(1, 10)})
    total = answers.sum(axis=1)
    found = precision(phq9, phq9.scale("total"), answers, total)
    assert found.sd == pytest.approx(total.std(ddof=1))
    assert found.floor == 6
    assert not found.published
    few = precision(phq9, phq9.scale("total"), answers.head(49), total.head(49))
    assert math.isnan(few.sd)


def test_a_score_stands_with_its_measurement_error():
    # SEM = 4.8 * sqrt(.15) = 1.859; 1.96 SEM = 3.64.
    low, high = measurement_error(12, Precision(SD, RELIABILITY))
    assert (low, high) == pytest.approx((8.36, 15.64), abs=0.005)
    phq9 = load_instrument("phq9")
    assert measurement_error(2, Precision(SD, RELIABILITY), phq9.scale("total"))[0] == 0
    assert all(math.isnan(end) for end in measurement_error(12, Precision(math.nan, math.nan), phq9.scale("total")))


def test_the_smallest_change_that_counts_is_the_noise_or_the_standards_floor():
    assert Precision(SD, RELIABILITY).smallest_change == pytest.approx(5.153, abs=0.001)
    assert Precision(SD, RELIABILITY, floor=6).smallest_change == 6


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_said_on_what_the_precision_rests(lang):
    published, own, unknown = (
        precision_words(noise, lang)
        for noise in (Precision(SD, RELIABILITY, published=True), Precision(SD, RELIABILITY), Precision(math.nan, 0.8))
    )
    assert len({published, own, unknown}) == 3
    assert all("3.6" in words and "5.2" in words for words in (published, own))
    assert ("公开发表" if lang == "zh" else "published") in published


def test_another_version_of_a_questionnaire_is_refused_and_said_why(monkeypatch):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    phq9 = load_instrument("phq9")
    assert refuse_change(phq9, phq9.version, phq9.digest) == ""
    # The same version with another key is another questionnaire.
    assert "another version last wave (0.9.0" in refuse_change(phq9, "0.9.0", "0" * 64)


def test_crossing_the_cutoff_counts_only_beyond_the_noise():
    before, now = pd.Series([5.0, 8.0, 16.0, 11.0, math.nan]), pd.Series([12.0, 11.0, 8.0, 9.0, 12.0])
    judged = reliable_change(now, before, SD, RELIABILITY)
    assert clinical_change(now, before, 10, judged).tolist() == ["new_case", "none", "recovered", "none", "unknown"]


# The table of the notes, of 1000 people of whom nobody changed, and the share of true rises that is found.
ALARMS = {
    "any rise": 418, "moves up a band": 174, "crosses 10": 49, "rise of 5 or more": 44, "RCI > 1.96": 19,
    "RCI > 1.96 and now at 10 or more": 9, "RCI > 1.96 and crosses 10": 7,
}  # fmt: skip
RISES = {"3": 0.17, "5": 0.42, "6": 0.56, "8": 0.81}


def test_the_committed_simulation_reproduces_the_table_of_false_alarms():
    committed = json.loads((BENCHMARKS / "results" / "change_alarms.json").read_text(encoding="utf-8"))
    # The notes do not give the scores' law; a gamma law comes within a tenth, or six of a thousand.
    for rule, count in ALARMS.items():
        assert committed["false_alarms"][rule] == pytest.approx(count, rel=0.1, abs=6)
    for rise, share in RISES.items():
        assert committed["found"][rise] == pytest.approx(share, abs=0.02)


def test_a_smaller_simulation_comes_to_the_committed_figures():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        simulation = importlib.import_module("change_alarms")
    finally:
        sys.path.remove(str(BENCHMARKS))
    committed = json.loads(simulation.RESULTS.read_text(encoding="utf-8"))
    found = simulation.false_alarms(np.random.default_rng(2), 60_000)
    assert all(count == pytest.approx(committed["false_alarms"][rule], abs=8) for rule, count in found.items())
    page = simulation.PAGE.read_text(encoding="utf-8")
    assert all(table in page for table in simulation.tables(committed).values())
