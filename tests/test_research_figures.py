"""Research plots: what they hold, that they are vectors of the same bytes, and that no character is missing."""

import math
import re

import numpy as np
import pandas as pd
import pytest

from wellbeing.research_figures import Line, forest, likert_bars, raincloud, trajectories
from wellbeing.research_figures.likert import palette

ANSWERS = ("很不同意", "不同意", "一般", "同意", "很同意")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"code": np.repeat([f"P{p}" for p in range(200)], 2), "wave": [1, 2] * 200})
    return frame.assign(score=rng.normal(10, 3, 400))


@pytest.fixture(scope="module")
def plots(rows):
    answers = pd.DataFrame({"a": [1, 1, 2, 3, 4, 5, 5, 5], "b": [3, 3, 3, np.nan, 3, 3, 3, 3]})
    return {
        "trajectories": trajectories(rows, "score", "wave", "code", "抑郁总分"),
        "raincloud": raincloud(rows, "score", "wave", "抑郁总分"),
        "forest": forest([Line("批次", 0.5, 0.2, 0.8), Line("性别", math.nan, math.nan, math.nan)], "分", lang="zh"),
        "likert": likert_bars(answers, {"a": "工作满意", "b": "负担合理"}, dict(enumerate(ANSWERS, start=1))),
    }


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["trajectories", "raincloud", "forest", "likert"])
def test_plots_are_vectors_of_the_same_bytes_with_every_character(plots, name):
    # A character that the font lacks is a warning of matplotlib's, and so an error here.
    first = plots[name].svg()
    assert first == plots[name].svg()
    assert first.startswith("<?xml")
    assert "<image" not in first
    assert "<!--" not in first
    assert not re.search(r"\d{4}-\d{2}-\d{2}T", first)
    pdf = plots[name].pdf()
    assert pdf.startswith(b"%PDF")
    assert b"CreationDate" not in pdf
    assert b"/Image" not in pdf.replace(b"/ImageB", b"").replace(b"/ImageC", b"").replace(b"/ImageI", b"")


def test_means_have_their_interval(rows):
    found = trajectories(rows, "score", "wave", "code")
    first = rows.loc[rows["wave"] == 1, "score"]
    # t of 199 degrees of freedom at .975 is 1.97196.
    half = 1.97196 * first.std(ddof=1) / math.sqrt(200)
    assert (found.means[0], found.lows[0], found.highs[0]) == pytest.approx(
        (first.mean(), first.mean() - half, first.mean() + half), abs=1e-4
    )
    assert found.waves == ("1", "2")


def test_at_most_150_people_are_drawn(rows):
    assert len(trajectories(rows, "score", "wave", "code").people) == 150
    assert trajectories(rows, "score", "wave").people == ()


def test_one_person_a_wave_has_no_interval():
    found = trajectories(pd.DataFrame({"wave": [1, 2], "score": [3.0, 4.0]}), "score", "wave")
    assert math.isnan(found.lows[0])
    assert found.svg()


def test_gaps_are_no_scores(rows):
    gaps = rows.assign(score=rows["score"].mask(rows["wave"] == 2))
    assert [name for name, _ in raincloud(gaps, "score", "wave").groups] == ["1"]


def test_a_cloud_of_one_value_is_drawn_without_a_density():
    assert raincloud(pd.DataFrame({"wave": [1, 1, 1], "score": [4.0, 4, 4]}), "score", "wave").svg()


def test_bars_diverge_from_the_middle(plots):
    (name, n, shares), (_, answered, _) = plots["likert"].items
    assert (name, n, answered) == ("工作满意", 8, 7)
    assert shares == (0.25, 0.125, 0.125, 0.125, 0.375)
    # Two low answers and half the middle one lie left of nought.
    assert plots["likert"].starts(shares)[0] == pytest.approx(-(0.25 + 0.125 + 0.0625))
    assert plots["likert"].starts(shares)[3] == pytest.approx(0.0625)
    assert plots["likert"].starts((0.25, 0.25, 0.25, 0.25))[2] == 0


@pytest.mark.parametrize("count", range(2, 8))
def test_answers_have_colours_of_their_own(count):
    colours = palette(count)
    assert len(set(colours)) == count
    assert ("#D9D9D9" in colours) == (count % 2 == 1)


def test_a_code_that_is_no_answer_is_refused():
    with pytest.raises(ValueError, match="no answer"):
        likert_bars(pd.DataFrame({"a": [1.0, 9.0]}), {"a": "a"}, {1: "no", 2: "yes"})
    with pytest.raises(ValueError, match="two to seven"):
        likert_bars(pd.DataFrame({"a": [1.0]}), {"a": "a"}, {1: "no"})


def test_what_was_not_estimated_says_so(plots):
    assert plots["forest"].absent == "无法估计"
    assert plots["forest"].alt.startswith("2")
