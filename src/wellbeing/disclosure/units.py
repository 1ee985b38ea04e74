"""Who gets a report: schools of their own and groups of small ones, fixed before any answer arrives (R2)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from wellbeing.errors import InputError, Problem
from wellbeing.surveys import KINDS, Policy, Roster, school_year
from wellbeing.texts import say
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

UNIT_COLUMNS = ("unit", "level", "name_zh", "name_en", "kind", "town", "schools", "staff")

#: From so many staff a school is compared with the county's large ones.
LARGE_STAFF = 80

#: Ids that the kit gives to units itself.
_RESERVED = re.compile(rf"county|C-({'|'.join(KINDS)}|mixed)(-.*)?")


@dataclass(frozen=True)
class _School:
    id: str
    name: str
    kind: str
    town: str
    staff: int
    group: str
    place: int  # of its town in the order of the roster


def form_units(roster: Roster, policy: Policy) -> "pd.DataFrame":
    """Form the reporting units of a county from its roster alone (R2).

    Schools with the same `group` in the roster report together, whatever their size. Every other school with
    fewer than ``group_below_staff`` staff is grouped by township and kind, then by township, then with those
    of neighbouring townships; what is left joins the nearest group, the same township and kind first. A group
    has at least ``group_min_schools`` schools (or two with ``group_pair_min_staff`` staff) and no school above
    ``group_max_share`` of its staff. The roster has no map: townships are neighbours in the order in which it
    first names them. A group fixed in the roster that breaks the rule is not formed (`broken_groups` tells);
    its schools are treated as if it were not there.

    A small school that fits nowhere is a unit of its own that never reports: `never_reports` says so.

    Parameters
    ----------
    roster : Roster
    policy : Policy

    Returns
    -------
    DataFrame
        One row per unit, columns `UNIT_COLUMNS`: schools by township and id, then groups. `unit` is the school's
        id, or ``G01``, ``G02`` ...; `kind` and `town` may be ``mixed``; `schools` are ids separated by blanks.

    Raises
    ------
    InputError
        If a school's id is one that the kit gives to units itself.
    """
    schools = _schools(roster)
    _refuse_reserved(schools, set())
    groups = [members for members in _fixed(schools).values() if _sound(members, policy)]
    placed = {school.id for members in groups for school in members}
    small = [s for s in schools if s.staff < policy.group_below_staff and s.id not in placed]

    def left() -> list[_School]:
        inside = {school.id for members in groups for school in members}
        return [school for school in small if school.id not in inside]

    for place, kind in sorted({(school.place, school.kind) for school in small}):
        _found(groups, [s for s in left() if (s.place, s.kind) == (place, kind)], policy)
    for place in sorted({school.place for school in small}):
        _found(groups, [s for s in left() if s.place == place], policy)
    waiting: list[_School] = []
    for place in sorted({school.place for school in left()}):
        waiting += [s for s in left() if s.place == place]
        if _found(groups, waiting, policy):
            waiting = []
    for school in left():
        for members in sorted(groups, key=lambda members: _distance(school, members)):
            if _sound([*members, school], policy):
                members.append(school)
                break

    inside = {school.id for members in groups for school in members}
    ordered = sorted((sorted(members, key=_order) for members in groups), key=lambda members: _order(members[0]))
    numbers = (f"G{number:02}" for number in count(1))
    free = (name for name in numbers if all(name != school.id for school in schools))
    rows = [_own_row(school) for school in schools if school.id not in inside]
    return _frame(rows + [_group_row(name, members) for name, members in zip(free, ordered, strict=False)])


def broken_groups(roster: Roster, policy: Policy, file: str = "roster.csv") -> list[Problem]:
    """List the groups fixed in the roster that break R2 and are therefore not formed."""
    rows = {str(school): number for number, school in enumerate(roster.schools.index, start=2)}
    return [
        Problem("group_breaks_rule", file, min(rows[s.id] for s in members), "group")
        for members in _fixed(_schools(roster)).values()
        if not _sound(members, policy)
    ]


def never_reports(units: "pd.DataFrame", policy: Policy) -> "pd.Series":
    """Say for each unit whether it is a school too small for a report of its own and in no group (R2)."""
    return units["level"].eq("school") & units["staff"].lt(policy.group_below_staff)


def freeze_units(workspace: Workspace, survey_id: str, wave: str, roster: Roster, policy: Policy) -> "pd.DataFrame":
    """Give the reporting units of a wave's school year, formed at its first call and the same ever after.

    Units are not formed again within a school year, because a school that moves from one group to another is
    the difference of two reports. A school that joined the roster since reports alone if it is large enough
    and otherwise not before the next school year. One that left keeps its place, and its unit its staff.

    Writes ``data/working/<survey>/units-<school year>.csv``; needs the roster only.

    Raises
    ------
    InputError
        As `form_units`, or if a school that joined has the id of a unit.
    """
    import pandas as pd

    path = workspace.working(survey_id, wave).parent / f"units-{school_year(wave)}.csv"
    if not path.exists():
        units = form_units(roster, policy)
        _write(path, units)
        return units
    text = dict.fromkeys(UNIT_COLUMNS, "str") | {"staff": "int64"}
    units = pd.read_csv(path, encoding="utf-8", dtype=text, keep_default_na=False)
    known = {school for ids in units["schools"] for school in ids.split()}
    joined = [school for school in _schools(roster) if school.id not in known]
    if joined:
        _refuse_reserved(joined, set(units["unit"]))
        units = pd.concat([units, _frame([_own_row(school) for school in joined])], ignore_index=True)
        _write(path, units)
    return units


def _write(path: Path, units: "pd.DataFrame") -> None:
    write_whole(path, units.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def _refuse_reserved(schools: Iterable[_School], taken: set[str]) -> None:
    bad = [school for school in schools if school.id in taken or _RESERVED.fullmatch(school.id)]
    if bad:
        raise InputError([Problem("reserved_school_id", "roster.csv", column="school_id") for _ in bad])


def _schools(roster: Roster) -> list[_School]:
    """Give the schools by township, in the order the roster names them, and id."""
    table = roster.schools
    towns = {town: place for place, town in enumerate(table["town"].drop_duplicates())}
    found = [
        _School(str(school), row["name"], row["kind"], row["town"], int(row["staff"]), row["group"], towns[row["town"]])
        for school, row in zip(table.index, table.to_dict("records"), strict=True)
    ]
    return sorted(found, key=_order)


def _order(school: _School) -> tuple[int, str]:
    return school.place, school.id


def _fixed(schools: Iterable[_School]) -> dict[str, list[_School]]:
    groups: dict[str, list[_School]] = {}
    for school in schools:
        if school.group:
            groups.setdefault(school.group, []).append(school)
    return groups


def _sound(members: Sequence[_School], policy: Policy) -> bool:
    staff = [school.staff for school in members]
    enough = len(staff) >= policy.group_min_schools or (len(staff) == 2 and sum(staff) >= policy.group_pair_min_staff)
    return enough and max(staff) <= policy.group_max_share * sum(staff)


def _found(groups: list[list[_School]], members: list[_School], policy: Policy) -> bool:
    """Add `members` as a group if they may be one."""
    if members and _sound(members, policy):
        groups.append(list(members))
        return True
    return False


def _distance(school: _School, members: Sequence[_School]) -> tuple[int, bool, tuple[int, str]]:
    towns = min(abs(school.place - member.place) for member in members)
    return towns, all(school.kind != member.kind for member in members), min(_order(member) for member in members)


def _own_row(school: _School) -> tuple[str | int, ...]:
    return school.id, "school", school.name, school.name, school.kind, school.town, school.id, school.staff


def _group_row(id: str, members: Sequence[_School]) -> tuple[str | int, ...]:
    towns = list(dict.fromkeys(school.town for school in members))
    kinds = {school.kind for school in members}
    kind = kinds.pop() if len(kinds) == 1 else "mixed"
    fixed = {school.group for school in members}
    names = []
    for lang in ("zh", "en"):
        if len(fixed) == 1 and "" not in fixed:
            where, key = members[0].group, "units.group_fixed"
        elif len(towns) <= 2:
            where, key = say("units.and", lang).join(towns), "units.group"
        else:
            where, key = say("units.towns", lang, town=towns[0], towns=len(towns)), "units.group"
        names.append(say(key, lang, where=where, kind=kind_name(kind, lang), schools=len(members)))
    town = towns[0] if len(towns) == 1 else "mixed"
    ids = " ".join(school.id for school in members)
    return id, "group", *names, kind, town, ids, sum(school.staff for school in members)


def kind_name(kind: str, lang: str) -> str:
    """Name several schools of a kind, or of ``mixed`` kinds."""
    return say(f"units.kind_{kind.replace('-', '_')}", lang)


def _frame(rows: Sequence[tuple[str | int, ...]]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(rows, columns=list(UNIT_COLUMNS)).astype(
        dict.fromkeys(UNIT_COLUMNS, "str") | {"staff": "int64"}
    )


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Which figures of the county stand beside a unit's own.

    ``units``: the parts of the county, columns `UNIT_COLUMNS`, level ``compare``, without the schools whose answers
    are left out; none where only the county itself is left. ``beside``: the part, or ``county``, of every unit.
    ``reporting``: the units that report. ``left_out``: units whose answers are in no figure of the county.
    """

    units: "pd.DataFrame"
    beside: dict[str, str]
    reporting: frozenset[str]
    left_out: frozenset[str]


def reporting_units(units: "pd.DataFrame", policy: Policy, respondents: "pd.Series") -> frozenset[str]:
    """Give the units with a report of their own: enough respondents, and a large enough part of the staff (R1).

    Respondents are those whose answers count in the statistics, so a refusal of that counts as not taking part.
    """
    took_part = respondents.reindex(units["unit"], fill_value=0).to_numpy()
    enough = (took_part >= policy.min_respondents) & (took_part >= policy.min_response * units["staff"].to_numpy())
    return frozenset(units.loc[enough & ~never_reports(units, policy).to_numpy(), "unit"])


def comparison_units(units: "pd.DataFrame", policy: Policy, respondents: "pd.Series") -> Comparisons:
    """Divide the county by kind and size so that every part is large enough and hides the units it must (R2, R13).

    The size bands are the units below ``group_below_staff`` staff and the groups, those below `LARGE_STAFF`, and the
    large ones. A part needs ``compare_min_schools`` units and ``compare_min_respondents`` respondents. Its units
    without a report must be nobody at all, or ``rest_min_units`` units and ``rest_min_respondents`` people: they are
    what is left when the published units are taken away. Parts that fall short are put together, first those of one
    size band, then whatever still falls short; while that is not enough, the smallest part joins them. Units and not
    schools are counted: two groups of three schools are one difference apart. So the parts stay a partition, and
    with the county above and the units below they are a tree.

    Where the county as a whole cannot hide its units without a report, their answers are left out of all its figures.

    Parameters
    ----------
    units : DataFrame
        As `form_units` gives them.
    policy : Policy
    respondents : Series of int
        By unit.
    """
    took_part = {unit: int(respondents.get(unit, 0)) for unit in units["unit"]}
    reporting = reporting_units(units, policy, respondents)

    def hidden(members: Iterable[str]) -> bool:
        rest = [took_part[unit] for unit in members if unit not in reporting and took_part[unit]]
        return not rest or (len(rest) >= policy.rest_min_units and sum(rest) >= policy.rest_min_respondents)

    left_out = frozenset[str]()
    if not hidden(took_part):
        left_out = frozenset(unit for unit in took_part if unit not in reporting)

    def stands(members: Sequence[str]) -> bool:
        counted = [unit for unit in members if unit not in left_out and took_part[unit]]
        enough = sum(took_part[unit] for unit in counted) >= policy.compare_min_respondents
        return enough and len(counted) >= policy.compare_min_schools and hidden(counted)

    parts: dict[tuple[str, str], list[str]] = {}
    for unit, level, kind, staff in units[["unit", "level", "kind", "staff"]].astype(object).to_numpy():
        band = "small" if level == "group" or staff < policy.group_below_staff else "between"
        band = "large" if band == "between" and staff >= LARGE_STAFF else band
        parts.setdefault((kind, band), []).append(unit)
    for whole in ("small", "between", "large", ""):
        short = [key for key, members in parts.items() if (not whole or key[1] == whole) and not stands(members)]
        together = [unit for key in short for unit in parts.pop(key)]
        while together and not whole and parts and not stands(together):
            together += parts.pop(min(parts, key=lambda key: (sum(took_part[unit] for unit in parts[key]), key)))
        if together:
            parts.setdefault(("mixed", whole or "rest"), []).extend(together)
    if len(parts) == 1:
        return Comparisons(_frame([]), dict.fromkeys(took_part, "county"), reporting, left_out)
    counted = units[~units["unit"].isin(left_out)]
    rows = [_compare_row(counted, kind, band, members, policy) for (kind, band), members in sorted(parts.items())]
    beside = {
        unit: str(row[0]) for row, (_, members) in zip(rows, sorted(parts.items()), strict=True) for unit in members
    }
    return Comparisons(_frame(rows), beside, reporting, left_out)


def _compare_row(
    units: "pd.DataFrame", kind: str, band: str, members: Sequence[str], policy: Policy
) -> tuple[str | int, ...]:
    low = policy.group_below_staff
    suffix = {"small": "-small", "between": f"-{low}-{LARGE_STAFF - 1}", "large": f"-{LARGE_STAFF}+", "rest": ""}[band]
    key = {"small": "band_small", "between": "band_between", "large": "band_above", "rest": "band_rest"}[band]
    bounds = {"low": LARGE_STAFF if band == "large" else low, "high": LARGE_STAFF - 1}
    names = [
        say("units.compare", lang, what=say(f"units.{key}", lang, kind=kind_name(kind, lang), **bounds))
        for lang in ("zh", "en")
    ]
    inside = units[units["unit"].isin(members)]
    return (
        f"C-{kind}{suffix}",
        "compare",
        *names,
        kind,
        "mixed",
        " ".join(inside["schools"]),
        int(inside["staff"].sum()),
    )
