"""Draw lines, boxes and words with matplotlib's SVG renderer: real text in the kit's font, the same bytes each time.

A report has two drawings of straight lines. matplotlib's axes, ticks and layout took longer over them than everything
else that a report costs (docs/performance.md), so the renderer is given what there is to draw, already in its place.
"""

import io
import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

from wellbeing.figures.style import FAMILY, INK, TYPE, font_file

#: Of the type size: from the base line up to the middle of a Chinese character, which fills 0.88 above and 0.12 below.
MIDDLE = 0.38
#: Of a line's width: what of it lies left of the point that it is placed by.
_LEFT_OF = {"start": 0.0, "middle": 0.5, "end": 1.0}


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
        self._parts: list[Callable[[_Pen], None]] = []

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Fill a box whose upper left corner is at `x`, `y`."""
        corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
        self._parts.append(lambda pen: pen.fill(pen.path(corners, closed=True), colour))

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a circle around a point."""
        self._parts.append(lambda pen: pen.fill(pen.path.circle((x, y), radius), colour))

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, width: float = 1.0, opacity: float = 1.0
    ) -> None:
        """Draw a line through points, `width` points thick."""
        self._parts.append(lambda pen: pen.stroke(pen.path(points), colour, width, opacity))

    def words(self, x: float, y: float, text: str, anchor: str = "start") -> None:
        """Write a line of text whose base line is at `y`; it starts, has its ``middle``, or its ``end`` at `x`."""
        start = x - _LEFT_OF[anchor] * text_points(text)
        self._parts.append(lambda pen: pen.write(start, y, text))

    def svg(self) -> str:
        """Give the drawing, without comments, date or program."""
        import matplotlib as mpl

        out = io.StringIO()
        with mpl.rc_context({"svg.fonttype": "none", "path.simplify": False}):
            pen = _Pen(self.width, self.height, out)
            for part in self._parts:
                part(pen)
            pen.renderer.finalize()
        # Typst draws text of weight 400 in a variable font at the axis' default, which here is Thin; the axis is
        # therefore named. A browser without the font takes its own.
        look = rf"\1'{FAMILY}', sans-serif; font-variation-settings: 'wght' 400"
        return re.sub(rf"(<text style=\"[^\"]*)'{FAMILY}'", look, out.getvalue())


class _Pen:
    """matplotlib's SVG renderer with the kit's type; upside down, because matplotlib counts from below."""

    def __init__(self, width: float, height: float, out: io.StringIO) -> None:
        from matplotlib.backends.backend_svg import RendererSVG
        from matplotlib.colors import to_rgba
        from matplotlib.font_manager import FontProperties
        from matplotlib.path import Path
        from matplotlib.transforms import Affine2D

        renderer: Any = RendererSVG
        self.renderer = renderer(width, height, out, metadata={"Date": None, "Creator": None})
        self.path: Any = Path
        self._from_above = Affine2D().scale(1, -1).translate(0, height)
        self._type = FontProperties(family=FAMILY, size=TYPE)
        self._colour: Any = to_rgba

    def fill(self, path: Any, colour: str) -> None:
        look = self.renderer.new_gc()
        look.set_linewidth(0)
        self.renderer.draw_path(look, path, self._from_above, self._colour(colour))

    def stroke(self, path: Any, colour: str, width: float, opacity: float) -> None:
        look = self.renderer.new_gc()
        look.set_foreground(colour)
        look.set_linewidth(width)
        look.set_alpha(opacity)
        self.renderer.draw_path(look, path, self._from_above)

    def write(self, x: float, y: float, text: str) -> None:
        look = self.renderer.new_gc()
        look.set_foreground(INK)
        self.renderer.draw_text(look, x, y, text, self._type, 0)


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
