"""What stands out in a unit's answers: what is better and worse than usual, what changed, and what to do first."""

from dataclasses import dataclass
from typing import Any

from wellbeing.figures.released import Opened, told
from wellbeing.ledger import CANNOT_TELL, MET, NOT_ASKED, NOT_MET
from wellbeing.ledger.questions import BETTER, HIGHER, LOWER, NO_CLEAR_CHANGE, UNCLEAR, WORSE
from wellbeing.reports.opinion_rows import Rows, question_label, question_range, rows_in, whole_points
from wellbeing.texts import area, say

#: How many things a report names to be done first.
_FIRST = 3
#: Questions told of one row at most: the rest says the same.
_OF_A_ROW = 2
#: Rows told with their figures; of more the names follow, and their figures stand in the table.
_ROWS_TOLD = 5
#: What is not there comes before what nobody can tell, and that before what only could be better still.
_URGENCY = {NOT_MET: 0, CANNOT_TELL: 1, MET: 2}


@dataclass(frozen=True)
class First:
    """A row to be worked at first, why, and what a school can do in it."""

    row: str
    name: str
    state: str
    do: str


def standing_out(opened: Opened, unit: str, verdict: str, lang: str) -> list[str]:
    """Say which rows are `BETTER` or `WORSE` than is usual in the county, those furthest from it first."""
    rows = rows_in(opened)
    told_of: list[tuple[float, str, str]] = []
    for row in rows.order:
        found = [line for line in _of_row(rows, unit, row) if line["verdict"] == verdict]
        found.sort(key=lambda line: -line[verdict])
        if found:
            words = [
                say(
                    "opinion_report.beside_typical",
                    lang,
                    label=question_label(opened, rows, line, lang),
                    own=question_range(opened, line),
                    typical=whole_points(line["typical"]),
                )
                for line in found[:_OF_A_ROW]
            ]
            name = rows.name(row, lang)
            told_of.append((max(abs(line["gap"]) for line in found), name, _row_item(name, words, lang)))
    told_of.sort(key=lambda each: -each[0])
    items = [item for _, _, item in told_of[:_ROWS_TOLD]]
    if more := [name for _, name, _ in told_of[_ROWS_TOLD:]]:
        items.append(say("opinion_report.more_rows", lang, names=say("report.list", lang).join(more)))
    return items


def no_verdict(opened: Opened, unit: str, lang: str) -> list[str]:
    """Name the rows that cannot be told apart from what is usual, then those of which nothing is told."""
    rows = rows_in(opened)
    alike: list[str] = []
    untold: list[str] = []
    for row in rows.order:
        verdicts = {line["verdict"] for line in _of_row(rows, unit, row) if line["good"]}
        if verdicts & {BETTER, WORSE} or not verdicts:
            continue
        (alike if UNCLEAR in verdicts else untold).append(rows.name(row, lang))
    items = []
    for key, names in (("alike", alike), ("untold", untold)):
        if names:
            items.append(say(f"opinion_report.{key}", lang, names=say("report.list", lang).join(names)))
    return items


def changes(opened: Opened, unit: str, lang: str) -> list[str]:
    """Say what became better and what became worse since the last wave; or that nothing can be said to have."""
    rows = rows_in(opened)
    own = [line for line in rows.questions.get(unit, []) if line["good"]]
    if not any(line["change"] for line in own):
        return [say("opinion_report.change_none_before", lang)]
    items = []
    for key, upward in (("change_better", True), ("change_worse", False)):
        names = [
            question_label(opened, rows, line, lang)
            for line in own
            if line["change"] in (HIGHER, LOWER) and ((line["change"] == HIGHER) == (line["good"] > 0)) == upward
        ]
        if names:
            items.append(say(f"opinion_report.{key}", lang, names=say("report.list", lang).join(names)))
    if any(line["change"] == NO_CLEAR_CHANGE for line in own):
        items.append(say("opinion_report.change_rest" if items else "opinion_report.change_nothing", lang))
    return items


def first_things(opened: Opened, unit: str, lang: str) -> list[First]:
    """Choose three rows to be worked at first: by need, and among those that a school can change by itself.

    What is not met comes first, then what cannot be told, then what is met; among them the row that lies furthest
    behind what is usual, then the one in which most staff do not speak for the school. Which rows a school can change
    is said by ``do_<row>`` of the texts.
    """
    rows = rows_in(opened)
    candidates = [
        (row, rows.state(unit, row))
        for row in rows.order
        if f"do_{row}" in area("opinion_report") and rows.state(unit, row) != NOT_ASKED
    ]

    def rank(candidate: tuple[str, str]) -> tuple[int, bool, float, float]:
        row, state = candidate
        own = [line for line in _of_row(rows, unit, row) if told(line["gap"])]
        gap, need = (max((line[name] for line in own), default=0.0) for name in ("gap", "need"))
        # Of a row of which nothing is told here, nothing can be said to be needed.
        return _URGENCY[state], state == CANNOT_TELL and not own, -gap, -need

    chosen = sorted(candidates, key=rank)[:_FIRST]
    return [First(row, rows.name(row, lang), state, say(f"opinion_report.do_{row}", lang)) for row, state in chosen]


def worst_question(opened: Opened, unit: str, row: str) -> dict[str, Any] | None:
    """Give the question of a row in which most staff do not speak for the school; None where none is told."""
    own = [line for line in _of_row(rows_in(opened), unit, row) if line["good"] and told(line["low"])]
    return max(own, key=lambda line: line["need"] if told(line["need"]) else -1.0, default=None)


def _of_row(rows: Rows, unit: str, row: str) -> list[dict[str, Any]]:
    return [line for line in rows.questions.get(unit, []) if line["row"] == row]


def _row_item(name: str, words: list[str], lang: str) -> str:
    return say("opinion_report.evidence", lang, name=name, words=say("report.semicolon", lang).join(words))
