"""The one look of all drawings: colours, type and the font."""

from importlib.util import find_spec
from pathlib import Path

from wellbeing.errors import UsageError

#: Okabe and Ito's blue and orange: told apart by the colour blind, and dark and light in grey. No red: it is a verdict.
OWN, COMPARISON, INK, RULE = "#0072B2", "#E69F00", "#222222", "#C8C8C8"
#: Inches: the text's width on A4 with margins of 18 mm. Drawn at this width, a point is a point on paper.
WIDTH = 6.85
#: Points; the smallest type that a report may hold.
TYPE = 9
#: The one font of all drawings.
FAMILY = "Noto Sans SC"


def figure_font() -> str:
    """Make the static Noto Sans SC known to matplotlib and give its family."""
    from matplotlib import font_manager

    path = font_file("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf")
    if not any(entry.name == FAMILY and Path(entry.fname) == path for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(path)
    return FAMILY


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
