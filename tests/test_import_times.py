import csv
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_files import EXPORTS, needs_exports
from wellbeing.importers.times import iso_time, read_seconds, read_times, seconds


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2025/3/6 0:13:26", "2025-03-06T00:13:26"),
        ("2024-09-02T08:00:01", "2024-09-02T08:00:01"),
        ("2024-09-02 08:00:01.75+08:00", "2024-09-02T08:00:01"),
        ("2020/08/07 12:02:00 PM GMT+8", "2020-08-07T12:02:00"),
        ("2020/08/07 12:02:00 AM GMT-3", "2020-08-07T00:02:00"),
        ("2024/9/2 下午 3:04:05", "2024-09-02T15:04:05"),
        ("2024/9/2 上午12:04:05", "2024-09-02T00:04:05"),
        ("2024年9月2日 15:04", "2024-09-02T15:04:00"),
        ("02-Feb-2021 20:26:58", "2021-02-02T20:26:58"),
        ("Feb 2, 2021, 3:04 PM", "2021-02-02T15:04:00"),
        ("25/12/2020 1:02:03", "2020-12-25T01:02:03"),
        ("12/25/2020 1:02:03 PM", "2020-12-25T13:02:03"),
        ("8/8/2020 12:02", "2020-08-08T12:02:00"),
        ("9/25/24 8:00", "2024-09-25T08:00:00"),
        ("2.9.2024 08:00", "2024-09-02T08:00:00"),
        ("2024-05-06", "2024-05-06T00:00:00"),
        (" ", ""),
    ],
)
def test_a_time_in_each_style(text, time):
    assert iso_time(text) == time


@pytest.mark.parametrize(
    "text",
    ["8/7/2020 12:02", "9/2/24 8:00", "2024-02-30", "2024/9/2 25:00", "2024/9/2 13:00 PM", "45537.33", "昨天", "1:2"],
)
def test_what_is_no_time_or_could_be_two_is_not_read(text):
    assert iso_time(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("264秒", "264"),
        ("264", "264"),
        ("264.5", "264.5"),
        ("4分24秒", "264"),
        ("1小时2分3秒", "3723"),
        ("1天", "86400"),
        ("4 min 24 s", "264"),
        ("0:04:24", "264"),
        ("", ""),
    ],
)
def test_a_duration_in_each_style(text, number):
    assert seconds(text) == number


@pytest.mark.parametrize("text", ["4:24", "1小时30", "秒", "很久", "-5", "1e5"])
def test_what_is_no_duration_is_not_read(text):
    assert seconds(text) is None
    assert read_seconds(["60", text]) == (["60", ""], (1,))


@needs_exports
def test_the_changing_dates_of_the_real_file_are_all_july_2020():
    # 8/7/2020 without seconds may be 7 August, but 13/07/2020 comes after it.
    with (EXPORTS / "google_forms" / "student_mental_health.csv").open(encoding="utf-8") as file:
        cells = [row[0] for row in csv.reader(file)][1:]
    times, unreadable = read_times(cells)
    assert unreadable == ()
    assert {time[:7] for time in times} == {"2020-07"}
    assert times == sorted(times)
    for cell, time in zip(cells, times, strict=True):
        day, month, year = cell.split()[0].split("/")
        assert time.startswith(f"{year}-{int(month):02d}-{int(day):02d}T")


def test_cells_written_alike_have_one_order():
    assert read_times(["3/1/2021 1:00", "3/2/2021 1:00", "3/25/2021 2:00"])[0] == [
        "2021-03-01T01:00:00",
        "2021-03-02T01:00:00",
        "2021-03-25T02:00:00",
    ]


def test_a_day_that_nothing_decides_is_not_read():
    # All of them fit both orders, whichever way the rows go.
    assert read_times(["3/1/2021 1:00", "3/2/2021 1:00", "4/4/2021 1:00"]) == (["", "", "2021-04-04T01:00:00"], (0, 1))


def test_order_in_time_decides_between_two_styles_that_both_occur():
    # 3 April and 4 March: only March lies between 25 March's predecessors and successors.
    cells = ["02/13/2020 09:00:00", "03/04/2020 10:00:00", "25/03/2020 09:00:00"]
    assert read_times(cells)[0][1] == "2020-03-04T10:00:00"
    assert read_times(cells[::-1])[0][1] == "2020-03-04T10:00:00"


def test_where_the_rows_are_in_no_order_a_doubtful_day_stays_unread():
    cells = ["03/25/2020 09:00:00", "03/04/2020 10:00:00", "25/02/2020 09:00:00", "05/30/2020 09:00:00"]
    assert read_times(cells)[1] == (1,)


def test_numbers_of_two_digits_say_nothing_of_leading_zeros():
    # 13/10 may be of either of two styles, so it does not tell how 8/7 is written.
    assert read_times(["8/7/2020 10:00:00", "13/10/2020 10:00:00"])[1] == (0,)


@given(
    st.lists(st.datetimes(min_value=dt.datetime(2000, 1, 1), max_value=dt.datetime(2099, 1, 1)), max_size=30),
    st.booleans(),
)
def test_a_time_is_read_right_or_not_at_all(moments, american):
    day = "{0.month}/{0.day}/{0.year}" if american else "{0.day}/{0.month}/{0.year}"
    style = day + " {0.hour}:{0.minute:02d}"
    moments = sorted(moment.replace(second=0, microsecond=0) for moment in moments)
    times, unreadable = read_times([style.format(moment) for moment in moments])
    for at, (moment, time) in enumerate(zip(moments, times, strict=True)):
        assert time == moment.isoformat() or (at in unreadable and time == "")
