from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from platform_files import (
    EXPORTS,
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
from wellbeing.importers.exports import (
    CODES,
    EITHER,
    JOINED,
    LABELS,
    NOT_ANSWERED,
    NOT_APPLICABLE,
    NOT_ASKED,
    REFUSED,
    UNFINISHED,
)
from wellbeing.importers.redcap import PLATFORM

#: A survey whose first page everybody has once, and whose second comes twice.
REPEATED = [
    [
        "record_id",
        "redcap_repeat_instrument",
        "redcap_repeat_instance",
        "school",
        "staff_complete",
        "phq9_1",
        "phq9_2",
        "phq_complete",
    ],
    ["1", "", "", "S001", "2", "", "", ""],
    ["1", "phq", "1", "", "", "0", "1", "2"],
    ["1", "phq", "2", "", "", "3", "3", "2"],
    ["2", "", "", "S002", "2", "", "", ""],
]
LABELLED = [
    [
        "Record ID",
        "Survey Identifier",
        "Survey Timestamp",
        "学校",
        "求助 (choice=家人)",
        "求助 (choice=同事)",
        "Complete?",
    ],
    ["1", "", "2026-11-02 09:01:07", "青云镇中心小学", "Checked", "Unchecked", "Complete"],
    ["2", "", "[not completed]", "河口中学", "Checked", "Checked", "Incomplete"],
    ["3", "", "", "河口中学", "Unchecked", "Unchecked", "Incomplete"],
]


@needs_exports
def test_the_simple_project_is_read():
    rows = raw_rows("redcap", "simple", "data.csv")
    export = PLATFORM.read(real("redcap", "simple", "data.csv"))
    assert export.rows == [2, 3, 4, 5, 6]
    names = [each.names[0] for each in export.columns]
    kept = [name for name in rows[0] if not name.startswith("race___")]
    assert names == [*kept[:16], "race", *kept[16:]]
    options = "123456"
    for row, cell in zip(rows[1:], column(export, "race").cells, strict=True):
        assert cell.split(JOINED) == [o for o, tick in zip(options, row[16:22], strict=True) if tick == "1"]
    assert column(export, "race").separator == JOINED
    # Line breaks stay within the cell that they stand in.
    assert column(export, "address").cells[2] == "243 Hill St.\nGuthrie OK 73402"
    assert [each.names[0] for each in export.columns if each.cells[:1] == ["[document]"]] == ["mugshot"]
    assert "mugshot" in uses(export, "platform")
    # Incomplete, and begun: health of record 2, race of record 2, and race of record 5 is complete.
    begun = [at for at, row in enumerate(rows[1:]) if "0" in (row[9], row[15], row[23])]
    assert sorted(export.left_out) == begun


@needs_exports
def test_the_checkbox_project_is_read():
    export = PLATFORM.read(real("redcap", "checkboxes-1", "data.csv"))
    # As the file's own last column describes each record.
    assert column(export, "check_one").cells == ["1", "", f"1{JOINED}2{JOINED}3{JOINED}4", ""]
    assert column(export, "check_two").cells == [f"a{JOINED}c", f"b{JOINED}d", "", ""]
    assert sorted(export.left_out) == [1, 3]


@needs_exports
def test_the_longitudinal_project_is_read_event_by_event():
    rows = raw_rows("redcap", "longitudinal", "data.csv")
    export = PLATFORM.read(real("redcap", "longitudinal", "data.csv"))
    assert len(export.rows) == len(rows) - 1 == 18
    header = rows[0]
    for name in ("sex", "pmq1", "vld1", "cpq1", "complete_study"):
        told = Counter(row[header.index(name)] for row in rows[1:])
        read = Counter(column(export, name).cells)
        assert {cell: n for cell, n in told.items() if cell} == {
            cell: n for cell, n in read.items() if cell not in ("", "(not asked)")
        }
    # A form that is not put at an event leaves its state blank, and its questions were not asked.
    states = [row[header.index("patient_morale_questionnaire_complete")] for row in rows[1:]]
    morale = column(export, "pmq1")
    assert [cell == "(not asked)" for cell in morale.cells] == [not state for state in states]
    assert morale.missing == {"(not asked)": NOT_ASKED}
    gym = column(export, "gym")
    shown = [row[header.index("gym___0") : header.index("gym___4") + 1] for row in rows[1:]]
    assert [cell == "(not asked)" for cell in gym.cells] == [not any(ticks) for ticks in shown]
    assert uses(export, "platform")[:2] == ["study_id", "redcap_event_name"]


@needs_exports
def test_a_data_dictionary_is_named_for_what_it_is():
    for project in ("simple", "longitudinal", "checkboxes-1"):
        source = real("redcap", project, "dictionary.csv")
        assert PLATFORM.recognises(source)
        assert problems_of(PLATFORM, source) == ["form_not_answers"]


@needs_exports
def test_it_recognises_its_own_files_and_nobody_elses():
    for path in EXPORTS.rglob("*.*"):
        is_own = path.parents[1].name == "redcap" and path.stem in ("data", "dictionary")
        assert PLATFORM.recognises(source_of(path.read_bytes(), path.name)) == is_own, path.name


def test_rows_of_a_repeating_form_are_joined_with_the_row_of_the_record():
    export = PLATFORM.read(source_of(REPEATED))
    assert PLATFORM.recognises(source_of(REPEATED))
    assert export.rows == [3, 4, 5]
    assert column(export, "school").cells == ["S001", "S001", "S002"]
    assert column(export, "phq9_1").cells == ["0", "3", "(not asked)"]
    assert dict(export.left_out) == {}


def test_instances_of_two_forms_with_the_same_number_are_one_filling_and_events_are_apart():
    header = [
        *("record_id", "redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance"),
        *("code", "a_complete", "phq9_1", "b_complete", "gad7_1", "c_complete"),
    ]
    rows = [
        header,
        ["1", "autumn_arm_1", "", "", "K7Q2", "2", "", "", "", ""],
        ["1", "autumn_arm_1", "b", "1", "", "", "2", "2", "", ""],
        ["1", "autumn_arm_1", "c", "1", "", "", "", "", "3", "2"],
        ["1", "spring_arm_1", "b", "1", "", "", "0", "2", "", ""],
    ]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "code").cells == ["K7Q2", "(not asked)"]
    assert column(export, "phq9_1").cells == ["2", "0"]
    assert column(export, "gad7_1").cells == ["3", "(not asked)"]


def test_the_same_record_event_and_instance_twice_is_a_problem():
    assert problems_of(PLATFORM, source_of([*REPEATED, REPEATED[3]])) == ["filling_twice"]


def test_labels_and_time_stamps_are_read():
    export = PLATFORM.read(source_of(LABELLED))
    assert PLATFORM.recognises(source_of(LABELLED))
    assert column(export, "求助").cells == ["家人", f"家人{JOINED}同事", ""]
    assert column(export, "求助").coding == LABELS
    assert column(export, "学校").coding == EITHER
    assert column(export, "Survey Timestamp").use == "end"
    assert column(export, "Survey Timestamp").cells == ["2026-11-02T09:01:07", "", ""]
    assert dict(export.left_out) == {1: UNFINISHED, 2: UNFINISHED}
    assert uses(export, "personal") == ["Survey Identifier"]


def test_of_several_surveys_the_last_time_stamp_counts():
    rows = [
        ["record_id", "a_timestamp", "q1", "a_complete", "b_timestamp", "q2", "b_complete"],
        ["1", "2026-11-02 09:01:07", "1", "2", "2026-11-03 08:00:00", "1", "2"],
        ["2", "2026-11-02 09:01:07", "1", "2", "[not completed]", "1", "0"],
    ]
    export = PLATFORM.read(source_of(rows))
    assert column_at(export, 1).cells == ["2026-11-03T08:00:00", "2026-11-02T09:01:07"]
    assert dict(export.left_out) == {1: UNFINISHED}


def test_a_negative_option_keeps_its_sign():
    rows = [["record_id", "why___1", "why____1", "f_complete"], ["1", "0", "1", "2"], ["2", "1", "1", "2"]]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "why").cells == ["-1", f"1{JOINED}-1"]


def test_missing_data_codes_are_read_by_their_kind_and_only_where_they_can_be_meant():
    rows = [
        ["record_id", "phq9_1", "phq9_2", "change", "f_complete"],
        ["1", "NASK", "-99", "-99", "2"],
        ["2", "NA", "3", "-2", "2"],
        ["3", "MSK", "ASKU", "5", "2"],
        ["4", "2", "-1", "1", "2"],
    ]
    export = PLATFORM.read(source_of(rows))
    told = dict(column(export, "phq9_1").missing)
    assert {code: told[code] for code in ("NASK", "NA", "MSK")} == {
        "NASK": NOT_ASKED,
        "NA": NOT_APPLICABLE,
        "MSK": REFUSED,
    }
    assert column(export, "phq9_2").missing["ASKU"] == NOT_ANSWERED
    # Beside another negative number nobody can say that -99 is no number.
    assert "-99" not in column(export, "phq9_2").missing
    assert "-99" not in column(export, "change").missing
    rows[4][2] = "1"
    assert column(PLATFORM.read(source_of(rows)), "phq9_2").missing["-99"] == NOT_ANSWERED


def test_the_kits_own_code_may_be_the_first_field():
    rows = [["code", "school_id", "phq9_1", "screening_complete"], ["K7Q2-1", "S001", "2", "2"]]
    export = PLATFORM.read(source_of(rows))
    assert PLATFORM.recognises(source_of(rows))
    assert uses(export, "answer") == ["code", "school_id", "phq9_1"]
    assert column(export, "code").coding == CODES


def test_a_column_that_ends_like_a_state_and_holds_answers_is_no_state():
    rows = [["record_id", "work_complete", "f_complete"], ["1", "已完成", "2"], ["2", "", "2"]]
    assert "work_complete" in uses(PLATFORM.read(source_of(rows)), "answer")


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([REPEATED, LABELLED]))
def test_whatever_happened_to_a_file_it_is_read_or_refused(seed, rows):
    is_sound(PLATFORM, source_of(damaged(rows, seed)))
