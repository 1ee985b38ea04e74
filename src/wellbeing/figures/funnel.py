"""Draw funnel plots: how far chance alone takes a school of each size, and where the marks lie.

The limits are exact binomial ones. In a school's report stands that school alone, as the range that its class leaves.
Nobody is ranked: what lies inside the limits cannot be told apart.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from wellbeing.disclosure.release import WITHHELD, Release
from wellbeing.figures.released import Opened, language, open_release, told
from wellbeing.figures.style import COMPARISON, INK, OWN, RULE, TYPE, WIDTH
from wellbeing.figures.svg import MIDDLE, Drawing, text_points
from wellbeing.flags import printed_flags
from wellbeing.proportions import funnel_limits
from wellbeing.texts import say

#: One-sided probabilities of the inner and the outer limits: about 95 and 99.8 per cent lie between them.
INNER, OUTER = 0.025, 0.001
#: Panels in a row; points: the height of a row without its titles, and of a line of a title.
_IN_A_ROW, _HEIGHT, _LINE = 5, 115.2, 11.9
#: Points: room for the numbers to the left of a row and below it, at its right end, and between panels.
_LEFT, _BOTTOM, _RIGHT, _BETWEEN = 28.8, 14.4, 7.2, 10.08
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


def draw(panels: tuple[Panel, ...], in_a_row: int = _IN_A_ROW, height: float = _HEIGHT) -> str:
    """Draw panels as SVG; `height` is a panel's without its title, in points."""
    columns = min(in_a_row, max(len(panels), 1))
    rows = -(-max(len(panels), 1) // columns)
    wide = (72 * WIDTH - _LEFT - _RIGHT - _BETWEEN * (columns - 1)) / columns
    titles = [_title(panel.label, wide + _BETWEEN / 2) for panel in panels]
    title = 4.3 + _LINE * max(map(len, titles), default=1)
    drawing = Drawing(72 * WIDTH, (title + height) * rows)
    for place, (panel, lines) in enumerate(zip(panels, titles, strict=True)):
        row, column = divmod(place, columns)
        x, y = _LEFT + column * (wide + _BETWEEN), (title + height) * row + title
        most = max([_REACHES, *(-(-mark.n * 5 // 80) * 20 for mark in panel.marks)])
        frame = _Frame(x, y, wide, height - _BOTTOM, most)
        _draw_panel(drawing, frame, panel, first=column == 0)
        for above, line in enumerate(reversed(lines)):
            drawing.words(frame.x, frame.y - 4 - 10 * above, line)
    return drawing.svg()


@dataclass(frozen=True)
class _Frame:
    """Where a panel lies: its upper left corner and size in points, and the most respondents on its axis."""

    x: float
    y: float
    wide: float
    tall: float
    most: int

    def across(self, n: float) -> float:
        return self.x + self.wide * n / self.most

    def down(self, share: float) -> float:
        return self.y + self.tall * (1 - share)


def _draw_panel(drawing: Drawing, frame: _Frame, panel: Panel, first: bool) -> None:
    right, bottom = frame.x + frame.wide, frame.y + frame.tall
    # Numbers at either end stay within the panel; the next one begins there.
    for tick, anchor in ((0, "start"), (frame.most // 20 * 10, "middle"), (frame.most, "end")):
        drawing.line([(frame.across(tick), frame.y), (frame.across(tick), bottom)], RULE, 0.4)
        drawing.words(frame.across(tick), bottom + 10, str(tick), anchor)
    # From the top: where 0% came after the last number below, in one line, readers of PDF took 100 and 0% for 1000%.
    for share in (1, 0.5, 0):
        drawing.line([(frame.x, frame.down(share)), (right, frame.down(share))], RULE, 0.4)
        if first:
            drawing.words(frame.x - 2, frame.down(share) + MIDDLE * TYPE, f"{100 * share:.0f}%", "end")
    if panel.reference == panel.reference:
        for tail, width in ((INNER, 0.6), (OUTER, 1.0)):
            for line in _limit_lines(frame, panel.reference, tail):
                drawing.line(line, INK, width, 0.55)
        height = frame.down(panel.reference)
        drawing.line([(frame.x, height), (right, height)], COMPARISON, 1.2)
    for mark in panel.marks:
        if mark.high > mark.low:
            ends = [(frame.across(mark.n), frame.down(share)) for share in (mark.low, mark.high)]
            drawing.line(ends, OWN, 4)
        else:
            drawing.dot(frame.across(mark.n), frame.down(mark.low), 1.3, OWN)
    if not panel.marks:
        drawing.words(frame.x + frame.wide / 2, frame.down(0.9), WITHHELD, "middle")


def _limit_lines(frame: _Frame, reference: float, tail: float) -> tuple[list[tuple[float, float]], ...]:
    """Give the upper and the lower limit as lines through what they are for each number of respondents."""
    above, below = [], []
    for n in range(_FEWEST, frame.most + 1):
        lower, upper = _limits(n, reference, tail)
        # The line stands half way between the last count inside and the first one outside.
        above.append((frame.across(n), frame.down(min((upper - 0.5) / n, 1))))
        below.append((frame.across(n), frame.down(max((lower + 0.5) / n, 0))))
    return above, below


def _title(label: str, wide: float) -> list[str]:
    """Break a label such as 抑郁（PHQ-9） before its acronym, and between words beyond `wide` points."""
    lines: list[str] = []
    for part in re.sub(r"\s*([（(])", r"\n\1", label, count=1).split("\n"):
        for place, word in enumerate(part.split(" ")):
            if place and text_points(f"{lines[-1]} {word}") <= wide:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
    return lines
