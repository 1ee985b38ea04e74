"""Draw item curves: the mean answer to each item against the score on all others."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.figures.style import OWN, RULE
from wellbeing.research_figures.plots import Plot
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

#: Panels a row, and inches of height of each row.
_IN_A_ROW, _ROW_HEIGHT = 4, 1.5


@dataclass(frozen=True)
class ItemCurves(Plot):
    """One panel an item: mean answer with its 95 per cent interval by class of the rest score.

    Attributes
    ----------
    panels : tuple
        Item, its lowest and highest code, and for each class mean rest score, mean answer and its standard error.
    """

    panels: tuple[tuple[str, float, float, tuple[tuple[float, float, float], ...]], ...]
    rest: str
    answer: str

    @property
    def height(self) -> float:
        """Inches."""
        return _ROW_HEIGHT * math.ceil(len(self.panels) / _IN_A_ROW) + 0.4

    def draw(self, figure: Any) -> None:
        rows = math.ceil(len(self.panels) / _IN_A_ROW)
        grid = figure.subplots(rows, _IN_A_ROW, squeeze=False, sharex=True)
        for place, axes in enumerate(grid.flat):
            if place >= len(self.panels):
                axes.set_visible(False)
                continue
            item, low, high, points = self.panels[place]
            # A class of one person has no standard error and no bar.
            bars = [0.0 if math.isnan(error) else 1.96 * error for _, _, error in points]
            axes.errorbar(
                [rest for rest, _, _ in points],
                [mean for _, mean, _ in points],
                yerr=bars,
                color=OWN,
                marker="o",
                markersize=3,
                linewidth=1,
            )
            axes.set_ylim(low - 0.05 * (high - low), high + 0.05 * (high - low))
            axes.set_title(item, fontsize=8, loc="left", pad=2)
            axes.grid(color=RULE, linewidth=0.4)
            # Shared axes hide the numbers of all but the last row, which may not be full.
            axes.tick_params(labelbottom=place + _IN_A_ROW >= len(self.panels))
        figure.supxlabel(self.rest, fontsize=8)
        figure.supylabel(self.answer, fontsize=8)


def draw_item_curves(
    curves: "pd.DataFrame", codes: dict[str, tuple[float, float]], lang: str | None = None
) -> ItemCurves:
    """Make the plot of what `wellbeing.reliability.item_curves` gave.

    Parameters
    ----------
    curves : DataFrame
    codes : dict of str to (float, float)
        Lowest and highest code of each item.
    """
    panels = []
    for item, piece in curves.groupby("item", sort=False):
        points = tuple(
            zip(piece["rest"].astype(float), piece["mean"].astype(float), piece["se"].astype(float), strict=True)
        )
        panels.append((str(item), *codes[str(item)], points))
    return ItemCurves(
        say("measurement.curves_alt", lang, items=len(panels)),
        tuple(panels),
        say("measurement.rest_score", lang),
        say("measurement.mean_answer", lang),
    )
