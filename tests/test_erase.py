"""Erasing a person and a wave, the receipt, and how long things are kept."""

import csv
import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import nbformat
import pytest

from registers import BEFORE, WAVE, Keyed, make_keyed
from test_alert import AT_RISK, WELL, alert, row, write
from wellbeing.cli import call
from wellbeing.erasure import erase_person, erase_wave
from wellbeing.errors import InputError, UsageError
from wellbeing.followup.lists import list_wave, write_lists
from wellbeing.followup.pages import print_page
from wellbeing.followup.register import open_register, record_contact
from wellbeing.importers import import_file
from wellbeing.quality import assess
from wellbeing.quality.page import write_quality
from wellbeing.responses import read_responses, store
from wellbeing.retention import due, due_lines, months_after, read_retention, wave_end
from wellbeing.surveys import load_survey, read_roster
from wellbeing.wave_lock import wave_held
from wellbeing.workspace import Workspace

TODAY = "2026-11-23"
ROWS = [
    row(WELL, "1", phq9_1="", phq9_2="2"),
    row(AT_RISK, "3", gad7_1="", gad7_2="1"),
    row("EEEE3333FFFF", "0", who5_1="", gad7_5=""),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two waves of three people, scored and listed, with an alert and something that was released."""
    tmp_path = tmp_path_factory.mktemp("erase")
    keyed = make_keyed(tmp_path / "county")
    workspace = keyed.workspace
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    for wave in (BEFORE, WAVE):
        imported, record = import_file(write(tmp_path, ROWS, f"{wave}.csv"), survey, roster)[:2]
        store(workspace, survey, wave, imported, record)
        people = read_responses(survey, wave, workspace).answers[["school_id", "code"]]
        people.to_csv(workspace.working("screening", wave) / "scores.csv", index=False)
        write_quality(workspace, survey, wave, assess(read_responses(survey, wave, workspace), survey))
        write_lists(workspace, survey, wave, roster, list_wave(workspace, survey, wave), TODAY)
    alert(keyed, write(tmp_path, ROWS))
    released = workspace.released("screening", BEFORE)
    released.mkdir(parents=True)
    (released / "cells.csv").write_text("unit,low,high\nS001,0,4\n", encoding="utf-8")
    return keyed


@pytest.fixture
def keyed(made, tmp_path):
    """The county, to be spoiled."""
    root = tmp_path / "county"
    shutil.copytree(made.workspace.root, root)
    return Keyed(Workspace(root), made.identities)


def opened(keyed, wave=WAVE):
    survey = load_survey(keyed.workspace, "screening")
    return open_register(keyed.workspace, survey, wave, keyed.opens("lead"))


def holding(keyed, text):
    """Files of the workspace that hold a text, by name or content."""
    root = keyed.workspace.root / "data"
    paths = [path for path in root.rglob("*") if path.is_file()]
    return [
        path.relative_to(root).as_posix() for path in paths if text.encode() in path.read_bytes() or text in path.name
    ]


def test_a_person_is_gone_everywhere_but_in_issued_aggregates(keyed):
    assert len(holding(keyed, AT_RISK)) == 6
    survey = load_survey(keyed.workspace, "screening")
    before = read_responses(survey, WAVE, keyed.workspace)
    receipt = erase_person(keyed.workspace, "aaaa-1111-bbbb", TODAY, keyed.opens("lead"))
    assert holding(keyed, AT_RISK) == []
    assert receipt.register == "done"
    assert {place[2] for place in receipt.places} == {"answers", "scores", "quality"}
    for wave in (BEFORE, WAVE):
        assert AT_RISK not in [case.entry.code for case in opened(keyed, wave).cases()]
        assert WELL in [case.entry.code for case in opened(keyed, wave).cases()]
    # The others' answers, and why some are missing, are as they were.
    after = read_responses(survey, WAVE, keyed.workspace)
    keep = before.answers["code"] != AT_RISK
    assert after.answers.equals(before.answers[keep].reset_index(drop=True))
    assert after.missing.astype(str).equals(before.missing[keep].reset_index(drop=True).astype(str))
    assert (keyed.workspace.released("screening", BEFORE) / "cells.csv").exists()
    with (keyed.workspace.working("screening", WAVE) / "quality.csv").open(encoding="utf-8", newline="") as file:
        assert [(row["row"], row["code"]) for row in csv.DictReader(file)] == [("0", WELL), ("1", "EEEE3333FFFF")]


def test_why_an_answer_is_missing_stays_with_its_person(keyed, tmp_path):
    workspace = keyed.workspace
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    text = (workspace.surveys / "screening.yaml").read_text(encoding="utf-8")
    assert "labels: {}" in text
    labels = "labels: {gad7: {不愿回答: refused}}"
    (workspace.surveys / "screening.yaml").write_text(text.replace("labels: {}", labels), encoding="utf-8")
    survey = load_survey(workspace, "screening")
    rows = [ROWS[0], ROWS[1], ROWS[2] | {"gad7_5": "不愿回答"}]
    imported, record = import_file(write(tmp_path, rows, f"{WAVE}.csv"), survey, roster)[:2]
    store(workspace, survey, WAVE, imported, record)
    assert read_responses(survey, WAVE, workspace).missing["gad7_5"].tolist()[2] == "refused"
    erase_person(workspace, AT_RISK, TODAY)
    kept = read_responses(survey, WAVE, workspace)
    assert kept.answers["code"].tolist() == [WELL, "EEEE3333FFFF"]
    assert kept.missing["gad7_5"].tolist()[1] == "refused"


def test_without_a_key_the_entry_is_hidden_at_once_and_removed_at_the_next_writing(keyed):
    record_contact(opened(keyed), AT_RISK, "reached", TODAY)
    receipt = erase_person(keyed.workspace, AT_RISK, TODAY)
    assert receipt.register == "noted"
    register = opened(keyed)
    assert [case.entry.code for case in register.cases()] == [WELL]
    record_contact(register, WELL, "reached", TODAY)
    register = opened(keyed)
    assert [case.entry.code for case in register.cases()] == [WELL]
    assert register.schools["S001"].erased == frozenset()
    assert not any(AT_RISK in part.record.contacts for part in register.schools.values())
    assert AT_RISK not in register.schools["S001"].listed


def test_a_printed_page_goes_with_the_person(keyed):
    roster = read_roster(keyed.workspace.roster)
    pages = {code: print_page(opened(keyed), code, roster, TODAY, "zh") for code in (AT_RISK, WELL)}
    erase_person(keyed.workspace, AT_RISK, TODAY, keyed.opens("lead"))
    assert not pages[AT_RISK].exists()
    assert pages[WELL].exists()


def test_whoever_comes_back_in_a_later_alert_is_listed_again(keyed, tmp_path):
    erase_person(keyed.workspace, AT_RISK, TODAY)
    alert(keyed, write(tmp_path, ROWS))
    assert AT_RISK in [case.entry.code for case in opened(keyed).cases()]


def test_the_receipt_has_no_code(keyed):
    receipt = erase_person(keyed.workspace, AT_RISK, TODAY)
    text = receipt.path.read_text(encoding="utf-8")
    assert "删除回执" in text
    assert "Receipt of erasure" in text
    for place in (text, receipt.path.name, (keyed.workspace.root / "data/audit/log.jsonl").read_text(encoding="utf-8")):
        assert AT_RISK not in place
        assert "AAAA" not in place


def test_a_code_that_reads_like_a_school_takes_nobody_else_along(keyed, tmp_path):
    workspace = keyed.workspace
    survey, roster = load_survey(workspace, "screening"), read_roster(workspace.roster)
    imported, record = import_file(write(tmp_path, [row("S001", "0")], "own.csv"), survey, roster)[:2]
    store(workspace, survey, WAVE, imported, record)
    erase_person(workspace, "S001", TODAY)
    assert sorted(read_responses(survey, WAVE, workspace).answers["code"]) == [AT_RISK, WELL, "EEEE3333FFFF"]


@pytest.mark.parametrize(("code", "key"), [("ZZZZ9999ZZZZ", "erase_unknown"), ("!", "malformed_code")])
def test_a_code_that_is_nowhere(keyed, code, key):
    before = {path: path.read_bytes() for path in keyed.workspace.root.rglob("*") if path.is_file()}
    with pytest.raises(UsageError) as error:
        erase_person(keyed.workspace, code, TODAY, keyed.opens("lead"))
    assert error.value.key == key
    assert {path: path.read_bytes() for path in before} == before


def test_somebody_in_the_register_alone_is_erased_with_a_key(keyed, tmp_path):
    alert(keyed, write(tmp_path, [row("GGGG4444HHHH", "2")]))
    with pytest.raises(UsageError):
        erase_person(keyed.workspace, "GGGG4444HHHH", TODAY)
    assert erase_person(keyed.workspace, "GGGG4444HHHH", TODAY, keyed.opens("lead")).register == "done"
    assert "GGGG4444HHHH" not in [case.entry.code for case in opened(keyed).cases()]


def test_what_notebooks_show_is_cleared(keyed):
    path = keyed.workspace.root / "data" / "confidential" / "screening.ipynb"
    output = nbformat.v4.new_output("stream", text=f"1. {AT_RISK}")
    cell = nbformat.v4.new_code_cell("screening.worklist", outputs=[output])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    erase_person(keyed.workspace, AT_RISK, TODAY)
    notebook = nbformat.read(path, as_version=4)
    assert [cell.source for cell in notebook.cells] == ["screening.worklist"]
    assert notebook.cells[0].outputs == []


def test_a_wave_goes_and_what_was_issued_stays(keyed):
    receipt = erase_wave(keyed.workspace, BEFORE, TODAY)
    assert {place[2] for place in receipt.places} == {"register", "answers", "imports"}
    for folder in (keyed.workspace.raw, keyed.workspace.working, keyed.workspace.confidential):
        assert not folder("screening", BEFORE).exists()
        assert folder("screening", WAVE).exists()
    assert (keyed.workspace.released("screening", BEFORE) / "cells.csv").exists()
    assert opened(keyed).cases()
    with pytest.raises(UsageError) as error:
        erase_wave(keyed.workspace, BEFORE, TODAY)
    assert error.value.key == "erase_no_wave"


def test_the_register_alone(keyed):
    erase_wave(keyed.workspace, BEFORE, TODAY, what="register")
    assert not keyed.workspace.confidential("screening", BEFORE).exists()
    assert keyed.workspace.working("screening", BEFORE).exists()


def test_a_wave_that_is_being_written(keyed):
    script = (
        "import sys; from pathlib import Path; from wellbeing.workspace import Workspace;"
        "from wellbeing.wave_lock import wave_held\n"
        f"with wave_held(Workspace(Path({str(keyed.workspace.root)!r})), 'screening', {BEFORE!r}):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline().strip() == b"held"
    try:
        with pytest.raises(UsageError) as error:
            erase_wave(keyed.workspace, BEFORE, TODAY)
        assert error.value.key == "wave_busy"
    finally:
        holder.communicate()
    with wave_held(keyed.workspace, "screening", BEFORE):
        pass
    assert keyed.workspace.working("screening", BEFORE).exists()


def test_the_command(keyed, monkeypatch, capfd):
    monkeypatch.chdir(keyed.workspace.root)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["erase"]) == 2
    assert call(["erase", AT_RISK, "--wave", WAVE]) == 2
    assert call(["erase", "ZZZZ9999ZZZZ"]) == 2
    assert "nothing was erased" in capfd.readouterr().err
    assert call(["erase", AT_RISK]) == 0
    said = capfd.readouterr().out
    assert "hidden from now on" in said
    assert AT_RISK not in said
    assert call(["erase", "--wave", BEFORE]) == 0
    assert "records of imports" in capfd.readouterr().out


# how long things are kept


@pytest.mark.parametrize(
    ("wave", "day"),
    [("2026-spring", "2026-07-31"), ("2026-autumn", "2027-01-31"), ("2026", "2026-12-31")],
)
def test_when_a_wave_ends(wave, day):
    assert wave_end(wave).isoformat() == day


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [("2026-07-31", 12, "2027-07-31"), ("2027-01-31", 1, "2027-02-28"), ("2026-12-31", 36, "2029-12-31")],
)
def test_months(day, months, after):
    assert months_after(date.fromisoformat(day), months).isoformat() == after


def test_what_is_due(keyed):
    def told(today):
        return {(one.wave, one.what, one.since) for one in due(keyed.workspace, date.fromisoformat(today))}

    assert told("2026-10-29") == set()
    # ninety days after 31 July
    assert told("2026-10-30") == {(BEFORE, "link", "2026-10-29")}
    assert (BEFORE, "register", "2027-07-31") in told("2027-08-01")
    assert (BEFORE, "answers", "2029-07-31") in told("2029-08-01")
    erase_wave(keyed.workspace, BEFORE, TODAY)
    assert not any(wave == BEFORE for wave, _, _ in told("2029-08-01"))
    assert any("2026-autumn" in line for line in due_lines(keyed.workspace, date(2031, 1, 1)))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("register_months: 12", "register_months: 13", "kept_too_long"),
        ("register_months: 12", "register_months: 0", "not_positive"),
        ("audit_log_months: 36", "audit_log_months: 35", "log_too_short"),
        ("link_days: 90", "link_days: 90.5", "settings_kind"),
        ("link_days: 90", "", "settings_lack"),
    ],
)
def test_a_county_may_only_keep_things_shorter(keyed, old, new, what):
    path = keyed.workspace.surveys / "retention.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_retention(keyed.workspace)
    assert what in [problem.what for problem in error.value.problems]


def test_shorter_is_a_countys_own_affair(keyed):
    path = keyed.workspace.surveys / "retention.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("months: 12 ", "months: 6 "), encoding="utf-8")
    assert read_retention(keyed.workspace).clinical.register_months == 6
    path.unlink()
    assert read_retention(keyed.workspace).clinical.register_months == 12


# the answers of an anonymous survey


def test_an_opinion_survey_keeps_no_trace_of_who_answered_when(tmp_path):
    keyed = make_keyed(tmp_path / "county")
    workspace = keyed.workspace
    text = (workspace.surveys / "screening.yaml").read_text(encoding="utf-8")
    code = text[text.index("  - id: code\n") : text.index("  - id: sex\n")]
    instruments = text[text.index("instruments:\n") : text.index("\n\n", text.index("instruments:\n"))]
    text = text.replace(code, "").replace(instruments, "instruments:\n  - {id: uwes3, scales: [total]}")
    text = text.replace("id: screening", "id: views", 1).replace("policy: clinical", "policy: opinion")
    (workspace.surveys / "views.yaml").write_text(text, encoding="utf-8")
    survey, roster = load_survey(workspace, "views"), read_roster(workspace.roster)
    rows = []
    for at in range(40):
        person = {"school_id": "S001", "submitted": f"2026-11-05T09:{at:02}:07", "consent_statistics": "yes"}
        person |= {"consent_contact": "no", "sex": "", "age_band": "", "role": ""}
        rows.append(person | {item.column: str(item.codes[at % len(item.codes)]) for item in survey.items})
    imported, record = import_file(write(tmp_path, rows, "views.csv"), survey, roster)[:2]
    store(workspace, survey, "2026", imported, record)
    kept = read_responses(survey, "2026", workspace).answers
    assert len(kept) == 40
    assert kept["submitted"].isna().all()
    assert kept["code"].isna().all()
    column = survey.items[0].column
    assert sorted(kept[column]) == sorted(imported.answers[column])
    assert kept[column].tolist() != imported.answers[column].tolist()
    for path in (workspace.root / "data").rglob("*"):
        if path.is_file():
            assert b"09:1" not in path.read_bytes(), path.name
    (workspace.surveys / "views.yaml").write_text(
        text.replace("  - id: sex\n", code + "  - id: sex\n"), encoding="utf-8"
    )
    with pytest.raises(InputError) as error:
        load_survey(workspace, "views")
    assert [problem.what for problem in error.value.problems] == ["opinion_code"]


def test_nothing_of_a_person_stands_in_the_records_of_imports(keyed):
    listing = json.loads((keyed.workspace.raw("screening", WAVE) / "files.json").read_text(encoding="utf-8"))
    erase_person(keyed.workspace, AT_RISK, TODAY)
    after = json.loads((keyed.workspace.raw("screening", WAVE) / "files.json").read_text(encoding="utf-8"))
    assert after["files"][0]["rows_kept"] == listing["files"][0]["rows_kept"] - 1
    folder = keyed.workspace.working("screening", WAVE)
    assert [path.name for path in (folder / "answers").iterdir()] == [after["files"][0]["answers"]]
    with (folder / "answers" / after["files"][0]["answers"]).open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == 3
    assert Path(after["files"][0]["answers"]).suffix == ".csv"
