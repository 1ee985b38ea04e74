"""The counsellor's steps without a browser: data check, list, numbers, record, report, and whatever odd comes in."""

import json
import math
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

import quick_locks
from registers import SCHOOLS, entry, make_keyed
from wellbeing.aggregates import aggregate
from wellbeing.cli import call
from wellbeing.counsellor import choices, lab, open_desk, plain_errors
from wellbeing.counsellor.data_check import check_data
from wellbeing.counsellor.desk import Desk, term_of
from wellbeing.counsellor.issued import issued_report, write_head_page
from wellbeing.counsellor.lines import ask_next, change_words, line_of, score_words, share_out, verdict
from wellbeing.counsellor.meaning import list_meaning
from wellbeing.counsellor.taking_in import take_file
from wellbeing.errors import InputError, UsageError
from wellbeing.followup import list_wave, open_register, write_lists
from wellbeing.followup import register as registers
from wellbeing.followup.entries import Case, Contact, Score
from wellbeing.followup.pages import page_content
from wellbeing.followup.sealed_files import WaveFolder
from wellbeing.instruments import load_instrument
from wellbeing.keys import envelope, files
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.missing import NOT_ASKED
from wellbeing.quality import assess
from wellbeing.responses import ImportRecord, Responses, store
from wellbeing.surveys import load_county, load_survey, read_roster
from wellbeing.surveys.stages import first_stage
from wellbeing.texts import say
from wellbeing.worksheets.conversations import talk_about
from wellbeing.worksheets.for_heads import head_content
from wellbeing.workspace import Workspace, unpack

SPRING, AUTUMN = "2026-spring", "2026-autumn"
ROOT = Path(__file__).parents[1]
SURVEY = load_survey(Workspace.find(Path(__file__)), "screening")
PHQ9 = SURVEY.parts[0].scales[0]
NA = math.nan
PASSPHRASE = "autumn term 2026"

ABOUT = ("sex", "age_band", "role")
WELL = {item.column: 5.0 if item.column.startswith("who5") else 0.0 for item in SURVEY.items} | {"cbi_13": 100.0}
#: PHQ-9 totals 10 and 20, item 9 at zero.
TEN = {f"phq9_{i}": float(a) for i, a in enumerate((2, 2, 1, 1, 1, 1, 1, 1, 0), 1)}
TWENTY = {f"phq9_{i}": float(a) for i, a in enumerate((3, 3, 3, 3, 2, 2, 2, 2, 0), 1)}


def code(place: int) -> str:
    return f"CASE{place:08d}"


def keep(workspace, persons, wave=AUTUMN, survey=SURVEY, not_asked=()):
    """Store answers as an import does; `not_asked` names columns of which every blank was not asked."""
    usual = {"school_id": "S001", "consent_statistics": "yes", "consent_contact": "yes"}
    usual |= {"submitted": "2026-11-05T09:00:00"} | WELL
    rows = [usual | {"code": code(place)} | told for place, told in enumerate(persons)]
    items = {item.column for item in survey.items}
    answers = pd.DataFrame(rows).reindex(columns=list(survey.columns))
    answers = answers.astype({name: "float64" if name in items | {"seconds"} else "str" for name in answers})
    kinds = Responses(survey.id, None, answers).missing.copy()
    for column in not_asked:
        kinds.loc[answers[column].isna(), column] = NOT_ASKED
    record = ImportRecord(f"{wave}.csv", wave.ljust(64, "0"), "plain", len(rows), len(rows), 0, 0, (), {}, 0)
    store(workspace, survey, wave, Responses(survey.id, None, answers, kinds), record)


@pytest.fixture
def keyed(tmp_path):
    return make_keyed(tmp_path / "county")


def checked(workspace, school="", lang="zh", survey=SURVEY):
    listed = list_wave(workspace, survey, AUTUMN)
    roster = read_roster(workspace.roster)
    return check_data(workspace, survey, roster, listed, assess(listed.responses, survey), school, lang)


def counts(check):
    return {what: count for what, count, _ in check.rows}


def write_lists_of(workspace, wave=AUTUMN, survey=SURVEY):
    write_lists(
        workspace, survey, wave, read_roster(workspace.roster), list_wave(workspace, survey, wave), "2026-11-06"
    )


def opened(keyed, wave=AUTUMN):
    return open_register(keyed.workspace, SURVEY, wave, keyed.opens("lead"))


@pytest.fixture
def desk(keyed, monkeypatch):
    """A desk in the confidential zone, over a wave with two people on the list."""
    keep(keyed.workspace, [TWENTY, TEN | {"phq9_9": 1.0, "school_id": "S002"}, {}])
    write_lists_of(keyed.workspace)
    zone = keyed.workspace.root / "data" / "confidential"
    monkeypatch.chdir(zone)
    monkeypatch.setattr(Desk, "today", "2026-11-23")
    return open_desk(AUTUMN)


def unlocked(desk, keyed):
    """Open the register without a passphrase, which takes two seconds each."""
    desk.register = open_register(desk.workspace, SURVEY, desk.wave, keyed.opens("lead"))
    desk.changed()
    return desk


@pytest.fixture
def key_file(keyed, monkeypatch):
    monkeypatch.setattr(envelope, "lock", quick_locks.lock)
    path = keyed.workspace.root / "stick" / "zhang.key.age"
    public = files.new_identity_file(path, PASSPHRASE)
    add_holder(keyed.workspace, Holder("zhang", "counsellor", public, "2026-01-01"))
    return path


# 1. choosing


def test_the_newest_export_comes_first_and_what_is_none_not_at_all(tmp_path):
    workspace = unpack(tmp_path / "county")
    home = tmp_path / "home"
    for folder, name, age in (
        (workspace.root / "exports", "old.csv", 900),
        (home / "Downloads", "new.xlsx", 10),
        (home / "Downloads", "~$new.xlsx", 5),
        (home / "Downloads", "photo.jpg", 1),
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (1_800_000_000 - age,) * 2)
    assert [path.name for path in choices.exports_found(workspace, home)] == ["new.xlsx", "old.csv"]


def test_key_files_are_found_where_they_may_lie(tmp_path):
    workspace = unpack(tmp_path / "county")
    home = tmp_path / "home"
    home.mkdir()
    (home / "zhang.key.age").write_bytes(b"x")
    (home / "notes.txt").write_bytes(b"x")
    assert "zhang.key.age" in [path.name for path in choices.key_files_found(workspace, home)]
    assert all(path.suffix == ".age" for path in choices.key_files_found(workspace, home))


@pytest.mark.parametrize(
    ("day", "term"),
    [("2026-11-23", AUTUMN), ("2027-01-10", AUTUMN), ("2027-02-20", "2027-spring"), ("2026-08-30", AUTUMN)],
)
def test_a_day_lies_in_a_term(day, term):
    assert term_of(date.fromisoformat(day)) == term


def test_a_school_or_wave_that_is_none_is_refused(keyed):
    for arguments, key in (
        ({"school": "S999"}, "no_school"),
        ({"wave": "last"}, "bad_wave"),
        ({"lang": "de"}, "no_language"),
    ):
        with pytest.raises(UsageError) as error:
            open_desk(**arguments, workspace=keyed.workspace)
        assert error.value.key == key


def test_a_file_of_the_opinion_survey_is_refused_and_nothing_is_kept(keyed):
    path = keyed.workspace.root / "opinion.csv"
    path.write_text("学校,学校重视教师的意见,工作压力大\n学校S001,2,1\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        take_file(keyed.workspace, SURVEY, AUTUMN, read_roster(keyed.workspace.roster), path, "2026-11-23", "zh")
    assert [problem.what for problem in error.value.problems] == ["other_survey"]
    assert not (keyed.workspace.raw("screening", AUTUMN) / "files.json").exists()
    assert not keyed.workspace.confidential("screening", AUTUMN).exists()


def test_the_same_file_again_is_told_and_the_lists_are_written_all_the_same(keyed):
    rows = [",".join(["school_id", "code", "consent_statistics", "consent_contact", *ABOUT, *WELL])]
    rows.append(
        ",".join(["S001", code(1), "yes", "yes", "", "", "", *(f"{value:g}" for value in (WELL | TWENTY).values())])
    )
    path = keyed.workspace.root / "autumn.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    roster = read_roster(keyed.workspace.roster)
    first = take_file(keyed.workspace, SURVEY, AUTUMN, roster, path, "2026-11-23", "en")
    again = take_file(keyed.workspace, SURVEY, AUTUMN, roster, path, "2026-11-23", "en")
    assert "1 answers read and added" in first[0]
    assert "was read before" in again[0]
    assert [case.entry.code for case in opened(keyed).cases()] == [code(1)]
    assert not any(code(1) in line for line in (*first, *again))


# 2. the data check


def test_the_check_counts_invited_answered_incomplete_and_unusable(keyed):
    short = {f"phq9_{i}": NA for i in range(1, 5)}
    persons = [TWENTY, short, {"consent_contact": "no"}, {"code": None}, {"consent_statistics": "no"}, {"gad7_1": NA}]
    keep(keyed.workspace, [*persons, {"school_id": "S002"}])
    found = counts(checked(keyed.workspace, "S001"))
    # 60 staff in the roster; four of nine items left out are too many for a PHQ-9, one of seven is not for a GAD-7.
    assert [found[key] for key in ("应答教职工（名册）", "交回答卷", "有漏答的题目")] == ["60", "6", "2"]
    assert found["抑郁（PHQ-9）：无法计分"] == "1"
    assert found["焦虑（GAD-7）：无法计分"] == "0"
    assert [found[key] for key in ("不同意用于统计", "不同意联系", "同意联系，但没有编码")] == ["1", "1", "1"]
    everywhere = counts(checked(keyed.workspace))
    assert [everywhere[key] for key in ("应答教职工（名册）", "交回答卷")] == ["180", "7"]


def test_the_check_says_why_rows_were_not_used(keyed):
    head = ["school_id", "code", "consent_statistics", "consent_contact", *ABOUT, *WELL]
    well = [f"{value:g}" for value in WELL.values()]
    lines = [
        head,
        ["S001", code(1), "yes", "yes", "", "", "", *well],
        ["S009", code(2), "yes", "yes", "", "", "", *well],
        ["S001", "?!", "yes", "yes", "", "", "", *well],
    ]
    path = keyed.workspace.root / "autumn.csv"
    path.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    take_file(keyed.workspace, SURVEY, AUTUMN, read_roster(keyed.workspace.roster), path, "2026-11-23", "zh")
    told = [(count, note) for what, count, note in checked(keyed.workspace).rows if what == "没有采用的行"]
    assert ("1", "学校不在名册中") in told
    assert any(count == "1" and "编码写错" in note for count, note in told)


def test_every_rule_that_sets_a_row_aside_can_be_said():
    from wellbeing.importers.rows import RULES

    for rule in (*RULES, "code_twice"):
        assert say(f"counsellor.aside_{rule}", "zh")


def test_no_code_stands_in_the_check(keyed):
    keep(keyed.workspace, [TWENTY, TEN])
    told = json.dumps([checked(keyed.workspace).rows, checked(keyed.workspace).notes])
    assert "CASE" not in told


def test_a_school_with_no_answers(keyed):
    keep(keyed.workspace, [TWENTY])
    check = checked(keyed.workspace, "S003")
    assert counts(check)["交回答卷"] == "0"
    assert check.notes == ("这所学校还没有人交回答卷；请先确认导出的文件里有它。",)
    write_lists_of(keyed.workspace)
    assert opened(keyed).cases("S003") == ()


def test_everyone_at_zero_is_told_and_nobody_is_listed(keyed):
    keep(keyed.workspace, [{"who5_1": float(place)} for place in range(4)])
    notes = " ".join(checked(keyed.workspace, "S001").notes)
    assert "所有人的 抑郁（PHQ-9） 都是 0 分" in notes
    write_lists_of(keyed.workspace)
    assert opened(keyed).cases() == ()
    meaning = list_meaning(SURVEY, list_wave(keyed.workspace, SURVEY, AUTUMN), "zh")
    assert "没有人达到界值" in meaning.measures[0][1][0]


def test_everyone_identical_is_told_and_stays_on_the_list(keyed):
    keep(keyed.workspace, [TWENTY] * 5)
    assert any("逐题完全一样" in note for note in checked(keyed.workspace, "S001").notes)
    write_lists_of(keyed.workspace)
    assert len(opened(keyed).cases()) == 5


def test_fewer_than_the_threshold_is_told_and_the_list_works(keyed):
    keep(keyed.workspace, [TWENTY, TEN])
    assert any("不到 20 人" in note for note in checked(keyed.workspace, "S001").notes)
    write_lists_of(keyed.workspace)
    assert len(opened(keyed).cases("S001")) == 2


# change since last term


def test_last_term_with_other_schools_gives_no_change_and_says_why(keyed):
    keep(keyed.workspace, [TEN | {"code": f"OTHER{i:07d}", "school_id": "S002"} for i in range(3)], SPRING)
    keep(keyed.workspace, [TWENTY])
    assert any("没有这次的任何编码" in note for note in checked(keyed.workspace).notes)
    assert list_wave(keyed.workspace, SURVEY, AUTUMN).worklist["phq9_total_change"].isna().all()


def test_without_a_last_term_that_is_said(keyed):
    keep(keyed.workspace, [TWENTY])
    assert checked(keyed.workspace).notes == ("不与上学期比较变化：没有 2026-spring 批次的答卷。",)


def test_another_version_of_a_questionnaire_gives_no_change_and_says_why(keyed):
    keep(keyed.workspace, [TEN | {"gad7_1": 1.0}], SPRING)
    keep(keyed.workspace, [TWENTY | {"gad7_1": 3.0}])
    released = keyed.workspace.released("screening", SPRING)
    released.mkdir(parents=True)
    digests = {part.instrument.id: part.instrument.digest for part in SURVEY.parts} | {"phq9": "0" * 64}
    lines = [f"{name}_total,{name},0.9,{digest}" for name, digest in digests.items()]
    (released / "measures.csv").write_text(
        "\n".join(["measure,instrument,version,digest", *lines]) + "\n", encoding="utf-8"
    )
    listed = list_wave(keyed.workspace, SURVEY, AUTUMN)
    row = listed.worklist.iloc[0]
    assert np.isnan(row["phq9_total_change"])
    assert row["gad7_total_change"] == 2
    assert "rise_above" not in [reason.key for reason in row["reasons"]]
    assert [note for note in checked(keyed.workspace).notes if "PHQ-9" in note and "不能比较" in note]


#: A PHQ-9 whose SEM is 1.9 changes reliably beyond 1.96 * 1.414 * 1.9 = 5.27 points; the service standard asks for 6.
@pytest.mark.parametrize(
    ("change", "sem", "told"),
    [
        (5.0, 1.9, "none"),
        (6.0, 1.9, "worse"),
        (-6.0, 1.9, "better"),
        (7.0, 3.0, "none"),
        (7.0, None, "unknown"),
        (None, 1.9, "unknown"),
    ],
)
def test_a_change_is_judged_by_the_reliable_change_index(change, sem, told):
    assert verdict(Score("phq9_total", 12.0, change=change, sem=sem), PHQ9) == told


def test_a_fall_of_the_who5_is_for_the_worse():
    who5 = SURVEY.parts[2].scales[0]
    assert verdict(Score("who5_total", 20.0, change=-40.0, sem=5.0), who5) == "worse"


# 3. the list


def case_of(place, level=2, contacts=(), **told):
    return Case(replace(entry(code(place), level=level), **told), contacts)


def test_a_line_has_reason_score_with_error_band_answers_and_change():
    score = Score("phq9_total", 12.0, None, "moderate", 9, False, 7.0, 1.9)
    words = score_words(score, SURVEY, "zh")
    # 1.96 * 1.9 = 3.72
    assert words == "PHQ-9：12 ± 3.7，中度（9/9）"
    assert change_words(score, SURVEY, "zh") == "PHQ-9：+7 分，明显变差"


def test_unscorable_is_said_and_never_zero():
    words = score_words(Score("phq9_total", None, 8.0, None, 4), SURVEY, "zh")
    assert words == "PHQ-9：无法计分（4/9）"


def test_todays_are_seen_whatever_a_week_has_room_for():
    cases = [case_of(1, 1), case_of(2, 1), case_of(3, 2), case_of(4, 6), case_of(5, 6)]
    week = share_out(cases, 2)
    assert [case.entry.code for case in week.now] == [code(1), code(2), code(3)]
    assert [case.entry.code for case in week.waiting] == [code(4), code(5)]


@given(
    st.lists(
        st.tuples(st.sampled_from([1, 2, 6]), st.sampled_from(["", "reached", "declined", "closed"])), max_size=12
    ),
    st.integers(0, 8),
)
def test_nobody_is_in_two_parts_of_the_week_and_nobody_in_none(persons, per_week):
    cases = [
        case_of(i, level, (Contact(state, "2026-11-06"),) if state else ()) for i, (level, state) in enumerate(persons)
    ]
    week = share_out(cases, per_week)
    parts = [case.entry.code for part in (week.now, week.waiting, week.in_touch, week.closed) for case in part]
    assert sorted(parts) == sorted(case.entry.code for case in cases)


def test_what_to_ask_next_follows_the_reason_and_then_the_state():
    assert "念头" in ask_next(case_of(1, 1), "zh")
    assert "约好的下一步" in ask_next(case_of(1, 1, (Contact("reached", "2026-11-06"),)), "zh")
    assert "尊重谢绝" in ask_next(case_of(1, 2, (Contact("declined", "2026-11-06"),)), "zh")


def test_somebody_of_a_school_that_left_the_roster_is_still_said(keyed):
    line = line_of(case_of(1, school="S777"), SURVEY, read_roster(keyed.workspace.roster), "zh")
    assert line.school == "名册中没有这所学校"


def test_the_notebook_shows_persons_only_in_the_confidential_zone(desk, monkeypatch):
    monkeypatch.chdir(desk.workspace.root)
    elsewhere = open_desk(AUTUMN)
    with pytest.raises(UsageError) as error:
        elsewhere.unlock(desk.workspace.root / "any.age", PASSPHRASE)
    assert error.value.key == "outside_confidential"
    shown = elsewhere.worklist()._repr_mimebundle_()["text/html"]
    assert "wellbeing lab" in shown
    assert not [field for field in every_field(elsewhere.worklist().box) if type(field).__name__ == "Password"]


def every_field(box):
    yield box
    for child in getattr(box, "children", ()):
        yield from every_field(child)


def named(panel, kind, description):
    return next(f for f in every_field(panel.box) if type(f).__name__ == kind and f.description == description)


def seen(panel):
    return " ".join(str(field.value) for field in every_field(panel.box) if type(field).__name__ == "HTML")


def test_the_fields_open_the_list_record_and_lock_and_the_cells_keep_nobody(key_file, desk):
    panels = [
        desk.choose(),
        desk.data_check(),
        desk.worklist(),
        desk.meaning(),
        desk.record_contact(),
        desk.school_report(),
    ]
    listing, recording = panels[2], panels[4]
    passphrase = named(listing, "Password", "口令")
    named(listing, "Text", "或密钥路径").value = str(key_file)
    passphrase.value = "wrong words"
    named(listing, "Button", "打开名单").click()
    assert passphrase.value == ""
    assert "出了问题" in seen(listing)
    assert desk.register is None
    passphrase.value = PASSPHRASE
    named(listing, "Button", "打开名单").click()
    assert passphrase.value == ""
    assert "CASE-0000-0001" in seen(listing)
    assert "本周要联系：2 人" in seen(listing)
    # Item 9 was answered above zero by the second, who comes first.
    assert [code for _, code in named(recording, "Dropdown", "编码").options] == [code(1), code(0)]
    named(recording, "Button", "登记").click()
    assert "已登记：CASE-0000-0001，已联系" in seen(recording)
    assert "跟进中：1 人" in seen(listing)
    for panel in panels:
        kept = json.dumps(panel._repr_mimebundle_())
        assert "CASE" not in kept
        assert PASSPHRASE not in kept
    named(listing, "Button", "锁上").click()
    assert "CASE" not in seen(listing) + seen(recording)
    assert named(recording, "Dropdown", "编码").options == ()


def test_of_one_school_only_its_own_are_shown(desk, keyed):
    unlocked(desk, keyed).choose_school("S002")
    assert "CASE-0000-0001" in seen(desk.worklist())
    assert "CASE-0000-0000" not in seen(desk.worklist())


# 4. what the list means


def test_the_meaning_is_the_countys_own(keyed):
    # 20 of 107 at or above 10, as 187 of 1000: a PPV of 24 %, and 1 - .88 is about 1 in 8.
    keep(keyed.workspace, [TEN] * 20 + [{"school_id": school} for school in SCHOOLS for _ in range(29)])
    lines = list_meaning(SURVEY, list_wave(keyed.workspace, SURVEY, AUTUMN), "zh").measures[0][1]
    assert "全县 107 人有分数，20 人达到界值" in lines[0]
    assert "大约2到3个" in lines[1]
    assert "每8个" in lines[2]


def two_stages(workspace):
    path = workspace.surveys / "screening.yaml"
    text = path.read_text(encoding="utf-8")
    told = "two_stage: {phq9: {first: [1, 2], at_least: 3}, gad7: {first: [1, 2], at_least: 3}}\n"
    path.write_text(text + told, encoding="utf-8")
    return load_survey(workspace, "screening")


def test_who_stopped_at_the_first_stage_is_not_asked_again_and_is_in_no_prevalence(keyed):
    survey = two_stages(keyed.workspace)
    rest = [f"phq9_{i}" for i in range(3, 10)] + [f"gad7_{i}" for i in range(3, 8)]
    stopped = dict.fromkeys(rest, NA)
    anxious_no = dict.fromkeys([f"gad7_{i}" for i in range(3, 8)], NA)
    keep(keyed.workspace, [stopped] * 6 + [TEN | anxious_no] * 2, survey=survey, not_asked=rest)
    listed = list_wave(keyed.workspace, survey, AUTUMN)
    # Without telling "not asked" from "left blank" all eight would be on it, six of them for a blank item 9.
    assert sorted(listed.worklist["code"]) == [code(6), code(7)]
    check = checked(keyed.workspace, "S001", survey=survey)
    assert counts(check)["PHQ-9：只问了第一步"] == "6"
    assert counts(check)["抑郁（PHQ-9）：无法计分"] == "0"
    assert counts(check)["有漏答的题目"] == "0"
    meaning = " ".join(line for _, lines in list_meaning(survey, listed, "zh").measures for line in lines)
    assert "2 人里有 2 人达到总分的界值" in meaning
    assert "核实偏倚" in meaning
    assert "灵敏度" not in meaning


def test_a_total_of_the_second_stage_is_in_no_figure_of_a_release(keyed):
    survey = two_stages(keyed.workspace)
    rest = [f"phq9_{i}" for i in range(3, 10)] + [f"gad7_{i}" for i in range(3, 8)]
    keep(keyed.workspace, [dict.fromkeys(rest, NA)] * 3 + [TEN], survey=survey, not_asked=rest)
    listed = list_wave(keyed.workspace, survey, AUTUMN)
    units = pd.DataFrame({"unit": ["S001"], "schools": ["S001"]})
    counted = aggregate(survey, listed.responses, listed.scores, units)
    assert set(counted.measures["instrument"]) == {"who5", "cbi"}


def test_a_line_says_that_the_rest_was_not_asked(keyed):
    survey = two_stages(keyed.workspace)
    assert first_stage(survey, survey.parts[0]).columns == ("phq9_1", "phq9_2")
    words = score_words(Score("gad7_total", None, 0.0, None, 2), survey, "zh")
    assert words == "GAD-7：第一步未到界值，其余的题没有问"


# 5. recording


def test_an_unknown_code_is_refused_and_not_repeated(key_file, desk, keyed, capsys, monkeypatch):
    unlocked(desk, keyed)
    with pytest.raises(UsageError) as error:
        desk.record("NOBO-DY00-0000", "reached", "2026-11-06")
    assert error.value.key == "unknown_code"
    monkeypatch.setattr("wellbeing.keys.passphrases.ask", lambda _: PASSPHRASE)
    assert call(["followup", "record", "NOBO-DY00-0000", "--state", "reached", "--identity", str(key_file)]) == 2
    told = capsys.readouterr()
    assert "没有这个编码" in told.err
    assert "NOBO" not in told.err + told.out


@pytest.mark.parametrize("day", ["", "2999-01-01", "last week", "2026-1-1", "20260101"])
def test_a_day_that_is_none_or_lies_ahead_is_refused(desk, day, keyed):
    with pytest.raises(UsageError) as error:
        unlocked(desk, keyed).record(code(0), "reached", day)
    assert error.value.key == "bad_day"


def test_while_a_second_person_writes_nothing_is_written_and_nothing_is_lost(desk, monkeypatch, keyed):
    monkeypatch.setattr(registers, "PATIENCE", 0.1)
    unlocked(desk, keyed)
    folder = WaveFolder.of(desk.workspace, "screening", AUTUMN)
    with FileLock(folder.root.with_name(f".{AUTUMN}.lock")), pytest.raises(UsageError) as error:
        desk.record(code(0), "reached", "2026-11-06")
    assert error.value.key == "register_busy"
    desk.record(code(0), "reached", "2026-11-06")
    assert desk.opened().case(code(0)).state == "reached"


def test_two_people_at_once_see_what_the_other_recorded(desk, keyed):
    first, second = unlocked(desk, keyed), unlocked(open_desk(AUTUMN), keyed)
    first.record(code(0), "reached", "2026-11-06")
    second.record(code(1), "referred", "2026-11-07")
    assert {case.state for case in second.opened().cases()} == {"reached", "referred"}


def test_after_a_restart_of_the_kernel_everything_recorded_is_there(desk, keyed):
    unlocked(desk, keyed).record(code(0), "referred", "2026-11-06")
    path = desk.make_page(code(1))
    del desk
    again = open_desk(AUTUMN)
    assert again.register is None
    unlocked(again, keyed)
    assert again.opened().case(code(0)).state == "referred"
    assert again.opened().case(code(1)).page == path.name


def test_a_page_is_a_logged_act_and_gone_when_the_case_is_closed(desk, keyed):
    path = unlocked(desk, keyed).make_page(code(0))
    assert path.read_bytes().startswith(b"%PDF-")
    assert path.is_relative_to(desk.workspace.root / "data" / "confidential")
    log = (desk.workspace.root / "data" / "audit" / "log.jsonl").read_text(encoding="utf-8")
    assert "pages_printed" in log
    assert code(0) not in log
    assert desk.record(code(0), "closed", "2026-11-06") is True
    assert not path.exists()


def test_the_page_has_a_guide_for_what_was_asked_in_our_own_words():
    instruments = [load_instrument(name) for name in ("phq9", "gad7", "who5", "cbi")]
    lines = talk_about(instruments, "zh")
    assert [name in line for line, name in zip(lines, ("PHQ-9", "GAD-7", "WHO-5", "CBI"), strict=True)] == [True] * 4
    for instrument in instruments:
        for item in instrument.items:
            wording = item.text.in_("zh")
            pieces = {wording[i : i + 8] for i in range(len(wording) - 7)}
            assert not any(piece in line for piece in pieces for line in lines)


def test_the_page_carries_the_countys_contacts_and_the_hotline(desk, keyed):
    path = desk.workspace.surveys / "county.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "contacts: []", 'contacts: [{zh: "县中心 0000-111", en: "Centre 0000-111"}]'
        ),
        encoding="utf-8",
    )
    case = unlocked(desk, keyed).opened().case(code(0))
    content = page_content(desk.opened(), case, desk.roster, "2026-11-06", "zh")
    told = json.dumps(content, ensure_ascii=False)
    assert "县中心 0000-111" in told
    assert "12356" in told
    assert "情绪（PHQ-9）" in told


# 6. the report, and the page for heads


def test_no_report_is_shown_before_it_is_issued_and_none_is_made(keyed):
    workspace = keyed.workspace
    assert "选一所学校" in issued_report(workspace, SURVEY, AUTUMN, "", "zh").lines[0]
    assert "还没有发布" in issued_report(workspace, SURVEY, AUTUMN, "S001", "zh").lines[0]
    released = workspace.released("screening", AUTUMN)
    released.mkdir(parents=True)
    (released / "units.csv").write_text("unit,level,name_zh,name_en,schools\nS001,school,甲,A,S001\n", encoding="utf-8")
    output = workspace.output("screening", AUTUMN) / "zh"
    output.mkdir(parents=True)
    (output / f"S001_{AUTUMN}.pdf").write_bytes(b"%PDF-")
    found = issued_report(workspace, SURVEY, AUTUMN, "S001", "zh")
    assert found.pdf is None
    assert "还没有发出（目前：草稿）" in found.lines[0]


def test_the_page_for_heads_says_why_and_holds_no_data(keyed):
    path = write_head_page(keyed.workspace, "zh", "2026-11-06")
    assert path.read_bytes().startswith(b"%PDF-")
    told = json.dumps(head_content(load_county(keyed.workspace), "zh"), ensure_ascii=False)
    assert "为什么任何人都不能看筛查名单" in told
    assert "S001" not in told
    assert write_head_page(keyed.workspace, "en", "2026-11-06").read_bytes().startswith(b"%PDF-")


# the notebook, the start page and `wellbeing lab`


def test_the_notebook_asks_one_thing_a_cell():
    notebook = nbformat.read(ROOT / "notebooks" / "screening.ipynb", as_version=4)
    code_cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert "wave" in code_cells[0]
    assert all(len(source.splitlines()) == 1 for source in code_cells[2:])
    assert "12356" in " ".join(cell.source for cell in notebook.cells)


def test_every_step_says_what_it_reads_and_writes_and_who_can_see_it(desk):
    for panel in desk.steps.values():
        assert all(word in seen(panel) for word in ("读：", "写：", "谁能看到："))


def test_the_lab_lays_out_clean_pages_and_saves_no_fields(keyed):
    workspace = keyed.workspace
    zone = workspace.root / "data" / "confidential"
    zone.mkdir(parents=True)
    (zone / "screening.ipynb").write_text("CASE-0000-0001 of yesterday", encoding="utf-8")
    start = lab.lay_out(workspace)
    assert start == zone / "start.md"
    assert "本学期要做的四件事" in start.read_text(encoding="utf-8")
    assert (zone / "screening.ipynb").read_bytes() == (workspace.notebooks / "screening.ipynb").read_bytes()
    settings = Path(lab.lab_environment(workspace)["JUPYTERLAB_SETTINGS_DIR"])
    manager = settings / "@jupyter-widgets" / "jupyterlab-manager" / "plugin.jupyterlab-settings"
    assert json.loads(manager.read_text(encoding="utf-8")) == {"saveState": False}
    command = lab.lab_command(workspace, start, 8888, browser=False)
    assert "--ServerApp.ip=127.0.0.1" in command
    assert "--ServerApp.open_browser=False" in command


def test_a_fault_is_told_without_its_message():
    try:
        raise ValueError("CASE00000001 answered 3")
    except ValueError as error:
        told = plain_errors.sentence(error, "zh")
    assert "ValueError" in told
    assert "CASE" not in told


# The county lead's view (R8: the lead sees all, a school its own, the officer numbers of schools only).


def many(school, count, cases):
    return [(TWENTY if place < cases else {}) | {"school_id": school} for place in range(count)]


def test_the_lead_sees_every_school_in_the_rosters_order(desk, keyed):
    persons = [p for place, school in enumerate(SCHOOLS) for p in many(school, 40, 36 if place == 1 else 4)]
    keep(desk.workspace, [{"code": code(100 + place)} | person for place, person in enumerate(persons)])
    found = unlocked(desk, keyed).all_schools()
    roster = read_roster(desk.workspace.roster).schools["name"]
    assert [row[0] for row in found.rows] == list(roster)
    phq9 = next(place for place, name in enumerate(found.header) if "PHQ-9" in name)
    worse = say("counsellor.state_red", "zh")
    assert [row[phq9].startswith(worse) for row in found.rows] == [school == SCHOOLS[1] for school in roster.index]
    assert not found.two_waves
    assert found.wrong_reds < 1


def test_another_counsellor_does_not_see_the_other_schools(desk, keyed):
    secret, public = envelope.new_identity()
    add_holder(desk.workspace, Holder("someone else", "counsellor", public, "2026-09-01", (SCHOOLS[0],)))
    desk.register = replace(opened(keyed), identities=(envelope.identity_of(secret),))
    with pytest.raises(UsageError) as refused:
        desk.all_schools()
    assert refused.value.key == "not_the_lead"


def test_the_county_view_keeps_nothing_in_the_notebook(desk, keyed):
    panel = unlocked(desk, keyed).county_view()
    panel.box.children[0].click()
    assert say("counsellor.col_unit", "zh") in panel.box.children[1].value
    kept = json.dumps(panel._repr_mimebundle_())
    assert say("counsellor.col_unit", "zh") not in kept
    desk.lock()
    assert say("counsellor.col_unit", "zh") not in panel.box.children[1].value
