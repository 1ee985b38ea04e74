"""The opinion survey: what it asks, for how long; its form and its way back; that it meets nobody's screening."""

import ast
import re
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from wellbeing.checks import check_workspace
from wellbeing.cli import call
from wellbeing.errors import InputError, UsageError
from wellbeing.exporters import write_form
from wellbeing.followup import list_wave
from wellbeing.followup.alerts import critical_entries
from wellbeing.forms import build_form
from wellbeing.importers import read_export
from wellbeing.importers.intake import take_in
from wellbeing.instruments import Text
from wellbeing.pseudonyms.linking import link_issued
from wellbeing.responses import read_responses
from wellbeing.surveys import PERSON_COLUMNS, SENSITIVE, Option, Question, load_survey, read_roster
from wellbeing.surveys.digests import measure_digests, question_digests, untold_trends
from wellbeing.surveys.minutes import budget_problems, question_seconds
from wellbeing.synthetic import export_rows, write_rows
from wellbeing.synthetic.county import make_county
from wellbeing.synthetic.opinion import SURVEY, ask_everything, make_opinion
from wellbeing.workspace import Workspace

KIT = Path(__file__).parents[1]
SOURCE = KIT / "src" / "wellbeing"

#: The rows of the county's table of measures that have answers of staff among their sources.
ASKED_ROWS = [
    "1",
    "2",
    "3a",
    "3b",
    "3c",
    "4",
    "5",
    "6",
    "7",
    "8a",
    "8b",
    "8c",
    "9a",
    "9c",
    "10",
    "11",
    "12",
    "13",
    "14",
]
#: Of these, and of the three requirements, what the table calls sensitive.
SENSITIVE_ROWS = {"2": "pay", "10": "hardship", "11": "women", "12": "marriage"}


def copied(folder):
    shutil.copytree(KIT / "surveys", folder / "surveys")
    return Workspace(folder)


def changed(workspace, old, new, count=1):
    path = workspace.surveys / f"{SURVEY}.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return workspace


@pytest.fixture
def workspace(tmp_path):
    return copied(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A workspace whose survey asks everything."""
    workspace = copied(tmp_path_factory.mktemp("whole"))
    ask_everything(workspace)
    return workspace


@pytest.fixture(scope="module")
def survey(whole):
    return load_survey(whole, SURVEY)


@pytest.fixture(scope="module")
def county(tmp_path_factory, whole):
    """Two schools of the screening's made-up county with both surveys, the opinion form with names on it."""
    folder = tmp_path_factory.mktemp("county")
    shutil.copytree(whole.surveys, folder / "surveys")
    workspace = Workspace(folder)
    made = make_county(folder, schools=8)
    opinion = make_opinion(workspace, read_roster(workspace.roster), waves=("2026",), named=True)
    return workspace, made, opinion


@pytest.fixture(scope="module")
def taken(county):
    workspace, _, opinion = county
    roster = read_roster(workspace.roster)
    return take_in(workspace, opinion.survey, "2026", roster, read_export(opinion.exports["2026"]))


# --- what is asked


def test_every_row_of_the_table_has_one_to_three_questions_and_there_are_forty_at_most(survey):
    rows = [re.sub(r"^13[a-d]$", "13", question.row) for question in survey.own_questions if question.row]
    assert set(rows) == {*ASKED_ROWS, "I"}
    assert max(rows.count(row) for row in rows) <= 3
    assert len(survey.own_questions) <= 40


def test_the_validated_modules_are_whole(survey):
    assert [part.instrument.id for part in survey.parts] == ["copsoq3_core", "enps"]
    assert len(survey.items) == 33


def test_sensitive_rows_are_asked_only_where_they_are_switched_on(workspace, survey):
    usual = load_survey(workspace, SURVEY)
    assert usual.sensitive == ()
    assert set(survey.sensitive) == set(SENSITIVE)
    told = {question.row: question.sensitive for question in survey.own_questions if question.sensitive}
    assert told == SENSITIVE_ROWS
    assert {q.id for q in survey.own_questions} - {q.id for q in usual.own_questions} == {
        q.id for q in survey.own_questions if q.row in SENSITIVE_ROWS
    }


def test_do_not_know_and_not_concerned_are_kept_apart(survey):
    for question in survey.own_questions:
        codes = {option.code for option in question.options}
        assert codes & {"dk", "na"} <= set(question.outside), question.id
        assert not set(question.outside) & {*question.favourable, *question.unfavourable}
        assert question.kind != "choice" or (question.favourable and question.unfavourable)


def test_the_roles_are_the_three_tiers_of_the_talks(survey):
    assert [option.code for option in survey.question("role").options] == ["leader", "middle", "staff"]


def test_the_first_and_the_last_section_end_with_an_open_question(survey):
    own = survey.own_questions
    starts = [place for place, question in enumerate(own) if question.section]
    ends = [*(place - 1 for place in starts[1:]), len(own) - 1]
    assert starts[0] == 0
    assert [own[end].kind == "text" for end in ends] == [True, *[False] * (len(ends) - 2), True]
    assert [question.id for question in own if question.kind == "text"] == ["op_open_first", "op_open_last"]


def test_everything_is_worded_in_both_languages(survey):
    build_form(survey, ("zh", "en"))  # refuses whatever has no words
    for question in survey.questions:
        texts = [question.text, *(option.label for option in question.options)]
        for text in texts:
            assert re.search(r"[\u3400-\u9fff]", text.zh), question.id
            assert not re.search(r"[\u3400-\u9fff]", text.en), question.id


def test_the_consent_page_promises_what_an_anonymous_survey_can(survey):
    assert not any(question.id in ("code", "consent_contact") for question in survey.questions)
    for words in ("没有编码", "无法撤回", "14人", "匿名"):
        assert words in survey.consent.zh
    for words in ("no code", "cannot be withdrawn", "14 people", "nonymous"):
        assert words in survey.consent.en
    assert "12356" in survey.help.zh


def test_an_opinion_survey_that_asks_for_a_code_is_refused(workspace):
    code = "  - id: sex\n    kind: choice\n"
    changed(workspace, code, "  - {id: code, kind: code, zh: 编码, en: Code}\n" + code)
    with pytest.raises(InputError) as caught:
        load_survey(workspace, SURVEY)
    assert [problem.what for problem in caught.value.problems] == ["opinion_code"]


# --- how long it takes


def test_seconds_of_each_kind_of_question():
    same = (Option("1", Text("好", "good")), Option("2", Text("坏", "bad")))
    other = (*same, Option("3", Text("都不", "neither")))
    kinds = [("choice", same), ("choice", same), ("choice", other), ("multiple", other), ("text", ()), ("number", ())]
    asked = [Question(f"q{place}", kind, Text("问", "?"), options) for place, (kind, options) in enumerate(kinds)]
    # 15 minutes hold 85 questions that stand alone (Pew Research Center): 900 / 85 = 10.588 s.
    assert list(question_seconds(asked)) == pytest.approx([10.588, 7.5, 10.588, 15, 45, 10.588], abs=1e-3)


def test_minutes_are_those_of_whoever_is_asked_everything(survey):
    # By hand from the form: of COPSOQ's 32 items the 1st, 4th to 8th, 17th, 19th, 20th, 22nd, 25th, 26th and 32nd
    # have other answers than the one before, which makes 13; eNPS stands alone.
    alone, like = 13 + 1, 32 - 13
    # 5 questions about the respondent; of the survey's own 39 two are written, 9 have several answers, and these have
    # the answers of the one before.
    own = survey.own_questions
    followed = [b.id for a, b in pairwise(own) if a.kind == b.kind == "choice" and a.options == b.options]
    assert followed == [
        "op_9a_where", "op_5_fair", "op_6_useful", "op_6_plan", "op_7_space", "op_7_union", "op_i_real", "op_9a_useful",
        "op_9c_trust", "op_11_needs",
    ]  # fmt: skip
    alone += 5 + (39 - 2 - 9 - 10)
    like += 10
    read = len(re.sub(r"\s", "", survey.consent.zh)) / 6
    seconds = alone * 900 / 85 + like * 7.5 + 9 * 15 + 2 * 45 + read
    assert seconds / 60 == pytest.approx(survey.minutes, abs=0.5)
    assert survey.minutes >= seconds / 60
    assert survey.minutes * 2 == int(survey.minutes * 2)


def test_the_whole_survey_fits_its_budget_and_check_says_so(whole):
    (line,) = [line for line in check_workspace(whole) if "教职工年度意见调查" in line]
    assert "自编 39 题（未经检验）" in line
    assert "预算 15 分钟" in line


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("minutes_budget: 15", "minutes_budget: 12", "over_minutes"),
        ("own_questions_most: 40", "own_questions_most: 32", "over_own_questions"),
    ],
)
def test_check_refuses_what_is_over_the_budget(workspace, old, new, what):
    changed(workspace, old, new)
    with pytest.raises(InputError) as caught:
        list(check_workspace(workspace))
    assert [problem.what for problem in caught.value.problems] == [what]
    assert caught.value.message("zh")


def test_one_question_more_is_over_the_budget_when_everything_is_asked(whole, tmp_path):
    shutil.copytree(whole.surveys, tmp_path / "surveys")
    first = "  - id: op_3a_change\n"
    more = "  - {id: op_more, kind: text, zh: 还有什么想说的, en: Anything else}\n"
    fuller = changed(Workspace(tmp_path), first, more + first)
    assert len(load_survey(fuller, SURVEY).own_questions) == 40
    assert [problem.what for problem in budget_problems(load_survey(fuller, SURVEY))] == ["over_minutes"]
    assert list(budget_problems(load_survey(whole, SURVEY))) == []


# --- how its definition may be wrong


@pytest.mark.parametrize(
    ("old", "new", "what", "column"),
    [
        ("set: knowing", "set: knowings", "unknown_answer_set", "questions.7.set"),
        ("    set: knowing", "    set: knowing\n    outside: [dk]", "set_and_own", "questions.7.outside"),
        ("  knowing:\n", "  spare:\n    options: [{code: a, zh: 甲}, {code: b, zh: 乙}]\n  knowing:\n",
         "unused_answer_set", "answer_sets.spare"),
        ("row: 3a", "row: 3A", "bad_row", "questions.5.row"),
        ("favourable: [clear, some]", "favourable: [clear, most]", "condition_code", "questions.5.favourable.1"),
        ("outside: [dk, na]\n  - id: op_3b_needs", "outside: [dk, none]\n  - id: op_3b_needs", "stands_twice",
         "questions.5.outside.1"),
        ("    favourable: [clear, some]\n", "", "half_judged", "questions.5"),
        ("favourable: ['4', '5']\n    unfavourable: ['1', '2']\n    outside: [dk, na]\n  knowing",
         "outside: ['1', '2', '3', '4', '5', dk, na]\n  knowing", "all_outside", "answer_sets.agreement.outside"),
        ("    outside: [dk]\n  - id: op_14_answered",
         "    favourable: [know]\n    unfavourable: [none]\n  - id: op_14_answered",
         "needless_entry", "questions.10.favourable"),
        ("sensitive: pay", "sensitive: money", "definition_word", None),
        ("own_validated: false", "own_validated: true", "definition_word", "own_validated"),
        ("minutes_budget: 15", "minutes_budget: 0", "policy_number", "minutes_budget"),
        ("    words:\n      1:", "    words:\n      2:", "words_unknown", "instruments.1.words.2"),
        ("  - id: enps\n", "  - id: gad2\n", "words_published", None),
        ("columns: [op_3c_talk], codes: ['yes']", "columns: [op_2_on_time], codes: ['yes']", "condition_later", None),
    ],
)  # fmt: skip
def test_a_definition_edited_wrongly(workspace, old, new, what, column):
    changed(workspace, old, new)
    if what == "words_published":
        changed(workspace, "scales: [item]", "scales: [total]")
    with pytest.raises(InputError) as caught:
        load_survey(workspace, SURVEY)
    found = [(problem.what, problem.column) for problem in caught.value.problems]
    assert what in [name for name, _ in found]
    if column is not None:
        assert (what, column) in found
    assert all(problem.row for problem in caught.value.problems)
    assert caught.value.message("zh") != caught.value.message("en")


def test_a_condition_may_not_stand_on_a_question_that_is_switched_off(workspace):
    women = "show_if: [{columns: [sex], codes: [female]}]"
    changed(workspace, women, "show_if: [{columns: [op_2_on_time], codes: [late]}]")
    changed(workspace, "sensitive: []", "sensitive: [women]")
    with pytest.raises(InputError) as caught:
        load_survey(workspace, SURVEY)
    assert [problem.what for problem in caught.value.problems] == ["condition_switched_off"]


# --- the form goes out


@pytest.mark.parametrize("to", ["wenjuanxing", "xlsform", "limesurvey", "qualtrics", "entry"])
def test_the_form_goes_out(survey, to):
    written = write_form(survey, to, ("zh", "en"))
    assert len(written.content) > 1000
    assert {field.name for field in written.form.fields} == {
        *(set(survey.columns) - set(PERSON_COLUMNS)),
        *(question.id for question in survey.person_questions),
    }


def test_the_form_says_what_was_not_validated_and_rewords_nothing_of_copsoq(survey):
    text = write_form(survey, "wenjuanxing", ("zh",)).content.decode("utf-8")
    assert text.count("没有经过信度和效度检验") == 4  # one for each section
    assert all(item.text.zh in text for item in survey.parts[0].items)
    assert "编码" not in text.replace("也没有编码", "")
    pages = build_form(survey, ("en",)).pages
    titles = [page.title.en for page in pages]
    sections = [title for title in dict.fromkeys(titles) if not re.match(r"Part |About|Where", title)]
    assert sections == ["Opinions and needs", "Talks, growth and conditions", "Health and events", "Burden and care"]


def test_the_paper_form_has_no_place_for_a_code(survey):
    from wellbeing.worksheets.paper import paper_content

    content = paper_content(build_form(survey, ("zh",)))
    assert content["code"] == ""
    assert "编码" not in str(content).replace("也没有编码", "")


# --- and comes back


def test_every_answer_comes_back_and_nothing_of_when_or_in_which_order(county, taken):
    workspace, _, opinion = county
    stored = read_responses(opinion.survey, "2026", workspace).answers
    sent = opinion.answers["2026"]
    agreed = sent[sent["consent_statistics"].eq("yes")]
    assert taken.imported.record.rows_read == len(sent)
    assert len(stored) == len(agreed)
    assert stored["code"].isna().all()
    assert stored["submitted"].isna().all()
    compared = [name for name in stored if name not in ("code", "submitted", "op_open_first", "op_open_last")]

    def rows(frame):
        return ["|".join(map(str, row)) for row in frame[compared].astype(object).fillna("-").to_numpy().tolist()]

    assert sorted(rows(stored)) == sorted(rows(agreed))
    # Some hundred rows in the order of arrival by chance: that does not happen.
    assert rows(stored) != rows(agreed)


def test_names_and_numbers_on_an_anonymous_form_are_dropped_unread(county, taken):
    workspace, _, opinion = county
    header, first, *_ = opinion.exports["2026"].read_text(encoding="gb18030").splitlines()
    assert "姓名" in header
    assert "手机" in header
    name = first.split(",")[header.split(",").index("3、姓名" if "3、姓名" in header else "2、姓名")]
    assert taken.imported.record.personal_columns == 5  # name, telephone, and three of the platform's own
    assert taken.imported.record.masked == 1
    for path in (workspace.root / "data").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert name.encode("utf-8") not in content, path.name
            assert b"12900004567" not in content, path.name
    written = read_responses(opinion.survey, "2026", workspace).answers["op_open_last"].dropna()
    assert written.str.contains("〔号码〕").sum() == 1


def test_a_row_that_waits_to_be_put_right_tells_no_time_either(county, tmp_path):
    workspace, made, opinion = county
    answers = opinion.answers["2026"].head(40).reset_index(drop=True)
    rows = export_rows(opinion.survey, made.roster["name"].to_dict(), answers, named=False)
    place = next(at for at, name in enumerate(rows[0]) if str(name).endswith("您所在的学校"))
    rows[3][place] = "没有这所学校"
    export = read_export(write_rows(rows, tmp_path / "one-wrong-school.csv"))
    aside = take_in(workspace, opinion.survey, "2023", read_roster(workspace.roster), export).imported.quarantine
    (wrong,) = aside[aside["rule"].eq("unknown_school")].to_dict("records")
    assert wrong["row"] == 4
    assert wrong["school_id"] == "没有这所学校"
    assert set(aside["submitted"]) == {""}


def test_why_an_answer_is_missing_comes_back_too(county, taken):
    workspace, _, opinion = county
    responses = read_responses(opinion.survey, "2026", workspace)
    talked = responses.answers["op_3c_talk"]
    unasked = responses.missing["op_3c_listened"].eq("not_asked")
    assert unasked.sum() > 10
    assert not (talked[unasked] == "yes").any()


# --- a changed question is another question


def test_a_changed_question_is_not_compared_with_last_year(workspace):
    last = measure_digests(load_survey(workspace, SURVEY))
    changed(
        workspace,
        "zh: 学校里办公、休息的地方和冷暖、饮水、厕所等条件能满足需要。",
        "zh: 学校的条件能满足需要。",
    )
    changed(workspace, "      - {code: tired, zh: 太累, en: Too tired}\n", "")
    changed(workspace, "    also: [性别, Sex]\n", "    also: [性别, Sex, 男女]\n")
    changed(workspace, "codes: [done, late]", "codes: [done]")
    changed(workspace, "sensitive: []", "sensitive: [women]")
    now = measure_digests(load_survey(workspace, SURVEY))
    found = untold_trends(last, now)
    obstacles = {f"op_8a_obstacle={c}" for c in ("time", "home", "place", "ill", "unwilling", "none")}
    assert {m for m, why in found.items() if why == "changed"} == {
        "op_7_space", "op_8c_explained", "op_8a_obstacle", *obstacles
    }  # fmt: skip
    assert {m for m, why in found.items() if why == "new"} == {"op_11_needs"}
    assert "copsoq3_core_vertical_trust" in now
    assert "enps_item" in now


def test_blanks_and_widths_are_no_other_question_and_an_item_changes_its_scale(workspace):
    before = load_survey(workspace, SURVEY)
    changed(
        workspace,
        "zh: 在我们学校，关爱教师的措施是落到实处的，不是走形式。",
        "zh: '在我们学校, 关爱教师 的措施是落到实处的，不是走形式。'",
    )
    changed(workspace, "zh: 您有多大可能向亲友推荐", "zh: 您有多大可能向别人推荐")
    after = load_survey(workspace, SURVEY)
    assert untold_trends(measure_digests(before), measure_digests(after)) == {"enps_item": "changed"}
    assert {c for c, d in question_digests(after).items() if question_digests(before)[c] != d} == {"enps_1"}


# --- the two surveys never meet on a person


def test_the_surveys_share_no_column_that_tells_one_person_from_another(whole, survey):
    screening = load_survey(whole, "screening")
    shared = {q.id for q in screening.questions} & {q.id for q in survey.questions}
    assert shared == {"school_id", "sex", "age_band", "role", "consent_statistics"}
    assert not {item.column for item in screening.items} & {item.column for item in survey.items}


def test_a_file_of_one_survey_is_not_read_into_the_other(county):
    workspace, made, opinion = county
    roster = read_roster(workspace.roster)
    for survey, export in ((opinion.survey, made.exports["2026-spring"]), (made.survey, opinion.exports["2026"])):
        with pytest.raises(InputError) as caught:
            take_in(workspace, survey, "2027", roster, read_export(export))
        assert "missing_question" in {problem.what for problem in caught.value.problems}
        assert not (workspace.working(survey.id, "2027") / "answers").exists()


def test_nobody_of_an_opinion_wave_can_be_listed_or_alerted(county, taken):
    workspace, _, opinion = county
    with pytest.raises(UsageError, match="匿名"):
        list_wave(workspace, opinion.survey, "2026")
    with pytest.raises(UsageError):
        critical_entries(
            read_export(opinion.exports["2026"]), opinion.survey, read_roster(workspace.roster), "2026-10-20"
        )


def test_two_opinion_waves_are_not_linked_person_by_person(county):
    _, _, opinion = county
    answers = opinion.answers["2026"]
    with pytest.raises(UsageError):
        link_issued(answers, answers, opinion.survey)


def test_even_a_code_in_the_opinion_file_links_nothing(county, tmp_path):
    workspace, made, opinion = county
    answers = opinion.answers["2026"].head(40).reset_index(drop=True)
    names = made.roster["name"].to_dict()
    rows = export_rows(opinion.survey, names, answers, named=False)
    codes = made.answers["2026-autumn"]["code"].dropna().head(40).tolist()
    header, *lines = rows
    file = write_rows([[*header, "参与编码"], *([*row, code] for row, code in zip(lines, codes, strict=True))],
                      tmp_path / "with-codes.csv")  # fmt: skip
    with pytest.raises(InputError) as caught:
        take_in(workspace, opinion.survey, "2024", read_roster(workspace.roster), read_export(file))
    assert [problem.what for problem in caught.value.problems] == ["extra_header"]
    assert not any(code in caught.value.message("zh") for code in codes)


def test_no_function_reads_answers_of_two_surveys():
    """Answers are read by `read_responses` alone, and each function that does so has one survey to read them of."""
    readers = {}
    for path in sorted(SOURCE.rglob("*.py")):
        code = path.read_text(encoding="utf-8")
        if "read_responses(" not in code:
            continue
        for function in ast.walk(ast.parse(code)):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            calls = [
                ast.unparse(call.args[0])
                for call in ast.walk(function)
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "read_responses"
            ]
            if calls:
                readers[f"{path.relative_to(SOURCE).as_posix()}:{function.name}"] = set(calls)
    assert readers, "nobody reads answers"
    assert {name: surveys for name, surveys in readers.items() if len(surveys) > 1} == {}
    assert not any(SURVEY in survey or "screening" in survey for surveys in readers.values() for survey in surveys)


def test_whoever_opens_the_files_of_a_wave_has_no_two_surveys_side_by_side():
    """Whoever reads files of persons past `read_responses` is known here, and why; somebody new is looked at."""
    known = {
        "sealed_waves.py": "seals and unseals the files of one wave",
        "responses.py": "stores and reads one wave",
        "erasure.py": "takes one person out, wave by wave",
        "verification.py": "compares digests",
        "scan/needles.py": "hunts what must not be printed, in a set of words without their persons",
        "batch/analysis.py": "seals a wave that was released",
        "free_text/wave.py": "asks whether an opinion survey's wave is sealed, and opens nothing of it",
    }
    opened = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if re.search(r"\bWaveFiles\(", path.read_text(encoding="utf-8"))
    }
    assert opened <= known.keys()


def test_the_modules_that_know_persons_know_nothing_of_the_opinion_survey():
    """Codes, register, lists and cards on one side, the ledger of measures on the other: neither knows the other."""
    for name in ("followup", "counsellor", "worksheets/conversations", "code_cards", "pseudonyms"):
        path = SOURCE / name
        for file in path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]:
            code = file.read_text(encoding="utf-8")
            assert SURVEY not in code, file
            assert not re.search(r"wellbeing\.(ledger|measures|synthetic\.opinion)\b", code), file
    for file in (SOURCE / "ledger").rglob("*.py"):
        imported = re.findall(r"(?:from|import) (wellbeing\.\w+)", file.read_text(encoding="utf-8"))
        assert not {f"wellbeing.{name}" for name in ("responses", "scoring", "pseudonyms", "followup")} & set(imported)


def test_what_the_opinion_survey_keeps_holds_no_code_of_the_screening(county, taken):
    workspace, made, _ = county
    roster = read_roster(workspace.roster)
    take_in(workspace, made.survey, "2026-autumn", roster, read_export(made.exports["2026-autumn"]))
    codes = set(made.answers["2026-autumn"]["code"].dropna())
    for zone in ("raw", "working"):
        for path in (workspace.root / "data" / zone / SURVEY).rglob("*"):
            if path.is_file():
                content = path.read_bytes().decode("utf-8", "replace")
                assert not any(code in content for code in codes), path.name


def test_whoever_is_asked_though_it_does_not_concern_them_can_say_so(survey):
    """问卷星 and paper take no routing: every question that hangs on another has an answer outside the denominator."""
    for question in survey.own_questions:
        if survey.routing.get(question.id):
            words = {option.label.zh for option in question.options if option.code == "na"}
            assert words & {"与我无关", "没有谈过心，或没有说自己的想法"}, question.id


def test_the_optional_modules_are_asked_in_the_words_that_there_are(workspace, tmp_path, monkeypatch, capfd):
    changed(workspace, "#  - {id: tswq", "  - {id: tswq")
    assert call_in(workspace, monkeypatch, "check") == 0, capfd.readouterr().err
    out = str(tmp_path / "form.txt")
    assert call_in(workspace, monkeypatch, "forms", SURVEY, "--to", "wenjuanxing", "--out", out) == 0
    assert "中文不齐全" in capfd.readouterr().out
    assert call_in(workspace, monkeypatch, "forms", SURVEY, "--to", "wenjuanxing", "--out", out, "--lang", "zh") == 3
    assert "tswq" in capfd.readouterr().err


def call_in(workspace, monkeypatch, *words):
    monkeypatch.chdir(workspace.root)
    monkeypatch.delenv("WELLBEING_LANG", raising=False)
    return call(list(words))
