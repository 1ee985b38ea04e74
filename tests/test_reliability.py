"""Reliability against figures computed in R (psych), and by hand."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from wellbeing.reliability import cronbach_alpha

SHARED = Path(__file__).parents[2] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference data is not beside the repository")


def test_alpha_by_hand():
    # Variances 1 and 1, of the sum 3: 2 / 1 * (1 - 2 / 3).
    items = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 3.0, 2.0]})
    assert cronbach_alpha(items) == pytest.approx(2 / 3)


def test_alpha_leaves_out_the_incomplete():
    items = pd.DataFrame({"a": [1.0, 2.0, 3.0, 3.0], "b": [1.0, 3.0, 2.0, math.nan]})
    assert cronbach_alpha(items) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "items",
    [
        pytest.param({"a": [1.0], "b": [2.0]}, id="one person"),
        pytest.param({"a": [1.0, 2.0]}, id="one item"),
        pytest.param({"a": [1.0, 1.0], "b": [2.0, 2.0]}, id="nobody differs"),
    ],
)
def test_alpha_unknown(items):
    assert math.isnan(cronbach_alpha(pd.DataFrame(items)))


@needs_shared
@pytest.mark.parametrize("scale", ["phq", "gad", "who", "uwes"])
def test_alpha_as_in_r(scale):
    entries = json.loads((SHARED / "reference" / "reference.json").read_text(encoding="utf-8"))["entries"]
    entry = next(e for e in entries if e["id"] == f"alpha.{scale}")
    items = pd.read_csv(SHARED / "reference" / entry["data"]).filter(regex=rf"^{scale}\d+$")
    assert items.shape[1] > 4
    assert cronbach_alpha(items) == pytest.approx(entry["value"], abs=entry["tolerance"])


@needs_shared
@pytest.mark.parametrize(
    ("file", "items", "alpha"),
    [
        ("phq9_gad7_two_waves/wave1.csv", "PHQ", 0.8998),
        ("phq9_gad7_two_waves/wave2.csv", "PHQ", 0.9012),
        ("phq9_gad7_two_waves/wave1.csv", "GAD", 0.8985),
        ("phq9_gad7_two_waves/wave2.csv", "GAD", 0.9038),
        # 263 rows of this file lack answers: only the complete ones count.
        ("nhanes_phq9_2017/nhanes_phq9_2017.csv", "DPQ0", 0.8306),
    ],
)
def test_alpha_of_open_data(file, items, alpha):
    answers = pd.read_csv(SHARED / "data" / file).filter(regex=f"^{items}")
    assert cronbach_alpha(answers) == pytest.approx(alpha, abs=5e-5)
