"""Answers in order as bars that diverge from the middle answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.figures.style import INK
from wellbeing.research_figures.plots import Plot
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

#: ColorBrewer's BrBG, safe for the colour blind: from one end through grey to the other.
_LOW, _MIDDLE, _HIGH = ("#8C510A", "#D8B365", "#F6E8C3"), "#D9D9D9", ("#C7EAE5", "#5AB4AC", "#01665E")


@dataclass(frozen=True)
class LikertBars(Plot):
    """Shares of each answer, 0 to 1, for each item; n beside the item's name."""

    items: tuple[tuple[str, int, tuple[float, ...]], ...]
    answers: tuple[str, ...]

    @property
    def height(self) -> float:
        return 0.9 + 0.3 * max(len(self.items), 1)

    def starts(self, shares: Sequence[float]) -> list[float]:
        """Where each answer's bar begins, 0 being the middle of the scale."""
        half = len(shares) // 2
        middle = shares[half] / 2 if len(shares) % 2 else 0.0
        begin = -sum(shares[:half]) - middle
        return [begin + sum(shares[:place]) for place in range(len(shares))]

    def draw(self, figure: Any) -> None:
        axes = figure.add_subplot()
        colours = palette(len(self.answers))
        for place, (_, _, shares) in enumerate(self.items):
            for answer, (share, start) in enumerate(zip(shares, self.starts(shares), strict=True)):
                label = self.answers[answer] if place == 0 else None
                axes.barh(-place, 100 * share, left=100 * start, height=0.7, color=colours[answer], label=label)
                if share >= 0.06:
                    dark = answer in (0, len(shares) - 1)
                    axes.text(100 * (start + share / 2), -place, f"{100 * share:.0f}", color="white" if dark else INK,
                              horizontalalignment="center", verticalalignment="center")  # fmt: skip
        axes.axvline(0, color=INK, linewidth=0.6)
        names = [f"{name} (n={n})" for name, n, _ in self.items]
        axes.set_yticks([-place for place in range(len(self.items))], names)
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(-100, 100)
        axes.set_xticks([-100, -50, 0, 50, 100], ["100%", "50%", "0%", "50%", "100%"])
        axes.spines["left"].set_visible(False)
        if self.items:
            figure.legend(loc="outside upper center", ncols=len(self.answers), frameon=False, handlelength=1.0)


def likert_bars(
    rows: "pd.DataFrame", items: Mapping[str, str], answers: Mapping[float, str], lang: str | None = None
) -> LikertBars:
    """Plot the shares of each answer to items with the same answers.

    Parameters
    ----------
    rows : DataFrame
        Answer codes; NaN where missing, and left out item by item.
    items : mapping of str to str
        Column to what the item is called.
    answers : mapping of float to str
        Code to its words, from one end of the scale to the other; two to seven.

    Raises
    ------
    ValueError
        If a column holds a code that is no answer, or there are fewer than two answers or more than seven.
    """
    if not 2 <= len(answers) <= 7:
        raise ValueError("diverging bars need two to seven answers")
    lines = []
    for column, name in items.items():
        codes = rows[column].dropna()
        if not codes.isin(list(answers)).all():
            raise ValueError(f"{column} holds a code that is no answer of the scale")
        n = len(codes)
        lines.append((name, n, tuple(float((codes == code).sum()) / n if n else 0.0 for code in answers)))
    alt = say("research.alt_likert", lang, items=len(lines), answers=len(answers))
    return LikertBars(alt, tuple(lines), tuple(answers.values()))


def palette(count: int) -> list[str]:
    """Give a colour for each of two to seven answers, grey for a middle one."""
    half = count // 2
    low = {1: (_LOW[0],), 2: (_LOW[0], _LOW[1]), 3: _LOW}[half]
    high = {1: (_HIGH[2],), 2: (_HIGH[1], _HIGH[2]), 3: _HIGH}[half]
    return [*low, *([_MIDDLE] if count % 2 else []), *high]
