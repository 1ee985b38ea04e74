"""The nested mixed model against lme4, analysis of variance and the dense likelihood; and what it refuses."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.errors import UsageError
from wellbeing.models.nested import MixedModel, mixed_model
from wellbeing.models.outcome import REASONS, NotEstimated
from wellbeing.texts import area

REFERENCE = Path(__file__).parents[1].parent / "shared" / "reference"
needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference values are not beside the repository"
)


@pytest.fixture(scope="module")
def entries():
    found = json.loads((REFERENCE / "reference.json").read_text(encoding="utf-8"))["entries"]
    return {entry["id"]: entry["value"] for entry in found}


@pytest.fixture(scope="module")
def waves():
    rows = pd.read_csv(REFERENCE / "waves.csv", encoding="utf-8")
    return rows.assign(wave0=rows["wave"] - 1)


def made(seed=1, schools=8, people=5, times=3, sd=(1.0, 2.0, 1.5), slope=0.5):
    """Balanced schools of people over waves; a gap at random only where a test makes one."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(schools), range(people), range(times)], names=["school", "code", "wave"])
    rows = index.to_frame(index=False)
    score = 10 + slope * rows["wave"] + rng.normal(0, sd[0], schools)[rows["school"]]
    score += rng.normal(0, sd[1], schools * people)[rows["school"] * people + rows["code"]]
    rows["score"] = score + rng.normal(0, sd[2], len(rows))
    rows["code"] = "P" + (rows["school"] * people + rows["code"]).astype(str)
    rows["school"] = "S" + rows["school"].astype(str)
    return rows


# Against lme4. Its own search stops within 2e-6 of the least criterion, which is why the variances have that tolerance.


@needs_reference
def test_the_main_model_is_lme4s(entries, waves):
    found, value = mixed_model(waves, "score", ["wave0", "sex"], "school", "code"), entries["lmm.wave"]
    assert found.fixed["estimate"].to_dict() == pytest.approx(value["fixef"], abs=1e-6)
    assert found.fixed["se"].to_dict() == pytest.approx(value["se"], abs=1e-6)
    variances = {"code:school": found.var_person, "school": found.var_school, "Residual": found.var_resid}
    assert variances == pytest.approx(value["var"], abs=3e-6)
    assert found.criterion == pytest.approx(value["reml"], abs=1e-6)
    assert (found.rows, found.singular) == (value["n"], ())


@needs_reference
def test_maximum_likelihood_is_lme4s(entries, waves):
    found, value = mixed_model(waves, "score", ["wave0", "sex"], "school", "code", reml=False), entries["lmm.wave_ml"]
    assert found.log_likelihood == pytest.approx(value["loglik"], abs=1e-6)
    assert found.aic == pytest.approx(value["aic"], abs=1e-6)
    assert found.fixed["estimate"].to_dict() == pytest.approx(value["fixef"], abs=2e-6)


@needs_reference
def test_schools_alone_are_lme4s(entries, waves):
    found, value = mixed_model(waves[waves["wave"] == 1], "score", [], "school"), entries["lmm.null"]
    assert (found.var_school, found.var_resid) == pytest.approx((value["var_school"], value["var_resid"]), abs=1e-6)
    assert found.icc_school == pytest.approx(value["icc"], abs=1e-7)
    assert found.fixed["estimate"].iloc[0] == pytest.approx(value["mean"], abs=1e-7)


# Against analysis of variance: on balanced data REML is the classical estimator, and degrees of freedom are whole.


def test_balanced_data_give_the_variances_of_analysis_of_variance():
    rows = made()
    schools, people, times = 8, 5, 3
    found = mixed_model(rows.assign(wave=rows["wave"].astype(str)), "score", ["wave"], "school", "code")
    table = rows.pivot_table(index=["school", "code"], columns="wave", values="score").to_numpy()
    person = table.mean(axis=1).reshape(schools, people)
    rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    ms_rest = (rest**2).sum() / ((schools * people - 1) * (times - 1))
    ms_person = times * ((person - person.mean(axis=1, keepdims=True)) ** 2).sum() / (schools * (people - 1))
    ms_school = times * people * ((person.mean(axis=1) - person.mean()) ** 2).sum() / (schools - 1)
    assert found.var_resid == pytest.approx(ms_rest, rel=1e-8)
    assert found.var_person == pytest.approx((ms_person - ms_rest) / times, rel=1e-7)
    assert found.var_school == pytest.approx((ms_school - ms_person) / (times * people), rel=1e-7)
    # Contrasts of waves are judged by the rest, with its own degrees of freedom.
    assert found.fixed.loc["wave1", "df"] == pytest.approx((schools * people - 1) * (times - 1), rel=1e-5)
    assert found.fixed.loc["wave1", "se"] == pytest.approx(math.sqrt(2 * ms_rest / (schools * people)), rel=1e-8)


def test_the_mean_of_balanced_schools_has_schools_less_one_degrees_of_freedom():
    rows = made(seed=3, sd=(2.0, 1.0, 1.0), slope=0)
    found = mixed_model(rows, "score", [], "school", "code")
    means = rows.groupby("school")["score"].mean()
    assert found.fixed["df"].iloc[0] == pytest.approx(7, rel=1e-4)
    assert found.fixed["se"].iloc[0] == pytest.approx(means.std(ddof=1) / math.sqrt(8), rel=1e-8)


def test_school_effects_are_means_shrunken_by_their_reliability():
    rows = made(seed=3, sd=(2.0, 0.0, 1.0), times=1, people=20, slope=0)
    found = mixed_model(rows, "score", [], "school")
    means = rows.groupby("school")["score"].mean()
    reliability = found.var_school / (found.var_school + found.var_resid / 20)
    effects = found.school_effects["effect"]
    assert effects.to_dict() == pytest.approx((reliability * (means - means.mean())).to_dict(), abs=1e-9)
    assert found.school_effects["sd"].iloc[0] == pytest.approx(
        math.sqrt(found.var_school * (1 - reliability)), rel=1e-9
    )


# Against the dense likelihood, which knows nothing of sums.


def dense_criterion(rows, model):
    """-2 log restricted likelihood at the model's variances, from the whole covariance matrix."""
    n = len(rows)
    design = np.column_stack([np.ones(n), rows["wave"], rows["age"]])
    same_school = np.equal.outer(rows["school"].to_numpy(), rows["school"].to_numpy())
    same_person = same_school & np.equal.outer(rows["code"].to_numpy(), rows["code"].to_numpy())
    whole = model.var_school * same_school + model.var_person * same_person + model.var_resid * np.eye(n)
    inverse = np.linalg.inv(whole)
    information = design.T @ inverse @ design
    beta = np.linalg.solve(information, design.T @ inverse @ rows["score"])
    rest = rows["score"] - design @ beta
    logs = np.linalg.slogdet(whole)[1] + np.linalg.slogdet(information)[1]
    return beta, np.linalg.inv(information), logs + rest @ inverse @ rest + (n - 3) * math.log(2 * math.pi)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.0))
def test_sums_give_what_the_whole_matrix_gives(seed, kept):
    rng = np.random.default_rng(seed)
    rows = made(seed, schools=5, people=6)
    rows["age"] = rng.normal(40, 8, len(rows))
    rows = rows[rng.random(len(rows)) < kept]
    found = mixed_model(rows, "score", ["wave", "age"], "school", "code")
    if not found:
        assert found.reason in ("one_row_each", "too_few_rows", "one_group", "people_are_groups")
        return
    beta, covariance, criterion = dense_criterion(rows, found)
    assert found.fixed["estimate"].tolist() == pytest.approx(beta, rel=1e-7, abs=1e-8)
    assert found.fixed["se"].tolist() == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-7)
    assert found.criterion == pytest.approx(criterion, abs=1e-6)
    for factor in (0.8, 1.25):
        for name in ("var_school", "var_person", "var_resid"):
            if getattr(found, name) > 0:
                moved = MixedModel(**{**vars(found), name: getattr(found, name) * factor})
                assert dense_criterion(rows, moved)[2] >= criterion - 1e-7


def test_a_calendar_year_as_wave_costs_no_digits():
    rows = made()
    found = mixed_model(rows, "score", ["wave"], "school", "code")
    years = mixed_model(rows.assign(wave=rows["wave"] + 2024), "score", ["wave"], "school", "code")
    assert years.fixed.loc["wave", "estimate"] == pytest.approx(found.fixed.loc["wave", "estimate"], rel=1e-9)
    assert years.fixed.loc["wave", "se"] == pytest.approx(found.fixed.loc["wave", "se"], rel=1e-7)
    assert years.var_school == pytest.approx(found.var_school, rel=1e-6)


def test_whoever_moved_counts_in_each_school():
    rows = made()
    moved = rows.assign(school=rows["school"].where(~((rows["code"] == "P0") & (rows["wave"] == 2)), "S7"))
    assert mixed_model(moved, "score", ["wave"], "school", "code").people == 41


# What cannot be estimated has a name.


def test_no_sign_of_school_differences_is_said():
    rows = made(seed=1, sd=(0.0, 2.0, 1.5))
    # Schools made alike to the last digit.
    rows["score"] -= rows.groupby("school")["score"].transform("mean")
    found = mixed_model(rows, "score", ["wave"], "school", "code")
    assert found.singular == ("school",)
    assert found.var_school == 0
    assert (found.school_effects["effect"] == 0).all()
    assert np.isfinite(found.fixed[["estimate", "se", "df", "low", "high", "p"]]).all(axis=None)


BAD = {
    "constant": lambda rows: rows.assign(score=4.0),
    "one_group": lambda rows: rows.assign(school="S1"),
    "one_row_each": lambda rows: rows.assign(code=[f"Q{place}" for place in range(len(rows))]),
    "no_rows": lambda rows: rows.assign(score=np.nan),
    "not_finite": lambda rows: rows.assign(score=rows["score"].where(rows.index > 0, np.inf)),
    "collinear": lambda rows: rows.assign(age=3 * rows["wave"] + 1),
    "perfect_fit": lambda rows: rows.assign(score=2.0 * rows["wave"] - rows["age"]),
    "too_few_rows": lambda rows: rows.iloc[:3],
    "people_are_groups": lambda rows: rows[rows["code"].isin([f"P{5 * school}" for school in range(8)])],
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("reason", BAD)
def test_what_cannot_be_estimated_is_named(reason):
    rows = made()
    rows["age"] = np.random.default_rng(2).normal(40, 8, len(rows))
    found = mixed_model(BAD[reason](rows), "score", ["wave", "age"], "school", "code")
    assert isinstance(found, NotEstimated)
    assert found.reason == reason
    assert not found
    assert found.words("zh") != found.words("en")


def test_every_reason_has_its_sentence():
    assert {f"not_{reason}" for reason in REASONS} <= set(area("research"))


def test_a_reason_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="no reason"):
        NotEstimated("bad_luck")


def test_a_column_that_is_not_there_is_the_users_mistake():
    with pytest.raises(UsageError, match="nobody"):
        mixed_model(made(), "score", ["nobody"], "school")
    with pytest.raises(UsageError, match="code"):
        mixed_model(made(), "code", [], "school")
