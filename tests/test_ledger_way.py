"""The made-up county's opinion survey and record sheets, the whole way: every row as it was planted."""

import re

import numpy as np
import pytest

from releases import build
from wellbeing.attack.ledgers import ledger_leaks
from wellbeing.attack.told import read_told
from wellbeing.batch.analysis import analyse
from wellbeing.disclosure.release import read_release
from wellbeing.importers import read_export
from wellbeing.importers.intake import take_in
from wellbeing.importers.records import take_in_records
from wellbeing.ledger import FILE, STATES, burden_of, read_ledger, rows_of, state_name
from wellbeing.ledger.build import Beside, build_ledger
from wellbeing.ledger.contact import ContactTimes
from wellbeing.measures import GROUP_ROWS, ROWS, load_measures
from wellbeing.record_store import read_records
from wellbeing.surveys import Roster, load_survey, read_roster
from wellbeing.synthetic.opinion import SURVEY, ask_everything, make_opinion
from wellbeing.synthetic.opinion_records import make_records
from wellbeing.synthetic.places import make_schools
from wellbeing.workspace import Workspace, unpack

#: Rows that record or survey decide; 9b is the screening's, I to III are derived; each has a test of its own.
DECIDED = tuple(row for row in ROWS if row not in ("9b", "I", "II", "III"))


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("way") / "county")
    ask_everything(workspace)
    path = workspace.surveys / f"{SURVEY}.yaml"
    text = path.read_text(encoding="utf-8")
    # The ledger reads the survey's own questions; clearing the scales beside them takes most of the time.
    path.write_text(re.sub(r"  - \{id: copsoq3_core.*\n", "", text), encoding="utf-8")
    made = Roster(make_schools(16, np.random.default_rng(7)).assign(group=""))
    table = made.schools.reset_index()
    table["rural"] = ["yes" if rural else "no" for rural in table["rural"]]
    table.to_csv(workspace.roster, index=False)
    measures_file = workspace.surveys / "measures.yaml"
    text = measures_file.read_text(encoding="utf-8")
    assert "# reference_pay: 98000" in text
    # Between what schools of little and of usual pay write: parity is told.
    measures_file.write_text(text.replace("# reference_pay: 98000", "reference_pay: 90000"), encoding="utf-8")
    roster, measures = read_roster(workspace.roster), load_measures(workspace)
    opinion = make_opinion(workspace, roster)
    sheets = make_records(workspace, roster, opinion.planted, measures, "2025-2026")
    taken = take_in_records(workspace, list(sheets.values()), measures, roster)
    assert taken.lacking == (opinion.planted.without_record,)
    take_in(workspace, load_survey(workspace, SURVEY), "2026", roster, read_export(opinion.exports["2026"]))
    analyse(workspace, SURVEY, "2026", "2026-10-25", False, lambda _: None)
    folder = workspace.released(SURVEY, "2026")
    return folder, read_ledger(folder), opinion.planted


def screened(release, wave, frozen, without=()):
    """A screening's release of the same county, in which some units may not be told who took part."""
    units = release.units.copy()
    units.loc[units["unit"].isin(without), ["respondents", "response"]] = np.nan
    cells, measures = release.cells.iloc[:0], release.measures.iloc[:0]
    return build("screening", wave, frozen, dict(release.county), units, cells, measures, release.policy)


def of_item(ledger, unit, row, item):
    return ledger.evidence(unit, row).set_index("item").loc[item]


@pytest.mark.slow
def test_every_row_of_every_unit_is_found_as_planted(county):
    _, ledger, planted = county

    def states(profile, level, rows):
        return {(unit, row): ledger.state(unit, row) for unit in planted.units_of(profile, level) for row in rows}

    told = [row for row in DECIDED if row not in GROUP_ROWS]
    assert set(states("met", "school", told).values()) == {"met"}
    # Everybody is asked everywhere, also where nothing came of it: then row 3a fails by what changed since.
    assert set(states("not_met", "school", told).values()) == {"not_met"}
    assert set(states("contradiction", "school", told).values()) == {"not_met"}
    assert set(states("too_few", "school", DECIDED).values()) == {"cannot_tell"}
    for profile in ("met", "not_met", "contradiction", "ordinary"):
        assert set(states(profile, "school", GROUP_ROWS).values()) == {"cannot_tell"}
    # A group's few pensioners and visits stay a class that may be anything: never a "not met" of a good one.
    assert set(states("met", "group", DECIDED).values()) <= {"met", "cannot_tell"}
    assert set(states("not_met", "group", DECIDED).values()) == {"not_met"}


@pytest.mark.slow
def test_only_where_word_and_deed_differ_do_they_contradict_each_other(county):
    _, ledger, planted = county
    pairs = ledger.pairs()

    def chances(profile):
        of = pairs[pairs["unit"].isin(planted.units_of(profile))]
        return of["contradiction"].dropna()

    # From this probability on something is said (`sure` in measures.yaml).
    assert chances("contradiction").min() >= 0.8
    assert chances("met").max() < 0.2
    # What is not claimed cannot be contradicted; what little was done is not doubted either.
    assert chances("not_met").max() < 0.2
    assert chances("too_few").empty
    for unit in planted.units_of("contradiction"):
        assert ledger.state(unit, "I") == "not_met"


@pytest.mark.slow
def test_the_screenings_of_the_year_are_found_as_planted(county):
    """9b: both terms held; of one school in spring too few answered; the counsellors met most within a week."""
    folder, _, planted = county
    workspace = Workspace(folder.parents[3])
    (silent,) = planted.units_of("not_met")
    release = read_release(folder)
    autumn = screened(release, "2025-autumn", "2025-11-20")
    spring = screened(release, "2026-spring", "2026-05-20", [silent])
    times = {"2026-spring": ContactTimes({0: (20, 24), 7: (30, 34), 14: (0, 4)}, ((0, 4), (0, 4)))}
    more = Beside({"2025-autumn": autumn, "2026-spring": spring}, times)
    records, measures, roster = (
        read_records(workspace, "2025-2026"), load_measures(workspace), read_roster(workspace.roster),
    )  # fmt: skip
    made = build_ledger(release, records, measures, roster, more)
    (good,), (few,) = planted.units_of("met"), planted.units_of("too_few")
    assert [made.state(unit, "9b") for unit in (good, silent, few)] == ["met", "cannot_tell", "cannot_tell"]
    assert made.state("county", "9b") == "met"
    assert of_item(made, good, "9b", "spring")["value"] == "2026-05-20"
    # At least 50 of 62 within a week, told of the county alone.
    assert of_item(made, "county", "9b", "contact")["low"] == pytest.approx(50 / 62, abs=1e-3)
    assert "contact" not in set(made.evidence(good, "9b")["item"])
    left_out = build_ledger(release, records, measures, roster, Beside({"2025-autumn": autumn}))
    assert left_out.state(good, "9b") == "not_met"


@pytest.mark.slow
def test_good_practice_and_pay_are_found_as_planted(county):
    _, ledger, planted = county
    (good,), (bad,), (told,) = (planted.units_of(profile) for profile in ("met", "not_met", "contradiction"))
    assert [ledger.state(unit, "II") for unit in (good, bad, told)] == ["met", "cannot_tell", "cannot_tell"]
    assert [of_item(ledger, unit, "2", "parity")["state"] for unit in (good, bad)] == ["met", "not_met"]
    # The office says that no month was late, staff say that it was.
    assert of_item(ledger, told, "2", "against:pay_months_late")["contradiction"] >= 0.8
    assert of_item(ledger, good, "2", "against:pay_months_late")["contradiction"] < 0.2
    assert of_item(ledger, "county", "6", "fair")["state"] in ("met", "cannot_tell")


@pytest.mark.slow
def test_the_school_without_a_sheet_is_seen_and_the_county_is_not_complete(county):
    _, ledger, planted = county
    assert ledger.state(planted.without_record, "III") == "not_met"
    assert ledger.state("county", "III") == "not_met"
    assert all(ledger.state(unit, "III") == "met" for unit in planted.units_of("met"))


@pytest.mark.slow
def test_the_ledger_stands_under_the_releases_digest_and_the_attack_finds_nothing_in_it(county):
    folder, ledger, _ = county
    assert read_release(folder).more[FILE] == ledger.to_bytes()
    assert list(ledger_leaks(read_told(folder))) == []


@pytest.mark.slow
def test_whoever_draws_finds_every_name_in_the_release(county):
    folder, ledger, _ = county
    release = read_release(folder)
    names = rows_of(release)
    items = set(map(tuple, names[["row", "item"]].to_numpy()))
    lines = ledger.lines[ledger.lines["source"].ne("pair")]
    assert {(row, item.partition(":")[0]) for row, item in zip(lines["row"], lines["item"], strict=True)} <= items
    assert names[["name_zh", "name_en"]].ne("").all(axis=None)
    asked = burden_of(release)
    # This county held no screening.
    assert set(asked["form"]) == {SURVEY, "records"}
    kit = ledger.evidence("county", "13c").set_index("item").loc["kit"]
    assert kit["low"] == asked.loc[asked["form"].eq(SURVEY), "minutes"].max()
    assert [state_name(state, "zh") for state in STATES] == ["已落实", "未落实", "无法判断", "没有询问"]
