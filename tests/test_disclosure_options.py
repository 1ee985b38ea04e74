"""The options of one question together: what everybody who is counted must have named, by hand and by trying all."""

import csv
import io
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import opinions
from made_counties import roster
from wellbeing.attack import Known, audit_release
from wellbeing.attack.options import together
from wellbeing.attack.scores import families
from wellbeing.disclosure.classes import NO_SCORE, possible_counts, share_class, told_alike, told_alike_from
from wellbeing.disclosure.coarsen import Desk, Figure, Printed
from wellbeing.disclosure.draft import Draft
from wellbeing.disclosure.options import crowded, join_options
from wellbeing.disclosure.plan import Plan
from wellbeing.disclosure.release import write_release

WIDTH = 5


def few(low, n):
    return Printed(low, low + 4, "few", None, (low, low + 4), (0, 0))


# One unit


def test_five_classes_of_twenty_people_are_five_fours():
    """Of 20 who named something, five times "0 to 4" is five times 4; of 16 each may be anything from 0 to 4."""
    classes = [few(0, 20)] * 5
    for n, leaks in ((20, True), (17, True), (16, False)):
        left = {c for c in product(range(5), repeat=5) if sum(c) >= n}
        assert ({counts[0] for counts in left} == set(range(5))) is not leaks
        assert crowded(classes, range(n, n + 1), WIDTH) is leaks


def test_a_class_of_many_beside_two_of_few():
    # Of 24, five to nine did not name the first, and up to four named each of the others: 8 - 5 = 3, four counts left.
    many = Printed(5, 9, "many", None, (15, 19), (0, 0))
    assert crowded([many, few(0, 24), few(0, 24)], range(24, 25), WIDTH)
    assert not crowded([many, few(0, 24), few(5, 24)], range(24, 25), WIDTH)
    # What is not told may be anything, up to everybody.
    assert not crowded([few(0, 24), few(0, 24), None], range(24, 25), WIDTH)


def test_it_is_the_same_for_every_number_that_is_told_alike():
    # Up to 29 named one of three: of 25 five counts would be left, of 26 four, and which it was would show.
    classes = [few(5, 24), few(5, 24), few(10, 24)]
    assert 9 + 9 + 14 == 32
    assert not crowded(classes, range(24, 29), WIDTH)
    assert crowded(classes, range(24, 30), WIDTH)


def test_numbers_told_alike_are_those_that_give_the_same_start():
    for most in range(14, 60):
        for least in {most, most - 3, most // 2}:
            starts = {n: told_alike_from(min(n, least), most, WIDTH) for n in range(most + 1)}
            for start in set(starts.values()):
                alike = told_alike(start, least, most, WIDTH)
                assert [n for n in starts if starts[n] == start] == [n for n in alike if n in starts]


@cache
def said_of(cases, n, alike):
    low, high, side = share_class(cases, n, WIDTH, alike)
    if side == "untold" and low == 0:
        return None
    return Printed(low, high, side, None, possible_counts(low, high, side, n), (0, 0))


@cache
def too_much(said, alike, asked):
    return crowded(said, told_alike(alike, asked, asked, WIDTH), WIDTH)


def verdict(counts, n, asked, rule):
    """What is told of three options, or nothing; as `drafting` does it."""
    alike = told_alike_from(n, asked, WIDTH)
    if alike < 14:
        return None
    said = tuple(said_of(cases, n, alike) for cases in counts)
    if rule and too_much(said, alike, asked):
        return "withheld", alike
    return tuple(each and (each.low, each.high, each.side) for each in said), alike


@pytest.mark.parametrize("exclusive", [False, True])
def test_every_number_of_people_and_of_three_options_leaves_five_of_each(exclusive):
    """19 were asked. Every number who named something, and every three counts that they can give, are tried."""
    for rule in (True, False):
        left = {}
        for n in range(14, 20):
            for counts in product(range(n + 1), repeat=3):
                # The last option is "none of these": whoever names it names nothing else.
                if sum(counts) < n or (exclusive and counts[2] + max(counts[:2]) > n):
                    continue
                left.setdefault(verdict(counts, n, 19, rule), set()).add((n, *counts))
        narrow = 0
        for told, worlds in left.items():
            numbers = {world[0] for world in worlds}
            if told is None:
                continue
            narrow += len(numbers) < WIDTH
            for option in (1, 2, 3):
                for n in numbers:
                    here = {world[option] for world in worlds if world[0] == n}
                    narrow += len(here) < WIDTH
        assert (narrow == 0) is rule


# The certificate


def made(counts, n, units=("A", "B")):
    """Drafts of options, each with a figure of every unit: `counts` by option and unit."""
    policy = opinions.opinion().policy
    people = dict(zip(units, n, strict=True))
    holds = {unit: (unit,) for unit in units} | {"county": units}
    plan = Plan(tuple((unit, "all") for unit in holds), holds, (), (), (), ())
    drafts = []
    for option, cases in counts.items():
        figures = {(unit, "all"): Figure(people[unit], own, 0.0, 0.0) for unit, own in zip(units, cases, strict=True)}
        figures["county", "all"] = Figure(sum(n), sum(cases), 0.0, 0.0)
        drafts.append(Draft(Desk(f"op_x={option}", NO_SCORE, (0.0, 0.0), figures, policy)))
    return drafts, plan


def ends_of(drafts, plan, measure, key):
    """The least and the most of one option's count, by trying nothing but the rows of the joint system."""
    joint = join_options(drafts, plan)
    system = joint.system
    place = next(number for number, draft in enumerate(drafts) if draft.desk.measure == measure)
    aim = np.zeros(len(system.columns))
    aim[system.columns[place, ("cases", *key)]] = 1.0
    rows = LinearConstraint(system.matrix(system.rows).toarray(), system.low, system.high)
    ends = [
        milp(sign * aim, constraints=rows, bounds=Bounds(system.lower, system.upper), integrality=np.ones(len(aim)))
        for sign in (1, -1)
    ]
    return tuple(round(float(aim @ found.x)) for found in ends)


def test_the_certificate_reads_all_options_and_units_at_once():
    """What the county names most is told, and that A's people named hardly anything else: by hand A's 20 are in it."""
    drafts, plan = made({"a": (18, 2), "b": (3, 30), "c": (2, 3)}, (20, 33))
    a, b, c = (draft.desk.printed for draft in drafts)
    a["county", "all"] = Printed(20, 24, "few", None, (20, 24), (0, 0))
    b["A", "all"], c["A", "all"] = few(0, 20), few(0, 20)
    # 20 people, at most 8 of whom named b or c, and at most 24 in the county named a.
    assert ends_of(drafts, plan, "op_x=a", ("A", "all")) == (12, 20)
    # So of B's 33 no more than 24 - 12 named a.
    assert ends_of(drafts, plan, "op_x=a", ("B", "all")) == (0, 12)


def test_who_names_none_of_these_names_nothing_else_unless_that_is_contradicted():
    drafts, plan = made({"a": (15,), "none": (5,)}, (20,), ("A",))
    a, none = (draft.desk.printed for draft in drafts)
    a["A", "all"] = Printed(3, 7, "many", None, (13, 17), (0, 0))
    none["A", "all"] = few(5, 20)
    # Five to nine named none, so at most 15 named a; and who named none is not more than 20 - 13.
    assert ends_of(drafts, plan, "op_x=a", ("A", "all")) == (13, 15)
    assert ends_of(drafts, plan, "op_x=none", ("A", "all")) == (5, 7)
    none["A", "all"] = Printed(8, 10, "untold", None, (8, 12), (0, 0))
    # 13 and 8 are more than 20: somebody named both.
    assert ends_of(drafts, plan, "op_x=none", ("A", "all")) == (8, 12)


# The release and the attack


def one_each(counts, schools):
    """Answers in which everybody names one thing: of every school so many for each option."""
    rows = [
        {"school_id": school, "op_1_rights": code}
        for school, own in counts.items()
        for code, many in own.items()
        for _ in range(many)
    ]
    people = pd.DataFrame(rows).assign(consent_statistics="yes", sex="female", age_band="from_50", role="staff")
    return people.astype("str").replace("", pd.NA)


@pytest.fixture(scope="module")
def crowded_school(tmp_path_factory):
    """Four schools of 30 respondents; 25 of the first named something, each option by as many as its class can hold."""
    survey = opinions.part_of("op_1_rights")
    schools = roster(*((f"S{n}", "镇", "primary", 40 + n) for n in range(4)))
    spread = {"know": 12, "take_part": 12, "speak": 2, "supervise": 2, "none": 2}
    tight = {"know": 4, "take_part": 4, "speak": 4, "supervise": 9, "none": 4, "": 5}
    counts = {f"S{n}": spread if n else tight for n in range(4)}
    people = one_each(counts, schools)
    # In the others everybody named the first thing too.
    others = people["school_id"].ne("S0") & people["op_1_rights"].ne("none")
    people.loc[others, "op_1_rights"] = "know;" + people.loc[others, "op_1_rights"].replace({"know": "take_part"})
    true, _, _ = opinions.counted(survey, schools, people)
    found = opinions.cleared(survey, schools, people)
    folder = tmp_path_factory.mktemp("options") / "2026"
    write_release(found.release, folder)
    schools.schools["staff"].to_csv(folder / "roster.csv")
    rows = true.figures[["unit", "group", "measure", "n"]].itertuples(index=False, name=None)
    return folder, found, Known({("staff_opinion", "2026", u, g, m): int(n) for u, g, m, n in rows})


def test_a_question_is_withheld_whole_where_its_options_say_too_much(crowded_school):
    _, found, _ = crowded_school
    cells = found.release.cells[found.release.cells["group"].eq("all")]
    sides = cells.set_index(["unit", "measure"])["side"].unstack()  # noqa: PD010
    assert set(sides.loc["S0"]) == {"withheld"}
    assert (sides.loc[["S1", "S2", "S3"]] != "withheld").all(axis=None)
    assert found.evidence.leaks == 0
    assert found.evidence.narrowest >= 5


def test_the_attack_reads_the_options_together(crowded_school, tmp_path):
    folder, _, known = crowded_school
    for reader in (Known(), known):
        assert audit_release([folder], reader, artefacts=False).leaks == ()
    planted = tmp_path / "2026"
    planted.mkdir()
    for path in folder.iterdir():
        (planted / path.name).write_bytes(path.read_bytes())
    rows = list(csv.DictReader(io.StringIO((folder / "cells.csv").read_text(encoding="utf-8"))))
    for row in rows:
        if row["unit"] == "S0" and row["group"] == "all":
            low = "5" if row["measure"] == "op_1_rights=supervise" else "0"
            row |= {"low": low, "high": str(int(low) + 4), "side": "few"}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (planted / "cells.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
    result = audit_release([planted], known, artefacts=False)
    # 25 people, upper ends 4 + 4 + 4 + 9 + 4 = 25: every count is its upper end.
    assert {(leak.unit, leak.kind) for leak in result.leaks} >= {("S0", "figure")}
    assert result.narrowest == 1
    assert {leak.measure for leak in result.leaks} >= {"op_1_rights=know", "op_1_rights=none"}


def test_the_attack_puts_only_whole_questions_together():
    def table(*options):
        return [{"measure": f"q={o}", "use": "named", "instrument": "own", "scale": "q"} for o in options]

    three, two = table("a", "b", "c"), table("a", "b")
    of_three, of_two = (families(rows, [], None) for rows in (three, two))
    assert [len(lot) for lot in together([three], of_three)] == [3]
    # Of two releases that did not ask the same options the sum says nothing, nor of a question that is told in part.
    assert together([three, two], of_two) == []
    assert together([three], of_two) == []
    assert [len(lot) for lot in together([two, two], of_two)] == [2]
