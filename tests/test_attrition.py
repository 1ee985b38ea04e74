"""Who left: counts and weights by hand, the leaving model against R, shifts against whole matrices."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from wellbeing.errors import UsageError
from wellbeing.models.attrition import leavers_against_stayers, leaving_model, retention, staying_weights
from wellbeing.models.nested import mixed_model
from wellbeing.models.shifts import shift_analysis

REFERENCE = Path(__file__).parents[1].parent / "shared" / "reference"


@pytest.fixture(scope="module")
def rows():
    """Sixty people of six schools over three waves; who scores high leaves more often."""
    rng = np.random.default_rng(4)
    lines = []
    for person in range(60):
        level = rng.normal(10, 3)
        for wave in range(3):
            score = level + 0.4 * wave + rng.normal(0, 2)
            lines.append((f"S{person % 6}", f"P{person}", wave, score, "FM"[person % 2]))
            if rng.random() < (0.45 if score > 11 else 0.1):
                break
    return pd.DataFrame(lines, columns=["school", "code", "wave", "score", "sex"])


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference values are not beside the repository")
def test_leaving_is_rs():
    entries = json.loads((REFERENCE / "reference.json").read_text(encoding="utf-8"))["entries"]
    value = {e["id"]: e["value"] for e in entries}["attrition"]
    waves = pd.read_csv(REFERENCE / "waves.csv", encoding="utf-8")
    both = waves[waves["wave"] <= 2]
    assert retention(both, "wave", "code")["share"].tolist() == pytest.approx([value["retained"]], abs=1e-9)
    model, groups = (
        leaving_model(both, "score", "wave", "code", ["sex"]),
        leavers_against_stayers(both, "score", "wave", "code"),
    )
    assert model.fixed["odds_ratio"].to_dict() == pytest.approx(value["or"], abs=1e-4)
    assert groups.means == pytest.approx((value["mean_lost"], value["mean_stay"]), abs=1e-9)
    assert groups.g.value == pytest.approx(value["g"], abs=1e-4)


def test_retention_counts_people():
    seen = {1: "ABCD", 2: "ABE", 3: "AE"}
    rows = pd.DataFrame([(wave, code, "X" if code in "AB" else "Y") for wave, codes in seen.items() for code in codes])
    rows.columns = ["wave", "code", "school"]
    found = retention(rows, "wave", "code")
    assert found[["seen", "again", "came"]].to_numpy().tolist() == [[4, 2, 1], [3, 2, 0]]
    # Wilson's interval of 2 of 4, by hand.
    assert found.loc[0, ["low", "high"]].tolist() == pytest.approx([0.15004, 0.84996], abs=1e-5)
    by_school = retention(rows, "wave", "code", "school").set_index(["wave", "school"])[["seen", "again"]]
    assert by_school.loc[(1, "X")].tolist() == [2, 2]
    assert by_school.loc[(1, "Y")].tolist() == [2, 0]


def test_who_stands_twice_in_a_wave_is_refused():
    with pytest.raises(UsageError, match="1"):
        retention(pd.DataFrame({"wave": [1, 1], "code": ["A", "A"]}), "wave", "code")


def test_weights_are_one_over_the_chance_of_staying():
    # Of 20 women 10 stay, of 20 men 16: overall 26 of 40. Weights 0.65 / 0.5 and 0.65 / 0.8.
    people = [("F", place, place < 10) for place in range(20)] + [("M", 20 + place, place < 16) for place in range(20)]
    lines = [(sex, place, wave) for sex, place, stays in people for wave in ((1, 2) if stays else (1,))]
    rows = pd.DataFrame(lines, columns=["sex", "code", "wave"])
    rows["score"] = (rows["code"] % 5).astype(float)
    # The score takes no part: as many of each value leave in either sex.
    found = staying_weights(rows, "score", "wave", "code", ["sex"])
    later = rows.assign(weight=found.weights)[rows["wave"] == 2].groupby("sex")["weight"].mean()
    assert later.to_dict() == pytest.approx({"F": 0.65 / 0.5, "M": 0.65 / 0.8}, rel=0.02)
    assert found.weights[rows["wave"] == 1].eq(1).all()
    assert float(found.weights[rows["wave"] == 2].sum()) == pytest.approx(26, rel=0.02)


@pytest.mark.filterwarnings("error")
def test_schools_that_lose_many_weigh_their_stayers_more():
    lines = []
    for school, stays in (("A", 12), ("B", 28)):
        lines += [(school, f"{school}{p}", w, float(p % 4)) for p in range(32) for w in ((1, 2) if p < stays else (1,))]
    rows = pd.DataFrame(lines, columns=["school", "code", "wave", "score"])
    found = staying_weights(rows, "score", "wave", "code", school="school")
    later = rows.assign(weight=found.weights)[rows["wave"] == 2].groupby("school")["weight"].mean()
    # Overall 40 of 64 stay. Shrunken towards each other, so less than 0.625 / 0.375 and more than 1.
    assert 1 < later["A"] < 0.625 / 0.375
    assert 0.625 / 0.875 < later["B"] < 1


def test_rows_after_a_gap_have_no_weight(rows):
    returned = pd.concat(
        [rows, pd.DataFrame([("S0", "PX", 0, 9.0, "F"), ("S0", "PX", 2, 9.5, "F")], columns=rows.columns)]
    )
    returned = returned.reset_index(drop=True)
    found = staying_weights(returned, "score", "wave", "code", ["sex"])
    assert found.returned == 1
    assert np.isnan(found.weights.iloc[-1])
    assert found.effective <= found.weights.notna().sum()


@pytest.mark.filterwarnings("error")
def test_where_nobody_left_there_is_nothing_to_model():
    rows = pd.DataFrame({"code": ["A", "B"] * 2, "wave": [1, 1, 2, 2], "score": [3.0, 4.0, 5.0, 6.0]})
    assert leaving_model(rows, "score", "wave", "code").reason == "nobody_left"
    assert staying_weights(rows, "score", "wave", "code").reason == "nobody_left"


@pytest.mark.filterwarnings("error")
def test_where_a_score_tells_who_leaves_there_are_no_odds():
    rows = pd.DataFrame(
        {"code": [*"ABCDEF", *"ABC"], "wave": [1] * 6 + [2] * 3, "score": [1.0, 2, 3, 7, 8, 9, 1, 2, 3]}
    )
    assert leaving_model(rows, "score", "wave", "code").reason == "separation"


# Shifts


def filled_by_expectation(rows, model, shift):
    """The slope after filling gaps with what a multivariate normal expects of them, plus a shift; whole matrices."""
    people = rows[["school", "code"]].drop_duplicates()
    grid = people.merge(pd.DataFrame({"wave": range(3)}), how="cross").merge(rows, how="left")
    last = rows.groupby("code")["wave"].max()
    grid = grid[grid["score"].notna() | (grid["wave"] > grid["code"].map(last))]
    design = np.column_stack([np.ones(len(grid)), grid["wave"]])
    same_school = np.equal.outer(grid["school"].to_numpy(), grid["school"].to_numpy())
    same = np.equal.outer(grid["code"].to_numpy(), grid["code"].to_numpy())
    whole = model.var_school * same_school + model.var_person * same + model.var_resid * np.eye(len(grid))
    gap = grid["score"].isna().to_numpy()
    expected = design @ model.fixed["estimate"].to_numpy()
    rest = grid["score"].to_numpy()[~gap] - expected[~gap]
    scores = grid["score"].to_numpy().copy()
    scores[gap] = expected[gap] + whole[np.ix_(gap, ~gap)] @ np.linalg.solve(whole[np.ix_(~gap, ~gap)], rest) + shift
    inverse = np.linalg.inv(whole)
    return np.linalg.solve(design.T @ inverse @ design, design.T @ inverse @ scores)[1], int(gap.sum())


def test_a_shift_is_what_filling_the_gaps_gives(rows):
    model = mixed_model(rows, "score", ["wave"], "school", "code")
    found = shift_analysis(rows, model, "score", "wave", [], "code", "school")
    spread = rows.loc[rows["wave"] == 0, "score"].std(ddof=1)
    for line in found.table.to_dict("records"):
        slope, filled = filled_by_expectation(rows, model, line["shift"] * spread)
        assert line["estimate"] == pytest.approx(slope, abs=1e-8)
        assert found.filled == filled
    # With nought, filling leaves the estimate where it was.
    assert found.table["estimate"].iloc[0] == pytest.approx(model.fixed.loc["wave", "estimate"], abs=1e-12)


def test_at_the_tipping_point_an_end_of_the_interval_is_nought(rows):
    model = mixed_model(rows, "score", ["wave", "sex"], "school", "code")
    for worse in (True, False):
        found = shift_analysis(rows, model, "score", "wave", ["sex"], "code", "school", higher_is_worse=worse)
        spread = rows.loc[rows["wave"] == 0, "score"].std(ddof=1) * (1 if worse else -1)
        moved = found.slope * found.tipping * spread
        line = model.fixed.loc["wave"]
        assert min(abs(line["low"] + moved), abs(line["high"] + moved)) == pytest.approx(0, abs=1e-9)


def test_shifts_need_leavers():
    rows = pd.DataFrame([(f"P{p}", w, float(p % 7 + w * (p % 3))) for p in range(20) for w in range(3)])
    rows.columns = ["code", "wave", "score"]
    model = mixed_model(rows, "score", ["wave"], person="code")
    assert shift_analysis(rows, model, "score", "wave", [], "code").reason == "nobody_left"
    assert shift_analysis(rows, model, "score", "year", [], "code").reason == "one_wave"
