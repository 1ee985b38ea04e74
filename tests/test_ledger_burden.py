"""The burden meter: what the kit asks of everybody over a year, and what of it twice."""

import csv

import pytest

from test_ledger_states import SAYS, opinion
from wellbeing.disclosure.release import with_files
from wellbeing.errors import InputError
from wellbeing.figures.released import open_release
from wellbeing.ledger import BURDEN_FILE, TWICE_FILE
from wellbeing.ledger.burden import OFFICE, burden
from wellbeing.ledger.contact import read_contact_times
from wellbeing.ledger.make import contact_times
from wellbeing.measures import load_measures
from wellbeing.reports.opinion_county_parts import burden_part
from wellbeing.surveys import load_survey
from wellbeing.workspace import Workspace, kit_root, unpack

KIT = Workspace(kit_root())


@pytest.fixture(scope="module")
def year():
    return burden([(load_survey(KIT, "screening"), 2), (load_survey(KIT, "staff_opinion"), 1)], load_measures(KIT))


def test_a_teacher_is_asked_by_both_surveys_and_twice_by_the_one_of_every_term(year):
    screening, opinion = load_survey(KIT, "screening"), load_survey(KIT, "staff_opinion")
    assert year.minutes("teacher") == pytest.approx(2 * screening.minutes + opinion.minutes, abs=0.1)
    assert year.minutes("leader") == pytest.approx(2 * screening.minutes + opinion.minutes, abs=0.1)
    asked = year.asked.set_index(["role", "form"])
    # Nine, seven, five and thirteen items, and what is asked about the person.
    person = [question for question in screening.questions if question.id != "consent_version"]
    assert asked.loc[("teacher", "screening"), "questions"] == 2 * (9 + 7 + 5 + 13 + len(person))


def test_the_office_fills_in_one_sheet_a_year_and_is_no_role(year):
    measures = load_measures(KIT)
    assert year.minutes(OFFICE) == pytest.approx(len(measures.fields) * measures.field_seconds / 60, abs=0.1)
    assert OFFICE not in year.roles
    assert year.most == max(year.minutes(role) for role in year.roles)


def test_what_is_asked_in_the_same_words_in_two_places_is_named(year):
    places = dict(zip(year.twice["text_zh"], year.twice["places"], strict=True))
    assert places["您的性别"] == "screening.sex staff_opinion.sex"
    # Nothing that an instrument or a record asks is asked anywhere else.
    assert all({place.split(".")[1] for place in found.split()} <= {"school_id", "sex", "age_band", "role",
               "consent_statistics"} for found in places.values())  # fmt: skip
    assert set(map(tuple, year.prefilled.to_numpy())) == {("screening", "school_id"), ("staff_opinion", "school_id")}


def test_what_could_be_filled_in_beforehand_is_named_beside_it(year):
    needless = year.needless.set_index("text_zh")
    assert needless.loc["您所在的学校", "prefilled"] == 1
    assert needless.loc["您的性别", "prefilled"] == 0
    assert set(year.twice["places"]) - set(needless["places"]) <= {
        "screening.consent_statistics staff_opinion.consent_statistics"
    }
    # Of one survey nothing stands twice; the school could still stand in its link.
    alone = burden([(load_survey(KIT, "staff_opinion"), 1)])
    assert alone.needless[["places", "prefilled"]].to_numpy().tolist() == [["staff_opinion.school_id", 1]]


def test_the_countys_report_says_what_is_asked_twice_and_what_need_not_be(year):
    asked = b"role,form,times,questions,minutes\nleader,staff_opinion,1,77,15.0\n"
    needless = year.needless.to_csv(index=False, lineterminator="\n").encode()
    made = opinion(load_measures(KIT), SAYS)
    sentence = {
        lang: burden_part(open_release(with_files(made, {BURDEN_FILE: asked, TWICE_FILE: needless})), lang)["sentence"]
        for lang in ("zh", "en")
    }
    assert "两处都问到的：您所在的学校、您的性别" in sentence["zh"]
    assert "Could be filled in beforehand: Your school (in the link" in sentence["en"]
    assert "两处" not in burden_part(open_release(with_files(made, {BURDEN_FILE: asked})), "zh")["sentence"]


def test_a_form_less_is_a_burden_less():
    opinion = load_survey(KIT, "staff_opinion")
    alone = burden([(opinion, 1)])
    assert alone.most == pytest.approx(opinion.minutes, abs=0.1)
    assert alone.twice.empty


WRITTEN = [
    ("listed", "85-89"), ("state_open", "10-14"), ("within_0", "20-24"), ("within_2", "30-34"), ("within_7", "20-24"),
    ("within_14", "5-9"), ("later", "0-4"), ("not_yet", "5-9"),
]  # fmt: skip


def write(path, rows, head=("what", "class")):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
    return path


def test_the_counsellors_export_tells_a_range_of_shares(tmp_path):
    times = read_contact_times(write(tmp_path / "contact.csv", WRITTEN))
    # Within a week 70 to 82, others 10 to 22.
    assert times.share(7) == pytest.approx((70 / 92, 82 / 92))
    assert times.share(0) == pytest.approx((20 / (20 + 34 + 24 + 9 + 4 + 9), 24 / (24 + 30 + 20 + 5 + 0 + 5)))


def test_what_the_counsellors_export_withholds_stays_withheld(tmp_path):
    times = read_contact_times(write(tmp_path / "contact.csv", [(what, "-") for what, _ in WRITTEN]))
    assert times.share(7) is None


@pytest.mark.parametrize(
    ("rows", "head"),
    [
        (WRITTEN, ("code", "days")),
        (WRITTEN[:-1], ("what", "class")),
        ([*WRITTEN[:-1], ("not_yet", "7")], ("what", "class")),
    ],
)
def test_what_is_no_such_export_is_refused(tmp_path, rows, head):
    with pytest.raises(InputError):
        read_contact_times(write(tmp_path / "contact.csv", rows, head))


def test_exports_are_looked_for_by_wave(tmp_path):
    workspace = unpack(tmp_path / "county")
    write(workspace.root / "data" / "contact-2026-spring.csv", WRITTEN)
    assert list(contact_times(workspace)) == ["2026-spring"]


def test_what_followup_exports_is_what_is_read(tmp_path):
    from wellbeing.followup.county_classes import county_classes

    rows = [(told.what, "-" if told.low is None else f"{told.low}-{told.high}") for told in county_classes([], 5)]
    assert read_contact_times(write(tmp_path / "contact.csv", rows)).share(7) is None
