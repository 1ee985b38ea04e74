"""Hold every number in finished reports and notebooks against the release: what no released figure explains is a leak.

A report may print what is released, shares worked out from a class and the rounded number of respondents, and the
numbers of its own template: those that stand in the sentences it is made of, in the release's names, in its policy.
Anything else is a figure that was never cleared.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from importlib.resources import files
from math import ceil, floor
from pathlib import Path
from typing import Any

from wellbeing.attack.findings import Leak
from wellbeing.attack.ledgers import BESIDE, THEMES, lines_of
from wellbeing.attack.told import Cell, Told, Unit
from wellbeing.scan import Pages
from wellbeing.scan.pdf import page_texts
from wellbeing.texts import LANGUAGES, area

#: A number that is no part of a word, of a digest or of a date's code.
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.#/])(\d+(?:\.\d+)?)(\s*%)?(?![A-Za-z0-9_])")
_TAG = re.compile(r"<(style|script)\b.*?</\1>|<!--.*?-->|<[^<>]*>", re.S)
#: Text drawn in a picture, and its title and description.
_DRAWN = re.compile(r"<(?:text|title|desc|tspan)\b[^>]*>(.*?)</|<!--(.*?)-->", re.S)
#: The number in front of an entry of a list.
_ENTRY = re.compile(r"^\s*(\d{1,2})[.、)]\s", re.M)


#: The foot of a page.
_FOOT = re.compile(r"第 *\d+ *页,? *共 *\d+ *页|Page +\d+ +of +\d+")


@dataclass(frozen=True)
class Printed:
    """Artefacts read, numbers looked at, and those that nothing explains."""

    artefacts: int
    numbers: int
    leaks: tuple[Leak, ...]


def printed_leaks(told: Told, pages: Mapping[Path, Pages] | None = None) -> Printed:
    """Read a release's finished artefacts: those beside its tables, and those of its workspace.

    Parameters
    ----------
    told : Told
    pages : mapping of Path to Pages, optional
        The texts of PDFs that were read just now, for a search of the same files.
    """
    known = {path.resolve(): texts for path, texts in (pages or {}).items()}
    looked = numbers = 0
    leaks: dict[Leak, None] = {}
    template = _template_numbers(told)
    book = _Book(told)
    for path in _artefacts(told):
        looked += 1
        unit = _unit_of(told, path)
        explained = template | book.explained(unit)
        for page, text in known.get(path.resolve()) or _texts(path):
            if text is None:
                leaks[Leak(told.name, path.name, str(page), "", "unread", 0)] = None
                continue
            text = _FOOT.sub(" ", _ENTRY.sub(" ", unicodedata.normalize("NFKC", text)))
            for sentence in _tipping_sentences():
                text = sentence.sub(" ", text)
            found = Counter((match[1], match[2] is not None) for match in _NUMBER.finditer(text))
            numbers += found.total()
            for (written, share), _ in found.items():
                value = _exact(written)
                if (value, share) not in explained and (share or (value, True) not in explained):
                    left = _counts(told, unit, written) if share else 1
                    leaks[Leak(told.name, path.name, str(page), "", "printed", left)] = None
    return Printed(looked, numbers, tuple(leaks))


@cache
def _exact(written: str) -> Fraction:
    return Fraction(written)


@cache
def _tipping_sentences() -> tuple[re.Pattern[str], ...]:
    """Find the sentence that says how the silent would have to be for a flag to go away.

    Its levels are worked out from released classes and intervals alone, by a search over a posterior that this package
    does not do again; so they tell nothing that those do not. They stand in this sentence and nowhere else.
    """
    found = []
    for text in area("flags")["tipping"].values():
        before, _, after = unicodedata.normalize("NFKC", text).partition("{words}")
        # Readers of PDF put blanks and line ends anywhere; the sentence's own end is what follows its words.
        start = r"\s*".join(map(re.escape, "".join(before.split())))
        # A full stop in a number ends nothing.
        found.append(re.compile(f"{start}.*?{re.escape(after.strip())}(?!\\d)", re.S))
    return tuple(found)


def _artefacts(told: Told) -> Iterator[Path]:
    folders = [told.folder]
    if told.surveys is not None:
        folders.append(told.surveys.parent / "reports" / "output" / told.survey / told.wave)
    for folder in folders:
        if folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".pdf", ".ipynb"})


def _unit_of(told: Told, path: Path) -> Unit | None:
    """Give the unit whose artefact this is, by the name that artefacts have: ``S001_2026-autumn.pdf``."""
    return told.unit(path.stem.removesuffix(f"_{told.wave}"))


def _texts(path: Path) -> Iterator[tuple[int, str | None]]:
    """Give an artefact's text, page by page or cell by cell; None where it cannot be read."""
    if path.suffix.lower() == ".pdf":
        try:
            yield from page_texts(path.read_bytes())
        except ValueError:
            yield 0, None
        return
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for number, cell in enumerate(cells, start=1):
            for output in cell.get("outputs", []):
                yield number, "\n".join(_shown(output))
    except (ValueError, KeyError, TypeError, AttributeError):
        yield 0, None


def _shown(output: Mapping[str, Any]) -> Iterator[str]:
    """Give the text that one output of a notebook's cell shows."""
    yield _joined(output.get("text", ""))
    for kind, data in output.get("data", {}).items():
        text = _joined(data)
        if kind == "image/svg+xml":
            yield from ("\n".join(part) for part in _DRAWN.findall(text))
        elif kind in {"text/html", "text/markdown"}:
            yield _TAG.sub(" ", text)
        elif kind.startswith("text/"):
            yield text


def _joined(data: Any) -> str:
    return "".join(data) if isinstance(data, list) else data if isinstance(data, str) else json.dumps(data)


def _template_numbers(told: Told) -> set[tuple[Fraction, bool]]:
    """Give the numbers that stand in the words themselves: the template's, the names', the policy's."""
    words = [_sentences()]
    words += [json.dumps(dict(told.head), ensure_ascii=False)]
    words += [value for row in told.measures for value in row.values()]
    # What the ledger's rows are called, and what the kit itself asked, is nobody's figure.
    beside = ("rows.csv", "burden.csv", "twice.csv")
    words += [text for name in beside for line in lines_of(told, name) for text in line.values()]
    # Nor is which list of words the open answers were counted by, and when it was read.
    words += [line.get(name, "") for line in lines_of(told, THEMES) for name in ("list", "reviewed")]
    found = {(Fraction(value), share) for text in words for value, share in numbers_in(text)}
    for value in told.policy.values():
        number = Fraction(str(value))
        # The least response is printed as per cent.
        found |= {(number, False), (100 * number, True)} if number <= 1 else {(number, False)}
    return found


@cache
def _sentences() -> str:
    """Put together every sentence that a report may print."""
    names = [
        entry.name.removesuffix(".yaml") for entry in files("wellbeing.texts").iterdir() if entry.name.endswith(".yaml")
    ]
    reports = {"report", "units", "ledger", "opinion_report"}
    wanted = [name for name in names if name in reports or name.startswith(("flag", "figure"))]
    return "\n".join(text[lang] for name in wanted for text in area(name).values() for lang in LANGUAGES)


@cache
def _measured() -> frozenset[tuple[Fraction, bool]]:
    """Give what was measured by simulation and comes with the kit: the county's report quotes it, the same for all.

    Whole numbers as they are, others to one or two places, and shares as per cent.
    """
    folder = files("wellbeing") / "flags"
    texts = [entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".json")]
    exact = {Fraction(value) for text in texts for value, _ in numbers_in(text)}
    rounded = {Fraction(str(round(float(value), places))) for value in exact for places in (1, 2)}
    plain = {value for value in exact if value.denominator == 1} | {v for v in rounded if v.denominator != 1}
    shares = {Fraction(round(100 * value)) for value in exact if value <= 1}
    return frozenset({(value, False) for value in plain} | {(value, True) for value in shares})


def numbers_in(text: str) -> Iterator[tuple[str, bool]]:
    """Give the numbers in a text, and whether each is a per cent."""
    for match in _NUMBER.finditer(unicodedata.normalize("NFKC", text)):
        yield match[1], match[2] is not None


class _Book:
    """The numbers that a release explains; those of a unit are gathered once, for they stand in many artefacts."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._above = [unit for unit in told.units if unit.level not in {"school", "group"}]
        self._schools = len({school for unit in told.units for school in unit.schools})
        self._cells_of: dict[str, list[Cell]] = {}
        for cell in told.cells:
            self._cells_of.setdefault(cell.unit, []).append(cell)
        self._lines: dict[str, list[dict[str, str]]] = {}
        for name in BESIDE:
            for line in lines_of(told, name):
                self._lines.setdefault(line.get("unit") or "", []).append(line)
        self._of_unit: dict[str, set[tuple[Fraction, bool]]] = {}
        self._of_lines: dict[str, set[tuple[Fraction, bool]]] = {}

    def explained(self, unit: Unit | None) -> set[tuple[Fraction, bool]]:
        """Give the numbers that a unit's artefact may print: its own, its comparison's and the county's figures.

        An artefact of the county, or of no unit, may print everything about parts of the county, and of units what
        R10 lets everybody know: the response.
        """
        own = {unit.id, unit.compare} if unit is not None else set()
        county = unit is None or unit.level not in {"school", "group"}
        found = set(self._county if county else self._everywhere)
        for other in self._told.units:
            if other.id in own:
                found |= _of_respondents(other) | _of_response(other)
        for name in own:
            found |= self._cells(name) | self._beside(name)
        # How many of the rows are in which state.
        lines = [line for name in {*own, "county"} for line in self._lines.get(name, [])]
        rows = len({line["row"] for line in lines if "row" in line})
        found |= {(Fraction(count), False) for count in range(rows + 1 if lines else 0)}
        # How many schools a group has.
        found.add((Fraction(len(unit.schools) if unit else 0), False))
        return found

    @cached_property
    def _everywhere(self) -> set[tuple[Fraction, bool]]:
        """What every artefact may print: of the county and its parts, and how units are called."""
        found = _bounds_of_shares() | self._beside("county")
        for unit in self._told.units:
            found |= _names_numbers(unit.id)
            if unit.level == "county":
                found |= _of_response(unit)
        for above in self._above:
            found |= _of_respondents(above) | self._cells(above.id)
        return found

    @cached_property
    def _county(self) -> set[tuple[Fraction, bool]]:
        """What an artefact of the county may print beside its own: every unit's response, and what was measured."""
        found = self._everywhere.union(*map(_of_response, self._told.units)) | _measured()
        # How many schools came to which end: at most all of them.
        return found | {(Fraction(count), False) for count in range(self._schools + 1)}

    def _cells(self, name: str) -> set[tuple[Fraction, bool]]:
        unit = self._told.unit(name)
        if unit is None:
            return set()
        if name not in self._of_unit:
            self._of_unit[name] = _of_cells(self._cells_of.get(name, []), unit)
        return self._of_unit[name]

    def _beside(self, name: str) -> set[tuple[Fraction, bool]]:
        if name not in self._of_lines:
            self._of_lines[name] = _of_lines(self._lines.get(name, []))
        return self._of_lines[name]


def _of_respondents(unit: Unit) -> set[tuple[Fraction, bool]]:
    if unit.respondents is None:
        return set()
    return {(Fraction(unit.respondents), False), *_ends_of_numbers(int(unit.respondents))}


def _of_response(unit: Unit) -> set[tuple[Fraction, bool]]:
    return set() if unit.response is None else {(Fraction(unit.response), True)}


def _of_lines(lines: Iterable[Mapping[str, str]]) -> set[tuple[Fraction, bool]]:
    """Give the numbers that lines of the files beside a release hold, as a report may print them.

    `wellbeing.attack.ledgers` looks at what these files tell; here they are part of what was released. Most lines say
    the same as others, so each thing that is said is looked at once.
    """
    lines = list(lines)
    found: set[tuple[Fraction, bool]] = set()
    for words in {line.get("value") or "" for line in lines}:
        found.update((_exact(value), False) for value, _ in numbers_in(words.replace("-", " ")))
    for end in {line.get(name, "-") for line in lines for name in ("low", "high")} - {"", "-"}:
        found |= _of_end(end)
    # Whole shares: of the writers, and how well themes are counted in the sample.
    wholes = {line.get(name, "-") for line in lines for name in ("precision", "recall", "wrote")} - {"-"}
    found.update((100 * _exact(whole), True) for whole in wholes)
    # How the weights are spread says nothing of what anybody answered.
    spread = {line.get(name) or "" for line in lines for name in ("design_effect", "effective")} - {""}
    found.update((_exact(number), False) for number in spread)
    for name, step in (("contradiction", 5), ("typical", 1)):
        for share in {line.get(name) or "" for line in lines} - {""}:
            found.update((Fraction(end * step), True) for end in _around(100 * _exact(share) / step))
    return found


@cache
def _of_end(written: str) -> frozenset[tuple[Fraction, bool]]:
    """Give the numbers that an end of a range tells. Ranges are rounded outwards, to 5 points or to 1."""
    number = Fraction(written)
    ends = ((Fraction(end * step), True) for step in (1, 5) for end in _around(100 * number / step))
    return frozenset({(number, False), *ends})


@cache
def _names_numbers(id: str) -> set[tuple[Fraction, bool]]:
    return {(Fraction(value), share) for value, share in numbers_in(id.replace("-", " "))}


@cache
def _bounds_of_shares() -> set[tuple[Fraction, bool]]:
    """The ends of an axis of shares."""
    return {(Fraction(tick), True) for tick in (0, 20, 40, 60, 80, 100)}


def _ends_of_numbers(about: int) -> set[tuple[Fraction, bool]]:
    """The end and the middle of an axis of numbers of people: 100, or a quarter more than about, to the next 20."""
    end = max(100, ceil(Fraction(about * 5, 4 * 20)) * 20)
    return {(Fraction(end), False), (Fraction(end // 20 * 10), False)}


def _of_cells(cells: Iterable[Cell], unit: Unit) -> set[tuple[Fraction, bool]]:
    found: set[tuple[Fraction, bool]] = set()
    classes = set()
    for cell in cells:
        names = ("low", "mean_low", "mean_high", "sd")
        found.update((cell.numbers[name].value, False) for name in names if name in cell.numbers)
        low, high = cell.whole("low"), cell.whole("high")
        if low is not None and high is not None:
            classes.add((low, high, cell.side == "untold"))
    return found.union(*(_of_class(*numbers, unit.respondents) for numbers in classes))


@cache
def _of_class(low: int, high: int, untold: bool, about: int | None) -> frozenset[tuple[Fraction, bool]]:
    """Give the numbers that a class tells: many cells have the same one."""
    # The upper end of the untold class is half the number of people, which nobody is told.
    told = [] if untold else [(Fraction(high), False)]
    if about is None or about <= 2:
        return frozenset(told)
    least = Fraction(low, about + 2)
    most = 1 - least if untold else min(Fraction(1), Fraction(high, about - 2))
    shares = (least, most, 1 - least, 1 - most)
    told += [(Fraction(end * step), True) for share in shares for step in (1, 5) for end in _around(100 * share / step)]
    return frozenset(told)


def _around(value: Fraction) -> Iterable[int]:
    return {floor(value), ceil(value)}


def _counts(told: Told, unit: Unit | None, printed: str) -> int:
    """Say how many counts a printed per cent leaves, of the fewest people that the unit can have."""
    if unit is None or unit.respondents is None:
        return 1
    half = Fraction(1, 2 * 10 ** len(printed.partition(".")[2]))
    n = max(unit.respondents - 2, 1)
    low, high = (ceil((Fraction(printed) - half) * n / 100), floor((Fraction(printed) + half) * n / 100))
    return max(high - low + 1, 1)
