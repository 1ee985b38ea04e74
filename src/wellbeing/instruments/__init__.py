"""What a questionnaire is: load and check ``surveys/instruments/<id>.yaml``.

An instrument is data, never code. The types here are what the rest of the kit works with; how they are
written down in a file stands in `wellbeing.instruments.definitions`, what may be wrong with them in
`wellbeing.instruments.checks`, and how they are scored in `wellbeing.scoring`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from wellbeing.workspace import kit_root

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Text:
    """One wording in the languages it exists in; None where it does not."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    zh: str | None = None
    en: str | None = None

    def in_(self, lang: str) -> str:
        """Give the wording in `lang`, else in the other language."""
        return (self.en or self.zh or "") if lang == "en" else (self.zh or self.en or "")


@dataclass(frozen=True)
class Answer:
    """One answer that may be given: its code, its labels, and other labels seen for the same code."""

    code: int
    label: Text
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotApplicable:
    """An answer that says that the question does not apply; in a file its code, in a score missing."""

    code: str
    label: Text
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One question. `column` is its name in every file, for example ``phq9_9``.

    ``limits`` are the smallest and largest whole number where any number between them is an answer; then
    ``answers`` lists them only if they are few enough to be ticked, each labelled with its digits.
    """

    column: str
    number: int
    text: Text
    answers: tuple[Answer, ...]
    reverse: bool = False
    limits: tuple[int, int] | None = None
    not_applicable: tuple[NotApplicable, ...] = ()
    source_code: str | None = None
    response_set: str = ""

    @property
    def codes(self) -> tuple[int, ...]:
        if self.limits:
            return tuple(range(self.limits[0], self.limits[1] + 1))
        return tuple(answer.code for answer in self.answers)


@dataclass(frozen=True)
class Band:
    """A named stretch of a scale. `low_open` and `high_open` say that the end itself is outside."""

    id: str
    name: Text
    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    def holds(self, points: float) -> bool:
        """Say whether a score lies in this band."""
        above = points > self.low if self.low_open else points >= self.low
        below = points < self.high if self.high_open else points <= self.high
        return above and below


@dataclass(frozen=True)
class BandSet:
    """Bands of one scale from one source and population.

    ``level`` is ``group`` where the authors allow the bands for group means only: no person is ever given
    one. ``unconfirmed`` bands must be shown as such wherever they are shown.
    """

    name: str
    scale: str
    bands: tuple[Band, ...]
    population: str
    source: str
    level: Literal["person", "group"] = "person"
    unconfirmed: bool = False
    note: str | None = None

    def band(self, points: float) -> Band | None:
        """Give the band of a score; None for NaN, and for a score outside all of them."""
        return next((band for band in self.bands if band.holds(points)), None)


@dataclass(frozen=True)
class CriticalItem:
    """An item whose answer is a matter for today, whatever the total: `column` coded `at_least`.

    The same type holds what is only worth watching, in `Instrument.watch`.
    """

    column: str
    at_least: int
    meaning: Text
    unconfirmed: bool = False


@dataclass(frozen=True)
class Scale:
    """How to make one score.

    ``items`` are column names; ``min_answered`` is the fewest answers the authors accept; ``attention`` and
    ``severe`` name bands of the default set, empty where the instrument has none.

    ``bands`` is the default set for persons and ``group_bands`` the one for group means; ``band_sets`` are all
    sets of the scale side by side. A ``formula`` and the condition ``valid`` are written in the words of
    `wellbeing.formulas`. ``level`` is ``group`` where only the mean over respondents means anything.
    """

    id: str
    name: Text
    items: tuple[str, ...]
    reverse: tuple[str, ...]
    method: str
    range: tuple[float, float]
    higher_is: str
    min_answered: int
    prorate: bool = False
    multiply: float = 1
    rounding: str | None = None
    optional: bool = False
    bands: BandSet | None = None
    attention: tuple[str, ...] = ()
    severe: tuple[str, ...] = ()
    count_at_least: int | None = None
    formula: str | None = None
    valid: str | None = None
    level: Literal["person", "group"] = "person"
    group_bands: BandSet | None = None
    band_sets: tuple[BandSet, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Figure:
    """One published figure: a cut-off, a norm, a reliability or a change. None where its source says nothing."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    source: str | None = None
    scale: str | None = None
    rule: str | None = None
    use: str | None = None
    statistic: str | None = None
    value: float | str | None = None
    mean: float | str | None = None
    sd: float | None = None
    n: int | str | None = None
    sensitivity: float | str | None = None
    specificity: float | str | None = None
    population: str | None = None
    unconfirmed: bool = False
    derived: bool = False
    note: str | None = None
    warning: str | None = None


@dataclass(frozen=True)
class Citation:
    """A paper or manual, with its DOI where it has one."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    ref: str
    doi: str | None = None


@dataclass(frozen=True)
class Licence:
    """Under what terms the wording may be used, and where that was read."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}
    status: str
    reproduction_allowed: bool
    wording_in_file: bool
    source: str
    note: str | None = None
    unconfirmed: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known about an instrument beside its key."""

    missing_status: str
    missing_unconfirmed: bool
    missing_note: str
    cutoffs: tuple[Figure, ...]
    norms: tuple[Figure, ...]
    reliability: tuple[Figure, ...]
    change: tuple[Figure, ...]
    citations: tuple[Citation, ...]
    unconfirmed: tuple[str, ...]
    disagreements: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Example:
    """One worked example: answers by column, and what must come out.

    ``expect`` maps an output column without the instrument's id to a score, a word or a truth; ``source`` says
    where the numbers come from, which is never the kit's own code.
    """

    why: str
    source: str
    answers: tuple[tuple[str, int | str | None], ...]
    expect: tuple[tuple[str, float | bool | str], ...]


@dataclass(frozen=True)
class Instrument:
    """One questionnaire with its key. `digest` is the SHA-256 of the definition's bytes.

    ``key`` is the SHA-256 of what scoring depends on and nothing else: two definitions with the same key give
    the same scores. ``variables`` are named formulas that scales may use. ``not_scorable`` says why an
    instrument that is defined must not be scored yet.
    """

    id: str
    version: str
    digest: str
    acronym: str
    name: Text
    construct: Text
    instructions: Text
    recall: Text
    minutes: float
    items: tuple[Item, ...]
    scales: tuple[Scale, ...]
    critical: tuple[CriticalItem, ...]
    licence: str
    status: str
    key: str
    domain: str
    terms: Licence
    facts: Facts
    watch: tuple[CriticalItem, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    examples: tuple[Example, ...] = ()
    not_scorable: Text | None = None

    @property
    def signature(self) -> str:
        """By which key a score was made: id, version and the first 12 places of the key."""
        return f"{self.id} {self.version} {self.key[:12]}"

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which every item has its words: a form can be built in these."""
        texts = [item.text for item in self.items]
        words = {"zh": [text.zh for text in texts], "en": [text.en for text in texts]}
        return tuple(lang for lang, given in words.items() if given and all(given))

    def scale(self, id: str) -> Scale:
        """Give one scale by its id; KeyError if there is none."""
        for scale in self.scales:
            if scale.id == id:
                return scale
        raise KeyError(f"{self.id} has no scale {id!r}")

    def item(self, column: str) -> Item:
        """Give one item by its column; KeyError if there is none."""
        for item in self.items:
            if item.column == column:
                return item
        raise KeyError(f"{self.id} has no item {column!r}")


def definitions_folder(folder: Path | None = None) -> Path:
    """Give the folder of the definitions: `folder`, or the kit's own."""
    return folder or kit_root() / "surveys" / "instruments"


def instrument_ids(folder: Path | None = None) -> tuple[str, ...]:
    """Name all instruments that are defined in a folder, in order."""
    return tuple(sorted(path.stem for path in definitions_folder(folder).glob("*.yaml") if path.is_file()))


@cache
def load_instrument(id: str, folder: Path | None = None) -> Instrument:
    """Load one definition, with the deployer's own wording if there is any.

    Parameters
    ----------
    id : str
        For example ``phq9``.
    folder : Path, optional
        A workspace's ``surveys/instruments``; the kit's own by default. Wording of one's own is looked for in
        ``wording/`` beside ``surveys/``.

    Raises
    ------
    UsageError
        If there is no such definition.
    InputError
        If the definition or the wording contradicts itself, with every fault.
    """
    # Imported when used: these read YAML and check types, which the command line need not do to start.
    from wellbeing.instruments.checks import load_checked
    from wellbeing.instruments.wording import with_wording

    place = definitions_folder(folder)
    return with_wording(load_checked(id, place), place.parent.parent / "wording")
