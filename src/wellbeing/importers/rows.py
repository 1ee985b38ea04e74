"""Which records of an export count: accepted, set aside with the rule that says so, or the same filling once more.

A record is set aside, not thrown away: it stays in the quarantine file until somebody puts it right. Nobody who may be
in danger is lost by it: unfinished fillings of people who agreed are accepted, and of a code that comes twice nothing
is chosen by the kit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wellbeing.importers.cells import Read
from wellbeing.importers.exports import (
    MISSING_KINDS,
    NO_CONSENT,
    NOT_ANSWERED,
    PREVIEW,
    UNFINISHED,
    Export,
    ExportColumn,
)
from wellbeing.importers.findings import ASIDE, NOTICE, Finding, finding
from wellbeing.importers.matching import Matched
from wellbeing.importers.names import shown
from wellbeing.personal import ADDRESS, DEVICE, column_kind
from wellbeing.surveys import Survey

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Rules by which a record is set aside, each a problem's key; a record has the first that it breaks.
RULES = ("row_preview", "row_left_out", "row_no_consent", "unknown_school", "no_school", "bad_code", "required_blank")
_REASONS = {PREVIEW: "row_preview", NO_CONSENT: "row_no_consent"}
#: What tells about the filling and not about the person.
_FILLING = frozenset({"submitted", "seconds", "lang", "consent_version", "code"})
_NOT_ANSWERED = MISSING_KINDS.index(NOT_ANSWERED)
#: So many questions, all answered alike, are no coincidence between neighbours.
_ENOUGH_ALIKE = 10


@dataclass
class Sorted:
    """What became of each record: the rule that set it aside (by record), whose repetition it is, what to tell."""

    aside: dict[int, str] = field(default_factory=dict)
    duplicates: dict[int, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def accepted(self, count: int) -> list[int]:
        return [record for record in range(count) if record not in self.aside and record not in self.duplicates]


def sort_rows(export: Export, matched: Matched, read: Read, survey: Survey) -> Sorted:
    """Decide about every record, and say why.

    Returns
    -------
    Sorted
        Its findings are of `ASIDE` and `NOTICE` only; what stops an import is found in the cells.
    """
    found = Sorted()
    places: dict[str, dict[str, list[int]]] = {}
    for record, rule, column in _row_rules(export, matched, read, survey):
        if found.aside.setdefault(record, rule) == rule:
            places.setdefault(rule, {}).setdefault(column, []).append(record)
    found.findings += [
        finding(
            ASIDE, rule, export.file, [export.rows[record] for record in records], column or None, count=len(records)
        )
        for rule in RULES
        for column, records in places.get(rule, {}).items()
    ]
    _same_codes(found, export, matched, read, survey)
    _same_rows(found, export, read)
    _same_device(found, export, matched, read)
    _same_answers(found, export, read, survey)
    unfinished = [
        export.rows[record] for record in found.accepted(len(export.rows)) if export.left_out.get(record) == UNFINISHED
    ]
    if unfinished:
        found.findings.append(finding(NOTICE, "unfinished_kept", export.file, unfinished, count=len(unfinished)))
    return found


def _row_rules(export: Export, matched: Matched, read: Read, survey: Survey) -> Iterable[tuple[int, str, str]]:
    """Give record, rule and column of everything that sets a record aside on its own account, by `RULES`."""
    import numpy as np

    for record, reason in sorted(export.left_out.items()):
        if reason != UNFINISHED:
            yield record, _REASONS.get(reason, "row_left_out"), ""
    # Those that the platform left out are told already.
    for record in _where(read.unused):
        if export.left_out.get(record, UNFINISHED) == UNFINISHED:
            yield record, "row_no_consent", ""
    nobody = np.zeros(len(export.rows), dtype=bool)
    faulty = read.row_faults.get("unknown_school", nobody)
    for record in _where(faulty):
        yield record, "unknown_school", _shown(matched, "school_id")
    if "school_id" in read.columns:
        for record in _where(_blank(read.columns["school_id"]) & ~faulty & ~read.unused):
            yield record, "no_school", _shown(matched, "school_id")
    for record in _where(read.row_faults.get("bad_code", nobody)):
        yield record, "bad_code", _shown(matched, "code")
    for question in survey.questions:
        if question.required and question.id != "school_id" and question.id in read.columns:
            blank = _blank(read.columns[question.id])
            if question.id in read.kinds:
                # Who was not asked, or said that it does not concern them, left nothing out.
                blank = read.kinds[question.id] == _NOT_ANSWERED
            for record in _where(blank & ~read.unused):
                if record not in export.left_out:
                    yield record, "required_blank", _shown(matched, question.id)


def _same_codes(found: Sorted, export: Export, matched: Matched, read: Read, survey: Survey) -> None:
    """Of a code that stands twice keep one where the answers agree, else none: nobody can say which is the person."""
    if "code" not in read.columns:
        return
    by_code: dict[str, list[int]] = {}
    for record, code in enumerate(read.columns["code"]):
        if code is not None and record not in found.aside:
            by_code.setdefault(code, []).append(record)
    header = _shown(matched, "code")
    answers = [read.columns[name] for name in survey.columns if name in read.columns and name not in _FILLING]
    again: list[int] = []
    for records in by_code.values():
        if len(records) < 2:
            continue
        given = {record: [values[record] for values in answers] for record in records}
        fullest = max(records, key=lambda record: sum(value is not None for value in given[record]))
        rest = [record for record in records if record != fullest]
        if all(_agree(given[fullest], given[record], export.left_out.get(record) == UNFINISHED) for record in rest):
            found.duplicates |= dict.fromkeys(rest, fullest)
            again += rest
        else:
            found.aside |= dict.fromkeys(records, "code_twice")
            rows = [export.rows[record] for record in records]
            which = ", ".join(map(str, rows[:10]))
            found.findings.append(finding(ASIDE, "code_twice", export.file, rows, header, which=which, count=len(rows)))
    if again:
        rows = sorted(export.rows[record] for record in again)
        found.findings.append(finding(NOTICE, "same_code_again", export.file, rows, header, count=len(rows)))


def _agree(kept: list[Any], other: list[Any], unfinished: bool) -> bool:
    """Say whether two fillings are one: the same throughout, or the beginning of the same."""
    return all(one == two or (unfinished and two is None) for one, two in zip(kept, other, strict=True))


def _same_rows(found: Sorted, export: Export, read: Read) -> None:
    """Find records that stand twice and bear no code: the same in every cell, and sent in the same second.

    Without a time of day two people may well have given the same answers.
    """
    times = read.columns.get("submitted")
    if times is None:
        return
    codes = read.columns.get("code")
    first: dict[tuple[str, ...], int] = {}
    again: list[int] = []
    for record, time in enumerate(times):
        if time is None or time.endswith("T00:00:00") or (codes is not None and codes[record] is not None):
            continue
        if record in found.aside:
            continue
        cells = tuple(column.cells[record] for column in export.columns)
        if cells in first:
            found.duplicates[record] = first[cells]
            again.append(export.rows[record])
        first.setdefault(cells, record)
    if again:
        found.findings.append(finding(NOTICE, "whole_row_again", export.file, again, count=len(again)))


def _same_device(found: Sorted, export: Export, matched: Matched, read: Read) -> None:
    """Notice fillings from one device or address in the same second.

    The addresses are compared by a digest under a key that exists only here: nothing that could be looked up is kept,
    not even in memory, when this returns.
    """
    import hashlib
    import secrets

    times = read.columns.get("submitted")
    columns = [column for column in matched.personal if _tells_device(column)]
    if times is None or not columns:
        return
    key = secrets.token_bytes(32)
    groups: dict[tuple[bytes, str], list[int]] = {}
    for column in columns:
        for record, cell in enumerate(column.cells):
            time = times[record]
            if cell.strip() and time is not None and not time.endswith("T00:00:00") and record not in found.aside:
                place = f"{column.place}\x1f{cell.strip()}".encode()
                digest = hashlib.blake2b(place, key=key, digest_size=16).digest()
                groups.setdefault((digest, time), []).append(export.rows[record])
    rows = sorted({row for group in groups.values() if len(group) > 1 for row in group})
    if rows:
        found.findings.append(finding(NOTICE, "same_device", export.file, rows, count=len(rows)))


def _tells_device(column: ExportColumn) -> bool:
    if column_kind(column.names, column.cells) == ADDRESS:
        return True
    # A kind of device (来源, a browser) is shared by many; only what names one device tells two people apart.
    return column_kind(column.names, ()) == DEVICE and len(set(column.cells)) * 2 > len(column.cells)


def _same_answers(found: Sorted, export: Export, read: Read, survey: Survey) -> None:
    """Notice neighbouring records with the same answer to every question, where they are not all one answer.

    Many people answer "not at all" throughout an instrument, so only instruments in which answers differ count.
    """
    import numpy as np

    parts = [[read.columns[item.column] for item in part.items if item.column in read.columns] for part in survey.parts]
    parts += [[read.columns[question.id]] for question in survey.own_questions if question.id in read.columns]
    kept = np.array(found.accepted(len(export.rows)), dtype=np.intp)
    alike = np.ones(max(len(kept) - 1, 0), dtype=bool)
    for values in (values for part in parts for values in part):
        alike &= values[kept[1:]] == values[kept[:-1]]
    rows: list[int] = []
    for record in kept[1:][alike]:
        given = [[values[record] for values in part] for part in parts]
        if sum(len(part) for part in given if len(set(part) - {None}) > 1) >= _ENOUGH_ALIKE:
            rows.append(export.rows[record])
    if rows:
        found.findings.append(finding(NOTICE, "same_answers_next", export.file, rows, count=len(rows)))


def _where(mask: "NDArray[np.bool_]") -> list[int]:
    return [int(record) for record in mask.nonzero()[0]]


def _blank(values: "NDArray[np.object_]") -> "NDArray[np.bool_]":
    import numpy as np

    return np.array([value is None for value in values], dtype=bool)


def _shown(matched: Matched, name: str) -> str:
    column = matched.columns[name]
    return shown(column.names[0], column.place)
