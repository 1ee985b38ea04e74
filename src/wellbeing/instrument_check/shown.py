"""A table with the sentences that belong to it, as a notebook shows it; and figures as words."""

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Shown:
    """What one cell of a notebook shows: sentences, and a table of words already rounded."""

    table: "pd.DataFrame | None"
    sentences: tuple[str, ...]

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{escape(line)}</p>" for sentence in self.sentences for line in sentence.split("\n"))
        return said if self.table is None else said + self.table.to_html()


def told(value: float, digits: int = 3, lang: str | None = None) -> str:
    """Round a figure; one that was not estimated is said to be so, never left to look like a number."""
    if math.isfinite(value):
        # No "-0.000": what rounds to nothing has no sign.
        return f"{round(float(value), digits) + 0.0:.{digits}f}"
    return say("measurement.not_estimated", lang)


def probability(value: float, lang: str | None = None) -> str:
    """Write a p or q value: three places, and never 0.000."""
    return "< 0.001" if value < 0.001 else told(value, 3, lang)


def share(value: float, lang: str | None = None) -> str:
    """Write a share as a whole percentage."""
    return f"{value * 100:.0f}%" if math.isfinite(value) else say("measurement.not_estimated", lang)
