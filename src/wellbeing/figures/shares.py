"""Draw shares: one bar from the lowest to the highest share that a class leaves possible."""

import io
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from wellbeing.disclosure.release import Release
from wellbeing.errors import UsageError
from wellbeing.figures.released import Figures, Opened, Shares, language, open_release, per_cent
from wellbeing.texts import say

#: Okabe and Ito's blue and orange: told apart by the colour blind, and dark and light in grey.
OWN, COMPARISON, INK, RULE = "#0072B2", "#E69F00", "#222222", "#C8C8C8"
#: Inches: the text's width on A4 with margins of 18 mm.
WIDTH = 6.85
#: Points, and inches on either side of a chart for half a number below the axis.
_TYPE, _SIDE = 8, 0.17


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
    styles = ((-0.2, 0.34, OWN), (0.22, 0.2, COMPARISON)) if paired else ((0.0, 0.5, OWN),)
    family = figure_font()
    left = _SIDE + max((_inches(label, family) for label, _ in chart.rows), default=0)
    body = (0.27 if paired else 0.26) * len(chart.rows)
    top = 0.24 if paired else 0.05
    # Text becomes paths: the drawing looks the same in the PDF, in a notebook, and on a machine without the font.
    settings: dict[Any, Any] = {
        "svg.fonttype": "path",
        "svg.hashsalt": "wellbeing",
        "font.family": family,
        "font.size": _TYPE,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }
    # Behind the words, so that no line of the grid runs through them.
    ground: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    with mpl.rc_context(settings):
        figure = Figure(figsize=(WIDTH, top + body + 0.25))
        FigureCanvasSVG(figure)
        height = figure.get_figheight()
        axes = figure.add_axes((left / WIDTH, 0.25 / height, 1 - (left + _SIDE) / WIDTH, body / height))
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
                    zorder=1.5,
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
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    # matplotlib writes every string it draws once more as a comment.
    return re.sub(r"<!--.*?-->\n?", "", out.getvalue(), flags=re.DOTALL)


@lru_cache(maxsize=256)
def _inches(text: str, family: str) -> float:
    """Measure a line of text at the chart's size; every chart has the same few labels, and measuring is slow."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    width: float = TextPath((0, 0), text, size=_TYPE, prop=FontProperties(family=family)).get_extents().width
    return width / 72


def figure_font() -> str:
    """Make the static Noto Sans SC known to matplotlib and give its family."""
    from matplotlib import font_manager

    family = "Noto Sans SC"
    path = font_file("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf")
    if not any(entry.name == family and Path(entry.fname) == path for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(path)
    return family


def font_file(package: str, name: str) -> Path:
    """Find a font inside an installed font package.

    Raises
    ------
    UsageError
        If the package is not installed.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise UsageError("no_font", package=package)
    return Path(spec.origin).parent / name
