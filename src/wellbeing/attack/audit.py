"""Lead an attack: each release by itself, all against each other, and what is printed against what was released."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from wellbeing.attack.bounding import Bounds, attack, narrowest
from wellbeing.attack.findings import AuditResult, Leak
from wellbeing.attack.known import Known
from wellbeing.attack.ledgers import ledger_leaks
from wellbeing.attack.options import build_together, exclusive, groups_told, of_group, together
from wellbeing.attack.plain import plain_leaks
from wellbeing.attack.printed import printed_leaks
from wellbeing.attack.scores import Family, families
from wellbeing.attack.solver import Programme
from wellbeing.attack.system import Named, atoms_of
from wellbeing.attack.targets import targets
from wellbeing.attack.told import ALL, Told, read_told
from wellbeing.attack.waves import wave_leaks

#: Cells of releases from which on it pays to start processes.
_MUCH = 8_000

#: A release, what is known, the families that are attacked together, and the group in which they are by themselves.
_Lot = tuple[Told, Known, Sequence[Family], str | None]
#: Figures attacked, values left of the narrowest, the solver's name, leaks.
_Attacked = tuple[int, int | None, str, list[Leak]]


def audit_release(folders: Sequence[Path], known: Known | None = None, artefacts: bool = True) -> AuditResult:
    """Attack the releases in some folders, jointly.

    Parameters
    ----------
    folders : sequence of Path
        Released folders, as ``data/released/screening/2026-autumn``. Finished reports are looked for beside them.
    known : Known, optional
        What colleagues know exactly; see `Known`. Without it the attack takes everything that fits what is told.
    artefacts : bool
        Whether to hold the numbers in finished reports and notebooks against the release.

    Returns
    -------
    AuditResult

    Raises
    ------
    InputError
        If a folder holds no release, or one that cannot be read.
    """
    began = perf_counter()
    known = known or Known()
    releases = [read_told(folder) for folder in folders]
    leaks: dict[Leak, None] = {}
    figures, least, solver = 0, [], ""
    by_family: list[dict[str, Family]] = []
    lots: list[_Lot] = []
    for told in releases:
        measures = [cell.measure for cell in told.cells]
        instruments = told.surveys / "instruments" if told.surveys else None
        found = families(told.measures, measures, instruments)
        by_family.append(found)
        of = {measure: family for family in found.values() for measure in family.measures}
        leaks.update(dict.fromkeys(plain_leaks(told, of, known)))
        leaks.update(dict.fromkeys(ledger_leaks(told)))
        lots += [(told, known, [family], None) for family in found.values()]
        lots += [
            (told, known, members, group)
            for members in together([told.measures], found)
            for group in groups_told(told, members)
        ]
    for count, left, name, here in _attacked(lots, sum(len(told.cells) for told in releases)):
        figures, solver = figures + count, name
        least += [left] if left is not None else []
        leaks.update(dict.fromkeys(here))
    count, between = wave_leaks(releases, by_family, known)
    figures += count
    leaks.update(dict.fromkeys(between))
    read = [printed_leaks(told) for told in releases] if artefacts else []
    for printed in read:
        leaks.update(dict.fromkeys(printed.leaks))
    # A printed number, a flag or a contradiction has no interval.
    least += [leak.values for leak in leaks if leak.kind not in {"printed", "unread", "flag", "contradiction"}]
    informative, units = _informative(releases)
    return AuditResult(
        tuple(told.name for told in releases),
        figures,
        tuple(leaks),
        min(least, default=None),
        informative,
        units,
        sum(printed.artefacts for printed in read),
        sum(printed.numbers for printed in read),
        tuple(f"{told.name}: {name}" for told in releases for name in told.unread),
        solver,
        perf_counter() - began,
    )


def _attacked(lots: Sequence[_Lot], cells: int) -> list[_Attacked]:
    """Attack all lots, in as many processes as there are cores where there is much to do; in their order."""
    cores = os.cpu_count() or 1
    if cells < _MUCH or cores < 2:
        return _several(lots)
    parts = [lots[start::cores] for start in range(cores)]
    try:
        # Spawned everywhere: a forked process would hold what this one has in memory, and Windows knows no fork.
        with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(_several, parts))
    except BrokenProcessPool:  # this process cannot be started again, as in a script without a main guard
        return _several(lots)
    return [found[place % cores][place // cores] for place in range(len(lots))]


def _several(lots: Sequence[_Lot]) -> list[_Attacked]:
    views = (
        (*((told, known) if group is None else of_group(told, known, group)), of) for told, known, of, group in lots
    )
    return [_one(told, members, known) for told, known, members in views]


def _one(told: Told, members: Sequence[Family], known: Known) -> _Attacked:
    """Attack one scale of one release, or one question's options: figures, values of the narrowest, solver, leaks."""
    atoms = atoms_of([told])
    width = int(told.number("class_width", 5))
    # Who believes that "none of these" stands alone may be wrong, and then his figures contradict each other.
    for alone in (True, False) if exclusive(members) else (False,):
        systems = build_together([told], members, known, alone)
        named = [name for system in systems for name in targets(system, [told], atoms)]
        programme = Programme(systems[0].rows)
        lots = [system.unknowns() for system in systems] if len(systems) > 1 else []
        bounds = attack(programme, [name.target for name in named], lots=lots)
        if bounds is not None:
            break
    leaks = [
        Leak(told.name, cell.unit, cell.group, cell.measure, "alone", left)
        for system in systems
        for _, cell, left in system.narrow
        if left < width
    ]
    if bounds is None:
        leaks.append(Leak(told.name, "", ALL, members[0].id, "contradiction", 0))
        return len(named), None, programme.name, leaks
    leaks += list(leaks_in(told.name, named, bounds))
    # Of figures that could have kept enough: how many the narrowest has left.
    able = [place for place, name in enumerate(named) if name.size + 1 >= width and name.kind != "sum"]
    left = narrowest(programme, [name.target for name in named], bounds, able) if able else None
    return len(named), left, programme.name, leaks


def leaks_in(release: str, named: Sequence[Named], bounds: Sequence[Bounds], kind: str = "") -> Iterator[Leak]:
    """Give the targets of which too little is left."""
    for name, left in zip(named, bounds, strict=True):
        if left.exact and left.values < name.target.must:
            yield Leak(release, name.unit, name.group, name.measure, kind or name.kind, left.values)


def _informative(releases: Sequence[Told]) -> tuple[dict[str, int], int]:
    """Count, for each measure, the units that report and are told something that rules a count or a mean out."""
    informative: dict[str, int] = {}
    units = 0
    for told in releases:
        reporting = {
            unit.id for unit in told.units if unit.level in {"school", "group"} and unit.respondents is not None
        }
        units += len(reporting)
        answers = {
            (cell.measure, cell.unit)
            for cell in told.cells
            if cell.unit in reporting
            and cell.group == ALL
            and ((cell.side in {"few", "many"} or (cell.whole("low") or 0) > 0) or "mean_low" in cell.numbers)
        }
        # Measures that are told of the county alone are no answer that a unit misses.
        uses = {"attention", "favourable", "named", "mean"}
        asked = {row["measure"] for row in told.measures if row.get("use", "attention") in uses}
        for measure in sorted(asked):
            informative[measure] = informative.get(measure, 0) + sum(of == measure for of, _ in answers)
    return informative, units
