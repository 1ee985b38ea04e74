"""What may be wrong with a definition: every fault at once, each with file and line."""

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from wellbeing.errors import InputError, Problem, UsageError
from wellbeing.instruments import Instrument, instrument_ids
from wellbeing.instruments.build import build_instrument
from wellbeing.instruments.definitions import BandSetEntry, Definition, ScaleEntry
from wellbeing.instruments.names import answer_faults, name_faults
from wellbeing.yaml_files import Key, Route, YamlFile, read_yaml
from wellbeing.yaml_forms import fit, problem_at

#: Beside the definitions: id, version and key of each as last agreed on.
VERSIONS = "VERSIONS"
_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


def load_checked(id: str, folder: Path) -> Instrument:
    """Load one definition and refuse it if it has any fault.

    Raises
    ------
    UsageError
        If there is no such definition.
    InputError
        With every fault.
    """
    if id not in instrument_ids(folder):
        raise UsageError("no_instrument", instrument=id[:40], known=", ".join(instrument_ids(folder)))
    file = read_yaml(folder / f"{id}.yaml")
    definition, problems = check_file(file, id)
    if definition is None or problems:
        raise InputError(problems)
    return build_instrument(definition, hashlib.sha256(file.data).hexdigest())


def read_versions(folder: Path) -> dict[str, tuple[str, str]]:
    """Read the table of agreed keys: id to version and key. Empty where a folder has none."""
    path = folder / VERSIONS
    if not path.exists():
        return {}
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    return {row[0]: (row[1], row[2]) for row in rows}


def check_file(file: YamlFile, id: str) -> tuple[Definition | None, list[Problem]]:
    """Check one definition: first its form, then (if that holds) what it says."""
    if not isinstance(file.content, dict):
        return None, [Problem("not_a_definition", file.name, 1)]
    definition, problems = fit(file, Definition, lacks="definition_lacks", kind="definition_type")
    if definition is None:
        return None, problems
    endless = [problem_at(file, "definition_type", *route) for route in _no_numbers(file.content)]
    if endless:
        return None, endless
    checker = _Checker(file, definition)
    return definition, list(checker.faults(id))


def _repeated(values: Sequence[Any]) -> list[int]:
    """Give the places of values that stood before."""
    return [place for place, value in enumerate(values) if value in values[:place]]


def _no_numbers(content: Any, route: Route = ()) -> Iterator[Route]:
    """Find ``.nan`` and ``.inf``, which YAML takes for numbers and every comparison for a fault."""
    if isinstance(content, float) and not math.isfinite(content):
        yield route
    parts: Any = (
        content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    )
    for step, part in parts:
        yield from _no_numbers(part, (*route, step if isinstance(step, int) else str(step)))


@dataclass(frozen=True)
class _Checker:
    """The checks of one definition, each a generator of problems."""

    file: YamlFile
    definition: Definition

    def problem(self, what: str, *route: Key, **fields: str | int) -> Problem:
        place = ".".join(str(step) for step in route)
        return Problem(what, self.file.name, self.file.line(*route), place, fields)

    def faults(self, id: str) -> Iterator[Problem]:
        if self.definition.id != id:
            yield self.problem("definition_id", "id", name=f"{id}.yaml")
        if not _VERSION.fullmatch(self.definition.version):
            yield self.problem("definition_version", "version")
        for what, route, fields in (*name_faults(self.definition), *answer_faults(self.definition)):
            yield self.problem(what, *route, **fields)
        yield from self._items()
        yield from self._scales()
        if not self.definition.not_scorable:
            yield from self._ranges()
            yield from self._formulas()
            yield from self._bands()
        yield from self._criticals()
        yield from self._examples()

    def _items(self) -> Iterator[Problem]:
        definition = self.definition
        for place in _repeated([item.number for item in definition.items]):
            yield self.problem("doubled_item", "items", place, number=definition.items[place].number)
        used = {number for scale in definition.scales for number in scale.items}
        for place, item in enumerate(definition.items):
            if item.response_set not in definition.response_sets | definition.number_sets:
                yield self.problem("unknown_set", "items", place, "response_set", name=item.response_set)
            for word in item.not_applicable:
                if word not in definition.not_applicable:
                    yield self.problem("unknown_set", "items", place, "not_applicable", name=word)
            if item.number not in used:
                yield self.problem("item_in_no_scale", "items", place, number=item.number)
            if definition.licence.wording_in_file and not (item.en or item.zh) and not definition.not_scorable:
                yield self.problem("item_without_words", "items", place, number=item.number)

    def _scales(self) -> Iterator[Problem]:
        definition = self.definition
        known = {item.number for item in definition.items}
        ids = [scale.id for scale in definition.scales]
        for place in _repeated(ids):
            yield self.problem("doubled_name", "scales", place, "id", name=ids[place])
        if not definition.scales and not definition.not_scorable:
            yield self.problem("no_scale", "scales")
        for place, scale in enumerate(definition.scales):
            for number in scale.items:
                if number not in known and not definition.not_scorable:
                    yield self.problem("scale_unknown_item", "scales", place, "items", number=number)
            for again in _repeated(scale.items):
                yield self.problem("doubled_item", "scales", place, "items", number=scale.items[again])
            if not 0 < scale.min_answered <= max(len(scale.items), 1):
                yield self.problem("bad_min_answered", "scales", place, "min_answered", most=len(scale.items))
            if scale.prorate and scale.method != "sum":
                yield self.problem("prorate_needs_sum", "scales", place, "prorate")
            if (scale.method == "formula") != (scale.formula is not None):
                yield self.problem("formula_and_method", "scales", place)
            if (scale.method == "count") != (scale.count_at_least is not None):
                yield self.problem("count_and_method", "scales", place)

    def _codes(self, number: int) -> tuple[int, ...]:
        for item in self.definition.items:
            if item.number == number:
                if item.response_set in self.definition.number_sets:
                    numbers = self.definition.number_sets[item.response_set]
                    return (numbers.min, numbers.max)
                return tuple(a.code for a in self.definition.response_sets.get(item.response_set, ()))
        return ()

    def _ranges(self) -> Iterator[Problem]:
        """A stated range must be the one that the codes give, or a definition's numbers have drifted apart."""
        for place, scale in enumerate(self.definition.scales):
            codes = [self._codes(number) for number in scale.items]
            if scale.range[0] >= scale.range[1]:
                yield self.problem("bad_range", "scales", place, "range")
            elif scale.method != "formula" and codes and all(codes):
                ends = [_end(scale, [min(c) for c in codes]), _end(scale, [max(c) for c in codes])]
                if scale.method == "count":
                    ends = [0.0, float(len(codes))]
                if tuple(ends) != tuple(scale.range):
                    fields = {"low": f"{ends[0]:g}", "high": f"{ends[1]:g}"}
                    yield self.problem("range_differs", "scales", place, "range", **fields)

    def _formulas(self) -> Iterator[Problem]:
        """Formulas use only what is defined above them, and a scale lists every item that its formula stands on."""
        known: dict[str, set[int]] = {f"i{item.number}": {item.number} for item in self.definition.items}
        for place, variable in enumerate(self.definition.variables):
            known[variable.name] = set()
            yield from self._formula(variable.formula, known, variable.name, "variables", place, "formula")
        for place, scale in enumerate(self.definition.scales):
            known[scale.id] = set(scale.items) if scale.formula is None else set()
            for field, formula in (("formula", scale.formula), ("valid", scale.valid)):
                if formula is not None:
                    yield from self._formula(formula, known, scale.id, "scales", place, field)
            for number in sorted(known[scale.id] - set(scale.items)):
                yield self.problem("formula_item", "scales", place, "items", number=number)

    def _formula(
        self, formula: str, known: dict[str, set[int]], name: str, section: str, place: int, field: str
    ) -> Iterator[Problem]:
        from wellbeing.formulas import FormulaError, names

        try:
            used = names(formula)
        except FormulaError as error:
            yield self.problem("bad_formula", section, place, field, part=str(error))
            return
        for word in sorted(used):
            if word not in known or word == name:
                yield self.problem("formula_name", section, place, field, name=word)
            else:
                known[name] |= known[word]

    def _bands(self) -> Iterator[Problem]:
        scales = {scale.id: scale for scale in self.definition.scales}
        for place, entry in enumerate(self.definition.bands):
            for name in entry.on:
                if name not in scales:
                    yield self.problem("band_unknown_scale", "bands", place, name=name)
                elif entry.levels:
                    yield from self._levels(place, entry, scales[name])
            if not entry.on:
                yield self.problem("band_unknown_scale", "bands", place, name="")
        for field in ("attention", "severe"):
            for scale, named in getattr(self.definition, field).items():
                if scale not in scales:
                    yield self.problem("band_unknown_scale", field, scale, name=scale)
                    continue
                entries = [e for e in self.definition.bands if scale in e.on and e.default and e.level == "person"]
                there = {level.id for level in entries[0].levels} if entries else set()
                for name in sorted(set(named) - there):
                    yield self.problem("unknown_band", field, scale, name=name)

    def _levels(self, place: int, entry: BandSetEntry, scale: ScaleEntry) -> Iterator[Problem]:
        for again in _repeated([level.id for level in entry.levels]):
            yield self.problem("doubled_name", "bands", place, "levels", again, name=entry.levels[again].id)
        stretches = []
        low, high = scale.range
        for number, level in enumerate(entry.levels):
            bottom = (level.min, False) if level.min is not None else (level.above, True)
            top = (level.max, False) if level.max is not None else (level.below, True)
            start = (low, False) if bottom[0] is None else (bottom[0], bottom[1])
            end = (high, False) if top[0] is None else (top[0], top[1])
            both = (level.min is not None and level.above is not None) or (
                level.max is not None and level.below is not None
            )
            if both or start[0] > end[0] or (start[0] == end[0] and (start[1] or end[1])):
                yield self.problem("bad_band", "bands", place, "levels", number, name=level.id)
                return
            stretches.append((start, end, number))
        stretches.sort(key=lambda stretch: (stretch[0][0], stretch[0][1]))
        step = _step(scale)
        if stretches[0][0] != (low, False) or stretches[-1][1] != (high, False):
            yield self.problem("bands_miss_range", "bands", place, low=f"{low:g}", high=f"{high:g}")
        for (_, end, number), (start, _, following) in pairwise(stretches):
            fields = {"name": entry.levels[number].id, "following": entry.levels[following].id}
            if start[0] < end[0] or (start[0] == end[0] and not start[1] and not end[1]):
                yield self.problem("bands_overlap", "bands", place, "levels", following, **fields)
            elif not _touch(end, start, step):
                yield self.problem("bands_gap", "bands", place, "levels", following, **fields)

    def _criticals(self) -> Iterator[Problem]:
        known = {item.number for item in self.definition.items}
        for field in ("critical_items", "watch_items"):
            entries = getattr(self.definition, field)
            for again in _repeated([entry.item for entry in entries]):
                # The second would take the first one's column, and might be the laxer.
                yield self.problem("doubled_item", field, again, "item", number=entries[again].item)
            for place, critical in enumerate(entries):
                if critical.item not in known:
                    yield self.problem("scale_unknown_item", field, place, "item", number=critical.item)
                    continue
                codes = self._codes(critical.item)
                if codes and not min(codes) < critical.at_least <= max(codes):
                    yield self.problem("critical_code", field, place, "at_least", number=critical.item)

    def _examples(self) -> Iterator[Problem]:
        known = {str(item.number) for item in self.definition.items}
        for place, example in enumerate(self.definition.examples):
            if isinstance(example.answers, dict):
                if set(example.answers) - known - {"others"}:
                    yield self.problem("example_items", "examples", place)
            elif len(example.answers) != len(self.definition.items):
                yield self.problem("example_items", "examples", place)


def _end(scale: ScaleEntry, codes: list[int]) -> float:
    total = sum(codes) / len(codes) if scale.method == "mean" else float(sum(codes))
    return total * scale.multiply


def _step(scale: ScaleEntry) -> int | None:
    """Give the step between possible scores where they are whole numbers, else None."""
    whole = scale.rounding is not None or (
        scale.method in {"sum", "count"} and not scale.prorate and float(scale.multiply).is_integer()
    )
    return 1 if whole else None


def _touch(end: tuple[float, bool], start: tuple[float, bool], step: int | None) -> bool:
    """Say whether no possible score lies between the end of one band and the start of the next."""
    if end[0] == start[0]:
        return end[1] != start[1]
    if step is None:
        return False
    first = end[0] if end[1] else end[0] + step
    last = start[0] if start[1] else start[0] - step
    return first > last
