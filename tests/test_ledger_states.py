"""A state for every unit and row, found as planted in made-up releases and records."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from releases import COUNTY, POLICY, build, share_class
from wellbeing.disclosure.release import CELL_COLUMNS, MEASURE_COLUMNS, UNIT_COLUMNS, with_files, write_release
from wellbeing.errors import InputError
from wellbeing.ledger import FILE, STATES, ledger_of, read_ledger
from wellbeing.ledger.build import Beside, build_ledger
from wellbeing.ledger.compare import comparable
from wellbeing.ledger.contact import ContactTimes
from wellbeing.measures import ROWS, load_measures
from wellbeing.record_store import Records
from wellbeing.surveys import Roster, load_survey
from wellbeing.workspace import Workspace, kit_root

YEAR = "2025-2026"
FROZEN = "2026-10-20"
OPINION = replace(POLICY, min_respondents=14, subgroup_min=14)
#: School to staff and share of favourable answers; S6 to S8 are a group, of S5 too few answered.
SCHOOLS = {"S1": 60, "S2": 60, "S3": 60, "S4": 60, "S5": 60, "S6": 20, "S7": 20, "S8": 20}
SAYS = {"S1": 0.95, "S2": 0.05, "S3": 0.05, "S4": 0.66, "S5": None, "G01": 0.95, "county": 0.6}
MEMBERS = {"G01": "S6 S7 S8", "county": ""} | {school: school for school in ("S1", "S2", "S3", "S4", "S5")}


@pytest.fixture(scope="module")
def measures():
    return load_measures(Workspace(kit_root()))


@pytest.fixture(scope="module")
def roster():
    table = pd.DataFrame({"staff": list(SCHOOLS.values())}, index=pd.Index(SCHOOLS, name="school_id"))
    return Roster(table.assign(name=["学校" + s for s in SCHOOLS], town="镇", kind="primary", rural=True, group=""))


def opinion(measures, says=SAYS, frozen=FROZEN, without=(), **of):
    """A release in which every question of a unit has its share; `of` gives one question's share by unit."""
    questions = [q for m in measures.measures for q in m.questions if q not in without]
    questions = list(dict.fromkeys(questions))
    units, cells = [], []
    for unit, share in says.items():
        level = "county" if unit == "county" else "group" if unit.startswith("G") else "school"
        n = 300 if unit == "county" else 50
        told = share is not None
        units.append((unit, level, unit, unit, "primary", "镇", MEMBERS.get(unit, unit), "county", n if told else None,
                      85 if told else None))  # fmt: skip
        for question in questions:
            burdens = question.startswith("op_13d_tasks=") and not question.endswith("=none")
            burdens |= question == "op_12_social=pressed"
            true = of.get(question.replace("=", "__"), {}).get(unit, share)
            if not told or (level == "school" and question.partition("=")[0] in measures.told_by_group):
                cells.append((unit, "all", question, None, None, "withheld", None, None, None))
            else:
                # The burdens are named where little is well.
                kept = 1 - true if burdens else true
                cells.append((unit, "all", question, *share_class(round(n * kept), n), None, None, None))
    facts = [
        (q, "own", q.split("=")[0], "named" if "=" in q else "favourable", "", q, q, "", "", 0, 1, "better", "", "0",
         "own")
        for q in questions
    ]  # fmt: skip
    frames = ((units, UNIT_COLUMNS), (cells, CELL_COLUMNS), (facts, MEASURE_COLUMNS))
    tables = [pd.DataFrame(rows, columns=list(columns)) for rows, columns in frames]
    numbers = {"respondents", "response", "low", "high", "mean_low", "mean_high", "sd"}
    tables = [table.astype({c: "float64" for c in table if c in numbers}) for table in tables]
    return build("staff_opinion", "2026", frozen, json.loads(json.dumps(COUNTY)), *tables, OPINION)


def filled(measures, staff, good=True, **typed):
    """A school's record in which everything was done, or nothing."""
    values = {}
    for field in measures.fields:
        done = {"held": "2026-05-20", "date": "2026-08-31", "number": "0", "money": "90000", "choice": "yes"}
        not_done = {"held": "none", "date": "2026-08-31", "number": "3", "money": "90000", "choice": "no"}
        values[field.id] = (done if good else not_done).get(field.kind, "")
    people = [field for field in measures.fields if field.kind == "people"]
    for field in people:
        # Wholes are most of the staff, so that classes tell something; what is counted in them is all, or little.
        whole = any(other.of == field.id for other in people)
        values[field.id] = str(staff - 2 if whole or good else 3)
    values["sessions_offered"] = str(staff)
    for field in ("autumn", "spring"):
        values[f"event_{field}"] = values[f"lecture_{field}"] = "2026-05-20" if good else "none"
    return values | typed


@pytest.fixture(scope="module")
def records(measures):
    schools = {school: filled(measures, staff, good=school != "S2") for school, staff in SCHOOLS.items()}
    return Records(YEAR, schools)


@pytest.fixture(scope="module")
def ledger(measures, roster, records):
    return build_ledger(opinion(measures), records, measures, roster, everybody_answers(measures))


def everybody_answers(measures):
    return Beside(inside={question: 1.0 for measure in measures.measures for question in measure.questions})


def line(ledger, unit, row, item):
    evidence = ledger.evidence(unit, row)
    return evidence[evidence["item"].eq(item)].iloc[0]


def test_every_unit_and_row_has_one_state(ledger):
    states = ledger.states
    assert set(map(tuple, states[["unit", "row"]].to_numpy())) == {(unit, row) for unit in SAYS for row in ROWS}
    assert len(states) == len(SAYS) * len(ROWS)
    assert set(states["state"]) <= set(STATES)
    # 9b: nobody screened; that is not asked, and not "not met".
    assert ledger.state("S1", "9b") == "not_asked"


#: Rows of which single schools are told, whose evidence is record or survey.
TOLD = ("1", "3a", "3b", "3c", "5", "6", "7", "8a", "8b", "8c", "9a", "13a", "13b", "13c", "13d", "14")


@pytest.mark.parametrize("row", TOLD)
def test_each_row_is_found_as_planted(ledger, row):
    assert ledger.state("S1", row) == "met"
    # Opinions were asked for everywhere; what came of it is another evidence.
    assert ledger.state("S2", row) == "not_met"
    assert ledger.state("S3", row) == "not_met"
    assert ledger.state("S5", row) == "cannot_tell", "too few answers are never a met"


@pytest.mark.parametrize("row", ["4", "10", "11", "12"])
def test_sensitive_rows_are_told_by_groups_and_the_county_only(ledger, row):
    for unit in ("S1", "S2", "S3", "S4", "S5"):
        assert ledger.state(unit, row) == "cannot_tell"
        assert ledger.evidence(unit, row).empty
    assert ledger.state("G01", row) == "met"
    assert not ledger.evidence("G01", row).empty


def test_the_mentor_is_told_by_groups_only(ledger):
    assert not {"mentored", "mentor"} & set(ledger.evidence("S1", "6")["item"])
    assert {"mentored", "mentor"} <= set(ledger.evidence("G01", "6")["item"])


def test_word_and_deed_that_agree_are_no_contradiction(ledger):
    """S1 did and says so; S2 did not and says so; S3 says that it did, and its staff that it did not."""
    pairs = ledger.pairs()
    chances = {unit: pairs.loc[pairs["unit"].eq(unit), "contradiction"] for unit in ("S1", "S2", "S3", "S5")}
    assert chances["S1"].max() < 0.05
    assert chances["S3"].min() > 0.95
    assert chances["S5"].isna().all()
    told = chances["S2"].dropna()
    assert told.max() < 0.05
    assert ledger.state("S1", "I") == "met"
    assert ledger.state("S3", "I") == "not_met"
    gap = line(ledger, "S3", "I", "gap")
    assert gap["high"] > 0.95


def test_a_contradiction_is_worked_out_from_the_least_that_is_claimed(ledger):
    # 58 of 60 talked with: 0 to 4 of about 60 not, which are 58 to 62.
    pair = line(ledger, "S3", "3c", "against:talked_staff")
    assert pair["probability"] == pytest.approx(54 / 58, abs=1e-3)
    assert pair["value"] == "op_3c_talk"
    # Of 50 answers few say so, 0 to 4: nothing like 54/58 - 0.1 is left.
    assert pair["contradiction"] > 0.999
    assert pair["high"] < 0.5


def test_a_pair_on_last_term_waits_for_the_survey_after_that_term(measures, roster, records):
    def items(frozen):
        made = build_ledger(opinion(measures, frozen=frozen), records, measures, roster)
        return set(made.pairs()["item"])

    assert "against:event_spring" in items("2026-10-20")
    assert "against:event_autumn" not in items("2026-10-20")
    assert "against:event_autumn" in items("2026-06-10")


def test_counts_of_persons_are_told_as_classes(ledger):
    # 58 of 60: 0 to 4 not, of 58 to 62 people.
    told = line(ledger, "S1", "3c", "staff")
    assert (told["low"], told["high"]) == pytest.approx((54 / 58, 1.0), abs=1e-3)
    # The tiers are the county's alone.
    assert "members" not in set(ledger.evidence("S1", "3c")["item"])
    assert "members" in set(ledger.evidence("county", "3c")["item"])


@pytest.mark.parametrize(
    ("talked", "until", "state", "ahead"),
    [
        pytest.param("30", "2026-08-31", "not_met", "not_met", id="the year is over, half were reached"),
        pytest.param("30", "2026-02-28", "cannot_tell", "met", id="half in half a year: on the way"),
        pytest.param("12", "2026-02-28", "cannot_tell", "not_met", id="a fifth in half a year: it will not do"),
        pytest.param("30", "", "cannot_tell", None, id="nobody said up to when it is counted"),
        pytest.param("50", "2026-02-28", "met", "met", id="reached already"),
    ],
)
def test_talks_are_forecast_to_the_years_end(measures, roster, talked, until, state, ahead):
    # 181 of 365 days by the end of February; two thirds are wanted.
    record = filled(measures, 60, talked_staff=talked, talks_until=until)
    made = build_ledger(opinion(measures), Records(YEAR, {"S1": record}), measures, roster)
    assert line(made, "S1", "3c", "staff")["state"] == state
    items = made.evidence("S1", "3c").set_index("item")
    assert (items["value"].get("staff:forecast")) == ahead


def test_a_missing_sheet_is_not_a_thing_that_was_not_done(measures, roster, records):
    without = Records(YEAR, {school: values for school, values in records.schools.items() if school != "S1"})
    made = build_ledger(opinion(measures), without, measures, roster)
    assert line(made, "S1", "8c", "checked")["state"] == "cannot_tell"
    assert made.state("S1", "III") == "not_met"
    assert line(made, "S1", "III", "present")["value"] == "0/1"
    assert line(made, "county", "III", "present")["value"] == "7/8"
    # What was said otherwise of the year stays: the others are told.
    assert made.state("S4", "III") == "met"


def test_a_school_that_is_in_no_unit_is_missing_from_the_county(measures, roster, records):
    table = pd.concat([roster.schools, roster.schools.loc[["S1"]].rename(index={"S1": "S9"})])
    more = Records(YEAR, {**records.schools, "S9": records.schools["S1"]})
    made = build_ledger(opinion(measures), more, measures, Roster(table))
    assert made.state("county", "III") == "not_met"


def test_a_block_that_is_switched_off_is_not_asked(measures, roster, records):
    off = ("op_12_social=offered", "op_12_social=wanted", "op_12_social=pressed", "op_11_needs")
    made = build_ledger(opinion(measures, without=off), records, measures, roster)
    assert {made.state(unit, "12") for unit in SAYS} == {"not_asked"}
    # Row 11 has the record too.
    assert made.state("G01", "11") == "met"


def test_what_the_years_screening_was_is_taken_from_its_release_and_nothing_of_its_results(measures, roster, records):
    autumn = opinion(measures, frozen="2025-11-20")
    other = opinion(measures, {**SAYS, "S1": None}, frozen="2026-05-20")
    made = build_ledger(
        opinion(measures), records, measures, roster, Beside({"2025-autumn": autumn, "2026-spring": other})
    )
    assert made.state("S4", "9b") == "met"
    assert made.state("S1", "9b") == "cannot_tell"
    told = line(made, "S4", "9b", "autumn")
    assert (told["value"], told["low"], told["high"]) == ("2025-11-20", 0.85, 0.85)
    assert "contact" not in set(made.evidence("S4", "9b")["item"])
    # One term was left out, after the kit had screened before.
    made = build_ledger(opinion(measures), records, measures, roster, Beside({"2025-autumn": autumn}))
    assert line(made, "S4", "9b", "spring")["state"] == "not_met"
    made = build_ledger(opinion(measures), records, measures, roster, Beside({"2026-spring": other}))
    assert line(made, "S4", "9b", "autumn")["state"] == "cannot_tell"


@pytest.mark.parametrize(
    ("within", "others", "state"),
    [
        # Within a week 50 of 67 at least, 62 of 67 at most.
        pytest.param({0: (10, 14), 2: (20, 24), 7: (20, 24), 14: (0, 4)}, ((0, 4), (5, 9)), "cannot_tell", id="close"),
        pytest.param({0: (50, 54), 2: (20, 24), 7: (20, 24), 14: (0, 4)}, ((0, 4), (0, 4)), "met", id="in time"),
        pytest.param({0: (5, 9), 2: (5, 9), 7: (0, 4), 14: (20, 24)}, ((20, 24), (0, 4)), "not_met", id="late"),
    ],
)
def test_time_to_first_contact_is_the_countys_alone(measures, roster, records, within, others, state):
    beside = Beside(contacts={"2026-spring": ContactTimes(within, others)})
    made = build_ledger(opinion(measures), records, measures, roster, beside)
    assert line(made, "county", "9b", "contact")["state"] == state
    assert all("contact" not in set(made.evidence(unit, "9b")["item"]) for unit in SAYS if unit != "county")


def test_a_school_better_than_expected_is_good_practice(ledger):
    better = ledger.states[ledger.states["row"].eq("14")].set_index("unit")["better"]
    assert better["S1"] > 0.8
    assert better["S2"] < 0.2
    assert ledger.state("S1", "II") == "met"
    assert ledger.state("S2", "II") == "cannot_tell"
    assert pd.isna(better["S5"])


def test_rows_of_which_much_is_bad_have_good_examples_too(ledger):
    """Of 13a the fewer name it, the better."""
    better = ledger.states[ledger.states["row"].eq("13a")].set_index("unit")["better"]
    assert better["S1"] > 0.8
    assert better["S2"] < 0.2


def test_what_is_paid_late_and_said_to_be_on_time_is_a_contradiction(measures, roster, records):
    """S3's office says that no month was late; its staff, 1 of 20, that pay was on time."""
    made = build_ledger(opinion(measures), records, measures, roster, everybody_answers(measures))
    late = line(made, "S3", "2", "against:pay_months_late")
    assert (late["value"], late["probability"]) == ("op_2_on_time", 0.9)
    assert late["contradiction"] > 0.99
    assert line(made, "S1", "2", "against:pay_months_late")["contradiction"] < 0.2
    # S2 owns up to three months: it claims nothing.
    assert pd.isna(line(made, "S2", "2", "against:pay_months_late")["contradiction"])


@pytest.mark.parametrize(
    ("town", "state"),
    [
        pytest.param(0.66, "met", id="alike"),
        pytest.param(0.15, "not_met", id="the country is far above the town"),
        pytest.param(0.52, "cannot_tell", id="the difference may be luck"),
    ],
)
def test_support_is_fair_between_rural_and_town_schools_or_not(measures, town, state):
    """Four rural schools of 50 answers where two thirds say so; four of the town. A margin of 8 to 10 points."""
    schools = [f"S{number}" for number in range(1, 9)]
    table = pd.DataFrame({"staff": 200, "rural": [True] * 4 + [False] * 4}, index=pd.Index(schools, name="school_id"))
    units = opinion(measures, dict.fromkeys(schools, 0.66), op_6_plan=dict.fromkeys(schools[4:], town))
    made = build_ledger(units, Records(YEAR, {}), measures, Roster(table), everybody_answers(measures))
    assert line(made, "county", "6", "fair")["state"] == state
    assert "fair" not in set(made.evidence("S1", "6")["item"])


def test_of_two_schools_of_the_town_nothing_is_said_of_fairness(measures, roster, records):
    table = roster.schools.assign(rural=[True] * 6 + [False] * 2)
    made = build_ledger(opinion(measures), records, measures, Roster(table), everybody_answers(measures))
    # S6 to S8 are a group of both kinds, which is left out.
    assert line(made, "county", "6", "fair")["state"] == "cannot_tell"


def test_pay_is_told_as_a_class_of_its_ratio_to_the_countys_figure(measures, roster, records, ledger):
    assert line(ledger, "S1", "2", "parity")["state"] == "not_asked"
    known = replace(measures, reference_pay=100000.0)
    made = build_ledger(opinion(measures), records, known, roster)
    told = line(made, "S1", "2", "parity")
    assert (told["state"], told["low"], told["high"]) == ("not_met", 0.9, 0.95)
    assert made.state("S1", "2") == "not_met"


def test_last_years_state_stands_beside_this_years(measures, roster, records, ledger):
    made = build_ledger(opinion(measures), records, measures, roster, Beside(last=ledger))
    states = made.states.set_index(["unit", "row"])
    assert states.loc[("S3", "14"), "before"] == "not_met"


def test_a_group_of_other_schools_has_no_last_year(measures, roster, records, ledger):
    now, last = opinion(measures), opinion(measures)
    units = last.units.assign(schools=last.units["schools"].replace("S6 S7 S8", "S6 S7"))
    other = build("staff_opinion", "2025", "2025-10-20", dict(last.county), units, last.cells, last.measures, OPINION)
    kept = comparable(ledger, now, other)
    assert set(kept.states["unit"]) == set(SAYS) - {"G01"}
    assert set(comparable(ledger, now, last).states["unit"]) == set(SAYS)
    made = build_ledger(now, records, measures, roster, Beside(last=kept))
    states = made.states.set_index(["unit", "row"])
    assert (states.loc[("G01", "14"), "before"], states.loc[("S3", "14"), "before"]) == ("", "not_met")


def test_it_goes_with_the_release_and_comes_back_as_it_was(tmp_path, measures, ledger):
    release = with_files(opinion(measures), {FILE: ledger.to_bytes()})
    write_release(release, tmp_path / "2026")
    again = read_ledger(tmp_path / "2026")
    assert again.to_bytes() == ledger.to_bytes()
    assert again.states["state"].tolist() == ledger.states["state"].tolist()
    assert ledger_of(opinion(measures)) is None
    content = (tmp_path / "2026" / FILE).read_text(encoding="utf-8")
    (tmp_path / "2026" / FILE).write_text(content.replace("not_met", "met"), encoding="utf-8")
    with pytest.raises(InputError):
        read_ledger(tmp_path / "2026")


def test_it_is_built_of_releases_only(measures, roster, records):
    with pytest.raises(TypeError):
        build_ledger(pd.DataFrame(), records, measures, roster)
    with pytest.raises(TypeError):
        build_ledger(opinion(measures), records, measures, roster, Beside({"2025-autumn": object()}))


def test_the_measures_name_questions_that_the_survey_asks(measures):
    survey = load_survey(Workspace(kit_root()), "staff_opinion")
    import yaml

    text = (Workspace(kit_root()).surveys / "staff_opinion.yaml").read_text(encoding="utf-8")
    known = {q["id"]: q for q in yaml.safe_load(text)["questions"]}
    for measure in measures.measures:
        for question in measure.questions:
            column, _, code = question.partition("=")
            assert column in known, question
            assert str(known[column]["row"]) in (measure.row, "13d"), question
            if code:
                assert code in [str(option["code"]) for option in known[column]["options"]], question
            else:
                assert known[column].get("favourable") or known[column].get("set"), question
    # And of the survey's own questions none is left unread.
    read = {question.partition("=")[0] for measure in measures.measures for question in measure.questions}
    assert {q.id for q in survey.own_questions if q.kind != "text"} <= read
