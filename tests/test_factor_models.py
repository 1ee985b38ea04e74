"""Factor models against lavaan 0.6-14 (R 4.2.2), in single figures computed there; and what cannot be fitted."""

import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holzinger import FACTORS, TESTS, pupils
from wellbeing.factor_models import (
    LEVELS,
    NotComparable,
    bifactor,
    compare_means,
    correlated_factors,
    fit_factors,
    invariance,
    one_factor,
)

SHARED = Path(__file__).parents[2] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared reference data is not beside the repository")


def figures(fit):
    found = fit.indices
    return found.chi2, found.df, found.cfi, found.tli, found.rmsea, found.srmr


def near(chi2, df, cfi, tli, rmsea, srmr):
    """The chi-square to a thousandth, the indices to six places: lavaan's own search ends about there."""
    return (pytest.approx(chi2, abs=1e-3), df, *(pytest.approx(value, abs=2e-6) for value in (cfi, tli, rmsea, srmr)))


@pytest.fixture(scope="module")
def holzinger():
    return pupils()


@pytest.fixture(scope="module")
def generated():
    items = pd.read_csv(SHARED / "reference" / "items_complete.csv")
    return items.assign(**{f"pss{number}": 4 - items[f"pss{number}"] for number in (4, 5, 7, 8)})


# --- one group


def test_one_factor_of_the_nine_tests(holzinger):
    fit = fit_factors(holzinger[0], one_factor(TESTS))
    expected = (312.264159358139, 27, 0.676883223842, 0.569177631789, 0.187352061110, 0.143141674029)
    assert figures(fit) == near(*expected)
    # inspect(fit, "std")$lambda
    loadings = [0.437942, 0.220406, 0.222781, 0.847681, 0.841110, 0.838079, 0.180473, 0.201182, 0.306802]
    assert fit.loadings()["general"].tolist() == pytest.approx(loadings, abs=1e-5)
    assert (fit.loadings()["residual"] + fit.loadings()["general"] ** 2).tolist() == pytest.approx([1.0] * 9)


def test_three_correlated_factors_of_the_nine_tests(holzinger):
    # The example of lavaan's tutorial: chi-square 85.306 with 24 degrees of freedom, CFI .931, RMSEA .092, SRMR .065.
    fit = fit_factors(holzinger[0], correlated_factors(FACTORS))
    expected = (85.3055217700, 24, 0.930559651799, 0.895839477699, 0.0921214845102, 0.0652050571844)
    assert figures(fit) == near(*expected)
    assert fit.indices.p == pytest.approx(8.50255e-09, rel=1e-4)
    assert (fit.indices.baseline_chi2, fit.indices.baseline_df) == (pytest.approx(918.851589292, abs=1e-3), 36)


def test_a_negative_variance_is_called_by_name_and_gives_no_loadings(holzinger):
    # lavaan warns "some estimated ov variances are negative": theta of x1 is -1.141. The fit is the same.
    fit = fit_factors(holzinger[0], bifactor(FACTORS))
    expected = (34.8800981177, 18, 0.980880027490, 0.961760054980, 0.0558171917919, 0.0474423428634)
    assert figures(fit) == near(*expected)
    assert (fit.trouble.reason, fit.trouble.items) == ("improper", ("x1",))
    assert fit.loadings().isna().all(axis=None)
    assert "x1" in fit.trouble.sentence("en")


@needs_shared
@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("phq", (30.5133920897966, 27, 0.9895544968947, 0.9860726625263, 0.0294534245836, 0.0431706686112)),
        ("gad", (21.3702217956529, 14, 0.9821617639626, 0.9732426459440, 0.0592421254388, 0.0351303128225)),
        ("pss", (46.1610340114511, 35, 0.9758442051039, 0.9689425494193, 0.0461076050156, 0.0476851226557)),
        ("who", (8.6532299664007, 5, 0.9854084393251, 0.9708168786503, 0.0697923583821, 0.0321838696763)),
        ("uwes", (31.0894025631790, 27, 0.9939344326786, 0.9919125769048, 0.0317762336967, 0.0346436838385)),
    ],
)
def test_one_factor_of_generated_scales(generated, scale, expected):
    fit = fit_factors(generated, one_factor(generated.filter(regex=rf"^{scale}\d+$").columns))
    assert figures(fit) == near(*expected)
    assert fit.trouble is None


@needs_shared
def test_rows_with_a_missing_answer_are_left_out():
    items = pd.read_csv(SHARED / "reference" / "items_missing.csv").filter(regex=r"^phq\d")
    fit = fit_factors(items, one_factor(items.columns))
    assert fit.n == (119,)
    expected = (35.2663091772435, 27, 0.9654364390090, 0.9539152520120, 0.0507224776684, 0.0544997474657)
    assert figures(fit) == near(*expected)


@needs_shared
def test_bifactor_of_generated_scales(generated):
    uwes = [f"uwes{number}" for number in range(1, 10)]
    fit = fit_factors(generated, bifactor({"vigor": uwes[:3], "dedication": uwes[3:6], "absorption": uwes[6:]}))
    expected = (16.4491130635843, 18, 1.0, 1.0046006764926, 0.0, 0.0250982400433)
    assert figures(fit) == near(*expected)
    phq, gad = ([f"{scale}{number}" for number in range(1, last)] for scale, last in (("phq", 10), ("gad", 8)))
    expected = (109.8860384982693, 88, 0.9729374593907, 0.9630965355327, 0.0407189540579, 0.0458137004663)
    assert figures(fit_factors(generated, bifactor({"depression": phq, "anxiety": gad}))) == near(*expected)


def dass21():
    """DASS-21 out of the long form, 0-3, by the README's list of items; and whether English is the native language."""
    long = pd.read_csv(SHARED / "data" / "dass42_openpsychometrics" / "dass42.csv")
    columns = {int(name[4:].split("_")[0]): name for name in long if name.startswith("dass") and "_" in name}
    kept = [22, 2, 3, 4, 42, 6, 41, 12, 40, 10, 39, 8, 26, 35, 28, 31, 17, 18, 25, 20, 38]
    items = pd.DataFrame({f"dass21_{place}": long[columns[old]] - 1 for place, old in enumerate(kept, 1)})
    return items, long["engnat"]


DASS = {
    "depression": (3, 5, 10, 13, 16, 17, 21),
    "anxiety": (2, 4, 7, 9, 15, 19, 20),
    "stress": (1, 6, 8, 11, 12, 14, 18),
}
DASS = {scale: tuple(f"dass21_{number}" for number in numbers) for scale, numbers in DASS.items()}


@needs_shared
def test_the_three_scales_of_5000_people():
    items, _ = dass21()
    expected = (2896.260785, 186, 0.9492111452, 0.9426577446, 0.05398387638, 0.03442182302)
    assert figures(fit_factors(items, correlated_factors(DASS))) == near(*expected)
    expected = (1964.849650, 168, 0.9663279871, 0.9579099839, 0.04625047811, 0.02575017553)
    assert figures(fit_factors(items, bifactor(DASS))) == near(*expected)


@needs_shared
def test_the_cesd_of_740_people():
    items = pd.read_csv(SHARED / "data" / "cesd_promis_depression" / "cesd_promis.csv").filter(regex="^CESD")
    fit = fit_factors(items, one_factor(items.columns))
    assert fit.n == (740,)
    expected = (1728.215409, 170, 0.8180026967, 0.7965912493, 0.1112944293, 0.06372730256)
    assert figures(fit) == near(*expected)


# --- several groups


def test_the_tutorials_invariance_over_two_schools(holzinger):
    # lavaan's tutorial prints 115.851, 124.044 and 164.103; CFI .923, .921, .882; RMSEA .097, .093, .107.
    expected = [
        (115.851343876, 48, 0.923398380409, 0.885097570613, 0.0969148567676, 0.0678640117525),
        (124.043544180, 54, 0.920923468577, 0.894564624769, 0.0928365358683, 0.0716515837898),
        (164.102830925, 60, 0.882471812681, 0.858966175217, 0.107371098089, 0.0824470585788),
    ]
    fits = [fit_factors(holzinger[0], correlated_factors(FACTORS), holzinger[1], level) for level in LEVELS]
    assert [figures(fit) for fit in fits] == [near(*figure) for figure in expected]
    assert fits[0].groups == ("Grant-White", "Pasteur")
    assert (fits[2].indices.baseline_chi2, fits[2].indices.baseline_df) == (pytest.approx(957.769050808, abs=1e-3), 72)


@needs_shared
@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (
            "phq",
            [
                (80.5583725518852, 54, 0.9285708016543, 0.9047610688725, 0.0809791507261, 0.0635843472648),
                (91.6558827018, 62, 0.920239994997, 0.907375478061, 0.0798599347808, 0.0893728878445),
                (94.0033980140093, 70, 0.9354424494813, 0.9335979480379, 0.0676171266189, 0.0905968801282),
            ],
        ),
        (
            "pss",
            [
                (81.3413634774017, 70, 0.9761010575436, 0.9692727882704, 0.0464785941050, 0.0554276273508),
                (91.9448327025389, 79, 0.9727221676228, 0.9689239884310, 0.0467416504921, 0.0810722500488),
                (103.2661167607520, 88, 0.9678306716186, 0.9670995505190, 0.0480941575875, 0.0855625511399),
            ],
        ),
        (
            "uwes",
            [
                (70.7311919928972, 54, 0.9756200344981, 0.9674933793308, 0.0642740889999, 0.0481329294741),
                (73.6214427228646, 62, 0.9830657389631, 0.9803344065378, 0.0499923493563, 0.0586980258309),
                (82.5198912418992, 70, 0.9817565588456, 0.9812353176698, 0.0488338119435, 0.0639225666160),
            ],
        ),
    ],
)
def test_generated_scales_over_two_languages(generated, scale, expected):
    model = one_factor(generated.filter(regex=rf"^{scale}\d+$").columns)
    found = [figures(fit_factors(generated, model, generated["lang"], level)) for level in LEVELS]
    assert found == [near(*figure) for figure in expected]


@needs_shared
def test_agreeableness_over_five_levels_of_education():
    items = pd.read_csv(SHARED / "data" / "bfi_reverse_keys" / "bfi.csv")
    items["A1"] = 7 - items["A1"]
    expected = [
        (111.69717500055, 25, 0.96152360628, 0.92304721256, 0.08339813365, 0.03125758445),
        (135.60087046270, 41, 0.95801592915, 0.94879991359, 0.06802671522, 0.04300878916),
        (256.89998619952, 57, 0.91128395391, 0.92217890694, 0.08386733002, 0.06034240768),
    ]
    model = one_factor(f"A{number}" for number in range(1, 6))
    found = [figures(fit_factors(items, model, items["education"], level)) for level in LEVELS]
    assert found == [near(*figure) for figure in expected]


@needs_shared
def test_three_factors_over_two_languages_of_5000_people():
    items, native = dass21()
    expected = [
        (3240.543189, 372, 0.9464878800, 0.9395830904, 0.05557678771, 0.03455411611),
        (3292.615960, 390, 0.9458522591, 0.9416870482, 0.05460051018, 0.03703997621),
        (3648.652832, 408, 0.9395462464, 0.9377681948, 0.05640536154, 0.03909041628),
    ]
    found = [figures(fit_factors(items, correlated_factors(DASS), native, level)) for level in LEVELS]
    assert found == [near(*figure) for figure in expected]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_the_fit_does_not_depend_on_units_or_on_the_order_of_groups(seed):
    rng = np.random.default_rng(seed)
    items, schools = pupils()
    turned = items * rng.uniform(0.01, 100, len(TESTS)) + rng.uniform(-50, 50, len(TESTS))
    renamed = schools.map({"Pasteur": "a", "Grant-White": "b"})
    for level in LEVELS:
        model = one_factor(TESTS[:6])
        one, other = fit_factors(items, model, schools, level), fit_factors(turned, model, renamed, level)
        assert figures(one) == pytest.approx(figures(other), abs=1e-4)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_holding_more_equal_never_fits_better(seed):
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=(120, 1))
    items = pd.DataFrame(factor * rng.uniform(0.5, 1, 5) + rng.normal(size=(120, 5)), columns=list("abcde"))
    groups = pd.Series(np.arange(120) % 2)
    fits = [fit_factors(items, one_factor("abcde"), groups, level) for level in LEVELS]
    heights = [fit.indices.chi2 for fit in fits if not math.isnan(fit.indices.chi2)]
    assert heights == sorted(heights)
    assert all(fit.indices.df == df for fit, df in zip(fits, (10, 14, 18), strict=True) if fit.models)


def test_rows_that_bear_the_same_number_are_different_people(holzinger):
    items, schools = holzinger
    again = items.index % 100
    fit = fit_factors(items.set_axis(again), correlated_factors(FACTORS), schools.set_axis(again))
    assert fit.n == (145, 156)
    assert fit.indices.chi2 == pytest.approx(115.851343876, abs=1e-3)
    with pytest.raises(ValueError, match="same index"):
        fit_factors(items, correlated_factors(FACTORS), schools.set_axis(again))


# --- verdicts


@needs_shared
def test_two_waves_of_the_same_people_measure_the_same():
    waves = [pd.read_csv(SHARED / "data" / "phq9_gad7_two_waves" / f"wave{n}.csv").assign(wave=n) for n in (1, 2)]
    both = pd.concat(waves, ignore_index=True)
    items = both.filter(regex="^PHQ")
    found = invariance(items, both["wave"])
    assert [step.fit.indices.chi2 for step in found.steps] == pytest.approx(
        [412.1721784, 425.7599359, 438.9230919], abs=1e-3
    )
    assert (found.reached, found.comparable, found.limits) == ("scalar", True, (0.010, 0.015))
    compared = compare_means(items, both["wave"])
    # The README's means and SDs of both waves.
    assert compared.means["mean"].tolist() == pytest.approx([7.4789, 6.2878], abs=5e-5)
    assert compared.means["sd"].tolist() == pytest.approx([5.9635, 5.6995], abs=5e-5)
    assert compared.must_print == ""


def test_a_comparison_whose_invariance_fails_is_refused_unless_one_insists(holzinger):
    model = correlated_factors(FACTORS)
    with pytest.raises(NotComparable) as refused:
        compare_means(*holzinger, model, lang="en")
    assert refused.value.exit_code == 3
    # CFI falls from .9209 to .8825, and the scalar step is the one that fails.
    assert "same intercepts too (scalar) fails: CFI -0.038" in refused.value.message("en")
    assert "insist=True" in refused.value.message("zh")
    compared = compare_means(*holzinger, model, insist=True, lang="en")
    assert compared.invariance.reached == "metric"
    assert compared.must_print.startswith("Note: the scale does not measure the same in all groups")
    assert compared.means["n"].tolist() == [145, 156]


def test_unequal_groups_are_judged_by_the_stricter_limits(holzinger):
    items, schools = holzinger
    # 301 pupils in schools of 156 and 145 are many in groups of like size; without eighty of one school they are few.
    assert invariance(items[["x4", "x5", "x6", "x7"]], schools).limits == (0.010, 0.015)
    assert invariance(items[["x4", "x5", "x6", "x7"]][80:], schools[80:]).limits == (0.005, 0.010)


def test_a_model_that_fits_in_no_group_stops_at_the_first_level(holzinger):
    # One factor over the nine tests: CFI .686.
    found = invariance(*holzinger)
    assert found.reached is None
    assert found.failed.level == "configural"
    assert "CFI 0.686" in found.sentence("en")


def test_the_difference_of_means_has_welchs_interval():
    # R: t.test(c(2, 3, 5, 5), c(1, 4, 7, 8, 10))$conf.int
    from wellbeing.factor_models.comparison import _means

    table = _means(pd.Series([1.0, 4, 7, 8, 10, 2, 3, 5, 5]), pd.Series(list("aaaaabbbb")))
    row = table.loc["b"]
    assert (row["difference"], row["low"], row["high"]) == pytest.approx((-2.25, -6.602671284, 2.102671284))
    assert math.isnan(table.loc["a", "difference"])


# --- what cannot be estimated


@pytest.fixture
def scale():
    rng = np.random.default_rng(7)
    factor = rng.normal(size=(80, 1))
    answers = pd.DataFrame(np.round(factor + rng.normal(size=(80, 5))), columns=list("abcde"))
    return answers, pd.Series(np.where(np.arange(80) % 2, "zh", "en"))


def spoilt(scale, how):
    answers, groups = scale
    answers = answers.copy()
    if how == "constant":
        answers["c"] = 2.0
    elif how == "constant in one group":
        answers.loc[groups == "zh", "c"] = 2.0
    elif how == "few":
        answers, groups = answers[:10], groups[:10]
    elif how == "missing in one group":
        answers.loc[groups == "zh", "c"] = np.nan
    elif how == "missing altogether":
        answers["c"] = np.nan
    elif how == "nobody complete":
        answers.loc[answers.index % 4 < 2, "a"] = np.nan
        answers.loc[answers.index % 4 >= 2, "b"] = np.nan
    elif how == "one group":
        groups = groups.where(groups == "zh")
    elif how == "singular":
        answers["c"] = answers["a"]
    return answers, groups


SPOILT = [
    ("constant", "constant_items"),
    ("constant in one group", "constant_items"),
    ("few", "too_few_people"),
    ("missing in one group", "missing_in_group"),
    ("missing altogether", "missing_items"),
    ("nobody complete", "nobody_complete"),
    ("one group", "one_group"),
    ("singular", "singular"),
]


@pytest.mark.parametrize(("how", "reason"), SPOILT)
def test_what_cannot_be_fitted_is_named_and_has_no_figure(scale, how, reason):
    answers, groups = spoilt(scale, how)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_factors(answers, one_factor("abcde"), groups)
        tested = invariance(answers, groups)
    assert fit.trouble.reason == reason
    assert all(math.isnan(value) for value in (fit.indices.chi2, fit.indices.cfi, fit.indices.rmsea, fit.indices.srmr))
    assert fit.loadings().isna().all(axis=None)
    assert (tested.reached, tested.trouble.reason) == (None, reason)
    with pytest.raises(NotComparable):
        compare_means(answers, groups)
    for lang in ("zh", "en"):
        assert fit.trouble.sentence(lang)


def test_too_few_items_for_their_factors_are_not_identified(scale):
    answers, _ = scale
    assert fit_factors(answers, one_factor("ab")).trouble.reason == "not_identified"
    # Ten moments, and fifteen parameters of a general factor with two beside it.
    assert fit_factors(answers, bifactor({"f": "ab", "g": "cd"})).trouble.reason == "not_identified"
    # Enough moments, but a factor of two items with nothing in common with the others.
    rng = np.random.default_rng(3)
    lone = answers.assign(e=rng.normal(size=80), f=rng.normal(size=80))
    assert fit_factors(lone, bifactor({"f": "abcd", "g": "ef"})).trouble is not None


def test_a_search_that_runs_away_is_named(holzinger):
    # lavaan stops on the way, with a variance of -990 and no standard errors.
    fit = fit_factors(holzinger[0], bifactor(FACTORS), holzinger[1])
    assert fit.trouble.reason == "not_converged"
    assert math.isnan(fit.indices.chi2)


def test_three_items_fit_exactly_and_have_no_probability(scale):
    fit = fit_factors(scale[0], one_factor("abc"))
    assert (fit.indices.df, fit.indices.rmsea, fit.indices.cfi) == (0, 0.0, 1.0)
    assert fit.indices.chi2 == pytest.approx(0, abs=1e-6)
    assert math.isnan(fit.indices.p)
