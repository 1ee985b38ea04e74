"""What each column of a wave is: its wording, its codes and their labels, and the number that each code gets elsewhere.

SPSS and Stata want numbers where they label values. A code that is a whole number stays what it is; the codes of a
question that are words are numbered from 1 in the definition's order, and words beside numbers (``dk`` beside ``1`` to
``5``) from `BESIDE` upwards. The kinds of missing answers get numbers of their own, the same in every file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from wellbeing.instruments import Instrument, Item, Scale, Text
from wellbeing.missing import MISSING_KINDS
from wellbeing.surveys import Part, Question, Survey
from wellbeing.texts import LANGUAGES, say

#: A score that could not be made is missing for a reason of its own.
UNSCORABLE = "unscorable"
#: Why there is no value, and the number that says so: user-missing in SPSS, ``.a`` to ``.f`` in Stata.
WHY_MISSING = (*MISSING_KINDS, UNSCORABLE)
MISSING_NUMBERS = {why: -91 - place for place, why in enumerate(WHY_MISSING)}
#: The first number of an option that is a word beside options that are numbers.
BESIDE = 91

Kind = Literal[
    "item", "choice", "multiple", "ranking", "number", "text", "score", "band", "critical", "quality", "about"
]
Measure = Literal["nominal", "ordinal", "scale"]


@dataclass(frozen=True)
class Variable:
    """One column of a wave.

    Attributes
    ----------
    name : str
        As in every file of the kit.
    kind : str
    label : Text
        Its wording; for a scale or a sign its name.
    measure : str
        ``nominal``, ``ordinal`` or ``scale``, as SPSS calls them.
    value_labels : mapping of code to Text
        Labels; the codes as they stand in the frame: floats for items, texts for questions. Empty where none.
    numbers : mapping of code to int
        The number of each code in a file for SPSS or Stata; empty where the codes stay texts or need none.
    reverse : bool
        Whether the item is reverse-keyed; answers are kept as they were given.
    instrument : str
        Its instrument's id; empty for others.
    validated : bool
        False for a question of the survey's own.
    """

    name: str
    kind: Kind
    label: Text
    measure: Measure = "nominal"
    value_labels: Mapping[float | str, Text] = field(default_factory=dict)
    numbers: Mapping[float | str, int] = field(default_factory=dict)
    reverse: bool = False
    instrument: str = ""
    validated: bool = True


def answer_variables(survey: Survey) -> tuple[Variable, ...]:
    """Describe what was asked: about the person, the items, the survey's own questions, in the order of the columns."""
    known = {question.id: question for question in survey.questions}
    found = []
    for name in survey.columns:
        if name in known:
            found.append(_of_question(known[name]))
    for part in survey.parts:
        found += [_of_item(item, part.instrument) for item in part.items]
    order = {name: place for place, name in enumerate(survey.columns)}
    for name in ("submitted", "seconds", "lang", "consent_version"):
        if name in order:
            found.append(Variable(name, "about", _words(f"about_{name}"), "scale" if name == "seconds" else "nominal"))
    return tuple(sorted(found, key=lambda variable: order[variable.name]))


def score_variables(survey: Survey) -> tuple[Variable, ...]:
    """Describe what `scoring` makes of the answers, in its order: score, band, answered, prorated; critical answers."""
    found: list[Variable] = []
    for part in survey.parts:
        for scale in part.scales:
            found += _of_scale(part, scale)
        found += _of_critical(part)
    return tuple(found)


def quality_variables(columns: tuple[str, ...]) -> tuple[Variable, ...]:
    """Describe the quality columns, named ``quality_<index>``."""
    return tuple(
        Variable(name, "quality", _words(f"quality_{name.removeprefix('quality_')}"), "scale") for name in columns
    )


def _of_item(item: Item, instrument: Instrument) -> Variable:
    labels: dict[float | str, Text] = {float(answer.code): answer.label for answer in item.answers}
    return Variable(
        item.column,
        "item",
        item.text,
        "ordinal",
        labels,
        {code: int(code) for code in labels if isinstance(code, float)},
        item.reverse,
        instrument.id,
    )


def _of_question(question: Question) -> Variable:
    labels: dict[float | str, Text] = {option.code: option.label for option in question.options}
    own = question.row is not None or question.id not in _ABOUT
    if question.kind in ("school", "code"):
        return Variable(question.id, "about", question.text)
    if question.kind == "choice":
        ordered: Measure = "ordinal" if question.favourable else "nominal"
        return Variable(question.id, "choice", question.text, ordered, labels, numbered(labels), validated=not own)
    if question.kind == "number":
        return Variable(question.id, "number", question.text, "scale", validated=not own)
    kind: Kind = "multiple" if question.kind == "multiple" else "ranking" if question.kind == "ranking" else "text"
    return Variable(question.id, kind, question.text, "nominal", labels, validated=not own)


_ABOUT = frozenset({"school_id", "code", "sex", "age_band", "role", "consent_statistics", "consent_contact"})


def numbered(labels: Mapping[float | str, Text]) -> dict[float | str, int]:
    """Give each code of a question the number that stands for it where values must be numbers."""
    whole = {code: int(code) for code in labels if isinstance(code, str) and code.isascii() and code.isdigit()}
    if len({*whole.values()}) < len(whole):  # 1 and 01
        whole = {}
    words = [code for code in labels if code not in whole]
    first = max([BESIDE, *(number + 1 for number in whole.values())]) if whole else 1
    return {code: whole.get(str(code), first + words.index(code) if code in words else 0) for code in labels}


def _of_scale(part: Part, scale: Scale) -> list[Variable]:
    name = f"{part.instrument.id}_{scale.id}"
    acronym, of = part.instrument.acronym, part.instrument.id
    label = Text(**{lang: f"{acronym} {scale.name.in_(lang)}" for lang in LANGUAGES})
    bands = scale.bands.bands if scale.bands else ()
    named: dict[float | str, Text] = {band.id: band.name for band in bands}

    def beside(what: str) -> Text:
        return Text(**{lang: say(f"research_data.{what}", lang, scale=label.in_(lang)) for lang in LANGUAGES})

    return [
        Variable(name, "score", label, "scale", instrument=of),
        Variable(f"{name}_band", "band", beside("band_of"), "ordinal", named, numbered(named), instrument=of),
        Variable(f"{name}_answered", "score", beside("answered_of"), "scale", instrument=of),
        Variable(f"{name}_prorated", "score", beside("prorated_of"), "nominal", instrument=of),
    ]


def _of_critical(part: Part) -> list[Variable]:
    asked = {item.column: item for item in part.items}
    found = []
    for mark, items in (("critical", part.instrument.critical), ("watch", part.instrument.watch)):
        for critical in items:
            if critical.column not in asked:
                continue
            values: dict[float | str, Text] = {
                word: Text(**{lang: say(f"research_data.critical_{word}", lang) for lang in LANGUAGES})
                for word in ("no", "yes", "unanswered")
            }
            name = f"{part.instrument.id}_{mark}_{asked[critical.column].number}"
            numbers: dict[float | str, int] = {"no": 0, "yes": 1}
            of = part.instrument.id
            found.append(Variable(name, "critical", critical.meaning, "nominal", values, numbers, instrument=of))
    return found


def _words(entry: str) -> Text:
    return Text(**{lang: say(f"research_data.{entry}", lang) for lang in LANGUAGES})
