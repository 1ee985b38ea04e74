"""What the list means in numbers, for this county's own figures: of ten on it so many, and who is not on it."""

from dataclasses import dataclass

from wellbeing.change import precision, precision_words
from wellbeing.counsellor.data_check import first_stage
from wellbeing.followup.lists import WaveList
from wellbeing.followup.words import measure_name
from wellbeing.responses import consenting
from wellbeing.screening_numbers import ACCURACY, prevalence_table, screening_numbers
from wellbeing.surveys import Survey
from wellbeing.texts import say


@dataclass(frozen=True)
class Meaning:
    """``lines`` to read; ``table`` of the same screen at other true shares, the first row its header."""

    lines: tuple[str, ...]
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
    lines: list[str] = []
    for part in survey.parts:
        stage = first_stage(survey, part)
        for scale in part.scales:
            measure = f"{part.instrument.id}_{scale.id}"
            if not part.worklist:
                continue
            name = measure_name(survey, measure, lang)
            known = scores[measure].notna()
            n = int(known.sum())
            cases = int((known & scores[f"{measure}_band"].isin(list(scale.attention))).sum())
            if stage:
                fields: dict[str, str | int] = {
                    "items": len(stage.columns),
                    "least": f"{stage.at_least:g}",
                    "second": n,
                    "cases": cases,
                }
                lines.append(say("counsellor.two_stage", lang, name=name, **fields))
            elif measure not in ACCURACY:
                pass  # no published accuracy, so nothing that could be said
            elif not n:
                lines.append(say("counsellor.meaning_none", lang, name=name))
            elif not cases:
                lines.append(say("counsellor.meaning_nobody", lang, name=name))
            else:
                lines.append(say("counsellor.meaning_measure", lang, name=name, n=n, cases=cases))
                lines += screening_numbers(cases, n, ACCURACY[measure]).sentences(lang)
            noise = precision(part.instrument, scale, counted, scores[measure])
            lines.append(say("counsellor.precision", lang, name=name, words=precision_words(noise, lang)))
    lines.append(say("counsellor.small_change", lang))
    return Meaning(tuple(lines), _table(lang))


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
