import io
from collections import Counter

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_files import (
    EXPORTS,
    as_csv,
    column,
    column_at,
    damaged,
    is_sound,
    needs_exports,
    problems_of,
    raw_rows,
    real,
    source_of,
    uses,
)
from wellbeing.importers.exports import EITHER, JOINED, LABELS, NOT_ASKED
from wellbeing.importers.kobo import PLATFORM

ENDING = ["_id", "_uuid", "_submission_time", "_validation_status", "_submitted_by", "__version__", "_index"]
BY_NAME = [
    ["start", "end", "deviceid", "about/school_id", "phq9/phq9_1", "help", "help/family", "help/friends", *ENDING],
    [
        *("2026-11-02T08:55:01.123+08:00", "2026-11-02T09:01:07.999+08:00", "ee.x:abc", "S001", "0"),
        *("friends family", "1", "1", "11", "u1", "2026-11-02T01:01:09", "", "", "v1", "1"),
    ],
    [
        *("2026-11-02T08:55:01.123+08:00", "2026-11-02T09:02:00.000+08:00", "ee.x:abd", "S002", "3"),
        *("", "0", "0", "12", "u2", "2026-11-02T01:02:09", "", "", "v1", "2"),
    ],
]
BY_LABEL = [
    ["学校", "向谁求助？", "向谁求助？/家人 或 亲戚", "向谁求助？/同事/朋友", *ENDING],
    ["河口中学", "同事/朋友 家人 或 亲戚", "1", "1", "11", "u1", "2026-11-02T01:01:09", "", "", "v1", "1"],
    ["河口中学", "家人 或 亲戚", "1", "0", "12", "u2", "2026-11-02T01:01:10", "", "", "v1", "2"],
]
CENTRAL = [
    ["SubmissionDate", "start", "end", "phq9-phq9_1", "help", "meta-instanceID", "KEY", "SubmitterName", "FormVersion"],
    ["2026-11-02T01:01:09.1Z", "2026-11-02T08:55:01+08:00", "", "2", "family friends", "uuid:1", "uuid:1", "王", "3"],
]


@needs_exports
def test_options_with_blanks_in_their_labels_are_read_from_their_own_columns():
    rows = raw_rows("kobotoolbox", "or_other_labels_englishen.csv", delimiter=";")
    export = PLATFORM.read(real("kobotoolbox", "or_other_labels_englishen.csv"))
    assert export.rows == [2, 3, 4]
    emperors = ["Julius Caesar", "Augustus", "Tiberius", "Caligula", "other"]
    whole = column(export, "Who are your favourite emperors?")
    assert whole.place == 2
    for row, cell in zip(rows[1:], whole.cells, strict=True):
        assert cell.split(JOINED) == [name for name, tick in zip(emperors, row[3:8], strict=True) if tick == "1"]
    assert [column_at(export, at).also_in for at in range(3, 8)] == [2] * 5
    assert column(export, "fav_emperors_other").also_in is None
    assert column(export, "_submission_time").cells == [f"2024-03-0{day}T08:0{day}:09" for day in (1, 2, 3)]
    assert column(export, "Who is your favourite emperor?").coding == LABELS


@needs_exports
def test_xml_values_are_read_over_several_form_versions():
    rows = raw_rows("kobotoolbox", "restaurant_profile_xml.csv", delimiter=";")
    export = PLATFORM.read(real("kobotoolbox", "restaurant_profile_xml.csv"))
    assert len(export.rows) == len(rows) - 1 == 8
    kinds = column(export, "eatery_type")
    # Versions that offered one choice only have it in the joined column.
    assert kinds.cells == [
        "",
        "",
        "takeaway",
        "sit_down",
        f"sit_down{JOINED}takeaway",
        "sit_down",
        "",
        "",
    ]
    assert (kinds.coding, kinds.separator) == (EITHER, JOINED)
    places = ["location", "_location_latitude", "_location_longitude", "_location_altitude", "_location_precision"]
    assert uses(export, "personal") == [*places, "_submitted_by"]
    assert Counter(column(export, "restaurant_name").cells) == Counter(row[0] for row in rows[1:])


@needs_exports
def test_what_stands_beyond_the_header_is_kept_under_no_name():
    rows = raw_rows("kobotoolbox", "restaurant_profile_labels_english.csv", delimiter=";")
    assert max(map(len, rows)) == len(rows[0]) + 1
    export = PLATFORM.read(real("kobotoolbox", "restaurant_profile_labels_english.csv"))
    beyond = column_at(export, len(rows[0]))
    assert beyond.names == ("",)
    assert beyond.cells == [row[18] if len(row) > 18 else "" for row in rows[1:]]
    assert column(export, "type of eatery").cells[4:6] == [f"sit down{JOINED}take-away", "sit down"]


@needs_exports
def test_words_read_aloud_are_told_from_counts_beside_them():
    for file, first in (("literacy_test_labels.csv", "Гуляла"), ("literacy_test_xml.csv", "1")):
        rows = raw_rows("kobotoolbox", file, delimiter=";")
        export = PLATFORM.read(real("kobotoolbox", file))
        assert len(export.rows) == 3
        assert column_at(export, 0).cells == [row[0] for row in rows[1:]] == ["22", "46", "9"]
        assert column_at(export, 0).also_in is None
        for place in (3, 53):
            whole = next(each for each in export.columns if each.place == place)
            ticked = [row[place + 1 : place + 47].count("1") for row in rows[1:]]
            assert [len(cell.split(JOINED)) for cell in whole.cells] == ticked
            assert all(cell.startswith(first) for cell in whole.cells)


@needs_exports
def test_an_xlsform_is_named_for_what_it_is():
    assert PLATFORM.recognises(real("kobotoolbox", "xlsform_choice_filter.xlsx"))
    assert problems_of(PLATFORM, real("kobotoolbox", "xlsform_choice_filter.xlsx")) == ["form_not_answers"]


@needs_exports
def test_it_recognises_its_own_files_and_nobody_elses():
    for path in EXPORTS.rglob("*.*"):
        is_own = path.parent.name == "kobotoolbox"
        assert PLATFORM.recognises(source_of(path.read_bytes(), path.name)) == is_own, path.name


def test_paths_are_taken_apart_and_what_the_device_tells_is_kept_or_dropped():
    source = source_of(as_csv(BY_NAME, ";"))
    export = PLATFORM.read(source)
    assert PLATFORM.recognises(source)
    assert column(export, "phq9_1").names == ("phq9/phq9_1", "phq9_1")
    assert column(export, "school_id").cells == ["S001", "S002"]
    assert column(export, "start").cells == ["2026-11-02T08:55:01"] * 2
    # The end of the form is the end; the arrival at the server is bookkeeping.
    assert uses(export, "end") == ["end"]
    assert column(export, "end").cells == ["2026-11-02T09:01:07", "2026-11-02T09:02:00"]
    assert uses(export, "personal") == ["deviceid", "_submitted_by"]
    assert column(export, "help").cells == [f"family{JOINED}friends", ""]
    assert column(export, "help/family").also_in == column(export, "help").place


def test_a_label_with_the_path_mark_in_it_stays_whole():
    export = PLATFORM.read(source_of(as_csv(BY_LABEL, ";")))
    assert column(export, "向谁求助？").cells == [f"家人 或 亲戚{JOINED}同事/朋友", "家人 或 亲戚"]


def test_options_without_a_joined_column_come_whole_and_in_parts():
    rows = [[cell for at, cell in enumerate(row) if at != 5] for row in BY_NAME]
    export = PLATFORM.read(source_of(as_csv(rows, ",")))
    assert column(export, "help").cells == [f"family{JOINED}friends", ""]
    assert column(export, "family").also_in == column(export, "help").place


def test_a_joined_column_that_disagrees_with_its_options_is_left_as_it_is():
    rows = [list(row) for row in BY_NAME]
    rows[1][5] = "friends teachers"
    export = PLATFORM.read(source_of(as_csv(rows, ";")))
    assert column(export, "help").cells == ["friends teachers", ""]
    assert column(export, "help").separator == " "
    assert column(export, "help/family").also_in is None


def test_a_joined_column_in_another_language_than_the_header_keeps_its_options():
    rows = [list(row) for row in BY_NAME]
    rows[1][5] = "家人 或 亲戚 朋友"
    export = PLATFORM.read(source_of(as_csv(rows, ";")))
    assert column(export, "help").cells == [f"family{JOINED}friends", ""]


def test_a_note_has_a_column_and_no_answer():
    rows = [["note_1", "q", "_uuid", "_submission_time"], ["", "1", "u", "2026-11-02T01:01:09"]]
    assert uses(PLATFORM.read(source_of(rows)), "answer") == ["q"]


def test_central_parts_its_paths_with_hyphens():
    source = source_of(CENTRAL)
    export = PLATFORM.read(source)
    assert PLATFORM.recognises(source)
    assert column(export, "phq9_1").cells == ["2"]
    assert column(export, "help").separator == " "
    assert uses(export, "personal") == ["SubmitterName"]
    assert uses(export, "end") == ["end"]


def test_without_an_end_the_arrival_counts():
    rows = [["q", "_id", "_uuid", "_submission_time"], ["1", "5", "u", "2026-11-02T01:01:09"]]
    assert column(PLATFORM.read(source_of(rows)), "_submission_time").use == "end"


def test_an_older_version_without_a_question_did_not_ask_it():
    rows = [["new", "old", "_id", "_uuid", "_submission_time", "__version__"]]
    rows += [["", "1", str(n), f"u{n}", "2026-11-02T01:01:09", "v1"] for n in range(5)]
    rows += [["2", "1", "9", "u9", "2026-11-02T01:01:09", "v2"], ["", "1", "10", "ua", "2026-11-02T01:01:09", "v2"]]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "new").cells == ["(not asked)"] * 5 + ["2", ""]
    assert column(export, "new").missing == {"(not asked)": NOT_ASKED}
    assert column(export, "old").missing == {}
    # Four who left it blank prove nothing.
    fewer = PLATFORM.read(source_of([rows[0], *rows[2:]]))
    assert column(fewer, "new").cells[:4] == [""] * 4


def test_n_a_of_the_older_exporter_is_a_blank_cell():
    rows = [["q1", "q2", "_uuid", "_submission_time"], ["1", "n/a", "u", "2026-11-02T01:01:09"]]
    assert column(PLATFORM.read(source_of(rows)), "q2").cells == [""]


def test_a_workbook_is_read_like_the_text():
    book = openpyxl.Workbook()
    for row in BY_LABEL:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    export = PLATFORM.read(source_of(content.getvalue(), "export.xlsx"))
    assert column(export, "学校").cells == ["河口中学", "河口中学"]
    assert column(export, "向谁求助？").cells[1] == "家人 或 亲戚"


def test_points_on_the_map_are_personal_whatever_they_are_called():
    rows = [["哪里", "答", "_uuid", "_submission_time"], ["30.1234 120.5678 0 0", "好", "u", "2026-11-02T01:01:09"]]
    assert uses(PLATFORM.read(source_of(rows)), "personal") == ["哪里"]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([BY_NAME, BY_LABEL, CENTRAL]))
def test_whatever_happened_to_a_file_it_is_read_or_refused(seed, rows):
    is_sound(PLATFORM, source_of(damaged(rows, seed)))


def test_another_mark_between_the_parts_of_a_path():
    rows = [[name.replace("/", "|") for name in BY_NAME[0]], *BY_NAME[1:]]
    extra = [["about|role", "about|sex"], ["teacher", "male"], ["other", "female"]]
    export = PLATFORM.read(source_of([[*more, *row] for row, more in zip(rows, extra, strict=True)]))
    assert column(export, "phq9_1").cells == ["0", "3"]
    assert column(export, "help").cells[0].split(JOINED) == ["family", "friends"]
