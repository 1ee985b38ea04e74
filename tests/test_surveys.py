import shutil
from pathlib import Path

import pytest

from wellbeing.cli import call
from wellbeing.errors import InputError, UsageError
from wellbeing.surveys import Condition, check_wave, load_county, load_policy, load_survey, read_roster
from wellbeing.surveys.mappings import Proposal, mappings_path, propose, read_mappings
from wellbeing.texts import LANGUAGES
from wellbeing.workspace import Workspace

KIT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def kit_copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("kit")
    shutil.copytree(KIT / "surveys", root / "surveys")
    return root


@pytest.fixture
def workspace(kit_copy):
    """Give a workspace whose settings may be spoilt: the three files are put back."""
    yield Workspace(kit_copy)
    for name in ("screening.yaml", "policy.yaml", "county.yaml"):
        shutil.copy(KIT / "surveys" / name, kit_copy / "surveys" / name)


def spoil(workspace, name, old, new):
    path = workspace.surveys / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old} stands {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(load, *arguments):
    with pytest.raises(InputError) as caught:
        load(*arguments)
    for lang in LANGUAGES:
        assert caught.value.message(lang)
    return [(problem.what, problem.row, problem.column) for problem in caught.value.problems]


# --- surveys


@pytest.mark.parametrize(
    ("old", "new", "what", "column"),
    [
        ("headers: {}", "headers: [a]", "settings_kind", "headers"),
        ("recode: {}", "recode: {sds: {codes: {1: 2}}}", "recode_unknown", "recode.sds"),
        ("recode: {}", "recode: {phq9: {codes: {1: 7}}}", "recode_code", "recode.phq9.codes.1"),
        ("recode: {}", "recode: {phq9: {codes: {1: 0, 2: 0}}}", "recode_merges", "recode.phq9.codes"),
        ("recode: {}", "recode: {cbi: {already_reversed: [1]}}", "recode_not_reversed", "recode.cbi.already_reversed"),
        ("recode: {}", "recode: {phq9: {code: {1: 0}}}", "definition_unknown", "recode.phq9.code"),
        ("headers: {}", "headers: {phq9_1: 做事}", "settings_kind", "headers.phq9_1"),
        ("headers: {}", "headers: {phq9_1: [12]}", "settings_kind", "headers.phq9_1.0"),
        ("headers: {}", "headers: {phq9_99: [做事]}", "survey_unknown_column", "headers.phq9_99"),
        ("headers: {}", "headers: {phq9_1: [做事], phq9_2: [做事]}", "header_for_two", "headers.phq9_2.0"),
        ("labels: {}", "labels: {phq9: [没有]}", "settings_kind", "labels.phq9"),
        ("labels: {}", "labels: {phq9: {没有: '0'}}", "settings_kind", "labels.phq9.没有"),
        # In YAML a bare yes is a truth, and True == 1 in Python: an answer would be made of it.
        ("labels: {}", "labels: {phq9: {没有: yes}}", "settings_kind", "labels.phq9.没有"),
        ("labels: {}", "labels: {phq9: {no: 0}}", "key_needs_quotes", "labels.phq9"),
        ("labels: {}", "labels: {phq8: {没有: 0}}", "labels_unknown", "labels.phq8"),
        ("labels: {}", "labels: {phq9: {没有: 7}}", "label_code", "labels.phq9.没有"),
        ("labels: {}", "labels: {phq9: {几乎每天: 0}}", "label_contradicts", "labels.phq9.几乎每天"),
        ("labels: {}", "lables: {}", "definition_unknown", "lables"),
        ("ignore: [您还有什么想说的？]", "ignore: 您还有什么想说的？", "settings_kind", "ignore"),
        ("ignore: [您还有什么想说的？]", "ignore: [您的性别]", "ignores_own", "ignore.0"),
        ("id: phq9, scales", "id: phq99, scales", "survey_unknown_instrument", "instruments.0.id"),
        ("id: phq9, scales", "id: ../../x, scales", "survey_unknown_instrument", "instruments.0.id"),
        ("{id: gad7, scales: [total]}", "{id: gad7, scales: [all]}", "survey_unknown_scale", "instruments.1.scales.0"),
        ("{id: gad7, scales: [total]}", "{id: gad7, scales: []}", "no_entries", "instruments.1.scales"),
        ("{id: gad7, scales: [total]}", "{id: gad7}", "settings_lack", "instruments.1"),
        ("{id: gad7, scales: [total]}", "{id: phq9, scales: [total]}", "stands_twice", "instruments.1.id"),
        ("who5, scales: [total], worklist: false", "who5, scales: [total], worklist: 'no'", "settings_kind", None),
        ("id: screening", "id: ../../x", "definition_id", "id"),
        ("id: screening", "id: other", "definition_id", "id"),
        ("policy: clinical", "policy: clinic", "definition_word", "policy"),
        ("policy: clinical", "policy: opinion", "needs_clinical", "policy"),
        ("minutes: 7", "minutes: seven", "settings_kind", "minutes"),
        ("minutes: 7", "minutes: -1", "policy_number", "minutes"),
        ("minutes: 7", "minutes: 7\nminutes: 8", "yaml_twice", "minutes"),
        ("schema: 1", "schema: 2", "definition_word", "schema"),
        ("schema: 1", "schema: [1", "not_yaml", None),
        ("  - {id: gad7", "\t- {id: gad7", "not_yaml", None),
        ("headers: {}", "headers: &a {}", "yaml_alias", None),
        ("headers: {}", "headers: !!python/object/apply:os.getcwd []", "yaml_tag", None),
        ("  - id: sex\n", "  - id: Sex\n", "bad_question_id", "questions.2.id"),
        ("  - id: sex\n", "  - id: seconds\n", "bad_question_id", "questions.2.id"),
        ("  - id: sex\n", "  - id: gad7_1\n", "bad_question_id", "questions.2.id"),
        ("    kind: code\n", "    kind: code\n    low: 1\n", "needless_entry", "questions.1.low"),
        ("    kind: code\n", "    kind: code\n    place: after\n", "question_of_everybody", "questions.1.place"),
        ("  version: '1'\n", "  version: ' '\n", "empty_entry", "consent.version"),
        ("  version: '1'\n", "", "settings_lack", "consent"),
        ("labels: {}", "labels: {phq9: {没有: refusal}}", "definition_word", "labels.phq9.没有"),
        ("labels: {}", "labels: {phq9: {几乎每天: refused}}", "label_contradicts", "labels.phq9.几乎每天"),
        ("labels: {}", "labels: {sex: {保密: 1}}", "label_code", "labels.sex.保密"),
        ("labels: {}", "labels: {sex: {女: refused}}", "label_contradicts", "labels.sex.女"),
        ("headers: {}", "two_stage: {sds: {first: [1], at_least: 3}}", "recode_unknown", "two_stage.sds"),
        ("headers: {}", "two_stage: {phq9: {first: [8, 9], at_least: 3}}", "stage_items", "two_stage.phq9.first"),
        ("headers: {}", "two_stage: {phq9: {first: [], at_least: 3}}", "stage_items", "two_stage.phq9.first"),
        ("headers: {}", "two_stage: {phq9: {first: [1, 2], at_least: 7}}", "stage_sum", "two_stage.phq9.at_least"),
        ("    required: true\n", "", "school_required", "questions.0.required"),
        ("    kind: code\n", "    kind: coed\n", "definition_word", "questions.1.kind"),
        ("    kind: code\n", "    kind: school\n", "definition_word", "questions.1.kind"),
        ("{code: male,", "{code: female,", "stands_twice", "questions.2.options.1.code"),
        ("zh: 男,", "zh: 女,", "doubled_label", "questions.2.options.1"),
        ("zh: 男,", "zh: 5,", "settings_kind", "questions.2.options.1.zh"),
        ("    zh: 您的岗位\n    en: Your role\n", "", "no_text", "questions.4"),
    ],
)
def test_a_survey_edited_wrongly(workspace, old, new, what, column):
    row = spoil(workspace, "screening.yaml", old, new)
    found = faults(load_survey, workspace, "screening")
    assert what in [problem for problem, _, _ in found]
    (place,) = [(line, at) for problem, line, at in found if problem == what][:1]
    if column is not None:
        assert place[1] == column
    # The line, or the next where an entry was put behind it, or that of the entry around what is not there.
    assert place[0] is not None
    assert what in {"school_required", "no_text"} or abs(place[0] - row) <= 1


@pytest.mark.parametrize(
    ("new", "what"),
    [("yes, zh: 同意, en: I agree, also: [是]", "settings_kind"), ("agree, zh: 同意, en: I agree", "consent_codes")],
)
def test_a_consent_that_would_never_count_is_refused(workspace, new, what):
    path = workspace.surveys / "screening.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("'yes', zh: 同意, en: I agree, also: [是]", new), encoding="utf-8")
    assert {problem for problem, _, _ in faults(load_survey, workspace, "screening")} == {what}


def test_a_survey_without_consent_is_refused(workspace):
    path = workspace.surveys / "screening.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("id: consent_", "id: agreed_"), encoding="utf-8")
    found = [problem for problem, _, _ in faults(load_survey, workspace, "screening")]
    assert found == ["question_lacking", "question_lacking"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not_settings"),
        (b"# nothing\n", "empty_file"),
        (b"- a\n", "not_settings"),
        ("id: 筛查\n".encode("gb18030"), "settings_encoding"),
        ("id: 筛查\n".encode("utf-16"), "settings_encoding"),
    ],
)
def test_what_is_no_survey(workspace, content, what):
    (workspace.surveys / "screening.yaml").write_bytes(content)
    assert [problem for problem, _, _ in faults(load_survey, workspace, "screening")] == [what]


def test_mappings_may_be_left_blank(workspace):
    spoil(workspace, "screening.yaml", "headers: {}", "headers:")
    assert load_survey(workspace, "screening").headers == {}


def test_mappings_that_are_right_are_kept(workspace):
    spoil(workspace, "screening.yaml", "headers: {}", "headers: {phq9_8: [动作迟缓]}")
    spoil(workspace, "screening.yaml", "labels: {}", "labels: {phq9: {没有: 0}, gad7_1: {偶尔: 1}}")
    survey = load_survey(workspace, "screening")
    assert survey.headers == {"phq9_8": ("动作迟缓",)}
    assert survey.labels == {"phq9": {"没有": 0}, "gad7_1": {"偶尔": 1}}


# --- questions of one's own, and when they are asked

OWN = """
  - id: years
    kind: number
    place: before
    low: 0
    high: 60
    zh: 您的教龄（年）
    en: Years of teaching
  - id: strains
    kind: multiple
    zh: 哪些事情让您最累？
    en: What strains you most?
    options:
      - {code: meetings, zh: 会议, en: Meetings}
      - {code: forms, zh: 填表, en: Paperwork}
  - id: wishes
    kind: text
    zh: 您有什么建议？
    en: What would help?
    show_if: [{columns: [strains], codes: [forms]}, {columns: [phq9_1, phq9_2], at_least: 3}]
"""
AFTER = "# Asked in two stages"


def add(workspace, questions, also=""):
    path = workspace.surveys / "screening.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(AFTER) == 1
    path.write_text(text.replace(AFTER, questions.strip("\n") + f"\n{also}\n{AFTER}"), encoding="utf-8")


def test_questions_of_ones_own_are_columns_and_keep_their_order(workspace):
    add(workspace, OWN)
    survey = load_survey(workspace, "screening")
    assert [(question.id, question.kind, question.place) for question in survey.own_questions] == [
        ("years", "number", "before"),
        ("strains", "multiple", "after"),
        ("wishes", "text", "after"),
    ]
    assert survey.columns[-3:] == ("years", "strains", "wishes")
    assert (survey.question("years").low, survey.question("years").high) == (0, 60)
    assert survey.person_questions[0].id == "school_id"
    assert survey.routing == {
        "wishes": (Condition(("strains",), None, ("forms",)), Condition(("phq9_1", "phq9_2"), 3)),
    }


def test_two_stages_route_the_rest_of_an_instrument(workspace):
    # PHQ-2 and GAD-2 go on from 3 points (Kroenke et al. 2003, 2007).
    add(workspace, "two_stage: {phq9: {first: [1, 2], at_least: 3}, gad7: {first: [1, 2], at_least: 3}}")
    routing = load_survey(workspace, "screening").routing
    assert routing.keys() == {f"phq9_{n}" for n in range(3, 10)} | {f"gad7_{n}" for n in range(3, 8)}
    assert routing["phq9_9"] == (Condition(("phq9_1", "phq9_2"), 3),)
    assert routing["gad7_3"] == (Condition(("gad7_1", "gad7_2"), 3),)


def test_the_consent_page_and_the_help_page_are_there_in_both_languages():
    survey = load_survey(Workspace(KIT), "screening")
    assert survey.consent_version == "1"
    for page in (survey.consent, survey.help):
        assert page.zh
        assert page.en
    # The national line, and the numbers of immediate danger.
    assert all(number in text for text in (survey.help.zh, survey.help.en) for number in ("12356", "110", "120"))


@pytest.mark.parametrize(
    ("old", "new", "what", "column"),
    [
        ("id: years", "id: Years", "bad_question_id", "questions.7.id"),
        ("zh: 您的教龄（年）", "zh: 您的姓名", "question_personal", "questions.7"),
        ("en: What would help?", "en: Your e-mail address", "question_personal", "questions.9"),
        ("    high: 60", "    high: 0", "bad_limits", "questions.7.low"),
        ("    high: 60", "    options: [{code: a, zh: 甲}]", "needless_entry", "questions.7.options"),
        ("code: forms, zh", "code: a;b, zh", "separator_in_code", "questions.8.options.1.code"),
        ("columns: [strains]", "columns: [stress]", "survey_unknown_column", "questions.9.show_if.0.columns.0"),
        ("columns: [strains]", "columns: [wishes]", "condition_later", "questions.9.show_if.0.columns.0"),
        ("codes: [forms]", "codes: [sport]", "condition_code", "questions.9.show_if.0.codes.0"),
        ("codes: [forms]", "at_least: 2", "condition_sum", "questions.9.show_if.0.columns.0"),
        ("codes: [forms]", "codes: []", "condition_form", "questions.9.show_if.0"),
        ("codes: [forms]", "codes: [forms], at_least: 1", "condition_form", "questions.9.show_if.0"),
        ("    low: 0", "    show_if: [{columns: [phq9_1], at_least: 1}]", "condition_later", None),
    ],
)
def test_a_question_of_ones_own_edited_wrongly(workspace, old, new, what, column):
    add(workspace, OWN)
    row = spoil(workspace, "screening.yaml", old, new)
    found = faults(load_survey, workspace, "screening")
    places = [(line, at) for problem, line, at in found if problem == what]
    assert places
    assert column is None or places[0][1] == column
    assert abs(places[0][0] - row) <= 6


# --- confirmed mappings of exports


def mapping(workspace, text):
    path = mappings_path(workspace, "screening")
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


ENTRY = 'schema: 1\nsurvey: screening\ncolumns:\n  - {header: "7、动作迟缓", means: phq9_8, confirmed: no}\n'


@pytest.mark.parametrize(("confirmed", "headers"), [("no", {}), ("yes", {"phq9_8": ("7、动作迟缓",)})])
def test_a_mapping_counts_when_it_is_confirmed(workspace, confirmed, headers):
    path = mapping(workspace, ENTRY.replace("confirmed: no", f"confirmed: {confirmed}"))
    assert load_survey(workspace, "screening").headers == headers
    path.unlink()


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("means: phq9_8", "means: phq9_88", "survey_unknown_column"),
        ("survey: screening", "survey: other", "definition_id"),
        ("confirmed: no", "confirmed: maybe", "settings_kind"),
        ("7、动作迟缓", " ", "no_text"),
    ],
)
def test_a_mapping_edited_wrongly(workspace, old, new, what):
    path = mapping(workspace, ENTRY.replace(old, new))
    assert faults(load_survey, workspace, "screening")[0][0] == what
    path.unlink()


def test_one_header_cannot_be_confirmed_for_two_columns(workspace):
    entry = ENTRY.replace("confirmed: no", "confirmed: yes")
    path = mapping(workspace, entry + entry.splitlines()[-1].replace("phq9_8", "phq9_7") + "\n")
    assert ("header_for_two", 5) in [(what, row) for what, row, _ in faults(load_survey, workspace, "screening")]
    path.unlink()


def test_proposals_are_kept_beside_what_was_confirmed(workspace):
    survey = load_survey(workspace, "screening")
    path = mappings_path(workspace, "screening")
    awkward = 'a "quoted" \\ header: {x}\u2028#\x85 行\n二'
    propose(path, survey, [Proposal("动作迟缓", "phq9_8"), Proposal(awkward, "ignore")])
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("    confirmed: no", "    confirmed: yes", 1), encoding="utf-8")
    new = propose(path, survey, [Proposal("动作 迟缓", "phq9_7"), Proposal("新的一列", "ignore")])
    assert [each.header for each in new] == ["新的一列"]
    found = read_mappings(path, survey)
    assert (found.headers, found.ignore, found.waiting) == ({"phq9_8": ("动作迟缓",)}, (), 2)
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("    confirmed: no", "    confirmed: yes"), encoding="utf-8")
    assert read_mappings(path, survey).ignore == (awkward, "新的一列")
    path.unlink()


@pytest.mark.parametrize(
    "name", ["../surveys/screening", "instruments/phq9", "policy", "county", "", "SCREENING", "screening.yaml", "{x}"]
)
def test_what_is_no_surveys_name(workspace, name):
    with pytest.raises(UsageError) as caught:
        load_survey(workspace, name)
    assert caught.value.key == "no_survey"


@pytest.mark.parametrize(
    "wave", ["../../x", "2026-AUTUMN", "２０２６", "٢٠٢٦", "2026-autumn\n", "", "0000", "2026-summer"]
)
def test_what_is_no_wave(wave):
    with pytest.raises(UsageError):
        check_wave(wave)


# --- policy and county


@pytest.mark.parametrize(
    ("old", "new", "what", "column"),
    [
        # The numbers of the privacy rules: R1 20 answers, R5 five counts, R2 60 per cent.
        ("min_respondents: 20        #", "min_respondents: 19        #", "policy_weaker", "clinical.min_respondents"),
        ("class_width: 5             #", "class_width: 4             #", "policy_weaker", "clinical.class_width"),
        ("group_max_share: 0.6       #", "group_max_share: 0.61      #", "policy_weaker", "clinical.group_max_share"),
        ("min_respondents: 20        #", "min_respondents: '20'      #", "settings_kind", "clinical.min_respondents"),
        ("min_respondents: 20        #", "min_respondents: true      #", "settings_kind", "clinical.min_respondents"),
        ("min_respondents: 20        #", "min_respondents:           #", "settings_kind", "clinical.min_respondents"),
        ("min_respondents: 20        #", "min_respondents: 20.5      #", "policy_number", "clinical.min_respondents"),
        ("min_response: 0.5          #", "min_response: .nan         #", "policy_number", "clinical.min_response"),
        ("min_response: 0.5          #", "min_response: 50           #", "not_a_share", "clinical.min_response"),
        ("class_width: 5             #", "klass_width: 5             #", "policy_missing", "clinical.class_width"),
        ("clinical:", "clinicle:", "settings_lack", None),
        ("min_respondents: 14\n", "min_respondents: 13\n", "policy_weaker", "opinion.min_respondents"),
    ],
)
def test_a_policy_edited_wrongly(workspace, old, new, what, column):
    path = workspace.surveys / "policy.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    found = faults(load_policy, workspace, "clinical")
    assert (what, column) in [(problem, at) for problem, _, at in found]
    assert all(row for _, row, _ in found)


def test_a_stricter_policy_is_taken(workspace):
    spoil(workspace, "policy.yaml", "min_respondents: 20        #", "min_respondents: 30        #")
    spoil(workspace, "policy.yaml", "group_max_share: 0.6       #", "group_max_share: 0.5       #")
    policy = load_policy(workspace, "clinical")
    assert (policy.min_respondents, policy.group_max_share) == (30, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "what", "column"),
    [
        ("name:", "nam:", "settings_lack", None),
        ("name: {zh: 示例县, en: Sample County}", "name: 示例县", "settings_kind", "name"),
        ("name: {zh: 示例县, en: Sample County}", "name: {zh: 5}", "settings_kind", "name.zh"),
        ("name: {zh: 示例县, en: Sample County}", "name: {zh: ' '}", "no_text", "name"),
        ("contacts: []", "contacts: 电话", "settings_kind", "contacts"),
        ("contacts: []", "contacts: ['电话']", "settings_kind", "contacts.0"),
        ("contacts: []", "contacts: [{}]", "no_text", "contacts.0"),
        ("contacts: []", "contacts: [" + "{zh: 电话}, " * 5 + "]", "contacts_many", "contacts"),
        ("contacts: []", "contacts: [{zh: " + "电" * 41 + "}]", "contact_long", "contacts.0"),
        ("contacts: []", "contacts: [{zh: 电话, en: " + "x" * 81 + "}]", "contact_long", "contacts.0"),
        ("contacts: []", "contacts: [", "not_yaml", None),
        ("contacts: []", "kontacts: []", "definition_unknown", "kontacts"),
    ],
)
def test_a_county_edited_wrongly(workspace, old, new, what, column):
    path = workspace.surveys / "county.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert (what, column) in [(problem, at) for problem, _, at in faults(load_county, workspace)]


def test_settings_that_are_gone(workspace):
    for name, load in (("county.yaml", load_county), ("policy.yaml", lambda place: load_policy(place, "clinical"))):
        (workspace.surveys / name).unlink()
        assert faults(load, workspace) == [("settings_gone", None, None)]


# --- the roster

ROWS = ["school_id,name,town,kind,rural,staff", "S001,甲校,青云镇,primary,yes,46", "S002,乙校,青云镇,junior,no,120"]


def roster_of(tmp_path, *rows, encoding="utf-8", change=lambda text: text):
    path = tmp_path / "roster.csv"
    path.write_bytes(change("\n".join([*ROWS, *rows]) + "\n").encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_roster_in_any_common_encoding(tmp_path, encoding, delimiter):
    path = roster_of(tmp_path, encoding=encoding, change=lambda text: text.replace(",", delimiter))
    schools = read_roster(path).schools
    assert schools["name"].to_dict() == {"S001": "甲校", "S002": "乙校"}
    assert schools["staff"].tolist() == [46, 120]
    assert schools["rural"].tolist() == [True, False]
    assert schools["group"].tolist() == ["", ""]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text + "\n,,,,,\n\n", id="blank rows at the end"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="Windows line ends"),
        pytest.param(lambda text: text.replace(",", " , "), id="blanks around the cells"),
        pytest.param(lambda text: text.replace(",46", ",46.0"), id="a number with a point"),
        pytest.param(lambda text: text.replace(",46", ",４６"), id="full-width digits"),
        pytest.param(lambda text: text.replace("46\n", "46,\n"), id="an empty cell too many"),
        pytest.param(lambda text: text.replace("yes", "Yes"), id="capitals"),
    ],
)
def test_what_spreadsheet_programs_do_to_a_roster(tmp_path, change):
    schools = read_roster(roster_of(tmp_path, change=change)).schools
    assert schools.index.tolist() == ["S001", "S002"]
    assert schools["kind"].tolist() == ["primary", "junior"]
    assert schools["staff"].tolist() == [46, 120]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("S003,丙校,镇,primary,yes", ("row_length", 4, None)),
        ("S003,丙校,镇,primary,yes,46,x", ("row_length", 4, None)),
        ("S003,丙校,镇,primary,yes,0", ("bad_staff", 4, "staff")),
        ("S003,丙校,镇,primary,yes,46.5", ("bad_staff", 4, "staff")),
        ("S003,丙校,镇,primary,yes,约50", ("bad_staff", 4, "staff")),
        ("S003,丙校,镇,小学,yes,46", ("bad_kind", 4, "kind")),
        ("S003,丙校,镇,primary,是,46", ("bad_rural", 4, "rural")),
        ("S003,丙校,,primary,yes,46", ("empty_cell", 4, "town")),
        ("S003,,镇,primary,yes,46", ("empty_cell", 4, "name")),
        ("../S003,丙校,镇,primary,yes,46", ("bad_school_id", 4, "school_id")),
        ("s001,丙校,镇,primary,yes,46", ("repeats_row", 4, "school_id")),
        ("S003,甲 校,镇,primary,yes,46", ("repeats_row", 4, "name")),
        ("S003,S001,镇,primary,yes,46", ("name_is_an_id", 4, "name")),
        ('S003,"丙校,镇,primary,yes,46', ("roster_quotes", 4, None)),
    ],
)
def test_a_wrong_row_of_the_roster(tmp_path, row, found):
    assert faults(read_roster, roster_of(tmp_path, row)) == [found]


def test_names_that_differ_in_the_width_of_a_bracket_are_one(tmp_path):
    # An export may write either, so an answer could not be given to one of the two schools.
    path = roster_of(tmp_path, "S003,丙校（东）,镇,primary,yes,46", "S004,丙校(东),镇,primary,yes,46")
    assert faults(read_roster, path) == [("repeats_row", 5, "name")]


def test_a_row_number_counts_blank_rows(tmp_path):
    assert faults(read_roster, roster_of(tmp_path, "", "S003,丙校,镇,primary,yes,x")) == [("bad_staff", 5, "staff")]


def test_a_doubled_column_is_not_guessed(tmp_path):
    path = roster_of(tmp_path, change=lambda text: text.replace("staff", "staff,Staff").replace("46", "46,9"))
    assert faults(read_roster, path) == [("doubled_column", 1, "staff")]


def test_missing_columns_are_named_at_once(tmp_path):
    path = roster_of(tmp_path, change=lambda text: text.replace("school_id,name", "学校代码,学校名称"))
    assert faults(read_roster, path) == [("missing_column", None, "school_id"), ("missing_column", None, "name")]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty_file"),
        (ROWS[0].encode(), "empty_file"),
        (b"PK\x03\x04 a workbook", "roster_no_csv"),
        (b"\x89PNG\r\n\x1a\n\x00", "roster_no_csv"),
        ("\n".join(ROWS).encode("utf-16-le"), "roster_no_csv"),
        ("\n".join(ROWS).encode() + b"\xff\xff", "roster_no_csv"),
    ],
)
def test_what_is_no_roster(tmp_path, content, what):
    path = tmp_path / "roster.csv"
    path.write_bytes(content)
    assert [problem for problem, _, _ in faults(read_roster, path)] == [what]


def test_a_roster_that_cannot_be_opened(tmp_path):
    (tmp_path / "roster.csv").mkdir()
    for path, key in ((tmp_path / "roster.csv", "cannot_open"), (tmp_path / "gone.csv", "no_roster")):
        with pytest.raises(UsageError) as caught:
            read_roster(path)
        assert caught.value.key in {key, "cannot_open"}


# --- the command


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("surveys/screening.yaml", b"headers: [a]\n", 3),
        ("surveys/policy.yaml", b"clinical: {min_respondents: 1}\nopinion: {}\n", 3),
        ("data/roster.csv", b"PK\x03\x04", 3),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00", 3),
    ],
)
def test_a_users_mistake_is_never_a_fault_of_the_kit(tmp_path, monkeypatch, capsys, name, content, code):
    shutil.copytree(KIT / "surveys", tmp_path / "surveys")
    (tmp_path / "data").mkdir()
    roster_of(tmp_path / "data")
    (tmp_path / "a.csv").write_text("甲,乙\n1,2\n", encoding="utf-8")
    (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert call(["import", "a.csv", "--survey", "screening", "--wave", "2026-autumn"]) == code
    assert Path(name).name in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
