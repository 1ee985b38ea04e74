"""What research plots have in common: Chinese labels, colours told apart by the colour blind, vectors, same bytes."""

import io
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from wellbeing.figures.style import INK, WIDTH, figure_font

#: Points of type.
_TYPE = 8


@dataclass(frozen=True)
class Plot(ABC):
    """A plot: its words for who cannot see it, and itself as SVG or PDF; the same bytes for the same figures."""

    alt: str

    @abstractmethod
    def draw(self, figure: Any) -> None:
        """Draw onto an empty matplotlib figure."""

    @property
    def height(self) -> float:
        """Inches."""
        return 3.2

    def svg(self) -> str:
        """Draw it as SVG, without comments or date; the words are paths."""
        out = io.StringIO()
        self._save(out, "svg", {"Date": None, "Creator": None})
        # matplotlib writes every string it draws once more as a comment.
        return re.sub(r"<!--.*?-->\n?", "", out.getvalue(), flags=re.DOTALL)

    def pdf(self) -> bytes:
        """Draw it as PDF, for a manuscript; without date and program."""
        out = io.BytesIO()
        self._save(out, "pdf", {"CreationDate": None, "Creator": None, "Producer": None})
        return out.getvalue()

    def _repr_svg_(self) -> str:
        return self.svg()

    def _save(self, out: Any, kind: str, metadata: dict[str, None]) -> None:
        from matplotlib.figure import Figure

        with _style():
            figure = Figure(figsize=(WIDTH, self.height), layout="constrained")
            self.draw(figure)
            figure.savefig(out, format=kind, metadata=metadata)


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib as mpl

    settings: dict[Any, Any] = {
        "svg.fonttype": "path",
        "svg.hashsalt": "wellbeing",
        "font.family": figure_font(),
        "font.size": _TYPE,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "axes.edgecolor": INK,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with mpl.rc_context(settings):
        yield
