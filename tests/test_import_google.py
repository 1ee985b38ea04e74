from collections import Counter

import pytest

from platform_files import column, needs_exports, raw_rows, real, source_of, uses
from wellbeing.importers.exports import ANSWER, CODES, END, LABELS, PERSONAL
from wellbeing.importers.exports import PLATFORM as BOOKKEEPING
from wellbeing.importers.google import PLATFORM


@needs_exports
def test_the_real_file():
    rows = raw_rows("google_forms", "student_mental_health.csv")
    source = real("google_forms", "student_mental_health.csv")
    assert PLATFORM.recognises(source)
    export = PLATFORM.read(source)
    assert len(export.rows) == 101
    assert [each.names[0] for each in export.columns] == rows[0]
    # The counts that the file's README gives.
    for name, yes in {"Depression?": 35, "Anxiety?": 34, "Panic attack?": 33, "Treatment": 6}.items():
        assert Counter(column(export, name).cells) == {"Yes": yes, "No": 101 - yes}
    # Cells are left as they are.
    assert {"year 1", "Year 1"} <= set(column(export, "Year of Study").cells)
    assert "3.50 - 4.00 " in column(export, "CGPA").cells
    assert column(export, "Age").cells.count("") == 1


@needs_exports
def test_the_real_files_dates_change_their_format_and_not_their_month():
    cells = [row[0] for row in raw_rows("google_forms", "student_mental_health.csv")][1:]
    ends = column(PLATFORM.read(real("google_forms", "student_mental_health.csv")), "Timestamp")
    assert ends.use == END
    assert ends.unreadable == ()
    # 8/7/2020 is 8 July: 13/07/2020, which can only be July, comes after it.
    assert Counter(time[:10] for time in ends.cells)["2020-07-08"] == sum(
        cell.startswith("8/7/2020 ") for cell in cells
    )
    assert (ends.cells[0], ends.cells[-1]) == ("2020-07-08T12:02:00", "2020-07-18T20:16:21")


@pytest.mark.parametrize(
    ("header", "time", "read"),
    [
        ("Timestamp", "11/22/2026 9:01:07", "2026-11-22T09:01:07"),
        ("时间戳记", "2026/11/2 下午 9:01:07", "2026-11-02T21:01:07"),
        ("時間戳記", "2026/11/2 上午 12:01:07", "2026-11-02T00:01:07"),
        ("Zeitstempel", "22.11.2026 09:01:07", "2026-11-22T09:01:07"),
        ("Timestamp", "2026/11/02 9:01:07 AM GMT+8", "2026-11-02T09:01:07"),
    ],
)
def test_the_time_in_each_language(header, time, read):
    source = source_of([[header, "学校"], [time, "第一小学"]])
    assert PLATFORM.recognises(source)
    assert PLATFORM.read(source).columns[0].cells == [read]


def test_a_day_that_could_be_a_month_is_unread_and_named():
    export = PLATFORM.read(source_of([["Timestamp", "q"], ["3/4/2026 9:00:00", "a"], ["", "b"]]))
    assert export.columns[0].cells == ["", ""]
    assert export.columns[0].unreadable == (0,)


def test_a_grids_rows_go_by_their_stem_and_alone():
    head = "过去两周，您有多少天受到困扰？ [做事时提不起劲]"
    export = PLATFORM.read(source_of([["Timestamp", head], ["2026/11/2 9:01:07", "好几天"]]))
    assert column(export, "做事时提不起劲").names == (
        head,
        "过去两周，您有多少天受到困扰？ - 做事时提不起劲",
        "做事时提不起劲",
    )


def test_who_answered_is_personal_and_what_a_quiz_adds_is_bookkeeping():
    header = ["Timestamp", "Email Address", "Score", "学校", "1+1? [Score]", "1+1? [Feedback]", "1+1?", "得分"]
    rows = [header, ["2026/11/2 9:01:07", "a@example.org", "8 / 10", "一小", "1.00 / 1", "", "2", "高"]]
    export = PLATFORM.read(source_of(rows))
    assert uses(export, PERSONAL) == ["Email Address"]
    assert uses(export, BOOKKEEPING) == ["Score", "1+1? [Score]", "1+1? [Feedback]"]
    # A question of that name holds no points.
    assert column(export, "得分").use == ANSWER
    plain = PLATFORM.read(source_of([["Timestamp", "满意度 [Score]"], ["2026/11/2 9:01:07", "高"]]))
    assert column(plain, "Score").use == ANSWER


def test_several_answers_have_a_comma_in_a_sheet_and_a_semicolon_in_the_forms_download():
    sheet = PLATFORM.read(source_of([["Timestamp", "可多选"], ["2026/11/2 9:01:07", "家人, 同事, 如医生, 护士"]]))
    assert column(sheet, "可多选").separator == ", "
    download = PLATFORM.read(source_of([["Timestamp", "可多选"], ["2026/11/02 9:01:07 AM GMT+8", "家人;同事"]]))
    assert column(download, "可多选").separator == ";"


def test_numbers_are_codes_only_under_the_kits_own_names():
    export = PLATFORM.read(source_of([["Timestamp", "phq9_1", "心情"], ["2026/11/2 9:01:07", "1", "1"]]))
    assert column(export, "phq9_1").coding == CODES
    assert column(export, "心情").coding == LABELS


@pytest.mark.parametrize(
    "rows",
    [
        [["Timestamp", "q"], ["yesterday", "1"]],
        [["q", "Timestamp"], ["1", "2026/11/2 9:01:07"]],
        [["Timestamp", "q"]],
        [["Timestamp", "q"], ["", "1"]],
    ],
)
def test_other_tables_are_not_taken_for_it(rows):
    assert not PLATFORM.recognises(source_of(rows))
