"""The measures as data: every row of the notice is there, and what is wrong with a file is told with its line."""

from datetime import date

import pytest

from wellbeing.errors import InputError, UsageError
from wellbeing.measures import GROUP_ROWS, ROWS, check_year, load_measures, looked_back_on, year_of
from wellbeing.measures.checks import measure_problems
from wellbeing.workspace import Workspace, kit_root, unpack


@pytest.fixture(scope="module")
def measures():
    return load_measures(Workspace(kit_root()))


def test_every_row_of_the_notice_is_there_once_in_its_order(measures):
    assert tuple(measure.row for measure in measures.measures) == ROWS
    # Fourteen measures and three requirements.
    assert {row.rstrip("abcd") for row in ROWS} == {*(str(number) for number in range(1, 15)), "I", "II", "III"}


def test_sensitive_rows_and_the_mentor_are_never_told_by_single_schools(measures):
    assert {measure.row for measure in measures.measures if measure.told != "school"} == GROUP_ROWS
    assert measures.told_by_group == {"op_4_ceremony", "op_6_mentor", "op_10_cared", "op_11_needs", "op_12_social"}


def test_a_record_is_counts_and_days_only(measures):
    assert {field.kind for field in measures.fields} == {"held", "date", "people", "number", "money", "choice"}
    assert not any(word in field.zh for field in measures.fields for word in ("姓名", "名单", "照片", "附件"))
    assert all(field.zh and field.en for field in measures.fields)
    # Row 12 and row 5 hold nothing of persons in any record.
    assert not measures.measure("12").record
    assert not measures.measure("5").record


def test_screening_and_talks_stand_on_nothing_in_common(measures):
    talks, screening = measures.measure("3c"), measures.measure("9b")
    assert {each.needs for each in screening.evidence} == {"screening", "contact"}
    assert not screening.record
    assert not screening.questions
    assert all(each.needs in ("share", "questions", "named") for each in talks.evidence)


def test_a_school_year_and_its_terms(measures):
    assert measures.days("2025-2026") == (date(2025, 9, 1), date(2026, 8, 31))
    assert measures.term_days("2025-2026", "spring") == (date(2026, 2, 16), date(2026, 8, 31))
    assert [year_of(day) for day in (date(2026, 8, 31), date(2026, 9, 1))] == ["2025-2026", "2026-2027"]
    for year in ("2026", "2026-2028", "2026-", "../2026-2027", "２０２６-２０２７"):
        with pytest.raises(UsageError):
            check_year(year)


@pytest.mark.parametrize(
    ("closed", "year", "term"),
    [
        (date(2026, 10, 20), "2025-2026", "spring"),
        (date(2027, 1, 15), "2025-2026", "spring"),
        (date(2026, 6, 10), "2025-2026", "autumn"),
        (date(2026, 3, 20), "2025-2026", "autumn"),
    ],
)
def test_a_survey_looks_back_on_the_year_and_the_term_before(measures, closed, year, term):
    seen = looked_back_on(closed)
    assert (year_of(seen), measures.term_of(seen)) == (year, term)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("row: 3b\n", "row: 3z\n", {"measure_row", "measure_lacking"}),
        ("sure: 0.8", "sure: 1.8", {"measure_share"}),
        ("autumn: ['09-01', '02-15']", "autumn: ['09-01', '02-35']", {"measure_term"}),
        ("record: congress_held, zh: 教代会", "record: congress, zh: 教代会", {"measure_field"}),
        ("record: congress_attended, least: 0.6667", "record: congress_held, least: 0.6667", {"measure_field"}),
        ("record: congress_attended, least: 0.6667", "record: congress_attended", {"measure_share"}),
        ("kind: people, of: congress_members", "kind: people", {"measure_people"}),
        ("kind: people, of: congress_members", "kind: people, of: congress_held", {"measure_field"}),
        ("of: inspections, most", "of: staff, most", {"measure_field"}),
        ("of: inspections, most", "of: talked_staff, most", {"measure_field"}),
        ("talked_staff, zh: 其中已谈心的党员", "talks_until, zh: 其中已谈心的党员", {"measure_field"}),
        ("id: congress_attended, kind", "id: congress_members, kind", {"stands_twice", "measure_field"}),
        ("kind: number, most: 12,", "kind: number,", {"measure_most"}),
        ("until: talks_until", "until: talked_staff", {"measure_field"}),
        ("limit: inspections_listed", "limit: checked", {"measure_field"}),
        ("needs: questions, questions: [op_5_known]", "needs: questions", {"measure_questions"}),
        ("told: county, zh: 乡村与城镇", "told: school, zh: 乡村与城镇", {"measure_questions"}),
        ("fair, questions: [op_6_plan]", "fair, questions: [op_6_plan, op_5_fair]", {"measure_questions"}),
        ("claims: 0.3", "claims: 1.3", {"measure_field"}),
        ("{record: congress_held, question: op_1_rights=take_part, claims: 0.3}",
         "{record: congress_held, question: op_1_rights=take_part}", {"measure_field"}),
        ("{id: known, needs: questions,", "{id: fair, needs: questions,", {"stands_twice"}),
        ("told: group\n    record:\n      - {id: visits", "told: school\n    record:\n      - {id: visits",
         {"measure_told"}),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_refused(tmp_path, old, new, fault):
    text = (kit_root() / "surveys" / "measures.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "surveys").mkdir()
    (tmp_path / "surveys" / "measures.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_measures(Workspace(tmp_path))
    assert {problem.what for problem in error.value.problems} == fault
    assert all(problem.row for problem in error.value.problems)


def test_a_question_that_the_survey_does_not_have_is_told(tmp_path):
    workspace = unpack(tmp_path / "county")
    # Blocks that are switched off are there; nobody asks them.
    assert measure_problems(workspace, "staff_opinion") == []
    path = workspace.surveys / "measures.yaml"
    text = path.read_text(encoding="utf-8").replace("[op_5_known]", "[op_5_knwon]")
    path.write_text(text.replace("op_1_rights=speak", "op_1_rights=shout"), encoding="utf-8")
    found = measure_problems(workspace, "staff_opinion")
    assert [problem.fields["question"] for problem in found] == ["op_1_rights=shout", "op_5_knwon"]
    assert {problem.what for problem in found} == {"measure_question"}
