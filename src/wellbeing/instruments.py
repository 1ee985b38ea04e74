"""What a questionnaire is: load and check ``surveys/instruments/<id>.yaml``.

An instrument is data, never code. This module turns a definition into frozen types and refuses one that
contradicts itself; `wellbeing.scoring` knows how to score what is loaded here, and nothing about files.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wellbeing.workspace import kit_root


@dataclass(frozen=True)
class Text:
    """One wording in the languages it exists in; None where it does not."""

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
class Item:
    """One question. `column` is its name in every file, for example ``phq9_9``."""

    column: str
    number: int
    text: Text
    answers: tuple[Answer, ...]
    reverse: bool = False

    @property
    def codes(self) -> tuple[int, ...]:
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


@dataclass(frozen=True)
class BandSet:
    """Bands of one scale from one source and population."""

    name: str
    scale: str
    bands: tuple[Band, ...]
    population: str
    source: str


@dataclass(frozen=True)
class CriticalItem:
    """An item whose answer is a matter for today, whatever the total: `column` coded `at_least`."""

    column: str
    at_least: int
    meaning: Text


@dataclass(frozen=True)
class Scale:
    """How to make one score.

    ``items`` are column names; ``min_answered`` is the fewest answers the authors accept; ``attention`` and
    ``severe`` name bands of the default set, empty where the instrument has none.
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


@dataclass(frozen=True)
class Instrument:
    """One questionnaire with its key. `digest` is the SHA-256 of the definition's bytes."""

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


@cache
def load_instrument(id: str, folder: Path | None = None) -> Instrument:
    """Load one definition.

    Parameters
    ----------
    id : str
        For example ``phq9``.
    folder : Path, optional
        A workspace's ``surveys/instruments``; the kit's own by default.

    Raises
    ------
    UsageError
        If there is no such definition.
    InputError
        If the definition contradicts itself, with every fault.
    """
    import yaml

    path = (folder or kit_root() / "surveys" / "instruments") / f"{id}.yaml"
    content = path.read_bytes()
    return _build(yaml.safe_load(content), hashlib.sha256(content).hexdigest())


def _text(value: Any) -> Text:
    return Text(zh=value.get("zh"), en=value.get("en"))


def _build(facts: dict[str, Any], digest: str) -> Instrument:
    key = facts["id"]
    sets = {
        name: tuple(Answer(a["code"], _text(a), tuple(a.get("also", ()))) for a in answers)
        for name, answers in facts["response_sets"].items()
    }
    items = tuple(
        Item(f"{key}_{i['number']}", i["number"], _text(i), sets[i["response_set"]], i.get("reverse", False))
        for i in facts["items"]
    )
    turned = {item.column for item in items if item.reverse}
    scales = []
    for s in facts["scales"]:
        columns = tuple(f"{key}_{number}" for number in s["items"])
        low, high = s["range"]
        found = [b for b in facts.get("bands", ()) if b["scale"] == s["id"]]
        bands = None
        if found:
            bands = BandSet(
                found[0]["set"],
                s["id"],
                tuple(
                    Band(
                        b["id"],
                        _text(b),
                        b.get("min", b.get("above", low)),
                        b.get("max", b.get("below", high)),
                        "above" in b,
                        "below" in b,
                    )
                    for b in found[0]["levels"]
                ),
                found[0]["population"],
                found[0]["source"],
            )
        scales.append(
            Scale(
                s["id"],
                _text(s["name"]),
                columns,
                tuple(c for c in columns if c in turned),
                s["method"],
                (low, high),
                s["higher_is"],
                s["min_answered"],
                s.get("prorate", False),
                s.get("multiply", 1),
                s.get("rounding"),
                s.get("optional", False),
                bands,
                tuple(facts.get("attention", {}).get(s["id"], ())),
                tuple(facts.get("severe", {}).get(s["id"], ())),
            )
        )
    return Instrument(
        key,
        facts["version"],
        digest,
        facts["acronym"],
        _text(facts["name"]),
        _text(facts["construct"]),
        _text(facts.get("instructions", {})),
        _text(facts["recall"]),
        facts["minutes"],
        items,
        tuple(scales),
        tuple(
            CriticalItem(f"{id}_{c['item']}", c["at_least"], _text(c["meaning"]))
            for c in facts.get("critical_items", ())
        ),
        facts["licence"]["status"],
        facts["status"],
    )
