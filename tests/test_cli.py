"""The command line as a user meets it: exit codes, one message, no traceback, in the user's language."""

import json
import shutil
import subprocess

import pytest

from wellbeing.cli import call
from wellbeing.workspace import unpack


@pytest.fixture
def county(tmp_path, monkeypatch):
    workspace = unpack(tmp_path / "county")
    monkeypatch.chdir(workspace.root)
    return workspace


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "screening"], 2, "--wave is missing"),
        (["run"], 2, "SURVEY is missing"),
        (["import", "--survey", "screening"], 2, "missing"),
        (["frobnicate"], 2, "frobnicate"),
        (["run", "screening", "--wave", "2026-autumn", "--frob"], 2, "--frob"),
        (["run", "screening", "--wave", "autumn"], 2, "2026-autumn"),
        (["run", "nothing", "--wave", "2026-autumn"], 2, "screening"),
        (["run", "screening", "--wave", "2026-autumn", "--lang", "de"], 2, "zh or en"),
        (["import", "gone.xlsx", "--survey", "screening", "--wave", "2026-autumn"], 2, "gone.xlsx"),
        (["instruments", "show", "nothing"], 2, "phq9"),
        (["init", "."], 2, "surveys"),
        (["demo", "--out", "."], 2, "--out"),
    ],
)
def test_a_wrong_call_is_said_in_one_message(county, monkeypatch, capfd, arguments, code, said):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    (county.root / "data" / "roster.csv").write_text(
        "school_id,name,town,kind,rural,staff\nS001,青云镇中心小学,青云镇,primary,yes,46\n", encoding="utf-8"
    )
    assert call(arguments) == code
    output = capfd.readouterr()
    assert said in output.err
    assert "fault in the kit" not in output.err
    assert "Traceback" not in output.out + output.err


def test_messages_are_chinese_unless_asked_otherwise(county, monkeypatch, capfd):
    monkeypatch.delenv("WELLBEING_LANG", raising=False)
    assert call(["run", "screening"]) == 2
    assert "缺少 --wave" in capfd.readouterr().err


def test_outside_a_workspace(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert call(["check"]) == 2
    assert "wellbeing init" in capfd.readouterr().err


def test_a_fault_of_the_kit_tells_its_place_and_not_its_message(county, monkeypatch, capfd):
    def fail(*_):
        raise KeyError("金丝雀-7Q4K")

    monkeypatch.setattr("wellbeing.checks.check_workspace", fail)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["check"]) == 1
    said = capfd.readouterr().err
    assert "KeyError, test_cli.py" in said
    assert "金丝雀" not in said
    assert "Traceback" not in said


def test_check_shows_the_groups_and_names_every_problem_of_the_roster(county, monkeypatch, capfd):
    monkeypatch.setenv("WELLBEING_LANG", "en")
    rows = [f"S00{i},青云镇第{i}小学,青云镇,primary,yes,{staff}" for i, staff in enumerate((12, 15, 20, 60), 1)]
    roster = county.root / "data" / "roster.csv"
    roster.write_text("\n".join(["school_id,name,town,kind,rural,staff", *rows]) + "\n", encoding="utf-8")
    assert call(["check"]) == 0
    said = capfd.readouterr().out
    assert "1 schools on their own, and 1 groups" in said
    assert "G01" in said
    assert "47 staff" in said  # 12 + 15 + 20
    assert "No report" not in said
    pair = [rows[0], rows[2], rows[3]]  # 12 and 20 are fewer than the 40 that two schools need
    roster.write_text("\n".join(["school_id,name,town,kind,rural,staff", *pair]) + "\n", encoding="utf-8")
    assert call(["check"]) == 0
    alone = capfd.readouterr().out
    assert "1 schools on their own, and 0 groups" in alone
    assert "No report" in alone
    assert "青云镇第1小学 (12), 青云镇第3小学 (20)" in alone
    roster.write_text("\n".join(["school_id,name,town,kind,rural,staff", *rows]) + "\n", encoding="utf-8")
    roster.write_text(
        roster.read_text(encoding="utf-8").replace(",60", ",sixty").replace("primary,yes,12", "school,yes,12")
    )
    assert call(["check"]) == 3
    said = capfd.readouterr().err
    assert "row 2, column kind" in said
    assert "row 5, column staff" in said


def test_scores_of_a_file(county, capfd):
    answers = county.root / "answers.csv"
    columns = ",".join(f"gad7_{i}" for i in range(1, 8))
    answers.write_text(f"code,{columns}\nA1,3,3,3,3,3,3,3\nA2,1,1,1,1,,,\n", encoding="utf-8")
    assert call(["score", "gad7", "answers.csv", "--out", "scores.csv"]) == 0
    rows = (county.root / "scores.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("code,gad7_total,gad7_total_band,gad7_total_answered,gad7_total_prorated")
    # seven answers of 3 are 21; four answers are fewer than the five that are asked for
    assert rows[1].startswith("A1,21,severe,7,False")
    assert rows[2].startswith("A2,unscorable,,4,False")


def test_the_list_of_instruments_for_scripts(county, capfd):
    assert call(["instruments", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capfd.readouterr().out)}
    assert len(rows) == 37
    assert rows["phq9"]["items"] == 9
    assert not rows["eri16"]["scorable"]


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
def test_a_workspace_inside_a_repository_keeps_its_data_out_of_it(tmp_path):
    """The README makes it in the kit's own folder: whoever adds everything there adds definitions and no answers."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    root = unpack(tmp_path / "our-county").root
    private = (
        "data/confidential/list.age", "data/roster.csv", "export.xlsx", "STICK/name.key.age", "sheets/S001.xlsx",
        "reports/output/screening/S001.pdf", "reports/distribution/S001.pdf", "wording/mbi.zh.yaml",
    )  # fmt: skip
    for name in private:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    subprocess.run(["git", "add", "--all"], cwd=tmp_path, check=True)
    done = subprocess.run(["git", "ls-files"], cwd=tmp_path, check=True, capture_output=True, text=True)
    kept = {"/".join(line.split("/")[1:3]) for line in done.stdout.splitlines()}
    assert {name for name in kept if not name.startswith("surveys/")} == {".gitignore", "reports/templates"}
    assert "surveys/county.yaml" in kept
