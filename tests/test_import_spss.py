import functools

import pandas as pd
import pyreadstat
import pytest

from platform_files import EXPORTS, column, needs_exports, problems_of, real, source_of, uses
from wellbeing.importers import spss
from wellbeing.importers.exports import (
    CODES,
    EITHER,
    END,
    JOINED,
    LANGUAGE,
    NOT_ANSWERED,
    NOT_APPLICABLE,
    NOT_ASKED,
    PERSONAL,
    REFUSED,
    SECONDS,
    UNREADABLE,
)
from wellbeing.importers.names import header_name
from wellbeing.importers.spss import PLATFORM, kind_of_missing


def made(frame, tmp_path, ending="sav", **told):
    path = tmp_path / f"a.{ending}"
    if ending == "por":
        pyreadstat.write_por(frame, path, **told)
    else:
        pyreadstat.write_sav(frame, path, compress=ending == "zsav", **told)
    return source_of(path.read_bytes(), path.name)


@functools.cache
def read(name):
    source = real("spss", name)
    assert PLATFORM.recognises(source)
    return PLATFORM.read(source)


# What stands in these files is written in the tests of haven and pyreadstat, from which they come.


@needs_exports
def test_value_labels_and_a_user_missing_value():
    export = read("labelled-num-na.sav")
    only = column(export, "VAR00002")
    assert only.names[-1] == "Only one value"
    assert (only.cells, only.labels, only.missing) == (["1", "9"], {"1": "This is one"}, {"9": NOT_ANSWERED})
    assert only.coding == CODES
    assert export.rows == [1, 2]


@needs_exports
def test_value_labels_of_texts():
    gender = column(read("labelled-str.sav"), "gender")
    assert (gender.cells, gender.labels, gender.coding) == (["M", "F"], {"F": "Female", "M": "Male"}, EITHER)


@needs_exports
def test_a_user_missing_value_with_a_label():
    var1 = column(read("missing_test.sav"), "var1")
    assert (var1.cells, var1.missing) == (["1", "2"], {"1": NOT_ANSWERED})


@needs_exports
def test_an_ordered_category():
    assert column(read("ordered_category.sav"), "col1").labels == {"1": "high", "2": "low", "3": "medium"}
    assert column(read("ordered_category.sav"), "Col1").cells == ["1", "2", "3", "2"]


@needs_exports
def test_numbers_texts_dates_and_times():
    export = read("sample.sav")
    assert len(export.rows) == 5
    assert column(export, "character").cells == list("abcde")
    assert column(export, "mynum").cells == ["1.1", "1.2", "-1000.3", "-1.4", "1000.3"]
    assert column(export, "mydate").cells == ["2018-05-06", "1880-05-06", "1960-01-01", "1583-01-01", ""]
    assert column(export, "dtime").cells[:2] == ["2018-05-06T10:10:10", "1880-05-06T10:10:10"]
    assert column(export, "mytime").cells == ["10:10:10", "23:10:10", "00:00:00", "16:10:10", ""]
    assert column(export, "mylabl").labels == {"1": "Male", "2": "Female"}


@needs_exports
def test_user_missing_is_kept_apart_from_system_missing():
    export = read("sample_missing.sav")
    assert len(export.rows) == 7
    # -1 is told as missing, and so is what lies between 2000 and 3000.
    assert column(export, "mynum").cells[-2:] == ["-1", "2500"]
    assert set(column(export, "mynum").missing) == {"-1", "2500"}
    assert column(export, "mylabl").cells[-2:] == ["-1", ""]
    assert set(column(export, "mylabl").missing) == {"-1"}
    assert column(export, "myord").cells[-2:] == ["-1", "-3"]
    assert set(column(export, "myord").missing) == {"-1", "-3"}
    assert column(export, "mychar").cells[-2:] == ["Z", ""]
    assert column(export, "mychar").missing == {}


@needs_exports
def test_all_types_and_both_kinds_of_multiple_response_sets():
    export = read("simple_alltypes.sav")
    assert len(export.rows) == 6
    assert column(export, "x").cells == ["1", "2", "3", "4", "8", "9"]
    assert set(column(export, "x").missing) == {"8"}
    assert column(export, "z").cells == ["-9", "", "1.234", "999", "3.14159", ""]
    assert set(column(export, "z").missing) == {"-9", "999"}
    assert column(export, "y").cells[3] == "1776-07-04"
    assert column(export, "str").cells[2] == "reg-green-blue-whatever"
    assert column(export, "quarter").cells == ["2014-10-01"] * 4 + ["2015-01-01"] * 2
    ticked = column(export, "My multiple response set")
    assert ticked.cells[0] == f"Response #1{JOINED}Response #2"
    assert ticked.cells[3] == ""
    assert [column(export, f"bool{at}").also_in for at in (1, 2, 3)] == [ticked.place] * 3
    listed = column(export, "categorical_array")
    assert [cell.split(JOINED) for cell in listed.cells[:3]] == [["a", "b"], ["a", "b", "c"], ["b", "c", "d"]]


@needs_exports
def test_umlauts_and_a_variables_label():
    umlauts = column(read("umlauts.sav"), "This is an ä-umlaut")
    assert umlauts.labels == {"1": "the ä umlaut", "2": "the ü umlaut", "3": "the ö umlaut"}
    assert umlauts.cells == ["1", "2", "1", "3"]
    sex = column(read("variable-label.sav"), "Gender")
    assert (sex.cells, sex.labels) == (["1"], {"1": "female"})


@needs_exports
def test_every_file_there_is_read():
    names = sorted(path.name for path in (EXPORTS / "spss").glob("*.sav"))
    assert len(names) == 9
    for name in names:
        assert read(name).columns


# Made here, for what the real ones lack.


def chinese(tmp_path, ending):
    frame = pd.DataFrame({"phq9_1": [0.0, 1.0, 98.0, 97.0], "school": ["一小", "二小", "", "一小"]})
    labels = {0: "完全不会", 1: "好几天", 97: "不适用", 98: "拒绝回答"}
    return made(
        frame,
        tmp_path,
        ending,
        column_labels=["做事时提不起劲或没有兴趣", "学校"],
        variable_value_labels={"phq9_1": labels},
        missing_ranges={"phq9_1": [{"lo": 97, "hi": 99}]},
    )


@pytest.mark.parametrize("ending", ["sav", "zsav"])
def test_chinese_labels_and_kinds_of_missing(tmp_path, ending):
    source = chinese(tmp_path, ending)
    assert PLATFORM.recognises(source)
    export = PLATFORM.read(source)
    item = column(export, "做事时提不起劲或没有兴趣")
    assert item.cells == ["0", "1", "98", "97"]
    assert item.labels["1"] == "好几天"
    assert item.missing == {"98": REFUSED, "97": NOT_APPLICABLE}
    assert column(export, "school").cells == ["一小", "二小", "", "一小"]


def test_a_portable_file_has_capitals_only(tmp_path):
    source = made(pd.DataFrame({"phq9_1": [0.0, 1.0], "s": ["a", "b"]}), tmp_path, "por")
    assert PLATFORM.recognises(source)
    assert column(PLATFORM.read(source), "phq9_1").cells == ["0", "1"]


def test_an_old_chinese_file_that_does_not_say_its_code_page(tmp_path):
    # "ab" is turned into two bytes of GB18030 in a file that claims UTF-8.
    content = made(pd.DataFrame({"s": ["ab", "cd"]}), tmp_path).content.replace(
        b"ab      ", "啊".encode("gb18030") + b" " * 6
    )
    assert column(PLATFORM.read(source_of(content)), "s").cells == ["啊", "cd"]


def test_what_platforms_that_export_to_spss_tell_about_the_filling(tmp_path):
    frame = pd.DataFrame(
        {
            "EndDate": pd.to_datetime(["2026-11-02 09:01:07", None]),
            "Duration__in_seconds_": [390.0, 400.0],
            "UserLanguage": ["ZH-S", "EN"],
            "IPAddress": ["192.0.2.1", "192.0.2.2"],
            "submitted": ["满意", "不满意"],
        }
    )
    export = PLATFORM.read(made(frame, tmp_path))
    assert (column(export, "EndDate").use, column(export, "EndDate").cells) == (END, ["2026-11-02T09:01:07", ""])
    assert column(export, "Duration__in_seconds_").use == SECONDS
    assert (column(export, "UserLanguage").use, column(export, "UserLanguage").cells) == (LANGUAGE, ["zh-CN", "en"])
    assert uses(export, PERSONAL) == ["IPAddress"]
    # A question of the author's own that happens to have the name.
    assert column(export, "submitted").cells == ["满意", "不满意"]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Refused", REFUSED),
        ("prefer not to say", REFUSED),
        ("拒答", REFUSED),
        ("Not applicable", NOT_APPLICABLE),
        ("N/A", NOT_APPLICABLE),
        ("不适用", NOT_APPLICABLE),
        ("not asked", NOT_ASKED),
        ("（跳过）", NOT_ASKED),
        ("字迹看不清", UNREADABLE),
        ("Don't know", NOT_ANSWERED),
        ("skipped", NOT_ANSWERED),
        ("不知道", NOT_ANSWERED),
        ("national", NOT_ANSWERED),
        ("", NOT_ANSWERED),
    ],
)
def test_why_there_is_no_answer_is_read_off_the_label(label, kind):
    assert kind_of_missing(label) == kind


def test_what_wenjuanxing_skipped_is_no_answer_though_it_is_not_declared_missing(tmp_path):
    labels = {1.0: "完全不会", 2.0: "好几天", -3.0: "(跳过)", -2.0: "（空）"}
    frame = pd.DataFrame({"Q1": [1.0, -3.0, -2.0], "Q2": [-2.0, 1.0, 2.0]})
    # On a scale through nought -2 is an answer like any other.
    own = {-2.0: "很不同意", 2.0: "很同意"}
    export = PLATFORM.read(made(frame, tmp_path, variable_value_labels={"Q1": labels, "Q2": own}))
    assert column(export, "Q1").missing == {"-3": NOT_ASKED, "-2": NOT_ANSWERED}
    assert column(export, "Q2").missing == {}


@pytest.mark.parametrize("end", [100, -1])
def test_a_file_cut_anywhere_is_refused(tmp_path, end):
    assert problems_of(PLATFORM, source_of(chinese(tmp_path, "sav").content[:end])) in (["not_spss"], ["no_data_row"])


@needs_exports
def test_a_file_on_which_its_reader_crashes_harms_nothing():
    # FF is no character in any of the encodings; pyreadstat 1.3 ends its process on it.
    content = bytearray((EXPORTS / "spss" / "labelled-str.sav").read_bytes())
    assert content[216:219] == b"F  "
    content[218] = 0xFF
    assert problems_of(PLATFORM, source_of(bytes(content))) == ["not_spss"]


def test_a_file_that_claims_too_many_cases_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(spss, "MOST_CELLS", 10)
    assert problems_of(PLATFORM, made(pd.DataFrame({"a": range(20), "b": range(20)}), tmp_path)) == ["too_many_cells"]


def test_other_files_are_not_taken_for_it():
    assert not PLATFORM.recognises(source_of([["$FL2", "q"], ["1", "2"]]).__class__("a", "", b"a,b\n1,2\n"))
    assert not PLATFORM.recognises(source_of(b"PK\x03\x04"))


@pytest.mark.parametrize(
    "label",
    ["您向谁求助？ - {}", "您向谁求助？ - Selected Choice {}", "[{}] 您向谁求助？", "3、您向谁求助？（{}）"],
)
def test_ticks_that_belong_to_no_set_come_whole_and_in_parts(tmp_path, label):
    frame = pd.DataFrame({"Q3_1": [1.0, 0.0, None], "Q3_2": [1.0, 1.0, None], "Q4": [1.0, 2.0, 3.0]})
    labels = [label.format("同事"), label.format("同学"), "年级"]
    export = PLATFORM.read(made(frame, tmp_path, column_labels=labels))
    whole = next(each for each in export.columns if each.separator == JOINED)
    assert whole.cells == [f"同事{JOINED}同学", "同学", ""]
    assert {header_name(name) for name in whole.names} == {"Q3", "您向谁求助"}
    assert [each.also_in for each in export.columns] == [0, 0, None, 0]


def test_answers_of_no_and_yes_under_labels_of_their_own_are_no_ticks(tmp_path):
    frame = pd.DataFrame({"srq20_1": [1.0, 0.0], "srq20_2": [0.0, 1.0]})
    export = PLATFORM.read(made(frame, tmp_path, column_labels=["您是否经常头痛？", "您是否食欲差？"]))
    assert [each.also_in for each in export.columns] == [None, None]
