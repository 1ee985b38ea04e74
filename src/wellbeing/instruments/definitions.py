"""How an instrument is written down: the form of a definition file.

The dataclasses here are the file's form word for word; the JSON Schema by which an editor completes a
definition is generated from them (`definition_schema`). `wellbeing.instruments.build` makes an `Instrument` of one.
"""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from wellbeing.instruments import Citation, Figure, Licence, Text

_FORBID: dict[str, Any] = {"extra": "forbid"}


@dataclass(frozen=True)
class AnswerEntry:
    """One answer: its code, its labels, and other labels seen for the same code."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    code: int
    en: str | None = None
    zh: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class NumberEntry:
    """Any whole number from `min` to `max` is an answer."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    min: int
    max: int


@dataclass(frozen=True)
class NotApplicableEntry:
    """An answer that counts as missing, such as "I have no supervisor"."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    en: str | None = None
    zh: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemEntry:
    """One question. `code` is the authors' own name for it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    number: int
    response_set: str
    code: str | None = None
    reverse: bool = False
    not_applicable: tuple[str, ...] = ()
    en: str | None = None
    zh: str | None = None


@dataclass(frozen=True)
class ScaleEntry:
    """One score. Sum, mean or count of the items, then `multiply`, then `rounding`; or a formula.

    A formula may use the items (``i1`` for item 1, already turned if it is reverse-keyed), the variables, and the
    scales above it.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    name: Text
    items: tuple[int, ...]
    method: Literal["sum", "mean", "count", "formula"]
    range: tuple[float, float]
    higher_is: Literal["worse", "better", "neutral"]
    min_answered: int
    prorate: bool = False
    multiply: float = 1
    rounding: Literal["half_up", "truncate"] | None = None
    optional: bool = False
    formula: str | None = None
    valid: str | None = None
    count_at_least: int | None = None
    level: Literal["person", "group"] = "person"
    min_answered_unconfirmed: bool = False
    range_unconfirmed: bool = False
    project_defined: bool = False
    note: str | None = None


@dataclass(frozen=True)
class LevelEntry:
    """One band. `min` and `max` belong to it, `above` and `below` do not; left out, it reaches the scale's end."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    id: str
    en: str
    zh: str
    min: float | None = None
    max: float | None = None
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class BandSetEntry:
    """Bands of a scale (or of several) from one source. The first set of a scale is its default."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    set: str
    source: str
    levels: tuple[LevelEntry, ...]
    scale: str | None = None
    scales: tuple[str, ...] = ()
    population: str | None = None
    level: Literal["person", "group"] = "person"
    default: bool = True
    unconfirmed: bool = False
    note: str | None = None

    @property
    def on(self) -> tuple[str, ...]:
        """The scales the set is for."""
        return self.scales or ((self.scale,) if self.scale else ())


@dataclass(frozen=True)
class CriticalEntry:
    """An answer that is a matter for today (or, under ``watch_items``, one to keep an eye on)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    item: int
    at_least: int
    meaning: Text
    unconfirmed: bool = False


@dataclass(frozen=True)
class MissingEntry:
    """What the authors say about missing answers; the rule itself stands in each scale."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    rule: Literal["prorate", "complete_required", "mean_of_answered"]
    status: Literal["published", "convention", "none_published"]
    unconfirmed: bool = False
    max_missing: int | None = None
    max_missing_per_scale: int | None = None
    formula: str | None = None
    published: str | None = None
    source: str | None = None
    rounding: dict[str, str | bool] | None = None
    note: str | None = None


@dataclass(frozen=True)
class VerifiedEntry:
    """One source that was read, and what was compared with it."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    source: str
    checked: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True)
class VariableEntry:
    """A named formula that scales may use."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    name: str
    formula: str
    note: str | None = None


@dataclass(frozen=True)
class ExampleEntry:
    """A worked example: answers in the order of the items, or by item number with ``others`` for the rest."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    why: str
    answers: tuple[int | str | None, ...] | dict[str, int | str | None]
    expect: dict[str, float | bool | str]
    source: str = "hand"


@dataclass(frozen=True)
class Definition:
    """The whole file."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _FORBID
    schema: Literal[1]
    id: str
    version: str
    acronym: str
    name: Text
    domain: Literal["screening", "opinion"]
    construct: Text
    recall: Text
    minutes: float
    response_sets: dict[str, tuple[AnswerEntry, ...]]
    items: tuple[ItemEntry, ...]
    scales: tuple[ScaleEntry, ...]
    missing: MissingEntry
    licence: Licence
    citations: tuple[Citation, ...]
    status: Literal["full", "partial", "key_only"]
    instructions: Text = field(default_factory=Text)
    also_domain: Literal["screening", "opinion"] | None = None
    number_sets: dict[str, NumberEntry] = field(default_factory=dict)
    not_applicable: dict[str, NotApplicableEntry] = field(default_factory=dict)
    variables: tuple[VariableEntry, ...] = ()
    bands: tuple[BandSetEntry, ...] = ()
    attention: dict[str, tuple[str, ...]] = field(default_factory=dict)
    severe: dict[str, tuple[str, ...]] = field(default_factory=dict)
    critical_items: tuple[CriticalEntry, ...] = ()
    watch_items: tuple[CriticalEntry, ...] = ()
    not_scorable: Text | None = None
    cutoffs: tuple[Figure, ...] = ()
    norms: tuple[Figure, ...] = ()
    reliability: tuple[Figure, ...] = ()
    change: tuple[Figure, ...] = ()
    verified: tuple[VerifiedEntry, ...] = ()
    disagreements: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    examples: tuple[ExampleEntry, ...] = ()


def definition_schema() -> dict[str, Any]:
    """Give the JSON Schema of a definition file, by which an editor completes and checks one."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(Definition).json_schema()
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return head | schema | {"title": "Definition of an instrument"}


def key_of(definition: Definition) -> str:
    """Give the SHA-256 of all that scores, bands and flags depend on; wording and citations do not count."""
    content = {
        "id": definition.id,
        "codes": {name: [a.code for a in answers] for name, answers in sorted(definition.response_sets.items())},
        "numbers": {name: asdict(entry) for name, entry in sorted(definition.number_sets.items())},
        "items": [
            {k: getattr(i, k) for k in ("number", "response_set", "reverse", "not_applicable")}
            for i in definition.items
        ],
        "scales": [{k: v for k, v in asdict(s).items() if k not in {"name", "note"}} for s in definition.scales],
        "variables": [{"name": v.name, "formula": v.formula} for v in definition.variables],
        "bands": [
            {
                "scales": b.on,
                "level": b.level,
                "default": b.default,
                "levels": [(e.id, e.min, e.max, e.above, e.below) for e in b.levels],
            }
            for b in definition.bands
        ],
        "attention": definition.attention,
        "severe": definition.severe,
        "critical": [(c.item, c.at_least) for c in definition.critical_items],
        "watch": [(c.item, c.at_least) for c in definition.watch_items],
        "not_scorable": definition.not_scorable is not None,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode("utf-8")).hexdigest()


def fold_label(label: str) -> str:
    """Bring a label to the form in which labels are compared: width, case and blanks do not count."""
    return "".join(unicodedata.normalize("NFKC", label).casefold().split())
