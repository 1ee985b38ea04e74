"""How scores move over waves: people as thin lines, the mean with its interval on top."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.figures.style import OWN, RULE
from wellbeing.research_figures.plots import Plot
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

#: People drawn; more would be a grey surface.
_PEOPLE = 150


@dataclass(frozen=True)
class Trajectories(Plot):
    """Means per wave with 95 % intervals by t, and some people's own lines.

    Attributes
    ----------
    waves : tuple of str
    means, lows, highs : tuple of float
        In scale points; an interval of one person is NaN.
    people : tuple of tuple of float
        Scores per wave, NaN where missing.
    outcome : str
    """

    waves: tuple[str, ...]
    means: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    people: tuple[tuple[float, ...], ...]
    outcome: str

    def draw(self, figure: Any) -> None:
        import numpy as np
        from matplotlib.collections import LineCollection

        axes = figure.add_subplot()
        places = range(len(self.waves))
        lines = [list(zip(places, scores, strict=True)) for scores in self.people]
        axes.add_collection(LineCollection(lines, colors=RULE, linewidths=0.4, alpha=0.8, zorder=1))
        below = np.array(self.means) - np.array(self.lows)
        above = np.array(self.highs) - np.array(self.means)
        axes.errorbar(
            places, self.means, yerr=[below, above], color=OWN, marker="o", markersize=4, capsize=3, linewidth=1.6,
            zorder=3,
        )  # fmt: skip
        axes.autoscale_view()
        axes.set_xticks(list(places), self.waves)
        axes.set_xlim(-0.3, len(self.waves) - 0.7)
        axes.set_ylabel(self.outcome)


def trajectories(
    rows: "pd.DataFrame", outcome: str, wave: str, person: str | None = None, label: str = "", lang: str | None = None
) -> Trajectories:
    """Plot means over waves, with up to 150 people evenly taken from the order of their codes.

    Parameters
    ----------
    rows : DataFrame
        One row per person and wave.
    outcome, wave : str
    person : str, optional
        Without it no lines of people.
    label : str
        What the scores are called; the column's name by default.
    """
    import numpy as np
    from scipy.special import stdtrit

    known = rows.dropna(subset=[outcome, wave])
    steps = sorted(known[wave].unique())
    means, lows, highs = [], [], []
    for step in steps:
        scores = known.loc[known[wave] == step, outcome].to_numpy(dtype=float)
        mean = float(scores.mean())
        half = (
            float(stdtrit(len(scores) - 1, 0.975)) * float(scores.std(ddof=1)) / len(scores) ** 0.5
            if len(scores) > 1
            else float("nan")
        )
        means.append(mean)
        lows.append(mean - half)
        highs.append(mean + half)
    people: tuple[tuple[float, ...], ...] = ()
    if person is not None and len(known):
        table = known.pivot_table(index=person, columns=wave, values=outcome, sort=True).reindex(columns=steps)
        taken = np.unique(np.linspace(0, len(table) - 1, min(_PEOPLE, len(table))).astype(int))
        people = tuple(tuple(float(score) for score in line) for line in table.to_numpy()[taken])
    label = label or outcome
    alt = say("research.alt_trajectories", lang, outcome=label, waves=len(steps))
    return Trajectories(alt, tuple(str(step) for step in steps), tuple(means), tuple(lows), tuple(highs), people, label)
