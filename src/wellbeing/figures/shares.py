"""Draw shares: one bar from the lowest to the highest share that a class leaves possible."""

from dataclasses import dataclass
from functools import lru_cache

from wellbeing.disclosure.release import Release
from wellbeing.figures.released import Figures, Opened, Shares, language, open_release, per_cent
from wellbeing.figures.style import COMPARISON, OWN, RULE, TYPE, WIDTH
from wellbeing.figures.svg import MIDDLE, Drawing, text_points
from wellbeing.texts import say

#: Points. On either side of a chart, for half a number below the axis; between a label and the axis.
_SIDE, _APART = 14.4, 5.0
#: A row with two bars and their words or with one; above the rows with a key or without; below them, and there down to
#: the base line of the numbers; a colour in the key.
_PAIRED, _SINGLE, _KEY, _BARE, _BELOW, _NUMBERS, _SWATCH = 23.76, 21.6, 18.72, 3.6, 20.16, 13.0, 10.8
#: Per cent; where a bar ends beyond it, its words stand before it.
_ROOM = 85


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


# A notebook shows the chart that its report has, too.
@lru_cache(maxsize=4)
def _bars(chart: Chart) -> str:
    """Draw one row per measure, and in it a bar from the lowest to the highest share for each name."""
    paired = len(chart.names) > 1
    # Where in its row each bar has its middle, how thick it is, both as parts of the row, and its colour.
    styles = ((0.28, 0.34, OWN), (0.74, 0.2, COMPARISON)) if paired else ((0.5, 0.5, OWN),)
    left = _SIDE + _APART + max((text_points(label) for label, _ in chart.rows), default=0.0)
    top, row = (_KEY, _PAIRED) if paired else (_BARE, _SINGLE)
    right, bottom = 72 * WIDTH - _SIDE, top + row * len(chart.rows)
    point = (right - left) / 100
    drawing = Drawing(72 * WIDTH, bottom + _BELOW)
    for tick in range(0, 101, 20):
        x = left + tick * point
        drawing.line([(x, top), (x, bottom)], RULE, 0.5)
        drawing.words(x, bottom + _NUMBERS, f"{tick}%", "middle")
    for place in range(1, len(chart.rows)):
        drawing.line([(left, top + row * place), (right, top + row * place)], RULE, 0.5)
    for place, (label, ranges) in enumerate(chart.rows):
        y = top + row * place
        drawing.words(left - _APART, y + row / 2 + MIDDLE * TYPE, label, "end")
        for shares, (middle, thick, colour) in zip(ranges, styles, strict=True):
            _bar(drawing, shares, left, point, y + middle * row, thick * row, colour)
    if paired:
        x = left
        for name, (_, _, colour) in zip(chart.names, styles, strict=True):
            drawing.box(x, 3, _SWATCH, 6.3, colour)
            drawing.words(x + _SWATCH + 7, 3 + 6.3 / 2 + MIDDLE * TYPE, name)
            x += _SWATCH + 7 + text_points(name) + 18
    return drawing.svg()


def _bar(drawing: Drawing, shares: Shares, left: float, point: float, y: float, thick: float, colour: str) -> None:
    """Draw one bar around the height `y`, and its words beside it where there is room, always inside the drawing."""
    low, high = shares or (0, 0)
    words = per_cent(shares)
    wide = text_points(words)
    # The words stand on white, so that no line of the grid runs through them.
    start = left + (high + 1) * point if high < _ROOM else left + (low - 1) * point - wide
    drawing.box(start - 1, y - 5.5, wide + 2, 11, "white")
    drawing.box(left + low * point, y - thick / 2, (high - low) * point, thick, colour)
    drawing.words(start, y + MIDDLE * TYPE, words)
