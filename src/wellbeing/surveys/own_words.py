"""Words that a survey gives to an item whose published text has none in a language, or leaves a gap to be filled.

What was published is never replaced: a licence may forbid it, and an answer to other words is an answer to another
question. The words are the survey's own and were not validated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from wellbeing.errors import Problem
from wellbeing.instruments import Instrument, Text
from wellbeing.surveys.wording import worded
from wellbeing.texts import LANGUAGES
from wellbeing.yaml_files import YamlFile
from wellbeing.yaml_forms import problem_at

#: How a published text leaves the place of work's name to be filled in.
_GAP = "..."


def words_faults(
    file: YamlFile, place: int, words: Mapping[int, Text] | None, instrument: Instrument
) -> Iterator[Problem]:
    """Find words for items that the instrument has not, and words in the place of published ones."""
    items = {item.number: item for item in instrument.items}
    for number, text in (words or {}).items():
        route = ("instruments", place, "words", str(number))
        if number not in items:
            yield problem_at(file, "words_unknown", *route, instrument=instrument.id)
        elif not worded(text):
            yield problem_at(file, "no_text", *route)
        elif any(getattr(text, lang) and not _open(getattr(items[number].text, lang)) for lang in LANGUAGES):
            yield problem_at(file, "words_published", *route)


def with_words(instrument: Instrument, words: Mapping[int, Text] | None) -> Instrument:
    """Give the instrument with the survey's words where there were none."""
    if not words:
        return instrument
    items = []
    for item in instrument.items:
        given = words.get(item.number, Text())
        text = Text(**{lang: getattr(given, lang) or getattr(item.text, lang) for lang in LANGUAGES})
        items.append(replace(item, text=text))
    return replace(instrument, items=tuple(items))


def _open(published: str | None) -> bool:
    return not (published or "").strip() or _GAP in str(published)
