"""Draw funnel plots: how far chance alone takes a school of each size, and where the marks lie.

The limits are exact binomial ones. In a school's report stands that school alone, as the range that its class leaves.
Nobody is ranked: what lies inside the limits cannot be told apart.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from wellbeing.disclosure.release import Release
from wellbeing.figures.released import Opened, language, open_release, told
from wellbeing.figures.style import COMPARISON, INK, OWN, RULE, TYPE, WIDTH, drawing_settings, svg_of, text_inches
from wellbeing.flags import printed_flags
from wellbeing.proportions import funnel_limits
from wellbeing.texts import say

#: One-sided probabilities of the inner and the outer limits: about 95 and 99.8 per cent lie between them.
INNER, OUTER = 0.025, 0.001
#: Panels in a row, the height of a row in inches without its titles, and of a line of a title.
_IN_A_ROW, _HEIGHT, _LINE = 5, 1.6, 0.165
#: The smallest number of respondents that is drawn, and the least that the axis reaches to.
_FEWEST, _REACHES = 10, 100


@dataclass(frozen=True)
class Mark:
    """One school: how many answered, and the lowest and highest share, 0 to 1, that it may have."""

    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Panel:
    """One measure: its name, the county's share, 0 to 1 (NaN where not known), and the marks."""

    label: str
    reference: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Funnel:
    """Funnel plots side by side: what they show, the sentence that says so, and the words for who cannot see them."""

    panels: tuple[Panel, ...]
    sentence: str
    alt: str

    def svg(self) -> str:
        """Draw it; the same bytes for the same plots."""
        return draw(self.panels)

    def _repr_svg_(self) -> str:
        return self.svg()


def school_funnel(
    release: Release | Opened, unit: str, lang: str | None = None, last_wave: Release | Opened | None = None
) -> Funnel:
    """Plot a unit's shares needing attention in the funnel of each measure: this unit and no other.

    Parameters
    ----------
    release : Release
    unit : str
        A school or a group.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.
    last_wave : Release, optional

    Raises
    ------
    TypeError
        If `release` is not a release.
    UsageError
        If the unit gets no report.
    """
    opened = open_release(release)
    lang = language(lang)
    row = opened.reporting(unit)
    figures = opened.figures(unit)
    references = printed_flags(opened, last_wave).shares
    panels, words = [], []
    for measure, facts in opened.measures("attention", lang).items():
        shares = figures.share_range(measure)
        marks: tuple[Mark, ...] = ()
        if shares is not None and told(row["respondents"]):
            marks = (Mark(int(row["respondents"]), shares[0] / 100, shares[1] / 100),)
        panels.append(Panel(facts["label"], references[measure], marks))
        own = figures.share_words(measure)
        words.append(say("flags.funnel_alt_row", lang, label=facts["label"], own=own))
    alt = say("flags.funnel_alt", lang) + say("report.semicolon", lang).join(words) + say("report.stop", lang)
    return Funnel(tuple(panels), say(f"flags.funnel_{row['level']}", lang), alt)


#: A county's funnels have the same limits in every report.
_limits = lru_cache(maxsize=1 << 14)(funnel_limits)


@lru_cache(maxsize=4)
def draw(panels: tuple[Panel, ...], in_a_row: int = _IN_A_ROW, height: float = _HEIGHT) -> str:
    """Draw panels as SVG, without comments or date; the words are text."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    columns = min(in_a_row, max(len(panels), 1))
    rows = -(-max(len(panels), 1) // columns)
    # Room for the numbers below and to the left.
    bottom, left, between = 0.2, 0.4, 0.14
    wide = (WIDTH - left - 0.1 - between * (columns - 1)) / columns
    titles = [_title(panel.label, wide + between / 2) for panel in panels]
    title = 0.06 + _LINE * max((words.count("\n") + 1 for words in titles), default=1)
    tall = height + title
    with mpl.rc_context(drawing_settings()):
        figure = Figure(figsize=(WIDTH, tall * rows))
        FigureCanvasSVG(figure)
        for place, (panel, words) in enumerate(zip(panels, titles, strict=True)):
            row, column = divmod(place, columns)
            x, y = left + column * (wide + between), tall * (rows - 1 - row) + bottom
            box = (x / WIDTH, y / (tall * rows), wide / WIDTH, (height - bottom) / (tall * rows))
            axes = figure.add_axes(box)
            _draw_panel(axes, panel, first=column == 0)
            axes.set_title(words, fontsize=TYPE, loc="left", pad=4, linespacing=1.15)
        return svg_of(figure)


def _draw_panel(axes: Any, panel: Panel, first: bool) -> None:
    most = max([_REACHES, *(-(-mark.n * 5 // 80) * 20 for mark in panel.marks)])
    sizes = range(_FEWEST, most + 1)
    if panel.reference == panel.reference:
        axes.axhline(100 * panel.reference, color=COMPARISON, linewidth=1.2, zorder=2)
        for tail, width in ((INNER, 0.6), (OUTER, 1.0)):
            limits = [_limits(n, panel.reference, tail) for n in sizes]
            # The line stands half way between the last count inside and the first one outside.
            above = [min(100 * (upper - 0.5) / n, 100) for n, (_, upper) in zip(sizes, limits, strict=True)]
            below = [max(100 * (lower + 0.5) / n, 0) for n, (lower, _) in zip(sizes, limits, strict=True)]
            for line in (above, below):
                axes.step(list(sizes), line, where="mid", color=INK, linewidth=width, alpha=0.55, zorder=1)
    for mark in panel.marks:
        if mark.high > mark.low:
            axes.plot([mark.n, mark.n], [100 * mark.low, 100 * mark.high], color=OWN, linewidth=4, zorder=3,
                      solid_capstyle="butt")  # fmt: skip
        else:
            axes.plot([mark.n], [100 * mark.low], color=OWN, marker="o", markersize=2.6, linestyle="", zorder=3)
    if not panel.marks:
        axes.text(0.5, 0.9, "-", transform=axes.transAxes, horizontalalignment="center")
    axes.set_xlim(0, most)
    axes.set_ylim(0, 100)
    # From the top: where 0% came after the last number below, in one line, readers of PDF took 100 and 0% for 1000%.
    axes.set_yticks([100, 50, 0], ["100%", "50%", "0%"] if first else ["", "", ""])
    ticks = [0, most // 20 * 10, most]
    axes.set_xticks(ticks, [f"{tick}" for tick in ticks])
    # Numbers at either end stay within the panel; the next one begins there.
    for label, side in zip(axes.get_xticklabels(), ("left", "center", "right"), strict=False):
        label.set_horizontalalignment(side)
    axes.tick_params(length=0, pad=2)
    axes.grid(color=RULE, linewidth=0.4, zorder=0)
    axes.spines[:].set_visible(False)


def _title(label: str, wide: float) -> str:
    """Break a label such as 抑郁（PHQ-9） before its acronym, and between words beyond `wide` inches."""
    lines: list[str] = []
    for part in re.sub(r"\s*([（(])", r"\n\1", label, count=1).split("\n"):
        for place, word in enumerate(part.split(" ")):
            if place and text_inches(f"{lines[-1]} {word}") <= wide:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
    return "\n".join(lines)
