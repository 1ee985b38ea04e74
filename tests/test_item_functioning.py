"""Differential item functioning against R (MASS polr and glm), item by item; and what cannot be tested."""

import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.item_functioning import item_functioning, with_and_without

SHARED = Path(__file__).parents[2] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference data is not beside the repository")


@pytest.fixture(scope="module")
def generated():
    return pd.read_csv(SHARED / "reference" / "items_complete.csv")


@needs_shared
def test_chi_squares_and_pseudo_r2_of_two_languages_are_those_of_polr(generated):
    # 2 (logLik(polr(item ~ rest * lang)) - logLik(polr(item ~ rest))), and as shares of logLik(polr(item ~ 1)).
    found = item_functioning(generated.filter(regex=r"^phq\d"), generated["lang"])
    chi2 = [0.280675144613, 0.330212167971, 4.56327833441, 0.0703000375274, 0.376463348779]
    chi2 += [2.86189369108, 1.11242720987, 1.24415414132, 2.49930605282]
    assert found.table["chi2"].tolist() == pytest.approx(chi2, abs=1e-5)
    mcfadden = [0.000782755690, 0.000960760399, 0.0131124205882, 0.00020243738637, 0.00112395698994]
    mcfadden += [0.00797801047413, 0.00308394356089, 0.00345931438245, 0.00717576235253]
    assert found.table["r2_change"].tolist() == pytest.approx(mcfadden, abs=1e-7)
    nagelkerke = [0.00125376864366, 0.0014760565757, 0.0220087218826, 0.000414799139266, 0.00188142399171]
    nagelkerke += [0.0132105205491, 0.00636121663963, 0.00696253605426, 0.0154210872117]
    assert found.table["nagelkerke_change"].tolist() == pytest.approx(nagelkerke, abs=1e-7)
    assert found.table["p"].tolist()[:3] == pytest.approx([0.869064813663, 0.847803760916, 0.102116683135], abs=1e-6)
    assert set(found.table["df"]) == {2}
    assert (found.tested, found.groups, found.differing) == (9, ("en", "zh"), ())


@needs_shared
def test_respondents_with_a_missing_answer_are_left_out():
    items = pd.read_csv(SHARED / "reference" / "items_missing.csv")
    found = item_functioning(items.filter(regex=r"^phq\d"), items["lang"])
    assert set(found.table["n"]) == {119}
    chi2 = [0.0318822080204, 0.78520840826, 4.49934700536, 0.617146586808, 2.09019719276]
    assert found.table["chi2"].tolist()[:5] == pytest.approx(chi2, abs=1e-5)


@needs_shared
def test_two_waves_of_403_people():
    waves = [pd.read_csv(SHARED / "data" / "phq9_gad7_two_waves" / f"wave{n}.csv").assign(wave=n) for n in (1, 2)]
    both = pd.concat(waves, ignore_index=True)
    found = item_functioning(both.filter(regex="^PHQ"), both["wave"])
    chi2 = [2.57603832824, 3.71400744325, 0.788159051435, 5.25866014187, 1.73691819828]
    chi2 += [7.58282853356, 5.15308141171, 3.06561612027, 1.33657181733]
    assert found.table["chi2"].tolist() == pytest.approx(chi2, abs=1e-5)
    # R: p.adjust(p, "BH"); the smallest of nine is .0225637.
    assert found.table["q"].min() == pytest.approx(9 * 0.0225636682288, abs=1e-5)


@needs_shared
def test_three_groups_have_four_degrees_of_freedom():
    people = pd.read_csv(SHARED / "data" / "bfi_reverse_keys" / "bfi.csv").dropna(subset=["education"])
    people["A1"] = 7 - people["A1"]
    level = people["education"].map({1: "low", 2: "low", 3: "mid", 4: "high", 5: "high"})
    found = item_functioning(people.filter(regex=r"^A\d"), level)
    assert set(found.table["n"]) == {2493}
    assert set(found.table["df"]) == {4}
    chi2 = [81.8068520148, 9.20577408204, 9.88758569849, 59.3420767209, 3.54248917493]
    assert found.table["chi2"].tolist() == pytest.approx(chi2, abs=1e-4)
    # Two items differ beyond any chance, and by too little to matter: .0106 and .0079 of pseudo-R2.
    assert (found.table["q"] < 1e-6).tolist() == [True, False, False, True, False]
    assert found.table["r2_change"].max() == pytest.approx(0.0105745288731, abs=1e-7)
    assert found.differing == ()


@needs_shared
def test_items_of_yes_and_no_are_tested_by_a_logit(generated):
    # glm(item ~ rest * lang, family = binomial) against glm(item ~ rest).
    items = (generated.filter(regex=r"^gad\d") > 0).astype(float)
    found = item_functioning(items, generated["lang"])
    chi2 = [0.417134746489, 3.66609938231, 0.922561350348, 2.31840250989, 1.0007080039, 0.483786988859, 4.01868699309]
    assert found.table["chi2"].tolist() == pytest.approx(chi2, abs=1e-5)
    assert found.table["r2_change"].tolist()[1] == pytest.approx(0.0177418589546, abs=1e-7)


@pytest.fixture(scope="module")
def shifted():
    """Six items of which the third is answered a good step higher in one language, people being alike."""
    rng = np.random.default_rng(63)
    groups = pd.Series(np.where(np.arange(600) % 2, "zh", "en"))
    standing = rng.normal(size=(600, 1))
    latent = standing + rng.logistic(size=(600, 6)) * 0.6
    latent[:, 2] += 1.2 * (groups == "zh")
    answers = pd.DataFrame(np.digitize(latent, [-1, 0, 1]).astype(float), columns=list("abcdef"))
    return answers, groups


def test_a_planted_shift_is_found_and_nothing_else(shifted):
    found = item_functioning(*shifted)
    assert found.differing == ("c",)
    again = shifted[0].index % 300
    assert item_functioning(shifted[0].set_axis(again), shifted[1].set_axis(again)).table.equals(found.table)
    assert "c" in found.sentence("en")
    assert "6" in found.sentence("zh")


def test_the_difference_of_groups_with_and_without_the_item(shifted):
    answers, groups = shifted
    means = with_and_without(answers, groups, ("c",))
    assert means["n"].tolist() == [300, 300]
    expected = answers.groupby(groups).mean()
    assert means["with"].tolist() == pytest.approx(expected.mean(axis=1).tolist())
    assert means["without"].tolist() == pytest.approx(expected[list("abdef")].mean(axis=1).tolist())
    # The item alone tilts the comparison towards the language in which it is answered higher.
    assert means["with"].diff().iloc[1] > means["without"].diff().iloc[1]


def test_an_item_that_cannot_be_tested_is_named_and_is_in_no_family(shifted):
    answers, groups = shifted
    one_code = answers.assign(a=1.0)
    found = item_functioning(one_code, groups)
    assert found.troubles["a"].reason == "constant_items"
    assert math.isnan(found.table.loc["a", "chi2"])
    assert found.tested == 5
    assert "a" in found.sentence("en")


def test_an_item_that_the_group_foretells_is_separated(shifted):
    answers, groups = shifted
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = item_functioning(answers.assign(a=(groups == "zh").astype(float)), groups)
    assert found.troubles["a"].reason == "separated"
    assert found.table.loc["a", ["chi2", "p", "q", "r2_change"]].isna().all()


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("missing in one group", "missing_in_group"),
        ("missing altogether", "missing_items"),
        ("one group", "one_group"),
        ("few", "too_few_people"),
        ("nobody complete", "nobody_complete"),
        ("one item", "too_few_items"),
    ],
)
def test_what_cannot_be_tested_is_named_and_has_no_figure(shifted, how, reason):
    answers, groups = shifted[0].copy(), shifted[1].copy()
    if how == "missing in one group":
        answers.loc[groups == "zh", "a"] = math.nan
    elif how == "missing altogether":
        answers["a"] = math.nan
    elif how == "one group":
        groups = groups.where(groups == "zh")
    elif how == "few":
        answers, groups = answers[:11], groups[:11]
    elif how == "nobody complete":
        answers.loc[(answers.index % 4 < 2) & (groups == "zh"), "a"] = math.nan
        answers.loc[(answers.index % 4 >= 2) & (groups == "zh"), "b"] = math.nan
    elif how == "one item":
        answers = answers[["a"]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = item_functioning(answers, groups)
    assert found.trouble.reason == reason
    assert found.table.isna().all(axis=None)
    assert found.differing == ()
    assert all(found.sentence(lang) for lang in ("zh", "en"))
