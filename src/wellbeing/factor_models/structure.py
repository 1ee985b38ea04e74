"""Which item loads on which factor: one factor, correlated factors, or a general factor beside group factors."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

#: Name of the factor that all items share.
GENERAL = "general"


@dataclass(frozen=True)
class Structure:
    """A confirmatory factor model: factor and its items, in order.

    ``correlated`` says whether the factors' correlations are free; otherwise they are zero.
    """

    factors: tuple[tuple[str, tuple[str, ...]], ...]
    correlated: bool = False

    def __post_init__(self) -> None:
        if not self.factors or any(not items for _, items in self.factors):
            raise ValueError("a factor needs items")

    @property
    def items(self) -> tuple[str, ...]:
        """Every item once, in the order in which the factors name them."""
        return tuple(dict.fromkeys(item for _, items in self.factors for item in items))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the factors."""
        return tuple(name for name, _ in self.factors)

    @property
    def loadings(self) -> tuple[tuple[int, int], ...]:
        """Free loadings: place of the item and place of the factor."""
        places = {item: place for place, item in enumerate(self.items)}
        return tuple((places[item], factor) for factor, (_, items) in enumerate(self.factors) for item in items)


def one_factor(items: Iterable[str]) -> Structure:
    """Build the model in which one factor accounts for all that the items have in common."""
    return Structure(((GENERAL, tuple(items)),))


def correlated_factors(groups: Mapping[str, Iterable[str]]) -> Structure:
    """Build the model in which every factor has its own items, and the factors may correlate."""
    return Structure(tuple((name, tuple(items)) for name, items in groups.items()), correlated=True)


def bifactor(groups: Mapping[str, Iterable[str]]) -> Structure:
    """Build the model with a general factor of all items beside one for each group; none of them correlate.

    References
    ----------
    Holzinger and Swineford 1937, Psychometrika 2:41.
    """
    parts = tuple((name, tuple(items)) for name, items in groups.items())
    everything = tuple(dict.fromkeys(item for _, items in parts for item in items))
    return Structure(((GENERAL, everything), *parts))
