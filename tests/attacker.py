"""An attacker who reads a release and knows how many people were scored in every unit and subgroup.

Written from the privacy rules, apart from the package's own propagation: every unit's and subgroup's number of
cases and sum of scores is an unknown whole number, every printed figure and every total a constraint, and an
integer programme looks for the fewest and the most cases that each of them can have.
"""

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

#: Step, range in steps, and the steps of cases and of others, by the manuals.
SCALES = {
    "phq9_total": (Fraction(1), 27, (10, 27), (0, 9)),
    "gad7_total": (Fraction(1), 21, (10, 21), (0, 9)),
    "who5_total": (Fraction(4), 25, (0, 12), (13, 25)),
}


class Attacker:
    """Everything that one measure of a release tells; `n` has unit, group and people scored."""

    def __init__(self, cells: pd.DataFrame, n: dict[tuple[str, str], int], holds: dict[str, list[str]], measure: str):
        self.step, self.most, self.case, self.rest = SCALES[measure]
        self.n = n
        self.keys = sorted(n)
        self.column = {key: place for place, key in enumerate(self.keys)}
        self.size = len(self.keys)
        self.low = np.zeros(2 * self.size)
        self.high = np.array([n[key] for key in self.keys] + [n[key] * self.most for key in self.keys], dtype=float)
        self.rows: list[tuple[dict[int, int], float, float]] = []
        for key in self.keys:
            c, s, people = self.column[key], self.column[key] + self.size, n[key]
            # rest_low * (n - c) + case_low * c <= s, and the same from above
            self.rows.append(({s: 1, c: self.rest[0] - self.case[0]}, people * self.rest[0], np.inf))
            self.rows.append(({s: 1, c: self.rest[1] - self.case[1]}, -np.inf, people * self.rest[1]))
        for unit in {unit for unit, _ in self.keys}:
            for variable in {group.split("=")[0] for _, group in self.keys if "=" in group}:
                parts = [key for key in self.keys if key[0] == unit and key[1].startswith(variable + "=")]
                for offset in (0, self.size):
                    row = {self.column[key] + offset: 1 for key in parts}
                    self.rows.append((row | {self.column[unit, "all"] + offset: -1}, 0, 0))
        for cell in cells.itertuples():
            members = [(unit, cell.group) for unit in holds[cell.unit]]
            people = sum(n[key] for key in members)
            cases = {self.column[key]: 1 for key in members}
            if cell.side != "withheld":
                fewest, most = {
                    "few": (cell.low, cell.high),
                    "many": (people - cell.high, people - cell.low),
                    "untold": (cell.low, people - cell.low),
                }[cell.side]
                self.rows.append((cases, fewest, most))
            if not pd.isna(cell.mean_low):
                sums = {self.column[key] + self.size: 1 for key in members}
                first = ceil(Fraction(str(cell.mean_low)) * people / self.step)
                end = Fraction(str(cell.mean_high)) * people / self.step
                # half open, but for the upper end of the range
                last = floor(end) if end == people * self.most else ceil(end) - 1
                self.rows.append((sums, first, last))
        places = [
            (number, column, value) for number, (row, _, _) in enumerate(self.rows) for column, value in row.items()
        ]
        at, columns, values = zip(*places, strict=True)
        matrix = coo_array((values, (at, columns)), shape=(len(self.rows), 2 * self.size)).tocsr()
        self.told = LinearConstraint(matrix, [row[1] for row in self.rows], [row[2] for row in self.rows])

    def solve(self, costs: np.ndarray) -> np.ndarray:
        found = milp(
            costs,
            integrality=np.ones(2 * self.size),
            bounds=Bounds(self.low, self.high),
            constraints=self.told,
            options={"mip_rel_gap": 0, "time_limit": 20},
        )
        assert found.x is not None, "the release contradicts itself"
        return np.round(found.x)

    def narrowest(
        self, targets: list[dict[tuple[str, str], int]], enough: list[int], rng: np.random.Generator
    ) -> list[int]:
        """Give how many counts stay possible for each target, a sum of unknowns; no more than `enough` is proved."""
        matrix = np.zeros((len(targets), 2 * self.size))
        for number, target in enumerate(targets):
            for key, value in target.items():
                matrix[number, self.column[key]] = value
        seen: list[np.ndarray] = []

        def open_ones() -> np.ndarray:
            return np.ptp(seen, axis=0) + 1 < np.array(enough)

        # Any solution is evidence for every target: look at random corners, one way and back, before asking for each
        # one that is still open.
        left = np.ones(len(targets), dtype=bool)
        while left.any():
            ways = rng.choice([-1.0, 1.0], len(targets)) * left
            seen += [matrix @ self.solve(way * ways @ matrix) for way in (1, -1)]
            before, left = left.sum(), open_ones()
            if left.sum() > 0.8 * before:
                break
        widths = []
        for number in range(len(targets)):
            values = [row[number] for row in seen]
            if max(values) - min(values) + 1 < enough[number]:
                for sign in (1, -1):
                    seen.append(matrix @ self.solve(sign * matrix[number]))
                values = [row[number] for row in seen]
            widths.append(int(max(values) - min(values)) + 1)
        return widths


def attack(made, measure: str, seed: int = 0) -> list[tuple[str, int, int]]:
    """Attack one measure of a made county; give (figure, counts left, counts there must be) where too few are left."""
    figures = made.aggregates.figures[made.aggregates.figures["measure"] == measure]
    released = made.release.units
    units = {unit: ids.split() for unit, ids in zip(made.units["unit"], made.units["schools"], strict=True)}
    holds = {
        row.unit: [unit for unit, ids in units.items() if set(ids) <= set(row.schools.split())]
        for row in released.itertuples()
    }
    n = {(row.unit, row.group): int(row.n) for row in figures.itertuples()}
    cells = made.release.cells
    attacker = Attacker(cells[cells["measure"] == measure], n, holds, measure)
    targets = {" ".join(key): {key: 1} for key in attacker.keys}
    for unit in holds:
        targets[f"{unit} all"] = {(member, "all"): 1 for member in holds[unit]}
        hidden = [m for m in holds[unit] if pd.isna(released.set_index("unit")["respondents"].get(m, np.nan))]
        if hidden:
            targets[f"{unit} hidden"] = {(member, "all"): 1 for member in hidden}
    # every county-wide subgroup, those who did not say too
    for group in sorted({group for _, group in attacker.keys if group != "all"}):
        targets[f"county {group}"] = {(member, group): 1 for member in holds["county"]}
    must = {name: min(5, sum(n[key] for key in target) + 1) for name, target in targets.items() if target}
    names = list(must)
    left = attacker.narrowest([targets[name] for name in names], list(must.values()), np.random.default_rng(seed))
    return [(name, width, must[name]) for name, width in zip(names, left, strict=True) if width < must[name]]
