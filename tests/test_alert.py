"""The same day: critical answers into the register, from files that an import would not take whole."""

import csv
import json
from pathlib import Path

import pytest

from registers import WAVE, make_keyed
from wellbeing.cli import call
from wellbeing.errors import InputError, UsageError
from wellbeing.followup.alerts import alert_from
from wellbeing.followup.lists import list_wave, write_lists
from wellbeing.followup.register import open_register, record_contact
from wellbeing.importers import import_file
from wellbeing.keys import envelope
from wellbeing.keys.holders import Holder, add_holder, retire_holder
from wellbeing.pseudonyms import code_of
from wellbeing.responses import store
from wellbeing.surveys import load_survey, read_roster
from wellbeing.surveys.responders import require_responder, responder_is_example, same_day_items

TODAY = "2026-11-23"
AT_RISK, WELL = "AAAA1111BBBB", "CCCC2222DDDD"


@pytest.fixture
def keyed(tmp_path):
    return make_keyed(tmp_path / "county")


def row(code, nine="0", /, **changed):
    answers = {f"phq9_{i}": "1" for i in range(1, 9)} | {"phq9_9": nine}
    answers |= {f"gad7_{i}": "0" for i in range(1, 8)} | {f"who5_{i}": "3" for i in range(1, 6)}
    answers |= {f"cbi_{i}": "25" for i in range(1, 14)}
    person = {"school_id": "S001", "code": code, "submitted": "2026-11-05T09:01:07", "seconds": "300", "lang": "zh"}
    person |= {"sex": "", "age_band": "", "role": "", "consent_statistics": "yes", "consent_contact": "yes"}
    return person | answers | changed


def write(folder: Path, rows, name="answers.csv"):
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def alert(keyed, path):
    survey, roster = load_survey(keyed.workspace, "screening"), read_roster(keyed.workspace.roster)
    return alert_from(keyed.workspace, survey, WAVE, roster, path, None, TODAY)


def cases(keyed, name="lead"):
    survey = load_survey(keyed.workspace, "screening")
    return open_register(keyed.workspace, survey, WAVE, keyed.opens(name)).cases()


def test_only_the_critical_answer_counts_and_nothing_else_is_written(keyed, tmp_path):
    before = {path for path in keyed.workspace.root.rglob("*") if path.is_file()}
    result = alert(keyed, write(tmp_path, [row(AT_RISK, "1"), row(WELL, "0"), row("EEEE3333FFFF", "")]))
    assert (result.rows, result.problems) == (3, ())
    (case,) = cases(keyed)
    assert (case.entry.code, case.entry.level, case.entry.school, case.entry.day) == (AT_RISK, 1, "S001", "2026-11-05")
    assert [(reason.key, reason.measure) for reason in case.entry.reasons] == [("critical", "phq9_critical_9")]
    assert case.entry.scores == ()
    new = {path for path in keyed.workspace.root.rglob("*") if path.is_file()} - before
    assert {path.relative_to(keyed.workspace.root / "data").parts[0] for path in new} == {"confidential", "audit"}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"consent_contact": "no"}, id="agreed to no contact"),
        pytest.param({"consent_contact": ""}, id="left it out"),
        pytest.param({"code": ""}, id="no code"),
    ],
)
def test_who_cannot_be_contacted_is_on_no_list(keyed, tmp_path, changed):
    alert(keyed, write(tmp_path, [row(AT_RISK, "3", **changed)]))
    assert cases(keyed) == ()


def test_a_faulty_row_counts_as_far_as_it_can_be_read(keyed, tmp_path):
    rows = [
        row(AT_RISK, "2", school_id="S999"),  # a school that nobody knows
        row(AT_RISK, "2", school_id="S999"),  # twice
        row(WELL, "1", phq9_1="often", sex="?", submitted="soon"),
        row("no code!", "3"),
        row("EEEE3333FFFF", "rather often"),
    ]
    result = alert(keyed, write(tmp_path, rows))
    by_code = {case.entry.code: case.entry for case in cases(keyed)}
    assert set(by_code) == {AT_RISK, WELL}
    assert by_code[AT_RISK].school == "+unplaced"
    assert by_code[WELL].day == TODAY
    # What could not be read is said by row and column, and never what stands there.
    assert {(problem.column, problem.row) for problem in result.problems} == {
        ("school_id", 2),
        ("code", 5),
        ("phq9_9", 6),
    }
    said = InputError(result.problems).message("zh") + InputError(result.problems).message("en")
    for cell in ("often", "no code", AT_RISK, "S999"):
        assert cell not in said


def test_a_slip_in_a_code_is_said(keyed, tmp_path):
    code = code_of(b"k" * 32, "县", "1")
    result = alert(keyed, write(tmp_path, [row(code[1] + code[0] + code[2:], "1"), row(code, "1")]))
    assert [problem.column for problem in result.problems] == ["code"]
    assert [case.entry.code for case in cases(keyed)] == [code]


def test_as_often_as_answers_arrive_and_then_the_run(keyed, tmp_path):
    survey, roster = load_survey(keyed.workspace, "screening"), read_roster(keyed.workspace.roster)
    alert(keyed, write(tmp_path, [row(AT_RISK, "1")], "monday.csv"))
    register = open_register(keyed.workspace, survey, WAVE, keyed.opens("lead"))
    record_contact(register, AT_RISK, "reached", "2026-11-05")
    rows = [row(AT_RISK, "1"), *(row(f"WELL000{i}", "0") for i in range(5)), row("EEEE3333FFFF", "1")]
    full = write(tmp_path, rows, "friday.csv")
    for _ in range(3):
        alert(keyed, full)
    imported, record = import_file(full, survey, roster)[:2]
    store(keyed.workspace, survey, WAVE, imported, record)
    write_lists(keyed.workspace, survey, WAVE, roster, list_wave(keyed.workspace, survey, WAVE), TODAY)
    alert(keyed, full)
    found = cases(keyed)
    assert sorted(case.entry.code for case in found) == [AT_RISK, "EEEE3333FFFF"]
    states = {case.entry.code: case.state for case in found}
    assert states == {AT_RISK: "reached", "EEEE3333FFFF": "to_contact"}
    assert all(case.entry.level == 1 and case.listed and case.entry.scores for case in found)


def test_a_released_wave_turns_nobody_away(keyed, tmp_path):
    keyed.workspace.released("screening", WAVE).mkdir(parents=True)
    alert(keyed, write(tmp_path, [row(AT_RISK, "1")]))
    assert len(cases(keyed)) == 1


def test_a_school_without_a_counsellor_goes_to_the_countys(tmp_path):
    keyed = make_keyed(tmp_path / "county", east=("counsellor", ("S002",)), escrow=("escrow", ()))
    result = alert(keyed, write(tmp_path, [row(AT_RISK, "1")]))
    assert result.without_counsellor == ("S001", "S003")
    (case,) = cases(keyed, "east")
    assert (case.entry.code, case.entry.school) == (AT_RISK, "S001")


def test_no_counsellor_at_all(keyed, tmp_path):
    retire_holder(keyed.workspace, "lead", "2026-11-01")
    with pytest.raises(UsageError) as error:
        alert(keyed, write(tmp_path, [row(AT_RISK, "1")]))
    assert error.value.key == "no_counsellor_key"
    assert not list((keyed.workspace.root / "data").rglob("*.age"))


@pytest.mark.parametrize("gone", ["phq9_9", "code", "consent_contact", "school_id"])
def test_a_column_that_an_alert_cannot_do_without(keyed, tmp_path, gone):
    rows = [{name: cell for name, cell in row(AT_RISK, "1").items() if name != gone}]
    result = alert(keyed, write(tmp_path, rows))
    assert [(problem.what, problem.column) for problem in result.problems] == [("alert_no_column", gone)]
    assert len(cases(keyed)) == (1 if gone == "school_id" else 0)


def test_a_file_of_another_survey(keyed, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("colour,size\nred,3\n", encoding="utf-8")
    with pytest.raises(InputError):
        alert(keyed, path)


def test_the_command_acknowledges_and_says_nothing_of_anybody(keyed, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(keyed.workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    told = []
    for nine in ("0", "3"):
        path = write(tmp_path, [row(AT_RISK, nine)])
        assert call(["alert", str(path), "--survey", "screening", "--wave", WAVE]) == 0
        told.append(capfd.readouterr().out)
    assert told[0] == told[1]
    assert "open it now" in told[0]
    assert AT_RISK not in told[0]
    path = write(tmp_path, [row(AT_RISK, "rather often"), row(WELL, "1")])
    assert call(["alert", str(path), "--survey", "screening", "--wave", WAVE]) == 3
    said = capfd.readouterr()
    assert "at once" in said.err
    assert "rather" not in said.err + said.out
    assert WELL in {case.entry.code for case in cases(keyed)}
    lines = (keyed.workspace.root / "data" / "audit" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    # The same whatever was in the file, but for the minute and the chain.
    assert len({json.dumps({k: v for k, v in json.loads(x).items() if k not in ("at", "before")}) for x in lines}) == 1


# who answers the same day


def edited(keyed, file, old, new):
    path = keyed.workspace.surveys / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


RESPONDER = "same_day_responder: {name: 示例值班辅导员, phone: 0000-0000000, hours: 每天 8:00–22:00}\n"


def test_a_question_on_self_harm_needs_somebody_who_answers_the_same_day(keyed, monkeypatch, capfd):
    survey = load_survey(keyed.workspace, "screening")
    assert same_day_items(survey) == ("phq9_9",)
    require_responder(keyed.workspace, survey)
    assert responder_is_example(keyed.workspace)
    edited(keyed, "county.yaml", RESPONDER, "same_day_responder: {name: 李, phone: '1', hours: 全天}\n")
    assert not responder_is_example(keyed.workspace)
    edited(keyed, "county.yaml", "same_day_responder: {name: 李, phone: '1', hours: 全天}\n", "")
    with pytest.raises(InputError) as error:
        require_responder(keyed.workspace, survey)
    assert error.value.problems[0].what == "no_responder"
    monkeypatch.chdir(keyed.workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    for command in (["check"], ["forms", "screening", "--to", "xlsform", "--out", "form.xlsx"]):
        assert call(command) == 3
        assert "PHQ-8" in capfd.readouterr().err
    assert not Path("form.xlsx").exists()


def test_the_phq8_leaves_that_question_out_and_needs_nobody(keyed, tmp_path):
    edited(keyed, "county.yaml", RESPONDER, "")
    edited(keyed, "screening.yaml", "{id: phq9, scales: [total]}", "{id: phq9, scales: [phq8]}")
    survey = load_survey(keyed.workspace, "screening")
    assert "phq9_9" not in survey.columns
    assert same_day_items(survey) == ()
    require_responder(keyed.workspace, survey)
    rows = [{name: cell for name, cell in row(AT_RISK, "1").items() if name != "phq9_9"}]
    with pytest.raises(UsageError) as error:
        alert(keyed, write(tmp_path, rows))
    assert error.value.key == "no_alert_here"


def test_somebody_named_by_halves(keyed):
    edited(keyed, "county.yaml", "phone: 0000-0000000", "phone: ' '")
    from wellbeing.surveys import load_county

    with pytest.raises(InputError) as error:
        load_county(keyed.workspace)
    assert [(p.what, p.column) for p in error.value.problems] == [("empty_entry", "same_day_responder.phone")]


def test_a_key_made_later_reads_the_next_alert(keyed, tmp_path):
    alert(keyed, write(tmp_path, [row(AT_RISK, "1")]))
    secret, public = envelope.new_identity()
    add_holder(keyed.workspace, Holder("new", "counsellor", public, TODAY))
    keyed.identities["new"] = envelope.identity_of(secret)
    alert(keyed, write(tmp_path, [row(WELL, "1")]))
    assert [case.entry.code for case in cases(keyed, "new")] == [WELL]
    assert len(cases(keyed)) == 2
