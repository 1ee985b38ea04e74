"""Definitions: what is in them agrees with the fact base, and what is wrong with one is said with its line."""

import contextlib
import importlib.util
import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from wellbeing.errors import InputError, UsageError
from wellbeing.instruments import definitions_folder, instrument_ids, load_instrument
from wellbeing.instruments.cards import card, listing
from wellbeing.instruments.checks import check_file, read_versions
from wellbeing.instruments.wording import require_wording
from wellbeing.library import check_definitions
from wellbeing.texts import area
from wellbeing.yaml_files import read_yaml

ROOT = Path(__file__).parents[1]
FACTS = ROOT.parent / "shared" / "instruments"
NOT_SCORABLE = {"eri16", "talis_stress", "coss"}

with_facts = pytest.mark.skipif(not FACTS.exists(), reason="the fact base is not beside the repository")


def generate():
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "instruments" / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- the library ---------------------------------------------------------------------------------------------------


def test_every_definition_is_without_fault():
    assert [problem.line("en") for problem in check_definitions()] == []


def test_there_are_37_instruments_of_which_34_can_be_scored():
    loaded = [load_instrument(name) for name in instrument_ids()]
    assert len(loaded) == 37
    assert {instrument.id for instrument in loaded if instrument.not_scorable} == NOT_SCORABLE


@with_facts
@pytest.mark.parametrize("name", instrument_ids())
def test_items_agree_with_the_fact_base(name):
    facts, instrument = yaml.safe_load((FACTS / f"{name}.yaml").read_text(encoding="utf-8")), load_instrument(name)
    assert [item.number for item in instrument.items] == [item["number"] for item in facts["items"]]
    for item, fact in zip(instrument.items, facts["items"], strict=True):
        answers = facts["response_sets"][fact["response_set"]]
        assert item.reverse == fact["reverse"]
        assert (item.text.en, item.text.zh) == (fact.get("en"), fact.get("zh"))
        if isinstance(answers, dict):
            assert item.limits == (answers["min"], answers["max"])
        else:
            labels = {a["code"]: (a.get("en"), a.get("zh")) for a in answers}
            told = {a.code: (a.label.en, a.label.zh) for a in (*item.answers, *item.not_applicable)}
            assert told == labels


@with_facts
@pytest.mark.parametrize("name", instrument_ids())
def test_scales_agree_with_the_fact_base(name):
    facts, instrument = yaml.safe_load((FACTS / f"{name}.yaml").read_text(encoding="utf-8")), load_instrument(name)
    for fact in facts["scales"]:
        scale = instrument.scale(fact["id"])
        assert scale.method == fact["method"]
        assert (scale.multiply, scale.rounding) == (fact.get("multiply", 1), fact.get("rounding"))
        assert (scale.prorate, scale.optional) == (fact.get("prorate", False), fact.get("optional", False))
        assert scale.higher_is == fact["higher_is"]
        if "min_answered" in fact:
            assert scale.min_answered == fact["min_answered"]
        if fact["range"] != [None, None]:
            assert list(scale.range) == fact["range"]
        if name != "ipaq_sf":
            assert [int(column.rsplit("_", 1)[1]) for column in scale.items] == fact["items"]
    for fact in facts["items"]:
        for scale in fact["subscales"]:
            if scale in {s.id for s in instrument.scales}:
                assert f"{name}_{fact['number']}" in instrument.scale(scale).items


@with_facts
@pytest.mark.parametrize("name", sorted(set(instrument_ids()) - {"ipaq_sf", "cantril", "scl90"}))
def test_bands_agree_with_the_fact_base(name):
    facts, instrument = yaml.safe_load((FACTS / f"{name}.yaml").read_text(encoding="utf-8")), load_instrument(name)
    for fact in facts["bands"]:
        every = [s.id for s in instrument.scales if s.id != "total"]
        for scale in every if fact["scale"] in {"each", "facet"} else [fact["scale"]]:
            found = next(b for b in instrument.scale(scale).band_sets if b.name == fact["set"])
            assert (found.source, found.population) == (fact["source"], fact.get("population") or "")
            assert found.unconfirmed == fact.get("unconfirmed", False)
            assert (found.level == "group") == ("level_of" in fact)
            bands = {band.id: band for band in found.bands}
            assert len(bands) == len(fact["levels"])
            for level in fact["levels"]:
                band = bands[level["id"]]
                assert (band.name.en, band.name.zh) == (level["en"], level["zh"])
                for end in ("min", "max"):
                    if end in level:
                        assert band.holds(level[end])
                for end in ("above", "below"):
                    if end in level:
                        assert not band.holds(level[end])


@with_facts
@pytest.mark.parametrize("name", instrument_ids())
def test_terms_and_doubts_agree_with_the_fact_base(name):
    facts, instrument = yaml.safe_load((FACTS / f"{name}.yaml").read_text(encoding="utf-8")), load_instrument(name)
    assert instrument.status == facts["verification_status"]
    assert instrument.licence == facts["licence"]["status"]
    assert instrument.terms.source == facts["licence"]["source"]
    assert list(instrument.facts.unconfirmed) == facts["unconfirmed"]
    assert [(c.ref, c.doi) for c in instrument.facts.citations] == [(c["ref"], c["doi"]) for c in facts["citations"]]
    for section in ("cutoffs", "norms", "reliability", "change"):
        assert len(getattr(instrument.facts, section)) == len(facts[section])
    flagged = {c["item"] for c in facts["critical_items"] if "watch" not in c["rule"]}
    assert {c.column for c in instrument.critical} == {f"{name}_{item}" for item in flagged}


def test_wording_is_only_where_the_licence_allows_it():
    for name in instrument_ids():
        instrument = load_instrument(name)
        if not instrument.terms.reproduction_allowed:
            assert not any(item.text.en or item.text.zh for item in instrument.items)


def test_every_scorable_instrument_has_worked_examples_of_each_kind():
    for name in instrument_ids():
        instrument = load_instrument(name)
        if instrument.not_scorable:
            continue
        expected = [dict(example.expect) for example in instrument.examples]
        assert len(expected) >= 4, name
        assert any("unscorable" in told.values() for told in expected), name
        for scale in instrument.scales:
            if scale.bands:
                shown = {told.get(f"{scale.id}_band") for told in expected} - {None}
                assert shown == {band.id for band in scale.bands.bands}, (name, scale.id)
            if scale.prorate:
                assert any(told.get(f"{scale.id}_prorated") for told in expected)
        for critical in instrument.critical:
            shown = {told.get(f"critical_{critical.column.rsplit('_', 1)[1]}") for told in expected} - {None}
            assert shown == {"yes", "no", "unanswered"}, name


def test_a_key_changes_only_with_its_version():
    agreed = read_versions(definitions_folder())
    assert agreed == {name: (load_instrument(name).version, load_instrument(name).key) for name in instrument_ids()}


def test_generated_files_are_current():
    module = generate()
    folder = definitions_folder()
    assert (folder / "VERSIONS").read_text(encoding="utf-8") == module.versions_text()
    assert (folder.parent / "instrument.schema.json").read_text(encoding="utf-8") == module.schema_text()
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "instruments").glob("*.md")}
    assert written == module.pages()


def test_instruments_that_are_cut_from_others_keep_their_key():
    # PHQ-2 and GAD-2 are items 1 and 2; PSS-4 is PSS-10 items 2, 4, 5, 10; UWES-3 is UWES-9 items 1, 3, 8.
    for short, long, items in (
        ("phq2", "phq9", (1, 2)),
        ("gad2", "gad7", (1, 2)),
        ("pss4", "pss10", (2, 4, 5, 10)),
        ("uwes3", "uwes9", (1, 3, 8)),
    ):
        originals = [load_instrument(long).item(f"{long}_{number}") for number in items]
        for item, original in zip(load_instrument(short).items, originals, strict=True):
            assert (item.text, item.reverse, item.codes) == (original.text, original.reverse, original.codes)


MODULES = (
    "instruments/checks",
    "instruments/wording",
    "yaml_files",
    "yaml_forms",
    "scoring",
    "answer_codes",
    "answer_files",
)


@pytest.mark.parametrize("module", MODULES)
def test_every_problem_has_its_sentence_in_both_languages(module):
    source = (ROOT / "src" / "wellbeing" / f"{module}.py").read_text(encoding="utf-8")
    keys = set(re.findall(r'(?:Problem|self\.problem)\(\s*"([a-z_]+)"', source))
    keys |= set(re.findall(r'what(?:, fields)? = "([a-z_]+)"', source))
    assert keys
    for key in keys:
        assert set(area("problems")[key]) == {"zh", "en"}


# --- cards ---------------------------------------------------------------------------------------------------------


def test_the_listing_names_all_with_licence_and_status():
    rows = {row.id: row for row in listing()}
    assert len(rows) == 37
    assert (rows["phq9"].items, rows["phq9"].languages, rows["phq9"].status) == (9, ("zh", "en"), "full")
    assert rows["isi"].languages == ()
    assert not rows["coss"].scorable


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", instrument_ids())
def test_a_card_can_be_shown_of_every_instrument(name, lang):
    instrument = load_instrument(name)
    text = card(instrument, lang)
    assert instrument.signature in text
    assert instrument.licence in text
    for paper in instrument.facts.citations:
        assert paper.ref in text


def test_a_card_marks_what_is_unconfirmed():
    lines = card(load_instrument("pss10"), "en").splitlines()
    assert any("[unconfirmed] bands informal" in line for line in lines)
    assert any("[unconfirmed] licence" in line for line in lines)
    assert "[unconfirmed] bands" not in card(load_instrument("phq9"), "en")


# --- faults --------------------------------------------------------------------------------------------------------

SOUND = """\
schema: 1
id: probe
version: 1.0.0
acronym: PROBE
name: {en: Probe, zh: 测试}
domain: screening
construct: {en: nothing}
recall: {en: none}
minutes: 1
response_sets:
  agree:
  - {code: 0, en: Never}
  - {code: 1, en: Partly}
  - {code: 2, en: Quite}
items:
- {number: 1, response_set: agree, en: one}
- {number: 2, response_set: agree, en: two, reverse: true}
scales:
- id: total
  name: {en: Total}
  items: [1, 2]
  method: sum
  range: [0, 4]
  higher_is: worse
  min_answered: 1
  prorate: true
  rounding: half_up
missing: {rule: prorate, status: published}
bands:
- set: own
  scale: total
  source: nobody
  levels:
  - {min: 0, max: 1, id: low, en: Low, zh: 低}
  - {min: 2, max: 4, id: high, en: High, zh: 高}
critical_items:
- {item: 1, at_least: 1, meaning: {en: something}}
licence: {status: free, reproduction_allowed: true, wording_in_file: true, source: nobody}
citations: []
status: full
"""


def problems_of(tmp_path, text, name="probe"):
    path = tmp_path / f"{name}.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return check_definitions(tmp_path)


def line_of(text, part):
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_sound_definition_is_sound(tmp_path):
    assert problems_of(tmp_path, SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "what", "at"),
    [
        pytest.param("  items: [1, 2]\n", "  items: [1]\n", "item_in_no_scale", "number: 2", id="item in no scale"),
        pytest.param("items: [1, 2]", "items: [1, 2, 7]", "scale_unknown_item", "items: [1, 2, 7]", id="unknown item"),
        pytest.param("items: [1, 2]", "items: [1, 2, 2]", "doubled_item", "items: [1, 2, 2]", id="item twice in scale"),
        pytest.param("number: 2", "number: 1", "doubled_item", "en: two", id="item number twice"),
        pytest.param("min: 2, max: 4", "min: 1, max: 4", "bands_overlap", "id: high", id="overlapping bands"),
        pytest.param("min: 0, max: 1", "min: 0, max: 0", "bands_gap", "id: high", id="gap between bands"),
        pytest.param("min: 0, max: 1", "min: 1, max: 1", "bands_miss_range", "set: own", id="bands start late"),
        pytest.param("min: 2, max: 4", "min: 2, max: 3", "bands_miss_range", "set: own", id="bands end early"),
        pytest.param("min: 2, max: 4", "min: 4, max: 2", "bad_band", "id: high", id="band upside down"),
        pytest.param("id: high", "id: low", "doubled_name", "id: low, en: High", id="band id twice"),
        pytest.param("code: 1, en: Partly", "code: 0, en: Partly", "doubled_code", "Partly", id="duplicate code"),
        pytest.param("en: Partly", "en: 'NEVER '", "doubled_label", "agree:", id="label of two codes"),
        pytest.param("rounding: half_up", "rounding: up", "definition_word", "rounding: up", id="wrong rounding word"),
        pytest.param("method: sum", "method: total", "definition_word", "method: total", id="wrong method"),
        pytest.param("range: [0, 4]", "range: [0, 6]", "range_differs", "range: [0, 6]", id="range that codes deny"),
        pytest.param("range: [0, 4]", "range: [4, 0]", "bad_range", "range: [4, 0]", id="range upside down"),
        pytest.param("min_answered: 1", "min_answered: 3", "bad_min_answered", "min_answered: 3", id="too many needed"),
        pytest.param("min_answered: 1", "min_answered: 0", "bad_min_answered", "min_answered: 0", id="none needed"),
        pytest.param("method: sum", "method: mean", "prorate_needs_sum", "prorate: true", id="prorated mean"),
        pytest.param("method: sum", "method: formula", "formula_and_method", "id: total", id="no formula"),
        pytest.param("item: 1,", "item: 9,", "scale_unknown_item", "item: 9", id="critical item unknown"),
        pytest.param("at_least: 1", "at_least: 3", "critical_code", "at_least: 3", id="critical code unreachable"),
        pytest.param("at_least: 1", "at_least: 0", "critical_code", "at_least: 0", id="everything critical"),
        pytest.param("response_set: agree, en: one", "response_set: agre, en: one", "unknown_set", "agre,", id="set"),
        pytest.param("scale: total", "scale: all", "band_unknown_scale", "set: own", id="bands of no scale"),
        pytest.param("reverse: true", "reversed: true", "definition_unknown", "reversed", id="misspelt entry"),
        pytest.param("reverse: true", "reverse: 'yes'", "definition_type", "reverse: 'yes'", id="truth as text"),
        pytest.param("code: 2", "code: 2.5", "definition_type", "code: 2.5", id="fraction as code"),
        pytest.param("version: 1.0.0", "version: 1.0", "definition_type", "version: 1.0", id="version as number"),
        pytest.param("id: probe", "id: other", "definition_id", "id: other", id="id is not the file's name"),
        pytest.param("minutes: 1\n", "minutes: 1\nminutes: 2\n", "yaml_twice", "minutes: 2", id="entry twice"),
        pytest.param("en: one", "wording: one", "definition_unknown", "wording", id="unknown entry"),
        pytest.param("minutes: 1", "minutes: !!python/name:os.system ''", "yaml_tag", "minutes", id="hostile tag"),
        pytest.param("minutes: 1", "minutes: &a 1", "yaml_alias", "minutes", id="anchor"),
        pytest.param("minutes: 1", "\tminutes: 1", "not_yaml", "minutes", id="tab"),
        pytest.param("recall: {en: none}", "recall: {en: none", "not_yaml", "minutes", id="unclosed bracket"),
        pytest.param(", en: two", "", "item_without_words", "number: 2", id="item without words"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path, old, new, what, at):
    assert old in SOUND
    text = SOUND.replace(old, new, 1)
    found = problems_of(tmp_path, text)
    assert what in [problem.what for problem in found]
    fault = next(problem for problem in found if problem.what == what)
    assert fault.file == "probe.yaml"
    assert fault.row == line_of(text, at)
    for lang in ("zh", "en"):
        assert fault.line(lang)


@pytest.mark.parametrize("name", ["licence", "missing", "citations", "items", "id", "status"])
def test_a_missing_entry_is_named(tmp_path, name):
    content = yaml.safe_load(SOUND)
    del content[name]
    found = problems_of(tmp_path, yaml.safe_dump(content, allow_unicode=True))
    assert [(p.what, p.fields) for p in found] == [("definition_lacks", {"name": name})]


def test_a_reverse_key_for_an_unknown_item_cannot_be_written(tmp_path):
    # The reverse key stands with its item, so a key for an item that is not there is an unknown entry.
    found = problems_of(tmp_path, SOUND + "reverse: [9]\n")
    assert [(p.what, p.row) for p in found] == [("definition_unknown", line_of(SOUND + "reverse: [9]", "reverse: [9]"))]


def test_all_faults_of_all_definitions_come_at_once(tmp_path):
    (tmp_path / "other.yaml").write_text("a: [", encoding="utf-8")
    text = SOUND.replace("items: [1, 2]", "items: [1, 7]").replace("min: 2, max: 4", "min: 1, max: 4")
    found = {(problem.file, problem.what) for problem in problems_of(tmp_path, text)}
    assert {
        ("other.yaml", "not_yaml"),
        ("probe.yaml", "item_in_no_scale"),
        ("probe.yaml", "scale_unknown_item"),
        ("probe.yaml", "bands_overlap"),
    } <= found


def test_attention_names_a_band_of_the_default_set(tmp_path):
    found = problems_of(tmp_path, SOUND + "attention: {total: [middle]}\n")
    assert [problem.what for problem in found] == ["unknown_band"]


@pytest.mark.parametrize(
    ("formula", "what"),
    [
        ("__import__('os').system('true')", "bad_formula"),
        ("i1.real", "bad_formula"),
        ("i1 ** 9 ** 9 ** 9", "bad_formula"),
        ("[i1 for i1 in i2]", "bad_formula"),
        ("i1 +", "bad_formula"),
        ("i1 < i2 < 3", "bad_formula"),
        ("(" * 500 + "i1" + ")" * 500, "bad_formula"),
        ("i1 + i9", "formula_name"),
        ("i1 + total", "formula_name"),
        ("i1 + later", "formula_name"),
    ],
)
def test_a_formula_is_data_and_nothing_else(tmp_path, formula, what):
    scales = f"- {{id: ratio, name: {{en: R}}, items: [1, 2], method: formula, formula: {formula!r}, range: [0, 1], "
    scales += "higher_is: worse, min_answered: 2}\n"
    found = problems_of(tmp_path, SOUND.replace("scales:\n", "scales:\n" + scales))
    assert [problem.what for problem in found] == [what]


def test_an_alias_bomb_is_refused_at_once(tmp_path):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in pairwise("abcdefghij")
    )
    assert [problem.what for problem in problems_of(tmp_path, bomb)] == ["yaml_alias"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param("[" * 100_000, "yaml_too_deep", id="deep brackets"),
        pytest.param("a: " * 50_000, "not_yaml", id="nested keys on a line"),
        pytest.param("x" * 600_000, "yaml_too_long", id="far too long"),
        pytest.param("", "empty_file", id="empty"),
        pytest.param("just words", "not_a_definition", id="no mapping"),
        pytest.param("- a\n- b\n", "not_a_definition", id="a list"),
        pytest.param("a: 1\n---\nb: 2\n", "not_yaml", id="two documents"),
        pytest.param(b"\xff\xfe\x00a", "not_yaml", id="not text"),
        pytest.param(b"a: \x00", "not_yaml", id="control character"),
        pytest.param("? [a, b]\n: 1\n", "not_yaml", id="a list as key"),
        pytest.param("2024-01-02: 1\n", "definition_lacks", id="a date as key"),
        pytest.param("a: .nan\n", "definition_lacks", id="no number"),
        pytest.param("a: 2024-99-99\n", "not_yaml", id="a date that is none"),
    ],
)
def test_files_that_are_no_definition(tmp_path, content, what):
    assert what in [problem.what for problem in problems_of(tmp_path, content)]


@given(st.binary(max_size=300))
def test_no_content_breaks_the_reader(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        check_file(read_yaml(path), "any")


@given(st.text(max_size=40), st.sampled_from([line for line in SOUND.splitlines() if ": " in line]))
def test_no_value_breaks_the_checks(tmp_path_factory, value, line):
    folder = tmp_path_factory.mktemp("any")
    text = SOUND.replace(line, re.sub(r": .*", lambda _: f": {value}", line, count=1))
    assert isinstance(problems_of(folder, text.encode("utf-8", "surrogatepass")), list)


def test_a_changed_key_with_the_same_version_is_a_problem(tmp_path):
    assert problems_of(tmp_path, SOUND) == []
    instrument = load_instrument("probe", tmp_path)
    (tmp_path / "VERSIONS").write_text(f"probe 1.0.0 {instrument.key}\n", encoding="utf-8")
    assert problems_of(tmp_path, SOUND.replace("en: one", "en: another word")) == []
    changed = SOUND.replace("reverse: true", "reverse: false")
    assert [problem.what for problem in problems_of(tmp_path, changed)] == ["key_changed"]
    assert problems_of(tmp_path, changed.replace("version: 1.0.0", "version: 1.1.0")) == []


def test_an_unknown_instrument_is_a_wrong_call():
    with pytest.raises(UsageError, match="phq9"):
        load_instrument("phq99")


# --- wording of one's own ------------------------------------------------------------------------------------------

WORDING = """\
instrument: ucla3
lang: zh
source: 已获作者书面同意
instructions: 请选择最符合的一项。
answers:
  frequency: {1: 几乎从不, 2: 有时, 3: 经常}
items: {1: 题目甲, 2: 题目乙, 3: 题目丙}
"""


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "surveys" / "instruments"
    folder.mkdir(parents=True)
    (tmp_path / "wording").mkdir()
    for name in ("ucla3", "phq9"):
        source = (definitions_folder() / f"{name}.yaml").read_text(encoding="utf-8")
        (folder / f"{name}.yaml").write_text(source, encoding="utf-8")
    return tmp_path


def with_file(workspace, text, name="ucla3.zh.yaml"):
    (workspace / "wording" / name).write_text(text, encoding="utf-8")
    return workspace / "surveys" / "instruments"


def test_no_form_without_wording():
    with pytest.raises(UsageError, match=r"wording/ucla3\.zh\.yaml"):
        require_wording(load_instrument("ucla3"), "zh")
    require_wording(load_instrument("phq9"), "zh")


def test_a_form_may_leave_out_the_items_without_words():
    cbi = load_instrument("cbi")
    require_wording(cbi, "zh", tuple(item for item in cbi.items if item.number <= 13))
    with pytest.raises(UsageError):
        require_wording(cbi, "zh")


def test_wording_of_the_workspace_is_used(workspace):
    instrument = load_instrument("ucla3", with_file(workspace, WORDING))
    assert instrument.items[1].text.zh == "题目乙"
    assert instrument.items[0].answers[2].label.zh == "经常"
    assert instrument.languages == ("zh",)
    require_wording(instrument, "zh")
    assert instrument.key == load_instrument("ucla3").key


@pytest.mark.parametrize(
    ("old", "new", "what", "column"),
    [
        pytest.param(", 3: 题目丙", "", "wording_lacks", "items.3", id="missing item"),
        pytest.param("3: 题目丙", "3: ''", "wording_language", "items.3", id="empty item"),
        pytest.param("2: 题目乙", "2: second question", "wording_language", "items.2", id="another language"),
        pytest.param("3: 题目丙", "3: 题目丙, 4: 题目丁", "wording_unknown", "items.4", id="one item too many"),
        pytest.param(", 3: 经常", "", "wording_lacks", "answers.frequency.3", id="missing label"),
        pytest.param(
            "2: 有时", "2: Sometimes", "wording_language", "answers.frequency.2", id="label in another language"
        ),
        pytest.param("lang: zh", "lang: en", "wording_head", None, id="file of another language"),
        pytest.param("source: 已获作者书面同意\n", "", "wording_lacks", "source", id="no source"),
    ],
)
def test_faults_of_a_wording_file(workspace, old, new, what, column):
    assert old in WORDING
    folder = with_file(workspace, WORDING.replace(old, new))
    with pytest.raises(InputError) as caught:
        load_instrument("ucla3", folder)
    assert (what, column) in [(problem.what, problem.column) for problem in caught.value.problems]
    assert {problem.file for problem in caught.value.problems} == {"ucla3.zh.yaml"}
    assert check_definitions(folder) == list(caught.value.problems)


def test_labels_may_differ_by_item(workspace):
    by_item = WORDING.replace("  frequency:", "  2: {1: 极少, 2: 偶尔, 3: 时常}\n  frequency:")
    first, second, _ = load_instrument("ucla3", with_file(workspace, by_item)).items
    assert [answer.label.zh for answer in first.answers] == ["几乎从不", "有时", "经常"]
    assert [answer.label.zh for answer in second.answers] == ["极少", "偶尔", "时常"]


def test_sets_with_the_same_codes_keep_their_own_labels(workspace):
    hse = load_instrument("hse_msit")
    source = (definitions_folder() / "hse_msit.yaml").read_text(encoding="utf-8")
    (workspace / "surveys" / "instruments" / "hse_msit.yaml").write_text(source, encoding="utf-8")
    text = "instrument: hse_msit\nlang: zh\nsource: 自译\nanswers:\n"
    text += "  frequency: {1: 从不, 2: 很少, 3: 有时, 4: 经常, 5: 总是}\n"
    text += "  agreement: {1: 非常不同意, 2: 不同意, 3: 中立, 4: 同意, 5: 非常同意}\nitems:\n"
    text += "".join(f"  {item.number}: 第{item.number}题\n" for item in hse.items)
    items = load_instrument("hse_msit", with_file(workspace, text, "hse_msit.zh.yaml")).items
    assert (items[0].answers[0].label.zh, items[34].answers[0].label.zh) == ("从不", "非常不同意")


def test_words_that_the_definition_has_need_not_be_repeated(workspace):
    source = (definitions_folder() / "cbi.yaml").read_text(encoding="utf-8")
    (workspace / "surveys" / "instruments" / "cbi.yaml").write_text(source, encoding="utf-8")
    text = "instrument: cbi\nlang: zh\nsource: 自译\nitems:\n"
    text += "".join(f"  {number}: 第{number}题\n" for number in range(14, 20))
    instrument = load_instrument("cbi", with_file(workspace, text, "cbi.zh.yaml"))
    assert instrument.items[0].text == load_instrument("cbi").items[0].text
    require_wording(instrument, "zh")
