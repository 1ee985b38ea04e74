"""From an export to a wave: own questions, kinds of missing answers, rows set aside, personal columns, the command."""

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.aggregates import aggregate
from wellbeing.cli import call
from wellbeing.disclosure.units import form_units
from wellbeing.errors import InputError
from wellbeing.followup.triage import worklist
from wellbeing.importers.exports import (
    CODES,
    EITHER,
    END,
    JOINED,
    LABELS,
    NO_CONSENT,
    ORDINALS,
    PERSONAL,
    PREVIEW,
    SECONDS,
    START,
    UNCLEAR,
    UNFINISHED,
    Export,
    ExportColumn,
)
from wellbeing.importers.findings import ASIDE, NOTICE, STOP, Stopped
from wellbeing.importers.intake import take_in
from wellbeing.importers.matching import match_columns, proposals
from wellbeing.importers.reading import interpret
from wellbeing.importers.reports import quarantine_path, report_path
from wellbeing.instruments import NotApplicable, Text, load_instrument
from wellbeing.personal import column_kind, header_kind, mask
from wellbeing.responses import consenting, frame_of, read_responses
from wellbeing.scoring import score, score_survey
from wellbeing.surveys import AnswerMap, Condition, Option, Part, Question, load_survey, read_roster
from wellbeing.texts import LANGUAGES
from wellbeing.workspace import Workspace

KIT = Path(__file__).parents[1]
SURVEY = load_survey(Workspace(KIT), "screening")
WAVE = "2026-autumn"
ROSTER_TEXT = (
    "school_id,name,town,kind,rural,staff\n"
    "S001,青云镇中心小学,青云镇,primary,yes,40\n"
    "S002,河口中学,河口镇,junior,yes,10\n"
)

STRAINS = Question(
    "strains",
    "multiple",
    Text("哪些事情让您最累？", "What strains you most?"),
    (
        Option("meetings", Text("会议", "Meetings")),
        Option("forms", Text("填表、报表", "Forms, reports")),
        Option("reports", Text("报告", "reports")),
        Option("duty", Text("值班", "Duty")),
    ),
)
WISHES = Question(
    "wishes",
    "ranking",
    Text("请排序", "Please rank"),
    (Option("time", Text("时间", "Time")), Option("money", Text("待遇", "Pay")), Option("calm", Text("安静", "Calm"))),
)
YEARS = Question("years", "number", Text("教龄", "Years of teaching"), low=0, high=60, place="before")
WORDS = Question("words", "text", Text("您有什么建议？", "What would help?"))
MOOD = Question(
    "mood",
    "choice",
    Text("今天心情", "Mood today"),
    (Option("good", Text("好", "Good")), Option("bad", Text("不好", "Bad"))),
)
OWN = replace(SURVEY, parts=SURVEY.parts[:1], questions=(*SURVEY.questions, YEARS, STRAINS, WISHES, WORDS, MOOD))
PHQ = [f"phq9_{n}" for n in range(1, 10)]


@pytest.fixture
def workspace(tmp_path):
    shutil.copytree(KIT / "surveys", tmp_path / "surveys")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "roster.csv").write_text(ROSTER_TEXT, encoding="utf-8")
    return Workspace(tmp_path)


@pytest.fixture(scope="module")
def roster(tmp_path_factory):
    path = tmp_path_factory.mktemp("roster") / "roster.csv"
    path.write_text(ROSTER_TEXT, encoding="utf-8")
    return read_roster(path)


def export_of(survey, count=3, columns=None, left_out=None, platform="plain", **cells):
    """An export with right answers by code, but for the cells given: column to one cell for all, or a list."""
    own = {
        "school_id": "S001",
        "code": [f"CODE{at:04d}" for at in range(count)],
        "submitted": [f"2026-11-02T09:{at % 60:02d}:07" for at in range(count)],
        "seconds": "300",
        "consent_statistics": "yes",
        "consent_contact": "yes",
    }
    own |= dict.fromkeys(("sex", "age_band", "role"), "")
    own |= {item.column: str(item.codes[0]) for item in survey.items}
    own |= {question.id: "" for question in survey.own_questions}
    own |= cells
    made = [
        ExportColumn(place, (name,), value if isinstance(value, list) else [value] * count, coding=EITHER)
        for place, (name, value) in enumerate(own.items())
    ]
    made = [(columns or {}).get(column.names[0], column) for column in made]
    made += [column for name, column in (columns or {}).items() if name not in own]
    return Export(platform, "a.csv", "d1", tuple(made), list(range(2, count + 2)), left_out=left_out or {})


def column_of(name, cells, **changes):
    return ExportColumn(90, (name,), cells, **({"coding": LABELS} | changes))


def found(imported):
    return [(each.severity, each.problem.what) for each in imported.findings]


def stopped(export, survey, roster):
    with pytest.raises(Stopped) as caught:
        interpret(export, survey, roster)
    for lang in LANGUAGES:
        assert caught.value.message(lang)
    return [(problem.what, problem.row, problem.column) for problem in caught.value.problems]


# --- questions of the survey's own


@pytest.mark.parametrize(
    ("cells", "separator", "coding", "answer"),
    [
        pytest.param("会议┋值班", "┋", LABELS, "meetings;duty", id="问卷星"),
        pytest.param("值班┋会议〖晚自习，周末〗", "┋", LABELS, "meetings;duty", id="text behind an option"),
        pytest.param("Duty, Meetings", ", ", LABELS, "meetings;duty", id="Google, another order"),
        pytest.param("Forms, reports, Duty", ", ", LABELS, None, id="to be read in two ways"),
        pytest.param("Sport, Duty", ", ", LABELS, None, id="an option that is none"),
        pytest.param("会议;值班;", ";", LABELS, "meetings;duty", id="Microsoft"),
        pytest.param(f"meetings{JOINED}Forms, reports", None, EITHER, "meetings;forms", id="a column an option"),
        pytest.param("填表、报表", "┋", LABELS, "forms", id="one alone"),
        pytest.param("1┋4", "┋", ORDINALS, "meetings;duty", id="by place"),
        pytest.param("meetings;duty", ";", CODES, "meetings;duty", id="as the kit keeps it"),
        pytest.param("会议;" * 500, ";", LABELS, None, id="more parts than any form has options"),
    ],
)
def test_several_answers_in_a_cell(roster, cells, separator, coding, answer):
    column = column_of("strains", [cells], separator=separator, coding=coding)
    export = export_of(OWN, 1, {"strains": column})
    if answer is None:
        assert [what for what, _, _ in stopped(export, OWN, roster)] == ["not_an_option"]
    else:
        assert interpret(export, OWN, roster).responses.answers["strains"].tolist() == [answer]


@pytest.mark.parametrize(
    ("cell", "separator", "answer"),
    [("待遇→时间→安静", "→", "money>time>calm"), ("Pay>Time", None, "money>time"), ("待遇→待遇", "→", None)],
)
def test_a_ranking_is_from_first_to_last(roster, cell, separator, answer):
    export = export_of(OWN, 1, {"wishes": column_of("wishes", [cell], separator=separator)})
    if answer is None:
        assert stopped(export, OWN, roster)[0][0] == "not_an_option"
    else:
        assert interpret(export, OWN, roster).responses.answers["wishes"].tolist() == [answer]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("7", 7.0), ("7.5", 7.5), ("７", 7.0), ("61", None), ("-1", None), ("七年", None), ("1e2", None)],
)
def test_a_number_lies_within_its_limits(roster, cell, value):
    export = export_of(OWN, 1, years=[cell])
    if value is None:
        assert stopped(export, OWN, roster) == [("not_a_number", 2, "years")]
    else:
        assert interpret(export, OWN, roster).responses.answers["years"].tolist() == [value]


def test_own_questions_are_stored_and_read_back(workspace, roster):
    cells = {
        "years": ["3", ""],
        "strains": ["meetings;duty", ""],
        "wishes": ["calm>time", ""],
        "words": ["少开会，\n行吗", ""],
    }
    export = export_of(OWN, 2, **cells, mood=["Good", "不好"])
    take_in(workspace, OWN, WAVE, roster, export)
    answers = read_responses(OWN, WAVE, workspace).answers
    assert answers.loc[0, ["years", "strains", "wishes", "mood"]].tolist() == [3, "meetings;duty", "calm>time", "good"]
    assert answers.loc[0, "words"] == "少开会，\n行吗"
    assert answers.loc[1, ["years", "strains", "wishes", "words"]].isna().all()


# --- labels and codes


@pytest.mark.parametrize(
    ("cells", "labels", "coding", "codes"),
    [
        # As another statistics file stores the same answers: what a code means is said by the file, not by the code.
        (["1", "4"], {"1": "Not at all", "2": "Several days", "4": "Nearly every day"}, CODES, [0, 3]),
        (["0", "3"], {"0": "完全不会", "3": "几乎每天"}, CODES, [0, 3]),
        (["0", "3"], {}, CODES, [0, 3]),
        (["0.0", "3"], {"0": "0", "3": ""}, CODES, [0, 3]),
        (["NOT AT ALL", "几乎每天"], {}, LABELS, [0, 3]),
        (["A1", "A4"], {"A1": "Not at all", "A4": "Nearly every day"}, EITHER, [0, 3]),
        # Only the ends are labelled, as the definition has them.
        (["1", "2"], {"0": "Not at all", "3": "Nearly every day", "9": "不愿意"}, CODES, [1, 2]),
    ],
)
def test_codes_are_read_through_the_labels_of_the_file(roster, cells, labels, coding, codes):
    column = column_of("phq9_1", cells, labels=labels, coding=coding)
    assert (
        interpret(export_of(SURVEY, 2, {"phq9_1": column}), SURVEY, roster).responses.answers["phq9_1"].tolist()
        == codes
    )


def test_a_code_whose_label_nobody_knows_is_not_taken_for_the_definitions(roster):
    # 1 may well mean "never" in that file.
    column = column_of("phq9_1", ["1"], labels={"1": "Nie", "2": "Manchmal"}, coding=CODES)
    assert stopped(export_of(SURVEY, 1, {"phq9_1": column}), SURVEY, roster) == [("unknown_code", 2, "phq9_1")]
    told = replace(SURVEY, recode={"phq9": AnswerMap({1: 0, 2: 1})})
    answers = interpret(
        export_of(told, 1, {"phq9_1": column}, **dict.fromkeys(PHQ[1:], "1")), told, roster
    ).responses.answers
    assert answers["phq9_1"].tolist() == [0]


@pytest.mark.parametrize(
    "labels",
    [
        # Turned round: 1 is more than half the days. From 1: 1 is not at all, and 2 and 3 are one less than they seem.
        {"0": "Nearly every day", "3": "Not at all"},
        {"1": "Not at all", "4": "Nearly every day"},
    ],
)
def test_a_code_without_a_label_is_not_guessed_beside_labels_that_differ(roster, labels):
    export = export_of(SURVEY, 1, {"phq9_1": column_of("phq9_1", ["2"], labels=labels, coding=CODES)})
    assert stopped(export, SURVEY, roster) == [("unknown_code", 2, "phq9_1")]


@pytest.mark.parametrize("cell", ["①", "⑴", "¹"])
@pytest.mark.parametrize("coding", [CODES, EITHER, ORDINALS])
def test_a_circled_number_may_be_the_place_of_an_answer_or_its_code(roster, cell, coding):
    export = export_of(SURVEY, 1, {"phq9_9": column_of("phq9_9", [cell], coding=coding)})
    assert [row for _, row, column in stopped(export, SURVEY, roster) if column == "phq9_9"] == [2]


def test_it_is_told_that_numbers_were_read_by_their_place(roster):
    by_place = interpret(export_of(SURVEY, 1, {"phq9_9": column_of("phq9_9", ["1"], coding=ORDINALS)}), SURVEY, roster)
    assert found(by_place) == [(NOTICE, "read_by_place")]
    assert by_place.responses.answers["phq9_9"].tolist() == [0]
    assert found(interpret(export_of(SURVEY, 1), SURVEY, roster)) == []


def test_numbers_that_are_unclear_are_told_once(roster):
    columns = {name: column_of(name, ["1"], coding=UNCLEAR) for name in ("phq9_1", "consent_contact")}
    columns["sex"] = column_of("sex", ["2"])
    assert stopped(export_of(SURVEY, 1, columns), SURVEY, roster) == [("numbers_unclear", None, None)]


def with_own_answers(code):
    """The screening with a typed number, a row of digits and a question of its own whose answers have these codes."""
    parts = tuple(Part(load_instrument(name), load_instrument(name).scales[:1]) for name in ("ipaq_sf", "enps"))
    own = Question("fair", "choice", Text("公平吗？", "Fair?"), (Option(code, Text("公平", "Yes")),))
    return replace(SURVEY, parts=(*SURVEY.parts, *parts), questions=(*SURVEY.questions, own))


def test_a_number_that_was_typed_or_is_its_own_label_is_not_unclear(roster):
    survey = with_own_answers("fair")
    told = {name: column_of(name, ["7"], coding=UNCLEAR) for name in ("ipaq_sf_1", "enps_1")}
    read = interpret(export_of(survey, 1, told | {"fair": column_of("fair", ["公平"])}), survey, roster)
    assert read.responses.answers[["ipaq_sf_1", "enps_1"]].to_numpy().tolist() == [[7, 7]]


def test_places_of_a_row_of_digits_are_read_by_the_files_labels(roster):
    survey = with_own_answers("fair")
    labels = {str(place): str(place - 1) for place in range(1, 12)}
    told = {"enps_1": column_of("enps_1", ["11", "1"], labels=labels, coding=CODES)}
    told |= {"fair": column_of("fair", ["公平"] * 2)}
    assert interpret(export_of(survey, 2, told), survey, roster).responses.answers["enps_1"].tolist() == [10, 0]


@pytest.mark.parametrize("cell", ["B.好几天", "B、 好几天", "（2）好几天", "2. 好几天", "b) several days"])
def test_what_a_forms_author_put_before_an_option_is_taken_off(roster, cell):
    export = export_of(SURVEY, 1, {"phq9_9": column_of("phq9_9", [cell])})
    assert interpret(export, SURVEY, roster).responses.answers["phq9_9"].tolist() == [1]


@pytest.mark.parametrize("cell", ["1.2", "A.2", "好几天.完全不会", "A.B.好几天"])
def test_nothing_else_is_taken_off(roster, cell):
    export = export_of(SURVEY, 1, {"phq9_9": column_of("phq9_9", [cell])})
    assert [row for _, row, column in stopped(export, SURVEY, roster) if column == "phq9_9"] == [2]


def test_a_header_that_was_cut_short_is_shown_with_the_question_that_begins_so(roster):
    export = export_of(SURVEY, 1, {"phq9_6": column_of("第3部分 [觉得自己很糟，或觉..", ["完全不会"])})
    with pytest.raises(Stopped) as caught:
        interpret(export, SURVEY, roster)
    unknown = next(problem for problem in caught.value.problems if problem.what == "unknown_header")
    assert unknown.fields["example"] == "phq9_6"


def test_unclear_numbers_of_an_own_question_are_not_taken_for_its_codes(roster):
    # 5 may be its first answer, or the one whose code is 5.
    survey = with_own_answers("5")
    told = {"fair": column_of("fair", ["5"], coding=UNCLEAR)}
    assert stopped(export_of(survey, 1, told), survey, roster) == [("numbers_unclear", None, None)]


@pytest.mark.parametrize("kind", ["refused", "not_applicable", "not_answered", "unreadable"])
@pytest.mark.parametrize("cell", ["不愿回答", "9"])
def test_what_is_no_answer_is_named_by_its_kind(roster, kind, cell):
    export = export_of(SURVEY, 2, phq9_9=[cell, "1"])
    assert stopped(export, SURVEY, roster)[0][0] == "unknown_code"
    responses = interpret(export, replace(SURVEY, labels={"phq9": {cell: kind}}), roster).responses
    assert responses.answers["phq9_9"].isna().tolist() == [True, False]
    assert responses.missing["phq9_9"].tolist()[0] == kind
    assert responses.missing["phq9_9"].isna().tolist() == [False, True]


def test_a_platforms_own_marks_and_the_files_missing_values_keep_their_kind(roster):
    column = column_of(
        "phq9_9",
        ["-3", "(空)", "99", "1"],
        missing={"-3": "not_asked", "（空）": "not_answered", "99": "refused"},
        coding=CODES,
    )
    responses = interpret(export_of(SURVEY, 4, {"phq9_9": column}), SURVEY, roster).responses
    assert responses.missing["phq9_9"].tolist()[:3] == ["not_asked", "not_answered", "refused"]


def test_an_answer_that_does_not_apply_and_a_number_without_labels(roster):
    first, second, *rest = SURVEY.parts[0].instrument.items
    typed = replace(first, answers=(), limits=(0, 7))
    skipped = replace(second, not_applicable=(NotApplicable("NA", Text("不适用", "Does not apply")),))
    part = replace(SURVEY.parts[0], instrument=replace(SURVEY.parts[0].instrument, items=(typed, skipped, *rest)))
    survey = replace(SURVEY, parts=(part,))
    cells = {name: [item.answers[0].label.zh] * 3 for name, item in zip(PHQ[2:], rest, strict=True)}
    columns = {name: column_of(name, given) for name, given in cells.items()}
    columns["phq9_1"] = column_of("phq9_1", ["5", "0", "7"])
    columns["phq9_2"] = column_of("phq9_2", ["不适用", "does not apply", "好几天"])
    responses = interpret(export_of(survey, 3, columns), survey, roster).responses
    assert responses.answers["phq9_1"].tolist() == [5, 0, 7]
    assert responses.missing["phq9_2"].tolist()[:2] == ["not_applicable"] * 2
    columns["phq9_1"] = column_of("phq9_1", ["8", "0", "7"])
    assert stopped(export_of(survey, 3, columns), survey, roster) == [("unknown_code", 2, "phq9_1")]


def test_an_unknown_label_stops_everything_for_it_may_be_the_worst_answer(workspace, roster):
    export = export_of(SURVEY, 3, phq9_9=["0", "天天想", "0"])
    with pytest.raises(Stopped):
        take_in(workspace, SURVEY, WAVE, roster, export)
    assert not (workspace.working("screening", WAVE) / "answers").exists()
    assert not (workspace.raw("screening", WAVE) / "files.json").exists()


# --- routing and two stages


def test_who_was_not_asked_left_nothing_out(roster):
    survey = replace(
        OWN,
        routing={
            "mood": (Condition(("strains",), None, ("duty",)), Condition(("phq9_1", "phq9_2"), 3)),
            "years": (Condition(("sex",), None, ("male",)),),
        },
    )
    export = export_of(
        survey,
        5,
        strains=["duty;meetings", "meetings", "meetings", "", "meetings"],
        phq9_1=["0", "0", "2", "0", ""],
        phq9_2=["0", "0", "1", "0", ""],
        sex=["female", "male", "", "female", "female"],
    )
    missing = interpret(export, survey, roster).responses.missing
    # Asked: duty chosen; 2 + 1 = 3; nothing known of the strains; nothing known of the sum. Not asked: neither held.
    assert missing["mood"].tolist() == ["not_answered", "not_asked", "not_answered", "not_answered", "not_answered"]
    assert missing["years"].tolist() == ["not_asked", "not_answered", "not_answered", "not_asked", "not_asked"]


def test_an_answer_stays_an_answer_though_the_form_should_not_have_asked(roster):
    survey = replace(SURVEY, routing={"phq9_9": (Condition(("phq9_1", "phq9_2"), 3),)})
    responses = interpret(export_of(survey, 1, phq9_9=["2"]), survey, roster).responses
    assert responses.answers["phq9_9"].tolist() == [2]
    assert responses.missing["phq9_9"].isna().all()


def test_the_rest_of_an_instrument_is_never_prorated_from_its_first_two_items(roster):
    survey = replace(SURVEY, routing=dict.fromkeys(PHQ[2:], (Condition(("phq9_1", "phq9_2"), 3),)))
    cells = {name: ["", "1"] for name in PHQ[2:]} | {"phq9_1": ["1", "2"], "phq9_2": ["1", "1"]}
    responses = interpret(export_of(survey, 2, **cells), survey, roster).responses
    assert responses.missing[PHQ[2:]].iloc[0].tolist() == ["not_asked"] * 7
    scores = score(responses.answers, survey.parts[0].instrument)
    assert np.isnan(scores["phq9_total"].iloc[0])
    assert scores["phq9_total"].iloc[1] == 2 + 1 + 7


# --- consent


@pytest.mark.parametrize(
    ("statistics", "contact", "kept"),
    [
        ("yes", "no", True),
        ("no", "yes", True),
        ("no", "no", False),
        ("", "", False),
        ("", "yes", True),
        ("no", "", False),
    ],
)
def test_who_agrees_to_nothing_is_not_read(roster, statistics, contact, kept):
    export = export_of(SURVEY, 2, consent_statistics=[statistics, "yes"], consent_contact=[contact, "yes"])
    imported = interpret(export, SURVEY, roster)
    assert len(imported.responses.answers) == 1 + kept
    assert imported.record.set_aside == ({} if kept else {"row_no_consent": 1})


def test_no_answer_of_somebody_without_consent_is_used_or_kept_anywhere(workspace, roster):
    # The worst answers of all, and texts that would be found again.
    worst = {item.column: [str(max(item.codes)), str(item.codes[0])] for item in SURVEY.items}
    worst |= {"consent_statistics": ["no", "yes"], "consent_contact": ["no", "yes"], "code": ["CANARY01", "CODE0002"]}
    taken = take_in(workspace, SURVEY, WAVE, roster, export_of(SURVEY, 2, **worst))
    responses = read_responses(SURVEY, WAVE, workspace)
    assert responses.answers["code"].tolist() == ["CODE0002"]
    scored = score(responses.answers, SURVEY.parts[0].instrument)
    assert scored["phq9_total"].max() < 27
    assert all(len(consenting(responses, purpose)[0].answers) == 1 for purpose in ("statistics", "contact"))
    assert len(taken.quality.respondents) == 1
    for path in workspace.root.rglob("*"):
        if path.is_file() and "data" in path.parts and path.suffix in {".csv", ".json", ".md"}:
            assert "CANARY01" not in path.read_text(encoding="utf-8"), path
    quarantine = pd.read_csv(quarantine_path(workspace, "screening", WAVE, "a.csv"), dtype="str")
    assert quarantine.drop(columns=["row", "rule"]).isna().all(axis=None)


def test_each_consent_covers_its_own_purpose_down_to_figures_and_worklist(roster):
    # Ten people below every line, then two with the worst answers: one agrees to statistics, one to contact.
    worst = {item.column: ["0"] * 10 + ["3"] * 2 for item in SURVEY.items if item.column[:4] in ("phq9", "gad7")}
    well = {item.column: "5" for item in SURVEY.items if item.column.startswith("who5")}
    calm = {item.column: "0" for item in SURVEY.items if item.column.startswith("cbi")}
    consents = {"consent_statistics": ["yes"] * 11 + ["no"], "consent_contact": ["yes"] * 10 + ["no", "yes"]}
    responses = interpret(export_of(SURVEY, 12, **worst, **well, **calm, **consents), SURVEY, roster).responses
    scored = score_survey(SURVEY, responses.answers)
    listed = worklist(SURVEY, responses, scored, None)
    assert listed["code"].tolist() == ["CODE0011"]
    counted = aggregate(SURVEY, responses, scored, form_units(roster, SURVEY.policy))
    assert counted.left_out == 1
    figures = counted.figures
    assert figures.loc[figures["measure"].eq("phq9_total") & figures["group"].eq("all"), "n"].sum() == 11


def test_consent_to_one_purpose_does_not_cover_the_other(roster):
    export = export_of(SURVEY, 2, consent_statistics=["no", "yes"], consent_contact=["yes", "no"])
    responses = interpret(export, SURVEY, roster).responses
    assert consenting(responses, "statistics")[0].answers["code"].tolist() == ["CODE0001"]
    assert consenting(responses, "contact")[0].answers["code"].tolist() == ["CODE0000"]


def test_the_version_of_the_consent_travels_with_the_record(roster):
    assert interpret(export_of(SURVEY, 1), SURVEY, roster).responses.answers["consent_version"].tolist() == ["1"]
    export = export_of(SURVEY, 2, consent_version=["0.9", ""])
    assert interpret(export, SURVEY, roster).responses.answers["consent_version"].tolist() == ["0.9", "1"]


# --- rows


def test_what_the_platform_left_out(roster):
    left_out = {0: PREVIEW, 1: UNFINISHED, 2: NO_CONSENT, 3: UNFINISHED}
    cells = {"phq9_9": ["天天", "3", "x", ""], "consent_statistics": ["", "yes", "yes", ""]}
    imported = interpret(
        export_of(SURVEY, 4, left_out=left_out, **cells, consent_contact=["", "yes", "yes", ""]), SURVEY, roster
    )
    # The unfinished answer of somebody who agreed, and who is in danger, is there.
    assert imported.responses.answers["phq9_9"].tolist() == [3]
    assert imported.record.set_aside == {"row_no_consent": 2, "row_preview": 1}
    assert imported.record.unfinished == 1
    assert (NOTICE, "unfinished_kept") in found(imported)


@pytest.mark.parametrize(
    ("changes", "left_out", "kept", "set_aside", "duplicates"),
    [
        pytest.param({}, {}, [2], {}, 1, id="the same answers: one person"),
        pytest.param({"phq9_9": ["0", "3"]}, {}, [], {"code_twice": 2}, 0, id="other answers: nobody can say"),
        pytest.param({"phq9_9": ["", "0"]}, {}, [], {"code_twice": 2}, 0, id="a blank is another answer"),
        pytest.param({"phq9_9": ["", "0"]}, {0: UNFINISHED}, [3], {}, 1, id="begun, and then finished"),
        pytest.param({"phq9_9": ["3", "0"]}, {0: UNFINISHED}, [], {"code_twice": 2}, 0, id="begun with another answer"),
    ],
)
def test_the_same_code_twice(roster, changes, left_out, kept, set_aside, duplicates):
    export = export_of(SURVEY, 2, left_out=left_out, code=["AB-CD 12", "abcd12"], **changes)
    imported = interpret(export, SURVEY, roster)
    assert imported.responses.answers.index.tolist() == kept
    assert (imported.record.set_aside, imported.record.duplicates) == (set_aside, duplicates)


def test_a_required_question_of_ones_own(roster):
    survey = replace(
        OWN,
        questions=(*SURVEY.questions, replace(MOOD, required=True)),
        routing={"mood": (Condition(("sex",), None, ("male",)),)},
    )
    export = export_of(
        survey, 4, sex=["male", "male", "female", ""], mood=["good", "", "", ""], left_out={3: UNFINISHED}
    )
    imported = interpret(export, survey, roster)
    assert imported.record.set_aside == {"required_blank": 1}
    assert imported.responses.answers.index.tolist() == [2, 4, 5]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["S001", "S002", "S009", "青云镇中心小学", ""]),
            st.sampled_from(["AAAA1", "AAAA2", "BBBB1", "", "x", "13800001234"]),
            st.sampled_from(["yes", "no", ""]),
            st.sampled_from(["0", "3", ""]),
            st.sampled_from([None, PREVIEW, UNFINISHED, NO_CONSENT, "spam"]),
        ),
        min_size=1,
        max_size=9,
    )
)
@settings(max_examples=30, deadline=None)
def test_rows_always_add_up(roster, rows):
    schools, codes, consents, answers, reasons = zip(*rows, strict=True)
    left_out = {at: reason for at, reason in enumerate(reasons) if reason}
    export = export_of(
        SURVEY,
        len(rows),
        left_out=left_out,
        school_id=list(schools),
        code=list(codes),
        consent_statistics=list(consents),
        consent_contact=list(consents),
        phq9_9=list(answers),
    )
    imported = interpret(export, SURVEY, roster)
    record = imported.record
    assert record.rows_read == len(rows)
    assert record.rows_kept == len(imported.responses.answers)
    assert len(imported.quarantine) == record.rows_aside
    accepted = set(imported.responses.answers.index)
    assert accepted.isdisjoint(imported.quarantine["row"])
    assert imported.responses.answers["code"].dropna().is_unique
    assert imported.responses.answers[["consent_statistics", "consent_contact"]].eq("yes").any(axis=1).all()
    assert imported.responses.missing.shape == imported.responses.answers[[i.column for i in SURVEY.items]].shape


ODD_CELLS = st.one_of(st.text(max_size=8), st.sampled_from(["1", "#N/A", "=1+1", "2026-11-02", "yes", ";", "→"]))
NAMES = [*SURVEY.columns, "strains", "wishes", "years", "words"]


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=4),
    st.dictionaries(
        st.sampled_from(NAMES),
        st.tuples(
            st.lists(ODD_CELLS, min_size=3, max_size=3),
            st.sampled_from([LABELS, CODES, EITHER, ORDINALS, UNCLEAR]),
            st.sampled_from([None, ";", ", ", "┋", " ", ""]),
        ),
        max_size=5,
    ),
)
@settings(max_examples=60, deadline=None)
def test_whatever_stands_in_the_cells_it_is_answers_or_a_report(roster, swaps, odd):
    export = export_of(OWN, 3)
    columns = {column.names[0]: column for column in export.columns}
    for one, other in swaps:
        if one in columns and other in columns:
            a, b = columns[one], columns[other]
            columns[one], columns[other] = replace(a, cells=b.cells), replace(b, cells=a.cells)
    for name, (cells, coding, separator) in odd.items():
        columns[name] = ExportColumn(99, (name,), cells, coding=coding, separator=separator)
    export = replace(export, columns=tuple(columns.values()))
    try:
        answers = interpret(export, OWN, roster).responses.answers
        told = "answers"
    except InputError as error:
        answers = frame_of({}, OWN)
        told = error.message("zh")
    assert told
    for item in OWN.items:
        assert set(answers[item.column].dropna()) <= set(item.codes)
    assert set(answers["mood"].dropna()) <= {"good", "bad"}


# --- the same device, the same answers


def test_fillings_of_one_device_in_one_second_are_noticed_and_the_address_is_nowhere(roster):
    same = "2026-11-02T09:00:00"
    addresses = column_of("来自IP", ["203.0.113.7(安徽)", "203.0.113.7(安徽)", "203.0.113.8", ""], use=PERSONAL)
    export = export_of(SURVEY, 4, {"来自IP": addresses}, submitted=[same, same, same, same])
    imported = interpret(export, SURVEY, roster)
    (finding,) = [each for each in imported.findings if each.problem.what == "same_device"]
    assert finding.rows == (2, 3)
    assert imported.record.personal_columns == 1
    everything = repr(imported.record) + repr(imported.findings) + imported.responses.answers.to_csv()
    assert "203.0.113" not in everything


def test_neighbours_with_every_answer_the_same_are_noticed(roster):
    mixed = {name: [str(at % 4), str(at % 4), "0"] for at, name in enumerate(PHQ)}
    mixed |= {f"gad7_{n}": [str(n % 4), str(n % 4), "1"] for n in range(1, 8)}
    imported = interpret(export_of(SURVEY, 3, **mixed), SURVEY, roster)
    (finding,) = [each for each in imported.findings if each.problem.what == "same_answers_next"]
    assert finding.rows == (3,)


def test_people_who_say_not_at_all_throughout_are_no_copies(roster):
    assert found(interpret(export_of(SURVEY, 5), SURVEY, roster)) == []


# --- times


def test_the_time_taken_is_worked_out_where_the_file_does_not_say_it(roster):
    begun = column_of("StartDate", ["2026-11-02T09:00:00", "2026-11-02T00:00:00"], use=START)
    ended = column_of("EndDate", ["2026-11-02T09:05:30", "2026-11-02T00:00:00"], use=END)
    export = export_of(SURVEY, 2, {"StartDate": begun, "EndDate": ended})
    export = replace(export, columns=tuple(c for c in export.columns if c.names[0] not in ("seconds", "submitted")))
    answers = interpret(export, SURVEY, roster).responses.answers
    assert answers["submitted"].tolist() == ["2026-11-02T09:05:30", "2026-11-02T00:00:00"]
    assert answers["seconds"].tolist()[0] == 330
    assert np.isnan(answers["seconds"].tolist()[1])


def test_cells_that_a_platform_could_not_read_are_noticed(roster):
    took = column_of("Duration", ["", "120"], use=SECONDS, unreadable=(0,))
    export = export_of(SURVEY, 2, {"Duration": took})
    export = replace(export, columns=tuple(c for c in export.columns if c.names[0] != "seconds"))
    imported = interpret(export, SURVEY, roster)
    assert found(imported) == [(NOTICE, "unreadable_cells")]
    assert imported.responses.answers["seconds"].tolist()[1] == 120


# --- matching


def test_any_of_a_columns_names_may_be_the_known_one(roster):
    item = SURVEY.items[3]
    column = ExportColumn(9, ("Q12_4", f"过去两周 - {item.text.zh}", item.text.zh), ["Several days"])
    assert interpret(export_of(SURVEY, 1, {item.column: column}), SURVEY, roster).responses.answers[
        item.column
    ].tolist() == [1]


def test_of_the_same_answers_twice_the_whole_ones_are_taken(roster):
    whole = ExportColumn(50, ("strains",), [f"forms{JOINED}duty"], coding=EITHER)
    joined = ExportColumn(49, ("strains",), ["Forms, reports Duty"], coding=LABELS, also_in=50)
    export = export_of(OWN, 1, {"strains": whole})
    export = replace(export, columns=(joined, *export.columns))
    assert interpret(export, OWN, roster).responses.answers["strains"].tolist() == ["forms;duty"]


def test_an_unknown_header_is_shown_with_what_it_is_like(roster, monkeypatch):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    column = ExportColumn(9, ("7、入睡困难、睡不安稳或者睡眠太多",), ["好几天"])
    with pytest.raises(Stopped) as caught:
        interpret(export_of(SURVEY, 1, {"phq9_3": column}), SURVEY, roster)
    message = caught.value.message("en")
    assert 'headers: {phq9_3: ["7、入睡困难、睡不安稳或者睡眠太多"]}' in message
    assert "Most like: phq9_3" in message


def test_a_question_that_is_there_is_not_named_for_another(roster):
    # More like the eighth question than the ninth, and the eighth is in the file.
    column = ExportColumn(9, ("8、是否有轻生或伤害自己的想法",), ["好几天"])
    with pytest.raises(Stopped) as caught:
        interpret(export_of(SURVEY, 1, {"phq9_9": column}), SURVEY, roster)
    message = caught.value.message("zh")
    assert 'headers: {phq9_9: ["8、是否有轻生或伤害自己的想法"]}' in message
    assert "还没有找到的题目有：phq9_9 (有不如死掉或用某种方式伤害自己的念头)" in message
    assert "phq9_8" not in message


@pytest.mark.parametrize("header", ["Matrícula", "班级", "车牌"])
def test_a_column_too_many_is_not_proposed_for_a_question_that_is_there(roster, header):
    export = export_of(SURVEY, 1, {"more": ExportColumn(60, (header,), ["张建国"])})
    with pytest.raises(Stopped) as caught:
        interpret(export, SURVEY, roster)
    assert [problem.what for problem in caught.value.problems] == ["extra_header"]
    for lang in LANGUAGES:
        message = caught.value.message(lang)
        assert f'ignore: ["{header}"]' in message
        assert "headers:" not in message
        assert "张建国" not in message


def test_nothing_is_proposed_twice_and_no_header_about_a_person_is_written_down(roster):
    export = export_of(
        SURVEY,
        1,
        {
            "phq9_3": ExportColumn(60, ("入睡困难、睡不安稳或者睡眠太多",), ["0"]),
            "again": ExportColumn(61, ("入睡困难、睡不安稳或睡眠过多了",), ["0"]),
            "food": ExportColumn(62, ("食堂怎么样",), ["好"]),
            "odd": ExportColumn(63, ("13800001234 打不通",), ["是"]),
        },
    )
    new, odd = proposals(match_columns(export, SURVEY), SURVEY)
    assert [each.means for each in new] == ["phq9_3", "ignore", "ignore"]
    assert [column.place for column in odd] == [63]


# --- what tells who somebody is


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("请填写您的姓名：", "name"),
        ("First Name", "name"),
        ("RecipientEmail", "email"),
        ("您的手机号码（选填）", "phone"),
        ("身份证号", "identity"),
        ("employee number", "identity"),
        ("微信号", "account"),
        ("QQ号", "account"),
        ("来自IP", "ip"),
        ("LocationLatitude", "place"),
        ("家庭住址", "place"),
        ("deviceid", "device"),
        ("出生年月", "birth"),
        ("Q1_姓名", "name"),
        ("姓名/Name", "name"),
        ("教师姓名 Teacher name", "name"),
        ("Ihr Name", "name"),
        ("Nom et prénom", "name"),
        ("氏名", "name"),
        ("您叫什么名字？", "name"),
        ("家长手机号", "phone"),
        ("电话/手机", "phone"),
        ("紧急联系人及电话", "name"),
        ("电话和会议太多", None),
        ("邮箱/微信", "email"),
        ("E-Mail-Adresse", "email"),
        ("Mobile No.", "phone"),
        ("您和同事的关系", None),
        ("编码", None),
        ("性别/年龄段", None),
        ("您所在的学校", None),
        ("学校名称", None),
        ("您的岗位", None),
        ("名字的笔画让您有压力吗", None),
    ],
)
def test_headers_about_a_person(header, kind):
    assert header_kind(header) == kind


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["13800001234", "139 0000 1234", "", "无"], "phone"),
        (["0551-62834567", "010-62834567"], "phone"),
        (["11010119900307123X", "110101199003071234"], "identity"),
        (["203.0.113.7(安徽-合肥)", "2001:db8::1"], "ip"),
        (["a@b.cn", "c@d.com", "没有"], "email"),
        (["31.2304,121.4737", "31.23041 121.47372 0 0"], "place"),
        (["Mozilla/5.0 (Linux; Android 14)"], "device"),
        (["9:01:07", "10:02:03"], None),
        (["2026-11-02", "537秒", "3"], None),
        (["张三", "李四"], None),
        (["13800001234", "好", "好"], None),
    ],
)
def test_columns_without_a_telling_header_are_known_by_most_of_their_cells(cells, kind):
    assert column_kind(["备用"], cells) == kind


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打 138-0000 1234 找我", "请打 〔号码〕 找我"),
        ("138\u200b00001234", "〔号码〕"),
        ("身份证110101 1990 0307 123X。", "身份证〔号码〕。"),
        ("１３８００００１２３４", "〔号码〕"),
        ("一三八零零零零一二三四", "〔号码〕"),
        ("邮箱 a.b@c.com.cn 谢谢", "邮箱 〔邮箱〕 谢谢"),
        ("加我微信：wxid_abc123", "加我微信〔账号〕"),
        ("qq 12345", "〔账号〕"),
        ("来自 203.0.113.7 吗", "来自 〔号码〕 吗"),
        ("2026-11-02 那天太累", "2026-11-02 那天太累"),
        ("每周 60 小时，班里 45 人", "每周 60 小时，班里 45 人"),
    ],
)
def test_numbers_in_free_text_are_masked(text, masked):
    assert mask(text)[0] == masked


@given(
    st.text(max_size=30),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text(max_size=30),
    st.sampled_from(["", " ", "-", "  "]),
)
@settings(max_examples=200, deadline=None)
def test_no_telephone_number_gets_through_a_text(before, number, after, between):
    written = between.join([number[:3], number[3:7], number[7:]])
    text, count = mask(f"{before} {written} {after}")
    assert written not in text
    assert count >= 1


CANARIES = {
    "姓名": "金丝雀",
    "手机": "13800004321",
    "微信昵称": "canary_bird",
    "身份证号": "110101199003071234",
    "来自IP": "203.0.113.77",
    "GPS位置": "31.23041,121.47372",
    "备用": "13900004321",
}


def test_nothing_about_a_person_reaches_a_frame_a_message_or_the_disk(workspace, roster, capsys, monkeypatch):
    rows = [[*SURVEY.columns, "words", *CANARIES]]
    survey = replace(SURVEY, questions=(*SURVEY.questions, WORDS))
    for at in range(3):
        row = {"school_id": "S009" if at == 2 else "S001", "code": f"CODE{at}", "consent_statistics": "yes"}
        row |= {"consent_contact": "yes", "words": "请联系 13800004321 或 canary@example.org"}
        row |= {item.column: "0" for item in SURVEY.items} | CANARIES
        rows.append([row.get(name, "") for name in rows[0]])
    rows[1][rows[0].index("phq9_9")] = "13800004321"
    made = tuple(
        ExportColumn(place, (name,), [row[place] for row in rows[1:]], coding=CODES)
        for place, name in enumerate(rows[0])
    )
    for broken in (True, False):
        columns = made if broken else tuple(replace(c, cells=["0"] * 3) if c.names[0] == "phq9_9" else c for c in made)
        export = Export("plain", "a.csv", "d", columns, [2, 3, 4])
        if broken:
            with pytest.raises(InputError) as caught:
                take_in(workspace, survey, WAVE, roster, export)
            told = caught.value.message("zh") + caught.value.message("en") + repr(caught.value.problems)
        else:
            taken = take_in(workspace, survey, WAVE, roster, export)
            told = repr(taken.imported.record) + repr(taken.imported.findings)
            assert taken.imported.record.masked == 6
            assert taken.imported.record.personal_columns == len(CANARIES)
        values = [*CANARIES.values(), "canary@example.org"]
        assert not any(value in told for value in values)
        for path in (workspace.root / "data").rglob("*"):
            content = path.read_bytes().decode("utf-8", errors="replace") if path.is_file() else path.name
            assert not any(value in content for value in values), path
            if path.suffix == ".xlsx":
                cells = [
                    c
                    for sheet in openpyxl.load_workbook(path)
                    for row in sheet.iter_rows(values_only=True)
                    for c in row
                ]
                assert not any(value in str(cell) for value in values for cell in cells)


# --- what is written


def test_the_workbook_says_row_column_and_rule_but_no_answer(workspace, roster):
    export = export_of(SURVEY, 4, school_id=["S001", "S009", "S001", "S001"], phq9_9=["0", "0", "绝望", "0"])
    with pytest.raises(Stopped):
        take_in(workspace, SURVEY, WAVE, roster, export)
    book = openpyxl.load_workbook(report_path(workspace, "screening", WAVE, "a.csv"))
    assert book.sheetnames == ["summary", "findings"]
    rows = list(book["findings"].iter_rows(values_only=True))[1:]
    assert [(row[1], row[2]) for row in rows] == [(4, "phq9_9"), (3, "school_id")]
    assert all(row[3] and row[4] for row in rows)
    assert not any("绝望" in str(cell) for row in rows for cell in row)


def test_a_header_that_looks_like_a_formula_stays_a_text(workspace, roster):
    export = export_of(SURVEY, 1, {"odd": ExportColumn(70, ("=HYPERLINK(1)",), ["x"])})
    with pytest.raises(Stopped):
        take_in(workspace, SURVEY, WAVE, roster, export)
    sheet = openpyxl.load_workbook(report_path(workspace, "screening", WAVE, "a.csv"))["findings"]
    cells = [cell for row in sheet.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)


def test_rows_set_aside_wait_until_the_file_is_put_right(workspace, roster):
    cells = {"school_id": ["S001", "=cmd|1", "S001"], "phq9_9": ["0", "3", "0"]}
    taken = take_in(workspace, SURVEY, WAVE, roster, export_of(SURVEY, 3, **cells))
    held = pd.read_csv(taken.quarantine, dtype="str", encoding="utf-8-sig")
    assert held[["row", "rule", "school_id", "code", "phq9_9"]].to_numpy().tolist() == [
        ["3", "unknown_school", "'=cmd|1", "CODE0001", "3"]
    ]
    assert "CODE0001" not in read_responses(SURVEY, WAVE, workspace).answers["code"].tolist()
    taken = take_in(workspace, SURVEY, WAVE, roster, export_of(SURVEY, 3, phq9_9=["0", "3", "0"]))
    assert not taken.quarantine.exists()
    assert len(read_responses(SURVEY, WAVE, workspace).answers) == 3


def test_a_name_typed_for_a_code_is_not_kept(workspace, roster):
    taken = take_in(workspace, SURVEY, WAVE, roster, export_of(SURVEY, 2, code=["张建国", "CODE0001"]))
    assert taken.imported.record.set_aside == {"bad_code": 1}
    for path in (path for path in workspace.root.rglob("*") if path.is_file()):
        assert "张建国" not in path.read_text(encoding="utf-8", errors="replace")
    assert "张建国" not in taken.imported.quarantine.to_csv()
    assert taken.imported.quarantine["row"].tolist() == [2]


def test_the_response_is_counted_over_the_whole_wave(workspace, roster):
    take_in(workspace, SURVEY, WAVE, roster, export_of(SURVEY, 4, school_id="S002"))
    other = replace(export_of(SURVEY, 21, code=[f"OTHER{at}" for at in range(21)]), file="b.csv", digest="d2")
    schools = take_in(workspace, SURVEY, WAVE, roster, other).schools
    assert schools[["answers", "staff"]].to_numpy().tolist() == [[21, 40], [4, 10]]
    assert schools["low"].tolist() == [False, True]
    assert schools["share"].tolist() == [0.525, 0.4]


# --- the command


def plain_file(path, count=3, header=None, **cells):
    own = {"school_id": "S001", "code": None, "consent_statistics": "yes", "consent_contact": "yes"}
    own |= dict.fromkeys(("sex", "age_band", "role"), "")
    own |= {item.column: "0" for item in SURVEY.items}
    own |= cells
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([(header or {}).get(name, name) for name in own])
    for at in range(count):
        writer.writerow([f"CODE{at}" if value is None else value for value in own.values()])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def run(*arguments):
    return call(["import", *map(str, arguments), "--survey", "screening", "--wave", WAVE])


def test_the_command_says_what_became_of_every_row(workspace, monkeypatch, capsys):
    monkeypatch.chdir(workspace.root)
    assert run(plain_file(workspace.root / "a.csv", school_id="S002", phq9_1="")) == 0
    said = capsys.readouterr().out
    assert "读入 3 行 = 采用 3 + 暂放 0 + 重复 0 + 空行 0。" in said
    assert "30%" in said
    assert "低于 50%" in said
    assert run(plain_file(workspace.root / "a.csv", school_id="S777")) == 0
    said = capsys.readouterr().out
    assert "暂放 3" in said
    assert "不在任何名单" in said


def test_a_mapping_is_proposed_confirmed_and_kept_for_the_next_file(workspace, monkeypatch, capsys):
    monkeypatch.chdir(workspace.root)
    header = {"phq9_8": "动作或说话的速度缓慢到别人已经察觉，或者烦躁坐立不安"}
    path = plain_file(workspace.root / "a.csv", header=header, phq9_8="完全不会")
    assert run(path) == 3
    assert run(path, "--map") == 0
    mapping = workspace.surveys / "mappings" / "screening.yaml"
    text = mapping.read_text(encoding="utf-8")
    # Whoever confirms it sees what is asked, not the name of a column alone.
    assert "means: phq9_8  # 动作或说话速度缓慢到别人已经察觉？" in text
    assert "\n#   phq9_9  有不如死掉或用某种方式伤害自己的念头\n" in text
    assert not (workspace.root / "data" / "working" / "screening" / WAVE / "answers").exists()
    capsys.readouterr()
    # A proposal that nobody confirmed has no effect.
    assert run(path) == 3
    assert "没有确认" in capsys.readouterr().err
    mapping.write_text(text.replace("    confirmed: no", "    confirmed: yes"), encoding="utf-8")
    assert run(path) == 0
    other = plain_file(workspace.root / "b.csv", header=header, code="", phq9_8="好几天", seconds="200")
    assert run(other) == 0
    assert run(other, "--map") == 0


def test_a_stopped_import_leaves_the_wave_as_it_was(workspace, monkeypatch):
    monkeypatch.chdir(workspace.root)
    assert run(plain_file(workspace.root / "a.csv")) == 0
    held = json.loads((workspace.raw("screening", WAVE) / "files.json").read_text(encoding="utf-8"))
    before = read_responses(SURVEY, WAVE, workspace).answers
    assert run(plain_file(workspace.root / "a.csv", phq9_9="7")) == 3
    assert json.loads((workspace.raw("screening", WAVE) / "files.json").read_text(encoding="utf-8")) == held
    pd.testing.assert_frame_equal(read_responses(SURVEY, WAVE, workspace).answers, before)


def test_the_severities_are_told_apart(roster):
    cells = {"school_id": ["S009", "S001", "S001"], "submitted": ["gestern", "2026-11-02", ""]}
    imported = interpret(export_of(SURVEY, 3, **cells), SURVEY, roster)
    assert sorted(found(imported)) == [(ASIDE, "unknown_school"), (NOTICE, "bad_time")]
    with pytest.raises(Stopped) as caught:
        interpret(export_of(SURVEY, 3, **cells, gad7_1=["0", "5", "0"]), SURVEY, roster)
    assert {each.severity for each in caught.value.findings} == {STOP, ASIDE, NOTICE}
