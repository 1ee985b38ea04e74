"""What a screen's result means in numbers: how many of those found are ill, how many of the ill are found.

A screen counts symptoms. Of those it finds some would be called ill at interview and some would not, and it misses a
few. How many hangs on how common the illness is: the share of positives, corrected for the screen's errors, tells that.
"""

import math
from dataclasses import dataclass

from wellbeing.proportions import wilson
from wellbeing.texts import say


@dataclass(frozen=True)
class Accuracy:
    """How well a screen tells the ill from others, by a published study or review: both 0 to 1."""

    sensitivity: float
    specificity: float
    source: str
    #: What it looks for, an entry of texts/numbers.yaml.
    condition: str = "depression"

    def __post_init__(self) -> None:
        if not (0 <= self.sensitivity <= 1 and 0 <= self.specificity <= 1):
            raise ValueError("sensitivity and specificity lie between 0 and 1")
        if self.sensitivity + self.specificity <= 1:
            raise ValueError("a screen must be better than drawing lots: sensitivity + specificity above 1")


#: PHQ-9 at 10 or more, in adults; GAD-7 at 10 or more.
ACCURACY = {
    "phq9_total": Accuracy(0.88, 0.85, "Levis 2019"),
    "gad7_total": Accuracy(0.89, 0.82, "Spitzer 2006", "anxiety"),
}


def predictive_values(prevalence: float, sensitivity: float, specificity: float) -> tuple[float, float]:
    """Give the share of positives that are ill (PPV) and the share of negatives that are not (NPV).

    Parameters
    ----------
    prevalence, sensitivity, specificity : float
        0 to 1.

    Returns
    -------
    tuple of float
        PPV and NPV; NaN where there would be no positive, or no negative.
    """
    hit, false_alarm = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    passed, missed = specificity * (1 - prevalence), (1 - sensitivity) * prevalence
    return (
        hit / (hit + false_alarm) if hit + false_alarm else math.nan,
        passed / (passed + missed) if passed + missed else math.nan,
    )


@dataclass(frozen=True)
class Corrected:
    """A prevalence corrected for the screen's errors, with its interval; all 0 to 1."""

    estimate: float
    low: float
    high: float


def rogan_gladen(cases: int, n: int, sensitivity: float, specificity: float) -> Corrected:
    """Correct the share of positives for the screen's own errors.

    The interval is Wilson's for the share of positives, corrected likewise: sensitivity and specificity are taken for
    known, so the truth is less certain than it says. Below 0 or above 1 it ends there.

    Parameters
    ----------
    cases, n : int
        Positives among those screened, at least one.
    sensitivity, specificity : float
        0 to 1, adding up to more than 1.

    Raises
    ------
    ValueError
        If nobody was screened, or the screen is no better than drawing lots.

    References
    ----------
    Rogan & Gladen 1978, Am J Epidemiol 107:71.
    """
    if n < 1:
        raise ValueError("nobody was screened")
    screen = Accuracy(sensitivity, specificity, "")

    def corrected(share: float) -> float:
        true = (share + screen.specificity - 1) / (screen.sensitivity + screen.specificity - 1)
        return min(max(true, 0.0), 1.0)

    low, high = wilson(cases, n)
    return Corrected(corrected(cases / n), corrected(low), corrected(high))


@dataclass(frozen=True)
class Line:
    """One line of the table: at so high a true prevalence, what 1000 people screened come to."""

    prevalence: float
    positive: int
    ill: int
    ppv: float


@dataclass(frozen=True)
class ScreeningNumbers:
    """What a county's own result means.

    Attributes
    ----------
    cases, n : int
        Positives among those screened.
    accuracy : Accuracy
    prevalence : Corrected
        Of the illness, as far as the screen can tell.
    ppv, npv : float
        At that prevalence; NaN where the screen would find nobody.
    """

    cases: int
    n: int
    accuracy: Accuracy
    prevalence: Corrected
    ppv: float
    npv: float

    def sentences(self, lang: str) -> list[str]:
        """Say it: of ten on the list so many, one in so many is not on it; symptoms are not disorders; the estimate."""
        low, high = self.prevalence.low, self.prevalence.high
        few, many = (math.floor(10 * self.ppv), math.ceil(10 * self.ppv)) if self.prevalence.estimate else (0, 0)
        missed = 1 - self.accuracy.sensitivity
        condition = say(f"numbers.{self.accuracy.condition}", lang)
        lines = []
        if self.prevalence.estimate > 0:
            key = "of_ten" if few == many else "of_ten_between"
            one_in = round(1 / missed) if missed else 0
            lines.append(say(f"numbers.{key}", lang, few=few, many=many, condition=condition))
            key = "missed" if one_in else "none_missed"
            lines.append(say(f"numbers.{key}", lang, one_in=one_in, condition=condition))
        else:
            lines.append(say("numbers.no_more_than_errors", lang, condition=condition))
        names = ("positive", "share", "low", "high")
        values = (self.cases / self.n, self.prevalence.estimate, low, high)
        shown = {name: f"{100 * value:.0f}" for name, value in zip(names, values, strict=True)}
        lines.append(say("numbers.prevalence", lang, condition=condition, **shown))
        lines.append(
            say(
                "numbers.accuracy",
                lang,
                sensitivity=f"{100 * self.accuracy.sensitivity:.0f}",
                specificity=f"{100 * self.accuracy.specificity:.0f}",
                source=self.accuracy.source,
            )
        )
        return lines


def screening_numbers(cases: int, n: int, accuracy: Accuracy = ACCURACY["phq9_total"]) -> ScreeningNumbers:
    """Reckon what a county's own result means.

    Raises
    ------
    ValueError
        If nobody was screened, or there are more positives than people.
    """
    prevalence = rogan_gladen(cases, n, accuracy.sensitivity, accuracy.specificity)
    ppv, npv = predictive_values(prevalence.estimate, accuracy.sensitivity, accuracy.specificity)
    return ScreeningNumbers(cases, n, accuracy, prevalence, ppv, npv)


def prevalence_table(
    accuracy: Accuracy = ACCURACY["phq9_total"], prevalences: tuple[float, ...] = (0.03, 0.05, 0.10, 0.15)
) -> list[Line]:
    """Tabulate what 1000 people screened come to, at several true prevalences."""
    lines = []
    for prevalence in prevalences:
        hit = accuracy.sensitivity * prevalence
        positive = hit + (1 - accuracy.specificity) * (1 - prevalence)
        ppv, _ = predictive_values(prevalence, accuracy.sensitivity, accuracy.specificity)
        lines.append(Line(prevalence, math.floor(1000 * positive + 0.5), math.floor(1000 * hit + 0.5), ppv))
    return lines
