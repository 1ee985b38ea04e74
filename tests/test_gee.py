"""Population averages against published figures and the formula with whole matrices; proportional odds against R."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.models.gee import average_model
from wellbeing.models.logistic import logistic_model
from wellbeing.models.ordinal import ordinal_model

REFERENCE = Path(__file__).parents[1].parent / "shared" / "reference"

#: Wheeze of 537 children at 7, 8, 9 and 10 (Ohio; Zeger, Liang & Albert 1988, Biometrics 44:1049, table 1): counts of
#: each pattern at 7 to 9, in the order of `PATTERNS`, without and with wheeze at 10.
PATTERNS = ("000", "001", "010", "011", "100", "101", "110", "111")
WITHOUT = ((237, 10), (15, 4), (16, 2), (7, 3), (24, 3), (3, 2), (6, 2), (5, 11))
SMOKING = ((118, 6), (8, 2), (11, 1), (6, 4), (7, 3), (3, 1), (4, 2), (4, 7))


@pytest.fixture(scope="module")
def ohio():
    rows, child = [], 0
    for smoke, table in enumerate((WITHOUT, SMOKING)):
        for pattern, counts in zip(PATTERNS, table, strict=True):
            for last, count in enumerate(counts):
                for _ in range(count):
                    ages = zip((-2, -1, 0, 1), f"{pattern}{last}", strict=True)
                    rows += [(child, age, smoke, int(wheeze), age * smoke) for age, wheeze in ages]
                    child += 1
    return pd.DataFrame(rows, columns=["child", "age", "smoke", "wheeze", "age_smoke"])


def made(groups=10, seed=1, size=12):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(groups), size)
    rows = pd.DataFrame(
        {"school": school, "x": rng.normal(size=len(school)), "wave": np.tile([0, 1, 2], len(school) // 3)}
    )
    rows["score"] = 5 + rows["x"] + 0.3 * rows["wave"] + rng.normal(0, 1, groups)[school] + rng.normal(size=len(school))
    return rows


def test_the_logit_is_geepacks(ohio):
    # geepack's manual: geese(resp ~ age * smoke, id, data = ohio, family = binomial, corstr = "exch").
    found = average_model(ohio, "wheeze", ["age", "smoke", "age_smoke"], "child", "yes_no")
    assert found.fixed["estimate"].tolist() == pytest.approx([-1.900, -0.141, 0.314, 0.071], abs=6e-4)
    assert found.fixed["se"].tolist() == pytest.approx([0.119, 0.058, 0.188, 0.088], abs=6e-4)
    assert (found.correlation, found.scale) == pytest.approx((0.355, 0.999), abs=6e-4)
    assert (found.groups, found.bias_reduced, found.working) == (537, False, "exchangeable")


@pytest.mark.parametrize("kind", ["number", "yes_no"])
def test_few_schools_have_mancl_and_derouens_covariance(kind):
    rows = made()
    rows["case"] = (rows["score"] > 5).astype(int)
    outcome = "score" if kind == "number" else "case"
    found = average_model(rows, outcome, ["x", "wave"], "school", kind)
    assert found.bias_reduced
    assert found.fixed["df"].tolist() == [7, 7, 7]
    # The definition, with a matrix as long as a school: residuals turned by (I - H)^-1.
    design = np.column_stack([np.ones(len(rows)), rows["x"], rows["wave"]])
    predictor = design @ found.fixed["estimate"].to_numpy()
    mean = predictor if kind == "number" else 1 / (1 + np.exp(-predictor))
    slope = np.ones(len(rows)) if kind == "number" else mean * (1 - mean)
    bread, pieces = 0.0, []
    for school in range(10):
        own = (rows["school"] == school).to_numpy()
        n = own.sum()
        working = (1 - found.correlation) * np.eye(n) + found.correlation
        sd = np.sqrt(slope[own])
        v_inverse = np.linalg.inv(working * np.outer(sd, sd))
        d = design[own] * slope[own][:, None]
        bread = bread + d.T @ v_inverse @ d
        pieces.append((d, v_inverse, (rows[outcome].to_numpy() - mean)[own]))
    inverse = np.linalg.inv(bread)
    scores = [d.T @ v @ np.linalg.solve(np.eye(len(r)) - d @ inverse @ d.T @ v, r) for d, v, r in pieces]
    covariance = inverse @ sum(np.outer(s, s) for s in scores) @ inverse
    assert found.fixed["se"].tolist() == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-7)


def test_thirty_schools_have_the_plain_sandwich():
    assert average_model(made(groups=29), "score", ["x"], "school").bias_reduced
    plain = average_model(made(groups=30), "score", ["x"], "school")
    assert not plain.bias_reduced
    assert np.isinf(plain.fixed["df"]).all()


def test_weights_count_rows():
    rows = made()
    twice = pd.concat([rows, rows[rows["school"] == 3]])
    weights = pd.Series(np.where(rows["school"] == 3, 2.0, 1.0), index=rows.index)
    weighted = average_model(rows, "score", ["x"], "school", weights=weights)
    counted = average_model(twice, "score", ["x"], "school", weights=pd.Series(1.0, index=twice.index))
    assert weighted.fixed["estimate"].tolist() == pytest.approx(counted.fixed["estimate"].tolist(), rel=1e-9)
    assert weighted.working == "independence"


def test_rows_without_a_weight_are_left_out():
    rows = made()
    weights = pd.Series(1.0, index=rows.index).mask(rows.index < 5)
    assert average_model(rows, "score", ["x"], "school", weights=weights).left_out == 5


BAD = {
    "one_group": (lambda rows: rows.assign(school=1), "number"),
    "few_groups": (lambda rows: rows[rows["school"] < 3], "number"),
    "constant": (lambda rows: rows.assign(score=1), "number"),
    "not_two_values": (lambda rows: rows, "yes_no"),
    "separation": (lambda rows: rows.assign(score=(rows["x"] > 0).astype(int)), "yes_no"),
    "perfect_fit": (lambda rows: rows.assign(score=rows["x"] * 2 + rows["wave"]), "number"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("reason", BAD)
def test_what_cannot_be_estimated_is_named(reason):
    spoil, kind = BAD[reason]
    found = average_model(spoil(made()), "score", ["x", "wave"], "school", kind)
    assert found.reason == reason
    assert reason != "separation" or found.fields == {"column": "x"}


def test_a_coefficient_that_one_school_alone_tells_is_refused():
    rows = made()
    rows["only"] = ((rows["school"] == 4) * rows["x"]).to_numpy()
    assert average_model(rows, "score", ["x", "only"], "school").reason == "few_groups"


# Logistic regression and proportional odds


def test_a_table_of_four_has_its_odds_ratio():
    # 30 of 40 against 10 of 40: (30 x 30) / (10 x 10) = 9, standard error sqrt(2/30 + 2/10).
    rows = pd.DataFrame({"case": [1] * 30 + [0] * 10 + [1] * 10 + [0] * 30, "x": [1] * 40 + [0] * 40})
    line = logistic_model(rows, "case", ["x"]).fixed.loc["x"]
    assert line["odds_ratio"] == pytest.approx(9, rel=1e-9)
    assert line["se"] == pytest.approx((2 / 30 + 2 / 10) ** 0.5, rel=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("case", "x"),
    [
        pytest.param([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6], id="complete"),
        pytest.param([0, 0, 0, 1, 1, 1], [1, 2, 3, 3, 4, 5], id="quasi-complete"),
        pytest.param([0, 1, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], id="an empty cell"),
    ],
)
def test_separation_gives_no_number(case, x):
    found = logistic_model(pd.DataFrame({"case": case, "x": x}), "case", ["x"])
    assert (found.reason, found.fields) == ("separation", {"column": "x"})


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference values are not beside the repository")
def test_proportional_odds_are_polrs():
    entries = json.loads((REFERENCE / "reference.json").read_text(encoding="utf-8"))["entries"]
    entry = {e["id"]: e for e in entries}["trend.polr"]
    value, tolerance = entry["value"], entry["tolerance"]
    found = ordinal_model(pd.read_csv(REFERENCE / "ordinal.csv", encoding="utf-8"), "answer", ["wave"])
    assert found.fixed.loc["wave", ["estimate", "se"]].tolist() == pytest.approx(
        [value["beta"], value["se"]], abs=tolerance
    )
    assert found.thresholds.to_dict() == pytest.approx(value["zeta"], abs=tolerance)
    assert found.log_likelihood == pytest.approx(value["loglik"], abs=tolerance)


def test_without_a_slope_thresholds_are_the_cumulative_shares():
    rows = pd.DataFrame({"answer": [1] * 10 + [2] * 30 + [3] * 60})
    found = ordinal_model(rows, "answer", [])
    assert found.thresholds.tolist() == pytest.approx([np.log(10 / 90), np.log(40 / 60)], abs=1e-9)


def test_answers_that_come_in_whole_schools_widen_the_interval():
    rng = np.random.default_rng(5)
    answers = pd.DataFrame({"answer": rng.integers(1, 6, 60), "wave": np.tile([1, 2, 3], 20), "school": range(60)})
    # Everybody four times: as many rows, no more knowledge.
    copied = pd.concat([answers] * 4)
    alone, copies = (ordinal_model(rows, "answer", ["wave"], "school") for rows in (answers, copied))
    assert copies.fixed.loc["wave", "se"] == pytest.approx(alone.fixed.loc["wave", "se"], rel=1e-6)
    naive = ordinal_model(copied, "answer", ["wave"])
    assert naive.fixed.loc["wave", "se"] == pytest.approx(
        ordinal_model(answers, "answer", ["wave"]).fixed.loc["wave", "se"] / 2
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        pytest.param([3] * 12, "constant", id="one answer"),
        pytest.param([1, 2] * 6, "few_categories", id="two answers"),
        pytest.param([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3], "separation", id="the wave tells the answer"),
        pytest.param([np.nan] * 12, "no_rows", id="nobody answered"),
    ],
)
def test_answers_without_a_model_are_named(answers, reason):
    rows = pd.DataFrame({"answer": answers, "wave": np.repeat([1, 2, 3], 4)})
    assert ordinal_model(rows, "answer", ["wave"]).reason == reason
