"""Say the worklist in words: why somebody is on it, and how bad it is."""

from wellbeing.followup.triage import Reason
from wellbeing.instruments import Scale
from wellbeing.surveys import Survey
from wellbeing.texts import current_language, say


def points(value: float) -> str:
    """Write a score: one decimal at most, none where there is none."""
    return f"{round(value, 1):g}"


def scale_of(survey: Survey, measure: str) -> tuple[str, Scale]:
    """Give the acronym and the scale of a measure, for example of ``phq9_total``; KeyError if there is none."""
    for part in survey.parts:
        for scale in part.scales:
            if f"{part.instrument.id}_{scale.id}" == measure:
                return part.instrument.acronym, scale
    raise KeyError(measure)


def measure_name(survey: Survey, measure: str, lang: str | None = None) -> str:
    """Name a scale in words, with its questionnaire: 抑郁（PHQ-9）."""
    acronym, scale = scale_of(survey, measure)
    return say("followup.measure", lang, name=scale.name.in_(lang or current_language()), acronym=acronym)


def band_name(scale: Scale, band: str, lang: str | None = None) -> str:
    """Name a band in words; KeyError if the scale has no such band."""
    for known in scale.bands.bands if scale.bands else ():
        if known.id == band:
            return known.name.in_(lang or current_language())
    raise KeyError(band)


def describe(reasons: tuple[Reason, ...], survey: Survey, lang: str | None = None) -> str:
    """Write all reasons of one person out, one sentence for each scale or critical item, most urgent first.

    Never what the person answered, beyond that a critical item was not at zero.
    """
    by_measure: dict[str, list[Reason]] = {}
    for reason in reasons:
        by_measure.setdefault(reason.measure, []).append(reason)
    sentences = [
        _critical_sentence(found[0], survey, lang)
        if "_critical_" in measure
        else _scale_sentence(measure, found, survey, lang)
        for measure, found in by_measure.items()
    ]
    return say("followup.joiner", lang).join(sentences)


def _critical_sentence(reason: Reason, survey: Survey, lang: str | None) -> str:
    instrument_id, number = reason.measure.split("_critical_")
    instrument = next(part.instrument for part in survey.parts if part.instrument.id == instrument_id)
    meaning = next(c.meaning for c in instrument.critical if c.column == f"{instrument_id}_{number}")
    fields = {"acronym": instrument.acronym, "item": number, "meaning": meaning.in_(lang or current_language())}
    return say(f"followup.{reason.key}", lang, **fields)


def _scale_sentence(measure: str, reasons: list[Reason], survey: Survey, lang: str | None) -> str:
    name = measure_name(survey, measure, lang)
    _, scale = scale_of(survey, measure)
    first = reasons[0]
    if first.key == "lower_bound":
        return say("followup.lower_bound", lang, measure=name)
    score = "" if first.score is None else points(first.score)
    tails = [
        say(f"followup.{reason.key}", lang, before="" if reason.before is None else points(reason.before))
        for reason in reasons
    ]
    head = say("followup.scored_plain", lang, measure=name, score=score)
    if first.band is not None:
        head = say("followup.scored", lang, measure=name, score=score, band=band_name(scale, first.band, lang))
    return say("followup.tail_joiner", lang).join([head, *tails])
