"""The ledger of an opinion wave in words: each row's state, the record, the answers, and whether they agree.

Everything comes from the release and the files that go with it. The survey's own questions were never validated, and
every heading above their answers says so.
"""

from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from wellbeing.disclosure.release import WITHHELD, Release
from wellbeing.errors import InputError, Problem
from wellbeing.figures.released import Opened, open_release, per_cent, share_range, told
from wellbeing.ledger import FILE, SHOWN, ledger_of, rows_of, state_name
from wellbeing.ledger.questions import FILE as QUESTIONS_FILE
from wellbeing.ledger.questions import questions_of
from wellbeing.texts import say

if TYPE_CHECKING:
    import pandas as pd

#: The probability of a contradiction from which it is called one: what ``surveys/measures.yaml`` comes with.
SURE = 0.8
#: Probabilities are told to so many points, and never as certain.
_STEP = 5
#: What stands beside the answers; in the order of the measure, so that the kit's own minutes come first.
_OF_RECORDS = ("record", "release", "derived")
#: Of a question with several answers, the ones named most that are told in a row's line.
_NAMED = 2


@dataclass(frozen=True)
class Line:
    """One row of one unit, in words; ``contradicts`` where word and deed surely do."""

    row: str
    name: str
    state: str
    state_words: str
    record: str
    survey: str
    against: str
    contradicts: bool


class Rows:
    """The ledger of a release, looked up by unit and row; read once for every release."""

    def __init__(self, release: Release) -> None:
        ledger, names, questions = ledger_of(release), rows_of(release), questions_of(release)
        if ledger is None or names is None:
            raise InputError([Problem("release_file_missing", file=FILE)])
        if questions is None:
            raise InputError([Problem("release_file_missing", file=QUESTIONS_FILE)])
        self.lines: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for line in _records(ledger.lines):
            self.lines.setdefault((line["unit"], line["row"]), []).append(line)
        self.names: dict[tuple[str, str], dict[str, Any]] = {(n["row"], n["item"]): n for n in _records(names)}
        self.order = tuple(row for row, item in self.names if not item)
        self.questions: dict[str, list[dict[str, Any]]] = {}
        for line in _records(questions):
            self.questions.setdefault(line["unit"], []).append(line)

    def name(self, row: str, lang: str, item: str = "") -> str:
        """Name a row, or one thing that its state is told from."""
        return str(self.names[row, item][f"name_{lang}"])

    def state(self, unit: str, row: str) -> str:
        """Give the state of a row of a unit."""
        return str(self.lines[unit, row][0]["state"])

    def head(self, unit: str, row: str) -> dict[str, Any]:
        """Give the line of a row itself."""
        return self.lines[unit, row][0]

    @cached_property
    def items(self) -> dict[tuple[str, str], list[str]]:
        """Which questions stand behind each evidence."""
        found: dict[tuple[str, str], list[str]] = {}
        for line in self.questions.get("county", []):
            found.setdefault((line["row"], line["item"]), []).append(line["measure"])
        return found


_READ: "WeakKeyDictionary[Release, Rows]" = WeakKeyDictionary()


def rows_in(opened: Opened) -> Rows:
    """Give the ledger of a release that was opened.

    Raises
    ------
    InputError
        If none goes with it.
    """
    found = _READ.get(opened.release)
    if found is None:
        found = _READ[opened.release] = Rows(opened.release)
    return found


def has_ledger(release: Release | Opened) -> bool:
    """Say whether a release is an opinion survey's, with a ledger of the measures.

    Raises
    ------
    TypeError
        If it is no release.
    """
    return FILE in open_release(release).release.more


def row_lines(opened: Opened, unit: str, lang: str) -> list[Line]:
    """Say every row of a unit, in the notice's order."""
    rows = rows_in(opened)
    return [_line(opened, rows, unit, row, lang) for row in rows.order]


def _line(opened: Opened, rows: Rows, unit: str, row: str, lang: str) -> Line:
    head, *evidence = rows.lines[unit, row]
    about = _about(opened, unit)
    record = [_evidence(rows, each, about, lang) for each in evidence if each["source"] in _OF_RECORDS]
    said = [each for each in evidence if each["source"] == "survey"]
    several = _named_items(said)
    survey = [_evidence(rows, each, about, lang) for each in said if _plain(each, several)]
    survey += [_named(opened, rows, unit, row, item, lang) for item in several]
    contradiction = head["contradiction"]
    return Line(
        row,
        rows.name(row, lang),
        str(head["state"]),
        state_name(str(head["state"]), lang),
        _joined(record, lang),
        _joined(survey, lang),
        chance_words(contradiction, lang),
        bool(told(contradiction) and contradiction >= SURE),
    )


def _joined(parts: list[str], lang: str) -> str:
    return say("report.semicolon", lang).join(part for part in parts if part) or WITHHELD


def _plain(line: dict[str, Any], several: list[str]) -> bool:
    """Whether a line of the survey has one share to tell: it decides, or is all that its evidence shows."""
    item, _, question = line["item"].partition(":")
    return item not in several if question else line["state"] != SHOWN


def _named_items(said: list[dict[str, Any]]) -> list[str]:
    """Name the evidence that lists several answers."""
    items = [item for each in said for item, _, question in [each["item"].partition(":")] if question]
    return [item for item in dict.fromkeys(items) if items.count(item) > 1]


def _evidence(rows: Rows, line: dict[str, Any], about: int, lang: str) -> str:
    """Write one evidence: its name, and what is known of it."""
    item, _, kind = line["item"].partition(":")
    name = rows.name(line["row"], lang, item)
    if kind == "forecast":
        name = say("opinion_report.forecast", lang, name=name)
    return say("opinion_report.evidence", lang, name=name, words=_words(line, about, lang))


def _words(line: dict[str, Any], about: int, lang: str) -> str:
    low, high, value = line["low"], line["high"], str(line["value"])
    if line["item"] == "gap":
        return say(f"opinion_report.gap_{line['state']}", lang)
    if line["item"] == "better":
        return value or say("opinion_report.none", lang)
    if line["source"] == "release" and told(low):
        return say("opinion_report.held_share", lang, day=value, share=_range(low, high, about))
    if line["source"] == "derived" and told(low):
        return f"{low:g}"
    if line["state"] == SHOWN and value[:1].isdigit():
        return value
    if line["state"] == SHOWN and not told(low):
        return say("opinion_report.not_known", lang)
    if told(low):
        # A share; only what is measured against a reference goes beyond the whole.
        return _range(low, high, about) if high <= 1 else f"{100 * low:.0f}–{100 * high:.0f}%"
    if value and value[:1].isdigit():
        return value
    return state_name(str(line["state"]), lang)


def _range(low: float, high: float, about: int) -> str:
    shares = share_range((low, high), about)
    return f"{shares[0]}%" if shares[0] == shares[1] else per_cent(shares)


def _about(opened: Opened, unit: str) -> int:
    about = opened.figures(unit).unit["respondents"]
    return int(about) if told(about) else 0


def _named(opened: Opened, rows: Rows, unit: str, row: str, item: str, lang: str) -> str:
    """Write the answers that were named most."""
    found = named_most(opened, unit, item_of=(row, item), lang=lang)[:_NAMED]
    if not found:
        return ""
    words = say("report.list", lang).join(f"{label} {share}" for label, share in found)
    return say("opinion_report.evidence", lang, name=rows.name(row, lang, item), words=words)


def named_most(opened: Opened, unit: str, item_of: tuple[str, str], lang: str) -> list[tuple[str, str]]:
    """Give the answers of a question with several that staff named, with their ranges, those named most first.

    "None of these" is no matter, and is left out.
    """
    rows, about = rows_in(opened), _about(opened, unit)
    measures = opened.measures("named", lang)
    found = [
        line
        for line in rows.questions.get(unit, [])
        if (line["row"], line["item"]) == item_of and told(line["low"]) and not line["measure"].endswith("=none")
    ]
    # Where two ranges lie alike, the order is the form's and says nothing.
    found.sort(key=lambda line: -(line["low"] + line["high"]))
    return [
        (str(measures[line["measure"]][f"bands_{lang}"]), _range(line["low"], line["high"], about)) for line in found
    ]


def question_label(opened: Opened, rows: Rows, line: dict[str, Any], lang: str) -> str:
    """Name a question shortly: its evidence, with the answer where that has several questions behind it."""
    name = rows.name(line["row"], lang, line["item"])
    if len(rows.items.get((line["row"], line["item"]), [])) < 2:
        return name
    facts = opened.measures("named", lang).get(line["measure"])
    if facts is None:
        return str(opened.measures("favourable", lang)[line["measure"]][f"name_{lang}"]).rstrip("。.？?")
    return say("opinion_report.of_several", lang, name=name, answer=str(facts[f"bands_{lang}"]))


def question_range(opened: Opened, line: dict[str, Any]) -> str:
    """Write a question's range of shares, or the mark for withheld."""
    return _range(line["low"], line["high"], _about(opened, line["unit"])) if told(line["low"]) else WITHHELD


def chance_words(chance: float, lang: str) -> str:
    """Write a probability to five points; from 95 up and from 5 down it is not told nearer."""
    if not told(chance):
        return WITHHELD
    if chance >= 1 - _STEP / 100:
        return say("opinion_report.chance_top", lang, points=100 - _STEP)
    if chance <= _STEP / 100:
        return say("opinion_report.chance_low", lang, points=_STEP)
    points = floor(100 * chance / _STEP + 0.5) * _STEP
    return say("opinion_report.chance", lang, points=min(max(points, _STEP), 100 - _STEP))


def whole_points(share: float) -> int:
    """Write a share in whole per cent."""
    return ceil(100 * share - 0.5)


def _records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
