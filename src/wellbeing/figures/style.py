"""The one look of all drawings: colours, type, the font, and a drawing's SVG with real text in it."""

import io
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wellbeing.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Okabe and Ito's blue and orange: told apart by the colour blind, and dark and light in grey. No red: it is a verdict.
OWN, COMPARISON, INK, RULE = "#0072B2", "#E69F00", "#222222", "#C8C8C8"
#: Inches: the text's width on A4 with margins of 18 mm. Drawn at this width, a point is a point on paper.
WIDTH = 6.85
#: Points; the smallest type that a report may hold.
TYPE = 9
_FAMILY = "Noto Sans SC"


def drawing_settings() -> dict[Any, Any]:
    """Give matplotlib's settings for a drawing in a report; text stays text."""
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "wellbeing",
        "font.family": figure_font(),
        "font.size": TYPE,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
    }


def svg_of(figure: "Figure") -> str:
    """Write a drawing as SVG, without comments, date or program: the same bytes for the same drawing.

    Typst draws text of weight 400 in a variable font at the axis' default, which here is Thin; the axis is therefore
    named. A browser without the font takes its own.
    """
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    # matplotlib writes some strings that it draws once more as a comment.
    svg = re.sub(r"<!--.*?-->\n?", "", out.getvalue(), flags=re.DOTALL)
    return re.sub(
        rf"(<text style=\"[^\"]*)'{_FAMILY}'", rf"\1'{_FAMILY}', sans-serif; font-variation-settings: 'wght' 400", svg
    )


@lru_cache(maxsize=256)
def text_inches(text: str) -> float:
    """Measure a line of text at the drawings' size; reports have the same few labels, and measuring is slow."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    width: float = TextPath((0, 0), text, size=TYPE, prop=FontProperties(family=figure_font())).get_extents().width
    return width / 72


def figure_font() -> str:
    """Make the static Noto Sans SC known to matplotlib and give its family."""
    from matplotlib import font_manager

    path = font_file("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf")
    if not any(entry.name == _FAMILY and Path(entry.fname) == path for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(path)
    return _FAMILY


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
