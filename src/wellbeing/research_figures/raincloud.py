"""Whole distributions side by side: a cloud of density, a box of quartiles, a rain of people."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.figures.style import COMPARISON, INK, OWN
from wellbeing.research_figures.plots import Plot
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

#: People drawn per group, and points along a density.
_PEOPLE, _POINTS = 400, 200


@dataclass(frozen=True)
class Raincloud(Plot):
    """Scores of each group, by name; groups with one value have a line for a cloud."""

    groups: tuple[tuple[str, tuple[float, ...]], ...]
    outcome: str

    @property
    def height(self) -> float:
        return 0.6 + 1.0 * max(len(self.groups), 1)

    def draw(self, figure: Any) -> None:
        import numpy as np
        from scipy.stats import gaussian_kde

        axes = figure.add_subplot()
        rng = np.random.default_rng(1)
        for place, (_, values) in enumerate(self.groups):
            scores, base = np.array(values), -place
            if len(scores) > 1 and np.ptp(scores) > 0:
                grid = np.linspace(scores.min(), scores.max(), _POINTS)
                density = gaussian_kde(scores)(grid)
                axes.fill_between(grid, base + 0.12, base + 0.12 + 0.5 * density / density.max(), color=OWN, alpha=0.6,
                                  linewidth=0)  # fmt: skip
            low, middle, high = np.quantile(scores, [0.25, 0.5, 0.75])
            axes.plot([low, high], [base, base], color=INK, linewidth=4, solid_capstyle="butt", zorder=3)
            axes.plot([middle], [base], color="white", marker="o", markersize=3, zorder=4)
            shown = scores[np.unique(np.linspace(0, len(scores) - 1, min(_PEOPLE, len(scores))).astype(int))]
            jitter = base - 0.16 - 0.14 * rng.random(len(shown))
            axes.plot(shown, jitter, linestyle="", marker="o", markersize=1.4, color=COMPARISON, alpha=0.7,
                      markeredgewidth=0)  # fmt: skip
        axes.set_yticks([-place for place in range(len(self.groups))], [name for name, _ in self.groups])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(self.outcome)


def raincloud(rows: "pd.DataFrame", outcome: str, by: str, label: str = "", lang: str | None = None) -> Raincloud:
    """Plot the distribution of scores in each group; groups without scores are left out.

    Parameters
    ----------
    rows : DataFrame
    outcome, by : str
        Columns of scores and of groups, waves for example.
    label : str
        What the scores are called; the column's name by default.
    """
    known = rows.dropna(subset=[outcome, by])
    groups = tuple(
        (str(name), tuple(sorted(float(score) for score in own[outcome]))) for name, own in known.groupby(by, sort=True)
    )
    label = label or outcome
    return Raincloud(say("research.alt_raincloud", lang, outcome=label, groups=len(groups)), groups, label)
