import json
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
from wellbeing.importers.exports import (
    CODES,
    EITHER,
    JOINED,
    LABELS,
    NOT_ANSWERED,
    NOT_ASKED,
    PREVIEW,
    SPAM,
    UNCLEAR,
    UNFINISHED,
)
from wellbeing.importers.qualtrics import PLATFORM

META = ["StartDate", "EndDate", "Status", "Progress", "Duration (in seconds)", "Finished", "UserLanguage"]
TIMES = ["2026-11-02 08:55:01", "2026-11-02 09:01:07"]


def export_of(questions, *answers, meta=None, ids=True):
    """Lay answers out as Qualtrics does: questions are names with texts, answers the cells behind the metadata."""
    given_ids = [json.dumps({"ImportId": f"QID{at}"}) for at in range(len(META) + len(questions))]
    rows = [[*META, *questions], [*META, *questions.values()], *([given_ids] if ids else [])]
    for cells in answers:
        rows.append([*TIMES, *(meta or ["IP Address", "100", "366", "True", "ZH-S"]), *cells])
    return rows


MATRIX = {"Q1_1": "过去两周 - 做事提不起劲", "Q1_2": "过去两周 - 心情低落"}
MULTIPLE = {"Q5_1": "向谁求助？ - 家人", "Q5_2": "向谁求助？ - 同事", "Q5_3_TEXT": "向谁求助？ - 其他 - 文本"}


@needs_exports
def test_the_export_with_three_header_rows_is_read():
    rows = raw_rows("qualtrics", "qualtrics_raw_three_header_rows.csv")
    export = PLATFORM.read(real("qualtrics", "qualtrics_raw_three_header_rows.csv"))
    assert len(export.rows) == 100
    assert export.rows[0] == 4
    body = rows[3:]
    previews = [at for at, row in enumerate(body) if row[2] == "Survey Preview"]
    unfinished = [at for at, row in enumerate(body) if row[2] != "Survey Preview" and int(row[4]) < 100]
    assert {at for at, why in export.left_out.items() if why == PREVIEW} == set(previews)
    assert {at for at, why in export.left_out.items() if why == UNFINISHED} == set(unfinished)
    assert (len(previews), len(unfinished)) == (2, 6)
    assert column(export, "Duration (in seconds)").cells == [row[5] for row in body]
    assert column(export, "StartDate").cells[0] == "2020-12-11T12:06:52"
    assert column(export, "EndDate").cells == [row[1].replace(" ", "T") for row in body]
    assert Counter(column(export, "UserLanguage").cells) == {"en": 99, "de": 1}
    assert uses(export, "personal") == [
        *("IPAddress", "LocationLatitude", "LocationLongitude"),
        *("Browser", "Version", "Operating System", "Resolution"),
    ]
    assert uses(export, "answer") == []


@needs_exports
def test_the_small_export_in_german_is_read():
    export = PLATFORM.read(real("qualtrics", "sample.csv"))
    assert export.rows == [4]
    assert uses(export, "answer") == ["Q1", "Q2"]
    assert column(export, "This is a multiple choice question.").cells == ["2"]
    # One number tells neither whether it is a code nor whether it is a place.
    assert column(export, "Q1").coding == UNCLEAR
    assert column(export, "Q2").cells == ["Hello World!"]
    assert column(export, "UserLanguage").cells == ["de"]
    assert "Q2 - Topics" in uses(export, "platform")
    assert dict(export.left_out) == {}


@needs_exports
def test_the_legacy_export_is_read():
    export = PLATFORM.read(real("qualtrics", "sample_legacy.csv"))
    assert export.rows == [3]
    assert column(export, "StartDate").cells == ["2017-07-18T08:28:09"]
    assert column(export, "EndDate").use == "end"
    assert uses(export, "answer") == ["Q1", "Q2"]
    assert uses(export, "personal")[:4] == ["V3", "V4", "V5", "V6"]
    # The row ends with a separator; the column behind it is none.
    assert len(export.columns) == 15


@needs_exports
def test_it_recognises_its_own_files_and_nobody_elses():
    for path in EXPORTS.rglob("*.*"):
        is_own = path.parent.name == "qualtrics"
        assert PLATFORM.recognises(source_of(path.read_bytes(), path.name)) == is_own, path.name


def test_the_survey_file_is_named_for_what_it_is():
    source = source_of('{"SurveyEntry":{"SurveyID":"SV_1"},"SurveyElements":[]}', "survey.qsf")
    assert PLATFORM.recognises(source)
    assert problems_of(PLATFORM, source) == ["form_not_answers"]


@pytest.mark.parametrize("ids", [True, False])
def test_a_matrix_goes_by_its_code_its_text_and_its_row(ids):
    rows = export_of(MATRIX, ["完全不会", "好几天"], ids=ids)
    export = PLATFORM.read(source_of(rows))
    assert PLATFORM.recognises(source_of(rows))
    assert column(export, "Q1_1").names == ("Q1_1", "过去两周 - 做事提不起劲", "做事提不起劲")
    assert column(export, "心情低落").cells == ["好几天"]
    assert column(export, "心情低落").coding == LABELS
    assert export.rows == [4 if ids else 3]


def test_a_file_of_names_only_is_read():
    rows = [export_of(MATRIX)[0], *export_of(MATRIX, ["好几天", "好几天"])[3:]]
    assert PLATFORM.recognises(source_of(rows))
    assert PLATFORM.read(source_of(rows)).rows == [2]


def test_a_zero_in_a_matrix_shows_that_numbers_are_codes():
    without = PLATFORM.read(source_of(export_of(MATRIX, ["1", "2"], ["3", "3"])))
    assert column(without, "Q1_1").coding == UNCLEAR
    given_codes = PLATFORM.read(source_of(export_of(MATRIX | {"Q2": "性别"}, ["0", "2", "1"], ["3", "0", "2"])))
    assert [column(given_codes, name).coding for name in ("Q1_1", "Q1_2")] == [CODES] * 2
    # A question beside the matrix may have kept the numbers that Qualtrics gave its choices: agreement the other way.
    assert column(given_codes, "Q2").coding == UNCLEAR


def test_a_zero_that_somebody_typed_shows_nothing():
    rows = export_of(MATRIX | {"Q9": "几天？", "Q8_TEXT": "几小时？"}, ["1", "2", "0", "0"], ["2", "3", "5", "1"])
    export = PLATFORM.read(source_of(rows))
    assert column(export, "Q1_1").coding == UNCLEAR
    assert column(export, "Q8_TEXT").coding == LABELS


def test_options_by_text_are_one_question_with_what_was_typed_beside_it():
    rows = export_of(MULTIPLE, ["家人", "", ""], ["家人", "同事", "校医"], ["", "", ""])
    export = PLATFORM.read(source_of(rows))
    whole = column(export, "Q5")
    assert whole.cells == ["家人", f"家人{JOINED}同事", ""]
    assert "向谁求助？" in whole.names
    assert column(export, "Q5_1").also_in == whole.place
    assert column(export, "Q5_3_TEXT").also_in is None


def test_options_by_number_bring_their_texts():
    export = PLATFORM.read(source_of(export_of(MULTIPLE, ["1", "", ""], ["1", "1", ""])))
    whole = column(export, "Q5")
    assert whole.cells == ["1", f"1{JOINED}2"]
    assert whole.labels == {"1": "家人", "2": "同事"}
    assert whole.coding == EITHER


def test_ranks_are_put_in_order():
    ranked = {"Q6_1": "排序 - 睡眠", "Q6_2": "排序 - 运动", "Q6_3": "排序 - 交谈"}
    export = PLATFORM.read(source_of(export_of(ranked, ["2", "3", "1"], ["1", "", ""])))
    assert column(export, "Q6").cells == [f"交谈{JOINED}睡眠{JOINED}运动", "睡眠"]


def test_seen_and_left_blank_is_told_from_not_shown():
    rows = export_of(MATRIX | MULTIPLE, ["好几天", "-99", "-99", "-99", ""], ["好几天", "", "", "", ""])
    rows[3][7 + 3] = "0"
    rows.append([*rows[4][:7], "好几天", "好几天", "家人", "同事", ""])
    export = PLATFORM.read(source_of(rows))
    assert column(export, "Q1_2").missing == {"-99": NOT_ANSWERED, "": NOT_ASKED}
    assert column(export, "Q5").cells == ["-99", "", f"家人{JOINED}同事"]
    told = PLATFORM.read(source_of(export_of(MATRIX, ["好几天", ""])))
    assert column(told, "Q1_2").missing == {}


@pytest.mark.parametrize(
    ("status", "progress", "finished", "reason"),
    [
        ("IP Address", "100", "True", None),
        ("0", "100", "1", None),
        ("1", "100", "1", PREVIEW),
        ("Survey Preview", "100", "True", PREVIEW),
        ("8", "100", "1", SPAM),
        ("Spam", "100", "True", SPAM),
        ("2", "100", "1", PREVIEW),
        ("16", "100", "1", None),
        ("0", "57", "0", UNFINISHED),
        ("IP Address", "57", "False", UNFINISHED),
        ("IP Address", "57", "", UNFINISHED),
        ("IP Address", "100", "FALSE", UNFINISHED),
    ],
)
def test_what_is_no_filling_is_left_out_with_the_reason(status, progress, finished, reason):
    rows = export_of(MATRIX, ["1", "1"], meta=[status, progress, "366", finished, "EN"])
    assert PLATFORM.read(source_of(rows)).left_out.get(0) == reason


def test_a_preview_is_known_by_its_channel_in_whatever_language_the_status_is():
    rows = export_of({"DistributionChannel": "分发渠道", "Q1": "问"}, ["preview", "1"])
    assert PLATFORM.read(source_of(rows)).left_out == {0: PREVIEW}


def test_timing_order_and_embedded_scores_are_no_answers_and_the_recipient_is_dropped():
    rows = export_of(
        {
            "Q7_First Click": "Timing - First Click",
            "Q7_Page Submit": "Timing - Page Submit",
            "Q1_DO": "过去两周 - Display Order",
            "FL_12_DO_Q1": "FL_12 - Display Order",
            "RecipientEmail": "Recipient Email",
            "ExternalReference": "External Data Reference",
            "Q3_Browser": "Browser Meta Info - Browser",
            "SC0": "Score",
            "Q4_Id": "Photo - Id",
            "Q_RecaptchaScore": "Q_RecaptchaScore",
        },
        ["0.5", "8", "1|2", "Q1", "a@b.cn", "x", "Chrome", "7", "F_1", "0.9"],
    )
    export = PLATFORM.read(source_of(rows))
    assert uses(export, "personal") == ["RecipientEmail", "ExternalReference", "Q3_Browser"]
    assert uses(export, "answer") == []


def test_languages_of_qualtrics_become_the_kits():
    rows = [
        row
        for code in ("ZH-S", "ZH-T", "EN-GB", "?")
        for row in export_of(MATRIX, ["1", "1"], meta=[*("0", "100", "3", "1"), code])[3:]
    ]
    export = PLATFORM.read(source_of([*export_of(MATRIX), *rows]))
    assert column(export, "UserLanguage").cells == ["zh-CN", "zh-TW", "en-GB", ""]
    assert column(export, "UserLanguage").unreadable == (3,)


def test_texts_lose_their_markup():
    rows = export_of({"Q1": "<b>心情</b>&nbsp;如何？<br>请选择"}, ["<span>很好</span>"])
    export = PLATFORM.read(source_of(rows))
    assert column_at(export, 7).names[1] == "心情\xa0如何？ 请选择"
    assert column_at(export, 7).cells == ["很好"]


def test_a_file_with_headers_only_is_a_problem():
    assert problems_of(PLATFORM, source_of(export_of(MATRIX))) == ["no_data_row"]


def test_tabs_and_utf16_are_read():
    text = as_csv(export_of(MATRIX, ["好几天", "好几天"]), "\t")
    assert column(PLATFORM.read(source_of(text.encode("utf-16"))), "Q1_1").cells == ["好几天"]


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from([export_of(MATRIX, ["1", "2"], ["0", "-99"]), export_of(MULTIPLE, ["家人", "", ""], ids=False)]),
)
def test_whatever_happened_to_a_file_it_is_read_or_refused(seed, rows):
    is_sound(PLATFORM, source_of(damaged(rows, seed)))
