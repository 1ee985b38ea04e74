import pytest

from platform_files import column, needs_exports, problems_of, real, source_of, uses
from wellbeing.importers.exports import ANSWER, CODES, END, LABELS, LANGUAGE, PERSONAL, SECONDS, START
from wellbeing.importers.plain import PLATFORM

HEADER = ["school_id", "code", "submitted", "seconds", "lang", "phq9_1", "cbi_personal_3", "helpers", "您的心情"]


def test_the_kits_own_file():
    rows = [HEADER, ["S001", "7Q4K2291", "2026-11-02 09:01:07", "390", "zh", "2", "50", "family;friends", "好"]]
    source = source_of(rows)
    assert PLATFORM.recognises(source)
    export = PLATFORM.read(source)
    assert (column(export, "submitted").use, column(export, "submitted").cells) == (END, ["2026-11-02T09:01:07"])
    assert (column(export, "seconds").use, column(export, "seconds").cells) == (SECONDS, ["390"])
    assert (column(export, "lang").use, column(export, "lang").cells) == (LANGUAGE, ["zh"])
    assert column(export, "phq9_1").coding == CODES
    assert column(export, "helpers").separator == ";"
    # Under a question's wording a number may be a code or a place in a form.
    assert column(export, "您的心情").coding == LABELS


@needs_exports
def test_the_coded_export_of_wenjuan():
    export = PLATFORM.read(real("layout_skeletons", "coded_open_columns.csv"))
    assert export.rows == [2, 3, 4]
    assert uses(export, PERSONAL) == ["source", "ip_province", "ip_city", "ip", "browser", "os"]
    assert uses(export, ANSWER) == ["Q1", "Q2|A1|open", "Q3", "Q4|A1|open", "Q5|A1|open"]
    assert (column(export, "start").use, column(export, "finish").use) == (START, END)
    assert column(export, "start").cells == ["", "", "2024-05-06T08:01:02"]
    assert column(export, "finish").cells[2] == "2024-05-06T08:03:04"
    assert column(export, "time_used").cells == ["", "", "122"]
    assert column(export, "Q3").cells == ["", "2.0", "1.0"]
    assert column(export, "Q4|A1|open").cells[2] == "某某学校\n（东校区）"


def test_a_column_called_start_alone_is_a_question():
    assert uses(PLATFORM.read(source_of([["start", "phq9_1"], ["走", "1"]])), ANSWER) == ["start", "phq9_1"]


@pytest.mark.parametrize("names", [["=cmd", "\u202eabc", "  "], ["a" * 3000, "a" * 3000, "b"], ["1", "2", "3"]])
def test_any_names_will_do(names):
    assert len(PLATFORM.read(source_of([names, ["x", "y", "z"]])).columns) == 3


def test_what_is_no_table_of_answers_is_a_problem():
    assert problems_of(PLATFORM, source_of([["a", "b"]])) == ["no_data_row"]
    assert problems_of(PLATFORM, source_of([["问卷结果", ""], ["a", "b"], ["1", "2"]])) == ["title_above_header"]
    assert problems_of(PLATFORM, source_of("a,b\n1\n2,3,4\n")) == ["cells_do_not_fit"] * 2


def test_the_kits_names_may_be_in_capitals():
    export = PLATFORM.read(source_of([["CODE", "PHQ9_1", "Satisfied"], ["T100", "2", "2"]]))
    assert column(export, "PHQ9_1").coding == CODES
    assert column(export, "Satisfied").coding == LABELS
