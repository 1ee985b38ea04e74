"""The counsellor's worklist: every level, the order, consent, the words of a reason."""

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.change import Precision
from wellbeing.followup import (
    Reason,
    describe,
    list_wave,
    not_reachable,
    worklist,
)
from wellbeing.importers import import_file
from wellbeing.responses import Responses, store
from wellbeing.scoring import score_survey
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.workspace import Workspace, unpack

SPRING, AUTUMN = "2026-spring", "2026-autumn"
NA = math.nan
SURVEY = load_survey(Workspace.find(Path(__file__)), "screening")
#: The same survey where every instrument may put a person on the list.
ALL_LIST = replace(SURVEY, parts=tuple(replace(part, worklist=True) for part in SURVEY.parts))

#: Nobody needs anything: PHQ-9 0, GAD-7 0, WHO-5 100, CBI 0.
WELL = {item.column: 5.0 if item.column.startswith("who5") else 0.0 for item in SURVEY.items} | {"cbi_13": 100.0}

#: Hand figures of the statistics rules for the PHQ-9; small noise elsewhere.
PRECISIONS = {
    "phq9_total": Precision(4.8, 0.85, 6),
    "gad7_total": Precision(4.8, 0.90, 4),
    "who5_total": Precision(19, 0.86),
    "cbi_personal": Precision(18.7, 0.906),
    "cbi_work": Precision(15.9, 0.765),
}


def phq9(*answers):
    return {f"phq9_{i + 1}": float(a) for i, a in enumerate(answers)}


#: PHQ-9 answers with item 9 at zero, by their total.
PHQ9 = {
    2: phq9(1, 1, 0, 0, 0, 0, 0, 0, 0),
    4: phq9(1, 1, 1, 1, 0, 0, 0, 0, 0),
    9: phq9(2, 1, 1, 1, 1, 1, 1, 1, 0),
    10: phq9(2, 2, 1, 1, 1, 1, 1, 1, 0),
    15: phq9(2, 2, 2, 2, 2, 2, 2, 1, 0),
    20: phq9(3, 3, 3, 3, 2, 2, 2, 2, 0),
}


def wave(*persons):
    """Make responses of persons who consent to both and have a code, unless told otherwise."""
    rows = [
        {
            "school_id": "S001",
            "code": f"CODE{place:04d}",
            "consent_statistics": "yes",
            "consent_contact": "yes",
        }
        | WELL
        | person
        for place, person in enumerate(persons)
    ]
    answers = pd.DataFrame(rows).reindex(columns=list(SURVEY.columns))
    return Responses("screening", AUTUMN, answers)


def last_term(*persons):
    answers = wave(*persons).answers
    return score_survey(SURVEY, answers).assign(code=answers["code"])


def listed(*persons, previous=None, survey=SURVEY):
    responses = wave(*persons)
    scores = score_survey(survey, responses.answers)
    return worklist(survey, responses, scores, previous, PRECISIONS)


def keys(row):
    return [reason.key for reason in row["reasons"]]


# levels


@pytest.mark.parametrize(
    ("now", "before", "level", "when", "first_reason"),
    [
        pytest.param(phq9(0, 0, 0, 0, 0, 0, 0, 0, 1), {}, 1, "today", "critical", id="item 9 alone, total 1"),
        pytest.param(PHQ9[20], PHQ9[20], 2, "this_week", "severe", id="severe band, no change"),
        pytest.param(PHQ9[10], PHQ9[4], 3, "this_week", "rise_above", id="six points up, to 10"),
        pytest.param(PHQ9[4] | {"phq9_9": NA}, {}, 4, "ask_again", "critical_unanswered", id="item 9 blank, total low"),
        pytest.param(PHQ9[15], PHQ9[10], 5, "watch", "again", id="two terms, five points up are noise"),
        pytest.param(PHQ9[10], PHQ9[9], 6, "watch", "first", id="crossed the cutoff by one point"),
        pytest.param(PHQ9[9], PHQ9[2], 7, "watch", "rise_below", id="seven points up, still below"),
    ],
)
def test_level(now, before, level, when, first_reason):
    row = listed(now, previous=last_term(before)).iloc[0]
    assert (row["level"], row["when"], keys(row)[0]) == (level, when, first_reason)


def test_a_wave_without_answers():
    responses = Responses("screening", AUTUMN, wave({}).answers.head(0))
    scores = score_survey(SURVEY, responses.answers)
    assert worklist(SURVEY, responses, scores, None).empty
    assert not_reachable(SURVEY, responses, scores).empty


def test_nobody_well_is_listed():
    assert listed({}, {}, previous=last_term({}, {})).empty


def test_item_nine_counts_where_the_total_is_unscorable():
    row = listed(phq9(0, 0, NA, NA, NA, NA, NA, NA, 1)).iloc[0]
    assert row["level"] == 1
    assert math.isnan(row["phq9_total"])
    assert row["phq9_critical_9"] == "yes"


def test_a_blank_item_nine_is_not_a_no():
    row = listed({"phq9_9": NA}).iloc[0]
    assert row["level"] == 4
    assert row["phq9_critical_9"] == "unanswered"


def test_answered_items_at_the_cutoff_are_a_lower_bound():
    # Four items of 3 make 12, too few for a score; what was left out cannot bring it below 10.
    row = listed(phq9(3, 3, 3, 3, NA, NA, NA, NA, 0)).iloc[0]
    assert (row["level"], keys(row)) == (4, ["lower_bound"])


def test_too_few_answers_below_the_cutoff_are_no_reason():
    assert listed(phq9(3, 3, 3, 0, NA, NA, NA, NA, 0)).empty


def test_the_bound_of_the_who5_is_from_above():
    # Four items of 1 are 16 points; even with 5 at the fifth it is (4 + 5) * 4 = 36: low.
    low = {f"who5_{i}": 1.0 for i in range(1, 5)} | {"who5_5": NA}
    assert keys(listed(low, survey=ALL_LIST).iloc[0]) == ["lower_bound"]
    # (8 + 5) * 4 = 52: it may be adequate.
    assert listed({f"who5_{i}": 2.0 for i in range(1, 5)} | {"who5_5": NA}, survey=ALL_LIST).empty


def test_the_bound_turns_reverse_keyed_items():
    # Three work items at 100, item 13 (reversed) at 0, so 100: mean (3 * 100 + 100) / 7 = 57, below the band above 60.
    three = {f"cbi_{i}": 100.0 for i in (7, 8)} | {f"cbi_{i}": NA for i in (9, 10, 11, 12)} | {"cbi_13": 0.0}
    assert listed(three, survey=ALL_LIST).empty


def test_a_fall_of_the_who5_is_for_the_worse():
    before = {f"who5_{i}": 4.0 for i in range(1, 6)}
    row = listed({f"who5_{i}": 2.0 for i in range(1, 6)}, previous=last_term(before), survey=ALL_LIST).iloc[0]
    assert (row["level"], keys(row)) == (3, ["rise_above"])
    assert row["who5_total_change"] == -40


def test_getting_better_is_no_reason():
    assert listed(PHQ9[4], previous=last_term(PHQ9[15])).empty


def test_no_score_last_term():
    for previous in (None, last_term({"code": "SOMEBODY"})):
        row = listed(PHQ9[10], previous=previous).iloc[0]
        assert (row["level"], keys(row)) == (6, ["unseen"])


def test_change_is_not_judged_where_the_precision_is_not_known():
    responses = wave(PHQ9[20])
    scores = score_survey(SURVEY, responses.answers)
    row = worklist(SURVEY, responses, scores, last_term(PHQ9[2])).iloc[0]
    assert keys(row) == ["severe"]
    assert row["phq9_total_change"] == 18


def test_every_reason_stands_on_the_line():
    tired = {f"cbi_{i}": 100.0 for i in range(1, 7)}
    row = listed(PHQ9[20] | {"phq9_9": 1.0} | tired, previous=last_term(PHQ9[10])).iloc[0]
    assert keys(row) == ["critical", "severe", "rise_above", "again", "rise_above"]
    assert {reason.measure for reason in row["reasons"]} == {"phq9_critical_9", "phq9_total", "cbi_personal"}


def test_wellbeing_and_exhaustion_alone_put_nobody_on_the_list():
    # screening.yaml: `worklist: false` for WHO-5 and CBI
    worn = {f"who5_{i}": 0.0 for i in range(1, 6)} | {f"cbi_{i}": 100.0 for i in range(1, 7)}
    assert listed(worn).empty
    row = listed(worn | PHQ9[10]).iloc[0]
    assert (row["level"], keys(row)) == (6, ["unseen", "unseen", "unseen"])
    assert [reason.measure for reason in row["reasons"]] == ["phq9_total", "who5_total", "cbi_personal"]


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                item.column: st.sampled_from([*map(float, item.codes), NA])
                for item in SURVEY.items
                if item.column.startswith(("phq9", "gad7", "who5"))
            }
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=25, deadline=None)
def test_item_nine_decides_whatever_else_is_answered(persons):
    levels = listed(*persons).set_index("code")["level"]
    for place, person in enumerate(persons):
        level = levels.get(f"CODE{place:04d}", 99)
        if person["phq9_9"] > 0:
            assert level == 1
        elif math.isnan(person["phq9_9"]):
            assert 2 <= level <= 4
        else:
            assert level != 1


# order


def test_order_is_level_then_depression():
    rows = listed(
        PHQ9[10], PHQ9[20], PHQ9[15], {"phq9_9": NA}, phq9(0, 0, 0, 0, 0, 0, 0, 0, 1), PHQ9[9] | {"phq9_9": 1.0}
    )
    assert rows["code"].tolist() == ["CODE0005", "CODE0004", "CODE0001", "CODE0003", "CODE0002", "CODE0000"]


def test_unscorable_is_placed_by_its_bound():
    heavy = phq9(3, 3, 3, 3, NA, NA, NA, NA, 1)  # at least 13
    rows = listed(phq9(0, 0, 0, 0, 0, 0, 0, 0, 1), heavy, PHQ9[20] | {"phq9_9": 1.0})
    assert rows["code"].tolist() == ["CODE0002", "CODE0001", "CODE0000"]


def test_the_order_of_the_answers_does_not_matter():
    responses = wave(PHQ9[10], PHQ9[10], PHQ9[10], PHQ9[20])
    turned = Responses("screening", AUTUMN, responses.answers.iloc[::-1])
    lists = [worklist(SURVEY, r, score_survey(SURVEY, r.answers), None, PRECISIONS) for r in (responses, turned)]
    assert lists[0]["code"].tolist() == lists[1]["code"].tolist()


# consent


@pytest.mark.parametrize(
    ("person", "why"),
    [
        pytest.param({"consent_contact": "no", "code": None}, "no_consent", id="refused contact"),
        pytest.param({"consent_contact": None}, "no_consent", id="left the question out"),
        pytest.param({"code": None}, "no_code", id="no code"),
    ],
)
def test_not_on_the_list_but_counted(person, why):
    responses = wave(PHQ9[4] | {"phq9_9": 1.0} | person, {"school_id": "S002"})
    scores = score_survey(SURVEY, responses.answers)
    assert worklist(SURVEY, responses, scores, None).empty
    counts = not_reachable(SURVEY, responses, scores)
    assert counts.to_dict("records") == [
        {"school_id": "S001", "why": why, "today": 1, "this_week": 0, "ask_again": 0, "watch": 0}
    ]


def test_who_refused_both_is_not_even_counted():
    responses = wave(PHQ9[20] | {"consent_contact": "no", "consent_statistics": "no", "code": None})
    assert not_reachable(SURVEY, responses, score_survey(SURVEY, responses.answers)).empty


def test_contact_without_statistics_is_on_the_list():
    assert len(listed(PHQ9[20] | {"consent_statistics": "no"})) == 1


# a whole county


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("county") / "workspace")
    made = make_county(workspace.root, schools=12)
    roster = read_roster(workspace.roster)
    for name, export in made.exports.items():
        responses, record = import_file(export, made.survey, roster)
        store(workspace, made.survey, name, responses, record)
    return workspace, made


@pytest.fixture(scope="module")
def autumn(county):
    workspace, made = county
    return list_wave(workspace, made.survey, AUTUMN)


def test_the_planted_persons_are_found(county, autumn):
    planted = county[1].planted
    rows = autumn.worklist.set_index("code")
    assert rows.loc[list(planted.critical), "level"].tolist() == [1] * 6
    assert rows.loc[planted.low_total, "phq9_total"] == 1
    assert math.isnan(rows.loc[planted.unscorable, "phq9_total"])
    assert "critical_unanswered" in keys(rows.loc[planted.unanswered])
    assert "rise_above" in keys(rows.loc[planted.rise])
    assert rows.loc[planted.rise, ["level", "phq9_total_change"]].tolist() == [3, 10]


def test_the_planted_refusal_is_counted(county, autumn):
    planted = county[1].planted
    counts = autumn.not_reachable
    there = counts[(counts["school_id"] == planted.refused_school) & (counts["why"] == "no_consent")]
    assert there["today"].sum() >= 1


def test_the_first_wave_has_no_wave_before(county):
    workspace, made = county
    spring = list_wave(workspace, made.survey, SPRING).worklist
    assert spring["phq9_total_change"].isna().all()
    assert not spring["reasons"].map(lambda reasons: any(r.before is not None for r in reasons)).any()


# words


def test_a_reason_in_words():
    reasons = (
        Reason("critical", "phq9_critical_9"),
        Reason("severe", "phq9_total", 21.0, 12.0, "severe"),
        Reason("again", "phq9_total", 21.0, 12.0, "severe"),
        Reason("lower_bound", "gad7_total", 12.0),
    )
    assert describe(reasons, SURVEY, "zh") == (
        "PHQ-9第9题：报告有不如死掉或伤害自己的念头，请今天联系；抑郁（PHQ-9）21分（重度），属最重的一级，连续两个学期需要关注；"
        "焦虑（GAD-7）答题太少，无法计分；但已答的题目已到需要关注的程度，请补问"
    )
    assert describe(reasons[1:2], SURVEY, "en") == "Depression (PHQ-9) 21 (Severe), the most severe band"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_line_of_a_county_can_be_said(county, autumn, lang):
    for reasons in autumn.worklist["reasons"]:
        sentence = describe(reasons, county[1].survey, lang)
        assert sentence
        assert "{" not in sentence


# where item 9 is not asked


def test_the_phq8_lists_from_its_cutoff_of_ten():
    # Its published cut-off is 10 (10.1016/j.jad.2008.06.026).
    part = SURVEY.parts[0]
    eight = replace(part, scales=(part.instrument.scale("phq8"),))
    survey = replace(SURVEY, parts=(eight, *SURVEY.parts[1:]))
    assert "phq9_9" not in survey.columns
    answers = wave({"phq9_1": 2.0} | {f"phq9_{i}": 1.0 for i in range(2, 9)}, PHQ9[10]).answers
    responses = Responses("screening", AUTUMN, answers[list(survey.columns)])
    rows = worklist(survey, responses, score_survey(survey, responses.answers), None, {})
    assert rows["code"].tolist() == ["CODE0001"]
    assert describe(rows.iloc[0]["reasons"], survey, "en").startswith("PHQ-8")
