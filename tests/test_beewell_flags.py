"""The dashboards of #BeeWell: their published marks are reproduced, and the kit's flags stand beside them."""

import importlib
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data" / "beewell_synthetic_schools"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the #BeeWell data are not beside the repository")


@pytest.fixture(scope="module")
def beewell():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return importlib.import_module("beewell_flags")
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def compared(beewell):
    return beewell.compare(beewell.read_pupils())


def test_the_figures_of_their_readme(beewell):
    table = beewell.school_means(beewell.read_pupils(), "wellbeing_score")
    # P in the data's README: weighted mean 20.9342, weighted sd 0.507017, School A 21.215054, School C 21.958904.
    assert table["centre"].iloc[0] == pytest.approx(20.9342, abs=5e-5)
    assert table["spread"].iloc[0] == pytest.approx(0.507017, abs=5e-7)
    assert table.loc["School A", ["count", "theirs"]].tolist() == [93, "average"]
    assert table.loc["School A", "mean"] == pytest.approx(21.215054, abs=5e-7)
    assert table.loc["School C", ["count", "theirs"]].tolist() == [73, "above"]


def test_all_their_published_marks_are_reproduced(compared):
    published = pd.read_csv(DATA / "school_scores_rag_A_to_C.csv", encoding="utf-8")
    whole = published[published[["year_group_lab", "gender_lab", "fsm_lab", "sen_lab"]].eq("All").all(axis=1)]
    ours = {(one.score, one.school): one.theirs for one in compared}
    assert len(whole) == 96
    assert [ours[row.variable, row.school_lab] for row in whole.itertuples()] == whole["rag"].tolist()


def test_on_random_answers_theirs_marks_a_third_and_ours_next_to_nothing(compared):
    theirs, ours = Counter(one.theirs for one in compared), Counter(one.ours for one in compared)
    assert len(compared) == 224
    assert (theirs["below"] + theirs["above"]) / 224 == pytest.approx(1 / 3, abs=0.03)
    assert ours["red"] == 0
    # Nothing differs in truth: one in a hundred may be amber or red by the acceptance of the flags.
    assert ours["amber"] <= 2


def test_every_difference_has_its_reason(beewell, compared):
    for one in compared:
        agree = (one.theirs == "below") == (one.ours in ("red", "amber")) and one.theirs != "above"
        assert (one.reason == "") == agree
        if one.reason == "margin":
            assert -one.away < 0.2
        if one.reason == "luck":
            assert -one.away * one.n**0.5 < 1.96


def test_the_committed_tables_are_these(beewell, compared):
    assert beewell.summary(compared) in beewell.PAGE.read_text(encoding="utf-8")
    assert beewell.listing(compared) in beewell.RESULTS.read_text(encoding="utf-8")
