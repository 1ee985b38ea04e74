"""Draw shares: one bar from the lowest to the highest share that a class leaves possible."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from wellbeing.disclosure.release import Release
from wellbeing.figures.released import Figures, Opened, Shares, language, open_release, per_cent
from wellbeing.figures.style import COMPARISON, OWN, RULE, WIDTH, drawing_settings, svg_of, text_inches
from wellbeing.texts import say

#: Inches on either side of a chart for half a number below the axis.
_SIDE = 0.2
#: Inches: a row of the chart, with two bars and their words or with one; the key above; the numbers below.
_PAIRED, _SINGLE, _KEY, _BELOW = 0.33, 0.3, 0.26, 0.28


@dataclass(frozen=True)
class Chart:
    """One chart: what it shows, the sentence that says so, and the words for who cannot see it.

    Attributes
    ----------
    names : tuple of str
        Whose bars stand in each row, at most two.
    rows : tuple
        One per measure: its label, and the range of shares for each of `names`.
    sentence, alt : str
    """

    names: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Shares, ...]], ...]
    sentence: str
    alt: str

    def svg(self) -> str:
        """Draw it; the same bytes for the same chart."""
        return _bars(self)

    def _repr_svg_(self) -> str:
        return self.svg()


def school_shares(release: Release | Opened, unit: str, lang: str | None = None) -> Chart:
    """Chart a unit's shares needing attention, each above its comparison's.

    Parameters
    ----------
    release : Release
    unit : str
        A school or a group.
    lang : str, optional
        ``zh`` or ``en``; the user's by default.

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
    own, other = opened.figures(unit), opened.figures(row["compare"])
    names = (say(f"report.own_{row['level']}", lang), str(other.unit[f"name_{lang}"]))
    sentence = say("report.chart_shares", lang)
    return _chart(opened, {names[0]: own, names[1]: other}, sentence, lang)


def county_shares(release: Release | Opened, lang: str | None = None) -> Chart:
    """Chart the county's shares needing attention.

    Raises
    ------
    TypeError
        If `release` is not a release.
    """
    opened = open_release(release)
    lang = language(lang)
    name = say("report.own_county", lang)
    return _chart(opened, {name: opened.figures("county")}, say("report.chart_county", lang), lang)


def _chart(opened: Opened, figures: dict[str, Figures], sentence: str, lang: str) -> Chart:
    rows = []
    told = []
    for measure, facts in opened.measures("attention", lang).items():
        rows.append((facts["label"], tuple(f.share_range(measure) for f in figures.values())))
        words = say("report.comma", lang).join(f"{name} {f.share_words(measure)}" for name, f in figures.items())
        told.append(say("report.chart_alt_row", lang, label=facts["label"], words=words))
    alt = say("report.chart_alt", lang) + say("report.semicolon", lang).join(told) + say("report.stop", lang)
    return Chart(tuple(figures), tuple(rows), sentence, alt)


@lru_cache(maxsize=4)
def _bars(chart: Chart) -> str:
    """Draw one row per measure, and in it a bar from the lowest to the highest share for each name.

    A notebook shows the chart and then sets it in the report: it is drawn once.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    paired = len(chart.names) > 1
    styles = ((-0.22, 0.34, OWN), (0.24, 0.2, COMPARISON)) if paired else ((0.0, 0.5, OWN),)
    left = _SIDE + max((text_inches(label) for label, _ in chart.rows), default=0)
    body = (_PAIRED if paired else _SINGLE) * len(chart.rows)
    top = _KEY if paired else 0.05
    # Behind the words and above the axes (1.5), so that no line of the grid runs through them.
    ground: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    with mpl.rc_context(drawing_settings()):
        figure = Figure(figsize=(WIDTH, top + body + _BELOW))
        FigureCanvasSVG(figure)
        height = figure.get_figheight()
        axes = figure.add_axes((left / WIDTH, _BELOW / height, 1 - (left + _SIDE) / WIDTH, body / height))
        for place, (_, ranges) in enumerate(chart.rows):
            for shares, (offset, thick, colour) in zip(ranges, styles, strict=True):
                low, high = shares or (0, 0)
                axes.barh(place + offset, high - low, left=low, height=thick, color=colour, zorder=2)
                # The words stand beside the bar where there is room, always inside the axes.
                after = high < 85
                axes.text(
                    high + 1 if after else low - 1,
                    place + offset,
                    per_cent(shares),
                    horizontalalignment="left" if after else "right",
                    verticalalignment="center",
                    bbox=ground,
                    zorder=1.8,
                )
        axes.set_xlim(0, 100)
        axes.set_ylim(len(chart.rows) - 0.5, -0.5)
        axes.set_xticks(range(0, 101, 20), [f"{tick}%" for tick in range(0, 101, 20)])
        axes.set_yticks(range(len(chart.rows)), [label for label, _ in chart.rows])
        axes.tick_params(length=0, pad=5)
        axes.grid(axis="x", color=RULE, linewidth=0.5, zorder=0)
        for place in range(1, len(chart.rows)):
            axes.axhline(place - 0.5, color=RULE, linewidth=0.5, zorder=1)
        axes.spines[:].set_visible(False)
        if paired:
            patches = [Patch(color=style[2], label=name) for name, style in zip(chart.names, styles, strict=True)]
            figure.legend(
                handles=patches,
                loc="upper left",
                bbox_to_anchor=(left / WIDTH - 0.005, 1.02),
                ncols=2,
                frameon=False,
                handlelength=1.2,
                borderpad=0.1,
            )
        return svg_of(figure)
