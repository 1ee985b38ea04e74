"""What the list means in numbers, for this county's own figures: of ten on it so many, and who is not on it."""

from dataclasses import dataclass

from wellbeing.change import precision, precision_words
from wellbeing.followup.lists import WaveList
from wellbeing.followup.words import measure_name
from wellbeing.responses import consenting
from wellbeing.screening_numbers import ACCURACY, prevalence_table, screening_numbers
from wellbeing.surveys import Part, Survey
from wellbeing.surveys.stages import first_stage
from wellbeing.texts import say


@dataclass(frozen=True)
class Meaning:
    """What the list means.

    Attributes
    ----------
    measures : tuple of (str, tuple of str)
        Each scale that the list goes by, and what is to be said of it.
    caution : str
        What no questionnaire can see.
    table : tuple of tuple of str
        The same screen at other true shares; the first row is its header.
    """

    measures: tuple[tuple[str, tuple[str, ...]], ...]
    caution: str
    table: tuple[tuple[str, ...], ...]


def list_meaning(survey: Survey, listed: WaveList, lang: str) -> Meaning:
    """Reckon from all schools: one school is too few to tell.

    A screen in two stages has totals of a chosen few only. From those no share of the county follows, and none is
    reckoned (verification bias: Begg & Greenes 1983, Biometrics 39:207).

    Parameters
    ----------
    survey : Survey
    listed : WaveList
    lang : str
    """
    counted = consenting(listed.responses, "statistics")[0].answers
    scores = listed.scores.loc[counted.index]
    told = []
    for part in survey.parts:
        for scale in part.scales if part.worklist else ():
            measure = f"{part.instrument.id}_{scale.id}"
            known = scores[measure].notna()
            cases = int((known & scores[f"{measure}_band"].isin(list(scale.attention))).sum())
            said = _numbers(survey, part, measure, int(known.sum()), cases, lang)
            noise = precision(part.instrument, scale, counted, scores[measure])
            told.append((measure_name(survey, measure, lang), (*said, precision_words(noise, lang))))
    return Meaning(tuple(told), say("counsellor.small_change", lang), _table(lang))


def _numbers(survey: Survey, part: Part, measure: str, n: int, cases: int, lang: str) -> list[str]:
    """Say what a place on the list means; nothing where no accuracy is published, or nothing can be reckoned."""
    stage = first_stage(survey, part)
    if stage:
        fields: dict[str, str | int] = {"items": len(stage.columns), "second": n, "cases": cases}
        return [say("counsellor.two_stage", lang, least=f"{stage.at_least:g}", **fields)]
    if measure not in ACCURACY:
        return []
    if not n:
        return [say("counsellor.meaning_none", lang)]
    if not cases:
        return [say("counsellor.meaning_nobody", lang, n=n)]
    counts = say("counsellor.meaning_measure", lang, n=n, cases=cases)
    return [counts, *screening_numbers(cases, n, ACCURACY[measure]).sentences(lang)]


def _table(lang: str) -> tuple[tuple[str, ...], ...]:
    header = tuple(say(f"counsellor.col_{column}", lang) for column in ("prevalence", "positive", "ill", "ppv"))
    rows = [
        (
            f"{100 * line.prevalence:.0f}%",
            str(line.positive),
            str(line.ill),
            say("counsellor.about", lang, count=round(10 * line.ppv)),
        )
        for line in prevalence_table()
    ]
    return (header, *rows)
