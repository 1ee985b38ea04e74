"""Lead an attack: each release by itself, all against each other, and what is printed against what was released."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

from wellbeing.attack.bounding import Bounds, attack, narrowest
from wellbeing.attack.findings import AuditResult, Leak
from wellbeing.attack.known import Known
from wellbeing.attack.ledgers import ledger_leaks
from wellbeing.attack.options import build_together, exclusive, together, views
from wellbeing.attack.plain import plain_leaks
from wellbeing.attack.printed import printed_leaks
from wellbeing.attack.scores import Family, families
from wellbeing.attack.solver import Programme
from wellbeing.attack.system import Named, atoms_of
from wellbeing.attack.targets import targets
from wellbeing.attack.told import ALL, Told, read_told
from wellbeing.attack.waves import wave_leaks


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
    for told in releases:
        measures = [cell.measure for cell in told.cells]
        instruments = told.surveys / "instruments" if told.surveys else None
        found = families(told.measures, measures, instruments)
        by_family.append(found)
        of = {measure: family for family in found.values() for measure in family.measures}
        leaks.update(dict.fromkeys(plain_leaks(told, of, known)))
        leaks.update(dict.fromkeys(ledger_leaks(told)))
        lots = [(told, known, [family]) for family in found.values()]
        lots += [
            (*view, members) for members in together([told.measures], found) for view in views(told, known, members)
        ]
        for view, reader, members in lots:
            count, left, name, here = _one(view, members, reader)
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


def _one(told: Told, members: Sequence[Family], known: Known) -> tuple[int, int | None, str, list[Leak]]:
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
