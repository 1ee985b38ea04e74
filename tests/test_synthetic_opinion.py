"""The made-up opinion survey holds what it says was planted, counted here from the answers and not from the model."""

import hashlib

import numpy as np
import pytest

from wellbeing.disclosure.units import form_units
from wellbeing.importers.records import take_in_records
from wellbeing.measures import load_measures
from wellbeing.surveys import Roster, load_survey
from wellbeing.synthetic import opinion_words
from wellbeing.synthetic.opinion import PROFILES, SURVEY, ask_everything, make_opinion
from wellbeing.synthetic.opinion_records import make_records, record_values
from wellbeing.synthetic.places import make_schools
from wellbeing.workspace import unpack

YEAR = "2026-2027"
BURDENS = ("op_3b_needs", "op_8a_obstacle", "op_13d_tasks")


def made_roster(schools, seed):
    return Roster(make_schools(schools, np.random.default_rng(seed)).assign(group=""))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("county"))
    ask_everything(workspace)
    return workspace


@pytest.fixture(scope="module")
def roster():
    return made_roster(20, 7)


@pytest.fixture(scope="module")
def opinion(workspace, roster):
    return make_opinion(workspace, roster)


@pytest.fixture(scope="module")
def answers(opinion):
    return opinion.answers["2026"]


def favourable(answers, question, schools):
    given = answers.loc[answers["school_id"].isin(schools), question.id].dropna()
    inside = given[~given.isin(question.outside)]
    return inside.isin(question.favourable).mean(), len(inside)


def of(opinion, profile):
    return [school for school, planted in opinion.planted.schools.items() if planted == profile]


def test_every_profile_has_a_school_and_whoever_reports_together_shares_one(opinion, roster):
    planted = opinion.planted
    units = form_units(roster, opinion.survey.policy).set_index("unit")
    assert set(planted.schools) == set(roster.schools.index)
    assert set(planted.units) == set(units.index)
    assert all(planted.units_of(profile) for profile in PROFILES)
    assert planted.units_of("met", "group")
    for unit, profile in planted.units.items():
        assert {planted.schools[school] for school in units.loc[unit, "schools"].split()} == {profile}


@pytest.mark.parametrize(("profile", "share"), [("met", 0.95), ("not_met", 0.06), ("contradiction", 0.06)])
def test_every_question_has_its_planted_share(opinion, answers, profile, share):
    assert opinion.planted.says[profile] == share
    questions = [question for question in opinion.survey.own_questions if question.favourable]
    assert len(questions) == 28
    for question in questions:
        found, inside = favourable(answers, question, of(opinion, profile))
        # Counts are whole people in each school, and one answer in a hundred is left out: two people each way.
        assert found == pytest.approx(share, abs=2 / inside + 0.02), question.id


def test_usual_schools_lie_between_and_differ(opinion, answers):
    question = opinion.survey.question("op_i_real")
    shares = [favourable(answers, question, [school])[0] for school in of(opinion, "ordinary")]
    assert np.mean(shares) == pytest.approx(0.66, abs=0.06)
    assert 0.02 < np.std(shares) < 0.15


def test_burdens_are_named_where_the_answers_are_bad(opinion, answers):
    profiles = answers["school_id"].map(opinion.planted.schools)
    for name in BURDENS:
        named = answers[name].fillna("none").ne("none").groupby(profiles).mean()
        assert named["not_met"] > named["ordinary"] > named["met"]
    rights = answers["op_1_rights"].fillna("")
    knows = rights.str.contains("know").groupby(profiles).mean()
    assert knows["met"] > 0.8
    assert knows["contradiction"] < 0.2


def test_of_questions_with_several_answers_each_has_its_planted_share(opinion, answers):
    """What speaks for a school is named as often as the school's staff speak for it; where none asked, none answers."""
    good = {
        "op_14_channels": "known trusted unafraid", "op_3c_listened": "frank heard followed",
        "op_4_ceremony": "held attended meant",
        "op_8b_events": "joined liked voluntary", "op_12_social": "offered",
    }  # fmt: skip
    for name, options in good.items():
        asked = opinion.survey.question(name)
        for profile, share in (("met", 0.95), ("contradiction", 0.06)):
            said = answers.loc[answers["school_id"].isin(of(opinion, profile)), name].dropna()
            said = said[~said.isin(asked.outside)]
            # Drawn for each person: 4 standard errors.
            near = 4 * (share * (1 - share) / len(said)) ** 0.5
            for option in options.split():
                named = said.str.split(";").map(lambda codes, option=option: option in codes)
                assert named.mean() == pytest.approx(share, abs=near), (name, option)


def test_too_few_answered_for_anything_to_be_told(opinion, answers, roster):
    (school,) = of(opinion, "too_few")
    count = int(answers["school_id"].eq(school).sum())
    assert 0 < count < 14
    assert count < roster.schools["staff"][school] / 2
    others = answers["school_id"].value_counts().drop(school) / roster.schools["staff"].drop(school)
    assert others.min() > 0.6


def test_only_those_concerned_are_asked(answers):
    assert answers.loc[answers["op_3c_talk"].eq("no"), "op_3c_listened"].isna().all()
    assert answers.loc[answers["sex"].eq("male"), "op_11_needs"].isna().all()
    assert answers.loc[answers["sex"].eq("female"), "op_11_needs"].notna().mean() > 0.95


def test_roles_are_few_leaders_and_many_others(answers):
    shares = answers["role"].value_counts(normalize=True)
    assert 0.02 < shares["leader"] < 0.08
    assert 0.08 < shares["middle"] < 0.18


def test_the_climate_of_a_school_shows_in_the_validated_modules(opinion, answers):
    profile = answers["school_id"].map(opinion.planted.schools)
    recommends = answers["enps_1"].groupby(profile).mean()
    assert recommends["met"] > recommends["ordinary"] + 0.8
    assert recommends["not_met"] < recommends["ordinary"] - 0.8
    pressed = answers["copsoq3_core_1"].groupby(profile).mean()  # no time for all tasks: more is worse
    assert pressed["met"] < pressed["ordinary"] < pressed["not_met"]


def test_the_year_before_every_school_was_an_ordinary_one(opinion):
    before = opinion.answers["2025"]
    question = opinion.survey.question("op_i_real")
    for profile in ("met", "not_met"):
        assert favourable(before, question, of(opinion, profile))[0] == pytest.approx(0.66, abs=0.2)


def test_texts_hold_what_was_planted(opinion, answers):
    both = answers[["op_open_first", "op_open_last"]]
    danger = both.eq(opinion_words.SAFEGUARDING).any(axis=1)
    caller = both.eq(opinion_words.WITH_PHONE).any(axis=1)
    assert answers.loc[danger, "school_id"].tolist() == [opinion.planted.safeguarding]
    assert answers.loc[caller, "school_id"].tolist() == [opinion.planted.phone_school]
    for theme, texts in opinion_words.MENTIONS.items():
        said = both.isin(texts).any(axis=1) | (caller if theme == "facilities" else False)
        assert int(said.sum()) == opinion.planted.mentions[theme] >= 10
        denied = both.isin(opinion_words.DENIALS.get(theme, ())).any(axis=1) & ~said
        assert int(denied.sum()) == opinion.planted.denials.get(theme, 0)
    assert min(opinion.planted.denials.values()) >= 10
    # Whoever does not agree to statistics writes nothing that would have to be thrown away.
    assert both[answers["consent_statistics"].eq("no")].isna().all(axis=None)


def test_the_same_seed_gives_the_same_file_and_another_one_another(workspace, roster, opinion, tmp_path):
    def digest(path):
        return hashlib.sha256(path.read_bytes()).hexdigest()

    first = digest(opinion.exports["2026"])
    elsewhere = unpack(tmp_path)
    ask_everything(elsewhere)
    assert digest(make_opinion(elsewhere, roster).exports["2026"]) == first
    assert digest(make_opinion(elsewhere, roster, seed=1, waves=("2026",)).exports["2026"]) != first


def test_a_county_too_small_for_every_profile_is_refused(workspace):
    with pytest.raises(ValueError, match="too few reporting units"):
        make_opinion(workspace, made_roster(3, 1))


def test_blocks_that_are_off_are_not_answered(tmp_path, roster):
    workspace = unpack(tmp_path)
    made = make_opinion(workspace, roster, waves=("2026",))
    assert made.survey == load_survey(workspace, SURVEY)
    assert not {"op_2_on_time", "op_10_cared", "op_11_needs", "op_12_social"} & set(made.answers["2026"])


def test_switching_everything_on_twice_is_refused(workspace):
    with pytest.raises(ValueError, match="sensitive"):
        ask_everything(workspace)


# --- records


def test_every_cell_of_the_record_sheet_is_filled_in(workspace, roster):
    measures = load_measures(workspace)
    rural = next(str(school) for school, is_rural in roster.schools["rural"].items() if is_rural)
    values = record_values(measures, roster, rural, "met", YEAR)
    assert set(values) == {field.id for field in measures.fields}


def test_the_sheets_say_much_little_or_what_is_usual(workspace, roster):
    measures = load_measures(workspace)
    school = str(roster.schools.index[0])
    told = {profile: record_values(measures, roster, school, profile, YEAR) for profile in PROFILES}
    assert told["met"] == told["contradiction"] == told["too_few"]
    staff = int(roster.schools["staff"][school])
    assert int(told["met"]["talked_staff"]) > 0.9 * staff
    assert int(told["not_met"]["talked_staff"]) < 0.2 * staff
    assert 2 / 3 * staff < int(told["ordinary"]["talked_staff"]) < 0.9 * staff
    assert told["not_met"]["lecture_spring"] == told["not_met"]["congress_held"] == "无"
    assert told["met"]["lecture_spring"].startswith("2027-")
    assert told["met"]["congress_held"].startswith("2026-")
    assert int(told["not_met"]["inspections"]) > int(told["not_met"]["inspections_listed"])


def test_the_sheets_are_read_and_one_school_has_none(workspace, roster, opinion):
    measures = load_measures(workspace)
    sheets = make_records(workspace, roster, opinion.planted, measures, YEAR)
    taken = take_in_records(workspace, list(sheets.values()), measures, roster)
    assert taken.lacking == (opinion.planted.without_record,)
    assert opinion.planted.schools[opinion.planted.without_record] == "ordinary"
