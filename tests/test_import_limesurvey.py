from collections import Counter

import pytest
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
from wellbeing.importers.exports import EITHER, JOINED, NOT_ASKED, UNFINISHED
from wellbeing.importers.limesurvey import PLATFORM

BY_CODE = [
    ["id", "submitdate", "lastpage", "startlanguage", "startdate", "ipaddr", "token", "school", "phq9[1]", "phq9[2]"],
    ["1", "2026-11-02 09:01:07", "3", "zh-Hans", "2026-11-02 08:55:00", "10.0.0.1", "a1b2", "S001", "0", "3"],
    ["2", "", "1", "en", "2026-11-02 08:56:00", "10.0.0.2", "c3d4", "S002", "1", ""],
]


@needs_exports
def test_the_export_by_full_question_text_is_read():
    rows = raw_rows("limesurvey", "survey_998192_R_data_file.csv")
    export = PLATFORM.read(real("limesurvey", "survey_998192_R_data_file.csv"))
    assert len(export.rows) == len(rows) - 1 == 7
    assert export.rows == [2, 3, 4, 5, 6, 7, 8]
    assert {each.place for each in export.columns} == set(range(71))
    # README beside the file: unfinished answers have no submitdate.
    assert dict(export.left_out) == {at: UNFINISHED for at, row in enumerate(rows[1:]) if not row[1]}
    assert len(export.left_out) == 5
    assert column(export, "Date submitted").cells == ["2021-09-24T11:39:34", *[""] * 5, "2022-03-15T09:56:23"]
    assert column(export, "Date started").cells[3] == "2021-11-12T12:50:52"
    assert column(export, "Start language").cells == ["en", *["nl"] * 6]
    assert column(export, "Total time").cells == [row[51] for row in rows[1:]]
    assert (
        len(uses(export, "platform")) == 1 + 3 + 1 + 19
    )  # id; page, seed, last action; files; times by group, question
    for place in (8, 9, 11, 24, 34):
        told = Counter(row[place] for row in rows[1:])
        assert Counter(column_at(export, place).cells) == told
    assert column_at(export, 9).cells.count("-oth-") == 1


@needs_exports
def test_headings_lose_their_markup_and_give_the_row_of_an_array():
    export = PLATFORM.read(real("limesurvey", "survey_998192_R_data_file.csv"))
    assert column_at(export, 21).names == ('{if((age.NAOK > 65) && (gender.NAOK == "man"), 1,0)}',)
    assert column_at(export, 34).names == (
        "Describe yourselves [Openness]",
        "Describe yourselves - Openness",
        "Openness",
    )
    # Of a dual scale the row alone would be two columns.
    dual = column_at(export, 22).names
    assert dual[1].endswith("opgedaan - Scale 1")
    assert len(dual) == 2


@needs_exports
def test_multiple_choice_and_ranking_of_the_real_export_come_whole_and_in_parts():
    rows = raw_rows("limesurvey", "survey_998192_R_data_file.csv")
    export = PLATFORM.read(real("limesurvey", "survey_998192_R_data_file.csv"))
    schools = ["Primary School", "Secondary School", "Tertairy School", "Quartiary School"]
    chosen = [JOINED.join(s for s, cell in zip(schools, row[12:16], strict=True) if cell == "1") for row in rows[1:]]
    question = "Which educations have you ever done or seem kind of interesting maybe later, when you have time?"
    assert column(export, question).cells == chosen
    assert [column_at(export, place).also_in for place in range(12, 16)] == [12] * 4
    films = column(
        export, "What are the best movies you have ever seen?  Please order de movies from awesome to crappy."
    )
    assert films.cells[0].split(JOINED) == ["west", "star", "it", "lion", "tita"]
    assert films.cells[6].split(JOINED) == ["tita", "star", "west", "lion", "it"]


@needs_exports
def test_the_export_with_code_and_text_is_read():
    rows = raw_rows("limesurvey", "results_code_and_text_1.csv")
    export = PLATFORM.read(real("limesurvey", "results_code_and_text_1.csv"))
    assert (len(export.rows), len(export.columns)) == (2, 1362)
    # The colours in which the answers were shown stand around each of them.
    organisms = sum(row.count('<div><span style="color:#d35400;">Organism</span></div>') for row in rows[1:])
    assert organisms == 242
    assert sum(each.cells.count("Organism") for each in export.columns) == organisms
    assert sum(each.cells.count("Mat & Subst") for each in export.columns) == 146
    assert not any("<" in cell for each in export.columns for cell in each.cells)
    names = column(export, "tiliaCordata[SQ3]").names
    assert "tiliaCordata_SQ3" in names
    assert (
        "What data is in the repository for the German Tree of the Year 2016 'Tilia cordata'? [Tilia cordata]" in names
    )
    assert uses(export, "platform") == ["id. Response ID"]


@needs_exports
@pytest.mark.parametrize("file", ["survey.lss", "survey_structure_en_nl.tsv"])
def test_a_survey_structure_is_named_for_what_it_is(file):
    assert PLATFORM.recognises(real("limesurvey", file))
    assert problems_of(PLATFORM, real("limesurvey", file)) == ["form_not_answers"]


@needs_exports
def test_it_recognises_its_own_files_and_nobody_elses():
    for path in EXPORTS.rglob("*.*"):
        is_own = path.parent.name == "limesurvey" and "columns" not in path.name and "labels" not in path.name
        assert PLATFORM.recognises(source_of(path.read_bytes(), path.name)) == is_own, path.name


def test_headings_by_code_give_our_column_names():
    export = PLATFORM.read(source_of(BY_CODE))
    assert PLATFORM.recognises(source_of(BY_CODE))
    assert column(export, "phq9_1").cells == ["0", "1"]
    assert column(export, "phq9_1").names[0] == "phq9[1]"
    assert column(export, "phq9_2").coding == EITHER
    assert uses(export, "personal") == ["ipaddr", "token"]
    assert column(export, "startlanguage").cells == ["zh-CN", "en"]
    assert dict(export.left_out) == {1: UNFINISHED}


def test_code_and_text_may_be_parted_by_anything():
    rows = [
        ["id - 反馈ID", "submitdate - 提交日期", "sleep - 睡眠如何？", "tired[2] - 过去两周 [感到疲倦]"],
        ["7", "2026-11-02 09:01:07", "很好", "好几天"],
    ]
    export = PLATFORM.read(source_of(rows))
    assert PLATFORM.recognises(source_of(rows))
    assert {"tired_2", "tired[2]", "感到疲倦", "过去两周 [感到疲倦]"} <= set(column_at(export, 3).names)
    assert column(export, "睡眠如何？").cells == ["很好"]
    assert column(export, "submitdate").cells == ["2026-11-02T09:01:07"]


def test_chinese_headings_by_text_are_recognised():
    rows = [
        ["反馈ID", "提交日期", "末页", "起始语言", "开始时间", "总计时长", "性别"],
        ["1", "2026-11-02 09:01:07", "2", "zh-Hans", "2026-11-02 08:50:00", "667.2", "女"],
    ]
    export = PLATFORM.read(source_of(rows))
    assert PLATFORM.recognises(source_of(rows))
    assert column(export, "总计时长").cells == ["667.2"]
    assert uses(export, "answer") == ["性别"]


def test_a_multiple_choice_by_full_answers_knows_what_was_not_shown():
    rows = [
        ["id", "submitdate", "help[a]", "help[b]", "help[other]", "agree"],
        ["1", "2026-11-02 09:01:07", "是", "否", "", "是"],
        ["2", "2026-11-02 09:02:07", "N/A", "N/A", "", "N/A"],
        ["3", "2026-11-02 09:03:07", "是", "是", "朋友", "否"],
    ]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "help").cells == ["a", "{question_not_shown}", f"a{JOINED}b"]
    assert column(export, "help").missing["{question_not_shown}"] == NOT_ASKED
    assert column(export, "help").separator == JOINED
    # What was typed behind "other" is a question of its own, and never left out unseen.
    assert column(export, "help[other]").also_in is None
    assert column(export, "agree").missing["N/A"] == NOT_ASKED


def test_an_array_whose_answers_differ_is_no_ranking():
    rows = [
        ["id", "submitdate", "lastpage", "a. x [睡]", "b[1]", "b[2]"],
        ["1", "2026-11-02 09:01:07", "1", "2", "3", "3"],
    ]
    rows[0][3] = "a[1]"
    assert [each.names[0] for each in PLATFORM.read(source_of(rows)).columns if each.separator == JOINED] == []


def test_where_times_are_not_kept_the_first_of_1980_is_a_finished_record():
    rows = [["id", "submitdate", "lastpage", "q"], ["1", "1980-01-01 00:00:00", "4", "1"], ["2", "", "1", "2"]]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "submitdate").cells == ["", ""]
    assert column(export, "submitdate").unreadable == ()
    assert dict(export.left_out) == {1: UNFINISHED}


def test_a_time_that_is_none_is_told_and_the_record_not_called_unfinished():
    rows = [["id", "submitdate", "lastpage", "q"], ["1", "gestern", "4", "1"]]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "submitdate").unreadable == (0,)
    assert dict(export.left_out) == {}


def test_the_vv_file_is_read_with_its_marks():
    rows = [
        ["Response ID", "Date submitted", "Start language", "Mood", "PHQ (a)"],
        ["id", "submitdate", "startlanguage", "mood", "phq9_1"],
        ["1", "2026-11-02 09:01:07", "zh-Hans", "{quote}ok{quote} {lbrace}b}{newline}c", "2"],
        ["2", "{question_not_shown}", "en", "", "{question_not_shown}"],
    ]
    source = source_of(as_csv(rows, "\t"), "vvexport_123.txt")
    export = PLATFORM.read(source)
    assert PLATFORM.recognises(source)
    assert export.rows == [3, 4]
    assert column(export, "mood").cells[0] == '"ok" {b}\nc'
    assert column(export, "phq9_1").missing["{question_not_shown}"] == NOT_ASKED
    assert dict(export.left_out) == {1: UNFINISHED}


def test_times_by_question_and_uploaded_files_are_no_answers():
    rows = [
        ["id", "submitdate", "interviewtime", "groupTime12", "98X12X3time", "photo", "photo[filecount]", "attribute_1"],
        ["1", "2026-11-02 09:01:07", "61.5", "20.1", "3", '[{ "title":"t","name":"me.jpg" }]', "1", "语文组"],
    ]
    export = PLATFORM.read(source_of(rows))
    assert column(export, "interviewtime").use == "seconds"
    assert uses(export, "platform") == ["id", "groupTime12", "98X12X3time", "photo[filecount]"]
    assert uses(export, "personal") == ["photo", "attribute_1"]


def test_a_row_that_was_cut_is_a_problem():
    assert problems_of(PLATFORM, source_of([*BY_CODE, ["3", "2026"]])) == ["cells_do_not_fit"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_whatever_happened_to_a_file_it_is_read_or_refused(seed):
    is_sound(PLATFORM, source_of(damaged(BY_CODE, seed)))


def test_an_option_called_other_is_told_from_the_text_of_another_answer():
    header = ["id", "submitdate", "lastpage", "needs[pay]", "needs[other]", "films[star]", "films[other]"]
    rows = [
        ["1", "2026-11-02 09:00:00", "9", "Y", "Y", "", "七人"],
        ["2", "2026-11-02 09:00:00", "9", "", "Y", "Y", ""],
    ]
    export = PLATFORM.read(source_of([header, *rows]))
    assert column(export, "needs").cells == [f"pay{JOINED}other", "other"]
    typed = column(export, "films[other]")
    assert (typed.cells, typed.also_in) == (["七人", ""], None)
