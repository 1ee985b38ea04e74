"""Show an instrument: a row in the list of all, a card in the terminal, a page in the docs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from wellbeing.instruments import BandSet, Figure, Instrument, Scale, Text, instrument_ids, load_instrument
from wellbeing.texts import say


@dataclass(frozen=True)
class Row:
    """One instrument in the list. `languages` are those in which a form can be built."""

    id: str
    acronym: str
    name: Text
    domain: str
    items: int
    minutes: float
    languages: tuple[str, ...]
    licence: str
    status: str
    scorable: bool


def listing(folder: Path | None = None) -> tuple[Row, ...]:
    """List the instruments of a folder, screening first."""
    rows = []
    for name in instrument_ids(folder):
        instrument = load_instrument(name, folder)
        rows.append(
            Row(
                id=instrument.id,
                acronym=instrument.acronym,
                name=instrument.name,
                domain=instrument.domain,
                items=len(instrument.items),
                minutes=instrument.minutes,
                languages=instrument.languages,
                licence=instrument.licence,
                status=instrument.status,
                scorable=instrument.not_scorable is None,
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.domain != "screening", row.id)))


def card(instrument: Instrument, lang: str) -> str:
    """Write out all that is known about an instrument, what is unconfirmed marked as such, for a terminal."""
    lines: list[str] = []
    for level, text in _parts(instrument, lang):
        lines += ["", text] if level == 0 and lines else ["  " * level + text]
    return "\n".join(lines) + "\n"


def page(instrument: Instrument) -> str:
    """Write the same as a page of the docs, in English."""
    lines: list[str] = []
    for level, text in _parts(instrument, "en"):
        if level == 0:
            lines += ["", f"## {text}", ""] if lines else [f"# {text}", ""]
        else:
            lines.append("  " * (level - 1) + "- " + text.replace("<", "&lt;"))
    return "\n".join(lines) + "\n"


def _parts(instrument: Instrument, lang: str) -> Iterator[tuple[int, str]]:
    """Give the card piece by piece, each with its depth: 0 for a heading."""
    name = instrument.name.in_(lang)
    yield 0, say("instruments.heading", lang, acronym=instrument.acronym, name=name)
    yield 1, say("instruments.key", lang, signature=instrument.signature)
    about = {"construct": instrument.construct.in_(lang), "recall": instrument.recall.in_(lang)}
    yield 1, say("instruments.measures", lang, **about)
    languages = ", ".join(instrument.languages) or say("instruments.no_words", lang)
    minutes = f"{instrument.minutes:g}"
    yield 1, say("instruments.size", lang, items=len(instrument.items), minutes=minutes, languages=languages)
    doubt = say("instruments.unconfirmed", lang) if instrument.terms.unconfirmed else ""
    yield 1, doubt + say("instruments.licence", lang, licence=instrument.licence)
    yield 1, say("instruments.licence_source", lang, source=instrument.terms.source)
    if instrument.terms.note:
        yield 2, instrument.terms.note
    if not instrument.languages:
        yield 1, say("instruments.own_wording", lang, id=instrument.id)
    yield 1, say(f"instruments.status_{instrument.status}", lang)
    if instrument.not_scorable:
        yield 1, say("instruments.not_scorable", lang, reason=instrument.not_scorable.in_(lang))
    if instrument.scales:
        yield 0, say("instruments.scales", lang)
    for scale in instrument.scales:
        yield from _scale(instrument, scale, lang)
    if instrument.critical or instrument.watch:
        yield 0, say("instruments.critical", lang)
        for word, items in (("critical_item", instrument.critical), ("watch_item", instrument.watch)):
            for item in items:
                number = item.column.rsplit("_", 1)[1]
                meaning = item.meaning.in_(lang)
                doubt = say("instruments.unconfirmed", lang) if item.unconfirmed else ""
                told = say(f"instruments.{word}", lang, number=number, code=item.at_least, meaning=meaning)
                yield 1, doubt + told
    facts = instrument.facts
    yield 0, say("instruments.missing", lang)
    doubt = say("instruments.unconfirmed", lang) if facts.missing_unconfirmed else ""
    yield 1, doubt + say(f"instruments.{facts.missing_status}", lang)
    if facts.missing_note:
        yield 1, facts.missing_note
    for section in ("cutoffs", "norms", "reliability", "change"):
        yield from _section(section, [_figure(figure, lang) for figure in getattr(facts, section)], lang)
    papers = [f"{paper.ref}, doi:{paper.doi}" if paper.doi else paper.ref for paper in facts.citations]
    yield from _section("citations", papers, lang)
    yield from _section("doubts", facts.unconfirmed, lang)
    yield from _section("disagreements", facts.disagreements, lang)
    yield from _section("notes", facts.notes, lang)


def _section(name: str, lines: Iterable[str], lang: str) -> Iterator[tuple[int, str]]:
    for place, line in enumerate(lines):
        if place == 0:
            yield 0, say(f"instruments.{name}", lang)
        yield 1, line


def _scale(instrument: Instrument, scale: Scale, lang: str) -> Iterator[tuple[int, str]]:
    doubt = say("instruments.unconfirmed", lang) if {"range", "min_answered"} & set(scale.unconfirmed) else ""
    if "project_defined" in scale.unconfirmed:
        doubt += say("instruments.project_defined", lang)
    low, high = scale.range
    yield (
        1,
        doubt
        + say(
            "instruments.scale",
            lang,
            name=scale.name.in_(lang),
            id=scale.id,
            method=_method(scale, lang),
            low=f"{low:g}",
            high=f"{high:g}",
            direction=say(f"instruments.{scale.higher_is}", lang),
        ),
    )
    yield 2, say("instruments.items", lang, items=_numbers(scale.items))
    if scale.reverse:
        yield 2, say("instruments.reverse", lang, items=_numbers(scale.reverse))
    needed = say("instruments.answers_needed", lang, min=scale.min_answered, all=len(scale.items))
    yield 2, needed + (say("instruments.prorated", lang) if scale.prorate else "")
    if scale.optional:
        yield 2, say("instruments.optional", lang)
    if scale.level == "group":
        yield 2, say("instruments.group_only", lang)
    if scale.note:
        yield 2, scale.note
    for bands in scale.band_sets:
        yield from _bands(bands, bands in (scale.bands, scale.group_bands), lang)
    named = {band.id: band.name.in_(lang) for band in scale.bands.bands} if scale.bands else {}
    if scale.attention:
        yield 2, say("instruments.attention", lang, bands=", ".join(named[band] for band in scale.attention))


def _method(scale: Scale, lang: str) -> str:
    words = say(f"instruments.{scale.method}", lang, code=scale.count_at_least or 0, formula=scale.formula or "")
    if scale.multiply != 1:
        words += say("instruments.multiply", lang, factor=f"{scale.multiply:g}")
    return words + (say(f"instruments.{scale.rounding}", lang) if scale.rounding else "")


def _bands(bands: BandSet, default: bool, lang: str) -> Iterator[tuple[int, str]]:
    population = bands.population or say("instruments.no_population", lang)
    doubt = say("instruments.unconfirmed", lang) if bands.unconfirmed else ""
    told = say("instruments.bands", lang, set=bands.name, population=population, source=bands.source)
    yield 2, doubt + told + (say("instruments.default", lang) if default else "")
    if bands.level == "group":
        yield 3, say("instruments.group_only", lang)
    if bands.note:
        yield 3, bands.note
    for band in bands.bands:
        low = ("> " if band.low_open else "") + f"{band.low:g}"
        high = ("< " if band.high_open else "") + f"{band.high:g}"
        yield 3, say("instruments.band", lang, low=low, high=high, name=band.name.in_(lang))


def _figure(figure: Figure, lang: str) -> str:
    doubt = say("instruments.unconfirmed", lang) if figure.unconfirmed else ""
    told = []
    for field in fields(figure):
        value = getattr(figure, field.name)
        if value is not None and field.name not in {"unconfirmed", "derived", "source"}:
            bare = field.name in {"scale", "rule", "use", "statistic", "value", "population", "note", "warning"}
            told.append(str(value) if bare else f"{field.name} {value}")
    if figure.derived:
        told.append("derived")
    return doubt + "; ".join([*told, *([figure.source] if figure.source else [])])


def _numbers(columns: Sequence[str]) -> str:
    """Write item numbers, runs as 1-9."""
    numbers = sorted(int(column.rsplit("_", 1)[1]) for column in columns)
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
