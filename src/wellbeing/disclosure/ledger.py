"""Everything that was ever handed out, one line a wave, each with the hash of the line before it (R15).

``data/released/<survey>/ledger.jsonl`` holds what was told: the cells of every release, with the policy and the code
that it was cleared by. It stays when a wave's answers are erased, and when a release is recalled: what was read once
is known. Beside it in the working zone, ``people.csv`` keeps the numbers of people that the cells stand for, and of
those who came and went; colleagues know them, and no answer is in them. The next wave starts from both.
"""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.disclosure.history import Before, Past
from wellbeing.disclosure.plan import ALL
from wellbeing.disclosure.release import Release, read_release
from wellbeing.disclosure.turnover import EVERYBODY, PEOPLE_COLUMNS
from wellbeing.errors import FrozenError, InputError, Problem
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

_START = "0" * 64
#: The ledger's file, beside the releases of its survey.
NAME = "ledger.jsonl"


@dataclass(frozen=True)
class Line:
    """One wave in the ledger.

    Attributes
    ----------
    survey, wave, frozen : str
    release, policy, code : str
        SHA-256 of the release, of the policy, and of the source that cleared it.
    certificate : dict
        As the release has it.
    units : tuple of (unit, schools, respondents)
        ``schools`` are ids separated by blanks; ``respondents`` to the nearest 5, None where withheld.
    cells : tuple of (measure, unit, group, low, high, side, mean_low, mean_high, sd)
        What was told; a withheld figure has no line.
    """

    survey: str
    wave: str
    frozen: str
    release: str
    policy: str
    code: str
    certificate: dict[str, Any]
    units: tuple[tuple[Any, ...], ...]
    cells: tuple[tuple[Any, ...], ...]

    def past(self, people: "pd.DataFrame | None" = None, after: str = "") -> Past:
        """Give the wave as the next one looks at it."""
        cells = {
            (measure, unit, group): (low, high, side, None if mean_low is None else (mean_low, mean_high))
            for measure, unit, group, low, high, side, mean_low, mean_high, _ in self.cells
        }
        schools = {unit: frozenset(ids.split()) for unit, ids, _ in self.units}
        about = {unit: int(n) for unit, _, n in self.units if n is not None}
        return Past(self.survey, self.wave, self.release, schools, about, cells, people, after)


def line_of(release: Release) -> Line:
    """Write a release down for the ledger."""
    columns = ["measure", "unit", "group", "low", "high", "side", "mean_low", "mean_high", "sd"]
    cells = release.cells
    told = cells[cells["side"].ne("withheld")]
    units = release.units[["unit", "schools", "respondents"]]
    return Line(
        release.survey,
        release.wave,
        release.frozen,
        release.digest,
        hashlib.sha256(_json(asdict(release.policy))).hexdigest(),
        code_digest(),
        release.certificate,
        tuple(_plain(row) for row in units.itertuples(index=False, name=None)),
        tuple(_plain(row) for row in told[columns].itertuples(index=False, name=None)),
    )


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Give a row as JSON has it: nothing for NaN, whole numbers whole."""
    return tuple(
        None if isinstance(v, float) and v != v else int(v) if isinstance(v, float) and v == int(v) else v for v in row
    )


def code_digest() -> str:
    """Give one SHA-256 over the source that decides what is told."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*here.glob("*.py"), here.parent / "aggregates.py"]):
        # Git may have written other line ends on another machine.
        digest.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def read_ledger(path: Path) -> tuple[Line, ...]:
    """Read a ledger, the earliest line first; none where there is no file.

    Raises
    ------
    InputError
        If a line was changed, taken out or put in.
    """
    if not path.exists():
        return ()
    lines, last = [], _START
    for number, text in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            entry = json.loads(text)
            kept, body = entry.pop("hash"), entry.pop("line")
            sound = entry == {"previous": last} and kept == _chained(last, body)
            line = Line(**{**body, "units": _rows(body["units"]), "cells": _rows(body["cells"])})
        except (ValueError, KeyError, TypeError, AttributeError):
            sound = False
        if not sound:
            raise InputError([Problem("ledger_changed", file=path.name, row=number)])
        lines.append(line)
        last = kept
    return tuple(lines)


def _rows(rows: Any) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _chained(previous: str, body: Any) -> str:
    return hashlib.sha256(previous.encode("ascii") + _json(body)).hexdigest()


def _own_line(workspace: Workspace, release: Release) -> tuple[Path, tuple[Line, ...], Line | None]:
    path = workspace.released(release.survey, release.wave).parent / NAME
    lines = read_ledger(path)
    return path, lines, next((line for line in lines if line.wave == release.wave), None)


def check_new(workspace: Workspace, release: Release) -> None:
    """Refuse a release of a wave that the ledger has another release of, its folder there or not (R3).

    Raises
    ------
    FrozenError
    InputError
        If the ledger was changed.
    """
    _, _, own = _own_line(workspace, release)
    if own is not None and own.release != release.digest:
        raise FrozenError("wave_released", survey=release.survey, wave=release.wave)


def enter(workspace: Workspace, release: Release) -> None:
    """Append a release to its survey's ledger, once; a line is never changed.

    Raises
    ------
    InputError
        If the ledger was changed, or has another release of that wave already (R3).
    """
    path, lines, own = _own_line(workspace, release)
    if own is not None and own.release != release.digest:
        raise InputError([Problem("ledger_other_release", file=path.name, fields={"wave": release.wave})])
    if own is not None:
        return
    content = path.read_bytes() if path.exists() else b""
    last = json.loads(content.splitlines()[-1])["hash"] if lines else _START
    body = json.loads(_json(asdict(line_of(release))))
    entry = {"previous": last, "line": body, "hash": _chained(last, body)}
    write_whole(path, content + json.dumps(entry, ensure_ascii=False, sort_keys=True).encode("utf-8") + b"\n")


def released_before(workspace: Workspace, survey: str, wave: str) -> list[Line]:
    """Give everything that was released but this wave, of all surveys, the earliest first.

    A release that no ledger has yet, because a run was cut off between the two, is entered first.

    Raises
    ------
    InputError
        If a ledger or such a release was changed.
    """
    root = workspace.released(survey, wave).parent.parent
    lines: list[Line] = []
    for folder in sorted(path for path in root.glob("*") if path.is_dir()):
        known = {line.wave for line in read_ledger(folder / NAME)}
        for release in sorted(path.parent for path in folder.glob("*/release.json")):
            if release.name not in known and not release.name.endswith(".draft"):
                enter(workspace, read_release(release))
        lines += read_ledger(folder / NAME)
    found = [line for line in lines if (line.survey, line.wave) != (survey, wave)]
    return sorted(found, key=lambda line: (line.frozen, line.survey, line.wave))


def keep_people(workspace: Workspace, survey: str, wave: str, people: "pd.DataFrame", after: str) -> None:
    """Keep a wave's numbers of people beside those of the waves before it."""
    import pandas as pd

    path = workspace.working(survey, wave).parent / "people.csv"
    rows = people.assign(wave=wave, after=after)[["wave", "after", *PEOPLE_COLUMNS]]
    kept = _read_people(path)
    if kept is not None:
        rows = pd.concat([kept[kept["wave"].ne(wave)], rows], ignore_index=True)
    write_whole(path, rows.to_csv(index=False, lineterminator="\n").encode("utf-8"))


def answered(workspace: Workspace, survey: str, wave: str) -> dict[tuple[str, str, str], int]:
    """Give how many people answered, by survey, wave and unit, in a survey without codes.

    Where people have codes it is known how many came and how many left, and their numbers alone say less than that.
    """
    people = _read_people(workspace.working(survey, wave).parent / "people.csv")
    if people is None or people["came"].ge(0).any():
        return {}
    of_units = people[people["measure"].eq(EVERYBODY) & people["group"].eq(ALL)]
    return {(survey, of, unit): int(n) for of, unit, n in of_units[["wave", "unit", "n"]].itertuples(index=False)}


def answered_by_group(workspace: Workspace, survey: str, wave: str) -> dict[tuple[str, str, str, str, str], int]:
    """Give how many people of each group answered, by survey, wave, unit, group and `EVERYBODY`, as `answered`."""
    people = _read_people(workspace.working(survey, wave).parent / "people.csv")
    if people is None:
        return {}
    of_groups = people[people["measure"].eq(EVERYBODY) & people["group"].ne(ALL)]
    rows = of_groups[["wave", "unit", "group", "n"]].itertuples(index=False)
    return {(survey, of, unit, group, EVERYBODY): int(n) for of, unit, group, n in rows}


def _read_people(path: Path) -> "pd.DataFrame | None":
    import pandas as pd

    if not path.is_file():
        return None
    text = dict.fromkeys(("wave", "after", "measure", "unit", "group"), "str")
    return pd.read_csv(io.BytesIO(path.read_bytes()), dtype=text, keep_default_na=False)


def look_up(workspace: Workspace, line: Line, respondents: "pd.DataFrame | None") -> Before:
    """Give a wave of the ledger with the numbers of people that were kept of it."""
    people = _read_people(workspace.working(line.survey, line.wave).parent / "people.csv")
    own = None if people is None else people[people["wave"].eq(line.wave)]
    if own is None or own.empty:
        return Before(line.past(), respondents)
    return Before(line.past(own[list(PEOPLE_COLUMNS)], str(own["after"].iloc[0])), respondents)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
