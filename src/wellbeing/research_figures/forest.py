"""Estimates with their intervals, one below the other, the figures beside them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wellbeing.figures.style import INK, OWN, RULE
from wellbeing.research_figures.plots import Plot
from wellbeing.texts import say


@dataclass(frozen=True)
class Line:
    """One estimate: what it is, and its 95 % interval; NaN where it could not be estimated."""

    label: str
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Forest(Plot):
    """Estimates and intervals; `none` is where there is no effect, `absent` the words where nothing was estimated."""

    lines: tuple[Line, ...]
    none: float
    unit: str
    absent: str

    @property
    def height(self) -> float:
        return 0.7 + 0.28 * max(len(self.lines), 1)

    def draw(self, figure: Any) -> None:
        axes = figure.add_subplot()
        axes.axvline(self.none, color=INK, linewidth=0.8, zorder=1)
        for place, line in enumerate(self.lines):
            if math.isnan(line.estimate):
                words = self.absent
            else:
                axes.plot([line.low, line.high], [-place, -place], color=OWN, linewidth=1.4, zorder=2)
                axes.plot([line.estimate], [-place], color=OWN, marker="s", markersize=4, zorder=3)
                words = f"{line.estimate:z.2f} [{line.low:z.2f}, {line.high:z.2f}]"
            axes.annotate(words, (1.02, -place), xycoords=("axes fraction", "data"), verticalalignment="center")
        axes.set_yticks([-place for place in range(len(self.lines))], [line.label for line in self.lines])
        axes.set_ylim(0.6 - max(len(self.lines), 1), 0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x", color=RULE, linewidth=0.4)
        axes.set_axisbelow(True)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(self.unit)


def forest(lines: Sequence[Line], unit: str = "", none: float = 0.0, lang: str | None = None) -> Forest:
    """Plot estimates with their intervals.

    Parameters
    ----------
    lines : sequence of Line
    unit : str
        What the axis measures.
    none : float
        Where there is no effect: 0, or 1 for ratios.
    """
    alt = say("research.alt_forest", lang, lines=len(lines))
    return Forest(alt, tuple(lines), none, unit, say("research.not_estimated", lang))
