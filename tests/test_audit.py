"""The attacker finds every planted leak, and none where there is none; its bounds are those of trying everything."""

import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planted import GAD7, MODERATE, PHQ9, SEVERE, count, county, few, unit, withheld, write
from wellbeing.attack import AuditResult, Known, audit, audit_release, read_known
from wellbeing.attack.bounding import Target, attack
from wellbeing.attack.scores import Family, families
from wellbeing.attack.single import Figure, counts_possible
from wellbeing.attack.solver import Programme, Rows
from wellbeing.attack.system import atoms_of, build
from wellbeing.attack.targets import targets
from wellbeing.attack.told import ALL, Cell, Number, Told, Unit
from wellbeing.cli import call
from wellbeing.errors import InputError

FOUR = [unit(school) for school in ("S1", "S2", "S3", "S4")]
FOUR_AND_COUNTY = [*FOUR, county("S1", "S2", "S3", "S4")]
CLEAN = [few("S1", 5), few("S2", 10), few("S3", 5), few("S4", 0), few("county", 25)]


def kinds(result: AuditResult) -> set[str]:
    return {leak.kind for leak in result.leaks}


def of(result: AuditResult, kind: str) -> set[tuple[str, str]]:
    return {(leak.unit, leak.group) for leak in result.leaks if leak.kind == kind}


def test_a_release_of_wide_classes_has_no_leak(tmp_path):
    result = audit_release([write(tmp_path / "r", FOUR_AND_COUNTY, CLEAN)])
    assert result.leaks == ()
    assert result.narrowest == 5
    assert result.informative == {"phq9_total": 4}
    assert result.units == 4


def test_several_processes_find_what_one_finds(tmp_path, monkeypatch):
    cells = [count("S1", 8), count("S2", 6), count("S3", 7), withheld("S4"), count("county", 23)]
    more = [few("S1", 5, measure="gad7_total"), few("S2", 5, measure="gad7_total")]
    folder = write(tmp_path / "r", FOUR_AND_COUNTY, [*cells, *more], [PHQ9, GAD7])
    alone = audit_release([folder])
    monkeypatch.setattr(audit, "_MUCH", 1)
    together = audit_release([folder])
    assert (together.figures, together.leaks, together.narrowest) == (alone.figures, alone.leaks, alone.narrowest)
    assert of(alone, "figure")


# Content leaks of the privacy rules, section 3, one by one.


def test_a_small_cell_hidden_behind_a_total(tmp_path):
    # County 20 to 24, three schools with at least 19 between them: the fourth has 5 at most, and 1 by exact ones.
    cells = [count("S1", 8), count("S2", 6), count("S3", 7), withheld("S4"), count("county", 23)]
    result = audit_release([write(tmp_path / "r", FOUR_AND_COUNTY, cells)])
    assert ("S4", "all") in of(result, "figure")
    assert min(leak.values for leak in result.leaks if leak.unit == "S4") == 1


def test_a_hidden_school_between_classes(tmp_path):
    # 30 to 34 in all, and 30 to 42 in the others: S4 has 0 to 4. One more at the lower end leaves 0 to 3.
    others = [few("S1", 10), few("S2", 10), few("S3", 10), withheld("S4")]
    clean = audit_release([write(tmp_path / "clean", FOUR_AND_COUNTY, [*others, few("county", 30)])])
    assert clean.leaks == ()
    leaking = [few("S1", 10), few("S2", 10), {"unit": "S3", "low": "11", "high": "15", "side": "few"}, withheld("S4")]
    result = audit_release([write(tmp_path / "r", FOUR_AND_COUNTY, [*leaking, few("county", 30)])])
    assert ("S4", "all") in of(result, "figure")


def test_the_complement_of_a_subgroup(tmp_path):
    cells = [
        count("S1", 8, 45),
        count("S1", 7, 24, group="sex=female"),
        withheld("S1", group="sex=male"),
        *(few(school, 5) for school in ("S2", "S3", "S4")),
    ]
    result = audit_release([write(tmp_path / "r", FOUR, cells)])
    assert ("S1", "sex=male") in of(result, "subgroup")
    assert ("S1", "not sex=female") in of(result, "complement")


def test_the_sum_of_sensitive_bands(tmp_path):
    # 17 need attention, 14 of them moderately: three are worse, which is nowhere written.
    cells = [
        {"unit": "S1", "low": "17", "high": "21", "side": "few", "n": "45"},
        {"unit": "S1", "measure": "phq9_total_moderate", "low": "14", "high": "18", "side": "few", "n": "45"},
        withheld("S1", measure="phq9_total_severe"),
    ]
    clean = audit_release([write(tmp_path / "clean", FOUR[:1], cells, [PHQ9, MODERATE, SEVERE])])
    assert "bands" not in kinds(clean)
    exact = [count("S1", 17, 45), count("S1", 14, 45, measure="phq9_total_moderate")]
    result = audit_release([write(tmp_path / "r", FOUR[:1], exact, [PHQ9, MODERATE, SEVERE])])
    assert "bands" in kinds(result)


def test_two_tables_crossed(tmp_path):
    # By sex and by role, each class of five; together 8 at most and 5 class teachers at least: one woman at least.
    cells = [
        few("S1", 0, group="sex=female"),
        few("S1", 0, group="sex=male"),
        few("S1", 5, group="role=class_teacher"),
        few("S1", 0, group="role=other"),
        few("S1", 5),
    ]
    known = {("screening", "2026-autumn", "S1", f"{q}=?", "phq9_total"): 0 for q in ("sex", "role")}
    known |= {("screening", "2026-autumn", "S1", "all", "phq9_total"): 44}
    folder = write(tmp_path / "r", FOUR[:1], cells)
    assert ("S1", "sex=female") in of(audit_release([folder], Known(known)), "subgroup")


def test_a_table_that_crosses_two_questions(tmp_path):
    cells = [count("S1", 12, 45)]
    cells += [count("S1", cases, n, group=g) for g, cases, n in (("sex=female", 8, 24), ("sex=male", 4, 21))]
    cells += [count("S1", cases, n, group=g) for g, cases, n in (("role=a", 6, 22), ("role=b", 6, 23))]
    cells += [count("S1", 5, 12, group="sex=female&role=a"), withheld("S1", group="sex=male&role=b")]
    result = audit_release([write(tmp_path / "r", FOUR[:1], cells)])
    assert ("S1", "sex=male&role=b") in of(result, "crossed")


@pytest.mark.parametrize(
    ("before", "after", "staff", "leaks"),
    [
        pytest.param(0, 5, 61, True, id="a joiner takes a school over the edge of a class"),
        pytest.param(5, 0, 59, True, id="a leaver takes it back"),
        pytest.param(5, 5, 61, False, id="the same class twice"),
        pytest.param(0, 15, 61, False, id="so much that people themselves have changed"),
        pytest.param(0, 5, 60, False, id="nobody came or went: people themselves have changed"),
        pytest.param(0, 5, 80, False, id="so many came that it may be any of them"),
        pytest.param(0, 5, None, True, id="nobody knows who came: perhaps one"),
    ],
)
def test_two_waves(tmp_path, before, after, staff, leaks):
    folders = [
        write(tmp_path / wave, FOUR, [few("S1", low), few("S2", 10)], wave=wave, staff={"S1": there or 60})
        for wave, low, there in (("2026-spring", before, 60), ("2026-autumn", after, staff))
    ]
    if staff is None:
        for folder in folders:
            (folder / "roster.csv").unlink()
    result = audit_release(folders)
    assert (("S1", "all") in of(result, "wave")) is leaks
    assert ("S2", "all") not in of(result, "wave")


def test_two_waves_with_exact_numbers_of_people(tmp_path):
    folders = [
        write(tmp_path / wave, FOUR[:1], [few("S1", low, n=n)], wave=wave)
        for wave, low, n in (("2026-spring", 0, "44"), ("2026-autumn", 5, "45"))
    ]
    assert ("S1", "all") in of(audit_release(folders), "wave")


@pytest.mark.parametrize(
    ("answered", "leaks"),
    [
        pytest.param(None, False, id="38 to 42 after 43 to 47: one to nine fewer"),
        pytest.param((43, 42), True, id="one fewer, who was a case"),
        pytest.param((45, 40), False, id="five fewer: up to five of them were"),
    ],
)
def test_as_many_staff_of_whom_fewer_answered(tmp_path, answered, leaks):
    """Nobody can hold everybody for unchanged where the numbers of respondents cannot be the same."""
    folders = [
        write(tmp_path / wave, [unit("S1", respondents=about) | {"response": "-"}], [few("S1", low)], wave=wave)
        for wave, low, about in (("2026-spring", 5, "45"), ("2026-autumn", 0, "40"))
    ]
    numbers = zip(("2026-spring", "2026-autumn"), answered or (), strict=False)
    known = Known(answered={("screening", wave, "S1"): n for wave, n in numbers})
    assert (("S1", "all") in of(audit_release(folders, known), "wave")) is leaks


def test_known_changes_of_staff_are_used(tmp_path):
    folders = [
        write(tmp_path / wave, FOUR[:1], [few("S1", low)], wave=wave)
        for wave, low in (("2026-spring", 0), ("2026-autumn", 5))
    ]
    # Ten came and ten went: from four to five tells nothing about any of them.
    assert audit_release(folders, Known(changes={"S1": (10, 10)})).leaks == ()
    assert "wave" in kinds(audit_release(folders, Known(changes={"S1": (1, 0)})))


def test_a_class_that_people_explain_in_one_instrument_alone(tmp_path):
    # PHQ-9 could be one joiner, GAD-7 could not: so people have changed, and nothing follows from PHQ-9 either.
    folders = [
        write(
            tmp_path / wave,
            FOUR[:1],
            [few("S1", low), few("S1", other, measure="gad7_total")],
            [PHQ9, GAD7],
            wave=wave,
        )
        for wave, low, other in (("2026-spring", 0, 0), ("2026-autumn", 5, 15))
    ]
    assert audit_release(folders, Known(changes={"S1": (1, 0)})).leaks == ()


@pytest.mark.parametrize("cases", [(4, 5), (5, 4)], ids=["late answer", "withdrawal"])
def test_two_issues_of_one_wave(tmp_path, cases):
    folders = [
        write(tmp_path / f"issue{number}", FOUR, [few("S1", c // 5 * 5), few("S2", 10)])
        for number, c in enumerate(cases)
    ]
    assert of(audit_release(folders), "issue") == {("S1", "all")}
    assert audit_release([folders[0], folders[0]]).leaks == ()


def test_schools_that_were_regrouped(tmp_path):
    # The group without S3, a term later: S3 is the difference of two exact figures, one joiner at most either way.
    three, two = unit("G1", "group", "S1 S2 S3", "60"), unit("G1", "group", "S1 S2", "40")
    staff = dict.fromkeys(("S1", "S2", "S3"), 30)
    first = write(tmp_path / "a", [three], [count("G1", 14)], staff=staff, wave="2026-spring")
    second = write(tmp_path / "b", [two, unit("S3", respondents="-")], [count("G1", 13)], staff=staff)
    result = audit_release([first, second])
    assert ("S3", "all") in of(result, "wave")


@pytest.mark.parametrize(("percent", "n"), [("17", 12), ("17.4", 23), ("5.9", 17)])
def test_a_per_cent_of_a_known_number(tmp_path, percent, n):
    result = audit_release([write(tmp_path / "r", [unit("S1")], [{"unit": "S1", "percent": percent, "n": str(n)}])])
    assert ("S1", "all") in of(result, "figure")


def test_a_mean_with_its_deviation_and_number(tmp_path):
    # Nobody can be at 10 points where 20 people have a mean of 3 and a deviation of 0.5; the mean alone leaves six.
    mean = {"unit": "S1", "low": "0", "high": "4", "side": "few", "n": "20", "mean_low": "2", "mean_high": "3"}
    measures = [PHQ9]
    alone = audit_release([write(tmp_path / "clean", [unit("S1")], [mean], measures)])
    assert alone.leaks == ()
    result = audit_release([write(tmp_path / "r", [unit("S1")], [mean | {"sd": "0.5"}], measures)])
    assert ("S1", "all") in of(result, "alone")


def test_a_mean_that_gives_its_sum_away(tmp_path):
    cells = [{"unit": "S1", "mean": "7.25", "n": "24"}]
    assert ("S1", "all") in of(audit_release([write(tmp_path / "r", [unit("S1")], cells)]), "alone")


def test_the_mean_of_a_rare_item(tmp_path):
    # 0.05 of 20 people is one "yes".
    item = {"measure": "q1", "use": "share", "range_low": "0", "range_high": "1"}
    cells = [{"unit": "S1", "measure": "q1", "mean": "0.05", "n": "20"}]
    result = audit_release([write(tmp_path / "r", [unit("S1")], cells, [item])])
    assert result.leaks


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(count("S1", 30, 30), id="everybody"),
        pytest.param(count("S1", 29, 30), id="all but one"),
        pytest.param({"unit": "S1", "low": "0", "high": "0", "side": "many"}, id="a class of nobody else"),
        pytest.param({"unit": "S1", "percent": "100", "n": "30"}, id="100 per cent"),
    ],
)
def test_group_disclosure(tmp_path, cell):
    result = audit_release([write(tmp_path / "r", [unit("S1")], [cell])])
    assert {"figure", "complement"} & kinds(result)


def test_everybody_by_zeros_elsewhere(tmp_path):
    # Nobody in three schools, and the county's 30 or more: all of them are in S4, who are 30.
    cells = [count(school, 0, 30) for school in ("S1", "S2", "S3")] + [withheld("S4"), count("county", 30, 120)]
    known = {("screening", "2026-autumn", "S4", "all", "phq9_total"): 30}
    result = audit_release([write(tmp_path / "r", FOUR_AND_COUNTY, cells)], Known(known))
    assert any(leak.unit == "S4" and leak.values == 1 for leak in result.leaks)


@pytest.mark.parametrize(("largest", "leaks"), [(70, True), (40, False)])
def test_a_dominant_member(tmp_path, largest, leaks):
    # It knows its own count, and holds 70 of 100 staff: of a class of five little is left for the others.
    staff = {"S1": largest, "S2": (100 - largest) // 2, "S3": 100 - largest - (100 - largest) // 2}
    units = [unit("G1", "group", "S1 S2 S3", "75")]
    result = audit_release([write(tmp_path / "r", units, [few("G1", 5)], staff=staff)])
    assert ("dominant" in kinds(result)) is leaks


def test_a_flag_on_what_is_withheld(tmp_path):
    cells = [few("S1", 5), withheld("S2", flag="red"), few("S3", 5), few("S4", 5)]
    assert of(audit_release([write(tmp_path / "r", FOUR, cells)]), "flag") == {("S2", "all")}


def test_a_flag_that_implies_a_count(tmp_path):
    # "At least 20 per cent severe" in a school of eight says at least two.
    units = [unit("S1", respondents="8")]
    cells = [{"unit": "S1", "measure": "phq9_total_severe", "flag": "red", "at_least": "20", "n": "8"}]
    assert "small" in kinds(audit_release([write(tmp_path / "r", units, cells, [PHQ9, SEVERE])]))
    # In a school of 21 "at least 86 per cent" says that three at most are not.
    cells = [{"unit": "S1", "flag": "red", "at_least": "86", "n": "21"}]
    result = audit_release([write(tmp_path / "s", [unit("S1")], cells)])
    assert ("S1", "all") in of(result, "complement")


def test_one_instrument_against_another(tmp_path):
    cells = [few("S1", 5, n="44"), few("S1", 5, n="45", measure="gad7_total")]
    result = audit_release([write(tmp_path / "r", FOUR[:1], cells, [PHQ9, GAD7])])
    assert "instruments" in kinds(result)


def test_a_unit_that_may_not_report(tmp_path):
    result = audit_release([write(tmp_path / "r", [unit("S1", respondents="15")], [few("S1", 0)])])
    assert of(result, "small") == {("S1", "all")}


def test_figures_that_contradict_each_other_are_no_clean_release(tmp_path):
    cells = [count("S1", 30), few("S2", 5), few("S3", 5), few("S4", 5), count("county", 20)]
    assert "contradiction" in kinds(audit_release([write(tmp_path / "r", FOUR_AND_COUNTY, cells)]))


# What is printed.


TIPPING = "没有作答的人，平均分（或需要关注的比例）要是这样，以上判断才会改变："


def notebook(folder: Path, text: str, name: str = "S1_2026-autumn.ipynb") -> None:
    output = {"output_type": "execute_result", "data": {"text/plain": [text]}}
    cells = [{"cell_type": "code", "source": [], "outputs": [output]}]
    (folder / name).write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        pytest.param("约10%–25%，约45人", False, id="shares of the class, people about"),
        pytest.param("17.4%", True, id="a per cent with a decimal"),
        pytest.param("n = 47", True, id="a number of people"),
        pytest.param("7.83", True, id="a mean"),
        pytest.param("2人需要关注", True, id="a count"),
        pytest.param(f"{TIPPING}甲不高于 2.37 分；乙不超过 41%。", False, id="what would undo a flag"),
        pytest.param(f"{TIPPING}甲不高于 2.37 分。平均 7.83 分", True, id="a mean behind what would undo a flag"),
        pytest.param("PHQ-9, 12356, 2026", False, id="the template's own numbers"),
        pytest.param("S001, a1b2c3d4e5f6", False, id="codes and digests are no numbers"),
        pytest.param("0 50 100", False, id="an axis of people, about 45 of them"),
        pytest.param("0 70 140", True, id="an axis that reaches as far as more people would have it"),
    ],
)
def test_numbers_in_a_notebook(tmp_path, text, leaks):
    folder = write(tmp_path / "r", FOUR, CLEAN[:4])
    notebook(folder, text)
    result = audit_release([folder])
    assert result.artefacts == 1
    assert ("printed" in kinds(result)) is leaks


def test_an_axis_of_people_reaches_a_quarter_beyond_their_number(tmp_path):
    # About 110: 137.5 goes up to 140, the middle is 70.
    folder = write(tmp_path / "r", [unit("S1", respondents="110"), *FOUR[1:]], CLEAN[:4])
    notebook(folder, "0 70 140")
    assert "printed" not in kinds(audit_release([folder]))


def test_numbers_in_a_pdf(tmp_path):
    from test_scan import pdf

    folder = write(tmp_path / "r", FOUR, CLEAN[:4])
    (folder / "S1_2026-autumn.pdf").write_bytes(pdf("needing attention: 17.4%"))
    (folder / "S2_2026-autumn.pdf").write_bytes(pdf("about 45"))
    assert of(audit_release([folder]), "printed") == {("S1_2026-autumn.pdf", "1")}
    (folder / "S2_2026-autumn.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert ("S2_2026-autumn.pdf", "0") in of(audit_release([folder]), "unread")


# The command.


def test_the_command_refuses_a_leak_and_names_nobody(tmp_path, capsys):
    clean = write(tmp_path / "clean", FOUR_AND_COUNTY, CLEAN)
    assert call(["audit", str(clean)]) == 0
    leaking = write(tmp_path / "leaking", [unit("S1")], [count("S1", 3, 40)])
    capsys.readouterr()
    assert call(["audit", str(leaking), "--json"]) == 4
    told = json.loads(capsys.readouterr().out)
    assert {"figure", "complement"} <= {leak["kind"] for leak in told["leaks"]}
    assert call(["audit", str(leaking)]) == 4
    assert "S1" in capsys.readouterr().out


def test_what_is_known_is_read_from_a_file(tmp_path):
    path = tmp_path / "known.csv"
    path.write_text(
        "survey,wave,unit,group,measure,n,joined,left\nscreening,2026,S1,,phq9_total,44,,\n,,S2,,,,1,0\n", "utf-8"
    )
    known = read_known(path)
    assert known.people == {("screening", "2026", "S1", "all", "phq9_total"): 44}
    assert known.changes == {"S2": (1, 0)}
    path.write_text("unit,n\nS1,four\n", "utf-8")
    with pytest.raises(InputError):
        read_known(path)


def test_a_folder_that_holds_no_release(tmp_path):
    with pytest.raises(InputError) as caught:
        audit_release([tmp_path])
    assert {problem.file for problem in caught.value.problems} == {"units.csv", "cells.csv"}
    folder = write(tmp_path / "r", FOUR, [few("S1", 5) | {"high": "nine"}])
    with pytest.raises(InputError) as caught:
        audit_release([folder])
    assert [(p.what, p.row, p.column) for p in caught.value.problems] == [("audit_not_a_number", 2, "high")]


def test_what_is_not_understood_is_named(tmp_path):
    folder = write(tmp_path / "r", FOUR, CLEAN[:4])
    (folder / "notes.txt").write_text("x", "utf-8")
    assert audit_release([folder]).unread == ("screening 2026-autumn: notes.txt",)


# Sound: as trying everything.

WIDE = 10**6


def told(units: list[Unit], cells: list[Cell], staff: dict[str, int]) -> Told:
    return Told("t", "screening", "w", Path(), tuple(units), tuple(cells), (), {}, staff, {})


def number(value: int | str) -> Number:
    exact = Fraction(value)
    return Number(exact, Fraction(1, 2))


def exact_bounds(release: Told, family: Family, known: Known) -> dict[tuple[str, str, str], tuple[int, int]]:
    system = build([release], family, known)
    named = targets(system, [release], atoms_of([release]))
    bounds = attack(Programme(system.rows), [Target(name.target.sum, WIDE) for name in named])
    assert bounds is not None
    return {
        (name.unit, name.group, name.kind): (left.low, left.high)
        for name, left in zip(named, bounds, strict=True)
        if name.kind in {"figure", "subgroup", "unsaid"}
    }


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_bounds_are_those_of_every_table_there_can_be(data):
    """Two schools and their county, by sex: classes around true counts; every table that fits is tried."""
    groups = ("sex=f", "sex=m", "sex=?")
    people = {(s, g): data.draw(st.integers(0, 3)) for s in ("A", "B") for g in groups}
    true = {key: data.draw(st.integers(0, n)) for key, n in people.items()}

    def total(of: dict[tuple[str, str], int], schools: str, group: str) -> int:
        return sum(v for (s, g), v in of.items() if s in schools and (group == ALL or g == group))

    units = [
        Unit(u, level, s, "", None, None)
        for u, level, s in (("A", "school", ("A",)), ("B", "school", ("B",)), ("C", "county", ("A", "B")))
    ]
    cells, ranges = [], []
    for u, schools in (("A", "A"), ("B", "B"), ("C", "AB")):
        for group in (ALL, "sex=f", "sex=m"):
            if data.draw(st.booleans()):
                continue
            width = data.draw(st.integers(1, 3))
            low = total(true, schools, group) // width * width
            cells.append(Cell(u, group, "x", "few", "", {"low": number(low), "high": number(low + width - 1)}))
            ranges.append((schools, group, low, low + width - 1))
    known = Known(
        {
            ("screening", "w", u, g, "x"): total(people, s, g)
            for u, s in (("A", "A"), ("B", "B"), ("C", "AB"))
            for g in (ALL, *groups)
        }
    )
    family = families([], ["x"], None)["x"]
    found = exact_bounds(told(units, cells, {"A": 9, "B": 9}), family, known)
    keys = list(people)
    seen: dict[tuple[str, str], set[int]] = {}
    for table in product(*(range(people[key] + 1) for key in keys)):
        counts = dict(zip(keys, table, strict=True))
        if all(low <= total(counts, s, g) <= high for s, g, low, high in ranges):
            for u, s in (("A", "A"), ("B", "B"), ("C", "AB")):
                for g in (ALL, *groups):
                    seen.setdefault((u, g), set()).add(total(counts, s, g))
    told_groups = {cell.group for cell in cells}
    for (u, group, _), (low, high) in found.items():
        if group == ALL or told_groups - {ALL}:
            # The first of two targets with the same sum stands for both: the count, or that of everybody else.
            n = known.people["screening", "w", u, group, "x"]
            either = {(min(seen[u, group]), max(seen[u, group])), (n - max(seen[u, group]), n - min(seen[u, group]))}
            assert (low, high) in either


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=4), st.lists(st.integers(0, 3), min_size=2, max_size=3), st.data()
)
def test_bounds_with_means_are_those_of_every_answer_there_can_be(first, second, data):
    """A scale of 0 to 3 points, counted from 2: every way that two schools' people could have answered is tried."""
    family = Family("x", Fraction(1), Fraction(0), 3, ((0, 1), (2, 3)), {"x": (1,)}, True)
    schools = {"A": first, "B": second, "C": first + second}
    cells = []
    for u, scores in schools.items():
        if data.draw(st.booleans()):
            low = Fraction(sum(scores), len(scores)) // Fraction(1, 2) / 2
            high = low + Fraction(1, 2)
            half = Fraction(0)
            numbers = {"mean_low": Number(low, half), "mean_high": Number(min(high, Fraction(3)), half)}
            cells.append(Cell(u, ALL, "x", "", "", numbers))
    units = [
        Unit("A", "school", ("A",), "", None, None),
        Unit("B", "school", ("B",), "", None, None),
        Unit("C", "county", ("A", "B"), "", None, None),
    ]
    known = Known({("screening", "w", u, ALL, "x"): len(scores) for u, scores in schools.items()})
    found = exact_bounds(told(units, cells, {"A": 9, "B": 9}), family, known)
    intervals = {cell.unit: Figure.of(cell, family, 0.5) for cell in cells}
    seen: dict[str, set[int]] = {u: set() for u in schools}
    for answers in product(range(4), repeat=len(first) + len(second)):
        parts = {"A": answers[: len(first)], "B": answers[len(first) :], "C": answers}
        if all(
            figure.sums(len(parts[u]))[0] <= sum(parts[u]) <= figure.sums(len(parts[u]))[1]
            for u, figure in intervals.items()
        ):
            for u, scores in parts.items():
                seen[u].add(sum(score > 1 for score in scores))
    for (u, _, _), bounds in found.items():
        n = len(schools[u])
        low, high = min(seen[u]), max(seen[u])
        assert bounds in {(low, high), (n - high, n - low)}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=5))
def test_a_deviation_never_rules_out_the_truth_and_rules_out_what_cannot_be(scores):
    """Scores of 0 to 4, counted from 3: mean and deviation to two places, and every set of scores tried."""
    family = Family("x", Fraction(1), Fraction(0), 4, ((0, 2), (3, 4)), {"x": (1,)}, True)
    n = len(scores)
    printed = {"mean": f"{np.mean(scores):.2f}", "sd": f"{np.std(scores, ddof=1):.2f}"}
    half = Fraction(1, 200)
    numbers = {name: Number(Fraction(text), half) for name, text in printed.items()}
    left = counts_possible(Figure.of(Cell("A", ALL, "x", "", "", numbers), family, 0.5), family, "x", n)
    possible = {
        sum(score > 2 for score in others)
        for others in product(range(5), repeat=n)
        if f"{np.mean(others):.2f}" == printed["mean"] and f"{np.std(others, ddof=1):.2f}" == printed["sd"]
    }
    # No count is ruled out that is possible; the greatest sum of squares is a bound, so one more may be left in.
    assert possible <= set(left)
    assert len(left) <= len(possible) + 2


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_both_solvers_give_the_same_bounds(seed):
    random = np.random.default_rng(seed)
    rows = Rows()
    columns = [rows.unknown(0, int(random.integers(1, 9))) for _ in range(6)]
    truth = [int(random.integers(0, rows.upper[column] + 1)) for column in columns]
    for _ in range(4):
        sum_ = {column: int(random.integers(-2, 4)) for column in random.choice(columns, 3, replace=False).tolist()}
        value = sum(factor * truth[column] for column, factor in sum_.items())
        rows.know(sum_, value - int(random.integers(0, 3)), value + int(random.integers(0, 3)))
    wanted = [Target({column: 1}, WIDE) for column in columns] + [Target(dict.fromkeys(columns, 1), WIDE)]
    one, other = (attack(Programme(rows, highs=use), wanted) for use in (True, False))
    assert one == other
    # Looking at some unknowns while the others stay is evidence as good as any, and never says more than there is.
    lots = [columns[:3], columns[3:]]
    assert attack(Programme(rows), wanted, lots=lots) == one
    for seen, whole in zip(attack(Programme(rows), [Target(w.sum, 2) for w in wanted], lots=lots), one, strict=True):
        assert whole.low <= seen.low <= seen.high <= whole.high
        assert seen.values >= min(2, whole.values)


def test_bands_cut_a_scale_into_segments():
    # PHQ-9: below 10, 10 to 19, from 20 (Kroenke 2001).
    family = families([PHQ9, SEVERE], [], None)["phq9_total"]
    assert sorted(family.segments) == [(0, 9), (10, 19), (20, 27)]
    who5 = PHQ9 | {"measure": "who5_total", "instrument": "who5", "bands_zh": "", "bands_en": ""}
    family = families([who5], [], None)["who5_total"]
    assert (family.step, family.most) == (4, 25)
