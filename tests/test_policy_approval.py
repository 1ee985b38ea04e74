"""A weaker number of the policy: two people put their names to it, or it is refused; and it is printed."""

import shutil
from dataclasses import replace

import pytest

from releases import POLICY, build, county_units, release_of, unit
from wellbeing.disclosure.policy_words import weaker_words
from wellbeing.disclosure.release import read_release, write_release
from wellbeing.errors import InputError
from wellbeing.figures.released import open_release
from wellbeing.reports.parts import made_part
from wellbeing.surveys import load_policy
from wellbeing.workspace import Workspace, kit_root

TWO = "approved_weaker: [{name: 张某, date: 2026-09-01}, {name: 李某, date: '2026-09-02'}]\n"


@pytest.fixture
def workspace(tmp_path):
    shutil.copytree(kit_root() / "surveys", tmp_path / "surveys")
    return Workspace(tmp_path)


def write(workspace, approvers, old="min_respondents: 20 ", new="min_respondents: 15 "):
    path = workspace.surveys / "policy.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) + approvers, encoding="utf-8")


def test_two_people_may_agree_to_a_weaker_number(workspace):
    write(workspace, TWO)
    policy = load_policy(workspace, "clinical")
    assert policy.min_respondents == 15
    assert policy.weaker == ("min_respondents 15 20",)
    assert policy.approved == ("张某 2026-09-01", "李某 2026-09-02")


def test_the_other_kind_of_survey_keeps_its_own_numbers(workspace):
    write(workspace, TWO)
    policy = load_policy(workspace, "opinion")
    assert (policy.min_respondents, policy.weaker, policy.approved) == (14, (), ())


@pytest.mark.parametrize(
    "approvers",
    [
        "",
        "approved_weaker: []\n",
        "approved_weaker: [{name: 张某, date: 2026-09-01}]\n",
        "approved_weaker: [{name: 张某, date: 2026-09-01}, {name: ' 张某 ', date: 2026-09-02}]\n",
        "approved_weaker: [{name: 张某, date: 2026-09-01}, {name: '', date: 2026-09-02}]\n",
        "approved_weaker: [{name: 张某, date: 2026-09-01}, {name: 李某, date: soon}]\n",
        "approved_weaker: [{name: 张某, date: 2026-09-01}, {name: 李某}]\n",
    ],
    ids=["nobody", "an empty list", "one", "the same one twice", "no name", "no day", "no day at all"],
)
def test_fewer_than_two_people_are_refused(workspace, approvers):
    write(workspace, approvers)
    with pytest.raises(InputError):
        load_policy(workspace, "clinical")


def test_names_without_a_day_are_a_fault_of_their_own(workspace):
    write(workspace, "approved_weaker: [{name: 张某, date: 2026-09-01}]\n", new="min_respondents: 20 ")
    with pytest.raises(InputError) as refused:
        load_policy(workspace, "clinical")
    assert [problem.what for problem in refused.value.problems] == ["approvers"]


def test_a_stricter_number_needs_nobody_and_is_not_printed(workspace):
    write(workspace, "", new="min_respondents: 25 ")
    policy = load_policy(workspace, "clinical")
    assert (policy.min_respondents, policy.weaker) == (25, ())


def test_an_impossible_number_is_refused_whoever_agrees(workspace):
    write(workspace, TWO, new="min_respondents: -3 ")
    with pytest.raises(InputError):
        load_policy(workspace, "clinical")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_printed_on_the_artefact(tmp_path, lang):
    plain = release_of(county_units(unit("S001", 45)))
    weaker = replace(POLICY, weaker=("min_respondents 15 20",), approved=("张某 2026-09-01", "李某 2026-09-02"))
    head = (plain.survey, plain.wave, plain.frozen, plain.county)
    made = build(*head, plain.units, plain.cells, plain.measures, weaker)
    write_release(made, tmp_path / "release")
    printed = made_part(open_release(read_release(tmp_path / "release")), lang)["items"]
    line = next(item for item in printed if "张某 2026-09-01" in item and "李某 2026-09-02" in item)
    assert "15" in line
    assert "20" in line
    assert not any("张某" in item for item in made_part(open_release(plain), lang)["items"])


def test_every_number_of_the_policy_has_a_name():
    numbers = [name for name in POLICY.__dataclass_fields__ if name not in {"weaker", "approved"}]
    told = tuple(f"{name} 1 2" for name in numbers)
    for lang in ("zh", "en"):
        words = weaker_words(replace(POLICY, weaker=told, approved=("a", "b")), lang)["what"]
        assert "release." not in words
        assert len(words.split("；" if lang == "zh" else "; ")) == len(numbers)
