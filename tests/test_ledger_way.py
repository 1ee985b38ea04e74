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
from wellbeing.synthetic.opinion_records import make_records, record_values
from wellbeing.synthetic.places import make_schools
from wellbeing.workspace import Workspace, kit_root, unpack

#: Rows that record or survey decide; 9b is the screening's, I to III are derived; each has a test of its own.
DECIDED = tuple(row for row in ROWS if row not in ("9b", "I", "II", "III"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The released folder, its ledger, and the made-up answers that it comes from."""
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
    return folder, read_ledger(folder), opinion


@pytest.fixture(scope="module")
def county(made):
    folder, ledger, opinion = made
    return folder, ledger, opinion.planted


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


# --- the check list: every quantity that the county's table of measures names, row by row

#: Row to what it names, and the evidence that has its value.
QUANTITIES = {
    "1": {
        "congress held": "congress", "attended": "attended",
        "index of knowing, taking part, speaking, supervising": "rights",
    },
    "2": {
        "months late": "months", "average pay against the reference": "parity",
        "allowance as listed": "allowance allowance_paid", "share reporting late or short": "on_time",
        "satisfaction": "satisfied",
    },
    "3a": {"invited, response, gate, date": "asked", "saw something change": "change"},
    "3b": {"open need by category": "needs no_need", "knows whom to ask": "whom", "helped within a month": "helped"},
    "3c": {
        "talked with by tier, forecast": "staff members middle", "had a talk": "talk",
        "was listened to": "frank listened", "something followed": "followed",
    },
    "4": {"held of entitled": "honoured all_held", "attended": "attended", "meant something": "meant"},
    "5": {"known": "known", "applied fairly": "fair"},
    "6": {
        "hours": "hours", "trained": "trained", "plan": "plans plan", "mentor in the first years": "mentored mentor",
        "useful": "useful", "fair between rural and town": "fair",
    },
    "7": {"index of conditions": "conditions"},
    "8a": {"minutes": "minutes", "days": "days", "obstacles": "obstacles"},
    "8b": {"held": "autumn spring", "joined": "joined", "enjoyed": "enjoyed", "voluntary": "voluntary"},
    "8c": {"done within the window": "checked had", "findings explained": "explained"},
    "9a": {
        "held": "autumn spring", "attended": "attended", "useful": "useful", "knows where help is": "where",
        "self-care sheet handed out": "sheet",
    },
    "9b": {"held (date), response": "autumn spring", "time from flag to first contact": "contact"},
    "9c": {"sessions offered": "offered", "used": "used", "waiting days": "waiting", "trust": "trust"},
    "10": {"done of planned": "visited", "granted of those who applied": "granted", "felt cared for": "cared"},
    "11": {"held": "event", "specific needs met": "needs"},
    "12": {"offered": "offered", "wanted": "wanted", "no pressure felt": "pressed"},
    "13a": {"number against the approved list": "number number_listed listed", "asked of staff": "staff"},
    "13b": {"number against the approved list": "number number_listed listed", "asked of staff": "staff"},
    "13c": {
        "minutes this kit asked, first": "kit", "forms": "forms", "hours a week": "hours",
        "asked twice for the same": "twice again",
    },
    "13d": {
        "secondments": "seconded months approved", "unrelated tasks by kind": "tasks kinds",
    },
    "14": {"known": "known", "trusted": "trusted", "answered in days": "answered", "fear of consequences": "safe"},
    "I": {"the yearly plan (date)": "plan", "real": "real", "gap over all rows": "gap"},
    "II": {"better than expected": "better"},
    "III": {"every school present": "present"},
}  # fmt: skip
#: Asked of those only to whom something happened: where it happened to hardly anybody, too few may be.
_ROUTED = {("3c", "frank"), ("3c", "listened"), ("3c", "followed"), ("8c", "explained"), ("9a", "useful")}


def test_the_check_list_names_every_evidence_there_is():
    rows = {m.row: [e.id for e in m.evidence] for m in load_measures(Workspace(kit_root())).measures}
    named = {row: sorted(" ".join(items.values()).split()) for row, items in QUANTITIES.items()}
    assert named == {row: sorted(items) for row, items in rows.items()}
    assert rows["13c"][0] == "kit"


def said_of(opinion, question, schools):
    """How many of some schools' people answered for the school, of those whom it concerns: by the definition alone."""
    name, _, option = question.partition("=")
    asked = opinion.survey.question(name)
    answers = opinion.answers["2026"]
    agreed = answers["consent_statistics"].eq("yes") & answers["school_id"].isin(schools)
    given = answers.loc[agreed, name].dropna().astype(str).str.split(";")
    inside = given[given.map(lambda codes: not set(codes) <= set(asked.outside))]
    wanted = {option} if option else set(asked.favourable)
    return inside.map(lambda codes: not wanted.isdisjoint(codes)).mean()


@pytest.mark.slow
def test_every_share_that_staff_tell_of_is_the_planted_one(made):
    """Of every evidence of the survey, in every unit: what is told holds what the made-up people answered."""
    folder, ledger, opinion = made
    release, measures = read_release(folder), load_measures(Workspace(folder.parents[3]))
    schools = dict(zip(release.units["unit"], release.units["schools"].str.split(), strict=True))
    told = set()
    for unit in [*opinion.planted.units, "county"]:
        for measure in measures.measures:
            lines = ledger.evidence(unit, measure.row).set_index("item")
            for evidence in measure.evidence:
                if evidence.needs not in ("questions", "named") or evidence.id not in lines.index:
                    continue
                parts = [(evidence.id, evidence.questions)]
                if evidence.needs == "named":
                    parts = [(f"{evidence.id}:{question}", (question,)) for question in evidence.questions]
                for item, questions in parts:
                    if item not in lines.index or np.isnan(lines.loc[item, "low"]):
                        continue
                    true = np.mean([said_of(opinion, question, schools[unit]) for question in questions])
                    line = lines.loc[item]
                    assert line["low"] - 1e-9 <= true <= line["high"] + 1e-9, (unit, measure.row, item)
                    told.add((unit, measure.row, evidence.id))
    (good,) = opinion.planted.units_of("met")
    group = opinion.planted.units_of("met", "group")[0]
    for measure in measures.measures:
        for evidence in measure.evidence:
            if evidence.needs in ("questions", "named"):
                unit = good if measure.told_of(evidence) == "school" else group
                # A few, of a few: in a group so small the mentors' class says nothing; of the county it does.
                where = {(unit, measure.row, evidence.id), ("county", measure.row, evidence.id)}
                assert where & told, (measure.row, evidence.id)
    (few,) = opinion.planted.units_of("too_few")
    assert few not in {unit for unit, _, _ in told}


@pytest.mark.slow
def test_every_evidence_of_staff_is_met_not_met_and_contradicted_as_planted(county):
    folder, ledger, planted = county
    measures = load_measures(Workspace(folder.parents[3]))
    (good,), (few,) = planted.units_of("met"), planted.units_of("too_few")
    for measure in measures.measures:
        for evidence in measure.evidence:
            if evidence.needs != "questions" or measure.told_of(evidence) != "school":
                continue

            def state(unit, row=measure.row, item=evidence.id):
                return of_item(ledger, unit, row, item)["state"]

            key = (measure.row, evidence.id)
            assert state(good) == "met", key
            assert state(few) == "cannot_tell", key
            for profile in ("not_met", "contradiction"):
                for unit in planted.units_of(profile):
                    allowed = {"not_met", "cannot_tell"} if key in _ROUTED else {"not_met"}
                    assert state(unit) in allowed, (*key, profile)


@pytest.mark.slow
def test_every_number_of_the_records_is_the_planted_one(made):
    """What each school wrote, by the sheet alone: days, numbers, and shares of persons inside their class."""
    folder, ledger, opinion = made
    workspace = Workspace(folder.parents[3])
    measures, roster = load_measures(workspace), read_roster(workspace.roster)
    seen = set()
    for profile in ("met", "not_met", "contradiction", "too_few"):
        (unit,) = opinion.planted.units_of(profile)
        values = record_values(measures, roster, unit, profile, "2025-2026")
        for measure in measures.measures:
            lines = ledger.evidence(unit, measure.row).set_index("item")
            for evidence in measure.evidence:
                if evidence.record is None or evidence.id not in lines.index:
                    continue
                line, value = lines.loc[evidence.id], values.get(evidence.record, "")
                key = (profile, measure.row, evidence.id)
                if evidence.needs == "held":
                    assert line["state"] == ("not_met" if value == "无" else "met"), key
                    assert value == "无" or line["value"] == value, key
                elif evidence.needs == "share" or measures.field(evidence.record).kind == "people":
                    of = measures.field(evidence.record).of
                    whole = roster.schools["staff"][unit] if of == "staff" else float(values[of] or 0)
                    if whole and not np.isnan(line["low"]):
                        assert line["low"] - 1e-9 <= float(value) / whole <= line["high"] + 1e-9, key
                elif evidence.needs == "none":
                    assert line["state"] == ("met" if float(value) == 0 else "not_met"), key
                    assert line["value"] == value, key
                elif evidence.needs == "some":
                    assert line["state"] == ("met" if float(value) > 0 else "not_met"), key
                elif evidence.needs == "yes":
                    expected = {"是": "met", "否": "not_met", "不适用": "not_asked"}
                    assert line["state"] == expected[value], key
                elif evidence.needs == "within":
                    good = float(value) <= float(values[evidence.limit])
                    assert line["state"] == ("met" if good else "not_met"), key
                elif evidence.needs == "reference":
                    # The reference of this county: 90,000 yuan; told in steps of five points.
                    assert line["low"] <= float(value) / 90000 <= line["high"], key
                elif measures.field(evidence.record).classed:
                    assert line["high"] - line["low"] + 1 >= 5, key
                    assert line["low"] <= float(value) <= line["high"], key
                elif value:
                    assert (line["low"], line["value"]) == (float(value), f"{float(value):g}"), key
                else:
                    assert np.isnan(line["low"]), key
                seen.add((measure.row, evidence.id))
    told_of_schools = {
        (m.row, e.id) for m in measures.measures for e in m.evidence if e.record and m.told_of(e) == "school"
    }
    assert seen == told_of_schools
