"""The opinion survey from its export to a released folder, certified, with its ledger, attacked, and to its reports."""

import io
import json

import pandas as pd
import pytest

from wellbeing.attack import audit_release
from wellbeing.batch.analysis import analyse
from wellbeing.batch.run import run
from wellbeing.disclosure.release import read_release
from wellbeing.importers import import_file
from wellbeing.measures import load_measures
from wellbeing.responses import store
from wellbeing.sealed_waves import WaveFiles
from wellbeing.surveys import load_survey, read_roster
from wellbeing.synthetic import make_county
from wellbeing.synthetic.opinion import make_opinion
from wellbeing.workspace import unpack

pytestmark = pytest.mark.slow
WAVE = "2026"


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("opinions") / "county")
    make_county(workspace.root, schools=7)
    roster = read_roster(workspace.roster)
    export = make_opinion(workspace, roster, waves=(WAVE,)).exports[WAVE]
    survey = load_survey(workspace, "staff_opinion")
    store(workspace, survey, WAVE, *import_file(export, survey, roster))
    analyse(workspace, "staff_opinion", WAVE, "2026-11-20", False, lambda stage: None)
    return workspace


def test_an_export_becomes_a_certified_release_with_its_ledger(county):
    release = read_release(county.released("staff_opinion", WAVE))
    assert release.certificate["leaks"] == 0
    assert release.certificate["narrowest"] >= 5
    assert "ledger.csv" in release.more
    assert {"favourable", "unfavourable", "named", "mean"} == set(release.measures["use"])
    again = analyse(county, "staff_opinion", WAVE, "2026-12-01", True, lambda stage: None)
    assert again.digest == release.digest


def test_rows_that_are_told_by_groups_are_told_by_no_school(county):
    release = read_release(county.released("staff_opinion", WAVE))
    by_group = load_measures(county).told_by_group
    schools = release.units.loc[release.units["level"].eq("school"), "unit"]
    held_back = release.measures.loc[release.measures["scale"].isin(by_group), "measure"]
    assert len(held_back) > 0
    cells = release.cells[release.cells["unit"].isin(schools) & release.cells["measure"].isin(held_back)]
    assert set(cells["side"]) == {"withheld"}


def test_no_own_answer_is_written_beside_the_scores(county):
    working = county.working("staff_opinion", WAVE)
    scored = pd.read_csv(io.BytesIO(WaveFiles(county, "staff_opinion", WAVE).read(working / "scores.csv")), nrows=1)
    assert not [column for column in scored if column.startswith("op_")]
    people = pd.read_csv(working.parent / "people.csv")
    assert set(people["came"]) == {-1}
    assert people["measure"].str.startswith("op_").any()


def test_the_attack_finds_nothing_in_it(county):
    result = audit_release([county.released("staff_opinion", WAVE)], artefacts=False)
    assert result.leaks == ()
    assert result.narrowest >= 5


def test_every_unit_gets_its_opinion_report_and_the_audit_finds_nothing_in_them(county):
    result = run(county, "staff_opinion", WAVE, frozen="2026-12-01", resume=True, workers=1)
    assert result.failed == ()
    units = read_release(county.released("staff_opinion", WAVE)).units
    names = [f"{unit}_{WAVE}" for unit in units.loc[units["level"].isin(["school", "group"]), "unit"]]
    assert {path.stem for path in result.output.glob("*.pdf")} == {*names, f"county_{WAVE}"}
    # The run itself attacked the release and held every number in the reports and their notebooks against it.
    log = (county.working("staff_opinion", WAVE) / "run.jsonl").read_text(encoding="utf-8").splitlines()
    told = {entry["event"]: entry for entry in map(json.loads, log)}
    assert told["audited"]["leaks"] == told["numbers_read"]["leaks"] == told["scanned"]["findings"] == 0
    assert told["numbers_read"]["files"] == 2 * (len(names) + 1)
    assert told["numbers_read"]["numbers"] > 1000
