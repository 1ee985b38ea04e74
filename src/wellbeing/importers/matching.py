"""Match an export's columns with a survey's questions: on exact known texts, never on position, never roughly."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wellbeing.errors import Problem
from wellbeing.importers.exports import END, LANGUAGE, PERSONAL, PLATFORM, SECONDS, START, Export, ExportColumn
from wellbeing.importers.names import header_name, readings, shown
from wellbeing.importers.workbooks import column_letters
from wellbeing.personal import column_kind, mask
from wellbeing.surveys import Survey
from wellbeing.surveys.mappings import IGNORE, Proposal
from wellbeing.texts import current_language, say

#: What a platform tells about the filling, and our column for it.
_OWN = {END: "submitted", SECONDS: "seconds", LANGUAGE: "lang"}

#: Two texts are shown to a person as alike from here on (difflib's share of common characters).
_ALIKE = 0.5
#: What is left of a question, or of a matrix question's row, in a header that was cut short.
_CUT = re.compile(r"(?P<begun>[^\[\]]{3,}?)(?:\.{2,}|\u2026)\]?$")
#: Of so many unknown columns it is told what they are like; more are another survey's.
_MOST_COMPARED = 50
#: Of the questions that are missing so many are named beside a column that is like none of them.
_MOST_NAMED = 3


@dataclass(frozen=True)
class Matched:
    """Which column of an export is which of ours, and what became of the others."""

    columns: dict[str, ExportColumn]
    ignored: tuple[str, ...]
    personal: tuple[ExportColumn, ...]
    problems: tuple[Problem, ...]
    #: When a filling began, where the export says so.
    start: ExportColumn | None = None
    unknown: tuple[ExportColumn, ...] = ()


def match_columns(export: Export, survey: Survey) -> Matched:
    """Say for each of an export's columns which of the survey's it is.

    A mapping that the survey's definition gives under ``headers`` goes before everything; then come the survey's
    own texts, then its ``ignore``, then the platform's and personal columns. Anything else is a problem.
    """
    known = _Names(survey)
    columns: dict[str, ExportColumn] = {}
    ignored: list[str] = []
    personal: list[ExportColumn] = []
    unknown: list[ExportColumn] = []
    starts: list[ExportColumn] = []
    problems: list[Problem] = []
    # Of two columns with the same answers the one that holds them whole is taken where it is one of ours.
    for column in sorted(export.columns, key=lambda column: column.also_in is not None):
        means = known.meaning(column)
        if len(means) > 1:
            fields: dict[str, str | int] = {"columns": ", ".join(sorted(means)), "survey": survey.id}
            problems.append(Problem("ambiguous_header", export.file, None, _shown(column), fields))
        elif means or column.use in _OWN:
            name = next(iter(means), "") or _OWN[column.use]
            if name not in columns:
                columns[name] = column
            elif column.also_in is None:
                fields = {"first": column_letters(columns[name].place), "second": column_letters(column.place)}
                problems.append(Problem("doubled_question", export.file, None, _shown(column), fields))
        elif column.use == START:
            starts.append(column)
        elif column.use == PLATFORM or known.ignores(column):
            ignored.append(column.names[0])
        elif column.use == PERSONAL or column_kind(known.whole(column), _said(column)):
            personal.append(column)
        elif column.names[0].strip() and not any(cell.strip() for cell in column.cells):
            # Nobody's answer is lost with it; exports of ODK have such a column for every note of the form.
            ignored.append(column.names[0])
        elif column.also_in is None:
            unknown.append(column)
    needed = {question.id: question.text for question in survey.questions}
    needed |= {item.column: item.text for item in survey.items}
    if needed and columns.keys().isdisjoint(needed):
        return Matched(columns, (), (), (Problem("wrong_survey", export.file, fields={"survey": survey.id}),))
    start = starts[0] if starts else None
    if start and "submitted" not in columns:
        columns["submitted"] = start
    absent = [name for name in needed if name not in columns]
    problems += [
        _unknown(export, column, survey, absent, place < _MOST_COMPARED)
        for place, column in enumerate(unknown)
        if column.names[0].strip()
    ]
    problems += [
        Problem("column_without_name", export.file, None, column_letters(column.place))
        for column in unknown
        if not column.names[0].strip() and any(cell.strip() for cell in column.cells)
    ]
    problems += [
        Problem("missing_question", export.file, None, name, {"question": needed[name].in_(current_language())})
        for name in absent
    ]
    return Matched(columns, tuple(ignored), tuple(personal), tuple(problems), start, tuple(unknown))


def nearest(column: ExportColumn, survey: Survey, absent: Sequence[str], most: int = 3) -> list[str]:
    """Name the survey's columns whose texts are most like an unknown column's names, best first.

    For a person to look at, never to be acted upon; those that are still missing go before the others.
    """
    texts: dict[str, str] = {}
    for question in survey.questions:
        for text in (question.id, question.text.zh, question.text.en, *question.also):
            texts.setdefault(header_name(text or "").casefold(), question.id)
    for item in survey.items:
        for text in (item.column, item.text.zh, item.text.en):
            texts.setdefault(header_name(text or "").casefold(), item.column)
    texts.pop("", None)
    scores: dict[str, float] = {}
    for name in column.names:
        # The longest header of a form has a page; two thousand of them are to be compared in a moment.
        given = header_name(name).casefold()[:200]
        for text in difflib.get_close_matches(given, texts, n=most, cutoff=_ALIKE):
            score = difflib.SequenceMatcher(None, given, text).ratio()
            scores[texts[text]] = max(score, scores.get(texts[text], 0))
        if (cut := _CUT.search(given)) and (begun := cut["begun"].strip()):
            # LimeSurvey's "abbreviated" headings end after some letters of the row.
            scores |= {texts[text]: 1.0 for text in texts if text.startswith(begun)}
    return sorted(scores, key=lambda name: (name not in absent, -scores[name]))[:most]


def proposals(matched: Matched, survey: Survey) -> tuple[list[Proposal], list[ExportColumn]]:
    """Propose a meaning for each unknown column: the likest of those that are missing, each once, or none of ours.

    Returns
    -------
    list of Proposal, list of ExportColumn
        The second are columns whose header looks as if it told something about a person; none is written down.
    """
    absent = [question.id for question in survey.questions] + [item.column for item in survey.items]
    absent = [name for name in absent if name not in matched.columns]
    found: list[Proposal] = []
    odd: list[ExportColumn] = []
    for column in matched.unknown:
        header = " ".join(column.names[0].split())
        if not header or mask(header)[1]:
            odd.append(column)
            continue
        means = next((name for name in nearest(column, survey, absent) if name in absent), IGNORE)
        if means != IGNORE:
            absent.remove(means)
        found.append(Proposal(header, means))
    return found, odd


class _Names:
    """Every text by which an export may call one of a survey's columns."""

    def __init__(self, survey: Survey) -> None:
        self.told = _index((text, column) for column, texts in survey.headers.items() for text in texts)
        asked = [(question.id, (question.text, question.also)) for question in survey.questions]
        asked += [(item.column, (item.text, ())) for item in survey.items]
        wordings = [(text, name) for name, (texts, _) in asked for text in (texts.zh, texts.en) if text]
        short = [(text, name) for name, (_, also) in asked for text in (name, *_bare(name), *also)]
        self.known = _index([(column, column) for column in survey.columns] + short + wordings)
        #: Those which may follow the stem of a matrix question in its header.
        self.wordings = _index(wordings)
        self.ignored = {header_name(header).casefold() for header in survey.ignore}

    def meaning(self, column: ExportColumn) -> frozenset[str]:
        every = [reading.casefold() for name in column.names for reading in readings(name)]
        # A short name counts only as the whole header: "Area-code" is no code, and "retest-phq9_1" not phq9_1.
        sources = ((self.told, every), (self.known, self.whole(column)), (self.wordings, every))
        hits = [texts[reading] for texts, given in sources for reading in given if reading in texts]
        # Where the surest name fits several, the others may tell which.
        found = hits[0] if hits else frozenset()
        for hit in hits[1:]:
            found = found & hit if len(found) > 1 and found & hit else found
        return found

    def ignores(self, column: ExportColumn) -> bool:
        return not self.ignored.isdisjoint(self.whole(column))

    @staticmethod
    def whole(column: ExportColumn) -> list[str]:
        """List the readings that take a name as a whole."""
        return [reading.casefold() for name in column.names for reading in readings(name)[:2]]


def _bare(name: str) -> tuple[str, ...]:
    """Give a column's name as LimeSurvey has it, whose codes hold letters and digits only: alone, and as a row."""
    stem, _, row = name.rpartition("_")
    return (name.replace("_", ""), f"{stem.replace('_', '')}_{row}") if stem else ()


def _shown(column: ExportColumn) -> str:
    return shown(column.names[0], column.place)


def _unknown(export: Export, column: ExportColumn, survey: Survey, absent: list[str], compared: bool) -> Problem:
    name = _shown(column)
    like = nearest(column, survey, absent) if compared else []
    # A question that was found already is not this one, however like it the words are.
    like = [each for each in like if each in absent] if absent else like
    hint = "nearest" if like else "still_missing"
    named = like or absent[:_MOST_NAMED]
    fields: dict[str, str | int] = {
        "survey": survey.id,
        "header": name.replace("\\", "").replace('"', "'"),
        "example": next(iter([*like, *absent, *(item.column for item in survey.items)])),
        "nearest": say(f"importing.{hint}", names=", ".join(_worded(each, survey) for each in named)) if named else "",
    }
    # Where every question is found and none is like it, it words none of them: mostly a question about the person.
    what = "unknown_header" if like or absent else "extra_header"
    return Problem(what, export.file, None, name, fields)


def _worded(name: str, survey: Survey) -> str:
    texts = {question.id: question.text for question in survey.questions}
    texts |= {item.column: item.text for item in survey.items}
    text = texts[name].in_(current_language())
    return f"{name} ({text if len(text) <= 24 else text[:23] + '…'})"


def _index(pairs: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for text, column in pairs:
        found.setdefault(header_name(text).casefold(), set()).add(column)
    return {text: frozenset(columns) for text, columns in found.items()}


def _said(column: ExportColumn) -> list[str]:
    """Give what people filled in: what a platform writes for "not asked" would hide that the rest are names."""
    return [cell for cell in column.cells if cell not in column.missing] if column.missing else column.cells
