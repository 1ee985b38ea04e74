"""Scores and signs of careless answering against numbers computed in R (psych, careless)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.instruments import load_instrument
from wellbeing.quality.indices import even_odd, longest_string, squared_distances, within_person_sd
from wellbeing.reliability import cronbach_alpha
from wellbeing.scoring import score

SHARED = Path(__file__).parents[1].parent / "shared" / "reference"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the reference values are not beside the project")

ITEMS = {"phq": ("phq9", 9), "gad": ("gad7", 7), "pss": ("pss10", 10), "who": ("who5", 5)}
ORDER = [9, 7, 10, 5, 9]


@pytest.fixture(scope="module")
def entries():
    listed = json.loads((SHARED / "reference.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry for entry in listed}


@pytest.fixture(scope="module")
def missing():
    return _read("items_missing.csv")


@pytest.fixture(scope="module")
def complete():
    return _read("items_complete.csv")


def _read(name: str) -> pd.DataFrame:
    """Name the items as the kit does."""
    answers = pd.read_csv(SHARED / name, index_col="code")
    names = {
        f"{ours}{number}": f"{kit}_{number}" for ours, (kit, count) in ITEMS.items() for number in range(1, count + 1)
    }
    return answers.rename(columns=names)


def scored(answers: pd.DataFrame, kit: str) -> pd.Series:
    table = score(answers[[name for name in answers if name.startswith(f"{kit}_")]], kit)
    return table[f"{kit}_{load_instrument(kit).scales[0].id}"]


def test_pss_items_are_turned_as_r_turns_them_and_only_whole_answers_scored(entries, missing):
    # R fills in by the person's mean; the manual that the kit follows asks for all ten answers.
    scale = load_instrument("pss10").scales[0]
    items = missing[list(scale.items)].astype(float)
    items[list(scale.reverse)] = 4 - items[list(scale.reverse)]
    means, totals = items.mean(axis=1), scored(missing, "pss10")
    wanted = entries["score_pss_person_mean"]["value"]
    assert means.mean() == pytest.approx(wanted["mean"], abs=1e-6)
    assert means.std() == pytest.approx(wanted["sd"], abs=1e-6)
    prorated = entries["score_pss_prorate_rule"]["value"]
    for code in (name for name in wanted if name.startswith("P")):
        assert means[code] == pytest.approx(wanted[code], abs=1e-6)
        assert means[code] * 10 == pytest.approx(prorated[code], abs=1e-6)
        if items.loc[code].notna().all():
            assert totals[code] == pytest.approx(prorated[code], abs=1e-6)
        else:
            assert np.isnan(totals[code])


def test_phq9_is_scored_for_as_many_as_r_scores(entries, missing):
    wanted, totals = entries["score_phq_prorate_rule"]["value"], scored(missing, "phq9")
    assert totals.notna().sum() == wanted["n"]
    # Rounding half up moves nobody below the line, and may move somebody from 9.5 to it.
    assert (totals >= 10).sum() >= wanted["n_ge10"]
    items = missing[[f"phq9_{number}" for number in range(1, 10)]]
    exact = items.mean(axis=1) * 9
    assert exact.mean() == pytest.approx(wanted["mean"], abs=1e-6)
    assert exact.std() == pytest.approx(wanted["sd"], abs=1e-6)
    assert (totals - exact).abs().max() <= 0.5


def test_who5_in_per_cent_of_complete_answers(entries, missing):
    wanted = entries["score_who_percent"]["value"]
    points = score(missing.filter(regex="^who5_"), "who5")["who5_total"]
    assert points.notna().sum() == wanted["n"]
    assert points.mean() == pytest.approx(wanted["mean"], abs=1e-6)
    assert (points <= 50).sum() == wanted["le50"]
    assert (points <= 28).sum() == wanted["le28"]


def test_phq9_bands(entries, complete):
    items = complete[[f"phq9_{number}" for number in range(1, 10)]]
    bands = score(items, "phq9")["phq9_total_band"]
    counts = bands.value_counts().reindex([band.id for band in load_instrument("phq9").scales[0].bands.bands])
    assert counts.tolist() == entries["phq_bands"]["value"]


def test_two_scales_go_together(entries, complete):
    phq, gad = scored(complete, "phq9"), scored(complete, "gad7")
    wanted = entries["scale_cor"]["value"]
    r = phq.corr(gad)
    assert r == pytest.approx(wanted["pearson"], abs=1e-6)
    assert phq.corr(gad, method="spearman") == pytest.approx(wanted["spearman"], abs=1e-6)
    alphas = [cronbach_alpha(complete.filter(regex=f"^{kit}_")) for kit in ("phq9", "gad7")]
    assert r / np.sqrt(np.prod(alphas)) == pytest.approx(wanted["disattenuated"], abs=1e-6)


@pytest.fixture(scope="module")
def forty(complete):
    return complete.drop(columns=[name for name in complete if name == "lang"])


def held(entry: dict, found: np.ndarray, codes: pd.Index, **whole: float) -> None:
    for name, value in whole.items():
        assert value == pytest.approx(entry["value"][name], abs=max(entry["tolerance"], 1e-12)), name
    of = dict(zip(codes, found, strict=True))
    for code, value in entry["value"].items():
        if code.startswith("P"):
            assert of[code] == pytest.approx(value, abs=max(entry["tolerance"], 1e-12)), code


def test_longest_string(entries, forty):
    found = longest_string(forty.to_numpy(float))
    held(entries["careless.longstring"], found, forty.index, sum=found.sum(), max=found.max())


def test_variability_within_a_person(entries, forty):
    found = within_person_sd(forty.to_numpy(float))
    held(entries["careless.irv"], found, forty.index, mean=found.mean(), min=found.min())


def test_squared_distances(entries, forty):
    from scipy.stats import chi2

    found, freedom = squared_distances(forty.to_numpy(float))
    assert freedom == 40
    flagged = (found > chi2.ppf(0.99, 40)).sum()
    held(entries["careless.mahad"], found, forty.index, mean=found.mean(), max=found.max(), n_flag=flagged)


def test_even_and_odd_halves(entries, forty):
    starts = np.cumsum([0, *ORDER])
    scales = [list(range(start, start + count)) for start, count in zip(starts, ORDER, strict=False)]
    # R's sign says how inconsistent somebody is, the kit's how consistent.
    found = -even_odd(forty.to_numpy(float), scales)
    assert np.isnan(found).sum() == entries["careless.evenodd"]["value"]["n_na"]
    held(entries["careless.evenodd"], found, forty.index, mean=np.nanmean(found))
