"""Turn a definition that was checked into the `Instrument` that the kit works with."""

from wellbeing.instruments import (
    Answer,
    Band,
    BandSet,
    CriticalItem,
    Example,
    Facts,
    Instrument,
    Item,
    NotApplicable,
    Scale,
    Text,
)
from wellbeing.instruments.definitions import (
    BandSetEntry,
    Definition,
    ExampleEntry,
    ItemEntry,
    ScaleEntry,
    key_of,
)


def build_instrument(definition: Definition, digest: str) -> Instrument:
    """Make the instrument of a definition; `digest` is the SHA-256 of its file."""
    key = definition.id
    items = tuple(_item(definition, entry) for entry in definition.items)
    turned = {item.column for item in items if item.reverse}
    return Instrument(
        id=key,
        version=definition.version,
        digest=digest,
        acronym=definition.acronym,
        name=definition.name,
        construct=definition.construct,
        instructions=definition.instructions,
        recall=definition.recall,
        minutes=definition.minutes,
        items=items,
        scales=tuple(_scale(definition, entry, turned) for entry in definition.scales),
        critical=tuple(
            CriticalItem(f"{key}_{c.item}", c.at_least, c.meaning, c.unconfirmed) for c in definition.critical_items
        ),
        licence=definition.licence.status,
        status=definition.status,
        key=key_of(definition),
        domain=definition.domain,
        terms=definition.licence,
        facts=_facts(definition),
        watch=tuple(
            CriticalItem(f"{key}_{c.item}", c.at_least, c.meaning, c.unconfirmed) for c in definition.watch_items
        ),
        variables=tuple((v.name, v.formula) for v in definition.variables),
        examples=tuple(_example(definition, entry) for entry in definition.examples),
        not_scorable=definition.not_scorable,
    )


def _item(definition: Definition, entry: ItemEntry) -> Item:
    limits = None
    answers: tuple[Answer, ...]
    if entry.response_set in definition.number_sets:
        numbers = definition.number_sets[entry.response_set]
        limits = (numbers.min, numbers.max)
        few = numbers.max - numbers.min <= 10
        span = range(numbers.min, numbers.max + 1) if few else ()
        answers = tuple(Answer(code, Text(str(code), str(code))) for code in span)
    else:
        entries = definition.response_sets[entry.response_set]
        answers = tuple(Answer(a.code, Text(a.zh, a.en), a.also) for a in entries)
    absent = tuple(
        NotApplicable(code, Text(word.zh, word.en), word.also)
        for code, word in definition.not_applicable.items()
        if code in entry.not_applicable
    )
    return Item(
        column=f"{definition.id}_{entry.number}",
        number=entry.number,
        text=Text(entry.zh, entry.en),
        answers=answers,
        reverse=entry.reverse,
        limits=limits,
        not_applicable=absent,
        source_code=entry.code,
        response_set=entry.response_set,
    )


def _scale(definition: Definition, entry: ScaleEntry, turned: set[str]) -> Scale:
    columns = tuple(f"{definition.id}_{number}" for number in entry.items)
    sets = [(b.default, _band_set(b, entry)) for b in definition.bands if entry.id in b.on]
    defaults = [found for default, found in sets if default and found.bands]
    doubts = ("min_answered", "range", "project_defined")
    doubtful = (entry.min_answered_unconfirmed, entry.range_unconfirmed, entry.project_defined)
    return Scale(
        id=entry.id,
        name=entry.name,
        items=columns,
        reverse=tuple(column for column in columns if column in turned),
        method=entry.method,
        range=entry.range,
        higher_is=entry.higher_is,
        min_answered=entry.min_answered,
        prorate=entry.prorate,
        multiply=entry.multiply,
        rounding=entry.rounding,
        optional=entry.optional,
        bands=next((found for found in defaults if found.level == "person"), None),
        attention=definition.attention.get(entry.id, ()),
        severe=definition.severe.get(entry.id, ()),
        count_at_least=entry.count_at_least,
        formula=entry.formula,
        valid=entry.valid,
        level=entry.level,
        group_bands=next((found for found in defaults if found.level == "group"), None),
        band_sets=tuple(found for _, found in sets),
        unconfirmed=tuple(word for word, doubt in zip(doubts, doubtful, strict=True) if doubt),
        note=entry.note,
    )


def _band_set(entry: BandSetEntry, scale: ScaleEntry) -> BandSet:
    low, high = scale.range
    bands = tuple(
        Band(
            id=level.id,
            name=Text(level.zh, level.en),
            low=next((end for end in (level.min, level.above) if end is not None), low),
            high=next((end for end in (level.max, level.below) if end is not None), high),
            low_open=level.above is not None,
            high_open=level.below is not None,
        )
        for level in entry.levels
    )
    bands = tuple(sorted(bands, key=lambda band: (band.low, band.low_open)))
    return BandSet(
        name=entry.set,
        scale=scale.id,
        bands=bands,
        population=entry.population or "",
        source=entry.source,
        level=entry.level,
        unconfirmed=entry.unconfirmed,
        note=entry.note,
    )


def _facts(definition: Definition) -> Facts:
    missing = definition.missing
    return Facts(
        missing_status=missing.status,
        missing_unconfirmed=missing.unconfirmed,
        missing_note="; ".join(filter(None, (missing.published, missing.source, missing.note))),
        cutoffs=definition.cutoffs,
        norms=definition.norms,
        reliability=definition.reliability,
        change=definition.change,
        citations=definition.citations,
        unconfirmed=definition.unconfirmed,
        disagreements=definition.disagreements,
        notes=definition.notes,
    )


def _example(definition: Definition, entry: ExampleEntry) -> Example:
    numbers = [item.number for item in definition.items]
    if isinstance(entry.answers, dict):
        others = entry.answers.get("others")
        given = [entry.answers.get(str(number), others) for number in numbers]
    else:
        given = list(entry.answers)
    columns = [f"{definition.id}_{number}" for number in numbers]
    return Example(
        why=entry.why,
        source=entry.source,
        answers=tuple(zip(columns, given, strict=True)),
        expect=tuple(entry.expect.items()),
    )
