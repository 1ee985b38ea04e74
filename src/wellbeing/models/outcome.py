"""What a model gives where it cannot give figures: a result with a name, never a number that looks fine."""

from dataclasses import dataclass, field
from typing import Final

from wellbeing.texts import say


@dataclass(frozen=True)
class NotEstimated:
    """What could not be estimated, and why; false, so that ``if model:`` asks whether there are figures.

    Attributes
    ----------
    reason : str
        One of `REASONS`; the sentence stands in the texts as ``research.not_<reason>``.
    fields : dict
        Values for the sentence: names of columns and counts, never what a person answered.
    """

    reason: str
    fields: dict[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.reason not in REASONS:
            raise ValueError(f"no reason is called {self.reason!r}")

    def __bool__(self) -> bool:
        return False

    def words(self, lang: str | None = None) -> str:
        """Say in one sentence what could not be estimated and why."""
        return say(f"research.not_{self.reason}", lang, **self.fields)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.words())}</p>"


#: Why there are no figures.
REASONS: Final = (
    "no_rows",  # every row lacks something
    "too_few_rows",  # not more rows than coefficients
    "constant",  # everybody has the same outcome
    "perfect_fit",  # the covariates tell the outcome without any rest
    "collinear",  # a covariate is a sum of others
    "not_finite",  # an infinite number among the figures
    "one_group",  # one school: nothing to tell schools apart by
    "one_row_each",  # nobody was seen twice: person and rest cannot be told apart
    "people_are_groups",  # one person a school: school and person cannot be told apart
    "few_groups",  # no more groups than coefficients
    "not_two_values",  # a yes-or-no outcome has not two values
    "few_categories",  # an ordinal outcome has fewer than three
    "separation",  # a covariate foretells the outcome perfectly
    "no_convergence",  # the search did not come to an end
    "nobody_left",  # attrition: nobody, or everybody, left
    "few_values",  # an effect size of fewer than two people a group
    "no_spread",  # an effect size where nobody differs
    "one_wave",  # change with one wave only
    "no_persons",  # change of people without codes
    "no_schools",  # a figure of schools without schools
    "no_groups",  # a mixed model without schools and without codes
    "no_cutoff",  # shares of cases on a scale without a cutoff
    "no_items",  # answers to items, and none are planned
    "few_answers",  # fewer answers than the method is asked for
    "no_reliability",  # one person's change, and nobody says how reliable the scale is
    "no_links",  # exact links only, and nothing says how rows were linked
)
