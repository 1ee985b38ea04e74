"""What stands out in a unit's answers: what is better and worse than usual, what changed, and what to do first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from wellbeing.disclosure.release import Release
from wellbeing.figures.released import Opened, told
from wellbeing.ledger import CANNOT_TELL, MET, NOT_ASKED, NOT_MET
from wellbeing.ledger.questions import BETTER, HIGHER, LOWER, NO_CLEAR_CHANGE, UNCLEAR, WORSE
from wellbeing.opinion_statistics.differences import Share
from wellbeing.opinion_statistics.importance import importance_of
from wellbeing.opinion_statistics.priorities import Priorities, priorities
from wellbeing.reports.opinion_rows import Rows, question_label, question_range, rows_in, whole_points
from wellbeing.surveys.digests import CHANGED, NEW, untold_trends
from wellbeing.texts import area, say

if TYPE_CHECKING:
    import pandas as pd

#: How many things a report names to be done first.
_FIRST = 3
#: Questions told of one row at most: the rest says the same.
_OF_A_ROW = 2
#: Questions named of each quadrant.
_NAMED_MOST = 6
#: Questions that changed are named each up to so many; more are told by their measures.
_NAMED_SINGLY = 8
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


def other_questions(opened: Opened, before: Opened | None) -> Mapping[str, str]:
    """Name the measures that were asked otherwise in the wave before, or not at all, and which of the two it is."""
    if before is None:
        return {}
    last, now = (
        {str(measure): str(digest) for measure, digest in found.release.measures[["measure", "digest"]].to_numpy()}
        for found in (before, opened)
    )
    return untold_trends(last, now)


def changes(opened: Opened, unit: str, lang: str, before: Opened | None = None) -> list[str]:
    """Say what became better and what became worse since the last wave; or that nothing can be said to have.

    Of a question that was another one last time, or was not asked, it is said that nothing can be compared.
    """
    rows = rows_in(opened)
    own = [line for line in rows.questions.get(unit, []) if line["good"]]
    if not any(line["change"] for line in own):
        return [say("opinion_report.change_none_before", lang)]
    items = []
    for key, upward in (("change_better", True), ("change_worse", False)):
        moved = [
            line
            for line in own
            if line["change"] in (HIGHER, LOWER) and ((line["change"] == HIGHER) == (line["good"] > 0)) == upward
        ]
        if moved:
            items.append(say(f"opinion_report.{key}", lang, names=_moved(opened, moved, lang)))
    if any(line["change"] == NO_CLEAR_CHANGE for line in own):
        items.append(say("opinion_report.change_rest" if items else "opinion_report.change_nothing", lang))
    others = other_questions(opened, before)
    for reason in (CHANGED, NEW):
        names = [question_label(opened, rows, line, lang) for line in own if others.get(line["measure"]) == reason]
        if names:
            items.append(say(f"opinion_report.change_{reason}", lang, names=say("report.list", lang).join(names)))
    return items


def _moved(opened: Opened, moved: list[dict[str, Any]], lang: str) -> str:
    """Name the questions that changed; of many their measures, each with how many of its questions did."""
    rows = rows_in(opened)
    if len(moved) <= _NAMED_SINGLY:
        return say("report.list", lang).join(question_label(opened, rows, line, lang) for line in moved)
    of_row = Counter(line["row"] for line in moved)
    names = [
        say("opinion_report.change_of_row", lang, name=rows.name(row, lang), count=count)
        if count > 1
        else rows.name(row, lang)
        for row, count in of_row.items()
    ]
    return say("report.list", lang).join(names)


#: What is the same for a release and its units however often it is asked: how much its questions count, and where the
#: questions of a unit are placed. A sealed release does not change, and goes with the last who holds it.
_COUNTS: "WeakKeyDictionary[Release, Mapping[str, Share]]" = WeakKeyDictionary()
_PLACED: "WeakKeyDictionary[Release, dict[str, Priorities | None]]" = WeakKeyDictionary()


def matters(opened: Opened, unit: str) -> Priorities | None:
    """Place a unit's questions by need and by how much they count; None where nothing of both is told.

    A question counts by how closely it goes together with contentment over the county. Of the county itself a need is
    what is typical, and its interval the range of shares that is told.
    """
    placed = _PLACED.setdefault(opened.release, {})
    if unit not in placed:
        placed[unit] = _place(opened, unit)
    return placed[unit]


def _place(opened: Opened, unit: str) -> Priorities | None:
    import pandas as pd

    rows, counts = rows_in(opened), _COUNTS.get(opened.release)
    if counts is None:
        counts = _COUNTS[opened.release] = importance_of(opened.release)
    importance: dict[str, Share] = {}
    table = []
    for line in rows.questions.get("county", []):
        share = counts.get(line["measure"])
        if line["good"] and share is not None and told(line["typical"]):
            ends = sorted(line["good"] * end for end in (share.low, share.high))
            importance[line["measure"]] = Share(line["good"] * share.value, *ends)
    for line in rows.questions.get(unit, []):
        if line["measure"] not in importance:
            continue
        county = 1 - line["typical"] if line["good"] > 0 else line["typical"]
        need = (line["need"], line["need_low"], line["need_high"])
        if unit == "county" and told(line["low"]):
            low, high = line["low"], line["high"]
            need = (county, 1 - high, 1 - low) if line["good"] > 0 else (county, low, high)
        if told(need[0]):
            table.append((unit, line["measure"], *need, county, need[0] - county))
    if not table:
        return None
    columns = ["unit", "question", "need", "need_low", "need_high", "county", "gap"]
    about = opened.figures(unit).unit["respondents"]
    return priorities(pd.DataFrame(table, columns=columns), importance, unit, int(about) if told(about) else 0)


def first_things(opened: Opened, unit: str, lang: str) -> list[First]:
    """Choose three rows to be worked at first: by need, and among those that a school can change by itself.

    What is not met comes first, then what cannot be told, then what is met; among them what is surely much needed and
    goes together closely with contentment, then the row that lies furthest behind what is usual, then the one in which
    most staff do not speak for the school. Which rows a school can change is said by ``do_<row>`` of the texts.
    """
    rows, placed = rows_in(opened), matters(opened, unit)
    pressing = set() if placed is None else set(placed.points.loc[placed.points["quadrant"].eq("first"), "question"])
    candidates = [
        (row, rows.state(unit, row))
        for row in rows.order
        if f"do_{row}" in area("opinion_report") and rows.state(unit, row) != NOT_ASKED
    ]

    def rank(candidate: tuple[str, str]) -> tuple[bool, int, bool, float, float]:
        row, state = candidate
        own = [line for line in _of_row(rows, unit, row) if told(line["gap"])]
        gap, need = (max((line[name] for line in own), default=0.0) for name in ("gap", "need"))
        # A row of which nothing is told here, as some are told by groups only, gives no reason to begin with it.
        nothing = state == CANNOT_TELL and not own
        return nothing, _URGENCY[state], pressing.isdisjoint(line["measure"] for line in own), -gap, -need

    chosen = sorted(candidates, key=rank)[:_FIRST]
    return [First(row, rows.name(row, lang), state, say(f"opinion_report.do_{row}", lang)) for row, state in chosen]


def quadrant_items(opened: Opened, unit: str, lang: str) -> list[str]:
    """Name what is much needed and counts much, what to keep, and what can wait; under 30 respondents a list alone."""
    placed, rows = matters(opened, unit), rows_in(opened)
    if placed is None:
        return [say("opinion_report.quadrant_nothing", lang)]
    lines = {line["measure"]: line for line in rows.questions.get(unit, [])}

    def named(points: "pd.DataFrame") -> str:
        labels = [question_label(opened, rows, lines[question], lang) for question in points["question"][:_NAMED_MOST]]
        return say("report.list", lang).join(labels)

    if not placed.plotted:
        return [say("opinion_report.quadrant_few", lang, names=named(placed.points))]
    items = []
    for quadrant in ("first", "keep", "later"):
        points = placed.points[placed.points["quadrant"].eq(quadrant)]
        if not points.empty:
            items.append(say(f"opinion_report.quadrant_{quadrant}", lang, names=named(points)))
    return items or [say("opinion_report.quadrant_untold", lang)]


def worst_question(opened: Opened, unit: str, row: str) -> dict[str, Any] | None:
    """Give the question of a row in which most staff do not speak for the school; None where none is told."""
    own = [line for line in _of_row(rows_in(opened), unit, row) if line["good"] and told(line["low"])]
    return max(own, key=lambda line: line["need"] if told(line["need"]) else -1.0, default=None)


def _of_row(rows: Rows, unit: str, row: str) -> list[dict[str, Any]]:
    return [line for line in rows.questions.get(unit, []) if line["row"] == row]


def _row_item(name: str, words: list[str], lang: str) -> str:
    return say("opinion_report.evidence", lang, name=name, words=say("report.semicolon", lang).join(words))
