"""What a release says as shares and intervals, and how it is drawn."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from releases import ATTENTION, county_units, release_of, share_class, unit, withheld
from wellbeing import figures
from wellbeing.errors import UsageError
from wellbeing.figures.funnel import Mark, school_funnel
from wellbeing.figures.released import Opened, share_bounds, share_range
from wellbeing.figures.svg import Drawing, text_points
from wellbeing.research_figures import all_schools_funnel

_WITHHELD = withheld(unit("S003", 44))


@pytest.fixture(scope="module")
def release():
    return release_of(county_units(unit("S001", 68, 7), unit("S002", 143, 40), _WITHHELD, unit("S004", 45, 21)))


@pytest.mark.parametrize(
    ("low", "high", "side", "about", "shown"),
    [
        # By hand, n between 43 and 47: 5/47 = 10.6 %, 9/43 = 20.9 %.
        pytest.param(5, 9, "few", 45, (10, 25), id="few"),
        pytest.param(5, 9, "many", 45, (75, 90), id="many"),
        # 20/47 = 42.6 %: the share lies in the middle; the upper end of the class, half of n, is not used.
        pytest.param(20, 22, "untold", 45, (40, 60), id="untold"),
        pytest.param(0, 4, "few", 45, (0, 10), id="nobody stays possible"),
        pytest.param(0, 4, "many", 45, (90, 100), id="everybody stays possible"),
        # 40/252 = 15.87 %, 44/248 = 17.74 %
        pytest.param(40, 44, "few", 250, (15, 18), id="to one point from 200"),
    ],
)
def test_share_range(low, high, side, about, shown):
    assert share_range(share_bounds(low, high, side, about), about) == shown


def test_exact_five_points_are_not_rounded_up():
    assert share_range((0.1, 0.2), 50) == (10, 20)
    assert share_range((1 - 0.8, 1 - 0.7), 50) == (20, 30)


@given(st.integers(20, 3000), st.data())
def test_the_true_share_lies_in_the_range_that_is_shown(n, data):
    cases = data.draw(st.integers(0, n))
    about = (n + 2) // 5 * 5
    low, high = share_range(share_bounds(*share_class(cases, n), about), about)
    assert low <= 100 * cases / n <= high


@given(st.integers(20, 3000), st.data())
def test_the_range_shown_leaves_five_counts(n, data):
    cases = data.draw(st.integers(0, n))
    about = (n + 2) // 5 * 5
    low, high = share_range(share_bounds(*share_class(cases, n), about), about)
    assert sum(low * n <= 100 * count <= high * n for count in range(n + 1)) >= 5


def test_a_chart_has_the_same_rows_for_a_withheld_unit(release):
    told, untold = figures.school_shares(release, "S001", "zh"), figures.school_shares(release, "S003", "zh")
    assert [label for label, _ in told.rows] == [label for label, _ in untold.rows]
    assert [shares[0] for _, shares in untold.rows] == [None] * len(ATTENTION)


def test_a_chart_says_in_words_what_it_shows(release):
    chart = figures.school_shares(release, "S002", "zh")
    # 40 of 143: class 40-44, about 145; 40/147 = 27.2 %, 44/143 = 30.8 %.
    assert "抑郁（PHQ-9）：本校 25%–35%，县内小学（34–79人） 14%–16%" in chart.alt
    assert chart.sentence.endswith("。")


def test_the_drawing_holds_its_words_as_text_and_no_comment_no_date_and_no_creator(release):
    svg = figures.school_shares(release, "S001", "zh").svg()
    assert "<!--" not in svg
    assert ">抑郁（PHQ-9）</text>" in svg
    assert "dc:date" not in svg
    assert "dc:creator" not in svg


def test_the_drawing_is_the_same_twice(release):
    assert figures.county_shares(release, "zh").svg() == figures.county_shares(release, "zh").svg()


def test_a_bar_reaches_from_the_lowest_to_the_highest_share_and_no_further(release):
    # 25 to 35 per cent of an axis that is 100 per cent long, for each of the five measures of this school.
    svg = figures.school_shares(release, "S002", "zh").svg()
    starts = re.findall(r"<text [^>]*translate\(([\d.]+) [^>]*>(0|100)%</text>", svg)
    axis = [float(x) + text_points(f"{tick}%") / 2 for x, tick in starts]
    boxes = re.findall(
        r'<path d="M ([\d.]+) ([\d.]+) \nL ([\d.]+) \S+ \nL \S+ ([\d.]+) \n[^"]*" style="fill: #0072b2"/>', svg
    )
    bars = [(x, right - x) for x, top, right, bottom in (map(float, box) for box in boxes) if 8 < bottom - top < 8.2]
    point = (axis[1] - axis[0]) / 100
    expected = (axis[0] + 25 * point, 10 * point)
    assert bars == [pytest.approx(expected, abs=0.02)] * 5


def test_the_words_of_a_name_cannot_become_part_of_the_drawing():
    drawing = Drawing(100, 20)
    drawing.words(0, 10, "a<b & c")
    assert ">a&lt;b &amp; c</text>" in drawing.svg()


def test_text_is_as_wide_as_its_characters():
    # Chinese characters are as wide as the type is high: 9 points each.
    assert text_points("抑郁") == 18
    assert 4 < text_points("0") < 6


def test_nothing_is_drawn_outside_the_drawing(release):
    svg = figures.school_shares(release, "S001", "en").svg()
    width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    written = re.findall(r"<text [^>]*translate\(([-\d.]+) ([-\d.]+)\)[^>]*>([^<]+)</text>", svg)
    placed = [(float(x), float(y), float(x) + text_points(words)) for x, y, words in written]
    assert placed
    assert all(0 <= x < end <= width and 0 <= y <= height for x, y, end in placed)


@pytest.mark.parametrize("wrong", [pd.DataFrame(), {"cells": []}, None, "release"])
@pytest.mark.parametrize("draw", [figures.county_shares, lambda r: figures.school_shares(r, "S001"), Opened])
def test_only_a_release_is_drawn(draw, wrong):
    with pytest.raises(TypeError):
        draw(wrong)


@pytest.mark.parametrize("wrong", ["", "S999", "C-primary", "county"])
def test_only_a_reporting_unit_is_drawn(release, wrong):
    with pytest.raises(UsageError):
        figures.school_shares(release, wrong, "zh")


def test_an_unknown_language_is_refused(release):
    with pytest.raises(UsageError):
        figures.county_shares(release, "fr")


# The funnel plot


def test_a_funnel_shows_the_own_school_and_no_other(release):
    funnel = school_funnel(release, "S002", "zh")
    assert [panel.label for panel in funnel.panels][:2] == ["抑郁（PHQ-9）", "焦虑（GAD-7）"]
    # About 145, class 40-44: 25 to 35 per cent as it is printed.
    assert {panel.marks for panel in funnel.panels} == {(Mark(145, 0.25, 0.35),)}
    assert "抑郁（PHQ-9）：25%–35%" in funnel.alt


def test_the_funnel_of_a_withheld_school_has_the_same_panels_and_no_mark(release):
    told, untold = school_funnel(release, "S001", "zh"), school_funnel(release, "S003", "zh")
    assert [panel.label for panel in told.panels] == [panel.label for panel in untold.panels]
    assert {panel.marks for panel in untold.panels} == {()}


def test_the_funnel_stands_around_the_countys_share(release):
    # Released classes of 7 of 68, 40 of 143 and 21 of 45, about 260 people: 27 per cent of them all together.
    assert school_funnel(release, "S001").panels[0].reference == pytest.approx(0.27, abs=0.05)


def test_the_funnels_drawing_holds_its_words_and_no_comment_and_is_the_same_twice(release):
    funnel = school_funnel(release, "S001", "en")
    svg = funnel.svg()
    assert svg == school_funnel(release, "S001", "en").svg()
    assert not re.search(r"<!--|dc:date|dc:creator", svg)
    assert ">Depression</text>" in svg


@pytest.mark.parametrize("wrong", [pd.DataFrame(), None])
def test_only_a_release_makes_a_funnel(wrong):
    with pytest.raises(TypeError):
        school_funnel(wrong, "S001")


def test_all_schools_are_plotted_from_counts_for_the_inner_zones():
    funnel = all_schools_funnel("PHQ-9", [3, 9, 0], [20, 40, 0], "en")
    assert funnel.panels[0].marks == (Mark(20, 0.15, 0.15), Mark(40, 0.225, 0.225))
    assert "confidential zone only" in funnel.sentence
    assert ">PHQ-9</text>" in funnel.svg()
