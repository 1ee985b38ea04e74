"""Reliable change against hand calculation, R, and the simulated false alarms of the statistics rules."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.change import precision, published_precision, reliable_change, standard_error_of_difference
from wellbeing.instruments import load_instrument

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
