"""Everything of R's reference values that concerns change, shares and intervals, screening, funnel and flags."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.change import Precision, clinical_change, reliable_change
from wellbeing.finite_population import finite_mean, share_interval
from wellbeing.flags import judge_shares, school_states
from wellbeing.flags.criteria import fit_shares, share_margin
from wellbeing.flags.posterior import SHARES, count_likelihood
from wellbeing.group_change import case_change, paired_change, retest_agreement
from wellbeing.proportions import (
    benjamini_hochberg,
    beta_binomial,
    clopper_pearson,
    funnel_limits,
    jeffreys,
    shrunken_shares,
    upper_tail,
    wilson,
    wilson_finite,
)
from wellbeing.screening_numbers import predictive_values, rogan_gladen

REFERENCE = Path(__file__).parents[1].parent / "shared" / "reference"
pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference values are not beside the repository")


@pytest.fixture(scope="module")
def entries():
    found = json.loads((REFERENCE / "reference.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry for entry in found}


@pytest.fixture(scope="module")
def schools():
    return pd.read_csv(REFERENCE / "schools.csv", encoding="utf-8")


@pytest.fixture(scope="module")
def terms():
    return pd.read_csv(REFERENCE / "change.csv", encoding="utf-8")


@pytest.fixture(scope="module")
def respondents():
    return pd.read_csv(REFERENCE / "respondents.csv", encoding="utf-8")


def close(entry, found):
    """Hold found values against an entry's, name by name or place by place, within its tolerance."""
    value, tolerance = entry["value"], entry["tolerance"]
    if isinstance(value, dict):
        assert set(found) <= set(value)
        assert all(found[name] == pytest.approx(value[name], abs=tolerance) for name in found)
        return
    assert found == pytest.approx(value, abs=tolerance)


def pooled(schools):
    return schools["cases"].sum() / schools["n"].sum()


# Change


def test_reliable_change(entries, terms):
    precision = Precision(4.8, 0.84)
    judged = reliable_change(terms["term2"], terms["term1"], 4.8, 0.84)
    counts = judged["verdict"].value_counts()
    found = {"sem": precision.sem, "sdiff": precision.sdiff, "mdc95": precision.mdc95}
    close(entries["rci.fixed"], found | {"worse": counts["rise"], "better": counts["fall"]})


def test_clinically_significant_change(entries, terms):
    judged = reliable_change(terms["term2"], terms["term1"], 4.8, 0.84)
    found = clinical_change(terms["term2"], terms["term1"], 10, judged).value_counts()
    close(entries["rci.csc"], {name: found[name] for name in ("new_case", "recovered")})


def test_mcnemar(entries, terms):
    found = case_change(terms["term1"], terms["term2"], 10)
    close(entries["mcnemar.case"], {"b": found.recovered, "c": found.new, "chi2": found.chi2, "exact_p": found.p})


def test_paired_sizes(entries, terms):
    found = paired_change(terms["term1"], terms["term2"])
    names = {"dz": "d_z", "dav": "d_av", "t": "t", "p": "p", "ci_low": "low", "ci_high": "high"}
    close(entries["paired_d"], {name: getattr(found, of) for name, of in names.items()})


def test_retest(entries, terms):
    found = retest_agreement(terms["term1"], terms["term2"])
    close(entries["icc_retest"], {name: [icc.icc, icc.low, icc.high] for name, icc in found.items()})


# Shares and intervals


@pytest.mark.parametrize(("name", "cases", "n", "staff"), [("S01", 6, 29, 35), ("S07", 4, 16, 17)])
def test_intervals(entries, name, cases, n, staff):
    found = {}
    for label, interval in (
        ("wilson", wilson(cases, n)),
        ("cp", clopper_pearson(cases, n)),
        ("jeffreys", jeffreys(cases, n)),
        ("wilson_fpc", wilson_finite(cases, n, staff)),
    ):
        found |= {f"{label}_low": interval[0], f"{label}_high": interval[1]}
    close(entries[f"prop_ci.{name}"], found)


@pytest.mark.parametrize(("name", "cases", "n"), [("0/8", 0, 8), ("8/8", 8, 8), ("1/12", 1, 12), ("3/10", 3, 10)])
def test_intervals_at_the_edges(entries, name, cases, n):
    close(entries["prop_ci.edges"], {name: [*wilson(cases, n), *clopper_pearson(cases, n)]})


def test_finite_staff(entries, respondents):
    value = entries["svy.srs_fpc"]["value"]
    for column in ("score", "case"):
        known, without = (finite_mean(respondents[column], value["N"], corrected=c) for c in (True, False))
        found = [known.value, known.se, without.se]
        expected = [value[kind][column] for kind in ("est", "se", "se_nofpc")]
        assert found == pytest.approx(expected, abs=entries["svy.srs_fpc"]["tolerance"])


def test_finite_staff_by_strata(entries, respondents):
    sizes = {str(name): int(size) for name, size in respondents.groupby("stratum")["stratum_size"].first().items()}
    value, strata = entries["svy.strat_fpc"]["value"], list(respondents["stratum"])
    for column in ("score", "case"):
        found = finite_mean(respondents[column], sizes, strata)
        expected = [value[kind][column] for kind in ("est", "se")]
        assert [found.value, found.se] == pytest.approx(expected, abs=entries["svy.strat_fpc"]["tolerance"])
    share = finite_mean(respondents["case"], sizes, strata)
    intervals = {method: list(share_interval(share, method)) for method in ("logit", "beta", "mean")}
    close(entries["svy.ciprop"], intervals | {"xlogit": intervals["logit"]})


def test_benjamini_hochberg(entries):
    found = benjamini_hochberg([0.001, 0.008, 0.012, 0.02, 0.04, 0.04, 0.2, 0.6])
    assert found == pytest.approx(entries["p_adjust"]["value"]["BH"], abs=entries["p_adjust"]["tolerance"])


# Screening


@pytest.mark.parametrize(
    ("name", "prevalence", "sensitivity", "specificity"),
    [
        ("88_85_05", 0.05, 0.88, 0.85),
        ("88_85_10", 0.10, 0.88, 0.85),
        ("88_85_20", 0.20, 0.88, 0.85),
        ("88_85_30", 0.30, 0.88, 0.85),
        ("895_775_05", 0.05, 0.895, 0.775),
        ("895_775_10", 0.10, 0.895, 0.775),
    ],
)
def test_predictive_values(entries, name, prevalence, sensitivity, specificity):
    ppv, npv = predictive_values(prevalence, sensitivity, specificity)
    expected = entries["ppv"]["value"][name]
    assert [ppv, npv] == pytest.approx([expected["ppv"], expected["npv"]], abs=entries["ppv"]["tolerance"])


def test_rogan_gladen(entries, schools):
    found = rogan_gladen(int(schools["cases"].sum()), int(schools["n"].sum()), 0.88, 0.85)
    close(entries["rogan_gladen"], found.estimate)


# Funnel and beta-binomial


def test_exact_upper_tails(entries, schools):
    close(entries["funnel.exact"], upper_tail(schools["cases"], schools["n"], pooled(schools)).tolist())


def test_funnel_limits(entries, schools):
    sizes, share = (10, 20, 40, 80, 160), pooled(schools)
    found = {
        name: [funnel_limits(n, share, tail)[1] for n in sizes] for name, tail in (("warn", 0.025), ("alarm", 0.001))
    }
    close(entries["funnel.limits"], found)


def test_beta_binomial(entries, schools):
    fitted = beta_binomial(schools["cases"], schools["n"])
    close(entries["eb.betabinomial_ml"], {"mu": fitted.mean, "rho": fitted.rho})


def test_plug_in_posterior(entries, schools):
    found = shrunken_shares(schools["cases"], schools["n"])
    close(
        entries["eb.posterior"],
        {"mean": found.mean.tolist(), "sd": found.sd.tolist(), "tail": found.above.tolist(), "cut": found.cut},
    )


# Flags


@pytest.mark.parametrize("name", ["hbmix.current", "hbmix.pooled"])
def test_the_models_posterior(entries, schools, name):
    half = 0.5 if name.endswith("pooled") else 0.0
    cases = (schools["cases"] + half * schools["cases_prev"]).to_numpy(float)
    n = (schools["n"] + half * schools["n_prev"]).to_numpy(float)
    model, likelihood = fit_shares(cases, n), count_likelihood(cases, n)
    cut = model.reference + share_margin(model.reference)
    close(
        entries[name],
        {
            "ref": model.reference,
            "cut": cut,
            "mean": (model.posterior(likelihood) @ SHARES.middles).tolist(),
            "tail": model.beyond(likelihood, cut).tolist(),
            "outlier": model.outlier(likelihood).tolist(),
        },
    )


def test_the_decision(entries, schools):
    value = entries["flag.decision"]["value"]
    both = school_states(schools["cases"], schools["n"], schools["cases_prev"], schools["n_prev"])
    assert both == value["with_previous"]
    assert school_states(schools["cases"], schools["n"]) == value["first_wave"]


def test_the_judgement_tells_what_it_rests_on(entries, schools):
    judged = judge_shares(schools["cases"], schools["n"])
    value = entries["hbmix.current"]["value"]
    assert judged.reference[0] == pytest.approx(value["ref"], abs=0.005)
    assert judged.cut[0] == pytest.approx(value["cut"], abs=0.005)
    assert np.max(np.abs(judged.probability - value["tail"])) < 0.005
