"""Which results are marked, from released figures alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from releases import ATTENTION, county_units, release_of, unit, withheld
from wellbeing.figures.released import Opened
from wellbeing.flags import deserves_attention


def marks(release, name="S001"):
    found = deserves_attention(release, name)
    return {row["measure"]: row["why"] for row in found.to_dict("records")}


def test_nothing_is_marked_where_the_school_is_like_its_comparison():
    assert marks(release_of(county_units(unit("S001", 68, 10)))) == {}


def test_a_mean_far_above_is_marked():
    # n about 70: 3.09 x 4.5 / sqrt(68) = 1.69, more than 0.2 x 4.5 = 0.9. Intervals 7.4-7.5 and 5.2-5.3: 2.1 apart.
    assert marks(release_of(county_units(unit("S001", 68, 10, phq=7.45)))) == {"phq9_total": "mean"}


def test_a_mean_within_chance_is_not_marked():
    # 6.8-6.9 against 5.2-5.3: 1.5 apart, less than 1.69.
    assert marks(release_of(county_units(unit("S001", 68, 10, phq=6.85)))) == {}


def test_the_wrong_side_of_a_scale_that_is_better_higher_is_below():
    low = replace(unit("S001", 68, 10), means=unit("S001", 68).means | {"who5_total": 35.0})
    high = replace(low, means=low.means | {"who5_total": 75.0})
    assert marks(release_of(county_units(low))) == {"who5_total": "mean"}
    assert marks(release_of(county_units(high))) == {}


def test_without_a_released_sd_the_share_decides():
    # 40 of 68: at least 38 of 70 = 54 %, against 16 % at most; 3.09 x sqrt(.16 x .84 / 68) = 14 points.
    own, compare, county = county_units(unit("S001", 68, 40))
    bare = [own, replace(compare, sd={}), replace(county, sd={})]
    assert marks(release_of(bare)) == dict.fromkeys(ATTENTION, "share")


def test_a_share_within_chance_is_not_marked():
    # 17 of 68: 15-19, at least 15/72 = 21 %, against 16 % at most: 5 points, less than 14.
    own, compare, county = county_units(unit("S001", 68, 17))
    assert marks(release_of([own, replace(compare, sd={}), replace(county, sd={})])) == {}


def test_a_withheld_school_cannot_be_told():
    assert marks(release_of(county_units(withheld(unit("S001", 68))))) == dict.fromkeys(ATTENTION, "cannot_tell")


def test_the_county_stands_in_for_a_withheld_comparison():
    own, compare, county = county_units(unit("S001", 68, 10, phq=9.0))
    found = deserves_attention(release_of([own, withheld(compare), county]), "S001")
    assert found[["measure", "against"]].to_numpy().tolist() == [["phq9_total", "county"]]


def test_alike_schools_are_not_marked():
    # Three counties of 60 schools whose staff are draws from one population: 900 results. The rule asks for more
    # than 3.09 standard errors between the nearest ends of two intervals, so fewer than 900 x .001 marks are expected.
    rng = np.random.default_rng(20261123)
    marked = 0
    for _ in range(3):
        sizes = np.clip(rng.lognormal(np.log(45), 0.6, 60).astype(int), 20, 190)
        scores = {
            "phq9_total": (np.minimum(rng.negative_binomial(1.6, 1.6 / 6.8, sizes.sum()), 27), lambda s: s >= 10),
            "gad7_total": (np.minimum(rng.negative_binomial(1.3, 1.3 / 5.4, sizes.sum()), 21), lambda s: s >= 10),
            "who5_total": (4 * rng.binomial(25, rng.beta(4, 4, sizes.sum())), lambda s: s <= 50),
            "cbi_personal": (25 / 6 * rng.binomial(24, rng.beta(3, 4, sizes.sum())), lambda s: s > 70),
            "cbi_work": (25 / 7 * rng.binomial(28, rng.beta(3, 4, sizes.sum())), lambda s: s > 60),
        }
        ends = np.cumsum(sizes)[:-1]
        pieces = {m: np.split(values, ends) for m, (values, _) in scores.items()}
        schools = [
            replace(
                unit(f"S{i:03d}", int(n)),
                means={m: float(parts[i].mean()) for m, parts in pieces.items()},
                cases={m: int(scores[m][1](parts[i]).sum()) for m, parts in pieces.items()},
            )
            for i, n in enumerate(sizes)
        ]
        whole = {
            "means": {m: float(values.mean()) for m, (values, _) in scores.items()},
            "cases": {m: int(case(values).sum()) for m, (values, case) in scores.items()},
            "sd": {m: round(2 * float(values.std())) / 2 for m, (values, _) in scores.items()},
            "n": int(sizes.sum()),
        }
        others = [replace(truth, **whole) for truth in county_units()]
        release = Opened(release_of([*schools, *others]))
        marked += sum(len(deserves_attention(release, school.unit)) for school in schools)
    assert marked <= 1


def test_only_a_release_is_read():
    with pytest.raises(TypeError):
        deserves_attention(pd.DataFrame(), "S001")
