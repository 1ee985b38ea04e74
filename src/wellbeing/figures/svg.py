"""Draw lines, boxes and words as SVG: real text in the kit's font, the same bytes for the same drawing.

A report has two drawings of straight lines, and a plotting library takes longer over them than everything else that
a report costs (docs/performance.md); so they are written here as they stand.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from xml.sax.saxutils import escape

from wellbeing.figures.style import FAMILY, INK, TYPE, font_file

#: Of the type size: from the base line up to the middle of a Chinese character, which fills 0.88 above and 0.12 below.
MIDDLE = 0.38
#: Typst draws text of weight 400 in a variable font at the axis' default, which here is Thin; the axis is therefore
#: named. A browser without the font takes its own.
_LOOK = f"font-family: '{FAMILY}', sans-serif; font-variation-settings: 'wght' 400; font-size: {TYPE}px; fill: {INK}"


class Drawing:
    """A drawing in the making, in points from its upper left corner; what comes later lies on top.

    Parameters
    ----------
    width, height : float
        Points.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width = width
        self.height = height
        self._parts: list[str] = []

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a box whose upper left corner is at `x`, `y`."""
        place = f'x="{_short(x)}" y="{_short(y)}" width="{_short(width)}" height="{_short(height)}"'
        self._parts.append(f'<rect {place} fill="{colour}"/>')

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a circle around a point."""
        self._parts.append(f'<circle cx="{_short(x)}" cy="{_short(y)}" r="{_short(radius)}" fill="{colour}"/>')

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float = 1.0, opacity: float = 1.0
    ) -> None:
        """Draw a line through points, `width` points thick."""
        way = " ".join(f"{x:.2f},{y:.2f}" for x, y in points)
        faint = "" if opacity == 1 else f' stroke-opacity="{_short(opacity)}"'
        look = f'fill="none" stroke-linejoin="round" stroke="{colour}" stroke-width="{_short(width)}"{faint}'
        self._parts.append(f'<polyline points="{way}" {look}/>')

    def words(self, x: float, y: float, text: str, anchor: str = "start") -> None:
        """Write a line of text whose base line is at `y`; it starts, has its ``middle``, or its ``end`` at `x`."""
        place = f'x="{_short(x)}" y="{_short(y)}" text-anchor="{anchor}"'
        self._parts.append(f'<text {place} style="{_LOOK}">{escape(text)}</text>')

    def svg(self) -> str:
        """Give the drawing."""
        wide, tall = _short(self.width), _short(self.height)
        size = f'width="{wide}pt" height="{tall}pt" viewBox="0 0 {wide} {tall}"'
        return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', *self._parts, "</svg>\n"])


def _short(value: float) -> str:
    """Write a number to a hundredth, which nobody sees on paper, and without a sign for nothing."""
    return f"{round(value, 2) + 0.0:g}"


@lru_cache(maxsize=256)
def text_points(text: str) -> float:
    """Measure a line of text at the drawings' size, in points."""
    advances, em = _advances()
    # What the font cannot draw, typesetting refuses by its name.
    return sum(advances.get(ord(character), em) for character in text) * TYPE / em


@cache
def _advances() -> tuple[dict[int, int], int]:
    """Give how wide each character is, in units of which so many make the type size."""
    from fontTools.ttLib import TTFont

    with TTFont(font_file("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"), lazy=True) as font:
        widths = font["hmtx"].metrics
        return {code: widths[name][0] for code, name in font.getBestCmap().items()}, int(font["head"].unitsPerEm)
