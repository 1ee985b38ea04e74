"""What the platforms' readers share: header rows, markup, languages, options."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_files import source_of
from wellbeing.errors import InputError
from wellbeing.importers.exports import JOINED
from wellbeing.importers.grids import first_rows, grid_of
from wellbeing.importers.html_text import plain_cells, plain_text
from wellbeing.importers.languages import language_code
from wellbeing.importers.options import join_chosen, join_ranks


@pytest.mark.parametrize(
    ("marked", "seen"),
    [
        ("<p>过去两周</p>", "过去两周"),
        ('<div><span style="color:#d35400;">Organism</span></div>', "Organism"),
        ("第一行<br />第二行", "第一行 第二行"),
        ("a &lt; b &amp;&amp; c&#39;s", "a < b && c's"),
        ("<script>let x = 1 < 2;</script>心情", "心情"),
        ("<!-- 备注 -->心情", "心情"),
        # Texts, not markup.
        ("<10 分钟", "<10 分钟"),
        ("a < b > c", "a < b > c"),
        ("Mat & Subst", "Mat & Subst"),
        ("R&copy", "R&copy"),
        (" 前后有空格 ", " 前后有空格 "),
    ],
)
def test_markup_is_taken_off_and_texts_are_left(marked, seen):
    assert plain_text(marked) == seen
    assert plain_cells([marked, "x"]) == [seen, "x"]


@given(st.text(alphabet="abc 好，。()[]"))
def test_a_text_without_markup_comes_back_as_it_is(text):
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("zh-Hans", "zh-CN"),
        ("ZH-S", "zh-CN"),
        ("zh_CN", "zh-CN"),
        ("zh-Hant-TW", "zh-TW"),
        ("zh", "zh"),
        ("EN", "en"),
        ("en-GB", "en-GB"),
        ("nl-informal", "nl"),
        ("", ""),
        ("中文", None),
        ("english", None),
    ],
)
def test_languages_come_in_the_kits_form(cell, code):
    assert language_code(cell) == code


def test_header_rows_are_told_from_answers_and_rows_counted_as_a_spreadsheet_shows_them():
    grid = grid_of(source_of("a,b,\r\n第一,第二,\r\n\r\n1,2,\r\n,,\r\n3,4,\r\n"), header_rows=2)
    assert grid.headers == (("a", "b"), ("第一", "第二"))
    assert grid.columns == (["1", "3"], ["2", "4"])
    assert (grid.rows, grid.blank_rows) == ([4, 6], 2)


@pytest.mark.parametrize(
    ("text", "what"),
    [("a,b\r\n", "no_data_row"), ("a,b\r\n1\r\n", "cells_do_not_fit"), ("a,b\r\n1,2,3\r\n", "cells_do_not_fit")],
)
def test_a_row_that_does_not_fit_is_a_problem(text, what):
    with pytest.raises(InputError) as caught:
        grid_of(source_of(text))
    assert [problem.what for problem in caught.value.problems] == [what]


def test_every_row_that_does_not_fit_is_told_at_once():
    with pytest.raises(InputError) as caught:
        grid_of(source_of("a,b\r\n1\r\n1,2\r\n1,2,3\r\n"))
    assert [problem.row for problem in caught.value.problems] == [2, 4]


def test_longer_rows_bring_columns_without_a_header():
    grid = grid_of(source_of([["a", "b"], ["1", "2", "3"], ["1", "2"]]), longer=True)
    assert grid.headers == (("a", "b", ""),)
    assert grid.columns[2] == ["3", ""]


def test_what_is_no_table_has_no_first_rows():
    assert first_rows(source_of(b"\x00\x01\x02"), 2) == []


def test_chosen_options_keep_the_order_of_the_form():
    columns = [["1", "0", ""], ["1", "1", ""]]
    assert join_chosen(["甲", "乙"], columns, lambda cell: cell == "1") == [f"甲{JOINED}乙", "乙", ""]


def test_ranks_have_no_gap_and_no_option_twice():
    assert join_ranks([["a", "b"], ["b", ""]]) == [f"a{JOINED}b", "b"]
    assert join_ranks([["a"], ["a"]]) is None
    assert join_ranks([[""], ["a"]]) is None
    assert join_ranks([["a"], [""]]) is None
