"""Reliability against figures computed in R (psych, lavaan), and by hand; and what cannot be estimated."""

import json
import math
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holzinger import FACTORS, pupils
from wellbeing.reliability import (
    bootstrap_omega,
    consistency,
    cronbach_alpha,
    feldt_interval,
    item_curves,
    omega,
)

SHARED = Path(__file__).parents[2] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference data is not beside the repository")
SCALES = ("phq", "gad", "who", "uwes")


@pytest.fixture(scope="module")
def reference():
    entries = json.loads((SHARED / "reference" / "reference.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry for entry in entries}


def generated(scale, file="items_complete.csv"):
    items = pd.read_csv(SHARED / "reference" / file).filter(regex=rf"^{scale}\d+$")
    assert items.shape[1] > 4
    return items


def close(entry):
    return pytest.approx(entry["value"], abs=entry["tolerance"])


# --- alpha


def test_alpha_by_hand():
    # Variances 1 and 1, of the sum 3: 2 / 1 * (1 - 2 / 3).
    items = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 3.0, 2.0]})
    assert cronbach_alpha(items) == pytest.approx(2 / 3)
    assert consistency(items).alpha == pytest.approx(2 / 3)


def test_alpha_leaves_out_the_incomplete():
    items = pd.DataFrame({"a": [1.0, 2.0, 3.0, 3.0], "b": [1.0, 3.0, 2.0, math.nan]})
    assert cronbach_alpha(items) == pytest.approx(2 / 3)
    assert consistency(items).n == 3


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
@pytest.mark.parametrize("scale", SCALES)
def test_consistency_as_in_psych(reference, scale):
    items = generated(scale)
    found = consistency(items)
    assert found.trouble is None
    assert [found.alpha, cronbach_alpha(items)] == [close(reference[f"alpha.{scale}"])] * 2
    interval = {"lower": found.low, "upper": found.high}
    assert interval == close(reference[f"alpha_ci_feldt.{scale}"])
    assert found.items["alpha_if_deleted"].tolist() == close(reference[f"alpha_if_deleted.{scale}"])
    assert found.items["item_rest"].tolist() == close(reference[f"item_rest_r.{scale}"])
    assert found.turned == ()


@needs_shared
@pytest.mark.parametrize("scale", SCALES)
def test_alpha_from_pairwise_covariances_as_in_psych(reference, scale):
    items = generated(scale, "items_missing.csv")
    found = consistency(items, missing="pairwise")
    assert found.alpha == close(reference[f"alpha_pairwise.{scale}"])
    assert (found.missing, found.n) == ("pairwise", 150)


@needs_shared
def test_what_else_psych_says_where_answers_are_missing():
    # psych 2.2.9, alpha(items): $item.stats$r.drop, $alpha.drop$raw_alpha, $feldt; listwise: alpha(na.omit(items)).
    items = generated("phq", "items_missing.csv")
    found = consistency(items, missing="pairwise")
    rest = [0.620351599264, 0.635408344534, 0.610460409294, 0.404003721744, 0.573215456932]
    assert found.items["item_rest"].tolist()[:5] == pytest.approx(rest, abs=1e-10)
    deleted = [0.797534192071, 0.796226146464, 0.799557193595, 0.822580178416, 0.803766736319]
    assert found.items["alpha_if_deleted"].tolist()[:5] == pytest.approx(deleted, abs=1e-10)
    assert (found.low, found.high) == pytest.approx((0.781257669556, 0.865077411707), abs=1e-10)
    listwise = consistency(items)
    assert listwise.n == 119
    assert (listwise.alpha, listwise.low, listwise.high) == pytest.approx(
        (0.810510824905, 0.754933033733, 0.857673632534), abs=1e-10
    )


@needs_shared
def test_items_that_were_not_turned_are_named(reference):
    items = generated("pss")
    assert list(consistency(items).turned) == reference["alpha_unreversed_warning.pss"]["value"]
    turned = items.assign(**{name: 4 - items[name] for name in ("pss4", "pss5", "pss7", "pss8")})
    assert consistency(turned).turned == ()
    assert consistency(turned).alpha == close(reference["alpha_rev.pss"])


def test_the_interval_of_the_nine_tests():
    # psych::alpha(HolzingerSwineford1939[, paste0("x", 1:9)]): .7604886, Feldt .7177169 to .7990788.
    found = consistency(pupils()[0])
    assert (found.alpha, found.low, found.high) == pytest.approx(
        (0.760488595825, 0.717716865952, 0.799078832562), abs=1e-7
    )
    assert feldt_interval(found.alpha, found.n, 9) == (found.low, found.high)


@needs_shared
@pytest.mark.parametrize(
    ("file", "items", "alpha"),
    [
        ("phq9_gad7_two_waves/wave1.csv", "PHQ", 0.8998),
        ("phq9_gad7_two_waves/wave2.csv", "PHQ", 0.9012),
        ("phq9_gad7_two_waves/wave1.csv", "GAD", 0.8985),
        ("phq9_gad7_two_waves/wave2.csv", "GAD", 0.9038),
        ("dass42_openpsychometrics/dass42.csv", r"dass\d+_D", 0.9555),
        ("dass42_openpsychometrics/dass42.csv", r"dass\d+_A", 0.9156),
        ("dass42_openpsychometrics/dass42.csv", r"dass\d+_S", 0.9269),
        ("cesd_promis_depression/cesd_promis.csv", "CESD", 0.9319),
        ("cesd_promis_depression/cesd_promis.csv", "EDDEP", 0.9802),
        ("ukm_students_phq9_gad7_pss10/Psychological_aspects.csv", r"D\d", 0.9051),
        ("ukm_students_phq9_gad7_pss10/Psychological_aspects.csv", r"A\d", 0.9439),
        # Pupils' well-being with teachers, and with classmates.
        ("pupil_wellbeing_classes/swmdk.csv", r"Item[1-7]$", 0.8681),
        ("pupil_wellbeing_classes/swmdk.csv", r"Item([89]|1\d)$", 0.8309),
        # 263 rows of this file lack answers: only the complete ones count.
        ("nhanes_phq9_2017/nhanes_phq9_2017.csv", "DPQ0", 0.8306),
    ],
)
def test_alpha_of_open_data(file, items, alpha):
    answers = pd.read_csv(SHARED / "data" / file, encoding="utf-8-sig").filter(regex=f"^{items}")
    assert cronbach_alpha(answers) == pytest.approx(alpha, abs=5e-5)


@needs_shared
@pytest.mark.parametrize(
    ("scale", "n", "listwise", "pairwise"),
    [
        ("A", 2709, 0.7038, 0.7030),
        ("C", 2707, 0.7293, 0.7267),
        ("E", 2713, 0.7609, 0.7617),
        ("N", 2694, 0.8133, 0.8140),
        ("O", 2726, 0.6025, 0.6002),
    ],
)
def test_listwise_and_pairwise_alpha_of_2800_people(scale, n, listwise, pairwise):
    answers = pd.read_csv(SHARED / "data" / "bfi_reverse_keys" / "bfi.csv").filter(regex=rf"^{scale}\d")
    keyed = answers.assign(**{c: 7 - answers[c] for c in answers if c in {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}})
    found = consistency(keyed)
    assert (found.n, round(found.alpha, 4)) == (n, listwise)
    assert round(consistency(keyed, missing="pairwise").alpha, 4) == pairwise


def test_error_of_measurement_floor_and_ceiling_by_hand():
    items = pd.DataFrame({"a": [0.0, 0, 1, 3, 3], "b": [0.0, 1, 1, 2, 3]})
    found = consistency(items, {"a": (0, 3), "b": (0, 3)})
    # Variances 2.3 and 1.3, of the sums 0, 1, 2, 5, 6 it is 6.7: alpha = 2 (1 - 3.6 / 6.7), sd sqrt(6.7).
    assert found.alpha == pytest.approx(2 * (1 - 3.6 / 6.7))
    assert found.sem == pytest.approx(math.sqrt(6.7 * (1 - 2 * (1 - 3.6 / 6.7))))
    assert (found.mean, found.sd) == pytest.approx((2.8, math.sqrt(6.7)))
    # One of five at 0 of 6 points, one at 6.
    assert (found.floor, found.ceiling) == (0.2, 0.2)
    assert found.items["floor"].tolist() == [0.4, 0.2]
    assert found.items["ceiling"].tolist() == [0.4, 0.2]


def test_floor_and_ceiling_are_not_told_where_the_codes_are_not_known():
    found = consistency(pd.DataFrame({"a": [0.0, 0, 1, 3, 3], "b": [0.0, 1, 1, 2, 3]}))
    assert math.isnan(found.floor)
    assert math.isnan(found.ceiling)


# --- omega


@needs_shared
@pytest.mark.parametrize("scale", SCALES)
def test_omega_of_one_factor_as_in_r(reference, scale):
    items = generated(scale)
    # The reference's tolerance is .001; psych and lavaan themselves agree with this to about 1e-6.
    assert omega(items, "one_factor_standardised").value == pytest.approx(
        reference[f"omega_total_1f.{scale}"]["value"], abs=1e-6
    )
    assert omega(items, "one_factor_raw").value == pytest.approx(reference[f"omega_cfa_raw.{scale}"]["value"], abs=1e-6)


def test_both_omegas_of_the_nine_tests():
    # lavaan, one factor: .738069171678; psych::fa(fm = "ml"), standardised: .723461371444.
    items, _ = pupils()
    assert omega(items, "one_factor_raw").value == pytest.approx(0.738069171678, abs=1e-6)
    assert omega(items, "one_factor_standardised").value == pytest.approx(0.723461371444, abs=1e-5)


def test_omega_of_an_impossible_solution_is_not_given():
    # The bifactor model of the nine tests has a residual variance of -1.141.
    items, _ = pupils()
    for kind in ("bifactor_total", "bifactor_hierarchical"):
        found = omega(items, kind, FACTORS)
        assert math.isnan(found.value)
        assert found.trouble.reason == "improper"


@needs_shared
def test_bifactor_omegas_of_5000_people():
    # lavaan 0.6-14, DASS-21, bifactor with a factor for each scale.
    long = pd.read_csv(SHARED / "data" / "dass42_openpsychometrics" / "dass42.csv")
    columns = {int(name[4:].split("_")[0]): name for name in long if name.startswith("dass") and "_" in name}
    kept = [22, 2, 3, 4, 42, 6, 41, 12, 40, 10, 39, 8, 26, 35, 28, 31, 17, 18, 25, 20, 38]
    items = long[[columns[old] for old in kept]]
    groups = {letter: [name for name in items if name.endswith(letter)] for letter in "DAS"}
    assert omega(items, "bifactor_total", groups).value == pytest.approx(0.948738799919, abs=1e-6)
    assert omega(items, "bifactor_hierarchical", groups).value == pytest.approx(0.868736399492, abs=1e-6)


def one_factor_sample(rng, n, loadings):
    loadings = np.asarray(loadings)
    factor = rng.normal(size=(n, 1))
    noise = rng.normal(size=(n, len(loadings))) * np.sqrt(1 - loadings**2)
    return pd.DataFrame(factor * loadings + noise, columns=[f"i{place}" for place in range(len(loadings))])


def test_the_bootstrap_fits_every_draw_as_the_plain_fit_does():
    items = one_factor_sample(np.random.default_rng(5), 300, [0.8, 0.7, 0.6, 0.5])
    rng = np.random.default_rng(11)
    # The same draws as the bootstrap's, written out as rows and fitted one by one.
    values = []
    for chosen in rng.integers(300, size=(40, 300)):
        values.append(omega(items.iloc[chosen].reset_index(drop=True)).value)
    found = bootstrap_omega(items, draws=40, seed=11)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(values, [0.025, 0.975])), abs=1e-6)
    assert (found.draws, found.failed) == (40, 0)
    assert found.value == omega(items).value


def test_the_same_seed_gives_the_same_interval():
    items = one_factor_sample(np.random.default_rng(5), 100, [0.8, 0.7, 0.6])
    assert bootstrap_omega(items, draws=300, seed=3) == bootstrap_omega(items, draws=300, seed=3)
    assert bootstrap_omega(items, draws=300, seed=3).low != bootstrap_omega(items, draws=300, seed=4).low


def test_no_interval_is_given_where_too_many_draws_fail():
    # One of forty gave another answer to one item: in more than a third of the draws nobody does.
    items = one_factor_sample(np.random.default_rng(5), 40, [0.8, 0.7, 0.6, 0.7])
    items["i3"] = 0.0
    items.loc[0, "i3"] = items.loc[0, "i0"]
    found = bootstrap_omega(items, draws=100, seed=1)
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.trouble is not None


def test_two_thousand_draws_on_2000_people_and_21_items_take_seconds():
    items = one_factor_sample(np.random.default_rng(5), 2000, np.linspace(0.4, 0.9, 21))
    began = time.process_time()
    found = bootstrap_omega(items, draws=2000)
    assert found.failed == 0
    # Two seconds when nothing else runs; benchmarks/omega.py measures it.
    assert time.process_time() - began < 10


# --- item curves


def test_item_curves_by_hand():
    items = pd.DataFrame({"a": [0.0, 1, 2, 3], "b": [0.0, 0, 1, 2], "c": [0.0, 1, 1, 2]})
    curves, trouble = item_curves(pd.concat([items] * 2, ignore_index=True), classes=2)
    assert trouble is None
    own = curves[curves["item"] == "a"]
    # Rest scores of a: 0, 1, 2, 4. Below or at the middle (1.5): answers 0 and 1; above: 2 and 3.
    assert own["rest"].tolist() == [0.5, 3.0]
    assert own["mean"].tolist() == [0.5, 2.5]
    assert own["n"].tolist() == [4, 4]


def test_an_item_that_was_not_turned_has_a_falling_curve():
    items = one_factor_sample(np.random.default_rng(5), 200, [0.8, 0.7, 0.6, 0.7])
    items["i1"] = -items["i1"]
    curves, _ = item_curves(items)
    slopes = {item: piece["mean"].iloc[-1] - piece["mean"].iloc[0] for item, piece in curves.groupby("item")}
    assert slopes["i1"] < 0 < slopes["i0"]


# --- what cannot be estimated


def spoilt(how):
    items = one_factor_sample(np.random.default_rng(8), 60, [0.8, 0.7, 0.6, 0.7]).round(1)
    if how == "constant":
        items["i2"] = 1.0
    elif how == "few":
        items = items[:4]
    elif how == "missing altogether":
        items["i2"] = math.nan
    elif how == "nobody complete":
        items.loc[::2, "i0"] = math.nan
        items.loc[1::2, "i1"] = math.nan
    elif how == "one item":
        items = items[["i0"]]
    elif how == "nobody at all":
        items = items[:0]
    return items


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("constant", "constant_items"),
        ("few", "too_few_people"),
        ("missing altogether", "missing_items"),
        ("nobody complete", "nobody_complete"),
        ("one item", "too_few_items"),
        ("nobody at all", "missing_items"),
    ],
)
def test_what_cannot_be_estimated_is_named_and_has_no_figure(how, reason):
    items = spoilt(how)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = [consistency(items), consistency(items, missing="pairwise")]
        omegas = [omega(items, "one_factor_raw"), bootstrap_omega(items, draws=20)]
        curves, trouble = item_curves(items)
    assert [one.trouble.reason for one in found] == [reason, reason]
    for one in found:
        figures = [one.alpha, one.low, one.high, one.sem, *one.items["item_rest"], *one.items["alpha_if_deleted"]]
        assert all(math.isnan(figure) for figure in figures)
    assert [one.trouble.reason for one in omegas] == [reason, reason]
    assert all(math.isnan(one.value) and math.isnan(one.low) for one in omegas)
    assert curves.empty
    assert trouble.reason == reason
    assert all(trouble.sentence(lang) for lang in ("zh", "en"))


def test_an_item_twice_gives_alpha_but_no_omega():
    items = spoilt("").assign(again=lambda rows: rows["i0"])
    assert consistency(items).alpha > 0.5
    assert consistency(items).trouble is None
    assert omega(items).trouble.reason == "singular"


def test_items_that_cancel_out_have_no_alpha():
    items = pd.DataFrame({"a": [0.0, 1, 2, 3], "b": [3.0, 2, 1, 0]})
    found = consistency(items)
    assert math.isnan(found.alpha)
    assert found.trouble.reason == "nobody_differs"


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 50), st.integers(-20, 20))
def test_alpha_and_omega_do_not_depend_on_units(seed, factor, shift):
    items = one_factor_sample(np.random.default_rng(seed), 60, [0.8, 0.7, 0.6, 0.7])
    moved = items * factor + shift
    assert consistency(moved).alpha == pytest.approx(consistency(items).alpha, abs=1e-9)
    one, other = omega(items), omega(moved)
    if one.trouble is None:
        assert other.value == pytest.approx(one.value, abs=1e-6)
    else:
        assert other.trouble.reason == one.trouble.reason
