"""Many tests at once: p values corrected within a family that has a name, which the caption tells.

References
----------
Benjamini & Hochberg 1995, J R Stat Soc B 57:289; Holm 1979, Scand J Stat 6:65; Benjamini & Yekutieli 2001,
Ann Stat 29:1165.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.proportions import benjamini_hochberg
from wellbeing.texts import say

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Family:
    """Tests that answer one question together.

    Attributes
    ----------
    name : str
        What they have in common, as the caption says it.
    tests : DataFrame, index of tests
        ``p`` and ``q``, the rate of false findings up to the test; tests without p have neither and do not count.
    """

    name: str
    tests: "pd.DataFrame"

    def caption(self, lang: str | None = None) -> str:
        """Name the family, its size and the correction."""
        return say("research.family", lang, name=self.name, tests=int(self.tests["p"].notna().sum()))

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.caption())}</p>{self.tests.to_html(float_format='{:.4f}'.format)}"


def family(name: str, p: Mapping[str, float]) -> Family:
    """Correct the p values of one question by Benjamini and Hochberg.

    Raises
    ------
    ValueError
        If the family has no name, or a p lies outside 0 and 1.
    """
    import numpy as np
    import pandas as pd

    if not name.strip():
        raise ValueError("a family of tests needs a name")
    values = pd.Series(dict(p), dtype=float, name="p")
    known = values.dropna()
    if not known.between(0, 1).all():
        raise ValueError("a p value lies between 0 and 1")
    q = pd.Series(np.nan, index=values.index)
    q[known.index] = benjamini_hochberg(known.to_numpy())
    return Family(name, pd.DataFrame({"p": values, "q": q}).rename_axis("test"))


def holm(p: Any) -> "Floats":
    """Correct p values so that the chance of any false finding is kept, step by step from the smallest."""
    import numpy as np

    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    raised = values[order] * np.arange(len(values), 0, -1)
    found = np.empty_like(values)
    found[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return found


def benjamini_yekutieli(p: Any) -> "Floats":
    """Give q values that hold whatever the dependence of the tests."""
    import numpy as np

    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    ranks = np.arange(len(values), 0, -1)
    harmonic = float((1 / ranks).sum())
    found = np.empty_like(values)
    found[order] = np.minimum(np.minimum.accumulate(values[order] * harmonic * len(values) / ranks), 1.0)
    return found
